#include "words.h"

#include "ent_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void make_folder(char folder[FOLDER_NAME])
{
    snprintf(folder, FOLDER_NAME, "/tmp/entrepot-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
}

void remove_folder(const char *folder)
{
    char command[256];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
}

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
