#include "evidence/observations.h"

#include "base/memory.h"
#include "numbers/observed.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int ent_observations_same(const ent_observation_row_t *a, const ent_observation_row_t *b)
{
    return strcmp(a->flow, b->flow) == 0 && strcmp(a->product, b->product) == 0 &&
           strcmp(a->measure, b->measure) == 0;
}

int ent_observations_find(const ent_observations_t *self, const char *flow, const char *product,
                          const char *measure)
{
    for (int r = 0; r < self->n_rows; r++) {
        const ent_observation_row_t *row = &self->row[r];

        if (strcmp(row->flow, flow) == 0 && strcmp(row->product, product) == 0 &&
            strcmp(row->measure, measure) == 0) {
            return r;
        }
    }
    return -1;
}

double ent_observations_value(const ent_observations_t *self, int row, int month, int vintage)
{
    const int m = month - self->first_month;
    double value = NAN;

    if (m < 0 || m >= self->n_months) {
        return NAN;
    }
    for (int r = row; r < self->n_rows; r++) {
        const ent_observation_row_t *other = &self->row[r];

        if (!isnan(other->value[m]) && (vintage == 0 || other->vintage <= vintage) &&
            (r == row || ent_observations_same(&self->row[row], other))) {
            value = other->value[m];
        }
    }
    return value;
}

void ent_observations_fold(const ent_observations_t *self, int row, int vintage, double *value)
{
    for (int m = 0; m < self->n_months; m++) {
        value[m] = NAN;
    }
    for (int r = row; r < self->n_rows; r++) {
        const ent_observation_row_t *other = &self->row[r];

        if ((vintage > 0 && other->vintage > vintage) ||
            (r != row && !ent_observations_same(&self->row[row], other))) {
            continue;
        }
        for (int m = 0; m < self->n_months; m++) {
            value[m] = isnan(other->value[m]) ? value[m] : other->value[m];
        }
    }
}

int ent_observations_last(const ent_observations_t *self)
{
    for (int m = self->n_months - 1; m >= 0; m--) {
        for (int r = 0; r < self->n_rows; r++) {
            if (!isnan(self->row[r].value[m]) && strcmp(self->row[r].measure, "working_days") != 0) {
                return self->first_month + m;
            }
        }
    }
    return 0;
}

/* ---- making ---- */

static void free_row(ent_observation_row_t *row)
{
    free(row->flow);
    free(row->product);
    free(row->measure);
    free(row->unit);
    free(row->basis);
    free(row->source);
    free(row->value);
}

void ent_observations_free(ent_observations_t *self)
{
    for (int r = 0; r < self->n_rows; r++) {
        free_row(&self->row[r]);
    }
    free(self->row);
    free(self->path);
    *self = (ent_observations_t){0};
}

int ent_observations_add_row(ent_observations_t *self, const ent_observation_row_t *like, int vintage,
                             ent_context_t *ctx)
{
    ent_observation_row_t *rows =
        ent_grow(ctx, self->row, &self->capacity, (size_t)self->n_rows + 1, sizeof *rows);
    ent_observation_row_t *row;

    if (rows == NULL) {
        return -1;
    }
    self->row = rows;
    row = &rows[self->n_rows];
    *row = (ent_observation_row_t){.vintage = vintage, .line = like->line};
    self->n_rows++;
    row->flow = ent_strdup(ctx, like->flow);
    row->product = ent_strdup(ctx, like->product);
    row->measure = ent_strdup(ctx, like->measure);
    row->unit = ent_strdup(ctx, like->unit);
    row->basis = ent_strdup(ctx, like->basis);
    row->source = ent_strdup(ctx, like->source);
    row->value = ent_calloc(ctx, (size_t)self->n_months, sizeof *row->value);
    if (row->flow == NULL || row->product == NULL || row->measure == NULL || row->unit == NULL ||
        row->basis == NULL || row->source == NULL || row->value == NULL) {
        return -1;
    }
    for (int m = 0; m < self->n_months; m++) {
        row->value[m] = NAN;
    }
    return self->n_rows - 1;
}

int ent_observations_extend(ent_observations_t *self, int month, ent_context_t *ctx)
{
    const int n = month - self->first_month + 1;

    if (n <= self->n_months) {
        return ENT_OK;
    }
    for (int r = 0; r < self->n_rows; r++) {
        double *more = realloc(self->row[r].value, (size_t)n * sizeof *more);

        if (more == NULL) {
            return ent_fail(ctx, ENT_ERR_NO_MEMORY, "observations", "out of memory for %d months", n);
        }
        self->row[r].value = more;
        for (int m = self->n_months; m < n; m++) {
            more[m] = NAN;
        }
    }
    self->n_months = n;
    return ENT_OK;
}

/* ---- writing ---- */

static void write_text(FILE *stream, const char *text)
{
    if (strpbrk(text, ",\"\n") == NULL) {
        (void)fputs(text, stream);
    } else {
        (void)fputc('"', stream);
        for (const char *c = text; *c != '\0'; c++) {
            (void)fputs(*c == '"' ? "\"\"" : (char[]){*c, '\0'}, stream);
        }
        (void)fputc('"', stream);
    }
    (void)fputc(',', stream);
}

static void write_row(FILE *stream, const ent_observation_row_t *row, int n_months)
{
    char month[16] = "";

    if (row->vintage > 0) {
        ent_month_format(row->vintage, month);
    }
    write_text(stream, month);
    write_text(stream, row->flow);
    write_text(stream, row->product);
    write_text(stream, row->measure);
    write_text(stream, row->unit);
    write_text(stream, row->basis);
    write_text(stream, row->source);
    for (int m = 0; m < n_months; m++) {
        const char *end = m + 1 < n_months ? "," : "\n";

        if (isnan(row->value[m])) {
            (void)fputs(end, stream);
        } else {
            (void)fprintf(stream, "%.15g%s", row->value[m], end);
        }
    }
}

int ent_observations_write(const ent_observations_t *self, FILE *stream, ent_context_t *ctx)
{
    (void)fputs("vintage,flow,product,measure,unit,basis,source", stream);
    for (int m = 0; m < self->n_months; m++) {
        char month[16];

        ent_month_format(self->first_month + m, month);
        (void)fprintf(stream, ",%s", month);
    }
    (void)fputc('\n', stream);
    for (int r = 0; r < self->n_rows; r++) {
        write_row(stream, &self->row[r], self->n_months);
    }
    return ferror(stream)
               ? ent_fail(ctx, ENT_ERR_IO, "observations", "cannot be written: %s", strerror(errno))
               : ENT_OK;
}
