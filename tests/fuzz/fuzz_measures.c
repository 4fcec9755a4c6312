/* The measures of a regime, inside a config that is otherwise right. */
#include "fuzz.h"

#include <entrepot/config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char before[] =
    "name: fuzz\nbenchmark: small.h5\nstart: 2025-01-01\nsteps: 12\nreplications: 1\n"
    "slots: 1000\nhome: KOREA\nregions:\n  KOREA: [KOR]\n  USA: [USA]\n  WORLD: rest\n"
    "sectors:\n  services: [SERVICES]\n  goods: rest\nregimes:\n  none: {}\n  law:\n"
    "    measures:\n";
static const char after[] = "\nscenarios: [law, none]\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ent_config_t config;
    ent_benchmark_t fine;
    ent_context_t ctx;
    const ent_setting_t benchmark = {"benchmark", fuzz_data("small.h5")};
    const char *path = fuzz_path("measures.yaml");
    uint8_t *text = malloc(sizeof before + sizeof after + size);

    if (text == NULL)
        return 0;
    memcpy(text, before, sizeof before - 1);
    memcpy(text + sizeof before - 1, data, size);
    memcpy(text + sizeof before - 1 + size, after, sizeof after - 1);
    fuzz_write(path, text, sizeof before - 1 + size + sizeof after - 1);
    free(text);
    ent_context_init(&ctx);
    ent_config_read(&config, &fine, path, 1, &benchmark, &ctx);
    ent_benchmark_free(&fine);
    ent_config_free(&config);
    fuzz_report(&ctx);
    return 0;
}
