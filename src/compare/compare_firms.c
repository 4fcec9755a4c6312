#include "compare/compare_firms.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows of the table: what they are called, and the outcome they show. */
typedef struct {
    const char *name, *unit, *outcome; /* outcome NULL: jobs in exports */
} quantity_t;

static const quantity_t quantities[] = {
    {"exporters", "firms", "exporters"},
    {"entrants", "firms", "entrants"},
    {"leavers", "firms", "leavers"},
    {"failures", "firms", "failures"},
    {"survive one year", "%", "survival_one_year"},
    {"survive five years", "%", "survival_five_years"},
    {"share of ten largest", "%", "largest_ten"},
    {"share of hundred largest", "%", "largest_hundred"},
    {"exports", "million USD", "class_exports"},
    {"jobs in exports", "jobs", NULL},
    {"jobs", "jobs", "jobs"},
    {"affiliate sales", "million USD", "affiliate_sales"},
    {"domestic sales", "million USD", "domestic_sales"},
};
enum { N_QUANTITIES = sizeof quantities / sizeof quantities[0] };

static const char *const class_names[] = ENT_CLASS_NAMES;

/* One row; -1: all classes, all sectors. */
typedef struct {
    const quantity_t *quantity;
    int period, size_class, sector, rule;
} row_t;

typedef struct {
    const ent_comparison_t *c;
    ent_reader_t reader;
    int n_rows;
    row_t *rows;
    double *value; /* [n_rows][base, against][n_replication] */
} firms_t;

static const ent_outcome_t *outcome_named(const char *name)
{
    return ent_outcome(ent_outcome_find(name, NULL));
}

/* Outcome that says where and when a quantity is known. */
static const ent_outcome_t *outcome_of(const quantity_t *quantity)
{
    return outcome_named(quantity->outcome != NULL ? quantity->outcome : "class_exports");
}

/* ---- values ---- */

/* Jobs of home's producers in proportion to the share of the class's exports in revenue, sector by sector. */
static int jobs_in_exports(firms_t *firms, int scenario, int r, const ent_places_t *places,
                           const ent_period_t *period, double *value, ent_context_t *ctx)
{
    enum { EXPORTS, REVENUE, JOBS, N_PARTS };
    static const char *const names[N_PARTS] = {"class_exports", "revenue", "jobs"};
    int code = ENT_OK;
    *value = 0.0;
    for (int s = 0; s < firms->c->ensemble.n_sector; s++) {
        ent_places_t sector = *places;
        double part[N_PARTS];
        sector.sector = s;
        for (int k = 0; code == ENT_OK && k < N_PARTS; k++) {
            code = ent_outcome_value(outcome_named(names[k]), &firms->reader, scenario, r, &sector, period,
                                     &part[k], ctx);
        }
        if (code != ENT_OK) {
            return code;
        }
        if (places->sector < 0 || places->sector == s) {
            *value += part[REVENUE] <= 0.0 ? 0.0 : part[EXPORTS] / part[REVENUE] * part[JOBS];
        }
    }
    return code;
}

static double *values_at(const firms_t *firms, int row, int side)
{
    return firms->value + (2 * (size_t)row + (size_t)side) * (size_t)firms->c->ensemble.n_replication;
}

static int read_row(firms_t *firms, int i, int side, int r, ent_context_t *ctx)
{
    const ent_comparison_t *c = firms->c;
    const row_t *row = &firms->rows[i];
    const ent_places_t places = {c->ensemble.home, -1, row->sector, row->size_class};
    const ent_period_t *period = &c->periods[row->period];
    const int scenario = side ? c->against : c->base;
    double *value = &values_at(firms, i, side)[r];
    return row->quantity->outcome == NULL ? jobs_in_exports(firms, scenario, r, &places, period, value, ctx)
                                          : ent_outcome_value(outcome_of(row->quantity), &firms->reader,
                                                              scenario, r, &places, period, value, ctx);
}

static int read_rows(firms_t *firms, ent_context_t *ctx)
{
    const size_t n = (size_t)firms->c->ensemble.n_replication;
    firms->value = ent_calloc(ctx, 2 * (size_t)firms->n_rows * n, sizeof(double));
    int code =
        firms->value == NULL ? ENT_ERR_NO_MEMORY : ent_reader_init(&firms->reader, &firms->c->ensemble, ctx);
    for (size_t r = 0; r < n; r++) {
        for (int i = 0; code == ENT_OK && i < 2 * firms->n_rows; i++) {
            code = read_row(firms, i / 2, i % 2, (int)r, ctx);
        }
    }
    return code;
}

/* ---- rows ---- */

static void add_row(firms_t *firms, const quantity_t *quantity, int period, int size_class, int sector,
                    int *rule)
{
    firms->rows[firms->n_rows++] = (row_t){quantity, period, size_class, sector, *rule};
    *rule = 0;
}

static void add_period(firms_t *firms, const quantity_t *quantity, int period, int by_sector, int *rule)
{
    const ent_outcome_t *outcome = outcome_of(quantity);
    for (int k = 0; ent_outcome_by_class(outcome) && k < ENT_N_CLASSES; k++) {
        if (outcome->lag_years == 0 || k != ENT_CLASS_LARGE) { /* the largest neither enter nor leave */
            add_row(firms, quantity, period, k, -1, rule);
        }
    }
    add_row(firms, quantity, period, -1, -1, rule);
    for (int s = 0; by_sector && ent_outcome_by_sector(outcome) && s < firms->c->ensemble.n_sector; s++) {
        add_row(firms, quantity, period, -1, s, rule);
    }
}

/* Rows of everything that is recorded; who entered before the file begins is not in it. */
static int add_rows(firms_t *firms, int by_sector, ent_context_t *ctx)
{
    const ent_comparison_t *c = firms->c;
    const size_t most =
        (size_t)N_QUANTITIES * (size_t)c->n_periods * (size_t)(ENT_N_CLASSES + 1 + c->ensemble.n_sector);
    firms->rows = ent_calloc(ctx, most, sizeof *firms->rows);
    for (int q = 0; firms->rows != NULL && q < N_QUANTITIES; q++) {
        const ent_outcome_t *outcome = outcome_of(&quantities[q]);
        int rule = firms->n_rows > 0;
        for (int p = 0; ent_ensemble_has(&c->ensemble, outcome->term[0].field) && p < c->n_periods; p++) {
            if (c->periods[p].begin >= outcome->lag_years * c->ensemble.steps_per_year) {
                add_period(firms, &quantities[q], p, by_sector, &rule);
            }
        }
    }
    return firms->rows != NULL ? ENT_OK : ENT_ERR_NO_MEMORY;
}

static void put_row(const firms_t *firms, int i, double *scratch, ent_table_t *table)
{
    const ent_comparison_t *c = firms->c;
    const row_t *row = &firms->rows[i];
    ent_paired_t paired;
    ent_estimate_paired(&c->ensemble, values_at(firms, i, 0), values_at(firms, i, 1), c->options.level,
                        scratch, &paired);
    ent_table_row(table, row->rule);
    ent_table_text(table, 0, row->quantity->name);
    ent_table_text(table, 1, row->size_class >= 0 ? class_names[row->size_class] : "all");
    ent_table_text(table, 2, row->sector >= 0 ? c->ensemble.sector[row->sector] : "all");
    ent_table_text(table, 3, row->quantity->unit);
    ent_table_text(table, 4, c->periods[row->period].key);
    ent_comparison_numbers(&paired, table, 5);
}

static int put_rows(firms_t *firms, int by_sector, ent_table_t *table, ent_context_t *ctx)
{
    double *scratch = ent_calloc(ctx, 2 * (size_t)firms->c->ensemble.n_replication, sizeof *scratch);
    int code = scratch == NULL ? ENT_ERR_NO_MEMORY : add_rows(firms, by_sector, ctx);
    if (code == ENT_OK) {
        code = read_rows(firms, ctx);
    }
    for (int i = 0; code == ENT_OK && i < firms->n_rows; i++) {
        put_row(firms, i, scratch, table);
    }
    free(scratch);
    return code;
}

int ent_comparison_firms(const ent_comparison_t *comparison, int by_sector, ent_table_t *table,
                         ent_context_t *ctx)
{
    const ent_ensemble_t *e = &comparison->ensemble;
    firms_t firms = {.c = comparison};
    ent_table_init(table, "firms", "Firms of %s: %s against %s", e->region[e->home],
                   e->scenario[comparison->against], e->scenario[comparison->base]);
    ent_table_column(table, "quantity", ENT_COLUMN_TEXT, "", "quantity");
    ent_table_column(table, "firm_class", ENT_COLUMN_TEXT, "", "size class");
    ent_table_column(table, "sector", ENT_COLUMN_TEXT, "", "sector");
    ent_table_column(table, "unit", ENT_COLUMN_TEXT, "", "unit");
    ent_table_column(table, "period", ENT_COLUMN_TEXT, "", "period");
    ent_comparison_columns(comparison, table, "", "fall");
    const int code = put_rows(&firms, by_sector, table, ctx);
    ent_reader_free(&firms.reader);
    free(firms.rows);
    free(firms.value);
    ent_table_note(
        table,
        "Exporters at the end of the period, jobs and shares as the mean over it, all else as sums. "
        "Jobs: value added of the output at the benchmark's shares, over value added per worker; jobs "
        "in exports go by the share of revenue. Survival: who completes the year, of those who entered "
        "so long before; n/a where that is before the first step.");
    ent_table_note(
        table, "Large: up to the rank large_ranks in the size law of their sector; medium: the larger fifth "
               "of the others. n/a: the file was made with mechanisms.entry off, or nobody measured how long "
               "exporters of home go on (parameters.survival_one_year, survival_five_years) or how large "
               "they are (size_pareto_shape).");
    return code;
}
