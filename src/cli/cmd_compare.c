/* entrepot compare: two scenarios of a results file side by side. */
#include "cli/commands.h"
#include "cli/common.h"
#include "compare/compare_firms.h"
#include "compare/compare_runs.h"
#include "compare/compare_theory.h"
#include "compare/households.h"
#include "compare/market_accounts.h"
#include "compare/pass_through.h"
#include "compare/trade_jobs.h"
#include "compare/who_pays.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *path, *output, *spending;
    int overwrite, with_theory;
    ent_format_t format;
    ent_outcome_list_t outcomes; /* none: not given */
    unsigned periods;            /* 0: not given */
    double offset;
    ent_compare_options_t options;
    const char *weights, *labels;
    ent_runs_t beside; /* run 0 is the file itself */
} arguments_t;

static const char *const by_names[] = {"summary", "sector", "destination", "firms", "passthrough", "payers",
                                       "origin",  "prices", "treasury",    "jobs",  "households",  NULL};
static const char *const period_names[] = {"year1", "years", "horizon", NULL};

static void add_outcome(struct argp_state *state, const char *name, ent_outcome_list_t *list)
{
    const char *nearest = NULL;
    const int id = ent_outcome_find(name, &nearest);
    if (id < 0) {
        argp_error(
            state,
            "--outcomes: there is no outcome or recorded quantity \"%s\"%s%s (entrepot describe --outcomes)",
            name, nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "");
        return;
    }
    ent_outcome_list_add(list, id);
}

static void read_outcomes(struct argp_state *state, const char *text, void *arguments)
{
    arguments_t *a = arguments;
    ent_compare_options_t usual;
    char *copy = strdup(text), *rest = copy;
    ent_compare_defaults(&usual);
    if (copy == NULL) {
        argp_failure(state, ent_exit_code(ENT_ERR_NO_MEMORY), ENOMEM, "--outcomes");
    }
    for (const char *word; copy != NULL && (word = strsep(&rest, ",")) != NULL;) {
        if (strcmp(word, "all") == 0) {
            a->outcomes = usual.outcomes;
        } else {
            add_outcome(state, word, &a->outcomes);
        }
    }
    free(copy);
}

static void read_beside(struct argp_state *state, const char *text, void *arguments)
{
    ent_runs_t *runs = &((arguments_t *)arguments)->beside;

    if (runs->n + 1 >= ENT_MOST_RUNS) {
        argp_error(state, "--beside: at most %d files beside the first", ENT_MOST_RUNS - 1);
        return;
    }
    runs->path[++runs->n] = text;
}

static const ent_cli_option_t command_options[] = {
    ENT_CLI_PAIR(arguments_t, options),
    ENT_CLI_WORD(arguments_t, options.home, "home", "REGION",
                 "Region whose exports are compared (default: the config's home)"),
    ENT_CLI_OPTION(arguments_t, options.by, LIST, "by", "LIST",
                   "summary, sector, destination (default: these three), origin, firms, passthrough, payers, "
                   "prices, treasury, jobs, households; firms is by sector too in CSV and JSON",
                   .names = by_names),
    {.name = "outcomes",
     .value = "LIST",
     .help = "exports, revenue, duty, quantity, price (default: these in the summary, exports in detail; CSV "
             "and JSON: these), and any other outcome or recorded quantity (entrepot describe --outcomes)",
     .kind = ENT_CLI_OWN,
     .read = read_outcomes},
    ENT_CLI_OPTION(arguments_t, periods, LIST, "periods", "LIST",
                   "year1, years, horizon (default: year1,horizon; CSV and JSON: all)",
                   .names = period_names),
    ENT_CLI_TABLES(arguments_t, format),
    ENT_CLI_OPTION(arguments_t, options.level, REAL, "level", "SHARE",
                   "Share of worlds within the range (default: 0.9)", .low = 1e-6, .high = 1.0 - 1e-6),
    ENT_CLI_OPTION(
        arguments_t, options.want, REAL, "want", "SHARE",
        "Numerical error wanted, share of the level (default: 0.01): says how many slots or worlds it needs",
        .low = 1e-6, .high = 1.0 - 1e-6),
    ENT_CLI_WORD(arguments_t, spending, "spending", "FILE",
                 "What groups of households buy, by sector (--by households; default: facts/households.csv)"),
    ENT_CLI_OPTION(
        arguments_t, offset, REAL, "offset", "SHARE",
        "Share of duty that income and payroll taxes lose, taken off what the treasury is left with "
        "(--by treasury; default: not reckoned)",
        .low = 0.0, .high = 1.0),
    ENT_CLI_SWITCH(arguments_t, with_theory, "with-theory",
                   "Only exports by sector, beside the static theory's answer under the tariffs of each "
                   "period's last day"),
    {.name = "beside",
     .value = "FILE",
     .help = "Another run of the same question, under another calibration or closure; may be repeated. One "
             "table has "
             "the summary of each, and of all together",
     .kind = ENT_CLI_OWN,
     .read = read_beside},
    ENT_CLI_WORD(arguments_t, weights, "weights", "LIST",
                 "Weights of the file and those beside it (default: equal)"),
    ENT_CLI_WORD(arguments_t, labels, "labels", "LIST",
                 "What to call them (default: what sets their configs apart)"),
    ENT_CLI_OUTPUT(arguments_t, output, "Write to FILE instead of standard output"),
    ENT_CLI_OVERWRITE(arguments_t, overwrite),
    {0}};

/* What a machine reads is complete unless told otherwise. */
static void complete_options(arguments_t *a)
{
    ent_compare_options_t all = a->options;
    if (a->format == ENT_FORMAT_CSV || a->format == ENT_FORMAT_JSON) {
        ent_compare_everything(&all);
    }
    a->options.outcomes = a->outcomes.n > 0 ? a->outcomes : all.outcomes;
    a->options.details = a->outcomes.n > 0 ? a->outcomes : all.details;
    a->options.periods = a->periods != 0 ? a->periods : all.periods;
    if (a->beside.n > 0 && a->outcomes.n == 0 && a->format != ENT_FORMAT_CSV &&
        a->format != ENT_FORMAT_JSON) {
        a->options.outcomes = (ent_outcome_list_t){1, {ENT_OUTCOME_EXPORTS}};
    }
    if (a->with_theory) {
        a->options.by |= ENT_BY_SECTOR;
        ent_outcome_list_add(&a->options.details, ENT_OUTCOME_EXPORTS);
    }
}

enum { MOST_TABLES = 16 };

/* Put the tables about firms, who pays and the market behind `*n` others. */
static int add_accounts(const ent_comparison_t *comparison, const arguments_t *a, ent_table_t *tables, int *n,
                        ent_context_t *ctx)
{
    const int machine = a->format == ENT_FORMAT_CSV || a->format == ENT_FORMAT_JSON;
    int rc = 0;
    if ((a->options.by & ENT_BY_FIRMS) != 0)
        rc = ent_comparison_firms(comparison, machine, &tables[(*n)++], ctx);
    if (rc == 0 && (a->options.by & ENT_BY_PASS_THROUGH) != 0) {
        rc = ent_comparison_pass_through(comparison, comparison->against, &tables[(*n)++], ctx);
        if (rc == 0)
            rc = ent_comparison_pass_through(comparison, comparison->base, &tables[(*n)++], ctx);
    }
    if (rc == 0 && (a->options.by & ENT_BY_PAYERS) != 0)
        rc = ent_who_pays_tabulate(comparison, &tables[(*n)++], ctx);
    if (rc == 0 && (a->options.by & ENT_BY_PRICES) != 0)
        rc = ent_market_prices(comparison, &tables[(*n)++], ctx);
    if (rc == 0 && (a->options.by & ENT_BY_TREASURY) != 0)
        rc = ent_market_treasury(comparison, a->offset, &tables[(*n)++], ctx);
    if (rc == 0 && (a->options.by & ENT_BY_JOBS) != 0)
        rc = ent_trade_jobs(comparison, &tables[(*n)++], ctx);
    if (rc == 0 && (a->options.by & ENT_BY_HOUSEHOLDS) != 0)
        rc = ent_household_prices(comparison, a->spending, &tables[(*n)++], ctx);
    return rc;
}

/* Flows and accounts in one document, as JSON has to be. */
static int write_together(const ent_comparison_t *comparison, const arguments_t *a, FILE *stream,
                          ent_context_t *ctx)
{
    ent_table_t tables[MOST_TABLES], *flows = NULL;
    int n = 0, rc = ent_comparison_tables_for(comparison, a->format, &flows, &n, ctx);
    for (int i = 0; i < n; i++)
        tables[i] = flows[i];
    free(flows);
    if (rc == 0)
        rc = add_accounts(comparison, a, tables, &n, ctx);
    if (rc == 0)
        rc = ent_tables_write(tables, n, a->format, stream, ctx);
    while (n > 0)
        ent_table_free(&tables[--n]);
    return rc;
}

/* Flows, then the accounts. */
static int write_tables(const ent_comparison_t *comparison, const arguments_t *a, FILE *stream,
                        ent_context_t *ctx)
{
    const unsigned flows = ENT_BY_SUMMARY | ENT_BY_SECTOR | ENT_BY_DESTINATION | ENT_BY_ORIGIN;
    const int has_flows = (a->options.by & flows) != 0 && !a->with_theory;
    ent_table_t tables[MOST_TABLES];
    int n = 0, rc = 0;
    if (has_flows && a->format == ENT_FORMAT_JSON)
        return write_together(comparison, a, stream, ctx);
    if (has_flows)
        rc = ent_comparison_write(comparison, a->format, stream, ctx);
    if (rc == 0)
        rc = a->with_theory ? ent_comparison_with_theory(comparison, &tables[n++], ctx)
                            : add_accounts(comparison, a, tables, &n, ctx);
    if (rc == 0 && n > 0) {
        if (has_flows)
            fputc('\n', stream);
        rc = ent_tables_write(tables, n, a->format, stream, ctx);
    }
    while (n > 0)
        ent_table_free(&tables[--n]);
    return rc;
}

typedef struct {
    const arguments_t *arguments;
    const ent_comparison_t *comparison;
    const ent_table_t *runs; /* several runs: their table */
} tables_t;

static int write_stream(FILE *stream, const void *data, ent_context_t *ctx)
{
    const tables_t *tables = data;
    return write_tables(tables->comparison, tables->arguments, stream, ctx);
}

/* ---- several runs ---- */

/* The parts of a list of `n`, cut apart in `copy`; ENT_ERR_USAGE for another number. */
static int cut(char *copy, const char *option, int n, const char **part, ent_context_t *ctx)
{
    int given = 0;

    for (const char *word; (word = strsep(&copy, ",")) != NULL; given++) {
        if (given < n) {
            part[given] = word;
        }
    }
    return given == n ? ENT_OK : ent_fail(ctx, ENT_ERR_USAGE, option, "has %d values for %d files", given, n);
}

static int read_weights(ent_runs_t *runs, const char *const *word, ent_context_t *ctx)
{
    for (int i = 0; i < runs->n; i++) {
        char *end = NULL;

        runs->weight[i] = strtod(word[i], &end);
        if (end == word[i] || *end != '\0' || !(runs->weight[i] > 0.0 && runs->weight[i] <= 1e9)) {
            return ent_fail(ctx, ENT_ERR_USAGE, "--weights", "\"%s\" is no positive number", word[i]);
        }
    }
    return ENT_OK;
}

static int write_runs(FILE *stream, const void *data, ent_context_t *ctx)
{
    const tables_t *tables = data;

    return ent_tables_write(tables->runs, 1, tables->arguments->format, stream, ctx);
}

static int compare_runs(arguments_t *a, ent_context_t *ctx)
{
    ent_runs_t *runs = &a->beside;
    const char *weight[ENT_MOST_RUNS];
    char *weights = a->weights != NULL ? strdup(a->weights) : NULL,
         *labels = a->labels != NULL ? strdup(a->labels) : NULL;
    ent_table_t table = {0};
    const tables_t tables = {a, NULL, &table};
    int code = ENT_OK;

    runs->path[0] = a->path;
    runs->n++;
    for (int i = 0; i < runs->n; i++) {
        runs->weight[i] = 1.0;
    }
    if (weights != NULL) {
        code = cut(weights, "--weights", runs->n, weight, ctx);
        code = code == ENT_OK ? read_weights(runs, weight, ctx) : code;
    }
    if (code == ENT_OK && labels != NULL) {
        code = cut(labels, "--labels", runs->n, runs->label, ctx);
    }
    code = code == ENT_OK ? ent_compare_runs(runs, &a->options, &table, ctx) : code;
    if (code == ENT_OK) {
        code = a->output != NULL ? ent_cli_write_file(a->output, a->overwrite, write_runs, &tables, ctx)
                                 : write_runs(stdout, &tables, ctx);
    }
    ent_table_free(&table);
    free(weights);
    free(labels);
    return code;
}

/* ---- one run ---- */

static int compare(void *arguments, ent_context_t *ctx)
{
    arguments_t *a = arguments;
    ent_results_file_t file;
    ent_comparison_t comparison;
    complete_options(a);
    if (a->beside.n > 0)
        return compare_runs(a, ctx);
    if (a->weights != NULL || a->labels != NULL)
        return ent_fail(ctx, ENT_ERR_USAGE, "--weights and --labels", "need another file: --beside FILE");
    int rc = ent_results_file_open(&file, a->path, ctx);
    if (rc != 0) {
        return rc;
    }
    rc = ent_compare(&comparison, &file, &a->options, ctx);
    if (rc == 0) {
        const tables_t tables = {a, &comparison, NULL};
        rc = a->output != NULL ? ent_cli_write_file(a->output, a->overwrite, write_stream, &tables, ctx)
                               : write_stream(stdout, &tables, ctx);
        ent_comparison_free(&comparison);
    }
    ent_results_file_close(&file);
    return rc;
}

int ent_cmd_compare(int argc, char **argv)
{
    static const ent_cli_command_t command = {
        .options = command_options,
        .usage = "FILE",
        .words =
            "Compare two scenarios of a results file, world by world: levels, mean difference, its numerical "
            "standard error, the range over worlds and the probability of loss.",
        .subject = "results file",
        .subject_place = offsetof(arguments_t, path),
        .run = compare};
    arguments_t arguments = {.format = ENT_FORMAT_TEXT};
    ent_compare_defaults(&arguments.options);
    return ent_cli_main(&command, argc, argv, &arguments);
}
