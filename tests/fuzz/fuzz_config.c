/* A config read and checked against a small benchmark. What passes is written out again and read again. */
#include "fuzz.h"

#include <entrepot/config.h>

#include <stdlib.h>
#include <string.h>

static int read_config(const char *path, ent_config_t *config, ent_context_t *ctx)
{
    const ent_setting_t benchmark = {"benchmark", fuzz_data("small.h5")};
    ent_benchmark_t fine;
    int code = ent_config_read(config, &fine, path, 1, &benchmark, ctx);
    ent_benchmark_free(&fine);
    return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ent_config_t config;
    ent_context_t ctx;
    char *path = strdup(fuzz_path("config.yaml"));

    ent_context_init(&ctx);
    fuzz_write(path, data, size);
    if (read_config(path, &config, &ctx) == 0 && config.text != NULL) {
        ent_config_t again;
        fuzz_write(path, (const uint8_t *)config.text, strlen(config.text));
        if (read_config(path, &again, &ctx) != 0) {
            ent_context_print(&ctx, stderr);
            abort(); /* what is kept as provenance must read back */
        }
        ent_config_free(&again);
    }
    ent_config_free(&config);
    free(path);
    fuzz_report(&ctx);
    return 0;
}
