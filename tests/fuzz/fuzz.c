#include "fuzz.h"

#include "io/seal.h"

#include <fcntl.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_SETS = 256, OPERATION = 12, MAX_NAME = 64 };

/* Data sets of a file, then its own attributes. */
typedef struct {
    int n, n_sets;
    char name[MAX_SETS][MAX_NAME];
} sets_t;

static char folder[64];

static void remove_folder(void)
{
    char command[96];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (system(command) != 0) /* NOLINT: a name made here */
        fprintf(stderr, "%s stays\n", folder);
}

const char *fuzz_path(const char *name)
{
    static char path[256];
    if (folder[0] == '\0') {
        snprintf(folder, sizeof folder, "%s/entrepot-fuzz-XXXXXX",
                 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        if (mkdtemp(folder) == NULL)
            abort();
        atexit(remove_folder);
    }
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

void fuzz_write(const char *path, const uint8_t *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(data, 1, size, file) != size || fclose(file) != 0)
        abort();
}

const char *fuzz_data(const char *name)
{
    static char paths[2][1024]; /* two at a time */
    static int at;
    at = !at;
    snprintf(paths[at], sizeof paths[at], "%s/%s", ENT_FUZZ_DATA, name);
    return paths[at];
}

/* A copy without the seal, with bytes changed by place (3) and change (1). */
static void copy_unsealed(const char *from, const char *to, const uint8_t *data, size_t size)
{
    enum { SEAL = 21 + 64 + 1, MOST_BYTES = 1 << 22 };
    uint8_t *bytes = malloc(MOST_BYTES);
    FILE *file = fopen(from, "rb");
    if (bytes == NULL || file == NULL)
        abort();
    const size_t read = fread(bytes, 1, MOST_BYTES, file), n = read > SEAL ? read - SEAL : 0;
    fclose(file);
    for (size_t at = 0; n > 0 && at + 4 <= size; at += 4)
        bytes[((size_t)data[at] << 16 | (size_t)data[at + 1] << 8 | data[at + 2]) % n] ^= data[at + 3];
    fuzz_write(to, bytes, n);
    free(bytes);
}

static void seal(const char *path)
{
    ent_context_t ctx;
    ent_context_init(&ctx);
    const int fd = open(path, O_RDWR);
    if (fd < 0 || ent_seal_add(fd, path, &ctx) != 0)
        abort();
    close(fd);
    ent_context_free(&ctx);
}

void fuzz_bytes(const char *from, const char *to, const uint8_t *data, size_t size)
{
    copy_unsealed(from, to, data, size);
    seal(to);
}

static herr_t collect(hid_t group, const char *name, const H5O_info_t *info, void *data)
{
    sets_t *sets = data;
    (void)group;
    if (info->type == H5O_TYPE_DATASET && sets->n < MAX_SETS && strlen(name) < MAX_NAME)
        strcpy(sets->name[sets->n++], name);
    return 0;
}

static herr_t collect_attribute(hid_t group, const char *name, const H5A_info_t *info, void *data)
{
    sets_t *sets = data;
    (void)group;
    (void)info;
    if (sets->n < MAX_SETS && strlen(name) < MAX_NAME)
        strcpy(sets->name[sets->n++], name);
    return 0;
}

/* Write one value into a numeric array of `n`. Bytes are memory as it was: they take the number's eight. */
static void put_value(hid_t set, hid_t type, size_t n, size_t at, const uint8_t *operation)
{
    const int bytes = H5Tget_class(type) == H5T_INTEGER && H5Tget_size(type) == 1;
    const hid_t memory = bytes ? H5T_NATIVE_UCHAR : H5T_NATIVE_DOUBLE;
    const size_t one = bytes ? 1 : sizeof(double);
    uint8_t *all = calloc(n + sizeof(double), one);
    if (all != NULL && H5Dread(set, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, all) >= 0) {
        memcpy(all + at * one, operation + 4, sizeof(double));
        H5Dwrite(set, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, all);
    }
    free(all);
}

static int numeric(hid_t type)
{
    return H5Tget_class(type) == H5T_FLOAT || H5Tget_class(type) == H5T_INTEGER;
}

/* Put one number into one data set. */
static void put_set(hid_t file, const char *name, const uint8_t *operation)
{
    hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
    hid_t type = H5Dget_type(set), space = H5Dget_space(set);
    hssize_t n = H5Sget_simple_extent_npoints(space);
    if (n > 0 && numeric(type)) {
        size_t at = ((size_t)operation[1] << 16 | (size_t)operation[2] << 8 | operation[3]) % (size_t)n;
        put_value(set, type, (size_t)n, at, operation);
    }
    H5Tclose(type);
    H5Sclose(space);
    H5Dclose(set);
}

/* Put a small whole number into one attribute. */
static void put_attribute(hid_t file, const char *name, const uint8_t *operation)
{
    hid_t attribute = H5Aopen(file, name, H5P_DEFAULT);
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    const double value = (int8_t)operation[4] * (operation[5] & 1 ? 1e6 : 1.0);
    if (H5Sget_simple_extent_npoints(space) == 1 && numeric(type))
        H5Awrite(attribute, H5T_NATIVE_DOUBLE, &value);
    H5Tclose(type);
    H5Sclose(space);
    H5Aclose(attribute);
}

static void put(hid_t file, const sets_t *sets, const uint8_t *operation)
{
    const int i = operation[0] % sets->n;
    if (i < sets->n_sets)
        put_set(file, sets->name[i], operation);
    else
        put_attribute(file, sets->name[i], operation);
}

void fuzz_numbers(const char *from, const char *to, const uint8_t *data, size_t size)
{
    static sets_t sets;
    copy_unsealed(from, to, NULL, 0);
    hid_t file = H5Fopen(to, H5F_ACC_RDWR, H5P_DEFAULT);
    if (file < 0)
        abort();
    sets.n = 0;
    H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, collect, &sets, H5O_INFO_BASIC);
    sets.n_sets = sets.n;
    H5Aiterate2(file, H5_INDEX_NAME, H5_ITER_INC, NULL, collect_attribute, &sets);
    for (size_t at = 0; at + OPERATION <= size && at < 16 * OPERATION && sets.n > 0; at += OPERATION)
        put(file, &sets, data + at);
    H5Fclose(file);
    seal(to);
}

void fuzz_report(ent_context_t *ctx)
{
    static FILE *nowhere;
    if (nowhere == NULL)
        nowhere = fopen("/dev/null", "w");
    if (nowhere != NULL)
        ent_context_print(ctx, nowhere);
    ent_context_free(ctx);
}
