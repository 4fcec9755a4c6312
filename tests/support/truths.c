#include "truths.h"

#include "base/draws.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

const truth_case_t truth_cases[TRUTH_CASES] = {{"like cars", 0.015, 0.10, 0.06, 0.35, 0.10},
                                               {"like totals", 0.010, 0.05, 0.03, 0.20, 0.05},
                                               {"like a prohibitive duty", 0.030, 0.08, 0.05, 0.70, 0.15}};

static double normal(const truth_case_t *kind, int truth, int what, int index)
{
    const ent_stream_t stream = ent_stream(7, (uint64_t)truth, (uint64_t)(kind - truth_cases));
    const ent_draw4_t words = ent_draw4(stream, (uint64_t)what, index, ENT_PURPOSE_FORECAST, 0);

    return gsl_cdf_ugaussian_Pinv(ent_uniform(words.word[0], words.word[1]));
}

/* Effects of a world: a response that deepens, goods shipped ahead for two months and missed for three. */
static void make_world(truth_t *truth, const truth_case_t *kind, int i, int world)
{
    const double depth = kind->depth * exp(0.35 * normal(kind, i, 1, world));
    const double months = 6.0 * exp(0.3 * normal(kind, i, 2, world));
    const double haste = kind->haste * exp(0.5 * normal(kind, i, 3, world));

    for (int t = 0; t < TRUTH_MONTHS; t++) {
        const int since = t - TRUTH_POLICY, at = world * TRUTH_MONTHS + t;

        truth->response[at] = since < 0 ? 0.0 : -depth * (1.0 - exp(-(since + 1) / months));
        truth->anticipation[at] = since < -2 || since > 2 ? 0.0 : since < 0 ? haste : -0.66 * haste;
    }
}

void truth_make(truth_t *truth, const truth_case_t *kind, int i)
{
    const int world = i % TRUTH_WORLDS;
    double level = 8.0;

    for (int w = 0; w < TRUTH_WORLDS; w++) {
        make_world(truth, kind, i, w);
    }
    truth->scale[0] = 1.0 + 0.3 * normal(kind, i, 4, 0);
    truth->scale[1] = 0.5 + 0.3 * normal(kind, i, 4, 1);
    for (int t = 0; t < TRUTH_MONTHS; t++) {
        const int at = world * TRUTH_MONTHS + t;

        level += kind->walk * normal(kind, i, 5, t) + 0.002;
        truth->days[t] = 0.06 * normal(kind, i, 6, t);
        truth->y[t] = level + kind->season * normal(kind, i, 7, t % 12) + 0.55 * truth->days[t] +
                      truth->scale[0] * truth->response[at] + truth->scale[1] * truth->anticipation[at] +
                      kind->noise * normal(kind, i, 8, t);
    }
    truth->input[0] = (ent_forecast_input_t){.name = "days", .mean = 0.55, .sd = 0.14, .x = truth->days};
    truth->input[1] = (ent_forecast_input_t){
        .name = "response", .mean = 1.0, .sd = 0.3, .by_world = 1, .x = truth->response};
    truth->input[2] = (ent_forecast_input_t){
        .name = "anticipation", .mean = 0.5, .sd = 0.3, .by_world = 1, .x = truth->anticipation};
    truth->series = (ent_forecast_series_t){.n_months = TRUTH_MONTHS,
                                            .first_month = 12 * 2018,
                                            .origin = TRUTH_ORIGIN,
                                            .horizon = TRUTH_HORIZON,
                                            .y = truth->y,
                                            .n_inputs = 3,
                                            .n_worlds = TRUTH_WORLDS,
                                            .input = truth->input};
}

/* The engine alone: its own growth, mean over worlds, on the year before. */
static double engine_says(const truth_t *truth, int t)
{
    double sum = truth->y[t - 12];

    for (int w = 0; w < TRUTH_WORLDS; w++) {
        const int at = w * TRUTH_MONTHS + t;

        sum += (truth->response[at] + truth->anticipation[at] - truth->response[at - 12] -
                truth->anticipation[at - 12]) /
               TRUTH_WORLDS;
    }
    return sum;
}

static void add_scales(truth_score_t *score, const truth_t *truth, const ent_forecast_t *forecast)
{
    for (int k = 0; k < 2; k++) {
        double mean = 0.0, square = 0.0;

        for (int j = 0; j < forecast->n_components; j++) {
            const double *root = forecast->root + (j * 3 + k + 1) * 3, beta = forecast->beta[j * 3 + k + 1];

            mean += forecast->weight[j] * beta;
            square += forecast->weight[j] *
                      (beta * beta + root[0] * root[0] + root[1] * root[1] + root[2] * root[2]);
        }
        const double error = (mean - truth->scale[k]) / sqrt(square - mean * mean);

        score->scale_error[k] += error;
        score->scale_square[k] += error * error;
    }
    score->n_scales++;
}

static void add_month(truth_score_t *score, const truth_t *truth, const ent_forecast_t *conditioned,
                      const ent_forecast_t *without, int h)
{
    const int t = TRUTH_ORIGIN + 1 + h;
    const double came = truth->y[t], place = ent_forecast_cdf(conditioned, h, came);

    score->n++;
    score->in_50 += place > 0.25 && place < 0.75;
    score->in_90 += place > 0.05 && place < 0.95;
    score->conditioned += pow(ent_forecast_mean(conditioned, h) - came, 2.0);
    score->without += pow(ent_forecast_mean(without, h) - came, 2.0);
    score->engine += pow(engine_says(truth, t) - came, 2.0);
}

int truth_score(truth_score_t *score, const truth_case_t *kind, int first, int last, ent_context_t *ctx)
{
    const ent_forecast_prior_t prior = ent_forecast_prior();
    int code = ENT_OK;

    for (int i = first; code == ENT_OK && i < last; i++) {
        truth_t truth;
        ent_forecast_series_t without_inputs;
        ent_forecast_t conditioned, without = {0};

        truth_make(&truth, kind, i);
        without_inputs = truth.series;
        without_inputs.n_inputs = without_inputs.n_worlds = 1;
        code = ent_forecast(&conditioned, &truth.series, &prior, ctx);
        code = code == ENT_OK ? ent_forecast(&without, &without_inputs, &prior, ctx) : code;
        for (int h = 0; code == ENT_OK && h < TRUTH_HORIZON; h++) {
            add_month(score, &truth, &conditioned, &without, h);
        }
        if (code == ENT_OK) {
            add_scales(score, &truth, &conditioned);
        }
        ent_forecast_free(&conditioned);
        ent_forecast_free(&without);
    }
    return code;
}
