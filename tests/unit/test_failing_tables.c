/* Everything that is made of results, and the static theory, while memory, HDF5 or files fail: every call
 * fails in turn, and each time there is a known code, words and nothing left open; what is made in spite of
 * the failure is what it is without. */
#include "ent_test.h"
#include "words.h"

#include "failing.h"
#include "compare/aftermath.h"
#include "compare/agreements.h"
#include "evidence/backtest.h"
#include "static/benchmark_view.h"
#include "compare/compare_firms.h"
#include "compare/pass_through.h"
#include "compare/compare_theory.h"
#include "compare/decompose.h"
#include "compare/pass_through.h"
#include "page/report.h"
#include "static/static_tables.h"
#include "compare/market_accounts.h"
#include "compare/who_pays.h"

#include <entrepot/results.h>

#include <stdlib.h>
#include <string.h>

static ent_context_t ctx;
static char folder[64], run_path[96], observed_path[96];
static FILE *sink;
static ent_config_t config;
static ent_benchmark_t fine;
static ent_model_t *model;

/* All that a results file can hold: firms, flows into the partner's market, talks, a decomposition; a duty
 * that ends. */
static const char config_text[] =
    "name: tables\n"
    "title: All that a results file can hold\n"
    "start: 2025-01-01\n"
    "steps: 13\n"
    "burn_in: 1\n"
    "replications: 2\n"
    "repeats: 0\n"
    "slots: 300\n"
    "slot_focus: {USA: 4}\n"
    "home: KOR\n"
    "regions: {KOR: [KOR], USA: [USA], ROW: rest}\n"
    "sectors: {services: [SERVICES], goods: rest}\n"
    "sector_parameters: {services: {stocked: 0, shipping_lag: 0, target_stock: 0, stockup_limit: 0,\n"
    "  stockdown_limit: 0}}\n"
    "mechanisms: {entry: true, failure: true}\n"
    "exporters: {firms: 60, per_agent: 1}\n"
    "regimes:\n"
    "  law: {measures: [{id: duty, legal: An Act, set: a, importer: USA, partners: [KOR], sectors: [goods],\n"
    "    rate: 0.2, announced: 2025-01-10, effective: 2025-02-01, end: 2025-06-01}]}\n"
    "  deal: {measures: [{id: less, set: a, kind: floor, importer: USA, partners: [KOR], sectors: [goods],\n"
    "    rate: 0.05, announced: 2025-03-01, effective: 2025-03-10}]}\n"
    "  none: {}\n"
    "negotiation: {sides: {KOR: {speed: 3}, USA: {pressure: 2}}, from: 2025-02-01, deadline: 2025-05-01,\n"
    "  deal: deal, snap_back: law}\n"
    "scenarios: [law, {name: talks, negotiated: true}, none]\n"
    "decomposition: {base: none, parts: [law], together: talks}\n"
    "uncertainty: {parameters: [{name: theta, parameter: trade_elasticity, sectors: [goods], scale: true,\n"
    "  distribution: {kind: uniform, low: 0.8, high: 1.2}}]}\n"
    "record: {flows: {origins: [KOR], destinations: [USA]}}\n";

static void play(void)
{
    const ent_run_options_t options = {.n_threads = 1, .split_agents = -1};
    ent_results_t *results = NULL;
    ent_benchmark_t benchmark = *ent_model_benchmark(model);

    memcpy(benchmark.sha256, fine.sha256, sizeof benchmark.sha256);
    explain(&ctx, ent_results_create(&results, run_path, 1, &config, &benchmark, &ctx));
    explain(&ctx, ent_run(model, &options, results, &ctx));
    explain(&ctx, ent_results_finish(results, 1.0, 0, &ctx));
}

static int setup_all(void **state)
{
    char path[96], benchmark_path[4096], text[8192];

    (void)state;
    ent_context_init(&ctx);
    make_folder(folder);
    snprintf(run_path, sizeof run_path, "%s/run.h5", folder);
    snprintf(observed_path, sizeof observed_path, "%s/observed.csv", folder);
    snprintf(path, sizeof path, "%s/config.yaml", folder);
    assert_non_null(realpath("tests/fuzz/data/small.h5", benchmark_path));
    snprintf(text, sizeof text, "benchmark: %s\n%s", benchmark_path, config_text);
    put(path, text);
    explain(&ctx, ent_config_read(&config, &fine, path, 0, NULL, &ctx));
    explain(&ctx, ent_model_init(&model, &config, &fine, &ctx));
    play();
    sink = tmpfile();
    assert_non_null(sink);
    return 0;
}

static int teardown_all(void **state)
{

    (void)state;
    fclose(sink);
    ent_model_free(model);
    ent_config_free(&config);
    ent_benchmark_free(&fine);
    remove_folder(folder);
    ent_context_free(&ctx);
    return 0;
}

static FILE *fresh_sink(void)
{
    clearerr(sink);
    rewind(sink);
    return sink;
}

/* What a work has made, which must be the same whenever it succeeds. */
static long expected_length;

static int same_length(int code)
{
    const long length = ftell(sink);

    (void)failing_disarm();
    if (code == ENT_OK) {
        expected_length = expected_length == 0 ? length : expected_length;
        assert_int_equal(length, expected_length);
    }
    return code;
}

static void each_kind(failing_work_t work, long most_hdf5)
{
    expected_length = 0;
    explain(&ctx, work(NULL, &ctx));
    assert_true(failing_each(FAILING_MEMORY, work, NULL) > 5);
    if (most_hdf5 > 0) {
        failing_some(FAILING_HDF5, most_hdf5, work, NULL, 5, 5);
    }
}

/* ---- comparisons ---- */

static int compare(ent_results_file_t *file, ent_comparison_t *comparison, ent_context_t *own)
{
    ent_compare_options_t options;

    *comparison = (ent_comparison_t){0};
    int code = ent_results_file_open(file, run_path, own);
    if (code == ENT_OK) {
        ent_compare_defaults(&options);
        ent_compare_everything(&options);
        code = ent_compare(comparison, file, &options, own);
    }
    return code;
}

static void forget(ent_results_file_t *file, ent_comparison_t *comparison)
{
    ent_comparison_free(comparison);
    ent_results_file_close(file);
}

static int comparisons(void *data, ent_context_t *own)
{
    ent_results_file_t file = {0};
    ent_comparison_t comparison;
    FILE *stream = fresh_sink();
    int code = compare(&file, &comparison, own);

    (void)data;
    for (int format = 0; code == ENT_OK && format < 5; format++) {
        code = ent_comparison_write(&comparison, (ent_format_t)format, stream, own);
    }
    forget(&file, &comparison);
    return same_length(code);
}

/* Tables, or what of them could be made, into the stream; they are freed. */
static int write_out(ent_table_t *tables, int n, int code, FILE *stream, ent_context_t *own)
{
    for (int format = 0; code == ENT_OK && format < 5; format++) {
        code = ent_tables_write(tables, n, (ent_format_t)format, stream, own);
    }
    for (int t = 0; t < n; t++) {
        ent_table_free(&tables[t]);
    }
    return code;
}

static int firms_and_payers(void *data, ent_context_t *own)
{
    ent_table_t tables[6] = {{0}};
    ent_results_file_t file = {0};
    ent_comparison_t comparison;
    int code = compare(&file, &comparison, own);

    (void)data;
    code = code == 0 ? ent_comparison_firms(&comparison, 0, &tables[0], own) : code;
    code = code == 0 ? ent_comparison_firms(&comparison, 1, &tables[1], own) : code;
    code = code == 0 ? ent_comparison_pass_through(&comparison, comparison.against, &tables[2], own) : code;
    code = code == 0 ? ent_who_pays_tabulate(&comparison, &tables[3], own) : code;
    code = code == 0 ? ent_market_prices(&comparison, &tables[4], own) : code;
    code = code == 0 ? ent_market_treasury(&comparison, 0.2, &tables[5], own) : code;
    code = write_out(tables, 6, code, fresh_sink(), own);
    forget(&file, &comparison);
    return same_length(code);
}

static int what_comes_after(void *data, ent_context_t *own)
{
    ent_table_t tables[4] = {{0}};
    ent_results_file_t file = {0};
    ent_comparison_t comparison;
    int step = 0, code = compare(&file, &comparison, own);

    (void)data;
    code = code == 0 ? ent_aftermath_begin(&comparison, &step, own) : code;
    if (code == ENT_OK) {
        assert_true(step > 0); /* the duty ends in June */
        code = ent_aftermath_table(&comparison, step, &tables[0], own);
    }
    if (code == ENT_OK) {
        assert_true(ent_has_agreements(&file) && ent_has_decomposition(&file));
        code = ent_agreements_table(&file, &tables[1], own);
    }
    code = code == 0 ? ent_decomposition_table(&file, 0.9, &tables[2], own) : code;
    code = code == 0 ? ent_comparison_with_theory(&comparison, &tables[3], own) : code;
    code = write_out(tables, 4, code, fresh_sink(), own);
    forget(&file, &comparison);
    return same_length(code);
}

static void comparisons_fail_with_words(void **state)
{
    (void)state;
    each_kind(comparisons, 1000);
    assert_true(failing_each(FAILING_FILES, comparisons, NULL) > 3);
}

static void tables_of_firms_fail_with_words(void **state)
{
    (void)state;
    each_kind(firms_and_payers, 500);
}

static void what_comes_after_fails_with_words(void **state)
{
    (void)state;
    each_kind(what_comes_after, 500);
}

/* ---- the report ---- */

static json_t *page_data; /* of the page that is written */

static int make_report(void *data, ent_context_t *own)
{
    const ent_report_options_t options = {0};
    ent_results_file_t file = {0};
    json_t *made = NULL;
    int code = ent_results_file_open(&file, run_path, own);

    (void)data;
    if (code == ENT_OK) {
        code = ent_report_data(&made, &file, &options, own);
    }
    (void)failing_disarm();
    if (code == ENT_OK) {
        assert_true(page_data == NULL || json_equal(made, page_data));
    }
    json_decref(made);
    ent_results_file_close(&file);
    return code;
}

static int write_report(void *data, ent_context_t *own)
{
    (void)data;
    return same_length(ent_report_write(page_data, "en", fresh_sink(), own));
}

/* Of the caller, whom the library leaves his allocator: calls from here are those that a test can let fail.
 */
static void *callers_malloc(size_t size)
{
    return malloc(size);
}

static void callers_free(void *memory)
{
    free(memory);
}

static void reports_fail_with_words(void **state)
{
    const ent_report_options_t options = {0};
    ent_results_file_t file;

    (void)state;
    json_set_alloc_funcs(callers_malloc, callers_free);
    explain(&ctx, ent_results_file_open(&file, run_path, &ctx));
    explain(&ctx, ent_report_data(&page_data, &file, &options, &ctx));
    ent_results_file_close(&file);
    failing_some(FAILING_MEMORY, 40000, make_report, NULL, 5, 5);
    failing_some(FAILING_HDF5, 4000, make_report, NULL, 5, 5);
    each_kind(write_report, 0);
    assert_true(failing_each(FAILING_FILES, write_report, NULL) > 0);
    json_decref(page_data);
}

/* ---- the static theory ---- */

static int theory(void *data, ent_context_t *own)
{
    static const ent_static_options_t options = {.allow_zero_own_trade = 1};
    ent_theory_result_t result = {0};
    ent_theory_welfare_t welfare = {0};
    ent_static_t self = {0};
    ent_table_t tables[2];
    FILE *stream = fresh_sink();
    int code = ent_static_init(&self, &config, &fine, &options, own);
    const size_t n = code == 0 ? ent_static_cells(&self) : 1;
    double *rate = calloc(2 * n, sizeof *rate);

    (void)data;
    if (code == ENT_OK && rate == NULL) {
        code = ent_fail(own, ENT_ERR_NO_MEMORY, "test", "no memory");
    }
    code = code == 0 ? ent_static_rates(&self, 0, ent_day_of(2025, 3, 1), rate, rate + n, own) : code;
    code = code == 0 ? ent_theory_solve(&self.model, rate, rate + n, &result, own) : code;
    for (int steps = 0; code == ENT_OK && steps < 3; steps += 2) {
        code = ent_theory_welfare(&self.model, &result, steps, &welfare, own);
        for (int by = 0; code == ENT_OK && by < ENT_N_STATIC_BY; by++) {
            for (int all = 0; code == ENT_OK && all < 2; all++) {
                const ent_static_view_t view = {.base = &self,
                                                .result = &result,
                                                .welfare = &welfare,
                                                .regime = "law",
                                                .day = ent_day_of(2025, 3, 1),
                                                .region = all ? -1 : 0,
                                                .all = all};
                int n_tables = 0;
                code = ent_static_tables(&view, (ent_static_by_t)by, tables, &n_tables, own);
                code = write_out(tables, n_tables, code, stream, own);
            }
        }
        ent_theory_welfare_free(&welfare);
    }
    free(rate);
    ent_theory_result_free(&result);
    ent_static_free(&self);
    return same_length(code);
}

static int best_tariffs(void *data, ent_context_t *own)
{
    static const ent_static_options_t options = {.allow_zero_own_trade = 1};
    static const int players[2] = {0, 1};
    ent_theory_policy_t policy;
    ent_theory_optimum_t optimum = {0};
    ent_static_t self = {0};
    ent_table_t table = {0};
    FILE *stream = fresh_sink();
    int code = ent_static_init(&self, &config, &fine, &options, own);

    (void)data;
    ent_theory_policy_init(&policy);
    policy.tolerance = 0.01;
    code = code == 0 ? ent_theory_optimal(&self.model, 0, NULL, &policy, &optimum, own) : code;
    if (code == ENT_OK) {
        ent_static_optimum_table(&self, &optimum, policy.upper, "Optimal tariffs", &table);
        code = write_out(&table, 1, code, stream, own);
    }
    ent_theory_optimum_free(&optimum);
    optimum = (ent_theory_optimum_t){0};
    code = code == 0 ? ent_theory_nash(&self.model, 2, players, NULL, &policy, &optimum, own) : code;
    if (code == ENT_OK) {
        ent_static_optimum_table(&self, &optimum, policy.upper, "Nash tariffs", &table);
        code = write_out(&table, 1, code, stream, own);
    }
    ent_theory_optimum_free(&optimum);
    ent_static_free(&self);
    return same_length(code);
}

static void theory_fails_with_words(void **state)
{
    (void)state;
    each_kind(theory, 0);
    each_kind(best_tariffs, 0);
}

/* ---- observations ---- */

static int backtest(void *data, ent_context_t *own)
{
    double weight[] = {0.5, 0.0, 0.5};
    const ent_backtest_options_t options = {.from = 12 * 2026,
                                            .to = 12 * 2026,
                                            .pool = 1,
                                            .noise_to = 12 * 2026,
                                            .day_elasticity = (double)NAN,
                                            .weight = weight,
                                            .elasticity = -0.76};
    ent_observed_t observed = {0};
    ent_monthly_t played = {0};
    ent_backtest_t self = {0};
    ent_results_file_t file = {0};
    ent_table_t tables[3] = {{0}};
    int code = ent_observed_read(&observed, observed_path, &config, own);

    (void)data;
    code = code == 0 ? ent_monthly_init(&played, &observed, &config, own) : code;
    if (code == ENT_OK) {
        code = ent_results_file_open(&file, run_path, own);
        code = code == 0 ? ent_monthly_read(&played, &observed, &config, &file, -0.76, own) : code;
        ent_results_file_close(&file);
    }
    code = code == 0 ? ent_monthly_play(&played, &observed, &config, model, -0.76, 1, own) : code;
    code = code == 0 ? ent_backtest(&self, &options, &played, &observed, &config, &fine, own) : code;
    if (code == ENT_OK) {
        ent_backtest_months(&self, &tables[0]);
        ent_backtest_scores(&self, &tables[1]);
        ent_backtest_forecast(&self, &tables[2]);
    }
    code = write_out(tables, 3, code, fresh_sink(), own);
    ent_backtest_free(&self);
    ent_monthly_free(&played);
    ent_observed_free(&observed);
    return same_length(code);
}

static void backtests_fail_with_words(void **state)
{
    FILE *file = fopen(observed_path, "w");

    (void)state;
    assert_non_null(file);
    fputs("month,flow,sector,value,working_days\n", file);
    for (int month = 0; month < 26; month++) {
        fprintf(file, "%d-%02d,KOR-USA,total,%d,%d\n", 2024 + month / 12, month % 12 + 1,
                1000 + month * (month % 5), 20 + month % 3);
        fprintf(file, "%d-%02d,WLD-USA,goods,%d,\n", 2024 + month / 12, month % 12 + 1, 5000 - 7 * month);
    }
    assert_int_equal(fclose(file), 0);
    each_kind(backtest, 300);
}

static int view_benchmark(void *data, ent_context_t *own)
{
    ent_view_t view = {0};
    ent_table_t tables[3] = {{0}};
    int code = ent_view_init(&view, &fine, own);

    (void)data;
    code = code == 0 ? ent_view_select(&view, &fine, ENT_VIEW_ORIGIN, "KOR,USA", own) : code;
    if (code == ENT_OK) {
        view.listed[ENT_VIEW_ORIGIN] = view.listed[ENT_VIEW_SECTOR] = view.foreign = 1;
        ent_view_flows(&tables[0], &view, &fine);
        ent_view_regions(&tables[1], &view, &fine);
        ent_view_elasticities(&tables[2], &view, &fine);
    }
    code = write_out(tables, 3, code, fresh_sink(), own);
    ent_view_free(&view);
    return same_length(code);
}

static void views_fail_with_words(void **state)
{
    (void)state;
    each_kind(view_benchmark, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparisons_fail_with_words),
        cmocka_unit_test(tables_of_firms_fail_with_words),
        cmocka_unit_test(what_comes_after_fails_with_words),
        cmocka_unit_test(reports_fail_with_words),
        cmocka_unit_test(theory_fails_with_words),
        cmocka_unit_test(backtests_fail_with_words),
        cmocka_unit_test(views_fail_with_words),
    };
    return cmocka_run_group_tests_name("failing tables", tests, setup_all, teardown_all);
}
