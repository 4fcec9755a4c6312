/* What the report shows, as one JSON object. */
#include "page/report.h"

#include "base/json_memory.h"
#include "base/memory.h"
#include "compare/compare.h"
#include "page/report_json.h"
#include "page/report_series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double fan_levels[] = {0.05, 0.25, 0.5, 0.75, 0.95};
static const double band_levels[] = {0.05, 0.5, 0.95};
enum { MAX_LEVELS = 5, FAN_DIGITS = 5 };

/* What is kept of a measure over time: quantiles at levels, or without levels the mean. */
typedef struct {
    ent_report_measure_id_t measure;
    const double *levels;
    int n_levels;
    int paired; /* 1: change and difference too */
} shown_t;

static const shown_t shown[] = {
    {ENT_REPORT_EXPORTS, fan_levels, 5, 1}, {ENT_REPORT_QUANTITY, fan_levels, 5, 1},
    {ENT_REPORT_PRICE, fan_levels, 5, 1},   {ENT_REPORT_TARIFF, band_levels, 3, 0},
    {ENT_REPORT_STOCK, band_levels, 3, 0},  {ENT_REPORT_RETAIL, band_levels, 3, 0},
    {ENT_REPORT_LANDED, band_levels, 3, 0}, {ENT_REPORT_DUTY, NULL, 1, 0},
    {ENT_REPORT_REFUND, NULL, 1, 0},
};

static const char *const view_names[ENT_N_VIEWS] = {"level", "change", "difference"};

/* Quantiles of one measure, view and scenario: [cell][level][time]. */
static json_t *paths_of(const ent_report_series_t *series, const shown_t *what, ent_view_t view, int scenario,
                        int base, double *work)
{
    json_t *cells = json_array();
    double quantile[MAX_LEVELS];
    for (int c = 0; c < series->n_cells; c++) {
        json_t *levels = json_array();
        for (int i = 0; i < what->n_levels; i++)
            json_array_append_new(levels, json_array());
        for (int t = 0; t < series->file->n_time; t++) {
            ent_report_worlds(series, what->measure, view, scenario, base, c, t, work);
            if (what->levels == NULL)
                quantile[0] = ent_report_mean(work, series->n_worlds);
            else
                ent_report_quantiles(work, series->n_worlds, what->levels, what->n_levels, quantile);
            for (int i = 0; i < what->n_levels; i++)
                json_array_append_new(json_array_get(levels, (size_t)i),
                                      ent_json_rounded(quantile[i], FAN_DIGITS));
        }
        json_array_append_new(cells, levels);
    }
    return cells;
}

/* {unit, fields, definition, levels, level: [scenario], change: [scenario or null], ...} */
static json_t *measure_json(const ent_report_series_t *series, const shown_t *what, int base, double *work)
{
    const ent_report_measure_t entry = ent_report_measure(what->measure);
    json_t *object = json_pack("{s:s, s:s, s:s, s:b}", "unit", entry.unit, "fields", entry.fields,
                               "definition", entry.definition, "flow", entry.flow);
    json_t *levels = json_array();
    for (int i = 0; i < what->n_levels && what->levels != NULL; i++)
        json_array_append_new(levels, json_real(what->levels[i]));
    json_object_set_new(object, "levels", levels);
    for (int view = 0; view < (what->paired ? ENT_N_VIEWS : 1); view++) {
        json_t *scenarios = json_array();
        for (int s = 0; s < series->file->n_scenario; s++)
            json_array_append_new(scenarios, view != ENT_VIEW_LEVEL && s == base
                                                 ? json_null()
                                                 : paths_of(series, what, (ent_view_t)view, s, base, work));
        json_object_set_new(object, view_names[view], scenarios);
    }
    return object;
}

static int add_measures(json_t *data, const ent_report_series_t *series, int base, ent_context_t *ctx)
{
    double *work = ent_calloc(ctx, (size_t)series->n_worlds, sizeof *work);
    json_t *measures = json_object();
    if (work == NULL) {
        json_decref(measures);
        return ENT_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        json_object_set_new(measures, ent_report_measure(shown[i].measure).name,
                            measure_json(series, &shown[i], base, work));
    free(work);
    return json_object_set_new(data, "measures", measures) == 0 ? 0 : ENT_ERR_NO_MEMORY;
}

/* Every scenario against the base: tables, and the headline's difference in every world. */
static int add_comparisons(json_t *data, const ent_report_series_t *series, const ent_comparison_t *first,
                           ent_context_t *ctx)
{
    const ent_results_file_t *file = series->file;
    json_t *list = json_array();
    int rc = json_object_set_new(data, "comparisons", list) == 0 ? 0 : ENT_ERR_NO_MEMORY;
    for (int s = 0; s < file->n_scenario && rc == 0; s++) {
        ent_comparison_t comparison = {0};
        ent_compare_options_t options = first->options;
        options.base = file->scenario[first->base];
        options.against = file->scenario[s];
        options.partner = file->region[first->partner]; /* one page, one partner */
        if (s == first->base)
            continue;
        rc = ent_compare(&comparison, file, &options, ctx);
        if (rc == 0)
            rc = ent_report_comparison(list, &comparison, series, ctx);
        ent_comparison_free(&comparison);
    }
    return rc;
}

static void add_places(json_t *data, const ent_results_file_t *file)
{
    json_t *cells = json_array(), *regions = json_array(), *scenarios = json_array();
    for (int s = 0; s < file->n_sector; s++)
        json_array_append_new(cells,
                              json_pack("{s:s, s:s}", "id", file->sector[s], "name", file->sector_name[s]));
    json_array_append_new(cells, json_pack("{s:s, s:s}", "id", "total", "name", "total"));
    for (int r = 0; r < file->n_region; r++)
        json_array_append_new(regions,
                              json_pack("{s:s, s:s}", "id", file->region[r], "name", file->region_name[r]));
    for (int s = 0; s < file->n_scenario; s++)
        json_array_append_new(scenarios, json_string(file->scenario[s]));
    json_object_set_new(data, "cells", cells);
    json_object_set_new(data, "regions", regions);
    json_object_set_new(data, "scenarios", scenarios);
}

static void add_times(json_t *data, const ent_results_file_t *file, const ent_comparison_t *comparison)
{
    char text[16];
    json_t *dates = json_array(), *periods = json_array();
    for (int t = 0; t < file->n_time; t++) {
        ent_day_format(file->begin[t], text);
        json_array_append_new(dates, json_string(text));
    }
    for (int p = 0; p < comparison->n_periods; p++) {
        const ent_period_t *period = &comparison->periods[p];
        char first[16], last[16];
        ent_day_format(file->begin[period->begin], first);
        ent_day_format(file->end[period->end - 1] - 1, last);
        json_array_append_new(periods,
                              json_pack("{s:s, s:s, s:s, s:i, s:i}", "key", period->key, "first", first,
                                        "last", last, "begin", period->begin, "end", period->end));
    }
    json_object_set_new(data, "dates", dates);
    json_object_set_new(data, "periods", periods);
}

static void add_run(json_t *data, const ent_report_series_t *series, const ent_comparison_t *comparison)
{
    const ent_results_file_t *file = series->file;
    int n_whole = 0;
    for (int r = 0; r < file->n_replication; r++)
        n_whole += file->whole[r];
    json_object_set_new(data, "run",
                        json_pack("{s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:I, s:i, s:i, s:i, s:i, s:f}", "name",
                                  file->name, "title", file->title, "worlds", file->n_worlds, "repeats",
                                  file->n_repeats, "replications", file->n_replication, "whole", n_whole,
                                  "shown", series->n_worlds, "slots", (json_int_t)file->n_slots,
                                  "steps_per_year", file->steps_per_year, "home", file->home, "partner",
                                  comparison->partner, "base", comparison->base, "level",
                                  comparison->options.level));
    json_object_set_new(data, "against", json_integer(comparison->against));
}

/* Units of everything a figure may name as its source, as the file has them. */
static int add_units(json_t *data, const ent_results_file_t *file, ent_context_t *ctx)
{
    static const char *const others[] = {"law_rate", "benchmark_exports", "benchmark_freight"};
    enum { N_OTHERS = sizeof others / sizeof others[0] };
    json_t *units = json_object();
    int rc = json_object_set_new(data, "units", units) == 0 ? 0 : ENT_ERR_NO_MEMORY;
    for (int i = 0; i < ENT_N_FIELDS + N_OTHERS && rc == 0; i++) {
        const char *name = i < ENT_N_FIELDS ? ent_field_table()[i].name : others[i - ENT_N_FIELDS];
        char *unit = NULL;
        rc = ent_results_file_units(file, name, &unit, ctx);
        if (unit != NULL)
            json_object_set_new(units, name, json_string(unit));
        free(unit);
    }
    return rc;
}

static int fill(json_t *data, const ent_results_file_t *file, const ent_comparison_t *comparison,
                ent_context_t *ctx)
{
    ent_report_series_t series;
    json_t *policies = NULL;
    int rc = ent_report_series_init(&series, file, comparison->partner, ctx);
    if (rc != 0)
        return rc;
    add_run(data, &series, comparison);
    add_places(data, file);
    add_times(data, file, comparison);
    rc = add_units(data, file, ctx);
    if (rc == 0)
        rc = add_measures(data, &series, comparison->base, ctx);
    if (rc == 0)
        rc = add_comparisons(data, &series, comparison, ctx);
    if (rc == 0)
        rc = ent_report_policies(&policies, file, file->region[comparison->partner], file->region[file->home],
                                 ctx);
    if (rc == 0)
        rc = json_object_set_new(data, "policies", policies) == 0 ? 0 : ENT_ERR_NO_MEMORY;
    if (rc == 0)
        rc = ent_report_laws(data, file, comparison->partner, ctx);
    if (rc == 0)
        rc = ent_report_draws(data, file, ctx);
    if (rc == 0)
        rc = ent_report_provenance(data, file, ctx);
    ent_report_series_free(&series);
    return rc;
}

int ent_report_data(json_t **data, const ent_results_file_t *file, const ent_report_options_t *options,
                    ent_context_t *ctx)
{
    ent_compare_options_t compare;
    ent_comparison_t comparison;
    *data = NULL;
    ent_compare_defaults(&compare);
    compare.periods = ENT_PERIOD_YEAR1 | ENT_PERIOD_YEARS | ENT_PERIOD_HORIZON;
    compare.base = options->base;
    compare.against = options->against;
    compare.partner = options->partner;
    int rc = ent_compare(&comparison, file, &compare, ctx);
    if (rc != 0)
        return rc;
    if (comparison.partner < 0)
        rc = ent_fail(ctx, ENT_ERR_USAGE, file->path, "a report is about one partner, not all");
    if (rc == 0 && !ent_ensemble_has(&comparison.ensemble, ENT_FIELD_exports))
        rc = ent_fail(ctx, ENT_ERR_USAGE, file->path,
                      "a report needs exports, which the config left out of record.fields");
    ent_json_watch();
    *data = json_object();
    if (rc == 0)
        rc = *data != NULL ? fill(*data, file, &comparison, ctx)
                           : ent_fail(ctx, ENT_ERR_NO_MEMORY, file->path, "no memory for a report");
    ent_comparison_free(&comparison);
    int short_of_memory = ent_json_check(ctx, file->path);
    rc = rc != 0 ? rc : short_of_memory;
    if (rc != 0) {
        json_decref(*data);
        *data = NULL;
    }
    return rc;
}
