/* Study files: what is read of them, every rule that a file can break, and that nothing is read by half. */
#include "ent_test.h"
#include "words.h"

#include "study/study.h"

#include <stdlib.h>
#include <string.h>

static ent_context_t ctx;
static char folder[64], path[96], table_path[96];

static int setup(void **state)
{
    (void)state;
    ent_context_init(&ctx);
    make_folder(folder);
    snprintf(path, sizeof path, "%s/study.yaml", folder);
    snprintf(table_path, sizeof table_path, "%s/table.csv", folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(path);
    unlink(table_path);
    rmdir(folder);
    ent_context_free(&ctx);
    return 0;
}

#define LAW "distribution: {kind: uniform, low: 0, high: 1}"
#define THREE "uncertainties: [{name: a, " LAW "}, {name: b, " LAW "}, {name: c, " LAW "}]\n"
#define ISHIGAMI "study: s\nmodel: ishigami\n"
#define CONFIG "study: s\nconfig: config.yaml\n"
#define LEVER "levers: [{name: l, path: steps, values: [1, 2]}]\n"
#define OUTCOME "outcomes: [{name: o, outcome: exports}]\n"

static const char whole[] =
    "study: whole\n"
    "title: everything a study file can say\n"
    "config: config.yaml\n"
    "replications: 20\n"
    "seed: 5\n"
    "set: {slots: 500, mechanisms: {entry: true}}\n"
    "levers:\n"
    "  - {name: rate, path: 'regimes.law.measures[0].rate', values: [0, 0.1, 0.2]}\n"
    "  - {name: steps, paths: [steps, burn_in], values: [6, 12]}\n"
    "uncertainties:\n"
    "  - {name: theta, path: parameters.trade_elasticity, distribution: {kind: triangular, low: 3, mode: 5, "
    "high: 8}}\n"
    "  - {name: closure, path: closure, values: [partial, general]}\n"
    "design: {kind: latin_hypercube, points: 10, seed: 3}\n"
    "outcomes:\n"
    "  - {name: loss, outcome: exports, period: horizon, scenario: law, base: none, partner: USA, sector: "
    "cars, view: change}\n"
    "  - {name: duty, outcome: duty}\n"
    "adaptive: {outcome: duty, half_width: 0.1, level: 0.9, first: 100, most: 64}\n";

static void all_of_it_is_read(void **state)
{
    ent_study_t study, again;

    (void)state;
    put(path, whole);
    explain(&ctx, ent_study_read(&study, path, &ctx));
    assert_string_equal(study.name, "whole");
    assert_int_equal(study.model, ENT_STUDY_CONFIG);
    assert_non_null(strstr(study.config, folder)); /* beside the study file */
    assert_int_equal(study.n_set, 5);              /* no repeats, the two settings, replications and seed */
    assert_string_equal(study.set[0].key, "repeats");
    assert_string_equal(study.set[1].value, "500");
    assert_string_equal(study.set[3].key, "replications");
    assert_int_equal(study.n_levers, 2);
    assert_int_equal(study.n_factors, 4);
    assert_int_equal(study.factors[1].n_paths, 2);
    assert_string_equal(study.factors[1].paths[1], "burn_in");
    assert_int_equal(study.design.kind, ENT_DESIGN_LATIN_HYPERCUBE);
    assert_int_equal(study.design.points, 10);
    assert_int_equal(study.n_outcomes, 2);
    assert_string_equal(study.outcomes[0].query.sector, "cars");
    assert_int_equal(study.outcomes[0].query.relative, 1);
    assert_string_equal(study.outcomes[1].query.period, "year1");
    assert_null(study.outcomes[1].query.base);
    assert_int_equal(study.adaptive.outcome, 1);
    assert_int_equal(study.adaptive.first, 64); /* not more than the most */

    /* values of factors: the middle of a triangle, and a text; as --set takes them */
    assert_true(ent_factor_value(&study.factors[3], 0.49) == 0.0);
    assert_true(ent_factor_value(&study.factors[3], 0.51) == 1.0);
    assert_true(ent_factor_value(&study.factors[3], 1.0) == 1.0);
    char *text = ent_factor_text(&study.factors[3], 1.0, &ctx);
    assert_string_equal(text, "general");
    free(text);
    text = ent_factor_text(&study.factors[2], 0.1, &ctx);
    assert_true(strtod(text, NULL) == 0.1);
    free(text);

    /* the canonical text says the same */
    explain(&ctx, ent_study_parse(&again, study.text, path, &ctx));
    assert_string_equal(again.text, study.text);
    ent_study_free(&again);
    ent_study_free(&study);
}

/* Designs and what each needs. */
static void designs_are_read(void **state)
{
    static const struct {
        const char *text;
        ent_design_kind_t kind;
        int points, levels;
    } cases[] = {
        {"{kind: factorial, levels: 4}", ENT_DESIGN_FACTORIAL, 1, 4},
        {"{kind: one_at_a_time, levels: 3}", ENT_DESIGN_ONE_AT_A_TIME, 1, 3},
        {"{kind: latin_hypercube, points: 7}", ENT_DESIGN_LATIN_HYPERCUBE, 7, 1},
        {"{kind: maximin_latin_hypercube, points: 9}", ENT_DESIGN_MAXIMIN, 9, 1},
        {"{kind: sobol, points: 8}", ENT_DESIGN_SOBOL, 8, 1},
        {"{kind: saltelli, points: 8}", ENT_DESIGN_SALTELLI, 8, 1},
        {"{kind: morris, points: 8, levels: 4}", ENT_DESIGN_MORRIS, 8, 4},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512];
        ent_study_t study;

        snprintf(text, sizeof text, ISHIGAMI THREE "design: %s\n", cases[i].text);
        put(path, text);
        explain(&ctx, ent_study_read(&study, path, &ctx));
        assert_int_equal(study.design.kind, cases[i].kind);
        assert_int_equal(study.design.points, cases[i].points);
        assert_int_equal(study.design.levels, cases[i].levels);
        assert_int_equal(study.n_outcomes, 1); /* of a test model: y */
        assert_string_equal(study.outcomes[0].name, "y");
        ent_study_free(&study);
    }
}

/* Columns in another order, texts as their places; an absolute path. */
static void tables_are_read(void **state)
{
    static const char head[] =
        CONFIG "uncertainties: [{name: a, path: x, " LAW "}, {name: b, path: y, values: "
               "[lo, hi]}]\n" OUTCOME;
    const double expected[] = {0.5, 1.0, 0.25, 0.0};
    ent_study_t study;
    char text[1024];

    (void)state;
    put(table_path, "b,a\nhi,0.5\n\"lo\",2.5e-1\n");
    for (int absolute = 0; absolute < 2; absolute++) {
        snprintf(text, sizeof text, "%sdesign: {kind: table, file: %s}\n", head,
                 absolute ? table_path : "table.csv");
        put(path, text);
        explain(&ctx, ent_study_read(&study, path, &ctx));
        assert_int_equal(study.design.n_table, 2);
        assert_memory_equal(study.table, expected, sizeof expected);
        ent_study_free(&study);
    }
}

static void broken_tables_are_told(void **state)
{
    static const struct {
        const char *csv, *words;
    } cases[] = {
        {"", "the table has no rows"},
        {"a,b,c\n", "the table has no rows"},
        {"a,b,d\n0,0,0\n", "a column for each uncertainty"},
        {"a,b,c,a\n0,0,0,0\n", "a column for each uncertainty"},
        {"a,b\n0,0\n", "a row has a value for each uncertainty"},
        {"a,b,c\n0,0\n", "a row has a value for each uncertainty"},
        {"a,b,c\n0,0,0,0\n", "a row has a value for each uncertainty"},
        {"a,b,c\n0,zero,0\n", "is no number"},
        {"a,b,c\n0,,0\n", "is no number"},
        {"a,b,c\n0,\"0\"x,0\n", ""}, /* words of libcsv */
    };

    (void)state;
    put(path, ISHIGAMI THREE "design: {kind: table, file: table.csv}\n");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ent_study_t study;

        put(table_path, cases[i].csv);
        assert_int_equal(ent_study_read(&study, path, &ctx), ENT_ERR_CONFIG);
        if (!told(&ctx, cases[i].words)) {
            ent_context_print(&ctx, stderr);
            fail_msg("table %zu: not told: %s", i, cases[i].words);
        }
        ent_context_clear(&ctx);
    }
    unlink(table_path);
    ent_study_t study;
    assert_int_equal(ent_study_read(&study, path, &ctx), ENT_ERR_CONFIG);
    assert_true(told(&ctx, "cannot be opened"));
    ent_context_clear(&ctx);
    put(path, ISHIGAMI "uncertainties: [{name: a, values: [x]}, {name: b, " LAW "}, {name: c, " LAW "}]\n"
                       "design: {kind: table, file: table.csv}\n");
    put(table_path, "a,b,c\ny,0,0\n");
    assert_int_equal(ent_study_read(&study, path, &ctx), ENT_ERR_CONFIG);
    assert_true(told(&ctx, "is none of the uncertainty's values"));
}

/* Every rule of a study file, broken alone. */
static void broken_rules_are_told(void **state)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"model: ishigami\n" THREE "design: {kind: sobol, points: 4}\n", "a study has a name"},
        {"study: [s]\nmodel: ishigami\n" THREE "design: {kind: sobol, points: 4}\n", "a text is wanted here"},
        {"study: 'no good'\nmodel: ishigami\n" THREE "design: {kind: sobol, points: 4}\n",
         "a name has at most"},
        {"study: s\n" LEVER OUTCOME, "the config that is played, or a test `model`"},
        {"study: s\nmodel: ishigami\nconfig: c.yaml\n" THREE "design: {kind: sobol, points: 4}\n",
         "the config that is played, or a test `model`"},
        {"study: s\nmodel: ishigam\n" THREE "design: {kind: sobol, points: 4}\n", "a known model"},
        {"study: s\nconfig: [c]\n" LEVER OUTCOME, "a text is wanted here"},
        {"study: s\nmodel: sobol_g\n" THREE "design: {kind: sobol, points: 4}\n", "has 8 uncertainties"},
        {ISHIGAMI "levers: [{name: l, values: [1]}]\n" THREE "design: {kind: sobol, points: 4}\n",
         "has 3 uncertainties and no levers"},
        {ISHIGAMI THREE, "uncertainties need a design"},
        {ISHIGAMI THREE "design: 3\n", "a map of keys"},
        {ISHIGAMI THREE "design: {points: 4}\n", "missing: factorial, one_at_a_time"},
        {ISHIGAMI THREE "design: {kind: sobel, points: 4}\n", "sobol"},
        {ISHIGAMI THREE "design: {kind: sobol}\n", "how many points"},
        {ISHIGAMI THREE "design: {kind: sobol, points: 0}\n", "between 1 and 10000000"},
        {ISHIGAMI THREE "design: {kind: sobol, points: 4, seed: -1}\n", "between 0"},
        {ISHIGAMI THREE "design: {kind: morris, points: 4}\n", "how many levels"},
        {ISHIGAMI THREE "design: {kind: factorial, levels: 20000}\n", "between 1 and 10000"},
        {ISHIGAMI THREE "design: {kind: sobol, points: 4, level: 2}\n", "no such key here"},
        {ISHIGAMI THREE "design: {kind: table}\n", "a table is a CSV file"},
        {ISHIGAMI THREE "design: {kind: table, file: [a]}\n", "a text is wanted here"},
        {ISHIGAMI THREE "design: {kind: sobol, points: 4}\noutcomes: []\n", "of a test model one"},
        {ISHIGAMI THREE "design: {kind: sobol, points: 4}\nreplications: 0\n", "between 1"},
        {ISHIGAMI THREE "design: {kind: sobol, points: 4}\nreplications: 2000000\n", "between 1 and 1000000"},
        {ISHIGAMI THREE "design: {kind: sobol, points: 4}\nset: 5\n", "a map of keys"},
        {ISHIGAMI THREE "design: {kind: sobol, points: 4}\ntitel: x\n", "title"},
        {CONFIG LEVER, "at least one number to record"},
        {CONFIG LEVER "outcomes: 5\n", "a list is wanted here"},
        {CONFIG LEVER "outcomes: []\n", "at least one outcome"},
        {CONFIG LEVER "outcomes: [o]\n", "a map of keys"},
        {CONFIG LEVER "outcomes: [{outcome: exports}]\n", "an outcome has a name"},
        {CONFIG LEVER "outcomes: [{name: o}]\n", "any other outcome or recorded quantity"},
        {CONFIG LEVER "outcomes: [{name: o, outcome: importz}]\n", "imports"},
        {CONFIG LEVER "outcomes: [{name: o, outcome: exports, view: both}]\n", "a known view"},
        {CONFIG LEVER "outcomes: [{name: o, outcome: exports, view: change}]\n", "and only then"},
        {CONFIG LEVER "outcomes: [{name: o, outcome: exports, base: none}]\n", "and only then"},
        {CONFIG LEVER "outcomes: [{name: o, outcome: exports, bass: none}]\n", "no such key here"},
        {CONFIG "levers: 5\n" OUTCOME, "a list is wanted here"},
        {CONFIG "levers: [5]\n" OUTCOME, "a map of keys"},
        {CONFIG "levers: [{path: steps, values: [1]}]\n" OUTCOME, "a factor has a name"},
        {CONFIG "levers: [{name: l, values: [1]}]\n" OUTCOME, "either `path` or `paths`"},
        {CONFIG "levers: [{name: l, path: a, paths: [b], values: [1]}]\n" OUTCOME,
         "either `path` or `paths`"},
        {CONFIG "levers: [{name: l, paths: a, values: [1]}]\n" OUTCOME, "a list is wanted here"},
        {CONFIG "levers: [{name: l, paths: [], values: [1]}]\n" OUTCOME, "at least one key"},
        {CONFIG "levers: [{name: l, path: [a], values: [1]}]\n" OUTCOME, "a text is wanted here"},
        {CONFIG "levers: [{name: l, path: a}]\n" OUTCOME, "a lever is a list of values"},
        {CONFIG "levers: [{name: l, path: a, values: 5}]\n" OUTCOME, "a list is wanted here"},
        {CONFIG "levers: [{name: l, path: a, values: []}]\n" OUTCOME, "at least one value"},
        {CONFIG "levers: [{name: l, path: a, values: [[1]]}]\n" OUTCOME, "a text is wanted here"},
        {CONFIG "levers: [{name: l, path: a, values: [1], " LAW "}]\n" OUTCOME, "no such key here"},
        {CONFIG "levers: [{name: l, path: a, values: [1]}, {name: l, path: b, values: [1]}]\n" OUTCOME,
         "a name is used once"},
        {CONFIG "uncertainties: [{name: u, path: a}]\ndesign: {kind: sobol, points: 4}\n" OUTCOME,
         "either a `distribution` or a list of `values`"},
        {CONFIG "uncertainties: [{name: u, path: a, values: [1], " LAW
                "}]\ndesign: {kind: sobol, points: 4}\n" OUTCOME,
         "not both"},
        {CONFIG "uncertainties: [{name: u, path: a, distribution: {kind: uniform, low: 2, high: 1}}]\n"
                "design: {kind: sobol, points: 4}\n" OUTCOME,
         "high"},
        {CONFIG LEVER OUTCOME "adaptive: 3\n", "a map of keys"},
        {CONFIG LEVER OUTCOME "adaptive: {half_width: 1, most: 9}\n", "whose interval is watched"},
        {CONFIG LEVER OUTCOME "adaptive: {outcome: p, half_width: 1, most: 9}\n", "a known outcome"},
        {CONFIG LEVER OUTCOME "adaptive: {outcome: o, most: 9}\n", "half the width wanted"},
        {CONFIG LEVER OUTCOME "adaptive: {outcome: o, half_width: 0, most: 9}\n", "between 1e-12"},
        {CONFIG LEVER OUTCOME "adaptive: {outcome: o, half_width: 1}\n", "at which it ends in any case"},
        {CONFIG LEVER OUTCOME "adaptive: {outcome: o, half_width: 1, most: 1}\n", "between 2"},
        {CONFIG LEVER OUTCOME "adaptive: {outcome: o, half_width: 1, most: 9, level: 1}\n", "between 0.5"},
        {CONFIG LEVER OUTCOME "adaptive: {outcome: o, half_width: 1, most: 9, width: 1}\n", "no such key"},
        {"study: [\n", ""},
        {"- a\n", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ent_study_t study;

        put(path, cases[i].text);
        const int code = ent_study_read(&study, path, &ctx);
        if (code != ENT_ERR_CONFIG || !told(&ctx, cases[i].words)) {
            ent_context_print(&ctx, stderr);
            fail_msg("%s\ncode %d, not told: %s", cases[i].text, code, cases[i].words);
        }
        assert_null(study.text); /* nothing is left of it */
        ent_context_clear(&ctx);
        if (ent_study_parse(&study, cases[i].text, path, &ctx) == ENT_OK) {
            assert_non_null(strstr(cases[i].text, "table")); /* its file is no longer read */
            ent_study_free(&study);
        }
        ent_context_clear(&ctx);
    }
    unlink(path);
    ent_study_t study;
    assert_int_equal(ent_study_read(&study, path, &ctx), ENT_ERR_NO_INPUT);
}

/* Lists longer than a study may have. */
static void too_many_are_told(void **state)
{
    enum { MANY = 201 };
    static const struct {
        const char *head, *item, *tail, *words;
    } cases[] = {
        {CONFIG OUTCOME "levers: [", "{name: l%d, path: p, values: [1]}", "]\n",
         "at most 200 levers and uncertainties"},
        {CONFIG LEVER "outcomes: [", "{name: o%d, outcome: exports}", "]\n", "at most 200 items"},
        {CONFIG LEVER OUTCOME "set: {", "s%d: 1", "}\n", "at most 200 settings"},
        /* each list short enough, together too many */
        {CONFIG OUTCOME "design: {kind: sobol, points: 4}\nuncertainties: [{name: u, path: p, values: [1]}]\n"
                        "levers: [{name: l, path: p, values: [1]}",
         "", "]\n", "at most 200 levers and uncertainties"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = NULL;
        size_t size = 0;
        ent_study_t study;
        FILE *stream = open_memstream(&text, &size);

        fputs(cases[i].head, stream);
        if (cases[i].item[0] == '\0') {
            for (int k = 0; k < MANY - 2; k++) {
                fprintf(stream, ", {name: m%d, path: p, values: [1]}", k);
            }
        }
        for (int k = 0; cases[i].item[0] != '\0' && k < MANY; k++) {
            fputs(k > 0 ? ", " : "", stream);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            fprintf(stream, cases[i].item, k);
#pragma GCC diagnostic pop
        }
        fputs(cases[i].tail, stream);
        fclose(stream);
        assert_int_equal(ent_study_parse(&study, text, path, &ctx), ENT_ERR_CONFIG);
        if (!told(&ctx, cases[i].words)) {
            ent_context_print(&ctx, stderr);
            fail_msg("not told: %s", cases[i].words);
        }
        ent_context_clear(&ctx);
        free(text);
    }
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(all_of_it_is_read),      CASE(designs_are_read),      CASE(tables_are_read),
        CASE(broken_tables_are_told), CASE(broken_rules_are_told), CASE(too_many_are_told),
    };
    return cmocka_run_group_tests_name("study file", tests, NULL, NULL);
}
