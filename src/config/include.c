/* `include: FILE`: a config that builds on another. Maps are put together key by key; anything else takes the
 * place of what the other file says, and a key without a value takes it away. */
#include "config/internal.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_DEPTH = 8 };

/* The groups of an aggregation hang together: one file gives all of them. */
static int is_whole(const ent_yaml_t *node)
{
    static const char *const words[] = {"regions", "sectors", "scenarios"};

    for (size_t i = 0; i < ENT_COUNT(words) && node->parent != NULL && node->parent->parent == NULL; i++) {
        if (strcmp(node->key, words[i]) == 0) {
            return 1;
        }
    }
    return 0;
}

static void remove_child(ent_yaml_t *map, size_t place)
{
    ent_yaml_free(map->children[place]);
    for (size_t i = place + 1; i < map->n_children; i++) {
        map->children[i - 1] = map->children[i];
        map->children[i - 1]->index = i - 1;
    }
    map->n_children--;
}

static void replace_child(ent_yaml_t *map, size_t place, ent_yaml_t *child)
{
    ent_yaml_free(map->children[place]);
    map->children[place] = child;
    child->parent = map;
    child->index = place;
}

/* The children of `over` go into `under`, which keeps those that it alone has. */
static int merge(ent_yaml_t *under, ent_yaml_t *over, ent_context_t *ctx)
{
    int code = ENT_OK;

    for (size_t i = 0; i < over->n_children && code == ENT_OK; i++) {
        ent_yaml_t *child = over->children[i], *old = ent_yaml_get(under, child->key);

        if (old != NULL && child->kind == ENT_YAML_NULL) {
            remove_child(under, old->index);
        } else if (old != NULL && old->kind == ENT_YAML_MAP && child->kind == ENT_YAML_MAP &&
                   !is_whole(child)) {
            code = merge(old, child, ctx);
        } else if (old != NULL) {
            over->children[i] = NULL;
            replace_child(under, old->index, child);
        } else {
            code = ent_yaml_append(under, child, ctx);
            over->children[i] = code == ENT_OK ? NULL : child;
        }
    }
    return code;
}

/* What is left of a tree that was merged: its names go to the other, since nodes point to them. */
static int drain(ent_yaml_t *under, ent_yaml_t *over, ent_context_t *ctx)
{
    void *grown = ent_grow(ctx, under->names, &under->name_capacity, under->n_names + over->n_names,
                           sizeof *under->names);

    if (grown == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    under->names = grown;
    memcpy(under->names + under->n_names, over->names, over->n_names * sizeof *over->names);
    under->n_names += over->n_names;
    over->n_names = 0;
    return ENT_OK;
}

static int read_under(ent_yaml_t **under, const ent_yaml_t *over, const char *path, int depth,
                      ent_context_t *ctx)
{
    const ent_yaml_t *node = ent_yaml_get(over, "include");
    const char *name = NULL;
    char *tried = NULL;

    if (!ent_bind_text(ctx, node, &name)) {
        return ENT_ERR_CONFIG;
    }
    if (depth >= MOST_DEPTH) {
        return ent_bind_fault(ctx, node, NULL, "files include one another in a circle, or more than %d deep",
                              MOST_DEPTH);
    }
    char *found = ent_locate_config(name, path, &tried, ctx);
    const int code = found != NULL ? ent_config_tree(under, found, depth + 1, ctx)
                                   : ent_bind_fault(ctx, node, NULL, "no such file; looked for %s",
                                                    tried != NULL ? tried : name);
    free(found);
    free(tried);
    return code;
}

int ent_config_tree(ent_yaml_t **root, const char *path, int depth, ent_context_t *ctx)
{
    ent_yaml_t *over = NULL, *under = NULL;
    int code = ent_yaml_read(&over, path, ctx);

    *root = over;
    if (over == NULL || ent_yaml_get(over, "include") == NULL) {
        return code;
    }
    const int read = read_under(&under, over, path, depth, ctx);
    remove_child(over, ent_yaml_get(over, "include")->index);
    code = code != ENT_OK ? code : read;
    if (under == NULL) {
        return code;
    }
    const int merged = drain(under, over, ctx) == ENT_OK ? merge(under, over, ctx) : ENT_ERR_NO_MEMORY;
    under->file = over->file;
    ent_yaml_free(over);
    *root = under;
    return merged != ENT_OK ? merged : code;
}
