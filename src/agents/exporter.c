#include "agents/exporter.h"

#include "base/vmath.h"

double ent_unit_log_cost(double log_bundle, double productivity, double variance, double trade_elasticity,
                         double utilisation_cost, double output, double capacity)
{
    double log_cost = log_bundle - productivity + 0.5 * trade_elasticity * variance;
    if (utilisation_cost > 0.0 && capacity > 0.0) {
        double utilisation = output / capacity;
        utilisation = utilisation < ENT_UTILISATION_LOW ? ENT_UTILISATION_LOW : utilisation;
        utilisation = utilisation > ENT_UTILISATION_HIGH ? ENT_UTILISATION_HIGH : utilisation;
        log_cost += utilisation_cost * ent_log(utilisation);
    }
    return log_cost;
}

double ent_presence_log_price(double log_cost, double log_tariff_change, double log_market_change,
                              double absorption)
{
    return log_cost - absorption * (log_cost + log_tariff_change - log_market_change);
}

double ent_next_capacity(double capacity, double output, double benchmark_output, double weight)
{
    const double next = capacity + (output - capacity) * weight;
    const double least = ENT_CAPACITY_FLOOR * benchmark_output;
    return next > least ? next : least;
}
