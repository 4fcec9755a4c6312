/* Rare events of slots, gathered and handled many at a time: retail price resets and contract renewals. Part
 * of kernel_isa.c, which includes it once per instruction set. */
#ifndef ENTREPOT_ENGINE_KERNEL_EVENTS_H
#define ENTREPOT_ENGINE_KERNEL_EVENTS_H

#include "base/draw_lanes.h"
#include "base/vmath.h"
#include "engine/kernel.h"

enum { LIST_ROOM = 16 };
enum { EVENTS = 128 }; /* handled together; a multiple of ENT_DRAW_MULTIPLE */

/* Bit k: calendar[k] is `step`, k < 16. */
static inline uint32_t due_mask(const uint16_t *calendar, uint16_t step)
{
#if defined(__AVX512BW__) && defined(__AVX512VL__)
    return _mm256_cmpeq_epi16_mask(_mm256_loadu_si256((const void *)calendar),
                                   _mm256_set1_epi16((short)step));
#elif defined(__SSE2__)
    const __m128i wanted = _mm_set1_epi16((short)step);
    const __m128i low = _mm_cmpeq_epi16(_mm_loadu_si128((const void *)calendar), wanted);
    const __m128i high = _mm_cmpeq_epi16(_mm_loadu_si128((const void *)(calendar + 8)), wanted);
    return (uint32_t)_mm_movemask_epi8(_mm_packs_epi16(low, high));
#else
    uint32_t mask = 0;
    for (int k = 0; k < 16; k++) {
        mask |= (uint32_t)(calendar[k] == step) << k;
    }
    return mask;
#endif
}

/* Slots whose calendar names this step, in order; n is a multiple of 16. The list has room for LIST_ROOM
 * more. */
static inline int due_slots(const uint16_t *restrict calendar, uint16_t step, int n, uint16_t *restrict list)
{
    int n_due = 0;
#if defined(__AVX512F__)
    __m512i slot = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    for (int begin = 0; begin < n; begin += 16) {
        const uint32_t mask = due_mask(calendar + begin, step);
        const __m512i due = _mm512_maskz_compress_epi32((__mmask16)mask, slot);
        _mm256_storeu_si256((void *)(list + n_due), _mm512_cvtepi32_epi16(due));
        n_due += __builtin_popcount(mask);
        slot = _mm512_add_epi32(slot, _mm512_set1_epi32(16));
    }
#else
    for (int begin = 0; begin < n; begin += 16) {
        for (uint32_t mask = due_mask(calendar + begin, step); mask != 0; mask &= mask - 1) {
            list[n_due++] = (uint16_t)(begin + __builtin_ctz(mask));
        }
    }
#endif
    return n_due;
}

/* Keys of the draws of the slots in `due`, padded with the first. */
static inline int event_agents(const ent_tile_t *tile, const ent_market_step_t *market, const uint16_t *due,
                               int n, uint64_t *restrict agent)
{
    const int padded = (n + ENT_DRAW_MULTIPLE - 1) / ENT_DRAW_MULTIPLE * ENT_DRAW_MULTIPLE;
    const uint64_t key = market->key + tile->first_slot;
    for (int j = 0; j < n; j++) {
        agent[j] = key + due[j];
    }
    for (int j = n; j < padded; j++) {
        agent[j] = key + due[0];
    }
    return padded;
}

/* ent_waiting_time for each agent, written as the step of the next event. */
static inline void next_events(const ent_market_step_t *market, const uint64_t *agent, int padded,
                               ent_purpose_t purpose, float log_survival, int32_t *restrict next)
{
    const int32_t step = market->step, never = UINT16_MAX - step;
    uint32_t word[EVENTS];
    if (!(log_survival < 0.0f)) {
        for (int j = 0; j < padded; j++) {
            next[j] = UINT16_MAX;
        }
        return;
    }
    ent_draw4_lanes(market->stream, agent, padded, market->draw_step, purpose, 0,
                    (uint32_t *const[4]){word, NULL, NULL, NULL});
    for (int j = 0; j < padded; j++) {
        const float steps = ent_logf(ent_uniformf(word[j])) / log_survival;
        const float most = (float)(never - 1);
        next[j] = step + 1 + (int32_t)(steps < most ? steps : most);
    }
}

/* Retail price r = phi w + (1 - phi) cost and CES weight (r / z)^(1 - sigma) of the slots in `due`. */
static void reset_batch(const ent_tile_t *tile, const ent_market_step_t *market, const uint16_t *due, int n)
{
    uint64_t agent[EVENTS];
    float cost[EVENTS], quality[EVENTS], price[EVENTS], weight[EVENTS];
    int32_t next[EVENTS];
    const int padded = event_agents(tile, market, due, n, agent);
    for (int j = 0; j < n; j++) {
        cost[j] = tile->stock_cost[due[j]];
        quality[j] = tile->log_quality[due[j]];
    }
    for (int j = n; j < padded; j++) {
        cost[j] = cost[0];
        quality[j] = quality[0];
    }
    for (int j = 0; j < padded; j++) {
        price[j] = market->local_cost + market->import_share * cost[j];
        weight[j] = ent_expf(market->one_minus_sigma * (ent_logf(price[j]) - quality[j]));
    }
    next_events(market, agent, padded, ENT_PURPOSE_RETAIL_WAIT, market->log_retail_survival, next);
    for (int j = 0; j < n; j++) {
        tile->retail[due[j]] = price[j];
        tile->ces_weight[due[j]] = weight[j];
        tile->reset_step[due[j]] = (uint16_t)next[j];
    }
}

/* Presences drawn with probability proportional to visibility, from an alias table. */
static inline void draw_candidates(const ent_market_step_t *market, const uint32_t *restrict word, int padded,
                                   int32_t *restrict candidate)
{
    const uint64_t *restrict alias = market->alias;
    const uint64_t n_presences = (uint64_t)market->n_presences;
#pragma GCC ivdep
    for (int j = 0; j < padded; j++) {
        const uint64_t scaled = (uint64_t)word[j] * n_presences;
        const uint64_t entry = alias[scaled >> 32];
        const int32_t bucket = (int32_t)(scaled >> 32), other = (int32_t)(entry & 0xffff);
        candidate[j] = (int64_t)(scaled & 0xffffffff) < (int64_t)(entry >> 16) ? bucket : other;
    }
}

/* One candidate of each event runs against the best so far. */
static inline void race(const ent_market_step_t *market, const int32_t *restrict candidate,
                        const uint32_t *restrict luck, const int32_t *restrict row, int padded, float factor,
                        int32_t *restrict best, float *restrict best_time)
{
    const float *restrict cost = market->choice_cost;
    float handicap[EVENTS];
    for (int j = 0; j < padded; j++) {
        handicap[j] = cost[row[j] + candidate[j]];
    }
    for (int j = 0; j < padded; j++) {
        const float time = -ent_logf(ent_uniformf(luck[j])) * handicap[j] * factor;
        const int32_t better = -(int32_t)(time < best_time[j]);
        best[j] ^= (best[j] ^ candidate[j]) & better;
        best_time[j] = time < best_time[j] ? time : best_time[j];
    }
}

/* The winners of renewals: largest of -theta ln x + Gumbel over the incumbent and n - 1 presences drawn with
 * probability proportional to visibility (Eaton and Kortum 2002), as the equivalent exponential race
 * min of -ln(u) x^theta. `best` holds the incumbents and gets the winners. */
static void choose_suppliers(const ent_market_step_t *market, const uint64_t *agent, const int32_t *row,
                             int padded, int32_t *best)
{
    uint32_t word[4][EVENTS];
    int32_t candidate[EVENTS];
    float best_time[EVENTS];
    for (int j = 0; j < padded; j++) {
        candidate[j] = best[j];
        best_time[j] = 1e38f;
    }
    for (int c = 0; c < market->candidates; c += 2) {
        ent_draw4_lanes(market->stream, agent, padded, market->draw_step, ENT_PURPOSE_CANDIDATE,
                        (uint32_t)c / 2, (uint32_t *const[4]){word[0], word[1], word[2], word[3]});
        if (c > 0) {
            draw_candidates(market, word[0], padded, candidate);
        }
        race(market, candidate, word[1], row, padded, c == 0 ? market->incumbent_cost_factor : 1.0f, best,
             best_time);
        if (c + 1 < market->candidates) {
            draw_candidates(market, word[2], padded, candidate);
            race(market, candidate, word[3], row, padded, 1.0f, best, best_time);
        }
    }
}

/* Retail prices, qualities and CES weights of new contracts with the suppliers `chosen` by importers of
 * belief `type`. Where what is expected is what is, r / z is the market's inclusive retail cost. */
static inline void sign(const ent_market_step_t *market, const int32_t *restrict chosen,
                        const int32_t *restrict type, int padded, float *restrict price,
                        float *restrict quality, float *restrict weight)
{
    float expected[EVENTS];
    for (int j = 0; j < padded; j++) {
        price[j] = market->local_cost + market->import_share * market->spot_cost[chosen[j]];
        weight[j] = market->inclusive_weight[type[j]];
    }
    if (market->expected_cost == market->spot_cost) {
        for (int j = 0; j < padded; j++) {
            quality[j] = ent_logf(price[j]) - market->log_inclusive_retail[type[j]];
        }
        return;
    }
    for (int j = 0; j < padded; j++) {
        expected[j] =
            market->local_cost +
            market->import_share * market->expected_cost[type[j] * market->expected_stride + chosen[j]];
    }
    for (int j = 0; j < padded; j++) {
        const float log_expected = ent_logf(expected[j]);
        quality[j] = log_expected - market->log_inclusive_retail[type[j]];
        weight[j] *= ent_expf(market->one_minus_sigma * (ent_logf(price[j]) - log_expected));
    }
}

/* Contracts that come up: a supplier is chosen on the cost expected over the contract's life, the retail
 * price re-set at its landed cost now, and quality set so that r / z at the cost expected equals the market's
 * inclusive retail cost at costs expected. */
static void renew_batch(const ent_tile_t *tile, const ent_market_step_t *market, const uint16_t *due, int n)
{
    uint64_t agent[EVENTS];
    int32_t row[EVENTS], type[EVENTS], chosen[EVENTS], next[EVENTS];
    float price[EVENTS], quality[EVENTS], weight[EVENTS];
    const int padded = event_agents(tile, market, due, n, agent);
    for (int j = 0; j < padded; j++) {
        const int slot = due[j < n ? j : 0];
        type[j] = market->type_stride != 0 ? tile->belief[slot / 16] : 0;
        row[j] = type[j] * market->type_stride;
        chosen[j] = tile->supplier[slot];
    }
    choose_suppliers(market, agent, row, padded, chosen);
    next_events(market, agent, padded, ENT_PURPOSE_RENEWAL_WAIT, market->log_contract_survival, next);
    sign(market, chosen, type, padded, price, quality, weight);
    for (int j = 0; j < n; j++) {
        tile->supplier[due[j]] = (uint16_t)chosen[j];
        tile->retail[due[j]] = price[j];
        tile->log_quality[due[j]] = quality[j];
        tile->ces_weight[due[j]] = weight[j];
        tile->renewal_step[due[j]] = (uint16_t)next[j];
    }
}

#endif
