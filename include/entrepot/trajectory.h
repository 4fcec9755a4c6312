/* What a replication leaves: values of every field of the field table by step, of each scenario. */
#ifndef ENTREPOT_TRAJECTORY_H
#define ENTREPOT_TRAJECTORY_H

#include <entrepot/config.h>
#include <entrepot/fields.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How talks ended; NaN throughout without a deal. */
typedef struct {
    double day;          /* of the deal, days since 1970-01-01 */
    double conceded[2];  /* by side: share of the distance between no deal and the deal regime */
    double snapped_back; /* 1: the deadline passed without a deal */
} ent_agreement_t;

/* Values of one scenario of one replication: value[field] is [n_steps][ent_field_size(field)], float. */
typedef struct {
    int n_steps;
    float *value[ENT_N_FIELDS];
    ent_agreement_t agreement; /* of a negotiated scenario */
} ent_trajectory_t;

/* Allocate a trajectory for the config's steps and fields, every value NaN. ENT_ERR_NO_MEMORY. Free with
 * ent_trajectory_free, safe after failure. */
ENT_API int ent_trajectory_init(ent_trajectory_t *trajectory, const ent_config_t *config, ent_context_t *ctx);
ENT_API void ent_trajectory_free(ent_trajectory_t *trajectory);

/* A replication in memory. */
typedef struct {
    int n_scenarios;
    ent_trajectory_t *trajectory; /* [n_scenarios] */
    double *draws;                /* [n_draws + n_shocks] of its world */
} ent_replication_t;

/* Room for a replication of the config. ENT_ERR_NO_MEMORY. Free with ent_replication_free, safe after
 * failure. */
ENT_API int ent_replication_init(ent_replication_t *replication, const ent_config_t *config,
                                 ent_context_t *ctx);
ENT_API void ent_replication_free(ent_replication_t *replication);

/* Number of replications of a run: worlds, then the repeated ones. Replication r plays world
 * ent_replication_world(config, r) with chance draws ent_replication_chance(config, r). */
ENT_API int ent_replication_count(const ent_config_t *config);
ENT_API int ent_replication_world(const ent_config_t *config, int replication);
ENT_API int ent_replication_chance(const ent_config_t *config, int replication);

#ifdef __cplusplus
}
#endif

#endif
