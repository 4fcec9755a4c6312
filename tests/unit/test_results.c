/* The writer and the reader of results files. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "ent_test.h"
#include "fixture_run.h"

#include "io/hdf5_write.h"
#include "io/results_file.h"
#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>

static ent_context_t ctx;

static int setup(void **state)
{
    fixture_run_t *run = malloc(sizeof *run);
    assert_non_null(run);
    ent_context_init(&ctx);
    fixture_run_init(run);
    *state = run;
    return 0;
}

static int teardown(void **state)
{
    fixture_run_free(*state);
    free(*state);
    ent_context_free(&ctx);
    return 0;
}

static double draws_of(int replication, int draw)
{
    return replication + 0.5 * draw;
}

static int write_one(ent_results_t *results, const ent_config_t *config, int scenario, int replication)
{
    double draws[2] = {draws_of(replication, 0), draws_of(replication, 1)};
    ent_trajectory_t trajectory;
    assert_int_equal(ent_trajectory_init(&trajectory, config, &ctx), 0);
    fix_fill(&trajectory, config, scenario, replication);
    int rc = ent_results_write(results, scenario, replication, &trajectory, draws, &ctx);
    ent_trajectory_free(&trajectory);
    return rc;
}

static ent_results_t *create(const fixture_run_t *run, int overwrite)
{
    ent_results_t *results = NULL;
    ent_context_clear(&ctx); /* another command: what the last one read may be replaced */
    assert_int_equal(ent_results_create(&results, run->path, overwrite, &run->config, &run->benchmark, &ctx),
                     0);
    return results;
}

static void write_all(ent_results_t *results, const ent_config_t *config, int backwards)
{
    int n = config->n_scenarios * ent_replication_count(config);
    for (int i = 0; i < n; i++) {
        int k = backwards ? n - 1 - i : i;
        assert_int_equal(write_one(results, config, k % config->n_scenarios, k / config->n_scenarios), 0);
    }
}

static void write_file(const fixture_run_t *run, int overwrite, int backwards)
{
    ent_results_t *results = create(run, overwrite);
    write_all(results, &run->config, backwards);
    assert_int_equal(ent_results_missing(results), 0);
    assert_int_equal(ent_results_finish(results, 1.5, 0, &ctx), 0);
}

static int files_in(const char *folder)
{
    int n = 0;
    DIR *stream = opendir(folder);
    assert_non_null(stream);
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;)
        n += entry->d_name[0] != '.';
    closedir(stream);
    return n;
}

static char *content_of(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *size = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*size + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

static void put_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void check_values(const fixture_run_t *run, const ent_results_file_t *file)
{
    const ent_config_t *config = &run->config;
    for (int f = 0; f < ENT_N_FIELDS; f++) {
        size_t size = ent_field_size((ent_field_id_t)f, FIX_REGIONS, FIX_SECTORS, config->n_flows);
        float *values = malloc(size * FIX_STEPS * sizeof *values);
        assert_non_null(values);
        for (int s = 0; s < 2; s++)
            for (int r = 0; r < file->n_replication; r++) {
                assert_int_equal(ent_results_file_read(file, (ent_field_id_t)f, s, r, values, &ctx), 0);
                for (int t = 0; t < FIX_STEPS; t++)
                    for (size_t c = 0; c < size; c++)
                        assert_true(values[(size_t)t * size + c] == fix_value(f, s, r, t, c));
            }
        free(values);
    }
}

static void values_come_back_in_any_order_of_writing(void **state)
{
    const fixture_run_t *run = *state;
    ent_results_file_t file;
    for (int backwards = 0; backwards < 2; backwards++) {
        write_file(run, 1, backwards);
        assert_int_equal(ent_results_file_open(&file, run->path, &ctx), 0);
        check_values(run, &file);
        for (int r = 0; r < file.n_replication; r++) {
            const hsize_t start[2] = {(hsize_t)r, 0}, count[2] = {1, 2};
            double draws[2];
            assert_int_equal(ent_results_file_block(&file, "draws", 2, start, count, draws, &ctx), 0);
            assert_true(draws[0] == draws_of(r, 0) && draws[1] == draws_of(r, 1));
        }
        ent_results_file_close(&file);
    }
}

static void coordinates_come_back(void **state)
{
    const fixture_run_t *run = *state;
    ent_results_file_t file;
    char *text = NULL;
    write_file(run, 0, 0);
    assert_int_equal(ent_results_file_open(&file, run->path, &ctx), 0);
    assert_int_equal(file.n_scenario, 2);
    assert_string_equal(file.scenario[1], "no-deal");
    assert_int_equal(file.n_replication, FIX_WORLDS + FIX_REPEATS);
    assert_int_equal(file.world[FIX_WORLDS + 1], 1);
    assert_int_equal(file.chance[FIX_WORLDS - 1], 0);
    assert_int_equal(file.chance[FIX_WORLDS], 1);
    assert_int_equal(file.n_time, FIX_STEPS);
    assert_int_equal(file.begin[1], ent_day_of(2025, 2, 1));
    assert_int_equal(file.end[FIX_STEPS - 1], ent_day_of(2027, 1, 1));
    assert_string_equal(file.flow[3], "ROW-USA");
    assert_int_equal(file.flow_origin[3], 2);
    assert_int_equal(file.flow_destination[3], 1);
    assert_string_equal(file.draw[1], "chip boom");
    assert_int_equal(file.home, 0);
    assert_int_equal(file.n_slots, 10000);
    assert_int_equal(ent_results_file_provenance(&file, "config", &text, &ctx), 0);
    assert_string_equal(text, run->config.text);
    free(text);
    assert_int_equal(ent_results_file_provenance(&file, "benchmark_sha256", &text, &ctx), 0);
    assert_string_equal(text, "b0");
    free(text);
    ent_results_file_close(&file);
}

static void benchmark_references_are_annual_flows(void **state)
{
    const fixture_run_t *run = *state;
    ent_results_file_t file;
    double exports[FIX_SECTORS * FIX_FLOWS], revenue[FIX_REGIONS * FIX_SECTORS];
    const hsize_t start[2] = {0, 0}, flows[2] = {FIX_SECTORS, FIX_FLOWS};
    const hsize_t producers[2] = {FIX_REGIONS, FIX_SECTORS};
    write_file(run, 0, 0);
    assert_int_equal(ent_results_file_open(&file, run->path, &ctx), 0);
    assert_int_equal(ent_results_file_block(&file, "benchmark_exports", 2, start, flows, exports, &ctx), 0);
    assert_true(exports[FIX_FLOWS + 3] == run->benchmark.flow[ent_cell(&run->benchmark, 1, 2, 1)]);
    assert_int_equal(ent_results_file_block(&file, "benchmark_revenue", 2, start, producers, revenue, &ctx),
                     0);
    assert_true(revenue[1] == 3.0 * 1000.0 + 9.0 + 10.0 + 11.0);
    ent_results_file_close(&file);
}

static void nothing_is_there_before_the_end(void **state)
{
    const fixture_run_t *run = *state;
    ent_results_t *results = create(run, 0);
    write_all(results, &run->config, 0);
    assert_int_not_equal(access(run->path, F_OK), 0);
    ent_results_abandon(results);
    assert_int_equal(files_in(run->folder), 0);
    ent_results_abandon(NULL);
}

static void existing_file_is_kept_without_overwrite(void **state)
{
    const fixture_run_t *run = *state;
    ent_results_t *results = NULL;
    size_t size;
    put_text(run->path, "mine");
    assert_int_equal(ent_results_create(&results, run->path, 0, &run->config, &run->benchmark, &ctx),
                     ENT_ERR_CANT_CREATE);
    assert_null(results);
    char *bytes = content_of(run->path, &size);
    assert_int_equal(size, 4);
    assert_memory_equal(bytes, "mine", 4);
    free(bytes);
    write_file(run, 1, 0);
    assert_int_equal(files_in(run->folder), 1);
}

static void file_that_appears_during_the_run_is_kept(void **state)
{
    const fixture_run_t *run = *state;
    ent_results_t *results = create(run, 0);
    size_t size;
    write_all(results, &run->config, 0);
    put_text(run->path, "mine");
    assert_int_equal(ent_results_finish(results, 1.0, 0, &ctx), ENT_ERR_CANT_CREATE);
    free(content_of(run->path, &size));
    assert_int_equal(size, 4);
    assert_int_equal(files_in(run->folder), 1);
}

static void impossible_names_are_refused(void **state)
{
    const fixture_run_t *run = *state;
    ent_results_t *results = NULL;
    char path[160];
    put_text(run->path, "a file, no folder");
    snprintf(path, sizeof path, "%s/run.h5", run->path);
    assert_int_equal(ent_results_create(&results, path, 1, &run->config, &run->benchmark, &ctx),
                     ENT_ERR_CANT_CREATE);
    snprintf(path, sizeof path, "%s/no/such/folder.h5", run->folder);
    assert_int_equal(ent_results_create(&results, path, 0, &run->config, &run->benchmark, &ctx),
                     ENT_ERR_CANT_CREATE);
    assert_int_equal(ent_results_create(&results, run->folder, 1, &run->config, &run->benchmark, &ctx),
                     ENT_ERR_CANT_CREATE);
    assert_int_equal(ent_results_create(&results, "/dev/null", 1, &run->config, &run->benchmark, &ctx),
                     ENT_ERR_CANT_CREATE);
    assert_int_equal(ent_results_create(&results, "", 1, &run->config, &run->benchmark, &ctx),
                     ENT_ERR_CANT_CREATE);
}

/* The time stamps of /provenance have a resolution of a second: two runs within one are equal bytes. */
static void equal_runs_make_equal_bytes(void **state)
{
    const fixture_run_t *run = *state;
    int equal = 0;
    if (getenv("ENTREPOT_SLOW") != NULL) {
        skip(); /* under memcheck a file may take more than a second */
    }
    for (int trial = 0; trial < 20 && !equal; trial++) {
        size_t size[2];
        char *bytes[2];
        for (int i = 0; i < 2; i++) {
            write_file(run, 1, 0);
            bytes[i] = content_of(run->path, &size[i]);
        }
        assert_int_equal(size[0], size[1]);
        equal = memcmp(bytes[0], bytes[1], size[0]) == 0;
        free(bytes[0]);
        free(bytes[1]);
    }
    assert_true(equal);
}

static void failed_replications_are_marked_and_missing(void **state)
{
    const fixture_run_t *run = *state;
    ent_results_file_t file;
    float values[FIX_STEPS * FIX_REGIONS];
    ent_results_t *results = create(run, 0);
    for (int r = 0; r < FIX_WORLDS + FIX_REPEATS; r++)
        for (int s = 0; s < 2; s++)
            if (r != 2 || s != 1)
                assert_int_equal(write_one(results, &run->config, s, r), 0);
    assert_int_equal(ent_results_missing(results), 1);
    assert_int_equal(ent_results_finish(results, 1.0, 1, &ctx), 0);
    assert_int_equal(ent_results_file_open(&file, run->path, &ctx), 0);
    assert_int_equal(file.whole[1], 1);
    assert_int_equal(file.whole[2], 0);
    assert_int_equal(ent_results_file_read(&file, ENT_FIELD_tariff_revenue, 1, 2, values, &ctx), 0);
    assert_true(isnan(values[0]));
    ent_results_file_close(&file);
}

static void missing_replications_need_a_reason(void **state)
{
    const fixture_run_t *run = *state;
    ent_results_t *results = create(run, 0);
    assert_int_equal(write_one(results, &run->config, 0, 0), 0);
    assert_int_equal(ent_results_finish(results, 1.0, 0, &ctx), ENT_ERR_BUG);
    assert_int_equal(files_in(run->folder), 0);
}

static void wrong_places_are_bugs(void **state)
{
    fixture_run_t *run = *state;
    ent_trajectory_t trajectory;
    ent_results_t *results = create(run, 0);
    assert_int_equal(ent_trajectory_init(&trajectory, &run->config, &ctx), 0);
    assert_int_equal(ent_results_write(results, 2, 0, &trajectory, NULL, &ctx), ENT_ERR_BUG);
    assert_int_equal(ent_results_write(results, 0, -1, &trajectory, NULL, &ctx), ENT_ERR_BUG);
    trajectory.n_steps--;
    assert_int_equal(ent_results_write(results, 0, 0, &trajectory, NULL, &ctx), ENT_ERR_BUG);
    ent_trajectory_free(&trajectory);
    ent_results_abandon(results);
}

static void runs_without_flows_or_draws_are_written(void **state)
{
    fixture_run_t *run = *state;
    ent_results_file_t file;
    run->config.n_flows = run->config.n_draws = run->config.n_shocks = 0;
    write_file(run, 0, 0);
    assert_int_equal(ent_results_file_open(&file, run->path, &ctx), 0);
    assert_int_equal(file.n_flow, 0);
    assert_false(ent_results_file_has(&file, ENT_FIELD_exports));
    assert_true(ent_results_file_has(&file, ENT_FIELD_revenue));
    ent_results_file_close(&file);
}

static void expect_data_fault(const fixture_run_t *run, const char *words)
{
    ent_results_file_t file;
    ent_context_clear(&ctx);
    assert_int_equal(ent_results_file_open(&file, run->path, &ctx), ENT_ERR_DATA);
    assert_int_equal(ctx.n_faults, 1);
    assert_non_null(strstr(ctx.faults[0].rule, words));
    ent_results_file_close(&file);
}

static void damaged_files_are_named(void **state)
{
    const fixture_run_t *run = *state;
    ent_results_file_t file;
    size_t size;
    assert_int_equal(ent_results_file_open(&file, run->path, &ctx), ENT_ERR_NO_INPUT);
    put_text(run->path, "no HDF5 at all");
    expect_data_fault(run, "no HDF5 file");
    write_file(run, 1, 0);
    free(content_of(run->path, &size));
    assert_int_equal(truncate(run->path, (off_t)(size / 2)), 0);
    expect_data_fault(run, "without Entrepot's seal");
    write_file(run, 1, 0);
    hid_t id = H5Fopen(run->path, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(H5Adelete(id, "complete") >= 0);
    H5Fclose(id);
    seal_again(run->path);
    expect_data_fault(run, "completion mark");
    id = H5Fcreate(run->path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(id);
    seal_again(run->path);
    expect_data_fault(run, "no Entrepot results");
}

/* A limit on file sizes stands in for a full disk, which needs a file system of its own. */
static void full_disk_leaves_nothing(void **state)
{
    const fixture_run_t *run = *state;
    struct rlimit free_size, limit;
    ent_results_t *results = NULL;
    int rc = 0;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &free_size), 0);
    limit = free_size;
    limit.rlim_cur = 1 << 16;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(ent_results_create(&results, run->path, 0, &run->config, &run->benchmark, &ctx),
                     ENT_ERR_IO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &free_size), 0);
    results = create(run, 0);
    limit.rlim_cur = 1 << 17;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    for (int r = 0; r < FIX_WORLDS + FIX_REPEATS && rc == 0; r++)
        rc = write_one(results, &run->config, 0, r);
    assert_int_equal(rc, ENT_ERR_IO);
    assert_int_equal(write_one(results, &run->config, 1, 0), ENT_ERR_IO);
    assert_int_equal(ent_results_finish(results, 1.0, 0, &ctx), ENT_ERR_IO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &free_size), 0);
    assert_int_equal(files_in(run->folder), 0);
}

static void claimed_trajectories_are_counted(void **state)
{
    const fixture_run_t *run = *state;
    signed char whole[FIX_WORLDS + FIX_REPEATS];
    ent_results_t *results = create(run, 0);
    for (int r = 0; r < FIX_WORLDS; r++)
        for (int s = 0; s < 2; s++)
            assert_int_equal(write_one(results, &run->config, s, r), 0);
    assert_int_equal(ent_results_finish(results, 1.0, FIX_REPEATS, &ctx), 0);
    memset(whole, 1, sizeof whole);
    hid_t id = H5Fopen(run->path, H5F_ACC_RDWR, H5P_DEFAULT);
    hid_t dataset = H5Dopen2(id, "replication_status", H5P_DEFAULT);
    assert_true(H5Dwrite(dataset, H5T_NATIVE_SCHAR, H5S_ALL, H5S_ALL, H5P_DEFAULT, whole) >= 0);
    H5Dclose(dataset);
    H5Fclose(id);
    seal_again(run->path);
    expect_data_fault(run, "lacks trajectories");
}

/* ---- files that are whole and say what cannot be ---- */

static void forge_text(hid_t file, const char *name, const char *text)
{
    if (H5Aexists(file, name) > 0)
        (void)H5Adelete(file, name);
    assert_int_equal(ent_hdf5_text_attribute(file, name, text), 0);
}

static void forge_integer(hid_t file, const char *name, long long value)
{
    if (H5Aexists(file, name) > 0)
        (void)H5Adelete(file, name);
    assert_int_equal(ent_hdf5_integer_attribute(file, name, value), 0);
}

/* All of a data set of integers. */
static void forge_integers(hid_t file, const char *name, int value)
{
    hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    hid_t space = H5Dget_space(dataset);
    const hssize_t n = H5Sget_simple_extent_npoints(space);
    int *values = malloc((size_t)n * sizeof *values);
    assert_non_null(values);
    for (hssize_t i = 0; i < n; i++)
        values[i] = value;
    assert_true(H5Dwrite(dataset, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    free(values);
    H5Sclose(space);
    H5Dclose(dataset);
}

static void forge_names(hid_t file, const char *name, const char *text)
{
    const char *names[16];
    hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    for (size_t i = 0; i < 16; i++)
        names[i] = text;
    assert_int_equal(ent_hdf5_write(dataset, ENT_WRITTEN_TEXTS, names), 0);
    H5Dclose(dataset);
}

static void drop(hid_t file, const char *name)
{
    assert_true(H5Ldelete(file, name, H5P_DEFAULT) >= 0);
}

static void impossible_contents_are_refused(void **state)
{
    static const struct {
        char
            kind; /* t: text attribute, i: integer attribute, d: data set of integers, n: of names, x: none */
        const char *name, *text;
        int value;
        const char *words;
    } cases[] = {
        {'t', "format", "others", 0, "no Entrepot results file"},
        {'i', "format_version", NULL, 99, "of format version 99"},
        {'i', "format_version", NULL, -1, "no Entrepot results file"},
        {'i', "complete", NULL, 0, "no completion mark"},
        {'i', "n_worlds", NULL, 7, "are not its"},
        {'i', "n_worlds", NULL, -7, "damaged coordinates"},
        {'i', "steps_per_year", NULL, 0, "are not its"},
        {'t', "home_region", "MARS", 0, "damaged coordinates"},
        {'t', "negotiation_sides", "KOR", 0, "damaged coordinates"},
        {'t', "negotiation_sides", "MARS|KOR", 0, "damaged coordinates"},
        {'t', "negotiation_sides", "KOR|MARS", 0, "damaged coordinates"},
        {'d', "world", NULL, -1, "there is no such"},
        {'d', "world", NULL, 99, "there is no such"},
        {'d', "chance", NULL, -1, "there is no such"},
        {'d', "chance", NULL, 2, "there is no such"},
        {'d', "time_bounds", NULL, 5, "damaged coordinates"},
        {'d', "time_bounds", NULL, -2000000, "damaged coordinates"},
        {'d', "time_bounds", NULL, 2000000, "damaged coordinates"},
        {'n', "flow_origin", "MARS", 0, "damaged coordinates"},
        {'n', "flow_destination", "MARS", 0, "damaged coordinates"},
        {'x', "scenario", NULL, 0, "damaged coordinates"},
        {'x', "sector_name", NULL, 0, "damaged coordinates"},
        {'x', "world", NULL, 0, "damaged coordinates"},
        {'x', "time_bounds", NULL, 0, "damaged coordinates"},
        {'x', "draw_unit", NULL, 0, "damaged coordinates"},
        {'x', "flow_origin", NULL, 0, "damaged coordinates"},
    };
    fixture_run_t *run = *state;
    run->config.n_worlds = run->config.n_repeats = 1;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_file(run, 1, 0);
        hid_t file = H5Fopen(run->path, H5F_ACC_RDWR, H5P_DEFAULT);
        switch (cases[i].kind) {
        case 't':
            forge_text(file, cases[i].name, cases[i].text);
            break;
        case 'i':
            forge_integer(file, cases[i].name, cases[i].value);
            break;
        case 'd':
            forge_integers(file, cases[i].name, cases[i].value);
            break;
        case 'n':
            forge_names(file, cases[i].name, cases[i].text);
            break;
        default:
            drop(file, cases[i].name);
        }
        H5Fclose(file);
        seal_again(run->path);
        expect_data_fault(run, cases[i].words);
    }
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(values_come_back_in_any_order_of_writing),
        CASE(coordinates_come_back),
        CASE(benchmark_references_are_annual_flows),
        CASE(nothing_is_there_before_the_end),
        CASE(existing_file_is_kept_without_overwrite),
        CASE(file_that_appears_during_the_run_is_kept),
        CASE(impossible_names_are_refused),
        CASE(equal_runs_make_equal_bytes),
        CASE(failed_replications_are_marked_and_missing),
        CASE(missing_replications_need_a_reason),
        CASE(wrong_places_are_bugs),
        CASE(runs_without_flows_or_draws_are_written),
        CASE(damaged_files_are_named),
        CASE(full_disk_leaves_nothing),
        CASE(claimed_trajectories_are_counted),
        CASE(impossible_contents_are_refused),
    };
    return cmocka_run_group_tests_name("results", tests, NULL, NULL);
}
