/* Every call of memory, HDF5 and files that reading and writing make fails in turn: what a user is owed then
 * is a known code, words, no half of a file and nothing left open. */
#include "ent_test.h"

#include "failing.h"
#include "fixture_run.h"
#include "io/results_file.h"

#include <entrepot/checkpoint.h>

#include <dirent.h>

static ent_context_t ctx;

static int setup(void **state)
{
    static fixture_run_t run;
    static ent_measure_t measures[2];
    static double rates[2][FIX_REGIONS] = {{0.1, NAN, NAN}, {0.2, NAN, 0.1}};
    static double coverage[FIX_SECTORS] = {1.0, 0.5};
    static char *ids[2] = {"law", "other"};
    static ent_regime_t regimes[2];
    static ent_sector_parameters_t sectors[FIX_SECTORS];
    static unsigned char neighbours[FIX_REGIONS * FIX_REGIONS];
    static int common[2] = {0, 1};
    ent_context_init(&ctx);
    fixture_run_init(&run);
    ent_config_t *config = &run.config;
    config->n_steps = 2;
    config->n_worlds = config->n_repeats = 1;
    for (int m = 0; m < 2; m++) {
        measures[m] = (ent_measure_t){.id = ids[m],
                                      .legal = m == 0 ? "a law" : NULL,
                                      .importer = 1,
                                      .rate = rates[m],
                                      .coverage = coverage,
                                      .announced = ent_day_of(2025, 1, 1),
                                      .effective = ent_day_of(2025, 1, 10),
                                      .end = ENT_DAY_NEVER,
                                      .end_announced = ENT_DAY_NEVER,
                                      .retroactive_to = ENT_DAY_NEVER,
                                      .anticipated_from = ENT_DAY_NEVER};
    }
    config->n_measures = config->n_common = 2;
    config->measures = measures;
    config->common = common;
    config->n_regimes = 2;
    config->regimes = regimes;
    config->sector_parameters = sectors;
    config->neighbour = neighbours;
    ent_global_parameters_default(&config->global);
    for (int s = 0; s < FIX_SECTORS; s++) {
        ent_sector_parameters_default(&sectors[s]);
    }
    config->negotiation = (ent_negotiation_t){.given = 1, .side = {0, 1}, .deadline = ENT_DAY_NEVER};
    config->decomposition = "no-deal|deal|deal";
    *state = &run;
    return 0;
}

static int teardown(void **state)
{
    fixture_run_free(*state);
    ent_context_free(&ctx);
    return 0;
}

static int files_in(const char *folder)
{
    int n = 0;
    DIR *stream = opendir(folder);
    assert_non_null(stream);
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        n += entry->d_name[0] != '.';
    }
    closedir(stream);
    return n;
}

/* ---- results ---- */

static int fill_results(const fixture_run_t *run, ent_results_t *results, ent_context_t *own)
{
    ent_trajectory_t trajectory;
    const double draws[2] = {0.5, -1.0};
    int code = ent_trajectory_init(&trajectory, &run->config, own);
    for (int i = 0; i < 4 && code == 0; i++) {
        fix_fill(&trajectory, &run->config, i % 2, i / 2);
        trajectory.agreement = (ent_agreement_t){ent_day_of(2025, 2, 1), {0.25, 0.75}, 0.0};
        code = ent_results_write(results, i % 2, i / 2, &trajectory, draws, own);
    }
    ent_trajectory_free(&trajectory);
    return code;
}

/* All of a results file, as its readers take it. */
static int read_results(void *data, ent_context_t *own)
{
    const fixture_run_t *run = data;
    ent_results_file_t file;
    char *text = NULL, **strings = NULL;
    int n = 0;
    float values[FIX_STEPS * FIX_SECTORS * 16];
    int code = ent_results_file_open(&file, run->path, own);
    if (code != 0) {
        return code;
    }
    for (int f = 0; f < ENT_N_FIELDS && code == 0; f++) {
        if (ent_results_file_has(&file, (ent_field_id_t)f)) {
            code = ent_results_file_read(&file, (ent_field_id_t)f, 1, 1, values, own);
            if (code == 0) {
                assert_true(values[0] == fix_value(f, 1, 1, 0, 0));
            }
        }
    }
    const char *const names[] = {"config", "benchmark_sha256"};
    for (int i = 0; i < 2 && code == 0; i++) {
        code = ent_results_file_provenance(&file, names[i], &text, own);
        free(text);
        text = NULL;
    }
    code = code != 0 ? code : ent_results_file_units(&file, "benchmark_exports", &text, own);
    free(text);
    code = code != 0 ? code : ent_results_file_strings(&file, "law", &n, &strings, own);
    if (code == 0 && n > 0) {
        assert_string_equal(strings[0], "benchmark");
    }
    for (int i = 0; strings != NULL && i < n; i++) {
        free(strings[i]);
    }
    free(strings);
    ent_results_file_close(&file);
    return code;
}

static int write_results(void *data, ent_context_t *own)
{
    const fixture_run_t *run = data;
    ent_results_t *results = NULL;
    int code = ent_results_create(&results, run->path, 1, &run->config, &run->benchmark, own);
    code = code != 0 ? code : fill_results(run, results, own);
    if (code != 0) {
        ent_results_abandon(results);
    } else {
        code = ent_results_finish(results, 1.5, 0, own);
    }
    (void)failing_disarm();
    if (code == 0) {
        assert_int_equal(read_results(data, own), 0);
    }
    unlink(run->path);
    assert_int_equal(files_in(run->folder), 0);
    return code;
}

static void results_are_written_whole_or_not_at_all(void **state)
{
    assert_true(failing_each(FAILING_MEMORY, write_results, *state) > 20);
    assert_true(failing_each(FAILING_HDF5, write_results, *state) > 100);
    assert_true(failing_each(FAILING_FILES, write_results, *state) > 8);
}

static void results_are_read_whole_or_not_at_all(void **state)
{
    const fixture_run_t *run = *state;
    ent_results_t *results = NULL;
    assert_int_equal(ent_results_create(&results, run->path, 1, &run->config, &run->benchmark, &ctx), 0);
    assert_int_equal(fill_results(run, results, &ctx), 0);
    assert_int_equal(ent_results_finish(results, 1.5, 0, &ctx), 0);
    assert_true(failing_each(FAILING_MEMORY, read_results, *state) > 20);
    assert_true(failing_each(FAILING_HDF5, read_results, *state) > 50);
    assert_true(failing_each(FAILING_FILES, read_results, *state) > 3);
}

/* ---- configs ---- */

/* Every section of a config, on the small benchmark of the fuzz targets. */
static const char whole_config[] =
    "name: whole\n"
    "title: All sections\n"
    "benchmark: ../tests/fuzz/data/small.h5\n"
    "calibration: FOLDER/cal.yaml\n"
    "start: 2025-01-01\n"
    "steps: 12\n"
    "replications: 2\n"
    "repeats: 1\n"
    "slots: 500\n"
    "slot_focus: {USA: 3}\n"
    "home: KOR\n"
    "regions: {KOR: [KOR], USA: [USA], JPN: JPN, ROW: rest}\n"
    "sectors: {services: [SERVICES], cars: [C29], goods: rest}\n"
    "neighbours: [[USA, JPN]]\n"
    "parameters: {absorption: 0.3}\n"
    "sector_parameters: {cars: {absorption: 0.4}}\n"
    "mechanisms: {entry: true, captive: true, plants: true, tariff_jumping: true}\n"
    "exporters: {firms: 100, per_agent: 1}\n"
    "captive: [{origins: [KOR], destinations: [USA], sectors: [cars], share: 0.5}]\n"
    "plants: [{id: p, owner: KOR, host: USA, sector: cars, opened: 2025-03-01, share: 0.1}]\n"
    "tariff_jumping: {owners: [KOR], hosts: [USA], sectors: [cars]}\n"
    "measures:\n"
    "  - {id: autos, legal: a law, set: cars, importer: USA, except: [JPN], sectors: {cars: 1, goods: 0.1},\n"
    "     rate: 0.25, announced: 2025-03-26, effective: 2025-04-03, anticipated: {from: 2025-01-20, "
    "probability: "
    "0.5}}\n"
    "  - {id: free, set: cars, kind: exemption, importer: USA, rates: {KOR: 0.2}, sectors: [cars],\n"
    "     except_sectors: [], announced: 2025-05-01, effective: 2025-05-01}\n"
    "  - {id: quota, kind: quota, importer: USA, partners: [KOR], sectors: [goods], rate: 0, volume: 100,\n"
    "     out_rate: 0.3, effective: 2025-02-01}\n"
    "  - {id: some-day, importer: JPN, partners: [KOR], rate: 0.1, effective: 2025-02-01, hazard: 1}\n"
    "regimes:\n"
    "  deal:\n"
    "    measures: [{id: deal, set: cars, kind: floor, importer: USA, partners: [KOR], sectors: [cars],\n"
    "      rate: 0.15, announced: 2025-07-30, effective: 2025-08-01}]\n"
    "    purchases: [{id: wine, origin: USA, destination: KOR, sector: goods, value: 10, from: 2025-08-01,\n"
    "      until: 2025-10-01}]\n"
    "    investment: [{id: works, home: KOR, host: USA, sectors: [cars], value: 10, from: 2025-08-01,\n"
    "      until: 2026-08-01, moved: 0.1}]\n"
    "    paths: [{kind: demand, region: USA, sectors: [cars], points: [{date: 2025-01-01, log_change: "
    "0.1}]}]\n"
    "  no-deal: {}\n"
    "  both: {include: [deal, no-deal]}\n"
    "beliefs:\n"
    "  signals: [{date: 2025-04-09, deal: 0.5, no-deal: 0.5}]\n"
    "  resolved: 2025-07-30\n"
    "retaliation:\n"
    "  - {region: KOR, against: USA, kind: reciprocal, from: 2025-04-01, delay: 10, regimes: [no-deal]}\n"
    "  - {region: JPN, against: USA, kind: list, from: 2025-04-01, rates: {goods: 0.1}}\n"
    "  - {region: ROW, against: USA, kind: best_response, from: 2025-04-01, choices: [0.05, 0.1]}\n"
    "negotiation: {sides: {KOR: {speed: 3}, USA: {pressure: 2}}, from: 2025-04-09, deadline: 2025-09-01,\n"
    "  deal: deal, snap_back: no-deal}\n"
    "scenarios: [deal, {name: none, regime: no-deal}, {name: all, regime: both},\n"
    "  {name: talks, negotiated: true}]\n"
    "decomposition: {base: none, parts: [deal], together: all}\n"
    "uncertainty:\n"
    "  parameters: [{name: theta, parameter: trade_elasticity, sectors: [cars], scale: true,\n"
    "    distribution: {kind: discrete, values: [0.9, 1.1], weights: [0.5, 0.5]}}]\n"
    "  elasticity_set: {values: [CP, BSY], weights: [0.25, 0.75]}\n"
    "  beliefs: {kind: normal, mean: 0, sigma: 0.5}\n"
    "  dates: [{measure: autos, distribution: {kind: triangular, low: -10, mode: 0, high: 30}}]\n"
    "  shocks: [{name: boom, kind: demand, regions: [USA], sectors: [goods], from: 2025-06-01,\n"
    "     log_change: {kind: uniform, low: 0, high: 0.1}}]\n"
    "paths: [{kind: exchange_rate, region: KOR, points: [{date: 2025-01-01, log_change: 0},\n"
    "  {date: 2025-12-01, log_change: -0.05}]}]\n"
    "record: {flows: {origins: [KOR], destinations: [USA]}}\n";

static const char calibration[] =
    "name: cal\n"
    "parameters: {renewal_rate: 0.5}\n"
    "sector_parameters: {default: {stock_adjustment: 5}, C29: {renewal_rate: 0.25}}\n"
    "reasons: {renewal_rate: because}\n";

static void put_text(const char *folder, const char *name, const char *text)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (const char *mark; (mark = strstr(text, "FOLDER")) != NULL; text = mark + strlen("FOLDER")) {
        fprintf(file, "%.*s%s", (int)(mark - text), text, folder);
    }
    fputs(text, file);
    fclose(file);
}

static int read_config(void *data, ent_context_t *own)
{
    const fixture_run_t *run = data;
    char path[160];
    ent_config_t config;
    ent_benchmark_t fine;
    const ent_setting_t settings[] = {{"seed", "3"}, {"regimes.deal.measures[0].rate", "0.1"}};
    snprintf(path, sizeof path, "%s/whole.yaml", run->folder);
    const int code = ent_config_read(&config, &fine, path, 2, settings, own);
    if (code == 0) {
        assert_int_equal(config.n_scenarios, 4);
        assert_int_equal(config.n_draws, 5);
        assert_non_null(config.text);
        assert_int_equal(strlen(config.hash), 64);
    } else {
        assert_null(config.text);
    }
    ent_config_free(&config);
    ent_benchmark_free(&fine);
    return code;
}

static void configs_are_read_whole_or_not_at_all(void **state)
{
    const fixture_run_t *run = *state;
    put_text(run->folder, "whole.yaml", whole_config);
    put_text(run->folder, "cal.yaml", calibration);
    if (read_config(*state, &ctx) != 0) {
        ent_context_print(&ctx, stderr);
        fail();
    }
    assert_true(failing_each(FAILING_MEMORY, read_config, *state) > 100);
    assert_true(failing_each(FAILING_HDF5, read_config, *state) > 50);
    assert_true(failing_each(FAILING_FILES, read_config, *state) > 5);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(results_are_written_whole_or_not_at_all),
        CASE(results_are_read_whole_or_not_at_all),
        CASE(configs_are_read_whole_or_not_at_all),
    };
    return cmocka_run_group_tests_name("failing calls", tests, NULL, NULL);
}
