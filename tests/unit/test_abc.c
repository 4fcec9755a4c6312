/* Population Monte Carlo ABC on a model whose posterior is known. */
#include "ent_test.h"

#include "base/draws.h"
#include "evidence/abc.h"

#include <gsl/gsl_cdf.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 200, OBSERVATIONS = 4 };

static const double target[] = {0.8, -0.4}, error[] = {1.0, 1.0};

/* Two means with a uniform prior on (-3, 3); the moments are means of four observations of variance 1, so
 * that the posterior of each is normal around its target with standard deviation 1/2. */
static int normal_means(void *data, int thread, uint64_t key, const double *u, double *moments,
                        ent_context_t *ctx)
{
    (void)thread;
    (void)ctx;
    for (uint32_t k = 0; k < 2; k++) {
        moments[k] = 0.0;
        for (uint32_t i = 0; i < OBSERVATIONS; i++) {
            const ent_draw4_t d = ent_draw4(ent_stream(key, 0, 0), k, 0, ENT_PURPOSE_CALIBRATION, i);
            const double noise = gsl_cdf_ugaussian_Pinv(ent_uniform(d.word[0], d.word[1]));
            moments[k] += (6.0 * u[k] - 3.0 + noise) / OBSERVATIONS;
        }
    }
    if (data != NULL && u[0] > 0.99) {
        moments[0] = NAN;
    }
    return 0;
}

static ent_abc_options_t options(void)
{
    return (ent_abc_options_t){.n_parameters = 2,
                               .n_moments = 2,
                               .n_particles = N,
                               .n_generations = 20,
                               .batch = 64,
                               .most_attempts = 200000,
                               .quantile = 0.5,
                               .tolerance = 0.15,
                               .seed = 7,
                               .target = target,
                               .error = error,
                               .simulate = normal_means,
                               .n_threads = 2,
                               .hash = "test"};
}

static void same_bits(const ent_abc_t *a, const ent_abc_t *b)
{
    assert_int_equal(a->n_generations, b->n_generations);
    assert_memory_equal(a->u, b->u, 2 * N * sizeof(double));
    assert_memory_equal(a->moment, b->moment, 2 * N * sizeof(double));
    assert_memory_equal(a->distance, b->distance, N * sizeof(double));
    assert_memory_equal(a->weight, b->weight, N * sizeof(double));
    assert_memory_equal(a->tolerance, b->tolerance, (size_t)a->n_generations * sizeof(double));
    assert_memory_equal(a->n_attempts, b->n_attempts, (size_t)a->n_generations * sizeof(double));
    assert_memory_equal(a->effective, b->effective, (size_t)a->n_generations * sizeof(double));
}

static void moments_of_sample(const ent_abc_t *abc, int k, double *mean, double *sd)
{
    double variance = 0.0;
    *mean = 0.0;
    for (int i = 0; i < N; i++) {
        *mean += abc->weight[i] * (6.0 * abc->u[2 * i + k] - 3.0);
    }
    for (int i = 0; i < N; i++) {
        const double d = 6.0 * abc->u[2 * i + k] - 3.0 - *mean;
        variance += abc->weight[i] * d * d;
    }
    *sd = sqrt(variance);
}

/* Four standard errors of the weighted sample; the tolerance widens the posterior by less than 2 %. */
static void posterior_is_the_known_one(void **state)
{
    (void)state;
    ent_context_t ctx;
    ent_abc_t abc;
    const ent_abc_options_t o = options();
    ent_context_init(&ctx);
    assert_int_equal(ent_abc_run(&abc, &o, &ctx), 0);
    const double effective = abc.effective[abc.n_generations - 1];
    assert_true(effective > N / 3.0);
    for (int k = 0; k < 2; k++) {
        double mean, sd;
        moments_of_sample(&abc, k, &mean, &sd);
        assert_within(mean, target[k], 4.0 * 0.5 / sqrt(effective));
        assert_within(sd, 0.5, 4.0 * 0.5 / sqrt(2.0 * effective));
    }
    for (int g = 1; g < abc.n_generations; g++) {
        assert_true(abc.tolerance[g] < abc.tolerance[g - 1]);
    }
    for (int i = 0; i < N; i++) {
        assert_true(abc.distance[i] <= abc.tolerance[abc.n_generations - 1]);
    }
    assert_within(abc.tolerance[abc.n_generations - 1], 0.15, 0.0);
    ent_abc_free(&abc);
    ent_context_free(&ctx);
}

static void threads_leave_the_bits(void **state)
{
    (void)state;
    ent_context_t ctx;
    ent_abc_t abc[3];
    ent_context_init(&ctx);
    for (int t = 0; t < 3; t++) {
        ent_abc_options_t o = options();
        o.n_threads = t + 1;
        o.n_generations = 4;
        assert_int_equal(ent_abc_run(&abc[t], &o, &ctx), 0);
        same_bits(&abc[0], &abc[t]);
    }
    ent_abc_options_t o = options();
    ent_abc_t other;
    o.seed = 8;
    o.n_generations = 4;
    assert_int_equal(ent_abc_run(&other, &o, &ctx), 0);
    assert_true(memcmp(other.u, abc[0].u, 2 * N * sizeof(double)) != 0);
    ent_abc_free(&other);
    for (int t = 0; t < 3; t++) {
        ent_abc_free(&abc[t]);
    }
    ent_context_free(&ctx);
}

/* Stop in the middle of generation 2, then go on. */
static void stop_in_two(void *data, int generation, double tolerance, int n_kept, int n_attempts)
{
    (void)tolerance;
    (void)n_kept;
    (void)n_attempts;
    *(int *)data = generation >= 2;
}

static void interrupted_is_resumed(void **state)
{
    (void)state;
    char path[] = "/tmp/ent-test-abc-XXXXXX";
    const int fd = mkstemp(path);
    ent_context_t ctx;
    ent_abc_t whole, parts;
    int stop = 0;
    assert_true(fd >= 0);
    close(fd);
    unlink(path);
    ent_context_init(&ctx);
    ent_abc_options_t o = options();
    assert_int_equal(ent_abc_run(&whole, &o, &ctx), 0);
    o.state_path = path;
    o.stop = &stop;
    o.progress = stop_in_two;
    o.progress_data = &stop;
    assert_int_equal(ent_abc_run(&parts, &o, &ctx), ENT_ERR_STOPPED);
    ent_abc_free(&parts);
    ent_context_clear(&ctx);
    o.stop = NULL;
    o.n_threads = 3;
    assert_int_equal(ent_abc_run(&parts, &o, &ctx), 0);
    same_bits(&whole, &parts);
    ent_abc_free(&parts);
    o.hash = "another";
    assert_int_equal(ent_abc_run(&parts, &o, &ctx), ENT_ERR_CONFIG);
    ent_abc_free(&parts);
    ent_abc_free(&whole);
    unlink(path);
    ent_context_free(&ctx);
}

/* Stop once in every generation: each part goes on from the state of the one before. */
typedef struct {
    int stop, next; /* next: the generation that is to be stopped */
} breaks_t;

static void stop_in_next(void *data, int generation, double tolerance, int n_kept, int n_attempts)
{
    breaks_t *breaks = data;
    (void)tolerance;
    (void)n_kept;
    (void)n_attempts;
    breaks->stop = generation >= breaks->next;
}

static void interrupted_in_every_generation(void **state)
{
    (void)state;
    char path[] = "/tmp/ent-test-abc-XXXXXX";
    const int fd = mkstemp(path);
    ent_context_t ctx;
    ent_abc_t whole, parts;
    breaks_t breaks = {0};
    int n_stopped = 0;
    assert_true(fd >= 0);
    close(fd);
    unlink(path);
    ent_context_init(&ctx);
    ent_abc_options_t o = options();
    assert_int_equal(ent_abc_run(&whole, &o, &ctx), 0);
    o.state_path = path;
    o.stop = &breaks.stop;
    o.progress = stop_in_next;
    o.progress_data = &breaks;
    for (;; breaks.next++) {
        breaks.stop = 0;
        o.n_threads = 1 + breaks.next % 3;
        const int code = ent_abc_run(&parts, &o, &ctx);
        if (code == 0) {
            break;
        }
        assert_int_equal(code, ENT_ERR_STOPPED);
        n_stopped++;
        ent_abc_free(&parts);
        ent_context_clear(&ctx);
    }
    assert_true(n_stopped >= whole.n_generations - 1);
    same_bits(&whole, &parts);
    ent_abc_free(&parts);
    ent_abc_free(&whole);
    unlink(path);
    ent_context_free(&ctx);
}

/* Attempts whose moments are not known are never kept; a generation that cannot be filled is given up. */
static void unknown_moments_and_exhaustion(void **state)
{
    (void)state;
    ent_context_t ctx;
    ent_abc_t abc;
    ent_abc_options_t o = options();
    int flag = 1;
    ent_context_init(&ctx);
    o.data = &flag;
    o.most_attempts = 1024;
    o.tolerance = 0.0;
    o.n_generations = 30;
    assert_int_equal(ent_abc_run(&abc, &o, &ctx), 0);
    assert_true(abc.exhausted && abc.n_generations < 30);
    for (int i = 0; i < N; i++) {
        assert_true(abc.u[2 * i] <= 0.99);
    }
    ent_abc_free(&abc);
    o.most_attempts = N - 100;
    assert_int_equal(ent_abc_run(&abc, &o, &ctx), ENT_ERR_CONFIG);
    ent_abc_free(&abc);
    ent_context_free(&ctx);
}

static void quantiles_by_weight(void **state)
{
    (void)state;
    const double value[] = {3.0, 1.0, 2.0}, weight[] = {0.2, 0.5, 0.3};
    ent_ranked_t scratch[3];
    assert_within(ent_weighted_quantile(value, 1, weight, 3, 0.4, scratch), 1.0, 0.0);
    assert_within(ent_weighted_quantile(value, 1, weight, 3, 0.6, scratch), 2.0, 0.0);
    assert_within(ent_weighted_quantile(value, 1, weight, 3, 0.95, scratch), 3.0, 0.0);
}

/* With a tolerance as wide as the error the sample is too wide; the regression brings it to the known
 * posterior, within four standard errors of the corrected sample and a twentieth for the logit, in which the
 * moments are not linear. */
static void adjusted_sample_is_the_posterior(void **state)
{
    (void)state;
    ent_context_t ctx;
    ent_abc_t abc;
    ent_abc_options_t o = options();
    double mean, sd;
    ent_context_init(&ctx);
    o.tolerance = 1.0;
    assert_int_equal(ent_abc_run(&abc, &o, &ctx), 0);
    for (int k = 0; k < 2; k++) {
        moments_of_sample(&abc, k, &mean, &sd);
        assert_true(sd > 0.75);
    }
    assert_int_equal(ent_abc_adjust(&abc, &o, &ctx), 0);
    const double effective = abc.effective[abc.n_generations - 1];
    assert_true(effective > N / 3.0 && effective <= N);
    for (int k = 0; k < 2; k++) {
        moments_of_sample(&abc, k, &mean, &sd);
        assert_within(mean, target[k], 4.0 * 0.5 / sqrt(effective) + 0.05);
        assert_within(sd, 0.5, 4.0 * 0.5 / sqrt(2.0 * effective) + 0.05);
    }
    for (int i = 0; i < 2 * N; i++) {
        assert_true(abc.u[i] > 0.0 && abc.u[i] < 1.0);
    }
    ent_abc_free(&abc);
    ent_context_free(&ctx);
}

static void replay_has_other_draws_and_the_same_bits_at_any_threads(void **state)
{
    (void)state;
    ent_context_t ctx;
    ent_abc_t abc[2];
    double before[2 * N];
    ent_context_init(&ctx);
    for (int t = 0; t < 2; t++) {
        ent_abc_options_t o = options();
        o.n_generations = 1;
        o.n_threads = 1 + 2 * t;
        assert_int_equal(ent_abc_run(&abc[t], &o, &ctx), 0);
        memcpy(before, abc[t].moment, sizeof before);
        assert_int_equal(ent_abc_replay(&abc[t], &o, &ctx), 0);
        assert_true(memcmp(before, abc[t].moment, sizeof before) != 0);
        same_bits(&abc[0], &abc[t]);
        /* noise of 1/2 around the place, twice */
        double squares = 0.0;
        for (int i = 0; i < 2 * N; i++) {
            squares += pow(abc[t].moment[i] - before[i], 2.0) / (2 * N);
        }
        assert_within(squares, 0.5, 4.0 * 0.5 * sqrt(2.0 / (2 * N)));
    }
    ent_abc_free(&abc[0]);
    ent_abc_free(&abc[1]);
    ent_context_free(&ctx);
}

static void adjusting_needs_more_particles_than_moments(void **state)
{
    (void)state;
    ent_context_t ctx;
    ent_abc_t abc;
    ent_abc_options_t o = options();
    ent_context_init(&ctx);
    o.n_generations = 1;
    assert_int_equal(ent_abc_run(&abc, &o, &ctx), 0);
    abc.n_particles = 2;
    assert_int_equal(ent_abc_adjust(&abc, &o, &ctx), ENT_ERR_CONFIG);
    abc.n_particles = N;
    ent_abc_free(&abc);
    ent_context_free(&ctx);
}

/* A play that fails without a word of its own, and one with words. */
static int fails(void *data, int thread, uint64_t key, const double *u, double *moments, ent_context_t *ctx)
{
    (void)thread;
    (void)key;
    (void)u;
    (void)moments;
    return data == NULL
               ? ENT_ERR_NO_MEMORY
               : ent_fault(ctx, ENT_ERR_BUG, "engine", 3, 0, "key", "value", NULL, "a law is broken");
}

static void a_failed_play_is_told(void **state)
{
    ent_abc_options_t o = options();
    ent_context_t ctx;
    ent_abc_t abc;
    int words = 0;

    (void)state;
    ent_context_init(&ctx);
    o.simulate = fails;
    assert_int_equal(ent_abc_run(&abc, &o, &ctx), ENT_ERR_NO_MEMORY);
    assert_int_equal(ctx.n_faults, 1);
    assert_string_equal(ctx.faults[0].rule, "a play failed: no memory");
    ent_abc_free(&abc);
    ent_context_clear(&ctx);
    o.data = &words;
    assert_int_equal(ent_abc_run(&abc, &o, &ctx), ENT_ERR_BUG);
    assert_string_equal(ctx.faults[0].rule, "a law is broken");
    assert_string_equal(ctx.faults[0].key, "key");
    ent_abc_free(&abc);
    ent_context_clear(&ctx);

    /* the same when a sample is played again */
    o = options();
    o.n_generations = 1;
    assert_int_equal(ent_abc_run(&abc, &o, &ctx), 0);
    o.simulate = fails;
    assert_int_equal(ent_abc_replay(&abc, &o, &ctx), ENT_ERR_NO_MEMORY);
    assert_int_equal(ctx.n_faults, 1);
    ent_abc_free(&abc);
    ent_context_free(&ctx);
}

/* Sealed states that are none of this calibration, or of other sizes; and nothing to finish. */
static void other_states_are_refused(void **state)
{
    static const char *const missing[] = {"u", "tolerance", "weight"};
    char path[] = "/tmp/ent-test-abc-XXXXXX";
    ent_abc_options_t o = options();
    const int fd = mkstemp(path);
    ent_context_t ctx;
    ent_abc_t abc;

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    unlink(path);
    ent_context_init(&ctx);
    o.state_path = path;
    o.finish = 1;
    assert_int_equal(ent_abc_run(&abc, &o, &ctx), ENT_ERR_NO_INPUT);
    ent_abc_free(&abc);
    ent_context_clear(&ctx);
    o.finish = 0;
    o.n_generations = 2;
    for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++) {
        assert_int_equal(ent_abc_run(&abc, &o, &ctx), 0);
        ent_abc_free(&abc);
        const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
        assert_true(file >= 0 && H5Ldelete(file, missing[i], H5P_DEFAULT) >= 0);
        assert_true(H5Fclose(file) >= 0);
        seal_again(path);
        assert_int_equal(ent_abc_run(&abc, &o, &ctx), ENT_ERR_DATA);
        assert_string_equal(ctx.faults[0].file, path);
        ent_abc_free(&abc);
        ent_context_clear(&ctx);
        unlink(path);
    }
    assert_int_equal(ent_abc_run(&abc, &o, &ctx), 0);
    ent_abc_free(&abc);
    o.n_generations = 1; /* the state has more */
    assert_int_equal(ent_abc_run(&abc, &o, &ctx), ENT_ERR_DATA);
    ent_abc_free(&abc);
    unlink(path);
    ent_context_free(&ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_play_is_told),
        cmocka_unit_test(other_states_are_refused),
        cmocka_unit_test(adjusted_sample_is_the_posterior),
        cmocka_unit_test(replay_has_other_draws_and_the_same_bits_at_any_threads),
        cmocka_unit_test(adjusting_needs_more_particles_than_moments),
        cmocka_unit_test(posterior_is_the_known_one),
        cmocka_unit_test(threads_leave_the_bits),
        cmocka_unit_test(interrupted_is_resumed),
        cmocka_unit_test(unknown_moments_and_exhaustion),
        cmocka_unit_test(quantiles_by_weight),
        cmocka_unit_test(interrupted_in_every_generation),
    };
    return cmocka_run_group_tests_name("abc", tests, NULL, NULL);
}
