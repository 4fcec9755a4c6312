/* Regression adjustment of an approximate posterior (equations in abc.h). */
#include "evidence/abc.h"

#include "base/memory.h"

#include <gsl/gsl_multifit.h>
#include <math.h>
#include <stdlib.h>

enum { PENALTIES = 100 };        /* tried, from the largest singular value down */
static const double edge = 1e-9; /* places this near to the prior's ends have a finite logit */

typedef struct {
    gsl_matrix *x; /* [n_particles][n_moments] (moment - target) / error, centred, times sqrt(weight) */
    gsl_vector *y; /* [n_particles] */
    gsl_vector *beta, *penalty, *gcv;
    gsl_multifit_linear_workspace *work;
    double *s;    /* [n_particles][n_moments] (moment - target) / error */
    double *mean; /* [n_moments] of s, weighted */
} regression_t;

static void regression_free(regression_t *self)
{
    gsl_matrix_free(self->x);
    gsl_vector_free(self->y);
    gsl_vector_free(self->beta);
    gsl_vector_free(self->penalty);
    gsl_vector_free(self->gcv);
    gsl_multifit_linear_free(self->work);
    free(self->s);
    free(self->mean);
}

static int regression_init(regression_t *self, size_t n, size_t m_n, ent_context_t *ctx)
{
    *self = (regression_t){.x = gsl_matrix_alloc(n, m_n),
                           .y = gsl_vector_alloc(n),
                           .beta = gsl_vector_alloc(m_n),
                           .penalty = gsl_vector_alloc(PENALTIES),
                           .gcv = gsl_vector_alloc(PENALTIES),
                           .work = gsl_multifit_linear_alloc(n, m_n),
                           .s = ent_calloc(ctx, n * m_n, sizeof(double)),
                           .mean = ent_calloc(ctx, m_n, sizeof(double))};
    if (self->x != NULL && self->y != NULL && self->beta != NULL && self->penalty != NULL &&
        self->gcv != NULL && self->work != NULL && self->s != NULL && self->mean != NULL) {
        return 0;
    }
    return ent_fail(ctx, ENT_ERR_NO_MEMORY, "calibrate", "no memory for a regression on %zu moments", m_n);
}

/* Weights of the regression, sum 1; returns the effective sample, 0 when all have the same distance. */
static double weigh(ent_abc_t *self)
{
    double largest = 0.0, total = 0.0, squares = 0.0;
    for (int i = 0; i < self->n_particles; i++) {
        largest = fmax(largest, self->distance[i]);
    }
    for (int i = 0; i < self->n_particles; i++) {
        total += self->weight[i] * (1.0 - pow(self->distance[i] / largest, 2.0));
    }
    if (!(total > 0.0)) {
        return 0.0;
    }
    for (int i = 0; i < self->n_particles; i++) {
        self->weight[i] *= (1.0 - pow(self->distance[i] / largest, 2.0)) / total;
        squares += self->weight[i] * self->weight[i];
    }
    return 1.0 / squares;
}

static void fill_moments(regression_t *r, const ent_abc_t *self, const ent_abc_options_t *options)
{
    const size_t n = (size_t)self->n_particles, m_n = (size_t)self->n_moments;
    for (size_t i = 0; i < n; i++) {
        for (size_t m = 0; m < m_n; m++) {
            r->s[i * m_n + m] = (self->moment[i * m_n + m] - options->target[m]) / options->error[m];
            r->mean[m] += self->weight[i] * r->s[i * m_n + m];
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t m = 0; m < m_n; m++) {
            gsl_matrix_set(r->x, i, m, sqrt(self->weight[i]) * (r->s[i * m_n + m] - r->mean[m]));
        }
    }
}

static double logit(double u)
{
    const double inside = fmin(fmax(u, edge), 1.0 - edge);
    return log(inside / (1.0 - inside));
}

/* Regress one parameter and move its places. */
static int adjust_parameter(regression_t *r, ent_abc_t *self, size_t k)
{
    const size_t n = (size_t)self->n_particles, m_n = (size_t)self->n_moments,
                 k_n = (size_t)self->n_parameters;
    double mean = 0.0, penalty, least, residual, norm;
    for (size_t i = 0; i < n; i++) {
        mean += self->weight[i] * logit(self->u[i * k_n + k]);
    }
    for (size_t i = 0; i < n; i++) {
        gsl_vector_set(r->y, i, sqrt(self->weight[i]) * (logit(self->u[i * k_n + k]) - mean));
    }
    if (gsl_multifit_linear_gcv(r->y, r->penalty, r->gcv, &penalty, &least, r->work) != 0 ||
        gsl_multifit_linear_solve(penalty, r->x, r->y, r->beta, &residual, &norm, r->work) != 0) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        double y = logit(self->u[i * k_n + k]);
        for (size_t m = 0; m < m_n; m++) {
            y -= r->s[i * m_n + m] * gsl_vector_get(r->beta, m);
        }
        self->u[i * k_n + k] = 1.0 / (1.0 + exp(-y));
    }
    return 0;
}

int ent_abc_adjust(ent_abc_t *self, const ent_abc_options_t *options, ent_context_t *ctx)
{
    regression_t r;
    if (self->n_particles <= self->n_moments) {
        return ent_fail(ctx, ENT_ERR_CONFIG, "calibrate",
                        "a regression on %d moments needs more particles than %d", self->n_moments,
                        self->n_particles);
    }
    int code = regression_init(&r, (size_t)self->n_particles, (size_t)self->n_moments, ctx);
    const double effective = code == 0 ? weigh(self) : 0.0;
    if (effective > 0.0) {
        fill_moments(&r, self, options);
        self->effective[self->n_generations - 1] = effective;
        int failed = gsl_multifit_linear_svd(r.x, r.work);
        for (size_t k = 0; failed == 0 && k < (size_t)self->n_parameters; k++) {
            failed = adjust_parameter(&r, self, k);
        }
        if (failed != 0) {
            code = ent_fail(ctx, ENT_ERR_DATA, "calibrate", "the regression on the moments cannot be solved");
        }
    }
    regression_free(&r);
    return code;
}
