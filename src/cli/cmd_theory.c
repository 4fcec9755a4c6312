/* entrepot theory: the static model's answer to a config's regime, optimal and Nash tariffs. */
#include "base/memory.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "static/static_tables.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const resolutions[] = {"run", "full", NULL};
static const char *const variants[] = {"full", "no-input-output", "armington", NULL};
static const char *const deficits[] = {"fixed", "share", "zero", NULL};
static const char *const by_names[] = {"region", "flow", "sector", "welfare", "outcome", NULL};
static const char *const weights[] = {"expenditure", "gdp", "equal", NULL};

typedef struct {
    const char *config, *regime, *on, *region, *optimal, *nash, *closed, *reciprocal, *sectors, *partners;
    int by_sector, iterate, apply, timing;
    ent_static_weight_t weight;
    double solve_seconds;
    int n_step;
    ent_static_by_t by;
    ent_format_t format;
    ent_static_options_t options;
    ent_cli_settings_t settings;
} arguments_t;

static const ent_cli_option_t command_options[] = {
    ENT_CLI_WORD(arguments_t, regime, "regime", "NAME", "Regime (default: that of the first scenario)"),
    ENT_CLI_WORD(arguments_t, on, "on", "DATE",
                 "Day whose tariffs count, after refunds (default: the last day of the run)"),
    ENT_CLI_OPTION(arguments_t, options.full, CHOICE, "resolution", "WHICH",
                   "run (default) or full: the regions and sectors of the run, or of the benchmark",
                   .names = resolutions),
    ENT_CLI_WORD(arguments_t, options.elasticity_set, "elasticity-set", "NAME",
                 "Trade elasticities of this set of the benchmark (default: the run's)"),
    ENT_CLI_OPTION(arguments_t, options.variant, CHOICE, "variant", "MODEL",
                   "full (default), no-input-output or armington (one sector)", .names = variants),
    ENT_CLI_OPTION(arguments_t, options.deficit, CHOICE, "deficits", "RULE",
                   "fixed (default), share (of world income) or zero (removed before the tariffs change)",
                   .names = deficits),
    ENT_CLI_SWITCH(
        arguments_t, options.allow_zero_own_trade, "allow-zero-own-trade",
        "Accept sectors that make more than 0.1 % of their region's output and sell none of it at home"),
    ENT_CLI_OPTION(
        arguments_t, by, CHOICE, "by", "WHAT",
        "region (default), flow, sector, welfare (its parts by partner and sector) or outcome (welfare, "
        "deficit, trade over GDP, employment, prices, and their means over regions)",
        .names = by_names),
    ENT_CLI_WORD(arguments_t, region, "region", "REGION",
                 "Region of the tables by flow, sector, welfare and outcome (default: the config's home; "
                 "outcome, CSV and "
                 "JSON: all)"),
    ENT_CLI_OPTION(arguments_t, weight, CHOICE, "weights", "WHAT",
                   "Means of outcomes: expenditure (default), gdp or equal", .names = weights),
    ENT_CLI_WORD(arguments_t, reciprocal, "reciprocal", "REGION",
                 "Everybody answers what this region adds to its tariffs with the same rate on its goods"),
    ENT_CLI_OPTION(
        arguments_t, n_step, COUNT, "path", "PIECES",
        "Parts of welfare as an integral in so many pieces (default: Caliendo and Parro's first-order "
        "formula)",
        .low = 1, .high = 10000),
    ENT_CLI_WORD(arguments_t, optimal, "optimal", "REGION",
                 "The tariff that is best for this region, others as they are"),
    ENT_CLI_WORD(arguments_t, nash, "nash", "REGION,...",
                 "Tariffs of these regions, each best given the others'"),
    ENT_CLI_WORD(arguments_t, closed, "closed-form", "REGION,...",
                 "The uniform tariff that is best for each by the closed form, read at the benchmark"),
    ENT_CLI_SWITCH(
        arguments_t, iterate, "iterate",
        "Closed form: read it at the equilibrium it brings about until rates stay (several regions: "
        "Nash)"),
    ENT_CLI_SWITCH(
        arguments_t, apply, "apply",
        "Optimal, Nash and closed form: show the answers under these tariffs instead of the rates"),
    ENT_CLI_SWITCH(arguments_t, by_sector, "by-sector",
                   "Optimal and Nash: a rate for each sector (default: one)"),
    ENT_CLI_WORD(arguments_t, sectors, "tariff-sectors", "SECTOR,...",
                 "Optimal and Nash: sectors hit (default: all)"),
    ENT_CLI_WORD(arguments_t, partners, "tariff-partners", "REGION,...",
                 "Optimal and Nash: partners hit (default: all)"),
    ENT_CLI_SET(arguments_t, settings),
    ENT_CLI_TABLES(arguments_t, format),
    ENT_CLI_SWITCH(arguments_t, timing, "timing", "Say on standard error how much processor time it took"),
    {0}};

static void check(struct argp_state *state, const void *arguments)
{
    const arguments_t *a = arguments;
    const int best = (a->optimal != NULL) + (a->nash != NULL) + (a->closed != NULL);

    if (best > 1) {
        argp_error(state, "one of --optimal, --nash and --closed-form");
    }
    if (a->iterate && a->closed == NULL) {
        argp_error(state, "--iterate goes with --closed-form");
    }
    if (a->apply && best == 0) {
        argp_error(state, "--apply goes with --optimal, --nash or --closed-form");
    }
    if (a->reciprocal != NULL && best > 0 && !a->apply) {
        argp_error(state, "--reciprocal goes with a regime, or with --apply");
    }
    if (a->closed != NULL && (a->by_sector || a->sectors != NULL || a->partners != NULL)) {
        argp_error(state, "the closed form is for one rate on all sectors of all partners");
    }
}

static int seeks_best(const arguments_t *a)
{
    return a->optimal != NULL || a->nash != NULL || a->closed != NULL;
}

/* ---- names ---- */

/* Names of a comma-separated list as indices [n at most], in their order. */
static int find_names(const char *option, const char *list, char *const *names, int n, int *index, int *found,
                      ent_context_t *ctx)
{
    char *copy = ent_strdup(ctx, list), *rest = copy;
    int code = copy != NULL ? ENT_OK : ENT_ERR_NO_MEMORY;

    *found = 0;
    for (const char *word; copy != NULL && (word = strsep(&rest, ",")) != NULL;) {
        int i = -1;

        if (ent_cli_find_name(option, word, names, n, "no such name at this resolution", &i, ctx) != ENT_OK) {
            code = ENT_ERR_USAGE;
            continue;
        }
        for (int k = 0; k < *found; k++) {
            if (index[k] == i) {
                code = ent_fault(ctx, ENT_ERR_USAGE, "command line", 0, 0, option, word, NULL,
                                 "a name is there once");
            }
        }
        if (code == ENT_OK) {
            index[(*found)++] = i;
        }
    }
    free(copy);
    return code;
}

/* Home; at full resolution its first member. */
static int home_of(const ent_static_t *self)
{
    int region = 0;

    while (self->options.full ? self->config->region_map[region] != self->config->home
                              : region != self->config->home) {
        region++;
    }
    return region;
}

/* Regime, day and region asked for; every wrong one is reported. */
static int resolve(const arguments_t *a, const ent_static_t *self, int *regime, ent_static_view_t *view,
                   ent_context_t *ctx)
{
    const ent_config_t *config = self->config;
    char *names[config->n_regimes > 0 ? config->n_regimes : 1];

    for (int i = 0; i < config->n_regimes; i++) {
        names[i] = config->regimes[i].name;
    }
    *regime = config->scenarios[0].regime;
    (void)ent_cli_find_name("--regime", a->regime, names, config->n_regimes, "no such regime in this config",
                            regime, ctx);
    view->day = ent_step_begin(&config->calendar, config->n_steps) - 1;
    (void)ent_cli_find_day("--on", a->on, &view->day, ctx);
    view->all = a->format == ENT_FORMAT_CSV || a->format == ENT_FORMAT_JSON;
    view->region = -1;
    if (a->region != NULL) {
        (void)ent_cli_find_name("--region", a->region, self->benchmark->region, self->benchmark->n_region,
                                "no such region at this resolution", &view->region, ctx);
    } else if (!view->all && a->by != ENT_STATIC_BY_FLOW) {
        view->region = home_of(self);
    }
    view->home = home_of(self);
    if (a->by == ENT_STATIC_BY_OUTCOME && a->region == NULL) {
        view->region = -1;
    }
    view->weight = a->weight;
    view->regime = config->regimes[*regime].name;
    view->base = self;
    return ctx->code;
}

/* ---- what is asked for ---- */

/* Processor time of this program so far. */
static double processor_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

/* The tariffs with everybody's answers to those of --reciprocal; NULL where there are none. */
static int reciprocate(const arguments_t *a, const ent_static_t *self, double *tariff, ent_context_t *ctx)
{
    const ent_benchmark_t *b = self->benchmark;
    int region = -1, code = ENT_OK;

    if (a->reciprocal != NULL) {
        code = ent_cli_find_name("--reciprocal", a->reciprocal, b->region, b->n_region,
                                 "no such region at this resolution", &region, ctx);
        code = code == ENT_OK ? ent_theory_reciprocate(&self->model, region, b->tariff, tariff, ctx) : code;
    }
    return code;
}

static int counterfactual(arguments_t *a, ent_static_view_t *view, double *tariff, const double *cost,
                          ent_context_t *ctx)
{
    ent_theory_result_t result = {0};
    ent_theory_welfare_t welfare = {0};
    ent_table_t tables[2];
    int n = 0, code = reciprocate(a, view->base, tariff, ctx);

    if (code != ENT_OK) {
        return code;
    }
    a->solve_seconds = processor_seconds();
    code = ent_theory_solve(&view->base->model, tariff, cost, &result, ctx);
    a->solve_seconds = processor_seconds() - a->solve_seconds;
    if (code == ENT_OK) {
        code = ent_theory_welfare(&view->base->model, &result, a->n_step, &welfare, ctx);
    }
    if (code == ENT_OK) {
        view->result = &result;
        view->welfare = &welfare;
        code = ent_static_tables(view, a->by, tables, &n, ctx);
    }
    if (code == ENT_OK) {
        code = ent_cli_print(tables, n, a->format, ctx);
    } else {
        while (n > 0) {
            ent_table_free(&tables[--n]);
        }
    }
    view->result = NULL;
    view->welfare = NULL;
    ent_theory_welfare_free(&welfare);
    ent_theory_result_free(&result);
    return code;
}

/* Flags of a list of names; *flags NULL when no list is given. */
static int flag_names(const char *option, const char *list, char *const *names, int n, unsigned char **flags,
                      ent_context_t *ctx)
{
    int index[n], found = 0, code;

    *flags = NULL;
    if (list == NULL) {
        return ENT_OK;
    }
    code = find_names(option, list, names, n, index, &found, ctx);
    *flags = ent_calloc(ctx, (size_t)n, 1);
    if (*flags == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int i = 0; i < found; i++) {
        (*flags)[index[i]] = 1;
    }
    return code;
}

/* What is sought for the players named: by search, or by the closed form. */
static int seek(const arguments_t *a, const ent_static_t *self, int n_player, const int *player,
                const double *tariff, ent_theory_policy_t *policy, ent_theory_optimum_t *optimum,
                ent_context_t *ctx)
{
    if (a->closed != NULL) {
        policy->max_rounds = a->iterate ? 0 : 1;
        return ent_theory_closed_form(&self->model, n_player, player, tariff, policy, optimum, ctx);
    }
    if (a->nash != NULL) {
        return ent_theory_nash(&self->model, n_player, player, tariff, policy, optimum, ctx);
    }
    if (n_player != 1) {
        return ent_fail(ctx, ENT_ERR_USAGE, "--optimal", "one region; --nash takes several");
    }
    return ent_theory_optimal(&self->model, player[0], tariff, policy, optimum, ctx);
}

static const char *best_title(const arguments_t *a)
{
    if (a->closed != NULL) {
        return a->iterate ? "Best tariffs by the closed form, iterated"
                          : "Best tariffs by the closed form at the benchmark";
    }
    return a->nash != NULL ? "Nash tariffs" : "Optimal tariffs";
}

static int best_tariffs(arguments_t *a, ent_static_view_t *view, const double *tariff, ent_context_t *ctx)
{
    const ent_static_t *self = view->base;
    const ent_benchmark_t *b = self->benchmark;
    const char *option = a->nash != NULL ? "--nash" : a->closed != NULL ? "--closed-form" : "--optimal";
    const char *list = a->nash != NULL ? a->nash : a->closed != NULL ? a->closed : a->optimal;
    ent_theory_policy_t policy;
    ent_theory_optimum_t optimum = {0};
    unsigned char *sectors = NULL, *partners = NULL;
    int player[b->n_region], n_player = 0, code;
    ent_table_t table;

    ent_theory_policy_init(&policy);
    (void)find_names(option, list, b->region, b->n_region, player, &n_player, ctx);
    (void)flag_names("--tariff-sectors", a->sectors, b->sector, b->n_sector, &sectors, ctx);
    (void)flag_names("--tariff-partners", a->partners, b->region, b->n_region, &partners, ctx);
    policy.by_sector = a->by_sector;
    policy.sectors = sectors;
    policy.partners = partners;
    a->solve_seconds = processor_seconds();
    code = ctx->code != ENT_OK ? ctx->code : seek(a, self, n_player, player, tariff, &policy, &optimum, ctx);
    a->solve_seconds = processor_seconds() - a->solve_seconds;
    if (code == ENT_OK && a->apply) {
        view->regime = best_title(a);
        code = counterfactual(a, view, optimum.tariff, NULL, ctx);
    } else if (code == ENT_OK) {
        ent_static_optimum_table(self, &optimum, policy.upper, best_title(a), &table);
        code = ent_cli_print(&table, 1, a->format, ctx);
    }
    ent_theory_optimum_free(&optimum);
    free(partners);
    free(sectors);
    return code;
}

/* Optimal tariffs start from the benchmark's unless a regime or a day is named. */
static int answer(arguments_t *a, const ent_static_t *self, ent_context_t *ctx)
{
    ent_static_view_t view;
    const int best = seeks_best(a);
    const size_t n = ent_static_cells(self);
    double *tariff = NULL, *cost = NULL;
    int regime, code = resolve(a, self, &regime, &view, ctx);

    if (code == ENT_OK && (!best || a->regime != NULL || a->on != NULL)) {
        tariff = ent_calloc(ctx, n, sizeof *tariff);
        cost = ent_calloc(ctx, n, sizeof *cost);
        code = tariff == NULL || cost == NULL ? ENT_ERR_NO_MEMORY
                                              : ent_static_rates(self, regime, view.day, tariff, cost, ctx);
    }
    for (size_t i = 0; code == ENT_OK && best && cost != NULL && i < n; i++) {
        if (cost[i] != 1.0) {
            code = ent_fail(ctx, ENT_ERR_USAGE, "best tariffs",
                            "regime %s has barriers, bans or trusted suppliers; best tariffs are sought "
                            "among tariffs only: name a regime without",
                            view.regime);
        }
    }
    if (code == ENT_OK) {
        code = best ? best_tariffs(a, &view, tariff, ctx) : counterfactual(a, &view, tariff, cost, ctx);
    }
    free(cost);
    free(tariff);
    return code;
}

static int theory(void *arguments, ent_context_t *ctx)
{
    arguments_t *a = arguments;
    ent_config_t config;
    ent_benchmark_t fine;
    ent_static_t self = {0};
    a->options.long_run = seeks_best(a);
    int code = ent_config_read(&config, &fine, a->config, a->settings.n, a->settings.settings, ctx);

    if (code == ENT_OK) {
        code = ent_static_init(&self, &config, &fine, &a->options, ctx);
    }
    if (code == ENT_OK) {
        code = answer(a, &self, ctx);
    }
    if (code == ENT_OK && a->timing) {
        fprintf(stderr, "entrepot theory: processor time %.3f s solving, %.3f s in all\n", a->solve_seconds,
                processor_seconds());
    }
    ent_static_free(&self);
    ent_benchmark_free(&fine);
    ent_config_free(&config);
    return code;
}

int ent_cmd_theory(int argc, char **argv)
{
    static const ent_cli_command_t command = {
        .options = command_options,
        .usage = "CONFIG",
        .words = "The static theory beside the dynamic one: exact-hat solution of the multi-sector Ricardian "
                 "model with "
                 "input-output links (Caliendo and Parro 2015) for a regime of the config on a day, with "
                 "labour supply, "
                 "tax relief, scale economies, local sales and pass-through where the config's section "
                 "theory has them "
                 "(Ignatenko, Lashkaripour, Macedoni and Simonovska 2025); optimal and Nash tariffs.\v"
                 "The tables of the papers:\n  entrepot theory configs/nafta.yaml --deficits zero "
                 "--allow-zero-own-trade\n  entrepot theory configs/liberation-day.yaml --by outcome",
        .subject = "config",
        .subject_place = offsetof(arguments_t, config),
        .check = check,
        .run = theory};
    arguments_t arguments = {.format = ENT_FORMAT_TEXT};
    return ent_cli_main(&command, argc, argv, &arguments);
}
