#include "config/bind.h"

#include "base/number.h"

#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *value_text(const ent_yaml_t *node)
{
    switch (node->kind) {
    case ENT_YAML_SCALAR:
        return node->text;
    case ENT_YAML_NULL:
        return "(nothing)";
    case ENT_YAML_LIST:
        return node->n_children == 0 ? "[]" : "(a list)";
    case ENT_YAML_MAP:
        return node->n_children == 0 ? "{}" : "(a map)";
    }
    return NULL;
}

int ent_bind_fault(ent_context_t *ctx, const ent_yaml_t *node, const char *nearest, const char *rule_format,
                   ...)
{
    char path[ENT_YAML_MAX_PATH], rule[1024];
    va_list arguments;
    va_start(arguments, rule_format);
    vsnprintf(rule, sizeof rule, rule_format, arguments);
    va_end(arguments);
    ent_yaml_path(node, path);
    return ent_fault(ctx, ENT_ERR_CONFIG, node->file, node->line, node->column, path, value_text(node),
                     nearest, "%s", rule);
}

int ent_bind_missing(ent_context_t *ctx, const ent_yaml_t *map, const char *key, const char *rule)
{
    char path[ENT_YAML_MAX_PATH], full[2 * ENT_YAML_MAX_PATH];
    ent_yaml_path(map, path);
    snprintf(full, sizeof full, "%s%s%s", path, path[0] != '\0' ? "." : "", key);
    return ent_fault(ctx, ENT_ERR_CONFIG, map->file, map->line, map->column, full, NULL, NULL, "missing: %s",
                     rule);
}

int ent_bind_need(ent_context_t *ctx, const ent_yaml_t *map, const char *key, const char *rule)
{
    if (ent_yaml_get(map, key) != NULL) {
        return 1;
    }
    (void)ent_bind_missing(ctx, map, key, rule);
    return 0;
}

void ent_bind_known_keys(ent_context_t *ctx, const ent_yaml_t *map, const char *const *known, size_t n_known)
{
    if (map == NULL || map->kind != ENT_YAML_MAP) {
        return;
    }
    for (size_t i = 0; i < map->n_children; i++) {
        const ent_yaml_t *child = map->children[i];
        int found = 0;
        for (size_t k = 0; k < n_known && !found; k++) {
            found = strcmp(child->key, known[k]) == 0;
        }
        if (!found) {
            (void)ent_bind_fault(ctx, child, ent_nearest(child->key, known, n_known), "no such key here");
        }
    }
}

int ent_bind_is_map(ent_context_t *ctx, const ent_yaml_t *node)
{
    if (node == NULL) {
        return 0;
    }
    if (node->kind != ENT_YAML_MAP && node->kind != ENT_YAML_NULL) {
        (void)ent_bind_fault(ctx, node, NULL, "a map of keys to values is wanted here");
        return 0;
    }
    return 1;
}

int ent_bind_is_list(ent_context_t *ctx, const ent_yaml_t *node, size_t max_items)
{
    if (node == NULL) {
        return 0;
    }
    if (node->kind != ENT_YAML_LIST && node->kind != ENT_YAML_NULL) {
        (void)ent_bind_fault(ctx, node, NULL, "a list is wanted here: [a, b]");
        return 0;
    }
    if (node->n_children > max_items) {
        (void)ent_bind_fault(ctx, node, NULL, "at most %zu items, there are %zu", max_items,
                             node->n_children);
        return 0;
    }
    return 1;
}

static int is_any_of(const char *text, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcasecmp(text, words[i]) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Say what to write instead of something that is no plain decimal. */
static void refuse_number(ent_context_t *ctx, const ent_yaml_t *node)
{
    static const char *const flags[] = {"true", "false", "yes", "no", "on", "off"};
    static const char *const odd[] = {"nan",       "inf",  "infinity", "-inf",  "+inf",
                                      "-infinity", ".nan", ".inf",     "-.inf", "-nan"};
    const char *text = node->text;
    size_t length = strlen(text);
    char head[64];
    double value;
    if (length > 1 && length < sizeof head && text[length - 1] == '%') {
        memcpy(head, text, length - 1);
        head[length - 1] = '\0';
        while (length > 2 && head[length - 2] == ' ') {
            head[--length - 1] = '\0';
        }
        if (ent_number_parse(head, &value)) {
            (void)ent_bind_fault(ctx, node, NULL, "a plain number: write %.12g for %s per cent",
                                 value / 100.0, head);
            return;
        }
    }
    if (is_any_of(text, flags, sizeof flags / sizeof flags[0])) {
        (void)ent_bind_fault(ctx, node, NULL, "a number is wanted here, not a flag");
    } else if (is_any_of(text, odd, sizeof odd / sizeof odd[0])) {
        (void)ent_bind_fault(ctx, node, NULL, "a finite number is wanted here");
    } else if (strncasecmp(text + (*text == '-' || *text == '+'), "0x", 2) == 0) {
        (void)ent_bind_fault(ctx, node, NULL, "a plain decimal number, not a hexadecimal one");
    } else if (isdigit((unsigned char)text[0]) && strpbrk(text, ",_ ") != NULL) {
        (void)ent_bind_fault(ctx, node, NULL,
                             "a plain decimal number: a point for the fraction, no marks between "
                             "thousands");
    } else {
        (void)ent_bind_fault(ctx, node, NULL, "a plain decimal number is wanted here, such as 0.15");
    }
}

int ent_bind_number(ent_context_t *ctx, const ent_yaml_t *node, double low, double high, double *out)
{
    double value;
    if (node == NULL) {
        return 0;
    }
    if (node->kind != ENT_YAML_SCALAR) {
        (void)ent_bind_fault(ctx, node, NULL, "a number is wanted here");
        return 0;
    }
    if (!node->plain) {
        (void)ent_bind_fault(ctx, node, NULL, "a number is written without quotes");
        return 0;
    }
    if (!ent_number_parse(node->text, &value)) {
        refuse_number(ctx, node);
        return 0;
    }
    const char *digits = node->text + (node->text[0] == '-' || node->text[0] == '+');
    if (digits[0] == '0' && isdigit((unsigned char)digits[1])) {
        (void)ent_bind_fault(
            ctx, node, NULL,
            "a number does not begin with 0: some readers take it for octal, nothing is guessed");
        return 0;
    }
    if (!isfinite(value)) {
        (void)ent_bind_fault(ctx, node, NULL, "the number is too large");
        return 0;
    }
    if (value < low || value > high) {
        if (isinf(high)) {
            (void)ent_bind_fault(ctx, node, NULL, "at least %.12g", low);
        } else if (isinf(low)) {
            (void)ent_bind_fault(ctx, node, NULL, "at most %.12g", high);
        } else {
            (void)ent_bind_fault(ctx, node, NULL, "between %.12g and %.12g", low, high);
        }
        return 0;
    }
    *out = value;
    return 1;
}

int ent_bind_integer(ent_context_t *ctx, const ent_yaml_t *node, double low, double high, long *out)
{
    double value;
    if (!ent_bind_number(ctx, node, low, high, &value)) {
        return 0;
    }
    if (value != floor(value)) {
        (void)ent_bind_fault(ctx, node, NULL, "a whole number is wanted here");
        return 0;
    }
    *out = (long)value;
    return 1;
}

int ent_bind_flag(ent_context_t *ctx, const ent_yaml_t *node, int *out)
{
    if (node == NULL) {
        return 0;
    }
    if (node->kind == ENT_YAML_SCALAR && node->plain && strcmp(node->text, "true") == 0) {
        *out = 1;
        return 1;
    }
    if (node->kind == ENT_YAML_SCALAR && node->plain && strcmp(node->text, "false") == 0) {
        *out = 0;
        return 1;
    }
    (void)ent_bind_fault(ctx, node, NULL, "true or false");
    return 0;
}

int ent_bind_day(ent_context_t *ctx, const ent_yaml_t *node, ent_day_t *out)
{
    ent_day_t day;
    if (node == NULL) {
        return 0;
    }
    if (node->kind != ENT_YAML_SCALAR || ent_day_parse(node->text, &day) != ENT_OK) {
        (void)ent_bind_fault(ctx, node, NULL, "a date that exists, written YYYY-MM-DD");
        return 0;
    }
    *out = day;
    return 1;
}

int ent_bind_text(ent_context_t *ctx, const ent_yaml_t *node, const char **out)
{
    if (node == NULL) {
        return 0;
    }
    if (node->kind != ENT_YAML_SCALAR) {
        (void)ent_bind_fault(ctx, node, NULL, "a text is wanted here");
        return 0;
    }
    *out = node->text;
    return 1;
}

int ent_bind_name_is_good(const char *text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    size_t length = strlen(text);
    return length > 0 && length <= ENT_MAX_NAME && strspn(text, allowed) == length &&
           isalnum((unsigned char)text[0]);
}

int ent_bind_name(ent_context_t *ctx, const ent_yaml_t *node, const char **out)
{
    if (!ent_bind_text(ctx, node, out)) {
        return 0;
    }
    if (!ent_bind_name_is_good(*out)) {
        *out = NULL;
        (void)ent_bind_fault(
            ctx, node, NULL,
            "a name has at most %d letters, digits, '-', '_' and '.', the first a letter or digit",
            ENT_MAX_NAME);
        return 0;
    }
    return 1;
}

int ent_bind_choice(ent_context_t *ctx, const ent_yaml_t *node, const char *what, const char *const *names,
                    size_t n_names, int *out)
{
    const char *text = NULL;
    if (!ent_bind_text(ctx, node, &text)) {
        return 0;
    }
    for (size_t i = 0; i < n_names; i++) {
        if (strcmp(names[i], text) == 0) {
            *out = (int)i;
            return 1;
        }
    }
    char list[256];
    size_t used = 0;
    for (size_t i = 0; i < n_names && n_names <= 12; i++) {
        int n = snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : ": ", names[i]);
        used = n < 0 || used + (size_t)n >= sizeof list ? sizeof list - 1 : used + (size_t)n;
    }
    list[used] = '\0';
    (void)ent_bind_fault(ctx, node, ent_nearest(text, names, n_names), "a known %s%s", what, list);
    return 0;
}
