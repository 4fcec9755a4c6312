/* A config seen by the static theory: its benchmark as the theory's input, its regimes as tariffs. */
#ifndef ENTREPOT_STATIC_STATIC_CASE_H
#define ENTREPOT_STATIC_STATIC_CASE_H

#include <entrepot/schedule.h>
#include <entrepot/theory.h>

typedef struct {
    int full;                   /* 0: regions and sectors of the run; 1: those of the benchmark */
    const char *elasticity_set; /* of the benchmark, by name; NULL: the run's trade elasticities */
    int long_run;               /* 1: NULL stands for the elasticities of long-run answers (theory_case.h) */
    int allow_zero_own_trade;
    ent_theory_variant_t variant;
    ent_theory_deficit_t deficit;
} ent_static_options_t;

typedef struct {
    const ent_config_t *config;       /* must outlive the case */
    const ent_benchmark_t *benchmark; /* at the case's resolution */
    ent_benchmark_t coarse;           /* the run's aggregate */
    ent_static_options_t options;
    const char *elasticities; /* which, in words */
    ent_theory_t model;
    int rebased; /* 1: the model's benchmark is not the data: balanced first, or deficits removed first */
} ent_static_t;

/* Build the theory's model. Value on which duty is levied is flow (1 + freight). A benchmark that says it
 * does not balance is rebased to the equilibrium at its own tariffs, and so is one whose deficits are to be
 * zero, so that a counterfactual changes tariffs only. At the benchmark's resolution a sector has the run's
 * elasticity of the group it is in, unless a set is named. Errors: ENT_ERR_USAGE for an unknown set (with the
 * nearest name), those of ent_theory_init and ent_theory_rebase. Free also after failure. */
int ent_static_init(ent_static_t *self, const ent_config_t *config, const ent_benchmark_t *fine,
                    const ent_static_options_t *options, ent_context_t *ctx);
void ent_static_free(ent_static_t *self);

/* A regime on a day, after refunds, goods loaded on that day: tariffs and changes of trade cost (1: none),
 * both [sector][origin][destination] in the case's resolution. Measures hold for all members of a group, on
 * each member's own benchmark tariff. With b the barriers, k the share of goods banned and f the factor on
 * visibility, trade cost is (1 + t + b) / (1 + t) [(1 - k) f]^(-1/theta), (1 - k) f not below 1e-12.
 * Errors: ENT_ERR_CONFIG where a quota is in force, whose rate the static theory does not know;
 * ENT_ERR_NO_MEMORY. */
int ent_static_rates(const ent_static_t *self, int regime, ent_day_t day, double *tariff, double *cost,
                     ent_context_t *ctx);

/* Cells of the case's benchmark: sectors x regions x regions. */
size_t ent_static_cells(const ent_static_t *self);

#endif
