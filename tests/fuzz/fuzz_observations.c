/* Observations as an office or a user gives them, plain or gzip: read, summed up and written again, or told
 * row by row. */
#include "fuzz.h"

#include "evidence/observations.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *nowhere;
    ent_observations_t observations = {0};
    ent_context_t ctx;
    const char *path = fuzz_path("observations.csv");
    if (nowhere == NULL && (nowhere = fopen("/dev/null", "w")) == NULL)
        abort();
    fuzz_write(path, data, size);
    ent_context_init(&ctx);
    if (ent_observations_read(&observations, path, &ctx) == 0) {
        for (int r = 0; r < observations.n_rows; r++)
            for (int m = 0; m < observations.n_months; m++)
                if (isinf(observations.row[r].value[m]) || observations.row[r].value[m] < 0.0)
                    abort(); /* what is accepted is a number, or missing */
        (void)ent_observations_last(&observations);
        (void)ent_observations_write(&observations, nowhere, &ctx);
    }
    ent_observations_free(&observations);
    fuzz_report(&ctx);
    return 0;
}
