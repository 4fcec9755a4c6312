#include "numbers/monthly.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { YEAR = 12 };

size_t ent_monthly_at(const ent_monthly_t *self, int scenario, int world, int series, int step)
{
    return (((size_t)scenario * (size_t)self->n_worlds + (size_t)world) * (size_t)self->n_series +
            (size_t)series) *
               (size_t)self->n_steps +
           (size_t)step;
}

static double sum_of(const ent_monthly_t *self, const double *values, int scenario, int world, int series,
                     int step, int n)
{
    const ent_period_t period = ent_period_steps(step, n);
    return ent_period_path(&period, values + ent_monthly_at(self, scenario, world, series, 0), 1);
}

double ent_monthly_level(const ent_monthly_t *self, int scenario, int world, int series, int step, int n)
{
    return sum_of(self, self->level, scenario, world, series, step, n);
}

double ent_monthly_elastic(const ent_monthly_t *self, int scenario, int world, int series, int step, int n)
{
    return sum_of(self, self->elastic, scenario, world, series, step, n);
}

/* ---- what a series is made of ---- */

static int flow_of(const ent_config_t *config, int origin, int destination)
{
    for (int f = 0; f < config->n_flows; f++) {
        if (config->flows[f].origin == origin && config->flows[f].destination == destination) {
            return f;
        }
    }
    return -1;
}

/* Whether a series counts the flow of a pair of regions. */
static int of_series(const ent_observed_series_t *series, int origin, int destination)
{
    return origin != destination && (series->origin < 0 || series->origin == origin) &&
           (series->destination < 0 || series->destination == destination);
}

static int counted(const ent_config_t *config, const ent_observed_series_t *series, int sector)
{
    return series->sector < 0 ? config->sector_parameters[sector].stocked > 0.5 : sector == series->sector;
}

static int check_flows(const ent_observed_t *observed, const ent_config_t *config, ent_context_t *ctx)
{
    int code = ENT_OK;

    for (int i = 0; i < observed->n_series; i++) {
        const ent_observed_series_t *s = &observed->series[i];

        for (int pair = 0; pair < config->n_region * config->n_region; pair++) {
            const int o = pair / config->n_region, d = pair % config->n_region;

            if (of_series(s, o, d) && flow_of(config, o, d) < 0) {
                code = ent_fault(ctx, ENT_ERR_CONFIG, config->path, 0, 0, "record.flows", config->region[o],
                                 NULL, "must hold the flow %s-%s, which the series %s needs",
                                 config->region[o], config->region[d], s->name);
            }
        }
    }
    return code;
}

int ent_monthly_init(ent_monthly_t *self, const ent_observed_t *observed, const ent_config_t *config,
                     ent_context_t *ctx)
{
    size_t n;

    *self = (ent_monthly_t){.n_scenarios = config->n_scenarios,
                            .n_worlds = config->n_worlds,
                            .n_series = observed->n_series,
                            .n_steps = config->n_steps,
                            .first_month = YEAR * config->calendar.start_year + config->calendar.start_index};
    if (config->calendar.steps_per_year != YEAR) {
        return ent_fault(ctx, ENT_ERR_CONFIG, config->path, 0, 0, "steps_per_year", NULL, NULL,
                         "must be 12: observations are monthly");
    }
    if (check_flows(observed, config, ctx) != ENT_OK) {
        return ENT_ERR_CONFIG;
    }
    n = ent_monthly_at(self, self->n_scenarios, 0, 0, 0);
    self->level = ent_calloc(ctx, n, sizeof(double));
    self->elastic = ent_calloc(ctx, n, sizeof(double));
    if (self->level == NULL || self->elastic == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < n; i++) {
        self->level[i] = self->elastic[i] = NAN;
    }
    return ENT_OK;
}

void ent_monthly_free(ent_monthly_t *self)
{
    free(self->level);
    free(self->elastic);
    *self = (ent_monthly_t){0};
}

/* ---- one trajectory ---- */

/* Fields of one trajectory, [n_steps][size of the field]. */
typedef struct {
    const float *exports, *rate, *imports;
} fields_t;

/* Sums over cells: exports, those a year before, and what the elasticity makes of the latter. */
typedef struct {
    double exports, before, elastic;
} sums_t;

static void add_flow(const ent_config_t *config, const ent_observed_series_t *series, int flow,
                     const fields_t *from, int step, double elasticity, sums_t *sums)
{
    const size_t n_flows = (size_t)config->n_flows, size = n_flows * (size_t)config->n_sector;

    for (int s = 0; s < config->n_sector; s++) {
        const size_t now = (size_t)step * size + (size_t)s * n_flows + (size_t)flow;

        if (!counted(config, series, s)) {
            continue;
        }
        sums->exports += (double)from->exports[now];
        if (step >= YEAR) {
            const size_t before = now - (size_t)YEAR * size;
            const double x = (double)from->exports[before];
            const double factor =
                pow((1.0 + (double)from->rate[now]) / (1.0 + (double)from->rate[before]), elasticity);

            sums->before += x;
            sums->elastic += isfinite(factor) ? x * factor : x; /* no rate where nothing arrived */
        }
    }
}

static double all_imports(const ent_config_t *config, const ent_observed_series_t *series,
                          const fields_t *from, int step)
{
    const size_t market = (size_t)series->destination * (size_t)config->n_sector;
    const size_t row = (size_t)step * (size_t)config->n_region * (size_t)config->n_sector;
    double sum = 0.0;

    for (int s = 0; s < config->n_sector; s++) {
        sum += counted(config, series, s) ? (double)from->imports[row + market + (size_t)s] : 0.0;
    }
    return sum;
}

static void take(ent_monthly_t *self, const ent_observed_t *observed, const ent_config_t *config,
                 const fields_t *from, double elasticity, int scenario, int world)
{
    for (int i = 0; i < self->n_series; i++) {
        const ent_observed_series_t *series = &observed->series[i];
        double *level = self->level + ent_monthly_at(self, scenario, world, i, 0);
        double *elastic = self->elastic + ent_monthly_at(self, scenario, world, i, 0);

        for (int t = 0; t < self->n_steps; t++) {
            sums_t sums = {0};

            for (int f = 0; f < config->n_flows; f++) {
                const ent_flow_t *flow = &config->flows[f];

                if (of_series(series, flow->origin, flow->destination)) {
                    add_flow(config, series, f, from, t, elasticity, &sums);
                }
            }
            level[t] = series->origin < 0 ? all_imports(config, series, from, t) : sums.exports;
            elastic[t] = t < YEAR ? NAN : level[t - YEAR] * sums.elastic / sums.before;
        }
    }
}

/* Every scenario of one replication. */
static int take_replication(ent_monthly_t *self, const ent_observed_t *observed, const ent_config_t *config,
                            ent_reader_t *reader, double elasticity, int r, ent_context_t *ctx)
{
    const ent_ensemble_t *e = reader->ensemble;
    int code = ENT_OK;

    for (int i = 0; code == ENT_OK && i < e->n_scenario; i++) {
        fields_t from;

        code = ent_reader_field(reader, ENT_FIELD_exports, i, r, &from.exports, ctx);
        code = code == ENT_OK ? ent_reader_field(reader, ENT_FIELD_tariff_rate, i, r, &from.rate, ctx) : code;
        code = code == ENT_OK ? ent_reader_field(reader, ENT_FIELD_market_imports, i, r, &from.imports, ctx)
                              : code;
        if (code == ENT_OK) {
            take(self, observed, config, &from, elasticity, i, e->world[r]);
        }
    }
    return code;
}

/* ---- playing ---- */

typedef struct {
    ent_monthly_t *self;
    const ent_observed_t *observed;
    const ent_config_t *config;
    ent_ensemble_t ensemble;
    ent_reader_t reader;
    double elasticity;
} player_t;

static int take_played(void *data, int world, const ent_replication_t *played, ent_context_t *ctx)
{
    player_t *player = data;

    ent_ensemble_hold(&player->ensemble, world, played->trajectory);
    const int code = take_replication(player->self, player->observed, player->config, &player->reader,
                                      player->elasticity, world, ctx);
    ent_ensemble_hold(&player->ensemble, world, NULL);
    return code;
}

int ent_monthly_play(ent_monthly_t *self, const ent_observed_t *observed, const ent_config_t *config,
                     const ent_model_t *model, double elasticity, int n_threads, ent_context_t *ctx)
{
    const ent_run_options_t options = {.n_threads = n_threads};
    player_t player = {.self = self, .observed = observed, .config = config, .elasticity = elasticity};
    int code = ent_ensemble_from_config(&player.ensemble, config, ctx);

    if (code == ENT_OK) {
        code = ent_reader_init(&player.reader, &player.ensemble, ctx);
    }
    if (code == ENT_OK) {
        code = ent_run_each(model, &options, 0, self->n_worlds, take_played, &player, ctx);
    }
    ent_reader_free(&player.reader);
    ent_ensemble_free(&player.ensemble);
    return code;
}

/* ---- reading ---- */

static int same_names(char *const *a, int n_a, char *const *b, int n_b)
{
    int same = n_a == n_b;

    for (int i = 0; same && i < n_a; i++) {
        same = strcmp(a[i], b[i]) == 0;
    }
    return same;
}

static int check_file(const ent_config_t *config, const ent_results_file_t *file, ent_context_t *ctx)
{
    int scenarios = config->n_scenarios == file->n_scenario;

    for (int i = 0; scenarios && i < file->n_scenario; i++) {
        scenarios = strcmp(config->scenarios[i].name, file->scenario[i]) == 0;
    }
    if (!scenarios || !same_names(config->region, config->n_region, file->region, file->n_region) ||
        !same_names(config->sector, config->n_sector, file->sector, file->n_sector) ||
        config->n_flows != file->n_flow || config->n_steps != file->n_time ||
        config->n_worlds != file->n_worlds || config->calendar.start != file->begin[0]) {
        return ent_fail(ctx, ENT_ERR_DATA, file->path,
                        "has other scenarios, regions, sectors, flows, worlds or dates than %s",
                        config->path);
    }
    for (int f = 0; f < file->n_flow; f++) {
        if (config->flows[f].origin != file->flow_origin[f] ||
            config->flows[f].destination != file->flow_destination[f]) {
            return ent_fail(ctx, ENT_ERR_DATA, file->path, "has other flows than %s", config->path);
        }
    }
    return ENT_OK;
}

int ent_monthly_read(ent_monthly_t *self, const ent_observed_t *observed, const ent_config_t *config,
                     const ent_results_file_t *file, double elasticity, ent_context_t *ctx)
{
    ent_ensemble_t ensemble;
    ent_reader_t reader = {0};
    int code = check_file(config, file, ctx);

    ent_ensemble_from_file(&ensemble, file);
    if (code == ENT_OK) {
        code = ent_reader_init(&reader, &ensemble, ctx);
    }
    for (int r = 0; code == ENT_OK && r < ensemble.n_replication; r++) {
        if (ensemble.whole[r] && ensemble.chance[r] == 0) {
            code = take_replication(self, observed, config, &reader, elasticity, r, ctx);
        }
    }
    ent_reader_free(&reader);
    return code;
}
