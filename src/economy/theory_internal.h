/* What the files of the theory share: the solver's workspace and its steps. Not installed. */
#ifndef ENTREPOT_ECONOMY_THEORY_INTERNAL_H
#define ENTREPOT_ECONOMY_THEORY_INTERNAL_H

#include <entrepot/theory.h>

#include "theory_anderson.h"

#define THEORY_PLACE "theory"
#define THEORY_MAX_FAULTS 20

/* State of the solver, logs of hats: [region] wage, [sector][region] price, [sector][region] expenditure,
 * with world value added as numeraire. [s][r] is sector major, as the kernels want it. */
typedef struct {
    int n_region, n_sector;
    size_t n_flow, n_market, n_state;
    size_t employment, labour; /* where log employment [region] and log sector employment [sector][region]
                                  stand in the state; 0: not there */
    double *block;             /* one allocation behind all pointers below */

    /* [s][o][d] */
    double *target_tariff, *target_log_cost; /* asked for; logs of iceberg changes */
    double *tariff, *log_cost;               /* in force: a fraction of the way to the target */
    double *share_hat;                       /* kappa^-theta */
    double *net;                             /* pi kappa^-theta / (1 + tau'), zero for own trade */
    double *duty;                            /* the same times tau', own trade included */

    /* [s][r] */
    double *own;                             /* net of own trade */
    double *cost, *weight;                   /* log unit cost; cost^-theta */
    double *imported, *landed_duty, *landed; /* sums over origins of net weight, of duty weight, of all */
    double *expenditure, *spending;          /* level; level / landed */
    double *output;                          /* level */
    double *received;                        /* spending less local shares */

    /* [region] */
    double *wage_bill, *revenue, *deficit, *income, *exports, *imports;

    double *state, *next, *saved; /* [n_state] */
    theory_anderson_t anderson;
    double homotopy; /* 0: benchmark deficits, 1: the rule's */
    double residual; /* of the last sweep, log points */
    int residual_region, residual_sector;
    int iterations;
} theory_work_t;

size_t theory_market(const ent_theory_t *model, int sector, int region);

int theory_work_init(theory_work_t *work, const ent_theory_t *model, ent_context_t *ctx);
void theory_work_free(theory_work_t *work);

/* Bring caller's tariffs [input sector] to the model's sectors; NULL: benchmark. Checks them. */
int theory_set_tariff(const ent_theory_t *model, const double *tariff, const double *trade_cost_hat,
                      double *model_tariff, double *model_log_cost, ent_context_t *ctx);

/* Solve `fraction` of the way from the benchmark to the targets in `work` (tariffs and deficits in a straight
 * line, trade costs in logs), starting from the state in `work`. Falls back on a path from the benchmark. */
int theory_solve_state(const ent_theory_t *model, theory_work_t *work, double fraction, int *n_path_steps,
                       ent_context_t *ctx);

/* ---- theory_switches.c: what is off at first ---- */

/* Report options and regional parameters out of their bounds. ENT_ERR_USAGE or ENT_ERR_DATA. */
int theory_check_switches(const ent_theory_input_t *input, const ent_theory_options_t *options,
                          ent_context_t *ctx);

/* Share of a destination's local sellers in what it buys abroad. */
double theory_local(const ent_theory_t *model, size_t region);

/* Exponent of duties in spending, over that of trade costs. */
double theory_duty_exponent(const ent_theory_t *model, size_t region);

/* Log price of a market's size: (1 - phi) log (expenditure hat / wage hat). */
double theory_size_effect(const ent_theory_t *model, size_t region, double log_expenditure, double log_wage);

/* Log of what a worker keeps of the wage after tax, against the benchmark. */
double theory_log_keep(const ent_theory_t *model, size_t region, double wage_bill, double revenue);

/* Utility against the benchmark: income and wage bill in the same unit as log_price. NaN: not defined. */
double theory_utility(const ent_theory_t *model, size_t region, double income, double wage_bill,
                      double revenue, double log_price);
double theory_published_welfare(const ent_theory_t *model, size_t region, double income, double wage_bill,
                                double revenue, double log_price);

/* Sales at home of what comes from abroad: trade receipts into factor receipts. After land and sell. */
void theory_share_locally(const ent_theory_t *model, theory_work_t *work, size_t sector);

/* Next log employment and log sector employment from the state; residuals through `note`. */
void theory_next_labour(const ent_theory_t *model, theory_work_t *work);

void theory_note_residual(theory_work_t *work, double residual, int region, int sector);

/* Deficits by the rule (of `homotopy` 0: the benchmark's), and income; arrays [region]. */
void theory_incomes(const ent_theory_t *model, const double *wage_bill, const double *revenue,
                    double homotopy, double *deficit, double *income);

/* Log real income of a region in the solved state of `work`, against the benchmark. */
double theory_log_welfare(const ent_theory_t *model, const theory_work_t *work, int region);

/* Fill a result from the solved state of `work`, without numeraire (world value added). */
int theory_fill_result(const ent_theory_t *model, theory_work_t *work, ent_theory_result_t *result,
                       ent_context_t *ctx);

/* Check players and policy, and fill the optimum with the schedule to start from (theory_optimal.c). */
int theory_optimum_start(ent_theory_optimum_t *optimum, const ent_theory_t *model, int n_player,
                         const int *player, const double *tariff, const ent_theory_policy_t *policy,
                         ent_context_t *ctx);

/* Derivatives and welfare of the optimum's schedule, by solving it. */
int theory_optimum_finish(ent_theory_optimum_t *optimum, const ent_theory_t *model,
                          const ent_theory_policy_t *policy, ent_context_t *ctx);

/* Write a player's rates into optimum->tariff. */
void theory_optimum_apply(ent_theory_optimum_t *optimum, const ent_theory_t *model,
                          const ent_theory_policy_t *policy, int player);

/* Derive everything that follows from flows, tariffs and coefficients. final_demand [region][sector] or NULL:
 * derived. Records the imbalance; faults are the caller's to judge. */
void theory_derive(ent_theory_t *model, const double *final_demand);

#endif
