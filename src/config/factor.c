/* Factors of studies and calibrations. */
#include "config/factor.h"

#include "base/memory.h"
#include "config/internal.h"
#include "engine/distribution.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_VALUES = 1000 };

static void read_paths(ent_context_t *ctx, const ent_yaml_t *node, int needed, ent_factor_t *factor)
{
    const ent_yaml_t *one = ent_yaml_get(node, "path"), *many = ent_yaml_get(node, "paths");
    const size_t n = many != NULL ? many->n_children : 1;
    if ((one == NULL) == (many == NULL)) {
        if (needed || one != NULL) {
            (void)ent_bind_missing(ctx, node, "path",
                                   "the key of the config it sets: either `path` or `paths`");
        }
        return;
    }
    if (many != NULL && !ent_bind_is_list(ctx, many, MAX_VALUES)) {
        return;
    }
    if (n == 0) {
        (void)ent_bind_fault(ctx, many, NULL, "at least one key of the config");
        return;
    }
    factor->paths = ent_calloc(ctx, n, sizeof *factor->paths);
    for (size_t i = 0; factor->paths != NULL && i < n; i++) {
        const ent_yaml_t *item = many != NULL ? many->children[i] : one;
        const char *text;
        if (ent_bind_text(ctx, item, &text)) {
            factor->paths[factor->n_paths++] = ent_strdup(ctx, text);
        }
    }
}

static void read_texts(ent_context_t *ctx, const ent_yaml_t *values, ent_factor_t *factor)
{
    if (!ent_bind_is_list(ctx, values, MAX_VALUES)) {
        return;
    }
    if (values->n_children == 0) {
        (void)ent_bind_fault(ctx, values, NULL, "at least one value");
        return;
    }
    factor->texts = ent_calloc(ctx, values->n_children, sizeof *factor->texts);
    for (size_t i = 0; factor->texts != NULL && i < values->n_children; i++) {
        const char *text;
        if (ent_bind_text(ctx, values->children[i], &text)) {
            factor->texts[factor->n_texts++] = ent_strdup(ctx, text);
        }
    }
}

void ent_factor_bind(ent_context_t *ctx, const ent_yaml_t *node, int is_lever, int needs_path,
                     const ent_factor_t *others, ent_factor_t *factor)
{
    static const char *const keys[] = {"name", "path", "paths", "values", "distribution"};
    ent_config_reader_t binder = {.ctx = ctx};
    const ent_yaml_t *values = ent_yaml_get(node, "values"),
                     *distribution = ent_yaml_get(node, "distribution");
    const char *name;
    ent_bind_known_keys(ctx, node, keys, is_lever ? 4 : 5);
    if (ent_bind_need(ctx, node, "name", "a factor has a name") &&
        ent_bind_name(ctx, ent_yaml_get(node, "name"), &name)) {
        factor->name = ent_strdup(ctx, name);
    }
    for (const ent_factor_t *other = others; factor->name != NULL && other < factor; other++) {
        if (other->name != NULL && strcmp(other->name, factor->name) == 0) {
            (void)ent_bind_fault(ctx, ent_yaml_get(node, "name"), NULL, "a name is used once");
        }
    }
    read_paths(ctx, node, needs_path, factor);
    if (values != NULL) {
        read_texts(ctx, values, factor);
    } else if (is_lever) {
        (void)ent_bind_missing(ctx, node, "values", "a lever is a list of values");
    } else if (distribution == NULL) {
        (void)ent_bind_missing(ctx, node, "distribution", "either a `distribution` or a list of `values`");
    } else {
        (void)ent_config_bind_distribution(&binder, distribution, -1e12, 1e12, &factor->distribution);
    }
    if (values != NULL && distribution != NULL) {
        (void)ent_bind_fault(ctx, distribution, NULL,
                             "either a `distribution` or a list of `values`, not both");
    }
}

static void free_texts(char **texts, int n)
{
    for (int i = 0; i < n; i++) {
        free(texts[i]);
    }
    free(texts);
}

void ent_factor_free(ent_factor_t *factor)
{
    free(factor->name);
    free_texts(factor->paths, factor->n_paths);
    free_texts(factor->texts, factor->n_texts);
    free(factor->distribution.values);
    free(factor->distribution.weights);
}

double ent_factor_value(const ent_factor_t *factor, double u)
{
    if (factor->n_texts > 0) {
        const int i = (int)(u * factor->n_texts);
        return i < factor->n_texts ? i : factor->n_texts - 1;
    }
    return ent_distribution_quantile(&factor->distribution, u);
}

char *ent_factor_text(const ent_factor_t *factor, double x, ent_context_t *ctx)
{
    if (factor->n_texts > 0) {
        return ent_strdup(ctx, factor->texts[(int)x]);
    }
    return ent_format(ctx, "%.17g", x);
}
