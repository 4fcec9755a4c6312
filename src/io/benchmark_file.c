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

/* HDF5 prints its own stack of errors unless told not to; give the caller's handler back afterwards. */
typedef struct {
    H5E_auto2_t function;
    void *data;
} silence_t;

static void silence_begin(silence_t *silence)
{
    silence->function = NULL;
    silence->data = NULL;
    (void)H5Eget_auto2(H5E_DEFAULT, &silence->function, &silence->data);
    (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

static void silence_end(const silence_t *silence)
{
    (void)H5Eset_auto2(H5E_DEFAULT, silence->function, silence->data);
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
    hid_t space = dataset < 0 ? H5I_INVALID_HID : H5Dget_space(dataset);
    if (space < 0) {
        (void)fault(source, name, "the data set cannot be opened: the file is damaged");
        goto bad;
    }
    if (H5Sget_simple_extent_ndims(space) != rank || H5Sget_simple_extent_dims(space, extent, NULL) < 0) {
        (void)ent_fault(source->ctx, ENT_ERR_DATA, source->path, 0, 0, name, NULL, NULL,
                        "must have %d dimensions", rank);
        goto bad;
    }
    for (int i = 0; i < rank; i++) {
        if (want[i] != 0 && want[i] != extent[i]) {
            (void)ent_fault(source->ctx, ENT_ERR_DATA, source->path, 0, 0, name, NULL, NULL,
                            "dimension %d has %llu entries, not %llu", i, (unsigned long long)extent[i],
                            (unsigned long long)want[i]);
            goto bad;
        }
        want[i] = extent[i];
    }
    (void)H5Sclose(space);
    return dataset;
bad:
    if (space >= 0) {
        (void)H5Sclose(space);
    }
    if (dataset >= 0) {
        (void)H5Dclose(dataset);
    }
    return H5I_INVALID_HID;
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
    if (type >= 0) {
        (void)H5Tclose(type);
    }
    (void)H5Dclose(dataset);
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
    hid_t type = H5I_INVALID_HID, space = H5I_INVALID_HID, memory_type = H5I_INVALID_HID;
    hid_t dataset = open_dataset(source, name, 1, extent);
    if (dataset < 0) {
        return ENT_ERR_DATA;
    }
    type = H5Dget_type(dataset);
    space = H5Dget_space(dataset);
    memory_type = H5Tcopy(H5T_C_S1);
    if (type < 0 || space < 0 || H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) <= 0) {
        code = fault(source, name, "the data set must hold strings of variable length");
        goto out;
    }
    if (extent[0] == 0 || extent[0] > MAX_LABELS) {
        code = fault(source, name, "the number of labels is zero or far too large");
        goto out;
    }
    if (memory_type < 0 || H5Tset_size(memory_type, H5T_VARIABLE) < 0 ||
        H5Tset_cset(memory_type, H5Tget_cset(type)) < 0) {
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
    if (memory_type >= 0) {
        (void)H5Tclose(memory_type);
    }
    if (space >= 0) {
        (void)H5Sclose(space);
    }
    if (type >= 0) {
        (void)H5Tclose(type);
    }
    (void)H5Dclose(dataset);
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

/* A text attribute of the file, at most 255 bytes; 1 when it was read. */
static int read_text_attribute(hid_t file, const char *name, char text[256])
{
    int good = 0;
    hid_t attribute = H5Aexists(file, name) > 0 ? H5Aopen(file, name, H5P_DEFAULT) : H5I_INVALID_HID;
    hid_t type = attribute < 0 ? H5I_INVALID_HID : H5Aget_type(attribute);
    text[0] = '\0';
    if (type >= 0 && H5Tget_class(type) == H5T_STRING) {
        const htri_t variable = H5Tis_variable_str(type);
        if (variable > 0) {
            char *read = NULL;
            if (H5Aread(attribute, type, &read) >= 0 && read != NULL) {
                snprintf(text, 256, "%s", read);
                good = 1;
                (void)H5free_memory(read);
            }
        } else if (variable == 0 && H5Tget_size(type) < 256 && H5Aread(attribute, type, text) >= 0) {
            text[H5Tget_size(type)] = '\0';
            good = 1;
        }
    }
    if (type >= 0) {
        (void)H5Tclose(type);
    }
    if (attribute >= 0) {
        (void)H5Aclose(attribute);
    }
    return good;
}

static int read_integer_attribute(hid_t file, const char *name, int *value)
{
    int good = 0;
    hid_t attribute = H5Aexists(file, name) > 0 ? H5Aopen(file, name, H5P_DEFAULT) : H5I_INVALID_HID;
    hid_t space = attribute < 0 ? H5I_INVALID_HID : H5Aget_space(attribute);
    if (space >= 0 && H5Sget_simple_extent_npoints(space) == 1) {
        good = H5Aread(attribute, H5T_NATIVE_INT, value) >= 0;
    }
    if (space >= 0) {
        (void)H5Sclose(space);
    }
    if (attribute >= 0) {
        (void)H5Aclose(attribute);
    }
    return good;
}

/* Is it ours, of a version we know, and written to its end? */
static int check_identity(const source_t *source)
{
    char format[256];
    int version = 0;
    signed char complete = 0;
    if (!read_text_attribute(source->file, "entrepot_format", format)) {
        return fault(source, "entrepot_format",
                     "an HDF5 file, but no benchmark: it lacks the attribute entrepot_format");
    }
    if (strcmp(format, format_name) != 0) {
        return ent_fault(source->ctx, ENT_ERR_DATA, source->path, 0, 0, "entrepot_format", format, NULL,
                         "not a benchmark file; that would say %s", format_name);
    }
    if (!read_integer_attribute(source->file, "entrepot_format_version", &version) ||
        version != FORMAT_VERSION) {
        return ent_fault(source->ctx, ENT_ERR_DATA, source->path, 0, 0, "entrepot_format_version", NULL, NULL,
                         "version %d; this program reads version %d", version, FORMAT_VERSION);
    }
    hid_t mark = H5Lexists(source->file, "complete", H5P_DEFAULT) > 0
                     ? H5Dopen2(source->file, "complete", H5P_DEFAULT)
                     : H5I_INVALID_HID;
    hid_t space = mark < 0 ? H5I_INVALID_HID : H5Dget_space(mark);
    int good = space >= 0 && H5Sget_simple_extent_npoints(space) == 1 &&
               H5Dread(mark, H5T_NATIVE_SCHAR, H5S_ALL, H5S_ALL, H5P_DEFAULT, &complete) >= 0 &&
               complete == 1;
    if (space >= 0) {
        (void)H5Sclose(space);
    }
    if (mark >= 0) {
        (void)H5Dclose(mark);
    }
    return good ? ENT_OK
                : fault(source, "complete",
                        "the completion mark is missing: the file was not written to its end");
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
    int balanced = 1, region = 0, sector = 0;
    (void)read_integer_attribute(source->file, "balanced", &balanced);
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

static hid_t open_file(const char *path, ent_context_t *ctx, int *code)
{
    hid_t file = ent_hdf5_open(path);
    if (file < 0) {
        *code = ent_hdf5_fail(ctx, ENT_ERR_DATA, path, "sealed, but HDF5 cannot open it");
    }
    return file;
}

int ent_benchmark_read(ent_benchmark_t *benchmark, const char *path, ent_context_t *ctx)
{
    silence_t silence;
    char sha256[ENT_SHA256_TEXT] = "";
    int code = ENT_OK;
    memset(benchmark, 0, sizeof *benchmark);
    silence_begin(&silence);
    source_t source = {.path = path, .file = H5I_INVALID_HID, .ctx = ctx};
    code = ent_seal_check(path, sha256, ctx);
    code = code == ENT_OK ? ent_vet(path, ctx) : code;
    if (code == ENT_OK) {
        source.file = open_file(path, ctx, &code);
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
        (void)H5Fclose(source.file);
    }
    silence_end(&silence);
    memcpy(benchmark->sha256, sha256, sizeof benchmark->sha256);
    if (code != ENT_OK) {
        ent_benchmark_free(benchmark);
    }
    return code;
}
