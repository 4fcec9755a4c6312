/* What a policy leaves behind once it is over: the hysteresis of trade and of the number of exporters. */
#ifndef ENTREPOT_COMPARE_AFTERMATH_H
#define ENTREPOT_COMPARE_AFTERMATH_H

#include "compare/compare.h"

/* Step after the last in which home's exports pay another duty in one scenario than in the other, in any
 * world; -1 when they never do, or still do at the end. ENT_ERR_DATA for damage. Cost: one pass over the
 * recorded duty rates. */
int ent_aftermath_begin(const ent_comparison_t *comparison, int *step, ent_context_t *ctx);

/* Exporters (where recorded), exports and jobs of home in the last step of the difference, a year after it
 * and every second year from then, and in the last step: with less without, world by world. `step` is that
 * of ent_aftermath_begin, above 0. Free with ent_table_free, also after failure. */
int ent_aftermath_table(const ent_comparison_t *comparison, int step, ent_table_t *table, ent_context_t *ctx);

#endif
