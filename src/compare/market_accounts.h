/* What a difference in policy does to one market: what its buyers pay, by category, and what its treasury
 * gets. Accounts that add up, and change only their sign when the scenarios are exchanged. */
#ifndef ENTREPOT_COMPARE_MARKET_ACCOUNTS_H
#define ENTREPOT_COMPARE_MARKET_ACCOUNTS_H

#include "compare/compare.h"

/* Consumer prices in the market of the comparison's partner, every period, a row a sector and one for all.
 * With r = retail spending per unit of sales of a sector over the period, q the sales, A the scenario and B
 * the base, and a bar the mean of both (Bennet 1920, J. R. Stat. Soc. 83):
 *
 *   price change     100 (r_A - r_B) / r-bar, per cent
 *   share            100 of the spending of both scenarios, per cent
 *   pays more        (r_A - r_B) q-bar, million USD: the sum over sectors is the buyers' line of who pays
 *   contribution     100 (r_A - r_B) q-bar / all mean spending, percentage points of the price index; the sum
 *                    over sectors is the index's change
 *
 * Errors, ranges and the probability are of the contribution. ENT_ERR_USAGE where the flows into the market
 * are not all recorded. The caller frees the table, also after failure. Cost: one pass over eight fields. */
int ent_market_prices(const ent_comparison_t *comparison, ent_table_t *table, ent_context_t *ctx);

/* The market's treasury, every period: goods from abroad at customs value, duty collected, refunds, what is
 * left, that over imports, and with `offset` > 0 what is left after other taxes lose that share of it (a
 * duty lowers the incomes that they are levied on; the share is the caller's, none is assumed). */
int ent_market_treasury(const ent_comparison_t *comparison, double offset, ent_table_t *table,
                        ent_context_t *ctx);

#endif
