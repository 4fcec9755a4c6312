#include "policy/retaliation.h"

#include "base/memory.h"
#include "economy/theory_case.h"

#include <math.h>
#include <stdlib.h>

double ent_value_hit(const ent_config_t *config, const ent_benchmark_t *benchmark, int regime, int measure,
                     int region, ent_rate_part_t *parts, double *mean_rate)
{
    const ent_measure_t *m = &config->measures[measure];
    double value = 0.0, duty = 0.0;

    for (int s = 0; s < benchmark->n_sector; s++) {
        const size_t cell = ent_cell(benchmark, s, region, m->importer);
        int n_parts = 0;

        if (isnan(ent_rate_on_day(config, benchmark, regime, region, m->importer, s, m->effective,
                                  m->effective, ENT_DAY_NEVER, NULL, parts, &n_parts))) {
            return NAN;
        }
        for (int i = 0; i < n_parts; i++) {
            const double whole = parts[i].statutory * parts[i].collected;

            if (parts[i].measure == measure && whole > 0.0) {
                const double hit =
                    benchmark->flow[cell] * (1.0 + benchmark->freight[cell]) * parts[i].effective / whole;

                value += hit;
                duty += hit * parts[i].statutory;
            }
        }
    }
    *mean_rate = value > 0.0 ? duty / value : 0.0;
    return value;
}

/* Tariffs of a regime on a day, goods loaded on that day: [sector][origin][destination]. ENT_ERR_NO_MEMORY,
 * or 0. */
static int tariffs_on(const ent_config_t *config, const ent_benchmark_t *b, int regime, ent_day_t day,
                      double *tariff)
{
    for (int s = 0; s < b->n_sector; s++) {
        for (int o = 0; o < b->n_region; o++) {
            for (int d = 0; d < b->n_region; d++) {
                tariff[ent_cell(b, s, o, d)] =
                    o == d ? b->tariff[ent_cell(b, s, o, d)]
                           : ent_final_rate_on_day(config, b, regime, o, d, s, day, day, ENT_DAY_NEVER, NULL,
                                                   NULL, NULL);
                if (isnan(tariff[ent_cell(b, s, o, d)])) {
                    return ENT_ERR_NO_MEMORY;
                }
            }
        }
    }
    return 0;
}

/* Add a rate to the tariffs on the flagged sectors of one flow. */
static void add_rate(const ent_benchmark_t *b, int origin, int destination, const unsigned char *sectors,
                     double rate, double *tariff)
{
    for (int s = 0; s < b->n_sector; s++) {
        if (sectors[s]) {
            tariff[ent_cell(b, s, origin, destination)] += rate;
        }
    }
}

int ent_best_response(const ent_config_t *config, const ent_benchmark_t *benchmark, int regime, ent_day_t day,
                      int region, int against, const unsigned char *sectors, int n_choices,
                      const double *choices, int *best, ent_context_t *ctx)
{
    const size_t cells =
        (size_t)benchmark->n_sector * (size_t)benchmark->n_region * (size_t)benchmark->n_region;
    double *tariff = ent_calloc(ctx, cells, sizeof *tariff);
    double *theta = ent_calloc(ctx, (size_t)benchmark->n_sector, sizeof *theta);
    ent_theory_t model = {0};
    ent_theory_result_t result = {0};
    ent_theory_options_t options;
    double highest = -INFINITY;
    int rebased = 0, code = tariff == NULL || theta == NULL ? ENT_ERR_NO_MEMORY : 0;

    ent_theory_options_init(&options);
    for (int s = 0; code == 0 && s < benchmark->n_sector; s++) {
        theta[s] = config->sector_parameters[s].trade_elasticity;
    }
    if (code == 0) {
        (void)ent_long_run_elasticities(benchmark, config->elasticity_set != NULL, theta, theta);
    }
    code = code == 0 ? ent_theory_of_benchmark(&model, benchmark, theta, NULL, NULL, &options, &rebased, ctx)
                     : code;
    if (code == 0 && tariffs_on(config, benchmark, regime, day, tariff) != 0) {
        code = ent_fail(ctx, ENT_ERR_NO_MEMORY, "retaliation", "no memory for the tariffs in force");
    }
    for (int i = 0; code == 0 && i < n_choices; i++) {
        add_rate(benchmark, against, region, sectors, choices[i], tariff);
        code = ent_theory_solve(&model, tariff, NULL, &result, ctx);
        add_rate(benchmark, against, region, sectors, -choices[i], tariff);
        if (code == 0 && result.welfare_hat[region] > highest) {
            highest = result.welfare_hat[region];
            *best = i;
        }
    }
    ent_theory_result_free(&result);
    ent_theory_free(&model);
    free(theta);
    free(tariff);
    return code;
}
