/* Inside the engine: the model (fixed for a run), the world (one draw of it), the state (what changes step by
 * step).
 *
 * Layout. Markets are (destination, sector) pairs, m = destination * n_sector + sector. Each market has its
 * own contiguous ranges of importers, slots (ENT_SLOTS per importer), cells (one per origin with a positive
 * flow) and presences; presences of a cell are contiguous. Within a market cells are sorted by shipping lag,
 * then by the hash of the origin's name, so that neither position nor order of regions in the config enters a
 * draw. */
#ifndef ENTREPOT_ENGINE_MODEL_H
#define ENTREPOT_ENGINE_MODEL_H

#include "base/draws.h"
#include "economy/closure.h"
#include "engine/mechanisms/table.h"

#include <entrepot/engine.h>

#define ENT_SLOTS 16        /* slots of an importer: one 512-bit vector of floats */
#define ENT_TILE 512        /* slots handled together in the kernels; never across markets */
#define ENT_MAX_LAG 7       /* longest shipping lag, in steps */
#define ENT_BELIEF_TYPES 5  /* equal-probability classes of the reading of the public signal */
#define ENT_MOST_REGIMES 64 /* as many as a config may have */

typedef struct {
    int destination, sector;
    int first_importer, n_importers;
    long first_slot, n_slots;
    int first_tile, n_tiles;
    int first_block, n_blocks;
    int first_cell, n_cells;
    int first_presence, n_presences;
    int stocked;
    int lag_begin[ENT_MAX_LAG +
                  2];     /* presences of lag a are [lag_begin[a], lag_begin[a + 1]), market-local */
    uint64_t key;         /* hash of destination and sector name */
    double captive_share; /* of the benchmark's expenditure */
    double expenditure;   /* landed, million USD per step at the benchmark */
    double unit;          /* million USD per quantity unit; a power of two */
} ent_market_t;

/* A run of tiles of a market, handled by one thread at once. */
typedef struct {
    int market, first_tile, n_tiles;
} ent_block_t;

typedef struct {
    int market, origin, lag; /* lag in steps */
    int first_presence, n_presences;
    double share;              /* of the market's landed expenditure */
    double basic_per_landed;   /* 1 / ((1 + freight)(1 + tariff)) */
    double customs_per_landed; /* 1 / (1 + tariff) */
    double base_tariff;
    int captive, fringe;  /* presences of these kinds, -1: none */
    double captive_share; /* of the cell's benchmark flow */
} ent_cell_t;

/* What a presence is. Presences of a cell come in this order. */
typedef enum {
    ENT_PRESENCE_FOLLOWED, /* one firm */
    ENT_PRESENCE_FRINGE,   /* the small exporters of the cell, pooled */
    ENT_PRESENCE_CAPTIVE,  /* what stays inside one firm: its slots never come up for renewal */
    ENT_PRESENCE_AFFILIATE /* plants in this market's region, of firms of another; sells nothing at first */
} ent_presence_kind_t;

/* State of a followed firm. */
enum { ENT_FIRM_ALIVE, ENT_FIRM_FAILED, ENT_FIRM_GROWING };

/* Plants of one owner in one market. */
typedef struct {
    int presence, market, owner;
    int source; /* cell of the flow they take over */
} ent_affiliate_t;

typedef struct {
    int origin, sector;
    double output; /* expected at the benchmark, million USD at basic price per step */
    int pooled;    /* 1: the fringe of (origin, sector) */
    int owner;     /* region that owns an affiliate, -1: an ordinary firm */
    uint64_t key;
} ent_firm_t;

/* What the policy of a run means for expectations: schedules of all regimes and their logs. Shared by all
 * worlds unless a world draws dates. */
typedef struct {
    ent_schedule_t *schedule; /* [n_regimes] */
    float **log_rate;         /* [n_regimes] -> [n_epochs][n_rows][n_steps]: ln(1 + expected) */
} ent_policy_t;

struct ent_model {
    const ent_config_t *config;
    int shared;                /* 1: everything below is another model's, which frees it (layout_shared.c) */
    int own_policy;            /* of such a model, 1: but `policy` and `touched` */
    ent_benchmark_t benchmark; /* at the run's aggregation */
    int n_region, n_sector, n_markets, n_cells, n_presences, n_firms, n_importers, n_tiles;
    long n_slots;
    int *lag_steps; /* [n_sector][n_region][n_region] origin, destination */
    int n_ages;     /* longest lag + 1: length of the shipment rings */
    int first_step; /* -n_burn_in */
    int n_total;    /* burn-in and recorded steps */
    int branch_step;
    ent_policy_t policy;     /* with the config's own dates */
    ent_accounts_t accounts; /* of the benchmark, for the general closure */
    ent_market_t *market;
    ent_cell_t *cell;
    ent_firm_t *firm;
    int n_touched,
        *touched;       /* [n_touched] cells some measure can reach; the others keep the benchmark tariff */
    int *cell_of;       /* [n_markets][n_region], -1 where no flow */
    int *cell_origin;   /* [n_cells] the cells' own, for loops over all of them */
    uint8_t *cell_lag;  /* [n_cells] the same */
    int *presence_cell; /* [n_presences] */
    int *presence_firm; /* [n_presences] */
    double *presence_share;  /* [n_presences] of the market's landed expenditure */
    uint64_t *presence_key;  /* [n_presences] */
    uint8_t *presence_kind;  /* [n_presences] ent_presence_kind_t */
    double *presence_weight; /* [n_presences] of its firm's benchmark sales */
    double *presence_reach;  /* [n_presences] share of the market it can be drawn with: that of the benchmark,
                                of an affiliate what it may come to, of captive flows 0 */
    int *presence_rank; /* [n_presences] of the firm in its sector's ranking by size; -1: no single firm */
    double *size_share; /* [n_sector][ENT_RANKED_FIRMS] by rank */
    int n_places;       /* of exporters of the home region, taken or not */
    int *place_begin;   /* [n_cells + 1] places of a cell are [place_begin[c], place_begin[c + 1]) */
    double *cell_exporters; /* [n_cells] small exporters of the home region at the benchmark */
    double *cell_margin; /* [n_cells] share of the fringe that small exporters have, the rest being large */
    int n_affiliates;
    ent_affiliate_t *affiliate; /* [n_affiliates] presences of that kind */
    float *importer_weight;     /* [n_importers] size, mean one in its market */
    int *tile_market;           /* [n_tiles] */
    int *market_order;          /* [n_markets] largest first */
    int n_quotas;
    int *quota;                /* [n_quotas] measures */
    int *quota_of_measure;     /* [n_measures] -1: no quota */
    int n_blocks, n_shared;    /* n_shared: most presences of a market of several blocks */
    int n_split;               /* blocks of markets of several; they come first */
    ent_block_t *block;        /* [n_blocks] largest markets first */
    int n_home, *home;         /* [n_home] cells of the home region's exports */
    int n_followed, *followed; /* [n_followed] presences of followed firms */
};

/* One draw of the world: parameters by sector, shocks by step, expectations. */
typedef struct {
    int world, chance;
    ent_stream_t world_stream, chance_stream;
    ent_global_parameters_t global;
    ent_sector_parameters_t *sector; /* [n_sector] */
    int *shift_days;                 /* [n_measures] days drawn for effective dates; NULL: none */
    double belief_shift;
    double *draws;            /* [n_draws + n_shocks] as recorded */
    float *log_demand;        /* [n_total][n_markets] */
    float *log_cost;          /* [n_total][n_region][n_sector] */
    float *log_rate;          /* [n_total][n_region] exchange rates, contained in log_cost */
    int regime;               /* of a view for one regime (ent_world_as) */
    int owns_changes;         /* 1: such a view has log_demand, log_cost and log_rate of its own */
    int commitment_shift;     /* days by which dates of paths and commitments move */
    double *commitment_scale; /* [n_region] of commitments by their government; NULL: whole */
    const ent_policy_t *policy;
    ent_policy_t own_policy;   /* where the world draws dates */
    float **contract_log_rate; /* [n_regimes] -> [n_total][n_rows]: ln(1 + rate) averaged over a contract's
                                  life */
    double *renewal_hazard;    /* [n_sector] per step */
    int n_tenures;
    float *exit_hazard;         /* [n_tenures] of an exporter, by steps since entry */
    float *tenure_distribution; /* [n_tenures] stationary distribution function of tenure */
    float *growth;              /* [n_tenures] visibility against that of an established exporter */
    double mean_tenure;         /* steps from entry to exit */
    double survival[2];         /* of an entrant after one and five years at the benchmark */
    float *fringe_absorption;   /* [n_cells] mean absorption of the firms in a fringe */
    float medium_size;          /* exporters above it are of medium size */
    double mean_growth;         /* of exporters at the benchmark */
    double *gap;                /* [n_cells] mean shortfall of position from target, steps of sales */
    double *visibility;         /* [n_presences] sums to one in each market */
    uint64_t *alias;            /* [n_presences] threshold << 16 | market-local alias */
} ent_world_t;

/* Talks: what each side has conceded; means of the year before they begin, and their weight. */
enum { ENT_TALKS_CONCEDED, ENT_TALKS_EXPORTS = 2, ENT_TALKS_PRICES = 4, ENT_TALKS_SEEN = 6, ENT_N_TALKS };

/* The state of a replication. One entry per array: X(name, type, count). Copying, checkpoints and memory
 * planning all read this table. */
#define ENT_STATE(X)                                                                                         \
    X(supplier, uint16_t, model->n_slots)     /* market-local presence */                                    \
    X(stock, int32_t, model->n_slots)         /* quantity units */                                           \
    X(position, int32_t, model->n_slots)      /* stock and transit, quantity units */                        \
    X(stock_cost, float, model->n_slots)      /* average landed cost of the stock, benchmark = 1 */          \
    X(smoothed, float, model->n_slots)        /* smoothed demand, quantity units per step */                 \
    X(retail, float, model->n_slots)          /* retail price, benchmark = 1 */                              \
    X(log_quality, float, model->n_slots)     /* ln z */                                                     \
    X(ces_weight, float, model->n_slots)      /* (r / z)^(1 - sigma) */                                      \
    X(reset_step, uint16_t, model->n_slots)   /* next retail price reset, steps from the first */            \
    X(renewal_step, uint16_t, model->n_slots) /* next contract renewal */                                    \
    X(ring_quantity, int32_t, model->n_slots * model->n_ages) /* shipments by step modulo n_ages */          \
    X(ring_supplier, uint16_t, model->n_slots * model->n_ages)                                               \
    X(carry, float, model->n_importers)      /* unspent by stock-outs, quantity units at price 1 */          \
    X(belief, uint8_t, model->n_importers)   /* belief type */                                               \
    X(log_price, double, model->n_presences) /* export price, benchmark = 0 */                               \
    X(price_ring, double, (long)model->n_presences * model->n_ages) /* price at shipment, by step */         \
    X(price_step, uint16_t, model->n_presences)                     /* next export price reset */            \
    X(mass, double, model->n_presences)       /* visibility against the benchmark: entry, exit, failure */   \
    X(tenure, uint16_t, model->n_places)      /* steps an exporter has exported and one; 0: none there */    \
    X(exporter_size, float, model->n_places)  /* against the mean of its cell */                             \
    X(exporter_cash, float, model->n_places)  /* months of benchmark revenue */                              \
    X(sales_ratio, float, model->n_presences) /* expected sales of a unit of visibility, benchmark = 1 */    \
    X(firm_cash, float, model->n_firms)       /* months of benchmark revenue */                              \
    X(firm_state, uint8_t, model->n_firms)    /* alive, failed, growing into the place */                    \
    X(productivity, double, model->n_firms)                                                                  \
    X(capacity, double, model->n_firms) /* million USD at basic benchmark prices per step */                 \
    X(output, double, model->n_firms)   /* last step's shipments, same unit */                               \
    X(customs_ring, double, (long)model->n_cells * model->n_ages)   /* customs value shipped, by step */     \
    X(quantity_ring, int64_t, (long)model->n_cells * model->n_ages) /* quantity shipped, by step */          \
    X(receivable, double, model->n_cells)        /* refunds expected under retroactive measures */           \
    X(log_inclusive, double, model->n_markets)   /* ln of the market's inclusive landed cost, last step */   \
    X(price_index, double, model->n_markets)     /* last step's sales-weighted retail price */               \
    X(log_input_price, double, model->n_markets) /* ln of importers' CES price index, last step */           \
    X(revenue, double, model->n_markets) /* [region][sector] smoothed gross revenue, million USD per step */ \
    X(tariff_income, double, model->n_region) /* smoothed duty less refunds */                               \
    X(income, double, model->n_region)        /* spent on final demand, million USD per step */              \
    X(log_wage, double, model->n_region)      /* benchmark = 0 */                                            \
    X(expenditure, double, model->n_markets)  /* landed, million USD per step */                             \
    X(log_bundle, double, model->n_markets)   /* [region][sector] ln of the input bundle's price */          \
    ENT_MECHANISM_STATE(X)

#define ENT_STATE_FIELD(name, type, count) type *name;
typedef struct {
    int step; /* next step to play, from model->first_step on */
    ENT_STATE(ENT_STATE_FIELD)
    unsigned char *arena;
    size_t arena_size;
} ent_state_t;
#undef ENT_STATE_FIELD

typedef struct ent_workspace ent_workspace_t;

/* ---- presences.c
 * -------------------------------------------------------------------------------------------- */
enum {
    ENT_RANKED_FIRMS = 1000 /* firms of an origin and sector ranked by size; the tail is in the fringe */
};
/* Share of the k-th largest firm (k from 0) of an origin and sector: Pareto order statistics, (rank +
 * offset)^(-1/shape). */
void ent_size_shares(double shape, double offset, double share[ENT_RANKED_FIRMS]);
/* Number firms and presences of all cells, and index them by market. */
int ent_lay_presences(ent_model_t *model, ent_context_t *ctx);
/* Share of its market, landed, that an affiliate presence's plants can sell to with `capacity` million USD a
 * year. */
double ent_plant_reach(const ent_model_t *model, int presence, double capacity);
/* Share of a benchmark flow that is captive. */
double ent_captive_share(const ent_config_t *config, int origin, int destination, int sector);

/* ---- layout_shared.c
 * -------------------------------------------------------------------------------------------- */
/* Whether a parameter bears on what ent_model_init lays out: what does not goes into worlds and steps alone.
 */
int ent_bears_on_layout(const ent_parameter_t *parameter);
/* Whether a config that differs from the model's in parameters and measures at most has the same layout: the
 * same values of the parameters that bear on it, as many measures of the same kinds, the same plants and as
 * many draws. And whether measures that differ in what parameters do to them, if anything, are the same. */
int ent_same_layout(const ent_model_t *model, const ent_config_t *config);
int ent_same_measures(const ent_model_t *model, const ent_config_t *config);
/* A model of such a config that borrows the layout of `of`, which must outlive it, with schedules of its own
 * unless the measures are the same (`own_policy` 0). It plays the same bits as one with a layout of its own.
 * Free with ent_model_free. */
int ent_model_share(ent_model_t **model, const ent_model_t *of, const ent_config_t *config, int own_policy,
                    ent_context_t *ctx);
/* layout.c: cells that a measure can reach; rows of schedules are the same in every regime and world. */
int ent_list_touched(ent_model_t *model, ent_context_t *ctx);

/* mechanisms/quotas.c: number the quotas among the measures. */
int ent_lay_quotas(ent_model_t *model, ent_context_t *ctx);

/* ---- layout.c, state.c, world.c
 * ---------------------------------------------------------------------------- */
size_t ent_state_bytes(const ent_model_t *model);
int ent_state_init(ent_state_t *state, const ent_model_t *model, ent_context_t *ctx);
void ent_state_free(ent_state_t *state);
void ent_state_copy(ent_state_t *to, const ent_state_t *from);
/* sound.c: 1 when a state that was read from a file can be played on: indices, quantities and numbers within
 * what an engine can have written. */
int ent_state_sound(const ent_state_t *state, const ent_model_t *model);
/* The benchmark equilibrium of a world, before its first step. */
void ent_state_begin(ent_state_t *state, const ent_model_t *model, const ent_world_t *world);

/* mechanisms/commitments.c: the world as one regime has it, with the paths and investments that hold in it;
 * shares all else with `world`, which must outlive it. */
int ent_world_as(ent_world_t *view, const ent_world_t *world, const ent_model_t *model, int regime,
                 ent_context_t *ctx);
void ent_world_as_free(ent_world_t *view);
/* Whether something holds in some regimes only (`regimes` [n], NULL: in all). */
int ent_some_regimes(const unsigned char *regimes, int n);
/* Days by which, and the share to which, an agreement moves what holds in `regimes`: what holds in all stays
 * as written, the rest moves with the deal and is worth what `region` conceded. */
int ent_commitment_shift(const ent_model_t *model, const ent_world_t *world, const unsigned char *regimes);
double ent_commitment_scale(const ent_model_t *model, const ent_world_t *world, const unsigned char *regimes,
                            int region);
/* ln of a region's currency in US dollars in stored step u, benchmark = 0, by which its markets reckon with
 * mechanisms.local_currency; 0 without. */
double ent_market_currency(const ent_model_t *model, const ent_world_t *world, int region, int u);
/* mechanisms/negotiations.c: after each step, what talks are measured against; and a negotiated scenario from
 * the step at hand to the end. */
void ent_talks_observe(const ent_model_t *model, ent_state_t *state, const ent_workspace_t *workspace);
int ent_play_talks(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                   ent_workspace_t *workspace, ent_trajectory_t *trajectory, ent_context_t *ctx);
/* world.c: schedules of all regimes from configs that may differ by regime [n_regimes], and what follows from
 * a policy for contracts (world->contract_log_rate). */
int ent_policy_build(ent_policy_t *policy, const ent_model_t *model, const ent_config_t *const *config,
                     const int *shift_days, ent_context_t *ctx);
void ent_policy_logs(ent_policy_t *policy, int regime);
int ent_lay_contract_rates(ent_world_t *world, const ent_model_t *model, ent_context_t *ctx);
void ent_free_contract_rates(ent_world_t *world, const ent_model_t *model);
/* world.c: add a log change of all sectors of a region in a step, or a dated path. */
void ent_add_log_change(ent_world_t *world, const ent_model_t *model, ent_shock_kind_t kind, int region,
                        int step, double log_change);
void ent_add_path(ent_world_t *world, const ent_model_t *model, const ent_path_t *path);

int ent_world_init(ent_world_t *world, const ent_model_t *model, int world_index, int chance,
                   ent_context_t *ctx);
void ent_world_free(ent_world_t *world, const ent_model_t *model);
int ent_policy_init(ent_policy_t *policy, const ent_model_t *model, const int *shift_days,
                    ent_context_t *ctx);
void ent_policy_free(ent_policy_t *policy, const ent_model_t *model);
int ent_model_lag(const ent_config_t *config, int origin, int destination, int sector);

/* ---- step.c
 * ------------------------------------------------------------------------------------------------- */
/* `kernel`: name of the instruction set, NULL for the fastest here. */
int ent_workspace_init(ent_workspace_t **workspace, const ent_model_t *model, int n_threads,
                       const char *kernel, ent_context_t *ctx);
void ent_workspace_free(ent_workspace_t *workspace);
size_t ent_workspace_bytes(const ent_model_t *model);
/* Play one step of `regime`; from step 0 on it is recorded into `trajectory` (NULL: nothing is recorded). */
int ent_step(const ent_model_t *model, const ent_world_t *world, int regime, ent_state_t *state,
             ent_workspace_t *workspace, ent_trajectory_t *trajectory, ent_context_t *ctx);

#endif
