/* Ensembles: replications over threads when there are enough of them, agents over threads when there are not.
 * The threads play, one at a time hands in what it has played. */
#include "run/flight.h"

#include "base/memory.h"

#include <entrepot/run.h>

#include <omp.h>
#include <stdlib.h>
#include <time.h>

/* An ensemble being played; what several threads write is said to be so. */
typedef struct {
    const ent_model_t *model;
    const ent_run_options_t *options;
    ent_results_t *results; /* of a run with a checkpoint */
    ent_take_t take;
    void *data;
    ent_context_t *ctx;
    double begin;
    int n_total, n_done;
    int code;    /* of the first failure; written by one thread at a time */
    int stopped; /* atomic */
    int n_parts; /* checkpoints whose whole replications are saved */
    int *order;  /* [n] replications: those in flight first */
    int n;
    int next; /* atomic: how many of them have been taken up */
} ensemble_t;

/* One thread of it. */
typedef struct {
    ensemble_t *ensemble;
    ent_player_t player;
    ent_replication_t played;
    int replication;
    int n_saved; /* checkpoints it has taken part in */
} worker_t;

static double now_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void stop(ensemble_t *ensemble)
{
#pragma omp atomic write
    ensemble->stopped = 1;
}

static int has_stopped(ensemble_t *ensemble)
{
    int stopped;
#pragma omp atomic read
    stopped = ensemble->stopped;
    return stopped;
}

/* ---- checkpoints
 * -------------------------------------------------------------------------------------------- */

/* A save that fails must not end a run that can go on without it. */
static int in_passing(ent_checkpoint_t *checkpoint, int code, const ent_context_t *own)
{
    if (code != 0) {
        ent_checkpoint_note_failure(checkpoint, own);
    }
    return 0;
}

static int save_flight(worker_t *worker, int passing, ent_context_t *ctx)
{
    ent_checkpoint_t *checkpoint = worker->ensemble->options->checkpoint;
    int code = 0;
    ent_context_t own;
    ent_context_init(&own);
#pragma omp critical(ent_hand_in)
    {
        code = ent_flight_save(checkpoint, worker->replication, &worker->player, &worker->played,
                               passing ? &own : ctx);
        code = passing ? in_passing(checkpoint, code, &own) : code;
    }
    ent_context_free(&own);
    return code;
}

/* The player calls back: ask whether to save or to stop. */
static int after_step(void *data, ent_context_t *ctx)
{
    worker_t *worker = data;
    const ent_run_options_t *options = worker->ensemble->options;
    const int asked = options->poll(options->poll_data);
    if (asked == worker->n_saved) {
        return 0;
    }
    const int code = options->checkpoint != NULL ? save_flight(worker, asked != ENT_POLL_STOP, ctx) : 0;
    worker->n_saved = asked;
    if (code == 0 && asked == ENT_POLL_STOP) {
        return ent_fail(ctx, ENT_ERR_STOPPED, "engine run", "stopped on request");
    }
    return code;
}

/* Save the whole replications when the poll asks for a checkpoint. */
static void save_whole(ensemble_t *ensemble)
{
    const ent_run_options_t *options = ensemble->options;
    ent_context_t own;
    if (options->poll == NULL || options->checkpoint == NULL ||
        options->poll(options->poll_data) <= ensemble->n_parts) {
        return;
    }
    ent_context_init(&own);
    ensemble->n_parts = options->poll(options->poll_data);
    (void)in_passing(options->checkpoint,
                     ent_checkpoint_save_whole(options->checkpoint, ensemble->results, &own), &own);
    ent_context_free(&own);
}

/* ---- handing in
 * --------------------------------------------------------------------------------------------- */

/* One at a time: hand a played replication to whoever wanted it and report progress. */
static int hand_in(ensemble_t *ensemble, const worker_t *worker)
{
    const ent_run_options_t *options = ensemble->options;
    int code = ensemble->take != NULL
                   ? ensemble->take(ensemble->data, worker->replication, &worker->played, ensemble->ctx)
                   : 0;
    ensemble->n_done++;
    if (code != 0) {
        return code;
    }
    save_whole(ensemble);
    if (options->progress != NULL &&
        options->progress(options->progress_data, ensemble->n_done, ensemble->n_total,
                          now_seconds() - ensemble->begin) != 0) {
        code =
            ent_fail(ensemble->ctx, ENT_ERR_STOPPED, "engine run",
                     "stopped on request after %d of %d replications", ensemble->n_done, ensemble->n_total);
    }
    return code;
}

/* Hand in when it is this thread's turn; a second call after a failure does nothing. */
static int take_turn(worker_t *worker, double played)
{
    ensemble_t *ensemble = worker->ensemble;
    ent_run_timing_t *timing = ensemble->options->timing;
    const double asked = now_seconds();
    int code;
#pragma omp critical(ent_hand_in)
    {
        const double begin = now_seconds();
        code = has_stopped(ensemble) ? 0 : hand_in(ensemble, worker);
        if (code != 0) {
            stop(ensemble);
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

/* What failed in one thread into the report of all. */
static void tell(ensemble_t *ensemble, const ent_context_t *own)
{
#pragma omp critical(ent_hand_in)
    if (own->code != ENT_ERR_STOPPED || ensemble->code != ENT_ERR_STOPPED) {
        /* Memory may have been too short even for the report. */
        const ent_fault_t none = {.code = own->code};
        const ent_fault_t *fault = own->n_faults > 0 ? &own->faults[0] : &none;
        ensemble->code = ensemble->code == 0 ? fault->code : ensemble->code;
        ent_fault(ensemble->ctx, fault->code, fault->file, fault->line, fault->column, fault->key,
                  fault->value, fault->nearest, "%s",
                  fault->rule != NULL ? fault->rule : ent_error_name(fault->code));
    }
}

/* ---- the threads
 * -------------------------------------------------------------------------------------------- */

static int worker_init(worker_t *worker, ensemble_t *ensemble, int n_inner, ent_context_t *ctx)
{
    const ent_run_options_t *options = ensemble->options;
    *worker = (worker_t){.ensemble = ensemble};
    int code = ent_player_init(&worker->player, ensemble->model, n_inner, options->kernel, ctx);
    worker->player.after_step = options->poll != NULL ? after_step : NULL;
    worker->player.data = worker;
    return code == 0 ? ent_replication_init(&worker->played, ensemble->model->config, ctx) : code;
}

static void worker_free(worker_t *worker)
{
    ent_run_timing_t *timing = worker->ensemble->options->timing;
    if (timing != NULL) {
#pragma omp critical(ent_hand_in)
        timing->in_steps += worker->player.in_steps;
    }
    ent_player_free(&worker->player);
    ent_replication_free(&worker->played);
}

static int play_one(worker_t *worker, int replication, ent_context_t *ctx)
{
    ent_checkpoint_t *checkpoint = worker->ensemble->options->checkpoint;
    const double begin = now_seconds();
    int code = 0;
    worker->replication = replication;
    worker->player.resumed = 0;
    if (checkpoint != NULL) {
#pragma omp critical(ent_hand_in)
        code = ent_flight_restore(checkpoint, replication, &worker->player, &worker->played, ctx);
    }
    code = code == 0 ? ent_player_play(&worker->player, replication, &worker->played, ctx) : code;
    return code == 0 ? take_turn(worker, now_seconds() - begin) : code;
}

/* Play what no other thread has taken up, until all is played or something fails. */
static void work(ensemble_t *ensemble, int n_inner)
{
    worker_t worker;
    ent_context_t own;
    ent_context_init(&own);
    int code = worker_init(&worker, ensemble, n_inner, &own);
    while (code == 0 && !has_stopped(ensemble)) {
        int i;
#pragma omp atomic capture
        i = ensemble->next++;
        if (i >= ensemble->n) {
            break;
        }
        code = play_one(&worker, ensemble->order[i], &own);
    }
    if (code != 0) {
        stop(ensemble);
    }
    if (own.code != 0) {
        tell(ensemble, &own);
    }
    ent_context_free(&own);
    worker_free(&worker);
}

/* Regions inside regions as far as they are wanted here; the caller's level comes back. */
static void work_on_threads(ensemble_t *ensemble)
{
    const int n_threads =
        ensemble->options->n_threads > 0 ? ensemble->options->n_threads : omp_get_max_threads();
    const int enough = ensemble->n_total >= n_threads, levels = omp_get_max_active_levels();
    const int split = ensemble->options->split_agents < 0 ? !enough : ensemble->options->split_agents;
    ensemble->begin = now_seconds();
    if (split || n_threads == 1) {
        omp_set_max_active_levels(levels > 0 ? levels : 1);
        work(ensemble, split ? n_threads : 1);
    } else {
        omp_set_max_active_levels(2);
#pragma omp parallel num_threads(n_threads)
        work(ensemble, 1);
    }
    omp_set_max_active_levels(levels);
}

/* ---- runs
 * --------------------------------------------------------------------------------------------------- */

static const ent_run_options_t no_options = {.split_agents = -1};

/* What is left to play: what a checkpoint holds whole goes into the results, what was in flight comes first.
 */
static int put_in_order(ensemble_t *ensemble)
{
    const int n = ensemble->n_total;
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

static int write_replication(void *data, int replication, const ent_replication_t *played, ent_context_t *ctx)
{
    int code = 0;
    for (int i = 0; code == 0 && i < played->n_scenarios; i++) {
        code = ent_results_write(data, i, replication, &played->trajectory[i], i == 0 ? played->draws : NULL,
                                 ctx);
    }
    return code;
}

int ent_run(const ent_model_t *model, const ent_run_options_t *options, ent_results_t *results,
            ent_context_t *ctx)
{
    ensemble_t ensemble = {.model = model,
                           .options = options != NULL ? options : &no_options,
                           .results = results,
                           .take = results != NULL ? write_replication : NULL,
                           .data = results,
                           .ctx = ctx,
                           .n_total = ent_replication_count(model->config)};
    int code = put_in_order(&ensemble);
    if (code == 0) {
        work_on_threads(&ensemble);
    }
    free(ensemble.order);
    if (ensemble.code == ENT_ERR_STOPPED && ensemble.options->checkpoint != NULL) {
        code = ent_checkpoint_save_whole(ensemble.options->checkpoint, results, ctx);
    }
    return code != 0 ? code : ensemble.code;
}

int ent_run_each(const ent_model_t *model, const ent_run_options_t *options, int first, int n,
                 ent_take_t take, void *data, ent_context_t *ctx)
{
    ent_run_options_t own = options != NULL ? *options : no_options;
    ensemble_t ensemble = {
        .model = model, .options = &own, .take = take, .data = data, .ctx = ctx, .n = n, .n_total = n};
    own.checkpoint = NULL;
    ensemble.order = ent_calloc(ctx, (size_t)n + 1, sizeof *ensemble.order);
    if (ensemble.order == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int i = 0; i < n; i++) {
        ensemble.order[i] = first + i;
    }
    work_on_threads(&ensemble);
    free(ensemble.order);
    return ensemble.code;
}

int ent_play(const ent_model_t *model, int replication, const ent_run_options_t *options,
             ent_trajectory_t *trajectories, double *draws, ent_context_t *ctx)
{
    ent_player_t player;
    ent_replication_t played = {model->config->n_scenarios, trajectories, draws};
    const int n_threads = options != NULL && options->n_threads > 0 ? options->n_threads : 1;
    int code = ent_player_init(&player, model, n_threads, options != NULL ? options->kernel : NULL, ctx);
    if (code == 0) {
        code = ent_player_play(&player, replication, &played, ctx);
        ent_player_free(&player);
    }
    return code;
}
