/* Quantiles of every distribution against their closed forms, in the middle, at the ends and where nothing
 * spreads. */
#include "ent_test.h"

#include "engine/distribution.h"

static double values[] = {3.0, 1.0, 2.0}, weights[] = {0.5, 0.3, 0.2};

static const double upper_quartile = 0.67448975019608171; /* of the standard normal */

static void quantiles_are_those_of_the_law(void **state)
{
    (void)state;
    const struct {
        ent_distribution_t d;
        double u, expected;
    } cases[] = {
        {{.kind = ENT_DIST_FIXED, .a = 4.0}, 0.9, 4.0},
        {{.kind = ENT_DIST_UNIFORM, .a = 2.0, .b = 6.0}, 0.25, 3.0},
        {{.kind = ENT_DIST_TRIANGULAR, .a = 0.0, .b = 1.0, .c = 2.0}, 0.125, 0.5},
        {{.kind = ENT_DIST_TRIANGULAR, .a = 0.0, .b = 1.0, .c = 2.0}, 0.875, 1.5},
        {{.kind = ENT_DIST_TRIANGULAR, .a = 1.0, .b = 1.0, .c = 1.0}, 0.3, 1.0},
        {{.kind = ENT_DIST_NORMAL, .a = 1.0, .b = 2.0, .c = -INFINITY, .d = INFINITY}, 0.5, 1.0},
        {{.kind = ENT_DIST_NORMAL, .a = 1.0, .b = 2.0, .c = -INFINITY, .d = INFINITY},
         0.75,
         1.0 + 2.0 * upper_quartile},
        {{.kind = ENT_DIST_NORMAL, .a = 1.0, .b = 2.0, .c = 1.0, .d = INFINITY},
         0.5,
         1.0 + 2.0 * upper_quartile},
        {{.kind = ENT_DIST_NORMAL, .a = 1.0, .b = 0.0, .c = 0.0, .d = 2.0}, 0.9, 1.0},
        {{.kind = ENT_DIST_LOGNORMAL, .a = 3.0, .b = 0.5, .c = 0.0, .d = INFINITY}, 0.5, 3.0},
        {{.kind = ENT_DIST_LOGNORMAL, .a = 3.0, .b = 0.5, .c = 3.0, .d = INFINITY},
         0.5,
         3.0 * exp(0.5 * upper_quartile)},
        {{.kind = ENT_DIST_LOGNORMAL, .a = 3.0, .b = 0.5, .c = 0.0, .d = 3.0},
         0.5,
         3.0 * exp(-0.5 * upper_quartile)},
        {{.kind = ENT_DIST_LOGNORMAL, .a = 3.0, .b = 0.0, .c = 1.0, .d = 4.0}, 0.1, 3.0},
        {{.kind = ENT_DIST_DISCRETE, .n = 3, .values = values, .weights = weights}, 0.0, 3.0},
        {{.kind = ENT_DIST_DISCRETE, .n = 3, .values = values, .weights = weights}, 0.6, 1.0},
        {{.kind = ENT_DIST_DISCRETE, .n = 3, .values = values, .weights = weights}, 0.9, 2.0},
        {{.kind = ENT_DIST_DISCRETE, .n = 1, .values = values, .weights = weights}, 0.9, 3.0},
        {{.kind = ENT_DIST_BY_WORLD, .n = 3, .values = values}, 0.5, 1.0},
        {{.kind = ENT_DIST_EXPONENTIAL, .a = 10.0, .d = 100.0}, 0.5, 10.0 * log(2.0)},
        {{.kind = ENT_DIST_EXPONENTIAL, .a = 10.0, .d = 5.0}, 0.9, 5.0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        /* gsl's normal distribution function and its inverse are good to some 1e-12 */
        assert_close(ent_distribution_quantile(&cases[i].d, cases[i].u), cases[i].expected, 1e-12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(quantiles_are_those_of_the_law)};
    return cmocka_run_group_tests_name("distribution", tests, NULL, NULL);
}
