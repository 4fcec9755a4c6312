/* entrepot backtest --origins: forecasts from every month in turn, scored on what came. */
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/observed_files.h"
#include "evidence/rolling.h"
#include "numbers/observed.h"

#include <stdlib.h>
#include <string.h>

enum { BY_SCORES = 1, BY_SERIES = 2, BY_FORECASTS = 4 };
static const char *const by_names[] = {"scores", "series", "forecasts", NULL};

typedef struct {
    const char *config, *origins, *partners, *products, *effects, *scenario, *exclude, *goods;
    ent_cli_observed_names_t names;
    int train_from, to, series_ahead, threads, own_scales, reference, vintage;
    unsigned by, who;
    ent_format_t format;
    ent_rolling_options_t options;
} arguments_t;

typedef struct {
    ent_cli_observed_t files;
    ent_config_t config;
    ent_benchmark_t fine;
    ent_goods_t goods;
    ent_combination_t *partner, *own_product, *product; /* product: that of the config, or own_product */
    int n_partners, n_products;
    ent_panel_t panel;
    ent_effects_t effects;
    unsigned char *left_out, *good, *wanted;
    ent_rolling_t rolling;
} work_t;

#define MONTH(member, option, words)                                                                         \
    {                                                                                                        \
        .name = (option), .value = "MONTH", .help = (words), .kind = ENT_CLI_MONTH,                          \
        .place = offsetof(arguments_t, member)                                                               \
    }
#define REAL(member, option, words)                                                                          \
    {                                                                                                        \
        .name = (option), .value = "NUMBER", .help = (words), .kind = ENT_CLI_REAL,                          \
        .place = offsetof(arguments_t, member), .low = -100, .high = 100                                     \
    }

static const ent_cli_option_t command_options[] = {
    ENT_CLI_WORD(arguments_t, origins, "origins", "FROM:TO", "First and last month forecast from"),
    ENT_CLI_OBSERVED(arguments_t, names),
    ENT_CLI_WORD(arguments_t, partners, "partners", "LIST",
                 "Without a config: CODE, NAME=CODE+CODE, or NAME=rest (default: WLD)"),
    ENT_CLI_WORD(arguments_t, products, "products", "LIST",
                 "Without a config: codes, groups of the table or NAME=sum (default: total=goods)"),
    MONTH(train_from, "train-from", "First month learnt from (default: the file's first)"),
    MONTH(to, "to", "Last month scored (default: the last observed)"),
    MONTH(vintage, "vintage", "Use figures as this month's release had them (default: the newest)"),
    ENT_CLI_WORD(arguments_t, effects, "effects", "FILE", "The engine's effects (entrepot forecast --keep)"),
    ENT_CLI_WORD(arguments_t, scenario, "scenario", "NAME", "Scenario that came (default: the first)"),
    ENT_CLI_WORD(arguments_t, goods, "goods", "LIST",
                 "With a config: groups of goods scored, or all (default: total)"),
    ENT_CLI_WORD(arguments_t, exclude, "exclude", "LIST", "Groups of goods that `total` is without"),
    REAL(options.elasticity, "elasticity", "Of imports to the collected rate (default: -0.76)"),
    REAL(options.elasticity_sd, "elasticity-sd", "Spread of its prior where it is pooled (default: 0.5)"),
    REAL(options.prior.tails, "tails", "Degrees of freedom of the noise; 0: normal (default)"),
    ENT_CLI_SCALES(arguments_t, options.scales),
    ENT_CLI_SWITCH(arguments_t, own_scales, "own-scales",
                   "Scales of the engine's effect by series alone, not pooled"),
    ENT_CLI_OPTION(arguments_t, who, LIST, "who", "LIST", "Forecasters (default: all)",
                   .names = ent_rolling_keys),
    ENT_CLI_OPTION(arguments_t, reference, CHOICE, "reference", "NAME",
                   "Forecaster that the others are tested against (default: level_season)",
                   .names = ent_rolling_keys),
    ENT_CLI_OPTION(arguments_t, by, LIST, "by", "LIST", "scores, series, forecasts (default: scores)",
                   .names = by_names),
    ENT_CLI_TABLES(arguments_t, format),
    ENT_CLI_THREADS(arguments_t, threads),
    {0}};

/* ---- what is forecast ---- */

static int read_origins(arguments_t *a, ent_context_t *ctx)
{
    char first[16] = "";
    const char *last = a->origins == NULL ? NULL : strchr(a->origins, ':');

    if (last != NULL) {
        (void)snprintf(first, sizeof first, "%.*s", (int)(last - a->origins), a->origins);
        a->options.first_origin = ent_month_parse(first);
        a->options.last_origin = ent_month_parse(last + 1);
    }
    return last != NULL && a->options.first_origin >= 0 && a->options.last_origin >= a->options.first_origin
               ? ENT_OK
               : ent_fault(ctx, ENT_ERR_USAGE, "command line", 0, 0, "--origins", a->origins, NULL,
                           "must be two months in order, such as 2017-12:2019-10");
}

/* Partners and goods as a config groups them; the destination itself is no partner. */
static int lists_of_config(const arguments_t *a, work_t *work, ent_context_t *ctx)
{
    int destination = 0, unseen;
    int code = ent_cli_find_name("--destination", a->names.destination, work->config.region,
                                 work->config.n_region, "must be a region of the config", &destination, ctx);

    if (code == ENT_OK) {
        code = ent_goods_init(&work->goods, &work->files.products, &work->files.observations, &work->config,
                              &work->fine, ctx);
    }
    if (code == ENT_OK) {
        code = ent_partners_of_config(&work->partner, &unseen, &work->files.observations, a->names.measure,
                                      destination, &work->config, &work->fine, ctx);
        work->n_partners = work->partner != NULL ? work->config.n_region : 0;
        work->product = work->goods.product;
        work->n_products = work->goods.n;
    }
    return code;
}

static int make_lists(const arguments_t *a, work_t *work, ent_context_t *ctx)
{
    int code;

    if (a->config != NULL) {
        return lists_of_config(a, work, ctx);
    }
    code = ent_combinations_parse(&work->partner, &work->n_partners,
                                  a->partners != NULL ? a->partners : "WLD", "WLD", "--partners", ctx);
    if (code == ENT_OK) {
        code = ent_combinations_parse(&work->own_product, &work->n_products,
                                      a->products != NULL ? a->products : "total=goods", "goods",
                                      "--products", ctx);
    }
    work->product = work->own_product;
    return code == ENT_OK
               ? ent_products_expand(work->own_product, work->n_products, &work->files.products, ctx)
               : code;
}

static int make_panel(arguments_t *a, work_t *work, ent_context_t *ctx)
{
    const ent_panel_options_t options = {.observations = &work->files.observations,
                                         .days = &work->files.days,
                                         .partner = work->partner,
                                         .product = work->product,
                                         .n_partners = work->n_partners,
                                         .n_products = work->n_products,
                                         .vintage = a->vintage,
                                         .to = a->to,
                                         .lenient = a->config != NULL,
                                         .destination = a->names.destination,
                                         .measure = a->names.measure,
                                         .days_of =
                                             strcmp(a->names.measure, "exports") == 0 && a->config != NULL
                                                 ? work->config.region[work->config.home]
                                                 : a->names.destination};

    return ent_panel_init(&work->panel, &options, ctx);
}

static int read_effects(arguments_t *a, work_t *work, ent_context_t *ctx)
{
    int code = a->effects != NULL ? ent_effects_read(&work->effects, a->effects, ctx) : ENT_OK;

    if (code == ENT_OK && a->effects != NULL) {
        a->options.effects = &work->effects;
        code = ent_cli_find_name("--scenario", a->scenario, work->effects.scenario, work->effects.n_scenarios,
                                 "must be a scenario of the effects", &a->options.scenario, ctx);
    }
    return code;
}

static int choose(const arguments_t *a, work_t *work, ent_context_t *ctx)
{
    const ent_panel_t *p = &work->panel;
    int code;

    work->left_out = calloc((size_t)p->n_products, 1);
    work->good = calloc((size_t)p->n_products, 1);
    work->wanted = calloc((size_t)p->n_partners * (size_t)p->n_products, 1);
    if (work->left_out == NULL || work->good == NULL || work->wanted == NULL) {
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, "backtest", "out of memory");
    }
    code = ent_cli_flag_names("--exclude", a->exclude, p->product, p->n_products, work->left_out, ctx);
    if (code == ENT_OK) {
        code = ent_cli_flag_names("--goods",
                                  a->goods != NULL    ? a->goods
                                  : a->config != NULL ? "total"
                                                      : "all",
                                  p->product, p->n_products, work->good, ctx);
    }
    for (int c = 0; code == ENT_OK && c < p->n_partners * p->n_products; c++) {
        work->wanted[c] = work->good[c % p->n_products] && p->known[c];
    }
    return code;
}

/* ---- scoring ---- */

static int print_tables(const arguments_t *a, const work_t *work, ent_context_t *ctx)
{
    ent_table_t tables[2 + ENT_ROLLING_HORIZONS];
    int n = 0;

    if ((a->by & BY_SCORES) != 0) {
        ent_rolling_scores(&work->rolling, a->reference, &tables[n++]);
    }
    for (int h = 0; (a->by & BY_SERIES) != 0 && h < ENT_ROLLING_HORIZONS; h++) {
        ent_rolling_series(&work->rolling, h, &tables[n++]);
    }
    if ((a->by & BY_FORECASTS) != 0) {
        ent_rolling_cells(&work->rolling, &tables[n++]);
    }
    return ent_cli_print(tables, n, a->format, ctx);
}

static int score(arguments_t *a, work_t *work, ent_context_t *ctx)
{
    const int last = ent_observations_last(&work->files.observations);
    int code = make_lists(a, work, ctx);

    code = code == ENT_OK ? make_panel(a, work, ctx) : code;
    code = code == ENT_OK ? choose(a, work, ctx) : code;
    if (code != ENT_OK) {
        return code;
    }
    ent_panel_exclude(&work->panel, work->left_out);
    a->options.panel = &work->panel;
    a->options.wanted = work->wanted;
    a->options.left_out = work->left_out;
    a->options.train_from = a->train_from > 0 ? a->train_from : work->panel.first_month;
    a->options.last_target = a->to > 0 && a->to < last ? a->to : last;
    a->options.pooled = !a->own_scales;
    a->options.who = a->who;
    a->options.n_threads = a->threads;
    code = ent_rolling(&work->rolling, &a->options, ctx);
    return code == ENT_OK ? print_tables(a, work, ctx) : code;
}

static void release(work_t *work)
{
    ent_rolling_free(&work->rolling);
    for (int i = 0; work->partner != NULL && i < work->n_partners; i++) {
        ent_combination_free(&work->partner[i]);
    }
    for (int i = 0; work->own_product != NULL && i < work->n_products; i++) {
        ent_combination_free(&work->own_product[i]);
    }
    free(work->partner);
    free(work->own_product);
    free(work->left_out);
    free(work->good);
    free(work->wanted);
    ent_panel_free(&work->panel);
    ent_effects_free(&work->effects);
    ent_goods_free(&work->goods);
    ent_config_free(&work->config);
    ent_benchmark_free(&work->fine);
    ent_cli_observed_close(&work->files);
}

static int backtest(void *arguments, ent_context_t *ctx)
{
    arguments_t *a = arguments;
    work_t work = {0};
    int code = read_origins(a, ctx);

    if (code == ENT_OK && a->config != NULL) {
        code = ent_config_read(&work.config, &work.fine, a->config, 0, NULL, ctx);
    }
    if (code == ENT_OK) {
        code = ent_cli_observed_open(&work.files, &a->names, a->config != NULL ? &work.config : NULL, ctx);
    }
    code = code == ENT_OK ? read_effects(a, &work, ctx) : code;
    code = code == ENT_OK ? score(a, &work, ctx) : code;
    release(&work);
    return code;
}

int ent_cmd_backtest_origins(int argc, char **argv)
{
    static const ent_cli_command_t command = {
        .options = command_options,
        .usage = "[CONFIG]",
        .words =
            "Forecast observed series from every month of --origins, as somebody would have who knew them to "
            "that month, and score what was said 1, 3, 6 and 12 months ahead beside simple rules.",
        .subject = "config",
        .subject_place = offsetof(arguments_t, config),
        .run = backtest};
    arguments_t arguments = {.by = BY_SCORES,
                             .who = (1U << ENT_N_ROLLING) - 1,
                             .reference = ENT_ROLLING_SEASON,
                             .format = ENT_FORMAT_TEXT};

    arguments.options = (ent_rolling_options_t){.prior = ent_forecast_prior(),
                                                .elasticity = -0.76,
                                                .elasticity_sd = 0.5,
                                                .scales = ent_effect_scales()};
    return ent_cli_main(&command, argc, argv, &arguments);
}
