/* Factor content of output: closed forms of one and of two countries. */
#include "ent_test.h"

#include "economy/content.h"

#include <math.h>
#include <string.h>

static ent_context_t ctx;

static void near_to(double actual, double expected, double relative)
{
    assert_true(fabs(actual - expected) <= relative * fabs(expected));
}

/* A benchmark of `n` regions and one sector with these arrays. */
static ent_benchmark_t made(int n, double *flow, double *freight, double *tariff, double *input,
                            double *added)
{
    ent_benchmark_t b;
    memset(&b, 0, sizeof b);
    b.n_region = n;
    b.n_sector = 1;
    b.flow = flow;
    b.freight = freight;
    b.tariff = tariff;
    b.input_coefficient = input;
    b.value_added_share = added;
    return b;
}

/* Alone, a unit contains the own and that of its inputs and theirs: l / (1 - a). */
static void alone_it_is_the_geometric_series(void **state)
{
    double flow = 100.0, none = 0.0, input = 0.4, added = 0.6, own = 3.0, content = 0.0;
    const ent_benchmark_t b = made(1, &flow, &none, &none, &input, &added);
    (void)state;
    assert_int_equal(ent_input_content(&b, &own, &content, &ctx), 0);
    near_to(content, 3.0 / (1.0 - 0.4), 1e-10);
}

/* Two countries, a share m of inputs from the other, duty 25 % on it and freight of 10 %: what crosses the
 * border is worth less than is paid. Solved by hand as two equations. */
static void two_countries_solve_by_hand(void **state)
{
    double flow[] = {60.0, 20.0, 40.0, 80.0}, freight[] = {0.0, 0.1, 0.1, 0.0},
           tariff[] = {0.0, 0.25, 0.0, 0.0};
    double input[] = {0.5, 0.3}, added[] = {0.5, 0.7}, own[] = {2.0, 0.0}, content[2];
    const ent_benchmark_t b = made(2, flow, freight, tariff, input, added);
    const double spent[] = {60.0 + 40.0 * 1.1, 20.0 * 1.1 * 1.25 + 80.0};
    const double z00 = 0.5 * 60.0 / spent[0], z10 = 0.5 * 40.0 * 1.1 / spent[0];
    const double z01 = 0.3 * 20.0 * 1.1 / spent[1], z11 = 0.3 * 80.0 / spent[1];
    const double determinant = (1.0 - z00) * (1.0 - z11) - z10 * z01;
    (void)state;
    assert_int_equal(ent_input_content(&b, own, content, &ctx), 0);
    near_to(content[0], 2.0 * (1.0 - z11) / determinant, 1e-10);
    near_to(content[1], 2.0 * z01 / determinant, 1e-10);
}

/* Value added is all that output contains in the end, where no duty is paid on the way. */
static void value_added_is_all_there_is(void **state)
{
    double flow[] = {60.0, 20.0, 40.0, 80.0}, freight[] = {0.0, 0.1, 0.1, 0.0}, tariff[4] = {0.0};
    double input[] = {0.5, 0.3}, added[] = {0.5, 0.7}, content[2];
    const ent_benchmark_t b = made(2, flow, freight, tariff, input, added);
    (void)state;
    assert_int_equal(ent_input_content(&b, added, content, &ctx), 0);
    near_to(content[0], 1.0, 1e-10);
    near_to(content[1], 1.0, 1e-10);
}

static void inputs_worth_more_than_output_are_refused(void **state)
{
    double flow = 100.0, none = 0.0, input = 1.5, added = 0.6, own = 3.0, content = 0.0;
    const ent_benchmark_t b = made(1, &flow, &none, &none, &input, &added);
    (void)state;
    assert_int_equal(ent_input_content(&b, &own, &content, &ctx), ENT_ERR_DATA);
}

static int setup(void **state)
{
    (void)state;
    ent_context_init(&ctx);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ent_context_free(&ctx);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alone_it_is_the_geometric_series),
        cmocka_unit_test(two_countries_solve_by_hand),
        cmocka_unit_test(value_added_is_all_there_is),
        cmocka_unit_test(inputs_worth_more_than_output_are_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
