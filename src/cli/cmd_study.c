/* entrepot study: plan, play, watch, merge and analyse many points. */
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/progress.h"
#include "study/study.h"

#include <argp.h>
#include <errno.h>
#include <hdf5.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef enum { SUB_PLAN, SUB_RUN, SUB_RESUME, SUB_STATUS, SUB_MISSING, SUB_MERGE, SUB_SLURM, N_SUBS } sub_t;
static const char *const sub_names[N_SUBS] = {"plan", "run", "resume", "status", "missing", "merge", "slurm"};

typedef struct {
    int sub; /* -1: not given yet */
    const char *subject, *output, *partition;
    int shard, n_shards, jobs, threads, overwrite, is_virtual, retry_failed, quiet, minutes, chunk;
    double part_seconds, max_walltime; /* seconds; max_walltime 0: no limit */
    ent_format_t format;
} arguments_t;

enum {
    KEY_SHARD = 256,
    KEY_JOBS,
    KEY_THREADS,
    KEY_PART_SECONDS,
    KEY_RETRY,
    KEY_VIRTUAL,
    KEY_OVERWRITE,
    KEY_FORMAT,
    KEY_SHARDS,
    KEY_TIME,
    KEY_PARTITION,
    KEY_CHUNK,
    KEY_MAX_WALLTIME
};

static const struct argp_option command_options[] = {
    {"output", 'o', "PATH", 0, "plan: the folder (default: NAME.study); merge, slurm: the merged file", 0},
    {"shard", KEY_SHARD, "I/N", 0, "run: only the I-th of N shards (default: 1/1)", 0},
    {"jobs", KEY_JOBS, "N", 0, "run: N processes side by side, each a shard", 0},
    {"threads", KEY_THREADS, "N", 0, "run: threads of each process (default: all processors over the jobs)",
     0},
    {"part-seconds", KEY_PART_SECONDS, "S", 0, "run: seconds of work a kill may cost (default: 20)", 0},
    {"max-walltime", KEY_MAX_WALLTIME, "TIME", 0,
     "run: close the part and leave with code 75 after TIME (90, 15m, 2h)", 0},
    {"retry-failed", KEY_RETRY, NULL, 0, "run: play points that failed again", 0},
    {"virtual", KEY_VIRTUAL, NULL, 0, "merge: refer to the values in the parts in place of copying them", 0},
    {"overwrite", KEY_OVERWRITE, NULL, 0, "merge: replace the file if it exists", 0},
    {"shards", KEY_SHARDS, "N", 0, "slurm: tasks of the array (default: 100)", 0},
    {"time", KEY_TIME, "MINUTES", 0, "slurm: limit of a task (default: 60)", 0},
    {"partition", KEY_PARTITION, "NAME", 0, "slurm: partition of the cluster", 0},
    {"at-once", KEY_CHUNK, "N", 0, "slurm: tasks that run at the same time, at most", 0},
    {"format", KEY_FORMAT, "FORMAT", 0, "status, missing: text, csv, latex, json or markdown", 0},
    {"quiet", 'q', NULL, 0, "No progress bar", 0},
    {0}};

static long parse_number(struct argp_state *state, const char *option, const char *text, long low, long high)
{
    char *end = NULL;
    errno = 0;
    const long n = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || n < low || n > high) {
        argp_error(state, "--%s: \"%s\" is no number between %ld and %ld", option, text, low, high);
    }
    return n;
}

static void parse_shard(struct argp_state *state, arguments_t *a, const char *text)
{
    int end = 0;
    if (sscanf(text, "%d/%d%n", &a->shard, &a->n_shards, &end) != 2 || text[end] != '\0' || a->n_shards < 1 ||
        a->n_shards > 99999 || a->shard < 1 || a->shard > a->n_shards) {
        argp_error(state, "--shard: \"%s\" is no I/N with 1 <= I <= N, such as 3/8", text);
    }
}

static void take_word(struct argp_state *state, arguments_t *a, const char *word)
{
    if (a->sub >= 0) {
        if (a->subject != NULL) {
            argp_error(state, "one study at a time, not also \"%s\"", word);
        }
        a->subject = word;
        return;
    }
    for (int i = 0; i < N_SUBS; i++) {
        a->sub = strcmp(word, sub_names[i]) == 0 ? i : a->sub;
    }
    if (a->sub < 0) {
        const char *nearest = ent_nearest(word, sub_names, N_SUBS);
        argp_error(state, "there is no \"study %s\"%s%s", word, nearest != NULL ? "; nearest is " : "",
                   nearest != NULL ? nearest : "");
    }
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    arguments_t *a = state->input;
    switch (key) {
    case 'o':
        a->output = argument;
        return 0;
    case 'q':
        a->quiet = 1;
        return 0;
    case KEY_SHARD:
        parse_shard(state, a, argument);
        return 0;
    case KEY_JOBS:
        a->jobs = (int)parse_number(state, "jobs", argument, 1, 4096);
        return 0;
    case KEY_THREADS:
        a->threads = (int)parse_number(state, "threads", argument, 1, 4096);
        return 0;
    case KEY_PART_SECONDS:
        a->part_seconds = (double)parse_number(state, "part-seconds", argument, 0, 86400);
        return 0;
    case KEY_MAX_WALLTIME:
        a->max_walltime = ent_cli_seconds(state, "max-walltime", argument);
        return 0;
    case KEY_RETRY:
        a->retry_failed = 1;
        return 0;
    case KEY_VIRTUAL:
        a->is_virtual = 1;
        return 0;
    case KEY_OVERWRITE:
        a->overwrite = 1;
        return 0;
    case KEY_FORMAT:
        a->format = ent_cli_format(state, argument);
        return 0;
    case KEY_SHARDS:
        a->n_shards = (int)parse_number(state, "shards", argument, 1, 99999);
        return 0;
    case KEY_TIME:
        a->minutes = (int)parse_number(state, "time", argument, 2, 100000);
        return 0;
    case KEY_PARTITION:
        a->partition = argument;
        return 0;
    case KEY_CHUNK:
        a->chunk = (int)parse_number(state, "at-once", argument, 1, 99999);
        return 0;
    case ARGP_KEY_ARG:
        take_word(state, a, argument);
        return 0;
    case ARGP_KEY_END:
        if (a->sub < 0) {
            argp_error(state, "say what to do: plan, run, resume, status, missing, merge, slurm or analyse");
        }
        if (a->subject == NULL) {
            argp_error(state, a->sub == SUB_PLAN ? "name a study file" : "name a study's folder");
        }
        if ((a->sub == SUB_MERGE || a->sub == SUB_SLURM) && a->output == NULL) {
            argp_error(state, "name the merged file: -o FILE");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- plan ---- */

/* NAME.study beside where we are. */
static int plan_folder(const arguments_t *a, char *folder, size_t size, ent_context_t *ctx)
{
    ent_study_t study;
    if (a->output != NULL) {
        snprintf(folder, size, "%s", a->output);
        return 0;
    }
    const int code = ent_study_read(&study, a->subject, ctx);
    if (code == 0) {
        snprintf(folder, size, "%s.study", study.name);
        ent_study_free(&study);
    }
    return code;
}

static int make_plan(const arguments_t *a, ent_context_t *ctx)
{
    char folder[PATH_MAX];
    ent_plan_file_t plan;
    int code = plan_folder(a, folder, sizeof folder, ctx);
    code = code == 0 ? ent_plan_make(a->subject, folder, ctx) : code;
    code = code == 0 ? ent_plan_open(&plan, folder, ctx) : code;
    if (code == 0) {
        printf("%s: %d points (%d combinations of levers x %d rows of a %s design over %d uncertainties), up "
               "to %d "
               "replications each\n",
               folder, plan.n_points, plan.n_combinations, plan.n_rows,
               ent_design_names[plan.study.design.kind], plan.study.n_factors - plan.study.n_levers,
               plan.n_replications);
        ent_plan_close(&plan);
    }
    return code;
}

/* ---- run ---- */

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
    struct sigaction action = {.sa_handler = ask_stop};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
}

typedef struct {
    ent_progress_t progress;
    struct timespec begin;
} watch_t;

static void show_progress(void *data, int n_done, int n_total)
{
    watch_t *watch = data;
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    const double seconds =
        (double)(t.tv_sec - watch->begin.tv_sec) + 1e-9 * (double)(t.tv_nsec - watch->begin.tv_nsec);
    (void)ent_progress_step(&watch->progress, n_done, n_total, seconds);
}

static int run_shard(const arguments_t *a, int shard, int n_shards, int threads, int quiet,
                     ent_context_t *ctx)
{
    watch_t watch;
    ent_plan_file_t plan;
    ent_progress_init(&watch.progress, quiet, 0);
    clock_gettime(CLOCK_MONOTONIC, &watch.begin);
    const ent_shard_options_t options = {.shard = shard,
                                         .n_shards = n_shards,
                                         .n_threads = threads,
                                         .part_seconds = a->part_seconds,
                                         .retry_failed = a->retry_failed,
                                         .stop = &stop_asked,
                                         .progress = show_progress,
                                         .progress_data = &watch};
    int code = ent_plan_open(&plan, a->subject, ctx);
    if (code == 0) {
        code = ent_shard_run(&plan, &options, ctx);
        ent_progress_end(&watch.progress);
        ent_plan_close(&plan);
    }
    return code;
}

/* A process for each job; the worst exit code is ours. Signals reach the children through their group or from
 * here. */
static int run_jobs(const arguments_t *a)
{
    pid_t *children = calloc((size_t)a->jobs, sizeof *children);
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    const int threads = a->threads > 0 ? a->threads : processors > a->jobs ? (int)(processors / a->jobs) : 1;
    int worst = children == NULL ? ent_exit_code(ENT_ERR_NO_MEMORY) : 0;
    for (int i = 0; children != NULL && i < a->jobs; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            ent_context_t ctx;
            ent_context_init(&ctx);
            const int code = run_shard(a, i + 1, a->jobs, threads, a->quiet || i > 0, &ctx);
            const int status = ent_cli_finish(code, &ctx);
            fflush(NULL);
            _exit(status);
        }
        worst = children[i] < 0 ? ent_exit_code(ENT_ERR_NO_MEMORY) : worst;
    }
    for (int i = 0, told = 0; children != NULL && i < a->jobs;) {
        int status = 0;
        if (stop_asked && !told) {
            for (int j = i; j < a->jobs; j++) {
                if (children[j] > 0) {
                    kill(children[j], SIGTERM);
                }
            }
            told = 1;
        }
        if (children[i] > 0 && waitpid(children[i], &status, 0) < 0 && errno == EINTR) {
            continue;
        }
        const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        worst = code > worst ? code : worst;
        i++;
    }
    free(children);
    return worst;
}

/* ---- status and missing ---- */

static int print_status(const arguments_t *a, ent_context_t *ctx)
{
    ent_plan_file_t plan;
    ent_parts_t parts;
    ent_table_t table;
    long done = 0, failed = 0;
    int code = ent_plan_open(&plan, a->subject, ctx);
    if (code != 0) {
        return code;
    }
    code = ent_parts_list(&parts, plan.folder, ctx);
    if (code == 0) {
        for (int i = 0; i < parts.n; i++) {
            done += parts.parts[i].n - parts.parts[i].n_failed;
            failed += parts.parts[i].n_failed;
        }
        const double share = 100.0 * (double)done / plan.n_points;
        ent_table_init(&table, "study_status", "%s: study %s", a->subject, plan.study.name);
        ent_table_column(&table, "points", ENT_COLUMN_NUMBER, "", "points");
        ent_table_column(&table, "played", ENT_COLUMN_NUMBER, "", "played");
        ent_table_column(&table, "failed", ENT_COLUMN_NUMBER, "", "failed");
        ent_table_column(&table, "missing", ENT_COLUMN_NUMBER, "", "missing");
        ent_table_column(&table, "share", ENT_COLUMN_NUMBER, "%%", "played");
        ent_table_column(&table, "parts", ENT_COLUMN_NUMBER, "", "parts");
        ent_table_row(&table, 0);
        ent_table_number(&table, 0, plan.n_points, 0);
        ent_table_number(&table, 1, (double)done, 0);
        ent_table_number(&table, 2, (double)failed, 0);
        ent_table_number(&table, 3, (double)(plan.n_points - done - failed), 0);
        ent_table_number(&table, 4, share, 1);
        ent_table_number(&table, 5, parts.n, 0);
        ent_table_note(
            &table,
            "By the names of the parts; a point played in two shard layouts counts twice here, once in "
            "`missing` and `merge`, which read them.");
        code = ent_tables_write(&table, 1, a->format, stdout, ctx);
        ent_table_free(&table);
        ent_parts_free(&parts);
    }
    ent_plan_close(&plan);
    return code;
}

static void add_range(ent_table_t *table, int first, int last, int state)
{
    char text[64];
    snprintf(text, sizeof text, first == last ? "%d" : "%d-%d", first, last);
    ent_table_row(table, 0);
    ent_table_text(table, 0, text);
    ent_table_number(table, 1, last - first + 1, 0);
    ent_table_text(table, 2, state == 2 ? "failed" : "missing");
}

static int print_missing(const arguments_t *a, ent_context_t *ctx)
{
    ent_plan_file_t plan;
    ent_parts_t parts = {0};
    ent_table_t table;
    int code = ent_plan_open(&plan, a->subject, ctx);
    if (code != 0) {
        return code;
    }
    signed char *state = calloc((size_t)plan.n_points + 1, 1);
    code = state == NULL
               ? ent_fail(ctx, ENT_ERR_NO_MEMORY, a->subject, "no memory for %d points", plan.n_points)
               : ent_parts_list(&parts, plan.folder, ctx);
    code = code == 0 ? ent_study_states(&plan, &parts, state, ctx) : code;
    if (code == 0 && state != NULL) {
        ent_table_init(&table, "study_missing", "%s: points without values", a->subject);
        ent_table_column(&table, "points", ENT_COLUMN_TEXT, "", "points");
        ent_table_column(&table, "number", ENT_COLUMN_NUMBER, "", "number");
        ent_table_column(&table, "state", ENT_COLUMN_TEXT, "", "state");
        for (int p = 0, q; p < plan.n_points; p = q) {
            for (q = p + 1; q < plan.n_points && state[q] == state[p]; q++) {
            }
            if (state[p] != 1) {
                add_range(&table, p, q - 1, state[p]);
            }
        }
        code = ent_tables_write(&table, 1, a->format, stdout, ctx);
        ent_table_free(&table);
        code = code == 0 ? ent_parts_reasons(&parts, stdout, ctx) : code;
    }
    free(state);
    ent_parts_free(&parts);
    ent_plan_close(&plan);
    return code;
}

/* ---- merge and slurm ---- */

static int merge(const arguments_t *a, ent_context_t *ctx)
{
    ent_plan_file_t plan;
    int n_missing, n_failed;
    int code = ent_plan_open(&plan, a->subject, ctx);
    if (code != 0) {
        return code;
    }
    code = ent_study_merge(&plan, a->output, a->overwrite, a->is_virtual, &n_missing, &n_failed, ctx);
    if (code == 0) {
        printf("%s: %d of %d points\n", a->output, plan.n_points - n_missing - n_failed, plan.n_points);
        if (n_missing + n_failed > 0) {
            code = ent_fail(
                ctx, ENT_ERR_PARTIAL, a->output,
                "%d points are missing and %d failed: they are NaN; `entrepot study missing %s` lists them",
                n_missing, n_failed, a->subject);
        }
    }
    ent_plan_close(&plan);
    return code;
}

static int write_slurm(const arguments_t *a, ent_context_t *ctx)
{
    char program[PATH_MAX] = "", merged[PATH_MAX] = "";
    ent_plan_file_t plan;
    int code = ent_plan_open(&plan, a->subject, ctx);
    if (code != 0) {
        return code;
    }
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    char *folder = getcwd(NULL, 0);
    if (a->output[0] == '/') {
        snprintf(merged, sizeof merged, "%s", a->output);
    } else {
        snprintf(merged, sizeof merged, "%s/%s", folder != NULL ? folder : ".", a->output);
    }
    free(folder);
    const ent_slurm_options_t options = {.n_shards = a->n_shards > 1 ? a->n_shards : 100,
                                         .n_threads = a->threads > 0 ? a->threads : 1,
                                         .minutes = a->minutes,
                                         .chunk = a->chunk,
                                         .partition = a->partition,
                                         .program = program,
                                         .merged = merged};
    code = ent_study_slurm(&plan, &options, ctx);
    if (code == 0) {
        printf("submit with: bash %s/slurm/submit.sh\n", a->subject);
    }
    ent_plan_close(&plan);
    return code;
}

/* ---- the command ---- */

static int dispatch(const arguments_t *a, ent_context_t *ctx)
{
    switch ((sub_t)a->sub) {
    case SUB_PLAN:
        return make_plan(a, ctx);
    case SUB_RUN:
    case SUB_RESUME:
        return run_shard(a, a->shard, a->n_shards, a->threads, a->quiet, ctx);
    case SUB_STATUS:
        return print_status(a, ctx);
    case SUB_MISSING:
        return print_missing(a, ctx);
    case SUB_MERGE:
        return merge(a, ctx);
    case SUB_SLURM:
        return write_slurm(a, ctx);
    default:
        return ENT_ERR_USAGE;
    }
}

int ent_cmd_study(int argc, char **argv)
{
    static const struct argp parser = {
        command_options,
        parse,
        "plan STUDY\nrun FOLDER\nresume FOLDER\nstatus FOLDER\nmissing FOLDER\nmerge FOLDER\nslurm "
        "FOLDER\nanalyse FILE",
        "Many points of a config: policy levers crossed with uncertainties, every point on the same draws.\v"
        "plan freezes a study file into a folder. run plays what is not there yet; the same command again "
        "goes on, "
        "however it ended; resume is the same. status counts, missing lists what has no values. merge makes "
        "one file, "
        "whose bytes do not depend on how the points were shared out. slurm writes the scripts of an array "
        "job.",
        NULL,
        NULL,
        NULL};
    arguments_t a = {.sub = -1, .shard = 1, .n_shards = 1, .part_seconds = 20.0, .minutes = 60};
    ent_context_t ctx;
    if (argc > 1 && strcmp(argv[1], "analyse") == 0) {
        argv[1] = "study analyse";
        return ent_cmd_study_analyse(argc - 1, argv + 1);
    }
    H5dont_atexit();
    int code = ent_cli_parse(&parser, argc, argv, &a);
    if (code != ENT_OK) {
        return ent_exit_code(code);
    }
    /* A limit on file sizes shall be a failed write like a full disk, not a kill. */
    signal(SIGXFSZ, SIG_IGN);
    if (a.sub == SUB_RUN || a.sub == SUB_RESUME) {
        watch_signals();
        ent_cli_alarm(a.max_walltime, ask_stop);
        if (a.jobs > 1) {
            return run_jobs(&a);
        }
    }
    ent_context_init(&ctx);
    code = ent_cli_finish(dispatch(&a, &ctx), &ctx);
    ent_context_free(&ctx);
    return code;
}
