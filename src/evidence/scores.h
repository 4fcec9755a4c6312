/* How good forecasts are: pure functions of forecasts and what came. A predictive distribution is an ensemble
 * of n values, each blurred by a normal error of standard deviation `sd` (0: none), that is an equal mixture
 * of normals. */
#ifndef ENTREPOT_EVIDENCE_SCORES_H
#define ENTREPOT_EVIDENCE_SCORES_H

#include <stddef.h>

/* Root of the mean square of the errors that are known (not NaN); NaN when none is. */
double ent_rmse(const double *error, size_t n);

/* Probability that the mixture is at or below x. Needs n >= 1. Cost: O(n). */
double ent_mixture_cdf(const double *value, size_t n, double sd, double x);

/* Smallest x whose cdf reaches p, 0 < p < 1. With sd = 0 the order statistic ceil(n p); else by bisection to
 * 1e-12 of the spread. Sorts `value` in place. */
double ent_mixture_quantile(double *value, size_t n, double sd, double p);

/* Continuous ranked probability score of the mixture against what came, in the unit of the values; with n = 1
 * and sd = 0 the absolute error (Gneiting and Raftery 2007; mixture: Grimit, Gneiting, Berrocal and Johnson
 * 2006):
 *
 *   mean_i A(y - x_i, sd) - mean_ij A(x_i - x_j, sd sqrt 2) / 2,   A(m, s) = 2 s phi(m/s) + m (2 Phi(m/s) -
 * 1)
 *
 * Cost: O(n^2). */
double ent_crps_mixture(const double *value, size_t n, double sd, double came);

typedef struct {
    size_t n;         /* periods in which both errors are known */
    double statistic; /* negative: the first forecast is better; NaN when it is not defined */
    double p_value;   /* two-sided, Student t with n - 1 degrees of freedom */
} ent_diebold_mariano_t;

/* Equal accuracy of two forecasts under squared error, one step ahead (Diebold and Mariano 1995) with the
 * small-sample correction of Harvey, Leybourne and Newbold (1997): mean d / sqrt(var d / n) sqrt((n - 1) / n)
 * for d = first^2 - second^2 and var d with divisor n. NaN below two periods and when d does not vary. */
ent_diebold_mariano_t ent_diebold_mariano(const double *first, const double *second, size_t n);

/* The same for forecasts `steps` ahead, from the difference of the two losses by origin (NaN: not known):
 * autocovariances up to steps - 1 count in the variance, and the statistic is corrected by
 * sqrt((n + 1 - 2 h + h (h - 1) / n) / n) (Harvey, Leybourne and Newbold 1997, equations 5 and 8). NaN where
 * that variance is not positive. */
ent_diebold_mariano_t ent_diebold_mariano_steps(const double *difference, size_t n, int steps);

/* Score of the central interval of probability 1 - alpha: its width, and 2 / alpha times what it misses by
 * (Gneiting and Raftery 2007, equation 43). */
double ent_interval_score(double low, double high, double alpha, double came);

/* Standard deviation of the chance part of year-on-year log growth, from growth by month (NaN: not known):
 * with growth = smooth + noise, the differences between neighbouring months have twice the noise's variance,
 * so that sd = sqrt(mean of squared differences / 2) (von Neumann 1941). NaN below `needed` differences. */
double ent_noise_of_growth(const double *log_growth, size_t n, size_t needed);

#endif
