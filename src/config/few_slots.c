/* Flows that too few slots serve to say much of them. */
#include "config/internal.h"
#include "engine/market_sizes.h"
#include "engine/model.h"

#include <stdio.h>
#include <string.h>

/* Slots whose goods are of a flow, at benchmark shares; below so many its numbers hang on a handful of
 * importers. */
static const double few = 30.0;

static int is_levied(const ent_config_t *config, int importer)
{
    int levied = 0;
    for (int m = 0; m < config->n_measures; m++) {
        levied |= config->measures[m].importer == importer;
    }
    return levied;
}

/* 1 when goods of home to the region are recorded one by one. */
static int is_asked(const ent_config_t *config, int destination)
{
    int asked = 0;
    for (int f = 0; f < config->n_flows; f++) {
        asked |= config->flows[f].origin == config->home && config->flows[f].destination == destination;
    }
    return asked;
}

double ent_config_flow_slots(const ent_config_t *config, const ent_benchmark_t *b, int origin,
                             int destination)
{
    const ent_market_sizes_t sizes = ent_market_sizes(config, b);
    double slots = 0.0;
    for (int s = 0; s < b->n_sector; s++) {
        const size_t cell = ent_cell(b, s, origin, destination);
        const double spent = ent_benchmark_expenditure(b, destination, s);
        const double landed = b->flow[cell] * (1.0 + b->freight[cell]) * (1.0 + b->tariff[cell]);
        slots +=
            spent > 0.0 ? landed / spent * ENT_SLOTS * ent_market_importers(&sizes, destination, s) : 0.0;
    }
    return slots;
}

void ent_config_note_slots(const ent_config_t *config, const ent_benchmark_t *benchmark, ent_context_t *notes)
{
    for (int d = 0; d < config->n_region; d++) {
        if (d == config->home || !is_asked(config, d) || !is_levied(config, d)) {
            continue;
        }
        const double slots = ent_config_flow_slots(config, benchmark, config->home, d);
        if (slots < few) {
            char text[160];
            snprintf(text, sizeof text, "about %.0f slots hold goods of %s in %s", slots,
                     config->region[config->home], config->region[d]);
            (void)ent_fault(
                notes, ENT_OK, config->path, 0, 0, "slots", NULL, NULL,
                "%s: numbers of that flow hang on a handful of importers; more slots, or slot_focus", text);
        }
    }
}
