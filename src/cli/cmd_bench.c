/* entrepot bench: how fast a config plays on this machine. */
#include "cli/commands.h"
#include "cli/common.h"
#include "run/speed.h"
#include "base/table.h"

#include <inttypes.h>
#include <omp.h>

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

static const ent_cli_option_t command_options[] = {
    ENT_CLI_OPTION(arguments_t, threads, COUNT, "threads", "N",
                   "Most threads to try (default: all processors)", .low = 1, .high = ENT_SPEED_MOST_THREADS),
    ENT_CLI_OPTION(arguments_t, repeats, COUNT, "repeats", "N",
                   "Replications timed, of which the fastest counts (default 3)", .low = 1, .high = 1000),
    ENT_CLI_WORD(arguments_t, kernel, "kernel", "NAME",
                 "portable, avx2 or avx512 (default: the fastest here)"),
    ENT_CLI_SET(arguments_t, settings),
    ENT_CLI_TABLES(arguments_t, format),
    {0}};

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
    return ent_cli_print(tables, n > 1 ? 3 : 2, a->format, ctx);
}

static int bench(void *arguments, ent_context_t *ctx)
{
    const arguments_t *a = arguments;
    bench_t bench = {0};
    int code =
        ent_config_read(&bench.config, &bench.fine, a->config, a->settings.n, a->settings.settings, ctx);
    code = code == 0 ? ent_model_init(&bench.model, &bench.config, &bench.fine, ctx) : code;
    code = code == 0 ? ent_world_init(&bench.world, bench.model, 0, 0, ctx) : code;
    code = code == 0 ? measure(a, &bench, ctx) : code;
    if (bench.model != NULL) {
        ent_world_free(&bench.world, bench.model);
    }
    ent_model_free(bench.model);
    ent_config_free(&bench.config);
    ent_benchmark_free(&bench.fine);
    return code;
}

int ent_cmd_bench(int argc, char **argv)
{
    static const ent_cli_command_t command = {
        .options = command_options,
        .usage = "CONFIG",
        .words = "Play the first scenario of one world of CONFIG, write nothing, and print how fast it went: "
                 "slot-steps a "
                 "second on one thread, parts of the step, gain of threads.\v"
                 "A slot-step is one buyer-supplier link played for one step. Time on one thread is "
                 "processor time, on "
                 "several wall time; burn-in is not timed.",
        .subject = "config",
        .subject_place = offsetof(arguments_t, config),
        .run = bench};
    arguments_t arguments = {.repeats = 3, .format = ENT_FORMAT_TEXT};
    return ent_cli_main(&command, argc, argv, &arguments);
}
