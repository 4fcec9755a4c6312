/* The static limit: general closure, no noise, frozen regime, phi = 0, retail prices and contracts re-set
 * every step, no stocks. The engine's long run against the exact-hat solution of the static theory (Caliendo
 * and Parro 2015). Both runs of the engine use the same draws, so that the ratio of flows is known far better
 * than the flows. */
#include "ent_test.h"
#include "synthetic.h"

#include <entrepot/theory.h>
#include <math.h>
#include <stdlib.h>

enum { R = 4, S = 3, STEPS = 240, AVERAGED = 60 };

/* A world with input-output links: shares of inputs, duties and unequal sizes. */
static void make(ent_synthetic_t *synthetic)
{
    ent_synthetic_init(synthetic, R, S, 0.3);
    ent_benchmark_t *b = &synthetic->benchmark;
    ent_config_t *c = &synthetic->config;
    for (int s = 0; s < S; s++) {
        for (int o = 0; o < R; o++) {
            for (int d = 0; d < R; d++) {
                const size_t at = ent_cell(b, s, o, d);
                b->flow[at] *= 1.0 + 0.3 * ((o + 2 * d + s) % 3);
                b->tariff[at] = o == d ? 0.0 : 0.02 * (1 + (o + s) % 3);
            }
        }
    }
    for (int d = 0; d < R; d++) {
        for (int k = 0; k < S; k++) {
            double inputs = 0.0;
            for (int s = 0; s < S; s++) {
                b->input_coefficient[(d * S + s) * S + k] = 0.1 + 0.05 * ((d + s + k) % 3);
                inputs += b->input_coefficient[(d * S + s) * S + k];
            }
            b->value_added_share[d * S + k] = 1.0 - inputs;
        }
    }
    c->closure = ENT_CLOSURE_GENERAL;
    c->rebate_revenue = 1;
    c->n_steps = STEPS;
    c->n_slots = 96000;
    c->checked = 0;
    for (int s = 0; s < S; s++) {
        c->sector_parameters[s].renewal_rate = 1200.0;
        c->sector_parameters[s].price_reset_rate = 1200.0;
        c->sector_parameters[s].trade_elasticity = 3.0 + s;
    }
}

typedef struct {
    double flow[R][R][S];
} flows_t;

static void long_run(ent_synthetic_t *synthetic, flows_t *flows)
{
    ent_context_t ctx;
    ent_model_t *model = NULL;
    ent_trajectory_t trajectory;
    ent_context_init(&ctx);
    assert_int_equal(ent_model_init(&model, &synthetic->config, &synthetic->benchmark, &ctx), 0);
    assert_int_equal(ent_trajectory_init(&trajectory, &synthetic->config, &ctx), 0);
    assert_int_equal(ent_play(model, 0, &(ent_run_options_t){.n_threads = 2}, &trajectory, NULL, &ctx), 0);
    for (int o = 0; o < R; o++) {
        for (int d = 0; d < R; d++) {
            for (int s = 0; s < S; s++) {
                flows->flow[o][d][s] = 0.0;
                for (int t = STEPS - AVERAGED; t < STEPS; t++) {
                    flows->flow[o][d][s] +=
                        ent_synthetic_flow(synthetic, &trajectory, ENT_FIELD_exports, t, o, d, s);
                }
            }
        }
    }
    ent_trajectory_free(&trajectory);
    ent_model_free(model);
    ent_context_free(&ctx);
}

static void static_flows(const ent_synthetic_t *synthetic, const double *tariff, flows_t *hat)
{
    const ent_benchmark_t *b = &synthetic->benchmark;
    ent_context_t ctx;
    ent_theory_t model;
    ent_theory_result_t result = {0};
    double theta[S];
    for (int s = 0; s < S; s++) {
        theta[s] = synthetic->config.sector_parameters[s].trade_elasticity;
    }
    const ent_theory_input_t input = {.n_region = R,
                                      .n_sector = S,
                                      .flow = b->flow,
                                      .tariff = b->tariff,
                                      .input_coefficient = b->input_coefficient,
                                      .value_added_share = b->value_added_share,
                                      .theta = theta};
    ent_context_init(&ctx);
    const int code = ent_theory_init(&model, &input, NULL, &ctx)
                         ? 1
                         : ent_theory_solve(&model, tariff, NULL, &result, &ctx);
    if (code != 0) {
        ent_context_print(&ctx, stderr);
    }
    assert_int_equal(code, 0);
    for (int o = 0; o < R; o++) {
        for (int d = 0; d < R; d++) {
            for (int s = 0; s < S; s++) {
                const size_t at = ent_cell(b, s, o, d);
                hat->flow[o][d][s] = result.flow[at] / b->flow[at];
            }
        }
    }
    ent_theory_result_free(&result);
    ent_theory_free(&model);
    ent_context_free(&ctx);
}

/* `rate` more on every import of region 0. */
static void check_case(double rate, const unsigned char partner[R])
{
    ent_synthetic_t before, after;
    flows_t base, hit, hat;
    double tariff[S * R * R];
    make(&before);
    make(&after);
    for (int s = 0; s < S; s++) {
        for (int o = 0; o < R; o++) {
            for (int d = 0; d < R; d++) {
                const size_t at = ent_cell(&before.benchmark, s, o, d);
                const int taxed = d == 0 && o != 0 && partner[o];
                tariff[at] = before.benchmark.tariff[at] + (taxed ? rate : 0.0);
                if (taxed) {
                    ent_synthetic_tariff(&after, o, 0, s, rate, "2024-01-01", "2025-01-01");
                }
            }
        }
    }
    long_run(&before, &base);
    long_run(&after, &hit);
    static_flows(&before, tariff, &hat);
    double worst = 0.0;
    for (int o = 0; o < R; o++) {
        for (int d = 0; d < R; d++) {
            for (int s = 0; s < S; s++) {
                const double dynamic = hit.flow[o][d][s] / base.flow[o][d][s];
                const double gap = fabs(dynamic / hat.flow[o][d][s] - 1.0);
                worst = gap > worst ? gap : worst;
                if (d == 0) {
                    print_message("flow %d -> %d sector %d: engine %.4f theory %.4f\n", o, d, s, dynamic,
                                  hat.flow[o][d][s]);
                }
            }
        }
    }
    print_message("largest difference %.4f\n", worst);
    assert_true(worst < 0.01);
    ent_synthetic_free(&before);
    ent_synthetic_free(&after);
}

static void long_run_is_the_static_theory(void **state)
{
    (void)state;
    check_case(0.10, (const unsigned char[R]){0, 1, 1, 1});
    check_case(0.25, (const unsigned char[R]){0, 1, 0, 0});
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(long_run_is_the_static_theory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
