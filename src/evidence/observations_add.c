#include "evidence/observations_add.h"

#include "base/memory.h"
#include "base/number.h"
#include "numbers/observed.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { YEAR = 12 };
static const double outlier = 30.0, least_asked = 1e6;
static const char census_source[] = "US Census Bureau, API international trade";

/* A value of the file. */
typedef struct {
    int series, month, row, column; /* series: first row of it in the observations */
    double value;
} entry_t;

typedef struct {
    ent_observations_t *self;
    const ent_csv_whole_t *table;
    const ent_observations_add_options_t *options;
    ent_observations_added_t *added;
    entry_t *entry;
    size_t n, capacity;
    ent_context_t *ctx;
} adding_t;

static int refuse(const adding_t *a, int row, int column, const char *nearest, const char *rule)
{
    return ent_csv_whole_fault(a->table, row, column, ENT_ERR_DATA, nearest, rule, a->ctx);
}

static int keep_entry(adding_t *a, int series, int month, int row, int column, double value)
{
    entry_t *entries = ent_grow(a->ctx, a->entry, &a->capacity, a->n + 1, sizeof *entries);

    if (entries == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    a->entry = entries;
    a->entry[a->n++] = (entry_t){series, month, row, column, value};
    return ENT_OK;
}

static int read_value(const adding_t *a, int row, int column, double *value)
{
    return ent_number_parse(ent_csv_text(a->table, row, column), value) && isfinite(*value) && *value >= 0.0
               ? ENT_OK
               : refuse(a, row, column, NULL, "must be a number of 0 or more");
}

/* ---- the Census Bureau's form ---- */

typedef struct {
    int partner, product, time, year, month, value, duty;
} census_t;

static int census_columns(const adding_t *a, census_t *c)
{
    const ent_csv_whole_t *t = a->table;

    *c = (census_t){ent_csv_whole_column(t, "CTY_CODE"),  ent_csv_whole_column(t, "NAICS"),
                    ent_csv_whole_column(t, "time"),      ent_csv_whole_column(t, "YEAR"),
                    ent_csv_whole_column(t, "MONTH"),     ent_csv_whole_column(t, "CON_VAL_MO"),
                    ent_csv_whole_column(t, "CAL_DUT_MO")};
    return c->partner >= 0 && c->product >= 0 && (c->time >= 0 || (c->year >= 0 && c->month >= 0));
}

static const char *partner_of_census(const adding_t *a, const char *census)
{
    const int code = ent_csv_whole_column(a->options->partners, "code");
    const int number = ent_csv_whole_column(a->options->partners, "census_code");

    for (int r = 0; r < a->options->partners->n_rows; r++) {
        if (strcmp(ent_csv_text(a->options->partners, r, number), census) == 0) {
            return ent_csv_text(a->options->partners, r, code);
        }
    }
    return NULL;
}

static int census_month(const adding_t *a, const census_t *c, int row)
{
    char text[32];

    if (c->time >= 0) {
        return ent_month_parse(ent_csv_text(a->table, row, c->time));
    }
    (void)snprintf(text, sizeof text, "%.8s-%.8s", ent_csv_text(a->table, row, c->year),
                   ent_csv_text(a->table, row, c->month));
    return ent_month_parse(text);
}

static int census_cell(adding_t *a, int row, int column, const char *partner, const char *product,
                       const char *measure, int month)
{
    char flow[32];
    double value;
    int series;

    (void)snprintf(flow, sizeof flow, "%.16s-USA", partner);
    series = ent_observations_find(a->self, flow, product, measure);
    if (series < 0) {
        a->added->n_skipped++;
        return ENT_OK;
    }
    if (strcmp(a->self->row[series].unit, "USD") != 0) {
        return refuse(a, row, column, a->self->row[series].unit, "is in USD, the series is not");
    }
    const int code = read_value(a, row, column, &value);

    return code == ENT_OK ? keep_entry(a, series, month, row, column, value) : code;
}

static int census_row(adding_t *a, const census_t *c, int row)
{
    const char *partner = partner_of_census(a, ent_csv_text(a->table, row, c->partner));
    const char *naics = ent_csv_text(a->table, row, c->product);
    const char *product = strcmp(naics, "-") == 0 || strcmp(naics, "00") == 0 ? "total" : naics;
    const int month = census_month(a, c, row);
    int code;

    if (month < 0) {
        return refuse(a, row, c->time >= 0 ? c->time : c->month, NULL, "must be a month such as 2025-06");
    }
    if (partner == NULL) {
        a->added->n_skipped++;
        return ENT_OK;
    }
    code = census_cell(a, row, c->value, partner, product, "imports", month);
    return code == ENT_OK && c->duty >= 0 ? census_cell(a, row, c->duty, partner, product, "duty", month)
                                          : code;
}

/* ---- the plain form ---- */

enum { MONTH, FLOW, PRODUCT, MEASURE, VALUE, UNIT, BASIS, N_PLAIN };
static const char *const plain[N_PLAIN] = {"month", "flow", "product", "measure", "value", "unit", "basis"};

static int plain_row(adding_t *a, const int *place, int row)
{
    const int month = ent_month_parse(ent_csv_text(a->table, row, place[MONTH]));
    const int series = ent_observations_find(a->self, ent_csv_text(a->table, row, place[FLOW]),
                                             ent_csv_text(a->table, row, place[PRODUCT]),
                                             ent_csv_text(a->table, row, place[MEASURE]));
    double value = NAN;
    int code = month >= 0 ? ENT_OK : refuse(a, row, place[MONTH], NULL, "must be a month such as 2025-06");

    if (series < 0) {
        a->added->n_skipped++;
        return code;
    }
    if (strcmp(ent_csv_text(a->table, row, place[UNIT]), a->self->row[series].unit) != 0) {
        code = refuse(a, row, place[UNIT], a->self->row[series].unit, "must be the unit of the series");
    }
    if (strcmp(ent_csv_text(a->table, row, place[BASIS]), a->self->row[series].basis) != 0) {
        code = refuse(a, row, place[BASIS], a->self->row[series].basis, "must be the basis of the series");
    }
    const int here = read_value(a, row, place[VALUE], &value);

    code = code == ENT_OK ? here : code;
    return code == ENT_OK ? keep_entry(a, series, month, row, place[VALUE], value) : code;
}

static int read_entries(adding_t *a)
{
    const ent_csv_whole_t *t = a->table;
    census_t census;
    int place[N_PLAIN], whole = 1, code = ENT_OK;
    const int is_census = census_columns(a, &census);

    for (int i = 0; i < N_PLAIN; i++) {
        place[i] = ent_csv_whole_column(t, plain[i]);
        whole = whole && place[i] >= 0;
    }
    if (!whole && (!is_census || census.value < 0)) {
        return ent_fault(a->ctx, ENT_ERR_DATA, t->path, 1, 0, is_census ? "CON_VAL_MO" : NULL, NULL, NULL,
                         is_census
                             ? "imports for consumption are needed: GEN_VAL_MO is another basis"
                             : "is neither the Census Bureau's form (CTY_CODE, NAICS, time, CON_VAL_MO) nor "
                               "the plain one (month, flow, product, measure, value, unit, basis)");
    }
    for (int row = 0; code != ENT_ERR_NO_MEMORY && row < t->n_rows; row++) {
        const int here = whole ? plain_row(a, place, row) : census_row(a, &census, row);
        code = code == ENT_OK || here == ENT_ERR_NO_MEMORY ? here : code;
    }
    if (code == ENT_OK && a->n == 0) {
        code = ent_fail(a->ctx, ENT_ERR_DATA, t->path, "has no value of a series that is kept");
    }
    return code;
}

/* ---- checks ---- */

static int by_series_and_month(const void *one, const void *other)
{
    const entry_t *a = one, *b = other;

    return a->series != b->series ? (a->series > b->series) - (a->series < b->series)
           : a->month != b->month ? (a->month > b->month) - (a->month < b->month)
                                  : (a->row > b->row) - (a->row < b->row);
}

/* What the series had in a month, with entries of the file before `i` counting. */
static double known_value(const adding_t *a, size_t i, int month)
{
    for (size_t k = i; k-- > 0 && a->entry[k].series == a->entry[i].series;) {
        if (a->entry[k].month == month) {
            return a->entry[k].value;
        }
    }
    return ent_observations_value(a->self, a->entry[i].series, month, 0);
}

/* Duty is not asked: a new rate multiplies it by any number, as in April 2025. */
static int check_outlier(const adding_t *a, size_t i)
{
    const entry_t *e = &a->entry[i];
    double before[YEAR], median;
    size_t n = 0;

    for (int m = e->month - YEAR; m < e->month; m++) {
        const double value = known_value(a, i, m);

        if (!isnan(value)) {
            before[n++] = value;
        }
    }
    if (n == 0 || a->options->accept_outliers || strcmp(a->self->row[e->series].measure, "duty") == 0) {
        return ENT_OK;
    }
    gsl_sort(before, 1, n);
    median = gsl_stats_median_from_sorted_data(before, 1, n);
    return median < least_asked || (e->value <= outlier * median && e->value >= median / outlier)
               ? ENT_OK
               : refuse(a, e->row, e->column, NULL,
                        "is 30 times the median of the year before it or a thirtieth: another unit? "
                        "(--accept-outliers takes it)");
}

static int check_entry(const adding_t *a, size_t i)
{
    const entry_t *e = &a->entry[i];
    int code = ENT_OK;

    if (i > 0 && a->entry[i - 1].series == e->series && a->entry[i - 1].month == e->month) {
        return refuse(a, e->row, e->column, NULL, "its month is given twice for this series");
    }
    if (e->month < a->self->first_month) {
        return refuse(a, e->row, e->column, NULL, "its month is before the first of the observations");
    }
    if (isnan(known_value(a, i, e->month - 1)) && isnan(known_value(a, i, e->month)) &&
        e->month > a->self->first_month) {
        code = refuse(a, e->row, e->column, NULL, "the month before it is missing");
    }
    const int here = check_outlier(a, i);

    return code == ENT_OK ? here : code;
}

static int check_vintages(const adding_t *a)
{
    for (size_t i = 0; i < a->n; i++) {
        for (int r = a->entry[i].series; r < a->self->n_rows; r++) {
            if ((i == 0 || a->entry[i - 1].series != a->entry[i].series) &&
                ent_observations_same(&a->self->row[a->entry[i].series], &a->self->row[r]) &&
                a->self->row[r].vintage >= a->added->vintage) {
                return ent_fault(a->ctx, ENT_ERR_USAGE, a->table->path, 0, 0, "vintage", NULL, NULL,
                                 "the observations have a vintage as late: name a later one (--vintage)");
            }
        }
    }
    return ENT_OK;
}

static int check(adding_t *a)
{
    int code = ENT_OK;

    qsort(a->entry, a->n, sizeof *a->entry, by_series_and_month);
    a->added->first_month = a->added->last_month = a->entry[0].month;
    for (size_t i = 0; i < a->n; i++) {
        const int here = check_entry(a, i);

        code = code == ENT_OK ? here : code;
        a->added->first_month =
            a->entry[i].month < a->added->first_month ? a->entry[i].month : a->added->first_month;
        a->added->last_month =
            a->entry[i].month > a->added->last_month ? a->entry[i].month : a->added->last_month;
    }
    a->added->vintage = a->options->vintage > 0 ? a->options->vintage : a->added->last_month;
    return code == ENT_OK ? check_vintages(a) : code;
}

/* ---- taking ---- */

static void count_entry(adding_t *a, double before, double value)
{
    if (isnan(before)) {
        a->added->n_new++;
    } else {
        const double change = before > 0.0 && value > 0.0 ? fabs(log(value / before)) : 0.0;

        a->added->n_revised++;
        a->added->largest_revision = fmax(a->added->largest_revision, change);
    }
}

static int take(adding_t *a)
{
    int row = -1, of = -1, code = ent_observations_extend(a->self, a->added->last_month, a->ctx);

    for (size_t i = 0; code == ENT_OK && i < a->n; i++) {
        const entry_t *e = &a->entry[i];
        const double before = ent_observations_value(a->self, e->series, e->month, 0);

        if (before == e->value) {
            a->added->n_same++;
            continue;
        }
        if (of != e->series) {
            ent_observation_row_t like = a->self->row[e->series];

            like.source =
                (char *)(ent_csv_whole_column(a->table, "CTY_CODE") >= 0 ? census_source : a->table->path);
            row = ent_observations_add_row(a->self, &like, a->added->vintage, a->ctx);
            of = e->series;
        }
        if (row < 0) {
            return ENT_ERR_NO_MEMORY;
        }
        count_entry(a, before, e->value);
        a->self->row[row].value[e->month - a->self->first_month] = e->value;
    }
    return code;
}

int ent_observations_add(ent_observations_t *self, const ent_csv_whole_t *table,
                         const ent_observations_add_options_t *options, ent_observations_added_t *added,
                         ent_context_t *ctx)
{
    adding_t a = {.self = self, .table = table, .options = options, .added = added, .ctx = ctx};
    int code;

    *added = (ent_observations_added_t){0};
    code = read_entries(&a);
    code = code == ENT_OK ? check(&a) : code;
    code = code == ENT_OK ? take(&a) : code;
    free(a.entry);
    return code;
}
