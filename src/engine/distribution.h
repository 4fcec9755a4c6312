/* Quantiles of the config's distributions: a world draw is the quantile at one uniform number. */
#ifndef ENTREPOT_ENGINE_DISTRIBUTION_H
#define ENTREPOT_ENGINE_DISTRIBUTION_H

#include <entrepot/config.h>

/* Value at cumulative probability u in (0, 1). Truncated normal and log-normal by inversion between the
 * bounds. */
double ent_distribution_quantile(const ent_distribution_t *distribution, double u);

#endif
