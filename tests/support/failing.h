/* Calls that fail when a test asks for it, within the test's own process: memory, HDF5 and files, of the code
 * under test only (not of the libraries it uses, nor of the test while nothing is armed). A test that
 * includes this header is linked so that those calls come here first.
 *
 *     static int work(void *data, ent_context_t *ctx) { ... what is to be tried; returns its code ... }
 *     failing_each(FAILING_MEMORY, work, data);
 *
 * plays `work` once for each place that can fail, and each time asks for what a user is owed: a known code,
 * words that name the fault, nothing left open. */
#ifndef ENTREPOT_TESTS_SUPPORT_FAILING_H
#define ENTREPOT_TESTS_SUPPORT_FAILING_H

#include <entrepot/context.h>

typedef enum {
    FAILING_MEMORY, /* malloc, calloc, realloc, aligned_alloc, strdup, asprintf and theirs */
    FAILING_HDF5,   /* any call of HDF5 */
    FAILING_FILES,  /* open, read, write, sync, rename, stat and theirs */
    FAILING_N_KINDS
} failing_kind_t;

typedef int (*failing_work_t)(void *data, ent_context_t *ctx);

/* From here on the `at`-th call of `kind` fails (from 1; 0: none, they are counted), and with `stays` all
 * after it. */
void failing_arm(failing_kind_t kind, long at, int stays);

/* Nothing fails any more. Calls of the armed kind since it was armed. */
long failing_disarm(void);

/* What a test does itself, between these two, is not counted and does not fail. */
void failing_pause(void);
void failing_resume(void);

/* `work` once undisturbed, which has to succeed; then again and again, each time with another call failing,
 * and once more with that call and all later ones failing (of HDF5's only now and then): every place in the
 * code that makes such a call, and every place from which that place is reached, fails at least once. Where
 * `work` fails, its code is an error's, the context says why, and no file, no folder and no object of HDF5
 * stays open. Where it succeeds in spite of the failure (a part that was not needed), `work` itself has
 * looked at the result. Of the places every fourth is tried, and with ENTREPOT_EVERY_PLACE in the environment
 * (the long tests) every one. Returns the number of places. */
int failing_each(failing_kind_t kind, failing_work_t work, void *data);

/* The same without the places that earlier calls of these two functions tried in this process. */
int failing_each_new(failing_kind_t kind, failing_work_t work, void *data);

/* As failing_each for what takes long: of the first `most` calls those at growing distances, the next of the
 * n-th being the (n + 1 + n / `part`)-th; every other one stays failing. More than `least` of them have to
 * make `work` fail. */
void failing_some(failing_kind_t kind, long most, failing_work_t work, void *data, long part, int least);

#endif
