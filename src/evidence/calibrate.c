/* Moments at a place of the prior, played. */
#include "evidence/calibration.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a play ---- */

typedef struct {
    int n, n_owned;
    ent_setting_t *list;
    char **owned;
} settings_t;

static void settings_free(settings_t *self)
{
    for (int i = 0; i < self->n_owned; i++) {
        free(self->owned[i]);
    }
    free(self->owned);
    free(self->list);
}

/* Take over `text` as the value of a key. */
static int add(settings_t *self, const char *key, char *text)
{
    if (text == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    if (self->n_owned == 0 || self->owned[self->n_owned - 1] != text) {
        self->owned[self->n_owned++] = text;
    }
    self->list[self->n++] = (ent_setting_t){key, text};
    return 0;
}

/* The play's settings, those of the command line, replications and seed, then the parameters at u. */
static int settings_init(settings_t *self, const ent_calibrate_t *c, const ent_calibration_play_t *play,
                         uint64_t key, const double *u, ent_context_t *ctx)
{
    const ent_calibration_t *targets = &c->targets;
    size_t n = (size_t)play->n_set + (size_t)c->n_settings + 3;
    for (int k = 0; k < targets->n_parameters; k++) {
        n += (size_t)targets->parameters[k].n_paths;
    }
    *self = (settings_t){.list = ent_calloc(ctx, n, sizeof *self->list),
                         .owned = ent_calloc(ctx, n, sizeof *self->owned)};
    if (self->list == NULL || self->owned == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int i = 0; i < play->n_set; i++) {
        self->list[self->n++] = play->set[i];
    }
    for (int i = 0; i < c->n_settings; i++) {
        self->list[self->n++] = c->settings[i];
    }
    int code = add(self, "replications", ent_format(ctx, "%d", play->replications));
    code = code == 0 ? add(self, "repeats", ent_format(ctx, "0")) : code;
    code = code == 0 ? add(self, "seed", ent_format(ctx, "%llu", (unsigned long long)(key >> 12))) : code;
    for (int k = 0; code == 0 && k < targets->n_parameters; k++) {
        const ent_factor_t *factor = &targets->parameters[k];
        char *text = ent_factor_text(factor, ent_factor_value(factor, u[k]), ctx);
        for (int p = 0; code == 0 && p < factor->n_paths; p++) {
            code = add(self, factor->paths[p], text);
        }
    }
    return code;
}

/* A play's config at a place of the prior. */
static int read_config(ent_config_t *config, ent_benchmark_t *fine, const ent_calibrate_t *c, int p,
                       uint64_t key, const double *u, ent_context_t *ctx)
{
    settings_t settings;
    int code = settings_init(&settings, c, &c->targets.plays[p], key, u, ctx);
    if (code == 0) {
        code = ent_config_source_read(config, fine, &c->source[p], settings.n, settings.list, ctx);
    }
    settings_free(&settings);
    return code;
}

/* Moments of one play that are being summed. */
typedef struct {
    const ent_calibrate_t *calibrate;
    const ent_config_t *config;
    int play;
    ent_moment_sums_t *sums; /* [n_moments] */
} moments_t;

static int add_moments(void *data, int replication, const ent_replication_t *played, ent_context_t *ctx)
{
    const moments_t *self = data;
    const ent_calibrate_t *c = self->calibrate;
    (void)replication;
    (void)ctx;
    for (int m = 0; m < c->targets.n_moments; m++) {
        if (c->play[m] == self->play) {
            ent_moment_add(&c->bound[m], self->config, played->trajectory, &self->sums[m]);
        }
    }
    return 0;
}

static int simulate_play(const ent_calibrate_t *c, int p, uint64_t key, const double *u,
                         ent_moment_sums_t *sums, ent_context_t *ctx)
{
    settings_t settings;
    ent_stage_t stage;
    ent_stage_init(&stage, &c->source[p]);
    int code = settings_init(&settings, c, &c->targets.plays[p], key, u, ctx);
    code = code == 0 ? ent_stage_set(&stage, settings.n, settings.list, ctx) : code;
    if (code == 0) {
        moments_t moments = {c, stage.config, p, sums};
        code =
            ent_stage_each(&stage, 1, 0, (int)c->targets.plays[p].replications, add_moments, &moments, ctx);
    }
    ent_stage_free(&stage);
    settings_free(&settings);
    return code;
}

int ent_calibrate_simulate(void *self, int thread, uint64_t key, const double *u, double *moments,
                           ent_context_t *ctx)
{
    const ent_calibrate_t *c = self;
    ent_moment_sums_t *sums = ent_calloc(ctx, (size_t)c->targets.n_moments, sizeof *sums);
    int code = sums == NULL ? ENT_ERR_NO_MEMORY : 0;
    (void)thread;
    for (int p = 0; code == 0 && p < c->targets.n_plays; p++) {
        code = simulate_play(c, p, key, u, sums, ctx);
    }
    for (int m = 0; code == 0 && m < c->targets.n_moments; m++) {
        moments[m] = ent_moment_value(c->targets.moments[m].kind, &sums[m]);
    }
    free(sums);
    return code;
}

/* ---- preparing ---- */

static int find_play(const ent_calibration_t *targets, const char *name)
{
    for (int p = 0; name != NULL && p < targets->n_plays; p++) {
        if (strcmp(targets->plays[p].name, name) == 0) {
            return p;
        }
    }
    return 0;
}

/* Bind the moments of a play to its config at the medians, and add the config to what the hash is of. */
static int bind_play(ent_calibrate_t *self, int play, const double *u, char **seen, ent_context_t *ctx)
{
    ent_config_t config;
    ent_benchmark_t fine;
    int code = read_config(&config, &fine, self, play, (uint64_t)self->targets.seed << 12, u, ctx);
    if (code != 0) {
        return code;
    }
    for (int m = 0; m < self->targets.n_moments; m++) {
        if (self->play[m] == play) {
            const int here =
                ent_moment_bind(&self->bound[m], &self->targets.moments[m], self->targets.path, &config, ctx);
            code = here != 0 ? here : code;
        }
    }
    char *longer = ent_format(ctx, "%s%s %s\n", *seen, config.hash, fine.sha256);
    code = longer == NULL ? ENT_ERR_NO_MEMORY : code;
    if (longer != NULL) {
        free(*seen);
        *seen = longer;
    }
    ent_config_free(&config);
    ent_benchmark_free(&fine);
    return code;
}

int ent_calibrate_init(ent_calibrate_t *self, const char *config, const char *targets, int n_settings,
                       const ent_setting_t *settings, ent_context_t *ctx)
{
    *self = (ent_calibrate_t){.config = config, .n_settings = n_settings, .settings = settings};
    int code = ent_calibration_read(&self->targets, targets, ctx);
    if (code != 0) {
        return code;
    }
    const size_t n = (size_t)self->targets.n_moments;
    double *u = ent_calloc(ctx, (size_t)self->targets.n_parameters, sizeof *u);
    char *seen = ent_strdup(ctx, self->targets.text);
    self->source = ent_calloc(ctx, (size_t)self->targets.n_plays, sizeof *self->source);
    self->play = ent_calloc(ctx, n, sizeof *self->play);
    self->bound = ent_calloc(ctx, n, sizeof *self->bound);
    self->target = ent_calloc(ctx, n, sizeof(double));
    self->error = ent_calloc(ctx, n, sizeof(double));
    if (u == NULL || seen == NULL || self->source == NULL || self->play == NULL || self->bound == NULL ||
        self->target == NULL || self->error == NULL) {
        code = ENT_ERR_NO_MEMORY;
    }
    for (size_t m = 0; code == 0 && m < n; m++) {
        self->play[m] = find_play(&self->targets, self->targets.moments[m].play);
        self->target[m] = self->targets.moments[m].value;
        self->error[m] = self->targets.moments[m].error;
    }
    for (int k = 0; code == 0 && k < self->targets.n_parameters; k++) {
        u[k] = 0.5;
    }
    for (int p = 0; code == 0 && p < self->targets.n_plays; p++) {
        const char *own = self->targets.plays[p].config;
        code = ent_config_source_open(&self->source[p], own != NULL ? own : config, ctx);
    }
    for (int p = 0; code == 0 && p < self->targets.n_plays; p++) {
        code = bind_play(self, p, u, &seen, ctx);
    }
    if (code == 0) {
        code = ent_sha256_buffer(seen, strlen(seen), self->hash, ctx);
    }
    free(seen);
    free(u);
    return code;
}

void ent_calibrate_free(ent_calibrate_t *self)
{
    for (int m = 0; self->bound != NULL && m < self->targets.n_moments; m++) {
        free(self->bound[m].sectors);
    }
    for (int p = 0; self->source != NULL && p < self->targets.n_plays; p++) {
        ent_config_source_free(&self->source[p]);
    }
    free(self->source);
    free(self->bound);
    free(self->play);
    free(self->target);
    free(self->error);
    ent_abc_free(&self->population);
    ent_calibration_free(&self->targets);
}

void ent_calibrate_options(ent_calibrate_t *self, ent_abc_options_t *options)
{
    const ent_calibration_t *t = &self->targets;
    *options = (ent_abc_options_t){.n_parameters = t->n_parameters,
                                   .n_moments = t->n_moments,
                                   .n_particles = (int)t->population,
                                   .n_generations = (int)t->generations,
                                   .batch = (int)t->batch,
                                   .most_attempts = (int)t->most_attempts,
                                   .quantile = t->quantile,
                                   .tolerance = t->tolerance,
                                   .seed = (uint64_t)t->seed,
                                   .target = self->target,
                                   .error = self->error,
                                   .simulate = ent_calibrate_simulate,
                                   .data = self,
                                   .hash = self->hash};
}
