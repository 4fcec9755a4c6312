/* What a calibration found: its path, its parameters, and which moments it meets. */
#include "evidence/calibration.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

static const double levels[] = {0.05, 0.5, 0.95};
static const double ninety = 1.6448536269514722; /* quantile 0.95 of the standard normal */

static void generations(const ent_calibrate_t *self, ent_table_t *table)
{
    const ent_abc_t *p = &self->population;
    ent_table_init(table, "generations", "Path of the calibration %s: %d particles", self->targets.name,
                   p->n_particles);
    ent_table_column(table, "generation", ENT_COLUMN_NUMBER, "", "generation");
    ent_table_column(table, "tolerance", ENT_COLUMN_NUMBER, "standard errors", "tolerance");
    ent_table_column(table, "attempts", ENT_COLUMN_NUMBER, "", "attempts");
    ent_table_column(table, "kept", ENT_COLUMN_NUMBER, "per cent", "kept");
    ent_table_column(table, "effective_sample", ENT_COLUMN_NUMBER, "", "effective sample");
    for (int g = 0; g < p->n_generations; g++) {
        ent_table_row(table, 0);
        ent_table_number(table, 0, g, 0);
        ent_table_number(table, 1, g == 0 ? NAN : p->tolerance[g], 3);
        ent_table_number(table, 2, p->n_attempts[g], 0);
        ent_table_number(table, 3, 100.0 * p->n_particles / p->n_attempts[g], 1);
        ent_table_number(table, 4, p->effective[g], 1);
    }
    if (p->exhausted) {
        ent_table_note(table, "A further generation was given up: its tolerance was met too seldom.");
    }
    if (self->targets.adjust && p->n_generations > 0) {
        ent_table_note(table,
                       "The sample of the last generation is corrected by regression on the moments; its "
                       "effective size is that of the corrected sample.");
    }
    ent_table_note(table, "Distance: root mean square over moments of (simulated - target) / error.");
}

static void parameters(const ent_calibrate_t *self, ent_ranked_t *scratch, ent_table_t *table)
{
    static const char *const key[] = {"q05", "q50", "q95"}, *const title[] = {"5 %", "median", "95 %"};
    const ent_calibration_t *t = &self->targets;
    const ent_abc_t *p = &self->population;
    ent_table_init(table, "parameters", "Parameters: prior and posterior");
    ent_table_column(table, "parameter", ENT_COLUMN_TEXT, "", "parameter");
    for (int i = 0; i < 6; i++) {
        char name[32];
        snprintf(name, sizeof name, "%s_%s", i < 3 ? "prior" : "posterior", key[i % 3]);
        ent_table_column(table, name, ENT_COLUMN_NUMBER, "", "%s %s", i < 3 ? "prior" : "posterior",
                         title[i % 3]);
    }
    for (int k = 0; k < t->n_parameters; k++) {
        ent_table_row(table, 0);
        ent_table_text(table, 0, t->parameters[k].name);
        for (int i = 0; i < 3; i++) {
            const double u = ent_weighted_quantile(p->u + k, (size_t)p->n_parameters, p->weight,
                                                   p->n_particles, levels[i], scratch);
            ent_table_number(table, 1 + i, ent_factor_value(&t->parameters[k], levels[i]), 3);
            ent_table_number(table, 4 + i, ent_factor_value(&t->parameters[k], u), 3);
        }
    }
}

static void moments(const ent_calibrate_t *self, ent_ranked_t *scratch, ent_table_t *table)
{
    const ent_calibration_t *t = &self->targets;
    const ent_abc_t *p = &self->population;
    int n_met = 0, n_covered = 0;
    ent_table_init(table, "moments", "Moments: targets and what the posterior plays");
    ent_table_column(table, "moment", ENT_COLUMN_TEXT, "", "moment");
    ent_table_column(table, "kind", ENT_COLUMN_TEXT, "", "kind");
    ent_table_column(table, "target", ENT_COLUMN_NUMBER, "", "target");
    ent_table_column(table, "error", ENT_COLUMN_NUMBER, "", "error");
    ent_table_column(table, "mean", ENT_COLUMN_NUMBER, "", "mean");
    ent_table_column(table, "q05", ENT_COLUMN_NUMBER, "", "5 %%");
    ent_table_column(table, "q95", ENT_COLUMN_NUMBER, "", "95 %%");
    ent_table_column(table, "covered", ENT_COLUMN_TEXT, "", "covered");
    ent_table_column(table, "met", ENT_COLUMN_TEXT, "", "met");
    for (int m = 0; m < t->n_moments; m++) {
        const double *value = p->moment + m;
        const size_t stride = (size_t)p->n_moments;
        const int decimals = t->moments[m].error < 0.5 ? 3 : 1;
        double mean = 0.0;
        for (int i = 0; i < p->n_particles; i++) {
            mean += p->weight[i] * value[(size_t)i * stride];
        }
        const double low = ent_weighted_quantile(value, stride, p->weight, p->n_particles, 0.05, scratch);
        const double high = ent_weighted_quantile(value, stride, p->weight, p->n_particles, 0.95, scratch);
        const double margin = ninety * self->error[m];
        const int met = self->target[m] + margin >= low && self->target[m] - margin <= high;
        const int covered = self->target[m] >= low && self->target[m] <= high;
        n_met += met;
        n_covered += covered;
        ent_table_row(table, 0);
        ent_table_text(table, 0, t->moments[m].name);
        ent_table_text(table, 1, ent_moment_names[t->moments[m].kind]);
        ent_table_number(table, 2, self->target[m], decimals);
        ent_table_number(table, 3, self->error[m], decimals);
        ent_table_number(table, 4, mean, decimals);
        ent_table_number(table, 5, low, decimals);
        ent_table_number(table, 6, high, decimals);
        ent_table_text(table, 7, covered ? "yes" : "no");
        ent_table_text(table, 8, met ? "yes" : "no");
    }
    if (self->targets.adjust || p->n_generations == 0) {
        ent_table_note(table,
                       "Moments are predictions: every particle was played anew, with other chances than "
                       "those it was chosen by.");
    }
    ent_table_note(table,
                   "The 90 %% band of the posterior covers %d of %d targets; %d are met: it reaches the "
                   "90 %% interval of the target.",
                   n_covered, t->n_moments, n_met);
}

int ent_calibration_tables(const ent_calibrate_t *self, ent_table_t tables[ENT_CALIBRATION_TABLES],
                           ent_context_t *ctx)
{
    ent_ranked_t *scratch = ent_calloc(ctx, (size_t)self->population.n_particles, sizeof *scratch);
    if (scratch == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    generations(self, &tables[0]);
    parameters(self, scratch, &tables[1]);
    moments(self, scratch, &tables[2]);
    free(scratch);
    return 0;
}
