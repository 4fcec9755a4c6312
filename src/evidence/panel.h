/* Observed levels by partner and product, as forecasts use them. */
#ifndef ENTREPOT_EVIDENCE_PANEL_H
#define ENTREPOT_EVIDENCE_PANEL_H

#include "evidence/observations.h"

/* Cell c = partner * n_products + product. Months beyond the file's are NaN. */
typedef struct {
    int n_partners, n_products, n_months, first_month;
    char **partner, **product; /* names */
    char *unit, *basis;        /* of the first series */
    double *value;             /* [cell][n_months]; NaN: not observed, or not above 0 */
    double *duty;              /* [cell][n_months]; NaN: not observed */
    double *days;              /* [n_months] ln of working days over 21; 0 where they are not known */
    int *n_empty;              /* [cell] months of the file at 0 or below, left out */
    unsigned char *known;      /* [cell] 1: the file has it */
} ent_panel_t;

/* What a panel is made of. Months run from the file's first to `last_month`. A cell whose series the file
 * lacks is not known when `lenient`, a fault else. `days` may be NULL. */
typedef struct {
    const ent_observations_t *observations, *days;
    const ent_combination_t *partner, *product;
    int n_partners, n_products, vintage, last_month, lenient;
    int to; /* months after it are not read: NaN; 0: all */
    const char *destination, *measure, *days_of;
} ent_panel_options_t;

int ent_panel_init(ent_panel_t *self, const ent_panel_options_t *options, ent_context_t *ctx);
/* Take the products flagged in `left_out` [n_products] out of `total`. */
void ent_panel_exclude(ent_panel_t *self, const unsigned char *left_out);

void ent_panel_free(ent_panel_t *self);

static inline size_t ent_panel_at(const ent_panel_t *self, int partner, int product, int month)
{
    return ((size_t)partner * (size_t)self->n_products + (size_t)product) * (size_t)self->n_months +
           (size_t)month;
}

#endif
