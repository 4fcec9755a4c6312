/* entrepot run: play every scenario of every replication, keep them, print the comparison. */
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/progress.h"
#include "io/lock.h"
#include "io/output.h"
#include "evidence/calibration.h"
#include "compare/compare.h"
#include <entrepot/run.h>

#include <limits.h>
#include <math.h>
#include <omp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
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
    ent_lock_t lock;
} run_t;

/* ---- arguments ---- */

/* Options that stand for a key of the config. */
static void add_key(struct argp_state *state, arguments_t *a, const char *key, const char *value)
{
    char text[256];
    snprintf(text, sizeof text, "%s=%s", key, value);
    ent_cli_add_setting(state, &a->settings, text);
}

static void read_seed(struct argp_state *state, const char *text, void *arguments)
{
    add_key(state, arguments, "seed", text);
}

static void read_replications(struct argp_state *state, const char *text, void *arguments)
{
    add_key(state, arguments, "replications", text);
}

static const ent_cli_option_t command_options[] = {
    ENT_CLI_OUTPUT(arguments_t, output, "Results file to make"),
    ENT_CLI_OVERWRITE(arguments_t, overwrite),
    ENT_CLI_WORD(arguments_t, posterior, "posterior", "FILE",
                 "Every world plays a particle of this posterior file (entrepot calibrate)"),
    {.name = "seed",
     .value = "N",
     .help = "Seed of all random numbers, as --set seed=N",
     .kind = ENT_CLI_OWN,
     .read = read_seed},
    {.name = "replications",
     .value = "N",
     .help = "Worlds to draw, as --set replications=N",
     .kind = ENT_CLI_OWN,
     .read = read_replications},
    ENT_CLI_THREADS(arguments_t, threads),
    ENT_CLI_SET(arguments_t, settings),
    ENT_CLI_SWITCH(arguments_t, dry_run, "dry-run",
                   "Check the config, print what the run needs, write nothing"),
    ENT_CLI_QUIET(arguments_t, quiet),
    ENT_CLI_SWITCH(arguments_t, no_compare, "no-compare", "Do not print the comparison"),
    ENT_CLI_SWITCH(arguments_t, timing, "timing", "Say on standard error where the threads' time went"),
    ENT_CLI_OPTION(
        arguments_t, checkpoint_every, TIME, "checkpoint-every", "TIME",
        "Save what is played so far every TIME (90, 15m, 2h) beside the results file; signals save in "
        "any case"),
    ENT_CLI_MAX_WALLTIME(arguments_t, max_walltime, "Save and leave with code 75 after TIME"),
    ENT_CLI_SWITCH(arguments_t, restart, "restart", "Begin again, in spite of what is saved"),
    ENT_CLI_LOG_JSON(arguments_t, log_json),
    {0}};

static void check(struct argp_state *state, const void *arguments)
{
    const arguments_t *a = arguments;
    if (a->output == NULL && !a->dry_run) {
        argp_error(state, "name the results file: -o FILE (or try --dry-run)");
    }
}

/* ---- the plan ---- */

static int n_threads_of(const arguments_t *a)
{
    return a->threads > 0 ? a->threads : omp_get_max_threads();
}

/* Seconds one replication takes on one thread, measured; NaN when it cannot be played. */
static double measure_replication(const run_t *run, ent_context_t *ctx)
{
    const ent_run_options_t options = {.n_threads = 1, .split_agents = 0};
    const double begin = ent_cli_seconds();
    const int rc = ent_run_each(run->model, &options, 0, 1, NULL, NULL, ctx);
    return rc == 0 ? ent_cli_seconds() - begin : NAN;
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
/* Bytes of memory of this machine; infinite where the system does not say. */
static double memory_here(void)
{
    const double pages = (double)sysconf(_SC_PHYS_PAGES), size = (double)sysconf(_SC_PAGESIZE);
    return pages > 0.0 && size > 0.0 ? pages * size : INFINITY;
}

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
    const double memory = plan.bytes_per_replication * n_threads_of(a) / mib, here = memory_here() / mib;
    snprintf(note, sizeof note, memory > here ? "%d threads; MORE than the %.0f MiB here" : "%d threads",
             n_threads_of(a), here);
    plan_row(&table, "memory", memory, "MiB", note);
    plan_row(&table, "results", plan.result_bytes / mib, "MiB", "before compression");
    plan_row(&table, "time", seconds, "s", how);
    return ent_cli_print(&table, 1, ENT_FORMAT_TEXT, ctx);
}

/* ---- the run ---- */

/* A handler can reach nothing but a global. */
static volatile int saves_asked;

static void ask_save(int signal_number)
{
    (void)signal_number;
    saves_asked++;
}

static void watch_signals(void)
{
    struct sigaction save = {.sa_handler = ask_save, .sa_flags = SA_RESTART};
    sigemptyset(&save.sa_mask);
    ent_cli_watch_signals(SA_RESTART);
    sigaction(SIGUSR1, &save, NULL);
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
    const double elapsed = ent_cli_seconds() - watch->begin;
    if (ent_cli_stop || (watch->most > 0.0 && elapsed >= watch->most))
        return ENT_POLL_STOP;
    const double most = 1e9; /* the count is an int, and a clock may be anything */
    return saves_asked + (watch->every > 0.0 ? (int)fmin(fmax(elapsed / watch->every, 0.0), most) : 0);
}

/* From the first second on: the same command twice would play everything twice into one checkpoint. */
static int lock_output(const arguments_t *a, run_t *run, ent_context_t *ctx)
{
    const int code = ent_output_allowed(a->output, a->overwrite, ctx);
    return code != 0 ? code : ent_lock_output(&run->lock, a->output, ctx);
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
    watch_t watch = {ent_cli_seconds(), a->checkpoint_every, a->max_walltime};
    int rc = lock_output(a, run, ctx);
    if (rc == 0)
        rc = open_checkpoint(a, run, ctx);
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
    ent_cli_nothing_to_save = 0; /* from here on a stop leaves no half-written output */
    rc = ent_cli_create_results(&run->results, a->output, a->overwrite, &run->config, &run->fine, run->model,
                                ctx);
    if (rc != 0)
        return rc;
    ent_progress_log(&run->progress, "start", a->output, -1.0);
    double begin = ent_cli_seconds();
    const int n_damaged = ent_checkpoint_damaged(run->checkpoint);
    rc = ent_run(run->model, &options, run->results, ctx);
    double seconds = ent_cli_seconds() - begin;
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

static int read_and_play(const arguments_t *a, run_t *run, ent_context_t *ctx)
{
    int rc = ent_posterior_config(&run->config, &run->fine, a->config, a->posterior, a->settings.n,
                                  a->settings.settings, ctx);
    if (rc != 0)
        return rc;
    if (!a->quiet)
        rc = ent_cli_notes(&run->config, &run->fine, 2, ctx);
    rc = rc == 0 ? ent_model_init(&run->model, &run->config, &run->fine, ctx) : rc;
    if (rc != 0)
        return rc;
    if (a->dry_run)
        return print_plan(a, run, ctx);
    rc = play(a, run, ctx);
    if ((rc == 0 || rc == ENT_ERR_PARTIAL) && !a->no_compare) {
        int printed = print_comparison(a, ctx);
        if (printed == ENT_ERR_IO)
            fprintf(stderr, "%s is whole; only its tables could not be printed: entrepot compare %s\n",
                    a->output, a->output);
        rc = printed != 0 ? printed : rc;
    }
    return rc;
}

static int run(void *arguments, ent_context_t *ctx)
{
    const arguments_t *a = arguments;
    run_t run = {.lock = {.fd = -1}};
    ent_progress_init(&run.progress, a->quiet, a->log_json);
    ent_cli_nothing_to_save = 1;
    watch_signals();
    const int rc = read_and_play(a, &run, ctx);
    if (rc == ENT_ERR_STOPPED)
        fprintf(stderr, "stopped; what was played is kept in %s.checkpoint: the same command goes on\n",
                a->output);
    ent_checkpoint_close(run.checkpoint);
    ent_lock_release(&run.lock);
    ent_model_free(run.model);
    ent_config_free(&run.config);
    ent_benchmark_free(&run.fine);
    return rc;
}

int ent_cmd_run(int argc, char **argv)
{
    static const ent_cli_command_t command = {.options = command_options,
                                              .usage = "CONFIG",
                                              .words = "Play every scenario of every replication of CONFIG, "
                                                       "write the results file and print the comparison of "
                                                       "the first scenario with the last.",
                                              .subject = "config",
                                              .subject_place = offsetof(arguments_t, config),
                                              .check = check,
                                              .run = run};
    arguments_t arguments = {0};
    return ent_cli_main(&command, argc, argv, &arguments);
}
