#include "base/hash.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

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

/* Feed the open stream into the digest. */
static int digest_stream(EVP_MD_CTX *state, FILE *stream, const char *path, ent_context_t *ctx)
{
    unsigned char buffer[READ_SIZE];
    size_t got;
    while ((got = fread(buffer, 1, sizeof buffer, stream)) > 0) {
        if (EVP_DigestUpdate(state, buffer, got) != 1) {
            return ent_fail(ctx, ENT_ERR_BUG, "hash", "SHA-256 failed");
        }
    }
    if (ferror(stream)) {
        return ent_fail(ctx, ENT_ERR_IO, path, "cannot be read: %s", strerror(errno));
    }
    return ENT_OK;
}

int ent_sha256_file(const char *path, char text[ENT_SHA256_TEXT], ent_context_t *ctx)
{
    int code = ENT_OK;
    EVP_MD_CTX *state = EVP_MD_CTX_new();
    FILE *stream = fopen(path, "rb");
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    text[0] = '\0';
    if (stream == NULL) {
        code = ent_fail(ctx, ENT_ERR_NO_INPUT, path, "cannot be opened: %s", strerror(errno));
        goto out;
    }
    if (state == NULL || EVP_DigestInit_ex(state, EVP_sha256(), NULL) != 1) {
        code = ent_fail(ctx, ENT_ERR_BUG, "hash", "SHA-256 is not available in the OpenSSL library");
        goto out;
    }
    code = digest_stream(state, stream, path, ctx);
    if (code == ENT_OK && EVP_DigestFinal_ex(state, digest, &length) != 1) {
        code = ent_fail(ctx, ENT_ERR_BUG, "hash", "SHA-256 failed");
    }
    if (code == ENT_OK) {
        to_text(digest, length, text);
    }
out:
    if (stream != NULL) {
        fclose(stream);
    }
    EVP_MD_CTX_free(state);
    return code;
}
