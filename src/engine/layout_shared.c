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

/* Quotas are numbered among the measures. */
static int same_kinds(const ent_config_t *a, const ent_config_t *b)
{
    for (int m = 0; m < a->n_measures && a->n_measures == b->n_measures; m++) {
        if (a->measures[m].kind != b->measures[m].kind) {
            return 0;
        }
    }
    return a->n_measures == b->n_measures;
}

/* Rates of a retaliation hang on elasticities. */
int ent_same_measures(const ent_model_t *model, const ent_config_t *config)
{
    const ent_config_t *laid = model->config;
    const size_t rates = (size_t)laid->n_region * sizeof(double);
    const size_t sectors = (size_t)laid->n_sector * sizeof(double);
    for (int m = 0; m < laid->n_measures && same_kinds(laid, config); m++) {
        const ent_measure_t *x = &laid->measures[m], *y = &config->measures[m];
        if (memcmp(x->rate, y->rate, rates) != 0 || memcmp(x->coverage, y->coverage, sectors) != 0 ||
            x->announced != y->announced || x->effective != y->effective || x->end != y->end) {
            return 0;
        }
    }
    return same_kinds(laid, config);
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
           laid->n_draws + laid->n_shocks == config->n_draws + config->n_shocks &&
           same_parameters(laid, config) && same_kinds(laid, config) && same_plants(laid, config);
}

int ent_model_share(ent_model_t **out, const ent_model_t *of, const ent_config_t *config, int own_policy,
                    ent_context_t *ctx)
{
    ent_model_t *model = *out = ent_calloc(ctx, 1, sizeof *model);
    if (model == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    *model = *of;
    model->config = config;
    model->shared = 1;
    model->own_policy = own_policy;
    if (!own_policy) {
        return 0;
    }
    model->branch_step = ent_branch_step(config);
    model->policy = (ent_policy_t){0};
    model->touched = NULL;
    int code = ent_policy_init(&model->policy, model, NULL, ctx);
    code = code == 0 ? ent_list_touched(model, ctx) : code;
    if (code != 0) {
        ent_model_free(model);
        *out = NULL;
    }
    return code;
}
