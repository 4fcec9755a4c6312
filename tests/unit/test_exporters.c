/* The extensive margin in the engine: survival of entrants, stationarity, hysteresis, uncertainty; captive
 * flows, plants and failures; each on a small world made in memory, in checked mode. */
#include "ent_test.h"
#include "synthetic.h"

#include "engine/exporters.h"

#include <stdlib.h>
#include <string.h>

enum { R = 3, HOME = 1, ABROAD = 0, FIRMS = 6000 };

/* R1 is home; prices frozen, S0 stocked, no noise but chance. */
static void make(ent_synthetic_t *synthetic, int n_steps)
{
    ent_synthetic_init(synthetic, R, 1, 0.4);
    ent_config_t *c = &synthetic->config;
    c->home = HOME;
    c->n_steps = n_steps;
    c->n_slots = 12000;
    c->sector_parameters[0].stocked = 1.0;
    c->sector_parameters[0].trade_elasticity = 3.0;
    c->mechanisms.entry = 1;
    c->exporters = (ent_exporters_t){.firms = FIRMS, .per_agent = 1.0};
    c->global.large_ranks = 20.0;
    c->scenarios[0].regime = 0;
}

static void play(const ent_synthetic_t *synthetic, ent_trajectory_t *trajectory)
{
    ent_context_t ctx;
    ent_model_t *model = NULL;
    ent_context_init(&ctx);
    int code = ent_model_init(&model, &synthetic->config, &synthetic->benchmark, &ctx);
    if (code == 0) {
        code = ent_trajectory_init(trajectory, &synthetic->config, &ctx);
    }
    if (code == 0) {
        code = ent_play(model, 0, NULL, trajectory, NULL, &ctx);
    }
    if (code != 0) {
        ent_context_print(&ctx, stderr);
    }
    assert_int_equal(code, 0);
    ent_model_free(model);
    ent_context_free(&ctx);
}

/* Sum of a field of shape CLASS over classes and the steps [begin, end). */
static double of_classes(const ent_trajectory_t *trajectory, ent_field_id_t field, int begin, int end)
{
    double sum = 0.0;
    for (int i = begin * ENT_N_CLASSES; i < end * ENT_N_CLASSES; i++) {
        sum += (double)trajectory->value[field][i];
    }
    return sum;
}

static double exports_to(const ent_synthetic_t *synthetic, const ent_trajectory_t *trajectory,
                         int destination, int begin, int end)
{
    double sum = 0.0;
    for (int t = begin; t < end; t++) {
        sum += ent_synthetic_flow(synthetic, trajectory, ENT_FIELD_exports, t, HOME, destination, 0);
    }
    return sum;
}

/* ---- survival
 * ----------------------------------------------------------------------------------------------- */

typedef struct {
    ent_model_t *model;
    ent_world_t world;
    ent_state_t state;
    ent_workspace_t *workspace;
    ent_context_t ctx;
} stage_t;

static void open_stage(stage_t *stage, const ent_synthetic_t *synthetic)
{
    ent_context_init(&stage->ctx);
    assert_int_equal(ent_model_init(&stage->model, &synthetic->config, &synthetic->benchmark, &stage->ctx),
                     0);
    assert_int_equal(ent_world_init(&stage->world, stage->model, 0, 0, &stage->ctx), 0);
    assert_int_equal(ent_state_init(&stage->state, stage->model, &stage->ctx), 0);
    assert_int_equal(ent_workspace_init(&stage->workspace, stage->model, 1, NULL, &stage->ctx), 0);
    ent_state_begin(&stage->state, stage->model, &stage->world);
}

static void close_stage(stage_t *stage)
{
    ent_world_free(&stage->world, stage->model);
    ent_state_free(&stage->state);
    ent_workspace_free(stage->workspace);
    ent_model_free(stage->model);
    ent_context_free(&stage->ctx);
}

/* Cohorts of entrants, followed place by place: 49.2 % export after a year, 16.3 % after five. */
static void entrants_survive_as_calibrated(void **state)
{
    (void)state;
    enum { COHORTS = 24, YEAR = 12, FIVE = 60 };
    ent_synthetic_t synthetic;
    stage_t stage;
    make(&synthetic, COHORTS + FIVE + 1);
    open_stage(&stage, &synthetic);
    const int n = stage.model->n_places;
    int *entered = calloc((size_t)n, sizeof *entered); /* step of the present spell, if in a cohort */
    double entrants = 0.0, one = 0.0, five = 0.0;
    for (int t = 0; t < COHORTS + FIVE; t++) {
        assert_int_equal(
            ent_step(stage.model, &stage.world, 0, &stage.state, stage.workspace, NULL, &stage.ctx), 0);
        for (int i = 0; i < n; i++) {
            const int tenure = stage.state.tenure[i];
            if (tenure == 1) {
                entered[i] = t < COHORTS ? t + 1 : 0;
                entrants += t < COHORTS;
            } else if (tenure == YEAR + 1 && entered[i] > 0) {
                one += 1.0;
            } else if (tenure == FIVE + 1 && entered[i] > 0) {
                five += 1.0;
            }
        }
    }
    print_message("%g entrants: %.4f after one year, %.4f after five\n", entrants, one / entrants,
                  five / entrants);
    assert_true(entrants > 2000.0);
    assert_within(one / entrants, 0.492, 4.0 * sqrt(0.492 * 0.508 / entrants) + 0.005);
    assert_within(five / entrants, 0.163, 4.0 * sqrt(0.163 * 0.837 / entrants) + 0.005);
    free(entered);
    close_stage(&stage);
    ent_synthetic_free(&synthetic);
}

static void the_number_of_exporters_is_stationary(void **state)
{
    (void)state;
    enum { STEPS = 120 };
    ent_synthetic_t synthetic;
    ent_trajectory_t trajectory;
    make(&synthetic, STEPS);
    play(&synthetic, &trajectory);
    /* places are taken or not with equal odds: sd of the number sqrt(places / 4) */
    const double error = sqrt(2.0 * FIRMS / 4.0);
    for (int t = 0; t < STEPS; t += 24) {
        const double number = of_classes(&trajectory, ENT_FIELD_exporters, t, t + 1);
        assert_within(number, FIRMS, 4.0 * error);
    }
    const double entered = of_classes(&trajectory, ENT_FIELD_entrants, 0, STEPS);
    const double left = of_classes(&trajectory, ENT_FIELD_leavers, 0, STEPS);
    print_message("ten years: %g entrants, %g leavers\n", entered, left);
    assert_within(entered - left, 0.0, 4.0 * error + 1.0);
    assert_within(of_classes(&trajectory, ENT_FIELD_failures, 0, STEPS), 0.0, 0.0);
    /* what is recorded of survival, against entrants a year and five before */
    const double one = of_classes(&trajectory, ENT_FIELD_survivors_one_year, 12, STEPS) /
                       of_classes(&trajectory, ENT_FIELD_entrants, 0, STEPS - 12);
    const double five = of_classes(&trajectory, ENT_FIELD_survivors_five_years, 60, STEPS) /
                        of_classes(&trajectory, ENT_FIELD_entrants, 0, STEPS - 60);
    print_message("recorded: %.4f complete a year, %.4f five\n", one, five);
    assert_within(one, 0.492, 0.02);
    assert_within(five, 0.163, 0.02);
    ent_trajectory_free(&trajectory);
    ent_synthetic_free(&synthetic);
}

/* ---- policy
 * ------------------------------------------------------------------------------------------------- */

/* A tariff of three years, end known: fewer exporters during it, after it, and a gap that closes slowly. */
static void a_passing_tariff_leaves_fewer_exporters(void **state)
{
    (void)state;
    enum { STEPS = 84, BEGIN = 12, END = 48 };
    ent_synthetic_t synthetic;
    ent_trajectory_t free_trade, tariff;
    make(&synthetic, STEPS);
    play(&synthetic, &free_trade);
    const int m = ent_synthetic_tariff(&synthetic, HOME, ABROAD, 0, 0.3, "2025-10-01", "2026-01-01");
    ent_day_parse("2029-01-01", &synthetic.config.measures[m].end);
    play(&synthetic, &tariff);
    double gap[STEPS];
    for (int t = 0; t < STEPS; t++) {
        gap[t] = of_classes(&free_trade, ENT_FIELD_exporters, t, t + 1) -
                 of_classes(&tariff, ENT_FIELD_exporters, t, t + 1);
    }
    print_message("exporters fewer: %g when it begins, %g when it ends, %g a year and %g three years later\n",
                  gap[BEGIN], gap[END - 1], gap[END + 11], gap[STEPS - 1]);
    assert_true(gap[END - 1] > 0.01 * FIRMS);
    assert_true(gap[END + 11] > 0.0 && gap[END + 11] < gap[END - 1]);
    assert_true(gap[STEPS - 1] < gap[END + 11]);
    ent_trajectory_free(&free_trade);
    ent_trajectory_free(&tariff);
    ent_synthetic_free(&synthetic);
}

/* Two regimes from step 12 on whose tariffs average 15 % in logs, `spread` apart, revealed in step
 * `revealed`. */
static void two_futures(ent_synthetic_t *synthetic, double spread, const char *revealed)
{
    ent_config_t *c = &synthetic->config;
    const double middle = log(1.15);
    free(c->regimes[0].name);
    c->n_regimes = 2;
    for (int r = 0; r < 2; r++) {
        const double rate = exp(middle + (r == 0 ? -spread : spread)) - 1.0;
        const int m = ent_synthetic_tariff(synthetic, HOME, ABROAD, 0, rate, "2025-01-01", "2026-01-01");
        c->n_common--;
        c->regimes[r].name = strdup(r == 0 ? "low" : "high");
        c->regimes[r].n_measures = 1;
        c->regimes[r].measures = malloc(sizeof(int));
        c->regimes[r].measures[0] = m;
    }
    c->n_signals = 1;
    c->signals = calloc(1, sizeof *c->signals);
    ent_day_parse("2025-01-01", &c->signals[0].day);
    c->signals[0].probability = malloc(2 * sizeof(double));
    c->signals[0].probability[0] = c->signals[0].probability[1] = 0.5;
    ent_day_parse(revealed, &c->resolved);
    c->global.belief_bias = c->global.belief_noise = 0.0;
}

/* Entrants until the regime is revealed, and exports of the last year before, under the same mean tariff and
 * draws. A flow is a matter of whole slots: there are many. */
static void more_uncertainty_means_fewer_entrants_and_less_trade(void **state)
{
    (void)state;
    enum { STEPS = 60 };
    double entrants[5], exports[5], last = 1e9;
    /* at the shipped response entry alone can be told from chance */
    for (int i = 0; i < 5; i++) {
        ent_synthetic_t synthetic;
        ent_trajectory_t trajectory;
        make(&synthetic, STEPS);
        two_futures(&synthetic, 0.03 * i, "2029-12-31");
        play(&synthetic, &trajectory);
        const double number = of_classes(&trajectory, ENT_FIELD_entrants, 0, STEPS);
        print_message("spread %.2f: %g entrants at the shipped response\n", 0.03 * i, number);
        assert_true(number < last);
        last = number;
        ent_trajectory_free(&trajectory);
        ent_synthetic_free(&synthetic);
    }
    for (int i = 0; i < 5; i++) {
        ent_synthetic_t synthetic;
        ent_trajectory_t trajectory;
        make(&synthetic, STEPS);
        synthetic.config.n_slots = 160000;
        synthetic.config.sector_parameters[0].entry_response = 2.0;
        synthetic.config.global.large_ranks = 0.0;
        synthetic.config.sector_parameters[0].stockup_limit = 0.0;
        synthetic.config.sector_parameters[0].stockdown_limit = 0.0;
        two_futures(&synthetic, 0.03 * i, "2029-12-31");
        play(&synthetic, &trajectory);
        entrants[i] = of_classes(&trajectory, ENT_FIELD_entrants, 0, STEPS);
        exports[i] = exports_to(&synthetic, &trajectory, ABROAD, STEPS - 12, STEPS);
        print_message("spread %.2f: %g entrants, exports %.6g\n", 0.03 * i, entrants[i], exports[i]);
        if (i > 0) {
            assert_true(entrants[i] < entrants[i - 1]);
            assert_true(exports[i] < exports[i - 1]);
        }
        ent_trajectory_free(&trajectory);
        ent_synthetic_free(&synthetic);
    }
}

/* Entrants of three years when 15 % come in 2026. `spread` below 0: nobody speaks of another future. Else the
 * 15 % are announced with probability `deal`, the other future being `spread` dearer in logs. */
static double entrants_under(double spread, double deal, const char *end)
{
    ent_synthetic_t synthetic;
    ent_trajectory_t trajectory;
    make(&synthetic, 36);
    ent_config_t *c = &synthetic.config;
    c->sector_parameters[0].entry_response = 2.0;
    if (spread < 0.0) {
        ent_synthetic_tariff(&synthetic, HOME, ABROAD, 0, 0.15, "2025-01-01", "2026-01-01");
    } else {
        two_futures(&synthetic, spread, "2035-01-01");
        c->measures[0].rate[HOME] = 0.15;
        c->signals[0].probability[0] = deal;
        c->signals[0].probability[1] = 1.0 - deal;
    }
    for (int m = 0; m < c->n_measures && end != NULL; m++) {
        ent_day_parse(end, &c->measures[m].end);
    }
    play(&synthetic, &trajectory);
    const double entrants = of_classes(&trajectory, ENT_FIELD_entrants, 0, 36);
    ent_trajectory_free(&trajectory);
    ent_synthetic_free(&synthetic);
    return entrants;
}

/* The deal announced for ten years, and believed: whatever else had been possible no longer matters, nor does
 * it that ten years are not for ever. */
static void a_credible_announcement_removes_the_effect(void **state)
{
    (void)state;
    const double known = entrants_under(-1.0, 1.0, NULL);
    double last = known;
    for (double spread = 0.05; spread < 0.2; spread += 0.05) {
        const double doubted = entrants_under(spread, 0.5, NULL);
        const double announced = entrants_under(spread, 1.0, "2036-01-01");
        print_message("other future %.2f dearer: %g entrants in doubt, %g with the announcement\n", spread,
                      doubted, announced);
        assert_true(doubted < last);
        assert_close(announced, known, 0.0);
        last = doubted;
    }
}

/* ---- captive flows, plants, failures
 * ------------------------------------------------------------------------ */

static void make_captive(ent_synthetic_t *synthetic, int n_steps, double share)
{
    make(synthetic, n_steps);
    ent_config_t *c = &synthetic->config;
    c->mechanisms.entry = 0;
    if (share > 0.0) {
        c->mechanisms.captive = 1;
        c->n_captive = 1;
        c->captive = calloc(1, sizeof *c->captive);
        c->captive[0].origins = calloc(R, 1);
        c->captive[0].destinations = calloc(R, 1);
        c->captive[0].sectors = calloc(1, 1);
        c->captive[0].origins[HOME] = c->captive[0].destinations[ABROAD] = c->captive[0].sectors[0] = 1;
        c->captive[0].share = share;
    }
}

static double fall_of_exports(double captive_share)
{
    enum { STEPS = 60 };
    ent_synthetic_t synthetic;
    ent_trajectory_t before, after;
    make_captive(&synthetic, STEPS, captive_share);
    play(&synthetic, &before);
    ent_synthetic_tariff(&synthetic, HOME, ABROAD, 0, 0.25, "2025-06-01", "2025-06-01");
    play(&synthetic, &after);
    const double fall = 1.0 - exports_to(&synthetic, &after, ABROAD, STEPS - 12, STEPS) /
                                  exports_to(&synthetic, &before, ABROAD, STEPS - 12, STEPS);
    ent_trajectory_free(&before);
    ent_trajectory_free(&after);
    ent_synthetic_free(&synthetic);
    return fall;
}

static void captive_flows_do_not_change_suppliers(void **state)
{
    (void)state;
    const double open = fall_of_exports(0.0), half = fall_of_exports(0.5), most = fall_of_exports(0.95);
    print_message("exports fall by %.3f; half captive %.3f; nearly all captive %.3f\n", open, half, most);
    assert_true(half < open && most < half);
    /* what is left of the fall is the substitution of buyers between their slots */
    assert_true(most > 0.1);
    assert_within(half, 0.5 * (open + most), 0.06);
}

/* A price inside a firm takes its share of a duty in the step in which it begins: ln p = -G ln(1 + t), the
 * market's cost of last step being 1. The twentieth that is not captive keeps its frozen price; volumes move
 * with sales. */
static void prices_inside_a_firm_take_their_share_of_the_duty_at_once(void **state)
{
    (void)state;
    enum { STEPS = 12, JUNE = 5 };
    double price[2][2];
    for (int on = 0; on < 2; on++) {
        ent_synthetic_t synthetic;
        ent_trajectory_t played;
        make_captive(&synthetic, STEPS, 0.95);
        synthetic.config.sector_parameters[0].captive_absorption = on * 0.5;
        ent_synthetic_tariff(&synthetic, HOME, ABROAD, 0, 0.25, "2025-06-01", "2025-06-01");
        play(&synthetic, &played);
        for (int i = 0; i < 2; i++) {
            price[on][i] = ent_synthetic_flow(&synthetic, &played, ENT_FIELD_export_price, JUNE - 1 + i, HOME,
                                              ABROAD, 0);
        }
        ent_trajectory_free(&played);
        ent_synthetic_free(&synthetic);
    }
    assert_close(price[0][0], 1.0, 1e-6);
    assert_close(price[0][1], 1.0, 1e-6);
    assert_close(price[1][0], 1.0, 1e-6);
    assert_within(price[1][1], 0.95 * pow(1.25, -0.5) + 0.05, 0.01);
}

/* Exports of the two months before 25 %, announced three months ahead, over those without: what is stocked
 * up. */
static double run_up(double captive_share)
{
    enum { STEPS = 13, BEGIN = 12 };
    ent_synthetic_t synthetic;
    ent_trajectory_t before, after;
    make_captive(&synthetic, STEPS, captive_share);
    play(&synthetic, &before);
    ent_synthetic_tariff(&synthetic, HOME, ABROAD, 0, 0.25, "2025-10-01", "2026-01-01");
    play(&synthetic, &after);
    const double more = exports_to(&synthetic, &after, ABROAD, BEGIN - 3, BEGIN - 1) /
                            exports_to(&synthetic, &before, ABROAD, BEGIN - 3, BEGIN - 1) -
                        1.0;
    ent_trajectory_free(&before);
    ent_trajectory_free(&after);
    ent_synthetic_free(&synthetic);
    return more;
}

static void captive_flows_hardly_wait_or_stock_up(void **state)
{
    (void)state;
    const double open = run_up(0.0), captive = run_up(0.95);
    print_message("ahead of a tariff exports rise by %.3f; nearly all captive by %.3f\n", open, captive);
    assert_true(open > 0.05);
    /* captive_waiting is 0.3 of the anticipatory stock, 0.05 of the flow waits as others do */
    assert_within(captive / open, 0.05 + 0.95 * 0.3, 0.12);
}

static void a_plant_moves_its_share_of_the_flow(void **state)
{
    (void)state;
    enum { STEPS = 60 };
    ent_synthetic_t synthetic;
    ent_trajectory_t before, after;
    make(&synthetic, STEPS);
    ent_config_t *c = &synthetic.config;
    play(&synthetic, &before);
    c->mechanisms.plants = 1;
    c->n_plants = 1;
    c->plants = calloc(1, sizeof *c->plants);
    c->plants[0] = (ent_plant_t){.id = strdup("plant"), .owner = HOME, .host = ABROAD, .share = 0.4};
    ent_day_parse("2025-07-01", &c->plants[0].opened);
    ent_day_parse("2026-07-01", &c->plants[0].full);
    play(&synthetic, &after);
    const double exports = exports_to(&synthetic, &after, ABROAD, STEPS - 12, STEPS) /
                           exports_to(&synthetic, &before, ABROAD, STEPS - 12, STEPS);
    double sales = 0.0;
    for (int t = STEPS - 12; t < STEPS; t++) {
        sales += (double)after.value[ENT_FIELD_affiliate_sales][t * R + HOME];
    }
    const double moved = sales / exports_to(&synthetic, &before, ABROAD, STEPS - 12, STEPS);
    print_message("with a plant for 40 %%: exports %.3f, sales of the plant %.3f of exports without it\n",
                  exports, moved);
    /* chance in who buys: a flow of 800 slots */
    assert_within(exports, 0.6, 0.05);
    assert_within(moved, 0.4, 0.05);
    assert_within((double)after.value[ENT_FIELD_affiliate_sales][HOME], 0.0, 0.0);
    ent_trajectory_free(&before);
    ent_trajectory_free(&after);
    ent_synthetic_free(&synthetic);
}

static void firms_build_behind_a_high_tariff_and_wait_to_build(void **state)
{
    (void)state;
    enum { STEPS = 60, BUILD = 18 };
    double last[2];
    for (int high = 0; high < 2; high++) {
        ent_synthetic_t synthetic;
        ent_trajectory_t trajectory;
        make(&synthetic, STEPS);
        ent_config_t *c = &synthetic.config;
        c->mechanisms.tariff_jumping = 1;
        c->tariff_jumping = (ent_tariff_jumping_t){calloc(R, 1), calloc(R, 1), calloc(1, 1)};
        c->tariff_jumping.owners[HOME] = c->tariff_jumping.hosts[ABROAD] = c->tariff_jumping.sectors[0] = 1;
        c->sector_parameters[0].plant_time_to_build = BUILD;
        ent_synthetic_tariff(&synthetic, HOME, ABROAD, 0, high ? 0.3 : 0.02, "2025-01-01", "2025-01-01");
        play(&synthetic, &trajectory);
        for (int t = 0; t < BUILD; t++) {
            assert_within((double)trajectory.value[ENT_FIELD_affiliate_sales][t * R + HOME], 0.0, 0.0);
        }
        last[high] = (double)trajectory.value[ENT_FIELD_affiliate_sales][(STEPS - 1) * R + HOME];
        ent_trajectory_free(&trajectory);
        ent_synthetic_free(&synthetic);
    }
    assert_true(last[0] == 0.0 && last[1] > 0.0);
}

/* A tariff that halves sales over and over: small firms fail first, then large ones, and some come back. */
static void small_firms_fail_first(void **state)
{
    (void)state;
    enum { STEPS = 96 };
    ent_synthetic_t synthetic;
    ent_trajectory_t trajectory;
    make(&synthetic, STEPS);
    ent_config_t *c = &synthetic.config;
    c->mechanisms.failure = 1;
    ent_synthetic_tariff(&synthetic, HOME, ABROAD, 0, 0.6, "2025-06-01", "2025-06-01");
    ent_synthetic_tariff(&synthetic, HOME, 2, 0, 0.6, "2025-06-01", "2025-06-01");
    /* sales at home do not carry the large ones */
    c->sector_parameters[0].fixed_cost = 0.098;
    c->sector_parameters[0].credit_large = 1.0;
    play(&synthetic, &trajectory);
    int first[ENT_N_CLASSES] = {STEPS, STEPS, STEPS};
    double failed[ENT_N_CLASSES] = {0};
    for (int t = 0; t < STEPS; t++) {
        for (int k = 0; k < ENT_N_CLASSES; k++) {
            const double number = (double)trajectory.value[ENT_FIELD_failures][t * ENT_N_CLASSES + k];
            failed[k] += number;
            first[k] = number > 0.0 && t < first[k] ? t : first[k];
        }
    }
    print_message("failures: large %g from step %d, small %g from step %d\n", failed[ENT_CLASS_LARGE],
                  first[ENT_CLASS_LARGE], failed[ENT_CLASS_SMALL], first[ENT_CLASS_SMALL]);
    assert_true(failed[ENT_CLASS_SMALL] > 100.0);
    assert_true(failed[ENT_CLASS_LARGE] > 0.0);
    assert_true(first[ENT_CLASS_SMALL] < first[ENT_CLASS_LARGE]);
    ent_trajectory_free(&trajectory);
    ent_synthetic_free(&synthetic);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entrants_survive_as_calibrated),
        cmocka_unit_test(the_number_of_exporters_is_stationary),
        cmocka_unit_test(a_passing_tariff_leaves_fewer_exporters),
        cmocka_unit_test(more_uncertainty_means_fewer_entrants_and_less_trade),
        cmocka_unit_test(a_credible_announcement_removes_the_effect),
        cmocka_unit_test(captive_flows_do_not_change_suppliers),
        cmocka_unit_test(prices_inside_a_firm_take_their_share_of_the_duty_at_once),
        cmocka_unit_test(captive_flows_hardly_wait_or_stock_up),
        cmocka_unit_test(a_plant_moves_its_share_of_the_flow),
        cmocka_unit_test(firms_build_behind_a_high_tariff_and_wait_to_build),
        cmocka_unit_test(small_firms_fail_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
