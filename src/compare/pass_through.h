/* How much of a tariff reaches the border and the shelf. */
#ifndef ENTREPOT_COMPARE_PASS_THROUGH_H
#define ENTREPOT_COMPARE_PASS_THROUGH_H

#include "compare/compare.h"

/* Pass-through of duties into the market of the comparison's partner, by sector, for one scenario (its
 * index):
 *
 *   border(t) = 1 + sum_f w_f ln[p_f(t) / p_f(0)] / sum_f w_f ln[(1 + d_f(t)) / (1 + d_f(0))]
 *   retail(t) = ln[r(t) / r(0)] / (m ln of the same duty change)
 *
 * over recorded flows f into the market; p export price before duty, d duty rate in force, w benchmark value,
 * r the market's retail price index, m imports over sales at the benchmark. 0 is the mean of the (at most
 * three) steps before the sector's duty has first risen by more than two points, or the benchmark where there
 * is none; t counts months from then, in every world its own. Means over worlds of each world's ratio. */
int ent_comparison_pass_through(const ent_comparison_t *comparison, int scenario, ent_table_t *table,
                                ent_context_t *ctx);

#endif
