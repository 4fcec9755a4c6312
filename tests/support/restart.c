#include "base/input.h"
#include "restart.h"

#include "ent_test.h"
#include "io/results_file.h"
#include "io/seal.h"

#include <entrepot/run.h>

#include <fcntl.h>
#include <hdf5.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a run is made of; `settings` are of the form key, value, ..., NULL. */
typedef struct {
    const char *name, *config;
    const char *settings[20];
} kind_t;

static const kind_t kinds[] = {
    {"fixed",
     "configs/two-by-two.yaml",
     {"slots", "1000", "steps", "6", "burn_in", "2", "replications", "2", "repeats", "1",
      "regimes.tariff.measures[0].announced", "2025-02-01", "regimes.tariff.measures[0].effective",
      "2025-04-01", NULL}},
    {"held",
     "configs/two-by-two.yaml",
     {"slots", "1000", "steps", "6", "burn_in", "2", "replications", "2", "repeats", "1", "beliefs",
      "{resolved: 2025-05-01, signals: [{date: 2025-01-01, tariff: 0.4, no-tariff: 0.6}]}", "scenarios",
      "[{name: held, regime: tariff, beliefs: held}, no-tariff]", NULL}},
    {"negotiated",
     "configs/korea-us-talks.yaml",
     {"slots", "1500", "steps", "8", "burn_in", "2", "replications", "2", "repeats", "1",
      "regimes.full-deal.purchases[0].displaced", "1", "mechanisms", "{}", NULL}},
};
static const char *const closures[] = {"partial", "general"};

typedef struct {
    ent_config_t config;
    ent_benchmark_t fine;
    ent_model_t *model;
    ent_context_t ctx;
    char results[128], again[128], folder[128];
} run_t;

static void run_init(run_t *run, const kind_t *kind, const char *closure, const char *place)
{
    ent_setting_t settings[12] = {{"closure", closure}};
    int n = 1;
    for (int i = 0; kind->settings[i] != NULL; i += 2) {
        settings[n++] = (ent_setting_t){kind->settings[i], kind->settings[i + 1]};
    }
    ent_context_init(&run->ctx);
    if (ent_config_read(&run->config, &run->fine, kind->config, n, settings, &run->ctx) != 0 ||
        ent_model_init(&run->model, &run->config, &run->fine, &run->ctx) != 0) {
        ent_context_print(&run->ctx, stderr);
        fail_msg("%s, %s", kind->name, closure);
    }
    snprintf(run->results, sizeof run->results, "%s/whole.h5", place);
    snprintf(run->again, sizeof run->again, "%s/again.h5", place);
    snprintf(run->folder, sizeof run->folder, "%s/again.h5.checkpoint", place);
}

static void run_free(run_t *run)
{
    ent_model_free(run->model);
    ent_config_free(&run->config);
    ent_benchmark_free(&run->fine);
    ent_context_free(&run->ctx);
}

/* Counts polls; asks for one save, then stops at one of them. */
typedef struct {
    int n, stop_at, saves;
} counter_t;

static int count_poll(void *data)
{
    counter_t *counter = data;
    int n;
#pragma omp atomic capture
    n = ++counter->n;
    return counter->stop_at > 0 && n >= counter->stop_at ? ENT_POLL_STOP : counter->saves;
}

static int play(run_t *run, const char *path, int n_threads, counter_t *counter, ent_checkpoint_t *checkpoint)
{
    const ent_run_options_t options = {.n_threads = n_threads,
                                       .split_agents = n_threads == 3 ? 1 : -1,
                                       .poll = count_poll,
                                       .poll_data = counter,
                                       .checkpoint = checkpoint};
    ent_results_t *results = NULL;
    ent_benchmark_t benchmark = *ent_model_benchmark(run->model);
    memcpy(benchmark.sha256, run->fine.sha256, sizeof benchmark.sha256);
    ent_input_forget(&run->ctx, path); /* read by a comparison before */
    assert_int_equal(ent_results_create(&results, path, 1, &run->config, &benchmark, &run->ctx), 0);
    const int code = ent_run(run->model, &options, results, &run->ctx);
    if (code != 0) {
        ent_results_abandon(results);
        return code;
    }
    return ent_results_finish(results, 0.0, 0, &run->ctx);
}

static void compare(run_t *run, const char *what)
{
    ent_results_file_t a, b;
    assert_int_equal(ent_results_file_open(&a, run->results, &run->ctx), 0);
    assert_int_equal(ent_results_file_open(&b, run->again, &run->ctx), 0);
    for (int f = 0; f < ENT_N_FIELDS; f++) {
        const size_t size = ent_field_size((ent_field_id_t)f, a.n_region, a.n_sector, a.n_flow) *
                            (size_t)a.n_time * sizeof(float);
        if (size == 0 || !ent_results_file_has(&a, (ent_field_id_t)f)) {
            continue;
        }
        float *x = malloc(size), *y = malloc(size);
        assert_true(x != NULL && y != NULL);
        for (int s = 0; s < a.n_scenario; s++) {
            for (int r = 0; r < a.n_replication; r++) {
                assert_int_equal(ent_results_file_read(&a, (ent_field_id_t)f, s, r, x, &run->ctx), 0);
                assert_int_equal(ent_results_file_read(&b, (ent_field_id_t)f, s, r, y, &run->ctx), 0);
                if (memcmp(x, y, size) != 0) {
                    fail_msg("%s: %s differs in scenario %d, replication %d", what, ent_field_table()[f].name,
                             s, r);
                }
            }
        }
        free(x);
        free(y);
    }
    ent_results_file_close(&a);
    ent_results_file_close(&b);
}

/* Stop at the poll given, go on with another number of threads, compare. */
static void restart(run_t *run, int stop_at, int before, int after, const char *what)
{
    ent_checkpoint_t *checkpoint;
    counter_t counter = {.stop_at = stop_at};
    assert_int_equal(ent_checkpoint_open(&checkpoint, run->folder, &run->config, &run->ctx), 0);
    const int code = play(run, run->again, before, &counter, checkpoint);
    ent_checkpoint_close(checkpoint);
    assert_true(code == ENT_ERR_STOPPED || code == 0);
    ent_context_clear(&run->ctx);
    if (code == ENT_ERR_STOPPED) {
        counter = (counter_t){0};
        assert_int_equal(ent_checkpoint_open(&checkpoint, run->folder, &run->config, &run->ctx), 0);
        assert_true(ent_checkpoint_flights(checkpoint) + ent_checkpoint_whole(checkpoint) > 0);
        if (play(run, run->again, after, &counter, checkpoint) != 0) {
            ent_context_print(&run->ctx, stderr);
            fail_msg("%s did not go on", what);
        }
        assert_int_equal(ent_checkpoint_damaged(checkpoint), 0); /* none was played again instead */
        assert_int_equal(ent_checkpoint_remove(checkpoint, &run->ctx), 0);
        ent_checkpoint_close(checkpoint);
    } else {
        (void)ent_checkpoint_clear(run->folder, &run->ctx);
    }
    compare(run, what);
}

/* Make the state of a replication in flight one that no engine writes, under a seal that is whole. */
static void forge(const run_t *run, int turn)
{
    char path[256], bytes[86]; /* length of a seal */
    struct stat status;
    ent_context_t ctx;
    snprintf(path, sizeof path, "%s/flight-000000-%d.h5", run->folder, turn);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(truncate(path, status.st_size - (off_t)sizeof bytes), 0);
    const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT), set = H5Dopen2(file, "state", H5P_DEFAULT),
                space = H5Dget_space(set);
    const size_t n = (size_t)H5Sget_simple_extent_npoints(space);
    unsigned char *state = malloc(n);
    assert_non_null(state);
    memset(state, 0xff, n);
    assert_true(H5Dwrite(set, H5T_NATIVE_UCHAR, H5S_ALL, H5S_ALL, H5P_DEFAULT, state) >= 0);
    free(state);
    H5Sclose(space);
    H5Dclose(set);
    H5Fclose(file);
    const int fd = open(path, O_RDWR);
    ent_context_init(&ctx);
    assert_int_equal(ent_seal_add(fd, path, &ctx), 0);
    ent_context_free(&ctx);
    close(fd);
}

/* Stop a run that has saved twice, forge one or both generations, go on; the polls that were played again. */
static int go_on_from_forged(run_t *run, int n_forged)
{
    ent_checkpoint_t *checkpoint;
    counter_t counter = {.stop_at = 4, .saves = 1};
    assert_int_equal(ent_checkpoint_open(&checkpoint, run->folder, &run->config, &run->ctx), 0);
    assert_int_equal(play(run, run->again, 1, &counter, checkpoint), ENT_ERR_STOPPED);
    ent_checkpoint_close(checkpoint);
    ent_context_clear(&run->ctx);
    for (int turn = 1; turn > 1 - n_forged; turn--) {
        forge(run, turn);
    }
    counter = (counter_t){0};
    assert_int_equal(ent_checkpoint_open(&checkpoint, run->folder, &run->config, &run->ctx), 0);
    assert_int_equal(play(run, run->again, 1, &counter, checkpoint), 0);
    assert_int_equal(ent_checkpoint_damaged(checkpoint), n_forged);
    assert_int_equal(ent_checkpoint_remove(checkpoint, &run->ctx), 0);
    ent_checkpoint_close(checkpoint);
    compare(run, "gone on from a forged checkpoint");
    return counter.n;
}

void ent_restart_forged(void)
{
    char place[] = "/tmp/ent_forged_XXXXXX";
    run_t run = {0};
    counter_t counter = {0};
    assert_non_null(mkdtemp(place));
    run_init(&run, &kinds[0], closures[0], place);
    assert_int_equal(play(&run, run.results, 1, &counter, NULL), 0);
    const int all = counter.n + ent_replication_count(&run.config); /* one more when each is handed in */
    assert_int_equal(go_on_from_forged(&run, 0), all - 4);
    assert_int_equal(go_on_from_forged(&run, 1), all - 1); /* the older generation */
    assert_int_equal(go_on_from_forged(&run, 2), all);     /* from the beginning */
    unlink(run.results);
    unlink(run.again);
    run_free(&run);
    rmdir(place);
}

int ent_restart_matrix(int stride)
{
    char place[] = "/tmp/ent_restart_XXXXXX", what[128];
    int n = 0;
    assert_non_null(mkdtemp(place));
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        for (size_t c = 0; c < 2; c++) {
            run_t run = {0};
            counter_t counter = {0};
            run_init(&run, &kinds[k], closures[c], place);
            assert_int_equal(play(&run, run.results, 1, &counter, NULL), 0);
            const int n_polls = counter.n;
            for (int at = 1 + (int)(k + c) % stride; at <= n_polls; at += stride) {
                const int before = 1 + n % 3, after = 1 + (n / 3 + 1) % 3;
                snprintf(what, sizeof what, "%s, %s closure, stopped at poll %d of %d, %d then %d threads",
                         kinds[k].name, closures[c], at, n_polls, before, after);
                restart(&run, at, before, after, what);
                n++;
            }
            unlink(run.results);
            unlink(run.again);
            run_free(&run);
        }
    }
    rmdir(place);
    return n;
}
