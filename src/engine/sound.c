/* Whether a state that was read from a file can be played on. A seal says that nothing was damaged, not that
 * the contents were ever written by an engine: an index must lie in what it points into, quantities must be
 * those an importer can have, and every number finite, before a step is played with them. */
#include "engine/kernel.h"
#include "engine/model.h"

#include "agents/beliefs.h"

#include <math.h>

/* Quantity units a slot can order, or have with what is on its way: what a step lets pass. */
static const int32_t MOST_UNITS = ENT_UNITS_END - 1;
/* Values of any run lie far below, in whatever unit. */
static const double MOST_VALUE = 1e30;
/* Prices and costs against the benchmark, and their powers (r / z)^(1 - sigma): far beyond those of any run
 * that goes on; a step ends the run where they, or what follows from them, are no numbers any more. A weight
 * can be too small for a float. */
static const float LEAST_PRICE = 1e-30f, MOST_PRICE = 1e30f, LEAST_WEIGHT = 0.0f, MOST_WEIGHT = 1e38f;

static int doubles_sound(const void *values, size_t n)
{
    const double *x = values;
    for (size_t i = 0; i < n; i++) {
        if (!(fabs(x[i]) <= MOST_VALUE)) {
            return 0;
        }
    }
    return 1;
}

static int floats_sound(const void *values, size_t n)
{
    const float *x = values;
    for (size_t i = 0; i < n; i++) {
        if (!(fabs((double)x[i]) <= MOST_VALUE)) {
            return 0;
        }
    }
    return 1;
}

/* Whole numbers have ranges of their own, below. */
static int others_sound(const void *values, size_t n)
{
    (void)values;
    (void)n;
    return 1;
}

static int numbers_sound(const ent_state_t *state, const ent_model_t *model)
{
#define SOUND_NUMBERS(name, type, count)                                                                     \
    {_Generic(*state->name, double                                                                           \
              : doubles_sound, float                                                                         \
              : floats_sound, default                                                                        \
              : others_sound),                                                                               \
     state->name, (size_t)(count)},
    const struct {
        int (*sound)(const void *values, size_t n);
        const void *values;
        size_t n;
    } arrays[] = {ENT_STATE(SOUND_NUMBERS)};
#undef SOUND_NUMBERS
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        if (!arrays[i].sound(arrays[i].values, arrays[i].n)) {
            return 0;
        }
    }
    return 1;
}

static int between(float value, float least, float most)
{
    return value >= least && value <= most;
}

static int slot_sound(const ent_state_t *state, const ent_market_t *market, long slot)
{
    return state->supplier[slot] < market->n_presences && state->stock[slot] >= 0 &&
           state->position[slot] >= state->stock[slot] && state->position[slot] <= MOST_UNITS &&
           between(state->smoothed[slot], 0.0f, (float)MOST_UNITS) &&
           between(state->stock_cost[slot], LEAST_PRICE, MOST_PRICE) &&
           between(state->retail[slot], LEAST_PRICE, MOST_PRICE) &&
           between(state->ces_weight[slot], LEAST_WEIGHT, MOST_WEIGHT);
}

static int market_sound(const ent_state_t *state, const ent_model_t *model, const ent_market_t *market)
{
    for (long i = 0; i < market->n_slots; i++) {
        const long slot = market->first_slot + i;
        if (!slot_sound(state, market, slot)) {
            return 0;
        }
        for (int age = 0; age < model->n_ages; age++) {
            const long at = (long)age * model->n_slots + slot;
            if (state->ring_supplier[at] >= market->n_presences || state->ring_quantity[at] < 0 ||
                state->ring_quantity[at] > MOST_UNITS) {
                return 0;
            }
        }
    }
    return 1;
}

static int agents_sound(const ent_state_t *state, const ent_model_t *model)
{
    for (int i = 0; i < model->n_importers; i++) {
        if (state->belief[i] >= ENT_BELIEF_TYPES) {
            return 0;
        }
    }
    for (int f = 0; f < model->n_firms; f++) {
        if (state->firm_state[f] > ENT_FIRM_GROWING) {
            return 0;
        }
    }
    for (long i = 0; i < (long)model->n_cells * model->n_ages; i++) {
        if (state->quantity_ring[i] < 0 || state->quantity_ring[i] > model->n_slots * (int64_t)MOST_UNITS) {
            return 0;
        }
    }
    return 1;
}

int ent_state_sound(const ent_state_t *state, const ent_model_t *model)
{
    if (state->step < model->first_step || state->step > model->config->n_steps ||
        !numbers_sound(state, model) || !agents_sound(state, model)) {
        return 0;
    }
    for (int m = 0; m < model->n_markets; m++) {
        if (!market_sound(state, model, &model->market[m])) {
            return 0;
        }
    }
    return 1;
}
