#include "io/csv_table.h"

#include "base/input.h"
#include "io/csv_rows.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    ent_csv_named_t row;
    ent_csv_take_named_t *take;
    void *data;
    int n_header;                     /* columns of the file; 0: it has no header */
    int column[ENT_CSV_MOST_COLUMNS]; /* of the table, for each of the file's; -1: faulty */
    int code;                         /* of the header */
} reader_t;

static void keep(reader_t *r, int code)
{
    if (r->code == ENT_OK || code == ENT_ERR_NO_MEMORY) {
        r->code = code != ENT_OK ? code : r->code;
    }
}

int ent_csv_fault(const ent_csv_named_t *row, int column, const char *nearest, const char *rule_format, ...)
{
    char rule[512];
    va_list arguments;

    va_start(arguments, rule_format);
    vsnprintf(rule, sizeof rule, rule_format, arguments);
    va_end(arguments);
    return ent_fault(row->ctx, ENT_ERR_DATA, row->path, row->line, 0, row->columns[column].name,
                     row->cell[column], nearest, "%s", rule);
}

/* ---- header ---- */

static int find_column(reader_t *r, const char *name)
{
    const char *names[ENT_CSV_MOST_COLUMNS];
    size_t n = 0;

    for (; r->row.columns[n].name != NULL; n++) {
        names[n] = r->row.columns[n].name;
        if (strcmp(names[n], name) == 0) {
            return (int)n;
        }
    }
    keep(r, ent_fault(r->row.ctx, ENT_ERR_DATA, r->row.path, r->row.line, 0, name, NULL,
                      ent_nearest(name, names, n), "there is no such column in this table"));
    return -1;
}

static int take_header(const ent_csv_row_t *header, void *data)
{
    reader_t *r = data;
    unsigned char seen[ENT_CSV_MOST_COLUMNS] = {0};

    r->row.line = header->line;
    r->n_header = header->n < ENT_CSV_MOST_COLUMNS ? header->n : ENT_CSV_MOST_COLUMNS;
    for (int i = 0; i < r->n_header; i++) {
        const int c = find_column(r, header->cell[i]);

        r->column[i] = c;
        if (c >= 0 && seen[c]++) {
            keep(r, ent_fault(r->row.ctx, ENT_ERR_DATA, r->row.path, r->row.line, 0, header->cell[i], NULL,
                              NULL, "a column is there once"));
        }
    }
    for (int c = 0; r->row.columns[c].name != NULL; c++) {
        if (r->row.columns[c].required && !seen[c]) {
            keep(r, ent_fault(r->row.ctx, ENT_ERR_DATA, r->row.path, r->row.line, 0, r->row.columns[c].name,
                              NULL, NULL, "the table needs this column"));
        }
    }
    return r->code;
}

/* ---- rows ---- */

static int take_row(const ent_csv_row_t *row, void *data)
{
    reader_t *r = data;

    r->row.line = row->line;
    if (row->n > r->n_header) {
        return ent_fault(r->row.ctx, ENT_ERR_DATA, r->row.path, row->line, 0, NULL, NULL, NULL,
                         "%d cells where the header has %d: a text with commas stands in quotation marks",
                         row->n, r->n_header);
    }
    for (int c = 0; r->row.columns[c].name != NULL; c++) {
        r->row.cell[c] = "";
    }
    for (int i = 0; i < row->n; i++) {
        if (r->column[i] >= 0) {
            r->row.cell[r->column[i]] = row->cell[i];
        }
    }
    return r->take(r->data, &r->row);
}

int ent_csv_read_named(const ent_csv_source_t *source, const ent_csv_column_t *columns,
                       ent_csv_take_named_t *take, void *data, ent_context_t *ctx)
{
    const char *path = source->path;
    reader_t reader = {.row = {.path = path, .columns = columns, .ctx = ctx}, .take = take, .data = data};
    FILE *file = NULL;
    int code = ENT_OK;

    if (source->text == NULL) {
        code = ent_input_stream(&file, path, ctx);
    } else if (source->size > 0 && (file = fmemopen(source->text, source->size, "r")) == NULL) {
        code = ent_fail(ctx, ENT_ERR_NO_MEMORY, path, "out of memory");
    }
    if (file != NULL) {
        code = ent_csv_read_stream(file, path, ENT_ERR_DATA, take_header, take_row, &reader, ctx);
    }
    return code == ENT_OK && reader.n_header == 0
               ? ent_fail(ctx, ENT_ERR_DATA, path, "the table is empty: it needs a header")
               : code;
}

/* ---- values ---- */

int ent_csv_number(const ent_csv_named_t *row, int column, double low, double high, double missing,
                   const char *rule, double *number)
{
    const char *text = row->cell[column];
    char *end = NULL;
    const double value = text[0] != '\0' ? strtod(text, &end) : missing;

    if (text[0] != '\0' && (end == text || *end != '\0' || !(value >= low && value <= high))) {
        return ent_csv_fault(row, column, NULL, "%s", rule);
    }
    *number = value;
    return ENT_OK;
}

int ent_csv_day(const ent_csv_named_t *row, int column, ent_day_t missing, ent_day_t *day)
{
    *day = missing;
    if (row->cell[column][0] == '\0' || ent_day_parse(row->cell[column], day) == ENT_OK) {
        return ENT_OK;
    }
    return ent_csv_fault(row, column, NULL, "a day is written YYYY-MM-DD and exists in the calendar");
}
