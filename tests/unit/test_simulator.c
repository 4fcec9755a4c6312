/* A simulator: settings one after another, and calls in the wrong order. */
#include "ent_test.h"

#include <entrepot/simulator.h>

#include <math.h>
#include <string.h>

static const char *const path = "configs/two-by-two.yaml";
static const ent_setting_t few[] = {
    {"replications", "2"}, {"repeats", "0"}, {"slots", "2000"}, {"steps", "12"}};
static ent_context_t ctx;

static int setup(void **state)
{
    ent_context_init(&ctx);
    return ent_simulator_open((ent_simulator_t **)state, path, &ctx) != 0 ||
           ent_simulator_set(*state, 4, few, &ctx) != 0;
}

static int teardown(void **state)
{
    ent_simulator_close(*state);
    ent_context_free(&ctx);
    return 0;
}

static double exports_of(ent_simulator_t *simulator, int n_threads)
{
    const ent_query_t query = {.size = sizeof query, .outcome = "exports", .partner = "WORLD"};
    double values[2] = {NAN, NAN};
    assert_int_equal(ent_simulator_ask(simulator, n_threads, 1, &query, values, NULL, NULL, &ctx), 0);
    return values[0] + values[1];
}

static void settings_take_the_place_of_earlier_ones(void **state)
{
    const ent_setting_t high[] = {few[0], few[1], few[2], few[3], {"regimes.tariff.measures[0].rate", "0.5"}};
    const double first = exports_of(*state, 1);
    assert_int_equal(ent_simulator_set(*state, 5, high, &ctx), 0);
    assert_true(exports_of(*state, 1) < first);
    assert_int_equal(ent_simulator_set(*state, 4, few, &ctx), 0);
    assert_true(exports_of(*state, 2) == first);
}

static void refused_settings_leave_nothing_set(void **state)
{
    const ent_setting_t bad = {"steps", "many"};
    assert_int_equal(ent_simulator_set(*state, 1, &bad, &ctx), ENT_ERR_CONFIG);
    assert_null(ent_simulator_reading(*state));
    ent_context_clear(&ctx);
    assert_int_equal(ent_simulator_play(*state, 1, NULL, NULL, &ctx), ENT_ERR_USAGE);
    assert_non_null(strstr(ctx.faults[0].rule, "has no settings"));
    assert_int_equal(ent_simulator_set(*state, 4, few, &ctx), 0);
    assert_true(exports_of(*state, 1) > 0.0);
}

static void none_is_no_simulator(void **state)
{
    (void)state;
    assert_int_equal(ent_simulator_play(NULL, 1, NULL, NULL, &ctx), ENT_ERR_USAGE);
    assert_non_null(strstr(ctx.faults[0].rule, "not opened, or is closed"));
    assert_int_equal(ent_simulator_set(NULL, 0, NULL, &ctx), ENT_ERR_USAGE);
    assert_null(ent_simulator_reading(NULL));
    ent_simulator_close(NULL);
}

static void none_is_no_reading(void **state)
{
    const ent_query_t query = {.size = sizeof query, .outcome = "exports"};
    double value;
    const float *values;
    ent_summary_t summary;
    (void)state;
    assert_int_equal(ent_reading_hold(NULL, 0, NULL, &ctx), ENT_ERR_USAGE);
    assert_int_equal(ent_reading_value(NULL, &query, 0, &value, &ctx), ENT_ERR_USAGE);
    assert_int_equal(ent_reading_values(NULL, &query, &value, &ctx), ENT_ERR_USAGE);
    assert_int_equal(ent_reading_field(NULL, "exports", 0, 0, &values, &ctx), ENT_ERR_USAGE);
    assert_int_equal(ent_reading_summary(NULL, &value, 0.9, &summary, &ctx), ENT_ERR_USAGE);
    assert_int_equal(ctx.n_faults, 5);
    assert_non_null(strstr(ctx.faults[4].rule, "not opened, or is closed"));
}

/* What a call from another thread meets while a run goes on, made from within it. */
static int meddle(void *data, ent_reading_t *reading, int replication)
{
    ent_context_t own;
    ent_context_init(&own);
    assert_non_null(reading);
    assert_true(replication >= 0);
    assert_int_equal(ent_simulator_set(data, 4, few, &own), ENT_ERR_USAGE);
    assert_non_null(strstr(own.faults[0].rule, "is in use by another call"));
    assert_int_equal(ent_simulator_play(data, 1, NULL, NULL, &own), ENT_ERR_USAGE);
    ent_context_free(&own);
    return 0;
}

static int stop(void *data, ent_reading_t *reading, int replication)
{
    (void)reading;
    (void)replication;
    (*(int *)data)++;
    return 1;
}

static void a_run_is_left_alone(void **state)
{
    assert_int_equal(ent_simulator_play(*state, 1, meddle, *state, &ctx), 0);
}

static void a_callback_stops_the_run(void **state)
{
    int n_seen = 0;
    assert_int_equal(ent_simulator_play(*state, 1, stop, &n_seen, &ctx), ENT_ERR_STOPPED);
    assert_int_equal(n_seen, 1);
    assert_true(exports_of(*state, 1) > 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(settings_take_the_place_of_earlier_ones, setup, teardown),
        cmocka_unit_test_setup_teardown(refused_settings_leave_nothing_set, setup, teardown),
        cmocka_unit_test_setup_teardown(none_is_no_simulator, setup, teardown),
        cmocka_unit_test_setup_teardown(none_is_no_reading, setup, teardown),
        cmocka_unit_test_setup_teardown(a_run_is_left_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(a_callback_stops_the_run, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
