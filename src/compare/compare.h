/* Paired comparison of two scenarios of a results file: same worlds, same draws, one policy or the other. */
#ifndef ENTREPOT_COMPARE_COMPARE_H
#define ENTREPOT_COMPARE_COMPARE_H

#include "base/table.h"
#include "numbers/paired.h"

enum {
    ENT_BY_SUMMARY = 1,
    ENT_BY_SECTOR = 2,
    ENT_BY_DESTINATION = 4,
    ENT_BY_FIRMS = 8,
    ENT_BY_PASS_THROUGH = 16,
    ENT_BY_PAYERS = 32,
    ENT_BY_ORIGIN = 64,
    ENT_BY_PRICES = 128,
    ENT_BY_TREASURY = 256,
    ENT_BY_JOBS = 512,
    ENT_BY_HOUSEHOLDS = 1024
};

/* Outcomes by their numbers (numbers/outcome.h), in the order in which they are shown. */
enum { ENT_MOST_OUTCOMES = 64 };
typedef struct {
    int n, id[ENT_MOST_OUTCOMES];
} ent_outcome_list_t;

typedef struct {
    const char *base;    /* scenario without; NULL: the file's last */
    const char *against; /* scenario with; NULL: the file's first */
    const char *home;    /* region whose exports are compared; NULL: the config's */
    const char *partner; /* destination of the tables, "all" for all recorded; NULL: ent_default_partner */
    unsigned by;         /* ENT_BY_*, or'ed */
    ent_outcome_list_t outcomes; /* in the summary */
    ent_outcome_list_t details;  /* by sector, destination and origin */
    unsigned periods;            /* ENT_PERIOD_*, or'ed */
    double level;                /* of the range over worlds, e.g. 0.9: 5 to 95 % */
    double want;                 /* numerical error wanted, share of the level */
} ent_compare_options_t;

/* First year and horizon: the usual outcomes in the summary, exports in detail; 5 to 95 %, 1 %. */
void ent_compare_defaults(ent_compare_options_t *options);

/* The usual outcomes and every period in summary and detail, as CSV and JSON show unless told otherwise. */
void ent_compare_everything(ent_compare_options_t *options);

/* Put an outcome into a list that does not hold it yet. */
void ent_outcome_list_add(ent_outcome_list_t *list, int outcome);

/* One line: an outcome in a period, for a sector or a destination or a total. */
typedef struct {
    unsigned by;     /* the one table it belongs to */
    int outcome;     /* number */
    int period;      /* index */
    int sector;      /* -1: all */
    int origin;      /* region; -1: all recorded */
    int destination; /* region; -1: all recorded flows of the origin, or none where the outcome has no partner
                      */
    ent_estimate_t without, with, difference;
} ent_comparison_row_t;

typedef struct {
    const ent_results_file_t *file; /* must outlive the comparison */
    ent_ensemble_t ensemble;        /* of the file, home as chosen */
    ent_compare_options_t options;  /* with the defaults filled in */
    int base, against;              /* scenarios */
    int partner;                    /* region, or -1: all */
    int n_destinations, n_origins;
    int *destinations; /* [n_destinations] regions that home's recorded flows go to, in the file's order */
    int *origins;      /* [n_origins] regions from which flows to the partner are recorded */
    int n_periods;
    ent_period_t *periods;
    int n_rows;
    ent_comparison_row_t
        *rows; /* by table, outcome, period, then sector, destination or origin, total last */
} ent_comparison_t;

/* Read and compare. Sums are taken in double over the file's values as they stand, and the total of parts
 * that add up is their sum, so that rows add up to their total exactly. ENT_ERR_USAGE for unknown scenarios
 * or partners (with the nearest name) or a file with one scenario, ENT_ERR_DATA for damage. Free with
 * ent_comparison_free, safe after failure. Cost: one pass over the fields the outcomes need. */
int ent_compare(ent_comparison_t *comparison, const ent_results_file_t *file,
                const ent_compare_options_t *options, ent_context_t *ctx);
void ent_comparison_free(ent_comparison_t *comparison);

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

/* The four columns of what is known of a number, error, range and the probability of `worse`, and their
 * values in the last row of a table from `column` on: the ends of the range to `decimals`, `share` the
 * probability. */
void ent_comparison_spread_columns(const ent_comparison_t *comparison, ent_table_t *table, const char *unit,
                                   const char *worse);
void ent_comparison_spread(const ent_estimate_t *estimate, int decimals, double share, ent_table_t *table,
                           int column);

/* The number columns that tables for people end with, and their values in the last row of a table. */
void ent_comparison_columns(const ent_comparison_t *comparison, ent_table_t *table, const char *unit,
                            const char *worse);
void ent_comparison_numbers(const ent_paired_t *row, ent_table_t *table, int column);

/* The tables of a format: one tidy table for CSV and JSON, those for people for the others; with what came of
 * talks, a decomposition and what a policy that ended left behind, but for CSV. *tables [*n_tables] is owned
 * by the caller, also after failure (ent_table_free each, then free). */
int ent_comparison_tables_for(const ent_comparison_t *comparison, ent_format_t format, ent_table_t **tables,
                              int *n_tables, ent_context_t *ctx);

/* Write them. */
int ent_comparison_write(const ent_comparison_t *comparison, ent_format_t format, FILE *stream,
                         ent_context_t *ctx);

#endif
