/* Numbers of what was simulated, read back from a results file or taken from trajectories in memory: labels,
 * recorded quantities, and any outcome in any period, of one scenario or of one against another in the same
 * world. `entrepot describe --outcomes` and `--fields` list what can be asked for. */
#ifndef ENTREPOT_NUMBERS_H
#define ENTREPOT_NUMBERS_H

#include <entrepot/results.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A run being read. One thread at a time may use it; HDF5 lets one thread of a process read files at a time.
 * Functions with a context refuse NULL with ENT_ERR_USAGE. */
typedef struct ent_reading ent_reading_t;

/* Open a results file. Its seal and coordinates are checked; values are read when they are asked for. Free
 * with ent_reading_close. ENT_ERR_NO_INPUT, ENT_ERR_DATA for damage or what is no results file,
 * ENT_ERR_NO_MEMORY. Cost: one pass over the file's bytes. */
ENT_API int ent_reading_open(ent_reading_t **reading, const char *path, ent_context_t *ctx);

/* Read trajectories in memory, of a config that must outlive the reading. No replication is there until
 * ent_reading_hold shows it. Free with ent_reading_close. ENT_ERR_NO_MEMORY. */
ENT_API int ent_reading_from_config(ent_reading_t **reading, const ent_config_t *config, ent_context_t *ctx);

/* Show the trajectories [n_scenarios] of a replication, as ent_play fills them. They belong to the caller and
 * must stay until they are taken back with NULL. ENT_ERR_USAGE for a reading of a file or a replication that
 * is not of the config. */
ENT_API int ent_reading_hold(ent_reading_t *reading, int replication, const ent_trajectory_t *trajectories,
                             ent_context_t *ctx);

/* NULL is allowed. */
ENT_API void ent_reading_close(ent_reading_t *reading);

/* ---- labels ---- */

typedef enum {
    ENT_LABEL_SCENARIO,
    ENT_LABEL_REGION,
    ENT_LABEL_SECTOR,
    ENT_LABEL_FLOW,   /* "KOR-USA" */
    ENT_LABEL_STEP,   /* first day, "2025-01-01" */
    ENT_LABEL_OUTCOME /* names that ent_reading_values knows; recorded quantities come last */
} ent_label_kind_t;

/* Number of labels of a kind. */
ENT_API int ent_reading_count(const ent_reading_t *reading, ent_label_kind_t kind);
/* One of them; belongs to the reading. NULL when there is no such. */
ENT_API const char *ent_reading_label(const ent_reading_t *reading, ent_label_kind_t kind, int index);

/* Replications, first plays of all worlds and then the repeats; which world one plays, and with which chance
 * draws (0: first play, 1: repeat); 1 when all of it is there. A mean over worlds is one over first plays. */
ENT_API int ent_reading_replications(const ent_reading_t *reading);
ENT_API int ent_reading_world(const ent_reading_t *reading, int replication);
ENT_API int ent_reading_chance(const ent_reading_t *reading, int replication);
ENT_API int ent_reading_is_whole(const ent_reading_t *reading, int replication);

/* ---- values ---- */

/* What is asked for. Set `size` to sizeof(ent_query_t), so that later versions can add to it; all else may be
 * 0 but `outcome`. Strings are borrowed for the call. */
typedef struct {
    size_t size;
    const char *outcome;  /* an outcome or a recorded quantity */
    const char *period;   /* year1, horizon, 2026, 2026-03, 2026-03-15, 2025-08..2026-07; NULL: year1 */
    const char *scenario; /* NULL: the first */
    const char *base;     /* scenario that is taken off, world by world; NULL: the level */
    const char *origin;   /* exporter; NULL: the run's home */
    const char *partner;  /* destination or "all" recorded; NULL: the one whose duty differs between scenario
                           * and base, of a level the first recorded */
    const char *sector;   /* NULL: all */
    int relative;         /* 1: the difference in per cent of the base */
} ent_query_t;

/* Values [n_replications] in the outcome's unit; NaN where a replication or a quantity is missing, or what
 * the outcome divides by is zero. ENT_ERR_USAGE for names that the run does not have (with the nearest),
 * ENT_ERR_DATA for damage. Cost: one pass over the quantities the outcome is made of. */
ENT_API int ent_reading_values(ent_reading_t *reading, const ent_query_t *query, double *values,
                               ent_context_t *ctx);

/* The same of one replication, for trajectories that are held one after another. */
ENT_API int ent_reading_value(ent_reading_t *reading, const ent_query_t *query, int replication,
                              double *value, ent_context_t *ctx);

/* Unit of an outcome's value ("million USD"); NULL when there is no such outcome. */
ENT_API const char *ent_reading_unit(const ent_reading_t *reading, const char *outcome);

/* A recorded quantity of one trajectory as it stands: *values [n_steps][ent_field_size], which belong to the
 * reading and stay until another replication is asked for; NULL, without an error, where it is missing.
 * ENT_ERR_USAGE for an unknown name. */
ENT_API int ent_reading_field(ent_reading_t *reading, const char *field, int scenario, int replication,
                              const float **values, ent_context_t *ctx);

/* What all worlds together say of values [n_replications]. */
typedef struct {
    int n_worlds;     /* whose value is known */
    double mean;      /* over worlds; NaN without one */
    double error;     /* 1.96 of it are half the 95 % interval of the mean; NaN: not measured */
    double numerical; /* the part of it that other chance draws in the same worlds would show; NaN without
                       * worlds played twice */
    double low, high; /* range of `level` of the worlds, chance taken out; NaN where there is none */
} ent_summary_t;

/* Sum up values over worlds; `level` is the share of worlds within the range, such as 0.9. ENT_ERR_NO_MEMORY.
 */
ENT_API int ent_reading_summary(const ent_reading_t *reading, const double *values, double level,
                                ent_summary_t *summary, ent_context_t *ctx);

#ifdef __cplusplus
}
#endif

#endif
