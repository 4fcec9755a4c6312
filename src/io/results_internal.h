/* A results file being written: shared by the parts of the writer (results*.c). */
#ifndef ENTREPOT_IO_RESULTS_INTERNAL_H
#define ENTREPOT_IO_RESULTS_INTERNAL_H

#include "io/hdf5_write.h"
#include "io/output.h"
#include "io/results_laws.h"
#include <entrepot/results.h>

#define ENT_RESULTS_FORMAT "entrepot-results"
#define ENT_RESULTS_FORMAT_VERSION 1

/* Dimensions of the file, in the order in which they are made. */
typedef enum {
    ENT_DIM_SCENARIO,
    ENT_DIM_REPLICATION,
    ENT_DIM_TIME,
    ENT_DIM_SECTOR,
    ENT_DIM_FLOW,
    ENT_DIM_ORIGIN,
    ENT_DIM_DESTINATION,
    ENT_DIM_REGION,
    ENT_DIM_CLASS,
    ENT_DIM_DRAW,
    ENT_DIM_BOUND,
    ENT_DIM_LAW,
    ENT_DIM_LEVIED, /* flows of home on which measures levy duty */
    ENT_N_DIMENSIONS
} ent_dimension_t;

enum { ENT_MAX_RANK = 5 }; /* scenario, replication, time and two more */

struct ent_results {
    ent_output_t output;
    ent_laws_t laws;
    hid_t file;
    hid_t provenance;
    hid_t scale[ENT_N_DIMENSIONS]; /* coordinate variables; -1 when the dimension is empty */
    hsize_t length[ENT_N_DIMENSIONS];
    hid_t field[ENT_N_FIELDS];  /* -1 when the field has no values in this run */
    hid_t agreement[4];         /* -1 when nobody negotiates */
    hid_t draws;                /* -1 when the run draws nothing */
    unsigned char *written;     /* [scenario][replication] */
    ent_written_t values;       /* to be found again when the file is closed */
    ent_context_t *ctx;         /* of the call at work, for want of memory */
    long long trajectory_bytes; /* at most, of one trajectory with its indices */
    int broken;                 /* a write failed: nothing more is tried */
};

/* Axes of a field after scenario, replication and time; returns their number. */
int ent_results_axes(ent_shape_t shape, ent_dimension_t axes[2]);

/* Make every dimension, coordinate, reference and (empty) field. 0, or -1 with HDF5's error stack filled. */
int ent_results_layout(ent_results_t *results, const ent_config_t *config, const ent_benchmark_t *benchmark);

/* A text of every place of a dimension: its coordinate when it has none yet. */
int ent_results_add_names(ent_results_t *results, ent_dimension_t axis, const char *name,
                          const char *long_name, char *const *values);

/* Numbers along axes. */
int ent_results_add_reals(ent_results_t *results, int rank, const ent_dimension_t *axes, const char *name,
                          const char *units, const char *long_name, const double *values);

/* results->laws, when there are any. */
int ent_results_add_laws(ent_results_t *results, const ent_config_t *config);

/* Which replications are whole: written last, before the completion mark. */
int ent_results_write_status(ent_results_t *results);

/* /provenance: all that may differ between two runs with the same values. */
int ent_results_provenance(ent_results_t *results, const ent_config_t *config,
                           const ent_benchmark_t *benchmark);
int ent_results_provenance_end(ent_results_t *results, double wall_seconds, int n_failed);

#endif
