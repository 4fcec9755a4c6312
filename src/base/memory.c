#include "base/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void no_memory(ent_context_t *ctx, size_t count, size_t size)
{
    (void)ent_fail(ctx, ENT_ERR_NO_MEMORY, "memory", "no memory for %zu x %zu bytes", count, size);
}

void *ent_calloc(ent_context_t *ctx, size_t count, size_t size)
{
    void *memory = NULL;
    if (size == 0 || count <= SIZE_MAX / 2 / size) {
        memory = count == 0 || size == 0 ? calloc(1, 1) : calloc(count, size);
    }
    if (memory == NULL) {
        no_memory(ctx, count, size);
    }
    return memory;
}

void *ent_grow(ent_context_t *ctx, void *old, size_t *capacity, size_t needed, size_t size)
{
    if (needed <= *capacity && old != NULL) {
        return old;
    }
    size_t wanted = *capacity < 8 ? 8 : *capacity;
    while (wanted < needed && wanted <= SIZE_MAX / 2) {
        wanted *= 2;
    }
    void *memory = NULL;
    if (wanted >= needed && size > 0 && wanted <= SIZE_MAX / 2 / size) {
        memory = realloc(old, wanted * size);
    }
    if (memory == NULL) {
        no_memory(ctx, needed, size);
        return NULL;
    }
    *capacity = wanted;
    return memory;
}

char *ent_strdup(ent_context_t *ctx, const char *text)
{
    if (text == NULL) {
        return NULL;
    }
    size_t size = strlen(text) + 1;
    char *copy = ent_calloc(ctx, size, 1);
    if (copy != NULL) {
        memcpy(copy, text, size);
    }
    return copy;
}

char *ent_format(ent_context_t *ctx, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = ent_calloc(ctx, length < 0 ? 0 : (size_t)length + 1, 1);
    if (text != NULL && length > 0) {
        va_start(arguments, format);
        vsnprintf(text, (size_t)length + 1, format, arguments);
        va_end(arguments);
    }
    return text;
}
