/* The benchmark: the shipped file is sound, aggregation keeps what it must, every damage is named. */
#include "ent_test.h"

#include <entrepot/benchmark.h>

#include <hdf5.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char shipped[] = "data/benchmark-2022.h5";

typedef struct {
    ent_context_t ctx;
    ent_benchmark_t fine;
} fixture_t;

static int setup(void **state)
{
    static fixture_t fixture;
    ent_context_init(&fixture.ctx);
    *state = &fixture;
    return ent_benchmark_read(&fixture.fine, shipped, &fixture.ctx);
}

static int teardown(void **state)
{
    fixture_t *fixture = *state;
    ent_benchmark_free(&fixture->fine);
    ent_benchmark_free(&fixture->fine);
    ent_context_free(&fixture->ctx);
    return 0;
}

static double total(const double *values, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += values[i];
    }
    return sum;
}

static size_t cells(const ent_benchmark_t *b)
{
    return (size_t)b->n_sector * (size_t)b->n_region * (size_t)b->n_region;
}

static void shipped_file_balances(void **state)
{
    const ent_benchmark_t *b = &((fixture_t *)*state)->fine;
    int region = -1, sector = -1;
    assert_int_equal(b->n_region, 81);
    assert_int_equal(b->n_sector, 28);
    assert_int_equal(strlen(b->sha256), 64);
    assert_true(ent_benchmark_imbalance(b, &region, &sector) < 1e-9);
}

/* Every third economy to group 0, the rest to 1; sectors in five groups. */
static void coarse_of(fixture_t *fixture, ent_benchmark_t *coarse, int n_region, int n_sector)
{
    static const char *const region[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    int region_map[128], sector_map[128];
    for (int i = 0; i < fixture->fine.n_region; i++) {
        region_map[i] = i % n_region;
    }
    for (int i = 0; i < fixture->fine.n_sector; i++) {
        sector_map[i] = i % n_sector;
    }
    assert_int_equal(ent_benchmark_aggregate(&fixture->fine, n_region, region_map, region, n_sector,
                                             sector_map, region, coarse, &fixture->ctx),
                     0);
}

static void aggregation_keeps_flows_and_expenditure(void **state)
{
    fixture_t *fixture = *state;
    const ent_benchmark_t *fine = &fixture->fine;
    ent_benchmark_t coarse;
    coarse_of(fixture, &coarse, 3, 5);
    assert_close(total(coarse.flow, cells(&coarse)), total(fine->flow, cells(fine)), 1e-12);
    assert_close(total(coarse.final_demand, 15), total(fine->final_demand, 81 * 28), 1e-12);
    for (int r = 0; r < 3; r++) {
        for (int s = 0; s < 5; s++) {
            double expected = 0.0;
            for (int d = r; d < fine->n_region; d += 3) {
                for (int k = s; k < fine->n_sector; k += 5) {
                    expected += ent_benchmark_expenditure(fine, d, k);
                }
            }
            assert_close(ent_benchmark_expenditure(&coarse, r, s), expected, 1e-12);
        }
    }
    ent_benchmark_free(&coarse);
}

static void aggregate_balances_too(void **state)
{
    ent_benchmark_t coarse;
    coarse_of(*state, &coarse, 3, 5);
    assert_true(ent_benchmark_imbalance(&coarse, NULL, NULL) < 1e-9);
    ent_benchmark_free(&coarse);
    coarse_of(*state, &coarse, 1, 1);
    assert_true(ent_benchmark_imbalance(&coarse, NULL, NULL) < 1e-9);
    ent_benchmark_free(&coarse);
}

static void identity_aggregation_changes_nothing(void **state)
{
    fixture_t *fixture = *state;
    const ent_benchmark_t *fine = &fixture->fine;
    ent_benchmark_t same;
    int map[128];
    for (int i = 0; i < 128; i++) {
        map[i] = i;
    }
    assert_int_equal(ent_benchmark_aggregate(fine, fine->n_region, map, (const char *const *)fine->region,
                                             fine->n_sector, map, (const char *const *)fine->sector, &same,
                                             &fixture->ctx),
                     0);
    for (size_t i = 0; i < cells(fine); i++) {
        assert_close(same.flow[i], fine->flow[i], 0.0);
        assert_close(same.tariff[i], fine->tariff[i], 1e-14);
        assert_close(same.freight[i], fine->freight[i], 1e-14);
    }
    for (size_t i = 0; i < 81 * 28; i++) {
        assert_close(same.value_added_share[i], fine->value_added_share[i], 1e-14);
    }
    ent_benchmark_free(&same);
}

static void aggregates_of_rates_lie_between_their_members(void **state)
{
    fixture_t *fixture = *state;
    const ent_benchmark_t *fine = &fixture->fine;
    ent_benchmark_t coarse;
    coarse_of(fixture, &coarse, 3, 5);
    for (int set = 0; set < fine->n_elasticity_set; set++) {
        for (int s = 0; s < 5; s++) {
            double low = 1e300, high = 0.0, value = coarse.elasticity[set * 5 + s];
            for (int k = s; k < fine->n_sector; k += 5) {
                low = fmin(low, fine->elasticity[set * fine->n_sector + k]);
                high = fmax(high, fine->elasticity[set * fine->n_sector + k]);
            }
            assert_true(value >= low * (1 - 1e-12) && value <= high * (1 + 1e-12));
        }
    }
    ent_benchmark_free(&coarse);
}

static void empty_group_is_a_fault(void **state)
{
    fixture_t *fixture = *state;
    const char *const names[] = {"a", "b"};
    ent_benchmark_t coarse;
    int map[128] = {0};
    assert_int_equal(
        ent_benchmark_aggregate(&fixture->fine, 2, map, names, 1, map, names, &coarse, &fixture->ctx),
        ENT_ERR_CONFIG);
    map[3] = 7;
    assert_int_equal(
        ent_benchmark_aggregate(&fixture->fine, 1, map, names, 1, map, names, &coarse, &fixture->ctx),
        ENT_ERR_CONFIG);
}

/* ---- damaged files ---- */

typedef struct {
    char path[64];
    hid_t file;
} copy_t;

static void copy_open(copy_t *copy)
{
    char buffer[65536];
    size_t n;
    snprintf(copy->path, sizeof copy->path, "/tmp/ent_benchmark_XXXXXX");
    int descriptor = mkstemp(copy->path);
    FILE *from = fopen(shipped, "rb"), *to = fdopen(descriptor, "wb");
    assert_non_null(from);
    assert_non_null(to);
    while ((n = fread(buffer, 1, sizeof buffer, from)) > 0) {
        assert_int_equal(fwrite(buffer, 1, n, to), n);
    }
    fclose(from);
    fclose(to);
    copy->file = H5Fopen(copy->path, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(copy->file >= 0);
}

static void set_value(const copy_t *copy, const char *name, int rank, const hsize_t *at, double value)
{
    hid_t dataset = H5Dopen2(copy->file, name, H5P_DEFAULT), file_space = H5Dget_space(dataset);
    hsize_t one[3] = {1, 1, 1};
    hid_t memory = H5Screate_simple(rank, one, NULL);
    assert_true(H5Sselect_hyperslab(file_space, H5S_SELECT_SET, at, NULL, one, NULL) >= 0);
    assert_true(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, memory, file_space, H5P_DEFAULT, &value) >= 0);
    H5Sclose(memory);
    H5Sclose(file_space);
    H5Dclose(dataset);
}

/* Close the copy, read it, expect the code and a fault that holds both words; remove it. */
static void expect_refused(copy_t *copy, int code, const char *key, const char *rule)
{
    ent_context_t ctx;
    ent_benchmark_t b;
    int found = 0;
    ent_context_init(&ctx);
    if (copy->file >= 0) {
        H5Fclose(copy->file);
        seal_again(copy->path);
    }
    assert_int_equal(ent_benchmark_read(&b, copy->path, &ctx), code);
    for (size_t i = 0; i < ctx.n_faults; i++) {
        const ent_fault_t *fault = &ctx.faults[i];
        found += (key == NULL || (fault->key != NULL && strstr(fault->key, key) != NULL)) &&
                 strstr(fault->rule, rule) != NULL && strcmp(fault->file, copy->path) == 0;
    }
    if (found == 0) {
        ent_context_print(&ctx, stderr);
    }
    assert_true(found > 0);
    assert_null(b.flow);
    unlink(copy->path);
    ent_context_free(&ctx);
}

static void values_that_cannot_be_are_named(void **state)
{
    static const hsize_t at[3] = {2, 5, 7};
    static const struct {
        const char *name;
        int rank;
        double value;
    } wrong[] = {{"flow", 3, -1.0},
                 {"flow", 3, NAN},
                 {"tariff", 3, -0.1},
                 {"freight", 3, NAN},
                 {"input_coefficient", 3, -1.0},
                 {"final_demand", 2, -5.0},
                 {"elasticity", 2, 0.0},
                 {"collection_wedge", 2, 2.0},
                 {"value_added_share", 2, INFINITY}};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        copy_t copy;
        copy_open(&copy);
        set_value(&copy, wrong[i].name, wrong[i].rank, at, wrong[i].value);
        expect_refused(&copy, ENT_ERR_DATA, wrong[i].rank == 3 ? "[2,5,7]" : "[2,5]", "1 such value");
    }
}

static void imbalance_is_named(void **state)
{
    copy_t copy;
    (void)state;
    copy_open(&copy);
    set_value(&copy, "final_demand", 2, (hsize_t[]){3, 4}, 1e9);
    expect_refused(&copy, ENT_ERR_DATA, NULL, "supply and use differ");
}

static void missing_parts_are_named_all_at_once(void **state)
{
    copy_t copy;
    (void)state;
    copy_open(&copy);
    assert_true(H5Ldelete(copy.file, "freight", H5P_DEFAULT) >= 0);
    assert_true(H5Ldelete(copy.file, "elasticity", H5P_DEFAULT) >= 0);
    expect_refused(&copy, ENT_ERR_DATA, "freight", "missing");
    copy_open(&copy);
    assert_true(H5Ldelete(copy.file, "elasticity", H5P_DEFAULT) >= 0);
    assert_true(H5Ldelete(copy.file, "freight", H5P_DEFAULT) >= 0);
    expect_refused(&copy, ENT_ERR_DATA, "elasticity", "missing");
    copy_open(&copy);
    assert_true(H5Ldelete(copy.file, "complete", H5P_DEFAULT) >= 0);
    expect_refused(&copy, ENT_ERR_DATA, "complete", "not written to its end");
}

static void wrong_shape_is_named(void **state)
{
    copy_t copy;
    (void)state;
    copy_open(&copy);
    assert_true(H5Ldelete(copy.file, "tariff", H5P_DEFAULT) >= 0);
    assert_true(H5Lcopy(copy.file, "input_coefficient", copy.file, "tariff", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    expect_refused(&copy, ENT_ERR_DATA, "tariff", "entries");
    copy_open(&copy);
    assert_true(H5Ldelete(copy.file, "flow", H5P_DEFAULT) >= 0);
    assert_true(H5Lcopy(copy.file, "final_demand", copy.file, "flow", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    expect_refused(&copy, ENT_ERR_DATA, "flow", "3 dimensions");
}

static void other_files_are_told_apart(void **state)
{
    copy_t copy;
    (void)state;
    copy_open(&copy);
    assert_true(H5Adelete(copy.file, "entrepot_format") >= 0);
    expect_refused(&copy, ENT_ERR_DATA, "entrepot_format", "no benchmark");
    copy_open(&copy);
    H5Fclose(copy.file);
    copy.file = H5I_INVALID_HID;
    assert_int_equal(truncate(copy.path, 100000), 0);
    expect_refused(&copy, ENT_ERR_DATA, NULL, "without Entrepot's seal");
    copy_open(&copy);
    H5Fclose(copy.file);
    copy.file = H5I_INVALID_HID;
    assert_int_equal(truncate(copy.path, 4), 0);
    expect_refused(&copy, ENT_ERR_DATA, NULL, "no HDF5 file");
    snprintf(copy.path, sizeof copy.path, "/tmp/ent_no_such_file.h5");
    expect_refused(&copy, ENT_ERR_NO_INPUT, NULL, "cannot be opened");
    snprintf(copy.path, sizeof copy.path, "/tmp");
    ent_context_t ctx;
    ent_benchmark_t b;
    ent_context_init(&ctx);
    assert_int_equal(ent_benchmark_read(&b, copy.path, &ctx), ENT_ERR_NO_INPUT);
    ent_context_free(&ctx);
}

static void silence_is_given_back(void **state)
{
    ent_context_t ctx;
    ent_benchmark_t b;
    H5E_auto2_t before, after;
    void *data;
    (void)state;
    ent_context_init(&ctx);
    assert_true(H5Eget_auto2(H5E_DEFAULT, &before, &data) >= 0);
    (void)ent_benchmark_read(&b, "/tmp/ent_no_such_file.h5", &ctx);
    assert_true(H5Eget_auto2(H5E_DEFAULT, &after, &data) >= 0);
    assert_true(before == after);
    ent_context_free(&ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_file_balances),
        cmocka_unit_test(aggregation_keeps_flows_and_expenditure),
        cmocka_unit_test(aggregate_balances_too),
        cmocka_unit_test(identity_aggregation_changes_nothing),
        cmocka_unit_test(aggregates_of_rates_lie_between_their_members),
        cmocka_unit_test(empty_group_is_a_fault),
        cmocka_unit_test(values_that_cannot_be_are_named),
        cmocka_unit_test(imbalance_is_named),
        cmocka_unit_test(missing_parts_are_named_all_at_once),
        cmocka_unit_test(wrong_shape_is_named),
        cmocka_unit_test(other_files_are_told_apart),
        cmocka_unit_test(silence_is_given_back),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
