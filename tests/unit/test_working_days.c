/* Elasticity of trade to working days against data made with a known one. */
#include "ent_test.h"

#include "evidence/working_days.h"

#include <math.h>
#include <stdlib.h>

enum { MONTHS = 36, FIRST = 12 * 2022 };

/* Days that change from year to year, as feasts do that move. */
static double days_of(int month)
{
    return 20.0 + 2.5 * sin(2.1 * month) + (month % 5 == 0 ? 1.0 : 0.0);
}

/* One total with trend growth, a season and the given elasticity. */
static void make(ent_observed_t *observed, ent_observed_series_t *series, double *value, double *days,
                 double elasticity)
{
    for (int m = 0; m < MONTHS; m++) {
        days[m] = days_of(m);
        value[m] =
            100.0 * exp(0.002 * m + 0.0004 * m * m + 0.2 * cos(M_PI * m / 6.0)) * pow(days[m], elasticity);
    }
    *series = (ent_observed_series_t){.sector = -1, .value = value, .days = days};
    *observed = (ent_observed_t){.first_month = FIRST, .n_months = MONTHS, .n_series = 1, .series = series};
}

static void a_known_elasticity_is_found(void **state)
{
    double value[MONTHS], days[MONTHS];
    ent_observed_series_t series;
    ent_observed_t observed;
    ent_working_days_t found;
    ent_context_t ctx;
    (void)state;
    ent_context_init(&ctx);
    make(&observed, &series, value, days, 0.6);
    assert_int_equal(ent_working_days(&observed, FIRST + MONTHS - 1, &found, &ctx), 0);
    assert_int_equal(found.n_series, 1);
    assert_close(found.elasticity, 0.6, 1e-9);
    assert_true(found.standard_error < 1e-6);
    /* months after the last one allowed are not looked at */
    value[MONTHS - 1] *= 5.0;
    assert_int_equal(ent_working_days(&observed, FIRST + MONTHS - 2, &found, &ctx), 0);
    assert_close(found.elasticity, 0.6, 1e-9);
    ent_context_free(&ctx);
}

static void two_series_are_weighted_by_their_precision(void **state)
{
    double value[2][MONTHS], days[2][MONTHS];
    ent_observed_series_t series[2];
    ent_observed_t observed;
    ent_working_days_t one, other, both;
    ent_context_t ctx;
    (void)state;
    ent_context_init(&ctx);
    for (int i = 0; i < 2; i++) {
        make(&observed, &series[i], value[i], days[i], i == 0 ? 0.4 : 0.9);
        for (int m = 0; m < MONTHS; m++) { /* noise, of which the second has ten times as much */
            value[i][m] *= exp((i == 0 ? 0.01 : 0.1) * sin(7.3 * m + i));
        }
    }
    observed.series = series;
    observed.n_series = 1;
    assert_int_equal(ent_working_days(&observed, FIRST + MONTHS, &one, &ctx), 0);
    observed.series = series + 1;
    assert_int_equal(ent_working_days(&observed, FIRST + MONTHS, &other, &ctx), 0);
    observed.series = series;
    observed.n_series = 2;
    assert_int_equal(ent_working_days(&observed, FIRST + MONTHS, &both, &ctx), 0);
    const double a = pow(one.standard_error, -2.0), b = pow(other.standard_error, -2.0);
    assert_close(both.elasticity, (a * one.elasticity + b * other.elasticity) / (a + b), 1e-12);
    assert_close(both.standard_error, 1.0 / sqrt(a + b), 1e-12);
    assert_true(fabs(both.elasticity - one.elasticity) < fabs(both.elasticity - other.elasticity));
    ent_context_free(&ctx);
}

static void too_few_months_give_growth_per_day(void **state)
{
    double value[MONTHS], days[MONTHS];
    ent_observed_series_t series;
    ent_observed_t observed;
    ent_working_days_t found;
    ent_context_t ctx;
    (void)state;
    ent_context_init(&ctx);
    make(&observed, &series, value, days, 0.6);
    assert_int_equal(ent_working_days(&observed, FIRST + 20, &found, &ctx), 0);
    assert_int_equal(found.n_series, 0);
    assert_close(found.elasticity, 1.0, 0.0);
    assert_true(isnan(found.standard_error));
    series.sector = 0; /* sectors are too noisy to tell */
    assert_int_equal(ent_working_days(&observed, FIRST + MONTHS, &found, &ctx), 0);
    assert_int_equal(found.n_series, 0);
    ent_context_free(&ctx);
}

static void levels_and_ratios_use_it(void **state)
{
    double value[MONTHS], days[MONTHS];
    ent_observed_series_t series;
    ent_observed_t observed;
    (void)state;
    make(&observed, &series, value, days, 0.6);
    const int m = 20;
    assert_close(ent_observed_level(&observed, 0, FIRST + m, 1, 0.0), value[m], 1e-15);
    assert_close(ent_observed_level(&observed, 0, FIRST + m, 1, 1.0), value[m] / days[m], 1e-15);
    assert_close(ent_observed_level(&observed, 0, FIRST + m, 2, 0.5),
                 (value[m] + value[m + 1]) / sqrt(days[m] + days[m + 1]), 1e-14);
    assert_close(ent_observed_ratio(&observed, 0, FIRST + m, FIRST + m - 12, 1, 0.5),
                 value[m] / value[m - 12] / sqrt(days[m] / days[m - 12]), 1e-14);
    days[m - 12] = NAN; /* then the plain ratio */
    assert_close(ent_observed_ratio(&observed, 0, FIRST + m, FIRST + m - 12, 1, 0.5),
                 value[m] / value[m - 12], 1e-15);
    assert_true(isnan(ent_observed_level(&observed, 0, FIRST + MONTHS, 1, 0.5)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_known_elasticity_is_found),
        cmocka_unit_test(two_series_are_weighted_by_their_precision),
        cmocka_unit_test(too_few_months_give_growth_per_day),
        cmocka_unit_test(levels_and_ratios_use_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
