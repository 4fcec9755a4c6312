/* Tariff schedules: what is owed on every flow in every step under a regime, and what an agent who knows only
 * what is public in a step expects for later steps. Only cells that some measure touches (rows) are stored.
 */
#ifndef ENTREPOT_SCHEDULE_H
#define ENTREPOT_SCHEDULE_H

#include <entrepot/config.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int n_region, n_sector;
    int n_steps;    /* steps stored, from step `first_step` on */
    int first_step; /* negative: burn-in comes before the start of the config */
    int n_rows;     /* (origin, destination, sector) cells touched under any regime: the same for all */
    int32_t
        *row_of_cell; /* [sector][origin][destination] -> row, or -1 when the benchmark tariff always holds */
    int32_t *row_origin, *row_destination, *row_sector; /* [n_rows] */
    float *base;                                        /* [n_rows] benchmark tariff */
    float *cut;         /* [n_rows][n_steps] share of orders that may not be shipped; NULL without bans */
    float *favour;      /* [n_rows][n_steps] visibility of the origin against the benchmark, bans and trusted
                           suppliers; NULL without either */
    int32_t *row_quota; /* [n_rows] the measure that is a quota on the row, -1: none; NULL without quotas */
    int32_t *quota_known; /* [n_rows] first stored step in which the row's quota is public */
    float *excess;        /* [n_rows][n_steps] what duty has once the quota is full beyond what it has before;
                             NULL without quotas */
    float *duty;          /* [n_rows][n_steps] rate collected on arrivals of that step, day-weighted */
    float *final; /* [n_rows][n_steps] rate after refunds of retroactive cuts; <= or equal duty otherwise */
    int32_t *refund_step; /* [n_rows][n_steps] stored step (0 is first_step) in which the refund duty - final
                             is paid, possibly beyond the last one; -1: none */
    int n_epochs;         /* distinct states of public knowledge */
    int32_t *epoch_of_step; /* [n_steps] */
    float *expected; /* [n_epochs][n_rows][n_steps] final rate and barriers expected for arrivals of a step
                        with quotas open, given what is public in the epoch and, where regimes are
                        contemplated, given this regime */
    float *threat, *hearsay; /* [n_epochs][n_rows][n_steps] of `expected` what threats and hearsay add; NULL
                                where the config weighs no news (news_law and its like) */
    float *notice; /* [n_rows][n_steps] share of the step's days, news known, on which an order is in time
                      for the next known change; 1 where none is ahead; NULL as before */
    unsigned char *active; /* [n_epochs][n_rows] 1 when some expected rate differs from the row's base */
} ent_schedule_t;

/* Build the schedule of one regime. `shift_days` [n_measures] is added to effective dates (world draw), NULL:
 * none. `lag_steps` [origin][destination] is the shipping lag, for measures owed by loading date (NULL: zero
 * lags); `first_step` <= 0 and `n_steps` give the span. Lags by sector: lag_steps is
 * [sector][origin][destination]. Rates of a step are means over its days. Cost: O(measures x cells x steps x
 * epochs). */
ENT_API int ent_schedule_init(ent_schedule_t *schedule, const ent_config_t *config,
                              const ent_benchmark_t *benchmark, int regime, int first_step, int n_steps,
                              const int *shift_days, const int *lag_steps, ent_context_t *ctx);
ENT_API void ent_schedule_free(ent_schedule_t *schedule);

/* A schedule between `a` and `b`, of the same span and config: every value is (1 - w) a + w b, w = `weight`
 * [n_region] of the row's destination. Refunds are dated as in `b`. */
ENT_API int ent_schedule_mix(ent_schedule_t *out, const ent_schedule_t *a, const ent_schedule_t *b,
                             const double *weight, ent_context_t *ctx);

/* Names of the kinds of measures, by ent_measure_kind_t. */
ENT_API const char *const *ent_measure_kind_names(void);

/* Whether a kind is a duty; the others act on duties (exemption, repeal) or on cost, orders and visibility.
 */
ENT_API int ent_measure_is_duty(ent_measure_kind_t kind);

/* A measure's part in a flow's rate on a day. Exemptions and repeals in force are listed with the share of
 * goods they take out as `statutory` and nothing added: the other parts are net of them. Barriers, bans and
 * trusted suppliers are listed with coverage times their rate as `statutory` and nothing added, quotas with
 * their rate before they are full. */
typedef struct {
    int measure;      /* index into config->measures */
    double statutory; /* fraction ad valorem before exemptions and collection wedge, of the covered goods; of
                         an all-in floor what it adds to the benchmark tariff */
    double collected; /* share of the duty on goods not exempt that is collected: 1 - collection wedge, more
                         where exemptions are part of it */
    double effective; /* what it adds to the rate on the whole flow */
} ent_rate_part_t;

/* Rate collected on one day on goods arriving that day, loaded on `loaded`. Parts: at most n_measures, owned
 * by the caller; NULL: not wanted. `known_on`: use only measures and ends announced by that day
 * (ENT_DAY_NEVER: all). Returns base + sum of parts, never below 0; NaN and no parts when memory is short. */
ENT_API double ent_rate_on_day(const ent_config_t *config, const ent_benchmark_t *benchmark, int regime,
                               int origin, int destination, int sector, ent_day_t arrived, ent_day_t loaded,
                               ent_day_t known_on, const int *shift_days, ent_rate_part_t *parts,
                               int *n_parts);

/* The same after refunds: measures with a retroactive date count from that date. Never above what was
 * collected. */
ENT_API double ent_final_rate_on_day(const ent_config_t *config, const ent_benchmark_t *benchmark, int regime,
                                     int origin, int destination, int sector, ent_day_t arrived,
                                     ent_day_t loaded, ent_day_t known_on, const int *shift_days,
                                     ent_rate_part_t *parts, int *n_parts);

/* What measures that are not duties do to a flow on a day, goods loaded on that day: of ENT_MEASURE_BARRIER
 * the cost ad valorem, of ENT_MEASURE_BAN the share of goods that may not be shipped, of ENT_MEASURE_SUPPLIER
 * the factor on the origin's visibility. NaN when memory is short. */
ENT_API double ent_side_on_day(const ent_config_t *config, const ent_benchmark_t *benchmark, int regime,
                               int origin, int destination, int sector, ent_day_t day,
                               ent_measure_kind_t kind);

/* Probabilities of the regimes as the public signal gives them in a step, [n_regimes]; 1 for `regime` from
 * the step of its revelation on, and before the first signal, when nobody thinks of regimes. Returns 1 when
 * regimes are contemplated (a signal exists and the regime is not yet revealed). */
ENT_API int ent_public_belief(const ent_config_t *config, int regime, int step, double *probability);

/* The same as if the regime were never revealed: agents hold their beliefs although the outcome is set. */
ENT_API int ent_held_belief(const ent_config_t *config, int regime, int step, double *probability);

/* First step in which the histories of the config's scenarios can differ (regime revealed, a regime's own
 * measure in force or known, at the earliest date a world can draw); n_steps when they all play one regime.
 * Up to it scenarios share one history. */
ENT_API int ent_branch_step(const ent_config_t *config);

#ifdef __cplusplus
}
#endif

#endif
