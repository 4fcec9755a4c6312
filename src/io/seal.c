#include "io/seal.h"

#include "base/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char seal_begin[] = "\nentrepot-seal sha256 ";
enum { SEAL_BYTES = sizeof seal_begin - 1 + ENT_SHA256_TEXT - 1 + 1 }; /* begin, digits, end of line */

static const unsigned char hdf5_signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

static int write_all(int fd, const char *data, size_t size, off_t offset)
{
    while (size > 0) {
        const ssize_t n = pwrite(fd, data, size, offset);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return -1;
        }
        data += n;
        size -= (size_t)n;
        offset += n;
    }
    return 0;
}

/* Exactly `size` bytes at `offset`. */
static int read_all(int fd, void *data, size_t size, off_t offset)
{
    char *to = data;
    while (size > 0) {
        const ssize_t n = pread(fd, to, size, offset);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return -1;
        }
        to += n;
        size -= (size_t)n;
        offset += n;
    }
    return 0;
}

int ent_seal_add(int fd, const char *path, ent_context_t *ctx)
{
    struct stat status;
    char digest[ENT_SHA256_TEXT], seal[SEAL_BYTES + 1];
    if (fstat(fd, &status) != 0) {
        return ent_fail(ctx, ENT_ERR_IO, path, "cannot be sealed: %s", strerror(errno));
    }
    const int code = ent_sha256_descriptor(fd, status.st_size, path, digest, ctx);
    if (code != 0) {
        return code;
    }
    snprintf(seal, sizeof seal, "%s%s\n", seal_begin, digest);
    if (write_all(fd, seal, SEAL_BYTES, status.st_size) != 0) {
        return ent_fail(ctx, ENT_ERR_IO, path, "cannot be sealed: %s", strerror(errno));
    }
    return 0;
}

static int check(int fd, const char *path, char digest[ENT_SHA256_TEXT], ent_context_t *ctx)
{
    struct stat status;
    unsigned char signature[sizeof hdf5_signature];
    char seal[SEAL_BYTES];
    const size_t begin = sizeof seal_begin - 1;
    if (fstat(fd, &status) != 0) {
        return ent_fail(ctx, ENT_ERR_NO_INPUT, path, "cannot be read: %s", strerror(errno));
    }
    if (read_all(fd, signature, sizeof signature, 0) != 0 ||
        memcmp(signature, hdf5_signature, sizeof signature) != 0) {
        return ent_fail(ctx, ENT_ERR_DATA, path, "is no HDF5 file");
    }
    if (status.st_size < SEAL_BYTES || read_all(fd, seal, SEAL_BYTES, status.st_size - SEAL_BYTES) != 0 ||
        memcmp(seal, seal_begin, begin) != 0 || seal[SEAL_BYTES - 1] != '\n') {
        return ent_fail(
            ctx, ENT_ERR_DATA, path,
            "an HDF5 file without Entrepot's seal at its end: it was cut, changed by another program, "
            "or is none of Entrepot's");
    }
    const int code = ent_sha256_descriptor(fd, status.st_size - SEAL_BYTES, path, digest, ctx);
    if (code != 0) {
        return code;
    }
    if (memcmp(seal + begin, digest, ENT_SHA256_TEXT - 1) != 0) {
        return ent_fail(ctx, ENT_ERR_DATA, path, "damaged: its bytes are not those that were sealed");
    }
    return 0;
}

int ent_seal_check(const char *path, char sha256[ENT_SHA256_TEXT], ent_context_t *ctx)
{
    char digest[ENT_SHA256_TEXT];
    int fd, code = ent_input_open(&fd, path, ctx);
    if (code != 0) {
        return code;
    }
    code = check(fd, path, digest, ctx);
    close(fd);
    if (code == 0 && sha256 != NULL) {
        memcpy(sha256, digest, ENT_SHA256_TEXT);
    }
    return code;
}
