/* The benchmark: the data-year equilibrium, at full resolution as shipped or aggregated to a run's own
 * regions and sectors. All prices are 1 in it. Flows are annual, in million USD at basic price (before
 * freight and tariff). */
#ifndef ENTREPOT_BENCHMARK_H
#define ENTREPOT_BENCHMARK_H

#include <entrepot/context.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int n_region, n_sector, n_elasticity_set;
    int unbalanced;     /* 1: the file says that supply and use differ: for the static theory, which repairs
                           it, and for partial closure */
    int borrowed;       /* 1: the arrays below are another's, which frees them */
    char **region;      /* [n_region] codes */
    char **sector;      /* [n_sector] codes */
    char **region_name; /* [n_region] */
    char **sector_name; /* [n_sector] */
    char **elasticity_set; /* [n_elasticity_set] */
    double *flow;          /* [sector][origin][destination], million USD a year */
    double *tariff;        /* [sector][origin][destination], fraction ad valorem on flow * (1 + freight) */
    double *freight;       /* [sector][origin][destination], fraction of the basic price */
    double *input_coefficient; /* [region][input sector][using sector], landed purchases per unit of gross
                                  output */
    double *value_added_share; /* [region][sector] */
    double *final_demand;      /* [region][sector], landed, million USD a year */
    double *collection_wedge;  /* [sector][origin], share of extra US duty not collected */
    double *elasticity;        /* [set][sector] */
    double *workers; /* [region] thousand people at work in the data year, NaN: not known; NULL: none known */
    double *
        exporter_facts; /* [region][3] of new exporters' first and fifth year survived, share, NaN: not known;
                         * 1 where the size law of exporters is the region's, else 0; NULL: no facts */
    char sha256[65];    /* of the file it came from; empty for an aggregate made in memory */
} ent_benchmark_t;

/* Index of cell (sector, origin, destination). */
static inline size_t ent_cell(const ent_benchmark_t *b, int sector, int origin, int destination)
{
    return ((size_t)sector * (size_t)b->n_region + (size_t)origin) * (size_t)b->n_region +
           (size_t)destination;
}

/* Read a benchmark file. Every fault of the file is named (missing data set, wrong shape, negative flow, NaN,
 * imbalance above 1e-6, no completion mark, not a benchmark). ENT_ERR_NO_INPUT or ENT_ERR_DATA.
 * The caller frees with ent_benchmark_free, safe after failure. Cost: one pass over the file. */
ENT_API int ent_benchmark_read(ent_benchmark_t *benchmark, const char *path, ent_context_t *ctx);

/* Sum to `n_region` x `n_sector` groups. region_map [fine->n_region] and sector_map [fine->n_sector] give
 * each fine cell's group; names are copied. Tariffs, freight and wedges are averaged with the flows they
 * apply to as weights, so that landed expenditure is kept exactly; elasticities with absorption as weights.
 */
ENT_API int ent_benchmark_aggregate(const ent_benchmark_t *fine, int n_region, const int *region_map,
                                    const char *const *region, int n_sector, const int *sector_map,
                                    const char *const *sector, ent_benchmark_t *coarse, ent_context_t *ctx);

/* Put tariffs of one importer in place of its own: `tariff` [origin][sector], fractions ad valorem; its own
 * flows at home keep theirs. Flows stay, so expenditure moves with duty; gross output does not. NULL:
 * nothing. */
ENT_API void ent_benchmark_put_tariffs(ent_benchmark_t *benchmark, int importer, const double *tariff);

/* Largest relative imbalance over region-sector cells of landed expenditure against intermediate plus final
 * use, with gross output = sum of flow * (1 + freight) over destinations. */
ENT_API double ent_benchmark_imbalance(const ent_benchmark_t *benchmark, int *region, int *sector);

/* Landed expenditure of a market, million USD a year: sum over origins of flow (1 + freight) (1 + tariff). */
ENT_API double ent_benchmark_expenditure(const ent_benchmark_t *benchmark, int destination, int sector);

/* Gross output of a producer at destination ports, million USD a year: sum over destinations of flow (1 +
 * freight). */
ENT_API double ent_benchmark_output(const ent_benchmark_t *benchmark, int origin, int sector);

ENT_API void ent_benchmark_free(ent_benchmark_t *benchmark);

#ifdef __cplusplus
}
#endif

#endif
