/* From what was simulated to a number: the same from a file and from memory, and the sums that are meant. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "fixture_run.h"

#include "ent_test.h"
#include "numbers/paired.h"
#include <entrepot/numbers.h>

enum { N = FIX_WORLDS + FIX_REPEATS };

typedef struct {
    fixture_run_t run;
    ent_results_file_t file;
    ent_ensemble_t in_file, in_memory;
    ent_trajectory_t trajectory[N][2];
} case_t;

static ent_context_t ctx;

/* The same trajectories in a file and in memory; the last replication is missing in both. */
static int setup(void **state)
{
    case_t *test = calloc(1, sizeof *test);
    ent_results_t *results = NULL;
    assert_non_null(test);
    ent_context_init(&ctx);
    fixture_run_init(&test->run);
    const ent_config_t *config = &test->run.config;
    assert_int_equal(ent_results_create(&results, test->run.path, 1, config, &test->run.benchmark, &ctx), 0);
    assert_int_equal(ent_ensemble_from_config(&test->in_memory, config, &ctx), 0);
    for (int r = 0; r < N; r++) {
        for (int s = 0; s < 2; s++) {
            assert_int_equal(ent_trajectory_init(&test->trajectory[r][s], config, &ctx), 0);
            fix_fill(&test->trajectory[r][s], config, s, r);
            if (r < N - 1) {
                assert_int_equal(ent_results_write(results, s, r, &test->trajectory[r][s], NULL, &ctx), 0);
            }
        }
        if (r < N - 1) {
            ent_ensemble_hold(&test->in_memory, r, test->trajectory[r]);
        }
    }
    assert_int_equal(ent_results_finish(results, 0.0, 1, &ctx), 0);
    assert_int_equal(ent_results_file_open(&test->file, test->run.path, &ctx), 0);
    ent_ensemble_from_file(&test->in_file, &test->file);
    *state = test;
    return 0;
}

static int teardown(void **state)
{
    case_t *test = *state;
    for (int i = 0; i < 2 * N; i++) {
        ent_trajectory_free(&test->trajectory[i / 2][i % 2]);
    }
    ent_ensemble_free(&test->in_memory);
    ent_results_file_close(&test->file);
    fixture_run_free(&test->run);
    free(test);
    ent_context_free(&ctx);
    return 0;
}

static double value_of(const ent_ensemble_t *ensemble, const char *outcome, const char *period,
                       ent_places_t places, int scenario, int replication)
{
    ent_reader_t reader;
    ent_period_t span;
    double value = 0.0;
    const int id = ent_outcome_find(outcome, NULL);
    assert_true(id >= 0);
    assert_int_equal(ent_reader_init(&reader, ensemble, &ctx), 0);
    assert_int_equal(ent_period_find(ensemble, period, &span, &ctx), 0);
    assert_int_equal(
        ent_outcome_value(ent_outcome(id), &reader, scenario, replication, &places, &span, &value, &ctx), 0);
    ent_reader_free(&reader);
    return value;
}

static void labels_are_the_same(void **state)
{
    const case_t *test = *state;
    const ent_ensemble_t *a = &test->in_file, *b = &test->in_memory;
    assert_int_equal(a->n_scenario, b->n_scenario);
    assert_int_equal(a->n_replication, b->n_replication);
    assert_int_equal(a->n_time, b->n_time);
    assert_int_equal(a->n_flow, b->n_flow);
    assert_int_equal(a->home, b->home);
    assert_int_equal(a->steps_per_year, b->steps_per_year);
    assert_true(a->n_slots == b->n_slots);
    for (int f = 0; f < a->n_flow; f++) {
        assert_string_equal(a->flow[f], b->flow[f]);
        assert_int_equal(a->flow_origin[f], b->flow_origin[f]);
    }
    for (int s = 0; s < a->n_scenario; s++) {
        assert_string_equal(a->scenario[s], b->scenario[s]);
    }
    for (int t = 0; t < a->n_time; t++) {
        assert_int_equal(a->begin[t], b->begin[t]);
        assert_int_equal(a->end[t], b->end[t]);
    }
    for (int r = 0; r < N; r++) {
        assert_int_equal(a->world[r], b->world[r]);
        assert_int_equal(a->chance[r], b->chance[r]);
        assert_int_equal(a->whole[r], b->whole[r]);
    }
}

static void every_outcome_is_the_same_from_a_file_and_from_memory(void **state)
{
    const case_t *test = *state;
    static const char *const periods[] = {"year1", "2026", "2025-07", "2025-03..2026-02", "horizon"};
    static const ent_places_t places[] = {{0, 1, -1, -1}, {0, -1, -1, -1}, {0, 1, 1, -1}, {0, 1, 0, 2}};
    int n_known = 0;
    for (int o = 0; o < ent_outcome_count(); o++) {
        for (int p = 0; p < 5; p++) {
            for (int k = 0; k < 4; k++) {
                for (int r = 0; r < N; r += N - 1) {
                    const char *name = ent_outcome(o)->name;
                    const double a = value_of(&test->in_file, name, periods[p], places[k], 1, r);
                    const double b = value_of(&test->in_memory, name, periods[p], places[k], 1, r);
                    assert_true(memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b)));
                    assert_true(r == 0 || isnan(a)); /* the last is missing */
                    n_known += !isnan(a);
                }
            }
        }
    }
    /* all but survival, which needs the years before, and what is not known by sector */
    assert_true(n_known > 16 * ent_outcome_count());
}

/* Sum over months [begin, end) of a field of the fixture at an index. */
static double sum(int field, int scenario, int replication, int begin, int end, size_t cell)
{
    double total = 0.0;
    for (int t = begin; t < end; t++) {
        total += (double)fix_value(field, scenario, replication, t, cell);
    }
    return total;
}

static void sums_means_and_last_values_follow_the_field(void **state)
{
    const case_t *test = *state;
    const ent_ensemble_t *e = &test->in_memory;
    const ent_places_t all = {0, 1, -1, -1}, first = {0, 1, 0, -1}, market = {0, 2, 1, -1};
    /* flow 0 is home's to the partner: cells 0 and FIX_FLOWS */
    assert_close(value_of(e, "exports", "year1", all, 1, 2),
                 sum(ENT_FIELD_exports, 1, 2, 0, 12, 0) + sum(ENT_FIELD_exports, 1, 2, 0, 12, FIX_FLOWS),
                 0.0);
    assert_close(value_of(e, "jobs", "2026", first, 0, 1), sum(ENT_FIELD_jobs, 0, 1, 12, 24, 0) / 12.0,
                 1e-15);
    assert_close(value_of(e, "stock", "2025-05", market, 0, 1),
                 (double)fix_value(ENT_FIELD_stock, 0, 1, 4, 2 * FIX_SECTORS + 1), 0.0);
    assert_close(value_of(e, "exporters", "horizon", (ent_places_t){0, -1, 1, 2}, 0, 0),
                 (double)fix_value(ENT_FIELD_exporters, 0, 0, 23, 2 * FIX_SECTORS + 1), 0.0);
    assert_close(
        value_of(e, "duty", "2025-02", first, 0, 0),
        (double)fix_value(ENT_FIELD_duty, 0, 0, 1, 0) - (double)fix_value(ENT_FIELD_refund, 0, 0, 1, 0), 0.0);
    assert_close(value_of(e, "tariff_revenue", "2025-02", all, 0, 0),
                 (double)fix_value(ENT_FIELD_tariff_revenue, 0, 0, 1, 1), 0.0);
    assert_close(value_of(e, "real_income", "2025-02", all, 0, 0),
                 (double)fix_value(ENT_FIELD_welfare, 0, 0, 1, 0), 0.0);
}

static void ratios_and_weights_are_taken_over_the_whole_period(void **state)
{
    const case_t *test = *state;
    const ent_ensemble_t *e = &test->in_memory;
    const ent_places_t all = {0, 1, -1, -1}, market = {0, 2, 0, -1};
    const size_t cell = 2 * FIX_SECTORS;
    double above = 0.0, below = 0.0;
    assert_close(value_of(e, "price", "2026", all, 0, 0),
                 (sum(ENT_FIELD_exports, 0, 0, 12, 24, 0) + sum(ENT_FIELD_exports, 0, 0, 12, 24, FIX_FLOWS)) /
                     (sum(ENT_FIELD_export_quantity, 0, 0, 12, 24, 0) +
                      sum(ENT_FIELD_export_quantity, 0, 0, 12, 24, FIX_FLOWS)),
                 1e-15);
    /* into USA flows 0 (from KOR) and 3 (from ROW) are recorded; into ROW flow 1 */
    for (size_t sector = 0; sector < FIX_SECTORS; sector++) {
        for (size_t flow = 0; flow < FIX_FLOWS; flow += 3) {
            above += sum(ENT_FIELD_exports, 0, 0, 12, 24, sector * FIX_FLOWS + flow);
            below += sum(ENT_FIELD_export_quantity, 0, 0, 12, 24, sector * FIX_FLOWS + flow);
        }
    }
    assert_close(value_of(e, "import_prices", "2026", all, 0, 0), above / below, 1e-15);
    above = below = 0.0;
    for (int t = 12; t < 24; t++) {
        const double weight = (double)fix_value(ENT_FIELD_retail_spending, 0, 0, t, cell);
        above += weight * (double)fix_value(ENT_FIELD_retail_price, 0, 0, t, cell);
        below += weight;
    }
    assert_close(value_of(e, "consumer_prices", "2026", market, 0, 0), above / below, 1e-15);
    assert_close(value_of(e, "stock_to_sales", "2026", market, 0, 0),
                 12.0 * (double)fix_value(ENT_FIELD_stock, 0, 0, 23, cell) /
                     sum(ENT_FIELD_sales, 0, 0, 12, 24, cell),
                 1e-15);
    /* survival: of those who entered a year before */
    assert_close(value_of(e, "survival_one_year", "2026", (ent_places_t){0, -1, 0, 1}, 0, 0),
                 100.0 * sum(ENT_FIELD_survivors_one_year, 0, 0, 12, 24, FIX_SECTORS) /
                     sum(ENT_FIELD_entrants, 0, 0, 0, 12, FIX_SECTORS),
                 1e-15);
    assert_true(isnan(value_of(e, "survival_one_year", "2025", (ent_places_t){0, -1, 0, 1}, 0, 0)));
}

static void what_is_missing_stays_missing(void **state)
{
    case_t *test = *state;
    const ent_places_t all = {0, 1, -1, -1};
    test->trajectory[1][0].value[ENT_FIELD_exports][5u * FIX_SECTORS * FIX_FLOWS] = NAN;
    assert_true(isnan(value_of(&test->in_memory, "exports", "year1", all, 0, 1)));
    assert_true(!isnan(value_of(&test->in_memory, "exports", "2026", all, 0, 1)));
    /* a price where nothing was bought does not count */
    test->trajectory[1][0].value[ENT_FIELD_retail_price][FIX_SECTORS] = NAN;
    assert_true(isnan(value_of(&test->in_memory, "retail_price", "2025-01", all, 0, 1)));
    test->trajectory[1][0].value[ENT_FIELD_sales][FIX_SECTORS] = 0.0f;
    assert_true(!isnan(value_of(&test->in_memory, "retail_price", "2025-01", all, 0, 1)));
    /* exporters are recorded of the config's home alone; a flow that is not recorded is not zero */
    assert_true(isnan(value_of(&test->in_memory, "exporters", "year1", (ent_places_t){1, -1, -1, -1}, 0, 0)));
    assert_true(isnan(value_of(&test->in_memory, "exports", "year1", (ent_places_t){2, 0, -1, -1}, 0, 0)));
}

static void periods_have_names(void **state)
{
    const case_t *test = *state;
    const struct {
        const char *key;
        int begin, end;
    } known[] = {{"year1", 0, 12},     {"horizon", 12, 24},    {"2025", 0, 12},
                 {"2026-03", 14, 15},  {"2026-03-15", 14, 15}, {"2025-11..2026-02", 10, 14},
                 {"2025..2026", 0, 24}};
    static const char *const unknown[] = {"",           "2024", "2027-01", "2026-13", "2026-02..2025-01",
                                          "2026-02-30", "year"};
    ent_period_t period, *list;
    int n;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        assert_int_equal(ent_period_find(&test->in_memory, known[i].key, &period, &ctx), 0);
        assert_int_equal(period.begin, known[i].begin);
        assert_int_equal(period.end, known[i].end);
        assert_string_equal(period.key, known[i].key);
    }
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        assert_int_equal(ent_period_find(&test->in_memory, unknown[i], &period, &ctx), ENT_ERR_USAGE);
    }
    assert_int_equal(ent_periods(&test->in_memory, ENT_PERIOD_YEAR1 | ENT_PERIOD_YEARS | ENT_PERIOD_HORIZON,
                                 &n, &list, &ctx),
                     0);
    assert_int_equal(n, 4);
    assert_string_equal(list[0].label, "first year, 2025-01-01 to 2025-12-31");
    assert_string_equal(list[2].key, "2026");
    free(list);
}

static void a_number_is_paired_world_by_world(void **state)
{
    const case_t *test = *state;
    const ent_value_query_t query = {.outcome = ENT_OUTCOME_EXPORTS,
                                     .period = "2026",
                                     .scenario = "deal",
                                     .base = "no-deal",
                                     .partner = "ROW",
                                     .sector = "other_goods"};
    ent_value_query_t relative = query;
    ent_number_t number;
    double a[N], b[N];
    relative.relative = 1;
    assert_int_equal(ent_number_bind(&number, &query, &test->in_file, &ctx), 0);
    assert_int_equal(ent_number_values(&number, &test->in_file, a, &ctx), 0);
    assert_int_equal(ent_number_bind(&number, &relative, &test->in_memory, &ctx), 0);
    assert_int_equal(ent_number_values(&number, &test->in_memory, b, &ctx), 0);
    for (int r = 0; r < N - 1; r++) {
        const double with = sum(ENT_FIELD_exports, 0, r, 12, 24, FIX_FLOWS + 1);
        const double without = sum(ENT_FIELD_exports, 1, r, 12, 24, FIX_FLOWS + 1);
        assert_close(a[r], with - without, 0.0);
        assert_close(b[r], 100.0 * (with - without) / without, 1e-15);
    }
    assert_true(isnan(a[N - 1]) && isnan(b[N - 1]));
}

static void unknown_names_are_told(void **state)
{
    const case_t *test = *state;
    const char *nearest = NULL;
    ent_value_query_t query = {.outcome = ENT_OUTCOME_EXPORTS, .period = "2026", .partner = "USB"};
    ent_number_t number;
    assert_int_equal(ent_outcome_find("export", &nearest), -1);
    assert_string_equal(nearest, "exports");
    assert_int_equal(ent_number_bind(&number, &query, &test->in_memory, &ctx), ENT_ERR_USAGE);
    query =
        (ent_value_query_t){.outcome = ent_outcome_find("welfare", NULL), .period = "2026", .sector = "cars"};
    assert_int_equal(ent_number_bind(&number, &query, &test->in_memory, &ctx), ENT_ERR_USAGE);
}

/* Duty differs on the flow to ROW alone, though the flow to USA is recorded first. */
static void the_partner_is_the_one_whose_duty_differs(void **state)
{
    case_t *test = *state;
    int partner = -1;
    for (int t = 0; t < FIX_STEPS; t++) {
        for (size_t cell = 0; cell < FIX_SECTORS * FIX_FLOWS; cell++) {
            for (int s = 0; s < 2; s++) {
                float *rate = test->trajectory[0][s].value[ENT_FIELD_tariff_rate];
                rate[(size_t)t * (size_t)FIX_SECTORS * FIX_FLOWS + cell] =
                    cell % FIX_FLOWS == 1 && s == 0 ? 0.1f : 0.0f;
            }
        }
    }
    test->in_memory.config = NULL; /* as in a file: by what was simulated */
    for (int swapped = 0; swapped < 2; swapped++) {
        assert_int_equal(ent_default_partner(&test->in_memory, 0, swapped, 1 - swapped, &partner, &ctx), 0);
        assert_int_equal(partner, 2);
    }
    assert_int_equal(ent_default_partner(&test->in_memory, 0, 0, -1, &partner, &ctx), 0);
    assert_int_equal(partner, 1); /* a level: the first recorded */
}

static void before_anything_is_simulated_the_law_names_the_partner(void **state)
{
    case_t *test = *state;
    double everyone[FIX_REGIONS] = {0.1, NAN, NAN}, little[FIX_REGIONS] = {0.02, NAN, NAN};
    double all[FIX_SECTORS];
    int own[] = {0, 1}, partner = -1;
    for (int s = 0; s < FIX_SECTORS; s++) {
        all[s] = 1.0;
    }
    ent_measure_t measures[2] = {{.id = "small", .importer = 1, .rate = little, .coverage = all},
                                 {.id = "row", .importer = 2, .rate = everyone, .coverage = all}};
    ent_regime_t regimes[2] = {{.name = "deal", .n_measures = 2, .measures = own}, {.name = "no-deal"}};
    ent_config_t *config = &test->run.config;
    config->measures = measures;
    config->n_measures = 2;
    config->regimes = regimes;
    config->n_regimes = 2;
    assert_int_equal(ent_default_partner(&test->in_memory, 0, 1, 0, &partner, &ctx), 0);
    assert_int_equal(partner, 2);
}

/* The library's users see the same through a handle, of a file and of memory. */
static void results_are_read_back_through_a_handle(void **state)
{
    case_t *test = *state;
    ent_query_t query = {
        .size = sizeof query, .outcome = "exports", .period = "2026", .base = "no-deal", .partner = "ROW"};
    ent_reading_t *file, *memory;
    ent_summary_t summary;
    const float *values;
    double a[N], b, mean = 0.0;
    assert_int_equal(ent_reading_open(&file, test->run.path, &ctx), 0);
    assert_int_equal(ent_reading_from_config(&memory, &test->run.config, &ctx), 0);
    assert_int_equal(ent_reading_values(file, &query, a, &ctx), 0);
    for (int r = 0; r < N; r++) {
        assert_int_equal(ent_reading_hold(memory, r, r < N - 1 ? test->trajectory[r] : NULL, &ctx), 0);
        assert_int_equal(ent_reading_value(memory, &query, r, &b, &ctx), 0);
        assert_true(a[r] == b || (isnan(a[r]) && isnan(b)));
        assert_int_equal(ent_reading_hold(memory, r, NULL, &ctx), 0);
        mean += ent_reading_chance(file, r) == 0 ? a[r] / FIX_WORLDS : 0.0;
    }
    assert_int_equal(ent_reading_summary(file, a, 0.9, &summary, &ctx), 0);
    assert_int_equal(summary.n_worlds, FIX_WORLDS);
    assert_close(summary.mean, mean, 1e-14);
    assert_int_equal(ent_reading_count(file, ENT_LABEL_SCENARIO), 2);
    assert_string_equal(ent_reading_label(file, ENT_LABEL_FLOW, 1), "KOR-ROW");
    assert_string_equal(ent_reading_label(memory, ENT_LABEL_STEP, 12), "2026-01-01");
    assert_null(ent_reading_label(file, ENT_LABEL_SECTOR, FIX_SECTORS));
    assert_string_equal(ent_reading_unit(file, "exports"), "million USD");
    assert_int_equal(ent_reading_field(file, "stock", 1, 2, &values, &ctx), 0);
    assert_true(values[FIX_REGIONS * FIX_SECTORS + 3] == fix_value(ENT_FIELD_stock, 1, 2, 1, 3));
    ent_reading_close(memory);
    ent_reading_close(file);
}

static void a_handle_used_wrongly_says_so(void **state)
{
    const case_t *test = *state;
    ent_query_t query = {.size = sizeof query, .outcome = "exprots"};
    ent_reading_t *file = NULL, *none = NULL;
    const float *values;
    double a[N];
    assert_int_equal(ent_reading_open(&none, "/nonexistent.h5", &ctx), ENT_ERR_NO_INPUT);
    assert_null(none);
    assert_int_equal(ent_reading_open(&file, test->run.path, &ctx), 0);
    ent_context_clear(&ctx);
    assert_int_equal(ent_reading_values(file, &query, a, &ctx), ENT_ERR_USAGE);
    assert_string_equal(ctx.faults[0].nearest, "exports");
    query.size = 0;
    assert_int_equal(ent_reading_values(file, &query, a, &ctx), ENT_ERR_USAGE);
    assert_int_equal(ent_reading_hold(file, 0, NULL, &ctx), ENT_ERR_USAGE);
    assert_int_equal(ent_reading_field(file, "stocks", 0, 0, &values, &ctx), ENT_ERR_USAGE);
    assert_int_equal(ent_reading_field(file, "stock", 0, N, &values, &ctx), ENT_ERR_USAGE);
    ent_reading_close(file);
    ent_reading_close(NULL);
}

static void units_are_those_of_a_period(void **state)
{
    char text[64];
    (void)state;
    for (int i = 0; i < ent_outcome_count(); i++) {
        assert_null(strstr(ent_outcome(i)->unit, "per step"));
    }
    for (int f = 0; f < ENT_N_FIELDS; f++) {
        const ent_field_t *field = &ent_field_table()[f];
        const char *per_step = strstr(field->unit, " per step");
        assert_int_equal(per_step != NULL, field->aggregate == ENT_AGGREGATE_SUM);
        assert_true(per_step == NULL || strcmp(per_step, " per step") == 0);
        if (field->weight != ENT_N_FIELDS) {
            assert_int_equal(ent_field_table()[field->weight].shape, field->shape);
        }
    }
    ent_outcome_fields(ent_outcome(ENT_OUTCOME_PRICE), text, sizeof text);
    assert_string_equal(text, "exports, export_quantity");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(labels_are_the_same),
        CASE(every_outcome_is_the_same_from_a_file_and_from_memory),
        CASE(sums_means_and_last_values_follow_the_field),
        CASE(ratios_and_weights_are_taken_over_the_whole_period),
        CASE(what_is_missing_stays_missing),
        CASE(periods_have_names),
        CASE(a_number_is_paired_world_by_world),
        CASE(unknown_names_are_told),
        CASE(the_partner_is_the_one_whose_duty_differs),
        CASE(before_anything_is_simulated_the_law_names_the_partner),
        CASE(results_are_read_back_through_a_handle),
        CASE(a_handle_used_wrongly_says_so),
        CASE(units_are_those_of_a_period),
    };
    return cmocka_run_group_tests_name("numbers", tests, NULL, NULL);
}
