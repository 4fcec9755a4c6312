/* The engine against the closed forms of docs/model.md: frozen prices, one regime, 10 % on one small origin,
 * no stocks, phi = 0, retail prices re-set every step. */
#include "ent_test.h"
#include "synthetic.h"

#include <gsl/gsl_randist.h>
#include <math.h>

enum { YEARS = 10, STEPS = 12 * YEARS + 1, WORLDS = 12, SLOTS = 16 };
static const double SHARE = 0.05, TARIFF = 0.10;

typedef struct {
    double sigma, rate, theta;
    int n;
} setting_t;

/* Probability that the hit origin wins a renewal, given whether it is the incumbent; v its visibility. */
static double win(double a, double v, int n, int incumbent)
{
    double sum = 0.0;
    for (int j = 0; j <= n - 1; j++) {
        const int mine = j + incumbent;
        sum += gsl_ran_binomial_pdf((unsigned)j, v, (unsigned)(n - 1)) * mine * a / (mine * a + n - mine);
    }
    return sum;
}

/* Spending of an unrenewed hit slot relative to the benchmark: w = E_m{x^(1-s) K / ((1+m) x^(1-s) + K-1-m)}.
 */
static double unrenewed_weight(double x, double sigma)
{
    const double weight = pow(x, 1.0 - sigma);
    double sum = 0.0;
    for (int m = 0; m <= SLOTS - 1; m++) {
        sum += gsl_ran_binomial_pdf((unsigned)m, SHARE, SLOTS - 1) * weight * SLOTS /
               ((1 + m) * weight + SLOTS - 1 - m);
    }
    return sum;
}

/* Tariff-exclusive value ratio R(t) = [S_t w + mu(t) - S_t] / x, mu(t) by its exact recursion. */
static void expected_path(const setting_t *s, double ratio[STEPS])
{
    const double x = 1.0 + TARIFF, a = pow(x, -s->theta), h = ent_step_hazard(s->rate, 12);
    const double w = unrenewed_weight(x, s->sigma);
    const double stay = win(a, SHARE, s->n, 1), gain = win(a, SHARE, s->n, 0);
    double share = SHARE, survival = 1.0;
    for (int t = 0; t < STEPS; t++) {
        ratio[t] = (survival * w + share / SHARE - survival) / x;
        share += h * (share * (stay - 1.0) + (1.0 - share) * gain);
        survival *= 1.0 - h;
    }
}

static void configure(ent_synthetic_t *synthetic, const setting_t *s)
{
    ent_synthetic_init(synthetic, 3, 1, 0.3);
    ent_synthetic_share(synthetic, 1, 0, 0, SHARE);
    ent_config_t *c = &synthetic->config;
    c->n_steps = STEPS;
    c->n_worlds = WORLDS;
    c->n_slots = 96000;
    c->slot_focus[1] = c->slot_focus[2] = 0.01;
    c->global.candidates = s->n;
    c->checked = 0;
    c->sector_parameters[0].slot_elasticity = s->sigma;
    c->sector_parameters[0].renewal_rate = s->rate;
    c->sector_parameters[0].trade_elasticity = s->theta;
}

/* Ratio of the hit flow with and without the tariff, by world: paired on the same draws. */
static void play_ratio(const setting_t *s, int hit, double flow[WORLDS][STEPS])
{
    ent_synthetic_t synthetic;
    ent_context_t ctx;
    ent_trajectory_t trajectory;
    ent_model_t *model;
    ent_context_init(&ctx);
    configure(&synthetic, s);
    if (hit) {
        ent_synthetic_tariff(&synthetic, 1, 0, 0, TARIFF, "2024-01-01", "2025-01-01");
    }
    assert_int_equal(ent_model_init(&model, &synthetic.config, &synthetic.benchmark, &ctx), 0);
    assert_int_equal(ent_trajectory_init(&trajectory, &synthetic.config, &ctx), 0);
    for (int world = 0; world < WORLDS; world++) {
        assert_int_equal(ent_play(model, world, NULL, &trajectory, NULL, &ctx), 0);
        for (int t = 0; t < STEPS; t++) {
            flow[world][t] = ent_synthetic_flow(&synthetic, &trajectory, ENT_FIELD_exports, t, 1, 0, 0);
        }
    }
    ent_trajectory_free(&trajectory);
    ent_model_free(model);
    ent_synthetic_free(&synthetic);
    ent_context_free(&ctx);
}

static void check_setting(const setting_t *s)
{
    static double hit[WORLDS][STEPS], free_trade[WORLDS][STEPS];
    double expected[STEPS];
    const int when[] = {0, 12, 60, 120};
    play_ratio(s, 1, hit);
    play_ratio(s, 0, free_trade);
    expected_path(s, expected);
    for (size_t i = 0; i < sizeof when / sizeof *when; i++) {
        const int t = when[i];
        double sum = 0.0, square = 0.0, base = 0.0;
        for (int world = 0; world < WORLDS; world++) {
            base += free_trade[world][t] / WORLDS;
        }
        for (int world = 0; world < WORLDS; world++) {
            const double ratio = hit[world][t] / base;
            sum += ratio;
            square += ratio * ratio;
        }
        const double mean = sum / WORLDS;
        const double error = sqrt(fmax(square / WORLDS - mean * mean, 0.0) / (WORLDS - 1));
        print_message("sigma %.1f lambda %.2f theta %.1f n %2d month %3d: %.4f expected %.4f (s.e. %.4f)\n",
                      s->sigma, s->rate, s->theta, s->n, t, mean, expected[t], error);
        /* three standard errors, and the second order of the small-share form */
        assert_true(fabs(mean - expected[t]) <= 3.0 * error + 0.002);
    }
}

static void flows_follow_the_closed_forms(void **state)
{
    (void)state;
    static const double settings[][3] = {{2.5, 0.3, 1.5}, {3.0, 0.06, 4.0}, {2.0, 1.0, 6.0}};
    static const int candidates[] = {2, 4, 16};
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 3; k++) {
            check_setting(&(setting_t){settings[i][0], settings[i][1], settings[i][2], candidates[k]});
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(flows_follow_the_closed_forms)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
