/* Moments of trajectories against numbers worked out by hand. */
#include "ent_test.h"

#include "evidence/calibration.h"
#include "synthetic.h"

#include <stdlib.h>
#include <string.h>

enum { STEPS = 24 };

typedef struct {
    ent_synthetic_t world;
    ent_context_t ctx;
    ent_trajectory_t all[2];
    ent_scenario_t scenarios[2], *own;
    int own_n;
} fixture_t;

static void put(fixture_t *f, int scenario, ent_field_id_t field, int step, float value)
{
    const ent_config_t *c = &f->world.config;
    const size_t n = ent_field_size(field, c->n_region, c->n_sector, c->n_flows);
    for (size_t i = 0; i < n; i++) {
        f->all[scenario].value[field][(size_t)step * n + i] = value;
    }
}

/* Two scenarios: exports double in the second year; the first scenario imports 20 % less under 10 % duty. */
static void begin(fixture_t *f)
{
    memset(f, 0, sizeof *f);
    ent_context_init(&f->ctx);
    ent_synthetic_init(&f->world, 2, 1, 0.2);
    ent_config_t *c = &f->world.config;
    f->own = c->scenarios;
    f->own_n = c->n_scenarios;
    f->scenarios[0].name = "taxed";
    f->scenarios[1].name = "free";
    c->scenarios = f->scenarios;
    c->n_scenarios = 2;
    c->n_steps = STEPS;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ent_trajectory_init(&f->all[i], c, &f->ctx), 0);
        for (int t = 0; t < STEPS; t++) {
            put(f, i, ENT_FIELD_exports, t, t < 12 ? 5.0f : 10.0f);
            put(f, i, ENT_FIELD_imports, t, i == 0 ? 80.0f : 100.0f);
            put(f, i, ENT_FIELD_market_imports, t, i == 0 ? 90.0f : 100.0f);
            put(f, i, ENT_FIELD_tariff_rate, t, i == 0 ? 0.1f : 0.0f);
            put(f, i, ENT_FIELD_export_price, t, i == 0 ? 0.99f : 1.0f);
            put(f, i, ENT_FIELD_retail_price, t, i == 0 ? 1.02f : 1.0f);
            put(f, i, ENT_FIELD_landed_cost, t, i == 0 ? 1.05f : 1.0f);
            put(f, i, ENT_FIELD_sales, t, 7.0f);
            put(f, i, ENT_FIELD_exporters, t, t < 12 ? 100.0f : 90.0f);
            put(f, i, ENT_FIELD_leavers, t, 1.0f);
            put(f, i, ENT_FIELD_failures, t, 0.5f);
            put(f, i, ENT_FIELD_top10_share, t, 0.3f);
        }
    }
}

static void end(fixture_t *f)
{
    for (int i = 0; i < 2; i++) {
        ent_trajectory_free(&f->all[i]);
    }
    f->world.config.scenarios = f->own;
    f->world.config.n_scenarios = f->own_n;
    ent_synthetic_free(&f->world);
    ent_context_free(&f->ctx);
}

/* Value of a moment over steps from..to of the first flow; two replications alike change nothing. */
static double moment(fixture_t *f, ent_moment_kind_t kind, int flow, int from, int to, int base)
{
    unsigned char sectors[] = {1};
    const ent_bound_moment_t bound = {.kind = kind,
                                      .base = 1,
                                      .flow = flow,
                                      .destination = 1,
                                      .sectors = sectors,
                                      .from = from,
                                      .to = to,
                                      .base_from = base,
                                      .base_to = base,
                                      .top = 10};
    ent_moment_sums_t one = {0}, two = {0};
    ent_moment_add(&bound, &f->world.config, f->all, &one);
    for (int r = 0; r < 2; r++) {
        ent_moment_add(&bound, &f->world.config, f->all, &two);
    }
    if (!isnan(ent_moment_value(kind, &one))) {
        assert_close(ent_moment_value(kind, &two), ent_moment_value(kind, &one), 1e-12);
    }
    return ent_moment_value(kind, &one);
}

static void kinds_have_their_values(void **state)
{
    (void)state;
    fixture_t f;
    begin(&f);
    assert_close(moment(&f, ENT_MOMENT_GROWTH, 0, 12, 14, 0), 100.0, 1e-6);
    assert_within(moment(&f, ENT_MOMENT_GROWTH, -1, 12, 14, 0), 0.0, 1e-6);
    assert_close(moment(&f, ENT_MOMENT_INDEX, 0, 12, 17, 3), 200.0, 1e-6);
    assert_close(moment(&f, ENT_MOMENT_ELASTICITY, 0, 2, 5, 0), log(0.8) / log(1.1), 1e-6);
    assert_close(moment(&f, ENT_MOMENT_BORDER, 0, 2, 5, 0), 1.0 + log(0.99) / log(1.1), 1e-5);
    assert_close(moment(&f, ENT_MOMENT_RETAIL, -1, 2, 5, 0), log(1.02) / log(1.05), 1e-5);
    assert_close(moment(&f, ENT_MOMENT_FRONT_LOADING, 0, 2, 5, 0), -20.0, 1e-6);
    assert_close(moment(&f, ENT_MOMENT_FRONT_LOADING, -1, 2, 5, 0), -10.0, 1e-6);
    assert_close(moment(&f, ENT_MOMENT_EXPORTERS, -1, 12, 13, 0), 90.0, 1e-6);
    assert_close(moment(&f, ENT_MOMENT_SURVIVAL, -1, 1, 12, 0), 82.0, 1e-6);
    assert_close(moment(&f, ENT_MOMENT_TOP_SHARE, -1, 1, 12, 0), 30.0, 1e-6);
    end(&f);
}

/* Without a duty there is no elasticity, and no pass-through. */
static void undefined_is_not_known(void **state)
{
    (void)state;
    fixture_t f;
    begin(&f);
    for (int t = 0; t < STEPS; t++) {
        put(&f, 0, ENT_FIELD_tariff_rate, t, 0.0f);
    }
    assert_true(isnan(moment(&f, ENT_MOMENT_BORDER, 0, 2, 5, 0)));
    assert_true(isnan(moment(&f, ENT_MOMENT_ELASTICITY, 0, 2, 5, 0)));
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_have_their_values),
        cmocka_unit_test(undefined_is_not_known),
    };
    return cmocka_run_group_tests_name("moments", tests, NULL, NULL);
}
