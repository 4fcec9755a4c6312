/* The general closure: the benchmark is its fixed point, and what is recorded of wages and real incomes. */
#include "ent_test.h"
#include "synthetic.h"

#include "economy/closure.h"

#include <math.h>
#include <stdlib.h>

enum { R = 3, S = 2 };

static void benchmark_is_a_fixed_point(void **state)
{
    ent_synthetic_t world;
    ent_context_t ctx;
    ent_accounts_t accounts;
    double duty[R] = {0}, log_price[R * S] = {0}, log_wage[R] = {0}, income[R], expenditure[R * S],
           bundle[R * S];
    (void)state;
    ent_context_init(&ctx);
    ent_synthetic_init(&world, R, S, 0.2);
    assert_int_equal(ent_accounts_init(&accounts, &world.benchmark, 12, &ctx), 0);
    ent_closure_step(&accounts, accounts.revenue, accounts.revenue, duty, log_price, 0.5, log_wage, income,
                     expenditure, bundle);
    for (int r = 0; r < R; r++) {
        assert_close(income[r], accounts.income[r], 1e-14);
        assert_close(log_wage[r], 0.0, 0.0);
        for (int s = 0; s < S; s++) {
            assert_close(expenditure[r * S + s], ent_benchmark_expenditure(&world.benchmark, r, s) / 12.0,
                         1e-14);
            assert_close(bundle[r * S + s], 0.0, 0.0);
            log_price[r * S + s] = 0.1 * (s + 1);
        }
        /* equal shares of two sectors */
        assert_close(ent_closure_log_consumer_price(&accounts, log_price, r), 0.15, 1e-14);
    }
    ent_accounts_free(&accounts);
    ent_synthetic_free(&world);
    ent_context_free(&ctx);
}

static void play(ent_synthetic_t *world, ent_trajectory_t *trajectory)
{
    ent_context_t ctx;
    ent_model_t *model = NULL;
    ent_context_init(&ctx);
    assert_int_equal(ent_model_init(&model, &world->config, &world->benchmark, &ctx), 0);
    assert_int_equal(ent_trajectory_init(trajectory, &world->config, &ctx), 0);
    assert_int_equal(ent_play(model, 0, &(ent_run_options_t){.n_threads = 1}, trajectory, NULL, &ctx), 0);
    ent_model_free(model);
    ent_context_free(&ctx);
}

/* A tariff by one region on all it imports, rebated: with an elasticity of 4 its real income rises, the
 * others' falls. Under partial closure nothing is claimed. */
static void real_income_is_recorded(void **state)
{
    (void)state;
    for (int general = 0; general < 2; general++) {
        ent_synthetic_t world;
        ent_trajectory_t trajectory;
        ent_synthetic_init(&world, R, S, 0.2);
        world.config.closure = general ? ENT_CLOSURE_GENERAL : ENT_CLOSURE_PARTIAL;
        world.config.rebate_revenue = 1;
        world.config.n_steps = 60;
        world.config.n_slots = 16000;
        for (int s = 0; s < S; s++) {
            world.config.sector_parameters[s].renewal_rate = 1200.0;
            world.config.sector_parameters[s].price_reset_rate = 1200.0;
            for (int o = 1; o < R; o++) {
                ent_synthetic_tariff(&world, o, 0, s, 0.10, "2024-01-01", "2025-01-01");
            }
        }
        play(&world, &trajectory);
        const float *welfare = trajectory.value[ENT_FIELD_welfare], *wage = trajectory.value[ENT_FIELD_wage];
        const float *last = welfare + 59 * R;
        if (general) {
            assert_true(fabsf(welfare[0] - 1.0f) < 1e-6f && fabsf(wage[0] - 1.0f) < 1e-6f);
            assert_true(last[0] > 1.001f && last[0] < 1.01f);
            assert_true(last[1] < 1.0f && last[2] < 1.0f);
            assert_true(wage[59 * R] > 1.0f && wage[59 * R + 1] < 1.0f);
        } else {
            assert_true(isnan(last[0]) && isnan(wage[59 * R]));
        }
        ent_trajectory_free(&trajectory);
        ent_synthetic_free(&world);
    }
}

static void unbalanced_benchmark_is_refused(void **state)
{
    ent_synthetic_t world;
    ent_context_t ctx;
    ent_model_t *model = NULL;
    (void)state;
    ent_context_init(&ctx);
    ent_synthetic_init(&world, R, S, 0.2);
    world.config.closure = ENT_CLOSURE_GENERAL;
    world.benchmark.unbalanced = 1;
    assert_int_equal(ent_model_init(&model, &world.config, &world.benchmark, &ctx), ENT_ERR_DATA);
    ent_context_clear(&ctx);
    world.config.closure = ENT_CLOSURE_PARTIAL;
    assert_int_equal(ent_model_init(&model, &world.config, &world.benchmark, &ctx), ENT_OK);
    ent_model_free(model);
    ent_synthetic_free(&world);
    ent_context_free(&ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(benchmark_is_a_fixed_point),
                                       cmocka_unit_test(real_income_is_recorded),
                                       cmocka_unit_test(unbalanced_benchmark_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
