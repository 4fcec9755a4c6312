/* One question under several runs, such as one config under three calibrations and both closures: what each
 * says, and how much of the range lies within runs and how much between them. */
#ifndef ENTREPOT_COMPARE_COMPARE_RUNS_H
#define ENTREPOT_COMPARE_COMPARE_RUNS_H

#include "compare/compare.h"

enum { ENT_MOST_RUNS = 32 };

typedef struct {
    int n;
    const char *path[ENT_MOST_RUNS];
    const char *label[ENT_MOST_RUNS]; /* NULL: what the run's config has that others have not */
    double weight[ENT_MOST_RUNS];     /* positive; they need not sum to 1 */
} ent_runs_t;

/* A row for each run, outcome and period, and one for all runs. With weights w that sum to 1, means m and the
 * worlds' spread s of a run, chance taken out (numbers/statistics.h):
 *
 *   mean     sum w m, its error sqrt(sum (w error)^2)
 *   range    quantiles of all runs' worlds, those of a run with n worlds weighted w / n each
 *   between  share of sum w (m - mean)^2 in it plus sum w s^2 (law of total variance)
 *
 * Only options.outcomes and options.periods count, in the summary's way; home, partner and scenarios are
 * those of the first file. The table is the caller's (ent_table_free), also after failure. ENT_ERR_USAGE
 * where a file lacks the scenarios, the flow or the periods of the first, or is the same run; ENT_ERR_DATA
 * for damage. Cost: every file is read twice for the fields that the outcomes need. */
int ent_compare_runs(const ent_runs_t *runs, const ent_compare_options_t *options, ent_table_t *table,
                     ent_context_t *ctx);

#endif
