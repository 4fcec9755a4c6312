/* Numbers that leave their range end a step, in every mode, with the quantity, the step and the cell; legal
 * ones pass. */
#include "ent_test.h"

#include "engine/kernel.h"
#include "engine/workspace.h"
#include "whole_config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    char folder[64];
    ent_context_t ctx;
    ent_config_t config;
    ent_benchmark_t fine;
    ent_model_t *model;
    ent_world_t world;
    ent_state_t state;
    ent_workspace_t *workspace;
} fixture_t;

static int setup(void **data)
{
    static fixture_t f;
    char path[128];
    const ent_setting_t settings[] = {
        {"slots", "200"}, {"steps", "2"}, {"exporters.firms", "20"}, {"check", "false"}};
    f = (fixture_t){.folder = "/tmp/entrepot-range-XXXXXX"};
    ent_context_init(&f.ctx);
    assert_non_null(mkdtemp(f.folder));
    ent_whole_config_write(f.folder);
    snprintf(path, sizeof path, "%s/whole.yaml", f.folder);
    int code = ent_config_read(&f.config, &f.fine, path, 4, settings, &f.ctx);
    code = code != 0 ? code : ent_model_init(&f.model, &f.config, &f.fine, &f.ctx);
    code = code != 0 ? code : ent_world_init(&f.world, f.model, 0, 0, &f.ctx);
    code = code != 0 ? code : ent_state_init(&f.state, f.model, &f.ctx);
    code = code != 0 ? code : ent_workspace_init(&f.workspace, f.model, 1, NULL, &f.ctx);
    if (code != 0) {
        ent_context_print(&f.ctx, stderr);
        return -1;
    }
    *data = &f;
    return 0;
}

static int teardown(void **data)
{
    fixture_t *f = *data;
    char command[128];
    ent_workspace_free(f->workspace);
    ent_state_free(&f->state);
    ent_world_free(&f->world, f->model);
    ent_model_free(f->model);
    ent_config_free(&f->config);
    ent_benchmark_free(&f->fine);
    ent_context_free(&f->ctx);
    snprintf(command, sizeof command, "rm -rf %s", f->folder);
    return system(command) == 0 ? 0 : -1;
}

static void begin(fixture_t *f)
{
    ent_context_clear(&f->ctx);
    ent_state_begin(&f->state, f->model, &f->world);
    f->workspace->stock_known = 0;
}

static int step(fixture_t *f)
{
    return ent_step(f->model, &f->world, 0, &f->state, f->workspace, NULL, &f->ctx);
}

/* The next step ends out of range, and the report has these words in it. */
static void expect_out(fixture_t *f, const char *what, const char *where)
{
    char at[32];
    snprintf(at, sizeof at, "step %d", f->state.step);
    assert_int_equal(step(f), ENT_ERR_RANGE);
    assert_int_equal(f->ctx.n_faults, 1);
    const char *said = f->ctx.faults[0].rule;
    if (strstr(said, what) == NULL || strstr(said, where) == NULL || strstr(said, at) == NULL) {
        fail_msg("\"%s\", \"%s\" and \"%s\" are not in: %s", at, where, what, said);
    }
    assert_int_equal(ent_exit_code(f->ctx.code), 76);
}

/* A market of goods with slots, and its first slot. */
static const ent_market_t *stocked_market(const fixture_t *f)
{
    for (int m = 0; m < f->model->n_markets; m++) {
        if (f->model->market[m].stocked && f->model->market[m].n_slots > 0) {
            return &f->model->market[m];
        }
    }
    fail_msg("the config has no stocked market");
    return NULL;
}

static void legal_steps_pass(void **data)
{
    fixture_t *f = *data;
    begin(f);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(step(f), 0);
    }
}

static void quantities_end_below_their_type(void **data)
{
    fixture_t *f = *data;
    const ent_market_t *market = stocked_market(f);
    const long slot = market->first_slot + 3;
    begin(f);
    f->state.smoothed[slot] = 1e12f;
    expect_out(f, "orders", f->config.sector[market->sector]);
    begin(f);
    f->state.smoothed[slot] = NAN;
    expect_out(f, "expected demand", f->config.region[market->destination]);
    begin(f);
    f->state.position[slot] = INT32_MAX - 1000000;
    f->state.smoothed[slot] = 0.0f;
    expect_out(f, "in stock and on its way", f->config.region[market->destination]);
}

static void prices_are_numbers(void **data)
{
    fixture_t *f = *data;
    const ent_market_t *market = stocked_market(f);
    const float bad[] = {NAN, INFINITY};
    for (int i = 0; i < 2; i++) {
        begin(f);
        f->state.retail[market->first_slot] = bad[i];
        f->state.reset_step[market->first_slot] = UINT16_MAX;
        f->state.renewal_step[market->first_slot] = UINT16_MAX;
        expect_out(f, "retail price", f->config.sector[market->sector]);
        begin(f);
        f->state.stock_cost[market->first_slot] = bad[i];
        expect_out(f, "landed cost of an importer's stock", f->config.sector[market->sector]);
        begin(f);
        f->state.log_price[market->first_presence] = (double)bad[i];
        f->state.price_step[market->first_presence] = UINT16_MAX;
        expect_out(f, "landed cost of a supplier", f->config.region[market->destination]);
    }
}

static void expenditure_is_a_number(void **data)
{
    fixture_t *f = *data;
    const int m = (int)(stocked_market(f) - f->model->market);
    const double bad[] = {NAN, INFINITY, 1e300};
    for (int i = 0; i < 3; i++) {
        begin(f);
        f->state.expenditure[m] = bad[i];
        expect_out(f, "", f->config.region[f->model->market[m].destination]);
    }
}

/* Stocks of a year, weekly steps and importers many hundred times one another's size begin within the range.
 */
static void units_are_as_coarse_as_the_benchmark_wants(void **data)
{
    fixture_t *f = *data;
    ent_config_t config;
    ent_benchmark_t fine;
    ent_model_t *model = NULL;
    ent_state_t state;
    ent_world_t world;
    char path[128];
    const ent_setting_t settings[] = {{"slots", "2000"},
                                      {"steps", "2"},
                                      {"exporters.firms", "20"},
                                      {"steps_per_year", "52"},
                                      {"parameters.target_stock", "12"},
                                      {"parameters.importer_size_dispersion", "2"}};
    ent_context_clear(&f->ctx);
    snprintf(path, sizeof path, "%s/whole.yaml", f->folder);
    const int code = ent_config_read(&config, &fine, path, 6, settings, &f->ctx);
    ent_context_print(&f->ctx, stderr);
    assert_int_equal(code, 0);
    assert_int_equal(ent_model_init(&model, &config, &fine, &f->ctx), 0);
    assert_int_equal(ent_world_init(&world, model, 0, 0, &f->ctx), 0);
    assert_int_equal(ent_state_init(&state, model, &f->ctx), 0);
    ent_state_begin(&state, model, &world);
    int32_t largest = 0;
    for (long slot = 0; slot < model->n_slots; slot++) {
        assert_true(state.position[slot] >= state.stock[slot]);
        largest = state.position[slot] > largest ? state.position[slot] : largest;
    }
    assert_true(largest > ENT_UNITS_END / 32 && largest <= ENT_UNITS_END / 8);
    ent_state_free(&state);
    ent_world_free(&world, model);
    ent_model_free(model);
    ent_config_free(&config);
    ent_benchmark_free(&fine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(legal_steps_pass),
        cmocka_unit_test(quantities_end_below_their_type),
        cmocka_unit_test(prices_are_numbers),
        cmocka_unit_test(expenditure_is_a_number),
        cmocka_unit_test(units_are_as_coarse_as_the_benchmark_wants),
    };
    return cmocka_run_group_tests_name("range", tests, setup, teardown);
}
