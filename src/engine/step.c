/* A step, in its order: policy and news, beliefs, exporters' costs and prices, importers' orders, rationing
 * and shipment, arrivals and duty, sales and retail prices, capacity, contract renewal, record. */
#include "agents/exporter.h"
#include "base/vmath.h"
#include "agents/entry.h"
#include "engine/exporters.h"
#include "engine/contracts.h"
#include "engine/workspace.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- timers
 * ------------------------------------------------------------------------------------------------- */

/* Processor time of the first thread: when the part of the step at hand began, and when the stretch began in
 * which it works alone or together with others. */
typedef struct {
    double phase, alone;
} timers_t;

static double thread_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* With timers on: the time since the last part ended is that of `phase`. */
static void end_phase(const ent_workspace_t *workspace, ent_phase_t phase, timers_t *timers)
{
    if (workspace->phase_seconds != NULL && omp_get_thread_num() == 0) {
        const double now = thread_seconds();
        workspace->phase_seconds[phase] += now - timers->phase;
        timers->phase = now;
    }
}

/* With timers on: threads begin to work together, or (together = 0) one goes on alone. */
static void meet(const ent_workspace_t *workspace, int together, timers_t *timers)
{
    if (workspace->phase_seconds != NULL) {
        const double now = thread_seconds();
        workspace->phase_seconds[ENT_N_PHASES] += together ? now - timers->alone : 0.0;
        timers->alone = now;
    }
}

/* ---- exporters' costs and prices
 * ------------------------------------------------------------------------------ */

/* Variance of productivity over firms after `steps` steps from certainty. */
static double productivity_variance(const ent_sector_parameters_t *p, int steps, int steps_per_year)
{
    const double rho2 = p->productivity_persistence * p->productivity_persistence;
    const double stationary = p->productivity_volatility * p->productivity_volatility / (1.0 - rho2);
    return stationary * (1.0 - pow(rho2, (double)steps / steps_per_year));
}

/* What the productivity process of a sector means for this step. */
static void sector_productivity(const ent_model_t *model, const ent_world_t *world, int u,
                                ent_productivity_t *sector)
{
    const int steps_per_year = model->config->calendar.steps_per_year;
    for (int s = 0; s < model->n_sector; s++) {
        const ent_sector_parameters_t *p = &world->sector[s];
        sector[s].persistence = pow(p->productivity_persistence, 1.0 / steps_per_year);
        sector[s].innovation = sqrt(productivity_variance(p, 1, steps_per_year));
        sector[s].variance = productivity_variance(p, u + 1, steps_per_year);
    }
}

/* Productivity: AR(1) from 0; then unit costs from it, from the input bundle and from last step's
 * utilisation. */
static void unit_costs(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                       ent_workspace_t *workspace)
{
    const int u = state->step - model->first_step;
    const float *bundle = world->log_cost + (size_t)u * (size_t)model->n_markets;
#pragma omp for schedule(static)
    for (int f = 0; f < model->n_firms; f++) {
        const ent_firm_t *firm = &model->firm[f];
        const ent_sector_parameters_t *p = &world->sector[firm->sector];
        const ent_productivity_t *process = &workspace->productivity[firm->sector];
        if (process->innovation > 0.0) {
            const ent_draw4_t draw =
                ent_draw4(world->chance_stream, firm->key, state->step, ENT_PURPOSE_PRODUCTIVITY, 0);
            state->productivity[f] =
                process->persistence * state->productivity[f] +
                process->innovation * gsl_cdf_ugaussian_Pinv(ent_uniform(draw.word[0], draw.word[1]));
        }
        workspace->firm_log_cost[f] = ent_unit_log_cost(
            (double)bundle[firm->origin * model->n_sector + firm->sector] +
                state->log_bundle[firm->origin * model->n_sector + firm->sector],
            state->productivity[f], process->variance, p->trade_elasticity * (1.0 - p->absorption),
            firm->owner < 0 ? p->utilisation_cost : 0.0, state->output[f], state->capacity[f]);
    }
}

enum { PRESENCES = 128 };       /* priced together */
enum { FEW_PRESENCES = 16384 }; /* summed sooner by one thread than fetched by several */

/* Absorption of a presence by its share of its niche; that of a fringe is the mean over the firms in it. */
static double niche_absorption(const ent_model_t *model, const ent_world_t *world, const ent_state_t *state,
                               int p, const ent_sector_parameters_t *sector)
{
    if (model->presence_kind[p] == ENT_PRESENCE_FRINGE) {
        return (double)world->fringe_absorption[model->presence_cell[p]];
    }
    const double share = model->presence_share[p] * (double)state->sales_ratio[p] * sector->niches;
    return ent_markup_absorption(fmin(share, ENT_NICHE_SHARE_MOST),
                                 ent_niche_theta(sector->niche_elasticity, sector->trade_elasticity));
}

/* Whether a presence's price is that inside a firm which takes duty on itself. */
static int takes_duty(const ent_model_t *model, int p, const ent_sector_parameters_t *sector)
{
    return model->presence_kind[p] == ENT_PRESENCE_CAPTIVE && sector->captive_absorption > 0.0;
}

/* Set the price of a presence anew. */
static void set_price(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                      const ent_workspace_t *workspace, const ent_market_t *market, int p)
{
    const ent_sector_parameters_t *sector = &world->sector[market->sector];
    const double absorption = takes_duty(model, p, sector) ? sector->captive_absorption
                              : model->config->mechanisms.markups
                                  ? niche_absorption(model, world, state, p, sector)
                                  : sector->absorption;
    state->log_price[p] = ent_presence_log_price(workspace->firm_log_cost[model->presence_firm[p]],
                                                 (double)workspace->spot_log[model->presence_cell[p]],
                                                 state->log_inclusive[market - model->market], absorption);
}

/* The price of a presence at its reset, and when the next one is; `luck` is uniform. */
static void reset_price(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                        const ent_workspace_t *workspace, const ent_market_t *market, int p, float luck)
{
    const int u = state->step - model->first_step;
    const ent_sector_parameters_t *sector = &world->sector[market->sector];
    const float log_survival = (float)(-sector->price_reset_rate / model->config->calendar.steps_per_year);
    set_price(model, world, state, workspace, market, p);
    state->price_step[p] = (uint16_t)(u + ent_waiting_time(luck, log_survival, UINT16_MAX - u));
}

/* Resets of a market that are due, their draws taken together. */
static void reset_prices(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                         const ent_workspace_t *workspace, const ent_market_t *market)
{
    const uint16_t u = (uint16_t)(state->step - model->first_step);
    const int end = market->first_presence + market->n_presences;
    for (int p = market->first_presence; p < end;) {
        int due[PRESENCES], n = 0;
        uint64_t key[PRESENCES];
        uint32_t word[PRESENCES] = {0};
        for (; p < end && n < PRESENCES; p++) {
            due[n] = p;
            key[n] = model->presence_key[p];
            n += state->price_step[p] == u;
        }
        for (int i = n; n > 0 && i < (n + 15) / 16 * 16; i++) {
            key[i] = key[0];
        }
        workspace->kernel->draw(world->chance_stream, key, (n + 15) / 16 * 16, state->step,
                                ENT_PURPOSE_PRICE_WAIT, 0, (uint32_t *const[4]){word, NULL, NULL, NULL});
        for (int i = 0; i < n; i++) {
            reset_price(model, world, state, workspace, market, due[i], ent_uniformf(word[i]));
        }
    }
    const ent_sector_parameters_t *sector = &world->sector[market->sector];
    for (int p = market->first_presence; sector->captive_absorption > 0.0 && p < end; p++) {
        if (takes_duty(model, p, sector)) {
            set_price(model, world, state, workspace, market, p);
        }
    }
}

/* ---- tables of a market's step
 * -------------------------------------------------------------------------------- */

/* Landed costs of a market's presences and its inclusive cost I = (sum v x^-theta)^(-1/theta) (Eaton and
 * Kortum 2002, equation 9, with visibility as technology). */
static double price_market(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                           ent_workspace_t *workspace, const ent_market_t *market)
{
    const int u = state->step - model->first_step;
    const ent_sector_parameters_t *sector = &world->sector[market->sector];
    const double theta = sector->trade_elasticity;
    const int steps_per_year = model->config->calendar.steps_per_year;
    const double currency = ent_market_currency(model, world, market->destination, u);
    const float normal = (float)(sector->target_stock * steps_per_year / 12.0);
    const int m = (int)(market - model->market);
    const int n_types = workspace->typed[m] ? workspace->n_types : 1;
    const int n_all = model->n_presences, end = market->first_presence + market->n_presences;
    const double *then[ENT_MAX_LAG + 1]; /* prices of shipments that arrive now, by lag */
    for (int lag = 0; lag < model->n_ages; lag++) {
        then[lag] = state->price_ring + (long)((u + model->n_ages - lag) % model->n_ages) * n_all;
    }
    double *now = state->price_ring + (long)(u % model->n_ages) * n_all;
    double pull = 0.0;
    workspace->kernel->exp(state->log_price + market->first_presence, market->n_presences,
                           now + market->first_presence);
    for (int begin = market->first_presence; begin < end; begin += PRESENCES) {
        const int n = end - begin < PRESENCES ? end - begin : PRESENCES;
        double exponent[PRESENCES], power[PRESENCES];
        for (int i = 0; i < n; i++) {
            const int p = begin + i, c = model->presence_cell[p];
            const double spot_log = (double)workspace->spot_log[c] - currency;
            const double arrival_log = (double)workspace->arrival_log[c] - currency;
            const double spot_factor = spot_log == 0.0 ? 1.0 : ent_exp(spot_log);
            const double arrival_factor = arrival_log == spot_log ? spot_factor : ent_exp(arrival_log);
            workspace->spot_cost[p] = (float)(now[p] * spot_factor);
            workspace->arrival_cost[p] = (float)(then[model->cell_lag[c]][p] * arrival_factor);
            exponent[i] = -theta * (state->log_price[p] + spot_log);
        }
        workspace->kernel->exp(exponent, n, power);
        for (int i = 0; i < n; i++) {
            pull += world->visibility[begin + i] * workspace->visibility_factor[begin + i] * power[i];
        }
        for (int k = 0; k < n_types; k++) {
            const float *choice_log = workspace->choice_log + (long)k * model->n_cells;
            const float *stock_change = workspace->stock_change + (long)k * model->n_cells;
            const long row = (long)ENT_BELIEF_TYPES * market->first_presence + (long)k * market->n_presences +
                             begin - market->first_presence;
            for (int i = 0; i < n; i++) {
                const int c = model->presence_cell[begin + i];
                exponent[i] = theta * (state->log_price[begin + i] + (double)choice_log[c]);
                const int captive = model->presence_kind[begin + i] == ENT_PRESENCE_CAPTIVE;
                const float answer = captive ? (float)sector->captive_waiting : 1.0f;
                workspace->target[row + i] = normal + answer * stock_change[c] + (float)model->cell_lag[c];
            }
            workspace->kernel->exp(exponent, n, power);
            for (int i = 0; i < n; i++) {
                workspace->choice_cost[row + i] = (float)(power[i] / workspace->visibility_factor[begin + i]);
            }
        }
    }
    /* beyond, ent_exp has stopped where it ends, and the sum means nothing: no number, which ends the run */
    return pull > 1e-300 && pull < 1e300 ? -ent_log(pull) / theta + currency : NAN;
}

static void fill_market_step(const ent_model_t *model, const ent_world_t *world, const ent_state_t *state,
                             ent_workspace_t *workspace, int m)
{
    const ent_market_t *market = &model->market[m];
    const ent_sector_parameters_t *p = &world->sector[market->sector];
    const int u = state->step - model->first_step;
    const double per_year = 1.0 / model->config->calendar.steps_per_year;
    const double months = 12.0 * per_year;
    /* local costs are paid in the region's labour: 1 under partial closure */
    const double local = p->local_cost_share * ent_exp(state->log_wage[market->destination]);
    const double sigma = p->slot_elasticity;
    const double demand =
        ent_exp((double)world->log_demand[(size_t)u * (size_t)model->n_markets + (size_t)m]) *
        (model->config->n_purchases > 0 ? workspace->left_to_spend[m] : 1.0);
    const long row = (long)ENT_BELIEF_TYPES * market->first_presence;
    ent_market_step_t *ms = &workspace->market_step[m];
    ent_expect_costs(model, world, state, workspace, m);
    *ms = (ent_market_step_t){
        .step = (uint16_t)u,
        .draw_step = state->step,
        .key = market->key,
        .stream = world->chance_stream,
        .n_presences = market->n_presences,
        .type_stride = workspace->typed[m] && workspace->n_types > 1 ? market->n_presences : 0,
        .target = workspace->target + row,
        .arrival_cost = workspace->arrival_cost + market->first_presence,
        .spot_cost = workspace->spot_cost + market->first_presence,
        .choice_cost = workspace->choice_cost + row,
        .expected_cost = workspace->expects[m] ? workspace->expected_cost + row
                                               : workspace->spot_cost + market->first_presence,
        .expected_stride = workspace->expects[m] && workspace->typed[m] ? market->n_presences : 0,
        .alias = world->alias + market->first_presence,
        .inverse_adjustment = (float)(months / p->stock_adjustment),
        .smoothing = (float)(months / p->demand_smoothing < 1.0 ? months / p->demand_smoothing : 1.0),
        .budget = (float)(state->expenditure[m] * demand / market->unit / market->n_importers),
        .local_cost = (float)local,
        .import_share = (float)(1.0 - p->local_cost_share),
        .one_minus_sigma = (float)(1.0 - sigma),
        .log_inclusive_retail = workspace->log_inclusive_retail + (long)m * ENT_BELIEF_TYPES,
        .inclusive_weight = workspace->inclusive_weight + (long)m * ENT_BELIEF_TYPES,
        .log_retail_survival = (float)(-p->retail_reset_rate * per_year),
        .log_contract_survival = (float)(-p->renewal_rate * per_year),
        .incumbent_cost_factor = (float)ent_exp(-p->trade_elasticity * p->switching_cost),
        .price_exponent = p->demand_elasticity == 1.0 || sigma == 1.0
                              ? 0.0f
                              : (float)((1.0 - p->demand_elasticity) / (1.0 - sigma)),
        .candidates = (int)lround(world->global.candidates),
    };
    memcpy(ms->lag_begin, market->lag_begin, sizeof ms->lag_begin);
}

/* ---- tiles
 * ---------------------------------------------------------------------------------------------------- */

static void point_block(const ent_model_t *model, ent_state_t *state, const ent_block_t *block,
                        ent_tile_t *tile)
{
    const ent_market_t *market = &model->market[block->market];
    const int u = state->step - model->first_step;
    const long offset = (long)(block->first_tile - market->first_tile) * ENT_TILE;
    const long most = (long)block->n_tiles * ENT_TILE;
    const long slot = market->first_slot + offset;
    const long importer = market->first_importer + offset / ENT_SLOTS;
    const long left = market->n_slots - offset;
    *tile = (ent_tile_t){
        .n_importers = (int)((left < most ? left : most) / ENT_SLOTS),
        .n_presences = market->n_presences,
        .n_ages = model->n_ages,
        .first_slot = (uint64_t)offset,
        .supplier = state->supplier + slot,
        .stock = state->stock + slot,
        .position = state->position + slot,
        .stock_cost = state->stock_cost + slot,
        .smoothed = state->smoothed + slot,
        .retail = state->retail + slot,
        .log_quality = state->log_quality + slot,
        .ces_weight = state->ces_weight + slot,
        .reset_step = state->reset_step + slot,
        .renewal_step = state->renewal_step + slot,
        .carry = state->carry + importer,
        .weight = model->importer_weight + importer,
        .belief = state->belief + importer,
    };
    for (int age = 0; age < model->n_ages; age++) {
        const long ring = (long)((u + model->n_ages - age) % model->n_ages) * model->n_slots + slot;
        tile->ring_quantity[age] = state->ring_quantity + ring;
        tile->ring_supplier[age] = state->ring_supplier + ring;
    }
}

/* Orders of a block. Blocks of one market may be at work at once: each sums for itself, then adds to the
 * market's sums, which are integers, so that the order of adding does not matter. */
static void order_block(const ent_model_t *model, ent_state_t *state, ent_workspace_t *workspace,
                        const ent_block_t *block)
{
    const ent_market_t *market = &model->market[block->market];
    const size_t n = (size_t)market->n_presences;
    const int alone = market->n_blocks == 1;
    int64_t *total = workspace->order_sum + market->first_presence;
    int64_t *sum = alone ? total : workspace->shared_sum + omp_get_thread_num() * workspace->shared_length;
    ent_tile_t tile;
    memset(sum, 0, n * sizeof *sum);
    point_block(model, state, block, &tile);
    workspace->order_bits[block - model->block] =
        (market->stocked ? workspace->kernel->order
                         : workspace->kernel->demand)(&tile, &workspace->market_step[block->market], sum);
    for (size_t p = 0; !alone && p < n; p++) {
#pragma omp atomic
        total[p] += sum[p];
    }
}

static void settle_block(const ent_model_t *model, ent_state_t *state, ent_workspace_t *workspace,
                         const ent_block_t *block)
{
    ent_tile_t tile;
    point_block(model, state, block, &tile);
    (model->market[block->market].stocked ? workspace->kernel->settle : workspace->kernel->deliver)(
        &tile, &workspace->market_step[block->market], &workspace->tile_sums[block->first_tile]);
}

/* ---- rationing and shipment
 * ----------------------------------------------------------------------------------- */

/* Flow of a cell, from its presences' sums: what importers pay is what exporters get. `again`: only what
 * rationing has changed is summed again. */
static inline void ship_cell(const ent_model_t *model, ent_state_t *state, ent_workspace_t *workspace,
                             double unit, int c, int again)
{
    const int now = (state->step - model->first_step) % model->n_ages;
    const double *price = state->price_ring + (long)now * model->n_presences;
    const ent_cell_t *cell = &model->cell[c];
    double value = 0.0;
    int64_t quantity = 0;
    int changed = !again;
    for (int p = cell->first_presence; p < cell->first_presence + cell->n_presences; p++) {
        value += (double)workspace->order_sum[p] * unit * price[p];
        quantity += workspace->order_sum[p];
        changed |= again && workspace->ration[model->presence_firm[p]] < 1.0;
    }
    if (changed) {
        workspace->cell_value[c] = value * cell->basic_per_landed;
        workspace->cell_volume[c] = (double)quantity * unit * cell->basic_per_landed;
        state->customs_ring[(long)now * model->n_cells + c] = value * workspace->customs_per_landed[c];
        state->quantity_ring[(long)now * model->n_cells + c] = quantity;
    }
}

/* Adds what firms sell in a market to their output: all, or `again` that of rationed ones. */
static void add_output(const ent_model_t *model, ent_state_t *state, const ent_workspace_t *workspace,
                       const ent_market_t *market, int again)
{
    for (int c = market->first_cell; c < market->first_cell + market->n_cells; c++) {
        const ent_cell_t *cell = &model->cell[c];
        for (int p = cell->first_presence; p < cell->first_presence + cell->n_presences; p++) {
            const int f = model->presence_firm[p];
            if (!again || workspace->ration[f] < 1.0) {
                state->output[f] += (double)workspace->order_sum[p] * market->unit * cell->basic_per_landed;
            }
        }
    }
}

/* Flows between regions and sales of firms: all, or `again` those of markets with rationed firms. */
static void ship(const ent_model_t *model, ent_state_t *state, ent_workspace_t *workspace, int again)
{
    const ent_partition_t *mine = &workspace->partition;
#pragma omp for schedule(static, 1)
    for (int t = 0; t < mine->n_threads; t++) {
        for (int m = mine->first_market[t]; m < mine->first_market[t + 1]; m++) {
            const ent_market_t *market = &model->market[m];
            for (int c = market->first_cell;
                 (!again || workspace->rationed[m]) && c < market->first_cell + market->n_cells; c++) {
                ship_cell(model, state, workspace, market->unit, c, again);
            }
        }
    }
    /* A firm sells in the markets of one sector: its sum has the order of markets when one thread goes
     * through them all, and when threads go through sectors, of which there is less to fetch. */
    if (model->n_presences < FEW_PRESENCES) {
#pragma omp master
        for (int m = 0; m < model->n_markets; m++) {
            if (!again || workspace->rationed[m]) {
                add_output(model, state, workspace, &model->market[m], again);
            }
        }
    } else {
#pragma omp for schedule(dynamic, 1)
        for (int s = 0; s < model->n_sector; s++) {
            for (int m = s; m < model->n_markets; m += model->n_sector) {
                if (!again || workspace->rationed[m]) {
                    add_output(model, state, workspace, &model->market[m], again);
                }
            }
        }
    }
}

/* Slots of a market with rationed firms order whole units of what is shipped. */
static void cut_orders(const ent_model_t *model, ent_state_t *state, ent_workspace_t *workspace, int m)
{
    const ent_market_t *market = &model->market[m];
    const long ring = (long)((state->step - model->first_step) % model->n_ages) * model->n_slots;
    int64_t *order_sum = workspace->order_sum + market->first_presence;
    const int *firm = model->presence_firm + market->first_presence;
    int hit = 0;
    for (int p = 0; p < market->n_presences; p++) {
        hit |= workspace->ration[firm[p]] < 1.0;
    }
    workspace->rationed[m] = (uint8_t)hit;
    if (!hit) {
        return;
    }
    memset(order_sum, 0, (size_t)market->n_presences * sizeof *order_sum);
    int32_t *quantity = state->ring_quantity + ring + market->first_slot;
    const uint16_t *supplier = state->ring_supplier + ring + market->first_slot;
    for (long i = 0; i < market->n_slots; i++) {
        const double share = workspace->ration[firm[supplier[i]]];
        quantity[i] = share < 1.0 ? (int32_t)(quantity[i] * share) : quantity[i];
        order_sum[supplier[i]] += quantity[i];
    }
}

/* Shipments are orders, but those to a firm beyond its hard limit are cut pro rata. */
static void ration_and_ship(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                            ent_workspace_t *workspace, timers_t *timers)
{
    const int n_threads = ent_threads_for(workspace, model->n_presences);
    int any = 0;
    memset(state->output, 0, (size_t)model->n_firms * sizeof *state->output);
    meet(workspace, 1, timers);
#pragma omp parallel num_threads(n_threads) if (n_threads > 1)
    ship(model, state, workspace, 0);
    meet(workspace, 0, timers);
    for (int f = 0; f < model->n_firms; f++) {
        const double limit = world->sector[model->firm[f].sector].capacity_limit * state->capacity[f];
        /* plants abroad are built for what moves to them */
        const int short_of = state->output[f] > limit && model->firm[f].owner < 0;
        workspace->ration[f] = short_of ? limit / state->output[f] : 1.0;
        if (workspace->ration[f] < 1.0) {
            state->output[f] = 0.0;
            any = 1;
        }
    }
    if (!any) {
        return;
    }
    meet(workspace, 1, timers);
#pragma omp parallel num_threads(n_threads) if (n_threads > 1)
    {
#pragma omp for schedule(dynamic, 4)
        for (int j = 0; j < model->n_markets; j++) {
            cut_orders(model, state, workspace, model->market_order[j]);
        }
        ship(model, state, workspace, 1);
    }
    meet(workspace, 0, timers);
}

double ent_customs_due(const ent_model_t *model, const ent_state_t *state, int c, int lag)
{
    const int u = state->step - model->first_step;
    return state->customs_ring[(long)((u + model->n_ages - lag) % model->n_ages) * model->n_cells + c] +
           ent_purchases_due(model, state, c, lag);
}

/* Customs of a cell, with what was shipped into row `at` of the rings. */
static inline void clear_cell(const ent_model_t *model, ent_state_t *state, ent_workspace_t *workspace,
                              long at, int c)
{
    const double bought =
        model->config->n_purchases > 0 ? ent_purchases_due(model, state, c, model->cell_lag[c]) : 0.0;
    const double customs = state->customs_ring[at] + bought;
    workspace->cell_customs[c] = customs;
    workspace->cell_arrivals[c] = state->quantity_ring[at];
    workspace->cell_duty[c] = (double)workspace->duty_rate[c] * customs;
    state->receivable[c] += (double)(workspace->duty_rate[c] - workspace->final_rate[c]) * customs;
    workspace->cell_refund[c] = 0.0;
    if (workspace->refund_due[c]) {
        workspace->cell_refund[c] = state->receivable[c];
        state->receivable[c] = 0.0;
    }
}

static int first_cell_of(const ent_model_t *model, int m)
{
    return m < model->n_markets ? model->market[m].first_cell : model->n_cells;
}

/* Duty is owed on arrival; refunds of retroactive cuts are booked and paid when the measure takes effect. */
static void clear_customs(const ent_model_t *model, ent_state_t *state, ent_workspace_t *workspace)
{
    const int u = state->step - model->first_step;
    long arriving[ENT_MAX_LAG + 1]; /* row of the rings, by lag */
    for (int lag = 0; lag < model->n_ages; lag++) {
        arriving[lag] = (long)((u + model->n_ages - lag) % model->n_ages) * model->n_cells;
    }
#pragma omp for schedule(static, 1) nowait
    for (int t = 0; t < workspace->partition.n_threads; t++) {
        for (int c = first_cell_of(model, workspace->partition.first_market[t]);
             c < first_cell_of(model, workspace->partition.first_market[t + 1]); c++) {
            clear_cell(model, state, workspace, arriving[model->cell_lag[c]] + c, c);
        }
    }
}

static void move_capacity(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                          const ent_workspace_t *workspace)
{
    const int n_threads = ent_threads_for(workspace, model->n_firms);
    const int ahead = model->config->mechanisms.investment;
    const double months = 12.0 / model->config->calendar.steps_per_year;
#pragma omp parallel for schedule(static) num_threads(n_threads) if (n_threads > 1)
    for (int f = 0; f < model->n_firms; f++) {
        const double weight = months / world->sector[model->firm[f].sector].capacity_smoothing;
        state->capacity[f] =
            ent_next_capacity(state->capacity[f], state->output[f] * (ahead ? workspace->firm_ahead[f] : 1.0),
                              model->firm[f].output, weight < 1.0 ? weight : 1.0);
    }
}

static void sum_market(const ent_model_t *model, ent_state_t *state, ent_workspace_t *workspace, int m)
{
    const ent_market_t *market = &model->market[m];
    ent_tile_sums_t *sums = &workspace->market_sums[m];
    *sums = (ent_tile_sums_t){0};
    for (int t = market->first_tile; t < market->first_tile + market->n_tiles; t++) {
        const ent_tile_sums_t *tile = &workspace->tile_sums[t];
        sums->arrivals += tile->arrivals;
        sums->sales += tile->sales;
        sums->stock += tile->stock;
        sums->position += tile->position;
        sums->shipped += tile->shipped;
        sums->sales_value += tile->sales_value;
        sums->sales_cost += tile->sales_cost;
        sums->weight += tile->weight;
        sums->carry += tile->carry;
        sums->bits |= tile->bits;
    }
    if (sums->sales > 0) {
        state->price_index[m] = sums->sales_value / (double)sums->sales;
    }
}

static void sum_markets(const ent_model_t *model, ent_state_t *state, ent_workspace_t *workspace)
{
    const ent_partition_t *mine = &workspace->partition;
#pragma omp for schedule(static, 1) nowait
    for (int t = 0; t < mine->n_threads; t++) {
        for (int m = mine->first_market[t]; m < mine->first_market[t + 1]; m++) {
            sum_market(model, state, workspace, m);
            workspace->out_of_range[m] = (uint8_t)ent_market_out_of_range(model, state, workspace, m);
        }
    }
}

/* ---- the step
 * ------------------------------------------------------------------------------------------------- */

/* Incomes, wages and input prices of the next step, under general closure. */
static void close_macro(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                        ent_workspace_t *workspace)
{
    const double months = 12.0 / model->config->calendar.steps_per_year;
    const double weight = fmin(1.0, months / world->global.income_smoothing);
    const double adjustment = fmin(1.0, world->global.wage_adjustment * months / 12.0);
    double *receipts = workspace->receipts, *duty = workspace->region_duty;
    memset(receipts, 0, (size_t)model->n_markets * sizeof *receipts);
    memset(duty, 0, (size_t)model->n_region * sizeof *duty);
    for (int c = 0; c < model->n_cells; c++) {
        const ent_cell_t *cell = &model->cell[c];
        const ent_market_t *market = &model->market[cell->market];
        /* freight is counted with the origin's sector, as in the benchmark's accounts */
        receipts[cell->origin * model->n_sector + market->sector] +=
            workspace->cell_value[c] * workspace->customs_per_landed[c] / cell->basic_per_landed;
        duty[market->destination] += workspace->cell_duty[c] - workspace->cell_refund[c];
    }
    for (int i = 0; i < model->n_markets; i++) {
        state->revenue[i] += weight * (receipts[i] - state->revenue[i]);
        const double sigma = world->sector[i % model->n_sector].slot_elasticity;
        const double mean =
            workspace->market_sums[i].weight / (double)(model->market[i].n_slots + !model->market[i].n_slots);
        if (mean > 0.0 && sigma != 1.0) {
            state->log_input_price[i] = ent_log(mean) / (1.0 - sigma);
        }
    }
    for (int r = 0; r < model->n_region; r++) {
        const double spent = model->config->rebate_revenue ? duty[r] : 0.0;
        state->tariff_income[r] += weight * (spent - state->tariff_income[r]);
    }
    ent_closure_step(&model->accounts, receipts, state->revenue, state->tariff_income, state->log_input_price,
                     adjustment, state->log_wage, state->income, state->expenditure, state->log_bundle);
}

/* Prices and tables of a market. */
static void open_market(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                        ent_workspace_t *workspace, int m)
{
    const ent_market_t *market = &model->market[m];
    reset_prices(model, world, state, workspace, market);
    state->log_inclusive[m] = price_market(model, world, state, workspace, market);
    fill_market_step(model, world, state, workspace, m);
    ent_look_ahead(model, world, state, workspace, m);
    memset(workspace->order_sum + market->first_presence, 0,
           (size_t)market->n_presences * sizeof *workspace->order_sum);
}

/* Tables of every market, and its importers' orders: a market of one block orders while its tables are at
 * hand. */
static void price_and_order(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                            ent_workspace_t *workspace, timers_t *timers)
{
    meet(workspace, 1, timers);
#pragma omp parallel num_threads(workspace->n_threads) if (workspace->n_threads > 1)
    {
        int b, helped = 0;
        while ((b = ent_partition_next(&workspace->partition, ENT_LOOP_ORDERS, &helped)) >= 0) {
            const ent_market_t *market = &model->market[model->block[b].market];
            if (b == market->first_block) {
                open_market(model, world, state, workspace, model->block[b].market);
            }
            if (market->n_blocks == 1) {
                order_block(model, state, workspace, &model->block[b]);
            }
        }
        if (model->n_split > 0) {
            helped = 0;
#pragma omp barrier
            while ((b = ent_partition_next(&workspace->partition, ENT_LOOP_SPLIT_ORDERS, &helped)) >= 0) {
                if (b < model->n_split) {
                    order_block(model, state, workspace, &model->block[b]);
                }
            }
        }
    }
    meet(workspace, 0, timers);
}

/* Arrivals, duty, sales, renewals, and what exporters make of them. */
static void settle(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                   ent_workspace_t *workspace, timers_t *timers)
{
    ent_begin_accounts(model, workspace);
    meet(workspace, 1, timers);
#pragma omp parallel num_threads(workspace->n_threads) if (workspace->n_threads > 1)
    {
        int b, helped = 0;
        clear_customs(model, state, workspace);
        while ((b = ent_partition_next(&workspace->partition, ENT_LOOP_SETTLE, &helped)) >= 0) {
            settle_block(model, state, workspace, &model->block[b]);
        }
#pragma omp barrier
        end_phase(workspace, ENT_PHASE_SETTLE, timers);
        sum_markets(model, state, workspace);
        ent_keep_accounts(model, world, state, workspace);
        ent_enter_and_leave(model, world, state, workspace);
    }
    meet(workspace, 0, timers);
    ent_close_accounts(model, world, state, workspace);
}

/* What mechanisms do at a moment of the step, in the order of their table. */
static void call_hooks(ent_hook_place_t place, const ent_model_t *model, const ent_world_t *world, int regime,
                       ent_state_t *state, ent_workspace_t *workspace)
{
#define ENT_HOOK_ENTRY(place, function) {ENT_HOOK_##place, function},
    static const struct {
        ent_hook_place_t place;
        ent_hook_t *call;
    } hooks[] = {ENT_STEP_HOOKS(ENT_HOOK_ENTRY)};
#undef ENT_HOOK_ENTRY
    for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++) {
        if (hooks[i].place == place) {
            hooks[i].call(model, world, regime, state, workspace);
        }
    }
}

/* What is expected, what it costs to produce, how visible exporters are. */
static void look_ahead(const ent_model_t *model, const ent_world_t *world, int regime, ent_state_t *state,
                       ent_workspace_t *workspace, timers_t *timers)
{
    sector_productivity(model, world, state->step - model->first_step, workspace->productivity);
    ent_outlook_begin(model, world, regime, state, workspace);
    call_hooks(ENT_HOOK_NEWS, model, world, regime, state, workspace);
    meet(workspace, 1, timers);
#pragma omp parallel num_threads(workspace->n_threads) if (workspace->n_threads > 1)
    {
        ent_outlook(model, world, regime, state, workspace);
        end_phase(workspace, ENT_PHASE_OUTLOOK, timers);
        unit_costs(model, world, state, workspace);
    }
    meet(workspace, 0, timers);
    call_hooks(ENT_HOOK_PRICES, model, world, regime, state, workspace);
}

int ent_step(const ent_model_t *model, const ent_world_t *world, int regime, ent_state_t *state,
             ent_workspace_t *workspace, ent_trajectory_t *trajectory, ent_context_t *ctx)
{
    timers_t timers = {0};
    if (workspace->phase_seconds != NULL) {
        timers.phase = timers.alone = thread_seconds();
    }
    ent_partition_reset(&workspace->partition);
    look_ahead(model, world, regime, state, workspace, &timers);
    end_phase(workspace, ENT_PHASE_FIRMS, &timers);
    price_and_order(model, world, state, workspace, &timers);
    end_phase(workspace, ENT_PHASE_ORDERS, &timers);
    call_hooks(ENT_HOOK_ORDERED, model, world, regime, state, workspace);
    ration_and_ship(model, world, state, workspace, &timers);
    call_hooks(ENT_HOOK_SHIPPED, model, world, regime, state, workspace);
    end_phase(workspace, ENT_PHASE_SHIP, &timers);
    settle(model, world, state, workspace, &timers);
    int code = ent_range_step(model, state, workspace, ctx);
    if (code == 0 && model->config->checked) {
        code = ent_verify_step(model, state, workspace, ctx);
    }
    if (trajectory != NULL && state->step >= 0) {
        meet(workspace, 1, &timers);
        ent_record_step(model, world, state, workspace, state->step, trajectory);
        meet(workspace, 0, &timers);
    }
    move_capacity(model, world, state, workspace);
    if (code == 0 && model->config->closure == ENT_CLOSURE_GENERAL) {
        close_macro(model, world, state, workspace);
        code = ent_range_incomes(model, state, ctx);
    }
    end_phase(workspace, ENT_PHASE_RECORD, &timers);
    meet(workspace, 1, &timers);
    state->step++;
    return code;
}
