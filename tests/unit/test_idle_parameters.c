/* No dead parameter: every parameter of the table is perturbed, in a sector with stocks and in one without,
 * under several choices of mechanisms. What the table of needs calls idle changes no recorded bit; what it
 * does not changes some. */
#include "ent_test.h"
#include "synthetic.h"

#include "config/internal.h"
#include "engine/player.h"

#include <stdlib.h>
#include <string.h>

enum { STEPS = 30, SECTORS = 2, REGIONS = 3 };

typedef struct {
    ent_synthetic_t synthetic;
    ent_context_t ctx;
    ent_captive_t captive;
    unsigned char all[3];
} fixture_t;

/* A tariff from the second month on of two thirds on the goods of region 0 in region 1, and a home whose
 * currency falls. The second sector is without stocks. */
static int setup(void **state)
{
    fixture_t *f = calloc(1, sizeof *f);
    assert_non_null(f);
    ent_context_init(&f->ctx);
    ent_synthetic_init(&f->synthetic, REGIONS, SECTORS, 0.4);
    ent_config_t *c = &f->synthetic.config;
    memset(f->all, 1, sizeof f->all);
    c->n_steps = STEPS;
    c->n_burn_in = 3;
    c->n_slots = 2500;
    for (int s = 0; s < SECTORS; s++) {
        ent_sector_parameters_default(&c->sector_parameters[s]);
        c->sector_parameters[s].plant_time_to_build = 3.0;
        c->sector_parameters[s].plant_capital = 1.0;
        c->sector_parameters[s].fixed_cost = 0.095;
        c->sector_parameters[s].credit_large = 0.05;
        c->sector_parameters[s].capacity_limit = 1.02;
        c->sector_parameters[s].captive_absorption = 0.3;
    }
    c->sector_parameters[1].stocked = 0.0;
    ent_global_parameters_default(&c->global);
    c->global.large_ranks = 5.0;
    c->global.fringe_threshold = 5.0;
    ent_synthetic_share(&f->synthetic, 0, 1, 0, 0.3);
    ent_synthetic_share(&f->synthetic, 0, 1, 1, 0.3);
    for (int i = 0; i < REGIONS * REGIONS * SECTORS; i++) {
        f->synthetic.benchmark.freight[i] = i / REGIONS % REGIONS == i % REGIONS ? 0.0 : 0.05;
    }
    for (int s = 0; s < SECTORS; s++) {
        const int m = ent_synthetic_tariff(&f->synthetic, 0, 1, s, 0.66, "2025-03-01", "2025-06-01");
        const int k = ent_synthetic_tariff(&f->synthetic, 1, 0, s, 0.1, "2025-02-01", "2025-03-01");
        ent_day_parse("2027-06-01", &c->measures[m].end);
        ent_day_parse("2030-07-01", &c->measures[k].end); /* beyond what agents see */
    }
    f->captive = (ent_captive_t){.origins = f->all, .destinations = f->all, .sectors = f->all, .share = 0.2};
    c->home = 0;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture_t *f = *state;
    f->synthetic.config.captive = NULL;
    f->synthetic.config.n_captive = 0;
    f->synthetic.config.tariff_jumping = (ent_tariff_jumping_t){0};
    ent_synthetic_free(&f->synthetic);
    ent_context_free(&f->ctx);
    free(f);
    return 0;
}

static void set_mechanisms(fixture_t *f)
{
    ent_config_t *c = &f->synthetic.config;
    c->mechanisms = (ent_mechanisms_t){
        .entry = 1, .failure = 1, .investment = 1, .markups = 1, .captive = 1, .tariff_jumping = 1};
    c->captive = &f->captive;
    c->n_captive = 1;
    c->tariff_jumping = (ent_tariff_jumping_t){.owners = f->all, .hosts = f->all, .sectors = f->all};
    c->exporters = (ent_exporters_t){.firms = 400.0, .per_agent = 1.0};
    for (int s = 0; s < SECTORS; s++) {
        c->sector_parameters[s].productivity_volatility = 0.0; /* absorption enters its mean */
        c->sector_parameters[s].choke = 1.2;
        c->sector_parameters[s].choke_memory = 2.0;
    }
}

static void lower_currency(ent_config_t *c)
{
    c->paths = calloc(1, sizeof *c->paths);
    c->n_paths = 1;
    c->paths[0] = (ent_path_t){.kind = ENT_SHOCK_EXCHANGE_RATE,
                               .region = 0,
                               .n_points = 2,
                               .day = calloc(2, sizeof(ent_day_t)),
                               .log_change = calloc(2, sizeof(double))};
    ent_day_parse("2025-05-30", &c->paths[0].day[0]);
    ent_day_parse("2025-05-31", &c->paths[0].day[1]);
    c->paths[0].log_change[1] = -0.1;
}

/* A second regime without the last measure; nobody knows which until 2027. */
static void raise_doubt(ent_config_t *c)
{
    free(c->regimes[0].name);
    c->n_common--;
    c->n_regimes = 2;
    for (int r = 0; r < 2; r++) {
        c->regimes[r].name = strdup(r == 0 ? "with" : "without");
        c->regimes[r].n_measures = 1 - r;
        c->regimes[r].measures = calloc(1, sizeof(int));
        c->regimes[r].measures[0] = c->n_measures - 1;
    }
    c->n_signals = 1;
    c->signals = calloc(1, sizeof *c->signals);
    ent_day_parse("2025-01-01", &c->signals[0].day);
    c->signals[0].probability = malloc(2 * sizeof(double));
    c->signals[0].probability[0] = c->signals[0].probability[1] = 0.5;
    ent_day_parse("2027-06-01", &c->resolved);
}

/* Another value the parameter may have, well away from `value`. */
static double another(const ent_parameter_t *p, double value)
{
    const double most = fmin(p->high, 2.0 * fabs(value) + 4.0);
    const double other = value < 0.5 * (p->low + most) ? 0.5 * (value + most) : 0.5 * (value + p->low);
    return p->integer ? (other > value ? ceil(other) : floor(other)) : other;
}

static uint64_t hash_run(fixture_t *f, const ent_config_t *c)
{
    ent_model_t *model = NULL;
    ent_player_t player;
    ent_replication_t played;
    uint64_t hash = 1;
    assert_done(&f->ctx, ent_model_init(&model, c, &f->synthetic.benchmark, &f->ctx));
    assert_done(&f->ctx, ent_player_init(&player, model, 1, NULL, &f->ctx));
    assert_done(&f->ctx, ent_replication_init(&played, c, &f->ctx));
    assert_done(&f->ctx, ent_player_play(&player, 0, &played, &f->ctx));
    for (int i = 0; i < ENT_N_FIELDS; i++) {
        const size_t n = ent_field_size((ent_field_id_t)i, c->n_region, c->n_sector, c->n_flows) * STEPS;
        const unsigned char *bytes = (const unsigned char *)played.trajectory[0].value[i];
        for (size_t k = 0; k < n * sizeof(float); k++) {
            hash = ent_mix64(hash ^ bytes[k]);
        }
    }
    ent_replication_free(&played);
    ent_player_free(&player);
    ent_model_free(model);
    return hash;
}

/* One parameter in one sector; 1 when a recorded bit moves. */
static int moves(fixture_t *f, const ent_parameter_t *p, int sector, uint64_t before)
{
    ent_config_t changed = f->synthetic.config;
    ent_sector_parameters_t sectors[SECTORS];
    memcpy(sectors, changed.sector_parameters, sizeof sectors);
    changed.sector_parameters = sectors;
    void *values = p->scope == ENT_SCOPE_GLOBAL ? (void *)&changed.global : (void *)&sectors[sector];
    ent_parameter_set(p, values, another(p, ent_parameter_get(p, values)));
    return hash_run(f, &changed) != before;
}

/* Every parameter against the table of needs. */
static void compare_with_table(fixture_t *f, const char *title)
{
    size_t n;
    int n_wrong = 0;
    const ent_parameter_t *table = ent_parameter_table(&n);
    const uint64_t before = hash_run(f, &f->synthetic.config);
    for (size_t i = 0; i < n; i++) {
        for (int s = 0; s < (table[i].scope == ENT_SCOPE_GLOBAL ? 1 : SECTORS); s++) {
            const unsigned char flags[SECTORS] = {s == 0, s == 1};
            const int idle = ent_parameter_idle(&f->synthetic.config, &table[i], flags) != NULL;
            const int moved = moves(f, &table[i], s, before);
            if (moved == idle) {
                print_message("%s: %s in sector %d is called %s and moves %s\n", title, table[i].name, s,
                              idle ? "idle" : "live", moved ? "something" : "nothing");
                n_wrong++;
            }
        }
    }
    assert_int_equal(n_wrong, 0);
}

static void idle_parameters_without_mechanisms(void **state)
{
    compare_with_table(*state, "plain");
}

static void idle_parameters_with_every_mechanism(void **state)
{
    fixture_t *f = *state;
    set_mechanisms(f);
    lower_currency(&f->synthetic.config);
    compare_with_table(f, "mechanisms");
}

static void idle_parameters_under_doubt(void **state)
{
    fixture_t *f = *state;
    raise_doubt(&f->synthetic.config);
    compare_with_table(f, "doubt");
}

static void idle_parameters_under_general_closure(void **state)
{
    fixture_t *f = *state;
    f->synthetic.config.closure = ENT_CLOSURE_GENERAL;
    compare_with_table(f, "general");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(idle_parameters_without_mechanisms, setup, teardown),
        cmocka_unit_test_setup_teardown(idle_parameters_with_every_mechanism, setup, teardown),
        cmocka_unit_test_setup_teardown(idle_parameters_under_doubt, setup, teardown),
        cmocka_unit_test_setup_teardown(idle_parameters_under_general_closure, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
