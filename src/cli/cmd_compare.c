/* entrepot compare: two scenarios of a results file side by side. */
#include "cli/commands.h"
#include "cli/common.h"
#include "io/output.h"
#include "study/compare_firms.h"
#include "study/compare_theory.h"
#include "study/who_pays.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *path, *output;
    int overwrite, with_theory;
    ent_format_t format;
    int outcomes_given, periods_given;
    ent_compare_options_t options;
} arguments_t;

enum {
    KEY_BASE = 256,
    KEY_AGAINST,
    KEY_PARTNER,
    KEY_BY,
    KEY_OUTCOMES,
    KEY_PERIODS,
    KEY_FORMAT,
    KEY_LEVEL,
    KEY_WANT,
    KEY_OVERWRITE,
    KEY_THEORY
};

static const struct argp_option command_options[] = {
    {"base", KEY_BASE, "SCENARIO", 0, "Scenario to compare with (default: the file's last)", 0},
    {"against", KEY_AGAINST, "SCENARIO", 0,
     "Scenario compared (default: the file's first); differences are this one minus the base", 0},
    {"partner", KEY_PARTNER, "REGION", 0,
     "Destination of the summary and the tables by sector, or all (default: the first recorded flow's)", 0},
    {"by", KEY_BY, "LIST", 0,
     "summary, sector, destination (default: these three), firms, passthrough, payers; firms is by sector "
     "too "
     "in CSV and JSON",
     0},
    {"outcomes", KEY_OUTCOMES, "LIST", 0,
     "exports, revenue, duty, quantity, price (default: all in the summary, exports in detail; CSV and JSON: "
     "all)",
     0},
    {"periods", KEY_PERIODS, "LIST", 0, "year1, years, horizon (default: year1,horizon; CSV and JSON: all)",
     0},
    {"format", KEY_FORMAT, "FORMAT", 0, "text, csv, latex, json or markdown (default: text)", 0},
    {"level", KEY_LEVEL, "SHARE", 0, "Share of worlds within the range (default: 0.9)", 0},
    {"want", KEY_WANT, "SHARE", 0,
     "Numerical error wanted, share of the level (default: 0.01): says how many slots or worlds it needs", 0},
    {"with-theory", KEY_THEORY, NULL, 0,
     "Only exports by sector, beside the static theory's answer under the tariffs of each period's last day",
     0},
    {"output", 'o', "FILE", 0, "Write to FILE instead of standard output", 0},
    {"overwrite", KEY_OVERWRITE, NULL, 0, "Replace FILE if it exists", 0},
    {0}};

/* Bits of the names in a comma-separated list; "all" is every bit. */
static unsigned parse_list(struct argp_state *state, const char *option, const char *text,
                           const char *const *names, int n)
{
    unsigned bits = 0;
    char *copy = strdup(text), *rest = copy;
    for (const char *word; copy != NULL && (word = strsep(&rest, ",")) != NULL;) {
        int i = 0;
        if (strcmp(word, "all") == 0) {
            bits |= (1u << n) - 1u;
            continue;
        }
        while (i < n && strcmp(word, names[i]) != 0)
            i++;
        if (i == n) {
            const char *nearest = ent_nearest(word, names, (size_t)n);
            argp_error(state, "--%s: unknown name \"%s\"%s%s", option, word,
                       nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "");
        }
        bits |= 1u << i;
    }
    free(copy);
    return bits;
}

static double parse_share(struct argp_state *state, const char *option, const char *text)
{
    char *end = NULL;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value > 0.0 && value < 1.0))
        argp_error(state, "--%s: \"%s\" is no share between 0 and 1, such as 0.05", option, text);
    return value;
}

static unsigned parse_outcomes(struct argp_state *state, const char *text)
{
    const char *names[ENT_N_OUTCOMES];
    for (int i = 0; i < ENT_N_OUTCOMES; i++)
        names[i] = ent_outcome_table()[i].name;
    return parse_list(state, "outcomes", text, names, ENT_N_OUTCOMES);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const char *const by_names[] = {"summary", "sector",      "destination",
                                           "firms",   "passthrough", "payers"};
    static const char *const period_names[] = {"year1", "years", "horizon"};
    arguments_t *a = state->input;
    int format;
    switch (key) {
    case KEY_BASE:
        a->options.base = argument;
        return 0;
    case KEY_AGAINST:
        a->options.against = argument;
        return 0;
    case KEY_PARTNER:
        a->options.partner = argument;
        return 0;
    case KEY_BY:
        a->options.by = parse_list(state, "by", argument, by_names, 6);
        return 0;
    case KEY_OUTCOMES:
        a->options.outcomes = a->options.details = parse_outcomes(state, argument);
        a->outcomes_given = 1;
        return 0;
    case KEY_PERIODS:
        a->options.periods = parse_list(state, "periods", argument, period_names, 3);
        a->periods_given = 1;
        return 0;
    case KEY_FORMAT:
        format = ent_format_find(argument);
        if (format < 0)
            argp_error(state, "--format: \"%s\" is none of text, csv, latex, json, markdown", argument);
        a->format = (ent_format_t)format;
        return 0;
    case KEY_LEVEL:
        a->options.level = parse_share(state, "level", argument);
        return 0;
    case KEY_WANT:
        a->options.want = parse_share(state, "want", argument);
        return 0;
    case 'o':
        a->output = argument;
        return 0;
    case KEY_THEORY:
        a->with_theory = 1;
        return 0;
    case KEY_OVERWRITE:
        a->overwrite = 1;
        return 0;
    case ARGP_KEY_ARG:
        if (a->path != NULL)
            argp_error(state, "one results file at a time, not also \"%s\"", argument);
        a->path = argument;
        return 0;
    case ARGP_KEY_END:
        if (a->path == NULL)
            argp_error(state, "name a results file");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* What a machine reads is complete unless told otherwise. */
static void complete_options(arguments_t *a)
{
    ent_compare_options_t all = a->options;
    if (a->format != ENT_FORMAT_CSV && a->format != ENT_FORMAT_JSON)
        return;
    ent_compare_everything(&all);
    if (!a->outcomes_given) {
        a->options.outcomes = all.outcomes;
        a->options.details = all.details;
    }
    if (!a->periods_given)
        a->options.periods = all.periods;
}

/* The tables about firms and who pays, one after the other. */
static int write_firms(const ent_comparison_t *comparison, const arguments_t *a, FILE *stream,
                       ent_context_t *ctx)
{
    ent_table_t tables[4];
    const int machine = a->format == ENT_FORMAT_CSV || a->format == ENT_FORMAT_JSON;
    const unsigned flows = ENT_BY_SUMMARY | ENT_BY_SECTOR | ENT_BY_DESTINATION;
    int n = 0, rc = 0;
    if ((a->options.by & ENT_BY_FIRMS) != 0)
        rc = ent_comparison_firms(comparison, machine, &tables[n++], ctx);
    if (rc == 0 && (a->options.by & ENT_BY_PASS_THROUGH) != 0) {
        rc = ent_comparison_pass_through(comparison, comparison->against, &tables[n++], ctx);
        if (rc == 0)
            rc = ent_comparison_pass_through(comparison, comparison->base, &tables[n++], ctx);
    }
    if (rc == 0 && (a->options.by & ENT_BY_PAYERS) != 0)
        rc = ent_who_pays_tabulate(comparison, &tables[n++], ctx);
    if (rc == 0 && n > 0) {
        if ((a->options.by & flows) != 0)
            fputc('\n', stream);
        rc = ent_tables_write(tables, n, a->format, stream, ctx);
    }
    while (n > 0)
        ent_table_free(&tables[--n]);
    return rc;
}

static int write_tables(const ent_comparison_t *comparison, const arguments_t *a, FILE *stream,
                        ent_context_t *ctx)
{
    ent_table_t table;
    const unsigned flows = ENT_BY_SUMMARY | ENT_BY_SECTOR | ENT_BY_DESTINATION;
    if (!a->with_theory) {
        int rc = (a->options.by & flows) == 0 ? 0 : ent_comparison_write(comparison, a->format, stream, ctx);
        return rc == 0 ? write_firms(comparison, a, stream, ctx) : rc;
    }
    int rc = ent_comparison_with_theory(comparison, &table, ctx);
    if (rc == 0)
        rc = ent_tables_write(&table, 1, a->format, stream, ctx);
    ent_table_free(&table);
    return rc;
}

static int write_file(const ent_comparison_t *comparison, const arguments_t *a, ent_context_t *ctx)
{
    ent_output_t output;
    int rc = ent_output_begin(&output, a->output, a->overwrite, ctx);
    if (rc != 0)
        return rc;
    FILE *stream = fopen(output.temporary, "w");
    if (stream == NULL) {
        rc = ent_fail(ctx, ENT_ERR_CANT_CREATE, a->output, "cannot be written: %s", strerror(errno));
    } else {
        rc = write_tables(comparison, a, stream, ctx);
        if (fclose(stream) != 0 && rc == 0)
            rc = ent_fail(ctx, ENT_ERR_IO, a->output, "could not be written: %s", strerror(errno));
    }
    if (rc == 0)
        return ent_output_commit(&output, ctx);
    ent_output_abandon(&output);
    return rc;
}

static int compare_file(const arguments_t *a, ent_context_t *ctx)
{
    ent_results_file_t file;
    ent_comparison_t comparison;
    int rc = ent_results_file_open(&file, a->path, ctx);
    if (rc != 0)
        return rc;
    rc = ent_compare(&comparison, &file, &a->options, ctx);
    if (rc == 0) {
        rc = a->output != NULL ? write_file(&comparison, a, ctx) : write_tables(&comparison, a, stdout, ctx);
        ent_comparison_free(&comparison);
    }
    ent_results_file_close(&file);
    return rc;
}

int ent_cmd_compare(int argc, char **argv)
{
    static const struct argp parser = {command_options,
                                       parse,
                                       "FILE",
                                       "Compare two scenarios of a results file, world by world: levels, "
                                       "mean difference, its numerical standard "
                                       "error, the range over worlds and the probability of loss.",
                                       NULL,
                                       NULL,
                                       NULL};
    arguments_t arguments = {.format = ENT_FORMAT_TEXT};
    ent_context_t ctx;

    ent_compare_defaults(&arguments.options);
    int code = ent_cli_parse(&parser, argc, argv, &arguments);
    if (code != ENT_OK)
        return ent_exit_code(code);
    complete_options(&arguments);
    if (arguments.with_theory) {
        arguments.options.by |= ENT_BY_SECTOR;
        arguments.options.details |= 1u << ENT_OUTCOME_EXPORTS;
    }
    ent_context_init(&ctx);
    code = ent_cli_finish(compare_file(&arguments, &ctx), &ctx);
    ent_context_free(&ctx);
    return code;
}
