#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* F_OFD_SETLK */
#endif
#include "io/lock.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

ent_lock_state_t ent_lock_file(int fd)
{
    /* of the opening, not of the process: another thread's or library's close does not let go of it */
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_SETLK, &lock) == 0) {
        return ENT_LOCK_OURS;
    }
    return errno == EACCES || errno == EAGAIN ? ENT_LOCK_HELD : ENT_LOCK_UNSURE;
}

/* Whether `path` is still the file that is open: its last owner removes it before letting go. */
static int still_there(int fd, const char *path)
{
    struct stat open_file, named;
    return fstat(fd, &open_file) == 0 && stat(path, &named) == 0 && open_file.st_dev == named.st_dev &&
           open_file.st_ino == named.st_ino;
}

int ent_lock_take(ent_lock_t *lock, const char *path, const char *what, ent_context_t *ctx)
{
    enum { TRIES = 100 };
    *lock = (ent_lock_t){.path = strdup(path), .fd = -1};
    int code = lock->path == NULL ? ent_fail(ctx, ENT_ERR_NO_MEMORY, path, "no memory for its name") : 0;
    for (int i = 0; code == 0 && i < TRIES; i++) {
        lock->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (lock->fd < 0) {
            code = ent_fail(ctx, ENT_ERR_CANT_CREATE, path, "cannot be created: %s", strerror(errno));
            break;
        }
        const ent_lock_state_t state = ent_lock_file(lock->fd);
        if (state == ENT_LOCK_UNSURE || (state == ENT_LOCK_OURS && still_there(lock->fd, path))) {
            return 0;
        }
        close(lock->fd);
        lock->fd = -1;
        if (state == ENT_LOCK_HELD) {
            code = ent_fail(ctx, ENT_ERR_CANT_CREATE, path, "another process is %s", what);
        }
    }
    if (code == 0) {
        code = ent_fail(ctx, ENT_ERR_CANT_CREATE, path, "is removed again and again");
    }
    ent_lock_release(lock);
    return code;
}

int ent_lock_output(ent_lock_t *lock, const char *output, ent_context_t *ctx)
{
    char *path = ent_format(ctx, "%s.lock", output);
    const int code =
        path == NULL ? ENT_ERR_NO_MEMORY : ent_lock_take(lock, path, "working on the same output", ctx);
    free(path);
    return code;
}

void ent_lock_release(ent_lock_t *lock)
{
    if (lock->path != NULL && lock->fd >= 0) {
        unlink(lock->path); /* ours as long as it is held */
        close(lock->fd);
    }
    free(lock->path);
    *lock = (ent_lock_t){.fd = -1};
}
