/* Sums of series: groups of partners by groups of products. */
#include "evidence/observations.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- combinations of codes ---- */

void ent_combination_free(ent_combination_t *self)
{
    for (int i = 0; i < self->n; i++) {
        free(self->code[i]);
    }
    free(self->code);
    free(self->sign);
    free(self->name);
    *self = (ent_combination_t){0};
}

int ent_combination_add(ent_combination_t *self, const char *code, size_t length, double sign,
                        ent_context_t *ctx)
{
    const size_t n = (size_t)self->n;
    char **codes = realloc(self->code, (n + 1) * sizeof *codes);
    double *signs;

    if (codes != NULL) {
        self->code = codes;
    }
    signs = codes == NULL ? NULL : realloc(self->sign, (n + 1) * sizeof *signs);
    if (signs == NULL) {
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, "observations", "out of memory for a sum of series");
    }
    self->sign = signs;
    codes[n] = ent_format(ctx, "%.*s", (int)length, code);
    signs[n] = sign;
    self->n += codes[n] != NULL;
    return codes[n] != NULL ? ENT_OK : ENT_ERR_NO_MEMORY;
}

/* "A+B-C" into codes; NULL-safe on an empty code. */
static int parse_codes(ent_combination_t *self, const char *text, const char *option, ent_context_t *ctx)
{
    double sign = 1.0;
    int code = ENT_OK;

    for (const char *at = text; code == ENT_OK; at++) {
        const size_t length = strcspn(at, "+-");

        if (length == 0) {
            return ent_fault(ctx, ENT_ERR_USAGE, "command line", 0, 0, option, text, NULL,
                             "a sum is written CODE+CODE-CODE");
        }
        code = ent_combination_add(self, at, length, sign, ctx);
        at += length;
        if (*at == '\0') {
            break;
        }
        sign = *at == '-' ? -1.0 : 1.0;
    }
    return code;
}

static int is_rest(const ent_combination_t *self)
{
    return self->n == 1 && strcmp(self->code[0], "rest") == 0;
}

/* The rest: all, less every code of the others with the opposite of its sign. */
static int fill_rest(ent_combination_t *rest, const ent_combination_t *list, int n, const char *all,
                     ent_context_t *ctx)
{
    int code;

    free(rest->code[0]);
    rest->n = 0;
    code = ent_combination_add(rest, all, strlen(all), 1.0, ctx);
    for (int i = 0; code == ENT_OK && i < n; i++) {
        for (int k = 0; &list[i] != rest && code == ENT_OK && k < list[i].n; k++) {
            code = ent_combination_add(rest, list[i].code[k], strlen(list[i].code[k]), -list[i].sign[k], ctx);
        }
    }
    return code;
}

/* One entry of the list: NAME, or NAME=CODES. */
static int parse_entry(ent_combination_t *self, char *entry, const char *option, ent_context_t *ctx)
{
    char *codes = strchr(entry, '=');

    if (codes != NULL) {
        *codes++ = '\0';
    }
    self->name = ent_strdup(ctx, entry);
    if (self->name == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    if (entry[0] == '\0') {
        return ent_fault(ctx, ENT_ERR_USAGE, "command line", 0, 0, option, codes, NULL,
                         "an entry is CODE or NAME=CODE+CODE");
    }
    return parse_codes(self, codes != NULL ? codes : entry, option, ctx);
}

static int check_names(const ent_combination_t *list, int n, const char *option, ent_context_t *ctx)
{
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < i; k++) {
            if (strcmp(list[i].name, list[k].name) == 0) {
                return ent_fault(ctx, ENT_ERR_USAGE, "command line", 0, 0, option, list[i].name, NULL,
                                 "a name may stand once");
            }
        }
    }
    return ENT_OK;
}

static int parse_list(ent_combination_t *list, int *n, char *copy, const char *all, const char *option,
                      ent_context_t *ctx)
{
    int code = ENT_OK;
    char *rest = copy;

    for (char *entry; code == ENT_OK && (entry = strsep(&rest, ",")) != NULL; (*n)++) {
        code = parse_entry(&list[*n], entry, option, ctx);
    }
    for (int i = 0; code == ENT_OK && i < *n; i++) {
        if (is_rest(&list[i])) {
            code = fill_rest(&list[i], list, *n, all, ctx);
        }
    }
    return code == ENT_OK ? check_names(list, *n, option, ctx) : code;
}

int ent_combinations_parse(ent_combination_t **list, int *n, const char *text, const char *all,
                           const char *option, ent_context_t *ctx)
{
    size_t entries = 1;
    char *copy = ent_strdup(ctx, text);
    int code;

    *n = 0;
    for (const char *c = text; *c != '\0'; c++) {
        entries += *c == ',';
    }
    *list = ent_calloc(ctx, entries, sizeof **list);
    code = *list == NULL || copy == NULL ? ENT_ERR_NO_MEMORY : parse_list(*list, n, copy, all, option, ctx);
    free(copy);
    return code;
}

/* ---- sums ---- */

/* Add sign x series; `unit` is that of the first series. 0 when the series is there. */
static int add_series(const ent_observations_t *self, const char *flow, const char *product,
                      const char *measure, int vintage, double sign, const char **unit, double *value,
                      double *folded, ent_context_t *ctx)
{
    const int row = ent_observations_find(self, flow, product, measure);

    if (row < 0) {
        return 1;
    }
    if (*unit != NULL && strcmp(*unit, self->row[row].unit) != 0) {
        return ent_fault(ctx, ENT_ERR_DATA, self->path, self->row[row].line, 0, "unit", self->row[row].unit,
                         *unit, "must be the unit of the other series of the sum");
    }
    *unit = self->row[row].unit;
    ent_observations_fold(self, row, vintage, folded);
    for (int m = 0; m < self->n_months; m++) {
        value[m] += sign * folded[m];
    }
    return ENT_OK;
}

static int missing(const ent_observations_t *self, const char *flow, const char *product, const char *measure,
                   ent_context_t *ctx)
{
    return ent_fault(ctx, ENT_ERR_DATA, self->path, 0, 0, flow, product, NULL,
                     "the file has no series of %s of it", measure);
}

static int add_partner(const ent_observations_t *self, const char *code_of_partner, double sign,
                       const ent_combination_t *product, const char *destination, const char *measure,
                       int vintage, const char **unit, double *value, double *folded, ent_context_t *ctx)
{
    char *flow = ent_format(ctx, "%s-%s", code_of_partner, destination);
    int code = flow == NULL ? ENT_ERR_NO_MEMORY : ENT_OK;

    for (int k = 0; code == ENT_OK && k < product->n; k++) {
        code = add_series(self, flow, product->code[k], measure, vintage, sign * product->sign[k], unit,
                          value, folded, ctx);
        if (code > 0) { /* nothing of it was ever traded, or the partner is not in the file */
            code = ent_observations_find(self, flow, "total", measure) >= 0 &&
                           strcmp(product->code[k], "total") != 0
                       ? ENT_OK
                       : missing(self, flow, product->code[k], measure, ctx);
        }
    }
    free(flow);
    return code;
}

int ent_observations_sum(const ent_observations_t *self, const ent_combination_t *partner,
                         const ent_combination_t *product, const char *destination, const char *measure,
                         int vintage, double *value, ent_context_t *ctx)
{
    double *folded = ent_calloc(ctx, (size_t)self->n_months, sizeof *folded);
    const char *unit = NULL;
    int code = folded == NULL ? ENT_ERR_NO_MEMORY : ENT_OK;

    memset(value, 0, (size_t)self->n_months * sizeof *value);
    for (int i = 0; code == ENT_OK && i < partner->n; i++) {
        code = add_partner(self, partner->code[i], partner->sign[i], product, destination, measure, vintage,
                           &unit, value, folded, ctx);
    }
    if (code == ENT_OK && unit == NULL) {
        code = missing(self, partner->name, product->name, measure, ctx);
    }
    free(folded);
    return code;
}
