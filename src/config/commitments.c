/* What agreements hold beside measures: purchases that governments see to, investment abroad, and what
 * belongs to which regime. */
#include "config/internal.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const purchase_keys[] = {"id",    "origin", "destination", "sector",
                                            "value", "from",   "until",       "displaced"};
static const char *const investment_keys[] = {"id",
                                              "home",
                                              "host",
                                              "sectors",
                                              "value",
                                              "cap",
                                              "from",
                                              "until",
                                              "moved",
                                              "capital_output",
                                              "time_to_build",
                                              "cost_elasticity",
                                              "exchange_rate_elasticity"};
static const double largest_value = 1e8; /* million USD a year */

/* ---- regimes ---- */

unsigned char *ent_config_regime_flags(ent_config_reader_t *reader, int regime)
{
    const ent_config_t *config = reader->config;
    unsigned char *flags = ent_calloc(reader->ctx, (size_t)config->n_regimes, 1);
    for (int g = 0; flags != NULL && g < config->n_regimes; g++) {
        flags[g] = regime < 0 || config->regimes[g].includes == NULL || config->regimes[g].includes[regime];
    }
    return flags;
}

/* ---- purchases ---- */

/* A list item's dates: begins, ends after it begins. */
static void bind_span(ent_config_reader_t *reader, const ent_yaml_t *node, ent_day_t *from, ent_day_t *until)
{
    *until = ENT_DAY_NEVER;
    if (ent_yaml_get(node, "from") == NULL) {
        (void)ent_bind_missing(reader->ctx, node, "from", "the day it begins");
    }
    const int begun = ent_bind_day(reader->ctx, ent_yaml_get(node, "from"), from);
    if (ent_bind_day(reader->ctx, ent_yaml_get(node, "until"), until) && begun && *until <= *from) {
        (void)ent_bind_fault(reader->ctx, ent_yaml_get(node, "until"), NULL, "it ends after it begins");
    }
}

static char *bind_id(ent_config_reader_t *reader, const ent_yaml_t *node)
{
    const char *id = NULL;
    if (ent_yaml_get(node, "id") == NULL) {
        (void)ent_bind_missing(reader->ctx, node, "id", "a name of its own");
    }
    (void)ent_bind_name(reader->ctx, ent_yaml_get(node, "id"), &id);
    return ent_strdup(reader->ctx, id != NULL ? id : "");
}

static void need_number(ent_config_reader_t *reader, const ent_yaml_t *node, const char *key,
                        const char *rule, double low, double high, double *out)
{
    if (ent_yaml_get(node, key) == NULL) {
        (void)ent_bind_missing(reader->ctx, node, key, rule);
    }
    (void)ent_bind_number(reader->ctx, ent_yaml_get(node, key), low, high, out);
}

/* Two regions of an entry that differ; 1 when sound. */
static int bind_pair(ent_config_reader_t *reader, const ent_yaml_t *node, const char *a_key,
                     const char *b_key, int *a, int *b)
{
    const char *const keys[] = {a_key, b_key};
    int *const out[] = {a, b};
    int sound = 1;
    for (int i = 0; i < 2; i++) {
        *out[i] = -1;
        if (ent_yaml_get(node, keys[i]) == NULL) {
            (void)ent_bind_missing(reader->ctx, node, keys[i], "a region of this run");
        }
        sound &= ent_config_bind_region(reader, ent_yaml_get(node, keys[i]), out[i]);
    }
    if (sound && *a == *b) {
        (void)ent_bind_fault(reader->ctx, ent_yaml_get(node, b_key), NULL, "not the same region as `%s`",
                             a_key);
        sound = 0;
    }
    return sound;
}

/* What comes on top of a market for a while may be more than it spends, up to so many times: beyond it is a
 * slip of the pen. */
static const double MOST_ON_TOP = 2.0;

/* Purchases beyond what the whole market spends cannot be, nor where nothing is traded. */
static void check_market(ent_config_reader_t *reader, const ent_yaml_t *node, const ent_purchase_t *purchase)
{
    const ent_benchmark_t *b = reader->coarse;
    if (b->n_region == 0) {
        return;
    }
    const double market = ent_benchmark_expenditure(b, purchase->destination, purchase->sector);
    if (purchase->value > market * (purchase->displaced > 0.0 ? 1.0 : MOST_ON_TOP)) {
        (void)ent_bind_fault(reader->ctx, ent_yaml_get(node, "value"), NULL,
                             "beyond the market: %s spends %.0f million USD a year on %s from everywhere",
                             reader->config->region[purchase->destination], market,
                             reader->config->sector[purchase->sector]);
    }
    if (!(b->flow[ent_cell(b, purchase->sector, purchase->origin, purchase->destination)] > 0.0)) {
        (void)ent_bind_fault(reader->ctx, ent_yaml_get(node, "origin"), NULL,
                             "the benchmark has no trade of this sector between the two");
    }
}

static void read_purchase(ent_config_reader_t *reader, const ent_yaml_t *node, int regime,
                          ent_purchase_t *purchase)
{
    *purchase = (ent_purchase_t){.origin = -1, .destination = -1, .sector = -1, .from = ENT_DAY_NEVER};
    purchase->regimes = ent_config_regime_flags(reader, regime);
    ent_bind_known_keys(reader->ctx, node, purchase_keys, ENT_COUNT(purchase_keys));
    purchase->id = bind_id(reader, node);
    int sound = bind_pair(reader, node, "origin", "destination", &purchase->origin, &purchase->destination);
    if (ent_yaml_get(node, "sector") == NULL) {
        (void)ent_bind_missing(reader->ctx, node, "sector", "what is bought");
    }
    sound &= ent_config_bind_sector(reader, ent_yaml_get(node, "sector"), &purchase->sector);
    need_number(reader, node, "value", "million USD a year", 0.0, largest_value, &purchase->value);
    (void)ent_bind_number(reader->ctx, ent_yaml_get(node, "displaced"), 0.0, 1.0, &purchase->displaced);
    bind_span(reader, node, &purchase->from, &purchase->until);
    if (sound) {
        check_market(reader, node, purchase);
    }
    if (reader->config->closure == ENT_CLOSURE_GENERAL && purchase->displaced < 1.0) {
        (void)ent_bind_fault(reader->ctx, node, NULL,
                             "under the general closure nobody has the money for more: displaced is 1");
    }
}

/* ---- investment ---- */

/* Plants without firms that own them, or that could sell more than is bought, cannot be. */
static int check_plants(ent_config_reader_t *reader, const ent_yaml_t *node,
                        const ent_investment_t *investment, double capacity, double flows)
{
    const ent_config_t *config = reader->config;
    double market = 0.0;
    for (int s = 0; s < config->n_sector; s++) {
        market +=
            investment->sectors[s] ? ent_benchmark_expenditure(reader->coarse, investment->host, s) : 0.0;
    }
    if (!(flows > 0.0)) {
        (void)ent_bind_fault(
            reader->ctx, ent_yaml_get(node, "sectors"), NULL,
            "%s sells nothing of these sectors to %s: it has no firms that could build there",
            config->region[investment->home], config->region[investment->host]);
    } else if (capacity * investment->moved > flows) {
        (void)ent_bind_fault(
            reader->ctx, ent_yaml_get(node, "moved"), NULL,
            "the plants would take over %.0f million USD a year of exports, and there are %.0f",
            capacity * investment->moved, flows);
    } else if (capacity > market) {
        (void)ent_bind_fault(
            reader->ctx, ent_yaml_get(node, "value"), NULL,
            "beyond the market: the plants could sell %.0f million USD a year, and %s spends "
            "%.0f on these sectors",
            capacity, config->region[investment->host], market);
    } else {
        return 1;
    }
    return 0;
}

/* What was invested becomes plants of the home's firms in the host (docs/model.md, "Commitments"): by sector
 * in proportion to the host's purchases from home. The share `moved` of what they can sell takes the place of
 * exports, the rest is sold against everybody. */
static void add_plants(ent_config_reader_t *reader, const ent_yaml_t *node,
                       const ent_investment_t *investment, int regime)
{
    ent_config_t *config = reader->config;
    const ent_benchmark_t *b = reader->coarse;
    const double years = (investment->until - investment->from) / 365.25;
    const double capacity = fmin(investment->value, investment->cap) * years / investment->capital_output;
    const int delay = (int)lround(investment->time_to_build * 365.25 / 12.0);
    double flows = 0.0;
    for (int s = 0; s < config->n_sector; s++) {
        flows += investment->sectors[s] ? b->flow[ent_cell(b, s, investment->home, investment->host)] : 0.0;
    }
    if (capacity == 0.0 || !check_plants(reader, node, investment, capacity, flows)) {
        return;
    }
    ent_plant_t *plants =
        realloc(config->plants, (size_t)(config->n_plants + config->n_sector) * sizeof *plants);
    if (plants == NULL) {
        (void)ent_fail(reader->ctx, ENT_ERR_NO_MEMORY, config->path, "no memory for plants");
        return;
    }
    config->plants = plants;
    for (int s = 0; s < config->n_sector; s++) {
        const double flow = b->flow[ent_cell(b, s, investment->home, investment->host)];
        if (investment->sectors[s] && flow > 0.0) {
            plants[config->n_plants++] =
                (ent_plant_t){.id = ent_format(reader->ctx, "%.40s-%.20s", investment->id, config->sector[s]),
                              .owner = investment->home,
                              .host = investment->host,
                              .sector = s,
                              .opened = investment->from + delay,
                              .full = investment->until + delay,
                              .share = capacity * investment->moved / flows,
                              .added = capacity * (1.0 - investment->moved) * flow / flows,
                              .invested = 1,
                              .regimes = ent_config_regime_flags(reader, regime)};
        }
    }
}

static void read_investment(ent_config_reader_t *reader, const ent_yaml_t *node, int regime,
                            ent_investment_t *investment)
{
    ent_context_t *ctx = reader->ctx;
    const size_t n_before = ctx->n_faults + ctx->dropped;
    *investment = (ent_investment_t){.home = -1,
                                     .host = -1,
                                     .cap = largest_value,
                                     .capital_output = 1.2,
                                     .time_to_build = 24.0,
                                     .from = ENT_DAY_NEVER};
    investment->regimes = ent_config_regime_flags(reader, regime);
    investment->sectors = ent_calloc(ctx, (size_t)reader->config->n_sector, 1);
    ent_bind_known_keys(ctx, node, investment_keys, ENT_COUNT(investment_keys));
    investment->id = bind_id(reader, node);
    (void)bind_pair(reader, node, "home", "host", &investment->home, &investment->host);
    need_number(reader, node, "value", "million USD a year", 0.0, largest_value, &investment->value);
    (void)ent_bind_number(ctx, ent_yaml_get(node, "cap"), 0.0, largest_value, &investment->cap);
    (void)ent_bind_number(ctx, ent_yaml_get(node, "moved"), 0.0, 1.0, &investment->moved);
    (void)ent_bind_number(ctx, ent_yaml_get(node, "capital_output"), 0.1, 20.0, &investment->capital_output);
    (void)ent_bind_number(ctx, ent_yaml_get(node, "time_to_build"), 0.0, 120.0, &investment->time_to_build);
    (void)ent_bind_number(ctx, ent_yaml_get(node, "cost_elasticity"), -20.0, 20.0,
                          &investment->cost_elasticity);
    (void)ent_bind_number(ctx, ent_yaml_get(node, "exchange_rate_elasticity"), -20.0, 20.0,
                          &investment->exchange_rate_elasticity);
    bind_span(reader, node, &investment->from, &investment->until);
    if (ent_yaml_get(node, "until") == NULL) {
        (void)ent_bind_missing(ctx, node, "until", "the day it ends: what is built follows from the whole");
    }
    if (investment->sectors != NULL) {
        (void)ent_config_bind_sectors(reader, ent_yaml_get(node, "sectors"), investment->sectors);
    }
    if (ctx->n_faults + ctx->dropped == n_before && reader->coarse->n_region > 0) {
        add_plants(reader, node, investment, regime);
    }
}

/* ---- the sections of the whole run and of each regime ---- */

/* Room for `more` items; NULL without memory. */
static void *grow(ent_config_reader_t *reader, void *list, int n, size_t more, size_t size)
{
    void *grown = realloc(list, ((size_t)n + more + 1) * size);
    if (grown == NULL) {
        (void)ent_fail(reader->ctx, ENT_ERR_NO_MEMORY, reader->config->path, "no memory for %zu entries",
                       more);
    }
    return grown;
}

static void read_group(ent_config_reader_t *reader, const ent_yaml_t *map, int regime)
{
    ent_config_t *config = reader->config;
    const ent_yaml_t *purchases = ent_yaml_get(map, "purchases"),
                     *investment = ent_yaml_get(map, "investment");
    if (ent_bind_is_list(reader->ctx, purchases, ENT_CONFIG_MAX_DRAWS)) {
        ent_purchase_t *list =
            grow(reader, config->purchases, config->n_purchases, purchases->n_children, sizeof *list);
        config->purchases = list != NULL ? list : config->purchases;
        for (size_t i = 0; list != NULL && i < purchases->n_children; i++) {
            if (ent_bind_is_map(reader->ctx, purchases->children[i])) {
                read_purchase(reader, purchases->children[i], regime, &list[config->n_purchases++]);
            }
        }
    }
    if (ent_bind_is_list(reader->ctx, investment, ENT_CONFIG_MAX_DRAWS)) {
        ent_investment_t *list =
            grow(reader, config->investments, config->n_investments, investment->n_children, sizeof *list);
        config->investments = list != NULL ? list : config->investments;
        for (size_t i = 0; list != NULL && i < investment->n_children; i++) {
            if (ent_bind_is_map(reader->ctx, investment->children[i])) {
                read_investment(reader, investment->children[i], regime, &list[config->n_investments++]);
            }
        }
    }
}

void ent_config_read_commitments(ent_config_reader_t *reader)
{
    const ent_config_t *config = reader->config;
    const ent_yaml_t *regimes = ent_yaml_get(reader->root, "regimes");
    read_group(reader, reader->root, -1);
    for (size_t g = 0; regimes != NULL && g < regimes->n_children && (int)g < config->n_regimes; g++) {
        read_group(reader, regimes->children[g], (int)g);
    }
}

void ent_config_free_commitments(ent_config_t *config)
{
    for (int i = 0; i < config->n_purchases; i++) {
        free(config->purchases[i].id);
        free(config->purchases[i].regimes);
    }
    for (int i = 0; i < config->n_investments; i++) {
        free(config->investments[i].id);
        free(config->investments[i].sectors);
        free(config->investments[i].regimes);
    }
    free(config->purchases);
    free(config->investments);
}
