/* What each part of a policy is worth alone, on trajectories whose answers are known. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "fixture_run.h"

#include "compare/decompose.h"

typedef struct {
    fixture_run_t run;
    ent_results_file_t file;
    ent_table_t table;
} case_t;

static ent_context_t ctx;

static ent_scenario_t scenarios[] = {{.name = "none"}, {.name = "duty"}, {.name = "quota"}, {.name = "both"}};

enum { N_OUTCOMES = 5, N_PERIODS = 2, N_ROWS_EACH = 4, N_COLUMNS = 9 };

/* What the parts add to every cell in every step: the quota 2, the duty 4 (world + 1), both together 1 more
 * than that; other chance draws add 0.5 to the duty. */
static double added(int scenario, int replication)
{
    const int world = replication % FIX_WORLDS, repeat = replication >= FIX_WORLDS;
    const double duty = 4.0 * (world + 1) + 0.5 * repeat;

    return scenario == 0 ? 0.0 : scenario == 1 ? duty : scenario == 2 ? 2.0 : duty + 3.0;
}

static void write_run(const case_t *test, int n_failed)
{
    const ent_config_t *config = &test->run.config;
    ent_results_t *results = NULL;
    ent_trajectory_t trajectory;
    double draws[2] = {0.0, 0.0};

    assert_int_equal(ent_results_create(&results, test->run.path, 1, config, &test->run.benchmark, &ctx), 0);
    assert_int_equal(ent_trajectory_init(&trajectory, config, &ctx), 0);
    for (int r = n_failed; r < ent_replication_count(config); r++) {
        for (int s = 0; s < config->n_scenarios; s++) {
            for (int f = 0; f < ENT_N_FIELDS; f++) {
                const size_t size =
                    ent_field_size((ent_field_id_t)f, config->n_region, config->n_sector, config->n_flows);
                for (size_t i = 0; i < size * (size_t)config->n_steps; i++) {
                    trajectory.value[f][i] = (float)(100.0 + added(s, r));
                }
            }
            assert_int_equal(ent_results_write(results, s, r, &trajectory, draws, &ctx), 0);
        }
    }
    ent_trajectory_free(&trajectory);
    assert_int_equal(ent_results_finish(results, 0.0, n_failed, &ctx), 0);
}

static int setup(void **state)
{
    case_t *test = calloc(1, sizeof *test);

    assert_non_null(test);
    ent_context_init(&ctx);
    fixture_run_init(&test->run);
    test->run.config.n_scenarios = 4;
    test->run.config.scenarios = scenarios;
    test->run.config.decomposition = "none|both|duty|quota";
    *state = test;
    return 0;
}

static int teardown(void **state)
{
    case_t *test = *state;

    ent_table_free(&test->table);
    ent_results_file_close(&test->file);
    fixture_run_free(&test->run);
    free(test);
    ent_context_free(&ctx);
    return 0;
}

static int decompose(case_t *test)
{
    assert_int_equal(ent_results_file_open(&test->file, test->run.path, &ctx), 0);
    return ent_decomposition_table(&test->file, 0.9, &test->table, &ctx);
}

static const ent_table_cell_t *cell(const case_t *test, int row, int column)
{
    assert_true(row < test->table.n_rows && column < test->table.n_columns);
    return &test->table.cells[row * N_COLUMNS + column];
}

/* Cells that an outcome of home adds up over a year: exports leave by two flows, or one to the partner; jobs
 * are a mean over steps. */
static void parts_are_worth_what_they_add(void **state)
{
    case_t *test = *state;
    const double cells[N_OUTCOMES] = {2.0 * FIX_SECTORS * 12, FIX_SECTORS * 12, FIX_SECTORS * 12,
                                      FIX_SECTORS * 12, FIX_SECTORS};
    static const char *const names[N_OUTCOMES] = {"exports", "exports to partner", "revenue",
                                                  "affiliate sales", "jobs"};

    write_run(test, 0);
    assert_int_equal(decompose(test), 0);
    assert_int_equal(test->table.n_columns, N_COLUMNS);
    assert_int_equal(test->table.n_rows, N_OUTCOMES * N_PERIODS * N_ROWS_EACH);
    for (int block = 0; block < N_OUTCOMES * N_PERIODS; block++) {
        const int outcome = block / N_PERIODS, row = block * N_ROWS_EACH;
        /* duty: worlds add 4, 8, 12, 16 a cell */
        const double duty = 10.0 * cells[outcome], quota = 2.0 * cells[outcome], left = cells[outcome];

        assert_string_equal(cell(test, row, 0)->text, names[outcome]);
        assert_string_equal(cell(test, row, 1)->text, block % N_PERIODS == 0 ? "first year" : "last year");
        assert_string_equal(cell(test, row, 2)->text, "duty");
        assert_string_equal(cell(test, row + 1, 2)->text, "quota");
        assert_string_equal(cell(test, row + 2, 2)->text, "interaction");
        assert_string_equal(cell(test, row + 3, 2)->text, "both");
        assert_near(cell(test, row, 4)->number, duty, 1e-9);
        assert_near(cell(test, row + 1, 4)->number, quota, 1e-9);
        assert_near(cell(test, row + 2, 4)->number, left, 1e-9);
        assert_near(cell(test, row + 3, 4)->number, duty + quota + left, 1e-9);
        assert_near(cell(test, row, 5)->number, 10.0, 1e-9); /* per cent of the base */
        /* variance of 4, 8, 12, 16 over four worlds, Student's factor for three degrees; the quota has none
         */
        assert_near(cell(test, row, 6)->number,
                    3.182446305284263 / 1.959963984540054 * sqrt(80.0 / 3.0 / 4.0) * cells[outcome], 1e-9);
        assert_true(isnan(cell(test, row + 1, 6)->number));
        assert_true(cell(test, row, 7)->number < duty && cell(test, row, 8)->number > duty);
    }
}

/* A block adds up as it is printed, also where rounding takes digits away and replications are missing. */
static void rounded_rows_still_add_up(void **state)
{
    case_t *test = *state;

    test->run.config.n_repeats = 0;
    write_run(test, 1);
    assert_int_equal(decompose(test), 0);
    for (int row = 0; row < test->table.n_rows; row += N_ROWS_EACH) {
        double sum = 0.0;

        for (int k = 0; k < 3; k++) {
            sum += cell(test, row + k, 4)->number;
            assert_int_equal(cell(test, row + k, 4)->decimals, cell(test, row + 3, 4)->decimals);
        }
        assert_near(sum, cell(test, row + 3, 4)->number, 1e-12);
        assert_true(cell(test, row, 6)->number > 0.0); /* by the worlds, also without repeats */
    }
}

/* No flow of home is recorded: what it exports is not known, and not nothing. */
static void without_a_flow_there_is_none(void **state)
{
    static ent_flow_t inward[] = {{1, 0}, {2, 1}, {0, 0}};
    case_t *test = *state;

    test->run.config.n_flows = 3;
    test->run.config.flows = inward;
    write_run(test, 0);
    assert_int_equal(decompose(test), ENT_ERR_USAGE);
    assert_non_null(strstr(ctx.faults[0].rule, "no flow from"));
}

/* Less than a year played: the first year is what there is. */
static void a_short_run_is_its_own_year(void **state)
{
    case_t *test = *state;

    test->run.config.n_steps = 3;
    write_run(test, 0);
    assert_int_equal(decompose(test), 0);
    assert_near(cell(test, 0, 4)->number, 10.0 * 2.0 * FIX_SECTORS * 3.0, 1e-9);
    assert_near(cell(test, N_ROWS_EACH, 4)->number, 10.0 * 2.0 * FIX_SECTORS * 3.0, 1e-9);
}

static void names_must_be_scenarios(void **state)
{
    static const char *const broken[] = {"none|both|duty|tax", "no|both|duty", "none|both", "none", ""};
    case_t *test = *state;

    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        test->run.config.decomposition = (char *)broken[i];
        write_run(test, 0);
        assert_int_equal(ent_results_file_open(&test->file, test->run.path, &ctx), 0);
        if (ent_has_decomposition(&test->file)) {
            assert_int_equal(ent_decomposition_table(&test->file, 0.9, &test->table, &ctx), ENT_ERR_DATA);
            assert_non_null(strstr(ctx.faults[0].rule, "scenarios it does not have"));
            ent_table_free(&test->table);
        } else {
            assert_string_equal(broken[i], "");
        }
        ent_context_clear(&ctx);
        ent_results_file_close(&test->file);
    }
    test->run.config.decomposition = NULL;
    write_run(test, 0);
    assert_int_equal(ent_results_file_open(&test->file, test->run.path, &ctx), 0);
    assert_false(ent_has_decomposition(&test->file));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(parts_are_worth_what_they_add), CASE(rounded_rows_still_add_up),
        CASE(without_a_flow_there_is_none),  CASE(a_short_run_is_its_own_year),
        CASE(names_must_be_scenarios),
    };
    return cmocka_run_group_tests_name("decomposition", tests, NULL, NULL);
}
