#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "base/number.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

/* Digits of [+-]?digits[.digits][e[+-]digits], with at least one digit before the exponent. */
static int is_decimal(const char *text)
{
    const char *c = text + (*text == '+' || *text == '-');
    size_t whole = strspn(c, "0123456789"), fraction = 0;
    c += whole;
    if (*c == '.') {
        fraction = strspn(c + 1, "0123456789");
        c += 1 + fraction;
    }
    if (whole + fraction == 0) {
        return 0;
    }
    if (*c == 'e' || *c == 'E') {
        c += 1 + (c[1] == '+' || c[1] == '-');
        size_t exponent = strspn(c, "0123456789");
        if (exponent == 0) {
            return 0;
        }
        c += exponent;
    }
    return *c == '\0';
}

int ent_number_parse(const char *text, double *out)
{
    if (!is_decimal(text)) {
        return 0;
    }
    /* strtod reads the decimal point of the calling program's locale: use the C locale for the call. */
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t before = plain != (locale_t)0 ? uselocale(plain) : (locale_t)0;
    *out = strtod(text, NULL);
    if (plain != (locale_t)0) {
        uselocale(before);
        freelocale(plain);
    }
    return 1;
}
