/* The checked mode sees every law of accounting that is broken, and names it with market and step. */
#include "ent_test.h"
#include "synthetic.h"

#include "engine/workspace.h"

#include <string.h>

typedef struct {
    ent_synthetic_t synthetic;
    ent_context_t ctx;
    ent_model_t *model;
    ent_world_t world, view;
    ent_state_t state;
    ent_workspace_t *workspace;
} fixture_t;

/* A few steps played, and the last one's books still open. */
static int setup(void **data)
{
    static fixture_t f;
    memset(&f, 0, sizeof f);
    ent_context_init(&f.ctx);
    ent_synthetic_init(&f.synthetic, 2, 1, 0.3);
    ent_config_t *config = &f.synthetic.config;
    config->n_slots = 2000;
    ent_sector_parameters_default(&config->sector_parameters[0]);
    int code = ent_model_init(&f.model, config, &f.synthetic.benchmark, &f.ctx);
    code = code != 0 ? code : ent_world_init(&f.world, f.model, 0, 0, &f.ctx);
    code = code != 0 ? code : ent_world_as(&f.view, &f.world, f.model, 0, &f.ctx);
    code = code != 0 ? code : ent_state_init(&f.state, f.model, &f.ctx);
    code = code != 0 ? code : ent_workspace_init(&f.workspace, f.model, 1, NULL, &f.ctx);
    if (code == 0) {
        ent_state_begin(&f.state, f.model, &f.world);
    }
    for (int t = 0; t < 4 && code == 0; t++) {
        code = ent_step(f.model, &f.view, 0, &f.state, f.workspace, NULL, &f.ctx);
    }
    f.state.step--;
    *data = &f;
    return code;
}

static int teardown(void **data)
{
    fixture_t *f = *data;
    ent_workspace_free(f->workspace);
    ent_state_free(&f->state);
    ent_world_as_free(&f->view);
    ent_world_free(&f->world, f->model);
    ent_model_free(f->model);
    ent_synthetic_free(&f->synthetic);
    ent_context_free(&f->ctx);
    return 0;
}

static int verify(fixture_t *f, int stock_known)
{
    ent_context_clear(&f->ctx);
    f->workspace->stock_known = stock_known;
    return ent_verify_step(f->model, &f->state, f->workspace, &f->ctx);
}

static void expect_broken(fixture_t *f, const char *law)
{
    assert_int_equal(verify(f, 0), ENT_ERR_BUG);
    if (strstr(f->ctx.faults[0].rule, law) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", f->ctx.faults[0].rule, law);
    }
    assert_non_null(strstr(f->ctx.faults[0].rule, "step 3"));
}

/* `value` is another while the law is looked at. */
#define BROKEN(f, place, other, law)                                                                         \
    do {                                                                                                     \
        const __typeof__(place) before = place;                                                              \
        place = other;                                                                                       \
        expect_broken(f, law);                                                                               \
        place = before;                                                                                      \
        assert_int_equal(verify(f, 0), 0);                                                                   \
    } while (0)

static void sums_of_a_market_agree(void **data)
{
    fixture_t *f = *data;
    ent_tile_sums_t *sums = &f->workspace->market_sums[0];
    assert_int_equal(verify(f, 0), 0);
    assert_true(f->model->market[0].stocked && sums->arrivals > 0);
    BROKEN(f, f->workspace->cell_duty[0], f->workspace->cell_duty[0] + 1e6,
           "duty differs from rate times value");
    BROKEN(f, sums->arrivals, sums->arrivals + 1, "arrivals differ");
    BROKEN(f, sums->shipped, sums->shipped + 1, "goods shipped differ from goods sold");
    BROKEN(f, sums->position, sums->position + 1, "transit differs");
}

static void stocks_move_by_arrivals_less_sales(void **data)
{
    fixture_t *f = *data;
    const ent_tile_sums_t *sums = &f->workspace->market_sums[0];
    for (int m = 0; m < f->model->n_markets; m++) {
        const ent_tile_sums_t *one = &f->workspace->market_sums[m];
        f->workspace->stock_before[m] = one->stock - one->arrivals + one->sales;
    }
    assert_int_equal(verify(f, 1), 0);
    f->workspace->stock_before[0] = sums->stock - sums->arrivals + sums->sales + 1;
    assert_int_equal(verify(f, 1), ENT_ERR_BUG);
    assert_non_null(strstr(f->ctx.faults[0].rule, "stock does not move by arrivals minus sales"));
}

static void slots_hold_nothing_below_zero(void **data)
{
    static const char law[] = "has a negative order";
    fixture_t *f = *data;
    ent_state_t *state = &f->state;
    const long slot = f->model->market[0].first_slot;
    const long now =
        (long)((state->step - f->model->first_step) % f->model->n_ages) * f->model->n_slots + slot;
    BROKEN(f, state->ring_quantity[now], -1, law);
    BROKEN(f, state->stock[slot], -1, law);
    BROKEN(f, state->position[slot], state->stock[slot] - 1, law);
    BROKEN(f, state->smoothed[slot], -1.0F, law);
    BROKEN(f, state->retail[slot], 0.0F, law);
    BROKEN(f, state->ces_weight[slot], NAN, law);
}

static void payments_and_the_world_agree(void **data)
{
    fixture_t *f = *data;
    const ent_cell_t *cell = f->model->cell;
    const int a = f->model->market[0].first_cell, b = f->model->market[1].first_cell;
    double *value = f->workspace->cell_value;
    BROKEN(f, value[a], value[a] + 1e6, "world exports");
    /* as much more in one market as less in the other */
    const double before = value[b];
    value[b] -= 1e6 * cell[a].customs_per_landed / cell[a].basic_per_landed * cell[b].basic_per_landed /
                cell[b].customs_per_landed;
    const double half = value[a];
    value[a] += 1e6;
    expect_broken(f, "payments differ from receipts");
    value[a] = half;
    value[b] = before;
    assert_int_equal(verify(f, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_of_a_market_agree),
        cmocka_unit_test(stocks_move_by_arrivals_less_sales),
        cmocka_unit_test(slots_hold_nothing_below_zero),
        cmocka_unit_test(payments_and_the_world_agree),
    };
    return cmocka_run_group_tests_name("verify", tests, setup, teardown);
}
