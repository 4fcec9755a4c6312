/* A study file, on a config that is there. What passes reads back from its own canonical text. */
#include "fuzz.h"

#include "study/study.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ent_study_t study;
    ent_context_t ctx;
    char *path = strdup(fuzz_path("study.yaml"));

    fuzz_write(path, data, size);
    ent_context_init(&ctx);
    if (ent_study_read(&study, path, &ctx) == 0 && study.text != NULL) {
        ent_study_t again;
        if (ent_study_parse(&again, study.text, path, &ctx) != 0) {
            ent_context_print(&ctx, stderr);
            abort();
        }
        ent_study_free(&again);
    }
    ent_study_free(&study);
    free(path);
    fuzz_report(&ctx);
    return 0;
}
