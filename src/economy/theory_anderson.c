#include "theory_anderson.h"

#include <math.h>
#include <string.h>

/* Four partial sums, so that the compiler may use vectors without reordering anything itself. */
static double dot(size_t n, const double *restrict a, const double *restrict b)
{
    double sum[4] = {0.0, 0.0, 0.0, 0.0};
    size_t i = 0;

    for (; i + 4 <= n; i += 4) {
        for (size_t k = 0; k < 4; k++) {
            sum[k] += a[i + k] * b[i + k];
        }
    }
    for (; i < n; i++) {
        sum[0] += a[i] * b[i];
    }
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

size_t theory_anderson_size(size_t n, int memory)
{
    return n * (2 * (size_t)memory + 3);
}

void theory_anderson_init(theory_anderson_t *anderson, size_t n, int memory, double *block)
{
    anderson->n = n;
    anderson->memory = memory;
    anderson->last_f = block;
    anderson->last_g = block + n;
    anderson->step = block + 2 * n;
    anderson->difference_f = block + 3 * n;
    anderson->difference_g = block + (3 + (size_t)memory) * n;
    theory_anderson_reset(anderson);
}

void theory_anderson_reset(theory_anderson_t *anderson)
{
    anderson->used = 0;
    anderson->slot = 0;
    anderson->started = 0;
}

/* Remember one more pair of differences and its inner products. */
static void remember(theory_anderson_t *anderson, const double *restrict x, const double *restrict g)
{
    const size_t n = anderson->n;
    const int slot = anderson->slot;
    double *restrict df = anderson->difference_f + (size_t)slot * n;
    double *restrict dg = anderson->difference_g + (size_t)slot * n;

    for (size_t i = 0; i < n; i++) {
        df[i] = (g[i] - x[i]) - anderson->last_f[i];
        dg[i] = g[i] - anderson->last_g[i];
    }
    if (anderson->used < anderson->memory) {
        anderson->used++;
    }
    anderson->slot = (slot + 1) % anderson->memory;
    for (int k = 0; k < anderson->used; k++) {
        const double product = dot(n, df, anderson->difference_f + (size_t)k * n);

        anderson->gram[slot][k] = product;
        anderson->gram[k][slot] = product;
    }
}

/* Solve (D^-1/2 gram D^-1/2 + ridge) y = D^-1/2 rhs by Cholesky, D the diagonal. Returns 0 when singular. */
static int solve_gram(const theory_anderson_t *anderson, double *rhs)
{
    const double ridge = 1e-13;
    const int m = anderson->used;
    double factor[THEORY_ANDERSON_MAX][THEORY_ANDERSON_MAX], scale[THEORY_ANDERSON_MAX];

    for (int i = 0; i < m; i++) {
        if (!(anderson->gram[i][i] > 0.0)) {
            return 0;
        }
        scale[i] = 1.0 / sqrt(anderson->gram[i][i]);
        rhs[i] *= scale[i];
    }
    for (int i = 0; i < m; i++) {
        for (int j = 0; j <= i; j++) {
            double sum = anderson->gram[i][j] * scale[i] * scale[j] + (i == j ? ridge : 0.0);

            for (int k = 0; k < j; k++) {
                sum -= factor[i][k] * factor[j][k];
            }
            if (i == j && !(sum > 0.0)) {
                return 0;
            }
            factor[i][j] = i == j ? sqrt(sum) : sum / factor[j][j];
        }
    }
    for (int i = 0; i < m; i++) {
        for (int k = 0; k < i; k++) {
            rhs[i] -= factor[i][k] * rhs[k];
        }
        rhs[i] /= factor[i][i];
    }
    for (int i = m - 1; i >= 0; i--) {
        for (int k = i + 1; k < m; k++) {
            rhs[i] -= factor[k][i] * rhs[k];
        }
        rhs[i] /= factor[i][i];
    }
    for (int i = 0; i < m; i++) {
        rhs[i] *= scale[i];
    }
    return 1;
}

void theory_anderson_step(theory_anderson_t *anderson, double *restrict x, const double *restrict g,
                          double limit)
{
    const size_t n = anderson->n;
    double coefficient[THEORY_ANDERSON_MAX] = {0.0};
    double *restrict step = anderson->step;
    double largest = 0.0, shrink;

    if (anderson->memory > 0 && anderson->started) {
        remember(anderson, x, g);
    }
    for (size_t i = 0; i < n; i++) {
        anderson->last_f[i] = g[i] - x[i];
        anderson->last_g[i] = g[i];
    }
    anderson->started = 1;
    for (int k = 0; k < anderson->used; k++) {
        coefficient[k] = dot(n, anderson->difference_f + (size_t)k * n, anderson->last_f);
    }
    if (anderson->used > 0 && !solve_gram(anderson, coefficient)) {
        theory_anderson_reset(anderson);
        anderson->started = 1;
    }
    memcpy(step, anderson->last_f, n * sizeof *step);
    for (int k = 0; k < anderson->used; k++) {
        const double *restrict dg = anderson->difference_g + (size_t)k * n;

        for (size_t i = 0; i < n; i++) {
            step[i] -= coefficient[k] * dg[i];
        }
    }
    for (size_t i = 0; i < n; i++) {
        largest = fmax(largest, fabs(step[i]));
    }
    shrink = largest > limit ? limit / largest : 1.0;
    for (size_t i = 0; i < n; i++) {
        x[i] += shrink * step[i];
    }
}
