/* Which measures make the duty rate on home's exports, by date: put into every results file, so that a figure
 * of the tariff by law needs nothing else. */
#ifndef ENTREPOT_IO_RESULTS_LAWS_H
#define ENTREPOT_IO_RESULTS_LAWS_H

#include <entrepot/config.h>

/* Law 0 is the benchmark tariff, the others are measures that add to a rate somewhere; both numbers are 0
 * when nothing is levied on home. */
typedef struct {
    int n_laws, n_levied;
    int *measure; /* [n_laws] -1: the benchmark tariff */
    int *flow;    /* [n_levied] recorded flows of home into regions with measures on it */
    double *rate; /* [scenario][step][levied flow][sector][law] fraction ad valorem, mean over the step's
                     days; laws add up to the rate collected on arrivals */
} ent_laws_t;

/* By the dates of each scenario's regime, without what worlds draw. ENT_ERR_NO_MEMORY. Free with
 * ent_laws_free, safe after failure. Cost: the rate of every flow, sector and scenario on the few days around
 * each date. */
int ent_laws_init(ent_laws_t *laws, const ent_config_t *config, const ent_benchmark_t *benchmark,
                  ent_context_t *ctx);
void ent_laws_free(ent_laws_t *laws);

#endif
