/* A quota of some months: inside the season its rate until it is full, outside it the other; by quarter four
 * volumes. */
#include "ent_test.h"
#include "synthetic.h"

#include "policy/kinds.h"

#include <math.h>
#include <string.h>

enum { STEPS = 24 };
static const double inside = 0.02, outside = 0.25;

static ent_measure_t *make(ent_synthetic_t *synthetic, int first, int last, int periods, double volume)
{
    ent_synthetic_init(synthetic, 3, 1, 0.3);
    ent_config_t *c = &synthetic->config;
    c->n_steps = STEPS;
    c->n_slots = 12000;
    c->checked = 1;
    ent_sector_parameters_default(&c->sector_parameters[0]);
    c->sector_parameters[0].productivity_volatility = 0.0;
    ent_measure_t *m =
        &c->measures[ent_synthetic_tariff(synthetic, 1, 0, 0, inside, "2024-01-01", "2024-01-01")];
    m->kind = ENT_MEASURE_SEASONAL_QUOTA;
    m->latest = ENT_DAY_NEVER;
    m->out_rate = outside;
    m->volume = volume;
    m->first_month = first;
    m->last_month = last;
    m->periods = periods;
    return m;
}

static void play(ent_synthetic_t *synthetic, ent_trajectory_t *trajectory)
{
    ent_context_t ctx;
    ent_model_t *model = NULL;
    ent_context_init(&ctx);
    int code = ent_model_init(&model, &synthetic->config, &synthetic->benchmark, &ctx);
    code = code == 0 ? ent_trajectory_init(trajectory, &synthetic->config, &ctx) : code;
    code = code == 0 ? ent_play(model, 0, NULL, trajectory, NULL, &ctx) : code;
    if (code != 0) {
        ent_context_print(&ctx, stderr);
    }
    assert_int_equal(code, 0);
    ent_model_free(model);
    ent_context_free(&ctx);
}

static double hit(const ent_synthetic_t *synthetic, const ent_trajectory_t *trajectory, ent_field_id_t field,
                  int step)
{
    return ent_synthetic_flow(synthetic, trajectory, field, step, 1, 0, 0);
}

/* November to February: open in steps 0, 1, 10, 11, 12, 13, 22, 23; the season that runs over the new year is
 * one. */
static void outside_the_season_the_other_rate_is_owed(void **state)
{
    (void)state;
    ent_synthetic_t synthetic;
    ent_trajectory_t t;
    (void)make(&synthetic, 11, 2, 1, 3000.0);
    play(&synthetic, &t);
    double filled = 0.0;
    int was_full = 0, was_open = 0;
    for (int step = 0; step < STEPS; step++) {
        const int month = step % 12 + 1, open = month >= 11 || month <= 2;
        const double arrived = hit(&synthetic, &t, ENT_FIELD_imports, step);
        const double duty = hit(&synthetic, &t, ENT_FIELD_duty, step);
        filled = month == 11 ? arrived : filled + arrived;
        const double left = open ? fmin(arrived, fmax(0.0, 3000.0 - (filled - arrived))) : 0.0;
        assert_close(duty, inside * left + outside * (arrived - left), 1e-5);
        was_full |= open && filled > 3000.0;
        was_open |= open && filled < 3000.0;
    }
    assert_true(was_full && was_open);
    ent_trajectory_free(&t);
    ent_synthetic_free(&synthetic);
}

static void every_quarter_has_its_volume(void **state)
{
    (void)state;
    ent_synthetic_t synthetic;
    ent_trajectory_t t;
    const double volume = 1500.0;
    (void)make(&synthetic, 1, 12, 4, volume);
    play(&synthetic, &t);
    int full = 0;
    for (int quarter = 0; quarter < STEPS / 3; quarter++) {
        double filled = 0.0, duty = 0.0;
        for (int step = 3 * quarter; step < 3 * quarter + 3; step++) {
            filled += hit(&synthetic, &t, ENT_FIELD_imports, step);
            duty += hit(&synthetic, &t, ENT_FIELD_duty, step);
        }
        const double left = fmin(filled, volume);
        assert_close(duty, inside * left + outside * (filled - left), 1e-5);
        full += filled > volume;
    }
    print_message("full in %d of %d quarters\n", full, STEPS / 3);
    assert_true(full >= 4);
    ent_trajectory_free(&t);
    ent_synthetic_free(&synthetic);
}

/* The rate of a day and periods of the row, on calendars of months and quarters. */
static void periods_begin_and_end_with_steps(void **state)
{
    (void)state;
    ent_synthetic_t synthetic;
    ent_measure_t *m = make(&synthetic, 10, 3, 2, 100.0);
    const ent_kind_t *kind = ent_kind(m->kind);
    ent_day_t june, december;
    int first, n;
    ent_day_parse("2025-06-15", &june);
    ent_day_parse("2025-12-31", &december);
    assert_close(ent_rate_on_day(&synthetic.config, &synthetic.benchmark, 0, 1, 0, 0, june, june,
                                 ENT_DAY_NEVER, NULL, NULL, NULL),
                 outside, 1e-12);
    assert_close(ent_rate_on_day(&synthetic.config, &synthetic.benchmark, 0, 1, 0, 0, december, december,
                                 ENT_DAY_NEVER, NULL, NULL, NULL),
                 inside, 1e-12);
    assert_true(kind->period(m, &synthetic.config.calendar, 1, &first, &n) && first == 0 && n == 3);
    assert_true(kind->period(m, &synthetic.config.calendar, 11, &first, &n) && first == 9 && n == 3);
    assert_false(kind->period(m, &synthetic.config.calendar, 3, &first, &n));
    assert_null(kind->fault(m, &synthetic.config.calendar));
    ent_calendar_t quarters = synthetic.config.calendar;
    quarters.steps_per_year = 4;
    assert_null(kind->fault(m, &quarters));
    assert_true(kind->period(m, &quarters, 4, &first, &n) && first == 4 && n == 1);
    m->first_month = 11;
    assert_non_null(strstr(kind->fault(m, &synthetic.config.calendar), "equal numbers"));
    m->last_month = 4;
    assert_non_null(strstr(kind->fault(m, &quarters), "with a step"));
    quarters.steps_per_year = 52;
    m->periods = 1;
    assert_non_null(strstr(kind->fault(m, &quarters), "with a step"));
    ent_synthetic_free(&synthetic);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outside_the_season_the_other_rate_is_owed),
        cmocka_unit_test(every_quarter_has_its_volume),
        cmocka_unit_test(periods_begin_and_end_with_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
