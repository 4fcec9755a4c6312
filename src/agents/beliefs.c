#include "agents/beliefs.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>

double ent_belief_class_mean(int type, int n_types)
{
    const double low = (double)type / n_types, high = (double)(type + 1) / n_types;
    const double a = type > 0 ? gsl_ran_ugaussian_pdf(gsl_cdf_ugaussian_Pinv(low)) : 0.0;
    const double b = type < n_types - 1 ? gsl_ran_ugaussian_pdf(gsl_cdf_ugaussian_Pinv(high)) : 0.0;
    return (a - b) * n_types;
}

int ent_belief_class(double reading, int n_types)
{
    const int type = (int)(gsl_cdf_ugaussian_P(reading) * n_types);
    return type < 0 ? 0 : type >= n_types ? n_types - 1 : type;
}

void ent_belief_tilt(double *probability, int n_regimes, double shift)
{
    const double first = probability[0];
    if (n_regimes < 2 || first <= 0.0 || first >= 1.0) {
        return;
    }
    const double odds = first / (1.0 - first) * exp(shift);
    const double tilted = odds / (1.0 + odds);
    for (int r = 1; r < n_regimes; r++) {
        probability[r] *= (1.0 - tilted) / (1.0 - first);
    }
    probability[0] = tilted;
}
