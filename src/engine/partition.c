#include "engine/partition.h"

#include "base/memory.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum {
    LINE = 64 / sizeof(int), /* counters of two threads never share a cache line */
    SLOTS_PER_PRESENCE =
        14, /* slots whose step takes as long as the tables of a presence (bench --part phases) */
};

size_t ent_partition_bytes(const ent_model_t *model, int n_threads)
{
    const size_t n = (size_t)n_threads;
    return (2 * (n + 1) + (size_t)model->n_blocks + ENT_N_LOOPS * n * LINE) * sizeof(int);
}

static double block_cost(const ent_model_t *model, int b)
{
    const ent_block_t *block = &model->block[b];
    const ent_market_t *market = &model->market[block->market];
    return (double)block->n_tiles * ENT_TILE +
           (double)SLOTS_PER_PRESENCE * market->n_presences / market->n_blocks;
}

/* Cuts the row of blocks, in the order of their markets, where each thread's part of the cost ends. */
static void deal(ent_partition_t *partition, const ent_model_t *model, int *owner)
{
    double total = 0.0, begun = 0.0;
    int t = 0;
    for (int b = 0; b < model->n_blocks; b++) {
        total += block_cost(model, b);
    }
    for (int m = 0; m < model->n_markets; m++) {
        const ent_market_t *market = &model->market[m];
        for (int b = market->first_block; b < market->first_block + market->n_blocks; b++) {
            const double cost = block_cost(model, b);
            const int due = (int)((begun + 0.5 * cost) * partition->n_threads / total);
            owner[b] = due < partition->n_threads ? due : partition->n_threads - 1;
            begun += cost;
        }
        for (; market->n_blocks > 0 && t < owner[market->first_block]; t++) {
            partition->first_market[t + 1] = m;
        }
    }
    for (; t < partition->n_threads; t++) {
        partition->first_market[t + 1] = model->n_markets;
    }
}

int ent_partition_init(ent_partition_t *partition, const ent_model_t *model, int n_threads,
                       ent_context_t *ctx)
{
    const size_t n = (size_t)n_threads;
    int *owner = ent_calloc(ctx, (size_t)model->n_blocks + 1, sizeof *owner);
    partition->n_threads = n_threads;
    partition->first_market = ent_calloc(ctx, n + 1, sizeof *partition->first_market);
    partition->block = ent_calloc(ctx, (size_t)model->n_blocks + 1, sizeof *partition->block);
    partition->first_block = ent_calloc(ctx, n + 1, sizeof *partition->first_block);
    partition->begun = ent_calloc(ctx, ENT_N_LOOPS * n * LINE, sizeof *partition->begun);
    if (owner == NULL || partition->first_market == NULL || partition->block == NULL ||
        partition->first_block == NULL || partition->begun == NULL) {
        free(owner);
        return ENT_ERR_NO_MEMORY;
    }
    deal(partition, model, owner);
    int n_dealt = 0;
    for (int t = 0; t < n_threads; t++) {
        for (int b = 0; b < model->n_blocks; b++) {
            if (owner[b] == t) {
                partition->block[n_dealt++] = b;
            }
        }
        partition->first_block[t + 1] = n_dealt;
    }
    free(owner);
    return 0;
}

void ent_partition_free(ent_partition_t *partition)
{
    free(partition->first_market);
    free(partition->block);
    free(partition->first_block);
    free(partition->begun);
    *partition = (ent_partition_t){0};
}

void ent_partition_reset(ent_partition_t *partition)
{
    memset(partition->begun, 0,
           (size_t)ENT_N_LOOPS * (size_t)partition->n_threads * LINE * sizeof *partition->begun);
}

int ent_partition_next(ent_partition_t *partition, ent_loop_t loop, int *helped)
{
    for (; *helped < partition->n_threads; ++*helped) {
        const int t = (omp_get_thread_num() + *helped) % partition->n_threads;
        int *begun = partition->begun + ((int)loop * partition->n_threads + t) * LINE;
        int i;
#pragma omp atomic capture
        i = (*begun)++;
        if (partition->first_block[t] + i < partition->first_block[t + 1]) {
            return partition->block[partition->first_block[t] + i];
        }
    }
    return -1;
}
