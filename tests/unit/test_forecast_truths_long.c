/* 120 synthetic truths of each kind of series: what conditioning on the engine's effect is worth, whether
 * bands hold what they say, and whether scales are found without bias. */
#include "ent_test.h"

#include "truths.h"

enum { TRUTHS = 120 };

static void truths_are_forecast_within_bands(void **state)
{
    truth_score_t all = {0};
    ent_context_t ctx;

    (void)state;
    ent_context_init(&ctx);
    for (int k = 0; k < TRUTH_CASES; k++) {
        truth_score_t score = {0};

        assert_int_equal(truth_score(&score, &truth_cases[k], 0, TRUTHS, &ctx), ENT_OK);
        const double n = score.n, conditioned = sqrt(score.conditioned / n),
                     without = sqrt(score.without / n);
        const double engine = sqrt(score.engine / n), in_50 = 100.0 * score.in_50 / n,
                     in_90 = 100.0 * score.in_90 / n;
        const double bias[2] = {score.scale_error[0] / score.n_scales, score.scale_error[1] / score.n_scales};

        print_message("%-24s rmse %.1f without %.1f engine %.1f; in 50 %% %.1f, in 90 %% %.1f; "
                      "bias of scales %.2f %.2f, spread %.2f %.2f\n",
                      truth_cases[k].name, 100.0 * conditioned, 100.0 * without, 100.0 * engine, in_50, in_90,
                      bias[0], bias[1], sqrt(score.scale_square[0] / score.n_scales),
                      sqrt(score.scale_square[1] / score.n_scales));
        assert_true(conditioned <= 0.80 * without);
        assert_true(conditioned <= 0.85 * engine);
        for (int i = 0; i < 2; i++) { /* 3 standard errors of the mean of 120 standardised errors */
            assert_within(bias[i], 0.0, 3.0 / sqrt(TRUTHS));
        }
        all.n += score.n;
        all.in_50 += score.in_50;
        all.in_90 += score.in_90;
    }
    assert_within(100.0 * all.in_50 / all.n, 50.0, 4.0);
    assert_within(100.0 * all.in_90 / all.n, 90.0, 2.0);
    ent_context_free(&ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(truths_are_forecast_within_bands)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
