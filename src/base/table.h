/* A small table and its five renderings. Everything the program prints as a table goes through here. */
#ifndef ENTREPOT_BASE_TABLE_H
#define ENTREPOT_BASE_TABLE_H

#include <entrepot/context.h>

typedef enum {
    ENT_FORMAT_TEXT,
    ENT_FORMAT_CSV,
    ENT_FORMAT_LATEX,
    ENT_FORMAT_JSON,
    ENT_FORMAT_MARKDOWN
} ent_format_t;

typedef enum { ENT_COLUMN_TEXT, ENT_COLUMN_NUMBER } ent_column_kind_t;

typedef struct {
    char *key;   /* name in CSV and JSON, snake_case */
    char *title; /* heading for people */
    char *unit;  /* may be empty */
    ent_column_kind_t kind;
} ent_column_t;

typedef struct {
    char *text;    /* text columns; NULL: empty. In a number column shown to people instead of "n/a" */
    double number; /* number columns; NaN: not known */
    int decimals;  /* shown to people; negative: tens, hundreds. CSV and JSON keep all digits */
} ent_table_cell_t;

/* Filled by the functions below; a failed allocation marks the table, and writing it then fails. */
typedef struct {
    char *name; /* identifies the table in JSON, snake_case */
    char *caption;
    int n_columns, n_rows, n_notes;
    ent_column_t *columns;
    ent_table_cell_t *cells; /* [n_rows][n_columns] */
    unsigned char *rule;     /* [n_rows] 1: a rule above the row */
    char **notes;
    int capacity_rows;
    int failed;
} ent_table_t;

void ent_table_init(ent_table_t *table, const char *name, const char *caption_format, ...) ENT_PRINTF(3, 4);
void ent_table_free(ent_table_t *table);

/* Columns first, then rows. */
void ent_table_column(ent_table_t *table, const char *key, ent_column_kind_t kind, const char *unit,
                      const char *title_format, ...) ENT_PRINTF(5, 6);

/* Start a row; its cells are empty until set. Cells are set in the last row. */
void ent_table_row(ent_table_t *table, int rule_above);
void ent_table_text(ent_table_t *table, int column, const char *text);
void ent_table_number(ent_table_t *table, int column, double number, int decimals);

void ent_table_note(ent_table_t *table, const char *format, ...) ENT_PRINTF(2, 3);

/* A number as people read it: "-1,235", "0.012"; decimals may be negative. Not known: "n/a". */
void ent_format_number(char *text, size_t size, double number, int decimals);

/* Format of that name, or -1. */
int ent_format_find(const char *name);
extern const char *const ent_format_names[5];

/* Write tables one after the other (CSV: separated by an empty line; JSON: one object with a list).
 * ENT_ERR_NO_MEMORY when a table failed to fill, ENT_ERR_IO when the stream takes no more. */
int ent_tables_write(const ent_table_t *tables, int n_tables, ent_format_t format, FILE *stream,
                     ent_context_t *ctx);

#endif
