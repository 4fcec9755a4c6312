/* Paired comparison of two scenarios of a results file: same worlds, same draws, one policy or the other. */
#ifndef ENTREPOT_COMPARE_COMPARE_H
#define ENTREPOT_COMPARE_COMPARE_H

#include "io/results_file.h"
#include "numbers/statistics.h"
#include "base/table.h"

typedef enum {
    ENT_OUTCOME_EXPORTS,  /* exports of home, recorded flows */
    ENT_OUTCOME_REVENUE,  /* revenue of home's producers from all destinations, home included */
    ENT_OUTCOME_DUTY,     /* duty on home's exports, less refunds */
    ENT_OUTCOME_QUANTITY, /* exports at benchmark prices */
    ENT_OUTCOME_PRICE,    /* exports over quantity, benchmark = 1 */
    ENT_N_OUTCOMES
} ent_outcome_t;

typedef struct {
    const char *name;   /* as in --outcomes */
    const char *title;  /* for captions */
    const char *unit;   /* of a period's value */
    const char *worse;  /* what a negative difference is */
    const char *fields; /* of the results file it is made from */
} ent_outcome_entry_t;

const ent_outcome_entry_t *ent_outcome_table(void);

enum {
    ENT_BY_SUMMARY = 1,
    ENT_BY_SECTOR = 2,
    ENT_BY_DESTINATION = 4,
    ENT_BY_FIRMS = 8,
    ENT_BY_PASS_THROUGH = 16,
    ENT_BY_PAYERS = 32
};
enum { ENT_PERIOD_YEAR1 = 1, ENT_PERIOD_YEARS = 2, ENT_PERIOD_HORIZON = 4 };

typedef struct {
    const char *base;    /* scenario without; NULL: the file's last */
    const char *against; /* scenario with; NULL: the file's first */
    const char *partner; /* destination of the table by sector, "all" for all recorded; NULL: the first
                            recorded flow of home */
    unsigned by;         /* ENT_BY_*, or'ed */
    unsigned outcomes;   /* in the summary: 1 << ENT_OUTCOME_*, or'ed */
    unsigned details;    /* by sector and destination: 1 << ENT_OUTCOME_*, or'ed */
    unsigned periods;    /* ENT_PERIOD_*, or'ed */
    double level;        /* of the range over worlds, e.g. 0.9: 5 to 95 % */
    double want;         /* numerical error wanted, share of the level */
} ent_compare_options_t;

/* First year and horizon: every outcome in the summary, exports in detail; 5 to 95 %, 1 %. */
void ent_compare_defaults(ent_compare_options_t *options);

/* Every outcome and period in summary and detail, as CSV and JSON show unless told otherwise. */
void ent_compare_everything(ent_compare_options_t *options);

typedef struct {
    char key[16];   /* "year1", "2026", "horizon" */
    char label[96]; /* "first 12 months, 2025-01-01 to 2025-12-31" */
    int begin, end; /* steps [begin, end) */
} ent_period_t;

/* One line: an outcome in a period, for a sector or a destination or a total. */
typedef struct {
    unsigned by;     /* the one table it belongs to */
    int outcome;     /* ent_outcome_t */
    int period;      /* index */
    int sector;      /* -1: all */
    int destination; /* region; -1: all recorded flows of home (revenue: all destinations) */
    ent_estimate_t without, with, difference;
} ent_comparison_row_t;

typedef struct {
    const ent_results_file_t *file; /* must outlive the comparison */
    ent_compare_options_t options;  /* with the defaults filled in */
    int base, against;              /* scenarios */
    int partner;                    /* region, or -1: all */
    int n_destinations;
    int *destinations; /* [n_destinations] regions that home's recorded flows go to, in the file's order */
    int n_periods;
    ent_period_t *periods;
    int n_rows;
    ent_comparison_row_t *rows; /* by table, outcome, period, then sector or destination, total last */
} ent_comparison_t;

/* Read and compare. Sums are taken in double over the file's values as they stand, so that rows add up to
 * their total exactly. ENT_ERR_USAGE for unknown scenarios or partners (with the nearest name) or a file with
 * one scenario, ENT_ERR_DATA for damage. Free with ent_comparison_free, safe after failure.
 * Cost: one pass over the fields the outcomes need. */
int ent_compare(ent_comparison_t *comparison, const ent_results_file_t *file,
                const ent_compare_options_t *options, ent_context_t *ctx);
void ent_comparison_free(ent_comparison_t *comparison);

/* One number of every replication. */
typedef struct {
    int outcome;          /* ent_outcome_t */
    const char *period;   /* "year1", "2026", "horizon" */
    const char *scenario; /* NULL: the file's first */
    const char *base;     /* scenario taken off; NULL: none, the level is wanted */
    const char *partner;  /* as in the options */
    const char *sector;   /* NULL: all */
    int relative;         /* 1: the difference in per cent of the base */
} ent_value_query_t;

/* Values [n_replication], NaN where a replication is missing; with the same sums as ent_compare.
 * ENT_ERR_USAGE for unknown names, with the nearest. */
int ent_replication_values(const ent_results_file_t *file, const ent_value_query_t *query, double *values,
                           ent_context_t *ctx);

/* How many slots, or worlds, would bring the numerical error of a row's difference to `want` times its level
 * (it falls as 1 / sqrt of either); NaN when the error or the level is not known. */
double ent_comparison_slots_needed(const ent_comparison_t *comparison, const ent_comparison_row_t *row);
double ent_comparison_worlds_needed(const ent_comparison_t *comparison, const ent_comparison_row_t *row);

/* Tables for people: a summary, and one per outcome and period by sector and by destination. *tables
 * [*n_tables] is owned by the caller (ent_table_free each, then free). What the columns mean is told under
 * every table, or with `notes_once` under the last only. */
int ent_comparison_tables(const ent_comparison_t *comparison, int notes_once, ent_table_t **tables,
                          int *n_tables, ent_context_t *ctx);

/* One tidy table with every row and every number, for CSV and JSON. Free with ent_table_free. */
void ent_comparison_flat(const ent_comparison_t *comparison, ent_table_t *table);

/* The number columns that tables for people end with, and their values in the last row of a table. */
void ent_comparison_columns(const ent_comparison_t *comparison, ent_table_t *table, const char *unit,
                            const char *worse);
void ent_comparison_numbers(const ent_comparison_row_t *row, ent_table_t *table, int column);

/* Write in a format: tidy for CSV and JSON, tables for the others. */
int ent_comparison_write(const ent_comparison_t *comparison, ent_format_t format, FILE *stream,
                         ent_context_t *ctx);

#endif
