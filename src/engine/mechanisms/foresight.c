/* Orders that look ahead and stop (docs/model.md, "Orders that look ahead"): what will be sold at the price
 * expected on arrival, and the ratio of landed cost to the market's beyond which an importer does not order.
 * With foresight 0 and choke 0 orders are those of smoothed demand. */
#include "base/vmath.h"
#include "engine/workspace.h"

#include <math.h>

/* ln of the retail price at a landed cost: phi + (1 - phi) x. */
static double log_retail(const ent_sector_parameters_t *sector, double log_cost)
{
    const double phi = sector->local_cost_share;
    return ent_log(phi + (1.0 - phi) * ent_exp(log_cost));
}

/* Weight of a step in the prices that smoothed demand has seen: the shelf follows cost after the stock and
 * the wait for a reset, demand is averaged over `demand_smoothing`. */
static double seen_weight(const ent_sector_parameters_t *sector, int steps_per_year)
{
    const double wait =
        sector->retail_reset_rate > 0.0 ? fmin(12.0 / sector->retail_reset_rate, 120.0) : 120.0;
    const double months = sector->demand_smoothing + sector->target_stock + wait;
    return fmin(1.0, 12.0 / steps_per_year / months);
}

/* Captive flows, plants and home's own goods are ordered whatever they cost. */
static int may_be_refused(const ent_model_t *model, int p, const ent_market_t *market)
{
    return model->presence_kind[p] != ENT_PRESENCE_CAPTIVE &&
           model->cell[model->presence_cell[p]].origin != market->destination;
}

/* ln of expected over current sales by presence and belief type. */
static void expect_sales(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                         ent_workspace_t *workspace, int m, int n_types)
{
    const ent_market_t *market = &model->market[m];
    const ent_sector_parameters_t *sector = &world->sector[market->sector];
    const double sigma = sector->slot_elasticity;
    const double weight = seen_weight(sector, model->config->calendar.steps_per_year);
    const long row = (long)ENT_BELIEF_TYPES * market->first_presence;
    const double index = log_retail(sector, state->log_inclusive[m]);
    for (int i = 0; i < market->n_presences; i++) {
        const int p = market->first_presence + i, c = model->presence_cell[p];
        const double spot = (double)workspace->spot_log[c],
                     now = log_retail(sector, state->log_price[p] + spot);
        for (int k = 0; k < n_types; k++) {
            const double landed = (double)workspace->landed_log[(long)k * model->n_cells + c];
            const double ahead = landed == spot ? now : log_retail(sector, state->log_price[p] + landed);
            const double change =
                (sigma - 1.0) * (index - state->seen_index[m]) - sigma * (ahead - state->seen[p]);
            workspace->sales_ahead[row + (long)k * market->n_presences + i] =
                (float)ent_exp(sector->foresight * change);
        }
        state->seen[p] += weight * (now - state->seen[p]);
    }
    state->seen_index[m] += weight * (index - state->seen_index[m]);
}

/* Landed cost of an order on arrival over the market's, less 1, or what is remembered of a dearer one. */
static double excess_cost(const ent_model_t *model, const ent_state_t *state,
                          const ent_workspace_t *workspace, int m, int p, int k, double before)
{
    const long at = (long)k * model->n_cells + model->presence_cell[p];
    const double now =
        ent_exp(state->log_price[p] + (double)workspace->landed_log[at] - state->log_inclusive[m]) - 1.0;
    return now > before ? now : before;
}

/* Fills `cost_ahead`, 0 of what is always ordered; 1 when an importer may refuse. What was stopped is taken
 * up again as the dearest cost (that of the middle type) is forgotten. */
static int compare_costs(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                         ent_workspace_t *workspace, int m, int n_types)
{
    const ent_market_t *market = &model->market[m];
    const ent_sector_parameters_t *sector = &world->sector[market->sector];
    const double least = (sector->choke - 1.0) * ent_exp(-ENT_CHOKE_REACH * sector->choke_dispersion);
    const double months = 12.0 / model->config->calendar.steps_per_year;
    const double kept = sector->choke_memory > 0.0 ? ent_exp(-months / sector->choke_memory) : 0.0;
    int some = 0;
    for (int i = 0; i < market->n_presences; i++) {
        const int p = market->first_presence + i, refused = may_be_refused(model, p, market);
        const double before = kept * state->dearest[p];
        float *cost = workspace->cost_ahead + (long)ENT_BELIEF_TYPES * market->first_presence + i;
        for (int k = 0; k < n_types; k++) {
            const double excess = refused ? excess_cost(model, state, workspace, m, p, k, before) : -1.0;
            cost[(long)k * market->n_presences] = (float)(1.0 + excess);
            state->dearest[p] = k == n_types / 2 ? excess : state->dearest[p];
            some |= excess > least;
        }
    }
    return some;
}

void ent_look_ahead(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                    ent_workspace_t *workspace, int m)
{
    const ent_market_t *market = &model->market[m];
    const ent_sector_parameters_t *sector = &world->sector[market->sector];
    const int n_types = workspace->typed[m] ? workspace->n_types : 1;
    const long row = (long)ENT_BELIEF_TYPES * market->first_presence;
    ent_market_step_t *ms = &workspace->market_step[m];
    if (!market->stocked || !isfinite(state->log_inclusive[m])) {
        return;
    }
    if (sector->foresight > 0.0) {
        expect_sales(model, world, state, workspace, m, n_types);
        ms->sales_ahead = workspace->sales_ahead + row;
    }
    if (sector->choke > 0.0 && compare_costs(model, world, state, workspace, m, n_types)) {
        ms->cost_ahead = workspace->cost_ahead + row;
        ms->choke_excess = (float)(sector->choke - 1.0);
        ms->choke_dispersion = (float)sector->choke_dispersion;
    }
}
