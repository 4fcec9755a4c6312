#include "compare/agreements.h"

#include "base/memory.h"
#include "numbers/ensemble.h"

#include <math.h>
#include <stdlib.h>

int ent_has_agreements(const ent_results_file_t *file)
{
    return file->side[0] >= 0;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* What one negotiated scenario came to, over first plays of whole replications. */
typedef struct {
    int n_worlds, n_deals, n_back;
    double *day; /* [n_deals] sorted */
    double conceded[2];
    double *terms; /* [n_deals] what the first side conceded, sorted */
} outcome_t;

static void add_world(outcome_t *outcome, const ent_agreement_t *agreement)
{
    outcome->n_worlds++;
    outcome->n_back += agreement->snapped_back == 1.0;
    if (isfinite(agreement->day)) {
        outcome->terms[outcome->n_deals] = agreement->conceded[0];
        outcome->day[outcome->n_deals++] = agreement->day;
        outcome->conceded[0] += agreement->conceded[0];
        outcome->conceded[1] += agreement->conceded[1];
    }
}

static int read_outcome(const ent_ensemble_t *e, int scenario, ent_agreement_t *agreements,
                        outcome_t *outcome, ent_context_t *ctx)
{
    const int rc = ent_ensemble_agreements(e, scenario, agreements, ctx);
    for (int r = 0; rc == 0 && r < e->n_replication; r++) {
        if (e->chance[r] == 0 && !isnan(agreements[r].snapped_back)) {
            add_world(outcome, &agreements[r]);
        }
    }
    qsort(outcome->day, (size_t)outcome->n_deals, sizeof(double), compare_doubles);
    qsort(outcome->terms, (size_t)outcome->n_deals, sizeof(double), compare_doubles);
    return rc;
}

static void add_columns(const ent_results_file_t *file, ent_table_t *table)
{
    ent_table_column(table, "scenario", ENT_COLUMN_TEXT, "", "scenario");
    ent_table_column(table, "deal", ENT_COLUMN_NUMBER, "share of worlds", "deal");
    ent_table_column(table, "snapped_back", ENT_COLUMN_NUMBER, "share of worlds", "measures back");
    ent_table_column(table, "neither", ENT_COLUMN_NUMBER, "share of worlds", "neither");
    ent_table_column(table, "day_5", ENT_COLUMN_TEXT, "", "day 5 %%");
    ent_table_column(table, "day_50", ENT_COLUMN_TEXT, "", "median day");
    ent_table_column(table, "day_95", ENT_COLUMN_TEXT, "", "day 95 %%");
    for (int i = 0; i < 2; i++) {
        ent_table_column(table, i == 0 ? "conceded_first" : "conceded_second", ENT_COLUMN_NUMBER, "share",
                         "%s concedes", file->region[file->side[i]]);
    }
    ent_table_column(table, "terms_5", ENT_COLUMN_NUMBER, "share", "%s 5 %%", file->region[file->side[0]]);
    ent_table_column(table, "terms_95", ENT_COLUMN_NUMBER, "share", "%s 95 %%", file->region[file->side[0]]);
}

static void add_row(const ent_results_file_t *file, int scenario, const outcome_t *outcome,
                    ent_table_t *table)
{
    static const double levels[] = {0.05, 0.5, 0.95};
    const double n = outcome->n_worlds;
    ent_table_row(table, 0);
    ent_table_text(table, 0, file->scenario[scenario]);
    ent_table_number(table, 1, outcome->n_deals / n, 3);
    ent_table_number(table, 2, outcome->n_back / n, 3);
    ent_table_number(table, 3, (n - outcome->n_deals - outcome->n_back) / n, 3);
    for (int k = 0; k < 3; k++) {
        char text[16] = "";
        if (outcome->n_deals > 0) {
            const double day = outcome->day[(int)lround(levels[k] * (outcome->n_deals - 1))];
            ent_day_format(ent_day_of(2025, 1, 1) + (ent_day_t)day, text);
        }
        ent_table_text(table, 4 + k, text);
    }
    for (int i = 0; i < 2; i++) {
        ent_table_number(table, 7 + i, outcome->conceded[i] / outcome->n_deals, 3);
    }
    for (int k = 0; k < 2; k++) {
        const int at = (int)lround(levels[2 * k] * (outcome->n_deals - 1));
        ent_table_number(table, 9 + k, outcome->n_deals > 0 ? outcome->terms[at] : NAN, 3);
    }
}

int ent_agreements_table(const ent_results_file_t *file, ent_table_t *table, ent_context_t *ctx)
{
    const size_t n = (size_t)file->n_replication;
    ent_agreement_t *agreements = ent_calloc(ctx, n, sizeof *agreements);
    double *work = ent_calloc(ctx, 2 * n, sizeof *work);
    ent_ensemble_t ensemble;
    int rc = agreements == NULL || work == NULL ? ENT_ERR_NO_MEMORY : 0;
    ent_ensemble_from_file(&ensemble, file);
    ent_table_init(table, "agreements", "What came of the talks");
    add_columns(file, table);
    for (int i = 0; rc == 0 && i < file->n_scenario; i++) {
        outcome_t outcome = {.day = work, .terms = work + n};
        rc = read_outcome(&ensemble, i, agreements, &outcome, ctx);
        if (rc == 0 && outcome.n_worlds > 0) {
            add_row(file, i, &outcome, table);
        }
    }
    ent_table_note(table,
                   "Worlds are counted once. A side concedes 0 to 1 of the distance between no deal and "
                   "the deal regime; what the two concede adds up to 1.");
    free(agreements);
    free(work);
    return rc;
}
