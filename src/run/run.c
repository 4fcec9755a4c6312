/* Runs: replications over threads when there are enough of them, agents over threads when there are not;
 * scenarios of a replication share their history up to the branch step, which is played once. */
#include "engine/workspace.h"

#include "base/memory.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Everything one thread needs to play a replication. */
typedef struct {
    ent_state_t state, branch;
    ent_workspace_t *workspace;
    ent_trajectory_t *trajectory; /* [n_scenarios] */
    double *draws;
    /* where it stands, for checkpoints */
    const ent_run_options_t *options;
    int replication; /* being played; -1: none */
    int phase;       /* 0: history shared by the scenarios; 1 + i: scenario i */
    int n_saved;     /* checkpoints it has taken part in */
    int resumed;     /* 1: state, branch and trajectories are those of a checkpoint */
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

/* Everything of a player that a checkpoint holds. */
static int player_blobs(const player_t *player, const ent_model_t *model, ent_blob_t *blobs,
                        char (*names)[32])
{
    const ent_config_t *config = model->config;
    int n = 0;
    blobs[n++] = (ent_blob_t){"state", player->state.arena_size, player->state.arena};
    if (player->branch.arena != NULL) {
        blobs[n++] = (ent_blob_t){"branch", player->branch.arena_size, player->branch.arena};
    }
    for (int s = 0; s < config->n_scenarios; s++) {
        for (int f = 0; f < ENT_N_FIELDS; f++) {
            const size_t size =
                ent_field_size((ent_field_id_t)f, model->n_region, model->n_sector, config->n_flows) *
                (size_t)config->n_steps * sizeof(float);
            if (size > 0) {
                snprintf(names[n], sizeof names[n], "s%02d_%02d", s, f);
                blobs[n] = (ent_blob_t){names[n], size, player->trajectory[s].value[f]};
                n++;
            }
        }
        snprintf(names[n], sizeof names[n], "s%02d_agreement", s);
        blobs[n] = (ent_blob_t){names[n], sizeof(ent_agreement_t), &player->trajectory[s].agreement};
        n++;
    }
    return n;
}

typedef int (*flight_work_t)(player_t *player, const ent_model_t *model, const ent_blob_t *blobs, int n_blobs,
                             ent_context_t *ctx);

static int with_blobs(player_t *player, const ent_model_t *model, flight_work_t work, ent_context_t *ctx)
{
    const size_t most = 2 + (size_t)model->config->n_scenarios * (ENT_N_FIELDS + 1);
    ent_blob_t *blobs = ent_calloc(ctx, most, sizeof *blobs);
    char(*names)[32] = ent_calloc(ctx, most, sizeof *names);
    const int code = blobs == NULL || names == NULL
                         ? ENT_ERR_NO_MEMORY
                         : work(player, model, blobs, player_blobs(player, model, blobs, names), ctx);
    free(blobs);
    free(names);
    return code;
}

static int save_flight(player_t *player, const ent_model_t *model, const ent_blob_t *blobs, int n_blobs,
                       ent_context_t *ctx)
{
    (void)model;
    const ent_flight_t flight = {.replication = player->replication,
                                 .phase = player->phase,
                                 .step = player->state.step,
                                 .branch_step = player->branch.step};
    return ent_checkpoint_save_flight(player->options->checkpoint, &flight, blobs, n_blobs, ctx);
}

typedef struct {
    player_t *player;
    const ent_model_t *model;
} stand_t;

/* Put the player where the flight stands. 0 when nobody could have got there: no such step or phase, or a
 * state that no engine wrote. */
static int stand(void *data, const ent_flight_t *flight)
{
    const stand_t *at = data;
    player_t *player = at->player;
    const int n_scenarios = at->model->config->n_scenarios, last = at->model->config->n_steps;
    const int branch = at->model->branch_step < last ? at->model->branch_step : last;
    player->phase = flight->phase;
    player->state.step = flight->step;
    player->branch.step = flight->branch_step;
    if (flight->phase < (n_scenarios == 1) || flight->phase > n_scenarios ||
        !ent_state_sound(&player->state, at->model)) {
        return 0;
    }
    if (flight->phase == 0) {
        return flight->step <= branch;
    }
    return n_scenarios == 1 || (flight->step >= branch && flight->branch_step == branch &&
                                ent_state_sound(&player->branch, at->model));
}

static int load_flight(player_t *player, const ent_model_t *model, const ent_blob_t *blobs, int n_blobs,
                       ent_context_t *ctx)
{
    ent_flight_t flight;
    stand_t at = {player, model};
    return ent_checkpoint_load_flight(player->options->checkpoint, player->replication, &flight, blobs,
                                      n_blobs, stand, &at, &player->resumed, ctx);
}

/* A save that fails must not end a run that can go on without it. */
static int in_passing(ent_checkpoint_t *checkpoint, int code, const ent_context_t *own)
{
    if (code != 0) {
        ent_checkpoint_note_failure(checkpoint, own);
    }
    return 0;
}

/* Ask whether to save or to stop; a step, or a scenario, has just ended. */
static int poll(player_t *player, const ent_model_t *model, ent_context_t *ctx)
{
    const ent_run_options_t *options = player->options;
    int code = 0;
    if (options == NULL || options->poll == NULL || player->replication < 0) {
        return 0;
    }
    const int asked = options->poll(options->poll_data);
    if (asked == player->n_saved) {
        return 0;
    }
    if (options->checkpoint != NULL) {
        const int passing = asked != ENT_POLL_STOP;
        ent_context_t own;
        ent_context_init(&own);
#pragma omp critical(ent_hand_in)
        {
            code = with_blobs(player, model, save_flight, passing ? &own : ctx);
            code = passing ? in_passing(options->checkpoint, code, &own) : code;
        }
        ent_context_free(&own);
    }
    player->n_saved = asked;
    if (code == 0 && asked == ENT_POLL_STOP) {
        return ent_fail(ctx, ENT_ERR_STOPPED, "engine run", "stopped on request");
    }
    return code;
}

static int play_to(const ent_model_t *model, const ent_world_t *world, int regime, player_t *player, int last,
                   ent_trajectory_t *trajectory, ent_context_t *ctx)
{
    int code = 0;
    while (code == 0 && player->state.step < last) {
        code = ent_step(model, world, regime, &player->state, player->workspace, trajectory, ctx);
        ent_talks_observe(model, &player->state, player->workspace);
        if (code == 0 && player->state.step < last) {
            code = poll(player, model, ctx);
        }
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

/* The state in which a scenario begins: where the shared history ended. */
static void begin_scenario(const ent_model_t *model, player_t *player, ent_trajectory_t *trajectory,
                           int scenario, int branch)
{
    if (scenario > 0) {
        ent_state_copy(&player->state, &player->branch);
        player->workspace->stock_known = 0;
        copy_history(model, &trajectory[0], &trajectory[scenario], branch > 0 ? branch : 0);
    }
}

/* From where the player stands to the end of the replication. */
static int play_phases(const ent_model_t *model, const ent_world_t *world, player_t *player,
                       ent_trajectory_t *trajectory, ent_context_t *ctx)
{
    const ent_config_t *config = model->config;
    const int last = config->n_steps;
    const int branch = model->branch_step < last ? model->branch_step : last;
    int code = 0;
    if (player->phase == 0) {
        code = play_scenario(model, world, &config->scenarios[0], player, branch, &trajectory[0], ctx);
        if (code == 0) {
            ent_state_copy(&player->branch, &player->state);
            player->phase = 1;
        }
    }
    for (int i = player->phase - 1; code == 0 && i < config->n_scenarios; i++) {
        /* talks are played again from their beginning: what they hang on is more than the state */
        if (!player->resumed || config->scenarios[i].negotiated) {
            begin_scenario(model, player, trajectory, i, branch);
        }
        if (i == 0 && player->resumed && config->scenarios[0].negotiated && config->n_scenarios > 1) {
            ent_state_copy(&player->state, &player->branch);
        }
        player->resumed = 0;
        player->phase = 1 + i;
        code = play_scenario(model, world, &config->scenarios[i], player, last, &trajectory[i], ctx);
        if (code == 0 && i + 1 < config->n_scenarios) {
            player->phase = 2 + i;
            begin_scenario(model, player, trajectory, i + 1, branch);
            player->resumed = 1; /* begun already */
            code = poll(player, model, ctx);
        }
    }
    player->resumed = 0;
    return code;
}

/* Play all scenarios of a replication: common history first, then each scenario from the branch. */
static int play(const ent_model_t *model, int replication, player_t *player, ent_trajectory_t *trajectory,
                double *draws, ent_context_t *ctx)
{
    const ent_config_t *config = model->config;
    ent_world_t world;
    int code = ent_world_init(&world, model, ent_replication_world(config, replication),
                              ent_replication_chance(config, replication), ctx);
    if (code != 0) {
        return code;
    }
    if (draws != NULL) {
        memcpy(draws, world.draws, (size_t)(config->n_draws + config->n_shocks) * sizeof *draws);
    }
    player->workspace->stock_known = 0;
    if (!player->resumed) {
        ent_state_begin(&player->state, model, &world);
        player->phase = config->n_scenarios > 1 ? 0 : 1;
    }
    code = play_phases(model, &world, player, trajectory, ctx);
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
        player.replication = -1; /* nobody polls */
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
    int n_parts; /* checkpoints whose whole replications are saved */
    int *order;  /* [n] replications: those in flight first */
    int n;
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
    if (code == 0 && ensemble->options->poll != NULL && ensemble->options->checkpoint != NULL &&
        ensemble->options->poll(ensemble->options->poll_data) > ensemble->n_parts) {
        ent_context_t own;
        ent_context_init(&own);
        ensemble->n_parts = ensemble->options->poll(ensemble->options->poll_data);
        code = ent_checkpoint_save_whole(ensemble->options->checkpoint, ensemble->results, &own);
        code = in_passing(ensemble->options->checkpoint, code, &own);
        ent_context_free(&own);
    }
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
    int code, stopped;
#pragma omp critical(ent_hand_in)
    {
        const double begin = now_seconds();
#pragma omp atomic read
        stopped = ensemble->stopped; /* a thread that cannot play sets it at any time */
        code = stopped ? 0 : hand_in(ensemble, replication, player);
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
    const int n = ensemble->n;
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
        player.options = ensemble->options;
        player.replication = ensemble->order[r];
        player.resumed = 0;
        if (ensemble->options->checkpoint != NULL) {
#pragma omp critical(ent_hand_in)
            code = with_blobs(&player, model, load_flight, &own);
        }
        code = code == 0 ? play(model, ensemble->order[r], &player, player.trajectory, player.draws, &own)
                         : code;
        if (code == 0) {
            code = take_turn(ensemble, ensemble->order[r], &player, now_seconds() - begin);
        } else {
#pragma omp atomic write
            ensemble->stopped = 1;
        }
    }
    if (own.code != 0) {
#pragma omp critical(ent_hand_in)
        if (own.code != ENT_ERR_STOPPED || ensemble->code != ENT_ERR_STOPPED) {
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

/* What is left to play: what a checkpoint holds whole goes into the results, what was in flight comes first.
 */
static int put_in_order(ensemble_t *ensemble)
{
    const int n = ent_replication_count(ensemble->model->config);
    ent_checkpoint_t *checkpoint = ensemble->options->checkpoint;
    ensemble->order = ent_calloc(ensemble->ctx, (size_t)n + 1, sizeof *ensemble->order);
    int code = ensemble->order == NULL ? ENT_ERR_NO_MEMORY : 0;
    if (code == 0 && checkpoint != NULL) {
        code = ent_checkpoint_restore(checkpoint, ensemble->results, ensemble->ctx);
    }
    for (int later = 0; code == 0 && later < 2; later++) {
        for (int r = 0; r < n; r++) {
            const int in_flight = checkpoint != NULL && ent_checkpoint_find_flight(checkpoint, r);
            const int whole = checkpoint != NULL && ent_results_has(ensemble->results, r);
            if (!whole && in_flight == !later) {
                ensemble->order[ensemble->n++] = r;
            }
        }
    }
    ensemble->n_done = n - ensemble->n;
    return code;
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
    int code = put_in_order(&ensemble);
    if (code != 0) {
        free(ensemble.order);
        return code;
    }
    ensemble.begin = now_seconds();
    omp_set_max_active_levels(split ? 1 : 2);
    if (split) {
        play_share(&ensemble, n_threads);
    } else {
#pragma omp parallel num_threads(n_threads)
        play_share(&ensemble, 1);
    }
    free(ensemble.order);
    if (ensemble.code == ENT_ERR_STOPPED && ensemble.options->checkpoint != NULL) {
        code = ent_checkpoint_save_whole(ensemble.options->checkpoint, results, ctx);
    }
    return code != 0 ? code : ensemble.code;
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
