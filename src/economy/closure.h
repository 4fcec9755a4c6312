/* The general closure: incomes are spent, intermediates bought, wages move with excess demand for labour, the
 * input bundle is Cobb-Douglas in wages and sector prices. Its fixed point is Caliendo and Parro (2015),
 * equations 2-11, with world value added as numeraire. Plain arrays; one pass a step, agents see last step's
 * aggregates. */
#ifndef ENTREPOT_ECONOMY_CLOSURE_H
#define ENTREPOT_ECONOMY_CLOSURE_H

#include <entrepot/benchmark.h>

/* What the closure keeps of the benchmark, per step. Owned; [region][sector] unless said. */
typedef struct {
    int n_region, n_sector;
    double *input_coefficient; /* [region][input][using] */
    double *value_added_share;
    double *revenue;     /* gross revenue, flows with freight, million USD per step */
    double *final_share; /* of a region's final spending */
    double *value_added; /* [region] million USD per step */
    double *income;      /* [region] final spending: value added, duty and deficit, million USD per step */
    double *deficit;     /* [region] final spending beyond value added and duty, million USD per step */
    double
        *workers; /* [region] thousand people at work per million USD of value added a year; NaN: not known */
    double world_value_added;
} ent_accounts_t;

int ent_accounts_init(ent_accounts_t *accounts, const ent_benchmark_t *benchmark, int steps_per_year,
                      ent_context_t *ctx);
void ent_accounts_free(ent_accounts_t *accounts);

/* One step of wages and spending.
 * receipts [region][sector] of this step, revenue the same smoothed, tariff_income [region] smoothed duty (0
 * when kept), million USD per step; log_input_price [region][sector] importers' price indices; adjustment the
 * share of excess labour demand that enters wages this step. Moves log_wage [region]; fills income [region]
 * and expenditure and log_bundle [region][sector]. VA_d = sum_k g_dk R_dk, from receipts for wages, from
 * smoothed revenue for spending; d ln w_d = adjustment ln(VA_d / (w_d L_d)); E_ds = sum_k a_dsk R_dk +
 * alpha_ds (VA_d + T_d + D_d);  ln chat_ds = g_ds ln w_d + sum_k a_dks ln P_dk, all values scaled so that
 * world value added stays at the benchmark. Wages look at receipts because spending circulates: with smoothed
 * revenue for both, incomes and wages chase each other and, at the trade elasticities of Caliendo and Parro,
 * swing for decades (docs/model.md, "General closure"). Cost: O(regions x sectors^2). */
void ent_closure_step(const ent_accounts_t *accounts, const double *receipts, const double *revenue,
                      const double *tariff_income, const double *log_input_price, double adjustment,
                      double *log_wage, double *income, double *expenditure, double *log_bundle);

/* ln of a region's consumer price index: log_price [region][sector] weighted with benchmark shares of final
 * demand. */
double ent_closure_log_consumer_price(const ent_accounts_t *accounts, const double *log_price, int region);

#endif
