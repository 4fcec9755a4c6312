/* What this machine does at its best: the roofs a step is compared with. */
#include "bench_tools.h"

#include "base/vmath.h"

#include <stdlib.h>

/* a = b + s c over arrays far larger than the caches (McCalpin's STREAM triad). */
double bench_triad(int n_threads)
{
    enum { REPEATS = 6 };
    const long n = 16L << 20;
    float *a = malloc((size_t)n * sizeof *a), *b = malloc((size_t)n * sizeof *b),
          *c = malloc((size_t)n * sizeof *c);
    double fastest = 1e99;
    if (a == NULL || b == NULL || c == NULL) {
        free(a);
        free(b);
        free(c);
        return 0.0;
    }
#pragma omp parallel for num_threads(n_threads)
    for (long i = 0; i < n; i++) {
        a[i] = 0.0f;
        b[i] = 1.0f;
        c[i] = 2.0f;
    }
    for (int k = 0; k < REPEATS; k++) {
        const double begin = bench_wall();
#pragma omp parallel for num_threads(n_threads)
        for (long i = 0; i < n; i++) {
            a[i] = b[i] + 0.5f * c[i];
        }
        const double taken = bench_wall() - begin;
        fastest = taken < fastest ? taken : fastest;
    }
    const double checked = (double)a[n / 2];
    free(a);
    free(b);
    free(c);
    return checked == 2.0 ? 3.0 * (double)n * sizeof(float) / fastest : 0.0;
}

double bench_exponentials(void)
{
    enum { N = 4096, REPEATS = 400 };
    static float x[N], y[N];
    double fastest = 1e99, sum = 0.0;
    for (int i = 0; i < N; i++) {
        x[i] = (float)i / N - 0.5f;
    }
    for (int k = 0; k < REPEATS; k++) {
        const double begin = bench_thread_time();
        for (int i = 0; i < N; i++) {
            y[i] = ent_expf(x[i]);
        }
        const double taken = bench_thread_time() - begin;
        fastest = taken < fastest ? taken : fastest;
        sum += (double)y[k];
    }
    return sum > 0.0 ? N / fastest : 0.0;
}
