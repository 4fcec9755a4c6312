/* The forecaster: a monthly series known to an origin, told beyond it.
 *
 *   y_t = mu_t + gamma_{m(t)} + sum_k beta_k x_{k,t} + e_t,   mu_t = mu_{t-1} + drift + eta_t
 *
 * y is the log of an observed level, mu a local level with drift, gamma a season by calendar month, x inputs
 * with scales beta ~ N(mean, sd^2): ln working days, the engine's response and anticipation, plants, demand
 * (Harvey 1989, chapters 2 and 7; Durbin and Koopman 2012, chapter 3). With the noise's standard deviation s,
 *
 *   eta_t ~ N(0, (level s)^2), gamma_m ~ N(lent_m, (season s)^2), drift ~ N(0, (drift s / 12)^2) a month,
 *   mu_origin's own prior N(mean of y, (initial s)^2), e_t ~ s Student(tails), s^2 ~ inverse gamma.
 *
 * Given (level, season, s, world) all is Gaussian and conditioned exactly. Settings of level and season, a
 * quadrature over s, and the worlds of an ensemble are components of a mixture, each weighted by the
 * likelihood of the months to the origin. Nothing after the origin is read of y; inputs are read to the last
 * month told. */
#ifndef ENTREPOT_EVIDENCE_FORECAST_H
#define ENTREPOT_EVIDENCE_FORECAST_H

#include <entrepot/context.h>

enum { ENT_FORECAST_MAX_GRID = 8, ENT_FORECAST_MAX_INPUTS = 8 };

typedef struct {
    int n_level, n_season;
    double level[ENT_FORECAST_MAX_GRID];  /* [1] innovations of the level over the noise */
    double season[ENT_FORECAST_MAX_GRID]; /* [1] spread of the season over the noise */
    double initial, drift;                /* [1] over the noise; drift: log growth a year */
    double noise, noise_months;           /* inverse gamma: scale [log points], months it counts for */
    int n_scale;                          /* points of the quadrature over s, odd */
    double tails;                         /* degrees of freedom of e; 0: normal */
} ent_forecast_prior_t;

/* Settings that forecasts use unless told otherwise; docs/forecast.md says how they were chosen. */
ent_forecast_prior_t ent_forecast_prior(void);

typedef struct {
    const char *name;
    double mean, sd; /* prior of the scale; sd 0: the scale is fixed */
    int by_world;    /* 1: x is [n_worlds][n_months], else [n_months] */
    const double *x; /* [log points] and so on; 0 before it is known of */
} ent_forecast_input_t;

/* A series. Months are counted from 0; month 0 is `first_month` (12 * year + month - 1). */
typedef struct {
    int n_months, first_month;
    int from, origin;       /* first and last month learnt from */
    int horizon;            /* months told beyond the origin */
    const double *y;        /* [n_months]; NaN: not observed */
    const double *season;   /* [12] prior mean of the season by calendar month, or NULL: 0 */
    int n_inputs, n_worlds; /* worlds at least 1 */
    const ent_forecast_input_t *input;
} ent_forecast_series_t;

/* Parts of a level, in this order, followed by the inputs. */
enum { ENT_PART_LEVEL, ENT_PART_DRIFT, ENT_PART_SEASON, ENT_PART_UNEXPLAINED, ENT_PART_GOODS, ENT_N_PARTS };

/* Component j of the mixture: setting, s, world; beta ~ N(beta[j], root[j] root[j]'), and beyond the origin
 * y = base[setting] + carry[setting, world] beta + s path_root[setting] N(0, I). Arrays are owned here. */
typedef struct {
    int n_inputs, horizon, n_settings, n_worlds, n_components;
    int from, origin;
    double *weight; /* [component], sums to 1 */
    double *scale;  /* [component] s */
    int *setting, *world;
    double *beta;      /* [component][input] */
    double *root;      /* [component][input][input] lower */
    double *base;      /* [setting][horizon] */
    double *carry;     /* [setting][world][horizon][input] */
    double *path_root; /* [setting][horizon][horizon] lower */
    double *part; /* [ENT_N_PARTS + n_inputs][told], told = origin - from + 1 + horizon: means that sum to
                   * y where it is observed and to the forecast's mean beyond the origin */
    double *world_weight; /* [world] */
    double *season_mean;  /* [12] the season as it was found, lent to others; `season_sd` its spread */
    double evidence;      /* log likelihood of the months to the origin, averaged over all components */
    double *information;  /* [input][input] and score [input]: of the scales, prior left out, for pooling */
    double *score;
} ent_forecast_t;

/* Learn and tell. ENT_ERR_DATA with fewer than two observed months, ENT_ERR_NO_MEMORY. Free with
 * ent_forecast_free, also after failure. Cost: O(settings (n^3 / 3 + n^2 (inputs worlds + horizon))) for n
 * observed months. */
int ent_forecast(ent_forecast_t *self, const ent_forecast_series_t *series, const ent_forecast_prior_t *prior,
                 ent_context_t *ctx);
void ent_forecast_free(ent_forecast_t *self);

/* Mean of y at origin + 1 + h. */
double ent_forecast_mean(const ent_forecast_t *self, int h);
double ent_forecast_sd(const ent_forecast_t *self, int h);
/* Probability of y <= value, and the quantile of p in (0, 1) by bisection to 1e-12. */
double ent_forecast_cdf(const ent_forecast_t *self, int h, double value);
double ent_forecast_quantile(const ent_forecast_t *self, int h, double p);
/* Continuous ranked probability score (Grimit, Gneiting, Berrocal and Johnson 2006). O(components^2). */
double ent_forecast_crps(const ent_forecast_t *self, int h, double came);

/* Move the level told at origin + 1 + h by `log_points`: what forecasts of its own goods say of a total. */
void ent_forecast_move(ent_forecast_t *self, int h, double log_points);

/* ---- another course of the inputs on the same state ---- */

/* Differences of inputs, other less told: x [n_worlds][horizon][input], the two courses alike to the origin
 * or not. The difference of y is sum_k beta_k x: only scales are uncertain. */
double ent_forecast_paired_mean(const ent_forecast_t *self, const double *x, int h);
double ent_forecast_paired_quantile(const ent_forecast_t *self, const double *x, int h, double p);

/* The forecast of another course of the inputs: `self` with base moved by the scales' part, as a copy.
 * ENT_ERR_NO_MEMORY. Free with ent_forecast_free. */
int ent_forecast_other(ent_forecast_t *other, const ent_forecast_t *self, const double *x,
                       ent_context_t *ctx);

/* Draw i of n joint paths of y [horizon], stratified over components by weight, the same for the same (seed,
 * i) whatever the course; draws of two courses are paired. `x` NULL: as told. */
void ent_forecast_draw(const ent_forecast_t *self, const double *x, unsigned seed, int i, int n,
                       double *path);

/* ---- one setting, by two ways ---- */

typedef struct {
    double level, season, scale;
    int world;
} ent_forecast_setting_t;

/* The same model by Kalman filter and smoother (state: level, drift, seasons, scales). `variance_factor`
 * [n_months] multiplies the noise's variance, NULL: 1. Out: mean and variance of y beyond the origin
 * [horizon], smoothed level with drift [origin - from + 1], scales [input]; log likelihood. Any may be NULL.
 * ENT_ERR_NO_MEMORY. Cost: O(n (14 + inputs)^3). */
int ent_forecast_kalman(const ent_forecast_series_t *series, const ent_forecast_prior_t *prior,
                        const ent_forecast_setting_t *setting, const double *variance_factor, double *mean,
                        double *variance, double *level, double *beta, double *log_likelihood,
                        ent_context_t *ctx);

/* By dense conditioning; the same arguments. */
int ent_forecast_dense(const ent_forecast_series_t *series, const ent_forecast_prior_t *prior,
                       const ent_forecast_setting_t *setting, const double *variance_factor, double *mean,
                       double *variance, double *level, double *beta, double *log_likelihood,
                       ent_context_t *ctx);

#endif
