#include "base/hash.h"

#include "base/input.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_SIZE = 65536 };

static void to_text(const unsigned char *digest, unsigned int length, char text[ENT_SHA256_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    unsigned int n = 0;
    for (; n < length && n < (ENT_SHA256_TEXT - 1) / 2; n++) {
        text[2 * n] = digits[digest[n] >> 4];
        text[2 * n + 1] = digits[digest[n] & 15];
    }
    text[2 * n] = '\0';
}

int ent_sha256_buffer(const void *data, size_t size, char text[ENT_SHA256_TEXT], ent_context_t *ctx)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    text[0] = '\0';
    if (EVP_Digest(data, size, digest, &length, EVP_sha256(), NULL) != 1) {
        return ent_fail(ctx, ENT_ERR_BUG, "hash", "SHA-256 is not available in the OpenSSL library");
    }
    to_text(digest, length, text);
    return ENT_OK;
}

/* Feed `size` bytes of the file into the digest. */
static int digest_bytes(EVP_MD_CTX *state, int fd, long long size, const char *path, ent_context_t *ctx)
{
    unsigned char buffer[READ_SIZE];
    for (long long done = 0; done < size;) {
        const size_t wanted = size - done < READ_SIZE ? (size_t)(size - done) : READ_SIZE;
        const ssize_t got = pread(fd, buffer, wanted, done);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return ent_fail(ctx, ENT_ERR_IO, path, "cannot be read: %s",
                            got < 0 ? strerror(errno) : "it is shorter than it was");
        }
        if (EVP_DigestUpdate(state, buffer, (size_t)got) != 1) {
            return ent_fail(ctx, ENT_ERR_BUG, "hash", "SHA-256 failed");
        }
        done += got;
    }
    return ENT_OK;
}

int ent_sha256_descriptor(int fd, long long size, const char *path, char text[ENT_SHA256_TEXT],
                          ent_context_t *ctx)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    int code = ENT_OK;
    EVP_MD_CTX *state = EVP_MD_CTX_new();
    text[0] = '\0';
    if (state == NULL || EVP_DigestInit_ex(state, EVP_sha256(), NULL) != 1) {
        code = ent_fail(ctx, ENT_ERR_BUG, "hash", "SHA-256 is not available in the OpenSSL library");
    }
    if (code == ENT_OK) {
        code = digest_bytes(state, fd, size, path, ctx);
    }
    if (code == ENT_OK && EVP_DigestFinal_ex(state, digest, &length) != 1) {
        code = ent_fail(ctx, ENT_ERR_BUG, "hash", "SHA-256 failed");
    }
    if (code == ENT_OK) {
        to_text(digest, length, text);
    }
    EVP_MD_CTX_free(state);
    return code;
}

int ent_sha256_file(const char *path, char text[ENT_SHA256_TEXT], ent_context_t *ctx)
{
    struct stat status;
    int fd, code = ent_input_open(&fd, path, ctx);
    text[0] = '\0';
    if (code != 0) {
        return code;
    }
    if (fstat(fd, &status) != 0) {
        code = ent_fail(ctx, ENT_ERR_IO, path, "cannot be read: %s", strerror(errno));
    } else {
        code = ent_sha256_descriptor(fd, status.st_size, path, text, ctx);
    }
    close(fd);
    return code;
}
