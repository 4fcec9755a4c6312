#include "agents/negotiation.h"

#include <math.h>

double ent_urgency(double days_left, double days)
{
    return isfinite(days_left) ? exp(-fmax(0.0, days_left) / days) : 0.0;
}

double ent_side_loss(const ent_side_t *side, double exports, double exports_before, double prices,
                     double prices_before)
{
    const double lost = exports_before > 0.0 ? fmax(0.0, 1.0 - exports / exports_before) : 0.0;
    const double dearer = prices_before > 0.0 ? fmax(0.0, prices / prices_before - 1.0) : 0.0;
    return side->exports * lost + side->prices * dearer;
}

double ent_concede(const ent_side_t *side, double concession, double urgency, double loss, double haste,
                   double years)
{
    return fmin(1.0, concession + haste * (side->speed * urgency + side->pressure * loss) * years);
}

int ent_offers_meet(double a, double b)
{
    return a + b >= 1.0;
}
