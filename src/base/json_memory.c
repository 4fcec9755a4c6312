#include "base/json_memory.h"

#include <jansson.h>
#include <stdatomic.h>
#include <stdlib.h>

/* Jansson's allocator is given nothing but a size: it can reach nothing but a global. */
static atomic_int n_failed;

static void *watched_malloc(size_t size)
{
    void *memory = malloc(size);
    if (memory == NULL)
        atomic_fetch_add(&n_failed, 1);
    return memory;
}

void ent_json_watch(void)
{
    json_set_alloc_funcs(watched_malloc, free);
}

int ent_json_check(ent_context_t *ctx, const char *place)
{
    return atomic_exchange(&n_failed, 0) == 0 ? 0
                                              : ent_fail(ctx, ENT_ERR_NO_MEMORY, place, "no memory for JSON");
}
