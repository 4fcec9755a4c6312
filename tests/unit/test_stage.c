/* A stage plays config after config of one source with the bits of each read, laid out and played by itself,
 * and lays out anew where it must and nowhere else. */
#include "ent_test.h"

#include "run/stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char path[] = "test_stage.yaml";

static void write_config(void)
{
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    fprintf(stream,
            "name: stage\nbenchmark: %s/tests/fuzz/data/small.h5\ncalibration: "
            "%s/configs/calibrations/horizon.yaml\n",
            getenv("ENTREPOT_SOURCE") != NULL ? getenv("ENTREPOT_SOURCE") : ".",
            getenv("ENTREPOT_SOURCE") != NULL ? getenv("ENTREPOT_SOURCE") : ".");
    fputs("start: 2025-01-01\nsteps: 6\nburn_in: 3\nreplications: 2\nrepeats: 1\nslots: 1200\nhome: KOREA\n"
          "regions: {KOREA: KOR, WORLD: rest}\nsectors: {services: [SERVICES], goods: rest}\n"
          "regimes:\n"
          "  tariff:\n"
          "    measures: [{id: m, importer: WORLD, partners: [KOREA], except_sectors: [services], rate: 0.1, "
          "announced: 2025-02-01, effective: 2025-03-01}]\n"
          "  none: {}\n"
          "scenarios: [tariff, none]\n",
          stream);
    fclose(stream);
}

typedef struct {
    const ent_config_t *config;
    ent_replication_t *alone; /* [n] */
    int n_same;
} expected_t;

static int compare(void *data, int replication, const ent_replication_t *played, ent_context_t *ctx)
{
    expected_t *expected = data;
    const ent_config_t *c = expected->config;
    (void)ctx;
    for (int s = 0; s < c->n_scenarios; s++) {
        for (int f = 0; f < ENT_N_FIELDS; f++) {
            const size_t n =
                (size_t)c->n_steps * ent_field_size((ent_field_id_t)f, c->n_region, c->n_sector, c->n_flows);
            assert_memory_equal(played->trajectory[s].value[f],
                                expected->alone[replication].trajectory[s].value[f], n * sizeof(float));
        }
    }
    expected->n_same++;
    return 0;
}

/* The settings on the stage, against a config of their own. */
static void same_as_alone(ent_stage_t *stage, int n_threads, int n, const ent_setting_t *settings,
                          ent_context_t *ctx)
{
    ent_config_t config;
    ent_benchmark_t fine;
    ent_model_t *model = NULL;
    assert_done(ctx, ent_config_read(&config, &fine, path, n, settings, ctx));
    assert_done(ctx, ent_model_init(&model, &config, &fine, ctx));
    const int n_replications = ent_replication_count(&config);
    expected_t expected = {&config, calloc((size_t)n_replications, sizeof *expected.alone), 0};
    for (int r = 0; r < n_replications; r++) {
        assert_done(ctx, ent_replication_init(&expected.alone[r], &config, ctx));
        assert_done(ctx,
                    ent_play(model, r, NULL, expected.alone[r].trajectory, expected.alone[r].draws, ctx));
    }
    assert_done(ctx, ent_stage_set(stage, n, settings, ctx));
    assert_string_equal(stage->config->hash, config.hash);
    assert_done(ctx, ent_stage_each(stage, n_threads, 0, n_replications, compare, &expected, ctx));
    assert_int_equal(expected.n_same, n_replications);
    for (int r = 0; r < n_replications; r++) {
        ent_replication_free(&expected.alone[r]);
    }
    free(expected.alone);
    ent_model_free(model);
    ent_config_free(&config);
    ent_benchmark_free(&fine);
}

static void every_config_has_its_own_bits(void **unused)
{
    static const struct {
        const char *key, *value, *key2, *value2;
        int n_layouts; /* laid out by then */
    } cases[] = {{"parameters.renewal_rate", "0.3", "parameters.target_stock", "1", 1},
                 {"parameters.renewal_rate", "0.6", "parameters.target_stock", "2", 1},
                 {"elasticity_set", "CP", "parameters.discount_rate", "0.1", 1},
                 {"sector_parameters.goods.absorption", "0.5", "replications", "3", 1},
                 {"parameters.shipping_lag", "2", "parameters.absorption", "0.1", 2},
                 {"parameters.shipping_lag", "2", "parameters.absorption", "0.3", 2},
                 {"regimes.tariff.measures[m].rate", "0.4", "parameters.shipping_lag", "2", 2},
                 {"parameters.shipping_lag", "2", "regimes.tariff.measures[m].rate", "0.6", 2},
                 {"regimes.tariff.measures[m].announced", "2025-01-10", "parameters.shipping_lag", "2", 2},
                 {"regimes.tariff.measures[m].effective", "2025-05-01", "elasticity_set", "CP", 3},
                 {"regimes.tariff.measures[m].kind", "barrier", "elasticity_set", "CP", 4},
                 {"slots", "2000", "seed", "7", 5},
                 {"steps", "5", "parameters.stockup_limit", "0", 6}};
    ent_context_t ctx;
    ent_config_source_t source;
    ent_stage_t stage;
    (void)unused;
    write_config();
    ent_context_init(&ctx);
    assert_done(&ctx, ent_config_source_open(&source, path, &ctx));
    ent_stage_init(&stage, &source);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const ent_setting_t settings[] = {{cases[i].key, cases[i].value}, {cases[i].key2, cases[i].value2}};
        same_as_alone(&stage, 1 + (int)i % 2, 2, settings, &ctx);
        assert_int_equal(stage.n_layouts, cases[i].n_layouts);
    }
    /* a fault is told as by ent_config_read, and the next config is played all the same */
    const ent_setting_t bad = {"parameters.renewal_rte", "1"}, good = {"slots", "1600"};
    assert_int_equal(ent_stage_set(&stage, 1, &bad, &ctx), ENT_ERR_CONFIG);
    assert_string_equal(ctx.faults[0].nearest, "renewal_rate");
    ent_context_clear(&ctx);
    same_as_alone(&stage, 1, 1, &good, &ctx);
    ent_stage_free(&stage);
    ent_config_source_free(&source);
    ent_context_free(&ctx);
    remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_config_has_its_own_bits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
