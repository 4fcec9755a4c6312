/* The benchmark as tables: any flow, any sum of flows, and their shares. */
#ifndef ENTREPOT_STATIC_BENCHMARK_VIEW_H
#define ENTREPOT_STATIC_BENCHMARK_VIEW_H

#include "base/table.h"

#include <entrepot/benchmark.h>

enum { ENT_VIEW_ORIGIN, ENT_VIEW_DESTINATION, ENT_VIEW_SECTOR, ENT_VIEW_N };

/* What is looked at. A row of the table is a sum over everything selected, or one entry of each dimension
 * that is listed. */
typedef struct {
    unsigned char *selected[ENT_VIEW_N]; /* flags by region, region and sector */
    int listed[ENT_VIEW_N];              /* 1: one row for each selected entry */
    int foreign;                         /* 1: leave domestic flows out */
    int content_of;                      /* region whose value added in the flows is shown; -1: none */
    double *content;                     /* [region][sector] of it in a million USD of output; NULL: none */
} ent_view_t;

/* Everything selected, nothing listed. Free with ent_view_free, safe after failure. */
int ent_view_init(ent_view_t *view, const ent_benchmark_t *benchmark, ent_context_t *ctx);
void ent_view_free(ent_view_t *view);

/* Narrow one dimension to a comma-separated list of codes. ENT_ERR_USAGE for unknown ones, with the nearest.
 */
int ent_view_select(ent_view_t *view, const ent_benchmark_t *benchmark, int dimension, const char *codes,
                    ent_context_t *ctx);

/* Show the value added of a region, by its code, in whatever flows are shown, its own and others': what of a
 * country's work is in goods that a third sells (economy/content.h). ENT_ERR_USAGE for an unknown code, with
 * the nearest. */
int ent_view_set_content(ent_view_t *view, const ent_benchmark_t *benchmark, const char *code,
                         ent_context_t *ctx);

/* Flows [million USD a year], tariff and freight as means over the row's flows, landed value, and shares: of
 * what the destinations buy in these sectors from everybody, and of what the origins sell in them to
 * everybody. Rows without trade are left out. The table is freed by the caller. Cost: O(cells x rows). */
void ent_view_flows(ent_table_t *table, const ent_view_t *view, const ent_benchmark_t *benchmark);

/* One row for each selected origin: output, value added, final demand, exports, imports, balance. */
void ent_view_regions(ent_table_t *table, const ent_view_t *view, const ent_benchmark_t *benchmark);

/* One row for each selected sector, one column for each elasticity set. */
void ent_view_elasticities(ent_table_t *table, const ent_view_t *view, const ent_benchmark_t *benchmark);

#endif
