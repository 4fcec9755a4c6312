/* Designs: points of the unit cube at which a study's factors are set. */
#ifndef ENTREPOT_STUDY_SAMPLING_H
#define ENTREPOT_STUDY_SAMPLING_H

#include <entrepot/context.h>
#include <stdint.h>

/* X(name, key in study files, what the study file gives it, its form); how its points are made is its row in
 * sampling.c. Methods of analysis go by the form. */
#define ENT_DESIGNS(X)                                                                                       \
    X(FACTORIAL, "factorial", ENT_TAKES_LEVELS, ENT_FORM_CUBE)                                               \
    X(ONE_AT_A_TIME, "one_at_a_time", ENT_TAKES_LEVELS, ENT_FORM_STAR)                                       \
    X(LATIN_HYPERCUBE, "latin_hypercube", ENT_TAKES_POINTS, ENT_FORM_CUBE)                                   \
    X(MAXIMIN, "maximin_latin_hypercube", ENT_TAKES_POINTS, ENT_FORM_CUBE)                                   \
    X(SOBOL, "sobol", ENT_TAKES_POINTS, ENT_FORM_CUBE)                                                       \
    X(SALTELLI, "saltelli", ENT_TAKES_POINTS, ENT_FORM_PAIRS)                                                \
    X(MORRIS, "morris", ENT_TAKES_POINTS | ENT_TAKES_LEVELS, ENT_FORM_PATHS)                                 \
    X(TABLE, "table", ENT_TAKES_FILE, ENT_FORM_GIVEN)

#define ENT_DESIGN_ID(name, ...) ENT_DESIGN_##name,
typedef enum { ENT_DESIGNS(ENT_DESIGN_ID) ENT_N_DESIGNS } ent_design_kind_t;
#undef ENT_DESIGN_ID

enum { ENT_TAKES_POINTS = 1, ENT_TAKES_LEVELS = 2, ENT_TAKES_FILE = 4 };

typedef enum {
    ENT_FORM_CUBE,  /* spread over the unit cube */
    ENT_FORM_STAR,  /* one factor at a time from a centre */
    ENT_FORM_PAIRS, /* two samples, and the one with each factor of the other */
    ENT_FORM_PATHS, /* trajectories that move one factor a step */
    ENT_FORM_GIVEN  /* values of the user's, not points of the cube */
} ent_design_form_t;

/* ENT_TAKES_ flags of a kind, and its form. */
unsigned ent_design_takes(ent_design_kind_t kind);
ent_design_form_t ent_design_form(ent_design_kind_t kind);

extern const char *const ent_design_names[ENT_N_DESIGNS];

typedef struct {
    ent_design_kind_t kind;
    int points; /* base points (latin hypercubes, sobol, saltelli) or trajectories (morris) */
    int levels; /* of a factor (factorial, one_at_a_time, morris) */
    uint64_t seed;
    const double *table; /* [n_table][n_factors] in [0, 1): of a table */
    int n_table;
} ent_design_t;

enum {
    ENT_SOBOL_MAX_DIMENSIONS = 40, /* of GSL's direction numbers; saltelli needs two a factor */
    ENT_DESIGN_MAX_ROWS = 10000000
};

/* Rows of the design over `n_factors` factors.
 *
 *   factorial        all combinations of `levels` midpoints (i + 1/2) / levels; the last factor moves fastest
 *   one_at_a_time    the centre 1/2, then every factor over its `levels` midpoints, the others at the centre
 *   latin_hypercube  one point in each of `points` strata of every factor (McKay, Beckman and Conover 1979)
 *   maximin_latin_hypercube  such points of which two in a factor are exchanged as long as that drives the
 * nearest apart, by the sum of d^-16 over pairs (Morris and Mitchell 1995); about 5e8 differences at most
 *   sobol            Sobol' sequence (GSL), scrambled after Owen (1995) by hash (Laine and Karras 2011)
 *   saltelli         per base point: A, A with factor i from B for each i, B: n_factors + 2 rows (Saltelli et
 * al. 2010), A and B from one Sobol' sequence in 2 n_factors dimensions morris           `points`
 * trajectories of n_factors + 1 rows on a grid of `levels`, each step moves one factor by levels / (2 (levels
 * - 1)) of its range (Morris 1991); the grid's ends lie at the midpoints of the outermost of `levels` strata
 *
 * *u [*n][n_factors], in (0, 1), owned by the caller. The same design gives the same bits. ENT_ERR_CONFIG
 * when the design cannot be made for so many factors, or has more than ENT_DESIGN_MAX_ROWS rows. */
int ent_design(const ent_design_t *design, int n_factors, double **u, int *n, ent_context_t *ctx);

#endif
