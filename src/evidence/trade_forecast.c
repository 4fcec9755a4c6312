#include "evidence/trade_forecast.h"

#include "base/memory.h"
#include "numbers/observed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST = 13 }; /* observed months that a series needs */

static int check_months(const ent_trade_forecast_options_t *o, ent_context_t *ctx)
{
    const int last = o->effects->first_month + o->effects->n_months - 1;
    char month[16];

    ent_month_format(last, month);
    return o->origin + o->horizon <= last
               ? ENT_OK
               : ent_fail(ctx, ENT_ERR_DATA, "forecast",
                          "the scenarios are simulated to %s: ask for at most %d months", month,
                          last > o->origin ? last - o->origin : 0);
}

static int read_effects(ent_trade_forecast_t *self, ent_context_t *ctx)
{
    const ent_trade_forecast_options_t *o = &self->options;
    const size_t n = (size_t)o->effects->n_scenarios;
    int code;

    self->response = ent_calloc(ctx, n, sizeof *self->response);
    self->anticipation = ent_calloc(ctx, n, sizeof *self->anticipation);
    code = self->response == NULL || self->anticipation == NULL ? ENT_ERR_NO_MEMORY : ENT_OK;
    for (size_t s = 0; code == ENT_OK && s < n; s++) {
        code = ent_cells_effects(&self->response[s], &self->anticipation[s], o->effects, (int)s, o->panel,
                                 o->origin, o->left_out, ctx);
    }
    return code;
}

static void fill_inputs(const ent_trade_forecast_t *self, ent_cells_input_t *input)
{
    const ent_trade_forecast_options_t *o = &self->options;
    const double own = 0.25; /* spread of a series' scale about the pooled one */
    const double *const prior[] = {o->days, o->scales.response, o->scales.anticipation};
    const double *const x[] = {o->panel->days, self->response[o->fact], self->anticipation[o->fact]};
    static const char *const names[] = {"days", "response", "anticipation"};

    for (int k = 0; k < ENT_TRADE_FORECAST_INPUTS; k++) {
        const int engine = k != ENT_TRADE_FORECAST_DAYS;

        input[k] = (ent_cells_input_t){.name = names[k],
                                       .mean = prior[k][0],
                                       .sd = prior[k][1],
                                       .own_sd = own < prior[k][1] ? own : prior[k][1],
                                       .pooled = engine && o->pooled && prior[k][1] > 0.0,
                                       .by_world = engine,
                                       .by_cell = engine,
                                       .x = x[k]};
    }
}

int ent_trade_forecast(ent_trade_forecast_t *self, const ent_trade_forecast_options_t *options,
                       ent_context_t *ctx)
{
    ent_cells_input_t input[ENT_TRADE_FORECAST_INPUTS];
    ent_cells_options_t cells = {.panel = options->panel,
                                 .prior = options->prior,
                                 .from = options->from,
                                 .origin = options->origin,
                                 .horizon = options->horizon,
                                 .n_worlds = options->effects->n_worlds,
                                 .n_inputs = ENT_TRADE_FORECAST_INPUTS,
                                 .input = input,
                                 .by_goods = 1,
                                 .left_out = options->left_out,
                                 .least = LEAST,
                                 .n_threads = options->n_threads};
    int code = check_months(options, ctx);

    *self = (ent_trade_forecast_t){.options = *options};
    code = code == ENT_OK ? read_effects(self, ctx) : code;
    if (code == ENT_OK) {
        fill_inputs(self, input);
        code = ent_cells_forecast(&self->cells, &cells, ctx);
    }
    return code;
}

void ent_trade_forecast_free(ent_trade_forecast_t *self)
{
    for (int s = 0;
         self->response != NULL && self->anticipation != NULL && s < self->options.effects->n_scenarios;
         s++) {
        free(self->response[s]);
        free(self->anticipation[s]);
    }
    free(self->response);
    free(self->anticipation);
    ent_cells_free(&self->cells);
    *self = (ent_trade_forecast_t){0};
}

void ent_trade_forecast_difference(const ent_trade_forecast_t *self, int cell, int scenario, int other,
                                   double *x)
{
    const ent_trade_forecast_options_t *o = &self->options;
    const int first = o->origin + 1 - o->panel->first_month, worlds = o->effects->n_worlds;

    for (int w = 0; w < worlds; w++) {
        for (int h = 0; h < o->horizon; h++, x += ENT_TRADE_FORECAST_INPUTS) {
            const size_t at = (size_t)(cell * worlds + w) * (size_t)o->panel->n_months + (size_t)(first + h);

            x[ENT_TRADE_FORECAST_DAYS] = 0.0;
            x[ENT_TRADE_FORECAST_RESPONSE] = self->response[scenario][at] - self->response[other][at];
            x[ENT_TRADE_FORECAST_ANTICIPATION] =
                self->anticipation[scenario][at] - self->anticipation[other][at];
        }
    }
}

int ent_trade_forecast_scenario(const ent_trade_forecast_t *self, int cell, int scenario,
                                ent_forecast_t *forecast, ent_context_t *ctx)
{
    const ent_trade_forecast_options_t *o = &self->options;
    double *x = ent_calloc(ctx, (size_t)o->effects->n_worlds * (size_t)o->horizon * ENT_TRADE_FORECAST_INPUTS,
                           sizeof *x);
    int code = x == NULL ? ENT_ERR_NO_MEMORY : ENT_OK;

    *forecast = (ent_forecast_t){0};
    if (code == ENT_OK) {
        ent_trade_forecast_difference(self, cell, scenario, o->fact, x);
        code = ent_forecast_other(forecast, &self->cells.forecast[cell], x, ctx);
    }
    free(x);
    return code;
}
