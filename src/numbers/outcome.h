/* The one table of outcomes: what a number is made of, over which places, in which unit. Whatever is recorded
 * is an outcome too, under the name of its field. */
#ifndef ENTREPOT_NUMBERS_OUTCOME_H
#define ENTREPOT_NUMBERS_OUTCOME_H

#include "numbers/ensemble.h"
#include "numbers/periods.h"

/* Which places an outcome is taken from, by the shape of its fields. */
typedef enum {
    ENT_OF_EXPORTS,  /* flows of home to the partner */
    ENT_OF_MARKET,   /* the partner's market: what it buys, and the flows into it */
    ENT_OF_HOME,     /* home's producers, or home itself */
    ENT_OF_EXPORTERS /* home's exporters by size class */
} ent_outcome_scope_t;

/* Sum of up to two fields with their signs. Over time a field goes by its own kind (sum, mean or last value),
 * over sectors, flows and classes it adds. With `weight` it is the mean weighted with that field instead,
 * with `under` the sum over that of another, of `lag_years` before. */
typedef struct {
    const char *name;  /* as in --outcomes */
    const char *title; /* for captions */
    const char *unit;  /* of a period's value */
    const char *worse; /* what a negative difference is */
    ent_outcome_scope_t scope;
    struct {
        ent_field_id_t field;
        int sign; /* 1, -1; 0: no such term */
    } term[2];
    int weight;    /* ent_field_id_t; ENT_N_FIELDS: none */
    int under;     /* ent_field_id_t; ENT_N_FIELDS: none */
    int lag_years; /* of `under` */
    int months;    /* 1: `under` is a month's, whatever the length of the period */
    double scale;  /* 100 for per cent */
} ent_outcome_t;

/* The first outcomes of the table: those that `compare` shows unless told otherwise, and what code names. */
enum {
    ENT_OUTCOME_EXPORTS,  /* exports of home, recorded flows */
    ENT_OUTCOME_REVENUE,  /* revenue of home's producers from all destinations, home included */
    ENT_OUTCOME_DUTY,     /* duty on home's exports, less refunds */
    ENT_OUTCOME_QUANTITY, /* exports at benchmark prices */
    ENT_OUTCOME_PRICE,    /* exports over quantity, benchmark = 1 */
    ENT_N_USUAL_OUTCOMES,
    ENT_OUTCOME_DUTY_RATE = ENT_N_USUAL_OUTCOMES
};

/* Number of outcomes: those with a name of their own, then every recorded field. */
int ent_outcome_count(void);
/* Outcome by its number. */
const ent_outcome_t *ent_outcome(int id);
/* The outcome that a recorded field is, whatever other outcome has its name. */
const ent_outcome_t *ent_outcome_of_field(ent_field_id_t field);
/* Number of an outcome by name; -1 when there is none. *nearest, where it is not NULL, is set to the nearest
 * known. */
int ent_outcome_find(const char *name, const char **nearest);
/* Names of its fields, "exports, export_quantity". */
void ent_outcome_fields(const ent_outcome_t *outcome, char *text, size_t size);

/* 1 when the outcome is known by sector, by destination (the partner's part), by origin, by size class. */
int ent_outcome_by_sector(const ent_outcome_t *outcome);
int ent_outcome_by_partner(const ent_outcome_t *outcome);
int ent_outcome_by_class(const ent_outcome_t *outcome);
/* 1 when parts add up to their total. */
int ent_outcome_adds(const ent_outcome_t *outcome);

/* A choice of places. */
typedef struct {
    int origin;     /* region; -1: of flows, every recorded origin */
    int partner;    /* region; -1: every destination of the origin's recorded flows */
    int sector;     /* -1: all */
    int size_class; /* -1: all */
} ent_places_t;

/* An outcome in one trajectory over a period. NaN where the replication is missing, nothing is recorded, or
 * what it is divided by is not positive. Errors of ent_reader_field. */
int ent_outcome_value(const ent_outcome_t *outcome, ent_reader_t *reader, int scenario, int replication,
                      const ent_places_t *places, const ent_period_t *period, double *value,
                      ent_context_t *ctx);

/* The same in every step: values [n_time], `stride` apart. */
int ent_outcome_path(const ent_outcome_t *outcome, ent_reader_t *reader, int scenario, int replication,
                     const ent_places_t *places, double *values, size_t stride, ent_context_t *ctx);

#endif
