/* The static theory's switches: two-country closed forms, accounting, parts of real income, bad input. */
#include <entrepot/theory.h>

#include <math.h>

#include "theory_world.h"

#define THETA 4.0

static ent_context_t ctx;

static int setup(void **state)
{
    (void)state;
    ent_context_init(&ctx);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ent_context_free(&ctx);
    return 0;
}

/* Two equal regions and one sector in which the share `abroad` of spending goes to the other's goods. */
typedef struct {
    world_t world;
    double abroad, local[2], exponent[2];
    ent_theory_options_t options;
    ent_theory_t model;
    ent_theory_result_t result;
} pair_t;

static void pair_make(pair_t *p, double abroad)
{
    memset(p, 0, sizeof *p);
    p->abroad = abroad;
    p->world.n_region = 2;
    p->world.n_sector = 1;
    p->world.region[0] = "Home";
    p->world.region[1] = "Away";
    p->world.sector[0] = "Goods";
    p->world.theta[0] = THETA;
    for (int i = 0; i < 4; i++) {
        p->world.flow[i] = 1000.0 * (i % 3 == 0 ? 1.0 - abroad : abroad);
    }
    p->exponent[0] = p->exponent[1] = 1.0;
    ent_theory_options_init(&p->options);
}

/* Solve with iceberg costs and duties of both on each other's goods. */
static void pair_solve(pair_t *p, double iceberg, double duty)
{
    const double cost[4] = {1.0, iceberg, iceberg, 1.0}, tariff[4] = {0.0, duty, duty, 0.0};
    ent_theory_input_t input = world_input(&p->world);

    input.input_coefficient = NULL;
    input.local_share = p->local;
    input.duty_exponent = p->exponent;
    assert_ok(&ctx, ent_theory_init(&p->model, &input, &p->options, &ctx));
    assert_ok(&ctx, ent_theory_solve(&p->model, tariff, cost, &p->result, &ctx));
}

static void pair_free(pair_t *p)
{
    ent_theory_result_free(&p->result);
    ent_theory_free(&p->model);
}

/* Cheaper trade: w/P is (own share hat)^(-1/theta), employment its power kappa (Arkolakis, Costinot and
 * Rodriguez-Clare 2012 with labour supply); with scale economies the real wage feeds on employment. */
static void labour_supply_follows_the_real_wage(void **state)
{
    const double iceberg = 0.8, abroad = 0.3, kappa = 0.5;

    (void)state;
    for (int scale = 0; scale < 2; scale++) {
        const double psi = scale ? 0.15 : 0.0;
        const double landed = 1.0 - abroad + abroad * pow(iceberg, -THETA);
        const double real_wage = pow(landed, 1.0 / (THETA * (1.0 - kappa * psi)));
        pair_t p;

        pair_make(&p, abroad);
        p.options.labour_elasticity = kappa;
        p.options.scale_elasticity = psi;
        pair_solve(&p, iceberg, 0.0);
        for (int r = 0; r < 2; r++) {
            assert_close(p.result.real_wage_hat[r], real_wage, 1e-10);
            assert_close(p.result.employment_hat[r], pow(real_wage, kappa), 1e-10);
            assert_close(p.result.welfare_hat[r], pow(real_wage, 1.0 + kappa), 1e-10);
            /* C and the disutility of work both grow as w L / P */
            assert_close(p.result.utility_hat[r], pow(real_wage, 1.0 + kappa), 1e-10);
            assert_close(p.result.published_welfare_hat[r], p.result.utility_hat[r], 1e-12);
        }
        pair_free(&p);
    }
}

/* Both levy t on each other. With w = 1 and X spending, everything is a function of the share abroad
 * m = a (1+t)^(-theta phi) / (1 - a + a (1+t)^(-theta phi)): duties are t / (1+t) m of X, X is w L / (1 -
 * that), and P = (X / w)^(1 - phi) L^-psi S^(-1/theta). Relief of a tax on wages multiplies the wage by 1 /
 * (1 - duties / w L). */
typedef struct {
    double employment, price, income, duties;
} closed_t;

static closed_t tariff_war(double a, double t, double phi, double kappa, double psi, int relief)
{
    const double weight = a * pow(1.0 + t, -THETA * phi), landed = 1.0 - a + weight, m = weight / landed;
    const double duty = t / (1.0 + t) * m, per_wage = 1.0 / (1.0 - duty);
    const double keep = relief ? 1.0 / (1.0 - duty * per_wage) : 1.0;
    const double push = keep * pow(per_wage, phi - 1.0) * pow(landed, 1.0 / THETA);
    const double employment = pow(push, kappa / (1.0 - kappa * (psi + phi - 1.0)));

    return (closed_t){.employment = employment,
                      .income = per_wage * employment,
                      .duties = duty * per_wage * employment,
                      .price = pow(per_wage * employment, 1.0 - phi) * pow(employment, -psi) *
                               pow(landed, -1.0 / THETA)};
}

static void pass_through_follows_the_closed_form(void **state)
{
    static const double exponents[] = {1.0, 0.4, 1.5};

    (void)state;
    for (int i = 0; i < 12; i++) {
        const double phi = exponents[i % 3], kappa = i >= 3 ? 0.5 : 0.0, psi = i >= 9 ? 0.1 : 0.0;
        const int relief = i >= 6;
        const closed_t expected = tariff_war(0.3, 0.25, phi, kappa, psi, relief);
        pair_t p;

        pair_make(&p, 0.3);
        p.exponent[0] = p.exponent[1] = phi;
        p.options.labour_elasticity = kappa;
        p.options.scale_elasticity = psi;
        p.options.rebate = relief ? ENT_THEORY_INCOME_TAX : ENT_THEORY_LUMP_SUM;
        p.options.numeraire = ENT_THEORY_WAGE;
        pair_solve(&p, 1.0, 0.25);
        assert_close(p.result.employment_hat[0], expected.employment, 1e-9);
        assert_close(p.result.consumer_price_hat[0], expected.price, 1e-9);
        assert_close(p.result.income[0], 1000.0 * expected.income, 1e-9);
        assert_close(p.result.revenue[1], 1000.0 * expected.duties, 1e-9);
        pair_free(&p);
    }
}

/* U = C - b L^(1 + 1/kappa) / (1 + 1/kappa), with b from the benchmark's tax: duties over wages of the new
 * equilibrium. Not the weights in print, which leave the tax out of the disutility. */
static void relief_has_its_utility(void **state)
{
    const double kappa = 0.5, power = 1.0 + 1.0 / kappa;
    const closed_t after = tariff_war(0.3, 0.25, 1.0, kappa, 0.0, 1);
    const double tax = after.duties / after.employment;
    const double before = 1.0 - (1.0 - tax) / power;
    const double utility =
        (after.income / after.price - (1.0 - tax) / power * pow(after.employment, power)) / before;
    pair_t p;

    (void)state;
    pair_make(&p, 0.3);
    p.options.labour_elasticity = kappa;
    p.options.rebate = ENT_THEORY_INCOME_TAX;
    pair_solve(&p, 1.0, 0.25);
    assert_close(p.result.utility_hat[0], utility, 1e-10);
    assert_true(p.result.published_welfare_hat[0] > p.result.utility_hat[0] + 1e-3);
    pair_free(&p);
}

/* Local sellers take nu of what comes from abroad: wages answer to the rest, and a local share that is the
 * same everywhere between equals changes no total. */
static void local_sales_keep_the_accounts(void **state)
{
    pair_t p;

    (void)state;
    pair_make(&p, 0.3);
    p.local[0] = 0.27;
    p.local[1] = 0.11;
    p.world.flow[1] = 420.0;
    pair_solve(&p, 1.0, 0.2);
    const double paid = (1.0 - p.local[0]) * p.result.imports[0] - (1.0 - p.local[1]) * p.result.imports[1];
    assert_close(p.result.deficit[0], paid, 1e-9);
    assert_close(p.result.deficit[0], -p.result.deficit[1], 1e-9);
    for (int r = 0; r < 2; r++) {
        const double local = p.local[r] * p.result.imports[r];
        const double sold = p.result.flow[3 * r] + (1.0 - p.local[1 - r]) * p.result.exports[r] + local;

        assert_close(p.result.output[r], sold, 1e-12);
        assert_close(p.result.output[r], p.result.wage_hat[r] * p.model.value_added[r], 1e-9);
    }
    /* the trade deficit is not the transfer, and moves though the transfer does not */
    assert_close(p.result.deficit[0], p.model.deficit[0], 1e-12);
    assert_true(fabs(p.result.imports[0] - p.result.exports[0] - (p.world.flow[2] - p.world.flow[1])) > 1.0);
    pair_free(&p);
}

/* ---- many regions and sectors, inputs ---- */

static void everything_on(ent_theory_options_t *options, double *local, double *exponent)
{
    ent_theory_options_init(options);
    options->labour_elasticity = 0.5;
    options->scale_elasticity = 0.05;
    options->rebate = ENT_THEORY_INCOME_TAX;
    options->numeraire = ENT_THEORY_WORLD_CONSUMER_PRICE;
    for (int r = 0; r < WORLD_REGIONS; r++) {
        local[r] = 0.05 + 0.04 * r;
        exponent[r] = 0.7 + 0.2 * r;
    }
}

static void parts_add_up_to_real_income(void **state)
{
    double local[WORLD_REGIONS], exponent[WORLD_REGIONS], left[2][WORLD_REGIONS];
    ent_theory_result_t result = {0};
    ent_theory_welfare_t w = {0};
    ent_theory_options_t options;
    ent_theory_t model;
    world_t world;

    (void)state;
    world_make(&world, 5, 4);
    ent_theory_input_t input = world_input(&world);
    everything_on(&options, local, exponent);
    input.local_share = local;
    input.duty_exponent = exponent;
    assert_ok(&ctx, ent_theory_init(&model, &input, &options, &ctx));
    assert_ok(&ctx, ent_theory_verify(&model, &ctx));
    assert_ok(&ctx, ent_theory_solve(&model, world.change, NULL, &result, &ctx));
    assert_true(result.residual < 1e-9);
    for (int k = 0; k < 2; k++) {
        assert_ok(&ctx, ent_theory_welfare(&model, &result, 32 << k, &w, &ctx));
        for (int r = 0; r < 5; r++) {
            const double parts = w.terms_of_trade_sum[r] + w.volume_of_trade_sum[r] + w.trade_cost_sum[r] +
                                 w.transfer[r] + w.employment[r] + w.scale[r] + w.local_sales[r] +
                                 w.market_size[r];

            left[k][r] = w.remainder[r];
            assert_within(parts + w.remainder[r], log(result.welfare_hat[r]), 1e-12);
            assert_true(fabs(w.employment[r]) > 1e-4 && fabs(w.scale[r]) > 1e-5);
            assert_true(fabs(w.local_sales[r]) > 1e-5 && fabs(w.market_size[r]) > 1e-5);
        }
    }
    for (int r = 0; r < 5; r++) { /* the rule's error falls by four: without it nothing is left */
        assert_within((4.0 * left[1][r] - left[0][r]) / 3.0, 0.0, 1e-9);
        assert_true(fabs(left[0][r]) < 1e-4);
    }
    ent_theory_welfare_free(&w);
    ent_theory_result_free(&result);
    ent_theory_free(&model);
}

/* One sector cut into two equal ones is still one, with everything on. */
static void equal_sectors_are_one_sector(void **state)
{
    double local[WORLD_REGIONS], exponent[WORLD_REGIONS];
    ent_theory_result_t result[2] = {{0}, {0}};
    ent_theory_options_t options;
    ent_theory_t model;
    world_t one, two;

    (void)state;
    world_make(&one, 4, 1);
    two = one;
    two.n_sector = 2;
    two.sector[1] = "More grain";
    two.theta[1] = two.theta[0];
    for (int i = 0; i < 16; i++) {
        two.flow[i] = two.flow[16 + i] = 0.5 * one.flow[i];
        two.tariff[16 + i] = one.tariff[i];
        two.change[16 + i] = one.change[i];
    }
    everything_on(&options, local, exponent);
    for (int k = 0; k < 2; k++) {
        const world_t *w = k ? &two : &one;
        ent_theory_input_t input = world_input(w);

        input.input_coefficient = NULL;
        input.local_share = local;
        input.duty_exponent = exponent;
        assert_ok(&ctx, ent_theory_init(&model, &input, &options, &ctx));
        assert_ok(&ctx, ent_theory_solve(&model, w->change, NULL, &result[k], &ctx));
        ent_theory_free(&model);
    }
    for (int r = 0; r < 4; r++) {
        assert_close(result[1].utility_hat[r], result[0].utility_hat[r], 1e-10);
        assert_close(result[1].employment_hat[r], result[0].employment_hat[r], 1e-10);
        assert_close(result[1].exports[r], result[0].exports[r], 1e-9);
        assert_close(result[1].consumer_price_hat[r], result[0].consumer_price_hat[r], 1e-10);
    }
    ent_theory_result_free(&result[0]);
    ent_theory_result_free(&result[1]);
}

/* Neither the numeraire nor a change that changes nothing has real effects. */
static void nothing_real_hangs_on_the_numeraire(void **state)
{
    double local[WORLD_REGIONS], exponent[WORLD_REGIONS];
    ent_theory_result_t first = {0}, other = {0};
    ent_theory_options_t options;
    ent_theory_t model;
    world_t world;

    (void)state;
    world_make(&world, 4, 3);
    ent_theory_input_t input = world_input(&world);
    everything_on(&options, local, exponent);
    input.local_share = local;
    input.duty_exponent = exponent;
    assert_ok(&ctx, ent_theory_init(&model, &input, &options, &ctx));
    assert_ok(&ctx, ent_theory_solve(&model, world.change, NULL, &first, &ctx));
    double mean = 0.0, income = 0.0;
    for (int r = 0; r < 4; r++) {
        mean += model.income[r] * first.consumer_price_hat[r];
        income += model.income[r];
    }
    assert_close(mean, income, 1e-12);
    ent_theory_free(&model);
    options.numeraire = ENT_THEORY_WORLD_VALUE_ADDED;
    assert_ok(&ctx, ent_theory_init(&model, &input, &options, &ctx));
    assert_ok(&ctx, ent_theory_solve(&model, world.change, NULL, &other, &ctx));
    for (int r = 0; r < 4; r++) {
        assert_close(other.utility_hat[r], first.utility_hat[r], 1e-12);
        assert_close(other.employment_hat[r], first.employment_hat[r], 1e-12);
        assert_close(other.effective_tariff[r], first.effective_tariff[r], 1e-12);
    }
    assert_ok(&ctx, ent_theory_solve(&model, world.tariff, NULL, &other, &ctx));
    for (int r = 0; r < 4; r++) {
        assert_true(other.employment_hat[r] == 1.0);
        assert_close(other.utility_hat[r], 1.0, 1e-13);
    }
    ent_theory_result_free(&first);
    ent_theory_result_free(&other);
    ent_theory_free(&model);
}

/* ---- best tariffs in closed form ---- */

/* Against a free trader and in a Nash equilibrium the iterated formula is what the search finds. */
static void the_closed_form_is_the_searched_optimum(void **state)
{
    static const int both[] = {0, 1};
    ent_theory_optimum_t closed = {0}, searched = {0};
    ent_theory_policy_t policy;
    pair_t p;

    (void)state;
    pair_make(&p, 0.2);
    pair_solve(&p, 1.0, 0.0);
    ent_theory_policy_init(&policy);
    policy.tolerance = 1e-9;
    for (int n = 1; n <= 2; n++) {
        assert_ok(&ctx, ent_theory_closed_form(&p.model, n, both, NULL, &policy, &closed, &ctx));
        assert_ok(&ctx, ent_theory_nash(&p.model, n, both, NULL, &policy, &searched, &ctx));
        assert_close(closed.rate[0], searched.rate[0], 1e-6);
        assert_close(closed.rate[n - 1], searched.rate[n - 1], 1e-6);
        assert_true(closed.first_order_residual < 1e-7);
    }
    policy.max_rounds = 1; /* at the benchmark: 1 / (theta x the other's own share) */
    assert_ok(&ctx, ent_theory_closed_form(&p.model, 1, both, NULL, &policy, &closed, &ctx));
    assert_close(closed.rate[0], 1.0 / (THETA * 0.8), 1e-12);
    assert_close(closed.export_elasticity[0], THETA * 0.8, 1e-12);
    assert_int_equal(closed.n_rounds, 1);
    policy.by_sector = 1;
    assert_fault(&ctx, ent_theory_closed_form(&p.model, 1, both, NULL, &policy, &closed, &ctx), ENT_ERR_USAGE,
                 "one rate on all sectors of all partners");
    ent_theory_optimum_free(&closed);
    ent_theory_optimum_free(&searched);
    pair_free(&p);
    pair_make(&p, 0.2); /* duties that prices hardly bear are never too high */
    p.exponent[0] = 0.2;
    pair_solve(&p, 1.0, 0.0);
    ent_theory_policy_init(&policy);
    assert_fault(&ctx, ent_theory_closed_form(&p.model, 1, both, NULL, &policy, &closed, &ctx),
                 ENT_ERR_CONVERGENCE, "Home: the closed form has no finite rate above 0");
    assert_null(closed.rate);
    pair_free(&p);
}

/* What Home adds is answered, sector by sector; what it takes away is not. */
static void reciprocal_tariffs_answer_in_kind(void **state)
{
    ent_theory_t model;
    world_t w;

    (void)state;
    world_make(&w, 4, 3);
    const ent_theory_input_t input = world_input(&w);
    assert_ok(&ctx, ent_theory_init(&model, &input, NULL, &ctx));
    assert_ok(&ctx, ent_theory_reciprocate(&model, 1, w.tariff, w.change, &ctx));
    for (int s = 0; s < 3; s++) {
        const size_t answer = world_cell(&w, s, 1, 2), other = world_cell(&w, s, 3, 2);

        assert_within(w.change[answer], w.tariff[answer] + 0.2, 1e-12);
        assert_within(w.change[other], w.tariff[other], 0.0);
    }
    double before = w.change[world_cell(&w, 0, 0, 2)];
    assert_ok(&ctx, ent_theory_reciprocate(&model, 0, w.tariff, w.change, &ctx));
    assert_within(w.change[world_cell(&w, 0, 0, 2)], before, 0.0);
    assert_fault(&ctx, ent_theory_reciprocate(&model, 4, w.tariff, w.change, &ctx), ENT_ERR_USAGE,
                 "region 4 does not exist");
    ent_theory_free(&model);
}

/* ---- bad input ---- */

static void refused(const ent_theory_input_t *input, const ent_theory_options_t *options, int code,
                    const char *words)
{
    ent_theory_t model;

    assert_fault(&ctx, ent_theory_init(&model, input, options, &ctx), code, words);
    ent_theory_free(&model);
}

static void switches_have_their_bounds(void **state)
{
    double local[WORLD_REGIONS], exponent[WORLD_REGIONS];
    ent_theory_options_t good, bad;
    world_t w;

    (void)state;
    world_make(&w, 4, 3);
    ent_theory_input_t input = world_input(&w);
    everything_on(&good, local, exponent);
    input.local_share = local;
    input.duty_exponent = exponent;
    bad = good;
    bad.labour_elasticity = -0.1;
    refused(&input, &bad, ENT_ERR_USAGE,
            "labour supply elasticity must be finite and not negative (found -0.1)");
    bad = good;
    bad.scale_elasticity = (double)NAN;
    refused(&input, &bad, ENT_ERR_USAGE, "scale elasticity must be finite");
    bad.scale_elasticity = 0.15; /* theta of Steel is 7 */
    refused(&input, &bad, ENT_ERR_DATA, "Steel: scale elasticity x trade elasticity must stay below 1");
    local[2] = 1.0;
    refused(&input, &good, ENT_ERR_DATA, "Cov: the local share of sales must lie in [0, 1) (found 1)");
    local[2] = 0.1;
    exponent[3] = 0.0;
    refused(&input, &good, ENT_ERR_DATA, "Dun: the exponent of duties must be finite and above 0");
    exponent[3] = 3.2;
    refused(&input, &good, ENT_ERR_DATA,
            "Dun: labour elasticity x (scale elasticity + exponent of duties - 1)");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(labour_supply_follows_the_real_wage),
        CASE(pass_through_follows_the_closed_form),
        CASE(relief_has_its_utility),
        CASE(local_sales_keep_the_accounts),
        CASE(parts_add_up_to_real_income),
        CASE(equal_sectors_are_one_sector),
        CASE(nothing_real_hangs_on_the_numeraire),
        CASE(the_closed_form_is_the_searched_optimum),
        CASE(reciprocal_tariffs_answer_in_kind),
        CASE(switches_have_their_bounds),
    };
    return cmocka_run_group_tests_name("theory switches", tests, NULL, NULL);
}
