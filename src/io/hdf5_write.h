/* The one writer of HDF5: files, arrays, blocks, attributes. Who needs a file that appears whole and sealed
 * stands on io/sealed_file.h, which stands on this; only these two create anything in a file.
 *
 * Equal runs make equal bytes: no object has a time, links and attributes keep the order of their creation
 * (in which netCDF lists them). Numbers are little-endian, texts UTF-8 of variable length. Each call returns
 * 0 or an identifier, or -1 with HDF5's error stack filled; identifiers are closed with ent_hdf5_close. */
#ifndef ENTREPOT_IO_HDF5_WRITE_H
#define ENTREPOT_IO_HDF5_WRITE_H

#include "io/hdf5_tools.h"
#include "io/written.h"

/* When the space of an array is allocated in the file. */
typedef enum {
    ENT_HDF5_AT_ONCE,      /* with the array: its position does not depend on the order of writing */
    ENT_HDF5_WHEN_WRITTEN, /* with the first write, filled with the fill value */
    ENT_HDF5_ELSEWHERE     /* never: a virtual array, whose values stand in other files */
} ent_hdf5_space_t;

enum { ENT_HDF5_MOST_RANK = 5 };

/* An array to be created. Reals and floats are NaN until written, other kinds 0 or without text. */
typedef struct {
    const char *name;
    ent_written_kind_t kind;
    int rank;              /* 0: a scalar */
    const hsize_t *length; /* [rank] */
    const hsize_t *chunk;  /* [rank] deflated chunks with checksums, each written whole; NULL: contiguous */
    ent_hdf5_space_t space;
} ent_hdf5_array_t;

/* An empty file at `path`, which is replaced, without HDF5's locks: the temporary name is the writer's own.
 */
hid_t ent_hdf5_create(const char *path);

/* A group that keeps the order in which its attributes are written. */
hid_t ent_hdf5_create_group(hid_t place, const char *name);

/* Create an array in a file or group. */
hid_t ent_hdf5_create_array(hid_t place, const ent_hdf5_array_t *array);

/* The same in two calls, for a virtual array: its creation list, to which the caller adds the mappings. */
hid_t ent_hdf5_array_list(const ent_hdf5_array_t *array);
hid_t ent_hdf5_create_from(hid_t place, const ent_hdf5_array_t *array, hid_t list);

/* Write all values of an array of `kind`, in row order. */
int ent_hdf5_write(hid_t dataset, ent_written_kind_t kind, const void *values);

/* Write the block of `count` entries from `start` on, [rank] each, in row order. */
int ent_hdf5_write_block(hid_t dataset, ent_written_kind_t kind, int rank, const hsize_t *start,
                         const hsize_t *count, const void *values);

/* Attributes: a text; one number, in an array of length 1 as netCDF has it; small integers. */
int ent_hdf5_text_attribute(hid_t object, const char *name, const char *text);
int ent_hdf5_integer_attribute(hid_t object, const char *name, long long value);
int ent_hdf5_unsigned_attribute(hid_t object, const char *name, unsigned long long value);
int ent_hdf5_real_attribute(hid_t object, const char *name, double value);
int ent_hdf5_bytes_attribute(hid_t object, const char *name, int n, const signed char *values);

/* `_FillValue` of reals or floats: NaN stands for what was never written. */
int ent_hdf5_fill_attribute(hid_t dataset, ent_written_kind_t kind);

/* `units` and `long_name`, which every array of netCDF has. */
int ent_hdf5_describe(hid_t dataset, const char *units, const char *long_name);

#endif
