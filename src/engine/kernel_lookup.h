/* Look-ups of presence tables by slot. Part of kernel_isa.c, which includes it once per instruction set. No
 * arithmetic, so that every way of doing it gives the same bits. */
#ifndef ENTREPOT_ENGINE_KERNEL_LOOKUP_H
#define ENTREPOT_ENGINE_KERNEL_LOOKUP_H

#include <stdint.h>
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
enum { LOOKUP_LANES = 16, LOOKUP_REGISTERS = 8, LOOKUP_MOST = LOOKUP_LANES * LOOKUP_REGISTERS };

/* A table of at most LOOKUP_MOST entries in registers, zeros behind its end. */
static inline __m512 lookup_register(const float *table, int n, int k)
{
    const int left = n - k * LOOKUP_LANES;
    const uint32_t mask = left >= LOOKUP_LANES ? 0xffffu : left > 0 ? (1u << left) - 1u : 0u;
    return _mm512_maskz_loadu_ps((__mmask16)mask, table + k * LOOKUP_LANES);
}

static inline __m512 lookup_pair(const float *table, int n, int k, __m512i index)
{
    return _mm512_permutex2var_ps(lookup_register(table, n, k), index, lookup_register(table, n, k + 1));
}

static inline __m512 lookup_four(const float *table, int n, int k, __m512i index)
{
    const __mmask16 upper = _mm512_test_epi32_mask(index, _mm512_set1_epi32(2 * LOOKUP_LANES));
    return _mm512_mask_blend_ps(upper, lookup_pair(table, n, k, index), lookup_pair(table, n, k + 2, index));
}
#endif

/* out[i] = table[index[i]] for i < n, n a multiple of 16, of a table of n_table entries: permutations of
 * registers where the table fits into them, which gathers are several times slower than. */
static inline void look_up(const float *restrict table, int n_table, const uint16_t *restrict index, int n,
                           float *restrict out)
{
#if defined(__AVX512F__)
    for (int i = 0; i < n && n_table <= LOOKUP_MOST; i += LOOKUP_LANES) {
        const __m512i lane = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const void *)(index + i)));
        __m512 value;
        if (n_table <= 2 * LOOKUP_LANES) {
            value = lookup_pair(table, n_table, 0, lane);
        } else if (n_table <= 4 * LOOKUP_LANES) {
            value = lookup_four(table, n_table, 0, lane);
        } else {
            const __mmask16 upper = _mm512_test_epi32_mask(lane, _mm512_set1_epi32(4 * LOOKUP_LANES));
            value = _mm512_mask_blend_ps(upper, lookup_four(table, n_table, 0, lane),
                                         lookup_four(table, n_table, 4, lane));
        }
        _mm512_storeu_ps(out + i, value);
    }
    if (n_table <= LOOKUP_MOST) {
        return;
    }
#else
    (void)n_table;
#endif
    for (int i = 0; i < n; i++) {
        out[i] = table[index[i]];
    }
}

#endif
