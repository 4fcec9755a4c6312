/* What an ensemble of worlds says about one number, and how much of its spread is only chance in who buys
 * from whom. */
#ifndef ENTREPOT_NUMBERS_STATISTICS_H
#define ENTREPOT_NUMBERS_STATISTICS_H

#include <stddef.h>

typedef struct {
    int n_worlds;           /* worlds whose value is known */
    int n_repeated;         /* of these, played twice with other chance draws */
    double mean;            /* over worlds; NaN when there is none */
    double numerical_error; /* standard error of the mean that chance draws leave; NaN without repeats */
    double world_error;     /* standard error of the mean for a finite number of worlds; NaN below two */
    double low, high;       /* the range over worlds, chance taken out; NaN below two worlds */
    double share_negative;  /* of worlds, chance taken out; NaN below two worlds, and when not resolved with a
                             mean  within two numerical errors of zero */
    double share_negative_raw; /* of worlds as played */
    double chance_share;       /* numerical over total variance; NaN without repeats */
    int resolved;              /* 0 when chance explains the whole spread: the range is then only the mean */
} ent_estimate_t;

/* Estimate from the values of `n` replications, NaN where one is missing; replication i plays `world[i]` with
 * chance draws `chance[i]` (0: first play, 1: repeat). With d1, d2 the values of a world played twice:
 *
 *   numerical variance  s2_num = mean over repeated worlds of (d1 - d2)^2 / 2
 *   total variance      s2_tot = sample variance of first plays over worlds
 *   world w             mean + (d_w - mean) sqrt(max(0, 1 - s2_num / s2_tot))
 *   range               quantiles (1 - level)/2 and (1 + level)/2 of these
 *   numerical error     sqrt(s2_num / n_worlds);   world error  sqrt(s2_tot / n_worlds)
 *
 * Means are over first plays, so that every world counts once. `scratch` [n] is overwritten.
 * Cost: O(n^2) look-ups for the repeats at worst, O(n log n) otherwise. */
void ent_estimate(const double *value, const int *world, const int *chance, int n, double level,
                  double *scratch, ent_estimate_t *estimate);

/* Decimals that show a number to two significant digits of its error (negative: tens, hundreds); without a
 * usable error, to four significant digits of the number. */
int ent_decimals(double value, double error);

/* A number of things rounded up to two significant digits, for saying how many are needed. */
double ent_round_up(double value);

#endif
