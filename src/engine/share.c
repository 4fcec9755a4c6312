#include "engine/share.h"

#include "base/memory.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum {
    LINE = 64 / sizeof(int), /* counters of two threads never share a cache line */
    SLOTS_PER_PRESENCE =
        14, /* slots whose step takes as long as the tables of a presence (bench --part phases) */
};

size_t ent_share_bytes(const ent_model_t *model, int n_threads)
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

/* Cuts the row of blocks, in the order of their markets, where each thread's share of the cost ends. */
static void deal(ent_share_t *share, const ent_model_t *model, int *owner)
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
            const int due = (int)((begun + 0.5 * cost) * share->n_threads / total);
            owner[b] = due < share->n_threads ? due : share->n_threads - 1;
            begun += cost;
        }
        for (; market->n_blocks > 0 && t < owner[market->first_block]; t++) {
            share->first_market[t + 1] = m;
        }
    }
    for (; t < share->n_threads; t++) {
        share->first_market[t + 1] = model->n_markets;
    }
}

int ent_share_init(ent_share_t *share, const ent_model_t *model, int n_threads, ent_context_t *ctx)
{
    const size_t n = (size_t)n_threads;
    int *owner = ent_calloc(ctx, (size_t)model->n_blocks + 1, sizeof *owner);
    share->n_threads = n_threads;
    share->first_market = ent_calloc(ctx, n + 1, sizeof *share->first_market);
    share->block = ent_calloc(ctx, (size_t)model->n_blocks + 1, sizeof *share->block);
    share->first_block = ent_calloc(ctx, n + 1, sizeof *share->first_block);
    share->begun = ent_calloc(ctx, ENT_N_LOOPS * n * LINE, sizeof *share->begun);
    if (owner == NULL || share->first_market == NULL || share->block == NULL || share->first_block == NULL ||
        share->begun == NULL) {
        free(owner);
        return ENT_ERR_NO_MEMORY;
    }
    deal(share, model, owner);
    int n_dealt = 0;
    for (int t = 0; t < n_threads; t++) {
        for (int b = 0; b < model->n_blocks; b++) {
            if (owner[b] == t) {
                share->block[n_dealt++] = b;
            }
        }
        share->first_block[t + 1] = n_dealt;
    }
    free(owner);
    return 0;
}

void ent_share_free(ent_share_t *share)
{
    free(share->first_market);
    free(share->block);
    free(share->first_block);
    free(share->begun);
    *share = (ent_share_t){0};
}

void ent_share_reset(ent_share_t *share)
{
    memset(share->begun, 0, (size_t)ENT_N_LOOPS * (size_t)share->n_threads * LINE * sizeof *share->begun);
}

int ent_share_next(ent_share_t *share, ent_loop_t loop, int *helped)
{
    for (; *helped < share->n_threads; ++*helped) {
        const int t = (omp_get_thread_num() + *helped) % share->n_threads;
        int *begun = share->begun + ((int)loop * share->n_threads + t) * LINE;
        int i;
#pragma omp atomic capture
        i = (*begun)++;
        if (share->first_block[t] + i < share->first_block[t + 1]) {
            return share->block[share->first_block[t] + i];
        }
    }
    return -1;
}
