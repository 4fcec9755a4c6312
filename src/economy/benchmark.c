/* Arithmetic on the benchmark: aggregation and its balance. No files here. */
#include <entrepot/benchmark.h>

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void free_strings(char **strings, int n)
{
    for (int i = 0; strings != NULL && i < n; i++) {
        free(strings[i]);
    }
    free(strings);
}

void ent_benchmark_free(ent_benchmark_t *benchmark)
{
    if (benchmark->borrowed) {
        memset(benchmark, 0, sizeof *benchmark);
        return;
    }
    free_strings(benchmark->region, benchmark->n_region);
    free_strings(benchmark->sector, benchmark->n_sector);
    free_strings(benchmark->region_name, benchmark->n_region);
    free_strings(benchmark->sector_name, benchmark->n_sector);
    free_strings(benchmark->elasticity_set, benchmark->n_elasticity_set);
    free(benchmark->flow);
    free(benchmark->tariff);
    free(benchmark->freight);
    free(benchmark->input_coefficient);
    free(benchmark->value_added_share);
    free(benchmark->final_demand);
    free(benchmark->collection_wedge);
    free(benchmark->elasticity);
    free(benchmark->workers);
    free(benchmark->exporter_facts);
    memset(benchmark, 0, sizeof *benchmark);
}

void ent_benchmark_put_tariffs(ent_benchmark_t *b, int importer, const double *tariff)
{
    for (int o = 0; tariff != NULL && o < b->n_region; o++) {
        for (int s = 0; o != importer && s < b->n_sector; s++) {
            b->tariff[ent_cell(b, s, o, importer)] = tariff[o * b->n_sector + s];
        }
    }
}

double ent_benchmark_expenditure(const ent_benchmark_t *benchmark, int destination, int sector)
{
    double sum = 0.0;
    for (int o = 0; o < benchmark->n_region; o++) {
        size_t cell = ent_cell(benchmark, sector, o, destination);
        sum += benchmark->flow[cell] * (1.0 + benchmark->freight[cell]) * (1.0 + benchmark->tariff[cell]);
    }
    return sum;
}

double ent_benchmark_output(const ent_benchmark_t *b, int origin, int sector)
{
    double sum = 0.0;
    for (int d = 0; d < b->n_region; d++) {
        size_t cell = ent_cell(b, sector, origin, d);
        sum += b->flow[cell] * (1.0 + b->freight[cell]);
    }
    return sum;
}

double ent_benchmark_imbalance(const ent_benchmark_t *b, int *region, int *sector)
{
    double worst = 0.0;
    const size_t n_sector = (size_t)b->n_sector;
    for (int r = 0; r < b->n_region; r++) {
        for (int s = 0; s < b->n_sector; s++) {
            double use = b->final_demand[(size_t)r * n_sector + (size_t)s];
            for (int u = 0; u < b->n_sector; u++) {
                size_t entry = ((size_t)r * n_sector + (size_t)s) * n_sector + (size_t)u;
                use += b->input_coefficient[entry] * ent_benchmark_output(b, r, u);
            }
            double supply = ent_benchmark_expenditure(b, r, s);
            double scale =
                fmax(fmax(fabs(supply), fabs(use)), 1e-3); /* million USD: 1000 USD a year is nothing */
            double gap = fabs(supply - use) / scale;
            if (gap > worst || isnan(gap)) {
                worst = gap;
                if (region != NULL) {
                    *region = r;
                }
                if (sector != NULL) {
                    *sector = s;
                }
            }
        }
    }
    return worst;
}

/* ---- aggregation ---- */

static char **copy_strings(const char *const *strings, int n, ent_context_t *ctx)
{
    char **copies = ent_calloc(ctx, (size_t)n, sizeof *copies);
    for (int i = 0; copies != NULL && i < n; i++) {
        copies[i] = ent_strdup(ctx, strings[i]);
        if (copies[i] == NULL) {
            free_strings(copies, i);
            return NULL;
        }
    }
    return copies;
}

static int allocate(ent_benchmark_t *b, const ent_benchmark_t *fine, const char *const *region,
                    const char *const *sector, ent_context_t *ctx)
{
    const size_t nr = (size_t)b->n_region, ns = (size_t)b->n_sector, ne = (size_t)fine->n_elasticity_set;
    b->region = copy_strings(region, b->n_region, ctx);
    b->sector = copy_strings(sector, b->n_sector, ctx);
    b->region_name = copy_strings(region, b->n_region, ctx);
    b->sector_name = copy_strings(sector, b->n_sector, ctx);
    b->elasticity_set = copy_strings((const char *const *)fine->elasticity_set, fine->n_elasticity_set, ctx);
    b->n_elasticity_set = fine->n_elasticity_set;
    b->unbalanced = fine->unbalanced;
    b->flow = ent_calloc(ctx, ns * nr * nr, sizeof(double));
    b->tariff = ent_calloc(ctx, ns * nr * nr, sizeof(double));
    b->freight = ent_calloc(ctx, ns * nr * nr, sizeof(double));
    b->input_coefficient = ent_calloc(ctx, nr * ns * ns, sizeof(double));
    b->value_added_share = ent_calloc(ctx, nr * ns, sizeof(double));
    b->final_demand = ent_calloc(ctx, nr * ns, sizeof(double));
    b->collection_wedge = ent_calloc(ctx, ns * nr, sizeof(double));
    b->elasticity = ent_calloc(ctx, ne * ns, sizeof(double));
    int complete = b->region != NULL && b->sector != NULL && b->region_name != NULL &&
                   b->sector_name != NULL && b->elasticity_set != NULL && b->flow != NULL &&
                   b->tariff != NULL && b->freight != NULL && b->input_coefficient != NULL &&
                   b->value_added_share != NULL && b->final_demand != NULL && b->collection_wedge != NULL &&
                   b->elasticity != NULL;
    return complete ? ENT_OK : ENT_ERR_NO_MEMORY;
}

static int check_map(const char *what, const int *map, int n_fine, int n_coarse, ent_context_t *ctx)
{
    for (int g = 0; g < n_coarse; g++) {
        int members = 0;
        for (int i = 0; i < n_fine; i++) {
            members += map[i] == g;
        }
        if (members == 0) {
            return ent_fail(ctx, ENT_ERR_CONFIG, "benchmark", "%s group %d of the aggregation is empty", what,
                            g);
        }
    }
    for (int i = 0; i < n_fine; i++) {
        if (map[i] < 0 || map[i] >= n_coarse) {
            return ent_fail(ctx, ENT_ERR_CONFIG, "benchmark", "%s %d is in no group of the aggregation", what,
                            i);
        }
    }
    return ENT_OK;
}

/* Weighted means in two passes: accumulate sum(w x), sum(w) and the plain mean for groups without weight. */
typedef struct {
    double *weighted, *weight, *plain, *count;
} mean_t;

static int mean_init(mean_t *mean, size_t n, ent_context_t *ctx)
{
    mean->weighted = ent_calloc(ctx, 4 * n, sizeof(double));
    if (mean->weighted == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    mean->weight = mean->weighted + n;
    mean->plain = mean->weight + n;
    mean->count = mean->plain + n;
    return ENT_OK;
}

static void mean_add(mean_t *mean, size_t i, double weight, double value)
{
    mean->weighted[i] += weight * value;
    mean->weight[i] += weight;
    mean->plain[i] += value;
    mean->count[i] += 1.0;
}

static void mean_finish(mean_t *mean, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = mean->weight[i] > 0.0 ? mean->weighted[i] / mean->weight[i]
                                       : (mean->count[i] > 0.0 ? mean->plain[i] / mean->count[i] : 0.0);
    }
    free(mean->weighted);
}

/* Flows add; freight is weighted with flows and tariffs with flow (1 + freight), so that both gross output
 * and landed expenditure are kept. */
static int aggregate_flows(const ent_benchmark_t *fine, const int *region_map, const int *sector_map,
                           ent_benchmark_t *coarse, ent_context_t *ctx)
{
    const size_t n = (size_t)coarse->n_sector * (size_t)coarse->n_region * (size_t)coarse->n_region;
    mean_t freight, tariff;
    if (mean_init(&freight, n, ctx) != ENT_OK) {
        return ENT_ERR_NO_MEMORY;
    }
    if (mean_init(&tariff, n, ctx) != ENT_OK) {
        free(freight.weighted);
        return ENT_ERR_NO_MEMORY;
    }
    for (int s = 0; s < fine->n_sector; s++) {
        for (int o = 0; o < fine->n_region; o++) {
            for (int d = 0; d < fine->n_region; d++) {
                size_t from = ent_cell(fine, s, o, d);
                size_t to = ent_cell(coarse, sector_map[s], region_map[o], region_map[d]);
                double flow = fine->flow[from];
                coarse->flow[to] += flow;
                mean_add(&freight, to, flow, fine->freight[from]);
                mean_add(&tariff, to, flow * (1.0 + fine->freight[from]), fine->tariff[from]);
            }
        }
    }
    mean_finish(&freight, n, coarse->freight);
    mean_finish(&tariff, n, coarse->tariff);
    return ENT_OK;
}

/* Coefficients and value-added shares are weighted with gross output; final demand adds. */
static int aggregate_use(const ent_benchmark_t *fine, const int *region_map, const int *sector_map,
                         ent_benchmark_t *coarse, ent_context_t *ctx)
{
    const size_t ns = (size_t)coarse->n_sector, nr = (size_t)coarse->n_region, fs = (size_t)fine->n_sector;
    double *weight = ent_calloc(ctx, nr * ns, sizeof *weight);
    double *count = ent_calloc(ctx, nr * ns, sizeof *count);
    if (weight == NULL || count == NULL) {
        free(weight);
        free(count);
        return ENT_ERR_NO_MEMORY;
    }
    for (int r = 0; r < fine->n_region; r++) {
        for (int u = 0; u < fine->n_sector; u++) {
            size_t using_cell = (size_t)region_map[r] * ns + (size_t)sector_map[u];
            weight[using_cell] += ent_benchmark_output(fine, r, u);
            count[using_cell] += 1.0;
        }
    }
    for (int r = 0; r < fine->n_region; r++) {
        for (int u = 0; u < fine->n_sector; u++) {
            size_t to_region = (size_t)region_map[r], to_using = (size_t)sector_map[u];
            size_t using_cell = to_region * ns + to_using, fine_cell = (size_t)r * fs + (size_t)u;
            double share = weight[using_cell] > 0.0 ? ent_benchmark_output(fine, r, u) / weight[using_cell]
                                                    : 1.0 / count[using_cell];
            coarse->value_added_share[using_cell] += share * fine->value_added_share[fine_cell];
            coarse->final_demand[using_cell] += fine->final_demand[fine_cell];
            for (int i = 0; i < fine->n_sector; i++) {
                size_t entry = (to_region * ns + (size_t)sector_map[i]) * ns + to_using;
                coarse->input_coefficient[entry] +=
                    share * fine->input_coefficient[((size_t)r * fs + (size_t)i) * fs + (size_t)u];
            }
        }
    }
    free(weight);
    free(count);
    return ENT_OK;
}

static int find(char **names, int n, const char *name)
{
    for (int i = 0; i < n; i++) {
        if (strcmp(names[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

/* The wedge is about extra US duty: weighted with flows to the USA where the data know it, else with all
 * exports. Elasticities are weighted with world absorption. */
static int aggregate_rates(const ent_benchmark_t *fine, const int *region_map, const int *sector_map,
                           ent_benchmark_t *coarse, ent_context_t *ctx)
{
    const size_t ns = (size_t)coarse->n_sector, nr = (size_t)coarse->n_region;
    const size_t n_elasticity = (size_t)fine->n_elasticity_set * ns;
    const int usa = find(fine->region, fine->n_region, "USA");
    mean_t wedge, elasticity;
    if (mean_init(&wedge, ns * nr, ctx) != ENT_OK) {
        return ENT_ERR_NO_MEMORY;
    }
    if (mean_init(&elasticity, n_elasticity, ctx) != ENT_OK) {
        free(wedge.weighted);
        return ENT_ERR_NO_MEMORY;
    }
    for (int s = 0; s < fine->n_sector; s++) {
        double absorption = 0.0;
        for (int d = 0; d < fine->n_region; d++) {
            absorption += ent_benchmark_expenditure(fine, d, s);
        }
        for (int set = 0; set < fine->n_elasticity_set; set++) {
            mean_add(&elasticity, (size_t)set * ns + (size_t)sector_map[s], absorption,
                     fine->elasticity[(size_t)set * (size_t)fine->n_sector + (size_t)s]);
        }
        for (int o = 0; o < fine->n_region; o++) {
            size_t cell = usa >= 0 ? ent_cell(fine, s, o, usa) : 0;
            double weight =
                usa >= 0 ? fine->flow[cell] * (1.0 + fine->freight[cell]) : ent_benchmark_output(fine, o, s);
            mean_add(&wedge, (size_t)sector_map[s] * nr + (size_t)region_map[o], weight,
                     fine->collection_wedge[(size_t)s * (size_t)fine->n_region + (size_t)o]);
        }
    }
    mean_finish(&wedge, ns * nr, coarse->collection_wedge);
    mean_finish(&elasticity, n_elasticity, coarse->elasticity);
    return ENT_OK;
}

/* A region's workers are known when those of all its economies are. */
static int aggregate_workers(const ent_benchmark_t *fine, const int *region_map, ent_benchmark_t *coarse,
                             ent_context_t *ctx)
{
    if (fine->workers == NULL) {
        return ENT_OK;
    }
    coarse->workers = ent_calloc(ctx, (size_t)coarse->n_region, sizeof *coarse->workers);
    for (int r = 0; coarse->workers != NULL && r < fine->n_region; r++) {
        coarse->workers[region_map[r]] += fine->workers[r];
    }
    return coarse->workers != NULL ? ENT_OK : ENT_ERR_NO_MEMORY;
}

int ent_benchmark_aggregate(const ent_benchmark_t *fine, int n_region, const int *region_map,
                            const char *const *region, int n_sector, const int *sector_map,
                            const char *const *sector, ent_benchmark_t *coarse, ent_context_t *ctx)
{
    memset(coarse, 0, sizeof *coarse);
    int code = check_map("region", region_map, fine->n_region, n_region, ctx);
    if (code == ENT_OK) {
        code = check_map("sector", sector_map, fine->n_sector, n_sector, ctx);
    }
    if (code != ENT_OK) {
        return code;
    }
    coarse->n_region = n_region;
    coarse->n_sector = n_sector;
    code = allocate(coarse, fine, region, sector, ctx);
    if (code == ENT_OK) {
        code = aggregate_flows(fine, region_map, sector_map, coarse, ctx);
    }
    if (code == ENT_OK) {
        code = aggregate_use(fine, region_map, sector_map, coarse, ctx);
    }
    if (code == ENT_OK) {
        code = aggregate_rates(fine, region_map, sector_map, coarse, ctx);
    }
    if (code == ENT_OK) {
        code = aggregate_workers(fine, region_map, coarse, ctx);
    }
    if (code != ENT_OK) {
        ent_benchmark_free(coarse);
    }
    return code;
}
