#include <entrepot/fields.h>

/* What adds over time is recorded per step. */
#define PER_STEP_SUM " per step"
#define PER_STEP_MEAN ""
#define PER_STEP_LAST ""
enum { ENT_FIELD_none = ENT_N_FIELDS };

#define FIELD_ENTRY(name_, unit_, shape_, aggregate_, weight_, long_name_)                                   \
    [ENT_FIELD_##name_] = {.name = #name_,                                                                   \
                           .unit = unit_ PER_STEP_##aggregate_,                                              \
                           .shape = ENT_SHAPE_##shape_,                                                      \
                           .aggregate = ENT_AGGREGATE_##aggregate_,                                          \
                           .weight = ENT_FIELD_##weight_,                                                    \
                           .long_name = long_name_},

static const ent_field_t field_table[ENT_N_FIELDS] = {ENT_FIELDS(FIELD_ENTRY)};

const ent_field_t *ent_field_table(void)
{
    return field_table;
}

int ent_field_count(void)
{
    return ENT_N_FIELDS;
}

size_t ent_field_size(ent_field_id_t field, int n_region, int n_sector, int n_flows)
{
    switch (field_table[field].shape) {
    case ENT_SHAPE_FLOW:
        return (size_t)n_sector * (size_t)n_flows;
    case ENT_SHAPE_MARKET:
    case ENT_SHAPE_PRODUCER:
        return (size_t)n_region * (size_t)n_sector;
    case ENT_SHAPE_CLASS:
        return (size_t)ENT_N_CLASSES * (size_t)n_sector;
    case ENT_SHAPE_REGION:
        return (size_t)n_region;
    }
    return 0;
}
