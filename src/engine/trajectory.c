/* Trajectories in memory, and which world and chance draws a replication plays. */
#include "base/memory.h"

#include <entrepot/trajectory.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

int ent_trajectory_init(ent_trajectory_t *trajectory, const ent_config_t *config, ent_context_t *ctx)
{
    *trajectory = (ent_trajectory_t){.n_steps = config->n_steps, .agreement = {NAN, {NAN, NAN}, NAN}};
    for (int f = 0; f < ENT_N_FIELDS; f++) {
        size_t size = ent_field_size((ent_field_id_t)f, config->n_region, config->n_sector, config->n_flows);
        size_t n = (size_t)config->n_steps * size;
        if (n == 0)
            continue;
        if (size > SIZE_MAX / sizeof(float) / (size_t)config->n_steps ||
            (trajectory->value[f] = malloc(n * sizeof(float))) == NULL) {
            ent_trajectory_free(trajectory);
            return ent_fail(ctx, ENT_ERR_NO_MEMORY, "trajectory", "no memory for %d steps of %zu values",
                            config->n_steps, size);
        }
        /* What the engine does not record shows as missing, never as zero. */
        for (size_t i = 0; i < n; i++)
            trajectory->value[f][i] = NAN;
    }
    return 0;
}

void ent_trajectory_free(ent_trajectory_t *trajectory)
{
    for (int f = 0; f < ENT_N_FIELDS; f++)
        free(trajectory->value[f]);
    *trajectory = (ent_trajectory_t){0};
}

int ent_replication_init(ent_replication_t *replication, const ent_config_t *config, ent_context_t *ctx)
{
    const size_t n_draws = (size_t)config->n_draws + (size_t)config->n_shocks;
    *replication = (ent_replication_t){
        .n_scenarios = config->n_scenarios,
        .trajectory = ent_calloc(ctx, (size_t)config->n_scenarios, sizeof *replication->trajectory),
        .draws = ent_calloc(ctx, n_draws + 1, sizeof *replication->draws)};
    int code = replication->trajectory == NULL || replication->draws == NULL ? ENT_ERR_NO_MEMORY : 0;
    for (int i = 0; code == 0 && i < config->n_scenarios; i++) {
        code = ent_trajectory_init(&replication->trajectory[i], config, ctx);
    }
    if (code != 0) {
        ent_replication_free(replication);
    }
    return code;
}

void ent_replication_free(ent_replication_t *replication)
{
    for (int i = 0; replication->trajectory != NULL && i < replication->n_scenarios; i++) {
        ent_trajectory_free(&replication->trajectory[i]);
    }
    free(replication->trajectory);
    free(replication->draws);
    *replication = (ent_replication_t){0};
}

int ent_replication_count(const ent_config_t *config)
{
    return config->n_worlds + config->n_repeats;
}

int ent_replication_world(const ent_config_t *config, int replication)
{
    return replication < config->n_worlds ? replication : replication - config->n_worlds;
}

int ent_replication_chance(const ent_config_t *config, int replication)
{
    return replication < config->n_worlds ? 0 : 1;
}
