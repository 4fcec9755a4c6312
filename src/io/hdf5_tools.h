/* HDF5 without its printing, with its reasons: small checked calls for files in the netCDF-4 conventions. */
#ifndef ENTREPOT_IO_HDF5_TOOLS_H
#define ENTREPOT_IO_HDF5_TOOLS_H

#include <entrepot/context.h>
#include <hdf5.h>

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

/* The calls below return 0, or -1 with HDF5's error stack filled. */
int ent_hdf5_text_attribute(hid_t object, const char *name, const char *text);
int ent_hdf5_integer_attribute(hid_t object, const char *name, long long value);
int ent_hdf5_unsigned_attribute(hid_t object, const char *name, unsigned long long value);
int ent_hdf5_real_attribute(hid_t object, const char *name, double value);

/* Variable-length UTF-8 strings: a string type, a scalar or one-dimensional data set. */
hid_t ent_hdf5_string_type(void);
int ent_hdf5_write_strings(hid_t dataset, const char *const *strings);

/* Creation list of a data set without object times, so that equal runs make equal bytes. */
hid_t ent_hdf5_dataset_list(void);

/* Close if it was opened (>= 0) and set to -1. -1 when that failed: what HDF5 still had to write is then
 * lost, so ask wherever something was written. */
int ent_hdf5_close(hid_t *id);

/* Reading: 0, -1 or ENT_ERR_NO_MEMORY. Texts are owned by the caller. */
int ent_hdf5_read_text_attribute(hid_t object, const char *name, char **text);
int ent_hdf5_read_integer_attribute(hid_t object, const char *name, long long *value);

#endif
