/* What an ensemble plays of the flows that are observed: levels by month, kept in memory. */
#ifndef ENTREPOT_NUMBERS_MONTHLY_H
#define ENTREPOT_NUMBERS_MONTHLY_H

#include "numbers/observed.h"
#include "numbers/periods.h"
#include <entrepot/run.h>

/* Two quantities by scenario, world, series and step, [n_scenarios][n_worlds][n_series][n_steps], million
 * USD. */
typedef struct {
    int n_scenarios, n_worlds, n_series, n_steps;
    int first_month; /* month of step 0 */
    double *level;   /* exports when shipped of one origin (to all destinations, where the series says so),
                      * imports   on arrival of all origins; NaN: not played */
    double *elastic; /* what an elasticity makes of the level a year before: sum over cells of
                      * x(t-12) [(1 + tau(t)) / (1 + tau(t-12))]^elasticity with tau the rate on arrivals; NaN
                      * in the first year */
} ent_monthly_t;

/* Make room for the series of `observed`. The config must have monthly steps and record what the series name:
 * ENT_ERR_CONFIG else, with every flow that is missing. Free with ent_monthly_free, also after failure. */
int ent_monthly_init(ent_monthly_t *self, const ent_observed_t *observed, const ent_config_t *config,
                     ent_context_t *ctx);
void ent_monthly_free(ent_monthly_t *self);

/* Play every world once, over `n_threads` threads (0: all processors), and keep its months. The bits do not
 * depend on threads. Errors: those of ent_play. */
int ent_monthly_play(ent_monthly_t *self, const ent_observed_t *observed, const ent_config_t *config,
                     const ent_model_t *model, double elasticity, int n_threads, ent_context_t *ctx);

/* The same from a results file of the config's dates, regions, sectors, flows and scenarios; ENT_ERR_DATA
 * when it has others. */
int ent_monthly_read(ent_monthly_t *self, const ent_observed_t *observed, const ent_config_t *config,
                     const ent_results_file_t *file, double elasticity, ent_context_t *ctx);

/* Place of a value; `step` counts from 0. */
size_t ent_monthly_at(const ent_monthly_t *self, int scenario, int world, int series, int step);

/* Sum over `n` months from `step` on (from 0) of the level, or of what an elasticity makes of the year
 * before. */
double ent_monthly_level(const ent_monthly_t *self, int scenario, int world, int series, int step, int n);
double ent_monthly_elastic(const ent_monthly_t *self, int scenario, int world, int series, int step, int n);

#endif
