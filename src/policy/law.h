/* The law by product line, as tables: dated measures, lists of HS prefixes, conditions with the shares they
 * hold for, partners and their groups, a concordance of prefixes to sectors, and trade by line and partner.
 * Law (measures, lists) and estimates (conditions, shares, trade) are apart. Everything here is owned by the
 * law and freed by ent_law_free. */
#ifndef ENTREPOT_POLICY_LAW_H
#define ENTREPOT_POLICY_LAW_H

#include <entrepot/calendar.h>
#include <entrepot/context.h>

#include <stddef.h>
#include <stdint.h>

/* A product code is a number of ten digits; a shorter prefix is the range [low, high) of codes it begins. */
typedef int64_t ent_hs_t;
enum { ENT_HS_DIGITS = 10, ENT_HS_CHAPTER = 100000000 }; /* codes of a chapter */

typedef struct {
    ent_hs_t low, high;
} ent_hs_range_t;

typedef enum {
    ENT_LAW_ADDITIVE, /* adds its rate to the other duties */
    ENT_LAW_FLOOR,    /* brings the duty up to its rate, the ordinary duty included */
    ENT_LAW_EXEMPTION /* takes goods out of the duties of its set */
} ent_law_kind_t;

/* What a claim of preference under the trade agreement of the region does to a measure. */
typedef enum {
    ENT_CLAIM_NOTHING,
    ENT_CLAIM_EXEMPT, /* goods that claim are free */
    ENT_CLAIM_CONTENT /* goods that claim pay on what is not of the importer's own content */
} ent_law_claim_t;

/* Conditions the law asks for that are looked up by name. */
#define ENT_CONDITION_CLAIM "usmca_claim"
#define ENT_CONDITION_OWN_CONTENT "us_content"

/* A row of a list: from `from` on and before `until`. `share` is the part of the trade under the prefix that
 * the row names, 1 unless estimated. */
typedef struct {
    ent_hs_range_t range;
    int digits;
    double share;
    ent_day_t from, until;
    int line; /* of its file */
} ent_law_row_t;

typedef struct {
    char *name, *file, *note;
    int n_rows;
    size_t capacity;
    ent_law_row_t *rows; /* sorted by prefix, shorter before longer */
} ent_law_list_t;

/* Something that is asked about goods: answered yes or no on a form, a share of trade in a mean. */
typedef struct {
    char *name, *question, *source;
    double form;             /* answer where a form gives none: 1 yes, 0 no */
    double share, low, high; /* of trade for which it holds, where ent_law_share_t has no row */
    int line;
} ent_law_condition_t;

typedef struct {
    int condition, partner; /* partner -1: all */
    ent_hs_range_t range;
    double share;
} ent_law_share_t;

typedef struct {
    char *code, *name;
    int group; /* -1: none */
    int line;
} ent_law_partner_t;

typedef struct {
    char *id, *authority, *legal, *source, *note, *importer;
    char *file;
    int line;
    int set;
    ent_law_kind_t kind;
    ent_law_claim_t claim;
    int condition; /* the duty or exemption holds for goods that meet it; -1: for all */
    int priority;
    double rate;
    ent_day_t announced, effective, end, end_announced, retroactive_to;
    int by_loading;                          /* goods loaded before `loaded_before` that arrive before */
    ent_day_t loaded_before, entered_before; /* `entered_before` are outside */
    int all_lines;
    int n_lists, *lists, n_except, *except;
    unsigned char *partner;    /* [n_partners] 1: goods from there */
    int n_yields, *yields;     /* sets: what they take is outside this measure, by share of value */
    int n_replaces, *replaces; /* measures that are over, for goods covered here, once this one has begun */
    char *yields_text, *replaces_text;
} ent_law_measure_t;

typedef struct {
    ent_hs_range_t range;
    int sector; /* -1: none, by design */
} ent_law_concordance_t;

/* Trade of the base year by product line and partner: the cells of line i are first[i] .. first[i + 1] - 1.
 */
typedef struct {
    int n_lines, n_cells, base_year;
    ent_hs_t *line;     /* [n_lines] ascending */
    int *first;         /* [n_lines + 1] */
    int *partner;       /* [n_cells] ascending within a line */
    double *imports;    /* [n_cells] customs value, USD */
    double *duty;       /* [n_cells] duty collected, USD */
    char **description; /* [n_lines] or NULL */
} ent_law_trade_t;

typedef struct {
    char *name; /* of the law: file or folder */
    int n_partners, n_groups, n_sets, n_conditions, n_lists, n_measures, n_shares, n_concordance, n_sectors;
    size_t capacity_partners, capacity_groups, capacity_sets, capacity_conditions, capacity_lists,
        capacity_measures, capacity_shares, capacity_concordance, capacity_sectors;
    ent_law_partner_t *partners;
    char **groups, **sets, **sectors;
    ent_law_condition_t *conditions;
    ent_law_list_t *lists;
    ent_law_measure_t *measures;
    ent_law_share_t *shares;
    ent_law_concordance_t *concordance; /* sorted by prefix, shorter before longer */
    ent_law_trade_t trade;
} ent_law_t;

void ent_law_free(ent_law_t *law);

/* Places by name, -1: there is none. */
int ent_law_partner(const ent_law_t *law, const char *code);
int ent_law_group(const ent_law_t *law, const char *name);
int ent_law_set(const ent_law_t *law, const char *name);
int ent_law_list(const ent_law_t *law, const char *name);
int ent_law_condition(const ent_law_t *law, const char *name);
int ent_law_measure(const ent_law_t *law, const char *id);
int ent_law_sector(const ent_law_t *law, const char *name);

/* Read a prefix written with or without dots: an even number of digits from two to ten. Returns the number
 * of digits, or a negative ENT_HS_* fault, for which ent_hs_rule has the words. */
enum { ENT_HS_EMPTY = -1, ENT_HS_LETTERS = -2, ENT_HS_ODD = -3, ENT_HS_LONG = -4, ENT_HS_NO_CHAPTER = -5 };
int ent_hs_parse(const char *text, ent_hs_range_t *range);
const char *ent_hs_rule(int fault);

/* Write a code as 8703.23.01.40 is written: 8703.23.0140, with `digits` of it. */
void ent_hs_format(ent_hs_t code, int digits, char text[16]);

/* Sort lists and concordance, resolve sets and measures named by others, check what holds across rows: no
 * prefix twice on a list, no circle of sets that yield. All faults are reported; what ent_cover_init checks
 * is left to it, but asked here too where there are faults, so that all are told at once. ENT_ERR_DATA,
 * ENT_ERR_NO_MEMORY. Call once after everything has been read. */
int ent_law_finish(ent_law_t *law, ent_context_t *ctx);

/* Sets in an order in which each comes after those it yields to; [n_sets]. ENT_ERR_DATA with the circle
 * named. */
int ent_law_set_order(const ent_law_t *law, int *order, ent_context_t *ctx);

#endif
