/* Regression and rank correlation of an outcome on the factors. */
#include "study/sensitivity.h"

#include "base/memory.h"

#include <gsl/gsl_linalg.h>
#include <gsl/gsl_multifit.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void ent_ranks(const double *value, double *rank, size_t *order, size_t n)
{
    gsl_sort_index(order, value, 1, n);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && !(value[order[j]] > value[order[i]]); j++) {
        }
        for (size_t t = i; t < j; t++) {
            rank[order[t]] = 0.5 * (double)(i + 1 + j);
        }
    }
}

/* To mean 0 and variance 1; 0 when the column does not move. */
static int standardise(double *value, size_t stride, size_t n)
{
    const double mean = gsl_stats_mean(value, stride, n), sd = gsl_stats_sd(value, stride, n);
    for (size_t i = 0; i < n; i++) {
        value[i * stride] = sd > 0.0 ? (value[i * stride] - mean) / sd : 0.0;
    }
    return sd > 0.0;
}

/* Least squares of standardised y on standardised columns x [n][k]: coefficients, r2, and with `partial` the
 * partial correlations t / sqrt(t^2 + n - k - 1). */
static int fit(const double *x, const double *y, size_t n, size_t k, double *coefficient, double *partial,
               double *r2)
{
    gsl_matrix_const_view columns = gsl_matrix_const_view_array(x, n, k);
    gsl_vector_const_view left = gsl_vector_const_view_array(y, n);
    gsl_vector_view c = gsl_vector_view_array(coefficient, k);
    gsl_matrix *covariance = gsl_matrix_alloc(k, k);
    gsl_multifit_linear_workspace *work = gsl_multifit_linear_alloc(n, k);
    double squares = 0.0;
    int rc = -1;
    if (covariance != NULL && work != NULL &&
        gsl_multifit_linear(&columns.matrix, &left.vector, &c.vector, covariance, &squares, work) == 0 &&
        gsl_multifit_linear_rank(1e-10, work) == k) {
        rc = 0;
        *r2 = 1.0 - squares / gsl_stats_tss_m(y, 1, n, 0.0);
        for (size_t i = 0; partial != NULL && i < k; i++) {
            const double t = coefficient[i] / sqrt(gsl_matrix_get(covariance, i, i));
            partial[i] = t / sqrt(t * t + (double)(n - k));
        }
    }
    gsl_multifit_linear_free(work);
    gsl_matrix_free(covariance);
    return rc;
}

/* The known rows, as columns to standardise. */
typedef struct {
    size_t n, k;
    double *x, *y, *column, *rank;
    size_t *order;
} work_t;

static void work_free(work_t *w)
{
    free(w->x);
    free(w->y);
    free(w->column);
    free(w->order);
}

static int work_init(work_t *w, const ent_sample_t *sample, ent_context_t *ctx)
{
    const size_t n = (size_t)sample->n, k = (size_t)sample->k;
    *w = (work_t){.k = k,
                  .x = ent_calloc(ctx, n * k + 1, sizeof *w->x),
                  .y = ent_calloc(ctx, n + 1, sizeof *w->y),
                  .column = ent_calloc(ctx, 2 * n + 1, sizeof *w->column),
                  .order = ent_calloc(ctx, n + 1, sizeof *w->order)};
    if (w->x == NULL || w->y == NULL || w->column == NULL || w->order == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    w->rank = w->column + n;
    for (size_t i = 0; i < n; i++) {
        if (isfinite(sample->y[i])) {
            memcpy(w->x + w->n * k, sample->u + i * k, k * sizeof *w->x);
            w->y[w->n++] = sample->y[i];
        }
    }
    return 0;
}

static void to_ranks(work_t *w)
{
    for (size_t f = 0; f <= w->k; f++) {
        for (size_t i = 0; i < w->n; i++) {
            w->column[i] = f < w->k ? w->x[i * w->k + f] : w->y[i];
        }
        ent_ranks(w->column, w->rank, w->order, w->n);
        for (size_t i = 0; i < w->n; i++) {
            *(f < w->k ? &w->x[i * w->k + f] : &w->y[i]) = w->rank[i];
        }
    }
}

/* Standardise all columns and fit; 0 when the factors can be told apart. */
static int fit_columns(work_t *w, double *coefficient, double *partial, double *r2)
{
    int moves = standardise(w->y, 1, w->n);
    for (size_t f = 0; f < w->k; f++) {
        moves &= standardise(w->x + f, w->k, w->n);
    }
    return moves ? fit(w->x, w->y, w->n, w->k, coefficient, partial, r2) : -1;
}

int ent_regression(const ent_sample_t *sample, ent_regression_t *coefficient, double r2[2],
                   ent_context_t *ctx)
{
    work_t w;
    int code = work_init(&w, sample, ctx);
    double *out = ent_calloc(ctx, 3 * (size_t)sample->k + 1, sizeof *out);
    if (code == 0 && out == NULL) {
        code = ENT_ERR_NO_MEMORY;
    }
    if (code == 0 && w.n < w.k + 3) {
        code = ent_fail(ctx, ENT_ERR_DATA, "sensitivity", "%zu rows are too few to tell %zu factors apart",
                        w.n, w.k);
    }
    if (code == 0) {
        const double mean = gsl_stats_mean(w.y, 1, w.n), sd = gsl_stats_sd(w.y, 1, w.n);
        double *spread = out + 2 * w.k;
        for (size_t f = 0; f < w.k; f++) {
            spread[f] = gsl_stats_sd(w.x + f, w.k, w.n);
        }
        int rc = fit_columns(&w, out, NULL, &r2[0]);
        for (size_t f = 0; rc == 0 && f < w.k; f++) {
            /* from the factor's centre by 0.45 of its range either way */
            const double swing = out[f] * sd * 0.45 / spread[f];
            coefficient[f] = (ent_regression_t){.src = out[f], .low = mean - swing, .high = mean + swing};
        }
        to_ranks(&w);
        rc = rc == 0 ? fit_columns(&w, out, out + w.k, &r2[1]) : rc;
        for (size_t f = 0; rc == 0 && f < w.k; f++) {
            coefficient[f].srrc = out[f];
            coefficient[f].prcc = out[w.k + f];
        }
        if (rc != 0) {
            code = ent_fail(
                ctx, ENT_ERR_DATA, "sensitivity",
                "the factors cannot be told apart: one of them, or the outcome, does not move, or two move "
                "together");
        }
    }
    free(out);
    work_free(&w);
    return code;
}
