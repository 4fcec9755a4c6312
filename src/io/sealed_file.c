#include "io/sealed_file.h"

#include "io/seal.h"
#include "io/vet.h"

#include <hdf5_hl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DIMENSIONS = 4 };

static hid_t create_file(const char *path)
{
    const unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
    hid_t file = -1, creation = H5Pcreate(H5P_FILE_CREATE), access = H5Pcreate(H5P_FILE_ACCESS);
    int sound = creation >= 0 && access >= 0 && H5Pset_link_creation_order(creation, order) >= 0 &&
                H5Pset_attr_creation_order(creation, order) >= 0 && H5Pset_obj_track_times(creation, 0) >= 0;
#if H5_VERSION_GE(1, 10, 7)
    /* Network folders without locks must not stop a run; the temporary name is ours alone. */
    sound = sound && H5Pset_file_locking(access, 0, 1) >= 0;
#endif
    if (sound) {
        file = H5Fcreate(path, H5F_ACC_TRUNC, creation, access);
    }
    ent_hdf5_close(&access);
    ent_hdf5_close(&creation);
    return file;
}

int ent_sealed_create(ent_sealed_t *self, const char *path, int overwrite, const char *format,
                      ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    *self = (ent_sealed_t){.file = -1, .ctx = ctx};
    int code = ent_output_begin(&self->output, path, overwrite, ctx);
    if (code != 0) {
        return code;
    }
    ent_hdf5_quiet(&saved);
    self->file = create_file(self->output.temporary);
    if (self->file < 0) {
        code = ent_hdf5_fail(ctx, ENT_ERR_IO, path, "the file could not be made");
        ent_output_abandon(&self->output);
    } else {
        ent_sealed_text(self, "entrepot_format", format);
        ent_sealed_integer(self, "entrepot_format_version", 1);
    }
    ent_hdf5_unquiet(&saved);
    return code;
}

/* Closing a data set counts too: that is when HDF5 writes what it holds back of small ones. */
static void note(ent_sealed_t *self, int rc)
{
    if (rc < 0 && !self->failed) {
        self->failed = 1;
        (void)ent_hdf5_reason(self->reason, sizeof self->reason);
    }
}

/* Remember what was written, to find it again at the end. */
static void remember(ent_sealed_t *self, const char *name, ent_written_kind_t kind, hsize_t first, hsize_t n,
                     const void *values)
{
    if (!self->failed) {
        self->failed = ent_written_add(&self->written, name, kind, first, n, values, self->ctx);
    }
}

void ent_sealed_expect_reals(ent_sealed_t *self, const char *name, hsize_t first, hsize_t n,
                             const double *values)
{
    remember(self, name, ENT_WRITTEN_REALS, first, n, values);
}

void ent_sealed_text(ent_sealed_t *self, const char *name, const char *text)
{
    note(self, self->failed ? -1 : ent_hdf5_text_attribute(self->file, name, text));
}

void ent_sealed_integer(ent_sealed_t *self, const char *name, long long value)
{
    note(self, self->failed ? -1 : ent_hdf5_integer_attribute(self->file, name, value));
}

void ent_sealed_real(ent_sealed_t *self, const char *name, double value)
{
    note(self, self->failed ? -1 : ent_hdf5_real_attribute(self->file, name, value));
}

/* Space is had at once, so that where things stand does not depend on the order of writing. */
static hid_t new_dataset(ent_sealed_t *self, const char *name, hid_t type, int rank, const hsize_t *length,
                         const void *fill, hid_t fill_type)
{
    hid_t dataset = -1, list = ent_hdf5_dataset_list();
    hid_t space = rank > 0 ? H5Screate_simple(rank, length, NULL) : H5Screate(H5S_SCALAR);
    if (!self->failed && list >= 0 && space >= 0 && H5Pset_alloc_time(list, H5D_ALLOC_TIME_EARLY) >= 0 &&
        (fill == NULL || H5Pset_fill_value(list, fill_type, fill) >= 0)) {
        dataset = H5Dcreate2(self->file, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    }
    ent_hdf5_close(&space);
    ent_hdf5_close(&list);
    note(self, dataset < 0 ? -1 : 0);
    return dataset;
}

static void describe(ent_sealed_t *self, hid_t dataset, const char *units, const char *long_name)
{
    if (!self->failed) {
        note(self, ent_hdf5_text_attribute(dataset, "units", units));
        note(self, ent_hdf5_text_attribute(dataset, "long_name", long_name));
    }
}

void ent_sealed_long_text(ent_sealed_t *self, const char *name, const char *text)
{
    hid_t type = ent_hdf5_string_type();
    hid_t dataset = type >= 0 ? new_dataset(self, name, type, 0, NULL, NULL, -1) : -1;
    note(self, dataset < 0 || ent_hdf5_write_strings(dataset, &text) != 0 ? -1 : 0);
    note(self, ent_hdf5_close(&dataset));
    ent_hdf5_close(&type);
    remember(self, name, ENT_WRITTEN_LONG_TEXT, 0, 1, &text);
}

void ent_sealed_blob(ent_sealed_t *self, const char *name, size_t size, const void *data)
{
    const hsize_t length = (hsize_t)size;
    hid_t dataset = new_dataset(self, name, H5T_STD_U8LE, 1, &length, NULL, -1);
    note(self, dataset < 0 || (size > 0 &&
                               H5Dwrite(dataset, H5T_NATIVE_UCHAR, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0)
                   ? -1
                   : 0);
    note(self, ent_hdf5_close(&dataset));
    remember(self, name, ENT_WRITTEN_BLOB, 0, length, data);
}

void ent_sealed_dimension(ent_sealed_t *self, const char *name, int n, const char *const *labels)
{
    const hsize_t length = (hsize_t)n;
    hid_t type = ent_hdf5_string_type();
    hid_t dataset = type >= 0 ? new_dataset(self, name, type, 1, &length, NULL, -1) : -1;
    if (dataset >= 0) {
        note(self, n > 0 ? ent_hdf5_write_strings(dataset, labels) : 0);
        note(self, H5DSset_scale(dataset, name));
        describe(self, dataset, "1", name);
    }
    note(self, dataset < 0 ? -1 : 0);
    note(self, ent_hdf5_close(&dataset));
    ent_hdf5_close(&type);
    remember(self, name, ENT_WRITTEN_TEXTS, 0, length, labels);
}

void ent_sealed_count(ent_sealed_t *self, const char *name, int n)
{
    enum { BLOCK = 4096 };
    const hsize_t length = (hsize_t)n;
    int values[BLOCK];
    hid_t dataset = new_dataset(self, name, H5T_STD_I32LE, 1, &length, NULL, -1);
    for (int begin = 0; dataset >= 0 && !self->failed && begin < n; begin += BLOCK) {
        const hsize_t start = (hsize_t)begin, count = (hsize_t)(n - begin < BLOCK ? n - begin : BLOCK);
        hid_t space = H5Dget_space(dataset), memory = H5Screate_simple(1, &count, NULL);
        for (int i = 0; i < (int)count; i++) {
            values[i] = begin + i;
        }
        note(self, space < 0 || memory < 0 ||
                           H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, NULL, &count, NULL) < 0 ||
                           H5Dwrite(dataset, H5T_NATIVE_INT, memory, space, H5P_DEFAULT, values) < 0
                       ? -1
                       : 0);
        ent_hdf5_close(&memory);
        ent_hdf5_close(&space);
        remember(self, name, ENT_WRITTEN_INTEGERS, start, count, values);
    }
    if (dataset >= 0) {
        note(self, H5DSset_scale(dataset, name));
        describe(self, dataset, "1", name);
    }
    note(self, ent_hdf5_close(&dataset));
}

/* Lengths of dimensions, from their coordinates. */
static int lengths(const ent_sealed_t *self, int rank, const char *const *dimensions, hsize_t *length)
{
    for (int i = 0; i < rank; i++) {
        int n;
        if (ent_sealed_length(self->file, dimensions[i], &n) != 0) {
            return -1;
        }
        length[i] = (hsize_t)n;
    }
    return 0;
}

static void attach(ent_sealed_t *self, hid_t dataset, int rank, const char *const *dimensions)
{
    for (int i = 0; i < rank && !self->failed; i++) {
        hid_t scale = H5Dopen2(self->file, dimensions[i], H5P_DEFAULT);
        note(self, scale < 0 || H5DSattach_scale(dataset, scale, (unsigned)i) < 0 ? -1 : 0);
        note(self, ent_hdf5_close(&scale));
    }
}

/* An array along dimensions, written whole when there are values. */
static void put_array(ent_sealed_t *self, const char *name, ent_written_kind_t kind, hid_t file_type,
                      hid_t memory_type, const void *fill, int rank, const char *const *dimensions,
                      const char *units, const char *long_name, const void *values)
{
    hsize_t length[MOST_DIMENSIONS], size = 1;
    if (self->failed || lengths(self, rank, dimensions, length) != 0) {
        self->failed = 1;
        return;
    }
    for (int i = 0; i < rank; i++) {
        size *= length[i];
    }
    hid_t dataset = new_dataset(self, name, file_type, rank, length, fill, memory_type);
    if (dataset < 0) {
        return;
    }
    if (values != NULL && size > 0) {
        note(self, H5Dwrite(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
    }
    describe(self, dataset, units, long_name);
    attach(self, dataset, rank, dimensions);
    note(self, ent_hdf5_close(&dataset));
    remember(self, name, kind, 0, size, values);
}

void ent_sealed_reals(ent_sealed_t *self, const char *name, int rank, const char *const *dimensions,
                      const char *units, const char *long_name, const double *values)
{
    const double missing = NAN;
    put_array(self, name, ENT_WRITTEN_REALS, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &missing, rank, dimensions,
              units, long_name, values);
}

void ent_sealed_bytes(ent_sealed_t *self, const char *name, const char *dimension, const char *long_name,
                      const signed char *values)
{
    put_array(self, name, ENT_WRITTEN_BYTES, H5T_STD_I8LE, H5T_NATIVE_SCHAR, NULL, 1, &dimension, "1",
              long_name, values);
}

void ent_sealed_integers(ent_sealed_t *self, const char *name, const char *dimension, const char *long_name,
                         const int *values)
{
    put_array(self, name, ENT_WRITTEN_INTEGERS, H5T_STD_I32LE, H5T_NATIVE_INT, NULL, 1, &dimension, "1",
              long_name, values);
}

void ent_sealed_texts(ent_sealed_t *self, const char *name, const char *dimension, const char *long_name,
                      const char *const *values)
{
    hid_t type = ent_hdf5_string_type();
    put_array(self, name, ENT_WRITTEN_TEXTS, type, type, NULL, 1, &dimension, "1", long_name, values);
    ent_hdf5_close(&type);
}

/* Read or write `count` entries of the first dimension from `start` on; *moved is how many numbers these are.
 */
static int block(hid_t file, const char *name, hid_t type, hsize_t start, hsize_t count, hsize_t row,
                 void *to, const void *from, hsize_t *moved)
{
    hsize_t length[MOST_DIMENSIONS], begin[MOST_DIMENSIONS] = {start}, n[MOST_DIMENSIONS], size = count;
    hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT), space = dataset >= 0 ? H5Dget_space(dataset) : -1,
          memory = -1;
    int rc = -1;
    const int rank = space >= 0 ? H5Sget_simple_extent_ndims(space) : -1;
    if (rank >= 1 && rank <= MOST_DIMENSIONS && H5Sget_simple_extent_dims(space, length, NULL) == rank &&
        start + count <= length[0]) {
        memcpy(n, length, sizeof n);
        n[0] = count;
        for (int i = 1; i < rank; i++) {
            size *= length[i];
        }
        memory = H5Screate_simple(1, &size, NULL);
        if (memory >= 0 && (row == 0 || size == count * row) &&
            H5Sselect_hyperslab(space, H5S_SELECT_SET, begin, NULL, n, NULL) >= 0) {
            rc = size == 0    ? 0
                 : to != NULL ? H5Dread(dataset, type, memory, space, H5P_DEFAULT, to)
                              : H5Dwrite(dataset, type, memory, space, H5P_DEFAULT, from);
        }
    }
    ent_hdf5_close(&memory);
    ent_hdf5_close(&space);
    rc = ent_hdf5_close(&dataset) != 0 ? -1 : rc;
    *moved = size;
    return rc < 0 ? -1 : 0;
}

static void put_block(ent_sealed_t *self, const char *name, ent_written_kind_t kind, hid_t type,
                      hsize_t start, hsize_t count, hsize_t row, const void *values)
{
    hsize_t size = 0;
    note(self, self->failed || type < 0
                   ? -1
                   : block(self->file, name, type, start, count, row, NULL, values, &size));
    remember(self, name, kind, count > 0 ? start * (size / count) : 0, size, values);
}

void ent_sealed_put_reals(ent_sealed_t *self, const char *name, hsize_t start, hsize_t count,
                          const double *values)
{
    put_block(self, name, ENT_WRITTEN_REALS, H5T_NATIVE_DOUBLE, start, count, 0, values);
}

void ent_sealed_put_integers(ent_sealed_t *self, const char *name, hsize_t start, hsize_t count,
                             const int *values)
{
    put_block(self, name, ENT_WRITTEN_INTEGERS, H5T_NATIVE_INT, start, count, 0, values);
}

void ent_sealed_put_texts(ent_sealed_t *self, const char *name, hsize_t start, hsize_t count,
                          const char *const *values)
{
    hid_t type = ent_hdf5_string_type();
    put_block(self, name, ENT_WRITTEN_TEXTS, type, start, count, 1, values);
    ent_hdf5_close(&type);
}

/* Close the file, say what failed on the way, and find what was written. */
static int close_file(ent_sealed_t *self, ent_context_t *ctx)
{
    const hid_t file = self->file;
    if (!self->failed && H5Fflush(file, H5F_SCOPE_LOCAL) >= 0) {
        self->file = -1;
        return H5Fclose(file) < 0
                   ? ent_hdf5_fail(ctx, ENT_ERR_IO, self->output.path, "the file could not be closed")
                   : ent_written_check(&self->written, self->output.temporary, self->output.path, ctx);
    }
    const int code =
        self->failed == ENT_ERR_NO_MEMORY ? ENT_ERR_NO_MEMORY
        : self->reason[0] != '\0'
            ? ent_fail(ctx, ENT_ERR_IO, self->output.path, "the file could not be written: %s", self->reason)
            : ent_hdf5_fail(ctx, ENT_ERR_IO, self->output.path, "the file could not be written");
    ent_hdf5_close(&self->file);
    return code;
}

int ent_sealed_finish(ent_sealed_t *self, ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    ent_hdf5_quiet(&saved);
    int code = close_file(self, ctx);
    ent_written_free(&self->written);
    code = code == 0 ? ent_output_seal(&self->output, ctx) : code;
    if (code == 0) {
        code = ent_output_commit(&self->output, ctx);
    } else {
        ent_output_abandon(&self->output);
    }
    ent_hdf5_unquiet(&saved);
    return code;
}

void ent_sealed_abandon(ent_sealed_t *self)
{
    ent_hdf5_quiet_t saved;
    ent_hdf5_quiet(&saved);
    ent_hdf5_close(&self->file);
    ent_hdf5_unquiet(&saved);
    ent_written_free(&self->written);
    ent_output_abandon(&self->output);
}

/* ---- reading ---- */

int ent_sealed_open(hid_t *file, const char *path, const char *format, ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    char *found = NULL;
    *file = -1;
    int code = ent_seal_check(path, NULL, ctx);
    code = code == 0 ? ent_vet(path, ctx) : code;
    if (code != 0) {
        return code;
    }
    ent_hdf5_quiet(&saved);
    *file = ent_hdf5_open(path);
    const int read = *file < 0 ? 0 : ent_hdf5_read_text_attribute(*file, "entrepot_format", &found);
    if (*file < 0) {
        code = ent_hdf5_fail(ctx, ENT_ERR_DATA, path, "sealed, but HDF5 cannot open it");
    } else if (read == ENT_ERR_NO_MEMORY) {
        code = ent_fail(ctx, ENT_ERR_NO_MEMORY, path, "no memory for its format");
    } else if (read != 0 || strcmp(found, format) != 0) {
        code =
            ent_fault(ctx, ENT_ERR_DATA, path, 0, 0, "entrepot_format", found, NULL, "%s is wanted", format);
    }
    if (code != 0) {
        ent_hdf5_close(file);
    }
    free(found);
    ent_hdf5_unquiet(&saved);
    return code;
}

int ent_sealed_length(hid_t file, const char *name, int *n)
{
    hsize_t length[MOST_DIMENSIONS];
    hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT), space = dataset >= 0 ? H5Dget_space(dataset) : -1;
    const int rank = space >= 0 ? H5Sget_simple_extent_ndims(space) : -1;
    const int sound = rank >= 1 && rank <= MOST_DIMENSIONS &&
                      H5Sget_simple_extent_dims(space, length, NULL) == rank && length[0] < 2000000000;
    *n = sound ? (int)length[0] : 0;
    ent_hdf5_close(&space);
    ent_hdf5_close(&dataset);
    return sound ? 0 : -1;
}

int ent_sealed_read(hid_t file, const char *name, hid_t type, hsize_t start, hsize_t count, hsize_t row,
                    void *values)
{
    hsize_t size;
    return block(file, name, type, start, count, row, values, NULL, &size);
}

int ent_sealed_read_texts(hid_t file, const char *name, hsize_t start, hsize_t count, char **texts)
{
    hid_t type = ent_hdf5_string_type();
    hsize_t size;
    int rc = type >= 0 ? block(file, name, type, start, count, 1, texts, NULL, &size) : -1;
    for (hsize_t i = 0; rc == 0 && i < count; i++) {
        rc = texts[i] != NULL ? 0 : -1; /* HDF5 gives none for a text that was never written */
    }
    ent_hdf5_close(&type);
    return rc;
}

int ent_sealed_read_blob(hid_t file, const char *name, size_t size, void *data)
{
    hsize_t length = 0;
    hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT), space = dataset >= 0 ? H5Dget_space(dataset) : -1;
    int rc = -1;
    if (space >= 0 && H5Sget_simple_extent_ndims(space) == 1 &&
        H5Sget_simple_extent_dims(space, &length, NULL) == 1 && length == (hsize_t)size) {
        rc = size == 0 || H5Dread(dataset, H5T_NATIVE_UCHAR, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0 ? 0
                                                                                                       : -1;
    }
    ent_hdf5_close(&space);
    ent_hdf5_close(&dataset);
    return rc;
}

int ent_sealed_read_long_text(hid_t file, const char *name, char **text)
{
    int rc = -1;
    char *raw = NULL;
    hid_t type = ent_hdf5_string_type(), dataset = H5Dopen2(file, name, H5P_DEFAULT), space = -1;
    *text = NULL;
    if (type >= 0 && dataset >= 0 && (space = H5Dget_space(dataset)) >= 0 &&
        H5Sget_simple_extent_npoints(space) == 1 &&
        H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &raw) >= 0) {
        *text = raw != NULL ? strdup(raw) : NULL; /* HDF5 gives none for a text that was never written */
        rc = *text != NULL ? 0 : -1;
        H5free_memory(raw);
    }
    ent_hdf5_close(&space);
    ent_hdf5_close(&dataset);
    ent_hdf5_close(&type);
    return rc;
}
