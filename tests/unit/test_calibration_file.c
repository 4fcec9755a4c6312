/* Targets files and posterior files: what is read of them, every rule that a targets file can break, moments
 * bound to a config, and a small calibration from its file to worlds that play its particles. */
#include "ent_test.h"
#include "words.h"

#include "evidence/calibration.h"

#include <hdf5.h>
#include <stdlib.h>
#include <string.h>

static ent_context_t ctx;
static char folder[64], path[96], config_path[96], posterior_path[96], benchmark_path[4096];
static ent_setting_t settings[2];

static const char config_text[] =
    "name: calibrated\n"
    "start: 2025-01-01\n"
    "steps: 14\n"
    "burn_in: 1\n"
    "replications: 3\n"
    "repeats: 0\n"
    "slots: 300\n"
    "home: KOR\n"
    "regions: {KOR: [KOR], USA: [USA], ROW: rest}\n"
    "sectors: {services: [SERVICES], goods: rest}\n"
    "sector_parameters: {services: {stocked: 0, shipping_lag: 0, target_stock: 0, stockup_limit: 0,\n"
    "  stockdown_limit: 0}}\n"
    "regimes:\n"
    "  law: {measures: [{id: duty, importer: USA, partners: [KOR], sectors: [goods], rate: 0.1,\n"
    "    announced: 2025-02-01, effective: 2025-03-01}]}\n"
    "  none: {}\n"
    "scenarios: [law, none]\n"
    "uncertainty: {parameters: [{name: theta, parameter: trade_elasticity, sectors: [goods], scale: true,\n"
    "  distribution: {kind: uniform, low: 0.8, high: 1.2}}]}\n";

#define PARAMETERS                                                                                           \
    "parameters: [{name: theta, path: 'uncertainty.parameters[theta].distribution', "                        \
    "distribution: {kind: uniform, low: 0.5, high: 1.5}}]\n"
#define NAME "calibration: c\n"
#define MOMENT(rest) "moments: [{name: m, source: s, value: 1, error: 0.1, " rest "}]\n"
#define GROWTH MOMENT("kind: growth, flow: KOR-USA, month: 2026-01")

static int setup(void **state)
{
    (void)state;
    ent_context_init(&ctx);
    make_folder(folder);
    snprintf(path, sizeof path, "%s/targets.yaml", folder);
    snprintf(config_path, sizeof config_path, "%s/config.yaml", folder);
    snprintf(posterior_path, sizeof posterior_path, "%s/posterior.h5", folder);
    assert_non_null(realpath("tests/fuzz/data/small.h5", benchmark_path));
    settings[0] = (ent_setting_t){"benchmark", benchmark_path};
    return 0;
}

static int teardown(void **state)
{

    (void)state;
    remove_folder(folder);
    ent_context_free(&ctx);
    return 0;
}

static const char whole[] = NAME PARAMETERS
    "population: 20\ngenerations: 3\nbatch: 4\nmost_attempts: 99\nseed: 7\nquantile: 0.4\ntolerance: 0.5\n"
    "adjust: true\nreplications: 2\nset: {slots: 400, mechanisms: {entry: true}}\n"
    "plays: [{name: early, config: early.yaml, replications: 3, set: {steps: 5}}, {name: late}]\n"
    "moments:\n"
    "  - {name: growth, kind: growth, flow: KOR-USA, from: 2026-01, to: 2026-02, value: -5, error: 2, "
    "source: "
    "a}\n"
    "  - {name: index, kind: index, flow: WLD-USA, month: 2025-06, base_from: 2025-01, base_to: 2025-02,\n"
    "     sectors: [goods], value: 90, error: 2, source: b, play: late, scenario: law, base: none}\n"
    "  - {name: share, kind: top_share, month: 2025-06, top: 100, value: 60, error: 2, source: c, play: "
    "early}\n";

static void all_of_it_is_read(void **state)
{
    ent_calibration_t c;

    (void)state;
    put(path, whole);
    explain(&ctx, ent_calibration_read(&c, path, &ctx));
    assert_string_equal(c.name, "c");
    assert_int_equal(c.population, 20);
    assert_int_equal(c.generations, 3);
    assert_int_equal(c.batch, 4);
    assert_int_equal(c.most_attempts, 99);
    assert_int_equal(c.seed, 7);
    assert_true(c.quantile == 0.4 && c.tolerance == 0.5);
    assert_int_equal(c.adjust, 1);
    assert_int_equal(c.n_plays, 3);
    assert_string_equal(c.plays[0].name, "main");
    assert_null(c.plays[0].config);
    assert_int_equal(c.plays[0].replications, 2);
    assert_int_equal(c.plays[0].n_set, 2);
    assert_non_null(strstr(c.plays[0].set[1].value, "entry"));
    assert_non_null(strstr(c.plays[1].config, folder)); /* beside the targets */
    assert_int_equal(c.plays[1].replications, 3);
    assert_int_equal(c.plays[2].replications, 1);
    assert_int_equal(c.n_moments, 3);
    assert_int_equal(c.moments[0].months.from, 12 * 2026);
    assert_int_equal(c.moments[0].months.to, 12 * 2026 + 1);
    assert_string_equal(c.moments[0].origin, "KOR");
    assert_null(c.moments[1].origin); /* WLD */
    assert_string_equal(c.moments[1].destination, "USA");
    assert_int_equal(c.moments[1].months.from, c.moments[1].months.to);
    assert_int_equal(c.moments[1].base_months.to, 12 * 2025 + 1);
    assert_int_equal(c.moments[1].n_sectors, 1);
    assert_int_equal(c.moments[0].top, 10);
    assert_int_equal(c.moments[2].top, 100);

    /* its canonical text reads back to itself */
    ent_calibration_t again;
    put(path, c.text);
    explain(&ctx, ent_calibration_read(&again, path, &ctx));
    assert_string_equal(again.text, c.text);
    ent_calibration_free(&again);
    ent_calibration_free(&c);

    put(path, NAME PARAMETERS GROWTH "plays: [{name: a, config: /b.yaml}]\n");
    explain(&ctx, ent_calibration_read(&c, path, &ctx));
    assert_string_equal(c.plays[1].config, "/b.yaml");
    assert_int_equal(c.population, 100); /* defaults */
    ent_calibration_free(&c);
}

/* Every rule of a targets file, broken alone. */
static void broken_rules_are_told(void **state)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {PARAMETERS GROWTH, "a calibration has a name"},
        {"calibration: 'no good'\n" PARAMETERS GROWTH, "a name has at most"},
        {NAME GROWTH, "parameters"},
        {NAME "parameters: []\n" GROWTH, "missing: at least one"},
        {NAME "parameters: 5\n" GROWTH, "a list is wanted here"},
        {NAME "parameters: [5]\n" GROWTH, "a map of keys"},
        {NAME "parameters: [{name: t, distribution: {kind: uniform, low: 0, high: 1}}]\n" GROWTH,
         "either `path` or `paths`"},
        {NAME PARAMETERS, "moments"},
        {NAME PARAMETERS "moments: [5]\n", "a map of keys"},
        {NAME PARAMETERS GROWTH "population: 5\n", "between 10"},
        {NAME PARAMETERS GROWTH "generations: 0\n", "between 1"},
        {NAME PARAMETERS GROWTH "quantile: 1\n", "between 0.05"},
        {NAME PARAMETERS GROWTH "adjust: maybe\n", "true or false"},
        {NAME PARAMETERS GROWTH "sead: 1\n", "seed"},
        {NAME PARAMETERS GROWTH "set: 5\n", "a map of keys"},
        {NAME PARAMETERS GROWTH "plays: 5\n", "a list is wanted here"},
        {NAME PARAMETERS GROWTH "plays: [5]\n", "a map of keys"},
        {NAME PARAMETERS GROWTH "plays: [{config: a}]\n", "a play has a name"},
        {NAME PARAMETERS GROWTH "plays: [{name: a, config: [b]}]\n", "a text is wanted here"},
        {NAME PARAMETERS GROWTH "plays: [{name: a, replications: 0}]\n", "between 1"},
        {NAME PARAMETERS GROWTH "plays: [{name: a, sets: {}}]\n", "no such key here"},
        {NAME PARAMETERS
         "moments: [{kind: growth, flow: A-B, month: 2025-01, value: 1, error: 1, source: s}]\n",
         "a moment has a name"},
        {NAME PARAMETERS "moments: [{name: m, value: 1, error: 1, source: s}]\n", "what is computed"},
        {NAME PARAMETERS MOMENT("kind: grow, flow: A-B, month: 2025-01"), "growth"},
        {NAME PARAMETERS MOMENT("kind: growth, month: 2025-01"), "ORIGIN-DESTINATION of the config's"},
        {NAME PARAMETERS MOMENT("kind: growth, flow: [A], month: 2025-01"), "a text is wanted here"},
        {NAME PARAMETERS MOMENT("kind: growth, flow: AB, month: 2025-01"), "with WLD for all origins"},
        {NAME PARAMETERS MOMENT("kind: growth, flow: '-B', month: 2025-01"), "with WLD for all origins"},
        {NAME PARAMETERS MOMENT("kind: growth, flow: A-, month: 2025-01"), "with WLD for all origins"},
        {NAME PARAMETERS MOMENT("kind: growth, flow: A-B"), "`month`, or `from` and `to`"},
        {NAME PARAMETERS MOMENT("kind: growth, flow: A-B, month: may"), "a month, such as 2025-06"},
        {NAME PARAMETERS MOMENT("kind: growth, flow: A-B, month: [5]"), "a text is wanted here"},
        {NAME PARAMETERS MOMENT("kind: growth, flow: A-B, from: 2025-05, to: 2025-04"), "not before `from`"},
        {NAME PARAMETERS MOMENT("kind: index, flow: A-B, month: 2025-05"), "`base_month`, or `base_from`"},
        {NAME PARAMETERS MOMENT("kind: exporters, month: 2025-05"), "`base_month`, or `base_from`"},
        {NAME PARAMETERS MOMENT("kind: exporter_survival, month: 2025-05"), "`base_month`, or `base_from`"},
        {NAME PARAMETERS MOMENT("kind: border_pass_through, flow: WLD-B, month: 2025-05"),
         "that of one origin"},
        {NAME PARAMETERS MOMENT("kind: growth, flow: A-B, month: 2025-01, sectors: 5"), "a list is wanted"},
        {NAME PARAMETERS MOMENT("kind: growth, flow: A-B, month: 2025-01, sectors: [[5]]"),
         "a text is wanted"},
        {NAME PARAMETERS MOMENT("kind: top_share, month: 2025-01, top: 11"), "10 or 100"},
        {NAME PARAMETERS MOMENT("kind: growth, flow: A-B, month: 2025-01, play: mian"), "no such play"},
        {NAME PARAMETERS MOMENT("kind: growth, flow: A-B, month: 2025-01, plays: a"), "no such key here"},
        {NAME PARAMETERS "moments: [{name: m, kind: growth, flow: A-B, month: 2025-01, error: 1}]\n",
         "where the value comes from"},
        {NAME PARAMETERS
         "moments: [{name: m, kind: growth, flow: A-B, month: 2025-01, error: 1, source: s}]\n",
         "the target"},
        {NAME PARAMETERS
         "moments: [{name: m, kind: growth, flow: A-B, month: 2025-01, value: 1, source: s}]\n",
         "the standard error of the target"},
        {NAME PARAMETERS "moments: [{name: m, kind: growth, flow: A-B, month: 2025-01, value: 1, error: 0, "
                         "source: s}]\n",
         "between 1e-09"},
        {NAME PARAMETERS
         "moments: [{name: m, kind: top_share, month: 2025-01, value: 1, error: 1, source: s},"
         " {name: m, kind: top_share, month: 2025-01, value: 1, error: 1, source: s}]\n",
         "a name is used once"},
        {"a: [\n", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ent_calibration_t c;

        put(path, cases[i].text);
        const int code = ent_calibration_read(&c, path, &ctx);
        if (code != ENT_ERR_CONFIG || !told(&ctx, cases[i].words)) {
            ent_context_print(&ctx, stderr);
            fail_msg("%s\ncode %d, not told: %s", cases[i].text, code, cases[i].words);
        }
        ent_calibration_free(&c);
        ent_context_clear(&ctx);
    }
    ent_calibration_t c;
    unlink(path);
    assert_int_equal(ent_calibration_read(&c, path, &ctx), ENT_ERR_NO_INPUT);
    ent_calibration_free(&c);
}

static void too_many_settings_are_told(void **state)
{
    char text[4096];
    size_t at = (size_t)snprintf(text, sizeof text, "%s", NAME PARAMETERS GROWTH "set: {");
    ent_calibration_t c;

    (void)state;
    for (int i = 0; i < 101; i++) {
        at += (size_t)snprintf(text + at, sizeof text - at, "s%d: 1, ", i);
    }
    snprintf(text + at, sizeof text - at, "t: 1}\n");
    put(path, text);
    assert_int_equal(ent_calibration_read(&c, path, &ctx), ENT_ERR_CONFIG);
    assert_true(told(&ctx, "at most 100 settings"));
    ent_calibration_free(&c);
}

/* What a config does not have, told when the moments meet it. */
static void moments_meet_their_config(void **state)
{
    static const struct {
        const char *moment, *setting, *words;
    } cases[] = {
        {MOMENT("kind: index, flow: KOR-USB, month: 2025-05, base_month: 2025-01"), NULL, "USA"},
        {MOMENT("kind: index, flow: KOREA-USA, month: 2025-05, base_month: 2025-01"), NULL,
         "none of the config's"},
        {MOMENT("kind: index, flow: USA-ROW, month: 2025-05, base_month: 2025-01"), NULL, "config records"},
        {MOMENT("kind: elasticity, flow: WLD-USA, month: 2025-05"), NULL, "that of one origin"},
        {MOMENT("kind: index, flow: KOR-USA, month: 2025-05, base_month: 2024-01"), NULL,
         "among the months played"},
        {MOMENT("kind: index, flow: KOR-USA, month: 2027-05, base_month: 2025-01"), NULL,
         "among the months played"},
        {MOMENT("kind: growth, flow: KOR-USA, month: 2025-05"), NULL, "the year before is not"},
        {MOMENT("kind: elasticity, flow: KOR-USA, month: 2025-05, scenario: lay"), NULL, "law"},
        {MOMENT("kind: elasticity, flow: KOR-USA, month: 2025-05, base: non"), NULL, "none"},
        {MOMENT("kind: elasticity, flow: KOR-USA, month: 2025-05, sectors: [good]"), NULL, "goods"},
        {MOMENT("kind: elasticity, flow: KOR-USA, month: 2025-05"), "6", "moments are monthly"},
        {MOMENT("kind: elasticity, flow: KOR-USA, month: 2025-05"), "twelve", "number"},
    };

    (void)state;
    put(config_path, config_text);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ent_calibrate_t c;
        char text[1024];

        snprintf(text, sizeof text, "%s%s", NAME PARAMETERS, cases[i].moment);
        put(path, text);
        settings[1] = (ent_setting_t){"steps_per_year", cases[i].setting};
        const int code =
            ent_calibrate_init(&c, config_path, path, cases[i].setting != NULL ? 2 : 1, settings, &ctx);
        if (code != ENT_ERR_CONFIG || !told(&ctx, cases[i].words)) {
            ent_context_print(&ctx, stderr);
            fail_msg("%s\ncode %d, not told: %s", cases[i].moment, code, cases[i].words);
        }
        ent_calibrate_free(&c);
        ent_context_clear(&ctx);
    }
}

/* ---- a small calibration ---- */

static const char targets[] = NAME PARAMETERS
    "population: 10\ngenerations: 2\nbatch: 5\nreplications: 1\nset: {steps: 5}\n"
    "plays: [{name: other, set: {steps: 4, slots: 250}}]\n"
    "moments:\n"
    "  - {name: change, kind: elasticity, flow: KOR-USA, from: 2025-04, to: 2025-05, value: -1, error: 1,\n"
    "     source: none}\n"
    "  - {name: ahead, kind: front_loading, flow: KOR-USA, month: 2025-02, value: 5, error: 50, source: "
    "none,\n"
    "     play: other}\n";

static void calibrate(ent_calibrate_t *c)
{
    ent_abc_options_t options;

    put(config_path, config_text);
    put(path, targets);
    explain(&ctx, ent_calibrate_init(c, config_path, path, 1, settings, &ctx));
    assert_int_equal(c->play[0], 0);
    assert_int_equal(c->play[1], 1);
    ent_calibrate_options(c, &options);
    options.n_threads = 1;
    explain(&ctx, ent_abc_run(&c->population, &options, &ctx));
    assert_int_equal(c->population.n_particles, 10);
}

static void a_posterior_is_played_by_worlds(void **state)
{
    ent_calibrate_t c, same;
    ent_posterior_t posterior;
    ent_table_t tables[ENT_CALIBRATION_TABLES];
    ent_config_t config;
    ent_benchmark_t fine;

    (void)state;
    calibrate(&c);
    explain(&ctx, ent_posterior_write(&c, posterior_path, 0, &ctx));
    assert_int_equal(ent_posterior_write(&c, posterior_path, 0, &ctx), ENT_ERR_CANT_CREATE);
    ent_context_clear(&ctx);
    explain(&ctx, ent_posterior_read(&posterior, posterior_path, &ctx));
    assert_int_equal(posterior.n_particles, 10);
    assert_int_equal(posterior.n_parameters, 1);
    assert_string_equal(posterior.name[0], "theta");
    for (int i = 0; i < 10; i++) {
        assert_true(posterior.place[i] == c.population.u[i]);
        assert_close(posterior.value[i], 0.5 + posterior.place[i], 1e-12); /* of a uniform prior */
        assert_true(posterior.weight[i] == c.population.weight[i]);
    }

    /* the sample as a population again */
    ent_abc_options_t options;
    explain(&ctx, ent_calibrate_init(&same, config_path, path, 1, settings, &ctx));
    ent_calibrate_options(&same, &options);
    explain(&ctx, ent_posterior_population(&posterior, posterior_path, &options, &same, &ctx));
    assert_memory_equal(same.population.u, c.population.u, 10 * sizeof(double));
    explain(&ctx, ent_calibration_tables(&same, tables, &ctx));
    for (int t = 0; t < ENT_CALIBRATION_TABLES; t++) {
        ent_table_free(&tables[t]);
    }
    posterior.name[0][0] = 'z';
    assert_int_equal(ent_posterior_population(&posterior, posterior_path, &options, &same, &ctx),
                     ENT_ERR_CONFIG);
    assert_true(told(&ctx, "has other parameters"));
    ent_context_clear(&ctx);
    ent_calibrate_free(&same);

    explain(&ctx, ent_calibration_tables(&c, tables, &ctx));
    assert_int_equal(tables[0].n_rows, c.population.n_generations);
    assert_int_equal(tables[1].n_rows, 1);
    assert_int_equal(tables[2].n_rows, 2);
    for (int t = 0; t < ENT_CALIBRATION_TABLES; t++) {
        ent_table_free(&tables[t]);
    }

    /* worlds draw what their particles have */
    explain(&ctx, ent_posterior_config(&config, &fine, config_path, posterior_path, 1, settings, &ctx));
    assert_int_equal(config.draws[0].distribution.kind, ENT_DIST_BY_WORLD);
    assert_int_equal(config.draws[0].distribution.n, 3);
    for (int w = 0; w < 3; w++) {
        int found = 0;
        for (int i = 0; i < 10; i++) {
            found |= config.draws[0].distribution.values[w] == posterior.value[i];
        }
        assert_true(found);
    }
    ent_config_free(&config);
    ent_benchmark_free(&fine);
    ent_posterior_free(&posterior);
    ent_calibrate_free(&c);
}

/* Paths and values that worlds cannot differ in. */
static void what_worlds_cannot_play_is_told(void **state)
{
    static const struct {
        const char *path;
        double value;
        int code;
    } cases[] = {
        {"uncertainty.parameters[a].distribution", 1.0, ENT_OK},
        {"uncertainty.shocks[a].log_change", 1.0, ENT_OK},
        {"uncertainty.parameters[a].distribution\nseed", 1.0, ENT_ERR_CONFIG},
        {"parameters.trade_elasticity", 1.0, ENT_ERR_CONFIG},
        {"uncertainty.parameters[a].name", 1.0, ENT_ERR_CONFIG},
        {"].distribution", 1.0, ENT_ERR_CONFIG},
        {"uncertainty.parameters[a].distribution", (double)NAN, ENT_ERR_CONFIG},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char name[] = "a", text[64], *names[] = {name}, *paths[] = {text};
        double weight[] = {0.25, 0.75}, value[] = {1.0, cases[i].value};
        const ent_posterior_t posterior = {.n_particles = 2,
                                           .n_parameters = 1,
                                           .name = names,
                                           .path = paths,
                                           .value = value,
                                           .place = value,
                                           .weight = weight};
        ent_setting_t *made;
        int n;

        snprintf(text, sizeof text, "%s", cases[i].path);
        assert_int_equal(ent_posterior_settings(&posterior, "p.h5", 4, 1, &made, &n, &ctx), cases[i].code);
        assert_int_equal(n, cases[i].code == ENT_OK);
        assert_true((ctx.n_faults > 0) == (cases[i].code != ENT_OK));
        ent_posterior_settings_free(made, n);
        ent_context_clear(&ctx);
    }
    /* by weight: of four worlds one takes the first particle, three the second */
    const double weight[] = {0.25, 0.75};
    int particle[4];
    ent_posterior_resample(weight, 2, 1, 4, particle);
    assert_int_equal(particle[0], 0);
    assert_int_equal(particle[1] + particle[2] + particle[3], 3);
}

/* Sealed, but not what a posterior is. */
static void broken_posteriors_are_told(void **state)
{
    static const char *const missing[] = {"value", "parameter", "parameter_path", "place", "weight"};
    ent_posterior_t posterior;
    ent_calibrate_t c;

    (void)state;
    assert_int_equal(ent_posterior_read(&posterior, posterior_path, &ctx), ENT_ERR_NO_INPUT);
    ent_posterior_free(&posterior);
    ent_context_clear(&ctx);
    calibrate(&c);
    for (size_t i = 0; i < 5; i++) {
        explain(&ctx, ent_posterior_write(&c, posterior_path, 1, &ctx));
        const hid_t file = H5Fopen(posterior_path, H5F_ACC_RDWR, H5P_DEFAULT);
        assert_true(file >= 0 && H5Ldelete(file, missing[i], H5P_DEFAULT) >= 0);
        assert_true(H5Fclose(file) >= 0);
        seal_again(posterior_path);
        assert_int_equal(ent_posterior_read(&posterior, posterior_path, &ctx), ENT_ERR_DATA);
        assert_true(told(&ctx, "not those of a posterior"));
        ent_posterior_free(&posterior);
        ent_context_clear(&ctx);
    }
    c.population.weight[3] = -0.1;
    explain(&ctx, ent_posterior_write(&c, posterior_path, 1, &ctx));
    assert_int_equal(ent_posterior_read(&posterior, posterior_path, &ctx), ENT_ERR_DATA);
    ent_posterior_free(&posterior);
    ent_calibrate_free(&c);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(all_of_it_is_read),
        CASE(broken_rules_are_told),
        CASE(too_many_settings_are_told),
        CASE(moments_meet_their_config),
        CASE(a_posterior_is_played_by_worlds),
        CASE(what_worlds_cannot_play_is_told),
        CASE(broken_posteriors_are_told),
    };
    return cmocka_run_group_tests_name("calibration file", tests, NULL, NULL);
}
