/* The tables of a law as CSV texts: what each holds, row by row. docs/law.md has them in words. */
#ifndef ENTREPOT_IO_LAW_TABLES_H
#define ENTREPOT_IO_LAW_TABLES_H

#include "io/csv_table.h"
#include "policy/law.h"

typedef enum {
    ENT_LAW_TABLE_PARTNERS,   /* partner, name, group, census_code */
    ENT_LAW_TABLE_CONDITIONS, /* condition, question, form, share, low, high, source */
    ENT_LAW_TABLE_LISTS,      /* list, rows, note: what the lists are */
    ENT_LAW_TABLE_ROWS,       /* list, prefix, share, from, until, note */
    ENT_LAW_TABLE_SHARES,     /* condition, partner, prefix, share, low, high, source */
    ENT_LAW_TABLE_SECTORS,    /* prefix, sector, note */
    ENT_LAW_TABLE_MEASURES,
    ENT_LAW_TABLE_WEIGHTS, /* line, partner, imports_usd, duty_usd */
    ENT_LAW_N_TABLES
} ent_law_table_t;

/* Names of the tables, "partners" and so on, which are those of their files without .csv. */
extern const char *const ent_law_table_names[ENT_LAW_N_TABLES];

/* Add a table to a law. They are read in the order of the enumeration, since each names things of those
 * before. `list` names the list of rows that have no column for it, else NULL. All faults are recorded. */
int ent_law_add(ent_law_t *law, ent_law_table_t table, const ent_csv_source_t *source, const char *list,
                ent_context_t *ctx);

/* One prefix on a list, which is made when it is new; `path` and `line` say where it was written. */
int ent_law_add_row(ent_law_t *law, const char *list, const char *prefix, const char *path, int line,
                    ent_context_t *ctx);

/* Room for one more element at the end of an array of a law, not yet counted: NULL when memory is short. */
void *ent_law_room(ent_context_t *ctx, void **array, size_t *capacity, int n, size_t size);

/* Copies of texts; 0, or -1 when memory is short. */
int ent_law_text(char **place, const char *text, ent_context_t *ctx);

/* Place of a name in a list of names, adding it when new; -1 when memory is short. */
int ent_law_name(char ***names, size_t *capacity, int *n, const char *name, ent_context_t *ctx);

/* A prefix in a cell, or a fault with the cure. Digits, or negative. */
int ent_law_prefix(const ent_csv_named_t *row, int column, ent_hs_range_t *range);

/* Nearest names, for faults. */
const char *ent_law_nearest_partner(const ent_law_t *law, const char *code);
const char *ent_law_nearest_list(const ent_law_t *law, const char *name);
const char *ent_law_nearest_condition(const ent_law_t *law, const char *name);
const char *ent_law_nearest_measure(const ent_law_t *law, const char *id);

/* Tables with files of their own. */
extern const ent_csv_column_t ent_law_measure_columns[];
int ent_law_take_measure(void *law, const ent_csv_named_t *row);
extern const ent_csv_column_t ent_law_weight_columns[];
int ent_law_take_weights(ent_law_t *law, const ent_csv_source_t *source, ent_context_t *ctx);

#endif
