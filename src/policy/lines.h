/* The duty on every product line from every partner on any day, and the measures that make it.
 *
 * Of each set the duty that counts is the one with the highest priority, then the latest effective date. With
 * the sets in an order in which each comes after those it yields to, set k takes of the value of a line
 *
 *     part_k  = list share * condition * max(0, 1 - sum over sets j that k yields to of taken_j)
 *     taken_k = part_k * max(0, 1 - exempt_k) * (1 - claim_k)
 *
 * and adds taken_k * rate (additive) or taken_k * max(0, rate - ordinary) (floor). `exempt` sums the
 * exemptions of the set, `claim` is the share that claims preference where the measure frees such goods. On a
 * form shares are answers, 0 or 1; in a mean they are shares of trade. The whole duty is what was collected
 * in the base year plus the law of the day less the law of the base year (docs/law.md). Rates are fractions
 * of customs value. */
#ifndef ENTREPOT_POLICY_LINES_H
#define ENTREPOT_POLICY_LINES_H

#include "policy/cover.h"

/* A law put on the trade of its base year. Holds a pointer to the law. Constant once made, so that threads
 * may share it. */
typedef struct {
    const ent_law_t *law;
    ent_cover_t cover;
    int n_cells, n_groups;            /* a group: the cells of a class of codes and a partner */
    int claim, own_content;           /* conditions; -1: none */
    int *cell_line;                   /* [n_cells] */
    int *line_class;                  /* [n_lines] class of codes of cover */
    int *line_sector;                 /* [n_lines] sector of the concordance, -1: none */
    int *group_first;                 /* [n_groups + 1] into group_cells */
    int *group_cells;                 /* [n_cells] */
    int *group_class, *group_partner; /* [n_groups] */
    double **condition;               /* [n_conditions][n_cells]; NULL where one share holds for all */
    double *collected;                /* [n_cells] duty collected in the base year over imports */
    double *base;                     /* [n_cells] mean law of the base year */
    double *ordinary;                 /* [n_cells] what was collected beside that law, not below 0 */
} ent_lines_t;

/* ENT_ERR_DATA when the law has no trade, ENT_ERR_NO_MEMORY. Cost: 0.1 s for the shipped law. */
int ent_lines_init(ent_lines_t *lines, const ent_law_t *law, ent_context_t *ctx);
void ent_lines_free(ent_lines_t *lines);

/* Rates on one day, kept so that the next day costs only what has changed. */
typedef struct {
    const ent_lines_t *lines;
    uint64_t *last;                    /* [n_groups][n_words] what was in force */
    uint64_t *begun, *in_force, *bits; /* [n_words] scratch */
    double *law;    /* [n_cells] what the law adds; rates by cell are this, less base, plus collected */
    double *by_set; /* [n_sets][n_cells] the same set by set, or NULL */
    int filled;
} ent_lines_day_t;

/* `by_set` 1: keep what each set adds (n_sets times the memory). ENT_ERR_NO_MEMORY. */
int ent_lines_day_init(ent_lines_day_t *day, const ent_lines_t *lines, int by_set, ent_context_t *ctx);
void ent_lines_day_free(ent_lines_day_t *day);

/* Move to a day. The number of groups of cells that are worked out anew. Cost: a few milliseconds at first,
 * then what changed. */
int ent_lines_move(ent_lines_day_t *day, const ent_lines_when_t *when);

/* Whole duty of a cell, at least 0: collected in the base year + law - law of the base year. */
double ent_lines_rate(const ent_lines_day_t *day, int cell);

/* Sums over the cells of each bucket (bucket[cell] from 0; negative: left out), in the order of the cells:
 * imports [USD], duty at the day's rates [USD] and the part of it that the law of the day adds; each
 * [n_buckets], any may be NULL. */
void ent_lines_sum(const ent_lines_day_t *day, const int *bucket, int n_buckets, double *imports,
                   double *duty, double *law);

/* Days on which the law of any line changes, from `first` to `last`, ascending. At most `most` are written;
 * the number there are is returned. */
int ent_lines_days(const ent_law_t *law, ent_day_t first, ent_day_t last, ent_day_t *days, int most);

/* Classes of cells that are treated alike on all days: equal measures, partners and list shares.
 * class[n_cells] counts from 0; the number of classes, or ENT_ERR_NO_MEMORY. */
int ent_lines_classes(const ent_lines_t *lines, int *class, ent_context_t *ctx);

/* ---- one line ---- */

/* A duty or exemption that bears on a line. */
typedef struct {
    int measure;
    double list;      /* part of the trade of the line that the lists name */
    double condition; /* answer or share of the measure's condition, 1 without one */
    double left;      /* what sets it yields to leave */
    double exempt;    /* taken out by exemptions of the set and claims of preference */
    double adds;      /* to the rate */
    int counts;       /* 0: another duty of the set takes its place */
} ent_lines_part_t;

typedef struct {
    ent_hs_t code;
    int partner;
    double ordinary;
    const double *answers; /* [n_conditions] 1 yes, 0 no, or a share */
    int form;              /* 1: a line that a list names in part counts as named */
    ent_lines_when_t when;
} ent_lines_question_t;

/* What the law adds to the ordinary duty of one code, with the measures that bear on it: parts[most],
 * n_parts. Needs no trade. */
double ent_lines_ask(const ent_cover_t *cover, const ent_law_t *law, const ent_lines_question_t *question,
                     ent_lines_part_t *parts, int most, int *n_parts);

/* Answers where a form gives none: [n_conditions]. */
void ent_lines_form_answers(const ent_law_t *law, double *answers);

/* Share of a condition for a code and partner as the tables have it. */
double ent_law_share_of(const ent_law_t *law, int condition, ent_hs_t code, int partner);

#endif
