/* A benchmark kept between readings of configs that name it: reading and checking it again takes longer than
 * playing a small run. */
#ifndef ENTREPOT_CONFIG_KNOWN_BENCHMARK_H
#define ENTREPOT_CONFIG_KNOWN_BENCHMARK_H

#include <entrepot/config.h>

typedef struct {
    char *path; /* as ent_config_t.benchmark_path; NULL: none is kept */
    ent_benchmark_t benchmark;
} ent_known_benchmark_t;

/* As ent_config_read. When the config names the benchmark of `known`, `fine` borrows that one, which must
 * outlive it, instead of reading the file. Several threads may read with the same one. `known` may be NULL.
 */
int ent_config_read_known(ent_config_t *config, ent_benchmark_t *fine, const ent_known_benchmark_t *known,
                          const char *path, int n_settings, const ent_setting_t *settings,
                          ent_context_t *ctx);

/* Keep what was read, unless one is kept or there is no memory for its name: `fine` borrows it from then on.
 * `known` may be NULL: nothing is kept. */
void ent_known_benchmark_keep(ent_known_benchmark_t *known, const ent_config_t *config,
                              ent_benchmark_t *fine);
void ent_known_benchmark_free(ent_known_benchmark_t *known);

#endif
