/* entrepot decompose: why the first year differs from the static answer, cause by cause. */
#include "cli/commands.h"
#include "cli/common.h"
#include "study/gap.h"
#include "study/observed.h"

#include <argp.h>
#include <hdf5.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_KEEP = 100 };

typedef struct {
    ent_gap_options_t options;
    ent_format_t format;
    int quiet;
    char *keep_text;
    char *keep[MAX_KEEP];
    ent_cli_settings_t settings;
} arguments_t;

enum {
    KEY_FROM = 256,
    KEY_MONTHS,
    KEY_WITH,
    KEY_WITHOUT,
    KEY_PARTNER,
    KEY_KEEP,
    KEY_FORMAT,
    KEY_THREADS,
    KEY_SET
};

static const struct argp_option command_options[] = {
    {"from", KEY_FROM, "MONTH", 0, "First month of the year, such as 2025-01", 0},
    {"months", KEY_MONTHS, "N", 0, "Its months (default: 12)", 0},
    {"with", KEY_WITH, "SCENARIO", 0, "Scenario with the measures (default: the config's first)", 0},
    {"without", KEY_WITHOUT, "SCENARIO", 0, "Scenario without them (default: the config's last)", 0},
    {"partner", KEY_PARTNER, "REGION", 0,
     "Destination of home's exports (default: that of the first recorded flow)", 0},
    {"keep", KEY_KEEP, "LIST", 0,
     "Exemptions that say which of two duties is owed, and so stay when exemptions are switched off", 0},
    {"format", KEY_FORMAT, "FORMAT", 0, "text, csv, latex, json or markdown (default: text)", 0},
    {"threads", KEY_THREADS, "N", 0, "Threads to use (default: all processors; results do not depend on it)",
     0},
    {"quiet", 'q', NULL, 0, "No progress", 0},
    {"set", KEY_SET, "PATH=VALUE", 0,
     "Set any key of the config, such as --set replications=8; may be repeated", 0},
    {0}};

static void parse_keep(struct argp_state *state, arguments_t *a, const char *text)
{
    char *rest;

    free(a->keep_text);
    a->keep_text = rest = strdup(text);
    a->options.n_keep = 0;
    for (char *word; rest != NULL && (word = strsep(&rest, ",")) != NULL;) {
        if (a->options.n_keep == MAX_KEEP) {
            argp_error(state, "--keep: at most %d names", (int)MAX_KEEP);
        }
        a->keep[a->options.n_keep++] = word;
    }
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    arguments_t *a = state->input;

    switch (key) {
    case KEY_FROM:
        a->options.from = ent_month_parse(argument);
        if (a->options.from < 0) {
            argp_error(state, "--from: \"%s\" is no month, such as 2025-01", argument);
        }
        return 0;
    case KEY_MONTHS:
        a->options.n_months = ent_cli_count(state, "months", argument, 1200);
        return 0;
    case KEY_WITH:
        a->options.with = argument;
        return 0;
    case KEY_WITHOUT:
        a->options.without = argument;
        return 0;
    case KEY_PARTNER:
        a->options.partner = argument;
        return 0;
    case KEY_KEEP:
        parse_keep(state, a, argument);
        return 0;
    case KEY_FORMAT:
        a->format = ent_cli_format(state, argument);
        return 0;
    case KEY_THREADS:
        a->options.n_threads = ent_cli_count(state, "threads", argument, 4096);
        return 0;
    case 'q':
        a->quiet = 1;
        return 0;
    case KEY_SET:
        ent_cli_add_setting(state, &a->settings, argument);
        return 0;
    case ARGP_KEY_ARG:
        if (a->options.config != NULL) {
            argp_error(state, "one config at a time, not also \"%s\"", argument);
        }
        a->options.config = argument;
        return 0;
    case ARGP_KEY_END:
        if (a->options.config == NULL) {
            argp_error(state, "name a config");
        }
        if (a->options.from < 0) {
            argp_error(state, "name the year: --from MONTH");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void progress(int done, int total)
{
    fprintf(stderr, "\r%d of %d combinations%s", done, total, done == total ? "\n" : "");
}

static int decompose(arguments_t *a, ent_context_t *ctx)
{
    ent_gap_t gap;
    ent_table_t table;
    int code;

    a->options.n_settings = a->settings.n;
    a->options.settings = a->settings.settings;
    a->options.keep = a->keep;
    a->options.progress = !a->quiet && isatty(STDERR_FILENO) ? progress : NULL;
    code = ent_gap(&gap, &a->options, ctx);
    if (code == ENT_OK) {
        ent_gap_table(&gap, &table);
        code = ent_tables_write(&table, 1, a->format, stdout, ctx);
        ent_table_free(&table);
    }
    ent_gap_free(&gap);
    return code;
}

int ent_cmd_decompose(int argc, char **argv)
{
    static const struct argp parser = {
        command_options,
        parse,
        "CONFIG",
        "Share the difference between the engine's first year and the static answer out among "
        "its causes, each switched off and on in every combination.",
        NULL,
        NULL,
        NULL};
    static arguments_t arguments; /* too large for the stack */
    ent_context_t ctx;

    H5dont_atexit();
    arguments.format = ENT_FORMAT_TEXT;
    arguments.options = (ent_gap_options_t){.from = -1, .n_months = 12};
    int code = ent_cli_parse(&parser, argc, argv, &arguments);
    if (code == ENT_OK) {
        ent_context_init(&ctx);
        code = ent_cli_finish(decompose(&arguments, &ctx), &ctx);
        ent_context_free(&ctx);
    } else {
        code = ent_exit_code(code);
    }
    free(arguments.keep_text);
    ent_cli_settings_free(&arguments.settings);
    return code;
}
