#include "page/report_series.h"

#include "base/memory.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

enum { NONE = -1 };

/* Names on the page, and the outcome or recorded field behind them. */
static const struct {
    const char *name, *unit, *fields;
    int outcome, field;
    double scale;
    int flow;
    const char *definition;
} measures[ENT_N_REPORT_MEASURES] = {
    [ENT_REPORT_EXPORTS] = {"exports", "million USD per step", "exports", ENT_OUTCOME_EXPORTS, NONE, 1.0, 1,
                            "exports"},
    [ENT_REPORT_QUANTITY] = {"quantity", "million USD at benchmark prices per step", "export_quantity",
                             ENT_OUTCOME_QUANTITY, NONE, 1.0, 1, "export_quantity"},
    [ENT_REPORT_PRICE] = {"price", "1", "exports,export_quantity", ENT_OUTCOME_PRICE, NONE, 1.0, 1,
                          "exports / export_quantity"},
    [ENT_REPORT_TARIFF] = {"tariff", "1", "duty,imports", ENT_OUTCOME_DUTY_RATE, NONE, 0.01, 1,
                           "duty / imports"},
    [ENT_REPORT_DUTY] = {"duty", "million USD per step", "duty", NONE, ENT_FIELD_duty, 1.0, 1, "duty"},
    [ENT_REPORT_REFUND] = {"refund", "million USD per step", "refund", NONE, ENT_FIELD_refund, 1.0, 1,
                           "refund"},
    [ENT_REPORT_STOCK] = {"stock", "million USD at benchmark prices", "stock", NONE, ENT_FIELD_stock, 1.0, 0,
                          "stock"},
    [ENT_REPORT_RETAIL] = {"retail", "1", "retail_price,sales", NONE, ENT_FIELD_retail_price, 1.0, 0,
                           "retail_price, weighted with sales"},
    [ENT_REPORT_LANDED] = {"landed", "1", "landed_cost,sales", NONE, ENT_FIELD_landed_cost, 1.0, 0,
                           "landed_cost, weighted with sales"},
};

ent_report_measure_t ent_report_measure(ent_report_measure_id_t measure)
{
    return (ent_report_measure_t){measures[measure].name,
                                  measures[measure].unit,
                                  measures[measure].fields,
                                  measures[measure].field == NONE
                                      ? ent_outcome(measures[measure].outcome)
                                      : ent_outcome_of_field((ent_field_id_t)measures[measure].field),
                                  measures[measure].scale,
                                  measures[measure].flow,
                                  measures[measure].definition};
}

/* The values of all worlds in one place: [n_worlds]. */
static double *worlds_at(const ent_report_series_t *s, int scenario, int measure, int cell, int time)
{
    const size_t row =
        ((size_t)scenario * ENT_N_REPORT_MEASURES + (size_t)measure) * (size_t)s->n_cells + (size_t)cell;
    return s->value + (row * (size_t)s->ensemble.n_time + (size_t)time) * (size_t)s->n_worlds;
}

/* Every measure of one world and scenario, sector by sector and in all. */
static int read_world(const ent_report_series_t *s, ent_reader_t *reader, int scenario, int world,
                      ent_context_t *ctx)
{
    int rc = 0;
    for (int m = 0; m < ENT_N_REPORT_MEASURES; m++) {
        const ent_report_measure_t measure = ent_report_measure((ent_report_measure_id_t)m);
        for (int c = 0; rc == 0 && c < s->n_cells; c++) {
            const int sector = c < s->n_cells - 1 ? c : -1;
            const ent_places_t places = {s->ensemble.home, s->partner, sector, -1};
            rc = ent_outcome_path(measure.outcome, reader, scenario, s->play[world], &places,
                                  &worlds_at(s, scenario, m, c, 0)[world], (size_t)s->n_worlds, ctx);
            for (int t = 0; measure.scale != 1.0 && t < s->ensemble.n_time; t++) {
                worlds_at(s, scenario, m, c, t)[world] *= measure.scale;
            }
        }
    }
    return rc;
}

static int read_all(const ent_report_series_t *s, ent_context_t *ctx)
{
    const ent_ensemble_t *e = &s->ensemble;
    ent_reader_t reader;
    int partner, rc = ent_reader_init(&reader, e, ctx);
    if (rc == 0)
        rc = ent_find_partner(e, e->region[s->partner], e->home, 0, -1, &partner, ctx);
    for (int w = 0; w < s->n_worlds; w++)
        for (int scenario = 0; rc == 0 && scenario < e->n_scenario; scenario++)
            rc = read_world(s, &reader, scenario, w, ctx);
    ent_reader_free(&reader);
    return rc;
}

int ent_report_series_init(ent_report_series_t *series, const ent_results_file_t *file, int partner,
                           ent_context_t *ctx)
{
    *series = (ent_report_series_t){.file = file, .partner = partner, .n_cells = file->n_sector + 1};
    ent_ensemble_from_file(&series->ensemble, file);
    series->play = ent_calloc(ctx, (size_t)file->n_replication, sizeof *series->play);
    if (series->play == NULL)
        return ENT_ERR_NO_MEMORY;
    for (int r = 0; r < file->n_replication; r++)
        if (file->whole[r] && file->chance[r] == 0)
            series->play[series->n_worlds++] = r;
    size_t n =
        (size_t)file->n_scenario * ENT_N_REPORT_MEASURES * (size_t)series->n_cells * (size_t)file->n_time;
    series->value = ent_calloc(ctx, n * (size_t)series->n_worlds, sizeof *series->value);
    int rc = series->value == NULL ? ENT_ERR_NO_MEMORY : read_all(series, ctx);
    if (rc != 0)
        ent_report_series_free(series);
    return rc;
}

void ent_report_series_free(ent_report_series_t *series)
{
    free(series->play);
    free(series->value);
    *series = (ent_report_series_t){0};
}

void ent_report_worlds(const ent_report_series_t *series, ent_report_measure_id_t measure, ent_view_t view,
                       int scenario, int base, int cell, int time, double *values)
{
    const double *with = worlds_at(series, scenario, (int)measure, cell, time);
    const double *without = worlds_at(series, base, (int)measure, cell, time);
    for (int w = 0; w < series->n_worlds; w++) {
        values[w] = view == ENT_VIEW_LEVEL ? with[w] : with[w] - without[w];
        if (view == ENT_VIEW_CHANGE)
            values[w] = without[w] > 0.0 ? 100.0 * values[w] / without[w] : NAN;
    }
}

void ent_report_exports(const ent_report_series_t *series, int scenario, int base, const ent_period_t *period,
                        double *values)
{
    const int total = series->n_cells - 1;
    const size_t stride = (size_t)series->n_worlds;
    for (int w = 0; w < series->n_worlds; w++)
        values[w] =
            ent_period_path(period, worlds_at(series, scenario, ENT_REPORT_EXPORTS, total, 0) + w, stride) -
            ent_period_path(period, worlds_at(series, base, ENT_REPORT_EXPORTS, total, 0) + w, stride);
}

/* Move the values that are known to the front. */
static size_t known(double *values, int n)
{
    size_t n_known = 0;
    for (int i = 0; i < n; i++)
        if (!isnan(values[i]))
            values[n_known++] = values[i];
    return n_known;
}

double ent_report_mean(const double *values, int n)
{
    double sum = 0.0;
    int n_known = 0;
    for (int i = 0; i < n; i++)
        if (!isnan(values[i])) {
            sum += values[i];
            n_known++;
        }
    return n_known > 0 ? sum / n_known : NAN;
}

void ent_report_quantiles(double *values, int n, const double *level, int n_levels, double *quantile)
{
    size_t n_known = known(values, n);
    if (n_known > 0)
        gsl_sort(values, 1, n_known);
    for (int i = 0; i < n_levels; i++)
        quantile[i] = n_known > 0 ? gsl_stats_quantile_from_sorted_data(values, 1, n_known, level[i]) : NAN;
}
