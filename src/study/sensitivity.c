#include "study/sensitivity.h"

#include "base/draws.h"
#include "base/memory.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A whole number below n, of resample b and place i. */
static int pick(uint64_t seed, int b, int i, int n)
{
    const ent_draw4_t d =
        ent_draw4(ent_stream(seed, 0x73656e73ULL, (uint64_t)b), (uint64_t)i, 0, ENT_PURPOSE_WORLD, 0);
    return (int)(ent_uniform(d.word[0], d.word[1]) * n);
}

/* Quantiles of resampled values (sorted in place) around the estimate. */
static ent_interval_t interval(double value, double *resampled, int n, double level)
{
    ent_interval_t out = {value, NAN, NAN};
    if (n > 1) {
        gsl_sort(resampled, 1, (size_t)n);
        out.low = gsl_stats_quantile_from_sorted_data(resampled, 1, (size_t)n, 0.5 - 0.5 * level);
        out.high = gsl_stats_quantile_from_sorted_data(resampled, 1, (size_t)n, 0.5 + 0.5 * level);
    }
    return out;
}

/* Blocks of `size` rows whose values are all known: their places [*n]. */
static int whole_blocks(const ent_sample_t *sample, int size, int least, int **block, int *n,
                        ent_context_t *ctx)
{
    const int n_blocks = sample->n / size;
    *n = 0;
    *block = ent_calloc(ctx, (size_t)n_blocks, sizeof **block);
    if (*block == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int b = 0; b < n_blocks; b++) {
        int known = 1;
        for (int r = 0; r < size; r++) {
            known &= isfinite(sample->y[(size_t)b * (size_t)size + (size_t)r]);
        }
        if (known) {
            (*block)[(*n)++] = b;
        }
    }
    if (*n < least) {
        free(*block);
        *block = NULL;
        return ent_fail(ctx, ENT_ERR_DATA, "sensitivity",
                        "%d whole blocks of %d rows are too few; %d are needed", *n, size, least);
    }
    return 0;
}

/* ---- Sobol' ---- */

/* Indices from the blocks chosen; first and total [k]. */
static void sobol_of(const ent_sample_t *sample, const int *block, int n, double *first, double *total)
{
    const int k = sample->k, size = k + 2;
    double mean = 0.0, variance = 0.0;
    for (int b = 0; b < n; b++) {
        const double *y = sample->y + (size_t)block[b] * (size_t)size;
        mean += (y[0] + y[k + 1]) / (2.0 * n);
    }
    for (int i = 0; i < k; i++) {
        first[i] = total[i] = 0.0;
    }
    for (int b = 0; b < n; b++) {
        const double *y = sample->y + (size_t)block[b] * (size_t)size;
        const double at_a = y[0] - mean, at_b = y[k + 1] - mean;
        variance += (at_a * at_a + at_b * at_b) / (2.0 * n);
        for (int i = 0; i < k; i++) {
            const double mixed = y[i + 1] - mean;
            first[i] += at_b * (mixed - at_a) / n;
            total[i] += (at_a - mixed) * (at_a - mixed) / (2.0 * n);
        }
    }
    for (int i = 0; i < k; i++) {
        first[i] = variance > 0.0 ? first[i] / variance : 0.0;
        total[i] = variance > 0.0 ? total[i] / variance : 0.0;
    }
}

int ent_sobol_indices(const ent_sample_t *sample, int n_bootstrap, double level, uint64_t seed,
                      ent_interval_t *first, ent_interval_t *total, ent_context_t *ctx)
{
    const size_t k = (size_t)sample->k;
    int *block, n;
    int code = whole_blocks(sample, sample->k + 2, 8, &block, &n, ctx);
    if (code != 0 || block == NULL) {
        return code;
    }
    /* resampled values stand factor by factor, first and total */
    double *values = ent_calloc(ctx, 2 * k * ((size_t)n_bootstrap + 1) + 2 * k, sizeof *values);
    int *chosen = ent_calloc(ctx, (size_t)n, sizeof *chosen);
    if (values == NULL || chosen == NULL) {
        code = ENT_ERR_NO_MEMORY;
        goto out;
    }
    double *one = values + 2 * k * (size_t)n_bootstrap;
    for (int b = 0; b < n_bootstrap; b++) {
        for (int i = 0; i < n; i++) {
            chosen[i] = block[pick(seed, b, i, n)];
        }
        sobol_of(sample, chosen, n, one, one + k);
        for (size_t i = 0; i < 2 * k; i++) {
            values[i * (size_t)n_bootstrap + (size_t)b] = one[i];
        }
    }
    sobol_of(sample, block, n, one, one + k);
    for (size_t i = 0; i < k; i++) {
        first[i] = interval(one[i], values + i * (size_t)n_bootstrap, n_bootstrap, level);
        total[i] = interval(one[k + i], values + (k + i) * (size_t)n_bootstrap, n_bootstrap, level);
    }
out:
    free(values);
    free(chosen);
    free(block);
    return code;
}

/* ---- Morris ---- */

/* Elementary effect of each factor in a trajectory, found from the step that moves it. */
static void effects_of(const ent_sample_t *sample, int trajectory, double *effect)
{
    const int k = sample->k;
    const size_t first = (size_t)trajectory * (size_t)(k + 1);
    for (int r = 1; r <= k; r++) {
        const double *now = sample->u + (first + (size_t)r) * (size_t)k, *before = now - k;
        for (int f = 0; f < k; f++) {
            const double step = now[f] - before[f];
            if (fabs(step) > 1e-9) {
                effect[f] = (sample->y[first + (size_t)r] - sample->y[first + (size_t)r - 1]) / step;
            }
        }
    }
}

int ent_morris_effects(const ent_sample_t *sample, int n_bootstrap, double level, uint64_t seed, double *mean,
                       ent_interval_t *mean_absolute, double *deviation, ent_context_t *ctx)
{
    const size_t k = (size_t)sample->k;
    int *block, n;
    int code = whole_blocks(sample, sample->k + 1, 4, &block, &n, ctx);
    if (code != 0 || block == NULL) {
        return code;
    }
    double *effect = ent_calloc(ctx, (size_t)n * k, sizeof *effect);
    double *values = ent_calloc(ctx, (size_t)n_bootstrap + (size_t)n, sizeof *values);
    if (effect == NULL || values == NULL) {
        code = ENT_ERR_NO_MEMORY;
    }
    for (int t = 0; code == 0 && t < n; t++) {
        effects_of(sample, block[t], effect + (size_t)t * k);
    }
    for (size_t f = 0; code == 0 && f < k; f++) {
        double *column = values + n_bootstrap, absolute = 0.0;
        for (int t = 0; t < n; t++) {
            column[t] = effect[(size_t)t * k + f];
            absolute += fabs(column[t]) / n;
        }
        mean[f] = gsl_stats_mean(column, 1, (size_t)n);
        deviation[f] = gsl_stats_sd(column, 1, (size_t)n);
        for (int b = 0; b < n_bootstrap; b++) {
            values[b] = 0.0;
            for (int t = 0; t < n; t++) {
                values[b] += fabs(column[pick(seed, b, t, n)]) / n;
            }
        }
        mean_absolute[f] = interval(absolute, values, n_bootstrap, level);
    }
    free(effect);
    free(values);
    free(block);
    return code;
}

/* ---- PAWN ---- */

typedef struct {
    int n, n_slices;
    double *all, *part, *distance; /* sorted outcomes; those of a slice; one distance a slice */
    int *slice;                    /* [n] */
} pawn_t;

/* Largest distance of the step functions of two sorted samples. */
static double ks_distance(const double *a, int n, const double *b, int m)
{
    double most = 0.0;
    for (int i = 0, j = 0; i < n && j < m;) {
        const double at = a[i] < b[j] ? a[i] : b[j];
        while (i < n && a[i] <= at) {
            i++;
        }
        while (j < m && b[j] <= at) {
            j++;
        }
        most = fmax(most, fabs((double)i / n - (double)j / m));
    }
    return most;
}

/* Median distance, given each row's slice. */
static double pawn_of(pawn_t *p, const double *y)
{
    int n_used = 0;
    memcpy(p->all, y, (size_t)p->n * sizeof *y);
    gsl_sort(p->all, 1, (size_t)p->n);
    for (int s = 0; s < p->n_slices; s++) {
        int m = 0;
        for (int i = 0; i < p->n; i++) {
            if (p->slice[i] == s) {
                p->part[m++] = y[i];
            }
        }
        if (m > 1) {
            gsl_sort(p->part, 1, (size_t)m);
            p->distance[n_used++] = ks_distance(p->part, m, p->all, p->n);
        }
    }
    gsl_sort(p->distance, 1, (size_t)n_used);
    return n_used > 0 ? gsl_stats_median_from_sorted_data(p->distance, 1, (size_t)n_used) : 0.0;
}

static int slice_at(double u, int n_slices)
{
    const int s = (int)(u * n_slices);
    return s < n_slices ? s : n_slices - 1;
}

/* The sample without unknown rows: u and y are copied, *n rows. */
static int known_rows(const ent_sample_t *sample, double **u, double **y, int *n, ent_context_t *ctx)
{
    const size_t k = (size_t)sample->k;
    *n = 0;
    *u = ent_calloc(ctx, (size_t)sample->n * k + 1, sizeof **u);
    *y = ent_calloc(ctx, (size_t)sample->n + 1, sizeof **y);
    if (*u == NULL || *y == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int i = 0; i < sample->n; i++) {
        if (isfinite(sample->y[i])) {
            memcpy(*u + (size_t)*n * k, sample->u + (size_t)i * k, k * sizeof **u);
            (*y)[(*n)++] = sample->y[i];
        }
    }
    return 0;
}

/* One factor (or, with f < 0, a factor that does nothing) over resamples of the rows; resample -1 is the
 * sample. */
static ent_interval_t pawn_factor(pawn_t *p, const double *u, const double *y, int k, int f, int n_bootstrap,
                                  double level, uint64_t seed, double *resampled, double *drawn)
{
    double value = 0.0;
    for (int b = -1; b < n_bootstrap; b++) {
        for (int i = 0; i < p->n; i++) {
            const int from = b < 0 ? i : pick(seed, b, i, p->n);
            drawn[i] = y[from];
            p->slice[i] = f >= 0 ? slice_at(u[(size_t)from * (size_t)k + (size_t)f], p->n_slices)
                                 : pick(seed + 1, b + 1, from, p->n_slices);
        }
        *(b < 0 ? &value : &resampled[b]) = pawn_of(p, drawn);
    }
    return interval(value, resampled, n_bootstrap, level);
}

int ent_pawn_indices(const ent_sample_t *sample, int n_slices, int n_bootstrap, double level, uint64_t seed,
                     ent_interval_t *pawn, ent_interval_t *dummy, ent_context_t *ctx)
{
    double *u, *y, *resampled = ent_calloc(ctx, (size_t)n_bootstrap + 1, sizeof *resampled);
    pawn_t p = {.n_slices = n_slices};
    int code = known_rows(sample, &u, &y, &p.n, ctx);
    const size_t n = (size_t)p.n;
    double *work = ent_calloc(ctx, 3 * n + (size_t)n_slices + 1, sizeof *work);
    p.slice = ent_calloc(ctx, n + 1, sizeof *p.slice);
    if (resampled == NULL || work == NULL || p.slice == NULL) {
        code = ENT_ERR_NO_MEMORY;
    }
    if (code == 0 && p.n < 5 * n_slices) {
        code = ent_fail(ctx, ENT_ERR_DATA, "sensitivity", "%d rows are too few for %d slices; %d are needed",
                        p.n, n_slices, 5 * n_slices);
    }
    if (code == 0) {
        p.all = work;
        p.part = work + n;
        p.distance = work + 3 * n;
        for (int f = 0; f < sample->k; f++) {
            pawn[f] = pawn_factor(&p, u, y, sample->k, f, n_bootstrap, level, seed, resampled, work + 2 * n);
        }
        *dummy = pawn_factor(&p, u, y, sample->k, -1, n_bootstrap, level, seed, resampled, work + 2 * n);
    }
    free(u);
    free(y);
    free(resampled);
    free(work);
    free(p.slice);
    return code;
}
