/* How markets are dealt to threads: every block once, runs of neighbours, shares of nearly the same size, and
 * help for a thread whose part is not begun. */
#include "ent_test.h"
#include "synthetic.h"

#include "engine/kernel.h"
#include "engine/partition.h"

#include <omp.h>
#include <stdlib.h>

static ent_model_t *model_of(ent_synthetic_t *synthetic, ent_context_t *ctx)
{
    ent_model_t *model = NULL;
    ent_synthetic_init(synthetic, 5, 3, 0.3);
    synthetic->config.n_slots = 300000; /* some markets take several blocks */
    assert_int_equal(ent_model_init(&model, &synthetic->config, &synthetic->benchmark, ctx), 0);
    assert_true(model->n_split > 0);
    return model;
}

static void every_block_is_dealt_once_to_runs_of_neighbours(void **state)
{
    (void)state;
    ent_synthetic_t synthetic;
    ent_context_t ctx;
    ent_context_init(&ctx);
    ent_model_t *model = model_of(&synthetic, &ctx);
    for (int n = 1; n <= 16; n++) {
        ent_partition_t partition = {0};
        assert_int_equal(ent_partition_init(&partition, model, n, &ctx), 0);
        int *times = calloc((size_t)model->n_blocks, sizeof *times);
        long most = 0, least = model->n_slots;
        assert_int_equal(partition.first_market[0], 0);
        assert_int_equal(partition.first_market[n], model->n_markets);
        for (int t = 0; t < n; t++) {
            long tiles = 0;
            assert_true(partition.first_market[t] <= partition.first_market[t + 1]);
            for (int i = partition.first_block[t]; i < partition.first_block[t + 1]; i++) {
                const ent_block_t *block = &model->block[partition.block[i]];
                times[partition.block[i]]++;
                tiles += block->n_tiles;
                /* a market that is cut belongs to the thread of its first block */
                assert_true(block->market < partition.first_market[t + 1]);
            }
            most = tiles > most ? tiles : most;
            least = tiles < least ? tiles : least;
        }
        for (int b = 0; b < model->n_blocks; b++) {
            assert_int_equal(times[b], 1);
        }
        /* no cut is further than half a block from where it should be, and tables of presences count too */
        assert_true(most - least <= 3L * ENT_BLOCK_SLOTS / ENT_TILE);
        free(times);
        ent_partition_free(&partition);
    }
    ent_model_free(model);
    ent_synthetic_free(&synthetic);
    ent_context_free(&ctx);
}

static void whoever_is_done_helps_and_no_block_is_played_twice(void **state)
{
    (void)state;
    ent_synthetic_t synthetic;
    ent_context_t ctx;
    ent_context_init(&ctx);
    ent_model_t *model = model_of(&synthetic, &ctx);
    int *times = calloc((size_t)model->n_blocks, sizeof *times);
    ent_partition_t partition = {0};
    assert_int_equal(ent_partition_init(&partition, model, 4, &ctx), 0);
    for (int step = 1; step <= 50; step++) {
        ent_partition_reset(&partition);
        /* two threads for the shares of four: those of the other two are not forgotten */
#pragma omp parallel num_threads(step % 2 == 0 ? 4 : 2)
        {
            int b, helped = 0;
            while ((b = ent_partition_next(&partition, ENT_LOOP_SETTLE, &helped)) >= 0) {
#pragma omp atomic
                times[b]++;
            }
        }
        for (int b = 0; b < model->n_blocks; b++) {
            assert_int_equal(times[b], step);
        }
    }
    free(times);
    ent_partition_free(&partition);
    ent_model_free(model);
    ent_synthetic_free(&synthetic);
    ent_context_free(&ctx);
}

static void own_blocks_come_first(void **state)
{
    (void)state;
    ent_synthetic_t synthetic;
    ent_context_t ctx;
    ent_context_init(&ctx);
    ent_model_t *model = model_of(&synthetic, &ctx);
    ent_partition_t partition = {0};
    assert_int_equal(ent_partition_init(&partition, model, 2, &ctx), 0);
    int helped = 0;
    for (int i = 0; i < model->n_blocks; i++) {
        assert_int_equal(ent_partition_next(&partition, ENT_LOOP_ORDERS, &helped), partition.block[i]);
        assert_int_equal(helped, i >= partition.first_block[1]);
    }
    assert_int_equal(ent_partition_next(&partition, ENT_LOOP_ORDERS, &helped), -1);
    /* another loop has not begun */
    helped = 0;
    assert_int_equal(ent_partition_next(&partition, ENT_LOOP_EXPORTERS, &helped), partition.block[0]);
    ent_partition_free(&partition);
    ent_model_free(model);
    ent_synthetic_free(&synthetic);
    ent_context_free(&ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_block_is_dealt_once_to_runs_of_neighbours),
        cmocka_unit_test(whoever_is_done_helps_and_no_block_is_played_twice),
        cmocka_unit_test(own_blocks_come_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
