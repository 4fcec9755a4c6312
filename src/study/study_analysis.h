/* What a merged study says: tables of sensitivity, scenario discovery, response surfaces and convergence. */
#ifndef ENTREPOT_STUDY_STUDY_ANALYSIS_H
#define ENTREPOT_STUDY_STUDY_ANALYSIS_H

#include "study/sampling.h"
#include "study/sensitivity.h"
#include "base/table.h"

/* A merged study in memory: for one outcome, means over the replications of each point. */
typedef struct {
    char *path, *name;
    ent_design_kind_t design;
    int n_points, n_rows, n_combinations, n_replications, n_factors, n_levers, n_outcomes;
    char **factor, **factor_values, **outcome;
    double *x, *u;    /* [n_points][n_factors] */
    int *lever, *row; /* [n_points] */
    /* of the outcome loaded */
    int chosen;
    double *mean, *noise; /* [n_points] mean over replications, and its variance; NaN: not known */
    int *played;          /* [n_points] replications that are known */
    double *sum;          /* [n_combinations][n_replications] over the rows where the replication is known */
} ent_study_data_t;

/* Open a merged file. ENT_ERR_NO_INPUT, ENT_ERR_DATA. Free with ent_study_data_free, also after failure. */
int ent_study_data_read(ent_study_data_t *data, const char *path, ent_context_t *ctx);
void ent_study_data_free(ent_study_data_t *data);

/* Load an outcome by name (NULL: the first). ENT_ERR_USAGE with the nearest name. Memory: of one block of
 * points. */
int ent_study_data_load(ent_study_data_t *data, const char *outcome, ent_context_t *ctx);

/* X(method, key, what it needs) */
#define ENT_STUDY_METHODS(X)                                                                                 \
    X(SOBOL, "sobol")                                                                                        \
    X(MORRIS, "morris")                                                                                      \
    X(PAWN, "pawn")                                                                                          \
    X(REGRESSION, "regression")                                                                              \
    X(TORNADO, "tornado")                                                                                    \
    X(PRIM, "prim")                                                                                          \
    X(SURFACE, "surface")                                                                                    \
    X(CONVERGENCE, "convergence")                                                                            \
    X(REPLICATIONS, "replications")

#define ENT_STUDY_METHOD_ID(name, key) ENT_STUDY_##name,
typedef enum { ENT_STUDY_METHODS(ENT_STUDY_METHOD_ID) ENT_N_STUDY_METHODS } ent_study_method_t;
#undef ENT_STUDY_METHOD_ID

extern const char *const ent_study_method_names[ENT_N_STUDY_METHODS + 1]; /* ends with NULL */

typedef struct {
    double level; /* of intervals */
    int n_bootstrap, n_slices, n_bins;
    uint64_t seed;
    double below, above;    /* prim: values of interest; NaN: no bound */
    const char *factors[2]; /* surface */
    double want;            /* convergence, replications: half-width wanted; NaN: none */
} ent_analysis_options_t;

void ent_analysis_defaults(ent_analysis_options_t *options);

/* Methods that fit the design and the replications, as bits. Places of a table's values, which has no
 * distributions, are their ranks over the number of rows. */
unsigned ent_analysis_methods(const ent_study_data_t *data);

/* The table of one method for the outcome loaded; rows for each combination of levers. Free with
 * ent_table_free, also after failure. Combinations in which the outcome does not move are named in a note.
 * ENT_ERR_USAGE when the method does not fit the study, ENT_ERR_DATA when too little is known. */
int ent_analysis_table(const ent_study_data_t *data, ent_study_method_t method,
                       const ent_analysis_options_t *options, ent_table_t *table, ent_context_t *ctx);

/* Combinations of levers of which no more than one point has a value of the outcome loaded. */
int ent_analysis_unknown(const ent_study_data_t *data);

/* Tables as a netCDF-style HDF5 file: a dimension TABLE_row each, a variable TABLE_COLUMN for every column.
 */
int ent_analysis_write(const ent_table_t *tables, int n_tables, const char *path, int overwrite,
                       ent_context_t *ctx);

#endif
