/* Runs: every scenario of every replication, over threads, into a results file or to a function of the
 * caller's. */
#ifndef ENTREPOT_RUN_H
#define ENTREPOT_RUN_H

#include <entrepot/checkpoint.h>
#include <entrepot/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where the threads' time went, seconds in all. One thread writes at a time. */
typedef struct {
    double playing, writing, waiting_to_write;
    double
        in_steps; /* of playing: processor time in steps of the model; of split agents the first thread's */
} ent_run_timing_t;

/* What a run's poll asks for. */
enum { ENT_POLL_STOP = -1 }; /* save and stop; other values count the checkpoints asked for so far */

typedef struct {
    int n_threads;      /* 0: as OpenMP decides */
    int split_agents;   /* -1: decide by size; 0: replications over threads; 1: agents over threads */
    const char *kernel; /* instruction set of the slot kernels; NULL: the fastest here */
    /* called after each finished replication, from one thread at a time; non-zero return stops the run */
    int (*progress)(void *data, int n_done, int n_total, double seconds);
    void *progress_data;
    ent_run_timing_t *timing; /* added to; NULL: not wanted */
    /* Asked by every thread after each step (of negotiated scenarios: after each scenario). A count above the
     * last one it saw makes a thread save what it plays; ENT_POLL_STOP makes all save and stop. May be NULL.
     */
    int (*poll)(void *data);
    void *poll_data;
    ent_checkpoint_t *checkpoint; /* where to save and to go on from; needs results; NULL: nowhere */
} ent_run_options_t;

/* Play every scenario of every replication and write them to `results` (NULL: nothing is kept). With a
 * checkpoint the replications in it are not played again, and those in flight go on where they stood, on any
 * number of threads. ENT_ERR_STOPPED when stopped, everything saved. The bits do not depend on options, nor
 * on where a run was stopped. */
ENT_API int ent_run(const ent_model_t *model, const ent_run_options_t *options, ent_results_t *results,
                    ent_context_t *ctx);

/* What is done with a replication that has been played, which is there until the function returns. A code
 * other than 0 stops the run, which returns it. */
typedef int (*ent_take_t)(void *data, int replication, const ent_replication_t *played, ent_context_t *ctx);

/* Play `n` replications from `first` on and hand each to `take`, from one thread at a time, in no set order.
 * No file is written; memory is that of one replication a thread. Of the options, checkpoint and poll's
 * saving are not used. Errors: those of ent_run, and of `take`. */
ENT_API int ent_run_each(const ent_model_t *model, const ent_run_options_t *options, int first, int n,
                         ent_take_t take, void *data, ent_context_t *ctx);

/* Play all scenarios of one replication into trajectories [n_scenarios] and draws [n_draws + n_shocks]. */
ENT_API int ent_play(const ent_model_t *model, int replication, const ent_run_options_t *options,
                     ent_trajectory_t *trajectories, double *draws, ent_context_t *ctx);

#ifdef __cplusplus
}
#endif

#endif
