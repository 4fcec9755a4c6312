/* From the solver's state to the result, and the certificate that checks it by itself. */
#include <entrepot/theory.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "theory_internal.h"

/* The certificate may be this many times worse than the solver's tolerance before it is refused: it sums in
 * another order and in levels. */
#define CERTIFICATE_SLACK 1e3

static int allocate(ent_theory_result_t *result, const ent_theory_t *model, ent_context_t *ctx)
{
    const size_t r = (size_t)model->n_region, s = (size_t)model->n_sector;
    double **const arrays[] = {&result->tariff,
                               &result->trade_cost_hat,
                               &result->flow,
                               &result->price_hat,
                               &result->cost_hat,
                               &result->expenditure,
                               &result->output,
                               &result->wage_hat,
                               &result->consumer_price_hat,
                               &result->income,
                               &result->welfare_hat,
                               &result->real_wage_hat,
                               &result->revenue,
                               &result->deficit,
                               &result->exports,
                               &result->imports,
                               &result->effective_tariff,
                               &result->utility_hat,
                               &result->published_welfare_hat,
                               &result->employment_hat};
    const size_t flows = s * r * r;
    const size_t sizes[] = {flows, flows, flows, s * r, s * r, s * r, s * r, r, r, r,
                            r,     r,     r,     r,     r,     r,     r,     r, r, r};

    memset(result, 0, sizeof *result);
    result->n_region = model->n_region;
    result->n_sector = model->n_sector;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        *arrays[i] = calloc(sizes[i], sizeof(double));
        if (*arrays[i] == NULL) {
            return ent_fail(ctx, ENT_ERR_NO_MEMORY, THEORY_PLACE, "no memory for a result of %zu flows",
                            flows);
        }
    }
    return ENT_OK;
}

void ent_theory_result_free(ent_theory_result_t *result)
{
    free(result->tariff);
    free(result->trade_cost_hat);
    free(result->flow);
    free(result->price_hat);
    free(result->cost_hat);
    free(result->expenditure);
    free(result->output);
    free(result->wage_hat);
    free(result->consumer_price_hat);
    free(result->income);
    free(result->welfare_hat);
    free(result->real_wage_hat);
    free(result->revenue);
    free(result->deficit);
    free(result->exports);
    free(result->imports);
    free(result->effective_tariff);
    free(result->utility_hat);
    free(result->published_welfare_hat);
    free(result->employment_hat);
    memset(result, 0, sizeof *result);
}

/* Flows as benchmark flow times hats, equation (12), so that no change gives the benchmark to the last bit.
 */
static void fill_flows(const ent_theory_t *model, const theory_work_t *work, ent_theory_result_t *result)
{
    const size_t n = (size_t)model->n_region, sectors = (size_t)model->n_sector;
    const double *price = work->state + n, *change = price + work->n_market;

    for (size_t s = 0; s < sectors; s++) {
        for (size_t d = 0; d < n; d++) {
            const double size = theory_size_effect(model, d, change[s * n + d], work->state[d]);
            const double spending_hat = exp(model->theta[s] * (price[s * n + d] - size) + change[s * n + d]);

            for (size_t o = 0; o < n; o++) {
                const size_t i = (s * n + o) * n + d;
                const double flow = model->flow[i] * work->share_hat[i] * work->weight[s * n + o] *
                                    spending_hat * ((1.0 + model->tariff[i]) / (1.0 + work->tariff[i]));

                result->flow[i] = flow;
                result->tariff[i] = work->tariff[i];
                result->trade_cost_hat[i] = exp(work->log_cost[i]);
                result->expenditure[d * sectors + s] += flow * (1.0 + work->tariff[i]);
                const double local = o != d ? theory_local(model, d) * flow : 0.0;

                result->output[o * sectors + s] += flow - local;
                result->output[d * sectors + s] += local;
                result->revenue[d] += flow * work->tariff[i];
                if (o != d) {
                    result->imports[d] += flow;
                    result->exports[o] += flow;
                }
            }
        }
    }
}

/* Hats of prices, incomes and welfare. */
static void fill_regions(const ent_theory_t *model, const theory_work_t *work, ent_theory_result_t *result)
{
    const size_t n = (size_t)model->n_region, sectors = (size_t)model->n_sector;
    double *wage_bill = work->wage_bill;

    for (size_t r = 0; r < n; r++) {
        double log_price = 0.0;

        for (size_t s = 0; s < sectors; s++) {
            result->price_hat[r * sectors + s] = exp(work->state[n + s * n + r]);
            result->cost_hat[r * sectors + s] = exp(work->cost[s * n + r]);
            log_price += model->final_share[s * n + r] * work->state[n + s * n + r];
        }
        result->consumer_price_hat[r] = exp(log_price);
        result->wage_hat[r] = exp(work->state[r]);
        result->employment_hat[r] = work->employment > 0 ? exp(work->state[work->employment + r]) : 1.0;
        wage_bill[r] = result->wage_hat[r] * result->employment_hat[r] * model->value_added[r];
    }
    theory_incomes(model, wage_bill, result->revenue, work->homotopy, result->deficit, result->income);
    for (size_t r = 0; r < n; r++) {
        result->real_wage_hat[r] = result->wage_hat[r] / result->consumer_price_hat[r];
        result->welfare_hat[r] = result->income[r] / model->income[r] / result->consumer_price_hat[r];
        result->utility_hat[r] = result->published_welfare_hat[r] = result->welfare_hat[r];
        if (work->employment > 0) {
            const double log_price = log(result->consumer_price_hat[r]);

            result->utility_hat[r] =
                theory_utility(model, r, result->income[r], wage_bill[r], result->revenue[r], log_price);
            result->published_welfare_hat[r] = theory_published_welfare(
                model, r, result->income[r], wage_bill[r], result->revenue[r], log_price);
        }
        result->effective_tariff[r] =
            result->imports[r] > 0.0 ? result->revenue[r] / result->imports[r] : 0.0;
    }
}

static void note(ent_theory_result_t *result, double residual, size_t region, int sector)
{
    if (!(fabs(residual) <= result->residual)) {
        result->residual = fabs(residual);
        result->residual_region = (int)region;
        result->residual_sector = sector;
    }
}

/* Log productivity of a sector by its employment, output over wage at given shares of cost. */
static double scale_effect(const ent_theory_t *model, const ent_theory_result_t *result, size_t s, size_t r)
{
    const double before = model->output[s * (size_t)model->n_region + r];
    const double after = result->output[r * (size_t)model->n_sector + s];

    if (model->options.scale_elasticity == 0.0 || !(before > 0.0 && after > 0.0)) {
        return 0.0;
    }
    return model->options.scale_elasticity * log(after / before / result->wage_hat[r]);
}

/* Payments to foreigners less receipts from them: equation (14), local shares taken out. */
static double balance(const ent_theory_t *model, const ent_theory_result_t *result, size_t r)
{
    const size_t n = (size_t)model->n_region;
    double receipts = 0.0;

    if (model->local_share == NULL) {
        return result->imports[r] - result->exports[r];
    }
    for (size_t s = 0; s < (size_t)model->n_sector; s++) {
        for (size_t d = 0; d < n; d++) {
            receipts += d != r ? (1.0 - model->local_share[d]) * result->flow[(s * n + r) * n + d] : 0.0;
        }
    }
    return (1.0 - model->local_share[r]) * result->imports[r] - receipts;
}

/* The labour market: what sectors pay, and what workers supply at their real wage after tax. */
static void certify_labour(const ent_theory_t *model, ent_theory_result_t *result, size_t r, double paid)
{
    const double bill = result->wage_hat[r] * result->employment_hat[r] * model->value_added[r];
    const double kappa = model->options.labour_elasticity;

    note(result, paid / bill - 1.0, r, -1);
    if (kappa > 0.0) {
        const double keep = theory_log_keep(model, r, bill, result->revenue[r]);

        note(result, log(result->employment_hat[r]) - kappa * (log(result->real_wage_hat[r]) + keep), r, -1);
    }
}

/* Equations (10) and (11) from the printed hats. */
static void certify_prices(const ent_theory_t *model, ent_theory_result_t *result)
{
    const size_t n = (size_t)model->n_region, sectors = (size_t)model->n_sector;

    for (size_t s = 0; s < sectors; s++) {
        for (size_t r = 0; r < n; r++) {
            double cost = model->value_added_share[s * n + r] * log(result->wage_hat[r]), sum = 0.0, x = 0.0;

            for (size_t k = 0; k < sectors; k++) {
                cost += model->input[(k * sectors + s) * n + r] * log(result->price_hat[r * sectors + k]);
            }
            cost -= scale_effect(model, result, s, r);
            note(result, cost - log(result->cost_hat[r * sectors + s]), r, (int)s);
            for (size_t o = 0; o < n; o++) {
                const size_t i = (s * n + o) * n + r;
                const double duty = (1.0 + result->tariff[i]) / (1.0 + model->tariff[i]);
                const double kappa =
                    (model->duty_exponent != NULL ? pow(duty, model->duty_exponent[r]) : duty) *
                    result->trade_cost_hat[i];
                const double bought = model->flow[i] * (1.0 + model->tariff[i]);

                if (bought > 0.0) {
                    x += bought;
                    sum += bought * pow(kappa * result->cost_hat[o * sectors + s], -model->theta[s]);
                }
            }
            if (x > 0.0) {
                const double size = theory_size_effect(
                    model, r, log(result->expenditure[r * sectors + s] / x), log(result->wage_hat[r]));

                note(result, log(sum / x) / model->theta[s] + log(result->price_hat[r * sectors + s]) - size,
                     r, (int)s);
            }
        }
    }
}

/* Equations (13) and (14), and the labour markets, from the printed levels. */
static void certify_markets(const ent_theory_t *model, ent_theory_result_t *result)
{
    const size_t n = (size_t)model->n_region, sectors = (size_t)model->n_sector;

    for (size_t r = 0; r < n; r++) {
        double labour = 0.0;

        for (size_t s = 0; s < sectors; s++) {
            const double x = result->expenditure[r * sectors + s];
            double use = model->final_share[s * n + r] * result->income[r];

            for (size_t k = 0; k < sectors; k++) {
                use += model->input[(s * sectors + k) * n + r] * result->output[r * sectors + k];
            }
            if (x > 0.0) {
                note(result, (use - x) / x, r, (int)s);
            } else {
                note(result, use / result->income[r], r, (int)s);
            }
            labour += model->value_added_share[s * n + r] * result->output[r * sectors + s];
        }
        certify_labour(model, result, r, labour);
        note(result, (balance(model, result, r) - result->deficit[r]) / result->income[r], r, -1);
    }
}

static void scale(double *values, size_t n, double factor)
{
    for (size_t i = 0; i < n; i++) {
        values[i] *= factor;
    }
}

/* Put nominal values into the numeraire asked for. */
static void apply_numeraire(const ent_theory_t *model, ent_theory_result_t *result)
{
    const size_t n = (size_t)model->n_region, markets = n * (size_t)model->n_sector, flows = markets * n;
    const int region = model->options.numeraire_region;
    double factor = 1.0, before = 0.0, after = 0.0, world_income = 0.0, world_prices = 0.0;

    for (size_t r = 0; r < n; r++) {
        before += model->value_added[r] + model->revenue[r];
        after += result->wage_hat[r] * result->employment_hat[r] * model->value_added[r] + result->revenue[r];
        world_income += model->income[r];
        world_prices += model->income[r] * result->consumer_price_hat[r];
    }
    if (model->options.numeraire == ENT_THEORY_WORLD_INCOME) {
        factor = before / after;
    } else if (model->options.numeraire == ENT_THEORY_WAGE) {
        factor = 1.0 / result->wage_hat[region];
    } else if (model->options.numeraire == ENT_THEORY_CONSUMER_PRICE) {
        factor = 1.0 / result->consumer_price_hat[region];
    } else if (model->options.numeraire == ENT_THEORY_WORLD_CONSUMER_PRICE) {
        factor = world_income / world_prices;
    }
    result->numeraire_scale = factor;
    scale(result->flow, flows, factor);
    scale(result->price_hat, markets, factor);
    scale(result->cost_hat, markets, factor);
    scale(result->expenditure, markets, factor);
    scale(result->output, markets, factor);
    scale(result->wage_hat, n, factor);
    scale(result->consumer_price_hat, n, factor);
    scale(result->income, n, factor);
    scale(result->revenue, n, factor);
    scale(result->deficit, n, factor);
    scale(result->exports, n, factor);
    scale(result->imports, n, factor);
}

int theory_fill_result(const ent_theory_t *model, theory_work_t *work, ent_theory_result_t *result,
                       ent_context_t *ctx)
{
    const double accepted = CERTIFICATE_SLACK * model->options.tolerance;
    int ret;

    ent_theory_result_free(result);
    ret = allocate(result, model, ctx);
    if (ret != ENT_OK) {
        ent_theory_result_free(result);
        return ret;
    }
    fill_flows(model, work, result);
    fill_regions(model, work, result);
    certify_prices(model, result);
    certify_markets(model, result);
    if (!(result->residual <= accepted)) {
        ret = ent_fail(ctx, ENT_ERR_CONVERGENCE, THEORY_PLACE,
                       "the certificate failed: %s, %s is off by %.3g, at most %.3g is accepted",
                       model->region[result->residual_region],
                       result->residual_sector < 0 ? "labour market or trade balance"
                                                   : model->sector[result->residual_sector],
                       result->residual, accepted);
        ent_theory_result_free(result);
        return ret;
    }
    apply_numeraire(model, result);
    return ENT_OK;
}
