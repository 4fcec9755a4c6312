/* Kinds of news: stocks are built up for dated law, threats and hearsay with the weight of each and of no
 * other; of a month of notice only the days count on which an order is in time; defaults leave the bits
 * alone. */
#include "ent_test.h"
#include "synthetic.h"

#include <math.h>

enum { REGIONS = 3, SECTORS = 2, STEPS = 6, LAG = 1 };

typedef struct {
    double law, threat, hearsay, days;
} weights_t;
static const weights_t whole = {1.0, 1.0, 1.0, 0.0};

/* A duty on R1's goods in R0: the days of its news, and how it is expected. */
typedef struct {
    const char *announced, *effective, *expected; /* expected NULL: nobody does before it is announced */
    ent_news_t news;
} news_t;

/* Exports of R1 to R0 by step; contracts do not come up, so that only stocks answer. */
static void play(news_t news, weights_t weights, double exports[STEPS])
{
    ent_synthetic_t synthetic;
    ent_trajectory_t t;
    ent_context_t ctx;
    ent_model_t *model = NULL;
    ent_synthetic_init(&synthetic, REGIONS, SECTORS, 0.3);
    ent_config_t *c = &synthetic.config;
    c->n_steps = STEPS;
    c->n_slots = 20000;
    for (int s = 0; s < SECTORS; s++) {
        ent_sector_parameters_t *p = &c->sector_parameters[s];
        p->stocked = 1;
        p->shipping_lag = LAG;
        p->renewal_rate = 0.0;
        p->stockup_limit = 3.0;
        p->news_law = weights.law;
        p->news_threat = weights.threat;
        p->news_hearsay = weights.hearsay;
        p->news_days = weights.days;
        const int i = ent_synthetic_tariff(&synthetic, 1, 0, s, 0.05, news.announced, news.effective);
        if (news.expected != NULL) {
            ent_day_parse(news.expected, &c->measures[i].anticipated_from);
            c->measures[i].anticipated_probability = 0.6;
            c->measures[i].news = news.news;
        }
    }
    ent_context_init(&ctx);
    assert_int_equal(ent_model_init(&model, c, &synthetic.benchmark, &ctx), 0);
    assert_int_equal(ent_trajectory_init(&t, c, &ctx), 0);
    assert_int_equal(ent_play(model, 0, NULL, &t, NULL, &ctx), 0);
    for (int step = 0; step < STEPS; step++) {
        exports[step] = 0.0;
        for (int s = 0; s < SECTORS; s++) {
            exports[step] += ent_synthetic_flow(&synthetic, &t, ENT_FIELD_exports, step, 1, 0, s);
        }
    }
    ent_trajectory_free(&t);
    ent_model_free(model);
    ent_context_free(&ctx);
    ent_synthetic_free(&synthetic);
}

/* Orders of a step over those of the first, less 1. */
static double rush(const double exports[STEPS], int step)
{
    return exports[step] / exports[0] - 1.0;
}

static void each_kind_has_its_weight(void **state)
{
    const news_t news[] = {{"2025-02-01", "2025-05-01", NULL, ENT_NEWS_THREAT},
                           {"2025-05-01", "2025-05-01", "2025-02-01", ENT_NEWS_THREAT},
                           {"2025-05-01", "2025-05-01", "2025-02-01", ENT_NEWS_HEARSAY}};
    const weights_t none[] = {{0.0, 1.0, 1.0, 0.0}, {1.0, 0.0, 1.0, 0.0}, {1.0, 1.0, 0.0, 0.0}};
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        double all[STEPS], weighed[STEPS];
        play(news[kind], whole, all);
        assert_true(rush(all, 2) > 0.05);
        for (int other = 0; other < 3; other++) {
            play(news[kind], none[other], weighed);
            assert_true(fabs(rush(weighed, 2) - (other == kind ? 0.0 : rush(all, 2))) < 1e-3);
        }
    }
}

static void half_a_weight_is_half_a_rush(void **state)
{
    const news_t threat = {"2025-05-01", "2025-05-01", "2025-03-01", ENT_NEWS_THREAT};
    double all[STEPS], half[STEPS];
    (void)state;
    play(threat, whole, all);
    play(threat, (weights_t){1.0, 0.5, 1.0, 0.0}, half);
    print_message("rush %.4f, half its weight %.4f\n", rush(all, 2), rush(half, 2));
    assert_true(rush(half, 2) > 0.0 && rush(half, 2) < 0.75 * rush(all, 2));
}

static void only_days_of_notice_count(void **state)
{
    /* ordered by 10 January it arrives before 10 February; heard of on the 2nd */
    const news_t law = {"2025-01-02", "2025-02-10", NULL, ENT_NEWS_THREAT};
    const news_t calm = {"2025-06-30", "2025-06-30", NULL, ENT_NEWS_THREAT};
    const double days = 9.0 / 28.0 - 1.0 / 31.0;
    double still[STEPS], all[STEPS], some[STEPS];
    (void)state;
    play(calm, whole, still);
    play(law, whole, all);
    play(law, (weights_t){1.0, 1.0, 1.0, 1.0}, some);
    const double share = (some[0] - still[0]) / (all[0] - still[0]);
    print_message("share of the rush %.4f, days %.4f\n", share, days);
    assert_true(all[0] > 1.05 * still[0]);
    assert_true(fabs(share - days) < 0.01);
}

static void no_order_is_early_that_cannot_be_in_time(void **state)
{
    const news_t law = {"2025-02-02", "2025-02-25", NULL, ENT_NEWS_THREAT};
    const news_t calm = {"2025-06-30", "2025-06-30", NULL, ENT_NEWS_THREAT};
    double still[STEPS], some[STEPS];
    (void)state;
    play(calm, whole, still);
    play(law, (weights_t){1.0, 1.0, 1.0, 1.0}, some);
    assert_close(some[0], still[0], 1e-12);
    assert_true(some[1] <= still[1] * (1.0 + 1e-6));
}

/* A concession between two schedules keeps what rests on which news, half of it against one without. */
static void a_mixed_schedule_mixes_its_news(void **state)
{
    ent_synthetic_t synthetic;
    ent_context_t ctx;
    ent_schedule_t whole_one, none, mixed;
    const double half[REGIONS] = {0.5, 0.5, 0.5};
    (void)state;
    ent_synthetic_init(&synthetic, REGIONS, SECTORS, 0.3);
    ent_context_init(&ctx);
    ent_config_t *c = &synthetic.config;
    c->sector_parameters[0].news_threat = 0.5;
    const int i = ent_synthetic_tariff(&synthetic, 1, 0, 0, 0.05, "2025-05-01", "2025-05-01");
    ent_day_parse("2025-02-01", &c->measures[i].anticipated_from);
    c->measures[i].anticipated_probability = 0.6;
    assert_int_equal(ent_schedule_init(&whole_one, c, &synthetic.benchmark, 0, 0, STEPS, NULL, NULL, &ctx),
                     0);
    c->measures[i].anticipated_probability = 0.0;
    assert_int_equal(ent_schedule_init(&none, c, &synthetic.benchmark, 0, 0, STEPS, NULL, NULL, &ctx), 0);
    assert_int_equal(ent_schedule_mix(&mixed, &none, &whole_one, half, &ctx), 0);
    const size_t row =
        (size_t)mixed.row_of_cell[ent_cell(&synthetic.benchmark, 0, 1, 0)] * STEPS; /* of the only row */
    const size_t epoch = (size_t)mixed.epoch_of_step[2] * (size_t)mixed.n_rows * STEPS;
    assert_close(mixed.threat[epoch + row + 5], 0.5 * 0.6 * 0.05, 1e-6);
    assert_close(mixed.threat[epoch + row + 3], 0.0, 1e-12);
    assert_close(mixed.hearsay[epoch + row + 5], 0.0, 1e-12);
    assert_close(mixed.notice[row + 2], 1.0, 1e-6);
    ent_schedule_free(&mixed);
    ent_schedule_free(&none);
    ent_schedule_free(&whole_one);
    ent_synthetic_free(&synthetic);
    ent_context_free(&ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_has_its_weight),
        cmocka_unit_test(half_a_weight_is_half_a_rush),
        cmocka_unit_test(only_days_of_notice_count),
        cmocka_unit_test(a_mixed_schedule_mixes_its_news),
        cmocka_unit_test(no_order_is_early_that_cannot_be_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
