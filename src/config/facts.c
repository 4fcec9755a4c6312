/* Facts of economies that no benchmark holds: who is at work where, how long exporters go on. */
#include "base/memory.h"
#include "config/internal.h"
#include "io/csv_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char workers_file[] = "facts/workers.csv";
static const double most_workers = 1e7; /* thousand: more than live */

enum { ECONOMY, YEAR, WORKERS };
static const ent_csv_column_t columns[] = {
    {"economy", 1}, {"year", 1}, {"workers_thousand", 1}, {"source", 0}, {NULL, 0}};

static int take_economy(void *data, const ent_csv_named_t *row)
{
    ent_benchmark_t *fine = data;
    double year, workers;
    int code = ent_csv_number(row, YEAR, 1900.0, 2100.0, NAN, "a year", &year);
    if (code == ENT_OK) {
        code =
            ent_csv_number(row, WORKERS, 0.0, most_workers, NAN, "thousand people, not negative", &workers);
    }
    for (int r = 0; code == ENT_OK && r < fine->n_region; r++) {
        if (strcmp(fine->region[r], row->cell[ECONOMY]) == 0) {
            fine->workers[r] = workers;
        }
    }
    return code;
}

void ent_config_read_workers(ent_config_reader_t *reader, ent_benchmark_t *fine)
{
    char *tried = NULL, *path = ent_locate_data(workers_file, reader->config->path, &tried, reader->ctx);
    free(tried);
    if (path == NULL || fine->n_region == 0) {
        free(path);
        return;
    }
    fine->workers = ent_calloc(reader->ctx, (size_t)fine->n_region, sizeof *fine->workers);
    for (int r = 0; fine->workers != NULL && r < fine->n_region; r++) {
        fine->workers[r] = NAN;
    }
    if (fine->workers != NULL) {
        const ent_csv_source_t source = {.path = path};
        (void)ent_csv_read_named(&source, columns, take_economy, fine, reader->ctx);
    }
    free(path);
}

/* ---- exporters ---- */

static const char exporters_file[] = "facts/exporters.csv";
static const char *const survival_keys[2] = {"survival_one_year", "survival_five_years"};

enum { SURVIVAL = 2, SIZE_LAW = 4 };
static const ent_csv_column_t exporter_columns[] = {
    {"economy", 1}, {"year", 1}, {"survival_one_year", 1}, {"survival_five_years", 1}, {"size_law", 0},
    {"source", 0},  {NULL, 0}};

typedef struct {
    const char *economy;
    double survival[2]; /* NaN: not known */
    int sizes_known;    /* the size law of the calibration is this economy's */
} exporter_facts_t;

static int take_exporters(void *data, const ent_csv_named_t *row)
{
    exporter_facts_t *facts = data;
    double value[2] = {NAN, NAN}, year;
    int code = ent_csv_number(row, YEAR, 1900.0, 2100.0, NAN, "a year", &year);
    for (int i = 0; code == ENT_OK && i < 2; i++) {
        const ent_parameter_t *entry = ent_parameter_find(survival_keys[i]);
        code = ent_csv_number(row, SURVIVAL + i, entry->low, entry->high, NAN, "a share of new exporters",
                              &value[i]);
    }
    if (code == ENT_OK && strcmp(row->cell[ECONOMY], facts->economy) == 0) {
        memcpy(facts->survival, value, sizeof value);
        facts->sizes_known = row->cell[SIZE_LAW] != NULL && row->cell[SIZE_LAW][0] != '\0';
    }
    return code;
}

/* The one economy that home is; NULL: there is none, or more. */
static const char *home_economy(const ent_config_reader_t *reader)
{
    const ent_config_t *config = reader->config;
    const char *economy = NULL;
    int n = 0;
    for (int r = 0; config->home >= 0 && config->region_map != NULL && r < config->n_fine_region; r++) {
        if (config->region_map[r] == config->home) {
            economy = reader->fine->region[r];
            n++;
        }
    }
    return n == 1 ? economy : NULL;
}

static int is_given(const ent_yaml_t *root, const char *key)
{
    return root != NULL && ent_yaml_get(ent_yaml_get(root, "parameters"), key) != NULL;
}

/* Whether the config itself says how large exporters are: the calibration's law is of one economy. */
static int are_sizes_given(const ent_yaml_t *root)
{
    static const char key[] = "size_pareto_shape";
    const ent_yaml_t *sectors = root != NULL ? ent_yaml_get(root, "sector_parameters") : NULL;
    int given = is_given(root, key);
    for (size_t i = 0; sectors != NULL && i < sectors->n_children; i++) {
        given |= ent_yaml_get(sectors->children[i], key) != NULL;
    }
    return given;
}

void ent_config_read_survival(ent_config_reader_t *reader, const ent_yaml_t *calibration)
{
    ent_config_t *config = reader->config;
    exporter_facts_t facts = {home_economy(reader), {NAN, NAN}, 0};
    char *tried = NULL, *path = ent_locate_data(exporters_file, config->path, &tried, reader->ctx);
    free(tried);
    if (path != NULL && facts.economy != NULL) {
        const ent_csv_source_t source = {.path = path};
        (void)ent_csv_read_named(&source, exporter_columns, take_exporters, &facts, reader->ctx);
    }
    free(path);
    for (int i = 0; i < 2; i++) {
        if (is_given(reader->root, survival_keys[i]) || is_given(calibration, survival_keys[i])) {
            continue;
        }
        config->exporters.survival_unknown |= isnan(facts.survival[i]);
        if (!isnan(facts.survival[i])) {
            ent_parameter_set(ent_parameter_find(survival_keys[i]), &config->global, facts.survival[i]);
        }
    }
    config->exporters.sizes_unknown = !facts.sizes_known && !are_sizes_given(reader->root);
}
