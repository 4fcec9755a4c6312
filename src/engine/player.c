#include "engine/player.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

void ent_player_free(ent_player_t *player)
{
    ent_state_free(&player->state);
    ent_state_free(&player->branch);
    ent_workspace_free(player->workspace);
    *player = (ent_player_t){0};
}

int ent_player_init(ent_player_t *player, const ent_model_t *model, int n_threads, const char *kernel,
                    ent_context_t *ctx)
{
    *player = (ent_player_t){.model = model};
    int code = ent_state_init(&player->state, model, ctx);
    if (code == 0 && model->config->n_scenarios > 1) {
        code = ent_state_init(&player->branch, model, ctx);
    }
    if (code == 0) {
        code = ent_workspace_init(&player->workspace, model, n_threads, kernel, ctx);
    }
    if (code != 0) {
        ent_player_free(player);
    }
    return code;
}

/* ---- a scenario
 * --------------------------------------------------------------------------------------------- */

static double thread_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int ask(ent_player_t *player, ent_context_t *ctx)
{
    return player->after_step != NULL ? player->after_step(player->data, ctx) : 0;
}

static int play_step(ent_player_t *player, const ent_world_t *world, int regime, ent_trajectory_t *trajectory,
                     ent_context_t *ctx)
{
    const double begin = thread_seconds();
    const int code =
        ent_step(player->model, world, regime, &player->state, player->workspace, trajectory, ctx);
    ent_talks_observe(player->model, &player->state, player->workspace);
    player->in_steps += thread_seconds() - begin;
    return code;
}

static int play_to(ent_player_t *player, const ent_world_t *world, int regime, int last,
                   ent_trajectory_t *trajectory, ent_context_t *ctx)
{
    int code = 0;
    while (code == 0 && player->state.step < last) {
        code = play_step(player, world, regime, trajectory, ctx);
        if (code == 0 && player->state.step < last) {
            code = ask(player, ctx);
        }
    }
    return code;
}

static int play_talks(ent_player_t *player, const ent_world_t *world, ent_trajectory_t *trajectory,
                      ent_context_t *ctx)
{
    const double begin = thread_seconds();
    const int code = ent_play_talks(player->model, world, &player->state, player->workspace, trajectory, ctx);
    player->in_steps += thread_seconds() - begin;
    return code;
}

/* Play a scenario from the step at hand to `last`, its own regime or the talks that lead to one. */
static int play_scenario(ent_player_t *player, const ent_world_t *world, const ent_scenario_t *scenario,
                         int last, ent_trajectory_t *trajectory, ent_context_t *ctx)
{
    ent_world_t view;
    if (scenario->negotiated && last == player->model->config->n_steps) {
        return play_talks(player, world, trajectory, ctx);
    }
    int code = ent_world_as(&view, world, player->model, scenario->regime, ctx);
    if (code == 0) {
        player->workspace->odds = (ent_odds_t){.held = scenario->held};
        code = play_to(player, &view, scenario->regime, last, trajectory, ctx);
        ent_world_as_free(&view);
    }
    player->workspace->odds = (ent_odds_t){0};
    return code;
}

/* ---- a replication
 * ------------------------------------------------------------------------------------------ */

static void copy_history(const ent_model_t *model, const ent_trajectory_t *from, ent_trajectory_t *to,
                         int n_steps)
{
    for (int f = 0; f < ENT_N_FIELDS; f++) {
        const size_t n =
            ent_field_size((ent_field_id_t)f, model->n_region, model->n_sector, model->config->n_flows);
        memcpy(to->value[f], from->value[f], n * (size_t)n_steps * sizeof(float));
    }
}

/* The state in which a scenario begins: where the shared history ended. */
static void begin_scenario(ent_player_t *player, ent_trajectory_t *trajectory, int scenario, int branch)
{
    if (scenario > 0) {
        ent_state_copy(&player->state, &player->branch);
        player->workspace->stock_known = 0;
        copy_history(player->model, &trajectory[0], &trajectory[scenario], branch > 0 ? branch : 0);
    }
}

/* The history that the scenarios share, up to the branch step. */
static int play_history(ent_player_t *player, const ent_world_t *world, int branch,
                        ent_trajectory_t *trajectory, ent_context_t *ctx)
{
    const int code =
        play_scenario(player, world, &player->model->config->scenarios[0], branch, trajectory, ctx);
    if (code == 0) {
        ent_state_copy(&player->branch, &player->state);
        player->phase = 1;
    }
    return code;
}

/* From where the player stands to the end of the replication. */
static int play_phases(ent_player_t *player, const ent_world_t *world, ent_trajectory_t *trajectory,
                       ent_context_t *ctx)
{
    const ent_config_t *config = player->model->config;
    const int last = config->n_steps;
    const int branch = player->model->branch_step < last ? player->model->branch_step : last;
    int code = player->phase == 0 ? play_history(player, world, branch, trajectory, ctx) : 0;
    for (int i = player->phase - 1; code == 0 && i < config->n_scenarios; i++) {
        /* talks are played again from their beginning: what they hang on is more than the state */
        if (!player->resumed || config->scenarios[i].negotiated) {
            begin_scenario(player, trajectory, i, branch);
        }
        if (i == 0 && player->resumed && config->scenarios[0].negotiated && config->n_scenarios > 1) {
            ent_state_copy(&player->state, &player->branch);
        }
        player->resumed = 0;
        player->phase = 1 + i;
        code = play_scenario(player, world, &config->scenarios[i], last, &trajectory[i], ctx);
        if (code == 0 && i + 1 < config->n_scenarios) {
            player->phase = 2 + i;
            begin_scenario(player, trajectory, i + 1, branch);
            player->resumed = 1; /* begun already */
            code = ask(player, ctx);
        }
    }
    player->resumed = 0;
    return code;
}

int ent_player_play(ent_player_t *player, int replication, ent_replication_t *played, ent_context_t *ctx)
{
    const ent_model_t *model = player->model;
    const ent_config_t *config = model->config;
    ent_world_t world;
    int code = ent_world_init(&world, model, ent_replication_world(config, replication),
                              ent_replication_chance(config, replication), ctx);
    if (code != 0) {
        return code;
    }
    if (played->draws != NULL) {
        memcpy(played->draws, world.draws, (size_t)(config->n_draws + config->n_shocks) * sizeof(double));
    }
    player->workspace->stock_known = 0;
    if (!player->resumed) {
        ent_state_begin(&player->state, model, &world);
        player->phase = config->n_scenarios > 1 ? 0 : 1;
    }
    code = play_phases(player, &world, played->trajectory, ctx);
    ent_world_free(&world, model);
    return code;
}
