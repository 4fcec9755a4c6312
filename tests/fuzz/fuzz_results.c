/* A results file: as it comes (first byte odd), or a whole one with numbers nobody has checked; compared and
 * tabulated. */
#include "fuzz.h"

#include "io/results_file.h"
#include "compare/compare.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *nowhere;
    ent_results_file_t file;
    ent_comparison_t comparison;
    ent_compare_options_t options;
    ent_context_t ctx;
    const char *path = fuzz_path("results.h5");

    if (nowhere == NULL)
        nowhere = fopen("/dev/null", "w");
    if (size == 0 || nowhere == NULL)
        return 0;
    if (data[0] & 1)
        fuzz_write(path, data + 1, size - 1);
    else
        fuzz_numbers(fuzz_data("results.h5"), path, data + 1, size - 1);
    ent_context_init(&ctx);
    if (ent_results_file_open(&file, path, &ctx) == 0) {
        ent_compare_defaults(&options);
        if (ent_compare(&comparison, &file, &options, &ctx) == 0) {
            ent_comparison_write(&comparison, data[0] & 2 ? ENT_FORMAT_JSON : ENT_FORMAT_TEXT, nowhere, &ctx);
            ent_comparison_free(&comparison);
        }
        ent_results_file_close(&file);
    }
    fuzz_report(&ctx);
    return 0;
}
