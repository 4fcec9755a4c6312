/* entrepot run: play every scenario of every replication, keep them, print the comparison. */
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/progress.h"
#include "study/calibration.h"
#include "study/compare.h"
#include <entrepot/engine.h>

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <omp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    const char *config, *output, *posterior;
    int overwrite, dry_run, quiet, no_compare, log_json, timing, threads, restart;
    double checkpoint_every, max_walltime; /* seconds; 0: not asked for */
    ent_cli_settings_t settings;
} arguments_t;

/* What a run holds; everything is released in one place. */
typedef struct {
    ent_config_t config;
    ent_benchmark_t fine;
    ent_model_t *model;
    ent_results_t *results;
    ent_progress_t progress;
    ent_checkpoint_t *checkpoint;
} run_t;

/* ---- arguments ---- */

enum {
    KEY_OVERWRITE = 256,
    KEY_POSTERIOR,
    KEY_SEED,
    KEY_REPLICATIONS,
    KEY_THREADS,
    KEY_SET,
    KEY_DRY_RUN,
    KEY_NO_COMPARE,
    KEY_LOG_JSON,
    KEY_TIMING,
    KEY_CHECKPOINT_EVERY,
    KEY_MAX_WALLTIME,
    KEY_RESTART
};

static const struct argp_option command_options[] = {
    {"output", 'o', "FILE", 0, "Results file to make", 0},
    {"overwrite", KEY_OVERWRITE, NULL, 0, "Replace the results file if it exists", 0},
    {"posterior", KEY_POSTERIOR, "FILE", 0,
     "Every world plays a particle of this posterior file (entrepot calibrate)", 0},
    {"seed", KEY_SEED, "N", 0, "Seed of all random numbers, as --set seed=N", 0},
    {"replications", KEY_REPLICATIONS, "N", 0, "Worlds to draw, as --set replications=N", 0},
    {"threads", KEY_THREADS, "N", 0,
     "Threads to use (default: all processors; the results do not depend on it)", 0},
    {"set", KEY_SET, "PATH=VALUE", 0, "Set any key of the config, such as --set slots=50000; may be repeated",
     0},
    {"dry-run", KEY_DRY_RUN, NULL, 0, "Check the config, print what the run needs, write nothing", 0},
    {"quiet", 'q', NULL, 0, "No progress bar", 0},
    {"no-compare", KEY_NO_COMPARE, NULL, 0, "Do not print the comparison", 0},
    {"timing", KEY_TIMING, NULL, 0, "Say on standard error where the threads' time went", 0},
    {"checkpoint-every", KEY_CHECKPOINT_EVERY, "TIME", 0,
     "Save what is played so far every TIME (90, 15m, 2h) beside the results file; signals save in any case",
     0},
    {"max-walltime", KEY_MAX_WALLTIME, "TIME", 0, "Save and leave with code 75 after TIME", 0},
    {"restart", KEY_RESTART, NULL, 0, "Begin again, in spite of what is saved", 0},
    {"log-json", KEY_LOG_JSON, NULL, 0, "Log lines in JSON on standard error", 0},
    {0}};

/* An option that stands for a key of the config. */
static void add_key(struct argp_state *state, arguments_t *a, const char *key, const char *value)
{
    char text[256];
    snprintf(text, sizeof text, "%s=%s", key, value);
    ent_cli_add_setting(state, &a->settings, text);
}

static int parse_threads(struct argp_state *state, const char *text)
{
    char *end = NULL;
    errno = 0;
    long n = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || n < 1 || n > 4096)
        argp_error(state, "--threads: \"%s\" is no number between 1 and 4096", text);
    return (int)n;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    arguments_t *a = state->input;
    switch (key) {
    case 'o':
        a->output = argument;
        return 0;
    case KEY_OVERWRITE:
        a->overwrite = 1;
        return 0;
    case KEY_POSTERIOR:
        a->posterior = argument;
        return 0;
    case KEY_SEED:
        add_key(state, a, "seed", argument);
        return 0;
    case KEY_REPLICATIONS:
        add_key(state, a, "replications", argument);
        return 0;
    case KEY_THREADS:
        a->threads = parse_threads(state, argument);
        return 0;
    case KEY_SET:
        ent_cli_add_setting(state, &a->settings, argument);
        return 0;
    case KEY_DRY_RUN:
        a->dry_run = 1;
        return 0;
    case 'q':
        a->quiet = 1;
        return 0;
    case KEY_NO_COMPARE:
        a->no_compare = 1;
        return 0;
    case KEY_TIMING:
        a->timing = 1;
        return 0;
    case KEY_CHECKPOINT_EVERY:
        a->checkpoint_every = ent_cli_seconds(state, "checkpoint-every", argument);
        return 0;
    case KEY_MAX_WALLTIME:
        a->max_walltime = ent_cli_seconds(state, "max-walltime", argument);
        return 0;
    case KEY_RESTART:
        a->restart = 1;
        return 0;
    case KEY_LOG_JSON:
        a->log_json = 1;
        return 0;
    case ARGP_KEY_ARG:
        if (a->config != NULL)
            argp_error(state, "one config at a time, not also \"%s\"", argument);
        a->config = argument;
        return 0;
    case ARGP_KEY_END:
        if (a->config == NULL)
            argp_error(state, "name a config");
        if (a->output == NULL && !a->dry_run)
            argp_error(state, "name the results file: -o FILE (or try --dry-run)");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- the plan ---- */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int n_threads_of(const arguments_t *a)
{
    return a->threads > 0 ? a->threads : omp_get_max_threads();
}

/* Seconds one replication takes on one thread, measured; NaN when it cannot be played. */
static double measure_replication(const run_t *run, ent_context_t *ctx)
{
    const ent_config_t *config = &run->config;
    const ent_run_options_t options = {.n_threads = 1, .split_agents = 0};
    size_t n = (size_t)config->n_scenarios;
    ent_trajectory_t *trajectories = calloc(n + 1, sizeof *trajectories);
    double *draws = calloc((size_t)(config->n_draws + config->n_shocks) + 1, sizeof *draws);
    double seconds = NAN;
    int rc = trajectories != NULL && draws != NULL ? 0 : ENT_ERR_NO_MEMORY;

    for (size_t i = 0; i < n && rc == 0; i++)
        rc = ent_trajectory_init(&trajectories[i], config, ctx);
    double begin = now();
    if (rc == 0)
        rc = ent_play(run->model, 0, &options, trajectories, draws, ctx);
    if (rc == 0)
        seconds = now() - begin;
    for (size_t i = 0; i < n && trajectories != NULL; i++)
        ent_trajectory_free(&trajectories[i]);
    free(trajectories);
    free(draws);
    return seconds;
}

static void plan_row(ent_table_t *table, const char *what, double value, const char *unit, const char *note)
{
    ent_table_row(table, 0);
    ent_table_text(table, 0, what);
    ent_table_number(table, 1, value, fabs(value) < 10.0 && value != floor(value) ? 1 : 0);
    ent_table_text(table, 2, unit);
    ent_table_text(table, 3, note);
}

/* Seconds the run will take: one replication played and timed, or, where that would itself be long, from the
 * usual cost of a slot update. */
static double expected_seconds(const arguments_t *a, const run_t *run, const ent_plan_t *plan,
                               const char **how, ent_context_t *ctx)
{
    const double usual_cost = 2e-8; /* seconds per slot update on one thread of a 2024 server */
    const double longest_trial = 20.0;
    int threads = n_threads_of(a);
    double one = plan->slot_steps / plan->n_replications * usual_cost;
    *how = "from the usual cost of a slot update";
    if (one < longest_trial) {
        double measured = measure_replication(run, ctx);
        if (isfinite(measured)) {
            one = measured;
            *how = "from one replication, played and timed";
        }
    }
    return one * ceil((double)plan->n_replications / threads);
}

static int print_plan(const arguments_t *a, const run_t *run, ent_context_t *ctx)
{
    const double mib = 1048576.0;
    const char *how = "";
    const ent_config_t *config = &run->config;
    char note[96];
    ent_table_t table;
    ent_plan_t plan;

    ent_model_plan(run->model, &plan);
    double seconds = expected_seconds(a, run, &plan, &how, ctx);
    ent_table_init(&table, "plan", "Plan of %s", config->name != NULL ? config->name : config->path);
    ent_table_column(&table, "what", ENT_COLUMN_TEXT, "", "what");
    ent_table_column(&table, "value", ENT_COLUMN_NUMBER, "", "value");
    ent_table_column(&table, "unit", ENT_COLUMN_TEXT, "", "unit");
    ent_table_column(&table, "note", ENT_COLUMN_TEXT, "", "note");
    plan_row(&table, "scenarios", plan.n_scenarios, "", "");
    snprintf(note, sizeof note, "%d worlds, %d of them played twice", config->n_worlds, config->n_repeats);
    plan_row(&table, "replications", plan.n_replications, "", note);
    snprintf(note, sizeof note, "after %d of burn-in; scenarios part at step %d", config->n_burn_in,
             plan.branch_step);
    plan_row(&table, "steps", config->n_steps, "", note);
    plan_row(&table, "markets", plan.n_markets, "", "");
    plan_row(&table, "importers", (double)plan.n_importers, "", "");
    plan_row(&table, "slots", (double)plan.n_slots, "", "");
    plan_row(&table, "exporters", (double)plan.n_firms, "", "");
    plan_row(&table, "presences", (double)plan.n_presences, "", "");
    plan_row(&table, "slot updates", plan.slot_steps / 1e6, "million", "shared history counted once");
    snprintf(note, sizeof note, "%d threads", n_threads_of(a));
    plan_row(&table, "memory", plan.bytes_per_replication * n_threads_of(a) / mib, "MiB", note);
    plan_row(&table, "results", plan.result_bytes / mib, "MiB", "before compression");
    plan_row(&table, "time", seconds, "s", how);
    int rc = ent_tables_write(&table, 1, ENT_FORMAT_TEXT, stdout, ctx);
    ent_table_free(&table);
    return rc;
}

/* ---- the run ---- */

/* A handler can reach nothing but a global. */
static volatile int stop_asked, saves_asked;

static void ask_stop(int signal_number)
{
    if (stop_asked)
        _exit(128 + signal_number);
    stop_asked = 1;
}

static void ask_save(int signal_number)
{
    (void)signal_number;
    saves_asked++;
}

static void watch_signals(void)
{
    struct sigaction save = {.sa_handler = ask_save, .sa_flags = SA_RESTART};
    sigemptyset(&save.sa_mask);
    sigaction(SIGUSR1, &save, NULL);
    struct sigaction action = {.sa_handler = ask_stop, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    /* A limit on file sizes shall be a failed write like a full disk, not a kill. */
    signal(SIGXFSZ, SIG_IGN);
}

static int create_results(const arguments_t *a, run_t *run, ent_context_t *ctx)
{
    /* The run's own benchmark, under the hash of the file it was aggregated from. */
    ent_benchmark_t benchmark = *ent_model_benchmark(run->model);
    memcpy(benchmark.sha256, run->fine.sha256, sizeof benchmark.sha256);
    return ent_results_create(&run->results, a->output, a->overwrite, &run->config, &benchmark, ctx);
}

static void print_timing(const ent_run_timing_t *timing)
{
    const double all = timing->playing + timing->writing + timing->waiting_to_write;
    fprintf(stderr,
            "time of all threads: %.1f s, %.2f %% playing, %.2f %% writing, %.2f %% waiting to write\n", all,
            100.0 * timing->playing / all, 100.0 * timing->writing / all,
            100.0 * timing->waiting_to_write / all);
}

/* ---- checkpoints ---- */

typedef struct {
    double begin, every, most; /* seconds; 0: not asked for */
} watch_t;

static int poll_run(void *data)
{
    const watch_t *watch = data;
    const double elapsed = now() - watch->begin;
    if (stop_asked || (watch->most > 0.0 && elapsed >= watch->most))
        return ENT_POLL_STOP;
    const double most = 1e9; /* the count is an int, and a clock may be anything */
    return saves_asked + (watch->every > 0.0 ? (int)fmin(fmax(elapsed / watch->every, 0.0), most) : 0);
}

/* The folder beside the results file, with what an earlier run of the same command left there. */
static int open_checkpoint(const arguments_t *a, run_t *run, ent_context_t *ctx)
{
    char folder[PATH_MAX];
    if (snprintf(folder, sizeof folder, "%s.checkpoint", a->output) >= (int)sizeof folder)
        return ent_fail(ctx, ENT_ERR_CANT_CREATE, a->output, "the name is too long");
    int rc = 0;
    if (a->restart)
        rc = ent_checkpoint_clear(folder, ctx);
    if (rc == 0)
        rc = ent_checkpoint_open(&run->checkpoint, folder, &run->config, ctx);
    if (rc != 0)
        return rc;
    const int whole = ent_checkpoint_whole(run->checkpoint),
              flights = ent_checkpoint_flights(run->checkpoint);
    if (ent_checkpoint_damaged(run->checkpoint) > 0)
        fprintf(stderr, "%s: %d damaged files are left out; what they held is played again\n", folder,
                ent_checkpoint_damaged(run->checkpoint));
    if (whole + flights > 0 && !a->quiet && !a->log_json)
        fprintf(stderr, "%s: going on with %d replications played and %d begun\n", folder, whole, flights);
    return 0;
}

/* What went wrong with the checkpoint, none of which stops a run. */
static void report_checkpoint(const arguments_t *a, const run_t *run, int n_damaged_before)
{
    const char *reason;
    const int n_failures = ent_checkpoint_failures(run->checkpoint, &reason),
              n_damaged = ent_checkpoint_damaged(run->checkpoint) - n_damaged_before;
    if (n_failures > 0)
        fprintf(stderr, "%s.checkpoint: %d saves failed, the run went on without them: %s\n", a->output,
                n_failures, reason);
    if (n_damaged > 0)
        fprintf(stderr, "%s.checkpoint: %d more files could not be gone on with\n", a->output, n_damaged);
}

/* Play and keep. A run in which some replications failed is kept, and said to be so by its code. */
static int play(const arguments_t *a, run_t *run, ent_context_t *ctx)
{
    ent_run_timing_t timing = {0};
    watch_t watch = {now(), a->checkpoint_every, a->max_walltime};
    int rc = open_checkpoint(a, run, ctx);
    if (rc != 0)
        return rc;
    const ent_run_options_t options = {.poll = poll_run,
                                       .poll_data = &watch,
                                       .checkpoint = run->checkpoint,
                                       .n_threads = a->threads,
                                       .split_agents = -1,
                                       .progress = ent_progress_step,
                                       .progress_data = &run->progress,
                                       .timing = &timing};
    rc = create_results(a, run, ctx);
    if (rc != 0)
        return rc;
    ent_progress_log(&run->progress, "start", a->output, -1.0);
    double begin = now();
    const int n_damaged = ent_checkpoint_damaged(run->checkpoint);
    rc = ent_run(run->model, &options, run->results, ctx);
    double seconds = now() - begin;
    ent_progress_end(&run->progress);
    report_checkpoint(a, run, n_damaged);
    if (a->timing)
        print_timing(&timing);
    if (rc != 0 && rc != ENT_ERR_PARTIAL) {
        ent_results_abandon(run->results);
    } else {
        int finished = ent_results_finish(run->results, seconds, ent_results_missing(run->results), ctx);
        rc = finished != 0 ? finished : rc;
        if (finished == 0)
            (void)ent_checkpoint_remove(run->checkpoint, ctx);
    }
    run->results = NULL;
    ent_progress_log(&run->progress, rc == 0 ? "done" : ent_error_name(rc), a->output, seconds);
    return rc;
}

static int print_comparison(const arguments_t *a, ent_context_t *ctx)
{
    ent_compare_options_t options;
    ent_results_file_t file;
    ent_comparison_t comparison;
    int rc = ent_results_file_open(&file, a->output, ctx);
    if (rc != 0)
        return rc;
    ent_compare_defaults(&options);
    if (file.n_scenario < 2) {
        if (!a->quiet && !a->log_json)
            fprintf(stderr, "%s: one scenario, nothing to compare\n", a->output);
    } else {
        rc = ent_compare(&comparison, &file, &options, ctx);
        if (rc == 0) {
            rc = ent_comparison_write(&comparison, ENT_FORMAT_TEXT, stdout, ctx);
            ent_comparison_free(&comparison);
        }
    }
    ent_results_file_close(&file);
    return rc;
}

/* The settings of a posterior come before those of the command line, which win. */
static int read_with_posterior(const arguments_t *a, run_t *run, ent_context_t *ctx)
{
    ent_posterior_t posterior;
    ent_setting_t *settings = NULL, *all;
    int n = 0;
    int rc = ent_posterior_read(&posterior, a->posterior, ctx);
    if (rc == 0)
        rc = ent_posterior_settings(&posterior, a->posterior, run->config.n_worlds, run->config.seed,
                                    &settings, &n, ctx);
    all = calloc((size_t)(n + a->settings.n) + 1, sizeof *all);
    if (rc == 0 && all == NULL)
        rc = ent_fail(ctx, ENT_ERR_NO_MEMORY, "run", "no memory for settings");
    if (rc == 0 && all != NULL) {
        memcpy(all, settings, (size_t)n * sizeof *all);
        memcpy(all + n, a->settings.settings, (size_t)a->settings.n * sizeof *all);
        ent_config_free(&run->config);
        ent_benchmark_free(&run->fine);
        rc = ent_config_read(&run->config, &run->fine, a->config, n + a->settings.n, all, ctx);
    }
    free(all);
    ent_posterior_settings_free(settings, n);
    ent_posterior_free(&posterior);
    return rc;
}

static int read_config(const arguments_t *a, run_t *run, ent_context_t *ctx)
{
    int rc = ent_config_read(&run->config, &run->fine, a->config, a->settings.n, a->settings.settings, ctx);
    return rc == 0 && a->posterior != NULL ? read_with_posterior(a, run, ctx) : rc;
}

static int run_command(const arguments_t *a, run_t *run, ent_context_t *ctx)
{
    int rc = read_config(a, run, ctx);
    if (rc != 0)
        return rc;
    rc = ent_model_init(&run->model, &run->config, &run->fine, ctx);
    if (rc != 0)
        return rc;
    if (a->dry_run)
        return print_plan(a, run, ctx);
    rc = play(a, run, ctx);
    if ((rc == 0 || rc == ENT_ERR_PARTIAL) && !a->no_compare) {
        int printed = print_comparison(a, ctx);
        rc = printed != 0 ? printed : rc;
    }
    return rc;
}

int ent_cmd_run(int argc, char **argv)
{
    static const struct argp parser = {command_options,
                                       parse,
                                       "CONFIG",
                                       "Play every scenario of every replication of CONFIG, write the "
                                       "results file and print the comparison of the "
                                       "first scenario with the last.",
                                       NULL,
                                       NULL,
                                       NULL};
    static arguments_t arguments; /* too large for the stack */
    run_t run = {0};
    ent_context_t ctx;

    int code = ent_cli_parse(&parser, argc, argv, &arguments);
    if (code != ENT_OK) {
        ent_cli_settings_free(&arguments.settings);
        return ent_exit_code(code);
    }
    ent_context_init(&ctx);
    ent_progress_init(&run.progress, arguments.quiet, arguments.log_json);
    watch_signals();
    code = run_command(&arguments, &run, &ctx);
    if (code == ENT_ERR_STOPPED)
        fprintf(stderr, "stopped; what was played is kept in %s.checkpoint: the same command goes on\n",
                arguments.output);
    code = ent_cli_finish(code, &ctx);
    ent_checkpoint_close(run.checkpoint);
    ent_model_free(run.model);
    ent_config_free(&run.config);
    ent_benchmark_free(&run.fine);
    ent_context_free(&ctx);
    ent_cli_settings_free(&arguments.settings);
    return code;
}
