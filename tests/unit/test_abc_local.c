/* The local search on models whose nearest place is known in closed form. */
#include "ent_test.h"

#include "base/draws.h"
#include "evidence/abc_local.h"

#include <gsl/gsl_cdf.h>
#include <string.h>

enum { BATCH = 4 };

static const double target[] = {0.8, 0.3}, error[] = {0.5, 0.1};

static double noise(uint64_t key)
{
    const ent_draw4_t d = ent_draw4(ent_stream(key, 0, 0), 0, 0, ENT_PURPOSE_CALIBRATION, 0);
    return 0.1 * gsl_cdf_ugaussian_Pinv(ent_uniform(d.word[0], d.word[1]));
}

typedef struct {
    double noise;   /* scale of the noise */
    double unknown; /* no moments where u[0] is above */
    int n_moments;  /* 2: as many as parameters */
    int fail;       /* 1: simulate refuses */
} model_t;

/* moment 0: u0 + u1 + noise; moment 1: u0 - u1. With one parameter u1 is 0. */
static int linear(void *data, int thread, uint64_t key, const double *u, double *moments, ent_context_t *ctx)
{
    const model_t *model = data;
    const double second = model->n_moments > 1 ? u[1] : 0.0;
    (void)thread;
    if (model->fail) {
        return ent_fail(ctx, ENT_ERR_BUG, "model", "refused");
    }
    moments[0] = u[0] > model->unknown ? NAN : u[0] + second + model->noise * noise(key);
    if (model->n_moments > 1) {
        moments[1] = u[0] - second;
    }
    return 0;
}

static ent_abc_options_t options(model_t *model, int n)
{
    return (ent_abc_options_t){.n_parameters = n,
                               .n_moments = n,
                               .n_particles = 50,
                               .n_generations = 5,
                               .batch = BATCH,
                               .most_attempts = 4000,
                               .seed = 11,
                               .target = target,
                               .error = error,
                               .simulate = linear,
                               .data = model,
                               .n_threads = 2};
}

/* u0 + u1 = 0.8, u0 - u1 = 0.3: (0.55, 0.25), met to within the last step over the smaller error. */
static void exact_targets_are_met(void **state)
{
    (void)state;
    model_t model = {.unknown = 2.0, .n_moments = 2};
    ent_abc_options_t o = options(&model, 2);
    ent_context_t ctx;
    ent_abc_t found;
    ent_context_init(&ctx);
    assert_int_equal(ent_abc_local(&found, &o, &ctx), 0);
    assert_int_equal(found.n_particles, 1);
    assert_int_equal(found.exhausted, 0);
    assert_within(found.u[0], 0.55, 2e-3);
    assert_within(found.u[1], 0.25, 2e-3);
    assert_true(found.distance[0] < 0.03);
    assert_within(found.weight[0], 1.0, 0.0);
    assert_true(found.n_attempts[0] < 150 * BATCH);
    ent_abc_free(&found);

    model.n_moments = 1; /* one parameter: u0 = 0.8 */
    o = options(&model, 1);
    assert_int_equal(ent_abc_local(&found, &o, &ctx), 0);
    assert_within(found.u[0], 0.8, 2e-3);
    ent_abc_free(&found);
    ent_context_free(&ctx);
}

/* Under common random numbers the noise is a constant c, and the answer is u0 + u1 = 0.8 - c. */
static void chance_is_common_to_all_places(void **state)
{
    (void)state;
    model_t model = {.noise = 1.0, .unknown = 2.0, .n_moments = 2};
    ent_abc_options_t o = options(&model, 2);
    ent_context_t ctx;
    ent_abc_t found[3], other;
    ent_context_init(&ctx);
    for (int t = 0; t < 3; t++) {
        o.n_threads = t + 1;
        assert_int_equal(ent_abc_local(&found[t], &o, &ctx), 0);
        assert_memory_equal(found[t].u, found[0].u, 2 * sizeof(double));
        assert_memory_equal(found[t].moment, found[0].moment, 2 * sizeof(double));
        assert_within(found[t].n_attempts[0], found[0].n_attempts[0], 0.0);
    }
    const double c = found[0].moment[0] - found[0].u[0] - found[0].u[1];
    assert_true(fabs(c) > 1e-4);
    assert_within(found[0].u[0] + found[0].u[1], 0.8 - c, 4e-3);
    assert_within(found[0].u[0] - found[0].u[1], 0.3, 4e-3);
    o.seed = 12;
    assert_int_equal(ent_abc_local(&other, &o, &ctx), 0);
    assert_true(memcmp(other.u, found[0].u, 2 * sizeof(double)) != 0);
    ent_abc_free(&other);
    for (int t = 0; t < 3; t++) {
        ent_abc_free(&found[t]);
    }
    ent_context_free(&ctx);
}

static void faults_and_limits(void **state)
{
    (void)state;
    model_t model = {.unknown = -1.0, .n_moments = 2};
    ent_abc_options_t o = options(&model, 2);
    ent_context_t ctx;
    ent_abc_t found;
    int stop = 1;
    ent_context_init(&ctx);
    assert_int_equal(ent_abc_local(&found, &o, &ctx), ENT_ERR_CONFIG); /* no moments anywhere */
    ent_abc_free(&found);
    ent_context_clear(&ctx);
    model.unknown = 0.6; /* none on one side: the search stays on the other */
    assert_int_equal(ent_abc_local(&found, &o, &ctx), 0);
    assert_true(found.u[0] <= 0.6);
    ent_abc_free(&found);
    o.most_attempts = 5 * BATCH;
    assert_int_equal(ent_abc_local(&found, &o, &ctx), 0);
    assert_int_equal(found.exhausted, 1);
    assert_within(found.n_attempts[0], 5 * BATCH, 0.0);
    ent_abc_free(&found);
    o.stop = &stop;
    assert_int_equal(ent_abc_local(&found, &o, &ctx), ENT_ERR_STOPPED);
    ent_abc_free(&found);
    ent_context_clear(&ctx);
    o.stop = NULL;
    model.fail = 1;
    assert_int_equal(ent_abc_local(&found, &o, &ctx), ENT_ERR_BUG);
    assert_true(ctx.n_faults >= 1);
    ent_abc_free(&found);
    ent_context_free(&ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_targets_are_met),
        cmocka_unit_test(chance_is_common_to_all_places),
        cmocka_unit_test(faults_and_limits),
    };
    return cmocka_run_group_tests_name("abc_local", tests, NULL, NULL);
}
