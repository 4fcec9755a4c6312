/* The paired comparison, on trajectories whose answers are known. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "fixture_run.h"

#include "compare/compare.h"
#include "compare/market_accounts.h"
#include "compare/who_pays.h"

typedef struct {
    fixture_run_t run;
    ent_results_file_t file;
    ent_comparison_t comparison;
} case_t;

static ent_context_t ctx;

/* A step's exports of flow f and sector s. Flows 0 and 1 leave home. The deal adds (world + 1)(s + 1) to flow
 * 0 in every step; other chance draws add 1 more to sector 0. */
static double exports_of(int scenario, int replication, int sector, int flow)
{
    int world = replication < FIX_WORLDS ? replication : replication - FIX_WORLDS;
    double value = 100.0 * (sector + 1) + 10.0 * flow;
    if (scenario == 0 && flow == 0)
        value += (world + 1) * (sector + 1) + (replication >= FIX_WORLDS && sector == 0);
    return value;
}

static void fill(ent_trajectory_t *trajectory, const ent_config_t *config, int scenario, int replication)
{
    fix_fill(trajectory, config, scenario, replication);
    for (int t = 0; t < config->n_steps; t++)
        for (int s = 0; s < FIX_SECTORS; s++)
            for (int f = 0; f < FIX_FLOWS; f++) {
                size_t i = ((size_t)t * FIX_SECTORS + (size_t)s) * FIX_FLOWS + (size_t)f;
                float value = (float)exports_of(scenario, replication, s, f);
                trajectory->value[ENT_FIELD_exports][i] = value;
                trajectory->value[ENT_FIELD_export_quantity][i] = value / (s == 0 ? 1.25f : 1.0f);
                trajectory->value[ENT_FIELD_duty][i] = 0.25f * value;
                trajectory->value[ENT_FIELD_refund][i] = t == 13 ? 40.0f : 0.0f;
            }
}

static void write_run(const fixture_run_t *run, int n_failed)
{
    ent_results_t *results = NULL;
    ent_trajectory_t trajectory;
    const ent_config_t *config = &run->config;
    assert_int_equal(ent_results_create(&results, run->path, 1, config, &run->benchmark, &ctx), 0);
    assert_int_equal(ent_trajectory_init(&trajectory, config, &ctx), 0);
    for (int r = n_failed; r < ent_replication_count(config); r++)
        for (int s = 0; s < config->n_scenarios; s++) {
            fill(&trajectory, config, s, r);
            assert_int_equal(ent_results_write(results, s, r, &trajectory, NULL, &ctx), 0);
        }
    ent_trajectory_free(&trajectory);
    assert_int_equal(ent_results_finish(results, 0.0, n_failed, &ctx), 0);
}

static int setup(void **state)
{
    case_t *test = calloc(1, sizeof *test);
    assert_non_null(test);
    ent_context_init(&ctx);
    fixture_run_init(&test->run);
    *state = test;
    return 0;
}

static int teardown(void **state)
{
    case_t *test = *state;
    ent_comparison_free(&test->comparison);
    ent_results_file_close(&test->file);
    fixture_run_free(&test->run);
    free(test);
    ent_context_free(&ctx);
    return 0;
}

static void compare(case_t *test, const ent_compare_options_t *options)
{
    write_run(&test->run, 0);
    assert_int_equal(ent_results_file_open(&test->file, test->run.path, &ctx), 0);
    assert_int_equal(ent_compare(&test->comparison, &test->file, options, &ctx), 0);
}

static const ent_comparison_row_t *find(const ent_comparison_t *c, unsigned by, int outcome,
                                        const char *period, int sector, int destination)
{
    for (int i = 0; i < c->n_rows; i++) {
        const ent_comparison_row_t *row = &c->rows[i];
        if (row->by == by && row->outcome == outcome && row->sector == sector &&
            row->destination == destination && strcmp(c->periods[row->period].key, period) == 0)
            return row;
    }
    fail_msg("no row for period %s", period);
    return NULL;
}

static void everything(ent_compare_options_t *options)
{
    ent_compare_defaults(options);
    ent_compare_everything(options);
    options->partner = "USA";
}

/* Everything, and into *other the same with the scenarios exchanged. */
static void compare_both_ways(case_t *test, ent_comparison_t *other)
{
    ent_compare_options_t options;
    everything(&options);
    compare(test, &options);
    options.base = "deal";
    options.against = "no-deal";
    assert_int_equal(ent_compare(other, &test->file, &options, &ctx), 0);
}

static void difference_is_paired_and_split_into_chance_and_worlds(void **state)
{
    case_t *test = *state;
    ent_compare_options_t options;
    const double factor = sqrt(1.0 - 72.0 / 240.0);
    everything(&options);
    compare(test, &options);
    const ent_comparison_row_t *row =
        find(&test->comparison, ENT_BY_SECTOR, ENT_OUTCOME_EXPORTS, "year1", 0, 1);
    assert_near(row->without.mean, 1200.0, 1e-12);
    assert_near(row->with.mean, 1230.0, 1e-12);
    assert_near(row->difference.mean, 30.0, 1e-12);
    /* worlds differ by 240, plays of one world by 72: not told apart, so pooled with 5 degrees of freedom */
    assert_near(row->difference.numerical_error,
                ent_student_factor(5.0) * sqrt((2.0 * 72.0 + 3.0 * 240.0) / 5.0 / 4.0), 1e-12);
    assert_near(row->difference.low, 30.0 - 16.2 * factor, 1e-12);
    assert_near(row->difference.high, 30.0 + 16.2 * factor, 1e-12);
    assert_true(row->difference.share_negative == 0.0);
    assert_true(isnan(row->without.numerical_error)); /* all alike: nothing was measured */
    row = find(&test->comparison, ENT_BY_SECTOR, ENT_OUTCOME_EXPORTS, "horizon", 1, 1);
    assert_int_equal(row->difference.n_repeated, FIX_REPEATS);
}

static void rows_add_up_to_their_total(void **state)
{
    case_t *test = *state;
    const ent_comparison_t *c = &test->comparison;
    ent_compare_options_t options;
    double sum = 0.0;
    int n_tables = 0;
    everything(&options);
    compare(test, &options);
    for (int i = 0; i < c->n_rows; i++) {
        const ent_comparison_row_t *row = &c->rows[i];
        int is_total = row->sector < 0 && (row->by == ENT_BY_SECTOR || row->destination < 0);
        if (row->by == ENT_BY_SUMMARY || row->outcome == ENT_OUTCOME_PRICE)
            continue;
        if (is_total) {
            assert_near(row->with.mean, sum, 1e-14);
            sum = 0.0;
            n_tables++;
        } else {
            sum += row->with.mean;
        }
    }
    /* four periods; revenue only by sector */
    assert_int_equal(n_tables, 4 * (4 + 3));
}

static void outcomes_are_what_they_say(void **state)
{
    case_t *test = *state;
    const ent_comparison_t *c = &test->comparison;
    ent_compare_options_t options;
    everything(&options);
    compare(test, &options);
    assert_near(find(c, ENT_BY_SUMMARY, ENT_OUTCOME_EXPORTS, "2025", -1, 1)->without.mean, 3600.0, 1e-12);
    assert_near(find(c, ENT_BY_SUMMARY, ENT_OUTCOME_QUANTITY, "2025", -1, 1)->without.mean,
                1200.0 / 1.25 + 2400.0, 1e-6);
    assert_near(find(c, ENT_BY_SUMMARY, ENT_OUTCOME_PRICE, "2025", -1, 1)->without.mean,
                3600.0 / (1200.0 / 1.25 + 2400.0), 1e-6);
    assert_near(find(c, ENT_BY_SECTOR, ENT_OUTCOME_PRICE, "2025", 0, 1)->without.mean, 1.25, 1e-6);
    /* the refund falls into the second year */
    assert_near(find(c, ENT_BY_SUMMARY, ENT_OUTCOME_DUTY, "2025", -1, 1)->without.mean, 900.0, 1e-12);
    assert_near(find(c, ENT_BY_SUMMARY, ENT_OUTCOME_DUTY, "2026", -1, 1)->without.mean, 820.0, 1e-12);
    /* destinations USA (1) and ROW (2) */
    assert_near(find(c, ENT_BY_DESTINATION, ENT_OUTCOME_EXPORTS, "2025", -1, 2)->without.mean,
                12.0 * (110.0 + 210.0), 1e-12);
    double revenue = 0.0;
    for (int t = 12; t < 24; t++)
        revenue += fix_value(ENT_FIELD_revenue, 1, 0, t, 0);
    for (int w = 1; w < 4; w++)
        for (int t = 12; t < 24; t++)
            revenue += fix_value(ENT_FIELD_revenue, 1, w, t, 0);
    assert_near(find(c, ENT_BY_SECTOR, ENT_OUTCOME_REVENUE, "horizon", 0, -1)->without.mean, revenue / 4.0,
                1e-12);
}

static void sides_and_partner_can_be_chosen(void **state)
{
    case_t *test = *state;
    ent_compare_options_t options;
    ent_compare_defaults(&options);
    options.base = "deal";
    options.against = "no-deal";
    options.partner = "all";
    compare(test, &options);
    const ent_comparison_row_t *row =
        find(&test->comparison, ENT_BY_SECTOR, ENT_OUTCOME_EXPORTS, "year1", 0, -1);
    assert_near(row->with.mean, 12.0 * (100.0 + 110.0), 1e-12);
    assert_near(row->difference.mean, -30.0, 1e-12);
    assert_true(row->difference.share_negative == 1.0);
}

static void unknown_names_are_usage_errors(void **state)
{
    case_t *test = *state;
    ent_compare_options_t options;
    write_run(&test->run, 0);
    assert_int_equal(ent_results_file_open(&test->file, test->run.path, &ctx), 0);
    ent_compare_defaults(&options);
    options.base = "nodeal";
    assert_int_equal(ent_compare(&test->comparison, &test->file, &options, &ctx), ENT_ERR_USAGE);
    assert_string_equal(ctx.faults[0].nearest, "no-deal");
    options.base = "deal";
    assert_int_equal(ent_compare(&test->comparison, &test->file, &options, &ctx), ENT_ERR_USAGE);
    options.base = NULL;
    options.partner = "KOR";
    assert_int_equal(ent_compare(&test->comparison, &test->file, &options, &ctx), ENT_ERR_USAGE);
    options.partner = "USB";
    assert_int_equal(ent_compare(&test->comparison, &test->file, &options, &ctx), ENT_ERR_USAGE);
}

static void one_scenario_cannot_be_compared(void **state)
{
    case_t *test = *state;
    ent_compare_options_t options;
    test->run.config.n_scenarios = 1;
    write_run(&test->run, 0);
    assert_int_equal(ent_results_file_open(&test->file, test->run.path, &ctx), 0);
    ent_compare_defaults(&options);
    assert_int_equal(ent_compare(&test->comparison, &test->file, &options, &ctx), ENT_ERR_USAGE);
}

static void failed_replications_are_left_out(void **state)
{
    case_t *test = *state;
    ent_compare_options_t options;
    write_run(&test->run, 1);
    assert_int_equal(ent_results_file_open(&test->file, test->run.path, &ctx), 0);
    ent_compare_defaults(&options);
    options.partner = "USA";
    assert_int_equal(ent_compare(&test->comparison, &test->file, &options, &ctx), 0);
    const ent_comparison_row_t *row =
        find(&test->comparison, ENT_BY_SECTOR, ENT_OUTCOME_EXPORTS, "year1", 0, 1);
    assert_int_equal(row->difference.n_worlds, 3);
    assert_int_equal(row->difference.n_repeated, 1);
    assert_near(row->difference.mean, 36.0, 1e-12);
}

static void needed_slots_follow_the_square_root_law(void **state)
{
    case_t *test = *state;
    ent_compare_options_t options;
    everything(&options);
    compare(test, &options);
    const ent_comparison_row_t *row =
        find(&test->comparison, ENT_BY_SECTOR, ENT_OUTCOME_EXPORTS, "year1", 0, 1);
    /* error 8.62, wanted 12: 0.516 of the 10,000 slots or of the 4 worlds */
    assert_true(ent_comparison_slots_needed(&test->comparison, row) == 5200.0);
    assert_true(ent_comparison_worlds_needed(&test->comparison, row) == 3.0);
    test->comparison.options.want = 0.0001;
    assert_true(ent_comparison_worlds_needed(&test->comparison, row) == 20642.0);
}

/* Every difference changes its sign, and nothing else, when the scenarios are exchanged. */
static void exchange_of_scenarios_negates_every_difference(void **state)
{
    case_t *test = *state;
    ent_compare_options_t options;
    ent_comparison_t other;
    everything(&options);
    options.partner = NULL;
    ent_outcome_list_add(&options.outcomes, ent_outcome_find("consumer_prices", NULL));
    ent_outcome_list_add(&options.details, ent_outcome_find("tariff_rate", NULL));
    options.by |= ENT_BY_ORIGIN;
    compare(test, &options);
    options.base = "deal";
    options.against = "no-deal";
    assert_int_equal(ent_compare(&other, &test->file, &options, &ctx), 0);
    assert_int_equal(other.n_rows, test->comparison.n_rows);
    assert_int_equal(other.partner, test->comparison.partner);
    for (int i = 0; i < other.n_rows; i++) {
        const ent_estimate_t *a = &test->comparison.rows[i].difference, *b = &other.rows[i].difference;
        assert_true(a->mean == -b->mean);
        assert_true(a->numerical_error == b->numerical_error || a->degrees == 0);
        assert_int_equal(a->degrees, b->degrees);
        assert_true(isnan(a->low) ? isnan(b->high) : fabs(a->low + b->high) <= 1e-12 * fabs(a->low));
    }
    ent_comparison_free(&other);
}

/* Lines add up, and change only their sign when the scenarios are exchanged. */
static void who_pays_is_exact_and_symmetric(void **state)
{
    case_t *test = *state;
    ent_comparison_t other;
    ent_who_pays_t pays, back;
    compare_both_ways(test, &other);
    assert_int_equal(ent_who_pays(&pays, &test->comparison, &ctx), 0);
    assert_int_equal(ent_who_pays(&back, &other, &ctx), 0);
    for (int p = 0; p < pays.n_periods; p++) {
        const ent_estimate_t *line = pays.line[p];
        double five = 0.0;
        assert_int_equal(pays.decimals[p], back.decimals[p]);
        for (int i = 0; i < ENT_N_PAYS; i++) {
            five += i < ENT_PAYS_RATES ? line[i].mean : 0.0;
            assert_true(line[i].mean == -back.line[p][i].mean);
        }
        assert_true(fabs(five - line[ENT_PAYS_RATES].mean) < 1e-5); /* lines of 1e10 */
        assert_near(line[ENT_PAYS_RATES].mean + line[ENT_PAYS_VOLUME].mean, line[ENT_PAYS_TREASURY].mean,
                    1e-12);
    }
    /* duty is a quarter of exports, exports grow by 30 and 60 a year (mean of the worlds), refunds are alike
     */
    assert_near(pays.line[0][ENT_PAYS_TREASURY].mean, 0.25 * (30.0 + 60.0), 1e-3);
    ent_who_pays_free(&pays);
    ent_who_pays_free(&back);
    ent_comparison_free(&other);
}

static double cell(const ent_table_t *table, int row, int column)
{
    return table->cells[row * table->n_columns + column].number;
}

/* Categories add up to all, all is the buyers' line of who pays, and exchanged scenarios change the sign. */
static void prices_add_up_to_what_buyers_pay(void **state)
{
    enum { PAYS = 4, CONTRIBUTION = 5, ROWS = FIX_SECTORS + 1 };
    case_t *test = *state;
    ent_comparison_t other;
    ent_who_pays_t pays;
    ent_table_t prices, back;
    compare_both_ways(test, &other);
    assert_int_equal(ent_who_pays(&pays, &test->comparison, &ctx), 0);
    assert_int_equal(ent_market_prices(&test->comparison, &prices, &ctx), 0);
    assert_int_equal(ent_market_prices(&other, &back, &ctx), 0);
    assert_int_equal(prices.n_rows, ROWS * pays.n_periods);
    for (int p = 0; p < pays.n_periods; p++) {
        const int all = p * ROWS + FIX_SECTORS;
        double sum = 0.0, contributions = 0.0;
        for (int s = 0; s < FIX_SECTORS; s++) {
            sum += cell(&prices, p * ROWS + s, PAYS);
            contributions += cell(&prices, p * ROWS + s, CONTRIBUTION);
            assert_true(cell(&prices, p * ROWS + s, PAYS) == -cell(&back, p * ROWS + s, PAYS));
        }
        assert_near(sum, cell(&prices, all, PAYS), 1e-9);
        assert_near(contributions, cell(&prices, all, CONTRIBUTION), 1e-9);
        assert_true(fabs(sum - pays.line[p][ENT_PAYS_BUYERS].mean) <= pow(10.0, -pays.decimals[p]));
    }
    ent_table_free(&prices);
    ent_table_free(&back);
    ent_who_pays_free(&pays);
    ent_comparison_free(&other);
}

/* The market's net duty is the treasury's line of who pays; other taxes' share comes off it. */
static void treasury_gets_what_is_paid(void **state)
{
    enum { WITHOUT = 3, DIFFERENCE = 5, LINES = 6, NET = 3, LEFT = 5 };
    case_t *test = *state;
    ent_compare_options_t options;
    ent_who_pays_t pays;
    ent_table_t table, plain;
    everything(&options);
    compare(test, &options);
    assert_int_equal(ent_who_pays(&pays, &test->comparison, &ctx), 0);
    assert_int_equal(ent_market_treasury(&test->comparison, 0.25, &table, &ctx), 0);
    assert_int_equal(ent_market_treasury(&test->comparison, 0.0, &plain, &ctx), 0);
    assert_int_equal(table.n_rows, LINES * pays.n_periods);
    assert_int_equal(plain.n_rows, (LINES - 1) * pays.n_periods);
    for (int p = 0; p < pays.n_periods; p++) {
        const double net = cell(&table, p * LINES + NET, DIFFERENCE);
        assert_true(fabs(net - pays.line[p][ENT_PAYS_TREASURY].mean) <= pow(10.0, -pays.decimals[p]));
        assert_near(cell(&table, p * LINES + LEFT, WITHOUT), 0.75 * cell(&table, p * LINES + NET, WITHOUT),
                    1e-12);
    }
    ent_table_free(&table);
    ent_table_free(&plain);
    ent_who_pays_free(&pays);
}

/* Any recorded quantity can be compared, of any origin. */
static void recorded_quantities_and_other_homes_can_be_compared(void **state)
{
    case_t *test = *state;
    const ent_comparison_t *c = &test->comparison;
    const int imports = ent_outcome_find("market_imports", NULL), jobs = ent_outcome_find("jobs", NULL);
    ent_compare_options_t options;
    double sum = 0.0;
    ent_compare_defaults(&options);
    options.home = "ROW";
    options.outcomes = options.details = (ent_outcome_list_t){2, {imports, jobs}};
    options.periods = ENT_PERIOD_YEARS;
    compare(test, &options);
    assert_int_equal(c->partner, 1); /* the only flow from ROW goes to USA */
    assert_true(isfinite(find(c, ENT_BY_SUMMARY, imports, "2025", -1, 1)->with.mean));
    for (int w = 0; w < FIX_WORLDS; w++)
        for (int t = 0; t < 12; t++)
            sum += (double)fix_value(ENT_FIELD_jobs, 0, w, t, 2 * FIX_SECTORS + 1) / 12.0 / FIX_WORLDS;
    assert_near(find(c, ENT_BY_SECTOR, jobs, "2025", 1, -1)->with.mean, sum, 1e-12);
}

static char *render(const case_t *test, ent_format_t format)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    assert_int_equal(ent_comparison_write(&test->comparison, format, stream, &ctx), 0);
    fclose(stream);
    return text;
}

static void every_format_is_written(void **state)
{
    case_t *test = *state;
    ent_compare_options_t options;
    ent_compare_defaults(&options);
    options.partner = "USA";
    compare(test, &options);
    for (int format = 0; format < 5; format++) {
        char *text = render(test, (ent_format_t)format);
        assert_non_null(strstr(text, "no-deal"));
        assert_non_null(strstr(text, format == ENT_FORMAT_LATEX      ? "other\\_goods"
                                     : format == ENT_FORMAT_MARKDOWN ? "other\\_goods"
                                                                     : "other_goods"));
        free(text);
    }
    char *text = render(test, ENT_FORMAT_TEXT);
    assert_non_null(strstr(text, "Exports by sector, KOR to USA, first year, 2025-01-01 to 2025-12-31: deal "
                                 "against no-deal"));
    assert_non_null(strstr(text, "total has "));
    free(text);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(difference_is_paired_and_split_into_chance_and_worlds),
        CASE(rows_add_up_to_their_total),
        CASE(outcomes_are_what_they_say),
        CASE(sides_and_partner_can_be_chosen),
        CASE(unknown_names_are_usage_errors),
        CASE(one_scenario_cannot_be_compared),
        CASE(failed_replications_are_left_out),
        CASE(needed_slots_follow_the_square_root_law),
        CASE(exchange_of_scenarios_negates_every_difference),
        CASE(who_pays_is_exact_and_symmetric),
        CASE(prices_add_up_to_what_buyers_pay),
        CASE(treasury_gets_what_is_paid),
        CASE(recorded_quantities_and_other_homes_can_be_compared),
        CASE(every_format_is_written),
    };
    return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
