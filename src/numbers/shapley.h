/* Shares of causes in an outcome that do not depend on the order in which causes are taken. */
#ifndef ENTREPOT_NUMBERS_SHAPLEY_H
#define ENTREPOT_NUMBERS_SHAPLEY_H

enum { ENT_SHAPLEY_MAX = 16 };

/* Shapley (1953) values of n causes from the outcomes of all their subsets, value[subset] with bit i set
 * where cause i acts:
 *
 *   share_i = sum over S without i of |S|! (n - |S| - 1)! / n! (value[S + i] - value[S])
 *
 * The shares sum to value[all] - value[none]. 0 <= n <= ENT_SHAPLEY_MAX. Cost: O(n 2^n). */
void ent_shapley(const double *value, int n, double *share);

#endif
