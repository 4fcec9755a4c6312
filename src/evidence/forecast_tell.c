/* What a forecast says: means, quantiles, scores, paths, and another course of the inputs on the same state.
 */
#include "evidence/forecast.h"

#include "base/draws.h"
#include "base/memory.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX = ENT_FORECAST_MAX_INPUTS };

/* ---- components ---- */

static const double *carry_of(const ent_forecast_t *self, int j, int h)
{
    const int world = self->setting[j] * self->n_worlds + self->world[j];

    return self->carry + (size_t)(world * self->horizon + h) * (size_t)self->n_inputs;
}

/* Mean and variance that loadings on the scales add. */
static void along_scales(const ent_forecast_t *self, int j, const double *x, double *mean, double *variance)
{
    const int k = self->n_inputs;
    const double *beta = self->beta + (size_t)(j * k), *root = self->root + (size_t)(j * k * k);

    *mean = *variance = 0.0;
    for (int l = 0; l < k; l++) {
        double along = 0.0;

        *mean += x[l] * beta[l];
        for (int i = 0; i < k; i++) {
            along += x[i] * root[i * k + l];
        }
        *variance += along * along;
    }
}

static void component(const ent_forecast_t *self, int j, int h, double *mean, double *sd)
{
    const double *root = self->path_root + (size_t)((self->setting[j] * self->horizon + h) * self->horizon);
    double own = 0.0, variance;

    along_scales(self, j, carry_of(self, j, h), mean, &variance);
    *mean += self->base[self->setting[j] * self->horizon + h];
    for (int i = 0; i <= h; i++) {
        own += root[i] * root[i];
    }
    *sd = sqrt(variance + self->scale[j] * self->scale[j] * own);
}

/* ---- marginal distributions ---- */

typedef void moments_t(const ent_forecast_t *self, const double *x, int j, int h, double *mean, double *sd);

static void told_moments(const ent_forecast_t *self, const double *x, int j, int h, double *mean, double *sd)
{
    (void)x;
    component(self, j, h, mean, sd);
}

static void paired_moments(const ent_forecast_t *self, const double *x, int j, int h, double *mean,
                           double *sd)
{
    double variance;

    along_scales(self, j, x + (size_t)(self->world[j] * self->horizon + h) * (size_t)self->n_inputs, mean,
                 &variance);
    *sd = sqrt(variance);
}

static void overall(const ent_forecast_t *self, moments_t *moments, const double *x, int h, double *mean,
                    double *sd)
{
    double first = 0.0, second = 0.0;

    for (int j = 0; j < self->n_components; j++) {
        double m, s;

        moments(self, x, j, h, &m, &s);
        first += self->weight[j] * m;
        second += self->weight[j] * (s * s + m * m);
    }
    *mean = first;
    *sd = sqrt(fmax(second - first * first, 0.0));
}

static double cdf(const ent_forecast_t *self, moments_t *moments, const double *x, int h, double value)
{
    double sum = 0.0;

    for (int j = 0; j < self->n_components; j++) {
        double m, s;

        moments(self, x, j, h, &m, &s);
        sum += self->weight[j] * (s > 0.0     ? gsl_cdf_ugaussian_P((value - m) / s)
                                  : m < value ? 1.0
                                  : m > value ? 0.0
                                              : 0.5);
    }
    return sum;
}

/* The bracket is symmetric about the mean, so that negating the components negates the quantile of 1 - p. */
static double quantile(const ent_forecast_t *self, moments_t *moments, const double *x, int h, double p)
{
    double mean, sd, low, high;

    overall(self, moments, x, h, &mean, &sd);
    low = -40.0 * sd;
    high = 40.0 * sd;
    for (int i = 0; i < 60 && high > low; i++) {
        const double middle = 0.5 * (low + high);

        if (cdf(self, moments, x, h, mean + middle) < p) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return mean + 0.5 * (low + high);
}

double ent_forecast_mean(const ent_forecast_t *self, int h)
{
    double mean, sd;

    overall(self, told_moments, NULL, h, &mean, &sd);
    return mean;
}

double ent_forecast_sd(const ent_forecast_t *self, int h)
{
    double mean, sd;

    overall(self, told_moments, NULL, h, &mean, &sd);
    return sd;
}

double ent_forecast_cdf(const ent_forecast_t *self, int h, double value)
{
    return cdf(self, told_moments, NULL, h, value);
}

double ent_forecast_quantile(const ent_forecast_t *self, int h, double p)
{
    return quantile(self, told_moments, NULL, h, p);
}

double ent_forecast_paired_mean(const ent_forecast_t *self, const double *x, int h)
{
    double mean, sd;

    overall(self, paired_moments, x, h, &mean, &sd);
    return mean;
}

double ent_forecast_paired_quantile(const ent_forecast_t *self, const double *x, int h, double p)
{
    return quantile(self, paired_moments, x, h, p);
}

/* Mean of |m + s Z| for a standard normal Z. */
static double mean_distance(double m, double s)
{
    return s > 0.0 ? 2.0 * s * gsl_ran_ugaussian_pdf(m / s) + m * (2.0 * gsl_cdf_ugaussian_P(m / s) - 1.0)
                   : fabs(m);
}

double ent_forecast_crps(const ent_forecast_t *self, int h, double came)
{
    double to_came = 0.0, within = 0.0;

    for (int j = 0; j < self->n_components; j++) {
        double m, s;

        component(self, j, h, &m, &s);
        to_came += self->weight[j] * mean_distance(came - m, s);
        for (int i = 0; i < self->n_components; i++) {
            double other, spread;

            component(self, i, h, &other, &spread);
            within += self->weight[j] * self->weight[i] * mean_distance(m - other, hypot(s, spread));
        }
    }
    return to_came - 0.5 * within;
}

void ent_forecast_move(ent_forecast_t *self, int h, double log_points)
{
    const int past = self->origin - self->from + 1, told = past + self->horizon;

    for (int i = 0; i < self->n_settings; i++) {
        self->base[i * self->horizon + h] += log_points;
    }
    self->part[ENT_PART_GOODS * told + past + h] += log_points;
}

/* ---- another course ---- */

static int copy(double **to, const double *from, size_t n, ent_context_t *ctx)
{
    *to = ent_calloc(ctx, n, sizeof **to);
    if (*to == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    memcpy(*to, from, n * sizeof **to);
    return ENT_OK;
}

static int copy_all(ent_forecast_t *other, const ent_forecast_t *self, ent_context_t *ctx)
{
    const size_t k = (size_t)self->n_inputs, h = (size_t)self->horizon, w = (size_t)self->n_worlds;
    const size_t settings = (size_t)self->n_settings, components = (size_t)self->n_components;
    const size_t told = (size_t)(self->origin - self->from + 1) + h;
    int code = copy(&other->weight, self->weight, components, ctx);

    code |= copy(&other->scale, self->scale, components, ctx);
    code |= copy(&other->beta, self->beta, components * k, ctx);
    code |= copy(&other->root, self->root, components * k * k, ctx);
    code |= copy(&other->base, self->base, settings * h, ctx);
    code |= copy(&other->carry, self->carry, settings * w * h * k, ctx);
    code |= copy(&other->path_root, self->path_root, settings * h * h, ctx);
    code |= copy(&other->part, self->part, (ENT_N_PARTS + k) * told, ctx);
    code |= copy(&other->world_weight, self->world_weight, w, ctx);
    code |= copy(&other->season_mean, self->season_mean, 12, ctx);
    code |= copy(&other->information, self->information, k * k, ctx);
    code |= copy(&other->score, self->score, k, ctx);
    other->setting = ent_calloc(ctx, components, sizeof(int));
    other->world = ent_calloc(ctx, components, sizeof(int));
    if (code != ENT_OK || other->setting == NULL || other->world == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    memcpy(other->setting, self->setting, components * sizeof(int));
    memcpy(other->world, self->world, components * sizeof(int));
    return ENT_OK;
}

int ent_forecast_other(ent_forecast_t *other, const ent_forecast_t *self, const double *x, ent_context_t *ctx)
{
    const int k = self->n_inputs, past = self->origin - self->from + 1, told = past + self->horizon;

    *other = *self;
    other->weight = other->scale = other->beta = other->root = other->base = other->carry = NULL;
    other->path_root = other->part = other->world_weight = other->season_mean = NULL;
    other->information = other->score = NULL;
    other->setting = other->world = NULL;
    if (copy_all(other, self, ctx) != ENT_OK) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int i = 0; i < self->n_settings * self->n_worlds; i++) {
        const int w = i % self->n_worlds;

        for (int c = 0; c < self->horizon * k; c++) {
            other->carry[i * self->horizon * k + c] += x[w * self->horizon * k + c];
        }
    }
    for (int j = 0; j < self->n_components; j++) {
        for (int c = 0; c < self->horizon * k; c++) {
            other->part[(ENT_N_PARTS + c % k) * told + past + c / k] +=
                self->weight[j] * self->beta[j * k + c % k] * x[self->world[j] * self->horizon * k + c];
        }
    }
    return ENT_OK;
}

/* ---- paths ---- */

static double normal(ent_stream_t stream, int i, int index)
{
    const ent_draw4_t words = ent_draw4(stream, (uint64_t)i, 0, ENT_PURPOSE_FORECAST, (uint32_t)index);

    return gsl_cdf_ugaussian_Pinv(ent_uniform(words.word[0], words.word[1]));
}

static int component_of_draw(const ent_forecast_t *self, int i, int n)
{
    const double place = ((double)i + 0.5) / (double)n;
    double sum = 0.0;

    for (int j = 0; j < self->n_components; j++) {
        sum += self->weight[j];
        if (place < sum) {
            return j;
        }
    }
    return self->n_components - 1;
}

void ent_forecast_draw(const ent_forecast_t *self, const double *x, unsigned seed, int i, int n, double *path)
{
    const int k = self->n_inputs, horizon = self->horizon, j = component_of_draw(self, i, n);
    const double *root = self->path_root + (size_t)(self->setting[j] * horizon * horizon);
    const ent_stream_t stream = ent_stream(seed, 0, 0);
    double beta[MAX];

    for (int l = 0; l < k; l++) {
        beta[l] = self->beta[j * k + l];
        for (int m = 0; m < k; m++) {
            beta[l] += self->root[(j * k + l) * k + m] * normal(stream, i, horizon + m);
        }
    }
    for (int h = 0; h < horizon; h++) {
        const double *carry = carry_of(self, j, h);

        path[h] = self->base[self->setting[j] * horizon + h];
        for (int l = 0; l < k; l++) {
            const double more = x != NULL ? x[(self->world[j] * horizon + h) * k + l] : 0.0;

            path[h] += (carry[l] + more) * beta[l];
        }
        for (int m = 0; m <= h; m++) {
            path[h] += self->scale[j] * root[h * horizon + m] * normal(stream, i, m);
        }
    }
}
