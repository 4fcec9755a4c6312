/* The checked mode: the accounting identities of docs/model.md, "What must hold", recomputed slot by slot
 * after every step. */
#include "engine/kernel.h"
#include "engine/workspace.h"

#include <math.h>
#include <stdio.h>

static const double TOLERANCE = 1e-9;

static int broken(const ent_model_t *model, const ent_state_t *state, int m, const char *identity,
                  double left, double right, ent_context_t *ctx)
{
    const ent_market_t *market = &model->market[m];
    return ent_fail(ctx, ENT_ERR_BUG, "engine verify", "step %d, market %s %s: %s: %.17g against %.17g",
                    state->step, model->config->region[market->destination],
                    model->config->sector[market->sector], identity, left, right);
}

static int differ(double left, double right)
{
    return !(fabs(left - right) <= TOLERANCE * fmax(1.0, fmax(fabs(left), fabs(right))));
}

static int slot_broken(const ent_model_t *model, const ent_state_t *state, int m, long slot, int32_t ordered,
                       ent_context_t *ctx)
{
    char what[256];
    snprintf(
        what, sizeof what,
        "slot %ld has a negative order (%d), stock (%d), transit (%d), demand (%g), price (%g) or weight "
        "(%g)",
        slot - model->market[m].first_slot, ordered, state->stock[slot],
        state->position[slot] - state->stock[slot], (double)state->smoothed[slot],
        (double)state->retail[slot], (double)state->ces_weight[slot]);
    return broken(model, state, m, what, (double)ordered, 0.0, ctx);
}

/* Payments slot by slot against receipts presence by presence; no stock, order or demand below zero. */
static int verify_slots(const ent_model_t *model, const ent_state_t *state, const ent_workspace_t *workspace,
                        int m, ent_context_t *ctx)
{
    const ent_market_t *market = &model->market[m];
    const int now = (state->step - model->first_step) % model->n_ages;
    const double *price = state->price_ring + (long)now * model->n_presences + market->first_presence;
    const int32_t *quantity = state->ring_quantity + (long)now * model->n_slots + market->first_slot;
    const uint16_t *supplier = state->ring_supplier + (long)now * model->n_slots + market->first_slot;
    double paid = 0.0, received = 0.0;
    for (long i = 0; i < market->n_slots; i++) {
        const long slot = market->first_slot + i;
        const int p = market->first_presence + supplier[i];
        paid += quantity[i] * market->unit * price[supplier[i]] *
                model->cell[model->presence_cell[p]].basic_per_landed;
        if (quantity[i] < 0 || state->stock[slot] < 0 || state->position[slot] < state->stock[slot] ||
            !(state->smoothed[slot] >= 0.0f) || !(state->retail[slot] > 0.0f) ||
            !(state->ces_weight[slot] >= 0.0f)) {
            return slot_broken(model, state, m, slot, quantity[i], ctx);
        }
    }
    for (int c = market->first_cell; c < market->first_cell + market->n_cells; c++) {
        received += workspace->cell_value[c];
        received -= model->config->n_purchases > 0 ? workspace->cell_bought[c] : 0.0;
    }
    return differ(paid, received)
               ? broken(model, state, m, "payments differ from receipts", paid, received, ctx)
               : 0;
}

static int verify_market(const ent_model_t *model, const ent_state_t *state, const ent_workspace_t *workspace,
                         int m, ent_context_t *ctx)
{
    const ent_market_t *market = &model->market[m];
    const ent_tile_sums_t *sums = &workspace->market_sums[m];
    int64_t arrivals = 0, transit = 0, shipped = 0;
    const int now = (state->step - model->first_step) % model->n_ages;
    for (int c = market->first_cell; c < market->first_cell + market->n_cells; c++) {
        const ent_cell_t *cell = &model->cell[c];
        arrivals += workspace->cell_arrivals[c];
        shipped += state->quantity_ring[(long)now * model->n_cells + c];
        for (int age = 0; age < cell->lag; age++) {
            transit +=
                state
                    ->quantity_ring[(long)((now + model->n_ages - age) % model->n_ages) * model->n_cells + c];
        }
        if (differ(workspace->cell_duty[c], (double)workspace->duty_rate[c] * workspace->cell_customs[c])) {
            return broken(model, state, m, "duty differs from rate times value", workspace->cell_duty[c],
                          (double)workspace->duty_rate[c] * workspace->cell_customs[c], ctx);
        }
    }
    if (arrivals != sums->arrivals) {
        return broken(model, state, m, "arrivals differ from what was shipped a lag ago",
                      (double)sums->arrivals, (double)arrivals, ctx);
    }
    if (shipped != sums->shipped) {
        return broken(model, state, m, "goods shipped differ from goods sold by exporters",
                      (double)sums->shipped, (double)shipped, ctx);
    }
    if (market->stocked && sums->position - sums->stock != transit) {
        return broken(model, state, m, "transit differs from shipments not yet arrived",
                      (double)(sums->position - sums->stock), (double)transit, ctx);
    }
    if (market->stocked && workspace->stock_known &&
        sums->stock != workspace->stock_before[m] + sums->arrivals - sums->sales) {
        return broken(model, state, m, "stock does not move by arrivals minus sales", (double)sums->stock,
                      (double)(workspace->stock_before[m] + sums->arrivals - sums->sales), ctx);
    }
    return verify_slots(model, state, workspace, m, ctx);
}

/* World exports equal world imports: what has been shipped is received or in transit, over all cells. */
static int verify_world(const ent_model_t *model, const ent_state_t *state, const ent_workspace_t *workspace,
                        ent_context_t *ctx)
{
    double sold = 0.0, bought = 0.0;
    const int now = (state->step - model->first_step) % model->n_ages;
    for (int c = 0; c < model->n_cells; c++) {
        const ent_cell_t *cell = &model->cell[c];
        sold += workspace->cell_value[c] / cell->basic_per_landed * workspace->customs_per_landed[c];
        bought += state->customs_ring[(long)now * model->n_cells + c];
        bought += ent_purchases_due(model, state, c, 0);
    }
    if (differ(sold, bought)) {
        return ent_fail(ctx, ENT_ERR_BUG, "engine verify",
                        "step %d: world exports %.17g, world imports %.17g", state->step, sold, bought);
    }
    return 0;
}

int ent_verify_step(const ent_model_t *model, const ent_state_t *state, ent_workspace_t *workspace,
                    ent_context_t *ctx)
{
    int code = verify_world(model, state, workspace, ctx);
    for (int m = 0; code == 0 && m < model->n_markets; m++) {
        if (model->market[m].n_slots > 0) {
            code = verify_market(model, state, workspace, m, ctx);
            workspace->stock_before[m] = workspace->market_sums[m].stock;
        }
    }
    workspace->stock_known = 1;
    return code;
}
