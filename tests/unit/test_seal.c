/* Seals: a file of ours that was changed anywhere is refused before HDF5 sees it. */
#include "ent_test.h"

#include <entrepot/benchmark.h>

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char shipped[] = "data/benchmark-cp2015.h5";

typedef struct {
    char path[64];
    ent_context_t ctx;
} fixture_t;

static int setup(void **state)
{
    fixture_t *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    ent_context_init(&fixture->ctx);
    snprintf(fixture->path, sizeof fixture->path, "/tmp/ent_seal_XXXXXX");
    close(mkstemp(fixture->path));
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    fixture_t *fixture = *state;
    unlink(fixture->path);
    ent_context_free(&fixture->ctx);
    free(fixture);
    return 0;
}

/* A small sealed HDF5 file; its size. */
static off_t make_small(const fixture_t *fixture)
{
    struct stat status;
    const int values[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    const hsize_t n = 8;
    hid_t file = H5Fcreate(fixture->path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(1, &n, NULL);
    hid_t dataset = H5Dcreate2(file, "x", H5T_NATIVE_INT, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Dwrite(dataset, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
    H5Fclose(file);
    seal_again(fixture->path);
    assert_int_equal(stat(fixture->path, &status), 0);
    return status.st_size;
}

/* Turn one bit of the byte at `at`. */
static void flip(const char *path, off_t at, int bit)
{
    unsigned char byte;
    const int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte = (unsigned char)(byte ^ (1 << bit));
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

static void every_flipped_byte_is_refused(void **state)
{
    fixture_t *fixture = *state;
    const off_t size = make_small(fixture);
    assert_int_equal(ent_seal_check(fixture->path, NULL, &fixture->ctx), 0);
    for (off_t at = 0; at < size; at++) {
        flip(fixture->path, at, (int)(at % 8));
        assert_int_equal(ent_seal_check(fixture->path, NULL, &fixture->ctx), ENT_ERR_DATA);
        flip(fixture->path, at, (int)(at % 8));
        ent_context_clear(&fixture->ctx);
    }
    assert_int_equal(ent_seal_check(fixture->path, NULL, &fixture->ctx), 0);
}

static void every_cut_is_refused(void **state)
{
    fixture_t *fixture = *state;
    for (off_t size = make_small(fixture) - 1; size >= 0; size -= 7) {
        assert_int_equal(truncate(fixture->path, size), 0);
        assert_int_equal(ent_seal_check(fixture->path, NULL, &fixture->ctx), ENT_ERR_DATA);
        ent_context_clear(&fixture->ctx);
    }
}

/* Spread over a benchmark: refused with nothing read, never another number. */
static void flipped_bytes_of_a_benchmark_are_refused(void **state)
{
    fixture_t *fixture = *state;
    ent_benchmark_t b;
    struct stat status;
    char command[192];
    snprintf(command, sizeof command, "cp %s %s", shipped, fixture->path);
    assert_int_equal(system(command), 0);
    assert_int_equal(stat(fixture->path, &status), 0);
    assert_int_equal(ent_benchmark_read(&b, fixture->path, &fixture->ctx), 0);
    ent_benchmark_free(&b);
    for (int i = 0; i < 200; i++) {
        const off_t at = (off_t)((double)status.st_size * (i + 0.5) / 200.0);
        flip(fixture->path, at, i % 8);
        assert_int_equal(ent_benchmark_read(&b, fixture->path, &fixture->ctx), ENT_ERR_DATA);
        assert_null(b.flow);
        flip(fixture->path, at, i % 8);
        ent_context_clear(&fixture->ctx);
    }
}

static void the_hash_is_that_of_what_is_sealed(void **state)
{
    fixture_t *fixture = *state;
    char sealed[ENT_SHA256_TEXT], whole[ENT_SHA256_TEXT];
    const off_t size = make_small(fixture);
    assert_int_equal(ent_seal_check(fixture->path, sealed, &fixture->ctx), 0);
    assert_int_equal(truncate(fixture->path, size - 87), 0);
    assert_int_equal(ent_sha256_file(fixture->path, whole, &fixture->ctx), 0);
    assert_string_equal(sealed, whole);
    assert_int_equal(ent_seal_check("/tmp/ent_no_such_file.h5", NULL, &fixture->ctx), ENT_ERR_NO_INPUT);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(every_flipped_byte_is_refused),
        CASE(every_cut_is_refused),
        CASE(flipped_bytes_of_a_benchmark_are_refused),
        CASE(the_hash_is_that_of_what_is_sealed),
    };
    return cmocka_run_group_tests_name("seal", tests, NULL, NULL);
}
