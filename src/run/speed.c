#include "run/speed.h"

#include "base/memory.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct {
    ent_state_t state;
    ent_workspace_t *workspace;
    ent_trajectory_t trajectory;
} player_t;

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void player_free(player_t *player)
{
    ent_state_free(&player->state);
    ent_workspace_free(player->workspace);
    ent_trajectory_free(&player->trajectory);
}

static int player_init(player_t *player, const ent_speed_case_t *speed, int n_threads, ent_context_t *ctx)
{
    *player = (player_t){0};
    int code = ent_state_init(&player->state, speed->model, ctx);
    if (code == 0) {
        code = ent_workspace_init(&player->workspace, speed->model, n_threads, speed->kernel, ctx);
    }
    return code == 0 ? ent_trajectory_init(&player->trajectory, speed->model->config, ctx) : code;
}

/* From where the player stands to step `last`; from step 0 on recorded. */
static int play_to(player_t *player, const ent_speed_case_t *speed, int last, ent_context_t *ctx)
{
    const int regime = speed->model->config->scenarios[0].regime;
    int code = 0;
    while (code == 0 && player->state.step < last) {
        code = ent_step(speed->model, speed->world, regime, &player->state, player->workspace,
                        &player->trajectory, ctx);
    }
    return code;
}

/* Through the burn-in: pages touched, waits and stocks settled. */
static int warm(player_t *player, const ent_speed_case_t *speed, ent_context_t *ctx)
{
    ent_state_begin(&player->state, speed->model, speed->world);
    player->workspace->stock_known = 0;
    return play_to(player, speed, 0, ctx);
}

static uint64_t hash_of(const ent_model_t *model, const ent_trajectory_t *trajectory)
{
    const ent_config_t *c = model->config;
    uint64_t hash = 0;
    for (int f = 0; f < ENT_N_FIELDS; f++) {
        const size_t n = ent_field_size((ent_field_id_t)f, c->n_region, c->n_sector, c->n_flows);
        for (size_t i = 0; i < n * (size_t)c->n_steps; i++) {
            uint32_t bits;
            memcpy(&bits, &trajectory->value[f][i], sizeof bits);
            hash = ent_mix64(hash ^ bits);
        }
    }
    return hash;
}

static double slot_steps(const ent_speed_case_t *speed)
{
    return (double)speed->model->n_slots * speed->model->config->n_steps;
}

int ent_speed_one(const ent_speed_case_t *speed, int n_threads, int with_phases, ent_speed_t *out,
                  ent_context_t *ctx)
{
    const clockid_t clock = n_threads > 1 ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID;
    const double per_slot_step = 1e9 / slot_steps(speed);
    player_t player;
    *out = (ent_speed_t){.ns = 1e99};
    int code = player_init(&player, speed, n_threads, ctx);
    for (int i = 0; code == 0 && i < speed->n_repeats; i++) {
        double phase[ENT_N_PHASES + 1] = {0};
        code = warm(&player, speed, ctx);
        player.workspace->phase_seconds = with_phases ? phase : NULL;
        const double begin = seconds(clock);
        code = code == 0 ? play_to(&player, speed, speed->model->config->n_steps, ctx) : code;
        const double ns = (seconds(clock) - begin) * per_slot_step;
        player.workspace->phase_seconds = NULL;
        if (ns < out->ns) {
            out->ns = ns;
            for (int k = 0; k < ENT_N_PHASES; k++) {
                out->phase[k] = phase[k] * per_slot_step;
            }
            out->alone = phase[ENT_N_PHASES] * per_slot_step;
        }
    }
    out->hash = code == 0 ? hash_of(speed->model, &player.trajectory) : 0;
    player_free(&player);
    return code;
}

/* Wall nanoseconds per slot-step of a player by itself. Not in a parallel region, even one of one thread: in
 * those libgomp makes new threads for every loop. */
static int time_alone(player_t *player, const ent_speed_case_t *speed, double *fastest, ent_context_t *ctx)
{
    int code = warm(player, speed, ctx);
    const double begin = seconds(CLOCK_MONOTONIC);
    code = code == 0 ? play_to(player, speed, speed->model->config->n_steps, ctx) : code;
    const double ns = (seconds(CLOCK_MONOTONIC) - begin) * 1e9 / slot_steps(speed);
    *fastest = ns < *fastest ? ns : *fastest;
    return code;
}

/* The same of `n` players side by side, each on one thread. */
static int time_together(player_t *player, int n, const ent_speed_case_t *speed, double *fastest,
                         ent_context_t *ctx)
{
    int failed = 0;
    double begin = 0.0;
#pragma omp parallel num_threads(n) reduction(| : failed)
    {
        player_t *mine = &player[omp_get_thread_num()];
        ent_context_t own;
        ent_context_init(&own);
        int code = warm(mine, speed, &own);
#pragma omp barrier
#pragma omp single
        begin = seconds(CLOCK_MONOTONIC);
        code = code == 0 ? play_to(mine, speed, speed->model->config->n_steps, &own) : code;
        failed |= code != 0;
        ent_context_free(&own);
    }
    const double ns = (seconds(CLOCK_MONOTONIC) - begin) * 1e9 / (slot_steps(speed) * n);
    *fastest = ns < *fastest ? ns : *fastest;
    return failed ? ent_fail(ctx, ENT_ERR_BUG, "speed", "a replication could not be played") : 0;
}

int ent_speed_threads(const ent_speed_case_t *speed, int n_threads, double *split, double *side,
                      ent_context_t *ctx)
{
    /* players [0, n_threads) split agents over 1, 2, ... threads; the next n_threads are side by side */
    player_t *player = ent_calloc(ctx, 2 * (size_t)n_threads, sizeof *player);
    int code = player == NULL ? ENT_ERR_NO_MEMORY : 0;
    for (int t = 0; code == 0 && t < n_threads; t++) {
        split[t] = side[t] = 1e99;
        code = player_init(&player[t], speed, t + 1, ctx);
        code = code == 0 ? player_init(&player[n_threads + t], speed, 1, ctx) : code;
    }
    for (int i = 0; code == 0 && i < speed->n_repeats; i++) {
        for (int t = 0; code == 0 && t < n_threads; t++) {
            code = time_alone(&player[t], speed, &split[t], ctx);
            code = code == 0 ? time_together(player + n_threads, t + 1, speed, &side[t], ctx) : code;
        }
    }
    for (int t = 0; player != NULL && t < 2 * n_threads; t++) {
        player_free(&player[t]);
    }
    free(player);
    return code;
}

double ent_speed_bytes_per_slot(const ent_model_t *model)
{
    return ((double)ent_state_bytes(model) + (double)ent_workspace_bytes(model)) / (double)model->n_slots;
}
