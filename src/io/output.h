/* An output file that appears whole or not at all: written under a temporary name beside its own, flushed to
 * disk, then renamed. */
#ifndef ENTREPOT_IO_OUTPUT_H
#define ENTREPOT_IO_OUTPUT_H

#include <entrepot/context.h>

typedef struct {
    char *path;      /* the name asked for */
    char *temporary; /* the name it is written under, in the same folder; NULL when none is open */
    char *folder;    /* the folder of both */
    int overwrite;
    int fd;             /* the temporary file, open for reserving and flushing; -1 when none */
    long long reserved; /* bytes of it that are sure to find room on disk */
} ent_output_t;

/* Check that `path` may be made and create its temporary file, empty. ENT_ERR_CANT_CREATE when `path` exists
 * and `overwrite` is 0, is no regular file, or its folder cannot be written; ENT_ERR_IO on a full disk. */
int ent_output_begin(ent_output_t *output, const char *path, int overwrite, ent_context_t *ctx);

/* Make sure that the first `bytes` bytes of the temporary file find room on disk, before they are written:
 * HDF5 1.10 cannot close a file whose last writes fail, and crashes at exit. ENT_ERR_IO when the disk is too
 * full. File systems that cannot reserve are left to fail when they are written to. */
int ent_output_reserve(ent_output_t *output, long long bytes, ent_context_t *ctx);

/* Seal the closed temporary file (io/seal.h): for files that are read again. */
int ent_output_seal(ent_output_t *output, ent_context_t *ctx);

/* Flush the closed temporary file to disk, rename it and flush the folder. An existing file is replaced only
 * with `overwrite`, whenever it appeared. Frees `output`; on failure the temporary file is removed. */
int ent_output_commit(ent_output_t *output, ent_context_t *ctx);

/* Remove the temporary file and free `output`; safe on one that never began. */
void ent_output_abandon(ent_output_t *output);

#endif
