/* Scenario discovery: the box of factors in which an outcome of interest is dense. */
#include "study/sensitivity.h"

#include "base/memory.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const ent_sample_t *sample;
    const unsigned char *interesting;
    int n, n_interesting; /* rows whose outcome is known */
    double alpha, min_mass;
    double *column;     /* [n] */
    double *low, *high; /* [k] */
} prim_t;

static double at(const prim_t *p, int row, int f)
{
    return p->sample->u[(size_t)row * (size_t)p->sample->k + (size_t)f];
}

static int in_box(const prim_t *p, int row, int without)
{
    if (!isfinite(p->sample->y[row])) {
        return 0;
    }
    for (int f = 0; f < p->sample->k; f++) {
        if (f != without && (at(p, row, f) < p->low[f] || at(p, row, f) > p->high[f])) {
            return 0;
        }
    }
    return 1;
}

/* Rows and interesting rows of the box, one restriction left out (-1: none). */
static void count(const prim_t *p, int without, int *n, int *n_interesting)
{
    *n = *n_interesting = 0;
    for (int i = 0; i < p->sample->n; i++) {
        if (in_box(p, i, without)) {
            (*n)++;
            *n_interesting += p->interesting[i] != 0;
        }
    }
}

static double density(int n, int n_interesting)
{
    return n > 0 ? (double)n_interesting / n : 0.0;
}

/* The best peel: which side of which factor leaves the densest box. 0 when none is left. */
static int peel(prim_t *p)
{
    int best = -1, best_n = 0;
    double best_density = -1.0, best_bound = 0.0;
    for (int side = 0; side < 2 * p->sample->k; side++) {
        const int f = side / 2, upper = side % 2;
        int m = 0;
        for (int i = 0; i < p->sample->n; i++) {
            if (in_box(p, i, -1)) {
                p->column[m++] = at(p, i, f);
            }
        }
        gsl_sort(p->column, 1, (size_t)m);
        const double q =
            gsl_stats_quantile_from_sorted_data(p->column, 1, (size_t)m, upper ? 1.0 - p->alpha : p->alpha);
        double *bound = upper ? &p->high[f] : &p->low[f];
        const double kept = *bound;
        int n, k;
        *bound = q;
        count(p, -1, &n, &k);
        *bound = kept;
        /* a discrete factor may lose nothing, or all */
        if (n < m && n >= p->min_mass * p->n && density(n, k) > best_density) {
            best = side;
            best_density = density(n, k);
            best_bound = q;
            best_n = n;
        }
    }
    if (best < 0 || best_n == 0) {
        return 0;
    }
    *(best % 2 ? &p->high[best / 2] : &p->low[best / 2]) = best_bound;
    return 1;
}

/* Widen every side while the box grows no less dense. */
static void paste(prim_t *p)
{
    for (int again = 1; again;) {
        again = 0;
        for (int side = 0; side < 2 * p->sample->k; side++) {
            double *bound = side % 2 ? &p->high[side / 2] : &p->low[side / 2];
            const double kept = *bound, end = side % 2 ? 1.0 : 0.0;
            int n, k, m, j;
            count(p, -1, &n, &k);
            if (fabs(*bound - end) <= 0.0) {
                continue;
            }
            *bound = fabs(end - *bound) < 0.01 ? end : *bound + (end > *bound ? 0.01 : -0.01);
            count(p, -1, &m, &j);
            if (j > k && density(m, j) >= density(n, k)) {
                again = 1;
            } else {
                *bound = kept;
            }
        }
    }
}

/* Fill in what the box is worth, and how likely each restriction is an accident: the binomial chance that so
 * many of the box's rows are interesting at the density without the restriction. */
static void judge(const prim_t *p, ent_box_t *box)
{
    int n, k;
    count(p, -1, &n, &k);
    box->n = n;
    box->density = density(n, k);
    box->coverage = p->n_interesting > 0 ? (double)k / p->n_interesting : 0.0;
    box->mass = p->n > 0 ? (double)n / p->n : 0.0;
    for (int f = 0; f < p->sample->k; f++) {
        box->low[f] = p->low[f];
        box->high[f] = p->high[f];
        box->limited[f] = p->low[f] > 0.0 || p->high[f] < 1.0;
        box->p_value[f] = 1.0;
        if (box->limited[f]) {
            int m, j;
            count(p, f, &m, &j);
            box->p_value[f] = k > 0 ? gsl_cdf_binomial_Q((unsigned)(k - 1), density(m, j), (unsigned)n) : 1.0;
        }
    }
}

/* Give restrictions up that an accident could have made. */
static void relax(prim_t *p, ent_box_t *box)
{
    for (int f = 0; f < p->sample->k; f++) {
        judge(p, box);
        int worst = -1;
        for (int g = 0; g < p->sample->k; g++) {
            if (box->limited[g] && box->p_value[g] > 0.05 &&
                (worst < 0 || box->p_value[g] > box->p_value[worst])) {
                worst = g;
            }
        }
        if (worst < 0) {
            return;
        }
        p->low[worst] = 0.0;
        p->high[worst] = 1.0;
    }
    judge(p, box);
}

static void search(prim_t *p, ent_box_t *box, double *best)
{
    const size_t k = (size_t)p->sample->k;
    double best_score = -1.0;
    do {
        int n, m;
        count(p, -1, &n, &m);
        const double score = density(n, m) * (p->n_interesting > 0 ? (double)m / p->n_interesting : 0.0);
        if (score > best_score) {
            best_score = score;
            memcpy(best, p->low, k * sizeof *best);
            memcpy(best + k, p->high, k * sizeof *best);
        }
    } while (peel(p));
    memcpy(p->low, best, k * sizeof *best);
    memcpy(p->high, best + k, k * sizeof *best);
    paste(p);
    relax(p, box);
}

int ent_prim(const ent_sample_t *sample, const unsigned char *interesting, double alpha, double min_mass,
             ent_box_t *box, ent_context_t *ctx)
{
    const size_t n = (size_t)sample->n, k = (size_t)sample->k;
    prim_t p = {.sample = sample, .interesting = interesting, .alpha = alpha, .min_mass = min_mass};
    double *work = ent_calloc(ctx, n + 4 * k + 1, sizeof *work);
    *box = (ent_box_t){.low = ent_calloc(ctx, k + 1, sizeof *box->low),
                       .high = ent_calloc(ctx, k + 1, sizeof *box->high),
                       .limited = ent_calloc(ctx, k + 1, 1),
                       .p_value = ent_calloc(ctx, k + 1, sizeof *box->p_value)};
    int code =
        work == NULL || box->low == NULL || box->high == NULL || box->limited == NULL || box->p_value == NULL
            ? ENT_ERR_NO_MEMORY
            : 0;
    if (code == 0) {
        p.column = work;
        p.low = work + n;
        p.high = p.low + k;
        for (size_t f = 0; f < k; f++) {
            p.high[f] = 1.0;
        }
        for (int i = 0; i < sample->n; i++) {
            p.n += isfinite(sample->y[i]);
            p.n_interesting += isfinite(sample->y[i]) && interesting[i];
        }
        if (p.n < 20 || p.n_interesting == 0) {
            code = ent_fail(ctx, ENT_ERR_DATA, "sensitivity",
                            "%d of %d rows are of interest: too few for a box", p.n_interesting, p.n);
        } else {
            search(&p, box, p.high + k);
        }
    }
    free(work);
    if (code != 0) {
        ent_box_free(box);
    }
    return code;
}

void ent_box_free(ent_box_t *box)
{
    free(box->low);
    free(box->high);
    free(box->limited);
    free(box->p_value);
    *box = (ent_box_t){0};
}
