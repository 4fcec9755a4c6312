/* Numbers that leave their range. Quantities are whole units of 32 bits, prices and costs floats: under
 * shocks or parameters far from any economy's they end, and what is counted from then on means nothing. The
 * kernels stop at the end of the range and hand back what they met; here that ends the run, in every mode,
 * with the quantity, the step and the cell. */
#include "engine/workspace.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* Million USD a step, in whatever unit: far above any flow, far below the end of a float. */
static const double MOST_FLOW = 1e30;

static int is_flow(double value)
{
    return value >= 0.0 && value <= MOST_FLOW;
}

static int is_price(float value)
{
    return value > 0.0f && isfinite(value);
}

static int units_end(int32_t bits)
{
    return bits < 0 || bits >= ENT_UNITS_END;
}

/* ---- whether: every step ---- */

static int orders_out(const ent_workspace_t *workspace, const ent_market_t *market)
{
    int32_t bits = 0;
    for (int b = market->first_block; b < market->first_block + market->n_blocks; b++) {
        bits |= workspace->order_bits[b];
    }
    return units_end(bits);
}

/* Whether some float of n is no price. Its bits, from those of the least number above zero to those below
 * infinity, are without a sign, one less and 2^23 more of them: three whole-number operations a float. */
static int prices_out(const float *price, int n)
{
    uint32_t signs = 0;
    for (int i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, price + i, sizeof bits);
        signs |= (bits - 1u) | (bits + 0x00800000u);
    }
    return signs >> 31 != 0;
}

static int cell_out(const ent_workspace_t *workspace, int c)
{
    return !is_flow(workspace->cell_value[c]) || !is_flow(workspace->cell_customs[c]) ||
           !is_flow(fabs(workspace->cell_duty[c])) || !is_flow(fabs(workspace->cell_refund[c]));
}

static int sums_out(const ent_tile_sums_t *sums)
{
    return units_end(sums->bits) || !isfinite(sums->sales_value) || !isfinite(sums->sales_cost) ||
           !isfinite(sums->weight) || !isfinite(sums->carry);
}

int ent_market_out_of_range(const ent_model_t *model, const ent_state_t *state,
                            const ent_workspace_t *workspace, int m)
{
    const ent_market_t *market = &model->market[m];
    if (market->n_slots == 0) {
        return 0;
    }
    int out = orders_out(workspace, market) || sums_out(&workspace->market_sums[m]) ||
              !isfinite(state->log_inclusive[m]) || !isfinite(workspace->market_step[m].budget) ||
              prices_out(workspace->spot_cost + market->first_presence, market->n_presences) ||
              prices_out(workspace->arrival_cost + market->first_presence, market->n_presences);
    for (int c = market->first_cell; c < market->first_cell + market->n_cells; c++) {
        out |= cell_out(workspace, c);
    }
    return out;
}

/* ---- which: once, at the end of a run ---- */

static const char *const WHY = "some parameter, path or shock moves it too far, and nothing after this step "
                               "can be counted";

/* `what` of a cell, or of a market as a whole when c < 0. */
static int fault_in(const ent_model_t *model, const ent_state_t *state, int m, int c, const char *what,
                    double value, ent_context_t *ctx)
{
    const ent_config_t *config = model->config;
    const ent_market_t *market = &model->market[m];
    return ent_fail(ctx, ENT_ERR_RANGE, "engine range", "step %d, %s%s%s, %s: %s is %g, out of its range: %s",
                    state->step, c >= 0 ? config->region[model->cell[c].origin] : "",
                    c >= 0 ? " to " : "purchases of ", config->region[market->destination],
                    config->sector[market->sector], what, value, WHY);
}

static int find_presence(const ent_model_t *model, const ent_state_t *state, const ent_workspace_t *workspace,
                         int m, ent_context_t *ctx)
{
    const ent_market_t *market = &model->market[m];
    for (int p = market->first_presence; p < market->first_presence + market->n_presences; p++) {
        const float spot = workspace->spot_cost[p], arrival = workspace->arrival_cost[p];
        if (!is_price(spot) || !is_price(arrival)) {
            return fault_in(model, state, m, model->presence_cell[p],
                            "the landed cost of a supplier (benchmark = 1)",
                            (double)(is_price(spot) ? arrival : spot), ctx);
        }
    }
    return 0;
}

/* The first number of a slot that is out of its range; NULL when none is. */
static const char *slot_fault(const ent_state_t *state, long slot, int32_t ordered, double *value)
{
    const struct {
        const char *what;
        double value;
        int out;
    } numbers[] = {
        {"what an importer orders (quantity units)", ordered, units_end(ordered)},
        {"what an importer has in stock and on its way (quantity units)", state->position[slot],
         units_end(state->position[slot])},
        {"the landed cost of an importer's stock (benchmark = 1)", (double)state->stock_cost[slot],
         !isfinite(state->stock_cost[slot])},
        {"an importer's retail price (benchmark = 1)", (double)state->retail[slot],
         !is_price(state->retail[slot])},
        {"the weight of a supplier in an importer's demand", (double)state->ces_weight[slot],
         !isfinite(state->ces_weight[slot])},
        {"an importer's expected demand (quantity units)", (double)state->smoothed[slot],
         !isfinite(state->smoothed[slot])},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (numbers[i].out) {
            *value = numbers[i].value;
            return numbers[i].what;
        }
    }
    return NULL;
}

static int find_slot(const ent_model_t *model, const ent_state_t *state, int m, ent_context_t *ctx)
{
    const ent_market_t *market = &model->market[m];
    const long ring = (long)((state->step - model->first_step) % model->n_ages) * model->n_slots;
    for (long slot = market->first_slot; slot < market->first_slot + market->n_slots; slot++) {
        double value;
        const char *what = slot_fault(state, slot, state->ring_quantity[ring + slot], &value);
        if (what != NULL) {
            const int p = market->first_presence + state->ring_supplier[ring + slot];
            return fault_in(model, state, m, model->presence_cell[p], what, value, ctx);
        }
    }
    return 0;
}

static int find_cell(const ent_model_t *model, const ent_state_t *state, const ent_workspace_t *workspace,
                     int m, ent_context_t *ctx)
{
    const ent_market_t *market = &model->market[m];
    for (int c = market->first_cell; c < market->first_cell + market->n_cells; c++) {
        if (cell_out(workspace, c)) {
            const int shipped = !is_flow(workspace->cell_value[c]);
            return fault_in(model, state, m, c,
                            shipped                                ? "the value shipped (million USD)"
                            : !is_flow(workspace->cell_customs[c]) ? "the customs value (million USD)"
                                                                   : "the duty or refund (million USD)",
                            shipped                                ? workspace->cell_value[c]
                            : !is_flow(workspace->cell_customs[c]) ? workspace->cell_customs[c]
                                                                   : workspace->cell_duty[c],
                            ctx);
        }
    }
    return 0;
}

/* An order that was cut after it was made, by rationing or a ban: the supplier of whom most is still asked.
 */
static int find_order(const ent_model_t *model, const ent_state_t *state, const ent_workspace_t *workspace,
                      int m, ent_context_t *ctx)
{
    const ent_market_t *market = &model->market[m];
    int most = market->first_presence;
    for (int p = most; p < market->first_presence + market->n_presences; p++) {
        most = workspace->order_sum[p] > workspace->order_sum[most] ? p : most;
    }
    return fault_in(model, state, m, model->presence_cell[most],
                    "what an importer orders, before it is rationed (quantity units, or more)", ENT_UNITS_END,
                    ctx);
}

static int find_market(const ent_model_t *model, const ent_state_t *state, const ent_workspace_t *workspace,
                       int m, ent_context_t *ctx)
{
    const ent_tile_sums_t *sums = &workspace->market_sums[m];
    if (!isfinite(workspace->market_step[m].budget)) {
        return fault_in(model, state, m, -1, "the expenditure of a mean importer (quantity units)",
                        (double)workspace->market_step[m].budget, ctx);
    }
    if (!isfinite(state->log_inclusive[m])) {
        return fault_in(model, state, m, -1, "the log of the inclusive landed cost", state->log_inclusive[m],
                        ctx);
    }
    if (orders_out(workspace, &model->market[m])) {
        return find_order(model, state, workspace, m, ctx);
    }
    return fault_in(model, state, m, -1, "the sum of sales, or of what stays unspent (quantity units)",
                    isfinite(sums->carry) ? sums->sales_value : sums->carry, ctx);
}

int ent_range_step(const ent_model_t *model, const ent_state_t *state, const ent_workspace_t *workspace,
                   ent_context_t *ctx)
{
    for (int m = 0; m < model->n_markets; m++) {
        if (workspace->out_of_range[m]) {
            int code = find_presence(model, state, workspace, m, ctx);
            code = code == 0 ? find_slot(model, state, m, ctx) : code;
            code = code == 0 ? find_cell(model, state, workspace, m, ctx) : code;
            return code == 0 ? find_market(model, state, workspace, m, ctx) : code;
        }
    }
    return 0;
}

int ent_range_incomes(const ent_model_t *model, const ent_state_t *state, ent_context_t *ctx)
{
    const ent_config_t *config = model->config;
    for (int m = 0; m < model->n_markets; m++) {
        if (!is_flow(state->expenditure[m]) || !isfinite(state->log_bundle[m])) {
            return fault_in(model, state, m, -1, "the expenditure of the market (million USD)",
                            state->expenditure[m], ctx);
        }
    }
    for (int r = 0; r < model->n_region; r++) {
        if (!isfinite(state->log_wage[r]) || !is_flow(fabs(state->income[r]))) {
            return ent_fail(ctx, ENT_ERR_RANGE, "engine range",
                            "step %d, %s: its log wage is %g and its income %g: %s", state->step,
                            config->region[r], state->log_wage[r], state->income[r], WHY);
        }
    }
    return 0;
}
