/* The engine: prepares a model from a config and says what a run of it needs; <entrepot/run.h> plays it. */
#ifndef ENTREPOT_ENGINE_H
#define ENTREPOT_ENGINE_H

#include <entrepot/schedule.h>
#include <entrepot/trajectory.h>

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

/* Lay out markets, importers, slots, firms and presences. `fine` is the benchmark at full resolution.
 * The model keeps a reference to config, which must outlive it. */
ENT_API int ent_model_init(ent_model_t **model, const ent_config_t *config, const ent_benchmark_t *fine,
                           ent_context_t *ctx);
ENT_API void ent_model_free(ent_model_t *model);
ENT_API const ent_benchmark_t *ent_model_benchmark(const ent_model_t *model);
ENT_API void ent_model_plan(const ent_model_t *model, ent_plan_t *plan);

#ifdef __cplusplus
}
#endif

#endif
