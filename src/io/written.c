#include "io/written.h"

#include "base/draws.h"
#include "base/memory.h"
#include "io/hdf5_tools.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 1 << 16, BLOCK_TEXTS = 1024 }; /* read at a time, or one entry of the first dimension */

static uint64_t term(hsize_t place, uint64_t value)
{
    return ent_mix64(value + (uint64_t)(place + 1) * 0x9e3779b97f4a7c15u);
}

static uint64_t text_term(hsize_t place, const char *text)
{
    uint64_t sum = 0;
    for (hsize_t i = 0; text != NULL && text[i] != '\0'; i++) {
        sum += term(i, (unsigned char)text[i]);
    }
    return sum != 0 ? term(place, sum) : 0;
}

/* Bytes are taken eight at a time, the last ones with zeros after them. Blocks begin at a multiple of eight.
 */
static uint64_t blob_sum(hsize_t first, hsize_t n, const unsigned char *bytes)
{
    uint64_t sum = 0;
    for (hsize_t i = 0; i < n; i += sizeof(uint64_t)) {
        uint64_t word = 0;
        memcpy(&word, bytes + i, n - i < sizeof word ? (size_t)(n - i) : sizeof word);
        sum += word == 0 ? 0 : term(first + i, word);
    }
    return sum;
}

static uint64_t sum_of(ent_written_kind_t kind, hsize_t first, hsize_t n, const void *values)
{
    uint64_t sum = kind == ENT_WRITTEN_BLOB ? blob_sum(first, n, values) : 0;
    for (hsize_t i = 0; kind != ENT_WRITTEN_BLOB && i < n; i++) {
        if (kind == ENT_WRITTEN_REALS) {
            const double value = ((const double *)values)[i];
            uint64_t bits;
            memcpy(&bits, &value, sizeof bits);
            sum += isnan(value) ? 0 : term(first + i, bits);
        } else if (kind == ENT_WRITTEN_FLOATS) {
            const float value = ((const float *)values)[i];
            uint32_t bits;
            memcpy(&bits, &value, sizeof bits);
            sum += isnan(value) ? 0 : term(first + i, bits);
        } else if (kind == ENT_WRITTEN_INTEGERS) {
            const int value = ((const int *)values)[i];
            sum += value == 0 ? 0 : term(first + i, (uint64_t)value);
        } else if (kind == ENT_WRITTEN_BYTES) {
            const signed char value = ((const signed char *)values)[i];
            sum += value == 0 ? 0 : term(first + i, (uint64_t)value);
        } else {
            sum += text_term(first + i, ((const char *const *)values)[i]);
        }
    }
    return sum;
}

int ent_written_add(ent_written_t *self, const char *name, ent_written_kind_t kind, hsize_t first, hsize_t n,
                    const void *values, ent_context_t *ctx)
{
    size_t i = self->n;
    while (i > 0 && strcmp(self->list[i - 1].name, name) != 0) {
        i--;
    }
    if (i == 0) {
        ent_written_sum_t *grown = ent_grow(ctx, self->list, &self->capacity, self->n + 1, sizeof *grown);
        char *copy = grown != NULL ? ent_strdup(ctx, name) : NULL;
        self->list = grown != NULL ? grown : self->list;
        if (copy == NULL) {
            return ENT_ERR_NO_MEMORY;
        }
        self->list[self->n++] = (ent_written_sum_t){.name = copy, .kind = kind};
        i = self->n;
    }
    self->list[i - 1].sum += values != NULL ? sum_of(kind, first, n, values) : 0;
    return 0;
}

void ent_written_free(ent_written_t *self)
{
    for (size_t i = 0; i < self->n; i++) {
        free(self->list[i].name);
    }
    free(self->list);
    *self = (ent_written_t){0};
}

/* ---- reading back ---- */

static size_t entry_size(ent_written_kind_t kind)
{
    static const size_t size[] = {[ENT_WRITTEN_REALS] = sizeof(double),
                                  [ENT_WRITTEN_FLOATS] = sizeof(float),
                                  [ENT_WRITTEN_INTEGERS] = sizeof(int),
                                  [ENT_WRITTEN_BYTES] = 1,
                                  [ENT_WRITTEN_BLOB] = 1,
                                  [ENT_WRITTEN_TEXTS] = sizeof(char *),
                                  [ENT_WRITTEN_LONG_TEXT] = sizeof(char *)};
    return size[kind];
}

/* What is read at a time: `n` of the first dimension, `m` of the second, all of the others. */
typedef struct {
    int rank;
    hsize_t length[H5S_MAX_RANK]; /* 1 where there is no second dimension */
    hsize_t row, cell;            /* numbers of an entry of the first dimension, of the first two */
    hsize_t n, m;
} plan_t;

static int make_plan(hid_t dataset, const ent_written_sum_t *set, plan_t *plan)
{
    plan->length[1] = plan->cell = 1;
    plan->rank = ent_hdf5_extent(dataset, H5S_MAX_RANK, plan->length);
    if (plan->rank < 1) {
        return -1;
    }
    for (int i = 2; i < plan->rank; i++) {
        plan->cell *= plan->length[i];
    }
    plan->row = plan->cell * plan->length[1];
    const hsize_t most = set->kind == ENT_WRITTEN_TEXTS ? BLOCK_TEXTS : BLOCK_BYTES / entry_size(set->kind);
    plan->n = plan->row > 0 && most > plan->row ? most / plan->row : 1;
    plan->m = plan->n > 1 || most >= plan->row ? plan->length[1] : most > plan->cell ? most / plan->cell : 1;
    return 0;
}

/* The block from (i, j) on, of n times m, into `values`. */
static int read_block(hid_t dataset, hid_t type, const plan_t *plan, hsize_t i, hsize_t j, hsize_t n,
                      hsize_t m, void *values)
{
    hsize_t begin[H5S_MAX_RANK] = {i, j}, count[H5S_MAX_RANK];
    memcpy(count, plan->length, sizeof count);
    count[0] = n;
    count[1] = m;
    return ent_hdf5_read_block(dataset, type, plan->rank, begin, count, values);
}

static hsize_t least(hsize_t a, hsize_t b)
{
    return a < b ? a : b;
}

static int sum_blocks(const ent_written_sum_t *set, hid_t dataset, hid_t type, uint64_t *sum,
                      ent_context_t *ctx)
{
    plan_t plan = {0};
    if (make_plan(dataset, set, &plan) != 0) {
        return -1;
    }
    const hsize_t most = least(plan.n, plan.length[0]) * plan.m * plan.cell;
    void *values = ent_calloc(ctx, (size_t)most, entry_size(set->kind));
    int rc = values != NULL ? 0 : ENT_ERR_NO_MEMORY;
    for (hsize_t i = 0; rc == 0 && plan.row > 0 && i < plan.length[0]; i += plan.n) {
        for (hsize_t j = 0; rc == 0 && j < plan.length[1]; j += plan.m) {
            const hsize_t n = least(plan.n, plan.length[0] - i), m = least(plan.m, plan.length[1] - j);
            const hsize_t size = n * m * plan.cell;
            rc = read_block(dataset, type, &plan, i, j, n, m, values);
            *sum += rc == 0 ? sum_of(set->kind, i * plan.row + j * plan.cell, size, values) : 0;
            for (hsize_t k = 0; set->kind == ENT_WRITTEN_TEXTS && k < size; k++) {
                H5free_memory(((char **)values)[k]);
                ((char **)values)[k] = NULL;
            }
        }
    }
    free(values);
    return rc;
}

/* The sum of one data set as the file has it. 0, -1 with HDF5's error stack filled, or ENT_ERR_NO_MEMORY. */
static int sum_in_file(hid_t file, const ent_written_sum_t *set, uint64_t *sum, ent_context_t *ctx)
{
    char *text = NULL;
    *sum = 0;
    if (set->kind == ENT_WRITTEN_LONG_TEXT) {
        const int rc = ent_hdf5_read_text(file, set->name, &text);
        *sum = rc == 0 ? text_term(0, text) : 0;
        free(text);
        return rc;
    }
    hid_t dataset = H5Dopen2(file, set->name, H5P_DEFAULT),
          type = dataset >= 0 ? ent_hdf5_type(set->kind, 0) : -1;
    const int rc = type >= 0 ? sum_blocks(set, dataset, type, sum, ctx) : -1;
    ent_hdf5_close(&type);
    ent_hdf5_close(&dataset);
    return rc;
}

int ent_written_check(const ent_written_t *self, const char *path, const char *shown, ent_context_t *ctx)
{
    int code = 0;
    hid_t file = ent_hdf5_open(path);
    if (file < 0) {
        return ent_hdf5_fail(ctx, ENT_ERR_IO, shown, "what was written cannot be opened");
    }
    for (size_t i = 0; code == 0 && i < self->n; i++) {
        const ent_written_sum_t *set = &self->list[i];
        uint64_t sum = 0;
        code = sum_in_file(file, set, &sum, ctx);
        if (code == -1) {
            code = ent_hdf5_fail(ctx, ENT_ERR_IO, shown, "what was written cannot be read back");
        } else if (code == 0 && sum != set->sum) {
            code = ent_fail(ctx, ENT_ERR_IO, shown, "%s was written, and something else stands in the file",
                            set->name);
        }
    }
    ent_hdf5_close(&file);
    return code;
}
