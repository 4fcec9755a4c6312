/* A CSV file of observed trade, and numbers worked out from what is accepted. */
#include "fuzz.h"

#include "numbers/observed.h"

#include <stdlib.h>

static ent_config_t *config_once(void)
{
    static ent_config_t config;
    static ent_benchmark_t fine;
    static int done;
    if (!done) {
        const ent_setting_t benchmark = {"benchmark", fuzz_data("small.h5")};
        ent_context_t ctx;
        ent_context_init(&ctx);
        if (ent_config_read(&config, &fine, fuzz_data("small.yaml"), 1, &benchmark, &ctx) != 0) {
            ent_context_print(&ctx, stderr);
            abort();
        }
        ent_context_free(&ctx);
        done = 1;
    }
    return &config;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ent_observed_t observed;
    ent_context_t ctx;
    const ent_config_t *config = config_once();
    const char *path = fuzz_path("observed.csv");

    fuzz_write(path, data, size);
    ent_context_init(&ctx);
    if (ent_observed_read(&observed, path, config, &ctx) == 0)
        for (int s = 0; s < observed.n_series; s++)
            for (int month = observed.first_month; month < observed.first_month + observed.n_months;
                 month += 7)
                if (ent_observed_level(&observed, s, month, 3, 0.5 * (month % 3)) < 0.0)
                    abort(); /* values are positive */
    ent_observed_free(&observed);
    fuzz_report(&ctx);
    return 0;
}
