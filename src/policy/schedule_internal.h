/* Shared by the files that make schedules: the measures that bear on one cell, and their rate at one moment.
 *
 * Moments are numbers on an axis of the caller's choice: days for a single date, or step positions (step
 * number plus the share of its days gone by) for whole schedules. On the axis of positions a shipping lag of
 * whole steps is a shift, and the rate is constant between the dates of the measures. */
#ifndef ENTREPOT_POLICY_SCHEDULE_INTERNAL_H
#define ENTREPOT_POLICY_SCHEDULE_INTERNAL_H

#include "policy/kinds.h"

/* One measure as it bears on one cell (origin, destination, sector). */
typedef struct {
    int measure;
    int set;         /* measures of one set replace one another */
    ent_day_t order; /* effective day: the latest of a set wins, ties go to the later in the file */
    const ent_kind_t *kind;
    int by_loading;
    double start;       /* duty is collected from here */
    double final_start; /* and refunded back to here; equal to start otherwise */
    double end;
    double coverage;     /* share of the cell's goods */
    double rate;         /* what it adds on covered goods; of an exemption the share it takes out */
    double open_rate;    /* `rate` while what fills is open */
    double full_rate;    /* of what fills: what it adds once it is full */
    double collected;    /* 1 - collection wedge */
    int outside_wedge;   /* of an exemption: the wedge counts none of its goods */
    int known;           /* in the view: 0 leaves the measure out */
    int end_known;       /* in the view: 0 lets it run on */
    double not_before;   /* in the view: it cannot apply earlier */
    double arrived_from; /* not on goods that arrive earlier, whenever they were loaded */
} ent_term_t;

typedef double (*ent_axis_t)(const ent_calendar_t *calendar, ent_day_t day);

/* Days as they are, and as step positions. ENT_DAY_NEVER is infinity. */
double ent_axis_days(const ent_calendar_t *calendar, ent_day_t day);
double ent_axis_steps(const ent_calendar_t *calendar, ent_day_t day);

/* set[n_measures]: the number of each measure's set (that of its first member). O(n_measures^2). */
void ent_measure_sets(const ent_config_t *config, int *set);

/* member[n_measures]: 1 for the measures of a regime and the common ones. */
void ent_regime_members(const ent_config_t *config, int regime, unsigned char *member);

/* Whether a measure can change the rate of a cell at all. */
int ent_measure_touches(const ent_config_t *config, const ent_benchmark_t *benchmark, int measure, int origin,
                        int destination, int sector);

/* The terms of a cell among `member`, sorted by set and order, with everything known; at most n_measures.
 * `set` as of ent_measure_sets; NULL: found for the measures that cover the cell, for a cell or two. */
int ent_cell_terms(const ent_config_t *config, const ent_benchmark_t *benchmark, const unsigned char *member,
                   const int *set, const int *shift_days, ent_axis_t axis, int origin, int destination,
                   int sector, ent_term_t *terms);

/* Give what fills the rate it has in a step that sees none of it come in: `out_rate` where its period is
 * closed. */
void ent_terms_open(const ent_config_t *config, ent_term_t *terms, int n_terms, int step);

/* Rate at one moment from the terms in view; `final`: from retroactive dates on. Parts may be NULL. */
double ent_terms_rate(const ent_term_t *terms, int n_terms, double base, double arrived, double loaded,
                      int final, ent_rate_part_t *parts, int *n_parts);

/* What the measures that bear on cost, orders or visibility amount to at one moment: an ad valorem rate, the
 * share of goods held back, a factor. Of a set the latest in force counts. */
double ent_terms_side(const ent_term_t *terms, int n_terms, ent_bearing_t side, double arrived,
                      double loaded);

/* What the public knows of one measure in one step. */
typedef struct {
    /* ENT_AWAITED: announced, its day is not known and has not come */
    enum { ENT_UNKNOWN, ENT_ANTICIPATED, ENT_AWAITED, ENT_KNOWN } status;
    int end_known;
    int not_before; /* an anticipated measure that is overdue cannot come before this step; INT32_MIN */
} ent_knowledge_t;

/* own[n_measures]: 1 for measures of the regime that are not common. */
ent_knowledge_t ent_measure_knowledge(const ent_config_t *config, int measure, int own, int effective_step,
                                      int step);

/* What one build needs besides the schedule itself. */
typedef struct {
    const ent_config_t *config;
    const ent_benchmark_t *benchmark;
    const int *shift_days;
    const int *lag_steps;
    unsigned char *member;      /* [n_measures] in this regime */
    unsigned char *common;      /* [n_measures] in every regime */
    int *set;                   /* [n_measures] */
    int n_states;               /* distinct states of knowledge */
    ent_knowledge_t *knowledge; /* [n_states][n_measures] */
    ent_term_t *terms;          /* [n_measures] of the row at hand */
    double *cut;                /* [4 n_measures + 2] dates of the row at hand, step positions */
    double *path;               /* [n_steps] */
    double *with;               /* [n_steps] */
} ent_schedule_build_t;

/* What a path is of. */
typedef enum {
    ENT_PATH_DUTY,   /* rate collected */
    ENT_PATH_FINAL,  /* after refunds, which never raise the duty */
    ENT_PATH_COST,   /* final rate and barriers */
    ENT_PATH_CUT,    /* share of orders that bans hold back */
    ENT_PATH_FAVOUR, /* visibility against the benchmark: (1 - cut) times trusted suppliers */
    ENT_PATH_EXCESS  /* what duty has more when quotas are full */
} ent_path_kind_t;

/* Means over each of `n_steps` steps from `first_step` on, of the first n_terms of build->terms that are in
 * view. lag: shipping time in steps. */
void ent_row_path(ent_schedule_build_t *build, int n_terms, double base, double lag, int first_step,
                  int n_steps, ent_path_kind_t kind, double *path);

/* What each measure adds to the rate collected on arrivals of steps 0 .. n_steps - 1, means over their days,
 * quotas open: out [n_steps][n_measures + 1], the last of a row the rest, which is the benchmark tariff (and
 * what is taken away below zero). A row adds up to the schedule's duty. ENT_ERR_NO_MEMORY. */
int ent_rate_parts_of_steps(const ent_config_t *config, const ent_benchmark_t *benchmark, int regime,
                            int origin, int destination, int sector, int lag, int n_steps, double *out);

/* Find the states of knowledge the steps go through, and number them in schedule->epoch_of_step. */
void ent_find_states(ent_schedule_t *schedule, ent_schedule_build_t *build);

/* Expected rates of one row in every state of knowledge; build->terms are the row's. */
void ent_fill_expected(ent_schedule_t *schedule, ent_schedule_build_t *build, int row, int n_terms,
                       double base, double lag);

/* Days of notice of one row, where news is weighed; steps are still numbered by state of knowledge. */
void ent_fill_notice(ent_schedule_t *schedule, const ent_schedule_build_t *build, int row, int n_terms,
                     double lag);

/* Keep the states in which some expected rate differs from the state before, as epochs. */
void ent_merge_states(ent_schedule_t *schedule, int n_states);

#endif
