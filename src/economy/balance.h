/* Balancing a benchmark, and moving it to another year. Arithmetic only: no files here. */
#ifndef ENTREPOT_ECONOMY_BALANCE_H
#define ENTREPOT_ECONOMY_BALANCE_H

#include <entrepot/benchmark.h>

/* A cell of a use table that balancing changed: what region `region` buys of `sector` for `user` (a sector;
 * n_sector: final demand), million USD a year. */
typedef struct {
    int region, sector, user;
    double before, after;
} ent_balance_change_t;

typedef struct {
    double use;                    /* [million USD a year] all uses of all regions before */
    double moved;                  /* sum of absolute changes */
    int n;                         /* cells that changed by more than rounding */
    ent_balance_change_t *changes; /* [n] the largest first */
} ent_balance_t;

/* Balance every region's use table to what its market spends, by RAS: rows and columns are scaled in turn
 * until both totals hold, which gives the table nearest to the first in information distance (Bacharach
 * 1970). With landed expenditure E[d,s], gross output Y[d,u], input coefficients a, value-added shares v and
 * final demand F, million USD a year,
 *
 *     rows      sum_u a[d,s,u] Y[d,u] + F[d,s] = E[d,s]
 *     columns   sum_s a[d,s,u] = 1 - v[d,u];   sum_s F[d,s] = sum_s E[d,s] - sum_u (1 - v[d,u]) Y[d,u]
 *
 * Flows, tariffs, freight and value-added shares are kept. A region that balances already is left alone to
 * the last bit. ENT_ERR_DATA with the cell that cannot be balanced: spending that no use is listed for, or
 * nothing left for final demand. Free `balance` with ent_balance_free, also after failure.
 * Cost: O(rounds x regions x sectors^2). */
int ent_benchmark_balance(ent_benchmark_t *benchmark, double tolerance, ent_balance_t *balance,
                          ent_context_t *ctx);
void ent_balance_free(ent_balance_t *balance);

/* Largest gap of a column: |sum of inputs + value added - 1| of a sector that produces; its place. */
double ent_benchmark_column_gap(const ent_benchmark_t *benchmark, int *region, int *sector);

/* Relative gap between what a market spends and what is used there; `supply` and `use` may be NULL. */
double ent_benchmark_row_gap(const ent_benchmark_t *benchmark, int region, int sector, double *supply,
                             double *use);

/* A flow observed in the year the benchmark is moved to, million USD a year at basic price. */
typedef struct {
    int sector; /* -1: all the sectors of `covered` together */
    int origin, destination;
    double value;
} ent_observed_flow_t;

typedef struct {
    const unsigned char *covered; /* [n_sector] 1: part of a flow that names no sector; NULL: all are */
    int keep_others;              /* 1: flows that were not observed stay as they are */
} ent_rebase_options_t;

typedef struct {
    double observed_before, observed_after; /* [million USD a year] of the flows observed */
    double others_before, others_after;     /* of all the others, domestic sales among them */
    size_t n_observed;                      /* cells */
} ent_rebase_t;

/* Move a benchmark to another year by observed bilateral flows. A flow that was observed takes its value; one
 * observed without its sector scales the pair's covered sectors alike. The others, domestic sales among them,
 * grow with the foreign trade of their two regions in the sector, in which flows that were not observed count
 * as they were: the more is observed, the more they follow. Tariffs, freight, input coefficients, value-added
 * shares and elasticities stay; final demand grows with what its market spends and has to be balanced
 * afterwards (ent_benchmark_balance). ENT_ERR_DATA for a flow that no benchmark flow can carry. Cost: O(cells
 * + observations). */
int ent_benchmark_rebase(ent_benchmark_t *benchmark, const ent_observed_flow_t *observed, size_t n,
                         const ent_rebase_options_t *options, ent_rebase_t *rebase, ent_context_t *ctx);

#endif
