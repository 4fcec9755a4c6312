/* The report's accounts: who pays, firms by size, the tariff by law. */
#include "page/report_json.h"

#include "base/memory.h"
#include "compare/compare_firms.h"
#include "compare/ledger.h"
#include "compare/who_pays.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 9, RATE_DIGITS = 5 };

/* ---- who pays ---- */

static json_t *line_json(int line, const ent_estimate_t *e)
{
    return json_pack("{s:s, s:o, s:o, s:o, s:o}", "name", ent_pays_table()[line].name, "mean",
                     ent_json_rounded(e->mean, 15), "error", ent_json_rounded(e->error, DIGITS), "low",
                     ent_json_rounded(e->low, DIGITS), "high", ent_json_rounded(e->high, DIGITS));
}

int ent_report_payers(json_t *object, const ent_comparison_t *comparison, ent_context_t *ctx)
{
    ent_who_pays_t pays;
    if (!ent_ledger_known(comparison))
        return json_object_set_new(object, "payers", json_null()) == 0 ? 0 : ENT_ERR_NO_MEMORY;
    int rc = ent_who_pays(&pays, comparison, ctx);
    json_t *periods = json_array();
    for (int p = 0; rc == 0 && p < pays.n_periods; p++) {
        json_t *lines = json_array();
        for (int i = 0; i < ENT_N_PAYS; i++)
            json_array_append_new(lines, line_json(i, &pays.line[p][i]));
        json_array_append_new(periods, json_pack("{s:i, s:o}", "decimals", pays.decimals[p], "lines", lines));
    }
    ent_who_pays_free(&pays);
    return json_object_set_new(object, "payers", periods) == 0 ? rc : ENT_ERR_NO_MEMORY;
}

/* ---- firms ---- */

static int period_of(const ent_comparison_t *c, const char *key)
{
    for (int p = 0; p < c->n_periods; p++)
        if (strcmp(c->periods[p].key, key) == 0)
            return p;
    return -1;
}

/* Columns of ent_comparison_firms: quantity, class, sector, unit, period, then numbers. */
static json_t *firms_row(const ent_comparison_t *c, const ent_table_t *table, int row)
{
    enum { FIRST_NUMBER = 5 };
    const ent_table_cell_t *cells = &table->cells[(size_t)row * (size_t)table->n_columns];
    json_t *values = json_array(), *decimals = json_array();
    for (int i = FIRST_NUMBER; i < table->n_columns; i++) {
        json_array_append_new(values, ent_json_rounded(cells[i].number, DIGITS));
        json_array_append_new(decimals, json_integer(cells[i].decimals));
    }
    return json_pack("[s, s, s, i, o, o]", cells[0].text, cells[1].text, cells[3].text,
                     period_of(c, cells[4].text), values, decimals);
}

/* The page shows numbers of firms, sales and jobs by class; survival and shares stand in `entrepot compare`.
 */
static int is_on_the_page(const ent_table_t *table, int row)
{
    static const char *const left_out[] = {"survive one year", "survive five years", "share of ten largest",
                                           "share of hundred largest", "jobs in exports"};
    const char *quantity = table->cells[(size_t)row * (size_t)table->n_columns].text;
    for (size_t i = 0; i < sizeof left_out / sizeof left_out[0]; i++)
        if (strcmp(quantity, left_out[i]) == 0)
            return 0;
    return 1;
}

int ent_report_firms(json_t *object, const ent_comparison_t *comparison, ent_context_t *ctx)
{
    ent_table_t table;
    json_t *rows = json_array();
    int rc = ent_comparison_firms(comparison, 0, &table, ctx);
    if (rc == 0 && table.failed)
        rc = ent_fail(ctx, ENT_ERR_NO_MEMORY, comparison->file->path, "no memory for a report");
    for (int row = 0; rc == 0 && row < table.n_rows; row++)
        if (is_on_the_page(&table, row))
            json_array_append_new(rows, firms_row(comparison, &table, row));
    ent_table_free(&table);
    return json_object_set_new(object, "firms", rows) == 0 ? rc : ENT_ERR_NO_MEMORY;
}

/* ---- the tariff by law ---- */

typedef struct {
    const ent_results_file_t *file;
    int n_laws, levied;
    char **laws, **references;
    double *weight; /* [sector] customs value of the benchmark, sums to 1 */
    double *rate;   /* [time][sector][law] of one scenario */
} laws_t;

static int read_weights(laws_t *laws, int partner, ent_context_t *ctx)
{
    const ent_results_file_t *file = laws->file;
    const size_t n = (size_t)file->n_sector;
    double *freight = ent_calloc(ctx, n, sizeof *freight), sum = 0.0;
    int flow = 0, rc = freight == NULL ? ENT_ERR_NO_MEMORY : 0;
    while (flow < file->n_flow - 1 &&
           (file->flow_origin[flow] != file->home || file->flow_destination[flow] != partner))
        flow++;
    const hsize_t start[2] = {0, (hsize_t)flow}, count[2] = {n, 1};
    if (rc == 0)
        rc = ent_results_file_block(file, "benchmark_exports", 2, start, count, laws->weight, ctx);
    if (rc == 0)
        rc = ent_results_file_block(file, "benchmark_freight", 2, start, count, freight, ctx);
    for (size_t s = 0; rc == 0 && s < n; s++) {
        laws->weight[s] *= 1.0 + freight[s];
        sum += laws->weight[s];
    }
    for (size_t s = 0; rc == 0 && s < n; s++)
        laws->weight[s] = sum > 0.0 ? laws->weight[s] / sum : 0.0;
    free(freight);
    return rc;
}

/* One law in one cell over time; the last cell is the total. */
static json_t *law_path(const laws_t *laws, int law, int cell)
{
    const ent_results_file_t *file = laws->file;
    json_t *path = json_array();
    double most = 0.0;
    for (int t = 0; t < file->n_time; t++) {
        const double *rate = laws->rate + (size_t)t * (size_t)file->n_sector * (size_t)laws->n_laws + law;
        double value = 0.0;
        for (int s = 0; s < file->n_sector; s++)
            if (s == cell || cell == file->n_sector)
                value += rate[(size_t)s * (size_t)laws->n_laws] * (s == cell ? 1.0 : laws->weight[s]);
        most = fmax(most, fabs(value));
        json_array_append_new(path, value == 0.0 ? json_integer(0) : ent_json_rounded(value, RATE_DIGITS));
    }
    if (most > 0.0)
        return path;
    json_decref(path);
    return json_null();
}

static int add_rates(const laws_t *laws, json_t *scenarios, ent_context_t *ctx)
{
    const ent_results_file_t *file = laws->file;
    int rc = 0;
    for (int scenario = 0; scenario < file->n_scenario && rc == 0; scenario++) {
        const hsize_t start[5] = {(hsize_t)scenario, 0, (hsize_t)laws->levied, 0, 0};
        const hsize_t count[5] = {1, (hsize_t)file->n_time, 1, (hsize_t)file->n_sector,
                                  (hsize_t)laws->n_laws};
        json_t *by_law = json_array();
        json_array_append_new(scenarios, by_law);
        rc = ent_results_file_block(file, "law_rate", 5, start, count, laws->rate, ctx);
        for (int law = 0; law < laws->n_laws && rc == 0; law++) {
            json_t *cells = json_array();
            for (int c = 0; c <= file->n_sector; c++)
                json_array_append_new(cells, law_path(laws, law, c));
            json_array_append_new(by_law, cells);
        }
    }
    return rc;
}

static int fill_laws(laws_t *laws, json_t *object, int partner, ent_context_t *ctx)
{
    const ent_results_file_t *file = laws->file;
    json_t *names = json_array(), *scenarios = json_array();
    json_object_set_new(object, "laws", names);
    json_object_set_new(object, "rate", scenarios);
    for (int i = 0; i < laws->n_laws; i++)
        json_array_append_new(names, json_pack("[s, s]", laws->laws[i], laws->references[i]));
    laws->weight = ent_calloc(ctx, (size_t)file->n_sector, sizeof *laws->weight);
    laws->rate = ent_calloc(ctx, (size_t)file->n_time * (size_t)file->n_sector * (size_t)laws->n_laws,
                            sizeof *laws->rate);
    int rc =
        laws->weight == NULL || laws->rate == NULL ? ENT_ERR_NO_MEMORY : read_weights(laws, partner, ctx);
    return rc == 0 ? add_rates(laws, scenarios, ctx) : rc;
}

static void free_strings(char **strings, int n)
{
    for (int i = 0; strings != NULL && i < n; i++)
        free(strings[i]);
    free(strings);
}

int ent_report_laws(json_t *data, const ent_results_file_t *file, int partner, ent_context_t *ctx)
{
    laws_t laws = {.file = file, .levied = -1};
    char flow[256], **levied = NULL;
    int n_levied = 0, n_references = 0;
    json_t *object = NULL;
    snprintf(flow, sizeof flow, "%s-%s", file->region[file->home], file->region[partner]);
    int rc = ent_results_file_strings(file, "levied_flow", &n_levied, &levied, ctx);
    if (rc == 0)
        rc = ent_results_file_strings(file, "law", &laws.n_laws, &laws.laws, ctx);
    if (rc == 0)
        rc = ent_results_file_strings(file, "law_reference", &n_references, &laws.references, ctx);
    laws.levied = rc == 0 ? ent_results_file_find(levied, n_levied, flow) : -1;
    if (rc == 0 && laws.levied >= 0 && n_references == laws.n_laws) {
        object = json_object();
        rc = fill_laws(&laws, object, partner, ctx);
    }
    if (json_object_set_new(data, "laws", object != NULL ? object : json_null()) != 0)
        rc = ENT_ERR_NO_MEMORY;
    free_strings(levied, n_levied);
    free_strings(laws.laws, laws.n_laws);
    free_strings(laws.references, n_references);
    free(laws.weight);
    free(laws.rate);
    return rc;
}
