/* A benchmark file: as it comes (first byte odd), or a whole one with numbers nobody has checked. */
#include "fuzz.h"

#include <entrepot/benchmark.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ent_benchmark_t benchmark;
    ent_context_t ctx;
    const char *path = fuzz_path("benchmark.h5");

    if (size == 0)
        return 0;
    if (data[0] & 1)
        fuzz_write(path, data + 1, size - 1);
    else
        fuzz_numbers(fuzz_data("small.h5"), path, data + 1, size - 1);
    ent_context_init(&ctx);
    if (ent_benchmark_read(&benchmark, path, &ctx) == 0) {
        size_t cells = (size_t)benchmark.n_sector * (size_t)benchmark.n_region * (size_t)benchmark.n_region;
        for (size_t i = 0; i < cells; i++)
            if (!(benchmark.flow[i] >= 0.0) || !isfinite(benchmark.flow[i]) || !(benchmark.tariff[i] >= 0.0))
                abort(); /* what is accepted is a number */
        ent_benchmark_free(&benchmark);
    }
    fuzz_report(&ctx);
    return 0;
}
