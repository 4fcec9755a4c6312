#include "evidence/panel.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int copy_names(char **to, const ent_combination_t *from, int n, ent_context_t *ctx)
{
    int code = ENT_OK;

    for (int i = 0; i < n; i++) {
        to[i] = ent_strdup(ctx, from[i].name);
        code = to[i] == NULL ? ENT_ERR_NO_MEMORY : code;
    }
    return code;
}

/* A usual month; a constant, so that no month to come moves what is known. */
static const double usual_days = 21.0;

static void read_days(ent_panel_t *self, const ent_panel_options_t *options)
{
    const int row = options->days == NULL
                        ? -1
                        : ent_observations_find(options->days, options->days_of, "", "working_days");

    for (int m = 0; row >= 0 && m < self->n_months; m++) {
        const double days = ent_observations_value(options->days, row, self->first_month + m, 0);

        self->days[m] = isnan(days) ? 0.0 : log(days / usual_days);
    }
}

static void take_value(ent_panel_t *self, const ent_panel_options_t *options, size_t cell,
                       const double *value, const double *duty)
{
    for (int m = 0; m < self->n_months; m++) {
        const size_t at = cell * (size_t)self->n_months + (size_t)m;
        const int known =
            m < options->observations->n_months && (options->to == 0 || self->first_month + m <= options->to);

        self->value[at] = known && value[m] > 0.0 ? value[m] : NAN;
        self->duty[at] = known && duty != NULL ? duty[m] : NAN;
        self->n_empty[cell] += known && value[m] <= 0.0;
    }
}

static int read_cell(ent_panel_t *self, const ent_panel_options_t *options, int partner, int product,
                     double *value, double *duty, ent_context_t *ctx)
{
    const size_t cell = (size_t)partner * (size_t)self->n_products + (size_t)product;
    ent_context_t own, *faults = options->lenient ? &own : ctx;
    int code, with_duty;

    ent_context_init(&own);
    code = options->partner[partner].n == 0
               ? ENT_ERR_DATA
               : ent_observations_sum(options->observations, &options->partner[partner],
                                      &options->product[product], options->destination, options->measure,
                                      options->vintage, value, faults);
    with_duty = code == ENT_OK && ent_observations_sum(options->observations, &options->partner[partner],
                                                       &options->product[product], options->destination,
                                                       "duty", options->vintage, duty, &own) == ENT_OK;
    self->known[cell] = code == ENT_OK;
    for (int m = 0; code != ENT_OK && m < options->observations->n_months; m++) {
        value[m] = NAN;
    }
    take_value(self, options, cell, value, with_duty ? duty : NULL);
    ent_context_free(&own);
    return options->lenient && code == ENT_ERR_DATA ? ENT_OK : code;
}

static int read_cells(ent_panel_t *self, const ent_panel_options_t *options, ent_context_t *ctx)
{
    const size_t n = (size_t)options->observations->n_months;
    double *value = ent_calloc(ctx, n, sizeof *value), *duty = ent_calloc(ctx, n, sizeof *duty);
    int code = value == NULL || duty == NULL ? ENT_ERR_NO_MEMORY : ENT_OK;

    for (int i = 0; code != ENT_ERR_NO_MEMORY && i < self->n_partners * self->n_products; i++) {
        const int here =
            read_cell(self, options, i / self->n_products, i % self->n_products, value, duty, ctx);
        code = code == ENT_OK || here == ENT_ERR_NO_MEMORY ? here : code;
    }
    free(value);
    free(duty);
    return code;
}

static int find_unit(ent_panel_t *self, const ent_panel_options_t *options, ent_context_t *ctx)
{
    for (int r = 0; r < options->observations->n_rows; r++) {
        const ent_observation_row_t *row = &options->observations->row[r];

        if (strcmp(row->measure, options->measure) == 0) {
            self->unit = ent_strdup(ctx, row->unit);
            self->basis = ent_strdup(ctx, row->basis);
            return self->unit == NULL || self->basis == NULL ? ENT_ERR_NO_MEMORY : ENT_OK;
        }
    }
    return ent_fault(ctx, ENT_ERR_DATA, options->observations->path, 0, 0, "measure", options->measure, NULL,
                     "the file has no series of it");
}

int ent_panel_init(ent_panel_t *self, const ent_panel_options_t *options, ent_context_t *ctx)
{
    const int file_last = options->observations->first_month + options->observations->n_months - 1;
    const int last = options->last_month > file_last ? options->last_month : file_last;
    const size_t cells = (size_t)options->n_partners * (size_t)options->n_products;
    size_t months;
    int code;

    *self = (ent_panel_t){.n_partners = options->n_partners,
                          .n_products = options->n_products,
                          .first_month = options->observations->first_month,
                          .n_months = last - options->observations->first_month + 1};
    months = (size_t)self->n_months;
    self->partner = ent_calloc(ctx, (size_t)self->n_partners, sizeof *self->partner);
    self->product = ent_calloc(ctx, (size_t)self->n_products, sizeof *self->product);
    self->value = ent_calloc(ctx, cells * months, sizeof *self->value);
    self->duty = ent_calloc(ctx, cells * months, sizeof *self->duty);
    self->days = ent_calloc(ctx, months, sizeof *self->days);
    self->n_empty = ent_calloc(ctx, cells, sizeof *self->n_empty);
    self->known = ent_calloc(ctx, cells, 1);
    if (self->partner == NULL || self->product == NULL || self->value == NULL || self->duty == NULL ||
        self->days == NULL || self->n_empty == NULL || self->known == NULL ||
        copy_names(self->partner, options->partner, self->n_partners, ctx) != ENT_OK ||
        copy_names(self->product, options->product, self->n_products, ctx) != ENT_OK) {
        return ENT_ERR_NO_MEMORY;
    }
    code = find_unit(self, options, ctx);
    if (code != ENT_OK) {
        return code;
    }
    read_days(self, options);
    return read_cells(self, options, ctx);
}

void ent_panel_exclude(ent_panel_t *self, const unsigned char *left_out)
{
    for (int c = 0; c < self->n_partners * self->n_products; c++) {
        const int partner = c / self->n_products, product = c % self->n_products;

        for (int g = 0; strcmp(self->product[product], "total") == 0 && g < self->n_products; g++) {
            for (int m = 0; left_out[g] && m < self->n_months; m++) {
                const size_t from = ent_panel_at(self, partner, g, m),
                             at = ent_panel_at(self, partner, product, m);

                self->value[at] -= self->value[from] > 0.0 ? self->value[from] : 0.0;
                self->duty[at] -= self->duty[from] > 0.0 ? self->duty[from] : 0.0;
            }
        }
    }
}

void ent_panel_free(ent_panel_t *self)
{
    for (int i = 0; self->partner != NULL && i < self->n_partners; i++) {
        free(self->partner[i]);
    }
    for (int i = 0; self->product != NULL && i < self->n_products; i++) {
        free(self->product[i]);
    }
    free(self->partner);
    free(self->product);
    free(self->unit);
    free(self->basis);
    free(self->value);
    free(self->duty);
    free(self->days);
    free(self->n_empty);
    free(self->known);
    *self = (ent_panel_t){0};
}
