/* A run with every allocation failing in turn: it ends with a code and words, or with what an undisturbed run
 * plays. */
#include "ent_test.h"

#include "failing.h"
#include "whole_config.h"

#include <entrepot/run.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    char folder[64];
    ent_config_t config;
    ent_benchmark_t fine;
    float *expected;
} fixture_t;

static int setup(void **state)
{
    static fixture_t f;
    char path[128];
    const ent_setting_t settings[] = {{"steps", "4"},
                                      {"burn_in", "1"},
                                      {"replications", "1"},
                                      {"repeats", "0"},
                                      {"slots", "300"},
                                      {"exporters.firms", "40"},
                                      {"start", "2025-04-01"},
                                      {"plants", "[]"},
                                      {"mechanisms.plants", "false"},
                                      /* they agree at once, so that a deal is played */
                                      {"negotiation.prior", "0.99"},
                                      {"negotiation.spread", "0"},
                                      {"negotiation.sides.KOR.speed", "1000"},
                                      {"negotiation.sides.USA.speed", "1000"}};
    ent_context_t ctx;
    ent_context_init(&ctx);
    f = (fixture_t){.folder = "/tmp/entrepot-failing-XXXXXX"};
    assert_non_null(mkdtemp(f.folder));
    snprintf(path, sizeof path, "%s/whole.yaml", f.folder);
    ent_whole_config_write(f.folder);
    if (ent_config_read(&f.config, &f.fine, path, (int)(sizeof settings / sizeof *settings), settings,
                        &ctx) != 0) {
        ent_context_print(&ctx, stderr);
        return -1;
    }
    ent_context_free(&ctx);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    fixture_t *f = *state;
    char command[128];
    ent_config_free(&f->config);
    ent_benchmark_free(&f->fine);
    free(f->expected);
    snprintf(command, sizeof command, "rm -rf %s", f->folder);
    return system(command) == 0 ? 0 : -1;
}

/* The exports at the end of the last scenario are those of the first time. */
static void compare(fixture_t *f, const ent_trajectory_t *trajectory)
{
    const size_t n =
        ent_field_size(ENT_FIELD_exports, f->config.n_region, f->config.n_sector, f->config.n_flows) *
        (size_t)f->config.n_steps;
    if (f->expected == NULL) {
        f->expected = calloc(n, sizeof(float));
        assert_non_null(f->expected);
        memcpy(f->expected, trajectory->value[ENT_FIELD_exports], n * sizeof(float));
    }
    assert_memory_equal(trajectory->value[ENT_FIELD_exports], f->expected, n * sizeof(float));
}

/* All scenarios of one replication. */
static int play_one(void *data, ent_context_t *ctx)
{
    fixture_t *f = data;
    enum { MOST = 8 };
    const ent_run_options_t options = {.n_threads = 1, .split_agents = 0};
    ent_trajectory_t trajectories[MOST] = {0};
    double draws[16];
    assert_true(f->config.n_scenarios <= MOST && f->config.n_draws + f->config.n_shocks <= 16);
    ent_model_t *model = NULL;
    int code = ent_model_init(&model, &f->config, &f->fine, ctx);
    for (int s = 0; s < f->config.n_scenarios && code == 0; s++) {
        code = ent_trajectory_init(&trajectories[s], &f->config, ctx);
    }
    code = code != 0 ? code : ent_play(model, 0, &options, trajectories, draws, ctx);
    (void)failing_disarm();
    if (code == 0) {
        compare(f, &trajectories[f->config.n_scenarios - 1]);
        assert_true(isfinite(trajectories[f->config.n_scenarios - 1].agreement.day));
    }
    for (int s = 0; s < f->config.n_scenarios; s++) {
        ent_trajectory_free(&trajectories[s]);
    }
    ent_model_free(model);
    return code;
}

/* All replications, kept nowhere. */
static int run_all(void *data, ent_context_t *ctx)
{
    const fixture_t *f = data;
    const ent_run_options_t options = {.n_threads = 1, .split_agents = 0};
    ent_model_t *model = NULL;
    int code = ent_model_init(&model, &f->config, &f->fine, ctx);
    code = code != 0 ? code : ent_run(model, &options, NULL, ctx);
    ent_model_free(model);
    return code;
}

static void replications_are_played_whole_or_not_at_all(void **state)
{
    assert_true(failing_each(FAILING_MEMORY, play_one, *state) > 50);
}

static void runs_short_of_memory_say_so(void **state)
{
    assert_true(failing_each(FAILING_MEMORY, run_all, *state) > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(replications_are_played_whole_or_not_at_all, setup, teardown),
        cmocka_unit_test_setup_teardown(runs_short_of_memory_say_so, setup, teardown)};
    return cmocka_run_group_tests_name("failing run", tests, NULL, NULL);
}
