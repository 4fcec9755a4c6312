/* A played ensemble against what was observed: growth on the year before, simulated on simulated, by month or
 * window of months, scored beside simple forecasts and the static theory. */
#ifndef ENTREPOT_EVIDENCE_BACKTEST_H
#define ENTREPOT_EVIDENCE_BACKTEST_H

#include "numbers/monthly.h"
#include "evidence/scores.h"
#include "base/table.h"
#include "evidence/working_days.h"

/* Who forecasts; the engine first. */
#define ENT_FORECASTERS(X)                                                                                   \
    X(ENGINE, "engine", "engine")                                                                            \
    X(NO_CHANGE, "no_change", "no change")                                                                   \
    X(ELASTICITY, "elasticity", "elasticity")                                                                \
    X(STATIC, "static", "static theory")                                                                     \
    X(SEASONAL, "seasonal", "seasonal naive")
#define ENT_FORECASTER_ENUM(id, key, title) ENT_FORECASTER_##id,
typedef enum { ENT_FORECASTERS(ENT_FORECASTER_ENUM) ENT_N_FORECASTERS } ent_forecaster_t;
#undef ENT_FORECASTER_ENUM

enum { ENT_N_QUANTILES = 5 };
extern const double ent_backtest_quantiles[ENT_N_QUANTILES]; /* 0.05, 0.25, 0.5, 0.75, 0.95 */

typedef struct {
    int from, to;          /* months */
    int pool;              /* months in a window, 1 and more; a shorter last window is left out */
    int noise_to;          /* last month whose observations may tell the noise */
    double day_elasticity; /* of a month's value to its working days, 0: none, 1: growth by working day; NaN:
                            * that of the observations up to `noise_to` (ent_working_days) */

    double *weight; /* [n_scenarios] shares of worlds that play each scenario, sum 1 */
    double elasticity;
} ent_backtest_options_t;

/* One series in one window, growth in per cent. */
typedef struct {
    int month; /* first of the window */
    double observed;
    double forecast[ENT_N_FORECASTERS]; /* the engine: mean; NaN where not defined */
    double quantile[ENT_N_QUANTILES];   /* of the engine's predictive distribution */
    double crps;
} ent_backtest_cell_t;

typedef struct {
    ent_backtest_options_t options;
    const ent_config_t *config;
    ent_observed_t *observed; /* with the series forecast but not observed */
    int n_series, n_windows;
    ent_working_days_t days;
    double *noise;              /* [n_series] standard deviation of log growth by month */
    unsigned char *own_noise;   /* [n_series] 0: from other series of the flow */
    ent_backtest_cell_t *cells; /* [n_series][n_windows] */
} ent_backtest_t;

/* Forecasts and scores from a played ensemble. World w plays the scenario in whose share of the weights the
 * fraction of (w + 1/2) 0.618034 lies. The predictive distribution is the ensemble, each world blurred by a
 * normal error for what moves a month and the model has not: ent_noise_of_growth on observed log growth up to
 * `noise_to`, at least five differences; with fewer, sqrt 2 times the same of log levels; with neither, the
 * root mean square over the flow's other series. Windows of n months have 1/sqrt(n) of it. The static theory
 * is solved under the tariffs of each month's last day. `fine` is the benchmark at its own resolution.
 * Errors: ENT_ERR_CONFIG when the months or those a year before are not played, those of the theory. Free
 * with ent_backtest_free, also after failure. Cost: a static solve a month and scenario of weight, and
 * O(worlds^2) a cell. */
int ent_backtest(ent_backtest_t *self, const ent_backtest_options_t *options, const ent_monthly_t *played,
                 ent_observed_t *observed, const ent_config_t *config, const ent_benchmark_t *fine,
                 ent_context_t *ctx);
void ent_backtest_free(ent_backtest_t *self);

/* Windows of a series that are observed. */
int ent_backtest_observed(const ent_backtest_t *self, int series);

/* Growth by month: observed, engine with quantiles, the other forecasts, CRPS. Free with ent_table_free. */
void ent_backtest_months(const ent_backtest_t *self, ent_table_t *table);
/* Scores by series: RMSE of all, CRPS, coverage of the 50 and 90 % bands, Diebold-Mariano of the engine
 * against each. */
void ent_backtest_scores(const ent_backtest_t *self, ent_table_t *table);
/* Every forecast, one row a window, flow and sector: month, flow, sector, mean, q05, q25, q50, q75, q95. */
void ent_backtest_forecast(const ent_backtest_t *self, ent_table_t *table);

#endif
