/* One byte of a benchmark, results or checkpoint file changed, at place after place: the file is refused, or
 * gives the same values; never a crash, never another number. ENTREPOT_FLIP_STRIDE is the distance of the
 * places (199). Each is read by a child. */
#include "fixture_run.h"

#include "base/hash.h"
#include "io/results_file.h"
#include <entrepot/benchmark.h>
#include <entrepot/checkpoint.h>

#include <stdio.h>
#include <sys/wait.h>

enum { MOST = 1 << 20, USUAL_STRIDE = 199, REFUSED = 0, SAME = 1, OTHER = 2 };

typedef int reader_t(const char *path, uint64_t *digest);

static uint64_t mix(uint64_t digest, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++)
        digest = (digest ^ bytes[i]) * 0x100000001b3ULL;
    return digest;
}

static int read_benchmark(const char *path, uint64_t *digest)
{
    ent_benchmark_t b;
    ent_context_t ctx;
    ent_context_init(&ctx);
    int code = ent_benchmark_read(&b, path, &ctx);
    if (code == 0) {
        const size_t cells = (size_t)b.n_sector * (size_t)b.n_region * (size_t)b.n_region;
        *digest = mix(*digest, b.flow, cells * sizeof(double));
        *digest = mix(*digest, b.tariff, cells * sizeof(double));
        *digest = mix(*digest, b.freight, cells * sizeof(double));
        for (int r = 0; r < b.n_region; r++)
            *digest = mix(*digest, b.region[r], strlen(b.region[r]));
        ent_benchmark_free(&b);
    }
    ent_context_free(&ctx);
    return code;
}

static int read_results(const char *path, uint64_t *digest)
{
    ent_results_file_t file;
    ent_context_t ctx;
    float *values = calloc(MOST, sizeof *values);
    ent_context_init(&ctx);
    int code = values == NULL ? -1 : ent_results_file_open(&file, path, &ctx);
    if (code == 0) {
        for (int f = 0; f < ENT_N_FIELDS && code == 0; f++) {
            if (!ent_results_file_has(&file, (ent_field_id_t)f))
                continue;
            code = ent_results_file_read(&file, (ent_field_id_t)f, 0, 0, values, &ctx);
            *digest = mix(*digest, values, MOST * sizeof *values);
        }
        ent_results_file_close(&file);
    }
    free(values);
    ent_context_free(&ctx);
    return code;
}

/* ---- a checkpoint: replications 0 and 1 whole in a part, 2 in flight ---- */

static fixture_run_t run;
static char checkpoint_folder[128];
static unsigned char memory[20000];

static ent_checkpoint_t *open_checkpoint(ent_context_t *ctx)
{
    ent_checkpoint_t *checkpoint;
    return ent_checkpoint_open(&checkpoint, checkpoint_folder, &run.config, ctx) == 0 ? checkpoint : NULL;
}

static int any(void *data, const ent_flight_t *flight)
{
    (void)data;
    (void)flight;
    return 1;
}

static int save(void **state)
{
    ent_context_t ctx;
    ent_results_t *results;
    ent_trajectory_t trajectory;
    double draws[2] = {0.25, 0.75};
    const ent_flight_t flight = {.replication = 2, .phase = 1, .step = 5, .branch_step = 3};
    const ent_blob_t blob = {"memory", sizeof memory, memory};
    (void)state;
    fixture_run_init(&run);
    ent_context_init(&ctx);
    snprintf(checkpoint_folder, sizeof checkpoint_folder, "%s.checkpoint", run.path);
    for (size_t i = 0; i < sizeof memory; i++)
        memory[i] = (unsigned char)(i * i % 251);
    ent_checkpoint_t *checkpoint = open_checkpoint(&ctx);
    assert_non_null(checkpoint);
    assert_int_equal(ent_trajectory_init(&trajectory, &run.config, &ctx), 0);
    assert_int_equal(ent_results_create(&results, run.path, 0, &run.config, &run.benchmark, &ctx), 0);
    for (int r = 0; r < 2; r++)
        for (int s = 0; s < 2; s++) {
            fix_fill(&trajectory, &run.config, s, r);
            assert_int_equal(ent_results_write(results, s, r, &trajectory, draws, &ctx), 0);
        }
    assert_int_equal(ent_checkpoint_save_whole(checkpoint, results, &ctx), 0);
    assert_int_equal(ent_checkpoint_save_flight(checkpoint, &flight, &blob, 1, &ctx), 0);
    ent_results_abandon(results);
    ent_trajectory_free(&trajectory);
    ent_checkpoint_close(checkpoint);
    ent_context_free(&ctx);
    return 0;
}

static int remove_run(void **state)
{
    (void)state;
    fixture_run_free(&run);
    return 0;
}

/* What the part gives back: 0 when both replications are there. */
static int read_part(const char *path, uint64_t *digest)
{
    ent_context_t ctx;
    static ent_checkpoint_t *checkpoint; /* these stay reachable where a child ends at once */
    static ent_results_t *results;
    static ent_trajectory_t trajectory;
    double draws[2];
    (void)path;
    ent_context_init(&ctx);
    checkpoint = open_checkpoint(&ctx);
    if (checkpoint == NULL || ent_checkpoint_damaged(checkpoint) > 0)
        return -1;
    if (ent_trajectory_init(&trajectory, &run.config, &ctx) != 0 ||
        ent_results_create(&results, run.path, 1, &run.config, &run.benchmark, &ctx) != 0 ||
        ent_checkpoint_restore(checkpoint, results, &ctx) != 0)
        return -1;
    for (int r = 0; r < 2; r++)
        for (int s = 0; s < 2; s++) {
            if (ent_results_recall(results, s, r, &trajectory, draws, &ctx) != 0)
                return -1;
            *digest = mix(*digest, draws, sizeof draws);
            for (int f = 0; f < ENT_N_FIELDS; f++)
                *digest = mix(*digest, trajectory.value[f],
                              FIX_STEPS * sizeof(float) *
                                  ent_field_size((ent_field_id_t)f, FIX_REGIONS, FIX_SECTORS, FIX_FLOWS));
        }
    ent_results_abandon(results);
    ent_trajectory_free(&trajectory);
    ent_checkpoint_close(checkpoint);
    return 0;
}

static int read_flight(const char *path, uint64_t *digest)
{
    ent_context_t ctx;
    ent_flight_t flight;
    static ent_checkpoint_t *checkpoint;
    int found = 0;
    const ent_blob_t blob = {"memory", sizeof memory, memory};
    (void)path;
    ent_context_init(&ctx);
    checkpoint = open_checkpoint(&ctx);
    if (checkpoint == NULL || ent_checkpoint_damaged(checkpoint) > 0 ||
        ent_checkpoint_load_flight(checkpoint, 2, &flight, &blob, 1, any, NULL, &found, &ctx) != 0 || !found)
        return -1;
    const int head[4] = {flight.replication, flight.phase, flight.step, flight.branch_step};
    *digest = mix(mix(*digest, memory, sizeof memory), head, sizeof head);
    ent_checkpoint_close(checkpoint);
    return 0;
}

/* ---- the sweep ---- */

/* What a child makes of the file. */
static int outcome(reader_t *reader, const char *path, uint64_t expected)
{
    int status = 0;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        uint64_t digest = 0;
        const int code = reader(path, &digest);
        _exit(code != 0 ? REFUSED : digest == expected ? SAME : OTHER);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void write_file(const char *path, const unsigned char *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* Change a file of `path`, which is left as it was. */
static void sweep(const char *name, const char *path, reader_t *reader)
{
    const char *asked = getenv("ENTREPOT_FLIP_STRIDE");
    const size_t stride = asked != NULL && atoi(asked) > 0 ? (size_t)atoi(asked) : USUAL_STRIDE;
    static unsigned char data[MOST];
    uint64_t expected = 0;
    size_t n[3] = {0}, size;

    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size = fread(data, 1, sizeof data, file);
    fclose(file);
    assert_in_range(size, 1000, MOST - 1);
    assert_int_equal(reader(path, &expected), 0);
    assert_int_equal(outcome(reader, path, expected), SAME);
    for (size_t at = 0; at < size; at += stride) {
        const unsigned char old = data[at];
        data[at] ^= (unsigned char)(1u << at % 8);
        write_file(path, data, size);
        n[outcome(reader, path, expected)]++;
        data[at] = old;
    }
    for (size_t length = 0; length < size; length += size / 20) { /* and cut short */
        write_file(path, data, length);
        assert_int_equal(outcome(reader, path, expected), REFUSED);
    }
    write_file(path, data, size);
    print_message("%s: %zu bytes flipped of %zu: %zu refused, %zu without effect, %zu other values\n", name,
                  n[REFUSED] + n[SAME] + n[OTHER], size, n[REFUSED], n[SAME], n[OTHER]);
    assert_int_equal(n[OTHER], 0);
    assert_true(n[REFUSED] > 0);
}

static void sweep_copy(const char *name, reader_t *reader)
{
    const char *source = getenv("ENTREPOT_SOURCE");
    char command[1300], path[64] = "/tmp/entrepot-flip-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    snprintf(command, sizeof command, "cp '%s/tests/fuzz/data/%s' %s", source != NULL ? source : ".", name,
             path);
    assert_int_equal(system(command), 0);
    sweep(name, path, reader);
    unlink(path);
}

static void test_flipped_benchmark(void **state)
{
    (void)state;
    sweep_copy("small.h5", read_benchmark);
}

static void test_flipped_results(void **state)
{
    (void)state;
    sweep_copy("results.h5", read_results);
}

static void test_flipped_checkpoint(void **state)
{
    char path[160];
    (void)state;
    snprintf(path, sizeof path, "%s/part-000000.h5", checkpoint_folder);
    sweep("part", path, read_part);
    snprintf(path, sizeof path, "%s/flight-000002-0.h5", checkpoint_folder);
    sweep("flight", path, read_flight);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flipped_benchmark),
        cmocka_unit_test(test_flipped_results),
        cmocka_unit_test_setup_teardown(test_flipped_checkpoint, save, remove_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
