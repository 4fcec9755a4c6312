/* Exporters: unit cost, price of a presence, capacity. Decisions only: plain numbers in, plain numbers out.
 */
#ifndef ENTREPOT_AGENTS_EXPORTER_H
#define ENTREPOT_AGENTS_EXPORTER_H

/* Utilisation relative to normal enters cost between these bounds (docs/model.md, "Unit cost"). */
#define ENT_UTILISATION_LOW 0.5
#define ENT_UTILISATION_HIGH 1.5

/* A firm's capacity is kept at least at this share of its benchmark output, so that a firm without orders for
 * a while does not see utilisation explode when they return. */
#define ENT_CAPACITY_FLOOR 0.5

/* Log unit cost relative to the benchmark, ln c = ln chat - (a - theta V / 2) + nu ln(clip(u)):
 * `log_bundle` ln chat, `productivity` a, `variance` V of a in the population so far, u = output / capacity.
 * The term theta V / 2 keeps the mean of c^-theta, a firm's pull on importers, at its benchmark value. */
double ent_unit_log_cost(double log_bundle, double productivity, double variance, double trade_elasticity,
                         double utilisation_cost, double output, double capacity);

/* Log price of a presence at a reset: cost less the share G of the landed-cost change it absorbs relative to
 * its market (Kimball-type; Amiti, Itskhoki and Konings 2019, equation 7): ln p = ln c - G [(ln c + d ln(1 +
 * t)) - d ln I]. */
double ent_presence_log_price(double log_cost, double log_tariff_change, double log_market_change,
                              double absorption);

/* Capacity after a step: it follows smoothed output. `weight` is 1 / averaging time in steps. */
double ent_next_capacity(double capacity, double output, double benchmark_output, double weight);

#endif
