#include "study/gap.h"

#include "base/memory.h"
#include "study/monthly.h"
#include "study/shapley.h"
#include "study/static_case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OFF = 6 };
static const double percent = 100.0;

static const char *const keys[] = {
#define KEY(id, key, title) key,
    ENT_GAP_CAUSES(KEY)
#undef KEY
};
static const char *const titles[] = {
#define TITLE(id, key, title) title,
    ENT_GAP_CAUSES(TITLE)
#undef TITLE
};

/* Settings that take a cause out. Rates of 600 a year leave draws room and make every month one of renewal.
 */
static const ent_setting_t off[ENT_N_GAP_CAUSES][MAX_OFF] = {
    [ENT_GAP_CONTRACTS] = {{"parameters.renewal_rate", "600"},
                           {"parameters.switching_cost", "0"},
                           {"mechanisms.captive", "false"}},
    [ENT_GAP_STOCKS] = {{"parameters.stocked", "0"}},
    [ENT_GAP_WAITING] = {{"parameters.stockup_limit", "0"}, {"parameters.stockdown_limit", "0"}},
    [ENT_GAP_PASS_THROUGH] = {{"parameters.absorption", "0"},
                              {"parameters.price_reset_rate", "600"},
                              {"parameters.retail_reset_rate", "600"},
                              {"parameters.local_cost_share", "0"},
                              {"mechanisms.markups", "false"}},
    [ENT_GAP_PLANTS] = {{"mechanisms.plants", "false"}, {"mechanisms.tariff_jumping", "false"}},
};

typedef struct {
    const ent_gap_options_t *options;
    ent_config_t base; /* says what goods are, in every subset */
    ent_benchmark_t fine;
    ent_observed_t flow; /* home to partner, all goods */
    int with, without, first_step;
} frame_t;

/* ---- a subset's config ---- */

static int kept(const ent_gap_options_t *options, const char *id)
{
    for (int i = 0; i < options->n_keep; i++) {
        if (strcmp(options->keep[i], id) == 0) {
            return 1;
        }
    }
    return 0;
}

/* No exemption but those kept, and every duty collected. */
static void collect_all(const ent_gap_options_t *options, ent_config_t *config)
{
    for (int m = 0; m < config->n_measures; m++) {
        ent_measure_t *measure = &config->measures[m];

        measure->collected_in_full = 1;
        for (int r = 0; measure->kind == ENT_MEASURE_EXEMPTION && r < config->n_region; r++) {
            if (!kept(options, measure->id) && !isnan(measure->rate[r])) {
                measure->rate[r] = 0.0;
            }
        }
    }
}

static int read_subset(const ent_gap_options_t *options, unsigned subset, ent_config_t *config,
                       ent_benchmark_t *fine, ent_context_t *ctx)
{
    const int most = options->n_settings + ENT_N_GAP_CAUSES * MAX_OFF;
    ent_setting_t *settings = ent_calloc(ctx, (size_t)most, sizeof *settings);
    int n = options->n_settings, code;

    if (settings == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int i = 0; i < n; i++) {
        settings[i] = options->settings[i];
    }
    for (int c = 0; c < ENT_N_GAP_CAUSES; c++) {
        for (int k = 0; (subset >> c & 1u) == 0 && k < MAX_OFF && off[c][k].key != NULL; k++) {
            settings[n++] = off[c][k];
        }
    }
    code = ent_config_read(config, fine, options->config, n, settings, ctx);
    free(settings);
    if (code == ENT_OK && (subset >> ENT_GAP_EXEMPTIONS & 1u) == 0) {
        collect_all(options, config);
    }
    return code;
}

/* ---- the frame ---- */

static int find_scenario(const ent_config_t *config, const char *name, int otherwise, int *scenario,
                         ent_context_t *ctx)
{
    const char *names[64];
    int n = 0;

    *scenario = otherwise;
    if (name == NULL) {
        return ENT_OK;
    }
    for (int i = 0; i < config->n_scenarios && i < 64; i++) {
        names[n++] = config->scenarios[i].name;
        if (strcmp(config->scenarios[i].name, name) == 0) {
            *scenario = i;
            return ENT_OK;
        }
    }
    return ent_fault(ctx, ENT_ERR_USAGE, NULL, 0, 0, "scenario", name, ent_nearest(name, names, (size_t)n),
                     "no such scenario in the config");
}

static int check_kept(const frame_t *frame, ent_context_t *ctx)
{
    const ent_config_t *config = &frame->base;
    int code = ENT_OK;

    for (int i = 0; i < frame->options->n_keep; i++) {
        int found = 0;

        for (int m = 0; m < config->n_measures; m++) {
            found |= config->measures[m].kind == ENT_MEASURE_EXEMPTION &&
                     strcmp(config->measures[m].id, frame->options->keep[i]) == 0;
        }
        if (!found) {
            code = ent_fault(ctx, ENT_ERR_USAGE, NULL, 0, 0, "--keep", frame->options->keep[i], NULL,
                             "no such exemption in the config");
        }
    }
    return code;
}

static int find_partner(const frame_t *frame, int *partner, ent_context_t *ctx)
{
    const ent_config_t *config = &frame->base;
    const char *name = frame->options->partner;

    *partner = -1;
    for (int f = 0; name == NULL && *partner < 0 && f < config->n_flows; f++) {
        if (config->flows[f].origin == config->home && config->flows[f].destination != config->home) {
            *partner = config->flows[f].destination;
        }
    }
    if (name != NULL) {
        *partner = ent_config_region(config, name);
    }
    if (*partner < 0 || *partner == config->home) {
        return ent_fault(
            ctx, ENT_ERR_USAGE, NULL, 0, 0, "--partner", name,
            name == NULL ? NULL
                         : ent_nearest(name, (const char *const *)config->region, (size_t)config->n_region),
            "must be a foreign region of the config whose flow from home is recorded");
    }
    return ENT_OK;
}

static int frame_init(frame_t *frame, const ent_gap_options_t *options, ent_gap_t *self, ent_context_t *ctx)
{
    int partner = -1, code;

    *frame = (frame_t){.options = options};
    code = ent_config_read(&frame->base, &frame->fine, options->config, options->n_settings,
                           options->settings, ctx);
    if (code != ENT_OK) {
        return code;
    }
    const ent_config_t *config = &frame->base;
    const int codes[] = {
        find_scenario(config, options->with, 0, &frame->with, ctx),
        find_scenario(config, options->without, config->n_scenarios - 1, &frame->without, ctx),
        check_kept(frame, ctx), find_partner(frame, &partner, ctx)};

    for (int i = 0; i < 4; i++) {
        code = code == ENT_OK ? codes[i] : code;
    }
    if (code == ENT_OK && frame->with == frame->without) {
        code = ent_fail(ctx, ENT_ERR_CONFIG, config->path, "needs two scenarios, one without the measures");
    }
    frame->first_step = options->from - 12 * config->calendar.start_year - config->calendar.start_index;
    if (code == ENT_OK &&
        (frame->first_step < 0 || frame->first_step + options->n_months > config->n_steps)) {
        code = ent_fail(ctx, ENT_ERR_CONFIG, config->path, "does not play all the months asked for");
    }
    if (code == ENT_OK && ent_observed_series(&frame->flow, config->home, partner, -1, config, ctx) < 0) {
        code = ENT_ERR_NO_MEMORY;
    }
    if (code == ENT_OK) {
        snprintf(self->home, sizeof self->home, "%s", config->region[config->home]);
        snprintf(self->partner, sizeof self->partner, "%s", config->region[partner]);
        self->n_worlds = config->n_worlds;
    }
    return code;
}

static void frame_free(frame_t *frame)
{
    ent_observed_free(&frame->flow);
    ent_benchmark_free(&frame->fine);
    ent_config_free(&frame->base);
}

/* ---- both answers ---- */

static double change(double with, double without)
{
    return without > 0.0 ? percent * (with / without - 1.0) : NAN;
}

static double year_of(const frame_t *frame, const ent_monthly_t *played, int scenario, int world)
{
    double sum = 0.0;

    for (int t = 0; t < frame->options->n_months; t++) {
        sum += played->level[ent_monthly_at(played, scenario, world, 0, frame->first_step + t)];
    }
    return sum;
}

static int play_subset(const frame_t *frame, unsigned subset, ent_gap_t *self, ent_context_t *ctx)
{
    ent_config_t config = {0};
    ent_benchmark_t fine = {0};
    ent_model_t *model = NULL;
    ent_monthly_t played = {0};
    int code = read_subset(frame->options, subset, &config, &fine, ctx);

    if (code == ENT_OK) {
        code = ent_model_init(&model, &config, &fine, ctx);
    }
    if (code == ENT_OK) {
        code = ent_monthly_init(&played, &frame->flow, &frame->base, ctx);
    }
    if (code == ENT_OK) {
        code =
            ent_monthly_play(&played, &frame->flow, &frame->base, model, 0.0, frame->options->n_threads, ctx);
    }
    for (int w = 0; code == ENT_OK && w < self->n_worlds; w++) {
        self->value[(size_t)w * ENT_N_GAP_SUBSETS + subset] =
            change(year_of(frame, &played, frame->with, w), year_of(frame, &played, frame->without, w));
    }
    ent_monthly_free(&played);
    ent_model_free(model);
    ent_benchmark_free(&fine);
    ent_config_free(&config);
    return code;
}

static double static_exports(const frame_t *frame, const ent_static_t *theory,
                             const ent_theory_result_t *result)
{
    const ent_benchmark_t *b = theory->benchmark;
    double sum = 0.0;

    for (int s = 0; s < b->n_sector; s++) {
        const size_t cell = ent_cell(b, s, frame->base.home, frame->flow.series[0].destination);

        sum += frame->base.sector_parameters[s].stocked > 0.5 ? result->flow[cell] / (1.0 + b->freight[cell])
                                                              : 0.0;
    }
    return sum;
}

/* Static exports of the year under one regime: sum over the months' last days. */
static int static_year(const frame_t *frame, const ent_static_t *theory, int regime, double *cells,
                       double *sum, ent_context_t *ctx)
{
    double *cost = cells + ent_static_cells(theory);
    int code = ENT_OK;

    for (int t = 0; code == ENT_OK && t < frame->options->n_months; t++) {
        const ent_day_t day = ent_step_begin(&frame->base.calendar, frame->first_step + t + 1) - 1;
        ent_theory_result_t result = {0};

        code = ent_static_rates(theory, regime, day, cells, cost, ctx);
        if (code == ENT_OK) {
            code = ent_theory_solve(&theory->model, cells, cost, &result, ctx);
        }
        *sum += code == ENT_OK ? static_exports(frame, theory, &result) : 0.0;
        ent_theory_result_free(&result);
    }
    return code;
}

static int solve_static(const frame_t *frame, ent_gap_t *self, ent_context_t *ctx)
{
    static const ent_static_options_t options = {.allow_zero_own_trade = 1};
    const unsigned all_but_exemptions = (ENT_N_GAP_SUBSETS - 1u) & ~(1u << ENT_GAP_EXEMPTIONS);
    ent_config_t config = {0};
    ent_benchmark_t fine = {0};
    ent_static_t theory = {0};
    double sum[2] = {0.0, 0.0}, *cells = NULL;
    int code = read_subset(frame->options, all_but_exemptions, &config, &fine, ctx);

    if (code == ENT_OK) {
        code = ent_static_init(&theory, &config, &fine, &options, ctx);
    }
    if (code == ENT_OK) {
        cells = ent_calloc(ctx, 2 * ent_static_cells(&theory), sizeof *cells);
        code = cells == NULL ? ENT_ERR_NO_MEMORY : ENT_OK;
    }
    for (int i = 0; code == ENT_OK && i < 2; i++) {
        const int scenario = i == 0 ? frame->with : frame->without;

        code = static_year(frame, &theory, config.scenarios[scenario].regime, cells, &sum[i], ctx);
    }
    self->fixed = change(sum[0], sum[1]);
    free(cells);
    ent_static_free(&theory);
    ent_benchmark_free(&fine);
    ent_config_free(&config);
    return code;
}

/* ---- sharing out ---- */

static void share_out(ent_gap_t *self)
{
    const double n = (double)self->n_worlds;
    double none = 0.0, square[ENT_N_GAP_CAUSES] = {0.0};

    for (int w = 0; w < self->n_worlds; w++) {
        const double *value = self->value + (size_t)w * ENT_N_GAP_SUBSETS;
        double share[ENT_N_GAP_CAUSES];

        ent_shapley(value, ENT_N_GAP_CAUSES, share);
        for (int c = 0; c < ENT_N_GAP_CAUSES; c++) {
            self->share[c] += share[c] / n;
            square[c] += share[c] * share[c] / n;
        }
        self->engine += value[ENT_N_GAP_SUBSETS - 1] / n;
        none += value[0] / n;
    }
    for (int c = 0; c < ENT_N_GAP_CAUSES; c++) {
        self->error[c] =
            n > 1.5 ? sqrt(fmax(0.0, square[c] - self->share[c] * self->share[c]) / (n - 1.0)) : NAN;
    }
    self->rest = none - self->fixed;
}

int ent_gap(ent_gap_t *self, const ent_gap_options_t *options, ent_context_t *ctx)
{
    frame_t frame;
    int code;

    *self = (ent_gap_t){0};
    code = frame_init(&frame, options, self, ctx);
    if (code == ENT_OK) {
        self->value = ent_calloc(ctx, (size_t)self->n_worlds * ENT_N_GAP_SUBSETS, sizeof(double));
        code = self->value == NULL ? ENT_ERR_NO_MEMORY : solve_static(&frame, self, ctx);
    }
    for (unsigned subset = 0; code == ENT_OK && subset < ENT_N_GAP_SUBSETS; subset++) {
        code = play_subset(&frame, subset, self, ctx);
        if (options->progress != NULL) {
            options->progress((int)subset + 1, ENT_N_GAP_SUBSETS);
        }
    }
    if (code == ENT_OK) {
        share_out(self);
    }
    frame_free(&frame);
    return code;
}

void ent_gap_free(ent_gap_t *self)
{
    free(self->value);
    *self = (ent_gap_t){0};
}

static void row(ent_table_t *table, int rule, const char *key, const char *title, double points, double error)
{
    ent_table_row(table, rule);
    ent_table_text(table, 0, key);
    ent_table_text(table, 1, title);
    ent_table_number(table, 2, points, 2);
    ent_table_number(table, 3, error, 2);
}

void ent_gap_table(const ent_gap_t *self, ent_table_t *table)
{
    ent_table_init(table, "gap_to_static",
                   "Exports of goods from %s to %s in the year: from the static answer to the engine's",
                   self->home, self->partner);
    ent_table_column(table, "part", ENT_COLUMN_TEXT, "", "part");
    ent_table_column(table, "what", ENT_COLUMN_TEXT, "", "what");
    ent_table_column(table, "points", ENT_COLUMN_NUMBER, "points", "points");
    ent_table_column(table, "error", ENT_COLUMN_NUMBER, "points", "+/-");
    row(table, 0, "static", "static theory, no exemption, all duty collected", self->fixed, NAN);
    for (int c = 0; c < ENT_N_GAP_CAUSES; c++) {
        row(table, c == 0, keys[c], titles[c], self->share[c], self->error[c]);
    }
    row(table, 0, "rest", "the engine with none of these less the static theory", self->rest, NAN);
    row(table, 1, "engine", "the engine", self->engine, NAN);
    ent_table_note(table,
                   "change of the year's exports in per cent; shares are Shapley values over all %d "
                   "combinations of causes, "
                   "on the same draws, means over %d worlds with their standard error",
                   (int)ENT_N_GAP_SUBSETS, self->n_worlds);
}
