/* Shared by the files that read a config, one a group of sections. Each records every fault it finds and goes
 * on; a section that depends on a broken one records nothing, since its faults would only follow from those.
 */
#ifndef ENTREPOT_CONFIG_INTERNAL_H
#define ENTREPOT_CONFIG_INTERNAL_H

#include "config/source.h"
#include "config/bind.h"

#include <entrepot/config.h>

enum {
    ENT_CONFIG_MAX_MEASURES = 2000,
    ENT_CONFIG_MAX_REGIMES = 64,
    ENT_CONFIG_MAX_SIGNALS = 1000,
    ENT_CONFIG_MAX_SCENARIOS = 64,
    ENT_CONFIG_MAX_DRAWS = 1000,
    ENT_CONFIG_MAX_POINTS = 10000
};

typedef struct {
    ent_context_t *ctx;
    ent_config_t *config;
    ent_yaml_t *root;
    const ent_config_source_t *source; /* what need not be read again, or NULL */
    const ent_benchmark_t *fine;       /* n_region 0 when it could not be read */
    const ent_benchmark_t *coarse;     /* aggregated; n_region 0 until the aggregation is sound */
} ent_config_reader_t;

#define ENT_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- regions.c ---- */

/* `regions`, `sectors`, `home`, `slot_focus`, `neighbours`. */
void ent_config_read_regions(ent_config_reader_t *reader);
void ent_config_read_geography(ent_config_reader_t *reader);

/* One region or sector by its name in the run; 1 when *out was set. */
int ent_config_bind_region(ent_config_reader_t *reader, const ent_yaml_t *node, int *out);
int ent_config_bind_sector(ent_config_reader_t *reader, const ent_yaml_t *node, int *out);

/* Flags from `all` or a list of names; a node of NULL sets all. 1 when sound. */
int ent_config_bind_regions(ent_config_reader_t *reader, const ent_yaml_t *node, unsigned char *flags);
/* The same for one name, which may be that of a group, without those already set. */
int ent_config_add_regions(ent_config_reader_t *reader, const ent_yaml_t *node, unsigned char *flags);
/* The same for the key of a node. */
int ent_config_add_named(ent_config_reader_t *reader, const ent_yaml_t *node, unsigned char *flags);
int ent_config_bind_sectors(ent_config_reader_t *reader, const ent_yaml_t *node, unsigned char *flags);

/* ---- groups.c ---- */

/* `groups`; after regions. The list that a name stands for, or NULL. */
void ent_config_check_groups(ent_config_reader_t *reader);
const ent_yaml_t *ent_config_group(const ent_config_reader_t *reader, const char *name);

/* Region of the run that an economy of the benchmark is in; -1 where there is no such economy. */
int ent_config_region_of_economy(const ent_config_reader_t *reader, const char *code);

/* Flags of the regions in the group that a word names: 0 when it names none, -1 after a fault. */
int ent_config_bind_group(ent_config_reader_t *reader, const ent_yaml_t *node, unsigned char *in);

/* ---- include.c ---- */

/* Read a config file together with those it includes into one tree, which has no `include`. `depth` 0.
 * Errors: those of ent_yaml_read; *root may be a tree also after a fault. */
int ent_config_tree(ent_yaml_t **root, const char *path, int depth, ent_context_t *ctx);

/* ---- parameters.c ---- */

/* Calibration file, elasticity set, `parameters`, `sector_parameters`. The calibration's canonical JSON is
 * returned for hashing (NULL: none). */
void ent_config_read_parameters(ent_config_reader_t *reader, ent_yaml_t *calibration);
ent_yaml_t *ent_config_open_calibration(ent_config_reader_t *reader);

/* ---- measures.c ---- */

/* A list of measures; their indices into config->measures are appended to (*list)[*n]. */
void ent_config_read_measures(ent_config_reader_t *reader, const ent_yaml_t *node, int **list, int *n);
void ent_config_check_measures(ent_config_reader_t *reader);

/* A fault at `node`: `name` is no region of this run, with the group that holds it where it is an economy. */
void ent_config_no_region(ent_config_reader_t *reader, const ent_yaml_t *node, const char *name);

/* ---- facts.c ---- */

/* Who is at work in the economies of `fine`, and how their exporters fare, out of facts/workers.csv and
 * exporters.csv beside the config or where the program was installed; nothing where there is no such file.
 * Read once for all configs of a source. */
void ent_config_read_facts(ent_config_reader_t *reader, ent_benchmark_t *fine);

/* How long exporters of home go on and how large they are: parameters of the config (survival also of the
 * calibration), else home's row of facts/exporters.csv; without both the table's values are played and what
 * hangs on them is n/a. */
void ent_config_read_survival(ent_config_reader_t *reader, const ent_yaml_t *calibration);

/* ---- few_slots.c ---- */

/* Slots whose goods are of a flow, at the shares of the run's aggregate `benchmark`. */
double ent_config_flow_slots(const ent_config_t *config, const ent_benchmark_t *benchmark, int origin,
                             int destination);

/* A note for each market that levies duty in which hardly a slot holds goods of home; at the benchmark's
 * shares. */
void ent_config_note_slots(const ent_config_t *config, const ent_benchmark_t *benchmark,
                           ent_context_t *notes);

/* ---- law.c ---- */

/* `law`, turned into measures that hold in every regime; within ent_config_read_regimes. NULL where there is
 * none, and after a fault; free with ent_config_law_free. */
typedef struct ent_config_law ent_config_law_t;
ent_config_law_t *ent_config_read_law(ent_config_reader_t *reader);
void ent_config_law_free(ent_config_law_t *l);

/* `law` of regime g: measures where it makes other rates. `l` may be NULL. */
void ent_config_read_regime_law(ent_config_reader_t *reader, ent_config_law_t *l, const ent_yaml_t *node,
                                int g);

/* ---- contradictions.c ---- */

/* Measures that contradict one another: two floors on the same goods, two quotas on one cell. */
void ent_config_check_contradictions(ent_config_reader_t *reader);

/* ---- regimes.c ---- */
void ent_config_read_regimes(ent_config_reader_t *reader);

/* ---- commitments.c ---- */

/* `purchases` and `investment` of the run and of each regime; after regimes and firms. */
void ent_config_read_commitments(ent_config_reader_t *reader);
void ent_config_free_commitments(ent_config_t *config);

/* [n_regimes] flags of the regimes that contain `regime` (-1: all). */
unsigned char *ent_config_regime_flags(ent_config_reader_t *reader, int regime);

/* ---- retaliation.c ---- */

/* `retaliation`, turned into measures; after regimes. */
void ent_config_read_retaliation(ent_config_reader_t *reader);

/* ---- theory.c ---- */

/* `theory`: the switches of the static theory; after regions and parameters. */
void ent_config_read_theory(ent_config_reader_t *reader);
void ent_config_read_observed(ent_config_reader_t *reader);

/* ---- negotiation.c ---- */

/* `negotiation`; after regimes and scenarios. */
void ent_config_read_negotiation(ent_config_reader_t *reader);

/* `decomposition`: which scenarios are parts of which. */
void ent_config_read_decomposition(ent_config_reader_t *reader);

/* ---- idle.c ---- */

/* Why a parameter has no effect under the mechanisms of a config in the sectors flagged (NULL: in all), or
 * NULL when it may have one. */
const char *ent_parameter_idle(const ent_config_t *config, const ent_parameter_t *parameter,
                               const unsigned char *sectors);

/* Whether worlds that draw the parameter play the same: it shapes what is laid out once for all of them. */
int ent_parameter_same_in_all_worlds(const ent_parameter_t *parameter);

/* ---- uncertainty.c ---- */
void ent_config_read_uncertainty(ent_config_reader_t *reader);
/* After it: draws of the days that come by a hazard. */
void ent_config_add_hazard_draws(ent_config_reader_t *reader);
void ent_config_read_paths(ent_config_reader_t *reader);

/* ---- firms.c ---- */

/* `mechanisms`, `exporters`, `captive`, `plants`, `tariff_jumping`. */
void ent_config_read_firms(ent_config_reader_t *reader);
void ent_config_free_firms(ent_config_t *config);

/* ---- distribution.c ---- */

/* A distribution, or a plain number for a fixed value. Support must lie in [low, high]: unbounded kinds are
 * truncated to it. 1 when *out was set (its arrays are owned by the config). */
int ent_config_bind_distribution(ent_config_reader_t *reader, const ent_yaml_t *node, double low, double high,
                                 ent_distribution_t *out);

/* `values` (already counted) with their `weights`: equal when NULL, else as many, not negative, summing to 1.
 */
int ent_config_bind_weights(ent_config_reader_t *reader, const ent_yaml_t *weights, int n, double *out);

/* ---- locate.c ---- */

/* First existing of: `name` when absolute; beside `config_path`; in <folder of config_path>/../data; in the
 * folder ENTREPOT_DATA names; in the source tree's and the installed data folder. NULL when there is none,
 * with *tried listing where it was sought; both are new strings. */
char *ent_locate_data(const char *name, const char *config_path, char **tried, ent_context_t *ctx);

/* A config that another includes: beside that one, then among those that ship. */
char *ent_locate_config(const char *name, const char *config_path, char **tried, ent_context_t *ctx);

/* The same for a calibration: NAME.yaml in <folder of config_path>/calibrations, beside the config, and in
 * the source tree's and installed configs/calibrations; a name with a slash or ending in .yaml is a path
 * from the config's folder. */
char *ent_locate_calibration(const char *name, const char *config_path, char **tried, ent_context_t *ctx);

#endif
