/* One byte of a benchmark or results file changed, at place after place: the file is refused, or gives the
 * same values; never a crash, never another number. ENTREPOT_FLIP_STRIDE is the distance of the places (199).
 * Each is read by a child. */
#include "ent_test.h"

#include "base/hash.h"
#include "io/results_file.h"
#include <entrepot/benchmark.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static void sweep(const char *name, reader_t *reader)
{
    const char *source = getenv("ENTREPOT_SOURCE"), *asked = getenv("ENTREPOT_FLIP_STRIDE");
    const size_t stride = asked != NULL && atoi(asked) > 0 ? (size_t)atoi(asked) : USUAL_STRIDE;
    char from[1024], path[64] = "/tmp/entrepot-flip-XXXXXX";
    static unsigned char data[MOST];
    uint64_t expected = 0;
    size_t n[3] = {0}, size;

    snprintf(from, sizeof from, "%s/tests/fuzz/data/%s", source != NULL ? source : ".", name);
    FILE *file = fopen(from, "rb");
    assert_non_null(file);
    size = fread(data, 1, sizeof data, file);
    fclose(file);
    assert_in_range(size, 1000, MOST - 1);
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    write_file(path, data, size);
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
    unlink(path);
    print_message("%s: %zu bytes flipped of %zu: %zu refused, %zu without effect, %zu other values\n", name,
                  n[REFUSED] + n[SAME] + n[OTHER], size, n[REFUSED], n[SAME], n[OTHER]);
    assert_int_equal(n[OTHER], 0);
    assert_true(n[REFUSED] > 0);
}

static void test_flipped_benchmark(void **state)
{
    (void)state;
    sweep("small.h5", read_benchmark);
}

static void test_flipped_results(void **state)
{
    (void)state;
    sweep("results.h5", read_results);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flipped_benchmark),
        cmocka_unit_test(test_flipped_results),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
