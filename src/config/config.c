/* The config reader: opens the files, reads the plain settings, calls the parts that read each group of
 * sections, and leaves a config that is either whole and sound or empty with every fault reported. */
#include "base/printable.h"
#include "config/internal.h"

#include "base/hash.h"
#include "base/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TITLE = 500 }; /* bytes; it stands on one line */

static const char *const top_keys[] = {"name",           "title",
                                       "benchmark",      "calibration",
                                       "elasticity_set", "start",
                                       "steps",          "steps_per_year",
                                       "burn_in",        "seed",
                                       "replications",   "repeats",
                                       "slots",          "slot_focus",
                                       "home",           "regions",
                                       "sectors",        "neighbours",
                                       "parameters",     "sector_parameters",
                                       "closure",        "rebate_revenue",
                                       "measures",       "regimes",
                                       "beliefs",        "scenarios",
                                       "uncertainty",    "paths",
                                       "record",         "check",
                                       "purchases",      "investment",
                                       "negotiation",    "decomposition",
                                       "retaliation",    "mechanisms",
                                       "exporters",      "captive",
                                       "plants",         "tariff_jumping",
                                       "theory",         "law",
                                       "groups",         "observed"};
const char *const *ent_config_keys(size_t *n)
{
    *n = ENT_COUNT(top_keys);
    return top_keys;
}

static const char *const record_keys[] = {"flows", "fields"};
static const char *const flow_keys[] = {"origins", "destinations"};

static const double largest_seed = 9007199254740992.0; /* 2^53: what a plain number holds exactly */
enum {
    DEFAULT_REPLICATIONS = 100,
    DEFAULT_REPEATS = 10,
    DEFAULT_SLOTS = 200000,
    MAX_STEPS = 5200, /* a hundred years of weeks */
    MAX_REPLICATIONS = 1000000,
    MAX_SLOTS = 1000000000
};

/* ---- plain settings ---- */

/* The run's name also names files: [a-z0-9-]. */
static void read_name(ent_config_reader_t *reader)
{
    const char *name = NULL, *title = NULL;
    const ent_yaml_t *node = ent_yaml_get(reader->root, "name");
    if (node == NULL) {
        (void)ent_bind_missing(reader->ctx, reader->root, "name",
                               "a short name of the run, such as korea-us-2025");
    }
    if (ent_bind_text(reader->ctx, node, &name)) {
        size_t length = strlen(name);
        if (length == 0 || length > ENT_MAX_NAME ||
            strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != length || name[0] == '-') {
            (void)ent_bind_fault(reader->ctx, node, NULL, "at most %d lower-case letters, digits and '-'",
                                 ENT_MAX_NAME);
        }
    }
    (void)ent_bind_text(reader->ctx, ent_yaml_get(reader->root, "title"), &title);
    reader->config->name = ent_strdup(reader->ctx, name != NULL ? name : "");
    reader->config->title = ent_printable(title != NULL ? title : name != NULL ? name : "", MOST_TITLE);
    if (reader->config->title == NULL) {
        (void)ent_fail(reader->ctx, ENT_ERR_NO_MEMORY, reader->config->path, "no memory for the title");
    }
}

static long integer_or(ent_config_reader_t *reader, const char *key, double low, double high, long otherwise)
{
    long value = otherwise;
    (void)ent_bind_integer(reader->ctx, ent_yaml_get(reader->root, key), low, high, &value);
    return value;
}

static void read_calendar(ent_config_reader_t *reader)
{
    static const long per_year[] = {1, 2, 3, 4, 6, 12, 52};
    ent_config_t *config = reader->config;
    const ent_yaml_t *start_node = ent_yaml_get(reader->root, "start");
    const ent_yaml_t *per_year_node = ent_yaml_get(reader->root, "steps_per_year");
    long steps_per_year = 12;
    int known = 0;
    ent_day_t start = ENT_DAY_NEVER;
    int good =
        per_year_node == NULL || ent_bind_integer(reader->ctx, per_year_node, 1.0, 52.0, &steps_per_year);
    for (size_t i = 0; i < ENT_COUNT(per_year); i++) {
        known |= per_year[i] == steps_per_year;
    }
    if (good && !known) {
        (void)ent_bind_fault(reader->ctx, per_year_node, NULL,
                             "one of 1, 2, 3, 4, 6, 12 (months) or 52 (weeks)");
        good = 0;
    }
    if (start_node == NULL) {
        (void)ent_bind_missing(reader->ctx, reader->root, "start",
                               "the first day of the first recorded step");
    }
    if (ent_yaml_get(reader->root, "steps") == NULL) {
        (void)ent_bind_missing(reader->ctx, reader->root, "steps", "how many steps are recorded");
    }
    config->n_steps = (int)integer_or(reader, "steps", 1.0, MAX_STEPS, 1);
    config->n_burn_in = (int)integer_or(reader, "burn_in", 0.0, MAX_STEPS, steps_per_year);
    if (!ent_bind_day(reader->ctx, start_node, &start) || !good) {
        return;
    }
    if (ent_calendar_init(&config->calendar, (int)steps_per_year, start) != ENT_OK) {
        memset(&config->calendar, 0, sizeof config->calendar);
        (void)ent_bind_fault(reader->ctx, start_node, NULL,
                             "the start is the first day of a step (of a month, when steps_per_year is 12)");
    }
}

static void read_size(ent_config_reader_t *reader)
{
    ent_config_t *config = reader->config;
    double seed = 1.0;
    const ent_yaml_t *seed_node = ent_yaml_get(reader->root, "seed");
    long whole = 1;
    if (ent_bind_integer(reader->ctx, seed_node, 0.0, largest_seed, &whole)) {
        seed = (double)whole;
    }
    config->seed = (uint64_t)seed;
    config->n_worlds = (int)integer_or(reader, "replications", 1.0, MAX_REPLICATIONS, DEFAULT_REPLICATIONS);
    int usual = config->n_worlds < DEFAULT_REPEATS ? config->n_worlds : DEFAULT_REPEATS;
    const ent_yaml_t *repeats = ent_yaml_get(reader->root, "repeats");
    config->n_repeats = (int)integer_or(reader, "repeats", 0.0, MAX_REPLICATIONS, usual);
    if (config->n_repeats > config->n_worlds) {
        /* A smaller --set replications=N keeps the file's repeats usable; the text that goes into results is
         * that of what is played, so that it can be read again. */
        const ent_yaml_t *worlds = ent_yaml_get(reader->root, "replications");
        if (worlds == NULL || worlds->line > 0 || repeats->line == 0) {
            (void)ent_bind_fault(reader->ctx, repeats, NULL, "at most as many as replications (%d)",
                                 config->n_worlds);
        } else {
            char text[16];
            snprintf(text, sizeof text, "%d", config->n_worlds);
            (void)ent_yaml_set(reader->root, "repeats", text, reader->ctx);
        }
        config->n_repeats = config->n_worlds;
    }
    config->n_slots = integer_or(reader, "slots", 1.0, MAX_SLOTS, DEFAULT_SLOTS);
    (void)ent_bind_flag(reader->ctx, ent_yaml_get(reader->root, "check"), &config->checked);
}

/* How expenditure and wages are closed, and what becomes of duty revenue. */
static void read_closure(ent_config_reader_t *reader)
{
    static const char *const closures[] = {"partial", "general"};
    int closure = ENT_CLOSURE_PARTIAL;
    reader->config->rebate_revenue = 1;
    (void)ent_bind_choice(reader->ctx, ent_yaml_get(reader->root, "closure"), "closure", closures,
                          ENT_COUNT(closures), &closure);
    reader->config->closure = (ent_closure_t)closure;
    (void)ent_bind_flag(reader->ctx, ent_yaml_get(reader->root, "rebate_revenue"),
                        &reader->config->rebate_revenue);
}

/* Quantities asked for by name; all where nothing is said. */
static void read_fields(ent_config_reader_t *reader, const ent_yaml_t *node)
{
    const char *names[ENT_N_FIELDS];

    for (int f = 0; f < ENT_N_FIELDS; f++) {
        names[f] = ent_field_table()[f].name;
    }
    if (node == NULL || !ent_bind_is_list(reader->ctx, node, ENT_N_FIELDS)) {
        return;
    }
    memset(reader->config->not_recorded, 1, sizeof reader->config->not_recorded);
    for (size_t i = 0; i < node->n_children; i++) {
        int field = 0;

        if (ent_bind_choice(reader->ctx, node->children[i], "recorded quantity", names, ENT_N_FIELDS,
                            &field)) {
            reader->config->not_recorded[field] = 0;
        }
    }
}

/* Flows recorded one by one: (o, d) with o != d and o in `origins` or d in `destinations`. */
static void read_record(ent_config_reader_t *reader)
{
    ent_config_t *config = reader->config;
    const size_t n = (size_t)config->n_region;
    const ent_yaml_t *record = ent_yaml_get(reader->root, "record"), *flows = ent_yaml_get(record, "flows");
    unsigned char *origin = ent_calloc(reader->ctx, n, 1), *destination = ent_calloc(reader->ctx, n, 1);
    config->flows = ent_calloc(reader->ctx, n * n, sizeof *config->flows);
    if (origin == NULL || destination == NULL || config->flows == NULL) {
        goto out;
    }
    (void)ent_bind_is_map(reader->ctx, record);
    ent_bind_known_keys(reader->ctx, record, record_keys, ENT_COUNT(record_keys));
    read_fields(reader, ent_yaml_get(record, "fields"));
    if (flows == NULL && config->home >= 0 && n > 0) {
        origin[config->home] = 1;
    } else if (ent_bind_is_map(reader->ctx, flows)) {
        const ent_yaml_t *origins = ent_yaml_get(flows, "origins"),
                         *destinations = ent_yaml_get(flows, "destinations");
        ent_bind_known_keys(reader->ctx, flows, flow_keys, ENT_COUNT(flow_keys));
        if (origins != NULL) {
            (void)ent_config_bind_regions(reader, origins, origin);
        }
        if (destinations != NULL) {
            (void)ent_config_bind_regions(reader, destinations, destination);
        }
    }
    for (size_t o = 0; o < n; o++) {
        for (size_t d = 0; d < n; d++) {
            if (o != d && (origin[o] || destination[d])) {
                config->flows[config->n_flows++] = (ent_flow_t){(int)o, (int)d};
            }
        }
    }
out:
    free(origin);
    free(destination);
}

/* ---- the benchmark and the aggregation ---- */

static void read_benchmark(ent_config_reader_t *reader, ent_benchmark_t *fine)
{
    ent_config_t *config = reader->config;
    const ent_yaml_t *node = ent_yaml_get(reader->root, "benchmark");
    const char *name = NULL;
    char *tried = NULL;
    if (node == NULL) {
        (void)ent_bind_missing(reader->ctx, reader->root, "benchmark",
                               "the benchmark file, such as benchmark-2022.h5");
    }
    if (!ent_bind_text(reader->ctx, node, &name)) {
        return;
    }
    const ent_config_source_t *source = reader->source;
    if (source != NULL && source->benchmark_name != NULL && strcmp(source->benchmark_name, name) == 0) {
        config->benchmark_path = ent_strdup(reader->ctx, source->benchmark_path);
        *fine = source->benchmark;
        fine->borrowed = 1;
        return;
    }
    config->benchmark_path = ent_locate_data(name, config->path, &tried, reader->ctx);
    if (config->benchmark_path == NULL) {
        char key[ENT_YAML_MAX_PATH];
        ent_yaml_path(node, key);
        (void)ent_fault(reader->ctx, ENT_ERR_NO_INPUT, node->file, node->line, node->column, key, name, NULL,
                        "no such benchmark file; looked for %s", tried != NULL ? tried : name);
    } else {
        if (ent_benchmark_read(fine, config->benchmark_path, reader->ctx) == ENT_OK) {
            ent_config_read_facts(reader, fine);
        }
    }
    free(tried);
}

/* Aggregate when every economy and sector has its group and every group a member. */
static void aggregate(ent_config_reader_t *reader, ent_benchmark_t *coarse)
{
    const ent_config_t *config = reader->config;
    int sound = config->n_fine_region > 0 && config->n_region > 0 && config->n_sector > 0;
    if (sound && reader->fine->borrowed && ent_config_source_has_coarse(reader->source, config)) {
        *coarse = reader->source->coarse;
        coarse->borrowed = 1;
        return;
    }
    const struct {
        const int *map;
        int n_fine, n;
    } sides[] = {{config->region_map, config->n_fine_region, config->n_region},
                 {config->sector_map, config->n_fine_sector, config->n_sector}};
    for (size_t k = 0; k < ENT_COUNT(sides) && sound; k++) {
        for (int g = 0; g < sides[k].n && sound; g++) {
            int members = 0;
            for (int i = 0; i < sides[k].n_fine; i++) {
                members += sides[k].map[i] == g;
                sound &= sides[k].map[i] >= 0;
            }
            sound &= members > 0;
        }
    }
    if (sound) {
        (void)ent_config_benchmark(config, reader->fine, coarse, reader->ctx);
    }
}

int ent_config_benchmark(const ent_config_t *config, const ent_benchmark_t *fine, ent_benchmark_t *coarse,
                         ent_context_t *ctx)
{
    const int code = ent_benchmark_aggregate(
        fine, config->n_region, config->region_map, (const char *const *)config->region, config->n_sector,
        config->sector_map, (const char *const *)config->sector, coarse, ctx);
    if (code == ENT_OK) {
        ent_benchmark_put_tariffs(coarse, config->base_importer, config->base_tariff);
    }
    return code;
}

/* ---- text and hash ---- */

/* Add the line of one key to *lines. */
static void add_key_hash(char **lines, const char *key, const char *value, ent_context_t *ctx)
{
    char hash[ENT_SHA256_TEXT];
    if (value != NULL && ent_sha256_buffer(value, strlen(value), hash, ctx) == ENT_OK) {
        char *longer = ent_format(ctx, "%s%s %.16s\n", *lines != NULL ? *lines : "", key, hash);
        free(*lines);
        *lines = longer;
    }
}

/* So that a checkpoint of another config can say which keys differ. */
static void keep_key_hashes(ent_config_reader_t *reader, const char *calibration)
{
    char **lines = &reader->config->key_hashes;
    for (size_t i = 0; reader->root->kind == ENT_YAML_MAP && i < reader->root->n_children; i++) {
        char *json = ent_yaml_json(reader->root->children[i], reader->ctx);
        add_key_hash(lines, reader->root->children[i]->key, json, reader->ctx);
        free(json);
    }
    add_key_hash(lines, "the-calibration-file", calibration, reader->ctx);
    add_key_hash(lines, "the-benchmark-file", reader->fine->sha256, reader->ctx);
}

static void keep_text(ent_config_reader_t *reader, const ent_yaml_t *calibration)
{
    ent_config_t *config = reader->config;
    char *json = ent_yaml_json(reader->root, reader->ctx), *used = NULL, *whole = NULL;
    if (calibration != NULL) {
        used = ent_yaml_json(calibration, reader->ctx);
    }
    config->text = ent_yaml_text(reader->root, reader->ctx);
    keep_key_hashes(reader, used);
    if (json != NULL) {
        whole = ent_format(reader->ctx, "%s\n%s\n%s\n", json, used != NULL ? used : "", reader->fine->sha256);
    }
    if (whole != NULL) {
        (void)ent_sha256_buffer(whole, strlen(whole), config->hash, reader->ctx);
    }
    free(json);
    free(used);
    free(whole);
}

/* ---- the whole ---- */

/* What a section takes as read by those before it is not there then. */
static int memory_was_short(const ent_context_t *ctx)
{
    int is_short = ctx->n_faults == 0 && ctx->dropped > 0; /* nor was there any to say so */
    for (size_t i = 0; i < ctx->n_faults; i++) {
        is_short |= ctx->faults[i].code == ENT_ERR_NO_MEMORY;
    }
    return is_short;
}

static void read_sections(ent_config_reader_t *reader, ent_benchmark_t *fine, ent_benchmark_t *coarse,
                          ent_yaml_t **calibration)
{
    ent_bind_known_keys(reader->ctx, reader->root, top_keys, ENT_COUNT(top_keys));
    read_name(reader);
    read_benchmark(reader, fine);
    read_calendar(reader);
    read_size(reader);
    read_closure(reader);
    ent_config_read_regions(reader);
    ent_config_check_groups(reader);
    ent_config_read_geography(reader);
    aggregate(reader, coarse);
    *calibration = ent_config_open_calibration(reader);
    ent_config_read_parameters(reader, *calibration);
    ent_config_read_survival(reader, *calibration);
    static void (*const sections[])(ent_config_reader_t *) = {ent_config_read_regimes,
                                                              ent_config_read_retaliation,
                                                              ent_config_read_negotiation,
                                                              ent_config_read_decomposition,
                                                              ent_config_check_contradictions,
                                                              ent_config_read_uncertainty,
                                                              ent_config_add_hazard_draws,
                                                              ent_config_read_paths,
                                                              ent_config_read_firms,
                                                              ent_config_read_commitments,
                                                              ent_config_read_theory,
                                                              ent_config_read_observed,
                                                              read_record};
    for (size_t i = 0; i < ENT_COUNT(sections) && !memory_was_short(reader->ctx); i++) {
        sections[i](reader);
    }
    keep_text(reader, *calibration);
}

/* From the tree, which is freed, to the config. `source`: where what is read beside it is kept; NULL:
 * nowhere.
 */
static int read_tree(ent_config_t *config, ent_benchmark_t *fine, ent_config_source_t *source,
                     ent_yaml_t *root, int n_settings, const ent_setting_t *settings, ent_context_t *ctx)
{
    ent_yaml_t *calibration = NULL;
    ent_benchmark_t coarse = {0};
    const size_t n_before = ctx->n_faults + ctx->dropped;
    for (int i = 0; i < n_settings; i++) {
        (void)ent_yaml_set(root, settings[i].key, settings[i].value, ctx);
    }
    ent_config_reader_t reader = {
        .ctx = ctx, .config = config, .root = root, .source = source, .fine = fine, .coarse = &coarse};
    read_sections(&reader, fine, &coarse, &calibration);
    const int sound = ctx->n_faults + ctx->dropped == n_before;
    if (sound && source != NULL) {
        ent_config_source_keep(source, config, fine, &coarse, &calibration);
    }
    if (source == NULL || calibration != source->calibration) {
        ent_yaml_free(calibration);
    }
    ent_benchmark_free(&coarse);
    ent_yaml_free(root);
    if (!sound) {
        ent_config_free(config);
        ent_benchmark_free(fine);
        return ctx->code;
    }
    return ENT_OK;
}

static void begin_config(ent_config_t *config, ent_benchmark_t *fine, const char *path, ent_context_t *ctx)
{
    memset(config, 0, sizeof *config);
    memset(fine, 0, sizeof *fine);
    config->home = -1;
    config->resolved = ENT_DAY_NEVER;
    config->path = ent_strdup(ctx, path);
}

/* `code` is what came of reading the tree, NULL where there is none: a text with faults may still be a tree,
 * whose other faults are told as well. */
static int read_whole(ent_config_t *config, ent_benchmark_t *fine, ent_yaml_t *root, int code, int n_settings,
                      const ent_setting_t *settings, ent_context_t *ctx)
{
    if (root == NULL) {
        ent_config_free(config);
        return code;
    }
    const int read = read_tree(config, fine, NULL, root, n_settings, settings, ctx);
    if (read == ENT_OK && code != ENT_OK) {
        ent_config_free(config);
        ent_benchmark_free(fine);
    }
    return read != ENT_OK ? read : code;
}

int ent_config_read(ent_config_t *config, ent_benchmark_t *fine, const char *path, int n_settings,
                    const ent_setting_t *settings, ent_context_t *ctx)
{
    ent_yaml_t *root = NULL;
    begin_config(config, fine, path, ctx);
    const int code = config->path == NULL ? ENT_ERR_NO_MEMORY : ent_config_tree(&root, path, 0, ctx);
    return read_whole(config, fine, root, code, n_settings, settings, ctx);
}

int ent_config_parse(ent_config_t *config, ent_benchmark_t *fine, const char *text, const char *name,
                     int n_settings, const ent_setting_t *settings, ent_context_t *ctx)
{
    ent_yaml_t *root = NULL;
    begin_config(config, fine, name, ctx);
    const int code =
        config->path == NULL ? ENT_ERR_NO_MEMORY : ent_yaml_parse(&root, text, strlen(text), name, ctx);
    return read_whole(config, fine, root, code, n_settings, settings, ctx);
}

int ent_config_source_read(ent_config_t *config, ent_benchmark_t *fine, ent_config_source_t *source,
                           int n_settings, const ent_setting_t *settings, ent_context_t *ctx)
{
    int code = ENT_ERR_NO_MEMORY;
#pragma omp critical(ent_files) /* HDF5 is not made for several threads */
    {
        begin_config(config, fine, source->path, ctx);
        ent_yaml_t *root = ent_yaml_copy(source->root, ctx);
        if (config->path != NULL && root != NULL) {
            code = read_tree(config, fine, source, root, n_settings, settings, ctx);
        } else {
            ent_yaml_free(root);
            ent_config_free(config);
        }
    }
    return code;
}

/* ---- release ---- */

static void free_names(char **names, int n)
{
    for (int i = 0; names != NULL && i < n; i++) {
        free(names[i]);
    }
    free(names);
}

static void free_policy(ent_config_t *config)
{
    for (int m = 0; m < config->n_measures; m++) {
        ent_measure_t *measure = &config->measures[m];
        free(measure->id);
        free(measure->legal);
        free(measure->set);
        free(measure->rate);
        free(measure->coverage);
    }
    for (int g = 0; g < config->n_regimes; g++) {
        free(config->regimes[g].name);
        free(config->regimes[g].measures);
        free(config->regimes[g].includes);
        free(config->regimes[g].law);
    }
    for (int i = 0; i < config->n_signals; i++) {
        free(config->signals[i].probability);
    }
    for (int i = 0; i < config->n_scenarios; i++) {
        free(config->scenarios[i].name);
    }
    free(config->measures);
    free(config->common);
    free(config->law);
    free(config->regimes);
    free(config->signals);
    free(config->scenarios);
}

static void free_draws(ent_config_t *config)
{
    for (int i = 0; i < config->n_draws; i++) {
        free(config->draws[i].name);
        free(config->draws[i].sectors);
        free(config->draws[i].distribution.values);
        free(config->draws[i].distribution.weights);
    }
    for (int i = 0; i < config->n_shocks; i++) {
        free(config->shocks[i].name);
        free(config->shocks[i].regions);
        free(config->shocks[i].sectors);
        free(config->shocks[i].log_change.values);
        free(config->shocks[i].log_change.weights);
    }
    for (int i = 0; i < config->n_paths; i++) {
        free(config->paths[i].sectors);
        free(config->paths[i].day);
        free(config->paths[i].log_change);
        free(config->paths[i].regimes);
    }
    free(config->draws);
    free(config->shocks);
    free(config->paths);
}

void ent_config_free(ent_config_t *config)
{
    free(config->name);
    free(config->title);
    free(config->path);
    free(config->text);
    free(config->key_hashes);
    free(config->benchmark_path);
    free(config->elasticity_set);
    free(config->calibration);
    free(config->observed_file);
    free_names(config->region, config->n_region);
    free_names(config->sector, config->n_sector);
    free(config->region_map);
    free(config->sector_map);
    free(config->slot_focus);
    free(config->neighbour);
    free(config->sector_parameters);
    free(config->parameter_given);
    free_policy(config);
    free_draws(config);
    ent_config_free_firms(config);
    ent_config_free_commitments(config);
    free(config->decomposition);
    free(config->theory.local_share);
    free(config->theory.pass_through);
    free(config->flows);
    free(config->base_tariff);
    memset(config, 0, sizeof *config);
}
