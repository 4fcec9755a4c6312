/* Checkpoints of a run: a folder of sealed files from which the same command goes on. Finished replications
 * stand in parts, which are written once; a replication being played stands in one of two files that take
 * turns, so that the older is whole while the newer is written. A damaged file costs the work in it and
 * nothing else, since a replication that is not there is played again with the same draws. */
#ifndef ENTREPOT_CHECKPOINT_H
#define ENTREPOT_CHECKPOINT_H

#include <entrepot/results.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ent_checkpoint ent_checkpoint_t;

/* Memory that is saved and brought back as it is. */
typedef struct {
    const char *name;
    size_t size;
    void *data;
} ent_blob_t;

/* A replication in flight: what it is, and where it stands. */
typedef struct {
    int replication, phase, step, branch_step;
    long long sequence; /* the larger of two is the newer */
} ent_flight_t;

/* Use `folder`, which is made when something is saved. What is there must be of this version of the program,
 * of this config and of this benchmark: ENT_ERR_CONFIG otherwise, with what differs. Damaged files are left
 * out; their number is told by ent_checkpoint_damaged. */
ENT_API int ent_checkpoint_open(ent_checkpoint_t **checkpoint, const char *folder, const ent_config_t *config,
                                ent_context_t *ctx);
ENT_API void ent_checkpoint_close(ent_checkpoint_t *checkpoint);
ENT_API int ent_checkpoint_damaged(const ent_checkpoint_t *checkpoint);

/* A save in passing that failed: the run goes on without it, and the next is tried in its turn. `ctx` says
 * why; the number of such saves, and the first reason (NULL without any). */
ENT_API void ent_checkpoint_note_failure(ent_checkpoint_t *checkpoint, const ent_context_t *ctx);
ENT_API int ent_checkpoint_failures(const ent_checkpoint_t *checkpoint, const char **reason);

/* Replications that are in the folder: whole, and in flight. */
ENT_API int ent_checkpoint_whole(const ent_checkpoint_t *checkpoint);
ENT_API int ent_checkpoint_flights(const ent_checkpoint_t *checkpoint);

/* Write the whole replications into `results`, one at a time. */
ENT_API int ent_checkpoint_restore(ent_checkpoint_t *checkpoint, ent_results_t *results, ent_context_t *ctx);

/* Save the replications that are in `results` and in no part yet as one part. From one thread at a time. */
ENT_API int ent_checkpoint_save_whole(ent_checkpoint_t *checkpoint, const ent_results_t *results,
                                      ent_context_t *ctx);

/* Whether what was brought back into the blobs can be played on; 0 when it cannot. */
typedef int (*ent_flight_sound_t)(void *data, const ent_flight_t *flight);

/* Save a replication in flight; bring the newest back that `sound` accepts: 1 in *found when there is one.
 * From one thread at a time. */
ENT_API int ent_checkpoint_save_flight(ent_checkpoint_t *checkpoint, const ent_flight_t *flight,
                                       const ent_blob_t *blobs, int n_blobs, ent_context_t *ctx);
ENT_API int ent_checkpoint_find_flight(const ent_checkpoint_t *checkpoint, int replication);
ENT_API int ent_checkpoint_load_flight(ent_checkpoint_t *checkpoint, int replication, ent_flight_t *flight,
                                       const ent_blob_t *blobs, int n_blobs, ent_flight_sound_t sound,
                                       void *sound_data, int *found, ent_context_t *ctx);

/* Remove what is in a folder without looking at it; none is no fault. */
ENT_API int ent_checkpoint_clear(const char *folder, ent_context_t *ctx);

/* Remove the files, and the folder when it is empty then: the run is whole. */
ENT_API int ent_checkpoint_remove(ent_checkpoint_t *checkpoint, ent_context_t *ctx);

#ifdef __cplusplus
}
#endif

#endif
