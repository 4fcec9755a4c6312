/* Runs: replications over threads when there are enough of them, agents over threads when there are not;
 * scenarios of a replication share their history up to the branch step, which is played once. */
#include "engine/workspace.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Everything one thread needs to play a replication. */
typedef struct {
    ent_state_t state, branch;
    ent_workspace_t *workspace;
    ent_trajectory_t *trajectory; /* [n_scenarios] */
    double *draws;
} player_t;

static void player_free(player_t *player, const ent_model_t *model)
{
    ent_state_free(&player->state);
    ent_state_free(&player->branch);
    ent_workspace_free(player->workspace);
    for (int i = 0; player->trajectory != NULL && i < model->config->n_scenarios; i++) {
        ent_trajectory_free(&player->trajectory[i]);
    }
    free(player->trajectory);
    free(player->draws);
    *player = (player_t){0};
}

static int player_init(player_t *player, const ent_model_t *model, int n_threads, const char *kernel,
                       int with_trajectories, ent_context_t *ctx)
{
    const ent_config_t *config = model->config;
    *player = (player_t){0};
    int code = ent_state_init(&player->state, model, ctx);
    if (code == 0 && config->n_scenarios > 1) {
        code = ent_state_init(&player->branch, model, ctx);
    }
    if (code == 0) {
        code = ent_workspace_init(&player->workspace, model, n_threads, kernel, ctx);
    }
    if (code == 0 && with_trajectories) {
        player->trajectory = calloc((size_t)config->n_scenarios, sizeof *player->trajectory);
        player->draws = calloc((size_t)(config->n_draws + config->n_shocks) + 1, sizeof *player->draws);
        if (player->trajectory == NULL || player->draws == NULL) {
            code = ent_fail(ctx, ENT_ERR_NO_MEMORY, "engine run", "no memory for trajectories");
        }
        for (int i = 0; code == 0 && i < config->n_scenarios; i++) {
            code = ent_trajectory_init(&player->trajectory[i], config, ctx);
        }
    }
    if (code != 0) {
        player_free(player, model);
    }
    return code;
}

static void copy_history(const ent_model_t *model, const ent_trajectory_t *from, ent_trajectory_t *to,
                         int n_steps)
{
    for (int f = 0; f < ENT_N_FIELDS; f++) {
        const size_t n =
            ent_field_size((ent_field_id_t)f, model->n_region, model->n_sector, model->config->n_flows);
        memcpy(to->value[f], from->value[f], n * (size_t)n_steps * sizeof(float));
    }
}

static int play_to(const ent_model_t *model, const ent_world_t *world, int regime, player_t *player, int last,
                   ent_trajectory_t *trajectory, ent_context_t *ctx)
{
    int code = 0;
    while (code == 0 && player->state.step < last) {
        code = ent_step(model, world, regime, &player->state, player->workspace, trajectory, ctx);
        ent_talks_observe(model, &player->state, player->workspace);
    }
    return code;
}

/* Play a scenario from the step at hand to `last`, its own regime or the talks that lead to one. */
static int play_scenario(const ent_model_t *model, const ent_world_t *world, const ent_scenario_t *scenario,
                         player_t *player, int last, ent_trajectory_t *trajectory, ent_context_t *ctx)
{
    ent_world_t view;
    if (scenario->negotiated && last == model->config->n_steps) {
        return ent_play_talks(model, world, &player->state, player->workspace, trajectory, ctx);
    }
    int code = ent_world_as(&view, world, model, scenario->regime, ctx);
    if (code == 0) {
        player->workspace->odds = (ent_odds_t){.held = scenario->held};
        code = play_to(model, &view, scenario->regime, player, last, trajectory, ctx);
        ent_world_as_free(&view);
    }
    player->workspace->odds = (ent_odds_t){0};
    return code;
}

/* Play all scenarios of a replication: common history first, then each scenario from the branch. */
static int play(const ent_model_t *model, int replication, player_t *player, ent_trajectory_t *trajectory,
                double *draws, ent_context_t *ctx)
{
    const ent_config_t *config = model->config;
    const int last = config->n_steps;
    const int branch = model->branch_step < last ? model->branch_step : last;
    ent_world_t world;
    int code = ent_world_init(&world, model, ent_replication_world(config, replication),
                              ent_replication_chance(config, replication), ctx);
    if (code != 0) {
        return code;
    }
    if (draws != NULL) {
        memcpy(draws, world.draws, (size_t)(config->n_draws + config->n_shocks) * sizeof *draws);
    }
    ent_state_begin(&player->state, model, &world);
    player->workspace->stock_known = 0;
    if (config->n_scenarios > 1) {
        code = play_scenario(model, &world, &config->scenarios[0], player, branch, &trajectory[0], ctx);
        ent_state_copy(&player->branch, &player->state);
    }
    for (int i = 0; code == 0 && i < config->n_scenarios; i++) {
        if (i > 0) {
            ent_state_copy(&player->state, &player->branch);
            player->workspace->stock_known = 0;
            copy_history(model, &trajectory[0], &trajectory[i], branch > 0 ? branch : 0);
        }
        code = play_scenario(model, &world, &config->scenarios[i], player, last, &trajectory[i], ctx);
    }
    ent_world_free(&world, model);
    return code;
}

int ent_play(const ent_model_t *model, int replication, const ent_run_options_t *options,
             ent_trajectory_t *trajectories, double *draws, ent_context_t *ctx)
{
    player_t player;
    const int n_threads = options != NULL && options->n_threads > 0 ? options->n_threads : 1;
    int code = player_init(&player, model, n_threads, options != NULL ? options->kernel : NULL, 0, ctx);
    if (code == 0) {
        code = play(model, replication, &player, trajectories, draws, ctx);
        player_free(&player, model);
    }
    return code;
}

/* ---- the ensemble
 * --------------------------------------------------------------------------------------------- */

static double now_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct {
    const ent_model_t *model;
    const ent_run_options_t *options;
    ent_results_t *results;
    ent_context_t *ctx;
    double begin;
    int n_done, code, stopped;
} ensemble_t;

/* One at a time: write a played replication and report progress. */
static int hand_in(ensemble_t *ensemble, int replication, const player_t *player)
{
    const ent_config_t *config = ensemble->model->config;
    int code = 0;
    for (int i = 0; ensemble->results != NULL && code == 0 && i < config->n_scenarios; i++) {
        code = ent_results_write(ensemble->results, i, replication, &player->trajectory[i],
                                 i == 0 ? player->draws : NULL, ensemble->ctx);
    }
    ensemble->n_done++;
    if (code == 0 && ensemble->options->progress != NULL &&
        ensemble->options->progress(ensemble->options->progress_data, ensemble->n_done,
                                    ent_replication_count(config), now_seconds() - ensemble->begin) != 0) {
        code = ent_fail(ensemble->ctx, ENT_ERR_STOPPED, "engine run",
                        "stopped on request after %d of %d replications", ensemble->n_done,
                        ent_replication_count(config));
    }
    return code;
}

/* Hand in when it is this thread's turn; a second call after a failure does nothing. */
static int take_turn(ensemble_t *ensemble, int replication, const player_t *player, double played)
{
    ent_run_timing_t *timing = ensemble->options->timing;
    const double asked = now_seconds();
    int code;
#pragma omp critical(ent_hand_in)
    {
        const double begin = now_seconds();
        code = ensemble->stopped ? 0 : hand_in(ensemble, replication, player);
        if (code != 0) {
#pragma omp atomic write
            ensemble->stopped = 1;
            ensemble->code = ensemble->code == 0 ? code : ensemble->code;
        }
        if (timing != NULL) {
            timing->playing += played;
            timing->waiting_to_write += begin - asked;
            timing->writing += now_seconds() - begin;
        }
    }
    return code;
}

static void play_share(ensemble_t *ensemble, int n_inner)
{
    const ent_model_t *model = ensemble->model;
    const int n = ent_replication_count(model->config);
    player_t player;
    ent_context_t own;
    ent_context_init(&own);
    int code = player_init(&player, model, n_inner, ensemble->options->kernel, 1, &own);
#pragma omp for schedule(dynamic, 1)
    for (int r = 0; r < n; r++) {
        int stopped;
#pragma omp atomic read
        stopped = ensemble->stopped;
        if (code != 0 || stopped) {
            continue;
        }
        const double begin = now_seconds();
        code = play(model, r, &player, player.trajectory, player.draws, &own);
        if (code == 0) {
            code = take_turn(ensemble, r, &player, now_seconds() - begin);
        } else {
#pragma omp atomic write
            ensemble->stopped = 1;
        }
    }
    if (own.code != 0) {
#pragma omp critical(ent_hand_in)
        {
            /* Memory may have been too short even for the report. */
            const ent_fault_t none = {.code = own.code};
            const ent_fault_t *fault = own.n_faults > 0 ? &own.faults[0] : &none;
            ensemble->code = ensemble->code == 0 ? fault->code : ensemble->code;
            ent_fault(ensemble->ctx, fault->code, fault->file, fault->line, fault->column, fault->key,
                      fault->value, fault->nearest, "%s",
                      fault->rule != NULL ? fault->rule : ent_error_name(fault->code));
        }
    }
    ent_context_free(&own);
    player_free(&player, model);
}

int ent_run(const ent_model_t *model, const ent_run_options_t *options, ent_results_t *results,
            ent_context_t *ctx)
{
    const ent_run_options_t none = {.split_agents = -1};
    ensemble_t ensemble = {
        .model = model, .options = options != NULL ? options : &none, .results = results, .ctx = ctx};
    const int n_threads =
        ensemble.options->n_threads > 0 ? ensemble.options->n_threads : omp_get_max_threads();
    const int enough = ent_replication_count(model->config) >= n_threads;
    const int split = ensemble.options->split_agents < 0 ? !enough : ensemble.options->split_agents;
    ensemble.begin = now_seconds();
    omp_set_max_active_levels(split ? 1 : 2);
    if (split) {
        play_share(&ensemble, n_threads);
    } else {
#pragma omp parallel num_threads(n_threads)
        play_share(&ensemble, 1);
    }
    return ensemble.code;
}

void ent_model_plan(const ent_model_t *model, ent_plan_t *plan)
{
    const ent_config_t *config = model->config;
    const int last = config->n_steps;
    const int branch = config->n_scenarios > 1 && model->branch_step < last ? model->branch_step : last;
    const int shared = branch - model->first_step, own = last - branch;
    *plan = (ent_plan_t){.n_markets = model->n_markets,
                         .n_scenarios = config->n_scenarios,
                         .n_replications = ent_replication_count(config),
                         .branch_step = branch,
                         .n_importers = model->n_importers,
                         .n_slots = model->n_slots,
                         .n_presences = model->n_presences,
                         .n_firms = model->n_firms};
    plan->bytes_per_replication = (double)ent_state_bytes(model) * (config->n_scenarios > 1 ? 2.0 : 1.0) +
                                  (double)ent_workspace_bytes(model);
    double values = 0.0;
    for (int f = 0; f < ENT_N_FIELDS; f++) {
        values +=
            (double)ent_field_size((ent_field_id_t)f, model->n_region, model->n_sector, config->n_flows);
    }
    values *= (double)config->n_steps * config->n_scenarios;
    plan->bytes_per_replication += values * sizeof(float);
    plan->result_bytes = values * sizeof(float) * plan->n_replications;
    plan->slot_steps = (double)model->n_slots * plan->n_replications *
                       (shared + (config->n_scenarios > 1 ? (double)own * config->n_scenarios : 0.0));
}
