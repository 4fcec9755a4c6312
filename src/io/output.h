/* An output file that appears whole or not at all: written under a temporary name beside its own, flushed to
 * disk, then renamed. */
#ifndef ENTREPOT_IO_OUTPUT_H
#define ENTREPOT_IO_OUTPUT_H

#include <entrepot/context.h>

typedef struct {
    char *path;      /* the name asked for */
    char *temporary; /* the name it is written under, in the same folder; NULL when none is open */
    int overwrite;
} ent_output_t;

/* Check that `path` may be made and create its temporary file, empty. ENT_ERR_CANT_CREATE when `path` exists
 * and `overwrite` is 0, is no regular file, or its folder cannot be written; ENT_ERR_IO on a full disk. */
int ent_output_begin(ent_output_t *output, const char *path, int overwrite, ent_context_t *ctx);

/* Flush the closed temporary file to disk, rename it and flush the folder. An existing file is replaced only
 * with `overwrite`, whenever it appeared. Frees `output`; on failure the temporary file is removed. */
int ent_output_commit(ent_output_t *output, ent_context_t *ctx);

/* Remove the temporary file and free `output`; safe on a zeroed one. */
void ent_output_abandon(ent_output_t *output);

#endif
