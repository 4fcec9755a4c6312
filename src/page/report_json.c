#include "page/report_json.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 9, MOST_POINTS = 120 };

json_t *ent_json_rounded(double value, int digits)
{
    char text[64];
    if (!isfinite(value))
        return json_null();
    snprintf(text, sizeof text, "%.*g", digits, value);
    return json_real(strtod(text, NULL));
}

/* ---- the comparison's rows ---- */

static json_t *estimate_json(const ent_estimate_t *e)
{
    json_t *object = json_object();
    const struct {
        const char *key;
        double value;
    } numbers[] = {{"mean", e->mean},
                   {"error", e->error},
                   {"numerical_error", e->numerical_error},
                   {"world_error", e->world_error},
                   {"low", e->low},
                   {"high", e->high},
                   {"negative", e->share_negative},
                   {"negative_raw", e->share_negative_raw}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        json_object_set_new(object, numbers[i].key, ent_json_rounded(numbers[i].value, DIGITS));
    json_object_set_new(object, "resolved", json_boolean(e->resolved));
    json_object_set_new(object, "decimals", json_integer(ent_decimals(e->mean, e->error)));
    return object;
}

static json_t *row_json(const ent_comparison_row_t *row)
{
    const ent_outcome_t *outcome = ent_outcome(row->outcome);
    char fields[128];
    const char *by = row->by == ENT_BY_SECTOR        ? "sector"
                     : row->by == ENT_BY_DESTINATION ? "destination"
                                                     : "summary";
    ent_outcome_fields(outcome, fields, sizeof fields);
    json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:i}", "by", by, "outcome", outcome->name,
                               "unit", outcome->unit, "fields", fields, "period", row->period, "sector",
                               row->sector, "destination", row->destination);
    json_object_set_new(object, "without", estimate_json(&row->without));
    json_object_set_new(object, "with", estimate_json(&row->with));
    json_object_set_new(object, "difference", estimate_json(&row->difference));
    return object;
}

/* ---- the headline's difference, world by world ---- */

/* Mean of the first n worlds and the standard error of it, for n on a grid: [[n, mean, error]]. */
static json_t *convergence_json(const double *value, int n)
{
    json_t *list = json_array();
    double mean = 0.0, squares = 0.0;
    int every = (n + MOST_POINTS - 1) / MOST_POINTS;
    for (int i = 0; i < n; i++) {
        double deviation = value[i] - mean;
        mean += deviation / (i + 1);
        squares += deviation * (value[i] - mean);
        if (i > 0 && ((i + 1) % every == 0 || i + 1 == n))
            json_array_append_new(list, json_pack("[i, o, o]", i + 1, ent_json_rounded(mean, DIGITS),
                                                  ent_json_rounded(sqrt(squares / i / (i + 1)), DIGITS)));
    }
    return list;
}

/* 1, 2 or 5 times a power of ten, such that about 24 of it make the range. */
static double bin_width(double range)
{
    double raw = range / 24.0;
    double unit = pow(10.0, floor(log10(raw)));
    return raw <= unit ? unit : raw <= 2.0 * unit ? 2.0 * unit : raw <= 5.0 * unit ? 5.0 * unit : 10.0 * unit;
}

/* Worlds by difference: [[from, to, worlds]]; zero is an edge. */
static json_t *bins_json(const double *value, int n)
{
    json_t *list = json_array();
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < n; i++) {
        low = fmin(low, value[i]);
        high = fmax(high, value[i]);
    }
    if (n == 0 || !isfinite(low) || !isfinite(high))
        return list;
    double width = bin_width(high > low ? high - low : fmax(fabs(high), 1.0));
    double first = floor(low / width), last = floor(high / width);
    for (double bin = first; bin <= last; bin += 1.0) {
        int count = 0;
        for (int i = 0; i < n; i++)
            count += floor(value[i] / width) == bin;
        json_array_append_new(list, json_pack("[o, o, i]", ent_json_rounded(bin * width, DIGITS),
                                              ent_json_rounded((bin + 1.0) * width, DIGITS), count));
    }
    return list;
}

static const ent_comparison_row_t *headline_row(const ent_comparison_t *c, int period)
{
    for (int i = 0; i < c->n_rows; i++)
        if (c->rows[i].by == ENT_BY_SUMMARY && c->rows[i].outcome == ENT_OUTCOME_EXPORTS &&
            c->rows[i].period == period)
            return &c->rows[i];
    return NULL;
}

/* The part of the worlds' spread that is chance is taken out, as in the tables; where it is all of it the
 * worlds are shown as played. */
static void take_chance_out(const ent_comparison_row_t *row, double *value, int n)
{
    const ent_estimate_t *e = &row->difference;
    if (!e->resolved || !isfinite(e->chance_share))
        return;
    double factor = sqrt(fmax(0.0, 1.0 - e->chance_share));
    for (int w = 0; w < n; w++)
        value[w] = e->mean + (value[w] - e->mean) * factor;
}

static json_t *headline_json(const ent_comparison_t *c, const ent_report_series_t *series, double *value)
{
    json_t *list = json_array();
    for (int p = 0; p < c->n_periods; p++) {
        const ent_comparison_row_t *row = headline_row(c, p);
        json_t *object = json_object();
        ent_report_exports(series, c->against, c->base, &c->periods[p], value);
        json_object_set_new(object, "convergence", convergence_json(value, series->n_worlds));
        if (row != NULL)
            take_chance_out(row, value, series->n_worlds);
        json_object_set_new(object, "bins", bins_json(value, series->n_worlds));
        json_array_append_new(list, object);
    }
    return list;
}

int ent_report_comparison(json_t *list, const ent_comparison_t *comparison, const ent_report_series_t *series,
                          ent_context_t *ctx)
{
    double *work = ent_calloc(ctx, (size_t)series->n_worlds, sizeof *work);
    json_t *object = json_object(), *rows = json_array();
    if (work == NULL) {
        json_decref(object);
        json_decref(rows);
        return ENT_ERR_NO_MEMORY;
    }
    for (int i = 0; i < comparison->n_rows; i++)
        json_array_append_new(rows, row_json(&comparison->rows[i]));
    json_object_set_new(object, "against", json_integer(comparison->against));
    json_object_set_new(object, "rows", rows);
    json_object_set_new(object, "headline", headline_json(comparison, series, work));
    free(work);
    int rc = ent_report_payers(object, comparison, ctx);
    if (rc == 0)
        rc = ent_report_opening(object, series, comparison->against, comparison->base, ctx);
    if (rc == 0)
        rc = ent_report_firms(object, comparison, ctx);
    if (json_array_append_new(list, object) != 0)
        rc = ENT_ERR_NO_MEMORY;
    return rc;
}

/* ---- assumptions and provenance ---- */

int ent_report_draws(json_t *data, const ent_results_file_t *file, ent_context_t *ctx)
{
    static const double levels[] = {0.05, 0.5, 0.95};
    json_t *list = json_array();
    int n = 0;
    double *value = ent_calloc(ctx, (size_t)file->n_replication, sizeof *value);
    int rc = value == NULL ? ENT_ERR_NO_MEMORY : 0;
    for (int d = 0; d < file->n_draw && rc == 0; d++) {
        const hsize_t start[2] = {0, (hsize_t)d}, count[2] = {(hsize_t)file->n_replication, 1};
        double quantile[3];
        rc = ent_results_file_block(file, "draws", 2, start, count, value, ctx);
        n = 0;
        for (int r = 0; r < file->n_replication && rc == 0; r++)
            if (file->whole[r] && file->chance[r] == 0)
                value[n++] = value[r];
        double mean = ent_report_mean(value, n);
        ent_report_quantiles(value, n, levels, 3, quantile);
        json_array_append_new(list,
                              json_pack("[s, s, o, o, o, o]", file->draw[d], file->draw_unit[d],
                                        ent_json_rounded(mean, 4), ent_json_rounded(quantile[0], 4),
                                        ent_json_rounded(quantile[1], 4), ent_json_rounded(quantile[2], 4)));
    }
    free(value);
    json_object_set_new(data, "draws", list);
    return rc;
}

int ent_report_provenance(json_t *data, const ent_results_file_t *file, ent_context_t *ctx)
{
    static const char *const names[] = {"program",       "version",        "git",
                                        "started",       "finished",       "config_path",
                                        "config_sha256", "benchmark_path", "benchmark_sha256",
                                        "calibration",   "elasticity_set", "generator",
                                        "compiler",      "compiler_flags", "libraries",
                                        "system"};
    json_t *list = json_array();
    char *text = NULL;
    int rc = json_object_set_new(data, "provenance", list) == 0 ? 0 : ENT_ERR_NO_MEMORY;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && rc == 0; i++) {
        rc = ent_results_file_provenance(file, names[i], &text, ctx);
        if (rc == 0) {
            /* where a file lay is the maker's own affair */
            const char *slash = strstr(names[i], "_path") != NULL ? strrchr(text, '/') : NULL;
            json_array_append_new(list, json_pack("[s, s]", names[i], slash != NULL ? slash + 1 : text));
        }
        free(text);
        text = NULL;
    }
    if (rc == 0)
        rc = ent_results_file_provenance(file, "config", &text, ctx);
    if (rc == 0)
        json_object_set_new(data, "config", json_string(text));
    free(text);
    return rc;
}
