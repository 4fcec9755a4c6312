/* Schedules: every kind of measure, sets, partial steps, refunds, loading dates, news, expectations, regimes.
 */
#include <entrepot/schedule.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { KOR, USA, JPN, N_REGION };
enum { CARS, STEEL, N_SECTOR };
enum { MAX_MEASURES = 16, MAX_REGIMES = 3, N_STEPS = 24, FIRST = -6 };

static const double base_rate = 0.02;

/* A config built in memory: measures are added one by one. */
typedef struct {
    ent_config_t config;
    ent_benchmark_t benchmark;
    ent_measure_t measure[MAX_MEASURES];
    double rate[MAX_MEASURES][N_REGION];
    double coverage[MAX_MEASURES][N_SECTOR];
    int common[MAX_MEASURES];
    ent_regime_t regime[MAX_REGIMES];
    int own[MAX_REGIMES][MAX_MEASURES];
    ent_signal_t signal[4];
    double probability[4][MAX_REGIMES];
    ent_scenario_t scenario[MAX_REGIMES];
    double tariff[N_SECTOR * N_REGION * N_REGION];
    double wedge[N_SECTOR * N_REGION];
    char *region[N_REGION];
    char *sector[N_SECTOR];
    int lag[N_SECTOR * N_REGION * N_REGION];
} world_t;

static void assert_close(double actual, double expected, double rtol)
{
    if (!(fabs(actual - expected) <= rtol * fmax(1.0, fabs(expected)))) {
        fail_msg("%.17g is not %.17g within %g", actual, expected, rtol);
    }
}

static ent_day_t day(const char *text)
{
    ent_day_t d = ENT_DAY_NEVER;

    if (text != NULL) {
        assert_int_equal(ent_day_parse(text, &d), 0);
    }
    return d;
}

static int setup(void **state)
{
    static char *names[] = {"KOR", "USA", "JPN"}, *sectors[] = {"cars", "steel"};
    world_t *w = calloc(1, sizeof *w);

    assert_non_null(w);
    assert_int_equal(ent_calendar_init(&w->config.calendar, 12, day("2025-01-01")), 0);
    memcpy(w->region, names, sizeof names);
    memcpy(w->sector, sectors, sizeof sectors);
    w->benchmark.n_region = w->config.n_region = N_REGION;
    w->benchmark.n_sector = w->config.n_sector = N_SECTOR;
    w->benchmark.region = w->config.region = w->region;
    w->benchmark.sector = w->config.sector = w->sector;
    w->benchmark.tariff = w->tariff;
    w->benchmark.collection_wedge = w->wedge;
    for (size_t i = 0; i < N_SECTOR * N_REGION * N_REGION; i++) {
        w->tariff[i] = base_rate;
    }
    w->config.measures = w->measure;
    w->config.common = w->common;
    w->config.regimes = w->regime;
    w->config.signals = w->signal;
    w->config.scenarios = w->scenario;
    w->config.n_regimes = w->config.n_scenarios = 1;
    w->config.n_steps = 18;
    w->config.n_burn_in = 6;
    w->config.resolved = ENT_DAY_NEVER;
    for (int r = 0; r < MAX_REGIMES; r++) {
        static char *regime_names[] = {"deal", "no-deal", "third"};

        w->regime[r].name = regime_names[r];
        w->regime[r].measures = w->own[r];
        w->scenario[r] = (ent_scenario_t){.name = regime_names[r], .regime = r};
    }
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

/* A measure of the USA on all partners and sectors, announced when effective; common unless regime >= 0. */
static ent_measure_t *add(world_t *w, ent_measure_kind_t kind, const char *set, double rate,
                          const char *effective, int regime)
{
    static char *set_names[] = {"reciprocal", "autos", "steel"};
    const int m = w->config.n_measures++;
    ent_measure_t *measure = &w->measure[m];

    assert_true(m < MAX_MEASURES);
    *measure = (ent_measure_t){.id = "m",
                               .legal = "",
                               .importer = USA,
                               .kind = kind,
                               .rate = w->rate[m],
                               .coverage = w->coverage[m],
                               .announced = day(effective),
                               .effective = day(effective),
                               .end = ENT_DAY_NEVER,
                               .end_announced = ENT_DAY_ALWAYS,
                               .retroactive_to = ENT_DAY_NEVER,
                               .anticipated_from = ENT_DAY_NEVER};
    for (size_t i = 0; set != NULL && i < 3; i++) {
        if (strcmp(set_names[i], set) == 0) {
            measure->set = set_names[i];
        }
    }
    for (int o = 0; o < N_REGION; o++) {
        w->rate[m][o] = o == USA ? NAN : rate;
    }
    for (int s = 0; s < N_SECTOR; s++) {
        w->coverage[m][s] = 1.0;
    }
    if (regime < 0) {
        w->common[w->config.n_common++] = m;
    } else {
        w->own[regime][w->regime[regime].n_measures++] = m;
    }
    return measure;
}

static ent_measure_t *announce(ent_measure_t *measure, const char *announced)
{
    measure->announced = day(announced);
    return measure;
}

static double on(const world_t *w, int origin, int sector, const char *date)
{
    return ent_rate_on_day(&w->config, &w->benchmark, 0, origin, USA, sector, day(date), day(date),
                           ENT_DAY_NEVER, NULL, NULL, NULL);
}

static void build(const world_t *w, int regime, const int *shift, const int *lag, ent_schedule_t *schedule)
{
    ent_context_t ctx;

    ent_context_init(&ctx);
    assert_int_equal(
        ent_schedule_init(schedule, &w->config, &w->benchmark, regime, FIRST, N_STEPS, shift, lag, &ctx), 0);
    ent_context_free(&ctx);
}

static size_t at(const ent_schedule_t *s, int origin, int sector, int step)
{
    const int row = s->row_of_cell[(sector * N_REGION + origin) * N_REGION + USA];

    assert_true(row >= 0);
    return (size_t)row * N_STEPS + (size_t)(step - FIRST);
}

static double duty(const ent_schedule_t *s, int origin, int sector, int step)
{
    return s->duty[at(s, origin, sector, step)];
}

/* Expected in step `now` for arrivals of `step`. */
static double expected(const ent_schedule_t *s, int origin, int sector, int now, int step)
{
    const size_t epoch = (size_t)s->epoch_of_step[now - FIRST];

    return s->expected[epoch * (size_t)s->n_rows * N_STEPS + at(s, origin, sector, step)];
}

/* ---- kinds and sets ---- */

static void test_additive(void **state)
{
    world_t *w = *state;

    add(w, ENT_MEASURE_ADDITIVE, NULL, 0.25, "2025-04-03", -1)->coverage[STEEL] = 0.4;
    assert_close(on(w, KOR, CARS, "2025-04-02"), 0.02, 1e-15);
    assert_close(on(w, KOR, CARS, "2025-04-03"), 0.27, 1e-15);
    assert_close(on(w, KOR, STEEL, "2025-04-03"), 0.12, 1e-15);
    assert_close(on(w, USA, CARS, "2025-04-03"), 0.02, 1e-15);
}

static void test_floor_adds_what_is_missing(void **state)
{
    world_t *w = *state;

    add(w, ENT_MEASURE_FLOOR, NULL, 0.15, "2025-04-03", -1)->coverage[STEEL] = 0.5;
    w->tariff[(CARS * N_REGION + JPN) * N_REGION + USA] = 0.18;
    assert_close(on(w, KOR, CARS, "2025-05-01"), 0.15, 1e-15);
    assert_close(on(w, JPN, CARS, "2025-05-01"), 0.18, 1e-15);
    assert_close(on(w, KOR, STEEL, "2025-05-01"), 0.02 + 0.5 * 0.13, 1e-15);
}

/* A preference: the benchmark tariff falls to the rate, on the share of goods it covers, whoever collects. */
static void test_ceiling_takes_away_what_is_above(void **state)
{
    world_t *w = *state;
    ent_schedule_t schedule;

    add(w, ENT_MEASURE_CEILING, NULL, 0.05, "2025-04-03", -1)->coverage[STEEL] = 0.5;
    w->tariff[(CARS * N_REGION + JPN) * N_REGION + USA] = 0.18;
    w->tariff[(STEEL * N_REGION + JPN) * N_REGION + USA] = 0.09;
    assert_close(on(w, KOR, CARS, "2025-05-01"), 0.02, 1e-15);
    assert_close(on(w, JPN, CARS, "2025-04-02"), 0.18, 1e-15);
    assert_close(on(w, JPN, CARS, "2025-05-01"), 0.05, 1e-15);
    assert_close(on(w, JPN, STEEL, "2025-05-01"), 0.07, 1e-15);
    build(w, 0, NULL, NULL, &schedule);
    assert_true(schedule.row_of_cell[(CARS * N_REGION + JPN) * N_REGION + USA] >= 0);
    ent_schedule_free(&schedule);
}

static void test_no_measure_no_partner(void **state)
{
    world_t *w = *state;
    ent_schedule_t schedule;

    add(w, ENT_MEASURE_ADDITIVE, NULL, 0.25, "2025-04-03", -1)->rate[JPN] = NAN;
    assert_close(on(w, JPN, CARS, "2025-05-01"), 0.02, 0.0);
    build(w, 0, NULL, NULL, &schedule);
    assert_int_equal(schedule.n_rows, N_SECTOR);
    assert_int_equal(schedule.row_of_cell[(CARS * N_REGION + JPN) * N_REGION + USA], -1);
    ent_schedule_free(&schedule);
}

static void test_sets_replace_and_strangers_add(void **state)
{
    world_t *w = *state;

    add(w, ENT_MEASURE_ADDITIVE, "reciprocal", 0.10, "2025-04-05", -1);
    add(w, ENT_MEASURE_ADDITIVE, "reciprocal", 0.25, "2025-08-07", -1)->rate[JPN] = NAN;
    add(w, ENT_MEASURE_ADDITIVE, "autos", 0.30, "2025-06-01", -1);
    add(w, ENT_MEASURE_ADDITIVE, NULL, 0.01, "2025-06-01", -1);
    add(w, ENT_MEASURE_ADDITIVE, NULL, 0.01, "2025-06-01", -1);
    assert_close(on(w, KOR, CARS, "2025-05-01"), 0.12, 1e-15);
    assert_close(on(w, KOR, CARS, "2025-06-01"), 0.44, 1e-15);
    assert_close(on(w, KOR, CARS, "2025-09-01"), 0.59, 1e-15);
    assert_close(on(w, JPN, CARS, "2025-09-01"), 0.44, 1e-15);
}

static void test_latest_effective_wins_not_latest_in_file(void **state)
{
    world_t *w = *state;

    add(w, ENT_MEASURE_ADDITIVE, "steel", 0.50, "2025-06-04", -1);
    add(w, ENT_MEASURE_ADDITIVE, "steel", 0.25, "2025-03-12", -1);
    assert_close(on(w, KOR, STEEL, "2025-07-01"), 0.52, 1e-15);
    add(w, ENT_MEASURE_ADDITIVE, "steel", 0.35, "2025-06-04", -1);
    assert_close(on(w, KOR, STEEL, "2025-07-01"), 0.37, 1e-15);
}

static void test_an_ended_measure_gives_way_to_the_one_before(void **state)
{
    world_t *w = *state;

    add(w, ENT_MEASURE_ADDITIVE, "reciprocal", 0.10, "2025-04-05", -1);
    add(w, ENT_MEASURE_ADDITIVE, "reciprocal", 0.25, "2025-04-09", -1)->end = day("2025-04-10");
    assert_close(on(w, KOR, CARS, "2025-04-08"), 0.12, 1e-15);
    assert_close(on(w, KOR, CARS, "2025-04-09"), 0.27, 1e-15);
    assert_close(on(w, KOR, CARS, "2025-04-10"), 0.12, 1e-15);
}

static void test_exemption_takes_its_share_out_while_in_force(void **state)
{
    world_t *w = *state;
    ent_measure_t *exemption;

    add(w, ENT_MEASURE_ADDITIVE, "reciprocal", 0.10, "2025-04-05", -1);
    add(w, ENT_MEASURE_ADDITIVE, "steel", 0.50, "2025-04-05", -1);
    exemption = add(w, ENT_MEASURE_EXEMPTION, "reciprocal", 1.0, "2025-05-01", -1);
    exemption->coverage[CARS] = 0.6;
    exemption->end = day("2025-07-01");
    exemption->rate[JPN] = 0.5;
    assert_close(on(w, KOR, CARS, "2025-04-30"), 0.62, 1e-15);
    assert_close(on(w, KOR, CARS, "2025-05-01"), 0.02 + 0.04 + 0.5, 1e-15);
    assert_close(on(w, JPN, CARS, "2025-05-01"), 0.02 + 0.07 + 0.5, 1e-15);
    assert_close(on(w, KOR, STEEL, "2025-05-01"), 0.52, 1e-15);
    assert_close(on(w, KOR, CARS, "2025-07-01"), 0.62, 1e-15);
    add(w, ENT_MEASURE_EXEMPTION, "reciprocal", 0.7, "2025-05-01", -1);
    assert_close(on(w, KOR, CARS, "2025-05-01"), 0.02 + 0.0 + 0.5, 1e-15);
}

static void test_repeal_voids_its_set(void **state)
{
    world_t *w = *state;
    ent_measure_t *repeal;

    add(w, ENT_MEASURE_ADDITIVE, "reciprocal", 0.10, "2025-04-05", -1);
    add(w, ENT_MEASURE_ADDITIVE, "steel", 0.50, "2025-04-05", -1);
    repeal = add(w, ENT_MEASURE_REPEAL, "reciprocal", 0.0, "2025-09-01", -1);
    repeal->rate[JPN] = NAN;
    add(w, ENT_MEASURE_ADDITIVE, "reciprocal", 0.05, "2025-11-01", -1);
    assert_close(on(w, KOR, CARS, "2025-08-31"), 0.62, 1e-15);
    assert_close(on(w, KOR, CARS, "2025-09-01"), 0.52, 1e-15);
    assert_close(on(w, JPN, CARS, "2025-09-01"), 0.62, 1e-15);
    assert_close(on(w, KOR, CARS, "2025-11-01"), 0.57, 1e-15);
}

static void test_wedge_is_not_collected(void **state)
{
    world_t *w = *state;

    w->wedge[CARS * N_REGION + KOR] = 0.1;
    add(w, ENT_MEASURE_ADDITIVE, NULL, 0.20, "2025-04-05", -1);
    add(w, ENT_MEASURE_ADDITIVE, NULL, 0.30, "2025-04-05", -1)->collected_in_full = 1;
    assert_close(on(w, KOR, CARS, "2025-05-01"), 0.02 + 0.18 + 0.30, 1e-15);
    assert_close(on(w, JPN, CARS, "2025-05-01"), 0.52, 1e-15);
    add(w, ENT_MEASURE_ADDITIVE, NULL, 0.20, "2025-04-05", -1)->importer = JPN;
    assert_close(ent_rate_on_day(&w->config, &w->benchmark, 0, KOR, JPN, CARS, day("2025-05-01"),
                                 day("2025-05-01"), ENT_DAY_NEVER, NULL, NULL, NULL),
                 0.22, 1e-15);
}

/* Of all duty a tenth is not collected. Where a listed exemption takes out a twentieth, the rest is 0.9 of
 * all in place of 0.95 times 0.9; where it takes out a third, all that is left is collected. One outside the
 * wedge takes its goods out beside it. */
static void test_wedge_holds_the_exemptions_that_are_listed(void **state)
{
    world_t *w = *state;
    ent_measure_t *exemption;

    w->wedge[CARS * N_REGION + KOR] = 0.1;
    add(w, ENT_MEASURE_ADDITIVE, "autos", 0.20, "2025-04-05", -1);
    exemption = add(w, ENT_MEASURE_EXEMPTION, "autos", 0.05, "2025-04-05", -1);
    assert_close(on(w, KOR, CARS, "2025-05-01"), 0.02 + 0.20 * 0.9, 1e-15);
    assert_close(on(w, JPN, CARS, "2025-05-01"), 0.02 + 0.20 * 0.95, 1e-15);
    exemption->rate[KOR] = 0.3;
    assert_close(on(w, KOR, CARS, "2025-05-01"), 0.02 + 0.20 * 0.7, 1e-15);
    exemption->outside_wedge = 1;
    assert_close(on(w, KOR, CARS, "2025-05-01"), 0.02 + 0.20 * 0.7 * 0.9, 1e-15);
    add(w, ENT_MEASURE_EXEMPTION, "autos", 0.05, "2025-04-05", -1);
    assert_close(on(w, KOR, CARS, "2025-05-01"), 0.02 + 0.20 * 0.7 * 0.9, 1e-15);
    exemption->rate[KOR] = 0.95;
    assert_close(on(w, KOR, CARS, "2025-05-01"), 0.02, 1e-15);
}

static void test_total_is_never_negative(void **state)
{
    world_t *w = *state;
    ent_schedule_t schedule;

    add(w, ENT_MEASURE_ADDITIVE, NULL, -0.10, "2025-04-01", -1);
    assert_close(on(w, KOR, CARS, "2025-05-01"), 0.0, 0.0);
    build(w, 0, NULL, NULL, &schedule);
    assert_close(duty(&schedule, KOR, CARS, 4), 0.0, 0.0);
    assert_close(expected(&schedule, KOR, CARS, 4, 5), 0.0, 0.0);
    ent_schedule_free(&schedule);
}

static void test_parts_add_up(void **state)
{
    world_t *w = *state;
    ent_rate_part_t parts[MAX_MEASURES];
    double sum = base_rate, rate;
    int n_parts;

    add(w, ENT_MEASURE_ADDITIVE, "reciprocal", 0.10, "2025-04-05", -1);
    add(w, ENT_MEASURE_EXEMPTION, "reciprocal", 0.4, "2025-04-11", -1);
    add(w, ENT_MEASURE_FLOOR, "autos", 0.15, "2025-04-05", -1);
    rate = ent_rate_on_day(&w->config, &w->benchmark, 0, KOR, USA, CARS, day("2025-05-01"), day("2025-05-01"),
                           ENT_DAY_NEVER, NULL, parts, &n_parts);
    assert_int_equal(n_parts, 3);
    for (int i = 0; i < n_parts; i++) {
        sum += parts[i].effective;
    }
    assert_close(sum, rate, 1e-15);
    assert_close(parts[0].statutory, 0.4, 1e-15);
    assert_close(parts[0].effective, 0.0, 0.0);
    assert_close(parts[1].statutory, 0.10, 1e-15);
    assert_close(parts[1].effective, 0.06, 1e-15);
    assert_close(parts[2].statutory, 0.13, 1e-15);
}

static void test_known_on_hides_later_news(void **state)
{
    world_t *w = *state;
    ent_measure_t *suspended =
        announce(add(w, ENT_MEASURE_ADDITIVE, NULL, 0.25, "2025-04-09", -1), "2025-04-02");

    suspended->end = day("2025-04-10");
    suspended->end_announced = day("2025-04-09");
    for (int i = 0; i < 3; i++) {
        static const char *const known[] = {"2025-04-01", "2025-04-05", "2025-04-09"};
        static const double rate[] = {0.02, 0.27, 0.02};

        assert_close(ent_rate_on_day(&w->config, &w->benchmark, 0, KOR, USA, CARS, day("2025-05-01"),
                                     day("2025-05-01"), day(known[i]), NULL, NULL, NULL),
                     rate[i], 1e-15);
    }
}

/* ---- steps ---- */

static void test_partial_months_are_day_weighted(void **state)
{
    world_t *w = *state;
    ent_schedule_t s;

    add(w, ENT_MEASURE_ADDITIVE, "reciprocal", 0.10, "2025-04-05", -1);
    add(w, ENT_MEASURE_ADDITIVE, "reciprocal", 0.25, "2025-04-09", -1)->end = day("2025-04-10");
    build(w, 0, NULL, NULL, &s);
    assert_close(duty(&s, KOR, CARS, 2), 0.02, 1e-7);
    assert_close(duty(&s, KOR, CARS, 3), 0.02 + (25 * 0.10 + 1 * 0.25) / 30.0, 1e-7);
    assert_close(duty(&s, KOR, CARS, 4), 0.12, 1e-7);
    assert_close(duty(&s, KOR, CARS, FIRST), 0.02, 1e-7);
    assert_int_equal(s.refund_step[at(&s, KOR, CARS, 3)], -1);
    ent_schedule_free(&s);
}

/* Mean of the daily rates, for any mixture of measures. */
static void test_steps_are_means_of_days(void **state)
{
    world_t *w = *state;
    ent_schedule_t s;

    add(w, ENT_MEASURE_ADDITIVE, "reciprocal", 0.10, "2025-01-14", -1);
    add(w, ENT_MEASURE_FLOOR, "reciprocal", 0.15, "2025-03-30", -1)->end = day("2025-08-13");
    add(w, ENT_MEASURE_EXEMPTION, "reciprocal", 0.3, "2025-02-02", -1)->end = day("2025-02-27");
    add(w, ENT_MEASURE_ADDITIVE, NULL, 0.07, "2025-02-14", -1);
    add(w, ENT_MEASURE_REPEAL, "reciprocal", 0.0, "2025-10-10", -1);
    build(w, 0, NULL, NULL, &s);
    for (int step = FIRST; step < FIRST + N_STEPS; step++) {
        const ent_day_t begin = ent_step_begin(&w->config.calendar, step);
        const ent_day_t end = ent_step_begin(&w->config.calendar, step + 1);
        double sum = 0.0;

        for (ent_day_t d = begin; d < end; d++) {
            sum += ent_rate_on_day(&w->config, &w->benchmark, 0, KOR, USA, CARS, d, d, ENT_DAY_NEVER, NULL,
                                   NULL, NULL);
        }
        assert_close(duty(&s, KOR, CARS, step), sum / (end - begin), 1e-7);
    }
    ent_schedule_free(&s);
}

static void test_goods_loaded_before_the_day_are_exempt(void **state)
{
    world_t *w = *state;
    ent_schedule_t s;

    add(w, ENT_MEASURE_ADDITIVE, NULL, 0.10, "2025-04-05", -1)->basis = ENT_BASIS_LOADING;
    for (size_t i = 0; i < N_SECTOR * N_REGION * N_REGION; i++) {
        w->lag[i] = 1;
    }
    build(w, 0, NULL, w->lag, &s);
    assert_close(duty(&s, KOR, CARS, 3), 0.02, 1e-7);
    assert_close(duty(&s, KOR, CARS, 4), 0.02 + 0.10 * 26 / 30.0, 1e-7);
    assert_close(duty(&s, KOR, CARS, 5), 0.12, 1e-7);
    ent_schedule_free(&s);
    assert_close(ent_rate_on_day(&w->config, &w->benchmark, 0, KOR, USA, CARS, day("2025-05-01"),
                                 day("2025-04-04"), ENT_DAY_NEVER, NULL, NULL, NULL),
                 0.02, 1e-15);
}

static void test_refunds_make_good_the_difference(void **state)
{
    world_t *w = *state;
    ent_measure_t *deal;
    ent_schedule_t s;
    double collected = 0.0, owed = 0.0;

    add(w, ENT_MEASURE_ADDITIVE, "autos", 0.25, "2025-04-03", -1);
    deal = announce(add(w, ENT_MEASURE_FLOOR, "autos", 0.15, "2025-12-04", -1), "2025-07-30");
    deal->retroactive_to = day("2025-11-01");
    build(w, 0, NULL, NULL, &s);
    assert_close(duty(&s, KOR, CARS, 10), 0.27, 1e-7);
    assert_close(s.final[at(&s, KOR, CARS, 10)], 0.15, 1e-7);
    assert_close(duty(&s, KOR, CARS, 11), (3 * 0.27 + 28 * 0.15) / 31.0, 1e-7);
    assert_int_equal(s.refund_step[at(&s, KOR, CARS, 10)], 11 - FIRST);
    assert_int_equal(s.refund_step[at(&s, KOR, CARS, 11)], 11 - FIRST);
    assert_int_equal(s.refund_step[at(&s, KOR, CARS, 9)], -1);
    assert_int_equal(s.refund_step[at(&s, KOR, CARS, 12)], -1);
    for (int step = FIRST; step < FIRST + N_STEPS; step++) {
        const double days =
            ent_step_begin(&w->config.calendar, step + 1) - ent_step_begin(&w->config.calendar, step);

        collected += days * duty(&s, KOR, CARS, step);
        owed += days * s.final[at(&s, KOR, CARS, step)];
    }
    assert_close(collected - owed, 33 * (0.27 - 0.15), 1e-5);
    assert_close(expected(&s, KOR, CARS, 6, 10), 0.27, 1e-7);
    assert_close(expected(&s, KOR, CARS, 7, 10), 0.15, 1e-7);
    assert_close(on(w, KOR, CARS, "2025-11-15"), 0.27, 1e-15);
    assert_close(ent_final_rate_on_day(&w->config, &w->benchmark, 0, KOR, USA, CARS, day("2025-11-15"),
                                       day("2025-11-15"), ENT_DAY_NEVER, NULL, NULL, NULL),
                 0.15, 1e-15);
    ent_schedule_free(&s);
}

static void test_refunds_never_raise_the_duty(void **state)
{
    world_t *w = *state;
    ent_schedule_t s;

    add(w, ENT_MEASURE_ADDITIVE, "autos", 0.25, "2025-04-03", -1)->retroactive_to = day("2025-02-01");
    build(w, 0, NULL, NULL, &s);
    for (int step = FIRST; step < FIRST + N_STEPS; step++) {
        assert_close(s.final[at(&s, KOR, CARS, step)], duty(&s, KOR, CARS, step), 0.0);
        assert_int_equal(s.refund_step[at(&s, KOR, CARS, step)], -1);
    }
    ent_schedule_free(&s);
}

static void test_a_world_can_shift_a_date(void **state)
{
    world_t *w = *state;
    const int shift[MAX_MEASURES] = {10, -100};
    ent_schedule_t s;

    add(w, ENT_MEASURE_ADDITIVE, NULL, 0.10, "2025-04-01", -1);
    add(w, ENT_MEASURE_ADDITIVE, NULL, 0.10, NULL, -1);
    build(w, 0, shift, NULL, &s);
    assert_close(duty(&s, KOR, CARS, 3), 0.02 + 0.10 * 20 / 30.0, 1e-7);
    assert_close(duty(&s, KOR, CARS, 17), 0.12, 1e-7);
    ent_schedule_free(&s);
}

/* ---- what is expected ---- */

static void test_expected_after_announcement_only(void **state)
{
    world_t *w = *state;
    ent_schedule_t s;

    announce(add(w, ENT_MEASURE_ADDITIVE, NULL, 0.25, "2025-06-01", -1), "2025-03-10");
    build(w, 0, NULL, NULL, &s);
    assert_int_equal(s.n_epochs, 2);
    assert_close(expected(&s, KOR, CARS, 1, 8), 0.02, 1e-7);
    assert_close(expected(&s, KOR, CARS, 2, 4), 0.02, 1e-7);
    assert_close(expected(&s, KOR, CARS, 2, 8), 0.27, 1e-7);
    assert_int_equal(s.active[0], 0);
    assert_int_equal(s.active[s.n_rows], 1);
    ent_schedule_free(&s);
}

static void test_a_suspension_is_a_surprise(void **state)
{
    world_t *w = *state;
    ent_measure_t *m = announce(add(w, ENT_MEASURE_ADDITIVE, NULL, 0.25, "2025-04-09", -1), "2025-03-02");
    ent_schedule_t s;

    m->end = day("2025-04-10");
    m->end_announced = day("2025-04-09");
    build(w, 0, NULL, NULL, &s);
    assert_close(expected(&s, KOR, CARS, 2, 8), 0.27, 1e-7);
    assert_close(expected(&s, KOR, CARS, 3, 8), 0.02, 1e-7);
    assert_close(duty(&s, KOR, CARS, 3), 0.02 + 0.25 / 30.0, 1e-7);
    m->end = m->effective; /* a threat that is never carried out */
    ent_schedule_free(&s);
    build(w, 0, NULL, NULL, &s);
    assert_close(expected(&s, KOR, CARS, 2, 8), 0.27, 1e-7);
    assert_close(expected(&s, KOR, CARS, 3, 8), 0.02, 1e-7);
    assert_close(duty(&s, KOR, CARS, 3), 0.02, 1e-7);
    ent_schedule_free(&s);
}

static void test_anticipation_is_linear_in_probability(void **state)
{
    world_t *w = *state;
    ent_measure_t *m;
    ent_schedule_t s;

    add(w, ENT_MEASURE_ADDITIVE, "reciprocal", 0.10, "2025-01-01", -1);
    m = announce(add(w, ENT_MEASURE_ADDITIVE, "reciprocal", 0.30, "2025-04-01", -1), "2025-03-01");
    m->anticipated_from = day("2024-11-06");
    m->anticipated_probability = 0.25;
    build(w, 0, NULL, NULL, &s);
    assert_close(expected(&s, KOR, CARS, -3, 8), 0.02, 1e-7);
    assert_close(expected(&s, KOR, CARS, -2, 8), 0.02 + 0.25 * 0.30, 1e-7); /* the 10 % is not yet known */
    assert_close(expected(&s, KOR, CARS, 0, 8), 0.12 + 0.25 * 0.20, 1e-7);
    assert_close(expected(&s, KOR, CARS, 0, 2), 0.12, 1e-7);
    assert_close(expected(&s, KOR, CARS, 2, 8), 0.32, 1e-7);
    ent_schedule_free(&s);
}

static void test_an_overdue_measure_is_expected_next(void **state)
{
    world_t *w = *state;
    ent_measure_t *m = announce(add(w, ENT_MEASURE_ADDITIVE, NULL, 0.20, "2025-02-01", -1), "2025-05-01");
    ent_schedule_t s;

    m->anticipated_from = day("2024-11-06");
    m->anticipated_probability = 0.5;
    m->end = m->effective; /* never carried out */
    m->end_announced = day("2025-05-01");
    build(w, 0, NULL, NULL, &s);
    assert_close(expected(&s, KOR, CARS, 0, 1), 0.12, 1e-7);
    assert_close(expected(&s, KOR, CARS, 0, 0), 0.02, 1e-7);
    assert_close(expected(&s, KOR, CARS, 2, 2), 0.02, 1e-7);
    assert_close(expected(&s, KOR, CARS, 2, 3), 0.12, 1e-7);
    assert_close(expected(&s, KOR, CARS, 4, 8), 0.02, 1e-7);
    ent_schedule_free(&s);
}

static void assert_same_schedule(const ent_schedule_t *a, const ent_schedule_t *b)
{
    const size_t values = (size_t)a->n_rows * N_STEPS, epochs = (size_t)a->n_epochs;

    assert_int_equal(a->n_rows, b->n_rows);
    assert_int_equal(a->n_epochs, b->n_epochs);
    assert_memory_equal(a->row_of_cell, b->row_of_cell, N_SECTOR * N_REGION * N_REGION * sizeof(int32_t));
    assert_memory_equal(a->duty, b->duty, values * sizeof(float));
    assert_memory_equal(a->final, b->final, values * sizeof(float));
    assert_memory_equal(a->refund_step, b->refund_step, values * sizeof(int32_t));
    assert_memory_equal(a->epoch_of_step, b->epoch_of_step, N_STEPS * sizeof(int32_t));
    assert_memory_equal(a->expected, b->expected, epochs * values * sizeof(float));
    assert_memory_equal(a->active, b->active, epochs * (size_t)a->n_rows);
}

static void test_an_announcement_that_changes_nothing_changes_no_bit(void **state)
{
    world_t *w = *state;
    ent_schedule_t before, after;

    add(w, ENT_MEASURE_ADDITIVE, "reciprocal", 0.1, "2025-04-05", -1);
    build(w, 0, NULL, NULL, &before);
    announce(add(w, ENT_MEASURE_ADDITIVE, NULL, 0.0, "2025-07-13", -1), "2025-05-05");
    announce(add(w, ENT_MEASURE_FLOOR, "steel", 0.01, "2025-07-17", -1), "2025-06-05");
    announce(add(w, ENT_MEASURE_ADDITIVE, "reciprocal", 0.1, "2025-08-23", -1), "2025-06-21");
    announce(add(w, ENT_MEASURE_EXEMPTION, "steel", 0.5, "2025-08-23", -1), "2025-06-21");
    build(w, 0, NULL, NULL, &after);
    assert_same_schedule(&before, &after);
    ent_schedule_free(&before);
    ent_schedule_free(&after);
}

/* ---- regimes ---- */

/* Deal: 15 % from August, all-in for cars from November; no deal: 25 %. In mind from April, settled in July.
 */
static void two_regimes(world_t *w)
{
    static const char *const days[] = {"2025-04-09", "2025-06-02"};

    add(w, ENT_MEASURE_ADDITIVE, "reciprocal", 0.10, "2025-04-05", -1);
    announce(add(w, ENT_MEASURE_ADDITIVE, "reciprocal", 0.15, "2025-08-07", 0), "2025-07-30");
    announce(add(w, ENT_MEASURE_ADDITIVE, "reciprocal", 0.25, "2025-08-07", 1), "2025-07-07");
    w->config.n_regimes = w->config.n_scenarios = 2;
    w->config.n_signals = 2;
    for (int i = 0; i < 2; i++) {
        w->signal[i].day = day(days[i]);
        w->signal[i].probability = w->probability[i];
        w->probability[i][0] = i == 0 ? 0.5 : 0.8;
        w->probability[i][1] = 1.0 - w->probability[i][0];
    }
    w->config.resolved = day("2025-07-30");
}

static void test_regimes_are_expected_from_the_first_signal(void **state)
{
    world_t *w = *state;
    ent_schedule_t deal, no_deal;

    two_regimes(w);
    build(w, 0, NULL, NULL, &deal);
    build(w, 1, NULL, NULL, &no_deal);
    assert_int_equal(deal.n_rows, no_deal.n_rows);
    assert_close(expected(&deal, KOR, CARS, 2, 9), 0.02, 1e-7);
    assert_close(expected(&deal, KOR, CARS, 3, 9), 0.17, 1e-7);
    assert_close(expected(&no_deal, KOR, CARS, 3, 9), 0.27, 1e-7);
    assert_close(expected(&deal, KOR, CARS, 3, 5), 0.12, 1e-7);
    assert_close(duty(&deal, KOR, CARS, 8), 0.17, 1e-7);
    assert_close(duty(&no_deal, KOR, CARS, 8), 0.27, 1e-7);
    for (int step = FIRST; step < 7; step++) {
        assert_close(duty(&deal, KOR, CARS, step), duty(&no_deal, KOR, CARS, step), 0.0);
    }
    ent_schedule_free(&deal);
    ent_schedule_free(&no_deal);
}

static void test_public_belief(void **state)
{
    world_t *w = *state;
    double p[MAX_REGIMES];

    two_regimes(w);
    assert_int_equal(ent_public_belief(&w->config, 1, 2, p), 0);
    assert_close(p[1], 1.0, 0.0);
    assert_int_equal(ent_public_belief(&w->config, 1, 3, p), 1);
    assert_close(p[0], 0.5, 0.0);
    assert_int_equal(ent_public_belief(&w->config, 1, 5, p), 1);
    assert_close(p[0], 0.8, 0.0);
    assert_int_equal(ent_public_belief(&w->config, 1, 6, p), 1);
    assert_int_equal(ent_public_belief(&w->config, 1, 7, p), 0);
    assert_close(p[0], 0.0, 0.0);
    w->config.n_signals = 0;
    assert_int_equal(ent_public_belief(&w->config, 0, 5, p), 0);
    assert_close(p[0], 1.0, 0.0);
}

static void test_branch_step(void **state)
{
    world_t *w = *state;

    two_regimes(w);
    assert_int_equal(ent_branch_step(&w->config), 7);
    w->config.resolved = day("2025-07-08");
    assert_int_equal(ent_branch_step(&w->config), 6);
    w->config.resolved = day("2025-11-08");
    assert_int_equal(ent_branch_step(&w->config), 7);
    w->measure[1].retroactive_to = day("2025-06-15");
    assert_int_equal(ent_branch_step(&w->config), 5);
    w->measure[1].retroactive_to = ENT_DAY_NEVER;
    w->measure[2].anticipated_from = day("2024-11-06"); /* known of before anybody thinks of regimes */
    assert_int_equal(ent_branch_step(&w->config), -2);
    w->config.n_burn_in = 0;
    assert_int_equal(ent_branch_step(&w->config), 0);
    w->measure[2].anticipated_from = ENT_DAY_NEVER;
    w->config.n_signals = 0;
    assert_int_equal(ent_branch_step(&w->config), 6);
    w->scenario[1].regime = 0;
    assert_int_equal(ent_branch_step(&w->config), w->config.n_steps);
    w->config.n_scenarios = 1;
    assert_int_equal(ent_branch_step(&w->config), w->config.n_steps);
}

static void test_branch_step_heeds_the_earliest_drawn_date(void **state)
{
    world_t *w = *state;
    ent_draw_t draw = {.kind = ENT_DRAW_MEASURE_DATE,
                       .measure = 1,
                       .distribution = {.kind = ENT_DIST_UNIFORM, .a = -40.0, .b = 40.0}};

    two_regimes(w);
    w->config.draws = &draw;
    w->config.n_draws = 1;
    assert_int_equal(ent_branch_step(&w->config), 5);
}

static void test_wrong_regime_is_refused(void **state)
{
    world_t *w = *state;
    ent_schedule_t s;
    ent_context_t ctx;

    ent_context_init(&ctx);
    assert_int_equal(ent_schedule_init(&s, &w->config, &w->benchmark, 1, 0, 12, NULL, NULL, &ctx),
                     ENT_ERR_BUG);
    assert_int_equal(ent_schedule_init(&s, &w->config, &w->benchmark, 0, 0, 0, NULL, NULL, &ctx),
                     ENT_ERR_BUG);
    assert_int_equal(ent_schedule_init(&s, &w->config, &w->benchmark, 0, 0, 12, NULL, NULL, &ctx), 0);
    assert_int_equal(s.n_rows, 0);
    assert_int_equal(s.n_epochs, 1);
    ent_schedule_free(&s);
    ent_schedule_free(&s);
    ent_context_free(&ctx);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_additive),
        CASE(test_floor_adds_what_is_missing),
        CASE(test_ceiling_takes_away_what_is_above),
        CASE(test_no_measure_no_partner),
        CASE(test_sets_replace_and_strangers_add),
        CASE(test_latest_effective_wins_not_latest_in_file),
        CASE(test_an_ended_measure_gives_way_to_the_one_before),
        CASE(test_exemption_takes_its_share_out_while_in_force),
        CASE(test_repeal_voids_its_set),
        CASE(test_wedge_is_not_collected),
        CASE(test_wedge_holds_the_exemptions_that_are_listed),
        CASE(test_total_is_never_negative),
        CASE(test_parts_add_up),
        CASE(test_known_on_hides_later_news),
        CASE(test_partial_months_are_day_weighted),
        CASE(test_steps_are_means_of_days),
        CASE(test_goods_loaded_before_the_day_are_exempt),
        CASE(test_refunds_make_good_the_difference),
        CASE(test_refunds_never_raise_the_duty),
        CASE(test_a_world_can_shift_a_date),
        CASE(test_expected_after_announcement_only),
        CASE(test_a_suspension_is_a_surprise),
        CASE(test_anticipation_is_linear_in_probability),
        CASE(test_an_overdue_measure_is_expected_next),
        CASE(test_an_announcement_that_changes_nothing_changes_no_bit),
        CASE(test_regimes_are_expected_from_the_first_signal),
        CASE(test_public_belief),
        CASE(test_branch_step),
        CASE(test_branch_step_heeds_the_earliest_drawn_date),
        CASE(test_wrong_regime_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
