#include "economy/content.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_PASSES = 2000 };

/* Content of a million USD of landed purchases of each sector in each market: [region][sector]. */
static void mix_purchases(const ent_benchmark_t *b, const double *content, double *mixed)
{
    for (int s = 0; s < b->n_sector; s++) {
        for (int d = 0; d < b->n_region; d++) {
            const double spent = ent_benchmark_expenditure(b, d, s);
            double sum = 0.0;
            for (int o = 0; o < b->n_region; o++) {
                const size_t cell = ent_cell(b, s, o, d);
                sum += b->flow[cell] * (1.0 + b->freight[cell]) * content[o * b->n_sector + s];
            }
            mixed[d * b->n_sector + s] = spent > 0.0 ? sum / spent : 0.0;
        }
    }
}

/* One pass; the largest move. */
static double pass(const ent_benchmark_t *b, const double *own, const double *mixed, double *content)
{
    const int n = b->n_sector;
    double move = 0.0;
    for (int i = 0; i < b->n_region * n; i++) {
        const int d = i / n, s = i % n;
        double value = own[i];
        for (int k = 0; k < n; k++)
            value += b->input_coefficient[((size_t)d * (size_t)n + (size_t)k) * (size_t)n + (size_t)s] *
                     mixed[d * n + k];
        move = isfinite(value) ? fmax(move, fabs(value - content[i])) : INFINITY;
        content[i] = value;
    }
    return move;
}

int ent_input_content(const ent_benchmark_t *benchmark, const double *own, double *content,
                      ent_context_t *ctx)
{
    const int n = benchmark->n_region * benchmark->n_sector;
    double *mixed = ent_calloc(ctx, (size_t)n, sizeof *mixed), most = 0.0, move = INFINITY;
    if (mixed == NULL)
        return ENT_ERR_NO_MEMORY;
    for (int i = 0; i < n; i++) {
        content[i] = own[i];
        most = fmax(most, fabs(own[i]));
    }
    for (int i = 0; i < MOST_PASSES && move > 1e-12 * most; i++) {
        mix_purchases(benchmark, content, mixed);
        move = pass(benchmark, own, mixed, content);
    }
    free(mixed);
    return move <= 1e-12 * most ? 0
                                : ent_fail(ctx, ENT_ERR_DATA, "input coefficients",
                                           "the inputs of inputs do not add up to a finite sum");
}

void ent_workers_per_output(const ent_benchmark_t *benchmark, int region, double *own)
{
    const double *share = benchmark->value_added_share + region * benchmark->n_sector;
    double value = 0.0;
    for (int s = 0; s < benchmark->n_sector; s++)
        value += ent_benchmark_output(benchmark, region, s) * share[s];
    for (int s = 0; s < benchmark->n_sector; s++)
        own[s] = benchmark->workers != NULL ? 1e3 * benchmark->workers[region] * share[s] / value : NAN;
}
