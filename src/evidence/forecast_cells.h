/* Forecasts of many series from one origin, scales of inputs pooled over them where that is asked for. */
#ifndef ENTREPOT_EVIDENCE_FORECAST_CELLS_H
#define ENTREPOT_EVIDENCE_FORECAST_CELLS_H

#include "numbers/effects.h"
#include "evidence/forecast.h"
#include "evidence/panel.h"

/* An input of every cell. Not pooled: scale ~ N(mean, sd^2) in each cell. Pooled: one scale ~ N(mean, sd^2)
 * is learnt from all cells together, then each cell has N(that, own_sd^2). */
typedef struct {
    const char *name;
    double mean, sd, own_sd;
    int pooled, by_world;
    int by_cell;     /* 1: x is [cell][world or 1][n_months], else [n_months] */
    const double *x; /* months of the panel */
} ent_cells_input_t;

/* Prior mean and standard deviation of the scales of the engine's response and anticipation [1]. */
typedef struct {
    double response[2], anticipation[2];
} ent_effect_scales_t;

/* Those that forecasts use unless told otherwise. */
ent_effect_scales_t ent_effect_scales(void);

typedef struct {
    const ent_panel_t *panel;
    ent_forecast_prior_t prior;
    int from, origin, horizon; /* months 12 * year + month - 1 */
    int n_worlds, n_inputs;
    const ent_cells_input_t *input;
    const double *season;        /* [cell][12] lent, or NULL */
    const unsigned char *wanted; /* [cell] 0: not forecast; NULL: all are */
    /* 1: a `total` that is wanted is moved to the sum of its goods, which are forecast too, and scales are
     * pooled over goods alone (totals are made of them). 0: every series by itself. */
    int by_goods;
    const unsigned char *left_out; /* [product] 1: not in `total`; NULL: all are */
    int least;                     /* observed months a cell needs to be forecast */
    int n_threads;
} ent_cells_options_t;

typedef struct {
    int n_cells, n_inputs;
    ent_forecast_t *forecast; /* [cell] */
    unsigned char *done;      /* [cell] 0: not observed to the origin, or too short */
    double pooled[ENT_FORECAST_MAX_INPUTS], pooled_sd[ENT_FORECAST_MAX_INPUTS]; /* NaN: not pooled */
} ent_cells_t;

/* Learn and tell all cells. Cells are dealt out over threads; the bits do not depend on them. Errors: those
 * of ent_forecast but for cells with too few months, which are left out. Free with ent_cells_free, also after
 * failure. */
int ent_cells_forecast(ent_cells_t *self, const ent_cells_options_t *options, ent_context_t *ctx);
void ent_cells_free(ent_cells_t *self);

/* Effects of scenario `s` on the months and cells of a panel made of the same partners and products:
 * [cell][world][n_months] of response and anticipation, 0 before the effects begin, NaN after they end. A
 * cell whose product is `total` is the mean of the others' ratios weighted with what was observed in the year
 * to `origin`, the products flagged in `left_out` [n_products] without; where they do not make up the total,
 * that simulated for all goods. The caller frees both. ENT_ERR_DATA when a partner or product of the panel
 * has no effect. */
int ent_cells_effects(double **response, double **anticipation, const ent_effects_t *effects, int s,
                      const ent_panel_t *panel, int origin, const unsigned char *left_out,
                      ent_context_t *ctx);

#endif
