/* Scratch of one replication being played: tables of a step and its flows. Nothing here outlives a step
 * except the sums the checked mode compares with. */
#ifndef ENTREPOT_ENGINE_WORKSPACE_H
#define ENTREPOT_ENGINE_WORKSPACE_H

#include "engine/kernel.h"
#include "engine/model.h"
#include "engine/partition.h"

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

/* What stands for the public signal in the scenario at hand. Whoever begins a scenario sets it, and talks do
 * in each of their steps. */
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

/* Scratch arrays, one row an array: X(name, type, count), in the order of a step. The struct, allocation,
 * release and the planning of memory read this table. Counts may use `model`, `n_threads` and the lengths
 * below. */
#define ENT_WORKSPACE(X)                                                                                     \
    /* outlook.c: what is expected of tariffs, by cell; of cells no measure reaches, set once and for all */ \
    X(spot_log, float, model->n_cells)      /* change of ln(1 + rate) at the margin now, refunds expected */ \
    X(arrival_log, float, model->n_cells)   /* the same, mean of what arrives now: differs with quotas */    \
    X(marginal_rate, float, model->n_cells) /* collected on a further unit */                                \
    X(duty_rate, float, model->n_cells)     /* collected now */                                              \
    X(final_rate, float, model->n_cells)    /* after refunds */                                              \
    X(refund_due, int, model->n_cells)      /* 1: receivables of the cell are paid this step */              \
    X(choice_log, float, (long)ENT_BELIEF_TYPES * model->n_cells)   /* over a contract's life, by type */    \
    X(landed_log, float, (long)ENT_BELIEF_TYPES * model->n_cells)   /* on arrival of what is ordered now */  \
    X(stock_change, float, (long)ENT_BELIEF_TYPES * model->n_cells) /* of the target stock, steps */         \
    X(enter_log, float, (long)ENT_BELIEF_TYPES * model->n_cells) /* ln of the largest sunk cost worth it */  \
    X(stay_log, float, (long)ENT_BELIEF_TYPES * model->n_cells)  /* ln of the value of staying */            \
    X(typed, unsigned char, model->n_markets) /* 1: some cell's outlook differs by belief type */            \
    X(expects, unsigned char,                                                                                \
      model->n_markets) /* 1: some cell's contracts will not cost what they do now */                        \
    X(path, float, n_threads *ent_path_length(model)) /* of the cell at hand, by thread */                   \
    /* step.c: costs, prices and tables of presences */                                                      \
    X(productivity, ent_productivity_t, model->n_sector)                                                     \
    X(firm_log_cost, double, model->n_firms)                                                                 \
    X(target, float, (long)ENT_BELIEF_TYPES * model->n_presences) /* rows of a market together, by type */   \
    X(arrival_cost, float, model->n_presences)                                                               \
    X(spot_cost, float, model->n_presences)                                                                  \
    X(choice_cost, float, (long)ENT_BELIEF_TYPES * model->n_presences)                                       \
    X(expected_cost, float, (long)ENT_BELIEF_TYPES * model->n_presences)     /* where contracts `expects` */ \
    X(expected_inclusive, double, (long)ENT_BELIEF_TYPES * model->n_markets) /* ln of I at expected costs */ \
    X(log_inclusive_retail, float, (long)ENT_BELIEF_TYPES * model->n_markets)                                \
    X(inclusive_weight, float, (long)ENT_BELIEF_TYPES * model->n_markets)                                    \
    X(visibility_factor, double, model->n_presences) /* against the benchmark */                             \
    X(market_step, ent_market_step_t, model->n_markets)                                                      \
    X(order_sum, int64_t, model->n_presences)                   /* quantity units */                         \
    X(shared_sum, int64_t, n_threads *ent_shared_length(model)) /* of a block of a market of several */      \
    X(rationed, uint8_t, model->n_markets)     /* 1: some firm there ships less than is ordered */           \
    X(ration, double, model->n_firms)          /* share of orders shipped */                                 \
    X(order_bits, int32_t, model->n_blocks)    /* bits of all orders of a block */                           \
    X(out_of_range, uint8_t, model->n_markets) /* 1: a number of this step is none or too large */           \
    X(tile_sums, ent_tile_sums_t, model->n_tiles)                                                            \
    /* step.c: flows of the step */                                                                          \
    X(customs_per_landed, double,                                                                            \
      model->n_cells) /* of what is shipped now, per unit of landed value at benchmark rates */              \
    X(cell_value, double, model->n_cells)     /* shipped, basic price, million USD */                        \
    X(cell_volume, double, model->n_cells)    /* shipped, basic benchmark prices */                          \
    X(cell_customs, double, model->n_cells)   /* arrived, customs value */                                   \
    X(cell_duty, double, model->n_cells)      /* million USD */                                              \
    X(cell_refund, double, model->n_cells)    /* million USD */                                              \
    X(cell_arrivals, int64_t, model->n_cells) /* quantity units */                                           \
    X(market_sums, ent_tile_sums_t, model->n_markets)                                                        \
    X(receipts, double, model->n_markets) /* by region and sector, general closure */                        \
    X(region_duty, double, model->n_region)                                                                  \
    /* firms.c, exporters.c: what exporters make of the step */                                              \
    X(firm_cost, double, model->n_firms)    /* unit cost, benchmark = 1 */                                   \
    X(firm_profit, double, model->n_firms)  /* before fixed cost, share of benchmark revenue */              \
    X(firm_sales, double, model->n_firms)   /* expected now, benchmark = 1 */                                \
    X(firm_ahead, double, model->n_firms)   /* capacity aimed at over current sales */                       \
    X(firm_exports, double, model->n_firms) /* of the home region, this step */                              \
    X(firm_was, uint8_t, model->n_firms)    /* state before this step */                                     \
    X(rank_sales, double, 100L * model->n_sector)                                                            \
    X(largest, double, 100L * model->n_sector)                                                               \
    X(margin_count, ent_margin_count_t, 2L * model->n_markets) /* of the home region, medium and small */    \
    /* record.c, verify.c */                                                                                 \
    X(made, double, 3L * model->n_markets)     /* by origin and sector: value, volume, value abroad */       \
    X(stock_before, int64_t, model->n_markets) /* checked mode: at the end of the last step */               \
    ENT_MECHANISM_WORKSPACE(X)

/* Lengths in the table: steps an agent looks ahead, this one included; a thread's order sums, whole cache
 * lines; steps of a quota's projected filling. */
long ent_path_length(const ent_model_t *model);
long ent_shared_length(const ent_model_t *model);
long ent_quota_length(const ent_model_t *model);

#define ENT_WORKSPACE_FIELD(name, type, count) type *name;
struct ent_workspace {
    int n_threads;
    ent_partition_t partition;
    ent_odds_t odds;
    const ent_kernel_t *kernel;
    double *phase_seconds;   /* [ENT_N_PHASES + 1] added to when not NULL; the last: one thread alone */
    int n_types;             /* 1, or ENT_BELIEF_TYPES while regimes are contemplated */
    ent_prospect_t prospect; /* of this step */
    int stock_known;         /* stock_before holds the stocks of the last step */
    long path_length, shared_length, quota_length; /* the lengths above */
    ENT_WORKSPACE(ENT_WORKSPACE_FIELD)
};
#undef ENT_WORKSPACE_FIELD

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

/* A hook in the step: what a mechanism does at its moment (mechanisms/table.h). */
typedef void ent_hook_t(const ent_model_t *model, const ent_world_t *world, int regime, ent_state_t *state,
                        ent_workspace_t *workspace);
typedef enum { ENT_HOOK_NEWS, ENT_HOOK_PRICES, ENT_HOOK_ORDERED, ENT_HOOK_SHIPPED } ent_hook_place_t;
#define ENT_HOOK_PROTOTYPE(place, function) ent_hook_t function;
ENT_STEP_HOOKS(ENT_HOOK_PROTOTYPE)
#undef ENT_HOOK_PROTOTYPE

/* mechanisms/quotas.c: ln(1 + rate) as agents expect it in a regime with a quota on the cell; 0: no quota
 * there that they know of. */
int ent_quota_view(const ent_model_t *model, const ent_world_t *world, const ent_workspace_t *workspace,
                   int regime, int c, int u, float *path, float *arrival, float *contract);

/* mechanisms/commitments.c: customs value of governments' purchases shipped `lag` steps ago. */
double ent_purchases_due(const ent_model_t *model, const ent_state_t *state, int c, int lag);

/* step.c: customs value that arrives at a cell now when shipped `lag` steps ago. */
double ent_customs_due(const ent_model_t *model, const ent_state_t *state, int c, int lag);

/* record.c: write this step's values into the trajectory's row `step`. */
void ent_record_step(const ent_model_t *model, const ent_world_t *world, const ent_state_t *state,
                     const ent_workspace_t *workspace, int step, ent_trajectory_t *trajectory);

/* record.c: row `step` of a field. */
float *ent_record_row(const ent_model_t *model, ent_trajectory_t *trajectory, ent_field_id_t field, int step);

/* record.c: what a presence shipped in this step, at basic price, million USD. */
double ent_presence_sales(const ent_model_t *model, const ent_state_t *state,
                          const ent_workspace_t *workspace, int presence);

/* mechanisms/foresight.c: tables of a market whose importers look ahead, after its prices and its step's
 * table are set. With foresight and choke 0 it does nothing. Cost: one pass over presences and types. */
void ent_look_ahead(const ent_model_t *model, const ent_world_t *world, ent_state_t *state,
                    ent_workspace_t *workspace, int m);

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

/* verify.c: accounting identities of a step, relative 1e-9; ENT_ERR_BUG names the first broken one. */
int ent_verify_step(const ent_model_t *model, const ent_state_t *state, ent_workspace_t *workspace,
                    ent_context_t *ctx);

#endif
