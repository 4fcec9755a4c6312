/* Accounts of firms (docs/model.md, "Liquidity and failure", "Capacity"): what every presence may expect to
 * sell, profits, the capacity that beliefs call for, and failures of followed firms. */
#include "engine/exporters.h"

#include "agents/entry.h"
#include "base/memory.h"
#include "base/vmath.h"

#include <math.h>
#include <string.h>

static const double longest_lead =
    2.0; /* capacity aimed at, over current sales, at most; its inverse at least */

int ent_lay_absorption(ent_world_t *world, const ent_model_t *model, ent_context_t *ctx)
{
    const ent_kernel_t *kernel = ent_kernel_select(NULL);
    double weight[ENT_RANKED_FIRMS] = {0.0}, absorbed[ENT_RANKED_FIRMS] = {0.0}, sum = 0.0;
    int known_sector = -1, known_first = -1; /* of `weight` */
    world->fringe_absorption = ent_calloc(ctx, (size_t)model->n_cells, sizeof *world->fringe_absorption);
    if (world->fringe_absorption == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int c = 0; c < model->n_cells && model->config->mechanisms.markups; c++) {
        const ent_cell_t *cell = &model->cell[c];
        const int s = model->market[cell->market].sector, first = cell->fringe - cell->first_presence;
        const double *size = model->size_share + (size_t)s * ENT_RANKED_FIRMS;
        if (s != known_sector || first != known_first) {
            sum = 0.0;
            for (int k = first; k < ENT_RANKED_FIRMS; k++) {
                sum += size[k];
            }
            for (int k = first; k < ENT_RANKED_FIRMS; k++) {
                weight[k] = size[k] / sum;
            }
            known_sector = s;
            known_first = first;
        }
        double mean = 0.0;
        kernel->absorb(size + first, ENT_RANKED_FIRMS - first, model->presence_share[cell->fringe], sum,
                       world->sector[s].niches,
                       ent_niche_theta(world->sector[s].niche_elasticity, world->sector[s].trade_elasticity),
                       absorbed + first);
        for (int k = first; k < ENT_RANKED_FIRMS; k++) {
            mean += weight[k] * absorbed[k];
        }
        world->fringe_absorption[c] = (float)mean;
    }
    return 0;
}

enum { BATCH = 128 }; /* presences whose exponentials are taken together */

/* Sales of a unit of visibility move to what price and tariffs now call for as contracts come up. */
static void expect_market(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                          const ent_workspace_t *workspace, int m)
{
    const ent_market_t *market = &model->market[m];
    const size_t u = (size_t)(state->step - model->first_step);
    const double theta = world->sector[market->sector].trade_elasticity;
    const double hazard = world->renewal_hazard[market->sector];
    const double demand = (double)world->log_demand[u * (size_t)model->n_markets + (size_t)m] +
                          ent_market_currency(model, world, market->destination, (int)u);
    const int end = market->first_presence + market->n_presences;
    for (int begin = market->first_presence; begin < end; begin += BATCH) {
        const int n = end - begin < BATCH ? end - begin : BATCH;
        double exponent[BATCH], wanted[BATCH];
        for (int i = 0; i < n; i++) {
            const int p = begin + i;
            const double pull = theta * (state->log_inclusive[m] - state->log_price[p] -
                                         (double)workspace->spot_log[model->presence_cell[p]]);
            exponent[i] = demand + (model->presence_kind[p] == ENT_PRESENCE_CAPTIVE ? 0.0 : pull);
        }
        workspace->kernel->exp(exponent, n, wanted);
        for (int i = 0; i < n; i++) {
            float *ratio = &state->sales_ratio[begin + i];
            *ratio += (float)(hazard * (wanted[i] - (double)*ratio));
        }
    }
}

/* Adds a market's presences to what their firms expect to sell in the long run, sell now and earn. */
static void add_market(const ent_model_t *model, const ent_world_t *world, const ent_state_t *state,
                       ent_workspace_t *workspace, const ent_market_t *market)
{
    const ent_sector_parameters_t *sector = &world->sector[market->sector];
    const int now = (state->step - model->first_step) % model->n_ages;
    const double *price = state->price_ring + (long)now * model->n_presences;
    const float *stay_log = workspace->stay_log + (long)(workspace->n_types / 2) * model->n_cells;
    for (int p = market->first_presence; p < market->first_presence + market->n_presences; p++) {
        const int c = model->presence_cell[p], f = model->presence_firm[p];
        const double weight = model->presence_weight[p], ratio = (double)state->sales_ratio[p];
        const double change = (double)stay_log[c] + sector->trade_elasticity * (double)workspace->spot_log[c];
        workspace->firm_sales[f] += weight * ratio;
        workspace->firm_ahead[f] += weight * ratio * (change == 0.0 ? 1.0 : ent_exp(change));
        workspace->firm_profit[f] += weight * ent_exporter_profit(ratio, price[p], workspace->firm_cost[f],
                                                                  sector->profit_margin, 0.0);
    }
}

/* Slots of a firm that is gone choose again in the next step. */
static void end_contracts(const ent_model_t *model, ent_state_t *state, int p)
{
    const ent_market_t *market = &model->market[model->cell[model->presence_cell[p]].market];
    const uint16_t local = (uint16_t)(p - market->first_presence);
    const uint16_t next = (uint16_t)(state->step - model->first_step + 1);
    for (long i = market->first_slot; i < market->first_slot + market->n_slots; i++) {
        if (state->supplier[i] == local) {
            state->renewal_step[i] = next;
        }
    }
}

static void fail_or_grow(const ent_model_t *model, const ent_world_t *world, ent_state_t *state, int f)
{
    const ent_firm_t *firm = &model->firm[f];
    const int steps_per_year = model->config->calendar.steps_per_year;
    if (state->firm_state[f] == ENT_FIRM_ALIVE && state->firm_cash[f] < 0.0f) {
        state->firm_state[f] = ENT_FIRM_FAILED;
    } else if (state->firm_state[f] == ENT_FIRM_FAILED) {
        const ent_draw4_t draw =
            ent_draw4(world->chance_stream, firm->key, state->step, ENT_PURPOSE_ENTRY, 1);
        if (ent_uniform(draw.word[0], draw.word[1]) <
            ent_step_hazard(world->global.successor_rate, steps_per_year)) {
            state->firm_state[f] = ENT_FIRM_GROWING;
            state->firm_cash[f] = (float)world->sector[firm->sector].credit_large;
        }
    }
}

/* Cash of a firm after the step; failure, or a successor. */
static void keep_cash(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                      ent_workspace_t *workspace, int f)
{
    const ent_firm_t *firm = &model->firm[f];
    const ent_sector_parameters_t *sector = &world->sector[firm->sector];
    const double months = 12.0 / model->config->calendar.steps_per_year;
    if (firm->pooled || firm->owner >= 0 || !(firm->output > 0.0)) {
        return;
    }
    const double profit = months * (workspace->firm_profit[f] - sector->fixed_cost);
    if (state->firm_state[f] != ENT_FIRM_FAILED) {
        state->firm_cash[f] = (float)fmin((double)state->firm_cash[f] + profit, sector->credit_large);
    }
    workspace->firm_was[f] = state->firm_state[f];
    fail_or_grow(model, world, state, f);
}

/* Capacity that beliefs call for, over what sales call for now. */
static double capacity_lead(const ent_world_t *world, const ent_workspace_t *workspace, int sector, int f)
{
    const double sales = workspace->firm_sales[f];
    const double ahead = sales > 0.0 ? workspace->firm_ahead[f] / sales : 1.0;
    return ent_exp(world->sector[sector].investment_response *
                   ent_log(fmin(fmax(ahead, 1.0 / longest_lead), longest_lead)));
}

void ent_keep_accounts(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                       ent_workspace_t *workspace)
{
    const ent_mechanisms_t *on = &model->config->mechanisms;
    const int sums = on->failure || on->investment;
    if (!sums && !on->markups) {
        return;
    }
    const ent_partition_t *mine = &workspace->partition;
#pragma omp for schedule(static, 1) nowait
    for (int t = 0; t < mine->n_threads; t++) {
        for (int m = mine->first_market[t]; m < mine->first_market[t + 1]; m++) {
            expect_market(model, world, state, workspace, m);
        }
    }
    if (!sums) {
        return;
    }
#pragma omp barrier
    /* a firm sells in the markets of one sector: sectors are apart, and its sums have the order of markets */
#pragma omp for schedule(dynamic, 1)
    for (int s = 0; s < model->n_sector; s++) {
        for (int m = s; m < model->n_markets; m += model->n_sector) {
            add_market(model, world, state, workspace, &model->market[m]);
        }
    }
#pragma omp for schedule(static) nowait
    for (int f = 0; f < model->n_firms; f++) {
        if (on->failure) {
            keep_cash(model, world, state, workspace, f);
        }
        if (on->investment) {
            workspace->firm_ahead[f] = capacity_lead(world, workspace, model->firm[f].sector, f);
        }
    }
}

void ent_begin_accounts(const ent_model_t *model, ent_workspace_t *workspace)
{
    const ent_mechanisms_t *on = &model->config->mechanisms;
    const size_t size = (size_t)model->n_firms * sizeof(double);
    if (on->failure || on->investment) {
        memset(workspace->firm_profit, 0, size);
        memset(workspace->firm_ahead, 0, size);
        memset(workspace->firm_sales, 0, size);
        workspace->kernel->exp(workspace->firm_log_cost, model->n_firms, workspace->firm_cost);
    }
}

void ent_close_accounts(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                        const ent_workspace_t *workspace)
{
    const double months = 12.0 / model->config->calendar.steps_per_year;
    const double growth = fmin(1.0, months / world->global.visibility_growth);
    for (int i = 0; i < model->n_followed && model->config->mechanisms.failure; i++) {
        const int p = model->followed[i], f = model->presence_firm[p];
        if (state->firm_state[f] == ENT_FIRM_ALIVE) {
            continue;
        }
        if (state->firm_state[f] == ENT_FIRM_FAILED && workspace->firm_was[f] != ENT_FIRM_FAILED) {
            state->mass[p] = 0.0;
            end_contracts(model, state, p);
        } else if (state->firm_state[f] == ENT_FIRM_GROWING) {
            state->mass[p] += growth * (1.0 - state->mass[p]);
        }
    }
}
