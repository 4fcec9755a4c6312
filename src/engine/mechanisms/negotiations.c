/* A negotiated scenario (docs/model.md, "Negotiation"): while talks run the measures of the two regimes on
 * the table are not in force; both are looked for on the deadline, with the probability that the talks give
 * off. When offers meet the deal regime begins in the next step, to the extent each side conceded; when the
 * deadline passes the other regime does. */
#include "agents/negotiation.h"
#include "base/memory.h"
#include "base/vmath.h"
#include "engine/workspace.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what talks are measured against
 * ------------------------------------------------------------------------- */

/* Exports of one side to the other in the step just played, million USD. */
static double side_exports(const ent_model_t *model, const ent_workspace_t *workspace, int i)
{
    const ent_negotiation_t *n = &model->config->negotiation;
    double sum = 0.0;
    for (int s = 0; s < model->n_sector; s++) {
        const int m = n->side[1 - i] * model->n_sector + s;
        const int c = model->cell_of[m * model->n_region + n->side[i]];
        sum += c >= 0 ? workspace->cell_value[c] : 0.0;
    }
    return sum;
}

/* Consumers' prices of one side, weighted with benchmark expenditure. */
static double side_prices(const ent_model_t *model, const ent_state_t *state, int i)
{
    double sum = 0.0, weight = 0.0;
    for (int s = 0; s < model->n_sector; s++) {
        const int m = model->config->negotiation.side[i] * model->n_sector + s;
        sum += model->market[m].expenditure * state->price_index[m];
        weight += model->market[m].expenditure;
    }
    return weight > 0.0 ? sum / weight : 1.0;
}

void ent_talks_observe(const ent_model_t *model, ent_state_t *state, const ent_workspace_t *workspace)
{
    const ent_config_t *config = model->config;
    if (!config->negotiation.given) {
        return;
    }
    const int begin = ent_step_of_day(&config->calendar, config->negotiation.from);
    const int played = state->step - 1;
    if (played >= begin || played < begin - config->calendar.steps_per_year) {
        return;
    }
    const double seen = state->talks[ENT_TALKS_SEEN];
    for (int i = 0; i < 2; i++) {
        double *exports = &state->talks[ENT_TALKS_EXPORTS + i], *prices = &state->talks[ENT_TALKS_PRICES + i];
        *exports = (*exports * seen + side_exports(model, workspace, i)) / (seen + 1.0);
        *prices = (*prices * seen + side_prices(model, state, i)) / (seen + 1.0);
    }
    state->talks[ENT_TALKS_SEEN] = seen + 1.0;
}

/* ---- regimes with other dates
 * ---------------------------------------------------------------------------------- */

static ent_day_t earlier(ent_day_t a, ent_day_t b)
{
    return a < b ? a : b;
}

/* In this regime, and not in every one. */
static int own(const ent_config_t *config, const unsigned char *regimes, int regime)
{
    return ent_some_regimes(regimes, config->n_regimes) && regimes[regime];
}

/* The earliest day on which something of a regime's own begins. */
static ent_day_t first_day(const ent_config_t *config, int regime)
{
    const ent_regime_t *r = &config->regimes[regime];
    ent_day_t day = ENT_DAY_NEVER;
    for (int i = 0; i < r->n_measures; i++) {
        day = earlier(day, config->measures[r->measures[i]].effective);
    }
    for (int i = 0; i < config->n_purchases; i++) {
        const ent_purchase_t *purchase = &config->purchases[i];
        day = own(config, purchase->regimes, regime) ? earlier(day, purchase->from) : day;
    }
    for (int i = 0; i < config->n_investments; i++) {
        const ent_investment_t *investment = &config->investments[i];
        day = own(config, investment->regimes, regime) ? earlier(day, investment->from) : day;
    }
    for (int i = 0; i < config->n_paths; i++) {
        const ent_path_t *path = &config->paths[i];
        day = own(config, path->regimes, regime) ? earlier(day, path->day[0]) : day;
    }
    return day;
}

static ent_day_t moved(ent_day_t day, ent_day_t from, ent_day_t to)
{
    if (day == ENT_DAY_NEVER || day == ENT_DAY_ALWAYS) {
        return day;
    }
    return to == ENT_DAY_NEVER ? ENT_DAY_NEVER : day + (to - from);
}

/* A config whose `regime` begins on `day` instead of when it was written for, all of it public from `known`.
 * Shares everything with `config` but its measures, to be freed by the caller. */
static int redate(const ent_config_t *config, int regime, ent_day_t day, ent_day_t known, ent_config_t *out,
                  ent_context_t *ctx)
{
    const ent_regime_t *r = &config->regimes[regime];
    const ent_day_t from = first_day(config, regime);
    *out = *config;
    out->n_signals = 0;
    out->measures = ent_calloc(ctx, (size_t)config->n_measures + 1, sizeof *out->measures);
    if (out->measures == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    memcpy(out->measures, config->measures, (size_t)config->n_measures * sizeof *out->measures);
    for (int i = 0; i < r->n_measures; i++) {
        ent_measure_t *m = &out->measures[r->measures[i]];
        m->effective = moved(m->effective, from, day);
        m->end = moved(m->end, from, day);
        m->end_announced = moved(m->end_announced, from, day);
        m->retroactive_to = moved(m->retroactive_to, from, day);
        m->anticipated_from = ENT_DAY_NEVER;
        m->announced = known;
    }
    return 0;
}

/* Days by which commitments move that never come. */
static const int beyond = 100000000;

/* A view of the world in which the two regimes on the table begin on `day`, public from `known`; `scale`
 * [n_region]: what commitments are worth, NULL: whole. */
static int view_from(ent_world_t *view, const ent_world_t *world, const ent_model_t *model, int regime,
                     ent_day_t day, ent_day_t known, double *scale, ent_policy_t *policy, ent_context_t *ctx)
{
    const ent_config_t *config = model->config;
    const ent_negotiation_t *n = &config->negotiation;
    const ent_day_t written = first_day(config, regime);
    const ent_config_t *of[64];
    ent_config_t deal = {0}, back = {0}, plain = *config;
    ent_world_t dated = *world;
    plain.n_signals = 0;
    for (int r = 0; r < config->n_regimes; r++) {
        of[r] = r == n->deal ? &deal : r == n->snap_back ? &back : &plain;
    }
    dated.commitment_scale = scale;
    dated.commitment_shift = written == ENT_DAY_NEVER ? 0 : day == ENT_DAY_NEVER ? beyond : day - written;
    int code = redate(config, n->deal, day, known, &deal, ctx);
    code = code == 0 ? redate(config, n->snap_back, day, known, &back, ctx) : code;
    code = code == 0 ? ent_policy_build(policy, model, of, world->shift_days, ctx) : code;
    free(deal.measures);
    free(back.measures);
    if (code != 0) {
        return code;
    }
    dated.policy = policy;
    dated.contract_log_rate = ent_calloc(ctx, (size_t)config->n_regimes, sizeof *dated.contract_log_rate);
    code = dated.contract_log_rate == NULL ? ENT_ERR_NO_MEMORY : ent_lay_contract_rates(&dated, model, ctx);
    code = code == 0 ? ent_world_as(view, &dated, model, regime, ctx) : code;
    if (code != 0) {
        ent_free_contract_rates(&dated, model);
        ent_policy_free(policy, model);
    }
    return code;
}

static void view_free(ent_world_t *view, const ent_model_t *model, ent_policy_t *policy)
{
    ent_free_contract_rates(view, model);
    ent_policy_free(policy, model);
    ent_world_as_free(view);
}

/* Put the deal regime where the offers met: each government's side of it in proportion to what it conceded.
 */
static int scale_terms(ent_world_t *view, const ent_model_t *model, ent_policy_t *policy, double *scale,
                       ent_context_t *ctx)
{
    const ent_negotiation_t *n = &model->config->negotiation;
    ent_schedule_t mixed;
    int code =
        ent_schedule_mix(&mixed, &policy->schedule[n->snap_back], &policy->schedule[n->deal], scale, ctx);
    if (code != 0) {
        return code;
    }
    const size_t values = (size_t)mixed.n_epochs * (size_t)mixed.n_rows * (size_t)mixed.n_steps;
    ent_schedule_free(&policy->schedule[n->deal]);
    policy->schedule[n->deal] = mixed;
    free(policy->log_rate[n->deal]);
    policy->log_rate[n->deal] = ent_calloc(ctx, values + 1, sizeof(float));
    if (policy->log_rate[n->deal] == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    ent_policy_logs(policy, n->deal);
    ent_free_contract_rates(view, model);
    view->contract_log_rate =
        ent_calloc(ctx, (size_t)model->config->n_regimes, sizeof *view->contract_log_rate);
    return view->contract_log_rate == NULL ? ENT_ERR_NO_MEMORY : ent_lay_contract_rates(view, model, ctx);
}

/* ---- the talks
 * ------------------------------------------------------------------------------------------------ */

/* A side's haste in this world: lognormal with median 1. */
static double haste_of(const ent_model_t *model, const ent_world_t *world, int i)
{
    const ent_negotiation_t *n = &model->config->negotiation;
    const ent_draw4_t draw = ent_draw4(
        world->world_stream, ent_name_hash(7, model->config->region[n->side[i]]), 0, ENT_PURPOSE_TALKS, 0);
    return n->spread > 0.0
               ? ent_exp(n->spread * gsl_cdf_ugaussian_Pinv(ent_uniform(draw.word[0], draw.word[1])))
               : 1.0;
}

/* Both sides think about the step just played. */
static void talk(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                 const ent_workspace_t *workspace)
{
    const ent_config_t *config = model->config;
    const ent_negotiation_t *n = &config->negotiation;
    const double left = n->deadline == ENT_DAY_NEVER
                            ? INFINITY
                            : (double)(n->deadline - ent_step_begin(&config->calendar, state->step));
    const double urgency = ent_urgency(left, n->urgency);
    for (int i = 0; i < 2; i++) {
        const ent_side_t side = {n->speed[i], n->pressure[i], n->exports[i], n->prices[i]};
        const double loss =
            ent_side_loss(&side, side_exports(model, workspace, i), state->talks[ENT_TALKS_EXPORTS + i],
                          side_prices(model, state, i), state->talks[ENT_TALKS_PRICES + i]);
        double *conceded = &state->talks[ENT_TALKS_CONCEDED + i];
        *conceded = ent_concede(&side, *conceded, urgency, loss, haste_of(model, world, i),
                                1.0 / config->calendar.steps_per_year);
    }
}

static int play_on(const ent_model_t *model, const ent_world_t *view, ent_state_t *state,
                   ent_workspace_t *workspace, ent_trajectory_t *trajectory, ent_context_t *ctx)
{
    const int code = ent_step(model, view, view->regime, state, workspace, trajectory, ctx);
    ent_talks_observe(model, state, workspace);
    return code;
}

/* The deal, from the step at hand to the end. */
static int play_deal(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                     ent_workspace_t *workspace, ent_trajectory_t *trajectory, ent_context_t *ctx)
{
    const ent_config_t *config = model->config;
    const ent_negotiation_t *n = &config->negotiation;
    const double *conceded = state->talks + ENT_TALKS_CONCEDED;
    const double whole = conceded[0] + conceded[1];
    const ent_day_t today = ent_step_begin(&config->calendar, state->step);
    ent_policy_t policy = {0};
    ent_world_t view = {0};
    double *scale = ent_calloc(ctx, (size_t)model->n_region, sizeof *scale);
    int code = scale == NULL ? ENT_ERR_NO_MEMORY : 0;
    for (int r = 0; code == 0 && r < model->n_region; r++) {
        scale[r] = 1.0;
    }
    for (int i = 0; code == 0 && i < 2; i++) {
        if (!n->whole) {
            scale[n->side[i]] = conceded[i] / whole;
        }
        trajectory->agreement.conceded[i] = scale[n->side[i]];
    }
    trajectory->agreement.day = (double)today;
    workspace->odds = (ent_odds_t){.talks = 1, .regime = {n->deal, n->snap_back}, .probability = 1.0};
    code = code == 0 ? view_from(&view, world, model, n->deal, today, today, scale, &policy, ctx) : code;
    code = code == 0 && !n->whole ? scale_terms(&view, model, &policy, scale, ctx) : code;
    while (code == 0 && state->step < config->n_steps) {
        code = play_on(model, &view, state, workspace, trajectory, ctx);
    }
    view_free(&view, model, &policy);
    free(scale);
    return code;
}

int ent_play_talks(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                   ent_workspace_t *workspace, ent_trajectory_t *trajectory, ent_context_t *ctx)
{
    const ent_config_t *config = model->config;
    const ent_negotiation_t *n = &config->negotiation;
    const int begin = ent_step_of_news(&config->calendar, n->from);
    ent_policy_t policy = {0};
    ent_world_t view = {0};
    int met = 0;
    int code = view_from(&view, world, model, n->snap_back, n->deadline, n->from, NULL, &policy, ctx);
    trajectory->agreement = (ent_agreement_t){NAN, {NAN, NAN}, 0.0};
    while (code == 0 && !met && state->step < config->n_steps) {
        const double *conceded = state->talks + ENT_TALKS_CONCEDED;
        const ent_day_t today = ent_step_begin(&config->calendar, state->step);
        const int over = n->deadline != ENT_DAY_NEVER && today >= n->deadline;
        const int talking = state->step >= begin && !over;
        const double near = fmin(1.0, conceded[0] + conceded[1]);
        trajectory->agreement.snapped_back = over;
        workspace->odds = (ent_odds_t){.talks = 1,
                                       .regime = {n->deal, n->snap_back},
                                       .probability = talking ? n->prior + (1.0 - n->prior) * near : 0.0};
        code = play_on(model, &view, state, workspace, trajectory, ctx);
        if (code == 0 && talking) {
            talk(model, world, state, workspace);
            met = ent_offers_meet(conceded[0], conceded[1]);
        }
    }
    view_free(&view, model, &policy);
    if (code == 0 && met && state->step < config->n_steps) {
        code = play_deal(model, world, state, workspace, trajectory, ctx);
    }
    workspace->odds = (ent_odds_t){0};
    return code;
}
