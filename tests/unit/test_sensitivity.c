/* Sensitivity estimators against closed forms and planted structure. Seeds are fixed; tolerances come from
 * the bootstrap intervals or are stated. */
#include "ent_test.h"

#include "study/sampling.h"
#include "study/sensitivity.h"
#include "study/test_models.h"

#include <stdlib.h>
#include <string.h>

typedef double (*model_t)(const double *u);

typedef struct {
    double *u, *y;
    ent_sample_t sample;
} fixture_t;

static fixture_t play(ent_design_t design, int k, model_t model)
{
    ent_context_t ctx;
    fixture_t f = {0};
    int n;
    ent_context_init(&ctx);
    assert_int_equal(ent_design(&design, k, &f.u, &n, &ctx), 0);
    f.y = calloc((size_t)n, sizeof *f.y);
    assert_non_null(f.y);
    for (int i = 0; i < n; i++) {
        f.y[i] = model(f.u + (size_t)i * (size_t)k);
    }
    f.sample = (ent_sample_t){.n = n, .k = k, .u = f.u, .y = f.y};
    ent_context_free(&ctx);
    return f;
}

static void drop(fixture_t *f)
{
    free(f->u);
    free(f->y);
}

/* 99 % intervals, widened by 0.005 for factors whose index is next to nothing. */
static void check_sobol(model_t model, int k, int points, uint64_t seed,
                        void (*closed)(double *first, double *total))
{
    ent_context_t ctx;
    ent_interval_t first[8], total[8];
    double exact_first[8], exact_total[8];
    fixture_t f = play((ent_design_t){.kind = ENT_DESIGN_SALTELLI, .points = points, .seed = seed}, k, model);
    ent_context_init(&ctx);
    assert_int_equal(ent_sobol_indices(&f.sample, 400, 0.99, 1, first, total, &ctx), 0);
    closed(exact_first, exact_total);
    for (int i = 0; i < k; i++) {
        assert_true(exact_first[i] >= first[i].low - 0.005 && exact_first[i] <= first[i].high + 0.005);
        assert_true(exact_total[i] >= total[i].low - 0.005 && exact_total[i] <= total[i].high + 0.005);
        assert_true(first[i].high - first[i].low < 0.2);
        assert_true(first[i].low <= first[i].value && first[i].value <= first[i].high);
    }
    drop(&f);
    ent_context_free(&ctx);
}

static void sobol_indices_of_ishigami(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        check_sobol(ent_test_ishigami, ENT_ISHIGAMI_FACTORS, 1024, seed, ent_test_ishigami_indices);
    }
}

static void sobol_indices_of_sobol_g(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        check_sobol(ent_test_sobol_g, ENT_SOBOL_G_FACTORS, 1024, seed, ent_test_sobol_g_indices);
    }
}

/* A missing point takes its block out and leaves the rest. */
static void missing_points_take_their_block_out(void **state)
{
    ent_context_t ctx;
    ent_interval_t first[3], total[3], fewer[3], less[3];
    (void)state;
    fixture_t f =
        play((ent_design_t){.kind = ENT_DESIGN_SALTELLI, .points = 256, .seed = 4}, 3, ent_test_ishigami);
    ent_context_init(&ctx);
    f.y[5 * 17 + 2] = NAN;
    assert_int_equal(ent_sobol_indices(&f.sample, 50, 0.9, 1, first, total, &ctx), 0);
    for (int r = 0; r < 5; r++) {
        f.y[5 * 17 + r] = NAN;
    }
    assert_int_equal(ent_sobol_indices(&f.sample, 50, 0.9, 1, fewer, less, &ctx), 0);
    for (int i = 0; i < 3; i++) {
        assert_close(first[i].value, fewer[i].value, 0.0);
        assert_close(total[i].low, less[i].low, 0.0);
    }
    f.sample.n = 5 * 7;
    assert_int_equal(ent_sobol_indices(&f.sample, 50, 0.9, 1, first, total, &ctx), ENT_ERR_DATA);
    drop(&f);
    ent_context_free(&ctx);
}

static double additive(const double *u)
{
    return 3.0 * u[0] - 2.0 * u[1] + 0.5 * u[2] + 0.0 * u[3];
}

/* Of a linear function Morris' effects are its slopes, without spread; the regression finds them too. */
static void effects_of_a_linear_function_are_its_slopes(void **state)
{
    static const double slope[4] = {3.0, -2.0, 0.5, 0.0};
    ent_context_t ctx;
    ent_interval_t absolute[4];
    ent_regression_t c[4];
    double mean[4], deviation[4], r2[2], squares = 0.0;
    (void)state;
    fixture_t f =
        play((ent_design_t){.kind = ENT_DESIGN_MORRIS, .points = 10, .levels = 4, .seed = 1}, 4, additive);
    ent_context_init(&ctx);
    assert_int_equal(ent_morris_effects(&f.sample, 50, 0.9, 1, mean, absolute, deviation, &ctx), 0);
    for (int i = 0; i < 4; i++) {
        assert_within(mean[i], slope[i], 1e-9);
        assert_within(absolute[i].value, fabs(slope[i]), 1e-9);
        assert_within(deviation[i], 0.0, 1e-9);
        squares += slope[i] * slope[i];
    }
    drop(&f);
    f = play((ent_design_t){.kind = ENT_DESIGN_SOBOL, .points = 1024, .seed = 1}, 4, additive);
    assert_int_equal(ent_regression(&f.sample, c, r2, &ctx), 0);
    assert_within(r2[0], 1.0, 1e-9);
    for (int i = 0; i < 4; i++) {
        assert_within(c[i].src, slope[i] / sqrt(squares), 5e-3);
        assert_within(c[i].high - c[i].low, 0.9 * slope[i], 5e-3);
    }
    assert_true(c[0].prcc > 0.9 && c[1].prcc < -0.9 && fabs(c[3].prcc) < 0.1);
    drop(&f);
    ent_context_free(&ctx);
}

/* Ranks that total effects imply: Ishigami x2 against x1 and x3 is close, the G function's is clear. */
static void morris_and_pawn_rank_the_g_function(void **state)
{
    ent_context_t ctx;
    ent_interval_t absolute[8], pawn[8], dummy;
    double mean[8], deviation[8];
    (void)state;
    ent_context_init(&ctx);
    fixture_t f = play((ent_design_t){.kind = ENT_DESIGN_MORRIS, .points = 200, .levels = 8, .seed = 2}, 8,
                       ent_test_sobol_g);
    assert_int_equal(ent_morris_effects(&f.sample, 20, 0.9, 1, mean, absolute, deviation, &ctx), 0);
    for (int i = 0; i < 3; i++) {
        assert_true(absolute[i].value > absolute[i + 1].value);
    }
    for (int i = 4; i < 8; i++) {
        assert_true(absolute[i].value < 0.2 * absolute[3].value);
    }
    drop(&f);
    f = play((ent_design_t){.kind = ENT_DESIGN_SOBOL, .points = 4096, .seed = 2}, 8, ent_test_sobol_g);
    assert_int_equal(ent_pawn_indices(&f.sample, 10, 20, 0.9, 1, pawn, &dummy, &ctx), 0);
    for (int i = 0; i < 2; i++) {
        assert_true(pawn[i].value > pawn[i + 1].value);
    }
    assert_true(pawn[0].value > dummy.high && pawn[1].value > dummy.high);
    for (int i = 4; i < 8; i++) {
        assert_true(pawn[i].low < dummy.high);
    }
    drop(&f);
    ent_context_free(&ctx);
}

static void pawn_and_morris_see_every_ishigami_factor(void **state)
{
    ent_context_t ctx;
    ent_interval_t absolute[3], pawn[3], dummy;
    double mean[3], deviation[3];
    (void)state;
    ent_context_init(&ctx);
    fixture_t f =
        play((ent_design_t){.kind = ENT_DESIGN_SOBOL, .points = 4096, .seed = 1}, 3, ent_test_ishigami);
    assert_int_equal(ent_pawn_indices(&f.sample, 10, 20, 0.9, 1, pawn, &dummy, &ctx), 0);
    /* x2 shifts the distribution most, x3 only widens it (Pianosi and Wagener 2018) */
    assert_true(pawn[1].value > pawn[0].value && pawn[0].value > pawn[2].value &&
                pawn[2].value > dummy.value);
    drop(&f);
    f = play((ent_design_t){.kind = ENT_DESIGN_MORRIS, .points = 500, .levels = 8, .seed = 1}, 3,
             ent_test_ishigami);
    assert_int_equal(ent_morris_effects(&f.sample, 20, 0.9, 1, mean, absolute, deviation, &ctx), 0);
    for (int i = 0; i < 3; i++) {
        assert_true(absolute[i].low > 0.0);
    }
    assert_true(deviation[2] > 3.0 * fabs(mean[2])); /* x3 acts only through x1 */
    drop(&f);
    ent_context_free(&ctx);
}

static double nothing(const double *u)
{
    return u[0];
}

static void prim_recovers_a_planted_box(void **state)
{
    ent_context_t ctx;
    ent_box_t box;
    (void)state;
    ent_context_init(&ctx);
    fixture_t f = play((ent_design_t){.kind = ENT_DESIGN_SOBOL, .points = 2000, .seed = 6}, 5, nothing);
    unsigned char *interesting = calloc(2000, 1);
    assert_non_null(interesting);
    for (int i = 0; i < 2000; i++) {
        const double *u = f.u + 5 * i;
        /* the box, and one row in fifty elsewhere */
        interesting[i] = (u[1] > 0.6 && u[3] < 0.45) || i % 50 == 0;
    }
    assert_int_equal(ent_prim(&f.sample, interesting, 0.05, 0.05, &box, &ctx), 0);
    assert_true(box.limited[1] && box.limited[3]);
    assert_false(box.limited[0] || box.limited[2] || box.limited[4]);
    assert_within(box.low[1], 0.6, 0.03);
    assert_within(box.high[1], 1.0, 1e-9);
    assert_within(box.high[3], 0.45, 0.03);
    assert_true(box.density > 0.95 && box.coverage > 0.85);
    assert_true(box.p_value[1] < 1e-6 && box.p_value[3] < 1e-6);
    ent_box_free(&box);
    memset(interesting, 0, 2000);
    assert_int_equal(ent_prim(&f.sample, interesting, 0.05, 0.05, &box, &ctx), ENT_ERR_DATA);
    free(interesting);
    drop(&f);
    ent_context_free(&ctx);
}

static void columns_that_do_not_move_are_said(void **state)
{
    ent_context_t ctx;
    ent_regression_t c[2];
    double r2[2];
    (void)state;
    ent_context_init(&ctx);
    fixture_t f = play((ent_design_t){.kind = ENT_DESIGN_SOBOL, .points = 64, .seed = 6}, 2, nothing);
    for (int i = 0; i < 64; i++) {
        f.u[2 * i + 1] = 0.5;
    }
    assert_int_equal(ent_regression(&f.sample, c, r2, &ctx), ENT_ERR_DATA);
    drop(&f);
    ent_context_free(&ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sobol_indices_of_ishigami),
        cmocka_unit_test(sobol_indices_of_sobol_g),
        cmocka_unit_test(missing_points_take_their_block_out),
        cmocka_unit_test(effects_of_a_linear_function_are_its_slopes),
        cmocka_unit_test(morris_and_pawn_rank_the_g_function),
        cmocka_unit_test(pawn_and_morris_see_every_ishigami_factor),
        cmocka_unit_test(prim_recovers_a_planted_box),
        cmocka_unit_test(columns_that_do_not_move_are_said),
    };
    return cmocka_run_group_tests_name("sensitivity", tests, NULL, NULL);
}
