#include "engine/distribution.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

/* Quantile of a standard normal truncated to [low, high]. */
static double truncated_normal(double u, double low, double high)
{
    const double begin = gsl_cdf_ugaussian_P(low), end = gsl_cdf_ugaussian_P(high);
    return fmin(fmax(gsl_cdf_ugaussian_Pinv(begin + u * (end - begin)), low), high);
}

static double triangular(double u, double low, double mode, double high)
{
    if (high <= low) {
        return low;
    }
    const double split = (mode - low) / (high - low);
    return u < split ? low + sqrt(u * (high - low) * (mode - low))
                     : high - sqrt((1.0 - u) * (high - low) * (high - mode));
}

static double discrete(const ent_distribution_t *d, double u)
{
    double sum = 0.0;
    for (int i = 0; i < d->n - 1; i++) {
        sum += d->weights[i];
        if (u < sum) {
            return d->values[i];
        }
    }
    return d->values[d->n - 1];
}

double ent_distribution_quantile(const ent_distribution_t *d, double u)
{
    switch (d->kind) {
    case ENT_DIST_FIXED:
        return d->a;
    case ENT_DIST_UNIFORM:
        return d->a + u * (d->b - d->a);
    case ENT_DIST_TRIANGULAR:
        return triangular(u, d->a, d->b, d->c);
    case ENT_DIST_NORMAL:
        return d->b > 0.0 ? d->a + d->b * truncated_normal(u, (d->c - d->a) / d->b, (d->d - d->a) / d->b)
                          : d->a;
    case ENT_DIST_LOGNORMAL: {
        if (!(d->b > 0.0)) {
            return d->a;
        }
        const double low = d->c > 0.0 ? log(d->c / d->a) / d->b : -INFINITY;
        const double high = isfinite(d->d) ? log(d->d / d->a) / d->b : INFINITY;
        return d->a * exp(d->b * truncated_normal(u, low, high));
    }
    case ENT_DIST_DISCRETE:
        return discrete(d, u);
    case ENT_DIST_BY_WORLD:
        return d->values[(int)(u * d->n)];
    case ENT_DIST_EXPONENTIAL:
        return fmin(-d->a * log1p(-u), d->d);
    }
    return d->a;
}
