/* The files of observations that commands on forecasts read: those named, or those that are shipped. */
#ifndef ENTREPOT_CLI_OBSERVED_FILES_H
#define ENTREPOT_CLI_OBSERVED_FILES_H

#include "cli/options.h"
#include "evidence/products.h"

typedef struct {
    const char *observed, *days, *products; /* paths asked for; NULL: the shipped ones */
    const char *destination, *measure;
} ent_cli_observed_names_t;

#define ENT_CLI_OBSERVED(type, member)                                                                       \
    ENT_CLI_WORD(type, member.observed, "observed", "FILE",                                                  \
                 "Observations (CSV or gzip; default: the config's, else US imports as shipped)"),           \
        ENT_CLI_WORD(type, member.days, "days", "FILE", "Working days (default: as shipped)"),               \
        ENT_CLI_WORD(type, member.products, "products-table", "FILE",                                        \
                     "Products with their groups and sectors (default: NAICS as shipped)"),                  \
        ENT_CLI_WORD(type, member.destination, "destination", "REGION", "Whose imports (default: USA)"),     \
        ENT_CLI_WORD(type, member.measure, "measure", "NAME", "imports or exports (default: imports)")

typedef struct {
    ent_observations_t observations, days;
    ent_csv_whole_t products;
} ent_cli_observed_t;

/* Fill names that were not given: by the config's section `observed` (NULL: no config), else what is shipped;
 * read all three. Free with ent_cli_observed_close, also after failure. */
int ent_cli_observed_open(ent_cli_observed_t *self, ent_cli_observed_names_t *names,
                          const ent_config_t *config, ent_context_t *ctx);
void ent_cli_observed_close(ent_cli_observed_t *self);

#endif
