/* Retaliation: what governments do when measures hit their exporters. It becomes ordinary measures when the
 * config is read, so that schedules, tables and reports show it like any other. */
#include "config/internal.h"

#include "policy/retaliation.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const retaliation_keys[] = {"region", "against", "kind",    "from",    "delay",
                                               "share",  "sectors", "choices", "regimes", "rates"};
static const char *const kind_names[] = {"none", "reciprocal", "list", "best_response"};
static const double longest_delay = 3660.0, largest_rate = 10.0;
enum { MAX_CHOICES = 64 };

typedef enum { RETALIATION_NONE, RETALIATION_RECIPROCAL, RETALIATION_LIST, RETALIATION_BEST } kind_t;

/* One entry of the section while it is turned into measures. */
typedef struct {
    int region, against, delay, n_choices;
    kind_t kind;
    ent_day_t from;
    double share, choices[MAX_CHOICES];
    double *rates;          /* [n_sector] of a list */
    unsigned char *sectors; /* [n_sector] that may be hit */
    unsigned char *regimes; /* [n_regimes] in which it answers */
    int line;
} retaliation_t;

/* ---- measures ---- */

/* One more measure of `region` on goods from `against`, without coverage; NULL without memory or room. */
static ent_measure_t *add_measure(ent_config_reader_t *reader, const retaliation_t *r, const char *what,
                                  double rate, ent_day_t announced, ent_day_t effective)
{
    ent_config_t *config = reader->config;
    if (config->n_measures >= ENT_CONFIG_MAX_MEASURES) {
        return NULL;
    }
    ent_measure_t *list =
        realloc(config->measures, ((size_t)config->n_measures + 1) * sizeof *config->measures);
    if (list == NULL) {
        (void)ent_fail(reader->ctx, ENT_ERR_NO_MEMORY, config->path, "no memory for retaliation");
        return NULL;
    }
    config->measures = list;
    ent_measure_t *m = &list[config->n_measures];
    *m = (ent_measure_t){.importer = r->region,
                         .kind = ENT_MEASURE_ADDITIVE,
                         .announced = announced,
                         .effective = effective,
                         .end = ENT_DAY_NEVER,
                         .end_announced = ENT_DAY_ALWAYS,
                         .retroactive_to = ENT_DAY_NEVER,
                         .anticipated_from = ENT_DAY_NEVER,
                         .latest = ENT_DAY_NEVER,
                         .line = r->line};
    m->id = ent_format(reader->ctx, "retaliation-%.20s-%.30s", config->region[r->region], what);
    m->legal = ent_format(reader->ctx, "retaliation against %s", config->region[r->against]);
    m->rate = ent_calloc(reader->ctx, (size_t)config->n_region, sizeof(double));
    m->coverage = ent_calloc(reader->ctx, (size_t)config->n_sector, sizeof(double));
    config->n_measures++;
    if (m->rate == NULL || m->coverage == NULL) {
        return NULL;
    }
    for (int o = 0; o < config->n_region; o++) {
        m->rate[o] = o == r->against ? rate : NAN;
    }
    return m;
}

static void append(ent_config_reader_t *reader, int **list, int *n, int measure)
{
    int *grown = realloc(*list, ((size_t)*n + 1) * sizeof *grown);
    if (grown == NULL) {
        (void)ent_fail(reader->ctx, ENT_ERR_NO_MEMORY, reader->config->path, "no memory for retaliation");
        return;
    }
    *list = grown;
    grown[(*n)++] = measure;
}

static int contains(const int *list, int n, int measure)
{
    for (int i = 0; i < n; i++) {
        if (list[i] == measure) {
            return 1;
        }
    }
    return 0;
}

static int answers_everywhere(const ent_config_t *config, const retaliation_t *r)
{
    for (int g = 0; g < config->n_regimes; g++) {
        if (!r->regimes[g]) {
            return 0;
        }
    }
    return 1;
}

/* Put a measure where the entry answers: with `cause` (-1: in each of its regimes). */
static void place(ent_config_reader_t *reader, const retaliation_t *r, int measure, int cause)
{
    ent_config_t *config = reader->config;
    const int common = cause < 0 || contains(config->common, config->n_common, cause);
    if (common && answers_everywhere(config, r)) {
        append(reader, &config->common, &config->n_common, measure);
        return;
    }
    for (int g = 0; g < config->n_regimes; g++) {
        ent_regime_t *regime = &config->regimes[g];
        if (r->regimes[g] && (common || contains(regime->measures, regime->n_measures, cause))) {
            append(reader, &regime->measures, &regime->n_measures, measure);
        }
    }
}

/* A regime in which the entry answers and the measure holds; -1: none. */
static int regime_with(const ent_config_t *config, const retaliation_t *r, int measure)
{
    for (int g = 0; g < config->n_regimes; g++) {
        if (r->regimes[g] &&
            (contains(config->common, config->n_common, measure) ||
             contains(config->regimes[g].measures, config->regimes[g].n_measures, measure))) {
            return g;
        }
    }
    return -1;
}

/* ---- kinds ---- */

/* Imports of the sectors that may be hit, million USD a year at customs value. */
static double imports_of(const ent_config_reader_t *reader, const retaliation_t *r)
{
    const ent_benchmark_t *b = reader->coarse;
    double sum = 0.0;
    for (int s = 0; s < b->n_sector; s++) {
        const size_t cell = ent_cell(b, s, r->against, r->region);
        sum += r->sectors[s] ? b->flow[cell] * (1.0 + b->freight[cell]) : 0.0;
    }
    return sum;
}

/* The same mean rate on imports of as much value, times the share: one answer to each measure. */
static void answer_in_kind(ent_config_reader_t *reader, const retaliation_t *r, ent_rate_part_t *parts)
{
    ent_config_t *config = reader->config;
    const double imports = imports_of(reader, r);
    const int n = config->n_measures;
    for (int k = 0; k < n; k++) {
        const ent_measure_t *cause = &config->measures[k];
        const int regime = regime_with(config, r, k);
        double rate = 0.0;
        if (regime < 0 || cause->importer != r->against || !ent_measure_is_duty(cause->kind) ||
            cause->effective == ENT_DAY_NEVER || cause->end <= r->from) {
            continue;
        }
        const double value = ent_value_hit(config, reader->coarse, regime, k, r->region, parts, &rate);
        if (isnan(value)) {
            (void)ent_fail(reader->ctx, ENT_ERR_NO_MEMORY, "retaliation", "no memory to value a measure");
        }
        const ent_day_t day = cause->effective > r->from ? cause->effective : r->from;
        if (!(value > 0.0) || !(rate > 0.0) || !(imports > 0.0) || cause->end <= day + r->delay) {
            continue;
        }
        char *set = cause->set != NULL ? ent_format(reader->ctx, "retaliation-%.50s", cause->set) : NULL;
        const ent_day_t end = cause->end, end_announced = cause->end_announced;
        ent_measure_t *m = add_measure(reader, r, cause->id, rate, day, day + r->delay);
        if (m == NULL) {
            free(set);
            return;
        }
        m->set = set;
        m->end = end;
        m->end_announced = end_announced;
        for (int s = 0; s < config->n_sector; s++) {
            m->coverage[s] = r->sectors[s] ? fmin(1.0, r->share * value / imports) : 0.0;
        }
        place(reader, r, config->n_measures - 1, k);
    }
}

/* A rate for each sector named. */
static void answer_by_list(ent_config_reader_t *reader, const retaliation_t *r)
{
    const ent_config_t *config = reader->config;
    for (int s = 0; s < config->n_sector; s++) {
        if (r->rates[s] > 0.0) {
            ent_measure_t *m =
                add_measure(reader, r, config->sector[s], r->rates[s], r->from, r->from + r->delay);
            if (m == NULL) {
                return;
            }
            m->coverage[s] = 1.0;
            place(reader, r, config->n_measures - 1, -1);
        }
    }
}

/* The rate that is best for the region in the static theory, regime by regime. */
static void answer_at_best(ent_config_reader_t *reader, const retaliation_t *r)
{
    const ent_config_t *config = reader->config;
    for (int g = 0; g < config->n_regimes; g++) {
        retaliation_t one = *r;
        int best = 0;
        unsigned char *only = ent_calloc(reader->ctx, (size_t)config->n_regimes, 1);
        if (only == NULL || !r->regimes[g] ||
            ent_best_response(config, reader->coarse, g, r->from + r->delay, r->region, r->against,
                              r->sectors, r->n_choices, r->choices, &best, reader->ctx) != 0) {
            free(only);
            continue;
        }
        only[g] = 1;
        one.regimes = only;
        if (r->choices[best] > 0.0) {
            ent_measure_t *m = add_measure(reader, r, config->regimes[g].name, r->choices[best], r->from,
                                           r->from + r->delay);
            for (int s = 0; m != NULL && s < config->n_sector; s++) {
                m->coverage[s] = r->sectors[s] ? 1.0 : 0.0;
            }
            if (m != NULL) {
                place(reader, &one, config->n_measures - 1, -1);
            }
        }
        free(only);
    }
}

/* ---- reading ---- */

static void read_rates(ent_config_reader_t *reader, const ent_yaml_t *node, retaliation_t *r)
{
    const ent_config_t *config = reader->config;
    if (node == NULL || !ent_bind_is_map(reader->ctx, node)) {
        return;
    }
    for (size_t i = 0; i < node->n_children; i++) {
        const int sector = ent_config_sector(config, node->children[i]->key);
        double rate = 0.0;
        (void)ent_bind_number(reader->ctx, node->children[i], 0.0, largest_rate, &rate);
        if (sector >= 0) {
            r->rates[sector] = rate;
        } else if (config->n_sector > 0) {
            (void)ent_bind_fault(reader->ctx, node->children[i],
                                 ent_nearest(node->children[i]->key, (const char *const *)config->sector,
                                             (size_t)config->n_sector),
                                 "no such sector in this run");
        }
    }
}

static void read_choices(ent_config_reader_t *reader, const ent_yaml_t *node, retaliation_t *r)
{
    if (!ent_bind_is_list(reader->ctx, node, MAX_CHOICES)) {
        return;
    }
    for (size_t i = 0; i < node->n_children; i++) {
        (void)ent_bind_number(reader->ctx, node->children[i], 0.0, largest_rate, &r->choices[i]);
        r->n_choices++;
    }
}

/* Sectors that may be hit: as listed, else all goods; regimes as listed, else all. */
static void read_scope(ent_config_reader_t *reader, const ent_yaml_t *node, retaliation_t *r)
{
    const ent_config_t *config = reader->config;
    const ent_yaml_t *sectors = ent_yaml_get(node, "sectors"), *regimes = ent_yaml_get(node, "regimes");
    (void)ent_config_bind_sectors(reader, sectors, r->sectors);
    for (int s = 0; sectors == NULL && s < config->n_sector; s++) {
        r->sectors[s] = config->sector_parameters != NULL && config->sector_parameters[s].stocked > 0.0;
    }
    memset(r->regimes, regimes == NULL, (size_t)config->n_regimes);
    if (regimes == NULL || !ent_bind_is_list(reader->ctx, regimes, ENT_CONFIG_MAX_REGIMES)) {
        return;
    }
    for (size_t i = 0; i < regimes->n_children; i++) {
        const char *names[ENT_CONFIG_MAX_REGIMES];
        int regime = -1;
        for (int g = 0; g < config->n_regimes; g++) {
            names[g] = config->regimes[g].name;
        }
        if (ent_bind_choice(reader->ctx, regimes->children[i], "regime", names, (size_t)config->n_regimes,
                            &regime)) {
            r->regimes[regime] = 1;
        }
    }
}

/* What a kind needs and what belongs to another. */
static void check_keys(ent_config_reader_t *reader, const ent_yaml_t *node, kind_t kind)
{
    static const struct {
        const char *key, *rule;
        kind_t kind;
        int needed;
    } keys[] = {{"rates", "`rates` by sector: what the list holds", RETALIATION_LIST, 1},
                {"choices", "`choices`: the rates to choose from", RETALIATION_BEST, 1},
                {"share", "", RETALIATION_RECIPROCAL, 0}};
    for (size_t k = 0; k < ENT_COUNT(keys); k++) {
        const ent_yaml_t *child = ent_yaml_get(node, keys[k].key);
        if (child != NULL && kind != keys[k].kind) {
            (void)ent_bind_fault(reader->ctx, child, NULL, "only retaliation of kind %s has it",
                                 kind_names[keys[k].kind]);
        } else if (child == NULL && kind == keys[k].kind && keys[k].needed) {
            (void)ent_bind_missing(reader->ctx, node, keys[k].key, keys[k].rule);
        }
    }
}

static void read_entry(ent_config_reader_t *reader, const ent_yaml_t *node, retaliation_t *r)
{
    ent_context_t *ctx = reader->ctx;
    static const char *const needed[] = {"region", "against", "kind", "from"};
    int kind = RETALIATION_NONE;
    double delay = 0.0;
    ent_bind_known_keys(ctx, node, retaliation_keys, ENT_COUNT(retaliation_keys));
    for (size_t k = 0; k < ENT_COUNT(needed); k++) {
        if (ent_yaml_get(node, needed[k]) == NULL) {
            (void)ent_bind_missing(ctx, node, needed[k], "retaliation has region, against, kind and from");
        }
    }
    const int both = ent_config_bind_region(reader, ent_yaml_get(node, "region"), &r->region) &
                     ent_config_bind_region(reader, ent_yaml_get(node, "against"), &r->against);
    if (both && r->region == r->against) {
        (void)ent_bind_fault(ctx, ent_yaml_get(node, "against"), NULL, "nobody retaliates against itself");
    }
    (void)ent_bind_choice(ctx, ent_yaml_get(node, "kind"), "kind of retaliation", kind_names,
                          ENT_COUNT(kind_names), &kind);
    r->kind = (kind_t)kind;
    (void)ent_bind_day(ctx, ent_yaml_get(node, "from"), &r->from);
    (void)ent_bind_number(ctx, ent_yaml_get(node, "delay"), 0.0, longest_delay, &delay);
    r->delay = (int)lround(delay);
    (void)ent_bind_number(ctx, ent_yaml_get(node, "share"), 0.0, 10.0, &r->share);
    check_keys(reader, node, r->kind);
    read_rates(reader, ent_yaml_get(node, "rates"), r);
    read_choices(reader, ent_yaml_get(node, "choices"), r);
    read_scope(reader, node, r);
}

static void answer(ent_config_reader_t *reader, const retaliation_t *r, ent_rate_part_t *parts)
{
    if (r->kind == RETALIATION_RECIPROCAL) {
        answer_in_kind(reader, r, parts);
    } else if (r->kind == RETALIATION_LIST) {
        answer_by_list(reader, r);
    } else if (r->kind == RETALIATION_BEST) {
        answer_at_best(reader, r);
    }
}

void ent_config_read_retaliation(ent_config_reader_t *reader)
{
    ent_config_t *config = reader->config;
    const ent_yaml_t *node = ent_yaml_get(reader->root, "retaliation");
    if (node == NULL || !ent_bind_is_list(reader->ctx, node, ENT_CONFIG_MAX_DRAWS)) {
        return;
    }
    ent_rate_part_t *parts = ent_calloc(reader->ctx, ENT_CONFIG_MAX_MEASURES, sizeof *parts);
    double *rates = ent_calloc(reader->ctx, (size_t)config->n_sector, sizeof *rates);
    unsigned char *sectors = ent_calloc(reader->ctx, (size_t)config->n_sector, 1);
    unsigned char *regimes = ent_calloc(reader->ctx, (size_t)config->n_regimes, 1);
    for (size_t i = 0; parts && rates && sectors && regimes && i < node->n_children; i++) {
        const size_t n_before = reader->ctx->n_faults + reader->ctx->dropped;
        retaliation_t r = {.region = -1,
                           .against = -1,
                           .from = ENT_DAY_NEVER,
                           .share = 1.0,
                           .rates = rates,
                           .sectors = sectors,
                           .regimes = regimes,
                           .line = node->children[i]->line};
        memset(rates, 0, (size_t)config->n_sector * sizeof *rates);
        memset(sectors, 0, (size_t)config->n_sector);
        if (!ent_bind_is_map(reader->ctx, node->children[i])) {
            continue;
        }
        read_entry(reader, node->children[i], &r);
        if (reader->ctx->n_faults + reader->ctx->dropped == n_before && reader->coarse->n_region > 0) {
            answer(reader, &r, parts);
        }
    }
    free(regimes);
    free(sectors);
    free(rates);
    free(parts);
}
