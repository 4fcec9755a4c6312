/* A small run without an engine: three regions, two sectors, two scenarios, twelve-month years; trajectories
 * whose every value is known. */
#ifndef ENTREPOT_TESTS_UNIT_FIXTURE_RUN_H
#define ENTREPOT_TESTS_UNIT_FIXTURE_RUN_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <entrepot/results.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIX_REGIONS = 3, FIX_SECTORS = 2, FIX_FLOWS = 4, FIX_STEPS = 24, FIX_WORLDS = 4, FIX_REPEATS = 2 };

typedef struct {
    ent_config_t config;
    ent_benchmark_t benchmark;
    char folder[64];
    char path[96];
} fixture_run_t;

static char *fix_regions[] = {"KOR", "USA", "ROW"};
static char *fix_sectors[] = {"cars", "other_goods"};
static ent_flow_t fix_flows[] = {{0, 1}, {0, 2}, {1, 0}, {2, 1}};
static ent_scenario_t fix_scenarios[] = {{.name = "deal"}, {.name = "no-deal", .regime = 1}};
static ent_draw_t fix_draws[] = {{.name = "public belief", .kind = ENT_DRAW_BELIEF}};
static ent_shock_t fix_shocks[] = {{.name = "chip boom"}};
static double fix_flow[FIX_SECTORS * FIX_REGIONS * FIX_REGIONS];
static double fix_tariff[FIX_SECTORS * FIX_REGIONS * FIX_REGIONS];
static double fix_freight[FIX_SECTORS * FIX_REGIONS * FIX_REGIONS];

static inline void assert_near(double actual, double expected, double rtol)
{
    double scale = fmax(fabs(actual), fabs(expected));
    if (!(fabs(actual - expected) <= rtol * scale))
        fail_msg("%.17g is not %.17g (rtol %g)", actual, expected, rtol);
}

/* Value of a recorded field: a different one in every place, exact in float32. */
static inline float fix_value(int field, int scenario, int replication, int step, size_t cell)
{
    return (float)(field * 4096 + scenario * 2048 + replication * 256 + step * 8 + (int)cell);
}

static inline void fixture_run_init(fixture_run_t *run)
{
    *run = (fixture_run_t){0};
    for (int i = 0; i < FIX_SECTORS * FIX_REGIONS * FIX_REGIONS; i++) {
        fix_flow[i] = 1000.0 + i;
        fix_tariff[i] = 0.01 * i;
        fix_freight[i] = 0.02;
    }
    run->benchmark = (ent_benchmark_t){.n_region = FIX_REGIONS,
                                       .n_sector = FIX_SECTORS,
                                       .region = fix_regions,
                                       .sector = fix_sectors,
                                       .region_name = fix_regions,
                                       .sector_name = fix_sectors,
                                       .flow = fix_flow,
                                       .tariff = fix_tariff,
                                       .freight = fix_freight,
                                       .sha256 = "b0"};
    run->config = (ent_config_t){.name = "fixture",
                                 .title = "A run for tests",
                                 .path = "fixture.yaml",
                                 .text = "name: fixture\n",
                                 .hash = "c0",
                                 .benchmark_path = "benchmark.h5",
                                 .calendar = {12, ent_day_of(2025, 1, 1), 2025, 0},
                                 .n_steps = FIX_STEPS,
                                 .seed = 7,
                                 .n_worlds = FIX_WORLDS,
                                 .n_repeats = FIX_REPEATS,
                                 .n_slots = 10000,
                                 .n_region = FIX_REGIONS,
                                 .n_sector = FIX_SECTORS,
                                 .region = fix_regions,
                                 .sector = fix_sectors,
                                 .home = 0,
                                 .n_scenarios = 2,
                                 .scenarios = fix_scenarios,
                                 .n_draws = 1,
                                 .draws = fix_draws,
                                 .n_shocks = 1,
                                 .shocks = fix_shocks,
                                 .n_flows = FIX_FLOWS,
                                 .flows = fix_flows};
    snprintf(run->folder, sizeof run->folder, "/tmp/entrepot-test-XXXXXX");
    assert_non_null(mkdtemp(run->folder));
    snprintf(run->path, sizeof run->path, "%s/run.h5", run->folder);
}

static inline void fixture_run_free(fixture_run_t *run)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", run->folder);
    assert_int_equal(system(command), 0);
}

static inline void fix_fill(ent_trajectory_t *trajectory, const ent_config_t *config, int scenario,
                            int replication)
{
    for (int f = 0; f < ENT_N_FIELDS; f++) {
        size_t size = ent_field_size((ent_field_id_t)f, config->n_region, config->n_sector, config->n_flows);
        for (int t = 0; t < config->n_steps; t++)
            for (size_t c = 0; c < size; c++)
                trajectory->value[f][(size_t)t * size + c] = fix_value(f, scenario, replication, t, c);
    }
}

#endif
