/* Orders that look ahead: the share of orders that stops under a duty, how it is taken up again, and sales
 * expected at the price on arrival are those of the equations in docs/model.md; with both off nothing moves.
 */
#include "ent_test.h"
#include "synthetic.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

enum { REGIONS = 3, SECTORS = 2, STEPS = 18, BEGINS = 12, LAG = 1 };
static const double theta = 4.0, foreign = 0.3, sigma = 2.5;

typedef struct {
    double choke, memory, foresight;
} case_t;

/* Exports of R1 to R0 by step, both sectors, under a duty from BEGINS until `end` that nobody saw coming. */
static void play(case_t which, double rate, ent_day_t end, double exports[STEPS])
{
    ent_synthetic_t synthetic;
    ent_trajectory_t t;
    ent_context_t ctx;
    ent_model_t *model = NULL;
    ent_synthetic_init(&synthetic, REGIONS, SECTORS, foreign);
    ent_config_t *c = &synthetic.config;
    c->n_steps = STEPS;
    c->n_slots = 60000;
    c->checked = 1;
    for (int s = 0; s < SECTORS; s++) {
        ent_sector_parameters_t *p = &c->sector_parameters[s];
        p->stocked = 1;
        p->shipping_lag = LAG;
        p->target_stock = 1.5;
        p->trade_elasticity = theta;
        p->slot_elasticity = sigma;
        p->choke = which.choke;
        p->choke_memory = which.memory;
        p->foresight = which.foresight;
        const int measure = ent_synthetic_tariff(&synthetic, 1, 0, s, rate, "2026-01-01", "2026-01-01");
        c->measures[measure].end = end;
    }
    ent_context_init(&ctx);
    int code = ent_model_init(&model, c, &synthetic.benchmark, &ctx);
    code = code == 0 ? ent_trajectory_init(&t, c, &ctx) : code;
    code = code == 0 ? ent_play(model, 0, NULL, &t, NULL, &ctx) : code;
    if (code != 0) {
        ent_context_print(&ctx, stderr);
    }
    assert_int_equal(code, 0);
    for (int step = 0; step < STEPS; step++) {
        exports[step] = 0.0;
        for (int s = 0; s < SECTORS; s++) {
            exports[step] += ent_synthetic_flow(&synthetic, &t, ENT_FIELD_exports, step, 1, 0, s);
        }
    }
    ent_trajectory_free(&t);
    ent_model_free(model);
    ent_context_free(&ctx);
    ent_synthetic_free(&synthetic);
}

/* The market's inclusive cost when R1's goods cost x. */
static double inclusive(double x)
{
    const double share = foreign / (REGIONS - 1);
    return pow(1.0 - share + share * pow(x, -theta), -1.0 / theta);
}

static void the_share_that_stops_is_that_of_the_chokes(void **state)
{
    double off[STEPS], on[STEPS];
    (void)state;
    play((case_t){0}, 0.6, ENT_DAY_NEVER, off);
    play((case_t){.choke = 1.5}, 0.6, ENT_DAY_NEVER, on);
    for (int step = 0; step < BEGINS; step++) {
        assert_close(on[step], off[step], 1e-12);
    }
    const double excess = 1.6 / inclusive(1.6) - 1.0;
    const double stops = gsl_cdf_ugaussian_P(log(excess / 0.5) / 0.5);
    print_message("stops: %.3f, equation %.3f\n", 1.0 - on[BEGINS] / off[BEGINS], stops);
    assert_true(stops > 0.3 && stops < 0.8);
    assert_true(fabs(1.0 - on[BEGINS] / off[BEGINS] - stops) < 0.06);
}

static void stopped_orders_come_back_as_the_cost_is_forgotten(void **state)
{
    const ent_day_t end = ent_day_of(2026, 3, 1);
    double off[STEPS], at_once[STEPS], slowly[STEPS];
    (void)state;
    play((case_t){0}, 1.5, end, off);
    play((case_t){.choke = 1.5}, 1.5, end, at_once);
    play((case_t){.choke = 1.5, .memory = 4.0}, 1.5, end, slowly);
    /* what is ordered in the second month arrives after the end: only memory keeps it from coming */
    const double excess = (2.5 / inclusive(2.5) - 1.0) * exp(-1.0 / 4.0);
    const double stops = gsl_cdf_ugaussian_P(log(excess / 0.5) / 0.5);
    const double left = slowly[BEGINS + 1] / at_once[BEGINS + 1];
    print_message("a month later %.3f of what comes at once, equation %.3f\n", left, 1.0 - stops);
    assert_true(at_once[BEGINS] < 0.1 * off[BEGINS]);
    assert_true(at_once[BEGINS + 1] > off[BEGINS + 1]); /* stocks are filled up again */
    assert_true(fabs(left - (1.0 - stops)) < 0.06);
}

static void expected_sales_follow_the_price_on_arrival(void **state)
{
    const double weight = 0.7, x = 1.1, target = 1.5 + LAG, adjustment = 4.5;
    double off[STEPS], on[STEPS];
    (void)state;
    play((case_t){0}, x - 1.0, ENT_DAY_NEVER, off);
    play((case_t){.foresight = weight}, x - 1.0, ENT_DAY_NEVER, on);
    const double g = exp(-weight * (sigma * log(x) - (sigma - 1.0) * log(inclusive(x))));
    const double expected = g + target * (g - 1.0) / adjustment;
    print_message("orders %.4f of those without, equation %.4f\n", on[BEGINS] / off[BEGINS], expected);
    assert_close(on[0], off[0], 1e-9);
    assert_true(fabs(on[BEGINS] / off[BEGINS] - expected) < 0.02);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_share_that_stops_is_that_of_the_chokes),
        cmocka_unit_test(stopped_orders_come_back_as_the_cost_is_forgotten),
        cmocka_unit_test(expected_sales_follow_the_price_on_arrival),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
