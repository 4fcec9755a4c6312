/* The negotiation: two sides, a deadline, what is on the table and what comes back without a deal. */
#include "config/internal.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static const char *const negotiation_keys[] = {"from",  "deadline", "deal",    "snap_back", "terms",
                                               "prior", "spread",   "urgency", "sides"};
static const char *const side_keys[] = {"speed", "pressure", "exports", "prices"};
static const char *const terms_names[] = {"scaled", "whole"};

enum { ENT_SIDES = 2 };

static void read_side(ent_config_reader_t *reader, const ent_yaml_t *node, ent_negotiation_t *n, int i)
{
    ent_context_t *ctx = reader->ctx;
    n->speed[i] = 3.0;
    n->exports[i] = n->prices[i] = 1.0;
    if (!ent_bind_is_map(ctx, node)) {
        return;
    }
    ent_bind_known_keys(ctx, node, side_keys, ENT_COUNT(side_keys));
    (void)ent_bind_number(ctx, ent_yaml_get(node, "speed"), 0.0, 1000.0, &n->speed[i]);
    (void)ent_bind_number(ctx, ent_yaml_get(node, "pressure"), 0.0, 1000.0, &n->pressure[i]);
    (void)ent_bind_number(ctx, ent_yaml_get(node, "exports"), 0.0, 1000.0, &n->exports[i]);
    (void)ent_bind_number(ctx, ent_yaml_get(node, "prices"), 0.0, 1000.0, &n->prices[i]);
}

static void read_sides(ent_config_reader_t *reader, const ent_yaml_t *node, const ent_yaml_t *sides)
{
    const ent_config_t *config = reader->config;
    ent_negotiation_t *n = &reader->config->negotiation;
    n->side[0] = n->side[1] = -1;
    if (sides == NULL) {
        (void)ent_bind_missing(reader->ctx, node, "sides", "the two governments that bargain");
        return;
    }
    if (!ent_bind_is_map(reader->ctx, sides)) {
        return;
    }
    if (sides->n_children != ENT_SIDES) {
        (void)ent_bind_fault(reader->ctx, sides, NULL, "a negotiation has two sides; these are %zu",
                             sides->n_children);
    }
    for (size_t i = 0; i < sides->n_children && i < ENT_SIDES; i++) {
        const ent_yaml_t *child = sides->children[i];
        n->side[i] = ent_config_region(config, child->key);
        if (n->side[i] < 0 && config->n_region > 0) {
            ent_config_no_region(reader, child, child->key);
        }
        read_side(reader, child, n, (int)i);
    }
}

static int bind_regime(ent_config_reader_t *reader, const ent_yaml_t *node, const char *key, const char *rule)
{
    const ent_config_t *config = reader->config;
    const char *names[ENT_CONFIG_MAX_REGIMES];
    int regime = 0;
    for (int g = 0; g < config->n_regimes; g++) {
        names[g] = config->regimes[g].name;
    }
    if (ent_yaml_get(node, key) == NULL) {
        (void)ent_bind_missing(reader->ctx, node, key, rule);
    }
    (void)ent_bind_choice(reader->ctx, ent_yaml_get(node, key), "regime", names, (size_t)config->n_regimes,
                          &regime);
    return regime;
}

/* The talks begin in the run, and the deadline comes after. `never` is none. */
static void read_days(ent_config_reader_t *reader, const ent_yaml_t *node)
{
    const ent_config_t *config = reader->config;
    ent_negotiation_t *n = &reader->config->negotiation;
    const ent_yaml_t *from = ent_yaml_get(node, "from"), *deadline = ent_yaml_get(node, "deadline");
    const int none =
        deadline == NULL || (deadline->kind == ENT_YAML_SCALAR && strcmp(deadline->text, "never") == 0);
    n->from = n->deadline = ENT_DAY_NEVER;
    if (from == NULL) {
        (void)ent_bind_missing(reader->ctx, node, "from", "the day on which talks begin");
    }
    const int begun = ent_bind_day(reader->ctx, from, &n->from);
    if (config->calendar.steps_per_year > 0 && begun &&
        n->from < ent_step_begin(&config->calendar, -config->n_burn_in)) {
        (void)ent_bind_fault(reader->ctx, from, NULL, "talks begin after the first step played");
    }
    if (!none && ent_bind_day(reader->ctx, deadline, &n->deadline) && begun && n->deadline <= n->from) {
        (void)ent_bind_fault(reader->ctx, deadline, NULL, "the deadline is past when talks begin");
    }
}

static const ent_yaml_t *first_negotiated(const ent_config_reader_t *reader)
{
    const ent_yaml_t *scenarios = ent_yaml_get(reader->root, "scenarios");
    for (size_t i = 0; scenarios != NULL && i < scenarios->n_children; i++) {
        const ent_yaml_t *negotiated = ent_yaml_get(scenarios->children[i], "negotiated");
        if (negotiated != NULL) {
            return negotiated;
        }
    }
    return NULL;
}

void ent_config_read_negotiation(ent_config_reader_t *reader)
{
    ent_config_t *config = reader->config;
    ent_negotiation_t *n = &config->negotiation;
    const ent_yaml_t *node = ent_yaml_get(reader->root, "negotiation");
    int negotiated = 0, terms = 0;
    for (int i = 0; i < config->n_scenarios; i++) {
        negotiated |= config->scenarios[i].negotiated;
    }
    if (node == NULL) {
        if (negotiated) {
            (void)ent_bind_fault(reader->ctx, first_negotiated(reader), NULL,
                                 "a negotiated scenario needs the section `negotiation`");
        }
        return;
    }
    *n = (ent_negotiation_t){.given = negotiated, .prior = 0.5, .spread = 0.4, .urgency = 90.0};
    if (!ent_bind_is_map(reader->ctx, node)) {
        return;
    }
    ent_bind_known_keys(reader->ctx, node, negotiation_keys, ENT_COUNT(negotiation_keys));
    read_days(reader, node);
    read_sides(reader, node, ent_yaml_get(node, "sides"));
    n->deal = bind_regime(reader, node, "deal", "the regime that begins when offers meet");
    n->snap_back = bind_regime(reader, node, "snap_back", "the regime that begins when the deadline passes");
    if (n->deal == n->snap_back && ent_yaml_get(node, "snap_back") != NULL) {
        (void)ent_bind_fault(reader->ctx, ent_yaml_get(node, "snap_back"), NULL,
                             "not the same regime as `deal`: there would be nothing to bargain about");
    }
    (void)ent_bind_choice(reader->ctx, ent_yaml_get(node, "terms"), "terms", terms_names,
                          ENT_COUNT(terms_names), &terms);
    n->whole = terms;
    (void)ent_bind_number(reader->ctx, ent_yaml_get(node, "prior"), 0.0, 1.0, &n->prior);
    (void)ent_bind_number(reader->ctx, ent_yaml_get(node, "spread"), 0.0, 3.0, &n->spread);
    (void)ent_bind_number(reader->ctx, ent_yaml_get(node, "urgency"), 1.0, 3660.0, &n->urgency);
    for (int i = 0; i < config->n_scenarios; i++) {
        config->scenarios[i].regime =
            config->scenarios[i].negotiated ? n->snap_back : config->scenarios[i].regime;
    }
}

/* ---- decomposition ---- */

static int bind_scenario(ent_config_reader_t *reader, const ent_yaml_t *node)
{
    const ent_config_t *config = reader->config;
    const char *names[ENT_CONFIG_MAX_SCENARIOS];
    int scenario = -1;
    for (int i = 0; i < config->n_scenarios; i++) {
        names[i] = config->scenarios[i].name;
    }
    (void)ent_bind_choice(reader->ctx, node, "scenario", names, (size_t)config->n_scenarios, &scenario);
    return scenario;
}

static void append(ent_config_reader_t *reader, int scenario)
{
    ent_config_t *config = reader->config;
    char *before = config->decomposition;
    if (scenario >= 0) {
        config->decomposition = ent_format(reader->ctx, "%s%s%s", before != NULL ? before : "",
                                           before != NULL ? "|" : "", config->scenarios[scenario].name);
        free(before);
    }
}

void ent_config_read_decomposition(ent_config_reader_t *reader)
{
    static const char *const keys[] = {"base", "parts", "together"};
    const ent_yaml_t *node = ent_yaml_get(reader->root, "decomposition");
    if (!ent_bind_is_map(reader->ctx, node)) {
        return;
    }
    ent_bind_known_keys(reader->ctx, node, keys, ENT_COUNT(keys));
    for (size_t k = 0; k < ENT_COUNT(keys); k++) {
        if (ent_yaml_get(node, keys[k]) == NULL) {
            (void)ent_bind_missing(
                reader->ctx, node, keys[k],
                "a decomposition has a base scenario, its parts, and all of them together");
            return;
        }
    }
    const ent_yaml_t *parts = ent_yaml_get(node, "parts");
    append(reader, bind_scenario(reader, ent_yaml_get(node, "base")));
    append(reader, bind_scenario(reader, ent_yaml_get(node, "together")));
    for (size_t i = 0;
         ent_bind_is_list(reader->ctx, parts, ENT_CONFIG_MAX_SCENARIOS) && i < parts->n_children; i++) {
        append(reader, bind_scenario(reader, parts->children[i]));
    }
}
