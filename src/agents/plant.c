#include "agents/plant.h"

#include <math.h>

double ent_plant_value(double log_tariff_change, double premium, double discount, double depreciation,
                       double capital)
{
    const double saved = -expm1(-(log_tariff_change - premium));
    const double rate = discount + depreciation;
    return saved / (rate > 0.01 ? rate : 0.01) - capital;
}
