/* Deriving the model from a benchmark, and checking the benchmark. */
#include <entrepot/theory.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "theory_internal.h"

/* Input-output tables as published hold a few small negative entries (by-products, rounding): the 1993 table
 * of Caliendo & Parro has one of -0.0006. Beyond this one per cent they are mistakes. */
#define SMALLEST_COEFFICIENT (-0.01)
/* Shares of cost that should add up to one, as printed by spreadsheets. */
#define SHARE_TOLERANCE 1e-6
/* A sector below this share of its region's gross output may sell everything abroad: re-exports of goods that
 * are not made there, as in trade statistics. */
#define NEGLIGIBLE_OUTPUT 1e-3
/* Largest |supply - use| / use of a cell that final demand may absorb without the benchmark being rebased. */
#define BALANCED 1e-6

void ent_theory_options_init(ent_theory_options_t *options)
{
    *options = (ent_theory_options_t){
        .variant = ENT_THEORY_FULL,
        .deficit = ENT_THEORY_DEFICIT_FIXED,
        .numeraire = ENT_THEORY_WORLD_VALUE_ADDED,
        .balance_tolerance = 1e-6,
        .tolerance = 1e-12,
        .damping = 0.7,
        .max_iterations = 2000,
        .memory = 10,
    };
}

size_t theory_market(const ent_theory_t *model, int sector, int region)
{
    return (size_t)sector * (size_t)model->n_region + (size_t)region;
}

static size_t input_cell(const ent_theory_input_t *input, int sector, int origin, int destination)
{
    const size_t n = (size_t)input->n_region;

    return ((size_t)sector * n + (size_t)origin) * n + (size_t)destination;
}

/* ---- Checks of the input, before anything is allocated ---- */

/* Name of an input region or sector, from the caller's list or made in `buffer`. */
static const char *name_of(const char *const *names, const char *kind, int index, char *buffer, size_t size)
{
    if (names != NULL && names[index] != NULL) {
        return names[index];
    }
    snprintf(buffer, size, "%s %d", kind, index);
    return buffer;
}

typedef struct {
    const ent_theory_input_t *input;
    ent_context_t *ctx;
    int n_faults, code;
} check_t;

/* Record a fault of cell (sector, origin, destination); -1 leaves an index out. */
static void cell_fault(check_t *check, int sector, int origin, int destination, const char *rule,
                       double value)
{
    const ent_theory_input_t *input = check->input;
    char s[32], o[32], d[32];
    const char *sector_name = name_of(input->sector, "sector", sector < 0 ? 0 : sector, s, sizeof s);
    const char *origin_name = name_of(input->region, "region", origin < 0 ? 0 : origin, o, sizeof o);
    const char *destination_name =
        name_of(input->region, "region", destination < 0 ? 0 : destination, d, sizeof d);

    check->code = ENT_ERR_DATA;
    if (++check->n_faults > THEORY_MAX_FAULTS) {
        return;
    }
    if (origin >= 0 && destination >= 0) {
        ent_fail(check->ctx, ENT_ERR_DATA, THEORY_PLACE, "%s from %s to %s: %s (found %g)", sector_name,
                 origin_name, destination_name, rule, value);
    } else if (origin >= 0 && sector >= 0) {
        ent_fail(check->ctx, ENT_ERR_DATA, THEORY_PLACE, "%s in %s: %s (found %g)", sector_name, origin_name,
                 rule, value);
    } else {
        ent_fail(check->ctx, ENT_ERR_DATA, THEORY_PLACE, "%s: %s (found %g)",
                 sector >= 0 ? sector_name : origin_name, rule, value);
    }
}

static void check_flows(check_t *check)
{
    const ent_theory_input_t *input = check->input;

    for (int s = 0; s < input->n_sector; s++) {
        for (int o = 0; o < input->n_region; o++) {
            for (int d = 0; d < input->n_region; d++) {
                const double flow = input->flow[input_cell(input, s, o, d)];
                const double tariff = input->tariff[input_cell(input, s, o, d)];

                if (!isfinite(flow) || flow < 0.0) {
                    cell_fault(check, s, o, d, "a flow must be finite and not negative", flow);
                }
                if (!isfinite(tariff) || tariff <= -1.0) {
                    cell_fault(check, s, o, d, "a tariff must be finite and above -100 %", tariff);
                }
            }
        }
    }
}

/* Gross output of a region: of one sector, or of all (-1). */
static double input_output(const ent_theory_input_t *input, int sector, int region)
{
    double sum = 0.0;

    for (int s = 0; s < input->n_sector; s++) {
        for (int d = 0; d < input->n_region && (sector < 0 || s == sector); d++) {
            sum += input->flow[input_cell(input, s, region, d)];
        }
    }
    return sum;
}

/* Something is made everywhere it must be. */
static void check_markets(check_t *check, const ent_theory_options_t *options)
{
    const ent_theory_input_t *input = check->input;

    for (int s = 0; s < input->n_sector; s++) {
        double world = 0.0;

        if (!(input->theta[s] > 0.0) || !isfinite(input->theta[s])) {
            cell_fault(check, s, -1, -1, "a trade elasticity must be finite and above zero", input->theta[s]);
        }
        for (int o = 0; o < input->n_region; o++) {
            const double own = input->flow[input_cell(input, s, o, o)], sold = input_output(input, s, o);

            world += sold;
            if (!(own > 0.0) && !options->allow_zero_own_trade &&
                sold > NEGLIGIBLE_OUTPUT * input_output(input, -1, o)) {
                cell_fault(check, s, o, o, "own trade must be above zero (see allow_zero_own_trade)", own);
            }
        }
        if (!(world > 0.0)) {
            cell_fault(check, s, -1, -1, "nobody produces this sector", world);
        }
    }
}

/* Input coefficients and value-added shares add up to one. */
static void check_technology(check_t *check)
{
    const ent_theory_input_t *input = check->input;
    const size_t n = (size_t)input->n_sector;

    for (int r = 0; r < input->n_region; r++) {
        for (int s = 0; s < input->n_sector; s++) {
            double sum = 0.0, share;

            for (size_t k = 0; input->input_coefficient != NULL && k < n; k++) {
                const double a = input->input_coefficient[((size_t)r * n + k) * n + (size_t)s];

                if (!isfinite(a) || a < SMALLEST_COEFFICIENT) {
                    cell_fault(check, s, r, -1, "an input coefficient must be finite and not below -0.01", a);
                }
                sum += a;
            }
            share = input->value_added_share != NULL ? input->value_added_share[(size_t)r * n + (size_t)s]
                                                     : 1.0 - sum;
            if (!(share >= 0.0 && share <= 1.0 + SHARE_TOLERANCE)) {
                cell_fault(check, s, r, -1, "the value-added share must lie in [0, 1]", share);
            } else if (!(fabs(share + sum - 1.0) <= SHARE_TOLERANCE) && input->input_coefficient != NULL) {
                cell_fault(check, s, r, -1, "value-added share and input coefficients must add up to 1",
                           share + sum);
            }
            if (input->final_demand != NULL && !isfinite(input->final_demand[(size_t)r * n + (size_t)s])) {
                cell_fault(check, s, r, -1, "final demand must be finite",
                           input->final_demand[(size_t)r * n + (size_t)s]);
            }
        }
    }
}

static int check_options(const ent_theory_input_t *input, const ent_theory_options_t *options,
                         ent_context_t *ctx)
{
    if (input->n_region < 1 || input->n_sector < 1 || input->flow == NULL || input->tariff == NULL ||
        input->theta == NULL) {
        return ent_fail(ctx, ENT_ERR_USAGE, THEORY_PLACE,
                        "at least one region and one sector, flows, tariffs and elasticities must be given");
    }
    if (!(options->tolerance > 0.0) || !(options->balance_tolerance > 0.0) || !(options->damping > 0.0) ||
        !(options->damping <= 1.0) || options->max_iterations < 1 || options->memory < 0 ||
        options->memory > THEORY_ANDERSON_MAX || !(options->armington_theta >= 0.0)) {
        return ent_fail(
            ctx, ENT_ERR_USAGE, THEORY_PLACE,
            "tolerances must be above 0, damping in (0, 1], iterations at least 1, memory 0 to %d, "
            "armington_theta not negative",
            THEORY_ANDERSON_MAX);
    }
    if ((options->numeraire == ENT_THEORY_WAGE || options->numeraire == ENT_THEORY_CONSUMER_PRICE) &&
        (options->numeraire_region < 0 || options->numeraire_region >= input->n_region)) {
        return ent_fail(ctx, ENT_ERR_USAGE, THEORY_PLACE, "numeraire_region must lie in [0, %d), it is %d",
                        input->n_region, options->numeraire_region);
    }
    return ENT_OK;
}

static int check_input(const ent_theory_input_t *input, const ent_theory_options_t *options,
                       ent_context_t *ctx)
{
    check_t check = {.input = input, .ctx = ctx};
    int ret = check_options(input, options, ctx);

    if (ret != ENT_OK) {
        return ret;
    }
    check_flows(&check);
    check_markets(&check, options);
    if (options->variant == ENT_THEORY_FULL) {
        check_technology(&check);
    }
    if (check.n_faults > THEORY_MAX_FAULTS) {
        ent_fail(ctx, ENT_ERR_DATA, THEORY_PLACE, "%d more faults of the benchmark are not listed",
                 check.n_faults - THEORY_MAX_FAULTS);
    }
    return check.code;
}

/* ---- Building the model ---- */

static char *copy_string(const char *text)
{
    const size_t size = strlen(text) + 1;
    char *copy = malloc(size);

    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

static char **copy_names(const char *const *names, const char *kind, int n)
{
    char **copy = calloc((size_t)n, sizeof *copy);
    char buffer[32];

    for (int i = 0; copy != NULL && i < n; i++) {
        copy[i] = copy_string(name_of(names, kind, i, buffer, sizeof buffer));
        if (copy[i] == NULL) {
            while (i > 0) {
                free(copy[--i]);
            }
            free(copy);
            return NULL;
        }
    }
    return copy;
}

static int allocate(ent_theory_t *model, const ent_theory_input_t *input, ent_context_t *ctx)
{
    const char *const all = "all sectors";
    const int one_sector = model->options.variant == ENT_THEORY_ARMINGTON;
    const size_t r = (size_t)model->n_region, s = (size_t)model->n_sector, flows = s * r * r, markets = s * r;
    double **const arrays[] = {&model->theta,
                               &model->flow,
                               &model->tariff,
                               &model->expenditure,
                               &model->output,
                               &model->input,
                               &model->value_added_share,
                               &model->final_share,
                               &model->value_added,
                               &model->revenue,
                               &model->deficit,
                               &model->income,
                               &model->wage_step,
                               &model->local_share,
                               &model->duty_exponent};
    const size_t sizes[] = {s,
                            flows,
                            flows,
                            markets,
                            markets,
                            s * s * r,
                            markets,
                            markets,
                            r,
                            r,
                            r,
                            r,
                            r,
                            input->local_share != NULL ? r : 0,
                            input->duty_exponent != NULL ? r : 0};

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        if (sizes[i] == 0) {
            continue;
        }
        *arrays[i] = calloc(sizes[i], sizeof(double));
        if (*arrays[i] == NULL) {
            return ent_fail(ctx, ENT_ERR_NO_MEMORY, THEORY_PLACE, "no memory for the model's %zu cells",
                            flows);
        }
    }
    model->region = copy_names(input->region, "region", model->n_region);
    model->sector = copy_names(one_sector ? &all : input->sector, "sector", model->n_sector);
    if (one_sector) {
        model->weight = calloc((size_t)input->n_sector * r * r, sizeof *model->weight);
    }
    if (model->region == NULL || model->sector == NULL || (one_sector && model->weight == NULL)) {
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, THEORY_PLACE, "no memory for the model's names");
    }
    return ENT_OK;
}

static void copy_technology(ent_theory_t *model, const ent_theory_input_t *input)
{
    const size_t n = (size_t)model->n_sector, regions = (size_t)model->n_region;

    for (size_t r = 0; r < regions; r++) {
        for (size_t s = 0; s < n; s++) {
            double sum = 0.0;

            for (size_t k = 0; input->input_coefficient != NULL && k < n; k++) {
                const double a = input->input_coefficient[(r * n + k) * n + s];

                model->input[(k * n + s) * regions + r] = a;
                sum += a;
            }
            /* the remainder, so that shares add up to one exactly and no value leaks */
            model->value_added_share[s * regions + r] = 1.0 - sum;
        }
    }
    model->has_inputs = input->input_coefficient != NULL;
}

/* One sector: flows add up, tariffs and elasticities are means with flows and absorption as weights. */
static void aggregate_sectors(ent_theory_t *model, const ent_theory_input_t *input)
{
    const size_t cells = (size_t)model->n_region * (size_t)model->n_region;
    const size_t n = (size_t)input->n_sector;
    double absorption = 0.0, theta = 0.0;

    for (size_t i = 0; i < cells; i++) {
        double duty = 0.0;

        for (size_t s = 0; s < n; s++) {
            const double flow = input->flow[s * cells + i];

            model->flow[i] += flow;
            duty += flow * input->tariff[s * cells + i];
            absorption += flow;
            theta += flow * input->theta[s];
        }
        for (size_t s = 0; s < n; s++) {
            model->weight[s * cells + i] =
                model->flow[i] > 0.0 ? input->flow[s * cells + i] / model->flow[i] : 1.0 / (double)n;
        }
        model->tariff[i] = model->flow[i] > 0.0 ? duty / model->flow[i] : 0.0;
    }
    model->theta[0] =
        model->options.armington_theta > 0.0 ? model->options.armington_theta : theta / absorption;
}

static void copy_input(ent_theory_t *model, const ent_theory_input_t *input)
{
    const size_t flows = (size_t)model->n_sector * (size_t)model->n_region * (size_t)model->n_region;

    if (model->options.variant == ENT_THEORY_ARMINGTON) {
        aggregate_sectors(model, input);
    } else {
        memcpy(model->flow, input->flow, flows * sizeof *model->flow);
        memcpy(model->tariff, input->tariff, flows * sizeof *model->tariff);
        memcpy(model->theta, input->theta, (size_t)model->n_sector * sizeof *model->theta);
    }
    if (model->local_share != NULL) {
        memcpy(model->local_share, input->local_share, (size_t)model->n_region * sizeof(double));
    }
    if (model->duty_exponent != NULL) {
        memcpy(model->duty_exponent, input->duty_exponent, (size_t)model->n_region * sizeof(double));
    }
    if (model->options.variant == ENT_THEORY_FULL) {
        copy_technology(model, input);
    } else {
        for (size_t i = 0; i < (size_t)model->n_sector * (size_t)model->n_region; i++) {
            model->value_added_share[i] = 1.0;
        }
    }
}

/* Expenditure, output, value added, duties, deficit and income of the benchmark. */
static void derive_accounts(ent_theory_t *model)
{
    const size_t n = (size_t)model->n_region;

    memset(model->value_added, 0, n * sizeof(double));
    memset(model->revenue, 0, n * sizeof(double));
    memset(model->deficit, 0, n * sizeof(double));
    memset(model->output, 0, n * (size_t)model->n_sector * sizeof(double));
    for (size_t s = 0; s < (size_t)model->n_sector; s++) {
        memset(model->expenditure + s * n, 0, n * sizeof(double));
        for (size_t o = 0; o < n; o++) {
            double sold = 0.0;

            for (size_t d = 0; d < n; d++) {
                const double flow = model->flow[(s * n + o) * n + d],
                             tariff = model->tariff[(s * n + o) * n + d];
                const double local = o == d ? 0.0 : theory_local(model, d) * flow;

                sold += flow - local;
                model->output[s * n + d] += local;
                model->expenditure[s * n + d] += flow * (1.0 + tariff);
                model->revenue[d] += flow * tariff;
                model->deficit[d] += o == d ? 0.0 : flow - local;
                model->deficit[o] -= o == d ? 0.0 : flow - local;
            }
            model->output[s * n + o] += sold;
        }
        for (size_t r = 0; r < n; r++) {
            model->value_added[r] += model->value_added_share[s * n + r] * model->output[s * n + r];
        }
    }
    for (size_t r = 0; r < n; r++) {
        model->income[r] = model->value_added[r] + model->revenue[r] + model->deficit[r];
    }
}

/* Step of the wage iteration: one over the own-wage elasticity of exports / imports when nothing but the
 * region's own costs moves, with theta (1 - share) for a flow sold and theta x (own share) for a flow bought.
 */
static void derive_wage_step(ent_theory_t *model)
{
    const size_t n = (size_t)model->n_region;

    for (size_t r = 0; r < n; r++) {
        double sold = 0.0, bought = 0.0, exports = 0.0, imports = 0.0;

        for (size_t s = 0; s < (size_t)model->n_sector; s++) {
            const double home = model->flow[(s * n + r) * n + r] * (1.0 + model->tariff[(s * n + r) * n + r]);
            const double x = model->expenditure[s * n + r];

            for (size_t i = 0; i < n; i++) {
                const size_t out = (s * n + r) * n + i, in = (s * n + i) * n + r;
                const double abroad = model->expenditure[s * n + i];

                if (i != r && model->flow[out] > 0.0) {
                    exports += model->flow[out];
                    sold += model->flow[out] * model->theta[s] *
                            (1.0 - model->flow[out] * (1.0 + model->tariff[out]) / abroad);
                }
                if (i != r && model->flow[in] > 0.0) {
                    imports += model->flow[in];
                    bought += model->flow[in] * model->theta[s] * home / x;
                }
            }
        }
        sold = exports > 0.0 ? sold / exports : 0.0;
        bought = imports > 0.0 ? bought / imports : 0.0;
        model->wage_step[r] = model->options.damping / (1.0 + sold + bought);
    }
}

/* Final demand of a cell as the accounts leave it: expenditure less intermediate use. */
static double final_remainder(const ent_theory_t *model, size_t s, size_t r)
{
    const size_t n = (size_t)model->n_region, sectors = (size_t)model->n_sector;
    double final = model->expenditure[s * n + r];

    for (size_t k = 0; model->has_inputs && k < sectors; k++) {
        final -= model->input[(s * sectors + k) * n + r] * model->output[k * n + r];
    }
    return final;
}

/* Shares of final demand in a benchmark that does not balance: the demand given, or what the accounts leave,
 * truncated at zero (as Caliendo & Parro do). The benchmark is then no equilibrium before it is rebased. */
static void impose_final_shares(ent_theory_t *model, const double *final_demand)
{
    const size_t n = (size_t)model->n_region, sectors = (size_t)model->n_sector;

    for (size_t r = 0; r < n; r++) {
        double total = 0.0;

        for (size_t s = 0; s < sectors; s++) {
            const double final =
                final_demand != NULL ? final_demand[r * sectors + s] : final_remainder(model, s, r);

            model->final_share[s * n + r] = fmax(final, 0.0);
            total += fmax(final, 0.0);
        }
        for (size_t s = 0; s < sectors; s++) {
            model->final_share[s * n + r] /= total;
        }
    }
}

void theory_derive(ent_theory_t *model, const double *final_demand)
{
    const size_t n = (size_t)model->n_region, sectors = (size_t)model->n_sector;

    derive_accounts(model);
    derive_wage_step(model);
    model->imbalance = 0.0;
    for (size_t r = 0; r < n; r++) {
        for (size_t s = 0; s < sectors; s++) {
            const double use = model->expenditure[s * n + r], final = final_remainder(model, s, r);
            /* a negative remainder is an imbalance, and so is any difference from the demand given */
            const double gap =
                final_demand != NULL ? final_demand[r * sectors + s] - final : fmin(final, 0.0);
            const double relative = fabs(gap) / (use > 0.0 ? use : model->income[r]);

            if (!(relative <= model->imbalance)) {
                model->imbalance = relative;
                model->imbalance_region = (int)r;
                model->imbalance_sector = (int)s;
            }
            model->final_share[s * n + r] = final / model->income[r];
        }
    }
    model->balanced = model->imbalance <= BALANCED;
    if (!model->balanced) {
        impose_final_shares(model, final_demand);
    }
}

/* What can only be judged on the derived model. */
static int check_model(ent_theory_t *model, ent_context_t *ctx)
{
    for (int r = 0; r < model->n_region; r++) {
        if (!(model->value_added[r] > 0.0)) {
            return ent_fail(ctx, ENT_ERR_DATA, THEORY_PLACE,
                            "%s: a region must produce something (value added %g)", model->region[r],
                            model->value_added[r]);
        }
        if (!(model->income[r] > 0.0)) {
            return ent_fail(ctx, ENT_ERR_DATA, THEORY_PLACE,
                            "%s: income must be above zero (value added %g, duties %g, deficit %g)",
                            model->region[r], model->value_added[r], model->revenue[r], model->deficit[r]);
        }
    }
    if (!(model->imbalance <= model->options.balance_tolerance)) {
        return ent_fail(
            ctx, ENT_ERR_DATA, THEORY_PLACE,
            "%s in %s: the benchmark does not balance: supply and use differ by %.3g of use, at most "
            "%.3g is accepted",
            model->sector[model->imbalance_sector], model->region[model->imbalance_region], model->imbalance,
            model->options.balance_tolerance);
    }
    return ENT_OK;
}

int ent_theory_init(ent_theory_t *model, const ent_theory_input_t *input, const ent_theory_options_t *options,
                    ent_context_t *ctx)
{
    int ret;

    memset(model, 0, sizeof *model);
    if (options != NULL) {
        model->options = *options;
    } else {
        ent_theory_options_init(&model->options);
    }
    ret = check_input(input, &model->options, ctx);
    if (ret == ENT_OK) {
        ret = theory_check_switches(input, &model->options, ctx);
    }
    if (ret != ENT_OK) {
        return ret;
    }
    model->n_region = input->n_region;
    model->n_sector = model->options.variant == ENT_THEORY_ARMINGTON ? 1 : input->n_sector;
    model->n_input_sector = input->n_sector;
    ret = allocate(model, input, ctx);
    if (ret != ENT_OK) {
        return ret;
    }
    copy_input(model, input);
    theory_derive(model, model->options.variant == ENT_THEORY_FULL ? input->final_demand : NULL);
    return check_model(model, ctx);
}

static void free_names(char **names, int n)
{
    for (int i = 0; names != NULL && i < n; i++) {
        free(names[i]);
    }
    free(names);
}

void ent_theory_free(ent_theory_t *model)
{
    free_names(model->region, model->n_region);
    free_names(model->sector, model->n_sector);
    free(model->theta);
    free(model->flow);
    free(model->tariff);
    free(model->weight);
    free(model->expenditure);
    free(model->output);
    free(model->input);
    free(model->value_added_share);
    free(model->final_share);
    free(model->value_added);
    free(model->revenue);
    free(model->deficit);
    free(model->income);
    free(model->wage_step);
    free(model->local_share);
    free(model->duty_exponent);
    memset(model, 0, sizeof *model);
}

int ent_theory_rebase(ent_theory_t *model, ent_context_t *ctx)
{
    const size_t flows = (size_t)model->n_sector * (size_t)model->n_region * (size_t)model->n_region;
    ent_theory_result_t result = {0};
    const int balanced = model->balanced;
    const ent_theory_numeraire_t numeraire = model->options.numeraire;
    int ret;

    /* the solver's own numeraire, so that world value added stays what it was */
    model->options.numeraire = ENT_THEORY_WORLD_VALUE_ADDED;
    model->balanced = 1;
    ret = ent_theory_solve(model, NULL, NULL, &result, ctx);
    model->options.numeraire = numeraire;
    if (ret != ENT_OK) {
        model->balanced = balanced;
        return ret;
    }
    memcpy(model->flow, result.flow, flows * sizeof *model->flow);
    theory_derive(model, NULL);
    ent_theory_result_free(&result);
    return ENT_OK;
}

/* ---- Looking at a model ---- */

int ent_theory_verify(const ent_theory_t *model, ent_context_t *ctx)
{
    const size_t n = (size_t)model->n_region, sectors = (size_t)model->n_sector;
    double world_deficit = 0.0, world_income = 0.0;

    for (size_t r = 0; r < n; r++) {
        double final = 0.0;

        for (size_t s = 0; s < sectors; s++) {
            double cost = model->value_added_share[s * n + r];

            for (size_t k = 0; k < sectors; k++) {
                cost += model->input[(k * sectors + s) * n + r];
            }
            if (!(fabs(cost - 1.0) < 1e-12)) {
                return ent_fail(ctx, ENT_ERR_BUG, THEORY_PLACE,
                                "%s in %s: cost shares add up to %.17g, not 1", model->sector[s],
                                model->region[r], cost);
            }
            final += model->final_share[s * n + r];
        }
        if (!(fabs(final - 1.0) < 1e-10)) {
            return ent_fail(ctx, ENT_ERR_BUG, THEORY_PLACE,
                            "%s: shares of final demand add up to %.17g, not 1", model->region[r], final);
        }
        world_deficit += model->deficit[r];
        world_income += model->income[r];
    }
    if (!(fabs(world_deficit) < 1e-10 * world_income)) {
        return ent_fail(ctx, ENT_ERR_BUG, THEORY_PLACE, "the deficits of the world add up to %g, not 0",
                        world_deficit);
    }
    return ENT_OK;
}

void ent_theory_print_state(const ent_theory_t *model, FILE *stream)
{
    fprintf(stream, "theory regions=%d sectors=%d variant=%d deficit=%d balanced=%d imbalance=%.3g\n",
            model->n_region, model->n_sector, (int)model->options.variant, (int)model->options.deficit,
            model->balanced, model->imbalance);
    for (int r = 0; r < model->n_region; r++) {
        fprintf(stream, "region=%s value_added=%.6g revenue=%.6g deficit=%.6g income=%.6g wage_step=%.3g\n",
                model->region[r], model->value_added[r], model->revenue[r], model->deficit[r],
                model->income[r], model->wage_step[r]);
    }
}
