#include "io/csv_table.h"

#include "base/memory.h"

#include <csv.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    ent_csv_row_t row;
    ent_csv_take_t *take;
    void *data;
    char *given[ENT_CSV_MOST_COLUMNS]; /* cells of this row as they stand in the file */
    int n_given, n_header;             /* n_header 0: the header is still to come */
    int column[ENT_CSV_MOST_COLUMNS];  /* of the table, for each of the file's; -1: faulty */
    int code;
} reader_t;

static void keep(reader_t *r, int code)
{
    if (r->code == ENT_OK || code == ENT_ERR_NO_MEMORY) {
        r->code = code != ENT_OK ? code : r->code;
    }
}

int ent_csv_fault(const ent_csv_row_t *row, int column, const char *nearest, const char *rule_format, ...)
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

static void take_header(reader_t *r)
{
    unsigned char seen[ENT_CSV_MOST_COLUMNS] = {0};

    r->n_header = r->n_given;
    for (int i = 0; i < r->n_given; i++) {
        const int c = find_column(r, r->given[i]);

        r->column[i] = c;
        if (c >= 0 && seen[c]++) {
            keep(r, ent_fault(r->row.ctx, ENT_ERR_DATA, r->row.path, r->row.line, 0, r->given[i], NULL, NULL,
                              "a column is there once"));
        }
    }
    for (int c = 0; r->row.columns[c].name != NULL; c++) {
        if (r->row.columns[c].required && !seen[c]) {
            keep(r, ent_fault(r->row.ctx, ENT_ERR_DATA, r->row.path, r->row.line, 0, r->row.columns[c].name,
                              NULL, NULL, "the table needs this column"));
        }
    }
}

/* ---- rows ---- */

static void take_cell(void *cell, size_t size, void *data)
{
    reader_t *r = data;

    if (r->n_given < ENT_CSV_MOST_COLUMNS) {
        char *text = ent_calloc(r->row.ctx, size + 1, 1);

        if (text == NULL) {
            keep(r, ENT_ERR_NO_MEMORY);
            return;
        }
        if (size > 0) {
            memcpy(text, cell, size);
        }
        r->given[r->n_given] = text;
    }
    r->n_given++;
}

static void take_row(int end, void *data)
{
    reader_t *r = data;
    const int kept = r->n_given < ENT_CSV_MOST_COLUMNS ? r->n_given : ENT_CSV_MOST_COLUMNS;

    (void)end;
    if (r->code == ENT_ERR_NO_MEMORY) {
        /* nothing more is looked at */
    } else if (r->n_given > (r->n_header > 0 ? r->n_header : ENT_CSV_MOST_COLUMNS)) {
        keep(r, ent_fault(r->row.ctx, ENT_ERR_DATA, r->row.path, r->row.line, 0, NULL, NULL, NULL,
                          "%d cells where the header has %d: a text with commas stands in quotation marks",
                          r->n_given, r->n_header));
    } else if (r->n_header == 0) {
        take_header(r);
    } else {
        for (int c = 0; r->row.columns[c].name != NULL; c++) {
            r->row.cell[c] = "";
        }
        for (int i = 0; i < kept; i++) {
            if (r->column[i] >= 0) {
                r->row.cell[r->column[i]] = r->given[i];
            }
        }
        keep(r, r->take(r->data, &r->row));
    }
    for (int i = 0; i < kept; i++) {
        free(r->given[i]);
    }
    r->n_given = 0;
}

/* One physical line after the other, to know where a row stands. */
static int parse_lines(struct csv_parser *parser, reader_t *r, const char *text, size_t size)
{
    size_t done = 0;

    while (done < size && r->code != ENT_ERR_NO_MEMORY) {
        const char *end = memchr(text + done, '\n', size - done);
        const size_t length = end != NULL ? (size_t)(end - text) + 1 - done : size - done;

        r->row.line++;
        if (csv_parse(parser, text + done, length, take_cell, take_row, r) != length) {
            return ent_fault(r->row.ctx, ENT_ERR_DATA, r->row.path, r->row.line, 0, NULL, NULL, NULL,
                             "no CSV: %s", csv_strerror(csv_error(parser)));
        }
        done += length;
    }
    csv_fini(parser, take_cell, take_row, r);
    return r->code;
}

int ent_csv_read(const char *text, size_t size, const char *path, const ent_csv_column_t *columns,
                 ent_csv_take_t *take, void *data, ent_context_t *ctx)
{
    static const char mark[] = "\xef\xbb\xbf"; /* of UTF-8, as spreadsheets write it */
    struct csv_parser parser;
    reader_t reader = {.row = {.path = path, .columns = columns, .ctx = ctx}, .take = take, .data = data};
    int code;

    if (size >= 3 && memcmp(text, mark, 3) == 0) {
        text += 3;
        size -= 3;
    }
    if (csv_init(&parser, CSV_STRICT) != 0) {
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, path, "no memory to read a table");
    }
    code = parse_lines(&parser, &reader, text, size);
    for (int i = 0; i < reader.n_given && i < ENT_CSV_MOST_COLUMNS; i++) {
        free(reader.given[i]);
    }
    csv_free(&parser);
    if (code == ENT_OK && reader.n_header == 0) {
        code = ent_fail(ctx, ENT_ERR_DATA, path, "the table is empty: it needs a header");
    }
    return code;
}

/* ---- values ---- */

int ent_csv_number(const ent_csv_row_t *row, int column, double low, double high, double missing,
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

int ent_csv_day(const ent_csv_row_t *row, int column, ent_day_t missing, ent_day_t *day)
{
    *day = missing;
    if (row->cell[column][0] == '\0' || ent_day_parse(row->cell[column], day) == ENT_OK) {
        return ENT_OK;
    }
    return ent_csv_fault(row, column, NULL, "a day is written YYYY-MM-DD and exists in the calendar");
}

int ent_csv_load(const char *path, char **text, size_t *size, ent_context_t *ctx)
{
    FILE *stream = fopen(path, "rb");
    long length = -1;
    int code = ENT_OK;

    *text = NULL;
    if (stream == NULL) {
        return ent_fail(ctx, ENT_ERR_NO_INPUT, path, "cannot be opened: %s", strerror(errno));
    }
    if (fseek(stream, 0, SEEK_END) == 0 && (length = ftell(stream)) >= 0 && fseek(stream, 0, SEEK_SET) == 0) {
        *size = (size_t)length;
        *text = ent_calloc(ctx, *size + 1, 1);
        code = *text == NULL                             ? ENT_ERR_NO_MEMORY
               : fread(*text, 1, *size, stream) == *size ? ENT_OK
                                                         : ENT_ERR_IO;
    } else {
        code = ENT_ERR_IO;
    }
    if (code == ENT_ERR_IO) {
        (void)ent_fail(ctx, ENT_ERR_IO, path, "cannot be read: %s", strerror(errno));
    }
    if (code != ENT_OK) {
        free(*text);
        *text = NULL;
    }
    fclose(stream);
    return code;
}
