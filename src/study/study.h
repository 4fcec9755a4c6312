/* Studies: policy levers crossed with uncertainties, played point by point on the same draws, in shards, and
 * merged into one file. A study file is frozen into a plan; a plan's folder holds everything that was played.
 */
#ifndef ENTREPOT_STUDY_STUDY_H
#define ENTREPOT_STUDY_STUDY_H

#include "config/factor.h"
#include "base/hash.h"
#include "config/yaml.h"
#include "run/stage.h"
#include "compare/compare.h"
#include "study/sampling.h"

/* ---- the study file (study_file.c) ---- */

/* What a point is played by. */
typedef enum {
    ENT_STUDY_CONFIG,
    ENT_STUDY_ISHIGAMI,
    ENT_STUDY_SOBOL_G,
    ENT_N_STUDY_MODELS
} ent_study_model_t;

/* A number that is recorded of every replication; the strings of `query` are owned. */
typedef struct {
    char *name;
    ent_value_query_t query;
} ent_study_outcome_t;

/* Replications by need: played until the confidence interval of the mean of `outcome` is within +-
 * half_width. */
typedef struct {
    int outcome; /* -1: the config's replications */
    double half_width, level;
    int first, most;
} ent_adaptive_t;

typedef struct {
    char *path, *name;
    ent_study_model_t model;
    char *config; /* path, resolved; NULL for a test model */
    int n_set;
    ent_setting_t *set; /* fixed settings, replications and seed among them; strings owned */
    int n_levers, n_factors;
    ent_factor_t *factors; /* levers first */
    ent_design_t design;
    double *table; /* [design.n_table][uncertainties] values of a table design */
    int n_outcomes;
    ent_study_outcome_t *outcomes;
    ent_adaptive_t adaptive;
    char *text; /* canonical YAML */
} ent_study_t;

/* Read and check a study file. All faults are recorded. ENT_ERR_NO_INPUT, ENT_ERR_CONFIG. Free with
 * ent_study_free, also after failure. */
int ent_study_read(ent_study_t *study, const char *path, ent_context_t *ctx);
void ent_study_free(ent_study_t *study);

/* The same from a plan's text, without the rows of a table; `path` is that of the file it came from. */
int ent_study_parse(ent_study_t *study, const char *text, const char *path, ent_context_t *ctx);

/* ---- the plan (study_plan.c) ---- */

/* A frozen plan, open for reading. Points are levers x rows of the design: point = lever combination * n_rows
 * + row. Nothing in memory grows with their number. */
typedef struct {
    char *folder;
    char *file_path;            /* FOLDER/plan.h5 */
    struct ent_plan_rows *rows; /* the block of rows read last */
    hid_t file;
    ent_study_t study; /* from the texts inside the plan */
    char hash[ENT_SHA256_TEXT];
    char base_hash[ENT_SHA256_TEXT]; /* of the config with the fixed settings */
    int n_points, n_rows, n_combinations;
    int n_replications; /* room for each point's */
} ent_plan_file_t;

/* Freeze a study into FOLDER/plan.h5. The same study again is left as it is (0). ENT_ERR_CONFIG when another
 * one, or another config, is frozen there; those of ent_study_read and, for the first and the last point, of
 * ent_config_read. Cost: one hash a point. */
int ent_plan_make(const char *study_path, const char *folder, ent_context_t *ctx);

/* Open FOLDER's plan. ENT_ERR_NO_INPUT, ENT_ERR_DATA. Close with ent_plan_close, safe after failure. */
int ent_plan_open(ent_plan_file_t *plan, const char *folder, ent_context_t *ctx);
void ent_plan_close(ent_plan_file_t *plan);

/* The point that is played as the `place`-th: row by row, every combination of levers in turn, so that what
 * was played of an interrupted study speaks of all of them. */
int ent_plan_order(const ent_plan_file_t *plan, int place);

/* The shard (from 0) of `n_shards` that plays it: in turn, further by one whenever a shard would begin to
 * meet the same combinations of levers again, so that none is left with some of them alone. */
int ent_plan_shard(const ent_plan_file_t *plan, int place, int n_shards);

/* Values x [n_factors] of a point. Rows are read in blocks, so that points whose rows stand near each other
 * cost little; not for several threads at a time. */
int ent_plan_point(const ent_plan_file_t *plan, int point, double *x, ent_context_t *ctx);

/* Places u [n_factors] of a point in the unit cube; NaN for levers and tables. */
int ent_plan_place(const ent_plan_file_t *plan, int point, double *u, ent_context_t *ctx);

/* SHA-256 by which a point is known: the config with its fixed settings, the values of the factors, what is
 * recorded. */
int ent_point_hash(const ent_study_t *study, const char *base_hash, const double *x,
                   char hash[ENT_SHA256_TEXT], ent_context_t *ctx);

/* 1 when the config or its data are no longer those of the plan: recorded as a fault. */
int ent_plan_check_config(const ent_plan_file_t *plan, ent_context_t *ctx);

/* ---- a point (study_point.c) ---- */

/* Play one point on `stage`, whose source is the study's config (NULL for a test model), over n_threads
 * threads: values [n_replications][n_outcomes], NaN beyond the replications played. Nothing is written; the
 * numbers are those of `entrepot run` with the same settings. Points that differ in parameters share what
 * the stage keeps. Errors: those of reading a config and of a run. */
int ent_point_play(const ent_study_t *study, const double *x, ent_stage_t *stage, int n_threads,
                   int n_replications, double *values, ent_context_t *ctx);

/* Hash of the config with the study's fixed settings, and the replications it has; the outcomes are checked
 * against it. `x`: settings of a point to check on top, may be NULL. */
int ent_study_check_config(const ent_study_t *study, const double *x, char hash[ENT_SHA256_TEXT],
                           int *n_replications, ent_context_t *ctx);

/* ---- shards (study_shard.c) ---- */

/* Where a part of a shard stands: FOLDER/shards/KKKKK-of-NNNNN.PPPPPP.nCOUNT.fFAILED.h5 */
typedef struct {
    int shard, n_shards, part, n, n_failed;
    char *path;
} ent_part_t;

typedef struct {
    int n;
    ent_part_t *parts; /* by shard layout, shard, part */
} ent_parts_t;

/* Parts in the folder, from their names alone. Free with ent_parts_free. */
int ent_parts_list(ent_parts_t *parts, const char *folder, ent_context_t *ctx);
void ent_parts_free(ent_parts_t *parts);

/* What a part holds, after its seal and its plan were checked. Free with ent_part_data_free. */
typedef struct {
    int n;
    int *point;                    /* [n] */
    signed char *failed;           /* [n] */
    char (*hash)[ENT_SHA256_TEXT]; /* [n] */
    double *y;                     /* [n][n_replications][n_outcomes] */
} ent_part_data_t;
int ent_part_read(ent_part_data_t *data, const ent_part_t *part, const ent_plan_file_t *plan,
                  ent_context_t *ctx);
void ent_part_data_free(ent_part_data_t *data);

/* A line for each point that failed, with its reason. */
int ent_parts_reasons(const ent_parts_t *parts, FILE *stream, ent_context_t *ctx);

/* State of every point: 0 missing, 1 done, 2 failed. `state` [n_points]. */
int ent_study_states(const ent_plan_file_t *plan, const ent_parts_t *parts, signed char *state,
                     ent_context_t *ctx);

typedef struct {
    int shard, n_shards;      /* 1-based */
    int n_threads;            /* each plays points of its own; the last points are shared by all */
    double part_seconds;      /* a part is closed after so long, at most 256 points */
    int retry_failed;         /* 1: points that failed are played again */
    volatile const int *stop; /* non-zero: finish the point, close the part, ENT_ERR_STOPPED; may be NULL */
    void (*progress)(void *data, int n_done, int n_total); /* from one thread at a time; may be NULL */
    void *progress_data;
    double *in_steps; /* added to: processor seconds in steps of the model; may be NULL */
} ent_shard_options_t;

/* Play the points of a shard (ent_plan_shard) that are in no part yet, in the order of ent_plan_order. Points
 * that fail are kept as failed with their reasons: ENT_ERR_PARTIAL at the end. ENT_ERR_CANT_CREATE when
 * another process plays the shard. A kill loses at most the part under way. */
int ent_shard_run(const ent_plan_file_t *plan, const ent_shard_options_t *options, ent_context_t *ctx);

/* ---- merging (study_merge.c) ---- */

/* One file of all points at `path`: every part is verified, a point in several parts must have the same
 * values, NaN where nothing is. The bytes depend on plan and values only. `is_virtual`: the values stay in
 * the parts, which the file refers to. *n_missing, *n_failed are counted. Cost: one pass; memory for one
 * part. */
int ent_study_merge(const ent_plan_file_t *plan, const char *path, int overwrite, int is_virtual,
                    int *n_missing, int *n_failed, ent_context_t *ctx);

/* ---- what it takes (study_cost.c) ---- */

typedef struct {
    double seconds;  /* of a point on one thread */
    int is_measured; /* 1: on the first point; 0: by the number of slot updates */
    double memory;   /* [bytes] of a process; NaN: not known */
    double disk;     /* [bytes] of all parts and the merged file */
} ent_study_cost_t;

/* What a study is thought to take, with the config's own values of what the study changes. Cost: reading the
 * config; two plays of the first point where one is thought to take less than a second. */
int ent_study_cost(const ent_plan_file_t *plan, ent_study_cost_t *cost, ent_context_t *ctx);

typedef struct {
    double per_hour; /* points an hour, by the parts put away in the hour before the last; NaN: not known */
    double since;    /* [s] since the last part; NaN: there is none */
} ent_rate_t;

/* How fast a study is played, by the times of its parts' files. ENT_ERR_NO_MEMORY. Cost: one stat a part. */
int ent_parts_rate(const ent_parts_t *parts, ent_rate_t *rate, ent_context_t *ctx);

/* ---- schedulers (study_environment.c, study_jobs.c) ---- */

/* The shard of an array job's task from what its scheduler sets: Slurm, PBS and Torque, LSF, Grid Engine,
 * HTCondor, Indexed Jobs of Kubernetes, AWS Batch, or ENTREPOT_SHARD (from 1) or ENTREPOT_INDEX (from 0) of
 * ENTREPOT_SHARDS. `told`: number of shards by an option, 0: none. *variable is the one that was read, NULL:
 * none is set, and *shard and *n_shards are left alone. ENT_ERR_USAGE when the number of shards is not known,
 * the task is none of them, or two schedulers say different things. */
int ent_shard_from_environment(int told, int *shard, int *n_shards, const char **variable,
                               ent_context_t *ctx);

typedef struct {
    int n_shards, n_threads;
    int minutes;         /* limit of a task */
    int notice;          /* seconds before it at which a task begins to end: more than a point takes */
    int chunk;           /* shards at a time, 0: all */
    const char *queue;   /* or partition; NULL: the cluster's */
    const char *program; /* absolute path of entrepot */
    const char *merged;  /* file the dependent job makes */
} ent_jobs_options_t;

/* Write FOLDER/SCHEDULER/array.sh, merge.sh and submit.sh for slurm, pbs, lsf or sge; existing ones are
 * replaced. ENT_ERR_USAGE for another scheduler, ENT_ERR_CONFIG for a folder's name or a number of shards
 * that the scheduler does not take, ENT_ERR_NO_INPUT, ENT_ERR_CANT_CREATE, ENT_ERR_IO. */
int ent_study_jobs(const ent_plan_file_t *plan, const char *scheduler, const ent_jobs_options_t *options,
                   ent_context_t *ctx);

#endif
