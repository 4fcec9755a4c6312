#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "io/results_file.h"

#include "base/printable.h"
#include "io/seal.h"
#include "io/vet.h"
#include "io/results_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int damaged(ent_context_t *ctx, const ent_results_file_t *file, const char *what)
{
    return ent_hdf5_fail(ctx, ENT_ERR_DATA, file->path, what);
}

/* Length of a one-dimensional variable; 0 when the file has none of that name, -1 when it cannot be known. */
static int length_of(const ent_results_file_t *file, const char *name)
{
    hsize_t length = 0;
    htri_t exists = H5Lexists(file->file, name, H5P_DEFAULT);
    if (exists <= 0)
        return exists == 0 ? 0 : -1;
    hid_t dataset = H5Dopen2(file->file, name, H5P_DEFAULT);
    const int known = ent_hdf5_extent(dataset, 1, &length) == 1 && length <= INT32_MAX;
    ent_hdf5_close(&dataset);
    return known ? (int)length : -1;
}

/* Copy strings out of HDF5's own memory. */
static char **copy_strings(char *const *strings, int n)
{
    char **copies = calloc((size_t)n + 1, sizeof *copies);
    for (int i = 0; copies != NULL && i < n; i++) {
        copies[i] = strdup(strings[i] != NULL ? strings[i] : "");
        if (copies[i] == NULL) {
            while (i > 0)
                free(copies[--i]);
            free(copies);
            return NULL;
        }
    }
    return copies;
}

static int read_strings(const ent_results_file_t *file, const char *name, int n, char ***strings)
{
    int rc = -1;
    hid_t type = ent_hdf5_string_type();
    hid_t dataset = H5Dopen2(file->file, name, H5P_DEFAULT);
    char **raw = calloc((size_t)n + 1, sizeof *raw);

    if (type < 0 || dataset < 0 || raw == NULL || length_of(file, name) != n ||
        H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw) < 0)
        goto out;
    *strings = copy_strings(raw, n);
    rc = *strings != NULL ? 0 : -1;
    for (int i = 0; i < n; i++)
        H5free_memory(raw[i]);
out:
    free(raw);
    ent_hdf5_close(&dataset);
    ent_hdf5_close(&type);
    return rc;
}

static int read_integers(const ent_results_file_t *file, const char *name, int n, int **values)
{
    int rc = -1;
    hid_t dataset = H5Dopen2(file->file, name, H5P_DEFAULT);
    *values = calloc((size_t)n + 1, sizeof **values);
    if (dataset >= 0 && *values != NULL && length_of(file, name) == n &&
        H5Dread(dataset, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, *values) >= 0)
        rc = 0;
    ent_hdf5_close(&dataset);
    return rc;
}

static int read_integer(hid_t object, const char *name, int *value)
{
    long long wide = 0;
    if (ent_hdf5_read_integer_attribute(object, name, &wide) != 0 || wide < 0 || wide > INT32_MAX)
        return -1;
    *value = (int)wide;
    return 0;
}

int ent_results_file_find(char *const *names, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

/* Region indices of flow_origin or flow_destination. */
static int read_flow_ends(const ent_results_file_t *file, const char *name, int **regions)
{
    char **names = NULL;
    int rc = -1;
    *regions = calloc((size_t)file->n_flow + 1, sizeof **regions);
    if (*regions == NULL || read_strings(file, name, file->n_flow, &names) != 0)
        return -1;
    for (int i = 0; i < file->n_flow; i++) {
        (*regions)[i] = ent_results_file_find(file->region, file->n_region, names[i]);
        if ((*regions)[i] < 0)
            goto out;
    }
    rc = 0;
out:
    for (int i = 0; i < file->n_flow; i++)
        free(names[i]);
    free(names);
    return rc;
}

static int read_time(ent_results_file_t *file)
{
    const ent_day_t epoch = ent_day_of(2025, 1, 1);
    const int far = 1000000; /* days: beyond any calendar of a run */
    int n = file->n_time;
    int *bounds = calloc((size_t)n * 2 + 1, sizeof *bounds);
    int rc = -1;
    hid_t dataset = H5Dopen2(file->file, "time_bounds", H5P_DEFAULT);
    hid_t space = dataset >= 0 ? H5Dget_space(dataset) : -1;

    file->begin = calloc((size_t)n + 1, sizeof *file->begin);
    file->end = calloc((size_t)n + 1, sizeof *file->end);
    if (bounds == NULL || file->begin == NULL || file->end == NULL || space < 0 ||
        H5Sget_simple_extent_npoints(space) != 2 * (hssize_t)n ||
        H5Dread(dataset, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, bounds) < 0)
        goto out;
    for (int i = 0; i < n; i++) {
        if (bounds[2 * i] < -far || bounds[2 * i + 1] > far || bounds[2 * i] >= bounds[2 * i + 1] ||
            (i > 0 && bounds[2 * i] != bounds[2 * i - 1]))
            goto out;
        file->begin[i] = bounds[2 * i] + epoch;
        file->end[i] = bounds[2 * i + 1] + epoch;
    }
    rc = 0;
out:
    free(bounds);
    ent_hdf5_close(&space);
    ent_hdf5_close(&dataset);
    return rc;
}

static int read_coordinates(ent_results_file_t *file)
{
    char *home = NULL;
    file->n_scenario = length_of(file, "scenario");
    file->n_replication = length_of(file, "replication");
    file->n_time = length_of(file, "time");
    file->n_sector = length_of(file, "sector");
    file->n_region = length_of(file, "region");
    file->n_flow = length_of(file, "flow");
    file->n_draw = length_of(file, "draw");
    if (file->n_scenario <= 0 || file->n_replication <= 0 || file->n_time <= 0 || file->n_sector <= 0 ||
        file->n_region <= 0 || file->n_flow < 0 || file->n_draw < 0)
        return -1;
    if (read_strings(file, "scenario", file->n_scenario, &file->scenario) != 0 ||
        read_strings(file, "sector", file->n_sector, &file->sector) != 0 ||
        read_strings(file, "sector_name", file->n_sector, &file->sector_name) != 0 ||
        read_strings(file, "region", file->n_region, &file->region) != 0 ||
        read_strings(file, "region_name", file->n_region, &file->region_name) != 0 ||
        read_integers(file, "world", file->n_replication, &file->world) != 0 ||
        read_integers(file, "chance", file->n_replication, &file->chance) != 0 ||
        read_integers(file, "replication_status", file->n_replication, &file->whole) != 0 ||
        read_time(file) != 0)
        return -1;
    if (file->n_flow > 0 && (read_strings(file, "flow", file->n_flow, &file->flow) != 0 ||
                             read_flow_ends(file, "flow_origin", &file->flow_origin) != 0 ||
                             read_flow_ends(file, "flow_destination", &file->flow_destination) != 0))
        return -1;
    if (file->n_draw > 0 && (read_strings(file, "draw", file->n_draw, &file->draw) != 0 ||
                             read_strings(file, "draw_unit", file->n_draw, &file->draw_unit) != 0))
        return -1;
    if (ent_hdf5_read_text_attribute(file->file, "home_region", &home) != 0)
        return -1;
    file->home = ent_results_file_find(file->region, file->n_region, home);
    free(home);
    return file->home >= 0 ? 0 : -1;
}

/* What only some runs have: their negotiators and their decomposition. */
static int read_extras(ent_results_file_t *file)
{
    char *sides = NULL;
    file->side[0] = file->side[1] = -1;
    if (H5Aexists(file->file, "negotiation_sides") != 0) {
        if (ent_hdf5_read_text_attribute(file->file, "negotiation_sides", &sides) != 0)
            return -1;
        char *second = strchr(sides, '|');
        if (second != NULL) {
            *second++ = '\0';
            file->side[0] = ent_results_file_find(file->region, file->n_region, sides);
            file->side[1] = ent_results_file_find(file->region, file->n_region, second);
        }
        free(sides);
        if (file->side[0] < 0 || file->side[1] < 0)
            return -1;
    }
    return H5Aexists(file->file, "decomposition") != 0
               ? ent_hdf5_read_text_attribute(file->file, "decomposition", &file->decomposition)
               : 0;
}

static int check_format(const ent_results_file_t *file, ent_context_t *ctx)
{
    char *format = NULL;
    int version = 0, complete = 0;
    const int read = ent_hdf5_read_text_attribute(file->file, "format", &format);
    if (read == ENT_ERR_NO_MEMORY)
        return ent_hdf5_fail(ctx, read, file->path, "cannot be read");
    int is_results = read == 0 && strcmp(format, ENT_RESULTS_FORMAT) == 0 &&
                     read_integer(file->file, "format_version", &version) == 0;
    free(format);
    H5Eclear2(H5E_DEFAULT);
    if (!is_results)
        return ent_fail(ctx, ENT_ERR_DATA, file->path, "is an HDF5 file, but no Entrepot results file");
    if (version != ENT_RESULTS_FORMAT_VERSION)
        return ent_fail(ctx, ENT_ERR_DATA, file->path,
                        "is a results file of format version %d; this program reads version %d", version,
                        ENT_RESULTS_FORMAT_VERSION);
    if (read_integer(file->file, "complete", &complete) != 0 || complete != 1) {
        H5Eclear2(H5E_DEFAULT);
        return ent_fail(ctx, ENT_ERR_DATA, file->path,
                        "has no completion mark: its run was cut short or is still going on");
    }
    return 0;
}

/* A block that was never stored reads as NaN without any error: count what is there. */
static int check_trajectories(const ent_results_file_t *file, ent_context_t *ctx)
{
    const ent_field_t *field = ent_field_table();
    hsize_t n_whole = 0;
    for (int r = 0; r < file->n_replication; r++)
        n_whole += file->whole[r] == 1;
    for (int f = 0; f < ENT_N_FIELDS; f++) {
        hsize_t n_stored = 0;
        if (!ent_results_file_has(file, (ent_field_id_t)f))
            continue;
        hid_t dataset = H5Dopen2(file->file, field[f].name, H5P_DEFAULT);
        hid_t space = dataset >= 0 ? H5Dget_space(dataset) : -1;
        int read = space >= 0 && H5Dget_num_chunks(dataset, space, &n_stored) >= 0;
        ent_hdf5_close(&space);
        ent_hdf5_close(&dataset);
        if (!read)
            return damaged(ctx, file, field[f].name);
        if (n_stored < n_whole * (hsize_t)file->n_scenario)
            return ent_fail(ctx, ENT_ERR_DATA, file->path, "%s lacks trajectories that the file claims",
                            field[f].name);
    }
    return 0;
}

/* The printable form of a text that stands over tables and pages; somebody may have written it. */
static int shorten(char **text)
{
    enum { MOST = 500 };
    char *shown = ent_printable(*text, MOST);
    free(*text);
    *text = shown;
    return shown != NULL ? 0 : ENT_ERR_NO_MEMORY;
}

static int open_checked(ent_results_file_t *file, ent_context_t *ctx)
{
    file->file = ent_hdf5_open(file->path);
    if (file->file < 0)
        return damaged(ctx, file, "sealed, but HDF5 cannot open it");
    int rc = check_format(file, ctx);
    if (rc != 0)
        return rc;
    long long n_slots = 0;
    if (read_coordinates(file) != 0 || read_extras(file) != 0 ||
        ent_hdf5_read_text_attribute(file->file, "name", &file->name) != 0 ||
        ent_hdf5_read_text_attribute(file->file, "title", &file->title) != 0 ||
        read_integer(file->file, "steps_per_year", &file->steps_per_year) != 0 ||
        read_integer(file->file, "n_worlds", &file->n_worlds) != 0 ||
        read_integer(file->file, "n_repeats", &file->n_repeats) != 0 ||
        ent_hdf5_read_integer_attribute(file->file, "slots", &n_slots) != 0)
        return damaged(ctx, file, "has damaged coordinates");
    if (shorten(&file->title) != 0 || shorten(&file->name) != 0) {
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, file->path, "no memory for its title");
    }
    if (file->n_worlds + file->n_repeats != file->n_replication || file->steps_per_year < 1)
        return ent_fail(ctx, ENT_ERR_DATA, file->path, "%d worlds and %d repeats are not its %d replications",
                        file->n_worlds, file->n_repeats, file->n_replication);
    for (int r = 0; r < file->n_replication; r++)
        if (file->world[r] < 0 || file->world[r] >= file->n_worlds || file->chance[r] < 0 ||
            file->chance[r] > 1)
            return ent_fail(ctx, ENT_ERR_DATA, file->path,
                            "replication %d plays world %d with chance %d: there is no such", r,
                            file->world[r], file->chance[r]);
    file->n_slots = n_slots;
    return check_trajectories(file, ctx);
}

/* A config in place of the results of its run is a common slip. */
static int is_config(const char *path)
{
    const char *suffix = strrchr(path, '.');
    return suffix != NULL && (strcmp(suffix, ".yaml") == 0 || strcmp(suffix, ".yml") == 0) &&
           access(path, R_OK) == 0;
}

int ent_results_file_open(ent_results_file_t *file, const char *path, ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    *file = (ent_results_file_t){.file = -1, .path = strdup(path)};
    if (file->path == NULL)
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, path, "no memory for a file name");
    if (is_config(path)) {
        ent_results_file_close(file);
        return ent_fail(ctx, ENT_ERR_DATA, path,
                        "is a config, not the results of a run: `entrepot run %s -o FILE` makes them", path);
    }
    ent_hdf5_quiet(&saved);
    int rc = ent_seal_check(path, NULL, ctx);
    rc = rc == 0 ? ent_vet(path, ctx) : rc;
    if (rc == 0)
        rc = open_checked(file, ctx);
    if (rc != 0)
        ent_results_file_close(file);
    ent_hdf5_unquiet(&saved);
    return rc;
}

static void free_names(char **names, int n)
{
    for (int i = 0; names != NULL && i < n; i++)
        free(names[i]);
    free(names);
}

void ent_results_file_close(ent_results_file_t *file)
{
    if (file->path == NULL)
        return;
    ent_hdf5_close(&file->file);
    free_names(file->scenario, file->n_scenario);
    free_names(file->sector, file->n_sector);
    free_names(file->sector_name, file->n_sector);
    free_names(file->region, file->n_region);
    free_names(file->region_name, file->n_region);
    free_names(file->flow, file->n_flow);
    free_names(file->draw, file->n_draw);
    free_names(file->draw_unit, file->n_draw);
    free(file->flow_origin);
    free(file->flow_destination);
    free(file->world);
    free(file->chance);
    free(file->whole);
    free(file->begin);
    free(file->end);
    free(file->name);
    free(file->decomposition);
    free(file->title);
    free(file->path);
    *file = (ent_results_file_t){.file = -1};
}

int ent_results_file_has(const ent_results_file_t *file, ent_field_id_t field)
{
    /* What cannot be asked is taken to be there: reading it will say what is wrong. */
    return H5Lexists(file->file, ent_field_table()[field].name, H5P_DEFAULT) != 0;
}

/* Read a block of a variable into values of the given memory type. */
static int read_block(const ent_results_file_t *file, const char *variable, int rank, const hsize_t *start,
                      const hsize_t *count, hid_t type, void *values, ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    ent_hdf5_quiet(&saved);
    hid_t dataset = H5Dopen2(file->file, variable, H5P_DEFAULT);
    const int rc = ent_hdf5_read_block(dataset, type, rank, start, count, values) == 0
                       ? 0
                       : damaged(ctx, file, variable);
    ent_hdf5_close(&dataset);
    ent_hdf5_unquiet(&saved);
    return rc;
}

int ent_results_file_block(const ent_results_file_t *file, const char *variable, int rank,
                           const hsize_t *start, const hsize_t *count, double *values, ent_context_t *ctx)
{
    return read_block(file, variable, rank, start, count, H5T_NATIVE_DOUBLE, values, ctx);
}

int ent_results_file_units(const ent_results_file_t *file, const char *variable, char **units,
                           ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    int rc = 0;
    *units = NULL;
    ent_hdf5_quiet(&saved);
    if (H5Lexists(file->file, variable, H5P_DEFAULT) != 0) {
        hid_t dataset = H5Dopen2(file->file, variable, H5P_DEFAULT);
        if (dataset < 0 || ent_hdf5_read_text_attribute(dataset, "units", units) != 0)
            rc = damaged(ctx, file, variable);
        ent_hdf5_close(&dataset);
    }
    ent_hdf5_unquiet(&saved);
    return rc;
}

int ent_results_file_strings(const ent_results_file_t *file, const char *variable, int *n, char ***strings,
                             ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    int rc = 0;
    *n = 0;
    *strings = NULL;
    ent_hdf5_quiet(&saved);
    if (H5Lexists(file->file, variable, H5P_DEFAULT) != 0) {
        *n = length_of(file, variable);
        if (*n < 0 || read_strings(file, variable, *n, strings) != 0) {
            *n = 0;
            rc = damaged(ctx, file, variable);
        }
    }
    ent_hdf5_unquiet(&saved);
    return rc;
}

int ent_results_file_read(const ent_results_file_t *file, ent_field_id_t field, int scenario, int replication,
                          float *values, ent_context_t *ctx)
{
    const hsize_t length[ENT_N_DIMENSIONS] = {
        [ENT_DIM_SECTOR] = (hsize_t)file->n_sector, [ENT_DIM_FLOW] = (hsize_t)file->n_flow,
        [ENT_DIM_ORIGIN] = (hsize_t)file->n_region, [ENT_DIM_DESTINATION] = (hsize_t)file->n_region,
        [ENT_DIM_REGION] = (hsize_t)file->n_region, [ENT_DIM_CLASS] = ENT_N_CLASSES};
    hsize_t start[ENT_MAX_RANK] = {(hsize_t)scenario, (hsize_t)replication};
    hsize_t count[ENT_MAX_RANK] = {1, 1, (hsize_t)file->n_time};
    const ent_field_t *entry = &ent_field_table()[field];
    ent_dimension_t axes[2];
    int n_axes = ent_results_axes(entry->shape, axes);
    for (int i = 0; i < n_axes; i++)
        count[3 + i] = length[axes[i]];
    return read_block(file, entry->name, 3 + n_axes, start, count, H5T_NATIVE_FLOAT, values, ctx);
}

int ent_results_file_provenance(const ent_results_file_t *file, const char *name, char **text,
                                ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    int rc = -1;
    *text = NULL;
    ent_hdf5_quiet(&saved);
    if (strcmp(name, "config") == 0) {
        rc = ent_hdf5_read_text(file->file, "provenance/config", text);
        if (rc == 0 && *text == NULL) /* HDF5 gives none for an empty one */
            rc = (*text = strdup("")) != NULL ? 0 : -1;
    } else {
        hid_t group = H5Gopen2(file->file, "provenance", H5P_DEFAULT);
        if (group >= 0)
            rc = ent_hdf5_read_text_attribute(group, name, text);
        ent_hdf5_close(&group);
    }
    if (rc != 0)
        rc = damaged(ctx, file, "its provenance cannot be read");
    ent_hdf5_unquiet(&saved);
    return rc;
}
