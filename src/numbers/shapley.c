#include "numbers/shapley.h"

void ent_shapley(const double *value, int n, double *share)
{
    double weight[ENT_SHAPLEY_MAX + 1]; /* by size of the subset: 1 / [n binomial(n - 1, size)] */
    double ways = 1.0;

    for (int size = 0; size < n; size++) {
        weight[size] = 1.0 / (ways * n);
        ways = ways * (n - 1 - size) / (size + 1);
    }
    for (int i = 0; i < n; i++) {
        share[i] = 0.0;
        for (unsigned subset = 0; subset < 1u << n; subset++) {
            if ((subset >> i & 1u) == 0) {
                share[i] += weight[__builtin_popcount(subset)] * (value[subset | 1u << i] - value[subset]);
            }
        }
    }
}
