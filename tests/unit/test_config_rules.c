/* Every rule of a config, broken alone: the report names the place and says the rule. What is broken is a
 * piece of a small config that has every section. */
#include "ent_test.h"
#include "words.h"

#include "whole_config.h"

#include <entrepot/config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[64];

static int setup(void **state)
{
    (void)state;
    make_folder(folder);
    ent_whole_config_write(folder);
    return 0;
}

static int teardown(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) == 0 ? 0 : -1;
}

static char *text_of(const char *name)
{
    char path[128];
    static char text[32768];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

/* A copy of the config in which `old`, which is there once, has become `new`. */
static void write_broken(const char *old, const char *new)
{
    char path[128];
    const char *text = text_of("whole.yaml"), *at = strstr(text, old);
    if (at == NULL) {
        fail_msg("the config does not hold: %s", old);
    }
    snprintf(path, sizeof path, "%s/broken.yaml", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
    assert_int_equal(fclose(file), 0);
}

static int read_broken(ent_context_t *ctx)
{
    char path[128];
    ent_config_t config;
    ent_benchmark_t fine;
    snprintf(path, sizeof path, "%s/broken.yaml", folder);
    const int code = ent_config_read(&config, &fine, path, 0, NULL, ctx);
    ent_config_free(&config);
    ent_benchmark_free(&fine);
    return code;
}

/* Some fault has these words in its place or its rule. */
static int is_told(const ent_context_t *ctx, const char *words)
{
    for (size_t i = 0; i < ctx->n_faults; i++) {
        const ent_fault_t *fault = &ctx->faults[i];
        if ((fault->rule != NULL && strstr(fault->rule, words) != NULL) ||
            (fault->key != NULL && strcmp(fault->key, words) == 0)) {
            return 1;
        }
    }
    return 0;
}

typedef struct {
    const char *old, *new, *key, *rule;
} case_t;

static void play_cases(const case_t *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ent_context_t ctx;
        ent_context_init(&ctx);
        write_broken(cases[i].old, cases[i].new);
        const int code = read_broken(&ctx);
        if (code == 0 || !is_told(&ctx, cases[i].rule) ||
            (cases[i].key != NULL && !is_told(&ctx, cases[i].key))) {
            ent_context_print(&ctx, stderr);
            fail_msg("code %d, not told: %s (%s): %s", code, cases[i].rule, cases[i].key, cases[i].new);
        }
        ent_context_free(&ctx);
    }
}
#define PLAY(cases) play_cases(cases, sizeof cases / sizeof *cases)

static void rules_of_the_run(void **state)
{
    (void)state;
    static const case_t cases[] = {
        {"name: whole\n", "", "name", "a short name of the run"},
        {"name: whole\n", "name: [whole]\n", "name", "a text is wanted here"},
        {"name: whole\n", "name: \"\"\n", "name", "lower-case letters"},
        {"name: whole\n", "name: -whole\n", "name", "lower-case letters"},
        {"name: whole\n",
         "name: "
         "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz\n",
         "name", "lower-case letters"},
        {"start: 2025-01-01\n", "", "start", "the first day of the first recorded step"},
        {"start: 2025-01-01\n", "start: [1]\n", "start", "a date that exists"},
        {"steps: 12\n", "steps: 12\nsteps_per_year: many\n", "steps_per_year", "plain decimal number"},
        {"steps: 12\n", "steps: 12\nsteps_per_year: 5\n", "steps_per_year", "one of 1, 2, 3, 4, 6, 12"},
        {"benchmark: ../tests/fuzz/data/small.h5\n", "", "benchmark", "the benchmark file, such as"},
        {"benchmark: ../tests/fuzz/data/small.h5\n", "benchmark: [1]\n", "benchmark",
         "a text is wanted here"},
        {"home: KOR\n", "", "home", "the region that the tables are about"},
        {"replications: 2\n", "replications: 2\nelasticity_set: XX\n", "elasticity_set",
         "elasticity set of the benchmark"},
        {"replications: 2\nrepeats: 1\n", "repeats: 200\n", "repeats", "at most as many as replications"},
        {"slots: 500\n", "slots: 1e\n", "slots", "plain decimal number"},
        {"slots: 500\n", "slots: 1e+2x\n", "slots", "plain decimal number"},
        {"slots: 500\n", "slots: +0x10\n", "slots", "not a hexadecimal one"},
        {"slots: 500\n", "slots: 0x10\n", "slots", "not a hexadecimal one"},
        {"slots: 500\n", "slots: 5 %\n", "slots", "write 0.05 for 5 per cent"},
        {"slots: 500\n", "slots: x%\n", "slots", "plain decimal number"},
        {"slots: 500\n", "slots: 1e999\n", "slots", "too large"},
        {"steps: 12\n", "steps: 12\ncheck: \"true\"\n", "check", "true or false"},
        {"steps: 12\n", "steps: 12\ncheck: [true]\n", "check", "true or false"},
        {"steps: 12\n", "steps: 12\ncheck: maybe\n", "check", "true or false"},
    };
    PLAY(cases);
}

static void rules_of_places(void **state)
{
    (void)state;
    static const case_t cases[] = {
        {"regions: {KOR: [KOR], USA: [USA], JPN: JPN, ROW: rest}\n", "", "regions",
         "which groups the run has"},
        {"regions: {KOR: [KOR], USA: [USA], JPN: JPN, ROW: rest}\n", "regions: 3\n", "regions", "a map"},
        {"regions: {KOR: [KOR], USA: [USA], JPN: JPN, ROW: rest}\n", "regions: []\n", "regions",
         "at least one group"},
        {"regions: {KOR: [KOR], USA: [USA], JPN: JPN, ROW: rest}\n", "regions: {}\n", "regions",
         "at least one group"},
        {"JPN: JPN, ROW: rest}", "JPN: [[JPN]], ROW: rest}", "regions.JPN[0]", "a text is wanted here"},
        {"JPN: JPN, ROW: rest}", "\"J P\": JPN, ROW: rest}", NULL, "a name has at most"},
        {"JPN: JPN, ROW: rest}", "JPN: {a: JPN}, ROW: rest}", "regions.JPN", "a list"},
        {"JPN: JPN, ROW: rest}", "JPN: [], ROW: rest}", "regions.JPN", "a group has at least one economy"},
        {"JPN: JPN, ROW: rest}", "JPN: [JPN, KOR], ROW: rest}", "regions.JPN[1]",
         "every economy is in one group"},
        {"JPN: JPN, ROW: rest}", "JPN: rest, ROW: rest}", "regions.ROW", "only one group takes the rest"},
        {"JPN: JPN, ROW: rest}", "JPN: JPN, CHN: CHN, MEX: MEX, OTH: ROW, ROW: rest}", "regions.ROW",
         "nothing is left for this group"},
        {"JPN: JPN, ROW: rest}", "JPN: JPN, CHN: CHN, MEX: MEX}", "regions", "1 is in none"},
        {"sectors: {services: [SERVICES], cars: [C29], goods: rest}",
         "sectors: {services: SERVICES, cars: C29}", "sectors",
         "every sector of the benchmark is in one group"},
        {"slot_focus: {USA: 3}", "slot_focus: {US: 3}", "slot_focus.US", "no such region in this run"},
        {"slot_focus: {USA: 3}", "slot_focus: {US: 0}", "slot_focus.US", "between 0.01 and 1000"},
        {"neighbours: [[USA, JPN]]", "neighbours: [USA]", "neighbours[0]", "neighbours are pairs of regions"},
        {"neighbours: [[USA, JPN]]", "neighbours: [[USA]]", "neighbours[0]",
         "neighbours are pairs of regions"},
        {"neighbours: [[USA, JPN]]", "neighbours: [[USA, USA]]", "neighbours[0]", "no neighbour of itself"},
        {"neighbours: [[USA, JPN]]", "neighbours: [[US, USA]]", "neighbours[0][0]", "no such region"},
        {"origins: [KOR], destinations: [USA]}", "origins: [KOR, KOR], destinations: [USA]}",
         "record.flows.origins[1]", "a region is listed once"},
        {"origins: [KOR], destinations: [USA]}", "origins: KO, destinations: [USA]}", "record.flows.origins",
         "no such region"},
        {"origins: [KOR], destinations: [USA]}", "origins: {a: KOR}, destinations: USA}",
         "record.flows.origins", "a list"},
        {"parameters: {absorption: 0.3}", "parameters: {absorption: many}", "parameters.absorption",
         "plain decimal number"},
        {"sector_parameters: {cars: {absorption: 0.4}}", "sector_parameters: {cars: 3}",
         "sector_parameters.cars", "a map"},
    };
    PLAY(cases);
}

static void rules_of_firms(void **state)
{
    (void)state;
    static const case_t cases[] = {
        {"exporters: {firms: 100, per_agent: 1}", "exporters: {per_agent: 1}", "exporters.firms",
         "how many firms"},
        {"captive: [{origins: [KOR], destinations: [USA], sectors: [cars], share: 0.5}]", "captive: [3]",
         "captive[0]", "a map"},
        {"captive: [{origins: [KOR], destinations: [USA], sectors: [cars], share: 0.5}]", "captive: [{}]",
         "captive[0].share", "the share of the flow inside one firm"},
        {"plants: [{id: p,", "plants: [3, {id: p,", "plants[0]", "a map"},
        {"plants: [{id: p,", "plants: [{id: \"p p\",", "plants[0].id", "a name has at most"},
        {"plants: [{id: p,",
         "plants: [{id: q, owner: KOR, host: USA, sector: cars, opened: 2025-03-01, share: 0.95}, {id: p,",
         "plants[1]", "take over at most the whole flow"},
    };
    PLAY(cases);
}

static void rules_of_measures(void **state)
{
    (void)state;
    static const case_t cases[] = {
        {"  - {id: autos, legal", "  - 3\n  - {id: autos, legal", "measures[0]", "a map"},
        {"  - {id: autos, legal", "  - {legal", "measures[0].id", "a name of its own"},
        {"except: [JPN]", "except: [JP]", "measures[0].except[0]", "no such region"},
        {"except: [JPN]", "except: JPN", "measures[0].except", "a list"},
        {"except: [JPN]", "except: [JPN, JPN]", "measures[0].except[1]", "not among the partners anyway"},
        {"except: [JPN]", "partners: [JPN, USA]", "measures[0].partners", "no partner of its own measure"},
        {"except: [JPN]", "partners: [XX], except: [JPN]", "measures[0].partners[0]", "no such region"},
        {"sectors: {cars: 1, goods: 0.1}", "sectors: {cars: 2}", "measures[0].sectors.cars",
         "between 0 and 1"},
        {"sectors: {cars: 1, goods: 0.1}", "sectors: {car: 1}", "measures[0].sectors.car", "no such sector"},
        {"sectors: {cars: 1, goods: 0.1}", "except_sectors: [car]", "measures[0].except_sectors[0]",
         "no such sector"},
        {"sectors: {cars: 1, goods: 0.1}", "sectors: [cars], except_sectors: [goods]",
         "measures[0].except_sectors[0]", "not among the sectors anyway"},
        {"sectors: {cars: 1, goods: 0.1}", "except_sectors: cars", "measures[0].except_sectors", "a list"},
        {"{from: 2025-01-20, probability: 0.5}", "{}", "measures[0].anticipated.from",
         "the day from which it is expected"},
        {"{from: 2025-01-20, probability: 0.5}", "{}", "measures[0].anticipated.probability",
         "how likely it is held to be"},
        {"{from: 2025-01-20, probability: 0.5}", "{from: 2025-12-20, probability: 0.5}",
         "measures[0].anticipated.from", "anticipation begins before the announcement"},
        {"{from: 2025-01-20, probability: 0.5}", "3", "measures[0].anticipated", "a map"},
        {"effective: 2025-04-03,", "effective: 2025-04-03, volume: 3,", "measures[0].volume",
         "only a measure of kind quota"},
        {"effective: 2025-04-03,", "effective: 2025-04-03, latest: 2025-05-01,", "measures[0].latest",
         "without `hazard` the effective day is known"},
        {"effective: 2025-04-03,", "effective: 2025-04-03, end_announced: 2025-05-01,",
         "measures[0].end_announced", "without `end` there is nothing to announce"},
        {"rates: {KOR: 0.2}", "rates: {KOR: 1.2}", "measures[1].rates.KOR", "an exemption takes out"},
        {"kind: exemption, importer: USA, rates: {KOR: 0.2}", "kind: ban, importer: USA, rates: {KOR: 1.2}",
         "measures[1].rates.KOR", "a ban holds back"},
        {"rates: {KOR: 0.2}", "rates: {KOR: 0.2}, rate: 0.1", "measures[1].rate",
         "names the partners and their rates already"},
        {"rates: {KOR: 0.2}", "rates: [0.2]", "measures[1].rates", "a map"},
        {"rates: {KOR: 0.2}", "rates: {USA: 0.2}", "measures[1].rates.USA", "no partner of its own measure"},
        {"rates: {KOR: 0.2}", "rates: {KR: 0.2}", "measures[1].rates.KR", "no such region"},
        {"kind: exemption, importer: USA, rates: {KOR: 0.2}", "kind: repeal, importer: USA, rate: 0.2",
         "measures[1].rate", "a repeal has no rate"},
        {"{id: free, set: cars, kind", "{id: free, kind", "measures[1].set",
         "acts on the other measures of its set"},
        {"{id: free, set: cars, kind: exemption, importer: USA, rates: {KOR: 0.2}",
         "{id: free, kind: repeal, importer: USA", "measures[1].set",
         "acts on the other measures of its set"},
        {"{id: free, set: cars, kind", "{id: free, set: carts, kind", NULL,
         "no additive, floor or ceiling measure has this set"},
        {"{id: free,", "{id: autos,", "measures[1].id", "every measure has an id of its own"},
        {"volume: 100,", "", "measures[2].volume", "a quota needs its volume"},
        {"    out_rate: 0.3,", "   ", "measures[2].out_rate",
         "a quota needs the rate that is owed once it is full"},
        {"hazard: 1}", "hazard: 1, retroactive_to: 2025-01-15}", "measures[3].retroactive_to",
         "comes by a hazard has no"},
        {"hazard: 1}", "hazard: 1, latest: 2025-01-15}", "measures[3].latest", "not before the earliest"},
        {"kind: exemption, importer: USA, rates: {KOR: 0.2}",
         "kind: barrier, importer: USA, rates: {KOR: -0.9}", "measures[1].rates.KOR", "between -0.5 and 2"},
        {"dates: [{measure: autos,", "dates: [{measure: some-day,", "some-day",
         "its day comes by a hazard already"},
    };
    PLAY(cases);
}

static void rules_of_regimes(void **state)
{
    (void)state;
    static const case_t cases[] = {
        {"  both: {include: [deal, no-deal]}", "  both: {include: [both]}", "regimes.both.include[0]",
         "does not include itself"},
        {"  both: {include: [deal, no-deal]}", "  both: {include: [dael]}", "regimes.both.include[0]",
         "no such regime"},
        {"  both: {include: [deal, no-deal]}", "  both: {include: [[deal]]}", "regimes.both.include[0]",
         "a text"},
        {"  both: {include: [deal, no-deal]}", "  both: 3", "regimes.both", "a map"},
        {"  both: {include: [deal, no-deal]}", "  date: {}", "regimes.date", "and is not `date`"},
        {"  both: {include: [deal, no-deal]}", "  \"b b\": {}", NULL, "a regime's name has at most"},
        {"signals: [{date: 2025-04-09,", "signals: [3, {date: 2025-04-09,", "beliefs.signals[0]", "a map"},
        {"beliefs:\n", "beliefs: 3\nname: [\n", NULL, "YAML"},
        {"{name: all, regime: both}", "{name: all}", "scenarios[2].regime",
         "the regime that the scenario plays"},
        {"{name: all, regime: both}", "{name: all, regime: bot}", "scenarios[2].regime", "no such regime"},
        {"{name: all, regime: both}", "{name: deal, regime: both}", "scenarios[2].name",
         "every scenario has a name"},
        {"{name: talks, negotiated: true}", "{negotiated: true}", "scenarios[3].name", "a name of its own"},
        {"{name: talks, negotiated: true}", "{name: talks, negotiated: true, regime: deal}",
         "scenarios[3].negotiated", "neither a regime of its own nor held beliefs"},
        {"{name: talks, negotiated: true}", "{name: talks, negotiated: true, beliefs: held}",
         "scenarios[3].negotiated", "neither a regime of its own nor held beliefs"},
        {"beliefs:\n  signals: [{date: 2025-04-09, deal: 0.5, no-deal: 0.5}]\n  resolved: 2025-07-30\n",
         "beliefs: {}\n", "uncertainty.beliefs", "without signals there is no belief to shift"},
        {"decomposition: {base: none, parts: [deal], together: all}",
         "decomposition: {base: none, parts: [deal]}", "decomposition.together",
         "a base scenario, its parts, and all of them together"},
        {"decomposition: {base: none, parts: [deal], together: all}",
         "decomposition: {base: no, parts: [deal], together: all}", "decomposition.base", "a known scenario"},
        {"sides: {KOR: {speed: 3}, USA: {pressure: 2}}", "sides: {KOR: 3, USA: {}}", "negotiation.sides.KOR",
         "a map"},
        {"sides: {KOR: {speed: 3}, USA: {pressure: 2}}", "sides: 3", "negotiation.sides", "a map"},
        {"sides: {KOR: {speed: 3}, USA: {pressure: 2}}", "sides: {KOR: {}, USA: {}, JPN: {}}",
         "negotiation.sides", "a negotiation has two sides"},
        {"from: 2025-04-09, deadline: 2025-09-01", "from: 2005-04-09, deadline: never", "negotiation.from",
         "talks begin after the first step played"},
        {"snap_back: no-deal}", "snap_back: deal}", "negotiation.snap_back", "not the same regime as `deal`"},
        {"negotiation: {sides: {KOR: {speed: 3}, USA: {pressure: 2}}, from: 2025-04-09, deadline: "
         "2025-09-01,\n"
         "  deal: deal, snap_back: no-deal}\n",
         "", "scenarios[3].negotiated", "a negotiated scenario needs the section `negotiation`"},
        {"negotiation: {sides: {KOR: {speed: 3}, USA: {pressure: 2}}, from: 2025-04-09, deadline: "
         "2025-09-01,\n"
         "  deal: deal, snap_back: no-deal}\n",
         "negotiation: 3\n", "negotiation", "a map"},
    };
    PLAY(cases);
}

static void rules_of_commitments(void **state)
{
    (void)state;
    static const case_t cases[] = {
        {"purchases: [{id: wine,", "purchases: [3, {id: wine,", "regimes.deal.purchases[0]", "a map"},
        {"purchases: [{id: wine, origin: USA, destination: KOR, sector: goods, value: 10, from: 2025-08-01,\n"
         "      until: 2025-10-01}]",
         "purchases: [{}]", "regimes.deal.purchases[0].from", "the day it begins"},
        {"purchases: [{id: wine, origin: USA, destination: KOR, sector: goods, value: 10, from: 2025-08-01,\n"
         "      until: 2025-10-01}]",
         "purchases: [{}]", "regimes.deal.purchases[0].sector", "what is bought"},
        {"origin: USA, destination: KOR", "origin: USA, destination: USA",
         "regimes.deal.purchases[0].destination", "not the same region as `origin`"},
        {"until: 2025-10-01}]", "until: 2025-07-01}]", "regimes.deal.purchases[0].until",
         "it ends after it begins"},
        {"sector: goods, value: 10, from", "sector: goods, value: 1e8, from",
         "regimes.deal.purchases[0].value", "beyond the market"},
        {"steps: 12\n", "steps: 12\nclosure: general\n", "regimes.deal.purchases[0]", "displaced is 1"},
        {"investment: [{id: works,", "investment: [3, {id: works,", "regimes.deal.investment[0]", "a map"},
        {"      until: 2026-08-01, moved: 0.1}]", "      moved: 0.1}]", "regimes.deal.investment[0].until",
         "what is built follows from the whole"},
        {"value: 10, from: 2025-08-01,\n      until: 2026-08-01, moved: 0.1",
         "value: 1e6, from: 2025-08-01,\n      until: 2026-08-01, moved: 1",
         "regimes.deal.investment[0].moved", "the plants would take over"},
        {"value: 10, from: 2025-08-01,\n      until: 2026-08-01, moved: 0.1",
         "value: 1e8, from: 2025-08-01,\n      until: 2026-08-01, moved: 0",
         "regimes.deal.investment[0].value", "beyond the market"},
    };
    PLAY(cases);
}

static void rules_of_uncertainty(void **state)
{
    (void)state;
    static const case_t cases[] = {
        {"parameters: [{name: theta, parameter: trade_elasticity, sectors: [cars], scale: true,",
         "parameters: [{name: theta, parameter: discount_rate, sectors: [cars], scale: true,",
         "uncertainty.parameters[0].sectors", "one value for the whole run"},
        {"{kind: discrete, values: [0.9, 1.1], weights: [0.5, 0.5]}", "{kind: discrete, values: 3}",
         "uncertainty.parameters[0].distribution.values", "a list"},
        {"{kind: discrete, values: [0.9, 1.1], weights: [0.5, 0.5]}",
         "{kind: discrete, values: [0.9, 1.1], weights: 3}", "uncertainty.parameters[0].distribution.weights",
         "a list"},
        {"{kind: discrete, values: [0.9, 1.1], weights: [0.5, 0.5]}",
         "{kind: discrete, values: [0.9, 1.1], weights: [x, 1]}",
         "uncertainty.parameters[0].distribution.weights[0]", "plain decimal number"},
        {"{kind: discrete, values: [0.9, 1.1], weights: [0.5, 0.5]}", "{kind: fixed, value: -1}",
         "uncertainty.parameters[0].distribution.value", "at least 0"},
        {"{kind: discrete, values: [0.9, 1.1], weights: [0.5, 0.5]}",
         "{kind: triangular, low: 1, mode: 2, high: 1000}", "uncertainty.parameters[0].distribution",
         "out of its bounds"},
        {"{kind: discrete, values: [0.9, 1.1], weights: [0.5, 0.5]}", "{kind: discrete, values: [1000, 1]}",
         "uncertainty.parameters[0].distribution", "out of its bounds"},
        {"{kind: discrete, values: [0.9, 1.1], weights: [0.5, 0.5]}",
         "{kind: lognormal, median: 9, sigma: 0.1, low: 1, high: 2}",
         "uncertainty.parameters[0].distribution", "lies between low and high"},
        {"{kind: discrete, values: [0.9, 1.1], weights: [0.5, 0.5]}",
         "{kind: normal, mean: 1, sigma: 0.1, low: 2, high: 1}", "uncertainty.parameters[0].distribution",
         "not above"},
        {"parameters: [{name: theta,", "parameters: [3, {name: theta,", "uncertainty.parameters[0]", "a map"},
        {"dates: [{measure: autos,", "dates: [3, {measure: autos,", "uncertainty.dates[0]", "a map"},
        {"dates: [{measure: autos,", "dates: [{name: boom, measure: autos,", NULL, "has a name of its own"},
        {"shocks: [{name: boom,", "shocks: [3, {name: boom,", "uncertainty.shocks[0]", "a map"},
        {"from: 2025-06-01,\n     log_change", "until: 2020-06-01,\n     log_change",
         "uncertainty.shocks[0].until", "a shock ends after it begins"},
        {"points: [{date: 2025-01-01, log_change: 0},", "points: [3,", "paths[0].points[0]", "a map"},
        {"rates: {goods: 0.1}}", "rates: 3}", "retaliation[1].rates", "a map"},
        {"elasticity_set: {values: [CP, BSY], weights: [0.25, 0.75]}", "elasticity_set: 3",
         "uncertainty.elasticity_set", "a map"},
    };
    PLAY(cases);
}

/* Names may be in any script, and bytes that are no text are told with their place. */
static void titles_are_utf_8(void **state)
{
    (void)state;
    static const case_t cases[] = {
        {"title: All sections", "title: \"\xed\x95\x9c\xea\xb5\xad \xf0\x9f\x9a\xa2\"\nnonsense: 1",
         "nonsense", "no such key"},
        {"title: All sections", "title: \"\xed\x95\"", NULL, "UTF-8"},
        {"title: All sections", "title: \"\xf5\x95\x9c\x9c\"", NULL, "UTF-8"},
        {"title: All sections", "title: \"\xff\"", NULL, "UTF-8"},
        {"title: All sections", "title: \"a\x01\"", NULL, "UTF-8"},
        {"title: All sections", "title: \"a\x7f\"", NULL, "UTF-8"},
    };
    PLAY(cases);
}

static int read_with(const char *key, const char *value, ent_config_t *config, ent_context_t *ctx)
{
    char path[128];
    ent_benchmark_t fine;
    const ent_setting_t setting = {key, value};
    snprintf(path, sizeof path, "%s/whole.yaml", folder);
    const int code = ent_config_read(config, &fine, path, 1, &setting, ctx);
    ent_benchmark_free(&fine);
    return code;
}

static void paths_of_settings_are_checked(void **state)
{
    (void)state;
    char deep[400] = "a";
    for (int i = 0; i < 100; i++) {
        strcat(deep, ".a");
    }
    const struct {
        const char *key, *value, *rule;
    } cases[] = {
        {"", "3", "a setting is written key=value"},
        {"a..b", "3", "a path looks like"},
        {"measures[]", "3", "a path looks like"},
        {"measures[1", "3", "a path looks like"},
        {"measures[99].rate", "3", "items, numbered from 0"},
        {"measures[autoz].rate", "3", "no item of the list has this id"},
        {"measures[1st].rate", "3", "no item of the list has this id"},
        {"paths[1st].kind", "3", "no item of the list has this id"},
        {"home[0]", "3", "no list stands here"},
        {"home.x", "3", "it has no keys"},
        {"measures.rate", "3", "a list stands here"},
        {deep, "3", "the path is too deep"},
        {"nonsense[+].id", "3", "no such key"},
        {"steps", "[1", "YAML"},
        {"start", "", "a date that exists"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ent_config_t config;
        ent_context_t ctx;
        ent_context_init(&ctx);
        if (read_with(cases[i].key, cases[i].value, &config, &ctx) == 0 || !is_told(&ctx, cases[i].rule)) {
            ent_context_print(&ctx, stderr);
            fail_msg("--set %s=%s does not say: %s", cases[i].key, cases[i].value, cases[i].rule);
        }
        ent_config_free(&config);
        ent_context_free(&ctx);
    }
}

/* What a config is kept as in a results file reads back to the same config, whatever a text holds. */
static void any_text_comes_back(void **state)
{
    (void)state;
    static const char *const texts[] = {"\"a \\\"quoted\\\" back\\\\slash\"",
                                        "\"a tab\\tand a line\\nbreak\"",
                                        "\"~\"",
                                        "\"null\"",
                                        "\"true\"",
                                        "\"-\"",
                                        "\"--\"",
                                        "\"..\"",
                                        "\"\"",
                                        "\"12\"",
                                        "'single'",
                                        "plain words",
                                        "\"\xed\x95\x9c\xea\xb5\xad\""};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ent_config_t config, again;
        ent_benchmark_t fine;
        ent_context_t ctx;
        char path[128];
        ent_context_init(&ctx);
        if (read_with("title", texts[i], &config, &ctx) != 0) {
            ent_context_print(&ctx, stderr);
            fail();
        }
        snprintf(path, sizeof path, "%s/back.yaml", folder);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(config.text, file);
        fclose(file);
        assert_int_equal(ent_config_read(&again, &fine, path, 0, NULL, &ctx), 0);
        assert_string_equal(again.title, config.title);
        assert_string_equal(again.hash, config.hash);
        ent_config_free(&again);
        ent_config_free(&config);
        ent_benchmark_free(&fine);
        ent_context_free(&ctx);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_of_the_run),
        cmocka_unit_test(rules_of_places),
        cmocka_unit_test(rules_of_firms),
        cmocka_unit_test(rules_of_measures),
        cmocka_unit_test(rules_of_regimes),
        cmocka_unit_test(rules_of_commitments),
        cmocka_unit_test(rules_of_uncertainty),
        cmocka_unit_test(titles_are_utf_8),
        cmocka_unit_test(paths_of_settings_are_checked),
        cmocka_unit_test(any_text_comes_back),
    };
    return cmocka_run_group_tests_name("config rules", tests, setup, teardown);
}
