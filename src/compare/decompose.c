#include "compare/decompose.h"

#include "base/memory.h"
#include "numbers/paired.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PARTS = 64 };
static const double rounding = 1e-12; /* of the level: sums of doubles in another order */

/* The scenarios of a decomposition. */
typedef struct {
    int base, together, n_parts;
    int part[MOST_PARTS];
} parts_t;

static const struct {
    const char *name, *unit, *outcome;
    int partner_only; /* the partner alone, instead of every recorded destination */
} outcomes[] = {{"exports", "million USD", "exports", 0},
                {"exports to partner", "million USD", "exports", 1},
                {"revenue", "million USD", "revenue", 0},
                {"affiliate sales", "million USD", "affiliate_sales", 0},
                {"jobs", "jobs", "jobs", 0}};
enum { N_OUTCOMES = sizeof outcomes / sizeof outcomes[0], N_PERIODS = 2 };
static const struct {
    const char *key, *words;
} spans[N_PERIODS] = {{"year1", "first year"}, {"horizon", "last year"}};

/* What is decomposed, and its numbers. */
typedef struct {
    ent_ensemble_t ensemble;
    parts_t parts;
    int partner;
    ent_period_t period[N_PERIODS];
    double *value; /* [outcome][period][scenario][replication] */
    double *work;  /* [2][replication] */
    double level;
    int n_unresolved;
} study_t;

int ent_has_decomposition(const ent_results_file_t *file)
{
    return file->decomposition != NULL;
}

/* "base|together|part|part" of scenario names. */
static int find_parts(const ent_results_file_t *file, parts_t *parts, ent_context_t *ctx)
{
    char *copy = strdup(file->decomposition), *rest = copy;
    int n = 0, found = copy != NULL;
    for (const char *word; found && (word = strsep(&rest, "|")) != NULL; n++) {
        const int scenario = ent_results_file_find(file->scenario, file->n_scenario, word);
        found = scenario >= 0 && n < MOST_PARTS;
        if (found && n < 2) {
            *(n == 0 ? &parts->base : &parts->together) = scenario;
        } else if (found) {
            parts->part[parts->n_parts++] = scenario;
        }
    }
    free(copy);
    return found && parts->n_parts > 0 ? 0
                                       : ent_fail(ctx, ENT_ERR_DATA, file->path,
                                                  "its decomposition names scenarios it does not have");
}

static double *values_at(const study_t *study, int outcome, int period, int scenario)
{
    const ent_ensemble_t *e = &study->ensemble;
    return study->value +
           (((size_t)outcome * N_PERIODS + (size_t)period) * (size_t)e->n_scenario + (size_t)scenario) *
               (size_t)e->n_replication;
}

/* Every number of one replication, so that its fields are read once. */
static int read_replication(const study_t *study, ent_reader_t *reader, int r, ent_context_t *ctx)
{
    const ent_ensemble_t *e = &study->ensemble;
    int rc = 0;
    for (int i = 0; i < N_OUTCOMES; i++) {
        const ent_outcome_t *outcome = ent_outcome(ent_outcome_find(outcomes[i].outcome, NULL));
        const ent_places_t places = {e->home, outcomes[i].partner_only ? study->partner : -1, -1, -1};
        for (int k = 0; rc == 0 && k < N_PERIODS * e->n_scenario; k++) {
            const int p = k / e->n_scenario, s = k % e->n_scenario;
            rc = ent_outcome_value(outcome, reader, s, r, &places, &study->period[p],
                                   &values_at(study, i, p, s)[r], ctx);
        }
    }
    return rc;
}

static int read_values(study_t *study, ent_context_t *ctx)
{
    const ent_ensemble_t *e = &study->ensemble;
    const size_t n = (size_t)e->n_replication, runs = n * (size_t)e->n_scenario;
    ent_reader_t reader = {0};
    study->value = ent_calloc(ctx, (size_t)N_OUTCOMES * N_PERIODS * runs, sizeof(double));
    study->work = ent_calloc(ctx, 2 * n, sizeof(double));
    int rc =
        study->value == NULL || study->work == NULL ? ENT_ERR_NO_MEMORY : ent_reader_init(&reader, e, ctx);
    for (int r = 0; rc == 0 && r < e->n_replication; r++) {
        rc = read_replication(study, &reader, r, ctx);
    }
    ent_reader_free(&reader);
    return rc;
}

enum { MOST_ROWS = MOST_PARTS + 2 };

/* Means rounded to the decimals of the best known row; the interaction takes what is left, so that the rows
 * add up as printed. Rows: parts, interaction, together. */
static int round_rows(ent_estimate_t *row, int n_parts)
{
    int most = -9;
    for (int k = 0; k < n_parts + 2; k++) {
        const ent_estimate_t *e = &row[k];
        const int wanted = k == n_parts || e->mean == 0.0 ? -9 : ent_decimals(e->mean, e->error);
        most = wanted > most ? wanted : most;
    }
    const int decimals = most > 3 ? 3 : most < -3 ? 0 : most;
    const double unit = pow(10.0, -decimals);
    double left = 0.0;
    for (int k = n_parts + 1; k >= 0; k--) {
        if (k != n_parts) {
            row[k].mean = round(row[k].mean / unit);
            left += k > n_parts ? row[k].mean : -row[k].mean;
        }
    }
    row[n_parts].mean = left;
    for (int k = 0; k < n_parts + 2; k++) {
        row[k].mean *= unit;
    }
    return decimals;
}

static void add_row(ent_table_t *table, int outcome, const char *period, const char *part, int rule,
                    const ent_estimate_t *e, double base, int decimals)
{
    ent_table_row(table, rule);
    ent_table_text(table, 0, outcomes[outcome].name);
    ent_table_text(table, 1, period);
    ent_table_text(table, 2, part);
    ent_table_text(table, 3, outcomes[outcome].unit);
    ent_table_number(table, 4, e->mean, decimals);
    ent_table_number(table, 5, base != 0.0 ? 100.0 * e->mean / base : NAN, 3);
    ent_table_number(table, 6, e->error, ent_decimals(e->error, e->error));
    ent_table_number(table, 7, e->low, decimals);
    ent_table_number(table, 8, e->high, decimals);
}

/* Difference of every world: a part to the base, the interaction, or all together. */
static void differences(const study_t *study, int outcome, int period, int k, double *difference)
{
    const parts_t *parts = &study->parts;
    const double *base = values_at(study, outcome, period, parts->base);
    const double *together = values_at(study, outcome, period, parts->together);
    for (int r = 0; r < study->ensemble.n_replication; r++) {
        difference[r] = together[r] - base[r];
        if (k < parts->n_parts) {
            difference[r] = values_at(study, outcome, period, parts->part[k])[r] - base[r];
        } else if (k == parts->n_parts) {
            for (int i = 0; i < parts->n_parts; i++) {
                difference[r] -= values_at(study, outcome, period, parts->part[i])[r] - base[r];
            }
            difference[r] = fabs(difference[r]) <= rounding * fabs(base[r]) ? 0.0 : difference[r];
        }
    }
}

/* The rows of one outcome and period: parts, interaction, together. */
static void add_rows(study_t *study, int outcome, int period, ent_table_t *table)
{
    const ent_ensemble_t *e = &study->ensemble;
    const parts_t *parts = &study->parts;
    const int n_parts = parts->n_parts;
    double *difference = study->work, *scratch = study->work + e->n_replication;
    ent_estimate_t row[MOST_ROWS], base;
    ent_estimate_number(e, values_at(study, outcome, period, parts->base), study->level, scratch, &base);
    for (int k = 0; k < n_parts + 2; k++) {
        differences(study, outcome, period, k, difference);
        ent_estimate_number(e, difference, study->level, scratch, &row[k]);
        study->n_unresolved += !row[k].resolved;
    }
    const int decimals = round_rows(row, n_parts);
    for (int k = 0; k < n_parts + 2; k++) {
        const char *part = k < n_parts    ? e->scenario[parts->part[k]]
                           : k == n_parts ? "interaction"
                                          : e->scenario[parts->together];
        add_row(table, outcome, spans[period].words, part, k == 0 && table->n_rows > 0, &row[k], base.mean,
                decimals);
    }
}

static void add_columns(const ent_results_file_t *file, const parts_t *parts, double level,
                        ent_table_t *table)
{
    const double low = 50.0 * (1.0 - level);
    ent_table_init(table, "decomposition", "What each part is worth alone, against %s",
                   file->scenario[parts->base]);
    ent_table_column(table, "outcome", ENT_COLUMN_TEXT, "", "outcome");
    ent_table_column(table, "period", ENT_COLUMN_TEXT, "", "period");
    ent_table_column(table, "part", ENT_COLUMN_TEXT, "", "part");
    ent_table_column(table, "unit", ENT_COLUMN_TEXT, "", "unit");
    ent_table_column(table, "difference", ENT_COLUMN_NUMBER, "unit", "difference");
    ent_table_column(table, "change", ENT_COLUMN_NUMBER, "%", "change");
    ent_table_column(table, "error", ENT_COLUMN_NUMBER, "unit", "error");
    ent_table_column(table, "low", ENT_COLUMN_NUMBER, "unit", "range %g %%", low);
    ent_table_column(table, "high", ENT_COLUMN_NUMBER, "unit", "range %g %%", 100.0 - low);
}

static int study_init(study_t *study, const ent_results_file_t *file, double level, ent_context_t *ctx)
{
    *study = (study_t){.level = level, .partner = -1};
    ent_ensemble_from_file(&study->ensemble, file);
    int rc = find_parts(file, &study->parts, ctx);
    for (int p = 0; rc == 0 && p < N_PERIODS; p++) {
        rc = ent_period_find(&study->ensemble, spans[p].key, &study->period[p], ctx);
    }
    return rc == 0 ? ent_default_partner(&study->ensemble, study->ensemble.home, study->parts.together,
                                         study->parts.base, &study->partner, ctx)
                   : rc;
}

int ent_decomposition_table(const ent_results_file_t *file, double level, ent_table_t *table,
                            ent_context_t *ctx)
{
    study_t study;
    int rc = study_init(&study, file, level, ctx);
    if (rc != 0) {
        ent_table_init(table, "decomposition", "none");
        return rc;
    }
    add_columns(file, &study.parts, level, table);
    rc = read_values(&study, ctx);
    for (int i = 0; rc == 0 && i < N_OUTCOMES; i++) {
        for (int p = 0; p < N_PERIODS; p++) {
            add_rows(&study, i, p, table);
        }
    }
    ent_table_note(
        table,
        "%s's exports (all recorded destinations, and %s alone), its producers' revenue, the sales of "
        "their plants abroad, which are no exports, and the jobs their output takes at home.",
        file->region[file->home], file->region[study.partner]);
    ent_table_note(table,
                   "Interaction: all parts together less the sum of each alone, world by world, so that "
                   "the rows of a block add up to the last; they are rounded to the error of "
                   "the best known.");
    if (study.n_unresolved > 0) {
        ent_table_note(
            table,
            "In %d of %d rows chance explains the whole spread over worlds: the range is shown as the mean.",
            study.n_unresolved, table->n_rows);
    }
    free(study.value);
    free(study.work);
    return rc;
}
