/* Errors and faults: every public function returns 0 or a negative ENT_ERR_* code and leaves message and
 * place in a context object owned by the caller. The library never prints and never exits. */
#ifndef ENTREPOT_CONTEXT_H
#define ENTREPOT_CONTEXT_H

#include <stddef.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define ENT_API __attribute__((visibility("default")))
#define ENT_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define ENT_API
#define ENT_PRINTF(f, a)
#endif

typedef enum {
    ENT_OK = 0,
    ENT_ERR_USAGE = -1,        /* wrong command line */
    ENT_ERR_DATA = -2,         /* a data file is damaged, foreign or does not balance */
    ENT_ERR_NO_INPUT = -3,     /* a file that should be read is not there */
    ENT_ERR_BUG = -4,          /* an invariant of the program itself is broken */
    ENT_ERR_NO_MEMORY = -5,    /* memory could not be had */
    ENT_ERR_CANT_CREATE = -6,  /* an output file exists already or cannot be created */
    ENT_ERR_IO = -7,           /* reading or writing failed (full disk, ...) */
    ENT_ERR_STOPPED = -8,      /* stopped on request with a checkpoint: the same command continues */
    ENT_ERR_CONFIG = -9,       /* a fault in a config or study file */
    ENT_ERR_PARTIAL = -10,     /* some replications failed; the others are kept */
    ENT_ERR_CONVERGENCE = -11, /* a solver did not converge */
    ENT_ERR_DIFFERS = -12,     /* a run played again gave other values */
    ENT_ERR_RANGE = -13,       /* a quantity of a run left the range in which it can be counted */
} ent_error_t;

/* One fault found in an input. Strings are owned by the context; any may be NULL. */
typedef struct {
    int code;
    char *file;    /* input file, or module for faults without one */
    int line;      /* 1-based; 0 when unknown */
    int column;    /* 1-based; 0 when unknown */
    char *key;     /* dotted path of the key, e.g. "measures[3].rate" */
    char *value;   /* value as written */
    char *rule;    /* what must hold, in a sentence */
    char *nearest; /* nearest known name, when one is close */
} ent_fault_t;

/* A file that was read, by which no output may take the place of it. */
typedef struct {
    unsigned long long device, number;
} ent_input_t;

typedef struct {
    ent_fault_t *faults;
    size_t n_faults;
    size_t capacity;
    size_t dropped;      /* faults not kept because memory was short or the limit was reached */
    int code;            /* code of the first fault; ENT_OK when none */
    ent_input_t *inputs; /* files read with this context */
    size_t n_inputs, input_capacity;
} ent_context_t;

/* Version of the library that is loaded, "0.1.0": a program built against another may say so. Structs that a
 * caller fills and that may grow begin with their size (numbers.h). */
ENT_API const char *ent_version(void);

/* Make an empty context. Never fails. One thread at a time may use a context; threads of a program have one
 * each. */
ENT_API void ent_context_init(ent_context_t *ctx);

/* Release everything the context owns; safe on a zeroed context and when called twice. */
ENT_API void ent_context_free(ent_context_t *ctx);

/* Forget all faults and all files read, keep the memory. */
ENT_API void ent_context_clear(ent_context_t *ctx);

/* Record one fault. Returns `code`, so that `return ent_fault(...)` reads well. Any string may be NULL. */
ENT_API int ent_fault(ent_context_t *ctx, int code, const char *file, int line, int column, const char *key,
                      const char *value, const char *nearest, const char *rule_format, ...) ENT_PRINTF(9, 10);

/* Record a fault that has a place (a file, a module) but no key. Returns `code`. */
ENT_API int ent_fail(ent_context_t *ctx, int code, const char *place, const char *format, ...)
    ENT_PRINTF(4, 5);

/* Write all faults, one block each, sorted as found, to `stream`. */
ENT_API void ent_context_print(const ent_context_t *ctx, FILE *stream);

/* Program exit code (sysexits) of an error code: 0, 1, 2, 64, 65, 66, 70, 71, 73, 74, 75, 76, 78. */
ENT_API int ent_exit_code(int code);

/* Short name of an error code, e.g. "config". */
ENT_API const char *ent_error_name(int code);

/* The candidate nearest to `name` by edit distance (at most a third of its length, at least 1 edit allowed),
 * or NULL. Cost: O(n_candidates * length^2). */
ENT_API const char *ent_nearest(const char *name, const char *const *candidates, size_t n_candidates);

#ifdef __cplusplus
}
#endif
#endif
