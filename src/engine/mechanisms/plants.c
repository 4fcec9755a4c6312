/* Plants abroad (docs/model.md, "Affiliates"). A plant takes over slots of its owner's presences in the
 * host's market as it opens, and the visibility that goes with them; its sales are the host's output and the
 * owner's affiliate sales. */
#include "agents/plant.h"
#include "engine/workspace.h"

#include <math.h>
#include <string.h>

/* Share of a dated plant at work in a step, by the day it begins. */
static double plant_at_work(const ent_plant_t *plant, ent_day_t day)
{
    if (day < plant->opened) {
        return 0.0;
    }
    return day >= plant->full ? 1.0 : (double)(day - plant->opened) / (double)(plant->full - plant->opened);
}

/* What dated plants of an affiliate have come to: the share of the flow owner -> host that they have taken
 * over, and what they can sell beside it, as a share of the market. */
typedef struct {
    double taken, added;
} dated_t;

static dated_t dated_plants(const ent_model_t *model, const ent_world_t *world,
                            const ent_affiliate_t *affiliate, int step)
{
    const ent_config_t *config = model->config;
    const ent_market_t *market = &model->market[affiliate->market];
    const ent_day_t today = ent_step_begin(&config->calendar, step);
    dated_t dated = {0.0, 0.0};
    for (int i = 0; i < config->n_plants; i++) {
        const ent_plant_t *plant = &config->plants[i];
        if (!(plant->invested || config->mechanisms.plants) ||
            (plant->regimes != NULL && !plant->regimes[world->regime]) || plant->owner != affiliate->owner ||
            plant->host != market->destination || plant->sector != market->sector) {
            continue;
        }
        const double at_work =
            plant_at_work(plant, today - ent_commitment_shift(model, world, plant->regimes)) *
            ent_commitment_scale(model, world, plant->regimes, plant->owner);
        dated.taken += plant->share * at_work;
        dated.added += ent_plant_reach(model, affiliate->presence, plant->added) * at_work;
    }
    dated.taken = fmin(dated.taken, 1.0);
    return dated;
}

static int may_jump(const ent_model_t *model, const ent_affiliate_t *affiliate)
{
    const ent_tariff_jumping_t *jumping = &model->config->tariff_jumping;
    const ent_market_t *market = &model->market[affiliate->market];
    return model->config->mechanisms.tariff_jumping && jumping->owners[affiliate->owner] &&
           jumping->hosts[market->destination] && jumping->sectors[market->sector];
}

/* Whether a plant that saves `saved` years of sales pays for the firm of a presence. */
static int plant_pays(const ent_model_t *model, const ent_world_t *world,
                      const ent_sector_parameters_t *sector, int presence, double saved)
{
    double capital = sector->plant_capital;
    if (sector->plant_dispersion > 0.0) {
        const ent_draw4_t draw =
            ent_draw4(world->chance_stream, model->presence_key[presence], 0, ENT_PURPOSE_PLANT_COST, 0);
        capital = ent_plant_capital(capital, sector->plant_dispersion, ent_uniformf(draw.word[0]));
    }
    return saved - capital > 0.0;
}

/* Now and then a followed firm asks whether a plant behind the tariff pays; if so it opens when it is built.
 */
static void review_plants(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                          const ent_workspace_t *workspace, const ent_affiliate_t *affiliate)
{
    const ent_cell_t *source = &model->cell[affiliate->source];
    const ent_sector_parameters_t *sector = &world->sector[model->market[affiliate->market].sector];
    const int steps_per_year = model->config->calendar.steps_per_year;
    const int u = state->step - model->first_step;
    const int build = (int)lround(sector->plant_time_to_build * steps_per_year / 12.0);
    const double hazard = ent_step_hazard(sector->plant_review_rate, steps_per_year);
    const float log_change =
        workspace->choice_log[workspace->n_types / 2 * model->n_cells + affiliate->source];
    const double saved = ent_plant_value((double)log_change, sector->plant_premium,
                                         world->global.discount_rate, sector->plant_depreciation, 0.0);
    if (saved <= 0.0) {
        return;
    }
    for (int p = source->first_presence; p < source->first_presence + source->n_presences; p++) {
        /* single firms only: followed ones, and the one inside which captive flows stay */
        if (model->presence_kind[p] == ENT_PRESENCE_FRINGE ||
            model->presence_kind[p] == ENT_PRESENCE_AFFILIATE) {
            continue;
        }
        const ent_draw4_t draw =
            ent_draw4(world->chance_stream, model->presence_key[p], state->step, ENT_PURPOSE_PLANT, 0);
        if (state->plant_step[p] == 0 && ent_uniform(draw.word[0], draw.word[1]) < hazard &&
            plant_pays(model, world, sector, p, saved)) {
            state->plant_step[p] = (uint16_t)(u + (build > 1 ? build : 1));
        }
    }
}

/* What every presence of the source cell is to have moved by now; marks what moves in this step. */
static int plan_moves(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                      ent_workspace_t *workspace, const ent_affiliate_t *affiliate)
{
    const ent_cell_t *source = &model->cell[affiliate->source];
    const ent_sector_parameters_t *sector = &world->sector[model->market[affiliate->market].sector];
    const int u = state->step - model->first_step;
    const dated_t dated = dated_plants(model, world, affiliate, state->step);
    double moved = 0.0;
    int any = 0;
    for (int p = source->first_presence; p < source->first_presence + source->n_presences; p++) {
        const int built = state->plant_step[p] != 0 && state->plant_step[p] <= u;
        const double wanted = fmax(state->moved[p], fmax(dated.taken, built ? sector->plant_share : 0.0));
        workspace->moving[p] = 0.0f;
        if (wanted > state->moved[p]) {
            workspace->moving[p] = (float)((wanted - state->moved[p]) / (1.0 - state->moved[p]));
            state->moved[p] = wanted;
            any = 1;
        }
        moved += model->presence_reach[p] * state->moved[p];
    }
    state->mass[affiliate->presence] = (moved + dated.added) / model->presence_reach[affiliate->presence];
    return any;
}

/* Slots of presences that move get the plant as their supplier; their contracts run on. */
static void move_slots(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                       const ent_workspace_t *workspace, const ent_affiliate_t *affiliate)
{
    const ent_market_t *market = &model->market[affiliate->market];
    const ent_cell_t *source = &model->cell[affiliate->source];
    const int begin = source->first_presence - market->first_presence, end = begin + source->n_presences;
    const uint16_t plant = (uint16_t)(affiliate->presence - market->first_presence);
    uint16_t *supplier = state->supplier + market->first_slot;
    for (long i = 0; i < market->n_slots; i++) {
        const int local = supplier[i];
        if (local < begin || local >= end || workspace->moving[market->first_presence + local] == 0.0f) {
            continue;
        }
        const ent_draw4_t draw = ent_draw4(world->chance_stream, market->key + (uint64_t)i, state->step,
                                           ENT_PURPOSE_RELOCATION, 0);
        if (ent_uniformf(draw.word[0]) < workspace->moving[market->first_presence + local]) {
            supplier[i] = plant;
        }
    }
}

void ent_open_plants(const ent_model_t *model, const ent_world_t *world, int regime, ent_state_t *state,
                     ent_workspace_t *workspace)
{
    (void)regime;
    for (int i = 0; i < model->n_affiliates; i++) {
        const ent_affiliate_t *affiliate = &model->affiliate[i];
        if (may_jump(model, affiliate)) {
            review_plants(model, world, state, workspace, affiliate);
        }
        if (plan_moves(model, world, state, workspace, affiliate)) {
            move_slots(model, world, state, workspace, affiliate);
        }
    }
}
