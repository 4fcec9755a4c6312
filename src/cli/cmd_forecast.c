/* entrepot forecast: from the last month observed, under every scenario of a config. */
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/observed_files.h"
#include "evidence/calibration.h"
#include "evidence/trade_forecast.h"
#include "evidence/seal_forecast.h"
#include "numbers/observed.h"

#include <stdlib.h>
#include <string.h>

enum { BY_MONTHS = 1, BY_PAIR = 2, BY_YEARS = 4, BY_PARTS = 8, BY_NEWS = 16, BY_SCALES = 32 };
static const char *const by_names[] = {"months", "pair", "years", "parts", "news", "scales", NULL};
enum { DEFAULT_HORIZON = 12, DEFAULT_HISTORY = 13, DRAWS = 4000 };

typedef struct {
    const char *config, *effects, *keep, *posterior, *known, *fact, *pair, *partners, *goods, *exclude, *seal;
    ent_cli_observed_names_t names;
    int to_month, horizon, history, train_from, vintage, threads, overwrite, own_scales;
    double tails;
    ent_effect_scales_t scales;
    unsigned by;
    ent_format_t format;
    ent_cli_settings_t settings;
} arguments_t;

typedef struct {
    ent_cli_observed_t files;
    ent_config_t config;
    ent_benchmark_t fine;
    ent_goods_t goods;
    const char **good_names; /* [goods.n] borrowed */
    ent_combination_t *partner;
    int destination, n_unseen, last, not_used, pair[2];
    ent_day_t known;
    const char *measure;
    ent_effects_t effects;
    ent_panel_t panel;
    unsigned char *shown, *left_out;
    ent_trade_forecast_t now, before;
} work_t;

#define MONTH(member, option, words)                                                                         \
    {                                                                                                        \
        .name = (option), .value = "MONTH", .help = (words), .kind = ENT_CLI_MONTH,                          \
        .place = offsetof(arguments_t, member)                                                               \
    }
#define COUNT(member, option, words, most)                                                                   \
    {                                                                                                        \
        .name = (option), .value = "N", .help = (words), .kind = ENT_CLI_COUNT,                              \
        .place = offsetof(arguments_t, member), .low = 1, .high = (most)                                     \
    }

static const ent_cli_option_t command_options[] = {
    ENT_CLI_OBSERVED(arguments_t, names),
    MONTH(to_month, "to-month", "Last month known; what the file has of later ones is not used"),
    MONTH(vintage, "vintage", "Use figures as this month's release had them (default: the newest)"),
    MONTH(train_from, "train-from", "First month learnt from (default: the file's first)"),
    COUNT(horizon, "horizon", "Months told (default: 12, or to the end of the config)", 120),
    COUNT(history, "history", "Observed months shown (default: 13)", 600),
    ENT_CLI_WORD(arguments_t, known, "known", "DATE",
                 "Measures and ends announced after it do not exist (default: all do)"),
    ENT_CLI_WORD(arguments_t, effects, "effects", "FILE",
                 "Effects kept by --keep from the same config, instead of simulating"),
    ENT_CLI_WORD(arguments_t, keep, "keep", "FILE", "Keep the effects simulated in this file (CSV)"),
    ENT_CLI_WORD(arguments_t, posterior, "posterior", "FILE",
                 "Every world plays a particle of this posterior file (entrepot calibrate)"),
    ENT_CLI_WORD(arguments_t, fact, "fact", "SCENARIO",
                 "Scenario that the observed months played (default: the config's first)"),
    ENT_CLI_WORD(arguments_t, pair, "pair", "A,B", "Scenarios compared: A less B (default: first and last)"),
    ENT_CLI_WORD(arguments_t, partners, "partners", "LIST", "Regions shown, or all (default: home)"),
    ENT_CLI_WORD(arguments_t, goods, "goods", "LIST", "Groups of goods shown, or all (default: total)"),
    ENT_CLI_WORD(arguments_t, exclude, "exclude", "LIST", "Groups of goods that `total` is without"),
    ENT_CLI_OPTION(arguments_t, by, LIST, "by", "LIST",
                   "months, pair, years, parts, news, scales (default: months, pair, years, parts)",
                   .names = by_names),
    ENT_CLI_OPTION(arguments_t, tails, REAL, "tails", "NUMBER",
                   "Degrees of freedom of the noise; 0: normal (default)", .low = 0, .high = 1000),
    ENT_CLI_SCALES(arguments_t, scales),
    ENT_CLI_SWITCH(arguments_t, own_scales, "own-scales",
                   "Scales of the engine's effect by series alone, not pooled"),
    ENT_CLI_WORD(arguments_t, seal, "seal", "FILE",
                 "Write what is forecast with its origin, data and version (JSON), to be held against what "
                 "comes: entrepot score"),
    ENT_CLI_TABLES(arguments_t, format),
    ENT_CLI_THREADS(arguments_t, threads),
    ENT_CLI_OVERWRITE(arguments_t, overwrite),
    ENT_CLI_SET(arguments_t, settings),
    {0}};

/* ---- the config and what it can be held against ---- */

/* The config with the flows to the destination recorded, whatever it records itself. */
static int read_config(arguments_t *a, work_t *work, ent_context_t *ctx)
{
    char value[256];
    char text[512];
    int code;

    (void)snprintf(value, sizeof value, "[%s]", a->names.destination);
    (void)snprintf(text, sizeof text, "{flows: {destinations: %s}}", value);
    if (a->settings.n < ENT_CLI_MAX_SETTINGS) {
        a->settings.settings[a->settings.n] = (ent_setting_t){"record", text};
        code = ent_posterior_config(&work->config, &work->fine, a->config, a->posterior, a->settings.n + 1,
                                    a->settings.settings, ctx);
    } else {
        code = ent_fail(ctx, ENT_ERR_USAGE, "command line", "one setting fewer: record is set here");
    }
    if (code == ENT_OK) {
        code = ent_cli_find_name("--destination", a->names.destination, work->config.region,
                                 work->config.n_region, "must be a region of the config", &work->destination,
                                 ctx);
    }
    return code;
}

static int map_config(const arguments_t *a, work_t *work, ent_context_t *ctx)
{
    int code = ent_goods_init(&work->goods, &work->files.products, &work->files.observations, &work->config,
                              &work->fine, ctx);

    work->good_names = code == ENT_OK ? calloc((size_t)work->goods.n, sizeof *work->good_names) : NULL;
    if (code == ENT_OK && work->good_names == NULL) {
        code = ent_fail(ctx, ENT_ERR_NO_MEMORY, "forecast", "out of memory");
    }
    for (int i = 0; code == ENT_OK && i < work->goods.n; i++) {
        work->good_names[i] = work->goods.product[i].name;
    }
    if (code == ENT_OK) {
        code = ent_partners_of_config(&work->partner, &work->n_unseen, &work->files.observations,
                                      a->names.measure, work->destination, &work->config, &work->fine, ctx);
    }
    return code;
}

static int write_effects(FILE *stream, const void *data, ent_context_t *ctx)
{
    return ent_effects_write(data, stream, ctx);
}

static int check_hash(const arguments_t *a, const work_t *work, ent_context_t *ctx)
{
    return strcmp(work->effects.hash, work->config.hash) == 0
               ? ENT_OK
               : ent_fault(ctx, ENT_ERR_DATA, a->effects, 2, 0, "config", work->effects.hash, NULL,
                           "must be %s, the config's hash with its settings", work->config.hash);
}

static int get_effects(const arguments_t *a, work_t *work, ent_context_t *ctx)
{
    const ent_effects_options_t options = {
        .config = &work->config,
        .fine = &work->fine,
        .n_goods = work->goods.n,
        .good = work->good_names,
        .in_group = work->goods.sector,
        .destination = work->destination,
        .field = strcmp(a->names.measure, "exports") == 0 ? ENT_FIELD_exports : ENT_FIELD_imports,
        .known = work->known,
        .n_threads = a->threads};
    int code;

    if (a->effects != NULL) {
        code = ent_effects_read(&work->effects, a->effects, ctx);
        return code == ENT_OK ? check_hash(a, work, ctx) : code;
    }
    code = ent_effects_simulate(&work->effects, &options, ctx);
    return code == ENT_OK && a->keep != NULL
               ? ent_cli_write_file(a->keep, a->overwrite, write_effects, &work->effects, ctx)
               : code;
}

/* ---- what is observed ---- */

static int make_panel(arguments_t *a, work_t *work, ent_context_t *ctx)
{
    const int end = work->effects.first_month + work->effects.n_months - 1;
    const ent_panel_options_t options = {.observations = &work->files.observations,
                                         .days = &work->files.days,
                                         .partner = work->partner,
                                         .product = work->goods.product,
                                         .n_partners = work->config.n_region,
                                         .n_products = work->goods.n,
                                         .vintage = a->vintage,
                                         .to = a->to_month,
                                         .last_month = end,
                                         .lenient = 1,
                                         .destination = a->names.destination,
                                         .measure = a->names.measure,
                                         .days_of = strcmp(a->names.measure, "exports") == 0
                                                        ? work->config.region[work->config.home]
                                                        : a->names.destination};

    work->measure = a->names.measure;
    work->last = ent_observations_last(&work->files.observations);
    work->not_used = a->to_month > 0 && work->last > a->to_month ? work->last - a->to_month : 0;
    work->last = a->to_month > 0 && a->to_month < work->last ? a->to_month : work->last;
    return ent_panel_init(&work->panel, &options, ctx);
}

static int choose(const arguments_t *a, work_t *work, ent_context_t *ctx)
{
    const ent_panel_t *p = &work->panel;
    unsigned char *partners = calloc((size_t)p->n_partners, 1), *goods = calloc((size_t)p->n_products, 1);
    int code = ENT_OK;

    work->shown = calloc((size_t)p->n_partners * (size_t)p->n_products, 1);
    work->left_out = calloc((size_t)p->n_products, 1);
    if (partners == NULL || goods == NULL || work->shown == NULL || work->left_out == NULL) {
        code = ent_fail(ctx, ENT_ERR_NO_MEMORY, "forecast", "out of memory");
    } else {
        const int codes[] = {
            ent_cli_flag_names("--partners",
                               a->partners != NULL ? a->partners : work->config.region[work->config.home],
                               p->partner, p->n_partners, partners, ctx),
            ent_cli_flag_names("--goods", a->goods != NULL ? a->goods : "total", p->product, p->n_products,
                               goods, ctx),
            a->exclude == NULL ? ENT_OK
                               : ent_cli_flag_names("--exclude", a->exclude, p->product, p->n_products,
                                                    work->left_out, ctx)};

        for (int i = 0; i < 3; i++) {
            code = code == ENT_OK ? codes[i] : code;
        }
        for (int c = 0; c < p->n_partners * p->n_products; c++) {
            work->shown[c] = partners[c / p->n_products] && goods[c % p->n_products] &&
                             c / p->n_products != work->destination;
        }
    }
    free(partners);
    free(goods);
    return code;
}

static int find_scenarios(const arguments_t *a, work_t *work, int *fact, ent_context_t *ctx)
{
    char *const *names = work->effects.scenario;
    const int n = work->effects.n_scenarios;
    const char *comma = a->pair != NULL ? strchr(a->pair, ',') : NULL;
    char first[80] = "";
    int code = ent_cli_find_name("--fact", a->fact, names, n, "must be a scenario of the config", fact, ctx);

    work->pair[0] = 0;
    work->pair[1] = n - 1;
    if (a->pair != NULL && comma == NULL) {
        return ent_fault(ctx, ENT_ERR_USAGE, "command line", 0, 0, "--pair", a->pair, NULL,
                         "must be two scenarios with a comma between");
    }
    if (comma != NULL) {
        (void)snprintf(first, sizeof first, "%.*s", (int)(comma - a->pair), a->pair);
        const int codes[] = {ent_cli_find_name("--pair", first, names, n, "must be a scenario of the config",
                                               &work->pair[0], ctx),
                             ent_cli_find_name("--pair", comma + 1, names, n,
                                               "must be a scenario of the config", &work->pair[1], ctx)};

        code = code != ENT_OK ? code : codes[0] != ENT_OK ? codes[0] : codes[1];
    }
    return code;
}

/* ---- forecasting ---- */

static int look_out(const arguments_t *a, work_t *work, ent_context_t *ctx)
{
    const int end = work->effects.first_month + work->effects.n_months - 1;
    ent_trade_forecast_options_t options = {.panel = &work->panel,
                                            .effects = &work->effects,
                                            .prior = ent_forecast_prior(),
                                            .from =
                                                a->train_from > 0 ? a->train_from : work->panel.first_month,
                                            .origin = work->last,
                                            .pooled = !a->own_scales,
                                            .scales = a->scales,
                                            .days = {0.55, 0.14},
                                            .left_out = work->left_out,
                                            .n_draws = DRAWS,
                                            .n_threads = a->threads,
                                            .seed = 1};
    int code = find_scenarios(a, work, &options.fact, ctx);

    options.prior.tails = a->tails;
    options.horizon = a->horizon > 0                       ? a->horizon
                      : end - work->last < DEFAULT_HORIZON ? end - work->last
                                                           : DEFAULT_HORIZON;
    if (code == ENT_OK && options.horizon < 1) {
        return ent_fail(ctx, ENT_ERR_DATA, a->config, "ends before the month after the last one observed");
    }
    code = code == ENT_OK ? ent_trade_forecast(&work->now, &options, ctx) : code;
    if (code == ENT_OK && (a->by & BY_NEWS) != 0) {
        options.origin--;
        options.horizon++;
        code = ent_trade_forecast(&work->before, &options, ctx);
    }
    return code;
}

static void scales_table(const work_t *work, ent_table_t *table)
{
    static const char *const names[] = {"days", "response", "anticipation"};

    ent_table_init(table, "forecast_scales", "Scales of the engine's effect, pooled over all series");
    ent_table_column(table, "input", ENT_COLUMN_TEXT, "", "input");
    ent_table_column(table, "scale", ENT_COLUMN_NUMBER, "1", "scale");
    ent_table_column(table, "error", ENT_COLUMN_NUMBER, "1", "standard error");
    for (int k = ENT_TRADE_FORECAST_RESPONSE; k < ENT_TRADE_FORECAST_INPUTS; k++) {
        ent_table_row(table, 0);
        ent_table_text(table, 0, names[k]);
        ent_table_number(table, 1, work->now.cells.pooled[k], 2);
        ent_table_number(table, 2, work->now.cells.pooled_sd[k], 2);
    }
}

static int fill_tables(const arguments_t *a, const work_t *work, ent_table_t *tables, int *n,
                       ent_context_t *ctx)
{
    const int history = a->history > 0 ? a->history : DEFAULT_HISTORY;
    int code = ENT_OK;

    if ((a->by & BY_MONTHS) != 0) {
        code = ent_trade_forecast_months(&work->now, work->shown, history, &tables[(*n)++], ctx);
    }
    if (code == ENT_OK && (a->by & BY_PAIR) != 0) {
        code = ent_trade_forecast_pair(&work->now, work->shown, work->pair[0], work->pair[1], &tables[(*n)++],
                                       ctx);
    }
    if (code == ENT_OK && (a->by & BY_YEARS) != 0) {
        code = ent_trade_forecast_years(&work->now, work->shown, &tables[(*n)++], ctx);
    }
    if (code == ENT_OK && (a->by & BY_PARTS) != 0) {
        code = ent_trade_forecast_parts(&work->now, work->shown, work->now.options.fact, history,
                                        &tables[(*n)++], ctx);
    }
    if (code == ENT_OK && (a->by & BY_NEWS) != 0) {
        code = ent_trade_forecast_news(&work->now, &work->before, work->shown, &tables[(*n)++], ctx);
    }
    if (code == ENT_OK && (a->by & BY_SCALES) != 0) {
        scales_table(work, &tables[(*n)++]);
    }
    return code;
}

static int print_tables(const arguments_t *a, const work_t *work, ent_context_t *ctx)
{
    ent_table_t tables[6];
    int n = 0, code = fill_tables(a, work, tables, &n, ctx);

    if (code != ENT_OK) {
        while (n > 0) {
            ent_table_free(&tables[--n]);
        }
        return code;
    }
    if (n > 0 && work->not_used > 0) {
        ent_table_note(&tables[0], "The file has %d later months: not used.", work->not_used);
    }
    if (n > 0 && work->n_unseen > 0 && strcmp(a->names.measure, "imports") == 0) {
        ent_table_note(&tables[0],
                       "%d economies of the config have no series of their own: what they sell counts "
                       "with the rest of the world.",
                       work->n_unseen);
    }
    return ent_cli_print(tables, n, a->format, ctx);
}

static int write_seal(FILE *stream, const void *data, ent_context_t *ctx)
{
    const work_t *work = data;
    const ent_forecast_seal_t seal = {.trade = &work->now,
                                      .shown = work->shown,
                                      .partner = work->partner,
                                      .product = work->goods.product,
                                      .measure = work->measure,
                                      .config_hash = work->config.hash,
                                      .observed = work->files.observations.path,
                                      .destination = work->config.region[work->destination],
                                      .known = work->known};

    return ent_forecast_seal_write(&seal, stream, ctx);
}

static int forecast_all(arguments_t *a, work_t *work, ent_context_t *ctx)
{
    int code = ent_cli_find_day("--known", a->known, &work->known, ctx);

    code = code == ENT_OK ? read_config(a, work, ctx) : code;
    code = code == ENT_OK ? ent_cli_observed_open(&work->files, &a->names, &work->config, ctx) : code;
    code = code == ENT_OK ? map_config(a, work, ctx) : code;
    code = code == ENT_OK ? get_effects(a, work, ctx) : code;
    code = code == ENT_OK ? make_panel(a, work, ctx) : code;
    code = code == ENT_OK ? choose(a, work, ctx) : code;
    if (code == ENT_OK) {
        ent_panel_exclude(&work->panel, work->left_out);
        code = look_out(a, work, ctx);
    }
    if (code == ENT_OK && a->seal != NULL) {
        code = ent_cli_write_file(a->seal, a->overwrite, write_seal, work, ctx);
    }
    return code == ENT_OK ? print_tables(a, work, ctx) : code;
}

static void release(work_t *work)
{
    ent_trade_forecast_free(&work->now);
    ent_trade_forecast_free(&work->before);
    free(work->shown);
    free(work->left_out);
    ent_panel_free(&work->panel);
    ent_effects_free(&work->effects);
    for (int r = 0; work->partner != NULL && r < work->config.n_region; r++) {
        ent_combination_free(&work->partner[r]);
    }
    free(work->partner);
    free(work->good_names);
    ent_goods_free(&work->goods);
    ent_config_free(&work->config);
    ent_benchmark_free(&work->fine);
    ent_cli_observed_close(&work->files);
}

static int forecast(void *arguments, ent_context_t *ctx)
{
    work_t work = {.known = ENT_DAY_NEVER};
    const int code = forecast_all(arguments, &work, ctx);

    release(&work);
    return code;
}

int ent_cmd_forecast(int argc, char **argv)
{
    static const ent_cli_command_t command = {
        .options = command_options,
        .usage = "CONFIG",
        .words = "Forecast observed trade by month under every scenario of CONFIG: level, season and working "
                 "days of "
                 "what was observed, and the effect of the measures as the engine simulates it.",
        .subject = "config",
        .subject_place = offsetof(arguments_t, config),
        .run = forecast};
    arguments_t arguments = {.by = BY_MONTHS | BY_PAIR | BY_YEARS | BY_PARTS,
                             .names = {.destination = "USA"},
                             .scales = ent_effect_scales(),
                             .format = ENT_FORMAT_TEXT};

    return ent_cli_main(&command, argc, argv, &arguments);
}
