/* Functions with known sensitivity indices, which stand in for the simulator when a study's machinery is
 * tested. */
#ifndef ENTREPOT_STUDY_TEST_MODELS_H
#define ENTREPOT_STUDY_TEST_MODELS_H

enum { ENT_ISHIGAMI_FACTORS = 3, ENT_SOBOL_G_FACTORS = 8 };

/* Ishigami and Homma (1990) with a = 7, b = 0.1, x_i = pi (2 u_i - 1):  sin x1 + a sin^2 x2 + b x3^4 sin x1.
 */
double ent_test_ishigami(const double u[ENT_ISHIGAMI_FACTORS]);

/* Sobol' (1993) with a = 0, 1, 4.5, 9, 99, 99, 99, 99:  product over i of (|4 u_i - 2| + a_i) / (1 + a_i). */
double ent_test_sobol_g(const double u[ENT_SOBOL_G_FACTORS]);

/* Closed forms of the first-order and total indices. */
void ent_test_ishigami_indices(double first[ENT_ISHIGAMI_FACTORS], double total[ENT_ISHIGAMI_FACTORS]);
void ent_test_sobol_g_indices(double first[ENT_SOBOL_G_FACTORS], double total[ENT_SOBOL_G_FACTORS]);

#endif
