/* A forecast written down before its months come, and held against them after. */
#ifndef ENTREPOT_EVIDENCE_SEAL_FORECAST_H
#define ENTREPOT_EVIDENCE_SEAL_FORECAST_H

#include "evidence/trade_forecast.h"

typedef struct {
    const ent_trade_forecast_t *trade;
    const unsigned char *shown;                 /* [cell] */
    const ent_combination_t *partner, *product; /* codes behind the panel's names */
    const char *config_hash, *observed, *destination, *measure;
    ent_day_t known; /* ENT_DAY_NEVER: all that the config knows */
} ent_forecast_seal_t;

/* Write as JSON: program version, config, file of observations with the SHA-256 of its bytes, last month
 * known, law known, and by series, scenario and month the mean, the standard deviation and quantiles of the
 * level. The last key is the SHA-256 of all before it. ENT_ERR_IO, ENT_ERR_NO_MEMORY. */
int ent_forecast_seal_write(const ent_forecast_seal_t *seal, FILE *stream, ent_context_t *ctx);

/* Hold a sealed forecast against observations: one row a series, scenario and month that has come.
 * ENT_ERR_DATA when the file is none, or its text is not what was sealed. Free the table with ent_table_free.
 */
int ent_forecast_seal_score(const char *path, const ent_observations_t *observations, ent_table_t *table,
                            ent_context_t *ctx);

#endif
