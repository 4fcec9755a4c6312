/* The uncertainty section (what a replication draws) and dated paths. */
#include "config/internal.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const uncertainty_keys[] = {"parameters", "elasticity_set", "beliefs", "dates", "shocks"};
static const char *const parameter_keys[] = {"name", "parameter", "sectors", "scale", "distribution"};
static const char *const set_keys[] = {"values", "weights"};
static const char *const date_keys[] = {"name", "measure", "distribution"};
static const char *const shock_keys[] = {"name", "kind", "regions", "sectors", "from", "until", "log_change"};
static const char *const path_keys[] = {"kind", "region", "sectors", "points"};
static const char *const point_keys[] = {"date", "log_change"};
static const char *const shock_kinds[] = {"demand", "exchange_rate", "cost"};

static const double largest_log_change = 5.0; /* a factor of 148 */
static const double largest_shift_days = 3660.0;
static const double largest_logit = 20.0;

/* ---- names of draws and shocks: one column each in the results ---- */

/* NULL and empty names are faults already. */
static void check_name(ent_config_reader_t *reader, const ent_yaml_t *node, const char *name)
{
    const ent_config_t *config = reader->config;
    int n = 0;
    if (name == NULL || name[0] == '\0') {
        return;
    }
    for (int i = 0; i < config->n_draws; i++) {
        n += config->draws[i].name != NULL && strcmp(config->draws[i].name, name) == 0;
    }
    for (int i = 0; i < config->n_shocks; i++) {
        n += config->shocks[i].name != NULL && strcmp(config->shocks[i].name, name) == 0;
    }
    if (n > 1) {
        (void)ent_bind_fault(reader->ctx, node, NULL,
                             "every draw and shock has a name of its own; %s is there already", name);
    }
}

/* The `name` of an entry, else `otherwise`. */
static char *bind_draw_name(ent_config_reader_t *reader, const ent_yaml_t *node, const char *otherwise)
{
    const char *name = NULL;
    const ent_yaml_t *name_node = ent_yaml_get(node, "name");
    if (name_node == NULL && otherwise == NULL) {
        (void)ent_bind_missing(reader->ctx, node, "name", "a name of its own, for the results");
    }
    (void)ent_bind_name(reader->ctx, name_node, &name);
    return ent_strdup(reader->ctx, name != NULL ? name : otherwise != NULL ? otherwise : "");
}

/* The next draw, whose strings and arrays the config owns from now on; NULL without memory or beyond the
 * limit. */
static ent_draw_t *next_draw(ent_config_reader_t *reader, ent_draw_kind_t kind)
{
    ent_config_t *config = reader->config;
    if (config->n_draws >= ENT_CONFIG_MAX_DRAWS) {
        return NULL;
    }
    if (config->draws == NULL) {
        config->draws = ent_calloc(reader->ctx, ENT_CONFIG_MAX_DRAWS, sizeof *config->draws);
    }
    if (config->draws == NULL) {
        return NULL;
    }
    ent_draw_t *draw = &config->draws[config->n_draws++];
    draw->kind = kind;
    draw->measure = -1;
    return draw;
}

static int bind_required_distribution(ent_config_reader_t *reader, const ent_yaml_t *node, const char *key,
                                      double low, double high, ent_distribution_t *out)
{
    const ent_yaml_t *distribution = ent_yaml_get(node, key);
    if (distribution == NULL) {
        (void)ent_bind_missing(reader->ctx, node, key,
                               "how it is distributed, such as {kind: uniform, low: 0, high: 1}");
        return 0;
    }
    return ent_config_bind_distribution(reader, distribution, low, high, out);
}

/* ---- parameters ---- */

/* The parameter named by the entry, or NULL with its fault recorded. */
static const ent_parameter_t *bind_parameter(ent_config_reader_t *reader, const ent_yaml_t *node)
{
    size_t n;
    const ent_parameter_t *table = ent_parameter_table(&n);
    const ent_yaml_t *parameter = ent_yaml_get(node, "parameter");
    const char *names[256];
    int found = -1;
    for (size_t i = 0; i < n && i < ENT_COUNT(names); i++) {
        names[i] = table[i].name;
    }
    if (parameter == NULL) {
        (void)ent_bind_missing(reader->ctx, node, "parameter", "which parameter is uncertain");
        return NULL;
    }
    return ent_bind_choice(reader->ctx, parameter, "parameter", names,
                           n < ENT_COUNT(names) ? n : ENT_COUNT(names), &found)
               ? &table[found]
               : NULL;
}

/* A factor must keep every configured value within the table's bounds, where its range is known. */
static void check_scaled_range(ent_config_reader_t *reader, const ent_yaml_t *node, const ent_draw_t *draw)
{
    const ent_config_t *config = reader->config;
    const ent_parameter_t *entry = draw->parameter;
    const ent_distribution_t *d = &draw->distribution;
    double low = d->a, high = d->a;
    if (d->kind == ENT_DIST_UNIFORM) {
        high = d->b;
    } else if (d->kind == ENT_DIST_TRIANGULAR) {
        high = d->c;
    } else if (d->kind == ENT_DIST_DISCRETE || d->kind == ENT_DIST_BY_WORLD) {
        low = high = d->values[0];
        for (int i = 1; i < d->n; i++) {
            low = fmin(low, d->values[i]);
            high = fmax(high, d->values[i]);
        }
    } else if (d->kind != ENT_DIST_FIXED) {
        return; /* the tails are cut at the bounds when a world is drawn */
    }
    int n = entry->scope == ENT_SCOPE_GLOBAL ? 1 : config->n_sector;
    for (int s = 0; s < n; s++) {
        const void *base = entry->scope == ENT_SCOPE_GLOBAL ? (const void *)&config->global
                                                            : (const void *)&config->sector_parameters[s];
        double value = ent_parameter_get(entry, base);
        if (draw->sectors != NULL && !draw->sectors[s]) {
            continue;
        }
        if (value * low < entry->low || value * high > entry->high) {
            (void)ent_bind_fault(reader->ctx, node, NULL,
                                 "the draws would take %s (%g) out of its bounds, %g to %g", entry->name,
                                 value, entry->low, entry->high);
            return;
        }
    }
}

static void read_parameter_draw(ent_config_reader_t *reader, const ent_yaml_t *node)
{
    ent_config_t *config = reader->config;
    ent_draw_t *draw = next_draw(reader, ENT_DRAW_PARAMETER);
    if (draw == NULL || !ent_bind_is_map(reader->ctx, node)) {
        return;
    }
    ent_bind_known_keys(reader->ctx, node, parameter_keys, ENT_COUNT(parameter_keys));
    const ent_parameter_t *entry = draw->parameter = bind_parameter(reader, node);
    const ent_yaml_t *sectors = ent_yaml_get(node, "sectors");
    draw->name = bind_draw_name(reader, node, entry != NULL ? entry->name : "");
    (void)ent_bind_flag(reader->ctx, ent_yaml_get(node, "scale"), &draw->scale);
    draw->sectors = ent_calloc(reader->ctx, (size_t)config->n_sector, 1);
    if (draw->sectors == NULL || entry == NULL) {
        return;
    }
    check_name(reader, node, draw->name);
    if (ent_parameter_same_in_all_worlds(entry)) {
        (void)ent_bind_fault(reader->ctx, ent_yaml_get(node, "parameter"), NULL,
                             "%s shapes what is laid out once for all worlds, so that a draw of it has no "
                             "effect: vary it by a study (docs/studies.md)",
                             entry->name);
    }
    if (entry->scope == ENT_SCOPE_GLOBAL && sectors != NULL) {
        (void)ent_bind_fault(reader->ctx, sectors, NULL,
                             "%s has one value for the whole run, not one by sector", entry->name);
    } else {
        (void)ent_config_bind_sectors(reader, sectors, draw->sectors);
    }
    double low = draw->scale ? 0.0 : entry->low, high = draw->scale ? HUGE_VAL : entry->high;
    if (bind_required_distribution(reader, node, "distribution", low, high, &draw->distribution) &&
        draw->scale) {
        check_scaled_range(reader, ent_yaml_get(node, "distribution"), draw);
    }
}

/* ---- the elasticity set, beliefs, dates ---- */

static void read_set_draw(ent_config_reader_t *reader, const ent_yaml_t *node)
{
    const ent_benchmark_t *fine = reader->fine;
    if (node == NULL) {
        return;
    }
    ent_draw_t *draw = next_draw(reader, ENT_DRAW_ELASTICITY_SET);
    const ent_yaml_t *values = ent_yaml_get(node, "values");
    if (draw == NULL || !ent_bind_is_map(reader->ctx, node)) {
        return;
    }
    draw->name = ent_strdup(reader->ctx, "elasticity_set");
    ent_bind_known_keys(reader->ctx, node, set_keys, ENT_COUNT(set_keys));
    if (values == NULL) {
        (void)ent_bind_missing(reader->ctx, node, "values", "the elasticity sets to draw from");
    }
    if (!ent_bind_is_list(reader->ctx, values, 1000)) {
        return;
    }
    if (values->n_children == 0) {
        (void)ent_bind_fault(reader->ctx, values, NULL, "at least one elasticity set");
        return;
    }
    ent_distribution_t *d = &draw->distribution;
    d->kind = ENT_DIST_DISCRETE;
    d->n = (int)values->n_children;
    d->values = ent_calloc(reader->ctx, values->n_children, sizeof(double));
    d->weights = ent_calloc(reader->ctx, values->n_children, sizeof(double));
    if (d->values == NULL || d->weights == NULL) {
        return;
    }
    for (int i = 0; i < d->n; i++) {
        int set = 0;
        if (fine->n_elasticity_set > 0 &&
            ent_bind_choice(reader->ctx, values->children[i], "elasticity set of the benchmark",
                            (const char *const *)fine->elasticity_set, (size_t)fine->n_elasticity_set,
                            &set)) {
            d->values[i] = set;
        }
    }
    (void)ent_config_bind_weights(reader, ent_yaml_get(node, "weights"), d->n, d->weights);
}

static void read_belief_draw(ent_config_reader_t *reader, const ent_yaml_t *node)
{
    if (node == NULL) {
        return;
    }
    if (reader->config->n_signals == 0) {
        (void)ent_bind_fault(reader->ctx, node, NULL,
                             "without signals there is no belief to shift: give `beliefs`");
        return;
    }
    ent_draw_t *draw = next_draw(reader, ENT_DRAW_BELIEF);
    if (draw != NULL) {
        draw->name = ent_strdup(reader->ctx, "belief");
        (void)ent_config_bind_distribution(reader, node, -largest_logit, largest_logit, &draw->distribution);
    }
}

static int find_measure(ent_config_reader_t *reader, const ent_yaml_t *node)
{
    const ent_config_t *config = reader->config;
    const char *names[ENT_CONFIG_MAX_MEASURES];
    const char *id = NULL;
    if (!ent_bind_text(reader->ctx, node, &id)) {
        return -1;
    }
    for (int m = 0; m < config->n_measures; m++) {
        names[m] = config->measures[m].id;
        if (names[m] != NULL && strcmp(names[m], id) == 0) {
            return m;
        }
    }
    (void)ent_bind_fault(reader->ctx, node, ent_nearest(id, names, (size_t)config->n_measures),
                         "no such measure");
    return -1;
}

static void read_date_draw(ent_config_reader_t *reader, const ent_yaml_t *node)
{
    ent_draw_t *draw = next_draw(reader, ENT_DRAW_MEASURE_DATE);
    if (draw == NULL || !ent_bind_is_map(reader->ctx, node)) {
        return;
    }
    ent_bind_known_keys(reader->ctx, node, date_keys, ENT_COUNT(date_keys));
    if (ent_yaml_get(node, "measure") == NULL) {
        (void)ent_bind_missing(reader->ctx, node, "measure", "the id of the measure whose date is uncertain");
    }
    draw->measure = find_measure(reader, ent_yaml_get(node, "measure"));
    char *otherwise = draw->measure >= 0
                          ? ent_format(reader->ctx, "date_%.50s", reader->config->measures[draw->measure].id)
                          : NULL;
    draw->name = bind_draw_name(reader, node, otherwise != NULL ? otherwise : "");
    free(otherwise);
    if (draw->measure >= 0) {
        check_name(reader, node, draw->name);
    }
    (void)bind_required_distribution(reader, node, "distribution", -largest_shift_days, largest_shift_days,
                                     &draw->distribution);
}

/* ---- shocks and paths ---- */

/* Regions and sectors a shock or path acts on; an exchange rate acts on whole economies. */
static void bind_sectors_of(ent_config_reader_t *reader, const ent_yaml_t *node, ent_shock_kind_t kind,
                            unsigned char *flags)
{
    const ent_yaml_t *sectors = ent_yaml_get(node, "sectors");
    if (kind == ENT_SHOCK_EXCHANGE_RATE && sectors != NULL) {
        (void)ent_bind_fault(reader->ctx, sectors, NULL, "an exchange rate acts on all sectors of a region");
        sectors = NULL;
    }
    (void)ent_config_bind_sectors(reader, sectors, flags);
}

static int bind_shock_kind(ent_config_reader_t *reader, const ent_yaml_t *node, ent_shock_kind_t *kind)
{
    int choice = 0;
    if (ent_yaml_get(node, "kind") == NULL) {
        (void)ent_bind_missing(reader->ctx, node, "kind", "demand, exchange_rate or cost");
    }
    int sound = ent_bind_choice(reader->ctx, ent_yaml_get(node, "kind"), "kind", shock_kinds,
                                ENT_COUNT(shock_kinds), &choice);
    *kind = (ent_shock_kind_t)choice;
    return sound;
}

static void read_shock(ent_config_reader_t *reader, const ent_yaml_t *node, ent_shock_t *shock)
{
    const ent_config_t *config = reader->config;
    const ent_yaml_t *from = ent_yaml_get(node, "from"), *until = ent_yaml_get(node, "until");
    shock->begin =
        config->calendar.steps_per_year > 0 ? ent_step_begin(&config->calendar, -config->n_burn_in) : 0;
    shock->end = ENT_DAY_NEVER;
    shock->regions = ent_calloc(reader->ctx, (size_t)config->n_region, 1);
    shock->sectors = ent_calloc(reader->ctx, (size_t)config->n_sector, 1);
    if (shock->regions == NULL || shock->sectors == NULL || !ent_bind_is_map(reader->ctx, node)) {
        return;
    }
    ent_bind_known_keys(reader->ctx, node, shock_keys, ENT_COUNT(shock_keys));
    shock->name = bind_draw_name(reader, node, NULL);
    check_name(reader, node, shock->name);
    (void)bind_shock_kind(reader, node, &shock->kind);
    (void)ent_config_bind_regions(reader, ent_yaml_get(node, "regions"), shock->regions);
    bind_sectors_of(reader, node, shock->kind, shock->sectors);
    int dated = ent_bind_day(reader->ctx, from, &shock->begin);
    if (ent_bind_day(reader->ctx, until, &shock->end) && (dated || from == NULL) &&
        shock->end <= shock->begin) {
        (void)ent_bind_fault(reader->ctx, until, NULL, "a shock ends after it begins");
    }
    (void)bind_required_distribution(reader, node, "log_change", -largest_log_change, largest_log_change,
                                     &shock->log_change);
}

static void read_shocks(ent_config_reader_t *reader, const ent_yaml_t *node)
{
    ent_config_t *config = reader->config;
    if (!ent_bind_is_list(reader->ctx, node, ENT_CONFIG_MAX_DRAWS)) {
        return;
    }
    config->shocks = ent_calloc(reader->ctx, node->n_children, sizeof *config->shocks);
    for (size_t i = 0; config->shocks != NULL && i < node->n_children; i++) {
        read_shock(reader, node->children[i], &config->shocks[config->n_shocks++]);
    }
}

/* Every item of a list of draws. */
static void read_each(ent_config_reader_t *reader, const ent_yaml_t *node,
                      void (*read)(ent_config_reader_t *, const ent_yaml_t *))
{
    if (!ent_bind_is_list(reader->ctx, node, ENT_CONFIG_MAX_DRAWS / 2 - 2)) {
        return;
    }
    for (size_t i = 0; i < node->n_children; i++) {
        read(reader, node->children[i]);
    }
}

/* A measure whose day comes by a hazard: every world draws how many days after the earliest. */
static void add_hazard_draw(ent_config_reader_t *reader, int m)
{
    const ent_config_t *config = reader->config;
    const ent_measure_t *measure = &config->measures[m];
    for (int i = 0; i < config->n_draws; i++) {
        if (config->draws[i].kind == ENT_DRAW_MEASURE_DATE && config->draws[i].measure == m) {
            (void)ent_fault(reader->ctx, ENT_ERR_CONFIG, config->path, measure->line, 0, measure->id, NULL,
                            NULL, "its day comes by a hazard already: no draw of it under uncertainty.dates");
            return;
        }
    }
    ent_draw_t *draw = next_draw(reader, ENT_DRAW_MEASURE_DATE);
    if (draw != NULL) {
        draw->measure = m;
        draw->name = ent_format(reader->ctx, "date_%.50s", measure->id);
        draw->distribution = (ent_distribution_t){.kind = ENT_DIST_EXPONENTIAL,
                                                  .a = 365.25 / measure->hazard,
                                                  .d = measure->latest == ENT_DAY_NEVER
                                                           ? largest_shift_days
                                                           : (double)(measure->latest - measure->effective)};
    }
}

void ent_config_add_hazard_draws(ent_config_reader_t *reader)
{
    for (int m = 0; m < reader->config->n_measures; m++) {
        if (reader->config->measures[m].hazard > 0.0) {
            add_hazard_draw(reader, m);
        }
    }
}

void ent_config_read_uncertainty(ent_config_reader_t *reader)
{
    const ent_yaml_t *node = ent_yaml_get(reader->root, "uncertainty");
    if (!ent_bind_is_map(reader->ctx, node)) {
        return;
    }
    ent_bind_known_keys(reader->ctx, node, uncertainty_keys, ENT_COUNT(uncertainty_keys));
    read_set_draw(reader, ent_yaml_get(node, "elasticity_set"));
    read_belief_draw(reader, ent_yaml_get(node, "beliefs"));
    read_each(reader, ent_yaml_get(node, "parameters"), read_parameter_draw);
    read_each(reader, ent_yaml_get(node, "dates"), read_date_draw);
    read_shocks(reader, ent_yaml_get(node, "shocks"));
}

static void read_points(ent_config_reader_t *reader, const ent_yaml_t *node, ent_path_t *path)
{
    if (node == NULL || !ent_bind_is_list(reader->ctx, node, ENT_CONFIG_MAX_POINTS)) {
        return;
    }
    if (node->n_children == 0) {
        (void)ent_bind_fault(reader->ctx, node, NULL, "at least one point");
    }
    path->day = ent_calloc(reader->ctx, node->n_children, sizeof *path->day);
    path->log_change = ent_calloc(reader->ctx, node->n_children, sizeof *path->log_change);
    for (size_t i = 0; path->day != NULL && path->log_change != NULL && i < node->n_children; i++) {
        const ent_yaml_t *point = node->children[i];
        const ent_yaml_t *date = ent_yaml_get(point, "date"), *change = ent_yaml_get(point, "log_change");
        if (!ent_bind_is_map(reader->ctx, point)) {
            continue;
        }
        ent_bind_known_keys(reader->ctx, point, point_keys, ENT_COUNT(point_keys));
        if (date == NULL || change == NULL) {
            (void)ent_bind_missing(reader->ctx, point, date == NULL ? "date" : "log_change",
                                   "a point is {date: YYYY-MM-DD, log_change: number}");
        }
        int n = path->n_points;
        if ((ent_bind_day(reader->ctx, date, &path->day[n]) &
             ent_bind_number(reader->ctx, change, -largest_log_change, largest_log_change,
                             &path->log_change[n])) == 0) {
            continue;
        }
        if (n > 0 && path->day[n] <= path->day[n - 1]) {
            (void)ent_bind_fault(reader->ctx, date, NULL, "points come in the order of their dates");
        }
        path->n_points++;
    }
}

static void read_path(ent_config_reader_t *reader, const ent_yaml_t *node, ent_path_t *path)
{
    path->sectors = ent_calloc(reader->ctx, (size_t)reader->config->n_sector, 1);
    if (path->sectors == NULL || !ent_bind_is_map(reader->ctx, node)) {
        return;
    }
    ent_bind_known_keys(reader->ctx, node, path_keys, ENT_COUNT(path_keys));
    (void)bind_shock_kind(reader, node, &path->kind);
    if (ent_yaml_get(node, "region") == NULL) {
        (void)ent_bind_missing(reader->ctx, node, "region", "the region whose path it is");
    }
    (void)ent_config_bind_region(reader, ent_yaml_get(node, "region"), &path->region);
    bind_sectors_of(reader, node, path->kind, path->sectors);
    if (ent_yaml_get(node, "points") == NULL) {
        (void)ent_bind_missing(reader->ctx, node, "points", "the dated log changes");
    }
    read_points(reader, ent_yaml_get(node, "points"), path);
}

/* The paths of the run (regime -1) or of one regime. */
static void read_path_list(ent_config_reader_t *reader, const ent_yaml_t *node, int regime)
{
    ent_config_t *config = reader->config;
    if (!ent_bind_is_list(reader->ctx, node, ENT_CONFIG_MAX_DRAWS)) {
        return;
    }
    const size_t n = (size_t)config->n_paths + node->n_children;
    ent_path_t *paths = ent_calloc(reader->ctx, n, sizeof *paths);
    if (paths == NULL) {
        return;
    }
    if (config->n_paths > 0) {
        memcpy(paths, config->paths, (size_t)config->n_paths * sizeof *paths);
    }
    free(config->paths);
    config->paths = paths;
    for (size_t i = 0; i < node->n_children; i++) {
        paths[config->n_paths].regimes = regime < 0 ? NULL : ent_config_regime_flags(reader, regime);
        read_path(reader, node->children[i], &paths[config->n_paths++]);
    }
}

void ent_config_read_paths(ent_config_reader_t *reader)
{
    const ent_yaml_t *regimes = ent_yaml_get(reader->root, "regimes");
    read_path_list(reader, ent_yaml_get(reader->root, "paths"), -1);
    for (size_t g = 0; regimes != NULL && g < regimes->n_children && (int)g < reader->config->n_regimes;
         g++) {
        read_path_list(reader, ent_yaml_get(regimes->children[g], "paths"), (int)g);
    }
}
