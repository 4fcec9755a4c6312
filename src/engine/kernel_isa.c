/* The slot kernels, compiled once per instruction set (ENT_ISA is portable, avx2 or avx512). Loops run over
 * the slots of a tile, sixteen to an importer, on plain arrays; every sum across slots has a fixed order. */
#include "engine/kernel.h"

#include "agents/entry.h"

#include "engine/kernel_events.h"
#include "engine/kernel_lookup.h"
#include "engine/kernel_units.h"

#define ENT_PASTE2(a, b) a##_##b
#define ENT_PASTE(a, b) ENT_PASTE2(a, b)
#define ENT_ISA_NAME(name) ENT_PASTE(name, ENT_ISA)
#define ENT_STRING2(a) #a
#define ENT_STRING(a) ENT_STRING2(a)

enum { SLOTS = 16, TILE = 512, BLOCK = ENT_BLOCK_SLOTS };

/* Sum of sixteen lanes in a fixed tree. */
static inline float sum16f(const float *x)
{
    float a[8], b[4];
    for (int k = 0; k < 8; k++) {
        a[k] = x[k] + x[k + 8];
    }
    for (int k = 0; k < 4; k++) {
        b[k] = a[k] + a[k + 4];
    }
    return (b[0] + b[2]) + (b[1] + b[3]);
}

static inline double sum16d(const double *x)
{
    double a[8], b[4];
    for (int k = 0; k < 8; k++) {
        a[k] = x[k] + x[k + 8];
    }
    for (int k = 0; k < 4; k++) {
        b[k] = a[k] + a[k + 4];
    }
    return (b[0] + b[2]) + (b[1] + b[3]);
}

static inline int32_t or16(const int32_t *x)
{
    int32_t bits = 0;
    for (int k = 0; k < SLOTS; k++) {
        bits |= x[k];
    }
    return bits;
}

/* Adds a block's orders to its presences' sums. Slots of one supplier often follow one another: four tables
 * take turns, so that an addition does not wait for the one before. */
static void add_orders(const uint16_t *restrict supplier, const int32_t *restrict quantity, int n,
                       int n_presences, int64_t *restrict order_sum)
{
    enum { TABLES = 4, LARGEST = 256 };
    int64_t table[TABLES * LARGEST];
    if (n_presences > LARGEST) {
        for (int s = 0; s < n; s++) {
            order_sum[supplier[s]] += quantity[s];
        }
        return;
    }
    memset(table, 0, (size_t)(TABLES * n_presences) * sizeof *table);
    for (int s = 0; s < n; s += TABLES) {
        for (int k = 0; k < TABLES; k++) {
            table[supplier[s + k] * TABLES + k] += quantity[s + k];
        }
    }
    for (int p = 0; p < n_presences; p++) {
        order_sum[p] +=
            (table[p * TABLES] + table[p * TABLES + 1]) + (table[p * TABLES + 2] + table[p * TABLES + 3]);
    }
}

/* Landed cost, over the market's, beyond which each importer of a block does not order: 1 + e, ln e normal
 * around `choke_excess`, an importer's own for good. */
static void draw_chokes(const ent_market_step_t *market, uint64_t first, int n, float *choke)
{
    for (int begin = 0; begin < n; begin += EVENTS) {
        uint64_t agent[EVENTS];
        uint32_t word[EVENTS];
        for (int j = 0; j < EVENTS; j++) {
            agent[j] = market->key + first + (uint64_t)(begin + j);
        }
        ent_draw4_lanes(market->stream, agent, EVENTS, 0, ENT_PURPOSE_CHOKE, 0,
                        (uint32_t *const[4]){word, NULL, NULL, NULL});
        for (int j = 0; j < EVENTS && begin + j < n; j++) {
            const float z = ent_normal_quantilef(ent_uniformf(word[j])), reach = (float)ENT_CHOKE_REACH;
            const float held = z < -reach ? -reach : z > reach ? reach : z;
            choke[begin + j] = 1.0f + market->choke_excess * ent_expf(market->choke_dispersion * held);
        }
    }
}

/* Orders of an importer that looks ahead (docs/model.md, "Orders that look ahead"): m is smoothed demand
 * times expected over smoothed sales, and nothing is ordered from where it would cost more than the choke. */
static void order_ahead(const ent_tile_t *tile, const ent_market_step_t *market, int i, float choke,
                        const float *restrict aim, float *restrict wanted)
{
    const size_t row = (size_t)tile->belief[i] * (size_t)market->type_stride;
    const uint16_t *restrict supplier = tile->supplier + i * SLOTS;
    const float *restrict smoothed = tile->smoothed + i * SLOTS;
    const int32_t *restrict position = tile->position + i * SLOTS;
    float ratio[SLOTS], cost[SLOTS];
    for (int k = 0; k < SLOTS; k++) {
        ratio[k] = 1.0f;
        cost[k] = 0.0f;
    }
    if (market->sales_ahead != NULL) {
        look_up(market->sales_ahead + row, tile->n_presences, supplier, SLOTS, ratio);
    }
    if (market->cost_ahead != NULL) {
        look_up(market->cost_ahead + row, tile->n_presences, supplier, SLOTS, cost);
    }
#pragma GCC ivdep
    for (int k = 0; k < SLOTS; k++) {
        const float sales = smoothed[k] * ratio[k];
        const float order = sales + (aim[k] * sales - (float)position[k]) * market->inverse_adjustment;
        wanted[k] = cost[k] > choke ? 0.0f : order;
    }
}

/* Orders (docs/model.md, "Orders"):
 * o = max(0, m + [H m - (stock + transit)] / T), m smoothed demand, H target in steps of sales. */
static int32_t order(const ent_tile_t *tile, const ent_market_step_t *market, int64_t *order_sum)
{
    const uint16_t *restrict supplier = tile->supplier;
    const int32_t *restrict position = tile->position;
    const float *restrict smoothed = tile->smoothed;
    int32_t *restrict quantity = tile->ring_quantity[0];
    uint16_t *restrict shipped_by = tile->ring_supplier[0];
    const float inverse_adjustment = market->inverse_adjustment;
    const int looks_ahead = market->sales_ahead != NULL || market->cost_ahead != NULL;
    int32_t bits[SLOTS] = {0};
    float choke[BLOCK / SLOTS];
    if (market->cost_ahead != NULL) {
        draw_chokes(market, tile->first_slot / SLOTS, tile->n_importers, choke);
    }
    for (int i = 0; i < tile->n_importers; i++) {
        const float *restrict target = market->target + (size_t)tile->belief[i] * (size_t)market->type_stride;
        const int begin = i * SLOTS;
        float aim[SLOTS], wanted[SLOTS];
        look_up(target, tile->n_presences, supplier + begin, SLOTS, aim);
#pragma GCC ivdep
        for (int s = begin; s < begin + SLOTS; s++) {
            const float gap = aim[s - begin] * smoothed[s] - (float)position[s];
            wanted[s - begin] = smoothed[s] + gap * inverse_adjustment;
            shipped_by[s] = supplier[s];
        }
        if (looks_ahead) {
            order_ahead(tile, market, i, market->cost_ahead != NULL ? choke[i] : 0.0f, aim, wanted);
        }
        whole_units(wanted, quantity + begin);
        for (int k = 0; k < SLOTS; k++) {
            bits[k] |= quantity[begin + k];
        }
    }
    add_orders(supplier, quantity, tile->n_importers * SLOTS, tile->n_presences, order_sum);
    return or16(bits);
}

/* Nominal expenditure of importer `i`, quantity units: mean budget times size, times P^(1 - eta). */
static inline float importer_budget(const ent_tile_t *tile, const ent_market_step_t *market, int i,
                                    float weight_sum)
{
    const float budget = market->budget * tile->weight[i];
    if (market->price_exponent == 0.0f) {
        return budget;
    }
    return budget * ent_expf(market->price_exponent * ent_logf(weight_sum * (1.0f / SLOTS)));
}

static void reset_retail(const ent_tile_t *tile, const ent_market_step_t *market)
{
    uint16_t due[TILE + LIST_ROOM];
    const int n = due_slots(tile->reset_step, market->step, tile->n_importers * SLOTS, due);
    for (int j = 0; j < n; j += EVENTS) {
        reset_batch(tile, market, due + j, n - j < EVENTS ? n - j : EVENTS);
    }
}

/* Renewals are rarer than resets: gathered over a whole block. */
static void renew_contracts(const ent_tile_t *block, const ent_market_step_t *market)
{
    uint16_t due[BLOCK + LIST_ROOM];
    const int n = due_slots(block->renewal_step, market->step, block->n_importers * SLOTS, due);
    for (int j = 0; j < n; j += EVENTS) {
        renew_batch(block, market, due + j, n - j < EVENTS ? n - j : EVENTS);
    }
}

/* The tile of a block that begins with importer `begin`. */
static inline ent_tile_t tile_of(const ent_tile_t *block, int begin)
{
    ent_tile_t tile = *block;
    const int slot = begin * SLOTS, left = block->n_importers - begin;
    tile.n_importers = left < TILE / SLOTS ? left : TILE / SLOTS;
    tile.first_slot += (uint64_t)slot;
    tile.supplier += slot;
    tile.stock += slot;
    tile.position += slot;
    tile.stock_cost += slot;
    tile.smoothed += slot;
    tile.retail += slot;
    tile.log_quality += slot;
    tile.ces_weight += slot;
    tile.reset_step += slot;
    tile.renewal_step += slot;
    tile.carry += begin;
    tile.weight += begin;
    tile.belief += begin;
    for (int age = 0; age < block->n_ages; age++) {
        tile.ring_quantity[age] += slot;
        tile.ring_supplier[age] += slot;
    }
    return tile;
}

/* What arrives from suppliers of one lag: quantity and value at landed cost, set if first, else added. */
static inline void arrive_of_age(const ent_tile_t *tile, const ent_market_step_t *market, int age, int first,
                                 int32_t *restrict quantity, float *restrict value)
{
    const int begin = market->lag_begin[age], end = market->lag_begin[age + 1];
    const int n = tile->n_importers * SLOTS;
    const int32_t *restrict ring = tile->ring_quantity[age];
    const uint16_t *restrict by = tile->ring_supplier[age];
    float cost[TILE];
    look_up(market->arrival_cost, tile->n_presences, by, n, cost);
    if (first) {
#pragma GCC ivdep
        for (int s = 0; s < n; s++) {
            const int32_t arrived = ring[s] & -(int32_t)(by[s] >= begin && by[s] < end);
            quantity[s] = arrived;
            value[s] = (float)arrived * cost[s];
        }
        return;
    }
#pragma GCC ivdep
    for (int s = 0; s < n; s++) {
        const int32_t arrived = ring[s] & -(int32_t)(by[s] >= begin && by[s] < end);
        quantity[s] += arrived;
        value[s] += (float)arrived * cost[s];
    }
}

/* Goods shipped by suppliers of lag a in the step a steps ago arrive: stock rises, its average cost moves. */
static void arrive(const ent_tile_t *tile, const ent_market_step_t *market, int64_t *arrivals,
                   int64_t *shipped)
{
    int32_t quantity[TILE];
    float value[TILE];
    const int n = tile->n_importers * SLOTS;
    int n_done = 0;
    for (int age = 0; age < tile->n_ages; age++) {
        if (market->lag_begin[age] < market->lag_begin[age + 1]) {
            arrive_of_age(tile, market, age, n_done++ == 0, quantity, value);
        }
    }
    int32_t *restrict stock = tile->stock;
    int32_t *restrict position = tile->position;
    float *restrict stock_cost = tile->stock_cost;
    const int32_t *restrict ordered = tile->ring_quantity[0];
    int64_t arrived_sum = 0, shipped_sum = 0;
#pragma GCC ivdep
    for (int s = 0; s < n; s++) {
        const int32_t after = stock[s] + quantity[s];
        const float held = (float)stock[s];
        const float cost = (stock_cost[s] * held + value[s]) / (float)(after > 0 ? after : 1);
        stock_cost[s] = after > 0 ? cost : stock_cost[s];
        stock[s] = after;
        position[s] += ordered[s];
        arrived_sum += quantity[s];
        shipped_sum += ordered[s];
    }
    *arrivals = arrived_sum;
    *shipped = shipped_sum;
}

/* CES spending over an importer's slots, sales limited by stock; what a stock-out leaves unspent is carried.
 */
static void sell(const ent_tile_t *tile, const ent_market_step_t *market, ent_tile_sums_t *sums)
{
    double value[SLOTS] = {0}, cost[SLOTS] = {0};
    int64_t sold[SLOTS] = {0}, left[SLOTS] = {0}, held[SLOTS] = {0};
    int32_t bits[SLOTS] = {0};
    double weights = 0.0, carried = 0.0;
    const float smoothing = market->smoothing;
    for (int i = 0; i < tile->n_importers; i++) {
        const int begin = i * SLOTS;
        const float *restrict weight = tile->ces_weight + begin;
        const float *restrict retail = tile->retail + begin;
        const float *restrict stock_cost = tile->stock_cost + begin;
        float *restrict smoothed = tile->smoothed + begin;
        int32_t *restrict stock = tile->stock + begin;
        int32_t *restrict position = tile->position + begin;
        float unspent[SLOTS];
        const float weight_sum = sum16f(weight);
        const float budget = importer_budget(tile, market, i, weight_sum);
        const float per_weight = budget / weight_sum;
        const float total_per_weight = (budget + tile->carry[i]) / weight_sum;
#pragma GCC ivdep
        for (int k = 0; k < SLOTS; k++) {
            const float per_price = weight[k] / retail[k];
            const int32_t asked = whole_unit(total_per_weight * per_price);
            const int32_t sale = asked < stock[k] ? asked : stock[k];
            const float sale_f = (float)sale;
            smoothed[k] += (per_weight * per_price - smoothed[k]) * smoothing;
            stock[k] -= sale;
            position[k] -= sale;
            unspent[k] = total_per_weight * weight[k] - sale_f * retail[k];
            value[k] += (double)(sale_f * retail[k]);
            cost[k] += (double)(sale_f * stock_cost[k]);
            sold[k] += sale;
            left[k] += stock[k];
            held[k] += position[k];
            bits[k] |= position[k];
        }
        tile->carry[i] = sum16f(unspent);
        carried += (double)tile->carry[i];
        weights += (double)(tile->weight[i] * weight_sum);
    }
    sums->weight = weights;
    sums->carry = carried;
    sums->bits = or16(bits);
    sums->sales_value = sum16d(value);
    sums->sales_cost = sum16d(cost);
    sums->sales = sums->stock = sums->position = 0;
    for (int k = 0; k < SLOTS; k++) {
        sums->sales += sold[k];
        sums->stock += left[k];
        sums->position += held[k];
    }
}

static void settle(const ent_tile_t *block, const ent_market_step_t *market, ent_tile_sums_t *sums)
{
    for (int begin = 0; begin < block->n_importers; begin += TILE / SLOTS, sums++) {
        const ent_tile_t tile = tile_of(block, begin);
        arrive(&tile, market, &sums->arrivals, &sums->shipped);
        reset_retail(&tile, market);
        sell(&tile, market, sums);
    }
    renew_contracts(block, market);
}

static int32_t demand_tile(const ent_tile_t *tile, const ent_market_step_t *market, int64_t *order_sum)
{
    const int n = tile->n_importers * SLOTS;
    int32_t bits[SLOTS] = {0};
    look_up(market->spot_cost, tile->n_presences, tile->supplier, n, tile->stock_cost);
    reset_retail(tile, market);
    for (int i = 0; i < tile->n_importers; i++) {
        const int begin = i * SLOTS;
        const float *restrict weight = tile->ces_weight + begin;
        const float *restrict retail = tile->retail + begin;
        int32_t *restrict quantity = tile->ring_quantity[0] + begin;
        const float weight_sum = sum16f(weight);
        float wanted[SLOTS];
        tile->carry[i] += importer_budget(tile, market, i, weight_sum);
        const float per_weight = tile->carry[i] / weight_sum;
#pragma GCC ivdep
        for (int k = 0; k < SLOTS; k++) {
            wanted[k] = per_weight * (weight[k] / retail[k]);
        }
        whole_units(wanted, quantity);
        for (int k = 0; k < SLOTS; k++) {
            bits[k] |= quantity[k];
        }
    }
    for (int s = 0; s < n; s++) {
        tile->ring_supplier[0][s] = tile->supplier[s];
        order_sum[tile->supplier[s]] += tile->ring_quantity[0][s];
    }
    return or16(bits);
}

static void deliver_tile(const ent_tile_t *tile, ent_tile_sums_t *sums)
{
    double value[SLOTS] = {0}, cost[SLOTS] = {0};
    int64_t sold = 0;
    double weights = 0.0, carried = 0.0;
    for (int i = 0; i < tile->n_importers; i++) {
        weights += (double)(tile->weight[i] * sum16f(tile->ces_weight + i * SLOTS));
        const int begin = i * SLOTS;
        const float *restrict retail = tile->retail + begin;
        const float *restrict stock_cost = tile->stock_cost + begin;
        const int32_t *restrict quantity = tile->ring_quantity[0] + begin;
        float spent[SLOTS];
#pragma GCC ivdep
        for (int k = 0; k < SLOTS; k++) {
            const float sale = (float)quantity[k];
            spent[k] = sale * retail[k];
            value[k] += (double)spent[k];
            cost[k] += (double)(sale * stock_cost[k]);
            sold += quantity[k];
        }
        tile->carry[i] -= sum16f(spent);
        carried += (double)tile->carry[i];
    }
    *sums = (ent_tile_sums_t){.arrivals = sold,
                              .sales = sold,
                              .shipped = sold,
                              .sales_value = sum16d(value),
                              .sales_cost = sum16d(cost),
                              .weight = weights,
                              .carry = carried};
}

static int32_t demand(const ent_tile_t *block, const ent_market_step_t *market, int64_t *order_sum)
{
    int32_t bits = 0;
    for (int begin = 0; begin < block->n_importers; begin += TILE / SLOTS) {
        const ent_tile_t tile = tile_of(block, begin);
        bits |= demand_tile(&tile, market, order_sum);
    }
    return bits;
}

static void deliver(const ent_tile_t *block, const ent_market_step_t *market, ent_tile_sums_t *sums)
{
    for (int begin = 0; begin < block->n_importers; begin += TILE / SLOTS, sums++) {
        const ent_tile_t tile = tile_of(block, begin);
        deliver_tile(&tile, sums);
    }
    renew_contracts(block, market);
}

static void read_signal(const ent_signal_reading_t *reading, uint64_t first_agent, int n, uint8_t *belief)
{
    for (int begin = 0; begin < n; begin += EVENTS) {
        uint64_t agent[EVENTS];
        uint32_t bias[EVENTS], noise[EVENTS];
        float value[EVENTS];
        int32_t class[EVENTS];
        for (int j = 0; j < EVENTS; j++) {
            agent[j] = first_agent + (uint64_t)(begin + j);
        }
        ent_draw4_lanes(reading->stream, agent, EVENTS, 0, ENT_PURPOSE_BELIEF_BIAS, 0,
                        (uint32_t *const[4]){bias, NULL, NULL, NULL});
        ent_draw4_lanes(reading->stream, agent, EVENTS, reading->step, ENT_PURPOSE_BELIEF_NOISE, 0,
                        (uint32_t *const[4]){noise, NULL, NULL, NULL});
        for (int j = 0; j < EVENTS; j++) {
            value[j] = reading->bias * ent_normal_quantilef(ent_uniformf(bias[j])) +
                       reading->noise * ent_normal_quantilef(ent_uniformf(noise[j]));
            class[j] = 0;
        }
        for (int k = 0; k < reading->n_edges; k++) {
            const float edge = reading->edge[k];
            for (int j = 0; j < EVENTS; j++) {
                class[j] += value[j] >= edge;
            }
        }
        for (int j = 0; j < EVENTS && begin + j < n; j++) {
            belief[begin + j] = (uint8_t) class[j];
        }
    }
}

static void draw(ent_stream_t stream, const uint64_t *agent, int n, int32_t step, ent_purpose_t purpose,
                 uint32_t index, uint32_t *const word[4])
{
    ent_draw4_lanes(stream, agent, n, step, purpose, index, word);
}

static void exponentials(const double *x, int n, double *y)
{
#pragma GCC ivdep
    for (int i = 0; i < n; i++) {
        y[i] = ent_exp(x[i]);
    }
}

static void absorb(const double *size, int n, double share, double sum, double niches, double elasticity,
                   double *y)
{
#pragma GCC ivdep
    for (int i = 0; i < n; i++) {
        const double own = share * size[i] / sum * niches;
        y[i] = ent_markup_absorption(own < ENT_NICHE_SHARE_MOST ? own : ENT_NICHE_SHARE_MOST, elasticity);
    }
}

const ent_kernel_t ENT_ISA_NAME(ent_kernel) = {.name = ENT_STRING(ENT_ISA),
                                               .order = order,
                                               .demand = demand,
                                               .settle = settle,
                                               .deliver = deliver,
                                               .read_signal = read_signal,
                                               .exp = exponentials,
                                               .absorb = absorb,
                                               .draw = draw};
