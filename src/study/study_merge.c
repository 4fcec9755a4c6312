/* Parts of a study made one file. */
#include "study/study.h"

#include "base/memory.h"
#include "io/sealed_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1024, MOST_NAMES = 256 };

typedef struct {
    const ent_plan_file_t *plan;
    ent_sealed_t file;
    signed char *state; /* [n_points] 0 missing, 1 done, 2 failed */
    ent_context_t *ctx;
} merge_t;

/* The values of a discrete factor, one a line; owned by the caller. NULL without memory. */
static char *joined_texts(const ent_factor_t *factor, ent_context_t *ctx)
{
    size_t size = 1;
    for (int t = 0; t < factor->n_texts; t++) {
        size += strlen(factor->texts[t]) + 1;
    }
    char *text = ent_calloc(ctx, size, 1), *end = text;
    for (int t = 0; text != NULL && t < factor->n_texts; t++) {
        end += sprintf(end, "%s%s", t > 0 ? "\n" : "", factor->texts[t]);
    }
    return text;
}

/* Dimensions and what the plan says. Point data are written in blocks, in the plan's order. */
static int lay_out(merge_t *m)
{
    static const char *const by_point[] = {"point", "factor"};
    const ent_plan_file_t *plan = m->plan;
    const ent_study_t *study = &plan->study;
    const char *names[MOST_NAMES];
    char *choices[MOST_NAMES] = {0};
    int code = 0;
    ent_sealed_text(&m->file, "study", study->name);
    ent_sealed_text(&m->file, "plan_sha256", plan->hash);
    ent_sealed_text(&m->file, "design_kind", ent_design_names[study->design.kind]);
    ent_sealed_integer(&m->file, "design_points", study->design.points);
    ent_sealed_integer(&m->file, "design_levels", study->design.levels);
    ent_sealed_integer(&m->file, "design_seed", (long long)study->design.seed);
    ent_sealed_integer(&m->file, "n_levers", study->n_levers);
    ent_sealed_long_text(&m->file, "study_file", study->text);
    ent_sealed_count(&m->file, "point", plan->n_points);
    ent_sealed_count(&m->file, "replication", plan->n_replications);
    for (int f = 0; f < study->n_factors; f++) {
        names[f] = study->factors[f].name;
        choices[f] = joined_texts(&study->factors[f], m->ctx);
        code = choices[f] == NULL ? ENT_ERR_NO_MEMORY : code;
    }
    ent_sealed_dimension(&m->file, "factor", study->n_factors, names);
    for (int f = 0; f < study->n_factors; f++) {
        names[f] = choices[f] != NULL ? choices[f] : "";
    }
    ent_sealed_texts(&m->file, "factor_values", "factor",
                     "values of a discrete factor, one a line; empty: numbers", names);
    for (int f = 0; f < study->n_factors; f++) {
        free(choices[f]);
    }
    for (int o = 0; o < study->n_outcomes; o++) {
        names[o] = study->outcomes[o].name;
    }
    ent_sealed_dimension(&m->file, "outcome", study->n_outcomes, names);
    ent_sealed_reals(&m->file, "x", 2, by_point, "1",
                     "value of the factor, or the place of its text in factor_values", NULL);
    ent_sealed_reals(&m->file, "u", 2, by_point, "1",
                     "place of the factor in the unit cube; NaN: lever or table", NULL);
    ent_sealed_texts(&m->file, "point_hash", "point", "SHA-256 of the point's parameters", NULL);
    ent_sealed_integers(&m->file, "lever", "point", "combination of levers", NULL);
    ent_sealed_integers(&m->file, "row", "point", "row of the design", NULL);
    return code;
}

/* x, u, hashes, combination and row of every point, a block at a time. */
static int write_points(merge_t *m)
{
    const ent_plan_file_t *plan = m->plan;
    const size_t k = (size_t)plan->study.n_factors;
    double *x = ent_calloc(m->ctx, 2 * BLOCK * k + 1, sizeof *x), *u = x != NULL ? x + BLOCK * k : NULL;
    int *place = ent_calloc(m->ctx, 2 * BLOCK, sizeof *place);
    char(*hash)[ENT_SHA256_TEXT] = ent_calloc(m->ctx, BLOCK, sizeof *hash);
    const char *texts[BLOCK];
    int code = x == NULL || place == NULL || hash == NULL ? ENT_ERR_NO_MEMORY : 0;
    for (int begin = 0; code == 0 && begin < plan->n_points; begin += BLOCK) {
        const int n = plan->n_points - begin < BLOCK ? plan->n_points - begin : BLOCK;
        for (int i = 0; code == 0 && i < n; i++) {
            code = ent_plan_point(plan, begin + i, x + (size_t)i * k, m->ctx);
            code = code == 0 ? ent_plan_place(plan, begin + i, u + (size_t)i * k, m->ctx) : code;
            code = code == 0
                       ? ent_point_hash(&plan->study, plan->base_hash, x + (size_t)i * k, hash[i], m->ctx)
                       : code;
            place[i] = (begin + i) / plan->n_rows;
            place[BLOCK + i] = (begin + i) % plan->n_rows;
            texts[i] = hash[i];
        }
        if (code == 0) {
            const hsize_t start = (hsize_t)begin, count = (hsize_t)n;
            ent_sealed_put_reals(&m->file, "x", start, count, x);
            ent_sealed_put_reals(&m->file, "u", start, count, u);
            ent_sealed_put_texts(&m->file, "point_hash", start, count, texts);
            ent_sealed_put_integers(&m->file, "lever", start, count, place);
            ent_sealed_put_integers(&m->file, "row", start, count, place + BLOCK);
        }
    }
    free(x);
    free(place);
    free(hash);
    return code;
}

/* The hash that a part gives a point is that of the point's parameters today. */
static int check_hashes(const merge_t *m, const ent_part_t *part, const ent_part_data_t *data, double *x)
{
    char hash[ENT_SHA256_TEXT];
    for (int i = 0; i < data->n; i++) {
        int code = ent_plan_point(m->plan, data->point[i], x, m->ctx);
        code = code == 0 ? ent_point_hash(&m->plan->study, m->plan->base_hash, x, hash, m->ctx) : code;
        if (code != 0) {
            return code;
        }
        if (strcmp(hash, data->hash[i]) != 0) {
            return ent_fail(m->ctx, ENT_ERR_DATA, part->path, "point %d has the hash of other parameters",
                            data->point[i]);
        }
    }
    return 0;
}

/* A point that another part has too has the same values there. */
static int compare_point(const merge_t *m, const ent_part_t *part, int point, const double *y, double *other)
{
    const size_t size = (size_t)m->plan->n_replications * (size_t)m->plan->study.n_outcomes;
    if (ent_sealed_read(m->file.file, "y", H5T_NATIVE_DOUBLE, (hsize_t)point, 1, (hsize_t)size, other) != 0) {
        return ent_hdf5_fail(m->ctx, ENT_ERR_IO, m->file.output.path, "cannot be read back");
    }
    return memcmp(y, other, size * sizeof *y) == 0
               ? 0
               : ent_fail(m->ctx, ENT_ERR_DATA, part->path,
                          "point %d has other values here than in another part", point);
}

typedef struct {
    int point, entry;
} entry_t;

static int by_point(const void *a, const void *b)
{
    const entry_t *p = a, *q = b;
    return p->point != q->point ? (p->point < q->point ? -1 : 1) : p->entry - q->entry;
}

/* Entries of a part that are new, in the order of their points; the others are compared. */
static int sort_entries(merge_t *m, const ent_part_t *part, const ent_part_data_t *data, entry_t *order,
                        int *n, double *other)
{
    const size_t size = (size_t)m->plan->n_replications * (size_t)m->plan->study.n_outcomes;
    int code = 0;
    *n = 0;
    for (int i = 0; code == 0 && i < data->n; i++) {
        signed char *state = &m->state[data->point[i]];
        if (data->failed[i]) {
            *state = *state == 1 ? 1 : 2;
        } else if (*state == 1) {
            code = compare_point(m, part, data->point[i], data->y + (size_t)i * size, other);
        } else {
            *state = 1;
            order[(*n)++] = (entry_t){data->point[i], i};
        }
    }
    qsort(order, (size_t)*n, sizeof *order, by_point);
    return code;
}

/* Points that follow each other are written together: HDF5 takes as long for one as for a hundred. */
static void put_entries(merge_t *m, const ent_part_data_t *data, const entry_t *order, int n, double *block)
{
    const size_t size = (size_t)m->plan->n_replications * (size_t)m->plan->study.n_outcomes;
    for (int begin = 0, end; begin < n; begin = end) {
        for (end = begin; end < n && order[end].point - order[begin].point == end - begin; end++) {
            memcpy(block + (size_t)(end - begin) * size, data->y + (size_t)order[end].entry * size,
                   size * sizeof *block);
        }
        ent_sealed_put_reals(&m->file, "y", (hsize_t)order[begin].point, (hsize_t)(end - begin), block);
    }
}

static int merge_part(merge_t *m, const ent_part_t *part, double *x)
{
    const size_t size = (size_t)m->plan->n_replications * (size_t)m->plan->study.n_outcomes;
    ent_part_data_t data;
    int n = 0, code = ent_part_read(&data, part, m->plan, m->ctx);
    if (code != 0) {
        return code;
    }
    entry_t *order = ent_calloc(m->ctx, (size_t)data.n + 1, sizeof *order);
    double *block = ent_calloc(m->ctx, (size_t)(data.n + 1) * size, sizeof *block);
    code = order == NULL || block == NULL ? ENT_ERR_NO_MEMORY : check_hashes(m, part, &data, x);
    code = code == 0 ? sort_entries(m, part, &data, order, &n, block) : code;
    if (code == 0) {
        put_entries(m, &data, order, n, block);
    }
    free(order);
    free(block);
    ent_part_data_free(&data);
    return code;
}

static int merge_parts(merge_t *m, const ent_parts_t *parts)
{
    double *x = ent_calloc(m->ctx, (size_t)m->plan->study.n_factors + 1, sizeof *x);
    int code = x == NULL ? ENT_ERR_NO_MEMORY : 0;
    for (int p = 0; code == 0 && p < parts->n; p++) {
        code = merge_part(m, &parts->parts[p], x);
    }
    free(x);
    return code;
}

/* ---- the virtual file ---- */

/* Map runs of consecutive entries and evenly spaced points of one part. */
static int map_part(merge_t *m, const ent_part_t *part, const ent_part_data_t *data, hid_t list, hid_t space)
{
    const hsize_t tail[2] = {(hsize_t)m->plan->n_replications, (hsize_t)m->plan->study.n_outcomes};
    const hsize_t source_length[3] = {(hsize_t)data->n, tail[0], tail[1]};
    hid_t source = H5Screate_simple(3, source_length, NULL);
    char *path = realpath(part->path, NULL); /* found from wherever the file is opened */
    int rc = source < 0 || path == NULL ? -1 : 0;
    for (int i = 0; rc == 0 && i < data->n;) {
        if (data->failed[i] || m->state[data->point[i]] == 1) {
            i++;
            continue;
        }
        int n = 1;
        const int gap = i + 1 < data->n ? data->point[i + 1] - data->point[i] : 1;
        while (gap > 0 && i + n < data->n && !data->failed[i + n] && m->state[data->point[i + n]] != 1 &&
               data->point[i + n] - data->point[i + n - 1] == gap) {
            n++;
        }
        const hsize_t from[3] = {(hsize_t)i, 0, 0}, to[3] = {(hsize_t)data->point[i], 0, 0};
        const hsize_t count[3] = {(hsize_t)n, tail[0], tail[1]};
        const hsize_t stride[3] = {(hsize_t)(gap > 0 ? gap : 1), 1, 1};
        if (H5Sselect_hyperslab(source, H5S_SELECT_SET, from, NULL, count, NULL) < 0 ||
            H5Sselect_hyperslab(space, H5S_SELECT_SET, to, stride, count, NULL) < 0 ||
            H5Pset_virtual(list, space, path, "y", source) < 0) {
            rc = -1;
        }
        for (int j = 0; j < n; j++) {
            const size_t row = (size_t)(tail[0] * tail[1]);
            m->state[data->point[i + j]] = 1;
            ent_sealed_expect_reals(&m->file, "y", (hsize_t)data->point[i + j] * row, row,
                                    data->y + (size_t)(i + j) * row);
        }
        i += n;
    }
    ent_hdf5_close(&source);
    free(path);
    return rc;
}

static int make_virtual(merge_t *m, const ent_parts_t *parts)
{
    const ent_plan_file_t *plan = m->plan;
    const hsize_t length[3] = {(hsize_t)plan->n_points, (hsize_t)plan->n_replications,
                               (hsize_t)plan->study.n_outcomes};
    const ent_hdf5_array_t array = {"y", ENT_WRITTEN_REALS, 3, length, NULL, ENT_HDF5_ELSEWHERE};
    hid_t list = ent_hdf5_array_list(&array), space = H5Screate_simple(3, length, NULL), dataset = -1;
    double *x = ent_calloc(m->ctx, (size_t)plan->study.n_factors + 1, sizeof *x);
    int code = list < 0 || space < 0 || x == NULL
                   ? ent_hdf5_fail(m->ctx, ENT_ERR_NO_MEMORY, m->file.output.path, "cannot be laid out")
                   : 0;
    for (int p = 0; code == 0 && p < parts->n; p++) {
        ent_part_data_t data;
        code = ent_part_read(&data, &parts->parts[p], plan, m->ctx);
        if (code != 0) {
            break;
        }
        code = check_hashes(m, &parts->parts[p], &data, x);
        for (int i = 0; i < data.n; i++) {
            signed char *s = &m->state[data.point[i]];
            *s = data.failed[i] && *s == 0 ? 2 : *s;
        }
        if (code == 0 && map_part(m, &parts->parts[p], &data, list, space) != 0) {
            code = ent_hdf5_fail(m->ctx, ENT_ERR_IO, parts->parts[p].path, "cannot be referred to");
        }
        ent_part_data_free(&data);
    }
    if (code == 0) {
        dataset = ent_hdf5_create_from(m->file.file, &array, list);
        code = dataset < 0 ? ent_hdf5_fail(m->ctx, ENT_ERR_IO, m->file.output.path, "cannot be made virtual")
                           : 0;
    }
    ent_hdf5_close(&dataset);
    ent_hdf5_close(&space);
    ent_hdf5_close(&list);
    free(x);
    return code;
}

/* ---- the whole ---- */

static int fill(merge_t *m, const ent_parts_t *parts, int is_virtual)
{
    static const char *const values[] = {"point", "replication", "outcome"};
    int code = lay_out(m);
    code = code == 0 ? write_points(m) : code;
    if (code == 0 && is_virtual) {
        code = make_virtual(m, parts);
    } else if (code == 0) {
        ent_sealed_reals(&m->file, "y", 3, values, "1", "value of the outcome", NULL);
        code = m->file.failed ? 0 : merge_parts(m, parts);
    }
    if (code == 0) {
        ent_sealed_bytes(&m->file, "point_status", "point", "0 missing, 1 played, 2 failed", m->state);
    }
    return code;
}

int ent_study_merge(const ent_plan_file_t *plan, const char *path, int overwrite, int is_virtual,
                    int *n_missing, int *n_failed, ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    ent_parts_t parts;
    merge_t m = {.plan = plan, .ctx = ctx};
    *n_missing = *n_failed = 0;
    int code = ent_parts_list(&parts, plan->folder, ctx);
    if (code != 0) {
        return code;
    }
    m.state = ent_calloc(ctx, (size_t)plan->n_points, 1);
    code = m.state == NULL ? ENT_ERR_NO_MEMORY
                           : ent_sealed_create(&m.file, path, overwrite, "entrepot-study", ctx);
    if (code == 0) {
        ent_hdf5_quiet(&saved);
        code = fill(&m, &parts, is_virtual);
        if (code == 0) {
            code = ent_sealed_finish(&m.file, ctx);
        } else {
            ent_sealed_abandon(&m.file);
        }
        ent_hdf5_unquiet(&saved);
    }
    for (int p = 0; code == 0 && p < plan->n_points; p++) {
        *n_missing += m.state[p] == 0;
        *n_failed += m.state[p] == 2;
    }
    free(m.state);
    ent_parts_free(&parts);
    return code;
}
