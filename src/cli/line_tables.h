/* Tables of the law by product line: what a customs form shows for one line, the same over time, and sums of
 * all lines. */
#ifndef ENTREPOT_CLI_LINE_TABLES_H
#define ENTREPOT_CLI_LINE_TABLES_H

#include "policy/lines.h"
#include "base/table.h"

/* One prefix from one partner. */
typedef struct {
    const ent_law_t *law;
    const ent_lines_t *lines;
    ent_hs_range_t range;
    int digits, partner;
    ent_lines_when_t when;
    double ordinary;       /* fraction; NaN: estimated from what was collected in the base year */
    const double *answers; /* [n_conditions] */
} ent_line_query_t;

/* On one day: law by law, lines of the prefix that are treated otherwise, what would change it. At most three
 * tables are made, also when memory is short; their number is returned. */
int ent_line_tables(const ent_line_query_t *query, ent_table_t tables[3], ent_context_t *ctx);

/* The rate of the line with most trade, as on a form and as a mean, on all days on which it changes. */
void ent_line_over_time(const ent_line_query_t *query, ent_table_t *table, ent_context_t *ctx);

/* All lines of a law. */
typedef enum {
    ENT_BY_PARTNER,
    ENT_BY_GROUP,
    ENT_BY_CHAPTER,
    ENT_BY_SECTOR,
    ENT_BY_LINE,
    ENT_BY_SET
} ent_lines_by_t;
extern const char *const ent_lines_by_names[];

typedef struct {
    const ent_law_t *law;
    const ent_lines_t *lines;
    int partner, chapter, sector; /* -1: all */
    ent_lines_when_t when;
    ent_lines_by_t by;
    int over_time;
    int costliest; /* the number of lines in ent_lines_costliest */
    double elasticity;
} ent_lines_query_t;

/* Sums by partner and so on: on one day, or on all days of change. */
int ent_lines_table(const ent_lines_query_t *query, ent_table_t *table, ent_context_t *ctx);

/* Lines on which a point of tariff costs the exporters most. */
int ent_lines_costliest(const ent_lines_query_t *query, ent_table_t *table, ent_context_t *ctx);

#endif
