#include "agents/plant.h"

#include "base/vmath.h"

#include <math.h>

double ent_plant_value(double log_tariff_change, double premium, double discount, double depreciation,
                       double capital)
{
    const double saved = -expm1(-(log_tariff_change - premium));
    const double rate = discount + depreciation;
    return saved / (rate > 0.01 ? rate : 0.01) - capital;
}

double ent_plant_capital(double median, double dispersion, float u)
{
    return median * ent_exp(dispersion * (double)ent_normal_quantilef(u));
}
