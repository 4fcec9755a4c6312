#include "numbers/statistics.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

/* Half the squared difference between two plays of one world has the variance of chance as its mean. */
static double numerical_variance(const double *value, const int *world, const int *chance, int n,
                                 int *n_repeated)
{
    double sum = 0.0;
    *n_repeated = 0;
    for (int i = 0; i < n; i++) {
        if (chance[i] == 0 || isnan(value[i]))
            continue;
        for (int j = 0; j < n; j++)
            if (chance[j] == 0 && world[j] == world[i] && !isnan(value[j])) {
                double difference = value[i] - value[j];
                sum += 0.5 * difference * difference;
                (*n_repeated)++;
                break;
            }
    }
    return *n_repeated > 0 ? sum / *n_repeated : NAN;
}

static double share_negative(const double *value, size_t n)
{
    size_t n_negative = 0;
    for (size_t i = 0; i < n; i++)
        n_negative += value[i] < 0.0;
    return (double)n_negative / (double)n;
}

/* Share of the worlds' spread that is not chance, as a factor on deviations from the mean. */
static double shrinkage(double numerical, double total)
{
    if (isnan(numerical) || total <= 0.0)
        return 1.0;
    return sqrt(fmax(0.0, 1.0 - numerical / total));
}

static void spread_over_worlds(ent_estimate_t *e, double numerical, double level, double *worlds, size_t n)
{
    double total = gsl_stats_variance_m(worlds, 1, n, e->mean);
    double factor = shrinkage(numerical, total);
    e->world_error = sqrt(total / (double)n);
    e->chance_share = total > 0.0 ? numerical / total : numerical > 0.0 ? INFINITY : numerical;
    e->resolved = factor > 0.0;
    for (size_t i = 0; i < n; i++)
        worlds[i] = e->mean + (worlds[i] - e->mean) * factor;
    gsl_sort(worlds, 1, n);
    e->low = gsl_stats_quantile_from_sorted_data(worlds, 1, n, 0.5 * (1.0 - level));
    e->high = gsl_stats_quantile_from_sorted_data(worlds, 1, n, 0.5 * (1.0 + level));
    /* Where chance explains the spread, the sign is known only if the mean is clear of its error. */
    if (e->resolved || fabs(e->mean) > 2.0 * e->numerical_error)
        e->share_negative = share_negative(worlds, n);
}

void ent_estimate(const double *value, const int *world, const int *chance, int n, double level,
                  double *scratch, ent_estimate_t *estimate)
{
    size_t n_worlds = 0;
    ent_estimate_t e = {.mean = NAN,
                        .numerical_error = NAN,
                        .world_error = NAN,
                        .low = NAN,
                        .high = NAN,
                        .share_negative = NAN,
                        .share_negative_raw = NAN,
                        .chance_share = NAN,
                        .resolved = 1};

    for (int i = 0; i < n; i++)
        if (chance[i] == 0 && !isnan(value[i]))
            scratch[n_worlds++] = value[i];
    e.n_worlds = (int)n_worlds;
    if (n_worlds > 0) {
        double numerical = numerical_variance(value, world, chance, n, &e.n_repeated);
        e.mean = gsl_stats_mean(scratch, 1, n_worlds);
        e.numerical_error = sqrt(numerical / (double)n_worlds);
        if (n_worlds > 1) {
            e.share_negative_raw = share_negative(scratch, n_worlds);
            spread_over_worlds(&e, numerical, level, scratch, n_worlds);
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
