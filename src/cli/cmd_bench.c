/* entrepot bench: how fast a config plays on this machine. */
#include "cli/commands.h"
#include "cli/common.h"
#include "engine/speed.h"
#include "study/table.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *config, *kernel;
    int threads, repeats;
    ent_format_t format;
    ent_cli_settings_t settings;
} arguments_t;

/* What a measurement holds; everything is released in one place. */
typedef struct {
    ent_config_t config;
    ent_benchmark_t fine;
    ent_model_t *model;
    ent_world_t world;
} bench_t;

enum { KEY_THREADS = 256, KEY_REPEATS, KEY_KERNEL, KEY_SET, KEY_FORMAT };

static const struct argp_option command_options[] = {
    {"threads", KEY_THREADS, "N", 0, "Most threads to try (default: all processors)", 0},
    {"repeats", KEY_REPEATS, "N", 0, "Replications timed, of which the fastest counts (default 3)", 0},
    {"kernel", KEY_KERNEL, "NAME", 0, "portable, avx2 or avx512 (default: the fastest here)", 0},
    {"set", KEY_SET, "PATH=VALUE", 0, "Set any key of the config, such as --set slots=50000; may be repeated",
     0},
    {"format", KEY_FORMAT, "FORMAT", 0, "text, csv, latex, json or markdown", 0},
    {0}};

static int parse_count(struct argp_state *state, const char *option, const char *text, int most)
{
    char *end = NULL;
    errno = 0;
    const long n = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || n < 1 || n > most) {
        argp_error(state, "%s: \"%s\" is no number between 1 and %d", option, text, most);
    }
    return (int)n;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    arguments_t *a = state->input;
    switch (key) {
    case KEY_THREADS:
        a->threads = parse_count(state, "--threads", argument, ENT_SPEED_MOST_THREADS);
        return 0;
    case KEY_REPEATS:
        a->repeats = parse_count(state, "--repeats", argument, 1000);
        return 0;
    case KEY_KERNEL:
        a->kernel = argument;
        return 0;
    case KEY_SET:
        ent_cli_add_setting(state, &a->settings, argument);
        return 0;
    case KEY_FORMAT:
        a->format = ent_cli_format(state, argument);
        return 0;
    case ARGP_KEY_ARG:
        if (a->config != NULL) {
            argp_error(state, "one config at a time, not also \"%s\"", argument);
        }
        a->config = argument;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which config?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void row(ent_table_t *table, const char *what, double value, int decimals, const char *unit)
{
    ent_table_row(table, 0);
    ent_table_text(table, 0, what);
    ent_table_number(table, 1, value, decimals);
    ent_table_text(table, 2, unit);
}

static void fill_size(ent_table_t *table, const bench_t *bench, const ent_speed_case_t *speed,
                      const ent_speed_t *timing)
{
    ent_plan_t plan;
    ent_model_plan(bench->model, &plan);
    ent_table_init(table, "speed", "Speed of %s, one replication on one thread, kernel %s",
                   bench->config.name, ent_kernel_select(speed->kernel)->name);
    ent_table_column(table, "what", ENT_COLUMN_TEXT, "", "what");
    ent_table_column(table, "value", ENT_COLUMN_NUMBER, "", "value");
    ent_table_column(table, "unit", ENT_COLUMN_TEXT, "", "unit");
    row(table, "markets", plan.n_markets, 0, "");
    row(table, "slots", (double)plan.n_slots, 0, "");
    row(table, "exporters", (double)plan.n_firms, 0, "");
    row(table, "presences", (double)plan.n_presences, 0, "");
    row(table, "state and scratch", ent_speed_bytes_per_slot(bench->model), 1, "bytes per slot");
    row(table, "slot-steps timed", (double)plan.n_slots * bench->config.n_steps, 0, "");
    row(table, "time", timing->ns, 2, "ns per slot-step");
    row(table, "rate", 1e3 / timing->ns, 1, "million slot-steps/s");
    ent_table_note(table,
                   "Bits of what was recorded: %016" PRIx64 ", equal for every kernel and number of threads.",
                   timing->hash);
}

static void fill_phases(ent_table_t *table, const ent_speed_t *timing)
{
    static const char *const names[] = ENT_PHASE_NAMES;
    ent_table_init(table, "phases", "Parts of the step, timed one by one");
    ent_table_column(table, "part", ENT_COLUMN_TEXT, "", "part");
    ent_table_column(table, "time", ENT_COLUMN_NUMBER, "ns per slot-step", "time");
    ent_table_column(table, "share", ENT_COLUMN_NUMBER, "%", "share");
    for (int k = 0; k < ENT_N_PHASES; k++) {
        ent_table_row(table, 0);
        ent_table_text(table, 0, names[k]);
        ent_table_number(table, 1, timing->phase[k], 2);
        ent_table_number(table, 2, 100.0 * timing->phase[k] / timing->ns, 1);
    }
    const double alone = timing->alone / timing->ns;
    ent_table_note(
        table,
        "%.1f %% of the step is done by one thread alone when agents are split: 2 threads can gain "
        "%.2f times, 8 %.1f, less what meeting costs.",
        100.0 * alone, 1.0 / (alone + (1.0 - alone) / 2), 1.0 / (alone + (1.0 - alone) / 8));
}

static void fill_threads(ent_table_t *table, int n, const double *split, const double *side)
{
    const double one = split[0] < side[0] ? split[0] : side[0];
    ent_table_init(table, "threads", "Threads, wall time");
    ent_table_column(table, "threads", ENT_COLUMN_NUMBER, "", "threads");
    ent_table_column(table, "split", ENT_COLUMN_NUMBER, "million slot-steps/s", "one replication split");
    ent_table_column(table, "split_gain", ENT_COLUMN_NUMBER, "x", "gain");
    ent_table_column(table, "side", ENT_COLUMN_NUMBER, "million slot-steps/s", "replications side by side");
    ent_table_column(table, "side_gain", ENT_COLUMN_NUMBER, "x", "gain");
    for (int t = 0; t < n; t++) {
        ent_table_row(table, 0);
        ent_table_number(table, 0, t + 1, 0);
        ent_table_number(table, 1, 1e3 / split[t], 1);
        ent_table_number(table, 2, one / split[t], 2);
        ent_table_number(table, 3, 1e3 / side[t], 1);
        ent_table_number(table, 4, one / side[t], 2);
    }
}

static int measure(const arguments_t *a, bench_t *bench, ent_context_t *ctx)
{
    const ent_speed_case_t speed = {bench->model, &bench->world, a->kernel, a->repeats};
    const int processors = omp_get_num_procs();
    int n = a->threads > 0 ? a->threads : processors;
    n = n < ENT_SPEED_MOST_THREADS ? n : ENT_SPEED_MOST_THREADS;
    double split[ENT_SPEED_MOST_THREADS], side[ENT_SPEED_MOST_THREADS];
    ent_speed_t plain, timed;
    ent_table_t tables[3];
    int code = ent_speed_one(&speed, 1, 0, &plain, ctx);
    code = code == 0 ? ent_speed_one(&speed, 1, 1, &timed, ctx) : code;
    code = code == 0 && n > 1 ? ent_speed_threads(&speed, n, split, side, ctx) : code;
    if (code != 0) {
        return code;
    }
    fill_size(&tables[0], bench, &speed, &plain);
    fill_phases(&tables[1], &timed);
    if (n > 1) {
        fill_threads(&tables[2], n, split, side);
    }
    code = ent_tables_write(tables, n > 1 ? 3 : 2, a->format, stdout, ctx);
    for (int i = 0; i < (n > 1 ? 3 : 2); i++) {
        ent_table_free(&tables[i]);
    }
    return code;
}

static int bench_command(const arguments_t *a, bench_t *bench, ent_context_t *ctx)
{
    int code =
        ent_config_read(&bench->config, &bench->fine, a->config, a->settings.n, a->settings.settings, ctx);
    code = code == 0 ? ent_model_init(&bench->model, &bench->config, &bench->fine, ctx) : code;
    code = code == 0 ? ent_world_init(&bench->world, bench->model, 0, 0, ctx) : code;
    return code == 0 ? measure(a, bench, ctx) : code;
}

int ent_cmd_bench(int argc, char **argv)
{
    static const struct argp parser = {
        command_options,
        parse,
        "CONFIG",
        "Play the first scenario of one world of CONFIG, write nothing, and print how fast it went: "
        "slot-steps a "
        "second on one thread, parts of the step, gain of threads.\vA slot-step is one buyer-supplier link "
        "played "
        "for one step. Time on one thread is processor time, on several wall time; burn-in is not timed.",
        NULL,
        NULL,
        NULL};
    static arguments_t arguments; /* too large for the stack */
    bench_t bench = {0};
    ent_context_t ctx;
    arguments = (arguments_t){.repeats = 3, .format = ENT_FORMAT_TEXT};
    int code = ent_cli_parse(&parser, argc, argv, &arguments);
    if (code != ENT_OK) {
        ent_cli_settings_free(&arguments.settings);
        return ent_exit_code(code);
    }
    ent_context_init(&ctx);
    code = bench_command(&arguments, &bench, &ctx);
    code = ent_cli_finish(code, &ctx);
    if (bench.model != NULL) {
        ent_world_free(&bench.world, bench.model);
    }
    ent_model_free(bench.model);
    ent_config_free(&bench.config);
    ent_benchmark_free(&bench.fine);
    ent_context_free(&ctx);
    ent_cli_settings_free(&arguments.settings);
    return code;
}
