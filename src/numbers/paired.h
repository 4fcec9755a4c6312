/* One number of every replication: an outcome in a period, of one scenario or of one against another in the
 * same world, and what all replications together say of it. */
#ifndef ENTREPOT_NUMBERS_PAIRED_H
#define ENTREPOT_NUMBERS_PAIRED_H

#include "numbers/outcome.h"
#include "numbers/statistics.h"

/* A number by names. */
typedef struct {
    int outcome;          /* of ent_outcome_find */
    const char *period;   /* as in ent_period_find */
    const char *scenario; /* NULL: the first */
    const char *base;     /* scenario taken off; NULL: none, the level is wanted */
    const char *origin;   /* region; NULL: home */
    const char *partner;  /* destination, "all" for all recorded; NULL: ent_default_partner */
    const char *sector;   /* NULL: all */
    int relative;         /* 1: the difference in per cent of the base */
} ent_value_query_t;

/* The same bound to an ensemble. */
typedef struct {
    const ent_outcome_t *outcome;
    int scenario, base; /* base -1: the level */
    ent_places_t places;
    ent_period_t period;
    int relative;
} ent_number_t;

/* ENT_ERR_USAGE for unknown names, with the nearest; otherwise those of ent_default_partner. */
int ent_number_bind(ent_number_t *number, const ent_value_query_t *query, const ent_ensemble_t *ensemble,
                    ent_context_t *ctx);

/* The number in one replication; NaN where it is missing. Errors of ent_reader_field. */
int ent_number_value(const ent_number_t *number, ent_reader_t *reader, int replication, double *value,
                     ent_context_t *ctx);

/* Values [n_replication] of a whole ensemble, NaN where a replication is missing. */
int ent_number_values(const ent_number_t *number, const ent_ensemble_t *ensemble, double *values,
                      ent_context_t *ctx);

/* The destination of `origin` that a comparison is about: among those of its recorded flows the one whose
 * duty differs most between the scenarios (difference in rates times imports), where no duty differs the one
 * to which exports differ most, and of one scenario alone (base < 0 or the same) the first recorded. In
 * memory, where nothing is simulated yet, the first that levies measures in one regime and not in the other.
 * Symmetric in the scenarios. ENT_ERR_USAGE when no flow of the origin is recorded. Cost: one pass over the
 * duty rates until a world differs. */
int ent_default_partner(const ent_ensemble_t *ensemble, int origin, int scenario, int base, int *partner,
                        ent_context_t *ctx);

/* The partner by name: "all" is -1, NULL the default. ENT_ERR_USAGE for one without a recorded flow. */
int ent_find_partner(const ent_ensemble_t *ensemble, const char *name, int origin, int scenario, int base,
                     int *partner, ent_context_t *ctx);

/* What all replications say of one number: values [n_replication], NaN where missing; `scratch`
 * [n_replication] is overwritten. */
void ent_estimate_number(const ent_ensemble_t *ensemble, const double *values, double level, double *scratch,
                         ent_estimate_t *estimate);

/* Two scenarios and their difference in the same worlds. */
typedef struct {
    ent_estimate_t without, with, difference;
} ent_paired_t;

/* From values [n_replication] of both; `scratch` [2][n_replication] is overwritten. */
void ent_estimate_paired(const ent_ensemble_t *ensemble, const double *without, const double *with,
                         double level, double *scratch, ent_paired_t *paired);

#endif
