#include "bench_tools.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double bench_wall(void)
{
    return seconds(CLOCK_MONOTONIC);
}

double bench_thread_time(void)
{
    return seconds(CLOCK_THREAD_CPUTIME_ID);
}

/* Region r is about 1/(r+1) of the first, sector s about 1/(s+1); a third of spending is on imports. */
static void skew_flows(ent_benchmark_t *b)
{
    for (int s = 0; s < b->n_sector; s++) {
        for (int o = 0; o < b->n_region; o++) {
            for (int d = 0; d < b->n_region; d++) {
                b->flow[ent_cell(b, s, o, d)] *=
                    40.0 / ((s + 1.0) * (d + 1.0)) * (o == d ? 1.0 : 1.5 / (1.0 + o % 3));
            }
        }
    }
    for (int d = 0; d < b->n_region; d++) {
        for (int s = 0; s < b->n_sector; s++) {
            b->final_demand[d * b->n_sector + s] = ent_benchmark_expenditure(b, d, s);
        }
    }
}

/* Two futures: a rise of every tariff of region 0 is announced in step 3 for step 15; whether it holds is
 * open until step 21, and importers read the signal differently. */
static void add_policy(ent_synthetic_t *world)
{
    ent_config_t *c = &world->config;
    for (int s = 0; s < c->n_sector; s++) {
        if (s % 4 != 3) {
            const int id = ent_synthetic_tariff(world, 1, 0, s, 0.25, "2025-04-01", "2026-04-01");
            for (int o = 1; o < c->n_region; o++) {
                c->measures[id].rate[o] = 0.1 + 0.01 * o;
            }
        }
    }
    c->n_regimes = 2;
    c->regimes[1].name = strdup("other");
    c->regimes[1].measures = NULL;
    c->signals = calloc(1, sizeof *c->signals);
    c->n_signals = 1;
    c->signals[0].probability = calloc(2, sizeof(double));
    c->signals[0].probability[0] = c->signals[0].probability[1] = 0.5;
    ent_day_parse("2025-04-01", &c->signals[0].day);
    ent_day_parse("2026-10-01", &c->resolved);
}

void bench_world_init(ent_synthetic_t *world, const bench_options_t *options, long n_slots)
{
    ent_synthetic_init(world, options->n_regions, options->n_sectors, 0.3);
    skew_flows(&world->benchmark);
    ent_config_t *c = &world->config;
    c->n_slots = n_slots;
    c->n_burn_in = 12;
    c->n_steps = options->n_steps;
    c->checked = 0;
    ent_global_parameters_default(&c->global);
    for (int s = 0; s < c->n_sector; s++) {
        ent_sector_parameters_default(&c->sector_parameters[s]);
        if (s % 4 == 3) {
            c->sector_parameters[s].stocked = 0.0;
        }
    }
    add_policy(world);
}
