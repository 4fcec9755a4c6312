/* Kinds of measures: one row a kind (kinds.c) beside its name and sentence in ENT_MEASURE_KINDS (config.h).
 * The rates, the config's reader, its checks, tables and the engine ask the row and never which kind it is.
 */
#ifndef ENTREPOT_POLICY_KINDS_H
#define ENTREPOT_POLICY_KINDS_H

#include <entrepot/schedule.h>

/* What a kind bears on, and with that how it stands in a set. */
typedef enum {
    ENT_BEARS_ON_DUTY,       /* adds to the rate; of a set the latest in force counts */
    ENT_BEARS_ON_SHARE,      /* takes a share of the goods out of the duties of its set */
    ENT_BEARS_ON_SET,        /* voids the measures of its set that took effect before */
    ENT_BEARS_ON_COST,       /* raises landed cost and collects nothing; those of several sets add */
    ENT_BEARS_ON_ORDERS,     /* holds back a share of the orders; of several sets what is left multiplies */
    ENT_BEARS_ON_VISIBILITY, /* multiplies the origin's visibility; those of several sets multiply */
} ent_bearing_t;

/* What two measures of a kind, in force on the same goods, mean. */
typedef enum {
    ENT_TOGETHER_ADD,  /* they add, or replace one another in a set */
    ENT_TOGETHER_PART, /* each is the whole rate of its goods: together not more than all, or one set */
    ENT_TOGETHER_NEVER /* they contradict one another even in one set */
} ent_together_t;

/* A key of the config that only some kinds have: a number of ent_measure_t. */
typedef struct {
    const char *key;
    size_t offset;    /* of a double in ent_measure_t */
    int is_rate;      /* read and bounded as the kind's rate */
    int whole;        /* no fraction */
    double low, high; /* of others */
    double otherwise; /* where it may be left out */
    const char *rule; /* what to say when it is missing; NULL: it may be left out */
} ent_kind_key_t;

typedef struct {
    ent_bearing_t bears_on;
    ent_together_t together;
    /* what it adds on covered goods, or the size of what it does, from its rate and the benchmark tariff */
    double (*term)(double rate, double base);
    double idle;        /* the term at which it changes nothing */
    int in_full;        /* the collection wedge never applies */
    int no_rate;        /* it has none; NaN marks who is not hit, 0 who is */
    double least, most; /* rate */
    const char *share;  /* of a rate that is a share: who does what with it, for faults; NULL: no share */
    const ent_kind_key_t *keys; /* ends with a NULL key; NULL: none */
    /* of what fills: the steps *first to *first + *n - 1 of the period of a step, in which `volume` may come
     * in; 0: closed, `out_rate` is owed and nothing counts. A period begins and ends with a step. */
    int (*period)(const ent_measure_t *measure, const ent_calendar_t *calendar, int step, int *first, int *n);
    /* what is wrong with a measure's own keys on a calendar; NULL: nothing, or no such rule */
    const char *(*fault)(const ent_measure_t *measure, const ent_calendar_t *calendar);
} ent_kind_t;

const ent_kind_t *ent_kind(ent_measure_kind_t kind);

/* What it does, in a sentence. */
const char *ent_kind_sentence(ent_measure_kind_t kind);

/* Whether it acts on the other measures of its set only. */
int ent_kind_needs_set(ent_measure_kind_t kind);

/* Whether `rate` is owed only until `volume` has come in, then `out_rate`. */
int ent_kind_fills(ent_measure_kind_t kind);

/* The kind's own key of that name, or NULL. */
const ent_kind_key_t *ent_kind_key(ent_measure_kind_t kind, const char *key);

#endif
