/* The limit of the general closure without sampling: where every flow is at once what the logit of landed
 * costs says, the closure's incomes and wages bring the world to the static theory, on real data. */
#include "ent_test.h"

#include "economy/closure.h"
#include "static_world.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MONTHS = 360 };

typedef struct {
    const ent_benchmark_t *b;
    const double *tariff; /* in force */
    ent_accounts_t accounts;
    double *free_share, *share;     /* [sector][origin][destination] of landed spending */
    double *receipts, *revenue;     /* [region][sector] a month */
    double *duty, *duty_smoothed;   /* [region] */
    double *log_price, *log_bundle; /* [region][sector] */
    double *expenditure;            /* [region][sector] */
    double *log_wage, *income;      /* [region] */
    const ent_sector_parameters_t *sector;
} path_t;

static double *numbers(int n)
{
    double *p = calloc((size_t)n, sizeof *p);
    assert_non_null(p);
    return p;
}

static void path_init(path_t *p, const ent_static_world_t *world)
{
    const ent_benchmark_t *b = world->theory.benchmark;
    const int R = b->n_region, S = b->n_sector;
    ent_context_t ctx;
    ent_context_init(&ctx);
    *p = (path_t){.b = b, .tariff = world->tariff, .sector = world->config.sector_parameters};
    assert_int_equal(ent_accounts_init(&p->accounts, b, 12, &ctx), ENT_OK);
    p->free_share = numbers(S * R * R);
    p->share = numbers(S * R * R);
    p->receipts = numbers(R * S);
    p->revenue = numbers(R * S);
    p->duty = numbers(R);
    p->duty_smoothed = numbers(R);
    p->log_price = numbers(R * S);
    p->log_bundle = numbers(R * S);
    p->expenditure = numbers(R * S);
    p->log_wage = numbers(R);
    p->income = numbers(R);
    memcpy(p->revenue, p->accounts.revenue, (size_t)(R * S) * sizeof(double));
    for (int d = 0; d < R; d++) {
        for (int s = 0; s < S; s++) {
            const double spent = ent_benchmark_expenditure(b, d, s);
            p->expenditure[d * S + s] = spent / 12.0;
            for (int o = 0; o < R; o++) {
                const size_t at = ent_cell(b, s, o, d);
                const double value = b->flow[at] * (1.0 + b->freight[at]);
                p->free_share[at] = p->share[at] = spent > 0.0 ? value * (1.0 + b->tariff[at]) / spent : 0.0;
                p->duty_smoothed[d] += value * b->tariff[at] / 12.0;
            }
        }
    }
    ent_context_free(&ctx);
}

static void path_free(path_t *p)
{
    double *const all[] = {p->free_share,  p->share,         p->receipts,  p->revenue,
                           p->duty,        p->duty_smoothed, p->log_price, p->log_bundle,
                           p->expenditure, p->log_wage,      p->income};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        free(all[i]);
    }
    ent_accounts_free(&p->accounts);
}

/* Contracts of the end of a month: shares by this month's landed costs, and the price index. */
static void choose(path_t *p, int s, int d)
{
    const int S = p->b->n_sector;
    const double theta = p->sector[s].trade_elasticity;
    double sum = 0.0;
    for (int o = 0; o < p->b->n_region; o++) {
        const size_t at = ent_cell(p->b, s, o, d);
        const double x = p->log_bundle[o * S + s] + log((1.0 + p->tariff[at]) / (1.0 + p->b->tariff[at]));
        p->share[at] = p->free_share[at] * exp(-theta * x);
        sum += p->share[at];
    }
    for (int o = 0; sum > 0.0 && o < p->b->n_region; o++) {
        p->share[ent_cell(p->b, s, o, d)] /= sum;
    }
    if (sum > 0.0) {
        p->log_price[d * S + s] = -log(sum) / theta;
    }
}

/* One month in the engine's order: orders of the contracts in force, duty, contracts, incomes and wages. */
static void month(path_t *p, const ent_global_parameters_t *global)
{
    const int R = p->b->n_region, S = p->b->n_sector;
    const double weight = 1.0 / global->income_smoothing;
    memset(p->receipts, 0, (size_t)(R * S) * sizeof(double));
    memset(p->duty, 0, (size_t)R * sizeof(double));
    for (int s = 0; s < S; s++) {
        for (int d = 0; d < R; d++) {
            for (int o = 0; o < R; o++) {
                const size_t at = ent_cell(p->b, s, o, d);
                const double value = p->expenditure[d * S + s] * p->share[at] / (1.0 + p->tariff[at]);
                p->receipts[o * S + s] += value;
                p->duty[d] += value * p->tariff[at];
            }
            choose(p, s, d);
        }
    }
    for (int i = 0; i < R * S; i++) {
        p->revenue[i] += weight * (p->receipts[i] - p->revenue[i]);
    }
    for (int d = 0; d < R; d++) {
        p->duty_smoothed[d] += weight * (p->duty[d] - p->duty_smoothed[d]);
    }
    ent_closure_step(&p->accounts, p->receipts, p->revenue, p->duty_smoothed, p->log_price,
                     global->wage_adjustment / 12.0, p->log_wage, p->income, p->expenditure, p->log_bundle);
}

/* Largest distance from the theory: of wages and real incomes in points, of flows above 1 bn USD in per cent.
 */
typedef struct {
    double wage, welfare, flow;
} distance_t;

static distance_t distance(const path_t *p, const ent_static_world_t *world)
{
    const int R = p->b->n_region, S = p->b->n_sector;
    distance_t far = {0};
    for (int r = 0; r < R; r++) {
        const double welfare = p->income[r] / p->accounts.income[r] *
                               exp(-ent_closure_log_consumer_price(&p->accounts, p->log_price, r));
        far.wage = fmax(far.wage, 100.0 * fabs(exp(p->log_wage[r]) - world->result.wage_hat[r]));
        far.welfare = fmax(far.welfare, 100.0 * fabs(welfare - world->result.welfare_hat[r]));
    }
    for (int i = 0; i < S * R * R; i++) {
        const int s = i / (R * R), d = i % R;
        const double value = 12.0 * p->expenditure[d * S + s] * p->share[i] / (1.0 + p->tariff[i]);
        if (world->theory.model.flow[i] > 1000.0) {
            far.flow = fmax(far.flow, 100.0 * fabs(value / world->result.flow[i] - 1.0));
        }
    }
    return far;
}

static void check_world(ent_static_world_kind_t kind)
{
    ent_static_world_t world;
    path_t path;
    distance_t far = {0};
    ent_static_world_init(&world, kind);
    path_init(&path, &world);
    for (int step = 1; step <= MONTHS; step++) {
        month(&path, &world.config.global);
        if (step == 60 || step == 120 || step == MONTHS) {
            far = distance(&path, &world);
            print_message("%s, year %d: wages within %.2g points, real incomes %.2g points, flows above 1 bn "
                          "USD %.2g %%\n",
                          world.name, step / 12, far.wage, far.welfare, far.flow);
        }
        if (step == 120) {
            assert_true(far.flow < 0.5 && far.welfare < 0.002);
        }
    }
    assert_true(far.flow < 1e-5 && far.welfare < 1e-6 && far.wage < 1e-6);
    path_free(&path);
    ent_static_world_free(&world);
}

static void nafta(void **state)
{
    (void)state;
    check_world(ENT_WORLD_NAFTA);
}

static void korea_us_deal(void **state)
{
    (void)state;
    check_world(ENT_WORLD_DEAL);
}

static void ten_per_cent_on_all(void **state)
{
    (void)state;
    check_world(ENT_WORLD_BLANKET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nafta), cmocka_unit_test(korea_us_deal),
                                       cmocka_unit_test(ten_per_cent_on_all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
