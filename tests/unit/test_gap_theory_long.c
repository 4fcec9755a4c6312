/* The static side of `entrepot decompose` on the history of 2025: what it gives the engine is the theory's
 * own answer, and the engine with every cause switched off plays what it reckons. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "ent_test.h"
#include "static/gap_causes.h"
#include "static/gap_theory.h"
#include "numbers/monthly.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_STEP = 12, MONTHS = 12, WORLDS = 4, MOST_SECTORS = 64 };

/* Most slots in the one destination that is looked at. */
static const ent_setting_t settings[] = {
    {"replications", "4"}, {"repeats", "0"}, {"slots", "100000"}, {"slot_focus.USA", "40"}};
static const ent_gap_options_t options = {.config = "configs/history/us-2025.yaml",
                                          .n_settings = sizeof settings / sizeof settings[0],
                                          .settings = settings,
                                          .n_months = MONTHS};

typedef struct {
    ent_context_t ctx;
    ent_config_t config;
    ent_benchmark_t fine;
    ent_model_t *model;
    ent_gap_theory_t theory;
    unsigned char goods[MOST_SECTORS];
    int partner;
    int n_draws, n_shocks; /* of the config, also where none is played */
} case_t;

/* A subset; without `draws` with the config's own parameters, no shock and no exchange rate that moves;
 * played in so many slots, 0: those of the settings. */
static void case_init(case_t *c, unsigned subset, int draws, long slots)
{
    *c = (case_t){0};
    ent_context_init(&c->ctx);
    assert_int_equal(ent_gap_read(&options, subset, &c->config, &c->fine, &c->ctx), ENT_OK);
    assert_true(c->config.n_sector <= MOST_SECTORS);
    for (int s = 0; s < c->config.n_sector; s++) {
        c->goods[s] = strcmp(c->config.sector[s], "services") != 0;
    }
    c->n_draws = c->config.n_draws;
    c->n_shocks = c->config.n_shocks;
    if (!draws) {
        c->config.n_draws = c->config.n_shocks = 0;
        for (int i = 0; i < c->config.n_paths; i++) {
            memset(c->config.paths[i].log_change, 0, (size_t)c->config.paths[i].n_points * sizeof(double));
        }
    }
    c->config.n_slots = slots > 0 ? slots : c->config.n_slots;
    c->partner = ent_config_region(&c->config, "USA");
    const ent_gap_year_t year = {.origin = c->config.home,
                                 .destination = c->partner,
                                 .goods = c->goods,
                                 .first_step = FIRST_STEP,
                                 .n_months = MONTHS,
                                 .regime = {c->config.scenarios[0].regime, c->config.scenarios[1].regime}};

    assert_int_equal(ent_gap_theory_init(&c->theory, &c->config, &c->fine, &year, &c->ctx), ENT_OK);
    if (!ent_gap_acts(subset, ENT_GAP_INCOMES)) {
        assert_int_equal(ent_gap_theory_give(&c->theory, &c->config, &c->ctx), ENT_OK);
    }
    assert_int_equal(ent_model_init(&c->model, &c->config, &c->fine, &c->ctx), ENT_OK);
}

static void case_free(case_t *c)
{
    ent_model_free(c->model);
    ent_gap_theory_free(&c->theory);
    ent_benchmark_free(&c->fine);
    c->config.n_draws = c->n_draws;
    c->config.n_shocks = c->n_shocks;
    ent_config_free(&c->config);
    ent_context_free(&c->ctx);
}

static double change(double with, double without)
{
    return 100.0 * (with / without - 1.0);
}

static double reckon(case_t *c, int world, int monthly)
{
    double exports[2];

    assert_int_equal(ent_gap_theory_world(&c->theory, c->model, world, monthly, exports, &c->ctx), ENT_OK);
    return change(exports[0], exports[1]);
}

/* The theory's spending and costs, put back into the logit, are the theory's flows. 1e-4 points: paths are
 * floats in the engine, 6e-8 of logs that the elasticity raises. */
static void given_incomes_are_the_theorys(void **state)
{
    case_t c;

    (void)state;
    case_init(&c, 0u, 0, 0);
    const double fixed = change(c.theory.exports[0], c.theory.exports[1]);

    assert_true(fixed < -5.0);
    assert_true(fabs(reckon(&c, 0, 0) - fixed) < 1e-4);
    case_free(&c);
}

/* One flow at one rate by hand: partial closure, no month's lag. */
static void choice_at_once_is_the_logit(void **state)
{
    case_t c;
    double sum[2] = {0.0, 0.0};

    (void)state;
    case_init(&c, 1u << ENT_GAP_INCOMES, 0, 0);
    ent_benchmark_t coarse = {0};

    assert_int_equal(ent_benchmark_aggregate(&c.fine, c.config.n_region, c.config.region_map,
                                             (const char *const *)c.config.region, c.config.n_sector,
                                             c.config.sector_map, (const char *const *)c.config.sector,
                                             &coarse, &c.ctx),
                     ENT_OK);
    const size_t cells = (size_t)coarse.n_sector * (size_t)coarse.n_region * (size_t)coarse.n_region;

    for (int s = 0; s < c.config.n_sector; s++) {
        const double theta = c.config.sector_parameters[s].trade_elasticity;
        const size_t own = ent_cell(&coarse, s, c.config.home, c.partner);

        for (int t = FIRST_STEP; c.goods[s] && t < FIRST_STEP + MONTHS; t++) {
            const double *rate = c.theory.rate + (size_t)t * cells;
            double spent = 0.0, weight = 0.0;

            for (int o = 0; o < c.config.n_region; o++) {
                const size_t cell = ent_cell(&coarse, s, o, c.partner);
                const double landed =
                    coarse.flow[cell] * (1.0 + coarse.freight[cell]) * (1.0 + coarse.tariff[cell]);

                spent += landed;
                weight += landed * pow((1.0 + rate[cell]) / (1.0 + coarse.tariff[cell]), -theta);
            }
            sum[1] += coarse.flow[own];
            sum[0] += coarse.flow[own] * (1.0 + coarse.tariff[own]) / (1.0 + rate[own]) *
                      pow((1.0 + rate[own]) / (1.0 + coarse.tariff[own]), -theta) * spent / weight;
        }
    }
    assert_close(reckon(&c, 0, 0), change(sum[0], sum[1]), 1e-5);
    ent_benchmark_free(&coarse);
    case_free(&c);
}

static double year_of(const ent_monthly_t *played, int scenario, int world)
{
    double sum = 0.0;

    for (int t = FIRST_STEP; t < FIRST_STEP + MONTHS; t++) {
        sum += played->level[ent_monthly_at(played, scenario, world, 0, t)];
    }
    return sum;
}

/* The year's months of all scenarios and worlds. */
static void play(case_t *c, ent_monthly_t *played)
{
    ent_config_t base = {0};
    ent_benchmark_t fine = {0};
    ent_observed_t flow = {0};

    /* says what goods are */
    assert_int_equal(ent_config_read(&base, &fine, options.config, options.n_settings, settings, &c->ctx),
                     ENT_OK);
    assert_true(ent_observed_series(&flow, base.home, c->partner, -1, &base, &c->ctx) >= 0);
    assert_int_equal(ent_monthly_init(played, &flow, &base, &c->ctx), ENT_OK);
    assert_int_equal(ent_monthly_play(played, &flow, &base, c->model, 0.0, 2, &c->ctx), ENT_OK);
    ent_observed_free(&flow);
    ent_benchmark_free(&fine);
    ent_config_free(&base);
}

/* The engine without frictions is what was reckoned, but for sampling: mean difference over worlds within
 * four standard errors, which are small enough to tell a month's lag from none where that matters. */
static void play_and_compare(unsigned subset, double month_matters)
{
    case_t c;
    ent_monthly_t played = {0};
    double mean = 0.0, square = 0.0, lag = 0.0;

    case_init(&c, subset, 1, 0);
    play(&c, &played);
    for (int w = 0; w < WORLDS; w++) {
        const double monthly = reckon(&c, w, 1);
        const double off = change(year_of(&played, 0, w), year_of(&played, 1, w)) - monthly;

        lag += (monthly - reckon(&c, w, 0)) / WORLDS;
        mean += off / WORLDS;
        square += off * off / WORLDS;
    }
    const double error = sqrt(fmax(0.0, square - mean * mean) / (WORLDS - 1));

    print_message("engine less reckoned %.3f +- %.3f, a month's lag %.3f\n", mean, error, lag);
    assert_true(fabs(mean) < 4.0 * error + 0.02);
    assert_true(error < 0.25);
    assert_true(lag > month_matters);
    ent_monthly_free(&played);
    case_free(&c);
}

static void engine_without_causes_is_the_theory(void **state)
{
    (void)state;
    play_and_compare(0u, 0.0);
}

static void engine_with_incomes_held_is_the_logit(void **state)
{
    (void)state;
    play_and_compare(1u << ENT_GAP_INCOMES, 0.3);
}

/* What lets a quarter of the combinations be copied: without stocks, waiting plays the same bits; with them
 * not.
 */
static void waiting_needs_stocks(void **state)
{
    const unsigned waiting = 1u << ENT_GAP_WAITING, stocks = 1u << ENT_GAP_STOCKS;

    (void)state;
    for (int stocked = 0; stocked < 2; stocked++) {
        ent_monthly_t played[2];
        int differ = 0;

        for (int waits = 0; waits < 2; waits++) {
            case_t c;

            case_init(&c, (stocked ? stocks : 0u) | (waits ? waiting : 0u) | 1u << ENT_GAP_INCOMES, 1, 4000);
            play(&c, &played[waits]);
            case_free(&c);
        }
        for (size_t i = 0; i < ent_monthly_at(&played[0], 2, 0, 0, 0); i++) {
            differ |= played[0].level[i] != played[1].level[i];
        }
        assert_int_equal(differ, stocked);
        ent_monthly_free(&played[0]);
        ent_monthly_free(&played[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_incomes_are_the_theorys),
        cmocka_unit_test(choice_at_once_is_the_logit),
        cmocka_unit_test(engine_without_causes_is_the_theory),
        cmocka_unit_test(engine_with_incomes_held_is_the_logit),
        cmocka_unit_test(waiting_needs_stocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
