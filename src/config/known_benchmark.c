#include "config/known_benchmark.h"

#include <stdlib.h>
#include <string.h>

void ent_known_benchmark_keep(ent_known_benchmark_t *known, const ent_config_t *config, ent_benchmark_t *fine)
{
    if (known == NULL || known->path != NULL || fine->borrowed) {
        return;
    }
    known->path = strdup(config->benchmark_path);
    if (known->path != NULL) {
        known->benchmark = *fine;
        fine->borrowed = 1;
    }
}

void ent_known_benchmark_free(ent_known_benchmark_t *known)
{
    free(known->path);
    ent_benchmark_free(&known->benchmark);
    *known = (ent_known_benchmark_t){0};
}
