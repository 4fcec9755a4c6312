/* A checkpoint of a small run that is gone on with. First byte: bit 0: a file as it comes, or a whole one
 * with numbers nobody has checked; bit 1: a part, or a replication in flight; bit 2: the bytes of that file
 * with some of them changed, by place (3) and change (1). The run ends, whatever is in the folder; and bytes
 * that are changed under the seal change no value. */
#include "base/input.h"
#include "fuzz.h"

#include "io/results_file.h"
#include <entrepot/run.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { AS_IT_COMES = 1, PART = 2, CHANGED = 4, MOST_BYTES = 1 << 22 };

static ent_config_t config;
static ent_benchmark_t benchmark, fine;
static ent_model_t *model;
static char folder[256], part[300], flight[300], results_path[256], whole_part[256], whole_flight[256];
static uint64_t expected;
static int n_polls, stop_at;

static int count_poll(void *data)
{
    (void)data;
    return ++n_polls == stop_at ? ENT_POLL_STOP : 0;
}

/* Go on with what is in the folder; the code of the run. */
static int go_on(ent_context_t *ctx)
{
    ent_checkpoint_t *checkpoint;
    ent_results_t *results;
    int code = ent_checkpoint_open(&checkpoint, folder, &config, ctx);
    if (code != 0)
        return code;
    const ent_run_options_t options = {
        .n_threads = 1, .split_agents = 0, .poll = count_poll, .checkpoint = checkpoint};
    ent_input_forget(ctx, results_path); /* the results of the last time are no input of this one */
    code = ent_results_create(&results, results_path, 1, &config, &benchmark, ctx);
    if (code == 0) {
        code = ent_run(model, &options, results, ctx);
        if (code == 0)
            code = ent_results_finish(results, 0.0, 0, ctx);
        else
            ent_results_abandon(results);
    }
    ent_checkpoint_close(checkpoint);
    return code;
}

/* Digest of every value of the results. */
static uint64_t digest_results(ent_context_t *ctx)
{
    ent_results_file_t file;
    uint64_t digest = 0xcbf29ce484222325u;
    if (ent_results_file_open(&file, results_path, ctx) != 0)
        abort();
    for (int f = 0; f < ENT_N_FIELDS; f++) {
        const size_t size = ent_field_size((ent_field_id_t)f, file.n_region, file.n_sector, file.n_flow) *
                            (size_t)file.n_time * sizeof(float);
        if (size == 0 || !ent_results_file_has(&file, (ent_field_id_t)f))
            continue;
        float *values = malloc(size);
        for (int s = 0; s < file.n_scenario; s++)
            for (int r = 0; r < file.n_replication; r++) {
                if (values == NULL || ent_results_file_read(&file, (ent_field_id_t)f, s, r, values, ctx) != 0)
                    abort();
                for (size_t i = 0; i < size; i++)
                    digest = (digest ^ ((unsigned char *)values)[i]) * 0x100000001b3u;
            }
        free(values);
    }
    ent_results_file_close(&file);
    return digest;
}

static void must(int sound, const char *what, ent_context_t *ctx)
{
    if (!sound) {
        ent_context_print(ctx, stderr);
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

/* The undisturbed run, and a checkpoint of one that is stopped: a replication whole, the next in flight. */
static void begin(void)
{
    const ent_setting_t settings[] = {{"benchmark", fuzz_data("small.h5")},
                                      {"steps", "3"},
                                      {"burn_in", "1"},
                                      {"replications", "2"},
                                      {"repeats", "0"},
                                      {"slots", "200"},
                                      {"regimes.tariff.measures[0].announced", "2025-02-01"},
                                      {"regimes.tariff.measures[0].effective", "2025-03-01"}};
    ent_context_t ctx;
    ent_context_init(&ctx);
    must(ent_config_read(&config, &fine, fuzz_data("../../../configs/two-by-two.yaml"),
                         sizeof settings / sizeof *settings, settings, &ctx) == 0 &&
             ent_model_init(&model, &config, &fine, &ctx) == 0,
         "the small run cannot be prepared", &ctx);
    benchmark = *ent_model_benchmark(model);
    memcpy(benchmark.sha256, fine.sha256, sizeof benchmark.sha256);
    snprintf(folder, sizeof folder, "%s", fuzz_path("run.h5.checkpoint"));
    snprintf(part, sizeof part, "%s/part-000000.h5", folder);
    snprintf(flight, sizeof flight, "%s/flight-000001-0.h5", folder);
    snprintf(results_path, sizeof results_path, "%s", fuzz_path("run.h5"));
    snprintf(whole_part, sizeof whole_part, "%s", fuzz_path("part"));
    snprintf(whole_flight, sizeof whole_flight, "%s", fuzz_path("flight"));
    must(go_on(&ctx) == 0, "the undisturbed run fails", &ctx);
    expected = digest_results(&ctx);
    stop_at = n_polls - 1;
    n_polls = 0;
    must(go_on(&ctx) == ENT_ERR_STOPPED, "the run does not stop", &ctx);
    stop_at = 0;
    ent_context_clear(&ctx);
    must(rename(part, whole_part) == 0 && rename(flight, whole_flight) == 0, "nothing was saved", &ctx);
    ent_context_free(&ctx);
}

static void put_changed(const char *from, const char *to, const uint8_t *data, size_t size)
{
    static uint8_t bytes[MOST_BYTES];
    FILE *file = fopen(from, "rb");
    if (file == NULL)
        abort();
    const size_t n = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    for (size_t at = 0; at + 4 <= size; at += 4)
        bytes[((size_t)data[at] << 16 | (size_t)data[at + 1] << 8 | data[at + 2]) % n] ^= data[at + 3];
    fuzz_write(to, bytes, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ent_context_t ctx;
    if (size == 0)
        return 0;
    if (model == NULL)
        begin();
    const char *from = data[0] & PART ? whole_part : whole_flight, *to = data[0] & PART ? part : flight;
    const int resealed = !(data[0] & (AS_IT_COMES | CHANGED));
    (void)mkdir(folder, 0777);
    if (data[0] & AS_IT_COMES)
        fuzz_write(to, data + 1, size - 1);
    else if (data[0] & CHANGED)
        put_changed(from, to, data + 1, size - 1);
    else
        fuzz_numbers(from, to, data + 1, size - 1);
    ent_context_init(&ctx);
    const int code = go_on(&ctx);
    must(resealed || code == 0, "damage stops a run", &ctx);
    must(resealed || digest_results(&ctx) == expected, "damage changes values", &ctx);
    (void)ent_checkpoint_clear(folder, &ctx);
    fuzz_report(&ctx);
    return 0;
}
