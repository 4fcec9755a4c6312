/* The equilibrium in relative changes: one sweep over the flows maps prices, expenditure and wages to those
 * they imply; Anderson acceleration finds the point that maps to itself. */
#include <entrepot/theory.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "theory_internal.h"

/* Deficits below this share of value added are rounding. */
#define NEGLIGIBLE 1e-10
/* Largest move of a log in one step, so that a bad extrapolation stays in reach. */
#define STEP_LIMIT 0.5
/* A residual this many times the best one so far means that the iteration has gone astray. */
#define ASTRAY 1e3
/* Sweeps without a better residual that are borne. */
#define PATIENCE 100
#define MAX_RESTARTS 5
/* An idle iteration this close to the tolerance has met rounding, as it may when theta times a log price is
 * in the hundreds. */
#define ROUNDING 100.0
#define MAX_PATH_STEPS 64

/* ---- Workspace ---- */

int theory_work_init(theory_work_t *work, const ent_theory_t *model, ent_context_t *ctx)
{
    const size_t r = (size_t)model->n_region, m = r * (size_t)model->n_sector, f = m * r;
    const size_t workers = model->options.labour_elasticity > 0.0 ? r : 0;
    const size_t crews = model->options.scale_elasticity > 0.0 ? m : 0;
    const size_t x = r + 2 * m + workers + crews;
    const struct {
        double **array;
        size_t size;
    } arrays[] = {
        {&work->target_tariff, f}, {&work->target_log_cost, f},
        {&work->tariff, f},        {&work->log_cost, f},
        {&work->share_hat, f},     {&work->net, f},
        {&work->duty, f},          {&work->own, m},
        {&work->cost, m},          {&work->weight, m},
        {&work->imported, m},      {&work->landed_duty, m},
        {&work->landed, m},        {&work->expenditure, m},
        {&work->spending, m},      {&work->output, m},
        {&work->received, m},      {&work->wage_bill, r},
        {&work->revenue, r},       {&work->deficit, r},
        {&work->income, r},        {&work->exports, r},
        {&work->imports, r},       {&work->state, x},
        {&work->next, x},          {&work->saved, x},
    };
    const size_t n_arrays = sizeof arrays / sizeof *arrays;
    size_t total = theory_anderson_size(x, model->options.memory);
    double *next;

    memset(work, 0, sizeof *work);
    work->n_region = model->n_region;
    work->n_sector = model->n_sector;
    work->n_flow = f;
    work->n_market = m;
    work->n_state = x;
    work->employment = workers > 0 ? r + 2 * m : 0;
    work->labour = crews > 0 ? r + 2 * m + workers : 0;
    work->homotopy = 1.0;
    for (size_t i = 0; i < n_arrays; i++) {
        total += arrays[i].size;
    }
    work->block = next = calloc(total, sizeof *work->block);
    if (next == NULL) {
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, THEORY_PLACE, "no memory for the solver: %zu numbers", total);
    }
    for (size_t i = 0; i < n_arrays; i++) {
        *arrays[i].array = next;
        next += arrays[i].size;
    }
    theory_anderson_init(&work->anderson, x, model->options.memory, next);
    return ENT_OK;
}

void theory_work_free(theory_work_t *work)
{
    free(work->block);
    memset(work, 0, sizeof *work);
}

/* ---- Tariffs and trade costs ---- */

static int check_change(const ent_theory_t *model, const double *values, int is_tariff, ent_context_t *ctx)
{
    const int n = model->n_region;

    for (int s = 0; values != NULL && s < model->n_input_sector; s++) {
        for (int i = 0; i < n * n; i++) {
            const double value = values[(size_t)s * (size_t)n * (size_t)n + (size_t)i];

            if (!isfinite(value) || value <= (is_tariff ? -1.0 : 0.0)) {
                const char *name = s < model->n_sector ? model->sector[s] : "a sector";

                return ent_fail(ctx, ENT_ERR_DATA, THEORY_PLACE,
                                "%s (sector %d) from %s to %s: %s (found %g)", name, s, model->region[i / n],
                                model->region[i % n],
                                is_tariff ? "a tariff must be finite and above -100 %"
                                          : "a trade cost ratio must be finite and above 0",
                                value);
            }
        }
    }
    return ENT_OK;
}

int theory_set_tariff(const ent_theory_t *model, const double *tariff, const double *trade_cost_hat,
                      double *model_tariff, double *model_log_cost, ent_context_t *ctx)
{
    const size_t cells = (size_t)model->n_region * (size_t)model->n_region;
    const size_t flows = cells * (size_t)model->n_sector;
    int ret = check_change(model, tariff, 1, ctx);

    if (ret == ENT_OK) {
        ret = check_change(model, trade_cost_hat, 0, ctx);
    }
    if (ret != ENT_OK) {
        return ret;
    }
    memcpy(model_tariff, model->tariff, flows * sizeof *model_tariff);
    memset(model_log_cost, 0, flows * sizeof *model_log_cost);
    if (model->weight == NULL) {
        if (tariff != NULL) {
            memcpy(model_tariff, tariff, flows * sizeof *model_tariff);
        }
        for (size_t i = 0; trade_cost_hat != NULL && i < flows; i++) {
            model_log_cost[i] = log(trade_cost_hat[i]);
        }
        return ENT_OK;
    }
    for (size_t i = 0; i < cells; i++) {
        double rate = 0.0, cost = 0.0;

        for (size_t s = 0; s < (size_t)model->n_input_sector; s++) {
            rate += tariff != NULL ? model->weight[s * cells + i] * tariff[s * cells + i] : 0.0;
            cost += trade_cost_hat != NULL ? model->weight[s * cells + i] * log(trade_cost_hat[s * cells + i])
                                           : 0.0;
        }
        /* an unchanged schedule must give the unchanged mean, to the last bit */
        if (tariff != NULL && fabs(rate - model->tariff[i]) > 1e-14) {
            model_tariff[i] = rate;
        }
        model_log_cost[i] = cost;
    }
    return ENT_OK;
}

/* Make the kernels' arrays, `fraction` of the way from the benchmark to the targets. */
static void load(const ent_theory_t *model, theory_work_t *work, double fraction)
{
    const size_t n = (size_t)model->n_region;

    for (size_t s = 0; s < (size_t)model->n_sector; s++) {
        for (size_t i = s * n * n; i < (s + 1) * n * n; i++) {
            const double whole = work->target_tariff[i] - model->tariff[i];
            const double tariff =
                fraction < 1.0 ? model->tariff[i] + fraction * whole : work->target_tariff[i];
            const double log_cost = fraction * work->target_log_cost[i];
            const double x = model->expenditure[s * n + i % n];

            work->tariff[i] = tariff;
            work->log_cost[i] = log_cost;
            work->share_hat[i] = 1.0;
            if (tariff != model->tariff[i] || log_cost != 0.0) {
                const double duty = log((1.0 + tariff) / (1.0 + model->tariff[i]));
                const double kappa = theory_duty_exponent(model, i % n) * duty + log_cost;

                work->share_hat[i] = exp(-model->theta[s] * kappa);
            }
            work->net[i] =
                x > 0.0 ? model->flow[i] * (1.0 + model->tariff[i]) / x * work->share_hat[i] / (1.0 + tariff)
                        : 0.0;
            work->duty[i] = work->net[i] * tariff;
        }
        for (size_t r = 0; r < n; r++) {
            work->own[s * n + r] = work->net[(s * n + r) * n + r];
            work->net[(s * n + r) * n + r] = 0.0;
        }
    }
    work->homotopy = fraction;
    theory_anderson_reset(&work->anderson);
}

/* ---- Kernels: arrays and numbers only ---- */

/* log cost [s][r] = va log wage + sum_k input [k][s][r] log price [k][r]: equation (10) */
static void unit_costs(size_t n_sector, size_t n, int has_inputs, const double *restrict va,
                       const double *restrict input, const double *restrict wage,
                       const double *restrict price, double *restrict cost)
{
    for (size_t s = 0; s < n_sector; s++) {
        for (size_t r = 0; r < n; r++) {
            cost[s * n + r] = va[s * n + r] * wage[r];
        }
    }
    for (size_t k = 0; has_inputs && k < n_sector; k++) {
        for (size_t s = 0; s < n_sector; s++) {
            const double *restrict a = input + (k * n_sector + s) * n;

            for (size_t r = 0; r < n; r++) {
                cost[s * n + r] += a[r] * price[k * n + r];
            }
        }
    }
}

/* imported [d] = sum_o net [o][d] weight [o]; landed_duty likewise from duty; landed, the sum of equation
 * (11), is both and what is bought at home. */
static void land(size_t n, const double *restrict net, const double *restrict duty,
                 const double *restrict own, const double *restrict weight, double *restrict imported,
                 double *restrict landed_duty, double *restrict landed)
{
    memset(imported, 0, n * sizeof *imported);
    memset(landed_duty, 0, n * sizeof *landed_duty);
    for (size_t o = 0; o < n; o++) {
        const double w = weight[o];

        for (size_t d = 0; d < n; d++) {
            imported[d] += net[o * n + d] * w;
            landed_duty[d] += duty[o * n + d] * w;
        }
    }
    for (size_t d = 0; d < n; d++) {
        landed[d] = imported[d] + landed_duty[d] + own[d] * weight[d];
    }
}

/* exported [o] = weight [o] sum_d net [o][d] spending [d]: the inner sum of equation (13), home sales aside
 */
static void sell(size_t n, const double *restrict net, const double *restrict weight,
                 const double *restrict spending, double *restrict exported)
{
    for (size_t o = 0; o < n; o++) {
        double sum[4] = {0.0, 0.0, 0.0, 0.0};
        size_t d = 0;

        for (; d + 4 <= n; d += 4) {
            for (size_t k = 0; k < 4; k++) {
                sum[k] += net[o * n + d + k] * spending[d + k];
            }
        }
        for (; d < n; d++) {
            sum[0] += net[o * n + d] * spending[d];
        }
        exported[o] = weight[o] * ((sum[0] + sum[1]) + (sum[2] + sum[3]));
    }
}

/* expenditure [s][r] = alpha income + sum_k input [s][k][r] output [k][r]: equation (13) */
static void demand(size_t n_sector, size_t n, int has_inputs, const double *restrict alpha,
                   const double *restrict input, const double *restrict income, const double *restrict output,
                   double *restrict expenditure)
{
    for (size_t s = 0; s < n_sector; s++) {
        for (size_t r = 0; r < n; r++) {
            expenditure[s * n + r] = alpha[s * n + r] * income[r];
        }
        for (size_t k = 0; has_inputs && k < n_sector; k++) {
            const double *restrict a = input + (s * n_sector + k) * n;

            for (size_t r = 0; r < n; r++) {
                expenditure[s * n + r] += a[r] * output[k * n + r];
            }
        }
    }
}

/* ---- One sweep ---- */

void theory_incomes(const ent_theory_t *model, const double *wage_bill, const double *revenue,
                    double homotopy, double *deficit, double *income)
{
    double before = 0.0, after = 0.0;

    for (int r = 0; r < model->n_region; r++) {
        before += model->value_added[r] + model->revenue[r];
        after += wage_bill[r] + revenue[r];
    }
    for (int r = 0; r < model->n_region; r++) {
        double target = model->deficit[r];

        if (model->options.deficit == ENT_THEORY_DEFICIT_SHARE) {
            target *= after / before;
        } else if (model->options.deficit == ENT_THEORY_DEFICIT_ZERO) {
            /* a residue of rounding is no deficit, but dropping it would move the benchmark */
            target = fabs(target) > NEGLIGIBLE * model->value_added[r] ? 0.0 : target;
        }
        deficit[r] = homotopy == 1.0 ? target : (1.0 - homotopy) * model->deficit[r] + homotopy * target;
        income[r] = wage_bill[r] + revenue[r] + deficit[r];
    }
}

void theory_note_residual(theory_work_t *work, double residual, int region, int sector)
{
    if (!(fabs(residual) <= work->residual)) {
        work->residual = fabs(residual);
        work->residual_region = region;
        work->residual_sector = sector;
    }
}

/* Everything that the state implies: costs, shares, output, incomes, and the expenditure demanded. */
static void evaluate(const ent_theory_t *model, theory_work_t *work, double *demanded)
{
    const size_t n = (size_t)model->n_region, sectors = (size_t)model->n_sector, markets = work->n_market;
    const double *wage = work->state, *price = work->state + n, *change = price + markets;

    unit_costs(sectors, n, model->has_inputs, model->value_added_share, model->input, wage, price,
               work->cost);
    for (size_t s = 0; s < sectors; s++) {
        for (size_t r = 0; r < n; r++) {
            const size_t m = s * n + r;

            if (work->labour > 0) {
                work->cost[m] -= model->options.scale_elasticity * work->state[work->labour + m];
            }
            work->weight[m] = exp(-model->theta[s] * work->cost[m]);
            work->expenditure[m] = model->expenditure[m] * exp(change[m]);
        }
    }
    memset(work->revenue, 0, n * sizeof *work->revenue);
    memset(work->exports, 0, n * sizeof *work->exports);
    memset(work->imports, 0, n * sizeof *work->imports);
    for (size_t s = 0; s < sectors; s++) {
        const size_t m = s * n;

        land(n, work->net + m * n, work->duty + m * n, work->own + m, work->weight + m, work->imported + m,
             work->landed_duty + m, work->landed + m);
        for (size_t i = m; i < m + n; i++) {
            work->spending[i] = work->landed[i] > 0.0 ? work->expenditure[i] / work->landed[i] : 0.0;
        }
        sell(n, work->net + m * n, work->weight + m, work->spending + m, work->output + m);
        for (size_t r = 0; r < n; r++) {
            work->exports[r] += work->output[m + r];
            work->imports[r] += work->spending[m + r] * work->imported[m + r];
            work->revenue[r] += work->spending[m + r] * work->landed_duty[m + r];
            work->output[m + r] += work->own[m + r] * work->weight[m + r] * work->spending[m + r];
        }
        if (model->local_share != NULL) {
            theory_share_locally(model, work, s);
        }
    }
    for (size_t r = 0; r < n; r++) {
        const double employment = work->employment > 0 ? work->state[work->employment + r] : 0.0;

        work->wage_bill[r] = exp(wage[r] + employment) * model->value_added[r];
    }
    theory_incomes(model, work->wage_bill, work->revenue, work->homotopy, work->deficit, work->income);
    demand(sectors, n, model->has_inputs, model->final_share, model->input, work->income, work->output,
           demanded);
}

/* Image of the state, in work->next, and the largest residual of any equation in log points. */
static void sweep(const ent_theory_t *model, theory_work_t *work)
{
    const size_t n = (size_t)model->n_region, markets = work->n_market;
    const double *wage = work->state, *price = work->state + n, *change = price + markets;
    double *next_wage = work->next, *next_price = work->next + n, *next_change = next_price + markets;
    double bill = 0.0, benchmark_bill = 0.0;

    evaluate(model, work, next_change);
    work->residual = 0.0;
    work->residual_region = work->residual_sector = -1;
    for (size_t m = 0; m < markets; m++) {
        const int region = (int)(m % n), sector = (int)(m / n);
        const double demanded = next_change[m];

        next_price[m] = next_change[m] = 0.0;
        if (work->landed[m] > 0.0) {
            next_price[m] = -log(work->landed[m]) / model->theta[sector];
            next_price[m] += theory_size_effect(model, m % n, change[m], wage[m % n]);
            /* a sweep far from the solution may ask for nothing or less: fall by a tenth of the way only */
            next_change[m] = demanded > 0.1 * work->expenditure[m] ? log(demanded / model->expenditure[m])
                                                                   : change[m] - 2.3;
            theory_note_residual(work, next_price[m] - price[m], region, sector);
            theory_note_residual(work, next_change[m] - change[m], region, sector);
        }
    }
    theory_next_labour(model, work);
    for (size_t r = 0; r < n; r++) {
        /* Equation (14), all terms positive. Given (13) it clears the labour market too, and unlike labour
         * demand its own-wage elasticity stays near theta when trade all but vanishes. */
        const double receipts = work->exports[r] + fmax(work->deficit[r], 0.0);
        const double payments = work->imports[r] + fmax(-work->deficit[r], 0.0);
        const double excess = receipts > 0.0 && payments > 0.0 ? log(receipts / payments) : 0.0;

        theory_note_residual(work, excess, (int)r, -1);
        next_wage[r] = wage[r] + model->wage_step[r] * excess;
        bill += exp(next_wage[r] + (work->employment > 0 ? work->next[work->employment + r] : 0.0)) *
                model->value_added[r];
        benchmark_bill += model->value_added[r];
    }
    bill = log(bill / benchmark_bill);
    for (size_t r = 0; r < n; r++) {
        next_wage[r] -= bill;
    }
    work->iterations++;
}

/* Step from the state towards its image, shortened by `damping` after the iteration has gone astray. */
static void shorten(theory_work_t *work, double damping)
{
    for (size_t i = 0; damping < 1.0 && i < work->n_state; i++) {
        work->next[i] = work->state[i] + damping * (work->next[i] - work->state[i]);
    }
}

/* Iterate from the state in work. Returns 1 when solved, 0 when not; work->residual tells where it stands. */
static int iterate(const ent_theory_t *model, theory_work_t *work)
{
    double damping = 1.0, best = HUGE_VAL;
    int restarts = 0, idle = 0;

    for (int i = 0; i < model->options.max_iterations; i++) {
        sweep(model, work);
        if (work->residual < model->options.tolerance) {
            return 1;
        }
        idle++;
        if (work->residual < best) {
            best = work->residual;
            idle = 0;
            memcpy(work->saved, work->state, work->n_state * sizeof *work->state);
        } else if (!isfinite(work->residual) || work->residual > ASTRAY * best || idle > PATIENCE) {
            memcpy(work->state, work->saved, work->n_state * sizeof *work->state);
            if (best < ROUNDING * model->options.tolerance) {
                sweep(model, work);
                return 1; /* rounding allows no better; the certificate has the last word */
            }
            if (++restarts > MAX_RESTARTS) {
                return 0;
            }
            idle = 0;
            damping *= 0.5;
            theory_anderson_reset(&work->anderson);
            continue;
        }
        shorten(work, damping);
        theory_anderson_step(&work->anderson, work->state, work->next, STEP_LIMIT);
    }
    return 0;
}

/* Where the first attempt stood when it was given up. */
typedef struct {
    int region, sector, poorest;
    double residual, income_hat;
} failure_t;

static failure_t note_failure(const ent_theory_t *model, const theory_work_t *work)
{
    failure_t failure = {.region = work->residual_region,
                         .sector = work->residual_sector,
                         .residual = work->residual,
                         .income_hat = HUGE_VAL};

    for (int r = 0; r < model->n_region; r++) {
        if (work->income[r] / model->income[r] < failure.income_hat) {
            failure.income_hat = work->income[r] / model->income[r];
            failure.poorest = r;
        }
    }
    return failure;
}

static int report_failure(const ent_theory_t *model, const theory_work_t *work, failure_t at,
                          ent_context_t *ctx)
{
    char hint[128] = "";

    /* subsidies or deficits that income cannot pay */
    if (at.income_hat < 0.01) {
        snprintf(hint, sizeof hint, "; the income of %s would fall to nothing: there may be no equilibrium",
                 model->region[at.poorest]);
    }
    return ent_fail(
        ctx, ENT_ERR_CONVERGENCE, THEORY_PLACE,
        "the equilibrium was not found: after %d sweeps the %s of %s%s%s is off by %.3g log points, "
        "at most %.3g is accepted%s",
        work->iterations, at.sector < 0 ? "trade balance" : "market",
        at.region < 0 ? "?" : model->region[at.region], at.sector < 0 ? "" : " for ",
        at.sector < 0 ? "" : model->sector[at.sector], at.residual, model->options.tolerance, hint);
}

int theory_solve_state(const ent_theory_t *model, theory_work_t *work, double fraction, int *n_path_steps,
                       ent_context_t *ctx)
{
    failure_t failure;

    *n_path_steps = 1;
    work->iterations = 0;
    load(model, work, fraction);
    if (iterate(model, work)) {
        return ENT_OK;
    }
    failure = note_failure(model, work);
    /* from the benchmark, which is solved, in ever smaller pieces */
    for (int pieces = 2; pieces <= MAX_PATH_STEPS; pieces *= 2) {
        int solved = 1;

        memset(work->state, 0, work->n_state * sizeof *work->state);
        for (int i = 1; solved && i <= pieces; i++) {
            load(model, work, i == pieces ? fraction : fraction * i / pieces);
            solved = iterate(model, work);
        }
        if (solved) {
            *n_path_steps = pieces;
            return ENT_OK;
        }
    }
    return report_failure(model, work, failure, ctx);
}

double theory_log_welfare(const ent_theory_t *model, const theory_work_t *work, int region)
{
    const size_t n = (size_t)model->n_region, r = (size_t)region;
    double price = 0.0;

    for (size_t s = 0; s < (size_t)model->n_sector; s++) {
        price += model->final_share[s * n + r] * work->state[n + s * n + r];
    }
    if (work->employment > 0) {
        return log(theory_utility(model, r, work->income[r], work->wage_bill[r], work->revenue[r], price));
    }
    return log(work->income[r] / model->income[r]) - price;
}

int ent_theory_solve(const ent_theory_t *model, const double *tariff, const double *trade_cost_hat,
                     ent_theory_result_t *result, ent_context_t *ctx)
{
    theory_work_t work;
    int n_path_steps = 0, ret;

    ent_theory_result_free(result);
    if (!model->balanced) {
        return ent_fail(ctx, ENT_ERR_USAGE, THEORY_PLACE,
                        "the benchmark does not balance (%.3g in %s, %s): rebase it before solving",
                        model->imbalance, model->sector[model->imbalance_sector],
                        model->region[model->imbalance_region]);
    }
    ret = theory_work_init(&work, model, ctx);
    if (ret == ENT_OK) {
        ret = theory_set_tariff(model, tariff, trade_cost_hat, work.target_tariff, work.target_log_cost, ctx);
    }
    if (ret == ENT_OK) {
        ret = theory_solve_state(model, &work, 1.0, &n_path_steps, ctx);
    }
    if (ret == ENT_OK) {
        ret = theory_fill_result(model, &work, result, ctx);
    }
    if (ret == ENT_OK) {
        result->n_path_steps = n_path_steps;
        result->iterations = work.iterations;
    }
    theory_work_free(&work);
    return ret;
}
