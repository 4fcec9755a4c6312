/* What importers expect of landed cost, and what they do about it: contracts are valued at the rate expected
 * over their life, stocks run up before an expected rise and down before an expected fall. */
#ifndef ENTREPOT_AGENTS_EXPECTATION_H
#define ENTREPOT_AGENTS_EXPECTATION_H

/* Average of a path over the life of a contract that starts at each of its points,
 *   average[u] = (1 - keep) sum_k keep^k path[u + k],
 * the last value holding beyond the end. keep = (1 - renewal hazard) * discount factor, per step.
 * path, average [n]; they may be the same array. Cost O(n). */
void ent_contract_average(const float *path, int n, double keep, float *average);

/* How an importer's target stock answers to expected landed cost. */
typedef struct {
    float up_cost;    /* kappa, log cost of a month of extra stock */
    float up_limit;   /* hmax, months */
    float down_cost;  /* kappa_w, log cost of a month of waiting */
    float down_limit; /* hw, months */
    float months_per_step;
} ent_anticipation_t;

/* Change of the target stock, months of sales:
 *   up = max_j [(c(j) - c(0)) / kappa - (j - 1)]+,  dn = max_j [(c(0) - c(j)) / kappa_w - (j - 1)]+,
 *   min(up, hmax) - min(dn, hw),
 * c(j) the expected log landed cost of an order that arrives j months after the earliest arrival
 * (Alessandria, Khan and Khederlarian 2024). log_cost [n], by step from the earliest arrival on. Cost O(n).
 */
float ent_anticipated_stock(const float *log_cost, int n, const ent_anticipation_t *anticipation);

#endif
