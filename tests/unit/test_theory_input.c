/* What the static theory refuses: sizes, options, benchmarks, each named. */
#include "theory_world.h"

#include <math.h>

static ent_context_t ctx;

static int setup(void **state)
{
    (void)state;
    ent_context_init(&ctx);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ent_context_free(&ctx);
    return 0;
}

/* The code, and the words in some fault; the faults are forgotten. */
static void refused(const ent_theory_input_t *input, const ent_theory_options_t *options, int code,
                    const char *words)
{
    ent_theory_t model;
    const int actual = ent_theory_init(&model, input, options, &ctx);
    int found = 0;

    for (size_t i = 0; i < ctx.n_faults; i++) {
        found |= strstr(ctx.faults[i].rule, words) != NULL;
    }
    if (actual != code || !found) {
        ent_context_print(&ctx, stderr);
        fail_msg("code %d, not %d, or not told: %s", actual, code, words);
    }
    ent_theory_free(&model);
    ent_context_clear(&ctx);
}

static void sizes_and_arrays_are_needed(void **state)
{
    world_t w;

    (void)state;
    world_make(&w, 4, 3);
    const ent_theory_input_t good = world_input(&w);
    ent_theory_input_t cases[5] = {good, good, good, good, good};
    cases[0].n_region = 0;
    cases[1].n_sector = 0;
    cases[2].flow = NULL;
    cases[3].tariff = NULL;
    cases[4].theta = NULL;
    for (int i = 0; i < 5; i++) {
        refused(&cases[i], NULL, ENT_ERR_USAGE, "");
    }
}

static void options_have_their_ranges(void **state)
{
    ent_theory_options_t options[8];
    world_t w;

    (void)state;
    world_make(&w, 4, 3);
    const ent_theory_input_t input = world_input(&w);
    for (int i = 0; i < 8; i++) {
        ent_theory_options_init(&options[i]);
    }
    options[0].tolerance = 0.0;
    options[1].balance_tolerance = (double)NAN;
    options[2].damping = 0.0;
    options[3].damping = 1.5;
    options[4].max_iterations = 0;
    options[5].memory = -1;
    options[6].armington_theta = -1.0;
    options[7].numeraire = ENT_THEORY_CONSUMER_PRICE;
    options[7].numeraire_region = -1;
    for (int i = 0; i < 8; i++) {
        refused(&input, &options[i], ENT_ERR_USAGE, "");
    }
}

static void cells_are_named_by_number_without_names(void **state)
{
    world_t w;

    (void)state;
    world_make(&w, 4, 3);
    ent_theory_input_t input = world_input(&w);
    input.region = input.sector = NULL;
    w.flow[world_cell(&w, 2, 1, 3)] = (double)INFINITY;
    refused(&input, NULL, ENT_ERR_DATA, "sector 2 from region 1 to region 3");
}

static void shares_and_demand_must_be_possible(void **state)
{
    double share[4 * 3], demand[4 * 3];
    world_t w;

    (void)state;
    world_make(&w, 4, 3);
    ent_theory_input_t input = world_input(&w);
    for (int i = 0; i < 12; i++) {
        share[i] = 1.0;
        demand[i] = 1.0;
        for (int k = 0; k < 3; k++) {
            share[i] -= w.input[(i / 3 * 3 + k) * 3 + i % 3];
        }
    }
    input.value_added_share = share;
    ent_theory_t model;
    assert_int_equal(ent_theory_init(&model, &input, NULL, &ctx), ENT_OK);
    ent_theory_free(&model);
    share[4] += 0.01;
    refused(&input, NULL, ENT_ERR_DATA,
            "Cloth in Bex: value-added share and input coefficients must add up to 1");
    share[4] = (double)NAN;
    refused(&input, NULL, ENT_ERR_DATA, "Cloth in Bex: the value-added share must lie in [0, 1]");
    share[4] = 2.0;
    refused(&input, NULL, ENT_ERR_DATA, "Cloth in Bex: the value-added share must lie in [0, 1]");
    input.value_added_share = NULL;
    demand[5] = (double)INFINITY;
    input.final_demand = demand;
    refused(&input, NULL, ENT_ERR_DATA, "Steel in Bex: final demand must be finite");
    w.tariff[world_cell(&w, 0, 3, 2)] = (double)NAN;
    refused(&input, NULL, ENT_ERR_DATA, "a tariff must be finite");
    w.theta[0] = (double)INFINITY;
    refused(&input, NULL, ENT_ERR_DATA, "Grain: a trade elasticity must be finite");
    w.input[1] = (double)NAN;
    refused(&input, NULL, ENT_ERR_DATA, "an input coefficient must be finite");
}

/* More faults than anybody reads: the rest is counted. */
static void a_flood_of_faults_is_cut(void **state)
{
    world_t w;

    (void)state;
    world_make(&w, 6, 4);
    const ent_theory_input_t input = world_input(&w);
    for (int i = 0; i < 6 * 6 * 4; i++) {
        w.tariff[i] = -2.0;
    }
    refused(&input, NULL, ENT_ERR_DATA, "more faults of the benchmark are not listed");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(sizes_and_arrays_are_needed),
        CASE(options_have_their_ranges),
        CASE(cells_are_named_by_number_without_names),
        CASE(shares_and_demand_must_be_possible),
        CASE(a_flood_of_faults_is_cut),
    };
    return cmocka_run_group_tests_name("theory input", tests, NULL, NULL);
}
