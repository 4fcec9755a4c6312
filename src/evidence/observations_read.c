/* Files of observations: one row a series in a vintage, one column a month. */
#include "evidence/observations.h"

#include "base/memory.h"
#include "base/number.h"
#include "io/csv_whole.h"
#include "numbers/observed.h"

#include <math.h>
#include <string.h>

enum { VINTAGE, FLOW, PRODUCT, MEASURE, UNIT, BASIS, SOURCE, N_KEYS };
static const char *const keys[N_KEYS] = {"vintage", "flow", "product", "measure", "unit", "basis", "source"};

typedef struct {
    const ent_csv_whole_t *table;
    ent_observations_t *self;
    int place[N_KEYS];
    int month_column; /* column of the first month */
    ent_context_t *ctx;
} reader_t;

static int read_keys(reader_t *r)
{
    int code = ENT_OK;

    for (int k = 0; k < N_KEYS; k++) {
        r->place[k] = ent_csv_needs(r->table, keys[k], r->ctx);
        code = r->place[k] < 0 ? ENT_ERR_DATA : code;
    }
    return code;
}

/* The columns after the keys are months, each the one after the column before. */
static int read_months(reader_t *r)
{
    const ent_csv_whole_t *table = r->table;
    int expected = 0, code = ENT_OK;

    r->month_column = N_KEYS;
    for (int c = N_KEYS; c < table->n_columns; c++) {
        const int month = ent_month_parse(table->heading[c]);
        char next[16] = "YYYY-MM";

        if (expected > 0) {
            ent_month_format(expected, next);
        }
        if (month < 0 || (expected > 0 && month != expected)) {
            code = ent_fault(r->ctx, ENT_ERR_DATA, table->path, 1, 0, table->heading[c], NULL, NULL,
                             "months follow one another, each once: the column must be %s", next);
        }
        expected = month < 0 ? expected + (expected > 0) : month + 1;
        r->self->first_month = c == N_KEYS ? month : r->self->first_month;
    }
    r->self->n_months = table->n_columns - N_KEYS;
    if (r->self->n_months < 1) {
        code = ent_fail(r->ctx, ENT_ERR_DATA, table->path, "has no column of a month");
    }
    return code;
}

static int read_value(const reader_t *r, int row, int column, double *value)
{
    const char *text = ent_csv_text(r->table, row, column);

    *value = NAN;
    if (text[0] == '\0') {
        return ENT_OK;
    }
    if (!ent_number_parse(text, value) || !isfinite(*value) || *value < 0.0) {
        return ent_csv_whole_fault(r->table, row, column, ENT_ERR_DATA, NULL,
                                   "must be a number of 0 or more, or empty where it is not known", r->ctx);
    }
    return ENT_OK;
}

/* What a series says of itself may not change from one vintage to the next. */
static int check_vintage(const reader_t *r, int row, const ent_observation_row_t *now)
{
    for (int i = r->self->n_rows - 2; i >= 0; i--) {
        const ent_observation_row_t *before = &r->self->row[i];

        if (!ent_observations_same(before, now)) {
            continue;
        }
        if (now->vintage <= before->vintage) {
            return ent_csv_whole_fault(r->table, row, r->place[VINTAGE], ENT_ERR_DATA, NULL,
                                       "must be later than the vintage of the series above", r->ctx);
        }
        if (strcmp(before->unit, now->unit) != 0) {
            return ent_csv_whole_fault(r->table, row, r->place[UNIT], ENT_ERR_DATA, before->unit,
                                       "must be the unit of the series' first vintage", r->ctx);
        }
        return strcmp(before->basis, now->basis) == 0
                   ? ENT_OK
                   : ent_csv_whole_fault(r->table, row, r->place[BASIS], ENT_ERR_DATA, before->basis,
                                         "must be the basis of the series' first vintage", r->ctx);
    }
    return ENT_OK;
}

static int needs_text(const reader_t *r, int row, int key)
{
    return ent_csv_text(r->table, row, r->place[key])[0] != '\0'
               ? ENT_OK
               : ent_csv_whole_fault(r->table, row, r->place[key], ENT_ERR_DATA, NULL, "must not be empty",
                                     r->ctx);
}

static char *text_of(const reader_t *r, int row, int key)
{
    return r->table->cell[(size_t)row * (size_t)r->table->n_columns + (size_t)r->place[key]];
}

static int read_row(reader_t *r, int row)
{
    const char *vintage = ent_csv_text(r->table, row, r->place[VINTAGE]);
    const int month = vintage[0] == '\0' ? 0 : ent_month_parse(vintage);
    int code = month >= 0 ? ENT_OK
                          : ent_csv_whole_fault(r->table, row, r->place[VINTAGE], ENT_ERR_DATA, NULL,
                                                "must be a month such as 2025-06, or empty", r->ctx);
    const ent_observation_row_t like = {.flow = text_of(r, row, FLOW),
                                        .product = text_of(r, row, PRODUCT),
                                        .measure = text_of(r, row, MEASURE),
                                        .unit = text_of(r, row, UNIT),
                                        .basis = text_of(r, row, BASIS),
                                        .source = text_of(r, row, SOURCE),
                                        .line = r->table->line[row]};
    const int needed[] = {FLOW, MEASURE, UNIT};
    int place;

    for (int i = 0; i < 3; i++) {
        const int here = needs_text(r, row, needed[i]);
        code = code == ENT_OK ? here : code;
    }
    place = ent_observations_add_row(r->self, &like, month, r->ctx);
    if (place < 0) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int m = 0; m < r->self->n_months; m++) {
        const int here = read_value(r, row, r->month_column + m, &r->self->row[place].value[m]);
        code = code == ENT_OK ? here : code;
    }
    return code == ENT_OK ? check_vintage(r, row, &r->self->row[place]) : code;
}

int ent_observations_read(ent_observations_t *self, const char *path, ent_context_t *ctx)
{
    ent_csv_whole_t table;
    reader_t r = {.table = &table, .self = self, .ctx = ctx};
    int code;

    *self = (ent_observations_t){0};
    code = ent_csv_whole_read(&table, path, ctx);
    self->path = ent_strdup(ctx, path);
    if (code == ENT_OK) {
        const int keys_code = read_keys(&r);
        code = keys_code != ENT_OK ? keys_code : read_months(&r);
    }
    const int n_rows = code == ENT_OK ? table.n_rows : 0;
    for (int row = 0; code != ENT_ERR_NO_MEMORY && row < n_rows; row++) {
        const int here = read_row(&r, row);
        code = code == ENT_OK || here == ENT_ERR_NO_MEMORY ? here : code;
    }
    if (code == ENT_OK && self->n_rows == 0) {
        code = ent_fail(ctx, ENT_ERR_DATA, path, "holds no series");
    }
    ent_csv_whole_free(&table);
    return code;
}
