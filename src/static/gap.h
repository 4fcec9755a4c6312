/* Why the first year under a policy differs from the static answer: each friction of the engine switched off
 * and on in every combination, the difference shared out among them. */
#ifndef ENTREPOT_STATIC_GAP_H
#define ENTREPOT_STATIC_GAP_H

#include "base/table.h"
#include <entrepot/config.h>

/* The causes: one table for the program, its tables and the documentation. X(id, key, title); what takes each
 * out is in gap_causes.c. INCOMES: spending, wages and input prices as the config's closure has them, against
 * those of the static theory at once. */
#define ENT_GAP_CAUSES(X)                                                                                    \
    X(INCOMES, "incomes", "incomes, wages and input prices that do not follow")                              \
    X(CONTRACTS, "contracts", "contracts that come up now and then, flows inside firms")                     \
    X(STOCKS, "stocks", "stocks and time at sea")                                                            \
    X(WAITING, "waiting", "buying ahead and waiting")                                                        \
    X(PASS_THROUGH, "pass_through", "exporters' absorption, sticky prices, local costs in the shop")         \
    X(EXEMPTIONS, "exemptions", "exemptions and duty that is not collected")                                 \
    X(FIRMS, "firms", "capacity, investment, entry and failure of firms")                                    \
    X(PLANTS, "plants", "plants abroad")
#define ENT_GAP_ENUM(id, key, title) ENT_GAP_##id,
typedef enum { ENT_GAP_CAUSES(ENT_GAP_ENUM) ENT_N_GAP_CAUSES } ent_gap_cause_t;
#undef ENT_GAP_ENUM
enum { ENT_N_GAP_SUBSETS = 1 << ENT_N_GAP_CAUSES };

typedef struct {
    const char *config; /* path */
    int n_settings;
    const ent_setting_t *settings;
    int n_keep; /* exemptions that stay when exemptions are off: those that say which of two duties is owed */
    char **keep;
    const char *with, *without; /* scenarios; NULL: the config's first and last */
    const char *partner;        /* destination of home's exports; NULL: ent_default_partner */
    int from, n_months;         /* the year */
    int n_threads;
    void (*progress)(int done, int total);
} ent_gap_options_t;

/* Changes of home's exports of goods to the partner in the year, per cent, with against without. */
typedef struct {
    int n_worlds;
    double fixed;     /* the static theory: the year's months, each at its mean tariffs, no exemption but
                       * those kept, all duty collected */
    double worlds;    /* the mean of its answers in the worlds' own elasticities, demand and exchange rates
                       * (ent_gap_theory_world), less that */
    double months;    /* choosing suppliers for the next month, less choosing at once */
    double held;      /* fixed + worlds with incomes, wages and input prices at the benchmark; NaN where the
                       * config's closure is general */
    double *value;    /* [n_worlds][ENT_N_GAP_SUBSETS]: bit i set: cause i acts */
    double *reckoned; /* [n_worlds] what value [0] is but for sampling: mean is fixed + worlds + months */
    double share[ENT_N_GAP_CAUSES]; /* mean over worlds */
    double error[ENT_N_GAP_CAUSES]; /* standard error of that; NaN below two worlds, here and below */
    double rest, rest_error;        /* engine with no cause acting less reckoned */
    double engine, engine_error;    /* mean with all causes acting */
    char home[64], partner[64];
} ent_gap_t;

/* Play all subsets with the same draws. engine - fixed = worlds + months + sum of shares + rest. Errors:
 * those of reading the config with each cause off; ENT_ERR_USAGE for names it does not have; ENT_ERR_CONFIG
 * when the months are not played. Free with ent_gap_free, also after failure. Cost: ENT_N_GAP_SUBSETS runs of
 * the config. */
int ent_gap(ent_gap_t *self, const ent_gap_options_t *options, ent_context_t *ctx);
void ent_gap_free(ent_gap_t *self);
void ent_gap_table(const ent_gap_t *self, ent_table_t *table);

#endif
