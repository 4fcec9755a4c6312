/* One point of a study: a config with settings, played like any run, and the numbers that are kept of it. */
#include "study/study.h"

#include "base/memory.h"
#include "study/test_models.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- settings ---- */

typedef struct {
    int n, n_owned;
    ent_setting_t *settings;
    char **owned; /* [n_owned] values of factors */
} settings_t;

static void settings_free(settings_t *s)
{
    for (int i = 0; i < s->n_owned; i++) {
        free(s->owned[i]);
    }
    free(s->owned);
    free(s->settings);
}

/* Fixed settings, then those of the factors at x (NULL: none), then the replications (0: the config's). */
static int settings_init(settings_t *s, const ent_study_t *study, const double *x, int n_replications,
                         ent_context_t *ctx)
{
    size_t n = (size_t)study->n_set + 1;
    for (int f = 0; f < study->n_factors; f++) {
        n += (size_t)study->factors[f].n_paths;
    }
    *s = (settings_t){.settings = ent_calloc(ctx, n, sizeof *s->settings),
                      .owned = ent_calloc(ctx, (size_t)study->n_factors + 1, sizeof *s->owned)};
    if (s->settings == NULL || s->owned == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    memcpy(s->settings, study->set, (size_t)study->n_set * sizeof *s->settings);
    s->n = study->n_set;
    for (int f = 0; x != NULL && f < study->n_factors; f++) {
        const ent_factor_t *factor = &study->factors[f];
        char *text = ent_factor_text(factor, x[f], ctx);
        if (text == NULL) {
            return ENT_ERR_NO_MEMORY;
        }
        s->owned[s->n_owned++] = text;
        for (int p = 0; p < factor->n_paths; p++) {
            s->settings[s->n++] = (ent_setting_t){factor->paths[p], text};
        }
    }
    if (n_replications > 0) {
        char *text = ent_format(ctx, "%d", n_replications);
        if (text == NULL) {
            return ENT_ERR_NO_MEMORY;
        }
        s->owned[s->n_owned++] = text;
        s->settings[s->n++] = (ent_setting_t){"replications", text};
    }
    return 0;
}

/* ---- checks ---- */

static void check_name(const ent_study_t *study, const char *outcome, const char *key, const char *name,
                       char *const *names, int n, ent_context_t *ctx)
{
    if (name == NULL) {
        return;
    }
    for (int i = 0; i < n; i++) {
        if (strcmp(names[i], name) == 0) {
            return;
        }
    }
    char *place = ent_format(ctx, "outcomes[%s].%s", outcome, key);
    (void)ent_fault(ctx, ENT_ERR_CONFIG, study->path, 0, 0, place, name,
                    ent_nearest(name, (const char *const *)names, (size_t)n), "is none of the config's");
    free(place);
}

static void check_outcomes(const ent_study_t *study, const ent_config_t *config, ent_context_t *ctx)
{
    char **scenarios = ent_calloc(ctx, (size_t)config->n_scenarios + 1, sizeof *scenarios);
    for (int i = 0; scenarios != NULL && i < config->n_scenarios; i++) {
        scenarios[i] = config->scenarios[i].name;
    }
    for (int i = 0; scenarios != NULL && i < study->n_outcomes; i++) {
        const ent_study_outcome_t *o = &study->outcomes[i];
        check_name(study, o->name, "scenario", o->query.scenario, scenarios, config->n_scenarios, ctx);
        check_name(study, o->name, "base", o->query.base, scenarios, config->n_scenarios, ctx);
        if (o->query.partner != NULL && strcmp(o->query.partner, "all") != 0) {
            check_name(study, o->name, "partner", o->query.partner, config->region, config->n_region, ctx);
        }
        check_name(study, o->name, "origin", o->query.origin, config->region, config->n_region, ctx);
        check_name(study, o->name, "sector", o->query.sector, config->sector, config->n_sector, ctx);
    }
    free(scenarios);
}

static int check_test_model(const ent_study_t *study, char hash[ENT_SHA256_TEXT], int *n_replications,
                            ent_context_t *ctx)
{
    const char *name = study->model == ENT_STUDY_ISHIGAMI ? "ishigami" : "sobol_g";
    *n_replications = 1;
    for (int i = 0; i < study->n_set; i++) {
        if (strcmp(study->set[i].key, "replications") == 0) {
            *n_replications = atoi(study->set[i].value);
        }
    }
    return ent_sha256_buffer(name, strlen(name), hash, ctx);
}

int ent_study_check_config(const ent_study_t *study, const double *x, char hash[ENT_SHA256_TEXT],
                           int *n_replications, ent_context_t *ctx)
{
    const size_t n_before = ctx->n_faults + ctx->dropped;
    ent_config_t config;
    ent_benchmark_t fine;
    settings_t settings;
    if (study->model != ENT_STUDY_CONFIG) {
        return check_test_model(study, hash, n_replications, ctx);
    }
    int code = settings_init(&settings, study, x, 0, ctx);
    if (code == 0) {
        code = ent_config_read(&config, &fine, study->config, settings.n, settings.settings, ctx);
    }
    if (code == 0) {
        check_outcomes(study, &config, ctx);
        memcpy(hash, config.hash, ENT_SHA256_TEXT);
        *n_replications =
            study->adaptive.outcome >= 0 ? study->adaptive.most : ent_replication_count(&config);
        ent_config_free(&config);
        ent_benchmark_free(&fine);
        code = ctx->n_faults + ctx->dropped > n_before ? ctx->code : 0;
    }
    settings_free(&settings);
    return code;
}

/* ---- playing ---- */

/* How a point is played. */
typedef struct {
    ent_stage_t *stage;
    int n_threads, n_replications;
} point_options_t;

static void play_test_model(const ent_study_t *study, const double *x, int n_replications, double *values)
{
    const double y = study->model == ENT_STUDY_ISHIGAMI ? ent_test_ishigami(x) : ent_test_sobol_g(x);
    for (int r = 0; r < n_replications; r++) {
        values[r] = y;
    }
}

/* What becomes of a point's replications: outcomes into values [n_replications][n_outcomes]. */
typedef struct {
    const ent_study_t *study;
    ent_ensemble_t ensemble;
    ent_reader_t reader;
    ent_number_t *number; /* [n_outcomes] */
    double *values;
} numbers_t;

static void numbers_free(numbers_t *self)
{
    ent_reader_free(&self->reader);
    ent_ensemble_free(&self->ensemble);
    free(self->number);
}

static int numbers_init(numbers_t *self, const ent_study_t *study, const ent_config_t *config, double *values,
                        ent_context_t *ctx)
{
    *self = (numbers_t){.study = study, .values = values};
    self->number = ent_calloc(ctx, (size_t)study->n_outcomes, sizeof *self->number);
    int code = self->number == NULL ? ENT_ERR_NO_MEMORY : 0;
    code = code == 0 ? ent_ensemble_from_config(&self->ensemble, config, ctx) : code;
    code = code == 0 ? ent_reader_init(&self->reader, &self->ensemble, ctx) : code;
    for (int o = 0; code == 0 && o < study->n_outcomes; o++) {
        code = ent_number_bind(&self->number[o], &study->outcomes[o].query, &self->ensemble, ctx);
    }
    return code;
}

/* The outcomes of a replication that has been played. */
static int take_outcomes(void *data, int replication, const ent_replication_t *played, ent_context_t *ctx)
{
    numbers_t *self = data;
    const int n = self->study->n_outcomes;
    int code = 0;
    ent_ensemble_hold(&self->ensemble, replication, played->trajectory);
    for (int o = 0; code == 0 && o < n; o++) {
        code = ent_number_value(&self->number[o], &self->reader, replication,
                                &self->values[(size_t)replication * (size_t)n + (size_t)o], ctx);
    }
    ent_ensemble_hold(&self->ensemble, replication, NULL);
    return code;
}

/* Play with `asked` replications, 0: the config's own. The first `*n_played` are known already where the
 * config repeats no world; *n_played is set to the number that are known then, at most n_replications. */
static int play_config(const ent_study_t *study, const double *x, const point_options_t *options, int asked,
                       int *n_played, double *values, ent_context_t *ctx)
{
    ent_stage_t *stage = options->stage;
    settings_t settings;
    numbers_t numbers = {0};
    int code = settings_init(&settings, study, x, asked, ctx);
    code = code == 0 ? ent_stage_set(stage, settings.n, settings.settings, ctx) : code;
    code = code == 0 ? numbers_init(&numbers, study, stage->config, values, ctx) : code;
    if (code == 0) {
        const int all = ent_replication_count(stage->config);
        const int n = all < options->n_replications ? all : options->n_replications;
        const int first = stage->config->n_repeats == 0 ? *n_played : 0;
        code = ent_stage_each(stage, options->n_threads, first, n - first, take_outcomes, &numbers, ctx);
        *n_played = n;
    }
    numbers_free(&numbers);
    settings_free(&settings);
    return code;
}

/* Half the width of the confidence interval of the mean of the watched outcome over n replications. */
static double half_width(const ent_study_t *study, const double *values, int n)
{
    const ent_adaptive_t *adaptive = &study->adaptive;
    double mean = 0.0, squares = 0.0;
    for (int r = 0; r < n; r++) {
        mean += values[(size_t)r * (size_t)study->n_outcomes + (size_t)adaptive->outcome] / n;
    }
    for (int r = 0; r < n; r++) {
        const double d = values[(size_t)r * (size_t)study->n_outcomes + (size_t)adaptive->outcome] - mean;
        squares += d * d;
    }
    return gsl_cdf_tdist_Pinv(0.5 + 0.5 * adaptive->level, n - 1) * sqrt(squares / (n - 1) / n);
}

/* Plays `first` replications, then as many more as their spread asks for, until the interval is as narrow as
 * wanted or `most` are played. Replications are the same however many there are; each round at least doubles
 * them. */
static int play_adaptive(const ent_study_t *study, const double *x, const point_options_t *options,
                         double *values, ent_context_t *ctx)
{
    const ent_adaptive_t *adaptive = &study->adaptive;
    int n = adaptive->first, n_played = 0, code = 0;
    for (;;) {
        code = play_config(study, x, options, n, &n_played, values, ctx);
        const double width = code == 0 ? half_width(study, values, n) : 0.0;
        if (code != 0 || n >= adaptive->most || width <= adaptive->half_width) {
            return code;
        }
        const double asked = 1.1 * n * pow(width / adaptive->half_width, 2.0);
        n = (int)fmin(adaptive->most, fmax(2.0 * n, ceil(asked)));
    }
}

int ent_point_play(const ent_study_t *study, const double *x, ent_stage_t *stage, int n_threads,
                   int n_replications, double *values, ent_context_t *ctx)
{
    const point_options_t options = {stage, n_threads, n_replications};
    int n_played = 0;
    for (size_t i = 0; i < (size_t)n_replications * (size_t)study->n_outcomes; i++) {
        values[i] = NAN;
    }
    if (study->model != ENT_STUDY_CONFIG) {
        play_test_model(study, x, n_replications, values);
        return 0;
    }
    if (study->adaptive.outcome >= 0) {
        return play_adaptive(study, x, &options, values, ctx);
    }
    return play_config(study, x, &options, 0, &n_played, values, ctx);
}
