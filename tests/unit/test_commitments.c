/* What agreements hold beside measures, in a small world: paths and investments of one regime, prices
 * invoiced in the producer's currency, purchases, beliefs held although the outcome is set. */
#include "ent_test.h"
#include "synthetic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 36, CHANGE_STEP = 12 };

static void make(ent_synthetic_t *synthetic, int n_scenarios)
{
    ent_synthetic_init(synthetic, 3, 2, 0.3);
    ent_config_t *c = &synthetic->config;
    c->n_steps = STEPS;
    c->n_slots = 12000;
    for (int s = 0; s < 2; s++) {
        ent_sector_parameters_default(&c->sector_parameters[s]);
        c->sector_parameters[s].productivity_volatility = 0.0;
        c->sector_parameters[s].utilisation_cost = 0.0;
        c->sector_parameters[s].absorption = 0.0;
    }
    c->sector_parameters[1].stocked = 0.0;
    c->n_regimes = c->n_scenarios = n_scenarios;
    for (int g = 1; g < n_scenarios; g++) {
        c->regimes[g].name = strdup("other");
        c->scenarios[g] = (ent_scenario_t){.name = strdup("other"), .regime = g};
    }
}

static void play(ent_synthetic_t *synthetic, ent_trajectory_t *trajectory)
{
    ent_context_t ctx;
    ent_model_t *model = NULL;
    ent_context_init(&ctx);
    int code = ent_model_init(&model, &synthetic->config, &synthetic->benchmark, &ctx);
    for (int i = 0; code == 0 && i < synthetic->config.n_scenarios; i++) {
        code = ent_trajectory_init(&trajectory[i], &synthetic->config, &ctx);
    }
    code = code == 0 ? ent_play(model, 0, NULL, trajectory, NULL, &ctx) : code;
    if (code != 0) {
        ent_context_print(&ctx, stderr);
    }
    assert_int_equal(code, 0);
    ent_model_free(model);
    ent_context_free(&ctx);
}

static void release(ent_synthetic_t *synthetic, ent_trajectory_t *trajectory)
{
    for (int i = 0; i < synthetic->config.n_scenarios; i++) {
        ent_trajectory_free(&trajectory[i]);
    }
    ent_synthetic_free(synthetic);
}

static unsigned char *only(int n, int which)
{
    unsigned char *flags = calloc((size_t)n, 1);
    flags[which] = 1;
    return flags;
}

/* Region 1's currency falls by a tenth between two days of step 11; in one regime, or in all. */
static void add_path(ent_synthetic_t *synthetic, unsigned char *regimes)
{
    ent_config_t *c = &synthetic->config;
    c->paths = calloc(1, sizeof *c->paths);
    c->n_paths = 1;
    c->paths[0] = (ent_path_t){.kind = ENT_SHOCK_EXCHANGE_RATE,
                               .region = 1,
                               .n_points = 2,
                               .day = calloc(2, sizeof(ent_day_t)),
                               .log_change = calloc(2, sizeof(double)),
                               .regimes = regimes};
    ent_day_parse("2025-12-30", &c->paths[0].day[0]);
    ent_day_parse("2025-12-31", &c->paths[0].day[1]);
    c->paths[0].log_change[1] = -0.1;
}

static double price(const ent_synthetic_t *synthetic, const ent_trajectory_t *trajectory, int step)
{
    return ent_synthetic_flow(synthetic, trajectory, ENT_FIELD_export_price, step, 1, 0, 0);
}

static void prices_in_the_producer_s_currency_move_at_once(void **state)
{
    (void)state;
    double after[3];
    for (int i = 0; i < 3; i++) {
        ent_synthetic_t synthetic;
        ent_trajectory_t trajectory;
        make(&synthetic, 1);
        add_path(&synthetic, NULL);
        synthetic.config.sector_parameters[0].producer_invoicing = 0.5 * i;
        synthetic.config.sector_parameters[0].price_reset_rate = 0.0;
        play(&synthetic, &trajectory);
        assert_close(price(&synthetic, &trajectory, CHANGE_STEP - 1), 1.0, 1e-6);
        after[i] = log(price(&synthetic, &trajectory, CHANGE_STEP));
        print_message("invoiced at home %.1f: price moves by %.3f at once\n", 0.5 * i, after[i]);
        release(&synthetic, &trajectory);
    }
    assert_close(after[2], -0.1, 1e-4);
    assert_close(after[1], -0.05, 1e-4);
    assert_close(1.0 + after[0], 1.0, 1e-6);
}

static void a_path_of_one_regime_leaves_the_others_alone(void **state)
{
    (void)state;
    ent_synthetic_t synthetic, plain;
    ent_trajectory_t two[2], one;
    make(&synthetic, 2);
    add_path(&synthetic, only(2, 0));
    play(&synthetic, two);
    make(&plain, 1);
    play(&plain, &one);
    for (int t = 0; t < STEPS; t++) {
        assert_true(price(&synthetic, &two[1], t) == price(&plain, &one, t));
        assert_true((price(&synthetic, &two[0], t) == price(&plain, &one, t)) == (t < CHANGE_STEP));
    }
    release(&synthetic, two);
    release(&plain, &one);
}

static void investment_builds_plants_and_moves_costs_while_it_flows(void **state)
{
    (void)state;
    ent_synthetic_t synthetic;
    ent_trajectory_t two[2];
    make(&synthetic, 2);
    ent_config_t *c = &synthetic.config;
    const double value = 5000.0;
    c->investments = calloc(1, sizeof *c->investments);
    c->n_investments = 1;
    c->investments[0] = (ent_investment_t){.home = 1,
                                           .host = 0,
                                           .sectors = calloc(2, 1),
                                           .value = value,
                                           .cap = 0.6 * value,
                                           .cost_elasticity = 2.0,
                                           .regimes = only(2, 0)};
    c->plants = calloc(1, sizeof *c->plants);
    c->n_plants = 1;
    c->plants[0] = (ent_plant_t){
        .id = strdup("plant"), .owner = 1, .host = 0, .share = 0.4, .invested = 1, .regimes = only(2, 0)};
    ent_day_parse("2026-01-01", &c->investments[0].from);
    ent_day_parse("2026-07-01", &c->investments[0].until);
    ent_day_parse("2026-07-01", &c->plants[0].opened);
    ent_day_parse("2027-01-01", &c->plants[0].full);
    c->sector_parameters[0].price_reset_rate = c->sector_parameters[1].price_reset_rate = 1200.0;
    play(&synthetic, two);
    /* value added is all of output here: 2 sectors of 120,000 */
    const double cost = 2.0 * 0.6 * value / 240000.0;
    assert_close(log(price(&synthetic, &two[0], CHANGE_STEP)), cost, 1e-4);
    assert_close(price(&synthetic, &two[0], CHANGE_STEP + 7), 1.0, 1e-4);
    assert_true(price(&synthetic, &two[1], CHANGE_STEP) == 1.0);
    const size_t n = ent_field_size(ENT_FIELD_affiliate_sales, 3, 2, c->n_flows);
    const float *with = two[0].value[ENT_FIELD_affiliate_sales] + (STEPS - 1) * n;
    const float *without = two[1].value[ENT_FIELD_affiliate_sales] + (STEPS - 1) * n;
    assert_true(with[2] > 0.0f && without[2] == 0.0f);
    const double moved =
        1.0 - ent_synthetic_flow(&synthetic, &two[0], ENT_FIELD_exports, STEPS - 1, 1, 0, 0) /
                  ent_synthetic_flow(&synthetic, &two[1], ENT_FIELD_exports, STEPS - 1, 1, 0, 0);
    print_message("plants take over %.3f of the flow\n", moved);
    assert_true(moved > 0.3 && moved < 0.5);
    release(&synthetic, two);
}

static void held_beliefs_change_trade_and_no_duty(void **state)
{
    (void)state;
    ent_synthetic_t synthetic;
    ent_trajectory_t two[2];
    make(&synthetic, 2);
    ent_config_t *c = &synthetic.config;
    const int threat = ent_synthetic_tariff(&synthetic, 1, 0, 0, 0.25, "2025-04-01", "2026-07-01");
    c->n_common = 0;
    c->regimes[1].measures = calloc(1, sizeof(int));
    c->regimes[1].measures[0] = threat;
    c->regimes[1].n_measures = 1;
    c->scenarios[1].regime = 0;
    c->scenarios[1].held = 1;
    c->signals = calloc(1, sizeof *c->signals);
    c->n_signals = 1;
    c->signals[0].probability = calloc(2, sizeof(double));
    c->signals[0].probability[0] = c->signals[0].probability[1] = 0.5;
    ent_day_parse("2025-04-01", &c->signals[0].day);
    ent_day_parse("2026-01-01", &c->resolved);
    play(&synthetic, two);
    int differ = 0;
    for (int t = 0; t < STEPS; t++) {
        const double known = ent_synthetic_flow(&synthetic, &two[0], ENT_FIELD_exports, t, 1, 0, 0);
        const double held = ent_synthetic_flow(&synthetic, &two[1], ENT_FIELD_exports, t, 1, 0, 0);
        assert_true(t >= CHANGE_STEP || known == held);
        differ += known != held;
        assert_true(ent_synthetic_flow(&synthetic, &two[1], ENT_FIELD_duty, t, 1, 0, 0) == 0.0);
    }
    assert_true(differ > STEPS - CHANGE_STEP - 3);
    /* who fears the tariff signs less with region 1 */
    assert_true(ent_synthetic_flow(&synthetic, &two[1], ENT_FIELD_exports, STEPS - 1, 1, 0, 0) <
                0.99 * ent_synthetic_flow(&synthetic, &two[0], ENT_FIELD_exports, STEPS - 1, 1, 0, 0));
    release(&synthetic, two);
}

/* ---- markets that reckon in their own currency
 * ------------------------------------------------------------------------------------- */

/* All quantities of a run in which the currencies of the regions flagged fall by a tenth in step 12. */
static void play_currencies(int local, int from, int until, ent_synthetic_t *synthetic,
                            ent_trajectory_t *trajectory)
{
    make(synthetic, 1);
    ent_config_t *c = &synthetic->config;
    c->mechanisms.local_currency = local;
    add_path(synthetic, NULL);
    for (int r = from + 1; r < until; r++) {
        c->paths = realloc(c->paths, (size_t)(c->n_paths + 1) * sizeof *c->paths);
        ent_path_t *path = &c->paths[c->n_paths++];
        *path = (ent_path_t){.kind = ENT_SHOCK_EXCHANGE_RATE,
                             .region = r,
                             .n_points = 2,
                             .day = calloc(2, sizeof(ent_day_t)),
                             .log_change = calloc(2, sizeof(double))};
        memcpy(path->day, c->paths[0].day, 2 * sizeof *path->day);
        path->log_change[1] = -0.1;
    }
    c->paths[0].region = from;
    c->paths[0].log_change[1] = until > from ? -0.1 : 0.0;
    for (int s = 0; s < 2; s++) {
        c->sector_parameters[s].producer_invoicing = 1.0;
        c->sector_parameters[s].shipping_lag = 0.0; /* what is at sea is paid for in dollars already */
        c->sector_parameters[s].local_cost_share = 0.4;
        c->sector_parameters[s].retail_reset_rate = 4.0;
    }
    play(synthetic, trajectory);
}

/* Largest change of a flow's quantity over steps, relative. */
static double largest_change(const ent_synthetic_t *synthetic, const ent_trajectory_t *a,
                             const ent_trajectory_t *b)
{
    const size_t n = STEPS * ent_field_size(ENT_FIELD_export_quantity, 3, 2, synthetic->config.n_flows);
    double largest = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double x = (double)a->value[ENT_FIELD_export_quantity][i],
                     y = (double)b->value[ENT_FIELD_export_quantity][i];
        largest = fmax(largest, fabs(y / x - 1.0));
    }
    return largest;
}

static void all_currencies_together_change_no_quantity(void **state)
{
    (void)state;
    ent_synthetic_t still, moved;
    ent_trajectory_t a, b;
    double change[2];
    for (int local = 0; local < 2; local++) {
        play_currencies(local, 0, 0, &still, &a);
        play_currencies(local, 0, 3, &moved, &b);
        change[local] = largest_change(&still, &a, &b);
        release(&still, &a);
        release(&moved, &b);
    }
    print_message("all currencies a tenth down: quantities move by %.2g in dollars, %.2g in their own\n",
                  change[0], change[1]);
    /* single precision, and orders in whole units */
    assert_true(change[1] < 2e-3);
    assert_true(change[0] > 0.02);
}

static double sales_at_home(const ent_trajectory_t *trajectory)
{
    double sum = 0.0;
    for (int t = STEPS - 12; t < STEPS; t++) {
        sum += (double)trajectory->value[ENT_FIELD_sales][(t * 3 + 1) * 2];
    }
    return sum;
}

static double flow(const ent_synthetic_t *synthetic, const ent_trajectory_t *trajectory, int o, int d)
{
    double sum = 0.0;
    for (int t = STEPS - 12; t < STEPS; t++) {
        sum += ent_synthetic_flow(synthetic, trajectory, ENT_FIELD_export_quantity, t, o, d, 0);
    }
    return sum;
}

/* Region 1 imports 30 % of what it buys: a tenth off its currency makes 30 % of its purchases dearer, no
 * more. */
static void a_falling_currency_makes_only_imports_dearer(void **state)
{
    (void)state;
    ent_synthetic_t still, moved;
    ent_trajectory_t a, b;
    play_currencies(1, 1, 1, &still, &a);
    play_currencies(1, 1, 2, &moved, &b);
    const double sales = sales_at_home(&b) / sales_at_home(&a);
    const double imports = flow(&moved, &b, 0, 1) / flow(&still, &a, 0, 1);
    const double exports = flow(&moved, &b, 1, 0) / flow(&still, &a, 1, 0);
    print_message("a tenth off: sales at home x %.3f, imports x %.3f, exports x %.3f\n", sales, imports,
                  exports);
    assert_true(sales > 0.96 && sales < 1.0);
    assert_true(imports < 0.95);
    assert_true(exports > 1.05);
    release(&still, &a);
    release(&moved, &b);
}

/* Capacity that takes no exports' place sells against everybody: its share of the market grows to
 * v / (1 + v), v capacity over spending, at the cost of all others alike. */
static void added_capacity_competes_with_all(void **state)
{
    (void)state;
    ent_synthetic_t with, without;
    ent_trajectory_t a, b;
    const double v = 0.2, spent = 120000.0;
    for (int i = 0; i < 2; i++) {
        ent_synthetic_t *s = i == 0 ? &without : &with;
        make(s, 1);
        s->config.sector_parameters[0].renewal_rate = 12.0;
        s->config.sector_parameters[0].stocked = 0.0;
        if (i == 1) {
            s->config.plants = calloc(1, sizeof *s->config.plants);
            s->config.n_plants = 1;
            s->config.plants[0] = (ent_plant_t){
                .id = strdup("plant"), .owner = 1, .host = 0, .added = v * spent, .invested = 1};
            ent_day_parse("2025-07-01", &s->config.plants[0].opened);
            s->config.plants[0].full = s->config.plants[0].opened;
        }
        play(s, i == 0 ? &a : &b);
    }
    double sales = 0.0;
    const size_t n = ent_field_size(ENT_FIELD_affiliate_sales, 3, 2, with.config.n_flows);
    for (int t = STEPS - 12; t < STEPS; t++) {
        sales += (double)b.value[ENT_FIELD_affiliate_sales][(size_t)t * n + 2] / spent;
    }
    const double own = flow(&with, &b, 1, 0) / flow(&without, &a, 1, 0);
    const double home = flow(&with, &b, 0, 0) / flow(&without, &a, 0, 0);
    print_message("plants sell %.3f of the market; exports x %.3f, the host's output x %.3f\n", sales, own,
                  home);
    /* chance: 2000 slots, independent from one month to the next */
    assert_within(sales, v / (1.0 + v), 0.02);
    assert_within(own, 1.0 / (1.0 + v), 0.06);
    /* the host's own firms had 0.7; what plants make is its output too */
    assert_within(home, (0.7 + v) / (1.0 + v) / 0.7, 0.03);
    release(&without, &a);
    release(&with, &b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prices_in_the_producer_s_currency_move_at_once),
        cmocka_unit_test(a_path_of_one_regime_leaves_the_others_alone),
        cmocka_unit_test(investment_builds_plants_and_moves_costs_while_it_flows),
        cmocka_unit_test(held_beliefs_change_trade_and_no_duty),
        cmocka_unit_test(all_currencies_together_change_no_quantity),
        cmocka_unit_test(a_falling_currency_makes_only_imports_dearer),
        cmocka_unit_test(added_capacity_competes_with_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
