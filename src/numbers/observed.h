/* Monthly observations of trade flows, read from a CSV file. */
#ifndef ENTREPOT_NUMBERS_OBSERVED_H
#define ENTREPOT_NUMBERS_OBSERVED_H

#include <entrepot/config.h>

/* One flow and sector. A month is 12 * year + month - 1. */
typedef struct {
    int origin;      /* region; -1: all the others together (WLD) */
    int destination; /* region; -1: all the others together (WLD) */
    int sector;      /* -1: all goods */
    char *name;      /* "KOR-USA" */
    double *value;   /* [n_months] any unit, the same in the months compared; NaN: not observed */
    double *days;    /* [n_months] working days; NaN: not given */
} ent_observed_series_t;

typedef struct {
    int first_month, n_months;
    int n_series;
    ent_observed_series_t *series;
} ent_observed_t;

/* Month of "YYYY-MM" or -1. */
int ent_month_parse(const char *text);
/* Write "YYYY-MM". */
void ent_month_format(int month, char text[16]);

/* Read a CSV file with at least the columns month, flow, sector and value, and perhaps working_days; others
 * are ignored. `flow` is ORIGIN-DESTINATION of the config's regions, WLD on one side all the others;
 * `sector` one of the config's or total (of goods). An empty value is a month that is not observed. Every
 * fault of the file is recorded with its line: unknown names, a month that is none, numbers that are none or
 * not positive, a month given twice. ENT_ERR_NO_INPUT without a file, ENT_ERR_DATA for faults,
 * ENT_ERR_NO_MEMORY. Free with ent_observed_free, also after failure. Cost: O(rows x series). */
int ent_observed_read(ent_observed_t *observed, const char *path, const ent_config_t *config,
                      ent_context_t *ctx);
void ent_observed_free(ent_observed_t *observed);

/* Index of the series of a flow and sector, made without observations when there is none; -1 without memory.
 */
int ent_observed_series(ent_observed_t *observed, int origin, int destination, int sector,
                        const ent_config_t *config, ent_context_t *ctx);

/* Sum of the values of `n` months from `month` on over (the sum of their working days)^elasticity: 0 the
 * plain sum, 1 by working day. Where a month has no working days the plain sum; NaN when a month is not
 * observed. */
double ent_observed_level(const ent_observed_t *observed, int series, int month, int n, double elasticity);

/* The same of `month` over that of `before`, the plain sums where a month of either has no working days. */
double ent_observed_ratio(const ent_observed_t *observed, int series, int month, int before, int n,
                          double elasticity);

#endif
