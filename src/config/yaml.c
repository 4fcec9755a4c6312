#include "config/yaml.h"

#include "base/input.h"
#include "base/memory.h"

#include <errno.h>
#include <libfyaml.h>
#include <stdlib.h>
#include <string.h>

/* ---- the tree ---- */

ent_yaml_t *ent_yaml_new(ent_yaml_kind_t kind, const char *file, int line, int column, ent_context_t *ctx)
{
    ent_yaml_t *node = ent_calloc(ctx, 1, sizeof *node);
    if (node != NULL) {
        node->kind = kind;
        node->file = file;
        node->line = line;
        node->column = column;
    }
    return node;
}

void ent_yaml_free(ent_yaml_t *root)
{
    if (root == NULL) {
        return;
    }
    for (size_t i = 0; i < root->n_children; i++) {
        ent_yaml_free(root->children[i]);
    }
    for (size_t i = 0; i < root->n_names; i++) {
        free(root->names[i]);
    }
    free(root->names);
    free(root->children);
    free(root->key);
    free(root->text);
    free(root);
}

int ent_yaml_append(ent_yaml_t *parent, ent_yaml_t *child, ent_context_t *ctx)
{
    void *grown =
        ent_grow(ctx, parent->children, &parent->capacity, parent->n_children + 1, sizeof *parent->children);
    if (grown == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    parent->children = grown;
    child->parent = parent;
    child->index = parent->n_children;
    parent->children[parent->n_children++] = child;
    return ENT_OK;
}

ent_yaml_t *ent_yaml_copy(const ent_yaml_t *from, ent_context_t *ctx)
{
    ent_yaml_t *copy = ent_yaml_new(from->kind, from->file, from->line, from->column, ctx);
    int whole = copy != NULL;
    if (whole) {
        copy->plain = from->plain;
        copy->key = ent_strdup(ctx, from->key);
        copy->text = ent_strdup(ctx, from->text);
        whole = (copy->key != NULL) == (from->key != NULL) && (copy->text != NULL) == (from->text != NULL);
    }
    for (size_t i = 0; whole && i < from->n_children; i++) {
        ent_yaml_t *child = ent_yaml_copy(from->children[i], ctx);
        whole = child != NULL && ent_yaml_append(copy, child, ctx) == ENT_OK;
        if (!whole) {
            ent_yaml_free(child);
        }
    }
    if (!whole) {
        ent_yaml_free(copy);
        return NULL;
    }
    return copy;
}

const char *ent_yaml_keep_name(ent_yaml_t *root, const char *name, ent_context_t *ctx)
{
    char *copy = ent_strdup(ctx, name);
    void *grown = copy == NULL ? NULL
                               : ent_grow(ctx, root->names, &root->name_capacity, root->n_names + 1,
                                          sizeof *root->names);
    if (grown == NULL) {
        free(copy);
        return NULL;
    }
    root->names = grown;
    root->names[root->n_names++] = copy;
    return copy;
}

ent_yaml_t *ent_yaml_get(const ent_yaml_t *map, const char *key)
{
    if (map == NULL || map->kind != ENT_YAML_MAP) {
        return NULL;
    }
    for (size_t i = 0; i < map->n_children; i++) {
        if (strcmp(map->children[i]->key, key) == 0) {
            return map->children[i];
        }
    }
    return NULL;
}

static void append_text(char *path, size_t *length, const char *text)
{
    size_t room = ENT_YAML_MAX_PATH - 1 - *length, wanted = strlen(text);
    size_t taken = wanted < room ? wanted : room;
    memcpy(path + *length, text, taken);
    *length += taken;
    path[*length] = '\0';
}

void ent_yaml_path(const ent_yaml_t *node, char path[ENT_YAML_MAX_PATH])
{
    const ent_yaml_t *chain[ENT_YAML_MAX_DEPTH + 2];
    size_t depth = 0, length = 0;
    path[0] = '\0';
    for (; node != NULL && node->parent != NULL && depth < ENT_YAML_MAX_DEPTH + 2; node = node->parent) {
        chain[depth++] = node;
    }
    while (depth-- > 0) {
        if (chain[depth]->key != NULL) {
            append_text(path, &length, length > 0 ? "." : "");
            append_text(path, &length, chain[depth]->key);
        } else {
            char item[32];
            snprintf(item, sizeof item, "[%zu]", chain[depth]->index);
            append_text(path, &length, item);
        }
    }
}

/* ---- from the events of libfyaml to the tree ---- */

typedef struct {
    ent_context_t *ctx;
    const char *name;                         /* kept by the root */
    ent_yaml_t *holder;                       /* a list of one: owns whatever has been read so far */
    ent_yaml_t *open[ENT_YAML_MAX_DEPTH + 1]; /* lists and maps being read, outermost first */
    int depth;
    char *key; /* of the map being read, waiting for its value */
    int key_line, key_column;
    int n_documents;
} reader_t;

static int text_fault(reader_t *reader, int line, int column, const char *value, const char *rule)
{
    return ent_fault(reader->ctx, ENT_ERR_CONFIG, reader->name, line, column, NULL, value, NULL, "%s", rule);
}

static char *token_text(struct fy_token *token, ent_context_t *ctx)
{
    size_t length = 0;
    const char *text = token != NULL ? fy_token_get_text(token, &length) : "";
    if (text == NULL) {
        (void)ent_fail(ctx, ENT_ERR_NO_MEMORY, "YAML", "no memory for a text");
        return NULL;
    }
    char *copy = ent_calloc(ctx, length + 1, 1);
    if (copy != NULL) {
        memcpy(copy, text, length);
    }
    return copy;
}

static int is_null_text(const char *text)
{
    return text[0] == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0;
}

/* A scalar where a key is due. */
static int take_key(reader_t *reader, char *text, int line, int column)
{
    const ent_yaml_t *map = reader->open[reader->depth];
    const ent_yaml_t *first = ent_yaml_get(map, text);
    reader->key = text;
    reader->key_line = line;
    reader->key_column = column;
    if (first != NULL) {
        return ent_fault(reader->ctx, ENT_ERR_CONFIG, reader->name, line, column, text, NULL, NULL,
                         "a key is given once; it is there already in line %d", first->line);
    }
    return ENT_OK;
}

/* Hang a new node under the collection being read. Takes the node over, also on failure. */
static int attach(reader_t *reader, ent_yaml_t *node)
{
    ent_yaml_t *parent = reader->open[reader->depth];
    if (parent->kind == ENT_YAML_MAP) {
        node->key = reader->key;
        node->line = reader->key_line;
        node->column = reader->key_column;
        reader->key = NULL;
    }
    if (parent->n_children >= ENT_YAML_MAX_CHILDREN) {
        int code = ent_fault(reader->ctx, ENT_ERR_CONFIG, reader->name, node->line, node->column, NULL, NULL,
                             NULL, "a list or map has at most %d entries", ENT_YAML_MAX_CHILDREN);
        ent_yaml_free(node);
        return code;
    }
    int code = ent_yaml_append(parent, node, reader->ctx);
    if (code != ENT_OK) {
        ent_yaml_free(node);
    }
    return code;
}

static int key_is_due(const reader_t *reader)
{
    return reader->open[reader->depth]->kind == ENT_YAML_MAP && reader->key == NULL;
}

static int take_scalar(reader_t *reader, struct fy_event *event, int line, int column)
{
    char *text = token_text(event->scalar.value, reader->ctx);
    if (text == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    if (key_is_due(reader)) {
        (void)take_key(reader, text, line, column);
        return ENT_OK;
    }
    int plain = event->scalar.value == NULL || fy_token_scalar_style(event->scalar.value) == FYSS_PLAIN;
    ent_yaml_kind_t kind = plain && is_null_text(text) ? ENT_YAML_NULL : ENT_YAML_SCALAR;
    ent_yaml_t *node = ent_yaml_new(kind, reader->name, line, column, reader->ctx);
    if (node == NULL) {
        free(text);
        return ENT_ERR_NO_MEMORY;
    }
    node->text = text;
    node->plain = plain;
    return attach(reader, node);
}

static int open_collection(reader_t *reader, ent_yaml_kind_t kind, int line, int column)
{
    if (key_is_due(reader)) {
        return text_fault(reader, line, column, NULL, "a key is a plain text, not a list or map");
    }
    if (reader->depth >= ENT_YAML_MAX_DEPTH) {
        return text_fault(reader, line, column, NULL, "lists and maps are nested too deeply");
    }
    ent_yaml_t *node = ent_yaml_new(kind, reader->name, line, column, reader->ctx);
    int code = node == NULL ? ENT_ERR_NO_MEMORY : attach(reader, node);
    if (code == ENT_OK) {
        reader->open[++reader->depth] = node;
    }
    return code;
}

/* Anchors and tags change what a text means out of sight: refused, but reading goes on. */
static void refuse_decoration(reader_t *reader, struct fy_event *event, int line, int column)
{
    struct fy_token *anchor = NULL, *tag = NULL;
    if (event->type == FYET_SCALAR) {
        anchor = event->scalar.anchor;
        tag = event->scalar.tag;
    } else if (event->type == FYET_SEQUENCE_START) {
        anchor = event->sequence_start.anchor;
        tag = event->sequence_start.tag;
    } else if (event->type == FYET_MAPPING_START) {
        anchor = event->mapping_start.anchor;
        tag = event->mapping_start.tag;
    }
    if (anchor != NULL) {
        (void)text_fault(reader, line, column, NULL,
                         "anchors (&name) are not used here; write the value out");
    }
    if (tag != NULL) {
        (void)text_fault(reader, line, column, NULL, "tags (!name) are not used here");
    }
}

static int take_event(reader_t *reader, struct fy_event *event)
{
    const struct fy_mark *mark = fy_event_start_mark(event);
    int line = mark != NULL ? mark->line + 1 : 0, column = mark != NULL ? mark->column + 1 : 0;
    refuse_decoration(reader, event, line, column);
    switch (event->type) {
    case FYET_SCALAR:
        return take_scalar(reader, event, line, column);
    case FYET_SEQUENCE_START:
        return open_collection(reader, ENT_YAML_LIST, line, column);
    case FYET_MAPPING_START:
        return open_collection(reader, ENT_YAML_MAP, line, column);
    case FYET_SEQUENCE_END:
    case FYET_MAPPING_END:
        reader->depth--;
        return ENT_OK;
    case FYET_ALIAS:
        return text_fault(reader, line, column, NULL,
                          "aliases (*name) are not used here; write the value out");
    case FYET_DOCUMENT_START:
        if (++reader->n_documents > 1) {
            return text_fault(reader, line, column, NULL, "one document in a file; a second begins here");
        }
        return ENT_OK;
    default:
        return ENT_OK;
    }
}

/* Copy what libfyaml complained about. Short of memory it complains of the text, or of nothing: the C
 * library's word is asked for first, which the caller has cleared. */
static int take_complaints(reader_t *reader, struct fy_diag *diag)
{
    void *previous = NULL;
    const struct fy_diag_error *error;
    int n = 0;
    if (errno == ENOMEM) {
        return ent_fail(reader->ctx, ENT_ERR_NO_MEMORY, reader->name, "no memory to read the file");
    }
    while ((error = fy_diag_errors_iterate(diag, &previous)) != NULL) {
        if (error->type == FYET_ERROR && error->msg != NULL) {
            (void)ent_fault(reader->ctx, ENT_ERR_CONFIG, reader->name, error->line, error->column, NULL, NULL,
                            NULL, "not valid YAML: %s", error->msg);
            n++;
        }
    }
    if (n == 0) {
        (void)ent_fail(reader->ctx, ENT_ERR_CONFIG, reader->name, "not valid YAML");
    }
    return ENT_ERR_CONFIG;
}

static int read_events(reader_t *reader, struct fy_parser *parser, struct fy_diag *diag)
{
    int code = ENT_OK, ended = 0;
    while (code == ENT_OK && !ended) {
        errno = 0;
        struct fy_event *event = fy_parser_parse(parser);
        if (event == NULL) {
            return take_complaints(reader, diag);
        }
        ended = event->type == FYET_STREAM_END;
        code = take_event(reader, event);
        fy_parser_event_free(parser, event);
    }
    return code;
}

/* Whether the character that ends before `at` leaves it at the begin of a line: any break of YAML's, or a
 * byte order mark. */
static int begins_line(const char *text, size_t at)
{
    static const char *const breaks[] = {"\n",           "\r",           "\xC2\x85",
                                         "\xE2\x80\xA8", "\xE2\x80\xA9", "\xEF\xBB\xBF"};
    for (size_t i = 0; i < sizeof breaks / sizeof breaks[0]; i++) {
        const size_t length = strlen(breaks[i]);
        if (at >= length && memcmp(text + at - length, breaks[i], length) == 0) {
            return 1;
        }
    }
    return at == 0;
}

/* libfyaml stops at a NUL byte and passes some ill-formed UTF-8 through: say so first. */
static int check_bytes(const char *text, size_t length, const char *name, ent_context_t *ctx)
{
    int line = 1;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        line += c == '\n';
        size_t more = c < 0x80                ? 0
                      : c >= 0xC2 && c < 0xE0 ? 1
                      : c >= 0xE0 && c < 0xF0 ? 2
                      : c >= 0xF0 && c < 0xF5 ? 3
                                              : 4;
        int good = more < 4 && c != 0x7F && (c >= 0x20 || c == '\n' || c == '\r' || c == '\t');
        for (size_t k = 1; good && k <= more; k++) {
            good = i + k < length && ((unsigned char)text[i + k] & 0xC0) == 0x80;
        }
        if (!good) {
            return ent_fault(ctx, ENT_ERR_CONFIG, name, line, 0, NULL, NULL, NULL,
                             "a config is UTF-8 text; byte 0x%02X at offset %zu is not", c, i);
        }
        /* libfyaml 0.7.12 reads some directives for ever */
        if (c == '%' && begins_line(text, i)) {
            return ent_fault(ctx, ENT_ERR_CONFIG, name, line, 1, NULL, NULL, NULL,
                             "a config has no directives: no line begins with %%; quote the text");
        }
        i += more;
    }
    return ENT_OK;
}

/* Take the single value out of the holder and make it the root. */
static int finish(reader_t *reader, const char *name, ent_yaml_t **root)
{
    ent_yaml_t *holder = reader->holder;
    if (holder->n_children == 0) {
        return ent_fail(reader->ctx, ENT_ERR_CONFIG, name, "the file is empty");
    }
    *root = holder->children[0];
    holder->n_children = 0;
    (*root)->parent = NULL;
    (*root)->names = holder->names;
    (*root)->n_names = holder->n_names;
    (*root)->name_capacity = holder->name_capacity;
    holder->names = NULL;
    holder->n_names = 0;
    return ENT_OK;
}

int ent_yaml_parse(ent_yaml_t **root, const char *text, size_t length, const char *name, ent_context_t *ctx)
{
    reader_t reader = {.ctx = ctx};
    struct fy_diag *diag = NULL;
    struct fy_parser *parser = NULL;
    size_t n_before = ctx->n_faults + ctx->dropped;
    *root = NULL;
    int code = check_bytes(text, length, name, ctx);
    if (code != ENT_OK) {
        return code;
    }
    reader.holder = ent_yaml_new(ENT_YAML_LIST, NULL, 0, 0, ctx);
    reader.name = reader.holder == NULL ? NULL : ent_yaml_keep_name(reader.holder, name, ctx);
    struct fy_diag_cfg diag_config;
    fy_diag_cfg_default(&diag_config);
    diag_config.fp = NULL;
    diag_config.output_fn = NULL;
    diag = fy_diag_create(&diag_config);
    if (reader.name == NULL || diag == NULL) {
        code = ent_fail(ctx, ENT_ERR_NO_MEMORY, name, "no memory to read the file");
        goto out;
    }
    fy_diag_set_collect_errors(diag, true);
    struct fy_parse_cfg parse_config = {
        .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_ALLOW_DUPLICATE_KEYS, .diag = diag};
    parser = fy_parser_create(&parse_config);
    if (parser == NULL || fy_parser_set_string(parser, text, length) != 0) {
        code = ent_fail(ctx, ENT_ERR_NO_MEMORY, name, "no memory to read the file");
        goto out;
    }
    reader.open[0] = reader.holder;
    code = read_events(&reader, parser, diag);
    if (code == ENT_OK) {
        code = finish(&reader, name, root);
    }
    if (code == ENT_OK && ctx->n_faults + ctx->dropped > n_before) {
        code = ctx->code;
    }
out:
    if (parser != NULL) {
        fy_parser_destroy(parser);
    }
    if (diag != NULL) {
        fy_diag_destroy(diag);
    }
    free(reader.key);
    ent_yaml_free(reader.holder);
    return code;
}

/* The whole file in memory, with an end mark. */
static int read_whole(const char *path, char **text, size_t *length, ent_context_t *ctx)
{
    FILE *stream;
    *text = NULL;
    *length = 0;
    int code = ent_input_stream(&stream, path, ctx);
    if (code != ENT_OK) {
        return code;
    }
    size_t room = (size_t)ENT_YAML_MAX_BYTES + 1;
    *text = ent_calloc(ctx, room + 1, 1);
    if (*text == NULL) {
        code = ENT_ERR_NO_MEMORY;
        goto out;
    }
    *length = fread(*text, 1, room, stream);
    if (ferror(stream)) {
        code = ent_fail(ctx, ENT_ERR_NO_INPUT, path, "cannot be read: %s", strerror(errno));
    } else if (*length > ENT_YAML_MAX_BYTES) {
        code = ent_fail(ctx, ENT_ERR_CONFIG, path, "a config has at most %d bytes", ENT_YAML_MAX_BYTES);
    }
out:
    fclose(stream);
    return code;
}

int ent_yaml_read(ent_yaml_t **root, const char *path, ent_context_t *ctx)
{
    char *text = NULL;
    size_t length = 0;
    *root = NULL;
    int code = read_whole(path, &text, &length, ctx);
    if (code == ENT_OK) {
        code = ent_yaml_parse(root, text, length, path, ctx);
    }
    if (*root != NULL && (*root)->kind != ENT_YAML_MAP) {
        code = ent_fault(ctx, ENT_ERR_CONFIG, path, (*root)->line, (*root)->column, NULL, NULL, NULL,
                         "the file is a map of keys to values");
        ent_yaml_free(*root);
        *root = NULL;
    }
    free(text);
    return code;
}
