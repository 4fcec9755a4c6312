/* Many draws at once: the words of ent_draw4 for an array of agents, several to a vector. Philox keeps each
 * 32-bit word in the low half of a 64-bit lane, where a vector multiply gives the whole product; the high
 * halves hold rubbish that no multiply reads. */
#ifndef ENTREPOT_BASE_DRAW_LANES_H
#define ENTREPOT_BASE_DRAW_LANES_H

#include "base/draws.h"

#include <string.h>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
#define ENT_LANES 8
#elif defined(__AVX2__)
#define ENT_LANES 4
#else
#define ENT_LANES 2
#endif
#define ENT_DRAW_MULTIPLE 16 /* arrays of agents and words are padded to this length */

typedef uint64_t ent_lanes_t __attribute__((vector_size(8 * ENT_LANES)));
typedef uint32_t ent_half_lanes_t __attribute__((vector_size(4 * ENT_LANES)));

static inline ent_lanes_t ent_lanes_all(uint64_t x)
{
    return (ent_lanes_t){0} + x;
}

/* Products of the low halves. */
static inline ent_lanes_t ent_lanes_multiply(ent_lanes_t a, ent_lanes_t b)
{
#if defined(__AVX512F__)
    return (ent_lanes_t)_mm512_mul_epu32((__m512i)a, (__m512i)b);
#elif defined(__AVX2__)
    return (ent_lanes_t)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#elif defined(__SSE2__)
    return (ent_lanes_t)_mm_mul_epu32((__m128i)a, (__m128i)b);
#else
    return (a & 0xffffffffu) * (b & 0xffffffffu);
#endif
}

static inline void ent_lanes_store(ent_lanes_t x, uint32_t *to)
{
    const ent_half_lanes_t low = __builtin_convertvector(x, ent_half_lanes_t);
    memcpy(to, &low, sizeof low);
}

/* Words of the draws (stream, agent[i], step, purpose, index), i < n, into those of word[0..3] that are not
 * NULL; the arrays hold n rounded up to ENT_DRAW_MULTIPLE. */
static inline void ent_draw4_lanes(ent_stream_t stream, const uint64_t *agent, int n, int32_t step,
                                   ent_purpose_t purpose, uint32_t index, uint32_t *const word[4])
{
    const ent_lanes_t multiplier[2] = {ent_lanes_all(0xD2511F53u), ent_lanes_all(0xCD9E8D57u)};
    for (int i = 0; i < n; i += ENT_LANES) {
        ent_lanes_t c0;
        memcpy(&c0, agent + i, sizeof c0);
        ent_lanes_t c1 = c0 >> 32, c2 = ent_lanes_all((uint32_t)step),
                    c3 = ent_lanes_all(((uint32_t)purpose << 24) | index);
        uint32_t key0 = stream.word[0], key1 = stream.word[1];
        for (int round = 0; round < 10; round++) {
            const ent_lanes_t p0 = ent_lanes_multiply(c0, multiplier[0]);
            const ent_lanes_t p1 = ent_lanes_multiply(c2, multiplier[1]);
            c0 = (p1 >> 32) ^ c1 ^ ent_lanes_all(key0);
            c1 = p1;
            c2 = (p0 >> 32) ^ c3 ^ ent_lanes_all(key1);
            c3 = p0;
            key0 += 0x9E3779B9u; /* golden ratio and sqrt(3) - 1, as in Salmon et al. 2011 */
            key1 += 0xBB67AE85u;
        }
        const ent_lanes_t out[4] = {c0, c1, c2, c3};
        for (int k = 0; k < 4; k++) {
            if (word[k] != NULL) {
                ent_lanes_store(out[k], word[k] + i);
            }
        }
    }
}

#endif
