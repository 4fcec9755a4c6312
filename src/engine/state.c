/* The state of a replication: one arena, laid out by the state table; and the equilibrium it begins in. */
#include "engine/exporters.h"

#include "agents/beliefs.h"
#include "base/vmath.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

static size_t aligned(size_t bytes)
{
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

size_t ent_state_bytes(const ent_model_t *model)
{
    size_t bytes = 0;
#define ENT_STATE_BYTES(name, type, count) bytes += aligned((size_t)(count) * sizeof(type));
    ENT_STATE(ENT_STATE_BYTES)
#undef ENT_STATE_BYTES
    return bytes;
}

int ent_state_init(ent_state_t *state, const ent_model_t *model, ent_context_t *ctx)
{
    *state = (ent_state_t){.arena_size = ent_state_bytes(model)};
    state->arena = aligned_alloc(ALIGNMENT, state->arena_size > 0 ? state->arena_size : ALIGNMENT);
    if (state->arena == NULL) {
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, "engine state", "%zu bytes could not be had",
                        state->arena_size);
    }
    memset(state->arena, 0, state->arena_size);
    unsigned char *next = state->arena;
#define ENT_STATE_PLACE(name, type, count)                                                                   \
    state->name = (type *)(void *)next;                                                                      \
    next += aligned((size_t)(count) * sizeof(type));
    ENT_STATE(ENT_STATE_PLACE)
#undef ENT_STATE_PLACE
    return 0;
}

void ent_state_free(ent_state_t *state)
{
    free(state->arena);
    *state = (ent_state_t){0};
}

void ent_state_copy(ent_state_t *to, const ent_state_t *from)
{
    to->step = from->step;
    memcpy(to->arena, from->arena, from->arena_size);
}

/* ---- the first step
 * ------------------------------------------------------------------------------------------- */

static float log_survival(double rate, int steps_per_year)
{
    /* ln(1 - (1 - exp(-rate / steps))) */
    return (float)(-rate / steps_per_year);
}

static uint16_t first_due(const ent_world_t *world, uint64_t agent, int step, ent_purpose_t purpose,
                          float survival)
{
    const ent_draw4_t draw = ent_draw4(world->chance_stream, agent, step, purpose, 0);
    return (uint16_t)(ent_waiting_time(ent_uniformf(draw.word[0]), survival, UINT16_MAX) - 1);
}

/* Share of a market's slots that begin with its presence `i`. */
static double initial_share(const ent_model_t *model, const ent_world_t *world, const ent_market_t *market,
                            int i)
{
    const int p = market->first_presence + i;
    switch (model->presence_kind[p]) {
    case ENT_PRESENCE_CAPTIVE:
        return model->presence_share[p];
    case ENT_PRESENCE_AFFILIATE:
        return 0.0;
    default:
        return world->visibility[p] * (1.0 - market->captive_share);
    }
}

/* Suppliers at the start: systematic sampling of visibility, so that the initial flows are the benchmark's to
 * within a slot, then a shuffle (Fisher and Yates), so that who shares an importer is left to chance. */
static void assign_suppliers(ent_state_t *state, const ent_model_t *model, const ent_world_t *world,
                             const ent_market_t *market)
{
    const long n = market->n_slots;
    uint16_t *supplier = state->supplier + market->first_slot;
    const ent_draw4_t first = ent_draw4(world->chance_stream, market->key, 0, ENT_PURPOSE_ASSIGNMENT, 0);
    const double offset = ent_uniform(first.word[0], first.word[1]);
    double cumulated = initial_share(model, world, market, 0);
    int presence = 0;
    for (long i = 0; i < n; i++) {
        const double at = ((double)i + offset) / (double)n;
        while (cumulated <= at && presence + 1 < market->n_presences) {
            cumulated += initial_share(model, world, market, ++presence);
        }
        supplier[i] = (uint16_t)presence;
    }
    for (long i = n - 1; i > 0; i--) {
        const ent_draw4_t draw =
            ent_draw4(world->chance_stream, market->key + (uint64_t)i, 1, ENT_PURPOSE_ASSIGNMENT, 0);
        const long j = (long)(((uint64_t)draw.word[0] * (uint64_t)(i + 1)) >> 32);
        const uint16_t swap = supplier[i];
        supplier[i] = supplier[j];
        supplier[j] = swap;
    }
}

/* Whole units of a quantity at the start; ent_range_step sees what is too large. */
static int32_t first_units(double quantity)
{
    return quantity > 0.0 ? (int32_t)lround(fmin(quantity, ENT_UNITS_END)) : 0;
}

static void begin_slots(ent_state_t *state, const ent_model_t *model, const ent_world_t *world,
                        const ent_market_t *market)
{
    const ent_sector_parameters_t *p = &world->sector[market->sector];
    const int steps_per_year = model->config->calendar.steps_per_year;
    const float retail_survival = log_survival(p->retail_reset_rate, steps_per_year);
    const float contract_survival = log_survival(p->renewal_rate, steps_per_year);
    const double stock_steps = p->target_stock * steps_per_year / 12.0;
    const double mean = market->expenditure / market->unit / (double)market->n_slots;
    for (long i = 0; i < market->n_slots; i++) {
        const long slot = market->first_slot + i;
        const int presence = market->first_presence + state->supplier[slot];
        const int c = model->presence_cell[presence];
        const double sales = mean * (double)model->importer_weight[market->first_importer + i / ENT_SLOTS];
        const int32_t shipment = first_units(sales);
        state->smoothed[slot] = (float)sales;
        state->stock_cost[slot] = 1.0f;
        state->retail[slot] = 1.0f;
        state->ces_weight[slot] = 1.0f;
        state->reset_step[slot] = first_due(world, market->key + (uint64_t)i, model->first_step - 1,
                                            ENT_PURPOSE_RETAIL_WAIT, retail_survival);
        state->renewal_step[slot] = first_due(world, market->key + (uint64_t)i, model->first_step - 1,
                                              ENT_PURPOSE_RENEWAL_WAIT, contract_survival);
        const int captive = model->presence_kind[presence] == ENT_PRESENCE_CAPTIVE;
        if (captive) {
            state->renewal_step[slot] = UINT16_MAX;
        }
        if (!market->stocked) {
            continue;
        }
        const double wanted = (stock_steps - (captive ? 0.0 : world->gap[c])) * sales;
        state->stock[slot] = first_units(wanted);
        double position = state->stock[slot];
        for (int age = 1; age <= model->cell[c].lag; age++) {
            const long at = (long)(model->n_ages - age) * model->n_slots + slot;
            state->ring_quantity[at] = shipment;
            state->ring_supplier[at] = state->supplier[slot];
            position += shipment;
            state->quantity_ring[(model->n_ages - age) * model->n_cells + c] += shipment;
        }
        state->position[slot] = first_units(position);
    }
}

static void begin_firms(ent_state_t *state, const ent_model_t *model, const ent_world_t *world)
{
    const int steps_per_year = model->config->calendar.steps_per_year;
    for (int f = 0; f < model->n_firms; f++) {
        state->capacity[f] = model->firm[f].output;
        state->output[f] = model->firm[f].output;
        state->firm_cash[f] = (float)world->sector[model->firm[f].sector].credit_large;
    }
    for (int p = 0; p < model->n_presences; p++) {
        const int sector = model->firm[model->presence_firm[p]].sector;
        const float survival = log_survival(world->sector[sector].price_reset_rate, steps_per_year);
        state->sales_ratio[p] = 1.0f;
        state->mass[p] = model->presence_kind[p] == ENT_PRESENCE_AFFILIATE ? 0.0 : 1.0;
        state->price_step[p] =
            first_due(world, model->presence_key[p], model->first_step - 1, ENT_PURPOSE_PRICE_WAIT, survival);
        for (int age = 0; age < model->n_ages; age++) {
            state->price_ring[(long)age * model->n_presences + p] = 1.0;
        }
    }
    for (int c = 0; c < model->n_cells; c++) {
        const ent_cell_t *cell = &model->cell[c];
        for (int age = 0; age < model->n_ages; age++) {
            const int at = age * model->n_cells + c;
            state->customs_ring[at] = (double)state->quantity_ring[at] * model->market[cell->market].unit *
                                      cell->customs_per_landed;
        }
    }
}

static void begin_importers(ent_state_t *state, const ent_model_t *model)
{
    for (int i = 0; i < model->n_importers; i++) {
        state->belief[i] = ENT_BELIEF_TYPES / 2;
        state->carry[i] = 0.0f;
    }
    for (int m = 0; m < model->n_markets; m++) {
        state->log_inclusive[m] = 0.0;
        state->price_index[m] = 1.0;
        state->log_input_price[m] = 0.0;
        state->revenue[m] = model->accounts.revenue[m];
        state->expenditure[m] = model->market[m].expenditure;
        state->log_bundle[m] = 0.0;
    }
    memcpy(state->income, model->accounts.income, (size_t)model->n_region * sizeof *state->income);
    for (int c = 0; c < model->n_cells; c++) {
        const ent_cell_t *cell = &model->cell[c];
        const ent_market_t *market = &model->market[cell->market];
        state->tariff_income[market->destination] +=
            market->expenditure * cell->share * cell->customs_per_landed * cell->base_tariff;
    }
}

void ent_state_begin(ent_state_t *state, const ent_model_t *model, const ent_world_t *world)
{
    memset(state->arena, 0, state->arena_size);
    state->step = model->first_step;
    for (int m = 0; m < model->n_markets; m++) {
        const ent_market_t *market = &model->market[m];
        if (market->n_slots > 0) {
            assign_suppliers(state, model, world, market);
            begin_slots(state, model, world, market);
        }
    }
    begin_firms(state, model, world);
    ent_begin_exporters(state, model, world);
    begin_importers(state, model);
}
