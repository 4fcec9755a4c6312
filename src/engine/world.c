/* One world: its parameters, shocks and expectations, drawn from the config's uncertainty. */
#include "engine/model.h"

#include "agents/expectation.h"
#include "base/memory.h"
#include "base/vmath.h"
#include "engine/distribution.h"
#include "engine/exporters.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- policy
 * --------------------------------------------------------------------------------------------------- */

void ent_policy_free(ent_policy_t *policy, const ent_model_t *model)
{
    for (int r = 0; r < model->config->n_regimes; r++) {
        if (policy->schedule != NULL) {
            ent_schedule_free(&policy->schedule[r]);
        }
        if (policy->log_rate != NULL) {
            free(policy->log_rate[r]);
        }
    }
    free(policy->schedule);
    free(policy->log_rate);
    *policy = (ent_policy_t){0};
}

void ent_policy_logs(ent_policy_t *policy, int regime)
{
    const ent_schedule_t *schedule = &policy->schedule[regime];
    const size_t n = (size_t)schedule->n_epochs * (size_t)schedule->n_rows * (size_t)schedule->n_steps;
    for (size_t i = 0; i < n; i++) {
        policy->log_rate[regime][i] = ent_logf(1.0f + schedule->expected[i]);
    }
}

int ent_policy_init(ent_policy_t *policy, const ent_model_t *model, const int *shift_days, ent_context_t *ctx)
{
    return ent_policy_build(policy, model, NULL, shift_days, ctx);
}

int ent_policy_build(ent_policy_t *policy, const ent_model_t *model, const ent_config_t *const *config_of,
                     const int *shift_days, ent_context_t *ctx)
{
    const ent_config_t *config = model->config;
    const int horizon =
        (int)lround(config->global.expectation_horizon * config->calendar.steps_per_year / 12.0) +
        ENT_MAX_LAG + 1;
    *policy = (ent_policy_t){0};
    policy->schedule = ent_calloc(ctx, (size_t)config->n_regimes, sizeof *policy->schedule);
    policy->log_rate = ent_calloc(ctx, (size_t)config->n_regimes, sizeof *policy->log_rate);
    int code = policy->schedule == NULL || policy->log_rate == NULL ? ENT_ERR_NO_MEMORY : 0;
    for (int r = 0; code == 0 && r < config->n_regimes; r++) {
        ent_schedule_t *schedule = &policy->schedule[r];
        code =
            ent_schedule_init(schedule, config_of != NULL ? config_of[r] : config, &model->benchmark, r,
                              model->first_step, model->n_total + horizon, shift_days, model->lag_steps, ctx);
        if (code != 0) {
            break;
        }
        const size_t n = (size_t)schedule->n_epochs * (size_t)schedule->n_rows * (size_t)schedule->n_steps;
        policy->log_rate[r] = ent_calloc(ctx, n, sizeof(float));
        if (policy->log_rate[r] == NULL) {
            code = ENT_ERR_NO_MEMORY;
            break;
        }
        ent_policy_logs(policy, r);
    }
    if (code != 0) {
        ent_policy_free(policy, model);
    }
    return code;
}

/* ln(1 + rate) expected over the life of a contract signed in each step, by row: table [n_total][n_rows]. */
static void contract_rates(const ent_model_t *model, const ent_world_t *world, int regime, float *average,
                           float *table)
{
    const ent_schedule_t *schedule = &world->policy->schedule[regime];
    const int steps_per_year = model->config->calendar.steps_per_year;
    const double discount = ent_exp(-world->global.discount_rate / steps_per_year);
    for (int e = 0; e < schedule->n_epochs; e++) {
        for (int row = 0; row < schedule->n_rows; row++) {
            const int s = schedule->row_sector[row];
            const double keep =
                (1.0 - ent_step_hazard(world->sector[s].renewal_rate, steps_per_year)) * discount;
            const size_t at = (size_t)e * (size_t)schedule->n_rows + (size_t)row;
            ent_contract_average(world->policy->log_rate[regime] + at * (size_t)schedule->n_steps,
                                 schedule->n_steps, keep, average);
            const int lag = model->lag_steps[ent_cell(&model->benchmark, s, schedule->row_origin[row],
                                                      schedule->row_destination[row])];
            for (int t = 0; t < model->n_total; t++) {
                if (schedule->epoch_of_step[t] == e) {
                    table[(size_t)t * (size_t)schedule->n_rows + (size_t)row] = average[t + lag];
                }
            }
        }
    }
}

int ent_lay_contract_rates(ent_world_t *world, const ent_model_t *model, ent_context_t *ctx)
{
    int code = 0;
    for (int r = 0; code == 0 && r < model->config->n_regimes; r++) {
        const ent_schedule_t *schedule = &world->policy->schedule[r];
        float *average = ent_calloc(ctx, (size_t)schedule->n_steps, sizeof *average);
        world->contract_log_rate[r] =
            ent_calloc(ctx, (size_t)model->n_total * (size_t)schedule->n_rows, sizeof(float));
        if (average == NULL || world->contract_log_rate[r] == NULL) {
            code = ENT_ERR_NO_MEMORY;
        } else {
            contract_rates(model, world, r, average, world->contract_log_rate[r]);
        }
        free(average);
    }
    return code;
}

void ent_free_contract_rates(ent_world_t *world, const ent_model_t *model)
{
    for (int r = 0; world->contract_log_rate != NULL && r < model->config->n_regimes; r++) {
        free(world->contract_log_rate[r]);
    }
    free(world->contract_log_rate);
    world->contract_log_rate = NULL;
}

/* ---- draws
 * ---------------------------------------------------------------------------------------------------- */

static double draw_value(const ent_world_t *world, const char *name, ent_purpose_t purpose,
                         const ent_distribution_t *distribution)
{
    const ent_draw4_t draw = ent_draw4(world->world_stream, ent_name_hash(4, name), 0, purpose, 0);
    if (distribution->kind == ENT_DIST_BY_WORLD) {
        return distribution->values[world->world % distribution->n];
    }
    return ent_distribution_quantile(distribution, ent_uniform(draw.word[0], draw.word[1]));
}

static void apply_parameter(ent_world_t *world, const ent_config_t *config, const ent_draw_t *draw,
                            double value)
{
    const ent_parameter_t *entry = draw->parameter;
    if (entry->scope == ENT_SCOPE_GLOBAL) {
        const double before = ent_parameter_get(entry, &world->global);
        const double wanted = draw->scale ? before * value : value;
        ent_parameter_set(entry, &world->global, fmin(fmax(wanted, entry->low), entry->high));
        return;
    }
    for (int s = 0; s < config->n_sector; s++) {
        if (draw->sectors == NULL || draw->sectors[s]) {
            const double before = ent_parameter_get(entry, &world->sector[s]);
            const double wanted = draw->scale ? before * value : value;
            ent_parameter_set(entry, &world->sector[s], fmin(fmax(wanted, entry->low), entry->high));
        }
    }
}

/* Elasticity sets come before scaled parameters, whatever their order in the config. */
static void draw_elasticity_set(ent_world_t *world, const ent_model_t *model)
{
    const ent_config_t *config = model->config;
    for (int i = 0; i < config->n_draws; i++) {
        if (config->draws[i].kind == ENT_DRAW_ELASTICITY_SET) {
            const double value =
                draw_value(world, config->draws[i].name, ENT_PURPOSE_WORLD, &config->draws[i].distribution);
            const size_t set = (size_t)lround(value);
            world->draws[i] = value;
            for (int s = 0; s < config->n_sector; s++) {
                world->sector[s].trade_elasticity =
                    model->benchmark.elasticity[set * (size_t)config->n_sector + (size_t)s];
            }
        }
    }
}

static void draw_parameters(ent_world_t *world, const ent_model_t *model, int *shift_days, int *any_shift)
{
    const ent_config_t *config = model->config;
    draw_elasticity_set(world, model);
    for (int i = 0; i < config->n_draws; i++) {
        const ent_draw_t *draw = &config->draws[i];
        if (draw->kind == ENT_DRAW_ELASTICITY_SET) {
            continue;
        }
        const double value = draw_value(world, draw->name, ENT_PURPOSE_WORLD, &draw->distribution);
        world->draws[i] = value;
        if (draw->kind == ENT_DRAW_PARAMETER) {
            apply_parameter(world, config, draw, value);
        } else if (draw->kind == ENT_DRAW_BELIEF) {
            world->belief_shift += value;
        } else if (draw->kind == ENT_DRAW_MEASURE_DATE) {
            shift_days[draw->measure] = (int)lround(value);
            *any_shift = 1;
        }
    }
}

/* ---- shocks and paths
 * ----------------------------------------------------------------------------------------- */

static void add_log_change(ent_world_t *world, const ent_model_t *model, ent_shock_kind_t kind,
                           const unsigned char *regions, int region, const unsigned char *sectors, int step,
                           double log_change)
{
    const int R = model->n_region, S = model->n_sector;
    float *rate = world->log_rate + (size_t)(step - model->first_step) * (size_t)R;
    float *row = (kind == ENT_SHOCK_DEMAND ? world->log_demand : world->log_cost) +
                 (size_t)(step - model->first_step) * (size_t)(R * S);
    for (int r = 0; r < R; r++) {
        if (regions != NULL ? !regions[r] : r != region) {
            continue;
        }
        rate[r] += kind == ENT_SHOCK_EXCHANGE_RATE ? (float)log_change : 0.0f;
        for (int s = 0; s < S; s++) {
            if (sectors == NULL || sectors[s]) {
                row[r * S + s] += (float)log_change;
            }
        }
    }
}

static double path_value(const ent_path_t *path, ent_day_t day)
{
    int i = 0;
    while (i < path->n_points && path->day[i] <= day) {
        i++;
    }
    if (i == 0) {
        return path->log_change[0];
    }
    if (i == path->n_points) {
        return path->log_change[i - 1];
    }
    const double share = (double)(day - path->day[i - 1]) / (double)(path->day[i] - path->day[i - 1]);
    return path->log_change[i - 1] + share * (path->log_change[i] - path->log_change[i - 1]);
}

void ent_add_log_change(ent_world_t *world, const ent_model_t *model, ent_shock_kind_t kind, int region,
                        int step, double log_change)
{
    add_log_change(world, model, kind, NULL, region, NULL, step, log_change);
}

void ent_add_path(ent_world_t *world, const ent_model_t *model, const ent_path_t *path)
{
    const ent_calendar_t *calendar = &model->config->calendar;
    const int shift = ent_commitment_shift(model, world, path->regimes);
    const double scale = ent_commitment_scale(model, world, path->regimes, path->region);
    for (int step = model->first_step; step < model->first_step + model->n_total; step++) {
        const ent_day_t begin = ent_step_begin(calendar, step);
        const ent_day_t middle = begin + (ent_step_begin(calendar, step + 1) - begin) / 2;
        add_log_change(world, model, path->kind, NULL, path->region, path->sectors, step,
                       scale * path_value(path, middle - shift));
    }
}

static int in_all_regimes(const ent_config_t *config, const ent_path_t *path)
{
    for (int g = 0; path->regimes != NULL && g < config->n_regimes; g++) {
        if (!path->regimes[g]) {
            return 0;
        }
    }
    return 1;
}

static void draw_shocks(ent_world_t *world, const ent_model_t *model)
{
    const ent_config_t *config = model->config;
    const ent_calendar_t *calendar = &config->calendar;
    const int last = model->first_step + model->n_total;
    for (int i = 0; i < config->n_shocks; i++) {
        const ent_shock_t *shock = &config->shocks[i];
        const double value = draw_value(world, shock->name, ENT_PURPOSE_SHOCK, &shock->log_change);
        world->draws[config->n_draws + i] = value;
        for (int step = model->first_step; step < last; step++) {
            const double coverage = ent_step_coverage(calendar, step, shock->begin, shock->end);
            if (coverage > 0.0) {
                add_log_change(world, model, shock->kind, shock->regions, -1, shock->sectors, step,
                               coverage * value);
            }
        }
    }
    for (int i = 0; i < config->n_paths; i++) {
        if (in_all_regimes(config, &config->paths[i])) {
            ent_add_path(world, model, &config->paths[i]);
        }
    }
    const double growth = world->global.demand_growth / calendar->steps_per_year;
    for (int step = 0; growth != 0.0 && step < last; step++) {
        for (int r = 0; r < model->n_region; r++) {
            add_log_change(world, model, ENT_SHOCK_DEMAND, NULL, r, NULL, step, growth * step);
        }
    }
}

/* ---- visibility
 * ----------------------------------------------------------------------------------------------- */

/* Mean shortfall of position from target of slots supplied from a cell, in steps of sales: at a switch the
 * target moves by the difference of lags, and the gap closes at 1/T a step (docs/model.md, "Visibility"). */
static void cell_gaps(const ent_model_t *model, const ent_world_t *world, const ent_market_t *market,
                      const double *share)
{
    const ent_sector_parameters_t *p = &world->sector[market->sector];
    const int steps_per_year = model->config->calendar.steps_per_year;
    const double n = world->global.candidates;
    const double switching = ent_step_hazard(p->renewal_rate, steps_per_year) * (n - 1.0) / n;
    const double keep = 1.0 - 12.0 / (p->stock_adjustment * steps_per_year);
    double mean_lag = 0.0, total = 0.0;
    for (int c = 0; c < market->n_cells; c++) {
        mean_lag += share[c] * model->cell[market->first_cell + c].lag;
        total += share[c];
    }
    mean_lag /= total;
    for (int c = 0; c < market->n_cells; c++) {
        const double beyond = model->cell[market->first_cell + c].lag - mean_lag;
        world->gap[market->first_cell + c] =
            market->stocked ? switching * beyond / (1.0 - (1.0 - switching) * keep) : 0.0;
    }
}

static int market_visibility(const ent_model_t *model, ent_world_t *world, const ent_market_t *market,
                             double *share)
{
    const ent_sector_parameters_t *p = &world->sector[market->sector];
    const double per_step = 12.0 / (p->stock_adjustment * model->config->calendar.steps_per_year);
    const ent_cell_t *cell = model->cell + market->first_cell;
    for (int c = 0; c < market->n_cells; c++) {
        share[c] = cell[c].share;
    }
    for (int round = 0; round < 4 && market->stocked; round++) {
        cell_gaps(model, world, market, share);
        double sum = 0.0;
        for (int c = 0; c < market->n_cells; c++) {
            share[c] = cell[c].share / (1.0 + world->gap[market->first_cell + c] * per_step);
            sum += share[c];
        }
        for (int c = 0; c < market->n_cells; c++) {
            share[c] /= sum;
        }
    }
    double open = 0.0;
    for (int c = 0; c < market->n_cells; c++) {
        for (int p_index = cell[c].first_presence; p_index < cell[c].first_presence + cell[c].n_presences;
             p_index++) {
            world->visibility[p_index] = model->presence_reach[p_index] * share[c] / cell[c].share;
            open +=
                model->presence_kind[p_index] == ENT_PRESENCE_AFFILIATE ? 0.0 : world->visibility[p_index];
        }
    }
    /* contracts that come up share what is not captive */
    for (int i = 0; market->captive_share > 0.0 && i < market->n_presences; i++) {
        world->visibility[market->first_presence + i] /= open;
    }
    return 0;
}

/* Walker's alias table by Vose's method, over the presences of a market. */
static void alias_table(const double *weight, int n, uint64_t *alias, int *small, int *large, double *scaled)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        sum += weight[i];
    }
    int n_small = 0, n_large = 0;
    for (int i = 0; i < n; i++) {
        scaled[i] = weight[i] * n / sum;
        if (scaled[i] < 1.0) {
            small[n_small++] = i;
        } else {
            large[n_large++] = i;
        }
    }
    while (n_small > 0 && n_large > 0) {
        const int s = small[--n_small], l = large[n_large - 1];
        alias[s] = (uint64_t)(scaled[s] * 0x1p32) << 16 | (uint64_t)l;
        scaled[l] -= 1.0 - scaled[s];
        if (scaled[l] < 1.0) {
            n_large--;
            small[n_small++] = l;
        }
    }
    while (n_large > 0) {
        const int l = large[--n_large];
        alias[l] = (uint64_t)1 << 48 | (uint64_t)l;
    }
    while (n_small > 0) {
        const int s = small[--n_small];
        alias[s] = (uint64_t)1 << 48 | (uint64_t)s;
    }
}

static int lay_visibility(ent_world_t *world, const ent_model_t *model, ent_context_t *ctx)
{
    int most = 1;
    for (int m = 0; m < model->n_markets; m++) {
        most = model->market[m].n_presences > most ? model->market[m].n_presences : most;
    }
    double *share = ent_calloc(ctx, (size_t)most + (size_t)model->n_region, sizeof *share);
    int *lists = ent_calloc(ctx, 2 * (size_t)most, sizeof *lists);
    int code = share == NULL || lists == NULL ? ENT_ERR_NO_MEMORY : 0;
    for (int m = 0; code == 0 && m < model->n_markets; m++) {
        const ent_market_t *market = &model->market[m];
        if (market->n_presences > 0) {
            code = market_visibility(model, world, market, share);
            alias_table(world->visibility + market->first_presence, market->n_presences,
                        world->alias + market->first_presence, lists, lists + most, share);
        }
    }
    free(share);
    free(lists);
    return code;
}

/* ---- the world
 * ------------------------------------------------------------------------------------------------ */

static int allocate_world(ent_world_t *world, const ent_model_t *model, ent_context_t *ctx)
{
    const ent_config_t *config = model->config;
    const size_t markets = (size_t)model->n_markets, steps = (size_t)model->n_total;
    world->sector = ent_calloc(ctx, (size_t)config->n_sector, sizeof *world->sector);
    world->draws = ent_calloc(ctx, (size_t)config->n_draws + (size_t)config->n_shocks, sizeof *world->draws);
    world->log_demand = ent_calloc(ctx, markets * steps, sizeof *world->log_demand);
    world->log_cost = ent_calloc(ctx, markets * steps, sizeof *world->log_cost);
    world->log_rate = ent_calloc(ctx, (size_t)model->n_region * steps, sizeof *world->log_rate);
    world->contract_log_rate = ent_calloc(ctx, (size_t)config->n_regimes, sizeof *world->contract_log_rate);
    world->gap = ent_calloc(ctx, (size_t)model->n_cells, sizeof *world->gap);
    world->visibility = ent_calloc(ctx, (size_t)model->n_presences, sizeof *world->visibility);
    world->alias = ent_calloc(ctx, (size_t)model->n_presences, sizeof *world->alias);
    if (!world->sector || !world->draws || !world->log_demand || !world->log_cost || !world->log_rate ||
        !world->contract_log_rate || !world->gap || !world->visibility || !world->alias) {
        return ENT_ERR_NO_MEMORY;
    }
    return 0;
}

int ent_world_init(ent_world_t *world, const ent_model_t *model, int world_index, int chance,
                   ent_context_t *ctx)
{
    const ent_config_t *config = model->config;
    *world = (ent_world_t){.world = world_index, .chance = chance};
    world->world_stream = ent_stream(config->seed, (uint64_t)world_index, 0);
    world->chance_stream = ent_stream(config->seed, (uint64_t)world_index, (uint64_t)chance + 1);
    world->global = config->global;
    int *shift_days = ent_calloc(ctx, (size_t)config->n_measures, sizeof *shift_days);
    int any_shift = 0;
    int code = shift_days == NULL ? ENT_ERR_NO_MEMORY : allocate_world(world, model, ctx);
    if (code != 0) {
        goto out;
    }
    memcpy(world->sector, config->sector_parameters, (size_t)config->n_sector * sizeof *world->sector);
    draw_parameters(world, model, shift_days, &any_shift);
    draw_shocks(world, model);
    world->policy = &model->policy;
    if (any_shift) {
        code = ent_policy_init(&world->own_policy, model, shift_days, ctx);
        world->policy = &world->own_policy;
    }
    if (code == 0) {
        code = ent_lay_contract_rates(world, model, ctx);
    }
    if (code == 0) {
        code = lay_visibility(world, model, ctx);
    }
    if (code == 0) {
        code = ent_lay_tenure(world, model, ctx);
    }
    if (code == 0) {
        code = ent_lay_absorption(world, model, ctx);
    }
out:
    world->shift_days = shift_days;
    if (code != 0) {
        ent_world_free(world, model);
    }
    return code;
}

void ent_world_free(ent_world_t *world, const ent_model_t *model)
{
    ent_free_contract_rates(world, model);
    if (world->policy == &world->own_policy) {
        ent_policy_free(&world->own_policy, model);
    }
    free(world->sector);
    free(world->draws);
    free(world->log_demand);
    free(world->log_cost);
    free(world->log_rate);
    free(world->shift_days);
    free(world->gap);
    free(world->visibility);
    free(world->alias);
    free(world->exit_hazard);
    free(world->tenure_distribution);
    free(world->growth);
    free(world->renewal_hazard);
    free(world->fringe_absorption);
    *world = (ent_world_t){0};
}
