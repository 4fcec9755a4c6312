/* entrepot benchmark: look into the benchmark: any cell, aggregate or share of it. */
#include "base/memory.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "config/internal.h"
#include "static/benchmark_view.h"

#include <stdlib.h>
#include <string.h>

static const char default_file[] = "benchmark-2022.h5";

typedef enum { TABLE_FLOWS, TABLE_REGIONS, TABLE_ELASTICITIES, N_TABLES } table_kind_t;
static const char *const table_names[N_TABLES + 1] = {"flows", "regions", "elasticities", NULL};
static const char *const dimension_names[ENT_VIEW_N + 1] = {"origin", "destination", "sector", NULL};

typedef struct {
    const char *file, *config, *content;
    const char *codes[ENT_VIEW_N];
    unsigned by; /* a bit for each dimension that is listed */
    int foreign;
    table_kind_t table;
    ent_format_t format;
    ent_cli_settings_t settings;
} arguments_t;

static const ent_cli_option_t command_options[] = {
    ENT_CLI_WORD(arguments_t, config, "config", "CONFIG",
                 "The benchmark of this config, summed to its regions and sectors"),
    ENT_CLI_SET(arguments_t, settings),
    ENT_CLI_WORD(arguments_t, codes[0], "origin", "CODE,...", "Only flows from these regions"),
    ENT_CLI_WORD(arguments_t, codes[1], "destination", "CODE,...", "Only flows to these regions"),
    ENT_CLI_WORD(arguments_t, codes[2], "sector", "CODE,...", "Only these sectors"),
    ENT_CLI_OPTION(arguments_t, by, LIST, "by", "DIMENSION,...",
                   "A row for each origin, destination or sector (default: one row, the sum)",
                   .names = dimension_names),
    ENT_CLI_SWITCH(arguments_t, foreign, "foreign", "Leave domestic flows out"),
    ENT_CLI_WORD(arguments_t, content, "content", "REGION",
                 "Beside the flows what they contain of this region's value added, through all inputs"),
    ENT_CLI_OPTION(arguments_t, table, CHOICE, "table", "TABLE", "flows (default), regions or elasticities",
                   .names = table_names),
    ENT_CLI_TABLES(arguments_t, format),
    {0}};

static void check(struct argp_state *state, const void *arguments)
{
    const arguments_t *a = arguments;
    if (a->file != NULL && a->config != NULL) {
        argp_error(state, "a file or --config, not both");
    }
}

/* The benchmark as the config sums it. */
static int open_config(const arguments_t *arguments, ent_benchmark_t *benchmark, ent_context_t *ctx)
{
    ent_config_t config;
    ent_benchmark_t fine;
    int code = ent_config_read(&config, &fine, arguments->config, arguments->settings.n,
                               arguments->settings.settings, ctx);
    if (code == ENT_OK) {
        code = ent_config_benchmark(&config, &fine, benchmark, ctx);
    }
    ent_config_free(&config);
    ent_benchmark_free(&fine);
    return code;
}

static int open_file(const char *file, ent_benchmark_t *benchmark, ent_context_t *ctx)
{
    char *tried = NULL, *found = NULL;
    int code;
    if (file != NULL) {
        return ent_benchmark_read(benchmark, file, ctx);
    }
    found = ent_locate_data(default_file, "", &tried, ctx);
    code = found == NULL ? ent_fail(ctx, ENT_ERR_NO_INPUT, default_file, "not found; looked for %s",
                                    tried != NULL ? tried : default_file)
                         : ent_benchmark_read(benchmark, found, ctx);
    free(found);
    free(tried);
    return code;
}

static int show(const arguments_t *arguments, const ent_benchmark_t *benchmark, ent_context_t *ctx)
{
    static void (*const fill[N_TABLES])(ent_table_t *, const ent_view_t *, const ent_benchmark_t *) = {
        ent_view_flows, ent_view_regions, ent_view_elasticities};
    ent_view_t view;
    ent_table_t table;
    int code = ent_view_init(&view, benchmark, ctx);
    if (code != ENT_OK) {
        return code;
    }
    view.foreign = arguments->foreign;
    for (int k = 0; k < ENT_VIEW_N; k++) {
        view.listed[k] = (arguments->by & 1u << k) != 0;
        int selected = arguments->codes[k] == NULL
                           ? ENT_OK
                           : ent_view_select(&view, benchmark, k, arguments->codes[k], ctx);
        code = code != ENT_OK ? code : selected;
    }
    if (code == ENT_OK && arguments->content != NULL) {
        code = ent_view_set_content(&view, benchmark, arguments->content, ctx);
    }
    if (code == ENT_OK) {
        fill[arguments->table](&table, &view, benchmark);
        code = ent_cli_print(&table, 1, arguments->format, ctx);
    }
    ent_view_free(&view);
    return code;
}

static int benchmark(void *arguments, ent_context_t *ctx)
{
    const arguments_t *a = arguments;
    ent_benchmark_t benchmark = {0};
    int code = a->config != NULL ? open_config(a, &benchmark, ctx) : open_file(a->file, &benchmark, ctx);
    if (code == ENT_OK) {
        code = show(a, &benchmark, ctx);
    }
    ent_benchmark_free(&benchmark);
    return code;
}

int ent_cmd_benchmark(int argc, char **argv)
{
    static const ent_cli_command_t command = {
        .options = command_options,
        .usage =
            "[FILE]\nimport FOLDER -o FILE\nexport FILE -o FOLDER\nrebase FILE --flows CSV --year Y -o FILE",
        .words = "Show any cell, aggregate or share of the benchmark. "
                 "Without FILE or --config it is the one shipped. import, "
                 "export and rebase make benchmarks of own data; each has "
                 "a --help of its own.\v"
                 "What Korea sells to the USA, by sector:\n  entrepot "
                 "benchmark --origin KOR --destination USA --by "
                 "sector\nKorea's value added in what the USA buys, by who sells it:\n  "
                 "entrepot benchmark --destination USA --by origin --foreign --content KOR",
        .subject = "benchmark file",
        .subject_place = offsetof(arguments_t, file),
        .check = check,
        .run = benchmark};
    arguments_t arguments = {.format = ENT_FORMAT_TEXT};
    int code;
    if (ent_cmd_benchmark_file(argc, argv, &code)) {
        return code;
    }
    return ent_cli_main(&command, argc, argv, &arguments);
}
