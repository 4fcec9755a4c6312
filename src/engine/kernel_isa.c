/* The slot kernels, compiled once per instruction set (ENT_ISA is portable, avx2 or avx512). Loops run over
 * the slots of a tile, sixteen to an importer, on plain arrays; every sum across slots has a fixed order. */
#include "engine/kernel.h"

#include "base/vmath.h"

#define ENT_PASTE2(a, b) a##_##b
#define ENT_PASTE(a, b) ENT_PASTE2(a, b)
#define ENT_ISA_NAME(name) ENT_PASTE(name, ENT_ISA)
#define ENT_STRING2(a) #a
#define ENT_STRING(a) ENT_STRING2(a)

enum { SLOTS = 16, TILE = 512 };

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

/* Slots whose calendar names this step, in order. */
static inline int due_slots(const uint16_t *restrict calendar, uint16_t step, int n, uint16_t *restrict list)
{
    int n_due = 0;
    for (int begin = 0; begin < n; begin += SLOTS) {
        int any = 0;
        for (int k = 0; k < SLOTS; k++) {
            any |= calendar[begin + k] == step;
        }
        if (any) {
            for (int k = 0; k < SLOTS; k++) {
                list[n_due] = (uint16_t)(begin + k);
                n_due += calendar[begin + k] == step;
            }
        }
    }
    return n_due;
}

static inline uint16_t next_due(const ent_market_step_t *market, uint64_t slot, ent_purpose_t purpose,
                                float log_survival)
{
    const int32_t never = UINT16_MAX - (int32_t)market->step;
    const ent_draw4_t draw = ent_draw4(market->stream, market->key + slot, market->draw_step, purpose, 0);
    return (uint16_t)(market->step + ent_waiting_time(ent_uniformf(draw.word[0]), log_survival, never));
}

/* Orders (docs/model.md, "Orders"):
 * o = max(0, m + [H m - (stock + transit)] / T), m smoothed demand, H target in steps of sales. */
static void order(const ent_tile_t *tile, const ent_market_step_t *market, int64_t *order_sum)
{
    const uint16_t *restrict supplier = tile->supplier;
    const int32_t *restrict position = tile->position;
    const float *restrict smoothed = tile->smoothed;
    int32_t *restrict quantity = tile->ring_quantity[0];
    uint16_t *restrict shipped_by = tile->ring_supplier[0];
    const float inverse_adjustment = market->inverse_adjustment;
    for (int i = 0; i < tile->n_importers; i++) {
        const float *restrict target = market->target + (size_t)tile->belief[i] * (size_t)market->type_stride;
        const int begin = i * SLOTS;
#pragma GCC ivdep
        for (int s = begin; s < begin + SLOTS; s++) {
            const float gap = target[supplier[s]] * smoothed[s] - (float)position[s];
            const float wanted = smoothed[s] + gap * inverse_adjustment;
            const int32_t whole = (int32_t)(wanted + 0.5f);
            quantity[s] = whole > 0 ? whole : 0;
            shipped_by[s] = supplier[s];
        }
    }
    const int n = tile->n_importers * SLOTS;
    for (int s = 0; s < n; s++) {
        order_sum[supplier[s]] += quantity[s];
    }
}

/* Retail price r = phi + (1 - phi) cost and CES weight (r / z)^(1 - sigma) of the slots whose price is due.
 */
static void reset_retail(const ent_tile_t *tile, const ent_market_step_t *market)
{
    uint16_t due[TILE];
    float cost[TILE], quality[TILE], price[TILE], weight[TILE];
    const int n = due_slots(tile->reset_step, market->step, tile->n_importers * SLOTS, due);
    for (int j = 0; j < n; j++) {
        cost[j] = tile->stock_cost[due[j]];
        quality[j] = tile->log_quality[due[j]];
    }
    for (int j = 0; j < n; j++) {
        price[j] = market->local_cost + market->import_share * cost[j];
        weight[j] = ent_expf(market->one_minus_sigma * (ent_logf(price[j]) - quality[j]));
    }
    for (int j = 0; j < n; j++) {
        tile->retail[due[j]] = price[j];
        tile->ces_weight[due[j]] = weight[j];
    }
    for (int j = 0; j < n; j++) {
        tile->reset_step[due[j]] = next_due(market, market->first_slot + due[j], ENT_PURPOSE_RETAIL_WAIT,
                                            market->log_retail_survival);
    }
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

/* The winner of a renewal: largest of -theta ln x + Gumbel over the incumbent and n - 1 presences drawn with
 * probability proportional to visibility (Eaton and Kortum 2002), as the equivalent exponential race
 * min of -ln(u) x^theta. */
static uint16_t choose_supplier(const ent_tile_t *tile, const ent_market_step_t *market, int slot)
{
    enum { MOST = 64 };
    uint16_t candidate[MOST];
    float uniform[MOST], time[MOST];
    const int importer = slot / SLOTS;
    const float *restrict cost =
        market->choice_cost + (size_t)tile->belief[importer] * (size_t)market->type_stride;
    const uint64_t agent = market->key + market->first_slot + (uint64_t)slot;
    const int n = market->candidates;
    for (int j = 0; j < n; j += 2) {
        const ent_draw4_t draw =
            ent_draw4(market->stream, agent, market->draw_step, ENT_PURPOSE_CANDIDATE, (uint32_t)j / 2);
        for (int half = 0; half < 2; half++) {
            const uint64_t scaled = (uint64_t)draw.word[2 * half] * (uint64_t)market->n_presences;
            const uint32_t bucket = (uint32_t)(scaled >> 32);
            const uint64_t entry = market->alias[bucket];
            const int keep = (uint64_t)(uint32_t)scaled < (entry >> 16);
            candidate[j + half] = keep ? (uint16_t)bucket : (uint16_t)(entry & 0xffff);
            uniform[j + half] = ent_uniformf(draw.word[2 * half + 1]);
        }
    }
    candidate[0] = tile->supplier[slot];
    for (int j = 0; j < n; j++) {
        time[j] = -ent_logf(uniform[j]) * cost[candidate[j]];
    }
    time[0] *= market->incumbent_cost_factor;
    int best = 0;
    for (int j = 1; j < n; j++) {
        best = time[j] < time[best] ? j : best;
    }
    return candidate[best];
}

/* Contracts that come up: a supplier is chosen, the retail price re-set at its landed cost, and quality set
 * so that r / z equals the market's inclusive retail cost. */
static void renew_contracts(const ent_tile_t *tile, const ent_market_step_t *market)
{
    uint16_t due[TILE];
    const int n = due_slots(tile->renewal_step, market->step, tile->n_importers * SLOTS, due);
    for (int j = 0; j < n; j++) {
        const int slot = due[j];
        const uint16_t chosen = choose_supplier(tile, market, slot);
        const float price = market->local_cost + market->import_share * market->spot_cost[chosen];
        tile->supplier[slot] = chosen;
        tile->retail[slot] = price;
        tile->log_quality[slot] = ent_logf(price) - market->log_inclusive_retail;
        tile->ces_weight[slot] = market->inclusive_weight;
        tile->renewal_step[slot] = next_due(market, market->first_slot + due[j], ENT_PURPOSE_RENEWAL_WAIT,
                                            market->log_contract_survival);
    }
}

/* Goods shipped by suppliers of lag a in the step a steps ago arrive: stock rises, its average cost moves. */
static void arrive(const ent_tile_t *tile, const ent_market_step_t *market, int64_t *arrivals,
                   int64_t *shipped)
{
    int32_t quantity[TILE];
    float value[TILE];
    const int n = tile->n_importers * SLOTS;
    for (int s = 0; s < n; s++) {
        quantity[s] = 0;
        value[s] = 0.0f;
    }
    for (int age = 0; age < market->n_ages; age++) {
        const int begin = market->lag_begin[age], end = market->lag_begin[age + 1];
        if (begin == end) {
            continue;
        }
        const int32_t *restrict ring = tile->ring_quantity[age];
        const uint16_t *restrict by = tile->ring_supplier[age];
        const float *restrict arrival_cost = market->arrival_cost;
#pragma GCC ivdep
        for (int s = 0; s < n; s++) {
            const int32_t mask = -(int32_t)(by[s] >= begin && by[s] < end);
            const int32_t arrived = ring[s] & mask;
            quantity[s] += arrived;
            value[s] += (float)arrived * arrival_cost[by[s]];
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
    double weights = 0.0;
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
            const float wanted = per_weight * per_price;
            const int32_t asked = (int32_t)(total_per_weight * per_price + 0.5f);
            const int32_t positive = asked > 0 ? asked : 0;
            const int32_t sale = positive < stock[k] ? positive : stock[k];
            const float sale_f = (float)sale;
            smoothed[k] += (wanted - smoothed[k]) * smoothing;
            stock[k] -= sale;
            position[k] -= sale;
            unspent[k] = total_per_weight * weight[k] - sale_f * retail[k];
            value[k] += (double)(sale_f * retail[k]);
            cost[k] += (double)(sale_f * stock_cost[k]);
            sold[k] += sale;
            left[k] += stock[k];
            held[k] += position[k];
        }
        tile->carry[i] = sum16f(unspent);
        weights += (double)(tile->weight[i] * weight_sum);
    }
    sums->weight = weights;
    sums->sales_value = sum16d(value);
    sums->sales_cost = sum16d(cost);
    sums->sales = sums->stock = sums->position = 0;
    for (int k = 0; k < SLOTS; k++) {
        sums->sales += sold[k];
        sums->stock += left[k];
        sums->position += held[k];
    }
}

static void settle(const ent_tile_t *tile, const ent_market_step_t *market, ent_tile_sums_t *sums)
{
    arrive(tile, market, &sums->arrivals, &sums->shipped);
    reset_retail(tile, market);
    sell(tile, market, sums);
    renew_contracts(tile, market);
}

static void demand(const ent_tile_t *tile, const ent_market_step_t *market, int64_t *order_sum)
{
    const int n = tile->n_importers * SLOTS;
    for (int s = 0; s < n; s++) {
        tile->stock_cost[s] = market->spot_cost[tile->supplier[s]];
    }
    reset_retail(tile, market);
    for (int i = 0; i < tile->n_importers; i++) {
        const int begin = i * SLOTS;
        const float *restrict weight = tile->ces_weight + begin;
        const float *restrict retail = tile->retail + begin;
        int32_t *restrict quantity = tile->ring_quantity[0] + begin;
        const float weight_sum = sum16f(weight);
        tile->carry[i] += importer_budget(tile, market, i, weight_sum);
        const float per_weight = tile->carry[i] / weight_sum;
#pragma GCC ivdep
        for (int k = 0; k < SLOTS; k++) {
            const int32_t asked = (int32_t)(per_weight * (weight[k] / retail[k]) + 0.5f);
            quantity[k] = asked > 0 ? asked : 0;
        }
    }
    for (int s = 0; s < n; s++) {
        tile->ring_supplier[0][s] = tile->supplier[s];
        order_sum[tile->supplier[s]] += tile->ring_quantity[0][s];
    }
}

static void deliver(const ent_tile_t *tile, const ent_market_step_t *market, ent_tile_sums_t *sums)
{
    double value[SLOTS] = {0}, cost[SLOTS] = {0};
    int64_t sold = 0;
    double weights = 0.0;
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
    }
    *sums = (ent_tile_sums_t){.arrivals = sold,
                              .sales = sold,
                              .shipped = sold,
                              .sales_value = sum16d(value),
                              .sales_cost = sum16d(cost),
                              .weight = weights};
    renew_contracts(tile, market);
}

const ent_kernel_t ENT_ISA_NAME(ent_kernel) = {
    .name = ENT_STRING(ENT_ISA), .order = order, .demand = demand, .settle = settle, .deliver = deliver};
