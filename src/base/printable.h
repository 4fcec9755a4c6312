/* Texts from outside: of files, of names, of whatever somebody else wrote. Wherever they are printed they
 * come in one form, in which they are letters and nothing more. */
#ifndef ENTREPOT_BASE_PRINTABLE_H
#define ENTREPOT_BASE_PRINTABLE_H

#include <stddef.h>

/* A copy of `text` in one line of valid UTF-8, of at most about `most` bytes ("..." stands for the rest),
 * NULL without memory. Blanks, tabs and ends of lines become one blank each; bytes that are no UTF-8 and
 * characters that steer a terminal or turn the direction of writing become \xHH, byte by byte. The caller
 * frees. */
char *ent_printable(const char *text, size_t most);

#endif
