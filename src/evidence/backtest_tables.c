/* What a backtest says, as tables. */
#include "evidence/backtest.h"

#include <math.h>

static const char *const forecaster_keys[] = {
#define KEY(id, key, title) key,
    ENT_FORECASTERS(KEY)
#undef KEY
};
static const char *const forecaster_titles[] = {
#define TITLE(id, key, title) title,
    ENT_FORECASTERS(TITLE)
#undef TITLE
};
static const char *const quantile_keys[ENT_N_QUANTILES] = {"q05", "q25", "q50", "q75", "q95"};

static const ent_backtest_cell_t *cell_of(const ent_backtest_t *self, int series, int window)
{
    return &self->cells[(size_t)series * (size_t)self->n_windows + (size_t)window];
}

static const char *sector_of(const ent_backtest_t *self, int series)
{
    const int sector = self->observed->series[series].sector;

    return sector < 0 ? "total" : self->config->sector[sector];
}

/* The first three columns of a row: month, flow, sector. */
static void name_row(const ent_backtest_t *self, int series, int window, ent_table_t *table, int rule)
{
    char month[16];

    ent_month_format(cell_of(self, series, window)->month, month);
    ent_table_row(table, rule);
    ent_table_text(table, 0, month);
    ent_table_text(table, 1, self->observed->series[series].name);
    ent_table_text(table, 2, sector_of(self, series));
}

static void name_columns(ent_table_t *table)
{
    ent_table_column(table, "month", ENT_COLUMN_TEXT, "", "month");
    ent_table_column(table, "flow", ENT_COLUMN_TEXT, "", "flow");
    ent_table_column(table, "sector", ENT_COLUMN_TEXT, "", "sector");
}

static void describe(const ent_backtest_t *self, ent_table_t *table)
{
    const ent_working_days_t *days = &self->days;

    ent_table_note(
        table,
        "growth on the year before, simulated on simulated, in windows of %d month(s) from the month named",
        self->options.pool);
    if (days->n_series > 0) {
        ent_table_note(
            table,
            "observed growth is cleared of working days with an elasticity of %.2f (standard error %.2f), "
            "estimated from totals before the months scored",
            days->elasticity, days->standard_error);
    } else if (days->elasticity != 0.0) {
        ent_table_note(
            table,
            "observed growth is cleared of working days, where they are given, with an elasticity of %g",
            days->elasticity);
    }
}

void ent_backtest_months(const ent_backtest_t *self, ent_table_t *table)
{
    ent_table_init(table, "backtest_months", "Growth on the year before: %s and what was observed",
                   self->config->name);
    name_columns(table);
    ent_table_column(table, "observed", ENT_COLUMN_NUMBER, "%", "observed");
    for (int f = 0; f < ENT_N_FORECASTERS; f++) {
        if (f == ENT_FORECASTER_NO_CHANGE) {
            continue;
        }
        ent_table_column(table, forecaster_keys[f], ENT_COLUMN_NUMBER, "%", "%s", forecaster_titles[f]);
        for (int q = 0; f == ENT_FORECASTER_ENGINE && q < ENT_N_QUANTILES; q++) {
            ent_table_column(table, quantile_keys[q], ENT_COLUMN_NUMBER, "%", "%g %%",
                             100.0 * ent_backtest_quantiles[q]);
        }
    }
    ent_table_column(table, "crps", ENT_COLUMN_NUMBER, "points", "CRPS");
    for (int i = 0; i < self->n_series; i++) {
        int rule = table->n_rows > 0;

        for (int k = 0; k < self->n_windows; k++) {
            const ent_backtest_cell_t *cell = cell_of(self, i, k);
            int column = 3;

            if (isnan(cell->observed)) {
                continue;
            }
            name_row(self, i, k, table, rule);
            rule = 0;
            ent_table_number(table, column++, cell->observed, 1);
            for (int f = 0; f < ENT_N_FORECASTERS; f++) {
                if (f == ENT_FORECASTER_NO_CHANGE) {
                    continue;
                }
                ent_table_number(table, column++, cell->forecast[f], 1);
                for (int q = 0; f == ENT_FORECASTER_ENGINE && q < ENT_N_QUANTILES; q++) {
                    ent_table_number(table, column++, cell->quantile[q], 1);
                }
            }
            ent_table_number(table, column, cell->crps, 1);
        }
    }
    describe(self, table);
}

/* Share of observed windows within the band from quantile q to its mirror image, in per cent. */
static double coverage(const ent_backtest_t *self, int series, int q)
{
    int within = 0, n = 0;

    for (int k = 0; k < self->n_windows; k++) {
        const ent_backtest_cell_t *cell = cell_of(self, series, k);

        if (!isnan(cell->observed)) {
            n++;
            within += cell->observed >= cell->quantile[q] &&
                      cell->observed <= cell->quantile[ENT_N_QUANTILES - 1 - q];
        }
    }
    return n > 0 ? 100.0 * within / n : NAN;
}

static double mean_crps(const ent_backtest_t *self, int series)
{
    double sum = 0.0;
    int n = 0;

    for (int k = 0; k < self->n_windows; k++) {
        const double crps = cell_of(self, series, k)->crps;

        sum += isnan(crps) ? 0.0 : crps;
        n += !isnan(crps);
    }
    return n > 0 ? sum / n : NAN;
}

/* Errors of one forecaster into error [n_windows]; NaN where nothing is observed. */
static void errors_of(const ent_backtest_t *self, int series, int forecaster, double *error)
{
    for (int k = 0; k < self->n_windows; k++) {
        const ent_backtest_cell_t *cell = cell_of(self, series, k);

        error[k] = cell->forecast[forecaster] - cell->observed;
    }
}

static void score_row(const ent_backtest_t *self, int series, ent_table_t *table, double *engine,
                      double *other)
{
    const size_t n = (size_t)self->n_windows;
    int column = 0;

    ent_table_row(table, 0);
    ent_table_text(table, column++, self->observed->series[series].name);
    ent_table_text(table, column++, sector_of(self, series));
    ent_table_number(table, column++, ent_backtest_observed(self, series), 0);
    errors_of(self, series, ENT_FORECASTER_ENGINE, engine);
    for (int f = 0; f < ENT_N_FORECASTERS; f++) {
        errors_of(self, series, f, other);
        ent_table_number(table, column++, ent_rmse(other, n), 1);
    }
    ent_table_number(table, column++, mean_crps(self, series), 1);
    ent_table_number(table, column++, coverage(self, series, 1), 0);
    ent_table_number(table, column++, coverage(self, series, 0), 0);
    ent_table_number(table, column++, 100.0 * self->noise[series], 1);
    for (int f = 1; f < ENT_N_FORECASTERS; f++) {
        ent_diebold_mariano_t test;

        errors_of(self, series, f, other);
        test = ent_diebold_mariano(engine, other, n);
        ent_table_number(table, column++, test.statistic, 2);
        ent_table_number(table, column++, test.p_value, 2);
    }
}

void ent_backtest_scores(const ent_backtest_t *self, ent_table_t *table)
{
    double engine[1200], other[1200]; /* months of a century */

    ent_table_init(table, "backtest_scores", "Scores of %s: errors in points of growth on the year before",
                   self->config->name);
    ent_table_column(table, "flow", ENT_COLUMN_TEXT, "", "flow");
    ent_table_column(table, "sector", ENT_COLUMN_TEXT, "", "sector");
    ent_table_column(table, "n", ENT_COLUMN_NUMBER, "1", "n");
    for (int f = 0; f < ENT_N_FORECASTERS; f++) {
        char key[40];

        snprintf(key, sizeof key, "rmse_%s", forecaster_keys[f]);
        ent_table_column(table, key, ENT_COLUMN_NUMBER, "points", "RMSE %s", forecaster_titles[f]);
    }
    ent_table_column(table, "crps", ENT_COLUMN_NUMBER, "points", "CRPS");
    ent_table_column(table, "within_50", ENT_COLUMN_NUMBER, "%", "in 50 %%");
    ent_table_column(table, "within_90", ENT_COLUMN_NUMBER, "%", "in 90 %%");
    ent_table_column(table, "noise", ENT_COLUMN_NUMBER, "%", "noise");
    for (int f = 1; f < ENT_N_FORECASTERS; f++) {
        char key[40];

        snprintf(key, sizeof key, "dm_%s", forecaster_keys[f]);
        ent_table_column(table, key, ENT_COLUMN_NUMBER, "1", "DM %s", forecaster_titles[f]);
        snprintf(key, sizeof key, "p_%s", forecaster_keys[f]);
        ent_table_column(table, key, ENT_COLUMN_NUMBER, "1", "p");
    }
    for (int i = 0; i < self->n_series && self->n_windows <= 1200; i++) {
        if (ent_backtest_observed(self, i) > 0) {
            score_row(self, i, table, engine, other);
        }
    }
    describe(self, table);
    ent_table_note(
        table,
        "elasticity: %g on the rate on arrivals; seasonal naive: growth of the same months a year before; "
        "noise: standard deviation of a month's growth that the model has no cause for",
        self->options.elasticity);
    ent_table_note(
        table, "DM: Diebold and Mariano's statistic with Harvey, Leybourne and Newbold's correction, squared "
               "errors; negative: the engine is nearer; p two-sided");
}

void ent_backtest_forecast(const ent_backtest_t *self, ent_table_t *table)
{
    ent_table_init(table, "backtest_forecast", "Forecasts of %s: growth on the year before",
                   self->config->name);
    name_columns(table);
    ent_table_column(table, "mean", ENT_COLUMN_NUMBER, "%", "mean");
    for (int q = 0; q < ENT_N_QUANTILES; q++) {
        ent_table_column(table, quantile_keys[q], ENT_COLUMN_NUMBER, "%", "%g %%",
                         100.0 * ent_backtest_quantiles[q]);
    }
    for (int i = 0; i < self->n_series; i++) {
        for (int k = 0; k < self->n_windows; k++) {
            const ent_backtest_cell_t *cell = cell_of(self, i, k);

            if (isnan(cell->forecast[ENT_FORECASTER_ENGINE])) {
                continue;
            }
            name_row(self, i, k, table, 0);
            ent_table_number(table, 3, cell->forecast[ENT_FORECASTER_ENGINE], 2);
            for (int q = 0; q < ENT_N_QUANTILES; q++) {
                ent_table_number(table, 4 + q, cell->quantile[q], 2);
            }
        }
    }
    describe(self, table);
}
