#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* renameat2, asprintf */
#endif
#include "io/output.h"

#include "base/input.h"
#include "io/lock.h"
#include "io/seal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* A full disk or quota is a failed write; everything else that stops a file from coming to be is a name that
 * cannot be created. */
static int code_of_errno(int error)
{
    return error == ENOSPC || error == EDQUOT || error == EFBIG || error == EIO ? ENT_ERR_IO
                                                                                : ENT_ERR_CANT_CREATE;
}

static int refuse(const ent_output_t *output, ent_context_t *ctx, const char *why)
{
    return ent_fail(ctx, ENT_ERR_CANT_CREATE, output->path, "%s", why);
}

static int refuse_existing(const ent_output_t *output, ent_context_t *ctx)
{
    return refuse(output, ctx, "the file exists already; --overwrite replaces it, another name keeps it");
}

/* Whether a file is one of the program's own standard streams. */
static int is_standard_stream(const struct stat *status)
{
    struct stat stream;
    for (int fd = 0; fd <= 2; fd++) {
        if (fstat(fd, &stream) == 0 && stream.st_dev == status->st_dev && stream.st_ino == status->st_ino) {
            return 1;
        }
    }
    return 0;
}

/* Only a regular file that is nobody's input is ever replaced, and only when asked for. */
static int check_target(const ent_output_t *output, ent_context_t *ctx)
{
    struct stat status;
    if (lstat(output->target, &status) != 0) {
        return 0;
    }
    if (!S_ISREG(status.st_mode)) {
        return refuse(output, ctx, "exists and is no regular file: give another name");
    }
    if (is_standard_stream(&status)) {
        return refuse(output, ctx, "is a standard stream of this program: give another name");
    }
    if (ent_input_was_read(ctx, &status)) {
        return refuse(output, ctx, "is an input of this command: give another name");
    }
    return output->overwrite ? 0 : refuse_existing(output, ctx);
}

/* The folder of a path, new. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? strdup(".") : slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

/* Where a link at `path` points to, new; NULL without memory, and *linked 0 where there is no link. */
static char *follow(const char *path, int *linked)
{
    char *found = malloc(PATH_MAX), *joined = NULL;
    const ssize_t n = found != NULL ? readlink(path, found, PATH_MAX - 1) : -1;
    *linked = n >= 0;
    if (n >= 0) {
        found[n] = '\0';
        char *folder = found[0] != '/' ? folder_of(path) : NULL;
        if (found[0] == '/') {
            joined = strdup(found);
        } else if (folder != NULL && asprintf(&joined, "%s/%s", folder, found) < 0) {
            joined = NULL;
        }
        free(folder);
    } else if (found != NULL) {
        joined = strdup(path);
    }
    free(found);
    return joined;
}

/* The file that is meant: links are followed, also to a file that is not there yet. */
static int resolve(ent_output_t *output, ent_context_t *ctx)
{
    enum { MOST_LINKS = 40 };
    int linked = 1;
    output->target = strdup(output->path);
    for (int i = 0; output->target != NULL && linked; i++) {
        char *next = i < MOST_LINKS ? follow(output->target, &linked) : NULL;
        if (i == MOST_LINKS) {
            return refuse(output, ctx, "too many links lead to one another");
        }
        free(output->target);
        output->target = next;
    }
    output->folder = output->target != NULL ? folder_of(output->target) : NULL;
    return output->folder != NULL ? 0
                                  : ent_fail(ctx, ENT_ERR_NO_MEMORY, output->path, "no memory for its name");
}

/* ---- temporary files ---- */

enum { SUFFIX_DIGITS = 16 };

/* Whether `name` is that of a temporary file for the file called `base`: its name, 16 digits, "tmp". */
static int is_temporary_of(const char *name, const char *base)
{
    const size_t n = strlen(base);
    return strncmp(name, base, n) == 0 && name[n] == '.' &&
           strspn(name + n + 1, "0123456789abcdef") == SUFFIX_DIGITS &&
           strcmp(name + n + 1 + SUFFIX_DIGITS, ".tmp") == 0;
}

/* Remove a temporary file that nobody holds: its lock died with its owner. */
static void remove_unheld(int folder, const char *name)
{
    struct stat status;
    const int fd = openat(folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && ent_lock_file(fd) == ENT_LOCK_OURS) {
        unlinkat(folder, name, 0);
    }
    if (fd >= 0) {
        close(fd);
    }
}

void ent_output_sweep(const char *target)
{
    const char *slash = strrchr(target, '/'), *base = slash != NULL ? slash + 1 : target;
    char *folder = folder_of(target);
    DIR *directory = folder != NULL ? opendir(folder) : NULL;
    for (const struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        if (is_temporary_of(entry->d_name, base)) {
            remove_unheld(dirfd(directory), entry->d_name);
        }
    }
    if (directory != NULL) {
        closedir(directory);
    }
    free(folder);
}

/* Create and lock a file under a name that cannot repeat. A sweep of somebody else's between the two takes it
 * for unheld: then there is no link left, and the next name is tried. 0, or errno. */
static int create_temporary(ent_output_t *output, char *temporary, size_t size)
{
    enum { TRIES = 100 };
    for (int i = 0; i < TRIES; i++) {
        unsigned long long number;
        struct stat status;
        if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number) {
            return errno;
        }
        snprintf(temporary, size, "%s.%016llx.tmp", output->target, number);
        output->fd = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (output->fd < 0 && errno != EEXIST) {
            return errno;
        }
        if (output->fd >= 0 && ent_lock_file(output->fd) != ENT_LOCK_HELD &&
            fstat(output->fd, &status) == 0 && status.st_nlink > 0) {
            return 0;
        }
        if (output->fd >= 0) {
            unlink(temporary);
            close(output->fd);
            output->fd = -1;
        }
    }
    return EEXIST;
}

static int begin_temporary(ent_output_t *output, ent_context_t *ctx)
{
    const size_t size = strlen(output->target) + SUFFIX_DIGITS + 8;
    char *temporary = malloc(size);
    if (temporary == NULL) {
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, output->path, "no memory for a file name");
    }
    ent_output_sweep(output->target);
    const int error = create_temporary(output, temporary, size);
    if (error != 0) {
        free(temporary);
        return ent_fail(ctx, code_of_errno(error), output->path, "cannot be created: %s", strerror(error));
    }
    output->temporary = temporary;
    return 0;
}

/* Name and target of an output that may be made. */
static int name_output(ent_output_t *output, const char *path, int overwrite, ent_context_t *ctx)
{
    *output = (ent_output_t){.path = strdup(path), .overwrite = overwrite, .fd = -1};
    if (output->path == NULL) {
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, path, "no memory for a file name");
    }
    if (path[0] == '\0') {
        return ent_fail(ctx, ENT_ERR_CANT_CREATE, "output", "the name of the output file is empty");
    }
    const int code = resolve(output, ctx);
    return code == 0 ? check_target(output, ctx) : code;
}

int ent_output_allowed(const char *path, int overwrite, ent_context_t *ctx)
{
    ent_output_t output;
    const int code = name_output(&output, path, overwrite, ctx);
    ent_output_abandon(&output);
    return code;
}

int ent_output_begin(ent_output_t *output, const char *path, int overwrite, ent_context_t *ctx)
{
    int code = name_output(output, path, overwrite, ctx);
    code = code == 0 ? begin_temporary(output, ctx) : code;
    if (code != 0) {
        ent_output_abandon(output);
    }
    return code;
}

int ent_output_reserve(ent_output_t *output, long long bytes, ent_context_t *ctx)
{
    struct rlimit limit;
    if (bytes <= output->reserved)
        return 0;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        (rlim_t)bytes > limit.rlim_cur)
        return ent_fail(ctx, ENT_ERR_IO, output->path, "no room for %lld bytes: %s", bytes, strerror(EFBIG));
    /* The size stays: what is reserved and not used is given back at the end. */
    if (fallocate(output->fd, FALLOC_FL_KEEP_SIZE, output->reserved, bytes - output->reserved) == 0) {
        output->reserved = bytes;
        return 0;
    }
    if (code_of_errno(errno) != ENT_ERR_IO)
        return 0;
    return ent_fail(ctx, ENT_ERR_IO, output->path, "no room for %lld bytes: %s", bytes, strerror(errno));
}

/* Give back what was reserved and not used, and flush. 0, or errno. */
static int sync_file(int fd)
{
    struct stat status;
    if (fstat(fd, &status) != 0 || ftruncate(fd, status.st_size) != 0 || fsync(fd) != 0)
        return errno;
    return 0;
}

static int sync_folder(const char *folder)
{
    int error = 0;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        error = errno;
    if (fd >= 0)
        close(fd);
    /* Some file systems cannot flush a folder, and some folders can be written but not read. */
    return error == EINVAL || error == EACCES ? 0 : error;
}

/* Rename unless the target exists. File systems without that call make a hard link, which refuses as well;
 * those without links are asked first, with a moment between question and rename. 0, or errno. */
static int rename_new(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    if (link(from, to) == 0)
        return unlink(from) == 0 ? 0 : errno;
    if (errno == EEXIST)
        return errno;
    struct stat status;
    if (lstat(to, &status) == 0)
        return EEXIST;
    return rename(from, to) == 0 ? 0 : errno;
}

int ent_output_seal(ent_output_t *output, ent_context_t *ctx)
{
    return ent_seal_add(output->fd, output->path, ctx);
}

int ent_output_commit(ent_output_t *output, ent_context_t *ctx)
{
    int rc = 0;
    int error = sync_file(output->fd);
    if (error != 0) {
        rc = ent_fail(ctx, ENT_ERR_IO, output->path, "could not be flushed to disk: %s", strerror(error));
        goto out;
    }
    if (output->overwrite) {
        rc = check_target(output, ctx); /* again: it may have come to be, or have been read, since */
        if (rc != 0)
            goto out;
        error = rename(output->temporary, output->target) == 0 ? 0 : errno;
    } else {
        error = rename_new(output->temporary, output->target);
    }
    if (error == EEXIST) {
        rc = refuse_existing(output, ctx);
        goto out;
    }
    if (error != 0) {
        rc = ent_fail(ctx, code_of_errno(error), output->path, "could not be renamed into place: %s",
                      strerror(error));
        goto out;
    }
    free(output->temporary); /* renamed: nothing is left to remove */
    output->temporary = NULL;
    error = sync_folder(output->folder);
    if (error != 0)
        rc = ent_fail(ctx, ENT_ERR_IO, output->path, "its folder could not be flushed to disk: %s",
                      strerror(error));
out:
    ent_output_abandon(output);
    return rc;
}

void ent_output_abandon(ent_output_t *output)
{
    if (output->temporary != NULL)
        unlink(output->temporary);
    if (output->path != NULL && output->fd >= 0)
        close(output->fd);
    free(output->temporary);
    free(output->folder);
    free(output->target);
    free(output->path);
    *output = (ent_output_t){.fd = -1};
}
