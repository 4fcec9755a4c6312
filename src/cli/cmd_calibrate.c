/* entrepot calibrate: parameters from moments, as a weighted sample. */
#include "cli/commands.h"
#include "cli/common.h"
#include "study/abc_local.h"
#include "study/calibration.h"

#include <argp.h>
#include <hdf5.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    const char *config, *targets, *output;
    int threads, overwrite, quiet, local, finish;
    double max_walltime; /* seconds; 0: no limit */
    ent_format_t format;
    ent_cli_settings_t settings;
} arguments_t;

enum {
    KEY_TARGETS = 256,
    KEY_METHOD,
    KEY_THREADS,
    KEY_FORMAT,
    KEY_OVERWRITE,
    KEY_FINISH,
    KEY_MAX_WALLTIME,
    KEY_SET
};

static const struct argp_option command_options[] = {
    {"targets", KEY_TARGETS, "FILE", 0, "Parameters with priors and moments with targets (YAML)", 0},
    {"method", KEY_METHOD, "METHOD", 0,
     "abc: a weighted sample; local: the nearest place to the targets only, by far fewer plays (default: "
     "abc)",
     0},
    {"output", 'o', "FILE", 0, "Posterior file (default: posterior.h5)", 0},
    {"threads", KEY_THREADS, "N", 0, "Threads to use (default: all processors; results do not depend on it)",
     0},
    {"format", KEY_FORMAT, "FORMAT", 0, "text, csv, latex, json or markdown (default: text)", 0},
    {"overwrite", KEY_OVERWRITE, NULL, 0, "Replace the posterior file if it exists", 0},
    {"finish", KEY_FINISH, NULL, 0,
     "Play nothing more: make the posterior of the last whole generation of a stopped calibration", 0},
    {"max-walltime", KEY_MAX_WALLTIME, "TIME", 0,
     "Save and leave with code 75 after TIME (90, 15m, 2h); the same command goes on", 0},
    {"quiet", 'q', NULL, 0, "No progress", 0},
    {"set", KEY_SET, "PATH=VALUE", 0, "Set any key of the configs played; may be repeated", 0},
    {0}};

static error_t parse_end(struct argp_state *state, const arguments_t *a)
{
    if (a->config == NULL) {
        argp_error(state, "name a config");
    }
    if (a->targets == NULL) {
        argp_error(state, "name the targets: --targets FILE");
    }
    if (a->finish && a->local) {
        argp_error(state, "--finish is for --method abc: a local search keeps no state");
    }
    return 0;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    arguments_t *a = state->input;
    char *end = NULL;

    switch (key) {
    case KEY_TARGETS:
        a->targets = argument;
        return 0;
    case KEY_METHOD:
        a->local = strcmp(argument, "local") == 0;
        if (!a->local && strcmp(argument, "abc") != 0) {
            argp_error(state, "--method: \"%s\" is neither abc nor local", argument);
        }
        return 0;
    case 'o':
        a->output = argument;
        return 0;
    case KEY_THREADS:
        a->threads = (int)strtol(argument, &end, 10);
        if (end == argument || *end != '\0' || a->threads < 1 || a->threads > 4096) {
            argp_error(state, "--threads: \"%s\" is no number between 1 and 4096", argument);
        }
        return 0;
    case KEY_FORMAT:
        a->format = ent_cli_format(state, argument);
        return 0;
    case KEY_OVERWRITE:
        a->overwrite = 1;
        return 0;
    case KEY_FINISH:
        a->finish = 1;
        return 0;
    case KEY_MAX_WALLTIME:
        a->max_walltime = ent_cli_seconds(state, "max-walltime", argument);
        return 0;
    case 'q':
        a->quiet = 1;
        return 0;
    case KEY_SET:
        ent_cli_add_setting(state, &a->settings, argument);
        return 0;
    case ARGP_KEY_ARG:
        if (a->config != NULL) {
            argp_error(state, "one config at a time, not also \"%s\"", argument);
        }
        a->config = argument;
        return 0;
    case ARGP_KEY_END:
        return parse_end(state, a);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* A handler can reach nothing but a global. */
static volatile int stop_asked;

static void ask_stop(int signal_number)
{
    if (stop_asked && signal_number != SIGUSR1 && signal_number != SIGALRM) {
        _exit(128 + signal_number);
    }
    stop_asked = 1;
}

static void watch_signals(void)
{
    struct sigaction action = {.sa_handler = ask_stop, .sa_flags = SA_RESTART};

    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    signal(SIGXFSZ, SIG_IGN);
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
    return !a->overwrite && access(a->output, F_OK) == 0
               ? ent_fail(ctx, ENT_ERR_CANT_CREATE, a->output, "exists; --overwrite replaces it")
               : ENT_OK;
}

static int run(const arguments_t *a, ent_calibrate_t *work, const char *state, ent_context_t *ctx)
{
    ent_table_t tables[ENT_CALIBRATION_TABLES];
    ent_abc_options_t options;
    int code;

    ent_calibrate_options(work, &options);
    options.n_threads = a->threads;
    options.state_path = state;
    options.finish = a->finish;
    options.stop = &stop_asked;
    options.progress = !a->quiet && isatty(STDERR_FILENO) ? (a->local ? local_progress : progress) : NULL;
    options.progress_data = work;
    watch_signals();
    ent_cli_alarm(a->max_walltime, ask_stop);
    code = a->local ? ent_abc_local(&work->population, &options, ctx)
                    : ent_abc_run(&work->population, &options, ctx);
    code = code == ENT_OK ? ent_posterior_write(work, a->output, a->overwrite, ctx) : code;
    if (code == ENT_OK) {
        if (!a->local && state != NULL) {
            unlink(state);
        }
        code = ent_calibration_tables(work, tables, ctx);
    }
    if (code == ENT_OK) {
        code = ent_tables_write(tables, ENT_CALIBRATION_TABLES, a->format, stdout, ctx);
        for (int i = 0; i < ENT_CALIBRATION_TABLES; i++) {
            ent_table_free(&tables[i]);
        }
    }
    return code;
}

static int calibrate(const arguments_t *a, ent_context_t *ctx)
{
    ent_calibrate_t work = {0};
    char *state = NULL;
    int code = check_output(a, ctx);

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
    return code;
}

int ent_cmd_calibrate(int argc, char **argv)
{
    static const struct argp parser = {
        command_options,
        parse,
        "CONFIG",
        "Find the parameters under which CONFIG plays the moments of FILE, as a weighted sample "
        "(approximate Bayesian computation). Stopped, the same command goes on from the last "
        "whole generation.",
        NULL,
        NULL,
        NULL};
    static arguments_t arguments; /* too large for the stack */
    ent_context_t ctx;
    int code;

    H5dont_atexit();
    arguments = (arguments_t){.output = "posterior.h5", .format = ENT_FORMAT_TEXT};
    code = ent_cli_parse(&parser, argc, argv, &arguments);
    if (code == ENT_OK) {
        ent_context_init(&ctx);
        code = ent_cli_finish(calibrate(&arguments, &ctx), &ctx);
        ent_context_free(&ctx);
    } else {
        code = ent_exit_code(code);
    }
    ent_cli_settings_free(&arguments.settings);
    return code;
}
