/* Small exporters (docs/model.md, "Entry and exit"). In the home region each is an agent with one
 * destination: it enters when an opportunity is worth its sunk cost under its beliefs, leaves at a hazard
 * that falls with tenure and with what staying is worth, and fails when its cash is gone. In other regions
 * the same equations move the mean. */
#include "engine/exporters.h"

#include "agents/entry.h"
#include "base/draw_lanes.h"
#include "base/memory.h"
#include "base/vmath.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    TENURE_YEARS = 50, /* beyond, the hazard stays */
    LEAST_PLACES = 8,  /* cells with fewer follow the mean dynamics */
    BATCH = 128
};
static const double medium_share = 0.2; /* the larger fifth of small exporters is of medium size */

static int is_foreign(const ent_model_t *model, const ent_cell_t *cell)
{
    return cell->origin != model->market[cell->market].destination;
}

static uint64_t place_key(const ent_model_t *model, int cell)
{
    return ent_name_hash(model->presence_key[model->cell[cell].fringe], "exporter");
}

/* ---- layout
 * ------------------------------------------------------------------------------------------------- */

/* Share of the fringe of a cell that firms beyond the large ranks have. */
static double margin_share(const ent_model_t *model, const ent_cell_t *cell)
{
    const double *share = model->size_share + (size_t)model->market[cell->market].sector * ENT_RANKED_FIRMS;
    const int followed = cell->fringe - cell->first_presence;
    const int large = (int)lround(model->config->global.large_ranks);
    double fringe = 0.0, small = 0.0;
    for (int k = followed; k < ENT_RANKED_FIRMS; k++) {
        fringe += share[k];
        small += k >= large ? share[k] : 0.0;
    }
    return fringe > 0.0 ? small / fringe : 1.0;
}

/* Sectors of goods that the home region exports. */
static int exporting_sectors(const ent_model_t *model)
{
    int n = 0;
    for (int s = 0; s < model->n_sector; s++) {
        int exports = 0;
        for (int d = 0; d < model->n_region; d++) {
            const int m = d * model->n_sector + s;
            exports |= d != model->config->home && model->market[m].stocked &&
                       model->cell_of[m * model->n_region + model->config->home] >= 0;
        }
        n += exports;
    }
    return n;
}

int ent_lay_exporters(ent_model_t *model, ent_context_t *ctx)
{
    const ent_config_t *config = model->config;
    model->place_begin = ent_calloc(ctx, (size_t)model->n_cells + 1, sizeof *model->place_begin);
    model->cell_exporters = ent_calloc(ctx, (size_t)model->n_cells, sizeof *model->cell_exporters);
    model->cell_margin = ent_calloc(ctx, (size_t)model->n_cells, sizeof *model->cell_margin);
    if (model->place_begin == NULL || model->cell_exporters == NULL || model->cell_margin == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    double small = config->exporters.firms, sum = 0.0;
    if (config->mechanisms.entry) {
        small -= config->global.large_ranks * exporting_sectors(model);
    }
    for (int c = 0; c < model->n_cells && config->mechanisms.entry; c++) {
        const ent_cell_t *cell = &model->cell[c];
        model->cell_margin[c] = margin_share(model, cell);
        if (cell->origin == config->home && is_foreign(model, cell) && model->market[cell->market].stocked) {
            const double value = model->cell_margin[c] * model->presence_share[cell->fringe] *
                                 model->market[cell->market].expenditure;
            model->cell_exporters[c] = pow(value, config->global.exporter_spread);
            sum += model->cell_exporters[c];
        }
    }
    for (int c = 0; c < model->n_cells; c++) {
        int n = 0;
        if (model->cell_exporters[c] > 0.0) {
            model->cell_exporters[c] *= fmax(small, 0.0) / sum;
            n = 2 * (int)lround(model->cell_exporters[c] / config->exporters.per_agent);
        }
        model->place_begin[c] = model->n_places;
        model->n_places += n >= LEAST_PLACES ? n : 0;
    }
    model->place_begin[model->n_cells] = model->n_places;
    return 0;
}

/* Size of an exporter against the mean of its cell; log-normal. */
static float exporter_size(const ent_world_t *world, double uniform)
{
    const double spread = world->global.exporter_size_dispersion;
    return (float)ent_exp(spread * gsl_cdf_ugaussian_Pinv(uniform) - 0.5 * spread * spread);
}

int ent_lay_tenure(ent_world_t *world, const ent_model_t *model, ent_context_t *ctx)
{
    const int steps = model->config->calendar.steps_per_year;
    const ent_global_parameters_t *p = &world->global;
    /* five years' survivors are among those of one year, whatever the draws */
    const double five = fmin(p->survival_five_years, 0.9 * p->survival_one_year);
    const ent_survival_t survival = ent_survival_fit(p->survival_one_year, five);
    const int n = TENURE_YEARS * steps;
    world->survival[0] = p->survival_one_year;
    world->survival[1] = five;
    world->n_tenures = n;
    world->renewal_hazard = ent_calloc(ctx, (size_t)model->n_sector, sizeof *world->renewal_hazard);
    world->exit_hazard = ent_calloc(ctx, (size_t)n, sizeof *world->exit_hazard);
    world->tenure_distribution = ent_calloc(ctx, (size_t)n, sizeof *world->tenure_distribution);
    world->growth = ent_calloc(ctx, (size_t)n, sizeof *world->growth);
    if (world->renewal_hazard == NULL || world->exit_hazard == NULL || world->tenure_distribution == NULL ||
        world->growth == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int s = 0; s < model->n_sector; s++) {
        world->renewal_hazard[s] = ent_step_hazard(world->sector[s].renewal_rate, steps);
    }
    double grown = 0.0;
    for (int j = 0; j < n; j++) {
        const double now = ent_survival(&survival, (double)j / steps);
        world->exit_hazard[j] = (float)(1.0 - ent_survival(&survival, (j + 1.0) / steps) / now);
        world->growth[j] =
            (float)ent_exporter_growth(j * 12.0 / steps, p->initial_visibility, p->visibility_growth);
        world->mean_tenure += now;
        grown += now * (double)world->growth[j];
        world->tenure_distribution[j] = (float)world->mean_tenure;
    }
    for (int j = 0; j < n; j++) {
        world->tenure_distribution[j] = (float)((double)world->tenure_distribution[j] / world->mean_tenure);
    }
    world->mean_growth = grown / world->mean_tenure;
    world->medium_size = exporter_size(world, 1.0 - medium_share);
    return 0;
}

/* ---- the first step
 * ----------------------------------------------------------------------------------------- */

static double fraction(double x)
{
    return x - floor(x);
}

static int tenure_at(const ent_world_t *world, double quantile)
{
    int low = 0, high = world->n_tenures - 1;
    while (low < high) {
        const int middle = (low + high) / 2;
        if ((double)world->tenure_distribution[middle] < quantile) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void ent_begin_exporters(ent_state_t *state, const ent_model_t *model, const ent_world_t *world)
{
    /* additive recurrences with the plastic number spread pairs evenly over the square */
    static const double step_tenure = 0.7548776662466927, step_size = 0.5698402909980532;
    for (int c = 0; c < model->n_cells; c++) {
        const int begin = model->place_begin[c], n = model->place_begin[c + 1] - begin;
        if (n == 0) {
            continue;
        }
        const double credit = world->sector[model->market[model->cell[c].market].sector].credit;
        const ent_draw4_t draw =
            ent_draw4(world->chance_stream, place_key(model, c), model->first_step - 1, ENT_PURPOSE_ENTRY, 0);
        const double shift_tenure = ent_uniform(draw.word[0], draw.word[1]);
        const double shift_size = ent_uniform(draw.word[2], draw.word[3]);
        for (int i = 0; i < n; i++) {
            const double a = fraction(shift_tenure + i * step_tenure);
            const double b = fraction(shift_size + i * step_size);
            state->tenure[begin + i] = i % 2 == 0 ? (uint16_t)(tenure_at(world, a) + 1) : 0;
            state->exporter_size[begin + i] = exporter_size(world, fmin(fmax(b, 1e-6), 1.0 - 1e-6));
            state->exporter_cash[begin + i] = (float)(2.0 * credit * fraction(b + 0.5));
        }
    }
}

/* ---- what entering and staying are worth
 * -------------------------------------------------------------------- */

void ent_value_entry(const ent_model_t *model, const ent_world_t *world, ent_workspace_t *workspace, int cell,
                     int type, int certain, double discount, double now, const double *probability,
                     const double *after)
{
    enum { MOST = 64 };
    const int n = model->config->n_regimes;
    const double theta = world->sector[model->market[model->cell[cell].market].sector].trade_elasticity;
    double value[MOST], stay = 0.0;
    for (int r = 0; r < n; r++) {
        value[r] = probability[r] > 0.0 ? ent_exp(-theta * after[r]) : 0.0;
        stay += probability[r] * value[r];
    }
    const double current = ent_exp(-theta * now);
    const double staying = certain ? stay : (1.0 - discount) * current + discount * stay;
    const double entering = certain ? stay : ent_entry_threshold(current, discount, n, probability, value);
    const int at = type * model->n_cells + cell;
    workspace->stay_log[at] = (float)ent_log(staying);
    workspace->enter_log[at] = (float)ent_log(fmin(entering, staying));
}

double ent_cell_appeal(const ent_model_t *model, const ent_world_t *world, const ent_state_t *state, int cell)
{
    const ent_cell_t *c = &model->cell[cell];
    const double theta = world->sector[model->market[c->market].sector].trade_elasticity;
    const size_t u = (size_t)(state->step - model->first_step);
    return theta * (state->log_inclusive[c->market] - state->log_price[c->fringe]) +
           (double)world->log_demand[u * (size_t)model->n_markets + (size_t)c->market] +
           ent_market_currency(model, world, model->market[c->market].destination, (int)u);
}

/* ---- the step
 * ----------------------------------------------------------------------------------------------- */

/* What a step means for the exporters of a cell of the home region. */
typedef struct {
    double opportunity; /* of an empty place, per step */
    double accept[ENT_BELIEF_TYPES], leave[ENT_BELIEF_TYPES];
    double profit, cap; /* months of revenue */
    int n_types, failure;
    int year; /* steps of a year */
} margin_t;

static double opportunity(const ent_world_t *world)
{
    return 1.0 / (ENT_ENTRY_ACCEPTED * world->mean_tenure);
}

static margin_t margin_of(const ent_model_t *model, const ent_world_t *world, const ent_state_t *state,
                          const ent_workspace_t *workspace, int c)
{
    const ent_cell_t *cell = &model->cell[c];
    const ent_sector_parameters_t *p = &world->sector[model->market[cell->market].sector];
    const double appeal = ent_cell_appeal(model, world, state, c);
    margin_t margin = {.opportunity = opportunity(world),
                       .n_types = workspace->n_types,
                       .failure = model->config->mechanisms.failure,
                       .year = model->config->calendar.steps_per_year,
                       .cap = 2.0 * p->credit};
    for (int k = 0; k < margin.n_types; k++) {
        const int at = k * model->n_cells + c;
        margin.accept[k] =
            ent_entry_probability(appeal + (double)workspace->enter_log[at], p->entry_response);
        margin.leave[k] = ent_exit_factor(appeal + (double)workspace->stay_log[at], p->exit_response);
    }
    return margin;
}

/* Profit of a step, months of revenue. */
static double margin_profit(const ent_model_t *model, const ent_world_t *world, const ent_state_t *state,
                            const ent_workspace_t *workspace, int c)
{
    const ent_cell_t *cell = &model->cell[c];
    const ent_sector_parameters_t *p = &world->sector[model->market[cell->market].sector];
    const double cost = ent_exp(workspace->firm_log_cost[model->presence_firm[cell->fringe]]);
    const double months = 12.0 / model->config->calendar.steps_per_year;
    return months * ent_exporter_profit((double)state->sales_ratio[cell->fringe],
                                        ent_exp(state->log_price[cell->fringe]), cost, p->profit_margin,
                                        p->fixed_cost);
}

static double unit_interval(uint32_t word)
{
    return ((double)word + 0.5) * 0x1p-32;
}

/* An exporter comes to an empty place. */
static void settle_in(const margin_t *margin, const ent_world_t *world, ent_state_t *state, int place,
                      uint64_t key)
{
    const ent_draw4_t draw = ent_draw4(world->chance_stream, key, state->step, ENT_PURPOSE_ENTRY, 1);
    state->tenure[place] = 1;
    state->exporter_size[place] = exporter_size(world, unit_interval(draw.word[0]));
    state->exporter_cash[place] = (float)(margin->cap * unit_interval(draw.word[1]));
}

/* One place in one step: u decides on entry or exit. */
static void play_place(const margin_t *margin, const ent_world_t *world, ent_state_t *state, int place,
                       int type, uint64_t key, double u, ent_margin_count_t count[2])
{
    const int tenure = state->tenure[place];
    const int last = world->n_tenures;
    if (tenure == 0) {
        if (u >= margin->opportunity * margin->accept[type]) {
            return;
        }
        settle_in(margin, world, state, place, key);
        count[state->exporter_size[place] <= world->medium_size].entrants++;
    } else {
        const double cash = fmin((double)state->exporter_cash[place] + margin->profit, margin->cap);
        const int class = state->exporter_size[place] <= world->medium_size;
        const int fails = margin->failure && cash < 0.0;
        state->exporter_cash[place] = (float)cash;
        if (fails ||
            u < (double)world->exit_hazard[tenure <= last ? tenure - 1 : last - 1] * margin->leave[type]) {
            state->tenure[place] = 0;
            count[class].failures += fails;
            count[class].leavers += !fails;
            return;
        }
        state->tenure[place] = (uint16_t)(tenure < UINT16_MAX ? tenure + 1 : tenure);
    }
    const int now = state->tenure[place], class = state->exporter_size[place] <= world->medium_size;
    count[class].active++;
    count[class].one_year += now == margin->year + 1;
    count[class].five_years += now == 5 * margin->year + 1;
    count[class].mass +=
        (double)state->exporter_size[place] * (double)world->growth[now <= last ? now - 1 : last - 1];
}

/* Places of a cell; four share the words of a draw. */
static void play_cell(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                      ent_workspace_t *workspace, int c)
{
    const int begin = model->place_begin[c], n = model->place_begin[c + 1] - begin;
    margin_t margin = margin_of(model, world, state, workspace, c);
    const uint64_t key = place_key(model, c);
    ent_margin_count_t *count = workspace->margin_count + 2 * model->cell[c].market;
    uint64_t agent[BATCH];
    uint32_t words[4][BATCH];
    margin.profit = margin_profit(model, world, state, workspace, c);
    memset(count, 0, 2 * sizeof *count);
    for (int first = 0; first < n; first += 4 * BATCH) {
        const int m = n - first < 4 * BATCH ? n - first : 4 * BATCH, groups = (m + 3) / 4;
        for (int i = 0; i < BATCH; i++) {
            agent[i] = key + (uint64_t)(first / 4 + (i < groups ? i : 0));
        }
        ent_draw4_lanes(world->chance_stream, agent,
                        (groups + ENT_DRAW_MULTIPLE - 1) / ENT_DRAW_MULTIPLE * ENT_DRAW_MULTIPLE, state->step,
                        ENT_PURPOSE_ENTRY, 0, (uint32_t *const[4]){words[0], words[1], words[2], words[3]});
        for (int i = 0; i < m; i++) {
            const uint64_t own = key + (uint64_t)(first + i);
            const int type = margin.n_types > 1 ? (int)(ent_mix64(own) % (uint64_t)margin.n_types) : 0;
            play_place(&margin, world, state, begin + first + i, type, own,
                       unit_interval(words[i % 4][i / 4]), count);
        }
    }
    const double established = 0.5 * n * world->mean_growth;
    for (int k = 0; k < 2; k++) {
        count[k].mass *= model->cell_margin[c] / established;
    }
    state->mass[model->cell[c].fringe] = 1.0 - model->cell_margin[c] + count[0].mass + count[1].mass;
}

/* The same equations in the mean, where half of all places are taken at the benchmark, for at most BATCH
 * cells of a market, whose exponentials are taken together. */
static void play_means(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                       ent_workspace_t *workspace, const int *cell, int n)
{
    const ent_market_t *market = &model->market[model->cell[cell[0]].market];
    const ent_sector_parameters_t *p = &world->sector[market->sector];
    const long middle = (long)(workspace->n_types / 2) * model->n_cells;
    const double chance = opportunity(world);
    double enter[BATCH], leave[BATCH];
    for (int i = 0; i < n; i++) {
        const double appeal = ent_cell_appeal(model, world, state, cell[i]);
        enter[i] = p->entry_response * (appeal + (double)workspace->enter_log[middle + cell[i]]);
        leave[i] = -p->exit_response * (appeal + (double)workspace->stay_log[middle + cell[i]]);
    }
    workspace->kernel->exp(enter, n, enter);
    workspace->kernel->exp(leave, n, leave);
    for (int i = 0; i < n; i++) {
        const int c = cell[i];
        const double small = model->cell_margin[c];
        double *mass = &state->mass[model->cell[c].fringe];
        /* plants that take over a presence's slots may leave it more or less than its places hold */
        const double taken = fmin(1.0, fmax(0.0, 0.5 * (*mass - (1.0 - small)) / small));
        const double entrants = (1.0 - taken) * chance * ent_entry_accepted(enter[i]);
        const double leavers = fmin(taken, taken * ent_exit_bounded(leave[i]) / world->mean_tenure);
        const double after = 2.0 * (taken + entrants - leavers);
        *mass = 1.0 - small + small * after;
        for (int k = 0; k < 2 && model->cell[c].origin == model->config->home; k++) {
            const double share = k == 0 ? medium_share : 1.0 - medium_share;
            workspace->margin_count[2 * model->cell[c].market + k] =
                (ent_margin_count_t){.active = share * after,
                                     .entrants = share * 2.0 * entrants,
                                     .leavers = share * 2.0 * leavers,
                                     .mass = share * small * after};
        }
    }
}

static void play_market(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                        ent_workspace_t *workspace, const ent_market_t *market)
{
    int mean[BATCH], n = 0;
    for (int c = market->first_cell; c < market->first_cell + market->n_cells; c++) {
        if (model->place_begin[c + 1] > model->place_begin[c]) {
            play_cell(model, world, state, workspace, c);
        } else if (is_foreign(model, &model->cell[c]) && model->cell_margin[c] > 0.0) {
            mean[n++] = c;
        }
        if (n == BATCH) {
            play_means(model, world, state, workspace, mean, n);
            n = 0;
        }
    }
    if (n > 0) {
        play_means(model, world, state, workspace, mean, n);
    }
}

void ent_enter_and_leave(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                         ent_workspace_t *workspace)
{
    if (!model->config->mechanisms.entry) {
        return;
    }
    int b, helped = 0;
    while ((b = ent_partition_next(&workspace->partition, ENT_LOOP_EXPORTERS, &helped)) >= 0) {
        const ent_market_t *market = &model->market[model->block[b].market];
        if (b == market->first_block) {
            play_market(model, world, state, workspace, market);
        }
    }
}
