/* Policy dates for the figures, from the config text a results file carries. */
#include "page/report.h"

#include "config/yaml.h"

#include <stdlib.h>
#include <string.h>

static int holds(const ent_yaml_t *node, const char *name)
{
    if (node == NULL)
        return 0;
    if (node->kind == ENT_YAML_SCALAR)
        return strcmp(node->text, "all") == 0 || strcmp(node->text, name) == 0;
    for (size_t i = 0; i < node->n_children; i++) {
        const ent_yaml_t *child = node->children[i];
        const char *text = node->kind == ENT_YAML_MAP ? child->key : child->text;
        if (text != NULL && strcmp(text, name) == 0)
            return 1;
    }
    return 0;
}

static const char *text_at(const ent_yaml_t *map, const char *key)
{
    const ent_yaml_t *node = ent_yaml_get(map, key);
    return node != NULL && node->kind == ENT_YAML_SCALAR ? node->text : NULL;
}

/* A text, or null. */
static json_t *text_or_null(const char *text)
{
    return text != NULL ? json_string(text) : json_null();
}

static int concerns(const ent_yaml_t *measure, const char *importer, const char *partner)
{
    if (!holds(ent_yaml_get(measure, "importer"), importer) ||
        holds(ent_yaml_get(measure, "except"), partner))
        return 0;
    return holds(ent_yaml_get(measure, "partners"), partner) ||
           holds(ent_yaml_get(measure, "rates"), partner);
}

static int add_measure(json_t *list, const ent_yaml_t *measure, const char *regime, const char *partner)
{
    static const char *const keys[] = {"id", "legal", "kind", "announced", "effective", "end"};
    const char *rate = text_at(ent_yaml_get(measure, "rates"), partner);
    json_t *entry = json_object();
    int rc = json_array_append_new(list, entry);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        rc |= json_object_set_new(entry, keys[i], text_or_null(text_at(measure, keys[i])));
    rc |= json_object_set_new(entry, "regime", text_or_null(regime));
    rc |= json_object_set_new(entry, "rate", text_or_null(rate != NULL ? rate : text_at(measure, "rate")));
    return rc;
}

static int add_measures(json_t *list, const ent_yaml_t *measures, const char *regime, const char *importer,
                        const char *partner)
{
    int rc = 0;
    for (size_t i = 0; measures != NULL && i < measures->n_children; i++)
        if (concerns(measures->children[i], importer, partner))
            rc |= add_measure(list, measures->children[i], regime, partner);
    return rc;
}

int ent_report_policies(json_t **policies, const ent_results_file_t *file, const char *importer,
                        const char *partner, ent_context_t *ctx)
{
    char *text = NULL;
    ent_yaml_t *root = NULL;
    *policies = json_array();
    int rc = ent_results_file_provenance(file, "config", &text, ctx);
    if (rc == 0)
        rc = ent_yaml_parse(&root, text, strlen(text), "provenance/config", ctx);
    if (rc == 0) {
        const ent_yaml_t *regimes = ent_yaml_get(root, "regimes");
        int failed = add_measures(*policies, ent_yaml_get(root, "measures"), NULL, importer, partner);
        for (size_t i = 0; regimes != NULL && i < regimes->n_children; i++)
            failed |= add_measures(*policies, ent_yaml_get(regimes->children[i], "measures"),
                                   regimes->children[i]->key, importer, partner);
        if (failed != 0)
            rc = ent_fail(ctx, ENT_ERR_NO_MEMORY, file->path, "no memory for the policy dates");
    }
    ent_yaml_free(root);
    free(text);
    if (rc != 0) {
        json_decref(*policies);
        *policies = NULL;
    }
    return rc;
}
