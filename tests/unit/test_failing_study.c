/* Studies and calibrations while memory, HDF5 or files fail: every call fails in turn, and each time there is
 * a known code, words, nothing left open, and no half of a file. */
#include "base/input.h"
#include "ent_test.h"
#include "words.h"

#include "failing.h"
#include "evidence/abc_local.h"
#include "evidence/calibration.h"
#include "study/study.h"
#include "static/gap.h"
#include "study/study.h"
#include "study/study_analysis.h"
#include "study/test_models.h"

#include <stdlib.h>
#include <string.h>

static ent_context_t ctx;
static char folder[64], study_path[96], config_path[96], targets_path[96], plan_folder[96], out_path[96],
    benchmark_path[4096];

static const char config_text[] =
    "name: small\n"
    "start: 2025-01-01\n"
    "steps: 3\n"
    "burn_in: 1\n"
    "replications: 2\n"
    "repeats: 0\n"
    "slots: 200\n"
    "home: KOR\n"
    "regions: {KOR: [KOR], USA: [USA], ROW: rest}\n"
    "sectors: {services: [SERVICES], goods: rest}\n"
    "sector_parameters: {services: {stocked: 0, shipping_lag: 0, target_stock: 0, stockup_limit: 0,\n"
    "  stockdown_limit: 0}}\n"
    "regimes:\n"
    "  law: {measures: [{id: duty, importer: USA, partners: [KOR], sectors: [goods], rate: 0.1,\n"
    "    announced: 2025-02-01, effective: 2025-02-01}]}\n"
    "  none: {}\n"
    "scenarios: [law, none]\n"
    "uncertainty: {parameters: [{name: theta, parameter: trade_elasticity, sectors: [goods], scale: true,\n"
    "  distribution: {kind: uniform, low: 0.8, high: 1.2}}]}\n";

static const char config_study[] =
    "study: played\n"
    "config: config.yaml\n"
    "set: {replications: 1}\n"
    "levers: [{name: rate, path: 'regimes.law.measures[0].rate', values: [0.1, 0.2]}]\n"
    "uncertainties: [{name: lambda, path: parameters.renewal_rate, distribution: {kind: uniform, low: 0.1, "
    "high: 0.8}}]\n"
    "design: {kind: factorial, levels: 1}\n"
    "outcomes: [{name: loss, outcome: exports, scenario: law, base: none, partner: USA, view: change}]\n";

static const char targets[] =
    "calibration: c\n"
    "parameters: [{name: theta, path: 'uncertainty.parameters[theta].distribution', distribution: {kind: "
    "uniform, low: 0.5, high: 1.5}}]\n"
    "population: 10\ngenerations: 2\nbatch: 5\nset: {steps: 3}\n"
    "plays: [{name: other, set: {steps: 2}}]\n"
    "moments:\n"
    "  - {name: change, kind: elasticity, flow: KOR-USA, month: 2025-03, value: -1, error: 1, source: a}\n"
    "  - {name: ahead, kind: index, flow: WLD-USA, month: 2025-02, base_month: 2025-01, value: 100, error: "
    "9,\n"
    "     sectors: [goods], source: b, play: other}\n";

static int setup(void **state)
{
    (void)state;
    ent_context_init(&ctx);
    make_folder(folder);
    snprintf(study_path, sizeof study_path, "%s/study.yaml", folder);
    snprintf(config_path, sizeof config_path, "%s/config.yaml", folder);
    snprintf(targets_path, sizeof targets_path, "%s/targets.yaml", folder);
    snprintf(plan_folder, sizeof plan_folder, "%s/plan", folder);
    snprintf(out_path, sizeof out_path, "%s/out.h5", folder);
    assert_non_null(realpath("tests/fuzz/data/small.h5", benchmark_path));
    char text[8192];
    snprintf(text, sizeof text, "benchmark: %s\n%s", benchmark_path, config_text);
    put(config_path, text);
    put(targets_path, targets);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    remove_folder(folder);
    ent_context_free(&ctx);
    return 0;
}

/* ---- study files ---- */

static int read_study(void *data, ent_context_t *own)
{
    ent_study_t study;
    const int code = ent_study_read(&study, study_path, own);

    (void)data;
    if (code == ENT_OK) {
        assert_non_null(study.text);
        ent_study_free(&study);
    } else {
        assert_null(study.factors);
    }
    return code;
}

#define LAW "distribution: {kind: uniform, low: 0, high: 1}"
#define THREE "uncertainties: [{name: a, " LAW "}, {name: b, " LAW "}, {name: c, " LAW "}]\n"
#define ISHIGAMI "study: s\nmodel: ishigami\n" THREE

static void no_study_is_read_by_half(void **state)
{
    char path[96];

    (void)state;
    put(study_path,
        "study: s\nconfig: config.yaml\nreplications: 2\nset: {slots: 5, mechanisms: {entry: true}}\n"
        "levers: [{name: l, paths: [steps, burn_in], values: [1, 2]}]\n"
        "uncertainties: [{name: t, path: x, distribution: {kind: discrete, values: [1, 2], weights: [0.5, "
        "0.5]}}]\n"
        "design: {kind: morris, points: 2, levels: 4}\n"
        "outcomes: [{name: o, outcome: exports, scenario: a, base: b, partner: c, sector: d, view: change}]\n"
        "adaptive: {outcome: o, half_width: 1, most: 9}\n");
    assert_true(failing_each(FAILING_MEMORY, read_study, NULL) > 20);
    assert_true(failing_each(FAILING_FILES, read_study, NULL) > 0);
    put(study_path, ISHIGAMI "design: {kind: table, file: table.csv}\n");
    snprintf(path, sizeof path, "%s/table.csv", folder);
    put(path, "a,b,c\n1,2,3\n4,5,6\n7,8,9\n");
    assert_true(failing_each(FAILING_MEMORY, read_study, NULL) > 20);
    assert_true(failing_each(FAILING_FILES, read_study, NULL) > 1);
}

/* ---- plans, shards and what is merged ---- */

static int make_plan(void *data, ent_context_t *own)
{
    ent_plan_file_t plan;

    (void)data;
    int code = ent_plan_make(study_path, plan_folder, own);
    (void)failing_disarm();
    if (code == ENT_OK) {
        explain(&ctx, ent_plan_open(&plan, plan_folder, &ctx)); /* whole */
        ent_plan_close(&plan);
    }
    remove_folder(plan_folder);
    return code;
}

static int open_plan(void *data, ent_context_t *own)
{
    ent_plan_file_t plan;
    double x[8], u[8];
    char hash[ENT_SHA256_TEXT];
    int code = ent_plan_open(&plan, plan_folder, own);

    (void)data;
    if (code != ENT_OK) {
        return code;
    }
    code = ent_plan_point(&plan, plan.n_points - 1, x, own);
    code = code == 0 ? ent_plan_place(&plan, 0, u, own) : code;
    code = code == 0 ? ent_point_hash(&plan.study, plan.base_hash, x, hash, own) : code;
    code = code == 0 ? ent_plan_check_config(&plan, own) : code;
    ent_plan_close(&plan);
    return code;
}

static void plans_are_whole_or_not_there(void **state)
{
    (void)state;
    put(study_path, config_study);
    failing_some(FAILING_MEMORY, 2000, make_plan, NULL, 12, 20);
    put(study_path, ISHIGAMI "design: {kind: sobol, points: 3}\n");
    for (int kind = 0; kind < FAILING_N_KINDS; kind++) {
        assert_true(failing_each((failing_kind_t)kind, make_plan, NULL) > 5);
    }
    explain(&ctx, ent_plan_make(study_path, plan_folder, &ctx));
    for (int kind = 0; kind < FAILING_N_KINDS; kind++) {
        assert_true(failing_each((failing_kind_t)kind, open_plan, NULL) > 2);
    }
}

/* What a plan is for: all its points in parts. */
static int play_all(const ent_plan_file_t *plan, ent_context_t *own)
{
    const ent_shard_options_t options = {.shard = 1, .n_shards = 1, .n_threads = 1, .part_seconds = 1e9};
    return ent_shard_run(plan, &options, own);
}

static void remove_parts(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -f %s/shards/*", plan_folder);
    assert_int_equal(system(command), 0);
}

/* Whatever failed, what stands in the folder is whole, and the same again ends it. */
static int play_shard(void *data, ent_context_t *own)
{
    ent_plan_file_t *plan = data;
    const int code = play_all(plan, own);

    (void)failing_disarm();
    ent_context_t later;
    ent_context_init(&later);
    const int again = play_all(plan, &later);
    assert_true(again == ENT_OK || again == ENT_ERR_PARTIAL);
    ent_context_free(&later);
    remove_parts();
    return code;
}

static void shards_go_on_after_a_fault(void **state)
{
    ent_plan_file_t plan;

    (void)state;
    put(study_path, ISHIGAMI "design: {kind: sobol, points: 3}\n");
    explain(&ctx, ent_plan_make(study_path, plan_folder, &ctx));
    explain(&ctx, ent_plan_open(&plan, plan_folder, &ctx));
    for (int kind = 0; kind < FAILING_N_KINDS; kind++) {
        assert_true(failing_each((failing_kind_t)kind, play_shard, &plan) > 5);
    }
    ent_plan_close(&plan);
}

/* A point of a config, whose faults are told apart from the machine's. */
static int play_point(void *data, ent_context_t *own)
{
    const ent_plan_file_t *plan = data;
    ent_config_source_t source = {0};
    ent_stage_t stage;
    double x[2], value[1];
    int code = ent_config_source_open(&source, plan->study.config, own);

    ent_stage_init(&stage, &source);
    for (int p = 0; code == 0 && p < 2; p++) { /* one laid out anew, one on the layout of the other */
        code = ent_plan_point(plan, p, x, own);
        code = code == 0 ? ent_point_play(&plan->study, x, &stage, 1, 1, value, own) : code;
        assert_true(code != 0 || isfinite(value[0]));
    }
    ent_stage_free(&stage);
    ent_config_source_free(&source);
    return code;
}

static void points_fail_with_words(void **state)
{
    ent_plan_file_t plan;

    (void)state;
    put(study_path, config_study);
    explain(&ctx, ent_plan_make(study_path, plan_folder, &ctx));
    explain(&ctx, ent_plan_open(&plan, plan_folder, &ctx));
    failing_some(FAILING_MEMORY, 2000, play_point, &plan, 12, 20);
    ent_plan_close(&plan);
}

static int merge(const ent_plan_file_t *plan, int is_virtual, ent_context_t *own)
{
    int n_missing, n_failed;
    const int code = ent_study_merge(plan, out_path, 0, is_virtual, &n_missing, &n_failed, own);

    (void)failing_disarm();
    if (code == ENT_OK) {
        ent_study_data_t study;
        assert_int_equal(n_missing + n_failed, 0);
        explain(&ctx, ent_study_data_read(&study, out_path, &ctx));
        explain(&ctx, ent_study_data_load(&study, NULL, &ctx));
        for (int i = 0; i < study.n_points; i++) {
            assert_close(study.mean[i], ent_test_ishigami(study.x + 3 * (size_t)i), 1e-12);
        }
        ent_study_data_free(&study);
    }
    unlink(out_path);
    return code;
}

static int merge_copy(void *data, ent_context_t *own)
{
    return merge(data, 0, own);
}

static int merge_virtual(void *data, ent_context_t *own)
{
    return merge(data, 1, own);
}

static int look_at_parts(void *data, ent_context_t *own)
{
    const ent_plan_file_t *plan = data;
    signed char state[64];
    ent_parts_t parts;
    int code = ent_parts_list(&parts, plan_folder, own);

    if (code == ENT_OK) {
        code = ent_study_states(plan, &parts, state, own);
        code = code == 0 ? ent_parts_reasons(&parts, stdout, own) : code;
        ent_parts_free(&parts);
    }
    return code;
}

static int write_slurm(void *data, ent_context_t *own)
{
    const ent_jobs_options_t options = {
        .n_shards = 2, .n_threads = 1, .minutes = 10, .notice = 60, .program = "/entrepot", .merged = "m.h5"};
    char command[128];
    const int code = ent_study_jobs(data, "slurm", &options, own);

    (void)failing_disarm();
    snprintf(command, sizeof command, "rm -rf %s/slurm", plan_folder);
    assert_int_equal(system(command), 0);
    return code;
}

static void merges_are_whole_or_not_there(void **state)
{
    ent_plan_file_t plan;

    (void)state;
    put(study_path, ISHIGAMI "design: {kind: sobol, points: 4}\n");
    explain(&ctx, ent_plan_make(study_path, plan_folder, &ctx));
    explain(&ctx, ent_plan_open(&plan, plan_folder, &ctx));
    explain(&ctx, play_all(&plan, &ctx));
    for (int kind = 0; kind < FAILING_N_KINDS; kind++) {
        assert_true(failing_each((failing_kind_t)kind, merge_copy, &plan) > 5);
        assert_true(failing_each((failing_kind_t)kind, merge_virtual, &plan) > 5);
        assert_true(failing_each((failing_kind_t)kind, look_at_parts, &plan) > 1);
    }
    assert_true(failing_each(FAILING_MEMORY, write_slurm, &plan) > 3);
    assert_true(failing_each(FAILING_FILES, write_slurm, &plan) > 3);
    ent_plan_close(&plan);
}

/* ---- analysis ---- */

static int analyse(void *data, ent_context_t *own)
{
    const char *text = data;
    ent_study_data_t study;
    ent_analysis_options_t options;
    ent_table_t tables[ENT_N_STUDY_METHODS];
    int n = 0;
    int code = ent_study_data_read(&study, out_path, own);

    (void)text;
    if (code != ENT_OK) {
        return code;
    }
    ent_analysis_defaults(&options);
    options.n_bootstrap = 4;
    options.above = 7.0;
    options.factors[0] = "a";
    options.factors[1] = "b";
    code = ent_study_data_load(&study, "y", own);
    const unsigned boxes = study.n_rows == 60 ? 1u << ENT_STUDY_PRIM : 0u;
    const unsigned methods = ent_analysis_methods(&study) | boxes | 1u << ENT_STUDY_SURFACE;
    for (int m = 0; code == ENT_OK && m < ENT_N_STUDY_METHODS; m++) {
        if ((methods >> m & 1u) != 0) {
            code = ent_analysis_table(&study, (ent_study_method_t)m, &options, &tables[n++], own);
        }
    }
    if (code == ENT_OK) {
        char path[128];
        snprintf(path, sizeof path, "%s/analysis.h5", folder);
        code = ent_analysis_write(tables, n, path, 1, own);
        (void)failing_disarm();
        unlink(path);
    }
    for (int t = 0; t < n; t++) {
        ent_table_free(&tables[t]);
    }
    ent_study_data_free(&study);
    return code;
}

static void analyses_fail_with_words(void **state)
{
    static const char *const designs[] = {
        "design: {kind: saltelli, points: 16}\n", "design: {kind: morris, points: 4, levels: 4}\n",
        "design: {kind: one_at_a_time, levels: 3}\n", "design: {kind: latin_hypercube, points: 60}\n"};

    (void)state;
    for (size_t i = 0; i < sizeof designs / sizeof designs[0]; i++) {
        char text[1024];
        ent_plan_file_t plan;
        int n_missing, n_failed;

        snprintf(text, sizeof text, "%sreplications: 2\n%s", ISHIGAMI, designs[i]);
        put(study_path, text);
        explain(&ctx, ent_plan_make(study_path, plan_folder, &ctx));
        explain(&ctx, ent_plan_open(&plan, plan_folder, &ctx));
        explain(&ctx, play_all(&plan, &ctx));
        ent_input_forget(&ctx, out_path); /* the last design's, of which this one takes the place */
        explain(&ctx, ent_study_merge(&plan, out_path, 1, 0, &n_missing, &n_failed, &ctx));
        ent_plan_close(&plan);
        remove_folder(plan_folder);
        explain(&ctx, analyse(text, &ctx));
        assert_true(failing_each(FAILING_MEMORY, analyse, text) > 20);
        if (i == 0) {
            assert_true(failing_each(FAILING_HDF5, analyse, text) > 20);
            assert_true(failing_each(FAILING_FILES, analyse, text) > 3);
        }
    }
}

/* ---- calibration ---- */

static int read_targets(void *data, ent_context_t *own)
{
    ent_calibrate_t c;
    const int code = ent_calibrate_init(&c, config_path, targets_path, 0, NULL, own);

    (void)data;
    ent_calibrate_free(&c);
    return code;
}

static int simulate(void *data, ent_context_t *own)
{
    const double u[1] = {0.5};
    double moments[2];
    return ent_calibrate_simulate(data, 0, 12345u << 12, u, moments, own);
}

static int write_posterior(void *data, ent_context_t *own)
{
    ent_posterior_t posterior;
    const int code = ent_posterior_write(data, out_path, 0, own);

    (void)failing_disarm();
    if (code == ENT_OK) {
        explain(&ctx, ent_posterior_read(&posterior, out_path, &ctx));
        ent_posterior_free(&posterior);
    }
    unlink(out_path);
    return code;
}

static int take_posterior(void *data, ent_context_t *own)
{
    ent_config_t config = {0};
    ent_benchmark_t fine = {0};
    ent_table_t tables[ENT_CALIBRATION_TABLES] = {{0}};
    int code = ent_posterior_config(&config, &fine, config_path, out_path, 0, NULL, own);

    code = code == 0 ? ent_calibration_tables(data, tables, own) : code;
    for (int t = 0; t < ENT_CALIBRATION_TABLES; t++) {
        ent_table_free(&tables[t]);
    }
    ent_config_free(&config);
    ent_benchmark_free(&fine);
    return code;
}

static void calibrations_fail_with_words(void **state)
{
    ent_calibrate_t c;
    ent_abc_options_t options;

    (void)state;
    failing_some(FAILING_MEMORY, 4000, read_targets, NULL, 12, 20);
    assert_true(failing_each(FAILING_FILES, read_targets, NULL) > 1);
    explain(&ctx, ent_calibrate_init(&c, config_path, targets_path, 0, NULL, &ctx));
    failing_some(FAILING_MEMORY, 2000, simulate, &c, 12, 20);
    ent_calibrate_options(&c, &options);
    options.n_threads = 1;
    explain(&ctx, ent_abc_run(&c.population, &options, &ctx));
    for (int kind = 0; kind < FAILING_N_KINDS; kind++) {
        assert_true(failing_each((failing_kind_t)kind, write_posterior, &c) > 3);
    }
    explain(&ctx, ent_posterior_write(&c, out_path, 0, &ctx));
    failing_some(FAILING_MEMORY, 6000, take_posterior, &c, 12, 20);
    failing_some(FAILING_HDF5, 2000, take_posterior, &c, 12, 20);
    ent_calibrate_free(&c);
}

/* Moments that are the places themselves. */
static int places(void *data, int thread, uint64_t key, const double *u, double *moments, ent_context_t *own)
{
    (void)data;
    (void)thread;
    (void)own;
    moments[0] = u[0] + 1e-3 * (double)(key % 7);
    moments[1] = u[1];
    return 0;
}

static const double middle[] = {0.5, 0.5}, tenth[] = {0.1, 0.1};

static int run_abc(void *data, ent_context_t *own)
{
    const ent_abc_options_t options = {.n_parameters = 2,
                                       .n_moments = 2,
                                       .n_particles = 10,
                                       .n_generations = 3,
                                       .batch = 8,
                                       .most_attempts = 1000,
                                       .quantile = 0.5,
                                       .seed = 1,
                                       .target = middle,
                                       .error = tenth,
                                       .simulate = places,
                                       .n_threads = 1,
                                       .state_path = out_path,
                                       .hash = "test"};
    ent_abc_t abc = {0};
    int code = ent_abc_run(&abc, &options, own);

    (void)data;
    if (code == ENT_OK) {
        code = ent_abc_adjust(&abc, &options, own);
        code = code == 0 ? ent_abc_replay(&abc, &options, own) : code;
    }
    ent_abc_free(&abc);
    (void)failing_disarm();
    unlink(out_path);
    return code;
}

static int run_local(void *data, ent_context_t *own)
{
    const ent_abc_options_t options = {.n_parameters = 2,
                                       .n_moments = 2,
                                       .n_particles = 1,
                                       .n_generations = 1,
                                       .batch = 2,
                                       .most_attempts = 30,
                                       .quantile = 0.5,
                                       .seed = 1,
                                       .target = middle,
                                       .error = tenth,
                                       .simulate = places,
                                       .n_threads = 1,
                                       .hash = "test"};
    ent_abc_t abc = {0};
    const int code = ent_abc_local(&abc, &options, own);

    (void)data;
    ent_abc_free(&abc);
    return code;
}

static void populations_fail_with_words(void **state)
{
    (void)state;
    for (int kind = 0; kind < FAILING_N_KINDS; kind++) {
        assert_true(failing_each((failing_kind_t)kind, run_abc, NULL) > 5);
    }
    assert_true(failing_each(FAILING_MEMORY, run_local, NULL) > 2);
}

/* ---- the gap to the static answer ---- */

/* A whole decomposition is 256 runs: the calls of the first few runs fail, at growing distances. */
static void gaps_fail_with_words(void **state)
{
    const ent_gap_options_t options = {
        .config = config_path, .from = 12 * 2025, .n_months = 2, .n_threads = 1};
    int n_failed = 0;

    (void)state;
    for (long at = 1; at < 6000; at += 1 + at / 16) {
        ent_gap_t gap;

        failing_arm(FAILING_MEMORY, at, 1);
        const int code = ent_gap(&gap, &options, &ctx);
        (void)failing_disarm();
        assert_int_equal(code, ENT_ERR_NO_MEMORY);
        n_failed++;
        ent_gap_free(&gap);
        ent_context_clear(&ctx);
    }
    assert_true(n_failed > 60);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(no_study_is_read_by_half),      CASE(plans_are_whole_or_not_there),
        CASE(shards_go_on_after_a_fault),    CASE(points_fail_with_words),
        CASE(merges_are_whole_or_not_there), CASE(analyses_fail_with_words),
        CASE(calibrations_fail_with_words),  CASE(populations_fail_with_words),
        CASE(gaps_fail_with_words),
    };
    return cmocka_run_group_tests_name("failing study", tests, NULL, NULL);
}
