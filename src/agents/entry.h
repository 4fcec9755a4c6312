/* Exporters at the margin: how long they last, when they enter and leave, what they earn, how they mark up.
 */
#ifndef ENTREPOT_AGENTS_ENTRY_H
#define ENTREPOT_AGENTS_ENTRY_H

/* Weibull survival S(t) = exp(-(t / scale)^shape), t in years, through two points: `one` survive a year,
 * `five` five years, 1 > one > five > 0. */
typedef struct {
    double shape, scale;
} ent_survival_t;
ent_survival_t ent_survival_fit(double one, double five);
double ent_survival(const ent_survival_t *survival, double years);

/* Largest sunk cost S worth paying now, in units of the benchmark's present value, when the regime is
 * revealed later. `now` is the value of staying as things are, `after[n]` the value under each regime,
 * `probability[n]` theirs, `discount` D what a unit at the revelation is worth now (exit included). Entering
 * now beats waiting when (1 - D)(now - S) >= D sum p (S - v)+ : only regimes in which entry would be
 * regretted count (the bad news principle; Handley and Limao 2017, equation 8). n <= 64. Cost O(n^2) at most.
 */
double ent_entry_threshold(double now, double discount, int n, const double *probability,
                           const double *after);

/* Probability that an opportunity is taken: sunk costs have a Pareto distribution, so P = min(1, half
 * value^response), one half at the benchmark, `log_value` the log of the largest cost worth paying. */
#define ENT_ENTRY_ACCEPTED 0.5
double ent_entry_probability(double log_value, double response);
/* The same of `power` = value^response, where many exponentials are taken together. */
static inline double ent_entry_accepted(double power)
{
    const double p = ENT_ENTRY_ACCEPTED * power;
    return p < 1.0 ? p : 1.0;
}

/* Factor on the hazard of leaving when the value of staying changes by `log_value`: fixed costs follow a
 * Pareto distribution, so it is value^-response, held within [1/8, 8]. */
double ent_exit_factor(double log_value, double response);
/* The same of `power` = value^-response. */
static inline double ent_exit_bounded(double power)
{
    return power < 0.125 ? 0.125 : power > 8.0 ? 8.0 : power;
}

/* Visibility of an exporter `months` after entry, of an established one's 1: it grows from `initial` with
 * time constant `months_to_grow` (Ruhl and Willis 2017). */
double ent_exporter_growth(double months, double initial, double months_to_grow);

/* Profit of a month in units of the benchmark's monthly revenue: ratio [p - (1 - m) c] - f, p and c export
 * price and unit cost against the benchmark, m the margin, f the fixed cost. */
double ent_exporter_profit(double sales_ratio, double price, double cost, double margin, double fixed_cost);

/* rho - 1 of the next function: `niche_elasticity` less 1 where it is given (above 1), else theta. */
static inline double ent_niche_theta(double niche_elasticity, double trade_elasticity)
{
    return niche_elasticity > 1.0 ? niche_elasticity - 1.0 : trade_elasticity;
}

/* Share of a change of its relative cost that a firm with share s of its niche absorbs, Gamma / (1 + Gamma),
 * Gamma = (rho - eta)(rho - 1) s (1 - s) / (e (e - 1)), e = rho (1 - s) + eta s (Atkeson and Burstein 2008,
 * price competition; Amiti, Itskhoki and Konings 2019), eta = 1. The argument is rho - 1: theta, unless the
 * elasticity across the firms of a niche is given apart. */
#define ENT_NICHE_SHARE_MOST 0.9 /* shares of a niche are held below this */
static inline double ent_markup_absorption(double share, double niche_theta)
{
    const double rho = 1.0 + niche_theta, eta = 1.0;
    const double perceived = rho * (1.0 - share) + eta * share;
    const double gamma = (rho - eta) * (rho - 1.0) * share * (1.0 - share) / (perceived * (perceived - 1.0));
    const double absorbed = gamma / (1.0 + gamma);
    return share <= 0.0 ? 0.0 : perceived <= 1.0 ? 1.0 : absorbed;
}

#endif
