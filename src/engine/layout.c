/* From a config and the full benchmark to the fixed layout of a run: markets, importers, slots, cells, firms
 * and presences (docs/model.md, "Entities"). */
#include "engine/market_sizes.h"
#include "engine/model.h"

#include "base/memory.h"
#include "base/vmath.h"
#include "engine/exporters.h"
#include "engine/kernel.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_IMPORTERS_MIN = 8,
    PARTS_OF_STEP = 15 /* a mean slot orders about 2^15 quantity units a step */
};

/* What an importer may have in stock and on its way at the benchmark, in quantity units: an eighth of what a
 * slot can hold, so that a run can multiply it. */
static const double MOST_AT_FIRST = (double)ENT_UNITS_END / 8.0;

/* Services trade in the same step and matter less to the questions asked: fewer slots. */
static const double UNSTOCKED_SLOT_WEIGHT = 1.0;

int ent_model_lag(const ent_config_t *config, int origin, int destination, int sector)
{
    const ent_sector_parameters_t *p = &config->sector_parameters[sector];
    const int n = config->n_region;
    if (p->stocked == 0.0 || origin == destination || config->neighbour[origin * n + destination]) {
        return 0;
    }
    const int lag = (int)lround(p->shipping_lag * config->calendar.steps_per_year / 12.0);
    return lag < ENT_MAX_LAG ? lag : ENT_MAX_LAG;
}

/* ---- markets and importers
 * ------------------------------------------------------------------------------------ */

static double slot_weight(const ent_config_t *config, const ent_benchmark_t *benchmark, int destination,
                          int sector)
{
    const double expenditure = ent_benchmark_expenditure(benchmark, destination, sector);
    const double kind = config->sector_parameters[sector].stocked != 0.0 ? 1.0 : UNSTOCKED_SLOT_WEIGHT;
    return config->slot_focus[destination] * kind * sqrt(expenditure);
}

ent_market_sizes_t ent_market_sizes(const ent_config_t *config, const ent_benchmark_t *benchmark)
{
    const int S = benchmark->n_sector;
    ent_market_sizes_t sizes = {.config = config, .benchmark = benchmark};
    for (int m = 0; m < benchmark->n_region * S; m++) {
        const double weight = slot_weight(config, benchmark, m / S, m % S);
        sizes.weight += weight;
        sizes.n_open += weight > 0.0;
    }
    if (sizes.n_open > 0) {
        const long importers = config->n_slots / ENT_SLOTS, even = importers / (2L * sizes.n_open);
        const long least = even < 1 ? 1 : even;
        sizes.minimum = (double)(least < MOST_IMPORTERS_MIN ? least : MOST_IMPORTERS_MIN);
        sizes.shared = fmax(0.0, (double)importers - sizes.minimum * sizes.n_open);
    }
    return sizes;
}

int ent_market_importers(const ent_market_sizes_t *sizes, int destination, int sector)
{
    const double weight = slot_weight(sizes->config, sizes->benchmark, destination, sector);
    return weight > 0.0 ? (int)lround(sizes->minimum + sizes->shared * weight / sizes->weight) : 0;
}

static int lay_markets(ent_model_t *model, ent_context_t *ctx)
{
    const ent_config_t *config = model->config;
    const int R = model->n_region, S = model->n_sector;
    const ent_market_sizes_t sizes = ent_market_sizes(config, &model->benchmark);
    if (sizes.n_open == 0) {
        return ent_fail(ctx, ENT_ERR_DATA, "engine layout",
                        "the benchmark has no market with positive expenditure");
    }
    for (int m = 0; m < R * S; m++) {
        ent_market_t *market = &model->market[m];
        market->destination = m / S;
        market->sector = m % S;
        market->stocked = config->sector_parameters[m % S].stocked != 0.0;
        market->key = ent_name_hash(ent_name_hash(1, config->region[m / S]), config->sector[m % S]);
        market->first_importer = model->n_importers;
        market->first_slot = model->n_slots;
        market->first_tile = model->n_tiles;
        market->n_importers = ent_market_importers(&sizes, m / S, m % S);
        market->n_slots = (long)market->n_importers * ENT_SLOTS;
        market->n_tiles = (int)((market->n_slots + ENT_TILE - 1) / ENT_TILE);
        market->expenditure =
            ent_benchmark_expenditure(&model->benchmark, m / S, m % S) / config->calendar.steps_per_year;
        if (market->n_slots > 0) {
            const double mean = market->expenditure / (double)market->n_slots;
            market->unit = ldexp(1.0, ilogb(mean) - PARTS_OF_STEP);
        }
        model->n_importers += market->n_importers;
        model->n_slots += market->n_slots;
        model->n_tiles += market->n_tiles;
    }
    return 0;
}

typedef struct {
    long n_slots;
    int market;
} market_size_t;

static int by_size_then_index(const void *a, const void *b)
{
    const market_size_t *x = a, *y = b;
    return x->n_slots != y->n_slots ? (x->n_slots < y->n_slots ? 1 : -1) : x->market - y->market;
}

/* Blocks of nearly equal length, largest market first. */
static int lay_blocks(ent_model_t *model, ent_context_t *ctx)
{
    const int most = ENT_BLOCK_SLOTS / ENT_TILE;
    for (int m = 0; m < model->n_markets; m++) {
        model->n_blocks += (model->market[m].n_tiles + most - 1) / most;
    }
    model->block = ent_calloc(ctx, (size_t)model->n_blocks, sizeof *model->block);
    if (model->block == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    ent_block_t *block = model->block;
    for (int i = 0; i < model->n_markets; i++) {
        const int m = model->market_order[i];
        ent_market_t *market = &model->market[m];
        const int n_tiles = market->n_tiles, n = (n_tiles + most - 1) / most;
        market->first_block = (int)(block - model->block);
        market->n_blocks = n;
        model->n_split += n > 1 ? n : 0;
        for (int k = 0; k < n; k++) {
            const int begin = (int)((long)n_tiles * k / n), end = (int)((long)n_tiles * (k + 1) / n);
            *block++ = (ent_block_t){m, market->first_tile + begin, end - begin};
        }
    }
    return 0;
}

static int order_markets(ent_model_t *model, ent_context_t *ctx)
{
    market_size_t *order = ent_calloc(ctx, (size_t)model->n_markets, sizeof *order);
    if (order == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int m = 0; m < model->n_markets; m++) {
        order[m] = (market_size_t){model->market[m].n_slots, m};
    }
    qsort(order, (size_t)model->n_markets, sizeof *order, by_size_then_index);
    for (int m = 0; m < model->n_markets; m++) {
        model->market_order[m] = order[m].market;
    }
    free(order);
    return lay_blocks(model, ctx);
}

/* Coarser units where large importers hold stocks of many steps, as with weekly steps, stocks of a year and a
 * wide spread of sizes: no market begins near the end of its range. */
static void widen_units(const ent_model_t *model, ent_market_t *market)
{
    const ent_sector_parameters_t *p = &model->config->sector_parameters[market->sector];
    const double steps = 1.0 + ENT_MAX_LAG + p->target_stock * model->config->calendar.steps_per_year / 12.0;
    double largest = 0.0;
    for (int i = 0; i < market->n_importers; i++) {
        largest = fmax(largest, (double)model->importer_weight[market->first_importer + i]);
    }
    while (market->n_slots > 0 &&
           largest * steps * market->expenditure / (double)market->n_slots > MOST_AT_FIRST * market->unit) {
        market->unit *= 2.0;
    }
}

static int lay_importers(ent_model_t *model, ent_context_t *ctx)
{
    const double spread = model->config->global.importer_size_dispersion;
    const ent_stream_t stream = ent_stream(model->config->seed, UINT64_MAX, 0);
    model->importer_weight = ent_calloc(ctx, (size_t)model->n_importers, sizeof *model->importer_weight);
    model->tile_market = ent_calloc(ctx, (size_t)model->n_tiles, sizeof *model->tile_market);
    model->market_order = ent_calloc(ctx, (size_t)model->n_markets, sizeof *model->market_order);
    if (model->importer_weight == NULL || model->tile_market == NULL || model->market_order == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int m = 0; m < model->n_markets; m++) {
        ent_market_t *market = &model->market[m];
        float *weight = model->importer_weight + market->first_importer;
        double sum = 0.0;
        for (int i = 0; i < market->n_importers; i++) {
            const ent_draw4_t draw =
                ent_draw4(stream, market->key + (uint64_t)i, 0, ENT_PURPOSE_IMPORTER_SIZE, 0);
            const double normal = gsl_cdf_ugaussian_Pinv(ent_uniform(draw.word[0], draw.word[1]));
            const double size = ent_exp(spread * fmin(fmax(normal, -3.0), 3.0));
            weight[i] = (float)size;
            sum += size;
        }
        for (int i = 0; i < market->n_importers; i++) {
            weight[i] = (float)((double)weight[i] * market->n_importers / sum);
        }
        widen_units(model, market);
        for (int t = 0; t < market->n_tiles; t++) {
            model->tile_market[market->first_tile + t] = m;
        }
    }
    return order_markets(model, ctx);
}

/* ---- cells
 * ---------------------------------------------------------------------------------------------------- */

typedef struct {
    int origin, lag;
    uint64_t hash;
} cell_order_t;

static int by_lag_then_hash(const void *a, const void *b)
{
    const cell_order_t *x = a, *y = b;
    if (x->lag != y->lag) {
        return x->lag - y->lag;
    }
    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

static int order_origins(const ent_model_t *model, int destination, int sector, cell_order_t *order)
{
    int n = 0;
    for (int o = 0; o < model->n_region; o++) {
        if (model->benchmark.flow[ent_cell(&model->benchmark, sector, o, destination)] > 0.0) {
            order[n++] = (cell_order_t){o, ent_model_lag(model->config, o, destination, sector),
                                        ent_name_hash(2, model->config->region[o])};
        }
    }
    qsort(order, (size_t)n, sizeof *order, by_lag_then_hash);
    return n;
}

static int lay_cells(ent_model_t *model, ent_context_t *ctx)
{
    const int R = model->n_region, S = model->n_sector;
    const ent_benchmark_t *b = &model->benchmark;
    cell_order_t *order = ent_calloc(ctx, (size_t)R, sizeof *order);
    model->cell = ent_calloc(ctx, (size_t)R * (size_t)R * (size_t)S, sizeof *model->cell);
    model->cell_of = ent_calloc(ctx, (size_t)R * (size_t)R * (size_t)S, sizeof *model->cell_of);
    model->cell_origin = ent_calloc(ctx, (size_t)R * (size_t)R * (size_t)S, sizeof *model->cell_origin);
    model->cell_lag = ent_calloc(ctx, (size_t)R * (size_t)R * (size_t)S, sizeof *model->cell_lag);
    int code = ENT_ERR_NO_MEMORY;
    if (order == NULL || model->cell == NULL || model->cell_of == NULL || model->cell_origin == NULL ||
        model->cell_lag == NULL) {
        goto out;
    }
    for (int m = 0; m < model->n_markets; m++) {
        ent_market_t *market = &model->market[m];
        const int d = market->destination, s = market->sector;
        for (int o = 0; o < R; o++) {
            model->cell_of[m * R + o] = -1;
        }
        market->first_cell = model->n_cells;
        market->n_cells = market->n_slots > 0 ? order_origins(model, d, s, order) : 0;
        for (int c = 0; c < market->n_cells; c++) {
            const size_t at = ent_cell(b, s, order[c].origin, d);
            const double landed = b->flow[at] * (1.0 + b->freight[at]) * (1.0 + b->tariff[at]);
            model->cell_of[m * R + order[c].origin] = model->n_cells;
            model->cell_origin[model->n_cells] = order[c].origin;
            model->cell_lag[model->n_cells] = (uint8_t)order[c].lag;
            model->cell[model->n_cells++] = (ent_cell_t){
                .market = m,
                .origin = order[c].origin,
                .lag = order[c].lag,
                .share = landed / (market->expenditure * model->config->calendar.steps_per_year),
                .basic_per_landed = 1.0 / ((1.0 + b->freight[at]) * (1.0 + b->tariff[at])),
                .customs_per_landed = 1.0 / (1.0 + b->tariff[at]),
                .base_tariff = b->tariff[at],
                .captive = -1,
                .fringe = -1,
            };
            model->n_ages = order[c].lag + 1 > model->n_ages ? order[c].lag + 1 : model->n_ages;
        }
    }
    code = 0;
out:
    free(order);
    return code;
}

/* Cells and presences that only some of a step is about: exports of the home region, followed firms. */
static int list_followed(ent_model_t *model, ent_context_t *ctx)
{
    model->home = ent_calloc(ctx, (size_t)model->n_cells, sizeof *model->home);
    model->followed = ent_calloc(ctx, (size_t)model->n_presences, sizeof *model->followed);
    if (model->home == NULL || model->followed == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int c = 0; c < model->n_cells; c++) {
        const ent_cell_t *cell = &model->cell[c];
        if (cell->origin == model->config->home && cell->origin != model->market[cell->market].destination) {
            model->home[model->n_home++] = c;
        }
    }
    for (int p = 0; p < model->n_presences; p++) {
        if (model->presence_kind[p] == ENT_PRESENCE_FOLLOWED) {
            model->followed[model->n_followed++] = p;
        }
    }
    return 0;
}

int ent_list_touched(ent_model_t *model, ent_context_t *ctx)
{
    const int32_t *row_of_cell = model->policy.schedule[0].row_of_cell;
    model->n_touched = 0;
    model->touched = ent_calloc(ctx, (size_t)model->n_cells, sizeof *model->touched);
    if (model->touched == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int c = 0; c < model->n_cells; c++) {
        const ent_market_t *market = &model->market[model->cell[c].market];
        if (row_of_cell[ent_cell(&model->benchmark, market->sector, model->cell[c].origin,
                                 market->destination)] >= 0) {
            model->touched[model->n_touched++] = c;
        }
    }
    return 0;
}

int ent_model_init(ent_model_t **out, const ent_config_t *config, const ent_benchmark_t *fine,
                   ent_context_t *ctx)
{
    *out = NULL;
    ent_model_t *model = ent_calloc(ctx, 1, sizeof *model);
    if (model == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    model->config = config;
    model->n_region = config->n_region;
    model->n_sector = config->n_sector;
    model->n_markets = config->n_region * config->n_sector;
    model->n_ages = 1;
    model->first_step = -config->n_burn_in;
    model->n_total = config->n_burn_in + config->n_steps;
    model->branch_step = ent_branch_step(config);
    model->lag_steps =
        ent_calloc(ctx, (size_t)model->n_markets * (size_t)model->n_region, sizeof *model->lag_steps);
    if (model->lag_steps == NULL) {
        ent_model_free(model);
        return ENT_ERR_NO_MEMORY;
    }
    for (int s = 0, i = 0; s < model->n_sector; s++) {
        for (int o = 0; o < model->n_region; o++) {
            for (int d = 0; d < model->n_region; d++, i++) {
                model->lag_steps[i] = ent_model_lag(config, o, d, s);
            }
        }
    }
    int code = ent_benchmark_aggregate(
        fine, config->n_region, config->region_map, (const char *const *)config->region, config->n_sector,
        config->sector_map, (const char *const *)config->sector, &model->benchmark, ctx);
    if (code == 0) {
        ent_benchmark_put_tariffs(&model->benchmark, config->base_importer, config->base_tariff);
        model->market = ent_calloc(ctx, (size_t)model->n_markets, sizeof *model->market);
        code = model->market == NULL ? ENT_ERR_NO_MEMORY : lay_markets(model, ctx);
    }
    if (code == 0) {
        code = lay_importers(model, ctx);
    }
    if (code == 0) {
        code = lay_cells(model, ctx);
    }
    if (code == 0) {
        code = ent_lay_presences(model, ctx);
    }
    if (code == 0) {
        code = list_followed(model, ctx);
    }
    if (code == 0) {
        code = ent_lay_exporters(model, ctx);
    }
    if (code == 0) {
        code = ent_lay_quotas(model, ctx);
    }
    if (code == 0) {
        code = ent_policy_init(&model->policy, model, NULL, ctx);
    }
    if (code == 0) {
        code = ent_list_touched(model, ctx);
    }
    if (code == 0 && config->closure == ENT_CLOSURE_GENERAL && model->benchmark.unbalanced) {
        code =
            ent_fail(ctx, ENT_ERR_DATA, "general closure",
                     "the benchmark does not balance, so that incomes do not add up to spending: use partial "
                     "closure");
    }
    if (code == 0) {
        code = ent_accounts_init(&model->accounts, &model->benchmark, config->calendar.steps_per_year, ctx);
    }
    if (code != 0) {
        ent_model_free(model);
        return code;
    }
    *out = model;
    return 0;
}

void ent_model_free(ent_model_t *model)
{
    if (model == NULL || model->shared) {
        if (model != NULL && model->own_policy) {
            ent_policy_free(&model->policy, model);
            free(model->touched);
        }
        free(model);
        return;
    }
    ent_policy_free(&model->policy, model);
    ent_accounts_free(&model->accounts);
    ent_benchmark_free(&model->benchmark);
    free(model->lag_steps);
    free(model->quota);
    free(model->quota_of_measure);
    free(model->market);
    free(model->cell);
    free(model->firm);
    free(model->touched);
    free(model->cell_of);
    free(model->cell_origin);
    free(model->cell_lag);
    free(model->presence_cell);
    free(model->presence_firm);
    free(model->presence_share);
    free(model->presence_key);
    free(model->presence_kind);
    free(model->presence_reach);
    free(model->presence_rank);
    free(model->presence_weight);
    free(model->affiliate);
    free(model->size_share);
    free(model->place_begin);
    free(model->cell_exporters);
    free(model->cell_margin);
    free(model->importer_weight);
    free(model->tile_market);
    free(model->market_order);
    free(model->block);
    free(model->home);
    free(model->followed);
    free(model);
}

const ent_benchmark_t *ent_model_benchmark(const ent_model_t *model)
{
    return &model->benchmark;
}
