#include "engine/kernel.h"

#include <string.h>

static int runs_here(const ent_kernel_t *kernel)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (kernel == &ent_kernel_avx512) {
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    }
    if (kernel == &ent_kernel_avx2) {
        return __builtin_cpu_supports("avx2");
    }
#endif
    return kernel == &ent_kernel_portable;
}

const ent_kernel_t *ent_kernel_select(const char *name)
{
    const ent_kernel_t *const fastest_first[] = {
#if defined(__x86_64__)
        &ent_kernel_avx512,
        &ent_kernel_avx2,
#endif
        &ent_kernel_portable,
    };
    for (size_t i = 0; i < sizeof fastest_first / sizeof *fastest_first; i++) {
        if ((name == NULL || strcmp(name, fastest_first[i]->name) == 0) && runs_here(fastest_first[i])) {
            return fastest_first[i];
        }
    }
    return NULL;
}
