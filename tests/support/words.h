/* What tests of files do all the time: a folder of their own, a file in it, and what was said of it. */
#ifndef ENTREPOT_TESTS_SUPPORT_WORDS_H
#define ENTREPOT_TESTS_SUPPORT_WORDS_H

#include <entrepot/context.h>

enum { FOLDER_NAME = 64 };

/* A new folder, whose path goes into `folder`; and away with all that is in one. */
void make_folder(char folder[FOLDER_NAME]);
void remove_folder(const char *folder);

/* The text into a file of that path; fails the test when it cannot be written. */
void put(const char *path, const char *text);

/* Prints the faults and fails the test unless the code is ENT_OK. */
void explain(const ent_context_t *ctx, int code);

/* Whether some fault's rule, key, value or nearest name has the words. */
int told(const ent_context_t *ctx, const char *words);

#endif
