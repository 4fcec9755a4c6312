/* Who pays a difference in duty: an account that adds up exactly. */
#ifndef ENTREPOT_COMPARE_WHO_PAYS_H
#define ENTREPOT_COMPARE_WHO_PAYS_H

#include "compare/compare.h"

/* The lines of the account, in million USD of a period, the scenario A less the base B. With u = exports /
 * export_quantity of a flow and sector over the period, d = (duty - refund) / imports, l = landed cost and r
 * = retail spending per unit of sales of a sector, at the mean of the amounts of A and B (Bennet 1920, J. R.
 * Stat. Soc. 83):
 *
 *   home, others   -(u_A - u_B) mean quantity     flows of home, and of all other origins, into the market
 *   buyers          (r_A - r_B) mean sales        what buyers pay more for what they buy
 *   importers       (l_A - l_B) mean sales - buyers  what importers' margins bear
 *   rest            rates - home - others - buyers - importers: goods bought at another cost than those sold
 *                   (stocks), domestic suppliers' prices, freight, buying elsewhere
 *   rates           (d_A - d_B) mean imports      duty that other rates make: the sum of the five above
 *   volume          mean d (imports_A - imports_B)   duty that other imports make
 *   treasury        rates + volume = net duty of A less that of B
 *
 * With the amounts of both scenarios every line changes its sign, and nothing else, when they are exchanged.
 * Over a third scenario lines add up but for the second-order term of moving amounts: (u_A - u_B)(q_C -
 * q_B)/2 and its like. Where one of the two has no goods to compare prices with, prices count as unchanged
 * and the duty as volume. */
typedef enum {
    ENT_PAYS_HOME,
    ENT_PAYS_OTHERS,
    ENT_PAYS_BUYERS,
    ENT_PAYS_IMPORTERS,
    ENT_PAYS_REST,
    ENT_PAYS_RATES,
    ENT_PAYS_VOLUME,
    ENT_PAYS_TREASURY,
    ENT_N_PAYS
} ent_pays_t;

typedef struct {
    const char *name;   /* "home", as in JSON */
    const char *title;  /* for tables */
    const char *fields; /* of the results file it is made from */
} ent_pays_entry_t;

const ent_pays_entry_t *ent_pays_table(void);

typedef struct {
    int n_periods; /* those of the comparison */
    int *
        decimals; /* [n_periods] the estimates' means are rounded to so many, so that lines add up as shown */
    ent_estimate_t (*line)[ENT_N_PAYS]; /* [n_periods] */
} ent_who_pays_t;

/* Draw up the account of every period. ENT_ERR_USAGE when it is not known. Free with ent_who_pays_free, safe
 * after failure. Cost: one pass over eight fields. */
int ent_who_pays(ent_who_pays_t *account, const ent_comparison_t *comparison, ent_context_t *ctx);
void ent_who_pays_free(ent_who_pays_t *account);

/* The account as a table; the caller frees it, also after failure. */
int ent_who_pays_tabulate(const ent_comparison_t *comparison, ent_table_t *table, ent_context_t *ctx);

#endif
