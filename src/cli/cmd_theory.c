/* entrepot theory: the static model's answer to a config's regime, optimal and Nash tariffs. */
#include "base/memory.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "study/static_tables.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct {
    const char *config, *regime, *on, *region, *optimal, *nash, *sectors, *partners;
    int by_sector, timing;
    double solve_seconds;
    int n_step;
    ent_static_by_t by;
    ent_format_t format;
    ent_static_options_t options;
    ent_cli_settings_t settings;
} arguments_t;

enum {
    KEY_REGIME = 256,
    KEY_ON,
    KEY_RESOLUTION,
    KEY_ELASTICITY_SET,
    KEY_VARIANT,
    KEY_DEFICITS,
    KEY_ZERO_OWN_TRADE,
    KEY_BY,
    KEY_REGION,
    KEY_PATH,
    KEY_OPTIMAL,
    KEY_NASH,
    KEY_BY_SECTOR,
    KEY_TARIFF_SECTORS,
    KEY_TARIFF_PARTNERS,
    KEY_FORMAT,
    KEY_TIMING,
    KEY_SET
};

static const struct argp_option command_options[] = {
    {"regime", KEY_REGIME, "NAME", 0, "Regime (default: that of the first scenario)", 0},
    {"on", KEY_ON, "DATE", 0, "Day whose tariffs count, after refunds (default: the last day of the run)", 0},
    {"resolution", KEY_RESOLUTION, "WHICH", 0,
     "run (default) or full: the regions and sectors of the run, or of the benchmark", 0},
    {"elasticity-set", KEY_ELASTICITY_SET, "NAME", 0,
     "Trade elasticities of this set of the benchmark (default: the run's)", 0},
    {"variant", KEY_VARIANT, "MODEL", 0, "full (default), no-input-output or armington (one sector)", 0},
    {"deficits", KEY_DEFICITS, "RULE", 0,
     "fixed (default), share (of world income) or zero (removed before the tariffs change)", 0},
    {"allow-zero-own-trade", KEY_ZERO_OWN_TRADE, NULL, 0,
     "Accept sectors that make more than 0.1 % of their region's output and sell none of it at home", 0},
    {"by", KEY_BY, "WHAT", 0, "region (default), flow, sector or welfare (its parts by partner and sector)",
     0},
    {"region", KEY_REGION, "REGION", 0,
     "Region of the tables by flow, sector and welfare (default: the config's home; CSV and JSON: all)", 0},
    {"path", KEY_PATH, "PIECES", 0,
     "Parts of welfare as an integral in so many pieces (default: Caliendo and Parro's first-order formula)",
     0},
    {"optimal", KEY_OPTIMAL, "REGION", 0, "The tariff that is best for this region, others as they are", 0},
    {"nash", KEY_NASH, "REGION,...", 0, "Tariffs of these regions, each best given the others'", 0},
    {"by-sector", KEY_BY_SECTOR, NULL, 0, "Optimal and Nash: a rate for each sector (default: one)", 0},
    {"tariff-sectors", KEY_TARIFF_SECTORS, "SECTOR,...", 0, "Optimal and Nash: sectors hit (default: all)",
     0},
    {"tariff-partners", KEY_TARIFF_PARTNERS, "REGION,...", 0, "Optimal and Nash: partners hit (default: all)",
     0},
    {"set", KEY_SET, "PATH=VALUE", 0, "Set any key of the config; may be repeated", 0},
    {"format", KEY_FORMAT, "FORMAT", 0, "text, csv, latex, json or markdown (default: text)", 0},
    {"timing", KEY_TIMING, NULL, 0, "Say on standard error how much processor time it took", 0},
    {0}};

/* Place of a word in a list of names that ends with NULL, or a usage error. */
static int choose(struct argp_state *state, const char *option, const char *word, const char *const *names)
{
    size_t n = 0;

    for (; names[n] != NULL; n++) {
        if (strcmp(names[n], word) == 0) {
            return (int)n;
        }
    }
    const char *nearest = ent_nearest(word, names, n);
    argp_error(state, "--%s: there is no \"%s\"%s%s", option, word, nearest != NULL ? "; nearest is " : "",
               nearest != NULL ? nearest : "");
    return 0;
}

static int parse_pieces(struct argp_state *state, const char *text)
{
    char *end = NULL;
    const long n = strtol(text, &end, 10);

    if (end == text || *end != '\0' || n < 1 || n > 10000) {
        argp_error(state, "--path: \"%s\" is no number of pieces from 1 to 10000", text);
    }
    return (int)n;
}

static const char **text_argument(arguments_t *a, int key)
{
    switch (key) {
    case KEY_REGIME:
        return &a->regime;
    case KEY_ON:
        return &a->on;
    case KEY_REGION:
        return &a->region;
    case KEY_OPTIMAL:
        return &a->optimal;
    case KEY_NASH:
        return &a->nash;
    case KEY_TARIFF_SECTORS:
        return &a->sectors;
    case KEY_TARIFF_PARTNERS:
        return &a->partners;
    case KEY_ELASTICITY_SET:
        return &a->options.elasticity_set;
    default:
        return NULL;
    }
}

static error_t parse_choice(int key, char *argument, struct argp_state *state)
{
    static const char *const resolutions[] = {"run", "full", NULL};
    static const char *const variants[] = {"full", "no-input-output", "armington", NULL};
    static const char *const deficits[] = {"fixed", "share", "zero", NULL};
    static const char *const by[] = {"region", "flow", "sector", "welfare", NULL};
    arguments_t *a = state->input;

    switch (key) {
    case KEY_RESOLUTION:
        a->options.full = choose(state, "resolution", argument, resolutions);
        return 0;
    case KEY_VARIANT:
        a->options.variant = (ent_theory_variant_t)choose(state, "variant", argument, variants);
        return 0;
    case KEY_DEFICITS:
        a->options.deficit = (ent_theory_deficit_t)choose(state, "deficits", argument, deficits);
        return 0;
    case KEY_BY:
        a->by = (ent_static_by_t)choose(state, "by", argument, by);
        return 0;
    case KEY_FORMAT:
        a->format = ent_cli_format(state, argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    arguments_t *a = state->input;
    const char **text = text_argument(a, key);

    if (text != NULL) {
        *text = argument;
        return 0;
    }
    switch (key) {
    case KEY_ZERO_OWN_TRADE:
        a->options.allow_zero_own_trade = 1;
        return 0;
    case KEY_BY_SECTOR:
        a->by_sector = 1;
        return 0;
    case KEY_TIMING:
        a->timing = 1;
        return 0;
    case KEY_PATH:
        a->n_step = parse_pieces(state, argument);
        return 0;
    case KEY_SET:
        ent_cli_add_setting(state, &a->settings, argument);
        return 0;
    case ARGP_KEY_ARG:
        if (a->config != NULL) {
            argp_error(state, "one config at a time, not also \"%s\"", argument);
        }
        a->config = argument;
        return 0;
    case ARGP_KEY_END:
        if (a->config == NULL) {
            argp_error(state, "name a config");
        }
        if (a->optimal != NULL && a->nash != NULL) {
            argp_error(state, "--optimal or --nash, not both");
        }
        return 0;
    default:
        return parse_choice(key, argument, state);
    }
}

/* ---- names ---- */

static int find_name(const char *option, const char *name, char *const *names, int n, const char *rule,
                     int *index, ent_context_t *ctx)
{
    for (int i = 0; i < n; i++) {
        if (strcmp(names[i], name) == 0) {
            *index = i;
            return ENT_OK;
        }
    }
    return ent_fault(ctx, ENT_ERR_USAGE, "command line", 0, 0, option, name,
                     ent_nearest(name, (const char *const *)names, (size_t)n), "%s", rule);
}

/* Names of a comma-separated list as indices [n at most], in their order. */
static int find_names(const char *option, const char *list, char *const *names, int n, int *index, int *found,
                      ent_context_t *ctx)
{
    char *copy = ent_strdup(ctx, list), *rest = copy;
    int code = copy != NULL ? ENT_OK : ENT_ERR_NO_MEMORY;

    *found = 0;
    for (const char *word; copy != NULL && (word = strsep(&rest, ",")) != NULL;) {
        int i = -1;

        if (find_name(option, word, names, n, "no such name at this resolution", &i, ctx) != ENT_OK) {
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
    if (a->regime != NULL) {
        (void)find_name("--regime", a->regime, names, config->n_regimes, "no such regime in this config",
                        regime, ctx);
    }
    view->day = ent_step_begin(&config->calendar, config->n_steps) - 1;
    if (a->on != NULL && ent_day_parse(a->on, &view->day) != 0) {
        (void)ent_fault(ctx, ENT_ERR_USAGE, "command line", 0, 0, "--on", a->on, NULL,
                        "a day is written YYYY-MM-DD");
    }
    view->all = a->format == ENT_FORMAT_CSV || a->format == ENT_FORMAT_JSON;
    view->region = -1;
    if (a->region != NULL) {
        (void)find_name("--region", a->region, self->benchmark->region, self->benchmark->n_region,
                        "no such region at this resolution", &view->region, ctx);
    } else if (!view->all && a->by != ENT_STATIC_BY_FLOW) {
        view->region = 0; /* at full resolution: the first member of home */
        while (self->options.full ? config->region_map[view->region] != config->home
                                  : view->region != config->home) {
            view->region++;
        }
    }
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

static int counterfactual(arguments_t *a, ent_static_view_t *view, const double *tariff, const double *cost,
                          ent_context_t *ctx)
{
    ent_theory_result_t result = {0};
    ent_theory_welfare_t welfare = {0};
    ent_table_t tables[2];
    int n = 0, code;

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
        code = ent_tables_write(tables, n, a->format, stdout, ctx);
    }
    for (int i = 0; i < n; i++) {
        ent_table_free(&tables[i]);
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

static int best_tariffs(arguments_t *a, const ent_static_t *self, const double *tariff, ent_context_t *ctx)
{
    const ent_benchmark_t *b = self->benchmark;
    ent_theory_policy_t policy;
    ent_theory_optimum_t optimum = {0};
    unsigned char *sectors = NULL, *partners = NULL;
    int player[b->n_region], n_player = 0;
    ent_table_t table;
    int code;

    ent_theory_policy_init(&policy);
    (void)find_names(a->nash != NULL ? "--nash" : "--optimal", a->nash != NULL ? a->nash : a->optimal,
                     b->region, b->n_region, player, &n_player, ctx);
    (void)flag_names("--tariff-sectors", a->sectors, b->sector, b->n_sector, &sectors, ctx);
    (void)flag_names("--tariff-partners", a->partners, b->region, b->n_region, &partners, ctx);
    policy.by_sector = a->by_sector;
    policy.sectors = sectors;
    policy.partners = partners;
    a->solve_seconds = processor_seconds();
    if (ctx->code != ENT_OK) {
        code = ctx->code;
    } else if (a->nash != NULL) {
        code = ent_theory_nash(&self->model, n_player, player, tariff, &policy, &optimum, ctx);
    } else if (n_player == 1) {
        code = ent_theory_optimal(&self->model, player[0], tariff, &policy, &optimum, ctx);
    } else {
        code = ent_fail(ctx, ENT_ERR_USAGE, "--optimal", "one region; --nash takes several");
    }
    a->solve_seconds = processor_seconds() - a->solve_seconds;
    if (code == ENT_OK) {
        ent_static_optimum_table(self, &optimum, policy.upper, a->nash != NULL, &table);
        code = ent_tables_write(&table, 1, a->format, stdout, ctx);
        ent_table_free(&table);
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
    const int best = a->optimal != NULL || a->nash != NULL;
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
            code = ent_fail(ctx, ENT_ERR_USAGE, a->optimal != NULL ? "--optimal" : "--nash",
                            "regime %s has barriers, bans or trusted suppliers; best tariffs are sought "
                            "among tariffs only: name a regime without",
                            view.regime);
        }
    }
    if (code == ENT_OK) {
        code = best ? best_tariffs(a, self, tariff, ctx) : counterfactual(a, &view, tariff, cost, ctx);
    }
    free(cost);
    free(tariff);
    return code;
}

static int show_theory(arguments_t *a, ent_context_t *ctx)
{
    ent_config_t config;
    ent_benchmark_t fine;
    ent_static_t self = {0};
    int code = ent_config_read(&config, &fine, a->config, a->settings.n, a->settings.settings, ctx);

    if (code == ENT_OK) {
        code = ent_static_init(&self, &config, &fine, &a->options, ctx);
    }
    if (code == ENT_OK) {
        code = answer(a, &self, ctx);
    }
    ent_static_free(&self);
    ent_benchmark_free(&fine);
    ent_config_free(&config);
    return code;
}

int ent_cmd_theory(int argc, char **argv)
{
    static const struct argp parser = {
        command_options,
        parse,
        "CONFIG",
        "The static theory beside the dynamic one: exact-hat solution of the multi-sector Ricardian model "
        "with "
        "input-output links (Caliendo and Parro 2015) for a regime of the config on a day; optimal and Nash "
        "tariffs.\v"
        "The tables of the paper:\n  entrepot theory configs/nafta.yaml --deficits zero "
        "--allow-zero-own-trade",
        NULL,
        NULL,
        NULL};
    arguments_t arguments = {.format = ENT_FORMAT_TEXT};
    ent_context_t ctx;
    int code = ent_cli_parse(&parser, argc, argv, &arguments);

    if (code != ENT_OK) {
        ent_cli_settings_free(&arguments.settings);
        return ent_exit_code(code);
    }
    ent_context_init(&ctx);
    code = ent_cli_finish(show_theory(&arguments, &ctx), &ctx);
    if (code == 0 && arguments.timing) {
        fprintf(stderr, "entrepot theory: processor time %.3f s solving, %.3f s in all\n",
                arguments.solve_seconds, processor_seconds());
    }
    ent_context_free(&ctx);
    ent_cli_settings_free(&arguments.settings);
    return code;
}
