/* The forecaster's mixture: settings of level and season, noise and worlds, each by its likelihood. */
#include "evidence/forecast_dense.h"

#include "base/memory.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { YEAR = 12, MAX = ENT_FORECAST_MAX_INPUTS, ROUNDS = 4 };
static const double negligible =
    1e-3; /* weight of a component over the largest, below which it is left out */

ent_forecast_prior_t ent_forecast_prior(void)
{
    return (ent_forecast_prior_t){.n_level = 6,
                                  .n_season = 3,
                                  .level = {0.05, 0.12, 0.25, 0.45, 0.8, 1.4},
                                  .season = {0.5, 1.2, 2.5},
                                  .initial = 3.0,
                                  .drift = 0.35,
                                  .noise = 0.06,
                                  .noise_months = 2.0,
                                  .n_scale = 5,
                                  .tails = 0.0};
}

typedef struct {
    ent_dense_plan_t plan;
    ent_forecast_t *out;
    ent_dense_t *dense; /* [setting] */
    int *first, *kept;  /* [setting][world] first component and number kept */
    gsl_vector *weights;
    double *beta_sum; /* [world][input] */
    ent_context_t *ctx;
} fit_t;

/* ---- noise with long tails ---- */

/* Factors of the noise's variance by expectation-maximisation for Student errors (Lange, Little and Taylor
 * 1989): with residual e_t given all months, E[e_t^2] = mean^2 + variance and the factor is
 * (nu + E[e_t^2] / s^2) / (nu + 1). */
static void new_factors(ent_dense_plan_t *plan, const gsl_vector *weights, const gsl_matrix *inverse,
                        double s)
{
    const double nu = plan->prior->tails;

    for (int i = 0; i < plan->n; i++) {
        const int t = plan->month[i];
        const double v = plan->factor[t];
        const double mean = v * gsl_vector_get(weights, (size_t)i) / s;
        const double variance = v - v * v * gsl_matrix_get(inverse, (size_t)i, (size_t)i);

        plan->factor[t] = (nu + mean * mean + fmax(variance, 0.0)) / (nu + 1.0);
    }
}

/* s at the mode of its posterior, scales integrated out. */
static double noise_mode(const ent_dense_plan_t *plan, const ent_dense_products_t *products,
                         ent_dense_scales_t *scales)
{
    const double months = plan->prior->noise_months, n = (double)plan->n + months;
    const double prior = months * plan->prior->noise * plan->prior->noise;
    double s = sqrt((products->q + prior) / n);

    for (int i = 0; i < ROUNDS; i++) {
        ent_dense_scales(plan, products, 0.0, s, scales);
        s = sqrt((fmax(scales->quadratic, 0.0) + prior) / n);
    }
    return s;
}

static int one_round(fit_t *fit, double level, double season)
{
    ent_dense_t dense = {0};
    ent_dense_products_t products;
    ent_dense_scales_t scales;
    const int n_inputs = fit->plan.series->n_inputs;
    int code = ent_dense_init(&dense, &fit->plan, level, season, fit->ctx);

    if (code == ENT_OK) {
        ent_dense_products(&dense, &fit->plan, 0, &products);
        const double s = noise_mode(&fit->plan, &products, &scales);
        memset(fit->beta_sum, 0, (size_t)(fit->plan.series->n_worlds * n_inputs) * sizeof(double));
        memcpy(fit->beta_sum, scales.beta, (size_t)n_inputs * sizeof(double));
        ent_dense_weights(&dense, &fit->plan, 1.0, fit->beta_sum, fit->weights);
        (void)gsl_linalg_cholesky_invert(dense.lower);
        new_factors(&fit->plan, fit->weights, dense.lower, s);
    }
    ent_dense_free(&dense);
    return code;
}

static int find_tails(fit_t *fit)
{
    const ent_forecast_prior_t *p = fit->plan.prior;
    int code = ENT_OK;

    for (int i = 0; p->tails > 0.0 && i < ROUNDS && code == ENT_OK; i++) {
        code = one_round(fit, p->level[p->n_level / 2], p->season[p->n_season / 2]);
    }
    return code;
}

/* ---- components ---- */

static double log_prior(const ent_forecast_prior_t *p, double s)
{
    return -p->noise_months * log(s) - 0.5 * p->noise_months * p->noise * p->noise / (s * s);
}

/* Points of the quadrature over ln s about its mode, one standard deviation of a normal likelihood apart. */
static double scale_point(const ent_dense_plan_t *plan, double mode, int point)
{
    const double step = 1.0 / sqrt(2.0 * ((double)plan->n + plan->prior->noise_months));

    const int middle = plan->prior->n_scale / 2;
    return mode * exp(step * (double)(point - middle));
}

static void add_components(fit_t *fit, int setting, int world)
{
    ent_forecast_t *out = fit->out;
    const ent_dense_plan_t *plan = &fit->plan;
    ent_dense_products_t products;
    ent_dense_scales_t scales;
    double mode;

    ent_dense_products(&fit->dense[setting], plan, world, &products);
    mode = noise_mode(plan, &products, &scales);
    for (int point = 0; point < plan->prior->n_scale; point++) {
        const size_t j = (size_t)out->n_components++, k = (size_t)out->n_inputs;
        const double s = scale_point(plan, mode, point);

        ent_dense_scales(plan, &products, fit->dense[setting].log_det, s, &scales);
        out->setting[j] = setting;
        out->world[j] = world;
        out->scale[j] = s;
        out->weight[j] = scales.log_likelihood + log_prior(plan->prior, s);
        memcpy(out->beta + j * k, scales.beta, k * sizeof(double));
        for (size_t i = 0; i < k; i++) {
            memcpy(out->root + (j * k + i) * k, scales.root[i], k * sizeof(double));
        }
    }
}

/* Keep a component: its place moves to the front. */
static void keep(ent_forecast_t *out, size_t from, size_t to)
{
    const size_t k = (size_t)out->n_inputs;

    out->weight[to] = out->weight[from];
    out->scale[to] = out->scale[from];
    out->setting[to] = out->setting[from];
    out->world[to] = out->world[from];
    memmove(out->beta + to * k, out->beta + from * k, k * sizeof(double));
    memmove(out->root + to * k * k, out->root + from * k * k, k * k * sizeof(double));
}

/* Log weights to weights; the components that hardly count leave. */
static void normalise(ent_forecast_t *out)
{
    double largest = -INFINITY, sum = 0.0, kept_sum = 0.0;
    size_t kept = 0;

    for (int j = 0; j < out->n_components; j++) {
        largest = fmax(largest, out->weight[j]);
    }
    for (int j = 0; j < out->n_components; j++) {
        const double weight = exp(out->weight[j] - largest);

        sum += weight;
        if (weight >= negligible) {
            keep(out, (size_t)j, kept);
            out->weight[kept++] = weight;
            kept_sum += weight;
        }
    }
    out->evidence = largest + log(sum / (double)out->n_components);
    out->n_components = (int)kept;
    for (size_t j = 0; j < kept; j++) {
        out->weight[j] /= kept_sum;
        out->world_weight[out->world[j]] += out->weight[j];
    }
}

/* Information of the months on the scales, weighted over components (their prior left out). */
static void add_information(fit_t *fit)
{
    ent_forecast_t *out = fit->out;
    const int k = out->n_inputs;

    for (int j = 0; j < out->n_components; j++) {
        ent_dense_products_t products;
        const double weight = out->weight[j] / (out->scale[j] * out->scale[j]);

        ent_dense_products(&fit->dense[out->setting[j]], &fit->plan, out->world[j], &products);
        for (int a = 0; a < k; a++) {
            out->score[a] += weight * products.g[a];
            for (int b = 0; b < k; b++) {
                out->information[a * k + b] += weight * products.cross[a][b];
            }
        }
    }
}

/* ---- parts ---- */

static double *part_of(const ent_forecast_t *out, int part)
{
    return out->part + (size_t)part * (size_t)(out->origin - out->from + 1 + out->horizon);
}

static void add_setting_parts(fit_t *fit, int setting, double share)
{
    const ent_dense_plan_t *plan = &fit->plan;
    const ent_dense_t *dense = &fit->dense[setting];
    ent_forecast_t *out = fit->out;
    const int told = out->origin - out->from + 1 + out->horizon;

    ent_dense_weights(dense, plan, share, fit->beta_sum, fit->weights);
    for (int i = 0; i < plan->n; i++) {
        const double weight = gsl_vector_get(fit->weights, (size_t)i);
        const int month = plan->month[i];

        part_of(out, ENT_PART_UNEXPLAINED)[month - out->from] += weight * plan->factor[month];
        for (int part = ENT_PART_LEVEL; part <= ENT_PART_SEASON; part++) {
            for (int t = 0; t < told; t++) {
                part_of(out, part)[t] += weight * ent_dense_covariance(plan, dense->level, dense->season,
                                                                       part, out->from + t, month);
            }
        }
    }
}

static void add_input_parts(fit_t *fit, double *sum_of_beta)
{
    ent_forecast_t *out = fit->out;
    const int told = out->origin - out->from + 1 + out->horizon;

    for (int w = 0; w < out->n_worlds; w++) {
        for (int k = 0; k < out->n_inputs; k++) {
            for (int t = 0; t < told; t++) {
                part_of(out, ENT_N_PARTS + k)[t] += sum_of_beta[w * out->n_inputs + k] *
                                                    ent_dense_input(fit->plan.series, w, k, out->from + t);
            }
        }
    }
}

/* Means of the parts over all components, month by month; linear in the weights of every setting. */
static void find_parts(fit_t *fit, double *all_beta)
{
    ent_forecast_t *out = fit->out;
    const ent_forecast_series_t *series = fit->plan.series;
    const size_t n = (size_t)out->n_worlds * (size_t)out->n_inputs;
    const int told = out->origin - out->from + 1 + out->horizon;

    for (int h = 0; h < out->n_settings; h++) {
        double share = 0.0;

        memset(fit->beta_sum, 0, n * sizeof(double));
        for (int j = 0; j < out->n_components; j++) {
            if (out->setting[j] == h) {
                share += out->weight[j];
                for (int k = 0; k < out->n_inputs; k++) {
                    fit->beta_sum[out->world[j] * out->n_inputs + k] +=
                        out->weight[j] * out->beta[j * out->n_inputs + k];
                }
            }
        }
        if (share > 0.0) {
            add_setting_parts(fit, h, share);
        }
        for (size_t i = 0; i < n; i++) {
            all_beta[i] += fit->beta_sum[i];
        }
    }
    add_input_parts(fit, all_beta);
    for (int t = 0; t < told; t++) {
        const int m = (series->first_month + out->from + t) % YEAR;

        part_of(out, ENT_PART_LEVEL)[t] += fit->plan.centre;
        part_of(out, ENT_PART_SEASON)[t] += series->season != NULL ? series->season[m] : 0.0;
        out->season_mean[m] = part_of(out, ENT_PART_SEASON)[t];
    }
}

/* ---- all together ---- */

static int make_arrays(ent_forecast_t *out, const ent_forecast_series_t *series,
                       const ent_forecast_prior_t *prior, ent_context_t *ctx)
{
    const size_t k = (size_t)series->n_inputs, h = (size_t)series->horizon, w = (size_t)series->n_worlds;
    const size_t settings = (size_t)prior->n_level * (size_t)prior->n_season;
    const size_t components = settings * w * (size_t)prior->n_scale;
    const size_t told = (size_t)(series->origin - series->from + 1) + h;
    double **const array[] = {&out->weight,       &out->scale,       &out->beta,        &out->root,
                              &out->base,         &out->carry,       &out->path_root,   &out->part,
                              &out->world_weight, &out->season_mean, &out->information, &out->score};
    const size_t size[] = {components,
                           components,
                           components * k,
                           components * k * k,
                           settings * h,
                           settings * w * h * k,
                           settings * h * h,
                           (ENT_N_PARTS + k) * told,
                           w,
                           YEAR,
                           k * k,
                           k};
    int code = ENT_OK;

    for (size_t i = 0; i < sizeof array / sizeof *array; i++) {
        *array[i] = ent_calloc(ctx, size[i], sizeof(double));
        code = *array[i] == NULL ? ENT_ERR_NO_MEMORY : code;
    }
    out->setting = ent_calloc(ctx, components, sizeof(int));
    out->world = ent_calloc(ctx, components, sizeof(int));
    return out->setting == NULL || out->world == NULL ? ENT_ERR_NO_MEMORY : code;
}

static int condition(fit_t *fit, int setting)
{
    const ent_forecast_prior_t *prior = fit->plan.prior;
    ent_forecast_t *out = fit->out;
    const size_t h = (size_t)out->horizon, k = (size_t)out->n_inputs;
    const size_t place = (size_t)setting;
    int code = ent_dense_init(&fit->dense[setting], &fit->plan, prior->level[setting / prior->n_season],
                              prior->season[setting % prior->n_season], fit->ctx);

    if (code == ENT_OK && h > 0) {
        code =
            ent_dense_path_root(&fit->dense[setting], &fit->plan, out->path_root + place * h * h, fit->ctx);
    }
    for (int w = 0; code == ENT_OK && w < out->n_worlds; w++) {
        ent_dense_told(&fit->dense[setting], &fit->plan, w, out->base + place * h,
                       out->carry + (place * (size_t)out->n_worlds + (size_t)w) * h * k);
        add_components(fit, setting, w);
    }
    return code;
}

static int learn(fit_t *fit)
{
    ent_forecast_t *out = fit->out;
    const size_t scales = (size_t)out->n_worlds * (size_t)out->n_inputs;
    double *all_beta = ent_calloc(fit->ctx, scales, sizeof(double));
    int code;

    fit->dense = ent_calloc(fit->ctx, (size_t)out->n_settings, sizeof *fit->dense);
    fit->beta_sum = ent_calloc(fit->ctx, scales, sizeof(double));
    fit->weights = gsl_vector_alloc((size_t)fit->plan.n);
    code = all_beta == NULL || fit->dense == NULL || fit->beta_sum == NULL || fit->weights == NULL
               ? ENT_ERR_NO_MEMORY
               : find_tails(fit);
    for (int h = 0; code == ENT_OK && h < out->n_settings; h++) {
        code = condition(fit, h);
    }
    if (code == ENT_OK) {
        normalise(out);
        add_information(fit);
        find_parts(fit, all_beta);
    }
    for (int h = 0; fit->dense != NULL && h < out->n_settings; h++) {
        ent_dense_free(&fit->dense[h]);
    }
    free(fit->dense);
    free(fit->beta_sum);
    free(all_beta);
    gsl_vector_free(fit->weights);
    return code;
}

int ent_forecast(ent_forecast_t *self, const ent_forecast_series_t *series, const ent_forecast_prior_t *prior,
                 ent_context_t *ctx)
{
    fit_t fit = {.out = self, .ctx = ctx};
    int code;

    *self = (ent_forecast_t){.n_inputs = series->n_inputs,
                             .horizon = series->horizon,
                             .n_settings = prior->n_level * prior->n_season,
                             .n_worlds = series->n_worlds,
                             .from = series->from,
                             .origin = series->origin};
    code = make_arrays(self, series, prior, ctx);
    if (code == ENT_OK) {
        code = ent_dense_plan_init(&fit.plan, series, prior, NULL, ctx);
        code = code == ENT_OK ? learn(&fit) : code;
        ent_dense_plan_free(&fit.plan);
    }
    return code;
}

void ent_forecast_free(ent_forecast_t *self)
{
    free(self->weight);
    free(self->scale);
    free(self->setting);
    free(self->world);
    free(self->beta);
    free(self->root);
    free(self->base);
    free(self->carry);
    free(self->path_root);
    free(self->part);
    free(self->world_weight);
    free(self->season_mean);
    free(self->information);
    free(self->score);
    *self = (ent_forecast_t){0};
}
