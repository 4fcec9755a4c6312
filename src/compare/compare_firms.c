#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "compare/compare_firms.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How a quantity of the table is made from fields of shape CLASS, PRODUCER or REGION. */
typedef enum {
    PLAIN,    /* the field */
    LESS,     /* less another */
    PRO_RATA, /* `other` (a stock of home's sector) in proportion to the field's share of home's revenue */
    SURVIVAL, /* per cent of `other` of `lag_years` before */
    PER_CENT  /* a share, in per cent; of the region alone */
} made_t;

typedef struct {
    const char *name, *unit;
    made_t made;
    ent_field_id_t field, other;
    int lag_years;
} quantity_t;

static const quantity_t quantities[] = {
    {"exporters", "firms", PLAIN, ENT_FIELD_exporters, ENT_N_FIELDS, 0},
    {"entrants", "firms", PLAIN, ENT_FIELD_entrants, ENT_N_FIELDS, 0},
    {"leavers", "firms", PLAIN, ENT_FIELD_leavers, ENT_N_FIELDS, 0},
    {"failures", "firms", PLAIN, ENT_FIELD_failures, ENT_N_FIELDS, 0},
    {"survive one year", "%", SURVIVAL, ENT_FIELD_survivors_one_year, ENT_FIELD_entrants, 1},
    {"survive five years", "%", SURVIVAL, ENT_FIELD_survivors_five_years, ENT_FIELD_entrants, 5},
    {"share of ten largest", "%", PER_CENT, ENT_FIELD_top10_share, ENT_N_FIELDS, 0},
    {"share of hundred largest", "%", PER_CENT, ENT_FIELD_top100_share, ENT_N_FIELDS, 0},
    {"exports", "million USD", PLAIN, ENT_FIELD_class_exports, ENT_N_FIELDS, 0},
    {"jobs in exports", "jobs", PRO_RATA, ENT_FIELD_class_exports, ENT_FIELD_jobs, 0},
    {"jobs", "jobs", PLAIN, ENT_FIELD_jobs, ENT_N_FIELDS, 0},
    {"affiliate sales", "million USD", PLAIN, ENT_FIELD_affiliate_sales, ENT_N_FIELDS, 0},
    {"domestic sales", "million USD", LESS, ENT_FIELD_revenue, ENT_FIELD_export_revenue, 0},
};
enum { N_QUANTITIES = sizeof quantities / sizeof quantities[0] };

static const char *const class_names[] = ENT_CLASS_NAMES;

/* Everything read of one quantity: value[side][period][class][sector][replication]; of a ratio `below` too.
 */
typedef struct {
    int n_class, n_period, n_sector, n_replication;
    size_t n;
    double *value, *below;
    float *block, *other, *revenue;
} cube_t;

static size_t cube_at(const cube_t *cube, int side, int period, int class, int sector)
{
    const size_t row = ((size_t)(side * cube->n_period + period) * (size_t)cube->n_class + (size_t) class) *
                           (size_t)cube->n_sector +
                       (size_t)sector;
    return row * (size_t)cube->n_replication;
}

static int cube_init(cube_t *cube, const ent_comparison_t *c, ent_context_t *ctx)
{
    const ent_results_file_t *file = c->file;
    size_t largest = 1;
    for (int f = 0; f < ENT_N_FIELDS; f++) {
        const size_t n = ent_field_size((ent_field_id_t)f, file->n_region, file->n_sector, file->n_flow);
        largest = n > largest ? n : largest;
    }
    *cube = (cube_t){.n_class = ENT_N_CLASSES,
                     .n_period = c->n_periods,
                     .n_sector = file->n_sector,
                     .n_replication = file->n_replication};
    cube->n = 2 * (size_t)c->n_periods * ENT_N_CLASSES * (size_t)file->n_sector * (size_t)file->n_replication;
    const size_t floats = largest * (size_t)file->n_time * sizeof *cube->block;
    cube->value = malloc((cube->n + 1) * sizeof *cube->value);
    cube->below = malloc((cube->n + 1) * sizeof *cube->below);
    cube->block = malloc(floats);
    cube->other = malloc(floats);
    cube->revenue = malloc(floats);
    return cube->value && cube->below && cube->block && cube->other && cube->revenue
               ? 0
               : ent_fail(ctx, ENT_ERR_NO_MEMORY, file->path, "no memory to compare firms");
}

static void cube_free(cube_t *cube)
{
    free(cube->value);
    free(cube->below);
    free(cube->block);
    free(cube->other);
    free(cube->revenue);
}

/* A place of a field over a period, as its kind says. */
static double over_period(ent_field_id_t id, const ent_results_file_t *file, const ent_period_t *period,
                          const float *block, size_t place)
{
    const ent_field_t *field = &ent_field_table()[id];
    const size_t size = ent_field_size(id, file->n_region, file->n_sector, file->n_flow);
    double sum = 0.0;
    if (field->aggregate == ENT_AGGREGATE_LAST) {
        return (double)block[(size_t)(period->end - 1) * size + place];
    }
    for (int t = period->begin; t < period->end; t++) {
        sum += (double)block[(size_t)t * size + place];
    }
    return field->aggregate == ENT_AGGREGATE_MEAN ? sum / (period->end - period->begin) : sum;
}

/* A quantity of one class and sector in a period; `below` what a ratio divides by. */
static double value_of(const ent_comparison_t *c, const cube_t *cube, const quantity_t *quantity, int p,
                       int k, int s, double *below)
{
    const ent_results_file_t *file = c->file;
    const ent_period_t *period = &c->periods[p];
    const ent_shape_t shape = ent_field_table()[quantity->field].shape;
    const size_t of_home = (size_t)file->home * (size_t)file->n_sector + (size_t)s;
    const size_t of_class = (size_t)k * (size_t)file->n_sector + (size_t)s;
    const size_t place = shape == ENT_SHAPE_REGION  ? (size_t)file->home
                         : shape == ENT_SHAPE_CLASS ? of_class
                                                    : of_home;
    const double value = over_period(quantity->field, file, period, cube->block, place);
    *below = 1.0;
    if (shape != ENT_SHAPE_CLASS && (k > 0 || (shape == ENT_SHAPE_REGION && s > 0))) {
        return 0.0; /* fields without classes, or sectors, stand in the first */
    }
    if (quantity->made == LESS) {
        return value - over_period(quantity->other, file, period, cube->other, of_home);
    }
    if (quantity->made == PRO_RATA) {
        const double revenue = over_period(ENT_FIELD_revenue, file, period, cube->revenue, of_home);
        const double stock = over_period(quantity->other, file, period, cube->other, of_home);
        return revenue > 0.0 ? value / revenue * stock : 0.0;
    }
    if (quantity->made == SURVIVAL) {
        const int lag = quantity->lag_years * file->steps_per_year;
        const ent_period_t before = {.begin = period->begin - lag, .end = period->end - lag};
        *below = before.begin < 0 ? NAN : over_period(quantity->other, file, &before, cube->other, of_class);
        return 100.0 * value;
    }
    return quantity->made == PER_CENT ? 100.0 * value : value;
}

static void fill_side(const ent_comparison_t *c, cube_t *cube, const quantity_t *quantity, int side, int r)
{
    for (int p = 0; p < c->n_periods; p++) {
        for (int k = 0; k < cube->n_class; k++) {
            for (int s = 0; s < c->file->n_sector; s++) {
                const size_t at = cube_at(cube, side, p, k, s) + (size_t)r;
                cube->value[at] = value_of(c, cube, quantity, p, k, s, &cube->below[at]);
            }
        }
    }
}

static int cube_read(const ent_comparison_t *c, cube_t *cube, const quantity_t *quantity, ent_context_t *ctx)
{
    const ent_results_file_t *file = c->file;
    for (size_t i = 0; i < cube->n; i++) {
        cube->value[i] = cube->below[i] = NAN;
    }
    for (int r = 0; r < file->n_replication; r++) {
        for (int side = 0; file->whole[r] && side < 2; side++) {
            const int scenario = side ? c->against : c->base;
            int rc = ent_results_file_read(file, quantity->field, scenario, r, cube->block, ctx);
            if (rc == 0 && quantity->other != ENT_N_FIELDS) {
                rc = ent_results_file_read(file, quantity->other, scenario, r, cube->other, ctx);
            }
            if (rc == 0 && quantity->made == PRO_RATA) {
                rc = ent_results_file_read(file, ENT_FIELD_revenue, scenario, r, cube->revenue, ctx);
            }
            if (rc != 0) {
                return rc;
            }
            fill_side(c, cube, quantity, side, r);
        }
    }
    return 0;
}

/* ---- rows
 * --------------------------------------------------------------------------------------------------- */

/* Sum over classes [k0, k1) and sectors [s0, s1) in every replication; of a ratio, the ratio of the sums. */
static void sum_cube(const cube_t *cube, int side, int period, int ratio, const int range[4], double *sum)
{
    for (int r = 0; r < cube->n_replication; r++) {
        double above = 0.0, below = 0.0;
        for (int k = range[0]; k < range[1]; k++) {
            for (int s = range[2]; s < range[3]; s++) {
                above += cube->value[cube_at(cube, side, period, k, s) + (size_t)r];
                below += cube->below[cube_at(cube, side, period, k, s) + (size_t)r];
            }
        }
        sum[r] = !ratio ? above : below > 0.0 ? above / below : NAN;
    }
}

static int put_row(const ent_comparison_t *c, const cube_t *cube, const quantity_t *quantity, int period,
                   const char *class, const char *sector, const int range[4], ent_table_t *table, int rule,
                   ent_context_t *ctx)
{
    const ent_results_file_t *file = c->file;
    const size_t n = (size_t)file->n_replication;
    const int ratio = quantity->made == SURVIVAL;
    double *work = malloc(4 * (n + 1) * sizeof *work);
    if (work == NULL) {
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, file->path, "no memory to compare firms");
    }
    ent_comparison_row_t row = {.period = period};
    sum_cube(cube, 0, period, ratio, range, work);
    sum_cube(cube, 1, period, ratio, range, work + n);
    for (size_t r = 0; r < n; r++) {
        work[2 * n + r] = work[n + r] - work[r];
    }
    ent_estimate(work, file->world, file->chance, (int)n, c->options.level, work + 3 * n, &row.without);
    ent_estimate(work + n, file->world, file->chance, (int)n, c->options.level, work + 3 * n, &row.with);
    ent_estimate(work + 2 * n, file->world, file->chance, (int)n, c->options.level, work + 3 * n,
                 &row.difference);
    free(work);
    ent_table_row(table, rule);
    ent_table_text(table, 0, quantity->name);
    ent_table_text(table, 1, class);
    ent_table_text(table, 2, sector);
    ent_table_text(table, 3, quantity->unit);
    ent_table_text(table, 4, c->periods[period].key);
    ent_comparison_numbers(&row, table, 5);
    return 0;
}

static int put_quantity(const ent_comparison_t *c, cube_t *cube, const quantity_t *quantity, int by_sector,
                        ent_table_t *table, ent_context_t *ctx)
{
    const ent_results_file_t *file = c->file;
    const ent_shape_t shape = ent_field_table()[quantity->field].shape;
    const int by_class = shape == ENT_SHAPE_CLASS;
    const int lag = quantity->lag_years * file->steps_per_year;
    int rc = cube_read(c, cube, quantity, ctx), first = table->n_rows > 0;
    for (int p = 0; rc == 0 && p < c->n_periods; p++) {
        if (c->periods[p].begin < lag) {
            continue; /* who entered so long before is not in the file */
        }
        for (int k = 0; rc == 0 && by_class && k < ENT_N_CLASSES; k++) {
            if (quantity->made == SURVIVAL && k == ENT_CLASS_LARGE) {
                continue; /* they neither enter nor leave */
            }
            rc = put_row(c, cube, quantity, p, class_names[k], "all", (int[4]){k, k + 1, 0, file->n_sector},
                         table, first, ctx);
            first = 0;
        }
        if (rc == 0) {
            rc = put_row(c, cube, quantity, p, "all", "all", (int[4]){0, ENT_N_CLASSES, 0, file->n_sector},
                         table, first, ctx);
            first = 0;
        }
        for (int s = 0; rc == 0 && by_sector && shape != ENT_SHAPE_REGION && s < file->n_sector; s++) {
            rc = put_row(c, cube, quantity, p, "all", file->sector[s], (int[4]){0, ENT_N_CLASSES, s, s + 1},
                         table, 0, ctx);
        }
    }
    return rc;
}

static int known(const ent_results_file_t *file, const quantity_t *quantity)
{
    return ent_results_file_has(file, quantity->field) &&
           (quantity->other == ENT_N_FIELDS || ent_results_file_has(file, quantity->other));
}

int ent_comparison_firms(const ent_comparison_t *comparison, int by_sector, ent_table_t *table,
                         ent_context_t *ctx)
{
    const ent_results_file_t *file = comparison->file;
    cube_t cube = {0};
    ent_table_init(table, "firms", "Firms of %s: %s against %s", file->region[file->home],
                   file->scenario[comparison->against], file->scenario[comparison->base]);
    ent_table_column(table, "quantity", ENT_COLUMN_TEXT, "", "quantity");
    ent_table_column(table, "firm_class", ENT_COLUMN_TEXT, "", "size class");
    ent_table_column(table, "sector", ENT_COLUMN_TEXT, "", "sector");
    ent_table_column(table, "unit", ENT_COLUMN_TEXT, "", "unit");
    ent_table_column(table, "period", ENT_COLUMN_TEXT, "", "period");
    ent_comparison_columns(comparison, table, "", "fall");
    int rc = cube_init(&cube, comparison, ctx);
    for (int q = 0; rc == 0 && q < N_QUANTITIES; q++) {
        if (known(file, &quantities[q])) {
            rc = put_quantity(comparison, &cube, &quantities[q], by_sector, table, ctx);
        }
    }
    cube_free(&cube);
    ent_table_note(
        table,
        "Exporters at the end of the period, jobs and shares as the mean over it, all else as sums. "
        "Jobs: value added of the output at the benchmark's shares, over value added per worker; jobs "
        "in exports go by the share of revenue. Survival: who completes the year, of those who entered "
        "so long before; n/a where that is before the first step.");
    ent_table_note(
        table, "Large: up to the rank large_ranks in the size law of their sector; medium: the larger fifth "
               "of the others. n/a: the file was made with mechanisms.entry off.");
    return rc;
}

/* ---- pass-through
 * ------------------------------------------------------------------------------------------- */

enum { N_HORIZONS = 3, BASE_STEPS = 3 };
static const int horizon_months[N_HORIZONS] = {3, 7, 12};
static const double onset_rise = 0.02;

/* What one trajectory and the benchmark say of the flows into a market. */
typedef struct {
    const ent_comparison_t *c;
    int importer;
    double *weight, *base_duty; /* [n_sector][n_flow] benchmark landed value before duty; tariff */
    float *price, *duty, *retail, *sales;
} market_view_t;

static int view_init(market_view_t *view, const ent_comparison_t *c, ent_context_t *ctx)
{
    const ent_results_file_t *file = c->file;
    const size_t flows = (size_t)file->n_sector * (size_t)file->n_flow, steps = (size_t)file->n_time;
    const size_t markets = (size_t)file->n_sector * (size_t)file->n_region;
    const hsize_t start[2] = {0, 0}, count[2] = {(hsize_t)file->n_sector, (hsize_t)file->n_flow};
    *view = (market_view_t){.c = c, .importer = c->partner};
    view->weight = malloc((flows + 1) * sizeof *view->weight);
    view->base_duty = malloc((flows + 1) * sizeof *view->base_duty);
    view->price = malloc((flows * steps + 1) * sizeof *view->price);
    view->duty = malloc((flows * steps + 1) * sizeof *view->duty);
    view->retail = malloc((markets * steps + 1) * sizeof *view->retail);
    view->sales = malloc((markets * steps + 1) * sizeof *view->sales);
    if (!view->weight || !view->base_duty || !view->price || !view->duty || !view->retail || !view->sales) {
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, file->path, "no memory for pass-through");
    }
    int rc = ent_results_file_block(file, "benchmark_freight", 2, start, count, view->base_duty, ctx);
    if (rc == 0) {
        rc = ent_results_file_block(file, "benchmark_exports", 2, start, count, view->weight, ctx);
    }
    for (size_t i = 0; rc == 0 && i < flows; i++) {
        view->weight[i] *= (1.0 + view->base_duty[i]) / file->steps_per_year;
    }
    return rc == 0 ? ent_results_file_block(file, "benchmark_tariff", 2, start, count, view->base_duty, ctx)
                   : rc;
}

static void view_free(market_view_t *view)
{
    free(view->weight);
    free(view->base_duty);
    free(view->price);
    free(view->duty);
    free(view->retail);
    free(view->sales);
}

static int view_read(market_view_t *view, int scenario, int r, ent_context_t *ctx)
{
    const ent_results_file_t *file = view->c->file;
    int rc = ent_results_file_read(file, ENT_FIELD_export_price, scenario, r, view->price, ctx);
    if (rc == 0) {
        rc = ent_results_file_read(file, ENT_FIELD_tariff_rate, scenario, r, view->duty, ctx);
    }
    if (rc == 0) {
        rc = ent_results_file_read(file, ENT_FIELD_retail_price, scenario, r, view->retail, ctx);
    }
    return rc == 0 ? ent_results_file_read(file, ENT_FIELD_sales, scenario, r, view->sales, ctx) : rc;
}

static int is_import(const market_view_t *view, int sector, int f)
{
    const ent_results_file_t *file = view->c->file;
    return file->flow_destination[f] == view->importer && file->flow_origin[f] != view->importer &&
           view->weight[sector * file->n_flow + f] > 0.0;
}

/* Weighted mean over the flows of a sector of ln price or ln(1 + duty) in a step; step -1: the benchmark. */
static double mean_log(const market_view_t *view, int sector, int step, int duty)
{
    const ent_results_file_t *file = view->c->file;
    double sum = 0.0, weights = 0.0;
    for (int f = 0; f < file->n_flow; f++) {
        const int cell = sector * file->n_flow + f;
        if (!is_import(view, sector, f)) {
            continue;
        }
        const size_t at =
            ((size_t)step * (size_t)file->n_sector + (size_t)sector) * (size_t)file->n_flow + (size_t)f;
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
    const ent_results_file_t *file = view->c->file;
    const size_t at =
        ((size_t)step * (size_t)file->n_region + (size_t)view->importer) * (size_t)file->n_sector +
        (size_t)sector;
    return step < 0 ? 0.0 : log((double)view->retail[at]);
}

static double import_share(const market_view_t *view, int sector)
{
    const ent_results_file_t *file = view->c->file;
    double imports = 0.0, sales = 0.0;
    for (int f = 0; f < file->n_flow; f++) {
        imports += is_import(view, sector, f) ? view->weight[sector * file->n_flow + f] *
                                                    (1.0 + view->base_duty[sector * file->n_flow + f])
                                              : 0.0;
    }
    for (int t = 0; t < file->n_time; t++) {
        sales += (double)view->sales[((size_t)t * (size_t)file->n_region + (size_t)view->importer) *
                                         (size_t)file->n_sector +
                                     (size_t)sector] /
                 file->n_time;
    }
    return sales > 0.0 ? imports / sales : NAN;
}

/* First step in which a sector's duty is above that of the benchmark by more than onset_rise; -1: never. */
static int onset_of(const market_view_t *view, int sector)
{
    const double base = mean_log(view, sector, -1, 1);
    for (int t = 0; t < view->c->file->n_time; t++) {
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
    const ent_results_file_t *file = view->c->file;
    const double share = import_share(view, sector);
    const double price = before(view, sector, onset, 0), rate = before(view, sector, onset, 1);
    const double shelf = before(view, sector, onset, 2);
    for (int h = 0; h < N_HORIZONS; h++) {
        const int t = onset + (horizon_months[h] * file->steps_per_year + 6) / 12;
        double border = NAN, retail = NAN;
        if (t < file->n_time) {
            const double rise = mean_log(view, sector, t, 1) - rate;
            border = 1.0 + (mean_log(view, sector, t, 0) - price) / rise;
            retail = (retail_log(view, sector, t) - shelf) / (share * rise);
            duty[r] = 100.0 * expm1(rise);
        }
        value[(size_t)h * (size_t)file->n_replication + (size_t)r] = border;
        value[(size_t)(N_HORIZONS + h) * (size_t)file->n_replication + (size_t)r] = retail;
    }
}

static void put_estimate(const ent_comparison_t *c, ent_table_t *table, int column, const double *value,
                         double *scratch, int decimals)
{
    ent_estimate_t estimate;
    ent_estimate(value, c->file->world, c->file->chance, c->file->n_replication, c->options.level, scratch,
                 &estimate);
    ent_table_number(table, column, estimate.mean, decimals);
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int put_sector(const ent_comparison_t *c, market_view_t *view, int scenario, int sector, double *value,
                      ent_table_t *table, ent_context_t *ctx)
{
    const ent_results_file_t *file = c->file;
    const size_t n = (size_t)file->n_replication;
    double *duty = value + 2 * N_HORIZONS * n, *scratch = duty + n;
    int rc = 0, n_onsets = 0;
    double *first = duty + 2 * n; /* step in which every world's duty rises */
    for (size_t i = 0; i < (2 * N_HORIZONS + 1) * n; i++) {
        value[i] = NAN;
    }
    for (int r = 0; rc == 0 && r < file->n_replication; r++) {
        if (!file->whole[r] || (rc = view_read(view, scenario, r, ctx)) != 0) {
            continue;
        }
        const int onset = onset_of(view, sector);
        if (onset >= 0) {
            first[n_onsets++] = onset;
            measure(view, sector, onset, r, value, duty);
        }
    }
    if (rc != 0 || n_onsets == 0) {
        return rc;
    }
    char day[16];
    qsort(first, (size_t)n_onsets, sizeof *first, compare_doubles);
    ent_day_format(file->begin[(int)first[n_onsets / 2]], day);
    ent_table_row(table, 0);
    ent_table_text(table, 0, file->sector[sector]);
    ent_table_text(table, 1, day);
    put_estimate(c, table, 2, duty, scratch, 1);
    for (int k = 0; k < 2 * N_HORIZONS; k++) {
        put_estimate(c, table, 3 + k, value + (size_t)k * n, scratch, 3);
    }
    return 0;
}

int ent_comparison_pass_through(const ent_comparison_t *comparison, int scenario, ent_table_t *table,
                                ent_context_t *ctx)
{
    const ent_results_file_t *file = comparison->file;
    market_view_t view = {0};
    char name[96];
    snprintf(name, sizeof name, "pass_through_%s", file->scenario[scenario]);
    ent_table_init(table, name, "Pass-through of duties in %s, scenario %s",
                   comparison->partner < 0 ? "no single market" : file->region[comparison->partner],
                   file->scenario[scenario]);
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
        return ent_fail(ctx, ENT_ERR_USAGE, file->path, "pass-through needs one market: --partner REGION");
    }
    double *value = malloc((2 * N_HORIZONS + 3) * ((size_t)file->n_replication + 1) * sizeof *value);
    int rc = value == NULL ? ent_fail(ctx, ENT_ERR_NO_MEMORY, file->path, "no memory for pass-through")
                           : view_init(&view, comparison, ctx);
    for (int s = 0; rc == 0 && s < file->n_sector; s++) {
        rc = put_sector(comparison, &view, scenario, s, value, table, ctx);
    }
    view_free(&view);
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
