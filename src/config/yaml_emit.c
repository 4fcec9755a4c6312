/* The tree back as text: block YAML for people, one line of JSON for hashing. */
#include "config/yaml.h"

#include "base/memory.h"
#include "base/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    ent_context_t *ctx;
    char *text;
    size_t length, capacity;
    int failed;
} writer_t;

static void put_bytes(writer_t *writer, const char *bytes, size_t n)
{
    if (writer->failed) {
        return;
    }
    char *grown = ent_grow(writer->ctx, writer->text, &writer->capacity, writer->length + n + 1, 1);
    if (grown == NULL) {
        writer->failed = 1;
        return;
    }
    writer->text = grown;
    memcpy(writer->text + writer->length, bytes, n);
    writer->length += n;
    writer->text[writer->length] = '\0';
}

static void put(writer_t *writer, const char *text)
{
    put_bytes(writer, text, strlen(text));
}

/* Double-quoted, with the escapes that YAML and JSON share. */
static void put_quoted(writer_t *writer, const char *text)
{
    put(writer, "\"");
    for (const char *c = text; *c != '\0'; c++) {
        char escape[8];
        if (*c == '"' || *c == '\\') {
            snprintf(escape, sizeof escape, "\\%c", *c);
            put(writer, escape);
        } else if ((unsigned char)*c < 0x20) {
            snprintf(escape, sizeof escape, "\\u%04x", (unsigned)(unsigned char)*c);
            put(writer, escape);
        } else {
            put_bytes(writer, c, 1);
        }
    }
    put(writer, "\"");
}

/* Text that means the same without quotes anywhere in a block. */
static int is_simple(const char *text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+/-";
    return text[0] != '\0' && text[strspn(text, allowed)] == '\0' && strcmp(text, "-") != 0 &&
           strncmp(text, "--", 2) != 0 && strncmp(text, "..", 2) != 0;
}

static void put_scalar(writer_t *writer, const char *text, int plain)
{
    if (plain && is_simple(text)) {
        put(writer, text);
    } else {
        put_quoted(writer, text);
    }
}

static void put_indent(writer_t *writer, int depth)
{
    for (int i = 0; i < depth; i++) {
        put(writer, "  ");
    }
}

static int is_scalar(const ent_yaml_t *node)
{
    return node->kind == ENT_YAML_SCALAR || node->kind == ENT_YAML_NULL;
}

static int all_scalars(const ent_yaml_t *node)
{
    for (size_t i = 0; i < node->n_children; i++) {
        if (!is_scalar(node->children[i])) {
            return 0;
        }
    }
    return 1;
}

static void put_value(writer_t *writer, const ent_yaml_t *node)
{
    if (node->kind == ENT_YAML_NULL) {
        put(writer, "null");
    } else {
        put_scalar(writer, node->text, node->plain);
    }
}

/* A list of scalars, or an empty map, in one line. */
static void put_flow(writer_t *writer, const ent_yaml_t *node)
{
    put(writer, node->kind == ENT_YAML_MAP ? "{" : "[");
    for (size_t i = 0; i < node->n_children; i++) {
        put(writer, i > 0 ? ", " : "");
        put_value(writer, node->children[i]);
    }
    put(writer, node->kind == ENT_YAML_MAP ? "}" : "]");
}

static int fits_one_line(const ent_yaml_t *node)
{
    return node->n_children == 0 || (node->kind == ENT_YAML_LIST && all_scalars(node));
}

/* The children of a map or list, each beginning a line, except the first when `inlined`. */
static void put_block(writer_t *writer, const ent_yaml_t *node, int depth, int inlined)
{
    for (size_t i = 0; i < node->n_children; i++) {
        const ent_yaml_t *child = node->children[i];
        if (i > 0 || !inlined) {
            put_indent(writer, depth);
        }
        if (node->kind == ENT_YAML_MAP) {
            put_scalar(writer, child->key, 1);
            put(writer, ":");
        } else {
            put(writer, "-");
        }
        if (is_scalar(child) || fits_one_line(child)) {
            put(writer, " ");
            if (is_scalar(child)) {
                put_value(writer, child);
            } else {
                put_flow(writer, child);
            }
            put(writer, "\n");
        } else if (node->kind == ENT_YAML_MAP) {
            put(writer, "\n");
            put_block(writer, child, depth + 1, 0);
        } else {
            put(writer, " ");
            put_block(writer, child, depth + 1, 1);
        }
    }
}

char *ent_yaml_text(const ent_yaml_t *root, ent_context_t *ctx)
{
    writer_t writer = {.ctx = ctx};
    put(&writer, "");
    if (is_scalar(root)) {
        put_value(&writer, root);
    } else if (fits_one_line(root)) {
        put_flow(&writer, root);
    } else {
        put_block(&writer, root, 0, 0);
    }
    if (writer.failed) {
        free(writer.text);
        return NULL;
    }
    return writer.text;
}

/* A number by its value, in the fewest digits that give it back, so that 6e4 and 60000 are one; other texts,
 * and whole numbers that may be seeds of 64 bits, as they are. */
static void put_json_scalar(writer_t *writer, const ent_yaml_t *node)
{
    enum { LEAST_DIGITS = 15, MOST_DIGITS = 17 };
    char digits[32];
    double value;
    if (!node->plain || node->text[strspn(node->text, "0123456789")] == '\0' ||
        !ent_number_parse(node->text, &value) || !isfinite(value)) {
        put_quoted(writer, node->text);
        return;
    }
    for (int n = LEAST_DIGITS; n <= MOST_DIGITS; n++) {
        double back;
        snprintf(digits, sizeof digits, "%.*g", n, value);
        digits[strcspn(digits, ",")] = strchr(digits, ',') != NULL ? '.' : '\0'; /* of a locale */
        if (ent_number_parse(digits, &back) && back == value) {
            break;
        }
    }
    put_quoted(writer, digits);
}

static void put_json(writer_t *writer, const ent_yaml_t *node)
{
    if (node->kind == ENT_YAML_NULL) {
        put(writer, "null");
        return;
    }
    if (node->kind == ENT_YAML_SCALAR) {
        put_json_scalar(writer, node);
        return;
    }
    int is_map = node->kind == ENT_YAML_MAP;
    put(writer, is_map ? "{" : "[");
    for (size_t i = 0; i < node->n_children; i++) {
        put(writer, i > 0 ? "," : "");
        if (is_map) {
            put_quoted(writer, node->children[i]->key);
            put(writer, ":");
        }
        put_json(writer, node->children[i]);
    }
    put(writer, is_map ? "}" : "]");
}

char *ent_yaml_json(const ent_yaml_t *root, ent_context_t *ctx)
{
    writer_t writer = {.ctx = ctx};
    put_json(&writer, root);
    if (writer.failed) {
        free(writer.text);
        return NULL;
    }
    return writer.text;
}
