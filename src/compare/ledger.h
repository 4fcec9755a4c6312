/* Sums over periods of what both scenarios of a comparison bought and paid in one market, replication by
 * replication: what accounts (who pays, consumer prices, the treasury) are drawn up from. */
#ifndef ENTREPOT_COMPARE_LEDGER_H
#define ENTREPOT_COMPARE_LEDGER_H

#include "compare/compare.h"

/* What is summed over a period, by flow (exports to refund) or by market and sector; landed cost is summed
 * times sales. */
typedef enum {
    ENT_LEDGER_EXPORTS,
    ENT_LEDGER_QUANTITY,
    ENT_LEDGER_IMPORTS,
    ENT_LEDGER_DUTY,
    ENT_LEDGER_REFUND,
    ENT_LEDGER_SALES,
    ENT_LEDGER_LANDED,
    ENT_LEDGER_SPENDING,
    ENT_N_LEDGER
} ent_ledger_item_t;

/* `n_lines` numbers of every period and replication, and one replication of both scenarios, base first. */
typedef struct {
    const ent_comparison_t *c;
    int n_lines;
    ent_reader_t reader;
    const float *field[2][ENT_N_LEDGER];
    double *value;   /* [period][line][replication] */
    double *scratch; /* [2][replication] */
} ent_ledger_t;

/* Fills line [n_lines] for one period of the replication at hand. */
typedef void (*ent_ledger_account_t)(const ent_ledger_t *ledger, int period, double *line);

/* Draw up `account` for every period and replication, NaN where a replication is missing. Free with
 * ent_ledger_free, safe after failure. Errors of ent_reader_field. Cost: one pass over the fields. */
int ent_ledger_fill(ent_ledger_t *ledger, const ent_comparison_t *comparison, int n_lines,
                    ent_ledger_account_t account, ent_context_t *ctx);
void ent_ledger_free(ent_ledger_t *ledger);

/* Values [n_replication] of a line in a period, and what they say. */
double *ent_ledger_values(const ent_ledger_t *ledger, int period, int line);
void ent_ledger_estimate(const ent_ledger_t *ledger, int period, int line, ent_estimate_t *estimate);

/* Sum of an item over a period, at one place of its field; of scenario 0 (the base) or 1. */
double ent_ledger_sum(const ent_ledger_t *ledger, int side, ent_ledger_item_t item, int period, size_t place);

/* What an amount cost in the base and in the scenario. */
typedef struct {
    double cost[2], amount[2];
} ent_ledger_pair_t;

ent_ledger_pair_t ent_ledger_pair(const ent_ledger_t *ledger, ent_ledger_item_t cost,
                                  ent_ledger_item_t amount, int period, size_t place);

/* The part of the difference in cost that comes of another unit value, at the mean of both amounts (Bennet
 * 1920, J. R. Stat. Soc. 83); none where one of the two bought nothing. */
double ent_ledger_by_value(const ent_ledger_pair_t *pair);

/* Flow from abroad into the market of the comparison's partner: 1 for those that count. */
int ent_ledger_enters(const ent_ledger_t *ledger, int flow);

/* 1 when the file holds the flows into the partner's market from every other region, and retail spending. */
int ent_ledger_known(const ent_comparison_t *comparison);

/* ENT_ERR_USAGE with what `account` needs ("who pays") where it is not. */
int ent_ledger_require(const ent_comparison_t *comparison, const char *account, ent_context_t *ctx);

#endif
