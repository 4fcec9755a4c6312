/* A targets file of `entrepot calibrate`. What passes reads back from its own canonical text. */
#include "fuzz.h"

#include "evidence/calibration.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ent_calibration_t targets;
    ent_context_t ctx;
    char *path = strdup(fuzz_path("targets.yaml"));

    fuzz_write(path, data, size);
    ent_context_init(&ctx);
    if (ent_calibration_read(&targets, path, &ctx) == 0 && targets.text != NULL) {
        ent_calibration_t again;
        fuzz_write(path, (const uint8_t *)targets.text, strlen(targets.text));
        if (ent_calibration_read(&again, path, &ctx) != 0) {
            ent_context_print(&ctx, stderr);
            abort(); /* what is kept as provenance must read back */
        }
        ent_calibration_free(&again);
    }
    ent_calibration_free(&targets);
    free(path);
    fuzz_report(&ctx);
    return 0;
}
