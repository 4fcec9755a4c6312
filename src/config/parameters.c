/* Parameter values: the table's defaults, then the calibration file (by the benchmark's own sectors, so that
 * it serves any aggregation), then an elasticity set, then the config's own. */
#include "config/internal.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const calibration_keys[] = {"name", "title", "parameters", "sector_parameters", "reasons"};

/* Where values go: the global struct and an array of sector structs. */
typedef struct {
    ent_global_parameters_t *global;
    ent_sector_parameters_t *sector;
    int n_sector;
    unsigned char *given; /* [ent_parameter_table] set to 1 where a value is given; NULL: not asked */
} target_t;

static void mark_given(const target_t *target, const ent_parameter_t *entry)
{
    size_t n;
    if (target->given != NULL) {
        target->given[entry - ent_parameter_table(&n)] = 1;
    }
}

static const char *nearest_parameter(const char *name)
{
    size_t n;
    const ent_parameter_t *table = ent_parameter_table(&n);
    const char *names[256];
    size_t n_names = n < ENT_COUNT(names) ? n : ENT_COUNT(names);
    for (size_t i = 0; i < n_names; i++) {
        names[i] = table[i].name;
    }
    return ent_nearest(name, names, n_names);
}

static const ent_parameter_t *parameter_of_key(ent_config_reader_t *reader, const ent_yaml_t *node)
{
    const ent_parameter_t *entry = ent_parameter_find(node->key);
    if (entry == NULL) {
        (void)ent_bind_fault(reader->ctx, node, nearest_parameter(node->key), "no such parameter");
    }
    return entry;
}

/* A value within the table's bounds; the rule of a fault names them with the unit. */
static int bind_value(ent_config_reader_t *reader, const ent_parameter_t *entry, const ent_yaml_t *node,
                      double *value)
{
    double number;
    if (!ent_bind_number(reader->ctx, node, -HUGE_VAL, HUGE_VAL, &number)) {
        return 0;
    }
    if (number < entry->low || number > entry->high) {
        (void)ent_bind_fault(reader->ctx, node, NULL, "%s is between %g and %g [%s]", entry->name, entry->low,
                             entry->high, entry->unit);
        return 0;
    }
    if (entry->integer && number != floor(number)) {
        (void)ent_bind_fault(reader->ctx, node, NULL, "%s is a whole number", entry->name);
        return 0;
    }
    if (strcmp(entry->name, "choke") == 0 && number > 0.0 && number <= 1.0) {
        (void)ent_bind_fault(
            reader->ctx, node, NULL,
            "choke is 0 (none) or above 1: at the benchmark landed cost is 1, and all order");
        return 0;
    }
    if (strcmp(entry->name, "niche_elasticity") == 0 && number > 0.0 && number <= 1.0) {
        (void)ent_bind_fault(reader->ctx, node, NULL,
                             "niche_elasticity is 0 (1 + trade_elasticity) or above 1: firms of a niche are "
                             "closer substitutes than niches");
        return 0;
    }
    *value = number;
    return 1;
}

/* A map of parameter names to values, for all sectors. */
static void read_common(ent_config_reader_t *reader, const ent_yaml_t *node, const target_t *target)
{
    if (!ent_bind_is_map(reader->ctx, node)) {
        return;
    }
    for (size_t i = 0; i < node->n_children; i++) {
        double value;
        const ent_parameter_t *entry = parameter_of_key(reader, node->children[i]);
        if (entry == NULL || !bind_value(reader, entry, node->children[i], &value)) {
            continue;
        }
        mark_given(target, entry);
        if (entry->scope == ENT_SCOPE_GLOBAL) {
            ent_parameter_set(entry, target->global, value);
            continue;
        }
        for (int s = 0; s < target->n_sector; s++) {
            ent_parameter_set(entry, &target->sector[s], value);
        }
    }
}

/* The values of one sector, or (first, last) = all of them. */
static void read_sector(ent_config_reader_t *reader, const ent_yaml_t *node, const target_t *target,
                        int first, int last)
{
    if (!ent_bind_is_map(reader->ctx, node)) {
        return;
    }
    for (size_t i = 0; i < node->n_children; i++) {
        double value;
        const ent_yaml_t *child = node->children[i];
        const ent_parameter_t *entry = parameter_of_key(reader, child);
        if (entry == NULL || !bind_value(reader, entry, child, &value)) {
            continue;
        }
        if (entry->scope == ENT_SCOPE_GLOBAL) {
            (void)ent_bind_fault(reader->ctx, child, NULL,
                                 "%s has one value for the whole run: put it under `parameters`",
                                 entry->name);
            continue;
        }
        mark_given(target, entry);
        for (int s = first; s <= last; s++) {
            ent_parameter_set(entry, &target->sector[s], value);
        }
    }
}

/* A map of sector names (or `default`, taken first) to maps of values. */
static void read_by_sector(ent_config_reader_t *reader, const ent_yaml_t *node, const target_t *target,
                           char *const *names, const char *what)
{
    if (!ent_bind_is_map(reader->ctx, node)) {
        return;
    }
    read_sector(reader, ent_yaml_get(node, "default"), target, 0, target->n_sector - 1);
    for (size_t i = 0; i < node->n_children; i++) {
        const ent_yaml_t *child = node->children[i];
        int sector = -1;
        for (int s = 0; s < target->n_sector && sector < 0; s++) {
            sector = strcmp(names[s], child->key) == 0 ? s : -1;
        }
        if (sector >= 0) {
            read_sector(reader, child, target, sector, sector);
        } else if (strcmp(child->key, "default") != 0 && target->n_sector > 0) {
            (void)ent_bind_fault(
                reader->ctx, child,
                ent_nearest(child->key, (const char *const *)names, (size_t)target->n_sector),
                "no such sector in %s", what);
        }
    }
}

/* ---- the calibration file ---- */

ent_yaml_t *ent_config_open_calibration(ent_config_reader_t *reader)
{
    const ent_yaml_t *node = ent_yaml_get(reader->root, "calibration");
    const char *name = NULL;
    char *tried = NULL;
    ent_yaml_t *calibration = NULL;
    if (!ent_bind_text(reader->ctx, node, &name)) {
        return NULL;
    }
    const ent_config_source_t *source = reader->source;
    if (source != NULL && source->calibration_name != NULL && strcmp(source->calibration_name, name) == 0) {
        reader->config->calibration = ent_strdup(reader->ctx, name);
        return source->calibration;
    }
    char *path = ent_locate_calibration(name, reader->config->path, &tried, reader->ctx);
    if (path == NULL) {
        char key[ENT_YAML_MAX_PATH];
        ent_yaml_path(node, key);
        (void)ent_fault(reader->ctx, ENT_ERR_NO_INPUT, node->file, node->line, node->column, key, name, NULL,
                        "no such calibration file; looked for %s", tried != NULL ? tried : name);
    } else if (ent_yaml_read(&calibration, path, reader->ctx) == ENT_OK) {
        reader->config->calibration = ent_strdup(reader->ctx, name);
    }
    free(path);
    free(tried);
    return calibration;
}

static void read_reasons(ent_config_reader_t *reader, const ent_yaml_t *node)
{
    if (!ent_bind_is_map(reader->ctx, node)) {
        return;
    }
    for (size_t i = 0; i < node->n_children; i++) {
        const char *text = NULL;
        (void)parameter_of_key(reader, node->children[i]);
        (void)ent_bind_text(reader->ctx, node->children[i], &text);
    }
}

/* Mean of a parameter over the benchmark's sectors of group g with world absorption as weights; NaN for a
 * group without members. */
static double group_mean(const ent_config_t *config, int g, const ent_parameter_t *parameter,
                         const ent_sector_parameters_t *fine, const double *absorption)
{
    double sum = 0.0, weight = 0.0;
    for (int s = 0; s < config->n_fine_sector; s++) {
        if (config->sector_map[s] == g) {
            sum += absorption[s] * ent_parameter_get(parameter, &fine[s]);
            weight += absorption[s];
        }
    }
    return weight > 0.0 ? fmin(fmax(sum / weight, parameter->low), parameter->high) : NAN;
}

/* From the benchmark's sectors to the run's; whole-number values are rounded, so a flag goes with the
 * majority. */
static void aggregate(ent_config_reader_t *reader, const ent_sector_parameters_t *fine)
{
    ent_config_t *config = reader->config;
    size_t n;
    const ent_parameter_t *table = ent_parameter_table(&n);
    double *own = NULL;
    const double *absorption = reader->source != NULL && reader->fine->borrowed
                                   ? reader->source->absorption
                                   : (own = ent_world_absorption(reader->fine, reader->ctx));
    for (size_t p = 0; absorption != NULL && p < n; p++) {
        for (int g = 0; table[p].scope == ENT_SCOPE_SECTOR && g < config->n_sector; g++) {
            const double mean = group_mean(config, g, &table[p], fine, absorption);
            if (!isnan(mean)) {
                ent_parameter_set(&table[p], &config->sector_parameters[g],
                                  table[p].integer ? floor(mean + 0.5) : mean);
            }
        }
    }
    free(own);
}

static void read_calibration(ent_config_reader_t *reader, const ent_yaml_t *calibration)
{
    const int n = reader->fine->n_sector;
    ent_sector_parameters_t *fine = ent_calloc(reader->ctx, (size_t)n, sizeof *fine);
    if (fine == NULL) {
        return;
    }
    for (int s = 0; s < n; s++) {
        ent_sector_parameters_default(&fine[s]);
    }
    const target_t target = {&reader->config->global, fine, n, NULL};
    ent_bind_known_keys(reader->ctx, calibration, calibration_keys, ENT_COUNT(calibration_keys));
    read_common(reader, ent_yaml_get(calibration, "parameters"), &target);
    read_by_sector(reader, ent_yaml_get(calibration, "sector_parameters"), &target, reader->fine->sector,
                   "the benchmark");
    read_reasons(reader, ent_yaml_get(calibration, "reasons"));
    aggregate(reader, fine);
    free(fine);
}

/* ---- the elasticity set ---- */

static void read_elasticity_set(ent_config_reader_t *reader)
{
    const ent_benchmark_t *fine = reader->fine, *coarse = reader->coarse;
    const ent_yaml_t *node = ent_yaml_get(reader->root, "elasticity_set");
    const ent_parameter_t *theta = ent_parameter_find("trade_elasticity");
    int set = -1;
    if (node == NULL) {
        return;
    }
    if (fine->n_elasticity_set == 0) {
        const char *text;
        (void)ent_bind_text(reader->ctx, node, &text);
        return;
    }
    if (!ent_bind_choice(reader->ctx, node, "elasticity set of the benchmark",
                         (const char *const *)fine->elasticity_set, (size_t)fine->n_elasticity_set, &set)) {
        return;
    }
    reader->config->elasticity_set = ent_strdup(reader->ctx, fine->elasticity_set[set]);
    for (int s = 0; s < coarse->n_sector; s++) {
        double value = coarse->elasticity[set * coarse->n_sector + s];
        ent_parameter_set(theta, &reader->config->sector_parameters[s],
                          fmin(fmax(value, theta->low), theta->high));
    }
}

void ent_config_read_parameters(ent_config_reader_t *reader, ent_yaml_t *calibration)
{
    ent_config_t *config = reader->config;
    ent_global_parameters_default(&config->global);
    config->sector_parameters =
        ent_calloc(reader->ctx, (size_t)config->n_sector, sizeof *config->sector_parameters);
    size_t n;
    (void)ent_parameter_table(&n);
    config->parameter_given = ent_calloc(reader->ctx, n, 1);
    if (config->sector_parameters == NULL || config->parameter_given == NULL) {
        return;
    }
    for (int s = 0; s < config->n_sector; s++) {
        ent_sector_parameters_default(&config->sector_parameters[s]);
    }
    if (calibration != NULL) {
        read_calibration(reader, calibration);
    }
    read_elasticity_set(reader);
    const target_t target = {&config->global, config->sector_parameters, config->n_sector,
                             config->parameter_given};
    read_common(reader, ent_yaml_get(reader->root, "parameters"), &target);
    read_by_sector(reader, ent_yaml_get(reader->root, "sector_parameters"), &target, config->sector,
                   "this run");
}
