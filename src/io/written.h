/* What was written, remembered as one number a data set, to be compared with what stands in the closed file:
 * HDF5 is not trusted to tell of every loss when its own memory fails.
 *
 * The number is a sum over the entries of a mix of place and value, so that the order of writing does not
 * matter; entries equal to the fill value (NaN, 0, no text) count nothing, so that what was never written
 * must read as it. */
#ifndef ENTREPOT_IO_WRITTEN_H
#define ENTREPOT_IO_WRITTEN_H

#include <entrepot/context.h>
#include <hdf5.h>
#include <stdint.h>

typedef enum {
    ENT_WRITTEN_REALS,    /* double */
    ENT_WRITTEN_FLOATS,   /* float */
    ENT_WRITTEN_INTEGERS, /* int */
    ENT_WRITTEN_BYTES,    /* signed char */
    ENT_WRITTEN_BLOB,     /* bytes as they are, added whole */
    ENT_WRITTEN_TEXTS,    /* char * */
    ENT_WRITTEN_LONG_TEXT /* char *, a scalar data set */
} ent_written_kind_t;

typedef struct {
    char *name;
    ent_written_kind_t kind;
    uint64_t sum;
} ent_written_sum_t;

typedef struct {
    ent_written_sum_t *list;
    size_t n, capacity;
} ent_written_t;

/* Add `n` entries of a data set, of which the first is entry `first` in the order of the file. 0, or
 * ENT_ERR_NO_MEMORY. */
int ent_written_add(ent_written_t *self, const char *name, ent_written_kind_t kind, hsize_t first, hsize_t n,
                    const void *values, ent_context_t *ctx);

/* Read all of it back from the closed file at `path`, which is told as `shown`. 0; ENT_ERR_IO when it reads
 * otherwise or cannot be read; ENT_ERR_NO_MEMORY. Cost: one reading of the file. */
int ent_written_check(const ent_written_t *self, const char *path, const char *shown, ent_context_t *ctx);

void ent_written_free(ent_written_t *self);

#endif
