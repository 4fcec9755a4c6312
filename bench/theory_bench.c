/* How long the static theory takes.
 *
 *     theory_bench tests/fixtures/cp2015/cp2015.h5
 *
 * NAFTA on 31 x 40 (printed figures and time, accelerated and not), a made-up 81 x 28 world with inputs, and
 * the uniform Nash tariffs of the NAFTA members. bench/theory_numpy.py is the same in numpy. */
#include <entrepot/theory.h>

#include <math.h>
#include <stdio.h>
#include <time.h>

#include "../tests/unit/theory_fixture.h"

/* Processor time: one thread, on a machine that others may share. */
static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int nafta(const theory_fixture_t *fixture, int memory, ent_context_t *ctx)
{
    const char *const members[] = {"Mexico", "Canada", "USA"};
    const ent_theory_input_t input = theory_fixture_input(fixture);
    ent_theory_options_t options;
    ent_theory_t model = {0};
    ent_theory_result_t result = {0};
    ent_theory_welfare_t welfare = {0}, path = {0};
    double start, middle, end;
    int ret;

    theory_fixture_options(&options);
    options.memory = memory;
    options.tolerance = 1e-11; /* as in theory_numpy.py */
    ret = ent_theory_init(&model, &input, &options, ctx);
    start = seconds();
    ret = ret != ENT_OK ? ret : ent_theory_rebase(&model, ctx);
    middle = seconds();
    ret = ret != ENT_OK ? ret : ent_theory_solve(&model, fixture->tariff_nafta, NULL, &result, ctx);
    end = seconds();
    ret = ret != ENT_OK ? ret : ent_theory_welfare(&model, &result, 0, &welfare, ctx);
    ret = ret != ENT_OK ? ret : ent_theory_welfare(&model, &result, 32, &path, ctx);
    for (int i = 0; ret == ENT_OK && memory > 0 && i < 3; i++) {
        const int r = theory_fixture_region(fixture, members[i]);

        printf("case=nafta region=%s welfare=%.4f tot=%.4f vot=%.4f real_wage=%.4f real_income=%.4f\n",
               members[i], 100.0 * welfare.first_order[r], 100.0 * welfare.terms_of_trade_sum[r],
               100.0 * welfare.volume_of_trade_sum[r], 100.0 * (result.real_wage_hat[r] - 1.0),
               100.0 * (result.welfare_hat[r] - 1.0));
        printf("case=nafta_path_32 region=%s log_real_income=%.4f tot=%.4f vot=%.4f remainder=%.6f\n",
               members[i], 100.0 * path.total[r], 100.0 * path.terms_of_trade_sum[r],
               100.0 * path.volume_of_trade_sum[r], 100.0 * path.remainder[r]);
    }
    if (ret == ENT_OK) {
        printf("case=nafta memory=%d sweeps=%d residual=%.2g baseline_seconds=%.4f seconds=%.4f\n", memory,
               result.iterations, result.residual, middle - start, end - middle);
    }
    ent_theory_welfare_free(&path);
    ent_theory_welfare_free(&welfare);
    ent_theory_result_free(&result);
    ent_theory_free(&model);
    return ret;
}

/* Uniform in (0, 1), the same on every machine. */
static double draw(unsigned long long *state)
{
    *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
    return ((double)(*state >> 11) + 0.5) / 9007199254740992.0;
}

/* A world of 81 x 28: gravity flows, duties of 0 to 10 %, inputs of about half of output. */
static int made_up(int n, int sectors, ent_context_t *ctx)
{
    const size_t flows = (size_t)(sectors * n * n), markets = (size_t)(sectors * n);
    double *flow = malloc(flows * sizeof *flow), *tariff = malloc(flows * sizeof *tariff);
    double *change = malloc(flows * sizeof *change), *theta = malloc((size_t)sectors * sizeof *theta);
    double *input = malloc(markets * (size_t)sectors * sizeof *input),
           *final = malloc(markets * sizeof *final);
    unsigned long long state = 20250402;
    const ent_theory_input_t data = {.n_region = n,
                                     .n_sector = sectors,
                                     .flow = flow,
                                     .tariff = tariff,
                                     .input_coefficient = input,
                                     .final_demand = final,
                                     .theta = theta};
    ent_theory_options_t options;
    ent_theory_t model = {0};
    ent_theory_result_t result = {0};
    double start;
    int ret;

    for (size_t i = 0; i < flows; i++) {
        const int s = (int)(i / (size_t)(n * n)), o = (int)(i / (size_t)n) % n, d = (int)(i % (size_t)n);

        flow[i] = 1e6 * exp(3.0 * draw(&state)) / ((o + 1.0) * (d + 1.0)) * (o == d ? 100.0 : 1.0);
        tariff[i] = o == d ? 0.0 : 0.1 * draw(&state);
        change[i] = tariff[i] + (d == 0 && o != d ? 0.25 : 0.0);
        theta[s] = 2.0 + (s * 7) % 9;
    }
    for (size_t i = 0; i < markets * (size_t)sectors; i++) {
        input[i] = draw(&state) / sectors;
    }
    for (size_t i = 0; i < markets; i++) {
        final[i] = draw(&state);
    }
    ent_theory_options_init(&options);
    options.balance_tolerance = 1e30;
    ret = ent_theory_init(&model, &data, &options, ctx);
    ret = ret != ENT_OK ? ret : ent_theory_rebase(&model, ctx);
    start = seconds();
    ret = ret != ENT_OK ? ret : ent_theory_solve(&model, change, NULL, &result, ctx);
    if (ret == ENT_OK) {
        printf("case=made_up regions=%d sectors=%d sweeps=%d path_steps=%d residual=%.2g seconds=%.4f "
               "real_income_of_first=%.4f\n",
               n, sectors, result.iterations, result.n_path_steps, result.residual, seconds() - start,
               100.0 * (result.welfare_hat[0] - 1.0));
    }
    ent_theory_result_free(&result);
    ent_theory_free(&model);
    free(flow);
    free(tariff);
    free(change);
    free(theta);
    free(input);
    free(final);
    return ret;
}

/* Uniform tariffs of the NAFTA members on each other and everybody, at home in the zero-deficit 1993 world.
 */
static int tariff_war(const theory_fixture_t *fixture, ent_context_t *ctx)
{
    const char *const members[] = {"Mexico", "Canada", "USA"};
    const ent_theory_input_t input = theory_fixture_input(fixture);
    unsigned char *goods = calloc((size_t)fixture->n_sector, 1);
    ent_theory_options_t options;
    ent_theory_policy_t policy;
    ent_theory_t model = {0};
    ent_theory_optimum_t optimum = {0};
    int player[3], ret;
    double start = seconds();

    for (int i = 0; i < 3; i++) {
        player[i] = theory_fixture_region(fixture, members[i]);
    }
    for (int s = 0; s < 20; s++) {
        goods[s] = 1; /* agriculture, mining and manufactures; what follows are services */
    }
    theory_fixture_options(&options);
    ent_theory_policy_init(&policy);
    policy.sectors = goods;
    ret = ent_theory_init(&model, &input, &options, ctx);
    ret = ret != ENT_OK ? ret : ent_theory_rebase(&model, ctx);
    ret = ret != ENT_OK ? ret : ent_theory_nash(&model, 3, player, NULL, &policy, &optimum, ctx);
    for (int i = 0; ret == ENT_OK && i < 3; i++) {
        printf("case=nash region=%s rate=%.5f derivative=%.2g real_income=%.4f\n", members[i],
               optimum.rate[i], optimum.derivative[i], 100.0 * (optimum.welfare_hat[i] - 1.0));
    }
    if (ret == ENT_OK) {
        printf("case=nash rounds=%d evaluations=%d first_order_residual=%.2g seconds=%.3f\n",
               optimum.n_rounds, optimum.n_evaluations, optimum.first_order_residual, seconds() - start);
    }
    start = seconds();
    policy.by_sector = 1;
    ret = ret != ENT_OK ? ret : ent_theory_optimal(&model, player[2], NULL, &policy, &optimum, ctx);
    if (ret == ENT_OK) {
        for (int k = 0; k < optimum.n_rate; k++) {
            printf("case=optimal_by_sector region=USA sector=\"%s\" rate=%.5f derivative=%.2g\n",
                   fixture->sector[optimum.rate_sector[k]], optimum.rate[k], optimum.derivative[k]);
        }
        printf("case=optimal_by_sector region=USA real_income=%.4f evaluations=%d first_order_residual=%.2g "
               "seconds=%.3f\n",
               100.0 * (optimum.welfare_hat[0] - 1.0), optimum.n_evaluations, optimum.first_order_residual,
               seconds() - start);
    }
    ent_theory_optimum_free(&optimum);
    ent_theory_free(&model);
    free(goods);
    return ret;
}

int main(int argc, char **argv)
{
    ent_context_t ctx;
    theory_fixture_t fixture;
    int ret;

    if (argc != 2 || theory_fixture_read(&fixture, argv[1]) != 0) {
        fprintf(stderr, "usage: theory_bench cp2015.h5\n");
        return 64;
    }
    ent_context_init(&ctx);
    ret = nafta(&fixture, 10, &ctx);
    ret = ret != ENT_OK ? ret : nafta(&fixture, 0, &ctx);
    ret = ret != ENT_OK ? ret : made_up(81, 28, &ctx);
    ret = ret != ENT_OK ? ret : tariff_war(&fixture, &ctx);
    if (ret != ENT_OK) {
        ent_context_print(&ctx, stderr);
    }
    theory_fixture_free(&fixture);
    ent_context_free(&ctx);
    return ret == ENT_OK ? 0 : 1;
}
