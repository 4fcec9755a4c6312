/* Why the engine's first year differs from the static answer, on a world of four regions and three sectors:
 * the parts add up to the engine's own run, a cause that cannot act has no share, what the theory gives the
 * engine is the theory's answer, and wrong names are told. */
#include "ent_test.h"
#include "words.h"

#include "static/gap.h"
#include "static/gap_causes.h"
#include "static/gap_theory.h"
#include "numbers/monthly.h"

#include <stdlib.h>
#include <string.h>

static ent_context_t ctx;
static char folder[64], config_path[96], benchmark_path[4096];

/* Two months before the measure and two under it. */
enum { MONTHS = 3, FROM = 12 * 2025 + 1, FIRST_STEP = 1, WORLDS = 2, MOST_SECTORS = 8 };

static const char config_text[] =
    "name: gap\n"
    "start: 2025-01-01\n"
    "steps: 5\n"
    "burn_in: 1\n"
    "replications: 2\n"
    "repeats: 0\n"
    "slots: 500\n"
    "slot_focus: {USA: 10}\n"
    "home: KOR\n"
    "regions: {KOR: [KOR], USA: [USA], JPN: [JPN], ROW: rest}\n"
    "sectors: {services: [SERVICES], cars: [C29], goods: rest}\n"
    "sector_parameters: {services: {stocked: 0, shipping_lag: 0, target_stock: 0, stockup_limit: 0,\n"
    "  stockdown_limit: 0}}\n"
    "mechanisms: {captive: true, plants: true, tariff_jumping: true, markups: true}\n"
    "captive: [{origins: [KOR], destinations: [USA], sectors: [cars], share: 0.5}]\n"
    "plants: [{id: works, owner: KOR, host: USA, sector: cars, opened: 2025-02-01, full: 2025-05-01, share: "
    "0.3}]\n"
    "tariff_jumping: {owners: [KOR], hosts: [USA], sectors: [cars]}\n"
    "regimes:\n"
    "  law:\n"
    "    measures:\n"
    "      - {id: duty, set: cars, importer: USA, partners: [KOR], sectors: [cars, goods], rate: 0.2,\n"
    "         announced: 2025-02-01, effective: 2025-03-01}\n"
    "      - {id: free, set: cars, kind: exemption, importer: USA, rates: {KOR: 0.4}, sectors: [goods],\n"
    "         announced: 2025-02-01, effective: 2025-03-11}\n"
    "  none: {}\n"
    "scenarios: [law, none]\n"
    "uncertainty: {parameters: [{name: theta, parameter: trade_elasticity, sectors: [goods], scale: true,\n"
    "  distribution: {kind: uniform, low: 0.8, high: 1.2}}]}\n";

static ent_setting_t settings[4];

static int setup(void **state)
{
    (void)state;
    ent_context_init(&ctx);
    make_folder(folder);
    assert_non_null(realpath("tests/fuzz/data/small.h5", benchmark_path));
    snprintf(config_path, sizeof config_path, "%s/gap.yaml", folder);
    FILE *file = fopen(config_path, "w");
    assert_non_null(file);
    fputs(config_text, file);
    assert_int_equal(fclose(file), 0);
    settings[0] = (ent_setting_t){"benchmark", benchmark_path};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(config_path);
    rmdir(folder);
    ent_context_free(&ctx);
    return 0;
}

static ent_gap_options_t options_with(int n_settings)
{
    return (ent_gap_options_t){.config = config_path,
                               .n_settings = n_settings,
                               .settings = settings,
                               .from = FROM,
                               .n_months = MONTHS,
                               .n_threads = 1};
}

/* A part of the sum of doubles of order 100: 1e-10. */
static void assert_adds_up(const ent_gap_t *gap)
{
    double sum = gap->fixed + gap->worlds + gap->months + gap->rest;

    for (int c = 0; c < ENT_N_GAP_CAUSES; c++) {
        sum += gap->share[c];
    }
    assert_within(sum, gap->engine, 1e-10);
}

static int n_told;

static void tell(int done, int total)
{
    assert_int_equal(total, ENT_N_GAP_SUBSETS);
    assert_int_equal(done, ++n_told);
}

/* The year's change of home's exports of goods in every world, as a plain run of the config plays it. */
static void plain_run(double *change_of)
{
    ent_config_t config;
    ent_benchmark_t fine;
    ent_model_t *model = NULL;
    ent_observed_t flow = {0};
    ent_monthly_t played;

    explain(&ctx, ent_config_read(&config, &fine, config_path, 1, settings, &ctx));
    explain(&ctx, ent_model_init(&model, &config, &fine, &ctx));
    assert_true(
        ent_observed_series(&flow, config.home, ent_config_region(&config, "USA"), -1, &config, &ctx) >= 0);
    explain(&ctx, ent_monthly_init(&played, &flow, &config, &ctx));
    explain(&ctx, ent_monthly_play(&played, &flow, &config, model, 0.0, 1, &ctx));
    for (int w = 0; w < WORLDS; w++) {
        double with = 0.0, without = 0.0;

        for (int t = FIRST_STEP; t < FIRST_STEP + MONTHS; t++) {
            with += played.level[ent_monthly_at(&played, 0, w, 0, t)];
            without += played.level[ent_monthly_at(&played, 1, w, 0, t)];
        }
        change_of[w] = 100.0 * (with / without - 1.0);
    }
    ent_monthly_free(&played);
    ent_observed_free(&flow);
    ent_model_free(model);
    ent_benchmark_free(&fine);
    ent_config_free(&config);
}

static void parts_add_up_to_the_plain_run(void **state)
{
    ent_gap_options_t options = options_with(1);
    ent_gap_t gap, other;
    double plain[WORLDS];

    (void)state;
    options.progress = tell;
    n_told = 0;
    explain(&ctx, ent_gap(&gap, &options, &ctx));
    assert_int_equal(n_told, ENT_N_GAP_SUBSETS);
    assert_int_equal(gap.n_worlds, WORLDS);
    assert_string_equal(gap.home, "KOR");
    assert_string_equal(gap.partner, "USA");
    assert_adds_up(&gap);
    assert_true(gap.fixed < 0.0);
    assert_true(gap.share[ENT_GAP_CONTRACTS] > 0.0); /* bound contracts cut exports later */
    assert_true(gap.share[ENT_GAP_EXEMPTIONS] > 0.0);
    assert_true(gap.share[ENT_GAP_PLANTS] != 0.0);

    /* all causes acting is the config as it is */
    plain_run(plain);
    assert_within(gap.engine, (plain[0] + plain[1]) / WORLDS, 1e-10);
    for (int w = 0; w < WORLDS; w++) {
        assert_true(gap.value[(size_t)w * ENT_N_GAP_SUBSETS + ENT_N_GAP_SUBSETS - 1] == plain[w]);
        for (unsigned subset = 0; subset < ENT_N_GAP_SUBSETS; subset++) {
            if (!ent_gap_acts(subset, ENT_GAP_STOCKS)) {
                const double *value = gap.value + (size_t)w * ENT_N_GAP_SUBSETS;
                assert_true(value[subset] == value[subset & ~(1u << ENT_GAP_WAITING)]);
            }
        }
    }

    /* names instead of defaults, two threads: the same bits */
    char *keep[] = {NULL};
    options.progress = NULL;
    options.with = "law";
    options.without = "none";
    options.partner = "USA";
    options.keep = keep;
    options.n_threads = 2;
    explain(&ctx, ent_gap(&other, &options, &ctx));
    assert_memory_equal(other.value, gap.value, WORLDS * ENT_N_GAP_SUBSETS * sizeof(double));
    ent_gap_free(&other);
    ent_gap_free(&gap);
}

/* A kept exemption is in the theory's answer; plants switched off, and stocks that cannot be run down or up,
 * have no share. */
static void what_cannot_act_has_no_share(void **state)
{
    char *keep[] = {"free"};
    ent_gap_options_t options = options_with(4);
    ent_gap_t gap, kept;

    (void)state;
    settings[1] = (ent_setting_t){"mechanisms", "{markups: true, captive: true}"};
    settings[2] = (ent_setting_t){"parameters.stockup_limit", "0"};
    settings[3] = (ent_setting_t){"parameters.stockdown_limit", "0"};
    explain(&ctx, ent_gap(&gap, &options, &ctx));
    assert_adds_up(&gap);
    assert_true(gap.share[ENT_GAP_PLANTS] == 0.0);
    assert_true(gap.share[ENT_GAP_WAITING] == 0.0);
    assert_true(gap.error[ENT_GAP_WAITING] == 0.0);
    assert_true(isfinite(gap.held)); /* the closure is partial */

    options.keep = keep;
    options.n_keep = 1;
    explain(&ctx, ent_gap(&kept, &options, &ctx));
    assert_adds_up(&kept);
    assert_true(kept.fixed > gap.fixed);
    assert_true(kept.engine == gap.engine);
    ent_gap_free(&kept);
    ent_gap_free(&gap);
}

/* Two scenarios under one regime differ in nothing, whichever cause acts; incomes follow, so nothing is held.
 */
static void the_same_regime_twice_is_no_change(void **state)
{
    ent_gap_options_t options = options_with(4);
    ent_gap_t gap;
    ent_table_t table;

    (void)state;
    settings[1] = (ent_setting_t){"closure", "general"};
    settings[2] = (ent_setting_t){"replications", "1"};
    settings[3] = (ent_setting_t){"scenarios", "[law, {name: again, regime: law}]"};
    options.without = "again";
    explain(&ctx, ent_gap(&gap, &options, &ctx));
    assert_true(gap.fixed == 0.0 && gap.worlds == 0.0 && gap.months == 0.0 && gap.rest == 0.0);
    assert_true(gap.engine == 0.0);
    for (int c = 0; c < ENT_N_GAP_CAUSES; c++) {
        assert_true(gap.share[c] == 0.0);
        assert_true(isnan(gap.error[c])); /* of one world */
    }
    assert_true(isnan(gap.held));
    ent_gap_table(&gap, &table);
    assert_int_equal(table.n_rows, ENT_N_GAP_CAUSES + 5);
    ent_table_free(&table);
    ent_gap_free(&gap);
}

/* Prints what it says of the parts. */
static void the_table_says_all_parts(void **state)
{
    const ent_gap_t gap = {.n_worlds = 2,
                           .fixed = -10.0,
                           .worlds = 1.0,
                           .months = 2.0,
                           .held = -8.5,
                           .rest = 0.25,
                           .rest_error = 0.125,
                           .engine = -6.75,
                           .engine_error = 0.5,
                           .home = "KOR",
                           .partner = "USA"};
    char *text = NULL;
    size_t size = 0;
    ent_table_t table;

    (void)state;
    ent_gap_table(&gap, &table);
    FILE *stream = open_memstream(&text, &size);
    explain(&ctx, ent_tables_write(&table, 1, ENT_FORMAT_TEXT, stream, &ctx));
    fclose(stream);
    assert_non_null(strstr(text, "Exports of goods from KOR to USA"));
    assert_non_null(strstr(text, "-10.00"));
    assert_non_null(strstr(text, "-6.75"));
    assert_non_null(strstr(text, "theory says -8.50 instead of -9.00"));
    free(text);
    ent_table_free(&table);
}

static void wrong_names_are_told(void **state)
{
    static char *unknown[] = {"fee"};
    static char *no_exemption[] = {"duty"};
    static const struct {
        const char *with, *without, *partner;
        char **keep;
        int from, n_months, code;
        const char *words, *nearest;
    } cases[] = {
        {"lay", NULL, NULL, NULL, FROM, 3, ENT_ERR_USAGE, "no such scenario", "law"},
        {NULL, "non", NULL, NULL, FROM, 3, ENT_ERR_USAGE, "no such scenario", "none"},
        {"none", NULL, NULL, NULL, FROM, 3, ENT_ERR_CONFIG, "needs two scenarios", NULL},
        {NULL, NULL, "USB", NULL, FROM, 3, ENT_ERR_USAGE, "must be a foreign region", "USA"},
        {NULL, NULL, "KOR", NULL, FROM, 3, ENT_ERR_USAGE, "must be a foreign region", "KOR"},
        {NULL, NULL, NULL, unknown, FROM, 3, ENT_ERR_USAGE, "no such exemption", NULL},
        {NULL, NULL, NULL, no_exemption, FROM, 3, ENT_ERR_USAGE, "no such exemption", NULL},
        {NULL, NULL, NULL, NULL, FROM - 2, 3, ENT_ERR_CONFIG, "does not play all the months", NULL},
        {NULL, NULL, NULL, NULL, FROM, 5, ENT_ERR_CONFIG, "does not play all the months", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ent_gap_options_t options = options_with(1);
        ent_gap_t gap;

        options.with = cases[i].with;
        options.without = cases[i].without;
        options.partner = cases[i].partner;
        options.keep = cases[i].keep;
        options.n_keep = cases[i].keep != NULL;
        options.from = cases[i].from;
        options.n_months = cases[i].n_months;
        assert_int_equal(ent_gap(&gap, &options, &ctx), cases[i].code);
        assert_non_null(strstr(ctx.faults[0].rule, cases[i].words));
        if (cases[i].nearest != NULL) {
            assert_string_equal(ctx.faults[0].nearest, cases[i].nearest);
        }
        ent_gap_free(&gap);
        ent_context_clear(&ctx);
    }
}

/* Flows of home that are not recorded: no partner can be guessed, and none can be played. */
static void flows_must_be_recorded(void **state)
{
    ent_gap_options_t options = options_with(2);
    ent_gap_t gap;

    (void)state;
    settings[1] = (ent_setting_t){"record", "{flows: {origins: [JPN]}}"};
    options.partner = "USA"; /* whose imports from KOR are not among these */
    assert_int_equal(ent_gap(&gap, &options, &ctx), ENT_ERR_CONFIG);
    assert_non_null(strstr(ctx.faults[0].rule, "must hold the flow KOR-USA"));
    options.partner = NULL;
    ent_gap_free(&gap);
    ent_context_clear(&ctx);
    settings[1] = (ent_setting_t){"record", "{flows: {origins: [JPN]}}"};
    assert_int_equal(ent_gap(&gap, &options, &ctx), ENT_ERR_USAGE);
    assert_non_null(strstr(ctx.faults[0].rule, "no flow from"));
    ent_gap_free(&gap);
    ent_context_clear(&ctx);
    settings[1] = (ent_setting_t){"steps_per_year", "6"};
    assert_true(ent_gap(&gap, &options, &ctx) != ENT_OK);
    ent_gap_free(&gap);
    ent_context_clear(&ctx);
    options.config = "no-such-config.yaml";
    assert_int_equal(ent_gap(&gap, &options, &ctx), ENT_ERR_NO_INPUT);
    ent_gap_free(&gap);
}

/* ---- the static side ---- */

typedef struct {
    ent_config_t config;
    ent_benchmark_t fine;
    ent_model_t *model;
    ent_gap_theory_t theory;
    unsigned char goods[MOST_SECTORS];
    ent_gap_year_t year;
} case_t;

/* A subset with the config's own parameters: no draw. */
static void case_init(case_t *c, unsigned subset)
{
    const ent_gap_options_t options = options_with(2);

    *c = (case_t){0};
    settings[1] = (ent_setting_t){"uncertainty.parameters", "[]"};
    explain(&ctx, ent_gap_read(&options, subset, &c->config, &c->fine, &ctx));
    for (int s = 0; s < c->config.n_sector; s++) {
        c->goods[s] = strcmp(c->config.sector[s], "services") != 0;
    }
    c->config.n_steps = FIRST_STEP + MONTHS;
    c->year = (ent_gap_year_t){.origin = c->config.home,
                               .destination = ent_config_region(&c->config, "USA"),
                               .goods = c->goods,
                               .first_step = FIRST_STEP,
                               .n_months = MONTHS,
                               .regime = {c->config.scenarios[0].regime, c->config.scenarios[1].regime}};
    explain(&ctx, ent_gap_theory_init(&c->theory, &c->config, &c->fine, &c->year, &ctx));
    if (!ent_gap_acts(subset, ENT_GAP_INCOMES)) {
        explain(&ctx, ent_gap_theory_give(&c->theory, &c->config, &ctx));
    }
    explain(&ctx, ent_model_init(&c->model, &c->config, &c->fine, &ctx));
}

static void case_free(case_t *c)
{
    ent_model_free(c->model);
    ent_gap_theory_free(&c->theory);
    ent_benchmark_free(&c->fine);
    ent_config_free(&c->config);
}

static double change(const double exports[2])
{
    return 100.0 * (exports[0] / exports[1] - 1.0);
}

static double reckon(case_t *c, int monthly)
{
    double exports[2];

    explain(&ctx, ent_gap_theory_world(&c->theory, c->model, 0, monthly, exports, &ctx));
    return change(exports);
}

/* The theory's spending and costs, put back into the logit, are the theory's flows. 1e-4 points: paths are
 * floats in the engine, 6e-8 of logs that the elasticity raises. */
static void given_incomes_are_the_theorys(void **state)
{
    case_t c;

    (void)state;
    case_init(&c, 0u);
    assert_true(change(c.theory.exports) < -1.0);
    assert_within(reckon(&c, 0), change(c.theory.exports), 1e-4);
    case_free(&c);
}

/* The year by hand: spending held, the logit over landed costs at every month's mean rate. The rate of March
 * is 0.2 for all its days: the exemption is taken out. */
static void choice_at_once_is_the_logit(void **state)
{
    case_t c;
    double sum[2] = {0.0, 0.0};

    (void)state;
    case_init(&c, 1u << ENT_GAP_INCOMES);
    const ent_benchmark_t *b = ent_model_benchmark(c.model);

    for (int s = 0; s < c.config.n_sector; s++) {
        const double theta = c.config.sector_parameters[s].trade_elasticity;
        const size_t own = ent_cell(b, s, c.year.origin, c.year.destination);

        for (int t = FIRST_STEP; c.goods[s] && t < FIRST_STEP + MONTHS; t++) {
            const double rate = b->tariff[own] + (t >= 2 ? 0.2 : 0.0);
            double rest = 0.0;

            for (int o = 0; o < c.config.n_region; o++) {
                const size_t cell = ent_cell(b, s, o, c.year.destination);
                rest += o == c.year.origin
                            ? 0.0
                            : b->flow[cell] * (1.0 + b->freight[cell]) * (1.0 + b->tariff[cell]);
            }
            const double before = b->flow[own] * (1.0 + b->freight[own]) * (1.0 + b->tariff[own]);
            const double now = before * pow((1.0 + rate) / (1.0 + b->tariff[own]), -theta);

            sum[1] += b->flow[own];
            sum[0] += (rest + before) * now / (rest + now) / (1.0 + rate) / (1.0 + b->freight[own]);
        }
    }
    assert_within(reckon(&c, 0), change(sum), 1e-4);
    /* suppliers chosen for the next month serve later than those chosen at once: exports fall by less */
    assert_true(reckon(&c, 1) > reckon(&c, 0));
    case_free(&c);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(parts_add_up_to_the_plain_run),
        CASE(what_cannot_act_has_no_share),
        CASE(the_same_regime_twice_is_no_change),
        CASE(the_table_says_all_parts),
        CASE(wrong_names_are_told),
        CASE(flows_must_be_recorded),
        CASE(given_incomes_are_the_theorys),
        CASE(choice_at_once_is_the_logit),
    };
    return cmocka_run_group_tests_name("gap", tests, NULL, NULL);
}
