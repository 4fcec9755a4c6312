/* The engine: prepares a model from a config, plays replications, branches scenarios after their shared
 * history. */
#ifndef ENTREPOT_ENGINE_H
#define ENTREPOT_ENGINE_H

#include <entrepot/checkpoint.h>
#include <entrepot/schedule.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ent_model ent_model_t;

/* What a run needs, known before it starts (--dry-run). */
typedef struct {
    int n_markets, n_scenarios, n_replications, branch_step;
    long n_importers, n_slots, n_presences, n_firms;
    double bytes_per_replication; /* state of one replication being played */
    double result_bytes;          /* uncompressed values recorded */
    double slot_steps;            /* slot updates of the whole run, shared history counted once */
} ent_plan_t;

/* Where the threads' time went, seconds in all. One thread writes at a time. */
typedef struct {
    double playing, writing, waiting_to_write;
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

/* Lay out markets, importers, slots, firms and presences. `fine` is the benchmark at full resolution.
 * The model keeps a reference to config, which must outlive it. */
ENT_API int ent_model_init(ent_model_t **model, const ent_config_t *config, const ent_benchmark_t *fine,
                           ent_context_t *ctx);
ENT_API void ent_model_free(ent_model_t *model);
ENT_API const ent_benchmark_t *ent_model_benchmark(const ent_model_t *model);
ENT_API void ent_model_plan(const ent_model_t *model, ent_plan_t *plan);

/* Play every scenario of every replication and write them to `results` (NULL: nothing is kept). With a
 * checkpoint the replications in it are not played again, and those in flight go on where they stood, on any
 * number of threads. ENT_ERR_STOPPED when stopped, everything saved. The bits do not depend on options, nor
 * on where a run was stopped. */
ENT_API int ent_run(const ent_model_t *model, const ent_run_options_t *options, ent_results_t *results,
                    ent_context_t *ctx);

/* Play all scenarios of one replication into trajectories [n_scenarios] and draws [n_draws + n_shocks]. */
ENT_API int ent_play(const ent_model_t *model, int replication, const ent_run_options_t *options,
                     ent_trajectory_t *trajectories, double *draws, ent_context_t *ctx);

#ifdef __cplusplus
}
#endif

#endif
