/* CSV tables with a header: columns by name in any order, every fault with its file, line, column and value.
 */
#ifndef ENTREPOT_IO_CSV_TABLE_H
#define ENTREPOT_IO_CSV_TABLE_H

#include <entrepot/calendar.h>

#include <stddef.h>

enum { ENT_CSV_MOST_COLUMNS = 40 };

typedef struct {
    const char *name; /* NULL ends a table */
    int required;     /* the header has to have it */
} ent_csv_column_t;

/* One row while it is read: `cell` has a text for each column of the table, empty where none is given. */
typedef struct {
    const char *path;
    int line;
    const ent_csv_column_t *columns;
    const char *cell[ENT_CSV_MOST_COLUMNS];
    ent_context_t *ctx;
} ent_csv_named_t;

typedef int ent_csv_take_named_t(void *data, const ent_csv_named_t *row);

/* A table is a file at `path`, or with `text` those `size` bytes, which `path` names. */
typedef struct {
    const char *path;
    char *text;
    size_t size;
} ent_csv_source_t;

/* Read a table and hand over each row. Columns that are missing, unknown or there twice and rows with more
 * cells than the header are faults; reading goes on after a faulty row, so that all are found. The first code
 * returned by `take` is returned; ENT_ERR_NO_MEMORY ends reading. ENT_ERR_NO_INPUT, ENT_ERR_IO. Cost: one
 * pass. */
int ent_csv_read_named(const ent_csv_source_t *source, const ent_csv_column_t *columns,
                       ent_csv_take_named_t *take, void *data, ent_context_t *ctx);

/* Record ENT_ERR_DATA at a cell and return it. */
int ent_csv_fault(const ent_csv_named_t *row, int column, const char *nearest, const char *rule_format, ...)
    ENT_PRINTF(4, 5);

/* A number from `low` to `high`, `missing` where the cell is empty; else a fault with `rule`. */
int ent_csv_number(const ent_csv_named_t *row, int column, double low, double high, double missing,
                   const char *rule, double *number);
/* A day YYYY-MM-DD, `missing` where the cell is empty. */
int ent_csv_day(const ent_csv_named_t *row, int column, ent_day_t missing, ent_day_t *day);

#endif
