/* A YAML file as a tree that keeps where everything stood. libfyaml reads the text; the tree is ours, so that
 * settings from the command line, duplicate keys and unused keys can all be reported with their place.
 * Anchors, aliases, tags, several documents and keys that are no plain text are refused. */
#ifndef ENTREPOT_CONFIG_YAML_H
#define ENTREPOT_CONFIG_YAML_H

#include <entrepot/context.h>

enum {
    ENT_YAML_MAX_BYTES = 4 << 20,
    ENT_YAML_MAX_DEPTH = 24,
    ENT_YAML_MAX_CHILDREN = 10000, /* of one list or map */
    ENT_YAML_MAX_PATH = 256
};

typedef enum { ENT_YAML_NULL, ENT_YAML_SCALAR, ENT_YAML_LIST, ENT_YAML_MAP } ent_yaml_kind_t;

typedef struct ent_yaml {
    ent_yaml_kind_t kind;
    char *key;        /* in a map, else NULL */
    char *text;       /* of a scalar, else NULL */
    int plain;        /* 1: a scalar written without quotes */
    const char *file; /* where it was written: a file, or "--set key=value"; owned by the root */
    int line, column; /* 1-based; of the key in a map */
    struct ent_yaml *parent;
    size_t index; /* among its parent's children */
    struct ent_yaml **children;
    size_t n_children, capacity;
    char **names; /* root only: texts that `file` points to */
    size_t n_names, name_capacity;
} ent_yaml_t;

/* Read a file into a new tree, whose root is a map. ENT_ERR_NO_INPUT when it cannot be opened, ENT_ERR_CONFIG
 * for faults of its text, all recorded. The caller frees with ent_yaml_free, also after failure. */
int ent_yaml_read(ent_yaml_t **root, const char *path, ent_context_t *ctx);

/* The same from text in memory; `name` stands for the file in reports. Any kind of root is allowed. */
int ent_yaml_parse(ent_yaml_t **root, const char *text, size_t length, const char *name, ent_context_t *ctx);

void ent_yaml_free(ent_yaml_t *root);

/* A copy of a tree; the texts that `file` points to stay those of `root`, which must outlive it. NULL after
 * recording ENT_ERR_NO_MEMORY. */
ent_yaml_t *ent_yaml_copy(const ent_yaml_t *root, ent_context_t *ctx);

/* Value of a key in a map, or NULL (also when `map` is NULL or no map). */
ent_yaml_t *ent_yaml_get(const ent_yaml_t *map, const char *key);

/* Dotted path from the root, e.g. "measures[3].rate"; "" for the root. Cut when longer than the buffer. */
void ent_yaml_path(const ent_yaml_t *node, char path[ENT_YAML_MAX_PATH]);

/* Put the value `text` (YAML) at a dotted path: keys by name, list items by [number] or by [id] where items
 * have an `id` or `name`. Missing keys are made; `[+]` appends. Faults are recorded with place "--set". */
int ent_yaml_set(ent_yaml_t *root, const char *path, const char *text, ent_context_t *ctx);

/* The tree as block YAML, and as one line of JSON in which every scalar is a string. New strings, the caller
 * frees; NULL after recording ENT_ERR_NO_MEMORY. */
char *ent_yaml_text(const ent_yaml_t *root, ent_context_t *ctx);
char *ent_yaml_json(const ent_yaml_t *root, ent_context_t *ctx);

/* Internal to the yaml_*.c files. */
ent_yaml_t *ent_yaml_new(ent_yaml_kind_t kind, const char *file, int line, int column, ent_context_t *ctx);
int ent_yaml_append(ent_yaml_t *parent, ent_yaml_t *child, ent_context_t *ctx);
const char *ent_yaml_keep_name(ent_yaml_t *root, const char *name, ent_context_t *ctx);

#endif
