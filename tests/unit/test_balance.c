/* Balancing and moving a benchmark: totals hold, what must stay stays, what cannot be mended is told. */
#include "ent_test.h"
#include "words.h"

#include "economy/balance.h"

#include <stdlib.h>
#include <string.h>

enum { NR = 2, NS = 2 };

static char *regions[] = {"A", "B"}, *sectors[] = {"x", "y"}, *sets[] = {"own"};
static ent_context_t ctx;
static double flow[NS * NR * NR], tariff[NS * NR * NR], freight[NS * NR * NR], inputs[NR * NS * NS],
    value_added[NR * NS], demand[NR * NS], wedge[NS * NR], elasticity[NS];
static ent_benchmark_t b;

static int setup(void **state)
{
    static const double flows[] = {100, 20, 10, 80, 60, 5, 15, 70}, shares[] = {0.6, 0.5, 0.7, 0.4};
    static const double first[] = {0.3, 0.1, 0.1, 0.4, 0.2, 0.2, 0.1, 0.4}, uses[] = {70, 40, 60, 30};
    (void)state;
    ent_context_init(&ctx);
    b = (ent_benchmark_t){.n_region = NR,
                          .n_sector = NS,
                          .n_elasticity_set = 1,
                          .borrowed = 1,
                          .region = regions,
                          .sector = sectors,
                          .elasticity_set = sets,
                          .flow = flow,
                          .tariff = tariff,
                          .freight = freight,
                          .input_coefficient = inputs,
                          .value_added_share = value_added,
                          .final_demand = demand,
                          .collection_wedge = wedge,
                          .elasticity = elasticity};
    memcpy(flow, flows, sizeof flow);
    memcpy(value_added, shares, sizeof value_added);
    memcpy(inputs, first, sizeof inputs);
    memcpy(demand, uses, sizeof demand);
    memset(tariff, 0, sizeof tariff);
    memset(freight, 0, sizeof freight);
    tariff[ent_cell(&b, 0, 0, 1)] = 0.1;
    freight[ent_cell(&b, 1, 1, 0)] = 0.05;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ent_context_free(&ctx);
    return 0;
}

static void totals_hold_after_balancing(void **state)
{
    ent_balance_t balance;
    double kept[NR * NS], changed = 0.0;
    int r = 0, s = 0;
    (void)state;
    memcpy(kept, value_added, sizeof kept);
    explain(&ctx, ent_benchmark_balance(&b, 1e-6, &balance, &ctx));
    assert_true(ent_benchmark_imbalance(&b, NULL, NULL) < 1e-11);
    assert_true(ent_benchmark_column_gap(&b, &r, &s) < 1e-11);
    assert_memory_equal(kept, value_added, sizeof kept);
    for (int i = 0; i < balance.n; i++) {
        changed += fabs(balance.changes[i].after - balance.changes[i].before);
        assert_true(i == 0 || fabs(balance.changes[i].after - balance.changes[i].before) <=
                                  fabs(balance.changes[i - 1].after - balance.changes[i - 1].before));
    }
    assert_close(balance.moved, changed, 1e-6);
    ent_balance_free(&balance);
}

/* RAS keeps cross ratios: (z11 z22) / (z12 z21) of any two rows and columns. */
static void balancing_keeps_cross_ratios(void **state)
{
    ent_balance_t balance;
    const double before = inputs[0] * inputs[3] / (inputs[1] * inputs[2]);
    (void)state;
    explain(&ctx, ent_benchmark_balance(&b, 1e-6, &balance, &ctx));
    assert_close(inputs[0] * inputs[3] / (inputs[1] * inputs[2]), before, 1e-10);
    ent_balance_free(&balance);
}

static void what_balances_is_left_alone(void **state)
{
    ent_balance_t balance;
    double kept[NR * NS * NS];
    (void)state;
    explain(&ctx, ent_benchmark_balance(&b, 1e-6, &balance, &ctx));
    assert_true(balance.n > 0);
    ent_balance_free(&balance);
    memcpy(kept, inputs, sizeof kept);
    explain(&ctx, ent_benchmark_balance(&b, 1e-6, &balance, &ctx));
    assert_int_equal(balance.n, 0);
    assert_memory_equal(kept, inputs, sizeof kept);
    ent_balance_free(&balance);
}

static void what_scaling_cannot_mend_is_told(void **state)
{
    ent_balance_t balance;
    (void)state;
    inputs[0] = inputs[1] = demand[0] = 0.0; /* nobody in A uses x */
    inputs[6] = -0.005;                      /* a negative use in B */
    assert_int_equal(ent_benchmark_balance(&b, 1e-6, &balance, &ctx), ENT_ERR_DATA);
    assert_true(told(&ctx, "A, x"));
    assert_true(told(&ctx, "no input and no final demand"));
    assert_true(told(&ctx, "B, y"));
    ent_balance_free(&balance);
    ent_context_free(&ctx);
    (void)setup(state);
    value_added[0] = value_added[1] =
        0.0; /* inputs of A take all that it sells, which is more than it spends */
    flow[ent_cell(&b, 0, 0, 1)] = 500;
    assert_int_equal(ent_benchmark_balance(&b, 1e-6, &balance, &ctx), ENT_ERR_DATA);
    assert_true(told(&ctx, "left for final demand"));
    ent_balance_free(&balance);
}

static void flows_move_as_observed(void **state)
{
    const ent_observed_flow_t observed[] = {{0, 0, 1, 40}, {-1, 1, 0, 50}};
    ent_rebase_t rebase;
    const ent_rebase_options_t options = {0};
    (void)state;
    explain(&ctx, ent_benchmark_rebase(&b, observed, 2, &options, &rebase, &ctx));
    assert_int_equal(rebase.n_observed, 3);
    assert_close(flow[ent_cell(&b, 0, 0, 1)], 40, 0);
    assert_close(flow[ent_cell(&b, 0, 1, 0)], 50 * 10.0 / 25.0, 1e-15);
    assert_close(flow[ent_cell(&b, 1, 1, 0)], 50 * 15.0 / 25.0, 1e-15);
    assert_close(flow[ent_cell(&b, 0, 0, 0)], 100 * (40.0 + 20.0) / (20.0 + 10.0),
                 1e-15); /* A's trade in x */
    assert_close(flow[ent_cell(&b, 1, 0, 1)], 5 * (5.0 + 30.0) / (5.0 + 15.0),
                 1e-15); /* trade in y of both */
    assert_close(rebase.observed_after, 90, 1e-15);
}

static void flows_that_stay_are_kept(void **state)
{
    const ent_observed_flow_t observed[] = {{-1, 0, 1, 100}, {1, 0, 1, 10}};
    const unsigned char covered[] = {1, 0};
    const ent_rebase_options_t options = {.covered = covered, .keep_others = 1};
    ent_rebase_t rebase;
    (void)state;
    explain(&ctx, ent_benchmark_rebase(&b, observed, 2, &options, &rebase, &ctx));
    assert_close(flow[ent_cell(&b, 0, 0, 1)], 100, 1e-15); /* of x alone */
    assert_close(flow[ent_cell(&b, 1, 0, 1)], 10, 0);
    assert_close(flow[ent_cell(&b, 0, 0, 0)], 100, 0);
}

static void a_flow_that_nothing_can_carry_is_told(void **state)
{
    const ent_observed_flow_t observed[] = {{-1, 0, 1, 100}};
    const ent_rebase_options_t options = {0};
    ent_rebase_t rebase;
    (void)state;
    flow[ent_cell(&b, 0, 0, 1)] = flow[ent_cell(&b, 1, 0, 1)] = 0.0;
    assert_int_equal(ent_benchmark_rebase(&b, observed, 1, &options, &rebase, &ctx), ENT_ERR_DATA);
    assert_true(told(&ctx, "give it by sector"));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(totals_hold_after_balancing),
        CASE(balancing_keeps_cross_ratios),
        CASE(what_balances_is_left_alone),
        CASE(what_scaling_cannot_mend_is_told),
        CASE(flows_move_as_observed),
        CASE(flows_that_stay_are_kept),
        CASE(a_flow_that_nothing_can_carry_is_told),
    };
    return cmocka_run_group_tests_name("balance", tests, NULL, NULL);
}
