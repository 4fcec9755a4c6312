/* The nearest place to the targets, by local search: cheap, without a statement of what else would do. */
#ifndef ENTREPOT_EVIDENCE_ABC_LOCAL_H
#define ENTREPOT_EVIDENCE_ABC_LOCAL_H

#include "evidence/abc.h"

/* Minimise the distance of ent_abc_run over the unit cube by BOBYQA (Powell 2009; COBYLA for one parameter),
 * from the medians of the priors. Every place is played under the same `batch` keys of the seed (common
 * random numbers), whose mean moments are compared, so that the distance is a function of the place alone.
 * The search ends when its steps are below 0.0001 of the priors, or after most_attempts plays: `exhausted`.
 *
 * The result is a population of one particle with weight 1: its moments are the means, tolerance[0] its
 * distance, n_attempts[0] the plays. Generations, quantile, tolerance and the state file are not used.
 * Same bits at any number of threads. ENT_ERR_STOPPED (nothing is kept), ENT_ERR_CONFIG when the moments are
 * not known at any place tried, those of `simulate`. Free with ent_abc_free, also after failure.
 * Cost: some 20 x n_parameters places of `batch` plays. */
int ent_abc_local(ent_abc_t *self, const ent_abc_options_t *options, ent_context_t *ctx);

#endif
