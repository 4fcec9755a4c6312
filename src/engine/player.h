/* One replication in memory: the history that its scenarios share, which is played once, then every scenario
 * from the branch step on. Whoever plays it is called back after each step and may save it, stop it, or
 * restore it from what was saved. */
#ifndef ENTREPOT_ENGINE_PLAYER_H
#define ENTREPOT_ENGINE_PLAYER_H

#include "engine/workspace.h"

typedef struct ent_player ent_player_t;
struct ent_player {
    const ent_model_t *model;
    ent_state_t state, branch; /* branch: where the scenarios begin; not allocated for a single scenario */
    ent_workspace_t *workspace;
    int phase;   /* 0: history shared by the scenarios; 1 + i: scenario i */
    int resumed; /* 1: state, branch, phase and trajectories are restored; the replication goes on there */
    /* Called after a step that is not the last of its scenario, and between scenarios (of a negotiated
     * scenario: after its last). A code other than 0 ends the replication with that code. NULL: nobody. */
    int (*after_step)(void *data, ent_context_t *ctx);
    void *data;
    double in_steps; /* processor seconds of the calling thread in steps of the model so far */
};

/* State and scratch for replications of a model, whose agents are played on n_threads threads. `kernel`: name
 * of the instruction set, NULL for the fastest here. Free with ent_player_free, safe after failure. */
int ent_player_init(ent_player_t *player, const ent_model_t *model, int n_threads, const char *kernel,
                    ent_context_t *ctx);
void ent_player_free(ent_player_t *player);

/* Play one replication, whole or from where it was restored. The bits do not depend on what the player has
 * played before. */
int ent_player_play(ent_player_t *player, int replication, ent_replication_t *played, ent_context_t *ctx);

#endif
