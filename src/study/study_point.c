/* One point of a study: a config with settings, played like any run, and the numbers that are kept of it. */
#include "study/study.h"

#include "base/memory.h"
#include "study/test_models.h"

#include <entrepot/run.h>

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static void play_test_model(const ent_study_t *study, const double *x, int n_replications, double *values)
{
    const double y = study->model == ENT_STUDY_ISHIGAMI ? ent_test_ishigami(x) : ent_test_sobol_g(x);
    for (int r = 0; r < n_replications; r++) {
        values[r] = y;
    }
}

/* Outcomes of a results file into values [n_replication of the file][n_outcomes]. */
static int read_outcomes(const ent_study_t *study, const char *path, int n_replications, double *values,
                         ent_context_t *ctx)
{
    ent_results_file_t file;
    ent_ensemble_t ensemble;
    int code = ent_results_file_open(&file, path, ctx);
    if (code != 0) {
        return code;
    }
    ent_ensemble_from_file(&ensemble, &file);
    double *column = ent_calloc(ctx, (size_t)file.n_replication + 1, sizeof *column);
    code = column == NULL ? ENT_ERR_NO_MEMORY : 0;
    for (int o = 0; code == 0 && o < study->n_outcomes; o++) {
        ent_number_t number;
        code = ent_number_bind(&number, &study->outcomes[o].query, &ensemble, ctx);
        code = code == 0 ? ent_number_values(&number, &ensemble, column, ctx) : code;
        for (int r = 0; code == 0 && r < file.n_replication && r < n_replications; r++) {
            values[(size_t)r * (size_t)study->n_outcomes + (size_t)o] = column[r];
        }
    }
    free(column);
    ent_results_file_close(&file);
    return code;
}

static int run_to_file(const ent_config_t *config, const ent_benchmark_t *fine,
                       const ent_point_options_t *options, const char *path, ent_context_t *ctx)
{
    const ent_run_options_t run = {.n_threads = options->n_threads, .split_agents = -1};
    ent_model_t *model = NULL;
    ent_results_t *results = NULL;
    int code = ent_model_init(&model, config, fine, ctx);
    if (code == 0) {
        ent_benchmark_t benchmark = *ent_model_benchmark(model);
        memcpy(benchmark.sha256, fine->sha256, sizeof benchmark.sha256);
        code = ent_results_create(&results, path, 1, config, &benchmark, ctx);
    }
    if (code == 0) {
        code = ent_run(model, &run, results, ctx);
        if (code == 0) {
            code = ent_results_finish(results, 0.0, 0, ctx);
        } else {
            ent_results_abandon(results);
        }
    }
    ent_model_free(model);
    return code;
}

/* A file of our own in the scratch folder, which machines may share; its path, or NULL. */
static char *scratch_file(const char *folder, ent_context_t *ctx)
{
    static const char suffix[] = ".h5";
    char *path = ent_format(ctx, "%s/entrepot-point-XXXXXX%s", folder, suffix);
    const int fd = path != NULL ? mkstemps(path, (int)strlen(suffix)) : -1;
    if (path != NULL && fd < 0) {
        (void)ent_fail(ctx, ENT_ERR_CANT_CREATE, path, "cannot be created: %s", strerror(errno));
        free(path);
        return NULL;
    }
    if (fd >= 0) {
        close(fd);
    }
    return path;
}

/* Play with so many replications, 0: the config's own. */
static int play_config(const ent_study_t *study, const double *x, const ent_point_options_t *options,
                       int asked, int n_replications, double *values, ent_context_t *ctx)
{
    ent_config_t config;
    ent_benchmark_t fine;
    settings_t settings;
    int code = settings_init(&settings, study, x, asked, ctx);
    code = code == 0 ? ent_config_read_known(&config, &fine, options->known, study->config, settings.n,
                                             settings.settings, ctx)
                     : code;
    if (code == 0) {
        ent_known_benchmark_keep(options->known, &config, &fine);
        char *path = scratch_file(options->scratch, ctx);
        code = path == NULL ? ctx->code : run_to_file(&config, &fine, options, path, ctx);
        code = code == 0 ? read_outcomes(study, path, n_replications, values, ctx) : code;
        if (path != NULL) {
            unlink(path);
        }
        free(path);
        ent_config_free(&config);
        ent_benchmark_free(&fine);
    }
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

/* Plays `first` replications, then as many as their spread asks for, until the interval is as narrow as
 * wanted or `most` are played. Replications are the same however many there are, so that a longer play begins
 * with the shorter one's numbers; each round at least doubles, so that all rounds cost at most twice the
 * last. */
static int play_adaptive(const ent_study_t *study, const double *x, const ent_point_options_t *options,
                         double *values, ent_context_t *ctx)
{
    const ent_adaptive_t *adaptive = &study->adaptive;
    int n = adaptive->first, code = 0;
    for (;;) {
        code = play_config(study, x, options, n, adaptive->most, values, ctx);
        const double width = code == 0 ? half_width(study, values, n) : 0.0;
        if (code != 0 || n >= adaptive->most || width <= adaptive->half_width) {
            return code;
        }
        const double asked = 1.1 * n * pow(width / adaptive->half_width, 2.0);
        n = (int)fmin(adaptive->most, fmax(2.0 * n, ceil(asked)));
    }
}

int ent_point_play(const ent_study_t *study, const double *x, const ent_point_options_t *options,
                   int n_replications, double *values, ent_context_t *ctx)
{
    for (size_t i = 0; i < (size_t)n_replications * (size_t)study->n_outcomes; i++) {
        values[i] = NAN;
    }
    if (study->model != ENT_STUDY_CONFIG) {
        play_test_model(study, x, n_replications, values);
        return 0;
    }
    if (study->adaptive.outcome >= 0) {
        return play_adaptive(study, x, options, values, ctx);
    }
    return play_config(study, x, options, 0, n_replications, values, ctx);
}
