/* Results files: HDF5 with netCDF-4 conventions, [scenario, replication, time, ...] for every field of the
 * field table, written under a temporary name and renamed when whole. */
#ifndef ENTREPOT_RESULTS_H
#define ENTREPOT_RESULTS_H

#include <entrepot/trajectory.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ent_results ent_results_t;

/* Create `path` (under a temporary name beside it). ENT_ERR_CANT_CREATE when it exists and `overwrite` is 0
 * or the folder cannot be written. */
ENT_API int ent_results_create(ent_results_t **results, const char *path, int overwrite,
                               const ent_config_t *config, const ent_benchmark_t *benchmark,
                               ent_context_t *ctx);

/* Write one trajectory and, once per replication (scenario 0), its world draws [n_draws + n_shocks]. Calls
 * may come in any order, from one thread at a time; memory does not grow. */
ENT_API int ent_results_write(ent_results_t *results, int scenario, int replication,
                              const ent_trajectory_t *trajectory, const double *draws, ent_context_t *ctx);

/* 1 when every scenario of the replication has been written; and one of its trajectories back, with the
 * draws. */
ENT_API int ent_results_has(const ent_results_t *results, int replication);
ENT_API int ent_results_recall(const ent_results_t *results, int scenario, int replication,
                               ent_trajectory_t *trajectory, double *draws, ent_context_t *ctx);

/* Number of replications that are not, or not in every scenario, in the file yet: the n_failed of a run that
 * keeps what it has. */
ENT_API int ent_results_missing(const ent_results_t *results);

/* Completion mark, flush, close, fsync, rename, fsync of the folder. Frees `results` also on failure, when
 * the temporary file is removed. wall_seconds and other run facts go to /provenance. */
ENT_API int ent_results_finish(ent_results_t *results, double wall_seconds, int n_failed, ent_context_t *ctx);

/* Drop an unfinished file. NULL is allowed. */
ENT_API void ent_results_abandon(ent_results_t *results);

#ifdef __cplusplus
}
#endif

#endif
