/* Sensitivity of an outcome to the factors of a study: which assumption moves it, and where. All work on a
 * sample u [n][k] in the unit cube and y [n]; rows whose y is NaN are left out, whole blocks of them where
 * the design has blocks. Random numbers are keyed by a seed: the same sample gives the same bits. */
#ifndef ENTREPOT_STUDY_SENSITIVITY_H
#define ENTREPOT_STUDY_SENSITIVITY_H

#include <entrepot/context.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    int n, k;
    const double *u; /* [n][k] */
    const double *y; /* [n] */
} ent_sample_t;

typedef struct {
    double value, low, high;
} ent_interval_t;

/* Sobol' indices of a saltelli design (blocks A, AB_1 .. AB_k, B), with f0 the mean and V the variance of all
 * A and B:
 *
 *   first_i = mean(y_B (y_ABi - y_A)) / V          Saltelli et al. (2010), table 2 (b)
 *   total_i = mean((y_A - y_ABi)^2) / (2 V)        Jansen (1999)
 *
 * y is centred before (Owen 2013). Intervals hold `level` of `n_bootstrap` resamples of the blocks. first and
 * total [k]. ENT_ERR_DATA with fewer than 8 whole blocks. Cost: O(n_bootstrap n). */
int ent_sobol_indices(const ent_sample_t *sample, int n_bootstrap, double level, uint64_t seed,
                      ent_interval_t *first, ent_interval_t *total, ent_context_t *ctx);

/* Elementary effects of a morris design, per unit of the cube: mean, mean of absolute values (Campolongo,
 * Cariboni and Saltelli 2007) with a bootstrap interval, standard deviation. [k] each. ENT_ERR_DATA with
 * fewer than 4 trajectories. */
int ent_morris_effects(const ent_sample_t *sample, int n_bootstrap, double level, uint64_t seed, double *mean,
                       ent_interval_t *mean_absolute, double *deviation, ent_context_t *ctx);

/* PAWN (Pianosi and Wagener 2018): the median over `n_slices` slices of equal probability of factor i of the
 * Kolmogorov-Smirnov distance between the outcome within the slice and altogether. `dummy` receives the same
 * for a factor that does nothing (random slices): indices below its `high` cannot be told from none. pawn
 * [k]. */
int ent_pawn_indices(const ent_sample_t *sample, int n_slices, int n_bootstrap, double level, uint64_t seed,
                     ent_interval_t *pawn, ent_interval_t *dummy, ent_context_t *ctx);

/* Ranks 1 to n of values, ties shared; `order` [n] is scratch. */
void ent_ranks(const double *value, double *rank, size_t *order, size_t n);

/* Standardised regression coefficients of y on u, and on ranks; partial rank correlations; swing of y by the
 * linear fit as the factor goes from its 5 to its 95 % place (tornado). [k] each, r2 of both fits.
 * ENT_ERR_DATA when the factors cannot be told apart (fewer rows than factors, a factor that does not move).
 */
typedef struct {
    double src, srrc, prcc, low, high; /* low, high: fitted y at the factor's 5 and 95 % */
} ent_regression_t;
int ent_regression(const ent_sample_t *sample, ent_regression_t *coefficient, double r2[2],
                   ent_context_t *ctx);

/* A box of scenario discovery: rows with low_i <= u_i <= high_i. */
typedef struct {
    double *low, *high;     /* [k] within [0, 1] */
    unsigned char *limited; /* [k] 1: the factor is restricted */
    double *p_value; /* [k] of a restriction: chance that dropping it gives as dense a box (Bryant and Lempert
                        2010, binomial) */
    double density, coverage, mass; /* share of the box that is of interest; of what is of interest in the
                                       box; of all rows in the box */
    int n;
} ent_box_t;

/* PRIM (Friedman and Fisher 1999): peel off `alpha` of the rows where that raises the share of interesting
 * rows most, until `min_mass` is left. Among the boxes of the path the one with the largest density times
 * coverage is kept, pasted back while density does not fall, and freed of restrictions that chance could have
 * made (p > 0.05). `interesting` [n]. Free with ent_box_free, also after failure. */
int ent_prim(const ent_sample_t *sample, const unsigned char *interesting, double alpha, double min_mass,
             ent_box_t *box, ent_context_t *ctx);
void ent_box_free(ent_box_t *box);

#endif
