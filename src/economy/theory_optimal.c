/* Optimal tariffs of one region, and Nash tariffs of several by best responses in turn. */
#include <entrepot/theory.h>

#include <math.h>
#include <nlopt.h>
#include <stdlib.h>
#include <string.h>

#include "theory_internal.h"

/* Half-width of the central differences: rounding, 1e-13 / step, and curvature, step^2, weigh about the same.
 */
#define DIFFERENCE_STEP 1e-4
#define FIRST_STEP 0.1
#define NEWTON_STEPS 12

/* A search over the rates of one player, everything else given. */
typedef struct {
    const ent_theory_t *model;
    const ent_theory_policy_t *policy;
    ent_context_t *ctx;
    theory_work_t *work;
    double *tariff; /* [input sector][origin][destination] the schedule in force */
    int region, n_rate;
    const int *rate_sector; /* [rate] -1: all covered */
    int n_evaluations, error;
} search_t;

void ent_theory_policy_init(ent_theory_policy_t *policy)
{
    *policy = (ent_theory_policy_t){.lower = 0.0, .upper = 3.0, .tolerance = 1e-6};
}

static int is_covered(const unsigned char *mask, int index)
{
    return mask == NULL || mask[index] != 0;
}

/* Write the player's rates into the schedule. */
static void apply_rates(const search_t *search, const double *rate)
{
    const size_t n = (size_t)search->model->n_region;

    for (int k = 0; k < search->n_rate; k++) {
        for (int s = 0; s < search->model->n_input_sector; s++) {
            if (search->rate_sector[k] >= 0 ? search->rate_sector[k] != s
                                            : !is_covered(search->policy->sectors, s)) {
                continue;
            }
            for (int o = 0; o < search->model->n_region; o++) {
                if (o != search->region && is_covered(search->policy->partners, o)) {
                    search->tariff[((size_t)s * n + (size_t)o) * n + (size_t)search->region] = rate[k];
                }
            }
        }
    }
}

/* Log real income of the player at given rates; NaN when the equilibrium could not be solved. The search's
 * workspace keeps the last equilibrium as the next start. */
static double log_welfare(search_t *search, const double *rate)
{
    int n_path_steps, ret;

    apply_rates(search, rate);
    ret = theory_set_tariff(search->model, search->tariff, NULL, search->work->target_tariff,
                            search->work->target_log_cost, search->ctx);
    if (ret == ENT_OK) {
        ret = theory_solve_state(search->model, search->work, 1.0, &n_path_steps, search->ctx);
    }
    search->n_evaluations++;
    if (ret != ENT_OK) {
        search->error = ret;
        memset(search->work->state, 0, search->work->n_state * sizeof *search->work->state);
        return NAN;
    }
    return theory_log_welfare(search->model, search->work, search->region);
}

static double objective(unsigned n, const double *x, double *gradient, void *data)
{
    search_t *search = data;
    const double value = log_welfare(search, x);

    (void)n;
    (void)gradient;
    return isnan(value) ? -HUGE_VAL : value;
}

/* d log welfare / d rate k by central differences; its curvature too where asked. */
static double derivative(search_t *search, double *rate, int k, double *curvature)
{
    const double middle = rate[k];
    double up, down, centre = 0.0;

    rate[k] = middle + DIFFERENCE_STEP;
    up = log_welfare(search, rate);
    rate[k] = middle - DIFFERENCE_STEP;
    down = log_welfare(search, rate);
    rate[k] = middle;
    if (curvature != NULL) {
        centre = log_welfare(search, rate);
        *curvature = (up - 2.0 * centre + down) / (DIFFERENCE_STEP * DIFFERENCE_STEP);
    }
    return (up - down) / (2.0 * DIFFERENCE_STEP);
}

/* A flat optimum hides 1e-7 in the rate from any search by values; the zero of the derivative does not. */
static void polish(search_t *search, double *rate)
{
    for (int i = 0; i < NEWTON_STEPS; i++) {
        double curvature, slope = derivative(search, rate, 0, &curvature), next;

        if (search->error != ENT_OK || !(curvature < 0.0)) {
            return;
        }
        next = rate[0] - slope / curvature;
        if (!(next > search->policy->lower && next < search->policy->upper) ||
            fabs(next - rate[0]) > FIRST_STEP) {
            return;
        }
        if (fabs(next - rate[0]) < 0.01 * search->policy->tolerance) {
            rate[0] = next;
            return;
        }
        rate[0] = next;
    }
}

/* Best response of one player from the rates given, searching in steps of `reach` at first. */
static int best_response(search_t *search, double *rate, double reach)
{
    const ent_theory_policy_t *policy = search->policy;
    const int n = search->n_rate;
    const int limit = policy->max_evaluations > 0 ? policy->max_evaluations : 200 + 60 * n;
    nlopt_opt optimiser = nlopt_create(n == 1 ? NLOPT_LN_COBYLA : NLOPT_LN_BOBYQA, (unsigned)n);
    nlopt_result ret;
    double value = 0.0;

    if (optimiser == NULL) {
        return ent_fail(search->ctx, ENT_ERR_NO_MEMORY, THEORY_PLACE,
                        "no memory for the search over %d rates", n);
    }
    nlopt_set_max_objective(optimiser, objective, search);
    nlopt_set_lower_bounds1(optimiser, policy->lower);
    nlopt_set_upper_bounds1(optimiser, policy->upper);
    nlopt_set_xtol_abs1(optimiser, policy->tolerance);
    nlopt_set_maxeval(optimiser, limit);
    nlopt_set_initial_step1(optimiser, reach);
    ret = nlopt_optimize(optimiser, rate, &value);
    nlopt_destroy(optimiser);
    if (search->error != ENT_OK) {
        return search->error;
    }
    /* -4: rounding stops the search, as it does at an exact optimum */
    if (ret == NLOPT_MAXEVAL_REACHED || (ret < 0 && ret != NLOPT_ROUNDOFF_LIMITED)) {
        return ent_fail(search->ctx, ENT_ERR_CONVERGENCE, THEORY_PLACE,
                        "the tariffs of %s were not found in %d evaluations (NLopt code %d)",
                        search->model->region[search->region], search->n_evaluations, (int)ret);
    }
    if (n == 1) {
        polish(search, rate);
    }
    apply_rates(search, rate);
    return search->error;
}

/* ---- The optimum ---- */

void ent_theory_optimum_free(ent_theory_optimum_t *optimum)
{
    free(optimum->player);
    free(optimum->rate_sector);
    free(optimum->rate);
    free(optimum->derivative);
    free(optimum->welfare_hat);
    free(optimum->export_elasticity);
    free(optimum->tariff);
    memset(optimum, 0, sizeof *optimum);
}

static int count_rates(const ent_theory_t *model, const ent_theory_policy_t *policy)
{
    int n = 0;

    for (int s = 0; s < model->n_input_sector; s++) {
        n += is_covered(policy->sectors, s);
    }
    return policy->by_sector || n == 0 ? n : 1;
}

static int check_policy(const ent_theory_t *model, int n_player, const int *player,
                        const ent_theory_policy_t *policy, ent_context_t *ctx)
{
    if (!model->balanced) {
        return ent_fail(ctx, ENT_ERR_USAGE, THEORY_PLACE,
                        "the benchmark does not balance: rebase it before looking for tariffs");
    }
    if (!(policy->lower > -1.0 + DIFFERENCE_STEP) || !(policy->upper > policy->lower) ||
        !isfinite(policy->upper) || !(policy->tolerance > 0.0)) {
        return ent_fail(
            ctx, ENT_ERR_USAGE, THEORY_PLACE,
            "bounds of tariffs must satisfy -1 < lower < upper < infinity and the tolerance be above 0, "
            "they are %g, %g and %g",
            policy->lower, policy->upper, policy->tolerance);
    }
    if (n_player < 1 || count_rates(model, policy) < 1) {
        return ent_fail(ctx, ENT_ERR_USAGE, THEORY_PLACE,
                        "at least one region must choose at least one tariff");
    }
    for (int p = 0; p < n_player; p++) {
        if (player[p] < 0 || player[p] >= model->n_region) {
            return ent_fail(ctx, ENT_ERR_USAGE, THEORY_PLACE, "region %d does not exist, there are %d",
                            player[p], model->n_region);
        }
    }
    return ENT_OK;
}

static int optimum_init(ent_theory_optimum_t *optimum, const ent_theory_t *model, int n_player,
                        const int *player, const ent_theory_policy_t *policy, ent_context_t *ctx)
{
    const size_t players = (size_t)n_player, n_rate = (size_t)count_rates(model, policy);
    const size_t flows = (size_t)model->n_input_sector * (size_t)model->n_region * (size_t)model->n_region;
    int next = 0;

    optimum->n_player = n_player;
    optimum->n_rate = (int)n_rate;
    optimum->player = calloc(players, sizeof *optimum->player);
    optimum->rate_sector = calloc(n_rate, sizeof *optimum->rate_sector);
    optimum->rate = calloc(players * n_rate, sizeof *optimum->rate);
    optimum->derivative = calloc(players * n_rate, sizeof *optimum->derivative);
    optimum->welfare_hat = calloc(players, sizeof *optimum->welfare_hat);
    optimum->export_elasticity = calloc(players, sizeof *optimum->export_elasticity);
    optimum->tariff = calloc(flows, sizeof *optimum->tariff);
    if (optimum->player == NULL || optimum->rate_sector == NULL || optimum->rate == NULL ||
        optimum->derivative == NULL || optimum->welfare_hat == NULL || optimum->export_elasticity == NULL ||
        optimum->tariff == NULL) {
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, THEORY_PLACE, "no memory for a schedule of %zu tariffs",
                        flows);
    }
    memcpy(optimum->player, player, players * sizeof *player);
    for (size_t p = 0; p < players; p++) {
        optimum->export_elasticity[p] = NAN;
    }
    optimum->rate_sector[0] = -1;
    for (int s = 0; policy->by_sector && s < model->n_input_sector; s++) {
        if (is_covered(policy->sectors, s)) {
            optimum->rate_sector[next++] = s;
        }
    }
    return ENT_OK;
}

/* The schedule to start from, and each rate's mean in it. */
static void start_rates(ent_theory_optimum_t *optimum, const ent_theory_t *model, const double *tariff,
                        const ent_theory_policy_t *policy)
{
    const size_t n = (size_t)model->n_region, flows = (size_t)model->n_input_sector * n * n;

    for (size_t i = 0; i < flows; i++) {
        optimum->tariff[i] =
            tariff != NULL ? tariff[i] : model->tariff[model->weight != NULL ? i % (n * n) : i];
    }
    for (int i = 0; i < optimum->n_player * optimum->n_rate; i++) {
        const size_t d = (size_t)optimum->player[i / optimum->n_rate];
        const int sector = optimum->rate_sector[i % optimum->n_rate];
        double sum = 0.0, count = 0.0;

        for (int s = 0; s < model->n_input_sector; s++) {
            for (size_t o = 0; o < n; o++) {
                if (o != d && (sector >= 0 ? s == sector : is_covered(policy->sectors, s)) &&
                    is_covered(policy->partners, (int)o)) {
                    sum += optimum->tariff[((size_t)s * n + o) * n + d];
                    count += 1.0;
                }
            }
        }
        optimum->rate[i] = fmin(fmax(count > 0.0 ? sum / count : 0.0, policy->lower), policy->upper);
    }
}

/* Derivatives and welfare at the solution. A rate on a bound may want to leave it: only outwards is optimal.
 */
static int first_order(search_t *search, ent_theory_optimum_t *optimum)
{
    const ent_theory_policy_t *policy = search->policy;

    for (int p = 0; p < optimum->n_player; p++) {
        double *rate = optimum->rate + (size_t)p * (size_t)optimum->n_rate;

        search->region = optimum->player[p];
        for (int k = 0; k < optimum->n_rate; k++) {
            const double slope = derivative(search, rate, k, NULL);
            const int at_lower = rate[k] <= policy->lower + DIFFERENCE_STEP && slope < 0.0;
            const int at_upper = rate[k] >= policy->upper - DIFFERENCE_STEP && slope > 0.0;

            optimum->derivative[p * optimum->n_rate + k] = slope;
            if (!at_lower && !at_upper) {
                optimum->first_order_residual = fmax(optimum->first_order_residual, fabs(slope));
            }
        }
        optimum->welfare_hat[p] = exp(log_welfare(search, rate));
    }
    return search->error;
}

/* Best responses in turn until nobody moves. A single player moves once. */
static int play(search_t *search, ent_theory_optimum_t *optimum)
{
    const int rounds = search->policy->max_rounds > 0 ? search->policy->max_rounds : 200;
    double *before = calloc((size_t)optimum->n_rate, sizeof *before);
    int ret = before == NULL ? ent_fail(search->ctx, ENT_ERR_NO_MEMORY, THEORY_PLACE, "no memory") : ENT_OK;

    for (int p = 0; ret == ENT_OK && p < optimum->n_player; p++) {
        search->region = optimum->player[p];
        apply_rates(search, optimum->rate + p * optimum->n_rate);
    }
    optimum->last_change = FIRST_STEP;
    while (ret == ENT_OK && optimum->n_rounds < rounds) {
        const double reach =
            fmax(fmin(FIRST_STEP, 2.0 * optimum->last_change), 10.0 * search->policy->tolerance);
        double change = 0.0;

        for (int p = 0; ret == ENT_OK && p < optimum->n_player; p++) {
            double *rate = optimum->rate + (size_t)p * (size_t)optimum->n_rate;

            memcpy(before, rate, (size_t)optimum->n_rate * sizeof *before);
            search->region = optimum->player[p];
            ret = best_response(search, rate, reach);
            for (int k = 0; k < optimum->n_rate; k++) {
                change = fmax(change, fabs(rate[k] - before[k]));
            }
        }
        optimum->n_rounds++;
        optimum->last_change = change;
        if (optimum->n_player == 1 || change <= search->policy->tolerance) {
            free(before);
            return ret;
        }
    }
    free(before);
    return ret != ENT_OK
               ? ret
               : ent_fail(search->ctx, ENT_ERR_CONVERGENCE, THEORY_PLACE,
                          "no Nash equilibrium after %d rounds of best responses: rates still move by %.3g",
                          optimum->n_rounds, optimum->last_change);
}

static search_t search_in(ent_theory_optimum_t *optimum, const ent_theory_t *model,
                          const ent_theory_policy_t *policy, theory_work_t *work, ent_context_t *ctx)
{
    return (search_t){.model = model,
                      .policy = policy,
                      .ctx = ctx,
                      .work = work,
                      .tariff = optimum->tariff,
                      .n_rate = optimum->n_rate,
                      .rate_sector = optimum->rate_sector};
}

int theory_optimum_start(ent_theory_optimum_t *optimum, const ent_theory_t *model, int n_player,
                         const int *player, const double *tariff, const ent_theory_policy_t *policy,
                         ent_context_t *ctx)
{
    int ret;

    ent_theory_optimum_free(optimum);
    ret = check_policy(model, n_player, player, policy, ctx);
    if (ret == ENT_OK) {
        ret = optimum_init(optimum, model, n_player, player, policy, ctx);
    }
    if (ret == ENT_OK) {
        start_rates(optimum, model, tariff, policy);
    }
    return ret;
}

void theory_optimum_apply(ent_theory_optimum_t *optimum, const ent_theory_t *model,
                          const ent_theory_policy_t *policy, int player)
{
    search_t search = search_in(optimum, model, policy, NULL, NULL);

    search.region = optimum->player[player];
    apply_rates(&search, optimum->rate + (size_t)player * (size_t)optimum->n_rate);
}

int theory_optimum_finish(ent_theory_optimum_t *optimum, const ent_theory_t *model,
                          const ent_theory_policy_t *policy, ent_context_t *ctx)
{
    theory_work_t work;
    int ret = theory_work_init(&work, model, ctx);

    if (ret == ENT_OK) {
        search_t search = search_in(optimum, model, policy, &work, ctx);

        ret = first_order(&search, optimum);
        optimum->n_evaluations += search.n_evaluations;
    }
    theory_work_free(&work);
    return ret;
}

int ent_theory_nash(const ent_theory_t *model, int n_player, const int *player, const double *tariff,
                    const ent_theory_policy_t *policy, ent_theory_optimum_t *optimum, ent_context_t *ctx)
{
    theory_work_t work = {0};
    search_t search;
    int ret = theory_optimum_start(optimum, model, n_player, player, tariff, policy, ctx);

    if (ret == ENT_OK) {
        ret = theory_work_init(&work, model, ctx);
    }
    if (ret == ENT_OK) {
        search = search_in(optimum, model, policy, &work, ctx);
        ret = play(&search, optimum);
    }
    if (ret == ENT_OK) {
        ret = first_order(&search, optimum);
        optimum->n_evaluations = search.n_evaluations;
    }
    theory_work_free(&work);
    if (ret != ENT_OK) {
        ent_theory_optimum_free(optimum);
    }
    return ret;
}

int ent_theory_optimal(const ent_theory_t *model, int region, const double *tariff,
                       const ent_theory_policy_t *policy, ent_theory_optimum_t *optimum, ent_context_t *ctx)
{
    return ent_theory_nash(model, 1, &region, tariff, policy, optimum, ctx);
}
