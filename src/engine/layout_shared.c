/* One layout for several configs: which parameters bear on it, and a model that borrows another's. */
#include "engine/model.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* Parameters that layout.c, presences.c, exporters.c and the schedules read from the config. All others are
 * read from the world, which is drawn anew for every replication. tests/unit/test_layout_shared.c changes
 * every parameter of the table and compares. */
static const char *const bearing[] = {
    "stocked",
    "shipping_lag",
    "size_pareto_shape",
    "size_rank_offset",
    "plant_share",
    "fringe_threshold",
    "large_ranks",
    "exporter_spread",
    "expectation_horizon",
    "importer_size_dispersion",
};

int ent_bears_on_layout(const ent_parameter_t *parameter)
{
    for (size_t i = 0; i < sizeof bearing / sizeof bearing[0]; i++) {
        if (strcmp(bearing[i], parameter->name) == 0) {
            return 1;
        }
    }
    return 0;
}

static int same_parameter(const ent_parameter_t *parameter, const ent_config_t *a, const ent_config_t *b)
{
    if (parameter->scope == ENT_SCOPE_GLOBAL) {
        return ent_parameter_get(parameter, &a->global) == ent_parameter_get(parameter, &b->global);
    }
    for (int s = 0; s < a->n_sector; s++) {
        if (ent_parameter_get(parameter, &a->sector_parameters[s]) !=
            ent_parameter_get(parameter, &b->sector_parameters[s])) {
            return 0;
        }
    }
    return 1;
}

static int same_parameters(const ent_config_t *a, const ent_config_t *b)
{
    for (size_t i = 0; i < sizeof bearing / sizeof bearing[0]; i++) {
        if (!same_parameter(ent_parameter_find(bearing[i]), a, b)) {
            return 0;
        }
    }
    return 1;
}

/* Measures of a retaliation hang on elasticities. */
static int same_measures(const ent_config_t *a, const ent_config_t *b)
{
    const size_t rates = (size_t)a->n_region * sizeof(double), sectors = (size_t)a->n_sector * sizeof(double);
    for (int m = 0; m < a->n_measures && a->n_measures == b->n_measures; m++) {
        const ent_measure_t *x = &a->measures[m], *y = &b->measures[m];
        if (strcmp(x->id, y->id) != 0 || x->kind != y->kind || x->importer != y->importer ||
            memcmp(x->rate, y->rate, rates) != 0 || memcmp(x->coverage, y->coverage, sectors) != 0 ||
            x->announced != y->announced || x->effective != y->effective || x->end != y->end ||
            x->anticipated_from != y->anticipated_from || x->volume != y->volume) {
            return 0;
        }
    }
    return a->n_measures == b->n_measures;
}

static int same_plants(const ent_config_t *a, const ent_config_t *b)
{
    for (int i = 0; i < a->n_plants && a->n_plants == b->n_plants; i++) {
        const ent_plant_t *x = &a->plants[i], *y = &b->plants[i];
        if (x->owner != y->owner || x->host != y->host || x->sector != y->sector || x->share != y->share ||
            x->added != y->added || x->invested != y->invested) {
            return 0;
        }
    }
    return a->n_plants == b->n_plants;
}

int ent_same_layout(const ent_model_t *model, const ent_config_t *config)
{
    const ent_config_t *laid = model->config;
    return laid->n_region == config->n_region && laid->n_sector == config->n_sector &&
           same_parameters(laid, config) && same_measures(laid, config) && same_plants(laid, config);
}

int ent_model_share(ent_model_t **model, const ent_model_t *of, const ent_config_t *config,
                    ent_context_t *ctx)
{
    *model = ent_calloc(ctx, 1, sizeof **model);
    if (*model == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    **model = *of;
    (*model)->config = config;
    (*model)->shared = 1;
    return 0;
}
