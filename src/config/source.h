/* A config file of which many configs are made by settings: its text, its calibration and its benchmark are
 * read once, and every further config costs the binding of its tree. */
#ifndef ENTREPOT_CONFIG_SOURCE_H
#define ENTREPOT_CONFIG_SOURCE_H

#include "config/yaml.h"

#include <entrepot/config.h>

typedef struct {
    char *path;
    ent_yaml_t *root; /* as the file has it */
    /* kept of the first config that was sound; others that name the same take it from here */
    char *calibration_name, *benchmark_name, *benchmark_path;
    ent_yaml_t *calibration;
    ent_benchmark_t benchmark;
    ent_benchmark_t coarse; /* the same for the regions and sectors of that config */
    int *region_map, *sector_map;
    double *absorption; /* [benchmark.n_sector] what the world spends on each, million USD a year */
} ent_config_source_t;

/* Read the file. Errors: those of ent_config_read about the file itself. Free with ent_config_source_free,
 * safe after failure. */
int ent_config_source_open(ent_config_source_t *source, const char *path, ent_context_t *ctx);
/* The same of a text in memory, as ent_config_parse takes it. */
int ent_config_source_parse(ent_config_source_t *source, const char *text, const char *name,
                            ent_context_t *ctx);
void ent_config_source_free(ent_config_source_t *source);

/* What ent_config_read makes of the source's path and these settings, the same to the bit. `fine` may borrow
 * from the source, which must outlive it. Several threads may read from one source: they take turns. */
int ent_config_source_read(ent_config_t *config, ent_benchmark_t *fine, ent_config_source_t *source,
                           int n_settings, const ent_setting_t *settings, ent_context_t *ctx);

/* In what two lists of settings for one source differ at most. */
typedef enum {
    ENT_DIFFER_IN_PARAMETERS, /* `parameters`, `sector_parameters`, `elasticity_set`, numbers of replications
                               */
    ENT_DIFFER_IN_MEASURES,   /* these, and keys of measures */
    ENT_DIFFER_IN_MORE
} ent_difference_t;
ent_difference_t ent_settings_differ(int n_a, const ent_setting_t *a, int n_b, const ent_setting_t *b);

/* Internal to config/: what the world spends on each of the benchmark's sectors [n_sector], owned by the
 * caller; a sector nobody buys still counts when alone. NULL without memory. */
double *ent_world_absorption(const ent_benchmark_t *fine, ent_context_t *ctx);

/* Internal to config/: keep what a sound config was read from, where nothing is kept yet. */
void ent_config_source_keep(ent_config_source_t *source, const ent_config_t *config, ent_benchmark_t *fine,
                            ent_benchmark_t *coarse, ent_yaml_t **calibration);
/* 1 when the aggregate that is kept is that of the config's regions and sectors. */
int ent_config_source_has_coarse(const ent_config_source_t *source, const ent_config_t *config);

#endif
