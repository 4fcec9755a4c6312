/* Forecasts of trade as tables. */
#include "evidence/trade_forecast.h"

#include "base/memory.h"
#include "numbers/observed.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { YEAR = 12, N_QUANTILES = 5 };
static const double quantiles[N_QUANTILES] = {0.05, 0.25, 0.5, 0.75, 0.95};
static const char *const quantile_keys[N_QUANTILES] = {"q05", "q25", "q50", "q75", "q95"};

/* ---- what tables share ---- */

static double value_of(const ent_trade_forecast_t *self, int cell, int month)
{
    const ent_panel_t *p = self->options.panel;
    const int m = month - p->first_month;

    return m >= 0 && month <= self->options.origin ? p->value[(size_t)cell * (size_t)p->n_months + (size_t)m]
                                                   : NAN;
}

static void series_columns(ent_table_t *table)
{
    ent_table_column(table, "partner", ENT_COLUMN_TEXT, "", "partner");
    ent_table_column(table, "product", ENT_COLUMN_TEXT, "", "product");
    ent_table_column(table, "month", ENT_COLUMN_TEXT, "", "month");
}

static void series_cells(const ent_trade_forecast_t *self, int cell, int month, ent_table_t *table)
{
    const ent_panel_t *p = self->options.panel;
    char text[16];

    ent_month_format(month, text);
    ent_table_text(table, 0, p->partner[cell / p->n_products]);
    ent_table_text(table, 1, p->product[cell % p->n_products]);
    ent_table_text(table, 2, text);
}

static void quantile_columns(ent_table_t *table, const char *prefix, const char *unit)
{
    for (int q = 0; q < N_QUANTILES; q++) {
        char key[32];

        (void)snprintf(key, sizeof key, "%s%s", prefix, quantile_keys[q]);
        ent_table_column(table, key, ENT_COLUMN_NUMBER, unit, "%g %%", 100.0 * quantiles[q]);
    }
}

/* Digits that show four figures of a level. */
static int digits(double level)
{
    return level > 0.0 ? 3 - (int)floor(log10(level)) : 0;
}

static int is_shown(const ent_trade_forecast_t *self, const unsigned char *shown, int cell)
{
    return shown[cell] && self->cells.done[cell];
}

static void say_basis(const ent_trade_forecast_t *self, const unsigned char *shown, ent_table_t *table)
{
    const ent_panel_t *p = self->options.panel;
    int unseen = 0, left_out = 0;

    for (int c = 0; c < self->cells.n_cells; c++) {
        unseen += shown[c] && !self->cells.done[c];
        left_out += is_shown(self, shown, c) ? p->n_empty[c] : 0;
    }
    ent_table_note(table, "%s, %s.", p->unit, p->basis);
    if (unseen > 0) {
        ent_table_note(table,
                       "%d series are not observed to the origin, or too short: of them only the engine "
                       "says something (entrepot compare).",
                       unseen);
    }
    if (left_out > 0) {
        ent_table_note(table, "%d months at 0 or below are left out.", left_out);
    }
}

/* ---- months ---- */

static void history_rows(const ent_trade_forecast_t *self, int cell, int history, ent_table_t *table)
{
    for (int m = self->options.origin - history + 1; m <= self->options.origin; m++) {
        const double now = value_of(self, cell, m), before = value_of(self, cell, m - YEAR);

        if (m < self->options.panel->first_month) {
            continue;
        }
        ent_table_row(table, m == self->options.origin - history + 1 && table->n_rows > 0);
        series_cells(self, cell, m, table);
        ent_table_text(table, 3, "observed");
        for (int q = 0; q < N_QUANTILES; q++) {
            ent_table_number(table, 4 + q, now, digits(now));
        }
        ent_table_number(table, 4 + N_QUANTILES, 100.0 * (now / before - 1.0), 1);
    }
}

static void fan_rows(const ent_trade_forecast_t *self, int cell, int scenario, const ent_forecast_t *forecast,
                     ent_table_t *table)
{
    for (int h = 0; h < self->options.horizon; h++) {
        const int month = self->options.origin + 1 + h;
        double level[N_QUANTILES];

        ent_table_row(table, h == 0);
        series_cells(self, cell, month, table);
        ent_table_text(table, 3, self->options.effects->scenario[scenario]);
        for (int q = 0; q < N_QUANTILES; q++) {
            level[q] = exp(ent_forecast_quantile(forecast, h, quantiles[q]));
            ent_table_number(table, 4 + q, level[q], digits(level[q]));
        }
        ent_table_number(table, 4 + N_QUANTILES,
                         100.0 * (level[N_QUANTILES / 2] / value_of(self, cell, month - YEAR) - 1.0), 1);
    }
}

int ent_trade_forecast_months(const ent_trade_forecast_t *self, const unsigned char *shown, int history,
                              ent_table_t *table, ent_context_t *ctx)
{
    char origin[16];
    int code = ENT_OK;

    ent_month_format(self->options.origin, origin);
    ent_table_init(table, "forecast_months", "Observed to %s, and after", origin);
    series_columns(table);
    ent_table_column(table, "scenario", ENT_COLUMN_TEXT, "", "scenario");
    quantile_columns(table, "", self->options.panel->unit);
    ent_table_column(table, "growth", ENT_COLUMN_NUMBER, "%", "on the year before");
    for (int c = 0; code == ENT_OK && c < self->cells.n_cells; c++) {
        if (!is_shown(self, shown, c)) {
            continue;
        }
        history_rows(self, c, history, table);
        for (int s = 0; code == ENT_OK && s < self->options.effects->n_scenarios; s++) {
            ent_forecast_t forecast;

            code = ent_trade_forecast_scenario(self, c, s, &forecast, ctx);
            if (code == ENT_OK) {
                fan_rows(self, c, s, &forecast, table);
            }
            ent_forecast_free(&forecast);
        }
    }
    say_basis(self, shown, table);
    return code;
}

/* ---- pairs ---- */

typedef struct {
    double *x, *other;                 /* differences from what was told, by scenario */
    double *pair;                      /* and between the two */
    double *path, *other_path, *level; /* level: [month][draw] */
} pair_work_t;

static int pair_init(pair_work_t *work, const ent_trade_forecast_t *self, ent_context_t *ctx)
{
    const size_t h = (size_t)self->options.horizon;
    const size_t n = (size_t)self->options.effects->n_worlds * h * ENT_TRADE_FORECAST_INPUTS;
    double **const array[] = {&work->x,    &work->other,      &work->pair,
                              &work->path, &work->other_path, &work->level};
    const size_t size[] = {n, n, n, h, h, h * (size_t)self->options.n_draws};
    int code = ENT_OK;

    for (size_t i = 0; i < sizeof array / sizeof *array; i++) {
        *array[i] = ent_calloc(ctx, size[i], sizeof(double));
        code = *array[i] == NULL ? ENT_ERR_NO_MEMORY : code;
    }
    return code;
}

static void pair_free(pair_work_t *work)
{
    free(work->x);
    free(work->other);
    free(work->pair);
    free(work->path);
    free(work->other_path);
    free(work->level);
}

static void draw_pairs(const ent_trade_forecast_t *self, int cell, pair_work_t *work)
{
    const ent_trade_forecast_options_t *o = &self->options;
    const ent_forecast_t *f = &self->cells.forecast[cell];

    for (int i = 0; i < o->n_draws; i++) {
        ent_forecast_draw(f, work->x, o->seed, i, o->n_draws, work->path);
        ent_forecast_draw(f, work->other, o->seed, i, o->n_draws, work->other_path);
        for (int h = 0; h < o->horizon; h++) {
            work->level[h * o->n_draws + i] = exp(work->path[h]) - exp(work->other_path[h]);
        }
    }
}

static void pair_rows(const ent_trade_forecast_t *self, int cell, pair_work_t *work, ent_table_t *table)
{
    const ent_trade_forecast_options_t *o = &self->options;
    const ent_forecast_t *f = &self->cells.forecast[cell];

    for (int h = 0; h < o->horizon; h++) {
        double *level = work->level + h * o->n_draws;
        const double mean = gsl_stats_mean(level, 1, (size_t)o->n_draws);

        ent_table_row(table, h == 0 && table->n_rows > 0);
        series_cells(self, cell, o->origin + 1 + h, table);
        ent_table_number(table, 3, 100.0 * expm1(ent_forecast_paired_mean(f, work->pair, h)), 2);
        for (int q = 0; q < N_QUANTILES; q++) {
            ent_table_number(table, 4 + q,
                             100.0 * expm1(ent_forecast_paired_quantile(f, work->pair, h, quantiles[q])), 2);
        }
        gsl_sort(level, 1, (size_t)o->n_draws);
        ent_table_number(table, 4 + N_QUANTILES, mean, digits(fabs(mean)) - 1);
        for (int q = 0; q < N_QUANTILES; q++) {
            ent_table_number(table, 5 + N_QUANTILES + q,
                             gsl_stats_quantile_from_sorted_data(level, 1, (size_t)o->n_draws, quantiles[q]),
                             digits(fabs(mean)) - 1);
        }
    }
}

int ent_trade_forecast_pair(const ent_trade_forecast_t *self, const unsigned char *shown, int scenario,
                            int other, ent_table_t *table, ent_context_t *ctx)
{
    const ent_trade_forecast_options_t *o = &self->options;
    pair_work_t work = {0};
    const int code = pair_init(&work, self, ctx);

    ent_table_init(table, "forecast_difference", "%s less %s, on the same state",
                   o->effects->scenario[scenario], o->effects->scenario[other]);
    series_columns(table);
    ent_table_column(table, "mean", ENT_COLUMN_NUMBER, "%", "mean");
    quantile_columns(table, "", "%");
    ent_table_column(table, "level_mean", ENT_COLUMN_NUMBER, o->panel->unit, "mean");
    quantile_columns(table, "level_", o->panel->unit);
    for (int c = 0; code == ENT_OK && c < self->cells.n_cells; c++) {
        if (is_shown(self, shown, c)) {
            ent_trade_forecast_difference(self, c, scenario, o->fact, work.x);
            ent_trade_forecast_difference(self, c, other, o->fact, work.other);
            ent_trade_forecast_difference(self, c, scenario, other, work.pair);
            draw_pairs(self, c, &work);
            pair_rows(self, c, &work, table);
        }
    }
    say_basis(self, shown, table);
    pair_free(&work);
    return code;
}

/* ---- years ---- */

/* Sum over a calendar year: what is observed and what a path says; NaN where a month is neither. */
static double year_sum(const ent_trade_forecast_t *self, int cell, int year, const double *path)
{
    double sum = 0.0;

    for (int m = YEAR * year; m < YEAR * (year + 1); m++) {
        const int h = m - self->options.origin - 1;

        sum += h < 0 ? value_of(self, cell, m) : h < self->options.horizon ? exp(path[h]) : NAN;
    }
    return sum;
}

static void year_row(const ent_trade_forecast_t *self, int cell, int scenario, int year, pair_work_t *work,
                     ent_table_t *table)
{
    const ent_trade_forecast_options_t *o = &self->options;
    const ent_panel_t *p = o->panel;
    const double before = year_sum(self, cell, year - 1, work->path);
    double mean;
    char text[16];

    for (int i = 0; i < o->n_draws; i++) {
        ent_forecast_draw(&self->cells.forecast[cell], work->x, o->seed, i, o->n_draws, work->path);
        work->level[i] = year_sum(self, cell, year, work->path);
    }
    mean = gsl_stats_mean(work->level, 1, (size_t)o->n_draws);
    gsl_sort(work->level, 1, (size_t)o->n_draws);
    (void)snprintf(text, sizeof text, "%d", year);
    ent_table_row(table, 0);
    ent_table_text(table, 0, p->partner[cell / p->n_products]);
    ent_table_text(table, 1, p->product[cell % p->n_products]);
    ent_table_text(table, 2, text);
    ent_table_text(table, 3, o->effects->scenario[scenario]);
    ent_table_number(table, 4, mean, digits(mean));
    for (int q = 0; q < N_QUANTILES; q++) {
        ent_table_number(
            table, 5 + q,
            gsl_stats_quantile_from_sorted_data(work->level, 1, (size_t)o->n_draws, quantiles[q]),
            digits(mean));
    }
    ent_table_number(table, 5 + N_QUANTILES,
                     year * YEAR <= o->origin + 1 ? 100.0 * (mean / before - 1.0) : NAN, 1);
}

int ent_trade_forecast_years(const ent_trade_forecast_t *self, const unsigned char *shown, ent_table_t *table,
                             ent_context_t *ctx)
{
    const ent_trade_forecast_options_t *o = &self->options;
    const int first = (o->origin + 1) / YEAR, end = (o->origin + o->horizon + 1) / YEAR;
    pair_work_t work = {0};
    const int code = pair_init(&work, self, ctx);

    ent_table_init(table, "forecast_years", "Years, months observed and forecast together");
    ent_table_column(table, "partner", ENT_COLUMN_TEXT, "", "partner");
    ent_table_column(table, "product", ENT_COLUMN_TEXT, "", "product");
    ent_table_column(table, "year", ENT_COLUMN_TEXT, "", "year");
    ent_table_column(table, "scenario", ENT_COLUMN_TEXT, "", "scenario");
    ent_table_column(table, "mean", ENT_COLUMN_NUMBER, o->panel->unit, "mean");
    quantile_columns(table, "", o->panel->unit);
    ent_table_column(table, "growth", ENT_COLUMN_NUMBER, "%", "on the year before");
    for (int c = 0; code == ENT_OK && c < self->cells.n_cells; c++) {
        for (int s = 0; is_shown(self, shown, c) && s < o->effects->n_scenarios; s++) {
            ent_trade_forecast_difference(self, c, s, o->fact, work.x);
            for (int year = first; year < end; year++) {
                year_row(self, c, s, year, &work, table);
            }
        }
    }
    say_basis(self, shown, table);
    pair_free(&work);
    return code;
}

/* ---- parts ---- */

/* Columns: level with drift, season, days, response, anticipation, what a total's goods add, unexplained. */
enum { N_SHOWN = 7 };
static const char *const shown_keys[N_SHOWN] = {"level",        "season", "days",       "response",
                                                "anticipation", "goods",  "unexplained"};

static double part_at(const ent_forecast_t *f, int part, int t)
{
    return f->part[(size_t)part * (size_t)(f->origin - f->from + 1 + f->horizon) + (size_t)t];
}

static void shown_parts(const ent_forecast_t *f, int t, double *out)
{
    out[0] = part_at(f, ENT_PART_LEVEL, t) + part_at(f, ENT_PART_DRIFT, t);
    out[1] = part_at(f, ENT_PART_SEASON, t);
    for (int k = 0; k < ENT_TRADE_FORECAST_INPUTS; k++) {
        out[2 + k] = part_at(f, ENT_N_PARTS + k, t);
    }
    out[5] = part_at(f, ENT_PART_GOODS, t);
    out[6] = part_at(f, ENT_PART_UNEXPLAINED, t);
}

/* Logarithmic mean: the change of a level over the change of its log. */
static double log_mean(double log_a, double log_b)
{
    const double change = log_b - log_a;

    return fabs(change) < 1e-12 ? exp(log_a) : exp(log_a) * expm1(change) / change;
}

static void parts_rows(const ent_trade_forecast_t *self, int cell, int history, const ent_forecast_t *f,
                       ent_table_t *table)
{
    const ent_trade_forecast_options_t *o = &self->options;

    for (int m = o->origin - history + 1; m <= o->origin + o->horizon; m++) {
        const int t = m - o->from;
        double now[N_SHOWN], before[N_SHOWN], log_now = 0.0, log_before = 0.0;

        if (t < YEAR || (m <= o->origin && isnan(value_of(self, cell, m))) ||
            isnan(m - YEAR <= o->origin ? value_of(self, cell, m - YEAR) : 1.0)) {
            continue;
        }
        shown_parts(f, t, now);
        shown_parts(f, t - YEAR, before);
        for (int i = 0; i < N_SHOWN; i++) {
            log_now += now[i];
            log_before += before[i];
        }
        const double mean = log_mean(log_before, log_now);

        ent_table_row(table, m == o->origin + 1);
        series_cells(self, cell, m, table);
        ent_table_text(table, 3, m <= o->origin ? "observed" : "forecast");
        ent_table_number(table, 4, 100.0 * (log_now - log_before), 2);
        for (int i = 0; i < N_SHOWN; i++) {
            ent_table_number(table, 5 + i, 100.0 * (now[i] - before[i]), 2);
            ent_table_number(table, 6 + N_SHOWN + i, mean * (now[i] - before[i]), digits(mean));
        }
        ent_table_number(table, 5 + N_SHOWN, exp(log_now) - exp(log_before), digits(mean));
    }
}

int ent_trade_forecast_parts(const ent_trade_forecast_t *self, const unsigned char *shown, int scenario,
                             int history, ent_table_t *table, ent_context_t *ctx)
{
    int code = ENT_OK;

    ent_table_init(table, "forecast_parts", "Parts of the change on the year before, scenario %s",
                   self->options.effects->scenario[scenario]);
    series_columns(table);
    ent_table_column(table, "kind", ENT_COLUMN_TEXT, "", "kind");
    ent_table_column(table, "change", ENT_COLUMN_NUMBER, "100 ln", "change");
    for (int i = 0; i < N_SHOWN; i++) {
        ent_table_column(table, shown_keys[i], ENT_COLUMN_NUMBER, "100 ln", "%s", shown_keys[i]);
    }
    ent_table_column(table, "level_change", ENT_COLUMN_NUMBER, self->options.panel->unit, "change");
    for (int i = 0; i < N_SHOWN; i++) {
        char key[32];

        (void)snprintf(key, sizeof key, "level_%s", shown_keys[i]);
        ent_table_column(table, key, ENT_COLUMN_NUMBER, self->options.panel->unit, "%s", shown_keys[i]);
    }
    for (int c = 0; code == ENT_OK && c < self->cells.n_cells; c++) {
        ent_forecast_t forecast;

        if (!is_shown(self, shown, c)) {
            continue;
        }
        code = ent_trade_forecast_scenario(self, c, scenario, &forecast, ctx);
        if (code == ENT_OK) {
            parts_rows(self, c, history, &forecast, table);
        }
        ent_forecast_free(&forecast);
    }
    ent_table_note(table,
                   "Response and anticipation are the engine's effect times the scales that the months to "
                   "the origin give it: the law's part.");
    say_basis(self, shown, table);
    return code;
}

/* ---- news ---- */

static void news_rows(const ent_trade_forecast_t *now, const ent_trade_forecast_t *before, int cell,
                      ent_table_t *table)
{
    const ent_forecast_t *f = &now->cells.forecast[cell], *g = &before->cells.forecast[cell];
    const double came = log(value_of(now, cell, now->options.origin));

    ent_table_row(table, table->n_rows > 0);
    series_cells(now, cell, now->options.origin, table);
    ent_table_number(table, 3, exp(ent_forecast_quantile(g, 0, 0.5)), digits(exp(came)));
    ent_table_number(table, 4, exp(came), digits(exp(came)));
    ent_table_number(table, 5, 100.0 * (came - ent_forecast_mean(g, 0)), 2);
    ent_table_number(table, 6, 100.0 * ent_forecast_cdf(g, 0, came), 0);
    for (int h = 0; h < now->options.horizon && h + 1 < before->options.horizon; h++) {
        const double then = ent_forecast_quantile(g, h + 1, 0.5), here = ent_forecast_quantile(f, h, 0.5);

        ent_table_row(table, 0);
        series_cells(now, cell, now->options.origin + 1 + h, table);
        ent_table_number(table, 3, exp(then), digits(exp(then)));
        ent_table_number(table, 4, exp(here), digits(exp(here)));
        ent_table_number(table, 5, 100.0 * (here - then), 2);
        ent_table_number(table, 6, NAN, 0);
    }
}

int ent_trade_forecast_news(const ent_trade_forecast_t *now, const ent_trade_forecast_t *before,
                            const unsigned char *shown, ent_table_t *table, ent_context_t *ctx)
{
    char origin[16];

    (void)ctx;
    ent_month_format(now->options.origin, origin);
    ent_table_init(table, "forecast_news", "What the figures of %s changed", origin);
    series_columns(table);
    ent_table_column(table, "said_before", ENT_COLUMN_NUMBER, now->options.panel->unit,
                     "said a month before");
    ent_table_column(table, "now", ENT_COLUMN_NUMBER, now->options.panel->unit, "observed, then said now");
    ent_table_column(table, "change", ENT_COLUMN_NUMBER, "100 ln", "change");
    ent_table_column(table, "probability", ENT_COLUMN_NUMBER, "%", "probability of less");
    for (int c = 0; c < now->cells.n_cells; c++) {
        if (is_shown(now, shown, c) && before->cells.done[c]) {
            news_rows(now, before, c, table);
        }
    }
    say_basis(now, shown, table);
    return ENT_OK;
}
