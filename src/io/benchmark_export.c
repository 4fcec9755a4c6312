/* A benchmark as a folder of CSV files. */
#include "io/benchmark_folder.h"

#include "base/memory.h"
#include "io/csv_rows.h"
#include "io/output.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    const ent_benchmark_t *b;
    const ent_benchmark_words_t *words;
} export_t;

typedef int writer_t(const export_t *e, int which, FILE *stream);

static int write_manifest(const export_t *e, int which, FILE *stream)
{
    (void)which;
    return ent_manifest_write(e->b, e->words, stream);
}

static int write_labels(const export_t *e, int which, FILE *stream)
{
    const int n = which == 0 ? e->b->n_region : e->b->n_sector;
    char **code = which == 0 ? e->b->region : e->b->sector;
    char **name = which == 0 ? e->b->region_name : e->b->sector_name;
    fprintf(stream, "code,name\n");
    for (int i = 0; i < n; i++) {
        ent_csv_put(code[i], stream);
        (void)fputc(',', stream);
        ent_csv_put(name[i], stream);
        (void)fputc('\n', stream);
    }
    return ferror(stream) ? ENT_ERR_IO : ENT_OK;
}

/* The labels of a cell, each with a comma after it. */
static void put_cell(const ent_benchmark_t *b, const ent_benchmark_table_t *table, size_t cell, FILE *stream)
{
    size_t below = ent_benchmark_cells(b, table);
    for (int k = 0; k < table->rank; k++) {
        below /= (size_t)ent_axis_length(b, table->axis[k]);
        ent_csv_put(ent_axis_labels(b, table->axis[k])[cell / below], stream);
        (void)fputc(',', stream);
        cell %= below;
    }
}

/* Zeros are left out, as the manifest says; 17 digits give every double again. */
static int write_table(const export_t *e, int which, FILE *stream)
{
    const ent_benchmark_table_t *table = &ent_benchmark_tables[which];
    ent_benchmark_t view = *e->b;
    const double *values = *ent_benchmark_array(&view, table);
    const size_t cells = ent_benchmark_cells(e->b, table);
    for (int k = 0; k < table->rank; k++) {
        fprintf(stream, "%s,", ent_axis_names[table->axis[k]]);
    }
    fprintf(stream, "value\n");
    for (size_t i = 0; i < cells; i++) {
        if (values[i] != 0.0 || signbit(values[i])) {
            put_cell(e->b, table, i, stream);
            fprintf(stream, "%.17g\n", values[i]);
        }
    }
    return ferror(stream) ? ENT_ERR_IO : ENT_OK;
}

static int write_file(const export_t *e, const char *folder, const char *name, writer_t *write, int which,
                      ent_context_t *ctx)
{
    char *path = ent_format(ctx, "%s/%s", folder, name);
    FILE *stream = path != NULL ? fopen(path, "w") : NULL;
    int code = path == NULL ? ENT_ERR_NO_MEMORY : ENT_OK;
    if (stream != NULL) {
        code = write(e, which, stream);
    }
    if (path != NULL && (stream == NULL || fclose(stream) != 0 || code != ENT_OK)) {
        code = ent_fail(ctx, ENT_ERR_IO, path, "cannot be written: %s", strerror(errno));
    }
    free(path);
    return code;
}

static int write_folder(const export_t *e, const char *folder, ent_context_t *ctx)
{
    int code = write_file(e, folder, "regions.csv", write_labels, 0, ctx);
    code = code == ENT_OK ? write_file(e, folder, "sectors.csv", write_labels, 1, ctx) : code;
    for (int t = 0; code == ENT_OK && t < ENT_N_TABLES; t++) {
        code = write_file(e, folder, ent_benchmark_tables[t].file, write_table, t, ctx);
    }
    return code == ENT_OK ? write_file(e, folder, "manifest.csv", write_manifest, 0, ctx) : code;
}

static void remove_folder(const char *folder)
{
    static const char *const others[] = {"regions.csv", "sectors.csv", "manifest.csv"};
    char path[4096];
    for (int i = 0; i < ENT_N_TABLES + 3; i++) {
        snprintf(path, sizeof path, "%s/%s", folder,
                 i < ENT_N_TABLES ? ent_benchmark_tables[i].file : others[i - ENT_N_TABLES]);
        (void)unlink(path);
    }
    (void)rmdir(folder);
}

/* Written under a name of its own beside, so that a folder is whole or not there. */
int ent_benchmark_export(const ent_benchmark_t *benchmark, const ent_benchmark_words_t *words,
                         const char *folder, ent_context_t *ctx)
{
    const export_t e = {.b = benchmark, .words = words};
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/') {
        length--;
    }
    char *temporary = ent_format(ctx, "%.*s.XXXXXX", (int)length, folder);
    if (temporary == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    int code = ENT_OK;
    if (access(folder, F_OK) == 0) {
        code = ent_fail(ctx, ENT_ERR_CANT_CREATE, folder, "exists: name a folder that does not");
    } else if (mkdtemp(temporary) == NULL || chmod(temporary, 0755) != 0) {
        code = ent_fail(ctx, ENT_ERR_CANT_CREATE, folder, "cannot be created: %s", strerror(errno));
    } else {
        code = write_folder(&e, temporary, ctx);
        if (code == ENT_OK && rename(temporary, folder) != 0) {
            code = ent_fail(ctx, ENT_ERR_CANT_CREATE, folder, "cannot be created: %s", strerror(errno));
        }
        if (code != ENT_OK) {
            remove_folder(temporary);
        }
    }
    free(temporary);
    return code;
}
