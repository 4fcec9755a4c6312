#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "numbers/observed.h"

#include "base/memory.h"
#include "base/number.h"
#include "io/csv_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_YEAR = 1990, N_MONTHS = 12 * 60 };
typedef enum { COLUMN_MONTH, COLUMN_FLOW, COLUMN_SECTOR, COLUMN_VALUE, COLUMN_DAYS, N_NAMED } column_t;
static const char *const column_names[N_NAMED] = {"month", "flow", "sector", "value", "working_days"};

typedef struct {
    ent_observed_t *observed;
    const ent_config_t *config;
    const char *path;
    const ent_csv_row_t *row;
    int place[N_NAMED];  /* -1: no such column */
    unsigned char *seen; /* [n_series][N_MONTHS] months given */
    ent_context_t *ctx;
} reader_t;

int ent_month_parse(const char *text)
{
    char day[16];
    ent_day_t parsed;

    if (strlen(text) != 7) {
        return -1;
    }
    snprintf(day, sizeof day, "%s-01", text);
    return ent_day_parse(day, &parsed) == ENT_OK ? 12 * atoi(text) + atoi(text + 5) - 1 : -1;
}

void ent_month_format(int month, char text[16])
{
    snprintf(text, 16, "%04d-%02d", (month / 12) % 10000, month % 12 + 1);
}

static const char *cell(const reader_t *r, column_t column)
{
    return ent_csv_cell(r->row, r->place[column]);
}

static int fault(const reader_t *r, column_t column, const char *nearest, const char *rule)
{
    return ent_fault(r->ctx, ENT_ERR_DATA, r->path, r->row->line, 0, column_names[column], cell(r, column),
                     nearest, "%s", rule);
}

static int read_header(const ent_csv_row_t *row, void *data)
{
    reader_t *r = data;
    int code = ENT_OK;

    for (int c = 0; c < N_NAMED; c++) {
        r->place[c] = ent_csv_column(row, column_names[c]);
        if (r->place[c] < 0 && c != COLUMN_DAYS) {
            code = ent_fault(r->ctx, ENT_ERR_DATA, r->path, 1, 0, column_names[c], NULL, NULL,
                             "the file needs this column");
        }
    }
    return code;
}

static int read_flow(const reader_t *r, const ent_config_t *config, int *origin, int *destination)
{
    const char *name = cell(r, COLUMN_FLOW);

    for (int o = -1; o < config->n_region; o++) {
        const char *from = o < 0 ? "WLD" : config->region[o];
        const size_t n = strlen(from);

        if (strncmp(name, from, n) == 0 && name[n] == '-') {
            const char *to = name + n + 1;

            *origin = o;
            *destination = ent_config_region(config, to);
            if (*destination >= 0 ? *destination != o : o >= 0 && strcmp(to, "WLD") == 0) {
                return ENT_OK;
            }
        }
    }
    return fault(
        r, COLUMN_FLOW, NULL,
        "must be ORIGIN-DESTINATION of two of the config's regions; WLD on one side: all the others");
}

static int read_sector(const reader_t *r, const ent_config_t *config, int *sector)
{
    const char *name = cell(r, COLUMN_SECTOR);

    *sector = ent_config_sector(config, name);
    if (*sector >= 0 || strcmp(name, "total") == 0) {
        return ENT_OK;
    }
    return fault(r, COLUMN_SECTOR,
                 ent_nearest(name, (const char *const *)config->sector, (size_t)config->n_sector),
                 "must be a sector of the config, or total");
}

/* A positive number, or NaN where the cell is empty. */
static int read_number(const reader_t *r, column_t column, double *number)
{
    const char *text = cell(r, column);

    *number = NAN;
    if (text[0] == '\0') {
        return ENT_OK;
    }
    if (!ent_number_parse(text, number) || !isfinite(*number) || *number <= 0.0) {
        return fault(r, column, NULL, "must be a positive number, or empty where it is not known");
    }
    return ENT_OK;
}

int ent_observed_series(ent_observed_t *observed, int origin, int destination, int sector,
                        const ent_config_t *config, ent_context_t *ctx)
{
    const size_t n = (size_t)observed->n_series;
    ent_observed_series_t *series;

    for (int i = 0; i < observed->n_series; i++) {
        series = &observed->series[i];
        if (series->origin == origin && series->destination == destination && series->sector == sector) {
            return i;
        }
    }
    series = realloc(observed->series, (n + 1) * sizeof *series);
    if (series == NULL) {
        ent_fail(ctx, ENT_ERR_NO_MEMORY, "observations", "no memory for another series");
        return -1;
    }
    observed->series = series;
    series += n;
    *series = (ent_observed_series_t){.origin = origin, .destination = destination, .sector = sector};
    observed->n_series++;
    series->name = ent_format(ctx, "%s-%s", origin < 0 ? "WLD" : config->region[origin],
                              destination < 0 ? "WLD" : config->region[destination]);
    series->value = ent_calloc(ctx, (size_t)observed->n_months, sizeof *series->value);
    series->days = ent_calloc(ctx, (size_t)observed->n_months, sizeof *series->days);
    if (series->name == NULL || series->value == NULL || series->days == NULL) {
        return -1;
    }
    for (int m = 0; m < observed->n_months; m++) {
        series->value[m] = series->days[m] = NAN;
    }
    return (int)n;
}

/* Room for the months of one more series. */
static int see_series(reader_t *r, int series)
{
    unsigned char *more = realloc(r->seen, (size_t)(series + 1) * N_MONTHS);

    if (more == NULL) {
        return ent_fail(r->ctx, ENT_ERR_NO_MEMORY, "observations", "no memory for another series");
    }
    r->seen = more;
    memset(more + (size_t)series * N_MONTHS, 0, N_MONTHS);
    return ENT_OK;
}

static int read_row(const ent_csv_row_t *row, void *data)
{
    reader_t *r = data;
    ent_observed_t *observed = r->observed;
    int origin = 0, destination = 0, sector = 0, series;
    double value, days;

    r->row = row;
    const int month = ent_month_parse(cell(r, COLUMN_MONTH)) - observed->first_month;
    int code = month >= 0 && month < observed->n_months
                   ? ENT_OK
                   : fault(r, COLUMN_MONTH, NULL, "must be a month from 1990 to 2049, such as 2025-06");
    const int codes[] = {read_flow(r, r->config, &origin, &destination), read_sector(r, r->config, &sector),
                         read_number(r, COLUMN_VALUE, &value), read_number(r, COLUMN_DAYS, &days)};

    for (int i = 0; i < 4; i++) {
        code = code == ENT_OK ? codes[i] : code;
    }
    if (code != ENT_OK) {
        return code;
    }
    const int before = observed->n_series;
    series = ent_observed_series(observed, origin, destination, sector, r->config, r->ctx);
    if (series < 0) {
        return ENT_ERR_NO_MEMORY;
    }
    if (series == before && see_series(r, series) != ENT_OK) {
        return ENT_ERR_NO_MEMORY;
    }
    if (r->seen[(size_t)series * N_MONTHS + (size_t)month]++) {
        return fault(r, COLUMN_MONTH, NULL, "is given twice for this flow and sector");
    }
    observed->series[series].value[month] = value;
    observed->series[series].days[month] = days;
    return ENT_OK;
}

int ent_observed_read(ent_observed_t *observed, const char *path, const ent_config_t *config,
                      ent_context_t *ctx)
{
    reader_t r = {.observed = observed, .config = config, .path = path, .ctx = ctx};

    *observed = (ent_observed_t){.first_month = 12 * FIRST_YEAR, .n_months = N_MONTHS};
    const int code = ent_csv_read(path, ENT_ERR_DATA, read_header, read_row, &r, ctx);
    free(r.seen);
    return code == ENT_OK && observed->n_series == 0
               ? ent_fail(ctx, ENT_ERR_DATA, path, "holds no observation")
               : code;
}

void ent_observed_free(ent_observed_t *observed)
{
    for (int i = 0; i < observed->n_series; i++) {
        free(observed->series[i].name);
        free(observed->series[i].value);
        free(observed->series[i].days);
    }
    free(observed->series);
    *observed = (ent_observed_t){0};
}

/* Sum of a quantity over `n` months from `month` on; NaN where one is not known. */
static double window_sum(const ent_observed_t *observed, const double *quantity, int month, int n)
{
    double sum = 0.0;

    for (int i = 0; i < n; i++) {
        const int m = month + i - observed->first_month;

        sum += m >= 0 && m < observed->n_months ? quantity[m] : NAN;
    }
    return sum;
}

double ent_observed_level(const ent_observed_t *observed, int series, int month, int n, double elasticity)
{
    const ent_observed_series_t *s = &observed->series[series];
    const double value = window_sum(observed, s->value, month, n);
    const double worked = window_sum(observed, s->days, month, n);

    return isnan(worked) ? value : value / pow(worked, elasticity);
}

double ent_observed_ratio(const ent_observed_t *observed, int series, int month, int before, int n,
                          double elasticity)
{
    const ent_observed_series_t *s = &observed->series[series];
    const double value = window_sum(observed, s->value, month, n) / window_sum(observed, s->value, before, n);
    const double worked = window_sum(observed, s->days, month, n) / window_sum(observed, s->days, before, n);

    return isnan(worked) ? value : value / pow(worked, elasticity);
}
