/* Reading a benchmark file (HDF5). Written to be pointed at anything: every return is checked, every fault is
 * named, and as many as can be found are reported at once. */
#include <entrepot/benchmark.h>

#include "base/hash.h"
#include "base/memory.h"
#include "io/benchmark_tables.h"
#include "io/hdf5_tools.h"
#include "io/seal.h"
#include "io/vet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char format_name[] = "entrepot-benchmark";
enum { FORMAT_VERSION = 1, MAX_LABELS = 4096, MAX_RANK = ENT_TABLE_MAX_RANK };

typedef struct {
    const char *path;
    hid_t file;
    ent_context_t *ctx;
    const ent_benchmark_t *labels; /* whose labels are read already; NULL: none yet */
} source_t;

static int fault(const source_t *source, const char *name, const char *rule)
{
    return ent_fault(source->ctx, ENT_ERR_DATA, source->path, 0, 0, name, NULL, NULL, "%s", rule);
}

/* Open a dataset and check rank and extents; want[i] == 0 takes any extent and returns it. Negative: fault.
 */
static hid_t open_dataset(const source_t *source, const char *name, int rank, hsize_t *want)
{
    hsize_t extent[MAX_RANK] = {0};
    if (H5Lexists(source->file, name, H5P_DEFAULT) <= 0) {
        (void)fault(source, name, "the data set is missing");
        return H5I_INVALID_HID;
    }
    hid_t dataset = H5Dopen2(source->file, name, H5P_DEFAULT);
    if (dataset < 0) {
        (void)fault(source, name, "the data set cannot be opened: the file is damaged");
        return H5I_INVALID_HID;
    }
    if (ent_hdf5_extent(dataset, rank, extent) != rank) {
        (void)ent_fault(source->ctx, ENT_ERR_DATA, source->path, 0, 0, name, NULL, NULL,
                        "must have %d dimensions", rank);
        (void)ent_hdf5_close(&dataset);
    }
    for (int i = 0; dataset >= 0 && i < rank; i++) {
        if (want[i] != 0 && want[i] != extent[i]) {
            (void)ent_fault(source->ctx, ENT_ERR_DATA, source->path, 0, 0, name, NULL, NULL,
                            "dimension %d has %llu entries, not %llu", i, (unsigned long long)extent[i],
                            (unsigned long long)want[i]);
            (void)ent_hdf5_close(&dataset);
        }
        want[i] = extent[i];
    }
    return dataset;
}

/* Every value finite and in range; the first that is not is shown with its place. */
static int check_values(const source_t *source, const ent_benchmark_table_t *table, const double *values,
                        const hsize_t *extent, size_t n)
{
    size_t bad = 0, first = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(isfinite(values[i]) && values[i] >= table->low && values[i] <= table->high)) {
            first = bad == 0 ? i : first;
            bad++;
        }
    }
    if (bad == 0) {
        return ENT_OK;
    }
    char key[128], value[32], cell[256];
    size_t index[MAX_RANK] = {0}, rest = first;
    for (int i = table->rank - 1; i >= 0; i--) {
        index[i] = rest % extent[i];
        rest /= extent[i];
    }
    snprintf(key, sizeof key, table->rank == 3 ? "%s[%zu,%zu,%zu]" : "%s[%zu,%zu]", table->name, index[0],
             index[1], index[2]);
    snprintf(value, sizeof value, "%g", values[first]);
    ent_benchmark_name_cell(source->labels, table, first, cell, sizeof cell);
    return ent_fault(source->ctx, ENT_ERR_DATA, source->path, 0, 0, key, value, NULL,
                     "%s: this is %s (%zu such %s)", table->rule, cell, bad, bad == 1 ? "value" : "values");
}

static int read_values(const source_t *source, const ent_benchmark_table_t *table, double **out)
{
    hsize_t extent[MAX_RANK];
    for (int i = 0; i < table->rank; i++) {
        extent[i] = (hsize_t)ent_axis_length(source->labels, table->axis[i]);
    }
    hid_t dataset = open_dataset(source, table->name, table->rank, extent);
    if (dataset < 0) {
        return ENT_ERR_DATA;
    }
    int code = ENT_OK;
    const size_t n = ent_benchmark_cells(source->labels, table);
    hid_t type = H5Dget_type(dataset);
    if (type < 0 || H5Tget_class(type) != H5T_FLOAT) {
        code = fault(source, table->name, "the data set must hold floating-point numbers");
    } else if ((*out = ent_calloc(source->ctx, n, sizeof(double))) == NULL) {
        code = ENT_ERR_NO_MEMORY;
    } else if (H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, *out) < 0) {
        code = fault(source, table->name, "the data set cannot be read: the file is damaged");
    } else {
        code = check_values(source, table, *out, extent, n);
    }
    (void)ent_hdf5_close(&type);
    (void)ent_hdf5_close(&dataset);
    return code;
}

/* Copy variable-length strings into our own memory. */
static int copy_labels(const source_t *source, const char *name, char **raw, size_t n, char **labels)
{
    for (size_t i = 0; i < n; i++) {
        if (raw[i] == NULL || raw[i][0] == '\0') {
            return fault(source, name, "a label is empty");
        }
        labels[i] = ent_strdup(source->ctx, raw[i]);
        if (labels[i] == NULL) {
            return ENT_ERR_NO_MEMORY;
        }
    }
    return ENT_OK;
}

/* Read a one-dimensional set of variable-length strings; *n == 0 takes any number and returns it. */
static int read_labels(const source_t *source, const char *name, int *n, char ***out)
{
    hsize_t extent[1] = {(hsize_t)*n};
    char **raw = NULL;
    int code = ENT_OK;
    hid_t type = H5I_INVALID_HID, memory_type = H5I_INVALID_HID;
    hid_t dataset = open_dataset(source, name, 1, extent);
    if (dataset < 0) {
        return ENT_ERR_DATA;
    }
    type = H5Dget_type(dataset);
    memory_type = ent_hdf5_string_type();
    if (type < 0 || H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) <= 0) {
        code = fault(source, name, "the data set must hold strings of variable length");
        goto out;
    }
    if (extent[0] == 0 || extent[0] > MAX_LABELS) {
        code = fault(source, name, "the number of labels is zero or far too large");
        goto out;
    }
    if (memory_type < 0 || H5Tset_cset(memory_type, H5Tget_cset(type)) < 0) {
        code = ent_fail(source->ctx, ENT_ERR_DATA, source->path, "HDF5 refuses a string type");
        goto out;
    }
    raw = ent_calloc(source->ctx, (size_t)extent[0], sizeof *raw);
    *out = ent_calloc(source->ctx, (size_t)extent[0], sizeof **out);
    if (raw == NULL || *out == NULL) {
        code = ENT_ERR_NO_MEMORY;
        goto out;
    }
    *n = (int)extent[0];
    if (H5Dread(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw) < 0) {
        code = fault(source, name, "the data set cannot be read: the file is damaged");
    } else {
        code = copy_labels(source, name, raw, (size_t)extent[0], *out);
        for (hsize_t i = 0; i < extent[0]; i++) {
            (void)H5free_memory(raw[i]);
        }
    }
out:
    free(raw);
    (void)ent_hdf5_close(&memory_type);
    (void)ent_hdf5_close(&type);
    (void)ent_hdf5_close(&dataset);
    return code;
}

/* The labels of a dimension that repeats another must be the same. */
static int check_same_labels(const source_t *source, const char *name, int n, char **expected)
{
    char **labels = NULL;
    int count = n, code = read_labels(source, name, &count, &labels);
    for (int i = 0; code == ENT_OK && i < n; i++) {
        if (strcmp(labels[i], expected[i]) != 0) {
            code = ent_fault(source->ctx, ENT_ERR_DATA, source->path, 0, 0, name, labels[i], NULL,
                             "label %d must be %s", i, expected[i]);
        }
    }
    for (int i = 0; labels != NULL && i < n; i++) {
        free(labels[i]);
    }
    free(labels);
    return code;
}

static int check_unique(const source_t *source, const char *name, int n, char **labels)
{
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < i; k++) {
            if (strcmp(labels[i], labels[k]) == 0) {
                return ent_fault(source->ctx, ENT_ERR_DATA, source->path, 0, 0, name, labels[i], NULL,
                                 "a label is there once");
            }
        }
    }
    return ENT_OK;
}

/* The mark of one entry, a scalar or an array. */
static int is_complete(hid_t file)
{
    hsize_t length = 1;
    signed char complete = 0;
    hid_t mark = H5Lexists(file, "complete", H5P_DEFAULT) > 0 ? H5Dopen2(file, "complete", H5P_DEFAULT)
                                                              : H5I_INVALID_HID;
    const int good = ent_hdf5_extent(mark, 1, &length) >= 0 && length == 1 &&
                     H5Dread(mark, H5T_NATIVE_SCHAR, H5S_ALL, H5S_ALL, H5P_DEFAULT, &complete) >= 0;
    (void)ent_hdf5_close(&mark);
    return good && complete == 1;
}

/* Is it ours, of a version we know, and written to its end? */
static int check_identity(const source_t *source)
{
    char *format = NULL;
    long long version = 0;
    const int read = ent_hdf5_read_text_attribute(source->file, "entrepot_format", &format);
    if (read == ENT_ERR_NO_MEMORY) {
        return ent_fail(source->ctx, ENT_ERR_NO_MEMORY, source->path, "no memory for its format");
    }
    if (read != 0) {
        return fault(source, "entrepot_format",
                     "an HDF5 file, but no benchmark: it lacks the attribute entrepot_format");
    }
    const int other = strcmp(format, format_name) != 0;
    if (other) {
        (void)ent_fault(source->ctx, ENT_ERR_DATA, source->path, 0, 0, "entrepot_format", format, NULL,
                        "not a benchmark file; that would say %s", format_name);
    }
    free(format);
    if (other) {
        return ENT_ERR_DATA;
    }
    if (ent_hdf5_read_integer_attribute(source->file, "entrepot_format_version", &version) != 0 ||
        version != FORMAT_VERSION) {
        return ent_fault(source->ctx, ENT_ERR_DATA, source->path, 0, 0, "entrepot_format_version", NULL, NULL,
                         "version %lld; this program reads version %d", version, FORMAT_VERSION);
    }
    return is_complete(source->file) ? ENT_OK
                                     : fault(source, "complete",
                                             "the completion mark is missing: the file was not written to "
                                             "its end");
}

static void keep_first(int *code, int next)
{
    if (*code == ENT_OK) {
        *code = next;
    }
}

static int read_all_labels(const source_t *source, ent_benchmark_t *b)
{
    int code = read_labels(source, "region", &b->n_region, &b->region);
    keep_first(&code, read_labels(source, "sector", &b->n_sector, &b->sector));
    keep_first(&code, read_labels(source, "elasticity_set", &b->n_elasticity_set, &b->elasticity_set));
    if (code != ENT_OK) {
        return code;
    }
    keep_first(&code, read_labels(source, "region_name", &b->n_region, &b->region_name));
    keep_first(&code, read_labels(source, "sector_name", &b->n_sector, &b->sector_name));
    keep_first(&code, check_unique(source, "region", b->n_region, b->region));
    keep_first(&code, check_unique(source, "sector", b->n_sector, b->sector));
    keep_first(&code, check_unique(source, "elasticity_set", b->n_elasticity_set, b->elasticity_set));
    keep_first(&code, check_same_labels(source, "origin", b->n_region, b->region));
    keep_first(&code, check_same_labels(source, "destination", b->n_region, b->region));
    keep_first(&code, check_same_labels(source, "input_sector", b->n_sector, b->sector));
    return code;
}

static int read_all_values(const source_t *source, ent_benchmark_t *b)
{
    int code = ENT_OK;
    for (int t = 0; t < ENT_N_TABLES; t++) {
        const ent_benchmark_table_t *table = &ent_benchmark_tables[t];
        keep_first(&code, read_values(source, table, ent_benchmark_array(b, table)));
    }
    return code;
}

/* Benchmarks of the theory may say that they do not balance (attribute balanced = 0). */
static int check_balance(const source_t *source, ent_benchmark_t *b)
{
    int region = 0, sector = 0;
    long long balanced = 1;
    if (H5Aexists(source->file, "balanced") > 0) {
        (void)ent_hdf5_read_integer_attribute(source->file, "balanced", &balanced);
    }
    double gap = ent_benchmark_imbalance(b, &region, &sector);
    b->unbalanced = balanced == 0 && !(gap <= ENT_BENCHMARK_LARGEST_GAP);
    if (b->unbalanced || gap <= ENT_BENCHMARK_LARGEST_GAP) {
        return ENT_OK;
    }
    char key[256];
    snprintf(key, sizeof key, "%.100s, %.100s", b->region[region], b->sector[sector]);
    return ent_fault(source->ctx, ENT_ERR_DATA, source->path, 0, 0, key, NULL, NULL,
                     "supply and use differ by %.3g of the larger; at most %.0e is allowed", gap,
                     ENT_BENCHMARK_LARGEST_GAP);
}

int ent_benchmark_read(ent_benchmark_t *benchmark, const char *path, ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    char sha256[ENT_SHA256_TEXT] = "";
    int code = ENT_OK;
    memset(benchmark, 0, sizeof *benchmark);
    ent_hdf5_quiet(&saved);
    source_t source = {.path = path, .file = H5I_INVALID_HID, .ctx = ctx};
    code = ent_seal_check(path, sha256, ctx);
    code = code == ENT_OK ? ent_vet(path, ctx) : code;
    if (code == ENT_OK) {
        source.file = ent_hdf5_open(path);
        code = source.file < 0 ? ent_hdf5_fail(ctx, ENT_ERR_DATA, path, "sealed, but HDF5 cannot open it")
                               : ENT_OK;
    }
    if (source.file >= 0) {
        code = check_identity(&source);
        if (code == ENT_OK) {
            code = read_all_labels(&source, benchmark);
        }
        if (code == ENT_OK) {
            source.labels = benchmark;
            code = read_all_values(&source, benchmark);
        }
        if (code == ENT_OK) {
            code = check_balance(&source, benchmark);
        }
        (void)ent_hdf5_close(&source.file);
    }
    ent_hdf5_unquiet(&saved);
    memcpy(benchmark->sha256, sha256, sizeof benchmark->sha256);
    if (code != ENT_OK) {
        ent_benchmark_free(benchmark);
    }
    return code;
}
