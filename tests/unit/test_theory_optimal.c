/* Optimal and Nash tariffs against closed forms. */
#include <entrepot/theory.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ent_test.h"
#include "theory_world.h"

#define THETA 4.0
#define ICEBERG 1.5

/* Two equal regions, free trade, `n_sector` equal sectors: half of spending on each, goods from abroad d
 * times as dear. Own share at free trade 1 / (1 + d^-theta). */
static void symmetric_world(world_t *w, int n_sector)
{
    const double abroad = pow(ICEBERG, -THETA);

    memset(w, 0, sizeof *w);
    w->n_region = 2;
    w->n_sector = n_sector;
    w->region[0] = "Home";
    w->region[1] = "Away";
    for (int s = 0; s < n_sector; s++) {
        w->sector[s] = s == 0 ? "Goods" : "More goods";
        w->theta[s] = THETA;
        for (int i = 0; i < 4; i++) {
            w->flow[4 * s + i] = 1000.0 * (i % 3 == 0 ? 1.0 : abroad) / (1.0 + abroad);
        }
    }
}

static void symmetric_model(ent_theory_t *model, int n_sector, ent_context_t *ctx)
{
    ent_theory_input_t input;
    world_t w;

    symmetric_world(&w, n_sector);
    input = world_input(&w);
    input.input_coefficient = NULL;
    assert_ok(ctx, ent_theory_init(model, &input, NULL, ctx));
}

/* Nash: t (1 + t) theta l = 1 + t l with l = 1 / (1 + ((1 + t) d)^-theta), by bisection. */
static double closed_form_nash(void)
{
    double low = 0.0, high = 2.0;

    for (int i = 0; i < 200; i++) {
        const double t = 0.5 * (low + high), own = 1.0 / (1.0 + pow((1.0 + t) * ICEBERG, -THETA));

        if (t * (1.0 + t) * THETA * own < 1.0 + t * own) {
            low = t;
        } else {
            high = t;
        }
    }
    return low;
}

/* Gros (1987): the optimal tariff against a free trader is 1 / (theta x the other's own share), there. */
static void test_optimal_tariff_equals_the_closed_form(void **state)
{
    ent_theory_optimum_t optimum = {0};
    ent_theory_result_t result = {0};
    ent_theory_policy_t policy;
    ent_theory_t model = {0};
    ent_context_t ctx;
    double own;

    (void)state;
    ent_context_init(&ctx);
    symmetric_model(&model, 1, &ctx);
    ent_theory_policy_init(&policy);
    assert_ok(&ctx, ent_theory_optimal(&model, 0, NULL, &policy, &optimum, &ctx));
    assert_ok(&ctx, ent_theory_solve(&model, optimum.tariff, NULL, &result, &ctx));
    own = result.flow[3] / result.expenditure[1];
    assert_close(optimum.rate[0], 1.0 / (THETA * own), 1e-6);
    assert_close(result.welfare_hat[0], optimum.welfare_hat[0], 1e-11);
    assert_true(optimum.welfare_hat[0] > 1.0);
    assert_true(optimum.first_order_residual < 1e-8);
    ent_theory_optimum_free(&optimum);
    ent_theory_result_free(&result);
    ent_theory_free(&model);
    ent_context_free(&ctx);
}

static void test_nash_tariffs_equal_the_closed_form(void **state)
{
    static const int both[] = {0, 1};
    ent_theory_optimum_t optimum = {0};
    ent_theory_policy_t policy;
    ent_theory_t model = {0};
    ent_context_t ctx;

    (void)state;
    ent_context_init(&ctx);
    symmetric_model(&model, 1, &ctx);
    ent_theory_policy_init(&policy);
    policy.tolerance = 1e-7;
    assert_ok(&ctx, ent_theory_nash(&model, 2, both, NULL, &policy, &optimum, &ctx));
    assert_close(optimum.rate[0], closed_form_nash(), 1e-6);
    assert_close(optimum.rate[1], optimum.rate[0], 1e-6);
    assert_true(optimum.welfare_hat[0] < 1.0);
    assert_true(optimum.first_order_residual < 1e-7);
    ent_theory_optimum_free(&optimum);
    ent_theory_free(&model);
    ent_context_free(&ctx);
}

/* Equal sectors want equal tariffs, and the uniform one. */
static void test_sector_tariffs_of_equal_sectors_are_uniform(void **state)
{
    static const int both[] = {0, 1};
    ent_theory_optimum_t optimum = {0};
    ent_theory_policy_t policy;
    ent_theory_t model = {0};
    ent_context_t ctx;

    (void)state;
    ent_context_init(&ctx);
    symmetric_model(&model, 2, &ctx);
    ent_theory_policy_init(&policy);
    policy.by_sector = 1;
    assert_ok(&ctx, ent_theory_nash(&model, 2, both, NULL, &policy, &optimum, &ctx));
    assert_int_equal(optimum.n_rate, 2);
    for (int i = 0; i < 4; i++) {
        assert_close(optimum.rate[i], closed_form_nash(), 2e-5);
    }
    assert_true(optimum.first_order_residual < 1e-6);
    ent_theory_optimum_free(&optimum);
    ent_theory_free(&model);
    ent_context_free(&ctx);
}

/* A bound that binds is where the search ends, and its derivative points outwards. */
static void test_binding_bound(void **state)
{
    ent_theory_optimum_t optimum = {0};
    ent_theory_policy_t policy;
    ent_theory_t model = {0};
    ent_context_t ctx;

    (void)state;
    ent_context_init(&ctx);
    symmetric_model(&model, 1, &ctx);
    ent_theory_policy_init(&policy);
    policy.upper = 0.1;
    assert_ok(&ctx, ent_theory_optimal(&model, 1, NULL, &policy, &optimum, &ctx));
    assert_close(optimum.rate[0], 0.1, 1e-9);
    assert_true(optimum.derivative[0] > 1e-3);
    assert_true(optimum.first_order_residual == 0.0);
    ent_theory_optimum_free(&optimum);
    ent_theory_free(&model);
    ent_context_free(&ctx);
}

/* Only the flows covered get the tariff. */
static void test_masks_leave_other_flows_alone(void **state)
{
    static const unsigned char partners[] = {0, 0, 1, 0}, sectors[] = {1, 0, 0};
    ent_theory_optimum_t optimum = {0};
    ent_theory_policy_t policy;
    ent_theory_input_t input;
    ent_theory_t model = {0};
    ent_context_t ctx;
    world_t w;

    (void)state;
    ent_context_init(&ctx);
    world_make(&w, 4, 3);
    input = world_input(&w);
    assert_ok(&ctx, ent_theory_init(&model, &input, NULL, &ctx));
    ent_theory_policy_init(&policy);
    policy.partners = partners;
    policy.sectors = sectors;
    assert_ok(&ctx, ent_theory_optimal(&model, 1, NULL, &policy, &optimum, &ctx));
    for (size_t i = 0; i < 48; i++) {
        assert_true(optimum.tariff[i] == (i == world_cell(&w, 0, 2, 1) ? optimum.rate[0] : w.tariff[i]));
    }
    ent_theory_optimum_free(&optimum);
    ent_theory_free(&model);
    ent_context_free(&ctx);
}

static void test_bad_policies_are_refused(void **state)
{
    ent_theory_optimum_t optimum = {0};
    ent_theory_policy_t policy;
    ent_theory_t model = {0};
    ent_context_t ctx;

    (void)state;
    ent_context_init(&ctx);
    symmetric_model(&model, 1, &ctx);
    ent_theory_policy_init(&policy);
    assert_fault(&ctx, ent_theory_optimal(&model, 2, NULL, &policy, &optimum, &ctx), ENT_ERR_USAGE,
                 "region 2");
    policy.lower = 1.0;
    policy.upper = 0.5;
    assert_fault(&ctx, ent_theory_optimal(&model, 0, NULL, &policy, &optimum, &ctx), ENT_ERR_USAGE, "bounds");
    ent_theory_policy_init(&policy);
    policy.max_evaluations = 3;
    assert_fault(&ctx, ent_theory_optimal(&model, 0, NULL, &policy, &optimum, &ctx), ENT_ERR_CONVERGENCE,
                 "the tariffs of Home were not found in 3 evaluations");
    assert_null(optimum.rate);
    ent_theory_free(&model);
    ent_context_free(&ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_optimal_tariff_equals_the_closed_form),
        cmocka_unit_test(test_nash_tariffs_equal_the_closed_form),
        cmocka_unit_test(test_sector_tariffs_of_equal_sectors_are_uniform),
        cmocka_unit_test(test_binding_bound),
        cmocka_unit_test(test_masks_leave_other_flows_alone),
        cmocka_unit_test(test_bad_policies_are_refused),
    };

    return cmocka_run_group_tests_name("theory_optimal", tests, NULL, NULL);
}
