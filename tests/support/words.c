#include "words.h"

#include "ent_test.h"

#include <stdio.h>
#include <string.h>

void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

void explain(const ent_context_t *ctx, int code)
{
    if (code != ENT_OK) {
        ent_context_print(ctx, stderr);
        fail();
    }
}

int told(const ent_context_t *ctx, const char *words)
{
    for (size_t i = 0; i < ctx->n_faults; i++) {
        const ent_fault_t *fault = &ctx->faults[i];
        const char *const texts[] = {fault->rule, fault->key, fault->value, fault->nearest};
        for (size_t t = 0; t < 4; t++) {
            if (texts[t] != NULL && strstr(texts[t], words) != NULL) {
                return 1;
            }
        }
    }
    return 0;
}
