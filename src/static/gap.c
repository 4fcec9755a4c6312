#include "static/gap.h"

#include "base/memory.h"
#include "static/gap_causes.h"
#include "static/gap_theory.h"
#include "numbers/monthly.h"
#include "numbers/paired.h"
#include "numbers/shapley.h"
#include "policy/kinds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

typedef struct {
    const ent_gap_options_t *options;
    ent_config_t base; /* says what goods are, in every subset */
    ent_benchmark_t fine;
    ent_observed_t flow; /* home to partner, all goods */
    unsigned char *goods;
    ent_gap_year_t year;
    ent_gap_theory_t theory[2]; /* without exemptions, and with */
    int with, without;
} frame_t;

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
            found |= ent_kind(config->measures[m].kind)->bears_on == ENT_BEARS_ON_SHARE &&
                     strcmp(config->measures[m].id, frame->options->keep[i]) == 0;
        }
        if (!found) {
            code = ent_fault(ctx, ENT_ERR_USAGE, NULL, 0, 0, "--keep", frame->options->keep[i], NULL,
                             "no such exemption in the config");
        }
    }
    return code;
}

/* The destination asked for, or the one that levies in one scenario what it does not in the other. */
static int find_partner(const frame_t *frame, int *partner, ent_context_t *ctx)
{
    const ent_config_t *config = &frame->base;
    const char *name = frame->options->partner;
    ent_ensemble_t ensemble;

    if (name == NULL) {
        int code = ent_ensemble_from_config(&ensemble, config, ctx);

        code = code == ENT_OK
                   ? ent_default_partner(&ensemble, config->home, frame->with, frame->without, partner, ctx)
                   : code;
        ent_ensemble_free(&ensemble);
        return code;
    }
    *partner = ent_config_region(config, name);
    if (*partner < 0 || *partner == config->home) {
        return ent_fault(ctx, ENT_ERR_USAGE, NULL, 0, 0, "--partner", name,
                         ent_nearest(name, (const char *const *)config->region, (size_t)config->n_region),
                         "must be a foreign region of the config whose flow from home is recorded");
    }
    return ENT_OK;
}

/* The year as the theory wants it; nothing is played beyond. */
static int frame_year(frame_t *frame, int partner, ent_context_t *ctx)
{
    ent_config_t *config = &frame->base;

    frame->goods = ent_calloc(ctx, (size_t)config->n_sector, 1);
    if (frame->goods == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int s = 0; s < config->n_sector; s++) {
        frame->goods[s] = config->sector_parameters[s].stocked > 0.5;
    }
    frame->year.origin = config->home;
    frame->year.destination = partner;
    frame->year.goods = frame->goods;
    frame->year.n_months = frame->options->n_months;
    config->n_steps = frame->year.first_step + frame->year.n_months;
    frame->year.regime[0] = config->scenarios[frame->with].regime;
    frame->year.regime[1] = config->scenarios[frame->without].regime;
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
        check_kept(frame, ctx)};

    for (int i = 0; i < 3; i++) {
        code = code == ENT_OK ? codes[i] : code;
    }
    code = code == ENT_OK ? find_partner(frame, &partner, ctx) : code;
    if (code == ENT_OK && frame->with == frame->without) {
        code = ent_fail(ctx, ENT_ERR_CONFIG, config->path, "needs two scenarios, one without the measures");
    }
    frame->year.first_step = options->from - 12 * config->calendar.start_year - config->calendar.start_index;
    if (code == ENT_OK &&
        (frame->year.first_step < 0 || frame->year.first_step + options->n_months > config->n_steps)) {
        code = ent_fail(ctx, ENT_ERR_CONFIG, config->path, "does not play all the months asked for");
    }
    if (code == ENT_OK && ent_observed_series(&frame->flow, config->home, partner, -1, config, ctx) < 0) {
        code = ENT_ERR_NO_MEMORY;
    }
    if (code == ENT_OK) {
        code = frame_year(frame, partner, ctx);
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
    ent_gap_theory_free(&frame->theory[0]);
    ent_gap_theory_free(&frame->theory[1]);
    free(frame->goods);
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
    return ent_monthly_level(played, scenario, world, 0, frame->year.first_step, frame->options->n_months);
}

/* The config of a subset, with the theory's incomes where the engine is not to reckon its own. */
static int read_subset(const frame_t *frame, unsigned subset, ent_config_t *config, ent_benchmark_t *fine,
                       ent_context_t *ctx)
{
    const int exempt = ent_gap_acts(subset, ENT_GAP_EXEMPTIONS);
    int code = ent_gap_read(frame->options, subset, config, fine, ctx);

    config->n_steps = frame->base.n_steps;
    if (code == ENT_OK && !ent_gap_acts(subset, ENT_GAP_INCOMES)) {
        code = ent_gap_theory_give(&frame->theory[exempt], config, ctx);
    }
    return code;
}

/* What is left of the engine when nothing acts, reckoned without sampling: in worlds that choose at once and
 * in worlds that choose for the next month. */
static int reckon_none(const frame_t *frame, const ent_model_t *model, ent_gap_t *self, ent_context_t *ctx)
{
    int code = ENT_OK;

    for (int w = 0; w < self->n_worlds; w++) {
        double change_of[2] = {NAN, NAN};

        for (int monthly = 0; code == ENT_OK && monthly < 2; monthly++) {
            double exports[2];

            code = ent_gap_theory_world(&frame->theory[0], model, w, monthly, exports, ctx);
            change_of[monthly] = code == ENT_OK ? change(exports[0], exports[1]) : NAN;
        }
        self->worlds += (change_of[0] - self->fixed) / self->n_worlds;
        self->months += (change_of[1] - change_of[0]) / self->n_worlds;
        self->reckoned[w] = change_of[1];
    }
    return code;
}

/* The theory with incomes held: mean over worlds that choose at once. */
static int reckon_held(const frame_t *frame, const ent_model_t *model, ent_gap_t *self, ent_context_t *ctx)
{
    int code = ENT_OK;

    self->held = 0.0;
    for (int w = 0; code == ENT_OK && w < self->n_worlds; w++) {
        double exports[2];

        code = ent_gap_theory_world(&frame->theory[0], model, w, 0, exports, ctx);
        self->held += code == ENT_OK ? change(exports[0], exports[1]) / self->n_worlds : 0.0;
    }
    return code;
}

static int play_subset(const frame_t *frame, unsigned subset, ent_gap_t *self, ent_context_t *ctx)
{
    ent_config_t config = {0};
    ent_benchmark_t fine = {0};
    ent_model_t *model = NULL;
    ent_monthly_t played = {0};
    int code = read_subset(frame, subset, &config, &fine, ctx);

    if (code == ENT_OK) {
        code = ent_model_init(&model, &config, &fine, ctx);
    }
    if (code == ENT_OK && subset == 0) {
        code = reckon_none(frame, model, self, ctx);
    }
    if (code == ENT_OK && subset == 1u << ENT_GAP_INCOMES && config.closure == ENT_CLOSURE_PARTIAL) {
        code = reckon_held(frame, model, self, ctx);
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

/* Without stocks there is nothing to buy ahead: such a subset plays bit for bit as the one without waiting.
 */
static unsigned played_before(unsigned subset)
{
    return ent_gap_acts(subset, ENT_GAP_STOCKS) ? subset : subset & ~(1u << ENT_GAP_WAITING);
}

static void copy_subset(ent_gap_t *self, unsigned from, unsigned to)
{
    for (int w = 0; w < self->n_worlds; w++) {
        double *value = self->value + (size_t)w * ENT_N_GAP_SUBSETS;

        value[to] = value[from];
    }
}

/* The theory without exemptions, which is the static answer, and with them. */
static int solve_static(frame_t *frame, ent_gap_t *self, ent_context_t *ctx)
{
    int code = ENT_OK;

    for (int exempt = 0; code == ENT_OK && exempt < 2; exempt++) {
        const unsigned subset = exempt ? 1u << ENT_GAP_EXEMPTIONS : 0u;
        ent_config_t config = {0};
        ent_benchmark_t fine = {0};

        code = ent_gap_read(frame->options, subset, &config, &fine, ctx);
        if (code == ENT_OK) {
            code = ent_gap_theory_init(&frame->theory[exempt], &config, &fine, &frame->year, ctx);
        }
        ent_benchmark_free(&fine);
        ent_config_free(&config);
    }
    self->fixed = change(frame->theory[0].exports[0], frame->theory[0].exports[1]);
    return code;
}

/* ---- sharing out ---- */

/* Mean over worlds and its standard error. */
static void mean_of(const double *value, int n, double *mean, double *error)
{
    double square = 0.0;

    *mean = 0.0;
    for (int w = 0; w < n; w++) {
        *mean += value[w] / n;
    }
    for (int w = 0; w < n; w++) {
        square += (value[w] - *mean) * (value[w] - *mean);
    }
    *error = n > 1 ? sqrt(square / ((double)n * (n - 1))) : NAN;
}

static int share_out(ent_gap_t *self, ent_context_t *ctx)
{
    const int n = self->n_worlds;
    double *part = ent_calloc(ctx, (size_t)(ENT_N_GAP_CAUSES + 2) * (size_t)n, sizeof *part);

    if (part == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    double *rest = part + ENT_N_GAP_CAUSES * n, *engine = rest + n;
    for (int w = 0; w < n; w++) {
        const double *value = self->value + (size_t)w * ENT_N_GAP_SUBSETS;
        double share[ENT_N_GAP_CAUSES];

        ent_shapley(value, ENT_N_GAP_CAUSES, share);
        for (int c = 0; c < ENT_N_GAP_CAUSES; c++) {
            part[c * n + w] = share[c];
        }
        rest[w] = value[0] - self->reckoned[w];
        engine[w] = value[ENT_N_GAP_SUBSETS - 1];
    }
    for (int c = 0; c < ENT_N_GAP_CAUSES; c++) {
        mean_of(part + c * n, n, &self->share[c], &self->error[c]);
    }
    mean_of(rest, n, &self->rest, &self->rest_error);
    mean_of(engine, n, &self->engine, &self->engine_error);
    free(part);
    return ENT_OK;
}

int ent_gap(ent_gap_t *self, const ent_gap_options_t *options, ent_context_t *ctx)
{
    frame_t frame;
    int code;

    *self = (ent_gap_t){.held = NAN};
    code = frame_init(&frame, options, self, ctx);
    if (code == ENT_OK) {
        self->value = ent_calloc(ctx, (size_t)self->n_worlds * ENT_N_GAP_SUBSETS, sizeof(double));
        self->reckoned = ent_calloc(ctx, (size_t)self->n_worlds, sizeof(double));
        code = self->value == NULL || self->reckoned == NULL ? ENT_ERR_NO_MEMORY
                                                             : solve_static(&frame, self, ctx);
    }
    for (unsigned subset = 0; code == ENT_OK && subset < ENT_N_GAP_SUBSETS; subset++) {
        if (played_before(subset) != subset) {
            copy_subset(self, played_before(subset), subset);
        } else {
            code = play_subset(&frame, subset, self, ctx);
        }
        if (options->progress != NULL) {
            options->progress((int)subset + 1, ENT_N_GAP_SUBSETS);
        }
    }
    if (code == ENT_OK) {
        code = share_out(self, ctx);
    }
    frame_free(&frame);
    return code;
}

void ent_gap_free(ent_gap_t *self)
{
    free(self->value);
    free(self->reckoned);
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
    row(table, 1, "worlds", "the worlds' own elasticities, demand and exchange rates", self->worlds, NAN);
    row(table, 0, "months", "suppliers chosen in one month serve from the next", self->months, NAN);
    for (int c = 0; c < ENT_N_GAP_CAUSES; c++) {
        row(table, 0, keys[c], titles[c], self->share[c], self->error[c]);
    }
    row(table, 0, "rest", "sampling: the engine with none of these less what theory says of it", self->rest,
        self->rest_error);
    row(table, 1, "engine", "the engine", self->engine, self->engine_error);
    ent_table_note(table,
                   "change of the year's exports in per cent; shares are Shapley values over all %d "
                   "combinations of causes, "
                   "on the same draws, means over %d worlds with their standard error",
                   (int)ENT_N_GAP_SUBSETS, self->n_worlds);
    if (!isnan(self->held)) {
        ent_table_note(
            table,
            "with incomes, wages and input prices held at the benchmark, as this config holds them, the "
            "theory says %.2f instead of %.2f",
            self->held, self->fixed + self->worlds);
    }
}
