#include "numbers/statistics.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

static const double normal_975 = 1.959963984540054;

double ent_student_factor(double degrees)
{
    return degrees >= 1.0 ? gsl_cdf_tdist_Pinv(0.975, degrees) / normal_975 : NAN;
}

/* What the plays of an ensemble tell of a number, before it is put into errors. */
typedef struct {
    size_t n, m;         /* worlds, repeated worlds */
    double total, pairs; /* variances; NaN: not measured */
    double seen, rest;   /* variance over the worlds played twice, and over the others */
} spread_t;

static int repeat_of(const double *value, const int *world, const int *chance, int n, int i)
{
    for (int j = 0; j < n; j++) {
        if (chance[j] != 0 && world[j] == world[i] && !isnan(value[j])) {
            return j;
        }
    }
    return -1;
}

/* Half the squared difference between two plays of one world has the variance of chance as its mean. First
 * plays go into `scratch`, those of repeated worlds first. */
static spread_t measure(const double *value, const int *world, const int *chance, int n, double *scratch)
{
    spread_t s = {.total = NAN, .pairs = NAN, .seen = NAN, .rest = NAN};
    double sum = 0.0;
    for (int repeated = 1; repeated >= 0; repeated--) {
        for (int i = 0; i < n; i++) {
            const int first = chance[i] == 0 && !isnan(value[i]);
            const int j = first ? repeat_of(value, world, chance, n, i) : -1;
            if (first && (j >= 0) == repeated) {
                sum += j >= 0 ? 0.5 * (value[i] - value[j]) * (value[i] - value[j]) : 0.0;
                scratch[s.n++] = value[i];
            }
        }
        s.m = repeated ? s.n : s.m;
    }
    s.pairs = s.m > 0 ? sum / (double)s.m : NAN;
    s.total = s.n > 1 ? gsl_stats_variance(scratch, 1, s.n) : NAN;
    s.seen = s.m > 1 ? gsl_stats_variance(scratch, 1, s.m) : NAN;
    s.rest = s.n - s.m > 1 ? gsl_stats_variance(scratch + s.m, 1, s.n - s.m) : NAN;
    return s;
}

/* Whether the worlds played twice missed what makes the others spread. */
static int misses(const spread_t *s)
{
    return s->m > 2 && s->rest > 0.0 &&
           s->seen / s->rest < gsl_cdf_fdist_Pinv(0.001, (double)s->m - 1.0, (double)(s->n - s->m) - 1.0);
}

static void numerical_error(ent_estimate_t *e, const spread_t *s)
{
    const double n = (double)s->n, m = (double)s->m;
    double variance = s->pairs, degrees = m;
    if (s->m == 0) {
        return;
    }
    e->unseen = misses(s);
    if (e->unseen) {
        variance = s->total;
        degrees = n - 1.0;
    } else if (s->n > 1 && !(s->total > s->pairs * gsl_cdf_fdist_Pinv(m < 10.0 ? 0.999 : 0.95, n - 1.0, m))) {
        variance = (m * s->pairs + (n - 1.0) * s->total) / (m + n - 1.0);
        degrees = m + n - 1.0;
    }
    if (variance > 0.0) {
        e->degrees = (int)degrees;
        e->numerical_error = ent_student_factor(degrees) * sqrt(variance / n);
    }
}

static double share_negative(const double *value, size_t n)
{
    size_t n_negative = 0;
    for (size_t i = 0; i < n; i++)
        n_negative += value[i] < 0.0;
    return (double)n_negative / (double)n;
}

/* Share of the worlds' spread that is not chance, as a factor on deviations from the mean. */
static double shrinkage(const spread_t *s)
{
    if (isnan(s->pairs) || s->total <= 0.0)
        return 1.0;
    return sqrt(fmax(0.0, 1.0 - s->pairs / s->total));
}

/* Half the width of Wilson's 95 % interval of a share of n, over 1.96. */
static double wilson_error(double share, double n)
{
    const double z2 = normal_975 * normal_975;
    return sqrt(share * (1.0 - share) / n + z2 / (4.0 * n * n)) / (1.0 + z2 / n);
}

/* Error of a quantile of sorted values: half the distance of the order statistics 1.96 deviations of the
 * binomial to both sides, over 1.96; NaN where they are beyond the sample. */
static double quantile_error(const double *sorted, size_t n, double q)
{
    const double reach = normal_975 * sqrt((double)n * q * (1.0 - q));
    const double below = floor((double)n * q - reach), above = ceil((double)n * q + reach) - 1.0;
    if (below < 0.0 || above > (double)n - 1.0) {
        return NAN;
    }
    return 0.5 * (sorted[(size_t)above] - sorted[(size_t)below]) / normal_975;
}

/* Whether the three largest deviations in a hundred hold more than half of the squares. */
static int carried_by_few(const double *sorted, size_t n, double mean, double total)
{
    const size_t few = (n + 33) / 34;
    size_t i = 0, j = n - 1;
    double sum = 0.0;
    for (size_t k = 0; k < few; k++) {
        const double left = mean - sorted[i], right = sorted[j] - mean;
        const double largest = left > right ? left : right;
        i += left > right;
        j -= left <= right;
        sum += largest * largest;
    }
    return n >= 20 && sum > 0.5 * total * (double)(n - 1);
}

static void range_over_worlds(ent_estimate_t *e, double level, const double *sorted, size_t n)
{
    const double tail = 0.5 * (1.0 - level);
    const double low = gsl_stats_quantile_from_sorted_data(sorted, 1, n, tail);
    const double high = gsl_stats_quantile_from_sorted_data(sorted, 1, n, 1.0 - tail);
    if (e->resolved && low <= e->mean && e->mean <= high) {
        e->low = low;
        e->high = high;
        e->low_error = quantile_error(sorted, n, tail);
        e->high_error = quantile_error(sorted, n, 1.0 - tail);
    }
}

static void spread_over_worlds(ent_estimate_t *e, const spread_t *s, double level, double *worlds)
{
    const double factor = shrinkage(s);
    e->world_error = sqrt(s->total / (double)s->n);
    e->chance_share = s->total > 0.0 ? s->pairs / s->total : s->pairs > 0.0 ? INFINITY : s->pairs;
    e->resolved = factor > 0.0;
    if (s->total > 0.0) {
        e->error = ent_student_factor((double)s->n - 1.0) * e->world_error;
    }
    for (size_t i = 0; i < s->n; i++)
        worlds[i] = e->mean + (worlds[i] - e->mean) * factor;
    gsl_sort(worlds, 1, s->n);
    e->few_carry = carried_by_few(worlds, s->n, e->mean, factor * factor * s->total);
    range_over_worlds(e, level, worlds, s->n);
    /* Where chance explains the spread, the sign is known only if the mean is clear of its error. */
    if (e->resolved || fabs(e->mean) > 2.0 * e->numerical_error) {
        e->share_negative = share_negative(worlds, s->n);
        e->share_error = wilson_error(e->share_negative, (double)s->n);
    }
}

void ent_estimate(const double *value, const int *world, const int *chance, int n, double level,
                  double *scratch, ent_estimate_t *estimate)
{
    const spread_t s = measure(value, world, chance, n, scratch);
    ent_estimate_t e = {.n_worlds = (int)s.n,
                        .n_repeated = (int)s.m,
                        .mean = NAN,
                        .error = NAN,
                        .numerical_error = NAN,
                        .world_error = NAN,
                        .low = NAN,
                        .high = NAN,
                        .low_error = NAN,
                        .high_error = NAN,
                        .share_negative = NAN,
                        .share_error = NAN,
                        .share_negative_raw = NAN,
                        .chance_share = NAN,
                        .resolved = 1};
    if (s.n > 0) {
        e.mean = gsl_stats_mean(scratch, 1, s.n);
        numerical_error(&e, &s);
        if (s.n > 1) {
            e.share_negative_raw = share_negative(scratch, s.n);
            spread_over_worlds(&e, &s, level, scratch);
        }
    }
    *estimate = e;
}

static int leading_place(double value)
{
    return (int)floor(log10(fabs(value)));
}

int ent_decimals(double value, double error)
{
    const int most = 9; /* more digits than any recorded value carries */
    int decimals;
    if (isfinite(error) && error > 0.0)
        decimals = 1 - leading_place(error);
    else if (isfinite(value) && value != 0.0)
        decimals = 3 - leading_place(value);
    else
        decimals = 0;
    /* float32 carries seven digits */
    if (isfinite(value) && value != 0.0 && decimals > 6 - leading_place(value))
        decimals = 6 - leading_place(value);
    return decimals > most ? most : decimals < -most ? -most : decimals;
}

double ent_round_up(double value)
{
    if (!isfinite(value) || value <= 0.0)
        return value;
    double unit = value < 10.0 ? 1.0 : pow(10.0, leading_place(value) - 1);
    /* A value that is whole to rounding stays as it is. */
    return ceil(value / unit * (1.0 - 1e-12)) * unit;
}
