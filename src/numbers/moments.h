/* Moments of trajectories: what a calibration compares with targets. */
#ifndef ENTREPOT_NUMBERS_MOMENTS_H
#define ENTREPOT_NUMBERS_MOMENTS_H

#include <entrepot/results.h>

/* X(name, key) */
#define ENT_MOMENTS(X)                                                                                       \
    X(GROWTH, "growth")                                                                                      \
    X(INDEX, "index")                                                                                        \
    X(ELASTICITY, "elasticity")                                                                              \
    X(BORDER, "border_pass_through")                                                                         \
    X(RETAIL, "retail_pass_through")                                                                         \
    X(FRONT_LOADING, "front_loading")                                                                        \
    X(EXPORTERS, "exporters")                                                                                \
    X(SURVIVAL, "exporter_survival")                                                                         \
    X(TOP_SHARE, "top_share")

#define ENT_MOMENT_ID(name, key) ENT_MOMENT_##name,
typedef enum { ENT_MOMENTS(ENT_MOMENT_ID) ENT_N_MOMENTS } ent_moment_kind_t;
#undef ENT_MOMENT_ID

/* A moment bound to a config: regions, sectors, flows, scenarios and steps by number. */
typedef struct {
    ent_moment_kind_t kind;
    int scenario, base;
    int flow; /* of the config's recorded flows; -1: all origins */
    int destination;
    unsigned char *sectors;           /* [n_sector] flags */
    int from, to, base_from, base_to; /* steps, the last included */
    int top;
} ent_bound_moment_t;

/* Sums of a moment; those of several replications are added. */
typedef struct {
    double a, b, c;
} ent_moment_sums_t;

/* Add a replication: trajectories [n_scenarios]. X are exports (growth, index), imports on arrival (the
 * others); s the scenario, b the base; sums are over months, sectors and origins:
 *
 *   growth         100 (sum X(t) / sum X(t - 12) - 1), both simulated, per cent
 *   index          100 mean X(months) / mean X(base months)
 *   elasticity     ln(sum X_s / sum X_b) / ln(sum X_b (1 + tau_s) / (1 + tau_b) / sum X_b)
 *   border         sum X_b ln(p_s (1 + tau_s) / p_b (1 + tau_b)) / sum X_b ln((1 + tau_s) / (1 + tau_b))
 *   retail         sum S_b ln(retail_s / retail_b) / sum S_b ln(landed_s / landed_b), S importers' sales
 *   front_loading  100 (sum X_s / sum X_b - 1), per cent
 *   exporters      100 mean N(months) / mean N(base months), N active exporters of the home region
 *   survival       100 (1 - sum (leavers + failures) / N at the end of the base months), per cent
 *   top_share      100 mean share of the largest exporters, per cent
 */
void ent_moment_add(const ent_bound_moment_t *moment, const ent_config_t *config,
                    const ent_trajectory_t *trajectories, ent_moment_sums_t *sums);

/* The moment from its sums; NaN where it is not defined. */
double ent_moment_value(ent_moment_kind_t kind, const ent_moment_sums_t *sums);

#endif
