/* Every kind of measure by its row: a config with what the row needs is read, and what the row forbids is
 * told. A new kind is tested without a new line here. */
#include "ent_test.h"
#include "words.h"

#include "policy/kinds.h"
#include "whole_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[64];

static int setup(void **state)
{
    (void)state;
    make_folder(folder);
    ent_whole_config_write(folder);
    return 0;
}

static int teardown(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) == 0 ? 0 : -1;
}

/* Keys of a kind with values in the middle of their bounds, but `without`. */
static void own_keys(ent_measure_kind_t kind, const char *without, char *text, size_t size)
{
    text[0] = '\0';
    for (const ent_kind_key_t *key = ent_kind(kind)->keys; key != NULL && key->key != NULL; key++) {
        const double middle = key->rule == NULL ? key->otherwise : 0.5 * (key->low + key->high);
        const size_t end = strlen(text);
        if (without == NULL || strcmp(without, key->key) != 0) {
            snprintf(text + end, size - end, ", %s: %.12g", key->key, key->is_rate ? 0.25 : middle);
        }
    }
}

/* Reads a config with a measure of the kind in place of `some-day`; the measure's index is 3. */
static int read_with(ent_measure_kind_t kind, const char *rate, const char *keys, ent_config_t *config,
                     ent_context_t *ctx)
{
    static const char mark[] =
        "{id: some-day, importer: JPN, partners: [KOR], rate: 0.1, effective: 2025-02-01, hazard: 1}";
    char path[128], text[16384];
    ent_benchmark_t fine;
    snprintf(path, sizeof path, "%s/whole.yaml", folder);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    const char *at = strstr(text, mark);
    assert_non_null(at);
    snprintf(path, sizeof path, "%s/kind.yaml", folder);
    file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file,
            "%.*s{id: m, importer: USA, partners: [KOR], set: cars, sectors: [cars], effective: 2025-05-01, "
            "kind: %s%s%s}%s",
            (int)(at - text), text, ent_measure_kind_names()[kind], rate, keys, at + strlen(mark));
    fclose(file);
    const int code = ent_config_read(config, &fine, path, 0, NULL, ctx);
    ent_benchmark_free(&fine);
    return code;
}

static void expect(ent_measure_kind_t kind, const char *rate, const char *keys, const char *place)
{
    ent_config_t config;
    ent_context_t ctx;
    ent_context_init(&ctx);
    const int code = read_with(kind, rate, keys, &config, &ctx);
    int told = place == NULL;
    for (size_t i = 0; place != NULL && i < ctx.n_faults; i++) {
        told |= ctx.faults[i].key != NULL && strcmp(ctx.faults[i].key, place) == 0;
    }
    if ((code == 0) != (place == NULL) || !told) {
        ent_context_print(&ctx, stderr);
        fail_msg("kind %s%s%s: %s", ent_measure_kind_names()[kind], rate, keys,
                 place == NULL ? "refused" : "no such fault");
    }
    ent_config_free(&config);
    ent_context_free(&ctx);
}

static void a_measure_is_read_by_its_row(void **state)
{
    (void)state;
    for (int k = 0; k < ENT_N_MEASURE_KINDS; k++) {
        const ent_measure_kind_t kind = (ent_measure_kind_t)k;
        char keys[256];
        own_keys(kind, NULL, keys, sizeof keys);
        expect(kind, ent_kind(kind)->no_rate ? "" : ", rate: 0.5", keys, NULL);
        assert_true(strlen(ent_kind_sentence(kind)) > 20);
    }
}

static void what_a_row_forbids_is_told(void **state)
{
    (void)state;
    for (int k = 0; k < ENT_N_MEASURE_KINDS; k++) {
        const ent_measure_kind_t kind = (ent_measure_kind_t)k;
        const ent_kind_t *row = ent_kind(kind);
        char keys[256], place[64], rate[64];
        own_keys(kind, NULL, keys, sizeof keys);
        snprintf(rate, sizeof rate, ", rate: %g", row->most + 0.5);
        expect(kind, rate, keys, "measures[3].rate");
        for (const ent_kind_key_t *key = row->keys; key != NULL && key->key != NULL; key++) {
            if (key->rule != NULL) {
                own_keys(kind, key->key, keys, sizeof keys);
                snprintf(place, sizeof place, "measures[3].%s", key->key);
                expect(kind, row->no_rate ? "" : ", rate: 0.5", keys, place);
            }
        }
        if (ent_kind_key(kind, "volume") == NULL) {
            expect(kind, row->no_rate ? "" : ", rate: 0.5", ", volume: 3", "measures[3].volume");
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_measure_is_read_by_its_row),
        cmocka_unit_test(what_a_row_forbids_is_told),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
