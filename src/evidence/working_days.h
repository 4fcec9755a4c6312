/* How much of a month's trade hangs on the number of its working days. */
#ifndef ENTREPOT_EVIDENCE_WORKING_DAYS_H
#define ENTREPOT_EVIDENCE_WORKING_DAYS_H

#include "numbers/observed.h"

typedef struct {
    double elasticity;     /* of a month's value to its working days */
    double standard_error; /* NaN where it was not estimated */
    int n_series;          /* series it was estimated from; 0: none has enough months */
} ent_working_days_t;

/* Estimate the elasticity from growth on the year before of totals, months up to `to` (12 * year + month -
 * 1): for each series ln(x_t / x_{t-12}) = a + b t + e ln(d_t / d_{t-12}) + u by least squares, the estimates
 * of e weighted by their inverse variances. Trading-day regression of the year-on-year difference (Findley,
 * Monsell, Bell, Otto and Chen 1998, section 3), days by their number only. Without a series of ten such
 * months the elasticity is 1, growth per working day. ENT_ERR_NO_MEMORY. Cost: O(months x series). */
int ent_working_days(const ent_observed_t *observed, int to, ent_working_days_t *days, ent_context_t *ctx);

#endif
