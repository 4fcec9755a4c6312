/* entrepot calibrate: parameters from moments, as a weighted sample. */
#include "cli/commands.h"
#include "cli/common.h"
#include "evidence/abc_local.h"
#include "evidence/calibration.h"
#include "io/lock.h"
#include "io/output.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const methods[] = {"abc", "local", NULL};

typedef struct {
    const char *config, *targets, *output, *predict;
    int threads, overwrite, quiet, local, finish;
    double max_walltime; /* seconds; 0: no limit */
    ent_format_t format;
    ent_cli_settings_t settings;
} arguments_t;

static const ent_cli_option_t command_options[] = {
    ENT_CLI_WORD(arguments_t, targets, "targets", "FILE",
                 "Parameters with priors and moments with targets (YAML)"),
    ENT_CLI_OPTION(arguments_t, local, CHOICE, "method", "METHOD",
                   "abc: a weighted sample; local: the nearest place to the targets only, by far fewer plays "
                   "(default: abc)",
                   .names = methods),
    ENT_CLI_OUTPUT(arguments_t, output, "Posterior file (default: posterior.h5)"),
    ENT_CLI_THREADS(arguments_t, threads),
    ENT_CLI_TABLES(arguments_t, format),
    ENT_CLI_OVERWRITE(arguments_t, overwrite),
    ENT_CLI_SWITCH(
        arguments_t, finish, "finish",
        "Play nothing more: make the posterior of the last whole generation of a stopped calibration"),
    ENT_CLI_WORD(arguments_t, predict, "predict", "FILE",
                 "Calibrate nothing: play every particle of this posterior file once and print its moments"),
    ENT_CLI_MAX_WALLTIME(arguments_t, max_walltime,
                         "Save and leave with code 75 after TIME (90, 15m, 2h); the same command goes on"),
    ENT_CLI_QUIET(arguments_t, quiet),
    ENT_CLI_SET(arguments_t, settings),
    {0}};

static void check(struct argp_state *state, const void *arguments)
{
    const arguments_t *a = arguments;

    if (a->targets == NULL) {
        argp_error(state, "name the targets: --targets FILE");
    }
    if (a->predict != NULL && (a->finish || a->local)) {
        argp_error(state, "--predict plays what is in its file: neither --finish nor --method local");
    }
    if (a->finish && a->local) {
        argp_error(state, "--finish is for --method abc: a local search keeps no state");
    }
}

static void progress(void *data, int generation, double tolerance, int n_kept, int n_attempts)
{
    const ent_calibrate_t *work = data;

    fprintf(stderr, "\rgeneration %d, tolerance %.3g: %d of %ld kept, %d attempts   ", generation, tolerance,
            n_kept, work->targets.population, n_attempts);
    if (n_kept == work->targets.population) {
        fputc('\n', stderr);
    }
}

static void local_progress(void *data, int generation, double distance, int n_kept, int n_plays)
{
    (void)data;
    (void)generation;
    (void)n_kept;
    fprintf(stderr, "\r%d plays, distance %.4g   ", n_plays, distance);
}

/* Look before hours of work, not after them. */
static int check_output(const arguments_t *a, ent_context_t *ctx)
{
    return a->predict == NULL ? ent_output_allowed(a->output, a->overwrite, ctx) : ENT_OK;
}

/* The population: found, or that of a posterior file played anew. */
static int find(const arguments_t *a, ent_calibrate_t *work, const ent_abc_options_t *options,
                ent_context_t *ctx)
{
    ent_posterior_t posterior = {0};
    int code;

    if (a->local) {
        return ent_abc_local(&work->population, options, ctx);
    }
    if (a->predict != NULL) {
        code = ent_posterior_read(&posterior, a->predict, ctx);
        code = code == ENT_OK ? ent_posterior_population(&posterior, a->predict, options, work, ctx) : code;
        code = code == ENT_OK ? ent_abc_replay(&work->population, options, ctx) : code;
        ent_posterior_free(&posterior);
        return code;
    }
    code = ent_abc_run(&work->population, options, ctx);
    if (code == ENT_OK && work->targets.adjust) {
        code = ent_abc_adjust(&work->population, options, ctx);
        code = code == ENT_OK ? ent_abc_replay(&work->population, options, ctx) : code;
    }
    return code;
}

static int print_tables(const arguments_t *a, const ent_calibrate_t *work, ent_context_t *ctx)
{
    ent_table_t tables[ENT_CALIBRATION_TABLES];
    const int first = work->population.n_generations == 0; /* a prediction has no path */
    int code = ent_calibration_tables(work, tables, ctx);

    if (code != ENT_OK) {
        return code;
    }
    if (first) {
        ent_table_free(&tables[0]);
    }
    return ent_cli_print(tables + first, ENT_CALIBRATION_TABLES - first, a->format, ctx);
}

static int run(const arguments_t *a, ent_calibrate_t *work, const char *state, ent_context_t *ctx)
{
    ent_abc_options_t options;
    int code;

    ent_calibrate_options(work, &options);
    options.n_threads = a->threads;
    options.state_path = state;
    options.finish = a->finish;
    options.stop = &ent_cli_stop;
    options.progress = !a->quiet && isatty(STDERR_FILENO) ? (a->local ? local_progress : progress) : NULL;
    options.progress_data = work;
    ent_cli_watch_signals(SA_RESTART);
    ent_cli_alarm(a->max_walltime);
    code = find(a, work, &options, ctx);
    if (a->predict == NULL) {
        code = code == ENT_OK ? ent_posterior_write(work, a->output, a->overwrite, ctx) : code;
        if (code == ENT_OK && !a->local && state != NULL) {
            unlink(state);
        }
    }
    return code == ENT_OK ? print_tables(a, work, ctx) : code;
}

static int calibrate(void *arguments, ent_context_t *ctx)
{
    const arguments_t *a = arguments;
    ent_calibrate_t work = {0};
    char *state = NULL;
    ent_lock_t lock = {.fd = -1};
    int code = check_output(a, ctx);
    if (code == ENT_OK && a->predict == NULL) {
        code = ent_lock_output(&lock, a->output, ctx);
    }

    if (code == ENT_OK && asprintf(&state, "%s.state", a->output) < 0) {
        state = NULL;
        code = ent_fail(ctx, ENT_ERR_NO_MEMORY, "calibrate", "no memory for a name");
    }
    if (code == ENT_OK) {
        code = ent_calibrate_init(&work, a->config, a->targets, a->settings.n, a->settings.settings, ctx);
        code = code == ENT_OK ? run(a, &work, state, ctx) : code;
        ent_calibrate_free(&work);
    }
    free(state);
    ent_lock_release(&lock);
    return code;
}

int ent_cmd_calibrate(int argc, char **argv)
{
    static const ent_cli_command_t command = {
        .options = command_options,
        .usage = "CONFIG",
        .words = "Find the parameters under which CONFIG plays the moments of FILE, as a weighted sample "
                 "(approximate "
                 "Bayesian computation). Stopped, the same command goes on from the last whole generation.",
        .subject = "config",
        .subject_place = offsetof(arguments_t, config),
        .check = check,
        .run = calibrate};
    arguments_t arguments = {.output = "posterior.h5", .format = ENT_FORMAT_TEXT};

    return ent_cli_main(&command, argc, argv, &arguments);
}
