/* Which measures bear on which product codes and partners, as bits: prefixes cut the codes into ranges within
 * which all are treated alike on every day, ranges treated alike are one class, and what is in force for a
 * class and a partner is an intersection of three rows of bits. */
#ifndef ENTREPOT_POLICY_COVER_H
#define ENTREPOT_POLICY_COVER_H

#include "policy/law.h"

/* Far above what any law has; fixed so that working out a line needs no memory. */
enum { ENT_LAW_MOST_SETS = 128, ENT_LAW_MOST_ATOMS = 4096 };

/* A measure on those rows of its lists that have the same dates; most measures are one atom. */
typedef struct {
    int measure, set;
    int share;             /* column of `shares`; -1: the whole of every line covered */
    ent_day_t from, until; /* of the rows */
} ent_atom_t;

/* Atoms are in the order in which sets are worked out: by set (after those it yields to), duties before
 * exemptions, and of duties the one that counts first: higher priority, then later effective, then later in
 * the file. */
typedef struct {
    int n_atoms, n_words, n_shares, n_ranges, n_classes, n_partners;
    ent_atom_t *atoms;
    int *set_order;          /* [n_sets] */
    ent_hs_t *bound;         /* [n_ranges + 1] range r is [bound[r], bound[r + 1]) */
    int *range_class;        /* [n_ranges] */
    uint64_t *cover;         /* [n_classes][n_words] */
    double *shares;          /* [n_classes][n_shares] part of the trade of a line that lists name */
    uint64_t *partner;       /* [n_partners][n_words] */
    uint64_t *replaced;      /* [n_atoms][n_words] atoms that are over once this one has begun */
    unsigned char *replaces; /* [n_atoms] 1: that row has bits */
} ent_cover_t;

/* Build from a finished law. Faults: two lists of a measure that give a line different shares, and two duties
 * of a set that begin on one day with one priority on the same goods. ENT_ERR_DATA, ENT_ERR_NO_MEMORY. Cost:
 * measures x ranges; 20 ms for the shipped law. */
int ent_cover_init(ent_cover_t *cover, const ent_law_t *law, ent_context_t *ctx);
void ent_cover_free(ent_cover_t *cover);

/* The range a code lies in. */
int ent_cover_range(const ent_cover_t *cover, ent_hs_t code);

/* When goods come, and what is looked at. */
typedef struct {
    ent_day_t arrive, loaded;
    ent_day_t known;              /* only what had been announced; ENT_DAY_NEVER: everything */
    int final;                    /* after refunds of retroactive measures */
    const unsigned char *without; /* [n_measures] 1: as if never made; may be NULL */
} ent_lines_when_t;

/* Bits of the atoms that have begun, and of those in force, each [n_words]. */
void ent_cover_begun(const ent_cover_t *cover, const ent_law_t *law, const ent_lines_when_t *when,
                     uint64_t *begun, uint64_t *in_force);

/* What is in force for a class and a partner, without what has been replaced: [n_words]. */
void ent_cover_of(const ent_cover_t *cover, int class, int partner, const uint64_t *begun,
                  const uint64_t *in_force, uint64_t *bits);

#endif
