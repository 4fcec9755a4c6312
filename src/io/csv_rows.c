#include "io/csv_rows.h"

#include "base/input.h"
#include "base/memory.h"

#include <csv.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CELLS = 10000 };

typedef struct {
    const char *path;
    ent_csv_take_t *header, *take;
    void *data;
    ent_context_t *ctx;
    int line, bad, code, has_header, ended, n;
    char *cell[MAX_CELLS];
} reader_t;

int ent_csv_column(const ent_csv_row_t *header, const char *name)
{
    for (int i = 0; i < header->n; i++) {
        if (strcmp(header->cell[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

const char *ent_csv_cell(const ent_csv_row_t *row, int column)
{
    return column >= 0 && column < row->n ? row->cell[column] : "";
}

void ent_csv_put(const char *text, FILE *stream)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        (void)fputs(text, stream);
        return;
    }
    (void)csv_fwrite(stream, text, strlen(text));
}

static void stop(reader_t *r, int code)
{
    r->code = r->code == ENT_OK || code == ENT_ERR_NO_MEMORY ? code : r->code;
    r->ended = 1;
}

static void take_cell(void *text, size_t length, void *data)
{
    reader_t *r = data;
    if (r->ended) {
        return;
    }
    if (r->n == MAX_CELLS) {
        stop(r, ent_fault(r->ctx, r->bad, r->path, r->line, 0, NULL, NULL, NULL, "a row has at most %d cells",
                          MAX_CELLS));
        return;
    }
    r->cell[r->n] = ent_calloc(r->ctx, length + 1, 1);
    if (r->cell[r->n] == NULL) {
        stop(r, ENT_ERR_NO_MEMORY);
        return;
    }
    if (length > 0) {
        memcpy(r->cell[r->n], text, length);
    }
    r->n++;
}

static void take_row(int end, void *data)
{
    reader_t *r = data;
    (void)end;
    if (!r->ended) {
        const ent_csv_row_t row = {.path = r->path, .line = r->line, .n = r->n, .cell = r->cell};
        const int code = r->has_header ? r->take(&row, r->data) : r->header(&row, r->data);
        if (code == ENT_ERR_NO_MEMORY || (code != ENT_OK && !r->has_header)) {
            stop(r, code);
        }
        r->code = r->code == ENT_OK ? code : r->code;
        r->has_header = 1;
    }
    while (r->n > 0) {
        free(r->cell[--r->n]);
    }
}

static int read_lines(reader_t *r, FILE *file, struct csv_parser *parser)
{
    static const char mark[] = "\xef\xbb\xbf"; /* spreadsheets begin a file in UTF-8 with it */
    char *text = NULL;
    size_t size = 0;
    ssize_t length;
    int bad = 0;
    for (r->line = 1; !bad && !r->ended && (length = getline(&text, &size, file)) >= 0; r->line++) {
        const size_t skip = r->line == 1 && strncmp(text, mark, strlen(mark)) == 0 ? strlen(mark) : 0;
        const size_t n = (size_t)length - skip;
        bad = csv_parse(parser, text + skip, n, take_cell, take_row, r) != n;
    }
    r->line -= !bad && !r->ended && r->line > 1; /* what is left stands on the last line */
    bad = bad || (!r->ended && csv_fini(parser, take_cell, take_row, r) != 0);
    free(text);
    return bad;
}

static int read_open(reader_t *r, FILE *file)
{
    struct csv_parser parser;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0) {
        return ent_fail(r->ctx, ENT_ERR_NO_MEMORY, r->path, "no memory to read it");
    }
    if (read_lines(r, file, &parser)) {
        const int error = csv_error(&parser);
        stop(r, ent_fault(r->ctx, error == CSV_ENOMEM ? ENT_ERR_NO_MEMORY : r->bad, r->path, r->line, 0, NULL,
                          NULL, NULL, "%s", csv_strerror(error)));
    }
    while (r->n > 0) {
        free(r->cell[--r->n]);
    }
    csv_free(&parser);
    if (r->code == ENT_OK && ferror(file)) {
        return ent_fail(r->ctx, ENT_ERR_IO, r->path, "cannot be read: %s", strerror(errno));
    }
    return r->code;
}

int ent_csv_read(const char *path, int bad, ent_csv_take_t *header, ent_csv_take_t *take, void *data,
                 ent_context_t *ctx)
{
    FILE *file;
    int code = ent_input_stream(&file, path, ctx);
    if (code != 0) {
        return code;
    }
    return ent_csv_read_stream(file, path, bad, header, take, data, ctx);
}

int ent_csv_read_stream(FILE *file, const char *path, int bad, ent_csv_take_t *header, ent_csv_take_t *take,
                        void *data, ent_context_t *ctx)
{
    reader_t *r = ent_calloc(ctx, 1, sizeof *r);
    int code = ENT_ERR_NO_MEMORY;
    if (r != NULL) {
        r->path = path;
        r->bad = bad;
        r->header = header;
        r->take = take;
        r->data = data;
        r->ctx = ctx;
        code = read_open(r, file);
    }
    free(r);
    (void)fclose(file);
    return code;
}
