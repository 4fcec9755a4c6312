#include "numbers/outcome.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NONE = ENT_N_FIELDS, ENT_FIELD_none = NONE };
#define FIELD(name) ENT_FIELD_##name
#define ONE(name)                                                                                            \
    {                                                                                                        \
        {                                                                                                    \
            FIELD(name), 1                                                                                   \
        }                                                                                                    \
    }
#define LESS(name, other)                                                                                    \
    {                                                                                                        \
        {FIELD(name), 1},                                                                                    \
        {                                                                                                    \
            FIELD(other), -1                                                                                 \
        }                                                                                                    \
    }

/* Outcomes with a name of their own: the usual ones first, in the order of their enum. */
static const ent_outcome_t named[] = {
    {"exports", "Exports", "million USD", "loss", ENT_OF_EXPORTS, ONE(exports), NONE, NONE, 0, 0, 1.0},
    {"revenue", "Producers' revenue", "million USD", "loss", ENT_OF_HOME, ONE(revenue), NONE, NONE, 0, 0,
     1.0},
    {"duty", "Duty less refunds", "million USD", "fall", ENT_OF_EXPORTS, LESS(duty, refund), NONE, NONE, 0, 0,
     1.0},
    {"quantity", "Export volume at benchmark prices", "million USD", "loss", ENT_OF_EXPORTS,
     ONE(export_quantity), NONE, NONE, 0, 0, 1.0},
    {"price", "Export price before freight and tariff, benchmark = 1", "index", "fall", ENT_OF_EXPORTS,
     ONE(exports), NONE, FIELD(export_quantity), 0, 0, 1.0},
    {"duty_rate", "Duty collected over the customs value of home's goods", "%", "fall", ENT_OF_EXPORTS,
     ONE(duty), NONE, FIELD(imports), 0, 0, 100.0},
    {"real_income", "Real income, benchmark = 1", "index", "loss", ENT_OF_HOME, ONE(welfare), NONE, NONE, 0,
     0, 1.0},
    {"consumer_prices", "Retail prices weighted with spending, benchmark = 1", "index", "fall", ENT_OF_MARKET,
     ONE(retail_price), FIELD(retail_spending), NONE, 0, 0, 1.0},
    {"tariff_revenue", "Duty collected by the market less refunds", "million USD", "fall", ENT_OF_MARKET,
     ONE(tariff_revenue), NONE, NONE, 0, 0, 1.0},
    {"jobs", "Jobs the output takes", "jobs", "loss", ENT_OF_HOME, ONE(jobs), NONE, NONE, 0, 0, 1.0},
    {"domestic_sales", "Producers' revenue at home", "million USD", "fall", ENT_OF_HOME,
     LESS(revenue, export_revenue), NONE, NONE, 0, 0, 1.0},
    {"stock_to_sales", "Importers' stocks at the end, in months of the period's sales", "months", "fall",
     ENT_OF_MARKET, ONE(stock), NONE, FIELD(sales), 0, 1, 1.0},
    {"survival_one_year", "Entrants that complete their first year", "%", "fall", ENT_OF_EXPORTERS,
     ONE(survivors_one_year), NONE, FIELD(entrants), 1, 0, 100.0},
    {"survival_five_years", "Entrants that complete their fifth year", "%", "fall", ENT_OF_EXPORTERS,
     ONE(survivors_five_years), NONE, FIELD(entrants), 5, 0, 100.0},
    {"largest_ten", "Share of the ten largest exporters in goods exports", "%", "fall", ENT_OF_HOME,
     ONE(top10_share), NONE, NONE, 0, 0, 100.0},
    {"largest_hundred", "Share of the hundred largest exporters in goods exports", "%", "fall", ENT_OF_HOME,
     ONE(top100_share), NONE, NONE, 0, 0, 100.0},
    {"import_prices", "Prices of recorded imports before freight and duty, benchmark = 1", "index", "fall",
     ENT_OF_MARKET, ONE(exports), NONE, FIELD(export_quantity), 0, 0, 1.0},
};
enum { N_NAMED = sizeof named / sizeof named[0] };

#define SCOPE_OF_FLOW ENT_OF_EXPORTS
#define SCOPE_OF_MARKET ENT_OF_MARKET
#define SCOPE_OF_PRODUCER ENT_OF_HOME
#define SCOPE_OF_REGION ENT_OF_HOME
#define SCOPE_OF_CLASS ENT_OF_EXPORTERS
#define RECORDED(name_, unit_, shape_, aggregate_, weight_, long_name_)                                      \
    [FIELD(name_)] = {#name_, long_name_, unit_, "fall", SCOPE_OF_##shape_, ONE(name_), FIELD(weight_),      \
                      NONE,   0,          0,     1.0},

static const ent_outcome_t recorded[ENT_N_FIELDS] = {ENT_FIELDS(RECORDED)};

int ent_outcome_count(void)
{
    return N_NAMED + ENT_N_FIELDS;
}

const ent_outcome_t *ent_outcome(int id)
{
    return id < N_NAMED ? &named[id] : &recorded[id - N_NAMED];
}

const ent_outcome_t *ent_outcome_of_field(ent_field_id_t field)
{
    return &recorded[field];
}

int ent_outcome_find(const char *name, const char **nearest)
{
    const char *names[N_NAMED + ENT_N_FIELDS];
    for (int i = 0; i < ent_outcome_count(); i++) {
        names[i] = ent_outcome(i)->name;
        if (strcmp(names[i], name) == 0) {
            return i;
        }
    }
    if (nearest != NULL) {
        *nearest = ent_nearest(name, names, N_NAMED + ENT_N_FIELDS);
    }
    return -1;
}

/* Whether a field is none of those before it. */
static int is_new(const int *fields, int i)
{
    for (int j = 0; j < i; j++) {
        if (fields[j] == fields[i]) {
            return 0;
        }
    }
    return fields[i] != NONE;
}

void ent_outcome_fields(const ent_outcome_t *outcome, char *text, size_t size)
{
    const int fields[] = {(int)outcome->term[0].field,
                          outcome->term[1].sign != 0 ? (int)outcome->term[1].field : NONE, outcome->weight,
                          outcome->under};
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < 4; i++) {
        if (is_new(fields, i) && used < size) {
            used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "",
                                     ent_field_table()[fields[i]].name);
        }
    }
}

static ent_shape_t shape_of(const ent_outcome_t *outcome)
{
    return ent_field_table()[outcome->term[0].field].shape;
}

int ent_outcome_by_sector(const ent_outcome_t *outcome)
{
    return shape_of(outcome) != ENT_SHAPE_REGION;
}

int ent_outcome_by_partner(const ent_outcome_t *outcome)
{
    return outcome->scope == ENT_OF_EXPORTS || outcome->scope == ENT_OF_MARKET;
}

int ent_outcome_by_class(const ent_outcome_t *outcome)
{
    return outcome->scope == ENT_OF_EXPORTERS;
}

int ent_outcome_adds(const ent_outcome_t *outcome)
{
    return outcome->weight == NONE && outcome->under == NONE;
}

/* ---- places ---- */

/* Whether a region is a destination of the origin's recorded flows. */
static int is_reached(const ent_ensemble_t *e, int origin, int region)
{
    for (int f = 0; f < e->n_flow; f++) {
        if (ent_ensemble_exports(e, f, origin) && e->flow_destination[f] == region) {
            return 1;
        }
    }
    return 0;
}

static int is_partner(const ent_ensemble_t *e, const ent_places_t *places, int region)
{
    return places->partner >= 0 ? region == places->partner : is_reached(e, places->origin, region);
}

/* Whether a flow, a region or a size class is among the places. */
static int counts(const ent_ensemble_t *e, const ent_outcome_t *outcome, const ent_places_t *places, int i)
{
    const int into_market = outcome->scope == ENT_OF_MARKET;
    switch (shape_of(outcome)) {
    case ENT_SHAPE_FLOW:
        return ent_ensemble_exports(e, i, e->flow_origin[i]) &&
               (into_market || places->origin < 0 || e->flow_origin[i] == places->origin) &&
               (into_market ? is_partner(e, places, e->flow_destination[i])
                            : places->partner < 0 || e->flow_destination[i] == places->partner);
    case ENT_SHAPE_CLASS:
        return places->origin == e->exporter_home && (places->size_class < 0 || i == places->size_class);
    default:
        return into_market ? is_partner(e, places, i) : i == places->origin;
    }
}

/* Flows, regions or size classes, and how an index is made of one of them and a sector. */
typedef struct {
    int n, n_sector;
    size_t step, sector_step;
} grid_t;

static grid_t grid_of(const ent_ensemble_t *e, ent_shape_t shape)
{
    const size_t sectors = (size_t)e->n_sector;
    switch (shape) {
    case ENT_SHAPE_FLOW:
        return (grid_t){e->n_flow, e->n_sector, 1, (size_t)e->n_flow};
    case ENT_SHAPE_CLASS:
        return (grid_t){ENT_N_CLASSES, e->n_sector, sectors, 1};
    case ENT_SHAPE_REGION:
        return (grid_t){e->n_region, 1, 1, 0};
    default:
        return (grid_t){e->n_region, e->n_sector, sectors, 1};
    }
}

/* ---- values ---- */

/* What is asked of a trajectory, and the flows, regions or classes it is asked of. */
typedef struct {
    const ent_ensemble_t *ensemble;
    const ent_outcome_t *outcome;
    grid_t grid;
    int n, *list;
} question_t;

static question_t question_of(const ent_reader_t *reader, const ent_outcome_t *outcome,
                              const ent_places_t *places)
{
    question_t q = {reader->ensemble, outcome, grid_of(reader->ensemble, shape_of(outcome)), 0, reader->list};
    for (int i = 0; i < q.grid.n; i++) {
        if (counts(q.ensemble, outcome, places, i)) {
            q.list[q.n++] = i;
        }
    }
    return q;
}

/* Sum of one field over the places of a sector, times a weight where there is one. */
static double add_places(const question_t *q, const ent_period_t *period, ent_field_id_t field,
                         const float *values, const float *weights, int sector)
{
    const ent_aggregate_t aggregate = ent_field_table()[field].aggregate;
    const size_t size = ent_ensemble_size(q->ensemble, field);
    double sum = 0.0;
    for (int i = 0; i < q->n; i++) {
        const size_t at = (size_t)q->list[i] * q->grid.step + (size_t)sector * q->grid.sector_step;
        sum += weights != NULL ? ent_period_product(period, aggregate, values, weights, size, at)
                               : ent_period_value(period, aggregate, values, size, at);
    }
    return sum;
}

/* The fields an outcome is made of, in one trajectory; NULL where it has no such part. */
enum { TERM, SECOND_TERM, WEIGHT, UNDER, N_PARTS };
typedef struct {
    const float *values[N_PARTS];
} parts_t;

static int field_of(const ent_outcome_t *outcome, int part)
{
    switch (part) {
    case WEIGHT:
        return outcome->weight;
    case UNDER:
        return outcome->under;
    default:
        return outcome->term[part].sign != 0 ? (int)outcome->term[part].field : NONE;
    }
}

static int read_parts(const ent_outcome_t *outcome, ent_reader_t *reader, int scenario, int replication,
                      parts_t *parts, int *missing, ent_context_t *ctx)
{
    int code = ENT_OK;
    *parts = (parts_t){0};
    *missing = 0;
    for (int i = 0; code == ENT_OK && i < N_PARTS; i++) {
        const int field = field_of(outcome, i);
        if (field != NONE) {
            code = ent_reader_field(reader, (ent_field_id_t)field, scenario, replication, &parts->values[i],
                                    ctx);
            *missing |= parts->values[i] == NULL;
        }
    }
    return code;
}

/* What the sum of a sector is divided by: the weight itself over the same steps, or another field. */
static double add_below(const question_t *q, const parts_t *parts, const ent_period_t *period, int sector)
{
    const ent_outcome_t *outcome = q->outcome;
    const int lag = outcome->lag_years * q->ensemble->steps_per_year;
    const ent_period_t before = {.begin = period->begin - lag, .end = period->end - lag};
    const ent_period_t last = ent_period_steps(period->end - 1, 1);
    const double months = (period->end - period->begin) * 12.0 / q->ensemble->steps_per_year;
    if (outcome->weight != NONE) {
        const int at_end = ent_field_table()[outcome->term[0].field].aggregate == ENT_AGGREGATE_LAST;
        return add_places(q, at_end ? &last : period, (ent_field_id_t)outcome->weight, parts->values[WEIGHT],
                          NULL, sector);
    }
    if (before.begin < 0) {
        return NAN;
    }
    return add_places(q, &before, (ent_field_id_t)outcome->under, parts->values[UNDER], NULL, sector) /
           (outcome->months ? months : 1.0);
}

static double value_of(const question_t *q, const parts_t *parts, int only_sector, const ent_period_t *period)
{
    const ent_outcome_t *outcome = q->outcome;
    const int divided = !ent_outcome_adds(outcome);
    const int begin = only_sector >= 0 ? only_sector : 0;
    const int end = only_sector >= 0 ? only_sector + 1 : q->grid.n_sector;
    double above = 0.0, below = 0.0;
    for (int s = begin; s < end; s++) {
        double sum = 0.0;
        for (int k = TERM; k <= SECOND_TERM && outcome->term[k].sign != 0; k++) {
            sum += outcome->term[k].sign *
                   add_places(q, period, outcome->term[k].field, parts->values[k], parts->values[WEIGHT], s);
        }
        above += sum;
        below += divided ? add_below(q, parts, period, s) : 0.0;
    }
    if (q->n == 0 || (only_sector >= 0 && !ent_outcome_by_sector(outcome)) || (divided && !(below > 0.0))) {
        return NAN;
    }
    return divided ? outcome->scale * above / below : outcome->scale * above;
}

int ent_outcome_value(const ent_outcome_t *outcome, ent_reader_t *reader, int scenario, int replication,
                      const ent_places_t *places, const ent_period_t *period, double *value,
                      ent_context_t *ctx)
{
    parts_t parts;
    int missing = 0;
    *value = NAN;
    const int code = read_parts(outcome, reader, scenario, replication, &parts, &missing, ctx);
    if (code == ENT_OK && !missing && period->begin >= 0) {
        const question_t question = question_of(reader, outcome, places);
        *value = value_of(&question, &parts, places->sector, period);
    }
    return code;
}

int ent_outcome_path(const ent_outcome_t *outcome, ent_reader_t *reader, int scenario, int replication,
                     const ent_places_t *places, double *values, size_t stride, ent_context_t *ctx)
{
    const ent_ensemble_t *e = reader->ensemble;
    parts_t parts;
    int missing = 0;
    const int code = read_parts(outcome, reader, scenario, replication, &parts, &missing, ctx);
    const question_t question = question_of(reader, outcome, places);
    for (int t = 0; t < e->n_time; t++) {
        const ent_period_t step = ent_period_steps(t, 1);
        values[(size_t)t * stride] =
            code == ENT_OK && !missing ? value_of(&question, &parts, places->sector, &step) : NAN;
    }
    return code;
}
