#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "io/vet.h"

#include "io/hdf5_tools.h"

#include <errno.h>
#include <fcntl.h>
#include <omp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/* Ends of the child. Whatever else it ends in is HDF5's doing. */
enum { CAME_THROUGH = 0, TOO_LARGE = 3 };
enum { MOST_NAME = 200 };
/* Deflate makes at most so many bytes of one; what was never written has no bytes at all, but a text has. */
static const double MOST_EXPANSION = 1100.0;
static const double MOST_UNWRITTEN = 1e12; /* bytes of an array of numbers with nothing in it */
static const rlim_t LEAST_SECONDS = 5;
static const unsigned MOST_WAIT = 12; /* by the clock, times the processor time allowed */
static const double BYTES_A_SECOND = 2e7;

typedef struct {
    int pipe;
    double size; /* of the file */
} child_t;

/* ---- in the child ---- */

static void tell(const child_t *child, const char *name)
{
    char line[MOST_NAME + 2];
    const int n = snprintf(line, sizeof line, "%.*s\n", MOST_NAME, name);
    if (n > 0 && write(child->pipe, line, (size_t)n) < 0) {
        _exit(CAME_THROUGH); /* nobody listens */
    }
}

/* One entry of a data set, by its place in every dimension, 0: the first, 1: the last. */
static void read_one(hid_t dataset, hid_t space, hid_t type, int last)
{
    hsize_t length[H5S_MAX_RANK], at[H5S_MAX_RANK];
    unsigned char value[64];
    const int rank = H5Sget_simple_extent_dims(space, length, NULL);
    hid_t memory = H5Screate(H5S_SCALAR);
    for (int i = 0; i < rank; i++) {
        at[i] = last ? length[i] - 1 : 0;
    }
    if (memory >= 0 && rank > 0 && H5Tget_size(type) <= sizeof value &&
        H5Sselect_elements(space, H5S_SELECT_SET, 1, at) >= 0) {
        (void)H5Dread(dataset, type, memory, space, H5P_DEFAULT, value);
    }
    ent_hdf5_close(&memory);
}

/* All texts of a data set, some thousand at a time. */
static void read_texts(hid_t dataset, hid_t space, hsize_t n)
{
    enum { BLOCK = 4096 };
    hid_t type = ent_hdf5_string_type();
    if (H5Sget_simple_extent_ndims(space) == 0) {
        char *text = NULL;
        if (H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &text) >= 0 && text != NULL) {
            (void)strlen(text);
        }
        free(text);
        ent_hdf5_close(&type);
        return;
    }
    for (hsize_t begin = 0; begin < n; begin += BLOCK) {
        char *texts[BLOCK] = {NULL};
        const hsize_t count = n - begin < BLOCK ? n - begin : BLOCK;
        hid_t memory = H5Screate_simple(1, &count, NULL);
        if (H5Sselect_hyperslab(space, H5S_SELECT_SET, &begin, NULL, &count, NULL) >= 0) {
            (void)H5Dread(dataset, type, memory, space, H5P_DEFAULT, texts);
        }
        ent_hdf5_close(&memory);
        for (hsize_t i = 0; i < count; i++) {
            free(texts[i]);
        }
    }
    ent_hdf5_close(&type);
}

/* HDF5 takes a checksum's four bytes from the end of a chunk without asking whether it has as many. The time
 * goes with the square of how many chunks are looked at. */
static void look_at_chunks(const child_t *child, hid_t dataset, hid_t space)
{
    enum { CHECKSUM = 4, MOST_CHUNKS = 2000, MOST_RANK = 32 };
    hid_t list = H5Dget_create_plist(dataset);
    hsize_t n = 0;
    const int chunked = list >= 0 && H5Pget_layout(list) == H5D_CHUNKED && H5Pget_nfilters(list) > 0;
    ent_hdf5_close(&list);
    if (!chunked || H5Dget_num_chunks(dataset, space, &n) < 0) {
        return;
    }
    for (hsize_t i = 0; i < n && i < MOST_CHUNKS; i++) {
        hsize_t offset[MOST_RANK], size = CHECKSUM;
        unsigned filters;
        haddr_t place;
        if (H5Dget_chunk_info(dataset, space, i, offset, &filters, &place, &size) >= 0 &&
            (size < CHECKSUM || (double)size > child->size)) {
            raise(SIGABRT); /* as HDF5 would */
        }
    }
}

static void look_at(const child_t *child, hid_t dataset)
{
    hid_t space = H5Dget_space(dataset), type = H5Dget_type(dataset);
    const hssize_t n = space >= 0 ? H5Sget_simple_extent_npoints(space) : -1;
    const double bytes = n > 0 && type >= 0 ? (double)n * (double)H5Tget_size(type) : 0.0;
    if (n <= 0 || type < 0) {
        return;
    }
    const int texts = H5Tget_class(type) == H5T_STRING;
    if (bytes > MOST_EXPANSION * child->size &&
        (texts || H5Dget_storage_size(dataset) > 0 || bytes > MOST_UNWRITTEN)) {
        _exit(TOO_LARGE);
    }
    if (texts && H5Tis_variable_str(type) > 0 && H5Sget_simple_extent_ndims(space) <= 1) {
        read_texts(dataset, space, (hsize_t)n);
    } else if (!texts) {
        look_at_chunks(child, dataset, space);
        read_one(dataset, space, type, 0);
        read_one(dataset, space, type, 1);
    }
    ent_hdf5_close(&type);
    ent_hdf5_close(&space);
}

/* Texts of variable length that an attribute holds; who reads them in earnest finds them in HDF5's cache or
 * not. */
static void read_attribute_texts(const child_t *child, hid_t attribute)
{
    hid_t space = H5Aget_space(attribute), type = ent_hdf5_string_type();
    const hssize_t n = space >= 0 ? H5Sget_simple_extent_npoints(space) : -1;
    if (n > 0 && (double)n * sizeof(char *) > MOST_EXPANSION * child->size) {
        _exit(TOO_LARGE);
    }
    char **texts = n > 0 ? calloc((size_t)n, sizeof *texts) : NULL;
    if (texts != NULL) {
        (void)H5Aread(attribute, type, texts);
    }
    for (hssize_t i = 0; texts != NULL && i < n; i++) {
        free(texts[i]);
    }
    free(texts);
    ent_hdf5_close(&type);
    ent_hdf5_close(&space);
}

static herr_t read_attribute(hid_t object, const char *name, const H5A_info_t *info, void *data)
{
    const child_t *child = data;
    char *text = NULL;
    long long value;
    (void)info;
    tell(child, name);
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    hid_t type = attribute >= 0 ? H5Aget_type(attribute) : -1;
    if (type >= 0 && H5Tget_class(type) == H5T_STRING && (double)H5Tget_size(type) > child->size) {
        _exit(TOO_LARGE);
    }
    if (type >= 0 && H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) > 0) {
        read_attribute_texts(child, attribute);
    }
    ent_hdf5_close(&type);
    ent_hdf5_close(&attribute);
    (void)ent_hdf5_read_text_attribute(object, name, &text);
    (void)ent_hdf5_read_integer_attribute(object, name, &value);
    free(text);
    return 0;
}

static herr_t visit(hid_t root, const char *name, const H5O_info_t *info, void *data)
{
    const child_t *child = data;
    tell(child, name);
    hid_t object = H5Oopen(root, name, H5P_DEFAULT);
    if (object >= 0) {
        hsize_t at = 0;
        if (info->type == H5O_TYPE_DATASET) {
            look_at(child, object);
        }
        (void)H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, &at, read_attribute, data);
        H5Oclose(object);
    }
    return 0;
}

static void limit(int resource, rlim_t soft, rlim_t hard)
{
    const struct rlimit both = {soft, hard};
    (void)setrlimit((__rlimit_resource_t)resource, &both);
}

/* Memory that shows what HDF5 reads beside what it allocated or before it was written: such a file may break
 * down here or only in the parent, by what happens to lie there. */
static void harden_memory(void)
{
#ifdef __GLIBC__
    enum { OWN_PAGES = 2048, NOT_ZERO = 0xa5 };
    (void)mallopt(M_MMAP_THRESHOLD, OWN_PAGES);
    (void)mallopt(M_PERTURB, NOT_ZERO);
#endif
}

/* ---- heaps of texts ----
 * HDF5 1.10 keeps texts of variable length in collections ("GCOL", format specification III.E) and believes
 * every length in them, so that it reads and writes beside its memory, at which it may break down or not. */

static uint64_t little_endian(const unsigned char *bytes, int n)
{
    uint64_t value = 0;
    for (int i = n - 1; i >= 0; i--) {
        value = value << 8 | bytes[i];
    }
    return value;
}

/* Whether the objects of a collection at `at`, of which `left` bytes of file are left, fill it and no more.
 */
static int is_sound_collection(const unsigned char *at, size_t left)
{
    enum { HEADER = 16, ALIGNED = 8 };
    const uint64_t size = left >= HEADER ? little_endian(at + 8, 8) : 0;
    if (size < HEADER || size > left) {
        return 0;
    }
    for (uint64_t place = HEADER; place + HEADER <= size;) {
        const uint64_t index = little_endian(at + place, 2), length = little_endian(at + place + 8, 8);
        const uint64_t room = size - place;
        if (length > room || (index == 0 && length < HEADER)) {
            return 0;
        }
        const uint64_t taken =
            index == 0 ? length : HEADER + (length + ALIGNED - 1) / ALIGNED * ALIGNED; /* 0: what is free */
        if (taken > room) {
            return 0;
        }
        place += taken;
    }
    return 1;
}

/* Every collection of a file; a version that HDF5 refuses itself is none. */
static int are_heaps_sound(const char *path, size_t size)
{
    static const unsigned char mark[8] = {'G', 'C', 'O', 'L', 1, 0, 0, 0};
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    void *map = fd >= 0 ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    const unsigned char *file = map;
    int sound = 1;
    if (fd >= 0) {
        close(fd);
    }
    if (map == MAP_FAILED) {
        return 1; /* read as before */
    }
    for (const unsigned char *at = file;
         sound && (at = memmem(at, size - (size_t)(at - file), mark, sizeof mark)) != NULL; at++) {
        sound = is_sound_collection(at, size - (size_t)(at - file));
    }
    (void)munmap(map, size);
    return sound;
}

static void be_child(const char *path, int pipe, double size)
{
    static const int ends[] = {SIGSEGV, SIGBUS,  SIGFPE,  SIGILL, SIGABRT,
                               SIGXCPU, SIGALRM, SIGTERM, SIGINT, SIGHUP};
    child_t child = {pipe, size};
    const int null = open("/dev/null", O_RDWR);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        signal(ends[i], SIG_DFL); /* also a sanitizer's: its report is nobody's business here */
    }
    if (null >= 0) {
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
    }
    const rlim_t seconds = LEAST_SECONDS + (rlim_t)(size / BYTES_A_SECOND);
    limit(RLIMIT_CORE, 0, 0);
    limit(RLIMIT_CPU, seconds, seconds + 5); /* first the signal that is told apart */
    alarm(MOST_WAIT * (unsigned)seconds);    /* what waits takes no processor time */
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    harden_memory();
    if (!are_heaps_sound(path, (size_t)size)) {
        tell(&child, "its texts");
        raise(SIGABRT);
    }
    hid_t file = ent_hdf5_open(path);
    if (file >= 0) {
        (void)H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, visit, &child, H5O_INFO_BASIC);
    }
    _exit(CAME_THROUGH);
}

/* ---- in the parent ---- */

/* The last line that comes through the pipe, until the other end is closed. */
static void last_line(int fd, char name[MOST_NAME + 2])
{
    char block[4096], line[MOST_NAME + 2];
    size_t length = 0;
    ssize_t n;
    name[0] = '\0';
    while ((n = read(fd, block, sizeof block)) > 0 || (n < 0 && errno == EINTR)) {
        for (ssize_t i = 0; i < n; i++) {
            if (block[i] == '\n') {
                line[length] = '\0';
                memcpy(name, line, length + 1);
                length = 0;
            } else if (length < MOST_NAME) {
                line[length++] = block[i];
            }
        }
    }
}

static int verdict(const char *path, const char *name, int status, ent_context_t *ctx)
{
    const char *where = name[0] == '\0' ? "its beginning" : name;
    if (WIFEXITED(status) && WEXITSTATUS(status) == CAME_THROUGH) {
        return 0;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == TOO_LARGE) {
        return ent_fail(ctx, ENT_ERR_DATA, path, "damaged: %s is larger than a file of this length can hold",
                        where);
    }
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
        return 0; /* a slow disk, or another thread held a lock when the child was made: nothing is known */
    }
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, path,
                        "the process that looks at it was killed, as the system does when memory ends");
    }
    struct rlimit space;
    const int limited = getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY;
    return ent_fail(ctx, ENT_ERR_DATA, path, "damaged: HDF5 cannot read %s%s%s", where,
                    WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU ? " in reasonable time" : "",
                    limited ? ", or not with the address space that is set as a limit" : "");
}

int ent_vet(const char *path, ent_context_t *ctx)
{
    char name[MOST_NAME + 2];
    struct stat status;
    int ends[2], ended = 0;
    /* A child made beside other threads may wait for ever for a lock that one of them held. What is opened
     * there (replications in flight) has been through here when the checkpoint was opened. */
    if (omp_in_parallel() || stat(path, &status) != 0 || pipe2(ends, O_CLOEXEC) != 0) {
        return 0;
    }
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        be_child(path, ends[1], (double)status.st_size);
    }
    close(ends[1]);
    if (child > 0) {
        last_line(ends[0], name);
    }
    close(ends[0]);
    if (child < 0) {
        return 0; /* no child can be had: read as before */
    }
    while (waitpid(child, &ended, 0) < 0) {
        if (errno != EINTR) {
            return 0; /* somebody else waits for all children */
        }
    }
    return verdict(path, name, ended, ctx);
}
