/* Exact Gaussian conditioning of one setting of the forecaster, in units of the noise. */
#ifndef ENTREPOT_EVIDENCE_FORECAST_DENSE_H
#define ENTREPOT_EVIDENCE_FORECAST_DENSE_H

#include "evidence/forecast.h"

#include <gsl/gsl_matrix.h>

/* What all settings of a series share. */
typedef struct {
    const ent_forecast_series_t *series;
    const ent_forecast_prior_t *prior;
    int n, n_columns;
    int *month;     /* [n] observed months to the origin */
    double centre;  /* mean of y over them */
    double *factor; /* [n_months] of the noise's variance */
    double future;  /* of the noise's variance beyond the origin */
} ent_dense_plan_t;

int ent_dense_plan_init(ent_dense_plan_t *plan, const ent_forecast_series_t *series,
                        const ent_forecast_prior_t *prior, const double *variance_factor, ent_context_t *ctx);
void ent_dense_plan_free(ent_dense_plan_t *plan);

/* Value of an input. */
double ent_dense_input(const ent_forecast_series_t *series, int world, int input, int month);

/* Covariance of two months of each part but noise, in units of the noise's variance. */
double ent_dense_covariance(const ent_dense_plan_t *plan, double level, double season, int part, int a,
                            int b);

/* White columns: L^-1 [y - centre - lent season | inputs of world 0, 1, ... | covariance with months told]
 * for R = covariance + noise = L L'. */
typedef struct {
    double level, season;
    gsl_matrix *lower; /* [n][n] */
    gsl_matrix *white; /* [n][n_columns] */
    double log_det;    /* sum of ln L_ii */
} ent_dense_t;

int ent_dense_init(ent_dense_t *dense, const ent_dense_plan_t *plan, double level, double season,
                   ent_context_t *ctx);
void ent_dense_free(ent_dense_t *dense);

/* Covariance of the months told given the months known and the scales, noise included: lower root
 * [horizon][horizon]. */
int ent_dense_path_root(const ent_dense_t *dense, const ent_dense_plan_t *plan, double *root,
                        ent_context_t *ctx);
/* Mean without inputs [horizon], and what a unit of each scale adds [horizon][input], for a world. */
void ent_dense_told(const ent_dense_t *dense, const ent_dense_plan_t *plan, int world, double *base,
                    double *carry);

/* Inner products of the white columns of a world: residual at the prior means with itself (q), with the
 * inputs (g) and the inputs with one another. */
typedef struct {
    double q, g[ENT_FORECAST_MAX_INPUTS], cross[ENT_FORECAST_MAX_INPUTS][ENT_FORECAST_MAX_INPUTS];
} ent_dense_products_t;

void ent_dense_products(const ent_dense_t *dense, const ent_dense_plan_t *plan, int world,
                        ent_dense_products_t *products);

/* Posterior of the scales given s: mean, a square root of the covariance [input][input], and the log
 * likelihood of the months known, scales integrated out. */
typedef struct {
    double log_likelihood;
    double beta[ENT_FORECAST_MAX_INPUTS];
    double root[ENT_FORECAST_MAX_INPUTS][ENT_FORECAST_MAX_INPUTS];
    double quadratic; /* q less what the inputs explain, and the prior's part of it */
} ent_dense_scales_t;

void ent_dense_scales(const ent_dense_plan_t *plan, const ent_dense_products_t *products, double log_det,
                      double s, ent_dense_scales_t *scales);

/* R^-1 (y - centre - season - inputs beta) [n], weighted: `share` of the residual, `beta` [world][input]
 * already times it. */
void ent_dense_weights(const ent_dense_t *dense, const ent_dense_plan_t *plan, double share,
                       const double *beta, gsl_vector *weights);

#endif
