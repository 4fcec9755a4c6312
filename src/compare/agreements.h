/* What came of talks: deal or none, when, on what terms. */
#ifndef ENTREPOT_COMPARE_AGREEMENTS_H
#define ENTREPOT_COMPARE_AGREEMENTS_H

#include "io/results_file.h"
#include "base/table.h"

/* 1 when some scenario of the file was negotiated. */
int ent_has_agreements(const ent_results_file_t *file);

/* One row for each negotiated scenario: share of worlds with a deal, with the measures back and with neither,
 * days of the deal (5, 50, 95 % of the worlds that have one), mean concession of each side and the range of
 * the first side's. Free with ent_table_free. */
int ent_agreements_table(const ent_results_file_t *file, ent_table_t *table, ent_context_t *ctx);

#endif
