#include "compare/config_differences.h"

#include "base/memory.h"
#include "config/yaml.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN = 3 };

/* A value of one config. */
typedef struct {
    char path[ENT_YAML_MAX_PATH];
    const char *text; /* of the tree */
    int config;
} leaf_t;

typedef struct {
    leaf_t *leaf;
    size_t n, capacity;
} leaves_t;

static int add_leaf(leaves_t *leaves, const ent_yaml_t *node, int config, ent_context_t *ctx)
{
    if (leaves->n == leaves->capacity) {
        const size_t capacity = leaves->capacity > 0 ? 2 * leaves->capacity : 512;
        leaf_t *longer = ent_calloc(ctx, capacity, sizeof *longer);

        if (longer == NULL) {
            return ENT_ERR_NO_MEMORY;
        }
        if (leaves->n > 0) {
            memcpy(longer, leaves->leaf, leaves->n * sizeof *longer);
        }
        free(leaves->leaf);
        leaves->leaf = longer;
        leaves->capacity = capacity;
    }
    leaf_t *leaf = &leaves->leaf[leaves->n++];

    ent_yaml_path(node, leaf->path);
    leaf->text = node->text != NULL ? node->text : "";
    leaf->config = config;
    return ENT_OK;
}

static int add_leaves(leaves_t *leaves, const ent_yaml_t *node, int config, ent_context_t *ctx)
{
    int code = node->n_children == 0 ? add_leaf(leaves, node, config, ctx) : ENT_OK;

    for (size_t i = 0; code == ENT_OK && i < node->n_children; i++) {
        code = add_leaves(leaves, node->children[i], config, ctx);
    }
    return code;
}

static int by_path(const void *first, const void *second)
{
    const leaf_t *a = first, *b = second;
    const int order = strcmp(a->path, b->path);

    return order != 0 ? order : a->config - b->config;
}

/* Leaves from `at` on that have its path. */
static size_t same_path(const leaves_t *leaves, size_t at)
{
    size_t n = 1;

    while (at + n < leaves->n && strcmp(leaves->leaf[at + n].path, leaves->leaf[at].path) == 0) {
        n++;
    }
    return n;
}

static int all_alike(const leaf_t *leaf, size_t n, int n_configs)
{
    int alike = n == (size_t)n_configs;

    for (size_t i = 1; alike && i < n; i++) {
        alike = strcmp(leaf[i].text, leaf[0].text) == 0;
    }
    return alike;
}

/* Say what config `config` has among the leaves of one path. */
static int say(const leaf_t *leaf, size_t n, int config, int told, char **words, ent_context_t *ctx)
{
    const char *before = *words != NULL ? *words : "", *value = "absent";

    for (size_t i = 0; i < n; i++) {
        value = leaf[i].config == config ? leaf[i].text : value;
    }
    char *longer = ent_format(ctx, "%s%s%s %s", before, told > 0 ? ", " : "", leaf->path, value);

    free(*words);
    *words = longer;
    return longer == NULL ? ENT_ERR_NO_MEMORY : ENT_OK;
}

static int end_words(int n_differ, char **words, ent_context_t *ctx)
{
    char *longer;

    if (n_differ == 0) {
        longer = ent_format(ctx, "same config");
    } else if (n_differ > SHOWN) {
        longer = ent_format(ctx, "%s and %d more", *words, n_differ - SHOWN);
    } else {
        return ENT_OK;
    }
    free(*words);
    *words = longer;
    return longer == NULL ? ENT_ERR_NO_MEMORY : ENT_OK;
}

static int tell(const leaves_t *leaves, int n, char **words, ent_context_t *ctx)
{
    int code = ENT_OK, n_differ = 0;

    for (size_t at = 0, same; code == ENT_OK && at < leaves->n; at += same) {
        same = same_path(leaves, at);
        if (!all_alike(&leaves->leaf[at], same, n)) {
            for (int c = 0; code == ENT_OK && c < n && n_differ < SHOWN; c++) {
                code = say(&leaves->leaf[at], same, c, n_differ, &words[c], ctx);
            }
            n_differ++;
        }
    }
    for (int c = 0; code == ENT_OK && c < n; c++) {
        code = end_words(n_differ, &words[c], ctx);
    }
    return code;
}

int ent_config_differences(const char *const *text, int n, char **words, ent_context_t *ctx)
{
    leaves_t leaves = {0};
    ent_yaml_t **root = ent_calloc(ctx, (size_t)n, sizeof(ent_yaml_t *));
    int code = root == NULL ? ENT_ERR_NO_MEMORY : ENT_OK;

    for (int c = 0; c < n; c++) {
        words[c] = NULL;
    }
    for (int c = 0; code == ENT_OK && c < n; c++) {
        code = ent_yaml_parse(&root[c], text[c], strlen(text[c]), "a run's config", ctx);
        code = code == ENT_OK ? add_leaves(&leaves, root[c], c, ctx) : code;
    }
    if (code == ENT_OK && leaves.n > 0) {
        qsort(leaves.leaf, leaves.n, sizeof *leaves.leaf, by_path);
        code = tell(&leaves, n, words, ctx);
    }
    for (int c = 0; root != NULL && c < n; c++) {
        ent_yaml_free(root[c]);
    }
    free(root);
    free(leaves.leaf);
    return code;
}
