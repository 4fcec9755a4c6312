/* The config and the benchmark that a results file was made from. */
#ifndef ENTREPOT_COMPARE_RECORDED_CONFIG_H
#define ENTREPOT_COMPARE_RECORDED_CONFIG_H

#include "io/results_file.h"

#include <entrepot/config.h>

/* Read the config whose text the file carries, and the benchmark it names, which has to be there with the
 * same hash. The caller frees both, also after failure. ENT_ERR_NO_INPUT, ENT_ERR_DATA, errors of
 * ent_config_read. */
int ent_recorded_config(const ent_results_file_t *file, ent_config_t *config, ent_benchmark_t *fine,
                        ent_context_t *ctx);

#endif
