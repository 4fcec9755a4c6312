/* A run's configuration, read from YAML, checked whole, all faults reported at once. Everything here is
 * resolved: indices into the run's own regions and sectors, days, fractions. Arrays and strings are owned by
 * the config. */
#ifndef ENTREPOT_CONFIG_H
#define ENTREPOT_CONFIG_H

#include <entrepot/benchmark.h>
#include <entrepot/calendar.h>
#include <entrepot/fields.h>
#include <entrepot/parameters.h>
#include <entrepot/theory.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- distributions
 * ------------------------------------------------------------------------------------------- */
typedef enum {
    ENT_DIST_FIXED,       /* a */
    ENT_DIST_UNIFORM,     /* on [a, b] */
    ENT_DIST_TRIANGULAR,  /* low a, mode b, high c */
    ENT_DIST_NORMAL,      /* mean a, standard deviation b, truncated to [c, d] */
    ENT_DIST_LOGNORMAL,   /* median a, log standard deviation b, truncated to [c, d] */
    ENT_DIST_DISCRETE,    /* values[n], weights[n] summing to 1 */
    ENT_DIST_EXPONENTIAL, /* mean a, cut at d */
    ENT_DIST_BY_WORLD     /* values[n]: world w has values[w mod n] */
} ent_distribution_kind_t;

typedef struct {
    ent_distribution_kind_t kind;
    double a, b, c, d;
    int n;
    double *values;
    double *weights;
} ent_distribution_t;

/* ---- policy
 * -------------------------------------------------------------------------------------------------- */
/* Kinds of measures. X(NAME, key in configs, what it does); what each needs and how it bears on a rate is its
 * row in src/policy/kinds.c. */
#define ENT_MEASURE_KINDS(X)                                                                                 \
    X(ADDITIVE, additive, "Adds its rate to the applied tariff")                                             \
    X(FLOOR, floor, "All-in: adds what is missing between the benchmark tariff and its rate")                \
    X(EXEMPTION, exemption, "Takes a share of the covered goods out of the duties of its set")               \
    X(REPEAL, repeal, "From its day voids the measures of its set that took effect before; has no rate")     \
    X(CEILING, ceiling,                                                                                      \
      "All-in: takes away what the benchmark tariff has above its rate, as a preference does")               \
    X(QUOTA, quota, "All-in: its rate until its volume has come in in a calendar year, then its out_rate")   \
    X(SEASONAL_QUOTA, seasonal_quota,                                                                        \
      "A quota of the months first_month to last_month, its volume in each of so many equal periods; "       \
      "outside them out_rate is owed")                                                                       \
    X(BARRIER, barrier, "No duty: raises landed cost by its rate ad valorem and collects nothing")           \
    X(BAN, ban, "A share of the goods, its rate, may not be shipped: export controls, embargoes")            \
    X(SUPPLIER, supplier, "Multiplies the visibility of the origin by its rate: trusted suppliers")

#define ENT_MEASURE_KIND_ENUM(name, ...) ENT_MEASURE_##name,
typedef enum { ENT_MEASURE_KINDS(ENT_MEASURE_KIND_ENUM) ENT_N_MEASURE_KINDS } ent_measure_kind_t;
#undef ENT_MEASURE_KIND_ENUM

typedef enum { ENT_BASIS_ARRIVAL, ENT_BASIS_LOADING } ent_duty_basis_t;

/* What makes agents expect a measure before it is announced. */
typedef enum { ENT_NEWS_THREAT, ENT_NEWS_HEARSAY } ent_news_t;

typedef struct {
    char *id;     /* unique name */
    char *legal;  /* legal reference, for labels; may be empty */
    char *set;    /* measures of one set replace one another, the latest effective wins; NULL: its own */
    int importer; /* region */
    ent_measure_kind_t kind;
    double *rate;     /* [n_region] fraction by partner; NaN where the measure does not apply */
    double *coverage; /* [n_sector] share of the sector's trade covered, 0 where it does not apply */
    double out_rate;  /* of a quota: fraction once it is full */
    double volume;    /* of a quota: million USD a year at customs value, all its partners and sectors */
    double first_month, last_month; /* of a seasonal quota: 1 to 12, the last may come before the first */
    double periods;                 /* of a seasonal quota: into which the season is cut */
    double hazard; /* > 0: the effective day is not known; from `effective` on it comes at this rate a
                      year, agents expect it so and a world draws the day */
    ent_duty_basis_t basis;
    int collected_in_full; /* 1: the collection wedge does not apply */
    int outside_wedge;     /* of an exemption: its goods are none of those that the wedge counts */
    int from_lines;        /* 1: mean over product lines, made by `law` */
    ent_day_t loaded_from; /* of those by loading: for goods that are loaded on this day or later and arrive
                              on the effective day or later */
    ent_day_t announced;
    ent_day_t effective;
    ent_day_t end;              /* first day it no longer applies; ENT_DAY_NEVER */
    ent_day_t end_announced;    /* day the end becomes public: until then agents expect the measure to run on
                                   (a suspension, a threat dropped). ENT_DAY_ALWAYS: known with the measure */
    ent_day_t retroactive_to;   /* duty is refunded back to this day once effective; ENT_DAY_NEVER: none */
    ent_day_t latest;           /* of a measure with a hazard: its day comes by then; or NEVER */
    ent_day_t anticipated_from; /* agents expect it with some probability before its announcement; or NEVER */
    double anticipated_probability;
    ent_news_t news; /* what the expectation rests on */
    int line;        /* where in the config */
} ent_measure_t;

typedef struct {
    char *name;
    int n_measures;
    int *measures;           /* indices into config->measures, besides the common ones */
    char *law;               /* what it changes in the law by product line, in words; NULL: nothing */
    unsigned char *includes; /* [n_regimes] flags of the regimes it is made of, itself among them */
} ent_regime_t;

typedef struct {
    ent_day_t day;
    double *probability; /* [n_regimes], sums to 1 */
} ent_signal_t;

/* A scenario plays one regime, or the talks that lead to one. */
typedef struct {
    char *name;
    int regime;     /* of talks: the one that comes back without a deal */
    int held;       /* 1: agents hold the beliefs of the last signal although the outcome is set */
    int negotiated; /* 1: the config's negotiation is played */
} ent_scenario_t;

/* Talks of two governments (docs/model.md, "Negotiation"). Arrays are by side. */
typedef struct {
    int given;
    int side[2];              /* regions */
    ent_day_t from, deadline; /* NEVER: none */
    int deal, snap_back;      /* regimes */
    int whole;                /* 1: the deal regime as written, else in proportion to what each conceded */
    double prior;             /* probability of a deal in people's minds when talks begin */
    double spread;            /* log standard deviation over worlds of each side's haste */
    double urgency;           /* days over which speed rises e-fold as the deadline nears */
    double speed[2], pressure[2], exports[2], prices[2];
} ent_negotiation_t;

/* ---- world draws
 * --------------------------------------------------------------------------------------------- */
typedef enum {
    ENT_DRAW_PARAMETER,      /* a parameter of the table; all sectors or those flagged */
    ENT_DRAW_ELASTICITY_SET, /* index of an elasticity set of the benchmark, discrete */
    ENT_DRAW_BELIEF,         /* shift of the public signal, logit of regime 0 against the rest */
    ENT_DRAW_MEASURE_DATE    /* days added to the effective date of a measure */
} ent_draw_kind_t;

typedef struct {
    char *name; /* unique; recorded in the results file under this name */
    ent_draw_kind_t kind;
    const ent_parameter_t *parameter;
    unsigned char *sectors; /* [n_sector] flags, for sector parameters */
    int scale;              /* 1: the draw multiplies the configured value instead of replacing it */
    int measure;
    ent_distribution_t distribution;
} ent_draw_t;

typedef enum {
    ENT_SHOCK_DEMAND, /* log change of nominal expenditure of markets (destination regions x sectors) */
    ENT_SHOCK_EXCHANGE_RATE, /* log change of the regions' unit costs in USD (depreciation: negative) */
    ENT_SHOCK_COST           /* log change of unit cost (origin regions x sectors) */
} ent_shock_kind_t;

typedef struct {
    char *name;
    ent_shock_kind_t kind;
    unsigned char *regions; /* [n_region] flags */
    unsigned char *sectors; /* [n_sector] flags */
    ent_day_t begin, end;
    ent_distribution_t log_change;
} ent_shock_t;

/* A dated path of log changes (exchange rates, demand), linear between points, constant outside. */
typedef struct {
    ent_shock_kind_t kind;
    int region;
    unsigned char *sectors; /* [n_sector] flags */
    int n_points;
    ent_day_t *day;
    double *log_change;
    unsigned char *regimes; /* [n_regimes] flags: where it holds; NULL: in all */
} ent_path_t;

/* ---- commitments
 * --------------------------------------------------------------------------------------------- */

/* Goods of `origin` that the government of `destination` has bought, on top of what importers order. */
typedef struct {
    char *id;
    int origin, destination, sector;
    double value;     /* million USD a year at basic price */
    double displaced; /* share by which other purchases of the market fall, from everywhere */
    ent_day_t from, until;
    unsigned char *regimes; /* [n_regimes] flags: where it holds */
} ent_purchase_t;

/* Investment of `home` in `host`: plants after the time to build, and what raising the money does at home. */
typedef struct {
    char *id;
    int home, host;
    unsigned char *sectors; /* [n_sector] flags */
    double value, cap;      /* million USD a year: planned, and at most */
    double moved;           /* share of the plants' output that takes the place of exports from home */
    double capital_output;  /* years of output that the capital costs */
    double time_to_build;   /* months */
    double cost_elasticity; /* log change of home's unit costs per unit of outflow over value added */
    double exchange_rate_elasticity; /* log depreciation of home's currency per unit of the same */
    ent_day_t from, until;
    unsigned char *regimes; /* [n_regimes] flags: where it holds */
} ent_investment_t;

/* ---- firms
 * --------------------------------------------------------------------------------------------------- */
/* Mechanisms of firms, each behind a switch that is off unless the config says otherwise; with all of them
 * off the engine is the simple model, bit for bit. X(name, description) */
#define ENT_MECHANISMS(X)                                                                                    \
    X(entry, "Small exporters enter under their beliefs and leave (needs `exporters`)")                      \
    X(failure, "Firms below their credit limit fail")                                                        \
    X(investment, "Capacity moves ahead to the sales that beliefs promise")                                  \
    X(markups, "Absorption of cost changes depends on a firm's share of its niche")                          \
    X(captive, "The flows of `captive` stay inside one firm: no re-sourcing, weak waiting")                  \
    X(plants, "The dated `plants` open abroad")                                                              \
    X(tariff_jumping, "Followed firms of `tariff_jumping` may build plants behind a tariff")                 \
    X(local_currency, "Markets reckon in their own currency: spending, local costs, shelves, home prices")

#define ENT_MECHANISM_FLAG(name, ...) int name;
typedef struct {
    ENT_MECHANISMS(ENT_MECHANISM_FLAG)
} ent_mechanisms_t;
#undef ENT_MECHANISM_FLAG

/* Number of exporters of the home region, and how many of them one agent stands for. */
typedef struct {
    double firms;
    double per_agent;
    int survival_unknown; /* 1: nobody measured how long they export: their numbers are n/a */
    int sizes_unknown; /* 1: nor how large they are: exports by size and the share of the largest are n/a */
} ent_exporters_t;

/* A share of some flows that stays inside one firm. */
typedef struct {
    unsigned char *origins, *destinations; /* [n_region] flags */
    unsigned char *sectors;                /* [n_sector] flags */
    double share;
} ent_captive_t;

/* A plant of firms of `owner` in `host`, which takes over a share of the benchmark flow owner -> host. The
 * share rises evenly from `opened` to `full`. */
typedef struct {
    char *id;
    int owner, host, sector;
    ent_day_t opened, full;
    double share;
    double added; /* million USD a year it can sell in the host beside that, against all suppliers */
    int invested; /* 1: comes of an investment and does not need the switch */
    unsigned char *regimes; /* [n_regimes] flags: where it is built; NULL: in all */
} ent_plant_t;

/* Who may build plants behind a tariff. */
typedef struct {
    unsigned char *owners, *hosts; /* [n_region] flags, NULL: nobody */
    unsigned char *sectors;        /* [n_sector] flags */
} ent_tariff_jumping_t;

/* ---- the config
 * ---------------------------------------------------------------------------------------------- */
/* How expenditure and wages are closed. */
typedef enum {
    ENT_CLOSURE_PARTIAL, /* expenditure and wages at the benchmark */
    ENT_CLOSURE_GENERAL  /* incomes spent, intermediates bought, wages clear (Caliendo and Parro 2015) */
} ent_closure_t;

typedef struct {
    int origin, destination;
} ent_flow_t;

/* What the static theory plays beside Caliendo and Parro (docs/theory.md, section 10); all off: given 0. */
typedef struct {
    int given;
    double labour_elasticity, scale_elasticity;
    double firm_elasticity; /* of sales within a country, which shapes who enters; 0: nobody does */
    double *local_share;    /* [n_region] of local sellers in what comes from abroad */
    double *pass_through;   /* [n_region] of duties into a firm's price */
    ent_theory_rebate_t duties;
    ent_theory_numeraire_t numeraire;
    int allow_zero_own_trade;
} ent_theory_settings_t;

typedef struct {
    char *name;
    char *title;
    char *path;       /* file it was read from */
    char *text;       /* the text after --set insertions, canonical */
    char hash[65];    /* SHA-256 of its canonical JSON, numbers by their value */
    char *key_hashes; /* a line each: a key of the config, and the beginning of what its value hashes to */
    char *benchmark_path; /* resolved */
    char *elasticity_set; /* name, or NULL: sector parameter values as given */
    char *calibration;    /* name of the calibration file used, or NULL */
    char *observed_file; /* as named: what forecasts start from, sought from the config; NULL: what is shipped
                          */
    int observed_exports; /* 1: exports of home are observed there; 0: imports of the destination */
    ent_calendar_t calendar;
    int n_steps; /* recorded steps from the start */
    ent_closure_t closure;
    int rebate_revenue; /* general closure: 1: duty revenue is spent by households of the importer; 0: kept */
    int n_burn_in;      /* steps played before the start, not recorded */
    uint64_t seed;
    int n_worlds;  /* replications: worlds drawn */
    int n_repeats; /* so many of the worlds are played twice with other chance draws (numerical error) */
    long n_slots;  /* importers' slots wanted in all */

    int n_region, n_sector;
    char **region, **sector;
    int *region_map; /* [fine n_region] -> region */
    int *sector_map; /* [fine n_sector] -> sector */
    int n_fine_region, n_fine_sector;
    double *slot_focus; /* [n_region] weight of destination markets when slots are shared out, default 1 */
    unsigned char *neighbour; /* [n_region][n_region] flags: no shipping lag */
    int home;                 /* region the comparison tables are about, e.g. KOR */

    ent_global_parameters_t global;
    ent_sector_parameters_t *sector_parameters; /* [n_sector] */
    unsigned char *parameter_given; /* [ent_parameter_table] 1: the config itself sets it; NULL: unknown */

    int n_measures;
    ent_measure_t *measures;
    char *law;         /* what is taken of the law by product line, in words; NULL: none */
    int base_importer; /* whose tariffs `base_tariff` are */
    double
        *base_tariff; /* [origin][sector] in place of the benchmark's: the law on `law.base`; NULL: those */
    int n_common;     /* measures in force in every regime */
    int *common;
    int n_regimes;
    ent_regime_t *regimes;
    int n_signals; /* public signal: probabilities over regimes from dates on; empty: the regime is known */
    ent_signal_t *signals;
    ent_day_t resolved; /* day the regime is revealed; ENT_DAY_NEVER only without signals */
    int n_scenarios;
    ent_scenario_t *scenarios;
    ent_negotiation_t negotiation;
    char *decomposition; /* "base|together|part|..." of scenario names; NULL: none */

    int n_draws;
    ent_draw_t *draws;
    int n_shocks;
    ent_shock_t *shocks;
    int n_paths;
    ent_path_t *paths;
    int n_purchases;
    ent_purchase_t *purchases;
    int n_investments;
    ent_investment_t *investments;

    ent_mechanisms_t mechanisms;
    ent_exporters_t exporters;
    int n_captive;
    ent_captive_t *captive;
    int n_plants;
    ent_plant_t *plants;
    ent_tariff_jumping_t tariff_jumping;

    ent_theory_settings_t theory;

    int n_flows;                              /* flows recorded one by one */
    unsigned char not_recorded[ENT_N_FIELDS]; /* 1: simulated, and left out of the results file */
    ent_flow_t *flows;
    int checked; /* verify accounting and invariants after every step */
} ent_config_t;

typedef struct {
    const char *key;   /* dotted path */
    const char *value; /* YAML text */
} ent_setting_t;

/* Read, complete with the calibration file and the table's defaults, apply settings, check. `fine` receives
 * the benchmark the config names (read once here because names are checked against it). All faults are
 * recorded in ctx; returns the code of the first. Free with ent_config_free, safe after failure. */
ENT_API int ent_config_read(ent_config_t *config, ent_benchmark_t *fine, const char *path, int n_settings,
                            const ent_setting_t *settings, ent_context_t *ctx);

/* The same of a text in memory. `name` is what faults call it; files that it names are sought beside `name`
 * as if it were a path. */
ENT_API int ent_config_parse(ent_config_t *config, ent_benchmark_t *fine, const char *text, const char *name,
                             int n_settings, const ent_setting_t *settings, ent_context_t *ctx);
ENT_API void ent_config_free(ent_config_t *config);

/* What is no fault and yet may not be meant, recorded in `notes` with code ENT_OK: measures that are over
 * before the run, begin after it or change no rate; a measure of a set that covers less than the one whose
 * place it takes; scenarios that do not differ; parameters set or drawn that have no effect. `benchmark` is
 * that of the run's regions and sectors (ent_model_benchmark, ent_config_benchmark). ENT_ERR_NO_MEMORY. Cost:
 * rates of each measure's cells on its days, until one moves. */
ENT_API int ent_config_notes(const ent_config_t *config, const ent_benchmark_t *benchmark,
                             ent_context_t *notes, ent_context_t *ctx);

/* The benchmark summed to the config's regions and sectors; free with ent_benchmark_free. */
ENT_API int ent_config_benchmark(const ent_config_t *config, const ent_benchmark_t *fine,
                                 ent_benchmark_t *coarse, ent_context_t *ctx);

/* The keys a config may have at its top, *n of them. */
ENT_API const char *const *ent_config_keys(size_t *n);

/* Index of a run region or sector by name, or -1. */
ENT_API int ent_config_region(const ent_config_t *config, const char *name);
ENT_API int ent_config_sector(const ent_config_t *config, const char *name);

#ifdef __cplusplus
}
#endif

#endif
