#include "evidence/working_days.h"

#include <gsl/gsl_multifit.h>
#include <math.h>

enum { YEAR = 12, TERMS = 3, MONTHS_NEEDED = 10 };

/* Months of growth that a series has up to `to`, into the regression's rows if there are some. */
static size_t growth_months(const ent_observed_t *observed, int series, int to, gsl_vector *y, gsl_matrix *x)
{
    const ent_observed_series_t *s = &observed->series[series];
    size_t n = 0;

    for (int m = YEAR; m < observed->n_months && observed->first_month + m <= to; m++) {
        const double growth = log(s->value[m] / s->value[m - YEAR]);
        const double days = log(s->days[m] / s->days[m - YEAR]);

        if (isnan(growth) || isnan(days)) {
            continue;
        }
        if (y != NULL) {
            gsl_vector_set(y, n, growth);
            gsl_matrix_set(x, n, 0, 1.0);
            gsl_matrix_set(x, n, 1, (double)(observed->first_month + m - to) / YEAR);
            gsl_matrix_set(x, n, 2, days);
        }
        n++;
    }
    return n;
}

/* The elasticity of one series and its variance; 0 when they are found. */
static int regress(const ent_observed_t *observed, int series, int to, size_t n, double *elasticity,
                   double *variance)
{
    gsl_vector *y = gsl_vector_alloc(n), *beta = gsl_vector_alloc(TERMS);
    gsl_matrix *x = gsl_matrix_alloc(n, TERMS), *covariance = gsl_matrix_alloc(TERMS, TERMS);
    gsl_multifit_linear_workspace *work = gsl_multifit_linear_alloc(n, TERMS);
    double chi_squared;
    int code = ENT_ERR_NO_MEMORY;

    if (y != NULL && beta != NULL && x != NULL && covariance != NULL && work != NULL) {
        (void)growth_months(observed, series, to, y, x);
        code = gsl_multifit_linear(x, y, beta, covariance, &chi_squared, work) == 0 ? ENT_OK : ENT_ERR_DATA;
        *elasticity = gsl_vector_get(beta, 2);
        *variance = gsl_matrix_get(covariance, 2, 2);
    }
    gsl_multifit_linear_free(work);
    gsl_matrix_free(covariance);
    gsl_matrix_free(x);
    gsl_vector_free(beta);
    gsl_vector_free(y);
    return code;
}

int ent_working_days(const ent_observed_t *observed, int to, ent_working_days_t *days, ent_context_t *ctx)
{
    double sum = 0.0, weights = 0.0;

    *days = (ent_working_days_t){.elasticity = 1.0, .standard_error = NAN};
    for (int i = 0; i < observed->n_series; i++) {
        double elasticity = 0.0, variance = 0.0;
        const size_t n = observed->series[i].sector < 0 ? growth_months(observed, i, to, NULL, NULL) : 0;

        if (n < MONTHS_NEEDED) {
            continue;
        }
        const int code = regress(observed, i, to, n, &elasticity, &variance);
        if (code == ENT_ERR_NO_MEMORY) {
            return ent_fail(ctx, code, "working days", "no memory for a regression of %zu months", n);
        }
        if (code == ENT_OK && isfinite(elasticity) && variance > 0.0) {
            sum += elasticity / variance;
            weights += 1.0 / variance;
            days->n_series++;
        }
    }
    if (days->n_series > 0) {
        days->elasticity = sum / weights;
        days->standard_error = sqrt(1.0 / weights);
    }
    return ENT_OK;
}
