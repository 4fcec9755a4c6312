#include "io/sealed_file.h"

#include "io/seal.h"
#include "io/vet.h"

#include <hdf5_hl.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DIMENSIONS = 4 };

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
    self->file = ent_hdf5_create(self->output.temporary);
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

static hid_t new_dataset(ent_sealed_t *self, const char *name, ent_written_kind_t kind, int rank,
                         const hsize_t *length)
{
    const ent_hdf5_array_t array = {.name = name, .kind = kind, .rank = rank, .length = length};
    hid_t dataset = self->failed ? -1 : ent_hdf5_create_array(self->file, &array);
    note(self, dataset < 0 ? -1 : 0);
    return dataset;
}

static void describe(ent_sealed_t *self, hid_t dataset, const char *units, const char *long_name)
{
    note(self, self->failed ? 0 : ent_hdf5_describe(dataset, units, long_name));
}

/* Write all of a new data set, and remember it. */
static void write_whole(ent_sealed_t *self, hid_t dataset, const char *name, ent_written_kind_t kind,
                        hsize_t n, const void *values)
{
    note(self, self->failed || n == 0 || values == NULL ? 0 : ent_hdf5_write(dataset, kind, values));
    remember(self, name, kind, 0, n, values);
}

void ent_sealed_long_text(ent_sealed_t *self, const char *name, const char *text)
{
    hid_t dataset = new_dataset(self, name, ENT_WRITTEN_LONG_TEXT, 0, NULL);
    write_whole(self, dataset, name, ENT_WRITTEN_LONG_TEXT, 1, &text);
    note(self, ent_hdf5_close(&dataset));
}

void ent_sealed_blob(ent_sealed_t *self, const char *name, size_t size, const void *data)
{
    const hsize_t length = (hsize_t)size;
    hid_t dataset = new_dataset(self, name, ENT_WRITTEN_BLOB, 1, &length);
    write_whole(self, dataset, name, ENT_WRITTEN_BLOB, length, data);
    note(self, ent_hdf5_close(&dataset));
}

/* A coordinate has its own name as long name. */
static void make_scale(ent_sealed_t *self, hid_t dataset, const char *name)
{
    note(self, self->failed ? 0 : H5DSset_scale(dataset, name));
    describe(self, dataset, "1", name);
    note(self, ent_hdf5_close(&dataset));
}

void ent_sealed_dimension(ent_sealed_t *self, const char *name, int n, const char *const *labels)
{
    const hsize_t length = (hsize_t)n;
    hid_t dataset = new_dataset(self, name, ENT_WRITTEN_TEXTS, 1, &length);
    write_whole(self, dataset, name, ENT_WRITTEN_TEXTS, length, labels);
    make_scale(self, dataset, name);
}

void ent_sealed_count(ent_sealed_t *self, const char *name, int n)
{
    enum { BLOCK = 4096 };
    const hsize_t length = (hsize_t)n;
    int values[BLOCK];
    hid_t dataset = new_dataset(self, name, ENT_WRITTEN_INTEGERS, 1, &length);
    for (int begin = 0; !self->failed && begin < n; begin += BLOCK) {
        const hsize_t start = (hsize_t)begin, count = (hsize_t)(n - begin < BLOCK ? n - begin : BLOCK);
        for (int i = 0; i < (int)count; i++) {
            values[i] = begin + i;
        }
        note(self, ent_hdf5_write_block(dataset, ENT_WRITTEN_INTEGERS, 1, &start, &count, values));
        remember(self, name, ENT_WRITTEN_INTEGERS, start, count, values);
    }
    make_scale(self, dataset, name);
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
static void put_array(ent_sealed_t *self, const char *name, ent_written_kind_t kind, int rank,
                      const char *const *dimensions, const char *units, const char *long_name,
                      const void *values)
{
    hsize_t length[MOST_DIMENSIONS], size = 1;
    if (self->failed || lengths(self, rank, dimensions, length) != 0) {
        self->failed = 1;
        return;
    }
    for (int i = 0; i < rank; i++) {
        size *= length[i];
    }
    hid_t dataset = new_dataset(self, name, kind, rank, length);
    write_whole(self, dataset, name, kind, size, values);
    describe(self, dataset, units, long_name);
    attach(self, dataset, rank, dimensions);
    note(self, ent_hdf5_close(&dataset));
}

void ent_sealed_reals(ent_sealed_t *self, const char *name, int rank, const char *const *dimensions,
                      const char *units, const char *long_name, const double *values)
{
    put_array(self, name, ENT_WRITTEN_REALS, rank, dimensions, units, long_name, values);
}

void ent_sealed_bytes(ent_sealed_t *self, const char *name, const char *dimension, const char *long_name,
                      const signed char *values)
{
    put_array(self, name, ENT_WRITTEN_BYTES, 1, &dimension, "1", long_name, values);
}

void ent_sealed_integers(ent_sealed_t *self, const char *name, const char *dimension, const char *long_name,
                         const int *values)
{
    put_array(self, name, ENT_WRITTEN_INTEGERS, 1, &dimension, "1", long_name, values);
}

void ent_sealed_texts(ent_sealed_t *self, const char *name, const char *dimension, const char *long_name,
                      const char *const *values)
{
    put_array(self, name, ENT_WRITTEN_TEXTS, 1, &dimension, "1", long_name, values);
}

/* The whole rows of an array: `count` entries of its first dimension from `start` on, `size` values. */
typedef struct {
    hid_t dataset;
    int rank;
    hsize_t start[MOST_DIMENSIONS], count[MOST_DIMENSIONS], size;
} rows_t;

/* 0 when the array has these rows; `row` values each, 0: any number. */
static int open_rows(rows_t *rows, hid_t file, const char *name, hsize_t start, hsize_t count, hsize_t row)
{
    *rows = (rows_t){.dataset = H5Dopen2(file, name, H5P_DEFAULT), .start = {start}, .size = count};
    rows->rank = ent_hdf5_extent(rows->dataset, MOST_DIMENSIONS, rows->count);
    if (rows->rank < 1 || start + count > rows->count[0]) {
        return -1;
    }
    rows->count[0] = count;
    for (int i = 1; i < rows->rank; i++) {
        rows->size *= rows->count[i];
    }
    return row == 0 || rows->size == count * row ? 0 : -1;
}

static void put_block(ent_sealed_t *self, const char *name, ent_written_kind_t kind, hsize_t start,
                      hsize_t count, hsize_t row, const void *values)
{
    rows_t rows;
    if (self->failed) {
        return;
    }
    int rc = open_rows(&rows, self->file, name, start, count, row);
    if (rc == 0 && rows.size > 0) {
        rc = ent_hdf5_write_block(rows.dataset, kind, rows.rank, rows.start, rows.count, values);
    }
    note(self, ent_hdf5_close(&rows.dataset) != 0 ? -1 : rc);
    remember(self, name, kind, count > 0 ? start * (rows.size / count) : 0, rows.size, values);
}

void ent_sealed_put_reals(ent_sealed_t *self, const char *name, hsize_t start, hsize_t count,
                          const double *values)
{
    put_block(self, name, ENT_WRITTEN_REALS, start, count, 0, values);
}

void ent_sealed_put_integers(ent_sealed_t *self, const char *name, hsize_t start, hsize_t count,
                             const int *values)
{
    put_block(self, name, ENT_WRITTEN_INTEGERS, start, count, 0, values);
}

void ent_sealed_put_texts(ent_sealed_t *self, const char *name, hsize_t start, hsize_t count,
                          const char *const *values)
{
    put_block(self, name, ENT_WRITTEN_TEXTS, start, count, 1, values);
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
    hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    const int sound = ent_hdf5_extent(dataset, MOST_DIMENSIONS, length) >= 1 && length[0] < 2000000000;
    *n = sound ? (int)length[0] : 0;
    ent_hdf5_close(&dataset);
    return sound ? 0 : -1;
}

int ent_sealed_read(hid_t file, const char *name, hid_t type, hsize_t start, hsize_t count, hsize_t row,
                    void *values)
{
    rows_t rows;
    int rc = open_rows(&rows, file, name, start, count, row);
    if (rc == 0 && rows.size > 0) {
        rc = ent_hdf5_read_block(rows.dataset, type, rows.rank, rows.start, rows.count, values);
    }
    return ent_hdf5_close(&rows.dataset) != 0 ? -1 : rc;
}

int ent_sealed_read_texts(hid_t file, const char *name, hsize_t start, hsize_t count, char **texts)
{
    hid_t type = ent_hdf5_string_type();
    int rc = type >= 0 ? ent_sealed_read(file, name, type, start, count, 1, texts) : -1;
    for (hsize_t i = 0; rc == 0 && i < count; i++) {
        rc = texts[i] != NULL ? 0 : -1; /* HDF5 gives none for a text that was never written */
    }
    ent_hdf5_close(&type);
    return rc;
}

int ent_sealed_read_blob(hid_t file, const char *name, size_t size, void *data)
{
    hsize_t length = 0;
    hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    const int sound = ent_hdf5_extent(dataset, 1, &length) == 1 && length == (hsize_t)size;
    ent_hdf5_close(&dataset);
    return sound ? ent_sealed_read(file, name, H5T_NATIVE_UCHAR, 0, length, 1, data) : -1;
}

int ent_sealed_read_long_text(hid_t file, const char *name, char **text)
{
    return ent_hdf5_read_text(file, name, text) == 0 && *text != NULL ? 0 : -1;
}
