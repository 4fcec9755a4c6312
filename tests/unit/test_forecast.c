/* The forecaster: two ways of conditioning, parts that sum, what is switched off, and what may not matter. */
#include "ent_test.h"

#include "evidence/forecast.h"

#include <stdlib.h>
#include <string.h>

enum { N = 84, FROM = 3, ORIGIN = 70, HORIZON = 12, WORLDS = 3, INPUTS = 2, PAST = ORIGIN - FROM + 1 };

static ent_context_t ctx;
static double y[N], days[N], effect[WORLDS * N], season[12], other_way[WORLDS * HORIZON * INPUTS];

/* A number in (-1, 1) that hangs on i alone. */
static double noise(int i)
{
    const double x = sin(12.9898 * (double)(i + 1)) * 43758.5453;

    return 2.0 * (x - floor(x)) - 1.0;
}

static int setup(void **state)
{
    double level = 7.0;

    (void)state;
    ent_context_init(&ctx);
    for (int t = 0; t < N; t++) {
        days[t] = 0.05 * noise(1000 + t);
        level += 0.02 * noise(2000 + t) + 0.003;
        for (int w = 0; w < WORLDS; w++) {
            effect[w * N + t] = t < 50 ? 0.0 : -0.02 * (t - 49) * (1.0 + 0.2 * w);
        }
        y[t] = level + 0.1 * sin(0.5236 * t) + 0.6 * days[t] + 0.8 * effect[N + t] + 0.03 * noise(t);
    }
    y[20] = y[33] = NAN;
    for (int m = 0; m < 12; m++) {
        season[m] = 0.05 * noise(3000 + m);
    }
    for (int i = 0; i < WORLDS * HORIZON * INPUTS; i++) {
        other_way[i] = i % INPUTS == 1 ? 0.1 * noise(4000 + i) : 0.0;
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ent_context_free(&ctx);
    return 0;
}

static ent_forecast_input_t inputs[INPUTS] = {
    {.name = "days", .mean = 0.55, .sd = 0.14, .x = days},
    {.name = "effect", .mean = 1.0, .sd = 0.3, .by_world = 1, .x = effect}};

static ent_forecast_series_t series_of(int n_inputs, int n_worlds)
{
    return (ent_forecast_series_t){.n_months = N,
                                   .first_month = 12 * 2013,
                                   .from = FROM,
                                   .origin = ORIGIN,
                                   .horizon = HORIZON,
                                   .y = y,
                                   .n_inputs = n_inputs,
                                   .n_worlds = n_worlds,
                                   .input = inputs};
}

static void filter_and_dense_conditioning_agree(void **state)
{
    const ent_forecast_prior_t prior = ent_forecast_prior();
    const ent_forecast_setting_t settings[] = {{0.25, 1.2, 0.04, 1}, {1.4, 0.5, 0.1, 2}, {0.0, 2.5, 0.02, 0}};
    ent_forecast_series_t series = series_of(INPUTS, WORLDS);
    double factor[N];

    (void)state;
    series.season = season;
    for (int t = 0; t < N; t++) {
        factor[t] = 1.0 + 0.5 * noise(5000 + t);
    }
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        double mean[2][HORIZON], variance[2][HORIZON], level[2][PAST], beta[2][INPUTS], likelihood[2];

        assert_int_equal(ent_forecast_kalman(&series, &prior, &settings[i], factor, mean[0], variance[0],
                                             level[0], beta[0], &likelihood[0], &ctx),
                         ENT_OK);
        assert_int_equal(ent_forecast_dense(&series, &prior, &settings[i], factor, mean[1], variance[1],
                                            level[1], beta[1], &likelihood[1], &ctx),
                         ENT_OK);
        for (int h = 0; h < HORIZON; h++) {
            assert_within(mean[0][h], mean[1][h], 1e-9);
            assert_within(variance[0][h], variance[1][h], 1e-9);
        }
        for (int t = 0; t < PAST; t++) {
            assert_within(level[0][t], level[1][t], 1e-9);
        }
        assert_within(beta[0][0], beta[1][0], 1e-9);
        assert_within(beta[0][1], beta[1][1], 1e-9);
        assert_close(likelihood[0], likelihood[1], 1e-9);
        assert_true(fabs(beta[0][1] - inputs[1].mean) > 1e-3); /* something was learnt */
    }
}

static void parts_sum_to_what_was_observed_and_to_the_forecast(void **state)
{
    const ent_forecast_prior_t prior = ent_forecast_prior();
    const ent_forecast_series_t series = series_of(INPUTS, WORLDS);
    ent_forecast_t forecast, other;

    (void)state;
    assert_int_equal(ent_forecast(&forecast, &series, &prior, &ctx), ENT_OK);
    assert_int_equal(ent_forecast_other(&other, &forecast, other_way, &ctx), ENT_OK);
    for (int t = 0; t < PAST + HORIZON; t++) {
        double sum = 0.0, sum_other = 0.0;

        for (int part = 0; part < ENT_N_PARTS + INPUTS; part++) {
            sum += forecast.part[part * (PAST + HORIZON) + t];
            sum_other += other.part[part * (PAST + HORIZON) + t];
        }
        if (t >= PAST) {
            assert_within(sum, ent_forecast_mean(&forecast, t - PAST), 1e-9);
            assert_within(sum_other, ent_forecast_mean(&other, t - PAST), 1e-9);
        } else if (!isnan(y[FROM + t])) {
            assert_within(sum, y[FROM + t], 1e-9);
        }
    }
    ent_forecast_free(&other);
    ent_forecast_free(&forecast);
}

static void an_input_whose_scale_is_nought_is_no_input(void **state)
{
    const ent_forecast_prior_t prior = ent_forecast_prior();
    const ent_forecast_series_t without = series_of(1, 1);
    ent_forecast_series_t off = series_of(INPUTS, 1);
    const ent_forecast_input_t switched[INPUTS] = {inputs[0], {.name = "effect", .x = effect + N}};
    ent_forecast_t a, b;

    (void)state;
    off.input = switched;
    assert_int_equal(ent_forecast(&a, &without, &prior, &ctx), ENT_OK);
    assert_int_equal(ent_forecast(&b, &off, &prior, &ctx), ENT_OK);
    for (int h = 0; h < HORIZON; h++) {
        assert_true(ent_forecast_mean(&a, h) == ent_forecast_mean(&b, h));
        assert_true(ent_forecast_quantile(&a, h, 0.05) == ent_forecast_quantile(&b, h, 0.05));
    }
    assert_true(a.evidence == b.evidence);
    ent_forecast_free(&b);
    ent_forecast_free(&a);
}

/* Nothing but the input moves when no variance is left, and its scale is 1. */
static void without_variances_growth_is_the_engines(void **state)
{
    ent_forecast_prior_t prior = ent_forecast_prior();
    ent_forecast_input_t fixed = {.name = "effect", .mean = 1.0, .by_world = 0, .x = effect + N};
    ent_forecast_series_t series = series_of(1, 1);
    double x[HORIZON];
    ent_forecast_t forecast;

    (void)state;
    prior.n_level = prior.n_season = 1;
    prior.level[0] = prior.season[0] = prior.drift = 0.0;
    series.input = &fixed;
    assert_int_equal(ent_forecast(&forecast, &series, &prior, &ctx), ENT_OK);
    for (int h = 0; h < HORIZON; h++) {
        x[h] = -effect[N + ORIGIN + 1 + h]; /* measures gone */
    }
    for (int h = 1; h < HORIZON; h++) {
        assert_within(ent_forecast_mean(&forecast, h) - ent_forecast_mean(&forecast, 0),
                      effect[N + ORIGIN + 1 + h] - effect[N + ORIGIN + 1], 1e-12);
        assert_within(ent_forecast_paired_mean(&forecast, x, h), x[h], 1e-15);
        assert_within(ent_forecast_paired_quantile(&forecast, x, h, 0.05), x[h], 1e-15);
    }
    ent_forecast_free(&forecast);
}

static void nothing_after_the_origin_touches_a_bit(void **state)
{
    const ent_forecast_prior_t prior = ent_forecast_prior();
    const ent_forecast_series_t series = series_of(INPUTS, WORLDS);
    ent_forecast_t before, after;

    (void)state;
    assert_int_equal(ent_forecast(&before, &series, &prior, &ctx), ENT_OK);
    for (int t = ORIGIN + 1; t < N; t++) {
        y[t] = t % 2 == 0 ? NAN : 1e6;
    }
    assert_int_equal(ent_forecast(&after, &series, &prior, &ctx), ENT_OK);
    assert_int_equal(before.n_components, after.n_components);
    assert_memory_equal(before.weight, after.weight, (size_t)before.n_components * sizeof(double));
    assert_memory_equal(before.part, after.part,
                        (size_t)((ENT_N_PARTS + INPUTS) * (PAST + HORIZON)) * sizeof(double));
    y[ORIGIN] += 0.01; /* and the origin itself does */
    ent_forecast_free(&after);
    assert_int_equal(ent_forecast(&after, &series, &prior, &ctx), ENT_OK);
    assert_true(ent_forecast_mean(&before, 0) != ent_forecast_mean(&after, 0));
    ent_forecast_free(&before);
    ent_forecast_free(&after);
}

static void exchanging_two_courses_negates_their_difference(void **state)
{
    const ent_forecast_prior_t prior = ent_forecast_prior();
    const ent_forecast_series_t series = series_of(INPUTS, WORLDS);
    double back[WORLDS * HORIZON * INPUTS];
    ent_forecast_t forecast;

    (void)state;
    assert_int_equal(ent_forecast(&forecast, &series, &prior, &ctx), ENT_OK);
    for (int i = 0; i < WORLDS * HORIZON * INPUTS; i++) {
        back[i] = -other_way[i];
    }
    for (int h = 0; h < HORIZON; h++) {
        const double low = ent_forecast_paired_quantile(&forecast, other_way, h, 0.05);

        assert_true(ent_forecast_paired_mean(&forecast, other_way, h) ==
                    -ent_forecast_paired_mean(&forecast, back, h));
        assert_within(low, -ent_forecast_paired_quantile(&forecast, back, h, 0.95), 1e-12);
        assert_true(low < ent_forecast_paired_mean(&forecast, other_way, h));
    }
    ent_forecast_free(&forecast);
}

static void draws_have_the_moments_of_the_mixture(void **state)
{
    enum { DRAWS = 4000, H = 5 };
    const ent_forecast_prior_t prior = ent_forecast_prior();
    const ent_forecast_series_t series = series_of(INPUTS, WORLDS);
    double path[HORIZON], other[HORIZON], sum = 0.0, squares = 0.0, difference = 0.0;
    ent_forecast_t forecast;

    (void)state;
    assert_int_equal(ent_forecast(&forecast, &series, &prior, &ctx), ENT_OK);
    for (int i = 0; i < DRAWS; i++) {
        ent_forecast_draw(&forecast, NULL, 1, i, DRAWS, path);
        ent_forecast_draw(&forecast, other_way, 1, i, DRAWS, other);
        sum += path[H];
        squares += path[H] * path[H];
        difference += other[H] - path[H];
    }
    const double mean = sum / DRAWS, sd = sqrt(squares / DRAWS - mean * mean);

    assert_within(mean, ent_forecast_mean(&forecast, H), 5.0 * sd / sqrt(DRAWS));
    assert_close(sd, ent_forecast_sd(&forecast, H), 0.06);
    assert_within(difference / DRAWS, ent_forecast_paired_mean(&forecast, other_way, H), 0.005);
    ent_forecast_free(&forecast);
}

static void scores_are_those_of_a_normal_when_there_is_one_component(void **state)
{
    ent_forecast_prior_t prior = ent_forecast_prior();
    const ent_forecast_series_t series = series_of(0, 1);
    ent_forecast_t forecast;

    (void)state;
    prior.n_level = prior.n_season = prior.n_scale = 1;
    assert_int_equal(ent_forecast(&forecast, &series, &prior, &ctx), ENT_OK);
    assert_int_equal(forecast.n_components, 1);
    const double mean = ent_forecast_mean(&forecast, 2), sd = ent_forecast_sd(&forecast, 2);

    assert_close(ent_forecast_quantile(&forecast, 2, 0.95), mean + 1.6448536269514722 * sd, 1e-10);
    assert_within(ent_forecast_cdf(&forecast, 2, mean), 0.5, 1e-12);
    /* CRPS of N(mean, sd) at its mean: sd (sqrt 2 - 1) / sqrt pi (Gneiting and Raftery 2007, equation 21) */
    assert_close(ent_forecast_crps(&forecast, 2, mean), sd * 0.23369497725510913, 1e-9);
    ent_forecast_free(&forecast);
}

static void an_outlier_moves_a_forecast_with_long_tails_less(void **state)
{
    const ent_forecast_series_t series = series_of(1, 1);
    double shift[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        ent_forecast_prior_t prior = ent_forecast_prior();
        ent_forecast_t forecast;

        prior.tails = i == 0 ? 0.0 : 5.0;
        assert_int_equal(ent_forecast(&forecast, &series, &prior, &ctx), ENT_OK);
        shift[i] = ent_forecast_mean(&forecast, 0);
        ent_forecast_free(&forecast);
        y[ORIGIN - 5] += 1.0;
        assert_int_equal(ent_forecast(&forecast, &series, &prior, &ctx), ENT_OK);
        y[ORIGIN - 5] -= 1.0;
        shift[i] = fabs(ent_forecast_mean(&forecast, 0) - shift[i]);
        ent_forecast_free(&forecast);
    }
    assert_true(shift[1] < 0.5 * shift[0]);
}

static void too_few_months_are_a_fault(void **state)
{
    const ent_forecast_prior_t prior = ent_forecast_prior();
    ent_forecast_series_t series = series_of(INPUTS, WORLDS);
    ent_forecast_t forecast;

    (void)state;
    series.from = series.origin;
    assert_int_equal(ent_forecast(&forecast, &series, &prior, &ctx), ENT_ERR_DATA);
    ent_forecast_free(&forecast);
    assert_non_null(strstr(ctx.faults[0].rule, "two observed months"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(filter_and_dense_conditioning_agree),
        T(parts_sum_to_what_was_observed_and_to_the_forecast),
        T(an_input_whose_scale_is_nought_is_no_input),
        T(without_variances_growth_is_the_engines),
        T(nothing_after_the_origin_touches_a_bit),
        T(exchanging_two_courses_negates_their_difference),
        T(draws_have_the_moments_of_the_mixture),
        T(scores_are_those_of_a_normal_when_there_is_one_component),
        T(an_outlier_moves_a_forecast_with_long_tails_less),
        T(too_few_months_are_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
