#include "study/test_models.h"

#include <math.h>

static const double ishigami_a = 7.0, ishigami_b = 0.1;
static const double sobol_a[ENT_SOBOL_G_FACTORS] = {0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0};

double ent_test_ishigami(const double u[ENT_ISHIGAMI_FACTORS])
{
    double x[ENT_ISHIGAMI_FACTORS];
    for (int i = 0; i < ENT_ISHIGAMI_FACTORS; i++) {
        x[i] = M_PI * (2.0 * u[i] - 1.0);
    }
    const double s = sin(x[0]), t = sin(x[1]);
    return s + ishigami_a * t * t + ishigami_b * pow(x[2], 4.0) * s;
}

double ent_test_sobol_g(const double u[ENT_SOBOL_G_FACTORS])
{
    double product = 1.0;
    for (int i = 0; i < ENT_SOBOL_G_FACTORS; i++) {
        product *= (fabs(4.0 * u[i] - 2.0) + sobol_a[i]) / (1.0 + sobol_a[i]);
    }
    return product;
}

void ent_test_ishigami_indices(double first[ENT_ISHIGAMI_FACTORS], double total[ENT_ISHIGAMI_FACTORS])
{
    const double pi4 = pow(M_PI, 4.0), pi8 = pi4 * pi4;
    const double v1 = 0.5 * pow(1.0 + ishigami_b * pi4 / 5.0, 2.0), v2 = ishigami_a * ishigami_a / 8.0;
    const double v13 = ishigami_b * ishigami_b * pi8 * 8.0 / 225.0, v = v1 + v2 + v13;
    first[0] = v1 / v;
    first[1] = v2 / v;
    first[2] = 0.0;
    total[0] = (v1 + v13) / v;
    total[1] = v2 / v;
    total[2] = v13 / v;
}

void ent_test_sobol_g_indices(double first[ENT_SOBOL_G_FACTORS], double total[ENT_SOBOL_G_FACTORS])
{
    double part[ENT_SOBOL_G_FACTORS], all = 1.0;
    for (int i = 0; i < ENT_SOBOL_G_FACTORS; i++) {
        part[i] = 1.0 / (3.0 * (1.0 + sobol_a[i]) * (1.0 + sobol_a[i]));
        all *= 1.0 + part[i];
    }
    for (int i = 0; i < ENT_SOBOL_G_FACTORS; i++) {
        first[i] = part[i] / (all - 1.0);
        total[i] = part[i] * all / (1.0 + part[i]) / (all - 1.0);
    }
}
