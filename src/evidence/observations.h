/* What offices have published of monthly trade: series with unit, basis, source and vintages. */
#ifndef ENTREPOT_EVIDENCE_OBSERVATIONS_H
#define ENTREPOT_EVIDENCE_OBSERVATIONS_H

#include <entrepot/context.h>

#include <stdio.h>

/* One series in one vintage, as a row of the file has it. */
typedef struct {
    char *flow;    /* "KOR-USA"; "USA" for the working days of an office */
    char *product; /* "total", or a code of the office's classification */
    char *measure; /* "imports", "exports", "duty", "working_days" */
    char *unit, *basis, *source;
    int vintage;   /* month whose release it stood in, 12 * year + month - 1; 0: no vintage */
    int line;      /* of the file; 0: added since */
    double *value; /* [n_months]; NaN: not in this vintage */
} ent_observation_row_t;

typedef struct {
    char *path;
    int first_month, n_months; /* columns; a month is 12 * year + month - 1 */
    int n_rows;
    size_t capacity;
    ent_observation_row_t *row; /* vintages of a series in order */
} ent_observations_t;

/* Read a file of observations: columns vintage, flow, product, measure, unit, basis, source, then months
 * without a gap, each once; plain CSV or gzip. One row is a series in a vintage. All faults are recorded: a
 * month given twice or left out in the header, a number that is none or negative, a row without flow, measure
 * or unit, a vintage that is no month or comes before an earlier row's, one series in two units or bases.
 * ENT_ERR_NO_INPUT, ENT_ERR_DATA, ENT_ERR_NO_MEMORY. Free with ent_observations_free, also after failure.
 * Cost: O(bytes + rows^2). */
int ent_observations_read(ent_observations_t *self, const char *path, ent_context_t *ctx);
void ent_observations_free(ent_observations_t *self);

/* Write in the same form. ENT_ERR_IO. */
int ent_observations_write(const ent_observations_t *self, FILE *stream, ent_context_t *ctx);

/* Whether two rows are vintages of one series. */
int ent_observations_same(const ent_observation_row_t *a, const ent_observation_row_t *b);

/* First row of a series, or -1. */
int ent_observations_find(const ent_observations_t *self, const char *flow, const char *product,
                          const char *measure);

/* A month of the series whose first row is `row`, as vintages up to `vintage` have it (0: the newest); NaN
 * where none does. Cost: O(rows). */
double ent_observations_value(const ent_observations_t *self, int row, int month, int vintage);

/* All months of that series, value [n_months]. Cost: O(rows + months x vintages). */
void ent_observations_fold(const ent_observations_t *self, int row, int vintage, double *value);

/* Last month in which some series of trade has a value; 0: none. */
int ent_observations_last(const ent_observations_t *self);

/* Add an empty row (its texts are copied) and return its place, or -1 out of memory. */
int ent_observations_add_row(ent_observations_t *self, const ent_observation_row_t *like, int vintage,
                             ent_context_t *ctx);

/* Make room for months up to `month`. */
int ent_observations_extend(ent_observations_t *self, int month, ent_context_t *ctx);

/* ---- sums of series ---- */

/* A partner or product that is a sum of codes: "ASEAN=THA+MYS+IDN", "ROW=WLD-CHN-KOR", "CHN". */
typedef struct {
    char *name;
    int n;
    char **code;
    double *sign;
} ent_combination_t;

/* Read a list with commas; `rest` in the place of codes is `all` less every other code of the list. Free each
 * with ent_combination_free, and the array. ENT_ERR_USAGE for an empty name or code, or a name given twice.
 */
int ent_combinations_parse(ent_combination_t **list, int *n, const char *text, const char *all,
                           const char *option, ent_context_t *ctx);
void ent_combination_free(ent_combination_t *self);

/* One more code (its first `length` bytes). ENT_ERR_NO_MEMORY. */
int ent_combination_add(ent_combination_t *self, const char *code, size_t length, double sign,
                        ent_context_t *ctx);

/* Sum of `measure` of partners x products into value [n_months of the file]; a month is NaN where a series
 * that the sum needs has none. `destination` is the office's side, such as USA. ENT_ERR_DATA when a series is
 * not in the file or the units of two differ. Series of nothing but products no partner sold are absent from
 * a file and count as 0 when `total` of the partner is there. Cost: O(partners x products x rows). */
int ent_observations_sum(const ent_observations_t *self, const ent_combination_t *partner,
                         const ent_combination_t *product, const char *destination, const char *measure,
                         int vintage, double *value, ent_context_t *ctx);

#endif
