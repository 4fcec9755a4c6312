/* What the files of policy/lines share. */
#ifndef ENTREPOT_POLICY_LINES_INTERNAL_H
#define ENTREPOT_POLICY_LINES_INTERNAL_H

#include "policy/lines.h"

/* The duty of a set that counts, ready to be worked out for any cell treated alike. */
typedef struct {
    int measure, set, condition, n_yields, first_exemption, n_exemptions;
    ent_law_kind_t kind;
    ent_law_claim_t claim;
    double rate, list;
    double taken, left, exempt, adds; /* of the cell worked out last */
    short yields[ENT_LAW_MOST_SETS];  /* places of terms before */
} ent_line_term_t;

typedef struct {
    int measure, condition;
    double list;
} ent_line_exemption_t;

typedef struct {
    int n, n_exemptions;
    ent_line_term_t terms[ENT_LAW_MOST_SETS];
    ent_line_exemption_t exemptions[ENT_LAW_MOST_ATOMS];
} ent_line_terms_t;

/* Shares of the conditions, of a cell or one for all. */
typedef struct {
    double *const *by_cell; /* [n_conditions][n_cells], NULL where `constant` holds */
    const double *constant; /* [n_conditions] */
    int cell, claim, own_content;
} ent_line_shares_t;

/* Terms of a class of codes from the bits in force; with `form` lists count whole. */
void ent_line_terms_of(ent_line_terms_t *terms, const ent_cover_t *cover, const ent_law_t *law, int class,
                       const uint64_t *bits, int form);

/* What they add to a cell's rate: the equations of lines.h. */
double ent_line_terms_rate(ent_line_terms_t *terms, const ent_line_shares_t *shares, double ordinary);

#endif
