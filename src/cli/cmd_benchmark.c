/* entrepot benchmark: look into the benchmark: any cell, aggregate or share of it. */
#include "base/memory.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "io/config_internal.h"
#include "study/benchmark_view.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

static const char default_file[] = "benchmark-2022.h5";

typedef enum { TABLE_FLOWS, TABLE_REGIONS, TABLE_ELASTICITIES, N_TABLES } table_kind_t;
static const char *const table_names[N_TABLES] = {"flows", "regions", "elasticities"};
static const char *const dimension_names[ENT_VIEW_N] = {"origin", "destination", "sector"};

typedef struct {
    const char *file, *config;
    const char *codes[ENT_VIEW_N];
    int listed[ENT_VIEW_N];
    int foreign;
    table_kind_t table;
    ent_format_t format;
    ent_cli_settings_t settings;
} arguments_t;

enum {
    KEY_CONFIG = 256,
    KEY_SET,
    KEY_ORIGIN,
    KEY_DESTINATION,
    KEY_SECTOR,
    KEY_BY,
    KEY_FOREIGN,
    KEY_TABLE,
    KEY_FORMAT
};

static const struct argp_option options[] = {
    {"config", KEY_CONFIG, "CONFIG", 0, "The benchmark of this config, summed to its regions and sectors", 0},
    {"set", KEY_SET, "PATH=VALUE", 0, "Set a key of the config", 0},
    {"origin", KEY_ORIGIN, "CODE,...", 0, "Only flows from these regions", 0},
    {"destination", KEY_DESTINATION, "CODE,...", 0, "Only flows to these regions", 0},
    {"sector", KEY_SECTOR, "CODE,...", 0, "Only these sectors", 0},
    {"by", KEY_BY, "DIMENSION,...", 0,
     "A row for each origin, destination or sector (default: one row, the sum)", 0},
    {"foreign", KEY_FOREIGN, NULL, 0, "Leave domestic flows out", 0},
    {"table", KEY_TABLE, "TABLE", 0, "flows (default), regions or elasticities", 0},
    {"format", KEY_FORMAT, "FORMAT", 0, "text, csv, latex, json or markdown", 0},
    {0}};

/* Place of a word among names, or a usage error. */
static int choose(struct argp_state *state, const char *option, const char *word, const char *const *names,
                  int n)
{
    for (int i = 0; i < n; i++) {
        if (strcmp(names[i], word) == 0) {
            return i;
        }
    }
    const char *nearest = ent_nearest(word, names, (size_t)n);
    argp_error(state, "%s: \"%s\" is not known%s%s", option, word, nearest != NULL ? "; nearest is " : "",
               nearest != NULL ? nearest : "");
    return 0;
}

static void parse_by(struct argp_state *state, arguments_t *arguments, char *text)
{
    char *rest = NULL;
    for (char *word = strtok_r(text, ",", &rest); word != NULL; word = strtok_r(NULL, ",", &rest)) {
        arguments->listed[choose(state, "--by", word, dimension_names, ENT_VIEW_N)] = 1;
    }
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    arguments_t *arguments = state->input;
    switch (key) {
    case KEY_CONFIG:
        arguments->config = argument;
        return 0;
    case KEY_SET:
        ent_cli_add_setting(state, &arguments->settings, argument);
        return 0;
    case KEY_ORIGIN:
    case KEY_DESTINATION:
    case KEY_SECTOR:
        arguments->codes[key - KEY_ORIGIN] = argument;
        return 0;
    case KEY_BY:
        parse_by(state, arguments, argument);
        return 0;
    case KEY_FOREIGN:
        arguments->foreign = 1;
        return 0;
    case KEY_TABLE:
        arguments->table = (table_kind_t)choose(state, "--table", argument, table_names, N_TABLES);
        return 0;
    case KEY_FORMAT:
        arguments->format = ent_cli_format(state, argument);
        return 0;
    case ARGP_KEY_ARG:
        if (arguments->file != NULL) {
            argp_error(state, "one benchmark file at a time");
        }
        arguments->file = argument;
        return 0;
    case ARGP_KEY_END:
        if (arguments->file != NULL && arguments->config != NULL) {
            argp_error(state, "a file or --config, not both");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
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
        code = ent_benchmark_aggregate(&fine, config.n_region, config.region_map,
                                       (const char *const *)config.region, config.n_sector, config.sector_map,
                                       (const char *const *)config.sector, benchmark, ctx);
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
    memcpy(view.listed, arguments->listed, sizeof view.listed);
    for (int k = 0; k < ENT_VIEW_N; k++) {
        int selected = arguments->codes[k] == NULL
                           ? ENT_OK
                           : ent_view_select(&view, benchmark, k, arguments->codes[k], ctx);
        code = code != ENT_OK ? code : selected;
    }
    if (code == ENT_OK) {
        fill[arguments->table](&table, &view, benchmark);
        code = ent_tables_write(&table, 1, arguments->format, stdout, ctx);
        ent_table_free(&table);
    }
    ent_view_free(&view);
    return code;
}

int ent_cmd_benchmark(int argc, char **argv)
{
    static const struct argp parser = {options,
                                       parse,
                                       "[FILE]",
                                       "Show any cell, aggregate or share of the benchmark. Without FILE or "
                                       "--config it is the one shipped.\v"
                                       "What Korea sells to the USA, by sector:\n  entrepot benchmark "
                                       "--origin KOR --destination USA --by sector",
                                       NULL,
                                       NULL,
                                       NULL};
    arguments_t arguments = {.format = ENT_FORMAT_TEXT};
    ent_context_t ctx;
    ent_benchmark_t benchmark = {0};
    ent_context_init(&ctx);
    int code = ent_cli_parse(&parser, argc, argv, &arguments);
    if (code == ENT_OK) {
        code = arguments.config != NULL ? open_config(&arguments, &benchmark, &ctx)
                                        : open_file(arguments.file, &benchmark, &ctx);
    }
    if (code == ENT_OK) {
        code = show(&arguments, &benchmark, &ctx);
    }
    code = ent_cli_finish(code, &ctx);
    ent_benchmark_free(&benchmark);
    ent_cli_settings_free(&arguments.settings);
    ent_context_free(&ctx);
    return code;
}
