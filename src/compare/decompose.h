/* What each part of a policy is worth alone, all of them together, and what is left over: the interaction. */
#ifndef ENTREPOT_COMPARE_DECOMPOSE_H
#define ENTREPOT_COMPARE_DECOMPOSE_H

#include "io/results_file.h"
#include "base/table.h"

/* 1 when the file's config has a `decomposition`. */
int ent_has_decomposition(const ent_results_file_t *file);

/* One row for each outcome, period and part: the difference to the base with its numerical error and range
 * over worlds. Parts and interaction add up to `together`, world by world: interaction = together - sum of
 * the parts alone. Free with ent_table_free. */
int ent_decomposition_table(const ent_results_file_t *file, double level, ent_table_t *table,
                            ent_context_t *ctx);

#endif
