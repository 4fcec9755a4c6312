/* Reading a targets file. */
#include "evidence/calibration.h"

#include "base/memory.h"
#include "config/internal.h"
#include "numbers/observed.h"

#include <libgen.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PARAMETERS = 40, MAX_MOMENTS = 500, MAX_PLAYS = 8, MAX_SETTINGS = 100, MAX_SECTORS = 200 };

#define ENT_MOMENT_NAME(name, key) key,
const char *const ent_moment_names[ENT_N_MOMENTS] = {ENT_MOMENTS(ENT_MOMENT_NAME)};

typedef struct {
    ent_calibration_t *self;
    ent_yaml_t *root;
    ent_context_t *ctx;
} reader_t;

/* Children of a list under `key`, 0 when there is none. */
static size_t list_of(const reader_t *reader, const char *key, size_t most, const ent_yaml_t **list)
{
    *list = ent_yaml_get(reader->root, key);
    return *list != NULL && ent_bind_is_list(reader->ctx, *list, most) ? (*list)->n_children : 0;
}

static char *text_at(const reader_t *reader, const ent_yaml_t *map, const char *key)
{
    const char *text = NULL;
    return ent_bind_text(reader->ctx, ent_yaml_get(map, key), &text) ? ent_strdup(reader->ctx, text) : NULL;
}

static void read_integer(const reader_t *reader, const char *key, double low, double high, long *out)
{
    (void)ent_bind_integer(reader->ctx, ent_yaml_get(reader->root, key), low, high, out);
}

/* ---- parameters ---- */

static void read_parameters(reader_t *reader)
{
    const ent_yaml_t *list;
    const size_t n = list_of(reader, "parameters", MAX_PARAMETERS, &list);
    if (n == 0) {
        (void)ent_bind_missing(reader->ctx, reader->root, "parameters", "at least one");
        return;
    }
    reader->self->parameters = ent_calloc(reader->ctx, n, sizeof *reader->self->parameters);
    for (size_t i = 0; reader->self->parameters != NULL && i < n; i++) {
        if (ent_bind_is_map(reader->ctx, list->children[i])) {
            ent_factor_bind(reader->ctx, list->children[i], 0, 1, reader->self->parameters,
                            &reader->self->parameters[reader->self->n_parameters++]);
        }
    }
}

/* ---- plays ---- */

static void read_set(const reader_t *reader, const ent_yaml_t *set, ent_calibration_play_t *play)
{
    if (set == NULL || !ent_bind_is_map(reader->ctx, set)) {
        return;
    }
    if (set->n_children > MAX_SETTINGS) {
        (void)ent_bind_fault(reader->ctx, set, NULL, "at most %d settings", (int)MAX_SETTINGS);
        return;
    }
    play->set = ent_calloc(reader->ctx, set->n_children + 1, sizeof *play->set);
    for (size_t i = 0; play->set != NULL && i < set->n_children; i++) {
        const ent_yaml_t *child = set->children[i];
        char *key = ent_strdup(reader->ctx, child->key);
        char *value = child->kind == ENT_YAML_SCALAR ? ent_strdup(reader->ctx, child->text)
                                                     : ent_yaml_text(child, reader->ctx);
        play->set[play->n_set++] = (ent_setting_t){key, value};
    }
}

static char *beside(const reader_t *reader, const char *name)
{
    char *folder = ent_strdup(reader->ctx, reader->self->path), *path = NULL;
    if (folder != NULL) {
        path = name[0] == '/' ? ent_strdup(reader->ctx, name)
                              : ent_format(reader->ctx, "%s/%s", dirname(folder), name);
    }
    free(folder);
    return path;
}

static void read_play(const reader_t *reader, const ent_yaml_t *node, ent_calibration_play_t *play)
{
    static const char *const keys[] = {"name", "config", "set", "replications"};
    const char *text;
    long n = 1;
    ent_bind_known_keys(reader->ctx, node, keys, ENT_COUNT(keys));
    if (ent_bind_need(reader->ctx, node, "name", "a play has a name") &&
        ent_bind_name(reader->ctx, ent_yaml_get(node, "name"), &text)) {
        play->name = ent_strdup(reader->ctx, text);
    }
    if (ent_bind_text(reader->ctx, ent_yaml_get(node, "config"), &text)) {
        play->config = beside(reader, text);
    }
    (void)ent_bind_integer(reader->ctx, ent_yaml_get(node, "replications"), 1, 100000, &n);
    play->replications = (int)n;
    read_set(reader, ent_yaml_get(node, "set"), play);
}

/* The first play is the command's config with `set` and `replications`; `plays` come after it. */
static void read_plays(reader_t *reader)
{
    ent_calibration_t *self = reader->self;
    const ent_yaml_t *list;
    const size_t n = list_of(reader, "plays", MAX_PLAYS, &list);
    long replications = 1;
    self->plays = ent_calloc(reader->ctx, n + 1, sizeof *self->plays);
    if (self->plays == NULL) {
        return;
    }
    read_integer(reader, "replications", 1, 100000, &replications);
    self->plays[0].name = ent_strdup(reader->ctx, "main");
    self->plays[0].replications = (int)replications;
    read_set(reader, ent_yaml_get(reader->root, "set"), &self->plays[0]);
    self->n_plays = 1;
    for (size_t i = 0; i < n; i++) {
        if (ent_bind_is_map(reader->ctx, list->children[i])) {
            read_play(reader, list->children[i], &self->plays[self->n_plays++]);
        }
    }
}

/* ---- moments ---- */

static int month_at(const reader_t *reader, const ent_yaml_t *node, const char *key, int otherwise)
{
    const ent_yaml_t *child = ent_yaml_get(node, key);
    const char *text = NULL;
    if (child == NULL || !ent_bind_text(reader->ctx, child, &text)) {
        return otherwise;
    }
    const int month = ent_month_parse(text);
    if (month < 0) {
        (void)ent_bind_fault(reader->ctx, child, NULL, "a month, such as 2025-06");
    }
    return month;
}

static ent_months_t months_at(const reader_t *reader, const ent_yaml_t *node, const char *month,
                              const char *from, const char *to)
{
    const int one = month_at(reader, node, month, -1), begin = month_at(reader, node, from, one);
    const ent_months_t months = {begin, month_at(reader, node, to, begin)};
    if (months.to < months.from) {
        (void)ent_bind_fault(reader->ctx, ent_yaml_get(node, to), NULL, "not before `%s`", from);
    }
    return months;
}

/* ORIGIN-DESTINATION, WLD for all origins; regions may have no dash in their names. */
static void read_flow(const reader_t *reader, const ent_yaml_t *node, ent_moment_t *moment)
{
    const ent_yaml_t *flow = ent_yaml_get(node, "flow");
    const char *text = NULL;
    if (!ent_bind_text(reader->ctx, flow, &text)) {
        return;
    }
    const char *dash = strchr(text, '-');
    if (dash == NULL || dash == text || dash[1] == '\0') {
        (void)ent_bind_fault(reader->ctx, flow, NULL, "ORIGIN-DESTINATION, with WLD for all origins");
        return;
    }
    moment->destination = ent_strdup(reader->ctx, dash + 1);
    if (strncmp(text, "WLD-", 4) != 0) {
        moment->origin = ent_format(reader->ctx, "%.*s", (int)(dash - text), text);
    }
}

static void read_sectors(const reader_t *reader, const ent_yaml_t *node, ent_moment_t *moment)
{
    const ent_yaml_t *list = ent_yaml_get(node, "sectors");
    if (list == NULL || !ent_bind_is_list(reader->ctx, list, MAX_SECTORS)) {
        return;
    }
    moment->sectors = ent_calloc(reader->ctx, list->n_children + 1, sizeof *moment->sectors);
    for (size_t i = 0; moment->sectors != NULL && i < list->n_children; i++) {
        const char *text;
        if (ent_bind_text(reader->ctx, list->children[i], &text)) {
            moment->sectors[moment->n_sectors++] = ent_strdup(reader->ctx, text);
        }
    }
}

/* What a kind needs besides its months. */
static void check_kind(const reader_t *reader, const ent_yaml_t *node, const ent_moment_t *moment)
{
    const int firms = moment->kind == ENT_MOMENT_EXPORTERS || moment->kind == ENT_MOMENT_SURVIVAL ||
                      moment->kind == ENT_MOMENT_TOP_SHARE;
    const int based = moment->kind == ENT_MOMENT_INDEX || moment->kind == ENT_MOMENT_EXPORTERS ||
                      moment->kind == ENT_MOMENT_SURVIVAL;
    if (!firms) {
        (void)ent_bind_need(reader->ctx, node, "flow",
                            "ORIGIN-DESTINATION of the config's regions, WLD for all origins");
    }
    if (based && moment->base_months.from < 0) {
        (void)ent_bind_missing(reader->ctx, node, "base_month", "`base_month`, or `base_from` and `base_to`");
    }
    if (moment->kind == ENT_MOMENT_BORDER && moment->destination != NULL && moment->origin == NULL) {
        (void)ent_bind_fault(reader->ctx, ent_yaml_get(node, "flow"), NULL,
                             "the pass-through at the border is that of one origin");
    }
    if (moment->months.from < 0) {
        (void)ent_bind_missing(reader->ctx, node, "month", "`month`, or `from` and `to`");
    }
}

static void read_moment(const reader_t *reader, const ent_yaml_t *node, ent_moment_t *moment)
{
    static const char *const keys[] = {"name",  "kind",      "play",    "scenario", "base",  "flow",
                                       "month", "sectors",   "from",    "to",       "top",   "base_month",
                                       "value", "base_from", "base_to", "error",    "source"};
    const char *text;
    int kind = 0;
    long top = 10;
    ent_bind_known_keys(reader->ctx, node, keys, ENT_COUNT(keys));
    if (ent_bind_need(reader->ctx, node, "name", "a moment has a name") &&
        ent_bind_name(reader->ctx, ent_yaml_get(node, "name"), &text)) {
        moment->name = ent_strdup(reader->ctx, text);
    }
    if (ent_bind_need(reader->ctx, node, "kind", "what is computed") &&
        !ent_bind_choice(reader->ctx, ent_yaml_get(node, "kind"), "kind of moment", ent_moment_names,
                         ENT_N_MOMENTS, &kind)) {
        return;
    }
    moment->kind = (ent_moment_kind_t)kind;
    moment->play = text_at(reader, node, "play");
    moment->scenario = text_at(reader, node, "scenario");
    moment->base = text_at(reader, node, "base");
    moment->source = text_at(reader, node, "source");
    moment->months = months_at(reader, node, "month", "from", "to");
    moment->base_months = months_at(reader, node, "base_month", "base_from", "base_to");
    read_flow(reader, node, moment);
    read_sectors(reader, node, moment);
    (void)ent_bind_integer(reader->ctx, ent_yaml_get(node, "top"), 10, 100, &top);
    moment->top = (int)top;
    if (top != 10 && top != 100) {
        (void)ent_bind_fault(reader->ctx, ent_yaml_get(node, "top"), NULL, "10 or 100");
    }
    (void)ent_bind_need(reader->ctx, node, "source", "where the value comes from");
    if (ent_bind_need(reader->ctx, node, "value", "the target")) {
        (void)ent_bind_number(reader->ctx, ent_yaml_get(node, "value"), -1e12, 1e12, &moment->value);
    }
    if (ent_bind_need(reader->ctx, node, "error", "the standard error of the target, above 0")) {
        (void)ent_bind_number(reader->ctx, ent_yaml_get(node, "error"), 1e-9, 1e12, &moment->error);
    }
    check_kind(reader, node, moment);
}

static void check_moment(const reader_t *reader, const ent_yaml_t *node, int at)
{
    const ent_calibration_t *self = reader->self;
    const ent_moment_t *moment = &self->moments[at];
    const char *names[MAX_PLAYS + 1];
    int known = moment->play == NULL;
    for (int i = 0; i < at; i++) {
        if (moment->name != NULL && self->moments[i].name != NULL &&
            strcmp(moment->name, self->moments[i].name) == 0) {
            (void)ent_bind_fault(reader->ctx, ent_yaml_get(node, "name"), NULL, "a name is used once");
        }
    }
    for (int p = 0; p < self->n_plays; p++) {
        names[p] = self->plays[p].name != NULL ? self->plays[p].name : "";
        known |= moment->play != NULL && strcmp(moment->play, names[p]) == 0;
    }
    if (!known) {
        (void)ent_bind_fault(reader->ctx, ent_yaml_get(node, "play"),
                             ent_nearest(moment->play, names, (size_t)self->n_plays), "no such play");
    }
}

static void read_moments(reader_t *reader)
{
    const ent_yaml_t *list;
    const size_t n = list_of(reader, "moments", MAX_MOMENTS, &list);
    if (n == 0) {
        (void)ent_bind_missing(reader->ctx, reader->root, "moments", "at least one");
        return;
    }
    reader->self->moments = ent_calloc(reader->ctx, n, sizeof *reader->self->moments);
    for (size_t i = 0; reader->self->moments != NULL && i < n; i++) {
        if (ent_bind_is_map(reader->ctx, list->children[i])) {
            ent_moment_t *moment = &reader->self->moments[reader->self->n_moments];
            read_moment(reader, list->children[i], moment);
            check_moment(reader, list->children[i], reader->self->n_moments++);
        }
    }
}

/* ---- the whole ---- */

int ent_calibration_read(ent_calibration_t *self, const char *path, ent_context_t *ctx)
{
    static const char *const keys[] = {"calibration", "title",         "parameters",   "plays",
                                       "moments",     "set",           "replications", "seed",
                                       "population",  "generations",   "quantile",     "tolerance",
                                       "batch",       "most_attempts", "adjust"};
    const size_t n_before = ctx->n_faults + ctx->dropped;
    const char *name;
    *self = (ent_calibration_t){.path = ent_strdup(ctx, path),
                                .population = 100,
                                .generations = 8,
                                .batch = 16,
                                .most_attempts = 20000,
                                .seed = 1,
                                .quantile = 0.5};
    reader_t reader = {.self = self, .ctx = ctx};
    int code = self->path == NULL ? ENT_ERR_NO_MEMORY : ent_yaml_read(&reader.root, path, ctx);
    if (reader.root != NULL && code == 0) {
        ent_bind_known_keys(ctx, reader.root, keys, ENT_COUNT(keys));
        if (ent_bind_need(ctx, reader.root, "calibration", "a calibration has a name") &&
            ent_bind_name(ctx, ent_yaml_get(reader.root, "calibration"), &name)) {
            self->name = ent_strdup(ctx, name);
        }
        read_integer(&reader, "population", 10, 100000, &self->population);
        read_integer(&reader, "generations", 1, 1000, &self->generations);
        read_integer(&reader, "batch", 1, 10000, &self->batch);
        read_integer(&reader, "most_attempts", 10, 1e9, &self->most_attempts);
        read_integer(&reader, "seed", 0, 9e15, &self->seed);
        (void)ent_bind_number(ctx, ent_yaml_get(reader.root, "quantile"), 0.05, 0.95, &self->quantile);
        (void)ent_bind_number(ctx, ent_yaml_get(reader.root, "tolerance"), 0.0, 1e6, &self->tolerance);
        (void)ent_bind_flag(ctx, ent_yaml_get(reader.root, "adjust"), &self->adjust);
        read_parameters(&reader);
        read_plays(&reader);
        read_moments(&reader);
        self->text = ent_yaml_text(reader.root, ctx);
        code = ctx->n_faults + ctx->dropped > n_before ? ctx->code : 0;
    }
    ent_yaml_free(reader.root);
    return code;
}

static void free_moment(ent_moment_t *moment)
{
    char *texts[] = {moment->name, moment->source, moment->play,       moment->scenario,
                     moment->base, moment->origin, moment->destination};
    for (size_t i = 0; i < ENT_COUNT(texts); i++) {
        free(texts[i]);
    }
    for (int s = 0; s < moment->n_sectors; s++) {
        free(moment->sectors[s]);
    }
    free(moment->sectors);
}

void ent_calibration_free(ent_calibration_t *self)
{
    for (int i = 0; i < self->n_parameters; i++) {
        ent_factor_free(&self->parameters[i]);
    }
    for (int i = 0; i < self->n_moments; i++) {
        free_moment(&self->moments[i]);
    }
    for (int i = 0; i < self->n_plays; i++) {
        ent_calibration_play_t *play = &self->plays[i];
        for (int k = 0; k < play->n_set; k++) {
            free((char *)play->set[k].key);
            free((char *)play->set[k].value);
        }
        free(play->set);
        free(play->name);
        free(play->config);
    }
    free(self->parameters);
    free(self->moments);
    free(self->plays);
    free(self->path);
    free(self->name);
    free(self->text);
    *self = (ent_calibration_t){0};
}
