/* Results files: HDF5 with netCDF-4 conventions, [scenario, replication, time, ...] for every field of the
 * field table, written under a temporary name and renamed when whole. */
#ifndef ENTREPOT_RESULTS_H
#define ENTREPOT_RESULTS_H

#include <entrepot/config.h>
#include <entrepot/fields.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ent_results ent_results_t;

/* Values of one scenario of one replication: value[field] is [n_steps][ent_field_size(field)], float. */
/* How talks ended; NaN throughout without a deal. */
typedef struct {
    double day;          /* of the deal, days since 1970-01-01 */
    double conceded[2];  /* by side: share of the distance between no deal and the deal regime */
    double snapped_back; /* 1: the deadline passed without a deal */
} ent_agreement_t;

typedef struct {
    int n_steps;
    float *value[ENT_N_FIELDS];
    ent_agreement_t agreement; /* of a negotiated scenario */
} ent_trajectory_t;

ENT_API int ent_trajectory_init(ent_trajectory_t *trajectory, const ent_config_t *config, ent_context_t *ctx);
ENT_API void ent_trajectory_free(ent_trajectory_t *trajectory);

/* Number of replications of a run: worlds, then the repeated ones. Replication r plays world
 * ent_replication_world(config, r) with chance draws ent_replication_chance(config, r). */
ENT_API int ent_replication_count(const ent_config_t *config);
ENT_API int ent_replication_world(const ent_config_t *config, int replication);
ENT_API int ent_replication_chance(const ent_config_t *config, int replication);

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
