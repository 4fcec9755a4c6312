/* SHA-256 of buffers and files, for provenance. */
#ifndef ENTREPOT_BASE_HASH_H
#define ENTREPOT_BASE_HASH_H

#include <entrepot/context.h>

enum { ENT_SHA256_TEXT = 65 }; /* 64 hexadecimal digits and the end mark */

/* SHA-256 of a buffer as lower-case hexadecimal text. ENT_ERR_BUG when the library refuses. */
int ent_sha256_buffer(const void *data, size_t size, char text[ENT_SHA256_TEXT], ent_context_t *ctx);

/* SHA-256 of a file's bytes. ENT_ERR_NO_INPUT or ENT_ERR_IO. Cost: one pass over the file. */
int ent_sha256_file(const char *path, char text[ENT_SHA256_TEXT], ent_context_t *ctx);

/* SHA-256 of the first `size` bytes of an open file, whose position does not matter. ENT_ERR_IO, also when
 * there are fewer. */
int ent_sha256_descriptor(int fd, long long size, const char *path, char text[ENT_SHA256_TEXT],
                          ent_context_t *ctx);

#endif
