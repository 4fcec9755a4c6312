/* Tables of the static theory's answers. */
#ifndef ENTREPOT_STATIC_STATIC_TABLES_H
#define ENTREPOT_STATIC_STATIC_TABLES_H

#include "static/static_case.h"
#include "static/static_outcomes.h"
#include "base/table.h"

typedef enum {
    ENT_STATIC_BY_REGION,
    ENT_STATIC_BY_FLOW,
    ENT_STATIC_BY_SECTOR,
    ENT_STATIC_BY_WELFARE,
    ENT_STATIC_BY_OUTCOME,
    ENT_N_STATIC_BY
} ent_static_by_t;

typedef struct {
    const ent_static_t *base;
    const ent_theory_result_t *result;
    const ent_theory_welfare_t *welfare;
    const char *regime; /* for captions */
    ent_day_t day;
    int region;                 /* in the case's resolution: whose sectors and welfare parts; -1: all */
    int all;                    /* 1: every row and column, for machines; 0: what people read */
    int home;                   /* in the case's resolution: left out of the second mean of outcomes */
    ent_static_weight_t weight; /* of these means */
} ent_static_view_t;

/* Up to two tables, *n of them; the caller frees each with ent_table_free. */
int ent_static_tables(const ent_static_view_t *view, ent_static_by_t by, ent_table_t tables[2], int *n,
                      ent_context_t *ctx);

/* Best tariffs and their first-order residuals; `upper` is the bound of a rate; `title` says which they are.
 */
void ent_static_optimum_table(const ent_static_t *base, const ent_theory_optimum_t *optimum, double upper,
                              const char *title, ent_table_t *table);

#endif
