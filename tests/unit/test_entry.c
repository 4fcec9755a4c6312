/* Decisions of exporters at the margin, as pure functions. */
#include "ent_test.h"

#include "agents/entry.h"
#include "agents/plant.h"
#include "engine/kernel.h"

static void survival_goes_through_its_two_points(void **state)
{
    (void)state;
    const ent_survival_t law = ent_survival_fit(0.492, 0.163);
    assert_close(ent_survival(&law, 1.0), 0.492, 1e-12);
    assert_close(ent_survival(&law, 5.0), 0.163, 1e-12);
    assert_close(ent_survival(&law, 0.0), 1.0, 0.0);
    /* a shape below one: the hazard falls with tenure */
    assert_true(law.shape < 1.0);
    assert_true(ent_survival(&law, 2.0) / ent_survival(&law, 1.0) > 0.492);
}

static void certainty_is_worth_its_value(void **state)
{
    (void)state;
    const double one = 1.0, value = 0.7;
    /* nothing to wait for when every regime is at least as good as now */
    assert_close(ent_entry_threshold(0.7, 0.9, 1, &one, &value), 0.7, 1e-15);
    const double p[2] = {0.5, 0.5}, good[2] = {0.9, 1.4};
    assert_close(ent_entry_threshold(0.7, 0.9, 2, p, good), 0.7, 1e-15);
}

static void only_bad_news_counts(void **state)
{
    (void)state;
    const double p[2] = {0.5, 0.5};
    const double base[2] = {1.0, 0.6}, better[2] = {3.0, 0.6}, worse[2] = {1.0, 0.4};
    const double threshold = ent_entry_threshold(1.0, 0.8, 2, p, base);
    /* (1 - D)(now - S) = D p (S - v): S = (0.2 + 0.4 * 0.6) / 0.6 */
    assert_close(threshold, 0.44 / 0.6, 1e-12);
    assert_close(ent_entry_threshold(1.0, 0.8, 2, p, better), threshold, 1e-12);
    assert_true(ent_entry_threshold(1.0, 0.8, 2, p, worse) < threshold);
}

static void a_later_revelation_weighs_less(void **state)
{
    (void)state;
    const double p[3] = {0.2, 0.5, 0.3}, after[3] = {0.3, 0.8, 1.2};
    double last = 0.0;
    for (double discount = 1.0; discount >= 0.0; discount -= 0.125) {
        const double threshold = ent_entry_threshold(1.0, discount, 3, p, after);
        assert_true(threshold >= last && threshold <= 1.0);
        last = threshold;
    }
    assert_close(last, 1.0, 0.0);
    /* at once: only what is worth it in the worst case */
    assert_close(ent_entry_threshold(1.0, 1.0, 3, p, after), 0.3, 1e-12);
}

static void a_wider_spread_lowers_the_threshold(void **state)
{
    (void)state;
    const double p[2] = {0.5, 0.5};
    double last = 2.0;
    for (double spread = 0.0; spread < 0.5; spread += 0.05) {
        const double after[2] = {0.7 + spread, 0.7 - spread};
        const double threshold = ent_entry_threshold(0.7, 0.8, 2, p, after);
        assert_true(spread == 0.0 || threshold < last);
        last = threshold;
    }
}

static void rates_move_with_value(void **state)
{
    (void)state;
    assert_close(ent_entry_probability(0.0, 0.4), ENT_ENTRY_ACCEPTED, 1e-15);
    assert_close(ent_entry_probability(log(0.8), 0.5), 0.5 * sqrt(0.8), 1e-12);
    assert_close(ent_entry_probability(10.0, 1.0), 1.0, 0.0);
    assert_close(ent_exit_factor(0.0, 0.2), 1.0, 1e-15);
    assert_close(ent_exit_factor(log(0.5), 1.0), 2.0, 1e-12);
    assert_close(ent_exit_factor(-100.0, 1.0), 8.0, 0.0);
    assert_close(ent_exporter_growth(0.0, 0.3, 24.0), 0.3, 1e-15);
    assert_close(ent_exporter_growth(24.0, 0.3, 24.0), 1.0 - 0.7 * exp(-1.0), 1e-12);
}

static void profit_is_revenue_less_costs(void **state)
{
    (void)state;
    assert_within(ent_exporter_profit(1.0, 1.0, 1.0, 0.10, 0.08), 0.02, 1e-15);
    assert_within(ent_exporter_profit(0.8, 1.0, 1.0, 0.10, 0.08), 0.0, 1e-15);
    assert_within(ent_exporter_profit(1.0, 0.95, 1.0, 0.10, 0.08), -0.03, 1e-12);
}

static void absorption_follows_atkeson_and_burstein(void **state)
{
    (void)state;
    assert_close(ent_markup_absorption(0.0, 4.0), 0.0, 0.0);
    /* rho 5, eta 1, s 0.5: e = 3, Gamma = 4 * 4 * 0.25 / (3 * 2) = 2/3 */
    assert_close(ent_markup_absorption(0.5, 4.0), 0.4, 1e-12);
    double last = 0.0;
    for (double share = 0.05; share < 0.5; share += 0.05) {
        const double now = ent_markup_absorption(share, 1.7);
        assert_true(now > last);
        last = now;
    }
}

/* The elasticity across the firms of a niche, where it is given, takes the place of 1 + theta. */
static void the_elasticity_in_a_niche_is_not_that_across_origins(void **state)
{
    (void)state;
    assert_close(ent_niche_theta(0.0, 1.7), 1.7, 0.0);
    assert_close(ent_niche_theta(5.0, 1.7), 4.0, 0.0);
    assert_close(ent_markup_absorption(0.5, ent_niche_theta(5.0, 1.7)), 0.4, 1e-12);
    /* closer substitutes: more is absorbed at the same share */
    assert_true(ent_markup_absorption(0.2, ent_niche_theta(7.0, 1.7)) > ent_markup_absorption(0.2, 1.7));
}

/* The absorption of many firms of a fringe at once is that of each. */
static void absorption_has_the_same_bits_on_any_kernel(void **state)
{
    (void)state;
    enum { N = 37 };
    static const char *const kernels[] = {"portable", "avx2", "avx512"};
    double size[N], absorbed[N];
    for (int i = 0; i < N; i++) {
        size[i] = i == 5 ? 0.0 : 1.0 / (i + 0.5);
    }
    for (size_t k = 0; k < sizeof kernels / sizeof *kernels; k++) {
        const ent_kernel_t *kernel = ent_kernel_select(kernels[k]);
        if (kernel == NULL) {
            continue;
        }
        kernel->absorb(size, N, 0.7, 3.0, 2.0, 1.7, absorbed);
        for (int i = 0; i < N; i++) {
            const double share = fmin(0.7 * size[i] / 3.0 * 2.0, ENT_NICHE_SHARE_MOST);
            assert_true(absorbed[i] == ent_markup_absorption(share, 1.7));
        }
    }
}

static void a_plant_pays_behind_a_high_tariff_only(void **state)
{
    (void)state;
    assert_true(ent_plant_value(log(1.25), 0.05, 0.05, 0.08, 1.2) > 0.0);
    assert_true(ent_plant_value(log(1.05), 0.05, 0.05, 0.08, 1.2) < 0.0);
    assert_close(ent_plant_value(log(1.2), 0.0, 0.05, 0.05, 1.0), (1.0 - 1.0 / 1.2) / 0.1 - 1.0, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(survival_goes_through_its_two_points),
        cmocka_unit_test(certainty_is_worth_its_value),
        cmocka_unit_test(only_bad_news_counts),
        cmocka_unit_test(a_later_revelation_weighs_less),
        cmocka_unit_test(a_wider_spread_lowers_the_threshold),
        cmocka_unit_test(rates_move_with_value),
        cmocka_unit_test(profit_is_revenue_less_costs),
        cmocka_unit_test(absorption_follows_atkeson_and_burstein),
        cmocka_unit_test(the_elasticity_in_a_niche_is_not_that_across_origins),
        cmocka_unit_test(absorption_has_the_same_bits_on_any_kernel),
        cmocka_unit_test(a_plant_pays_behind_a_high_tariff_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
