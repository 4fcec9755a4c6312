/* What importers expect of tariffs in a step, by cell and belief type: the rate that counts for a new
 * contract and the anticipatory change of the target stock. Most cells have no measure and cost nothing. */
#include "agents/beliefs.h"
#include "agents/expectation.h"
#include "base/vmath.h"
#include "policy/schedule_internal.h"
#include "engine/exporters.h"
#include "engine/workspace.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <omp.h>
#include <string.h>

/* Importers read the public signal: a bias of their own and a passing noise, sorted into equally likely
 * classes. */
static double signal_spread(const ent_world_t *world)
{
    return hypot(world->global.belief_bias, world->global.belief_noise);
}

static ent_signal_reading_t signal_reading(const ent_world_t *world, const ent_state_t *state)
{
    const double spread = signal_spread(world);
    ent_signal_reading_t reading = {.stream = world->chance_stream,
                                    .step = state->step,
                                    .bias = (float)world->global.belief_bias,
                                    .noise = (float)world->global.belief_noise,
                                    .n_edges = ENT_BELIEF_TYPES - 1};
    for (int k = 0; k < reading.n_edges; k++) {
        reading.edge[k] = (float)(spread * gsl_cdf_ugaussian_Pinv((k + 1.0) / ENT_BELIEF_TYPES));
    }
    return reading;
}

static void read_signal(const ent_model_t *model, ent_state_t *state, const ent_workspace_t *workspace,
                        const ent_block_t *block)
{
    const ent_market_t *market = &model->market[block->market];
    const int first = (block->first_tile - market->first_tile) * (ENT_TILE / ENT_SLOTS);
    const int most = block->n_tiles * (ENT_TILE / ENT_SLOTS), left = market->n_importers - first;
    workspace->kernel->read_signal(&workspace->prospect.reading, market->key + (uint64_t)first,
                                   left < most ? left : most, state->belief + market->first_importer + first);
}

/* The public's probabilities: from signals, or from the talks; 1 when regimes are contemplated. */
static int public_odds(const ent_config_t *config, const ent_odds_t *odds, int regime, int step,
                       double *probability)
{
    if (!odds->talks) {
        return (odds->held ? ent_held_belief : ent_public_belief)(config, regime, step, probability);
    }
    memset(probability, 0, (size_t)config->n_regimes * sizeof *probability);
    probability[odds->regime[0]] = odds->probability;
    probability[odds->regime[1]] += 1.0 - odds->probability;
    return odds->probability > 0.0 && odds->probability < 1.0;
}

/* Probabilities of the regimes by belief type; [0] of `public` without individual readings. */
static int regime_probabilities(const ent_model_t *model, const ent_world_t *world, int regime,
                                const ent_state_t *state, const ent_workspace_t *workspace,
                                double public[ENT_MOST_REGIMES],
                                double type[ENT_BELIEF_TYPES][ENT_MOST_REGIMES])
{
    const ent_config_t *config = model->config;
    const int contemplated = public_odds(config, &workspace->odds, regime, state->step, public);
    if (!contemplated) {
        return 1;
    }
    ent_belief_tilt(public, config->n_regimes, world->belief_shift);
    const double spread = signal_spread(world);
    const int n_types = spread > 0.0 ? ENT_BELIEF_TYPES : 1;
    for (int k = 0; k < n_types; k++) {
        memcpy(type[k], public, sizeof type[k]);
        if (n_types > 1) {
            ent_belief_tilt(type[k], config->n_regimes, spread * ent_belief_class_mean(k, n_types));
        }
    }
    return n_types;
}

typedef struct {
    const float *path; /* ln(1 + expected rate) from this step on, or NULL: the benchmark rate */
    float arrival;     /* of what arrives now */
    float contract;    /* over a contract's life */
    const float *rate, *threat, *hearsay; /* from this step on: expected, and what of it rests on which news;
                                             NULL: news is not weighed */
    float notice;                         /* share of the step in which an order is in time */
} regime_view_t;

/* How a cell looks under each regime; 1 when some regime moves its rate away from the benchmark. */
static int views_of_cell(const ent_model_t *model, const ent_world_t *world, const ent_workspace_t *workspace,
                         int c, size_t index, int u, float base_log, const double *public,
                         regime_view_t *view)
{
    int active = 0;
    for (int r = 0; r < model->config->n_regimes; r++) {
        const ent_schedule_t *schedule = &world->policy->schedule[r];
        const int row = schedule->row_of_cell[index];
        const int epoch = schedule->epoch_of_step[u];
        view[r] = (regime_view_t){.arrival = base_log, .contract = base_log, .notice = 1.0f};
        if (model->n_quotas > 0 && public[r] != 0.0) {
            const long own = (long)omp_get_thread_num() * model->config->n_regimes + r;
            float *path = workspace->quota_path + 2L * own * workspace->quota_length;
            if (ent_quota_view(model, world, workspace, r, c, u, path, &view[r].arrival, &view[r].contract)) {
                view[r].path = path;
                active = 1;
                continue;
            }
        }
        if (row < 0 || public[r] == 0.0 ||
            !schedule->active[(size_t)epoch * (size_t)schedule->n_rows + (size_t)row]) {
            continue;
        }
        const size_t at = (size_t)epoch * (size_t)schedule->n_rows + (size_t)row;
        view[r].path = world->policy->log_rate[r] + at * (size_t)schedule->n_steps + u;
        view[r].arrival = view[r].path[0];
        view[r].contract = world->contract_log_rate[r][(size_t)u * (size_t)schedule->n_rows + (size_t)row];
        if (schedule->threat != NULL) {
            const size_t first = at * (size_t)schedule->n_steps + (size_t)u;
            view[r].rate = schedule->expected + first;
            view[r].threat = schedule->threat + first;
            view[r].hearsay = schedule->hearsay + first;
            view[r].notice = schedule->notice[(size_t)row * (size_t)schedule->n_steps + (size_t)u];
        }
        active = 1;
    }
    return active;
}

static float mixed_path(const regime_view_t *view, const double *probability, int n_regimes, float base_log,
                        int from, int n, float *path)
{
    memset(path, 0, (size_t)n * sizeof *path);
    float contract = 0.0f;
    for (int r = 0; r < n_regimes; r++) {
        const float p = (float)probability[r];
        if (p == 0.0f) {
            continue;
        }
        contract += p * view[r].contract;
        for (int j = 0; j < n; j++) {
            path[j] += p * (view[r].path != NULL ? view[r].path[from + j] : base_log);
        }
    }
    return contract;
}

static int weighs_news(const ent_sector_parameters_t *p)
{
    return p->news_law != 1.0 || p->news_threat != 1.0 || p->news_hearsay != 1.0 || p->news_days != 0.0;
}

/* ln(1 + rate) on arrivals j steps after the earliest, as far as stocks are built up for it: what changes
 * from the earliest arrival on counts with the weight of the news it rests on. */
static float weighed_rate(const regime_view_t *view, const ent_sector_parameters_t *p, int from, int j)
{
    const float threat = view->threat[from + j] - view->threat[from];
    const float hearsay = view->hearsay[from + j] - view->hearsay[from];
    const float law = view->rate[from + j] - view->rate[from] - threat - hearsay;
    const float rate = view->rate[from] + (float)p->news_law * law + (float)p->news_threat * threat +
                       (float)p->news_hearsay * hearsay;
    return ent_logf(1.0f + (rate > -0.5f ? rate : -0.5f));
}

/* The expected path with the news weighed, into `path`; the share of the step in which orders are in time. */
static float weigh_news(const regime_view_t *view, const double *probability, int n_regimes, float base_log,
                        const ent_sector_parameters_t *p, int from, int n, float *path)
{
    float notice = 0.0f;
    memset(path, 0, (size_t)n * sizeof *path);
    for (int r = 0; r < n_regimes; r++) {
        const float share = (float)probability[r];
        for (int j = 0; share != 0.0f && j < n; j++) {
            path[j] += share * (view[r].path == NULL   ? base_log
                                : view[r].rate == NULL ? view[r].path[from + j]
                                                       : weighed_rate(&view[r], p, from, j));
        }
        notice += share * view[r].notice;
    }
    return p->news_days != 0.0 ? notice : 1.0f;
}

static float mean_arrival(const regime_view_t *view, const double *probability, int n_regimes)
{
    float mean = 0.0f;
    for (int r = 0; r < n_regimes; r++) {
        const float p = (float)probability[r];
        mean += p == 0.0f ? 0.0f : p * view[r].arrival;
    }
    return mean;
}

static void duties_of_cell(const ent_schedule_t *schedule, size_t index, int u, ent_workspace_t *workspace,
                           int c)
{
    const size_t at = (size_t)schedule->row_of_cell[index] * (size_t)schedule->n_steps + (size_t)u;
    workspace->duty_rate[c] = workspace->marginal_rate[c] = schedule->duty[at];
    workspace->final_rate[c] = schedule->final[at];
    workspace->refund_due[c] = schedule->refund_step[at] <= u; /* -1: nothing to wait for */
}

/* Rate that an exporter reckons with until the outcome is known, in logs: what is looked for on the way
 * there, known rises among it; where beliefs are held although the outcome is set, what is in force. */
static double rate_until_revealed(const ent_model_t *model, const ent_workspace_t *workspace,
                                  const ent_prospect_t *odds, int step, int c, const regime_view_t *view,
                                  float base_log, float *path)
{
    const double left = ceil(odds->revealed - step);
    const int n = left < 1.0 ? 1 : left < odds->horizon ? (int)left : odds->horizon;
    double sum = 0.0;
    if (odds->actual) {
        return (double)workspace->spot_log[c];
    }
    mixed_path(view, odds->public, model->config->n_regimes, base_log, 0, n, path);
    for (int j = 0; j < n; j++) {
        sum += (double)(path[j] - base_log);
    }
    return sum / n;
}

/* What entering and staying are worth in a cell whose rate some regime moves. */
static void value_cell(const ent_model_t *model, const ent_world_t *world, int step,
                       const ent_prospect_t *odds, ent_workspace_t *workspace, int c,
                       const regime_view_t *view, float base_log, float *path)
{
    const ent_config_t *config = model->config;
    double after[ENT_MOST_REGIMES];
    for (int r = 0; r < config->n_regimes; r++) {
        after[r] = (double)(view[r].contract - base_log);
    }
    const double steps = odds->revealed - step;
    const double years = fmax(steps, 0.0) / config->calendar.steps_per_year;
    const double leave = config->calendar.steps_per_year / world->mean_tenure;
    const double discount = years > 0.0 ? ent_exp(-(world->global.discount_rate + leave) * years) : 1.0;
    const double now = rate_until_revealed(model, workspace, odds, step, c, view, base_log, path);
    for (int k = 0; k < odds->n_types; k++) {
        int certain = years <= 0.0;
        for (int r = 0; r < config->n_regimes; r++) {
            certain |= odds->type[k][r] >= 1.0;
        }
        ent_value_entry(model, world, workspace, c, k, certain, discount, now, odds->type[k], after);
    }
}

/* When agents expect to know: on the day of resolution; of talks, on the deadline; of beliefs that are held
 * although the outcome is set, and of talks without end, not as far as they look. */
static double expected_reveal(const ent_model_t *model, const ent_odds_t *source, int step, int horizon)
{
    const ent_config_t *config = model->config;
    const ent_day_t day = source->talks ? config->negotiation.deadline : config->resolved;
    if ((source->held && ent_step_of_news(&config->calendar, day) <= step) ||
        (source->talks && day == ENT_DAY_NEVER)) {
        return step + horizon;
    }
    return ent_axis_steps(&config->calendar, day);
}

/* A mean of equal rates in single precision is theirs to this. */
static const float SAME_LOG_RATE = 1e-6f;

static void outlook_of_cell(const ent_model_t *model, const ent_world_t *world, int regime, int u,
                            const ent_prospect_t *odds, ent_workspace_t *workspace, int c, float *path)
{
    const ent_cell_t *cell = &model->cell[c];
    const ent_market_t *market = &model->market[cell->market];
    const int n_regimes = model->config->n_regimes;
    const size_t index = ent_cell(&model->benchmark, market->sector, cell->origin, market->destination);
    const float base_log = ent_logf(1.0f + (float)cell->base_tariff);
    regime_view_t view[ENT_MOST_REGIMES];
    duties_of_cell(&world->policy->schedule[regime], index, u, workspace, c);
    workspace->spot_log[c] = workspace->arrival_log[c] = 0.0f;
    for (int k = 0; k < odds->n_types; k++) {
        workspace->choice_log[k * model->n_cells + c] = 0.0f;
        workspace->landed_log[k * model->n_cells + c] = 0.0f;
        workspace->stock_change[k * model->n_cells + c] = 0.0f;
        workspace->enter_log[k * model->n_cells + c] = 0.0f;
        workspace->stay_log[k * model->n_cells + c] = 0.0f;
    }
    if (!views_of_cell(model, world, workspace, c, index, u, base_log, odds->public, view)) {
        return;
    }
    const ent_sector_parameters_t *p = &world->sector[market->sector];
    const ent_anticipation_t anticipation = {(float)p->stockup_cost, (float)p->stockup_limit,
                                             (float)p->stockdown_cost, (float)p->stockdown_limit,
                                             odds->months_per_step};
    mixed_path(view, odds->public, n_regimes, base_log, 0, 1, path);
    workspace->spot_log[c] = path[0] - base_log;
    workspace->arrival_log[c] = mean_arrival(view, odds->public, n_regimes) - base_log;
    if (odds->actual) {
        /* what is in force is known, whatever is held of the rest */
        workspace->spot_log[c] = (view[regime].path != NULL ? view[regime].path[0] : base_log) - base_log;
        workspace->arrival_log[c] = view[regime].arrival - base_log;
    }
    for (int k = 0; k < odds->n_types; k++) {
        const float contract =
            mixed_path(view, odds->type[k], n_regimes, base_log, cell->lag, odds->horizon, path);
        workspace->choice_log[k * model->n_cells + c] = contract - base_log;
        workspace->landed_log[k * model->n_cells + c] = path[0] - base_log;
        const float in_time =
            market->stocked && weighs_news(p)
                ? weigh_news(view, odds->type[k], n_regimes, base_log, p, cell->lag, odds->horizon, path)
                : 1.0f;
        const float months =
            market->stocked ? in_time * ent_anticipated_stock(path, odds->horizon, &anticipation) : 0.0f;
        if (fabsf(contract - base_log - workspace->spot_log[c]) > SAME_LOG_RATE) {
#pragma omp atomic write
            workspace->expects[cell->market] = 1;
        }
        workspace->stock_change[k * model->n_cells + c] = months / odds->months_per_step;
    }
    if (model->config->mechanisms.entry || model->config->mechanisms.investment) {
        value_cell(model, world, u + model->first_step, odds, workspace, c, view, base_log, path);
    }
    if (odds->n_types > 1) {
#pragma omp atomic write
        workspace->typed[cell->market] = 1;
    }
}

void ent_outlook_begin(const ent_model_t *model, const ent_world_t *world, int regime,
                       const ent_state_t *state, ent_workspace_t *workspace)
{
    ent_prospect_t *odds = &workspace->prospect;
    *odds = (ent_prospect_t){.months_per_step = 12.0f / (float)model->config->calendar.steps_per_year};
    odds->horizon = (int)lround(world->global.expectation_horizon / (double)odds->months_per_step);
    odds->revealed = expected_reveal(model, &workspace->odds, state->step, odds->horizon);
    odds->actual = workspace->odds.held &&
                   ent_step_of_news(&model->config->calendar, model->config->resolved) <= state->step;
    odds->n_types = regime_probabilities(model, world, regime, state, workspace, odds->public, odds->type);
    if (odds->n_types == 1 && odds->type[0][0] == 0.0) {
        memcpy(odds->type[0], odds->public, sizeof odds->public);
    }
    if (odds->n_types > 1) {
        odds->reading = signal_reading(world, state);
    }
    workspace->n_types = odds->n_types;
    memset(workspace->typed, 0, (size_t)model->n_markets);
    memset(workspace->expects, 0, (size_t)model->n_markets);
}

void ent_outlook(const ent_model_t *model, const ent_world_t *world, int regime, ent_state_t *state,
                 ent_workspace_t *workspace)
{
#pragma omp for schedule(dynamic, 4) nowait
    for (int b = 0; b < model->n_blocks; b++) {
        if (workspace->prospect.n_types > 1) {
            read_signal(model, state, workspace, &model->block[b]);
        }
    }
#pragma omp for schedule(dynamic, 16) nowait
    for (int i = 0; i < model->n_touched; i++) {
        outlook_of_cell(model, world, regime, state->step - model->first_step, &workspace->prospect,
                        workspace, model->touched[i],
                        workspace->path + omp_get_thread_num() * workspace->path_length);
    }
}
