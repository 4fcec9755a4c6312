/* Bans and trusted suppliers (docs/model.md, "Bans and trusted suppliers"): both move the visibility of an
 * origin; a ban also cuts the orders that are already there. */
#include "engine/workspace.h"

#include <string.h>

/* Value of a row of a schedule's side table for a cell in a step; `otherwise` where there is none. */
static float side_value(const ent_model_t *model, const ent_schedule_t *schedule, const float *table, int c,
                        int u, float otherwise)
{
    const ent_cell_t *cell = &model->cell[c];
    const ent_market_t *market = &model->market[cell->market];
    const int row =
        schedule->row_of_cell[ent_cell(&model->benchmark, market->sector, cell->origin, market->destination)];
    return row < 0 ? otherwise : table[(size_t)row * (size_t)schedule->n_steps + (size_t)u];
}

void ent_measures_visibility(const ent_model_t *model, const ent_world_t *world, int regime,
                             ent_state_t *state, ent_workspace_t *workspace)
{
    static const float least = 1e-6f; /* a wholly banned origin is in sight, hopelessly dear */
    const ent_schedule_t *schedule = &world->policy->schedule[regime];
    if (schedule->favour == NULL) {
        return;
    }
    for (int c = 0; c < model->n_cells; c++) {
        const ent_cell_t *cell = &model->cell[c];
        const float favour =
            side_value(model, schedule, schedule->favour, c, state->step - model->first_step, 1.0f);
        for (int p = cell->first_presence; favour != 1.0f && p < cell->first_presence + cell->n_presences;
             p++) {
            workspace->visibility_factor[p] *= (double)(favour > least ? favour : least);
        }
    }
}

/* Orders of one market to banned origins are cut to whole units. */
static void cut_market(const ent_model_t *model, ent_state_t *state, ent_workspace_t *workspace,
                       const ent_market_t *market)
{
    const long ring = (long)((state->step - model->first_step) % model->n_ages) * model->n_slots;
    int64_t *order_sum = workspace->order_sum + market->first_presence;
    const int *cell = model->presence_cell + market->first_presence;
    int32_t *quantity = state->ring_quantity + ring + market->first_slot;
    const uint16_t *supplier = state->ring_supplier + ring + market->first_slot;
    memset(order_sum, 0, (size_t)market->n_presences * sizeof *order_sum);
    for (long i = 0; i < market->n_slots; i++) {
        const double share = (double)workspace->ship_share[cell[supplier[i]]];
        quantity[i] = share < 1.0 ? (int32_t)(quantity[i] * share) : quantity[i];
        order_sum[supplier[i]] += quantity[i];
    }
}

void ent_measures_cut(const ent_model_t *model, const ent_world_t *world, int regime, ent_state_t *state,
                      ent_workspace_t *workspace)
{
    const ent_schedule_t *schedule = &world->policy->schedule[regime];
    if (schedule->cut == NULL) {
        return;
    }
    for (int m = 0; m < model->n_markets; m++) {
        const ent_market_t *market = &model->market[m];
        int hit = 0;
        for (int c = market->first_cell; c < market->first_cell + market->n_cells; c++) {
            workspace->ship_share[c] =
                1.0f - side_value(model, schedule, schedule->cut, c, state->step - model->first_step, 0.0f);
            hit |= workspace->ship_share[c] < 1.0f;
        }
        if (hit && market->n_slots > 0) {
            cut_market(model, state, workspace, market);
        }
    }
}
