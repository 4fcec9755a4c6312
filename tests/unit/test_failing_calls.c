/* Every call of memory, HDF5 and files that reading and writing make fails in turn: what a user is owed then
 * is a known code, words, no half of a file and nothing left open. */
#include "ent_test.h"

#include "failing.h"
#include "fixture_run.h"
#include "io/results_file.h"
#include "io/results_internal.h"
#include "whole_config.h"

#include <entrepot/checkpoint.h>

#include <dirent.h>

static ent_context_t ctx;

static int setup(void **state)
{
    static fixture_run_t run;
    static ent_measure_t measures[2];
    static double rates[2][FIX_REGIONS] = {{0.1, NAN, NAN}, {0.2, NAN, 0.1}};
    static double coverage[FIX_SECTORS] = {1.0, 0.5};
    static char *ids[2] = {"law", "other"};
    static ent_regime_t regimes[2];
    static ent_sector_parameters_t sectors[FIX_SECTORS];
    static unsigned char neighbours[FIX_REGIONS * FIX_REGIONS];
    static int common[2] = {0, 1};
    ent_context_init(&ctx);
    fixture_run_init(&run);
    ent_config_t *config = &run.config;
    config->n_steps = 2;
    config->n_worlds = config->n_repeats = 1;
    for (int m = 0; m < 2; m++) {
        measures[m] = (ent_measure_t){.id = ids[m],
                                      .legal = m == 0 ? "a law" : NULL,
                                      .importer = 1,
                                      .rate = rates[m],
                                      .coverage = coverage,
                                      .announced = ent_day_of(2025, 1, 1),
                                      .effective = ent_day_of(2025, 1, 10),
                                      .end = ENT_DAY_NEVER,
                                      .end_announced = ENT_DAY_NEVER,
                                      .retroactive_to = ENT_DAY_NEVER,
                                      .anticipated_from = ENT_DAY_NEVER};
    }
    config->n_measures = config->n_common = 2;
    config->measures = measures;
    config->common = common;
    config->n_regimes = 2;
    config->regimes = regimes;
    config->sector_parameters = sectors;
    config->neighbour = neighbours;
    ent_global_parameters_default(&config->global);
    for (int s = 0; s < FIX_SECTORS; s++) {
        ent_sector_parameters_default(&sectors[s]);
    }
    config->negotiation = (ent_negotiation_t){.given = 1, .side = {0, 1}, .deadline = ENT_DAY_NEVER};
    config->decomposition = "no-deal|deal|deal";
    *state = &run;
    return 0;
}

static int teardown(void **state)
{
    fixture_run_free(*state);
    ent_context_free(&ctx);
    return 0;
}

static int files_in(const char *folder)
{
    int n = 0;
    DIR *stream = opendir(folder);
    assert_non_null(stream);
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        n += entry->d_name[0] != '.';
    }
    closedir(stream);
    return n;
}

/* ---- results ---- */

/* The first `n` replications. */
static int fill_results(const fixture_run_t *run, ent_results_t *results, int n, ent_context_t *own)
{
    ent_trajectory_t trajectory;
    const double draws[2] = {0.5, -1.0};
    int code = ent_trajectory_init(&trajectory, &run->config, own);
    for (int i = 0; i < 2 * n && code == 0; i++) {
        fix_fill(&trajectory, &run->config, i % 2, i / 2);
        trajectory.agreement = (ent_agreement_t){ent_day_of(2025, 2, 1), {0.25, 0.75}, 0.0};
        code = ent_results_write(results, i % 2, i / 2, &trajectory, draws, own);
    }
    ent_trajectory_free(&trajectory);
    return code;
}

/* All of a results file, as its readers take it. */
static int read_results(void *data, ent_context_t *own)
{
    const fixture_run_t *run = data;
    ent_results_file_t file;
    char *text = NULL, **strings = NULL;
    int n = 0;
    float values[FIX_STEPS * FIX_SECTORS * 16];
    int code = ent_results_file_open(&file, run->path, own);
    if (code != 0) {
        return code;
    }
    for (int f = 0; f < ENT_N_FIELDS && code == 0; f++) {
        if (ent_results_file_has(&file, (ent_field_id_t)f)) {
            code = ent_results_file_read(&file, (ent_field_id_t)f, 1, 1, values, own);
            if (code == 0) {
                assert_true(values[0] == fix_value(f, 1, 1, 0, 0));
            }
        }
    }
    const char *const names[] = {"config", "benchmark_sha256"};
    for (int i = 0; i < 2 && code == 0; i++) {
        code = ent_results_file_provenance(&file, names[i], &text, own);
        free(text);
        text = NULL;
    }
    code = code != 0 ? code : ent_results_file_units(&file, "benchmark_exports", &text, own);
    free(text);
    code = code != 0 ? code : ent_results_file_strings(&file, "law", &n, &strings, own);
    if (code == 0 && n > 0) {
        assert_string_equal(strings[0], "benchmark");
    }
    for (int i = 0; strings != NULL && i < n; i++) {
        free(strings[i]);
    }
    free(strings);
    ent_results_file_close(&file);
    return code;
}

static int write_results(void *data, ent_context_t *own)
{
    const fixture_run_t *run = data;
    ent_results_t *results = NULL;
    int code = ent_results_create(&results, run->path, 1, &run->config, &run->benchmark, own);
    code = code != 0 ? code : fill_results(run, results, 2, own);
    if (code != 0) {
        ent_results_abandon(results);
    } else {
        code = ent_results_finish(results, 1.5, 0, own);
    }
    (void)failing_disarm();
    if (code == 0) {
        assert_int_equal(read_results(data, own), 0);
    }
    unlink(run->path);
    assert_int_equal(files_in(run->folder), 0);
    return code;
}

static void results_are_written_whole_or_not_at_all(void **state)
{
    assert_true(failing_each(FAILING_MEMORY, write_results, *state) > 2);
    assert_true(failing_each(FAILING_HDF5, write_results, *state) > 2);
    assert_true(failing_each(FAILING_FILES, write_results, *state) > 2);
}

static void results_are_read_whole_or_not_at_all(void **state)
{
    const fixture_run_t *run = *state;
    ent_results_t *results = NULL;
    assert_int_equal(ent_results_create(&results, run->path, 1, &run->config, &run->benchmark, &ctx), 0);
    assert_int_equal(fill_results(run, results, 2, &ctx), 0);
    assert_int_equal(ent_results_finish(results, 1.5, 0, &ctx), 0);
    assert_true(failing_each(FAILING_MEMORY, read_results, *state) > 2);
    assert_true(failing_each(FAILING_HDF5, read_results, *state) > 2);
    assert_true(failing_each(FAILING_FILES, read_results, *state) > 2);
}

/* ---- configs ---- */

static int read_config(void *data, ent_context_t *own)
{
    const fixture_run_t *run = data;
    char path[160];
    ent_config_t config;
    ent_benchmark_t fine;
    const ent_setting_t settings[] = {{"seed", "3"}, {"regimes.deal.measures[0].rate", "0.1"}};
    snprintf(path, sizeof path, "%s/whole.yaml", run->folder);
    const int code = ent_config_read(&config, &fine, path, 2, settings, own);
    if (code == 0) {
        assert_int_equal(config.n_scenarios, 4);
        assert_int_equal(config.n_draws, 5);
        assert_non_null(config.text);
        assert_int_equal(strlen(config.hash), 64);
    } else {
        assert_null(config.text);
    }
    ent_config_free(&config);
    ent_benchmark_free(&fine);
    return code;
}

static void configs_are_read_whole_or_not_at_all(void **state)
{
    const fixture_run_t *run = *state;
    ent_whole_config_write(run->folder);
    if (read_config(*state, &ctx) != 0) {
        ent_context_print(&ctx, stderr);
        fail();
    }
    assert_true(failing_each(FAILING_MEMORY, read_config, *state) > 2);
    assert_true(failing_each(FAILING_HDF5, read_config, *state) > 2);
    assert_true(failing_each(FAILING_FILES, read_config, *state) > 2);
}

/* ---- checkpoints ---- */

static int always_sound(void *data, const ent_flight_t *flight)
{
    (void)data;
    return flight->phase == 2;
}

/* One replication whole and one in flight saved, and brought back by another. A save that fails says so; what
 * cannot be brought back counts as damaged and is played again. */
typedef struct {
    const fixture_run_t *run;
    ent_results_t *full, *empty;
} saving_t;

static int save_and_go_on(void *data, ent_context_t *own)
{
    const saving_t *saving = data;
    const fixture_run_t *run = saving->run;
    char folder[160];
    ent_checkpoint_t *checkpoint = NULL;
    double state[8] = {1.0, 2.0, 3.0}, back[8] = {0.0};
    int found = 0;
    const ent_flight_t flight = {.replication = 1, .phase = 2, .step = 1};
    ent_flight_t again;
    const ent_blob_t out[2] = {{"state", sizeof state, state}, {"none", 0, state}},
                     in[2] = {{"state", sizeof back, back}, {"none", 0, back}};
    snprintf(folder, sizeof folder, "%s/saved", run->folder);
    int code = ent_checkpoint_open(&checkpoint, folder, &run->config, own);
    code = code != 0 ? code : ent_checkpoint_save_whole(checkpoint, saving->full, own);
    for (int i = 0; i < 2 && code == 0; i++) {
        code = ent_checkpoint_save_flight(checkpoint, &flight, out, 2, own);
    }
    ent_checkpoint_close(checkpoint);
    checkpoint = NULL;
    code = code != 0 ? code : ent_checkpoint_open(&checkpoint, folder, &run->config, own);
    code = code != 0 ? code : ent_checkpoint_restore(checkpoint, saving->empty, own);
    if (code == 0) {
        code = ent_checkpoint_load_flight(checkpoint, 1, &again, in, 2, always_sound, NULL, &found, own);
        assert_true(!found || memcmp(state, back, sizeof back) == 0);
    }
    code = code != 0 ? code : ent_checkpoint_remove(checkpoint, own);
    ent_checkpoint_close(checkpoint);
    memset(saving->empty->written, 0, 4);
    saving->empty->broken = 0;
    (void)failing_disarm();
    (void)ent_checkpoint_clear(folder, own);
    assert_int_equal(files_in(run->folder), 2); /* the results being written */
    return code;
}

static void checkpoints_are_gone_on_from_or_played_again(void **state)
{
    const fixture_run_t *run = *state;
    saving_t saving = {.run = run};
    char other[160];
    snprintf(other, sizeof other, "%s/other.h5", run->folder);
    assert_int_equal(ent_results_create(&saving.full, run->path, 1, &run->config, &run->benchmark, &ctx), 0);
    assert_int_equal(ent_results_create(&saving.empty, other, 1, &run->config, &run->benchmark, &ctx), 0);
    assert_int_equal(fill_results(run, saving.full, 1, &ctx), 0);
    assert_true(failing_each(FAILING_MEMORY, save_and_go_on, &saving) > 2);
    assert_true(failing_each(FAILING_HDF5, save_and_go_on, &saving) > 2);
    assert_true(failing_each(FAILING_FILES, save_and_go_on, &saving) > 2);
    ent_results_abandon(saving.full);
    ent_results_abandon(saving.empty);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(results_are_written_whole_or_not_at_all),
        CASE(results_are_read_whole_or_not_at_all),
        CASE(configs_are_read_whole_or_not_at_all),
        CASE(checkpoints_are_gone_on_from_or_played_again),
    };
    return cmocka_run_group_tests_name("failing calls", tests, NULL, NULL);
}
