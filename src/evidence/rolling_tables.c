/* Scores of rolling origins as tables. */
#include "evidence/rolling.h"

#include "evidence/scores.h"
#include "numbers/observed.h"

#include <math.h>
#include <stdlib.h>

#define TITLE(id, key, title) title,
static const char *const titles[ENT_N_ROLLING] = {ENT_ROLLING(TITLE)};
#undef TITLE

/* Mean over origins of a score weighted with trade, and the number of origins; NaN without any. */
typedef double of_score_t(const ent_rolling_score_t *score);

static double squared_error(const ent_rolling_score_t *s)
{
    return s->error * s->error;
}

static double crps(const ent_rolling_score_t *s)
{
    return s->crps;
}

static double interval(const ent_rolling_score_t *s)
{
    return s->interval;
}

/* Weighted loss of an origin; NaN when no cell of it is known. */
static double loss_of_origin(const ent_rolling_t *self, int who, int origin, int horizon, of_score_t *of)
{
    double sum = 0.0, weights = 0.0;

    for (int c = 0; c < self->n_cells; c++) {
        const double value = of(ent_rolling_at(self, who, origin, c, horizon));
        const double weight = self->weight[origin * self->n_cells + c];

        if (!isnan(value)) {
            sum += weight * value;
            weights += weight;
        }
    }
    return weights > 0.0 ? sum / weights : NAN;
}

static double mean_loss(const ent_rolling_t *self, int who, int horizon, of_score_t *of, int *n)
{
    double sum = 0.0;

    *n = 0;
    for (int o = 0; o < self->n_origins; o++) {
        const double loss = loss_of_origin(self, who, o, horizon, of);

        if (!isnan(loss)) {
            sum += loss;
            (*n)++;
        }
    }
    return *n > 0 ? sum / *n : NAN;
}

double ent_rolling_rmse(const ent_rolling_t *self, int who, int horizon)
{
    int n;

    return sqrt(mean_loss(self, who, horizon, squared_error, &n));
}

/* Per cent of forecasts whose band from `low` to `high` of the probability integral holds what came. */
static double held(const ent_rolling_t *self, int who, int horizon, double low, double high)
{
    int n = 0, within = 0;

    for (int i = 0; i < self->n_origins * self->n_cells; i++) {
        const double pit = ent_rolling_at(self, who, i / self->n_cells, i % self->n_cells, horizon)->pit;

        n += !isnan(pit);
        within += pit > low && pit <= high;
    }
    return n > 0 ? 100.0 * within / n : NAN;
}

static ent_diebold_mariano_t compare(const ent_rolling_t *self, int who, int reference, int horizon)
{
    double *difference = malloc((size_t)self->n_origins * sizeof *difference);
    ent_diebold_mariano_t test = {0, NAN, NAN};

    for (int o = 0; difference != NULL && o < self->n_origins; o++) {
        difference[o] = loss_of_origin(self, who, o, horizon, squared_error) -
                        loss_of_origin(self, reference, o, horizon, squared_error);
    }
    if (difference != NULL && who != reference) {
        test = ent_diebold_mariano_steps(difference, (size_t)self->n_origins, ent_rolling_horizons[horizon]);
    }
    free(difference);
    return test;
}

static int asked(const ent_rolling_t *self, int who)
{
    return (self->options.who >> who & 1U) != 0 &&
           (self->options.effects != NULL || (who != ENT_ROLLING_ENGINE && who != ENT_ROLLING_CONDITIONED));
}

/* `last` is the horizon of the row before. */
static void score_row(const ent_rolling_t *self, int who, int horizon, int reference, int *last,
                      ent_table_t *table)
{
    const ent_diebold_mariano_t test = compare(self, who, reference, horizon);
    int n, unused;
    const double mse = mean_loss(self, who, horizon, squared_error, &n);

    if (n == 0) {
        return;
    }
    ent_table_row(table, *last > 0 && *last != ent_rolling_horizons[horizon]);
    *last = ent_rolling_horizons[horizon];
    ent_table_number(table, 0, ent_rolling_horizons[horizon], 0);
    ent_table_text(table, 1, titles[who]);
    ent_table_number(table, 2, n, 0);
    ent_table_number(table, 3, sqrt(mse), 2);
    ent_table_number(table, 4, mean_loss(self, who, horizon, crps, &unused), 2);
    ent_table_number(table, 5, mean_loss(self, who, horizon, interval, &unused), 1);
    ent_table_number(table, 6, held(self, who, horizon, 0.25, 0.75), 0);
    ent_table_number(table, 7, held(self, who, horizon, 0.05, 0.95), 0);
    for (int q = 0; q < 4; q++) {
        ent_table_number(table, 8 + q, held(self, who, horizon, 0.25 * q - (q == 0), 0.25 * (q + 1)), 0);
    }
    ent_table_number(table, 12, test.statistic, 2);
    ent_table_number(table, 13, test.p_value, 3);
}

void ent_rolling_scores(const ent_rolling_t *self, int reference, ent_table_t *table)
{
    static const char *const quarter[] = {"1st", "2nd", "3rd", "4th"};
    char first[16], last[16];
    int last_row = 0;

    ent_month_format(self->options.first_origin, first);
    ent_month_format(self->options.last_origin, last);
    ent_table_init(table, "rolling_scores", "Forecasts from every month, %s to %s", first, last);
    ent_table_column(table, "months_ahead", ENT_COLUMN_NUMBER, "", "months ahead");
    ent_table_column(table, "forecaster", ENT_COLUMN_TEXT, "", "forecaster");
    ent_table_column(table, "origins", ENT_COLUMN_NUMBER, "", "origins");
    ent_table_column(table, "rmse", ENT_COLUMN_NUMBER, "points", "RMSE");
    ent_table_column(table, "crps", ENT_COLUMN_NUMBER, "points", "CRPS");
    ent_table_column(table, "interval_score", ENT_COLUMN_NUMBER, "points", "interval score");
    ent_table_column(table, "in_50", ENT_COLUMN_NUMBER, "%", "in 50 %% band");
    ent_table_column(table, "in_90", ENT_COLUMN_NUMBER, "%", "in 90 %% band");
    for (int q = 0; q < 4; q++) {
        char key[16];

        (void)snprintf(key, sizeof key, "pit_%d", q + 1);
        ent_table_column(table, key, ENT_COLUMN_NUMBER, "%", "PIT %s", quarter[q]);
    }
    ent_table_column(table, "dm", ENT_COLUMN_NUMBER, "", "DM");
    ent_table_column(table, "p", ENT_COLUMN_NUMBER, "", "p");
    for (int h = 0; h < ENT_ROLLING_HORIZONS; h++) {
        for (int who = 0; who < ENT_N_ROLLING; who++) {
            if (asked(self, who)) {
                score_row(self, who, h, reference, &last_row, table);
            }
        }
    }
    ent_table_note(table,
                   "%d series. Points of 100 ln growth on the year before, weighted with trade in the "
                   "year to the origin; bands and PIT count series alike.",
                   self->n_wanted);
    ent_table_note(
        table, "Level and season: the forecaster with working days. Elasticity: of imports to the collected "
               "rate as it came, fixed, or pooled over series; with known rates, those of the origin.");
    ent_table_note(table,
                   "DM: Diebold and Mariano against \"%s\", negative is better; p two-sided, with the "
                   "correction of Harvey, Leybourne and Newbold.",
                   titles[reference]);
}

static double series_rmse(const ent_rolling_t *self, int who, int cell, int horizon)
{
    double sum = 0.0;
    int n = 0;

    for (int o = 0; o < self->n_origins; o++) {
        const double error = ent_rolling_at(self, who, o, cell, horizon)->error;

        if (!isnan(error)) {
            sum += error * error;
            n++;
        }
    }
    return n > 0 ? sqrt(sum / n) : NAN;
}

void ent_rolling_series(const ent_rolling_t *self, int horizon, ent_table_t *table)
{
    const ent_panel_t *p = self->options.panel;
    int column[ENT_N_ROLLING] = {0}, n = 3;

    ent_table_init(table, "rolling_series", "RMSE by series, %d months ahead, points",
                   ent_rolling_horizons[horizon]);
    ent_table_column(table, "partner", ENT_COLUMN_TEXT, "", "partner");
    ent_table_column(table, "product", ENT_COLUMN_TEXT, "", "product");
    ent_table_column(table, "share", ENT_COLUMN_NUMBER, "%", "share of trade");
    for (int who = 0; who < ENT_N_ROLLING; who++) {
        if (asked(self, who)) {
            column[who] = n++;
            ent_table_column(table, ent_rolling_keys[who], ENT_COLUMN_NUMBER, "points", "%s", titles[who]);
        }
    }
    for (int c = 0; c < self->n_cells; c++) {
        if (self->options.wanted != NULL && !self->options.wanted[c]) {
            continue;
        }
        ent_table_row(table, 0);
        ent_table_text(table, 0, p->partner[c / p->n_products]);
        ent_table_text(table, 1, p->product[c % p->n_products]);
        ent_table_number(table, 2, 100.0 * self->weight[(self->n_origins - 1) * self->n_cells + c], 1);
        for (int who = 0; who < ENT_N_ROLLING; who++) {
            if (asked(self, who)) {
                ent_table_number(table, column[who], series_rmse(self, who, c, horizon), 1);
            }
        }
    }
}

static void cell_row(const ent_rolling_t *self, int who, int origin, int cell, int h, ent_table_t *table)
{
    const ent_panel_t *p = self->options.panel;
    const ent_rolling_score_t *s = ent_rolling_at(self, who, origin, cell, h);
    char month[16];

    ent_table_row(table, 0);
    ent_month_format(self->options.first_origin + origin, month);
    ent_table_text(table, 0, month);
    ent_month_format(self->options.first_origin + origin + ent_rolling_horizons[h], month);
    ent_table_text(table, 1, month);
    ent_table_text(table, 2, p->partner[cell / p->n_products]);
    ent_table_text(table, 3, p->product[cell % p->n_products]);
    ent_table_text(table, 4, ent_rolling_keys[who]);
    ent_table_number(table, 5, s->error, 2);
    ent_table_number(table, 6, s->low, 2);
    ent_table_number(table, 7, s->high, 2);
    ent_table_number(table, 8, s->crps, 2);
    ent_table_number(table, 9, s->pit, 3);
}

void ent_rolling_cells(const ent_rolling_t *self, ent_table_t *table)
{
    static const char *const text[] = {"origin", "month", "partner", "product", "forecaster"};
    static const char *const number[] = {"error", "q05", "q95", "crps", "pit"};

    ent_table_init(table, "rolling_forecasts", "Every forecast: errors and bands of 100 ln growth");
    for (int i = 0; i < 5; i++) {
        ent_table_column(table, text[i], ENT_COLUMN_TEXT, "", "%s", text[i]);
    }
    for (int i = 0; i < 5; i++) {
        ent_table_column(table, number[i], ENT_COLUMN_NUMBER, i < 4 ? "points" : "", "%s", number[i]);
    }
    for (int i = 0; i < self->n_origins * self->n_cells; i++) {
        for (int k = 0; k < ENT_N_ROLLING * ENT_ROLLING_HORIZONS; k++) {
            const int who = k / ENT_ROLLING_HORIZONS, h = k % ENT_ROLLING_HORIZONS;

            if (asked(self, who) &&
                !isnan(ent_rolling_at(self, who, i / self->n_cells, i % self->n_cells, h)->error)) {
                cell_row(self, who, i / self->n_cells, i % self->n_cells, h, table);
            }
        }
    }
}
