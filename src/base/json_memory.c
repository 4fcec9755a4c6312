#include "base/json_memory.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>

/* Jansson's allocator is given nothing but a size: it can reach nothing but globals. The caller's functions
 * are wrapped while a document is built and are put back after the last one, so that what the caller
 * allocates meanwhile is his own allocator's in any case. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    int n_watching, n_failed;
    json_malloc_t malloc;
    json_free_t free;
} watch;

static void *watched_malloc(size_t size)
{
    void *memory = watch.malloc(size);
    if (memory == NULL) {
        pthread_mutex_lock(&lock);
        watch.n_failed++;
        pthread_mutex_unlock(&lock);
    }
    return memory;
}

void ent_json_watch(void)
{
    pthread_mutex_lock(&lock);
    if (watch.n_watching++ == 0) {
        watch.n_failed = 0;
        json_get_alloc_funcs(&watch.malloc, &watch.free);
        json_set_alloc_funcs(watched_malloc, watch.free);
    }
    pthread_mutex_unlock(&lock);
}

int ent_json_check(ent_context_t *ctx, const char *place)
{
    pthread_mutex_lock(&lock);
    const int n_failed = watch.n_failed;
    if (--watch.n_watching == 0) {
        json_set_alloc_funcs(watch.malloc, watch.free);
    }
    pthread_mutex_unlock(&lock);
    return n_failed == 0 ? 0 : ent_fail(ctx, ENT_ERR_NO_MEMORY, place, "out of memory for JSON");
}
