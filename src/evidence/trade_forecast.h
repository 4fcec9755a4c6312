/* Where trade goes from the last month observed, under every scenario of a config, and why. */
#ifndef ENTREPOT_EVIDENCE_TRADE_FORECAST_H
#define ENTREPOT_EVIDENCE_TRADE_FORECAST_H

#include "base/table.h"
#include "evidence/forecast_cells.h"

/* Inputs of a forecast of trade, in this order. */
enum {
    ENT_TRADE_FORECAST_DAYS,
    ENT_TRADE_FORECAST_RESPONSE,
    ENT_TRADE_FORECAST_ANTICIPATION,
    ENT_TRADE_FORECAST_INPUTS
};

typedef struct {
    const ent_panel_t *panel;     /* partners and products of the effects */
    const ent_effects_t *effects; /* of the config's scenarios */
    ent_forecast_prior_t prior;
    int from, origin, horizon; /* months learnt from, months told */
    int fact;                  /* scenario that was played to the origin */
    int pooled;                /* 1: scales pooled over the totals of all partners */
    ent_effect_scales_t scales;
    double days[2];                /* prior mean and sd of the elasticity to working days */
    const unsigned char *left_out; /* products that `total` is without */
    int n_draws, n_threads;
    unsigned seed;
} ent_trade_forecast_options_t;

typedef struct {
    ent_trade_forecast_options_t options;
    ent_cells_t cells;
    double **response, **anticipation; /* [scenario] of ent_cells_effects */
    double pooled[ENT_TRADE_FORECAST_INPUTS], pooled_sd[ENT_TRADE_FORECAST_INPUTS];
} ent_trade_forecast_t;

/* Learn to the origin under the scenario that was played, tell the months after it. ENT_ERR_DATA when the
 * effects end before the last month told. Free with ent_trade_forecast_free, also after failure. */
int ent_trade_forecast(ent_trade_forecast_t *self, const ent_trade_forecast_options_t *options,
                       ent_context_t *ctx);
void ent_trade_forecast_free(ent_trade_forecast_t *self);

/* The forecast of a cell under a scenario: free with ent_forecast_free. ENT_ERR_NO_MEMORY. */
int ent_trade_forecast_scenario(const ent_trade_forecast_t *self, int cell, int scenario,
                                ent_forecast_t *forecast, ent_context_t *ctx);
/* Differences of the inputs, scenario less the other: x [world][horizon][input], for ent_forecast_paired_*.
 */
void ent_trade_forecast_difference(const ent_trade_forecast_t *self, int cell, int scenario, int other,
                                   double *x);

/* Tables, each over the cells flagged in `shown` [cell]; ENT_ERR_NO_MEMORY. Free with ent_table_free.
 * Months: observed to the origin (`history` months of it), then the fan of every scenario, in the panel's
 * unit.
 */
int ent_trade_forecast_months(const ent_trade_forecast_t *self, const unsigned char *shown, int history,
                              ent_table_t *table, ent_context_t *ctx);
/* Difference of two scenarios by month: per cent, and in the panel's unit over joint draws. */
int ent_trade_forecast_pair(const ent_trade_forecast_t *self, const unsigned char *shown, int scenario,
                            int other, ent_table_t *table, ent_context_t *ctx);
/* Calendar years with a month told: what was observed and joint draws of the rest. */
int ent_trade_forecast_years(const ent_trade_forecast_t *self, const unsigned char *shown, ent_table_t *table,
                             ent_context_t *ctx);
/* Parts of the change on the year before, 100 ln points and the panel's unit, each summing to the change: the
 * part of a unit is the part in logs times the logarithmic mean of both months (Ang 2004). */
int ent_trade_forecast_parts(const ent_trade_forecast_t *self, const unsigned char *shown, int scenario,
                             int history, ent_table_t *table, ent_context_t *ctx);
/* What the month of the origin changed: said of it and of the months after a month before, said now. */
int ent_trade_forecast_news(const ent_trade_forecast_t *now, const ent_trade_forecast_t *before,
                            const unsigned char *shown, ent_table_t *table, ent_context_t *ctx);

#endif
