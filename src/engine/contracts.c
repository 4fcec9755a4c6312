#include "engine/contracts.h"

#include "base/vmath.h"

#include <math.h>

enum { PRESENCES = 128 }; /* priced together */

/* What contracts signed now are expected to cost over their lives, by belief type, and the market's inclusive
 * cost at these: other than now where a change is expected. */
static void price_contracts(const ent_model_t *model, const ent_world_t *world, const ent_state_t *state,
                            ent_workspace_t *workspace, const ent_market_t *market, int type)
{
    const int m = (int)(market - model->market), u = state->step - model->first_step;
    const double theta = world->sector[market->sector].trade_elasticity;
    const double currency = ent_market_currency(model, world, market->destination, u);
    const float *choice_log = workspace->choice_log + (long)type * model->n_cells;
    float *cost = workspace->expected_cost + (long)ENT_BELIEF_TYPES * market->first_presence +
                  (long)type * market->n_presences;
    double pull = 0.0;
    for (int begin = 0; begin < market->n_presences; begin += PRESENCES) {
        const int left = market->n_presences - begin, n = left < PRESENCES ? left : PRESENCES;
        double exponent[PRESENCES], power[PRESENCES];
        for (int i = 0; i < n; i++) {
            const int p = market->first_presence + begin + i;
            exponent[i] = state->log_price[p] + (double)choice_log[model->presence_cell[p]] - currency;
        }
        workspace->kernel->exp(exponent, n, power);
        for (int i = 0; i < n; i++) {
            cost[begin + i] = (float)power[i];
            exponent[i] *= -theta;
        }
        workspace->kernel->exp(exponent, n, power);
        for (int i = 0; i < n; i++) {
            const int p = market->first_presence + begin + i;
            pull += world->visibility[p] * workspace->visibility_factor[p] * power[i];
        }
    }
    workspace->expected_inclusive[m * ENT_BELIEF_TYPES + type] =
        pull > 1e-300 && pull < 1e300 ? -ent_log(pull) / theta + currency : NAN;
}

void ent_expect_costs(const ent_model_t *model, const ent_world_t *world, const ent_state_t *state,
                      ent_workspace_t *workspace, int m)
{
    const ent_market_t *market = &model->market[m];
    const ent_sector_parameters_t *p = &world->sector[market->sector];
    const int u = state->step - model->first_step, n_types = workspace->typed[m] ? workspace->n_types : 1;
    const double local = p->local_cost_share * ent_exp(state->log_wage[market->destination]);
    const double currency = ent_market_currency(model, world, market->destination, u);
    for (int k = 0; k < n_types; k++) {
        const int at = m * ENT_BELIEF_TYPES + k;
        if (workspace->expects[m]) {
            price_contracts(model, world, state, workspace, market, k);
        } else {
            workspace->expected_inclusive[at] = state->log_inclusive[m];
        }
        const double inclusive = ent_exp(workspace->expected_inclusive[at] - currency);
        const double log_retail = ent_log(local + (1.0 - p->local_cost_share) * inclusive);
        workspace->log_inclusive_retail[at] = (float)log_retail;
        workspace->inclusive_weight[at] = (float)ent_exp((1.0 - p->slot_elasticity) * log_retail);
    }
}
