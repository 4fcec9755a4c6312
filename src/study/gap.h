/* Why the first year under a policy differs from the static answer: each friction of the engine switched off
 * and on in every combination, the difference shared out among them. */
#ifndef ENTREPOT_STUDY_GAP_H
#define ENTREPOT_STUDY_GAP_H

#include "study/table.h"
#include <entrepot/config.h>

/* The causes: one table for the program, its tables and the documentation. X(id, key, title); the settings
 * that take each out are beside its code */
#define ENT_GAP_CAUSES(X)                                                                                    \
    X(CONTRACTS, "contracts", "contracts that come up now and then, flows inside firms")                     \
    X(STOCKS, "stocks", "stocks and time at sea")                                                            \
    X(WAITING, "waiting", "buying ahead and waiting")                                                        \
    X(PASS_THROUGH, "pass_through", "exporters' absorption, sticky prices, local costs in the shop")         \
    X(EXEMPTIONS, "exemptions", "exemptions and duty that is not collected")                                 \
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
    const char *partner;        /* destination of home's exports; NULL: that of the first recorded flow */
    int from, n_months;         /* the year */
    int n_threads;
    void (*progress)(int done, int total);
} ent_gap_options_t;

/* Changes of home's exports of goods to the partner in the year, per cent, with against without. */
typedef struct {
    int n_worlds;
    double fixed;  /* the static theory: mean over the year's months, each under the tariffs of its last
                    * day, no exemption but those kept, all duty collected */
    double *value; /* [n_worlds][ENT_N_GAP_SUBSETS]: bit i set: cause i acts */
    double share[ENT_N_GAP_CAUSES]; /* mean over worlds */
    double error[ENT_N_GAP_CAUSES]; /* standard error of that; NaN below two worlds */
    double rest;                    /* engine with no cause acting less static theory */
    double engine;                  /* mean with all causes acting */
    char home[64], partner[64];
} ent_gap_t;

/* Play all subsets with the same draws. engine - fixed = rest + sum of shares. Errors: those of reading the
 * config with each cause off; ENT_ERR_USAGE for names it does not have; ENT_ERR_CONFIG when the months are
 * not played. Free with ent_gap_free, also after failure. Cost: 64 runs of the config. */
int ent_gap(ent_gap_t *self, const ent_gap_options_t *options, ent_context_t *ctx);
void ent_gap_free(ent_gap_t *self);
void ent_gap_table(const ent_gap_t *self, ent_table_t *table);

#endif
