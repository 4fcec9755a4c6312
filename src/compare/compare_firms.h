/* Tables beside the comparison of flows: exporters by size class with jobs and affiliates, and how much of a
 * tariff reaches the border and the shelf. */
#ifndef ENTREPOT_COMPARE_COMPARE_FIRMS_H
#define ENTREPOT_COMPARE_COMPARE_FIRMS_H

#include "compare/compare.h"

/* Exporters of home, entrants, leavers, failures, survival, exports and the jobs in them by size class,
 * shares of the largest, jobs, affiliate and domestic sales, in every period of the comparison; also by
 * sector when `by_sector`. What a tariff that ended leaves behind is compare/aftermath.h. Free with
 * ent_table_free, also after failure. Cost: one pass over the fields shown. */
int ent_comparison_firms(const ent_comparison_t *comparison, int by_sector, ent_table_t *table,
                         ent_context_t *ctx);

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
