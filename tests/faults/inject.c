/* Counting, and the calls of the C library; those of HDF5 are in inject_hdf5.c. */
#include "inject.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const char *const kind_names[INJECT_N_KINDS] = {"memory", "library", "hdf5",   "open",
                                                       "read",   "write",   "short",  "sync",
                                                       "rename", "size",    "status", "clock"};

static atomic_long n_calls[INJECT_N_KINDS];
static atomic_int armed;
static int fault_kind = -1, fault_stays;
static long fault_at;

/* Code of the program and of the objects that count as part of it. */
#define MAX_OBJECTS 16
static struct {
    uintptr_t begin, end;
} own[MAX_OBJECTS];
static int n_own, follows_blocks;

/* ---- counting ---- */

int inject_hit(inject_kind_t kind)
{
    if (!atomic_load(&armed))
        return 0;
    long n = atomic_fetch_add(&n_calls[kind], 1) + 1;
    return (int)kind == fault_kind && (n == fault_at || (fault_stays && n > fault_at));
}

static int counts_as_own(const char *path)
{
    const char *name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
    const char *wanted = getenv("ENTREPOT_FAULT_OBJECTS");
    for (const char *word = wanted; word != NULL && *word != '\0'; word += *word == ',') {
        size_t length = strcspn(word, ",");
        if (length > 0 && strncmp(name, word, length) == 0)
            return 1;
        word += length;
    }
    return 0;
}

static int find_own(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size;
    int first = (*(int *)data)++ == 0; /* the first object is the program */
    for (int i = 0; i < info->dlpi_phnum && (first || counts_as_own(info->dlpi_name)); i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type == PT_LOAD && (part->p_flags & PF_X) != 0 && n_own < MAX_OBJECTS) {
            own[n_own].begin = info->dlpi_addr + part->p_vaddr;
            own[n_own].end = own[n_own].begin + part->p_memsz;
            n_own++;
        }
    }
    return 0;
}

static int is_own(const void *caller)
{
    for (int i = 0; i < n_own; i++)
        if ((uintptr_t)caller >= own[i].begin && (uintptr_t)caller < own[i].end)
            return 1;
    return 0;
}

static void read_fault(const char *text)
{
    const char *colon = text != NULL ? strchr(text, ':') : NULL;
    if (colon == NULL)
        return;
    for (int k = 0; k < INJECT_N_KINDS; k++)
        if (strlen(kind_names[k]) == (size_t)(colon - text) &&
            strncmp(text, kind_names[k], (size_t)(colon - text)) == 0)
            fault_kind = k;
    fault_at = strtol(colon + 1, NULL, 10);
    fault_stays = text[strlen(text) - 1] == '+';
}

static void write_counts(void)
{
    char line[64];
    const char *path = getenv("ENTREPOT_FAULT_COUNT");
    long fd = path != NULL ? syscall(SYS_open, path, O_WRONLY | O_CREAT | O_APPEND, 0666) : -1;
    for (int k = 0; k < INJECT_N_KINDS && fd >= 0; k++) {
        int n = snprintf(line, sizeof line, "%s %ld\n", kind_names[k], atomic_load(&n_calls[k]));
        syscall(SYS_write, fd, line, n);
    }
    if (fd >= 0 && follows_blocks) {
        int n = snprintf(line, sizeof line, "blocks %ld\n", inject_blocks());
        syscall(SYS_write, fd, line, n);
    }
    if (fd >= 0)
        syscall(SYS_close, fd);
}

typedef int main_t(int, char **, char **);
static main_t *program_main;

static int counted_main(int argc, char **argv, char **environment)
{
    int n_seen = 0;
    dl_iterate_phdr(find_own, &n_seen);
    follows_blocks = getenv("ENTREPOT_FAULT_OBJECTS") != NULL;
    read_fault(getenv("ENTREPOT_FAULT"));
    atomic_store(&armed, 1);
    int code = program_main(argc, argv, environment);
    atomic_store(&armed, 0);
    write_counts();
    return code;
}

/* The C library's start of a program: main is replaced by one that counts. */
int __libc_start_main(main_t *main, int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*loader_fini)(void), void *stack_end);

int __libc_start_main(main_t *main, int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*loader_fini)(void), void *stack_end)
{
    typedef int start_t(main_t *, int, char **, void (*)(void), void (*)(void), void (*)(void), void *);
    start_t *start = (start_t *)inject_next("__libc_start_main");
    program_main = main;
    return start(counted_main, argc, argv, init, fini, loader_fini, stack_end);
}

/* ---- memory ---- */

/* dlsym itself asks for memory before the allocator behind this one is known: it gets some from here. */
static char early[1 << 16];
static atomic_size_t early_used;
static _Thread_local int looking;

static void *early_memory(size_t size)
{
    size_t begin = atomic_fetch_add(&early_used, (size + 31) / 16 * 16);
    return begin + size < sizeof early ? early + begin : NULL;
}

static int is_early(const void *memory)
{
    return (const char *)memory >= early && (const char *)memory < early + sizeof early;
}

void *inject_next(const char *name)
{
    looking++;
    void *function = dlsym(RTLD_NEXT, name);
    looking--;
    if (function == NULL) {
        static const char words[] = "inject: a function is missing\n";
        syscall(SYS_write, 2, words, sizeof words - 1);
        _exit(127);
    }
    return function;
}

/* 1 when the allocation asked for at `caller` is to fail. */
static int allocation_hit(const void *caller)
{
    return inject_hit(is_own(caller) ? INJECT_MEMORY : INJECT_LIBRARY);
}

/* The block a caller was given. */
static void *given(void *memory, const void *caller)
{
    if (follows_blocks && atomic_load(&armed) && is_own(caller))
        inject_remember(memory);
    return memory;
}

#define CALLER __builtin_return_address(0)
#define NEXT(name)                                                                                           \
    static __typeof__(name) *next;                                                                           \
    if (next == NULL)                                                                                        \
    next = (__typeof__(name) *)inject_next(#name)
#define FAIL_ALLOCATION                                                                                      \
    if (allocation_hit(CALLER)) {                                                                            \
        errno = ENOMEM;                                                                                      \
        return NULL;                                                                                         \
    }

void *malloc(size_t size)
{
    if (looking)
        return early_memory(size);
    NEXT(malloc);
    FAIL_ALLOCATION
    return given(next(size), CALLER);
}

void *calloc(size_t count, size_t size)
{
    if (looking)
        return early_memory(count * size); /* never given back: still zero */
    NEXT(calloc);
    FAIL_ALLOCATION
    return given(next(count, size), CALLER);
}

void *realloc(void *memory, size_t size)
{
    if (looking)
        return early_memory(size);
    NEXT(realloc);
    FAIL_ALLOCATION
    if (!is_early(memory)) {
        if (follows_blocks) /* before another thread may be given its address */
            inject_forget(memory);
        void *moved = next(memory, size);
        given(moved != NULL ? moved : memory, CALLER);
        return moved;
    }
    void *copy = malloc(size);
    return copy != NULL ? memcpy(copy, memory, size) : NULL;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    NEXT(aligned_alloc);
    FAIL_ALLOCATION
    return given(next(alignment, size), CALLER);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    NEXT(posix_memalign);
    int code = allocation_hit(CALLER) ? ENOMEM : next(memory, alignment, size);
    if (code == 0)
        given(*memory, CALLER);
    return code;
}

void free(void *memory)
{
    if (memory == NULL || is_early(memory))
        return;
    NEXT(free);
    if (follows_blocks)
        inject_forget(memory);
    next(memory);
}

/* These ask the C library's own malloc, whose caller would be the C library. */
char *strdup(const char *text)
{
    NEXT(strdup);
    FAIL_ALLOCATION
    return given(next(text), CALLER);
}

char *strndup(const char *text, size_t n)
{
    NEXT(strndup);
    FAIL_ALLOCATION
    return given(next(text, n), CALLER);
}

int vasprintf(char **text, const char *format, va_list arguments)
{
    NEXT(vasprintf);
    return allocation_hit(CALLER) ? -1 : next(text, format, arguments);
}

/* ---- files ---- */

#define FAIL(kind, error, result)                                                                            \
    if (inject_hit(kind)) {                                                                                  \
        errno = error;                                                                                       \
        return result;                                                                                       \
    }

int open(const char *path, int flags, ...)
{
    NEXT(open);
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    FAIL(INJECT_OPEN, EMFILE, -1)
    return next(path, flags, mode);
}

FILE *fopen(const char *path, const char *mode)
{
    NEXT(fopen);
    FAIL(INJECT_OPEN, EMFILE, NULL)
    return next(path, mode);
}

FILE *fdopen(int fd, const char *mode)
{
    NEXT(fdopen);
    FAIL(INJECT_OPEN, EMFILE, NULL)
    return next(fd, mode);
}

ssize_t read(int fd, void *buffer, size_t n)
{
    NEXT(read);
    FAIL(INJECT_READ, EIO, -1)
    return next(fd, buffer, n);
}

ssize_t pread(int fd, void *buffer, size_t n, off_t offset)
{
    NEXT(pread);
    FAIL(INJECT_READ, EIO, -1)
    return next(fd, buffer, n, offset);
}

/* A stream's failure is seen by ferror, as the C library would set it. */
static void mark_failed(FILE *stream)
{
    stream->_flags |= 0x20; /* glibc's _IO_ERR_SEEN */
}

size_t fread(void *buffer, size_t size, size_t n, FILE *stream)
{
    NEXT(fread);
    if (inject_hit(INJECT_READ)) {
        mark_failed(stream);
        errno = EIO;
        return 0;
    }
    return next(buffer, size, n, stream);
}

char *fgets(char *line, int size, FILE *stream)
{
    NEXT(fgets);
    if (inject_hit(INJECT_READ)) {
        mark_failed(stream);
        errno = EIO;
        return NULL;
    }
    return next(line, size, stream);
}

ssize_t write(int fd, const void *buffer, size_t n)
{
    NEXT(write);
    FAIL(INJECT_WRITE, ENOSPC, -1)
    return next(fd, buffer, n > 1 && inject_hit(INJECT_SHORT) ? n / 2 : n);
}

ssize_t pwrite(int fd, const void *buffer, size_t n, off_t offset)
{
    NEXT(pwrite);
    FAIL(INJECT_WRITE, ENOSPC, -1)
    return next(fd, buffer, n > 1 && inject_hit(INJECT_SHORT) ? n / 2 : n, offset);
}

size_t fwrite(const void *buffer, size_t size, size_t n, FILE *stream)
{
    NEXT(fwrite);
    if (stream != stderr && inject_hit(INJECT_WRITE)) {
        mark_failed(stream);
        errno = ENOSPC;
        return 0;
    }
    return next(buffer, size, n, stream);
}

int fsync(int fd)
{
    NEXT(fsync);
    FAIL(INJECT_SYNC, EIO, -1)
    return next(fd);
}

int fdatasync(int fd)
{
    NEXT(fdatasync);
    FAIL(INJECT_SYNC, EIO, -1)
    return next(fd);
}

int fflush(FILE *stream)
{
    NEXT(fflush);
    if (stream != stderr)
        FAIL(INJECT_SYNC, ENOSPC, EOF)
    return next(stream);
}

/* A failing close has closed all the same. */
int fclose(FILE *stream)
{
    NEXT(fclose);
    int fails = inject_hit(INJECT_SYNC);
    int rc = next(stream);
    if (!fails)
        return rc;
    errno = EIO;
    return EOF;
}

int rename(const char *from, const char *to)
{
    NEXT(rename);
    FAIL(INJECT_RENAME, EIO, -1)
    return next(from, to);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    NEXT(renameat2);
    FAIL(INJECT_RENAME, EINVAL, -1) /* what a file system without this call says: a link comes next */
    return next(from_folder, from, to_folder, to, flags);
}

int link(const char *from, const char *to)
{
    NEXT(link);
    FAIL(INJECT_RENAME, EPERM, -1)
    return next(from, to);
}

int ftruncate(int fd, off_t length)
{
    NEXT(ftruncate);
    FAIL(INJECT_SIZE, EIO, -1)
    return next(fd, length);
}

int fallocate(int fd, int mode, off_t offset, off_t length)
{
    NEXT(fallocate);
    FAIL(INJECT_SIZE, ENOSPC, -1)
    return next(fd, mode, offset, length);
}

int fstat(int fd, struct stat *status)
{
    NEXT(fstat);
    FAIL(INJECT_STATUS, EIO, -1)
    return next(fd, status);
}

int stat(const char *path, struct stat *status)
{
    NEXT(stat);
    FAIL(INJECT_STATUS, EIO, -1)
    return next(path, status);
}

int lstat(const char *path, struct stat *status)
{
    NEXT(lstat);
    FAIL(INJECT_STATUS, EIO, -1)
    return next(path, status);
}

int getrlimit(__rlimit_resource_t resource, struct rlimit *limit)
{
    NEXT(getrlimit);
    FAIL(INJECT_STATUS, EINVAL, -1)
    return next(resource, limit);
}

char *realpath(const char *path, char *resolved)
{
    NEXT(realpath);
    FAIL(INJECT_STATUS, EIO, NULL)
    return next(path, resolved);
}

/* ---- clocks ---- */

enum { DAY = 86400 };

int clock_gettime(clockid_t clock, struct timespec *now)
{
    NEXT(clock_gettime);
    int rc = next(clock, now);
    if (inject_hit(INJECT_CLOCK))
        now->tv_sec -= DAY;
    return rc;
}

time_t time(time_t *result)
{
    NEXT(time);
    time_t now = next(NULL) - (inject_hit(INJECT_CLOCK) ? DAY : 0);
    if (result != NULL)
        *result = now;
    return now;
}
