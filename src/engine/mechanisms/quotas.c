/* Quotas (docs/model.md, "Quotas").
 *
 * What arrives fills a quota's period, mostly the calendar year; of the step in which it becomes full the
 * share that still has room pays the rate inside, the rest the rate outside. Agents reckon with the marginal
 * rate: that inside as long as there is room after the step, that outside in the step in which it is full and
 * until the period ends; and they expect it to fill at the present pace. */
#include "base/memory.h"
#include "base/vmath.h"
#include "engine/workspace.h"
#include "policy/kinds.h"

#include "agents/expectation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Months over which the pace of a quota's arrivals is averaged. */
static const double pace_months = 3.0;

int ent_lay_quotas(ent_model_t *model, ent_context_t *ctx)
{
    const ent_config_t *config = model->config;
    model->quota_of_measure = ent_calloc(ctx, (size_t)config->n_measures + 1, sizeof(int));
    model->quota = ent_calloc(ctx, (size_t)config->n_measures + 1, sizeof(int));
    if (model->quota_of_measure == NULL || model->quota == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int m = 0; m < config->n_measures; m++) {
        model->quota_of_measure[m] = -1;
        if (ent_kind_fills(config->measures[m].kind)) {
            model->quota_of_measure[m] = model->n_quotas;
            model->quota[model->n_quotas++] = m;
        }
    }
    return 0;
}

/* ---- quotas
 * --------------------------------------------------------------------------------------------------- */

/* Whether a period of the quota begins with a step. */
static int begins_period(const ent_config_t *config, const ent_measure_t *measure, int step)
{
    int first, n;
    return ent_kind(measure->kind)->period(measure, &config->calendar, step, &first, &n) && first == step;
}

/* A quota's volume in the period of a step: pro rata of the days of the period on which it applies; closed:
 * 0. */
static double volume_of_period(const ent_config_t *config, const ent_measure_t *measure, int step)
{
    const ent_calendar_t *calendar = &config->calendar;
    int first, n;
    if (!ent_kind(measure->kind)->period(measure, calendar, step, &first, &n)) {
        return 0.0;
    }
    const ent_day_t begin = ent_step_begin(calendar, first), end = ent_step_begin(calendar, first + n);
    const ent_day_t from = measure->effective > begin ? measure->effective : begin;
    const ent_day_t until = measure->end < end ? measure->end : end;
    return until > from ? measure->volume * (double)(until - from) / (double)(end - begin) : 0.0;
}

/* Row of a cell in a schedule that has a quota on it; -1: none. */
static int quota_row(const ent_model_t *model, const ent_schedule_t *schedule, int c)
{
    const ent_cell_t *cell = &model->cell[c];
    const ent_market_t *market = &model->market[cell->market];
    if (schedule->row_quota == NULL) {
        return -1;
    }
    const int row =
        schedule->row_of_cell[ent_cell(&model->benchmark, market->sector, cell->origin, market->destination)];
    return row >= 0 && schedule->row_quota[row] >= 0 ? row : -1;
}

/* Share of a cell's arrivals of stored step u that counts against its quota. */
static double counted_share(const ent_model_t *model, const ent_schedule_t *schedule, int row, int u)
{
    const ent_measure_t *measure = &model->config->measures[schedule->row_quota[row]];
    const float excess = schedule->excess[(size_t)row * (size_t)schedule->n_steps + (size_t)u];
    return excess != 0.0f ? measure->coverage[schedule->row_sector[row]] : 0.0;
}

/* What arrives in this step and counts against each quota; of cells without a shipping lag, before their
 * orders are known, what arrived in the last step. */
static void add_arrivals(const ent_model_t *model, const ent_schedule_t *schedule, const ent_state_t *state,
                         int exact, double *value)
{
    const int u = state->step - model->first_step;
    memset(value, 0, (size_t)model->n_quotas * sizeof *value);
    for (int c = 0; c < model->n_cells; c++) {
        const int row = quota_row(model, schedule, c);
        if (row >= 0) {
            const int lag = model->cell[c].lag > 0 || exact ? model->cell[c].lag : 1;
            const double share = counted_share(model, schedule, row, u);
            value[model->quota_of_measure[schedule->row_quota[row]]] +=
                share > 0.0 ? share * ent_customs_due(model, state, c, lag) : 0.0;
        }
    }
}

static double clip(double share)
{
    return share < 0.0 ? 0.0 : share > 1.0 ? 1.0 : share;
}

/* Share of each step from this one on that pays the rate outside, arrivals going on at the present pace. */
static void project_fill(const ent_model_t *model, const ent_state_t *state, ent_workspace_t *workspace,
                         int q)
{
    const ent_config_t *config = model->config;
    const ent_measure_t *measure = &config->measures[model->quota[q]];
    float *closed = workspace->quota_closed + (long)q * workspace->quota_length;
    double filled = begins_period(config, measure, state->step) ? 0.0 : state->quota_filled[q];
    double arrivals = workspace->quota_value[q];
    for (int j = 0; j < workspace->quota_length; j++) {
        const int step = state->step + j;
        if (j > 0) {
            arrivals = state->quota_pace[q];
            filled = begins_period(config, measure, step) ? 0.0 : filled;
        }
        const double room = volume_of_period(config, measure, step) - filled;
        closed[j] = (float)(arrivals > 0.0 ? 1.0 - clip(room / arrivals) : room > 0.0 ? 0.0 : 1.0);
        filled += arrivals;
        if (j == 0) {
            workspace->quota_full[q] = room <= arrivals;
        }
    }
}

void ent_quotas_before(const ent_model_t *model, const ent_world_t *world, int regime, ent_state_t *state,
                       ent_workspace_t *workspace)
{
    if (model->n_quotas == 0) {
        return;
    }
    add_arrivals(model, &world->policy->schedule[regime], state, 0, workspace->quota_value);
    for (int q = 0; q < model->n_quotas; q++) {
        project_fill(model, state, workspace, q);
    }
}

/* ln(1 + rate) as agents expect it in a regime with a quota on the cell: `path` from this step on, the
 * marginal rate in this one; what arrives in this step pays `*arrival`, a contract signed now `*contract`. */
int ent_quota_view(const ent_model_t *model, const ent_world_t *world, const ent_workspace_t *workspace,
                   int regime, int c, int u, float *path, float *arrival, float *contract)
{
    const ent_schedule_t *schedule = &world->policy->schedule[regime];
    const int row = quota_row(model, schedule, c);
    if (row < 0 || schedule->quota_known[row] > u) {
        return 0;
    }
    const int q = model->quota_of_measure[schedule->row_quota[row]];
    const size_t n_steps = (size_t)schedule->n_steps;
    const size_t epoch = (size_t)schedule->epoch_of_step[u];
    const float *expected =
        schedule->expected + (epoch * (size_t)schedule->n_rows + (size_t)row) * n_steps + u;
    const float *excess = schedule->excess + (size_t)row * n_steps + u;
    const float *closed = workspace->quota_closed + (long)q * workspace->quota_length;
    const int left = schedule->n_steps - u;
    const int n = left < workspace->quota_length ? left : (int)workspace->quota_length;
    const ent_market_t *market = &model->market[model->cell[c].market];
    const int steps_per_year = model->config->calendar.steps_per_year;
    const double keep = (1.0 - ent_step_hazard(world->sector[market->sector].renewal_rate, steps_per_year)) *
                        ent_exp(-world->global.discount_rate / steps_per_year);
    for (int j = 0; j < n; j++) {
        path[j] = ent_logf(1.0f + expected[j] + closed[j] * excess[j]);
    }
    *arrival = path[0];
    path[0] = ent_logf(1.0f + expected[0] + (workspace->quota_full[q] ? excess[0] : 0.0f));
    for (int j = n; j < workspace->quota_length; j++) {
        path[j] = path[n - 1];
    }
    float *average = path + workspace->quota_length;
    ent_contract_average(path, n, keep, average);
    *contract = average[model->cell[c].lag < n ? model->cell[c].lag : n - 1];
    return 1;
}

void ent_quotas_clear(const ent_model_t *model, const ent_world_t *world, int regime, ent_state_t *state,
                      ent_workspace_t *workspace)
{
    const ent_schedule_t *schedule = &world->policy->schedule[regime];
    const ent_config_t *config = model->config;
    const int u = state->step - model->first_step;
    if (model->n_quotas == 0 || schedule->row_quota == NULL) {
        return;
    }
    const double weight = fmin(1.0, 12.0 / (config->calendar.steps_per_year * pace_months));
    add_arrivals(model, schedule, state, 1, workspace->quota_value);
    for (int q = 0; q < model->n_quotas; q++) {
        const double value = workspace->quota_value[q];
        const ent_measure_t *measure = &config->measures[model->quota[q]];
        const double volume = volume_of_period(config, measure, state->step);
        double *filled = &state->quota_filled[q], *pace = &state->quota_pace[q];
        *filled = begins_period(config, measure, state->step) ? 0.0 : *filled;
        workspace->quota_open[q] = value > 0.0 ? clip((volume - *filled) / value) : *filled < volume;
        *filled += value;
        *pace += (*pace > 0.0 ? weight : 1.0) * (value - *pace);
        workspace->quota_full[q] = *filled >= volume;
    }
    for (int c = 0; c < model->n_cells; c++) {
        const int row = quota_row(model, schedule, c);
        if (row < 0) {
            continue;
        }
        const int q = model->quota_of_measure[schedule->row_quota[row]];
        const size_t at = (size_t)row * (size_t)schedule->n_steps + (size_t)u;
        const double outside = 1.0 - workspace->quota_open[q], excess = (double)schedule->excess[at];
        workspace->duty_rate[c] = (float)((double)schedule->duty[at] + outside * excess);
        workspace->final_rate[c] = (float)((double)schedule->final[at] + outside * excess);
        workspace->marginal_rate[c] =
            (float)((double)schedule->duty[at] + (workspace->quota_full[q] ? excess : 0.0));
    }
}
