/* One question under several runs, on trajectories whose answers are known; what sets configs apart. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "fixture_run.h"

#include "compare/compare_runs.h"
#include "compare/config_differences.h"

static ent_context_t ctx;

/* A deal adds `gain` times the world's number, from 1, to home's first flow in every step and sector. */
static void write_run(const fixture_run_t *run, float gain)
{
    ent_results_t *results = NULL;
    ent_trajectory_t trajectory;
    const ent_config_t *config = &run->config;

    assert_int_equal(ent_results_create(&results, run->path, 1, config, &run->benchmark, &ctx), 0);
    assert_int_equal(ent_trajectory_init(&trajectory, config, &ctx), 0);
    for (int r = 0; r < ent_replication_count(config); r++) {
        for (int s = 0; s < config->n_scenarios; s++) {
            float *exports;

            fix_fill(&trajectory, config, s, r);
            exports = trajectory.value[ENT_FIELD_exports];
            for (int i = 0; i < config->n_steps * FIX_SECTORS * FIX_FLOWS; i++) {
                const int deal = s == 0 && i % FIX_FLOWS == 0;

                exports[i] = 100.0f + (deal ? gain * (float)(r % FIX_WORLDS + 1) : 0.0f);
            }
            assert_int_equal(ent_results_write(results, s, r, &trajectory, NULL, &ctx), 0);
        }
    }
    ent_trajectory_free(&trajectory);
    assert_int_equal(ent_results_finish(results, 0.0, 0, &ctx), 0);
}

typedef struct {
    fixture_run_t *run[2];
    ent_runs_t runs;
    ent_compare_options_t options;
} case_t;

static int setup(void **state)
{
    static char *text[] = {"name: fixture\ncalibration: near\n", "name: fixture\ncalibration: far\n"};
    case_t *test = calloc(1, sizeof *test);

    assert_non_null(test);
    ent_context_init(&ctx);
    for (int i = 0; i < 2; i++) {
        test->run[i] = calloc(1, sizeof *test->run[i]);
        assert_non_null(test->run[i]);
        fixture_run_init(test->run[i]);
        test->run[i]->config.text = text[i];
        test->runs.path[i] = test->run[i]->path;
        test->runs.weight[i] = i == 0 ? 3.0 : 1.0;
    }
    test->runs.n = 2;
    ent_compare_defaults(&test->options);
    test->options.outcomes = (ent_outcome_list_t){1, {ENT_OUTCOME_EXPORTS}};
    test->options.periods = ENT_PERIOD_HORIZON;
    test->options.partner = "USA";
    *state = test;
    return 0;
}

static int teardown(void **state)
{
    case_t *test = *state;

    for (int i = 0; i < 2; i++) {
        fixture_run_free(test->run[i]);
        free(test->run[i]);
    }
    free(test);
    ent_context_free(&ctx);
    return 0;
}

static double number_in(const ent_table_t *table, int row, const char *key)
{
    for (int i = 0; i < table->n_columns; i++) {
        if (strcmp(table->columns[i].key, key) == 0) {
            return table->cells[row * table->n_columns + i].number;
        }
    }
    fail_msg("no column %s", key);
    return NAN;
}

static void runs_are_mixed_by_their_weights(void **state)
{
    case_t *test = *state;
    const double year = 12.0 * FIX_SECTORS, gain[] = {1.0, 3.0}, share[] = {0.75, 0.25};
    double mean = 0.0, within = 0.0, between = 0.0;
    ent_table_t table;

    for (int i = 0; i < 2; i++) {
        write_run(test->run[i], (float)gain[i]);
        mean += share[i] * 2.5 * gain[i] * year; /* worlds 1 to 4 */
    }
    for (int i = 0; i < 2; i++) {
        const double off = 2.5 * gain[i] * year - mean;

        between += share[i] * off * off;
        within += share[i] * 1.25 * gain[i] * gain[i] * year * year;
    }
    assert_int_equal(ent_compare_runs(&test->runs, &test->options, &table, &ctx), ENT_OK);
    assert_int_equal(table.n_rows, 3);
    assert_string_equal(table.cells[3].text, "calibration near");
    assert_near(number_in(&table, 0, "weight"), 0.75, 1e-15);
    assert_near(number_in(&table, 1, "difference"), 2.5 * 3.0 * year, 1e-12);
    assert_near(number_in(&table, 2, "difference"), mean, 1e-12);
    assert_near(number_in(&table, 2, "between"), 100.0 * between / (between + within), 1e-9);
    assert_true(isnan(number_in(&table, 0, "between")));
    assert_near(number_in(&table, 2, "low"), 1.0 * year, 1e-12); /* the least world holds 3/16 */
    assert_near(number_in(&table, 2, "high"), 4.0 * 3.0 * year, 1e-12);
    assert_near(number_in(&table, 2, "probability") + 1.0, 1.0, 0.0);
    ent_table_free(&table);
}

static void what_cannot_stand_side_by_side_is_refused(void **state)
{
    case_t *test = *state;
    ent_table_t table;

    write_run(test->run[0], 1.0f);
    test->runs.path[1] = test->runs.path[0];
    assert_int_equal(ent_compare_runs(&test->runs, &test->options, &table, &ctx), ENT_ERR_USAGE);
    assert_non_null(strstr(ctx.faults[0].rule, "would count twice"));
    ent_table_free(&table);
    ent_context_free(&ctx);
    ent_context_init(&ctx);
    test->runs.path[1] = test->run[1]->path;
    test->run[1]->config.n_steps = 12; /* ends a year earlier */
    write_run(test->run[1], 1.0f);
    assert_int_equal(ent_compare_runs(&test->runs, &test->options, &table, &ctx), ENT_ERR_USAGE);
    assert_non_null(strstr(ctx.faults[0].rule, "other periods"));
    ent_table_free(&table);
}

static void configs_are_told_apart_by_their_keys(void **state)
{
    static const char *const text[] = {"a: 1\nb: {x: 1, y: [1, 2]}\n", "b: {y: [1, 3], x: 1}\na: 1\n",
                                       "a: 1\nb: {x: 2, y: [1, 3, 4]}\nc: 5\nd: 6\n"};
    char *words[3];

    (void)state;
    assert_int_equal(ent_config_differences(text, 2, words, &ctx), ENT_OK);
    assert_string_equal(words[0], "b.y[1] 2");
    assert_string_equal(words[1], "b.y[1] 3");
    free(words[0]);
    free(words[1]);
    assert_int_equal(ent_config_differences(text, 3, words, &ctx), ENT_OK);
    assert_string_equal(words[0], "b.x 1, b.y[1] 2, b.y[2] absent and 2 more");
    assert_string_equal(words[2], "b.x 2, b.y[1] 3, b.y[2] 4 and 2 more");
    for (int i = 0; i < 3; i++) {
        free(words[i]);
    }
    assert_int_equal(ent_config_differences(text, 1, words, &ctx), ENT_OK);
    assert_string_equal(words[0], "same config");
    free(words[0]);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(runs_are_mixed_by_their_weights),
        T(what_cannot_stand_side_by_side_is_refused),
        T(configs_are_told_apart_by_their_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
