#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* renameat2 */
#endif
#include "io/output.h"
#include "io/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
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

static int refuse_existing(const ent_output_t *output, ent_context_t *ctx)
{
    return ent_fail(ctx, ENT_ERR_CANT_CREATE, output->path,
                    "the file exists already; --overwrite replaces it, another name keeps it");
}

static int check_target(const ent_output_t *output, ent_context_t *ctx)
{
    struct stat status;
    if (output->path[0] == '\0')
        return ent_fail(ctx, ENT_ERR_CANT_CREATE, "output", "the name of the output file is empty");
    if (lstat(output->path, &status) != 0)
        return 0;
    if (!S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode))
        return ent_fail(ctx, ENT_ERR_CANT_CREATE, output->path, "exists and is no regular file");
    return output->overwrite ? 0 : refuse_existing(output, ctx);
}

int ent_output_begin(ent_output_t *output, const char *path, int overwrite, ent_context_t *ctx)
{
    int rc;
    size_t length = strlen(path) + 32;

    *output = (ent_output_t){.path = strdup(path), .overwrite = overwrite, .fd = -1};
    char *temporary = malloc(length);
    char *copy = strdup(path); /* dirname() may write into it */
    if (output->path != NULL && copy != NULL)
        output->folder = strdup(dirname(copy));
    free(copy);
    if (output->folder == NULL || temporary == NULL) {
        rc = ent_fail(ctx, ENT_ERR_NO_MEMORY, path, "no memory for a file name");
        goto out;
    }
    rc = check_target(output, ctx);
    if (rc != 0)
        goto out;
    snprintf(temporary, length, "%s.%ld.tmp", path, (long)getpid());
    output->fd = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (output->fd < 0) {
        rc = ent_fail(ctx, code_of_errno(errno), path, "cannot be created: %s", strerror(errno));
        goto out;
    }
    output->temporary = temporary;
    temporary = NULL;
out:
    free(temporary);
    if (rc != 0)
        ent_output_abandon(output);
    return rc;
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
    if (output->overwrite)
        error = rename(output->temporary, output->path) == 0 ? 0 : errno;
    else
        error = rename_new(output->temporary, output->path);
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
    if (output->path != NULL && output->fd >= 0)
        close(output->fd);
    if (output->temporary != NULL)
        unlink(output->temporary);
    free(output->temporary);
    free(output->folder);
    free(output->path);
    *output = (ent_output_t){.fd = -1};
}
