#include "base/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int ent_input_was_read(const ent_context_t *ctx, const struct stat *status)
{
    for (size_t i = 0; i < ctx->n_inputs; i++) {
        if (ctx->inputs[i].device == (unsigned long long)status->st_dev &&
            ctx->inputs[i].number == (unsigned long long)status->st_ino) {
            return 1;
        }
    }
    return 0;
}

static int remember(ent_context_t *ctx, const struct stat *status, const char *path)
{
    if (ent_input_was_read(ctx, status)) {
        return 0;
    }
    if (ctx->n_inputs == ctx->input_capacity) {
        const size_t room = ctx->n_inputs == 0 ? 8 : 2 * ctx->n_inputs;
        ent_input_t *grown = realloc(ctx->inputs, room * sizeof *grown);
        if (grown == NULL) {
            return ent_fail(ctx, ENT_ERR_NO_MEMORY, path, "no memory to remember that it was read");
        }
        ctx->inputs = grown;
        ctx->input_capacity = room;
    }
    ctx->inputs[ctx->n_inputs++] =
        (ent_input_t){(unsigned long long)status->st_dev, (unsigned long long)status->st_ino};
    return 0;
}

void ent_input_forget(ent_context_t *ctx, const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        return;
    }
    for (size_t i = 0; i < ctx->n_inputs; i++) {
        if (ctx->inputs[i].device == (unsigned long long)status.st_dev &&
            ctx->inputs[i].number == (unsigned long long)status.st_ino) {
            ctx->inputs[i] = (ent_input_t){0, 0}; /* no file has this number */
        }
    }
}

int ent_input_open(int *fd, const char *path, ent_context_t *ctx)
{
    struct stat status;
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (*fd < 0) {
        return ent_fail(ctx, ENT_ERR_NO_INPUT, path, "cannot be opened: %s", strerror(errno));
    }
    int code = 0;
    if (fstat(*fd, &status) != 0) {
        code = ent_fail(ctx, ENT_ERR_NO_INPUT, path, "cannot be read: %s", strerror(errno));
    } else if (!S_ISREG(status.st_mode)) {
        code = ent_fail(ctx, ENT_ERR_NO_INPUT, path,
                        S_ISDIR(status.st_mode) ? "is a folder"
                                                : "is no regular file: pipes and devices are not read");
    } else {
        code = remember(ctx, &status, path);
    }
    if (code != 0) {
        close(*fd);
        *fd = -1;
    }
    return code;
}

int ent_input_stream(FILE **stream, const char *path, ent_context_t *ctx)
{
    int fd;
    *stream = NULL;
    int code = ent_input_open(&fd, path, ctx);
    if (code == 0) {
        *stream = fdopen(fd, "rb");
        if (*stream == NULL) {
            code = ent_fail(ctx, errno == ENOMEM ? ENT_ERR_NO_MEMORY : ENT_ERR_NO_INPUT, path,
                            "cannot be opened: %s", strerror(errno));
            close(fd);
        }
    }
    return code;
}
