#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "compare/compare_runs.h"

#include "base/memory.h"
#include "compare/config_differences.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    ent_results_file_t file;
    ent_comparison_t comparison; /* its summary */
    int opened;
    char *differs; /* from the other runs' configs */
    double weight; /* they sum to 1 */
} run_t;

/* A world's difference, chance taken out. */
typedef struct {
    double value, weight;
} world_t;

typedef struct {
    const ent_runs_t *runs;
    ent_compare_options_t options; /* places by the names of the first run */
    run_t run[ENT_MOST_RUNS];
    world_t *world; /* of all runs, of one row */
    int n_worlds;
} work_t;

/* ---- runs that can stand side by side ---- */

static int refuse(const work_t *work, int i, const char *what, ent_context_t *ctx)
{
    return ent_fail(ctx, ENT_ERR_USAGE, work->runs->path[i], "%s than %s: these cannot stand side by side",
                    what, work->runs->path[0]);
}

static int check_alike(const work_t *work, int i, ent_context_t *ctx)
{
    const ent_comparison_t *first = &work->run[0].comparison, *c = &work->run[i].comparison;
    int alike = first->n_rows == c->n_rows && first->n_periods == c->n_periods;

    for (int p = 0; alike && p < c->n_periods; p++) {
        alike = strcmp(first->periods[p].label, c->periods[p].label) == 0;
    }
    return alike ? ENT_OK : refuse(work, i, "has other periods", ctx);
}

/* The first run says between whom; every other one is asked for the same. */
static void fix_places(work_t *work)
{
    const ent_comparison_t *c = &work->run[0].comparison;
    const ent_ensemble_t *e = &c->ensemble;

    work->options.home = e->region[e->home];
    work->options.partner = c->partner < 0 ? "all" : e->region[c->partner];
    work->options.base = e->scenario[c->base];
    work->options.against = e->scenario[c->against];
}

static int open_run(work_t *work, int i, ent_context_t *ctx)
{
    run_t *run = &work->run[i];
    int code = ent_results_file_open(&run->file, work->runs->path[i], ctx);

    if (code != ENT_OK) {
        return code;
    }
    run->opened = 1;
    code = ent_compare(&run->comparison, &run->file, &work->options, ctx);
    if (code == ENT_OK && i == 0) {
        fix_places(work);
    }
    return code == ENT_OK ? check_alike(work, i, ctx) : code;
}

static int find_differences(work_t *work, ent_context_t *ctx)
{
    char *text[ENT_MOST_RUNS] = {NULL}, *words[ENT_MOST_RUNS] = {NULL};
    int code = ENT_OK;

    for (int i = 0; code == ENT_OK && i < work->runs->n; i++) {
        code = ent_results_file_provenance(&work->run[i].file, "config", &text[i], ctx);
    }
    if (code == ENT_OK) {
        code = ent_config_differences((const char *const *)text, work->runs->n, words, ctx);
    }
    for (int i = 0; i < work->runs->n; i++) {
        work->run[i].differs = words[i];
        for (int j = 0; code == ENT_OK && j < i; j++) {
            if (strcmp(text[i], text[j]) == 0) {
                code =
                    ent_fail(ctx, ENT_ERR_USAGE, work->runs->path[i],
                             "is a run of the same config as %s: it would count twice", work->runs->path[j]);
            }
        }
    }
    for (int i = 0; i < work->runs->n; i++) {
        free(text[i]);
    }
    return code;
}

static int open_all(work_t *work, ent_context_t *ctx)
{
    double sum = 0.0;
    int code = ENT_OK;

    for (int i = 0; i < work->runs->n; i++) {
        sum += work->runs->weight[i];
    }
    for (int i = 0; code == ENT_OK && i < work->runs->n; i++) {
        work->run[i].weight = work->runs->weight[i] / sum;
        code = open_run(work, i, ctx);
    }
    return code == ENT_OK ? find_differences(work, ctx) : code;
}

/* ---- all runs together ---- */

/* Append the worlds of one run, each drawn towards the mean by the share of chance in their spread. */
static int add_worlds(work_t *work, const run_t *run, const ent_comparison_row_t *row, ent_context_t *ctx)
{
    const ent_comparison_t *c = &run->comparison;
    const ent_estimate_t *d = &row->difference;
    const ent_number_t number = {.outcome = ent_outcome(row->outcome),
                                 .scenario = c->against,
                                 .base = c->base,
                                 .places = {row->origin, row->destination, -1, -1},
                                 .period = c->periods[row->period]};
    const double kept = sqrt(1.0 - (isnan(d->chance_share) ? 0.0 : fmin(1.0, d->chance_share)));
    double *value = ent_calloc(ctx, (size_t)c->ensemble.n_replication, sizeof *value);
    int code = value == NULL ? ENT_ERR_NO_MEMORY : ent_number_values(&number, &c->ensemble, value, ctx);

    for (int r = 0; code == ENT_OK && r < c->ensemble.n_replication; r++) {
        if (c->ensemble.chance[r] == 0 && !isnan(value[r])) {
            work->world[work->n_worlds++] =
                (world_t){d->mean + kept * (value[r] - d->mean), run->weight / d->n_worlds};
        }
    }
    free(value);
    return code;
}

static int by_value(const void *first, const void *second)
{
    const double a = ((const world_t *)first)->value, b = ((const world_t *)second)->value;

    return (a > b) - (a < b);
}

/* Worlds are in order. */
static double weighted_quantile(const work_t *work, double p)
{
    double below = 0.0;
    int i = 0;

    for (; i < work->n_worlds - 1 && below + work->world[i].weight < p; i++) {
        below += work->world[i].weight;
    }
    return work->n_worlds > 0 ? work->world[i].value : NAN;
}

/* Share of the variance that lies between the runs' means, %; NaN where nothing varies. */
static double between_share(const work_t *work, int row, double mean)
{
    double between = 0.0, total = 0.0;

    for (int i = 0; i < work->runs->n; i++) {
        const double m = work->run[i].comparison.rows[row].difference.mean;

        between += work->run[i].weight * (m - mean) * (m - mean);
    }
    for (int i = 0; i < work->n_worlds; i++) {
        const double off = work->world[i].value - mean;

        total += work->world[i].weight * off * off;
    }
    return total > 0.0 ? 100.0 * between / total : NAN;
}

static void mix_estimates(const work_t *work, int row, int offset, ent_estimate_t *all)
{
    *all = (ent_estimate_t){.low = NAN, .high = NAN, .share_negative = NAN};
    for (int i = 0; i < work->runs->n; i++) {
        const char *at = (const char *)&work->run[i].comparison.rows[row] + offset;
        const ent_estimate_t *one = (const ent_estimate_t *)(const void *)at;
        const double error = work->run[i].weight * one->error;

        all->mean += work->run[i].weight * one->mean;
        all->error += error * error;
    }
    all->error = sqrt(all->error);
}

static int mix(work_t *work, int row, ent_paired_t *all, double *between, ent_context_t *ctx)
{
    const double tail = 0.5 * (1.0 - work->options.level);
    int code = ENT_OK;

    work->n_worlds = 0;
    for (int i = 0; code == ENT_OK && i < work->runs->n; i++) {
        code = add_worlds(work, &work->run[i], &work->run[i].comparison.rows[row], ctx);
    }
    if (code != ENT_OK) {
        return code;
    }
    qsort(work->world, (size_t)work->n_worlds, sizeof *work->world, by_value);
    mix_estimates(work, row, offsetof(ent_comparison_row_t, without), &all->without);
    mix_estimates(work, row, offsetof(ent_comparison_row_t, with), &all->with);
    mix_estimates(work, row, offsetof(ent_comparison_row_t, difference), &all->difference);
    all->difference.low = weighted_quantile(work, tail);
    all->difference.high = weighted_quantile(work, 1.0 - tail);
    all->difference.share_negative = 0.0;
    for (int i = 0; i < work->n_worlds; i++) {
        all->difference.share_negative += work->world[i].value < 0.0 ? work->world[i].weight : 0.0;
    }
    *between = between_share(work, row, all->difference.mean);
    return ENT_OK;
}

/* ---- the table ---- */

enum { OUTCOME, UNIT, PERIOD, RUN, WEIGHT, BETWEEN, NUMBERS };

static void set_columns(const work_t *work, ent_table_t *table)
{
    const ent_comparison_t *c = &work->run[0].comparison;

    ent_table_init(table, "runs", "%d runs, %s to %s: %s against %s", work->runs->n, work->options.home,
                   c->partner < 0 ? "all recorded" : work->options.partner, work->options.against,
                   work->options.base);
    ent_table_column(table, "outcome", ENT_COLUMN_TEXT, "", "outcome");
    ent_table_column(table, "unit", ENT_COLUMN_TEXT, "", "unit");
    ent_table_column(table, "period", ENT_COLUMN_TEXT, "", "period");
    ent_table_column(table, "run", ENT_COLUMN_TEXT, "", "run");
    ent_table_column(table, "weight", ENT_COLUMN_NUMBER, "share", "weight");
    ent_table_column(table, "between", ENT_COLUMN_NUMBER, "%", "between runs");
    ent_comparison_columns(c, table, "", "fall");
}

static void start_row(const ent_comparison_t *c, const ent_comparison_row_t *row, int rule,
                      ent_table_t *table)
{
    const ent_outcome_t *outcome = ent_outcome(row->outcome);

    ent_table_row(table, rule);
    ent_table_text(table, OUTCOME, outcome->name);
    ent_table_text(table, UNIT, outcome->unit);
    ent_table_text(table, PERIOD, c->periods[row->period].key);
}

static void put_runs(const work_t *work, int row, ent_table_t *table)
{
    for (int i = 0; i < work->runs->n; i++) {
        const ent_comparison_t *c = &work->run[i].comparison;
        const ent_paired_t paired = {c->rows[row].without, c->rows[row].with, c->rows[row].difference};

        start_row(c, &c->rows[row], i == 0 && row > 0, table);
        ent_table_text(table, RUN,
                       work->runs->label[i] != NULL ? work->runs->label[i] : work->run[i].differs);
        ent_table_number(table, WEIGHT, work->run[i].weight, 2);
        ent_table_text(table, BETWEEN, "");
        ent_comparison_numbers(&paired, table, NUMBERS);
    }
}

static int put_all(work_t *work, int row, ent_table_t *table, ent_context_t *ctx)
{
    const ent_comparison_t *c = &work->run[0].comparison;
    double between = NAN;
    ent_paired_t all;
    const int code = mix(work, row, &all, &between, ctx);

    if (code == ENT_OK) {
        start_row(c, &c->rows[row], 0, table);
        ent_table_text(table, RUN, "all runs");
        ent_table_number(table, WEIGHT, 1.0, 2);
        ent_table_number(table, BETWEEN, between, 0);
        ent_comparison_numbers(&all, table, NUMBERS);
    }
    return code;
}

static void put_notes(const work_t *work, ent_table_t *table)
{
    const ent_comparison_t *c = &work->run[0].comparison;
    int lacking = 0;

    for (int p = 0; p < c->n_periods; p++) {
        ent_table_note(table, "%s: %s.", c->periods[p].key, c->periods[p].label);
    }
    ent_table_note(table,
                   "All runs: the weighted mean; the range is over the worlds of all runs, chance taken out "
                   "where worlds were played twice.");
    ent_table_note(
        table, "Between runs: share of the variance of the difference that lies between the runs' means; the "
               "rest is between worlds of a run.");
    for (int i = 0; i < work->runs->n; i++) {
        lacking += work->run[i].comparison.rows[0].difference.n_repeated == 0;
    }
    if (lacking > 0) {
        ent_table_note(table, "In %d of %d runs no world was played twice: chance is part of their spread.",
                       lacking, work->runs->n);
    }
}

static int fill_table(work_t *work, ent_table_t *table, ent_context_t *ctx)
{
    size_t most = 0;
    int code = ENT_OK;

    for (int i = 0; i < work->runs->n; i++) {
        most += (size_t)work->run[i].comparison.ensemble.n_replication;
    }
    work->world = ent_calloc(ctx, most, sizeof *work->world);
    if (work->world == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    set_columns(work, table);
    for (int row = 0; code == ENT_OK && row < work->run[0].comparison.n_rows; row++) {
        put_runs(work, row, table);
        code = put_all(work, row, table, ctx);
    }
    put_notes(work, table);
    return code;
}

static void free_work(work_t *work)
{
    for (int i = 0; i < work->runs->n; i++) {
        run_t *run = &work->run[i];

        if (run->opened) {
            ent_comparison_free(&run->comparison);
            ent_results_file_close(&run->file);
        }
        free(run->differs);
    }
    free(work->world);
}

int ent_compare_runs(const ent_runs_t *runs, const ent_compare_options_t *options, ent_table_t *table,
                     ent_context_t *ctx)
{
    work_t work = {.runs = runs, .options = *options};
    int code;

    *table = (ent_table_t){0};
    work.options.by = ENT_BY_SUMMARY;
    code = open_all(&work, ctx);
    code = code == ENT_OK ? fill_table(&work, table, ctx) : code;
    free_work(&work);
    return code;
}
