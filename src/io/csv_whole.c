#include "io/csv_whole.h"

#include "base/memory.h"

#include <csv.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

typedef struct {
    ent_csv_whole_t *table;
    ent_context_t *ctx;
    char **cell; /* of the row being read */
    size_t n_cells, capacity, rows_capacity, cells_capacity;
    int line, code;
} reader_t;

static void take_cell(void *text, size_t length, void *data)
{
    reader_t *r = data;
    char **more;

    if (r->code == ENT_ERR_NO_MEMORY) {
        return;
    }
    more = ent_grow(r->ctx, r->cell, &r->capacity, r->n_cells + 1, sizeof *r->cell);
    if (more == NULL) {
        r->code = ENT_ERR_NO_MEMORY;
        return;
    }
    r->cell = more;
    r->cell[r->n_cells] = ent_format(r->ctx, "%.*s", (int)length, text != NULL ? (const char *)text : "");
    if (r->cell[r->n_cells] == NULL) {
        r->code = ENT_ERR_NO_MEMORY;
        return;
    }
    r->n_cells++;
}

static void drop_cells(reader_t *r)
{
    while (r->n_cells > 0) {
        free(r->cell[--r->n_cells]);
    }
}

/* The first row becomes the header: its array moves into the table. */
static void keep_header(reader_t *r)
{
    r->table->heading = r->cell;
    r->table->n_columns = (int)r->n_cells;
    r->cell = NULL;
    r->n_cells = r->capacity = 0;
}

static int keep_row(reader_t *r)
{
    ent_csv_whole_t *table = r->table;
    const size_t n = (size_t)table->n_columns, rows = (size_t)table->n_rows;
    char **cells = ent_grow(r->ctx, table->cell, &r->cells_capacity, (rows + 1) * n, sizeof *cells);
    int *lines;

    if (cells == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    table->cell = cells;
    lines = ent_grow(r->ctx, table->line, &r->rows_capacity, rows + 1, sizeof *lines);
    if (lines == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    table->line = lines;
    memcpy(table->cell + rows * n, r->cell, n * sizeof *cells);
    table->line[rows] = r->line;
    table->n_rows++;
    r->n_cells = 0;
    return ENT_OK;
}

static void take_row(int end, void *data)
{
    reader_t *r = data;

    (void)end;
    if (r->code == ENT_ERR_NO_MEMORY || r->n_cells == 0) {
        drop_cells(r);
    } else if (r->table->heading == NULL) {
        keep_header(r);
    } else if ((int)r->n_cells != r->table->n_columns) {
        r->code = ent_fault(r->ctx, ENT_ERR_DATA, r->table->path, r->line, 0, NULL, NULL, NULL,
                            "has %zu cells, the header %d", r->n_cells, r->table->n_columns);
    } else if (keep_row(r) != ENT_OK) {
        r->code = ENT_ERR_NO_MEMORY;
    }
    drop_cells(r);
}

/* Take the brackets of a JSON array off a line: [["a","b"], and ["c","d"]] become rows of CSV. */
static size_t without_brackets(char *line, size_t length)
{
    size_t from = 0, to = length;

    if (line[0] != '[') {
        return length;
    }
    while (from < to && line[from] == '[') {
        from++;
    }
    while (to > from && strchr("],\r\n", line[to - 1]) != NULL) {
        to--;
    }
    memmove(line, line + from, to - from);
    line[to - from] = '\n';
    return to - from + 1;
}

/* One line of any length, NUL-terminated; its length, 0 at the end, -1 out of memory. */
static long read_line(gzFile file, char **line, size_t *capacity, ent_context_t *ctx)
{
    size_t length = 0;

    for (;;) {
        char *more = ent_grow(ctx, *line, capacity, length + 4096, 1);

        if (more == NULL) {
            return -1;
        }
        *line = more;
        if (gzgets(file, *line + length, 4096) == NULL) {
            return (long)length;
        }
        length += strlen(*line + length);
        if (length > 0 && (*line)[length - 1] == '\n') {
            return (long)length;
        }
    }
}

static int parse(reader_t *r, gzFile file, struct csv_parser *parser)
{
    char *line = NULL;
    size_t capacity = 0;
    long length = 0;

    for (r->line = 1; r->code != ENT_ERR_NO_MEMORY; r->line++) {
        length = read_line(file, &line, &capacity, r->ctx);
        if (length <= 0) {
            break;
        }
        const size_t size = without_brackets(line, (size_t)length);
        if (csv_parse(parser, line, size, take_cell, take_row, r) != size) {
            break;
        }
    }
    free(line);
    if (length < 0) {
        r->code = ENT_ERR_NO_MEMORY;
    }
    if (csv_error(parser) != 0 || csv_fini(parser, take_cell, take_row, r) != 0) {
        r->code =
            ent_fault(r->ctx, csv_error(parser) == CSV_ENOMEM ? ENT_ERR_NO_MEMORY : ENT_ERR_DATA,
                      r->table->path, r->line, 0, NULL, NULL, NULL, "%s", csv_strerror(csv_error(parser)));
    }
    return r->code;
}

static int read_rows(reader_t *r, gzFile file)
{
    struct csv_parser parser;
    int damage = Z_OK;

    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0) {
        return ent_fail(r->ctx, ENT_ERR_NO_MEMORY, r->table->path, "out of memory");
    }
    r->code = parse(r, file, &parser);
    drop_cells(r);
    free(r->cell);
    csv_free(&parser);
    (void)gzerror(file, &damage);
    if (r->code == ENT_OK && damage != Z_OK) {
        r->code = ent_fail(r->ctx, ENT_ERR_DATA, r->table->path, "its compression is damaged");
    }
    if (r->code == ENT_OK && r->table->heading == NULL) {
        r->code = ent_fail(r->ctx, ENT_ERR_DATA, r->table->path, "is empty: a header is needed");
    }
    return r->code;
}

int ent_csv_whole_read(ent_csv_whole_t *table, const char *path, ent_context_t *ctx)
{
    reader_t r = {.table = table, .ctx = ctx};
    gzFile file;
    int code;

    *table = (ent_csv_whole_t){.path = ent_strdup(ctx, path)};
    if (table->path == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    file = gzopen(path, "rb");
    if (file == NULL) {
        return ent_fail(ctx, ENT_ERR_NO_INPUT, path, "cannot be opened: %s", strerror(errno));
    }
    code = read_rows(&r, file);
    (void)gzclose(file);
    return code;
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
