/* Moments of a targets file, bound to a config. */
#include "evidence/calibration.h"

#include "base/memory.h"

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
