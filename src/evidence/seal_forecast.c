#include "evidence/seal_forecast.h"

#include "base/hash.h"
#include "base/memory.h"
#include "evidence/scores.h"
#include "numbers/observed.h"

#include <entrepot/version.h>

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FLAGS = JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(17), N_QUANTILES = 5 };
static const double quantiles[N_QUANTILES] = {0.05, 0.25, 0.5, 0.75, 0.95};

/* ---- writing ---- */

static json_t *codes(const ent_combination_t *of)
{
    json_t *list = json_array();

    for (int i = 0; i < of->n; i++) {
        (void)json_array_append_new(list, json_pack("[s, f]", of->code[i], of->sign[i]));
    }
    return list;
}

static json_t *fan(const ent_forecast_t *forecast, int first_month)
{
    json_t *months = json_array();

    for (int h = 0; h < forecast->horizon; h++) {
        json_t *levels = json_array();
        char month[16];

        ent_month_format(first_month + h, month);
        for (int q = 0; q < N_QUANTILES; q++) {
            (void)json_array_append_new(levels,
                                        json_real(exp(ent_forecast_quantile(forecast, h, quantiles[q]))));
        }
        (void)json_array_append_new(months, json_pack("{s:s, s:f, s:f, s:o}", "month", month, "log_mean",
                                                      ent_forecast_mean(forecast, h), "log_sd",
                                                      ent_forecast_sd(forecast, h), "quantiles", levels));
    }
    return months;
}

static int add_series(const ent_forecast_seal_t *seal, int cell, int scenario, json_t *series,
                      ent_context_t *ctx)
{
    const ent_panel_t *p = seal->trade->options.panel;
    const int partner = cell / p->n_products, product = cell % p->n_products;
    ent_forecast_t forecast;
    const int code = ent_trade_forecast_scenario(seal->trade, cell, scenario, &forecast, ctx);

    if (code == ENT_OK) {
        (void)json_array_append_new(
            series, json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "partner", p->partner[partner], "product",
                              p->product[product], "scenario",
                              seal->trade->options.effects->scenario[scenario], "partner_codes",
                              codes(&seal->partner[partner]), "product_codes", codes(&seal->product[product]),
                              "months", fan(&forecast, seal->trade->options.origin + 1)));
    }
    ent_forecast_free(&forecast);
    return code;
}

static json_t *head(const ent_forecast_seal_t *seal, const char *data_hash)
{
    const ent_trade_forecast_options_t *o = &seal->trade->options;
    char origin[16], known[16];

    ent_month_format(o->origin, origin);
    ent_day_format(seal->known, known);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "version", ENT_VERSION, "git",
                     ENT_GIT_DESCRIBE, "config_sha256", seal->config_hash, "observations", seal->observed,
                     "observations_sha256", data_hash, "last_month", origin, "law_known_on",
                     seal->known == ENT_DAY_NEVER ? "all that the config has" : known, "unit", o->panel->unit,
                     "basis", o->panel->basis, "destination", seal->destination, "measure", seal->measure);
}

/* The text that is sealed, owned by the caller, and its hash. */
static char *text_of(const json_t *forecast, char hash[ENT_SHA256_TEXT], ent_context_t *ctx)
{
    char *text = forecast != NULL ? json_dumps(forecast, FLAGS) : NULL;

    if (text == NULL) {
        (void)ent_fail(ctx, ENT_ERR_NO_MEMORY, "seal", "out of memory");
    } else if (ent_sha256_buffer(text, strlen(text), hash, ctx) != ENT_OK) {
        free(text);
        text = NULL;
    }
    return text;
}

int ent_forecast_seal_write(const ent_forecast_seal_t *seal, FILE *stream, ent_context_t *ctx)
{
    char data_hash[ENT_SHA256_TEXT], hash[ENT_SHA256_TEXT];
    json_t *series = json_array(), *forecast;
    char *text;
    int code = ent_sha256_file(seal->observed, data_hash, ctx);

    for (int c = 0; code == ENT_OK && c < seal->trade->cells.n_cells; c++) {
        for (int s = 0; code == ENT_OK && seal->shown[c] && seal->trade->cells.done[c] &&
                        s < seal->trade->options.effects->n_scenarios;
             s++) {
            code = add_series(seal, c, s, series, ctx);
        }
    }
    forecast = code == ENT_OK ? head(seal, data_hash) : NULL;
    if (json_object_set_new(forecast, "series", series) != 0 && code == ENT_OK) {
        code = ent_fail(ctx, ENT_ERR_NO_MEMORY, "seal", "out of memory");
    }
    text = code == ENT_OK ? text_of(forecast, hash, ctx) : NULL;
    if (text != NULL) {
        (void)fprintf(stream, "{\"forecast\":%s,\n\"sha256\":\"%s\"}\n", text, hash);
    }
    code = code == ENT_OK && text == NULL ? ctx->code : code;
    free(text);
    json_decref(forecast);
    return code == ENT_OK && ferror(stream)
               ? ent_fail(ctx, ENT_ERR_IO, "seal", "cannot be written: %s", strerror(errno))
               : code;
}

/* ---- scoring ---- */

typedef struct {
    const char *path;
    const json_t *forecast;
    const ent_observations_t *observations;
    ent_table_t *table;
    double *value;
    ent_context_t *ctx;
} scoring_t;

static int bad(const scoring_t *s, const char *rule)
{
    return ent_fail(s->ctx, ENT_ERR_DATA, s->path, "%s", rule);
}

static int combination(const scoring_t *s, const json_t *list, ent_combination_t *out)
{
    int code = ENT_OK;
    size_t i;
    json_t *entry;

    json_array_foreach(list, i, entry)
    {
        const char *name = json_string_value(json_array_get(entry, 0));

        code = name == NULL ? bad(s, "a series has a code that is no text")
                            : ent_combination_add(out, name, strlen(name),
                                                  json_number_value(json_array_get(entry, 1)), s->ctx);
        if (code != ENT_OK) {
            break;
        }
    }
    return code;
}

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}

static double quantile_at(const json_t *month, size_t q)
{
    return json_number_value(json_array_get(json_object_get(month, "quantiles"), q));
}

static void score_month(const scoring_t *s, const json_t *series, const json_t *month)
{
    const int m = ent_month_parse(text_at(month, "month")) - s->observations->first_month;
    const double came = m >= 0 && m < s->observations->n_months ? s->value[m] : NAN;
    const double low = quantile_at(month, 0), high = quantile_at(month, N_QUANTILES - 1);

    if (isnan(came) || !(came > 0.0)) {
        return;
    }
    ent_table_row(s->table, 0);
    ent_table_text(s->table, 0, text_at(series, "partner"));
    ent_table_text(s->table, 1, text_at(series, "product"));
    ent_table_text(s->table, 2, text_at(series, "scenario"));
    ent_table_text(s->table, 3, text_at(month, "month"));
    ent_table_number(s->table, 4, low, 0);
    ent_table_number(s->table, 5, quantile_at(month, N_QUANTILES / 2), 0);
    ent_table_number(s->table, 6, high, 0);
    ent_table_number(s->table, 7, came, 0);
    ent_table_number(s->table, 8, 100.0 * (json_number_value(json_object_get(month, "log_mean")) - log(came)),
                     1);
    ent_table_number(s->table, 9, 100.0 * ent_interval_score(log(low), log(high), 0.1, log(came)), 1);
    ent_table_text(s->table, 10, came < low ? "below" : came > high ? "above" : "inside");
}

static int score_series(const scoring_t *s, const json_t *series)
{
    ent_combination_t partner = {0}, product = {0};
    size_t i;
    json_t *month;
    int code = combination(s, json_object_get(series, "partner_codes"), &partner);

    code = code == ENT_OK ? combination(s, json_object_get(series, "product_codes"), &product) : code;
    if (code == ENT_OK) {
        code = ent_observations_sum(s->observations, &partner, &product, text_at(s->forecast, "destination"),
                                    text_at(s->forecast, "measure"), 0, s->value, s->ctx);
    }
    if (code == ENT_OK) {
        json_array_foreach(json_object_get(series, "months"), i, month)
        {
            score_month(s, series, month);
        }
    }
    ent_combination_free(&partner);
    ent_combination_free(&product);
    return code;
}

static int check_seal(const scoring_t *s, const json_t *root)
{
    char hash[ENT_SHA256_TEXT];
    char *text;

    if (!json_is_object(s->forecast) || text_at(root, "sha256")[0] == '\0') {
        return bad(s, "is no sealed forecast");
    }
    text = text_of(s->forecast, hash, s->ctx);
    if (text == NULL) {
        return s->ctx->code;
    }
    free(text);
    return strcmp(hash, text_at(root, "sha256")) == 0
               ? ENT_OK
               : bad(s, "is not what was sealed: its text was changed");
}

static void columns(const scoring_t *s)
{
    static const char *const text[] = {"partner", "product", "scenario", "month"};
    const char *unit = text_at(s->forecast, "unit");

    ent_table_init(s->table, "forecast_score", "Said when %s was the last month known",
                   text_at(s->forecast, "last_month"));
    for (int i = 0; i < 4; i++) {
        ent_table_column(s->table, text[i], ENT_COLUMN_TEXT, "", "%s", text[i]);
    }
    ent_table_column(s->table, "q05", ENT_COLUMN_NUMBER, unit, "5 %%");
    ent_table_column(s->table, "q50", ENT_COLUMN_NUMBER, unit, "50 %%");
    ent_table_column(s->table, "q95", ENT_COLUMN_NUMBER, unit, "95 %%");
    ent_table_column(s->table, "came", ENT_COLUMN_NUMBER, unit, "came");
    ent_table_column(s->table, "error", ENT_COLUMN_NUMBER, "100 ln", "error");
    ent_table_column(s->table, "interval_score", ENT_COLUMN_NUMBER, "100 ln", "interval score");
    ent_table_column(s->table, "band", ENT_COLUMN_TEXT, "", "90 %% band");
}

int ent_forecast_seal_score(const char *path, const ent_observations_t *observations, ent_table_t *table,
                            ent_context_t *ctx)
{
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    scoring_t s = {.path = path,
                   .forecast = json_object_get(root, "forecast"),
                   .observations = observations,
                   .table = table,
                   .ctx = ctx};
    size_t i;
    json_t *series;
    int code;

    s.value = ent_calloc(ctx, (size_t)observations->n_months, sizeof *s.value);
    columns(&s);
    code = s.value == NULL ? ENT_ERR_NO_MEMORY
           : root == NULL  ? ent_fault(ctx, ENT_ERR_DATA, path, error.line, error.column, NULL, NULL, NULL,
                                       "%s", error.text)
                           : check_seal(&s, root);
    if (code == ENT_OK) {
        json_array_foreach(json_object_get(s.forecast, "series"), i, series)
        {
            const int here = score_series(&s, series);
            code = code == ENT_OK ? here : code;
        }
    }
    if (code == ENT_OK && table->n_rows == 0) {
        ent_table_note(table, "None of its months has come in %s.", observations->path);
    }
    free(s.value);
    json_decref(root);
    return code;
}
