/* A results file being read: coordinates in memory, values by field and trajectory. */
#ifndef ENTREPOT_IO_RESULTS_FILE_H
#define ENTREPOT_IO_RESULTS_FILE_H

#include <entrepot/calendar.h>
#include <entrepot/results.h>
#include <hdf5.h>

typedef struct {
    char *path;
    hid_t file;
    char *name, *title;
    int n_scenario, n_replication, n_time, n_sector, n_region, n_flow, n_draw;
    int n_worlds, n_repeats, steps_per_year;
    long long n_slots;     /* slots asked for in the config */
    int home;              /* region the comparison is about */
    char **scenario;       /* [n_scenario] */
    char **sector;         /* [n_sector] */
    char **sector_name;    /* [n_sector] */
    char **region;         /* [n_region] */
    char **region_name;    /* [n_region] */
    char **flow;           /* [n_flow] "KOR-USA" */
    int *flow_origin;      /* [n_flow] regions */
    int *flow_destination; /* [n_flow] */
    char **draw;           /* [n_draw] */
    char **draw_unit;      /* [n_draw] */
    int *world, *chance;   /* [n_replication] */
    int *whole;            /* [n_replication] 1 when every scenario of it is in the file */
    int side[2];           /* regions that negotiate; -1: nobody does */
    char *decomposition;   /* "base|together|part|..." of scenario names; NULL: none */
    ent_day_t *begin;      /* [n_time] first day of each step */
    ent_day_t *end;        /* [n_time] first day after it */
} ent_results_file_t;

/* Variables of a negotiated run, [scenario][replication]. */
enum { ENT_AGREEMENT_DAY, ENT_AGREEMENT_FIRST, ENT_AGREEMENT_SECOND, ENT_AGREEMENT_BACK, ENT_N_AGREEMENT };
extern const char *const ent_agreement_names[ENT_N_AGREEMENT];

/* Open and check a results file: that it is one, of a version we read, complete, and that every trajectory it
 * claims is there. ENT_ERR_NO_INPUT when there is no such file, ENT_ERR_DATA for any other fault. Free with
 * ent_results_file_close, safe after failure. */
int ent_results_file_open(ent_results_file_t *file, const char *path, ent_context_t *ctx);
void ent_results_file_close(ent_results_file_t *file);

/* 1 when the file holds values of the field. */
int ent_results_file_has(const ent_results_file_t *file, ent_field_id_t field);

/* One field of one trajectory: values [n_time][ent_field_size]. */
int ent_results_file_read(const ent_results_file_t *file, ent_field_id_t field, int scenario, int replication,
                          float *values, ent_context_t *ctx);

/* A block of any numeric variable: `rank` starts and counts, values in row order. */
int ent_results_file_block(const ent_results_file_t *file, const char *variable, int rank,
                           const hsize_t *start, const hsize_t *count, double *values, ent_context_t *ctx);

/* The strings of a one-dimensional variable: *strings [*n], each and the list owned by the caller; none, and
 * 0, when the file has no such variable. */
int ent_results_file_strings(const ent_results_file_t *file, const char *variable, int *n, char ***strings,
                             ent_context_t *ctx);

/* Unit of a variable, owned by the caller; NULL, without a fault, when the file has no such variable. */
int ent_results_file_units(const ent_results_file_t *file, const char *variable, char **units,
                           ent_context_t *ctx);

/* A text of /provenance ("version", "config_sha256", ...), or its config text under the name "config"; owned
 * by the caller. */
int ent_results_file_provenance(const ent_results_file_t *file, const char *name, char **text,
                                ent_context_t *ctx);

/* Index of a name, or -1. */
int ent_results_file_find(char *const *names, int n, const char *name);

#endif
