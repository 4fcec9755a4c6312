/* Factors: keys of a config that a study or a calibration sets, and the values they take. */
#ifndef ENTREPOT_CONFIG_FACTOR_H
#define ENTREPOT_CONFIG_FACTOR_H

#include "config/yaml.h"

#include <entrepot/config.h>

/* Something a study or a calibration changes: one or several keys of the config, all set to the same value.
 */
typedef struct {
    char *name;
    int n_paths;
    char **paths;
    int n_texts; /* > 0: one of these values, with equal weights; 0: a number by its distribution */
    char **texts;
    ent_distribution_t distribution;
} ent_factor_t;

/* Value of a factor as text, as --set takes it; `x` is a number or the index of a text. Owned by the caller.
 */
char *ent_factor_text(const ent_factor_t *factor, double x, ent_context_t *ctx);

/* Read a factor from its node; `others` are those before it in the same array, whose names are taken. Faults
 * are recorded. Free with ent_factor_free. */
void ent_factor_bind(ent_context_t *ctx, const ent_yaml_t *node, int is_lever, int needs_path,
                     const ent_factor_t *others, ent_factor_t *factor);
void ent_factor_free(ent_factor_t *factor);

/* Value of a factor at place u in (0, 1): a number, or the index of a text. */
double ent_factor_value(const ent_factor_t *factor, double u);

#endif
