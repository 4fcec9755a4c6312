/* entrepot backtest: play a history as it was announced and score it on what was observed. */
#include "cli/commands.h"
#include "cli/common.h"
#include "io/output.h"
#include "study/backtest.h"
#include "study/calibration.h"

#include <argp.h>
#include <errno.h>
#include <hdf5.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct {
    const char *config, *observed, *results, *output, *forecast, *scenarios, *posterior;
    int overwrite, threads, months, scores;
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

enum {
    KEY_OBSERVED = 256,
    KEY_FROM,
    KEY_TO,
    KEY_POOL,
    KEY_SCENARIOS,
    KEY_FORECAST,
    KEY_RESULTS,
    KEY_BY,
    KEY_FORMAT,
    KEY_ELASTICITY,
    KEY_NOISE_TO,
    KEY_DAYS,
    KEY_PER_MONTH,
    KEY_POSTERIOR,
    KEY_THREADS,
    KEY_OVERWRITE,
    KEY_SET
};

static const struct argp_option command_options[] = {
    {"observed", KEY_OBSERVED, "FILE", 0,
     "Monthly observations (CSV: month, flow, sector, value, working_days)", 0},
    {"from", KEY_FROM, "MONTH", 0, "First month scored, such as 2025-01 (default: the second year played)",
     0},
    {"to", KEY_TO, "MONTH", 0, "Last month scored (default: the last played)", 0},
    {"pool", KEY_POOL, "N", 0, "Months in a window (default: 1)", 0},
    {"scenarios", KEY_SCENARIOS, "LIST", 0,
     "Scenario scored, or several with the shares of worlds that play them: a=0.55,b=0.45 (default: the "
     "config's first)",
     0},
    {"forecast", KEY_FORECAST, "FILE", 0,
     "Write forecasts with bands for every flow observed and every sector (CSV)", 0},
    {"results", KEY_RESULTS, "FILE", 0, "Score this results file of CONFIG instead of playing", 0},
    {"output", 'o', "FILE", 0, "Keep what is played in this results file", 0},
    {"by", KEY_BY, "LIST", 0, "months, scores (default: both)", 0},
    {"format", KEY_FORMAT, "FORMAT", 0, "text, csv, latex, json or markdown (default: text)", 0},
    {"elasticity", KEY_ELASTICITY, "NUMBER", 0, "Of the forecast by elasticity (default: -0.76)", 0},
    {"noise-to", KEY_NOISE_TO, "MONTH", 0, "Last month that may tell how noisy months are (default: 2024-12)",
     0},
    {"day-elasticity", KEY_DAYS, "NUMBER", 0,
     "Elasticity of a month's trade to its working days (default: estimated from the observations before the "
     "months scored; 1: growth per working day)",
     0},
    {"per-month", KEY_PER_MONTH, NULL, 0, "The same as --day-elasticity 0", 0},
    {"posterior", KEY_POSTERIOR, "FILE", 0,
     "Every world plays a particle of this posterior file (entrepot calibrate)", 0},
    {"threads", KEY_THREADS, "N", 0, "Threads to use (default: all processors; results do not depend on it)",
     0},
    {"overwrite", KEY_OVERWRITE, NULL, 0, "Replace FILEs that exist", 0},
    {"set", KEY_SET, "PATH=VALUE", 0, "Set any key of the config; may be repeated", 0},
    {0}};

static int parse_month(struct argp_state *state, const char *option, const char *text)
{
    const int month = ent_month_parse(text);

    if (month < 0) {
        argp_error(state, "--%s: \"%s\" is no month, such as 2025-06", option, text);
    }
    return month;
}

static double parse_elasticity(struct argp_state *state, const char *option, const char *text)
{
    char *end = NULL;
    const double value = strtod(text, &end);

    if (end == text || *end != '\0' || !isfinite(value) || fabs(value) > 100.0) {
        argp_error(state, "--%s: \"%s\" is no number between -100 and 100", option, text);
    }
    return value;
}

static void parse_by(struct argp_state *state, arguments_t *a, const char *text)
{
    a->months = strcmp(text, "months") == 0 || strcmp(text, "months,scores") == 0;
    a->scores = strcmp(text, "scores") == 0 || strcmp(text, "months,scores") == 0;
    if (!a->months && !a->scores) {
        argp_error(state, "--by: \"%s\" is none of months, scores and months,scores", text);
    }
}

static error_t parse_end(struct argp_state *state, const arguments_t *a)
{
    if (a->config == NULL) {
        argp_error(state, "name a config");
    }
    if (a->observed == NULL) {
        argp_error(state, "name the observations: --observed FILE");
    }
    if (a->results != NULL && a->output != NULL) {
        argp_error(state, "-o keeps what is played, and --results plays nothing");
    }
    return 0;
}

static error_t parse_window(int key, char *argument, struct argp_state *state)
{
    arguments_t *a = state->input;

    switch (key) {
    case KEY_FROM:
        a->options.from = parse_month(state, "from", argument);
        return 0;
    case KEY_TO:
        a->options.to = parse_month(state, "to", argument);
        return 0;
    case KEY_POOL:
        a->options.pool = ent_cli_count(state, "pool", argument, 12);
        return 0;
    case KEY_NOISE_TO:
        a->options.noise_to = parse_month(state, "noise-to", argument);
        return 0;
    case KEY_ELASTICITY:
        a->options.elasticity = parse_elasticity(state, "elasticity", argument);
        return 0;
    case KEY_DAYS:
        a->options.day_elasticity = parse_elasticity(state, "day-elasticity", argument);
        return 0;
    case KEY_PER_MONTH:
        a->options.day_elasticity = 0.0;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    arguments_t *a = state->input;

    switch (key) {
    case KEY_OBSERVED:
        a->observed = argument;
        return 0;
    case KEY_SCENARIOS:
        a->scenarios = argument;
        return 0;
    case KEY_FORECAST:
        a->forecast = argument;
        return 0;
    case KEY_RESULTS:
        a->results = argument;
        return 0;
    case KEY_POSTERIOR:
        a->posterior = argument;
        return 0;
    case 'o':
        a->output = argument;
        return 0;
    case KEY_BY:
        parse_by(state, a, argument);
        return 0;
    case KEY_FORMAT:
        a->format = ent_cli_format(state, argument);
        return 0;
    case KEY_THREADS:
        a->threads = ent_cli_count(state, "threads", argument, 4096);
        return 0;
    case KEY_OVERWRITE:
        a->overwrite = 1;
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
        return parse_window(key, argument, state);
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

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Play into the results file of -o. */
static int play_file(const arguments_t *a, work_t *work, ent_context_t *ctx)
{
    const ent_run_options_t options = {.n_threads = a->threads, .split_agents = -1};
    ent_benchmark_t benchmark = *ent_model_benchmark(work->model);
    ent_results_t *results = NULL;
    const double begin = now();
    int code;

    memcpy(benchmark.sha256, work->fine.sha256, sizeof benchmark.sha256);
    code = ent_results_create(&results, a->output, a->overwrite, &work->config, &benchmark, ctx);
    if (code != ENT_OK) {
        return code;
    }
    code = ent_run(work->model, &options, results, ctx);
    if (code != ENT_OK) {
        ent_results_abandon(results);
        return code;
    }
    return ent_results_finish(results, now() - begin, 0, ctx);
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

static int write_forecast(const arguments_t *a, const work_t *work, ent_context_t *ctx)
{
    ent_output_t output;
    ent_table_t table;
    FILE *stream;
    int code = ent_output_begin(&output, a->forecast, a->overwrite, ctx);

    if (code != ENT_OK) {
        return code;
    }
    ent_backtest_forecast(&work->backtest, &table);
    stream = fopen(output.temporary, "w");
    if (stream == NULL) {
        code = ent_fail(ctx, ENT_ERR_CANT_CREATE, a->forecast, "cannot be written: %s", strerror(errno));
    } else {
        code = ent_tables_write(&table, 1, ENT_FORMAT_CSV, stream, ctx);
        if (fclose(stream) != 0 && code == ENT_OK) {
            code = ent_fail(ctx, ENT_ERR_IO, a->forecast, "could not be written: %s", strerror(errno));
        }
    }
    ent_table_free(&table);
    if (code == ENT_OK) {
        return ent_output_commit(&output, ctx);
    }
    ent_output_abandon(&output);
    return code;
}

static int print_tables(const arguments_t *a, const work_t *work, ent_context_t *ctx)
{
    ent_table_t tables[2];
    int n = 0, n_observed = 0, code;

    for (int i = 0; i < work->backtest.n_series; i++) {
        n_observed += ent_backtest_observed(&work->backtest, i);
    }
    if (n_observed == 0) {
        return a->forecast != NULL
                   ? ENT_OK
                   : ent_fail(ctx, ENT_ERR_DATA, a->observed, "has no observation in the months asked for");
    }
    if (a->months) {
        ent_backtest_months(&work->backtest, &tables[n++]);
    }
    if (a->scores) {
        ent_backtest_scores(&work->backtest, &tables[n++]);
    }
    code = ent_tables_write(tables, n, a->format, stdout, ctx);
    while (n > 0) {
        ent_table_free(&tables[--n]);
    }
    return code;
}

static int backtest(arguments_t *a, work_t *work, ent_context_t *ctx)
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
        code = write_forecast(a, work, ctx);
    }
    return code == ENT_OK ? print_tables(a, work, ctx) : code;
}

int ent_cmd_backtest(int argc, char **argv)
{
    static const struct argp parser = {
        command_options,
        parse,
        "CONFIG",
        "Play CONFIG and score growth on the year before against what was observed, beside "
        "simple forecasts and the static theory.",
        NULL,
        NULL,
        NULL};
    static arguments_t arguments; /* too large for the stack */
    work_t work = {0};
    ent_context_t ctx;

    H5dont_atexit();
    arguments.months = arguments.scores = 1;
    arguments.format = ENT_FORMAT_TEXT;
    arguments.options = (ent_backtest_options_t){
        .pool = 1, .day_elasticity = NAN, .elasticity = -0.76, .noise_to = ent_month_parse("2024-12")};
    int code = ent_cli_parse(&parser, argc, argv, &arguments);
    if (code != ENT_OK) {
        ent_cli_settings_free(&arguments.settings);
        return ent_exit_code(code);
    }
    ent_context_init(&ctx);
    code = ent_cli_finish(backtest(&arguments, &work, &ctx), &ctx);
    ent_backtest_free(&work.backtest);
    ent_monthly_free(&work.played);
    ent_observed_free(&work.observed);
    free(work.weight);
    ent_model_free(work.model);
    ent_config_free(&work.config);
    ent_benchmark_free(&work.fine);
    ent_context_free(&ctx);
    ent_cli_settings_free(&arguments.settings);
    return code;
}
