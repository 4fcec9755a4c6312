/* Rolling origins: what forecasters would have said month after month, scored on what came. */
#ifndef ENTREPOT_EVIDENCE_ROLLING_H
#define ENTREPOT_EVIDENCE_ROLLING_H

#include "base/table.h"
#include "evidence/forecast_cells.h"

/* Who forecasts. X(id, key, title). Those above ENGINE need no simulation; CONDITIONED is the forecaster with
 * the engine's effect. */
#define ENT_ROLLING(X)                                                                                       \
    X(NO_CHANGE, "no_change", "no change")                                                                   \
    X(LAST_GROWTH, "last_growth", "last growth")                                                             \
    X(SEASON, "level_season", "level and season")                                                            \
    X(FIXED, "elasticity_fixed", "fixed elasticity")                                                         \
    X(SHRUNK, "elasticity_pooled", "pooled elasticity")                                                      \
    X(KNOWN, "elasticity_known", "elasticity known rates")                                                   \
    X(ENGINE, "engine", "engine alone")                                                                      \
    X(CONDITIONED, "conditioned", "engine conditioned")
#define ENT_ROLLING_ENUM(id, key, title) ENT_ROLLING_##id,
typedef enum { ENT_ROLLING(ENT_ROLLING_ENUM) ENT_N_ROLLING } ent_rolling_who_t;
#undef ENT_ROLLING_ENUM

extern const char *const ent_rolling_keys[ENT_N_ROLLING + 1];

enum { ENT_ROLLING_HORIZONS = 4 };
extern const int ent_rolling_horizons[ENT_ROLLING_HORIZONS]; /* 1, 3, 6, 12 months */

typedef struct {
    const ent_panel_t *panel;
    ent_forecast_prior_t prior;
    int train_from, first_origin, last_origin, last_target; /* months */
    double elasticity, elasticity_sd; /* prior of the elasticity to the collected rate */
    ent_effect_scales_t scales;
    int pooled;                    /* 1: scales of the engine's effect are pooled over cells */
    const ent_effects_t *effects;  /* NULL: none */
    int scenario;                  /* of the effects: what came */
    const unsigned char *left_out; /* products of the panel that `total` is without */
    const unsigned char *wanted;   /* [cell] 1: forecast and scored; NULL: all are */
    unsigned who;                  /* bits of ent_rolling_who_t; the engine's need effects */
    int n_threads;
} ent_rolling_options_t;

/* Errors and scores in points of 100 ln growth on the year before; NaN where the month has not come. */
typedef struct {
    double error, crps, interval, low, high, quarter, three_quarters, pit;
} ent_rolling_score_t;

typedef struct {
    ent_rolling_options_t options;
    int n_cells, n_origins, n_wanted;
    ent_rolling_score_t *score; /* [who][origin][cell][horizon] */
    double *weight;             /* [origin][cell] of trade in the year to the origin, sums to 1 */
} ent_rolling_t;

/* Forecast from every origin by everybody asked for. Nothing of values after an origin is used there; rates
 * that came after it are, by those who say so. Free with ent_rolling_free, also after failure. Cost: two
 * forecasts a cell, origin and pooled forecaster, one of the others. */
int ent_rolling(ent_rolling_t *self, const ent_rolling_options_t *options, ent_context_t *ctx);
void ent_rolling_free(ent_rolling_t *self);

static inline ent_rolling_score_t *ent_rolling_at(const ent_rolling_t *self, int who, int origin, int cell,
                                                  int horizon)
{
    return &self->score[(((size_t)who * (size_t)self->n_origins + (size_t)origin) * (size_t)self->n_cells +
                         (size_t)cell) *
                            ENT_ROLLING_HORIZONS +
                        (size_t)horizon];
}

/* Root mean square error over origins and cells, weighted with trade. NaN without any. */
double ent_rolling_rmse(const ent_rolling_t *self, int who, int horizon);

/* Scores by forecaster and horizon, Diebold-Mariano against `reference`; and errors by series. Free with
 * ent_table_free. */
void ent_rolling_scores(const ent_rolling_t *self, int reference, ent_table_t *table);
void ent_rolling_series(const ent_rolling_t *self, int horizon, ent_table_t *table);
/* Every forecast: origin, month, partner, product, forecaster, error, band, score. */
void ent_rolling_cells(const ent_rolling_t *self, ent_table_t *table);

#endif
