/* `groups`: names for lists of economies or regions, which stand wherever a list of regions does. */
#include "config/internal.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

const ent_yaml_t *ent_config_group(const ent_config_reader_t *reader, const char *name)
{
    const ent_yaml_t *group = ent_yaml_get(ent_yaml_get(reader->root, "groups"), name);

    return group != NULL && group->kind == ENT_YAML_LIST ? group : NULL;
}

/* Words that a group may hold: of the benchmark's economies and of the run's regions. */
static int is_known(const ent_config_reader_t *reader, const char *word)
{
    for (int i = 0; i < reader->fine->n_region; i++) {
        if (strcmp(reader->fine->region[i], word) == 0) {
            return 1;
        }
    }
    return reader->fine->n_region == 0 || ent_config_region(reader->config, word) >= 0;
}

static void check_group(ent_config_reader_t *reader, const ent_yaml_t *group)
{
    ent_context_t *ctx = reader->ctx;
    const ent_benchmark_t *fine = reader->fine;

    if (!ent_bind_name_is_good(group->key)) {
        (void)ent_bind_fault(ctx, group, NULL, "a name has at most %d letters, digits, '-', '_' and '.'",
                             ENT_MAX_NAME);
    }
    if (group->kind == ENT_YAML_SCALAR || !ent_bind_is_list(ctx, group, ENT_YAML_MAX_CHILDREN)) {
        (void)ent_bind_fault(ctx, group, NULL, "a group is a list of economies or regions");
        return;
    }
    for (size_t i = 0; i < group->n_children; i++) {
        const char *word = NULL;

        if (ent_bind_text(ctx, group->children[i], &word) && !is_known(reader, word)) {
            (void)ent_bind_fault(ctx, group->children[i],
                                 ent_nearest(word, (const char *const *)fine->region, (size_t)fine->n_region),
                                 "no such economy in the benchmark and no such region in this run");
        }
    }
}

void ent_config_check_groups(ent_config_reader_t *reader)
{
    const ent_yaml_t *groups = ent_yaml_get(reader->root, "groups");

    if (!ent_bind_is_map(reader->ctx, groups)) {
        return;
    }
    for (size_t i = 0; i < groups->n_children; i++) {
        check_group(reader, groups->children[i]);
    }
}

/* ---- regions of a group ---- */

int ent_config_region_of_economy(const ent_config_reader_t *reader, const char *code)
{
    for (int i = 0; i < reader->fine->n_region; i++) {
        if (strcmp(reader->fine->region[i], code) == 0) {
            return reader->config->region_map[i];
        }
    }
    return -1;
}

static int region_of_word(const ent_config_reader_t *reader, const char *word)
{
    const int own = ent_config_region(reader->config, word);

    return own >= 0 ? own : ent_config_region_of_economy(reader, word);
}

static int holds(const ent_config_reader_t *reader, const ent_yaml_t *group, int economy)
{
    const int region = reader->config->region_map[economy];

    for (size_t i = 0; i < group->n_children; i++) {
        const char *word = group->children[i]->text;

        if (word != NULL && (strcmp(word, reader->fine->region[economy]) == 0 ||
                             ent_config_region(reader->config, word) == region)) {
            return 1;
        }
    }
    return 0;
}

/* A region is in a group with all of its economies or with none. */
static int refuse_split(ent_config_reader_t *reader, const ent_yaml_t *node, const ent_yaml_t *group,
                        const unsigned char *in)
{
    for (int i = 0; i < reader->fine->n_region; i++) {
        const int region = reader->config->region_map[i];

        if (region >= 0 && in[region] && !holds(reader, group, i)) {
            (void)ent_bind_fault(reader->ctx, node, NULL,
                                 "the group has a part of the region %s only: %s is not in it",
                                 reader->config->region[region], reader->fine->region[i]);
            return 0;
        }
    }
    return 1;
}

int ent_config_bind_group(ent_config_reader_t *reader, const ent_yaml_t *node, unsigned char *in)
{
    const ent_yaml_t *group = node->text != NULL && ent_config_region(reader->config, node->text) < 0
                                  ? ent_config_group(reader, node->text)
                                  : NULL;

    if (group == NULL) {
        return 0;
    }
    for (size_t i = 0; i < group->n_children; i++) {
        const char *word = group->children[i]->text;
        const int region = word != NULL ? region_of_word(reader, word) : -1;

        if (region >= 0) {
            in[region] = 1;
        }
    }
    return refuse_split(reader, node, group, in) ? 1 : -1;
}
