/* A table beside the comparison of flows: exporters by size class with jobs and affiliates. */
#ifndef ENTREPOT_COMPARE_COMPARE_FIRMS_H
#define ENTREPOT_COMPARE_COMPARE_FIRMS_H

#include "compare/compare.h"

/* Exporters of home, entrants, leavers, failures, survival, exports and the jobs in them by size class,
 * shares of the largest, jobs, affiliate and domestic sales, in every period of the comparison; also by
 * sector when `by_sector`. What a tariff that ended leaves behind is compare/aftermath.h. Free with
 * ent_table_free, also after failure. Cost: one pass over the fields shown. */
int ent_comparison_firms(const ent_comparison_t *comparison, int by_sector, ent_table_t *table,
                         ent_context_t *ctx);

#endif
