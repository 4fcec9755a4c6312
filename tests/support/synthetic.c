#include "synthetic.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *block)
{
    if (block == NULL) {
        fprintf(stderr, "synthetic fixture: no memory\n");
        abort();
    }
    return block;
}

static void *zeros(size_t count, size_t size)
{
    return must(calloc(count > 0 ? count : 1, size));
}

static char **names(const char *prefix, int n)
{
    char **out = zeros((size_t)n, sizeof *out);
    for (int i = 0; i < n; i++) {
        out[i] = zeros(16, 1);
        snprintf(out[i], 16, "%s%d", prefix, i);
    }
    return out;
}

static void close_benchmark(ent_benchmark_t *b)
{
    /* no input-output links: all absorption is final */
    for (int d = 0; d < b->n_region; d++) {
        for (int s = 0; s < b->n_sector; s++) {
            b->final_demand[d * b->n_sector + s] = ent_benchmark_expenditure(b, d, s);
            b->value_added_share[d * b->n_sector + s] = 1.0;
        }
    }
}

static void make_benchmark(ent_benchmark_t *b, int R, int S, double foreign_share)
{
    const size_t cells = (size_t)(R * R * S);
    *b = (ent_benchmark_t){.n_region = R, .n_sector = S, .n_elasticity_set = 1};
    b->region = names("R", R);
    b->region_name = names("R", R);
    b->sector = names("S", S);
    b->sector_name = names("S", S);
    b->elasticity_set = names("E", 1);
    b->flow = zeros(cells, sizeof(double));
    b->tariff = zeros(cells, sizeof(double));
    b->freight = zeros(cells, sizeof(double));
    b->input_coefficient = zeros((size_t)(R * S * S), sizeof(double));
    b->value_added_share = zeros((size_t)(R * S), sizeof(double));
    b->final_demand = zeros((size_t)(R * S), sizeof(double));
    b->collection_wedge = zeros((size_t)(R * S), sizeof(double));
    b->elasticity = zeros((size_t)S, sizeof(double));
    for (int s = 0; s < S; s++) {
        b->elasticity[s] = 4.0;
        for (int o = 0; o < R; o++) {
            for (int d = 0; d < R; d++) {
                const double share = o == d ? 1.0 - foreign_share : foreign_share / (R > 1 ? R - 1 : 1);
                b->flow[ent_cell(b, s, o, d)] = 120000.0 * share;
            }
        }
    }
    close_benchmark(b);
}

void ent_synthetic_init(ent_synthetic_t *synthetic, int n_region, int n_sector, double foreign_share)
{
    const int R = n_region, S = n_sector;
    memset(synthetic, 0, sizeof *synthetic);
    make_benchmark(&synthetic->benchmark, R, S, foreign_share);
    ent_config_t *c = &synthetic->config;
    ent_day_t start;
    ent_day_parse("2025-01-01", &start);
    ent_calendar_init(&c->calendar, 12, start);
    c->name = must(strdup("synthetic"));
    c->title = must(strdup("synthetic"));
    c->path = must(strdup("synthetic.yaml"));
    c->text = must(strdup("name: synthetic\n"));
    c->benchmark_path = must(strdup("synthetic.h5"));
    snprintf(c->hash, sizeof c->hash, "%064d", 0);
    c->n_steps = 24;
    c->seed = 1;
    c->n_worlds = 1;
    c->n_slots = 32000;
    c->n_region = c->n_fine_region = R;
    c->n_sector = c->n_fine_sector = S;
    c->region = names("R", R);
    c->sector = names("S", S);
    c->region_map = zeros((size_t)R, sizeof(int));
    c->sector_map = zeros((size_t)S, sizeof(int));
    c->slot_focus = zeros((size_t)R, sizeof(double));
    c->neighbour = zeros((size_t)(R * R), 1);
    for (int r = 0; r < R; r++) {
        c->region_map[r] = r;
        c->slot_focus[r] = 1.0;
    }
    ent_global_parameters_default(&c->global);
    c->global.importer_size_dispersion = 0.0;
    c->sector_parameters = zeros((size_t)S, sizeof *c->sector_parameters);
    for (int s = 0; s < S; s++) {
        c->sector_map[s] = s;
        ent_sector_parameters_t *p = &c->sector_parameters[s];
        ent_sector_parameters_default(p);
        p->stocked = 0.0;
        p->local_cost_share = 0.0;
        p->retail_reset_rate = 1200.0;
        p->absorption = 0.0;
        p->productivity_volatility = 0.0;
        p->utilisation_cost = 0.0;
        p->capacity_limit = 10.0;
    }
    c->measures = zeros(64, sizeof *c->measures);
    c->common = zeros(64, sizeof(int));
    c->n_regimes = c->n_scenarios = 1;
    c->regimes = zeros(4, sizeof *c->regimes);
    c->regimes[0].name = must(strdup("baseline"));
    c->scenarios = zeros(4, sizeof *c->scenarios);
    c->scenarios[0].name = must(strdup("baseline"));
    c->resolved = ENT_DAY_NEVER;
    c->flows = zeros((size_t)(R * R), sizeof *c->flows);
    for (int o = 0; o < R; o++) {
        for (int d = 0; d < R; d++) {
            c->flows[c->n_flows++] = (ent_flow_t){o, d};
        }
    }
    c->checked = 1;
}

void ent_synthetic_free(ent_synthetic_t *synthetic)
{
    ent_config_free(&synthetic->config);
    ent_benchmark_free(&synthetic->benchmark);
}

void ent_synthetic_share(ent_synthetic_t *synthetic, int origin, int destination, int sector, double share)
{
    ent_benchmark_t *b = &synthetic->benchmark;
    double total = 0.0;
    for (int o = 0; o < b->n_region; o++) {
        total += b->flow[ent_cell(b, sector, o, destination)];
    }
    double *flow = &b->flow[ent_cell(b, sector, origin, destination)];
    b->flow[ent_cell(b, sector, destination, destination)] += *flow - share * total;
    *flow = share * total;
    close_benchmark(b);
}

int ent_synthetic_tariff(ent_synthetic_t *synthetic, int origin, int destination, int sector, double rate,
                         const char *announced, const char *effective)
{
    ent_config_t *c = &synthetic->config;
    ent_measure_t *m = &c->measures[c->n_measures];
    *m = (ent_measure_t){.importer = destination,
                         .kind = ENT_MEASURE_ADDITIVE,
                         .end = ENT_DAY_NEVER,
                         .retroactive_to = ENT_DAY_NEVER,
                         .anticipated_from = ENT_DAY_NEVER};
    m->id = zeros(24, 1);
    snprintf(m->id, 24, "measure-%d", c->n_measures);
    m->legal = must(strdup(""));
    m->rate = zeros((size_t)c->n_region, sizeof(double));
    m->coverage = zeros((size_t)c->n_sector, sizeof(double));
    for (int o = 0; o < c->n_region; o++) {
        m->rate[o] = o == origin ? rate : NAN;
    }
    m->coverage[sector] = 1.0;
    ent_day_parse(announced, &m->announced);
    ent_day_parse(effective, &m->effective);
    m->end_announced = m->announced;
    c->common[c->n_common++] = c->n_measures;
    return c->n_measures++;
}

double ent_synthetic_flow(const ent_synthetic_t *synthetic, const ent_trajectory_t *trajectory,
                          ent_field_id_t field, int step, int origin, int destination, int sector)
{
    const ent_config_t *c = &synthetic->config;
    const size_t n = ent_field_size(field, c->n_region, c->n_sector, c->n_flows);
    const size_t at = (size_t)(sector * c->n_flows + origin * c->n_region + destination);
    return (double)trajectory->value[field][(size_t)step * n + at];
}
