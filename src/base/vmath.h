/* exp and log with the same bits on every instruction set: polynomials evaluated in a fixed order, without
 * fused multiply-add (the build sets -ffp-contract=off), written so that loops over them vectorise.
 *
 * Float versions after Moshier's Cephes (expf, logf), errors below 1 ulp on the ranges the engine uses
 * (|x| <= 80 and positive normal numbers); double versions: argument reduction, Taylor series of degree 13
 * and the series of 2 atanh(s), errors below 2 ulp. No special values: NaN, infinities and denormals are the
 * caller's. */
#ifndef ENTREPOT_BASE_VMATH_H
#define ENTREPOT_BASE_VMATH_H

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline int32_t ent_float_bits(float x)
{
    int32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float ent_bits_float(int32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline int64_t ent_double_bits(double x)
{
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double ent_bits_double(int64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* e^x; that of -87 below, that of 88 above. */
static inline float ent_expf(float x)
{
    x = -87.0f > x ? -87.0f : x; /* what is no number stays none */
    x = 88.0f < x ? 88.0f : x;
    const float shift = 12582912.0f; /* 1.5 * 2^23: adding it rounds to the nearest integer */
    const float rounded = x * 1.44269504088896341f + shift;
    const float n = rounded - shift;
    const float r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = (p * r) * r + r + 1.0f;
    const int32_t exponent = (int32_t)n;
    return p * ent_bits_float((int32_t)((uint32_t)(exponent + 127) << 23));
}

/* ln x for positive normal x. */
static inline float ent_logf(float x)
{
    const int32_t bits = ent_float_bits(x);
    /* mantissa in [sqrt(1/2), sqrt(2)) */
    const int32_t offset = bits - 0x3f3504f3;
    const int32_t exponent = offset >> 23;
    const float f = ent_bits_float((offset & 0x007fffff) + 0x3f3504f3) - 1.0f;
    const float e = (float)exponent;
    const float z = f * f;
    float p = 7.0376836292e-2f;
    p = p * f - 1.1514610310e-1f;
    p = p * f + 1.1676998740e-1f;
    p = p * f - 1.2420140846e-1f;
    p = p * f + 1.4249322787e-1f;
    p = p * f - 1.6668057665e-1f;
    p = p * f + 2.0000714765e-1f;
    p = p * f - 2.4999993993e-1f;
    p = p * f + 3.3333331174e-1f;
    float y = (p * f) * z;
    y = y + e * -2.12194440e-4f;
    y = y - 0.5f * z;
    return (f + y) + e * 0.693359375f;
}

/* Standard normal quantile of p in [2^-36, 1 - 2^-24]: PPND7 of Wichura (1988), algorithm AS 241, without its
 * far tail; relative error below 1e-6. */
static inline float ent_normal_quantilef(float p)
{
    const float q = p - 0.5f;
    const float r = 0.180625f - q * q;
    const float central = q * (((59.10937472f * r + 159.29113202f) * r + 50.434271938f) * r + 3.3871327179f) /
                          (((67.1875636f * r + 78.757757664f) * r + 17.895169469f) * r + 1.0f);
    const float tail_probability = q < 0.0f ? p : 1.0f - p;
    const float t = sqrtf(-ent_logf(tail_probability)) - 1.6f;
    const float size = (((0.17023821103f * t + 1.3067284816f) * t + 2.75681539f) * t + 1.4234372777f) /
                       ((0.12021132975f * t + 0.7370016425f) * t + 1.0f);
    const float tail = q < 0.0f ? -size : size;
    return q * q <= 0.180625f ? central : tail;
}

/* e^x; that of -708 below, that of 709 above. */
static inline double ent_exp(double x)
{
    x = -708.0 > x ? -708.0 : x;
    x = 709.0 < x ? 709.0 : x;
    const double shift = 6755399441055744.0; /* 1.5 * 2^52 */
    const double shifted = x * 1.4426950408889634074 + shift;
    const double n = shifted - shift;
    const double r = (x - n * 6.93147180369123816490e-01) - n * 1.90821492927058770002e-10;
    double p = 1.0 / 6227020800.0;
    p = p * r + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = (p * r) * r + r + 1.0;
    /* the low bits of the shifted number are the integer: no conversion, which few instruction sets have */
    return p * ent_bits_double((int64_t)(((uint64_t)ent_double_bits(shifted) + 1023) << 52));
}

/* ln x for positive normal x. */
static inline double ent_log(double x)
{
    const int64_t bits = ent_double_bits(x);
    const int64_t offset = bits - 0x3fe6a09e667f3bcdLL;
    const int64_t exponent = offset >> 52;
    const double m = ent_bits_double((offset & 0x000fffffffffffffLL) + 0x3fe6a09e667f3bcdLL);
    const double e = (double)exponent;
    const double s = (m - 1.0) / (m + 1.0);
    const double z = s * s;
    double p = 1.0 / 21.0;
    p = p * z + 1.0 / 19.0;
    p = p * z + 1.0 / 17.0;
    p = p * z + 1.0 / 15.0;
    p = p * z + 1.0 / 13.0;
    p = p * z + 1.0 / 11.0;
    p = p * z + 1.0 / 9.0;
    p = p * z + 1.0 / 7.0;
    p = p * z + 1.0 / 5.0;
    p = p * z + 1.0 / 3.0;
    p = (p * z) * s + s;
    return e * 6.93147180369123816490e-01 + (2.0 * p + e * 1.90821492927058770002e-10);
}

#endif
