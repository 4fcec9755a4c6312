/* Shared by the files that turn `law` into measures of a config. */
#ifndef ENTREPOT_CONFIG_LAW_INTERNAL_H
#define ENTREPOT_CONFIG_LAW_INTERNAL_H

#include "config/internal.h"
#include "policy/lines.h"

/* What the law adds to the benchmark's tariff of a region and sector, in four parts: by the day goods arrive
 * and, of measures that spare goods at sea, by the day they are loaded; rises and falls. A part is never
 * negative. */
enum { ENT_PART_LOADING = 1, ENT_PART_FALL = 2, ENT_N_PARTS = 4 };

struct ent_config_law {
    ent_config_reader_t *reader;
    const ent_yaml_t *node;
    ent_law_t law;
    ent_lines_t lines;
    ent_lines_day_t loaded_now, loaded_before; /* goods loaded as they arrive, and long before */
    ent_day_t known, from, until;
    int n_shipped;                         /* measures of the law itself; the others are the config's own */
    int *regime;                           /* [n_measures] whose own it is; -1: everybody's */
    unsigned char *without;                /* [n_measures] left out in every regime */
    ent_day_t *announced, *end_announced;  /* [n_measures] */
    int importer, n_buckets;               /* region; regions x sectors */
    int *region, *bucket;                  /* [n_partners], [n_cells] */
    int *leader; /* [n_region] itself, or the region whose rates it has */
    double *imports, *base, *now, *before; /* [n_buckets] USD */
    int n_days;
    ent_day_t *days;        /* ascending, the first that after the base year */
    double *common;         /* [n_days][ENT_N_PARTS][n_buckets] rates with what holds in every regime */
    unsigned char *stepped; /* [n_days][ENT_N_PARTS][n_region] 1: a measure of every regime begins there */
};

/* ---- law_own.c ---- */

/* Measures a config puts on top of the law, into `law`, not yet finished. `regime`: whose they are, -1:
 * everybody's. */
int ent_config_law_own(ent_config_law_t *l, const ent_yaml_t *list, int regime);

/* ---- law_steps.c ---- */

/* Days on which a rate may change, into l->days. ENT_ERR_NO_MEMORY. */
int ent_config_law_days(ent_config_law_t *l);

/* Measures of every regime, which go to config->common. */
int ent_config_law_common(ent_config_law_t *l);

/* Measures of one regime where `without` [n_measures] makes another rate; appended to its measures. */
int ent_config_law_differs(ent_config_law_t *l, const unsigned char *without, ent_regime_t *regime);

/* ---- law_words.c ---- */

/* What a regime changes (-1: what all do), "" where nothing; and what the config takes of the law. New
 * strings, NULL when memory is short. */
char *ent_config_law_words(const ent_config_law_t *l, const unsigned char *without, int regime);
char *ent_config_law_background(const ent_config_law_t *l);

#endif
