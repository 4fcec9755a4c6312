/* Reading a study file. */
#include "study/study.h"

#include "base/memory.h"
#include "base/number.h"
#include "config/internal.h"
#include "io/csv_rows.h"

#include <errno.h>
#include <libgen.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_FACTORS = 200, MAX_OUTCOMES = 200, MAX_SET = 200 };
static const double max_replications = 1e6, max_seed = 9e15;

typedef struct {
    ent_study_t *study;
    ent_yaml_t *root;
    ent_context_t *ctx;
    int frozen; /* 1: out of a plan, where the values of a table are kept */
} reader_t;

static const char *const model_names[ENT_N_STUDY_MODELS] = {"config", "ishigami", "sobol_g"};

/* ---- small parts ---- */

static char *text_of(const reader_t *reader, const ent_yaml_t *node)
{
    return node != NULL && node->kind == ENT_YAML_SCALAR ? ent_strdup(reader->ctx, node->text) : NULL;
}

static void add_setting(reader_t *reader, const char *key, const char *value)
{
    ent_study_t *study = reader->study;
    char *k = ent_strdup(reader->ctx, key), *v = ent_strdup(reader->ctx, value);
    if (k == NULL || v == NULL) {
        free(k);
        free(v);
        return;
    }
    study->set[study->n_set++] = (ent_setting_t){k, v};
}

/* `set`: a map of keys of the config; `replications` and `seed` are such keys too. */
static void read_settings(reader_t *reader)
{
    const ent_yaml_t *set = ent_yaml_get(reader->root, "set");
    static const char *const own[] = {"replications", "seed"};
    reader->study->set = ent_calloc(reader->ctx, MAX_SET + 4, sizeof *reader->study->set);
    if (reader->study->set == NULL) {
        return;
    }
    if (reader->study->model == ENT_STUDY_CONFIG) {
        add_setting(reader, "repeats", "0");
    }
    if (set != NULL && ent_bind_is_map(reader->ctx, set)) {
        for (size_t i = 0; i < set->n_children && i < MAX_SET; i++) {
            const ent_yaml_t *child = set->children[i];
            char *text = child->kind == ENT_YAML_SCALAR ? ent_strdup(reader->ctx, child->text)
                                                        : ent_yaml_text(child, reader->ctx);
            if (text != NULL) {
                add_setting(reader, child->key, text);
            }
            free(text);
        }
        if (set->n_children > MAX_SET) {
            (void)ent_bind_fault(reader->ctx, set, NULL, "at most %d settings", MAX_SET);
        }
    }
    for (size_t i = 0; i < ENT_COUNT(own); i++) {
        const ent_yaml_t *node = ent_yaml_get(reader->root, own[i]);
        long value;
        if (node != NULL && ent_bind_integer(reader->ctx, node, i == 0 ? 1.0 : 0.0,
                                             i == 0 ? max_replications : max_seed, &value)) {
            add_setting(reader, own[i], node->text);
        }
    }
}

static void read_factors(reader_t *reader)
{
    static const char *const sections[] = {"levers", "uncertainties"};
    ent_study_t *study = reader->study;
    size_t n = 0;
    for (int s = 0; s < 2; s++) {
        const ent_yaml_t *list = ent_yaml_get(reader->root, sections[s]);
        n += list != NULL && list->kind == ENT_YAML_LIST ? list->n_children : 0;
    }
    if (n > MAX_FACTORS) {
        (void)ent_bind_fault(reader->ctx, reader->root, NULL,
                             "at most %d levers and uncertainties, there are %zu", (int)MAX_FACTORS, n);
        return;
    }
    study->factors = ent_calloc(reader->ctx, n + 1, sizeof *study->factors);
    for (int s = 0; s < 2 && study->factors != NULL; s++) {
        const ent_yaml_t *list = ent_yaml_get(reader->root, sections[s]);
        if (!ent_bind_is_list(reader->ctx, list, MAX_FACTORS)) {
            continue;
        }
        for (size_t i = 0; i < list->n_children; i++) {
            if (ent_bind_is_map(reader->ctx, list->children[i])) {
                ent_factor_bind(reader->ctx, list->children[i], s == 0, study->model == ENT_STUDY_CONFIG,
                                study->factors, &study->factors[study->n_factors++]);
                study->n_levers += s == 0;
            }
        }
    }
}

/* ---- the design ---- */

/* A table of values from CSV: a heading with the names of the uncertainties, in any order. */
typedef struct {
    reader_t *reader;
    const char *path;
    int n, n_rows;          /* uncertainties, rows of values */
    int place[MAX_FACTORS]; /* [column] uncertainty */
    size_t capacity;
} table_t;

static int table_fault(table_t *t, const ent_csv_row_t *row, int column, const char *nearest,
                       const char *rule)
{
    return ent_fault(t->reader->ctx, ENT_ERR_CONFIG, t->path, row->line, column + 1, NULL,
                     ent_csv_cell(row, column), nearest, "%s", rule);
}

static int table_heading(const ent_csv_row_t *row, void *data)
{
    table_t *t = data;
    const ent_study_t *study = t->reader->study;
    const char *names[MAX_FACTORS];
    int code = ENT_OK;
    for (int i = 0; i < t->n; i++) {
        names[i] = study->factors[study->n_levers + i].name;
    }
    for (int c = 0; c < row->n; c++) {
        int found = -1;
        for (int i = 0; i < t->n; i++) {
            found = names[i] != NULL && strcmp(names[i], row->cell[c]) == 0 ? i : found;
        }
        if (found < 0 || c >= t->n) {
            code = table_fault(t, row, c, ent_nearest(row->cell[c], names, (size_t)t->n),
                               "a column for each uncertainty, and no other");
        } else {
            t->place[c] = found;
        }
    }
    return code == ENT_OK && row->n != t->n
               ? table_fault(t, row, row->n - 1, NULL, "a row has a value for each uncertainty")
               : code;
}

static int table_value(table_t *t, const ent_csv_row_t *row, int column, const ent_factor_t *factor,
                       double *value)
{
    const char *text = row->cell[column];
    for (int i = 0; i < factor->n_texts; i++) {
        if (strcmp(factor->texts[i], text) == 0) {
            *value = i;
            return ENT_OK;
        }
    }
    if (factor->n_texts > 0) {
        return table_fault(t, row, column, NULL, "is none of the uncertainty's values");
    }
    return ent_number_parse(text, value) ? ENT_OK : table_fault(t, row, column, NULL, "is no number");
}

static int table_row(const ent_csv_row_t *row, void *data)
{
    table_t *t = data;
    ent_study_t *study = t->reader->study;
    const size_t n = (size_t)t->n, begin = (size_t)t->n_rows * n;
    int code = ENT_OK;
    if (row->n != t->n) {
        return table_fault(t, row, row->n, NULL, "a row has a value for each uncertainty");
    }
    double *grown = ent_grow(t->reader->ctx, study->table, &t->capacity, begin + n, sizeof *study->table);
    if (grown == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    study->table = grown;
    for (int c = 0; c < t->n; c++) {
        const int f = t->place[c];
        const int bad =
            table_value(t, row, c, &study->factors[study->n_levers + f], &grown[begin + (size_t)f]);
        code = bad != ENT_OK ? bad : code;
    }
    t->n_rows++;
    return code;
}

static void read_table(reader_t *reader, const ent_yaml_t *node)
{
    ent_study_t *study = reader->study;
    const char *name = NULL;
    if (!ent_bind_text(reader->ctx, node, &name)) {
        return;
    }
    char *folder = ent_strdup(reader->ctx, study->path);
    char *path = folder == NULL   ? NULL
                 : name[0] == '/' ? ent_strdup(reader->ctx, name)
                                  : ent_format(reader->ctx, "%s/%s", dirname(folder), name);
    table_t table = {.reader = reader, .path = path, .n = study->n_factors - study->n_levers};
    if (path != NULL && access(path, R_OK) != 0) {
        (void)ent_bind_fault(reader->ctx, node, NULL, "%s cannot be opened: %s", path, strerror(errno));
    } else if (path != NULL) {
        const int code = ent_csv_read(path, ENT_ERR_CONFIG, table_heading, table_row, &table, reader->ctx);
        study->design.n_table = table.n_rows;
        if (code == ENT_OK && table.n_rows == 0) {
            (void)ent_fault(reader->ctx, ENT_ERR_CONFIG, path, 1, 0, NULL, NULL, NULL,
                            "the table has no rows");
        }
    }
    free(path);
    free(folder);
}

/* The kinds a design may have, as words. */
static void list_designs(char *words, size_t size)
{
    words[0] = '\0';
    for (int i = 0; i < ENT_N_DESIGNS; i++) {
        const char *between = i == 0 ? "" : i + 1 < ENT_N_DESIGNS ? ", " : " or ";
        const size_t end = strlen(words);
        (void)snprintf(words + end, size - end, "%s%s", between, ent_design_names[i]);
    }
}

/* What a kind takes. */
static void read_design_values(reader_t *reader, const ent_yaml_t *node, ent_design_t *design)
{
    const unsigned takes = ent_design_takes(design->kind);
    long points = 0, levels = 0, seed = 1;
    if ((takes & ENT_TAKES_POINTS) != 0 &&
        ent_bind_need(reader->ctx, node, "points", "how many points, or trajectories") &&
        ent_bind_integer(reader->ctx, ent_yaml_get(node, "points"), 1.0, ENT_DESIGN_MAX_ROWS, &points)) {
        design->points = (int)points;
    }
    if ((takes & ENT_TAKES_LEVELS) != 0 &&
        ent_bind_need(reader->ctx, node, "levels", "how many levels a factor has") &&
        ent_bind_integer(reader->ctx, ent_yaml_get(node, "levels"), 1.0, 10000.0, &levels)) {
        design->levels = (int)levels;
    }
    if (ent_bind_integer(reader->ctx, ent_yaml_get(node, "seed"), 0.0, 9e15, &seed)) {
        design->seed = (uint64_t)seed;
    }
    if ((takes & ENT_TAKES_FILE) != 0 && !reader->frozen &&
        ent_bind_need(reader->ctx, node, "file", "a table is a CSV file")) {
        read_table(reader, ent_yaml_get(node, "file"));
    }
}

static void read_design(reader_t *reader)
{
    static const char *const keys[] = {"kind", "points", "levels", "seed", "file"};
    const ent_yaml_t *node = ent_yaml_get(reader->root, "design");
    ent_study_t *study = reader->study;
    ent_design_t *design = &study->design;
    int kind = ENT_DESIGN_FACTORIAL;
    *design = (ent_design_t){.kind = ENT_DESIGN_FACTORIAL, .points = 1, .levels = 1, .seed = 1};
    if (node == NULL) {
        if (study->n_factors > study->n_levers) {
            (void)ent_bind_missing(reader->ctx, reader->root, "design", "uncertainties need a design");
        }
        return;
    }
    if (!ent_bind_is_map(reader->ctx, node)) {
        return;
    }
    ent_bind_known_keys(reader->ctx, node, keys, ENT_COUNT(keys));
    char kinds[256];
    list_designs(kinds, sizeof kinds);
    if (!ent_bind_need(reader->ctx, node, "kind", kinds) ||
        !ent_bind_choice(reader->ctx, ent_yaml_get(node, "kind"), "design", ent_design_names, ENT_N_DESIGNS,
                         &kind)) {
        return;
    }
    design->kind = (ent_design_kind_t)kind;
    read_design_values(reader, node, design);
}

/* ---- outcomes ---- */

/* An outcome or recorded quantity by its name. */
static void bind_outcome(ent_context_t *ctx, const ent_yaml_t *node, int *outcome)
{
    const char *name = NULL, *nearest = NULL;
    if (!ent_bind_text(ctx, node, &name)) {
        return;
    }
    const int id = ent_outcome_find(name, &nearest);
    if (id < 0) {
        (void)ent_bind_fault(ctx, node, nearest,
                             "an outcome or a recorded quantity (entrepot describe --fields)");
    } else {
        *outcome = id;
    }
}

static void read_outcome(reader_t *reader, const ent_yaml_t *node, ent_study_outcome_t *outcome)
{
    static const char *const keys[] = {"name",   "outcome", "period", "scenario", "base",
                                       "origin", "partner", "sector", "view"};
    static const char *const views[] = {"level", "difference", "change"};
    const char *name;
    int view = 0;
    ent_bind_known_keys(reader->ctx, node, keys, ENT_COUNT(keys));
    if (ent_bind_need(reader->ctx, node, "name", "an outcome has a name") &&
        ent_bind_name(reader->ctx, ent_yaml_get(node, "name"), &name)) {
        outcome->name = ent_strdup(reader->ctx, name);
    }
    if (reader->study->model != ENT_STUDY_CONFIG) {
        return;
    }
    if (ent_bind_need(reader->ctx, node, "outcome",
                      "exports, revenue, any other outcome or recorded quantity")) {
        bind_outcome(reader->ctx, ent_yaml_get(node, "outcome"), &outcome->query.outcome);
    }
    (void)ent_bind_choice(reader->ctx, ent_yaml_get(node, "view"), "view", views, ENT_COUNT(views), &view);
    outcome->query.period = text_of(reader, ent_yaml_get(node, "period"));
    outcome->query.scenario = text_of(reader, ent_yaml_get(node, "scenario"));
    outcome->query.base = text_of(reader, ent_yaml_get(node, "base"));
    outcome->query.origin = text_of(reader, ent_yaml_get(node, "origin"));
    outcome->query.partner = text_of(reader, ent_yaml_get(node, "partner"));
    outcome->query.sector = text_of(reader, ent_yaml_get(node, "sector"));
    outcome->query.relative = view == 2;
    if (outcome->query.period == NULL) {
        outcome->query.period = ent_strdup(reader->ctx, "year1");
    }
    if ((view > 0) != (outcome->query.base != NULL)) {
        (void)ent_bind_missing(reader->ctx, node, "base",
                               "the scenario that a difference or change is taken from, and only then");
    }
}

static void read_outcomes(reader_t *reader)
{
    const ent_yaml_t *list = ent_yaml_get(reader->root, "outcomes");
    ent_study_t *study = reader->study;
    const size_t n = list != NULL ? list->n_children : 0;
    study->outcomes = ent_calloc(reader->ctx, n + 1, sizeof *study->outcomes);
    if (study->outcomes == NULL) {
        return;
    }
    if (study->model != ENT_STUDY_CONFIG && list == NULL) {
        study->outcomes[study->n_outcomes++].name = ent_strdup(reader->ctx, "y");
        return;
    }
    if (list == NULL) {
        (void)ent_bind_missing(reader->ctx, reader->root, "outcomes", "at least one number to record");
        return;
    }
    if (!ent_bind_is_list(reader->ctx, list, MAX_OUTCOMES)) {
        return;
    }
    if (n == 0 || (study->model != ENT_STUDY_CONFIG && n != 1)) {
        (void)ent_bind_fault(reader->ctx, list, NULL, "at least one outcome; of a test model one");
    }
    for (size_t i = 0; i < n; i++) {
        if (ent_bind_is_map(reader->ctx, list->children[i])) {
            read_outcome(reader, list->children[i], &study->outcomes[study->n_outcomes++]);
        }
    }
}

static void read_adaptive(reader_t *reader)
{
    static const char *const keys[] = {"outcome", "half_width", "level", "first", "most"};
    const ent_yaml_t *node = ent_yaml_get(reader->root, "adaptive");
    ent_adaptive_t *adaptive = &reader->study->adaptive;
    const char *names[MAX_OUTCOMES];
    long first = 8, most = 0;
    int outcome = -1;
    *adaptive = (ent_adaptive_t){.outcome = -1, .level = 0.95};
    if (node == NULL || !ent_bind_is_map(reader->ctx, node)) {
        return;
    }
    for (int i = 0; i < reader->study->n_outcomes; i++) {
        names[i] = reader->study->outcomes[i].name != NULL ? reader->study->outcomes[i].name : "";
    }
    ent_bind_known_keys(reader->ctx, node, keys, ENT_COUNT(keys));
    if (ent_bind_need(reader->ctx, node, "outcome", "the outcome whose interval is watched")) {
        (void)ent_bind_choice(reader->ctx, ent_yaml_get(node, "outcome"), "outcome", names,
                              (size_t)reader->study->n_outcomes, &outcome);
    }
    if (ent_bind_need(reader->ctx, node, "half_width",
                      "half the width wanted of the confidence interval of the mean")) {
        (void)ent_bind_number(reader->ctx, ent_yaml_get(node, "half_width"), 1e-12, 1e12,
                              &adaptive->half_width);
    }
    if (ent_bind_need(reader->ctx, node, "most", "the replications at which it ends in any case")) {
        (void)ent_bind_integer(reader->ctx, ent_yaml_get(node, "most"), 2.0, 1e6, &most);
    }
    (void)ent_bind_integer(reader->ctx, ent_yaml_get(node, "first"), 2.0, 1e6, &first);
    (void)ent_bind_number(reader->ctx, ent_yaml_get(node, "level"), 0.5, 0.9999, &adaptive->level);
    adaptive->outcome = outcome;
    adaptive->first = (int)(first < most ? first : most);
    adaptive->most = (int)most;
}

/* ---- the whole ---- */

static void read_model(reader_t *reader)
{
    ent_study_t *study = reader->study;
    const ent_yaml_t *config = ent_yaml_get(reader->root, "config"),
                     *model = ent_yaml_get(reader->root, "model");
    int kind = ENT_STUDY_CONFIG;
    const char *name;
    if (model != NULL) {
        (void)ent_bind_choice(reader->ctx, model, "model", model_names, ENT_N_STUDY_MODELS, &kind);
    }
    study->model = (ent_study_model_t)kind;
    if ((kind == ENT_STUDY_CONFIG) != (config != NULL)) {
        (void)ent_bind_missing(reader->ctx, reader->root, "config",
                               "the config that is played, or a test `model`");
        return;
    }
    if (config != NULL && ent_bind_text(reader->ctx, config, &name)) {
        char *folder = ent_strdup(reader->ctx, study->path);
        if (folder != NULL) {
            study->config = name[0] == '/' ? ent_strdup(reader->ctx, name)
                                           : ent_format(reader->ctx, "%s/%s", dirname(folder), name);
        }
        free(folder);
    }
}

/* Whether a distribution with ends that are written out goes below 0 or above 1. */
static int leaves_unit(const ent_distribution_t *d)
{
    const int uniform = d->kind == ENT_DIST_UNIFORM, triangular = d->kind == ENT_DIST_TRIANGULAR;
    return (uniform || triangular) && (d->a < 0.0 || (uniform ? d->b : d->c) > 1.0);
}

static void check_test_model(reader_t *reader)
{
    const int expected = reader->study->model == ENT_STUDY_ISHIGAMI  ? 3
                         : reader->study->model == ENT_STUDY_SOBOL_G ? 8
                                                                     : -1;
    if (expected >= 0 && (reader->study->n_factors != expected || reader->study->n_levers != 0)) {
        (void)ent_fail(reader->ctx, ENT_ERR_CONFIG, reader->study->path,
                       "the model %s has %d uncertainties and no levers", model_names[reader->study->model],
                       expected);
    }
    for (int f = 0; expected >= 0 && f < reader->study->n_factors; f++) {
        const ent_factor_t *factor = &reader->study->factors[f];
        if (factor->n_texts == 0 && leaves_unit(&factor->distribution)) {
            (void)ent_fail(
                reader->ctx, ENT_ERR_CONFIG, reader->study->path,
                "the model %s takes places from 0 to 1 (and stretches them itself): the distribution of "
                "%s leaves them",
                model_names[reader->study->model], factor->name);
        }
    }
}

static int read_root(reader_t *reader, size_t n_before)
{
    static const char *const keys[] = {"study",         "title",        "config",   "model",
                                       "set",           "replications", "seed",     "levers",
                                       "uncertainties", "design",       "outcomes", "adaptive"};
    ent_study_t *study = reader->study;
    const char *name;
    ent_bind_known_keys(reader->ctx, reader->root, keys, ENT_COUNT(keys));
    if (ent_bind_need(reader->ctx, reader->root, "study", "a study has a name") &&
        ent_bind_name(reader->ctx, ent_yaml_get(reader->root, "study"), &name)) {
        study->name = ent_strdup(reader->ctx, name);
    }
    read_model(reader);
    read_settings(reader);
    read_factors(reader);
    read_design(reader);
    read_outcomes(reader);
    read_adaptive(reader);
    check_test_model(reader);
    study->text = ent_yaml_text(reader->root, reader->ctx);
    ent_yaml_free(reader->root);
    study->design.table = study->table;
    if (reader->ctx->n_faults + reader->ctx->dropped > n_before) {
        ent_study_free(study);
        return reader->ctx->code;
    }
    return 0;
}

int ent_study_read(ent_study_t *study, const char *path, ent_context_t *ctx)
{
    const size_t n_before = ctx->n_faults + ctx->dropped;
    *study = (ent_study_t){.path = ent_strdup(ctx, path)};
    reader_t reader = {.study = study, .ctx = ctx};
    const int code = study->path == NULL ? ENT_ERR_NO_MEMORY : ent_yaml_read(&reader.root, path, ctx);
    if (reader.root == NULL) {
        ent_study_free(study);
        return code;
    }
    return read_root(&reader, n_before);
}

int ent_study_parse(ent_study_t *study, const char *text, const char *path, ent_context_t *ctx)
{
    const size_t n_before = ctx->n_faults + ctx->dropped;
    *study = (ent_study_t){.path = ent_strdup(ctx, path)};
    reader_t reader = {.study = study, .ctx = ctx, .frozen = 1};
    const int code =
        study->path == NULL ? ENT_ERR_NO_MEMORY : ent_yaml_parse(&reader.root, text, strlen(text), path, ctx);
    if (code != 0) {
        ent_yaml_free(reader.root);
        ent_study_free(study);
        return code;
    }
    return read_root(&reader, n_before);
}

void ent_study_free(ent_study_t *study)
{
    for (int i = 0; i < study->n_factors; i++) {
        ent_factor_free(&study->factors[i]);
    }
    for (int i = 0; i < study->n_outcomes; i++) {
        ent_study_outcome_t *outcome = &study->outcomes[i];
        free(outcome->name);
        free((char *)outcome->query.period);
        free((char *)outcome->query.scenario);
        free((char *)outcome->query.base);
        free((char *)outcome->query.origin);
        free((char *)outcome->query.partner);
        free((char *)outcome->query.sector);
    }
    for (int i = 0; i < study->n_set; i++) {
        free((char *)study->set[i].key);
        free((char *)study->set[i].value);
    }
    free(study->factors);
    free(study->outcomes);
    free(study->set);
    free(study->table);
    free(study->path);
    free(study->name);
    free(study->config);
    free(study->text);
    *study = (ent_study_t){0};
}
