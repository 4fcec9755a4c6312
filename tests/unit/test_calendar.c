/* Dates and steps: Gregorian rules, steps of every allowed length, partial steps, when news is known. */
#include <entrepot/calendar.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static const int all_steps_per_year[] = {1, 2, 3, 4, 6, 12, 52};
enum { N_KINDS = sizeof all_steps_per_year / sizeof all_steps_per_year[0] };

static void assert_close(double actual, double expected, double rtol)
{
    if (!(fabs(actual - expected) <= rtol * fmax(1.0, fabs(expected)))) {
        fail_msg("%.17g is not %.17g within %g", actual, expected, rtol);
    }
}

static ent_day_t day(const char *text)
{
    ent_day_t d = 0;

    assert_int_equal(ent_day_parse(text, &d), 0);
    return d;
}

static void test_day_zero_is_1970(void **state)
{
    (void)state;
    assert_int_equal(ent_day_of(1970, 1, 1), 0);
    assert_int_equal(ent_day_of(2000, 3, 1), 11017);
    assert_int_equal(ent_day_of(1969, 12, 31), -1);
    assert_int_equal(day("2025-01-01"), 20089);
}

static void test_leap_years(void **state)
{
    (void)state;
    assert_int_equal(day("2024-03-01") - day("2024-02-28"), 2);
    assert_int_equal(day("2025-03-01") - day("2025-02-28"), 1);
    assert_int_equal(day("2100-03-01") - day("2100-02-28"), 1);
    assert_int_equal(day("2000-03-01") - day("2000-02-28"), 2);
    assert_int_equal(day("2025-01-01") - day("2024-01-01"), 366);
}

static void test_parse_and_format_round_trip(void **state)
{
    char text[16], again[16];
    ent_day_t d;

    (void)state;
    for (ent_day_t i = day("1899-12-25"); i < day("2101-01-10"); i++) {
        ent_day_format(i, text);
        assert_int_equal(ent_day_parse(text, &d), 0);
        assert_int_equal(d, i);
    }
    ent_day_format(ENT_DAY_NEVER, again);
    assert_string_equal(again, "never");
    ent_day_format(ENT_DAY_ALWAYS, again);
    assert_string_equal(again, "always");
    ent_day_format(ENT_DAY_NEVER - 1, again);
    assert_string_equal(again, "out-of-range");
}

static void test_parse_refuses_what_is_no_date(void **state)
{
    static const char *const bad[] = {"",           "2025",       "2025-1-1",   "2025-02-29", "2025-13-01",
                                      "2025-00-10", "2025-04-31", "2025-04-00", "2025/04/01", "2025-04-01 ",
                                      " 025-04-01", "20250-4-01", "0000-01-01", "2025-0x-01"};
    ent_day_t d;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(ent_day_parse(bad[i], &d), ENT_ERR_DATA);
    }
    assert_int_equal(ent_day_parse(NULL, &d), ENT_ERR_DATA);
}

static void test_start_must_begin_a_step(void **state)
{
    ent_calendar_t calendar;

    (void)state;
    assert_int_equal(ent_calendar_init(&calendar, 12, day("2025-04-01")), 0);
    assert_int_equal(ent_calendar_init(&calendar, 12, day("2025-04-02")), ENT_ERR_CONFIG);
    assert_int_equal(ent_calendar_init(&calendar, 4, day("2025-04-01")), 0);
    assert_int_equal(ent_calendar_init(&calendar, 4, day("2025-05-01")), ENT_ERR_CONFIG);
    assert_int_equal(ent_calendar_init(&calendar, 52, day("2025-01-08")), 0);
    assert_int_equal(ent_calendar_init(&calendar, 52, day("2025-01-09")), ENT_ERR_CONFIG);
    assert_int_equal(ent_calendar_init(&calendar, 5, day("2025-01-01")), ENT_ERR_CONFIG);
    assert_int_equal(ent_calendar_init(&calendar, 0, day("2025-01-01")), ENT_ERR_CONFIG);
    assert_int_equal(ent_calendar_init(&calendar, 12, ENT_DAY_NEVER), ENT_ERR_CONFIG);
}

static void test_months(void **state)
{
    ent_calendar_t calendar;

    (void)state;
    assert_int_equal(ent_calendar_init(&calendar, 12, day("2025-01-01")), 0);
    assert_int_equal(ent_step_begin(&calendar, 3), day("2025-04-01"));
    assert_int_equal(ent_step_begin(&calendar, -12), day("2024-01-01"));
    assert_int_equal(ent_step_begin(&calendar, 47), day("2028-12-01"));
    assert_int_equal(ent_step_of_day(&calendar, day("2025-04-30")), 3);
    assert_int_equal(ent_step_of_day(&calendar, day("2024-12-31")), -1);
    assert_int_equal(ent_step_of_day(&calendar, ENT_DAY_NEVER), INT32_MAX);
    assert_int_equal(ent_step_of_day(&calendar, ENT_DAY_ALWAYS), INT32_MIN);
}

static void test_weeks_fill_every_year(void **state)
{
    ent_calendar_t calendar;

    (void)state;
    assert_int_equal(ent_calendar_init(&calendar, 52, day("2024-01-01")), 0);
    for (int year = 0; year < 8; year++) {
        assert_int_equal(ent_step_begin(&calendar, 52 * year), ent_day_of(2024 + year, 1, 1));
    }
    for (int step = -60; step < 400; step++) {
        const ent_day_t length = ent_step_begin(&calendar, step + 1) - ent_step_begin(&calendar, step);

        assert_true(length == 7 || length == 8);
    }
}

static void test_step_of_day_inverts_step_begin(void **state)
{
    ent_calendar_t calendar;

    (void)state;
    for (int kind = 0; kind < N_KINDS; kind++) {
        assert_int_equal(ent_calendar_init(&calendar, all_steps_per_year[kind], day("2025-01-01")), 0);
        for (int step = -130; step < 130; step++) {
            assert_int_equal(ent_step_of_day(&calendar, ent_step_begin(&calendar, step)), step);
            assert_int_equal(ent_step_of_day(&calendar, ent_step_begin(&calendar, step + 1) - 1), step);
        }
    }
}

static void test_coverage_is_a_share_of_days(void **state)
{
    ent_calendar_t calendar;

    (void)state;
    assert_int_equal(ent_calendar_init(&calendar, 12, day("2025-01-01")), 0);
    assert_close(ent_step_coverage(&calendar, 3, day("2025-04-05"), ENT_DAY_NEVER), 26.0 / 30.0, 1e-15);
    assert_close(ent_step_coverage(&calendar, 3, day("2025-04-05"), day("2025-04-09")), 4.0 / 30.0, 1e-15);
    assert_close(ent_step_coverage(&calendar, 4, day("2025-04-05"), ENT_DAY_NEVER), 1.0, 0.0);
    assert_close(ent_step_coverage(&calendar, 2, day("2025-04-05"), ENT_DAY_NEVER), 0.0, 0.0);
    assert_close(ent_step_coverage(&calendar, 3, day("2025-04-09"), day("2025-04-09")), 0.0, 0.0);
    assert_close(ent_step_coverage(&calendar, 3, day("2025-04-20"), day("2025-04-09")), 0.0, 0.0);
}

static void test_coverage_sums_to_one(void **state)
{
    ent_calendar_t calendar;

    (void)state;
    for (int kind = 0; kind < N_KINDS; kind++) {
        assert_int_equal(ent_calendar_init(&calendar, all_steps_per_year[kind], day("2025-01-01")), 0);
        for (int step = -60; step < 60; step++) {
            const ent_day_t first = ent_step_begin(&calendar, step);
            const ent_day_t cut = first + (ent_day_t)((step + 60) % 7);
            const double sum = ent_step_coverage(&calendar, step, first - 100, cut) +
                               ent_step_coverage(&calendar, step, cut, ENT_DAY_NEVER);

            assert_close(sum, 1.0, 1e-15);
        }
    }
}

static void test_news_of_the_first_half_is_known_at_once(void **state)
{
    ent_calendar_t calendar;

    (void)state;
    assert_int_equal(ent_calendar_init(&calendar, 12, day("2025-01-01")), 0);
    assert_int_equal(ent_step_of_news(&calendar, day("2025-04-02")), 3);
    assert_int_equal(ent_step_of_news(&calendar, day("2025-04-15")), 3);
    assert_int_equal(ent_step_of_news(&calendar, day("2025-04-16")), 4);
    assert_int_equal(ent_step_of_news(&calendar, day("2025-07-16")), 6);
    assert_int_equal(ent_step_of_news(&calendar, day("2025-07-30")), 7);
    assert_int_equal(ent_step_of_news(&calendar, day("2024-12-31")), 0);
    assert_int_equal(ent_step_of_news(&calendar, ENT_DAY_NEVER), INT32_MAX);
    assert_int_equal(ent_step_of_news(&calendar, ENT_DAY_ALWAYS), INT32_MIN);
}

static void test_hazard(void **state)
{
    (void)state;
    assert_close(ent_step_hazard(0.0, 12), 0.0, 0.0);
    assert_close(ent_step_hazard(0.3, 12), 1.0 - exp(-0.025), 1e-15);
    assert_close(ent_step_hazard(1200.0, 12), 1.0, 1e-15);
    assert_close(1.0 - pow(1.0 - ent_step_hazard(0.7, 52), 52), 1.0 - exp(-0.7), 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_day_zero_is_1970),
        cmocka_unit_test(test_leap_years),
        cmocka_unit_test(test_parse_and_format_round_trip),
        cmocka_unit_test(test_parse_refuses_what_is_no_date),
        cmocka_unit_test(test_start_must_begin_a_step),
        cmocka_unit_test(test_months),
        cmocka_unit_test(test_weeks_fill_every_year),
        cmocka_unit_test(test_step_of_day_inverts_step_begin),
        cmocka_unit_test(test_coverage_is_a_share_of_days),
        cmocka_unit_test(test_coverage_sums_to_one),
        cmocka_unit_test(test_news_of_the_first_half_is_known_at_once),
        cmocka_unit_test(test_hazard),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
