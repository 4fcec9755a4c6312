/* Measures beyond duties, in a small world made in memory: quotas that fill through the year, barriers that
 * collect nothing, bans, trusted suppliers, days that are not known. */
#include "ent_test.h"
#include "synthetic.h"

#include "policy/schedule_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 36, RATE_STEP = 12 };

static void make(ent_synthetic_t *synthetic)
{
    ent_synthetic_init(synthetic, 4, 2, 0.3);
    ent_config_t *c = &synthetic->config;
    c->n_steps = STEPS;
    c->n_slots = 24000;
    for (int s = 0; s < 2; s++) {
        ent_sector_parameters_default(&c->sector_parameters[s]);
        c->sector_parameters[s].productivity_volatility = 0.0;
    }
    c->sector_parameters[1].stocked = 0.0;
}

/* A measure of region 0 on goods of sector 0 from region 1. */
static ent_measure_t *add(ent_synthetic_t *synthetic, ent_measure_kind_t kind, double rate,
                          const char *announced, const char *effective)
{
    const int m = ent_synthetic_tariff(synthetic, 1, 0, 0, rate, announced, effective);
    ent_measure_t *measure = &synthetic->config.measures[m];
    measure->kind = kind;
    measure->latest = ENT_DAY_NEVER;
    return measure;
}

static void play(ent_synthetic_t *synthetic, ent_trajectory_t *trajectory, double *draws)
{
    ent_context_t ctx;
    ent_model_t *model = NULL;
    ent_context_init(&ctx);
    int code = ent_model_init(&model, &synthetic->config, &synthetic->benchmark, &ctx);
    for (int i = 0; code == 0 && i < synthetic->config.n_scenarios; i++) {
        code = ent_trajectory_init(&trajectory[i], &synthetic->config, &ctx);
    }
    code = code == 0 ? ent_play(model, 0, NULL, trajectory, draws, &ctx) : code;
    if (code != 0) {
        ent_context_print(&ctx, stderr);
    }
    assert_int_equal(code, 0);
    ent_model_free(model);
    ent_context_free(&ctx);
}

/* Value of the hit flow in a step. */
static double hit(const ent_synthetic_t *synthetic, const ent_trajectory_t *trajectory, ent_field_id_t field,
                  int step)
{
    return ent_synthetic_flow(synthetic, trajectory, field, step, 1, 0, 0);
}

static double sum(const ent_synthetic_t *synthetic, const ent_trajectory_t *trajectory, ent_field_id_t field,
                  int begin, int end)
{
    double total = 0.0;
    for (int t = begin; t < end; t++) {
        total += hit(synthetic, trajectory, field, t);
    }
    return total;
}

static void a_quota_fills_and_its_marginal_rate_switches_in_the_step_in_which_it_is_full(void **state)
{
    (void)state;
    const double inside = 0.02, outside = 0.25, volume = 7000.0;
    ent_synthetic_t synthetic;
    ent_trajectory_t trajectory;
    make(&synthetic);
    ent_measure_t *quota = add(&synthetic, ENT_MEASURE_QUOTA, inside, "2025-01-01", "2025-01-01");
    quota->out_rate = outside;
    quota->volume = volume;
    play(&synthetic, &trajectory, NULL);
    for (int year = 0; year < STEPS / 12; year++) {
        double filled = 0.0, duty = 0.0;
        int full_step = -1;
        for (int t = 12 * year; t < 12 * (year + 1); t++) {
            filled += hit(&synthetic, &trajectory, ENT_FIELD_imports, t);
            duty += hit(&synthetic, &trajectory, ENT_FIELD_duty, t);
            full_step = full_step < 0 && filled >= volume ? t : full_step;
            assert_close(hit(&synthetic, &trajectory, ENT_FIELD_marginal_rate, t),
                         full_step >= 0 ? outside : inside, 1e-6);
        }
        print_message("year %d: %.0f came in, full in step %d\n", year, filled, full_step);
        assert_true(full_step > 12 * year && full_step < 12 * year + 11);
        assert_close(duty, inside * volume + outside * (filled - volume), 1e-5);
        /* in the step in which it fills the mean rate lies between the two */
        const double mean = hit(&synthetic, &trajectory, ENT_FIELD_tariff_rate, full_step);
        assert_true(mean > inside && mean < outside);
    }
    /* who knows that it will be full buys before, and less after */
    assert_true(hit(&synthetic, &trajectory, ENT_FIELD_imports, 12) >
                hit(&synthetic, &trajectory, ENT_FIELD_imports, 11));
    ent_trajectory_free(&trajectory);
    ent_synthetic_free(&synthetic);
}

static void a_quota_that_never_fills_is_its_rate_inside(void **state)
{
    (void)state;
    ent_synthetic_t synthetic;
    ent_trajectory_t quota, duty;
    make(&synthetic);
    ent_measure_t *measure = add(&synthetic, ENT_MEASURE_QUOTA, 0.1, "2025-06-01", "2026-01-01");
    measure->out_rate = 0.5;
    measure->volume = 1e6;
    play(&synthetic, &quota, NULL);
    measure->kind = ENT_MEASURE_FLOOR;
    play(&synthetic, &duty, NULL);
    for (int t = 0; t < STEPS; t++) {
        assert_close(hit(&synthetic, &quota, ENT_FIELD_exports, t),
                     hit(&synthetic, &duty, ENT_FIELD_exports, t), 2e-3);
    }
    ent_trajectory_free(&quota);
    ent_trajectory_free(&duty);
    ent_synthetic_free(&synthetic);
}

static void a_barrier_cuts_trade_as_a_duty_does_and_collects_nothing(void **state)
{
    (void)state;
    ent_synthetic_t synthetic;
    ent_trajectory_t barrier, duty;
    make(&synthetic);
    ent_measure_t *measure = add(&synthetic, ENT_MEASURE_BARRIER, 0.2, "2025-06-01", "2026-01-01");
    play(&synthetic, &barrier, NULL);
    measure->kind = ENT_MEASURE_ADDITIVE;
    play(&synthetic, &duty, NULL);
    for (int t = 0; t < STEPS; t++) {
        assert_true(hit(&synthetic, &barrier, ENT_FIELD_exports, t) ==
                    hit(&synthetic, &duty, ENT_FIELD_exports, t));
        assert_true(hit(&synthetic, &barrier, ENT_FIELD_duty, t) == 0.0);
    }
    assert_true(sum(&synthetic, &duty, ENT_FIELD_duty, RATE_STEP, STEPS) > 0.0);
    ent_trajectory_free(&barrier);
    ent_trajectory_free(&duty);
    ent_synthetic_free(&synthetic);
}

/* Exports of the hit flow in the last year with a measure, over those without. */
static double last_year_with(ent_measure_kind_t kind, double rate)
{
    ent_synthetic_t synthetic;
    ent_trajectory_t with, without;
    make(&synthetic);
    play(&synthetic, &without, NULL);
    add(&synthetic, kind, rate, "2025-06-01", "2026-01-01");
    play(&synthetic, &with, NULL);
    const double ratio = sum(&synthetic, &with, ENT_FIELD_exports, STEPS - 12, STEPS) /
                         sum(&synthetic, &without, ENT_FIELD_exports, STEPS - 12, STEPS);
    ent_trajectory_free(&with);
    ent_trajectory_free(&without);
    ent_synthetic_free(&synthetic);
    return ratio;
}

static void bans_hold_goods_back(void **state)
{
    (void)state;
    const double half = last_year_with(ENT_MEASURE_BAN, 0.5);
    print_message("half banned: %.3f of the flow is left\n", half);
    assert_true(last_year_with(ENT_MEASURE_BAN, 1.0) == 0.0);
    assert_true(half > 0.3 && half < 0.65);
}

static void a_trusted_supplier_gains(void **state)
{
    (void)state;
    const double more = last_year_with(ENT_MEASURE_SUPPLIER, 1.5);
    const double less = last_year_with(ENT_MEASURE_SUPPLIER, 0.7);
    print_message("visibility times 1.5: %.3f, times 0.7: %.3f of the flow\n", more, less);
    assert_true(more > 1.05 && more < 1.5);
    assert_true(less < 0.97 && less > 0.7);
}

static void a_day_that_is_not_known_is_drawn_and_expected_by_its_hazard(void **state)
{
    (void)state;
    ent_synthetic_t synthetic;
    ent_trajectory_t trajectory;
    ent_schedule_t schedule;
    ent_context_t ctx;
    double drawn = NAN;
    make(&synthetic);
    ent_config_t *c = &synthetic.config;
    ent_measure_t *measure = add(&synthetic, ENT_MEASURE_ADDITIVE, 0.2, "2025-01-01", "2025-01-01");
    measure->hazard = 2.0;
    /* a year later than the earliest day, in this world */
    int shift = 365;
    ent_context_init(&ctx);
    assert_int_equal(ent_schedule_init(&schedule, c, &synthetic.benchmark, 0, 0, STEPS, &shift, NULL, &ctx),
                     0);
    assert_int_equal(schedule.n_rows, 1);
    const float *first = schedule.expected,
                *sixth = schedule.expected + (size_t)schedule.epoch_of_step[6] * STEPS;
    for (int k = 1; k <= 3; k++) {
        assert_close((double)first[k], 0.2 * (1.0 - exp(-2.0 * k / 12.0)), 1e-5);
        assert_close((double)sixth[6 + k], 0.2 * (1.0 - exp(-2.0 * k / 12.0)), 1e-5);
    }
    assert_true(first[0] == 0.0f && sixth[6] == 0.0f);
    const float *known = schedule.expected + (size_t)schedule.epoch_of_step[12] * STEPS;
    assert_close((double)known[12], 0.2, 1e-6);
    assert_true(schedule.duty[11] == 0.0f);
    assert_close((double)schedule.duty[13], 0.2, 1e-6);
    ent_schedule_free(&schedule);
    ent_context_free(&ctx);
    /* the world draws the day */
    c->draws = calloc(1, sizeof *c->draws);
    c->draws[c->n_draws++] =
        (ent_draw_t){.name = strdup("day"),
                     .kind = ENT_DRAW_MEASURE_DATE,
                     .distribution = {.kind = ENT_DIST_EXPONENTIAL, .a = 182.6, .d = 3660.0}};
    play(&synthetic, &trajectory, &drawn);
    assert_true(drawn > 0.0);
    int begun = 0;
    for (int t = 0; t < STEPS; t++) {
        const int now = hit(&synthetic, &trajectory, ENT_FIELD_tariff_rate, t) > 0.0;
        assert_int_equal(now, t >= ent_step_of_day(&c->calendar, measure->effective + (int)lround(drawn)));
        begun |= now;
    }
    assert_true(begun);
    ent_trajectory_free(&trajectory);
    ent_synthetic_free(&synthetic);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quota_fills_and_its_marginal_rate_switches_in_the_step_in_which_it_is_full),
        cmocka_unit_test(a_quota_that_never_fills_is_its_rate_inside),
        cmocka_unit_test(a_barrier_cuts_trade_as_a_duty_does_and_collects_nothing),
        cmocka_unit_test(bans_hold_goods_back),
        cmocka_unit_test(a_trusted_supplier_gains),
        cmocka_unit_test(a_day_that_is_not_known_is_drawn_and_expected_by_its_hazard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
