/* The parameter table made from the lists in parameters.h. */
#include <entrepot/parameters.h>

#include <string.h>

#define SECTOR_ENTRY(name, unit, value, low, high, integer, source, description)                             \
    {#name,                                                                                                  \
     unit,                                                                                                   \
     value,                                                                                                  \
     low,                                                                                                    \
     high,                                                                                                   \
     integer,                                                                                                \
     source,                                                                                                 \
     description,                                                                                            \
     ENT_SCOPE_SECTOR,                                                                                       \
     offsetof(ent_sector_parameters_t, name)},
#define GLOBAL_ENTRY(name, unit, value, low, high, integer, source, description)                             \
    {#name,                                                                                                  \
     unit,                                                                                                   \
     value,                                                                                                  \
     low,                                                                                                    \
     high,                                                                                                   \
     integer,                                                                                                \
     source,                                                                                                 \
     description,                                                                                            \
     ENT_SCOPE_GLOBAL,                                                                                       \
     offsetof(ent_global_parameters_t, name)},

static const ent_parameter_t table[] = {ENT_SECTOR_PARAMETERS(SECTOR_ENTRY)
                                            ENT_GLOBAL_PARAMETERS(GLOBAL_ENTRY)};
static const size_t table_length = sizeof table / sizeof table[0];

const ent_parameter_t *ent_parameter_table(size_t *n_parameters)
{
    *n_parameters = table_length;
    return table;
}

const ent_parameter_t *ent_parameter_find(const char *name)
{
    for (size_t i = 0; i < table_length; i++) {
        if (strcmp(table[i].name, name) == 0) {
            return &table[i];
        }
    }
    return NULL;
}

static void fill_defaults(ent_scope_t scope, void *base)
{
    for (size_t i = 0; i < table_length; i++) {
        if (table[i].scope == scope) {
            ent_parameter_set(&table[i], base, table[i].default_value);
        }
    }
}

void ent_sector_parameters_default(ent_sector_parameters_t *parameters)
{
    fill_defaults(ENT_SCOPE_SECTOR, parameters);
}

void ent_global_parameters_default(ent_global_parameters_t *parameters)
{
    fill_defaults(ENT_SCOPE_GLOBAL, parameters);
}

double ent_parameter_get(const ent_parameter_t *entry, const void *base)
{
    double value;
    memcpy(&value, (const char *)base + entry->offset, sizeof value);
    return value;
}

void ent_parameter_set(const ent_parameter_t *entry, void *base, double value)
{
    memcpy((char *)base + entry->offset, &value, sizeof value);
}
