/* One layout for several configs: what a parameter outside the list of those that bear on it can change is
 * nothing of the layout, and a model that borrows one plays the bits of one that has its own. Every parameter
 * of the table is changed in turn, with every mechanism on. */
#include "ent_test.h"
#include "synthetic.h"

#include "engine/player.h"

#include <stdlib.h>
#include <string.h>

enum { STEPS = 8 };

typedef struct {
    ent_synthetic_t synthetic;
    ent_context_t ctx;
    ent_plant_t plant;
    ent_captive_t captive;
    unsigned char all[3], none[3];
} fixture_t;

static void set_mechanisms(fixture_t *f)
{
    ent_config_t *c = &f->synthetic.config;
    memset(f->all, 1, sizeof f->all);
    f->captive = (ent_captive_t){.origins = f->all, .destinations = f->all, .sectors = f->all, .share = 0.2};
    c->mechanisms = (ent_mechanisms_t){
        .entry = 1, .failure = 1, .investment = 1, .markups = 1, .captive = 1, .tariff_jumping = 1};
    c->captive = &f->captive;
    c->n_captive = 1;
    c->tariff_jumping = (ent_tariff_jumping_t){.owners = f->all, .hosts = f->all, .sectors = f->all};
    c->exporters = (ent_exporters_t){.firms = 400.0, .per_agent = 1.0};
    c->home = 0;
}

static int setup(void **state)
{
    fixture_t *f = calloc(1, sizeof *f);
    assert_non_null(f);
    ent_context_init(&f->ctx);
    ent_synthetic_init(&f->synthetic, 3, 2, 0.3);
    ent_config_t *c = &f->synthetic.config;
    c->n_steps = STEPS;
    c->n_burn_in = 3;
    c->n_slots = 3000;
    for (int s = 0; s < 2; s++) {
        ent_sector_parameters_default(&c->sector_parameters[s]);
    }
    ent_global_parameters_default(&c->global);
    c->global.large_ranks = 5.0;
    ent_synthetic_tariff(&f->synthetic, 0, 1, 0, 0.2, "2025-02-01", "2025-04-01");
    set_mechanisms(f);
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

static uint64_t hash_bytes(uint64_t hash, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++) {
        hash = ent_mix64(hash ^ bytes[i]);
    }
    return hash;
}

static uint64_t hash_policy(uint64_t hash, const ent_model_t *m)
{
    for (int r = 0; r < m->config->n_regimes; r++) {
        const ent_schedule_t *s = &m->policy.schedule[r];
        const size_t rows = (size_t)s->n_rows, values = rows * (size_t)s->n_steps;
        hash = hash_bytes(hash, s->duty, values * sizeof(float));
        hash = hash_bytes(hash, s->final, values * sizeof(float));
        hash = hash_bytes(hash, s->expected, (size_t)s->n_epochs * values * sizeof(float));
        hash = hash_bytes(hash, m->policy.log_rate[r], (size_t)s->n_epochs * values * sizeof(float));
    }
    return hash;
}

/* Of everything ent_model_init lays out. */
static uint64_t hash_layout(const ent_model_t *m)
{
    const size_t cells = (size_t)m->n_cells, presences = (size_t)m->n_presences;
    uint64_t hash = hash_bytes(1, m->market, (size_t)m->n_markets * sizeof *m->market);
    hash = hash_bytes(hash, m->cell, cells * sizeof *m->cell);
    hash = hash_bytes(hash, m->firm, (size_t)m->n_firms * sizeof *m->firm);
    hash = hash_bytes(hash, m->lag_steps, (size_t)(m->n_markets * m->n_region) * sizeof *m->lag_steps);
    hash = hash_bytes(hash, m->presence_cell, presences * sizeof(int));
    hash = hash_bytes(hash, m->presence_firm, presences * sizeof(int));
    hash = hash_bytes(hash, m->presence_share, presences * sizeof(double));
    hash = hash_bytes(hash, m->presence_key, presences * sizeof(uint64_t));
    hash = hash_bytes(hash, m->presence_kind, presences);
    hash = hash_bytes(hash, m->presence_weight, presences * sizeof(double));
    hash = hash_bytes(hash, m->presence_reach, presences * sizeof(double));
    hash = hash_bytes(hash, m->presence_rank, presences * sizeof(int));
    hash = hash_bytes(hash, m->size_share, (size_t)m->n_sector * ENT_RANKED_FIRMS * sizeof(double));
    hash = hash_bytes(hash, m->place_begin, (cells + 1) * sizeof(int));
    hash = hash_bytes(hash, m->cell_exporters, cells * sizeof(double));
    hash = hash_bytes(hash, m->cell_margin, cells * sizeof(double));
    hash = hash_bytes(hash, m->affiliate, (size_t)m->n_affiliates * sizeof *m->affiliate);
    hash = hash_bytes(hash, m->importer_weight, (size_t)m->n_importers * sizeof(float));
    hash = hash_bytes(hash, m->accounts.revenue, (size_t)m->n_markets * sizeof(double));
    hash = hash_bytes(hash, m->touched, (size_t)m->n_touched * sizeof(int));
    return hash_policy(hash, m);
}

/* Another value the parameter may have, well away from `value`. */
static double another(const ent_parameter_t *p, double value)
{
    const double most = p->high < 2.0 * fabs(value) + 2.0 ? p->high : 2.0 * fabs(value) + 2.0;
    const double other = value < 0.5 * (p->low + most) ? 0.5 * (value + most) : 0.5 * (value + p->low);
    return p->integer ? (other > value ? ceil(other) : floor(other)) : other;
}

static double get(const ent_parameter_t *p, const ent_config_t *c)
{
    return ent_parameter_get(p, p->scope == ENT_SCOPE_GLOBAL ? (const void *)&c->global
                                                             : (const void *)&c->sector_parameters[0]);
}

static void set(const ent_parameter_t *p, ent_config_t *c, double value)
{
    ent_parameter_set(p, p->scope == ENT_SCOPE_GLOBAL ? (void *)&c->global : (void *)&c->sector_parameters[0],
                      value);
}

static ent_model_t *lay_out(fixture_t *f, const ent_config_t *c)
{
    ent_model_t *model = NULL;
    assert_done(&f->ctx, ent_model_init(&model, c, &f->synthetic.benchmark, &f->ctx));
    return model;
}

/* Of what the model plays on `player`, which keeps what it played before. */
static uint64_t hash_play(fixture_t *f, const ent_model_t *model, ent_player_t *player)
{
    const ent_config_t *c = model->config;
    ent_replication_t played;
    uint64_t hash = 1;
    assert_done(&f->ctx, ent_replication_init(&played, c, &f->ctx));
    player->model = model;
    assert_done(&f->ctx, ent_player_play(player, 0, &played, &f->ctx));
    for (int i = 0; i < ENT_N_FIELDS; i++) {
        const size_t n = ent_field_size((ent_field_id_t)i, c->n_region, c->n_sector, c->n_flows) * STEPS;
        hash = hash_bytes(hash, played.trajectory[0].value[i], n * sizeof(float));
    }
    ent_replication_free(&played);
    return hash;
}

static uint64_t hash_alone(fixture_t *f, const ent_model_t *model)
{
    ent_player_t player;
    assert_done(&f->ctx, ent_player_init(&player, model, 1, NULL, &f->ctx));
    const uint64_t hash = hash_play(f, model, &player);
    ent_player_free(&player);
    return hash;
}

static void every_parameter_is_on_the_list_or_leaves_the_layout(void **state)
{
    fixture_t *f = *state;
    size_t n;
    const ent_parameter_t *table = ent_parameter_table(&n);
    ent_config_t changed = f->synthetic.config;
    ent_sector_parameters_t sectors[2];
    ent_model_t *laid = lay_out(f, &f->synthetic.config);
    const uint64_t before = hash_layout(laid), played = hash_alone(f, laid);
    ent_player_t player; /* goes from model to model, as a stage's does */
    assert_done(&f->ctx, ent_player_init(&player, laid, 1, NULL, &f->ctx));
    int n_bearing = 0, n_moving = 0;
    changed.sector_parameters = sectors;
    for (size_t p = 0; p < n; p++) {
        memcpy(sectors, f->synthetic.config.sector_parameters, sizeof sectors);
        changed.global = f->synthetic.config.global;
        assert_true(ent_same_layout(laid, &changed));
        set(&table[p], &changed, another(&table[p], get(&table[p], &changed)));
        assert_true(get(&table[p], &changed) != get(&table[p], &f->synthetic.config));
        const int bears = ent_bears_on_layout(&table[p]);
        assert_int_equal(ent_same_layout(laid, &changed), !bears);
        ent_model_t *own = lay_out(f, &changed), *shared = NULL;
        if (bears) {
            n_bearing++;
        } else {
            assert_int_equal(hash_layout(own), before);
            assert_done(&f->ctx, ent_model_share(&shared, laid, &changed, 0, &f->ctx));
            const uint64_t alone = hash_alone(f, own);
            assert_int_equal(hash_play(f, shared, &player), alone);
            n_moving += alone != played;
        }
        ent_model_free(shared);
        ent_model_free(own);
    }
    assert_int_equal(n_bearing, 10);
    assert_true(n_moving > 25); /* parameters that were seen to matter */
    assert_int_equal(hash_layout(laid), before);
    ent_player_free(&player);
    ent_model_free(laid);
}

static void other_measures_are_other_schedules(void **state)
{
    fixture_t *f = *state;
    ent_config_t changed = f->synthetic.config;
    ent_model_t *laid = lay_out(f, &f->synthetic.config), *shared = NULL;
    const uint64_t before = hash_layout(laid);
    ent_measure_t measure = changed.measures[0];
    double rate[3];
    memcpy(rate, measure.rate, sizeof rate);
    measure.rate = rate;
    changed.measures = &measure;
    assert_true(ent_same_measures(laid, &changed));
    rate[0] = 0.3; /* as a retaliation sets another when elasticities differ */
    assert_false(ent_same_measures(laid, &changed));
    assert_true(ent_same_layout(laid, &changed));
    measure.effective += 62;
    ent_model_t *own = lay_out(f, &changed);
    assert_done(&f->ctx, ent_model_share(&shared, laid, &changed, 1, &f->ctx));
    assert_int_equal(hash_layout(shared), hash_layout(own));
    assert_int_equal(shared->branch_step, own->branch_step);
    assert_int_equal(hash_alone(f, shared), hash_alone(f, own));
    ent_model_free(shared);
    ent_model_free(own);
    measure.kind = ENT_MEASURE_QUOTA;
    assert_false(ent_same_layout(laid, &changed));
    assert_int_equal(hash_layout(laid), before);
    ent_model_free(laid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_parameter_is_on_the_list_or_leaves_the_layout, setup, teardown),
        cmocka_unit_test_setup_teardown(other_measures_are_other_schedules, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
