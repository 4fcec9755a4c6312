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

static void read_workers(ent_config_reader_t *reader, ent_benchmark_t *fine)
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

enum { N_FACTS = 3, SIZES_KNOWN = 2 };

static int take_exporters(void *data, const ent_csv_named_t *row)
{
    ent_benchmark_t *fine = data;
    double value[N_FACTS] = {NAN, NAN, row->cell[SIZE_LAW] != NULL && row->cell[SIZE_LAW][0] != '\0'}, year;
    int code = ent_csv_number(row, YEAR, 1900.0, 2100.0, NAN, "a year", &year);
    for (int i = 0; code == ENT_OK && i < 2; i++) {
        const ent_parameter_t *entry = ent_parameter_find(survival_keys[i]);
        code = ent_csv_number(row, SURVIVAL + i, entry->low, entry->high, NAN, "a share of new exporters",
                              &value[i]);
    }
    for (int r = 0; code == ENT_OK && r < fine->n_region; r++) {
        if (strcmp(fine->region[r], row->cell[ECONOMY]) == 0) {
            memcpy(fine->exporter_facts + (size_t)r * N_FACTS, value, sizeof value);
        }
    }
    return code;
}

static void read_exporters(ent_config_reader_t *reader, ent_benchmark_t *fine)
{
    char *tried = NULL, *path = ent_locate_data(exporters_file, reader->config->path, &tried, reader->ctx);
    free(tried);
    fine->exporter_facts =
        path != NULL ? ent_calloc(reader->ctx, (size_t)fine->n_region * N_FACTS, sizeof(double)) : NULL;
    for (int i = 0; fine->exporter_facts != NULL && i < fine->n_region * N_FACTS; i++) {
        fine->exporter_facts[i] = i % N_FACTS == SIZES_KNOWN ? 0.0 : NAN;
    }
    if (fine->exporter_facts != NULL) {
        const ent_csv_source_t source = {.path = path};
        (void)ent_csv_read_named(&source, exporter_columns, take_exporters, fine, reader->ctx);
    }
    free(path);
}

void ent_config_read_facts(ent_config_reader_t *reader, ent_benchmark_t *fine)
{
    read_workers(reader, fine);
    read_exporters(reader, fine);
}

/* The one economy that home is; -1: there is none, or more. */
static int home_economy(const ent_config_reader_t *reader)
{
    const ent_config_t *config = reader->config;
    int economy = -1, n = 0;
    for (int r = 0; config->home >= 0 && config->region_map != NULL && r < config->n_fine_region; r++) {
        if (config->region_map[r] == config->home) {
            economy = r;
            n++;
        }
    }
    return n == 1 ? economy : -1;
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
    static const double nothing[N_FACTS] = {NAN, NAN, 0.0};
    const int economy = home_economy(reader);
    const double *facts = economy >= 0 && reader->fine->exporter_facts != NULL
                              ? reader->fine->exporter_facts + (size_t)economy * N_FACTS
                              : nothing;
    for (int i = 0; i < 2; i++) {
        if (is_given(reader->root, survival_keys[i]) || is_given(calibration, survival_keys[i])) {
            continue;
        }
        config->exporters.survival_unknown |= isnan(facts[i]);
        if (!isnan(facts[i])) {
            ent_parameter_set(ent_parameter_find(survival_keys[i]), &config->global, facts[i]);
        }
    }
    config->exporters.sizes_unknown = facts[SIZES_KNOWN] == 0.0 && !are_sizes_given(reader->root);
}
