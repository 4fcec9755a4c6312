#include "base/draws.h"

#include "base/vmath.h"

int32_t ent_waiting_time(float uniform, float log_survival, int32_t limit)
{
    if (!(log_survival < 0.0f)) {
        return limit;
    }
    const float steps = ent_logf(uniform) / log_survival;
    return steps >= (float)(limit - 1) ? limit : 1 + (int32_t)steps;
}

uint64_t ent_name_hash(uint64_t basis, const char *name)
{
    uint64_t hash = 0xcbf29ce484222325ULL ^ basis;
    for (const char *c = name; *c; c++) {
        hash = (hash ^ (unsigned char)*c) * 0x100000001b3ULL;
    }
    return ent_mix64(hash);
}
