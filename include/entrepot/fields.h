/* The one table of recorded quantities. Output, comparison, report, documentation and tests read it.
 *
 * X(name, unit, shape, aggregate, long_name)
 *   shape      FLOW    [sector][flow]         flows named in the config
 *              MARKET  [destination][sector]
 *              PRODUCER[origin][sector]
 *              REGION  [region]
 *              CLASS   [firm class][sector]   exporters of the home region
 *   aggregate  SUM     adds over time, sectors and flows
 *              MEAN    averages over time
 *              LAST    value at the end of the period */
#ifndef ENTREPOT_FIELDS_H
#define ENTREPOT_FIELDS_H

#include <entrepot/context.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ENT_FIELDS(X)                                                                                        \
    X(exports, "million USD per step", FLOW, SUM, "Exports at basic price, when shipped")                    \
    X(export_quantity, "million USD at benchmark prices per step", FLOW, SUM, "Export volume, when shipped") \
    X(export_price, "1", FLOW, MEAN, "Export price index before freight and tariff, benchmark = 1")          \
    X(imports, "million USD per step", FLOW, SUM,                                                            \
      "Imports at customs value (price and freight), on arrival")                                            \
    X(duty, "million USD per step", FLOW, SUM, "Duty collected on arrival")                                  \
    X(refund, "million USD per step", FLOW, SUM, "Duty refunded under retroactive measures")                 \
    X(tariff_rate, "1", FLOW, MEAN, "Duty rate in force on arrivals, ad valorem fraction")                   \
    X(marginal_rate, "1", FLOW, LAST,                                                                        \
      "Duty rate on a further unit at the end of the step: differs from tariff_rate where a quota fills")    \
    X(revenue, "million USD per step", PRODUCER, SUM,                                                        \
      "Producers' revenue from all destinations, home included")                                             \
    X(export_revenue, "million USD per step", PRODUCER, SUM, "Producers' revenue from foreign destinations") \
    X(output, "million USD at benchmark prices per step", PRODUCER, SUM,                                     \
      "Producers' shipments, home included")                                                                 \
    X(utilisation, "1", PRODUCER, MEAN, "Output over capacity, relative to normal")                          \
    X(affiliate_sales, "million USD per step", PRODUCER, SUM,                                                \
      "Sales of plants abroad that belong to firms of the region")                                           \
    X(jobs, "1", PRODUCER, MEAN, "Jobs the output takes, at the benchmark's labour coefficients")            \
    X(exporters, "1", CLASS, LAST, "Active exporters of the home region by size class")                      \
    X(entrants, "1 per step", CLASS, SUM, "Firms of the home region that begin to export")                   \
    X(leavers, "1 per step", CLASS, SUM, "Exporters of the home region that stop, not counting failures")    \
    X(failures, "1 per step", CLASS, SUM, "Exporters of the home region that fail")                          \
    X(survivors_one_year, "1 per step", CLASS, SUM,                                                          \
      "Exporters of the home region that complete their first year")                                         \
    X(survivors_five_years, "1 per step", CLASS, SUM,                                                        \
      "Exporters of the home region that complete their fifth year")                                         \
    X(class_exports, "million USD per step", CLASS, SUM,                                                     \
      "Exports of the home region by size class of the exporter")                                            \
    X(market_imports, "million USD per step", MARKET, SUM,                                                   \
      "Imports from abroad at customs value, on arrival")                                                    \
    X(sales, "million USD at benchmark prices per step", MARKET, SUM, "Importers' sales")                    \
    X(stock, "million USD at benchmark prices", MARKET, LAST, "Importers' stocks at the end of the step")    \
    X(transit, "million USD at benchmark prices", MARKET, LAST,                                              \
      "Goods ordered, shipped and not yet arrived")                                                          \
    X(retail_price, "1", MARKET, MEAN,                                                                       \
      "Retail price index (sales-weighted), benchmark = 1; in the market's currency with local_currency")    \
    X(landed_cost, "1", MARKET, MEAN, "Landed cost index of goods sold, benchmark = 1")                      \
    X(retail_spending, "million USD per step", MARKET, SUM,                                                  \
      "What buyers pay for importers' sales, local costs of distribution included")                          \
    X(tariff_revenue, "million USD per step", REGION, SUM, "Duty collected less refunds")                    \
    X(top10_share, "1", REGION, MEAN,                                                                        \
      "Share of goods exports of the ten largest exporters; home region only")                               \
    X(top100_share, "1", REGION, MEAN,                                                                       \
      "Share of goods exports of the hundred largest exporters; home region only")                           \
    X(wage, "1", REGION, MEAN,                                                                               \
      "Wage against world value added, benchmark = 1; general closure only, as the step found it")           \
    X(welfare, "1", REGION, MEAN,                                                                            \
      "Real income (value added, duty and deficit over the consumer price index), benchmark = 1; general "   \
      "closure only, as the step found it")

typedef enum {
    ENT_SHAPE_FLOW,
    ENT_SHAPE_MARKET,
    ENT_SHAPE_PRODUCER,
    ENT_SHAPE_REGION,
    ENT_SHAPE_CLASS
} ent_shape_t;
/* Size classes of exporters: followed one by one; the larger fifth of the others; the rest. */
typedef enum { ENT_CLASS_LARGE, ENT_CLASS_MEDIUM, ENT_CLASS_SMALL, ENT_N_CLASSES } ent_firm_class_t;
#define ENT_CLASS_NAMES                                                                                      \
    {                                                                                                        \
        "large", "medium", "small"                                                                           \
    }
typedef enum { ENT_AGGREGATE_SUM, ENT_AGGREGATE_MEAN, ENT_AGGREGATE_LAST } ent_aggregate_t;

typedef struct {
    const char *name;
    const char *unit;
    ent_shape_t shape;
    ent_aggregate_t aggregate;
    const char *long_name;
} ent_field_t;

#define ENT_FIELD_ENUM(name, ...) ENT_FIELD_##name,
typedef enum { ENT_FIELDS(ENT_FIELD_ENUM) ENT_N_FIELDS } ent_field_id_t;
#undef ENT_FIELD_ENUM

/* The table, ENT_N_FIELDS entries, in the order of the enum. */
ENT_API const ent_field_t *ent_field_table(void);

/* Values of one field and one step, for the given sizes. */
ENT_API size_t ent_field_size(ent_field_id_t field, int n_region, int n_sector, int n_flows);

#ifdef __cplusplus
}
#endif

#endif
