/* Plants abroad: whether one behind a tariff pays. */
#ifndef ENTREPOT_AGENTS_PLANT_H
#define ENTREPOT_AGENTS_PLANT_H

/* Present value of what a plant saves over what it costs, both in years of the sales it takes over:
 *   V = [1 - exp(-(d ln(1 + t) - premium))] / (r + delta) - k
 * (proximity against concentration: Brainard 1997; Helpman, Melitz and Yeaple 2004). `log_tariff_change` is
 * expected over the life of a contract, `premium` the extra unit cost in the plant, `discount` r and
 * `depreciation` delta a year, `capital` k in years of sales. */
double ent_plant_value(double log_tariff_change, double premium, double discount, double depreciation,
                       double capital);

/* Sunk cost of one firm's plant, years of sales: k_f = k e^(s z_f), z_f the standard normal quantile of `u`
 * in (0, 1); k is the median over firms, s `dispersion` (fixed costs that differ over plants: Helpman, Melitz
 * and Yeaple 2004 have them alike). */
double ent_plant_capital(double median, double dispersion, float u);

#endif
