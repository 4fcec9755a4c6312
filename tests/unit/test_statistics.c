/* Estimates over worlds, and how numbers are rounded. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "numbers/statistics.h"
#include <math.h>

static void assert_near(double actual, double expected, double rtol)
{
    if (!(fabs(actual - expected) <= rtol * fmax(fabs(actual), fabs(expected))))
        fail_msg("%.17g is not %.17g (rtol %g)", actual, expected, rtol);
}

static double scratch[16];

static void chance_is_taken_out_of_the_range(void **state)
{
    /* worlds 0..3, then 0 and 1 again, each 12 away from its first play */
    const double value[] = {12, 24, 36, 48, 24, 12};
    const int world[] = {0, 1, 2, 3, 0, 1}, chance[] = {0, 0, 0, 0, 1, 1};
    const double factor = sqrt(1.0 - 72.0 / 240.0);
    ent_estimate_t e;
    (void)state;
    ent_estimate(value, world, chance, 6, 0.9, scratch, &e);
    assert_int_equal(e.n_worlds, 4);
    assert_int_equal(e.n_repeated, 2);
    assert_near(e.mean, 30.0, 1e-15);
    /* F = 240 / 72 with 3 and 2 degrees is no evidence of more than chance: both variances are pooled */
    assert_int_equal(e.degrees, 5);
    assert_near(e.numerical_error,
                2.570581835636314 / 1.959963984540054 * sqrt((2 * 72.0 + 3 * 240.0) / 5.0 / 4.0), 1e-12);
    assert_near(e.error, 3.182446305284263 / 1.959963984540054 * sqrt(240.0 / 4.0), 1e-12);
    assert_near(e.world_error, sqrt(240.0 / 4.0), 1e-15);
    assert_near(e.chance_share, 0.3, 1e-15);
    assert_near(e.low, 30.0 - 16.2 * factor, 1e-14);
    assert_near(e.high, 30.0 + 16.2 * factor, 1e-14);
    assert_true(e.share_negative == 0.0);
}

static void probability_counts_worlds_below_zero(void **state)
{
    const double value[] = {-3, -1, 1, 7, -3, -1, 1, 7};
    const int world[] = {0, 1, 2, 3, 0, 1, 2, 3}, chance[] = {0, 0, 0, 0, 1, 1, 1, 1};
    ent_estimate_t e;
    (void)state;
    ent_estimate(value, world, chance, 8, 0.9, scratch, &e);
    assert_true(isnan(e.numerical_error)); /* plays that agree measured no error */
    assert_near(e.share_negative, 0.5, 1e-15);
    assert_near(e.share_negative_raw, 0.5, 1e-15);
    assert_near(e.share_error, sqrt(0.25 / 4 + 3.841458820694124 / 64) / (1 + 3.841458820694124 / 4), 1e-12);
}

static void pure_chance_is_not_resolved(void **state)
{
    const double value[] = {-1, 1, -1, 1, 1, -1};
    const int world[] = {0, 1, 2, 3, 0, 1}, chance[] = {0, 0, 0, 0, 1, 1};
    ent_estimate_t e;
    (void)state;
    ent_estimate(value, world, chance, 6, 0.9, scratch, &e);
    assert_false(e.resolved);
    assert_true(isnan(e.low) && isnan(e.high));
    assert_true(isnan(e.share_negative));
    assert_near(e.share_negative_raw, 0.5, 1e-15);
}

static void nothing_happens_without_spread(void **state)
{
    const double value[] = {0, 0, 0, 0};
    const int world[] = {0, 1, 2, 0}, chance[] = {0, 0, 0, 1};
    ent_estimate_t e;
    (void)state;
    ent_estimate(value, world, chance, 4, 0.9, scratch, &e);
    assert_true(e.resolved && e.mean == 0.0 && e.low == 0.0 && e.high == 0.0 && e.share_negative == 0.0);
    assert_true(e.chance_share == 0.0);
    assert_true(isnan(e.numerical_error) && isnan(e.error));
}

static void missing_replications_are_left_out(void **state)
{
    const double value[] = {12, NAN, 36, 48, 24, 12};
    const int world[] = {0, 1, 2, 3, 0, 1}, chance[] = {0, 0, 0, 0, 1, 1};
    ent_estimate_t e;
    (void)state;
    ent_estimate(value, world, chance, 6, 0.9, scratch, &e);
    assert_int_equal(e.n_worlds, 3);
    assert_int_equal(e.n_repeated, 1);
    assert_near(e.mean, 32.0, 1e-15);
}

static void one_world_has_no_range(void **state)
{
    const double value[] = {5, 6};
    const int world[] = {0, 0}, chance[] = {0, 1};
    ent_estimate_t e;
    (void)state;
    ent_estimate(value, world, chance, 2, 0.9, scratch, &e);
    assert_near(e.mean, 5.0, 1e-15);
    assert_near(e.numerical_error, 12.706204736174706 / 1.959963984540054 * sqrt(0.5), 1e-12);
    assert_true(isnan(e.error));
    assert_true(isnan(e.low) && isnan(e.high) && isnan(e.share_negative) && isnan(e.world_error));
    ent_estimate(value, world, chance, 0, 0.9, scratch, &e);
    assert_true(isnan(e.mean) && e.n_worlds == 0);
}

static void without_repeats_chance_is_unknown(void **state)
{
    const double value[] = {1, 2, 3};
    const int world[] = {0, 1, 2}, chance[] = {0, 0, 0};
    ent_estimate_t e;
    (void)state;
    ent_estimate(value, world, chance, 3, 0.5, scratch, &e);
    assert_true(isnan(e.numerical_error) && isnan(e.chance_share));
    assert_near(e.low, 1.5, 1e-15);
    assert_near(e.high, 2.5, 1e-15);
}

/* Ninety-seven worlds by chance of size one, three that jump and are not played twice. */
static void jumps_that_repeats_miss_are_seen(void **state)
{
    double value[130], room[130];
    int world[130], chance[130];
    ent_estimate_t e;
    (void)state;
    for (int i = 0; i < 130; i++) {
        world[i] = i % 100;
        chance[i] = i >= 100;
        value[i] = 0.1 * (i * i * 31 % 101) - 5.0;
    }
    ent_estimate(value, world, chance, 130, 0.9, room, &e);
    assert_false(e.unseen || e.few_carry);
    assert_true(e.numerical_error < 0.5 && e.low < e.mean && e.mean < e.high);
    value[70] = value[80] = value[90] = 900.0;
    ent_estimate(value, world, chance, 130, 0.9, room, &e);
    assert_true(e.unseen && e.few_carry);
    assert_near(e.numerical_error, e.error, 1e-12);
    assert_true(e.error > 10.0);
    assert_true(isnan(e.low) && isnan(e.high)); /* the mean lies outside */
}

static void ends_of_the_range_have_errors(void **state)
{
    double value[400], room[400];
    int world[400], chance[400];
    ent_estimate_t e;
    (void)state;
    for (int i = 0; i < 400; i++) {
        world[i] = i;
        chance[i] = 0;
        value[i] = i * 7 % 400;
    }
    ent_estimate(value, world, chance, 400, 0.9, room, &e);
    /* uniform on 0 to 399: sqrt(q (1 - q) n), but for the whole numbers of order statistics */
    assert_near(e.low_error, sqrt(0.05 * 0.95 * 400), 0.15);
    assert_near(e.high_error, e.low_error, 0.15);
    ent_estimate(value, world, chance, 20, 0.9, room, &e);
    assert_true(isnan(e.low_error)); /* twenty worlds do not tell */
}

static void few_plays_take_students_factor(void **state)
{
    (void)state;
    assert_near(ent_student_factor(2), 4.302652729911275 / 1.959963984540054, 1e-9);
    assert_near(ent_student_factor(1e6), 1.0, 1e-5);
    assert_true(isnan(ent_student_factor(0)));
}

static void numbers_are_rounded_by_their_error(void **state)
{
    (void)state;
    assert_int_equal(ent_decimals(1234.5, 0.37), 2);
    assert_int_equal(ent_decimals(1234.5, 3.7), 1);
    assert_int_equal(ent_decimals(1234.5, 37.0), 0);
    assert_int_equal(ent_decimals(1234.5, 370.0), -1);
    assert_int_equal(ent_decimals(1234.5, NAN), 0);
    assert_int_equal(ent_decimals(0.01234, 0.0), 5);
    assert_int_equal(ent_decimals(0.0, 0.0), 0);
    /* never more than the seven digits a float32 has */
    assert_int_equal(ent_decimals(123456.0, 1e-9), 1);
}

static void needs_are_rounded_up(void **state)
{
    (void)state;
    assert_true(ent_round_up(123401.0) == 130000.0);
    assert_true(ent_round_up(130000.0) == 130000.0);
    assert_true(ent_round_up(3.2) == 4.0);
    assert_true(isnan(ent_round_up(NAN)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chance_is_taken_out_of_the_range),
        cmocka_unit_test(probability_counts_worlds_below_zero),
        cmocka_unit_test(pure_chance_is_not_resolved),
        cmocka_unit_test(nothing_happens_without_spread),
        cmocka_unit_test(missing_replications_are_left_out),
        cmocka_unit_test(one_world_has_no_range),
        cmocka_unit_test(without_repeats_chance_is_unknown),
        cmocka_unit_test(jumps_that_repeats_miss_are_seen),
        cmocka_unit_test(ends_of_the_range_have_errors),
        cmocka_unit_test(few_plays_take_students_factor),
        cmocka_unit_test(numbers_are_rounded_by_their_error),
        cmocka_unit_test(needs_are_rounded_up),
    };
    return cmocka_run_group_tests_name("statistics", tests, NULL, NULL);
}
