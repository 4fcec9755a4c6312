/* Files that are read. They are regular files (a pipe nobody writes to would wait for ever), and the context
 * remembers them, so that no output of the same command replaces one (io/output.h). */
#ifndef ENTREPOT_BASE_INPUT_H
#define ENTREPOT_BASE_INPUT_H

#include <entrepot/context.h>

#include <stdio.h>
#include <sys/stat.h>

/* Open `path` for reading and remember it; the caller closes. *fd, or ENT_ERR_NO_INPUT: it is not there, or
 * no regular file. */
int ent_input_open(int *fd, const char *path, ent_context_t *ctx);

/* The same as a stream. ENT_ERR_NO_INPUT, ENT_ERR_NO_MEMORY. */
int ent_input_stream(FILE **stream, const char *path, ent_context_t *ctx);

/* Forget one that a command reads to go on from, and then replaces. */
void ent_input_forget(ent_context_t *ctx, const char *path);

/* Whether the file with this status was read with this context. */
int ent_input_was_read(const ent_context_t *ctx, const struct stat *status);

#endif
