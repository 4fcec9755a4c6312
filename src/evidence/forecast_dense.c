#include "evidence/forecast_dense.h"

#include "base/memory.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { YEAR = 12, MAX = ENT_FORECAST_MAX_INPUTS };

/* ---- the series ---- */

double ent_dense_input(const ent_forecast_series_t *series, int world, int input, int month)
{
    const ent_forecast_input_t *i = &series->input[input];

    return i->x[(i->by_world ? (size_t)world * (size_t)series->n_months : 0) + (size_t)month];
}

static int calendar_month(const ent_forecast_series_t *series, int month)
{
    return (series->first_month + month) % YEAR;
}

static double lent(const ent_forecast_series_t *series, int month)
{
    return series->season != NULL ? series->season[calendar_month(series, month)] : 0.0;
}

static void find_months(ent_dense_plan_t *plan)
{
    const ent_forecast_series_t *series = plan->series;
    double sum = 0.0;

    for (int t = series->from; t <= series->origin; t++) {
        if (!isnan(series->y[t])) {
            plan->month[plan->n++] = t;
            sum += series->y[t];
        }
    }
    plan->centre = plan->n > 0 ? sum / plan->n : NAN;
}

int ent_dense_plan_init(ent_dense_plan_t *plan, const ent_forecast_series_t *series,
                        const ent_forecast_prior_t *prior, const double *variance_factor, ent_context_t *ctx)
{
    const size_t n = (size_t)series->n_months;

    *plan = (ent_dense_plan_t){.series = series, .prior = prior};
    plan->month = ent_calloc(ctx, n, sizeof *plan->month);
    plan->factor = ent_calloc(ctx, n, sizeof *plan->factor);
    if (plan->month == NULL || plan->factor == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (size_t t = 0; t < n; t++) {
        plan->factor[t] = variance_factor != NULL ? variance_factor[t] : 1.0;
    }
    /* a Student variable of more than two degrees of freedom has the variance nu / (nu - 2) */
    plan->future = prior->tails > 2.0 ? prior->tails / (prior->tails - 2.0) : 1.0;
    find_months(plan);
    plan->n_columns = 1 + series->n_worlds * series->n_inputs + series->horizon;
    return plan->n >= 2 ? ENT_OK
                        : ent_fail(ctx, ENT_ERR_DATA, "forecast", "needs two observed months, there %s %d",
                                   plan->n == 1 ? "is" : "are", plan->n);
}

void ent_dense_plan_free(ent_dense_plan_t *plan)
{
    free(plan->month);
    free(plan->factor);
    *plan = (ent_dense_plan_t){0};
}

/* ---- covariances ---- */

double ent_dense_covariance(const ent_dense_plan_t *plan, double level, double season, int part, int a, int b)
{
    const ent_forecast_series_t *s = plan->series;
    const ent_forecast_prior_t *p = plan->prior;
    const double drift = p->drift / YEAR;

    switch (part) {
    case ENT_PART_LEVEL:
        return p->initial * p->initial + level * level * (double)((a < b ? a : b) - s->from + 1);
    case ENT_PART_DRIFT:
        return drift * drift * (double)(a - s->origin) * (double)(b - s->origin);
    case ENT_PART_SEASON:
        return calendar_month(s, a) == calendar_month(s, b) ? season * season : 0.0;
    default:
        return 0.0;
    }
}

static double covariance(const ent_dense_plan_t *plan, const ent_dense_t *dense, int a, int b)
{
    double sum = 0.0;

    for (int part = ENT_PART_LEVEL; part <= ENT_PART_SEASON; part++) {
        sum += ent_dense_covariance(plan, dense->level, dense->season, part, a, b);
    }
    return sum;
}

static void fill_columns(ent_dense_t *dense, const ent_dense_plan_t *plan)
{
    const ent_forecast_series_t *s = plan->series;

    for (int i = 0; i < plan->n; i++) {
        const int t = plan->month[i];
        double *row = gsl_matrix_ptr(dense->white, (size_t)i, 0);

        *row++ = s->y[t] - plan->centre - lent(s, t);
        for (int w = 0; w < s->n_worlds; w++) {
            for (int k = 0; k < s->n_inputs; k++) {
                *row++ = ent_dense_input(s, w, k, t);
            }
        }
        for (int h = 0; h < s->horizon; h++) {
            *row++ = covariance(plan, dense, t, s->origin + 1 + h);
        }
        for (int j = 0; j <= i; j++) {
            gsl_matrix_set(dense->lower, (size_t)i, (size_t)j, covariance(plan, dense, t, plan->month[j]));
        }
        *gsl_matrix_ptr(dense->lower, (size_t)i, (size_t)i) += plan->factor[t];
    }
}

int ent_dense_init(ent_dense_t *dense, const ent_dense_plan_t *plan, double level, double season,
                   ent_context_t *ctx)
{
    const size_t n = (size_t)plan->n;

    *dense = (ent_dense_t){.level = level, .season = season};
    dense->lower = gsl_matrix_alloc(n, n);
    dense->white = gsl_matrix_alloc(n, (size_t)plan->n_columns);
    if (dense->lower == NULL || dense->white == NULL) {
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, "forecast", "out of memory for %zu months", n);
    }
    fill_columns(dense, plan);
    if (gsl_linalg_cholesky_decomp1(dense->lower) != 0) {
        return ent_fail(ctx, ENT_ERR_DATA, "forecast", "the covariance of %zu months is singular", n);
    }
    for (size_t i = 0; i < n; i++) {
        dense->log_det += log(gsl_matrix_get(dense->lower, i, i));
    }
    (void)gsl_blas_dtrsm(CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, 1.0, dense->lower, dense->white);
    return ENT_OK;
}

void ent_dense_free(ent_dense_t *dense)
{
    gsl_matrix_free(dense->lower);
    gsl_matrix_free(dense->white);
    *dense = (ent_dense_t){0};
}

/* ---- beyond the origin ---- */

static size_t told_column(const ent_dense_plan_t *plan)
{
    return (size_t)(plan->n_columns - plan->series->horizon);
}

int ent_dense_path_root(const ent_dense_t *dense, const ent_dense_plan_t *plan, double *root,
                        ent_context_t *ctx)
{
    const int horizon = plan->series->horizon, first = plan->series->origin + 1;
    const size_t n = (size_t)plan->n, h = (size_t)horizon;
    gsl_matrix_view out = gsl_matrix_view_array(root, h, h);
    const gsl_matrix_const_view v = gsl_matrix_const_submatrix(dense->white, 0, told_column(plan), n, h);

    for (int a = 0; a < horizon; a++) {
        for (int b = 0; b < horizon; b++) {
            root[a * horizon + b] =
                covariance(plan, dense, first + a, first + b) + (a == b ? plan->future : 0.0);
        }
    }
    (void)gsl_blas_dsyrk(CblasLower, CblasTrans, -1.0, &v.matrix, 1.0, &out.matrix);
    if (gsl_linalg_cholesky_decomp1(&out.matrix) != 0) {
        return ent_fail(ctx, ENT_ERR_DATA, "forecast", "the covariance of the months told is singular");
    }
    for (size_t a = 0; a < h; a++) { /* the upper half keeps what it was factored from */
        for (size_t b = a + 1; b < h; b++) {
            gsl_matrix_set(&out.matrix, a, b, 0.0);
        }
    }
    return ENT_OK;
}

void ent_dense_told(const ent_dense_t *dense, const ent_dense_plan_t *plan, int world, double *base,
                    double *carry)
{
    const ent_forecast_series_t *s = plan->series;
    const size_t inputs = 1 + (size_t)(world * s->n_inputs);

    for (int h = 0; h < s->horizon; h++) {
        const int t = s->origin + 1 + h;
        const size_t column = told_column(plan) + (size_t)h;

        base[h] = plan->centre + lent(s, t);
        for (int k = 0; k < s->n_inputs; k++) {
            carry[h * s->n_inputs + k] = ent_dense_input(s, world, k, t);
        }
        for (size_t i = 0; i < (size_t)plan->n; i++) {
            const double v = gsl_matrix_get(dense->white, i, column);

            base[h] += v * gsl_matrix_get(dense->white, i, 0);
            for (int k = 0; k < s->n_inputs; k++) {
                carry[h * s->n_inputs + k] -= v * gsl_matrix_get(dense->white, i, inputs + (size_t)k);
            }
        }
    }
}

/* ---- scales ---- */

void ent_dense_products(const ent_dense_t *dense, const ent_dense_plan_t *plan, int world,
                        ent_dense_products_t *products)
{
    const int n_inputs = plan->series->n_inputs;

    *products = (ent_dense_products_t){0};
    for (size_t i = 0; i < (size_t)plan->n; i++) {
        const double *row = gsl_matrix_const_ptr(dense->white, i, 0);
        const double *x = row + 1 + world * n_inputs;
        double z = row[0];

        for (int k = 0; k < n_inputs; k++) {
            z -= plan->series->input[k].mean * x[k];
        }
        products->q += z * z;
        for (int k = 0; k < n_inputs; k++) {
            products->g[k] += x[k] * z;
            for (int l = 0; l <= k; l++) {
                products->cross[k][l] += x[k] * x[l];
            }
        }
    }
    for (int k = 0; k < n_inputs; k++) {
        for (int l = 0; l < k; l++) {
            products->cross[l][k] = products->cross[k][l];
        }
    }
}

/* Scales in units of their priors' spread u: beta = mean + sd u, u ~ N(0, I), so that a scale that is fixed
 * (sd 0) needs no case of its own. A = I + D X'X D / s^2 = C C'; u = A^-1 D X'z / s^2. */
void ent_dense_scales(const ent_dense_plan_t *plan, const ent_dense_products_t *products, double log_det,
                      double s, ent_dense_scales_t *scales)
{
    const int n_inputs = plan->series->n_inputs;
    const ent_forecast_input_t *input = plan->series->input;
    const double precision = 1.0 / (s * s);
    double data[MAX * MAX], u[MAX], root[MAX * MAX] = {0}, half_log_det = 0.0;
    const size_t size = (size_t)(n_inputs > 0 ? n_inputs : 1);
    gsl_matrix_view a = gsl_matrix_view_array(data, size, size);
    gsl_vector_view uv = gsl_vector_view_array(u, size);
    gsl_matrix_view r = gsl_matrix_view_array(root, size, size);

    *scales = (ent_dense_scales_t){.quadratic = products->q};
    data[0] = 1.0;
    u[0] = 0.0;
    for (int k = 0; k < n_inputs; k++) {
        u[k] = input[k].sd * products->g[k] * precision;
        for (int l = 0; l < n_inputs; l++) {
            data[k * n_inputs + l] =
                (k == l ? 1.0 : 0.0) + input[k].sd * products->cross[k][l] * input[l].sd * precision;
        }
    }
    (void)gsl_linalg_cholesky_decomp1(&a.matrix);
    (void)gsl_linalg_cholesky_svx(&a.matrix, &uv.vector);
    gsl_matrix_set_identity(&r.matrix);
    (void)gsl_blas_dtrsm(CblasLeft, CblasLower, CblasTrans, CblasNonUnit, 1.0, &a.matrix, &r.matrix);
    for (int k = 0; k < n_inputs; k++) {
        half_log_det += log(data[k * n_inputs + k]);
        scales->quadratic -= input[k].sd * products->g[k] * u[k];
        scales->beta[k] = input[k].mean + input[k].sd * u[k];
        for (int l = 0; l < n_inputs; l++) {
            scales->root[k][l] = input[k].sd * root[k * n_inputs + l];
        }
    }
    scales->log_likelihood = -plan->n * (log(s) + 0.5 * log(2.0 * M_PI)) - log_det -
                             0.5 * scales->quadratic * precision - half_log_det;
}

void ent_dense_weights(const ent_dense_t *dense, const ent_dense_plan_t *plan, double share,
                       const double *beta, gsl_vector *weights)
{
    const int n_columns = plan->series->n_worlds * plan->series->n_inputs;

    for (size_t i = 0; i < (size_t)plan->n; i++) {
        const double *row = gsl_matrix_const_ptr(dense->white, i, 0);
        double z = share * row[0];

        for (int c = 0; c < n_columns; c++) {
            z -= beta[c] * row[1 + c];
        }
        gsl_vector_set(weights, i, z);
    }
    (void)gsl_blas_dtrsv(CblasLower, CblasTrans, CblasNonUnit, dense->lower, weights);
}
