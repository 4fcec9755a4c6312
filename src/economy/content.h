/* What a unit of output contains of a factor, its own and that of the inputs it is made of, through all
 * stages and countries: jobs in exports, value added in exports. */
#ifndef ENTREPOT_ECONOMY_CONTENT_H
#define ENTREPOT_ECONOMY_CONTENT_H

#include <entrepot/benchmark.h>

/* Leontief's quantity system over regions and sectors at benchmark shares (Leontief 1936, Rev. Econ. Stat.
 * 18; between countries as Johnson and Noguera 2012, J. Int. Econ. 86). With own[o,k] the factor per million
 * USD of gross output of producer o in sector k, a the input coefficients, x the flows and E a market's
 * landed expenditure:
 *
 *   content[d,s] = own[d,s] + sum_k a[d,k,s] sum_o x[k,o,d] (1 + freight) / E[d,k] content[o,k]
 *
 * own and content [region][sector]; what counts is chosen by what of `own` is not zero (the workers of one
 * region say). Iterated until nothing moves by more than 1e-12 of the largest own: since value added is
 * positive the sum converges. ENT_ERR_DATA where it does not (inputs worth more than the output they make),
 * ENT_ERR_NO_MEMORY. Cost: some fifty passes over flows and coefficients. */
int ent_input_content(const ent_benchmark_t *benchmark, const double *own, double *content,
                      ent_context_t *ctx);

/* Workers per million USD of gross output a year of each sector of a region: value added at the benchmark's
 * shares over value added per worker, which is the region's in all. own [sector]; NaN where the region's
 * workers are not known. */
void ent_workers_per_output(const ent_benchmark_t *benchmark, int region, double *own);

#endif
