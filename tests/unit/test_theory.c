/* The static theory: Caliendo & Parro's table, metamorphic relations, bad input. */
#include <entrepot/theory.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ent_test.h"
#include "theory_fixture.h"
#include "theory_world.h"

#ifndef ENT_FIXTURES
#define ENT_FIXTURES "tests/fixtures"
#endif

/* ---- NAFTA ---- */

typedef struct {
    ent_context_t ctx;
    theory_fixture_t data;
    ent_theory_t model;
    ent_theory_result_t result;
} nafta_t;

static int nafta_setup(void **state)
{
    nafta_t *t = calloc(1, sizeof *t);
    ent_theory_input_t input;
    ent_theory_options_t options;
    int ret;

    ent_context_init(&t->ctx);
    if (theory_fixture_read(&t->data, ENT_FIXTURES "/cp2015/cp2015.h5") != 0) {
        return -1;
    }
    input = theory_fixture_input(&t->data);
    theory_fixture_options(&options);
    ret = ent_theory_init(&t->model, &input, &options, &t->ctx);
    ret = ret != ENT_OK ? ret : ent_theory_rebase(&t->model, &t->ctx);
    ret = ret != ENT_OK ? ret : ent_theory_solve(&t->model, t->data.tariff_nafta, NULL, &t->result, &t->ctx);
    *state = t;
    return ret;
}

static int nafta_teardown(void **state)
{
    nafta_t *t = *state;

    ent_theory_result_free(&t->result);
    ent_theory_free(&t->model);
    theory_fixture_free(&t->data);
    ent_context_free(&t->ctx);
    free(t);
    return 0;
}

/* Per cent as printed with two digits. */
static void assert_printed(double fraction, double printed)
{
    assert_within(round(1e4 * fraction) / 100.0, printed, 1e-9);
}

/* Caliendo & Parro (2015), table 2: NAFTA's tariff cuts given the world's other tariffs. */
static void test_nafta_printed_table(void **state)
{
    static const struct {
        const char *region;
        double welfare, terms_of_trade, volume_of_trade, real_wage;
    } table[] = {{"Mexico", 1.31, -0.41, 1.72, 1.72},
                 {"Canada", -0.06, -0.11, 0.04, 0.32},
                 {"USA", 0.08, 0.04, 0.04, 0.11}};
    nafta_t *t = *state;
    ent_theory_welfare_t welfare = {0};

    assert_ok(&t->ctx, ent_theory_welfare(&t->model, &t->result, 0, &welfare, &t->ctx));
    for (size_t i = 0; i < 3; i++) {
        const int r = theory_fixture_region(&t->data, table[i].region);

        assert_printed(welfare.first_order[r], table[i].welfare);
        assert_printed(welfare.terms_of_trade_sum[r], table[i].terms_of_trade);
        assert_printed(welfare.volume_of_trade_sum[r], table[i].volume_of_trade);
        assert_printed(t->result.real_wage_hat[r] - 1.0, table[i].real_wage);
    }
    assert_true(t->result.residual < 1e-10);
    ent_theory_welfare_free(&welfare);
}

/* The change of real income itself, against bench/theory_numpy.py; it is not the printed first-order figure.
 */
static void test_nafta_real_income(void **state)
{
    nafta_t *t = *state;

    assert_within(100.0 * (t->result.welfare_hat[theory_fixture_region(&t->data, "Mexico")] - 1.0), 0.0073,
                  5e-5);
    assert_within(100.0 * (t->result.welfare_hat[theory_fixture_region(&t->data, "Canada")] - 1.0), -0.1101,
                  5e-5);
    assert_within(100.0 * (t->result.welfare_hat[theory_fixture_region(&t->data, "USA")] - 1.0), 0.0741,
                  5e-5);
}

/* Parts added up by the test, not by the library. */
static void assert_parts_sum(const ent_theory_welfare_t *w, const double *expected_total)
{
    const size_t cells = (size_t)w->n_region * (size_t)w->n_sector;

    for (size_t r = 0; r < (size_t)w->n_region; r++) {
        double sum = w->transfer[r] + w->remainder[r];

        for (size_t i = r * cells; i < (r + 1) * cells; i++) {
            sum += w->terms_of_trade[i] + w->volume_of_trade[i] + w->trade_cost[i];
        }
        assert_within(sum, w->total[r], 1e-10);
        assert_within(w->total[r], w->n_step > 0 ? log(expected_total[r]) : expected_total[r] - 1.0, 1e-15);
    }
}

static void test_parts_sum_to_total(void **state)
{
    nafta_t *t = *state;
    ent_theory_welfare_t welfare = {0};

    for (int n_step = 0; n_step <= 2; n_step++) {
        assert_ok(&t->ctx, ent_theory_welfare(&t->model, &t->result, n_step, &welfare, &t->ctx));
        assert_parts_sum(&welfare, t->result.welfare_hat);
    }
    ent_theory_welfare_free(&welfare);
}

/* The path integral leaves nothing out: its remainder falls by four when the pieces are halved. That also
 * shows the exact real income to be right, by another way. */
static void test_path_remainder_vanishes(void **state)
{
    nafta_t *t = *state;
    const int mexico = theory_fixture_region(&t->data, "Mexico");
    ent_theory_welfare_t coarse = {0}, fine = {0};

    assert_ok(&t->ctx, ent_theory_welfare(&t->model, &t->result, 16, &coarse, &t->ctx));
    assert_ok(&t->ctx, ent_theory_welfare(&t->model, &t->result, 32, &fine, &t->ctx));
    assert_true(fabs(fine.remainder[mexico]) < 1e-6);
    assert_close(coarse.remainder[mexico] / fine.remainder[mexico], 4.0, 0.05);
    ent_theory_welfare_free(&coarse);
    ent_theory_welfare_free(&fine);
}

/* ---- Metamorphic relations on small worlds ---- */

static void solve_world(const world_t *w, const ent_theory_options_t *options, const double *tariff,
                        const double *cost, ent_theory_t *model, ent_theory_result_t *result)
{
    const ent_theory_input_t input = world_input(w);
    ent_context_t ctx;

    ent_context_init(&ctx);
    assert_ok(&ctx, ent_theory_init(model, &input, options, &ctx));
    assert_ok(&ctx, ent_theory_verify(model, &ctx));
    assert_ok(&ctx, ent_theory_solve(model, tariff, cost, result, &ctx));
    ent_context_free(&ctx);
}

static void assert_is_benchmark(const ent_theory_t *model, const ent_theory_result_t *result)
{
    const size_t n = (size_t)model->n_region, sectors = (size_t)model->n_sector;

    assert_memory_equal(result->flow, model->flow, n * n * sectors * sizeof(double));
    assert_memory_equal(result->income, model->income, n * sizeof(double));
    assert_memory_equal(result->revenue, model->revenue, n * sizeof(double));
    for (size_t r = 0; r < n; r++) {
        assert_true(result->welfare_hat[r] == 1.0);
        assert_true(result->real_wage_hat[r] == 1.0);
        for (size_t s = 0; s < sectors; s++) {
            assert_true(result->price_hat[r * sectors + s] == 1.0);
            assert_true(result->cost_hat[r * sectors + s] == 1.0);
        }
    }
    assert_int_equal(result->iterations, 1);
}

static void test_no_change_returns_the_benchmark_bit_by_bit(void **state)
{
    nafta_t *t = *state;
    ent_theory_result_t result = {0};
    ent_theory_options_t options;
    ent_theory_t model = {0};
    world_t w;

    assert_ok(&t->ctx, ent_theory_solve(&t->model, t->data.tariff, NULL, &result, &t->ctx));
    assert_is_benchmark(&t->model, &result);
    world_make(&w, 5, 3);
    for (int variant = ENT_THEORY_FULL; variant <= ENT_THEORY_ARMINGTON; variant++) {
        for (int rule = ENT_THEORY_DEFICIT_FIXED; rule <= ENT_THEORY_DEFICIT_SHARE; rule++) {
            ent_theory_options_init(&options);
            options.variant = (ent_theory_variant_t)variant;
            options.deficit = (ent_theory_deficit_t)rule;
            solve_world(&w, &options, w.tariff, NULL, &model, &result);
            assert_is_benchmark(&model, &result);
            ent_theory_free(&model);
        }
    }
    ent_theory_result_free(&result);
}

static void test_numeraire_is_irrelevant(void **state)
{
    ent_theory_result_t reference = {0}, result = {0};
    ent_theory_options_t options;
    ent_theory_t model = {0};
    world_t w;

    (void)state;
    world_make(&w, 5, 3);
    ent_theory_options_init(&options);
    solve_world(&w, &options, w.change, NULL, &model, &reference);
    ent_theory_free(&model);
    for (int numeraire = ENT_THEORY_WORLD_INCOME; numeraire <= ENT_THEORY_CONSUMER_PRICE; numeraire++) {
        options.numeraire = (ent_theory_numeraire_t)numeraire;
        options.numeraire_region = 2;
        solve_world(&w, &options, w.change, NULL, &model, &result);
        for (int r = 0; r < w.n_region; r++) {
            assert_close(result.welfare_hat[r], reference.welfare_hat[r], 1e-14);
            assert_close(result.real_wage_hat[r], reference.real_wage_hat[r], 1e-14);
            assert_close(result.income[r] / result.numeraire_scale, reference.income[r], 1e-14);
        }
        assert_true(fabs(result.numeraire_scale - 1.0) > 1e-4);
        ent_theory_free(&model);
    }
    assert_close(result.consumer_price_hat[2], 1.0, 1e-14);
    ent_theory_result_free(&reference);
    ent_theory_result_free(&result);
}

/* New position of each region. */
static const int permuted[] = {3, 0, 4, 1, 2};

static void test_permuting_regions_permutes_results(void **state)
{
    ent_theory_result_t a = {0}, b = {0};
    ent_theory_t model = {0};
    world_t w, p;

    (void)state;
    world_make(&w, 5, 3);
    p = w;
    for (int o = 0; o < 5; o++) {
        for (int s = 0; s < 3; s++) {
            for (int d = 0; d < 5; d++) {
                const size_t to = world_cell(&p, s, permuted[o], permuted[d]), from = world_cell(&w, s, o, d);

                p.flow[to] = w.flow[from];
                p.tariff[to] = w.tariff[from];
                p.change[to] = w.change[from];
            }
        }
        memcpy(p.input + permuted[o] * 9, w.input + o * 9, 9 * sizeof(double));
    }
    solve_world(&w, NULL, w.change, NULL, &model, &a);
    ent_theory_free(&model);
    solve_world(&p, NULL, p.change, NULL, &model, &b);
    ent_theory_free(&model);
    for (int o = 0; o < 5; o++) {
        assert_close(b.welfare_hat[permuted[o]], a.welfare_hat[o], 1e-11);
        for (int s = 0; s < 3; s++) {
            for (int d = 0; d < 5; d++) {
                assert_close(b.flow[world_cell(&p, s, permuted[o], permuted[d])],
                             a.flow[world_cell(&w, s, o, d)], 1e-10);
            }
        }
    }
    ent_theory_result_free(&a);
    ent_theory_result_free(&b);
}

/* The last region of `w` becomes its neighbour's twin: the same trade with everybody and with each other. */
static void make_twins(world_t *w)
{
    const int a = w->n_region - 2, b = w->n_region - 1;

    for (int s = 0; s < w->n_sector; s++) {
        for (int i = 0; i < a; i++) {
            w->flow[world_cell(w, s, i, b)] = w->flow[world_cell(w, s, i, a)];
            w->flow[world_cell(w, s, b, i)] = w->flow[world_cell(w, s, a, i)];
            w->tariff[world_cell(w, s, i, b)] = w->tariff[world_cell(w, s, i, a)];
            w->tariff[world_cell(w, s, b, i)] = w->tariff[world_cell(w, s, a, i)];
            w->change[world_cell(w, s, i, b)] = w->change[world_cell(w, s, i, a)];
            w->change[world_cell(w, s, b, i)] = w->change[world_cell(w, s, a, i)];
        }
        w->flow[world_cell(w, s, b, b)] = w->flow[world_cell(w, s, a, a)];
        w->flow[world_cell(w, s, b, a)] = w->flow[world_cell(w, s, a, b)];
        for (int i = a; i <= b; i++) {
            for (int j = a; j <= b; j++) {
                w->tariff[world_cell(w, s, i, j)] = w->change[world_cell(w, s, i, j)] = 0.0;
            }
        }
    }
    memcpy(w->input + b * w->n_sector * w->n_sector, w->input + a * w->n_sector * w->n_sector,
           (size_t)(w->n_sector * w->n_sector) * sizeof(double));
}

/* Add region `from` up into its twin, the last but one. */
static void merge_twins(const world_t *w, world_t *merged)
{
    const int last = w->n_region - 1;

    *merged = *w;
    merged->n_region = last;
    memset(merged->flow, 0, sizeof merged->flow);
    for (int s = 0; s < w->n_sector; s++) {
        for (int o = 0; o <= last; o++) {
            for (int d = 0; d <= last; d++) {
                const size_t to = world_cell(merged, s, o < last ? o : last - 1, d < last ? d : last - 1);

                merged->flow[to] += w->flow[world_cell(w, s, o, d)];
                merged->tariff[to] = w->tariff[world_cell(w, s, o, d)];
                merged->change[to] = w->change[world_cell(w, s, o, d)];
            }
        }
    }
}

static void test_merging_twins_leaves_others_unchanged(void **state)
{
    ent_theory_result_t apart = {0}, together = {0};
    ent_theory_t model = {0};
    world_t w, merged;

    (void)state;
    world_make(&w, 5, 3);
    make_twins(&w);
    merge_twins(&w, &merged);
    solve_world(&w, NULL, w.change, NULL, &model, &apart);
    ent_theory_free(&model);
    solve_world(&merged, NULL, merged.change, NULL, &model, &together);
    ent_theory_free(&model);
    assert_close(apart.welfare_hat[4], apart.welfare_hat[3], 1e-11);
    for (int r = 0; r < 4; r++) {
        assert_close(together.welfare_hat[r], apart.welfare_hat[r], 1e-11);
        assert_close(together.wage_hat[r], apart.wage_hat[r], 1e-11);
    }
    assert_true(fabs(apart.welfare_hat[0] - 1.0) > 1e-4);
    for (int s = 0; s < 3; s++) {
        assert_close(together.flow[world_cell(&merged, s, 0, 1)], apart.flow[world_cell(&w, s, 0, 1)], 1e-10);
    }
    ent_theory_result_free(&apart);
    ent_theory_result_free(&together);
}

static void test_scaling_values_scales_values_exactly(void **state)
{
    ent_theory_result_t a = {0}, b = {0};
    ent_theory_t model = {0};
    world_t w, big;

    (void)state;
    world_make(&w, 4, 3);
    big = w;
    for (size_t i = 0; i < sizeof w.flow / sizeof *w.flow; i++) {
        big.flow[i] *= 1024.0;
    }
    solve_world(&w, NULL, w.change, NULL, &model, &a);
    ent_theory_free(&model);
    solve_world(&big, NULL, w.change, NULL, &model, &b);
    ent_theory_free(&model);
    for (size_t i = 0; i < 48; i++) {
        assert_true(b.flow[i] == 1024.0 * a.flow[i]);
    }
    ent_theory_result_free(&a);
    ent_theory_result_free(&b);
}

static void test_tariff_on_a_zero_flow_changes_nothing(void **state)
{
    ent_theory_result_t result = {0};
    ent_theory_t model = {0};
    world_t w;

    (void)state;
    world_make(&w, 4, 3);
    w.flow[world_cell(&w, 1, 2, 3)] = 0.0;
    w.tariff[world_cell(&w, 1, 2, 3)] = 0.05;
    memcpy(w.change, w.tariff, sizeof w.tariff);
    w.change[world_cell(&w, 1, 2, 3)] = 0.5;
    solve_world(&w, NULL, w.change, NULL, &model, &result);
    assert_is_benchmark(&model, &result);
    ent_theory_result_free(&result);
    ent_theory_free(&model);
}

static void test_trade_costs_have_a_part_of_their_own(void **state)
{
    ent_theory_welfare_t parts = {0};
    ent_theory_result_t result = {0};
    ent_theory_t model = {0};
    ent_context_t ctx;
    double cost[WORLD_SECTORS * WORLD_REGIONS * WORLD_REGIONS];
    world_t w;

    (void)state;
    ent_context_init(&ctx);
    world_make(&w, 5, 3);
    for (int i = 0; i < 75; i++) {
        cost[i] = i / 5 % 5 == i % 5 ? 1.0 : 0.95;
    }
    solve_world(&w, NULL, w.change, cost, &model, &result);
    for (int n_step = 0; n_step <= 1; n_step++) {
        assert_ok(&ctx, ent_theory_welfare(&model, &result, n_step, &parts, &ctx));
        assert_parts_sum(&parts, result.welfare_hat);
        assert_true(parts.trade_cost_sum[3] > 0.0);
    }
    assert_ok(&ctx, ent_theory_welfare(&model, &result, 64, &parts, &ctx));
    for (int r = 0; r < 5; r++) {
        assert_within(parts.remainder[r], 0.0, 1e-6);
    }
    ent_theory_welfare_free(&parts);
    ent_theory_result_free(&result);
    ent_theory_free(&model);
    ent_context_free(&ctx);
}

/* Abolishing deficits is a transfer, and its path integral too leaves nothing out. */
static void test_deficit_rules(void **state)
{
    ent_theory_welfare_t parts = {0};
    ent_theory_result_t result = {0};
    ent_theory_options_t options;
    ent_theory_t model = {0};
    ent_context_t ctx;
    world_t w;

    (void)state;
    ent_context_init(&ctx);
    world_make(&w, 5, 3);
    ent_theory_options_init(&options);
    for (int rule = ENT_THEORY_DEFICIT_FIXED; rule <= ENT_THEORY_DEFICIT_ZERO; rule++) {
        options.deficit = (ent_theory_deficit_t)rule;
        solve_world(&w, &options, w.change, NULL, &model, &result);
        for (int r = 0; r < 5; r++) {
            assert_within(result.imports[r] - result.exports[r], result.deficit[r], 1e-9 * result.income[r]);
            if (rule == ENT_THEORY_DEFICIT_FIXED) {
                assert_true(result.deficit[r] == model.deficit[r]);
            }
            if (rule == ENT_THEORY_DEFICIT_SHARE) {
                assert_close(result.deficit[r] / model.deficit[r], result.deficit[0] / model.deficit[0],
                             1e-14);
            }
        }
        assert_ok(&ctx, ent_theory_welfare(&model, &result, 64, &parts, &ctx));
        assert_parts_sum(&parts, result.welfare_hat);
        assert_within(parts.remainder[0], 0.0, 1e-6);
        ent_theory_free(&model);
    }
    assert_true(fabs(parts.transfer[0]) > 1e-3);
    ent_theory_welfare_free(&parts);
    ent_theory_result_free(&result);
    ent_context_free(&ctx);
}

/* One sector, no inputs, iceberg costs only: real income = (own share hat)^(-1/theta), Arkolakis, Costinot &
 * Rodriguez-Clare (2012, AER 102, proposition 1), and real wages with any tariffs. */
static void test_armington_obeys_the_sufficient_statistic(void **state)
{
    ent_theory_result_t result = {0};
    ent_theory_options_t options;
    ent_theory_t model = {0};
    world_t w;

    (void)state;
    world_make(&w, 5, 3);
    ent_theory_options_init(&options);
    options.variant = ENT_THEORY_ARMINGTON;
    options.armington_theta = 5.0;
    solve_world(&w, &options, w.change, NULL, &model, &result);
    for (int r = 0; r < 5; r++) {
        const size_t own = (size_t)(r * 5 + r);
        const double before = model.flow[own] / model.expenditure[r],
                     after = result.flow[own] / result.expenditure[r];

        assert_close(result.real_wage_hat[r], pow(after / before, -1.0 / 5.0), 1e-11);
    }
    ent_theory_free(&model);
    ent_theory_result_free(&result);
}

/* The same in several sectors: log real wage = -sum alpha / theta log own share hat. */
static void test_no_input_output_obeys_the_sufficient_statistic(void **state)
{
    ent_theory_result_t result = {0};
    ent_theory_options_t options;
    ent_theory_t model = {0};
    world_t w;

    (void)state;
    world_make(&w, 5, 3);
    ent_theory_options_init(&options);
    options.variant = ENT_THEORY_NO_INPUT_OUTPUT;
    solve_world(&w, &options, w.change, NULL, &model, &result);
    for (int r = 0; r < 5; r++) {
        double sum = 0.0;

        for (int s = 0; s < 3; s++) {
            const size_t own = world_cell(&w, s, r, r);
            const double before = model.flow[own] / model.expenditure[s * 5 + r];
            const double after = result.flow[own] / result.expenditure[r * 3 + s];

            sum -= model.final_share[s * 5 + r] / model.theta[s] * log(after / before);
        }
        assert_close(result.real_wage_hat[r], exp(sum), 1e-11);
    }
    ent_theory_free(&model);
    ent_theory_result_free(&result);
}

/* Subsidies, free trade, prohibitive tariffs; then subsidies that Portugal's income cannot pay: its real
 * income falls to 0.01 of the benchmark at 29.5 % and to nothing before 30 %. */
static void test_solver_stands_large_shocks(void **state)
{
    static const double rates[] = {-0.2, 0.0, 5.0, 1000.0};
    nafta_t *t = *state;
    ent_theory_result_t result = {0};
    const size_t flows = (size_t)(t->data.n_sector * t->data.n_region * t->data.n_region);
    double *tariff = malloc(flows * sizeof *tariff);

    for (size_t k = 0; k < sizeof rates / sizeof *rates; k++) {
        for (size_t i = 0; i < flows; i++) {
            tariff[i] = i / 31 % 31 == i % 31 ? 0.0 : rates[k];
        }
        assert_ok(&t->ctx, ent_theory_solve(&t->model, tariff, NULL, &result, &t->ctx));
        assert_true(result.residual < 1e-9);
    }
    for (size_t i = 0; i < flows; i++) {
        tariff[i] = i / 31 % 31 == i % 31 ? 0.0 : -0.3;
    }
    assert_fault(&t->ctx, ent_theory_solve(&t->model, tariff, NULL, &result, &t->ctx), ENT_ERR_CONVERGENCE,
                 "the income of Portugal would fall to nothing");
    free(tariff);
    ent_theory_result_free(&result);
}

static void test_acceleration_changes_nothing_but_time(void **state)
{
    ent_theory_result_t fast = {0}, slow = {0};
    ent_theory_options_t options;
    ent_theory_t model = {0};
    world_t w;

    (void)state;
    world_make(&w, 5, 3);
    solve_world(&w, NULL, w.change, NULL, &model, &fast);
    ent_theory_free(&model);
    ent_theory_options_init(&options);
    options.memory = 0;
    solve_world(&w, &options, w.change, NULL, &model, &slow);
    for (int r = 0; r < 5; r++) {
        assert_close(fast.welfare_hat[r], slow.welfare_hat[r], 1e-11);
    }
    assert_true(fast.iterations < slow.iterations);
    ent_theory_free(&model);
    ent_theory_result_free(&fast);
    ent_theory_result_free(&slow);
}

/* ---- Bad input ---- */

/* What init says of a world that one change has spoilt. */
static void assert_refused(const world_t *w, const char *words)
{
    const ent_theory_input_t input = world_input(w);
    ent_theory_t model;
    ent_context_t ctx;

    ent_context_init(&ctx);
    assert_fault(&ctx, ent_theory_init(&model, &input, NULL, &ctx), ENT_ERR_DATA, words);
    ent_theory_free(&model);
    ent_theory_free(&model);
    ent_context_free(&ctx);
}

static void test_bad_cells_are_named(void **state)
{
    world_t good, w;

    (void)state;
    world_make(&good, 4, 3);
    w = good;
    w.flow[world_cell(&w, 2, 1, 3)] = -5.0;
    assert_refused(&w, "Steel from Bex to Dun: a flow must be finite and not negative (found -5)");
    w.flow[world_cell(&w, 2, 1, 3)] = NAN;
    assert_refused(&w, "Steel from Bex to Dun: a flow must be finite");
    w = good;
    w.tariff[world_cell(&w, 0, 3, 2)] = -1.0;
    assert_refused(&w, "Grain from Dun to Cov: a tariff must be finite and above -100 % (found -1)");
    w = good;
    w.flow[world_cell(&w, 1, 2, 2)] = 0.0;
    assert_refused(&w, "Cloth from Cov to Cov: own trade must be above zero");
    w = good;
    w.theta[1] = 0.0;
    assert_refused(&w, "Cloth: a trade elasticity must be finite and above zero (found 0)");
    w = good;
    memset(w.flow + world_cell(&w, 1, 0, 0), 0, 16 * sizeof(double));
    assert_refused(&w, "Cloth: nobody produces this sector");
    w = good;
    w.input[(2 * 3 + 1) * 3 + 0] = 1.5;
    assert_refused(&w, "Grain in Cov: the value-added share must lie in [0, 1]");
    w.input[(2 * 3 + 1) * 3 + 0] = -0.2;
    assert_refused(&w, "Grain in Cov: an input coefficient must be finite and not below -0.01");
    w.input[(2 * 3 + 1) * 3 + 0] = 0.85 - w.input[(2 * 3 + 0) * 3 + 0] - w.input[(2 * 3 + 2) * 3 + 0];
    for (int d = 0; d < 4; d++) {
        w.flow[world_cell(&w, 0, 2, d)] *= 3.0;
    }
    assert_refused(&w, "Cloth in Cov: the benchmark does not balance");
}

static void test_all_faults_are_reported_at_once(void **state)
{
    ent_theory_input_t input;
    ent_theory_t model;
    ent_context_t ctx;
    world_t w;
    char *text;

    (void)state;
    ent_context_init(&ctx);
    world_make(&w, 4, 3);
    w.theta[0] = -1.0;
    w.tariff[1] = -2.0;
    w.flow[world_cell(&w, 2, 3, 3)] = 0.0;
    input = world_input(&w);
    assert_int_equal(ent_theory_init(&model, &input, NULL, &ctx), ENT_ERR_DATA);
    text = context_text(&ctx);
    assert_non_null(strstr(text, "Grain: a trade elasticity"));
    assert_non_null(strstr(text, "Grain from Ada to Bex: a tariff"));
    assert_non_null(strstr(text, "Steel from Dun to Dun: own trade"));
    free(text);
    ent_theory_free(&model);
    ent_context_free(&ctx);
}

static void test_unbalanced_demand_is_refused_then_repaired(void **state)
{
    ent_theory_result_t result = {0};
    ent_theory_options_t options;
    ent_theory_input_t input;
    ent_theory_t model;
    ent_context_t ctx;
    double final_demand[12];
    world_t w;

    (void)state;
    ent_context_init(&ctx);
    world_make(&w, 4, 3);
    for (int i = 0; i < 12; i++) {
        final_demand[i] = 1000.0 + i;
    }
    input = world_input(&w);
    input.final_demand = final_demand;
    assert_fault(&ctx, ent_theory_init(&model, &input, NULL, &ctx), ENT_ERR_DATA,
                 "the benchmark does not balance");
    ent_theory_free(&model);
    ent_theory_options_init(&options);
    options.balance_tolerance = 10.0;
    assert_ok(&ctx, ent_theory_init(&model, &input, &options, &ctx));
    assert_fault(&ctx, ent_theory_solve(&model, NULL, NULL, &result, &ctx), ENT_ERR_USAGE, "rebase it");
    assert_ok(&ctx, ent_theory_rebase(&model, &ctx));
    assert_close(model.final_share[0] / model.final_share[4], 1000.0 / 1001.0, 1e-9);
    assert_ok(&ctx, ent_theory_solve(&model, NULL, NULL, &result, &ctx));
    assert_is_benchmark(&model, &result);
    ent_theory_result_free(&result);
    ent_theory_free(&model);
    ent_context_free(&ctx);
}

static void test_bad_changes_and_options_are_refused(void **state)
{
    ent_theory_result_t result = {0};
    ent_theory_options_t options;
    ent_theory_input_t input;
    ent_theory_t model;
    ent_context_t ctx;
    double cost[48];
    world_t w;

    (void)state;
    ent_context_init(&ctx);
    world_make(&w, 4, 3);
    input = world_input(&w);
    assert_ok(&ctx, ent_theory_init(&model, &input, NULL, &ctx));
    w.change[world_cell(&w, 1, 2, 0)] = -1.5;
    assert_fault(&ctx, ent_theory_solve(&model, w.change, NULL, &result, &ctx), ENT_ERR_DATA,
                 "Cloth (sector 1) from Cov to Ada: a tariff must be finite and above -100 %");
    for (int i = 0; i < 48; i++) {
        cost[i] = 1.0;
    }
    cost[world_cell(&w, 2, 0, 3)] = 0.0;
    assert_fault(&ctx, ent_theory_solve(&model, NULL, cost, &result, &ctx), ENT_ERR_DATA,
                 "Steel (sector 2) from Ada to Dun");
    assert_null(result.flow);
    ent_theory_free(&model);
    ent_theory_options_init(&options);
    options.memory = 17;
    assert_fault(&ctx, ent_theory_init(&model, &input, &options, &ctx), ENT_ERR_USAGE, "memory 0 to 16");
    options.memory = 0;
    options.numeraire = ENT_THEORY_WAGE;
    options.numeraire_region = 4;
    assert_fault(&ctx, ent_theory_init(&model, &input, &options, &ctx), ENT_ERR_USAGE, "numeraire_region");
    ent_theory_free(&model);
    ent_context_free(&ctx);
}

static void test_no_silent_failure_to_converge(void **state)
{
    ent_theory_result_t result = {0};
    ent_theory_options_t options;
    ent_theory_input_t input;
    ent_theory_t model;
    ent_context_t ctx;
    world_t w;

    (void)state;
    ent_context_init(&ctx);
    world_make(&w, 4, 3);
    input = world_input(&w);
    ent_theory_options_init(&options);
    options.max_iterations = 2;
    assert_ok(&ctx, ent_theory_init(&model, &input, &options, &ctx));
    assert_fault(&ctx, ent_theory_solve(&model, w.change, NULL, &result, &ctx), ENT_ERR_CONVERGENCE,
                 "the equilibrium was not found");
    assert_null(result.flow);
    assert_fault(&ctx, ent_theory_solve(&model, w.change, NULL, &result, &ctx), ENT_ERR_CONVERGENCE,
                 " of Bex");
    ent_theory_free(&model);
    ent_context_free(&ctx);
}

static void test_state_is_printed(void **state)
{
    ent_theory_input_t input;
    ent_theory_t model;
    ent_context_t ctx;
    world_t w;
    char *text;
    FILE *stream = tmpfile();

    (void)state;
    ent_context_init(&ctx);
    world_make(&w, 4, 3);
    input = world_input(&w);
    assert_ok(&ctx, ent_theory_init(&model, &input, NULL, &ctx));
    ent_theory_print_state(&model, stream);
    text = stream_text(stream);
    assert_non_null(strstr(text, "region=Bex"));
    model.final_share[0] += 0.1;
    assert_fault(&ctx, ent_theory_verify(&model, &ctx), ENT_ERR_BUG, "Ada: shares of final demand");
    free(text);
    ent_theory_free(&model);
    ent_context_free(&ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nafta_printed_table),
        cmocka_unit_test(test_nafta_real_income),
        cmocka_unit_test(test_parts_sum_to_total),
        cmocka_unit_test(test_path_remainder_vanishes),
        cmocka_unit_test(test_no_change_returns_the_benchmark_bit_by_bit),
        cmocka_unit_test(test_numeraire_is_irrelevant),
        cmocka_unit_test(test_permuting_regions_permutes_results),
        cmocka_unit_test(test_merging_twins_leaves_others_unchanged),
        cmocka_unit_test(test_scaling_values_scales_values_exactly),
        cmocka_unit_test(test_tariff_on_a_zero_flow_changes_nothing),
        cmocka_unit_test(test_trade_costs_have_a_part_of_their_own),
        cmocka_unit_test(test_deficit_rules),
        cmocka_unit_test(test_armington_obeys_the_sufficient_statistic),
        cmocka_unit_test(test_no_input_output_obeys_the_sufficient_statistic),
        cmocka_unit_test(test_solver_stands_large_shocks),
        cmocka_unit_test(test_acceleration_changes_nothing_but_time),
        cmocka_unit_test(test_bad_cells_are_named),
        cmocka_unit_test(test_all_faults_are_reported_at_once),
        cmocka_unit_test(test_unbalanced_demand_is_refused_then_repaired),
        cmocka_unit_test(test_bad_changes_and_options_are_refused),
        cmocka_unit_test(test_no_silent_failure_to_converge),
        cmocka_unit_test(test_state_is_printed),
    };

    return cmocka_run_group_tests_name("theory", tests, nafta_setup, nafta_teardown);
}
