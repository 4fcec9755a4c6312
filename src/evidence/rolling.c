#include "evidence/rolling.h"

#include "base/memory.h"
#include "evidence/scores.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { YEAR = 12, LEAST = 13 };
const int ent_rolling_horizons[ENT_ROLLING_HORIZONS] = {1, 3, 6, 12};
#define ENT_ROLLING_KEY(id, key, title) key,
const char *const ent_rolling_keys[ENT_N_ROLLING + 1] = {ENT_ROLLING(ENT_ROLLING_KEY) NULL};
#undef ENT_ROLLING_KEY

typedef struct {
    ent_rolling_t *self;
    double *rate, *known_rate; /* [cell][n_months] ln of 1 + collected rate: as it came, as of the origin */
    double *response, *anticipation; /* [cell][world][n_months] */
    int origin, index;               /* month and number of the origin at work */
    ent_context_t *ctx;
} work_t;

/* ---- what is known ---- */

static double log_value(const ent_panel_t *p, int cell, int month)
{
    const int m = month - p->first_month;

    return m >= 0 && m < p->n_months ? log(p->value[(size_t)cell * (size_t)p->n_months + (size_t)m]) : NAN;
}

static void find_rates(const work_t *work, double *rate, int known_to)
{
    const ent_panel_t *p = work->self->options.panel;

    for (int c = 0; c < work->self->n_cells; c++) {
        double last = 0.0;

        for (int m = 0; m < p->n_months; m++) {
            const size_t at = (size_t)c * (size_t)p->n_months + (size_t)m;
            const double here = log1p(p->duty[at] / p->value[at]);

            last = isnan(here) || p->first_month + m > known_to ? last : here;
            rate[at] = last;
        }
    }
}

static int is_wanted(const ent_rolling_t *self, int cell)
{
    return self->options.wanted == NULL || self->options.wanted[cell];
}

static void find_weights(const work_t *work)
{
    ent_rolling_t *self = work->self;
    double *weight = self->weight + (size_t)work->index * (size_t)self->n_cells, sum = 0.0;

    for (int c = 0; c < self->n_cells; c++) {
        weight[c] = 0.0;
        for (int m = work->origin - YEAR + 1; is_wanted(self, c) && m <= work->origin; m++) {
            const double value = exp(log_value(self->options.panel, c, m));

            weight[c] += isnan(value) ? 0.0 : value;
        }
        sum += weight[c];
    }
    for (int c = 0; c < self->n_cells; c++) {
        weight[c] /= sum > 0.0 ? sum : 1.0;
    }
}

/* ---- scores ---- */

static ent_rolling_score_t nothing(void)
{
    return (ent_rolling_score_t){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
}

/* A number alone: its error. */
static void score_point(const work_t *work, int who, int cell, int h, double forecast)
{
    const ent_rolling_options_t *o = &work->self->options;
    const int month = work->origin + ent_rolling_horizons[h];
    ent_rolling_score_t *score = ent_rolling_at(work->self, who, work->index, cell, h);

    *score = nothing();
    if (month <= o->last_target) {
        score->error = 100.0 * (forecast - log_value(o->panel, cell, month));
        score->crps = fabs(score->error);
    }
}

static void score_forecast(const work_t *work, int who, int cell, int h, const ent_forecast_t *f)
{
    const ent_rolling_options_t *o = &work->self->options;
    const int ahead = ent_rolling_horizons[h] - 1, month = work->origin + ent_rolling_horizons[h];
    const double came = log_value(o->panel, cell, month);
    const double year_before = log_value(o->panel, cell, month - YEAR);
    ent_rolling_score_t *score = ent_rolling_at(work->self, who, work->index, cell, h);

    *score = nothing();
    if (month > o->last_target || isnan(came)) {
        return;
    }
    score->error = 100.0 * (ent_forecast_mean(f, ahead) - came);
    score->crps = 100.0 * ent_forecast_crps(f, ahead, came);
    score->low = 100.0 * (ent_forecast_quantile(f, ahead, 0.05) - year_before);
    score->quarter = 100.0 * (ent_forecast_quantile(f, ahead, 0.25) - year_before);
    score->three_quarters = 100.0 * (ent_forecast_quantile(f, ahead, 0.75) - year_before);
    score->high = 100.0 * (ent_forecast_quantile(f, ahead, 0.95) - year_before);
    score->interval = ent_interval_score(score->low, score->high, 0.1, 100.0 * (came - year_before));
    score->pit = ent_forecast_cdf(f, ahead, came);
}

/* ---- forecasters ---- */

static double mean_effect(const work_t *work, int cell, int month)
{
    const ent_panel_t *p = work->self->options.panel;
    const int worlds = work->self->options.effects->n_worlds, m = month - p->first_month;
    double sum = 0.0;

    for (int w = 0; w < worlds; w++) {
        const size_t at = ((size_t)cell * (size_t)worlds + (size_t)w) * (size_t)p->n_months + (size_t)m;

        sum += m >= 0 && m < p->n_months ? work->response[at] + work->anticipation[at] : NAN;
    }
    return sum / (double)worlds;
}

static void simple_rule(const work_t *work, int who)
{
    const ent_panel_t *p = work->self->options.panel;

    for (int c = 0; c < work->self->n_cells; c++) {
        for (int h = 0; is_wanted(work->self, c) && h < ENT_ROLLING_HORIZONS; h++) {
            const int month = work->origin + ent_rolling_horizons[h];
            double forecast = log_value(p, c, month - YEAR);

            if (who == ENT_ROLLING_LAST_GROWTH) {
                forecast += log_value(p, c, work->origin) - log_value(p, c, work->origin - YEAR);
            } else if (who == ENT_ROLLING_ENGINE) {
                forecast += mean_effect(work, c, month) - mean_effect(work, c, month - YEAR);
            }
            score_point(work, who, c, h, forecast);
        }
    }
}

static int inputs_of(const work_t *work, int who, ent_cells_input_t *input)
{
    const ent_rolling_options_t *o = &work->self->options;
    const double own = 0.25; /* spread of a cell's scale about the pooled one */
    int n = 0;

    input[n++] = (ent_cells_input_t){.name = "days", .mean = 0.55, .sd = 0.14, .x = o->panel->days};
    if (who == ENT_ROLLING_FIXED) {
        input[n++] =
            (ent_cells_input_t){.name = "elasticity", .mean = o->elasticity, .by_cell = 1, .x = work->rate};
    } else if (who == ENT_ROLLING_SHRUNK || who == ENT_ROLLING_KNOWN) {
        input[n++] = (ent_cells_input_t){.name = "elasticity",
                                         .mean = o->elasticity,
                                         .sd = o->elasticity_sd,
                                         .own_sd = own,
                                         .pooled = 1,
                                         .by_cell = 1,
                                         .x = who == ENT_ROLLING_KNOWN ? work->known_rate : work->rate};
    } else if (who == ENT_ROLLING_CONDITIONED) {
        const double *const x[] = {work->response, work->anticipation};
        const double *const prior[] = {o->scales.response, o->scales.anticipation};
        static const char *const names[] = {"response", "anticipation"};

        for (int i = 0; i < 2; i++) {
            input[n++] = (ent_cells_input_t){.name = names[i],
                                             .mean = prior[i][0],
                                             .sd = prior[i][1],
                                             .own_sd = own < prior[i][1] ? own : prior[i][1],
                                             .pooled = o->pooled && prior[i][1] > 0.0,
                                             .by_world = 1,
                                             .by_cell = 1,
                                             .x = x[i]};
        }
    }
    return n;
}

/* Months told: to the last target at most, and no further than the longest horizon. */
static int months_told(const ent_rolling_options_t *o, int origin)
{
    const int longest = ent_rolling_horizons[ENT_ROLLING_HORIZONS - 1];

    return o->last_target - origin < longest ? o->last_target - origin : longest;
}

static int with_forecaster(const work_t *work, int who)
{
    const ent_rolling_options_t *o = &work->self->options;
    ent_cells_input_t input[3];
    const ent_cells_options_t cells_options = {.panel = o->panel,
                                               .prior = o->prior,
                                               .from = o->train_from,
                                               .origin = work->origin,
                                               .horizon = months_told(o, work->origin),
                                               .n_worlds =
                                                   who == ENT_ROLLING_CONDITIONED ? o->effects->n_worlds : 1,
                                               .n_inputs = inputs_of(work, who, input),
                                               .input = input,
                                               .wanted = o->wanted,
                                               .by_goods = who == ENT_ROLLING_CONDITIONED,
                                               .left_out = o->left_out,
                                               .least = LEAST,
                                               .n_threads = o->n_threads};
    ent_cells_t cells;
    const int code = ent_cells_forecast(&cells, &cells_options, work->ctx);

    for (int c = 0; code == ENT_OK && c < work->self->n_cells; c++) {
        for (int h = 0; h < ENT_ROLLING_HORIZONS; h++) {
            if (cells.done[c] && is_wanted(work->self, c) &&
                ent_rolling_horizons[h] <= cells_options.horizon) {
                score_forecast(work, who, c, h, &cells.forecast[c]);
            } else {
                *ent_rolling_at(work->self, who, work->index, c, h) = nothing();
            }
        }
    }
    ent_cells_free(&cells);
    return code;
}

static int needs_effects(int who)
{
    return who == ENT_ROLLING_ENGINE || who == ENT_ROLLING_CONDITIONED;
}

static int from_origin(work_t *work)
{
    const ent_rolling_options_t *o = &work->self->options;
    int code = ENT_OK;

    find_weights(work);
    find_rates(work, work->known_rate, work->origin);
    if (o->effects != NULL) {
        code = ent_cells_effects(&work->response, &work->anticipation, o->effects, o->scenario, o->panel,
                                 work->origin, o->left_out, work->ctx);
    }
    for (int who = 0; code == ENT_OK && who < ENT_N_ROLLING; who++) {
        if ((o->who >> who & 1U) == 0 || (needs_effects(who) && o->effects == NULL)) {
            continue;
        }
        if (who == ENT_ROLLING_NO_CHANGE || who == ENT_ROLLING_LAST_GROWTH || who == ENT_ROLLING_ENGINE) {
            simple_rule(work, who);
        } else {
            code = with_forecaster(work, who);
        }
    }
    free(work->response);
    free(work->anticipation);
    work->response = work->anticipation = NULL;
    return code;
}

/* ---- all origins ---- */

/* Forecasters that need collected rates. */
static const unsigned duty_rules =
    1U << ENT_ROLLING_FIXED | 1U << ENT_ROLLING_SHRUNK | 1U << ENT_ROLLING_KNOWN;

static int has_duty(const ent_panel_t *panel)
{
    const size_t n = (size_t)(panel->n_partners * panel->n_products) * (size_t)panel->n_months;

    for (size_t i = 0; i < n; i++) {
        if (!isnan(panel->duty[i])) {
            return 1;
        }
    }
    return 0;
}

static int check_months(const ent_rolling_options_t *o, ent_context_t *ctx)
{
    const int first = o->panel->first_month, last = first + o->panel->n_months - 1;

    if (o->train_from < first || o->first_origin < o->train_from + LEAST ||
        o->last_origin < o->first_origin || o->last_target <= o->first_origin || o->last_target > last) {
        return ent_fail(ctx, ENT_ERR_DATA, "rolling origins",
                        "must lie in the %d months observed, the first with %d months before it and the last "
                        "target after it",
                        o->panel->n_months, LEAST);
    }
    return ENT_OK;
}

int ent_rolling(ent_rolling_t *self, const ent_rolling_options_t *options, ent_context_t *ctx)
{
    work_t work = {.self = self, .ctx = ctx};
    const size_t cells = (size_t)options->panel->n_partners * (size_t)options->panel->n_products;
    int code = check_months(options, ctx);

    *self = (ent_rolling_t){.options = *options,
                            .n_cells = (int)cells,
                            .n_origins = options->last_origin - options->first_origin + 1};
    if (code != ENT_OK) {
        return code;
    }
    const size_t n = ENT_N_ROLLING * (size_t)self->n_origins * cells * ENT_ROLLING_HORIZONS;
    const size_t months = cells * (size_t)options->panel->n_months;

    self->score = ent_calloc(ctx, n, sizeof *self->score);
    self->weight = ent_calloc(ctx, (size_t)self->n_origins * cells, sizeof *self->weight);
    work.rate = ent_calloc(ctx, months, sizeof(double));
    work.known_rate = ent_calloc(ctx, months, sizeof(double));
    for (int c = 0; c < self->n_cells; c++) {
        self->n_wanted += is_wanted(self, c);
    }
    code = self->score == NULL || self->weight == NULL || work.rate == NULL || work.known_rate == NULL
               ? ENT_ERR_NO_MEMORY
               : ENT_OK;
    for (size_t i = 0; code == ENT_OK && i < n; i++) {
        self->score[i] = nothing();
    }
    if (code == ENT_OK) {
        find_rates(&work, work.rate, options->last_target);
        self->options.who &= has_duty(options->panel) ? ~0U : ~duty_rules;
    }
    for (work.index = 0; code == ENT_OK && work.index < self->n_origins; work.index++) {
        work.origin = options->first_origin + work.index;
        code = from_origin(&work);
    }
    free(work.rate);
    free(work.known_rate);
    return code;
}

void ent_rolling_free(ent_rolling_t *self)
{
    free(self->score);
    free(self->weight);
    *self = (ent_rolling_t){0};
}
