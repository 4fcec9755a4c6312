/* One reckoning: what each measure adds in a step adds up to the duty that the schedule has for it. */
#include "ent_test.h"
#include "synthetic.h"

#include "base/memory.h"
#include "policy/schedule_internal.h"

#include <math.h>
#include <stdlib.h>

enum { STEPS = 24 };

static ent_measure_t *add(ent_synthetic_t *synthetic, ent_measure_kind_t kind, const char *set, double rate,
                          double coverage, const char *effective)
{
    const int m = ent_synthetic_tariff(synthetic, 1, 0, 0, rate, effective, effective);
    ent_measure_t *measure = &synthetic->config.measures[m];
    measure->kind = kind;
    measure->coverage[0] = coverage;
    if (set != NULL) {
        free(measure->set);
        measure->set = ent_strdup(NULL, set);
    }
    return measure;
}

static void make(ent_synthetic_t *synthetic)
{
    ent_synthetic_init(synthetic, 3, 1, 0.3);
    synthetic->config.n_steps = STEPS;
    synthetic->benchmark.tariff[ent_cell(&synthetic->benchmark, 0, 1, 0)] = 0.03;
    ent_measure_t *measure = add(synthetic, ENT_MEASURE_ADDITIVE, NULL, 0.10, 0.6, "2025-03-12");
    measure->basis = ENT_BASIS_LOADING;
    (void)add(synthetic, ENT_MEASURE_FLOOR, "a", 0.25, 1.0, "2025-05-20");
    measure = add(synthetic, ENT_MEASURE_EXEMPTION, "a", 0.4, 0.5, "2025-07-09");
    ent_day_parse("2026-01-17", &measure->end);
    (void)add(synthetic, ENT_MEASURE_REPEAL, "a", 0.0, 0.5, "2026-03-05");
    (void)add(synthetic, ENT_MEASURE_CEILING, NULL, 0.0, 0.8, "2026-06-11");
    measure = add(synthetic, ENT_MEASURE_QUOTA, NULL, 0.0, 0.3, "2026-08-02");
    measure->volume = 10.0;
    measure->out_rate = 0.5;
}

static void parts_add_up_to_the_duty_of_the_schedule(void **state)
{
    (void)state;
    enum { LAG = 2 };
    ent_synthetic_t synthetic;
    ent_schedule_t schedule;
    ent_context_t ctx;
    int lags[9];
    ent_context_init(&ctx);
    make(&synthetic);
    for (int i = 0; i < 9; i++) {
        lags[i] = LAG;
    }
    const int M = synthetic.config.n_measures;
    double *part = calloc((size_t)STEPS * (size_t)(M + 1), sizeof *part);
    assert_int_equal(
        ent_schedule_init(&schedule, &synthetic.config, &synthetic.benchmark, 0, 0, STEPS, NULL, lags, &ctx),
        0);
    assert_int_equal(
        ent_rate_parts_of_steps(&synthetic.config, &synthetic.benchmark, 0, 1, 0, 0, LAG, STEPS, part), 0);
    const int row = schedule.row_of_cell[ent_cell(&synthetic.benchmark, 0, 1, 0)];
    int added[16] = {0};
    for (int t = 0; t < STEPS; t++) {
        double sum = 0.0;
        for (int m = 0; m <= M; m++) {
            sum += part[t * (M + 1) + m];
            added[m] |= part[t * (M + 1) + m] != 0.0;
        }
        assert_close(sum, (double)schedule.duty[row * STEPS + t], 1e-6);
        assert_close(part[t * (M + 1) + M], 0.03, 1e-12);
    }
    /* loaded from 12 March on, two months on the way: of May the share that 20 days are of March */
    assert_close(part[4 * (M + 1)], 0.06 * 20.0 / 31.0, 1e-12);
    assert_true(added[0] && added[1] && !added[2] && !added[3] && added[4] && added[5]);
    free(part);
    ent_schedule_free(&schedule);
    ent_synthetic_free(&synthetic);
    ent_context_free(&ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(parts_add_up_to_the_duty_of_the_schedule)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
