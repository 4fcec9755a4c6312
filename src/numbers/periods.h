/* Periods of a run, and sums, means and last values of recorded fields over them. All sums over time are made
 * here. */
#ifndef ENTREPOT_NUMBERS_PERIODS_H
#define ENTREPOT_NUMBERS_PERIODS_H

#include "numbers/ensemble.h"

enum { ENT_PERIOD_YEAR1 = 1, ENT_PERIOD_YEARS = 2, ENT_PERIOD_HORIZON = 4 };

typedef struct {
    char key[24];   /* "year1", "2026", "2026-03", "2026-03..2027-02", "horizon" */
    char label[96]; /* "first year, 2025-01-01 to 2025-12-31" */
    int begin, end; /* steps [begin, end) */
} ent_period_t;

/* The periods of `which` (ENT_PERIOD_*, or'ed): the first year, every calendar year, the last year.
 * *periods [*n] is owned by the caller. ENT_ERR_NO_MEMORY. */
int ent_periods(const ent_ensemble_t *ensemble, unsigned which, int *n, ent_period_t **periods,
                ent_context_t *ctx);

/* One period by its key: year1, horizon, a calendar year (2026), a month (2026-03), the step that a day lies
 * in (2026-03-15), or all from one of these to another (2025-08..2026-07). ENT_ERR_USAGE when the run has no
 * such period, or not the whole of it. */
int ent_period_find(const ent_ensemble_t *ensemble, const char *key, ent_period_t *period,
                    ent_context_t *ctx);

/* The period of one step, or of `n` steps from `begin` on. */
ent_period_t ent_period_steps(int begin, int n);

/* One place of a field over a period, from values [n_time][size]: the sum, the mean or the last value. A
 * value that is missing makes the result missing (NaN). */
double ent_period_value(const ent_period_t *period, ent_aggregate_t aggregate, const float *values,
                        size_t size, size_t place);

/* Sum over a period of value times weight at the same place; with LAST only its last step. Steps without
 * weight add nothing, whatever the value: what was not sold has no price. */
double ent_period_product(const ent_period_t *period, ent_aggregate_t aggregate, const float *values,
                          const float *weights, size_t size, size_t place);

/* Sum over a period of values [n_time] that were made step by step, `stride` apart. */
double ent_period_path(const ent_period_t *period, const double *path, size_t stride);

#endif
