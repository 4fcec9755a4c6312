/* How fast a model plays: one replication's steps, timed. Shared by `entrepot bench` and bench/. */
#ifndef ENTREPOT_RUN_SPEED_H
#define ENTREPOT_RUN_SPEED_H

#include "engine/workspace.h"

#define ENT_SPEED_MOST_THREADS 64

typedef struct {
    const ent_model_t *model;
    const ent_world_t *world;
    const char *kernel; /* instruction set; NULL: the fastest here */
    int n_repeats;      /* of which the fastest counts */
} ent_speed_case_t;

typedef struct {
    double ns;                  /* per slot-step, of the fastest repeat */
    double phase[ENT_N_PHASES]; /* the same by part of the step */
    double alone;               /* the same: what more threads do not make faster, because one works alone */
    uint64_t hash; /* of everything recorded: equal when two ways of playing give the same bits */
} ent_speed_t;

/* Play the burn-in, then time the recorded steps of the first scenario on one replication: processor time of
 * the thread where there is one, so that other programs count less, else wall time. `with_phases`: time the
 * parts too, which costs a little. Cost: n_repeats replications. */
int ent_speed_one(const ent_speed_case_t *speed, int n_threads, int with_phases, ent_speed_t *out,
                  ent_context_t *ctx);

/* Wall nanoseconds per slot-step with 1 .. n_threads threads: agents of one replication over threads, split
 * [n_threads], and as many replications side by side as threads, side [n_threads]. Numbers of threads take
 * turns in every repeat, so that a busy machine hits all alike. */
int ent_speed_threads(const ent_speed_case_t *speed, int n_threads, double *split, double *side,
                      ent_context_t *ctx);

/* State and scratch of one replication being played, bytes per slot. */
double ent_speed_bytes_per_slot(const ent_model_t *model);

#endif
