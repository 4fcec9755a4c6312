#include "io/law_file.h"

#include "base/memory.h"
#include "io/hdf5_tools.h"
#include "io/law_tables.h"
#include "io/seal.h"

#include <entrepot/version.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char format_name[] = "entrepot-law";
enum { MOST_BYTES = 1 << 28 };

static void keep(int *code, int next)
{
    *code = *code == ENT_OK || next == ENT_ERR_NO_MEMORY ? next : *code;
}

/* ---- a folder ---- */

static int add_file(ent_law_t *law, ent_law_table_t table, const char *path, const char *list,
                    ent_context_t *ctx)
{
    const ent_csv_source_t source = {.path = path};

    return ent_law_add(law, table, &source, list, ctx);
}

static int is_csv(const struct dirent *entry)
{
    const size_t length = strlen(entry->d_name);

    return length > 4 && strcmp(entry->d_name + length - 4, ".csv") == 0;
}

/* lists/NAME.csv, in the order of their names. */
static int add_lists(ent_law_t *law, const char *folder, ent_context_t *ctx)
{
    struct dirent **entries = NULL;
    char *path = ent_format(ctx, "%s/lists", folder);
    const int n = path != NULL ? scandir(path, &entries, is_csv, alphasort) : -1;
    int code = path != NULL ? ENT_OK : ENT_ERR_NO_MEMORY;

    for (int i = 0; i < n; i++) {
        char *file = ent_format(ctx, "%s/%s", path, entries[i]->d_name);
        const size_t length = strlen(entries[i]->d_name) - 4;

        if (file != NULL) {
            entries[i]->d_name[length] = '\0';
            keep(&code, add_file(law, ENT_LAW_TABLE_ROWS, file, entries[i]->d_name, ctx));
        } else {
            code = ENT_ERR_NO_MEMORY;
        }
        free(file);
        free(entries[i]);
    }
    free(entries);
    free(path);
    return code;
}

/* A folder on top of a law changes nothing that the law's own measures were read with. */
static int refuse_base(int on_top, ent_law_table_t table, const char *path, ent_context_t *ctx)
{
    if (on_top && (table == ENT_LAW_TABLE_PARTNERS || table == ENT_LAW_TABLE_WEIGHTS ||
                   table == ENT_LAW_TABLE_SECTORS)) {
        return ent_fail(ctx, ENT_ERR_DATA, path,
                        "a folder on top of a law has measures, lists, conditions and shares only");
    }
    return ENT_OK;
}

static int add_folder(ent_law_t *law, const char *folder, ent_context_t *ctx)
{
    const int on_top = law->n_measures > 0;
    int code = ENT_OK, n_found = 0;

    for (int table = 0; table < ENT_LAW_N_TABLES && code != ENT_ERR_NO_MEMORY; table++) {
        char *path = ent_format(ctx, "%s/%s.csv", folder, ent_law_table_names[table]);

        if (path == NULL) {
            return ENT_ERR_NO_MEMORY;
        }
        if (access(path, F_OK) == 0) {
            const int refused = refuse_base(on_top, (ent_law_table_t)table, path, ctx);

            n_found++;
            keep(&code, refused != ENT_OK ? refused : add_file(law, (ent_law_table_t)table, path, NULL, ctx));
        }
        free(path);
        if (table == ENT_LAW_TABLE_ROWS) {
            keep(&code, add_lists(law, folder, ctx));
        }
    }
    if (code == ENT_OK && n_found == 0) {
        code = ent_fail(ctx, ENT_ERR_NO_INPUT, folder, "there is no table of a law, such as measures.csv");
    }
    return code;
}

/* ---- the compact file ---- */

typedef struct {
    const char *path;
    hid_t file;
    ent_context_t *ctx;
} source_t;

static int damaged(const source_t *source, const char *name)
{
    return ent_fault(source->ctx, ENT_ERR_DATA, source->path, 0, 0, name, NULL, NULL,
                     "the data set is missing or cannot be read: make the file again with "
                     "scripts/build_law.py");
}

/* A one-dimensional data set, with one element of zeros behind its end. */
static int read_array(const source_t *source, const char *name, hid_t type, size_t size, void **array,
                      size_t *n)
{
    hsize_t extent[1] = {0};
    hid_t dataset = H5Lexists(source->file, name, H5P_DEFAULT) > 0 ? H5Dopen2(source->file, name, H5P_DEFAULT)
                                                                   : H5I_INVALID_HID;
    int code = ENT_OK;

    if (ent_hdf5_extent(dataset, 1, extent) != 1 || extent[0] * size > MOST_BYTES) {
        code = damaged(source, name);
    } else if ((*array = ent_calloc(source->ctx, (size_t)extent[0] + 1, size)) == NULL) {
        code = ENT_ERR_NO_MEMORY;
    } else if (H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, *array) < 0) {
        code = damaged(source, name);
    }
    *n = (size_t)extent[0];
    (void)ent_hdf5_close(&dataset);
    return code;
}

static int read_table(const source_t *source, ent_law_table_t table, ent_law_t *law)
{
    char name[32];
    void *text = NULL;
    size_t size = 0;

    snprintf(name, sizeof name, "table_%s", ent_law_table_names[table]);
    int code = read_array(source, name, H5T_NATIVE_SCHAR, 1, &text, &size);
    if (code == ENT_OK) {
        char *path = ent_format(source->ctx, "%s: %s", source->path, name);
        const ent_csv_source_t table_source = {path, text, size};

        code = path != NULL ? ent_law_add(law, table, &table_source, NULL, source->ctx) : ENT_ERR_NO_MEMORY;
        free(path);
    }
    free(text);
    return code;
}

/* Offsets ascending from 0 to the number of cells, lines ascending, partners known: what all sums rely on. */
static int check_trade(const source_t *source, const ent_law_t *law, size_t n_first, const size_t n_cell[3])
{
    const ent_law_trade_t *t = &law->trade;

    if (n_first != (size_t)t->n_lines + 1 || n_cell[1] != n_cell[0] || n_cell[2] != n_cell[0] ||
        t->first[0] != 0 || t->first[t->n_lines] != t->n_cells) {
        return damaged(source, "line_first");
    }
    for (int i = 0; i < t->n_lines; i++) {
        if (t->first[i + 1] < t->first[i] || t->line[i] < ENT_HS_CHAPTER ||
            (i > 0 && t->line[i] <= t->line[i - 1])) {
            return damaged(source, "line");
        }
    }
    for (int c = 0; c < t->n_cells; c++) {
        if (t->partner[c] < 0 || t->partner[c] >= law->n_partners || !(t->imports[c] >= 0.0) ||
            !(t->duty[c] >= 0.0)) {
            return damaged(source, "cell_partner");
        }
    }
    return ENT_OK;
}

static int read_trade(const source_t *source, ent_law_t *law)
{
    ent_law_trade_t *t = &law->trade;
    size_t n_lines = 0, n_first = 0, n_cell[3] = {0};
    int code = read_array(source, "line", H5T_NATIVE_INT64, sizeof *t->line, (void **)&t->line, &n_lines);

    keep(&code,
         read_array(source, "line_first", H5T_NATIVE_INT, sizeof *t->first, (void **)&t->first, &n_first));
    keep(&code, read_array(source, "cell_partner", H5T_NATIVE_INT, sizeof *t->partner, (void **)&t->partner,
                           &n_cell[0]));
    keep(&code, read_array(source, "imports", H5T_NATIVE_DOUBLE, sizeof *t->imports, (void **)&t->imports,
                           &n_cell[1]));
    keep(&code,
         read_array(source, "duty", H5T_NATIVE_DOUBLE, sizeof *t->duty, (void **)&t->duty, &n_cell[2]));
    t->n_lines = (int)n_lines;
    t->n_cells = (int)n_cell[0];
    return code == ENT_OK ? check_trade(source, law, n_first, n_cell) : code;
}

/* One text with a line of it for each product line. */
static int read_descriptions(const source_t *source, ent_law_t *law)
{
    ent_law_trade_t *t = &law->trade;
    void *text = NULL;
    size_t size = 0;
    int code = read_array(source, "line_description", H5T_NATIVE_SCHAR, 1, &text, &size);

    t->description =
        code == ENT_OK ? ent_calloc(source->ctx, (size_t)t->n_lines, sizeof *t->description) : NULL;
    if (code == ENT_OK && t->description == NULL) {
        code = ENT_ERR_NO_MEMORY;
    }
    char *rest = text;
    for (int i = 0; code == ENT_OK && i < t->n_lines; i++) {
        const char *line = strsep(&rest, "\n");

        if (ent_law_text(&t->description[i], line != NULL ? line : "", source->ctx) != 0) {
            code = ENT_ERR_NO_MEMORY;
        }
    }
    free(text);
    return code;
}

static int read_contents(const source_t *source, ent_law_t *law)
{
    char *format = NULL;
    long long year = 0;
    int code = ENT_OK;

    if (ent_hdf5_read_text_attribute(source->file, "entrepot_format", &format) != 0 ||
        strcmp(format, format_name) != 0 ||
        ent_hdf5_read_integer_attribute(source->file, "base_year", &year) != 0) {
        code = ent_fault(source->ctx, ENT_ERR_DATA, source->path, 0, 0, "entrepot_format", format, NULL,
                         "not a law; that would say %s", format_name);
    }
    free(format);
    law->trade.base_year = (int)year;
    for (int table = 0; code == ENT_OK && table < ENT_LAW_TABLE_WEIGHTS; table++) {
        code = read_table(source, (ent_law_table_t)table, law);
    }
    if (code == ENT_OK) {
        code = read_trade(source, law);
    }
    return code == ENT_OK ? read_descriptions(source, law) : code;
}

static int read_file(ent_law_t *law, const char *path, ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    source_t source = {.path = path, .ctx = ctx};
    int code = ent_seal_check(path, NULL, ctx);

    if (code != ENT_OK) {
        return code;
    }
    ent_hdf5_quiet(&saved);
    source.file = ent_hdf5_open(path);
    if (source.file < 0) {
        code = ent_hdf5_fail(ctx, ENT_ERR_DATA, path, "the file cannot be opened");
    } else {
        code = read_contents(&source, law);
        (void)ent_hdf5_close(&source.file);
    }
    ent_hdf5_unquiet(&saved);
    return code;
}

/* ---- either ---- */

static int is_folder(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Where a shipped law lies, or NULL. The caller frees. */
static char *find_shipped(const char *name, ent_context_t *ctx)
{
    const char *const folders[] = {getenv("ENTREPOT_DATA"), ENT_SOURCE_DIR "/data",
                                   ENT_INSTALL_DATA_DIR "/data"};

    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char *path = folders[i] != NULL ? ent_format(ctx, "%s/law-%s.h5", folders[i], name) : NULL;

        if (path != NULL && access(path, R_OK) == 0) {
            return path;
        }
        free(path);
    }
    return NULL;
}

static int read_base(ent_law_t *law, const char *name, ent_context_t *ctx)
{
    if (is_folder(name)) {
        return add_folder(law, name, ctx);
    }
    if (access(name, F_OK) == 0) {
        return read_file(law, name, ctx);
    }
    char *path = strchr(name, '/') == NULL ? find_shipped(name, ctx) : NULL;
    int code = path != NULL
                   ? read_file(law, path, ctx)
                   : ent_fault(ctx, ENT_ERR_NO_INPUT, "law", 0, 0, "law", name, NULL,
                               "a law is a file made by scripts/build_law.py, a folder of tables or the "
                               "name of one shipped, such as us");
    free(path);
    return code;
}

int ent_law_open(ent_law_t *law, const char *name, const char *more, ent_context_t *ctx)
{
    int code;

    memset(law, 0, sizeof *law);
    if (ent_law_text(&law->name, name, ctx) != 0) {
        return ENT_ERR_NO_MEMORY;
    }
    code = read_base(law, name, ctx);
    if (more != NULL && code == ENT_OK) {
        code = is_folder(more) ? add_folder(law, more, ctx)
                               : ent_fail(ctx, ENT_ERR_NO_INPUT, more, "there is no such folder");
    }
    return code;
}

int ent_law_read(ent_law_t *law, const char *name, const char *more, ent_context_t *ctx)
{
    int code = ent_law_open(law, name, more, ctx);

    /* faulty rows are left out: what holds across the others is asked too, so that all faults are told at
     * once */
    if (code == ENT_OK || (code == ENT_ERR_DATA && law->n_measures > 0)) {
        keep(&code, ent_law_finish(law, ctx));
    }
    return code;
}
