/* Moments of trajectories. */
#include "evidence/calibration.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { YEAR = 12 };

/* ---- binding ---- */

typedef struct {
    const ent_moment_t *moment;
    const char *path;
    const ent_config_t *config;
    ent_context_t *ctx;
} binder_t;

static void fault(const binder_t *b, const char *key, const char *value, const char *nearest,
                  const char *rule)
{
    char *place = ent_format(b->ctx, "moments[%s].%s", b->moment->name, key);
    (void)ent_fault(b->ctx, ENT_ERR_CONFIG, b->path, 0, 0, place, value, nearest, "%s", rule);
    free(place);
}

static int find(const binder_t *b, const char *key, const char *name, char *const *names, int n)
{
    for (int i = 0; i < n; i++) {
        if (strcmp(names[i], name) == 0) {
            return i;
        }
    }
    fault(b, key, name, ent_nearest(name, (const char *const *)names, (size_t)n), "is none of the config's");
    return -1;
}

static int find_scenario(const binder_t *b, const char *key, const char *name, int otherwise)
{
    char *names[64];
    int n = 0;
    for (; n < b->config->n_scenarios && n < 64; n++) {
        names[n] = b->config->scenarios[n].name;
    }
    return name == NULL ? otherwise : find(b, key, name, names, n);
}

static void bind_flow(const binder_t *b, ent_bound_moment_t *bound)
{
    const ent_config_t *config = b->config;
    const ent_moment_t *moment = b->moment;
    bound->flow = -1;
    if (moment->destination == NULL) {
        return;
    }
    bound->destination = find(b, "flow", moment->destination, config->region, config->n_region);
    const int origin =
        moment->origin != NULL ? find(b, "flow", moment->origin, config->region, config->n_region) : -1;
    for (int f = 0; origin >= 0 && f < config->n_flows; f++) {
        if (config->flows[f].origin == origin && config->flows[f].destination == bound->destination) {
            bound->flow = f;
        }
    }
    if (origin >= 0 && bound->destination >= 0 && bound->flow < 0) {
        fault(b, "flow", moment->origin, NULL, "is not among the flows the config records");
    }
    if (moment->origin == NULL && moment->kind == ENT_MOMENT_ELASTICITY) {
        fault(b, "flow", "WLD", NULL, "an elasticity is that of one origin");
    }
}

static void bind_sectors(const binder_t *b, ent_bound_moment_t *bound)
{
    const ent_config_t *config = b->config;
    bound->sectors = ent_calloc(b->ctx, (size_t)config->n_sector, 1);
    for (int s = 0; bound->sectors != NULL && b->moment->n_sectors == 0 && s < config->n_sector; s++) {
        bound->sectors[s] = config->sector_parameters[s].stocked > 0.5;
    }
    for (int i = 0; bound->sectors != NULL && i < b->moment->n_sectors; i++) {
        const int s = find(b, "sectors", b->moment->sectors[i], config->sector, config->n_sector);
        if (s >= 0) {
            bound->sectors[s] = 1;
        }
    }
}

static void bind_months(const binder_t *b, const char *key, ent_months_t months, int earliest, int *from,
                        int *to)
{
    const ent_calendar_t *calendar = &b->config->calendar;
    const int first = YEAR * calendar->start_year + calendar->start_index;
    *from = months.from - first;
    *to = months.to - first;
    if (*from < earliest || *to >= b->config->n_steps) {
        fault(b, key, NULL, NULL,
              earliest > 0 ? "is not played, or the year before is not" : "is not among the months played");
    }
}

int ent_moment_bind(ent_bound_moment_t *bound, const ent_moment_t *moment, const char *path,
                    const ent_config_t *config, ent_context_t *ctx)
{
    const size_t n_before = ctx->n_faults + ctx->dropped;
    const binder_t b = {moment, path, config, ctx};
    *bound = (ent_bound_moment_t){.kind = moment->kind, .top = moment->top};
    if (config->calendar.steps_per_year != YEAR) {
        return ent_fault(ctx, ENT_ERR_CONFIG, config->path, 0, 0, "steps_per_year", NULL, NULL,
                         "must be 12: moments are monthly");
    }
    bound->scenario = find_scenario(&b, "scenario", moment->scenario, 0);
    bound->base = find_scenario(&b, "base", moment->base, config->n_scenarios - 1);
    bind_flow(&b, bound);
    bind_sectors(&b, bound);
    bind_months(&b, "month", moment->months, moment->kind == ENT_MOMENT_GROWTH ? YEAR : 0, &bound->from,
                &bound->to);
    if (moment->base_months.from >= 0) {
        bind_months(&b, "base_month", moment->base_months, 0, &bound->base_from, &bound->base_to);
    }
    if (bound->sectors == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    return ctx->n_faults + ctx->dropped > n_before ? ENT_ERR_CONFIG : 0;
}

/* ---- sums ---- */

static double value(const ent_config_t *config, const ent_trajectory_t *trajectory, ent_field_id_t field,
                    int step, int at)
{
    const size_t size = ent_field_size(field, config->n_region, config->n_sector, config->n_flows);
    return (double)trajectory->value[field][(size_t)step * size + (size_t)at];
}

/* Exports of a flow or imports from it, and imports from all origins, summed over sectors. */
static double level(const ent_bound_moment_t *m, const ent_config_t *config, const ent_trajectory_t *t,
                    ent_field_id_t field, int step)
{
    double sum = 0.0;
    for (int s = 0; s < config->n_sector; s++) {
        if (m->sectors[s]) {
            sum += m->flow >= 0 ? value(config, t, field, step, s * config->n_flows + m->flow)
                                : value(config, t, ENT_FIELD_market_imports, step,
                                        m->destination * config->n_sector + s);
        }
    }
    return sum;
}

static void add_levels(const ent_bound_moment_t *m, const ent_config_t *config, const ent_trajectory_t *all,
                       ent_moment_sums_t *sums)
{
    const ent_trajectory_t *s = &all[m->scenario];
    for (int t = m->from; t <= m->to; t++) {
        if (m->kind == ENT_MOMENT_FRONT_LOADING) {
            sums->a += level(m, config, s, ENT_FIELD_imports, t);
            sums->b += level(m, config, &all[m->base], ENT_FIELD_imports, t);
        } else {
            sums->a += level(m, config, s, ENT_FIELD_exports, t) /
                       (m->kind == ENT_MOMENT_INDEX ? m->to - m->from + 1 : 1);
            sums->b += m->kind == ENT_MOMENT_GROWTH ? level(m, config, s, ENT_FIELD_exports, t - YEAR) : 0.0;
        }
    }
    for (int t = m->base_from; m->kind == ENT_MOMENT_INDEX && t <= m->base_to; t++) {
        sums->b += level(m, config, s, ENT_FIELD_exports, t) / (m->base_to - m->base_from + 1);
    }
}

/* One cell and step of an elasticity or of the pass-through at the border. */
static void add_cell(const ent_bound_moment_t *m, const ent_config_t *config, const ent_trajectory_t *all,
                     int t, int at, ent_moment_sums_t *sums)
{
    const ent_trajectory_t *s = &all[m->scenario], *b = &all[m->base];
    const double before = value(config, b, ENT_FIELD_imports, t, at);
    const double rate_s = value(config, s, ENT_FIELD_tariff_rate, t, at);
    const double rate_b = value(config, b, ENT_FIELD_tariff_rate, t, at);
    const double ratio = (1.0 + rate_s) / (1.0 + rate_b);
    if (!(before > 0.0) || !isfinite(ratio)) {
        return; /* nothing arrived, no rate */
    }
    if (m->kind == ENT_MOMENT_ELASTICITY) {
        sums->a += value(config, s, ENT_FIELD_imports, t, at);
        sums->b += before;
        sums->c += before * ratio;
    } else {
        const double price =
            value(config, s, ENT_FIELD_export_price, t, at) / value(config, b, ENT_FIELD_export_price, t, at);
        sums->a += isfinite(price) && price > 0.0 ? before * log(price * ratio) : 0.0;
        sums->b += isfinite(price) && price > 0.0 ? before * log(ratio) : 0.0;
    }
}

static void add_retail(const ent_bound_moment_t *m, const ent_config_t *config, const ent_trajectory_t *all,
                       int t, int sector, ent_moment_sums_t *sums)
{
    const int at = m->destination * config->n_sector + sector;
    const ent_trajectory_t *s = &all[m->scenario], *b = &all[m->base];
    const double sales = value(config, b, ENT_FIELD_sales, t, at);
    const double retail =
        value(config, s, ENT_FIELD_retail_price, t, at) / value(config, b, ENT_FIELD_retail_price, t, at);
    const double landed =
        value(config, s, ENT_FIELD_landed_cost, t, at) / value(config, b, ENT_FIELD_landed_cost, t, at);
    if (sales > 0.0 && isfinite(retail) && isfinite(landed) && retail > 0.0 && landed > 0.0) {
        sums->a += sales * log(retail);
        sums->b += sales * log(landed);
    }
}

static void add_prices(const ent_bound_moment_t *m, const ent_config_t *config, const ent_trajectory_t *all,
                       ent_moment_sums_t *sums)
{
    for (int t = m->from; t <= m->to; t++) {
        for (int s = 0; s < config->n_sector; s++) {
            if (m->sectors[s] && m->kind == ENT_MOMENT_RETAIL) {
                add_retail(m, config, all, t, s, sums);
            } else if (m->sectors[s]) {
                add_cell(m, config, all, t, s * config->n_flows + m->flow, sums);
            }
        }
    }
}

/* Sum of a field of exporters over classes and sectors. */
static double firms(const ent_bound_moment_t *m, const ent_config_t *config, const ent_trajectory_t *t,
                    ent_field_id_t field, int step)
{
    double sum = 0.0;
    for (int c = 0; c < ENT_N_CLASSES; c++) {
        for (int s = 0; s < config->n_sector; s++) {
            sum += m->sectors[s] ? value(config, t, field, step, c * config->n_sector + s) : 0.0;
        }
    }
    return sum;
}

static void add_firms(const ent_bound_moment_t *m, const ent_config_t *config, const ent_trajectory_t *all,
                      ent_moment_sums_t *sums)
{
    const ent_trajectory_t *s = &all[m->scenario];
    const int n = m->to - m->from + 1, n_base = m->base_to - m->base_from + 1;
    for (int t = m->from; t <= m->to; t++) {
        if (m->kind == ENT_MOMENT_SURVIVAL) {
            sums->a += firms(m, config, s, ENT_FIELD_leavers, t) + firms(m, config, s, ENT_FIELD_failures, t);
        } else if (m->kind == ENT_MOMENT_EXPORTERS) {
            sums->a += firms(m, config, s, ENT_FIELD_exporters, t) / n;
        } else {
            const ent_field_id_t field = m->top == 10 ? ENT_FIELD_top10_share : ENT_FIELD_top100_share;
            sums->a += value(config, s, field, t, config->home) / n;
            sums->b += 1.0 / n;
        }
    }
    if (m->kind == ENT_MOMENT_SURVIVAL) {
        sums->b += firms(m, config, s, ENT_FIELD_exporters, m->base_to);
    }
    for (int t = m->base_from; m->kind == ENT_MOMENT_EXPORTERS && t <= m->base_to; t++) {
        sums->b += firms(m, config, s, ENT_FIELD_exporters, t) / n_base;
    }
}

void ent_moment_add(const ent_bound_moment_t *moment, const ent_config_t *config,
                    const ent_trajectory_t *trajectories, ent_moment_sums_t *sums)
{
    switch (moment->kind) {
    case ENT_MOMENT_GROWTH:
    case ENT_MOMENT_INDEX:
    case ENT_MOMENT_FRONT_LOADING:
        add_levels(moment, config, trajectories, sums);
        return;
    case ENT_MOMENT_ELASTICITY:
    case ENT_MOMENT_BORDER:
    case ENT_MOMENT_RETAIL:
        add_prices(moment, config, trajectories, sums);
        return;
    default:
        add_firms(moment, config, trajectories, sums);
    }
}

double ent_moment_value(ent_moment_kind_t kind, const ent_moment_sums_t *sums)
{
    const double ratio = sums->a / sums->b;
    double result = ratio;
    switch (kind) {
    case ENT_MOMENT_GROWTH:
    case ENT_MOMENT_FRONT_LOADING:
        result = 100.0 * (ratio - 1.0);
        break;
    case ENT_MOMENT_ELASTICITY:
        result = log(ratio) / log(sums->c / sums->b);
        break;
    case ENT_MOMENT_SURVIVAL:
        result = 100.0 * (1.0 - ratio);
        break;
    case ENT_MOMENT_INDEX:
    case ENT_MOMENT_EXPORTERS:
    case ENT_MOMENT_TOP_SHARE:
        result = 100.0 * ratio;
        break;
    default:
        break;
    }
    return isfinite(result) ? result : NAN;
}
