/* Checked memory: sizes that overflow and memory that cannot be had become faults of the context. */
#ifndef ENTREPOT_BASE_MEMORY_H
#define ENTREPOT_BASE_MEMORY_H

#include <entrepot/context.h>

/* Zeroed array of `count` elements of `size` bytes, never NULL on success (a count of 0 gives one byte).
 * NULL after recording ENT_ERR_NO_MEMORY. The caller frees. */
void *ent_calloc(ent_context_t *ctx, size_t count, size_t size);

/* Make room for at least `needed` elements in `old`, doubling; new elements are not set. Returns the array
 * (moved or not) and updates *capacity, or NULL after recording the fault, with `old` still valid. */
void *ent_grow(ent_context_t *ctx, void *old, size_t *capacity, size_t needed, size_t size);

/* Copy of a string, or NULL after recording the fault. NULL gives NULL without a fault. */
char *ent_strdup(ent_context_t *ctx, const char *text);

/* New string as by printf, or NULL after recording the fault. */
char *ent_format(ent_context_t *ctx, const char *format, ...) ENT_PRINTF(2, 3);

#endif
