#include "numbers/periods.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int year_of(ent_day_t day)
{
    char text[16];
    ent_day_format(day, text);
    return atoi(text);
}

static void set_period(const ent_ensemble_t *e, const char *key, const char *words, int begin, int end,
                       ent_period_t *period)
{
    char first[16], last[16];
    ent_day_format(e->begin[begin], first);
    ent_day_format(e->end[end - 1] - 1, last);
    *period = (ent_period_t){.begin = begin, .end = end};
    (void)snprintf(period->key, sizeof period->key, "%s", key);
    const int n = snprintf(period->label, sizeof period->label, "%s, %s to %s", words, first, last);
    if (end - begin < e->steps_per_year && n > 0 && (size_t)n < sizeof period->label) {
        (void)snprintf(period->label + n, sizeof period->label - (size_t)n, " (%d of %d steps of a year)",
                       end - begin, e->steps_per_year);
    }
}

static int year_steps(const ent_ensemble_t *e)
{
    return e->steps_per_year < e->n_time ? e->steps_per_year : e->n_time;
}

static void first_year(const ent_ensemble_t *e, ent_period_t *period)
{
    set_period(e, "year1", "first year", 0, year_steps(e), period);
}

static void last_year(const ent_ensemble_t *e, ent_period_t *period)
{
    set_period(e, "horizon", "last year", e->n_time - year_steps(e), e->n_time, period);
}

int ent_periods(const ent_ensemble_t *ensemble, unsigned which, int *n, ent_period_t **periods,
                ent_context_t *ctx)
{
    const ent_ensemble_t *e = ensemble;
    ent_period_t *list = ent_calloc(ctx, (size_t)e->n_time + 2, sizeof *list);
    *n = 0;
    *periods = list;
    if (list == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    if ((which & ENT_PERIOD_YEAR1) != 0) {
        first_year(e, &list[(*n)++]);
    }
    for (int begin = 0, end; (which & ENT_PERIOD_YEARS) != 0 && begin < e->n_time; begin = end) {
        char key[16];
        const int year = year_of(e->begin[begin]);
        for (end = begin + 1; end < e->n_time && year_of(e->begin[end]) == year;) {
            end++;
        }
        (void)snprintf(key, sizeof key, "%d", year);
        set_period(e, key, key, begin, end, &list[(*n)++]);
    }
    if ((which & ENT_PERIOD_HORIZON) != 0) {
        last_year(e, &list[(*n)++]);
    }
    return ENT_OK;
}

/* ---- by key ---- */

/* Days [*begin, *end) of "2026", "2026-03" or "2026-03-15"; 0 when it is none of these. */
static int parse_days(const char *text, ent_day_t *begin, ent_day_t *end)
{
    int year = 0, month = 0, length = 0;
    if (strlen(text) == 10 && ent_day_parse(text, begin) == ENT_OK) {
        *end = *begin + 1;
        return 1;
    }
    if (strlen(text) == 4 && sscanf(text, "%4d%n", &year, &length) == 1 && length == 4) {
        *begin = ent_day_of(year, 1, 1);
        *end = ent_day_of(year + 1, 1, 1);
        return 1;
    }
    if (strlen(text) == 7 && sscanf(text, "%4d-%2d%n", &year, &month, &length) == 2 && length == 7 &&
        month >= 1 && month <= 12) {
        *begin = ent_day_of(year, month, 1);
        *end = month < 12 ? ent_day_of(year, month + 1, 1) : ent_day_of(year + 1, 1, 1);
        return 1;
    }
    return 0;
}

/* Days of one of these, or from one to another. */
static int parse_range(const char *key, ent_day_t *begin, ent_day_t *end)
{
    const char *dots = strstr(key, "..");
    char first[16];
    ent_day_t unused;
    if (dots == NULL) {
        return parse_days(key, begin, end);
    }
    const size_t n = (size_t)(dots - key);
    if (n >= sizeof first) {
        return 0;
    }
    memcpy(first, key, n);
    first[n] = '\0';
    return parse_days(first, begin, &unused) && parse_days(dots + 2, &unused, end) && *begin < *end;
}

/* Steps that begin within the days; of a range shorter than a step the one it lies in. A calendar year need
 * not be covered whole: its label says so. */
static int steps_within(const ent_ensemble_t *e, ent_day_t begin, ent_day_t end, int whole,
                        ent_period_t *period)
{
    int first = 0, last = e->n_time;
    while (first < e->n_time && e->end[first] <= begin) {
        first++;
    }
    if (first < e->n_time && e->begin[first] < begin && e->end[first] < end) {
        first++; /* a step that begins before belongs to what was before */
    }
    while (last > first && e->begin[last - 1] >= end) {
        last--;
    }
    *period = (ent_period_t){.begin = first, .end = last};
    return first < last && (!whole || (e->begin[0] <= begin && end <= e->end[e->n_time - 1]));
}

int ent_period_find(const ent_ensemble_t *ensemble, const char *key, ent_period_t *period, ent_context_t *ctx)
{
    static const char *const names[] = {"year1", "horizon"};
    ent_day_t begin, end;
    ent_period_t steps;
    if (strcmp(key, names[0]) == 0) {
        first_year(ensemble, period);
        return ENT_OK;
    }
    if (strcmp(key, names[1]) == 0) {
        last_year(ensemble, period);
        return ENT_OK;
    }
    if (parse_range(key, &begin, &end) && steps_within(ensemble, begin, end, strlen(key) != 4, &steps)) {
        set_period(ensemble, key, key, steps.begin, steps.end, period);
        return ENT_OK;
    }
    return ent_fault(
        ctx, ENT_ERR_USAGE, ensemble->path, 0, 0, "period", key, ent_nearest(key, names, 2),
        "is no period of this run: year1, horizon, a calendar year, a month (2026-03), a day's step "
        "(2026-03-15) or a range (2025-08..2026-07) that it covers");
}

ent_period_t ent_period_steps(int begin, int n)
{
    return (ent_period_t){.begin = begin, .end = begin + n};
}

/* ---- sums over time ---- */

double ent_period_value(const ent_period_t *period, ent_aggregate_t aggregate, const float *values,
                        size_t size, size_t place)
{
    double sum = 0.0;
    if (aggregate == ENT_AGGREGATE_LAST) {
        return (double)values[(size_t)(period->end - 1) * size + place];
    }
    for (int t = period->begin; t < period->end; t++) {
        sum += (double)values[(size_t)t * size + place];
    }
    return aggregate == ENT_AGGREGATE_MEAN ? sum / (period->end - period->begin) : sum;
}

double ent_period_product(const ent_period_t *period, ent_aggregate_t aggregate, const float *values,
                          const float *weights, size_t size, size_t place)
{
    double sum = 0.0;
    for (int t = aggregate == ENT_AGGREGATE_LAST ? period->end - 1 : period->begin; t < period->end; t++) {
        const size_t at = (size_t)t * size + place;
        const double weight = (double)weights[at];
        sum += weight > 0.0 ? weight * (double)values[at] : isnan(weight) ? NAN : 0.0;
    }
    return sum;
}

double ent_period_path(const ent_period_t *period, const double *path, size_t stride)
{
    double sum = 0.0;
    for (int t = period->begin; t < period->end; t++) {
        sum += path[(size_t)t * stride];
    }
    return sum;
}
