#include "evidence/scores.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <math.h>

double ent_rmse(const double *error, size_t n)
{
    double sum = 0.0;
    size_t known = 0;

    for (size_t i = 0; i < n; i++) {
        if (!isnan(error[i])) {
            sum += error[i] * error[i];
            known++;
        }
    }
    return known > 0 ? sqrt(sum / (double)known) : NAN;
}

double ent_mixture_cdf(const double *value, size_t n, double sd, double x)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++) {
        sum += sd > 0.0 ? gsl_cdf_ugaussian_P((x - value[i]) / sd) : value[i] <= x ? 1.0 : 0.0;
    }
    return sum / (double)n;
}

double ent_mixture_quantile(double *value, size_t n, double sd, double p)
{
    const double reach = 40.0; /* standard deviations beyond which a normal has no weight */
    double low, high, width;

    gsl_sort(value, 1, n);
    if (!(sd > 0.0)) {
        const size_t place = (size_t)ceil((double)n * p - 1e-9);

        return value[place > 0 ? place - 1 : 0];
    }
    low = value[0] - reach * sd;
    high = value[n - 1] + reach * sd;
    width = high - low;
    while (high - low > 1e-12 * width) {
        const double middle = 0.5 * (low + high);

        if (ent_mixture_cdf(value, n, sd, middle) < p) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return 0.5 * (low + high);
}

/* Mean of |m + s Z| for a standard normal Z. */
static double mean_distance(double m, double s)
{
    if (!(s > 0.0)) {
        return fabs(m);
    }
    return 2.0 * s * gsl_ran_ugaussian_pdf(m / s) + m * (2.0 * gsl_cdf_ugaussian_P(m / s) - 1.0);
}

double ent_crps_mixture(const double *value, size_t n, double sd, double came)
{
    double to_came = 0.0, within = 0.0;

    for (size_t i = 0; i < n; i++) {
        to_came += mean_distance(came - value[i], sd);
        for (size_t j = 0; j < n; j++) {
            within += mean_distance(value[i] - value[j], sd * M_SQRT2);
        }
    }
    return to_came / (double)n - 0.5 * within / ((double)n * (double)n);
}

ent_diebold_mariano_t ent_diebold_mariano(const double *first, const double *second, size_t n)
{
    ent_diebold_mariano_t test = {0, NAN, NAN};
    double mean = 0.0, variance = 0.0;

    for (size_t i = 0; i < n; i++) {
        if (!isnan(first[i]) && !isnan(second[i])) {
            mean += first[i] * first[i] - second[i] * second[i];
            test.n++;
        }
    }
    if (test.n < 2) {
        return test;
    }
    mean /= (double)test.n;
    for (size_t i = 0; i < n; i++) {
        if (!isnan(first[i]) && !isnan(second[i])) {
            const double off = first[i] * first[i] - second[i] * second[i] - mean;

            variance += off * off;
        }
    }
    variance /= (double)test.n;
    if (variance > 0.0) {
        const double periods = (double)test.n;

        test.statistic = mean / sqrt(variance / periods) * sqrt((periods - 1.0) / periods);
        test.p_value = 2.0 * gsl_cdf_tdist_Q(fabs(test.statistic), periods - 1.0);
    }
    return test;
}

/* Sum over pairs `lag` apart of products of deviations; gaps end a pair. */
static double autocovariance(const double *x, size_t n, double mean, size_t lag, double known)
{
    double sum = 0.0;

    for (size_t i = lag; i < n; i++) {
        if (!isnan(x[i]) && !isnan(x[i - lag])) {
            sum += (x[i] - mean) * (x[i - lag] - mean);
        }
    }
    return sum / known;
}

ent_diebold_mariano_t ent_diebold_mariano_steps(const double *difference, size_t n, int steps)
{
    ent_diebold_mariano_t test = {0, NAN, NAN};
    const double h = (double)steps;
    double mean = 0.0, variance;

    for (size_t i = 0; i < n; i++) {
        if (!isnan(difference[i])) {
            mean += difference[i];
            test.n++;
        }
    }
    if (test.n < 2) {
        return test;
    }
    const double known = (double)test.n;

    mean /= known;
    variance = autocovariance(difference, n, mean, 0, known);
    for (size_t lag = 1; lag < (size_t)steps && lag < n; lag++) {
        variance += 2.0 * autocovariance(difference, n, mean, lag, known);
    }
    const double correction = (known + 1.0 - 2.0 * h + h * (h - 1.0) / known) / known;

    if (variance > 0.0 && correction > 0.0) {
        test.statistic = mean / sqrt(variance / known) * sqrt(correction);
        test.p_value = 2.0 * gsl_cdf_tdist_Q(fabs(test.statistic), known - 1.0);
    }
    return test;
}

double ent_interval_score(double low, double high, double alpha, double came)
{
    return high - low + 2.0 / alpha * (fmax(low - came, 0.0) + fmax(came - high, 0.0));
}

double ent_noise_of_growth(const double *log_growth, size_t n, size_t needed)
{
    double sum = 0.0;
    size_t known = 0;

    for (size_t i = 1; i < n; i++) {
        const double step = log_growth[i] - log_growth[i - 1];

        if (!isnan(step)) {
            sum += step * step;
            known++;
        }
    }
    return known >= needed && known > 0 ? sqrt(0.5 * sum / (double)known) : NAN;
}
