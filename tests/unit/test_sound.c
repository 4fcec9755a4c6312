/* Whether a state can be played on: one that an engine wrote can, one with any number out of its range
 * cannot. */
#include "ent_test.h"

#include "agents/beliefs.h"
#include "engine/model.h"
#include "whole_config.h"

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
} fixture_t;

static int setup(void **data)
{
    static fixture_t f;
    char path[128];
    const ent_setting_t settings[] = {{"slots", "200"}, {"steps", "2"}, {"exporters.firms", "20"}};
    f = (fixture_t){.folder = "/tmp/entrepot-sound-XXXXXX"};
    ent_context_init(&f.ctx);
    assert_non_null(mkdtemp(f.folder));
    ent_whole_config_write(f.folder);
    snprintf(path, sizeof path, "%s/whole.yaml", f.folder);
    int code = ent_config_read(&f.config, &f.fine, path, 3, settings, &f.ctx);
    code = code != 0 ? code : ent_model_init(&f.model, &f.config, &f.fine, &f.ctx);
    code = code != 0 ? code : ent_world_init(&f.world, f.model, 0, 0, &f.ctx);
    code = code != 0 ? code : ent_state_init(&f.state, f.model, &f.ctx);
    if (code != 0) {
        ent_context_print(&f.ctx, stderr);
        return -1;
    }
    ent_state_begin(&f.state, f.model, &f.world);
    *data = &f;
    return 0;
}

static int teardown(void **data)
{
    fixture_t *f = *data;
    char command[128];
    ent_state_free(&f->state);
    ent_world_free(&f->world, f->model);
    ent_model_free(f->model);
    ent_config_free(&f->config);
    ent_benchmark_free(&f->fine);
    ent_context_free(&f->ctx);
    snprintf(command, sizeof command, "rm -rf %s", f->folder);
    return system(command) == 0 ? 0 : -1;
}

/* Not sound while `size` bytes at `at` are those at `bad`. */
static void expect_unsound(fixture_t *f, const char *what, void *at, const void *bad, size_t size)
{
    unsigned char before[8];
    assert_true(size <= sizeof before);
    memcpy(before, at, size);
    memcpy(at, bad, size);
    if (ent_state_sound(&f->state, f->model)) {
        fail_msg("%s passes for sound", what);
    }
    memcpy(at, before, size);
}

static void numbers_are_finite_and_of_this_world(void **data)
{
    fixture_t *f = *data;
    const ent_model_t *model = f->model;
    assert_true(ent_state_sound(&f->state, model));
    const double bad_double[] = {NAN, INFINITY, -1e31};
    const float bad_float[] = {NAN, -INFINITY, 1e31F};
    for (int k = 0; k < 3; k++) {
#define LAST(name, type, count)                                                                              \
    if ((count) > 0 && _Generic(*f->state.name, double : 1, float : 1, default : 0)) {                       \
        expect_unsound(f, #name, &f->state.name[(count)-1],                                                  \
                       sizeof(type) == sizeof(double) ? (const void *)&bad_double[k] : &bad_float[k],        \
                       sizeof(type));                                                                        \
    }
        ENT_STATE(LAST)
#undef LAST
    }
    assert_true(ent_state_sound(&f->state, model));
}

#define BREAK(f, name, at, type, value)                                                                      \
    do {                                                                                                     \
        const type bad = (value);                                                                            \
        expect_unsound(f, #name " = " #value, &(f)->state.name[at], &bad, sizeof bad);                       \
    } while (0)

static void slots_hold_what_an_importer_can_have(void **data)
{
    fixture_t *f = *data;
    const long slot = f->model->n_slots - 1;
    BREAK(f, supplier, slot, uint16_t, 65535);
    BREAK(f, stock, slot, int32_t, -1);
    BREAK(f, stock, slot, int32_t, INT32_MAX);
    BREAK(f, position, slot, int32_t, 1 << 30);
    BREAK(f, smoothed, slot, float, -1.0F);
    BREAK(f, smoothed, slot, float, 2e9F);
    BREAK(f, stock_cost, slot, float, 0.0F);
    BREAK(f, stock_cost, slot, float, 1e31F);
    BREAK(f, retail, slot, float, 0.0F);
    BREAK(f, retail, slot, float, 1e31F);
    BREAK(f, ces_weight, slot, float, -1e-3F);
    BREAK(f, ces_weight, slot, float, 2e38F);
    BREAK(f, ring_supplier, slot, uint16_t, 65535);
    BREAK(f, ring_quantity, slot, int32_t, -1);
    BREAK(f, ring_quantity, slot, int32_t, 1 << 30);
}

static void agents_are_of_kinds_that_are(void **data)
{
    fixture_t *f = *data;
    BREAK(f, belief, f->model->n_importers - 1, uint8_t, ENT_BELIEF_TYPES);
    BREAK(f, firm_state, f->model->n_firms - 1, uint8_t, ENT_FIRM_GROWING + 1);
    BREAK(f, quantity_ring, 0, int64_t, -1);
    BREAK(f, quantity_ring, 0, int64_t, INT64_MAX);
}

static void the_step_is_one_of_the_run(void **data)
{
    fixture_t *f = *data;
    const int before = f->model->first_step - 1, after = f->config.n_steps + 1;
    expect_unsound(f, "a step before the first", &f->state.step, &before, sizeof before);
    expect_unsound(f, "a step after the last", &f->state.step, &after, sizeof after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_finite_and_of_this_world),
        cmocka_unit_test(slots_hold_what_an_importer_can_have),
        cmocka_unit_test(agents_are_of_kinds_that_are),
        cmocka_unit_test(the_step_is_one_of_the_run),
    };
    return cmocka_run_group_tests_name("sound states", tests, setup, teardown);
}
