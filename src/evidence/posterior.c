/* The posterior file: a weighted sample with what it was made for. */
#include "evidence/calibration.h"

#include "base/draws.h"
#include "base/memory.h"
#include "io/sealed_file.h"
#include "evidence/abc_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char posterior_format[] = "entrepot-posterior";

/* Paths of a parameter, one to a line. */
static char *joined_paths(const ent_factor_t *factor, ent_context_t *ctx)
{
    char *text = ent_strdup(ctx, factor->paths[0]); /* there is one: the reader asks for it */
    for (int p = 1; text != NULL && p < factor->n_paths; p++) {
        char *longer = ent_format(ctx, "%s\n%s", text, factor->paths[p]);
        free(text);
        text = longer;
    }
    return text;
}

static void put_population(ent_sealed_t *file, const ent_calibrate_t *self, const double *value)
{
    static const char *const by_parameter[] = {"particle", "parameter"},
                             *const by_moment[] = {"particle", "moment"},
                             *const by_generation[] = {"generation"};
    const ent_abc_t *p = &self->population;
    ent_sealed_reals(file, "value", 2, by_parameter, "1", "value of a parameter", value);
    ent_sealed_reals(file, "place", 2, by_parameter, "1", "place in the prior, from 0 to 1", p->u);
    ent_sealed_reals(file, "weight", 1, by_parameter, "1", "weight of a particle, sum 1", p->weight);
    ent_sealed_reals(file, "distance", 1, by_parameter, "1", "distance to the targets", p->distance);
    ent_sealed_reals(file, "simulated", 2, by_moment, "1", "moments of a particle as simulated", p->moment);
    ent_sealed_reals(file, "target", 1, &by_moment[1], "1", "target of a moment", self->target);
    ent_sealed_reals(file, "target_error", 1, &by_moment[1], "1", "standard error of a target", self->error);
    ent_sealed_reals(file, "tolerance", 1, by_generation, "1", "tolerance of a generation", p->tolerance);
    ent_sealed_reals(file, "attempts", 1, by_generation, "1", "attempts of a generation", p->n_attempts);
    ent_sealed_reals(file, "effective", 1, by_generation, "1", "effective sample of a generation",
                     p->effective);
}

/* Labels, paths, sources and values, made for writing. */
typedef struct {
    const char **parameter, **moment, **source;
    char **path;
    double *value;
} labels_t;

static int labels_init(labels_t *labels, const ent_calibrate_t *self, ent_context_t *ctx)
{
    const ent_calibration_t *t = &self->targets;
    const size_t k_n = (size_t)t->n_parameters, m_n = (size_t)t->n_moments;
    *labels = (labels_t){ent_calloc(ctx, k_n, sizeof(char *)), ent_calloc(ctx, m_n, sizeof(char *)),
                         ent_calloc(ctx, m_n, sizeof(char *)), ent_calloc(ctx, k_n, sizeof(char *)),
                         ent_calloc(ctx, (size_t)self->population.n_particles * k_n, sizeof(double))};
    if (labels->parameter == NULL || labels->moment == NULL || labels->source == NULL ||
        labels->path == NULL || labels->value == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (size_t k = 0; k < k_n; k++) {
        labels->parameter[k] = t->parameters[k].name;
        labels->path[k] = joined_paths(&t->parameters[k], ctx);
        if (labels->path[k] == NULL) {
            return ENT_ERR_NO_MEMORY;
        }
        for (size_t i = 0; i < (size_t)self->population.n_particles; i++) {
            /* Texts have places only. */
            labels->value[i * k_n + k] =
                t->parameters[k].n_texts > 0
                    ? (double)NAN
                    : ent_factor_value(&t->parameters[k], self->population.u[i * k_n + k]);
        }
    }
    for (size_t m = 0; m < m_n; m++) {
        labels->moment[m] = t->moments[m].name;
        labels->source[m] = t->moments[m].source;
    }
    return 0;
}

static void labels_free(labels_t *labels, int n_parameters)
{
    for (int k = 0; labels->path != NULL && k < n_parameters; k++) {
        free(labels->path[k]);
    }
    free(labels->parameter);
    free(labels->moment);
    free(labels->source);
    free(labels->path);
    free(labels->value);
}

int ent_posterior_write(const ent_calibrate_t *self, const char *path, int overwrite, ent_context_t *ctx)
{
    const ent_calibration_t *t = &self->targets;
    ent_hdf5_quiet_t saved;
    ent_sealed_t file;
    labels_t labels;
    int code = labels_init(&labels, self, ctx);
    code = code == 0 ? ent_sealed_create(&file, path, overwrite, posterior_format, ctx) : code;
    ent_hdf5_quiet(&saved);
    if (code == 0) {
        ent_sealed_text(&file, "calibration", t->name);
        ent_sealed_text(&file, "hash", self->hash);
        ent_sealed_integer(&file, "seed", t->seed);
        ent_sealed_count(&file, "particle", self->population.n_particles);
        ent_sealed_dimension(&file, "parameter", t->n_parameters, labels.parameter);
        ent_sealed_dimension(&file, "moment", t->n_moments, labels.moment);
        ent_sealed_count(&file, "generation", self->population.n_generations);
        ent_sealed_texts(&file, "parameter_path", "parameter", "keys of the config, one to a line",
                         (const char *const *)labels.path);
        ent_sealed_texts(&file, "moment_source", "moment", "where a target comes from", labels.source);
        ent_sealed_long_text(&file, "targets", t->text);
        put_population(&file, self, labels.value);
        code = ent_sealed_finish(&file, ctx);
    }
    ent_hdf5_unquiet(&saved);
    labels_free(&labels, t->n_parameters);
    return code;
}

/* ---- reading ---- */

static int read_arrays(ent_posterior_t *self, hid_t file, ent_context_t *ctx)
{
    if (ent_sealed_length(file, "value", &self->n_particles) != 0 ||
        ent_sealed_length(file, "parameter", &self->n_parameters) != 0 || self->n_particles < 1 ||
        self->n_parameters < 1) {
        return -1;
    }
    const hsize_t n = (hsize_t)self->n_particles, k = (hsize_t)self->n_parameters;
    self->name = ent_calloc(ctx, k, sizeof *self->name);
    self->path = ent_calloc(ctx, k, sizeof *self->path);
    self->value = ent_calloc(ctx, n * k, sizeof(double));
    self->place = ent_calloc(ctx, n * k, sizeof(double));
    self->weight = ent_calloc(ctx, n, sizeof(double));
    if (self->name == NULL || self->path == NULL || self->value == NULL || self->place == NULL ||
        self->weight == NULL || ent_sealed_read_texts(file, "parameter", 0, k, self->name) != 0 ||
        ent_sealed_read_texts(file, "parameter_path", 0, k, self->path) != 0 ||
        ent_sealed_read(file, "value", H5T_NATIVE_DOUBLE, 0, n, k, self->value) != 0 ||
        ent_sealed_read(file, "place", H5T_NATIVE_DOUBLE, 0, n, k, self->place) != 0 ||
        ent_sealed_read(file, "weight", H5T_NATIVE_DOUBLE, 0, n, 1, self->weight) != 0) {
        return -1;
    }
    for (hsize_t i = 0; i < n; i++) {
        if (!(self->weight[i] >= 0.0 && self->weight[i] <= 1.0)) {
            return -1;
        }
    }
    return 0;
}

int ent_posterior_read(ent_posterior_t *self, const char *path, ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    hid_t file;
    *self = (ent_posterior_t){0};
    int code = ent_sealed_open(&file, path, posterior_format, ctx);
    if (code != 0) {
        return code;
    }
    ent_hdf5_quiet(&saved);
    if (read_arrays(self, file, ctx) != 0) {
        code = ent_hdf5_fail(ctx, ENT_ERR_DATA, path, "the arrays are not those of a posterior");
    }
    ent_hdf5_close(&file);
    ent_hdf5_unquiet(&saved);
    return code;
}

void ent_posterior_free(ent_posterior_t *self)
{
    for (int k = 0; k < self->n_parameters; k++) {
        free(self->name != NULL ? self->name[k] : NULL);
        free(self->path != NULL ? self->path[k] : NULL);
    }
    free(self->name);
    free(self->path);
    free(self->value);
    free(self->place);
    free(self->weight);
    *self = (ent_posterior_t){0};
}

int ent_posterior_population(const ent_posterior_t *posterior, const char *path,
                             const ent_abc_options_t *options, ent_calibrate_t *self, ent_context_t *ctx)
{
    const ent_calibration_t *t = &self->targets;
    ent_abc_options_t sized = *options;
    int same = posterior->n_parameters == t->n_parameters;
    for (int k = 0; same && k < t->n_parameters; k++) {
        same = strcmp(posterior->name[k], t->parameters[k].name) == 0;
    }
    if (!same) {
        return ent_fail(ctx, ENT_ERR_CONFIG, path, "has other parameters than %s", t->path);
    }
    sized.n_particles = posterior->n_particles;
    sized.n_generations = 1;
    int code = ent_abc_allocate(&self->population, &sized, ctx);
    if (code == 0) {
        const size_t n = (size_t)posterior->n_particles;
        memcpy(self->population.u, posterior->place, n * (size_t)t->n_parameters * sizeof(double));
        memcpy(self->population.weight, posterior->weight, n * sizeof(double));
    }
    return code;
}

/* ---- worlds ---- */

void ent_posterior_resample(const double *weight, int n_particles, uint64_t seed, int n_worlds, int *particle)
{
    const ent_draw4_t d = ent_draw4(ent_stream(seed, 0, 0), 0, -1, ENT_PURPOSE_CALIBRATION, 0);
    const double shift = ent_uniform(d.word[0], d.word[1]);
    double total = 0.0, below = 0.0;
    int at = 0;
    for (int i = 0; i < n_particles; i++) {
        total += weight[i];
    }
    for (int w = 0; w < n_worlds; w++) {
        const double place = total * (w + shift) / n_worlds;
        while (at < n_particles - 1 && below + weight[at] <= place) {
            below += weight[at++];
        }
        particle[w] = at;
    }
}

static int varies_by_world(const char *path)
{
    static const char *const ends[] = {"].distribution", "].log_change"};
    const size_t n = strlen(path);
    for (size_t i = 0; strncmp(path, "uncertainty.", 12) == 0 && i < 2; i++) {
        const size_t m = strlen(ends[i]);
        if (n > m && strcmp(path + n - m, ends[i]) == 0) {
            return 1;
        }
    }
    return 0;
}

static char *values_text(const ent_posterior_t *self, int parameter, const int *particle, int n_worlds,
                         ent_context_t *ctx)
{
    enum { WIDTH = 28 };
    const size_t size = (size_t)n_worlds * WIDTH + 64;
    char *text = ent_calloc(ctx, size, 1);
    size_t at = 0;
    if (text == NULL) {
        return NULL;
    }
    at += (size_t)snprintf(text, size, "{kind: by_world, values: [");
    for (int w = 0; w < n_worlds; w++) {
        at += (size_t)snprintf(text + at, size - at, "%s%.17g", w > 0 ? ", " : "",
                               self->value[particle[w] * self->n_parameters + parameter]);
    }
    (void)snprintf(text + at, size - at, "]}");
    return text;
}

static int check_parameter(const ent_posterior_t *self, const char *path, int parameter, ent_context_t *ctx)
{
    if (strchr(self->path[parameter], '\n') != NULL || !varies_by_world(self->path[parameter])) {
        return ent_fault(ctx, ENT_ERR_CONFIG, path, 0, 0, self->name[parameter], self->path[parameter], NULL,
                         "worlds can differ in one distribution of `uncertainty` only");
    }
    for (int i = 0; i < self->n_particles; i++) {
        if (!isfinite(self->value[i * self->n_parameters + parameter])) {
            return ent_fault(ctx, ENT_ERR_CONFIG, path, 0, 0, self->name[parameter], NULL, NULL,
                             "must be a number in every particle");
        }
    }
    return 0;
}

int ent_posterior_settings(const ent_posterior_t *self, const char *path, int n_worlds, uint64_t seed,
                           ent_setting_t **settings, int *n, ent_context_t *ctx)
{
    int code = 0;
    int *particle = ent_calloc(ctx, (size_t)n_worlds, sizeof *particle);
    *n = 0;
    *settings = ent_calloc(ctx, (size_t)self->n_parameters, sizeof **settings);
    if (particle == NULL || *settings == NULL) {
        free(particle);
        return ENT_ERR_NO_MEMORY;
    }
    for (int k = 0; k < self->n_parameters; k++) {
        const int here = check_parameter(self, path, k, ctx);
        code = here != 0 ? here : code;
    }
    ent_posterior_resample(self->weight, self->n_particles, seed, n_worlds, particle);
    for (int k = 0; code == 0 && k < self->n_parameters; k++) {
        char *text = values_text(self, k, particle, n_worlds, ctx);
        code = text == NULL ? ENT_ERR_NO_MEMORY : 0;
        if (text != NULL) {
            (*settings)[(*n)++] = (ent_setting_t){self->path[k], text};
        }
    }
    free(particle);
    return code;
}

void ent_posterior_settings_free(ent_setting_t *settings, int n)
{
    for (int i = 0; settings != NULL && i < n; i++) {
        free((char *)settings[i].value);
    }
    free(settings);
}

int ent_posterior_config(ent_config_t *config, ent_benchmark_t *fine, const char *path, const char *posterior,
                         int n, const ent_setting_t *settings, ent_context_t *ctx)
{
    ent_posterior_t read = {0};
    ent_setting_t *of_posterior = NULL, *all = NULL;
    int n_posterior = 0;
    int code = ent_config_read(config, fine, path, n, settings, ctx);

    if (code != ENT_OK || posterior == NULL) {
        return code;
    }
    code = ent_posterior_read(&read, posterior, ctx);
    if (code == ENT_OK) {
        code = ent_posterior_settings(&read, posterior, config->n_worlds, config->seed, &of_posterior,
                                      &n_posterior, ctx);
    }
    if (code == ENT_OK) {
        all = ent_calloc(ctx, (size_t)(n_posterior + n) + 1, sizeof *all);
        code = all == NULL ? ENT_ERR_NO_MEMORY : ENT_OK;
    }
    if (code == ENT_OK) {
        memcpy(all, of_posterior, (size_t)n_posterior * sizeof *all);
        for (int i = 0; i < n; i++) { /* there may be none */
            all[n_posterior + i] = settings[i];
        }
        ent_config_free(config);
        ent_benchmark_free(fine);
        code = ent_config_read(config, fine, path, n_posterior + n, all, ctx);
    }
    free(all);
    ent_posterior_settings_free(of_posterior, n_posterior);
    ent_posterior_free(&read);
    return code;
}
