/* What an ensemble of worlds says about one number, and how much of its spread is only chance in who buys
 * from whom. */
#ifndef ENTREPOT_NUMBERS_STATISTICS_H
#define ENTREPOT_NUMBERS_STATISTICS_H

#include <stddef.h>

typedef struct {
    int n_worlds;   /* worlds whose value is known */
    int n_repeated; /* of these, played twice with other chance draws */
    double mean;    /* over worlds; NaN when there is none */

    /* Errors are half the width of a 95 % interval over 1.96, so that mean +- 1.96 errors is that interval
     * whatever the number of plays behind it. NaN: not measured. */
    double error;           /* of the mean, as other worlds and other chance draws would show it */
    double numerical_error; /* of the mean, as other chance draws in the same worlds would show it */
    double world_error;     /* standard error of the mean over worlds, without Student's factor */
    int degrees;            /* of freedom behind numerical_error; 0: not measured */
    int few_carry;          /* 1: the three largest deviations in a hundred hold most of the spread */
    int unseen; /* 1: the worlds played twice spread far less than the others, so that numerical_error
                 * is that of all worlds */

    double low, high;             /* the range over worlds, chance taken out */
    double low_error, high_error; /* of the ends, by order statistics */
    double share_negative;        /* of worlds, chance taken out; NaN when not resolved with a mean within two
                                   * numerical errors of zero */
    double share_error;           /* of share_negative, by Wilson's interval */
    double share_negative_raw;    /* of worlds as played */
    double chance_share;          /* numerical over total variance; NaN without repeats */
    int resolved;                 /* 0 when chance explains the whole spread: there is no range then */
} ent_estimate_t;

/* Estimate from the values of `n` replications, NaN where one is missing; replication i plays `world[i]` with
 * chance draws `chance[i]` (0: first play, 1: repeat). With n worlds, m of them played twice (d1, d2):
 *
 *   total variance      T = sample variance of first plays over worlds, n - 1 degrees of freedom
 *   variance of pairs   P = mean over repeated worlds of (d1 - d2)^2 / 2, m degrees of freedom
 *   error               t(n - 1) sqrt(T / n) / 1.96, t(k): Student's 97.5 % quantile
 *   numerical variance  (m P + (n - 1) T) / (m + n - 1) with m + n - 1 degrees of freedom, unless T / P
 * exceeds the 95 % quantile of F(n - 1, m): then P with m, since worlds differ by more than chance; T where
 * the repeated worlds miss what makes the spread: their variance over that of the others is below the 0.1 %
 * quantile of F(m - 1, n - m - 1) numerical error     t(degrees) sqrt(numerical variance / n) / 1.96, NaN
 * without repeats world w             mean + (d_w - mean) sqrt(max(0, 1 - P / T)) range quantiles (1 -
 * level)/2 and (1 + level)/2 of these; none (NaN) below two worlds, where chance explains the spread, and
 * where the mean lies outside
 *
 * Plays that all give the same value measured no error: errors are NaN then, as below two worlds. Means are
 * over first plays, so that every world counts once. `scratch` [n] is overwritten. Source: Wilson (1927), J.
 * Am. Stat. Assoc. 22; order statistics: David and Nagaraja (2003), ch. 7. Cost: O(n^2) look-ups for the
 * repeats at worst, O(n log n) otherwise. */
void ent_estimate(const double *value, const int *world, const int *chance, int n, double level,
                  double *scratch, ent_estimate_t *estimate);

/* Student's 97.5 % quantile over the normal's: what a standard error with so many degrees of freedom is to be
 * multiplied with before 1.96 of it are a 95 % interval; NaN below one. */
double ent_student_factor(double degrees);

/* Decimals that show a number to two significant digits of its error (negative: tens, hundreds); without a
 * usable error, to four significant digits of the number. */
int ent_decimals(double value, double error);

/* A number of things rounded up to two significant digits, for saying how many are needed. */
double ent_round_up(double value);

#endif
