#include "compare/compare.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ent_outcome_list_add(ent_outcome_list_t *list, int outcome)
{
    for (int i = 0; i < list->n; i++) {
        if (list->id[i] == outcome) {
            return;
        }
    }
    if (list->n < ENT_MOST_OUTCOMES) {
        list->id[list->n++] = outcome;
    }
}

static void add_usual(ent_outcome_list_t *list)
{
    for (int i = 0; i < ENT_N_USUAL_OUTCOMES; i++) {
        ent_outcome_list_add(list, i);
    }
}

void ent_compare_defaults(ent_compare_options_t *options)
{
    *options = (ent_compare_options_t){.by = ENT_BY_SUMMARY | ENT_BY_SECTOR | ENT_BY_DESTINATION,
                                       .details = {1, {ENT_OUTCOME_EXPORTS}},
                                       .periods = ENT_PERIOD_YEAR1 | ENT_PERIOD_HORIZON,
                                       .level = 0.9,
                                       .want = 0.01};
    add_usual(&options->outcomes);
}

void ent_compare_everything(ent_compare_options_t *options)
{
    options->outcomes = options->details = (ent_outcome_list_t){0};
    add_usual(&options->outcomes);
    add_usual(&options->details);
    options->periods = ENT_PERIOD_YEAR1 | ENT_PERIOD_YEARS | ENT_PERIOD_HORIZON;
}

/* ---- who is compared ---- */

static int find_scenario(const ent_ensemble_t *e, const char *name, int fallback, int *index,
                         ent_context_t *ctx)
{
    *index = fallback;
    return name == NULL ? ENT_OK : ent_ensemble_scenario(e, name, index, ctx);
}

static int set_places(ent_comparison_t *c, ent_context_t *ctx)
{
    const ent_ensemble_t *e = &c->ensemble;
    c->destinations = ent_calloc(ctx, (size_t)e->n_flow, sizeof *c->destinations);
    c->origins = ent_calloc(ctx, (size_t)e->n_flow, sizeof *c->origins);
    if (c->destinations == NULL || c->origins == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    const int code = ent_find_partner(e, c->options.partner, e->home, c->against, c->base, &c->partner, ctx);
    for (int f = 0; code == ENT_OK && f < e->n_flow; f++) {
        if (ent_ensemble_exports(e, f, e->home)) {
            c->destinations[c->n_destinations++] = e->flow_destination[f];
        }
        if (e->flow_destination[f] == c->partner && e->flow_origin[f] != c->partner) {
            c->origins[c->n_origins++] = e->flow_origin[f];
        }
    }
    return code;
}

static int set_sides(ent_comparison_t *c, ent_context_t *ctx)
{
    ent_ensemble_t *e = &c->ensemble;
    if (e->n_scenario < 2) {
        return ent_fail(ctx, ENT_ERR_USAGE, e->path,
                        "a comparison needs two scenarios; the file has only \"%s\"", e->scenario[0]);
    }
    int code = find_scenario(e, c->options.base, e->n_scenario - 1, &c->base, ctx);
    if (code == ENT_OK) {
        code = find_scenario(e, c->options.against, 0, &c->against, ctx);
    }
    if (code == ENT_OK && c->base == c->against) {
        code = ent_fail(ctx, ENT_ERR_USAGE, e->path, "scenario \"%s\" is compared with itself",
                        e->scenario[c->base]);
    }
    if (code == ENT_OK && c->options.home != NULL) {
        code = ent_ensemble_region(e, "home", c->options.home, &e->home, ctx);
    }
    if (code == ENT_OK) {
        code = set_places(c, ctx);
    }
    if (code == ENT_OK && (c->options.by & ENT_BY_ORIGIN) != 0 && c->partner < 0) {
        code = ent_fail(ctx, ENT_ERR_USAGE, e->path, "a table by origin needs one partner, not all");
    }
    return code;
}

/* ---- rows ---- */

/* Whether a table shows an outcome: revenue, for one, is not recorded by destination. */
static int is_shown(const ent_outcome_t *outcome, unsigned by)
{
    switch (by) {
    case ENT_BY_SECTOR:
        return ent_outcome_by_sector(outcome);
    case ENT_BY_DESTINATION:
        return ent_outcome_by_partner(outcome);
    case ENT_BY_ORIGIN:
        return outcome->scope != ENT_OF_MARKET && ent_outcome_by_partner(outcome);
    default:
        return 1;
    }
}

static int n_parts(const ent_comparison_t *c, unsigned by)
{
    return by == ENT_BY_SECTOR        ? c->ensemble.n_sector
           : by == ENT_BY_DESTINATION ? c->n_destinations
           : by == ENT_BY_ORIGIN      ? c->n_origins
                                      : 0;
}

/* The rows of one table, outcome and period: parts, then their total. */
static void add_rows(ent_comparison_t *c, unsigned by, int outcome, int period)
{
    const int n = n_parts(c, by);
    for (int i = 0; i <= n; i++) {
        ent_comparison_row_t *row = &c->rows[c->n_rows++];
        *row = (ent_comparison_row_t){.by = by,
                                      .outcome = outcome,
                                      .period = period,
                                      .sector = -1,
                                      .origin = c->ensemble.home,
                                      .destination = c->partner};
        if (!ent_outcome_by_partner(ent_outcome(outcome))) {
            row->destination = -1;
        }
        if (by == ENT_BY_SECTOR && i < n) {
            row->sector = i;
        } else if (by == ENT_BY_DESTINATION) {
            row->destination = i < n ? c->destinations[i] : -1;
        } else if (by == ENT_BY_ORIGIN) {
            row->origin = i < n ? c->origins[i] : -1;
        }
    }
}

static const ent_outcome_list_t *outcomes_of(const ent_comparison_t *c, unsigned by)
{
    return by == ENT_BY_SUMMARY ? &c->options.outcomes : &c->options.details;
}

static int set_rows(ent_comparison_t *c, ent_context_t *ctx)
{
    static const unsigned tables[] = {ENT_BY_SUMMARY, ENT_BY_SECTOR, ENT_BY_DESTINATION, ENT_BY_ORIGIN};
    size_t most = 0;
    for (int k = 0; k < 4; k++) {
        most +=
            (size_t)outcomes_of(c, tables[k])->n * (size_t)c->n_periods * (size_t)(n_parts(c, tables[k]) + 1);
    }
    c->rows = ent_calloc(ctx, most, sizeof *c->rows);
    if (c->rows == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int k = 0; k < 4; k++) {
        const ent_outcome_list_t *list = outcomes_of(c, tables[k]);
        for (int i = 0; (c->options.by & tables[k]) != 0 && i < list->n; i++) {
            const int outcome = list->id[i];
            for (int p = 0; is_shown(ent_outcome(outcome), tables[k]) && p < c->n_periods; p++) {
                add_rows(c, tables[k], outcome, p);
            }
        }
    }
    return ENT_OK;
}

/* ---- values ---- */

/* The first row of a total's parts where they add up to it; NULL: the total has none, or is no sum. */
static const ent_comparison_row_t *parts_of(const ent_comparison_t *c, const ent_comparison_row_t *row)
{
    const int n = n_parts(c, row->by);
    const int is_total = row->by == ENT_BY_SECTOR        ? row->sector < 0
                         : row->by == ENT_BY_DESTINATION ? row->destination < 0
                                                         : row->origin < 0;
    return n > 0 && is_total && ent_outcome_adds(ent_outcome(row->outcome)) ? row - n : NULL;
}

/* Values of both sides in every replication: [row][base, against][n_replication]. */
static double *values_at(const ent_comparison_t *c, double *values, const ent_comparison_row_t *row, int side)
{
    return values + (2 * (size_t)(row - c->rows) + (size_t)side) * (size_t)c->ensemble.n_replication;
}

static int read_row(const ent_comparison_t *c, ent_reader_t *reader, const ent_comparison_row_t *row, int r,
                    double *values, ent_context_t *ctx)
{
    const ent_comparison_row_t *parts = parts_of(c, row);
    const ent_places_t places = {row->origin, row->destination, row->sector, -1};
    int code = ENT_OK;
    for (int side = 0; code == ENT_OK && side < 2; side++) {
        double *value = &values_at(c, values, row, side)[r];
        if (parts == NULL) {
            code = ent_outcome_value(ent_outcome(row->outcome), reader, side ? c->against : c->base, r,
                                     &places, &c->periods[row->period], value, ctx);
            continue;
        }
        *value = 0.0;
        for (const ent_comparison_row_t *part = parts; part < row; part++) {
            *value += values_at(c, values, part, side)[r];
        }
    }
    return code;
}

static int read_values(const ent_comparison_t *c, double *values, ent_context_t *ctx)
{
    ent_reader_t reader;
    int code = ent_reader_init(&reader, &c->ensemble, ctx);
    for (int r = 0; r < c->ensemble.n_replication; r++) {
        for (int i = 0; code == ENT_OK && i < c->n_rows; i++) {
            code = read_row(c, &reader, &c->rows[i], r, values, ctx);
        }
    }
    ent_reader_free(&reader);
    return code;
}

static int fill_rows(ent_comparison_t *c, ent_context_t *ctx)
{
    const size_t n = (size_t)c->ensemble.n_replication;
    double *values = ent_calloc(ctx, 2 * (size_t)c->n_rows * n, sizeof *values);
    double *scratch = ent_calloc(ctx, 2 * n, sizeof *scratch);
    int code = values == NULL || scratch == NULL ? ENT_ERR_NO_MEMORY : read_values(c, values, ctx);
    for (int i = 0; code == ENT_OK && i < c->n_rows; i++) {
        ent_comparison_row_t *row = &c->rows[i];
        ent_paired_t paired;
        ent_estimate_paired(&c->ensemble, values_at(c, values, row, 0), values_at(c, values, row, 1),
                            c->options.level, scratch, &paired);
        row->without = paired.without;
        row->with = paired.with;
        row->difference = paired.difference;
    }
    free(values);
    free(scratch);
    return code;
}

int ent_compare(ent_comparison_t *comparison, const ent_results_file_t *file,
                const ent_compare_options_t *options, ent_context_t *ctx)
{
    *comparison = (ent_comparison_t){.file = file, .options = *options};
    ent_ensemble_from_file(&comparison->ensemble, file);
    int code = set_sides(comparison, ctx);
    if (code == ENT_OK) {
        code = ent_periods(&comparison->ensemble, options->periods, &comparison->n_periods,
                           &comparison->periods, ctx);
    }
    if (code == ENT_OK) {
        code = set_rows(comparison, ctx);
    }
    if (code == ENT_OK) {
        code = fill_rows(comparison, ctx);
    }
    if (code != ENT_OK) {
        ent_comparison_free(comparison);
    }
    return code;
}

void ent_comparison_free(ent_comparison_t *comparison)
{
    free(comparison->destinations);
    free(comparison->origins);
    free(comparison->periods);
    free(comparison->rows);
    *comparison = (ent_comparison_t){0};
}
