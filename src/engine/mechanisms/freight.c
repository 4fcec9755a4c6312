/* Freight that follows demand (docs/model.md, "Freight"). Ships are given in the short run, so that what they
 * charge rises with what is shipped: an inverse supply of constant elasticity. With elasticity 0 freight is
 * that of the benchmark. */
#include "base/vmath.h"
#include "engine/workspace.h"

/* Freight of a cell at the benchmark, share of basic price; 0 within a region. */
static double benchmark_freight(const ent_model_t *model, int c)
{
    const ent_cell_t *cell = &model->cell[c];
    return cell->origin == model->market[cell->market].destination
               ? 0.0
               : cell->customs_per_landed / cell->basic_per_landed - 1.0;
}

/* (1 + f g) / (1 + f) with f the cell's benchmark freight and ln g that of a step. */
static double freight_factor(const ent_model_t *model, int c, double log_index)
{
    const double freight = benchmark_freight(model, c);
    return log_index == 0.0 || freight <= 0.0 ? 1.0 : (1.0 + freight * ent_exp(log_index)) / (1.0 + freight);
}

/* What a step's freight does to landed cost: of orders at once, of arrivals that of their shipment, of a
 * contract as if it stayed. Cells no measure reaches have no outlook of their own to begin from. */
static void move_cell(const ent_model_t *model, ent_workspace_t *workspace, int c, int has_outlook,
                      double now, double then)
{
    workspace->customs_per_landed[c] = model->cell[c].customs_per_landed * now;
    workspace->spot_log[c] = (float)ent_log(now) + (has_outlook ? workspace->spot_log[c] : 0.0f);
    workspace->arrival_log[c] = (float)ent_log(then) + (has_outlook ? workspace->arrival_log[c] : 0.0f);
    for (int k = 0; k < ENT_BELIEF_TYPES; k++) {
        float *choice = &workspace->choice_log[(long)k * model->n_cells + c];
        float *landed = &workspace->landed_log[(long)k * model->n_cells + c];
        *choice = (float)ent_log(now) + (has_outlook ? *choice : 0.0f);
        *landed = (float)ent_log(now) + (has_outlook ? *landed : 0.0f);
    }
}

void ent_freight_price(const ent_model_t *model, const ent_world_t *world, int regime, ent_state_t *state,
                       ent_workspace_t *workspace)
{
    const int u = state->step - model->first_step;
    (void)regime;
    /* a world without it may follow one with it in the same scratch */
    if (world->global.freight_elasticity == 0.0 && !workspace->freight_moved[0]) {
        return;
    }
    workspace->freight_moved[0] = 1;
    for (int c = 0, i = 0; c < model->n_cells; c++) {
        const int touched = i < model->n_touched && model->touched[i] == c;
        const int at = (u + model->n_ages - model->cell_lag[c]) % model->n_ages;
        i += touched;
        move_cell(model, workspace, c, touched,
                  freight_factor(model, c, state->freight_ring[u % model->n_ages]),
                  freight_factor(model, c, state->freight_ring[at]));
    }
}

/* The index of the next step: g = (W / W0)^elasticity, W the freight of this step's shipments at benchmark
 * rates. */
void ent_freight_follow(const ent_model_t *model, const ent_world_t *world, int regime, ent_state_t *state,
                        ent_workspace_t *workspace)
{
    const int u = state->step - model->first_step;
    double shipped = 0.0, benchmark = 0.0;
    (void)regime;
    if (world->global.freight_elasticity == 0.0) {
        return;
    }
    for (int c = 0; c < model->n_cells; c++) {
        const ent_cell_t *cell = &model->cell[c];
        const double freight = benchmark_freight(model, c);
        shipped += freight * workspace->cell_volume[c];
        benchmark += freight * cell->share * model->market[cell->market].expenditure * cell->basic_per_landed;
    }
    state->freight_ring[(u + 1) % model->n_ages] =
        shipped > 0.0 && benchmark > 0.0 ? world->global.freight_elasticity * ent_log(shipped / benchmark)
                                         : 0.0;
}
