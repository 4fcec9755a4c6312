/* entrepot tariffs: the duty on any flow on any day, and which measures make it. */
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/tariff_tables.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *config, *on, *loaded, *known, *regime, *importer, *partner, *sector;
    int final;
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
    ENT_CLI_SET(arguments_t, settings),
    ENT_CLI_TABLES(arguments_t, format),
    {0}};

static void check(struct argp_state *state, const void *arguments)
{
    const arguments_t *a = arguments;
    if (a->on == NULL) {
        argp_error(state, "name a day: --on YYYY-MM-DD");
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

static int tariffs(void *arguments, ent_context_t *ctx)
{
    const arguments_t *a = arguments;
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
        .usage = "CONFIG --on DATE",
        .words = "Print the duty on the flows of an importing region on one day: for one flow the measures "
                 "that make it, "
                 "otherwise a table of partners and sectors with means weighted by benchmark trade.",
        .subject = "config",
        .subject_place = offsetof(arguments_t, config),
        .check = check,
        .run = tariffs};
    arguments_t arguments = {.format = ENT_FORMAT_TEXT};
    return ent_cli_main(&command, argc, argv, &arguments);
}
