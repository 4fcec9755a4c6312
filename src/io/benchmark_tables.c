#include "io/benchmark_tables.h"

#include "base/memory.h"
#include "io/sealed_file.h"

#include <stdlib.h>
#include <string.h>

const char *const ent_axis_names[ENT_N_AXES] = {
    [ENT_AXIS_SECTOR] = "sector", [ENT_AXIS_ORIGIN] = "origin",      [ENT_AXIS_DESTINATION] = "destination",
    [ENT_AXIS_REGION] = "region", [ENT_AXIS_INPUT] = "input_sector", [ENT_AXIS_SET] = "elasticity_set"};

#define BILATERAL .rank = 3, .axis = {ENT_AXIS_SECTOR, ENT_AXIS_ORIGIN, ENT_AXIS_DESTINATION}
#define REGIONAL .rank = 2, .axis = {ENT_AXIS_REGION, ENT_AXIS_SECTOR}
#define ARRAY(member) .place = offsetof(ent_benchmark_t, member)
#define LARGEST_AMOUNT 1e15          /* million USD: beyond any economy, so that a wrong unit shows */
#define SMALLEST_COEFFICIENT (-0.01) /* published tables carry small negative ones */

const ent_benchmark_table_t ent_benchmark_tables[ENT_N_TABLES] = {
    [ENT_TABLE_FLOW] = {"flow", "flows.csv", BILATERAL, ARRAY(flow), 0.0, LARGEST_AMOUNT,
                        "a flow is a finite number, not negative, of at most 1e15 million USD (another "
                        "currency is converted first)",
                        "million USD per year",
                        "trade at basic price, before freight and tariff, domestic sales on the diagonal"},
    [ENT_TABLE_TARIFF] = {"tariff", "tariffs.csv", BILATERAL, ARRAY(tariff), 0.0, 100.0,
                          "a tariff is a finite fraction, not negative", "1",
                          "applied ad valorem tariff, a fraction"},
    [ENT_TABLE_FREIGHT] = {"freight", "freight.csv", BILATERAL, ARRAY(freight), 0.0, 10.0,
                           "a freight margin is a finite fraction, not negative", "1",
                           "freight and insurance as a fraction of basic price"},
    [ENT_TABLE_INPUT] = {"input_coefficient", "inputs.csv", .rank = 3,
                         .axis = {ENT_AXIS_REGION, ENT_AXIS_INPUT, ENT_AXIS_SECTOR}, ARRAY(input_coefficient),
                         SMALLEST_COEFFICIENT, 10.0, "an input coefficient is a finite number, not negative",
                         "1",
                         "purchases of the input sector, freight and tariff included, per unit of gross "
                         "output"},
    [ENT_TABLE_VALUE_ADDED] = {"value_added_share", "value_added.csv", REGIONAL, ARRAY(value_added_share),
                               -1.0, 1.0, "a value-added share is at most 1", "1",
                               "share of gross output that is not inputs: value added and net taxes on "
                               "products"},
    [ENT_TABLE_FINAL_DEMAND] = {"final_demand", "final_demand.csv", REGIONAL, ARRAY(final_demand), 0.0,
                                LARGEST_AMOUNT, "final demand is a finite number, not negative",
                                "million USD per year",
                                "consumption, investment and government, freight and tariff included"},
    [ENT_TABLE_WEDGE] = {"collection_wedge", "collection.csv", .rank = 2,
                         .axis = {ENT_AXIS_SECTOR, ENT_AXIS_ORIGIN}, ARRAY(collection_wedge), 0.0, 1.0,
                         "a collection wedge is between 0 and 1", "1",
                         "share of the extra US duty the law asks for that is not collected"},
    [ENT_TABLE_ELASTICITY] = {"elasticity", "elasticities.csv", .rank = 2,
                              .axis = {ENT_AXIS_SET, ENT_AXIS_SECTOR}, ARRAY(elasticity), 1e-6, 1e3,
                              "an elasticity is a finite number above 0", "1",
                              "trade elasticity theta of tariff-inclusive spending, positive"},
};

char **ent_axis_labels(const ent_benchmark_t *benchmark, ent_axis_t axis)
{
    return axis == ENT_AXIS_SECTOR || axis == ENT_AXIS_INPUT ? benchmark->sector
           : axis == ENT_AXIS_SET                            ? benchmark->elasticity_set
                                                             : benchmark->region;
}

int ent_axis_length(const ent_benchmark_t *benchmark, ent_axis_t axis)
{
    return axis == ENT_AXIS_SECTOR || axis == ENT_AXIS_INPUT ? benchmark->n_sector
           : axis == ENT_AXIS_SET                            ? benchmark->n_elasticity_set
                                                             : benchmark->n_region;
}

double **ent_benchmark_array(ent_benchmark_t *benchmark, const ent_benchmark_table_t *table)
{
    return (double **)(void *)((char *)benchmark + table->place);
}

size_t ent_benchmark_cells(const ent_benchmark_t *benchmark, const ent_benchmark_table_t *table)
{
    size_t n = 1;
    for (int i = 0; i < table->rank; i++) {
        n *= (size_t)ent_axis_length(benchmark, table->axis[i]);
    }
    return n;
}

void ent_benchmark_name_cell(const ent_benchmark_t *benchmark, const ent_benchmark_table_t *table, size_t i,
                             char *text, size_t size)
{
    size_t index[ENT_TABLE_MAX_RANK] = {0}, used = 0;
    for (int k = table->rank - 1; k >= 0; k--) {
        const size_t length = (size_t)ent_axis_length(benchmark, table->axis[k]);
        index[k] = i % length;
        i /= length;
    }
    text[0] = '\0';
    for (int k = 0; k < table->rank && used < size; k++) {
        used += (size_t)snprintf(text + used, size - used, "%s%.60s", k > 0 ? ", " : "",
                                 ent_axis_labels(benchmark, table->axis[k])[index[k]]);
    }
}

/* ---- writing ---- */

static void write_table(ent_sealed_t *file, const ent_benchmark_t *benchmark,
                        const ent_benchmark_table_t *table)
{
    const char *axes[ENT_TABLE_MAX_RANK];
    ent_benchmark_t view = *benchmark;
    for (int i = 0; i < table->rank; i++) {
        axes[i] = ent_axis_names[table->axis[i]];
    }
    ent_sealed_reals(file, table->name, table->rank, axes, table->units, table->long_name,
                     *ent_benchmark_array(&view, table));
}

static void write_labels(ent_sealed_t *file, const ent_benchmark_t *b)
{
    for (int a = 0; a < ENT_N_AXES; a++) {
        ent_sealed_dimension(file, ent_axis_names[a], ent_axis_length(b, (ent_axis_t)a),
                             (const char *const *)ent_axis_labels(b, (ent_axis_t)a));
    }
    ent_sealed_texts(file, "region_name", "region", "name of the economy",
                     (const char *const *)b->region_name);
    ent_sealed_texts(file, "sector_name", "sector", "name of the sector",
                     (const char *const *)b->sector_name);
}

/* For readers of the file; the program makes it of flows again. */
static int write_output(ent_sealed_t *file, const ent_benchmark_t *b, ent_context_t *ctx)
{
    static const char *const axes[] = {"region", "sector"};
    double *output = ent_calloc(ctx, (size_t)b->n_region * (size_t)b->n_sector, sizeof *output);
    for (int r = 0; output != NULL && r < b->n_region; r++) {
        for (int s = 0; s < b->n_sector; s++) {
            output[r * b->n_sector + s] = ent_benchmark_output(b, r, s);
        }
    }
    if (output != NULL) {
        ent_sealed_reals(file, "gross_output", 2, axes, "million USD per year",
                         "sales to all destinations, freight included", output);
    }
    free(output);
    return output != NULL ? ENT_OK : ENT_ERR_NO_MEMORY;
}

static int write_all(ent_sealed_t *file, const ent_benchmark_t *b, const ent_benchmark_words_t *words,
                     ent_context_t *ctx)
{
    static const unsigned char whole = 1;
    if (words->title != NULL) {
        ent_sealed_text(file, "title", words->title);
    }
    ent_sealed_text(file, "Conventions", "CF-1.10");
    ent_sealed_integer(file, "balanced", !b->unbalanced);
    if (words->year != 0) {
        ent_sealed_integer(file, "year", words->year);
    }
    if (words->source != NULL) {
        ent_sealed_text(file, "source", words->source);
    }
    write_labels(file, b);
    for (int t = 0; t < ENT_N_TABLES; t++) {
        write_table(file, b, &ent_benchmark_tables[t]);
    }
    if (words->report != NULL) {
        ent_sealed_long_text(file, "balancing", words->report);
    }
    const int code = write_output(file, b, ctx);
    ent_sealed_blob(file, "complete", sizeof whole, &whole);
    return code;
}

int ent_benchmark_write(const ent_benchmark_t *benchmark, const ent_benchmark_words_t *words,
                        const char *path, int overwrite, ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    ent_sealed_t file;
    int code = ent_sealed_create(&file, path, overwrite, "entrepot-benchmark", ctx);
    if (code != ENT_OK) {
        return code;
    }
    ent_hdf5_quiet(&saved);
    code = write_all(&file, benchmark, words, ctx);
    if (code != ENT_OK) {
        ent_sealed_abandon(&file);
    } else {
        code = ent_sealed_finish(&file, ctx);
    }
    ent_hdf5_unquiet(&saved);
    return code;
}

/* ---- the words of a file ---- */

void ent_benchmark_words_free(ent_benchmark_words_t *words)
{
    free((char *)words->title);
    free((char *)words->source);
    free((char *)words->report);
    *words = (ent_benchmark_words_t){0};
}

/* A text of either length, NULL when there is none. */
static const char *attribute(hid_t file, const char *name, int *code)
{
    char *text = NULL;
    if (H5Aexists(file, name) <= 0) {
        return NULL;
    }
    const int rc = ent_hdf5_read_text_attribute(file, name, &text);
    *code = rc == ENT_ERR_NO_MEMORY ? rc : *code;
    return text;
}

/* A benchmark has been read from the file before: its format and seal are known to be sound. */
int ent_benchmark_read_words(ent_benchmark_words_t *words, const char *path, ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    hid_t file = -1;
    long long year = 0;
    char *report = NULL;
    *words = (ent_benchmark_words_t){0};
    int code = ENT_OK;
    ent_hdf5_quiet(&saved);
    file = ent_hdf5_open(path);
    if (file < 0) {
        code = ent_hdf5_fail(ctx, ENT_ERR_DATA, path, "cannot be opened again");
        ent_hdf5_unquiet(&saved);
        return code;
    }
    words->title = attribute(file, "title", &code);
    words->source = attribute(file, "source", &code);
    if (H5Aexists(file, "year") > 0 && ent_hdf5_read_integer_attribute(file, "year", &year) == 0) {
        words->year = (int)year;
    }
    if (H5Lexists(file, "balancing", H5P_DEFAULT) > 0 &&
        ent_sealed_read_long_text(file, "balancing", &report) == 0) {
        words->report = report;
    }
    ent_hdf5_close(&file);
    ent_hdf5_unquiet(&saved);
    if (code != ENT_OK) {
        ent_benchmark_words_free(words);
        return ent_fail(ctx, code, path, "no memory for its title");
    }
    return ENT_OK;
}
