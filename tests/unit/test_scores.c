/* Scores of forecasts against their closed forms. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "ent_test.h"
#include "evidence/scores.h"

#include <math.h>

static void rmse_leaves_missing_months_out(void **state)
{
    const double error[] = {3.0, NAN, -4.0}, none[] = {NAN};

    (void)state;
    assert_close(ent_rmse(error, 3), sqrt(12.5), 1e-15);
    assert_true(isnan(ent_rmse(none, 1)));
}

static void crps_of_one_normal_is_the_closed_form(void **state)
{
    const double centre[] = {1.0};
    const double z = 0.75, pdf = exp(-0.5 * z * z) / sqrt(2.0 * M_PI), cdf = 0.5 * erfc(-z / M_SQRT2);

    (void)state;
    /* Gneiting and Raftery (2007), equation 21 with the sign turned */
    assert_close(ent_crps_mixture(centre, 1, 2.0, 1.0 + 2.0 * z),
                 2.0 * (z * (2.0 * cdf - 1.0) + 2.0 * pdf - 1.0 / sqrt(M_PI)), 1e-12);
    assert_close(ent_crps_mixture(centre, 1, 0.0, 4.0), 3.0, 1e-15); /* the absolute error */
}

/* With F the step function of an ensemble, the score is the integral of (F(x) - [x >= y])^2. */
static void crps_of_an_ensemble_is_its_integral(void **state)
{
    const double value[] = {0.0, 1.0, 3.0};

    (void)state;
    /* F: 1/3 on [0,1), 2/3 on [1,3), 1 from 3; y = 2: 1/9 + 4/9 + 1/9 */
    assert_close(ent_crps_mixture(value, 3, 0.0, 2.0), 6.0 / 9.0, 1e-14);
}

static void crps_of_a_mixture_is_its_integral(void **state)
{
    const double value[] = {-1.0, 0.5, 2.0}, step = 1e-3, came = 0.8;
    double sum = 0.0;

    (void)state;
    for (double x = -12.0 + 0.5 * step; x < 13.0; x += step) {
        const double off = ent_mixture_cdf(value, 3, 0.7, x) - (x >= came ? 1.0 : 0.0);

        sum += off * off * step;
    }
    assert_close(ent_crps_mixture(value, 3, 0.7, came), sum, 1e-6);
}

static void quantiles_invert_the_cdf(void **state)
{
    double value[] = {5.0, -2.0, 1.0, 0.0}, one[] = {10.0};

    (void)state;
    assert_close(ent_mixture_quantile(one, 1, 2.0, 0.95), 10.0 + 2.0 * 1.6448536269514722, 1e-9);
    assert_true(ent_mixture_quantile(value, 4, 0.0, 0.5) == 0.0);
    assert_true(ent_mixture_quantile(value, 4, 0.0, 0.51) == 1.0);
    for (double p = 0.05; p < 1.0; p += 0.1) {
        assert_close(ent_mixture_cdf(value, 4, 0.6, ent_mixture_quantile(value, 4, 0.6, p)), p, 1e-9);
    }
}

static void diebold_mariano_of_a_small_sample(void **state)
{
    /* d = 1, 3, NaN, 5: mean 3, variance 8/3, so 3 / sqrt(8/9) sqrt(2/3) on two degrees of freedom */
    const double first[] = {1.0, 2.0, 9.0, 3.0}, second[] = {0.0, 1.0, NAN, 2.0};
    const double t = 3.0 / sqrt(8.0 / 9.0) * sqrt(2.0 / 3.0);
    const ent_diebold_mariano_t test = ent_diebold_mariano(first, second, 4);

    (void)state;
    assert_int_equal(test.n, 3);
    assert_close(test.statistic, t, 1e-14);
    assert_close(test.p_value, 1.0 - t / sqrt(2.0 + t * t),
                 1e-12); /* Student t with two degrees of freedom */
    assert_close(ent_diebold_mariano(second, first, 4).statistic, -t, 1e-14);
    assert_true(isnan(ent_diebold_mariano(first, first, 4).statistic));
    assert_int_equal(ent_diebold_mariano(first, second, 1).n, 1);
    assert_true(isnan(ent_diebold_mariano(first, second, 1).p_value));
}

static void a_smooth_path_has_no_noise(void **state)
{
    const double flat[] = {0.1, 0.1, 0.1}, saw[] = {0.0, 0.2, 0.0, NAN, 0.2};

    (void)state;
    assert_true(ent_noise_of_growth(flat, 3, 2) == 0.0);
    assert_close(ent_noise_of_growth(saw, 5, 2), sqrt(0.5 * 0.04), 1e-14);
    assert_true(isnan(ent_noise_of_growth(saw, 5, 3)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rmse_leaves_missing_months_out),
        cmocka_unit_test(crps_of_one_normal_is_the_closed_form),
        cmocka_unit_test(crps_of_an_ensemble_is_its_integral),
        cmocka_unit_test(crps_of_a_mixture_is_its_integral),
        cmocka_unit_test(quantiles_invert_the_cdf),
        cmocka_unit_test(diebold_mariano_of_a_small_sample),
        cmocka_unit_test(a_smooth_path_has_no_noise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
