/* Freight that follows demand: what importers pay beyond the producer's price is the benchmark's freight
 * times the index of the step of shipment, the index is that of the equation, and it damps trade. */
#include "ent_test.h"
#include "synthetic.h"

#include <math.h>
#include <string.h>

enum { REGIONS = 3, SECTORS = 2, STEPS = 24 };
static const double freight[SECTORS] = {0.05, 0.20};

static void make(ent_synthetic_t *synthetic, double elasticity, int lag)
{
    ent_synthetic_init(synthetic, REGIONS, SECTORS, 0.3);
    ent_config_t *c = &synthetic->config;
    ent_benchmark_t *b = &synthetic->benchmark;
    c->n_steps = STEPS;
    c->n_slots = 20000;
    c->checked = 1;
    c->global.demand_growth = 0.3;
    c->global.freight_elasticity = elasticity;
    for (int s = 0; s < SECTORS; s++) {
        c->sector_parameters[s].stocked = lag > 0;
        c->sector_parameters[s].shipping_lag = lag;
        for (int o = 0; o < REGIONS; o++) {
            for (int d = 0; d < REGIONS; d++) {
                b->freight[ent_cell(b, s, o, d)] = o == d ? 0.0 : freight[s];
            }
        }
    }
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

/* Sum over foreign flows of a step, weighted with freight. */
static double carried(const ent_synthetic_t *synthetic, const ent_trajectory_t *trajectory, int step)
{
    double sum = 0.0;
    for (int s = 0; s < SECTORS; s++) {
        for (int o = 0; o < REGIONS; o++) {
            for (int d = 0; d < REGIONS; d++) {
                sum += o == d ? 0.0
                              : freight[s] * ent_synthetic_flow(synthetic, trajectory,
                                                                ENT_FIELD_export_quantity, step, o, d, s);
            }
        }
    }
    return sum;
}

/* The same at the benchmark, a month of it. */
static double carried_at_benchmark(const ent_synthetic_t *synthetic)
{
    const ent_benchmark_t *b = &synthetic->benchmark;
    double sum = 0.0;
    for (int s = 0; s < SECTORS; s++) {
        for (int o = 0; o < REGIONS; o++) {
            for (int d = 0; d < REGIONS; d++) {
                sum += o == d ? 0.0 : freight[s] * b->flow[ent_cell(b, s, o, d)] / 12.0;
            }
        }
    }
    return sum;
}

static void follows(int lag)
{
    const double elasticity = 0.8;
    ent_synthetic_t synthetic;
    ent_trajectory_t t;
    make(&synthetic, elasticity, lag);
    play(&synthetic, &t);
    const double benchmark = carried_at_benchmark(&synthetic);
    double last = 0.0;
    for (int step = lag + 1; step < STEPS; step++) {
        const double index = pow(carried(&synthetic, &t, step - lag - 1) / benchmark, elasticity);
        for (int s = 0; s < SECTORS; s++) {
            const double shipped = ent_synthetic_flow(&synthetic, &t, ENT_FIELD_exports, step - lag, 1, 0, s);
            const double arrived = ent_synthetic_flow(&synthetic, &t, ENT_FIELD_imports, step, 1, 0, s);
            assert_close(arrived / shipped, 1.0 + freight[s] * index, 1e-6);
            assert_close(ent_synthetic_flow(&synthetic, &t, ENT_FIELD_freight, step - lag, 1, 0, s),
                         arrived - shipped, 1e-5);
        }
        last = index;
    }
    print_message("lag %d: freight at %.2f of the benchmark in the last step\n", lag, last);
    assert_true(last > 1.2); /* demand has grown by 60 per cent */
    ent_trajectory_free(&t);
    ent_synthetic_free(&synthetic);
}

static void freight_is_that_of_the_equation_when_shipped(void **state)
{
    (void)state;
    follows(0);
    follows(2);
}

static void dear_freight_damps_trade_and_none_is_none(void **state)
{
    (void)state;
    ent_synthetic_t synthetic;
    ent_trajectory_t fixed, following;
    make(&synthetic, 0.0, 1);
    play(&synthetic, &fixed);
    synthetic.config.global.freight_elasticity = 2.0;
    play(&synthetic, &following);
    for (int step = 1; step < STEPS; step++) {
        const double arrived = ent_synthetic_flow(&synthetic, &fixed, ENT_FIELD_imports, step, 1, 0, 1);
        const double shipped = ent_synthetic_flow(&synthetic, &fixed, ENT_FIELD_exports, step - 1, 1, 0, 1);
        assert_close(arrived / shipped, 1.0 + freight[1], 1e-6);
    }
    const double without = carried(&synthetic, &fixed, STEPS - 1),
                 with = carried(&synthetic, &following, STEPS - 1);
    print_message("shipped in the last step: %.0f, with freight that follows %.0f\n", without, with);
    assert_true(with < 0.97 * without);
    ent_trajectory_free(&fixed);
    ent_trajectory_free(&following);
    ent_synthetic_free(&synthetic);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(freight_is_that_of_the_equation_when_shipped),
        cmocka_unit_test(dear_freight_damps_trade_and_none_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
