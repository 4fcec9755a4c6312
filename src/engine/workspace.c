/* Scratch of a replication: one table of arrays drives allocation, release and memory planning. */
#include "engine/workspace.h"

#include <math.h>
#include <stdlib.h>

static long horizon_steps(const ent_model_t *model)
{
    return lround(model->config->global.expectation_horizon * model->config->calendar.steps_per_year / 12.0) +
           1;
}

/* Steps of a quota's projected filling. */
static long quota_length(const ent_model_t *model)
{
    return horizon_steps(model) + ENT_MAX_LAG + 1;
}

/* One entry per array: X(name, type, count). */
#define ENT_WORKSPACE(X)                                                                                     \
    X(spot_log, float, model->n_cells)                                                                       \
    X(arrival_log, float, model->n_cells)                                                                    \
    X(marginal_rate, float, model->n_cells)                                                                  \
    X(left_to_spend, double, model->config->n_purchases > 0 ? model->n_markets : 0)                          \
    X(cell_bought, double, model->config->n_purchases > 0 ? model->n_cells : 0)                              \
    X(ship_share, float, model->n_cells)                                                                     \
    X(quota_closed, float, model->n_quotas *quota_length(model))                                             \
    X(quota_full, int, model->n_quotas)                                                                      \
    X(quota_open, double, model->n_quotas)                                                                   \
    X(quota_value, double, model->n_quotas)                                                                  \
    X(duty_rate, float, model->n_cells)                                                                      \
    X(final_rate, float, model->n_cells)                                                                     \
    X(refund_due, int, model->n_cells)                                                                       \
    X(choice_log, float, (long)ENT_BELIEF_TYPES * model->n_cells)                                            \
    X(stock_change, float, (long)ENT_BELIEF_TYPES * model->n_cells)                                          \
    X(typed, unsigned char, model->n_markets)                                                                \
    X(productivity, ent_productivity_t, model->n_sector)                                                     \
    X(firm_log_cost, double, model->n_firms)                                                                 \
    X(target, float, (long)ENT_BELIEF_TYPES * model->n_presences)                                            \
    X(arrival_cost, float, model->n_presences)                                                               \
    X(spot_cost, float, model->n_presences)                                                                  \
    X(choice_cost, float, (long)ENT_BELIEF_TYPES * model->n_presences)                                       \
    X(enter_log, float, (long)ENT_BELIEF_TYPES * model->n_cells)                                             \
    X(stay_log, float, (long)ENT_BELIEF_TYPES * model->n_cells)                                              \
    X(firm_cost, double, model->n_firms)                                                                     \
    X(firm_profit, double, model->n_firms)                                                                   \
    X(firm_sales, double, model->n_firms)                                                                    \
    X(firm_ahead, double, model->n_firms)                                                                    \
    X(firm_exports, double, model->n_firms)                                                                  \
    X(rank_sales, double, 100L * model->n_sector)                                                            \
    X(largest, double, 100L * model->n_sector)                                                               \
    X(firm_was, uint8_t, model->n_firms)                                                                     \
    X(margin_count, ent_margin_count_t, 2L * model->n_markets)                                               \
    X(visibility_factor, double, model->n_presences)                                                         \
    X(moving, float, model->n_presences)                                                                     \
    X(order_sum, int64_t, model->n_presences)                                                                \
    X(rationed, uint8_t, model->n_markets)                                                                   \
    X(ration, double, model->n_firms)                                                                        \
    X(order_bits, int32_t, model->n_blocks)                                                                  \
    X(out_of_range, uint8_t, model->n_markets)                                                               \
    X(market_step, ent_market_step_t, model->n_markets)                                                      \
    X(tile_sums, ent_tile_sums_t, model->n_tiles)                                                            \
    X(cell_value, double, model->n_cells)                                                                    \
    X(cell_volume, double, model->n_cells)                                                                   \
    X(cell_customs, double, model->n_cells)                                                                  \
    X(cell_duty, double, model->n_cells)                                                                     \
    X(cell_refund, double, model->n_cells)                                                                   \
    X(cell_arrivals, int64_t, model->n_cells)                                                                \
    X(market_sums, ent_tile_sums_t, model->n_markets)                                                        \
    X(made, double, 3L * model->n_markets)                                                                   \
    X(receipts, double, model->n_markets)                                                                    \
    X(region_duty, double, model->n_region)                                                                  \
    X(stock_before, int64_t, model->n_markets)

/* Of one thread's sums; a multiple of a cache line. */
static long shared_length(const ent_model_t *model)
{
    return (model->n_shared + 7L) / 8 * 8 + 8;
}

size_t ent_workspace_bytes(const ent_model_t *model)
{
    size_t bytes = sizeof(ent_workspace_t);
#define ENT_WORKSPACE_BYTES(name, type, count) bytes += (size_t)(count) * sizeof(type);
    ENT_WORKSPACE(ENT_WORKSPACE_BYTES)
#undef ENT_WORKSPACE_BYTES
    return bytes + ent_share_bytes(model, 1) +
           (size_t)(shared_length(model) + horizon_steps(model)) * sizeof(int64_t);
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
        short_of_memory |= ent_share_init(&workspace->share, model, n_threads, ctx) != 0;
        workspace->shared_length = shared_length(model);
        workspace->shared_sum = calloc((size_t)n_threads, (size_t)shared_length(model) * sizeof(int64_t));
        workspace->quota_length = quota_length(model);
        workspace->path_length = horizon_steps(model);
        workspace->path = calloc((size_t)n_threads, (size_t)workspace->path_length * sizeof(float));
        const size_t quota_floats =
            model->n_quotas == 0 ? 1 : 2 * (size_t)model->config->n_regimes * (size_t)quota_length(model);
        workspace->quota_path = calloc((size_t)n_threads, quota_floats * sizeof(float));
        short_of_memory |=
            workspace->shared_sum == NULL || workspace->path == NULL || workspace->quota_path == NULL;
    }
    if (short_of_memory) {
        ent_workspace_free(workspace);
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, "engine workspace", "%zu bytes could not be had",
                        ent_workspace_bytes(model));
    }
    for (int c = 0; c < model->n_cells; c++) {
        workspace->duty_rate[c] = workspace->final_rate[c] = (float)model->cell[c].base_tariff;
        workspace->marginal_rate[c] = (float)model->cell[c].base_tariff;
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
    ent_share_free(&workspace->share);
    free(workspace->shared_sum);
    free(workspace->path);
    free(workspace->quota_path);
    free(workspace);
}
