/* Reading a merged study, and writing what was made of it. */
#include "base/memory.h"
#include "io/sealed_file.h"
#include "study/study_analysis.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 512, MOST_FACTORS = 1000 };

static int read_names(hid_t file, const char *name, int *n, char ***names, ent_context_t *ctx)
{
    *names = NULL;
    if (ent_sealed_length(file, name, n) != 0 || *n > MOST_FACTORS) {
        *n = 0;
        return -1;
    }
    *names = ent_calloc(ctx, (size_t)*n + 1, sizeof **names);
    return *names == NULL ? -1 : *n == 0 ? 0 : ent_sealed_read_texts(file, name, 0, (hsize_t)*n, *names);
}

static void free_names(char **names, int n)
{
    for (int i = 0; names != NULL && i < n; i++) {
        H5free_memory(names[i]);
    }
    free(names);
}

static int read_all(ent_study_data_t *d, hid_t file, ent_context_t *ctx)
{
    char *kind = NULL;
    long long n_levers = 0;
    int n_values = 0, rc = -1;
    if (ent_hdf5_read_text_attribute(file, "study", &d->name) != 0 ||
        ent_hdf5_read_text_attribute(file, "design_kind", &kind) != 0 ||
        ent_hdf5_read_integer_attribute(file, "n_levers", &n_levers) != 0 ||
        ent_sealed_length(file, "point", &d->n_points) != 0 ||
        ent_sealed_length(file, "replication", &d->n_replications) != 0 ||
        read_names(file, "factor", &d->n_factors, &d->factor, ctx) != 0 ||
        read_names(file, "factor_values", &n_values, &d->factor_values, ctx) != 0 ||
        n_values != d->n_factors || read_names(file, "outcome", &d->n_outcomes, &d->outcome, ctx) != 0) {
        goto out;
    }
    d->design = ENT_N_DESIGNS;
    for (int i = 0; i < ENT_N_DESIGNS; i++) {
        d->design = strcmp(kind, ent_design_names[i]) == 0 ? (ent_design_kind_t)i : d->design;
    }
    d->n_levers = (int)n_levers;
    const hsize_t n = (hsize_t)d->n_points, k = (hsize_t)d->n_factors;
    d->x = ent_calloc(ctx, (size_t)(n * k) + 1, sizeof *d->x);
    d->u = ent_calloc(ctx, (size_t)(n * k) + 1, sizeof *d->u);
    d->lever = ent_calloc(ctx, (size_t)n + 1, sizeof *d->lever);
    d->row = ent_calloc(ctx, (size_t)n + 1, sizeof *d->row);
    d->mean = ent_calloc(ctx, (size_t)n + 1, sizeof *d->mean);
    d->noise = ent_calloc(ctx, (size_t)n + 1, sizeof *d->noise);
    d->played = ent_calloc(ctx, (size_t)n + 1, sizeof *d->played);
    if (d->x == NULL || d->u == NULL || d->lever == NULL || d->row == NULL || d->mean == NULL ||
        d->noise == NULL || d->played == NULL || d->design == ENT_N_DESIGNS || n_levers < 0 ||
        n_levers > d->n_factors || n == 0 ||
        ent_sealed_read(file, "x", H5T_NATIVE_DOUBLE, 0, n, k, d->x) != 0 ||
        ent_sealed_read(file, "u", H5T_NATIVE_DOUBLE, 0, n, k, d->u) != 0 ||
        ent_sealed_read(file, "lever", H5T_NATIVE_INT, 0, n, 1, d->lever) != 0 ||
        ent_sealed_read(file, "row", H5T_NATIVE_INT, 0, n, 1, d->row) != 0) {
        goto out;
    }
    for (int i = 0; i < d->n_points; i++) {
        d->n_combinations = d->lever[i] >= d->n_combinations ? d->lever[i] + 1 : d->n_combinations;
        d->n_rows = d->row[i] >= d->n_rows ? d->row[i] + 1 : d->n_rows;
        if (d->lever[i] < 0 || d->row[i] < 0) {
            goto out;
        }
    }
    /* points stand combination by combination, row by row */
    rc = (long long)d->n_combinations * d->n_rows == d->n_points ? 0 : -1;
out:
    free(kind);
    return rc;
}

int ent_study_data_read(ent_study_data_t *data, const char *path, ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    hid_t file;
    *data = (ent_study_data_t){.path = ent_strdup(ctx, path)};
    int code = data->path == NULL ? ENT_ERR_NO_MEMORY : ent_sealed_open(&file, path, "entrepot-study", ctx);
    if (code == 0) {
        ent_hdf5_quiet(&saved);
        if (read_all(data, file, ctx) != 0) {
            code = ent_hdf5_fail(ctx, ENT_ERR_DATA, path, "no whole study");
        }
        ent_hdf5_close(&file);
        ent_hdf5_unquiet(&saved);
    }
    if (code != 0) {
        ent_study_data_free(data);
    }
    return code;
}

void ent_study_data_free(ent_study_data_t *data)
{
    free_names(data->factor, data->n_factors);
    free_names(data->factor_values, data->n_factors);
    free_names(data->outcome, data->n_outcomes);
    free(data->path);
    free(data->name);
    free(data->x);
    free(data->u);
    free(data->lever);
    free(data->row);
    free(data->mean);
    free(data->noise);
    free(data->played);
    free(data->sum);
    *data = (ent_study_data_t){0};
}

/* Mean of the known replications of one point and the variance of that mean; they are added to the sums of
 * the point's combination. */
static void average(ent_study_data_t *d, int point, const double *y)
{
    const size_t step = (size_t)d->n_outcomes;
    double *sums = d->sum + (size_t)d->lever[point] * (size_t)d->n_replications;
    double sum = 0.0, squares = 0.0;
    int n = 0;
    for (int r = 0; r < d->n_replications; r++) {
        const double value = y[(size_t)r * step + (size_t)d->chosen];
        if (isfinite(value)) {
            sum += value;
            sums[r] += value;
            n++;
        }
    }
    const double mean = n > 0 ? sum / n : NAN;
    for (int r = 0; r < d->n_replications; r++) {
        const double off = y[(size_t)r * step + (size_t)d->chosen] - mean;
        squares += isfinite(off) ? off * off : 0.0;
    }
    d->played[point] = n;
    d->mean[point] = mean;
    d->noise[point] = n > 1 ? squares / (n - 1) / n : NAN;
}

int ent_study_data_load(ent_study_data_t *data, const char *outcome, ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    hid_t file;
    const size_t size = (size_t)data->n_replications * (size_t)data->n_outcomes;
    data->chosen = outcome == NULL ? 0 : -1;
    for (int i = 0; outcome != NULL && i < data->n_outcomes; i++) {
        data->chosen = strcmp(data->outcome[i], outcome) == 0 ? i : data->chosen;
    }
    if (data->chosen < 0) {
        return ent_fault(ctx, ENT_ERR_USAGE, data->path, 0, 0, "outcome", outcome,
                         ent_nearest(outcome, (const char *const *)data->outcome, (size_t)data->n_outcomes),
                         "is no outcome of this study");
    }
    int code = ent_sealed_open(&file, data->path, "entrepot-study", ctx);
    double *y = code == 0 ? ent_calloc(ctx, BLOCK * size + 1, sizeof *y) : NULL;
    free(data->sum);
    data->sum =
        ent_calloc(ctx, (size_t)data->n_combinations * (size_t)data->n_replications, sizeof *data->sum);
    code = code == 0 && (y == NULL || data->sum == NULL) ? ENT_ERR_NO_MEMORY : code;
    ent_hdf5_quiet(&saved);
    for (int begin = 0; code == 0 && begin < data->n_points; begin += BLOCK) {
        const int n = data->n_points - begin < BLOCK ? data->n_points - begin : BLOCK;
        if (ent_sealed_read(file, "y", H5T_NATIVE_DOUBLE, (hsize_t)begin, (hsize_t)n, (hsize_t)size, y) !=
            0) {
            code = ent_hdf5_fail(ctx, ENT_ERR_DATA, data->path, "its values cannot be read");
        }
        for (int i = 0; code == 0 && i < n; i++) {
            average(data, begin + i, y + (size_t)i * size);
        }
    }
    ent_hdf5_close(&file);
    ent_hdf5_unquiet(&saved);
    free(y);
    return code;
}

/* ---- writing tables ---- */

static void write_column(ent_sealed_t *file, const ent_table_t *table, int c, const char *axis,
                         double *numbers, const char **texts)
{
    const ent_column_t *column = &table->columns[c];
    char name[160];
    snprintf(name, sizeof name, "%.70s_%.70s", table->name, column->key);
    for (int r = 0; r < table->n_rows; r++) {
        const ent_table_cell_t *cell = &table->cells[(size_t)r * (size_t)table->n_columns + (size_t)c];
        numbers[r] = cell->number;
        texts[r] = cell->text != NULL ? cell->text : "";
    }
    if (column->kind == ENT_COLUMN_NUMBER) {
        ent_sealed_reals(file, name, 1, &axis, column->unit[0] != '\0' ? column->unit : "1", column->title,
                         numbers);
    } else {
        ent_sealed_texts(file, name, axis, column->title, texts);
    }
}

int ent_analysis_write(const ent_table_t *tables, int n_tables, const char *path, int overwrite,
                       ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    ent_sealed_t file;
    int code = ent_sealed_create(&file, path, overwrite, "entrepot-analysis", ctx);
    if (code != 0) {
        return code;
    }
    ent_hdf5_quiet(&saved);
    for (int t = 0; code == 0 && t < n_tables; t++) {
        const ent_table_t *table = &tables[t];
        char axis[96];
        double *numbers = ent_calloc(ctx, (size_t)table->n_rows + 1, sizeof *numbers);
        const char **texts = ent_calloc(ctx, (size_t)table->n_rows + 1, sizeof *texts);
        code = numbers == NULL || texts == NULL ? ENT_ERR_NO_MEMORY : 0;
        if (code == 0 && table->failed) {
            code = ent_fail(ctx, ENT_ERR_NO_MEMORY, path, "no memory for a table");
        }
        snprintf(axis, sizeof axis, "%.70s_row", table->name);
        if (code == 0) {
            ent_sealed_count(&file, axis, table->n_rows);
        }
        for (int c = 0; code == 0 && c < table->n_columns; c++) {
            write_column(&file, table, c, axis, numbers, texts);
        }
        free(numbers);
        free(texts);
    }
    ent_hdf5_unquiet(&saved);
    if (code != 0) {
        ent_sealed_abandon(&file);
        return code;
    }
    return ent_sealed_finish(&file, ctx);
}
