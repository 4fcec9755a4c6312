/* Shared by the files that turn `law` into measures of a config. */
#ifndef ENTREPOT_CONFIG_LAW_INTERNAL_H
#define ENTREPOT_CONFIG_LAW_INTERNAL_H

#include "config/internal.h"
#include "policy/lines.h"

/* What the law adds to the benchmark's tariff of a region and sector comes in parts, two for each vintage: a
 * rise and a fall, of which one is 0. Vintage 0 is what goods pay that were loaded before anything began;
 * vintage v what those pay more that were loaded on its day or later. So goods at sea are spared. */
enum { ENT_LAW_MOST_VINTAGES = 32 };

struct ent_config_law {
    ent_config_reader_t *reader;
    const ent_yaml_t *node;
    ent_law_t law;
    ent_lines_t lines;
    int n_vintages; /* with vintage 0 */
    ent_day_t vintage[ENT_LAW_MOST_VINTAGES];
    ent_lines_day_t at[ENT_LAW_MOST_VINTAGES]; /* rates of goods of a vintage; empty before they are needed */
    double *sum[ENT_LAW_MOST_VINTAGES];        /* [n_buckets] their duty */
    ent_day_t known, from, until, base_day;
    int n_shipped;                        /* measures of the law itself; the others are the config's own */
    int *regime;                          /* [n_measures] whose own it is; -1: everybody's */
    unsigned char *without;               /* [n_measures] left out in every regime */
    ent_day_t *announced, *end_announced; /* [n_measures] */
    int importer, n_buckets;              /* region; regions x sectors */
    int *region, *bucket;                 /* [n_partners], [n_cells] */
    int *leader;                          /* [n_region] itself, or the region whose rates it has */
    double *collected;                    /* [n_region] share of what is owed by the law that is collected */
    double *imports, *base; /* [n_buckets] USD; base: duty under which trade is the benchmark's */
    int n_days;
    ent_day_t *days;        /* ascending, the first that after the base year */
    double *common;         /* [n_days][n_parts][n_buckets] rates with what holds in every regime */
    unsigned char *stepped; /* [n_days][n_parts][n_region] 1: a measure of every regime begins there */
};

/* ---- law_own.c ---- */

/* Measures a config puts on top of the law, into `law`, not yet finished. `regime`: whose they are, -1:
 * everybody's. */
int ent_config_law_own(ent_config_law_t *l, const ent_yaml_t *list, int regime);

/* ---- law_steps.c ---- */

/* Days on which a rate may change, into l->days. ENT_ERR_NO_MEMORY. */
int ent_config_law_days(ent_config_law_t *l);

/* With `base`: the tariffs of that day, from which all others differ, into config->base_tariff. Nothing
 * without. */
int ent_config_law_base(ent_config_law_t *l);

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
