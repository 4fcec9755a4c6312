/* Locks that die with their owner. */
#ifndef ENTREPOT_IO_LOCK_H
#define ENTREPOT_IO_LOCK_H

#include <entrepot/context.h>

typedef enum {
    ENT_LOCK_OURS,
    ENT_LOCK_HELD,  /* by somebody else */
    ENT_LOCK_UNSURE /* this file system has no locks */
} ent_lock_state_t;

/* Lock an open file for writing, without waiting: until the last descriptor of this opening is closed, also
 * by the death of its process. */
ent_lock_state_t ent_lock_file(int fd);

typedef struct {
    char *path;
    int fd; /* -1: none */
} ent_lock_t;

/* Make a lock file `path` and hold it. ENT_ERR_CANT_CREATE when somebody else does, who is told as doing
 * `what`, or when it cannot be made. Where there are no locks all goes on without. */
int ent_lock_take(ent_lock_t *lock, const char *path, const char *what, ent_context_t *ctx);

/* A lock `output`.lock for the time in which an output is worked on, from the first second on: the same
 * command given twice would do everything twice. */
int ent_lock_output(ent_lock_t *lock, const char *output, ent_context_t *ctx);

/* Remove the file and let go; safe on one that was never taken. */
void ent_lock_release(ent_lock_t *lock);

#endif
