/* The paths a report draws: home's sales to the partner and the partner's market, step by step, in every
 * world, and their quantiles over worlds. */
#ifndef ENTREPOT_PAGE_REPORT_SERIES_H
#define ENTREPOT_PAGE_REPORT_SERIES_H

#include "numbers/paired.h"

/* A number of a step. */
typedef struct {
    const char *name;
    const char *unit;
    const char *fields; /* of the results file, comma-separated */
    const ent_outcome_t *outcome;
    double scale;           /* of the outcome's value */
    int flow;               /* 1: of the flow from home to the partner; 0: of the partner's market */
    const char *definition; /* in terms of fields */
} ent_report_measure_t;

typedef enum {
    ENT_REPORT_EXPORTS,
    ENT_REPORT_QUANTITY,
    ENT_REPORT_PRICE,
    ENT_REPORT_TARIFF,
    ENT_REPORT_DUTY,
    ENT_REPORT_REFUND,
    ENT_REPORT_STOCK,
    ENT_REPORT_RETAIL,
    ENT_REPORT_LANDED,
    ENT_N_REPORT_MEASURES
} ent_report_measure_id_t;

ent_report_measure_t ent_report_measure(ent_report_measure_id_t measure);

/* What is shown of a measure. */
typedef enum {
    ENT_VIEW_LEVEL,      /* of a scenario */
    ENT_VIEW_CHANGE,     /* of a scenario against the base in the same world, per cent */
    ENT_VIEW_DIFFERENCE, /* of a scenario less the base in the same world */
    ENT_N_VIEWS
} ent_view_t;

typedef struct {
    const ent_results_file_t *file; /* must outlive the series */
    ent_ensemble_t ensemble;        /* of it */
    int partner;
    int n_cells;   /* sectors, then their total */
    int n_worlds;  /* first plays of worlds that are in the file whole */
    int *play;     /* [n_worlds] their replications */
    double *value; /* [scenario][measure][cell][time][world] */
} ent_report_series_t;

/* Read the file once. Free with ent_report_series_free, safe after failure.
 * Memory: 8 bytes for every scenario, measure, sector, step and world. */
int ent_report_series_init(ent_report_series_t *series, const ent_results_file_t *file, int partner,
                           ent_context_t *ctx);
void ent_report_series_free(ent_report_series_t *series);

/* A measure in every world, values [n_worlds]; NaN where it has no value (nothing was sold). */
void ent_report_worlds(const ent_report_series_t *series, ent_report_measure_id_t measure, ent_view_t view,
                       int scenario, int base, int cell, int time, double *values);

/* Exports of all sectors in a period, a scenario less the base, in every world: values [n_worlds]. */
void ent_report_exports(const ent_report_series_t *series, int scenario, int base, const ent_period_t *period,
                        double *values);

/* Mean over the worlds that have a value; NaN when none has. */
double ent_report_mean(const double *values, int n);

/* Quantiles at `level` [n_levels], of the worlds that have a value; NaN when none has. Sorts `values`. */
void ent_report_quantiles(double *values, int n, const double *level, int n_levels, double *quantile);

#endif
