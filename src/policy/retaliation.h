/* How a government answers measures that hit its exporters. Decisions only: what to do with the answer is the
 * caller's. */
#ifndef ENTREPOT_POLICY_RETALIATION_H
#define ENTREPOT_POLICY_RETALIATION_H

#include <entrepot/schedule.h>

/* What a measure hits on the day it takes effect: the value of `region`'s exports to the measure's importer
 * that it covers, net of exemptions [million USD a year at customs value], and the mean rate it adds to them
 * (0: it hits nothing). NaN when memory is short. parts [n_measures] is scratch. */
double ent_value_hit(const ent_config_t *config, const ent_benchmark_t *benchmark, int regime, int measure,
                     int region, ent_rate_part_t *parts, double *mean_rate);

/* The rate, among `choices` [n_choices], on imports of the flagged sectors from `against` that gives `region`
 * the highest real income in the static theory, the tariffs of `regime` on `day` being in force; of equals
 * the first. Errors: those of ent_theory_solve. Cost: one solve a choice. */
int ent_best_response(const ent_config_t *config, const ent_benchmark_t *benchmark, int regime, ent_day_t day,
                      int region, int against, const unsigned char *sectors, int n_choices,
                      const double *choices, int *best, ent_context_t *ctx);

#endif
