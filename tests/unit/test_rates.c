/* Rates of one cell on one day where regions and sectors differ: quotas, wedges by sector, barriers and bans
 * of several sets, what a measure hits. */
#include "ent_test.h"

#include "agents/entry.h"
#include "agents/negotiation.h"
#include "agents/plant.h"
#include "policy/retaliation.h"
#include <entrepot/schedule.h>

#include <string.h>

enum { KOR, USA, JPN, N_REGION };
enum { CARS, STEEL, N_SECTOR };
enum { MAX_MEASURES = 8, CELLS = N_SECTOR * N_REGION * N_REGION };

typedef struct {
    ent_config_t config;
    ent_benchmark_t benchmark;
    ent_measure_t measure[MAX_MEASURES];
    double rate[MAX_MEASURES][N_REGION], coverage[MAX_MEASURES][N_SECTOR];
    int own[MAX_MEASURES];
    ent_regime_t regime;
    double tariff[CELLS], flow[CELLS], freight[CELLS], wedge[N_SECTOR * N_REGION];
} world_t;

static const ent_day_t start = 20089, in_force = 20339; /* 2025-01-01; a day after all have begun */

static void make(world_t *w)
{
    static char *regions[] = {"KOR", "USA", "JPN"}, *sectors[] = {"cars", "steel"};
    memset(w, 0, sizeof *w);
    assert_int_equal(ent_calendar_init(&w->config.calendar, 12, start), 0);
    w->config.n_region = w->benchmark.n_region = N_REGION;
    w->config.n_sector = w->benchmark.n_sector = N_SECTOR;
    w->config.region = w->benchmark.region = regions;
    w->config.sector = w->benchmark.sector = sectors;
    w->config.measures = w->measure;
    w->config.regimes = &w->regime;
    w->config.n_regimes = 1;
    w->regime.measures = w->own;
    w->benchmark.tariff = w->tariff;
    w->benchmark.flow = w->flow;
    w->benchmark.freight = w->freight;
    w->benchmark.collection_wedge = w->wedge;
    for (int i = 0; i < CELLS; i++) {
        w->tariff[i] = 0.02 + 0.001 * i;
        w->flow[i] = 100.0 + 10.0 * i;
        w->freight[i] = 0.05 + 0.01 * i;
    }
    for (int i = 0; i < N_SECTOR * N_REGION; i++)
        w->wedge[i] = 0.01 * (i + 1);
}

/* A measure of the USA on everybody, covering so much of each sector. */
static ent_measure_t *add(world_t *w, ent_measure_kind_t kind, char *set, double rate, double cars,
                          double steel)
{
    const int m = w->config.n_measures++;
    w->measure[m] = (ent_measure_t){.id = "m",
                                    .legal = "",
                                    .set = set,
                                    .importer = USA,
                                    .kind = kind,
                                    .rate = w->rate[m],
                                    .coverage = w->coverage[m],
                                    .announced = in_force - 200,
                                    .effective = in_force - 100 + m,
                                    .end = ENT_DAY_NEVER,
                                    .end_announced = ENT_DAY_ALWAYS,
                                    .retroactive_to = ENT_DAY_NEVER,
                                    .anticipated_from = ENT_DAY_NEVER};
    for (int o = 0; o < N_REGION; o++)
        w->rate[m][o] = o == USA ? NAN : rate;
    w->coverage[m][CARS] = cars;
    w->coverage[m][STEEL] = steel;
    w->own[w->regime.n_measures++] = m;
    return &w->measure[m];
}

static double on(const world_t *w, int origin, int sector, ent_rate_part_t *parts, int *n_parts)
{
    return ent_rate_on_day(&w->config, &w->benchmark, 0, origin, USA, sector, in_force, in_force,
                           ENT_DAY_NEVER, NULL, parts, n_parts);
}

static double base(const world_t *w, int origin, int sector)
{
    return w->tariff[ent_cell(&w->benchmark, sector, origin, USA)];
}

static void test_the_wedge_is_that_of_the_cell(void **state)
{
    (void)state;
    static world_t w;
    make(&w);
    add(&w, ENT_MEASURE_ADDITIVE, NULL, 0.20, 1.0, 0.5);
    for (int s = 0; s < N_SECTOR; s++) {
        for (int o = 0; o < N_REGION; o++) {
            const double left =
                o == USA ? 0.0 : (1.0 - w.wedge[s * N_REGION + o]) * 0.20 * (s == CARS ? 1.0 : 0.5);
            assert_close(on(&w, o, s, NULL, NULL), base(&w, o, s) + left, 1e-14);
        }
    }
}

static void test_a_quota_lowers_to_its_rate(void **state)
{
    (void)state;
    static world_t w;
    make(&w);
    add(&w, ENT_MEASURE_QUOTA, NULL, 0.005, 1.0, 1.0)->out_rate = 0.3;
    assert_close(on(&w, KOR, CARS, NULL, NULL), 0.005, 1e-12); /* granted in full: no wedge */
    assert_close(on(&w, JPN, STEEL, NULL, NULL), 0.005, 1e-12);
}

static void test_quota_in_a_schedule(void **state)
{
    (void)state;
    static world_t w;
    static int lags[CELLS];
    ent_schedule_t schedule;
    ent_context_t ctx;
    ent_context_init(&ctx);
    make(&w);
    w.config.resolved = ENT_DAY_NEVER;
    add(&w, ENT_MEASURE_QUOTA, NULL, 0.005, 1.0, 1.0)->out_rate = 0.3;
    add(&w, ENT_MEASURE_BAN, NULL, 0.25, 0.0, 0.5);
    assert_int_equal(ent_schedule_init(&schedule, &w.config, &w.benchmark, 0, 0, 15, NULL, lags, &ctx), 0);
    for (int o = KOR; o <= JPN; o += JPN) {
        for (int s = 0; s < N_SECTOR; s++) {
            const int row = schedule.row_of_cell[ent_cell(&w.benchmark, s, o, USA)];
            const size_t at = (size_t)row * 15 + 14;
            const double collected = 1.0 - w.wedge[s * N_REGION + o];
            assert_in_range(row, 0, schedule.n_rows - 1);
            assert_int_equal(schedule.row_quota[row], 0);
            assert_close(schedule.duty[at], 0.005, 1e-6);
            assert_close(schedule.excess[at], base(&w, o, s) - 0.005 + collected * (0.3 - base(&w, o, s)),
                         1e-5);
            assert_close(schedule.cut[at], s == STEEL ? 0.125 : 0.0, 1e-6);
            assert_close(schedule.cut[(size_t)row * 15], 0.0, 0.0);
        }
    }
    ent_schedule_free(&schedule);
    ent_context_free(&ctx);
}

static void test_measures_beside_duties(void **state)
{
    (void)state;
    static world_t w;
    static char first[] = "first", second[] = "second";
    ent_rate_part_t parts[MAX_MEASURES];
    int n = 0;
    make(&w);
    add(&w, ENT_MEASURE_BARRIER, first, 0.08, 0.5, 1.0);
    add(&w, ENT_MEASURE_BARRIER, second, 0.04, 0.5, 0.0);
    add(&w, ENT_MEASURE_BAN, first, 0.3, 1.0, 0.5);
    add(&w, ENT_MEASURE_BAN, second, 0.5, 0.5, 0.0);
    add(&w, ENT_MEASURE_SUPPLIER, first, 1.5, 0.5, 1.0);
    add(&w, ENT_MEASURE_REPEAL, second, 0.0, 0.25, 0.0);
    const double left = 1.0 - 0.25; /* of the second set's goods */
    assert_close(ent_side_on_day(&w.config, &w.benchmark, 0, KOR, USA, CARS, in_force, ENT_MEASURE_BARRIER),
                 0.5 * 0.08 + 0.5 * left * 0.04, 1e-14);
    assert_close(ent_side_on_day(&w.config, &w.benchmark, 0, KOR, USA, STEEL, in_force, ENT_MEASURE_BARRIER),
                 0.08, 1e-14);
    assert_close(ent_side_on_day(&w.config, &w.benchmark, 0, JPN, USA, CARS, in_force, ENT_MEASURE_BAN),
                 1.0 - (1.0 - 0.3) * (1.0 - 0.5 * left * 0.5), 1e-14);
    assert_close(ent_side_on_day(&w.config, &w.benchmark, 0, JPN, USA, CARS, in_force, ENT_MEASURE_SUPPLIER),
                 1.25, 1e-14);
    assert_close(on(&w, KOR, CARS, parts, &n), base(&w, KOR, CARS), 1e-14);
    assert_int_equal(n, 6);
    for (int i = 0; i < n; i++) {
        const int m = parts[i].measure;
        const double shown =
            w.measure[m].kind == ENT_MEASURE_REPEAL ? 0.25 : w.coverage[m][CARS] * w.rate[m][KOR];
        assert_close(parts[i].statutory, shown, 1e-14);
        assert_within(parts[i].effective, 0.0, 0.0);
    }
}

static void test_what_a_measure_hits(void **state)
{
    (void)state;
    static world_t w;
    static char set[] = "set";
    ent_rate_part_t parts[MAX_MEASURES];
    double mean = 0.0, value = 0.0, duty = 0.0;
    make(&w);
    add(&w, ENT_MEASURE_ADDITIVE, set, 0.20, 1.0, 0.5);
    w.rate[0][JPN] = 0.1;
    add(&w, ENT_MEASURE_EXEMPTION, set, 1.0, 0.25, 0.0)->effective = w.measure[0].effective;
    for (int s = 0; s < N_SECTOR; s++) {
        const size_t cell = ent_cell(&w.benchmark, s, KOR, USA);
        const double hit = w.flow[cell] * (1.0 + w.freight[cell]) * (s == CARS ? 0.75 : 0.5);
        value += hit;
        duty += hit * 0.20;
    }
    assert_close(ent_value_hit(&w.config, &w.benchmark, 0, 0, KOR, parts, &mean), value, 1e-12);
    assert_close(mean, duty / value, 1e-12);
    w.rate[0][KOR] = 0.0;
    assert_within(ent_value_hit(&w.config, &w.benchmark, 0, 0, KOR, parts, &mean), 0.0, 0.0);
    assert_within(mean, 0.0, 0.0);
}

static void test_profits_plants_and_losses(void **state)
{
    (void)state;
    assert_close(ent_exporter_profit(1.2, 1.1, 0.9, 0.25, 0.05), 1.2 * (1.1 - 0.75 * 0.9) - 0.05, 1e-14);
    assert_close(ent_plant_value(0.25, 0.05, 0.04, 0.06, 1.5), (1.0 - exp(-0.2)) / 0.1 - 1.5, 1e-12);
    const ent_side_t side = {.exports = 2.0, .prices = 3.0};
    assert_close(ent_side_loss(&side, 80.0, 100.0, 2.2, 2.0), 2.0 * 0.2 + 3.0 * 0.1, 1e-12);
    assert_within(ent_side_loss(&side, 120.0, 100.0, 1.8, 2.0), 0.0, 0.0); /* gains are no loss */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_wedge_is_that_of_the_cell),
        cmocka_unit_test(test_a_quota_lowers_to_its_rate),
        cmocka_unit_test(test_quota_in_a_schedule),
        cmocka_unit_test(test_measures_beside_duties),
        cmocka_unit_test(test_what_a_measure_hits),
        cmocka_unit_test(test_profits_plants_and_losses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
