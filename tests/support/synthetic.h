/* A config and a benchmark made in memory, for tests of the engine: any numbers, no files. */
#ifndef ENTREPOT_TESTS_SUPPORT_SYNTHETIC_H
#define ENTREPOT_TESTS_SUPPORT_SYNTHETIC_H

#include <entrepot/run.h>

typedef struct {
    ent_config_t config;
    ent_benchmark_t benchmark;
} ent_synthetic_t;

/* Regions R0, R1, ... and sectors S0, S1, ...; monthly steps from 2025-01-01, one regime "baseline" without
 * measures, one scenario, every flow recorded. Markets import a share `foreign_share` of expenditure, in
 * equal parts from the other regions; each is worth 120 bn USD a year. Frictions are off: frozen prices, no
 * stocks, phi 0, retail price re-set every step. Aborts the test when memory is short. */
void ent_synthetic_init(ent_synthetic_t *synthetic, int n_region, int n_sector, double foreign_share);
void ent_synthetic_free(ent_synthetic_t *synthetic);

/* Set the landed share of origin `o` in market (d, s), taking the difference from the home supplier. */
void ent_synthetic_share(ent_synthetic_t *synthetic, int origin, int destination, int sector, double share);

/* Add a common measure: `rate` additive on (origin, destination, sector), announced and effective on these
 * dates (ISO). Returns its index. */
int ent_synthetic_tariff(ent_synthetic_t *synthetic, int origin, int destination, int sector, double rate,
                         const char *announced, const char *effective);

/* Value of a FLOW field. */
double ent_synthetic_flow(const ent_synthetic_t *synthetic, const ent_trajectory_t *trajectory,
                          ent_field_id_t field, int step, int origin, int destination, int sector);

#endif
