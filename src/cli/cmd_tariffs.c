/* entrepot tariffs: the duty on any flow on any day, and which measures make it. */
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/tariff_tables.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SETTINGS = 1000 };

typedef struct {
    const char *config, *on, *loaded, *known, *regime, *importer, *partner, *sector;
    int final;
    ent_format_t format;
    int n_settings;
    ent_setting_t settings[MAX_SETTINGS];
    char *owned[MAX_SETTINGS]; /* keys cut from --set arguments */
} arguments_t;

enum {
    KEY_ON = 256,
    KEY_LOADED,
    KEY_KNOWN,
    KEY_REGIME,
    KEY_IMPORTER,
    KEY_PARTNER,
    KEY_SECTOR,
    KEY_FINAL,
    KEY_SET,
    KEY_FORMAT
};

static const struct argp_option command_options[] = {
    {"on", KEY_ON, "DATE", 0, "Day the goods arrive, YYYY-MM-DD", 0},
    {"loaded", KEY_LOADED, "DATE", 0, "Day they were loaded (default: the day they arrive)", 0},
    {"known", KEY_KNOWN, "DATE", 0, "Only what had been announced by this day (default: everything)", 0},
    {"regime", KEY_REGIME, "NAME", 0, "Regime (default: that of the first scenario)", 0},
    {"importer", KEY_IMPORTER, "REGION", 0, "Importing region (default: that of the first measure)", 0},
    {"partner", KEY_PARTNER, "REGION", 0, "Exporting region (default: all)", 0},
    {"sector", KEY_SECTOR, "SECTOR", 0, "Sector (default: all)", 0},
    {"final", KEY_FINAL, NULL, 0, "In the table of all flows: rates after refunds of retroactive measures",
     0},
    {"set", KEY_SET, "PATH=VALUE", 0, "Set any key of the config; may be repeated", 0},
    {"format", KEY_FORMAT, "FORMAT", 0, "text, csv, latex, json or markdown (default: text)", 0},
    {0}};

static void add_setting(struct argp_state *state, arguments_t *a, const char *argument)
{
    const char *equals = strchr(argument, '=');
    char *key;

    if (equals == NULL || equals == argument) {
        argp_error(state, "--set: \"%s\" is not of the form PATH=VALUE", argument);
        return;
    }
    key = strndup(argument, (size_t)(equals - argument));
    if (key == NULL || a->n_settings == MAX_SETTINGS) {
        free(key);
        argp_error(state, "more than %d settings, or no memory for them", MAX_SETTINGS);
        return;
    }
    a->owned[a->n_settings] = key;
    a->settings[a->n_settings++] = (ent_setting_t){.key = key, .value = equals + 1};
}

static const char **text_argument(arguments_t *a, int key)
{
    switch (key) {
    case KEY_ON:
        return &a->on;
    case KEY_LOADED:
        return &a->loaded;
    case KEY_KNOWN:
        return &a->known;
    case KEY_REGIME:
        return &a->regime;
    case KEY_IMPORTER:
        return &a->importer;
    case KEY_PARTNER:
        return &a->partner;
    case KEY_SECTOR:
        return &a->sector;
    default:
        return NULL;
    }
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    arguments_t *a = state->input;
    const char **text = text_argument(a, key);
    int format;

    if (text != NULL) {
        *text = argument;
        return 0;
    }
    switch (key) {
    case KEY_FINAL:
        a->final = 1;
        return 0;
    case KEY_SET:
        add_setting(state, a, argument);
        return 0;
    case KEY_FORMAT:
        format = ent_format_find(argument);
        if (format < 0) {
            argp_error(state, "--format: \"%s\" is none of text, csv, latex, json, markdown", argument);
        }
        a->format = (ent_format_t)format;
        return 0;
    case ARGP_KEY_ARG:
        if (a->config != NULL) {
            argp_error(state, "one config at a time, not also \"%s\"", argument);
        }
        a->config = argument;
        return 0;
    case ARGP_KEY_END:
        if (a->config == NULL || a->on == NULL) {
            argp_error(state, "name a config and a day: entrepot tariffs CONFIG --on YYYY-MM-DD");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- what is asked for ---- */

static int find_name(const char *option, const char *name, char *const *names, int n, int *index,
                     ent_context_t *ctx)
{
    if (name == NULL) {
        return 0;
    }
    for (int i = 0; i < n; i++) {
        if (strcmp(names[i], name) == 0) {
            *index = i;
            return 0;
        }
    }
    return ent_fault(ctx, ENT_ERR_USAGE, "command line", 0, 0, option, name,
                     ent_nearest(name, (const char *const *)names, (size_t)n), "no such name in this config");
}

static int find_day(const char *option, const char *text, ent_day_t *day, ent_context_t *ctx)
{
    if (text == NULL || ent_day_parse(text, day) == 0) {
        return 0;
    }
    return ent_fault(ctx, ENT_ERR_USAGE, "command line", 0, 0, option, text, NULL,
                     "a day is written YYYY-MM-DD and exists in the calendar");
}

static int find_regime(const arguments_t *a, const ent_config_t *config, int *regime, ent_context_t *ctx)
{
    const char *names[256];
    size_t n = 0;

    *regime = config->n_scenarios > 0 ? config->scenarios[0].regime : 0;
    for (int r = 0; r < config->n_regimes; r++) {
        if (a->regime != NULL && strcmp(config->regimes[r].name, a->regime) == 0) {
            *regime = r;
            return 0;
        }
        if (n < sizeof names / sizeof names[0]) {
            names[n++] = config->regimes[r].name;
        }
    }
    return a->regime == NULL ? 0
                             : ent_fault(ctx, ENT_ERR_USAGE, "command line", 0, 0, "--regime", a->regime,
                                         ent_nearest(a->regime, names, n), "no such regime in this config");
}

/* Fill the query; all wrong names and days are reported. */
static int resolve(const arguments_t *a, const ent_config_t *config, ent_tariff_query_t *query,
                   ent_context_t *ctx)
{
    query->partner = query->sector = -1;
    query->importer = config->n_measures > 0 ? config->measures[0].importer : 0;
    query->final = a->final;
    query->known = ENT_DAY_NEVER;
    (void)find_name("--importer", a->importer, config->region, config->n_region, &query->importer, ctx);
    (void)find_name("--partner", a->partner, config->region, config->n_region, &query->partner, ctx);
    (void)find_name("--sector", a->sector, config->sector, config->n_sector, &query->sector, ctx);
    (void)find_regime(a, config, &query->regime, ctx);
    (void)find_day("--on", a->on, &query->on, ctx);
    query->loaded = query->on;
    (void)find_day("--loaded", a->loaded, &query->loaded, ctx);
    (void)find_day("--known", a->known, &query->known, ctx);
    if (ctx->code == 0 && query->loaded > query->on) {
        (void)ent_fault(ctx, ENT_ERR_USAGE, "command line", 0, 0, "--loaded", a->loaded, NULL,
                        "goods are loaded before they arrive");
    }
    if (ctx->code == 0 && query->partner == query->importer) {
        (void)ent_fault(ctx, ENT_ERR_USAGE, "command line", 0, 0, "--partner", a->partner, NULL,
                        "the partner is another region than the importer");
    }
    return ctx->code;
}

static int show_tariffs(const arguments_t *a, ent_context_t *ctx)
{
    ent_config_t config;
    ent_benchmark_t fine, coarse;
    ent_tariff_query_t query;
    int code;

    memset(&coarse, 0, sizeof coarse);
    memset(&query, 0, sizeof query);
    code = ent_config_read(&config, &fine, a->config, a->n_settings, a->settings, ctx);
    if (code == 0) {
        code = resolve(a, &config, &query, ctx);
    }
    if (code == 0) {
        code = ent_benchmark_aggregate(&fine, config.n_region, config.region_map,
                                       (const char *const *)config.region, config.n_sector, config.sector_map,
                                       (const char *const *)config.sector, &coarse, ctx);
    }
    if (code == 0) {
        query.config = &config;
        query.benchmark = &coarse;
        code = ent_tariff_tables_write(&query, a->format, stdout, ctx);
    }
    ent_benchmark_free(&coarse);
    ent_benchmark_free(&fine);
    ent_config_free(&config);
    return code;
}

int ent_cmd_tariffs(int argc, char **argv)
{
    static const struct argp parser = {
        command_options,
        parse,
        "CONFIG --on DATE",
        "Print the duty on the flows of an importing region on one day: for one flow the measures that make "
        "it, otherwise a table of partners and sectors with means weighted by benchmark trade.",
        NULL,
        NULL,
        NULL};
    arguments_t arguments = {.format = ENT_FORMAT_TEXT};
    ent_context_t ctx;
    int code;

    const int parsed = ent_cli_parse(&parser, argc, argv, &arguments);
    if (parsed != ENT_OK)
        return ent_exit_code(parsed);
    ent_context_init(&ctx);
    code = show_tariffs(&arguments, &ctx);
    ent_context_print(&ctx, stderr);
    ent_context_free(&ctx);
    for (int i = 0; i < arguments.n_settings; i++) {
        free(arguments.owned[i]);
    }
    return ent_exit_code(code);
}
