/* The one table of recorded quantities. Output, comparison, report, documentation and tests read it.
 *
 * X(name, unit, shape, aggregate, weight, long_name)
 *   unit       of a period's value; what adds over time is recorded per step
 *   shape      FLOW    [sector][flow]         flows named in the config
 *              MARKET  [destination][sector]
 *              PRODUCER[origin][sector]
 *              REGION  [region]
 *              CLASS   [firm class][sector]   exporters of the home region
 *   aggregate  SUM     adds over time
 *              MEAN    averages over time
 *              LAST    value at the end of the period
 *   weight     none    adds over sectors, flows and classes
 *              a field of the same shape: averages over them and over time with it as the weight */
#ifndef ENTREPOT_FIELDS_H
#define ENTREPOT_FIELDS_H

#include <entrepot/context.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ENT_FIELDS(X)                                                                                        \
    X(exports, "million USD", FLOW, SUM, none, "Exports at basic price, when shipped")                       \
    X(export_quantity, "million USD at benchmark prices", FLOW, SUM, none, "Export volume, when shipped")    \
    X(export_price, "1", FLOW, MEAN, export_quantity,                                                        \
      "Export price index before freight and tariff, benchmark = 1")                                         \
    X(imports, "million USD", FLOW, SUM, none, "Imports at customs value (price and freight), on arrival")   \
    X(freight, "million USD", FLOW, SUM, none,                                                               \
      "Freight and insurance on what is shipped, part of the customs value")                                 \
    X(duty, "million USD", FLOW, SUM, none, "Duty collected on arrival")                                     \
    X(refund, "million USD", FLOW, SUM, none, "Duty refunded under retroactive measures")                    \
    X(tariff_rate, "1", FLOW, MEAN, imports, "Duty rate in force on arrivals, ad valorem fraction")          \
    X(marginal_rate, "1", FLOW, LAST, imports,                                                               \
      "Duty rate on a further unit at the end of the step: differs from tariff_rate where a quota fills")    \
    X(revenue, "million USD", PRODUCER, SUM, none,                                                           \
      "Producers' revenue from all destinations, home included")                                             \
    X(export_revenue, "million USD", PRODUCER, SUM, none, "Producers' revenue from foreign destinations")    \
    X(output, "million USD at benchmark prices", PRODUCER, SUM, none, "Producers' shipments, home included") \
    X(utilisation, "1", PRODUCER, MEAN, output, "Output over capacity, relative to normal")                  \
    X(affiliate_sales, "million USD", PRODUCER, SUM, none,                                                   \
      "Sales of plants abroad that belong to firms of the region")                                           \
    X(jobs, "1", PRODUCER, MEAN, none, "Jobs the output takes, at the benchmark's labour coefficients")      \
    X(exporters, "1", CLASS, LAST, none, "Active exporters of the home region by size class")                \
    X(entrants, "1", CLASS, SUM, none, "Firms of the home region that begin to export")                      \
    X(leavers, "1", CLASS, SUM, none, "Exporters of the home region that stop, not counting failures")       \
    X(failures, "1", CLASS, SUM, none, "Exporters of the home region that fail")                             \
    X(survivors_one_year, "1", CLASS, SUM, none,                                                             \
      "Exporters of the home region that complete their first year")                                         \
    X(survivors_five_years, "1", CLASS, SUM, none,                                                           \
      "Exporters of the home region that complete their fifth year")                                         \
    X(class_exports, "million USD", CLASS, SUM, none,                                                        \
      "Exports of the home region by size class of the exporter")                                            \
    X(market_imports, "million USD", MARKET, SUM, none, "Imports from abroad at customs value, on arrival")  \
    X(sales, "million USD at benchmark prices", MARKET, SUM, none, "Importers' sales")                       \
    X(stock, "million USD at benchmark prices", MARKET, LAST, none,                                          \
      "Importers' stocks at the end of the step")                                                            \
    X(transit, "million USD at benchmark prices", MARKET, LAST, none,                                        \
      "Goods ordered, shipped and not yet arrived")                                                          \
    X(retail_price, "1", MARKET, MEAN, sales,                                                                \
      "Retail price index (sales-weighted), benchmark = 1; in the market's currency with local_currency")    \
    X(landed_cost, "1", MARKET, MEAN, sales, "Landed cost index of goods sold, benchmark = 1")               \
    X(retail_spending, "million USD", MARKET, SUM, none,                                                     \
      "What buyers pay for importers' sales, local costs of distribution included")                          \
    X(tariff_revenue, "million USD", REGION, SUM, none, "Duty collected less refunds")                       \
    X(top10_share, "1", REGION, MEAN, none,                                                                  \
      "Share of goods exports of the ten largest exporters; home region only")                               \
    X(top100_share, "1", REGION, MEAN, none,                                                                 \
      "Share of goods exports of the hundred largest exporters; home region only")                           \
    X(wage, "1", REGION, MEAN, none,                                                                         \
      "Wage against world value added, benchmark = 1; general closure only, as the step found it")           \
    X(welfare, "1", REGION, MEAN, none,                                                                      \
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
    const char *unit; /* of a step's value */
    ent_shape_t shape;
    ent_aggregate_t aggregate;
    int weight; /* ent_field_id_t; ENT_N_FIELDS: none */
    const char *long_name;
} ent_field_t;

#define ENT_FIELD_ENUM(name, ...) ENT_FIELD_##name,
typedef enum { ENT_FIELDS(ENT_FIELD_ENUM) ENT_N_FIELDS } ent_field_id_t;
#undef ENT_FIELD_ENUM

/* The table, ENT_N_FIELDS entries, in the order of the enum. */
ENT_API const ent_field_t *ent_field_table(void);
/* Entries of the table in the library that is loaded. */
ENT_API int ent_field_count(void);

/* Values of one field and one step, for the given sizes. */
ENT_API size_t ent_field_size(ent_field_id_t field, int n_region, int n_sector, int n_flows);

#ifdef __cplusplus
}
#endif

#endif
