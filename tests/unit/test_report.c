/* What the report is made of: the file's numbers, the policy dates of its config, and text that stays text.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "fixture_run.h"

#include "compare/compare.h"
#include "page/report.h"
#include "page/report_assets.h"
#include "page/report_series.h"

typedef struct {
    fixture_run_t run;
    ent_results_file_t file;
    json_t *data;
} case_t;

static ent_context_t ctx;

static const char hostile[] = "</script><script>alert(1)</script> & \"quotes\" 'too'";

static char config_text[] =
    "name: fixture\n"
    "measures:\n"
    "  - {id: all, importer: USA, partners: all, rate: 0.1, announced: 2025-02-01, "
    "effective: 2025-03-01, legal: \"</script>\"}\n"
    "  - {id: but-home, importer: USA, partners: all, except: [KOR], rate: 0.2, "
    "effective: 2025-03-01}\n"
    "  - {id: others, importer: USA, partners: [ROW], rate: 0.2, effective: "
    "2025-03-01}\n"
    "  - {id: elsewhere, importer: ROW, partners: [KOR], rate: 0.2, effective: "
    "2025-03-01}\n"
    "regimes:\n"
    "  deal:\n"
    "    measures:\n"
    "      - {id: by-rates, kind: floor, importer: USA, rates: {KOR: 0.15, ROW: 0.3}, "
    "effective: 2025-08-07}\n";

static void write_run(const fixture_run_t *run)
{
    ent_results_t *results = NULL;
    ent_trajectory_t trajectory;
    const ent_config_t *config = &run->config;
    double draws[2] = {0};
    assert_int_equal(ent_results_create(&results, run->path, 1, config, &run->benchmark, &ctx), 0);
    assert_int_equal(ent_trajectory_init(&trajectory, config, &ctx), 0);
    for (int r = 0; r < ent_replication_count(config); r++)
        for (int s = 0; s < config->n_scenarios; s++) {
            fix_fill(&trajectory, config, s, r);
            draws[0] = r < FIX_WORLDS ? 10.0 * r : 1e6;
            assert_int_equal(ent_results_write(results, s, r, &trajectory, draws, &ctx), 0);
        }
    ent_trajectory_free(&trajectory);
    assert_int_equal(ent_results_finish(results, 0.0, 0, &ctx), 0);
}

static int setup(void **state)
{
    const ent_report_options_t options = {.partner = "USA"};
    case_t *test = calloc(1, sizeof *test);
    assert_non_null(test);
    ent_context_init(&ctx);
    fixture_run_init(&test->run);
    test->run.config.text = config_text;
    test->run.config.title = (char *)hostile;
    write_run(&test->run);
    assert_int_equal(ent_results_file_open(&test->file, test->run.path, &ctx), 0);
    assert_int_equal(ent_report_data(&test->data, &test->file, &options, &ctx), 0);
    *state = test;
    return 0;
}

static int teardown(void **state)
{
    case_t *test = *state;
    json_decref(test->data);
    ent_results_file_close(&test->file);
    fixture_run_free(&test->run);
    free(test);
    ent_context_free(&ctx);
    return 0;
}

/* Value of KOR-USA (flow 0) in a sector, or in all. */
static double flow_value(int field, int scenario, int replication, int step, int sector)
{
    if (sector < FIX_SECTORS)
        return (double)fix_value(field, scenario, replication, step, (size_t)(sector * FIX_FLOWS));
    return flow_value(field, scenario, replication, step, 0) +
           flow_value(field, scenario, replication, step, 1);
}

/* Element [scenario][cell][level][step] of a view. */
static double path_at(const json_t *data, const char *measure, const char *view, size_t scenario, size_t cell,
                      size_t level, size_t step)
{
    const json_t *at = json_object_get(json_object_get(json_object_get(data, "measures"), measure), view);
    const size_t place[] = {scenario, cell, level, step};
    for (int i = 0; i < 4; i++)
        at = json_array_get(at, place[i]);
    assert_true(json_is_number(at));
    return json_number_value(at);
}

/* Worlds differ by 256 in everything: of 0..3 the median is 1.5, the 5 % quantile 0.15. */
static void levels_are_quantiles_over_first_plays(void **state)
{
    const case_t *test = *state;
    for (size_t scenario = 0; scenario < 2; scenario++)
        for (size_t cell = 0; cell <= FIX_SECTORS; cell++)
            for (size_t step = 0; step < FIX_STEPS; step += 5) {
                double first = flow_value(ENT_FIELD_exports, (int)scenario, 0, (int)step, (int)cell);
                double apart = flow_value(ENT_FIELD_exports, (int)scenario, 1, (int)step, (int)cell) - first;
                assert_near(path_at(test->data, "exports", "level", scenario, cell, 2, step),
                            first + 1.5 * apart, 1e-4);
                assert_near(path_at(test->data, "exports", "level", scenario, cell, 0, step),
                            first + 0.15 * apart, 1e-4);
            }
}

static void differences_are_taken_world_by_world(void **state)
{
    const case_t *test = *state;
    for (size_t level = 0; level < 5; level++) {
        assert_near(path_at(test->data, "exports", "difference", 0, 0, level, 7), -2048.0, 1e-6);
        assert_near(path_at(test->data, "exports", "difference", 0, FIX_SECTORS, level, 7), -4096.0, 1e-6);
    }
    double without = flow_value(ENT_FIELD_exports, 1, 3, 7, 0);
    double without_first = flow_value(ENT_FIELD_exports, 1, 0, 7, 0);
    double low = path_at(test->data, "exports", "change", 0, 0, 0, 7);
    double high = path_at(test->data, "exports", "change", 0, 0, 4, 7);
    assert_true(low > 100.0 * -2048.0 / without_first - 1e-3);
    assert_true(high < 100.0 * -2048.0 / without + 1e-3);
    assert_true(low < high);
    const json_t *views =
        json_object_get(json_object_get(json_object_get(test->data, "measures"), "exports"), "difference");
    assert_true(json_is_null(json_array_get(views, 1)));
}

static void ratios_are_of_sums(void **state)
{
    const case_t *test = *state;
    ent_report_series_t series;
    double rate[FIX_WORLDS], retail[FIX_WORLDS];
    assert_int_equal(ent_report_series_init(&series, &test->file, 1, &ctx), 0);
    assert_int_equal(series.n_worlds, FIX_WORLDS);
    ent_report_worlds(&series, ENT_REPORT_TARIFF, ENT_VIEW_LEVEL, 0, 1, FIX_SECTORS, 3, rate);
    ent_report_worlds(&series, ENT_REPORT_RETAIL, ENT_VIEW_LEVEL, 0, 1, FIX_SECTORS, 3, retail);
    for (int w = 0; w < FIX_WORLDS; w++) {
        double price = 0.0, sales = 0.0;
        assert_near(rate[w],
                    flow_value(ENT_FIELD_duty, 0, w, 3, FIX_SECTORS) /
                        flow_value(ENT_FIELD_imports, 0, w, 3, FIX_SECTORS),
                    1e-12);
        for (size_t s = 0; s < FIX_SECTORS; s++) {
            double sold = (double)fix_value(ENT_FIELD_sales, 0, w, 3, FIX_SECTORS + s); /* market of USA */
            price += sold * (double)fix_value(ENT_FIELD_retail_price, 0, w, 3, FIX_SECTORS + s);
            sales += sold;
        }
        assert_near(retail[w], price / sales, 1e-12);
    }
    ent_report_series_free(&series);
}

static void rows_equal_the_comparison(void **state)
{
    const case_t *test = *state;
    ent_compare_options_t options;
    ent_comparison_t comparison;
    ent_compare_defaults(&options);
    options.partner = "USA";
    options.periods = ENT_PERIOD_YEAR1 | ENT_PERIOD_YEARS | ENT_PERIOD_HORIZON;
    assert_int_equal(ent_compare(&comparison, &test->file, &options, &ctx), 0);
    const json_t *rows =
        json_object_get(json_array_get(json_object_get(test->data, "comparisons"), 0), "rows");
    assert_int_equal(json_array_size(rows), comparison.n_rows);
    for (int i = 0; i < comparison.n_rows; i++) {
        const json_t *row = json_array_get(rows, (size_t)i);
        const json_t *difference = json_object_get(row, "difference");
        assert_near(json_number_value(json_object_get(difference, "mean")),
                    comparison.rows[i].difference.mean, 1e-8);
        assert_int_equal(json_integer_value(json_object_get(row, "sector")), comparison.rows[i].sector);
    }
    ent_comparison_free(&comparison);
}

static void bins_hold_every_world_and_convergence_ends_at_the_mean(void **state)
{
    const case_t *test = *state;
    const json_t *headline =
        json_object_get(json_array_get(json_object_get(test->data, "comparisons"), 0), "headline");
    for (size_t p = 0; p < json_array_size(headline); p++) {
        const json_t *bins = json_object_get(json_array_get(headline, p), "bins");
        const json_t *path = json_object_get(json_array_get(headline, p), "convergence");
        json_int_t worlds = 0;
        for (size_t b = 0; b < json_array_size(bins); b++)
            worlds += json_integer_value(json_array_get(json_array_get(bins, b), 2));
        assert_int_equal(worlds, FIX_WORLDS);
        const json_t *last = json_array_get(path, json_array_size(path) - 1);
        assert_int_equal(json_integer_value(json_array_get(last, 0)), FIX_WORLDS);
        assert_near(json_number_value(json_array_get(last, 1)), -4096.0 * 12, 1e-8);
    }
}

static void policies_are_those_on_the_shown_flow(void **state)
{
    const case_t *test = *state;
    const json_t *policies = json_object_get(test->data, "policies");
    assert_int_equal(json_array_size(policies), 2);
    const json_t *common = json_array_get(policies, 0), *regime = json_array_get(policies, 1);
    assert_string_equal(json_string_value(json_object_get(common, "id")), "all");
    assert_true(json_is_null(json_object_get(common, "regime")));
    assert_string_equal(json_string_value(json_object_get(regime, "id")), "by-rates");
    assert_string_equal(json_string_value(json_object_get(regime, "regime")), "deal");
    assert_string_equal(json_string_value(json_object_get(regime, "rate")), "0.15");
}

static void draws_are_told_over_first_plays(void **state)
{
    const case_t *test = *state;
    const json_t *draw = json_array_get(json_object_get(test->data, "draws"), 0);
    assert_string_equal(json_string_value(json_array_get(draw, 0)), "public belief");
    assert_near(json_number_value(json_array_get(draw, 2)), 15.0, 1e-9); /* mean of 0, 10, 20, 30 */
}

static void write_page(const case_t *test, char **page, size_t *size)
{
    FILE *stream = open_memstream(page, size);
    assert_non_null(stream);
    assert_int_equal(ent_report_write(test->data, "ko", stream, &ctx), 0);
    fclose(stream);
}

static size_t count(const char *text, const char *word)
{
    size_t n = 0;
    for (; (text = strstr(text, word)) != NULL; text++)
        n++;
    return n;
}

static void no_name_ends_what_it_stands_in(void **state)
{
    const case_t *test = *state;
    size_t size = 0;
    char *page = NULL;
    write_page(test, &page, &size);
    assert_int_equal(strlen(page), size);
    assert_int_equal(count(page, "</script>"), 2); /* the data's and the script's own */
    assert_null(strstr(page, "alert(1)</"));
    assert_non_null(strstr(page, "<title>&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; "
                                 "&quot;quotes&quot; &#39;too&#39;</title>"));
    assert_non_null(strstr(page, "<html lang=\"ko\">"));
    assert_null(strstr(page, "{{"));
    assert_non_null(strstr(page, "default-src 'none'; script-src 'sha256-"));
    assert_null(strstr(page, "unsafe"));
    free(page);
}

static void data_survive_the_page(void **state)
{
    const case_t *test = *state;
    size_t size = 0;
    char *page = NULL;
    write_page(test, &page, &size);
    char *begin = strstr(page, "id=\"data\">");
    assert_non_null(begin);
    begin += strlen("id=\"data\">");
    *strstr(begin, "</script>") = '\0';
    json_t *read = json_loads(begin, 0, NULL);
    assert_non_null(read);
    assert_string_equal(json_string_value(json_object_get(json_object_get(read, "run"), "title")), hostile);
    assert_string_equal(json_string_value(json_object_get(read, "config")), config_text);
    json_decref(read);
    free(page);
}

static void faults_are_told(void **state)
{
    const case_t *test = *state;
    const ent_report_options_t unknown = {.against = "dael"}, everywhere = {.partner = "all"};
    json_t *data = NULL;
    assert_int_equal(ent_report_data(&data, &test->file, &unknown, &ctx), ENT_ERR_USAGE);
    assert_null(data);
    ent_context_clear(&ctx);
    assert_int_equal(ent_report_data(&data, &test->file, &everywhere, &ctx), ENT_ERR_USAGE);
    assert_null(data);
    ent_context_clear(&ctx);
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    assert_int_equal(ent_report_write(test->data, "en", full, &ctx), ENT_ERR_IO);
    fclose(full);
}

/* Every figure says which recorded fields its numbers come from, and draws what the page can trace. */
static void figures_name_recorded_fields(void **state)
{
    static const char *const figures[] = {"fan",     "fan-by-sector", "distribution", "convergence",
                                          "sectors", "dumbbell",      "destinations", "tariff",
                                          "duties",  "stocks",        "prices"};
    (void)state;
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        char path[128];
        snprintf(path, sizeof path, "src/report/figures/%s.vl.json", figures[i]);
        json_t *figure = json_load_file(path, 0, NULL);
        assert_non_null(figure);
        const json_t *fields = json_object_get(json_object_get(figure, "usermeta"), "fields");
        assert_true(json_array_size(fields) > 0);
        for (size_t f = 0; f < json_array_size(fields); f++) {
            int known = 0;
            for (int k = 0; k < ENT_N_FIELDS; k++)
                known |= strcmp(ent_field_table()[k].name, json_string_value(json_array_get(fields, f))) == 0;
            assert_true(known);
        }
        json_decref(figure);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(levels_are_quantiles_over_first_plays, setup, teardown),
        cmocka_unit_test_setup_teardown(differences_are_taken_world_by_world, setup, teardown),
        cmocka_unit_test_setup_teardown(ratios_are_of_sums, setup, teardown),
        cmocka_unit_test_setup_teardown(rows_equal_the_comparison, setup, teardown),
        cmocka_unit_test_setup_teardown(bins_hold_every_world_and_convergence_ends_at_the_mean, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(policies_are_those_on_the_shown_flow, setup, teardown),
        cmocka_unit_test_setup_teardown(draws_are_told_over_first_plays, setup, teardown),
        cmocka_unit_test_setup_teardown(no_name_ends_what_it_stands_in, setup, teardown),
        cmocka_unit_test_setup_teardown(data_survive_the_page, setup, teardown),
        cmocka_unit_test_setup_teardown(faults_are_told, setup, teardown),
        cmocka_unit_test(figures_name_recorded_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
