/* Sections about places: the aggregation of economies and sectors, and what is said about regions. */
#include "config/internal.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* One side of the aggregation: regions or sectors. */
typedef struct {
    const char *key; /* "regions" */
    int is_region;
    const char *member; /* "economy": what the data call one */
    int n_fine;
    char **fine;
    int *map; /* [n_fine] -> group, -1: not yet in any */
    int rest; /* group that takes what is left, -1: none */
    char **names;
    int n;
} side_t;

static int find(char *const *names, int n, const char *name)
{
    for (int i = 0; i < n; i++) {
        if (strcmp(names[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

static int is_word(const ent_yaml_t *node, const char *word)
{
    return node != NULL && node->kind == ENT_YAML_SCALAR && strcmp(node->text, word) == 0;
}

/* Put one of the data's economies or sectors into a group. */
static void add_member(ent_config_reader_t *reader, side_t *side, int group, const ent_yaml_t *node)
{
    const char *code = NULL;
    if (!ent_bind_text(reader->ctx, node, &code) || side->n_fine == 0) {
        return;
    }
    int member = find(side->fine, side->n_fine, code);
    const ent_yaml_t *named = member < 0 && side->is_region ? ent_config_group(reader, code) : NULL;
    for (size_t i = 0; named != NULL && i < named->n_children; i++) {
        if (named->children[i]->text == NULL || ent_config_group(reader, named->children[i]->text) == NULL) {
            add_member(reader, side, group, named->children[i]);
        }
    }
    if (named != NULL) {
        return;
    }
    if (member < 0) {
        (void)ent_bind_fault(reader->ctx, node,
                             ent_nearest(code, (const char *const *)side->fine, (size_t)side->n_fine),
                             "no such %s in the benchmark", side->member);
    } else if (side->map[member] >= 0) {
        (void)ent_bind_fault(reader->ctx, node, NULL, "every %s is in one group; %s is in %s already",
                             side->member, code, side->names[side->map[member]]);
    } else {
        side->map[member] = group;
    }
}

/* Words that tables and configs have for sums and choices of groups. */
static int is_reserved(const char *name)
{
    static const char *const words[] = {"all", "total", "rest", "world", "none"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(name, words[i]) == 0) {
            return 1;
        }
    }
    return 0;
}

static void read_group(ent_config_reader_t *reader, side_t *side, int group, const ent_yaml_t *node)
{
    ent_context_t *ctx = reader->ctx;
    if (!ent_bind_name_is_good(node->key)) {
        (void)ent_bind_fault(
            ctx, node, NULL,
            "a name has at most %d letters, digits, '-', '_' and '.', the first a letter or digit",
            ENT_MAX_NAME);
    } else if (is_reserved(node->key)) {
        (void)ent_bind_fault(ctx, node, NULL, "%s is not the name of a group: it stands for more than one",
                             node->key);
    }
    if (is_word(node, "rest")) {
        if (side->rest >= 0) {
            (void)ent_bind_fault(ctx, node, NULL, "only one group takes the rest; %s does already",
                                 side->names[side->rest]);
        } else {
            side->rest = group;
        }
        return;
    }
    if (node->kind == ENT_YAML_SCALAR) {
        add_member(reader, side, group, node);
        return;
    }
    if (!ent_bind_is_list(ctx, node, ENT_YAML_MAX_CHILDREN)) {
        return;
    }
    if (node->n_children == 0) {
        (void)ent_bind_fault(ctx, node, NULL, "a group has at least one %s, or is `rest`", side->member);
    }
    for (size_t i = 0; i < node->n_children; i++) {
        add_member(reader, side, group, node->children[i]);
    }
}

/* A flow is called ORIGIN-DESTINATION: no two may have one name. They have it when one origin is the other
 * and
 * "-X", where another destination begins with "X-". */
static void refuse_equal_flows(ent_config_reader_t *reader, const side_t *side)
{
    for (int o = 0; o < side->n; o++) {
        const size_t length = strlen(side->names[o]);
        for (int p = 0; p < side->n; p++) {
            if (strncmp(side->names[p], side->names[o], length) != 0 || side->names[p][length] != '-') {
                continue;
            }
            const char *middle = side->names[p] + length + 1;
            for (int d = 0; d < side->n; d++) {
                const size_t n = strlen(middle);
                if (strncmp(side->names[d], middle, n) == 0 && side->names[d][n] == '-' &&
                    find(side->names, side->n, side->names[d] + n + 1) >= 0) {
                    (void)ent_bind_fault(
                        reader->ctx, ent_yaml_get(reader->root, side->key), NULL,
                        "two flows would be called %s-%s: %s to %s and %s to %s; give one of "
                        "these regions another name",
                        side->names[o], side->names[d], side->names[o], side->names[d], side->names[p],
                        side->names[d] + n + 1);
                    return;
                }
            }
        }
    }
}

/* What no group named goes to the rest group, or is a fault that lists it. */
static void place_rest(ent_config_reader_t *reader, side_t *side, const ent_yaml_t *node)
{
    char list[160] = "";
    size_t used = 0;
    int lost = 0;
    for (int i = 0; i < side->n_fine; i++) {
        if (side->map[i] >= 0) {
            continue;
        }
        lost++;
        side->map[i] = side->rest;
        if (side->rest < 0 && used + 16 < sizeof list) {
            int n = snprintf(list + used, sizeof list - used, "%s%.12s", lost > 1 ? ", " : "", side->fine[i]);
            used += n > 0 ? (size_t)n : 0;
        } else if (side->rest < 0 && used + 4 < sizeof list && list[used > 0 ? used - 1 : 0] != '.') {
            used += (size_t)snprintf(list + used, sizeof list - used, "...");
        }
    }
    if (side->n_fine == 0) {
        return;
    }
    if (side->rest >= 0 && lost == 0) {
        (void)ent_bind_fault(reader->ctx, node->children[side->rest], NULL,
                             "nothing is left for this group: every %s is in another", side->member);
    } else if (side->rest < 0 && lost > 0) {
        (void)ent_bind_fault(
            reader->ctx, node, NULL,
            "every %s of the benchmark is in one group; %d %s in none (%s): add them, or let one "
            "group be `rest`",
            side->member, lost, lost == 1 ? "is" : "are", list);
    }
}

/* `all`: every one of the data's by itself. */
static int take_all(ent_config_reader_t *reader, side_t *side)
{
    side->names = ent_calloc(reader->ctx, (size_t)side->n_fine, sizeof *side->names);
    for (int i = 0; side->names != NULL && i < side->n_fine; i++) {
        side->names[i] = ent_strdup(reader->ctx, side->fine[i]);
        side->map[i] = i;
        side->n = side->names[i] != NULL ? i + 1 : side->n;
    }
    return side->n == side->n_fine;
}

static void read_side(ent_config_reader_t *reader, side_t *side)
{
    ent_context_t *ctx = reader->ctx;
    const ent_yaml_t *node = ent_yaml_get(reader->root, side->key);
    side->rest = -1;
    side->map = ent_calloc(ctx, (size_t)side->n_fine, sizeof *side->map);
    if (side->map == NULL) {
        return;
    }
    for (int i = 0; i < side->n_fine; i++) {
        side->map[i] = -1;
    }
    if (node == NULL) {
        (void)ent_bind_missing(ctx, reader->root, side->key,
                               "which groups the run has, such as {KOR: [KOR], ROW: rest}");
        return;
    }
    if (is_word(node, "all")) {
        (void)take_all(reader, side);
        return;
    }
    if (!ent_bind_is_map(ctx, node) || node->n_children == 0) {
        if (node->n_children == 0 && node->kind != ENT_YAML_SCALAR) {
            (void)ent_bind_fault(ctx, node, NULL, "at least one group, or `all`");
        }
        return;
    }
    side->names = ent_calloc(ctx, node->n_children, sizeof *side->names);
    if (side->names == NULL) {
        return;
    }
    for (size_t i = 0; i < node->n_children; i++) {
        side->names[i] = ent_strdup(ctx, node->children[i]->key);
        if (side->names[i] == NULL) {
            return;
        }
        side->n = (int)i + 1;
    }
    for (int group = 0; group < side->n; group++) {
        read_group(reader, side, group, node->children[group]);
    }
    place_rest(reader, side, node);
}

void ent_config_read_regions(ent_config_reader_t *reader)
{
    ent_config_t *config = reader->config;
    side_t regions = {.key = "regions",
                      .is_region = 1,
                      .member = "economy",
                      .n_fine = reader->fine->n_region,
                      .fine = reader->fine->region};
    side_t sectors = {
        .key = "sectors", .member = "sector", .n_fine = reader->fine->n_sector, .fine = reader->fine->sector};
    read_side(reader, &regions);
    read_side(reader, &sectors);
    config->n_fine_region = regions.n_fine;
    config->region_map = regions.map;
    config->region = regions.names;
    config->n_region = regions.n;
    refuse_equal_flows(reader, &regions);
    config->n_fine_sector = sectors.n_fine;
    config->sector_map = sectors.map;
    config->sector = sectors.names;
    config->n_sector = sectors.n;
}

/* ---- names of the run's own regions and sectors ---- */

/* The group that holds a fine name; NULL: none. */
static const char *group_of(const char *name, char *const *fine, int n_fine, const int *map,
                            char *const *groups, int n)
{
    for (int i = 0; map != NULL && i < n_fine; i++) {
        if (strcmp(fine[i], name) == 0 && map[i] >= 0 && map[i] < n) {
            return groups[map[i]];
        }
    }
    return NULL;
}

static void no_member(ent_config_reader_t *reader, const ent_yaml_t *node, const char *what, const char *name,
                      const char *group, char *const *names, int n)
{
    if (group != NULL) {
        (void)ent_bind_fault(reader->ctx, node, group, "no such %s in this run: %s is in %s", what, name,
                             group);
    } else {
        (void)ent_bind_fault(reader->ctx, node, ent_nearest(name, (const char *const *)names, (size_t)n),
                             "no such %s in this run", what);
    }
}

void ent_config_no_region(ent_config_reader_t *reader, const ent_yaml_t *node, const char *name)
{
    const ent_config_t *config = reader->config;
    no_member(reader, node, "region", name,
              group_of(name, reader->fine->region, config->n_fine_region, config->region_map, config->region,
                       config->n_region),
              config->region, config->n_region);
}

static int bind_member(ent_config_reader_t *reader, const ent_yaml_t *node, const char *what,
                       char *const *names, int n, int *out)
{
    const char *name = NULL;
    if (!ent_bind_text(reader->ctx, node, &name) || n == 0) {
        return 0;
    }
    int found = find(names, n, name);
    const ent_config_t *config = reader->config;
    if (found < 0 && names == config->region) {
        ent_config_no_region(reader, node, name);
    } else if (found < 0) {
        no_member(reader, node, what, name,
                  group_of(name, reader->fine->sector, config->n_fine_sector, config->sector_map, names, n),
                  names, n);
    }
    if (found < 0) {
        return 0;
    }
    *out = found;
    return 1;
}

int ent_config_bind_region(ent_config_reader_t *reader, const ent_yaml_t *node, int *out)
{
    return bind_member(reader, node, "region", reader->config->region, reader->config->n_region, out);
}

int ent_config_bind_sector(ent_config_reader_t *reader, const ent_yaml_t *node, int *out)
{
    return bind_member(reader, node, "sector", reader->config->sector, reader->config->n_sector, out);
}

/* Set the flags of one name; a member is named once. */
static int add_flag(ent_config_reader_t *reader, const ent_yaml_t *node, const char *what, char *const *names,
                    int n, unsigned char *flags)
{
    int member;
    if (!bind_member(reader, node, what, names, n, &member)) {
        return 0;
    }
    if (flags[member]) {
        (void)ent_bind_fault(reader->ctx, node, NULL, "a %s is listed once", what);
        return 0;
    }
    flags[member] = 1;
    return 1;
}

static int add_sector(ent_config_reader_t *reader, const ent_yaml_t *node, unsigned char *flags)
{
    return add_flag(reader, node, "sector", reader->config->sector, reader->config->n_sector, flags);
}

int ent_config_add_regions(ent_config_reader_t *reader, const ent_yaml_t *node, unsigned char *flags)
{
    const ent_config_t *config = reader->config;
    unsigned char *in = ent_calloc(reader->ctx, (size_t)config->n_region, 1);
    int sound = in != NULL ? ent_config_bind_group(reader, node, in) : -1;
    for (int r = 0; sound == 1 && r < config->n_region; r++) {
        if (in[r] && flags[r]) {
            (void)ent_bind_fault(reader->ctx, node, NULL, "a region is listed once; %s is here already",
                                 config->region[r]);
            sound = -1;
        }
        flags[r] |= in[r];
    }
    free(in);
    return sound != 0 ? sound > 0 : add_flag(reader, node, "region", config->region, config->n_region, flags);
}

int ent_config_add_named(ent_config_reader_t *reader, const ent_yaml_t *node, unsigned char *flags)
{
    ent_yaml_t name = *node;
    name.kind = ENT_YAML_SCALAR;
    name.text = node->key;
    return ent_config_add_regions(reader, &name, flags);
}

typedef int add_t(ent_config_reader_t *reader, const ent_yaml_t *node, unsigned char *flags);

static int bind_flags(ent_config_reader_t *reader, const ent_yaml_t *node, add_t *add, int n,
                      unsigned char *flags)
{
    int sound = 1;
    if (node == NULL || is_word(node, "all")) {
        memset(flags, 1, (size_t)n);
        return 1;
    }
    if (node->kind == ENT_YAML_SCALAR) {
        return add(reader, node, flags);
    }
    if (!ent_bind_is_list(reader->ctx, node, ENT_YAML_MAX_CHILDREN)) {
        return 0;
    }
    for (size_t i = 0; i < node->n_children; i++) {
        sound &= add(reader, node->children[i], flags);
    }
    return sound;
}

int ent_config_bind_regions(ent_config_reader_t *reader, const ent_yaml_t *node, unsigned char *flags)
{
    return bind_flags(reader, node, ent_config_add_regions, reader->config->n_region, flags);
}

int ent_config_bind_sectors(ent_config_reader_t *reader, const ent_yaml_t *node, unsigned char *flags)
{
    return bind_flags(reader, node, add_sector, reader->config->n_sector, flags);
}

/* ---- home, slot_focus, neighbours ---- */

/* Index of a map's key among the run's regions, with a fault when there is none. */
static int region_of_key(ent_config_reader_t *reader, const ent_yaml_t *node)
{
    const ent_config_t *config = reader->config;
    int region = find(config->region, config->n_region, node->key);
    if (region < 0 && config->n_region > 0) {
        ent_config_no_region(reader, node, node->key);
    }
    return region;
}

static void read_slot_focus(ent_config_reader_t *reader)
{
    ent_config_t *config = reader->config;
    const ent_yaml_t *node = ent_yaml_get(reader->root, "slot_focus");
    config->slot_focus = ent_calloc(reader->ctx, (size_t)config->n_region, sizeof *config->slot_focus);
    for (int r = 0; config->slot_focus != NULL && r < config->n_region; r++) {
        config->slot_focus[r] = 1.0;
    }
    if (config->slot_focus == NULL || !ent_bind_is_map(reader->ctx, node)) {
        return;
    }
    for (size_t i = 0; i < node->n_children; i++) {
        double weight;
        int region = region_of_key(reader, node->children[i]);
        if (ent_bind_number(reader->ctx, node->children[i], 0.01, 1000.0, &weight) && region >= 0) {
            config->slot_focus[region] = weight;
        }
    }
}

static void read_neighbours(ent_config_reader_t *reader)
{
    ent_config_t *config = reader->config;
    const size_t n = (size_t)config->n_region;
    const ent_yaml_t *node = ent_yaml_get(reader->root, "neighbours");
    config->neighbour = ent_calloc(reader->ctx, n * n, 1);
    if (config->neighbour == NULL || !ent_bind_is_list(reader->ctx, node, ENT_YAML_MAX_CHILDREN)) {
        return;
    }
    for (size_t i = 0; i < node->n_children; i++) {
        const ent_yaml_t *pair = node->children[i];
        int a = -1, b = -1;
        if (pair->kind != ENT_YAML_LIST || pair->n_children != 2) {
            (void)ent_bind_fault(reader->ctx, pair, NULL, "neighbours are pairs of regions: [USA, CAN]");
            continue;
        }
        int good_a = ent_config_bind_region(reader, pair->children[0], &a);
        int good_b = ent_config_bind_region(reader, pair->children[1], &b);
        if (good_a && good_b && a == b) {
            (void)ent_bind_fault(reader->ctx, pair, NULL, "a region is no neighbour of itself");
        } else if (good_a && good_b) {
            config->neighbour[(size_t)a * n + (size_t)b] = 1;
            config->neighbour[(size_t)b * n + (size_t)a] = 1;
        }
    }
}

void ent_config_read_geography(ent_config_reader_t *reader)
{
    const ent_yaml_t *home = ent_yaml_get(reader->root, "home");
    if (home == NULL) {
        (void)ent_bind_missing(reader->ctx, reader->root, "home", "the region that the tables are about");
    }
    (void)ent_config_bind_region(reader, home, &reader->config->home);
    read_slot_focus(reader);
    read_neighbours(reader);
}

int ent_config_region(const ent_config_t *config, const char *name)
{
    return find(config->region, config->n_region, name);
}

int ent_config_sector(const ent_config_t *config, const char *name)
{
    return find(config->sector, config->n_sector, name);
}
