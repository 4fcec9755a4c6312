#include "failing.h"

#include "ent_test.h"
#include "inject.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* ---- counting ---- */

enum {
    MAX_PLACES = 4096,
    DEPTH = 24, /* callers looked at */
};

static struct {
    int armed, paused, kind, stays, listing;
    long at, n;
} fault = {.kind = -1};

/* Calls to make fail: those whose chain of callers has a link that none before it had. */
static struct {
    int n;
    long call[MAX_PLACES];
} places;

/* The links met, by kind. */
static struct {
    int n;
    void *link[MAX_PLACES];
} met[FAILING_N_KINDS];

static int new_link(int kind, void *link)
{
    for (int i = 0; i < met[kind].n; i++) {
        if (met[kind].link[i] == link) {
            return 0;
        }
    }
    assert_true(met[kind].n < MAX_PLACES);
    met[kind].link[met[kind].n++] = link;
    return 1;
}

static void list_place(void)
{
    void *callers[DEPTH];
    const int depth = backtrace(callers, DEPTH);
    int found = 0;
    for (int i = 0; i < depth; i++) {
        found |= new_link(fault.kind, callers[i]);
    }
    if (found) {
        assert_true(places.n < MAX_PLACES);
        places.call[places.n++] = fault.n;
    }
}

static int hit(failing_kind_t kind)
{
    if (!fault.armed || fault.paused || (int)kind != fault.kind) {
        return 0;
    }
    fault.n++;
    if (fault.listing) {
        fault.armed = 0; /* what listing itself asks for */
        list_place();
        fault.armed = 1;
    }
    return fault.n == fault.at || (fault.stays && fault.at > 0 && fault.n > fault.at);
}

void failing_arm(failing_kind_t kind, long at, int stays)
{
    fault.kind = (int)kind;
    fault.at = at;
    fault.stays = stays;
    fault.n = 0;
    fault.armed = 1;
}

long failing_disarm(void)
{
    fault.armed = 0;
    return fault.n;
}

void failing_pause(void)
{
    fault.paused = 1;
}

void failing_resume(void)
{
    fault.paused = 0;
}

/* ---- what is still open ---- */

typedef struct {
    long descriptors, hdf5;
} still_open_t;

static still_open_t look(void)
{
    still_open_t found = {0};
    DIR *directory = opendir("/proc/self/fd");
    assert_non_null(directory);
    while (readdir(directory) != NULL) {
        found.descriptors++;
    }
    closedir(directory);
    found.hdf5 = (long)H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL);
    return found;
}

/* ---- every place in turn ---- */

static int known_code(int code)
{
    return strcmp(ent_error_name(code), ent_error_name(-12345)) != 0;
}

static void try_place(failing_kind_t kind, long at, int stays, failing_work_t work, void *data)
{
    static const char *const names[FAILING_N_KINDS] = {"memory", "HDF5", "files"};
    ent_context_t ctx;
    ent_context_init(&ctx);
    const still_open_t before = look();
    failing_arm(kind, at, stays);
    const int code = work(data, &ctx);
    (void)failing_disarm();
    const still_open_t after = look();
    if (code != ENT_OK && (!known_code(code) || ctx.n_faults + ctx.dropped == 0)) {
        fail_msg("%s, call %ld%s: code %d, %zu faults reported", names[kind], at, stays ? " and later" : "",
                 code, ctx.n_faults);
    }
    if (after.descriptors != before.descriptors || after.hdf5 != before.hdf5) {
        fail_msg("%s, call %ld%s: something stays open (code %d)", names[kind], at, stays ? " and later" : "",
                 code);
    }
    ent_context_free(&ctx);
}

/* Every place in the long tests; in the quick ones every fourth. */
static int places_apart(void)
{
    return getenv("ENTREPOT_EVERY_PLACE") != NULL ? 1 : 4;
}

int failing_each(failing_kind_t kind, failing_work_t work, void *data)
{
    met[kind].n = 0;
    return failing_each_new(kind, work, data);
}

int failing_each_new(failing_kind_t kind, failing_work_t work, void *data)
{
    static long calls[MAX_PLACES];
    ent_context_t ctx;
    void *callers[1];
    ent_context_init(&ctx);
    (void)backtrace(callers, 1);                /* loads what it needs */
    assert_int_equal(work(data, &ctx), ENT_OK); /* what is kept for later calls is there now */
    places.n = 0;
    fault.listing = 1;
    failing_arm(kind, 0, 0);
    assert_int_equal(work(data, &ctx), ENT_OK);
    (void)failing_disarm();
    fault.listing = 0;
    ent_context_free(&ctx);
    const int n = places.n;
    memcpy(calls, places.call, sizeof calls);
    const int stride = places_apart();
    for (int i = 0; i < n; i += stride) {
        try_place(kind, calls[i], 0, work, data);
        if (kind != FAILING_HDF5 || i % 8 == 0) { /* these are many, and much alike */
            try_place(kind, calls[i], 1, work, data);
        }
    }
    return n;
}

void failing_some(failing_kind_t kind, long most, failing_work_t work, void *data, long part, int least)
{
    int n_failed = 0;

    const long apart = places_apart();
    for (long at = 1; at <= most; at += apart + at / part) {
        ent_context_t own;

        ent_context_init(&own);
        failing_arm(kind, at, at % 2 == 0);
        const int code = work(data, &own);
        (void)failing_disarm();
        if (code != ENT_OK) {
            n_failed++;
            assert_string_not_equal(ent_error_name(code), "unknown");
            assert_true(own.n_faults + own.dropped > 0);
        }
        ent_context_free(&own);
    }
    assert_true(n_failed > least / (int)apart);
}

/* ---- HDF5: inject_hdf5.c asks these ---- */

int inject_hit(inject_kind_t kind)
{
    (void)kind;
    return hit(FAILING_HDF5);
}

void *inject_next(const char *name)
{
    void *function = dlsym(RTLD_NEXT, name);
    if (function == NULL) {
        fail_msg("%s is missing", name);
    }
    return function;
}

/* ---- the C library, by the linker's --wrap ---- */

#define WRAPPED(kind, type, name, error, result, parameters, arguments)                                      \
    type __real_##name parameters;                                                                           \
    type __wrap_##name parameters;                                                                           \
    type __wrap_##name parameters                                                                            \
    {                                                                                                        \
        if (hit(kind)) {                                                                                     \
            errno = error;                                                                                   \
            return result;                                                                                   \
        }                                                                                                    \
        return __real_##name arguments;                                                                      \
    }
#define MEMORY(type, name, result, parameters, arguments)                                                    \
    WRAPPED(FAILING_MEMORY, type, name, ENOMEM, result, parameters, arguments)
#define FILES(type, name, error, result, parameters, arguments)                                              \
    WRAPPED(FAILING_FILES, type, name, error, result, parameters, arguments)

MEMORY(void *, malloc, NULL, (size_t size), (size))
MEMORY(void *, calloc, NULL, (size_t count, size_t size), (count, size))
MEMORY(void *, realloc, NULL, (void *memory, size_t size), (memory, size))
MEMORY(void *, aligned_alloc, NULL, (size_t alignment, size_t size), (alignment, size))
MEMORY(char *, strdup, NULL, (const char *text), (text))
MEMORY(char *, strndup, NULL, (const char *text, size_t n), (text, n))
MEMORY(int, vasprintf, -1, (char **text, const char *format, va_list arguments), (text, format, arguments))
MEMORY(FILE *, open_memstream, NULL, (char **text, size_t *size), (text, size))

FILES(FILE *, fopen, EMFILE, NULL, (const char *path, const char *mode), (path, mode))
FILES(FILE *, fdopen, EMFILE, NULL, (int fd, const char *mode), (fd, mode))
FILES(DIR *, opendir, EMFILE, NULL, (const char *path), (path))
FILES(ssize_t, read, EIO, -1, (int fd, void *buffer, size_t n), (fd, buffer, n))
FILES(ssize_t, pread, EIO, -1, (int fd, void *buffer, size_t n, off_t at), (fd, buffer, n, at))
FILES(ssize_t, write, ENOSPC, -1, (int fd, const void *buffer, size_t n), (fd, buffer, n))
FILES(ssize_t, pwrite, ENOSPC, -1, (int fd, const void *buffer, size_t n, off_t at), (fd, buffer, n, at))
FILES(int, fsync, EIO, -1, (int fd), (fd))
FILES(int, fdatasync, EIO, -1, (int fd), (fd))
FILES(int, rename, EIO, -1, (const char *from, const char *to), (from, to))
FILES(int, renameat2, EINVAL, -1, (int a, const char *from, int b, const char *to, unsigned flags),
      (a, from, b, to, flags))
FILES(int, link, EPERM, -1, (const char *from, const char *to), (from, to))
FILES(int, ftruncate, EIO, -1, (int fd, off_t length), (fd, length))
FILES(int, fallocate, ENOSPC, -1, (int fd, int mode, off_t at, off_t length), (fd, mode, at, length))
FILES(int, fstat, EIO, -1, (int fd, struct stat *status), (fd, status))
FILES(int, stat, EIO, -1, (const char *path, struct stat *status), (path, status))
FILES(int, lstat, EIO, -1, (const char *path, struct stat *status), (path, status))
FILES(char *, realpath, EIO, NULL, (const char *path, char *resolved), (path, resolved))
FILES(char *, getcwd, EIO, NULL, (char *buffer, size_t size), (buffer, size))
FILES(int, getrlimit, EINVAL, -1, (__rlimit_resource_t resource, struct rlimit *limit), (resource, limit))
FILES(int, mkdir, EACCES, -1, (const char *path, mode_t mode), (path, mode))
FILES(int, mkstemp, EACCES, -1, (char *pattern), (pattern))
FILES(int, mkstemps, EACCES, -1, (char *pattern, int length), (pattern, length))

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    if (hit(FAILING_FILES)) {
        errno = EMFILE;
        return -1;
    }
    return __real_open(path, flags, mode);
}

/* A stream's failure is seen by ferror, as the C library would set it. */
static int stream_hit(FILE *stream, int error)
{
    if (stream == stderr || !hit(FAILING_FILES)) {
        return 0;
    }
    stream->_flags |= 0x20; /* glibc's _IO_ERR_SEEN */
    errno = error;
    return 1;
}

#define STREAM(type, name, error, result, parameters, arguments)                                             \
    type __real_##name parameters;                                                                           \
    type __wrap_##name parameters;                                                                           \
    type __wrap_##name parameters                                                                            \
    {                                                                                                        \
        return stream_hit(stream, error) ? result : __real_##name arguments;                                 \
    }

STREAM(size_t, fread, EIO, 0, (void *buffer, size_t size, size_t n, FILE *stream), (buffer, size, n, stream))
STREAM(size_t, fwrite, ENOSPC, 0, (const void *buffer, size_t size, size_t n, FILE *stream),
       (buffer, size, n, stream))
STREAM(char *, fgets, EIO, NULL, (char *line, int size, FILE *stream), (line, size, stream))
STREAM(int, fflush, ENOSPC, EOF, (FILE * stream), (stream))
STREAM(ssize_t, getdelim, EIO, -1, (char **line, size_t *size, int end, FILE *stream),
       (line, size, end, stream))
STREAM(ssize_t, __getdelim, EIO, -1, (char **line, size_t *size, int end, FILE *stream),
       (line, size, end, stream))

/* A failing close has closed all the same. */
int __real_fclose(FILE *stream);
int __wrap_fclose(FILE *stream);
int __wrap_fclose(FILE *stream)
{
    const int fails = hit(FAILING_FILES), rc = __real_fclose(stream);
    if (!fails) {
        return rc;
    }
    errno = EIO;
    return EOF;
}
