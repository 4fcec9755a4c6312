/* Section `observed`: the file of observed trade that forecasts of the config start from. It is opened by who
 * forecasts: a run needs none. */
#include "config/internal.h"

#include "base/memory.h"

static const char *const observed_keys[] = {"file", "measure"};
static const char *const measures[] = {"imports", "exports"};

void ent_config_read_observed(ent_config_reader_t *reader)
{
    const ent_yaml_t *node = ent_yaml_get(reader->root, "observed"), *file = node, *measure = NULL;
    const char *name = NULL;

    if (node == NULL || node->kind == ENT_YAML_NULL) {
        return;
    }
    if (node->kind == ENT_YAML_MAP) {
        ent_bind_known_keys(reader->ctx, node, observed_keys, ENT_COUNT(observed_keys));
        file = ent_yaml_get(node, "file");
        measure = ent_yaml_get(node, "measure");
        if (file == NULL) {
            (void)ent_bind_missing(reader->ctx, node, "file",
                                   "the file of observed trade (docs/forecast.md)");
            return;
        }
    }
    if (ent_bind_text(reader->ctx, file, &name)) {
        reader->config->observed_file = ent_strdup(reader->ctx, name);
    }
    if (measure != NULL) {
        (void)ent_bind_choice(reader->ctx, measure, "measure", measures, ENT_COUNT(measures),
                              &reader->config->observed_exports);
    }
}
