#include "compare/pass_through.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

enum { N_HORIZONS = 3, BASE_STEPS = 3 };
static const int horizon_months[N_HORIZONS] = {3, 7, 12};
static const double onset_rise = 0.02;

/* What one trajectory and the benchmark say of the flows into a market. */
typedef struct {
    const ent_comparison_t *c;
    int importer;
    double *weight, *base_duty; /* [n_sector][n_flow] benchmark landed value before duty; tariff */
    const float *price, *duty, *retail, *sales;
    ent_reader_t reader;
} market_view_t;

static int view_init(market_view_t *view, const ent_comparison_t *c, ent_context_t *ctx)
{
    const ent_ensemble_t *e = &c->ensemble;
    const size_t flows = (size_t)e->n_sector * (size_t)e->n_flow;
    const hsize_t start[2] = {0, 0}, count[2] = {(hsize_t)e->n_sector, (hsize_t)e->n_flow};
    *view = (market_view_t){.c = c, .importer = c->partner};
    view->weight = ent_calloc(ctx, flows, sizeof *view->weight);
    view->base_duty = ent_calloc(ctx, flows, sizeof *view->base_duty);
    if (view->weight == NULL || view->base_duty == NULL || ent_reader_init(&view->reader, e, ctx) != 0) {
        return ENT_ERR_NO_MEMORY;
    }
    int rc = ent_results_file_block(c->file, "benchmark_freight", 2, start, count, view->base_duty, ctx);
    if (rc == 0) {
        rc = ent_results_file_block(c->file, "benchmark_exports", 2, start, count, view->weight, ctx);
    }
    for (size_t i = 0; rc == 0 && i < flows; i++) {
        view->weight[i] *= (1.0 + view->base_duty[i]) / e->steps_per_year;
    }
    return rc == 0
               ? ent_results_file_block(c->file, "benchmark_tariff", 2, start, count, view->base_duty, ctx)
               : rc;
}

static void view_free(market_view_t *view)
{
    ent_reader_free(&view->reader);
    free(view->weight);
    free(view->base_duty);
}

/* *known is 0 where the replication or one of the fields is missing. */
static int view_read(market_view_t *view, int scenario, int r, int *known, ent_context_t *ctx)
{
    const struct {
        ent_field_id_t field;
        const float **values;
    } parts[] = {{ENT_FIELD_export_price, &view->price},
                 {ENT_FIELD_tariff_rate, &view->duty},
                 {ENT_FIELD_retail_price, &view->retail},
                 {ENT_FIELD_sales, &view->sales}};
    int rc = 0;
    *known = 1;
    for (size_t i = 0; rc == 0 && i < sizeof parts / sizeof parts[0]; i++) {
        rc = ent_reader_field(&view->reader, parts[i].field, scenario, r, parts[i].values, ctx);
        *known &= *parts[i].values != NULL;
    }
    return rc;
}

static int is_import(const market_view_t *view, int sector, int f)
{
    const ent_ensemble_t *e = &view->c->ensemble;
    return e->flow_destination[f] == view->importer && e->flow_origin[f] != view->importer &&
           view->weight[sector * e->n_flow + f] > 0.0;
}

/* Weighted mean over the flows of a sector of ln price or ln(1 + duty) in a step; step -1: the benchmark. */
static double mean_log(const market_view_t *view, int sector, int step, int duty)
{
    const ent_ensemble_t *e = &view->c->ensemble;
    double sum = 0.0, weights = 0.0;
    for (int f = 0; f < e->n_flow; f++) {
        const int cell = sector * e->n_flow + f;
        if (!is_import(view, sector, f)) {
            continue;
        }
        const size_t at =
            ((size_t)step * (size_t)e->n_sector + (size_t)sector) * (size_t)e->n_flow + (size_t)f;
        double value = duty ? log1p(view->base_duty[cell]) : 0.0;
        if (step >= 0) {
            value = duty ? log1p((double)view->duty[at]) : log((double)view->price[at]);
        }
        if (isfinite(value)) {
            sum += view->weight[cell] * value;
            weights += view->weight[cell];
        }
    }
    return weights > 0.0 ? sum / weights : NAN;
}

static double retail_log(const market_view_t *view, int sector, int step)
{
    const ent_ensemble_t *e = &view->c->ensemble;
    const size_t at =
        ((size_t)step * (size_t)e->n_region + (size_t)view->importer) * (size_t)e->n_sector + (size_t)sector;
    return step < 0 ? 0.0 : log((double)view->retail[at]);
}

static double import_share(const market_view_t *view, int sector)
{
    const ent_ensemble_t *e = &view->c->ensemble;
    double imports = 0.0;
    for (int f = 0; f < e->n_flow; f++) {
        imports += is_import(view, sector, f) ? view->weight[sector * e->n_flow + f] *
                                                    (1.0 + view->base_duty[sector * e->n_flow + f])
                                              : 0.0;
    }
    const ent_period_t whole = ent_period_steps(0, e->n_time);
    const double sales =
        ent_period_value(&whole, ENT_AGGREGATE_MEAN, view->sales, ent_ensemble_size(e, ENT_FIELD_sales),
                         (size_t)view->importer * (size_t)e->n_sector + (size_t)sector);
    return sales > 0.0 ? imports / sales : NAN;
}

/* First step in which a sector's duty is above that of the benchmark by more than onset_rise; -1: never. */
static int onset_of(const market_view_t *view, int sector)
{
    const double base = mean_log(view, sector, -1, 1);
    for (int t = 0; t < view->c->ensemble.n_time; t++) {
        if (mean_log(view, sector, t, 1) - base > onset_rise) {
            return t;
        }
    }
    return -1;
}

/* A log quantity before the onset: mean of the last steps, or the benchmark. */
static double before(const market_view_t *view, int sector, int onset, int what)
{
    double sum = 0.0;
    int n = 0;
    for (int t = onset - 1; t >= 0 && n < BASE_STEPS; t--, n++) {
        sum += what == 2 ? retail_log(view, sector, t) : mean_log(view, sector, t, what);
    }
    if (n > 0) {
        return sum / n;
    }
    return what == 2 ? 0.0 : mean_log(view, sector, -1, what);
}

/* Border and retail pass-through of one trajectory; value [2][N_HORIZONS][n_replication]. */
static void measure(const market_view_t *view, int sector, int onset, int r, double *value, double *duty)
{
    const ent_ensemble_t *e = &view->c->ensemble;
    const double share = import_share(view, sector);
    const double price = before(view, sector, onset, 0), rate = before(view, sector, onset, 1);
    const double shelf = before(view, sector, onset, 2);
    for (int h = 0; h < N_HORIZONS; h++) {
        const int t = onset + (horizon_months[h] * e->steps_per_year + 6) / 12;
        double border = NAN, retail = NAN;
        if (t < e->n_time) {
            const double rise = mean_log(view, sector, t, 1) - rate;
            border = 1.0 + (mean_log(view, sector, t, 0) - price) / rise;
            retail = (retail_log(view, sector, t) - shelf) / (share * rise);
            duty[r] = 100.0 * expm1(rise);
        }
        value[(size_t)h * (size_t)e->n_replication + (size_t)r] = border;
        value[(size_t)(N_HORIZONS + h) * (size_t)e->n_replication + (size_t)r] = retail;
    }
}

static void put_estimate(const ent_comparison_t *c, ent_table_t *table, int column, const double *value,
                         double *scratch, int decimals)
{
    ent_estimate_t estimate;
    ent_estimate_number(&c->ensemble, value, c->options.level, scratch, &estimate);
    ent_table_number(table, column, estimate.mean, decimals);
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Numbers of a sector in every replication: border and retail by horizon, the rise of duty, its step. */
enum { DUTY = 2 * N_HORIZONS, ONSET, N_NUMBERS };

static double *numbers_at(const ent_comparison_t *c, double *value, int sector, int number)
{
    return value + ((size_t)sector * N_NUMBERS + (size_t)number) * (size_t)c->ensemble.n_replication;
}

static int measure_all(market_view_t *view, int scenario, double *value, ent_context_t *ctx)
{
    const ent_ensemble_t *e = &view->c->ensemble;
    int rc = 0, known = 0;
    for (int i = 0; i < e->n_sector * N_NUMBERS * e->n_replication; i++) {
        value[i] = NAN;
    }
    for (int r = 0; rc == 0 && r < e->n_replication; r++) {
        rc = view_read(view, scenario, r, &known, ctx);
        for (int s = 0; rc == 0 && known && s < e->n_sector; s++) {
            const int onset = onset_of(view, s);
            if (onset >= 0) {
                numbers_at(view->c, value, s, ONSET)[r] = onset;
                measure(view, s, onset, r, numbers_at(view->c, value, s, 0),
                        numbers_at(view->c, value, s, DUTY));
            }
        }
    }
    return rc;
}

/* `scratch` [n_replication]. */
static void put_sector(const ent_comparison_t *c, int sector, double *value, double *scratch,
                       ent_table_t *table)
{
    const ent_ensemble_t *e = &c->ensemble;
    const double *onset = numbers_at(c, value, sector, ONSET);
    char day[16];
    int n = 0;
    for (int r = 0; r < e->n_replication; r++) {
        if (!isnan(onset[r])) {
            scratch[n++] = onset[r];
        }
    }
    if (n == 0) {
        return;
    }
    qsort(scratch, (size_t)n, sizeof *scratch, compare_doubles);
    ent_day_format(e->begin[(int)scratch[n / 2]], day);
    ent_table_row(table, 0);
    ent_table_text(table, 0, e->sector[sector]);
    ent_table_text(table, 1, day);
    put_estimate(c, table, 2, numbers_at(c, value, sector, DUTY), scratch, 1);
    for (int k = 0; k < 2 * N_HORIZONS; k++) {
        put_estimate(c, table, 3 + k, numbers_at(c, value, sector, k), scratch, 3);
    }
}

int ent_comparison_pass_through(const ent_comparison_t *comparison, int scenario, ent_table_t *table,
                                ent_context_t *ctx)
{
    const ent_ensemble_t *e = &comparison->ensemble;
    market_view_t view = {0};
    char name[96];
    snprintf(name, sizeof name, "pass_through_%s", e->scenario[scenario]);
    ent_table_init(table, name, "Pass-through of duties in %s, scenario %s",
                   comparison->partner < 0 ? "no single market" : e->region[comparison->partner],
                   e->scenario[scenario]);
    ent_table_column(table, "sector", ENT_COLUMN_TEXT, "", "sector");
    ent_table_column(table, "onset", ENT_COLUMN_TEXT, "", "from");
    ent_table_column(table, "duty_rise", ENT_COLUMN_NUMBER, "%", "duty, rise");
    for (int k = 0; k < 2 * N_HORIZONS; k++) {
        char key[32];
        const char *what = k < N_HORIZONS ? "border" : "retail";
        snprintf(key, sizeof key, "%s_%d", what, horizon_months[k % N_HORIZONS]);
        ent_table_column(table, key, ENT_COLUMN_NUMBER, "1", "%s, month %d", what,
                         horizon_months[k % N_HORIZONS]);
    }
    if (comparison->partner < 0) {
        return ent_fail(ctx, ENT_ERR_USAGE, e->path, "pass-through needs one market: --partner REGION");
    }
    const size_t n = (size_t)e->n_replication;
    double *value = ent_calloc(ctx, (size_t)e->n_sector * N_NUMBERS * n, sizeof *value);
    double *scratch = ent_calloc(ctx, n, sizeof *scratch);
    int rc = value == NULL || scratch == NULL ? ENT_ERR_NO_MEMORY : view_init(&view, comparison, ctx);
    if (rc == 0) {
        rc = measure_all(&view, scenario, value, ctx);
    }
    for (int s = 0; rc == 0 && s < e->n_sector; s++) {
        put_sector(comparison, s, value, scratch, table);
    }
    view_free(&view);
    free(scratch);
    free(value);
    ent_table_note(
        table,
        "Border: share of the rise of the landed price, duty included, that importers pay (1: exporters' "
        "prices stand still), over recorded flows. Retail: rise of the market's retail price over the "
        "rise of duty weighted with the import share. Against the steps before the duty rose.");
    ent_table_note(
        table,
        "Means over worlds; months from the first step in which the sector's duty is more than two points "
        "above the benchmark's, in each world its own; the day is that of the middle world.");
    return rc;
}
