/* entrepot score: a sealed forecast against what came. */
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/observed_files.h"
#include "evidence/seal_forecast.h"

typedef struct {
    const char *seal;
    ent_cli_observed_names_t names;
    ent_format_t format;
} arguments_t;

static const ent_cli_option_t command_options[] = {
    ENT_CLI_WORD(arguments_t, names.observed, "observed", "FILE",
                 "Observations (CSV or gzip; default: US imports as shipped)"),
    ENT_CLI_TABLES(arguments_t, format),
    {0}};

static int score(void *arguments, ent_context_t *ctx)
{
    arguments_t *a = arguments;
    ent_cli_observed_t files = {0};
    ent_table_t table = {0};
    int code = ent_cli_observed_open(&files, &a->names, NULL, ctx);

    if (code == ENT_OK) {
        code = ent_forecast_seal_score(a->seal, &files.observations, &table, ctx);
        if (code == ENT_OK) {
            code = ent_cli_print(&table, 1, a->format, ctx);
        } else {
            ent_table_free(&table);
        }
    }
    ent_cli_observed_close(&files);
    return code;
}

int ent_cmd_score(int argc, char **argv)
{
    static const ent_cli_command_t command = {
        .options = command_options,
        .usage = "SEALED",
        .words = "Hold a forecast that was sealed (entrepot forecast --seal) against the observations that "
                 "have come "
                 "since: error, interval score and whether the band held them, month by month.",
        .subject = "sealed forecast",
        .subject_place = offsetof(arguments_t, seal),
        .run = score};
    arguments_t arguments = {.format = ENT_FORMAT_TEXT};

    return ent_cli_main(&command, argc, argv, &arguments);
}
