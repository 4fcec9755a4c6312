/* Which thread plays which markets of a replication whose agents are split. Every thread has a run of
 * neighbouring markets, the same in every step and loop: what it writes lies together and stays in its
 * caches. (A market between those of another thread costs both: what processors fetch ahead belongs to the
 * other, and has to be fetched back when it is written.) A thread that is done takes what others have not
 * begun. */
#ifndef ENTREPOT_ENGINE_PARTITION_H
#define ENTREPOT_ENGINE_PARTITION_H

#include "engine/model.h"

/* Loops over blocks in which threads help each other; each is gone through once a step. */
typedef enum {
    ENT_LOOP_ORDERS,
    ENT_LOOP_SPLIT_ORDERS,
    ENT_LOOP_SETTLE,
    ENT_LOOP_EXPORTERS,
    ENT_N_LOOPS
} ent_loop_t;

typedef struct {
    int n_threads;
    int *first_market; /* [n_threads + 1] thread t has the markets [first_market[t], first_market[t + 1]) */
    int *block;        /* [n_blocks] by thread, largest markets first */
    int *first_block;  /* [n_threads + 1] where a thread's begin in `block` */
    int *begun;        /* [ENT_N_LOOPS][n_threads][a cache line] of a thread's blocks so many are begun */
} ent_partition_t;

size_t ent_partition_bytes(const ent_model_t *model, int n_threads);
/* Deals markets out; ENT_ERR_NO_MEMORY. Free is safe after it and on zeroes. */
int ent_partition_init(ent_partition_t *partition, const ent_model_t *model, int n_threads,
                       ent_context_t *ctx);
void ent_partition_free(ent_partition_t *partition);
/* Before a step, by one thread: nothing is begun. */
void ent_partition_reset(ent_partition_t *partition);
/* The next block for the calling thread, first of its own, then of others; -1: none. `helped` (0 before the
 * first call) counts the threads whose blocks are gone. */
int ent_partition_next(ent_partition_t *partition, ent_loop_t loop, int *helped);

#endif
