/* Scratch of one replication being played: tables of a step and its flows. Nothing here outlives a step
 * except the sums the checked mode compares with. */
#ifndef ENTREPOT_ENGINE_WORKSPACE_H
#define ENTREPOT_ENGINE_WORKSPACE_H

#include "engine/kernel.h"
#include "engine/model.h"
#include "engine/share.h"

/* Small exporters of a cell and class in one step; mass is size times growth. */
typedef struct {
    double active, entrants, leavers, failures, mass;
    double one_year, five_years; /* exporters that have exported for so long with this step */
} ent_margin_count_t;

typedef struct {
    double persistence, innovation, variance; /* of log productivity, per step; variance so far */
} ent_productivity_t;

/* Parts of a step that bench/ times. */
typedef enum {
    ENT_PHASE_OUTLOOK,
    ENT_PHASE_FIRMS,
    ENT_PHASE_ORDERS,
    ENT_PHASE_SHIP,
    ENT_PHASE_SETTLE,
    ENT_PHASE_RECORD,
    ENT_N_PHASES
} ent_phase_t;
#define ENT_PHASE_NAMES                                                                                      \
    {                                                                                                        \
        "outlook", "firms: costs, prices", "market tables and orders", "rationing, shipment, customs",       \
            "arrivals, retail, sales, renewals", "sums, record, capacity, macro"                             \
    }

/* What stands for the public signal in the scenario at hand, set by run.c and negotiations.c. */
typedef struct {
    int held;  /* beliefs of the last signal are held although the outcome is set */
    int talks; /* 1: talks give off the probability of regime[0] against regime[1] */
    int regime[2];
    double probability;
} ent_odds_t;

/* The regimes' probabilities of a step, public and by belief type, and how far agents look. */
typedef struct {
    double public[ENT_MOST_REGIMES];
    double type[ENT_BELIEF_TYPES][ENT_MOST_REGIMES];
    int n_types, horizon;
    double revealed; /* step position at which the outcome is expected to be known */
    int actual;      /* beliefs are held, but the rates in force are those of the regime played */
    float months_per_step;
    ent_signal_reading_t reading; /* where there is more than one type */
} ent_prospect_t;

struct ent_workspace {
    int n_threads;
    ent_share_t share;
    ent_odds_t odds;
    const ent_kernel_t *kernel;
    double
        *phase_seconds; /* [ENT_N_PHASES + 1] added to when not NULL; the last: what one thread does alone */
    /* outlook.c: what is expected of tariffs, by cell; of cells no measure reaches, set once and for all */
    int n_types;             /* 1, or ENT_BELIEF_TYPES while regimes are contemplated */
    ent_prospect_t prospect; /* of this step */
    float *spot_log;         /* [n_cells] change of ln(1 + rate) now at the margin, refunds expected */
    float *arrival_log;      /* [n_cells] the same, mean of what arrives now: differs where a quota fills */
    float *marginal_rate;    /* [n_cells] collected on a further unit */
    float *ship_share;       /* [n_cells] of orders, under bans */
    /* commitments.c, where there are purchases */
    double *left_to_spend; /* [n_markets] share of expenditure that they do not displace */
    double *cell_bought;   /* [n_cells] million USD at basic price, contained in cell_value */
    float *duty_rate;      /* [n_cells] collected now */
    float *final_rate;     /* [n_cells] after refunds */
    int *refund_due;       /* [n_cells] 1: receivables of the cell are paid this step */
    float *choice_log;     /* [types][n_cells] change of ln(1 + rate) over a contract's life */
    float *enter_log;      /* [types][n_cells] ln of the largest sunk cost worth paying, benchmark = 0 */
    float *stay_log;       /* [types][n_cells] ln of the value of staying, benchmark = 0 */
    float *stock_change;   /* [types][n_cells] anticipatory change of the target stock, steps */
    unsigned char *typed;  /* [n_markets] 1: some cell's outlook differs by belief type */
    float *path;           /* [n_threads][path_length] */
    /* measures.c: quotas */
    long quota_length;
    float *quota_closed; /* [n_quotas][quota_length] share that pays the rate outside, by step from now */
    float *quota_path;   /* [n_threads][n_regimes][2][quota_length] expected ln(1 + rate) of the cell at hand;
                            scratch */
    int *quota_full;     /* [n_quotas] 1: no room is left after this step */
    double *quota_open;  /* [n_quotas] share of this step's arrivals that pays the rate inside */
    double *quota_value; /* [n_quotas] arrivals of this step, million USD at customs value */
    /* step.c: presence tables */
    ent_productivity_t *productivity; /* [n_sector] */
    double *firm_log_cost;            /* [n_firms] */
    float *target;                    /* [types][n_presences], rows of a market contiguous by type */
    float *arrival_cost, *spot_cost;  /* [n_presences] */
    float *choice_cost;               /* [types][n_presences] */
    double *visibility_factor;        /* [n_presences] against the benchmark */
    float *moving;                    /* [n_presences] share of slots that move to a plant in this step */
    double *firm_cost;                /* [n_firms] unit cost, benchmark = 1 */
    double *firm_profit;              /* [n_firms] before fixed cost, share of benchmark revenue */
    double *firm_sales;               /* [n_firms] expected now, benchmark = 1 */
    double *firm_ahead;               /* [n_firms] capacity aimed at over current sales */
    double *firm_exports;             /* [n_firms] of the home region, this step */
    double *rank_sales, *largest;     /* [n_sector][100] */
    uint8_t *firm_was;                /* [n_firms] state before this step */
    ent_margin_count_t *margin_count; /* [n_markets][2] of the home region there, medium and small */
    int64_t *order_sum;               /* [n_presences] quantity units */
    long shared_length, path_length;
    int64_t *shared_sum;   /* [n_threads][shared_length] orders from a block of a market of several */
    uint8_t *rationed;     /* [n_markets] 1: some firm there ships less than is ordered */
    double *ration;        /* [n_firms] share of orders shipped */
    int32_t *order_bits;   /* [n_blocks] bits of all orders of a block */
    uint8_t *out_of_range; /* [n_markets] 1: a number of this step is none or too large */
    ent_market_step_t *market_step; /* [n_markets] */
    ent_tile_sums_t *tile_sums;     /* [n_tiles] */
    /* flows of the step */
    double *cell_value;              /* [n_cells] shipped, basic price, million USD */
    double *cell_volume;             /* [n_cells] shipped, basic benchmark prices */
    double *cell_customs;            /* [n_cells] arrived, customs value */
    double *cell_duty, *cell_refund; /* [n_cells] million USD */
    int64_t *cell_arrivals;          /* [n_cells] quantity units */
    ent_tile_sums_t *market_sums;    /* [n_markets] */
    double *receipts;                /* [n_markets] by region and sector, general closure */
    double *made;                    /* [3][n_markets] the same: value, volume, value abroad */
    double *region_duty;             /* [n_region] */
    int stock_known;
    int64_t *
        stock_before; /* [n_markets] checked mode; stock at the end of the last step; used when stock_known */
};

/* Threads worth waking for a loop over `n` small things: a barrier costs as much as a few thousand of them.
 */
static inline int ent_threads_for(const ent_workspace_t *workspace, long n)
{
    return n < 2048 ? 1 : workspace->n_threads;
}

/* outlook.c: the outlook of this step under `regime`. First probabilities and horizons; then the cells, and
 * importers' belief types, in loops that are shared by the threads of the caller's parallel region and end
 * without waiting for them. */
void ent_outlook_begin(const ent_model_t *model, const ent_world_t *world, int regime,
                       const ent_state_t *state, ent_workspace_t *workspace);
void ent_outlook(const ent_model_t *model, const ent_world_t *world, int regime, ent_state_t *state,
                 ent_workspace_t *workspace);

/* measures.c: quotas. Before the outlook: how full each will be. Then, by cell and regime, what agents expect
 * (0: no quota there that they know of); when arrivals are cleared, the duty rates of the step. */
void ent_quotas_before(const ent_model_t *model, const ent_world_t *world, int regime,
                       const ent_state_t *state, ent_workspace_t *workspace);
int ent_quota_view(const ent_model_t *model, const ent_world_t *world, const ent_workspace_t *workspace,
                   int regime, int c, int u, float *path, float *arrival, float *contract);
void ent_quotas_clear(const ent_model_t *model, const ent_world_t *world, int regime, ent_state_t *state,
                      ent_workspace_t *workspace);

/* measures.c: bans and trusted suppliers move visibility; bans cut orders that are already there. */
void ent_measures_visibility(const ent_model_t *model, const ent_world_t *world, int regime,
                             const ent_state_t *state, ent_workspace_t *workspace);
void ent_measures_cut(const ent_model_t *model, const ent_world_t *world, int regime, ent_state_t *state,
                      ent_workspace_t *workspace);

/* step.c: customs value that arrives at a cell now when shipped `lag` steps ago. */
double ent_customs_due(const ent_model_t *model, const ent_state_t *state, int c, int lag);

/* commitments.c: purchases of governments take the place of others, are shipped on top of what importers
 * ordered, and arrive with it; prices in the producer's currency move with the exchange rate. */
void ent_purchases_displace(const ent_model_t *model, const ent_world_t *world, const ent_state_t *state,
                            ent_workspace_t *workspace);
void ent_purchases_ship(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                        ent_workspace_t *workspace);
double ent_purchases_due(const ent_model_t *model, const ent_state_t *state, int c, int lag);
void ent_invoice_prices(const ent_model_t *model, const ent_world_t *world, ent_state_t *state);

/* affiliates.c: plants that open abroad take over slots and visibility of their owner's presences; followed
 * firms decide on plants of their own. */
void ent_open_plants(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                     ent_workspace_t *workspace);

/* visibility.c: how visible each presence is in this step, against the benchmark. */
void ent_visibility_factors(const ent_model_t *model, const ent_state_t *state, ent_workspace_t *workspace);

/* record.c: write this step's values into the trajectory's row `step`. */
void ent_record_step(const ent_model_t *model, const ent_world_t *world, const ent_state_t *state,
                     const ent_workspace_t *workspace, int step, ent_trajectory_t *trajectory);

/* record.c: row `step` of a field. */
float *ent_record_row(const ent_model_t *model, ent_trajectory_t *trajectory, ent_field_id_t field, int step);

/* record.c: what a presence shipped in this step, at basic price, million USD. */
double ent_presence_sales(const ent_model_t *model, const ent_state_t *state,
                          const ent_workspace_t *workspace, int presence);

/* range.c: whether the numbers of a market of this step can be trusted: orders and positions below
 * ENT_UNITS_END, prices, costs and flows finite and of the right sign. Cost: one pass over presences and
 * cells. */
int ent_market_out_of_range(const ent_model_t *model, const ent_state_t *state,
                            const ent_workspace_t *workspace, int m);
/* ENT_ERR_RANGE with the quantity, the step and the cell when that does not hold in some market. */
int ent_range_step(const ent_model_t *model, const ent_state_t *state, const ent_workspace_t *workspace,
                   ent_context_t *ctx);
/* The same of what general closure makes of a step. */
int ent_range_incomes(const ent_model_t *model, const ent_state_t *state, ent_context_t *ctx);

/* verify.c: accounting laws of a step, relative 1e-9; ENT_ERR_BUG names the first broken one. */
int ent_verify_step(const ent_model_t *model, const ent_state_t *state, ent_workspace_t *workspace,
                    ent_context_t *ctx);

#endif
