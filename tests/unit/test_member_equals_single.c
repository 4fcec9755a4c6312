/* A replication of an ensemble, played on any number of threads and read back from the file, has the bits of
 * that replication played alone. */
#include "ent_test.h"
#include "synthetic.h"

#include <entrepot/run.h>

#include "base/input.h"
#include "io/results_file.h"

#include <omp.h>
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
        ent_input_forget(&ctx, path); /* the next run takes its place */
    }
    remove(path);
    ent_model_free(model);
    ent_context_free(&ctx);
    ent_synthetic_free(&synthetic);
}

/* ---- without a file ---- */

typedef struct {
    const ent_config_t *config;
    float *seen; /* [n_replications][n] first field of the first scenario */
    size_t n;
    int n_taken, fail_at;
} taken_t;

static int take(void *data, int replication, const ent_replication_t *played, ent_context_t *ctx)
{
    taken_t *taken = data;
    assert_int_equal(played->n_scenarios, taken->config->n_scenarios);
    memcpy(taken->seen + (size_t)replication * taken->n, played->trajectory[0].value[ENT_FIELD_exports],
           taken->n * sizeof(float));
    taken->n_taken++;
    return taken->n_taken == taken->fail_at ? ent_fail(ctx, ENT_ERR_DATA, "test", "not wanted") : 0;
}

static void members_handed_over_have_the_bits_of_a_single_run(void **unused)
{
    ent_synthetic_t synthetic;
    ent_context_t ctx;
    ent_model_t *model = NULL;
    ent_trajectory_t alone;
    (void)unused;
    ent_synthetic_init(&synthetic, 3, 2, 0.3);
    ent_config_t *c = &synthetic.config;
    c->n_steps = STEPS;
    c->n_slots = 3000;
    c->n_worlds = WORLDS;
    ent_context_init(&ctx);
    assert_done(&ctx, ent_model_init(&model, c, &synthetic.benchmark, &ctx));
    const size_t n = STEPS * ent_field_size(ENT_FIELD_exports, c->n_region, c->n_sector, c->n_flows);
    const int levels = omp_get_max_active_levels();
    for (int threads = 1; threads <= 3; threads++) {
        taken_t taken = {.config = c, .n = n, .seen = calloc(n * WORLDS, sizeof(float))};
        const ent_run_options_t options = {.n_threads = threads, .split_agents = threads == 3};
        omp_set_max_active_levels(3 + threads); /* the caller's */
        assert_done(&ctx, ent_run_each(model, &options, 1, WORLDS - 1, take, &taken, &ctx));
        assert_int_equal(omp_get_max_active_levels(), 3 + threads);
        assert_int_equal(taken.n_taken, WORLDS - 1);
        for (int r = 1; r < WORLDS; r++) {
            assert_done(&ctx, ent_trajectory_init(&alone, c, &ctx));
            assert_done(&ctx, ent_play(model, r, NULL, &alone, NULL, &ctx));
            assert_memory_equal(taken.seen + (size_t)r * n, alone.value[ENT_FIELD_exports],
                                n * sizeof(float));
            ent_trajectory_free(&alone);
        }
        taken.n_taken = 0;
        taken.fail_at = 2;
        assert_int_equal(ent_run_each(model, &options, 0, WORLDS, take, &taken, &ctx), ENT_ERR_DATA);
        assert_int_equal(taken.n_taken, 2);
        assert_string_equal(ctx.faults[0].rule, "not wanted");
        ent_context_clear(&ctx);
        free(taken.seen);
    }
    omp_set_max_active_levels(levels);
    ent_model_free(model);
    ent_context_free(&ctx);
    ent_synthetic_free(&synthetic);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_member_has_the_bits_of_a_single_run),
        cmocka_unit_test(members_handed_over_have_the_bits_of_a_single_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
