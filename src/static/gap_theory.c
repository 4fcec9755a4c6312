#include "static/gap_theory.h"

#include "base/memory.h"
#include "engine/model.h"
#include "static/static_case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t n_cells(const ent_gap_theory_t *self)
{
    return (size_t)self->n_sector * (size_t)self->n_region * (size_t)self->n_region;
}

static size_t n_markets(const ent_gap_theory_t *self)
{
    return (size_t)self->n_region * (size_t)self->n_sector;
}

static size_t month_at(const ent_gap_theory_t *self, int i, int step)
{
    return (size_t)i * (size_t)self->n_steps + (size_t)step;
}

/* ---- tariffs of a month ---- */

/* Whether some rate may change on a day. */
static int is_date(const ent_config_t *config, ent_day_t day)
{
    for (int m = 0; m < config->n_measures; m++) {
        const ent_measure_t *measure = &config->measures[m];

        if (measure->effective == day || measure->end == day || measure->retroactive_to == day) {
            return 1;
        }
    }
    return 0;
}

/* Means over the days of a step. `scratch`: two arrays of cells. */
static int fill_month(ent_gap_theory_t *self, const ent_static_t *theory, int i, int step, double *scratch,
                      ent_context_t *ctx)
{
    const ent_config_t *config = theory->config;
    const ent_day_t begin = ent_step_begin(&config->calendar, step);
    const ent_day_t end = ent_step_begin(&config->calendar, step + 1);
    const size_t cells = n_cells(self);
    double *rate = self->rate + month_at(self, i, step) * cells;
    double *cost = self->cost + month_at(self, i, step) * cells;
    int code = ENT_OK;

    for (ent_day_t day = begin, next; code == ENT_OK && day < end; day = next) {
        for (next = day + 1; next < end && !is_date(config, next);) {
            next++;
        }
        const double weight = (double)(next - day) / (double)(end - begin);

        code = ent_static_rates(theory, self->year.regime[i], day, scratch, scratch + cells, ctx);
        for (size_t c = 0; code == ENT_OK && c < cells; c++) {
            rate[c] += weight * scratch[c];
            cost[c] += weight * scratch[cells + c];
        }
    }
    return code;
}

/* ---- the theory's answer for a month ---- */

static void keep_answer(ent_gap_theory_t *self, const ent_static_t *theory, const ent_theory_result_t *result,
                        int i, int step)
{
    const ent_gap_year_t *year = &self->year;
    const ent_benchmark_t *b = theory->benchmark;
    const int R = self->n_region, S = self->n_sector;
    const size_t first = month_at(self, i, step) * n_markets(self);

    for (int r = 0; r < R; r++) {
        for (int s = 0; s < S; s++) {
            const size_t at = (size_t)r * (size_t)S + (size_t)s;
            const double before = theory->model.expenditure[s * R + r];

            self->log_demand[first + at] = before > 0.0 ? log(result->expenditure[at] / before) : 0.0;
            self->log_cost[first + at] = log(result->cost_hat[at]);
        }
    }
    for (int s = 0; s < S; s++) {
        const size_t cell = ent_cell(b, s, year->origin, year->destination);
        const int counts = year->goods[s] && step >= year->first_step;

        self->exports[i] += counts ? result->flow[cell] / (1.0 + b->freight[cell]) : 0.0;
    }
}

static int solve_months(ent_gap_theory_t *self, const ent_static_t *theory, ent_context_t *ctx)
{
    const size_t cells = n_cells(self);
    double *scratch = ent_calloc(ctx, 2 * cells, sizeof *scratch);
    int code = scratch == NULL ? ENT_ERR_NO_MEMORY : ENT_OK;

    for (int i = 0; i < 2; i++) {
        for (int t = 0; code == ENT_OK && t < self->n_steps; t++) {
            const size_t month = month_at(self, i, t);
            ent_theory_result_t result = {0};

            code = fill_month(self, theory, i, t, scratch, ctx);
            if (code == ENT_OK) {
                code = ent_theory_solve(&theory->model, self->rate + month * cells,
                                        self->cost + month * cells, &result, ctx);
            }
            if (code == ENT_OK) {
                keep_answer(self, theory, &result, i, t);
            }
            ent_theory_result_free(&result);
        }
    }
    free(scratch);
    return code;
}

int ent_gap_theory_init(ent_gap_theory_t *self, const ent_config_t *config, const ent_benchmark_t *fine,
                        const ent_gap_year_t *year, ent_context_t *ctx)
{
    static const ent_static_options_t options = {.allow_zero_own_trade = 1};
    ent_static_t theory = {0};
    int code;

    *self = (ent_gap_theory_t){.year = *year,
                               .n_steps = year->first_step + year->n_months,
                               .n_region = config->n_region,
                               .n_sector = config->n_sector};
    const size_t months = 2 * (size_t)self->n_steps;

    self->rate = ent_calloc(ctx, months * n_cells(self), sizeof(double));
    self->cost = ent_calloc(ctx, months * n_cells(self), sizeof(double));
    self->log_demand = ent_calloc(ctx, months * n_markets(self), sizeof(double));
    self->log_cost = ent_calloc(ctx, months * n_markets(self), sizeof(double));
    if (!self->rate || !self->cost || !self->log_demand || !self->log_cost) {
        return ENT_ERR_NO_MEMORY;
    }
    code = ent_static_init(&theory, config, fine, &options, ctx);
    if (code == ENT_OK) {
        code = solve_months(self, &theory, ctx);
    }
    ent_static_free(&theory);
    return code;
}

void ent_gap_theory_free(ent_gap_theory_t *self)
{
    free(self->rate);
    free(self->cost);
    free(self->log_demand);
    free(self->log_cost);
    *self = (ent_gap_theory_t){0};
}

/* ---- what the engine takes as given ---- */

/* The first step of a path: the month before the first that moves, so that regimes branch no sooner; n_steps
 * where none does. */
static int first_point(const ent_gap_theory_t *self, const double *value)
{
    for (int t = 0; t < self->n_steps; t++) {
        if (value[(size_t)t * n_markets(self)] != 0.0) {
            return t > 0 ? t - 1 : 0;
        }
    }
    return self->n_steps;
}

/* One region's and sector's path under one regime; nothing where the regime moves nothing. */
static int add_path(const ent_gap_theory_t *self, ent_config_t *config, int i, ent_shock_kind_t kind,
                    int region, int sector, ent_context_t *ctx)
{
    const double *value = (kind == ENT_SHOCK_DEMAND ? self->log_demand : self->log_cost) +
                          month_at(self, i, 0) * n_markets(self) + region * self->n_sector + sector;
    const int first = first_point(self, value), n = self->n_steps - first;
    ent_path_t *path = &config->paths[config->n_paths];

    if (n == 0) {
        return ENT_OK;
    }
    config->n_paths++;
    *path = (ent_path_t){.kind = kind,
                         .region = region,
                         .n_points = n,
                         .sectors = ent_calloc(ctx, (size_t)self->n_sector, 1),
                         .regimes = ent_calloc(ctx, (size_t)config->n_regimes, 1),
                         .day = ent_calloc(ctx, (size_t)n, sizeof *path->day),
                         .log_change = ent_calloc(ctx, (size_t)n, sizeof(double))};
    if (!path->sectors || !path->regimes || !path->day || !path->log_change) {
        return ENT_ERR_NO_MEMORY;
    }
    path->sectors[sector] = 1;
    path->regimes[self->year.regime[i]] = 1;
    for (int k = 0; k < n; k++) {
        const ent_day_t begin = ent_step_begin(&config->calendar, first + k);

        /* where the engine reads a path in that step */
        path->day[k] = begin + (ent_step_begin(&config->calendar, first + k + 1) - begin) / 2;
        path->log_change[k] = value[(size_t)(first + k) * n_markets(self)];
    }
    return ENT_OK;
}

int ent_gap_theory_give(const ent_gap_theory_t *self, ent_config_t *config, ent_context_t *ctx)
{
    const size_t most = (size_t)config->n_paths + 4 * n_markets(self);
    ent_path_t *paths = ent_calloc(ctx, most, sizeof *paths);
    int code = paths == NULL ? ENT_ERR_NO_MEMORY : ENT_OK;

    if (paths == NULL) {
        return code;
    }
    if (config->n_paths > 0) {
        memcpy(paths, config->paths, (size_t)config->n_paths * sizeof *paths);
    }
    free(config->paths);
    config->paths = paths;
    /* two scenarios of one regime have the same paths */
    for (int i = 0; i < (self->year.regime[0] == self->year.regime[1] ? 1 : 2); i++) {
        for (int r = 0; r < self->n_region; r++) {
            for (int s = 0; code == ENT_OK && s < self->n_sector; s++) {
                code = add_path(self, config, i, ENT_SHOCK_DEMAND, r, s, ctx);
                if (code == ENT_OK) {
                    code = add_path(self, config, i, ENT_SHOCK_COST, r, s, ctx);
                }
            }
        }
    }
    return code;
}

/* ---- one world without frictions ---- */

/* Landed costs and choices in one market. Arrays are [origin]. */
typedef struct {
    double *log_cost, *before; /* in this month and in the last one */
    double *chosen;            /* shares that this month's costs call for */
    double *served;            /* shares of contracts in force */
} market_t;

static void land_costs(const ent_gap_theory_t *self, const ent_model_t *model, const ent_world_t *world,
                       int i, int sector, int step, market_t *market)
{
    const ent_benchmark_t *b = &model->benchmark;
    const int d = self->year.destination;
    const double theta = world->sector[sector].trade_elasticity;
    const float *unit_cost =
        world->log_cost + (size_t)(step - model->first_step) * (size_t)model->n_markets + sector;
    double sum = 0.0;

    for (int o = 0; o < self->n_region; o++) {
        const size_t cell = ent_cell(b, sector, o, d), at = month_at(self, i, step) * n_cells(self) + cell;

        market->before[o] = market->log_cost[o];
        market->log_cost[o] = (double)unit_cost[o * self->n_sector] + log(self->cost[at]) +
                              log((1.0 + self->rate[at]) / (1.0 + b->tariff[cell]));
        market->chosen[o] = b->flow[cell] * (1.0 + b->freight[cell]) * (1.0 + b->tariff[cell]) *
                            exp(-theta * market->log_cost[o]);
        sum += market->chosen[o];
    }
    for (int o = 0; o < self->n_region; o++) {
        market->chosen[o] /= sum;
    }
}

/* Share of spending on the origin in a month. */
static double share_now(const ent_gap_theory_t *self, const market_t *market, double sigma, int monthly)
{
    double sum = 0.0, own = 0.0;

    for (int o = 0; o < self->n_region; o++) {
        const double moved =
            monthly ? market->served[o] * exp((1.0 - sigma) * (market->log_cost[o] - market->before[o]))
                    : market->chosen[o];

        sum += moved;
        own = o == self->year.origin ? moved : own;
    }
    return own / sum;
}

static double market_year(const ent_gap_theory_t *self, const ent_model_t *model, const ent_world_t *world,
                          int i, int sector, int monthly, market_t *market)
{
    const ent_benchmark_t *b = &model->benchmark;
    const ent_sector_parameters_t *p = &world->sector[sector];
    const int d = self->year.destination;
    const size_t cell = ent_cell(b, sector, self->year.origin, d);
    const double n = world->global.candidates, renewed = world->renewal_hazard[sector] * (n - 1.0) / n;
    const double spending = ent_benchmark_expenditure(b, d, sector) / (1.0 + b->freight[cell]);
    double sum = 0.0;

    for (int t = 0; t < self->n_steps; t++) {
        const size_t row = (size_t)(t - model->first_step) * (size_t)model->n_markets;
        const double demand = exp((double)world->log_demand[row + (size_t)(d * self->n_sector + sector)]);

        land_costs(self, model, world, i, sector, t, market);
        if (t == 0) {
            memcpy(market->before, market->log_cost, (size_t)self->n_region * sizeof(double));
            memcpy(market->served, market->chosen, (size_t)self->n_region * sizeof(double));
        }
        const double share = share_now(self, market, p->slot_elasticity, monthly);
        const double rate = self->rate[month_at(self, i, t) * n_cells(self) + cell];

        sum += t >= self->year.first_step ? spending * demand * share / (1.0 + rate) : 0.0;
        for (int o = 0; o < self->n_region; o++) {
            market->served[o] += renewed * (market->chosen[o] - market->served[o]);
        }
    }
    return sum / model->config->calendar.steps_per_year;
}

int ent_gap_theory_world(const ent_gap_theory_t *self, const ent_model_t *model, int world, int monthly,
                         double exports[2], ent_context_t *ctx)
{
    const size_t R = (size_t)self->n_region;
    ent_world_t drawn = {0}, view = {0};
    double *room = ent_calloc(ctx, 4 * R, sizeof *room);
    int code = room == NULL ? ENT_ERR_NO_MEMORY : ent_world_init(&drawn, model, world, 0, ctx);

    if (code != ENT_OK) {
        free(room);
        return code;
    }
    market_t market = {room, room + R, room + 2 * R, room + 3 * R};

    for (int i = 0; code == ENT_OK && i < 2; i++) {
        exports[i] = 0.0;
        code = ent_world_as(&view, &drawn, model, self->year.regime[i], ctx);
        for (int s = 0; code == ENT_OK && s < self->n_sector; s++) {
            exports[i] += self->year.goods[s] ? market_year(self, model, &view, i, s, monthly, &market) : 0.0;
        }
        if (code == ENT_OK) {
            ent_world_as_free(&view);
        }
    }
    ent_world_free(&drawn, model);
    free(room);
    return code;
}
