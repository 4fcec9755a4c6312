/* entrepot study: plan, play, watch, merge and analyse many points. */
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/progress.h"
#include "study/study.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* From SUB_SLURM on: schedulers that scripts are written for. */
typedef enum {
    SUB_PLAN,
    SUB_RUN,
    SUB_RESUME,
    SUB_STATUS,
    SUB_MISSING,
    SUB_MERGE,
    SUB_SLURM,
    SUB_PBS,
    SUB_LSF,
    SUB_SGE,
    N_SUBS
} sub_t;
static const char *const sub_names[N_SUBS + 1] = {"plan",  "run", "resume", "status", "missing", "merge",
                                                  "slurm", "pbs", "lsf",    "sge",    NULL};

typedef struct {
    int sub; /* -1: not given yet */
    const char *subject, *output, *partition;
    int shard, n_shards, jobs, threads, overwrite, is_virtual, retry_failed, quiet;
    int n_tasks;                /* 0: not given */
    int minutes, notice, chunk; /* of a scheduler */
    int part_seconds;
    double max_walltime; /* seconds; 0: no limit */
    ent_format_t format;
} arguments_t;

static void read_shard(struct argp_state *state, const char *text, void *arguments)
{
    arguments_t *a = arguments;
    int end = 0;
    if (sscanf(text, "%d/%d%n", &a->shard, &a->n_shards, &end) != 2 || text[end] != '\0' || a->n_shards < 1 ||
        a->n_shards > 99999 || a->shard < 1 || a->shard > a->n_shards) {
        argp_error(state, "--shard: \"%s\" is no I/N with 1 <= I <= N, such as 3/8", text);
    }
}

static void take_word(struct argp_state *state, const char *word, void *arguments)
{
    arguments_t *a = arguments;
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
        argp_error(state, "there is no \"study %s\"%s%s", word, nearest != NULL ? "; did you mean " : "",
                   nearest != NULL ? nearest : "");
    }
}

#define COUNT(member, option, what, words, least, most)                                                      \
    {                                                                                                        \
        .name = (option), .value = (what), .help = (words), .kind = ENT_CLI_COUNT,                           \
        .place = offsetof(arguments_t, member), .low = (least), .high = (most)                               \
    }

static const ent_cli_option_t command_options[] = {
    ENT_CLI_OPTION(arguments_t, output, TEXT, "output", "PATH",
                   "plan: the folder (default: NAME.study); merge, slurm, pbs, lsf, sge: the merged file",
                   .letter = 'o'),
    {.name = "shard",
     .value = "I/N",
     .help = "run: only the I-th of N shards (default: the task of an array job, else 1/1)",
     .kind = ENT_CLI_OWN,
     .read = read_shard},
    COUNT(jobs, "jobs", "N", "run: N processes side by side, each a shard", 1, 4096),
    COUNT(threads, "threads", "N", "run: threads of each process (default: all processors over the jobs)", 1,
          ENT_CLI_MAX_THREADS),
    COUNT(part_seconds, "part-seconds", "S", "run: seconds of work a kill may cost (default: 20)", 0, 86400),
    ENT_CLI_MAX_WALLTIME(arguments_t, max_walltime,
                         "run: close the part and leave with code 75 after TIME (90, 15m, 2h)"),
    ENT_CLI_SWITCH(arguments_t, retry_failed, "retry-failed", "run: play points that failed again"),
    ENT_CLI_SWITCH(arguments_t, is_virtual, "virtual",
                   "merge: refer to the values in the parts in place of copying them"),
    ENT_CLI_SWITCH(arguments_t, overwrite, "overwrite", "merge: replace the file if it exists"),
    COUNT(n_tasks, "shards", "N",
          "run: tasks of the array job, where its scheduler does not say; slurm, pbs, lsf, sge: tasks of the "
          "array "
          "(default: 100)",
          1, 99999),
    COUNT(minutes, "time", "MINUTES", "slurm, pbs, lsf, sge: limit of a task (default: 60)", 2, 100000),
    COUNT(notice, "notice", "SECONDS",
          "slurm, pbs, lsf, sge: time before the limit at which a task ends what it plays, more than a point "
          "takes "
          "(default: 60)",
          1, 65535), /* Slurm's own limit */
    ENT_CLI_WORD(arguments_t, partition, "partition", "NAME", "slurm: partition; pbs, lsf, sge: queue"),
    COUNT(chunk, "at-once", "N", "slurm, pbs, lsf, sge: tasks that run at the same time, at most", 1, 99999),
    ENT_CLI_OPTION(arguments_t, format, FORMAT, "format", "FORMAT",
                   "status, missing: text, csv, latex, json or markdown"),
    ENT_CLI_QUIET(arguments_t, quiet),
    {0}};

static void check(struct argp_state *state, const void *arguments)
{
    const arguments_t *a = arguments;
    if (a->sub < 0) {
        argp_error(
            state,
            "say what to do: plan, run, resume, status, missing, merge, slurm, pbs, lsf, sge or analyse");
    }
    if (a->subject == NULL) {
        argp_error(state, a->sub == SUB_PLAN ? "name a study file" : "name a study's folder");
    }
    if (a->sub >= SUB_MERGE && a->output == NULL) {
        argp_error(state, "name the merged file: -o FILE");
    }
    if (a->jobs > 1 && a->n_shards > 1) {
        argp_error(state, "either --jobs, each of which plays a shard, or --shard");
    }
    if (a->notice >= 60 * a->minutes) {
        argp_error(state, "--notice: %d s are no part of --time %d minutes", a->notice, a->minutes);
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

/* A duration as people say it. */
static void put_time(char *text, size_t size, double seconds)
{
    static const struct {
        double most, unit;
        const char *name;
    } units[] = {{120, 1, "s"}, {7200, 60, "min"}, {172800, 3600, "h"}, {HUGE_VAL, 86400, "days"}};
    int i = 0;
    while (seconds >= units[i].most) {
        i++;
    }
    snprintf(text, size, "%.2g %s", seconds / units[i].unit, units[i].name);
}

static int print_cost(const ent_plan_file_t *plan, ent_context_t *ctx)
{
    const double mib = 1048576.0;
    char one[32], all[32], memory[48] = "";
    ent_study_cost_t cost;
    const int code = ent_study_cost(plan, &cost, ctx);
    if (code != 0) {
        return code;
    }
    put_time(one, sizeof one, cost.seconds);
    put_time(all, sizeof all, cost.seconds * plan->n_points);
    if (isfinite(cost.memory)) {
        snprintf(memory, sizeof memory, "%.0f MiB of memory a process, ", ceil(cost.memory / mib));
    }
    printf("expected: %s a point (%s), %s in all on one processor; %s%.0f MiB of disk for parts and merged "
           "file\n",
           one, cost.is_measured ? "measured on the first" : "by its size", all, memory,
           ceil(cost.disk / mib));
    return 0;
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
        code = print_cost(&plan, ctx);
        ent_plan_close(&plan);
    }
    return code;
}

/* ---- run ---- */

typedef struct {
    ent_progress_t progress;
    double begin;
} watch_t;

static void show_progress(void *data, int n_done, int n_total)
{
    watch_t *watch = data;
    (void)ent_progress_step(&watch->progress, n_done, n_total, ent_cli_seconds() - watch->begin);
}

static int run_shard(const arguments_t *a, int shard, int n_shards, int threads, int quiet,
                     ent_context_t *ctx)
{
    watch_t watch;
    ent_plan_file_t plan;
    ent_progress_init(&watch.progress, quiet, 0);
    watch.begin = ent_cli_seconds();
    const ent_shard_options_t options = {.shard = shard,
                                         .n_shards = n_shards,
                                         .n_threads = threads,
                                         .part_seconds = a->part_seconds,
                                         .retry_failed = a->retry_failed,
                                         .stop = &ent_cli_stop,
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

/* The shard to play: that of --shard, or of the array job whose task this is; --jobs shares all points out
 * itself. */
static int find_shard(arguments_t *a, ent_context_t *ctx)
{
    const char *variable = NULL;
    if (a->n_shards > 0 || a->jobs > 1 || (a->sub != SUB_RUN && a->sub != SUB_RESUME)) {
        return 0;
    }
    a->shard = a->n_shards = 1;
    const int code = ent_shard_from_environment(a->n_tasks, &a->shard, &a->n_shards, &variable, ctx);
    if (code == 0 && variable == NULL && a->n_tasks > 0) {
        return ent_fail(
            ctx, ENT_ERR_USAGE, "--shards",
            "says of how many shards this is one, and neither --shard I/N nor a scheduler's variable says "
            "which");
    }
    if (code == 0 && variable != NULL && !a->quiet) {
        fprintf(stderr, "shard %d of %d, by %s\n", a->shard, a->n_shards, variable);
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
        if (ent_cli_stop && !told) {
            for (int j = i; j < a->jobs; j++) {
                if (children[j] > 0) {
                    kill(children[j], SIGUSR1); /* a second SIGTERM or SIGINT would mean at once */
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

static void status_table(ent_table_t *table, const arguments_t *a, const ent_plan_file_t *plan,
                         const ent_parts_t *parts, const ent_rate_t *rate)
{
    static const char *const keys[] = {"points", "played", "failed", "missing",
                                       "share",  "parts",  "rate",   "left"};
    static const char *const units[] = {"", "", "", "", "%", "", "points/h", "h"};
    static const char *const titles[] = {"points", "played", "failed", "missing",
                                         "played", "parts",  "rate",   "time left"};
    long done = 0, failed = 0;
    for (int i = 0; i < parts->n; i++) {
        done += parts->parts[i].n - parts->parts[i].n_failed;
        failed += parts->parts[i].n_failed;
    }
    const double missing = fmax((double)(plan->n_points - done - failed), 0.0);
    const double numbers[] = {plan->n_points,
                              (double)done,
                              (double)failed,
                              missing,
                              100.0 * (double)done / plan->n_points,
                              parts->n,
                              rate->per_hour,
                              missing / rate->per_hour};
    static const int decimals[] = {0, 0, 0, 0, 1, 0, 0, 2};
    ent_table_init(table, "study_status", "%s: study %s", a->subject, plan->study.name);
    for (int c = 0; c < (int)(sizeof numbers / sizeof *numbers); c++) {
        ent_table_column(table, keys[c], ENT_COLUMN_NUMBER, units[c], "%s", titles[c]);
    }
    ent_table_row(table, 0);
    for (int c = 0; c < (int)(sizeof numbers / sizeof *numbers); c++) {
        ent_table_number(table, c, numbers[c], decimals[c]);
    }
    ent_table_note(
        table, "By the names of the parts; a point played in two shard layouts counts twice here, once in "
               "`missing` and `merge`, which read them.");
    if (isfinite(rate->since)) {
        char text[32];
        put_time(text, sizeof text, fmax(rate->since, 0.0));
        ent_table_note(
            table, "Rate: parts put away in the hour before the last one, %s ago; n/a before there are two.",
            text);
    }
}

static int print_status(const arguments_t *a, ent_context_t *ctx)
{
    ent_plan_file_t plan;
    ent_parts_t parts;
    ent_rate_t rate;
    ent_table_t table;
    int code = ent_plan_open(&plan, a->subject, ctx);
    if (code != 0) {
        return code;
    }
    code = ent_parts_list(&parts, plan.folder, ctx);
    if (code == 0) {
        code = ent_parts_rate(&parts, &rate, ctx);
        if (code == 0) {
            status_table(&table, a, &plan, &parts, &rate);
            code = ent_cli_print(&table, 1, a->format, ctx);
        }
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
        code = ent_cli_print(&table, 1, a->format, ctx);
        code = code == 0 ? ent_parts_reasons(&parts, stdout, ctx) : code;
    }
    free(state);
    ent_parts_free(&parts);
    ent_plan_close(&plan);
    return code;
}

/* ---- merge and scripts ---- */

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

static int write_jobs(const arguments_t *a, ent_context_t *ctx)
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
    const ent_jobs_options_t options = {.n_shards = a->n_tasks > 0 ? a->n_tasks : 100,
                                        .n_threads = a->threads > 0 ? a->threads : 1,
                                        .minutes = a->minutes,
                                        .notice = a->notice,
                                        .chunk = a->chunk,
                                        .queue = a->partition,
                                        .program = program,
                                        .merged = merged};
    code = ent_study_jobs(&plan, sub_names[a->sub], &options, ctx);
    if (code == 0) {
        printf("submit with: bash %s/%s/submit.sh\n", a->subject, sub_names[a->sub]);
    }
    ent_plan_close(&plan);
    return code;
}

/* ---- the command ---- */

static int dispatch(void *arguments, ent_context_t *ctx)
{
    const arguments_t *a = arguments;
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
    case SUB_PBS:
    case SUB_LSF:
    case SUB_SGE:
        return write_jobs(a, ctx);
    default:
        return ENT_ERR_USAGE;
    }
}

int ent_cmd_study(int argc, char **argv)
{
    static const ent_cli_command_t command = {
        .options = command_options,
        .usage = "plan STUDY\nrun FOLDER\nresume FOLDER\nstatus FOLDER\nmissing FOLDER\nmerge FOLDER\nslurm "
                 "FOLDER\npbs FOLDER\nlsf FOLDER\nsge FOLDER\nanalyse FILE",
        .words = "Many points of a config: policy levers crossed with uncertainties, every point on the same "
                 "draws.\v"
                 "plan freezes a study file into a folder. run plays what is not there yet; the same command "
                 "again goes "
                 "on, however it ended; resume is the same. status counts, missing lists what has no values. "
                 "merge makes "
                 "one file, whose bytes do not depend on how the points were shared out. slurm, pbs, "
                 "lsf and sge write the scripts of an array job. Within a task of an array job run plays the "
                 "task's "
                 "shard (docs/studies.md).",
        .take = take_word,
        .check = check,
        .run = dispatch};
    arguments_t a = {.sub = -1, .minutes = 60, .notice = 60, .part_seconds = 20};
    ent_context_t ctx;
    if (argc > 1 && strcmp(argv[1], "analyse") == 0) {
        argv[1] = "study analyse";
        return ent_cmd_study_analyse(argc - 1, argv + 1);
    }
    int code = ent_cli_parse(&command, argc, argv, &a);
    if (code != ENT_OK) {
        return ent_exit_code(code);
    }
    ent_context_init(&ctx);
    code = find_shard(&a, &ctx);
    if (code != 0) {
        code = ent_cli_finish(code, &ctx);
        ent_context_free(&ctx);
        return code;
    }
    if (a.sub == SUB_RUN || a.sub == SUB_RESUME) {
        ent_cli_watch_signals(0); /* a wait for a process is broken off */
        ent_cli_alarm(a.max_walltime);
        if (a.jobs > 1) {
            return run_jobs(&a);
        }
    } else {
        signal(SIGXFSZ, SIG_IGN);
    }
    code = ent_cli_finish(dispatch(&a, &ctx), &ctx);
    ent_context_free(&ctx);
    return code;
}
