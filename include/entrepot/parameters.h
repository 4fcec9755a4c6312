/* The one table of model parameters. Config parsing, validation, --set, documentation, sweeps and calibration
 * read it; the structs below are generated from it. Every value is a double; `integer` marks whole numbers.
 *
 * X(name, unit, default, low, high, integer, source, description) */
#ifndef ENTREPOT_PARAMETERS_H
#define ENTREPOT_PARAMETERS_H

#include <entrepot/context.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Parameters that may differ by sector. */
#define ENT_SECTOR_PARAMETERS(X)                                                                             \
    X(trade_elasticity, "1", 4.0, 0.1, 100.0, 0, "Eaton and Kortum 2002; benchmark elasticity sets",         \
      "Long-run elasticity theta of tariff-inclusive spending shares with respect to landed cost")           \
    X(slot_elasticity, "1", 2.5, 1.0, 20.0, 0, "Boehm, Levchenko and Pandalai-Nayar 2023, short horizon",    \
      "Short-run CES elasticity sigma between the slots of one importer")                                    \
    X(renewal_rate, "1/year", 0.3, 0.0, 1200.0, 0,                                                           \
      "Boehm, Levchenko and Pandalai-Nayar 2023, ten-year path",                                             \
      "Rate lambda at which a slot's contract comes up for renewal")                                         \
    X(local_cost_share, "1", 0.5, 0.0, 0.99, 0, "Cavallo, Llamas and Vazquez 2025, retail pass-through",     \
      "Share phi of local costs (distribution, services) in the retail price")                               \
    X(retail_reset_rate, "1/year", 1.5, 0.0, 1200.0, 0, "Cavallo, Llamas and Vazquez 2025",                  \
      "Rate at which an importer re-sets the retail price of a slot (1200: every step)")                     \
    X(demand_elasticity, "1", 1.0, 0.0, 10.0, 0, "Cobb-Douglas upper tier, Caliendo and Parro 2015",         \
      "Own-price elasticity of the sector's real demand; 1 keeps nominal expenditure")                       \
    X(stocked, "flag", 1.0, 0.0, 1.0, 1, "goods are stocked, services are not",                              \
      "1: importers hold stocks and ship with a lag; 0: ordered, delivered and sold in the same step")       \
    X(target_stock, "months of sales", 1.5, 0.0, 12.0, 0, "US Census wholesale inventory/sales ratio, 2024", \
      "Normal stock h0 of an importer beyond goods in transit")                                              \
    X(stock_adjustment, "months", 4.5, 1.0, 60.0, 0, "Alessandria, Kaboski and Midrigan 2010",               \
      "Time T over which the gap between target and actual position is ordered")                             \
    X(demand_smoothing, "months", 6.0, 1.0, 60.0, 0, "adaptive expectation over half a year",                \
      "Averaging time of a slot's smoothed demand")                                                          \
    X(stockup_cost, "log cost/month", 0.03, 0.001, 1.0, 0, "Alessandria, Khan and Khederlarian 2024",        \
      "Cost kappa of holding one more month of stock (interest, storage, obsolescence)")                     \
    X(stockup_limit, "months", 1.0, 0.0, 12.0, 0, "observed US front-loading, early 2025",                   \
      "Largest anticipatory addition hmax to the target stock")                                              \
    X(stockdown_cost, "log cost/month", 0.03, 0.001, 1.0, 0, "Alessandria, Khan and Khederlarian 2024",      \
      "Cost kappa_w of waiting with one month less of stock")                                                \
    X(stockdown_limit, "months", 0.4, 0.0, 12.0, 0, "observed US imports, 2025",                             \
      "Largest reduction hw of the target stock when a lower landed cost is expected")                       \
    X(shipping_lag, "months", 1.0, 0.0, 6.0, 0, "ocean transit and clearance",                               \
      "Time between shipment and arrival for foreign suppliers; neighbours and domestic suppliers: 0")       \
    X(price_reset_rate, "1/year", 1.6, 0.0, 1200.0, 0, "Gopinath and Itskhoki 2010",                         \
      "Calvo rate at which a presence re-sets its export price (1200: every step)")                          \
    X(producer_invoicing, "1", 0.0, 0.0, 1.0, 0, "Gopinath and others 2020: dominant currency pricing",      \
      "Share of export prices invoiced in the producer's currency, which move at once with its exchange "    \
      "rate; "                                                                                               \
      "the rest is in US dollars")                                                                           \
    X(absorption, "1", 0.2, 0.0, 1.0, 0, "Amiti, Itskhoki and Konings 2019; border pass-through 2025",       \
      "Kimball-type share G of its landed-cost change relative to the market that a presence absorbs")       \
    X(productivity_persistence, "per year", 0.9, 0.0, 0.9999, 0, "Foster, Haltiwanger and Syverson 2008",    \
      "Yearly autocorrelation of a firm's log productivity")                                                 \
    X(productivity_volatility, "log/sqrt(year)", 0.02, 0.0, 1.0, 0, "Foster, Haltiwanger and Syverson 2008", \
      "Yearly innovation standard deviation of log productivity")                                            \
    X(utilisation_cost, "1", 0.1, 0.0, 2.0, 0, "Almunia, Antras, Lopez-Rodriguez and Morales 2021",          \
      "Elasticity nu of unit cost to output over capacity")                                                  \
    X(capacity_limit, "1", 1.5, 1.0, 10.0, 0, "engineering slack over normal output",                        \
      "Hard limit of a firm's shipments per step as a multiple of its capacity; beyond it orders are "       \
      "rationed")                                                                                            \
    X(capacity_smoothing, "months", 12.0, 1.0, 120.0, 0, "time to build",                                    \
      "Averaging time of the sales that capacity follows")                                                   \
    X(size_pareto_shape, "1", 1.1, 0.5, 10.0, 0, "Di Giovanni and Levchenko 2012; Korean exporters 2024",    \
      "Shape of the truncated Pareto distribution of exporter size weights")                                 \
    X(size_rank_offset, "1", 0.0, -0.9, 1000.0, 0,                                                           \
      "Mandelbrot's form of the rank-size rule; Korean exporters 2024",                                      \
      "Offset q of the rank-size rule: the firm of rank k has a size weight of (k + q)^(-1/shape)")          \
    X(switching_cost, "log cost", 0.0, 0.0, 5.0, 0, "Monarch 2022",                                          \
      "Cost F of leaving the incumbent at renewal, in log landed cost")                                      \
    X(captive_waiting, "1", 0.3, 0.0, 1.0, 0,                                                                \
      "cars, first half of 2025: stocks inside a firm answer weakly",                                        \
      "Share of the anticipatory change of target stocks that captive flows make")                           \
    X(captive_absorption, "1", 0.0, 0.0, 1.0, 0,                                                             \
      "Bernard, Jensen and Schott 2006: prices inside firms move with tariffs",                              \
      "Share of its landed-cost change against the market that the price inside a firm takes, re-set in "    \
      "every step; 0: a price as others'")                                                                   \
    X(plant_share, "1", 0.5, 0.0, 1.0, 0, "announced capacity of new plants against exports",                \
      "Share of its benchmark sales in a market that a firm's plant behind the tariff takes over")           \
    X(plant_capital, "years of sales", 1.2, 0.0, 20.0, 0, "capital-output ratio of manufacturing",           \
      "Sunk cost of a plant, in years of the sales it takes over")                                           \
    X(plant_dispersion, "1", 0.0, 0.0, 3.0, 0,                                                               \
      "judgement; plants of one industry cost 0.5 to 1.6 years of sales",                                    \
      "Spread over firms of the sunk cost of a plant: standard deviation of its logarithm; plant_capital "   \
      "is the "                                                                                              \
      "median")                                                                                              \
    X(plant_time_to_build, "months", 24.0, 0.0, 120.0, 0, "Kydland and Prescott 1982; announced plants",     \
      "Time between the decision and the opening of a plant")                                                \
    X(plant_premium, "log cost", 0.05, -1.0, 5.0, 0, "unit costs abroad against home, before duty",          \
      "Cost of producing in the plant above producing at home and shipping")                                 \
    X(plant_review_rate, "1/year", 1.0, 0.0, 12.0, 0, "yearly investment budgets",                           \
      "Rate at which a firm reviews whether to build a plant behind a tariff")                               \
    X(plant_depreciation, "1/year", 0.08, 0.0, 1.0, 0, "national accounts, manufacturing",                   \
      "Depreciation of a plant, added to the discount rate in its value")                                    \
    X(entry_response, "1", 0.4, 0.0, 5.0, 0, "Ruhl and Willis 2017; Handley and Limao 2017",                 \
      "Elasticity of the entry rate to the largest sunk cost worth paying")                                  \
    X(exit_response, "1", 0.2, 0.0, 5.0, 0, "Ruhl and Willis 2017",                                          \
      "Elasticity of the exit hazard to the value of staying, with a minus")                                 \
    X(profit_margin, "1", 0.1, 0.0, 0.9, 0, "operating margin of exporters before fixed costs",              \
      "Profit margin of a firm at the benchmark, before its fixed cost")                                     \
    X(fixed_cost, "1", 0.07, 0.0, 0.9, 0, "interest cover of small exporters",                               \
      "Fixed cost of a firm, share of its benchmark revenue")                                                \
    X(credit, "months of revenue", 0.5, 0.0, 120.0, 0, "cash and credit lines of small firms",               \
      "Liquidity a small exporter starts with on average; profits beyond twice it are paid out")             \
    X(credit_large, "months of revenue", 3.0, 0.0, 120.0, 0, "cash and credit lines of large firms",         \
      "The same for a firm that is followed by itself")                                                      \
    X(investment_response, "1", 0.5, 0.0, 2.0, 0, "capacity plans against expected sales",                   \
      "Elasticity of the capacity aimed at to expected over current sales")                                  \
    X(niches, "1", 12.0, 1.0, 10000.0, 0, "Atkeson and Burstein 2008: sectors there are narrow",             \
      "Number of niches of a market: a firm's share of its niche is so many times its share of the market")  \
    X(niche_elasticity, "1", 0.0, 0.0, 50.0, 0,                                                              \
      "Atkeson and Burstein 2008: 5 to 10 across firms in a niche",                                          \
      "Elasticity rho across the firms of a niche that a firm perceives at a share of zero; 0: 1 + theta, "  \
      "that "                                                                                                \
      "across origins")                                                                                      \
    X(value_added_per_worker, "thousand USD/year", 0.0, 0.0, 2000.0, 0,                                      \
      "a choice: no number holds for all economies",                                                         \
      "Value added of a worker at home a year; 0: that of the region's workers in facts/workers.csv")        \
    X(foresight, "1", 0.0, 0.0, 1.0, 0, "a choice: 0 adaptive, 1 model-consistent sales",                    \
      "Weight with which the sales that orders are placed for follow the price expected on arrival; 0: "     \
      "past "                                                                                                \
      "sales alone")                                                                                         \
    X(choke, "1", 0.0, 0.0, 100.0, 0, "US imports from China, April to June 2025",                           \
      "Median over importers of the landed cost, over the market's, beyond which nothing is ordered; 0: "    \
      "none")                                                                                                \
    X(choke_dispersion, "log", 0.5, 0.0, 3.0, 0, "a choice: importers differ as their margins do",           \
      "Standard deviation over importers of the log of choke - 1")                                           \
    X(choke_memory, "months", 0.0, 0.0, 60.0, 0,                                                             \
      "US imports from China, June 2025: a month after the truce",                                           \
      "Time constant with which the dearest landed cost is forgotten, so that stopped orders are taken up "  \
      "again; 0: at once")                                                                                   \
    X(news_law, "1", 1.0, 0.0, 2.0, 0, "a choice: what is announced with its day is believed",               \
      "Weight of changes that are announced with their day in what stocks are built up or run down for")     \
    X(news_threat, "1", 1.0, 0.0, 2.0, 0, "a choice: the probability of the threat alone",                   \
      "The same of announced threats, on top of their probability")                                          \
    X(news_hearsay, "1", 1.0, 0.0, 2.0, 0, "a choice: the probability of the hearsay alone",                 \
      "The same of hearsay, on top of its probability")                                                      \
    X(news_days, "1", 0.0, 0.0, 1.0, 1, "a choice: 0, months are whole",                                     \
      "1: of the first and the last month of notice only the days count on which an order still is in time")

/* Parameters with one value for the whole run. */
#define ENT_GLOBAL_PARAMETERS(X)                                                                             \
    X(candidates, "1", 16.0, 2.0, 64.0, 1,                                                                   \
      "Eaton and Kortum 2002; any n >= 2 has the same stationary distribution",                              \
      "Number n of suppliers compared at a renewal, the incumbent included")                                 \
    X(importer_size_dispersion, "log", 0.5, 0.0, 2.0, 0, "Bernard, Moxnes and Ulltveit-Moe 2018",            \
      "Standard deviation of log importer size")                                                             \
    X(fringe_threshold, "slots", 20.0, 1.0, 1000.0, 0, "numerical: utilisation noise of small presences",    \
      "Presences expected to serve fewer slots are pooled in a fringe")                                      \
    X(discount_rate, "1/year", 0.05, 0.0, 1.0, 0, "real cost of capital",                                    \
      "Discount rate of contract values and investment")                                                     \
    X(expectation_horizon, "months", 24.0, 1.0, 120.0, 1,                                                    \
      "numerical: contracts beyond it are discounted away",                                                  \
      "How far ahead agents look in the tariff schedule")                                                    \
    X(belief_bias, "logit", 0.5, 0.0, 5.0, 0, "Handley and Limao 2017, dispersion of beliefs",               \
      "Standard deviation of the fixed bias with which an agent reads the public signal")                    \
    X(belief_noise, "logit", 0.5, 0.0, 5.0, 0, "Handley and Limao 2017, dispersion of beliefs",              \
      "Standard deviation of the passing noise in an agent's reading of the signal")                         \
    X(wage_adjustment, "1/year", 2.0, 0.0, 12.0, 0,                                                          \
      "general closure: wages clear labour markets within a year",                                           \
      "Speed at which wages follow excess demand for labour under general closure")                          \
    X(income_smoothing, "months", 3.0, 1.0, 60.0, 0, "general closure: incomes are spent with a short lag",  \
      "Averaging time of the incomes that are spent under general closure")                                  \
    X(survival_one_year, "1", 0.492, 0.01, 0.99, 0, "Korea Customs Service, 2024",                           \
      "Share of new exporters that still export after one year")                                             \
    X(survival_five_years, "1", 0.163, 0.001, 0.98, 0, "Korea Customs Service, 2024",                        \
      "Share of new exporters that still export after five years, below that after one")                     \
    X(large_ranks, "firms", 50.0, 0.0, 1000.0, 1, "805 large firms among Korean exporters in 2018",          \
      "Firms of an origin and sector up to this rank are large: they neither enter nor leave")               \
    X(exporter_size_dispersion, "log", 1.0, 0.0, 3.0, 0, "sizes of small exporters",                         \
      "Standard deviation of log size of small exporters")                                                   \
    X(exporter_spread, "1", 0.6, 0.0, 1.0, 0,                                                                \
      "exporters per market rise less than exports; Eaton, Kortum and Kramarz 2011",                         \
      "Elasticity of the number of exporters of a flow to its value")                                        \
    X(initial_visibility, "1", 0.3, 0.0, 1.0, 0, "Ruhl and Willis 2017",                                     \
      "Visibility of a new exporter against its own later on")                                               \
    X(visibility_growth, "months", 24.0, 1.0, 240.0, 0, "Ruhl and Willis 2017",                              \
      "Time constant with which a new exporter's visibility grows")                                          \
    X(successor_rate, "1/year", 0.2, 0.0, 12.0, 0,                                                           \
      "assumption: a failed large firm's place is taken within years",                                       \
      "Rate at which the place of a failed firm is taken")                                                   \
    X(freight_elasticity, "1", 0.0, 0.0, 5.0, 0, "Kalouptsidi 2014: ships are given in the short run",       \
      "Elasticity of freight rates to what the world ships, against the benchmark; 0: freight stays")        \
    X(demand_growth, "1/year", 0.0, -0.5, 0.5, 0, "benchmark trend",                                         \
      "Trend growth of nominal expenditure in every market")

#define ENT_PARAMETER_FIELD(name, ...) double name;
typedef struct {
    ENT_SECTOR_PARAMETERS(ENT_PARAMETER_FIELD)
} ent_sector_parameters_t;
typedef struct {
    ENT_GLOBAL_PARAMETERS(ENT_PARAMETER_FIELD)
} ent_global_parameters_t;
#undef ENT_PARAMETER_FIELD

typedef enum { ENT_SCOPE_SECTOR, ENT_SCOPE_GLOBAL } ent_scope_t;

typedef struct {
    const char *name;
    const char *unit;
    double default_value;
    double low, high; /* closed bounds */
    int integer;
    const char *source;
    const char *description;
    ent_scope_t scope;
    size_t offset; /* into ent_sector_parameters_t or ent_global_parameters_t */
} ent_parameter_t;

/* The table, and its length. */
ENT_API const ent_parameter_t *ent_parameter_table(size_t *n_parameters);

/* Entry of that name, or NULL. */
ENT_API const ent_parameter_t *ent_parameter_find(const char *name);

/* Fill with the defaults of the table. */
ENT_API void ent_sector_parameters_default(ent_sector_parameters_t *parameters);
ENT_API void ent_global_parameters_default(ent_global_parameters_t *parameters);

/* Read or write one value by its table entry; `base` is the struct of the entry's scope. */
ENT_API double ent_parameter_get(const ent_parameter_t *entry, const void *base);
ENT_API void ent_parameter_set(const ent_parameter_t *entry, void *base, double value);

#ifdef __cplusplus
}
#endif

#endif
