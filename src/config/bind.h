/* From YAML values to C values, strictly: every function records its own fault and leaves *out alone then.
 * A NULL node is not a fault here: it means "not given" and returns 0. All return 1 when *out was set. */
#ifndef ENTREPOT_CONFIG_BIND_H
#define ENTREPOT_CONFIG_BIND_H

#include "base/names.h"
#include "config/yaml.h"

#include <entrepot/calendar.h>

/* Record a fault at `node`: file, line, column, dotted key, value. `nearest` may be NULL. Returns
 * ENT_ERR_CONFIG. */
int ent_bind_fault(ent_context_t *ctx, const ent_yaml_t *node, const char *nearest, const char *rule_format,
                   ...) ENT_PRINTF(4, 5);

/* The same for something missing in `map` under `key`. */
int ent_bind_missing(ent_context_t *ctx, const ent_yaml_t *map, const char *key, const char *rule);

/* Whether `map` has `key`; if not, the same fault. */
int ent_bind_need(ent_context_t *ctx, const ent_yaml_t *map, const char *key, const char *rule);

/* Report every key of the map that is not among the known ones, with the nearest of them. */
void ent_bind_known_keys(ent_context_t *ctx, const ent_yaml_t *map, const char *const *known, size_t n_known);

/* Kinds. `null` counts as an empty list or map. They return 1 when the node is given and of that kind. */
int ent_bind_is_map(ent_context_t *ctx, const ent_yaml_t *node);
int ent_bind_is_list(ent_context_t *ctx, const ent_yaml_t *node, size_t max_items);

/* Plain decimal number within closed bounds; refuses 15%, nan, inf, 0x10, 1_000, flags and quoted text with a
 * rule that says what to write. */
int ent_bind_number(ent_context_t *ctx, const ent_yaml_t *node, double low, double high, double *out);

/* Number without fraction. */
int ent_bind_integer(ent_context_t *ctx, const ent_yaml_t *node, double low, double high, long *out);

/* true or false. */
int ent_bind_flag(ent_context_t *ctx, const ent_yaml_t *node, int *out);

/* Date as YYYY-MM-DD. */
int ent_bind_day(ent_context_t *ctx, const ent_yaml_t *node, ent_day_t *out);

/* Any text; *out points into the tree. */
int ent_bind_text(ent_context_t *ctx, const ent_yaml_t *node, const char **out);

/* A name: at most 64 letters, digits, '-', '_' and '.', beginning with a letter or digit. */
int ent_bind_name(ent_context_t *ctx, const ent_yaml_t *node, const char **out);
int ent_bind_name_is_good(const char *text);

/* One of the names; *out is its place among them. `what` names the kind of thing in the fault. */
int ent_bind_choice(ent_context_t *ctx, const ent_yaml_t *node, const char *what, const char *const *names,
                    size_t n_names, int *out);

#endif
