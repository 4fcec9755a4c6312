#include "compare/aftermath.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

static const double same_rate = 1e-6; /* ad valorem; rates are recorded in single precision */

static const struct {
    const char *outcome, *unit;
    int a_year; /* 1: shown at a year's pace */
} quantities[] = {
    {"exporters", "firms", 0},
    {"exports", "million USD a year", 1},
    {"jobs", "jobs", 0},
};
enum { N_QUANTITIES = sizeof quantities / sizeof quantities[0], MOST_MARKS = 16 };

/* Whether some export of home pays another duty in a step of a replication, from the rates of both. */
static int differ(const ent_ensemble_t *e, const float *const rate[2], int step)
{
    const size_t size = ent_ensemble_size(e, ENT_FIELD_tariff_rate);
    for (size_t i = 0; i < size; i++) {
        const size_t at = (size_t)step * size + i;
        if (ent_ensemble_exports(e, (int)i % e->n_flow, e->home) &&
            fabs((double)rate[0][at] - (double)rate[1][at]) > same_rate) {
            return 1;
        }
    }
    return 0;
}

static int last_difference(const ent_comparison_t *c, ent_reader_t *reader, int r, int *last,
                           ent_context_t *ctx)
{
    const float *rate[2];
    int rc = ent_reader_field(reader, ENT_FIELD_tariff_rate, c->base, r, &rate[0], ctx);
    if (rc == 0) {
        rc = ent_reader_field(reader, ENT_FIELD_tariff_rate, c->against, r, &rate[1], ctx);
    }
    for (int t = c->ensemble.n_time - 1; rc == 0 && rate[0] != NULL && rate[1] != NULL && t > *last; t--) {
        *last = differ(&c->ensemble, rate, t) ? t : *last;
    }
    return rc;
}

int ent_aftermath_begin(const ent_comparison_t *comparison, int *step, ent_context_t *ctx)
{
    const ent_ensemble_t *e = &comparison->ensemble;
    ent_reader_t reader;
    int last = -1;
    int rc = ent_reader_init(&reader, e, ctx);
    *step = -1;
    /* a difference that lasts to the end is found in the first replication, and ends the search */
    for (int r = 0; rc == 0 && r < e->n_replication && last < e->n_time - 1; r++) {
        rc = last_difference(comparison, &reader, r, &last, ctx);
    }
    if (rc == 0 && last >= 0 && last < e->n_time - 1) {
        *step = last + 1;
    }
    ent_reader_free(&reader);
    return rc;
}

/* The steps shown: the last of the difference, a year on and every second year from then, the end. */
static int choose_marks(const ent_ensemble_t *e, int begin, int *mark)
{
    const int year = e->steps_per_year, end = e->n_time - 1;
    int n = 0;
    mark[n++] = begin - 1;
    for (int t = begin - 1 + year; t < end && n < MOST_MARKS - 1; t += 2 * year) {
        mark[n++] = t;
    }
    mark[n++] = end;
    return n;
}

/* Values of every quantity, mark and side: [N_QUANTITIES][MOST_MARKS][2][n_replication]. */
static double *values_at(const ent_comparison_t *c, double *value, int quantity, int mark, int side)
{
    return value + (size_t)((quantity * MOST_MARKS + mark) * 2 + side) * (size_t)c->ensemble.n_replication;
}

static int read_values(const ent_comparison_t *c, const int *mark, int n_marks, double *value,
                       ent_context_t *ctx)
{
    const ent_ensemble_t *e = &c->ensemble;
    const ent_places_t home = {e->home, -1, -1, -1};
    ent_reader_t reader;
    int rc = ent_reader_init(&reader, e, ctx);
    for (int i = 0; rc == 0 && i < e->n_replication * N_QUANTITIES * n_marks * 2; i++) {
        const int side = i % 2, k = i / 2 % n_marks, q = i / 2 / n_marks % N_QUANTITIES;
        const int r = i / 2 / n_marks / N_QUANTITIES;
        const ent_outcome_t *outcome = ent_outcome(ent_outcome_find(quantities[q].outcome, NULL));
        const ent_period_t step = ent_period_steps(mark[k], 1);
        double *at = &values_at(c, value, q, k, side)[r];
        rc = ent_outcome_value(outcome, &reader, side ? c->against : c->base, r, &home, &step, at, ctx);
        *at *= quantities[q].a_year ? e->steps_per_year : 1;
    }
    ent_reader_free(&reader);
    return rc;
}

static void put_row(const ent_comparison_t *c, int q, int step, int mark, int index, double *value,
                    double *scratch, ent_table_t *table)
{
    const ent_ensemble_t *e = &c->ensemble;
    ent_paired_t paired;
    char day[16];
    ent_estimate_paired(e, values_at(c, value, q, index, 0), values_at(c, value, q, index, 1),
                        c->options.level, scratch, &paired);
    ent_day_format(e->end[mark] - 1, day);
    ent_table_row(table, index == 0 && table->n_rows > 0);
    ent_table_text(table, 0, quantities[q].outcome);
    ent_table_text(table, 1, quantities[q].unit);
    ent_table_text(table, 2, day);
    ent_table_number(table, 3, (double)(mark - step + 1) / e->steps_per_year, 2);
    ent_comparison_numbers(&paired, table, 4);
}

int ent_aftermath_table(const ent_comparison_t *comparison, int step, ent_table_t *table, ent_context_t *ctx)
{
    const ent_ensemble_t *e = &comparison->ensemble;
    int mark[MOST_MARKS];
    const int n_marks = choose_marks(e, step, mark);
    const size_t n = (size_t)e->n_replication;
    ent_table_init(table, "aftermath", "What is left once duties are the same: %s against %s",
                   e->scenario[comparison->against], e->scenario[comparison->base]);
    ent_table_column(table, "quantity", ENT_COLUMN_TEXT, "", "quantity");
    ent_table_column(table, "unit", ENT_COLUMN_TEXT, "", "unit");
    ent_table_column(table, "day", ENT_COLUMN_TEXT, "", "day");
    ent_table_column(table, "years", ENT_COLUMN_NUMBER, "years", "after");
    ent_comparison_columns(comparison, table, "", "fall");
    double *value = ent_calloc(ctx, (size_t)N_QUANTITIES * MOST_MARKS * 2 * n, sizeof *value);
    double *scratch = ent_calloc(ctx, 2 * n, sizeof *scratch);
    const int rc = value == NULL || scratch == NULL ? ENT_ERR_NO_MEMORY
                                                    : read_values(comparison, mark, n_marks, value, ctx);
    for (int q = 0; rc == 0 && q < N_QUANTITIES; q++) {
        for (int k = 0; k < n_marks && isfinite(values_at(comparison, value, q, 0, 0)[0]); k++) {
            put_row(comparison, q, step, mark[k], k, value, scratch, table);
        }
    }
    free(value);
    free(scratch);
    ent_table_note(
        table,
        "%s's exporters, exports (all recorded destinations) and jobs in single steps: the last in which "
        "its exports pay different duties, and later. A difference that is still there is hysteresis.",
        e->region[e->home]);
    return rc;
}
