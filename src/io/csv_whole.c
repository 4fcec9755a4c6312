#include "io/csv_whole.h"

#include "base/input.h"
#include "base/memory.h"
#include "io/csv_rows.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

typedef struct {
    ent_csv_whole_t *table;
    ent_context_t *ctx;
    size_t rows_capacity, cells_capacity;
} reader_t;

/* ---- rows ---- */

/* Copy the cells of a row; none is left when one cannot be copied. */
static int copy_cells(char **to, const ent_csv_row_t *row, ent_context_t *ctx)
{
    for (int i = 0; i < row->n; i++) {
        to[i] = ent_strdup(ctx, row->cell[i]);
        if (to[i] == NULL) {
            while (i > 0) {
                free(to[--i]);
            }
            return ENT_ERR_NO_MEMORY;
        }
    }
    return ENT_OK;
}

static int keep_header(const ent_csv_row_t *row, void *data)
{
    reader_t *r = data;
    ent_csv_whole_t *table = r->table;
    table->heading = ent_calloc(r->ctx, (size_t)row->n + 1, sizeof *table->heading);
    const int code = table->heading != NULL ? copy_cells(table->heading, row, r->ctx) : ENT_ERR_NO_MEMORY;
    table->n_columns = code == ENT_OK ? row->n : 0;
    return code;
}

static int keep_row(const ent_csv_row_t *row, void *data)
{
    reader_t *r = data;
    ent_csv_whole_t *table = r->table;
    const size_t n = (size_t)table->n_columns, rows = (size_t)table->n_rows;
    if (row->n != table->n_columns) {
        return ent_fault(r->ctx, ENT_ERR_DATA, table->path, row->line, 0, NULL, NULL, NULL,
                         "has %d cells, the header %d", row->n, table->n_columns);
    }
    char **cells = ent_grow(r->ctx, table->cell, &r->cells_capacity, (rows + 1) * n, sizeof *cells);
    table->cell = cells != NULL ? cells : table->cell;
    int *lines =
        cells != NULL ? ent_grow(r->ctx, table->line, &r->rows_capacity, rows + 1, sizeof *lines) : NULL;
    table->line = lines != NULL ? lines : table->line;
    if (lines == NULL || copy_cells(table->cell + rows * n, row, r->ctx) != ENT_OK) {
        return ENT_ERR_NO_MEMORY;
    }
    table->line[rows] = row->line;
    table->n_rows++;
    return ENT_OK;
}

/* ---- bytes ---- */

/* All bytes of a file, unpacked when gzip packed it. The caller frees *text, also after failure. */
static int unpack(const char *path, char **text, size_t *size, ent_context_t *ctx)
{
    enum { BLOCK = 1 << 16 };
    size_t capacity = 0;
    int fd, n = 0, damage = Z_OK, code = ent_input_open(&fd, path, ctx);
    if (code != ENT_OK) {
        return code;
    }
    gzFile file = gzdopen(fd, "rb");
    if (file == NULL) {
        (void)close(fd);
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, path, "out of memory");
    }
    do {
        char *more = ent_grow(ctx, *text, &capacity, *size + BLOCK, 1);
        code = more != NULL ? ENT_OK : ENT_ERR_NO_MEMORY;
        *text = more != NULL ? more : *text;
        n = more != NULL ? gzread(file, *text + *size, BLOCK) : 0;
        *size += n > 0 ? (size_t)n : 0;
    } while (n > 0);
    (void)gzerror(file, &damage);
    (void)gzclose(file);
    return code == ENT_OK && damage != Z_OK ? ent_fail(ctx, ENT_ERR_DATA, path, "its compression is damaged")
                                            : code;
}

/* What closes a row of a JSON array. */
static int ends_row(char c)
{
    return c == ']' || c == ',' || c == '\r' || c == '\n';
}

/* Take the brackets of JSON arrays off lines: [["a","b"], and ["c","d"]] become rows of CSV. */
static size_t without_brackets(char *text, size_t size)
{
    size_t kept = 0;
    for (size_t begin = 0, next; begin < size; begin = next) {
        const char *end = memchr(text + begin, '\n', size - begin);
        next = end != NULL ? (size_t)(end - text) + 1 : size;
        size_t from = begin, to = next;
        const int is_json = text[begin] == '[';
        while (is_json && from < to && text[from] == '[') {
            from++;
        }
        while (is_json && to > from && ends_row(text[to - 1])) {
            to--;
        }
        memmove(text + kept, text + from, to - from);
        kept += to - from;
        if (is_json) {
            text[kept++] = '\n'; /* there is room: a bracket was taken off */
        }
    }
    return kept;
}

int ent_csv_whole_read(ent_csv_whole_t *table, const char *path, ent_context_t *ctx)
{
    reader_t r = {.table = table, .ctx = ctx};
    char *text = NULL;
    size_t size = 0;
    *table = (ent_csv_whole_t){.path = ent_strdup(ctx, path)};
    int code = table->path != NULL ? unpack(path, &text, &size, ctx) : ENT_ERR_NO_MEMORY;
    size = code == ENT_OK ? without_brackets(text, size) : 0;
    if (size > 0) {
        FILE *file = fmemopen(text, size, "r");
        code = file != NULL
                   ? ent_csv_read_stream(file, table->path, ENT_ERR_DATA, keep_header, keep_row, &r, ctx)
                   : ent_fail(ctx, ENT_ERR_NO_MEMORY, path, "out of memory");
    }
    free(text);
    return code == ENT_OK && table->heading == NULL
               ? ent_fail(ctx, ENT_ERR_DATA, path, "is empty: a header is needed")
               : code;
}

void ent_csv_whole_free(ent_csv_whole_t *table)
{
    const size_t n = (size_t)table->n_columns * (size_t)table->n_rows;

    for (size_t i = 0; i < n; i++) {
        free(table->cell[i]);
    }
    for (int i = 0; i < table->n_columns; i++) {
        free(table->heading[i]);
    }
    free(table->heading);
    free(table->cell);
    free(table->line);
    free(table->path);
    *table = (ent_csv_whole_t){0};
}

int ent_csv_whole_column(const ent_csv_whole_t *table, const char *heading)
{
    for (int i = 0; i < table->n_columns; i++) {
        if (strcmp(table->heading[i], heading) == 0) {
            return i;
        }
    }
    return -1;
}

int ent_csv_needs(const ent_csv_whole_t *table, const char *heading, ent_context_t *ctx)
{
    const int column = ent_csv_whole_column(table, heading);

    if (column < 0) {
        (void)ent_fault(ctx, ENT_ERR_DATA, table->path, 1, 0, heading, NULL,
                        ent_nearest(heading, (const char *const *)table->heading, (size_t)table->n_columns),
                        "the file needs this column");
    }
    return column;
}

const char *ent_csv_text(const ent_csv_whole_t *table, int row, int column)
{
    return column < 0 ? "" : table->cell[(size_t)row * (size_t)table->n_columns + (size_t)column];
}

int ent_csv_whole_fault(const ent_csv_whole_t *table, int row, int column, int code, const char *nearest,
                        const char *rule, ent_context_t *ctx)
{
    return ent_fault(ctx, code, table->path, table->line[row], 0, table->heading[column],
                     ent_csv_text(table, row, column), nearest, "%s", rule);
}
