/* The life of a results file: create, write, finish or abandon. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <math.h>
#include "io/results_internal.h"
#include "io/results_file.h"

#include <stdlib.h>
#include <string.h>

/* Room for the description of the file, for the index entries that one more trajectory can add to each field,
 * and for the end. */
enum { description_bytes = 1 << 20, index_bytes = 1 << 14, end_bytes = 1 << 16 };

static void set_lengths(ent_results_t *results, const ent_config_t *config)
{
    results->length[ENT_DIM_SCENARIO] = (hsize_t)config->n_scenarios;
    results->length[ENT_DIM_REPLICATION] = (hsize_t)ent_replication_count(config);
    results->length[ENT_DIM_TIME] = (hsize_t)config->n_steps;
    results->length[ENT_DIM_SECTOR] = (hsize_t)config->n_sector;
    results->length[ENT_DIM_FLOW] = (hsize_t)config->n_flows;
    results->length[ENT_DIM_ORIGIN] = (hsize_t)config->n_region;
    results->length[ENT_DIM_DESTINATION] = (hsize_t)config->n_region;
    results->length[ENT_DIM_REGION] = (hsize_t)config->n_region;
    results->length[ENT_DIM_CLASS] = ENT_N_CLASSES;
    results->length[ENT_DIM_DRAW] = (hsize_t)config->n_draws + (hsize_t)config->n_shocks;
    results->length[ENT_DIM_BOUND] = 2;
    results->length[ENT_DIM_LAW] = (hsize_t)results->laws.n_laws;
    results->length[ENT_DIM_LEVIED] = (hsize_t)results->laws.n_levied;
}

/* What coordinates, draws and references take at most: a string with its place in the heap, or numbers. */
static long long coordinate_bytes(const ent_results_t *results, const ent_config_t *config)
{
    const hsize_t *n = results->length;
    hsize_t names = 0;
    for (int i = 0; i < ENT_N_DIMENSIONS; i++)
        names += n[i];
    hsize_t numbers = 3 * n[ENT_DIM_SECTOR] * n[ENT_DIM_FLOW] + n[ENT_DIM_SECTOR] * n[ENT_DIM_ORIGIN] +
                      n[ENT_DIM_REPLICATION] * n[ENT_DIM_DRAW];
    hsize_t laws =
        n[ENT_DIM_SCENARIO] * n[ENT_DIM_TIME] * n[ENT_DIM_LEVIED] * n[ENT_DIM_SECTOR] * n[ENT_DIM_LAW];
    size_t text = config->text != NULL ? strlen(config->text) : 0;
    return description_bytes + (long long)(256 * names + sizeof(double) * (numbers + laws) + 2 * text);
}

static long long trajectory_bytes(const ent_config_t *config)
{
    size_t values = 0;
    for (int f = 0; f < ENT_N_FIELDS; f++)
        values += ent_field_size((ent_field_id_t)f, config->n_region, config->n_sector, config->n_flows);
    /* What cannot be deflated grows by less than a hundredth. */
    return (long long)((double)values * config->n_steps * sizeof(float) * 1.01) +
           (long long)ENT_N_FIELDS * index_bytes;
}

/* Reserve room for so many bytes more than the file has, whether written yet or not. */
static int reserve_more(ent_results_t *results, long long bytes, ent_context_t *ctx)
{
    hsize_t size = 0;
    if (H5Fget_filesize(results->file, &size) < 0)
        return ent_hdf5_fail(ctx, ENT_ERR_IO, results->output.path, "the size of the file is unknown");
    return ent_output_reserve(&results->output, (long long)size + bytes, ctx);
}

/* A flush cuts the file to its used length and so gives up what was reserved beyond it. */
static int flush(ent_results_t *results)
{
    results->output.reserved = 0;
    return H5Fflush(results->file, H5F_SCOPE_GLOBAL) < 0 ? -1 : 0;
}

static ent_results_t *allocate(const ent_config_t *config, const ent_benchmark_t *benchmark,
                               ent_context_t *ctx)
{
    ent_results_t *results = calloc(1, sizeof *results);
    if (results == NULL)
        return NULL;
    if (ent_laws_init(&results->laws, config, benchmark, ctx) != 0) {
        free(results);
        return NULL;
    }
    results->file = results->provenance = results->draws = -1;
    for (int i = 0; i < ENT_N_DIMENSIONS; i++)
        results->scale[i] = -1;
    for (int f = 0; f < ENT_N_FIELDS; f++)
        results->field[f] = -1;
    for (int i = 0; i < 4; i++)
        results->agreement[i] = -1;
    set_lengths(results, config);
    results->trajectory_bytes = trajectory_bytes(config);
    results->written =
        calloc((size_t)(results->length[ENT_DIM_SCENARIO] * results->length[ENT_DIM_REPLICATION]) + 1, 1);
    if (results->written == NULL) {
        ent_laws_free(&results->laws);
        free(results);
        return NULL;
    }
    return results;
}

int ent_results_create(ent_results_t **results, const char *path, int overwrite, const ent_config_t *config,
                       const ent_benchmark_t *benchmark, ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    ent_results_t *r = allocate(config, benchmark, ctx);
    *results = NULL;
    if (r == NULL)
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, path, "no memory to write results");
    int rc = ent_output_begin(&r->output, path, overwrite, ctx);
    if (rc != 0) {
        ent_laws_free(&r->laws);
        free(r->written);
        free(r);
        return rc;
    }
    rc = ent_output_reserve(&r->output, coordinate_bytes(r, config), ctx);
    if (rc != 0) {
        ent_results_abandon(r);
        return rc;
    }
    r->ctx = ctx;
    ent_hdf5_quiet(&saved);
    r->file = ent_hdf5_create(r->output.temporary);
    if (r->file < 0 || ent_results_layout(r, config, benchmark) != 0 ||
        ent_results_provenance(r, config, benchmark) != 0 || flush(r) != 0) {
        rc = ent_hdf5_fail(ctx, ENT_ERR_IO, path, "the results file could not be laid out");
        ent_results_abandon(r);
        r = NULL;
    }
    ent_hdf5_unquiet(&saved);
    *results = r;
    return rc;
}

/* The block [scenario, replication, :, ...] of one field: rank, and where it starts and ends. */
static int field_block(const ent_results_t *results, int field, int scenario, int replication,
                       hsize_t start[ENT_MAX_RANK], hsize_t count[ENT_MAX_RANK])
{
    ent_dimension_t axes[2];
    const int n_axes = ent_results_axes(ent_field_table()[field].shape, axes);
    memset(start, 0, ENT_MAX_RANK * sizeof *start);
    start[0] = (hsize_t)scenario;
    start[1] = (hsize_t)replication;
    count[0] = count[1] = 1;
    count[2] = results->length[ENT_DIM_TIME];
    for (int i = 0; i < n_axes; i++)
        count[3 + i] = results->length[axes[i]];
    return 3 + n_axes;
}

/* Write a block, whose first value is value `first` of the variable, and remember it. */
static int write_block(ent_results_t *results, hid_t dataset, const char *name, ent_written_kind_t kind,
                       hsize_t first, int rank, const hsize_t *start, const hsize_t *count,
                       const void *values)
{
    hsize_t size = 1;
    for (int i = 0; i < rank; i++)
        size *= count[i];
    return ent_hdf5_write_block(dataset, kind, rank, start, count, values) == 0
               ? ent_written_add(&results->values, name, kind, first * size, size, values, results->ctx)
               : -1;
}

static int write_field(ent_results_t *results, int field, int scenario, int replication, const float *values)
{
    hsize_t start[ENT_MAX_RANK], count[ENT_MAX_RANK];
    const int rank = field_block(results, field, scenario, replication, start, count);
    return write_block(results, results->field[field], ent_field_table()[field].name, ENT_WRITTEN_FLOATS,
                       start[0] * results->length[ENT_DIM_REPLICATION] + start[1], rank, start, count,
                       values);
}

static int write_draws(ent_results_t *results, int replication, const double *draws)
{
    const hsize_t start[2] = {(hsize_t)replication, 0};
    const hsize_t count[2] = {1, results->length[ENT_DIM_DRAW]};
    return results->draws < 0 || draws == NULL
               ? 0
               : write_block(results, results->draws, "draws", ENT_WRITTEN_REALS, start[0], 2, start, count,
                             draws);
}

/* How the talks of one scenario and replication ended. */
static int write_agreement(ent_results_t *results, int scenario, int replication,
                           const ent_agreement_t *agreement)
{
    const double values[4] = {agreement->day - ent_day_of(2025, 1, 1), agreement->conceded[0],
                              agreement->conceded[1], agreement->snapped_back};
    const hsize_t start[2] = {(hsize_t)scenario, (hsize_t)replication}, count[2] = {1, 1};
    int rc = 0;
    for (int i = 0; i < 4 && rc == 0 && results->agreement[i] >= 0; i++)
        rc = write_block(results, results->agreement[i], ent_agreement_names[i], ENT_WRITTEN_REALS,
                         start[0] * results->length[ENT_DIM_REPLICATION] + start[1], 2, start, count,
                         &values[i]);
    return rc;
}

/* The block of one field, back into memory. */
static int read_field(const ent_results_t *results, int field, int scenario, int replication, float *values)
{
    hsize_t start[ENT_MAX_RANK], count[ENT_MAX_RANK];
    const int rank = field_block(results, field, scenario, replication, start, count);
    return ent_hdf5_read_block(results->field[field], H5T_NATIVE_FLOAT, rank, start, count, values);
}

int ent_results_recall(const ent_results_t *results, int scenario, int replication,
                       ent_trajectory_t *trajectory, double *draws, ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    double values[4] = {NAN, NAN, NAN, NAN};
    const hsize_t place[2] = {(hsize_t)scenario, (hsize_t)replication}, one[2] = {1, 1};
    const hsize_t start[2] = {(hsize_t)replication, 0}, count[2] = {1, results->length[ENT_DIM_DRAW]};
    int rc = 0;
    ent_hdf5_quiet(&saved);
    for (int f = 0; f < ENT_N_FIELDS && rc == 0; f++)
        if (results->field[f] >= 0)
            rc = read_field(results, f, scenario, replication, trajectory->value[f]);
    if (rc == 0 && results->draws >= 0)
        rc = ent_hdf5_read_block(results->draws, H5T_NATIVE_DOUBLE, 2, start, count, draws);
    for (int i = 0; i < 4 && rc == 0 && results->agreement[i] >= 0; i++)
        rc = ent_hdf5_read_block(results->agreement[i], H5T_NATIVE_DOUBLE, 2, place, one, &values[i]);
    trajectory->agreement =
        (ent_agreement_t){values[0] + ent_day_of(2025, 1, 1), {values[1], values[2]}, values[3]};
    if (rc != 0)
        rc = ent_hdf5_fail(ctx, ENT_ERR_IO, results->output.path, "results cannot be read back");
    ent_hdf5_unquiet(&saved);
    return rc;
}

int ent_results_has(const ent_results_t *results, int replication)
{
    for (hsize_t s = 0; s < results->length[ENT_DIM_SCENARIO]; s++)
        if (!results->written[s * results->length[ENT_DIM_REPLICATION] + (hsize_t)replication])
            return 0;
    return 1;
}

static int check_write(const ent_results_t *results, int scenario, int replication,
                       const ent_trajectory_t *trajectory, ent_context_t *ctx)
{
    const char *path = results->output.path;
    if (results->broken)
        return ent_fail(ctx, ENT_ERR_IO, path, "an earlier write failed, nothing more is written");
    if (scenario < 0 || replication < 0 || (hsize_t)scenario >= results->length[ENT_DIM_SCENARIO] ||
        (hsize_t)replication >= results->length[ENT_DIM_REPLICATION])
        return ent_fail(ctx, ENT_ERR_BUG, path, "scenario %d, replication %d is outside the run", scenario,
                        replication);
    if ((hsize_t)trajectory->n_steps != results->length[ENT_DIM_TIME])
        return ent_fail(ctx, ENT_ERR_BUG, path, "a trajectory of %d steps for a run of %d",
                        trajectory->n_steps, (int)results->length[ENT_DIM_TIME]);
    for (int f = 0; f < ENT_N_FIELDS; f++)
        if (results->field[f] >= 0 && trajectory->value[f] == NULL)
            return ent_fail(ctx, ENT_ERR_BUG, path, "a trajectory without %s", ent_field_table()[f].name);
    return 0;
}

int ent_results_write(ent_results_t *results, int scenario, int replication,
                      const ent_trajectory_t *trajectory, const double *draws, ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    int rc = check_write(results, scenario, replication, trajectory, ctx);
    if (rc != 0)
        return rc;
    results->ctx = ctx;
    ent_hdf5_quiet(&saved);
    rc = reserve_more(results, results->trajectory_bytes + end_bytes, ctx);
    if (rc == 0) {
        for (int f = 0; f < ENT_N_FIELDS && rc == 0; f++)
            if (results->field[f] >= 0)
                rc = write_field(results, f, scenario, replication, trajectory->value[f]);
        if (rc == 0 && scenario == 0)
            rc = write_draws(results, replication, draws);
        if (rc == 0)
            rc = write_agreement(results, scenario, replication, &trajectory->agreement);
        if (rc == -1)
            rc = ent_hdf5_fail(ctx, ENT_ERR_IO, results->output.path, "writing results failed");
    }
    if (rc != 0) {
        results->broken = 1;
    } else {
        size_t n = (size_t)results->length[ENT_DIM_REPLICATION];
        results->written[(size_t)scenario * n + (size_t)replication] = 1;
    }
    ent_hdf5_unquiet(&saved);
    return rc;
}

int ent_results_missing(const ent_results_t *results)
{
    size_t n = (size_t)results->length[ENT_DIM_REPLICATION];
    int n_missing = 0;
    for (size_t r = 0; r < n; r++)
        for (size_t s = 0; s < (size_t)results->length[ENT_DIM_SCENARIO]; s++)
            if (!results->written[s * n + r]) {
                n_missing++;
                break;
            }
    return n_missing;
}

/* Close everything but the file; a data set may still have something to write. */
static int close_parts(ent_results_t *results)
{
    int rc = 0;
    for (int f = 0; f < ENT_N_FIELDS; f++)
        rc |= ent_hdf5_close(&results->field[f]);
    for (int i = 0; i < 4; i++)
        rc |= ent_hdf5_close(&results->agreement[i]);
    rc |= ent_hdf5_close(&results->draws);
    for (int i = 0; i < ENT_N_DIMENSIONS; i++)
        rc |= ent_hdf5_close(&results->scale[i]);
    return rc | ent_hdf5_close(&results->provenance);
}

/* The completion mark goes in only after all else is known to be on its way to disk. */
static int mark_complete(ent_results_t *results, ent_context_t *ctx)
{
    if (close_parts(results) != 0 || flush(results) != 0 || reserve_more(results, end_bytes, ctx) != 0 ||
        ent_hdf5_integer_attribute(results->file, "complete", 1) != 0 || flush(results) != 0)
        return -1;
    hid_t file = results->file;
    results->file = -1;
    return H5Fclose(file) < 0 ? -1 : 0;
}

int ent_results_finish(ent_results_t *results, double wall_seconds, int n_failed, ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    int rc = 0;
    int n_missing = ent_results_missing(results);

    results->ctx = ctx;
    ent_hdf5_quiet(&saved);
    if (results->broken)
        rc = ent_fail(ctx, ENT_ERR_IO, results->output.path, "a write failed: the file is not kept");
    else if (n_missing != n_failed)
        rc = ent_fail(ctx, ENT_ERR_BUG, results->output.path,
                      "%d replications are missing in the results, %d failed", n_missing, n_failed);
    else if (ent_results_write_status(results) != 0 ||
             ent_results_provenance_end(results, wall_seconds, n_failed) != 0 ||
             mark_complete(results, ctx) != 0)
        rc = ent_hdf5_fail(ctx, ENT_ERR_IO, results->output.path, "the results file could not be completed");
    if (rc == 0)
        rc = ent_written_check(&results->values, results->output.temporary, results->output.path, ctx);
    if (rc == 0)
        rc = ent_output_seal(&results->output, ctx);
    if (rc == 0)
        rc = ent_output_commit(&results->output, ctx);
    ent_results_abandon(results);
    ent_hdf5_unquiet(&saved);
    return rc;
}

void ent_results_abandon(ent_results_t *results)
{
    ent_hdf5_quiet_t saved;
    if (results == NULL)
        return;
    ent_hdf5_quiet(&saved);
    close_parts(results);
    ent_hdf5_close(&results->file);
    ent_hdf5_unquiet(&saved);
    ent_output_abandon(&results->output);
    ent_laws_free(&results->laws);
    ent_written_free(&results->values);
    free(results->written);
    free(results);
}
