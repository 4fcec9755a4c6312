/* What a run of a model needs, known before it starts. */
#include "engine/model.h"

void ent_model_plan(const ent_model_t *model, ent_plan_t *plan)
{
    const ent_config_t *config = model->config;
    const int last = config->n_steps;
    const int branch = config->n_scenarios > 1 && model->branch_step < last ? model->branch_step : last;
    const int shared = branch - model->first_step, own = last - branch;
    *plan = (ent_plan_t){.n_markets = model->n_markets,
                         .n_scenarios = config->n_scenarios,
                         .n_replications = ent_replication_count(config),
                         .branch_step = branch,
                         .n_importers = model->n_importers,
                         .n_slots = model->n_slots,
                         .n_presences = model->n_presences,
                         .n_firms = model->n_firms};
    plan->bytes_per_replication = (double)ent_state_bytes(model) * (config->n_scenarios > 1 ? 2.0 : 1.0) +
                                  (double)ent_workspace_bytes(model);
    double values = 0.0;
    for (int f = 0; f < ENT_N_FIELDS; f++) {
        values +=
            (double)ent_field_size((ent_field_id_t)f, model->n_region, model->n_sector, config->n_flows);
    }
    values *= (double)config->n_steps * config->n_scenarios;
    plan->bytes_per_replication += values * sizeof(float);
    plan->result_bytes = values * sizeof(float) * plan->n_replications;
    plan->slot_steps = (double)model->n_slots * plan->n_replications *
                       (shared + (config->n_scenarios > 1 ? (double)own * config->n_scenarios : 0.0));
}
