/* The static theory of a benchmark as it stands. */
#ifndef ENTREPOT_ECONOMY_THEORY_CASE_H
#define ENTREPOT_ECONOMY_THEORY_CASE_H

#include <entrepot/benchmark.h>
#include <entrepot/theory.h>

/* Build the model of a benchmark with trade elasticities theta [n_sector]; local_share and duty_exponent
 * [n_region] may be NULL, as in ent_theory_input_t; duty is levied on flow (1 + freight). Where local
 * sellers have a share, which moves output between regions, final demand is what the accounts leave. A
 * benchmark that says it does not balance, one that local shares put out of balance, and one whose deficits
 * are to be zero, is rebased to the equilibrium at its own tariffs
 * (*rebased). Errors: those of ent_theory_init and ent_theory_rebase. */
int ent_theory_of_benchmark(ent_theory_t *model, const ent_benchmark_t *benchmark, const double *theta,
                            const double *local_share, const double *duty_exponent,
                            const ent_theory_options_t *options, int *rebased, ent_context_t *ctx);

/* Elasticities of what governments find best in the long run. A run whose config names no set of its own may
 * have those of its first years, at which no finite tariff is best: then those of the benchmark's set U4 (a
 * common round value) are taken, if it has one. `run` [n_sector] are the run's, theta [n_sector] is filled;
 * returns a text that says which they are. */
const char *ent_long_run_elasticities(const ent_benchmark_t *benchmark, int run_names_a_set,
                                      const double *run, double *theta);

#endif
