/* Draw keys: every random number is a pure function of (seed, replication, agent, step, purpose, index), by
 * Philox 4x32-10 (Salmon, Moraes, Dror and Shaw 2011) from Random123. Agents are known by 64-bit hashes of
 * names, so that adding or permuting regions and sectors leaves the draws of the others alone. */
#ifndef ENTREPOT_BASE_DRAWS_H
#define ENTREPOT_BASE_DRAWS_H

#include <Random123/philox.h>
#include <stdint.h>

typedef enum {
    ENT_PURPOSE_WORLD = 1, /* a world's parameter draws */
    ENT_PURPOSE_SHOCK,     /* a world's dated shocks */
    ENT_PURPOSE_IMPORTER_SIZE,
    ENT_PURPOSE_ASSIGNMENT,   /* who supplies whom at the start */
    ENT_PURPOSE_RETAIL_WAIT,  /* steps to the next retail price reset */
    ENT_PURPOSE_RENEWAL_WAIT, /* steps to the next contract renewal */
    ENT_PURPOSE_CANDIDATE,    /* candidates and their Gumbel draws at a renewal */
    ENT_PURPOSE_PRICE_WAIT,   /* steps to the next export price reset */
    ENT_PURPOSE_PRODUCTIVITY,
    ENT_PURPOSE_BELIEF_BIAS,
    ENT_PURPOSE_BELIEF_NOISE,
    ENT_PURPOSE_RELOCATION,  /* which slots a new plant takes over */
    ENT_PURPOSE_PLANT,       /* a firm's review of a plant behind the tariff */
    ENT_PURPOSE_ENTRY,       /* entry, exit and failure of exporters */
    ENT_PURPOSE_TALKS,       /* a side's haste in talks */
    ENT_PURPOSE_CALIBRATION, /* places of parameters that are tried */
    ENT_PURPOSE_FORECAST,    /* paths of a forecast */
    ENT_PURPOSE_CHOKE,       /* the landed cost at which an importer stops ordering */
    ENT_PURPOSE_PLANT_COST   /* what a plant costs a firm */
} ent_purpose_t;

/* The stream of a replication: world draws share the key of their world, chance draws have one of their own.
 */
typedef struct {
    uint32_t word[2];
} ent_stream_t;

static inline uint64_t ent_mix64(uint64_t x)
{
    x += 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

static inline ent_stream_t ent_stream(uint64_t seed, uint64_t world, uint64_t chance)
{
    const uint64_t key = ent_mix64(ent_mix64(ent_mix64(seed) ^ world) + chance);
    return (ent_stream_t){{(uint32_t)key, (uint32_t)(key >> 32)}};
}

typedef struct {
    uint32_t word[4];
} ent_draw4_t;

/* Four 32-bit words of (stream, agent, step, purpose, index); index < 2^24. */
static inline ent_draw4_t ent_draw4(ent_stream_t stream, uint64_t agent, int32_t step, ent_purpose_t purpose,
                                    uint32_t index)
{
    const philox4x32_ctr_t counter = {
        {(uint32_t)agent, (uint32_t)(agent >> 32), (uint32_t)step, ((uint32_t)purpose << 24) | index}};
    const philox4x32_key_t key = {{stream.word[0], stream.word[1]}};
    const philox4x32_ctr_t out = philox4x32_R(10, counter, key);
    return (ent_draw4_t){{out.v[0], out.v[1], out.v[2], out.v[3]}};
}

/* Uniform in (0, 1), 24 bits, never 0 or 1. */
static inline float ent_uniformf(uint32_t word)
{
    return ((float)(int32_t)(word >> 9) + 0.5f) * 0x1p-23f;
}

/* Uniform in (0, 1), 52 bits, never 0 or 1. */
static inline double ent_uniform(uint32_t high, uint32_t low)
{
    const uint64_t bits = ((uint64_t)high << 32 | low) >> 12;
    return ((double)bits + 0.5) * 0x1p-52;
}

/* Steps until an event of constant hazard per step: 1, 2, ... (geometric), at most `limit`. `log_survival` is
 * ln(1 - hazard) < 0; hazard 1 is log_survival = -infinity, hazard 0 is log_survival = 0 (never: limit). */
int32_t ent_waiting_time(float uniform, float log_survival, int32_t limit);

/* 64-bit hash of a name (FNV-1a, then a finaliser); chain with the previous hash as `basis`, 0 to begin. */
uint64_t ent_name_hash(uint64_t basis, const char *name);

#endif
