/* One setting of the forecaster, by Kalman filter and smoother and by dense conditioning. */
#include "evidence/forecast_dense.h"

#include "base/memory.h"

#include <gsl/gsl_math.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { YEAR = 12, LEVEL = 0, DRIFT = 1, SEASON = 2, SCALES = SEASON + YEAR };
enum { MAX_STATE = SCALES + ENT_FORECAST_MAX_INPUTS };

typedef struct {
    const ent_dense_plan_t *plan;
    const ent_forecast_setting_t *setting;
    int n_state, n_told;
    double mean[MAX_STATE], variance[MAX_STATE * MAX_STATE];
    /* predicted state of every month, innovation and its variance (0: not observed) */
    double *means, *variances, *innovation, *spread;
} filter_t;

static double squared(double x)
{
    return x * x;
}

static void start(filter_t *f)
{
    const ent_forecast_series_t *series = f->plan->series;
    const ent_forecast_prior_t *p = f->plan->prior;
    const double s2 = squared(f->setting->scale);
    double *v = f->variance;
    const int n = f->n_state;

    memset(v, 0, sizeof f->variance);
    memset(f->mean, 0, sizeof f->mean);
    v[0] = s2 * (squared(p->initial) + squared(f->setting->level));
    v[DRIFT * n + DRIFT] = s2 * squared(p->drift / YEAR);
    for (int m = SEASON; m < SCALES; m++) {
        v[m * n + m] = s2 * squared(f->setting->season);
    }
    for (int k = 0; k < series->n_inputs; k++) {
        f->mean[SCALES + k] = series->input[k].mean;
        v[(SCALES + k) * n + SCALES + k] = squared(series->input[k].sd);
    }
}

/* y_t = centre + lent season + loading . state + e_t; returns the constant. */
static double loading(const filter_t *f, int t, double *z)
{
    const ent_forecast_series_t *series = f->plan->series;
    const int m = (series->first_month + t) % YEAR;

    memset(z, 0, MAX_STATE * sizeof *z);
    z[LEVEL] = 1.0;
    z[DRIFT] = (double)(t - series->origin);
    z[SEASON + m] = 1.0;
    for (int k = 0; k < series->n_inputs; k++) {
        z[SCALES + k] = ent_dense_input(series, f->setting->world, k, t);
    }
    return f->plan->centre + (series->season != NULL ? series->season[m] : 0.0);
}

/* Mean of y and P z; returns z'P z. */
static double project(const filter_t *f, const double *z, double constant, double *mean, double *pz)
{
    double quadratic = 0.0;

    *mean = constant;
    for (int i = 0; i < f->n_state; i++) {
        pz[i] = 0.0;
        *mean += z[i] * f->mean[i];
        for (int j = 0; j < f->n_state; j++) {
            pz[i] += f->variance[i * f->n_state + j] * z[j];
        }
    }
    for (int i = 0; i < f->n_state; i++) {
        quadratic += z[i] * pz[i];
    }
    return quadratic;
}

static void update(filter_t *f, const double *pz, double innovation, double spread)
{
    for (int i = 0; i < f->n_state; i++) {
        f->mean[i] += pz[i] * innovation / spread;
        for (int j = 0; j < f->n_state; j++) {
            f->variance[i * f->n_state + j] -= pz[i] * pz[j] / spread;
        }
    }
}

static void filter(filter_t *f, double *log_likelihood)
{
    const ent_forecast_series_t *series = f->plan->series;
    const double s2 = squared(f->setting->scale);
    const size_t n = (size_t)f->n_state;
    double sum = 0.0;

    for (int t = series->from; t <= series->origin; t++) {
        const size_t i = (size_t)(t - series->from);
        double z[MAX_STATE], pz[MAX_STATE], mean;

        memcpy(f->means + i * n, f->mean, n * sizeof(double));
        memcpy(f->variances + i * n * n, f->variance, n * n * sizeof(double));
        if (!isnan(series->y[t])) {
            const double spread = project(f, z, loading(f, t, z), &mean, pz);

            f->spread[i] = spread + s2 * f->plan->factor[t];
            f->innovation[i] = series->y[t] - mean;
            sum -= 0.5 * (log(2.0 * M_PI * f->spread[i]) + squared(f->innovation[i]) / f->spread[i]);
            update(f, pz, f->innovation[i], f->spread[i]);
        }
        f->variance[0] += s2 * squared(f->setting->level);
    }
    if (log_likelihood != NULL) {
        *log_likelihood = sum;
    }
}

static void tell(filter_t *f, double *mean, double *variance)
{
    const ent_forecast_series_t *series = f->plan->series;
    const double s2 = squared(f->setting->scale);

    for (int h = 0; h < series->horizon; h++) {
        double z[MAX_STATE], pz[MAX_STATE], here;
        const double constant = loading(f, series->origin + 1 + h, z);
        const double spread = project(f, z, constant, &here, pz);

        if (mean != NULL) {
            mean[h] = here;
        }
        if (variance != NULL) {
            variance[h] = spread + s2 * f->plan->future;
        }
        f->variance[0] += s2 * squared(f->setting->level);
    }
}

/* Backward recursion r_{t-1} = z v / F + (I - z P z' / F)' r_t; the state's mean is a_t + P_t r_{t-1} (Durbin
 * and Koopman 2012, equation 4.44). */
static void smooth(const filter_t *f, double *level)
{
    const ent_forecast_series_t *series = f->plan->series;
    const size_t n = (size_t)f->n_state;
    double r[MAX_STATE] = {0};

    for (int t = series->origin; t >= series->from; t--) {
        const size_t i = (size_t)(t - series->from);
        const double *a = f->means + i * n, *p = f->variances + i * n * n;
        double z[MAX_STATE], gain = 0.0, state[2];

        (void)loading(f, t, z);
        for (size_t j = 0; f->spread[i] > 0.0 && j < n; j++) {
            for (size_t k = 0; k < n; k++) {
                gain += p[j * n + k] * z[k] * r[j] / f->spread[i];
            }
        }
        for (size_t j = 0; f->spread[i] > 0.0 && j < n; j++) {
            r[j] += z[j] * (f->innovation[i] / f->spread[i] - gain);
        }
        for (size_t j = 0; j < 2; j++) {
            state[j] = a[j];
            for (size_t k = 0; k < n; k++) {
                state[j] += p[j * n + k] * r[k];
            }
        }
        level[i] = f->plan->centre + state[LEVEL] + z[DRIFT] * state[DRIFT];
    }
}

static int filter_init(filter_t *f, const ent_dense_plan_t *plan, const ent_forecast_setting_t *setting,
                       ent_context_t *ctx)
{
    const size_t told = (size_t)plan->series->origin - (size_t)plan->series->from + 1;
    const size_t n = (size_t)SCALES + (size_t)plan->series->n_inputs;

    *f = (filter_t){.plan = plan, .setting = setting, .n_state = (int)n, .n_told = (int)told};
    f->means = ent_calloc(ctx, told * n, sizeof(double));
    f->variances = ent_calloc(ctx, told * n * n, sizeof(double));
    f->innovation = ent_calloc(ctx, told, sizeof(double));
    f->spread = ent_calloc(ctx, told, sizeof(double));
    start(f);
    return f->means != NULL && f->variances != NULL && f->innovation != NULL && f->spread != NULL
               ? ENT_OK
               : ENT_ERR_NO_MEMORY;
}

int ent_forecast_kalman(const ent_forecast_series_t *series, const ent_forecast_prior_t *prior,
                        const ent_forecast_setting_t *setting, const double *variance_factor, double *mean,
                        double *variance, double *level, double *beta, double *log_likelihood,
                        ent_context_t *ctx)
{
    ent_dense_plan_t plan;
    filter_t f = {0};
    int code = ent_dense_plan_init(&plan, series, prior, variance_factor, ctx);

    if (code == ENT_OK) {
        code = filter_init(&f, &plan, setting, ctx);
    }
    if (code == ENT_OK) {
        filter(&f, log_likelihood);
        for (int k = 0; beta != NULL && k < series->n_inputs; k++) {
            beta[k] = f.mean[SCALES + k];
        }
        if (level != NULL) {
            smooth(&f, level);
        }
        tell(&f, mean, variance);
    }
    free(f.means);
    free(f.variances);
    free(f.innovation);
    free(f.spread);
    ent_dense_plan_free(&plan);
    return code;
}

/* ---- the same by dense conditioning ---- */

typedef struct {
    double *base, *carry, *root, *all_beta;
    gsl_vector *weights;
} dense_work_t;

static void dense_told(const ent_dense_plan_t *plan, const dense_work_t *work,
                       const ent_dense_scales_t *scales, double s, double *mean, double *variance)
{
    const int horizon = plan->series->horizon, n_inputs = plan->series->n_inputs;

    for (int h = 0; h < horizon; h++) {
        double m = work->base[h], v = 0.0;

        for (int j = 0; j <= h; j++) {
            v += squared(s * work->root[h * horizon + j]);
        }
        for (int l = 0; l < n_inputs; l++) {
            double along = 0.0;

            m += work->carry[h * n_inputs + l] * scales->beta[l];
            for (int k = 0; k < n_inputs; k++) {
                along += work->carry[h * n_inputs + k] * scales->root[k][l];
            }
            v += squared(along);
        }
        if (mean != NULL) {
            mean[h] = m;
        }
        if (variance != NULL) {
            variance[h] = v;
        }
    }
}

static void dense_level(const ent_dense_plan_t *plan, const ent_dense_t *dense, const gsl_vector *weights,
                        double *level)
{
    for (int t = plan->series->from; t <= plan->series->origin; t++) {
        double sum = plan->centre;

        for (int i = 0; i < plan->n; i++) {
            for (int part = ENT_PART_LEVEL; part <= ENT_PART_DRIFT; part++) {
                sum += gsl_vector_get(weights, (size_t)i) *
                       ent_dense_covariance(plan, dense->level, dense->season, part, t, plan->month[i]);
            }
        }
        level[t - plan->series->from] = sum;
    }
}

static int dense_work_init(dense_work_t *work, const ent_dense_plan_t *plan, ent_context_t *ctx)
{
    const ent_forecast_series_t *s = plan->series;
    const size_t h = (size_t)s->horizon, k = (size_t)s->n_inputs;

    *work = (dense_work_t){.weights = gsl_vector_alloc((size_t)plan->n)};
    work->base = ent_calloc(ctx, h, sizeof(double));
    work->carry = ent_calloc(ctx, h * k, sizeof(double));
    work->root = ent_calloc(ctx, h * h, sizeof(double));
    work->all_beta = ent_calloc(ctx, (size_t)s->n_worlds * k, sizeof(double));
    return work->weights != NULL && work->base != NULL && work->carry != NULL && work->root != NULL &&
                   work->all_beta != NULL
               ? ENT_OK
               : ENT_ERR_NO_MEMORY;
}

static void dense_work_free(dense_work_t *work)
{
    free(work->base);
    free(work->carry);
    free(work->root);
    free(work->all_beta);
    gsl_vector_free(work->weights);
}

int ent_forecast_dense(const ent_forecast_series_t *series, const ent_forecast_prior_t *prior,
                       const ent_forecast_setting_t *setting, const double *variance_factor, double *mean,
                       double *variance, double *level, double *beta, double *log_likelihood,
                       ent_context_t *ctx)
{
    ent_dense_plan_t plan;
    ent_dense_t dense = {0};
    dense_work_t work = {0};
    ent_dense_products_t products;
    ent_dense_scales_t scales;
    int code = ent_dense_plan_init(&plan, series, prior, variance_factor, ctx);

    code = code == ENT_OK ? dense_work_init(&work, &plan, ctx) : code;
    code = code == ENT_OK ? ent_dense_init(&dense, &plan, setting->level, setting->season, ctx) : code;
    if (code == ENT_OK && series->horizon > 0) {
        code = ent_dense_path_root(&dense, &plan, work.root, ctx);
    }
    if (code == ENT_OK) {
        const size_t k = (size_t)series->n_inputs;

        ent_dense_products(&dense, &plan, setting->world, &products);
        ent_dense_scales(&plan, &products, dense.log_det, setting->scale, &scales);
        memcpy(work.all_beta + (size_t)setting->world * k, scales.beta, k * sizeof(double));
        ent_dense_weights(&dense, &plan, 1.0, work.all_beta, work.weights);
        ent_dense_told(&dense, &plan, setting->world, work.base, work.carry);
        dense_told(&plan, &work, &scales, setting->scale, mean, variance);
        if (level != NULL) {
            dense_level(&plan, &dense, work.weights, level);
        }
        if (beta != NULL) {
            memcpy(beta, scales.beta, k * sizeof(double));
        }
        if (log_likelihood != NULL) {
            *log_likelihood = scales.log_likelihood;
        }
    }
    ent_dense_free(&dense);
    dense_work_free(&work);
    ent_dense_plan_free(&plan);
    return code;
}
