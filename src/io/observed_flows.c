/* Bilateral flows of a year, from CSV. */
#include "io/benchmark_folder.h"

#include "base/memory.h"
#include "base/number.h"
#include "io/csv_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMN_ORIGIN, COLUMN_DESTINATION, COLUMN_VALUE, COLUMN_SECTOR, COLUMN_YEAR, COLUMN_UNIT, N_COLUMNS };
static const char *const column_names[N_COLUMNS] = {"origin", "destination", "value",
                                                    "sector", "year",        "unit"};

typedef struct {
    const char *path, *unit;
    const ent_benchmark_t *b;
    ent_context_t *ctx;
    int year, first_year, last_year; /* of the file's rows */
    double scale;
    int column[N_COLUMNS];
    ent_observed_flow_t *flows;
    int *line; /* [cells + pairs] on which the flow stands */
    size_t n, capacity;
} reader_t;

static int fault(const reader_t *r, const ent_csv_row_t *row, int column, const char *nearest,
                 const char *rule)
{
    return ent_fault(r->ctx, ENT_ERR_DATA, r->path, row->line, 0, column_names[column],
                     ent_csv_cell(row, r->column[column]), nearest, "%s", rule);
}

static int take_header(const ent_csv_row_t *row, void *data)
{
    reader_t *r = data;
    int code = ENT_OK;
    for (int c = 0; c < N_COLUMNS; c++) {
        r->column[c] = ent_csv_column(row, column_names[c]);
        if (c <= COLUMN_VALUE && r->column[c] < 0) {
            code = ent_fault(r->ctx, ENT_ERR_DATA, r->path, row->line, 0, column_names[c], NULL, NULL,
                             "the file needs this column");
        }
    }
    return code;
}

static int find(char **labels, int n, const char *text)
{
    for (int i = 0; i < n; i++) {
        if (strcmp(labels[i], text) == 0) {
            return i;
        }
    }
    return -1;
}

static int read_region(const reader_t *r, const ent_csv_row_t *row, int column, int *region)
{
    const char *text = ent_csv_cell(row, r->column[column]);
    *region = find(r->b->region, r->b->n_region, text);
    return *region >= 0 ? ENT_OK
                        : fault(r, row, column,
                                ent_nearest(text, (const char *const *)r->b->region, (size_t)r->b->n_region),
                                "is no region of the benchmark");
}

static int read_sector(const reader_t *r, const ent_csv_row_t *row, int *sector)
{
    const char *text = ent_csv_cell(row, r->column[COLUMN_SECTOR]);
    *sector = find(r->b->sector, r->b->n_sector, text);
    return *sector >= 0 || text[0] == '\0' || strcmp(text, "all") == 0
               ? ENT_OK
               : fault(r, row, COLUMN_SECTOR,
                       ent_nearest(text, (const char *const *)r->b->sector, (size_t)r->b->n_sector),
                       "is no sector of the benchmark, nor all");
}

static int read_value(const reader_t *r, const ent_csv_row_t *row, double *value)
{
    if (!ent_number_parse(ent_csv_cell(row, r->column[COLUMN_VALUE]), value)) {
        return fault(r, row, COLUMN_VALUE, NULL, "is no number");
    }
    *value *= r->scale;
    return *value >= 0.0 && *value <= ent_benchmark_tables[ENT_TABLE_FLOW].high
               ? ENT_OK
               : fault(r, row, COLUMN_VALUE, NULL, ent_benchmark_tables[ENT_TABLE_FLOW].rule);
}

/* 1: a row of the year asked for. */
static int is_of_the_year(reader_t *r, const ent_csv_row_t *row, int *code)
{
    double year = 0.0;
    if (r->column[COLUMN_YEAR] < 0) {
        return 1;
    }
    if (!ent_number_parse(ent_csv_cell(row, r->column[COLUMN_YEAR]), &year) || fabs(year) > 9999) {
        *code = fault(r, row, COLUMN_YEAR, NULL, "is no year");
        return 0;
    }
    r->first_year = r->first_year == 0 || (int)year < r->first_year ? (int)year : r->first_year;
    r->last_year = (int)year > r->last_year ? (int)year : r->last_year;
    return (int)year == r->year;
}

static int check_twice(reader_t *r, const ent_csv_row_t *row, const ent_observed_flow_t *flow)
{
    const size_t nr = (size_t)r->b->n_region, pair = (size_t)flow->origin * nr + (size_t)flow->destination;
    int *line = &r->line[(size_t)(flow->sector + 1) * nr * nr + pair];
    if (*line != 0) {
        return ent_fault(r->ctx, ENT_ERR_DATA, r->path, row->line, 0, "value",
                         ent_csv_cell(row, r->column[COLUMN_VALUE]), NULL,
                         "this flow stands on line %d already", *line);
    }
    *line = row->line;
    return ENT_OK;
}

static int check_unit(const reader_t *r, const ent_csv_row_t *row)
{
    return r->column[COLUMN_UNIT] < 0 || strcmp(ent_csv_cell(row, r->column[COLUMN_UNIT]), r->unit) == 0
               ? ENT_OK
               : ent_fault(r->ctx, ENT_ERR_DATA, r->path, row->line, 0, "unit",
                           ent_csv_cell(row, r->column[COLUMN_UNIT]), NULL,
                           "the command says %s: one file has one unit and one currency", r->unit);
}

static int take_row(const ent_csv_row_t *row, void *data)
{
    reader_t *r = data;
    ent_observed_flow_t flow = {.sector = -1};
    int code = ENT_OK;
    if (!is_of_the_year(r, row, &code)) {
        return code;
    }
    const int codes[] = {read_region(r, row, COLUMN_ORIGIN, &flow.origin),
                         read_region(r, row, COLUMN_DESTINATION, &flow.destination),
                         read_sector(r, row, &flow.sector), read_value(r, row, &flow.value),
                         check_unit(r, row)};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        code = code == ENT_OK ? codes[i] : code;
    }
    code = code == ENT_OK ? check_twice(r, row, &flow) : code;
    if (code != ENT_OK) {
        return code;
    }
    ent_observed_flow_t *grown = ent_grow(r->ctx, r->flows, &r->capacity, r->n + 1, sizeof *grown);
    if (grown == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    r->flows = grown;
    grown[r->n++] = flow;
    return ENT_OK;
}

static int check_years(const reader_t *r)
{
    char year[16];
    snprintf(year, sizeof year, "%d", r->year);
    if (r->n > 0) {
        return ENT_OK;
    }
    return r->last_year == 0
               ? ent_fail(r->ctx, ENT_ERR_DATA, r->path, "holds no flow")
               : ent_fault(r->ctx, ENT_ERR_DATA, r->path, 0, 0, "year", year, NULL,
                           "no row is of this year: the file has %d to %d", r->first_year, r->last_year);
}

int ent_observed_flows_read(ent_observed_flow_t **flows, size_t *n, const char *path, int year,
                            const char *unit, double usd_per_unit, const ent_benchmark_t *benchmark,
                            ent_context_t *ctx)
{
    char currency[4] = "";
    const size_t pairs = (size_t)benchmark->n_region * (size_t)benchmark->n_region;
    reader_t r = {.path = path,
                  .unit = unit,
                  .b = benchmark,
                  .ctx = ctx,
                  .year = year,
                  .scale = ent_unit_scale(unit, usd_per_unit, currency)};
    *flows = NULL;
    *n = 0;
    r.line = ent_calloc(ctx, pairs * (size_t)(benchmark->n_sector + 1), sizeof *r.line);
    if (r.line == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    int code = ent_csv_read(path, ENT_ERR_DATA, take_header, take_row, &r, ctx);
    code = code == ENT_OK ? check_years(&r) : code;
    free(r.line);
    if (code != ENT_OK) {
        free(r.flows);
        return code;
    }
    *flows = r.flows;
    *n = r.n;
    return ENT_OK;
}
