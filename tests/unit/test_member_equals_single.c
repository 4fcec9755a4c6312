/* A replication of an ensemble, played on any number of threads and read back from the file, has the bits of
 * that replication played alone. */
#include "ent_test.h"
#include "synthetic.h"

#include <entrepot/run.h>

#include "io/results_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 12, WORLDS = 5 };
static const char path[] = "test_member_equals_single.h5";

static void same_as_alone(const ent_model_t *model, const ent_config_t *c, const ent_results_file_t *file,
                          int replication, ent_context_t *ctx)
{
    ent_trajectory_t alone;
    assert_int_equal(ent_trajectory_init(&alone, c, ctx), 0);
    assert_int_equal(ent_play(model, replication, NULL, &alone, NULL, ctx), 0);
    int n_read = 0;
    for (int f = 0; f < ENT_N_FIELDS; f++) {
        const size_t n = STEPS * ent_field_size((ent_field_id_t)f, c->n_region, c->n_sector, c->n_flows);
        if (n == 0 || !ent_results_file_has(file, (ent_field_id_t)f)) {
            continue;
        }
        float *values = calloc(n, sizeof *values);
        assert_non_null(values);
        assert_int_equal(ent_results_file_read(file, (ent_field_id_t)f, 0, replication, values, ctx), 0);
        assert_memory_equal(values, alone.value[f], n * sizeof *values);
        free(values);
        n_read++;
    }
    assert_true(n_read > 10);
    ent_trajectory_free(&alone);
}

static void a_member_has_the_bits_of_a_single_run(void **unused)
{
    (void)unused;
    ent_synthetic_t synthetic;
    ent_context_t ctx;
    ent_model_t *model = NULL;
    ent_synthetic_init(&synthetic, 3, 2, 0.3);
    ent_config_t *c = &synthetic.config;
    c->n_steps = STEPS;
    c->n_slots = 6000;
    c->n_worlds = WORLDS;
    for (int s = 0; s < 2; s++) {
        ent_sector_parameters_default(&c->sector_parameters[s]);
    }
    ent_context_init(&ctx);
    assert_int_equal(ent_model_init(&model, c, &synthetic.benchmark, &ctx), 0);
    assert_true(ent_replication_count(c) >= WORLDS);
    for (int threads = 1; threads <= 3; threads++) {
        ent_results_t *results = NULL;
        ent_results_file_t file;
        int code = ent_results_create(&results, path, 1, c, ent_model_benchmark(model), &ctx);
        if (code == 0) {
            code = ent_run(model, &(ent_run_options_t){.n_threads = threads}, results, &ctx);
            code = code == 0 ? ent_results_finish(results, 0.0, 0, &ctx) : code;
        }
        ent_context_print(&ctx, stderr);
        assert_int_equal(code, 0);
        assert_int_equal(ent_results_file_open(&file, path, &ctx), 0);
        for (int r = ent_replication_count(c) - 1; r >= 0; r--) {
            same_as_alone(model, c, &file, r, &ctx);
        }
        ent_results_file_close(&file);
    }
    remove(path);
    ent_model_free(model);
    ent_context_free(&ctx);
    ent_synthetic_free(&synthetic);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_member_has_the_bits_of_a_single_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
