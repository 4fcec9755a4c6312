/* HDF5 files of the program's own between commands (plans, parts, merged studies): arrays and texts in a file
 * that appears whole and sealed, or not at all. */
#ifndef ENTREPOT_IO_SEALED_FILE_H
#define ENTREPOT_IO_SEALED_FILE_H

#include "io/hdf5_write.h"
#include "io/output.h"

typedef struct {
    ent_output_t output;
    hid_t file;
    ent_context_t *ctx;           /* of ent_sealed_create, for want of memory */
    ent_written_t written;        /* to be found again when the file is closed */
    int failed;                   /* a call below failed: ent_sealed_finish says so; ENT_ERR_NO_MEMORY */
    char reason[ENT_HDF5_REASON]; /* of the first that failed; empty: unknown */
} ent_sealed_t;

/* Begin a file of `format` (its attribute entrepot_format). The context is used until the end. Errors as
 * ent_output_begin. */
int ent_sealed_create(ent_sealed_t *self, const char *path, int overwrite, const char *format,
                      ent_context_t *ctx);

/* Attributes, then arrays. A call that fails makes the file fail; nothing more is tried. The strings of one
 * dimension are a coordinate when `name` is a dimension of others. */
void ent_sealed_text(ent_sealed_t *self, const char *name, const char *text);
void ent_sealed_integer(ent_sealed_t *self, const char *name, long long value);
void ent_sealed_long_text(ent_sealed_t *self, const char *name, const char *text); /* a scalar data set */
void ent_sealed_dimension(ent_sealed_t *self, const char *name, int n, const char *const *labels);
/* A dimension without labels, numbered from 0. */
void ent_sealed_count(ent_sealed_t *self, const char *name, int n);
/* Numbers along dimensions made before; with `values` NULL the array is filled with NaN (integers: 0) and
 * written in blocks. */
void ent_sealed_reals(ent_sealed_t *self, const char *name, int rank, const char *const *dimensions,
                      const char *units, const char *long_name, const double *values);
void ent_sealed_bytes(ent_sealed_t *self, const char *name, const char *dimension, const char *long_name,
                      const signed char *values);
void ent_sealed_integers(ent_sealed_t *self, const char *name, const char *dimension, const char *long_name,
                         const int *values);
/* Texts along a dimension; with `values` NULL they are written in blocks. */
void ent_sealed_texts(ent_sealed_t *self, const char *name, const char *dimension, const char *long_name,
                      const char *const *values);
/* Bytes as they are, for the program's own reading. */
void ent_sealed_blob(ent_sealed_t *self, const char *name, size_t size, const void *data);
/* A block of `count` from `start` along the first dimension. */
void ent_sealed_put_reals(ent_sealed_t *self, const char *name, hsize_t start, hsize_t count,
                          const double *values);
void ent_sealed_put_integers(ent_sealed_t *self, const char *name, hsize_t start, hsize_t count,
                             const int *values);
void ent_sealed_put_texts(ent_sealed_t *self, const char *name, hsize_t start, hsize_t count,
                          const char *const *values);

/* Entries that stand in the file without having been written here (a virtual data set), from the first on. */
void ent_sealed_expect_reals(ent_sealed_t *self, const char *name, hsize_t first, hsize_t n,
                             const double *values);

/* Close, read back what was written, seal, flush, rename. ENT_ERR_IO, ENT_ERR_NO_MEMORY. Frees all, also on
 * failure, when the temporary file is removed. */
int ent_sealed_finish(ent_sealed_t *self, ent_context_t *ctx);
void ent_sealed_abandon(ent_sealed_t *self);

/* Check the seal and the format and open for reading; the caller closes with ent_hdf5_close.
 * ENT_ERR_NO_INPUT, ENT_ERR_DATA. */
int ent_sealed_open(hid_t *file, const char *path, const char *format, ent_context_t *ctx);

/* The calls below return 0, or -1 with HDF5's error stack filled. Extents are checked. Texts are new. */
int ent_sealed_length(hid_t file, const char *name, int *n); /* of the first dimension */
int ent_sealed_read(hid_t file, const char *name, hid_t type, hsize_t start, hsize_t count, hsize_t row,
                    void *values);
int ent_sealed_read_blob(hid_t file, const char *name, size_t size,
                         void *data); /* -1 also for another size */
int ent_sealed_read_long_text(hid_t file, const char *name, char **text);
int ent_sealed_read_texts(hid_t file, const char *name, hsize_t start, hsize_t count, char **texts);

#endif
