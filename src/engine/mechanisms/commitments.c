/* What agreements do beside measures (docs/model.md, "Commitments"): paths that hold in some regimes only,
 * purchases of governments, the financing of investment abroad, and prices invoiced in the producer's
 * currency. */
#include "base/memory.h"
#include "base/vmath.h"
#include "engine/workspace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the world as a regime has it
 * ----------------------------------------------------------------------------- */

int ent_some_regimes(const unsigned char *regimes, int n)
{
    int sum = 0;
    for (int g = 0; regimes != NULL && g < n; g++) {
        sum += regimes[g];
    }
    return regimes != NULL && sum < n;
}

/* Whether the exogenous changes differ by regime at all. */
static int changes_differ(const ent_config_t *config)
{
    int differ = 0;
    for (int i = 0; i < config->n_paths; i++) {
        differ |= ent_some_regimes(config->paths[i].regimes, config->n_regimes);
    }
    return differ || config->n_investments > 0;
}

/* Value added of a region at the benchmark, million USD a year. */
static double value_added(const ent_benchmark_t *b, int region)
{
    double sum = 0.0;
    for (int s = 0; s < b->n_sector; s++) {
        double output = 0.0;
        for (int d = 0; d < b->n_region; d++) {
            const size_t cell = ent_cell(b, s, region, d);
            output += b->flow[cell] * (1.0 + b->freight[cell]);
        }
        sum += output * b->value_added_share[region * b->n_sector + s];
    }
    return sum;
}

static ent_day_t moved(ent_day_t day, int shift)
{
    return day == ENT_DAY_NEVER ? day : day + shift;
}

/* The outflow moves home's unit costs, and its currency, by the stated elasticities of its share in value
 * added. */
static void finance(ent_world_t *shadow, const ent_model_t *model, const ent_investment_t *investment)
{
    const ent_calendar_t *calendar = &model->config->calendar;
    const double share = fmin(investment->value, investment->cap) *
                         ent_commitment_scale(model, shadow, investment->regimes, investment->home) /
                         value_added(&model->benchmark, investment->home);
    const int shift = ent_commitment_shift(model, shadow, investment->regimes);
    for (int u = 0; u < model->n_total; u++) {
        const int step = model->first_step + u;
        const double now = share * ent_step_coverage(calendar, step, moved(investment->from, shift),
                                                     moved(investment->until, shift));
        if (now > 0.0) {
            ent_add_log_change(shadow, model, ENT_SHOCK_COST, investment->home, step,
                               now * investment->cost_elasticity);
            ent_add_log_change(shadow, model, ENT_SHOCK_EXCHANGE_RATE, investment->home, step,
                               -now * investment->exchange_rate_elasticity);
            if (!model->config->mechanisms.local_currency) {
                /* what is spent at home is spent in its currency, which markets with local_currency know */
                ent_add_log_change(shadow, model, ENT_SHOCK_DEMAND, investment->home, step,
                                   -now * investment->exchange_rate_elasticity);
            }
        }
    }
}

int ent_commitment_shift(const ent_model_t *model, const ent_world_t *world, const unsigned char *regimes)
{
    return ent_some_regimes(regimes, model->config->n_regimes) ? world->commitment_shift : 0;
}

double ent_commitment_scale(const ent_model_t *model, const ent_world_t *world, const unsigned char *regimes,
                            int region)
{
    return world->commitment_scale == NULL || !ent_some_regimes(regimes, model->config->n_regimes)
               ? 1.0
               : world->commitment_scale[region];
}

int ent_world_as(ent_world_t *view, const ent_world_t *world, const ent_model_t *model, int regime,
                 ent_context_t *ctx)
{
    const ent_config_t *config = model->config;
    const size_t values = (size_t)model->n_markets * (size_t)model->n_total;
    const size_t rates = (size_t)model->n_region * (size_t)model->n_total;
    *view = *world;
    view->regime = regime;
    view->owns_changes = changes_differ(config);
    if (!view->owns_changes) {
        return 0;
    }
    view->log_cost = ent_calloc(ctx, values, sizeof *view->log_cost);
    view->log_demand = ent_calloc(ctx, values, sizeof *view->log_demand);
    view->log_rate = ent_calloc(ctx, rates, sizeof *view->log_rate);
    if (view->log_cost == NULL || view->log_demand == NULL || view->log_rate == NULL) {
        ent_world_as_free(view);
        return ENT_ERR_NO_MEMORY;
    }
    memcpy(view->log_cost, world->log_cost, values * sizeof *view->log_cost);
    memcpy(view->log_demand, world->log_demand, values * sizeof *view->log_demand);
    memcpy(view->log_rate, world->log_rate, rates * sizeof *view->log_rate);
    for (int i = 0; i < config->n_paths; i++) {
        if (ent_some_regimes(config->paths[i].regimes, config->n_regimes) &&
            config->paths[i].regimes[regime]) {
            ent_add_path(view, model, &config->paths[i]);
        }
    }
    for (int i = 0; i < config->n_investments; i++) {
        if (config->investments[i].regimes[regime]) {
            finance(view, model, &config->investments[i]);
        }
    }
    return 0;
}

void ent_world_as_free(ent_world_t *view)
{
    if (view->owns_changes) {
        free(view->log_cost);
        free(view->log_demand);
        free(view->log_rate);
    }
    *view = (ent_world_t){0};
}

/* ---- purchases
 * ------------------------------------------------------------------------------------------------ */

/* Million USD at basic price that is bought in this step. */
static double bought_now(const ent_model_t *model, const ent_world_t *world, const ent_purchase_t *purchase,
                         int step)
{
    const ent_calendar_t *calendar = &model->config->calendar;
    if (!purchase->regimes[world->regime]) {
        return 0.0;
    }
    const int shift = ent_commitment_shift(model, world, purchase->regimes);
    return purchase->value / calendar->steps_per_year *
           ent_commitment_scale(model, world, purchase->regimes, purchase->destination) *
           ent_step_coverage(calendar, step, moved(purchase->from, shift), moved(purchase->until, shift));
}

static int cell_of(const ent_model_t *model, const ent_purchase_t *purchase)
{
    const int m = purchase->destination * model->n_sector + purchase->sector;
    return model->cell_of[m * model->n_region + purchase->origin];
}

void ent_purchases_displace(const ent_model_t *model, const ent_world_t *world, int regime,
                            ent_state_t *state, ent_workspace_t *workspace)
{
    (void)regime;
    for (int m = 0; model->config->n_purchases > 0 && m < model->n_markets; m++) {
        workspace->left_to_spend[m] = 1.0;
    }
    for (int i = 0; i < model->config->n_purchases; i++) {
        const ent_purchase_t *purchase = &model->config->purchases[i];
        const int c = cell_of(model, purchase);
        const double value = bought_now(model, world, purchase, state->step);
        if (c >= 0 && value > 0.0) {
            const ent_cell_t *cell = &model->cell[c];
            const double dollars = ent_exp(
                ent_market_currency(model, world, purchase->destination, state->step - model->first_step));
            const double spent = purchase->displaced * value / cell->basic_per_landed / dollars;
            workspace->left_to_spend[cell->market] -= spent / state->expenditure[cell->market];
            workspace->left_to_spend[cell->market] = fmax(0.0, workspace->left_to_spend[cell->market]);
        }
    }
}

void ent_purchases_ship(const ent_model_t *model, const ent_world_t *world, int regime, ent_state_t *state,
                        ent_workspace_t *workspace)
{
    (void)regime;
    if (model->config->n_purchases == 0) {
        return;
    }
    const int now = (state->step - model->first_step) % model->n_ages;
    double *ring = state->purchase_ring + (long)now * model->n_cells;
    memset(ring, 0, (size_t)model->n_cells * sizeof *ring);
    memset(workspace->cell_bought, 0, (size_t)model->n_cells * sizeof *workspace->cell_bought);
    for (int i = 0; i < model->config->n_purchases; i++) {
        const int c = cell_of(model, &model->config->purchases[i]);
        const double value = bought_now(model, world, &model->config->purchases[i], state->step);
        if (c < 0 || !(value > 0.0)) {
            continue;
        }
        const ent_cell_t *cell = &model->cell[c];
        const double price =
            workspace->cell_volume[c] > 0.0 ? workspace->cell_value[c] / workspace->cell_volume[c] : 1.0;
        const double volume = value / price;
        for (int p = cell->first_presence; p < cell->first_presence + cell->n_presences; p++) {
            state->output[model->presence_firm[p]] += volume * model->presence_share[p] / cell->share;
        }
        workspace->cell_bought[c] += value;
        workspace->cell_value[c] += value;
        workspace->cell_volume[c] += volume;
        ring[c] += value * workspace->customs_per_landed[c] / cell->basic_per_landed;
    }
}

double ent_purchases_due(const ent_model_t *model, const ent_state_t *state, int c, int lag)
{
    const int u = state->step - model->first_step;
    return model->config->n_purchases == 0
               ? 0.0
               : state->purchase_ring[(long)((u + model->n_ages - lag) % model->n_ages) * model->n_cells + c];
}

/* ---- invoicing
 * ------------------------------------------------------------------------------------------------ */

double ent_market_currency(const ent_model_t *model, const ent_world_t *world, int region, int u)
{
    return model->config->mechanisms.local_currency
               ? (double)world->log_rate[(size_t)u * (size_t)model->n_region + (size_t)region]
               : 0.0;
}

void ent_invoice_prices(const ent_model_t *model, const ent_world_t *world, int regime, ent_state_t *state,
                        ent_workspace_t *workspace)
{
    (void)regime;
    (void)workspace;
    const int u = state->step - model->first_step, R = model->n_region;
    const int at_home = model->config->mechanisms.local_currency;
    int any = at_home;
    for (int s = 0; s < model->n_sector; s++) {
        any |= world->sector[s].producer_invoicing > 0.0;
    }
    if (!any || (u == 0 && !at_home)) {
        return;
    }
    const float *now = world->log_rate + (size_t)u * (size_t)R;
    const float *before = u > 0 ? now - R : now;
    for (int p = 0; p < model->n_presences; p++) {
        const ent_cell_t *cell = &model->cell[model->presence_cell[p]];
        const ent_market_t *market = &model->market[cell->market];
        const int domestic = cell->origin == market->destination;
        const double change = (double)(now[cell->origin] - (u > 0 ? before[cell->origin] : 0.0f));
        const double share = domestic ? (double)at_home
                             : u > 0  ? world->sector[market->sector].producer_invoicing
                                      : 0.0;
        if (change != 0.0 && share != 0.0) {
            state->log_price[p] += share * change;
        }
    }
}
