/* A schedule between two others: what a partial concession leaves of a rate. */
#include "schedule_internal.h"

#include <stdlib.h>
#include <string.h>

static const char module[] = "schedule";

/* Number the pairs of states of knowledge that the steps go through. */
static int pair_epochs(const ent_schedule_t *a, const ent_schedule_t *b, int32_t *epoch_of_step,
                       int32_t *first)
{
    int n = 0;
    for (int t = 0; t < a->n_steps; t++) {
        if (t == 0 || a->epoch_of_step[t] != a->epoch_of_step[t - 1] ||
            b->epoch_of_step[t] != b->epoch_of_step[t - 1]) {
            first[n++] = t;
        }
        epoch_of_step[t] = n - 1;
    }
    return n;
}

static float between(float a, float b, double weight)
{
    return (float)((1.0 - weight) * (double)a + weight * (double)b);
}

/* Side tables: a schedule without one has nothing there. */
static float side_of(const float *table, size_t at, float otherwise)
{
    return table == NULL ? otherwise : table[at];
}

static int mix_side(const float *a, const float *b, float otherwise, const ent_schedule_t *out,
                    const double *weight, float **mixed)
{
    const size_t n_steps = (size_t)out->n_steps, values = (size_t)out->n_rows * n_steps;
    *mixed = NULL;
    if (a == NULL && b == NULL) {
        return 0;
    }
    *mixed = malloc((values + 1) * sizeof(float));
    for (size_t i = 0; *mixed != NULL && i < values; i++) {
        (*mixed)[i] = between(side_of(a, i, otherwise), side_of(b, i, otherwise),
                              weight[out->row_destination[i / n_steps]]);
    }
    return *mixed == NULL ? ENT_ERR_NO_MEMORY : 0;
}

static int allocate(ent_schedule_t *out, const ent_schedule_t *b)
{
    const size_t rows = (size_t)b->n_rows + 1, values = rows * (size_t)b->n_steps;
    const size_t cells = (size_t)b->n_sector * (size_t)b->n_region * (size_t)b->n_region + 1;
    *out = (ent_schedule_t){.n_region = b->n_region,
                            .n_sector = b->n_sector,
                            .n_steps = b->n_steps,
                            .first_step = b->first_step,
                            .n_rows = b->n_rows};
    out->row_of_cell = malloc(cells * sizeof(int32_t));
    out->row_origin = malloc(rows * sizeof(int32_t));
    out->row_destination = malloc(rows * sizeof(int32_t));
    out->row_sector = malloc(rows * sizeof(int32_t));
    out->base = malloc(rows * sizeof(float));
    out->duty = malloc(values * sizeof(float));
    out->final = malloc(values * sizeof(float));
    out->refund_step = malloc(values * sizeof(int32_t));
    out->epoch_of_step = malloc((size_t)b->n_steps * sizeof(int32_t));
    if (!out->row_of_cell || !out->row_origin || !out->row_destination || !out->row_sector || !out->base ||
        !out->duty || !out->final || !out->refund_step || !out->epoch_of_step) {
        return ENT_ERR_NO_MEMORY;
    }
    memcpy(out->row_of_cell, b->row_of_cell, (cells - 1) * sizeof(int32_t));
    memcpy(out->row_origin, b->row_origin, (rows - 1) * sizeof(int32_t));
    memcpy(out->row_destination, b->row_destination, (rows - 1) * sizeof(int32_t));
    memcpy(out->row_sector, b->row_sector, (rows - 1) * sizeof(int32_t));
    memcpy(out->base, b->base, (rows - 1) * sizeof(float));
    memcpy(out->refund_step, b->refund_step, (values - (size_t)b->n_steps) * sizeof(int32_t));
    return 0;
}

static void mix_news(const ent_schedule_t *out, const ent_schedule_t *a, const ent_schedule_t *b, size_t at,
                     size_t in_a, size_t in_b, double weight)
{
    out->threat[at] = between(a->threat[in_a], b->threat[in_b], weight);
    out->hearsay[at] = between(a->hearsay[in_a], b->hearsay[in_b], weight);
}

static int mix_expected(ent_schedule_t *out, const ent_schedule_t *a, const ent_schedule_t *b,
                        const double *weight)
{
    const size_t n_rows = (size_t)out->n_rows, n_steps = (size_t)out->n_steps;
    int32_t *first = malloc(n_steps * sizeof(int32_t));
    if (first == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    out->n_epochs = pair_epochs(a, b, out->epoch_of_step, first);
    out->expected = malloc(((size_t)out->n_epochs * n_rows * n_steps + 1) * sizeof(float));
    out->active = calloc((size_t)out->n_epochs * n_rows + 1, 1);
    const int weighed = a->threat != NULL && b->threat != NULL;
    out->threat = weighed ? malloc(((size_t)out->n_epochs * n_rows * n_steps + 1) * sizeof(float)) : NULL;
    out->hearsay = weighed ? malloc(((size_t)out->n_epochs * n_rows * n_steps + 1) * sizeof(float)) : NULL;
    const int short_of = out->expected == NULL || out->active == NULL ||
                         (weighed && (out->threat == NULL || out->hearsay == NULL));
    for (int e = 0; !short_of && e < out->n_epochs; e++) {
        const size_t of_a = (size_t)a->epoch_of_step[first[e]], of_b = (size_t)b->epoch_of_step[first[e]];
        for (size_t i = 0; i < n_rows * n_steps; i++) {
            const size_t row = i / n_steps;
            const float value =
                between(a->expected[of_a * n_rows * n_steps + i], b->expected[of_b * n_rows * n_steps + i],
                        weight[out->row_destination[row]]);
            out->expected[(size_t)e * n_rows * n_steps + i] = value;
            out->active[(size_t)e * n_rows + row] |= value != out->base[row];
            if (weighed) {
                mix_news(out, a, b, (size_t)e * n_rows * n_steps + i, of_a * n_rows * n_steps + i,
                         of_b * n_rows * n_steps + i, weight[out->row_destination[row]]);
            }
        }
    }
    free(first);
    return short_of ? ENT_ERR_NO_MEMORY : 0;
}

int ent_schedule_mix(ent_schedule_t *out, const ent_schedule_t *a, const ent_schedule_t *b,
                     const double *weight, ent_context_t *ctx)
{
    const size_t n_steps = (size_t)b->n_steps, values = (size_t)b->n_rows * n_steps;
    int code = allocate(out, b);
    for (size_t i = 0; code == 0 && i < values; i++) {
        const double w = weight[b->row_destination[i / n_steps]];
        out->duty[i] = between(a->duty[i], b->duty[i], w);
        out->final[i] = between(a->final[i], b->final[i], w);
    }
    code = code == 0 ? mix_expected(out, a, b, weight) : code;
    code = code == 0 ? mix_side(a->cut, b->cut, 0.0F, out, weight, &out->cut) : code;
    code = code == 0 ? mix_side(a->favour, b->favour, 1.0F, out, weight, &out->favour) : code;
    code = code == 0 ? mix_side(a->excess, b->excess, 0.0F, out, weight, &out->excess) : code;
    code = code == 0 ? mix_side(a->notice, b->notice, 1.0F, out, weight, &out->notice) : code;
    if (code == 0 && out->excess != NULL) {
        /* the quota is the deal's where it has one */
        const ent_schedule_t *with = b->row_quota != NULL ? b : a;
        out->row_quota = malloc(((size_t)b->n_rows + 1) * sizeof(int32_t));
        out->quota_known = malloc(((size_t)b->n_rows + 1) * sizeof(int32_t));
        if (out->row_quota == NULL || out->quota_known == NULL) {
            code = ENT_ERR_NO_MEMORY;
        } else {
            memcpy(out->row_quota, with->row_quota, (size_t)b->n_rows * sizeof(int32_t));
            memcpy(out->quota_known, with->quota_known, (size_t)b->n_rows * sizeof(int32_t));
        }
    }
    if (code != 0) {
        ent_schedule_free(out);
        return ent_fail(ctx, code, module, "no memory for the schedule of an agreement");
    }
    return 0;
}
