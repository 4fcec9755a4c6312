/* Effects kept as CSV, one row a scenario, world, partner, product and kind. */
#include "numbers/effects.h"

#include "base/memory.h"
#include "base/number.h"
#include "io/csv_whole.h"
#include "numbers/observed.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CONFIG, SCENARIO, WORLD, PARTNER, PRODUCT, KIND, N_KEYS };
static const char *const keys[N_KEYS] = {"config", "scenario", "world", "partner", "product", "kind"};
static const char *const kinds[] = {"response", "anticipation"};

static void write_row(const ent_effects_t *self, size_t row, int kind, FILE *stream)
{
    const double *value = (kind == 0 ? self->response : self->anticipation) + row * (size_t)self->n_months;
    const int product = (int)(row % (size_t)self->n_products);
    const int partner = (int)(row / (size_t)self->n_products % (size_t)self->n_partners);
    const int world =
        (int)(row / (size_t)self->n_products / (size_t)self->n_partners % (size_t)self->n_worlds);
    const int scenario =
        (int)(row / (size_t)self->n_products / (size_t)self->n_partners / (size_t)self->n_worlds);

    (void)fprintf(stream, "%s,%s,%d,%s,%s,%s", self->hash, self->scenario[scenario], world,
                  self->partner[partner], self->product[product], kinds[kind]);
    for (int m = 0; m < self->n_months; m++) {
        (void)fprintf(stream, ",%.17g", value[m]);
    }
    (void)fputc('\n', stream);
}

int ent_effects_write(const ent_effects_t *self, FILE *stream, ent_context_t *ctx)
{
    const size_t n = ent_effects_at(self, self->n_scenarios, 0, 0, 0, 0) / (size_t)self->n_months;

    for (int k = 0; k < N_KEYS; k++) {
        (void)fprintf(stream, "%s%s", k > 0 ? "," : "", keys[k]);
    }
    for (int m = 0; m < self->n_months; m++) {
        char month[16];

        ent_month_format(self->first_month + m, month);
        (void)fprintf(stream, ",%s", month);
    }
    (void)fputc('\n', stream);
    for (size_t row = 0; row < n; row++) {
        write_row(self, row, 0, stream);
        write_row(self, row, 1, stream);
    }
    return ferror(stream) ? ent_fail(ctx, ENT_ERR_IO, "effects", "cannot be written: %s", strerror(errno))
                          : ENT_OK;
}

/* ---- reading ---- */

typedef struct {
    const ent_csv_whole_t *table;
    ent_effects_t *self;
    ent_context_t *ctx;
    unsigned char *seen[2]; /* by kind: [scenario][world][partner][product] */
} reader_t;

static int read_head(const reader_t *r)
{
    int code = ENT_OK;

    for (int k = 0; k < N_KEYS; k++) {
        if (r->table->n_columns <= N_KEYS || strcmp(r->table->heading[k], keys[k]) != 0) {
            return ent_fault(
                r->ctx, ENT_ERR_DATA, r->table->path, 1, 0, keys[k], NULL, NULL,
                "effects begin with the columns config, scenario, world, partner, product, kind");
        }
    }
    r->self->n_months = r->table->n_columns - N_KEYS;
    r->self->first_month = ent_month_parse(r->table->heading[N_KEYS]);
    for (int m = 0; m < r->self->n_months; m++) {
        const int month = ent_month_parse(r->table->heading[N_KEYS + m]);

        if (month < 0 || month != r->self->first_month + m) {
            code = ent_fault(r->ctx, ENT_ERR_DATA, r->table->path, 1, 0, r->table->heading[N_KEYS + m], NULL,
                             NULL, "columns are months, one after the other");
        }
    }
    return code;
}

/* Place of a name in a list that grows; -1 out of memory. */
static int place_of(char ***list, int *n, const char *name, ent_context_t *ctx)
{
    char **more;

    for (int i = *n - 1; i >= 0; i--) {
        if (strcmp((*list)[i], name) == 0) {
            return i;
        }
    }
    more = realloc(*list, ((size_t)*n + 1) * sizeof *more);
    if (more == NULL) {
        (void)ent_fail(ctx, ENT_ERR_NO_MEMORY, "effects", "out of memory for names");
        return -1;
    }
    *list = more;
    more[*n] = ent_strdup(ctx, name);
    return more[*n] == NULL ? -1 : (*n)++;
}

static int world_of(const reader_t *r, int row, int *world)
{
    double number;

    if (!ent_number_parse(ent_csv_text(r->table, row, WORLD), &number) || number < 0.0 || number > 1e6 ||
        number != floor(number)) {
        return ent_csv_whole_fault(r->table, row, WORLD, ENT_ERR_DATA, NULL, "must be a whole number from 0",
                                   r->ctx);
    }
    *world = (int)number;
    return ENT_OK;
}

/* First pass: what there is. */
static int count(const reader_t *r)
{
    ent_effects_t *self = r->self;
    int code = ENT_OK;

    for (int row = 0; row < r->table->n_rows; row++) {
        int world = 0;
        const int here = world_of(r, row, &world);

        code = code == ENT_OK ? here : code;
        self->n_worlds = world + 1 > self->n_worlds ? world + 1 : self->n_worlds;
        if (place_of(&self->scenario, &self->n_scenarios, ent_csv_text(r->table, row, SCENARIO), r->ctx) <
                0 ||
            place_of(&self->partner, &self->n_partners, ent_csv_text(r->table, row, PARTNER), r->ctx) < 0 ||
            place_of(&self->product, &self->n_products, ent_csv_text(r->table, row, PRODUCT), r->ctx) < 0) {
            return ENT_ERR_NO_MEMORY;
        }
    }
    return code;
}

static int read_row(reader_t *r, int row)
{
    ent_effects_t *self = r->self;
    const char *kind_text = ent_csv_text(r->table, row, KIND);
    const int kind = strcmp(kind_text, kinds[1]) == 0;
    int world = 0, code = ENT_OK;

    if (!kind && strcmp(kind_text, kinds[0]) != 0) {
        return ent_csv_whole_fault(r->table, row, KIND, ENT_ERR_DATA, ent_nearest(kind_text, kinds, 2),
                                   "must be response or anticipation", r->ctx);
    }
    (void)world_of(r, row, &world);
    const size_t at = ent_effects_at(
        self, place_of(&self->scenario, &self->n_scenarios, ent_csv_text(r->table, row, SCENARIO), r->ctx),
        world, place_of(&self->partner, &self->n_partners, ent_csv_text(r->table, row, PARTNER), r->ctx),
        place_of(&self->product, &self->n_products, ent_csv_text(r->table, row, PRODUCT), r->ctx), 0);
    double *value = (kind ? self->anticipation : self->response) + at;

    if (r->seen[kind][at / (size_t)self->n_months]++ > 0) {
        return ent_csv_whole_fault(r->table, row, SCENARIO, ENT_ERR_DATA, NULL, "the row is given twice",
                                   r->ctx);
    }
    for (int m = 0; m < self->n_months; m++) {
        if (!ent_number_parse(ent_csv_text(r->table, row, N_KEYS + m), &value[m]) || !isfinite(value[m])) {
            code = ent_csv_whole_fault(r->table, row, N_KEYS + m, ENT_ERR_DATA, NULL, "must be a number",
                                       r->ctx);
        }
    }
    return code;
}

static int read_rows(reader_t *r)
{
    ent_effects_t *self = r->self;
    const size_t n = ent_effects_at(self, self->n_scenarios, 0, 0, 0, 0), rows = n / (size_t)self->n_months;
    int code = ENT_OK;

    self->response = ent_calloc(r->ctx, n, sizeof(double));
    self->anticipation = ent_calloc(r->ctx, n, sizeof(double));
    r->seen[0] = ent_calloc(r->ctx, rows, 1);
    r->seen[1] = ent_calloc(r->ctx, rows, 1);
    if (self->response == NULL || self->anticipation == NULL || r->seen[0] == NULL || r->seen[1] == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int row = 0; row < r->table->n_rows; row++) {
        const int here = read_row(r, row);
        code = code == ENT_OK ? here : code;
    }
    if (code == ENT_OK && (size_t)r->table->n_rows != 2 * rows) {
        code = ent_fail(r->ctx, ENT_ERR_DATA, r->table->path,
                        "has %d rows; every scenario, world, partner and product with both kinds are %zu",
                        r->table->n_rows, 2 * rows);
    }
    return code;
}

int ent_effects_read(ent_effects_t *self, const char *path, ent_context_t *ctx)
{
    ent_csv_whole_t table;
    reader_t r = {.table = &table, .self = self, .ctx = ctx};
    int code = ent_csv_whole_read(&table, path, ctx);

    *self = (ent_effects_t){0};
    code = code == ENT_OK ? read_head(&r) : code;
    if (code == ENT_OK && table.n_rows == 0) {
        code = ent_fail(ctx, ENT_ERR_DATA, path, "holds no effect");
    }
    code = code == ENT_OK ? count(&r) : code;
    if (code == ENT_OK) {
        (void)snprintf(self->hash, sizeof self->hash, "%s", ent_csv_text(&table, 0, CONFIG));
        code = read_rows(&r);
    }
    free(r.seen[0]);
    free(r.seen[1]);
    ent_csv_whole_free(&table);
    return code;
}
