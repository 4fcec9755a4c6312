#include "run/stage.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* A config with what it was read from and what was made of it. */
typedef struct ent_stage_config {
    ent_config_t config;
    ent_benchmark_t fine;
    ent_model_t *model;
    int n_settings;
    ent_setting_t *settings; /* copies */
} stage_config_t;

static void free_config(stage_config_t *self)
{
    if (self == NULL) {
        return;
    }
    ent_model_free(self->model);
    ent_config_free(&self->config);
    ent_benchmark_free(&self->fine);
    for (int i = 0; self->settings != NULL && i < self->n_settings; i++) {
        free((void *)self->settings[i].key);
        free((void *)self->settings[i].value);
    }
    free(self->settings);
    free(self);
}

static int copy_settings(stage_config_t *self, int n, const ent_setting_t *settings, ent_context_t *ctx)
{
    self->settings = ent_calloc(ctx, (size_t)n, sizeof *self->settings);
    self->n_settings = n;
    for (int i = 0; self->settings != NULL && i < n; i++) {
        self->settings[i] =
            (ent_setting_t){ent_strdup(ctx, settings[i].key), ent_strdup(ctx, settings[i].value)};
        if (self->settings[i].key == NULL || self->settings[i].value == NULL) {
            return ENT_ERR_NO_MEMORY;
        }
    }
    return self->settings == NULL ? ENT_ERR_NO_MEMORY : 0;
}

static int read_config(stage_config_t **out, ent_config_source_t *source, int n,
                       const ent_setting_t *settings, ent_context_t *ctx)
{
    stage_config_t *self = *out = ent_calloc(ctx, 1, sizeof *self);
    int code = self == NULL ? ENT_ERR_NO_MEMORY : copy_settings(self, n, settings, ctx);
    return code == 0 ? ent_config_source_read(&self->config, &self->fine, source, n, settings, ctx) : code;
}

void ent_stage_init(ent_stage_t *stage, ent_config_source_t *source)
{
    *stage = (ent_stage_t){.source = source};
}

/* What hangs on a layout, and the layout. */
static void forget_layout(ent_stage_t *stage)
{
    ent_player_free(&stage->player);
    ent_replication_free(&stage->played);
    if (stage->own != stage->laid) {
        free_config(stage->own);
    }
    free_config(stage->laid);
    stage->own = stage->laid = NULL;
    stage->config = NULL;
    stage->model = NULL;
}

void ent_stage_free(ent_stage_t *stage)
{
    forget_layout(stage);
}

/* Whether the config fits the layout at hand, and with what schedules. */
typedef enum { FITS, FITS_WITH_OWN_POLICY, FITS_NOT } fit_t;

static fit_t fit_layout(const ent_stage_t *stage, const stage_config_t *next)
{
    const stage_config_t *laid = stage->laid;
    if (laid == NULL) {
        return FITS_NOT;
    }
    const ent_difference_t differ =
        ent_settings_differ(laid->n_settings, laid->settings, next->n_settings, next->settings);
    if (differ == ENT_DIFFER_IN_MORE || !ent_same_layout(laid->model, &next->config)) {
        return FITS_NOT;
    }
    return differ == ENT_DIFFER_IN_PARAMETERS && ent_same_measures(laid->model, &next->config)
               ? FITS
               : FITS_WITH_OWN_POLICY;
}

/* The config is the stage's from here on. */
static int set_config(ent_stage_t *stage, stage_config_t *next, ent_context_t *ctx)
{
    const fit_t fit = fit_layout(stage, next);
    int code;
    if (fit == FITS_NOT) {
        forget_layout(stage);
        stage->own = stage->laid = next;
        code = ent_model_init(&next->model, &next->config, &next->fine, ctx);
        stage->n_layouts++;
    } else {
        if (stage->own != stage->laid) {
            free_config(stage->own);
        }
        stage->own = next;
        code = ent_model_share(&next->model, stage->laid->model, &next->config, fit == FITS_WITH_OWN_POLICY,
                               ctx);
    }
    if (code == 0) {
        stage->config = &next->config;
        stage->model = stage->player.model = next->model;
    }
    return code;
}

int ent_stage_set(ent_stage_t *stage, int n_settings, const ent_setting_t *settings, ent_context_t *ctx)
{
    stage_config_t *next = NULL;
    int code = read_config(&next, stage->source, n_settings, settings, ctx);
    if (code != 0) {
        free_config(next);
        return code;
    }
    code = set_config(stage, next, ctx);
    if (code != 0) {
        forget_layout(stage);
    }
    return code;
}

/* State and scratch that stay from config to config. */
static int keep_player(ent_stage_t *stage, ent_context_t *ctx)
{
    int code = 0;
    if (stage->player.workspace == NULL) {
        code = ent_player_init(&stage->player, stage->model, 1, NULL, ctx);
    }
    if (code == 0 && stage->played.trajectory == NULL) {
        code = ent_replication_init(&stage->played, stage->config, ctx);
    }
    return code;
}

int ent_stage_each(ent_stage_t *stage, int n_threads, int first, int n, ent_take_t take, void *data,
                   ent_context_t *ctx)
{
    if (n_threads != 1) {
        const ent_run_options_t options = {
            .n_threads = n_threads, .split_agents = -1, .timing = &stage->timing};
        return ent_run_each(stage->model, &options, first, n, take, data, ctx);
    }
    int code = keep_player(stage, ctx);
    stage->player.in_steps = 0.0;
    for (int r = first; code == 0 && r < first + n; r++) {
        code = ent_player_play(&stage->player, r, &stage->played, ctx);
        code = code == 0 ? take(data, r, &stage->played, ctx) : code;
    }
    stage->timing.in_steps += stage->player.in_steps;
    return code;
}
