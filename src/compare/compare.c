#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "compare/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is summed over the steps of a period; outcomes are made of these. */
typedef enum { SUM_EXPORTS, SUM_QUANTITY, SUM_DUTY, SUM_REVENUE, N_SUMS } sum_t;

/* Sums over periods: value[scenario 0 or 1][sum][period][cell][replication], NaN for missing replications.
 * Cells are the sectors (towards the partner; revenue: all destinations), then the destinations. */
typedef struct {
    int n_periods, n_cells, n_replications;
    double *value;
    float *block; /* one field of one trajectory */
} sums_t;

static const ent_outcome_entry_t outcome_table[ENT_N_OUTCOMES] = {
    [ENT_OUTCOME_EXPORTS] = {"exports", "Exports", "million USD", "loss", "exports"},
    [ENT_OUTCOME_REVENUE] = {"revenue", "Producers' revenue", "million USD", "loss", "revenue"},
    [ENT_OUTCOME_DUTY] = {"duty", "Duty less refunds", "million USD", "fall", "duty, refund"},
    [ENT_OUTCOME_QUANTITY] = {"quantity", "Export volume at benchmark prices", "million USD", "loss",
                              "export_quantity"},
    [ENT_OUTCOME_PRICE] = {"price", "Export price before freight and tariff, benchmark = 1", "index", "fall",
                           "exports, export_quantity"},
};

const ent_outcome_entry_t *ent_outcome_table(void)
{
    return outcome_table;
}

void ent_compare_defaults(ent_compare_options_t *options)
{
    *options = (ent_compare_options_t){.by = ENT_BY_SUMMARY | ENT_BY_SECTOR | ENT_BY_DESTINATION,
                                       .outcomes = (1u << ENT_N_OUTCOMES) - 1u,
                                       .details = 1u << ENT_OUTCOME_EXPORTS,
                                       .periods = ENT_PERIOD_YEAR1 | ENT_PERIOD_HORIZON,
                                       .level = 0.9,
                                       .want = 0.01};
}

void ent_compare_everything(ent_compare_options_t *options)
{
    options->outcomes = options->details = (1u << ENT_N_OUTCOMES) - 1u;
    options->periods = ENT_PERIOD_YEAR1 | ENT_PERIOD_YEARS | ENT_PERIOD_HORIZON;
}

/* The outcomes a table shows. */
static unsigned outcomes_of(const ent_compare_options_t *options, unsigned by)
{
    if ((options->by & by) == 0)
        return 0;
    return by == ENT_BY_SUMMARY ? options->outcomes : options->details;
}

/* Sales at home are no exports, even where the config records them. */
static int is_export(const ent_results_file_t *file, int flow)
{
    return file->flow_origin[flow] == file->home && file->flow_destination[flow] != file->home;
}

/* ---- who is compared ---- */

static int find_scenario(const ent_results_file_t *file, const char *name, int fallback, int *index,
                         ent_context_t *ctx)
{
    *index = name == NULL ? fallback : ent_results_file_find(file->scenario, file->n_scenario, name);
    if (*index >= 0)
        return 0;
    return ent_fault(ctx, ENT_ERR_USAGE, file->path, 0, 0, "scenario", name,
                     ent_nearest(name, (const char *const *)file->scenario, (size_t)file->n_scenario),
                     "is no scenario of this file");
}

static int find_partner(ent_comparison_t *c, const char *name, ent_context_t *ctx)
{
    const ent_results_file_t *file = c->file;
    c->partner = c->n_destinations > 0 ? c->destinations[0] : -1;
    if (name == NULL)
        return 0;
    if (strcmp(name, "all") == 0) {
        c->partner = -1;
        return 0;
    }
    c->partner = ent_results_file_find(file->region, file->n_region, name);
    for (int i = 0; i < c->n_destinations; i++)
        if (c->destinations[i] == c->partner)
            return 0;
    if (c->partner >= 0)
        return ent_fail(ctx, ENT_ERR_USAGE, file->path, "the flow %s-%s is not recorded",
                        file->region[file->home], name);
    return ent_fault(ctx, ENT_ERR_USAGE, file->path, 0, 0, "partner", name,
                     ent_nearest(name, (const char *const *)file->region, (size_t)file->n_region),
                     "is no region of this file");
}

static int set_destinations(ent_comparison_t *c, ent_context_t *ctx)
{
    const ent_results_file_t *file = c->file;
    c->destinations = calloc((size_t)file->n_flow + 1, sizeof *c->destinations);
    if (c->destinations == NULL)
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, file->path, "no memory to compare scenarios");
    for (int i = 0; i < file->n_flow; i++)
        if (is_export(file, i))
            c->destinations[c->n_destinations++] = file->flow_destination[i];
    if (c->n_destinations == 0)
        return ent_fail(ctx, ENT_ERR_USAGE, file->path, "no flow from %s is recorded",
                        file->region[file->home]);
    return find_partner(c, c->options.partner, ctx);
}

static int set_sides(ent_comparison_t *c, ent_context_t *ctx)
{
    const ent_results_file_t *file = c->file;
    if (file->n_scenario < 2)
        return ent_fail(ctx, ENT_ERR_USAGE, file->path,
                        "a comparison needs two scenarios; the file has only \"%s\"", file->scenario[0]);
    int rc = find_scenario(file, c->options.base, file->n_scenario - 1, &c->base, ctx);
    if (rc == 0)
        rc = find_scenario(file, c->options.against, 0, &c->against, ctx);
    if (rc != 0)
        return rc;
    if (c->base == c->against)
        return ent_fail(ctx, ENT_ERR_USAGE, file->path, "scenario \"%s\" is compared with itself",
                        file->scenario[c->base]);
    return set_destinations(c, ctx);
}

/* ---- periods ---- */

static int year_of(ent_day_t day)
{
    char text[16];
    ent_day_format(day, text);
    return atoi(text);
}

static void add_period(ent_comparison_t *c, const char *key, const char *words, int begin, int end)
{
    const ent_results_file_t *file = c->file;
    ent_period_t *period = &c->periods[c->n_periods++];
    char first[16], last[16];
    ent_day_format(file->begin[begin], first);
    ent_day_format(file->end[end - 1] - 1, last);
    *period = (ent_period_t){.begin = begin, .end = end};
    snprintf(period->key, sizeof period->key, "%s", key);
    if (end - begin == file->steps_per_year)
        snprintf(period->label, sizeof period->label, "%s, %s to %s", words, first, last);
    else
        snprintf(period->label, sizeof period->label, "%s, %s to %s (%d of %d steps of a year)", words, first,
                 last, end - begin, file->steps_per_year);
}

static int set_periods(ent_comparison_t *c, ent_context_t *ctx)
{
    const ent_results_file_t *file = c->file;
    int n = file->n_time;
    int year_steps = file->steps_per_year < n ? file->steps_per_year : n;

    c->periods = calloc((size_t)n + 2, sizeof *c->periods);
    if (c->periods == NULL)
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, file->path, "no memory to compare scenarios");
    if (c->options.periods & ENT_PERIOD_YEAR1)
        add_period(c, "year1", "first year", 0, year_steps);
    for (int begin = 0, end; (c->options.periods & ENT_PERIOD_YEARS) && begin < n; begin = end) {
        char key[16];
        int year = year_of(file->begin[begin]);
        for (end = begin + 1; end < n && year_of(file->begin[end]) == year; end++)
            ;
        snprintf(key, sizeof key, "%d", year);
        add_period(c, key, key, begin, end);
    }
    if (c->options.periods & ENT_PERIOD_HORIZON)
        add_period(c, "horizon", "last year", n - year_steps, n);
    return 0;
}

/* ---- sums over periods ---- */

static double *sum_at(const sums_t *sums, int side, int sum, int period, int cell)
{
    size_t row = (((size_t)side * N_SUMS + (size_t)sum) * (size_t)sums->n_periods + (size_t)period) *
                     (size_t)sums->n_cells +
                 (size_t)cell;
    return sums->value + row * (size_t)sums->n_replications;
}

static int sums_init(sums_t *sums, const ent_comparison_t *c, ent_context_t *ctx)
{
    const ent_results_file_t *file = c->file;
    size_t largest = 1;
    *sums = (sums_t){.n_periods = c->n_periods,
                     .n_cells = file->n_sector + c->n_destinations,
                     .n_replications = file->n_replication};
    for (int f = 0; f < ENT_N_FIELDS; f++) {
        size_t size = ent_field_size((ent_field_id_t)f, file->n_region, file->n_sector, file->n_flow);
        if (size > largest)
            largest = size;
    }
    size_t n =
        (size_t)2 * N_SUMS * (size_t)sums->n_periods * (size_t)sums->n_cells * (size_t)sums->n_replications;
    sums->value = malloc(n * sizeof *sums->value);
    sums->block = malloc(largest * (size_t)file->n_time * sizeof *sums->block);
    if (sums->value == NULL || sums->block == NULL)
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, file->path, "no memory to compare scenarios");
    for (size_t i = 0; i < n; i++)
        sums->value[i] = NAN;
    return 0;
}

static void sums_free(sums_t *sums)
{
    free(sums->value);
    free(sums->block);
}

/* Add sign * value of one flow and sector over a period to a cell that may not have been touched yet. */
static void add_to(double *cell, double value)
{
    *cell = isnan(*cell) ? value : *cell + value;
}

static double sum_over(const ent_period_t *period, const float *block, size_t size, size_t place)
{
    double sum = 0.0;
    for (int t = period->begin; t < period->end; t++)
        sum += (double)block[(size_t)t * size + place];
    return sum;
}

/* Add a FLOW field [time][sector][flow] of home's flows to the sectors and to the destinations. */
static void add_flows(const ent_comparison_t *c, const sums_t *sums, int side, int sum, int replication,
                      double sign)
{
    const ent_results_file_t *file = c->file;
    size_t size = (size_t)file->n_sector * (size_t)file->n_flow;
    for (int p = 0; p < c->n_periods; p++)
        for (int s = 0; s < file->n_sector; s++)
            for (int f = 0, d = 0; f < file->n_flow; f++) {
                if (!is_export(file, f))
                    continue;
                size_t place = (size_t)s * (size_t)file->n_flow + (size_t)f;
                double value = sign * sum_over(&c->periods[p], sums->block, size, place);
                if (c->partner < 0 || file->flow_destination[f] == c->partner)
                    add_to(&sum_at(sums, side, sum, p, s)[replication], value);
                add_to(&sum_at(sums, side, sum, p, file->n_sector + d)[replication], value);
                d++;
            }
}

/* Add a PRODUCER field [time][origin][sector] of home. */
static void add_producers(const ent_comparison_t *c, const sums_t *sums, int side, int sum, int replication)
{
    const ent_results_file_t *file = c->file;
    size_t size = (size_t)file->n_sector * (size_t)file->n_region;
    for (int p = 0; p < c->n_periods; p++)
        for (int s = 0; s < file->n_sector; s++) {
            size_t place = (size_t)file->home * (size_t)file->n_sector + (size_t)s;
            add_to(&sum_at(sums, side, sum, p, s)[replication],
                   sum_over(&c->periods[p], sums->block, size, place));
        }
}

static int read_trajectory(const ent_comparison_t *c, sums_t *sums, int side, int replication,
                           ent_context_t *ctx)
{
    static const struct {
        ent_field_id_t field;
        int sum;
        double sign;
        unsigned outcomes;
    } parts[] = {
        {ENT_FIELD_exports, SUM_EXPORTS, 1.0, 1u << ENT_OUTCOME_EXPORTS | 1u << ENT_OUTCOME_PRICE},
        {ENT_FIELD_export_quantity, SUM_QUANTITY, 1.0, 1u << ENT_OUTCOME_QUANTITY | 1u << ENT_OUTCOME_PRICE},
        {ENT_FIELD_duty, SUM_DUTY, 1.0, 1u << ENT_OUTCOME_DUTY},
        {ENT_FIELD_refund, SUM_DUTY, -1.0, 1u << ENT_OUTCOME_DUTY},
        {ENT_FIELD_revenue, SUM_REVENUE, 1.0, 1u << ENT_OUTCOME_REVENUE},
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if ((parts[i].outcomes & (c->options.outcomes | c->options.details)) == 0)
            continue;
        int rc = ent_results_file_read(c->file, parts[i].field, side ? c->against : c->base, replication,
                                       sums->block, ctx);
        if (rc != 0)
            return rc;
        if (ent_field_table()[parts[i].field].shape == ENT_SHAPE_PRODUCER)
            add_producers(c, sums, side, parts[i].sum, replication);
        else
            add_flows(c, sums, side, parts[i].sum, replication, parts[i].sign);
    }
    return 0;
}

static int sums_read(const ent_comparison_t *c, sums_t *sums, ent_context_t *ctx)
{
    for (int r = 0; r < c->file->n_replication; r++)
        for (int side = 0; side < 2; side++) {
            int rc = c->file->whole[r] ? read_trajectory(c, sums, side, r, ctx) : 0;
            if (rc != 0)
                return rc;
        }
    return 0;
}

/* ---- rows ---- */

/* Cells [begin, end) of one sum, added up for one replication. */
static double sum_of_cells(const sums_t *sums, int side, int sum, int period, int begin, int end, int r)
{
    double total = 0.0;
    for (int cell = begin; cell < end; cell++)
        total += sum_at(sums, side, sum, period, cell)[r];
    return total;
}

/* An outcome over cells [begin, end) in every replication. */
static void outcome_values(const sums_t *sums, int side, int outcome, int period, int begin, int end,
                           double *values)
{
    static const int sum_of_outcome[ENT_N_OUTCOMES] = {[ENT_OUTCOME_EXPORTS] = SUM_EXPORTS,
                                                       [ENT_OUTCOME_REVENUE] = SUM_REVENUE,
                                                       [ENT_OUTCOME_DUTY] = SUM_DUTY,
                                                       [ENT_OUTCOME_QUANTITY] = SUM_QUANTITY,
                                                       [ENT_OUTCOME_PRICE] = SUM_EXPORTS};
    for (int r = 0; r < sums->n_replications; r++) {
        values[r] = sum_of_cells(sums, side, sum_of_outcome[outcome], period, begin, end, r);
        if (outcome == ENT_OUTCOME_PRICE) {
            double quantity = sum_of_cells(sums, side, SUM_QUANTITY, period, begin, end, r);
            values[r] = quantity > 0.0 ? values[r] / quantity : NAN;
        }
    }
}

/* Fill the three estimates of a row from cells [begin, end). `work` is [4][n_replications]. */
static void fill_row(const ent_comparison_t *c, const sums_t *sums, ent_comparison_row_t *row, int begin,
                     int end, double *work)
{
    const ent_results_file_t *file = c->file;
    int n = file->n_replication;
    double *without = work, *with = work + n, *difference = work + 2 * n, *scratch = work + 3 * n;

    outcome_values(sums, 0, row->outcome, row->period, begin, end, without);
    outcome_values(sums, 1, row->outcome, row->period, begin, end, with);
    for (int r = 0; r < n; r++)
        difference[r] = with[r] - without[r];
    ent_estimate(without, file->world, file->chance, n, c->options.level, scratch, &row->without);
    ent_estimate(with, file->world, file->chance, n, c->options.level, scratch, &row->with);
    ent_estimate(difference, file->world, file->chance, n, c->options.level, scratch, &row->difference);
}

/* The rows of one table, outcome and period: parts, then their total. */
static void add_rows(ent_comparison_t *c, const sums_t *sums, unsigned by, int outcome, int period,
                     double *work)
{
    int n_sector = c->file->n_sector;
    int first = by == ENT_BY_DESTINATION ? n_sector : 0;
    int n = by == ENT_BY_DESTINATION ? c->n_destinations : n_sector;
    int towards = outcome == ENT_OUTCOME_REVENUE ? -1 : c->partner;

    for (int i = 0; i < n && by != ENT_BY_SUMMARY; i++) {
        ent_comparison_row_t *row = &c->rows[c->n_rows++];
        *row = (ent_comparison_row_t){.by = by,
                                      .outcome = outcome,
                                      .period = period,
                                      .sector = by == ENT_BY_SECTOR ? i : -1,
                                      .destination = by == ENT_BY_SECTOR ? towards : c->destinations[i]};
        fill_row(c, sums, row, first + i, first + i + 1, work);
    }
    ent_comparison_row_t *total = &c->rows[c->n_rows++];
    *total = (ent_comparison_row_t){.by = by,
                                    .outcome = outcome,
                                    .period = period,
                                    .sector = -1,
                                    .destination = by == ENT_BY_DESTINATION ? -1 : towards};
    fill_row(c, sums, total, first, first + n, work);
}

static int set_rows(ent_comparison_t *c, const sums_t *sums, ent_context_t *ctx)
{
    const ent_results_file_t *file = c->file;
    size_t most =
        (size_t)ENT_N_OUTCOMES * (size_t)c->n_periods * (size_t)(file->n_sector + c->n_destinations + 3);
    double *work = malloc(4 * (size_t)file->n_replication * sizeof *work);
    c->rows = calloc(most, sizeof *c->rows);
    if (work == NULL || c->rows == NULL) {
        free(work);
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, file->path, "no memory to compare scenarios");
    }
    for (unsigned by = ENT_BY_SUMMARY; by <= ENT_BY_DESTINATION; by <<= 1)
        for (int outcome = 0; outcome < ENT_N_OUTCOMES; outcome++) {
            int wanted = (outcomes_of(&c->options, by) & 1u << outcome) != 0;
            /* Producers' revenue is not recorded by destination. */
            if (!wanted || (by == ENT_BY_DESTINATION && outcome == ENT_OUTCOME_REVENUE))
                continue;
            for (int period = 0; period < c->n_periods; period++)
                add_rows(c, sums, by, outcome, period, work);
        }
    free(work);
    return 0;
}

int ent_compare(ent_comparison_t *comparison, const ent_results_file_t *file,
                const ent_compare_options_t *options, ent_context_t *ctx)
{
    sums_t sums = {0};
    *comparison = (ent_comparison_t){.file = file, .options = *options};
    int rc = set_sides(comparison, ctx);
    if (rc == 0)
        rc = set_periods(comparison, ctx);
    if (rc == 0)
        rc = sums_init(&sums, comparison, ctx);
    if (rc == 0)
        rc = sums_read(comparison, &sums, ctx);
    if (rc == 0)
        rc = set_rows(comparison, &sums, ctx);
    sums_free(&sums);
    if (rc != 0)
        ent_comparison_free(comparison);
    return rc;
}

/* ---- single numbers ---- */

static int find_period(const ent_comparison_t *c, const char *key, int *index, ent_context_t *ctx)
{
    const char *keys[512];
    int n = c->n_periods < 512 ? c->n_periods : 512;
    for (int p = 0; p < n; p++) {
        keys[p] = c->periods[p].key;
        if (strcmp(keys[p], key) == 0) {
            *index = p;
            return 0;
        }
    }
    return ent_fault(ctx, ENT_ERR_USAGE, c->file->path, 0, 0, "period", key,
                     ent_nearest(key, keys, (size_t)n),
                     "is no period of this file: year1, horizon or a calendar year it covers");
}

static int prepare_query(ent_comparison_t *c, const ent_value_query_t *query, int *period, int *sector,
                         ent_context_t *ctx)
{
    const ent_results_file_t *file = c->file;
    int rc = find_scenario(file, query->scenario, 0, &c->against, ctx);
    rc = rc == 0 ? find_scenario(file, query->base, c->against, &c->base, ctx) : rc;
    rc = rc == 0 ? set_destinations(c, ctx) : rc;
    rc = rc == 0 ? set_periods(c, ctx) : rc;
    rc = rc == 0 ? find_period(c, query->period, period, ctx) : rc;
    if (rc != 0 || query->sector == NULL)
        return rc;
    *sector = ent_results_file_find(file->sector, file->n_sector, query->sector);
    if (*sector >= 0)
        return 0;
    return ent_fault(ctx, ENT_ERR_USAGE, file->path, 0, 0, "sector", query->sector,
                     ent_nearest(query->sector, (const char *const *)file->sector, (size_t)file->n_sector),
                     "is no sector of this file");
}

int ent_replication_values(const ent_results_file_t *file, const ent_value_query_t *query, double *values,
                           ent_context_t *ctx)
{
    sums_t sums = {0};
    int period = 0, sector = -1;
    double *without = malloc(((size_t)file->n_replication + 1) * sizeof *without);
    ent_comparison_t c = {.file = file};
    ent_compare_everything(&c.options);
    c.options.outcomes = c.options.details = 1u << query->outcome;
    c.options.partner = query->partner;
    int rc = without != NULL ? 0 : ent_fail(ctx, ENT_ERR_NO_MEMORY, file->path, "no memory to compare");
    rc = rc == 0 ? prepare_query(&c, query, &period, &sector, ctx) : rc;
    rc = rc == 0 ? sums_init(&sums, &c, ctx) : rc;
    rc = rc == 0 ? sums_read(&c, &sums, ctx) : rc;
    if (rc == 0 && without != NULL) {
        const int begin = sector >= 0 ? sector : 0, end = sector >= 0 ? sector + 1 : file->n_sector;
        outcome_values(&sums, 1, query->outcome, period, begin, end, values);
        if (query->base != NULL) {
            outcome_values(&sums, 0, query->outcome, period, begin, end, without);
        }
        for (int r = 0; query->base != NULL && r < file->n_replication; r++) {
            values[r] -= without[r];
            values[r] = query->relative ? 100.0 * values[r] / without[r] : values[r];
        }
    }
    sums_free(&sums);
    free(without);
    ent_comparison_free(&c);
    return rc;
}

void ent_comparison_free(ent_comparison_t *comparison)
{
    free(comparison->destinations);
    free(comparison->periods);
    free(comparison->rows);
    *comparison = (ent_comparison_t){0};
}
