/* entrepot report: a results file as one HTML page. */
#include "cli/commands.h"
#include "cli/common.h"
#include "io/output.h"
#include "study/report.h"

#include <argp.h>
#include <errno.h>
#include <string.h>

typedef struct {
    const char *path, *output;
    int overwrite;
    ent_report_options_t options;
} arguments_t;

enum { KEY_BASE = 256, KEY_AGAINST, KEY_PARTNER, KEY_LANG, KEY_OVERWRITE };

static const struct argp_option command_options[] = {
    {"output", 'o', "FILE", 0, "Page to make", 0},
    {"overwrite", KEY_OVERWRITE, NULL, 0, "Replace FILE if it exists", 0},
    {"lang", KEY_LANG, "LANGUAGE", 0, "Language the page opens in: en or ko (default: en)", 0},
    {"base", KEY_BASE, "SCENARIO", 0, "Scenario to compare with (default: the file's last)", 0},
    {"against", KEY_AGAINST, "SCENARIO", 0, "Scenario shown first (default: the file's first)", 0},
    {"partner", KEY_PARTNER, "REGION", 0, "Destination shown (default: the first recorded flow's)", 0},
    {0}};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    arguments_t *a = state->input;
    switch (key) {
    case 'o':
        a->output = argument;
        return 0;
    case KEY_OVERWRITE:
        a->overwrite = 1;
        return 0;
    case KEY_LANG:
        if (strcmp(argument, "en") != 0 && strcmp(argument, "ko") != 0)
            argp_error(state, "--lang: \"%s\" is neither en nor ko", argument);
        a->options.language = argument;
        return 0;
    case KEY_BASE:
        a->options.base = argument;
        return 0;
    case KEY_AGAINST:
        a->options.against = argument;
        return 0;
    case KEY_PARTNER:
        a->options.partner = argument;
        return 0;
    case ARGP_KEY_ARG:
        if (a->path != NULL)
            argp_error(state, "one results file at a time, not also \"%s\"", argument);
        a->path = argument;
        return 0;
    case ARGP_KEY_END:
        if (a->path == NULL)
            argp_error(state, "name a results file");
        if (a->output == NULL)
            argp_error(state, "name the page: -o FILE");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int write_page(const arguments_t *a, const json_t *data, ent_context_t *ctx)
{
    const char *language = a->options.language != NULL ? a->options.language : "en";
    ent_output_t output;
    int rc = ent_output_begin(&output, a->output, a->overwrite, ctx);
    if (rc != 0)
        return rc;
    FILE *stream = fopen(output.temporary, "w");
    if (stream == NULL) {
        rc = ent_fail(ctx, ENT_ERR_CANT_CREATE, a->output, "cannot be written: %s", strerror(errno));
    } else {
        rc = ent_report_write(data, language, stream, ctx);
        if (fclose(stream) != 0 && rc == 0)
            rc = ent_fail(ctx, ENT_ERR_IO, a->output, "could not be written: %s", strerror(errno));
    }
    if (rc == 0)
        return ent_output_commit(&output, ctx);
    ent_output_abandon(&output);
    return rc;
}

static int report_file(const arguments_t *a, ent_context_t *ctx)
{
    ent_results_file_t file;
    json_t *data = NULL;
    int rc = ent_results_file_open(&file, a->path, ctx);
    if (rc != 0)
        return rc;
    rc = ent_report_data(&data, &file, &a->options, ctx);
    if (rc == 0)
        rc = write_page(a, data, ctx);
    json_decref(data);
    ent_results_file_close(&file);
    return rc;
}

int ent_cmd_report(int argc, char **argv)
{
    static const struct argp parser = {command_options,
                                       parse,
                                       "FILE",
                                       "Make one HTML page of a results file: figures with their data, the "
                                       "comparison in words, assumptions and provenance. The page needs no "
                                       "network.",
                                       NULL,
                                       NULL,
                                       NULL};
    arguments_t arguments = {0};
    ent_context_t ctx;

    const int parsed = ent_cli_parse(&parser, argc, argv, &arguments);
    if (parsed != ENT_OK)
        return ent_exit_code(parsed);
    ent_context_init(&ctx);
    int rc = report_file(&arguments, &ctx);
    ent_context_print(&ctx, stderr);
    ent_context_free(&ctx);
    return ent_exit_code(rc);
}
