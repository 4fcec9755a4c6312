/* The dynamic comparison of two scenarios beside the static theory's, from the config inside the results. */
#ifndef ENTREPOT_COMPARE_COMPARE_THEORY_H
#define ENTREPOT_COMPARE_COMPARE_THEORY_H

#include "compare/compare.h"

/* One table: home's exports to the comparison's partner by sector, for each period the change of the engine
 * (mean over worlds) and that of the static theory under the tariffs of the period's last day, at the run's
 * aggregation and elasticities. The comparison must hold exports by sector. The config is the one kept in the
 * results file, its benchmark and calibration are looked for where the run found them, then where the program
 * was installed. Errors: ENT_ERR_NO_INPUT when they are gone, ENT_ERR_DATA when the benchmark is another one,
 * those of the theory. The caller frees with ent_table_free, also after failure. Cost: two solves a period.
 */
int ent_comparison_with_theory(const ent_comparison_t *comparison, ent_table_t *table, ent_context_t *ctx);

#endif
