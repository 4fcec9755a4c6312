/* Best tariffs in closed form, and tariffs that answer tariffs. */
#include <entrepot/theory.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "theory_internal.h"

enum { MOST_ROUNDS = 200 };

/* Flows and duties at which the formula is read: the benchmark's or a result's. */
typedef struct {
    const ent_theory_t *model;
    const double *flow, *tariff; /* [sector][origin][destination] */
} place_t;

static size_t cell(const place_t *at, size_t s, size_t o, size_t d)
{
    const size_t n = (size_t)at->model->n_region;

    return (s * n + o) * n + d;
}

/* Spending on a cell, and on a market. */
static double spending(const place_t *at, size_t s, size_t o, size_t d)
{
    return at->flow[cell(at, s, o, d)] * (1.0 + at->tariff[cell(at, s, o, d)]);
}

static double market(const place_t *at, size_t s, size_t d)
{
    double sum = 0.0;

    for (size_t o = 0; o < (size_t)at->model->n_region; o++) {
        sum += spending(at, s, o, d);
    }
    return sum;
}

/* What spending in n gains, in logs, as the wage of i rises by one: its duties change with what takes the
 * place of i's goods. Spending is income before duties over 1 - (mean of tariff / (1 + tariff) over
 * spending). */
static double income_effect(const place_t *at, size_t i, size_t n)
{
    double gained = 0.0, duties = 0.0, total = 0.0;

    for (size_t s = 0; s < (size_t)at->model->n_sector; s++) {
        const double x = market(at, s, n), mine = x > 0.0 ? spending(at, s, i, n) / x : 0.0;
        double collected = 0.0;

        for (size_t o = 0; o < (size_t)at->model->n_region; o++) {
            collected += at->flow[cell(at, s, o, n)] * at->tariff[cell(at, s, o, n)];
        }
        gained += at->model->theta[s] * mine *
                  (collected - x * at->tariff[cell(at, s, i, n)] / (1.0 + at->tariff[cell(at, s, i, n)]));
        duties += collected;
        total += x;
    }
    return total > 0.0 ? gained / (total - duties) : 0.0;
}

/* e of the player: fall of the value of exports, per cent of a rise of its wage, over imports. */
static double export_elasticity(const place_t *at, size_t i)
{
    const ent_theory_t *model = at->model;
    double lost = 0.0, imports = 0.0;

    for (size_t n = 0; n < (size_t)model->n_region; n++) {
        const double income = n != i ? income_effect(at, i, n) : 0.0;

        for (size_t s = 0; n != i && s < (size_t)model->n_sector; s++) {
            const double x = market(at, s, n), share = x > 0.0 ? spending(at, s, i, n) / x : 0.0;

            lost += (1.0 - theory_local(model, n)) * at->flow[cell(at, s, i, n)] *
                    (model->theta[s] * (1.0 - share) - income);
            imports += (1.0 - theory_local(model, i)) * at->flow[cell(at, s, n, i)];
        }
    }
    return imports > 0.0 ? lost / imports : NAN;
}

/* Rates of all players at one place; their largest move. */
static int read_rates(const place_t *at, const ent_theory_policy_t *policy, ent_theory_optimum_t *optimum,
                      ent_context_t *ctx)
{
    optimum->last_change = 0.0;
    for (int p = 0; p < optimum->n_player; p++) {
        const size_t i = (size_t)optimum->player[p];
        const double e = export_elasticity(at, i),
                     rate = 1.0 / ((1.0 + e) * theory_duty_exponent(at->model, i) - 1.0);

        if (!(rate > 0.0) || !isfinite(rate)) {
            return ent_fail(
                ctx, ENT_ERR_CONVERGENCE, THEORY_PLACE,
                "%s: the closed form has no finite rate above 0: export elasticity %g, exponent of "
                "duties %g",
                at->model->region[i], e, theory_duty_exponent(at->model, i));
        }
        optimum->last_change = fmax(optimum->last_change, fabs(rate - optimum->rate[p]));
        optimum->export_elasticity[p] = e;
        optimum->rate[p] = rate;
    }
    for (int p = 0; p < optimum->n_player; p++) {
        theory_optimum_apply(optimum, at->model, policy, p);
    }
    optimum->n_rounds++;
    return ENT_OK;
}

/* Read the formula at the equilibrium its rates bring about until they stay. */
static int iterate(const ent_theory_t *model, const ent_theory_policy_t *policy,
                   ent_theory_optimum_t *optimum, ent_context_t *ctx)
{
    const int rounds = policy->max_rounds > 0 ? policy->max_rounds : MOST_ROUNDS;
    ent_theory_result_t result = {0};
    const place_t before = {model, model->flow, model->tariff};
    int ret = read_rates(&before, policy, optimum, ctx);

    while (ret == ENT_OK && rounds > 1 &&
           (optimum->n_rounds == 1 || optimum->last_change > policy->tolerance)) {
        if (optimum->n_rounds >= rounds) {
            ret = ent_fail(ctx, ENT_ERR_CONVERGENCE, THEORY_PLACE,
                           "the closed form has not settled after %d rounds: rates still move by %.3g",
                           optimum->n_rounds, optimum->last_change);
            break;
        }
        ret = ent_theory_solve(model, optimum->tariff, NULL, &result, ctx);
        optimum->n_evaluations++;
        if (ret == ENT_OK) {
            const place_t after = {model, result.flow, result.tariff};

            ret = read_rates(&after, policy, optimum, ctx);
        }
    }
    ent_theory_result_free(&result);
    return ret;
}

int ent_theory_closed_form(const ent_theory_t *model, int n_player, const int *player, const double *tariff,
                           const ent_theory_policy_t *policy, ent_theory_optimum_t *optimum,
                           ent_context_t *ctx)
{
    int ret;

    if (policy->by_sector || policy->sectors != NULL || policy->partners != NULL) {
        return ent_fail(ctx, ENT_ERR_USAGE, THEORY_PLACE,
                        "the closed form is for one rate on all sectors of all partners");
    }
    ret = theory_optimum_start(optimum, model, n_player, player, tariff, policy, ctx);
    if (ret == ENT_OK) {
        ret = iterate(model, policy, optimum, ctx);
    }
    if (ret == ENT_OK) {
        ret = theory_optimum_finish(optimum, model, policy, ctx);
    }
    if (ret != ENT_OK) {
        ent_theory_optimum_free(optimum);
    }
    return ret;
}

int ent_theory_reciprocate(const ent_theory_t *model, int region, const double *benchmark_tariff,
                           double *tariff, ent_context_t *ctx)
{
    const size_t n = (size_t)model->n_region, r = (size_t)region;

    if (region < 0 || region >= model->n_region) {
        return ent_fail(ctx, ENT_ERR_USAGE, THEORY_PLACE, "region %d does not exist, there are %d", region,
                        model->n_region);
    }
    for (size_t s = 0; s < (size_t)model->n_input_sector; s++) {
        for (size_t p = 0; p < n; p++) {
            const size_t hit = (s * n + p) * n + r, answer = (s * n + r) * n + p;

            tariff[answer] += p != r ? fmax(tariff[hit] - benchmark_tariff[hit], 0.0) : 0.0;
        }
    }
    return ENT_OK;
}
