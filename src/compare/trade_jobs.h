/* Jobs in home's exports, direct and through inputs, in two scenarios. */
#ifndef ENTREPOT_COMPARE_TRADE_JOBS_H
#define ENTREPOT_COMPARE_TRADE_JOBS_H

#include "compare/compare.h"

/* A row a sector of export and one for all, every period, for home's exports to the comparison's partner or
 * to all recorded destinations. With q the export volume at benchmark prices, at a year's pace, f its
 * freight, l the workers per million USD of gross output in the sector and m home's workers in a million USD
 * of it through all inputs (economy/content.h):
 *
 *   direct          l (1 + f) (q_A - q_B)          people who make the goods
 *   through inputs  (m - l) (1 + f) (q_A - q_B)    people at home who make what they are made of
 *   all             their sum; with, without, error, range and probability are of it
 *
 * Technology and labour per unit stay those of the benchmark year: what the exports take, not who is
 * dismissed. n/a where the benchmark does not know home's workers. ENT_ERR_NO_INPUT where the run's benchmark
 * is not to be had, ENT_ERR_USAGE where volumes are not recorded. The caller frees the table, also after
 * failure. Cost: one pass over one field and ent_input_content. */
int ent_trade_jobs(const ent_comparison_t *comparison, ent_table_t *table, ent_context_t *ctx);

#endif
