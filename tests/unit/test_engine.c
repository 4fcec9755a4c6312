/* The engine as a whole, on a small world made in memory: same bits however it is run, accounting in every
 * step, announcements, metamorphic relations. */
#include "ent_test.h"
#include "synthetic.h"

#include "engine/kernel.h"
#include "engine/model.h"

#include <stdlib.h>
#include <string.h>

enum { STEPS = 36, TARIFF_STEP = 15, NEWS_STEP = 12 };

/* All frictions on, at the defaults of the parameter table; S0 stocked, S1 not. Prices frozen when asked. */
static void make(ent_synthetic_t *synthetic, int frozen)
{
    ent_synthetic_init(synthetic, 4, 2, 0.3);
    ent_config_t *c = &synthetic->config;
    c->n_steps = STEPS;
    c->n_slots = 24000;
    for (int s = 0; s < 2; s++) {
        ent_sector_parameters_default(&c->sector_parameters[s]);
        if (frozen) {
            c->sector_parameters[s].absorption = 0.0;
            c->sector_parameters[s].productivity_volatility = 0.0;
            c->sector_parameters[s].utilisation_cost = 0.0;
        }
    }
    c->sector_parameters[1].stocked = 0.0;
}

static void play(ent_synthetic_t *synthetic, const ent_run_options_t *options, int replication,
                 ent_trajectory_t *trajectory)
{
    ent_context_t ctx;
    ent_model_t *model = NULL;
    ent_context_init(&ctx);
    int code = ent_model_init(&model, &synthetic->config, &synthetic->benchmark, &ctx);
    for (int i = 0; code == 0 && i < synthetic->config.n_scenarios; i++) {
        code = ent_trajectory_init(&trajectory[i], &synthetic->config, &ctx);
    }
    if (code == 0) {
        code = ent_play(model, replication, options, trajectory, NULL, &ctx);
    }
    if (code != 0) {
        ent_context_print(&ctx, stderr);
    }
    assert_int_equal(code, 0);
    ent_model_free(model);
    ent_context_free(&ctx);
}

static int same_values(const ent_synthetic_t *synthetic, const ent_trajectory_t *a, const ent_trajectory_t *b)
{
    const ent_config_t *c = &synthetic->config;
    for (int f = 0; f < ENT_N_FIELDS; f++) {
        const size_t n = ent_field_size((ent_field_id_t)f, c->n_region, c->n_sector, c->n_flows);
        if (memcmp(a->value[f], b->value[f], n * (size_t)c->n_steps * sizeof(float)) != 0) {
            return 0;
        }
    }
    return 1;
}

static void same_bits_at_any_number_of_threads_and_on_any_kernel(void **state)
{
    (void)state;
    static const char *const kernels[] = {"portable", "avx2", "avx512"};
    ent_synthetic_t synthetic;
    ent_trajectory_t reference, other;
    make(&synthetic, 0);
    ent_synthetic_tariff(&synthetic, 1, 0, 0, 0.25, "2026-01-01", "2026-04-01");
    play(&synthetic, NULL, 0, &reference);
    for (int threads = 1; threads <= 8; threads = threads < 4 ? threads + 1 : threads * 2) {
        play(&synthetic, &(ent_run_options_t){.n_threads = threads}, 0, &other);
        assert_true(same_values(&synthetic, &reference, &other));
        ent_trajectory_free(&other);
    }
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++) {
        if (ent_kernel_select(kernels[i]) != NULL) {
            play(&synthetic, &(ent_run_options_t){.kernel = kernels[i]}, 0, &other);
            assert_true(same_values(&synthetic, &reference, &other));
            ent_trajectory_free(&other);
        }
    }
    ent_trajectory_free(&reference);
    ent_synthetic_free(&synthetic);
}

/* One market with most of the slots, in many blocks, among small ones: blocks are shared out over threads. */
static void a_market_split_over_threads_has_the_same_bits(void **state)
{
    (void)state;
    static const char *const kernels[] = {"portable", "avx2", "avx512"};
    ent_synthetic_t synthetic;
    ent_trajectory_t reference, other;
    ent_model_t *model = NULL;
    ent_context_t ctx;
    make(&synthetic, 0);
    synthetic.config.n_slots = 90000;
    synthetic.config.n_steps = 6;
    for (int o = 0; o < 4; o++) {
        synthetic.benchmark.flow[ent_cell(&synthetic.benchmark, 0, o, 2)] *= 400.0;
    }
    ent_synthetic_tariff(&synthetic, 1, 2, 0, 0.25, "2024-04-01", "2025-03-01");
    ent_context_init(&ctx);
    assert_int_equal(ent_model_init(&model, &synthetic.config, &synthetic.benchmark, &ctx), 0);
    const ent_market_t *largest = &model->market[model->market_order[0]];
    assert_true(largest->n_slots > model->n_slots / 2);
    assert_true(model->n_blocks >= model->n_markets + 6);
    assert_true(model->block[0].n_tiles < largest->n_tiles &&
                model->block[0].market == model->block[6].market);
    ent_model_free(model);
    ent_context_free(&ctx);
    play(&synthetic, NULL, 0, &reference);
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++) {
        for (int threads = 1; threads <= 8 && ent_kernel_select(kernels[i]) != NULL;
             threads = threads < 4 ? threads + 1 : threads * 2) {
            play(&synthetic, &(ent_run_options_t){.n_threads = threads, .kernel = kernels[i]}, 0, &other);
            assert_true(same_values(&synthetic, &reference, &other));
            ent_trajectory_free(&other);
        }
    }
    ent_trajectory_free(&reference);
    ent_synthetic_free(&synthetic);
}

static void another_seed_and_another_world_differ(void **state)
{
    (void)state;
    ent_synthetic_t synthetic;
    ent_trajectory_t a, b, c;
    make(&synthetic, 0);
    synthetic.config.n_worlds = 2;
    play(&synthetic, NULL, 0, &a);
    play(&synthetic, NULL, 1, &b);
    synthetic.config.seed = 2;
    play(&synthetic, NULL, 0, &c);
    assert_false(same_values(&synthetic, &a, &b));
    assert_false(same_values(&synthetic, &a, &c));
    ent_trajectory_free(&a);
    ent_trajectory_free(&b);
    ent_trajectory_free(&c);
    ent_synthetic_free(&synthetic);
}

static void identical_scenarios_have_identical_bits(void **state)
{
    (void)state;
    ent_synthetic_t synthetic;
    ent_trajectory_t trajectory[2];
    make(&synthetic, 0);
    ent_config_t *c = &synthetic.config;
    ent_synthetic_tariff(&synthetic, 1, 0, 0, 0.25, "2026-01-01", "2026-04-01");
    c->n_regimes = c->n_scenarios = 2;
    c->regimes[1].name = strdup("same");
    c->scenarios[1] = (ent_scenario_t){.name = strdup("same"), .regime = 1};
    c->signals = calloc(1, sizeof *c->signals);
    c->n_signals = 1;
    c->signals[0].probability = calloc(2, sizeof(double));
    c->signals[0].probability[0] = c->signals[0].probability[1] = 0.5;
    ent_day_parse("2025-04-01", &c->signals[0].day);
    ent_day_parse("2025-09-01", &c->resolved);
    play(&synthetic, NULL, 0, trajectory);
    assert_true(same_values(&synthetic, &trajectory[0], &trajectory[1]));
    ent_trajectory_free(&trajectory[0]);
    ent_trajectory_free(&trajectory[1]);
    ent_synthetic_free(&synthetic);
}

/* Hit imports (on arrival) of 0 from 1 in sector 0, summed over [begin, end), relative to the run without
 * measures. */
static double relative_imports(double rate, const char *announced, const char *effective, double base_tariff,
                               int begin, int end)
{
    ent_synthetic_t synthetic;
    ent_trajectory_t with, without;
    make(&synthetic, 1);
    synthetic.benchmark.tariff[ent_cell(&synthetic.benchmark, 0, 1, 0)] = base_tariff;
    synthetic.benchmark.final_demand[0] = ent_benchmark_expenditure(&synthetic.benchmark, 0, 0);
    play(&synthetic, NULL, 0, &without);
    ent_synthetic_tariff(&synthetic, 1, 0, 0, rate, announced, effective);
    play(&synthetic, NULL, 0, &with);
    double a = 0.0, b = 0.0;
    for (int t = begin; t < end; t++) {
        a += ent_synthetic_flow(&synthetic, &with, ENT_FIELD_imports, t, 1, 0, 0);
        b += ent_synthetic_flow(&synthetic, &without, ENT_FIELD_imports, t, 1, 0, 0);
    }
    ent_trajectory_free(&with);
    ent_trajectory_free(&without);
    ent_synthetic_free(&synthetic);
    return a / b;
}

static void an_announced_rise_is_run_up_to_and_given_back(void **state)
{
    (void)state;
    const double before = relative_imports(0.25, "2026-01-01", "2026-04-01", 0.0, NEWS_STEP, TARIFF_STEP);
    const double after =
        relative_imports(0.25, "2026-01-01", "2026-04-01", 0.0, TARIFF_STEP, TARIFF_STEP + 6);
    const double surprised =
        relative_imports(0.25, "2026-04-01", "2026-04-01", 0.0, TARIFF_STEP, TARIFF_STEP + 6);
    print_message("announced rise: before %.3f, after %.3f, unannounced after %.3f\n", before, after,
                  surprised);
    assert_true(before > 1.05);
    assert_true(after < surprised - 0.02);
    assert_true(surprised < 1.0);
}

static void an_announced_cut_is_waited_for(void **state)
{
    (void)state;
    const double before = relative_imports(-0.20, "2026-01-01", "2026-04-01", 0.25, NEWS_STEP, TARIFF_STEP);
    const double after =
        relative_imports(-0.20, "2026-01-01", "2026-04-01", 0.25, TARIFF_STEP, TARIFF_STEP + 6);
    print_message("announced cut: before %.3f, after %.3f\n", before, after);
    assert_true(before < 0.99);
    assert_true(after > 1.02);
}

static void without_an_announcement_nothing_happens_before(void **state)
{
    (void)state;
    assert_true(relative_imports(0.25, "2026-04-01", "2026-04-01", 0.0, 0, TARIFF_STEP) == 1.0);
}

/* The value of `change` must not move a bit of a run without it. */
static void assert_nothing_changes(void (*change)(ent_synthetic_t *))
{
    ent_synthetic_t synthetic;
    ent_trajectory_t before, after;
    make(&synthetic, 0);
    ent_synthetic_share(&synthetic, 2, 0, 0, 0.0);
    play(&synthetic, NULL, 0, &before);
    change(&synthetic);
    play(&synthetic, NULL, 0, &after);
    assert_true(same_values(&synthetic, &before, &after));
    ent_trajectory_free(&before);
    ent_trajectory_free(&after);
    ent_synthetic_free(&synthetic);
}

static void announce_nothing(ent_synthetic_t *synthetic)
{
    ent_synthetic_tariff(synthetic, 1, 0, 0, 0.0, "2025-06-01", "2026-01-01");
}

static void tax_a_zero_flow(ent_synthetic_t *synthetic)
{
    ent_synthetic_tariff(synthetic, 2, 0, 0, 0.5, "2025-06-01", "2026-01-01");
}

static void announcements_and_tariffs_that_change_nothing_change_no_bit(void **state)
{
    (void)state;
    assert_nothing_changes(announce_nothing);
    assert_nothing_changes(tax_a_zero_flow);
}

static void a_power_of_two_scales_values_exactly(void **state)
{
    (void)state;
    ent_synthetic_t synthetic;
    ent_trajectory_t small, large;
    make(&synthetic, 0);
    ent_synthetic_tariff(&synthetic, 1, 0, 0, 0.25, "2026-01-01", "2026-04-01");
    play(&synthetic, NULL, 0, &small);
    const size_t n = 4 * 4 * 2;
    for (size_t i = 0; i < n; i++) {
        synthetic.benchmark.flow[i] *= 4.0;
    }
    for (size_t i = 0; i < 8; i++) {
        synthetic.benchmark.final_demand[i] *= 4.0;
    }
    play(&synthetic, NULL, 0, &large);
    for (int t = 0; t < STEPS; t++) {
        for (int o = 0; o < 4; o++) {
            const double a = ent_synthetic_flow(&synthetic, &small, ENT_FIELD_exports, t, o, 0, 0);
            const double b = ent_synthetic_flow(&synthetic, &large, ENT_FIELD_exports, t, o, 0, 0);
            assert_true(b == 4.0 * a);
        }
    }
    ent_trajectory_free(&small);
    ent_trajectory_free(&large);
    ent_synthetic_free(&synthetic);
}

static void permuting_regions_permutes_results(void **state)
{
    (void)state;
    ent_synthetic_t synthetic;
    ent_trajectory_t a, b;
    make(&synthetic, 0);
    ent_synthetic_share(&synthetic, 1, 0, 0, 0.2);
    play(&synthetic, NULL, 0, &a);
    ent_synthetic_free(&synthetic);
    make(&synthetic, 0);
    /* regions 1 and 2 change places */
    char *swap = synthetic.config.region[1];
    synthetic.config.region[1] = synthetic.config.region[2];
    synthetic.config.region[2] = swap;
    ent_synthetic_share(&synthetic, 2, 0, 0, 0.2);
    play(&synthetic, NULL, 0, &b);
    static const int place[] = {0, 2, 1, 3};
    for (int t = 0; t < STEPS; t++) {
        for (int o = 0; o < 4; o++) {
            for (int d = 0; d < 4; d++) {
                assert_close(ent_synthetic_flow(&synthetic, &b, ENT_FIELD_exports, t, place[o], place[d], 0),
                             ent_synthetic_flow(&synthetic, &a, ENT_FIELD_exports, t, o, d, 0), 1e-3);
            }
        }
    }
    ent_trajectory_free(&a);
    ent_trajectory_free(&b);
    ent_synthetic_free(&synthetic);
}

static void a_higher_tariff_never_raises_the_flow_it_hits(void **state)
{
    (void)state;
    double last = 2.0;
    for (int i = 0; i <= 6; i++) {
        const double now = relative_imports(0.1 * i, "2024-01-01", "2026-01-01", 0.0, 14, STEPS);
        print_message("tariff %.1f: imports %.4f\n", 0.1 * i, now);
        assert_true(now <= last);
        last = now;
    }
}

/* A cut legal in step 18, retroactive to step 15: duty at 25 % meanwhile, the difference refunded at once. */
static void a_retroactive_cut_refunds_what_was_paid_too_much(void **state)
{
    (void)state;
    ent_synthetic_t synthetic;
    ent_trajectory_t trajectory;
    make(&synthetic, 1);
    ent_config_t *c = &synthetic.config;
    const int high = ent_synthetic_tariff(&synthetic, 1, 0, 0, 0.25, "2025-01-01", "2025-01-01");
    const int low = ent_synthetic_tariff(&synthetic, 1, 0, 0, 0.15, "2026-01-01", "2026-07-01");
    c->measures[high].set = strdup("cars");
    c->measures[low].set = strdup("cars");
    ent_day_parse("2026-04-01", &c->measures[low].retroactive_to);
    play(&synthetic, NULL, 0, &trajectory);
    double owed = 0.0, refunded = 0.0;
    for (int t = 0; t < STEPS; t++) {
        const double imports = ent_synthetic_flow(&synthetic, &trajectory, ENT_FIELD_imports, t, 1, 0, 0);
        const double duty = ent_synthetic_flow(&synthetic, &trajectory, ENT_FIELD_duty, t, 1, 0, 0);
        assert_close(duty, imports * (t < 18 ? 0.25 : 0.15), 1e-6);
        owed += t >= 15 && t < 18 ? 0.10 * imports : 0.0;
        const double refund = ent_synthetic_flow(&synthetic, &trajectory, ENT_FIELD_refund, t, 1, 0, 0);
        assert_true(t == 18 ? refund > 0.0 : refund == 0.0);
        refunded += refund;
    }
    assert_close(refunded, owed, 1e-5);
    ent_trajectory_free(&trajectory);
    ent_synthetic_free(&synthetic);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_bits_at_any_number_of_threads_and_on_any_kernel),
        cmocka_unit_test(a_market_split_over_threads_has_the_same_bits),
        cmocka_unit_test(another_seed_and_another_world_differ),
        cmocka_unit_test(identical_scenarios_have_identical_bits),
        cmocka_unit_test(an_announced_rise_is_run_up_to_and_given_back),
        cmocka_unit_test(an_announced_cut_is_waited_for),
        cmocka_unit_test(without_an_announcement_nothing_happens_before),
        cmocka_unit_test(announcements_and_tariffs_that_change_nothing_change_no_bit),
        cmocka_unit_test(a_power_of_two_scales_values_exactly),
        cmocka_unit_test(permuting_regions_permutes_results),
        cmocka_unit_test(a_higher_tariff_never_raises_the_flow_it_hits),
        cmocka_unit_test(a_retroactive_cut_refunds_what_was_paid_too_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
