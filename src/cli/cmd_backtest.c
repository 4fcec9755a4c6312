/* entrepot backtest: play a history as it was announced and score it on what was observed. */
#include "cli/commands.h"
#include "cli/common.h"
#include "evidence/backtest.h"
#include "evidence/calibration.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *config, *observed, *results, *output, *forecast, *scenarios, *posterior;
    int overwrite, threads;
    unsigned by; /* BY_MONTHS, BY_SCORES */
    ent_format_t format;
    ent_backtest_options_t options;
    ent_cli_settings_t settings;
} arguments_t;

typedef struct {
    ent_config_t config;
    ent_benchmark_t fine;
    ent_model_t *model;
    ent_observed_t observed;
    ent_monthly_t played;
    ent_backtest_t backtest;
    double *weight;
} work_t;

/* ---- arguments ---- */

enum { BY_MONTHS = 1, BY_SCORES = 2 };
static const char *const by_names[] = {"months", "scores", NULL};

#define MONTH(member, option, words)                                                                         \
    {                                                                                                        \
        .name = (option), .value = "MONTH", .help = (words), .kind = ENT_CLI_MONTH,                          \
        .place = offsetof(arguments_t, member)                                                               \
    }

static const ent_cli_option_t command_options[] = {
    ENT_CLI_WORD(arguments_t, observed, "observed", "FILE",
                 "Monthly observations (CSV: month, flow, sector, value, working_days)"),
    MONTH(options.from, "from", "First month scored, such as 2025-01 (default: the second year played)"),
    MONTH(options.to, "to", "Last month scored (default: the last played)"),
    ENT_CLI_OPTION(arguments_t, options.pool, COUNT, "pool", "N", "Months in a window (default: 1)", .low = 1,
                   .high = 12),
    ENT_CLI_WORD(
        arguments_t, scenarios, "scenarios", "LIST",
        "Scenario scored, or several with the shares of worlds that play them: a=0.55,b=0.45 (default: the "
        "config's first)"),
    ENT_CLI_WORD(arguments_t, forecast, "forecast", "FILE",
                 "Write forecasts with bands for every flow observed and every sector (CSV)"),
    ENT_CLI_WORD(arguments_t, results, "results", "FILE",
                 "Score this results file of CONFIG instead of playing"),
    ENT_CLI_OUTPUT(arguments_t, output, "Keep what is played in this results file"),
    ENT_CLI_OPTION(arguments_t, by, LIST, "by", "LIST", "months, scores (default: both)", .names = by_names),
    ENT_CLI_TABLES(arguments_t, format),
    ENT_CLI_OPTION(arguments_t, options.elasticity, REAL, "elasticity", "NUMBER",
                   "Of the forecast by elasticity (default: -0.76)", .low = -100, .high = 100),
    MONTH(options.noise_to, "noise-to", "Last month that may tell how noisy months are (default: 2024-12)"),
    ENT_CLI_OPTION(
        arguments_t, options.day_elasticity, REAL, "day-elasticity", "NUMBER",
        "Elasticity of a month's trade to its working days (default: estimated from the observations "
        "before the "
        "months scored; 1: growth per working day; 0: by month)",
        .low = -100, .high = 100),
    ENT_CLI_WORD(arguments_t, posterior, "posterior", "FILE",
                 "Every world plays a particle of this posterior file (entrepot calibrate)"),
    ENT_CLI_THREADS(arguments_t, threads),
    ENT_CLI_OVERWRITE(arguments_t, overwrite),
    ENT_CLI_SET(arguments_t, settings),
    {0}};

static void check(struct argp_state *state, const void *arguments)
{
    const arguments_t *a = arguments;

    if (a->observed == NULL) {
        argp_error(state, "name the observations: --observed FILE");
    }
    if (a->results != NULL && a->output != NULL) {
        argp_error(state, "-o keeps what is played, and --results plays nothing");
    }
}

/* ---- scenarios and their shares ---- */

static int one_weight(const work_t *work, char *word, int alone, ent_context_t *ctx)
{
    const ent_config_t *config = &work->config;
    char *share = strchr(word, '='), *end = NULL;
    const char *names[64];
    int n = 0;

    if (share != NULL) {
        *share++ = '\0';
    }
    for (int i = 0; i < config->n_scenarios && n < 64; i++) {
        names[n++] = config->scenarios[i].name;
        if (strcmp(config->scenarios[i].name, word) == 0) {
            const double weight = share != NULL ? strtod(share, &end) : 1.0;

            if ((share == NULL && !alone) || (share != NULL && (end == share || *end != '\0')) ||
                !(weight > 0.0 && weight <= 1.0)) {
                return ent_fault(ctx, ENT_ERR_USAGE, NULL, 0, 0, "--scenarios", share, NULL,
                                 "scenario %s needs a share above 0 and at most 1", word);
            }
            work->weight[i] += weight;
            return ENT_OK;
        }
    }
    return ent_fault(ctx, ENT_ERR_USAGE, NULL, 0, 0, "--scenarios", word, ent_nearest(word, names, (size_t)n),
                     "no such scenario in the config");
}

static int read_weights(const arguments_t *a, work_t *work, ent_context_t *ctx)
{
    char *copy, *rest;
    double sum = 0.0;
    int code = ENT_OK;

    work->weight = calloc((size_t)work->config.n_scenarios, sizeof *work->weight);
    copy = a->scenarios != NULL ? strdup(a->scenarios) : NULL;
    if (work->weight == NULL || (a->scenarios != NULL && copy == NULL)) {
        free(copy);
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, "backtest", "no memory for scenarios");
    }
    if (copy == NULL) {
        work->weight[0] = 1.0;
        return ENT_OK;
    }
    rest = copy;
    for (char *word; (word = strsep(&rest, ",")) != NULL;) {
        const int here = one_weight(work, word, strchr(a->scenarios, ',') == NULL, ctx);
        code = here != ENT_OK ? here : code;
    }
    free(copy);
    for (int i = 0; i < work->config.n_scenarios; i++) {
        sum += work->weight[i];
    }
    if (code == ENT_OK && fabs(sum - 1.0) > 1e-9) {
        code = ent_fault(ctx, ENT_ERR_USAGE, NULL, 0, 0, "--scenarios", a->scenarios, NULL,
                         "shares must sum to 1");
    }
    return code;
}

/* ---- playing ---- */

/* Play into the results file of -o. */
static int play_file(const arguments_t *a, work_t *work, ent_context_t *ctx)
{
    const ent_run_options_t options = {.n_threads = a->threads, .split_agents = -1};
    ent_results_t *results = NULL;
    const double begin = ent_cli_seconds();
    int code = ent_cli_create_results(&results, a->output, a->overwrite, &work->config, &work->fine,
                                      work->model, ctx);

    if (code != ENT_OK) {
        return code;
    }
    code = ent_run(work->model, &options, results, ctx);
    if (code != ENT_OK) {
        ent_results_abandon(results);
        return code;
    }
    return ent_results_finish(results, ent_cli_seconds() - begin, 0, ctx);
}

static int read_file(const arguments_t *a, work_t *work, const char *path, ent_context_t *ctx)
{
    ent_results_file_t file;
    int code = ent_results_file_open(&file, path, ctx);

    if (code == ENT_OK) {
        code = ent_monthly_read(&work->played, &work->observed, &work->config, &file, a->options.elasticity,
                                ctx);
        ent_results_file_close(&file);
    }
    return code;
}

static int play(const arguments_t *a, work_t *work, ent_context_t *ctx)
{
    int code;

    if (a->results != NULL) {
        return read_file(a, work, a->results, ctx);
    }
    code = ent_model_init(&work->model, &work->config, &work->fine, ctx);
    if (code == ENT_OK && a->output != NULL) {
        code = play_file(a, work, ctx);
        return code == ENT_OK ? read_file(a, work, a->output, ctx) : code;
    }
    if (code == ENT_OK) {
        code = ent_monthly_play(&work->played, &work->observed, &work->config, work->model,
                                a->options.elasticity, a->threads, ctx);
    }
    return code;
}

/* Series to forecast besides those observed: every sector of goods of each flow. */
static int add_series(work_t *work, ent_context_t *ctx)
{
    const int n = work->observed.n_series;

    for (int i = 0; i < n; i++) {
        for (int s = -1; s < work->config.n_sector; s++) {
            const ent_observed_series_t *series = &work->observed.series[i];

            if ((s < 0 || work->config.sector_parameters[s].stocked > 0.5) &&
                ent_observed_series(&work->observed, series->origin, series->destination, s, &work->config,
                                    ctx) < 0) {
                return ENT_ERR_NO_MEMORY;
            }
        }
    }
    return ENT_OK;
}

/* ---- output ---- */

static int write_forecast(FILE *stream, const void *data, ent_context_t *ctx)
{
    ent_table_t table;

    ent_backtest_forecast(data, &table);
    const int code = ent_tables_write(&table, 1, ENT_FORMAT_CSV, stream, ctx);
    ent_table_free(&table);
    return code;
}

static int print_tables(const arguments_t *a, const work_t *work, ent_context_t *ctx)
{
    ent_table_t tables[2];
    int n = 0, n_observed = 0;

    for (int i = 0; i < work->backtest.n_series; i++) {
        n_observed += ent_backtest_observed(&work->backtest, i);
    }
    if (n_observed == 0) {
        return a->forecast != NULL
                   ? ENT_OK
                   : ent_fail(ctx, ENT_ERR_DATA, a->observed, "has no observation in the months asked for");
    }
    if ((a->by & BY_MONTHS) != 0) {
        ent_backtest_months(&work->backtest, &tables[n++]);
    }
    if ((a->by & BY_SCORES) != 0) {
        ent_backtest_scores(&work->backtest, &tables[n++]);
    }
    return ent_cli_print(tables, n, a->format, ctx);
}

static int play_and_score(arguments_t *a, work_t *work, ent_context_t *ctx)
{
    int code = ent_posterior_config(&work->config, &work->fine, a->config, a->posterior, a->settings.n,
                                    a->settings.settings, ctx);

    if (code != ENT_OK) {
        return code;
    }
    const int observed = ent_observed_read(&work->observed, a->observed, &work->config, ctx);
    const int weights = read_weights(a, work, ctx);

    code = observed != ENT_OK ? observed : weights;
    if (code == ENT_OK && a->forecast != NULL) {
        code = add_series(work, ctx);
    }
    if (code == ENT_OK) {
        code = ent_monthly_init(&work->played, &work->observed, &work->config, ctx);
    }
    if (code == ENT_OK) {
        a->options.weight = work->weight;
        a->options.from = a->options.from > 0 ? a->options.from : work->played.first_month + 12;
        a->options.to =
            a->options.to > 0 ? a->options.to : work->played.first_month + work->played.n_steps - 1;
        code = play(a, work, ctx);
    }
    if (code == ENT_OK) {
        code = ent_backtest(&work->backtest, &a->options, &work->played, &work->observed, &work->config,
                            &work->fine, ctx);
    }
    if (code == ENT_OK && a->forecast != NULL) {
        code = ent_cli_write_file(a->forecast, a->overwrite, write_forecast, &work->backtest, ctx);
    }
    return code == ENT_OK ? print_tables(a, work, ctx) : code;
}

static int backtest(void *arguments, ent_context_t *ctx)
{
    work_t work = {0};
    const int code = play_and_score(arguments, &work, ctx);

    ent_backtest_free(&work.backtest);
    ent_monthly_free(&work.played);
    ent_observed_free(&work.observed);
    free(work.weight);
    ent_model_free(work.model);
    ent_config_free(&work.config);
    ent_benchmark_free(&work.fine);
    return code;
}

/* Forecasts from rolling origins have options of their own (cmd_backtest_origins.c). */
static int asks_for_origins(int argc, char **argv)
{
    int found = 0;

    for (int i = 1; i < argc; i++) {
        found |= strncmp(argv[i], "--origins", 9) == 0;
    }
    return found;
}

int ent_cmd_backtest(int argc, char **argv)
{
    static const ent_cli_command_t command = {
        .options = command_options,
        .usage = "CONFIG",
        .words = "Play CONFIG and score growth on the year before against "
                 "what was observed, beside simple forecasts and "
                 "the static theory.\vWith --origins FROM:TO forecasts from every month in turn "
                 "are scored instead: entrepot backtest --origins --help.",
        .subject = "config",
        .subject_place = offsetof(arguments_t, config),
        .check = check,
        .run = backtest};
    arguments_t arguments = {.by = BY_MONTHS | BY_SCORES, .format = ENT_FORMAT_TEXT};

    if (asks_for_origins(argc, argv)) {
        return ent_cmd_backtest_origins(argc, argv);
    }
    arguments.options = (ent_backtest_options_t){
        .pool = 1, .day_elasticity = NAN, .elasticity = -0.76, .noise_to = ent_month_parse("2024-12")};
    return ent_cli_main(&command, argc, argv, &arguments);
}
