/* Talks of two governments in a small world: the deal comes sooner where losses press, later with a later
 * deadline, not at all without either; its terms lie between the regimes; held beliefs. */
#include "ent_test.h"
#include "synthetic.h"

#include "agents/negotiation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 48, WORLDS = 6, FROM_STEP = 12 };

typedef struct {
    const char *deadline; /* NULL: none */
    double speed, pressure[2];
    int whole;
    double interim;       /* rate in force while they talk */
    double path, outflow; /* fall of the exporter's currency in the deal: by a path, by investment abroad */
} talks_t;

static void in_regime(ent_config_t *c, int regime, int measure)
{
    c->n_common--; /* the fixture puts measures in force everywhere */
    ent_regime_t *r = &c->regimes[regime];
    r->measures = realloc(r->measures, (size_t)(r->n_measures + 1) * sizeof(int));
    r->measures[r->n_measures++] = measure;
}

/* What the deal holds beside its tariff, written for the day of its measure; prices then follow costs at
 * once. */
static void add_commitments(ent_config_t *c, const talks_t *talks)
{
    for (int s = 0; s < 2 && (talks->path > 0.0 || talks->outflow > 0.0); s++) {
        c->sector_parameters[s].price_reset_rate = 1200.0;
        c->sector_parameters[s].absorption = c->sector_parameters[s].utilisation_cost = 0.0;
        c->sector_parameters[s].productivity_volatility = 0.0;
    }
    if (talks->path > 0.0) {
        c->paths = calloc(1, sizeof *c->paths);
        c->n_paths = 1;
        c->paths[0] = (ent_path_t){.kind = ENT_SHOCK_EXCHANGE_RATE,
                                   .region = 1,
                                   .n_points = 2,
                                   .day = calloc(2, sizeof(ent_day_t)),
                                   .log_change = calloc(2, sizeof(double)),
                                   .regimes = calloc(2, 1)};
        c->paths[0].regimes[0] = 1;
        ent_day_parse("2026-07-01", &c->paths[0].day[0]);
        ent_day_parse("2026-07-02", &c->paths[0].day[1]);
        c->paths[0].log_change[1] = -talks->path;
    }
    if (talks->outflow > 0.0) {
        c->investments = calloc(1, sizeof *c->investments);
        c->n_investments = 1;
        c->investments[0] = (ent_investment_t){.home = 1,
                                               .host = 0,
                                               .sectors = calloc(2, 1),
                                               .value = 240000.0, /* value added of the region: 1 of it */
                                               .cap = 1e8,
                                               .exchange_rate_elasticity = talks->outflow,
                                               .regimes = calloc(2, 1)};
        c->investments[0].regimes[0] = 1;
        ent_day_parse("2026-07-01", &c->investments[0].from);
        ent_day_parse("2030-07-01", &c->investments[0].until);
    }
}

/* Region 0 threatens region 1 with 25 %, 5 % would be the deal; 10 % are in force from the day talks begin.
 */
static void make(ent_synthetic_t *synthetic, const talks_t *talks)
{
    ent_synthetic_init(synthetic, 3, 2, 0.3);
    ent_config_t *c = &synthetic->config;
    c->n_steps = STEPS;
    c->n_slots = 12000;
    c->n_worlds = WORLDS;
    c->n_burn_in = 6;
    for (int s = 0; s < 2; s++) {
        ent_sector_parameters_default(&c->sector_parameters[s]);
        c->sector_parameters[s].renewal_rate = 2.0;
    }
    c->sector_parameters[1].stocked = 0.0;
    c->n_regimes = 2;
    c->regimes[1].name = strdup("no-deal");
    const int deal = ent_synthetic_tariff(synthetic, 1, 0, 0, 0.05, "2026-01-01", "2026-07-01");
    in_regime(c, 0, deal);
    const int threat = ent_synthetic_tariff(synthetic, 1, 0, 0, 0.25, "2026-01-01", "2026-07-01");
    in_regime(c, 1, threat);
    const int now = ent_synthetic_tariff(synthetic, 1, 0, 0, talks->interim, "2026-01-01", "2026-01-01");
    c->measures[deal].set = strdup("talks");
    c->measures[threat].set = strdup("talks");
    c->measures[now].set = strdup("talks");
    c->scenarios[0].negotiated = 1;
    c->scenarios[0].regime = 1;
    c->negotiation = (ent_negotiation_t){.given = 1,
                                         .side = {0, 1},
                                         .deal = 0,
                                         .snap_back = 1,
                                         .whole = talks->whole,
                                         .prior = 0.5,
                                         .spread = 0.3,
                                         .urgency = 90.0,
                                         .deadline = ENT_DAY_NEVER,
                                         .speed = {talks->speed, talks->speed},
                                         .pressure = {talks->pressure[0], talks->pressure[1]},
                                         .exports = {1.0, 1.0},
                                         .prices = {1.0, 1.0}};
    ent_day_parse("2026-01-01", &c->negotiation.from);
    if (talks->deadline != NULL) {
        ent_day_parse(talks->deadline, &c->negotiation.deadline);
    }
    add_commitments(c, talks);
}

/* Play all worlds; agreements [WORLDS], the last world's trajectory when wanted. */
static void negotiate(const talks_t *talks, ent_agreement_t *agreement, ent_synthetic_t *synthetic,
                      ent_trajectory_t *last)
{
    ent_context_t ctx;
    ent_model_t *model = NULL;
    make(synthetic, talks);
    ent_context_init(&ctx);
    assert_int_equal(ent_model_init(&model, &synthetic->config, &synthetic->benchmark, &ctx), 0);
    for (int w = 0; w < WORLDS; w++) {
        ent_trajectory_t trajectory;
        assert_int_equal(ent_trajectory_init(&trajectory, &synthetic->config, &ctx), 0);
        const int code = ent_play(model, w, NULL, &trajectory, NULL, &ctx);
        if (code != 0) {
            ent_context_print(&ctx, stderr);
        }
        assert_int_equal(code, 0);
        agreement[w] = trajectory.agreement;
        if (last != NULL && w == WORLDS - 1) {
            *last = trajectory;
        } else {
            ent_trajectory_free(&trajectory);
        }
    }
    ent_model_free(model);
    ent_context_free(&ctx);
}

/* Means over worlds: day of the deal in days after talks began, and what each side conceded; number of deals.
 */
static int mean_of(const talks_t *talks, double *day, double conceded[2])
{
    ent_synthetic_t synthetic;
    ent_agreement_t agreement[WORLDS];
    int n = 0;
    negotiate(talks, agreement, &synthetic, NULL);
    *day = conceded[0] = conceded[1] = 0.0;
    for (int w = 0; w < WORLDS; w++) {
        if (isfinite(agreement[w].day)) {
            n++;
            *day += agreement[w].day - synthetic.config.negotiation.from;
            conceded[0] += agreement[w].conceded[0];
            conceded[1] += agreement[w].conceded[1];
        }
    }
    *day /= n;
    conceded[0] /= n;
    conceded[1] /= n;
    ent_synthetic_free(&synthetic);
    return n;
}

static void losses_bring_a_side_s_concession_forward(void **state)
{
    (void)state;
    double calm, pressed, calm_terms[2], pressed_terms[2];
    assert_int_equal(mean_of(&(talks_t){"2027-07-01", 3.0, {0.0, 0.0}, 0, 0.1, 0.0, 0.0}, &calm, calm_terms),
                     WORLDS);
    assert_int_equal(
        mean_of(&(talks_t){"2027-07-01", 3.0, {0.0, 4.0}, 0, 0.1, 0.0, 0.0}, &pressed, pressed_terms),
        WORLDS);
    print_message("deal after %.0f days, exporter conceding %.2f; pressed by its losses after %.0f, %.2f\n",
                  calm, calm_terms[1], pressed, pressed_terms[1]);
    assert_true(pressed < calm - 15.0);
    assert_true(pressed_terms[1] > calm_terms[1] + 0.05);
    assert_close(pressed_terms[0] + pressed_terms[1], 1.0, 1e-12);
}

/* The same sides under heavier duties while they talk: the exporter loses more, in the simulation, and
 * concedes sooner and more. Without losses that count (no pressure) duties do not matter to the day. */
static void what_is_lost_in_the_simulation_brings_concessions_forward(void **state)
{
    (void)state;
    static const double rates[] = {0.05, 0.15, 0.30};
    double last = 1e9, conceded = 0.0, day, terms[2], idle[3], idle_terms[2];
    for (int i = 0; i < 3; i++) {
        const talks_t pressed = {"2028-01-01", 3.0, {0.0, 3.0}, 0, rates[i], 0.0, 0.0};
        const talks_t careless = {"2028-01-01", 3.0, {0.0, 0.0}, 0, rates[i], 0.0, 0.0};
        assert_int_equal(mean_of(&pressed, &day, terms), WORLDS);
        assert_int_equal(mean_of(&careless, &idle[i], idle_terms), WORLDS);
        print_message("%.0f %% while they talk: deal after %.0f days, exporter conceding %.2f\n",
                      100.0 * rates[i], day, terms[1]);
        assert_true(day < last - 15.0);
        assert_true(terms[1] > conceded + 0.02);
        assert_close(idle[i], idle[0], 0.0);
        last = day;
        conceded = terms[1];
    }
}

static void a_later_deadline_postpones_the_deal(void **state)
{
    (void)state;
    static const char *const deadlines[] = {"2026-07-01", "2027-01-01", "2027-07-01"};
    double last = 0.0, terms[2], day;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(mean_of(&(talks_t){deadlines[i], 4.0, {0.2, 0.2}, 0, 0.1, 0.0, 0.0}, &day, terms),
                         WORLDS);
        print_message("deadline %s: deal after %.0f days\n", deadlines[i], day);
        assert_true(day > last + 30.0);
        last = day;
    }
}

static void without_pressure_and_deadline_there_is_none(void **state)
{
    (void)state;
    ent_synthetic_t synthetic;
    ent_agreement_t agreement[WORLDS];
    ent_trajectory_t trajectory;
    negotiate(&(talks_t){NULL, 3.0, {0.0, 0.0}, 0, 0.1, 0.0, 0.0}, agreement, &synthetic, &trajectory);
    for (int w = 0; w < WORLDS; w++) {
        assert_true(isnan(agreement[w].day));
        assert_true(agreement[w].snapped_back == 0.0);
    }
    /* the status quo goes on */
    assert_close(ent_synthetic_flow(&synthetic, &trajectory, ENT_FIELD_tariff_rate, STEPS - 1, 1, 0, 0), 0.10,
                 1e-6);
    ent_trajectory_free(&trajectory);
    ent_synthetic_free(&synthetic);
}

static void sides_that_do_not_move_get_the_measures_back_at_the_deadline(void **state)
{
    (void)state;
    ent_synthetic_t synthetic;
    ent_agreement_t agreement[WORLDS];
    ent_trajectory_t trajectory;
    negotiate(&(talks_t){"2026-10-01", 0.1, {0.0, 0.0}, 0, 0.1, 0.0, 0.0}, agreement, &synthetic,
              &trajectory);
    for (int w = 0; w < WORLDS; w++) {
        assert_true(isnan(agreement[w].day));
        assert_true(agreement[w].snapped_back == 1.0);
    }
    assert_close(ent_synthetic_flow(&synthetic, &trajectory, ENT_FIELD_tariff_rate, FROM_STEP + 8, 1, 0, 0),
                 0.10, 1e-6);
    assert_close(ent_synthetic_flow(&synthetic, &trajectory, ENT_FIELD_tariff_rate, FROM_STEP + 9, 1, 0, 0),
                 0.25, 1e-6);
    ent_trajectory_free(&trajectory);
    ent_synthetic_free(&synthetic);
}

static void terms_lie_between_the_regimes_as_conceded(void **state)
{
    (void)state;
    ent_synthetic_t synthetic;
    ent_agreement_t agreement[WORLDS];
    ent_trajectory_t trajectory;
    for (int whole = 0; whole < 2; whole++) {
        negotiate(&(talks_t){"2026-07-01", 6.0, {0.0, 0.0}, whole, 0.1, 0.0, 0.0}, agreement, &synthetic,
                  &trajectory);
        const ent_agreement_t *a = &agreement[WORLDS - 1];
        const int first = ent_step_of_day(&synthetic.config.calendar, (ent_day_t)a->day);
        const double relief = whole ? 1.0 : a->conceded[0];
        assert_true(first > FROM_STEP && first < FROM_STEP + 6);
        assert_close(ent_synthetic_flow(&synthetic, &trajectory, ENT_FIELD_tariff_rate, first - 1, 1, 0, 0),
                     0.10, 1e-6);
        assert_close(ent_synthetic_flow(&synthetic, &trajectory, ENT_FIELD_tariff_rate, first, 1, 0, 0),
                     0.25 - relief * 0.20, 1e-5);
        ent_trajectory_free(&trajectory);
        ent_synthetic_free(&synthetic);
    }
}

/* The currency and the outflow are the exporter's side of the deal: they begin with it, and weigh as much as
 * it conceded. */
static void commitments_begin_with_the_deal_and_weigh_what_was_conceded(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        ent_synthetic_t synthetic;
        ent_agreement_t agreement[WORLDS];
        ent_trajectory_t trajectory;
        const int whole = i % 2, outflow = i / 2;
        const talks_t talks = {"2026-07-01",       6.0, {0.0, 0.0}, whole, 0.1, outflow ? 0.0 : 0.2,
                               outflow ? 0.2 : 0.0};
        negotiate(&talks, agreement, &synthetic, &trajectory);
        const ent_agreement_t *a = &agreement[WORLDS - 1];
        const int first = ent_step_of_day(&synthetic.config.calendar, (ent_day_t)a->day);
        const double share = whole ? 1.0 : a->conceded[1];
        assert_true(whole || (share > 0.2 && share < 0.8));
        for (int t = FROM_STEP; t < STEPS; t++) {
            const double price =
                ent_synthetic_flow(&synthetic, &trajectory, ENT_FIELD_export_price, t, 1, 0, 1);
            assert_within(log(price), t < first ? 0.0 : -0.2 * share, 1e-4);
        }
        ent_trajectory_free(&trajectory);
        ent_synthetic_free(&synthetic);
    }
}

static void decisions_are_what_their_formulas_say(void **state)
{
    (void)state;
    const ent_side_t side = {2.0, 3.0, 1.0, 0.5};
    assert_true(ent_urgency(INFINITY, 90.0) == 0.0);
    assert_close(ent_urgency(90.0, 90.0), exp(-1.0), 1e-12);
    assert_close(ent_side_loss(&side, 80.0, 100.0, 1.1, 1.0), 0.2 + 0.05, 1e-12);
    assert_true(ent_side_loss(&side, 120.0, 100.0, 0.9, 1.0) == 0.0);
    assert_close(ent_concede(&side, 0.1, 0.5, 0.25, 2.0, 1.0 / 12.0), 0.1 + 2.0 * (1.0 + 0.75) / 12.0, 1e-12);
    assert_true(ent_concede(&side, 0.9, 1.0, 1.0, 5.0, 1.0) == 1.0);
    assert_true(ent_offers_meet(0.5, 0.5) && !ent_offers_meet(0.5, 0.49));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decisions_are_what_their_formulas_say),
        cmocka_unit_test(losses_bring_a_side_s_concession_forward),
        cmocka_unit_test(what_is_lost_in_the_simulation_brings_concessions_forward),
        cmocka_unit_test(a_later_deadline_postpones_the_deal),
        cmocka_unit_test(without_pressure_and_deadline_there_is_none),
        cmocka_unit_test(sides_that_do_not_move_get_the_measures_back_at_the_deadline),
        cmocka_unit_test(terms_lie_between_the_regimes_as_conceded),
        cmocka_unit_test(commitments_begin_with_the_deal_and_weigh_what_was_conceded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
