#include "config/source.h"

#include "base/memory.h"
#include "config/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int ent_config_source_open(ent_config_source_t *source, const char *path, ent_context_t *ctx)
{
    *source = (ent_config_source_t){.path = ent_strdup(ctx, path)};
    const int code = source->path == NULL ? ENT_ERR_NO_MEMORY : ent_config_tree(&source->root, path, 0, ctx);
    if (code != 0) {
        ent_config_source_free(source);
    }
    return code;
}

int ent_config_source_parse(ent_config_source_t *source, const char *text, const char *name,
                            ent_context_t *ctx)
{
    *source = (ent_config_source_t){.path = ent_strdup(ctx, name)};
    const int code = source->path == NULL ? ENT_ERR_NO_MEMORY
                                          : ent_yaml_parse(&source->root, text, strlen(text), name, ctx);
    if (code != 0) {
        ent_config_source_free(source);
    }
    return code;
}

void ent_config_source_free(ent_config_source_t *source)
{
    ent_yaml_free(source->root);
    ent_yaml_free(source->calibration);
    ent_benchmark_free(&source->benchmark);
    ent_benchmark_free(&source->coarse);
    free(source->path);
    free(source->calibration_name);
    free(source->benchmark_name);
    free(source->benchmark_path);
    free(source->region_map);
    free(source->sector_map);
    free(source->absorption);
    *source = (ent_config_source_t){0};
}

/* ---- what is kept ---- */

static int same_names(char *const *a, char *const *b, int n)
{
    for (int i = 0; i < n; i++) {
        if (strcmp(a[i], b[i]) != 0) {
            return 0;
        }
    }
    return 1;
}

int ent_config_source_has_coarse(const ent_config_source_t *source, const ent_config_t *config)
{
    const ent_benchmark_t *coarse = &source->coarse;
    return coarse->n_region > 0 && coarse->n_region == config->n_region &&
           coarse->n_sector == config->n_sector && config->n_fine_region == source->benchmark.n_region &&
           config->n_fine_sector == source->benchmark.n_sector &&
           memcmp(source->region_map, config->region_map, (size_t)config->n_fine_region * sizeof(int)) == 0 &&
           memcmp(source->sector_map, config->sector_map, (size_t)config->n_fine_sector * sizeof(int)) == 0 &&
           same_names(coarse->region, config->region, config->n_region) &&
           same_names(coarse->sector, config->sector, config->n_sector);
}

static int *copy_of(const int *from, int n, ent_context_t *ctx)
{
    int *copy = ent_calloc(ctx, (size_t)n, sizeof *copy);
    if (copy != NULL) {
        memcpy(copy, from, (size_t)n * sizeof *copy);
    }
    return copy;
}

double *ent_world_absorption(const ent_benchmark_t *fine, ent_context_t *ctx)
{
    double *absorption = ent_calloc(ctx, (size_t)fine->n_sector, sizeof *absorption);
    for (int s = 0; absorption != NULL && s < fine->n_sector; s++) {
        for (int d = 0; d < fine->n_region; d++) {
            absorption[s] += ent_benchmark_expenditure(fine, d, s);
        }
        absorption[s] = fmax(absorption[s], 1e-9);
    }
    return absorption;
}

/* Everything of the benchmark or, when memory is short, nothing: it is read again then. */
static void keep_benchmark(ent_config_source_t *source, const ent_config_t *config, ent_benchmark_t *fine,
                           ent_benchmark_t *coarse)
{
    const ent_yaml_t *name = ent_yaml_get(source->root, "benchmark");
    ent_context_t own;
    if (source->benchmark_path != NULL || name == NULL || name->text == NULL || fine->borrowed) {
        return;
    }
    ent_context_init(&own);
    char *benchmark_name = ent_strdup(&own, name->text), *path = ent_strdup(&own, config->benchmark_path);
    int *region_map = copy_of(config->region_map, config->n_fine_region, &own);
    int *sector_map = copy_of(config->sector_map, config->n_fine_sector, &own);
    double *absorption = ent_world_absorption(fine, &own);
    if (own.code == 0) {
        source->benchmark_name = benchmark_name;
        source->benchmark_path = path;
        source->region_map = region_map;
        source->sector_map = sector_map;
        source->absorption = absorption;
        source->benchmark = *fine;
        source->coarse = *coarse;
        fine->borrowed = coarse->borrowed = 1;
    } else {
        free(benchmark_name);
        free(path);
        free(region_map);
        free(sector_map);
        free(absorption);
    }
    ent_context_free(&own);
}

void ent_config_source_keep(ent_config_source_t *source, const ent_config_t *config, ent_benchmark_t *fine,
                            ent_benchmark_t *coarse, ent_yaml_t **calibration)
{
    keep_benchmark(source, config, fine, coarse);
    if (source->calibration == NULL && *calibration != NULL && config->calibration != NULL) {
        source->calibration_name = strdup(config->calibration);
        source->calibration = source->calibration_name != NULL ? *calibration : NULL;
    }
}

/* ---- settings ---- */

/* Keys at the top of a config that hold parameters or say how often it is played. */
static int is_of_parameters(const char *key)
{
    static const char *const top[] = {"parameters", "sector_parameters", "elasticity_set", "replications",
                                      "repeats"};
    const size_t length = strcspn(key, ".[");
    for (size_t i = 0; i < ENT_COUNT(top); i++) {
        if (strlen(top[i]) == length && strncmp(top[i], key, length) == 0) {
            return 1;
        }
    }
    return 0;
}

/* measures... and regimes.NAME.measures... */
static int is_of_measures(const char *key)
{
    static const char word[] = "measures", regimes[] = "regimes.";
    if (strncmp(key, regimes, strlen(regimes)) == 0) {
        key += strlen(regimes);
        key += strcspn(key, ".");
        key += *key == '.';
    }
    return strcspn(key, ".[") == strlen(word) && strncmp(key, word, strlen(word)) == 0;
}

/* The next setting from i on that is of something more than `difference` allows; n when there is none. */
static int next_other(int n, const ent_setting_t *settings, int i, ent_difference_t difference)
{
    while (i < n && (is_of_parameters(settings[i].key) ||
                     (difference == ENT_DIFFER_IN_MEASURES && is_of_measures(settings[i].key)))) {
        i++;
    }
    return i;
}

static int are_same(int n_a, const ent_setting_t *a, int n_b, const ent_setting_t *b, ent_difference_t but)
{
    int i = next_other(n_a, a, 0, but), j = next_other(n_b, b, 0, but);
    while (i < n_a && j < n_b && strcmp(a[i].key, b[j].key) == 0 && strcmp(a[i].value, b[j].value) == 0) {
        i = next_other(n_a, a, i + 1, but);
        j = next_other(n_b, b, j + 1, but);
    }
    return i == n_a && j == n_b;
}

ent_difference_t ent_settings_differ(int n_a, const ent_setting_t *a, int n_b, const ent_setting_t *b)
{
    return are_same(n_a, a, n_b, b, ENT_DIFFER_IN_PARAMETERS) ? ENT_DIFFER_IN_PARAMETERS
           : are_same(n_a, a, n_b, b, ENT_DIFFER_IN_MEASURES) ? ENT_DIFFER_IN_MEASURES
                                                              : ENT_DIFFER_IN_MORE;
}
