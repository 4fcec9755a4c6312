/* What tests of files do all the time: write one, and look at what was said of it. */
#ifndef ENT_TEST_WORDS_H
#define ENT_TEST_WORDS_H

#include <entrepot/context.h>

/* The text into a file of that path; fails the test when it cannot be written. */
void put(const char *path, const char *text);

/* Prints the faults and fails the test unless the code is ENT_OK. */
void explain(const ent_context_t *ctx, int code);

/* Whether some fault's rule, key, value or nearest name has the words. */
int told(const ent_context_t *ctx, const char *words);

#endif
