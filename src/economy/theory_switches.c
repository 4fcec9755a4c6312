/* What the static theory has beyond Caliendo & Parro, each off at first: labour supply, income-tax relief,
 * scale economies, local sales, pass-through of duties (docs/theory.md, section 10). */
#include <entrepot/theory.h>

#include <math.h>

#include "theory_internal.h"

/* Least share of wages that tax relief leaves in the denominator while an iteration is far from its end. */
#define LEAST_KEEP 0.01

/* ---- Checks ---- */

static const char *region_name(const ent_theory_input_t *input, int region)
{
    return input->region != NULL && input->region[region] != NULL ? input->region[region] : "a region";
}

/* One region's parameters; labour supply may not feed on its own productivity without end. */
static void check_region(const ent_theory_input_t *input, const ent_theory_options_t *options, int r,
                         ent_context_t *ctx)
{
    const double local = input->local_share != NULL ? input->local_share[r] : 0.0;
    const double exponent = input->duty_exponent != NULL ? input->duty_exponent[r] : 1.0;
    const double feedback = options->labour_elasticity * (options->scale_elasticity + exponent - 1.0);

    if (!(local >= 0.0 && local < 1.0)) {
        (void)ent_fail(ctx, ENT_ERR_DATA, THEORY_PLACE,
                       "%s: the local share of sales must lie in [0, 1) (found %g)", region_name(input, r),
                       local);
    }
    if (!(exponent > 0.0) || !isfinite(exponent)) {
        (void)ent_fail(ctx, ENT_ERR_DATA, THEORY_PLACE,
                       "%s: the exponent of duties must be finite and above 0 (found %g)",
                       region_name(input, r), exponent);
    } else if (!(feedback < 1.0)) {
        (void)ent_fail(
            ctx, ENT_ERR_DATA, THEORY_PLACE,
            "%s: labour elasticity x (scale elasticity + exponent of duties - 1) must stay below 1, or "
            "employment feeds on itself (found %g)",
            region_name(input, r), feedback);
    }
}

int theory_check_switches(const ent_theory_input_t *input, const ent_theory_options_t *options,
                          ent_context_t *ctx)
{
    const size_t before = ctx->n_faults + ctx->dropped;

    if (!(options->labour_elasticity >= 0.0) || !isfinite(options->labour_elasticity)) {
        (void)ent_fail(ctx, ENT_ERR_USAGE, THEORY_PLACE,
                       "the labour supply elasticity must be finite and not negative (found %g)",
                       options->labour_elasticity);
    }
    if (!(options->scale_elasticity >= 0.0) || !isfinite(options->scale_elasticity)) {
        (void)ent_fail(ctx, ENT_ERR_USAGE, THEORY_PLACE,
                       "the scale elasticity must be finite and not negative (found %g)",
                       options->scale_elasticity);
    }
    for (int s = 0; s < input->n_sector && ctx->n_faults + ctx->dropped == before; s++) {
        if (!(options->scale_elasticity * input->theta[s] < 1.0)) {
            (void)ent_fail(
                ctx, ENT_ERR_DATA, THEORY_PLACE,
                "%s: scale elasticity x trade elasticity must stay below 1, or equilibria are many "
                "(found %g x %g)",
                input->sector != NULL && input->sector[s] != NULL ? input->sector[s] : "a sector",
                options->scale_elasticity, input->theta[s]);
        }
    }
    for (int r = 0; r < input->n_region && ctx->n_faults + ctx->dropped < before + THEORY_MAX_FAULTS; r++) {
        check_region(input, options, r, ctx);
    }
    return ctx->n_faults + ctx->dropped > before ? ctx->code : ENT_OK;
}

/* ---- Local sales and pass-through ---- */

double theory_local(const ent_theory_t *model, size_t region)
{
    return model->local_share != NULL ? model->local_share[region] : 0.0;
}

double theory_duty_exponent(const ent_theory_t *model, size_t region)
{
    return model->duty_exponent != NULL ? model->duty_exponent[region] : 1.0;
}

double theory_size_effect(const ent_theory_t *model, size_t region, double log_expenditure, double log_wage)
{
    return model->duty_exponent != NULL ? (1.0 - model->duty_exponent[region]) * (log_expenditure - log_wage)
                                        : 0.0;
}

void theory_share_locally(const ent_theory_t *model, theory_work_t *work, size_t sector)
{
    const size_t n = (size_t)model->n_region, m = sector * n;

    for (size_t d = 0; d < n; d++) {
        work->received[m + d] = model->local_share[d] * work->spending[m + d];
    }
    for (size_t o = 0; o < n; o++) {
        const double *net = work->net + (m + o) * n;
        double abroad = 0.0;

        for (size_t d = 0; d < n; d++) {
            abroad += net[d] * work->received[m + d];
        }
        abroad *= work->weight[m + o];
        work->exports[o] -= abroad;
        work->output[m + o] -= abroad;
    }
    for (size_t d = 0; d < n; d++) {
        const double local = work->received[m + d] * work->imported[m + d];

        work->imports[d] -= local;
        work->output[m + d] += local;
    }
}

/* ---- Labour ---- */

double theory_log_keep(const ent_theory_t *model, size_t region, double wage_bill, double revenue)
{
    if (model->options.rebate != ENT_THEORY_INCOME_TAX) {
        return 0.0;
    }
    return log((1.0 - model->revenue[region] / model->value_added[region]) /
               fmax(1.0 - revenue / wage_bill, LEAST_KEEP));
}

static double consumer_price(const ent_theory_t *model, const theory_work_t *work, size_t region)
{
    const size_t n = (size_t)model->n_region;
    double price = 0.0;

    for (size_t s = 0; s < (size_t)model->n_sector; s++) {
        price += model->final_share[s * n + region] * work->state[n + s * n + region];
    }
    return price;
}

void theory_next_labour(const ent_theory_t *model, theory_work_t *work)
{
    const size_t n = (size_t)model->n_region;
    const double *wage = work->state;

    for (size_t r = 0; work->employment > 0 && r < n; r++) {
        const double keep = theory_log_keep(model, r, work->wage_bill[r], work->revenue[r]);
        const double next =
            model->options.labour_elasticity * (wage[r] + keep - consumer_price(model, work, r));

        work->next[work->employment + r] = next;
        theory_note_residual(work, next - work->state[work->employment + r], (int)r, -1);
    }
    for (size_t m = 0; work->labour > 0 && m < work->n_market; m++) {
        work->next[work->labour + m] = 0.0;
        if (model->output[m] > 0.0 && work->output[m] > 0.0) {
            const double next = log(work->output[m] / model->output[m]) - wage[m % n];

            work->next[work->labour + m] = next;
            theory_note_residual(work, next - work->state[work->labour + m], (int)(m % n), (int)(m / n));
        }
    }
}

/* ---- Utility ---- */

/* With U = C - b L^(1 + 1/kappa) / (1 + 1/kappa) and labour supplied so that (1 - tax) w / P = b L^(1/kappa),
 * the disutility of work is kappa / (1 + kappa) of the wage bill after tax. Duties that replace a tax leave
 * the new one at zero, so that the benchmark's was one less 1 / keep. */
double theory_utility(const ent_theory_t *model, size_t region, double income, double wage_bill,
                      double revenue, double log_price)
{
    const double kappa = model->options.labour_elasticity, share = kappa / (1.0 + kappa);
    const double keep = exp(-theory_log_keep(model, region, wage_bill, revenue));
    const double before = model->income[region] - share * keep * model->value_added[region];

    return before > 0.0 ? (income - share * wage_bill) / before * exp(-log_price) : NAN;
}

double theory_published_welfare(const ent_theory_t *model, size_t region, double income, double wage_bill,
                                double revenue, double log_price)
{
    const double kappa = model->options.labour_elasticity, share = kappa / (1.0 + kappa);
    const double keep = exp(-theory_log_keep(model, region, wage_bill, revenue));
    const double before = model->income[region] - share * keep * model->value_added[region];
    const double weight = model->income[region] / before;

    return before > 0.0 ? (weight * income / model->income[region] +
                           (1.0 - weight) * wage_bill / model->value_added[region]) *
                              exp(-log_price)
                        : NAN;
}
