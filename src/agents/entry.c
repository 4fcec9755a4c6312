#include "agents/entry.h"

#include "base/vmath.h"

#include <math.h>

ent_survival_t ent_survival_fit(double one, double five)
{
    const double shape = log(log(five) / log(one)) / log(5.0);
    return (ent_survival_t){shape, pow(-log(one), -1.0 / shape)};
}

double ent_survival(const ent_survival_t *survival, double years)
{
    return years > 0.0 ? exp(-pow(years / survival->scale, survival->shape)) : 1.0;
}

double ent_entry_threshold(double now, double discount, int n, const double *probability, const double *after)
{
    double cost = now;
    /* regimes worse than the threshold lower it; each round can only add such regimes */
    for (int round = 0; round <= n; round++) {
        double weight = 1.0 - discount, value = (1.0 - discount) * now;
        for (int r = 0; r < n; r++) {
            if (probability[r] > 0.0 && after[r] < cost) {
                weight += discount * probability[r];
                value += discount * probability[r] * after[r];
            }
        }
        const double next = weight > 0.0 ? value / weight : cost;
        if (!(next < cost)) {
            break;
        }
        cost = next;
    }
    return cost;
}

double ent_entry_probability(double log_value, double response)
{
    return ent_entry_accepted(ent_exp(response * log_value));
}

double ent_exit_factor(double log_value, double response)
{
    return ent_exit_bounded(ent_exp(-response * log_value));
}

double ent_exporter_growth(double months, double initial, double months_to_grow)
{
    return initial + (1.0 - initial) * -expm1(-months / months_to_grow);
}

double ent_exporter_profit(double sales_ratio, double price, double cost, double margin, double fixed_cost)
{
    return sales_ratio * (price - (1.0 - margin) * cost) - fixed_cost;
}
