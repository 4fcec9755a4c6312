/* Synthetic truths for the forecaster: a level that walks, a season, days, noise, and the effect of one world
 * of an ensemble times scales of its own. */
#ifndef TESTS_SUPPORT_TRUTHS_H
#define TESTS_SUPPORT_TRUTHS_H

#include "evidence/forecast.h"

enum { TRUTH_MONTHS = 96, TRUTH_POLICY = 74, TRUTH_ORIGIN = 77, TRUTH_HORIZON = 12, TRUTH_WORLDS = 12 };

/* One kind of series. */
typedef struct {
    const char *name;
    double walk, season, noise; /* standard deviations, log points */
    double depth, haste;        /* of the response in the long run; of anticipation */
} truth_case_t;

enum { TRUTH_CASES = 3 };
extern const truth_case_t truth_cases[TRUTH_CASES]; /* like cars, like totals, like a prohibitive duty */

typedef struct {
    double y[TRUTH_MONTHS], days[TRUTH_MONTHS];
    double response[TRUTH_WORLDS * TRUTH_MONTHS], anticipation[TRUTH_WORLDS * TRUTH_MONTHS];
    double scale[2]; /* of response and anticipation, drawn from their priors */
    ent_forecast_input_t input[3];
    ent_forecast_series_t series; /* of this truth, with all three inputs */
} truth_t;

/* Truth number i of a case; the world that is true changes with i and is not told. */
void truth_make(truth_t *truth, const truth_case_t *kind, int i);

/* What was said of growth on the year before, and scored. */
typedef struct {
    int n, in_50, in_90;
    double conditioned, without, engine;    /* sums of squared errors */
    double scale_error[2], scale_square[2]; /* sums over truths of (scale found - true) / sd, and squared */
    int n_scales;
} truth_score_t;

/* Forecast truths first .. last - 1 of a case in three ways and add their scores. Returns 0 or an ENT_ERR_*.
 */
int truth_score(truth_score_t *score, const truth_case_t *kind, int first, int last, ent_context_t *ctx);

#endif
