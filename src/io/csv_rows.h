/* CSV files row by row (RFC 4180, by libcsv): the one reader of every table that comes from outside. */
#ifndef ENTREPOT_IO_CSV_ROWS_H
#define ENTREPOT_IO_CSV_ROWS_H

#include <entrepot/context.h>

/* A row as it stands in the file. Cells are texts without their quotes; they live until the call returns. */
typedef struct {
    const char *path;
    int line; /* on which the row ends, 1-based */
    int n;
    char **cell; /* [n] */
} ent_csv_row_t;

/* What is done with a row: 0, or a code after the fault was recorded. */
typedef int ent_csv_take_t(const ent_csv_row_t *row, void *data);

/* Read a file: `header` takes the first row, `take` every other one. Empty lines are skipped, a byte order
 * mark at the beginning too. A fault of the header ends the reading, one of another row does not, so that a
 * report has all of them. An empty file has no header: neither is called. Returns 0 or the first code;
 * ENT_ERR_NO_INPUT when the file cannot be opened, `bad` (ENT_ERR_DATA or ENT_ERR_CONFIG) when it is no CSV,
 * ENT_ERR_NO_MEMORY. Cost: one pass; memory for one row. */
int ent_csv_read(const char *path, int bad, ent_csv_take_t *header, ent_csv_take_t *take, void *data,
                 ent_context_t *ctx);

/* The same from an open stream, which is closed; `path` names it in faults. */
int ent_csv_read_stream(FILE *file, const char *path, int bad, ent_csv_take_t *header, ent_csv_take_t *take,
                        void *data, ent_context_t *ctx);

/* Column of a name in a header, -1: none. */
int ent_csv_column(const ent_csv_row_t *header, const char *name);

/* Cell of a column, "" where the row has none or `column` is -1. */
const char *ent_csv_cell(const ent_csv_row_t *row, int column);

/* A text as a cell: quoted where it holds a comma, a quote or a line end. */
void ent_csv_put(const char *text, FILE *stream);

#endif
