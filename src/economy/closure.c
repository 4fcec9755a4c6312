#include "economy/closure.h"

#include "base/vmath.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void benchmark_revenue(ent_accounts_t *a, const ent_benchmark_t *b, int steps_per_year)
{
    for (int s = 0; s < a->n_sector; s++) {
        for (int o = 0; o < a->n_region; o++) {
            double sum = 0.0;
            for (int d = 0; d < a->n_region; d++) {
                const size_t at = ent_cell(b, s, o, d);
                sum += b->flow[at] * (1.0 + b->freight[at]);
            }
            a->revenue[o * a->n_sector + s] = sum / steps_per_year;
        }
    }
}

static double benchmark_duty(const ent_benchmark_t *b, int d, int steps_per_year)
{
    double sum = 0.0;
    for (int s = 0; s < b->n_sector; s++) {
        for (int o = 0; o < b->n_region; o++) {
            const size_t at = ent_cell(b, s, o, d);
            sum += b->flow[at] * (1.0 + b->freight[at]) * b->tariff[at];
        }
    }
    return sum / steps_per_year;
}

/* Final demand is what expenditure leaves after intermediates, so that the benchmark is an exact fixed point.
 */
static void benchmark_final(ent_accounts_t *a, const ent_benchmark_t *b, int steps_per_year)
{
    const int S = a->n_sector;
    for (int d = 0; d < a->n_region; d++) {
        double total = 0.0;
        a->value_added[d] = 0.0;
        for (int s = 0; s < S; s++) {
            double intermediate = 0.0;
            for (int k = 0; k < S; k++) {
                intermediate += a->input_coefficient[(d * S + s) * S + k] * a->revenue[d * S + k];
            }
            const double left = ent_benchmark_expenditure(b, d, s) / steps_per_year - intermediate;
            a->final_share[d * S + s] = left;
            total += left;
            a->value_added[d] += a->value_added_share[d * S + s] * a->revenue[d * S + s];
        }
        for (int s = 0; s < S; s++) {
            a->final_share[d * S + s] = total != 0.0 ? a->final_share[d * S + s] / total : 0.0;
        }
        a->income[d] = total;
        a->deficit[d] = total - a->value_added[d] - benchmark_duty(b, d, steps_per_year);
        a->world_value_added += a->value_added[d];
    }
}

static void benchmark_workers(ent_accounts_t *a, const ent_benchmark_t *b)
{
    for (int r = 0; r < b->n_region; r++) {
        double value = 0.0;
        for (int s = 0; s < b->n_sector; s++) {
            value += ent_benchmark_output(b, r, s) * b->value_added_share[r * b->n_sector + s];
        }
        a->workers[r] = b->workers != NULL ? b->workers[r] / value : NAN;
    }
}

int ent_accounts_init(ent_accounts_t *a, const ent_benchmark_t *b, int steps_per_year, ent_context_t *ctx)
{
    const size_t R = (size_t)b->n_region, S = (size_t)b->n_sector;
    *a = (ent_accounts_t){.n_region = b->n_region, .n_sector = b->n_sector};
    a->input_coefficient = malloc(R * S * S * sizeof(double));
    a->value_added_share = malloc(R * S * sizeof(double));
    a->revenue = malloc(R * S * sizeof(double));
    a->final_share = malloc(R * S * sizeof(double));
    a->value_added = malloc(R * sizeof(double));
    a->income = malloc(R * sizeof(double));
    a->deficit = malloc(R * sizeof(double));
    a->workers = malloc(R * sizeof(double));
    if (!a->input_coefficient || !a->value_added_share || !a->revenue || !a->final_share || !a->value_added ||
        !a->income || !a->deficit || !a->workers) {
        ent_accounts_free(a);
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, "general closure", "no memory for the accounts");
    }
    memcpy(a->input_coefficient, b->input_coefficient, R * S * S * sizeof(double));
    memcpy(a->value_added_share, b->value_added_share, R * S * sizeof(double));
    benchmark_revenue(a, b, steps_per_year);
    benchmark_final(a, b, steps_per_year);
    benchmark_workers(a, b);
    return 0;
}

void ent_accounts_free(ent_accounts_t *a)
{
    free(a->input_coefficient);
    free(a->workers);
    free(a->value_added_share);
    free(a->revenue);
    free(a->final_share);
    free(a->value_added);
    free(a->income);
    free(a->deficit);
    *a = (ent_accounts_t){0};
}

static double region_value_added(const ent_accounts_t *a, const double *revenue, int d)
{
    double sum = 0.0;
    for (int s = 0; s < a->n_sector; s++) {
        sum += a->value_added_share[d * a->n_sector + s] * revenue[d * a->n_sector + s];
    }
    return sum;
}

double ent_closure_log_consumer_price(const ent_accounts_t *a, const double *log_price, int region)
{
    double sum = 0.0;
    for (int s = 0; s < a->n_sector; s++) {
        sum += a->final_share[region * a->n_sector + s] * log_price[region * a->n_sector + s];
    }
    return sum;
}

void ent_closure_step(const ent_accounts_t *a, const double *receipts, const double *revenue,
                      const double *tariff_income, const double *log_input_price, double adjustment,
                      double *log_wage, double *income, double *expenditure, double *log_bundle)
{
    const int S = a->n_sector;
    double world = 0.0, world_now = 0.0;
    for (int d = 0; d < a->n_region; d++) {
        world_now += region_value_added(a, receipts, d);
        world += region_value_added(a, revenue, d);
    }
    const double scale = world > 0.0 ? a->world_value_added / world : 1.0;
    const double wage_scale = world_now > 0.0 ? a->world_value_added / world_now : 1.0;
    for (int d = 0; d < a->n_region; d++) {
        const double value_added = scale * region_value_added(a, revenue, d);
        income[d] = fmax(0.0, value_added + scale * tariff_income[d] + a->deficit[d]);
        const double earned = wage_scale * region_value_added(a, receipts, d);
        if (earned > 0.0 && a->value_added[d] > 0.0) {
            log_wage[d] += adjustment * (ent_log(earned / a->value_added[d]) - log_wage[d]);
        }
        for (int s = 0; s < S; s++) {
            const double *bought = a->input_coefficient + (d * S + s) * S;
            double spent = a->final_share[d * S + s] * income[d];
            for (int k = 0; k < S; k++) {
                spent += scale * bought[k] * revenue[d * S + k];
            }
            expenditure[d * S + s] = spent > 0.0 ? spent : 0.0;
            double log_cost = a->value_added_share[d * S + s] * log_wage[d];
            for (int k = 0; k < S; k++) {
                log_cost += a->input_coefficient[(d * S + k) * S + s] * log_input_price[d * S + k];
            }
            log_bundle[d * S + s] = log_cost;
        }
    }
}
