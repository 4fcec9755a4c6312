/* What every test shares. cmocka 1.1.5 compares floats only as float: 1.0 and 1.0 + 1e-9 count as equal
 * there. */
#ifndef ENTREPOT_TESTS_UNIT_ENT_TEST_H
#define ENTREPOT_TESTS_UNIT_ENT_TEST_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "io/seal.h"
#include <entrepot/context.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* |actual - expected| <= rtol * max(|expected|, 1e-300); rtol 0 asks for equality. NaN is close to nothing.
 */
#define assert_close(actual, expected, rtol)                                                                 \
    ent_assert_close((actual), (expected), (rtol), #actual, __FILE__, __LINE__)

/* |actual - expected| <= atol, where the expected value may be zero. */
#define assert_within(actual, expected, atol)                                                                \
    ent_assert_within((actual), (expected), (atol), #actual, __FILE__, __LINE__)

/* A call that has to succeed; else what the context says is printed. */
#define assert_done(ctx, code) ent_assert_done((ctx), (code), #code, __FILE__, __LINE__)

static inline void ent_assert_done(const ent_context_t *ctx, int code, const char *what, const char *file,
                                   int line)
{
    if (code != 0) {
        ent_context_print(ctx, stderr);
        print_error("%s gives %d\n", what, code);
        _fail(file, line);
    }
}

static inline void ent_assert_within(double actual, double expected, double atol, const char *what,
                                     const char *file, int line)
{
    if (!(fabs(actual - expected) <= atol)) {
        print_error("%s is %.17g, expected %.17g within %g\n", what, actual, expected, atol);
        _fail(file, line);
    }
}

static inline void ent_assert_close(double actual, double expected, double rtol, const char *what,
                                    const char *file, int line)
{
    ent_assert_within(actual, expected, rtol * fabs(expected), what, file, line);
}

/* Seal a file that a test has changed with HDF5, which cuts the old seal off. */
static inline void seal_again(const char *path)
{
    ent_context_t ctx;
    ent_context_init(&ctx);
    const int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(ent_seal_add(fd, path, &ctx), 0);
    close(fd);
    ent_context_free(&ctx);
}

#endif
