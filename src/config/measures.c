/* Measures: what a government does to whom, from when to when. */
#include "config/internal.h"

#include "base/memory.h"
#include "policy/kinds.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const measure_keys[] = {"id",
                                           "legal",
                                           "set",
                                           "importer",
                                           "partners",
                                           "except",
                                           "sectors",
                                           "except_sectors",
                                           "rate",
                                           "rates",
                                           "kind",
                                           "basis",
                                           "collected_in_full",
                                           "outside_wedge",
                                           "announced",
                                           "effective",
                                           "end",
                                           "end_announced",
                                           "retroactive_to",
                                           "anticipated",
                                           "hazard",
                                           "latest"};
static const char *const basis_names[] = {"arrival", "loading"};
static const char *const news_names[] = {"threat", "hearsay"}; /* by ent_news_t */
static const char *const anticipated_keys[] = {"from", "probability", "news"};
/* 1000 per cent, where `of_value` says that it is meant */
static const double largest_rate = 10.0;
static const double largest_hazard = 365.0; /* a year: a day on average */
enum { MOST_KEYS = 64 };                    /* of a measure, those of all kinds together */

/* A number, or {of_value: number} for a rate above 200 per cent; *most is what it may be. */
static int bind_fraction(ent_config_reader_t *reader, const ent_yaml_t *node, ent_measure_kind_t kind,
                         double *value, double *most)
{
    static const char *const keys[] = {"of_value"};
    *most = ent_kind(kind)->most;
    if (node->kind != ENT_YAML_MAP) {
        return ent_bind_number(reader->ctx, node, -HUGE_VAL, HUGE_VAL, value);
    }
    *most = ent_kind(kind)->share != NULL ? *most : largest_rate;
    ent_bind_known_keys(reader->ctx, node, keys, ENT_COUNT(keys));
    return ent_bind_need(reader->ctx, node, keys[0], "the rate as a fraction of the value") &&
           ent_bind_number(reader->ctx, ent_yaml_get(node, keys[0]), -HUGE_VAL, HUGE_VAL, value);
}

/* A rate as a fraction, with what to write instead when it looks like per cent. */
static int bind_rate(ent_config_reader_t *reader, const ent_yaml_t *node, ent_measure_kind_t kind,
                     double *rate)
{
    const ent_kind_t *row = ent_kind(kind);
    double value, most;
    if (!bind_fraction(reader, node, kind, &value, &most)) {
        return 0;
    }
    if (row->least < 0.0 && value < 0.0) {
        *rate = value;
        return ent_bind_number(reader->ctx, node, row->least, most, rate);
    }
    if (value < 0.0) {
        (void)ent_bind_fault(
            reader->ctx, node, NULL,
            "a rate is not negative; a cut is a measure of kind ceiling, repeal, exemption or of the "
            "same set");
        return 0;
    }
    if (row->share != NULL && value > row->most) {
        (void)ent_bind_fault(reader->ctx, node, NULL, "the share %s is between 0 and 1", row->share);
        return 0;
    }
    if (value > most) {
        (void)ent_bind_fault(reader->ctx, node, NULL,
                             most < largest_rate ? "a rate is a fraction: write %.12g for %.12g per cent, or "
                                                   "{of_value: %.12g} for %.12g per cent"
                                                 : "a rate is a fraction: write %.12g for %.12g per cent; "
                                                   "%.12g is %.12g per cent, more than any",
                             value / 100.0, value, value, 100.0 * value);
        return 0;
    }
    *rate = value;
    return 1;
}

/* Take regions out of the partners, among whom they are. */
static int leave_out(ent_config_reader_t *reader, const ent_yaml_t *node, const unsigned char *left_out,
                     unsigned char *partner, int sound)
{
    for (int r = 0; r < reader->config->n_region; r++) {
        if (left_out[r] && !partner[r] && sound) {
            (void)ent_bind_fault(reader->ctx, node, NULL, "it is not among the partners anyway");
            return 0;
        }
        partner[r] = partner[r] && !left_out[r];
    }
    return 1;
}

/* `partners` and `except` as flags; the importer itself is no partner. */
static int read_partners(ent_config_reader_t *reader, const ent_yaml_t *node, const ent_measure_t *measure,
                         unsigned char *partner)
{
    const ent_config_t *config = reader->config;
    const ent_yaml_t *partners = ent_yaml_get(node, "partners"), *except = ent_yaml_get(node, "except");
    int sound = ent_config_bind_regions(reader, partners, partner);
    int by_name =
        partners != NULL && !(partners->kind == ENT_YAML_SCALAR && strcmp(partners->text, "all") == 0);
    if (measure->importer >= 0 && partner[measure->importer]) {
        if (by_name) {
            (void)ent_bind_fault(reader->ctx, partners, NULL,
                                 "the importer %s is no partner of its own measure",
                                 config->region[measure->importer]);
            sound = 0;
        }
        partner[measure->importer] = 0;
    }
    if (except == NULL || !ent_bind_is_list(reader->ctx, except, ENT_YAML_MAX_CHILDREN)) {
        return sound && except == NULL;
    }
    unsigned char *left_out = ent_calloc(reader->ctx, (size_t)config->n_region, 1);
    for (size_t i = 0; left_out != NULL && i < except->n_children; i++) {
        memset(left_out, 0, (size_t)config->n_region);
        sound &= ent_config_add_regions(reader, except->children[i], left_out) &&
                 leave_out(reader, except->children[i], left_out, partner, sound);
    }
    free(left_out);
    return sound;
}

/* `rates`: one rate for each partner, who are named by it. */
static int read_rates(ent_config_reader_t *reader, const ent_yaml_t *node, ent_measure_t *measure)
{
    const ent_config_t *config = reader->config;
    const ent_yaml_t *rates = ent_yaml_get(node, "rates");
    static const char *const others[] = {"rate", "partners", "except"};
    int sound = ent_bind_is_map(reader->ctx, rates);
    for (size_t k = 0; k < ENT_COUNT(others); k++) {
        const ent_yaml_t *other = ent_yaml_get(node, others[k]);
        if (other != NULL) {
            (void)ent_bind_fault(reader->ctx, other, NULL,
                                 "`rates` names the partners and their rates already");
            sound = 0;
        }
    }
    for (size_t i = 0; rates->kind == ENT_YAML_MAP && i < rates->n_children; i++) {
        const ent_yaml_t *child = rates->children[i];
        double rate = NAN;
        int region = ent_config_region(config, child->key);
        int good = bind_rate(reader, child, measure->kind, &rate);
        if (region < 0 && config->n_region > 0) {
            ent_config_no_region(reader, child, child->key);
        } else if (region >= 0 && region == measure->importer) {
            (void)ent_bind_fault(reader->ctx, child, NULL, "the importer is no partner of its own measure");
        } else if (region >= 0 && good) {
            measure->rate[region] = rate;
            continue;
        }
        sound = 0;
    }
    return sound;
}

/* One rate for all partners. A repeal has none. */
static int read_rate(ent_config_reader_t *reader, const ent_yaml_t *node, ent_measure_t *measure)
{
    const size_t n = (size_t)reader->config->n_region;
    const ent_yaml_t *rate_node = ent_yaml_get(node, "rate");
    unsigned char *partner = ent_calloc(reader->ctx, n, 1);
    double rate = 0.0;
    int sound = partner != NULL && read_partners(reader, node, measure, partner);
    if (ent_kind(measure->kind)->no_rate) {
        if (rate_node != NULL) {
            (void)ent_bind_fault(reader->ctx, rate_node, NULL, "a %s has no rate",
                                 ent_measure_kind_names()[measure->kind]);
            sound = 0;
        }
    } else if (rate_node == NULL) {
        (void)ent_bind_missing(reader->ctx, node, "rate", "`rate` for all partners, or `rates` for each");
        sound = 0;
    } else {
        sound &= bind_rate(reader, rate_node, measure->kind, &rate);
    }
    for (size_t r = 0; partner != NULL && r < n; r++) {
        measure->rate[r] = partner[r] ? rate : NAN;
    }
    free(partner);
    return sound;
}

/* A map of sectors to the share of their trade that is covered. */
static int read_coverage_map(ent_config_reader_t *reader, const ent_yaml_t *node, ent_measure_t *measure)
{
    const ent_config_t *config = reader->config;
    int sound = 1;
    for (size_t i = 0; i < node->n_children; i++) {
        const ent_yaml_t *child = node->children[i];
        int sector = ent_config_sector(config, child->key);
        double share = 0.0;
        if (!ent_bind_number(reader->ctx, child, 0.0, 1.0, &share)) {
            sound = 0;
        }
        if (sector >= 0) {
            measure->coverage[sector] = share;
        } else if (config->n_sector > 0) {
            (void)ent_bind_fault(
                reader->ctx, child,
                ent_nearest(child->key, (const char *const *)config->sector, (size_t)config->n_sector),
                "no such sector in this run");
            sound = 0;
        }
    }
    return sound;
}

static int read_coverage(ent_config_reader_t *reader, const ent_yaml_t *node, ent_measure_t *measure)
{
    const ent_config_t *config = reader->config;
    const ent_yaml_t *sectors = ent_yaml_get(node, "sectors"), *except = ent_yaml_get(node, "except_sectors");
    int sound;
    if (sectors != NULL && sectors->kind == ENT_YAML_MAP) {
        sound = read_coverage_map(reader, sectors, measure);
    } else {
        unsigned char *flags = ent_calloc(reader->ctx, (size_t)config->n_sector, 1);
        sound = flags != NULL && ent_config_bind_sectors(reader, sectors, flags);
        for (int s = 0; flags != NULL && s < config->n_sector; s++) {
            measure->coverage[s] = flags[s] ? 1.0 : 0.0;
        }
        free(flags);
    }
    if (!ent_bind_is_list(reader->ctx, except, ENT_YAML_MAX_CHILDREN)) {
        return sound && except == NULL;
    }
    for (size_t i = 0; i < except->n_children; i++) {
        int sector;
        if (!ent_config_bind_sector(reader, except->children[i], &sector)) {
            sound = 0;
        } else if (measure->coverage[sector] == 0.0 && sound) {
            (void)ent_bind_fault(reader->ctx, except->children[i], NULL,
                                 "it is not among the sectors anyway");
            sound = 0;
        } else {
            measure->coverage[sector] = 0.0;
        }
    }
    return sound;
}

static void read_anticipation(ent_config_reader_t *reader, const ent_yaml_t *node, ent_measure_t *measure)
{
    ent_context_t *ctx = reader->ctx;
    if (!ent_bind_is_map(ctx, node)) {
        return;
    }
    ent_bind_known_keys(ctx, node, anticipated_keys, ENT_COUNT(anticipated_keys));
    const ent_yaml_t *from = ent_yaml_get(node, "from"), *probability = ent_yaml_get(node, "probability");
    if (from == NULL) {
        (void)ent_bind_missing(ctx, node, "from", "the day from which it is expected");
    }
    if (probability == NULL) {
        (void)ent_bind_missing(ctx, node, "probability", "how likely it is held to be, between 0 and 1");
    }
    if (ent_bind_day(ctx, from, &measure->anticipated_from) &&
        measure->anticipated_from >= measure->announced) {
        (void)ent_bind_fault(ctx, from, NULL, "anticipation begins before the announcement");
    }
    (void)ent_bind_number(ctx, probability, 0.0, 1.0, &measure->anticipated_probability);
    int news = ENT_NEWS_THREAT;
    (void)ent_bind_choice(ctx, ent_yaml_get(node, "news"), "kind of news", news_names, ENT_COUNT(news_names),
                          &news);
    measure->news = (ent_news_t)news;
}

/* Keys that every measure may have and those of the kinds, each once; returns their number. */
static size_t known_keys(const char **keys)
{
    size_t n = ENT_COUNT(measure_keys);
    memcpy(keys, measure_keys, sizeof measure_keys);
    for (int kind = 0; kind < ENT_N_MEASURE_KINDS; kind++) {
        for (const ent_kind_key_t *key = ent_kind((ent_measure_kind_t)kind)->keys;
             key != NULL && key->key != NULL; key++) {
            size_t k = 0;
            while (k < n && strcmp(keys[k], key->key) != 0) {
                k++;
            }
            keys[k] = key->key;
            n += k == n && n + 1 < MOST_KEYS;
        }
    }
    return n;
}

/* Keys of other kinds are faults that say whose they are. */
static int refuse_others_keys(ent_config_reader_t *reader, const ent_yaml_t *node,
                              const ent_measure_t *measure)
{
    const char *keys[MOST_KEYS];
    const size_t n = known_keys(keys);
    int sound = 1;
    for (size_t k = ENT_COUNT(measure_keys); k < n; k++) {
        const ent_yaml_t *child = ent_yaml_get(node, keys[k]);
        char kinds[128] = "";
        if (child == NULL || ent_kind_key(measure->kind, keys[k]) != NULL) {
            continue;
        }
        for (int kind = 0; kind < ENT_N_MEASURE_KINDS; kind++) {
            if (ent_kind_key((ent_measure_kind_t)kind, keys[k]) != NULL) {
                const size_t end = strlen(kinds);
                (void)snprintf(kinds + end, sizeof kinds - end, "%s%s", end > 0 ? " or " : "",
                               ent_measure_kind_names()[kind]);
            }
        }
        (void)ent_bind_fault(reader->ctx, child, NULL, "only a measure of kind %s has it", kinds);
        sound = 0;
    }
    return sound;
}

/* What only its kind has, into the measure. */
static int read_own_keys(ent_config_reader_t *reader, const ent_yaml_t *node, ent_measure_t *measure)
{
    const ent_kind_t *kind = ent_kind(measure->kind);
    int sound = refuse_others_keys(reader, node, measure);
    for (const ent_kind_key_t *key = kind->keys; key != NULL && key->key != NULL; key++) {
        const ent_yaml_t *child = ent_yaml_get(node, key->key);
        double value = key->otherwise;
        long whole;
        if (child == NULL && key->rule != NULL) {
            (void)ent_bind_missing(reader->ctx, node, key->key, key->rule);
            sound = 0;
        } else if (child != NULL && key->whole) {
            sound &= ent_bind_integer(reader->ctx, child, key->low, key->high, &whole);
            value = sound ? (double)whole : value;
        } else if (child != NULL) {
            sound &= key->is_rate ? bind_rate(reader, child, measure->kind, &value)
                                  : ent_bind_number(reader->ctx, child, key->low, key->high, &value);
        }
        memcpy((char *)measure + key->offset, &value, sizeof value);
    }
    const char *fault = sound && kind->fault != NULL && reader->config->calendar.steps_per_year > 0
                            ? kind->fault(measure, &reader->config->calendar)
                            : NULL;
    if (fault != NULL) {
        (void)ent_bind_fault(reader->ctx, node, NULL, "%s", fault);
    }
    return sound && fault == NULL;
}

/* A day that is not known: it comes at a rate, from `effective` on and not after `latest`. */
static void read_hazard(ent_config_reader_t *reader, const ent_yaml_t *node, ent_measure_t *measure)
{
    const ent_yaml_t *hazard = ent_yaml_get(node, "hazard"), *latest = ent_yaml_get(node, "latest");
    static const char *const others[] = {"retroactive_to", "anticipated"};
    if (hazard == NULL) {
        if (latest != NULL) {
            (void)ent_bind_fault(reader->ctx, latest, NULL, "without `hazard` the effective day is known");
        }
        return;
    }
    (void)ent_bind_number(reader->ctx, hazard, 0.001, largest_hazard, &measure->hazard);
    for (size_t k = 0; k < ENT_COUNT(others); k++) {
        if (ent_yaml_get(node, others[k]) != NULL) {
            (void)ent_bind_fault(reader->ctx, ent_yaml_get(node, others[k]), NULL,
                                 "a measure whose day comes by a hazard has no %s", others[k]);
        }
    }
    if (ent_bind_day(reader->ctx, latest, &measure->latest) && measure->latest < measure->effective) {
        (void)ent_bind_fault(reader->ctx, latest, NULL, "the latest day is not before the earliest");
    }
}

/* announced <= effective < end, retroactive_to < effective, and not wholly outside the run. */
static int read_dates(ent_config_reader_t *reader, const ent_yaml_t *node, ent_measure_t *measure)
{
    ent_context_t *ctx = reader->ctx;
    const ent_yaml_t *announced = ent_yaml_get(node, "announced"),
                     *effective = ent_yaml_get(node, "effective");
    const ent_yaml_t *end = ent_yaml_get(node, "end"), *retroactive = ent_yaml_get(node, "retroactive_to");
    const ent_yaml_t *end_news = ent_yaml_get(node, "end_announced");
    size_t n_before = ctx->n_faults + ctx->dropped;
    if (effective == NULL) {
        (void)ent_bind_missing(ctx, node, "effective", "the first day it applies");
    }
    int has_effective = ent_bind_day(ctx, effective, &measure->effective);
    measure->announced = measure->effective;
    int has_announced = ent_bind_day(ctx, announced, &measure->announced);
    int has_end = ent_bind_day(ctx, end, &measure->end);
    int has_end_news = ent_bind_day(ctx, end_news, &measure->end_announced);
    int has_retroactive = ent_bind_day(ctx, retroactive, &measure->retroactive_to);
    if (has_effective && has_announced && measure->announced > measure->effective) {
        (void)ent_bind_fault(ctx, announced, NULL, "announced on or before the effective day");
    }
    /* A threat that never came into force ends on the day it would have begun, and was dropped on a day. */
    if (has_effective && has_end && measure->end < measure->effective + (end_news == NULL)) {
        (void)ent_bind_fault(ctx, end, NULL,
                             end_news == NULL
                                 ? "the end comes after the effective day (on it, with `end_announced`, "
                                   "for a threat that was dropped)"
                                 : "the end does not come before the effective day");
    }
    if (end_news != NULL && end == NULL) {
        (void)ent_bind_fault(ctx, end_news, NULL, "without `end` there is nothing to announce");
    }
    if (has_end && has_end_news && measure->end_announced > measure->end) {
        (void)ent_bind_fault(ctx, end_news, NULL, "an end is announced on or before its day");
    }
    if (has_effective && has_retroactive && measure->retroactive_to >= measure->effective) {
        (void)ent_bind_fault(ctx, retroactive, NULL, "a retroactive day comes before the effective day");
    }
    read_anticipation(reader, ent_yaml_get(node, "anticipated"), measure);
    return ctx->n_faults + ctx->dropped == n_before;
}

/* Does it name a partner and cover goods? Whether there is trade, and when, is a matter of notes (notes.c).
 */
static void check_covers(ent_config_reader_t *reader, const ent_yaml_t *node, const ent_measure_t *measure)
{
    const ent_config_t *config = reader->config;
    int partners = 0, goods = 0;
    for (int r = 0; r < config->n_region; r++) {
        partners += !isnan(measure->rate[r]);
    }
    for (int s = 0; s < config->n_sector; s++) {
        goods += measure->coverage[s] > 0.0;
    }
    if ((partners == 0 && config->n_region > 0) || (goods == 0 && config->n_sector > 0)) {
        (void)ent_bind_fault(reader->ctx, node, NULL, "this measure can never apply: it %s",
                             partners == 0 ? "has no partners" : "covers nothing of any sector");
    }
}

static int bind_measure_kind(ent_config_reader_t *reader, const ent_yaml_t *node, ent_measure_t *measure)
{
    int kind = ENT_MEASURE_ADDITIVE, basis = ENT_BASIS_ARRIVAL;
    const ent_yaml_t *kind_node = ent_yaml_get(node, "kind"), *basis_node = ent_yaml_get(node, "basis");
    int sound = kind_node == NULL || ent_bind_choice(reader->ctx, kind_node, "kind of measure",
                                                     ent_measure_kind_names(), ENT_N_MEASURE_KINDS, &kind);
    (void)ent_bind_choice(reader->ctx, basis_node, "basis of duty", basis_names, ENT_COUNT(basis_names),
                          &basis);
    measure->kind = (ent_measure_kind_t)kind;
    measure->basis = (ent_duty_basis_t)basis;
    return sound;
}

static void bind_labels(ent_config_reader_t *reader, const ent_yaml_t *node, ent_measure_t *measure)
{
    ent_context_t *ctx = reader->ctx;
    const char *id = NULL, *legal = NULL, *set = NULL;
    const ent_yaml_t *set_node = ent_yaml_get(node, "set");
    if (ent_yaml_get(node, "id") == NULL) {
        (void)ent_bind_missing(ctx, node, "id", "a name of its own");
    }
    (void)ent_bind_name(ctx, ent_yaml_get(node, "id"), &id);
    (void)ent_bind_text(ctx, ent_yaml_get(node, "legal"), &legal);
    (void)ent_bind_name(ctx, set_node, &set);
    measure->id = ent_strdup(ctx, id != NULL ? id : "");
    measure->legal = ent_strdup(ctx, legal != NULL ? legal : "");
    measure->set = ent_strdup(ctx, set);
    if (set_node == NULL && ent_kind_needs_set(measure->kind)) {
        (void)ent_bind_missing(ctx, node, "set",
                               "an exemption or repeal acts on the other measures of its set");
    }
    for (int m = 0; id != NULL && measure->id != NULL && m < reader->config->n_measures; m++) {
        const ent_measure_t *other = &reader->config->measures[m];
        if (other->id != NULL && strcmp(other->id, id) == 0) {
            (void)ent_bind_fault(ctx, ent_yaml_get(node, "id"), NULL,
                                 "every measure has an id of its own; line %d has this one", other->line);
        }
    }
}

/* How much of a duty customs collect. */
static void read_collection(ent_context_t *ctx, const ent_yaml_t *node, ent_measure_t *measure)
{
    const ent_yaml_t *outside = ent_yaml_get(node, "outside_wedge");
    (void)ent_bind_flag(ctx, ent_yaml_get(node, "collected_in_full"), &measure->collected_in_full);
    (void)ent_bind_flag(ctx, outside, &measure->outside_wedge);
    if (outside != NULL && ent_kind(measure->kind)->bears_on != ENT_BEARS_ON_SHARE) {
        (void)ent_bind_fault(ctx, outside, NULL,
                             "only an exemption takes goods out that the wedge may count");
    }
}

/* One measure into `measure`, which keeps what was allocated also when faults were found. */
static void read_measure(ent_config_reader_t *reader, const ent_yaml_t *node, ent_measure_t *measure)
{
    ent_context_t *ctx = reader->ctx;
    const ent_config_t *config = reader->config;
    measure->importer = -1;
    measure->line = node->line;
    measure->announced = measure->effective = measure->end = ENT_DAY_NEVER;
    measure->end_announced = ENT_DAY_ALWAYS;
    measure->retroactive_to = measure->anticipated_from = measure->latest = ENT_DAY_NEVER;
    measure->rate = ent_calloc(ctx, (size_t)config->n_region, sizeof(double));
    measure->coverage = ent_calloc(ctx, (size_t)config->n_sector, sizeof(double));
    if (measure->rate == NULL || measure->coverage == NULL || !ent_bind_is_map(ctx, node)) {
        return;
    }
    for (int r = 0; r < config->n_region; r++) {
        measure->rate[r] = NAN;
    }
    const char *keys[MOST_KEYS];
    ent_bind_known_keys(ctx, node, keys, known_keys(keys));
    int sound = bind_measure_kind(reader, node, measure);
    bind_labels(reader, node, measure);
    if (ent_yaml_get(node, "importer") == NULL) {
        (void)ent_bind_missing(ctx, node, "importer", "the region whose government it is");
    }
    sound &= ent_config_bind_region(reader, ent_yaml_get(node, "importer"), &measure->importer);
    sound &= ent_yaml_get(node, "rates") != NULL ? read_rates(reader, node, measure)
                                                 : read_rate(reader, node, measure);
    sound &= read_own_keys(reader, node, measure);
    sound &= read_coverage(reader, node, measure);
    read_collection(ctx, node, measure);
    if (read_dates(reader, node, measure)) {
        read_hazard(reader, node, measure);
    }
    if (sound) {
        check_covers(reader, node, measure);
    }
}

void ent_config_read_measures(ent_config_reader_t *reader, const ent_yaml_t *node, int **list, int *n)
{
    ent_config_t *config = reader->config;
    size_t room = ENT_CONFIG_MAX_MEASURES - (size_t)config->n_measures;
    if (!ent_bind_is_list(reader->ctx, node, room)) {
        return;
    }
    size_t total = (size_t)config->n_measures + node->n_children;
    ent_measure_t *measures = ent_calloc(reader->ctx, total, sizeof *measures);
    *list = ent_calloc(reader->ctx, node->n_children, sizeof **list);
    if (measures == NULL || *list == NULL) {
        free(measures);
        return;
    }
    if (config->n_measures > 0) {
        memcpy(measures, config->measures, (size_t)config->n_measures * sizeof *measures);
    }
    free(config->measures);
    config->measures = measures;
    for (size_t i = 0; i < node->n_children; i++) {
        (*list)[(*n)++] = config->n_measures;
        read_measure(reader, node->children[i], &measures[config->n_measures]);
        config->n_measures++;
    }
}

/* An exemption or repeal whose set has no other measure acts on nothing. */
void ent_config_check_measures(ent_config_reader_t *reader)
{
    const ent_config_t *config = reader->config;
    for (int m = 0; m < config->n_measures; m++) {
        const ent_measure_t *measure = &config->measures[m];
        const char *sets[ENT_CONFIG_MAX_MEASURES];
        size_t n_sets = 0;
        int partners = 0;
        if (measure->set == NULL || !ent_kind_needs_set(measure->kind)) {
            continue;
        }
        for (int k = 0; k < config->n_measures; k++) {
            const ent_measure_t *other = &config->measures[k];
            int duty =
                ent_measure_is_duty(other->kind) ||
                (ent_kind(measure->kind)->bears_on == ENT_BEARS_ON_SET && !ent_kind_needs_set(other->kind));
            if (k != m && duty && other->set != NULL) {
                partners += strcmp(other->set, measure->set) == 0;
                sets[n_sets++] = other->set;
            }
        }
        if (partners == 0) {
            (void)ent_fault(
                reader->ctx, ENT_ERR_CONFIG, config->path, measure->line, 0, measure->id, measure->set,
                ent_nearest(measure->set, sets, n_sets),
                "this measure can never apply: no additive, floor or ceiling measure has this set");
        }
    }
}
