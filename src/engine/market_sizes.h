/* How many importers a run gives each market: known before anything is laid out. */
#ifndef ENTREPOT_ENGINE_MARKET_SIZES_H
#define ENTREPOT_ENGINE_MARKET_SIZES_H

#include <entrepot/benchmark.h>
#include <entrepot/config.h>

/* The slots asked for, shared out: every market with expenditure gets `minimum` importers (eight at most,
 * half an even share at most, one at least), the rest by slot focus times the root of expenditure. */
typedef struct {
    const ent_config_t *config;
    const ent_benchmark_t *benchmark;
    int n_open;             /* markets with expenditure */
    double weight;          /* sum over markets */
    double minimum, shared; /* importers of every open market; importers shared by weight */
} ent_market_sizes_t;

/* `benchmark` is the run's aggregate. Both must outlive the result. */
ent_market_sizes_t ent_market_sizes(const ent_config_t *config, const ent_benchmark_t *benchmark);

/* Importers of a market, each with ENT_SLOTS slots. */
int ent_market_importers(const ent_market_sizes_t *sizes, int destination, int sector);

#endif
