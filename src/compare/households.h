/* What other retail prices cost households, by group, where somebody has counted what they buy. */
#ifndef ENTREPOT_COMPARE_HOUSEHOLDS_H
#define ENTREPOT_COMPARE_HOUSEHOLDS_H

#include "compare/compare.h"

/* A row a group of households of the comparison's partner and one for all, every period. With v[g,s] what
 * group g spends a year on the goods of sector s, r retail spending per unit of sales in the period, A the
 * scenario, B the base and a bar their mean:
 *
 *   pays more   sum_s v[g,s] (r_A - r_B) / r-bar     million USD a year, at the spending of the table's year
 *   prices      100 pays more / sum_s v[g,s]         per cent of its spending
 *
 * Errors, ranges and the probability are of `prices`. Spending is of facts/households.csv, or of `path`
 * (columns economy, year, households, sector, spending_million_usd, source; sectors by the benchmark's codes,
 * economies those of the partner region). ENT_ERR_NO_INPUT where it has none of the partner's, with what
 * would help; ENT_ERR_DATA for its faults. The caller frees the table, also after failure. Cost: one pass
 * over eight fields. */
int ent_household_prices(const ent_comparison_t *comparison, const char *path, ent_table_t *table,
                         ent_context_t *ctx);

#endif
