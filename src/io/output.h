/* An output file that appears whole or not at all: written under a temporary name beside its own, flushed to
 * disk, then renamed. The name has random digits, so that it never repeats, and the file is locked while it
 * is written: a lock dies with its owner, and whoever writes the same output next removes what nobody holds.
 */
#ifndef ENTREPOT_IO_OUTPUT_H
#define ENTREPOT_IO_OUTPUT_H

#include <entrepot/context.h>

typedef struct {
    char *path;      /* the name asked for */
    char *target;    /* the file it means: links are followed */
    char *temporary; /* the name it is written under, in the same folder; NULL when none is open */
    char *folder;    /* the folder of both */
    int overwrite;
    int fd;             /* the temporary file, open for reserving and flushing; -1 when none */
    long long reserved; /* bytes of it that are sure to find room on disk */
} ent_output_t;

/* Check that `path` may be made and create its temporary file, empty. ENT_ERR_CANT_CREATE when `path` exists
 * and `overwrite` is 0, when it is no regular file, a standard stream or an input read with this context, or
 * when its folder cannot be written; ENT_ERR_IO on a full disk. Cost: one reading of the folder. */
int ent_output_begin(ent_output_t *output, const char *path, int overwrite, ent_context_t *ctx);

/* Whether ent_output_begin would refuse `path` for what stands there; makes nothing. ENT_ERR_CANT_CREATE. */
int ent_output_allowed(const char *path, int overwrite, ent_context_t *ctx);

/* Make sure that the first `bytes` bytes of the temporary file find room on disk, before they are written:
 * HDF5 1.10 cannot close a file whose last writes fail, and crashes at exit. ENT_ERR_IO when the disk is too
 * full. File systems that cannot reserve are left to fail when they are written to. */
int ent_output_reserve(ent_output_t *output, long long bytes, ent_context_t *ctx);

/* Seal the closed temporary file (io/seal.h): for files that are read again. */
int ent_output_seal(ent_output_t *output, ent_context_t *ctx);

/* Flush the closed temporary file to disk, rename it and flush the folder. An existing file is replaced only
 * with `overwrite`, whenever it appeared. Frees `output`; on failure the temporary file is removed. */
int ent_output_commit(ent_output_t *output, ent_context_t *ctx);

/* Remove the temporary files of `target` that nobody holds; where there are no locks, none. */
void ent_output_sweep(const char *target);

/* Remove the temporary file and free `output`; safe on one that never began. */
void ent_output_abandon(ent_output_t *output);

#endif
