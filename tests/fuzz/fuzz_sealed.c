/* Sealed files that were altered and sealed again: the seal is right, HDF5's own bytes are not. First byte:
 * which file, a benchmark, the results of a run or the law of the United States; then bytes of it with some
 * changed, by place (3) and change (1). Whatever is in it is read or told as damaged. */
#include "fuzz.h"

#include "compare/compare.h"
#include "io/law_file.h"
#include "io/results_file.h"
#include <entrepot/benchmark.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { BENCHMARK, RESULTS, LAW, N_KINDS };
static const char *const whole[N_KINDS] = {"small.h5", "results.h5", "../../../data/law-us.h5"};

/* What HDF5 1.10 itself does not give back when it turns a broken file down; the sanitizer asks for it by
 * this name. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libhdf5\n";
}

static void read_benchmark(const char *path, ent_context_t *ctx)
{
    ent_benchmark_t benchmark;
    if (ent_benchmark_read(&benchmark, path, ctx) != 0)
        return;
    const size_t n = (size_t)benchmark.n_sector * (size_t)benchmark.n_region * (size_t)benchmark.n_region;
    for (size_t i = 0; i < n; i++)
        if (!(benchmark.flow[i] >= 0.0) || !isfinite(benchmark.flow[i]))
            abort(); /* what is accepted is a number */
    ent_benchmark_free(&benchmark);
}

static void read_results(const char *path, ent_context_t *ctx)
{
    static FILE *nowhere;
    ent_results_file_t file;
    ent_comparison_t comparison;
    ent_compare_options_t options;
    if (nowhere == NULL && (nowhere = fopen("/dev/null", "w")) == NULL)
        abort();
    if (ent_results_file_open(&file, path, ctx) != 0)
        return;
    ent_compare_defaults(&options);
    if (ent_compare(&comparison, &file, &options, ctx) == 0) {
        ent_comparison_write(&comparison, ENT_FORMAT_CSV, nowhere, ctx);
        ent_comparison_free(&comparison);
    }
    ent_results_file_close(&file);
}

static void read_law(const char *path, ent_context_t *ctx)
{
    ent_law_t law = {0};
    (void)ent_law_read(&law, path, NULL, ctx);
    ent_law_free(&law);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const reads[N_KINDS])(const char *, ent_context_t *) = {read_benchmark, read_results,
                                                                          read_law};
    ent_context_t ctx;
    if (size == 0)
        return 0;
    const int kind = data[0] % N_KINDS;
    const char *path = fuzz_path("sealed.h5");
    fuzz_bytes(fuzz_data(whole[kind]), path, data + 1, size - 1);
    ent_context_init(&ctx);
    reads[kind](path, &ctx);
    fuzz_report(&ctx);
    return 0;
}
