/* entrepot tariffs: the duty on any flow on any day, and which measures make it. */
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/line_tables.h"
#include "cli/tariff_tables.h"
#include "io/law_file.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *config, *on, *loaded, *known, *regime, *importer, *partner, *sector;
    const char *law, *more, *without;
    int final, by, chapter, over_time, costliest;
    double elasticity;
    ent_format_t format;
    ent_cli_settings_t settings;
} arguments_t;

static const ent_cli_option_t command_options[] = {
    ENT_CLI_WORD(arguments_t, on, "on", "DATE", "Day the goods arrive, YYYY-MM-DD"),
    ENT_CLI_WORD(arguments_t, loaded, "loaded", "DATE",
                 "Day they were loaded (default: the day they arrive)"),
    ENT_CLI_WORD(arguments_t, known, "known", "DATE",
                 "Only what had been announced by this day (default: everything)"),
    ENT_CLI_WORD(arguments_t, regime, "regime", "NAME", "Regime (default: that of the first scenario)"),
    ENT_CLI_WORD(arguments_t, importer, "importer", "REGION",
                 "Importing region (default: that of the first measure)"),
    ENT_CLI_WORD(arguments_t, partner, "partner", "REGION", "Exporting region (default: all)"),
    ENT_CLI_WORD(arguments_t, sector, "sector", "SECTOR", "Sector (default: all)"),
    ENT_CLI_SWITCH(arguments_t, final, "final",
                   "In the table of all flows: rates after refunds of retroactive measures"),
    ENT_CLI_WORD(arguments_t, law, "law", "LAW",
                 "Instead of a config: all lines of a law, us or a file or folder of one's own"),
    ENT_CLI_WORD(arguments_t, more, "with", "FOLDER", "With --law: measures and lists of one's own on top"),
    ENT_CLI_WORD(arguments_t, without, "without", "ID,...",
                 "With --law: as if these measures had not been made"),
    ENT_CLI_OPTION(arguments_t, by, CHOICE, "by", "WHAT",
                   "With --law: partner, group, chapter, sector, line or set (default: partner)",
                   .names = ent_lines_by_names),
    ENT_CLI_OPTION(arguments_t, chapter, COUNT, "chapter", "N", "With --law: lines of one chapter", .low = 1,
                   .high = 99),
    ENT_CLI_SWITCH(arguments_t, over_time, "over-time", "With --law: all days on which it changes"),
    ENT_CLI_OPTION(arguments_t, costliest, COUNT, "costliest", "N",
                   "With --law: the N lines on which a point of tariff costs exporters most", .low = 1,
                   .high = 100000),
    ENT_CLI_OPTION(arguments_t, elasticity, REAL, "elasticity", "NUMBER",
                   "With --costliest: of trade to landed cost (default: 4)", .low = 0.0, .high = 100.0),
    ENT_CLI_SET(arguments_t, settings),
    ENT_CLI_TABLES(arguments_t, format),
    {0}};

static void check(struct argp_state *state, const void *arguments)
{
    const arguments_t *a = arguments;
    if (a->on == NULL && !a->over_time) {
        argp_error(state, "name a day: --on YYYY-MM-DD");
    }
    if ((a->config == NULL) == (a->law == NULL)) {
        argp_error(state, "name a config, or a law: --law us");
    }
    if (a->law == NULL && (a->more != NULL || a->without != NULL || a->by != ENT_BY_PARTNER ||
                           a->chapter >= 0 || a->over_time || a->costliest > 0)) {
        argp_error(state, "--with, --without, --by, --chapter, --over-time and --costliest go with --law");
    }
    if (a->law != NULL && (a->regime != NULL || a->importer != NULL || a->settings.n > 0)) {
        argp_error(state, "--regime, --importer and --set go with a config");
    }
}

/* ---- what is asked for ---- */

static int find_regime(const arguments_t *a, const ent_config_t *config, int *regime, ent_context_t *ctx)
{
    char *names[config->n_regimes > 0 ? config->n_regimes : 1];

    for (int r = 0; r < config->n_regimes; r++) {
        names[r] = config->regimes[r].name;
    }
    *regime = config->n_scenarios > 0 ? config->scenarios[0].regime : 0;
    return ent_cli_find_name("--regime", a->regime, names, config->n_regimes, "no such regime in this config",
                             regime, ctx);
}

/* Fill the query; all wrong names and days are reported. */
static int resolve(const arguments_t *a, const ent_config_t *config, ent_tariff_query_t *query,
                   ent_context_t *ctx)
{
    const char *const rule = "no such name in this config";

    query->partner = query->sector = -1;
    query->importer = config->n_measures > 0 ? config->measures[0].importer : 0;
    query->final = a->final;
    query->known = ENT_DAY_NEVER;
    (void)ent_cli_find_name("--importer", a->importer, config->region, config->n_region, rule,
                            &query->importer, ctx);
    (void)ent_cli_find_name("--partner", a->partner, config->region, config->n_region, rule, &query->partner,
                            ctx);
    (void)ent_cli_find_name("--sector", a->sector, config->sector, config->n_sector, rule, &query->sector,
                            ctx);
    (void)find_regime(a, config, &query->regime, ctx);
    (void)ent_cli_find_day("--on", a->on, &query->on, ctx);
    query->loaded = query->on;
    (void)ent_cli_find_day("--loaded", a->loaded, &query->loaded, ctx);
    (void)ent_cli_find_day("--known", a->known, &query->known, ctx);
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

/* ---- lines of a law ---- */

static int find_of_law(const char *option, const char *name, const char *kind, int place, const char *nearest,
                       ent_context_t *ctx)
{
    return name == NULL || place >= 0 ? ENT_OK
                                      : ent_fault(ctx, ENT_ERR_USAGE, "command line", 0, 0, option, name,
                                                  nearest, "there is no such %s in this law", kind);
}

/* Mark the measures of a list with commas. */
static void mark_without(const char *text, const ent_law_t *law, unsigned char *without, ent_context_t *ctx)
{
    char *copy = text != NULL ? strdup(text) : NULL, *rest = copy;

    for (const char *id; copy != NULL && (id = strsep(&rest, ",")) != NULL;) {
        const int m = ent_law_measure(law, id);

        if (m >= 0) {
            without[m] = 1;
        }
        (void)find_of_law("--without", id, "measure", m, NULL, ctx);
    }
    free(copy);
}

static int resolve_lines(const arguments_t *a, ent_lines_query_t *query, unsigned char *without,
                         ent_context_t *ctx)
{
    const ent_law_t *law = query->law;

    query->partner = a->partner != NULL ? ent_law_partner(law, a->partner) : -1;
    query->sector = a->sector != NULL ? ent_law_sector(law, a->sector) : -1;
    (void)find_of_law("--partner", a->partner, "partner", query->partner, NULL, ctx);
    (void)find_of_law("--sector", a->sector, "sector", query->sector,
                      a->sector != NULL
                          ? ent_nearest(a->sector, (const char *const *)law->sectors, (size_t)law->n_sectors)
                          : NULL,
                      ctx);
    mark_without(a->without, law, without, ctx);
    query->chapter = a->chapter;
    query->by = (ent_lines_by_t)(a->costliest > 0 ? ENT_BY_LINE : a->by);
    query->over_time = a->over_time;
    query->costliest = a->costliest;
    query->elasticity = a->elasticity;
    query->when = (ent_lines_when_t){.known = ENT_DAY_NEVER, .final = a->final, .without = without};
    (void)ent_cli_find_day("--on", a->on, &query->when.arrive, ctx);
    query->when.loaded = query->when.arrive;
    (void)ent_cli_find_day("--loaded", a->loaded, &query->when.loaded, ctx);
    (void)ent_cli_find_day("--known", a->known, &query->when.known, ctx);
    return ctx->code;
}

static int print_lines(const arguments_t *a, const ent_lines_query_t *query, ent_context_t *ctx)
{
    ent_table_t table;
    int code =
        a->costliest > 0 ? ent_lines_costliest(query, &table, ctx) : ent_lines_table(query, &table, ctx);

    if (code == ENT_OK) {
        return ent_cli_print(&table, 1, a->format, ctx);
    }
    ent_table_free(&table);
    return code;
}

static int law_tariffs(const arguments_t *a, ent_context_t *ctx)
{
    ent_law_t law;
    ent_lines_t lines = {0};
    ent_lines_query_t query = {.law = &law, .lines = &lines};
    int code = ent_law_read(&law, a->law, a->more, ctx);
    unsigned char *without = calloc((size_t)law.n_measures + 1, 1);

    if (code == ENT_OK && without == NULL) {
        code = ent_fail(ctx, ENT_ERR_NO_MEMORY, "tariffs", "no memory for %d measures", law.n_measures);
    }
    code = code != ENT_OK ? code : resolve_lines(a, &query, without, ctx);
    if (code == ENT_OK) {
        code = ent_lines_init(&lines, &law, ctx);
    }
    code = code != ENT_OK ? code : print_lines(a, &query, ctx);
    if (lines.law != NULL) {
        ent_lines_free(&lines);
    }
    free(without);
    ent_law_free(&law);
    return code;
}

/* ---- flows of a config ---- */

static int tariffs(void *arguments, ent_context_t *ctx)
{
    const arguments_t *a = arguments;
    if (a->law != NULL) {
        return law_tariffs(a, ctx);
    }
    ent_config_t config;
    ent_benchmark_t fine, coarse;
    ent_tariff_query_t query;
    int code;

    memset(&coarse, 0, sizeof coarse);
    memset(&query, 0, sizeof query);
    code = ent_config_read(&config, &fine, a->config, a->settings.n, a->settings.settings, ctx);
    if (code == 0) {
        code = resolve(a, &config, &query, ctx);
    }
    if (code == 0) {
        code = ent_config_benchmark(&config, &fine, &coarse, ctx);
    }
    if (code == 0) {
        code = ent_cli_notes(&config, &fine, 2, ctx);
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
    static const ent_cli_command_t command = {
        .options = command_options,
        .usage = "[CONFIG] --on DATE",
        .words = "Print the duty on the flows of an importing region on one day: for one flow the measures "
                 "that make it, "
                 "otherwise a table of partners and sectors with means weighted by benchmark trade. With "
                 "--law in place of "
                 "a config: sums over all product lines of a law.",
        .subject = "config",
        .subject_place = offsetof(arguments_t, config),
        .check = check,
        .run = tariffs};
    arguments_t arguments = {.format = ENT_FORMAT_TEXT, .chapter = -1, .elasticity = 4.0};
    return ent_cli_main(&command, argc, argv, &arguments);
}
