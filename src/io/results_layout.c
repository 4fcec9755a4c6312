/* What a results file holds and how it is laid out: dimensions, coordinates, benchmark references, fields. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "io/results_file.h"
#include "io/results_internal.h"

#include <hdf5_hl.h>
#include <stdlib.h>
#include <string.h>

/* A chunk is one scenario of one replication over the whole time; longer ones are cut along time. */
static const size_t largest_chunk = (size_t)32 << 20; /* bytes */

/* A variable whose values are known, or written later through its kept identifier. */
typedef struct {
    const char *name;
    ent_written_kind_t kind;
    int rank;
    ent_dimension_t axes[ENT_MAX_RANK];
    const char *units;
    const char *long_name;
} variable_t;

static int has_values(const ent_results_t *results, int rank, const ent_dimension_t *axes)
{
    for (int i = 0; i < rank; i++)
        if (results->length[axes[i]] == 0)
            return 0;
    return 1;
}

static int attach_axes(const ent_results_t *results, hid_t dataset, int rank, const ent_dimension_t *axes)
{
    for (int i = 0; i < rank; i++)
        if (H5DSattach_scale(dataset, results->scale[axes[i]], (unsigned)i) < 0)
            return -1;
    return 0;
}

/* Create a variable and write `values` (NULL: later). *kept (may be NULL) receives the open data set. Nothing
 * is made when one of its dimensions is empty: netCDF has no dimension of length zero. */
static int add_variable(ent_results_t *results, const variable_t *v, const void *values, hid_t *kept)
{
    hsize_t shape[ENT_MAX_RANK], n = 1;
    const ent_hdf5_array_t array = {v->name, v->kind, v->rank, shape, NULL, ENT_HDF5_WHEN_WRITTEN};
    if (!has_values(results, v->rank, v->axes))
        return 0;
    for (int i = 0; i < v->rank; i++)
        n *= shape[i] = results->length[v->axes[i]];
    hid_t dataset = ent_hdf5_create_array(results->file, &array);
    const int is_scale = v->rank == 1 && kept == &results->scale[v->axes[0]];
    int rc = dataset < 0 || (values != NULL && ent_hdf5_write(dataset, v->kind, values) != 0) ||
                     ent_written_add(&results->values, v->name, v->kind, 0, n, values, results->ctx) != 0 ||
                     (is_scale ? H5DSset_scale(dataset, v->name) < 0
                               : attach_axes(results, dataset, v->rank, v->axes) != 0) ||
                     (v->kind == ENT_WRITTEN_REALS && ent_hdf5_fill_attribute(dataset, v->kind) != 0) ||
                     ent_hdf5_describe(dataset, v->units, v->long_name) != 0
                 ? -1
                 : 0;
    if (rc == 0 && kept != NULL) {
        *kept = dataset;
        dataset = -1;
    }
    return ent_hdf5_close(&dataset) != 0 ? -1 : rc;
}

int ent_results_add_names(ent_results_t *results, ent_dimension_t axis, const char *name,
                          const char *long_name, char *const *values)
{
    const variable_t variable = {name, ENT_WRITTEN_TEXTS, 1, {axis}, "1", long_name};
    return add_variable(results, &variable, values, results->scale[axis] < 0 ? &results->scale[axis] : NULL);
}

int ent_results_add_reals(ent_results_t *results, int rank, const ent_dimension_t *axes, const char *name,
                          const char *units, const char *long_name, const double *values)
{
    variable_t variable = {name, ENT_WRITTEN_REALS, rank, {0}, units, long_name};
    for (int i = 0; i < rank; i++)
        variable.axes[i] = axes[i];
    return add_variable(results, &variable, values, NULL);
}

/* ---- names ---- */

static void free_names(char **names, size_t n)
{
    for (size_t i = 0; names != NULL && i < n; i++)
        free(names[i]);
    free(names);
}

static char **flow_names(const ent_config_t *config)
{
    size_t n = (size_t)config->n_flows;
    char **names = calloc(n + 1, sizeof *names);
    if (names == NULL)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        const char *origin = config->region[config->flows[i].origin];
        const char *destination = config->region[config->flows[i].destination];
        size_t length = strlen(origin) + strlen(destination) + 2;
        names[i] = malloc(length);
        if (names[i] == NULL) {
            free_names(names, n);
            return NULL;
        }
        snprintf(names[i], length, "%s-%s", origin, destination);
    }
    return names;
}

static int add_flow_coordinates(ent_results_t *results, const ent_config_t *config)
{
    static const variable_t flow = {
        "flow", ENT_WRITTEN_TEXTS, 1, {ENT_DIM_FLOW}, "1", "Recorded flow, origin-destination"};
    static const variable_t origin = {"flow_origin", ENT_WRITTEN_TEXTS,   1, {ENT_DIM_FLOW},
                                      "1",           "Origin of the flow"};
    static const variable_t destination = {
        "flow_destination", ENT_WRITTEN_TEXTS, 1, {ENT_DIM_FLOW}, "1", "Destination of the flow"};
    size_t n = (size_t)config->n_flows;
    int rc = -1;
    char **names = flow_names(config);
    const char **ends = malloc((2 * n + 1) * sizeof *ends);

    if (names == NULL || ends == NULL)
        goto out;
    for (size_t i = 0; i < n; i++) {
        ends[i] = config->region[config->flows[i].origin];
        ends[n + i] = config->region[config->flows[i].destination];
    }
    if (add_variable(results, &flow, names, &results->scale[ENT_DIM_FLOW]) == 0 &&
        add_variable(results, &origin, ends, NULL) == 0 &&
        add_variable(results, &destination, ends + n, NULL) == 0)
        rc = 0;
out:
    free(ends);
    free_names(names, n);
    return rc;
}

static const char *draw_unit(const ent_draw_t *draw)
{
    switch (draw->kind) {
    case ENT_DRAW_PARAMETER:
        return draw->scale ? "factor" : draw->parameter->unit;
    case ENT_DRAW_ELASTICITY_SET:
        return "index of the elasticity set";
    case ENT_DRAW_BELIEF:
        return "logit";
    case ENT_DRAW_MEASURE_DATE:
        return "days";
    }
    return "1";
}

static int add_draws(ent_results_t *results, const ent_config_t *config)
{
    static const variable_t name = {
        "draw", ENT_WRITTEN_TEXTS, 1, {ENT_DIM_DRAW}, "1", "What was drawn for each world"};
    static const variable_t unit = {"draw_unit", ENT_WRITTEN_TEXTS,  1, {ENT_DIM_DRAW},
                                    "1",         "Unit of each draw"};
    static const variable_t draws = {"draws",
                                     ENT_WRITTEN_REALS,
                                     2,
                                     {ENT_DIM_REPLICATION, ENT_DIM_DRAW},
                                     "as said by draw_unit",
                                     "Values drawn for the world of each replication"};
    size_t n = results->length[ENT_DIM_DRAW];
    int rc = -1;
    const char **names = malloc((2 * n + 1) * sizeof *names);

    if (names == NULL)
        return -1;
    for (size_t i = 0; i < n; i++) {
        int is_draw = i < (size_t)config->n_draws;
        names[i] = is_draw ? config->draws[i].name : config->shocks[i - (size_t)config->n_draws].name;
        names[n + i] = is_draw ? draw_unit(&config->draws[i]) : "log change";
    }
    if (add_variable(results, &name, names, &results->scale[ENT_DIM_DRAW]) == 0 &&
        add_variable(results, &unit, names + n, NULL) == 0 &&
        add_variable(results, &draws, NULL, &results->draws) == 0)
        rc = 0;
    free(names);
    return rc;
}

/* ---- the other coordinates ---- */

static int add_time(ent_results_t *results, const ent_config_t *config)
{
    static const variable_t bound = {"bound", ENT_WRITTEN_TEXTS,           1, {ENT_DIM_BOUND},
                                     "1",     "First day, first day after"};
    static const variable_t time = {"time",         ENT_WRITTEN_INTEGERS,    1,
                                    {ENT_DIM_TIME}, "days since 2025-01-01", "First day of the step"};
    static const variable_t bounds = {"time_bounds",
                                      ENT_WRITTEN_INTEGERS,
                                      2,
                                      {ENT_DIM_TIME, ENT_DIM_BOUND},
                                      "days since 2025-01-01",
                                      "First day of the step and first day after it"};
    static const char *const bound_names[] = {"begin", "end"};
    const ent_day_t epoch = ent_day_of(2025, 1, 1);
    size_t n = (size_t)config->n_steps;
    int rc = -1;
    int *days = malloc((3 * n + 1) * sizeof *days);

    if (days == NULL)
        return -1;
    for (size_t i = 0; i < n; i++) {
        days[i] = ent_step_begin(&config->calendar, (int)i) - epoch;
        days[n + 2 * i] = days[i];
        days[n + 2 * i + 1] = ent_step_begin(&config->calendar, (int)i + 1) - epoch;
    }
    if (add_variable(results, &bound, bound_names, &results->scale[ENT_DIM_BOUND]) == 0 &&
        add_variable(results, &time, days, &results->scale[ENT_DIM_TIME]) == 0 &&
        ent_hdf5_text_attribute(results->scale[ENT_DIM_TIME], "calendar", "proleptic_gregorian") == 0 &&
        ent_hdf5_text_attribute(results->scale[ENT_DIM_TIME], "bounds", "time_bounds") == 0 &&
        ent_hdf5_text_attribute(results->scale[ENT_DIM_TIME], "standard_name", "time") == 0 &&
        add_variable(results, &bounds, days + n, NULL) == 0)
        rc = 0;
    free(days);
    return rc;
}

static int add_replications(ent_results_t *results, const ent_config_t *config)
{
    static const variable_t replication = {
        "replication", ENT_WRITTEN_INTEGERS, 1, {ENT_DIM_REPLICATION}, "1", "Number of the replication"};
    static const variable_t world = {"world", ENT_WRITTEN_INTEGERS,         1, {ENT_DIM_REPLICATION},
                                     "1",     "World the replication plays"};
    static const variable_t chance = {
        "chance", ENT_WRITTEN_INTEGERS,
        1,        {ENT_DIM_REPLICATION},
        "1",      "Which chance draws it plays with: 0 in every world, 1 where the world is repeated"};
    size_t n = (size_t)results->length[ENT_DIM_REPLICATION];
    int rc = -1;
    int *numbers = malloc((3 * n + 1) * sizeof *numbers);

    if (numbers == NULL)
        return -1;
    for (size_t i = 0; i < n; i++) {
        numbers[i] = (int)i;
        numbers[n + i] = ent_replication_world(config, (int)i);
        numbers[2 * n + i] = ent_replication_chance(config, (int)i);
    }
    if (add_variable(results, &replication, numbers, &results->scale[ENT_DIM_REPLICATION]) == 0 &&
        add_variable(results, &world, numbers + n, NULL) == 0 &&
        add_variable(results, &chance, numbers + 2 * n, NULL) == 0)
        rc = 0;
    free(numbers);
    return rc;
}

static int add_scenarios(ent_results_t *results, const ent_config_t *config)
{
    static const variable_t scenario = {"scenario", ENT_WRITTEN_TEXTS, 1, {ENT_DIM_SCENARIO},
                                        "1",        "Scenario played"};
    int rc = -1;
    const char **names = malloc(((size_t)config->n_scenarios + 1) * sizeof *names);

    if (names == NULL)
        return -1;
    for (int i = 0; i < config->n_scenarios; i++)
        names[i] = config->scenarios[i].name;
    rc = add_variable(results, &scenario, names, &results->scale[ENT_DIM_SCENARIO]);
    free(names);
    return rc;
}

static int add_classes(ent_results_t *results)
{
    static const variable_t class = {"firm_class",
                                     ENT_WRITTEN_TEXTS,
                                     1,
                                     {ENT_DIM_CLASS},
                                     "1",
                                     "Size class of exporters of the home region"};
    static const char *const names[] = ENT_CLASS_NAMES;
    return add_variable(results, &class, names, &results->scale[ENT_DIM_CLASS]);
}

static int add_places(ent_results_t *results, const ent_config_t *config, const ent_benchmark_t *benchmark)
{
    static const struct {
        variable_t variable;
        int is_sector, is_name;
    } places[] = {
        {{"sector", ENT_WRITTEN_TEXTS, 1, {ENT_DIM_SECTOR}, "1", "Sector"}, 1, 0},
        {{"region", ENT_WRITTEN_TEXTS, 1, {ENT_DIM_REGION}, "1", "Region"}, 0, 0},
        {{"origin", ENT_WRITTEN_TEXTS, 1, {ENT_DIM_ORIGIN}, "1", "Region of the producers"}, 0, 0},
        {{"destination", ENT_WRITTEN_TEXTS, 1, {ENT_DIM_DESTINATION}, "1", "Region of the market"}, 0, 0},
        {{"sector_name", ENT_WRITTEN_TEXTS, 1, {ENT_DIM_SECTOR}, "1", "Name of the sector"}, 1, 1},
        {{"region_name", ENT_WRITTEN_TEXTS, 1, {ENT_DIM_REGION}, "1", "Name of the region"}, 0, 1},
    };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char **names = places[i].is_sector ? config->sector : config->region;
        hid_t *kept = &results->scale[places[i].variable.axes[0]];
        if (places[i].is_name) {
            char **full = places[i].is_sector ? benchmark->sector_name : benchmark->region_name;
            names = full != NULL ? full : names;
            kept = NULL;
        }
        if (add_variable(results, &places[i].variable, names, kept) != 0)
            return -1;
    }
    return 0;
}

/* ---- benchmark references ---- */

/* The recorded flows' values of one [sector][origin][destination] array of the benchmark. */
static void gather_flows(const ent_config_t *config, const ent_benchmark_t *benchmark, const double *cells,
                         double *values)
{
    for (int s = 0; s < config->n_sector; s++)
        for (int f = 0; f < config->n_flows; f++)
            *values++ = cells[ent_cell(benchmark, s, config->flows[f].origin, config->flows[f].destination)];
}

/* Sales of every producer to all destinations at basic price. */
static void gather_revenue(const ent_config_t *config, const ent_benchmark_t *benchmark, double *values)
{
    for (int o = 0; o < config->n_region; o++)
        for (int s = 0; s < config->n_sector; s++) {
            double sum = 0.0;
            for (int d = 0; d < config->n_region; d++)
                sum += benchmark->flow[ent_cell(benchmark, s, o, d)];
            *values++ = sum;
        }
}

static int add_references(ent_results_t *results, const ent_config_t *config,
                          const ent_benchmark_t *benchmark)
{
    static const variable_t exports = {"benchmark_exports",
                                       ENT_WRITTEN_REALS,
                                       2,
                                       {ENT_DIM_SECTOR, ENT_DIM_FLOW},
                                       "million USD per year",
                                       "Exports at basic price in the benchmark"};
    static const variable_t tariff = {"benchmark_tariff",
                                      ENT_WRITTEN_REALS,
                                      2,
                                      {ENT_DIM_SECTOR, ENT_DIM_FLOW},
                                      "1",
                                      "Tariff applied in the benchmark, ad valorem fraction"};
    static const variable_t freight = {"benchmark_freight",
                                       ENT_WRITTEN_REALS,
                                       2,
                                       {ENT_DIM_SECTOR, ENT_DIM_FLOW},
                                       "1",
                                       "Freight in the benchmark, fraction of the basic price"};
    static const variable_t revenue = {"benchmark_revenue",
                                       ENT_WRITTEN_REALS,
                                       2,
                                       {ENT_DIM_ORIGIN, ENT_DIM_SECTOR},
                                       "million USD per year",
                                       "Producers' revenue in the benchmark, home included"};
    size_t n_flow_cells = (size_t)config->n_sector * (size_t)config->n_flows;
    size_t n_producers = (size_t)config->n_sector * (size_t)config->n_region;
    size_t n = n_flow_cells > n_producers ? n_flow_cells : n_producers;
    double *values = malloc((n + 1) * sizeof *values);
    int rc = -1;

    if (values == NULL)
        return -1;
    gather_flows(config, benchmark, benchmark->flow, values);
    if (add_variable(results, &exports, values, NULL) != 0)
        goto out;
    gather_flows(config, benchmark, benchmark->tariff, values);
    if (add_variable(results, &tariff, values, NULL) != 0)
        goto out;
    gather_flows(config, benchmark, benchmark->freight, values);
    if (add_variable(results, &freight, values, NULL) != 0)
        goto out;
    gather_revenue(config, benchmark, values);
    rc = add_variable(results, &revenue, values, NULL);
out:
    free(values);
    return rc;
}

/* ---- fields ---- */

int ent_results_axes(ent_shape_t shape, ent_dimension_t axes[2])
{
    switch (shape) {
    case ENT_SHAPE_FLOW:
        axes[0] = ENT_DIM_SECTOR;
        axes[1] = ENT_DIM_FLOW;
        return 2;
    case ENT_SHAPE_MARKET:
        axes[0] = ENT_DIM_DESTINATION;
        axes[1] = ENT_DIM_SECTOR;
        return 2;
    case ENT_SHAPE_PRODUCER:
        axes[0] = ENT_DIM_ORIGIN;
        axes[1] = ENT_DIM_SECTOR;
        return 2;
    case ENT_SHAPE_CLASS:
        axes[0] = ENT_DIM_CLASS;
        axes[1] = ENT_DIM_SECTOR;
        return 2;
    case ENT_SHAPE_REGION:
        break;
    }
    axes[0] = ENT_DIM_REGION;
    return 1;
}

static void chunks(int rank, const hsize_t *shape, hsize_t *chunk)
{
    size_t step_bytes = sizeof(float);
    chunk[0] = chunk[1] = 1;
    for (int i = 2; i < rank; i++)
        chunk[i] = shape[i];
    for (int i = 3; i < rank; i++)
        step_bytes *= (size_t)shape[i];
    while (chunk[2] > 1 && (size_t)chunk[2] * step_bytes > largest_chunk)
        chunk[2] = (chunk[2] + 1) / 2;
}

static int describe_field(hid_t dataset, const ent_field_t *field)
{
    static const char *const meaning[] = {[ENT_AGGREGATE_SUM] = "time: sum",
                                          [ENT_AGGREGATE_MEAN] = "time: mean",
                                          [ENT_AGGREGATE_LAST] = "time: point"};
    const char *coordinates =
        field->shape == ENT_SHAPE_FLOW ? "world chance flow_origin flow_destination" : "world chance";
    return ent_hdf5_fill_attribute(dataset, ENT_WRITTEN_FLOATS) == 0 &&
                   ent_hdf5_describe(dataset, field->unit, field->long_name) == 0 &&
                   ent_hdf5_text_attribute(dataset, "cell_methods", meaning[field->aggregate]) == 0 &&
                   ent_hdf5_text_attribute(dataset, "coordinates", coordinates) == 0
               ? 0
               : -1;
}

static int add_field(ent_results_t *results, const ent_field_t *field, hid_t *kept)
{
    ent_dimension_t axes[ENT_MAX_RANK] = {ENT_DIM_SCENARIO, ENT_DIM_REPLICATION, ENT_DIM_TIME};
    hsize_t shape[ENT_MAX_RANK], chunk[ENT_MAX_RANK];
    const int rank = 3 + ent_results_axes(field->shape, axes + 3);
    const ent_hdf5_array_t array = {field->name, ENT_WRITTEN_FLOATS,   rank, shape,
                                    chunk,       ENT_HDF5_WHEN_WRITTEN};
    if (!has_values(results, rank, axes))
        return 0;
    for (int i = 0; i < rank; i++)
        shape[i] = results->length[axes[i]];
    chunks(rank, shape, chunk);
    *kept = ent_hdf5_create_array(results->file, &array);
    return *kept < 0 || attach_axes(results, *kept, rank, axes) != 0 || describe_field(*kept, field) != 0 ? -1
                                                                                                          : 0;
}

/* ---- what only some runs have ---- */

const char *const ent_agreement_names[ENT_N_AGREEMENT] = {"deal_time", "conceded_first", "conceded_second",
                                                          "snapped_back"};

static int add_agreements(ent_results_t *results, const ent_config_t *config)
{
    static const char *const units[ENT_N_AGREEMENT] = {"days since 2025-01-01", "1", "1", "1"};
    static const char *const words[ENT_N_AGREEMENT] = {
        "Day of the deal of negotiated scenarios", "What the first side conceded",
        "What the second side conceded", "1: the deadline passed without a deal"};
    char sides[2 * 64 + 2];
    const ent_negotiation_t *n = &config->negotiation;
    if (!n->given)
        return 0;
    for (int i = 0; i < ENT_N_AGREEMENT; i++) {
        const variable_t variable = {ent_agreement_names[i],
                                     ENT_WRITTEN_REALS,
                                     2,
                                     {ENT_DIM_SCENARIO, ENT_DIM_REPLICATION},
                                     units[i],
                                     words[i]};
        if (add_variable(results, &variable, NULL, &results->agreement[i]) != 0)
            return -1;
    }
    snprintf(sides, sizeof sides, "%s|%s", config->region[n->side[0]], config->region[n->side[1]]);
    return ent_hdf5_text_attribute(results->file, "negotiation_sides", sides);
}

static int describe_file(hid_t file, const ent_config_t *config)
{
    const char *title = config->title != NULL ? config->title : "";
    return ent_hdf5_text_attribute(file, "Conventions", "CF-1.8") == 0 &&
                   ent_hdf5_text_attribute(file, "format", ENT_RESULTS_FORMAT) == 0 &&
                   ent_hdf5_integer_attribute(file, "format_version", ENT_RESULTS_FORMAT_VERSION) == 0 &&
                   ent_hdf5_text_attribute(file, "name", config->name != NULL ? config->name : "") == 0 &&
                   ent_hdf5_text_attribute(file, "title", title) == 0 &&
                   ent_hdf5_text_attribute(file, "home_region", config->region[config->home]) == 0 &&
                   ent_hdf5_integer_attribute(file, "steps_per_year", config->calendar.steps_per_year) == 0 &&
                   ent_hdf5_integer_attribute(file, "n_worlds", config->n_worlds) == 0 &&
                   ent_hdf5_integer_attribute(file, "n_repeats", config->n_repeats) == 0 &&
                   ent_hdf5_integer_attribute(file, "slots", config->n_slots) == 0
               ? 0
               : -1;
}

int ent_results_layout(ent_results_t *results, const ent_config_t *config, const ent_benchmark_t *benchmark)
{
    const ent_field_t *field = ent_field_table();

    if (describe_file(results->file, config) != 0 || add_scenarios(results, config) != 0 ||
        add_replications(results, config) != 0 || add_time(results, config) != 0 ||
        add_places(results, config, benchmark) != 0 || add_classes(results) != 0 ||
        add_flow_coordinates(results, config) != 0 || add_draws(results, config) != 0 ||
        add_references(results, config, benchmark) != 0 || add_agreements(results, config) != 0 ||
        ent_results_add_laws(results, config) != 0 ||
        (config->decomposition != NULL &&
         ent_hdf5_text_attribute(results->file, "decomposition", config->decomposition) != 0))
        return -1;
    for (int f = 0; f < ENT_N_FIELDS; f++)
        if (!config->not_recorded[f] && add_field(results, &field[f], &results->field[f]) != 0)
            return -1;
    return 0;
}

int ent_results_write_status(ent_results_t *results)
{
    static const variable_t status = {"replication_status",
                                      ENT_WRITTEN_BYTES,
                                      1,
                                      {ENT_DIM_REPLICATION},
                                      "1",
                                      "Whether every scenario of the replication is in the file"};
    static const signed char flag_values[] = {0, 1};
    size_t n_scenarios = (size_t)results->length[ENT_DIM_SCENARIO];
    size_t n = (size_t)results->length[ENT_DIM_REPLICATION];
    hid_t dataset = -1;
    signed char *whole = malloc(n + 1);

    if (whole == NULL)
        return -1;
    for (size_t r = 0; r < n; r++) {
        whole[r] = 1;
        for (size_t s = 0; s < n_scenarios; s++)
            if (!results->written[s * n + r])
                whole[r] = 0;
    }
    int rc = add_variable(results, &status, whole, &dataset) != 0 ||
                     ent_hdf5_bytes_attribute(dataset, "flag_values", 2, flag_values) != 0 ||
                     ent_hdf5_text_attribute(dataset, "flag_meanings", "missing whole") != 0
                 ? -1
                 : 0;
    if (ent_hdf5_close(&dataset) != 0)
        rc = -1;
    free(whole);
    return rc;
}
