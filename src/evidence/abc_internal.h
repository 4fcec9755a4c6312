/* What population Monte Carlo (abc.c) and the local search (abc_local.c) share. */
#ifndef ENTREPOT_EVIDENCE_ABC_INTERNAL_H
#define ENTREPOT_EVIDENCE_ABC_INTERNAL_H

#include "evidence/abc.h"

/* Room for n_particles particles and n_generations generations. ENT_ERR_NO_MEMORY. */
int ent_abc_allocate(ent_abc_t *self, const ent_abc_options_t *options, ent_context_t *ctx);

/* sqrt(mean_m ((moment_m - target_m) / error_m)^2); infinite where a moment is not known. */
double ent_abc_distance(const ent_abc_options_t *options, const double *moment);

/* Copy the faults of a thread's own context; returns `code`. */
int ent_abc_hand_on(const ent_context_t *from, int code, ent_context_t *ctx);

#endif
