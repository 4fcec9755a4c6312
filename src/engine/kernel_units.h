/* From quantities to whole units, of the slots of one importer. Part of kernel_isa.c, which includes it once
 * per instruction set. Compilers do not make the two instructions of the processor from what C says of
 * numbers that are none. */
#ifndef ENT_ENGINE_KERNEL_UNITS_H
#define ENT_ENGINE_KERNEL_UNITS_H

#include "engine/kernel.h"

#if defined(__AVX2__) || defined(__SSE2__)
#include <immintrin.h>
#endif

static inline int32_t whole_unit(float quantity)
{
    const float x = quantity + 0.5f, most = (float)ENT_UNITS_END;
    const float positive = 0.0f > x ? 0.0f : x;
    return (int32_t)(positive < most ? positive : most);
}

/* units[k]: quantity[k] + 0.5 rounded down; 0 below zero, ENT_UNITS_END for what is larger or no number;
 * k < 16. */
static inline void whole_units(const float *restrict quantity, int32_t *restrict units)
{
#if defined(__AVX512F__)
    const __m512 x = _mm512_add_ps(_mm512_loadu_ps(quantity), _mm512_set1_ps(0.5f));
    const __m512 positive = _mm512_max_ps(_mm512_setzero_ps(), x); /* x where it is no number */
    _mm512_storeu_si512((void *)units,
                        _mm512_cvttps_epi32(_mm512_min_ps(positive, _mm512_set1_ps((float)ENT_UNITS_END))));
#elif defined(__AVX2__)
    for (int k = 0; k < 16; k += 8) {
        const __m256 x = _mm256_add_ps(_mm256_loadu_ps(quantity + k), _mm256_set1_ps(0.5f));
        const __m256 positive = _mm256_max_ps(_mm256_setzero_ps(), x);
        _mm256_storeu_si256((void *)(units + k), _mm256_cvttps_epi32(_mm256_min_ps(
                                                     positive, _mm256_set1_ps((float)ENT_UNITS_END))));
    }
#elif defined(__SSE2__)
    for (int k = 0; k < 16; k += 4) {
        const __m128 x = _mm_add_ps(_mm_loadu_ps(quantity + k), _mm_set1_ps(0.5f));
        const __m128 positive = _mm_max_ps(_mm_setzero_ps(), x);
        _mm_storeu_si128((void *)(units + k),
                         _mm_cvttps_epi32(_mm_min_ps(positive, _mm_set1_ps((float)ENT_UNITS_END))));
    }
#else
    for (int k = 0; k < 16; k++) {
        units[k] = whole_unit(quantity[k]);
    }
#endif
}

#endif
