/* Distributions, as the uncertainty section writes them. */
#include "config/internal.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_VALUES = 10000 };
static const double weight_tolerance = 1e-6; /* weights written with a few digits still sum to 1 */

static const char *const kind_names[] = {"fixed",     "uniform",  "triangular",  "normal",
                                         "lognormal", "discrete", "exponential", "by_world"};

int ent_config_bind_weights(ent_config_reader_t *reader, const ent_yaml_t *weights, int n, double *out)
{
    double sum = 0.0;
    if (weights == NULL) {
        for (int i = 0; i < n; i++) {
            out[i] = 1.0 / n;
        }
        return 1;
    }
    if (!ent_bind_is_list(reader->ctx, weights, MAX_VALUES)) {
        return 0;
    }
    if (weights->n_children != (size_t)n) {
        (void)ent_bind_fault(reader->ctx, weights, NULL, "as many weights as values: %d, not %zu", n,
                             weights->n_children);
        return 0;
    }
    for (int i = 0; i < n; i++) {
        if (!ent_bind_number(reader->ctx, weights->children[i], 0.0, 1.0, &out[i])) {
            return 0;
        }
        sum += out[i];
    }
    if (fabs(sum - 1.0) > weight_tolerance) {
        (void)ent_bind_fault(reader->ctx, weights, NULL, "weights sum to 1; these sum to %.6g", sum);
        return 0;
    }
    for (int i = 0; i < n; i++) {
        out[i] /= sum;
    }
    return 1;
}

/* A number the kind cannot do without. */
static int need(ent_config_reader_t *reader, const ent_yaml_t *node, const char *key, double low, double high,
                double *out)
{
    const ent_yaml_t *value = ent_yaml_get(node, key);
    if (value == NULL) {
        (void)ent_bind_missing(reader->ctx, node, key, "this kind of distribution needs it");
        return 0;
    }
    return ent_bind_number(reader->ctx, value, low, high, out);
}

static int in_order(ent_config_reader_t *reader, const ent_yaml_t *node, double low, double high)
{
    if (low > high) {
        (void)ent_bind_fault(reader->ctx, node, NULL, "low (%g) is not above high (%g)", low, high);
        return 0;
    }
    return 1;
}

/* Optional truncation, narrowed to the bounds of what is drawn. */
static int bind_truncation(ent_config_reader_t *reader, const ent_yaml_t *node, double low, double high,
                           ent_distribution_t *d)
{
    const ent_yaml_t *low_node = ent_yaml_get(node, "low"), *high_node = ent_yaml_get(node, "high");
    d->c = low;
    d->d = high;
    int sound = low_node == NULL || ent_bind_number(reader->ctx, low_node, low, high, &d->c);
    sound &= high_node == NULL || ent_bind_number(reader->ctx, high_node, low, high, &d->d);
    return sound && in_order(reader, node, d->c, d->d);
}

static int bind_discrete(ent_config_reader_t *reader, const ent_yaml_t *node, double low, double high,
                         ent_distribution_t *d)
{
    const ent_yaml_t *values = ent_yaml_get(node, "values");
    if (values == NULL) {
        (void)ent_bind_missing(reader->ctx, node, "values", "this kind of distribution needs them");
        return 0;
    }
    if (!ent_bind_is_list(reader->ctx, values, MAX_VALUES)) {
        return 0;
    }
    if (values->n_children == 0) {
        (void)ent_bind_fault(reader->ctx, values, NULL, "at least one value");
        return 0;
    }
    d->n = (int)values->n_children;
    d->values = ent_calloc(reader->ctx, values->n_children, sizeof(double));
    d->weights = ent_calloc(reader->ctx, values->n_children, sizeof(double));
    if (d->values == NULL || d->weights == NULL) {
        return 0;
    }
    int sound = 1;
    for (int i = 0; i < d->n; i++) {
        sound &= ent_bind_number(reader->ctx, values->children[i], low, high, &d->values[i]);
    }
    return sound & ent_config_bind_weights(reader, ent_yaml_get(node, "weights"), d->n, d->weights);
}

/* The keys a kind knows, after `kind`. */
static void check_keys(ent_config_reader_t *reader, const ent_yaml_t *node, ent_distribution_kind_t kind)
{
    static const char *const keys[][5] = {
        [ENT_DIST_FIXED] = {"kind", "value"},
        [ENT_DIST_UNIFORM] = {"kind", "low", "high"},
        [ENT_DIST_TRIANGULAR] = {"kind", "low", "mode", "high"},
        [ENT_DIST_NORMAL] = {"kind", "mean", "sigma", "low", "high"},
        [ENT_DIST_LOGNORMAL] = {"kind", "median", "sigma", "low", "high"},
        [ENT_DIST_DISCRETE] = {"kind", "values", "weights"},
        [ENT_DIST_EXPONENTIAL] = {"kind", "mean", "high"},
        [ENT_DIST_BY_WORLD] = {"kind", "values"},
    };
    size_t n = 0;
    while (n < 5 && keys[kind][n] != NULL) {
        n++;
    }
    ent_bind_known_keys(reader->ctx, node, keys[kind], n);
}

static int bind_kind(ent_config_reader_t *reader, const ent_yaml_t *node, double low, double high,
                     ent_distribution_t *d)
{
    switch (d->kind) {
    case ENT_DIST_FIXED:
        return need(reader, node, "value", low, high, &d->a);
    case ENT_DIST_UNIFORM:
        return (need(reader, node, "low", low, high, &d->a) & need(reader, node, "high", low, high, &d->b)) !=
                   0 &&
               in_order(reader, node, d->a, d->b);
    case ENT_DIST_TRIANGULAR:
        return (need(reader, node, "low", low, high, &d->a) & need(reader, node, "mode", low, high, &d->b) &
                need(reader, node, "high", low, high, &d->c)) != 0 &&
               in_order(reader, node, d->a, d->b) && in_order(reader, node, d->b, d->c);
    case ENT_DIST_NORMAL:
        return (need(reader, node, "mean", low, high, &d->a) & need(reader, node, "sigma", 0.0, 1e9, &d->b) &
                bind_truncation(reader, node, low, high, d)) != 0;
    case ENT_DIST_LOGNORMAL: {
        double least = low > 1e-12 ? low : 1e-12;
        return (need(reader, node, "median", least, high, &d->a) &
                need(reader, node, "sigma", 0.0, 100.0, &d->b) &
                bind_truncation(reader, node, low > 0.0 ? low : 0.0, high, d)) != 0;
    }
    case ENT_DIST_DISCRETE:
    case ENT_DIST_BY_WORLD:
        return bind_discrete(reader, node, low, high, d);
    case ENT_DIST_EXPONENTIAL:
        return (need(reader, node, "mean", low > 0.0 ? low : 0.0, high, &d->a) &
                bind_truncation(reader, node, low, high, d)) != 0;
    }
    return 0;
}

/* A truncation far from the centre would leave nothing to draw from. */
static int check_centre(ent_config_reader_t *reader, const ent_yaml_t *node, const ent_distribution_t *d)
{
    if ((d->kind == ENT_DIST_NORMAL || d->kind == ENT_DIST_LOGNORMAL) && (d->a < d->c || d->a > d->d)) {
        (void)ent_bind_fault(reader->ctx, node, NULL, "the %s lies between low and high",
                             d->kind == ENT_DIST_NORMAL ? "mean" : "median");
        return 0;
    }
    return 1;
}

int ent_config_bind_distribution(ent_config_reader_t *reader, const ent_yaml_t *node, double low, double high,
                                 ent_distribution_t *out)
{
    ent_distribution_t d = {.kind = ENT_DIST_FIXED};
    int kind = 0, sound;
    if (node->kind == ENT_YAML_SCALAR) {
        sound = ent_bind_number(reader->ctx, node, low, high, &d.a);
    } else if (!ent_bind_is_map(reader->ctx, node)) {
        return 0;
    } else if (ent_yaml_get(node, "kind") == NULL) {
        (void)ent_bind_missing(
            reader->ctx, node, "kind",
            "fixed, uniform, triangular, normal, lognormal, discrete, exponential or by_world");
        return 0;
    } else if (!ent_bind_choice(reader->ctx, ent_yaml_get(node, "kind"), "kind of distribution", kind_names,
                                ENT_COUNT(kind_names), &kind)) {
        return 0;
    } else {
        d.kind = (ent_distribution_kind_t)kind;
        check_keys(reader, node, d.kind);
        sound = bind_kind(reader, node, low, high, &d) && check_centre(reader, node, &d);
    }
    if (!sound) {
        free(d.values);
        free(d.weights);
        return 0;
    }
    *out = d;
    return 1;
}
