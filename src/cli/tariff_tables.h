/* Tables of tariffs: one flow with the measures that make its rate, or all flows of an importer. */
#ifndef ENTREPOT_CLI_TARIFF_TABLES_H
#define ENTREPOT_CLI_TARIFF_TABLES_H

#include "base/table.h"
#include <entrepot/schedule.h>

typedef struct {
    const ent_config_t *config;
    const ent_benchmark_t *benchmark; /* at the config's aggregation */
    int regime, importer;
    int partner, sector; /* -1: all */
    ent_day_t on, loaded;
    ent_day_t known; /* ENT_DAY_NEVER: everything is known */
    int final;       /* rates after refunds in tables of several flows */
} ent_tariff_query_t;

/* Write what the query asks for. ENT_ERR_NO_MEMORY, ENT_ERR_IO. */
int ent_tariff_tables_write(const ent_tariff_query_t *query, ent_format_t format, FILE *stream,
                            ent_context_t *ctx);

#endif
