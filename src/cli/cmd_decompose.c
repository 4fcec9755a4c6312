/* entrepot decompose: why the first year differs from the static answer, cause by cause. */
#include "cli/commands.h"
#include "cli/common.h"
#include "static/gap.h"
#include "numbers/observed.h"

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

static void read_keep(struct argp_state *state, const char *text, void *arguments)
{
    arguments_t *a = arguments;
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

static const ent_cli_option_t command_options[] = {
    ENT_CLI_OPTION(arguments_t, options.from, MONTH, "from", "MONTH",
                   "First month of the year, such as 2025-01"),
    ENT_CLI_OPTION(arguments_t, options.n_months, COUNT, "months", "N", "Its months (default: 12)", .low = 1,
                   .high = 1200),
    ENT_CLI_WORD(arguments_t, options.with, "with", "SCENARIO",
                 "Scenario with the measures (default: the config's first)"),
    ENT_CLI_WORD(arguments_t, options.without, "without", "SCENARIO",
                 "Scenario without them (default: the config's last)"),
    ENT_CLI_WORD(arguments_t, options.partner, "partner", "REGION",
                 "Destination of home's exports (default: the one whose measures differ)"),
    {.name = "keep",
     .value = "LIST",
     .help = "Exemptions that say which of two duties is owed, and so stay when exemptions are switched off",
     .kind = ENT_CLI_OWN,
     .read = read_keep},
    ENT_CLI_TABLES(arguments_t, format),
    ENT_CLI_THREADS(arguments_t, options.n_threads),
    ENT_CLI_QUIET(arguments_t, quiet),
    ENT_CLI_SET(arguments_t, settings),
    {0}};

static void check(struct argp_state *state, const void *arguments)
{
    const arguments_t *a = arguments;

    if (a->options.from < 0) {
        argp_error(state, "name the year: --from MONTH");
    }
}

static void progress(int done, int total)
{
    fprintf(stderr, "\r%d of %d combinations%s", done, total, done == total ? "\n" : "");
}

static int decompose(void *arguments, ent_context_t *ctx)
{
    arguments_t *a = arguments;
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
        code = ent_cli_print(&table, 1, a->format, ctx);
    }
    ent_gap_free(&gap);
    return code;
}

int ent_cmd_decompose(int argc, char **argv)
{
    static const ent_cli_command_t command = {.options = command_options,
                                              .usage = "CONFIG",
                                              .words = "Share the difference between the engine's first year "
                                                       "and the static answer out among its causes, each "
                                                       "switched off and on in every combination.",
                                              .subject = "config",
                                              .subject_place = offsetof(arguments_t, options.config),
                                              .check = check,
                                              .run = decompose};
    arguments_t arguments = {.format = ENT_FORMAT_TEXT, .options = {.from = -1, .n_months = 12}};

    const int code = ent_cli_main(&command, argc, argv, &arguments);
    free(arguments.keep_text);
    return code;
}
