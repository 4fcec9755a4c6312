/* New months from an office's own download, checked against what is there. */
#ifndef ENTREPOT_EVIDENCE_OBSERVATIONS_ADD_H
#define ENTREPOT_EVIDENCE_OBSERVATIONS_ADD_H

#include "evidence/observations.h"
#include "io/csv_whole.h"

typedef struct {
    int vintage;                     /* month of the release; 0: the last month of the file */
    int accept_outliers;             /* 1: values that look wrong are taken */
    const ent_csv_whole_t *partners; /* code, census_code */
} ent_observations_add_options_t;

typedef struct {
    int vintage, first_month, last_month;
    int n_new, n_revised, n_same; /* values */
    int n_skipped;                /* rows of partners or products that the observations do not have */
    double largest_revision;      /* log points, absolute; 0: none */
} ent_observations_added_t;

/* Take the rows of `table` into `self` as a new vintage. Two forms are known by their headings:
 *
 *   US Census Bureau, API international trade, imports by NAICS (CSV or its JSON): CTY_CODE, NAICS, time or
 *     YEAR and MONTH, CON_VAL_MO and perhaps CAL_DUT_MO, in USD;
 *   plain: month, flow, product, measure, value, unit, basis.
 *
 * Refused, each with its line: a file with neither form (general imports GEN_VAL_MO are another basis), a
 * month given twice, a number that is none or negative, another unit or basis than the series has, a month
 * that leaves a gap behind the series' last, a value 30 times the median of the twelve before it or a
 * thirtieth (unless accepted; duty, and series below a million on that median, are not asked), a vintage not
 * later than the series' last. ENT_ERR_DATA with `self` as it was but for room, ENT_ERR_NO_MEMORY. Cost:
 * O(rows x series). */
int ent_observations_add(ent_observations_t *self, const ent_csv_whole_t *table,
                         const ent_observations_add_options_t *options, ent_observations_added_t *added,
                         ent_context_t *ctx);

#endif
