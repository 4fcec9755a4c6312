/* Approximate Bayesian computation: population Monte Carlo with an adaptive tolerance, after Beaumont,
 * Cornuet, Marin and Robert (2009, Biometrika 96), over places u in the unit cube, where the prior is
 * uniform:
 *
 *   generation 0   u from the prior, every particle with known moments is kept
 *   generation g   tolerance: the quantile `quantile` of the distances of generation g - 1;
 *                  u = u_j + normal(0, 2 var) by component, j drawn by weight, var the weighted variance of
 *                  the generation before; drawn anew until inside the cube, kept when its
 *                  distance is within the tolerance
 *   weight         w ~ 1 / sum_j w_j prod_k normal(u_k - u_jk; 2 var_k)
 *   distance       sqrt(mean_m ((moment_m - target_m) / error_m)^2)
 *
 * Every random number is a function of (seed, generation, attempt, try); attempts are played in batches of
 * fixed size and taken as particles in their order, so that the bits depend on neither threads nor
 * interruptions.
 */
#ifndef ENTREPOT_EVIDENCE_ABC_H
#define ENTREPOT_EVIDENCE_ABC_H

#include "base/hash.h"

#include <stdint.h>

/* Play attempt with the draws of `key` at u [n_parameters] and write moments [n_moments], NaN where one is
 * not known. Called from several threads at once; `thread` counts from 0. Non-zero return ends the
 * calibration. */
typedef int (*ent_abc_simulate_t)(void *data, int thread, uint64_t key, const double *u, double *moments,
                                  ent_context_t *ctx);

typedef struct {
    int n_parameters, n_moments, n_particles;
    int n_generations; /* at most, the first included */
    int batch;         /* attempts between decisions; part of what the bits depend on */
    int most_attempts; /* a generation that needs more is given up: the one before is the posterior */
    double quantile;   /* in (0, 1) */
    double tolerance;  /* reached: no further generation */
    uint64_t seed;
    const double *target, *error; /* [n_moments], error > 0 */
    ent_abc_simulate_t simulate;
    void *data;
    int n_threads;            /* 0: as OpenMP decides */
    const char *state_path;   /* saved after each generation and read back at the start; NULL: not */
    const char *hash;         /* of all that decides the bits: another one in the state file is refused */
    int finish;               /* 1: play nothing, take the last whole generation of the state file */
    volatile const int *stop; /* non-zero: end after the batch, ENT_ERR_STOPPED; may be NULL */
    void (*progress)(void *data, int generation, double tolerance, int n_kept, int n_attempts); /* or NULL */
    void *progress_data;
} ent_abc_options_t;

/* A population: the last whole generation, and the path that led there. */
typedef struct {
    int n_particles, n_parameters, n_moments;
    int n_generations;  /* played */
    int exhausted;      /* 1: most_attempts ended it */
    double *u;          /* [n_particles][n_parameters] */
    double *moment;     /* [n_particles][n_moments] */
    double *distance;   /* [n_particles] */
    double *weight;     /* [n_particles], sum 1 */
    double *tolerance;  /* [n_generations]; that of generation 0 is infinite */
    double *n_attempts; /* [n_generations] */
    double *effective;  /* [n_generations] effective sample 1 / sum w^2 */
} ent_abc_t;

/* Calibrate. ENT_ERR_STOPPED, ENT_ERR_CONFIG (another state file; fewer known moments than particles),
 * ENT_ERR_IO, those of `simulate`. Free with ent_abc_free, also after failure.
 * Cost: attempts x simulate; n_particles^2 x n_parameters a generation. */
int ent_abc_run(ent_abc_t *self, const ent_abc_options_t *options, ent_context_t *ctx);
void ent_abc_free(ent_abc_t *self);

/* Correct the sample for the distance that is left, by weighted linear regression of the parameters on the
 * moments (Beaumont, Zhang and Balding 2002, Genetics 162), a ridge regression whose penalty is that of the
 * least generalised cross-validation (Blum, Nunes, Prangle and Sisson 2013, Statistical Science 28):
 *
 *   s_i = (moment_i - target) / error,  y_i = logit u_i,  y* = y_i - (s_i - 0)' beta,  u* = 1 / (1 +
 * exp(-y*))
 *
 * weights are those of the sample times 1 - (distance / largest distance)^2; the logit keeps places within
 * the prior. Moments and distances stay those played (ent_abc_replay plays them anew). ENT_ERR_CONFIG with no
 * more particles than moments, ENT_ERR_NO_MEMORY. Cost: O(n_particles n_moments^2). */
int ent_abc_adjust(ent_abc_t *self, const ent_abc_options_t *options, ent_context_t *ctx);

/* Play every particle once more with draws of its own, so that moments and distances say what the sample
 * predicts. Errors of `simulate`. Cost: n_particles x simulate. */
int ent_abc_replay(ent_abc_t *self, const ent_abc_options_t *options, ent_context_t *ctx);

/* Room for ranking a value. */
typedef struct {
    double value;
    int index;
} ent_ranked_t;

/* Quantile q of values by weight: the smallest value whose cumulated weight reaches q of the sum. `scratch`
 * [n] is overwritten. NaN when n is 0. */
double ent_weighted_quantile(const double *value, size_t stride, const double *weight, int n, double q,
                             ent_ranked_t *scratch);

#endif
