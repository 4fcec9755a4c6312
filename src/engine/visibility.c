/* Visibility of presences against the benchmark: what entry, exit and failure leave of it, less what moved to
 * plants. */
#include "engine/workspace.h"

void ent_visibility_factors(const ent_model_t *model, const ent_world_t *world, int regime,
                            ent_state_t *state, ent_workspace_t *workspace)
{
    (void)world;
    (void)regime;
    for (int p = 0; p < model->n_presences; p++) {
        workspace->visibility_factor[p] = state->mass[p] * (1.0 - state->moved[p]);
    }
}
