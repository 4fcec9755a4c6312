#include "numbers/effects.h"

#include "base/memory.h"

#include <entrepot/run.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum { WITH, CALM, NONE, N_VARIANTS } variant_t;

/* ---- the config of a variant: its measures and its stocks ---- */

typedef struct {
    ent_config_t config; /* shares everything with the caller's but what is listed here */
    ent_sector_parameters_t *parameters;
    ent_measure_t *measures;
    int *common, **of_regime;
    ent_regime_t *regimes;
} variant_config_t;

static void variant_free(variant_config_t *v)
{
    for (int r = 0; v->of_regime != NULL && r < v->config.n_regimes; r++) {
        free(v->of_regime[r]);
    }
    free(v->of_regime);
    free(v->parameters);
    free(v->measures);
    free(v->common);
    free(v->regimes);
}

static int known(const ent_config_t *config, int measure, ent_day_t day)
{
    return day == ENT_DAY_NEVER || config->measures[measure].announced <= day;
}

/* Those of a list that somebody knew of on the day. */
static int filter(const ent_config_t *config, const int *list, int n, ent_day_t day, int *out)
{
    int kept = 0;

    for (int i = 0; i < n; i++) {
        if (known(config, list[i], day)) {
            out[kept++] = list[i];
        }
    }
    return kept;
}

static int copy_lists(variant_config_t *v, const ent_config_t *config, int none, ent_day_t day,
                      ent_context_t *ctx)
{
    const size_t n = (size_t)config->n_measures;

    v->common = ent_calloc(ctx, n, sizeof *v->common);
    v->regimes = ent_calloc(ctx, (size_t)config->n_regimes, sizeof *v->regimes);
    v->of_regime = ent_calloc(ctx, (size_t)config->n_regimes, sizeof *v->of_regime);
    if (v->common == NULL || v->regimes == NULL || v->of_regime == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    v->config.n_common = none ? 0 : filter(config, config->common, config->n_common, day, v->common);
    v->config.common = v->common;
    for (int r = 0; r < config->n_regimes; r++) {
        v->of_regime[r] = ent_calloc(ctx, n, sizeof *v->of_regime[r]);
        if (v->of_regime[r] == NULL) {
            return ENT_ERR_NO_MEMORY;
        }
        v->regimes[r] = config->regimes[r];
        v->regimes[r].measures = v->of_regime[r];
        v->regimes[r].n_measures = none ? 0
                                        : filter(config, config->regimes[r].measures,
                                                 config->regimes[r].n_measures, day, v->of_regime[r]);
    }
    v->config.regimes = v->regimes;
    return ENT_OK;
}

/* An end that nobody had announced on the day does not come, as far as anybody knows. */
static void forget_ends(variant_config_t *v, ent_day_t day)
{
    for (int m = 0; day != ENT_DAY_NEVER && m < v->config.n_measures; m++) {
        ent_measure_t *measure = &v->measures[m];

        if (measure->end != ENT_DAY_NEVER && measure->end_announced != ENT_DAY_ALWAYS &&
            measure->end_announced > day) {
            measure->end = ENT_DAY_NEVER;
            measure->end_announced = ENT_DAY_ALWAYS;
        }
    }
}

static int variant_init(variant_config_t *v, const ent_effects_options_t *options, variant_t kind,
                        ent_context_t *ctx)
{
    const ent_config_t *config = options->config;
    const size_t n = (size_t)config->n_sector;

    *v = (variant_config_t){.config = *config};
    v->parameters = ent_calloc(ctx, n, sizeof *v->parameters);
    v->measures = ent_calloc(ctx, (size_t)config->n_measures, sizeof *v->measures);
    if (v->parameters == NULL || v->measures == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    memcpy(v->parameters, config->sector_parameters, n * sizeof *v->parameters);
    for (size_t s = 0; kind == CALM && s < n; s++) {
        v->parameters[s].stockup_limit = v->parameters[s].stockdown_limit = 0.0;
    }
    v->config.sector_parameters = v->parameters;
    if (config->n_measures > 0) {
        memcpy(v->measures, config->measures, (size_t)config->n_measures * sizeof *v->measures);
    }
    v->config.measures = v->measures;
    v->config.n_scenarios = kind == NONE ? 1 : config->n_scenarios;
    forget_ends(v, options->known);
    return copy_lists(v, config, kind == NONE, options->known, ctx);
}

/* ---- levels ---- */

typedef struct {
    const ent_effects_options_t *options;
    ent_effects_t *self;
    double *level[N_VARIANTS]; /* [scenario][world][partner][product][month], of none one scenario */
} simulation_t;

static void take(const simulation_t *sim, variant_t kind, int scenario, int world, const float *value)
{
    const ent_config_t *config = sim->options->config;
    const ent_effects_options_t *o = sim->options;

    for (int f = 0; f < config->n_flows; f++) {
        const int origin = config->flows[f].origin;

        if (config->flows[f].destination != sim->options->destination) {
            continue;
        }
        for (int g = 0; g < o->n_goods * config->n_sector; g++) {
            double *level = sim->level[kind] +
                            ent_effects_at(sim->self, scenario, world, origin, g / config->n_sector, 0);

            for (int t = 0; o->in_group[g] && t < config->n_steps; t++) {
                level[t] +=
                    (double)value[((size_t)t * (size_t)config->n_sector + (size_t)(g % config->n_sector)) *
                                      (size_t)config->n_flows +
                                  (size_t)f];
            }
        }
    }
}

typedef struct {
    const simulation_t *sim;
    variant_t kind;
    int n_scenarios;
} player_t;

static int take_played(void *data, int world, const ent_replication_t *played, ent_context_t *ctx)
{
    const player_t *player = data;

    (void)ctx;
    for (int i = 0; i < player->n_scenarios; i++) {
        take(player->sim, player->kind, i, world, played->trajectory[i].value[player->sim->options->field]);
    }
    return ENT_OK;
}

static int simulate_variant(const simulation_t *sim, variant_t kind, ent_context_t *ctx)
{
    variant_config_t variant;
    ent_model_t *model = NULL;
    int code = variant_init(&variant, sim->options, kind, ctx);

    if (code == ENT_OK) {
        code = ent_model_init(&model, &variant.config, sim->options->fine, ctx);
    }
    if (code == ENT_OK) {
        const ent_run_options_t run = {.n_threads = sim->options->n_threads};
        player_t player = {sim, kind, variant.config.n_scenarios};

        code = ent_run_each(model, &run, 0, variant.config.n_worlds, take_played, &player, ctx);
    }
    ent_model_free(model);
    variant_free(&variant);
    return code;
}

/* ---- all of it ---- */

static double log_ratio(double a, double b)
{
    return a > 0.0 && b > 0.0 ? log(a / b) : 0.0;
}

static void divide(const simulation_t *sim)
{
    ent_effects_t *self = sim->self;
    const size_t one = ent_effects_at(self, 1, 0, 0, 0, 0);
    const size_t all = (size_t)self->n_scenarios * one;

    for (size_t i = 0; i < all; i++) {
        const double calm = sim->level[CALM][i];

        self->response[i] = log_ratio(calm, sim->level[NONE][i % one]);
        self->anticipation[i] = log_ratio(sim->level[WITH][i], calm);
    }
}

static int check_config(const ent_effects_options_t *options, ent_context_t *ctx)
{
    const ent_config_t *config = options->config;
    int found = 0;

    if (config->calendar.steps_per_year != 12) {
        return ent_fault(ctx, ENT_ERR_CONFIG, config->path, 0, 0, "steps_per_year", NULL, NULL,
                         "must be 12: observations are monthly");
    }
    for (int f = 0; f < config->n_flows; f++) {
        found += config->flows[f].destination == options->destination;
    }
    return found == config->n_region - 1
               ? ENT_OK
               : ent_fault(ctx, ENT_ERR_CONFIG, config->path, 0, 0, "record.flows.destinations", NULL, NULL,
                           "must hold %s", config->region[options->destination]);
}

static char **copy_texts(char *const *from, int n, ent_context_t *ctx)
{
    char **to = ent_calloc(ctx, (size_t)n, sizeof *to);

    for (int i = 0; to != NULL && i < n; i++) {
        to[i] = ent_strdup(ctx, from[i]);
    }
    return to;
}

static int take_names(ent_effects_t *self, const ent_effects_options_t *options, ent_context_t *ctx)
{
    const ent_config_t *config = options->config;
    int whole;

    self->partner = copy_texts(config->region, config->n_region, ctx);
    self->scenario = ent_calloc(ctx, (size_t)config->n_scenarios, sizeof *self->scenario);
    self->product = ent_calloc(ctx, (size_t)options->n_goods, sizeof *self->product);
    whole = self->partner != NULL && self->scenario != NULL && self->product != NULL;
    for (int i = 0; whole && i < config->n_region; i++) {
        whole = self->partner[i] != NULL;
    }
    for (int i = 0; whole && i < config->n_scenarios; i++) {
        self->scenario[i] = ent_strdup(ctx, config->scenarios[i].name);
        whole = self->scenario[i] != NULL;
    }
    for (int i = 0; whole && i < options->n_goods; i++) {
        self->product[i] = ent_strdup(ctx, options->good[i]);
        whole = self->product[i] != NULL;
    }
    return whole ? ENT_OK : ENT_ERR_NO_MEMORY;
}

int ent_effects_simulate(ent_effects_t *self, const ent_effects_options_t *options, ent_context_t *ctx)
{
    const ent_config_t *config = options->config;
    simulation_t sim = {.options = options, .self = self};
    size_t n;
    int code;

    *self = (ent_effects_t){.n_scenarios = config->n_scenarios,
                            .n_worlds = config->n_worlds,
                            .n_partners = config->n_region,
                            .n_products = options->n_goods,
                            .n_months = config->n_steps,
                            .first_month = 12 * config->calendar.start_year + config->calendar.start_index};
    code = check_config(options, ctx);
    if (code != ENT_OK) {
        return code;
    }
    memcpy(self->hash, config->hash, sizeof self->hash);
    n = ent_effects_at(self, self->n_scenarios, 0, 0, 0, 0);
    self->response = ent_calloc(ctx, n, sizeof(double));
    self->anticipation = ent_calloc(ctx, n, sizeof(double));
    code = self->response == NULL || self->anticipation == NULL ? ENT_ERR_NO_MEMORY
                                                                : take_names(self, options, ctx);
    for (variant_t v = WITH; code == ENT_OK && v < N_VARIANTS; v++) {
        sim.level[v] = ent_calloc(ctx, v == NONE ? n / (size_t)self->n_scenarios : n, sizeof(double));
        code = sim.level[v] == NULL ? ENT_ERR_NO_MEMORY : simulate_variant(&sim, v, ctx);
    }
    if (code == ENT_OK) {
        divide(&sim);
    }
    for (variant_t v = WITH; v < N_VARIANTS; v++) {
        free(sim.level[v]);
    }
    return code;
}

static void free_texts(char **text, int n)
{
    for (int i = 0; text != NULL && i < n; i++) {
        free(text[i]);
    }
    free(text);
}

void ent_effects_free(ent_effects_t *self)
{
    free_texts(self->scenario, self->n_scenarios);
    free_texts(self->partner, self->n_partners);
    free_texts(self->product, self->n_products);
    free(self->response);
    free(self->anticipation);
    *self = (ent_effects_t){0};
}
