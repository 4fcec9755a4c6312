/* HDF5 without its printing, with its reasons: opening, reading and closing; io/hdf5_write.h writes. */
#ifndef ENTREPOT_IO_HDF5_TOOLS_H
#define ENTREPOT_IO_HDF5_TOOLS_H

#include "io/written.h"

/* HDF5 prints errors by itself unless told not to. The setting belongs to the calling program (and thread),
 * so every entry point switches it off and puts it back. */
typedef struct {
    H5E_auto2_t function;
    void *data;
} ent_hdf5_quiet_t;

void ent_hdf5_quiet(ent_hdf5_quiet_t *saved);
void ent_hdf5_unquiet(const ent_hdf5_quiet_t *saved);

/* Why HDF5's last call failed, in the system's words where it has some; 0 when it does not say. */
enum { ENT_HDF5_REASON = 512 };
int ent_hdf5_reason(char *words, size_t size);

/* Record a fault with HDF5's innermost reason, clear HDF5's error stack, return `code`. */
int ent_hdf5_fail(ent_context_t *ctx, int code, const char *path, const char *what);

/* Open for reading, without HDF5's locks: finished files never change, and network folders may have none
 * (HDF5_USE_FILE_LOCKING=TRUE asks for them). A file, or -1 with HDF5's error stack filled. */
hid_t ent_hdf5_open(const char *path);

/* Types of texts (UTF-8, of variable length) and of the values of a kind: in memory, or `in_file` as they are
 * stored. Closed by the caller. */
hid_t ent_hdf5_string_type(void);
hid_t ent_hdf5_type(ent_written_kind_t kind, int in_file);

/* Close if it was opened (>= 0) and set to -1. -1 when that failed: what HDF5 still had to write is then
 * lost, so ask wherever something was written. */
int ent_hdf5_close(hid_t *id);

/* Attributes: 0, -1 with HDF5's error stack filled, or ENT_ERR_NO_MEMORY. Texts, of fixed or variable length,
 * are owned by the caller. */
int ent_hdf5_read_text_attribute(hid_t object, const char *name, char **text);
int ent_hdf5_read_integer_attribute(hid_t object, const char *name, long long *value);

/* Rank of an array (0: a scalar) and its lengths; -1 when it was not opened or has more than `most`. */
int ent_hdf5_extent(hid_t dataset, int most, hsize_t *length);

/* Read the block of `count` entries from `start` on, [rank] each, in row order. 0 or -1; a dataset of -1,
 * which could not be opened, is -1. */
int ent_hdf5_read_block(hid_t dataset, hid_t type, int rank, const hsize_t *start, const hsize_t *count,
                        void *values);

/* The text of an array of one entry, owned by the caller; NULL, and 0, when it was never written. */
int ent_hdf5_read_text(hid_t place, const char *name, char **text);

#endif
