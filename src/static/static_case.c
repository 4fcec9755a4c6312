#include "static/static_case.h"

#include "base/memory.h"
#include "economy/theory_case.h"
#include "policy/kinds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t ent_static_cells(const ent_static_t *self)
{
    const ent_benchmark_t *b = self->benchmark;

    return (size_t)b->n_sector * (size_t)b->n_region * (size_t)b->n_region;
}

/* ---- the model ---- */

static int find_set(const ent_benchmark_t *b, const char *name, int *set, ent_context_t *ctx)
{
    for (*set = 0; *set < b->n_elasticity_set; (*set)++) {
        if (strcmp(b->elasticity_set[*set], name) == 0) {
            return ENT_OK;
        }
    }
    return ent_fault(ctx, ENT_ERR_USAGE, NULL, 0, 0, "--elasticity-set", name,
                     ent_nearest(name, (const char *const *)b->elasticity_set, (size_t)b->n_elasticity_set),
                     "no such elasticity set in the benchmark");
}

static int fill_theta(const ent_static_t *self, double *theta, ent_context_t *ctx)
{
    const ent_benchmark_t *b = self->benchmark;
    const ent_config_t *config = self->config;
    const char *name = self->options.elasticity_set;
    int set = 0;

    if (name != NULL && find_set(b, name, &set, ctx) != ENT_OK) {
        return ENT_ERR_USAGE;
    }
    for (int s = 0; s < b->n_sector; s++) {
        const int group = self->options.full ? config->sector_map[s] : s;

        theta[s] = name != NULL ? b->elasticity[set * b->n_sector + s]
                                : config->sector_parameters[group].trade_elasticity;
    }
    return ENT_OK;
}

int ent_static_init(ent_static_t *self, const ent_config_t *config, const ent_benchmark_t *fine,
                    const ent_static_options_t *options, ent_context_t *ctx)
{
    ent_theory_options_t theory;
    double *theta = NULL;
    int code = ENT_OK;

    *self = (ent_static_t){.config = config, .benchmark = fine, .options = *options};
    if (!options->full) {
        code = ent_benchmark_aggregate(
            fine, config->n_region, config->region_map, (const char *const *)config->region, config->n_sector,
            config->sector_map, (const char *const *)config->sector, &self->coarse, ctx);
        self->benchmark = &self->coarse;
    }
    if (code == ENT_OK) {
        theta = ent_calloc(ctx, (size_t)self->benchmark->n_sector, sizeof *theta);
        code = theta == NULL ? ENT_ERR_NO_MEMORY : fill_theta(self, theta, ctx);
    }
    if (code == ENT_OK) {
        ent_theory_options_init(&theory);
        theory.variant = self->options.variant;
        theory.deficit = self->options.deficit;
        theory.allow_zero_own_trade = self->options.allow_zero_own_trade;
        code = ent_theory_of_benchmark(&self->model, self->benchmark, theta, &theory, &self->rebased, ctx);
    }
    free(theta);
    return code;
}

void ent_static_free(ent_static_t *self)
{
    ent_theory_free(&self->model);
    ent_benchmark_free(&self->coarse);
    memset(self, 0, sizeof *self);
}

/* ---- tariffs ---- */

/* 1 when some measure of the regime bears on a flow between groups. */
static int touched(const ent_config_t *config, int regime, int origin, int destination, int sector)
{
    const ent_regime_t *r = &config->regimes[regime];

    for (int i = 0; i < config->n_common + r->n_measures; i++) {
        const ent_measure_t *m =
            &config->measures[i < config->n_common ? config->common[i] : r->measures[i - config->n_common]];

        if (m->importer == destination && origin != destination && !isnan(m->rate[origin]) &&
            m->coverage[sector] > 0.0) {
            return 1;
        }
    }
    return 0;
}

/* Change of trade cost by measures that are not duties. */
static double trade_cost(const ent_config_t *config, const ent_benchmark_t *groups, int regime, int from,
                         int to, int group, ent_day_t day, double tariff, double theta)
{
    static const double least = 1e-12; /* what is wholly banned trades next to nothing */
    const double barrier = ent_side_on_day(config, groups, regime, from, to, group, day, ENT_MEASURE_BARRIER);
    const double ban = ent_side_on_day(config, groups, regime, from, to, group, day, ENT_MEASURE_BAN);
    const double favour = ent_side_on_day(config, groups, regime, from, to, group, day, ENT_MEASURE_SUPPLIER);
    const double visible = (1.0 - ban) * favour;

    return (1.0 + tariff + barrier) / (1.0 + tariff) * pow(visible < least ? least : visible, -1.0 / theta);
}

/* Quotas fill through a year, which a static equilibrium does not have. */
static int refuse_quotas(const ent_config_t *config, int regime, ent_day_t day, ent_context_t *ctx)
{
    const ent_regime_t *r = &config->regimes[regime];

    for (int i = 0; i < config->n_common + r->n_measures; i++) {
        const ent_measure_t *m =
            &config->measures[i < config->n_common ? config->common[i] : r->measures[i - config->n_common]];

        if (ent_kind_fills(m->kind) && m->effective <= day && day < m->end) {
            (void)ent_fault(ctx, ENT_ERR_CONFIG, config->path, 0, 0, m->id, "quota", NULL,
                            "the static theory does not know which rate of a quota holds; put a measure "
                            "with that rate in its place");
        }
    }
    return ctx->code;
}

/* Rates come from the schedule's own rule, which sees the run's groups: for a member of a group, a benchmark
 * of groups whose one cell of interest has the member's tariff and wedge. */
static void fill_rates(const ent_static_t *self, int regime, ent_day_t day, ent_benchmark_t *groups,
                       double *tariff, double *cost)
{
    const ent_benchmark_t *b = self->benchmark;
    const ent_config_t *config = self->config;
    const int full = self->options.full;

    for (int s = 0; s < b->n_sector; s++) {
        const int group = full ? config->sector_map[s] : s;
        const double theta = self->model.theta[self->model.n_sector == b->n_sector ? s : 0];

        for (int o = 0; o < b->n_region; o++) {
            const int from = full ? config->region_map[o] : o;
            const double wedge = b->collection_wedge[s * b->n_region + o];

            for (int d = 0; d < b->n_region; d++) {
                const int to = full ? config->region_map[d] : d;
                const size_t cell = ent_cell(b, s, o, d);

                tariff[cell] = b->tariff[cell];
                cost[cell] = 1.0;
                if (touched(config, regime, from, to, group)) {
                    groups->tariff[ent_cell(groups, group, from, to)] = b->tariff[cell];
                    groups->collection_wedge[group * groups->n_region + from] = wedge;
                    tariff[cell] = ent_final_rate_on_day(config, groups, regime, from, to, group, day, day,
                                                         ENT_DAY_NEVER, NULL, NULL, NULL);
                    cost[cell] =
                        trade_cost(config, groups, regime, from, to, group, day, tariff[cell], theta);
                }
            }
        }
    }
}

int ent_static_rates(const ent_static_t *self, int regime, ent_day_t day, double *tariff, double *cost,
                     ent_context_t *ctx)
{
    const size_t R = (size_t)self->config->n_region, S = (size_t)self->config->n_sector;
    ent_benchmark_t groups = {.n_region = self->config->n_region, .n_sector = self->config->n_sector};
    int code = ENT_OK;

    groups.tariff = ent_calloc(ctx, S * R * R, sizeof(double));
    groups.collection_wedge = ent_calloc(ctx, S * R, sizeof(double));
    if (groups.tariff == NULL || groups.collection_wedge == NULL) {
        code = ENT_ERR_NO_MEMORY;
    } else {
        code = refuse_quotas(self->config, regime, day, ctx);
    }
    if (code == ENT_OK) {
        fill_rates(self, regime, day, &groups, tariff, cost);
    }
    for (size_t i = 0; code == ENT_OK && i < ent_static_cells(self); i++) {
        if (isnan(tariff[i]) || isnan(cost[i])) {
            code = ent_fail(ctx, ENT_ERR_NO_MEMORY, "static theory", "no memory for the rates");
        }
    }
    free(groups.collection_wedge);
    free(groups.tariff);
    return code;
}
