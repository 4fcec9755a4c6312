/* The config reader: what a sound config becomes, and that every fault is found with place, value, rule and
 * nearest name. Faulty configs are made from one sound text by replacing a piece of it. */
#include "ent_test.h"

#include <entrepot/config.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char sound[] =
    "name: test-run\n"
    "title: A test\n"
    "benchmark: benchmark-2022.h5\n"
    "calibration: cal.yaml\n"
    "start: 2025-01-01\n"
    "steps: 24\n"
    "burn_in: 6\n"
    "seed: 7\n"
    "replications: 4\n"
    "repeats: 1\n"
    "slots: 5000\n"
    "slot_focus: {USA: 3}\n"
    "home: KOR\n"
    "regions: {KOR: [KOR], USA: [USA], CAN: CAN, ROW: rest}\n"
    "sectors: {cars: [C29], steel: [C24A], services: [SERVICES], goods: rest}\n"
    "neighbours: [[USA, CAN]]\n"
    "parameters: {candidates: 8, absorption: 0.3}\n"
    "sector_parameters: {cars: {absorption: 0.4}}\n"
    "measures:\n"
    "  - id: autos\n"
    "    legal: Proclamation 10908\n"
    "    set: autos\n"
    "    importer: USA\n"
    "    partners: all\n"
    "    except: [CAN]\n"
    "    sectors: {cars: 1, goods: 0.05}\n"
    "    rate: 0.25\n"
    "    announced: 2025-03-26\n"
    "    effective: 2025-04-03\n"
    "    anticipated: {from: 2025-01-20, probability: 0.5}\n"
    "  - {id: threat, importer: USA, rate: 0.1, announced: 2025-02-01, effective: 2025-03-01,\n"
    "     end: 2025-03-01, end_announced: 2025-02-20}\n"
    "regimes:\n"
    "  deal:\n"
    "    measures:\n"
    "      - {id: autos-15, set: autos, kind: floor, importer: USA, rates: {KOR: 0.15},\n"
    "         sectors: [cars], announced: 2025-07-30, effective: 2025-12-04,\n"
    "         retroactive_to: 2025-11-01, basis: loading, collected_in_full: true}\n"
    "  no-deal: {}\n"
    "beliefs:\n"
    "  signals:\n"
    "    - {date: 2025-04-09, deal: 0.5, no-deal: 0.5}\n"
    "    - {date: 2025-06-04, deal: 0.7, no-deal: 0.3}\n"
    "  resolved: 2025-07-30\n"
    "scenarios: [deal, {name: none, regime: no-deal}]\n"
    "uncertainty:\n"
    "  parameters:\n"
    "    - {name: theta, parameter: trade_elasticity, sectors: [cars, goods], scale: true,\n"
    "       distribution: {kind: lognormal, median: 1, sigma: 0.2}}\n"
    "    - {parameter: discount_rate, distribution: {kind: uniform, low: 0.02, high: 0.08}}\n"
    "  elasticity_set: {values: [CP, BSY], weights: [0.25, 0.75]}\n"
    "  beliefs: {kind: normal, mean: 0, sigma: 0.5}\n"
    "  dates: [{measure: autos-15, distribution: {kind: triangular, low: -10, mode: 0, high: 30}}]\n"
    "  shocks: [{name: boom, kind: demand, regions: [USA], sectors: [goods], from: 2025-06-01,\n"
    "     until: 2026-01-01, log_change: {kind: discrete, values: [0, 0.1]}}]\n"
    "paths: [{kind: exchange_rate, region: KOR, points: [{date: 2025-01-01, log_change: 0},\n"
    "   {date: 2025-12-01, log_change: -0.05}]}]\n"
    "record: {flows: {origins: [KOR], destinations: [USA]}}\n"
    "check: true\n";

static const char calibration[] = "name: cal\n"
                                  "parameters: {absorption: 0.1, renewal_rate: 0.5, trade_elasticity: 2}\n"
                                  "sector_parameters:\n"
                                  "  default: {stock_adjustment: 5}\n"
                                  "  C29: {renewal_rate: 0.25}\n"
                                  "  SERVICES: {stocked: 0}\n"
                                  "reasons: {absorption: because}\n";

typedef struct {
    char folder[64], path[96], calibration[96];
    ent_context_t ctx;
    ent_config_t config;
    ent_benchmark_t fine;
} fixture_t;

static void write_text(const char *path, const char *text)
{
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    assert_true(fputs(text, stream) >= 0);
    assert_int_equal(fclose(stream), 0);
}

static int setup(void **state)
{
    fixture_t *f = calloc(1, sizeof *f);
    char data[512], here[400], link[96];
    assert_non_null(f);
    snprintf(f->folder, sizeof f->folder, "/tmp/ent_config_XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof f->path, "%s/run.yaml", f->folder);
    snprintf(f->calibration, sizeof f->calibration, "%s/cal.yaml", f->folder);
    assert_non_null(getcwd(here, sizeof here));
    snprintf(data, sizeof data, "%s/data/benchmark-2022.h5", here);
    snprintf(link, sizeof link, "%s/benchmark-2022.h5", f->folder);
    assert_int_equal(symlink(data, link), 0);
    write_text(f->path, sound);
    write_text(f->calibration, calibration);
    ent_context_init(&f->ctx);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture_t *f = *state;
    char link[96];
    ent_config_free(&f->config);
    ent_config_free(&f->config);
    ent_benchmark_free(&f->fine);
    ent_context_free(&f->ctx);
    snprintf(link, sizeof link, "%s/benchmark-2022.h5", f->folder);
    unlink(link);
    unlink(f->path);
    unlink(f->calibration);
    rmdir(f->folder);
    free(f);
    return 0;
}

static int read_settings(fixture_t *f, int n, const ent_setting_t *settings)
{
    ent_config_free(&f->config);
    ent_benchmark_free(&f->fine);
    ent_context_clear(&f->ctx);
    return ent_config_read(&f->config, &f->fine, f->path, n, settings, &f->ctx);
}

/* The sound text with its first `old` replaced. The caller frees. */
static char *replaced(const char *text, const char *old, const char *new)
{
    const char *at = strstr(text, old);
    assert_non_null(at);
    size_t size = strlen(text) + strlen(new) + 1;
    char *result = malloc(size);
    snprintf(result, size, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
    return result;
}

static int read_replaced(fixture_t *f, const char *old, const char *new)
{
    char *text = replaced(sound, old, new);
    write_text(f->path, text);
    free(text);
    return read_settings(f, 0, NULL);
}

/* Some fault has this key, a rule with this word and, where given, this nearest name; and a place. */
static void expect_fault(const fixture_t *f, const char *key, const char *rule, const char *nearest)
{
    for (size_t i = 0; i < f->ctx.n_faults; i++) {
        const ent_fault_t *fault = &f->ctx.faults[i];
        if (fault->key != NULL && strcmp(fault->key, key) == 0 && strstr(fault->rule, rule) != NULL &&
            (nearest == NULL || (fault->nearest != NULL && strcmp(fault->nearest, nearest) == 0))) {
            assert_non_null(fault->file);
            assert_true(fault->line > 0 || strncmp(fault->file, "--set", 5) == 0);
            return;
        }
    }
    ent_context_print(&f->ctx, stderr);
    print_error("no fault at %s with \"%s\" and nearest %s\n", key, rule,
                nearest != NULL ? nearest : "(any)");
    fail();
}

/* ---- sound configs ---- */

static void read_sound(fixture_t *f)
{
    int code = read_settings(f, 0, NULL);
    if (code != 0) {
        ent_context_print(&f->ctx, stderr);
    }
    assert_int_equal(code, 0);
}

static void sound_config_is_resolved(void **state)
{
    fixture_t *f = *state;
    const ent_config_t *c = &f->config;
    read_sound(f);
    assert_string_equal(c->name, "test-run");
    assert_int_equal(c->n_region, 4);
    assert_int_equal(c->n_sector, 4);
    assert_int_equal(c->home, ent_config_region(c, "KOR"));
    assert_int_equal(ent_config_region(c, "XXX"), -1);
    assert_int_equal(ent_config_sector(c, "goods"), 3);
    assert_int_equal(c->n_steps, 24);
    assert_int_equal(c->n_burn_in, 6);
    assert_int_equal(c->n_worlds, 4);
    assert_int_equal(c->n_repeats, 1);
    assert_true(c->n_slots == 5000 && c->seed == 7);
    assert_close(c->slot_focus[1], 3.0, 0.0);
    assert_close(c->slot_focus[0], 1.0, 0.0);
    assert_int_equal(c->neighbour[1 * 4 + 2], 1);
    assert_int_equal(c->neighbour[2 * 4 + 1], 1);
    assert_int_equal(c->neighbour[0 * 4 + 1], 0);
    assert_int_equal(c->checked, 1);
    assert_int_equal(c->closure, ENT_CLOSURE_PARTIAL);
    for (int i = 0; i < c->n_fine_region; i++) {
        assert_true(c->region_map[i] >= 0 && c->region_map[i] < 4);
    }
}

static void values_come_from_config_then_calibration_then_table(void **state)
{
    fixture_t *f = *state;
    const ent_config_t *c = &f->config;
    read_sound(f);
    assert_close(c->global.candidates, 8.0, 0.0);
    assert_close(c->global.discount_rate, 0.05, 0.0);           /* the table's */
    assert_close(c->sector_parameters[0].absorption, 0.4, 0.0); /* the sector's own */
    assert_close(c->sector_parameters[1].absorption, 0.3, 0.0); /* the config's */
    assert_close(c->sector_parameters[0].renewal_rate, 0.25, 0.0);
    assert_close(c->sector_parameters[1].renewal_rate, 0.5, 1e-12); /* the calibration's */
    assert_close(c->sector_parameters[1].stock_adjustment, 5.0, 1e-12);
    assert_close(c->sector_parameters[2].stocked, 0.0, 0.0);
    assert_close(c->sector_parameters[3].stocked, 1.0, 0.0);
    assert_string_equal(c->calibration, "cal.yaml");
}

static void elasticity_set_replaces_the_calibration(void **state)
{
    fixture_t *f = *state;
    assert_int_equal(read_replaced(f, "start:", "elasticity_set: CP\nstart:"), 0);
    int set = 0, sector = 0;
    while (strcmp(f->fine.elasticity_set[set], "CP") != 0) {
        set++;
    }
    while (strcmp(f->fine.sector[sector], "C29") != 0) {
        sector++;
    }
    assert_close(f->config.sector_parameters[0].trade_elasticity,
                 f->fine.elasticity[set * f->fine.n_sector + sector], 1e-12);
}

static void measures_are_resolved(void **state)
{
    fixture_t *f = *state;
    const ent_config_t *c = &f->config;
    read_sound(f);
    assert_int_equal(c->n_measures, 3);
    assert_int_equal(c->n_common, 2);
    const ent_measure_t *autos = &c->measures[0], *threat = &c->measures[1], *deal = &c->measures[2];
    assert_int_equal(autos->importer, 1);
    assert_close(autos->rate[0], 0.25, 0.0);
    assert_true(isnan(autos->rate[1]) && isnan(autos->rate[2])); /* itself, and the exception */
    assert_close(autos->coverage[0], 1.0, 0.0);
    assert_close(autos->coverage[1], 0.0, 0.0);
    assert_close(autos->coverage[3], 0.05, 0.0);
    assert_int_equal(autos->announced, ent_day_of(2025, 3, 26));
    assert_int_equal(autos->end, ENT_DAY_NEVER);
    assert_int_equal(autos->end_announced, ENT_DAY_ALWAYS);
    assert_int_equal(autos->anticipated_from, ent_day_of(2025, 1, 20));
    assert_int_equal(autos->line, 20);
    assert_int_equal(threat->end, threat->effective);
    assert_null(threat->set);
    assert_int_equal(deal->kind, ENT_MEASURE_FLOOR);
    assert_int_equal(deal->basis, ENT_BASIS_LOADING);
    assert_int_equal(deal->collected_in_full, 1);
    assert_close(deal->rate[0], 0.15, 0.0);
    assert_true(isnan(deal->rate[3]));
    assert_int_equal(c->regimes[0].n_measures, 1);
    assert_int_equal(c->regimes[0].measures[0], 2);
    assert_int_equal(c->regimes[1].n_measures, 0);
}

static void beliefs_scenarios_and_draws_are_resolved(void **state)
{
    fixture_t *f = *state;
    const ent_config_t *c = &f->config;
    read_sound(f);
    assert_int_equal(c->n_signals, 2);
    assert_close(c->signals[1].probability[0], 0.7, 1e-12);
    assert_int_equal(c->resolved, ent_day_of(2025, 7, 30));
    assert_int_equal(c->n_scenarios, 2);
    assert_string_equal(c->scenarios[1].name, "none");
    assert_int_equal(c->scenarios[1].regime, 1);
    assert_int_equal(c->n_draws, 5);
    assert_int_equal(c->draws[0].kind, ENT_DRAW_ELASTICITY_SET);
    assert_close(c->draws[0].distribution.weights[1], 0.75, 1e-12);
    assert_int_equal(c->draws[1].kind, ENT_DRAW_BELIEF);
    assert_string_equal(c->draws[2].name, "theta");
    assert_int_equal(c->draws[2].scale, 1);
    assert_int_equal(c->draws[2].sectors[1], 0);
    assert_int_equal(c->draws[2].sectors[3], 1);
    assert_string_equal(c->draws[3].name, "discount_rate");
    assert_int_equal(c->draws[4].measure, 2);
    assert_string_equal(c->draws[4].name, "date_autos-15");
    assert_int_equal(c->n_shocks, 1);
    assert_int_equal(c->shocks[0].regions[1], 1);
    assert_int_equal(c->shocks[0].log_change.n, 2);
    assert_close(c->shocks[0].log_change.weights[0], 0.5, 0.0);
    assert_int_equal(c->n_paths, 1);
    assert_int_equal(c->paths[0].n_points, 2);
}

static void recorded_flows_touch_what_was_asked(void **state)
{
    fixture_t *f = *state;
    const ent_config_t *c = &f->config;
    read_sound(f);
    assert_int_equal(c->n_flows, 5); /* KOR to three, CAN and ROW to USA */
    for (int i = 0; i < c->n_flows; i++) {
        assert_int_not_equal(c->flows[i].origin, c->flows[i].destination);
        assert_true(c->flows[i].origin == 0 || c->flows[i].destination == 1);
    }
}

static void minimal_config_has_one_regime_and_scenario(void **state)
{
    fixture_t *f = *state;
    write_text(f->path, "name: small\nbenchmark: benchmark-2022.h5\nstart: 2025-01-01\nsteps: 2\nhome: A\n"
                        "regions: {A: [KOR], B: rest}\nsectors: {goods: rest}\n");
    read_sound(f);
    assert_int_equal(f->config.n_regimes, 1);
    assert_string_equal(f->config.regimes[0].name, "baseline");
    assert_int_equal(f->config.n_scenarios, 1);
    assert_int_equal(f->config.n_flows, 1);
    assert_int_equal(f->config.n_burn_in, 12);
    assert_string_equal(f->config.title, "small");
    assert_null(f->config.calibration);
}

static void all_takes_the_benchmark_as_it_is(void **state)
{
    fixture_t *f = *state;
    write_text(f->path, "name: full\nbenchmark: benchmark-2022.h5\nstart: 2025-01-01\nsteps: 2\nhome: KOR\n"
                        "regions: all\nsectors: all\n");
    read_sound(f);
    assert_int_equal(f->config.n_region, 81);
    assert_int_equal(f->config.n_sector, 28);
}

/* ---- settings, text and hash ---- */

static void settings_are_put_in_before_the_check(void **state)
{
    fixture_t *f = *state;
    const ent_setting_t settings[] = {
        {"parameters.candidates", "4"},
        {"measures[0].rate", "0.1"},
        {"measures[threat].rate", "0.2"},
        {"sector_parameters.steel.absorption", "0.6"},
        {"uncertainty.parameters[+]", "{parameter: belief_bias, distribution: 0.1}"},
        {"closure", "general"},
        {"record.flows.origins", "[KOR, USA]"}};
    assert_int_equal(read_settings(f, 7, settings), 0);
    assert_close(f->config.global.candidates, 4.0, 0.0);
    assert_close(f->config.measures[0].rate[0], 0.1, 0.0);
    assert_close(f->config.measures[1].rate[0], 0.2, 0.0);
    assert_close(f->config.sector_parameters[1].absorption, 0.6, 0.0);
    assert_int_equal(f->config.closure, ENT_CLOSURE_GENERAL);
    assert_int_equal(f->config.n_draws, 6);
    assert_int_equal(f->config.n_flows, 8); /* CAN and ROW to USA besides */
}

static void shorter_and_smaller_trials_need_one_setting(void **state)
{
    fixture_t *f = *state;
    const ent_setting_t fewer[] = {{"replications", "1"}}, shorter[] = {{"steps", "2"}},
                        none[] = {{"measures", "[]"}};
    char *text = replaced(sound, "repeats: 1", "repeats: 4");
    write_text(f->path, text);
    free(text);
    assert_int_equal(read_settings(f, 1, fewer), 0);
    assert_int_equal(f->config.n_repeats, 1);
    assert_int_equal(read_settings(f, 1, shorter), 0);
    assert_int_equal(read_settings(f, 1, none), 0);
    assert_int_equal(f->config.n_common, 0);
}

static void settings_that_cannot_be_are_faults(void **state)
{
    fixture_t *f = *state;
    const ent_setting_t settings[] = {{"parameters.candidats", "4"},
                                      {"measures[9].rate", "0.1"},
                                      {"measures[autoz].rate", "1"},
                                      {"steps.x", "3"},
                                      {"seed", "[1"},
                                      {"burn_in", "-1"},
                                      {"measures.rate", "1"},
                                      {"a[", "1"}};
    assert_int_equal(read_settings(f, 8, settings), ENT_ERR_CONFIG);
    expect_fault(f, "parameters.candidats", "no such parameter", "candidates");
    expect_fault(f, "measures[9].rate", "items", NULL);
    expect_fault(f, "measures[autoz].rate", "no item", "autos");
    expect_fault(f, "steps.x", "no keys", NULL);
    expect_fault(f, "burn_in", "between", NULL);
    expect_fault(f, "measures.rate", "a list stands here", NULL);
    expect_fault(f, "a[", "a path looks like", NULL);
}

static void text_reads_back_to_the_same_config(void **state)
{
    fixture_t *f = *state;
    read_sound(f);
    char hash[65], *text = strdup(f->config.text);
    memcpy(hash, f->config.hash, sizeof hash);
    write_text(f->path, text);
    read_sound(f);
    assert_string_equal(f->config.text, text);
    assert_string_equal(f->config.hash, hash);
    free(text);
}

static void hash_knows_what_matters(void **state)
{
    fixture_t *f = *state;
    char hash[65];
    read_sound(f);
    memcpy(hash, f->config.hash, sizeof hash);
    assert_int_equal(strlen(hash), 64);
    assert_int_equal(read_replaced(f, "seed: 7", "# a comment\nseed:    7"), 0);
    assert_string_equal(f->config.hash, hash);
    assert_int_equal(read_replaced(f, "seed: 7", "seed: 8"), 0);
    assert_string_not_equal(f->config.hash, hash);
    write_text(f->path, sound);
    char *other = replaced(calibration, "0.25", "0.26");
    write_text(f->calibration, other);
    free(other);
    read_sound(f);
    assert_string_not_equal(f->config.hash, hash);
}

/* ---- faults ---- */

typedef struct {
    const char *old, *new; /* what is replaced in the sound text */
    const char *key, *rule, *nearest;
} fault_case_t;

static void run_cases(fixture_t *f, const fault_case_t *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(read_replaced(f, cases[i].old, cases[i].new), ENT_ERR_CONFIG);
        expect_fault(f, cases[i].key, cases[i].rule, cases[i].nearest);
        assert_null(f->config.name);
        assert_null(f->fine.flow);
    }
}

static void numbers_are_plain(void **state)
{
    static const fault_case_t cases[] = {
        {"rate: 0.25", "rate: 15%", "measures[0].rate", "write 0.15", NULL},
        {"rate: 0.25", "rate: 7.5 %", "measures[0].rate", "write 0.075", NULL},
        {"rate: 0.25", "rate: nan", "measures[0].rate", "finite", NULL},
        {"rate: 0.25", "rate: .inf", "measures[0].rate", "finite", NULL},
        {"rate: 0.25", "rate: 1e999", "measures[0].rate", "too large", NULL},
        {"rate: 0.25", "rate: 0x1p-2", "measures[0].rate", "hexadecimal", NULL},
        {"rate: 0.25", "rate: 1e5x", "measures[0].rate", "plain decimal", NULL},
        {"rate: 0.25", "rate: 0,25", "measures[0].rate", "a point", NULL},
        {"rate: 0.25", "rate: true", "measures[0].rate", "not a flag", NULL},
        {"rate: 0.25", "rate: \"0.25\"", "measures[0].rate", "without quotes", NULL},
        {"rate: 0.25", "rate: [0.25]", "measures[0].rate", "a number", NULL},
        {"rate: 0.25", "rate:", "measures[0].rate", "a number", NULL},
        {"rate: 0.25", "rate: -0.25", "measures[0].rate", "not negative", NULL},
        {"rate: 0.25", "rate: 25", "measures[0].rate", "write 0.25", NULL},
        {"steps: 24", "steps: 24.5", "steps", "whole number", NULL},
        {"steps: 24", "steps: 0", "steps", "between", NULL},
        {"slots: 5000", "slots: 5_000", "slots", "no marks", NULL},
        {"check: true", "check: yes", "check", "true or false", NULL},
        {"seed: 7", "seed: 1e30", "seed", "between", NULL},
    };
    run_cases(*state, cases, sizeof cases / sizeof *cases);
}

static void names_are_known(void **state)
{
    static const fault_case_t cases[] = {
        {"steps: 24", "steps: 24\nstepz: 1", "stepz", "no such key", "steps"},
        {"home: KOR", "home: KRO", "home", "no such region", "KOR"},
        {"importer: USA", "importer: UAS", "measures[0].importer", "no such region", "USA"},
        {"sectors: {cars: 1", "sectors: {carz: 1", "measures[0].sectors.carz", "no such sector", "cars"},
        {"rates: {KOR", "rates: {KRO", "regimes.deal.measures[0].rates.KRO", "no such region", "KOR"},
        {"candidates: 8", "candidats: 8", "parameters.candidats", "no such parameter", "candidates"},
        {"candidates: 8", "choke: 0.9", "parameters.choke", "choke is 0 (none) or above 1", NULL},
        {"{cars: {abs", "{carz: {abs", "sector_parameters.carz", "no such sector", "cars"},
        {"slot_focus: {USA", "slot_focus: {USB", "slot_focus.USB", "no such region", "USA"},
        {"[[USA, CAN]]", "[[USA, CNA]]", "neighbours[0][1]", "no such region", "CAN"},
        {"kind: floor", "kind: flor", "regimes.deal.measures[0].kind", "known kind", "floor"},
        {"no-deal: 0.5}", "no-dael: 0.5}", "beliefs.signals[0].no-dael", "no such regime", "no-deal"},
        {"scenarios: [deal", "scenarios: [daal", "scenarios[0]", "no such regime", "deal"},
        {"parameter: trade_elasticity", "parameter: trade_elastcity", "uncertainty.parameters[0].parameter",
         "known parameter", "trade_elasticity"},
        {"values: [CP", "values: [CPP", "uncertainty.elasticity_set.values[0]", "elasticity set", "CP"},
        {"kind: lognormal", "kind: lognomal", "uncertainty.parameters[0].distribution.kind", "distribution",
         "lognormal"},
        {"measure: autos-15", "measure: autos-16", "uncertainty.dates[0].measure", "no such measure",
         "autos-15"},
        {"median: 1", "medain: 1", "uncertainty.parameters[0].distribution.medain", "no such key", "median"},
        {"kind: exchange_rate", "kind: exchange_rat", "paths[0].kind", "known kind", "exchange_rate"},
        {"partners: all", "partner: all", "measures[0].partner", "no such key", "partners"},
        {"name: test-run", "name: Test Run", "name", "lower-case", NULL},
    };
    run_cases(*state, cases, sizeof cases / sizeof *cases);
}

static void dates_are_in_order(void **state)
{
    static const fault_case_t cases[] = {
        {"start: 2025-01-01", "start: 2025-01-02", "start", "first day of a step", NULL},
        {"start: 2025-01-01", "start: 2025-13-01", "start", "YYYY-MM-DD", NULL},
        {"effective: 2025-04-03", "effective: 2025-02-30", "measures[0].effective", "YYYY-MM-DD", NULL},
        {"announced: 2025-03-26", "announced: 2025-04-26", "measures[0].announced", "on or before", NULL},
        {"effective: 2025-04-03", "effective: 2025-04-03\n    end: 2025-04-03", "measures[0].end",
         "comes after", NULL},
        {"end: 2025-03-01", "end: 2025-02-01", "measures[1].end", "not come before", NULL},
        {"end_announced: 2025-02-20", "end_announced: 2025-03-20", "measures[1].end_announced",
         "on or before", NULL},
        {"retroactive_to: 2025-11-01", "retroactive_to: 2025-12-05",
         "regimes.deal.measures[0].retroactive_to", "before the effective", NULL},
        {"from: 2025-01-20", "from: 2025-03-26", "measures[0].anticipated.from", "before the announcement",
         NULL},
        {"date: 2025-06-04", "date: 2025-04-09", "beliefs.signals[1].date", "order", NULL},
        {"resolved: 2025-07-30", "resolved: 2025-06-04", "beliefs.resolved", "after the last", NULL},
        {"until: 2026-01-01", "until: 2025-05-01", "uncertainty.shocks[0].until", "after it begins", NULL},
        {"{date: 2025-12-01", "{date: 2024-12-01", "paths[0].points[1].date", "order", NULL},
        {"    effective: 2025-04-03\n", "", "measures[0].effective", "missing", NULL},
    };
    run_cases(*state, cases, sizeof cases / sizeof *cases);
}

static void measures_that_never_apply_are_faults(void **state)
{
    static const fault_case_t cases[] = {
        {"sectors: {cars: 1, goods: 0.05}", "sectors: {cars: 0}", "measures[0]", "never apply", NULL},
        {"partners: all\n    except: [CAN]", "partners: []", "measures[0]", "never apply", NULL},
        {"partners: all\n    except: [CAN]", "partners: [USA]", "measures[0].partners", "importer", NULL},
        {"rates: {KOR: 0.15}", "rates: {USA: 0.15}", "regimes.deal.measures[0].rates.USA", "importer", NULL},
    };
    run_cases(*state, cases, sizeof cases / sizeof *cases);
    fixture_t *f = *state;
    assert_int_equal(read_replaced(f, "set: autos, kind: floor", "set: autoz, kind: exemption"),
                     ENT_ERR_CONFIG);
    expect_fault(f, "autos-15", "never apply", "autos");
}

static void aggregations_keep_every_economy_once(void **state)
{
    fixture_t *f = *state;
    static const fault_case_t cases[] = {
        {"ROW: rest", "ROW: [JPN]", "regions", "77 are in none", NULL},
        {"ROW: rest", "ROW: rest, EU: rest", "regions.EU", "only one group", NULL},
        {"USA: [USA]", "USA: [USA, KOR]", "regions.USA[1]", "KOR is in KOR already", NULL},
        {"KOR: [KOR]", "KOR: [KOR, JPX]", "regions.KOR[1]", "no such economy", "JPN"},
        {"cars: [C29]", "cars: [C92]", "sectors.cars[0]", "no such sector", "C29"},
        {"cars: [C29]", "cars: []", "sectors.cars", "at least one", NULL},
        {"goods: rest", "goods: [C10T12]", "sectors", "in none", NULL},
        {"regions: {KOR: [KOR], USA: [USA], CAN: CAN, ROW: rest}", "regions: some", "regions", "a map", NULL},
    };
    run_cases(f, cases, sizeof cases / sizeof *cases);
    assert_int_equal(read_replaced(f, "ROW: rest", "ROW: [JPN]"), ENT_ERR_CONFIG);
    assert_non_null(strstr(f->ctx.faults[0].rule, "AGO, ARE")); /* they are listed */
}

static void probabilities_and_weights_sum_to_one(void **state)
{
    static const fault_case_t cases[] = {
        {"no-deal: 0.3", "no-deal: 0.4", "beliefs.signals[1]", "sum to 1", NULL},
        {"deal: 0.7", "deal: 1.7", "beliefs.signals[1].deal", "between 0 and 1", NULL},
        {"probability: 0.5", "probability: 50", "measures[0].anticipated.probability", "between", NULL},
        {"weights: [0.25, 0.75]", "weights: [0.25, 0.70]", "uncertainty.elasticity_set.weights", "sum to 1",
         NULL},
        {"weights: [0.25, 0.75]", "weights: [1]", "uncertainty.elasticity_set.weights", "as many", NULL},
    };
    run_cases(*state, cases, sizeof cases / sizeof *cases);
}

static void bounds_hold(void **state)
{
    static const fault_case_t cases[] = {
        {"absorption: 0.3", "absorption: 2", "parameters.absorption", "between 0 and 1", NULL},
        {"candidates: 8", "candidates: 8.5", "parameters.candidates", "whole number", NULL},
        {"{cars: {absorption: 0.4}}", "{cars: {candidates: 4}}", "sector_parameters.cars.candidates",
         "under `parameters`", NULL},
        {"low: 0.02, high: 0.08", "low: 0.02, high: 8", "uncertainty.parameters[1].distribution.high",
         "between", NULL},
        {"low: 0.02, high: 0.08", "low: 0.08, high: 0.02", "uncertainty.parameters[1].distribution",
         "not above", NULL},
        {"kind: lognormal, median: 1, sigma: 0.2", "kind: uniform, low: 0, high: 100",
         "uncertainty.parameters[0].distribution", "out of its bounds", NULL},
        {"repeats: 1", "repeats: 5", "repeats", "at most as many", NULL},
        {"repeats: 1", "repeats: -1", "repeats", "between", NULL},
        {"name: boom", "name: theta", "uncertainty.shocks[0]", "of its own", NULL},
        {"id: threat", "id: autos", "measures[1].id", "line 20", NULL},
        {"steps: 24", "steps: 24\nsteps_per_year: 5", "steps_per_year", "one of", NULL},
        {"name: none", "name: deal", "scenarios[1].name", "of its own", NULL},
    };
    run_cases(*state, cases, sizeof cases / sizeof *cases);
}

static void yaml_beyond_the_plain_is_refused(void **state)
{
    fixture_t *f = *state;
    static const struct {
        const char *old, *new, *rule;
    } cases[] = {
        {"seed: 7", "seed: 7\nseed: 8", "once"},
        {"seed: 7", "seed: &a 7", "anchors"},
        {"seed: 7", "seed: *a", "aliases"},
        {"seed: 7", "seed: !!int 7", "tags"},
        {"seed: 7", "seed: [7", "not valid YAML"},
        {"seed: 7", "---\nseed: 7", "document"},
        {"seed: 7", "seed: \"\\x01\"\nx: \001", "UTF-8"},
        {"seed: 7", "? [a, b]\n: 7", "plain text"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int found = 0;
        assert_int_equal(read_replaced(f, cases[i].old, cases[i].new), ENT_ERR_CONFIG);
        for (size_t k = 0; k < f->ctx.n_faults; k++) {
            found += strstr(f->ctx.faults[k].rule, cases[i].rule) != NULL;
        }
        if (found == 0) {
            ent_context_print(&f->ctx, stderr);
            print_error("expected: %s\n", cases[i].rule);
        }
        assert_true(found > 0);
    }
    write_text(f->path, "");
    assert_int_equal(read_settings(f, 0, NULL), ENT_ERR_CONFIG);
    write_text(f->path, "- a\n- b\n");
    assert_int_equal(read_settings(f, 0, NULL), ENT_ERR_CONFIG);
}

static void deep_and_large_files_are_refused(void **state)
{
    fixture_t *f = *state;
    enum { DEEP = 2000, LARGE = 5 << 20 };
    char *text = malloc(LARGE + 1);
    memset(text, '[', DEEP);
    memcpy(text, "a: ", 3);
    text[DEEP] = '\0';
    write_text(f->path, text);
    assert_int_equal(read_settings(f, 0, NULL), ENT_ERR_CONFIG);
    memset(text, '#', LARGE);
    text[LARGE] = '\0';
    write_text(f->path, text);
    assert_int_equal(read_settings(f, 0, NULL), ENT_ERR_CONFIG);
    free(text);
}

static void files_that_are_not_there_have_their_own_code(void **state)
{
    fixture_t *f = *state;
    assert_int_equal(read_replaced(f, "benchmark-2022.h5", "no-such.h5"), ENT_ERR_NO_INPUT);
    expect_fault(f, "benchmark", "looked for", NULL);
    assert_int_equal(read_replaced(f, "cal.yaml", "no-such-calibration"), ENT_ERR_NO_INPUT);
    expect_fault(f, "calibration", "looked for", NULL);
    unlink(f->path);
    assert_int_equal(read_settings(f, 0, NULL), ENT_ERR_NO_INPUT);
    write_text(f->path, sound);
}

static void faults_of_the_calibration_have_their_place(void **state)
{
    fixture_t *f = *state;
    char *bad = replaced(calibration, "C29: {renewal_rate: 0.25}", "C92: {renewal_rat: 25%}");
    write_text(f->calibration, bad);
    free(bad);
    assert_int_equal(read_settings(f, 0, NULL), ENT_ERR_CONFIG);
    expect_fault(f, "sector_parameters.C92", "no such sector", "C29");
    assert_string_equal(f->ctx.faults[0].file, f->calibration);
}

static void faults_come_all_at_once(void **state)
{
    fixture_t *f = *state;
    char *one = replaced(sound, "seed: 7", "seed: x"), *two = replaced(one, "home: KOR", "home: KRO");
    char *three = replaced(two, "sigma: 0.2", "sigma: -1");
    write_text(f->path, three);
    assert_int_equal(read_settings(f, 0, NULL), ENT_ERR_CONFIG);
    assert_int_equal(f->ctx.n_faults, 3);
    expect_fault(f, "seed", "decimal", NULL);
    expect_fault(f, "home", "region", "KOR");
    expect_fault(f, "uncertainty.parameters[0].distribution.sigma", "between", NULL);
    free(one);
    free(two);
    free(three);
}

/* Cutting the file anywhere, or dropping any line, never crashes and never leaves a half-made config. */
static void cut_files_are_handled(void **state)
{
    fixture_t *f = *state;
    const size_t length = strlen(sound);
    char *text = strdup(sound);
    for (size_t cut = 0; cut < length; cut += 61) {
        text[cut] = '\0';
        write_text(f->path, text);
        text[cut] = sound[cut];
        int code = read_settings(f, 0, NULL);
        assert_true((code == 0) == (f->config.name != NULL));
    }
    free(text);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(sound_config_is_resolved),
        CASE(values_come_from_config_then_calibration_then_table),
        CASE(elasticity_set_replaces_the_calibration),
        CASE(measures_are_resolved),
        CASE(beliefs_scenarios_and_draws_are_resolved),
        CASE(recorded_flows_touch_what_was_asked),
        CASE(minimal_config_has_one_regime_and_scenario),
        CASE(all_takes_the_benchmark_as_it_is),
        CASE(settings_are_put_in_before_the_check),
        CASE(shorter_and_smaller_trials_need_one_setting),
        CASE(settings_that_cannot_be_are_faults),
        CASE(text_reads_back_to_the_same_config),
        CASE(hash_knows_what_matters),
        CASE(numbers_are_plain),
        CASE(names_are_known),
        CASE(dates_are_in_order),
        CASE(measures_that_never_apply_are_faults),
        CASE(aggregations_keep_every_economy_once),
        CASE(probabilities_and_weights_sum_to_one),
        CASE(bounds_hold),
        CASE(yaml_beyond_the_plain_is_refused),
        CASE(deep_and_large_files_are_refused),
        CASE(files_that_are_not_there_have_their_own_code),
        CASE(faults_of_the_calibration_have_their_place),
        CASE(faults_come_all_at_once),
        CASE(cut_files_are_handled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
