#include "page/report_series.h"

#include "base/memory.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

static const ent_report_measure_t measures[ENT_N_REPORT_MEASURES] = {
    [ENT_REPORT_EXPORTS] = {"exports", "million USD per step", "exports", ENT_SERIES_EXPORTS, -1, 1,
                            "exports"},
    [ENT_REPORT_QUANTITY] = {"quantity", "million USD at benchmark prices per step", "export_quantity",
                             ENT_SERIES_QUANTITY, -1, 1, "export_quantity"},
    [ENT_REPORT_PRICE] = {"price", "1", "exports,export_quantity", ENT_SERIES_EXPORTS, ENT_SERIES_QUANTITY, 1,
                          "exports / export_quantity"},
    [ENT_REPORT_TARIFF] = {"tariff", "1", "duty,imports", ENT_SERIES_DUTY, ENT_SERIES_IMPORTS, 1,
                           "duty / imports"},
    [ENT_REPORT_DUTY] = {"duty", "million USD per step", "duty", ENT_SERIES_DUTY, -1, 1, "duty"},
    [ENT_REPORT_REFUND] = {"refund", "million USD per step", "refund", ENT_SERIES_REFUND, -1, 1, "refund"},
    [ENT_REPORT_STOCK] = {"stock", "million USD at benchmark prices", "stock", ENT_SERIES_STOCK, -1, 0,
                          "stock"},
    [ENT_REPORT_RETAIL] = {"retail", "1", "retail_price,sales", ENT_SERIES_RETAIL, ENT_SERIES_SALES, 0,
                           "retail_price, weighted with sales"},
    [ENT_REPORT_LANDED] = {"landed", "1", "landed_cost,sales", ENT_SERIES_LANDED, ENT_SERIES_SALES, 0,
                           "landed_cost, weighted with sales"},
};

const ent_report_measure_t *ent_report_measures(void)
{
    return measures;
}

/* Which field a series is read from. */
static const struct {
    ent_field_id_t field;
    int weighted; /* 1: times sales */
} sources[ENT_N_SERIES] = {
    [ENT_SERIES_EXPORTS] = {ENT_FIELD_exports, 0},    [ENT_SERIES_QUANTITY] = {ENT_FIELD_export_quantity, 0},
    [ENT_SERIES_IMPORTS] = {ENT_FIELD_imports, 0},    [ENT_SERIES_DUTY] = {ENT_FIELD_duty, 0},
    [ENT_SERIES_REFUND] = {ENT_FIELD_refund, 0},      [ENT_SERIES_STOCK] = {ENT_FIELD_stock, 0},
    [ENT_SERIES_SALES] = {ENT_FIELD_sales, 0},        [ENT_SERIES_RETAIL] = {ENT_FIELD_retail_price, 1},
    [ENT_SERIES_LANDED] = {ENT_FIELD_landed_cost, 1},
};

/* The values of all worlds in one place: [n_worlds]. */
static double *worlds_at(const ent_report_series_t *s, int scenario, int id, int cell, int time)
{
    size_t row = ((size_t)scenario * ENT_N_SERIES + (size_t)id) * (size_t)s->n_cells + (size_t)cell;
    return s->value + (row * (size_t)s->file->n_time + (size_t)time) * (size_t)s->n_worlds;
}

static int find_flow(const ent_results_file_t *file, int partner)
{
    for (int f = 0; f < file->n_flow; f++)
        if (file->flow_origin[f] == file->home && file->flow_destination[f] == partner)
            return f;
    return -1;
}

/* Copy a field of one trajectory into its sectors and add up their total. */
static void keep(const ent_report_series_t *s, int scenario, int id, int world, int flow, const float *block)
{
    const ent_results_file_t *file = s->file;
    int is_flow = ent_field_table()[sources[id].field].shape == ENT_SHAPE_FLOW;
    size_t n_sector = (size_t)file->n_sector;
    size_t size = is_flow ? n_sector * (size_t)file->n_flow : n_sector * (size_t)file->n_region;
    for (int t = 0; t < file->n_time; t++) {
        double total = 0.0;
        for (int c = 0; c < file->n_sector; c++) {
            size_t place = is_flow ? (size_t)c * (size_t)file->n_flow + (size_t)flow
                                   : (size_t)s->partner * n_sector + (size_t)c;
            double value = (double)block[(size_t)t * size + place];
            /* A market without sales has no price, and adds nothing to the total. */
            if (sources[id].weighted) {
                double sales = worlds_at(s, scenario, ENT_SERIES_SALES, c, t)[world];
                value = sales > 0.0 ? value * sales : 0.0;
            }
            worlds_at(s, scenario, id, c, t)[world] = value;
            total += value;
        }
        worlds_at(s, scenario, id, file->n_sector, t)[world] = total;
    }
}

static int read_all(const ent_report_series_t *s, ent_context_t *ctx)
{
    const ent_results_file_t *file = s->file;
    size_t widest = (size_t)(file->n_flow > file->n_region ? file->n_flow : file->n_region);
    float *block = ent_calloc(ctx, (size_t)file->n_time * (size_t)file->n_sector * widest, sizeof *block);
    int flow = find_flow(file, s->partner);
    int rc = block == NULL ? ENT_ERR_NO_MEMORY : 0;
    if (rc == 0 && flow < 0)
        rc = ent_fail(ctx, ENT_ERR_USAGE, file->path, "the flow %s-%s is not recorded",
                      file->region[file->home], file->region[s->partner]);
    for (int scenario = 0; scenario < file->n_scenario; scenario++)
        for (int w = 0; w < s->n_worlds; w++)
            for (int id = 0; id < ENT_N_SERIES && rc == 0; id++) {
                rc = ent_results_file_read(file, sources[id].field, scenario, s->play[w], block, ctx);
                if (rc == 0)
                    keep(s, scenario, id, w, flow, block);
            }
    free(block);
    return rc;
}

int ent_report_series_init(ent_report_series_t *series, const ent_results_file_t *file, int partner,
                           ent_context_t *ctx)
{
    *series = (ent_report_series_t){.file = file, .partner = partner, .n_cells = file->n_sector + 1};
    series->play = ent_calloc(ctx, (size_t)file->n_replication, sizeof *series->play);
    if (series->play == NULL)
        return ENT_ERR_NO_MEMORY;
    for (int r = 0; r < file->n_replication; r++)
        if (file->whole[r] && file->chance[r] == 0)
            series->play[series->n_worlds++] = r;
    size_t n = (size_t)file->n_scenario * ENT_N_SERIES * (size_t)series->n_cells * (size_t)file->n_time;
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

static double level_of(const ent_report_series_t *s, const ent_report_measure_t *measure, int scenario,
                       int cell, int time, int world)
{
    double over = worlds_at(s, scenario, (int)measure->over, cell, time)[world];
    if (measure->under < 0)
        return over;
    double under = worlds_at(s, scenario, measure->under, cell, time)[world];
    return under > 0.0 ? over / under : NAN;
}

void ent_report_worlds(const ent_report_series_t *series, ent_report_measure_id_t measure, ent_view_t view,
                       int scenario, int base, int cell, int time, double *values)
{
    for (int w = 0; w < series->n_worlds; w++) {
        double value = level_of(series, &measures[measure], scenario, cell, time, w);
        if (view != ENT_VIEW_LEVEL) {
            double without = level_of(series, &measures[measure], base, cell, time, w);
            value -= without;
            if (view == ENT_VIEW_CHANGE)
                value = without > 0.0 ? 100.0 * value / without : NAN;
        }
        values[w] = value;
    }
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
