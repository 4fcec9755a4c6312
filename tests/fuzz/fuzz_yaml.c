/* Text to tree, paths of its nodes, and a setting put into it: the first line is PATH=VALUE, the rest the
 * document. */
#include "fuzz.h"

#include "config/yaml.h"

#include <stdlib.h>
#include <string.h>

static void walk(const ent_yaml_t *node)
{
    char path[ENT_YAML_MAX_PATH];
    ent_yaml_path(node, path);
    for (size_t i = 0; i < node->n_children; i++)
        walk(node->children[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ent_context_t ctx;
    ent_yaml_t *root = NULL;
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t length = end != NULL ? (size_t)(end - data) : 0;
    char *setting = strndup((const char *)data, length);
    size_t skipped = end != NULL ? length + 1 : 0;

    ent_context_init(&ctx);
    if (setting != NULL &&
        ent_yaml_parse(&root, (const char *)data + skipped, size - skipped, "fuzz.yaml", &ctx) == 0) {
        char *value = strchr(setting, '=');
        if (value != NULL) {
            *value = '\0';
            ent_yaml_set(root, setting, value + 1, &ctx);
        }
        walk(root);
    }
    ent_yaml_free(root);
    free(setting);
    fuzz_report(&ctx);
    return 0;
}
