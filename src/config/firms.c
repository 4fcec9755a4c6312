/* Sections about firms: which mechanisms are on, how many exporters there are, what stays inside one firm,
 * and plants abroad. */
#include "config/internal.h"

#include "base/memory.h"

#include <stdlib.h>

static const char *const exporter_keys[] = {"firms", "per_agent"};
static const char *const captive_keys[] = {"origins", "destinations", "sectors", "share"};
static const char *const plant_keys[] = {"id", "owner", "host", "sector", "opened", "full", "share"};
static const char *const jumping_keys[] = {"owners", "hosts", "sectors"};
static const double most_firms = 1e8;

#define ENT_MECHANISM_NAME(name, ...) #name,
static const char *const mechanism_names[] = {ENT_MECHANISMS(ENT_MECHANISM_NAME)};
#undef ENT_MECHANISM_NAME

static void read_mechanisms(ent_config_reader_t *reader)
{
    const ent_yaml_t *node = ent_yaml_get(reader->root, "mechanisms");
    if (!ent_bind_is_map(reader->ctx, node)) {
        return;
    }
    ent_bind_known_keys(reader->ctx, node, mechanism_names, ENT_COUNT(mechanism_names));
    ent_mechanisms_t *on = &reader->config->mechanisms;
#define ENT_MECHANISM_READ(name, ...) (void)ent_bind_flag(reader->ctx, ent_yaml_get(node, #name), &on->name);
    ENT_MECHANISMS(ENT_MECHANISM_READ)
#undef ENT_MECHANISM_READ
}

/* A switch that is on without what it works on would silently do nothing. */
static void need_section(ent_config_reader_t *reader, int on, const char *mechanism, const char *section,
                         const char *rule)
{
    if (on && ent_yaml_get(reader->root, section) == NULL) {
        const ent_yaml_t *node = ent_yaml_get(ent_yaml_get(reader->root, "mechanisms"), mechanism);
        (void)ent_bind_fault(reader->ctx, node, NULL, "%s; there is no section `%s`", rule, section);
    }
}

static void read_exporters(ent_config_reader_t *reader)
{
    const ent_yaml_t *node = ent_yaml_get(reader->root, "exporters");
    ent_exporters_t *exporters = &reader->config->exporters;
    exporters->per_agent = 1.0;
    if (!ent_bind_is_map(reader->ctx, node)) {
        return;
    }
    ent_bind_known_keys(reader->ctx, node, exporter_keys, ENT_COUNT(exporter_keys));
    if (ent_yaml_get(node, "firms") == NULL) {
        (void)ent_bind_missing(reader->ctx, node, "firms", "how many firms of the home region export");
    }
    (void)ent_bind_number(reader->ctx, ent_yaml_get(node, "firms"), 1.0, most_firms, &exporters->firms);
    (void)ent_bind_number(reader->ctx, ent_yaml_get(node, "per_agent"), 1.0, most_firms,
                          &exporters->per_agent);
    if (reader->config->home < 0) {
        (void)ent_bind_fault(reader->ctx, node, NULL, "exporters are those of `home`, which is missing");
    }
}

static unsigned char *bind_flags(ent_config_reader_t *reader, const ent_yaml_t *map, const char *key,
                                 int sectors)
{
    const ent_config_t *config = reader->config;
    unsigned char *flags =
        ent_calloc(reader->ctx, (size_t)(sectors ? config->n_sector : config->n_region), 1);
    if (flags != NULL) {
        const ent_yaml_t *node = ent_yaml_get(map, key);
        (void)(sectors ? ent_config_bind_sectors(reader, node, flags)
                       : ent_config_bind_regions(reader, node, flags));
    }
    return flags;
}

static void read_captive(ent_config_reader_t *reader)
{
    ent_config_t *config = reader->config;
    const ent_yaml_t *node = ent_yaml_get(reader->root, "captive");
    if (!ent_bind_is_list(reader->ctx, node, ENT_CONFIG_MAX_DRAWS)) {
        return;
    }
    config->captive = ent_calloc(reader->ctx, node->n_children, sizeof *config->captive);
    for (size_t i = 0; config->captive != NULL && i < node->n_children; i++) {
        const ent_yaml_t *child = node->children[i];
        if (!ent_bind_is_map(reader->ctx, child)) {
            continue;
        }
        ent_captive_t *captive = &config->captive[config->n_captive++];
        ent_bind_known_keys(reader->ctx, child, captive_keys, ENT_COUNT(captive_keys));
        captive->origins = bind_flags(reader, child, "origins", 0);
        captive->destinations = bind_flags(reader, child, "destinations", 0);
        captive->sectors = bind_flags(reader, child, "sectors", 1);
        if (ent_yaml_get(child, "share") == NULL) {
            (void)ent_bind_missing(reader->ctx, child, "share", "the share of the flow inside one firm");
        }
        (void)ent_bind_number(reader->ctx, ent_yaml_get(child, "share"), 0.0, 0.95, &captive->share);
    }
}

/* The days of a plant: in order, and not before the first step played. */
static void check_plant_days(ent_config_reader_t *reader, const ent_yaml_t *node, const ent_plant_t *plant)
{
    const ent_config_t *config = reader->config;
    if (plant->full < plant->opened) {
        (void)ent_bind_fault(reader->ctx, ent_yaml_get(node, "full"), NULL,
                             "a plant is full on the day it opens or later");
    }
    if (config->calendar.steps_per_year > 0 &&
        plant->opened < ent_step_begin(&config->calendar, -config->n_burn_in)) {
        (void)ent_bind_fault(reader->ctx, ent_yaml_get(node, "opened"), NULL,
                             "a plant opens after the first step played (`start` less `burn_in`): what it "
                             "made before is in the benchmark");
    }
}

static void read_plant(ent_config_reader_t *reader, const ent_yaml_t *node, ent_plant_t *plant)
{
    ent_context_t *ctx = reader->ctx;
    const char *id = NULL;
    static const char *const needed[] = {"id", "owner", "host", "sector", "opened", "share"};
    *plant = (ent_plant_t){.owner = -1, .host = -1, .sector = -1, .opened = ENT_DAY_NEVER};
    ent_bind_known_keys(ctx, node, plant_keys, ENT_COUNT(plant_keys));
    for (size_t k = 0; k < ENT_COUNT(needed); k++) {
        if (ent_yaml_get(node, needed[k]) == NULL) {
            (void)ent_bind_missing(ctx, node, needed[k],
                                   "a plant has id, owner, host, sector, opened and share");
        }
    }
    if (ent_bind_name(ctx, ent_yaml_get(node, "id"), &id)) {
        plant->id = ent_strdup(ctx, id);
    }
    const int owned = ent_config_bind_region(reader, ent_yaml_get(node, "owner"), &plant->owner);
    const int hosted = ent_config_bind_region(reader, ent_yaml_get(node, "host"), &plant->host);
    if (owned && hosted && plant->owner == plant->host) {
        (void)ent_bind_fault(ctx, ent_yaml_get(node, "host"), NULL, "a plant abroad is not in %s itself",
                             reader->config->region[plant->owner]);
    }
    (void)ent_config_bind_sector(reader, ent_yaml_get(node, "sector"), &plant->sector);
    (void)ent_bind_number(ctx, ent_yaml_get(node, "share"), 0.0, 1.0, &plant->share);
    const int opened = ent_bind_day(ctx, ent_yaml_get(node, "opened"), &plant->opened);
    plant->full = plant->opened;
    (void)ent_bind_day(ctx, ent_yaml_get(node, "full"), &plant->full);
    if (opened) {
        check_plant_days(reader, node, plant);
    }
}

static void read_plants(ent_config_reader_t *reader)
{
    ent_config_t *config = reader->config;
    const ent_yaml_t *node = ent_yaml_get(reader->root, "plants");
    if (!ent_bind_is_list(reader->ctx, node, ENT_CONFIG_MAX_DRAWS)) {
        return;
    }
    config->plants = ent_calloc(reader->ctx, node->n_children, sizeof *config->plants);
    for (size_t i = 0; config->plants != NULL && i < node->n_children; i++) {
        if (ent_bind_is_map(reader->ctx, node->children[i])) {
            read_plant(reader, node->children[i], &config->plants[config->n_plants++]);
        }
    }
    for (int i = 0; i < config->n_plants; i++) {
        double share = 0.0;
        for (int j = 0; j <= i; j++) {
            const ent_plant_t *a = &config->plants[i], *b = &config->plants[j];
            share += a->owner == b->owner && a->host == b->host && a->sector == b->sector ? b->share : 0.0;
        }
        if (share > 1.0) {
            (void)ent_bind_fault(reader->ctx, node->children[i], NULL,
                                 "plants of one owner, host and sector take over at most the whole flow");
        }
    }
}

static void read_tariff_jumping(ent_config_reader_t *reader)
{
    const ent_yaml_t *node = ent_yaml_get(reader->root, "tariff_jumping");
    ent_tariff_jumping_t *jumping = &reader->config->tariff_jumping;
    if (!ent_bind_is_map(reader->ctx, node)) {
        return;
    }
    ent_bind_known_keys(reader->ctx, node, jumping_keys, ENT_COUNT(jumping_keys));
    jumping->owners = bind_flags(reader, node, "owners", 0);
    jumping->hosts = bind_flags(reader, node, "hosts", 0);
    jumping->sectors = bind_flags(reader, node, "sectors", 1);
}

void ent_config_read_firms(ent_config_reader_t *reader)
{
    const ent_mechanisms_t *on = &reader->config->mechanisms;
    read_mechanisms(reader);
    read_exporters(reader);
    read_captive(reader);
    read_plants(reader);
    read_tariff_jumping(reader);
    need_section(reader, on->entry, "entry", "exporters", "entry and exit need the number of exporters");
    need_section(reader, on->captive, "captive", "captive", "captive flows have to be named");
    if (on->local_currency && reader->config->closure == ENT_CLOSURE_GENERAL) {
        const ent_yaml_t *node = ent_yaml_get(ent_yaml_get(reader->root, "mechanisms"), "local_currency");
        (void)ent_bind_fault(
            reader->ctx, node, NULL,
            "under the general closure wages and spending are in one unit of account already");
    }
    need_section(reader, on->plants, "plants", "plants", "plants have to be named");
    need_section(reader, on->tariff_jumping, "tariff_jumping", "tariff_jumping",
                 "who may build behind a tariff has to be named");
}

void ent_config_free_firms(ent_config_t *config)
{
    for (int i = 0; i < config->n_captive; i++) {
        free(config->captive[i].origins);
        free(config->captive[i].destinations);
        free(config->captive[i].sectors);
    }
    for (int i = 0; i < config->n_plants; i++) {
        free(config->plants[i].id);
        free(config->plants[i].regimes);
    }
    free(config->captive);
    free(config->plants);
    free(config->tariff_jumping.owners);
    free(config->tariff_jumping.hosts);
    free(config->tariff_jumping.sectors);
}
