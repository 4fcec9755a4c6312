/* What was simulated, whether it lies in a results file or in memory: its labels, and the values of one field
 * of one trajectory. Whoever makes numbers reads it here and never asks which of the two it is. */
#ifndef ENTREPOT_NUMBERS_ENSEMBLE_H
#define ENTREPOT_NUMBERS_ENSEMBLE_H

#include "io/results_file.h"

/* Labels are borrowed: of a file from the ent_results_file_t, in memory from the config. */
typedef struct {
    const char *path; /* of the results file or the config, for messages */
    const char *name, *title;
    int n_scenario, n_replication, n_time, n_sector, n_region, n_flow;
    int n_worlds, n_repeats, steps_per_year;
    long long n_slots;     /* slots asked for in the config */
    int home;              /* region that the numbers are about; may be set to another */
    int exporter_home;     /* region whose exporters are recorded */
    char *const *scenario; /* [n_scenario] */
    char *const *sector, *const *sector_name;
    char *const *region, *const *region_name;
    char *const *flow;                         /* [n_flow] "KOR-USA" */
    const int *flow_origin, *flow_destination; /* [n_flow] regions */
    const int *world, *chance;                 /* [n_replication] */
    const int *whole;                          /* [n_replication] 1: every scenario of it is there */
    const ent_day_t *begin, *end;              /* [n_time] first day of each step, first day after it */
    const ent_results_file_t *file;            /* NULL: in memory */
    const ent_config_t *config;                /* NULL: in a file */
    struct ent_ensemble_memory *memory;
} ent_ensemble_t;

/* The ensemble of an open file, which must outlive it. Nothing is read and nothing need be freed. */
void ent_ensemble_from_file(ent_ensemble_t *ensemble, const ent_results_file_t *file);

/* The ensemble of a config that is played in memory; no replication is there yet. The config must outlive it.
 * Free with ent_ensemble_free, safe after failure. ENT_ERR_NO_MEMORY. */
int ent_ensemble_from_config(ent_ensemble_t *ensemble, const ent_config_t *config, ent_context_t *ctx);
void ent_ensemble_free(ent_ensemble_t *ensemble);

/* Show the trajectories [n_scenario] of one replication, which belong to the caller and must stay until they
 * are taken back with NULL. Several threads may do so at once, each with a replication of its own. */
void ent_ensemble_hold(ent_ensemble_t *ensemble, int replication, const ent_trajectory_t *trajectories);

/* 1 when values of the field are recorded. */
int ent_ensemble_has(const ent_ensemble_t *ensemble, ent_field_id_t field);
/* Values of a field in one step. */
size_t ent_ensemble_size(const ent_ensemble_t *ensemble, ent_field_id_t field);

/* Whether goods of a flow leave `origin`: sales at home are no exports, even where they are recorded. */
int ent_ensemble_exports(const ent_ensemble_t *ensemble, int flow, int origin);

/* Index of a scenario, region or sector by name; ENT_ERR_USAGE with the nearest name when there is none.
 * `what` is what the name was given for ("partner"). */
int ent_ensemble_scenario(const ent_ensemble_t *ensemble, const char *name, int *scenario,
                          ent_context_t *ctx);
int ent_ensemble_region(const ent_ensemble_t *ensemble, const char *what, const char *name, int *region,
                        ent_context_t *ctx);
int ent_ensemble_sector(const ent_ensemble_t *ensemble, const char *name, int *sector, ent_context_t *ctx);

/* ---- reading ---- */

/* One replication at a time, field by field as they are asked for. One reader a thread. */
typedef struct {
    const ent_ensemble_t *ensemble;
    int replication;     /* that the values are of; -1: none */
    const float **value; /* [n_scenario][ENT_N_FIELDS]; NULL: not read */
    float **room;        /* the same; what was allocated for values of a file */
    int *list; /* for whoever makes a number: [n_flow, n_region or ENT_N_CLASSES, whatever is most] */
} ent_reader_t;

/* Free with ent_reader_free, safe after failure. ENT_ERR_NO_MEMORY. */
int ent_reader_init(ent_reader_t *reader, const ent_ensemble_t *ensemble, ent_context_t *ctx);
void ent_reader_free(ent_reader_t *reader);

/* One field of one trajectory: *values [n_time][ent_ensemble_size], which stay until another replication is
 * asked for; of a file they are read once, in memory they are those of the trajectory. NULL without an error
 * where the replication or the field is not there. ENT_ERR_DATA for damage, ENT_ERR_NO_MEMORY. */
int ent_reader_field(ent_reader_t *reader, ent_field_id_t field, int scenario, int replication,
                     const float **values, ent_context_t *ctx);

/* How talks of a scenario ended: agreements [n_replication], NaN throughout where the replication is missing
 * or the scenario was not negotiated. ENT_ERR_DATA for damage, ENT_ERR_NO_MEMORY. */
int ent_ensemble_agreements(const ent_ensemble_t *ensemble, int scenario, ent_agreement_t *agreements,
                            ent_context_t *ctx);

#endif
