/* Fault injection by preloading: a library that counts calls of a few kinds and makes the n-th of one kind
 * fail.
 *
 *     ENTREPOT_FAULT=KIND:N     the N-th call of KIND fails, the others work
 *     ENTREPOT_FAULT=KIND:N+    the N-th and every later one fail (a full disk stays full)
 *     ENTREPOT_FAULT_COUNT=FILE the calls of each kind are appended to FILE at the end: "KIND CALLS"
 *     ENTREPOT_FAULT_OBJECTS=A,B shared libraries whose names begin so count as part of the program; the
 *                               blocks they and it have not given back are appended as "blocks N"
 *
 * Calls count from the first line of main. Nothing in the program under test knows of this library. */
#ifndef ENTREPOT_TESTS_FAULTS_INJECT_H
#define ENTREPOT_TESTS_FAULTS_INJECT_H

typedef enum {
    INJECT_MEMORY,  /* memory asked for by the program itself */
    INJECT_LIBRARY, /* memory asked for by the libraries it uses */
    INJECT_HDF5,    /* a call of HDF5 */
    INJECT_OPEN,    /* open, fopen, fdopen */
    INJECT_READ,    /* read, pread, fread, fgets */
    INJECT_WRITE,   /* write, pwrite, fwrite: no space left */
    INJECT_SHORT,   /* write, pwrite: only half of it is taken, which is no error */
    INJECT_SYNC,    /* fsync, fdatasync, fflush, fclose */
    INJECT_RENAME,  /* rename, renameat2, link */
    INJECT_SIZE,    /* ftruncate, fallocate */
    INJECT_STATUS,  /* stat, fstat, lstat, getrlimit, realpath, getcwd */
    INJECT_CLOCK,   /* clock_gettime, time: a day earlier than it is */
    INJECT_N_KINDS
} inject_kind_t;

/* Count one call of `kind`; 1 when it is to fail. */
int inject_hit(inject_kind_t kind);

/* Blocks of the program itself: one it was given, one it gives back (others are passed over), how many it
 * holds. */
void inject_remember(const void *memory);
void inject_forget(const void *memory);
long inject_blocks(void);

/* The function of that name in the library after this one. */
void *inject_next(const char *name);

#endif
