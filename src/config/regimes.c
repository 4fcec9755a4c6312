/* Regimes (possible policy futures), the public signal about them, and the scenarios that are played. */
#include "config/internal.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const regime_keys[] = {"measures", "include", "paths", "purchases", "investment", "law"};
static const char *const belief_keys[] = {"signals", "resolved"};
static const char *const scenario_keys[] = {"name", "regime", "beliefs", "negotiated"};
static const char *const belief_kinds[] = {"resolved", "held"};
static const double probability_tolerance = 1e-6;

static int find_regime(const ent_config_t *config, const char *name)
{
    for (int g = 0; g < config->n_regimes; g++) {
        if (config->regimes[g].name != NULL && strcmp(config->regimes[g].name, name) == 0) {
            return g;
        }
    }
    return -1;
}

static const char *nearest_regime(const ent_config_t *config, const char *name)
{
    const char *names[ENT_CONFIG_MAX_REGIMES];
    for (int g = 0; g < config->n_regimes; g++) {
        names[g] = config->regimes[g].name;
    }
    return ent_nearest(name, names, (size_t)config->n_regimes);
}

static void read_regime(ent_config_reader_t *reader, ent_config_law_t *law, const ent_yaml_t *node,
                        ent_regime_t *regime)
{
    if (!ent_bind_name_is_good(node->key) || strcmp(node->key, "date") == 0) {
        (void)ent_bind_fault(
            reader->ctx, node, NULL,
            "a regime's name has at most %d letters, digits, '-', '_' and '.', and is not `date`",
            ENT_MAX_NAME);
    }
    regime->name = ent_strdup(reader->ctx, node->key);
    if (ent_bind_is_map(reader->ctx, node)) {
        ent_bind_known_keys(reader->ctx, node, regime_keys, ENT_COUNT(regime_keys));
        ent_config_read_measures(reader, ent_yaml_get(node, "measures"), &regime->measures,
                                 &regime->n_measures);
        ent_config_read_regime_law(reader, law, ent_yaml_get(node, "law"),
                                   (int)(regime - reader->config->regimes));
    }
}

static void read_regime_list(ent_config_reader_t *reader, ent_config_law_t *law)
{
    ent_config_t *config = reader->config;
    const ent_yaml_t *node = ent_yaml_get(reader->root, "regimes");
    int given = ent_bind_is_map(reader->ctx, node) && node->n_children > 0;
    if (given && node->n_children > ENT_CONFIG_MAX_REGIMES) {
        (void)ent_bind_fault(reader->ctx, node, NULL, "at most %d regimes", ENT_CONFIG_MAX_REGIMES);
        given = 0;
    }
    size_t n = given ? node->n_children : 1;
    config->regimes = ent_calloc(reader->ctx, n, sizeof *config->regimes);
    if (config->regimes == NULL) {
        return;
    }
    if (!given) {
        config->regimes[0].name = ent_strdup(reader->ctx, "baseline");
        config->n_regimes = 1;
        return;
    }
    for (size_t g = 0; g < n; g++) {
        config->n_regimes = (int)g + 1;
        read_regime(reader, law, node->children[g], &config->regimes[g]);
    }
}

/* ---- regimes made of others ---- */

static void read_includes(ent_config_reader_t *reader, const ent_yaml_t *node, int g)
{
    const ent_config_t *config = reader->config;
    const ent_yaml_t *include = ent_yaml_get(node, "include");
    if (!ent_bind_is_list(reader->ctx, include, ENT_CONFIG_MAX_REGIMES)) {
        return;
    }
    for (size_t i = 0; i < include->n_children; i++) {
        const char *name = NULL;
        if (!ent_bind_text(reader->ctx, include->children[i], &name)) {
            continue;
        }
        const int other = find_regime(config, name);
        if (other < 0 || other == g) {
            (void)ent_bind_fault(reader->ctx, include->children[i],
                                 other < 0 ? nearest_regime(config, name) : NULL,
                                 other < 0 ? "no such regime" : "a regime does not include itself");
        } else {
            config->regimes[g].includes[other] = 1;
        }
    }
}

/* Where the law of a regime differs, its measures say all; another's cannot stand beside them. */
static void refuse_two_laws(ent_config_reader_t *reader, int g)
{
    const ent_config_t *config = reader->config;
    const ent_yaml_t *node = ent_yaml_get(reader->root, "regimes");
    const ent_yaml_t *other = NULL;
    for (int h = 0; node != NULL && h < config->n_regimes && (size_t)h < node->n_children; h++) {
        const ent_yaml_t *law =
            config->regimes[g].includes[h] ? ent_yaml_get(node->children[h], "law") : NULL;
        if (law != NULL && other != NULL) {
            (void)ent_bind_fault(reader->ctx, law, NULL,
                                 "the regime %s has two laws, by what it includes: say all in one",
                                 config->regimes[g].name);
            return;
        }
        other = law != NULL ? law : other;
    }
}

/* A regime has the measures of all that it includes, and of what they include. */
static void add_included(ent_config_reader_t *reader, int g, const int *own)
{
    const ent_config_t *config = reader->config;
    ent_regime_t *regime = &config->regimes[g];
    int n = own[g], total = 0;
    for (int h = 0; h < config->n_regimes; h++) {
        total += regime->includes[h] ? own[h] : 0;
    }
    int *measures = ent_calloc(reader->ctx, (size_t)total + 1, sizeof *measures);
    if (measures == NULL) {
        return;
    }
    if (n > 0) {
        memcpy(measures, regime->measures, (size_t)n * sizeof *measures);
    }
    for (int h = 0; h < config->n_regimes; h++) {
        for (int i = 0; regime->includes[h] && h != g && i < own[h]; i++) {
            measures[n++] = config->regimes[h].measures[i];
        }
    }
    free(regime->measures);
    regime->measures = measures;
    regime->n_measures = n;
}

static void compose_regimes(ent_config_reader_t *reader)
{
    const ent_config_t *config = reader->config;
    const ent_yaml_t *node = ent_yaml_get(reader->root, "regimes");
    const int n = config->n_regimes;
    int own[ENT_CONFIG_MAX_REGIMES];
    for (int g = 0; g < n; g++) {
        ent_regime_t *regime = &config->regimes[g];
        own[g] = regime->n_measures;
        regime->includes = ent_calloc(reader->ctx, (size_t)n, 1);
        if (regime->includes == NULL) {
            return;
        }
        regime->includes[g] = 1;
        if (node != NULL && (size_t)g < node->n_children) {
            read_includes(reader, node->children[g], g);
        }
    }
    for (int k = 0; k < n; k++) {
        for (int g = 0; g < n; g++) {
            for (int h = 0; h < n; h++) {
                config->regimes[g].includes[h] |=
                    config->regimes[g].includes[k] && config->regimes[k].includes[h];
            }
        }
    }
    for (int g = 0; g < n; g++) {
        refuse_two_laws(reader, g);
        add_included(reader, g, own);
    }
}

/* ---- the public signal ---- */

static void read_signal(ent_config_reader_t *reader, const ent_yaml_t *node, ent_signal_t *signal)
{
    ent_config_t *config = reader->config;
    const ent_yaml_t *date = ent_yaml_get(node, "date");
    double sum = 0.0;
    signal->day = ENT_DAY_NEVER;
    signal->probability = ent_calloc(reader->ctx, (size_t)config->n_regimes, sizeof(double));
    if (signal->probability == NULL || !ent_bind_is_map(reader->ctx, node)) {
        return;
    }
    if (date == NULL) {
        (void)ent_bind_missing(reader->ctx, node, "date", "the day of the signal");
    }
    (void)ent_bind_day(reader->ctx, date, &signal->day);
    int sound = 1;
    for (size_t i = 0; i < node->n_children; i++) {
        const ent_yaml_t *child = node->children[i];
        int regime = find_regime(config, child->key);
        if (child == date) {
            continue;
        }
        if (regime < 0) {
            const char *nearest = nearest_regime(config, child->key);
            (void)ent_bind_fault(reader->ctx, child, nearest, "no such regime");
            sound = 0;
        } else if (!ent_bind_number(reader->ctx, child, 0.0, 1.0, &signal->probability[regime])) {
            sound = 0;
        } else {
            sum += signal->probability[regime];
        }
    }
    if (sound && fabs(sum - 1.0) > probability_tolerance) {
        (void)ent_bind_fault(reader->ctx, node, NULL,
                             "the probabilities of the regimes sum to 1; these sum to %.6g", sum);
    }
    for (int g = 0; g < config->n_regimes && sum > 0.0; g++) {
        signal->probability[g] /= sum;
    }
}

static void read_signals(ent_config_reader_t *reader, const ent_yaml_t *node)
{
    ent_config_t *config = reader->config;
    if (!ent_bind_is_list(reader->ctx, node, ENT_CONFIG_MAX_SIGNALS)) {
        return;
    }
    config->signals = ent_calloc(reader->ctx, node->n_children, sizeof *config->signals);
    for (size_t i = 0; config->signals != NULL && i < node->n_children; i++) {
        ent_signal_t *signal = &config->signals[config->n_signals++];
        read_signal(reader, node->children[i], signal);
        if (i > 0 && signal->day != ENT_DAY_NEVER && signal[-1].day != ENT_DAY_NEVER &&
            signal->day <= signal[-1].day) {
            (void)ent_bind_fault(reader->ctx, ent_yaml_get(node->children[i], "date"), NULL,
                                 "signals come in the order of their dates");
        }
    }
}

static void read_beliefs(ent_config_reader_t *reader)
{
    ent_config_t *config = reader->config;
    const ent_yaml_t *node = ent_yaml_get(reader->root, "beliefs");
    config->resolved = ENT_DAY_NEVER;
    if (!ent_bind_is_map(reader->ctx, node) || node->kind == ENT_YAML_NULL) {
        return;
    }
    const ent_yaml_t *signals = ent_yaml_get(node, "signals"), *resolved = ent_yaml_get(node, "resolved");
    ent_bind_known_keys(reader->ctx, node, belief_keys, ENT_COUNT(belief_keys));
    if (config->n_regimes < 2 && signals != NULL && signals->n_children > 0) {
        (void)ent_bind_fault(reader->ctx, signals, NULL,
                             "a signal tells regimes apart, and there is only one: give `regimes`");
        return;
    }
    read_signals(reader, signals);
    if (config->n_signals > 0 && resolved == NULL) {
        (void)ent_bind_missing(reader->ctx, node, "resolved", "the day the regime is revealed");
    }
    if (config->n_signals == 0) {
        if (resolved != NULL) {
            (void)ent_bind_fault(reader->ctx, resolved, NULL, "without signals there is nothing to resolve");
        }
        return;
    }
    ent_day_t last = config->signals[config->n_signals - 1].day;
    if (ent_bind_day(reader->ctx, resolved, &config->resolved) && last != ENT_DAY_NEVER &&
        config->resolved <= last) {
        (void)ent_bind_fault(reader->ctx, resolved, NULL, "the regime is revealed after the last signal");
    }
}

/* ---- scenarios ---- */

/* Talks pick their regime themselves, and beliefs are held about something. */
static void check_kind(ent_config_reader_t *reader, const ent_yaml_t *node, const ent_scenario_t *scenario)
{
    if (scenario->negotiated && (ent_yaml_get(node, "regime") != NULL || scenario->held)) {
        (void)ent_bind_fault(reader->ctx, ent_yaml_get(node, "negotiated"), NULL,
                             "a negotiated scenario has neither a regime of its own nor held beliefs");
    }
    if (scenario->held && reader->config->n_signals == 0) {
        (void)ent_bind_fault(reader->ctx, ent_yaml_get(node, "beliefs"), NULL,
                             "without signals there are no beliefs to hold: give `beliefs`");
    }
}

static void read_scenario(ent_config_reader_t *reader, const ent_yaml_t *node, ent_scenario_t *scenario)
{
    const ent_config_t *config = reader->config;
    const ent_yaml_t *name_node = node, *regime_node = node;
    const char *name = NULL, *regime = NULL;
    if (node->kind == ENT_YAML_MAP) {
        ent_bind_known_keys(reader->ctx, node, scenario_keys, ENT_COUNT(scenario_keys));
        name_node = ent_yaml_get(node, "name");
        regime_node = ent_yaml_get(node, "regime");
        (void)ent_bind_choice(reader->ctx, ent_yaml_get(node, "beliefs"), "kind of beliefs", belief_kinds,
                              ENT_COUNT(belief_kinds), &scenario->held);
        (void)ent_bind_flag(reader->ctx, ent_yaml_get(node, "negotiated"), &scenario->negotiated);
        check_kind(reader, node, scenario);
        if (scenario->negotiated) {
            regime_node = NULL;
        } else if (regime_node == NULL) {
            (void)ent_bind_missing(reader->ctx, node, "regime", "the regime that the scenario plays");
        }
        if (name_node == NULL && scenario->negotiated) {
            (void)ent_bind_missing(reader->ctx, node, "name", "a name of its own");
        }
        if (name_node == NULL) {
            name_node = regime_node;
        }
    }
    scenario->regime = scenario->negotiated ? 0 : -1;
    (void)ent_bind_name(reader->ctx, name_node, &name);
    if (regime_node != name_node || name != NULL) {
        (void)ent_bind_text(reader->ctx, regime_node, &regime);
    }
    if (regime != NULL) {
        scenario->regime = find_regime(config, regime);
        if (scenario->regime < 0) {
            (void)ent_bind_fault(reader->ctx, regime_node, nearest_regime(config, regime), "no such regime");
        }
    }
    scenario->name = ent_strdup(reader->ctx, name != NULL ? name : "");
    for (const ent_scenario_t *other = config->scenarios; name != NULL && other < scenario; other++) {
        if (other->name != NULL && strcmp(other->name, name) == 0) {
            (void)ent_bind_fault(reader->ctx, name_node, NULL, "every scenario has a name of its own");
        }
    }
}

static void read_scenarios(ent_config_reader_t *reader)
{
    ent_config_t *config = reader->config;
    const ent_yaml_t *node = ent_yaml_get(reader->root, "scenarios");
    int given = ent_bind_is_list(reader->ctx, node, ENT_CONFIG_MAX_SCENARIOS) && node->n_children > 0;
    size_t n = given ? node->n_children : (size_t)config->n_regimes;
    config->scenarios = ent_calloc(reader->ctx, n, sizeof *config->scenarios);
    for (size_t i = 0; config->scenarios != NULL && i < n; i++) {
        ent_scenario_t *scenario = &config->scenarios[config->n_scenarios++];
        if (given) {
            read_scenario(reader, node->children[i], scenario);
        } else {
            scenario->regime = (int)i;
            scenario->name = ent_strdup(reader->ctx, config->regimes[i].name);
        }
    }
}

void ent_config_read_regimes(ent_config_reader_t *reader)
{
    ent_config_t *config = reader->config;
    ent_config_read_measures(reader, ent_yaml_get(reader->root, "measures"), &config->common,
                             &config->n_common);
    ent_config_law_t *law = ent_config_read_law(reader);
    read_regime_list(reader, law);
    ent_config_law_free(law);
    compose_regimes(reader);
    ent_config_check_measures(reader);
    read_beliefs(reader);
    read_scenarios(reader);
}
