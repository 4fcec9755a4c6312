/* Many series from many origins: what may not matter, effects on totals, pooled scales, tests of accuracy. */
#include "ent_test.h"

#include "evidence/rolling.h"
#include "evidence/scores.h"

#include <stdlib.h>
#include <string.h>

enum { PARTNERS = 3, PRODUCTS = 3, MONTHS = 60, CELLS = PARTNERS * PRODUCTS, WORLDS = 2, BEGIN = 40 };
enum { FIRST = 12 * 2015, ORIGIN = FIRST + 47, TOTAL = PRODUCTS - 1 };

static ent_context_t ctx;
static char *partners[] = {"KOR", "JPN", "CHN"}, *products[] = {"cars", "other", "total"},
            *scenarios[] = {"law"};
static double value[CELLS * MONTHS], duty[CELLS * MONTHS], days[MONTHS];
static double response[WORLDS * CELLS * (MONTHS - BEGIN)], anticipation[WORLDS * CELLS * (MONTHS - BEGIN)];
static ent_panel_t panel;
static ent_effects_t effects;

static double noise(int i)
{
    const double x = sin(78.233 * (double)(i + 1)) * 43758.5453;

    return 2.0 * (x - floor(x)) - 1.0;
}

static double effect(int world, int cell, int month)
{
    return month < BEGIN ? 0.0 : -0.03 * (1 + cell % 3) * (month - BEGIN + 1) / (1.0 + world);
}

static int setup(void **state)
{
    (void)state;
    ent_context_init(&ctx);
    panel = (ent_panel_t){.n_partners = PARTNERS,
                          .n_products = PRODUCTS,
                          .n_months = MONTHS,
                          .first_month = FIRST,
                          .partner = partners,
                          .product = products,
                          .value = value,
                          .duty = duty,
                          .days = days};
    effects = (ent_effects_t){.n_scenarios = 1,
                              .n_worlds = WORLDS,
                              .n_partners = PARTNERS,
                              .n_products = PRODUCTS,
                              .n_months = MONTHS - BEGIN,
                              .first_month = FIRST + BEGIN,
                              .scenario = scenarios,
                              .partner = partners,
                              .product = products,
                              .response = response,
                              .anticipation = anticipation};
    for (int c = 0; c < CELLS; c++) {
        for (int t = 0; t < MONTHS; t++) {
            const int at = c * MONTHS + t;

            value[at] = c % PRODUCTS == TOTAL
                            ? value[at - 2 * MONTHS] + value[at - MONTHS]
                            : exp(8.0 + c + 0.7 * effect(0, c, t) + 0.04 * noise(c * MONTHS + t));
            duty[c * MONTHS + t] = t < BEGIN ? 0.0 : 0.1 * value[c * MONTHS + t];
            days[t] = 0.05 * noise(9000 + t);
        }
        for (int w = 0; w < WORLDS; w++) {
            for (int t = BEGIN; t < MONTHS; t++) {
                response[(w * CELLS + c) * (MONTHS - BEGIN) + t - BEGIN] = effect(w, c, t);
                anticipation[(w * CELLS + c) * (MONTHS - BEGIN) + t - BEGIN] = t == BEGIN ? 0.01 : 0.0;
            }
        }
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ent_context_free(&ctx);
    return 0;
}

static ent_rolling_options_t options_of(unsigned who)
{
    return (ent_rolling_options_t){.panel = &panel,
                                   .prior = ent_forecast_prior(),
                                   .train_from = FIRST,
                                   .first_origin = ORIGIN - 1,
                                   .last_origin = ORIGIN,
                                   .last_target = FIRST + MONTHS - 1,
                                   .elasticity = -0.76,
                                   .elasticity_sd = 0.5,
                                   .scales = ent_effect_scales(),
                                   .pooled = 1,
                                   .effects = &effects,
                                   .who = who,
                                   .n_threads = 2};
}

/* Forecast, not error: what was said of growth at a horizon. */
static double said(const ent_rolling_t *rolling, int who, int cell, int horizon)
{
    const ent_rolling_score_t *s = ent_rolling_at(rolling, who, 1, cell, horizon);
    const int t = ORIGIN - FIRST + ent_rolling_horizons[horizon];

    return s->error + 100.0 * log(value[cell * MONTHS + t]);
}

static void nothing_after_the_origin_moves_what_was_said(void **state)
{
    const unsigned who = 1U << ENT_ROLLING_NO_CHANGE | 1U << ENT_ROLLING_LAST_GROWTH |
                         1U << ENT_ROLLING_SEASON | 1U << ENT_ROLLING_KNOWN | 1U << ENT_ROLLING_ENGINE |
                         1U << ENT_ROLLING_CONDITIONED;
    const ent_rolling_options_t options = options_of(who);
    ent_rolling_t before, after;
    double kept[ENT_N_ROLLING][CELLS], width = 0.0;

    (void)state;
    assert_int_equal(ent_rolling(&before, &options, &ctx), ENT_OK);
    for (int w = 0; w < ENT_N_ROLLING; w++) {
        for (int c = 0; c < CELLS; c++) {
            kept[w][c] = (who >> w & 1U) != 0 ? said(&before, w, c, 2) : 0.0;
        }
    }
    width = ent_rolling_at(&before, ENT_ROLLING_CONDITIONED, 1, 0, 2)->high;
    for (int c = 0; c < CELLS; c++) {
        for (int t = ORIGIN - FIRST + 1; t < MONTHS; t++) {
            value[c * MONTHS + t] *= 3.0;
            duty[c * MONTHS + t] *= 7.0;
        }
    }
    assert_int_equal(ent_rolling(&after, &options, &ctx), ENT_OK);
    for (int w = 0; w < ENT_N_ROLLING; w++) {
        for (int c = 0; c < CELLS && (who >> w & 1U) != 0; c++) {
            assert_within(said(&after, w, c, 2), kept[w][c], 1e-9);
        }
    }
    assert_true(ent_rolling_at(&after, ENT_ROLLING_CONDITIONED, 1, 0, 2)->high == width);
    assert_true(fabs(ent_rolling_rmse(&after, ENT_ROLLING_SEASON, 2)) >
                ent_rolling_rmse(&before, ENT_ROLLING_SEASON, 2));
    ent_rolling_free(&before);
    ent_rolling_free(&after);
}

static void the_engines_effect_that_is_true_beats_none(void **state)
{
    const ent_rolling_options_t options = options_of((1U << ENT_N_ROLLING) - 1);
    ent_rolling_t rolling;

    (void)state;
    assert_int_equal(ent_rolling(&rolling, &options, &ctx), ENT_OK);
    for (int h = 1; h < ENT_ROLLING_HORIZONS; h++) {
        assert_true(ent_rolling_rmse(&rolling, ENT_ROLLING_CONDITIONED, h) <
                    0.7 * ent_rolling_rmse(&rolling, ENT_ROLLING_SEASON, h));
    }
    ent_rolling_free(&rolling);
}

static void effects_of_a_total_are_weighted_with_what_was_observed(void **state)
{
    const unsigned char left_out[PRODUCTS] = {0, 1, 0};
    double *r, *a, w[2] = {0}, expected;
    const int t = 55;

    (void)state;
    assert_int_equal(ent_cells_effects(&r, &a, &effects, 0, &panel, ORIGIN, NULL, &ctx), ENT_OK);
    for (int g = 0; g < 2; g++) {
        for (int m = ORIGIN - FIRST - 11; m <= ORIGIN - FIRST; m++) {
            w[g] += value[g * MONTHS + m];
        }
    }
    expected = log((w[0] * exp(effect(1, 0, t)) + w[1] * exp(effect(1, 1, t))) / (w[0] + w[1]));
    assert_close(r[(2 * WORLDS + 1) * MONTHS + t], expected, 1e-12);
    assert_close(r[(1 * WORLDS + 1) * MONTHS + t], effect(1, 1, t), 1e-12);
    assert_within(r[(2 * WORLDS + 1) * MONTHS + BEGIN - 1], 0.0, 0.0);
    assert_close(a[2 * WORLDS * MONTHS + BEGIN], 0.01, 1e-9);
    free(r);
    free(a);
    memcpy(value + TOTAL * MONTHS, value, MONTHS * sizeof(double));
    assert_int_equal(ent_cells_effects(&r, &a, &effects, 0, &panel, ORIGIN, left_out, &ctx), ENT_OK);
    assert_close(r[(2 * WORLDS + 1) * MONTHS + t], effect(1, 0, t), 1e-12);
    free(r);
    free(a);
    char *unknown[] = {"KORE", "JPN", "CHN"};

    panel.partner = unknown;
    assert_int_equal(ent_cells_effects(&r, &a, &effects, 0, &panel, ORIGIN, NULL, &ctx), ENT_ERR_DATA);
    assert_string_equal(ctx.faults[0].nearest, "KOR");
    free(r);
    free(a);
}

static void a_total_that_the_others_do_not_make_up_has_its_own_effect(void **state)
{
    const int t = 55;
    double *r, *a;

    (void)state;
    value[MONTHS + ORIGIN - FIRST] = NAN; /* a series with a gap is no part of a sum */
    assert_int_equal(ent_cells_effects(&r, &a, &effects, 0, &panel, ORIGIN, NULL, &ctx), ENT_OK);
    assert_close(r[(TOTAL * WORLDS + 1) * MONTHS + t], effect(1, TOTAL, t), 1e-12);
    free(r);
    free(a);
}

static ent_cells_t cells_by_goods(const unsigned char *wanted)
{
    const ent_cells_options_t options = {.panel = &panel,
                                         .prior = ent_forecast_prior(),
                                         .from = FIRST,
                                         .origin = ORIGIN,
                                         .horizon = 6,
                                         .n_worlds = 1,
                                         .wanted = wanted,
                                         .by_goods = 1,
                                         .least = 24};
    ent_cells_t cells;

    assert_int_equal(ent_cells_forecast(&cells, &options, &ctx), ENT_OK);
    return cells;
}

static void totals_are_told_as_the_sum_of_their_goods(void **state)
{
    const unsigned char wanted[CELLS] = {0, 0, 1};
    ent_cells_t cells;

    (void)state;
    value[2 * PRODUCTS * MONTHS + ORIGIN - FIRST] = NAN; /* cars of the last partner */
    cells = cells_by_goods(NULL);
    for (int h = 0; h < 6; h++) {
        double goods = 0.0;

        for (int g = 0; g < TOTAL; g++) {
            goods += exp(ent_forecast_mean(&cells.forecast[g], h));
        }
        assert_close(exp(ent_forecast_mean(&cells.forecast[TOTAL], h)), goods, 1e-12);
    }
    const ent_forecast_t *moved = &cells.forecast[TOTAL], *not_moved = &cells.forecast[CELLS - 1];
    const int told = moved->origin - moved->from + 1 + moved->horizon;

    assert_true(moved->part[ENT_PART_GOODS * told + told - 1] != 0.0);
    assert_within(not_moved->part[ENT_PART_GOODS * told + told - 1], 0.0, 0.0);
    const double all = ent_forecast_mean(moved, 5);

    ent_cells_free(&cells);
    cells = cells_by_goods(wanted); /* its goods are told for it */
    assert_int_equal(cells.done[PRODUCTS + TOTAL], 0);
    assert_true(ent_forecast_mean(&cells.forecast[TOTAL], 5) == all);
    ent_cells_free(&cells);
}

static void pooled_scales_are_found(void **state)
{
    double *r, *a;
    ent_cells_t cells;

    (void)state;
    assert_int_equal(ent_cells_effects(&r, &a, &effects, 0, &panel, ORIGIN, NULL, &ctx), ENT_OK);
    for (int c = 0; c < CELLS; c++) { /* one world is the truth: the scale is that of value */
        memcpy(r + (c * WORLDS + 1) * MONTHS, r + c * WORLDS * MONTHS, MONTHS * sizeof(double));
    }
    const ent_cells_input_t input = {.name = "response",
                                     .mean = 1.0,
                                     .sd = 0.5,
                                     .own_sd = 0.1,
                                     .pooled = 1,
                                     .by_world = 1,
                                     .by_cell = 1,
                                     .x = r};
    const ent_cells_options_t options = {.panel = &panel,
                                         .prior = ent_forecast_prior(),
                                         .from = FIRST,
                                         .origin = ORIGIN + 6,
                                         .horizon = 3,
                                         .n_worlds = WORLDS,
                                         .n_inputs = 1,
                                         .input = &input,
                                         .by_goods = 1, /* totals have another effect here */
                                         .least = 24};

    assert_int_equal(ent_cells_forecast(&cells, &options, &ctx), ENT_OK);
    assert_within(cells.pooled[0], 0.7, 4.0 * cells.pooled_sd[0]);
    assert_true(cells.pooled_sd[0] < 0.2);
    ent_cells_free(&cells);
    free(r);
    free(a);
}

static void accuracy_is_tested_as_harvey_leybourne_and_newbold_have_it(void **state)
{
    static const double first[] = {1.0, 2.0, -1.5, 0.3, 2.2, -0.4},
                        second[] = {0.5, 1.0, -2.0, 0.2, 1.0, 0.1};
    double difference[6], mean = 0.0, g0 = 0.0, g1 = 0.0;

    (void)state;
    for (int i = 0; i < 6; i++) {
        difference[i] = first[i] * first[i] - second[i] * second[i];
        mean += difference[i] / 6.0;
    }
    const ent_diebold_mariano_t one = ent_diebold_mariano(first, second, 6);
    const ent_diebold_mariano_t same = ent_diebold_mariano_steps(difference, 6, 1);

    assert_close(same.statistic, one.statistic, 1e-12);
    assert_close(same.p_value, one.p_value, 1e-12);
    for (int i = 0; i < 6; i++) {
        g0 += (difference[i] - mean) * (difference[i] - mean) / 6.0;
        g1 += i > 0 ? (difference[i] - mean) * (difference[i - 1] - mean) / 6.0 : 0.0;
    }
    /* two steps: n + 1 - 2 h + h (h - 1) / n = 6 + 1 - 4 + 2 / 6 */
    assert_close(ent_diebold_mariano_steps(difference, 6, 2).statistic,
                 mean / sqrt((g0 + 2.0 * g1) / 6.0) * sqrt((3.0 + 1.0 / 3.0) / 6.0), 1e-12);
    assert_true(isnan(ent_diebold_mariano_steps(difference, 1, 1).statistic));
    assert_close(ent_interval_score(1.0, 3.0, 0.1, 2.0), 2.0, 1e-15);
    assert_close(ent_interval_score(1.0, 3.0, 0.1, 3.5), 12.0, 1e-15);
    assert_close(ent_interval_score(1.0, 3.0, 0.1, 0.9), 4.0, 1e-12);
}

static void months_outside_are_refused(void **state)
{
    ent_rolling_options_t options = options_of(1U << ENT_ROLLING_SEASON);
    ent_rolling_t rolling;

    (void)state;
    options.first_origin = FIRST + 3;
    assert_int_equal(ent_rolling(&rolling, &options, &ctx), ENT_ERR_DATA);
    ent_rolling_free(&rolling);
    options = options_of(1U << ENT_ROLLING_SEASON);
    options.last_target = FIRST + MONTHS;
    assert_int_equal(ent_rolling(&rolling, &options, &ctx), ENT_ERR_DATA);
    ent_rolling_free(&rolling);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(nothing_after_the_origin_moves_what_was_said),
        T(the_engines_effect_that_is_true_beats_none),
        T(effects_of_a_total_are_weighted_with_what_was_observed),
        T(a_total_that_the_others_do_not_make_up_has_its_own_effect),
        T(totals_are_told_as_the_sum_of_their_goods),
        T(pooled_scales_are_found),
        T(accuracy_is_tested_as_harvey_leybourne_and_newbold_have_it),
        T(months_outside_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
