/* A CSV file read whole: its header and its rows as texts. Plain or compressed by gzip; io/csv_rows.h reads
 * it. */
#ifndef ENTREPOT_IO_CSV_WHOLE_H
#define ENTREPOT_IO_CSV_WHOLE_H

#include <entrepot/context.h>

typedef struct {
    char *path;
    int n_columns, n_rows;
    char **heading; /* [n_columns] */
    char **cell;    /* [n_rows][n_columns]; "" where the file has nothing */
    int *line;      /* [n_rows] where a row stands in the file, from 1 */
} ent_csv_whole_t;

/* Read `path`. A row of a JSON array of arrays, as the US Census Bureau's API answers, reads as a row of CSV.
 * ENT_ERR_NO_INPUT without a regular file, ENT_ERR_DATA when it has no header, a row has more or fewer cells
 * than the header or quotes do not close (every such row is recorded), ENT_ERR_NO_MEMORY. Free with
 * ent_csv_whole_free, also after failure. Cost: O(bytes), held twice while it reads. */
int ent_csv_whole_read(ent_csv_whole_t *table, const char *path, ent_context_t *ctx);
void ent_csv_whole_free(ent_csv_whole_t *table);

/* Place of a heading, or -1. */
int ent_csv_whole_column(const ent_csv_whole_t *table, const char *heading);

/* The same, and a fault where it is missing. */
int ent_csv_needs(const ent_csv_whole_t *table, const char *heading, ent_context_t *ctx);

/* Text of a cell; "" when column is -1. */
const char *ent_csv_text(const ent_csv_whole_t *table, int row, int column);

/* Record a fault of a cell. Returns `code`. */
int ent_csv_whole_fault(const ent_csv_whole_t *table, int row, int column, int code, const char *nearest,
                        const char *rule, ent_context_t *ctx);

#endif
