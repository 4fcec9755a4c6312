/* The outcomes that studies of tariffs print: welfare, deficit, trade over income, employment, prices. */
#ifndef ENTREPOT_STATIC_STATIC_OUTCOMES_H
#define ENTREPOT_STATIC_STATIC_OUTCOMES_H

#include "base/table.h"
#include "static/static_case.h"

typedef enum {
    ENT_STATIC_WEIGHT_EXPENDITURE, /* final expenditure of the benchmark */
    ENT_STATIC_WEIGHT_GDP,         /* value added of the benchmark */
    ENT_STATIC_WEIGHT_EQUAL,
    ENT_N_STATIC_WEIGHTS
} ent_static_weight_t;

/* Per cent, after against before; NaN where it is not defined (a deficit of zero before). */
typedef struct {
    double welfare;     /* as Ignatenko et al. (2025) print it; the next two when labour supply is fixed */
    double utility;     /* real income less the disutility of work, exact */
    double real_income; /* income over consumer prices */
    double deficit;     /* of trade, imports less exports before duty: change over its size before */
    double exports, imports; /* over GDP, which is value added */
    double employment, consumer_price;
    double duties; /* of GDP, after */
} ent_static_outcome_t;

void ent_static_outcome(const ent_static_t *self, const ent_theory_result_t *result, int region,
                        ent_static_outcome_t *outcome);

/* A row for each region (region -1) or one, then means over all regions and over all but `home`. Cells that
 * are not defined are left out of means. The caller frees the table. */
void ent_static_outcome_table(const ent_static_t *self, const ent_theory_result_t *result, int region,
                              int home, ent_static_weight_t weight, const char *regime, ent_table_t *table);

/* What has the price 1, in words. */
const char *ent_static_numeraire_words(const ent_theory_t *model, char *buffer, size_t size);

#endif
