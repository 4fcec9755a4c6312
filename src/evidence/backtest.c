#include "evidence/backtest.h"

#include "base/memory.h"
#include "static/static_case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { YEAR = 12, NOISE_NEEDS = 5 };
static const double percent = 100.0;
const double ent_backtest_quantiles[ENT_N_QUANTILES] = {0.05, 0.25, 0.5, 0.75, 0.95};

static ent_backtest_cell_t *cell_of(const ent_backtest_t *self, int series, int window)
{
    return &self->cells[(size_t)series * (size_t)self->n_windows + (size_t)window];
}

static double growth(double now, double before)
{
    return before > 0.0 ? percent * (now / before - 1.0) : NAN;
}

/* ---- observations ---- */

/* Observed growth of a window in per cent, cleared of working days where both years have them. */
static double observed_growth(const ent_backtest_t *self, int series, int month)
{
    return percent * (ent_observed_ratio(self->observed, series, month, month - YEAR, self->options.pool,
                                         self->days.elasticity) -
                      1.0);
}

/* Noise of log growth from the series' own months; NaN when there are too few. */
static double own_noise(const ent_backtest_t *self, int series, double *scratch)
{
    const ent_observed_t *observed = self->observed;
    const int n = self->options.noise_to - observed->first_month + 1;
    const double days = self->days.elasticity;
    double noise;

    for (int i = 0; i < n; i++) {
        const int month = observed->first_month + i;

        scratch[i] = log(ent_observed_ratio(observed, series, month, month - YEAR, 1, days));
    }
    noise = ent_noise_of_growth(scratch, (size_t)n, NOISE_NEEDS);
    if (!isnan(noise)) {
        return noise;
    }
    for (int i = 0; i < n; i++) {
        scratch[i] = log(ent_observed_level(observed, series, observed->first_month + i, 1, days));
    }
    return M_SQRT2 * ent_noise_of_growth(scratch, (size_t)n, NOISE_NEEDS);
}

/* Root mean square of the known noise of the series of the same flow, or when it has none of the same sector,
 * or of all. */
static double borrowed_noise(const ent_backtest_t *self, int series)
{
    const ent_observed_series_t *all = self->observed->series, *s = &all[series];
    double sum[3] = {0.0};
    int n[3] = {0};

    for (int j = 0; j < self->n_series; j++) {
        const int like[3] = {all[j].origin == s->origin && all[j].destination == s->destination,
                             all[j].sector == s->sector, 1};

        for (int k = 0; k < 3; k++) {
            if (self->own_noise[j] && like[k]) {
                sum[k] += self->noise[j] * self->noise[j];
                n[k]++;
            }
        }
    }
    for (int k = 0; k < 3; k++) {
        if (n[k] > 0) {
            return sqrt(sum[k] / n[k]);
        }
    }
    return 0.0;
}

static int find_noise(ent_backtest_t *self, ent_context_t *ctx)
{
    double *scratch = ent_calloc(ctx, (size_t)self->observed->n_months, sizeof *scratch);

    self->noise = ent_calloc(ctx, (size_t)self->n_series, sizeof *self->noise);
    self->own_noise = ent_calloc(ctx, (size_t)self->n_series, sizeof *self->own_noise);
    if (scratch == NULL || self->noise == NULL || self->own_noise == NULL) {
        free(scratch);
        return ENT_ERR_NO_MEMORY;
    }
    for (int i = 0; i < self->n_series; i++) {
        self->noise[i] = own_noise(self, i, scratch);
        self->own_noise[i] = (unsigned char)!isnan(self->noise[i]);
    }
    for (int i = 0; i < self->n_series; i++) {
        if (!self->own_noise[i]) {
            self->noise[i] = borrowed_noise(self, i);
        }
    }
    free(scratch);
    return ENT_OK;
}

/* The elasticity asked for, or that of the months before the forecasts. */
static int find_days(ent_backtest_t *self, ent_context_t *ctx)
{
    if (isnan(self->options.day_elasticity)) {
        return ent_working_days(self->observed, self->options.noise_to, &self->days, ctx);
    }
    self->days = (ent_working_days_t){.elasticity = self->options.day_elasticity, .standard_error = NAN};
    return ENT_OK;
}

/* ---- the engine ---- */

/* Scenario that a world plays. */
static int scenario_of(const ent_backtest_t *self, int world)
{
    const double golden = 0.6180339887498949;
    const double place = fmod(((double)world + 0.5) * golden, 1.0);
    double sum = 0.0;
    int last = 0;

    for (int i = 0; i < self->config->n_scenarios; i++) {
        sum += self->options.weight[i];
        last = self->options.weight[i] > 0.0 ? i : last;
        if (place < sum) {
            return i;
        }
    }
    return last; /* weights that sum to a rounding error below one */
}

static void forecast_engine(const ent_backtest_t *self, const ent_monthly_t *played, int series, int window,
                            double *worlds)
{
    ent_backtest_cell_t *cell = cell_of(self, series, window);
    const int step = cell->month - played->first_month, n = self->options.pool;
    double engine = 0.0, elastic = 0.0, sd;
    size_t known = 0;

    for (int w = 0; w < played->n_worlds; w++) {
        const int scenario = scenario_of(self, w);
        const double before = ent_monthly_level(played, scenario, w, series, step - YEAR, n);
        const double now = growth(ent_monthly_level(played, scenario, w, series, step, n), before);

        if (!isnan(now)) {
            worlds[known++] = now;
            engine += now;
            elastic += growth(ent_monthly_elastic(played, scenario, w, series, step, n), before);
        }
    }
    if (known == 0) {
        return;
    }
    engine /= (double)known;
    cell->forecast[ENT_FORECASTER_ENGINE] = engine;
    cell->forecast[ENT_FORECASTER_ELASTICITY] = elastic / (double)known;
    sd = self->noise[series] / sqrt((double)n) * (percent + engine);
    for (int q = 0; q < ENT_N_QUANTILES; q++) {
        cell->quantile[q] = ent_mixture_quantile(worlds, known, sd, ent_backtest_quantiles[q]);
    }
    if (!isnan(cell->observed)) {
        cell->crps = ent_crps_mixture(worlds, known, sd, cell->observed);
    }
}

static int forecast_all(ent_backtest_t *self, const ent_monthly_t *played, ent_context_t *ctx)
{
    double *worlds = ent_calloc(ctx, (size_t)played->n_worlds, sizeof *worlds);

    if (worlds == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int i = 0; i < self->n_series; i++) {
        for (int k = 0; k < self->n_windows; k++) {
            ent_backtest_cell_t *cell = cell_of(self, i, k);

            *cell = (ent_backtest_cell_t){.month = self->options.from + k * self->options.pool, .crps = NAN};
            for (int f = 0; f < ENT_N_FORECASTERS; f++) {
                cell->forecast[f] = NAN;
            }
            for (int q = 0; q < ENT_N_QUANTILES; q++) {
                cell->quantile[q] = NAN;
            }
            cell->observed = observed_growth(self, i, cell->month);
            cell->forecast[ENT_FORECASTER_NO_CHANGE] = 0.0;
            cell->forecast[ENT_FORECASTER_SEASONAL] = observed_growth(self, i, cell->month - YEAR);
            forecast_engine(self, played, i, k, worlds);
        }
    }
    free(worlds);
    return ENT_OK;
}

/* ---- the static theory ---- */

typedef struct {
    ent_static_t theory;
    double *tariff, *cost;
    double *level; /* [n_steps][n_series], one scenario */
} static_side_t;

/* Exports of a sector from an origin, at basic prices; imports from all origins with freight. */
static double static_sector(const ent_benchmark_t *b, const ent_theory_result_t *result,
                            const ent_observed_series_t *series, int sector)
{
    double sum = 0.0;

    for (int o = 0; o < b->n_region; o++) {
        for (int d = 0; d < b->n_region; d++) {
            const size_t cell = ent_cell(b, sector, o, d);

            if (o != d && (series->origin < 0 || series->origin == o) &&
                (series->destination < 0 || series->destination == d)) {
                sum += result->flow[cell] / (series->origin < 0 ? 1.0 : 1.0 + b->freight[cell]);
            }
        }
    }
    return sum;
}

static double static_level(const ent_backtest_t *self, const static_side_t *side,
                           const ent_theory_result_t *result, int series)
{
    const ent_observed_series_t *s = &self->observed->series[series];
    double sum = 0.0;

    for (int k = 0; k < side->theory.benchmark->n_sector; k++) {
        const int goods = s->sector < 0 ? self->config->sector_parameters[k].stocked > 0.5 : k == s->sector;

        sum += goods ? static_sector(side->theory.benchmark, result, s, k) : 0.0;
    }
    return sum;
}

static int solve_step(const ent_backtest_t *self, static_side_t *side, int regime, int step,
                      ent_context_t *ctx)
{
    const ent_day_t day = ent_step_begin(&self->config->calendar, step + 1) - 1;
    ent_theory_result_t result = {0};
    int code = ent_static_rates(&side->theory, regime, day, side->tariff, side->cost, ctx);

    if (code == ENT_OK) {
        code = ent_theory_solve(&side->theory.model, side->tariff, side->cost, &result, ctx);
    }
    for (int i = 0; code == ENT_OK && i < self->n_series; i++) {
        side->level[(size_t)i * (size_t)self->config->n_steps + (size_t)step] =
            static_level(self, side, &result, i);
    }
    ent_theory_result_free(&result);
    return code;
}

/* Add one scenario's answer with its weight; months of windows and those a year before are solved. */
static int add_scenario(ent_backtest_t *self, static_side_t *side, int scenario, int first,
                        ent_context_t *ctx)
{
    const int n = self->options.pool, last = first + self->n_windows * n;
    const double weight = self->options.weight[scenario];
    int code = ENT_OK;

    for (int t = first; code == ENT_OK && t < last; t++) {
        const int regime = self->config->scenarios[scenario].regime;

        code = solve_step(self, side, regime, t, ctx);
        if (code == ENT_OK && t - YEAR < first) { /* else solved already */
            code = solve_step(self, side, regime, t - YEAR, ctx);
        }
    }
    for (int i = 0; code == ENT_OK && i < self->n_series; i++) {
        const double *level = side->level + (size_t)i * (size_t)self->config->n_steps;

        for (int k = 0; k < self->n_windows; k++) {
            double *forecast = &cell_of(self, i, k)->forecast[ENT_FORECASTER_STATIC];
            const ent_period_t now = ent_period_steps(first + k * n, n);
            const ent_period_t before = ent_period_steps(first + k * n - YEAR, n);

            *forecast = (isnan(*forecast) ? 0.0 : *forecast) +
                        weight * growth(ent_period_path(&now, level, 1), ent_period_path(&before, level, 1));
        }
    }
    return code;
}

static int forecast_static(ent_backtest_t *self, const ent_benchmark_t *fine, int first, ent_context_t *ctx)
{
    static const ent_static_options_t options = {.allow_zero_own_trade = 1};
    static_side_t side = {0};
    int code = ent_static_init(&side.theory, self->config, fine, &options, ctx);

    if (code == ENT_OK) {
        side.tariff = ent_calloc(ctx, ent_static_cells(&side.theory), sizeof(double));
        side.cost = ent_calloc(ctx, ent_static_cells(&side.theory), sizeof(double));
        side.level = ent_calloc(ctx, (size_t)self->n_series * (size_t)self->config->n_steps, sizeof(double));
        code = side.tariff == NULL || side.cost == NULL || side.level == NULL ? ENT_ERR_NO_MEMORY : ENT_OK;
    }
    for (int i = 0; code == ENT_OK && i < self->config->n_scenarios; i++) {
        if (self->options.weight[i] > 0.0) {
            code = add_scenario(self, &side, i, first, ctx);
        }
    }
    free(side.level);
    free(side.cost);
    free(side.tariff);
    ent_static_free(&side.theory);
    return code;
}

/* ---- all ---- */

static int check_months(const ent_backtest_options_t *options, const ent_monthly_t *played,
                        const ent_config_t *config, ent_context_t *ctx)
{
    char from[16], to[16], first[16], last[16];

    if (options->from - YEAR >= played->first_month && options->to < played->first_month + played->n_steps &&
        options->to - options->from + 1 >= options->pool) {
        return ENT_OK;
    }
    ent_month_format(options->from, from);
    ent_month_format(options->to, to);
    ent_month_format(played->first_month, first);
    ent_month_format(played->first_month + played->n_steps - 1, last);
    return ent_fail(
        ctx, ENT_ERR_CONFIG, config->path,
        "plays %s to %s: growth from %s to %s in windows of %d needs those months and the year before them",
        first, last, from, to, options->pool);
}

int ent_backtest(ent_backtest_t *self, const ent_backtest_options_t *options, const ent_monthly_t *played,
                 ent_observed_t *observed, const ent_config_t *config, const ent_benchmark_t *fine,
                 ent_context_t *ctx)
{
    int code = check_months(options, played, config, ctx);

    *self = (ent_backtest_t){.options = *options, .config = config, .observed = observed};
    if (code != ENT_OK) {
        return code;
    }
    self->n_series = played->n_series;
    self->n_windows = (options->to - options->from + 1) / options->pool;
    self->cells = ent_calloc(ctx, (size_t)self->n_series * (size_t)self->n_windows, sizeof *self->cells);
    code = self->cells == NULL ? ENT_ERR_NO_MEMORY : find_days(self, ctx);
    if (code == ENT_OK) {
        code = find_noise(self, ctx);
    }
    if (code == ENT_OK) {
        code = forecast_all(self, played, ctx);
    }
    if (code == ENT_OK) {
        code = forecast_static(self, fine, options->from - played->first_month, ctx);
    }
    return code;
}

void ent_backtest_free(ent_backtest_t *self)
{
    free(self->noise);
    free(self->own_noise);
    free(self->cells);
    *self = (ent_backtest_t){0};
}

int ent_backtest_observed(const ent_backtest_t *self, int series)
{
    int n = 0;

    for (int k = 0; k < self->n_windows; k++) {
        n += !isnan(cell_of(self, series, k)->observed);
    }
    return n;
}
