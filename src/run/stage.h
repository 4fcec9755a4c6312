/* Configs of one source played one after another: what they have in common is read, laid out and allocated
 * once. A point of a study or of a calibration is such a config. */
#ifndef ENTREPOT_RUN_STAGE_H
#define ENTREPOT_RUN_STAGE_H

#include "config/source.h"
#include "engine/player.h"

#include <entrepot/run.h>

/* Of one thread. */
typedef struct {
    ent_config_source_t *source;         /* of several stages */
    const ent_config_t *config;          /* the one that is set; of the stage */
    const ent_model_t *model;            /* of it */
    struct ent_stage_config *laid, *own; /* the config that the layout is of, and the one that is set */
    ent_player_t player;                 /* kept while the layout is; model NULL: none */
    ent_replication_t played;
    ent_run_timing_t timing; /* of everything played so far */
    int n_layouts;           /* laid out so far */
} ent_stage_t;

/* No cost. The source must outlive the stage. Free with ent_stage_free. */
void ent_stage_init(ent_stage_t *stage, ent_config_source_t *source);
void ent_stage_free(ent_stage_t *stage);

/* Read the config with these settings. The layout at hand stays where the two differ in measures and in
 * parameters that do not bear on it; schedules stay where the measures are the same. After an error nothing
 * is set. Errors: those of ent_config_read and ent_model_init.
 */
int ent_stage_set(ent_stage_t *stage, int n_settings, const ent_setting_t *settings, ent_context_t *ctx);

/* Play `n` replications of it from `first` on, over n_threads threads, and hand each to `take`, in no set
 * order with more than one. No file is touched; the bits are those of ent_run. */
int ent_stage_each(ent_stage_t *stage, int n_threads, int first, int n, ent_take_t take, void *data,
                   ent_context_t *ctx);

#endif
