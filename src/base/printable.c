#include "base/printable.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of the UTF-8 character at `text` and its number; 0 where there is none (also overlong ones,
 * surrogates and numbers beyond Unicode). */
static size_t character(const unsigned char *text, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const size_t n = text[0] < 0x80             ? 1
                     : (text[0] & 0xe0) == 0xc0 ? 2
                     : (text[0] & 0xf0) == 0xe0 ? 3
                     : (text[0] & 0xf8) == 0xf0 ? 4
                                                : 0;
    *code = n <= 1 ? text[0] : text[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return 0;
        }
        *code = *code << 6 | (text[i] & 0x3fu);
    }
    return n == 0 || *code < least[n] || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff) ? 0 : n;
}

/* Controls of terminals (C0, DEL, C1), marks of direction, marks without width at the start of a file. */
static int steers(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x200e && code <= 0x200f) ||
           (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

static int is_blank(uint32_t code)
{
    return (code >= '\t' && code <= '\r') || code == 0x85 || code == 0x2028 || code == 0x2029;
}

/* Writes the printable form of one character and returns how many bytes of the text it took. */
static size_t put(const unsigned char *text, char *to, size_t *length)
{
    uint32_t code;
    const size_t n = character(text, &code);
    if (n > 0 && is_blank(code)) {
        to[(*length)++] = ' ';
    } else if (n > 0 && !steers(code)) {
        memcpy(to + *length, text, n);
        *length += n;
    } else {
        for (size_t i = 0; i < (n > 0 ? n : 1); i++) {
            *length += (size_t)sprintf(to + *length, "\\x%02x", text[i]);
        }
    }
    return n > 0 ? n : 1;
}

char *ent_printable(const char *text, size_t most)
{
    enum { LARGEST = 16 }; /* of one character, as four bytes \xHH */
    size_t size = strlen(text), length = 0, at = 0;
    size = size < most ? size : most;
    char *copy = malloc(4 * size + LARGEST + sizeof "...");
    while (copy != NULL && text[at] != '\0' && length < most) {
        at += put((const unsigned char *)text + at, copy, &length);
    }
    if (copy != NULL) {
        memcpy(copy + length, "...", sizeof "...");
        copy[text[at] == '\0' ? length : length + 3] = '\0';
    }
    return copy;
}
