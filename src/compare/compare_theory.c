#include "compare/compare_theory.h"

#include "base/memory.h"
#include "compare/recorded_config.h"
#include "static/static_case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double percent = 100.0;

/* ---- the static side ---- */

typedef struct {
    const ent_comparison_t *comparison;
    ent_config_t config;
    ent_benchmark_t fine;
    ent_static_t theory;
    double *tariff, *cost;
    double *flow; /* [period][scenario: base, against][sector] home's exports to the partner, million USD a
                     year */
} static_side_t;

static void side_free(static_side_t *side)
{
    free(side->flow);
    free(side->tariff);
    free(side->cost);
    ent_static_free(&side->theory);
    ent_benchmark_free(&side->fine);
    ent_config_free(&side->config);
}

static int scenario_regime(const static_side_t *side, int scenario, int *regime, ent_context_t *ctx)
{
    const ent_config_t *config = &side->config;
    const char *name = side->comparison->file->scenario[scenario];

    for (int i = 0; i < config->n_scenarios; i++) {
        if (strcmp(config->scenarios[i].name, name) == 0) {
            *regime = config->scenarios[i].regime;
            return ENT_OK;
        }
    }
    return ent_fail(ctx, ENT_ERR_DATA, side->comparison->file->path, "its config has no scenario \"%s\"",
                    name);
}

/* 1 when exports of home to a region count: to the partner, or to every recorded destination. */
static int counted(const ent_comparison_t *c, int destination)
{
    if (c->partner >= 0) {
        return destination == c->partner;
    }
    for (int i = 0; i < c->n_destinations; i++) {
        if (c->destinations[i] == destination) {
            return 1;
        }
    }
    return 0;
}

static double *flows_of(const static_side_t *side, int period, int against)
{
    return side->flow + (size_t)(2 * period + against) * (size_t)side->config.n_sector;
}

static int solve_side(static_side_t *side, int period, int against, ent_context_t *ctx)
{
    const ent_comparison_t *c = side->comparison;
    const ent_benchmark_t *b = side->theory.benchmark;
    const ent_day_t day = c->file->end[c->periods[period].end - 1] - 1;
    ent_theory_result_t result = {0};
    double *flow = flows_of(side, period, against);
    int regime = 0, code = scenario_regime(side, against ? c->against : c->base, &regime, ctx);

    if (code == ENT_OK) {
        code = ent_static_rates(&side->theory, regime, day, side->tariff, side->cost, ctx);
    }
    if (code == ENT_OK) {
        code = ent_theory_solve(&side->theory.model, side->tariff, side->cost, &result, ctx);
    }
    for (int s = 0; code == ENT_OK && s < b->n_sector; s++) {
        for (int d = 0; d < b->n_region; d++) {
            const size_t cell = ent_cell(b, s, side->config.home, d);

            flow[s] += counted(c, d) ? result.flow[cell] / (1.0 + b->freight[cell]) : 0.0;
        }
    }
    ent_theory_result_free(&result);
    return code;
}

static int side_init(static_side_t *side, const ent_comparison_t *c, ent_context_t *ctx)
{
    static const ent_static_options_t options = {.allow_zero_own_trade = 1};
    int code = ent_recorded_config(c->file, &side->config, &side->fine, ctx);

    side->comparison = c;
    if (code == ENT_OK &&
        (side->config.n_region != c->file->n_region || side->config.n_sector != c->file->n_sector)) {
        code = ent_fail(ctx, ENT_ERR_DATA, c->file->path, "its config has other regions or sectors");
    }
    if (code == ENT_OK) {
        code = ent_static_init(&side->theory, &side->config, &side->fine, &options, ctx);
    }
    if (code == ENT_OK) {
        side->tariff = ent_calloc(ctx, ent_static_cells(&side->theory), sizeof(double));
        side->cost = ent_calloc(ctx, ent_static_cells(&side->theory), sizeof(double));
        side->flow =
            ent_calloc(ctx, 2 * (size_t)c->n_periods * (size_t)side->config.n_sector, sizeof(double));
        code = side->tariff == NULL || side->cost == NULL || side->flow == NULL ? ENT_ERR_NO_MEMORY : ENT_OK;
    }
    for (int p = 0; code == ENT_OK && p < c->n_periods; p++) {
        for (int against = 0; code == ENT_OK && against < 2; against++) {
            code = solve_side(side, p, against, ctx);
        }
    }
    return code;
}

/* ---- the table ---- */

static const ent_comparison_row_t *find_row(const ent_comparison_t *c, int period, int sector)
{
    for (int i = 0; i < c->n_rows; i++) {
        const ent_comparison_row_t *row = &c->rows[i];

        if (row->by == ENT_BY_SECTOR && row->outcome == ENT_OUTCOME_EXPORTS && row->period == period &&
            row->sector == sector) {
            return row;
        }
    }
    return NULL;
}

static double change(double with, double without)
{
    return without > 0.0 ? percent * (with / without - 1.0) : NAN;
}

static void period_cells(const static_side_t *side, int period, int sector, ent_table_t *table)
{
    const ent_comparison_row_t *row = find_row(side->comparison, period, sector);
    const double *base = flows_of(side, period, 0), *against = flows_of(side, period, 1);
    double without = 0.0, with = 0.0;

    for (int s = 0; s < side->config.n_sector; s++) {
        without += sector < 0 || s == sector ? base[s] : 0.0;
        with += sector < 0 || s == sector ? against[s] : 0.0;
    }
    ent_table_number(table, 2 + 3 * period, row != NULL ? change(row->with.mean, row->without.mean) : NAN, 2);
    ent_table_number(table, 3 + 3 * period,
                     row != NULL ? percent * row->difference.error / row->without.mean : NAN, 2);
    ent_table_number(table, 4 + 3 * period, change(with, without), 2);
}

static void fill_table(const static_side_t *side, ent_table_t *table)
{
    const ent_comparison_t *c = side->comparison;
    const ent_config_t *config = &side->config;
    const char *partner = c->partner >= 0 ? c->file->region[c->partner] : "all recorded destinations";

    ent_table_init(table, "exports_dynamic_and_static",
                   "Exports from %s to %s, %s against %s: the engine and the static theory",
                   c->file->region[c->file->home], partner, c->file->scenario[c->against],
                   c->file->scenario[c->base]);
    ent_table_column(table, "sector", ENT_COLUMN_TEXT, "", "sector");
    ent_table_column(table, "theta", ENT_COLUMN_NUMBER, "1", "elasticity");
    for (int p = 0; p < c->n_periods; p++) {
        char key[40];

        snprintf(key, sizeof key, "%s_dynamic", c->periods[p].key);
        ent_table_column(table, key, ENT_COLUMN_NUMBER, "%", "%s: dynamic", c->periods[p].key);
        snprintf(key, sizeof key, "%s_error", c->periods[p].key);
        ent_table_column(table, key, ENT_COLUMN_NUMBER, "%", "+/-");
        snprintf(key, sizeof key, "%s_static", c->periods[p].key);
        ent_table_column(table, key, ENT_COLUMN_NUMBER, "%", "static");
    }
    for (int i = 0; i <= config->n_sector; i++) {
        const int sector = i < config->n_sector ? i : -1;

        ent_table_row(table, sector < 0);
        ent_table_text(table, 0, sector < 0 ? "total" : config->sector[sector]);
        if (sector >= 0) {
            ent_table_number(table, 1, side->theory.model.theta[sector], 2);
        } else {
            ent_table_text(table, 1, "");
        }
        for (int p = 0; p < c->n_periods; p++) {
            period_cells(side, p, sector, table);
        }
    }
    for (int p = 0; p < c->n_periods; p++) {
        ent_table_note(table, "%s: %s", c->periods[p].key, c->periods[p].label);
    }
    ent_table_note(
        table,
        "dynamic: change of the mean over worlds, with the error of the difference; "
        "static: exact-hat long run (Caliendo and Parro 2015, input-output links, fixed deficits) under "
        "the tariffs of the period's last day, at the config's elasticities without draws");
}

int ent_comparison_with_theory(const ent_comparison_t *comparison, ent_table_t *table, ent_context_t *ctx)
{
    static_side_t side = {0};
    int code = side_init(&side, comparison, ctx);

    memset(table, 0, sizeof *table);
    if (code == ENT_OK) {
        fill_table(&side, table);
    }
    side_free(&side);
    return code;
}
