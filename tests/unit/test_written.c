/* Sealed files are read back before they take their name: an entry that is not what was written makes the
 * file fail. */
#include "ent_test.h"

#include "io/sealed_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 5, ROW = 3 };

typedef struct {
    char folder[64], path[96];
    ent_context_t ctx;
    ent_sealed_t file;
} fixture_t;

static int setup(void **state)
{
    fixture_t *f = calloc(1, sizeof *f);
    assert_non_null(f);
    ent_context_init(&f->ctx);
    snprintf(f->folder, sizeof f->folder, "/tmp/ent_written_XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof f->path, "%s/file.h5", f->folder);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture_t *f = *state;
    unlink(f->path);
    assert_int_equal(rmdir(f->folder), 0); /* nothing half-written is left */
    ent_context_free(&f->ctx);
    free(f);
    return 0;
}

/* A file with a data set of every kind; blocks in another order than that of the file. */
static void begin(fixture_t *f)
{
    static const char *const labels[N] = {"a", "b", "", "d", "e"};
    static const char *const axes[] = {"entry", "column"};
    const int integers[N] = {1, 0, -3, 4, 2000000000};
    const signed char bytes[N] = {1, -1, 0, 127, -128};
    const unsigned char blob[11] = {255, 0, 128, 3, 4, 5, 6, 7, 8, 9, 10};
    double reals[N * ROW];
    for (int i = 0; i < N * ROW; i++) {
        reals[i] = i == 4 ? NAN : 0.1 * i - 0.5;
    }
    ent_context_clear(&f->ctx);
    assert_int_equal(ent_sealed_create(&f->file, f->path, 1, "test", &f->ctx), 0);
    ent_sealed_dimension(&f->file, "entry", N, labels);
    ent_sealed_count(&f->file, "column", ROW);
    ent_sealed_reals(&f->file, "reals", 2, axes, "1", "reals", reals);
    ent_sealed_reals(&f->file, "blocks", 2, axes, "1", "reals in blocks", NULL);
    ent_sealed_put_reals(&f->file, "blocks", 3, 2, reals + 9);
    ent_sealed_put_reals(&f->file, "blocks", 0, 2, reals); /* entry 2 is never written */
    ent_sealed_integers(&f->file, "integers", "entry", "integers", integers);
    ent_sealed_bytes(&f->file, "bytes", "entry", "bytes", bytes);
    ent_sealed_texts(&f->file, "texts", "entry", "texts", labels);
    ent_sealed_blob(&f->file, "blob", sizeof blob, blob);
    ent_sealed_long_text(&f->file, "long", "a long text");
}

static void what_was_written_passes(void **state)
{
    fixture_t *f = *state;
    begin(f);
    assert_int_equal(ent_sealed_finish(&f->file, &f->ctx), 0);
    assert_int_equal(ent_seal_check(f->path, NULL, &f->ctx), 0);
}

/* Put another value at one entry behind the file's back, and expect the file to fail by the name of the data
 * set. */
static void disturb(fixture_t *f, const char *name, hid_t type, hsize_t at, const void *value)
{
    hsize_t length[2], start[2] = {at, 0}, one[2] = {1, 1};
    begin(f);
    hid_t dataset = H5Dopen2(f->file.file, name, H5P_DEFAULT), space = H5Dget_space(dataset),
          memory = H5Screate(H5S_SCALAR);
    if (H5Sget_simple_extent_dims(space, length, NULL) > 0) {
        assert_true(H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, one, NULL) >= 0);
    }
    assert_true(H5Dwrite(dataset, type, memory, space, H5P_DEFAULT, value) >= 0);
    H5Sclose(memory);
    H5Sclose(space);
    H5Dclose(dataset);
    assert_int_equal(ent_sealed_finish(&f->file, &f->ctx), ENT_ERR_IO);
    assert_non_null(strstr(f->ctx.faults[0].rule, name));
    assert_int_not_equal(access(f->path, F_OK), 0);
}

static void another_value_is_seen(void **state)
{
    fixture_t *f = *state;
    const double zero = 0.0, missing = NAN;
    const int nothing = 0;
    const signed char minus = -1;
    const unsigned char byte = 129;
    const char *const other = "c", *const none = "", *const longer = "a long text.";
    hid_t text = ent_hdf5_string_type();
    disturb(f, "reals", H5T_NATIVE_DOUBLE, 3, &zero);
    disturb(f, "reals", H5T_NATIVE_DOUBLE, 0, &missing); /* lost: the fill value */
    disturb(f, "blocks", H5T_NATIVE_DOUBLE, 4, &missing);
    disturb(f, "blocks", H5T_NATIVE_DOUBLE, 2, &zero); /* found where nothing was written */
    disturb(f, "integers", H5T_NATIVE_INT, 4, &nothing);
    disturb(f, "column", H5T_NATIVE_INT, 2, &nothing);
    disturb(f, "bytes", H5T_NATIVE_SCHAR, 0, &minus);
    disturb(f, "texts", text, 1, &other);
    disturb(f, "entry", text, 3, &none);
    disturb(f, "blob", H5T_NATIVE_UCHAR, 2, &byte);
    disturb(f, "blob", H5T_NATIVE_UCHAR, 10, &byte); /* after the last eight */
    disturb(f, "long", text, 0, &longer);
    H5Tclose(text);
}

/* Two entries that change places are not what was written either. */
static void order_counts(void **state)
{
    fixture_t *f = *state;
    const double a[2] = {1.0, 2.0}, b[2] = {2.0, 1.0};
    ent_written_t written = {0}, other = {0};
    assert_int_equal(ent_written_add(&written, "x", ENT_WRITTEN_REALS, 0, 2, a, &f->ctx), 0);
    assert_int_equal(ent_written_add(&other, "x", ENT_WRITTEN_REALS, 0, 2, b, &f->ctx), 0);
    assert_true(written.list[0].sum != other.list[0].sum);
    ent_written_free(&other);
    assert_int_equal(ent_written_add(&other, "x", ENT_WRITTEN_REALS, 1, 1, a + 1, &f->ctx), 0);
    assert_int_equal(ent_written_add(&other, "x", ENT_WRITTEN_REALS, 0, 1, a, &f->ctx), 0);
    assert_int_equal(other.n, 1);
    assert_true(written.list[0].sum == other.list[0].sum);
    ent_written_free(&other);
    ent_written_free(&written);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_written_passes, setup, teardown),
        cmocka_unit_test_setup_teardown(another_value_is_seen, setup, teardown),
        cmocka_unit_test_setup_teardown(order_counts, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
