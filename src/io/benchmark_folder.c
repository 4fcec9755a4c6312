/* The files of a folder of tables: labels, and numbers by cell. */
#include "io/benchmark_folder.h"

#include "base/memory.h"
#include "base/names.h"
#include "base/number.h"
#include "io/csv_rows.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_LABELS = 4096 };
static const char own_set[] = "own"; /* name of a set of elasticities that has none */

/* ---- labels ---- */

typedef struct {
    const char *path;
    ent_context_t *ctx;
    int n, code_column, name_column;
    size_t code_capacity, name_capacity;
    char **code, **name;
} labels_t;

static int label_fault(const labels_t *l, const ent_csv_row_t *row, const char *key, const char *value,
                       const char *rule)
{
    return ent_fault(l->ctx, ENT_ERR_DATA, l->path, row->line, 0, key, value, NULL, "%s", rule);
}

static int label_header(const ent_csv_row_t *row, void *data)
{
    labels_t *l = data;
    l->code_column = ent_csv_column(row, "code");
    l->name_column = ent_csv_column(row, "name");
    return l->code_column >= 0
               ? ENT_OK
               : label_fault(l, row, "code", row->n > 0 ? row->cell[0] : NULL,
                             "the file needs the column code, and may have the column name; commas separate");
}

/* Published tables have codes with spaces; a comma would part them on command lines. */
static int is_code(const char *text)
{
    const size_t n = strlen(text);
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)text[i] < ' ' || text[i] == ',' || text[i] == '"' || text[i] == 127) {
            return 0;
        }
    }
    return n > 0 && n <= ENT_MAX_NAME && text[0] != ' ' && text[n - 1] != ' ';
}

static int check_label(const labels_t *l, const ent_csv_row_t *row, const char *code)
{
    static const char *const taken[] = {"all", "rest", "total"}; /* words of configs and tables */
    if (!is_code(code)) {
        return label_fault(
            l, row, "code", code,
            "a code has 1 to 64 characters, no comma, quote or sign that does not print, and no "
            "space at an end");
    }
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        if (strcmp(code, taken[i]) == 0) {
            return label_fault(l, row, "code", code, "this word means everything elsewhere: take another");
        }
    }
    for (int i = 0; i < l->n; i++) {
        if (strcmp(l->code[i], code) == 0) {
            return label_fault(l, row, "code", code, "a code is there once");
        }
    }
    return l->n < MAX_LABELS ? ENT_OK : label_fault(l, row, "code", code, "there are at most 4,096 codes");
}

/* One more label; its name is the code where none is given. */
static int add_label(labels_t *l, const char *code, const char *name)
{
    const size_t n = (size_t)l->n + 1;
    char **codes = ent_grow(l->ctx, l->code, &l->code_capacity, n, sizeof *codes);
    l->code = codes != NULL ? codes : l->code;
    char **names = codes != NULL ? ent_grow(l->ctx, l->name, &l->name_capacity, n, sizeof *names) : NULL;
    l->name = names != NULL ? names : l->name;
    char *first = names != NULL ? ent_strdup(l->ctx, code) : NULL;
    char *second = first != NULL ? ent_strdup(l->ctx, name[0] != '\0' ? name : code) : NULL;
    if (second == NULL) {
        free(first);
        return ENT_ERR_NO_MEMORY;
    }
    codes[l->n] = first;
    names[l->n++] = second;
    return ENT_OK;
}

static int label_row(const ent_csv_row_t *row, void *data)
{
    labels_t *l = data;
    const char *code = ent_csv_cell(row, l->code_column);
    const int bad = check_label(l, row, code);
    return bad != ENT_OK ? bad : add_label(l, code, ent_csv_cell(row, l->name_column));
}

static int read_labels(const char *folder, const char *file, int *n, char ***code, char ***name,
                       ent_context_t *ctx)
{
    char *path = ent_format(ctx, "%s/%s", folder, file);
    labels_t l = {.path = path, .ctx = ctx};
    if (path == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    int result = ent_csv_read(path, ENT_ERR_DATA, label_header, label_row, &l, ctx);
    if (result == ENT_OK && l.n == 0) {
        result = ent_fail(ctx, ENT_ERR_DATA, path, "has no codes");
    }
    *n = l.n;
    *code = l.code;
    *name = l.name;
    free(path);
    return result;
}

/* ---- one table ---- */

enum { COLUMN_NONE = -1 };

typedef struct {
    const ent_benchmark_table_t *spec;
    ent_benchmark_table_id_t id;
    const ent_manifest_t *manifest;
    ent_benchmark_t *benchmark;
    char *path;
    ent_context_t *ctx;
    int only_sets;                  /* first pass of the elasticities: which sets there are */
    int column[ENT_TABLE_MAX_RANK]; /* of each axis; COLUMN_NONE: a single label, or the columns' own axis */
    int value, unit, year;          /* columns; value COLUMN_NONE: a wide table */
    int wide;                       /* the axis its columns count; -1: a long table */
    int n_columns;
    int *place;     /* [n_columns] wide: label of the column, -1: none */
    double *values; /* [cells] NaN: not listed */
    int *line;      /* [cells] on which it was listed */
    size_t set_capacity;
} table_t;

/* The column of an axis is called as the axis is; that of elasticity sets also "set". */
static int axis_column(const ent_csv_row_t *row, ent_axis_t axis)
{
    const int found = ent_csv_column(row, ent_axis_names[axis]);
    return found < 0 && axis == ENT_AXIS_SET ? ent_csv_column(row, "set") : found;
}

static int table_fault(const table_t *t, int line, const char *key, const char *value, const char *nearest,
                       const char *rule)
{
    return ent_fault(t->ctx, ENT_ERR_DATA, t->path, line, 0, key, value, nearest, "%s", rule);
}

static int find_label(const table_t *t, ent_axis_t axis, const char *text)
{
    char **labels = ent_axis_labels(t->benchmark, axis);
    const int n = ent_axis_length(t->benchmark, axis);
    for (int i = 0; i < n; i++) {
        if (strcmp(labels[i], text) == 0) {
            return i;
        }
    }
    return -1;
}

/* A set of elasticities is known by being named. */
static int add_set(table_t *t, const char *text)
{
    ent_benchmark_t *b = t->benchmark;
    if (find_label(t, ENT_AXIS_SET, text) >= 0) {
        return ENT_OK;
    }
    char **grown =
        ent_grow(t->ctx, b->elasticity_set, &t->set_capacity, (size_t)b->n_elasticity_set + 1, sizeof *grown);
    b->elasticity_set = grown != NULL ? grown : b->elasticity_set;
    char *copy = grown != NULL ? ent_strdup(t->ctx, text) : NULL;
    if (copy == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    grown[b->n_elasticity_set++] = copy;
    return ENT_OK;
}

static int label_fault_of(const table_t *t, int line, ent_axis_t axis, const char *text)
{
    return table_fault(t, line, ent_axis_names[axis], text,
                       ent_nearest(text, (const char *const *)ent_axis_labels(t->benchmark, axis),
                                   (size_t)ent_axis_length(t->benchmark, axis)),
                       axis == ENT_AXIS_SECTOR || axis == ENT_AXIS_INPUT ? "is no code of sectors.csv"
                                                                         : "is no code of regions.csv");
}

/* Which axis a wide table's columns count: the one without a column of its own. An axis of one label needs
 * none. */
static int find_wide_axis(table_t *t, const ent_csv_row_t *row)
{
    int n_missing = 0, single = -1;
    t->wide = -1;
    for (int k = 0; k < t->spec->rank; k++) {
        const ent_axis_t axis = t->spec->axis[k];
        const int length = ent_axis_length(t->benchmark, axis);
        if (t->column[k] >= 0 || (axis == ENT_AXIS_SET && t->value >= 0)) {
            continue;
        }
        if (length == 1 || (t->only_sets && axis == ENT_AXIS_SET && t->column[1] < 0)) {
            single = k;
            continue;
        }
        n_missing++;
        t->wide = k;
    }
    if (t->value < 0 && n_missing == 0) { /* one label alone, as a matrix of one sector by one region */
        t->wide = single;
        n_missing = single >= 0;
    }
    if (n_missing == (t->value < 0)) {
        return ENT_OK;
    }
    char axes[128] = "";
    for (int k = 0; k < t->spec->rank; k++) {
        const size_t used = strlen(axes);
        snprintf(axes + used, sizeof axes - used, "%s,", ent_axis_names[t->spec->axis[k]]);
    }
    return ent_fault(t->ctx, ENT_ERR_DATA, t->path, row->line, 0, NULL, row->n > 0 ? row->cell[0] : "", NULL,
                     "the first line is \"%svalue\", or has the codes of the last of these axes in place of "
                     "its name and value; commas separate",
                     axes);
}

static int read_column(table_t *t, const ent_csv_row_t *row, int c)
{
    const char *text = row->cell[c];
    int known = c == t->value || c == t->unit || c == t->year;
    for (int k = 0; k < t->spec->rank; k++) {
        known |= c == t->column[k];
    }
    t->place[c] = -1;
    if (known) {
        return ENT_OK;
    }
    if (t->wide < 0) {
        return table_fault(t, row->line, NULL, text, NULL,
                           "is no column of this table: it has its axes, value, and perhaps unit and year");
    }
    const ent_axis_t axis = t->spec->axis[t->wide];
    if (axis == ENT_AXIS_SET && t->only_sets) {
        return add_set(t, text);
    }
    t->place[c] = find_label(t, axis, text);
    if (t->place[c] < 0) {
        return label_fault_of(t, row->line, axis, text);
    }
    for (int other = 0; other < c; other++) {
        if (t->place[other] == t->place[c]) {
            return table_fault(t, row->line, ent_axis_names[axis], text, NULL, "a column is there once");
        }
    }
    return ENT_OK;
}

static int table_header(const ent_csv_row_t *row, void *data)
{
    table_t *t = data;
    for (int k = 0; k < t->spec->rank; k++) {
        t->column[k] = axis_column(row, t->spec->axis[k]);
    }
    t->value = ent_csv_column(row, "value");
    t->unit = ent_csv_column(row, "unit");
    t->year = ent_csv_column(row, "year");
    int code = find_wide_axis(t, row);
    if (code != ENT_OK) {
        return code;
    }
    free(t->place);
    t->n_columns = row->n;
    t->place = ent_calloc(t->ctx, (size_t)row->n + 1, sizeof *t->place);
    if (t->place == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int c = 0; c < row->n; c++) {
        const int here = read_column(t, row, c);
        code = code == ENT_OK ? here : code;
    }
    return code;
}

/* Labels of a row; -1 for the axis that the columns count. */
static int read_axes(table_t *t, const ent_csv_row_t *row, int *index)
{
    int code = ENT_OK;
    for (int k = 0; k < t->spec->rank; k++) {
        const ent_axis_t axis = t->spec->axis[k];
        index[k] = k == t->wide ? -1 : 0;
        if (t->column[k] < 0) {
            continue;
        }
        const char *text = ent_csv_cell(row, t->column[k]);
        index[k] = find_label(t, axis, text);
        if (index[k] < 0) {
            code = label_fault_of(t, row->line, axis, text);
        }
    }
    return code;
}

/* A row may say its unit and year, which are then those of the manifest. */
static int check_words(const table_t *t, const ent_csv_row_t *row)
{
    const char *unit = ent_csv_cell(row, t->unit), *year = ent_csv_cell(row, t->year);
    char expected[32];
    int code = ENT_OK;
    if (t->unit >= 0 && t->manifest->unit != NULL && strcmp(unit, t->manifest->unit) != 0) {
        code = ent_fault(t->ctx, ENT_ERR_DATA, t->path, row->line, 0, "unit", unit, NULL,
                         "the manifest says %s: a folder has one unit and one currency", t->manifest->unit);
    }
    snprintf(expected, sizeof expected, "%d", t->manifest->words.year);
    if (t->year >= 0 && t->manifest->words.year != 0 && strcmp(year, expected) != 0) {
        code = ent_fault(t->ctx, ENT_ERR_DATA, t->path, row->line, 0, "year", year, NULL,
                         "the manifest says %s: a folder has one year", expected);
    }
    return code;
}

/* What a number may be, in the form the manifest gives it. */
static int check_value(const table_t *t, int line, const char *key, const char *text, double value)
{
    const ent_table_form_t form = t->manifest->form[t->id];
    const double factor = form == ENT_FORM_PERCENT ? 100.0 : 1.0,
                 most = ent_benchmark_tables[ENT_TABLE_FLOW].high;
    double low = factor * t->spec->low, high = factor * t->spec->high;
    const char *rule = t->spec->rule;
    if (form == ENT_FORM_SIGMA) {
        low += 1.0;
        rule = "sigma, as the manifest says, is above 1";
    } else if (form == ENT_FORM_AMOUNTS) {
        low = t->id == ENT_TABLE_INPUT ? -most : 0.0; /* published inputs carry small negative ones */
        high = most;
        rule = "an amount is a finite number, and value added is not negative";
    } else if (form == ENT_FORM_PERCENT) {
        rule = "a percentage is a finite number, not negative";
    }
    return value >= low && value <= high ? ENT_OK : table_fault(t, line, key, text, NULL, rule);
}

static int put_cell(table_t *t, const ent_csv_row_t *row, const int *index, const char *text)
{
    double value = 0.0;
    size_t cell = 0;
    char key[256];
    if (text[0] == '\0') {
        return ENT_OK; /* not listed */
    }
    for (int k = 0; k < t->spec->rank; k++) {
        cell = cell * (size_t)ent_axis_length(t->benchmark, t->spec->axis[k]) + (size_t)index[k];
    }
    ent_benchmark_name_cell(t->benchmark, t->spec, cell, key, sizeof key);
    if (t->line[cell] != 0) {
        return ent_fault(t->ctx, ENT_ERR_DATA, t->path, row->line, 0, key, text, NULL,
                         "the cell stands on line %d already", t->line[cell]);
    }
    t->line[cell] = row->line;
    if (!ent_number_parse(text, &value)) {
        return table_fault(t, row->line, key, text, NULL,
                           "is no number: digits with a point, without commas, signs of per cent or words");
    }
    t->values[cell] = value;
    return check_value(t, row->line, key, text, value);
}

static int table_row(const ent_csv_row_t *row, void *data)
{
    table_t *t = data;
    int index[ENT_TABLE_MAX_RANK], code = ENT_OK;
    if (row->n != t->n_columns) {
        return ent_fault(t->ctx, ENT_ERR_DATA, t->path, row->line, 0, NULL, ent_csv_cell(row, 0), NULL,
                         "the row has %d cells, the first line has %d", row->n, t->n_columns);
    }
    if (t->only_sets) {
        return t->column[0] >= 0 ? add_set(t, ent_csv_cell(row, t->column[0]))
               : t->wide == 0    ? ENT_OK
                                 : add_set(t, own_set);
    }
    code = read_axes(t, row, index);
    const int words = check_words(t, row);
    code = code == ENT_OK ? words : code;
    if (code != ENT_OK) {
        return code;
    }
    if (t->wide < 0) {
        return put_cell(t, row, index, ent_csv_cell(row, t->value));
    }
    for (int c = 0; c < row->n; c++) {
        if (t->place[c] >= 0) {
            index[t->wide] = t->place[c];
            const int here = put_cell(t, row, index, row->cell[c]);
            code = code == ENT_OK ? here : code;
        }
    }
    return code;
}

/* Cells that nobody listed: zero where the manifest says so, else one fault for the table. */
static int fill_missing(const table_t *t, size_t n)
{
    size_t missing = 0, first = 0;
    char key[256];
    for (size_t i = 0; i < n; i++) {
        if (isnan(t->values[i])) {
            first = missing++ == 0 ? i : first;
            t->values[i] = t->manifest->missing_zero && t->id != ENT_TABLE_ELASTICITY ? 0.0 : NAN;
        }
    }
    if (missing == 0 || (t->manifest->missing_zero && t->id != ENT_TABLE_ELASTICITY)) {
        return ENT_OK;
    }
    ent_benchmark_name_cell(t->benchmark, t->spec, first, key, sizeof key);
    return ent_fault(
        t->ctx, ENT_ERR_DATA, t->path, 0, 0, key, NULL, NULL, "is not listed, the first of %zu such cells%s",
        missing,
        t->id == ENT_TABLE_ELASTICITY ? "" : ": list them, or write missing_cells,zero into the manifest");
}

static int read_table(table_t *t)
{
    const size_t n = ent_benchmark_cells(t->benchmark, t->spec);
    double **out = ent_benchmark_array(t->benchmark, t->spec);
    *out = ent_calloc(t->ctx, n, sizeof **out);
    if (*out == NULL || t->manifest->form[t->id] == ENT_FORM_NONE) {
        return *out == NULL ? ENT_ERR_NO_MEMORY : ENT_OK;
    }
    t->values = *out;
    t->line = ent_calloc(t->ctx, n, sizeof *t->line);
    if (t->line == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < n; i++) {
        t->values[i] = NAN;
    }
    const int code = ent_csv_read(t->path, ENT_ERR_DATA, table_header, table_row, t, t->ctx);
    return code == ENT_OK ? fill_missing(t, n) : code;
}

/* A file the manifest knows nothing of would be left out without a word. */
static int check_unused(const table_t *t)
{
    if (t->manifest->form[t->id] != ENT_FORM_NONE || access(t->path, F_OK) != 0) {
        return ENT_OK;
    }
    return ent_fault(t->ctx, ENT_ERR_DATA, t->path, 0, 0, ent_manifest_table(t->id), NULL, NULL,
                     "the file is there, and the manifest does not say what its numbers are");
}

static int read_one(ent_benchmark_t *b, const ent_manifest_t *manifest, const char *folder, int id,
                    int only_sets, ent_context_t *ctx)
{
    const ent_benchmark_table_t *spec = &ent_benchmark_tables[id];
    table_t t = {.spec = spec,
                 .id = (ent_benchmark_table_id_t)id,
                 .manifest = manifest,
                 .benchmark = b,
                 .path = ent_format(ctx, "%s/%s", folder, spec->file),
                 .ctx = ctx,
                 .only_sets = only_sets};
    int code = t.path == NULL ? ENT_ERR_NO_MEMORY : ENT_OK;
    if (code == ENT_OK && only_sets) {
        code = ent_csv_read(t.path, ENT_ERR_DATA, table_header, table_row, &t, ctx);
    } else if (code == ENT_OK) {
        const int unused = check_unused(&t);
        code = read_table(&t);
        code = code == ENT_OK ? unused : code;
    }
    free(t.place);
    free(t.line);
    free(t.path);
    return code;
}

/* Without labels no cell can be found: what can still be said is which files are not there. */
static void check_files(const ent_manifest_t *manifest, const char *folder, ent_context_t *ctx)
{
    for (int t = 0; t < ENT_N_TABLES; t++) {
        char *path = ent_format(ctx, "%s/%s", folder, ent_benchmark_tables[t].file);
        if (path != NULL && manifest->form[t] != ENT_FORM_NONE && access(path, R_OK) != 0) {
            (void)ent_fail(ctx, ENT_ERR_NO_INPUT, path, "cannot be opened: %s", strerror(errno));
        }
        free(path);
    }
}

int ent_folder_read(ent_benchmark_t *b, const ent_manifest_t *manifest, const char *folder,
                    ent_context_t *ctx)
{
    int n_region = 0, n_sector = 0;
    *b = (ent_benchmark_t){.unbalanced = manifest->unbalanced};
    int code = read_labels(folder, "regions.csv", &n_region, &b->region, &b->region_name, ctx);
    b->n_region = n_region;
    const int second = read_labels(folder, "sectors.csv", &n_sector, &b->sector, &b->sector_name, ctx);
    b->n_sector = n_sector;
    code = code == ENT_OK ? second : code;
    if (code != ENT_OK) {
        check_files(manifest, folder, ctx);
        return code;
    }
    const int sets = read_one(b, manifest, folder, ENT_TABLE_ELASTICITY, 1, ctx);
    code = sets;
    for (int t = 0; t < ENT_N_TABLES; t++) {
        const int here =
            t == ENT_TABLE_ELASTICITY && sets != ENT_OK ? sets : read_one(b, manifest, folder, t, 0, ctx);
        code = code == ENT_OK || here == ENT_ERR_NO_MEMORY ? here : code;
    }
    return code;
}
