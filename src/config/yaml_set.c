/* Settings from the command line: put a value at a dotted path of the tree before it is checked. */
#include "config/yaml.h"

#include "base/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    ent_yaml_t *root;
    const char *path;
    const char *place; /* "--set path", kept by the root */
    ent_context_t *ctx;
} setting_t;

static int path_fault(const setting_t *set, const char *value, const char *nearest, const char *rule)
{
    return ent_fault(set->ctx, ENT_ERR_CONFIG, set->place, 0, 0, set->path, value, nearest, "%s", rule);
}

/* Replace what `slot` holds (kind, text, children) by what `value` holds; place becomes the setting's. */
static void replace(ent_yaml_t *slot, ent_yaml_t *value, const char *place)
{
    ent_yaml_t old = *slot;
    slot->kind = value->kind;
    slot->text = value->text;
    slot->plain = value->plain;
    slot->children = value->children;
    slot->n_children = value->n_children;
    slot->capacity = value->capacity;
    slot->file = place;
    slot->line = 0;
    slot->column = 0;
    for (size_t i = 0; i < slot->n_children; i++) {
        slot->children[i]->parent = slot;
    }
    value->kind = old.kind;
    value->text = old.text;
    value->children = old.children;
    value->n_children = old.n_children;
    value->capacity = old.capacity;
}

static void set_place(ent_yaml_t *node, const char *place)
{
    node->file = place;
    node->line = 0;
    node->column = 0;
    for (size_t i = 0; i < node->n_children; i++) {
        set_place(node->children[i], place);
    }
}

static ent_yaml_t *add_child(const setting_t *set, ent_yaml_t *parent, char *key)
{
    ent_yaml_t *child = ent_yaml_new(ENT_YAML_NULL, set->place, 0, 0, set->ctx);
    if (child == NULL || parent->n_children >= ENT_YAML_MAX_CHILDREN ||
        ent_yaml_append(parent, child, set->ctx) != ENT_OK) {
        ent_yaml_free(child);
        free(key);
        return NULL;
    }
    child->key = key;
    return child;
}

/* Step to a key; made when missing. */
static ent_yaml_t *step_key(const setting_t *set, ent_yaml_t *node, const char *name, size_t length)
{
    char *key = ent_calloc(set->ctx, length + 1, 1);
    if (key == NULL) {
        return NULL;
    }
    memcpy(key, name, length);
    if (node->kind == ENT_YAML_NULL) {
        node->kind = ENT_YAML_MAP;
    }
    if (node->kind != ENT_YAML_MAP) {
        (void)path_fault(set, key, NULL,
                         node->kind == ENT_YAML_LIST ? "a list stands here; write [number] or [id]"
                                                     : "a value stands here, it has no keys");
        free(key);
        return NULL;
    }
    ent_yaml_t *child = ent_yaml_get(node, key);
    if (child != NULL) {
        free(key);
        return child;
    }
    return add_child(set, node, key);
}

/* What an item of a list is called: its `id`, else its `name`. */
static const char *item_name(const ent_yaml_t *item)
{
    const ent_yaml_t *name = ent_yaml_get(item, "id");
    if (name == NULL) {
        name = ent_yaml_get(item, "name");
    }
    return name != NULL && name->kind == ENT_YAML_SCALAR ? name->text : NULL;
}

static ent_yaml_t *item_by_name(const setting_t *set, const ent_yaml_t *list, const char *name)
{
    const char **names = ent_calloc(set->ctx, list->n_children, sizeof *names);
    ent_yaml_t *found = NULL;
    if (names == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < list->n_children && found == NULL; i++) {
        names[i] = item_name(list->children[i]);
        if (names[i] != NULL && strcmp(names[i], name) == 0) {
            found = list->children[i];
        }
    }
    if (found == NULL) {
        (void)path_fault(set, name, ent_nearest(name, names, list->n_children),
                         "no item of the list has this id");
    }
    free(names);
    return found;
}

/* Step to an item of a list: [number], [id] or [+]. */
static ent_yaml_t *step_item(const setting_t *set, ent_yaml_t *node, const char *name, size_t length)
{
    char key[ENT_YAML_MAX_PATH];
    snprintf(key, sizeof key, "%.*s", (int)(length < sizeof key ? length : sizeof key - 1), name);
    if (node->kind == ENT_YAML_NULL) {
        node->kind = ENT_YAML_LIST;
    }
    if (node->kind != ENT_YAML_LIST) {
        (void)path_fault(set, key, NULL, "[...] picks an item of a list, and no list stands here");
        return NULL;
    }
    if (strcmp(key, "+") == 0) {
        return add_child(set, node, NULL);
    }
    if (!isdigit((unsigned char)key[0])) {
        return item_by_name(set, node, key);
    }
    char *end = NULL;
    unsigned long index = strtoul(key, &end, 10);
    if (*end != '\0') {
        return item_by_name(set, node, key);
    }
    if (index >= node->n_children) {
        char rule[96];
        snprintf(rule, sizeof rule, "the list has %zu items, numbered from 0", node->n_children);
        (void)path_fault(set, key, NULL, rule);
        return NULL;
    }
    return node->children[index];
}

/* Walk the path; NULL after recording the fault. */
static ent_yaml_t *walk(const setting_t *set)
{
    ent_yaml_t *node = set->root;
    const char *c = set->path;
    int depth = 0;
    while (node != NULL && *c != '\0') {
        if (++depth > ENT_YAML_MAX_DEPTH) {
            (void)path_fault(set, NULL, NULL, "the path is too deep");
            return NULL;
        }
        size_t length = strcspn(c, *c == '[' ? "]" : ".[");
        if (*c == '[') {
            if (c[length] != ']' || length < 2) {
                (void)path_fault(set, c, NULL,
                                 "a path looks like a.b, measures[2].rate or measures[id].rate");
                return NULL;
            }
            node = step_item(set, node, c + 1, length - 1);
            length++;
        } else {
            if (length == 0) {
                (void)path_fault(set, NULL, NULL,
                                 "a path looks like a.b, measures[2].rate or measures[id].rate");
                return NULL;
            }
            node = step_key(set, node, c, length);
        }
        c += length;
        if (*c == '.' && c[1] != '\0') {
            c++;
        }
    }
    return node;
}

int ent_yaml_set(ent_yaml_t *root, const char *path, const char *text, ent_context_t *ctx)
{
    size_t n_before = ctx->n_faults + ctx->dropped;
    char *place = ent_format(ctx, "--set %s", path);
    setting_t set = {.root = root, .path = path, .ctx = ctx};
    ent_yaml_t *value = NULL;
    int code = ENT_OK;
    if (place == NULL || (set.place = ent_yaml_keep_name(root, place, ctx)) == NULL) {
        code = ENT_ERR_NO_MEMORY;
        goto out;
    }
    if (path[0] == '\0') {
        code = path_fault(&set, text, NULL, "a setting is written key=value");
        goto out;
    }
    if (text[strspn(text, " \t\n")] == '\0') {
        value = ent_yaml_new(ENT_YAML_NULL, set.place, 0, 0, ctx);
    } else {
        code = ent_yaml_parse(&value, text, strlen(text), set.place, ctx);
    }
    ent_yaml_t *node = code == ENT_OK && value != NULL ? walk(&set) : NULL;
    if (node == NULL) {
        code = ctx->n_faults + ctx->dropped > n_before
                   ? ctx->code
                   : path_fault(&set, text, NULL, "the value cannot be put there");
        goto out;
    }
    set_place(value, set.place);
    replace(node, value, set.place);
out:
    ent_yaml_free(value);
    free(place);
    return code;
}
