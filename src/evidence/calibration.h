/* Calibration: parameters with priors, moments with targets, and plays that simulate them. */
#ifndef ENTREPOT_EVIDENCE_CALIBRATION_H
#define ENTREPOT_EVIDENCE_CALIBRATION_H

#include "evidence/abc.h"
#include "config/factor.h"
#include "run/stage.h"
#include "base/table.h"
#include "numbers/moments.h"

#include <entrepot/run.h>

extern const char *const ent_moment_names[ENT_N_MOMENTS];

/* Months count from year 0: 12 year + month - 1. Both ends are included. */
typedef struct {
    int from, to;
} ent_months_t;

typedef struct {
    char *name, *source;
    ent_moment_kind_t kind;
    char *play, *scenario, *base; /* NULL: the first play, its first, its last scenario */
    char *origin, *destination;   /* regions; origin NULL: all (WLD) */
    int n_sectors;                /* 0: all goods */
    char **sectors;
    ent_months_t months, base_months; /* base_months of an index, of exporters and survival */
    int top;                          /* 10 or 100 */
    double value, error;
} ent_moment_t;

/* A config that is played for some of the moments, with all parameters set. */
typedef struct {
    char *name, *config; /* config: path, resolved; NULL: that of the command */
    int replications;
    int n_set;
    ent_setting_t *set; /* strings owned */
} ent_calibration_play_t;

typedef struct {
    char *path, *name;
    int n_parameters, n_moments, n_plays;
    ent_factor_t *parameters;
    ent_moment_t *moments;
    ent_calibration_play_t *plays;
    long population, generations, batch, most_attempts, seed;
    double quantile, tolerance;
    int adjust; /* 1: the sample is corrected by regression on the moments (ent_abc_adjust) */
    char *text; /* canonical YAML */
} ent_calibration_t;

/* Read a targets file. All faults are recorded. ENT_ERR_NO_INPUT, ENT_ERR_CONFIG. Free with
 * ent_calibration_free, also after failure. */
int ent_calibration_read(ent_calibration_t *self, const char *path, ent_context_t *ctx);
void ent_calibration_free(ent_calibration_t *self);

/* ---- moments bound to a config (calibration_moments.c) ---- */

/* Bind to a config, with every fault recorded. ENT_ERR_CONFIG. Free `sectors` by free(). */
int ent_moment_bind(ent_bound_moment_t *bound, const ent_moment_t *moment, const char *path,
                    const ent_config_t *config, ent_context_t *ctx);

/* ---- calibrating (calibrate.c) ---- */

/* A calibration at work: targets, what they are bound to, and the population. */
typedef struct {
    ent_calibration_t targets;
    const char *config; /* of the command */
    int n_settings;
    const ent_setting_t *settings; /* of the command line, for every play, after the play's own */
    ent_config_source_t *source;   /* [targets.n_plays] their configs */
    int *play;                     /* [n_moments] */
    ent_bound_moment_t *bound;     /* [n_moments] */
    double *target, *error;        /* [n_moments] */
    char hash[ENT_SHA256_TEXT];    /* of targets and configs */
    ent_abc_t population;
} ent_calibrate_t;

/* Read the targets, read every config at the medians of the priors, bind the moments. Free with
 * ent_calibrate_free, also after failure. ENT_ERR_CONFIG and what reading a config gives. */
int ent_calibrate_init(ent_calibrate_t *self, const char *config, const char *targets, int n_settings,
                       const ent_setting_t *settings, ent_context_t *ctx);
void ent_calibrate_free(ent_calibrate_t *self);

/* Moments [n_moments] at u [n_parameters]: every play with its replications and the seed of `key`; an
 * ent_abc_simulate_t. Errors: those of a run. */
int ent_calibrate_simulate(void *self, int thread, uint64_t key, const double *u, double *moments,
                           ent_context_t *ctx);

/* Fill `options` from the targets; threads, state, stop and progress are left to the caller. */
void ent_calibrate_options(ent_calibrate_t *self, ent_abc_options_t *options);

/* ---- the posterior file (posterior.c) ---- */

/* Write the population with its targets. Errors of ent_sealed_create and _finish. */
int ent_posterior_write(const ent_calibrate_t *self, const char *path, int overwrite, ent_context_t *ctx);

/* What a run needs of a posterior file. */
typedef struct {
    int n_particles, n_parameters;
    char **name;    /* [n_parameters] */
    char **path;    /* [n_parameters] keys of the config, one to a line */
    double *value;  /* [n_particles][n_parameters] */
    double *place;  /* [n_particles][n_parameters] in the priors, from 0 to 1 */
    double *weight; /* [n_particles] */
} ent_posterior_t;

/* ENT_ERR_NO_INPUT, ENT_ERR_DATA. Free with ent_posterior_free, also after failure. */
int ent_posterior_read(ent_posterior_t *self, const char *path, ent_context_t *ctx);
void ent_posterior_free(ent_posterior_t *self);

/* Make the sample of a posterior file the population of a calibration with the same parameters, moments
 * unknown (ent_abc_replay plays them). ENT_ERR_CONFIG when the parameters are others, ENT_ERR_NO_MEMORY. */
int ent_posterior_population(const ent_posterior_t *posterior, const char *path,
                             const ent_abc_options_t *options, ent_calibrate_t *self, ent_context_t *ctx);

/* Settings under which `n_worlds` worlds play the posterior: world w takes particle[w], by systematic
 * resampling with the weights (Kitagawa 1996) and one draw of `seed`. Every path becomes a distribution by
 * world, so that values are recorded as draws and in the config of the results. Only distributions of
 * `uncertainty` can differ between worlds: ENT_ERR_CONFIG for any other path, with all of them reported.
 * *settings [*n] and their values are owned by the caller (ent_posterior_settings_free); keys belong to the
 * posterior. */
int ent_posterior_settings(const ent_posterior_t *self, const char *path, int n_worlds, uint64_t seed,
                           ent_setting_t **settings, int *n, ent_context_t *ctx);
void ent_posterior_settings_free(ent_setting_t *settings, int n);

/* Read a config as ent_config_read does, with the settings of the posterior at `posterior` (NULL: without)
 * before the `n` given ones, which win. */
int ent_posterior_config(ent_config_t *config, ent_benchmark_t *fine, const char *path, const char *posterior,
                         int n, const ent_setting_t *settings, ent_context_t *ctx);

/* Particle of each world [n_worlds]. */
void ent_posterior_resample(const double *weight, int n_particles, uint64_t seed, int n_worlds,
                            int *particle);

/* ---- tables (calibration_tables.c) ---- */

enum { ENT_CALIBRATION_TABLES = 3 };

/* Generations, parameters, moments. Free each with ent_table_free. */
int ent_calibration_tables(const ent_calibrate_t *self, ent_table_t tables[ENT_CALIBRATION_TABLES],
                           ent_context_t *ctx);

#endif
