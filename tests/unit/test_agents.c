/* The agents' formulas one by one, against numbers worked out by hand or by another formula. */
#include "ent_test.h"

#include "agents/plant.h"
#include "agents/beliefs.h"
#include "agents/expectation.h"
#include "agents/exporter.h"
#include <entrepot/schedule.h>

#include <stdlib.h>
#include <string.h>

/* ---- beliefs ---- */

static double density(double x)
{
    return exp(-0.5 * x * x) / sqrt(2.0 * M_PI);
}

static void test_class_means_of_the_normal(void **state)
{
    (void)state;
    /* two halves: -+ sqrt(2 / pi); four classes: quartiles at -+0.674489750196082 and 0 */
    const double half = sqrt(2.0 / M_PI), quartile = 0.67448975019608171;
    assert_close(ent_belief_class_mean(0, 2), -half, 1e-12);
    assert_close(ent_belief_class_mean(1, 2), half, 1e-12);
    assert_close(ent_belief_class_mean(0, 4), -4.0 * density(quartile), 1e-10);
    assert_close(ent_belief_class_mean(1, 4), 4.0 * (density(quartile) - density(0.0)), 1e-10);
    assert_close(ent_belief_class_mean(2, 4), 4.0 * (density(0.0) - density(quartile)), 1e-10);
    assert_close(ent_belief_class_mean(3, 4), 4.0 * density(quartile), 1e-10);
    assert_within(ent_belief_class_mean(0, 1), 0.0, 0.0);
}

static void test_readings_fall_into_their_class(void **state)
{
    (void)state;
    assert_int_equal(ent_belief_class(-0.68, 4), 0);
    assert_int_equal(ent_belief_class(-0.67, 4), 1);
    assert_int_equal(ent_belief_class(0.1, 4), 2);
    assert_int_equal(ent_belief_class(0.68, 4), 3);
    assert_int_equal(ent_belief_class(1e3, 4), 3);
    assert_int_equal(ent_belief_class(-1e3, 4), 0);
}

static void test_tilt_multiplies_the_odds(void **state)
{
    (void)state;
    double p[3] = {0.25, 0.5, 0.25}, certain[2] = {1.0, 0.0};
    ent_belief_tilt(p, 3, log(2.0)); /* odds 1/3 become 2/3: 2/5; the others keep 2 to 1 */
    assert_close(p[0], 0.4, 1e-14);
    assert_close(p[1], 0.4, 1e-14);
    assert_close(p[2], 0.2, 1e-14);
    ent_belief_tilt(certain, 2, 1.0);
    assert_within(certain[0], 1.0, 0.0);
}

/* ---- expectations of importers ---- */

static void test_contract_average(void **state)
{
    (void)state;
    const float path[4] = {1.0F, 2.0F, 4.0F, 8.0F};
    float average[4];
    ent_contract_average(path, 4, 0.5, average);
    for (int u = 0; u < 4; u++) {
        double sum = 0.0; /* the definition, far beyond the end */
        for (int k = 0; k < 60; k++)
            sum += 0.5 * pow(0.5, k) * (double)path[u + k < 4 ? u + k : 3];
        assert_close(average[u], sum, 1e-6);
    }
}

static void test_anticipated_stock(void **state)
{
    (void)state;
    const ent_anticipation_t a = {0.02F, 3.0F, 0.04F, 1.5F, 1.0F};
    const float rise[3] = {0.0F, 0.0F, 0.07F}, fall[3] = {0.10F, 0.10F, 0.0F}, far[3] = {0.0F, 0.0F, 1.0F};
    const float both[3] = {0.0F, 0.03F, -0.08F}, soon[2] = {0.01F, 0.06F};
    assert_close(ent_anticipated_stock(rise, 3, &a), 0.07 / 0.02 - 1.0,
                 1e-6);                                                  /* two months ahead: wait one */
    assert_close(ent_anticipated_stock(soon, 2, &a), 0.05 / 0.02, 1e-6); /* next month: no waiting */
    assert_close(ent_anticipated_stock(fall, 3, &a), -(0.10 / 0.04 - 1.0), 1e-6);
    assert_close(ent_anticipated_stock(far, 3, &a), 3.0, 1e-6); /* the limit */
    assert_close(ent_anticipated_stock(both, 3, &a), 0.03 / 0.02 - (0.08 / 0.04 - 1.0), 1e-6);
    const ent_anticipation_t weekly = {0.02F, 3.0F, 0.04F, 1.5F, 0.25F};
    assert_close(ent_anticipated_stock(rise, 3, &weekly), 3.0, 1e-6);
    const float slow[5] = {0.0F, 0.0F, 0.0F, 0.0F, 0.02F};
    assert_close(ent_anticipated_stock(slow, 5, &weekly), 1.0, 1e-6);
    assert_within(ent_anticipated_stock(slow, 5, &a), 0.0, 0.0);
}

/* ---- exporters ---- */

static void test_unit_cost(void **state)
{
    (void)state;
    const double plain = 0.3 - 0.1 + 0.5 * 5.0 * 0.04;
    assert_close(ent_unit_log_cost(0.3, 0.1, 0.04, 5.0, 0.0, 12.0, 10.0), plain, 1e-14);
    assert_close(ent_unit_log_cost(0.3, 0.1, 0.04, 5.0, 0.2, 12.0, 10.0), plain + 0.2 * log(1.2), 1e-12);
    assert_close(ent_unit_log_cost(0.3, 0.1, 0.04, 5.0, 0.2, 90.0, 10.0), plain + 0.2 * log(1.5), 1e-12);
    assert_close(ent_unit_log_cost(0.3, 0.1, 0.04, 5.0, 0.2, 1.0, 10.0), plain + 0.2 * log(0.5), 1e-12);
}

static void test_price_and_capacity(void **state)
{
    (void)state;
    assert_close(ent_presence_log_price(0.1, 0.05, 0.02, 0.4), 0.1 - 0.4 * (0.1 + 0.05 - 0.02), 1e-14);
    assert_close(ent_next_capacity(10.0, 14.0, 8.0, 0.25), 11.0, 1e-14);
    assert_close(ent_next_capacity(10.0, 0.0, 16.0, 0.5), 8.0, 1e-14); /* half the benchmark at least */
}

/* ---- a schedule between two ---- */

enum { REGIONS = 2, SECTORS = 2, ROWS = 2, STEPS = 3, CELLS = SECTORS * REGIONS * REGIONS };

typedef struct {
    ent_schedule_t schedule;
    int32_t row_of_cell[CELLS], origin[ROWS], destination[ROWS], sector[ROWS], refund[ROWS * STEPS];
    int32_t epoch[STEPS];
    float base[ROWS], duty[ROWS * STEPS], final[ROWS * STEPS], expected[2 * ROWS * STEPS], side[ROWS * STEPS];
    unsigned char active[2 * ROWS];
} made_t;

static void make(made_t *m, float level, int last_epoch_at)
{
    static const int32_t row_of_cell[CELLS] = {-1, 0, -1, -1, -1, -1, 1, -1};
    memset(m, 0, sizeof *m);
    memcpy(m->row_of_cell, row_of_cell, sizeof row_of_cell);
    m->origin[1] = m->destination[0] = m->sector[1] = 1;
    for (int i = 0; i < ROWS * STEPS; i++) {
        m->duty[i] = level + (float)i;
        m->final[i] = level - (float)i;
        m->refund[i] = 10 + i;
        m->side[i] = level * 2.0F + (float)i;
    }
    for (int t = 0; t < STEPS; t++)
        m->epoch[t] = t >= last_epoch_at;
    for (int i = 0; i < 2 * ROWS * STEPS; i++)
        m->expected[i] = level * 3.0F + (float)i;
    m->base[0] = 0.5F;
    m->base[1] = 0.25F;
    m->schedule = (ent_schedule_t){.n_region = REGIONS,
                                   .n_sector = SECTORS,
                                   .n_steps = STEPS,
                                   .first_step = -1,
                                   .n_rows = ROWS,
                                   .row_of_cell = m->row_of_cell,
                                   .row_origin = m->origin,
                                   .row_destination = m->destination,
                                   .row_sector = m->sector,
                                   .base = m->base,
                                   .duty = m->duty,
                                   .final = m->final,
                                   .refund_step = m->refund,
                                   .n_epochs = 2,
                                   .epoch_of_step = m->epoch,
                                   .expected = m->expected,
                                   .active = m->active};
}

static void test_mixed_schedule(void **state)
{
    (void)state;
    static made_t a, b;
    const double weight[REGIONS] = {0.25, 0.75};
    ent_schedule_t mixed;
    ent_context_t ctx;
    ent_context_init(&ctx);
    make(&a, 1.0F, 1);
    make(&b, 5.0F, 2);
    a.schedule.cut = a.side; /* one side only: the other has nothing, or the factor one */
    b.schedule.favour = b.side;
    assert_int_equal(ent_schedule_mix(&mixed, &a.schedule, &b.schedule, weight, &ctx), 0);
    assert_memory_equal(mixed.row_of_cell, a.row_of_cell, sizeof a.row_of_cell);
    assert_memory_equal(mixed.row_origin, a.origin, sizeof a.origin);
    assert_memory_equal(mixed.row_destination, a.destination, sizeof a.destination);
    assert_memory_equal(mixed.row_sector, a.sector, sizeof a.sector);
    assert_memory_equal(mixed.refund_step, b.refund, sizeof b.refund);
    assert_int_equal(mixed.n_epochs, 3);
    for (int row = 0; row < ROWS; row++) {
        const double w = weight[a.destination[row]];
        assert_close(mixed.base[row], b.base[row], 0.0);
        for (int t = 0; t < STEPS; t++) {
            const int i = row * STEPS + t;
            assert_close(mixed.duty[i], (1.0 - w) * a.duty[i] + w * b.duty[i], 1e-6);
            assert_close(mixed.final[i], (1.0 - w) * a.final[i] + w * b.final[i], 1e-6);
            assert_close(mixed.cut[i], (1.0 - w) * a.side[i], 1e-6);
            assert_close(mixed.favour[i], 1.0 - w + w * b.side[i], 1e-6);
            for (int e = 0; e < 3; e++) { /* pairs of knowledge: (0, 0), (1, 0), (1, 1) */
                const int of_a = e > 0, of_b = e > 1, n = ROWS * STEPS;
                assert_close(mixed.expected[e * n + i],
                             (1.0 - w) * a.expected[of_a * n + i] + w * b.expected[of_b * n + i], 1e-6);
            }
        }
    }
    for (int i = 0; i < 3 * ROWS; i++)
        assert_int_equal(mixed.active[i], 1);
    for (int t = 0; t < STEPS; t++)
        assert_int_equal(mixed.epoch_of_step[t], t);
    assert_null(mixed.excess);
    ent_schedule_free(&mixed);
    ent_context_free(&ctx);
}

/* Of firms whose plants cost k e^(s z), those build for which k e^(s z) is below what a plant saves. */
static void test_plants_that_cost_each_firm_its_own(void **state)
{
    enum { N = 20000 };
    const double median = 1.2, spread = 0.35;
    double before = 0.0;

    (void)state;
    assert_close(ent_plant_capital(median, 0.0, 0.123f), median, 0.0);
    assert_close(ent_plant_value(0.2, 0.05, 0.05, 0.08, 1.0), -expm1(-0.15) / 0.13 - 1.0, 1e-12);
    for (int rate = 10; rate <= 60; rate++) {
        const double saved = ent_plant_value(log1p(rate / 100.0), 0.05, 0.05, 0.08, 0.0);
        double share = 0.0;

        for (int i = 0; i < N; i++) {
            share += (saved > ent_plant_capital(median, spread, ((float)i + 0.5f) / N)) / (double)N;
        }
        assert_within(share, 0.5 * erfc(-log(saved / median) / spread / sqrt(2.0)), 2e-4);
        assert_true(share - before <
                    0.11); /* no tariff at which all build: the density's height times its step */
        before = share;
    }
    assert_true(before > 0.9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_class_means_of_the_normal),
        cmocka_unit_test(test_readings_fall_into_their_class),
        cmocka_unit_test(test_tilt_multiplies_the_odds),
        cmocka_unit_test(test_contract_average),
        cmocka_unit_test(test_anticipated_stock),
        cmocka_unit_test(test_unit_cost),
        cmocka_unit_test(test_price_and_capacity),
        cmocka_unit_test(test_mixed_schedule),
        cmocka_unit_test(test_plants_that_cost_each_firm_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
