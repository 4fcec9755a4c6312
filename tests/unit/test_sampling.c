/* Designs: what each of them promises. */
#include "ent_test.h"

#include "study/sampling.h"
#include "study/test_models.h"

#include <stdlib.h>
#include <string.h>

static double *make(ent_design_t design, int k, int *n)
{
    ent_context_t ctx;
    double *u = NULL;
    ent_context_init(&ctx);
    assert_int_equal(ent_design(&design, k, &u, n, &ctx), 0);
    for (int i = 0; i < *n * k; i++) {
        assert_true(u[i] > 0.0 && u[i] < 1.0);
    }
    ent_context_free(&ctx);
    return u;
}

static void factorial_has_every_combination_once(void **state)
{
    int n, seen[27] = {0};
    (void)state;
    double *u = make((ent_design_t){.kind = ENT_DESIGN_FACTORIAL, .levels = 3}, 3, &n);
    assert_int_equal(n, 27);
    for (int i = 0; i < n; i++) {
        seen[(int)(u[3 * i] * 3) * 9 + (int)(u[3 * i + 1] * 3) * 3 + (int)(u[3 * i + 2] * 3)]++;
    }
    for (int i = 0; i < 27; i++) {
        assert_int_equal(seen[i], 1);
    }
    free(u);
}

static void one_at_a_time_moves_one(void **state)
{
    int n;
    (void)state;
    double *u = make((ent_design_t){.kind = ENT_DESIGN_ONE_AT_A_TIME, .levels = 4}, 5, &n);
    assert_int_equal(n, 21);
    for (int i = 0; i < n; i++) {
        int moved = 0;
        for (int f = 0; f < 5; f++) {
            moved += fabs(u[5 * i + f] - 0.5) > 0.0;
        }
        assert_int_equal(moved, i > 0);
    }
    free(u);
}

/* Every one of `n` strata of every factor holds one point; so does every interval 2^-m of a Sobol' net. */
static void strata_are_filled_once(void **state)
{
    static const ent_design_kind_t kinds[] = {ENT_DESIGN_LATIN_HYPERCUBE, ENT_DESIGN_MAXIMIN,
                                              ENT_DESIGN_SOBOL};
    (void)state;
    for (int d = 0; d < 3; d++) {
        int n;
        double *u = make((ent_design_t){.kind = kinds[d], .points = 256, .seed = 11}, 6, &n);
        assert_int_equal(n, 256);
        for (int f = 0; f < 6; f++) {
            int seen[256] = {0};
            for (int i = 0; i < n; i++) {
                seen[(int)(u[6 * i + f] * 256)]++;
            }
            for (int i = 0; i < 256; i++) {
                assert_int_equal(seen[i], 1);
            }
        }
        free(u);
    }
}

/* Smallest distance of two rows. */
static double nearest(const double *u, int n, int k)
{
    double least = HUGE_VAL;
    for (int a = 0; a < n; a++) {
        for (int b = 0; b < a; b++) {
            double d2 = 0.0;
            for (int f = 0; f < k; f++) {
                d2 += (u[a * k + f] - u[b * k + f]) * (u[a * k + f] - u[b * k + f]);
            }
            least = fmin(least, sqrt(d2));
        }
    }
    return least;
}

/* 50 points in three factors: the nearest two are much farther apart than those of the hypercube it began as.
 */
static void maximin_points_keep_apart(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        int n;
        double *plain =
            make((ent_design_t){.kind = ENT_DESIGN_LATIN_HYPERCUBE, .points = 50, .seed = seed}, 3, &n);
        double *apart = make((ent_design_t){.kind = ENT_DESIGN_MAXIMIN, .points = 50, .seed = seed}, 3, &n);
        print_message("nearest two: %.3f, maximin %.3f\n", nearest(plain, n, 3), nearest(apart, n, 3));
        assert_true(nearest(apart, n, 3) > 0.2);
        assert_true(nearest(plain, n, 3) < 0.12);
        free(plain);
        free(apart);
    }
}

/* Scrambled Sobol' points integrate a smooth function far better than n^-1/2: here within 1e-3 with 4,096. */
static void scrambled_points_integrate(void **state)
{
    double mean = 0.0;
    int n;
    (void)state;
    double *u = make((ent_design_t){.kind = ENT_DESIGN_SOBOL, .points = 4096, .seed = 5}, 4, &n);
    for (int i = 0; i < n; i++) {
        mean += u[4 * i] * u[4 * i + 1] * u[4 * i + 2] * u[4 * i + 3] / n;
    }
    assert_within(mean, 1.0 / 16.0, 1e-4);
    free(u);
}

static void saltelli_rows_differ_as_they_should(void **state)
{
    enum { K = 4, ROWS = K + 2 };
    int n;
    (void)state;
    double *u = make((ent_design_t){.kind = ENT_DESIGN_SALTELLI, .points = 64, .seed = 2}, K, &n);
    assert_int_equal(n, 64 * ROWS);
    for (int base = 0; base < 64; base++) {
        const double *a = u + (size_t)base * ROWS * K, *b = a + (ROWS - 1) * K;
        for (int i = 0; i < K; i++) {
            const double *row = a + (i + 1) * K;
            for (int f = 0; f < K; f++) {
                assert_true(memcmp(&row[f], f == i ? &b[f] : &a[f], sizeof *row) == 0);
            }
            assert_true(a[i] < b[i] || a[i] > b[i]);
        }
    }
    free(u);
}

static void morris_steps_move_one_factor_by_half_the_range(void **state)
{
    enum { K = 5, LEVELS = 8 };
    int n;
    (void)state;
    double *u =
        make((ent_design_t){.kind = ENT_DESIGN_MORRIS, .points = 20, .levels = LEVELS, .seed = 9}, K, &n);
    assert_int_equal(n, 20 * (K + 1));
    for (int t = 0; t < 20; t++) {
        int moves[K] = {0};
        for (int r = 1; r <= K; r++) {
            const double *now = u + ((size_t)t * (K + 1) + (size_t)r) * K, *before = now - K;
            int moved = 0;
            for (int f = 0; f < K; f++) {
                const double step = fabs(now[f] - before[f]);
                if (step > 0.0) {
                    assert_within(step, 0.5, 1e-12);
                    moves[f]++;
                    moved++;
                }
            }
            assert_int_equal(moved, 1);
        }
        for (int f = 0; f < K; f++) {
            assert_int_equal(moves[f], 1);
        }
    }
    free(u);
}

static void seeds_decide(void **state)
{
    static const ent_design_kind_t kinds[] = {ENT_DESIGN_LATIN_HYPERCUBE, ENT_DESIGN_MAXIMIN,
                                              ENT_DESIGN_SOBOL, ENT_DESIGN_SALTELLI, ENT_DESIGN_MORRIS};
    (void)state;
    for (int d = 0; d < 5; d++) {
        int n;
        ent_design_t design = {.kind = kinds[d], .points = 32, .levels = 4, .seed = 1};
        double *a = make(design, 3, &n), *b = make(design, 3, &n);
        design.seed = 2;
        double *c = make(design, 3, &n);
        assert_memory_equal(a, b, (size_t)n * 3 * sizeof *a);
        assert_true(memcmp(a, c, (size_t)n * 3 * sizeof *a) != 0);
        free(a);
        free(b);
        free(c);
    }
}

static void impossible_designs_are_refused(void **state)
{
    static const struct {
        ent_design_t design;
        int k;
    } bad[] = {{{.kind = ENT_DESIGN_SOBOL, .points = 8}, 41},
               {{.kind = ENT_DESIGN_SALTELLI, .points = 8}, 21},
               {{.kind = ENT_DESIGN_MORRIS, .points = 8, .levels = 5}, 3},
               {{.kind = ENT_DESIGN_FACTORIAL, .levels = 100}, 5}};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ent_context_t ctx;
        double *u;
        int n;
        ent_context_init(&ctx);
        assert_int_equal(ent_design(&bad[i].design, bad[i].k, &u, &n, &ctx), ENT_ERR_CONFIG);
        assert_null(u);
        assert_int_equal(ctx.n_faults, 1);
        ent_context_free(&ctx);
    }
}

/* The closed forms of the test models: the parts of the variance add up to it. */
static void test_models_have_their_closed_forms(void **state)
{
    double first[8], total[8], mean = 0.0, square = 0.0;
    int n;
    (void)state;
    ent_test_ishigami_indices(first, total);
    assert_within(first[0], 0.3139, 1e-4);
    assert_within(first[1], 0.4424, 1e-4);
    assert_within(total[2], 0.2437, 1e-4);
    assert_within(first[0] + first[1] + total[2], 1.0, 1e-12);
    double *u = make((ent_design_t){.kind = ENT_DESIGN_SOBOL, .points = 1 << 14, .seed = 3}, 8, &n);
    for (int i = 0; i < n; i++) {
        const double y = ent_test_sobol_g(u + 8 * i);
        mean += y / n;
        square += y * y / n;
    }
    /* mean 1, variance prod (1 + 1 / (3 (1 + a)^2)) - 1 */
    assert_within(mean, 1.0, 2e-3);
    assert_within(square - mean * mean, 0.4652, 5e-3);
    ent_test_sobol_g_indices(first, total);
    assert_within(first[0], 0.7165, 1e-3);
    free(u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(factorial_has_every_combination_once),
        cmocka_unit_test(one_at_a_time_moves_one),
        cmocka_unit_test(strata_are_filled_once),
        cmocka_unit_test(maximin_points_keep_apart),
        cmocka_unit_test(scrambled_points_integrate),
        cmocka_unit_test(saltelli_rows_differ_as_they_should),
        cmocka_unit_test(morris_steps_move_one_factor_by_half_the_range),
        cmocka_unit_test(seeds_decide),
        cmocka_unit_test(impossible_designs_are_refused),
        cmocka_unit_test(test_models_have_their_closed_forms),
    };
    return cmocka_run_group_tests_name("sampling", tests, NULL, NULL);
}
