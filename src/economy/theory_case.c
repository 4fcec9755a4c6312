/* The static theory of a benchmark as it stands. */
#include "economy/theory_case.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int any_above_zero(const double *values, int n)
{
    for (int i = 0; values != NULL && i < n; i++) {
        if (values[i] > 0.0) {
            return 1;
        }
    }
    return 0;
}

int ent_theory_of_benchmark(ent_theory_t *model, const ent_benchmark_t *b, const double *theta,
                            const double *local_share, const double *duty_exponent,
                            const ent_theory_options_t *options, int *rebased, ent_context_t *ctx)
{
    const size_t cells = (size_t)b->n_sector * (size_t)b->n_region * (size_t)b->n_region;
    double *flow = ent_calloc(ctx, cells, sizeof *flow);
    ent_theory_options_t own = *options;
    const int local = any_above_zero(local_share, b->n_region);
    const ent_theory_input_t input = {.n_region = b->n_region,
                                      .n_sector = b->n_sector,
                                      .region = (const char *const *)b->region,
                                      .sector = (const char *const *)b->sector,
                                      .flow = flow,
                                      .tariff = b->tariff,
                                      .input_coefficient = b->input_coefficient,
                                      .value_added_share = b->value_added_share,
                                      .final_demand = local ? NULL : b->final_demand,
                                      .theta = theta,
                                      .local_share = local_share,
                                      .duty_exponent = duty_exponent};
    if (flow == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < cells; i++) {
        flow[i] = b->flow[i] * (1.0 + b->freight[i]);
    }
    if (b->unbalanced || local) {
        own.balance_tolerance = HUGE_VAL;
    }
    int code = ent_theory_init(model, &input, &own, ctx);
    *rebased = own.deficit == ENT_THEORY_DEFICIT_ZERO || !model->balanced;
    code = code == ENT_OK && *rebased ? ent_theory_rebase(model, ctx) : code;
    free(flow);
    return code;
}

const char *ent_long_run_elasticities(const ent_benchmark_t *b, int run_names_a_set, const double *run,
                                      double *theta)
{
    static const char common[] = "U4";
    int set = 0;

    while (set < b->n_elasticity_set && strcmp(b->elasticity_set[set], common) != 0) {
        set++;
    }
    const int own = run_names_a_set || set == b->n_elasticity_set;

    for (int s = 0; s < b->n_sector; s++) {
        theta[s] = own ? run[s] : b->elasticity[set * b->n_sector + s];
    }
    return own ? "the run's" : "set U4, for the long run";
}
