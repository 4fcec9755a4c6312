/* Configs for `entrepot decompose`: every cause of a subset acts, the others are switched off. */
#ifndef ENTREPOT_STATIC_GAP_CAUSES_H
#define ENTREPOT_STATIC_GAP_CAUSES_H

#include "static/gap.h"

static inline int ent_gap_acts(unsigned subset, ent_gap_cause_t cause)
{
    return (int)(subset >> cause & 1u);
}

/* Read the config with the options' settings and take out the causes that are not in the subset. Where
 * incomes do not act, the closure is partial and demand Cobb-Douglas: the theory's spending and costs are the
 * caller's to give (ent_gap_theory_give). Errors: those of ent_config_read. Free both, also after failure. */
int ent_gap_read(const ent_gap_options_t *options, unsigned subset, ent_config_t *config,
                 ent_benchmark_t *fine, ent_context_t *ctx);

#endif
