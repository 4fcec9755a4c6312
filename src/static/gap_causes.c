#include "static/gap_causes.h"
#include "policy/kinds.h"

#include <math.h>
#include <string.h>

/* Parameters that take a cause out, in every sector. Rates of 600 a year leave draws room and make every
 * month one of renewal; ten times its capacity is more than any firm is asked for. */
static const struct {
    ent_gap_cause_t cause;
    const char *parameter;
    double value;
} off[] = {
    {ENT_GAP_INCOMES, "demand_elasticity", 1.0},
    {ENT_GAP_CONTRACTS, "renewal_rate", 600.0},
    {ENT_GAP_CONTRACTS, "switching_cost", 0.0},
    {ENT_GAP_STOCKS, "stocked", 0.0},
    {ENT_GAP_WAITING, "stockup_limit", 0.0},
    {ENT_GAP_WAITING, "stockdown_limit", 0.0},
    {ENT_GAP_PASS_THROUGH, "absorption", 0.0},
    {ENT_GAP_PASS_THROUGH, "price_reset_rate", 600.0},
    {ENT_GAP_PASS_THROUGH, "retail_reset_rate", 600.0},
    {ENT_GAP_PASS_THROUGH, "local_cost_share", 0.0},
    {ENT_GAP_FIRMS, "utilisation_cost", 0.0},
    {ENT_GAP_FIRMS, "capacity_limit", 10.0},
    {ENT_GAP_FIRMS, "productivity_volatility", 0.0},
};

static void set_parameters(unsigned subset, ent_config_t *config)
{
    for (size_t i = 0; i < sizeof off / sizeof off[0]; i++) {
        const ent_parameter_t *entry = ent_parameter_find(off[i].parameter);

        for (int s = 0; s < config->n_sector && !ent_gap_acts(subset, off[i].cause); s++) {
            ent_parameter_set(entry, &config->sector_parameters[s], off[i].value);
        }
    }
}

static void set_mechanisms(unsigned subset, ent_config_t *config)
{
    ent_mechanisms_t *on = &config->mechanisms;

    on->captive &= ent_gap_acts(subset, ENT_GAP_CONTRACTS);
    on->markups &= ent_gap_acts(subset, ENT_GAP_PASS_THROUGH);
    on->entry &= ent_gap_acts(subset, ENT_GAP_FIRMS);
    on->failure &= ent_gap_acts(subset, ENT_GAP_FIRMS);
    on->investment &= ent_gap_acts(subset, ENT_GAP_FIRMS);
    on->plants &= ent_gap_acts(subset, ENT_GAP_PLANTS);
    on->tariff_jumping &= ent_gap_acts(subset, ENT_GAP_PLANTS);
    config->closure = ent_gap_acts(subset, ENT_GAP_INCOMES) ? config->closure : ENT_CLOSURE_PARTIAL;
}

static int kept(const ent_gap_options_t *options, const char *id)
{
    for (int i = 0; i < options->n_keep; i++) {
        if (strcmp(options->keep[i], id) == 0) {
            return 1;
        }
    }
    return 0;
}

/* No exemption but those kept, and every duty collected. */
static void collect_all(const ent_gap_options_t *options, ent_config_t *config)
{
    for (int m = 0; m < config->n_measures; m++) {
        ent_measure_t *measure = &config->measures[m];

        measure->collected_in_full = 1;
        for (int r = 0; ent_kind(measure->kind)->bears_on == ENT_BEARS_ON_SHARE && r < config->n_region;
             r++) {
            if (!kept(options, measure->id) && !isnan(measure->rate[r])) {
                measure->rate[r] = 0.0;
            }
        }
    }
}

int ent_gap_read(const ent_gap_options_t *options, unsigned subset, ent_config_t *config,
                 ent_benchmark_t *fine, ent_context_t *ctx)
{
    const int code =
        ent_config_read(config, fine, options->config, options->n_settings, options->settings, ctx);

    if (code != ENT_OK) {
        return code;
    }
    set_parameters(subset, config);
    set_mechanisms(subset, config);
    if (!ent_gap_acts(subset, ENT_GAP_EXEMPTIONS)) {
        collect_all(options, config);
    }
    return ENT_OK;
}
