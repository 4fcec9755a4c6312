/* Scratch of a replication, made, measured and freed by its table in workspace.h. */
#include "engine/workspace.h"

#include <math.h>
#include <stdlib.h>

long ent_path_length(const ent_model_t *model)
{
    return lround(model->config->global.expectation_horizon * model->config->calendar.steps_per_year / 12.0) +
           1;
}

long ent_quota_length(const ent_model_t *model)
{
    return ent_path_length(model) + ENT_MAX_LAG + 1;
}

long ent_shared_length(const ent_model_t *model)
{
    return (model->n_shared + 7L) / 8 * 8 + 8;
}

size_t ent_workspace_bytes(const ent_model_t *model)
{
    const int n_threads = 1;
    size_t bytes = sizeof(ent_workspace_t) + ent_partition_bytes(model, n_threads);
#define ENT_WORKSPACE_BYTES(name, type, count) bytes += (size_t)(count) * sizeof(type);
    ENT_WORKSPACE(ENT_WORKSPACE_BYTES)
#undef ENT_WORKSPACE_BYTES
    return bytes;
}

int ent_workspace_init(ent_workspace_t **out, const ent_model_t *model, int n_threads, const char *kernel,
                       ent_context_t *ctx)
{
    *out = NULL;
    ent_workspace_t *workspace = calloc(1, sizeof *workspace);
    int short_of_memory = workspace == NULL;
    if (workspace != NULL) {
        workspace->n_threads = n_threads;
        workspace->kernel = ent_kernel_select(kernel);
#define ENT_WORKSPACE_ALLOCATE(name, type, count)                                                            \
    workspace->name = calloc((size_t)(count) + 1, sizeof(type));                                             \
    short_of_memory |= workspace->name == NULL;
        ENT_WORKSPACE(ENT_WORKSPACE_ALLOCATE)
#undef ENT_WORKSPACE_ALLOCATE
        short_of_memory |= ent_partition_init(&workspace->partition, model, n_threads, ctx) != 0;
        workspace->path_length = ent_path_length(model);
        workspace->shared_length = ent_shared_length(model);
        workspace->quota_length = ent_quota_length(model);
    }
    if (short_of_memory) {
        ent_workspace_free(workspace);
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, "engine workspace", "%zu bytes could not be had",
                        ent_workspace_bytes(model));
    }
    for (int c = 0; c < model->n_cells; c++) {
        workspace->duty_rate[c] = workspace->final_rate[c] = (float)model->cell[c].base_tariff;
        workspace->marginal_rate[c] = (float)model->cell[c].base_tariff;
        workspace->customs_per_landed[c] = model->cell[c].customs_per_landed;
    }
    if (workspace->kernel == NULL) {
        ent_workspace_free(workspace);
        return ent_fail(ctx, ENT_ERR_USAGE, "engine workspace",
                        "this processor does not run the kernels named \"%s\" (portable, avx2, avx512)",
                        kernel);
    }
    for (int p = 0; p < model->n_presences; p++) {
        workspace->visibility_factor[p] = 1.0;
    }
    *out = workspace;
    return 0;
}

void ent_workspace_free(ent_workspace_t *workspace)
{
    if (workspace == NULL) {
        return;
    }
#define ENT_WORKSPACE_FREE(name, type, count) free(workspace->name);
    ENT_WORKSPACE(ENT_WORKSPACE_FREE)
#undef ENT_WORKSPACE_FREE
    ent_partition_free(&workspace->partition);
    free(workspace);
}
