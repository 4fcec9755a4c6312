/* entrepot report: a results file as one HTML page. */
#include "cli/commands.h"
#include "cli/common.h"
#include "page/report.h"

static const char *const languages[] = {"en", "ko", NULL};

typedef struct {
    const char *path, *output;
    int overwrite, language;
    ent_report_options_t options;
} arguments_t;

static const ent_cli_option_t command_options[] = {
    ENT_CLI_OUTPUT(arguments_t, output, "Page to make"),
    ENT_CLI_OVERWRITE(arguments_t, overwrite),
    ENT_CLI_OPTION(arguments_t, language, CHOICE, "lang", "LANGUAGE",
                   "Language the page opens in: en or ko (default: en)", .names = languages),
    ENT_CLI_PAIR(arguments_t, options),
    {0}};

static void check(struct argp_state *state, const void *arguments)
{
    const arguments_t *a = arguments;
    if (a->output == NULL) {
        argp_error(state, "name the page: -o FILE");
    }
}

typedef struct {
    const json_t *data;
    const char *language;
} page_t;

static int write_page(FILE *stream, const void *data, ent_context_t *ctx)
{
    const page_t *page = data;
    return ent_report_write(page->data, page->language, stream, ctx);
}

static int report(void *arguments, ent_context_t *ctx)
{
    arguments_t *a = arguments;
    ent_results_file_t file;
    json_t *data = NULL;
    a->options.language = languages[a->language];
    int rc = ent_results_file_open(&file, a->path, ctx);
    if (rc != 0) {
        return rc;
    }
    rc = ent_report_data(&data, &file, &a->options, ctx);
    if (rc == 0) {
        const page_t page = {data, a->options.language};
        rc = ent_cli_write_file(a->output, a->overwrite, write_page, &page, ctx);
    }
    json_decref(data);
    ent_results_file_close(&file);
    return rc;
}

int ent_cmd_report(int argc, char **argv)
{
    static const ent_cli_command_t command = {.options = command_options,
                                              .usage = "FILE",
                                              .words = "Make one HTML page of a results file: figures with "
                                                       "their data, the comparison in words, assumptions "
                                                       "and provenance. The page needs no network.",
                                              .subject = "results file",
                                              .subject_place = offsetof(arguments_t, path),
                                              .check = check,
                                              .run = report};
    arguments_t arguments = {0};
    return ent_cli_main(&command, argc, argv, &arguments);
}
