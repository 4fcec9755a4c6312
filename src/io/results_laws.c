#include "io/results_laws.h"

#include "base/memory.h"
#include "engine/model.h"
#include "io/results_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Days around a date on which rates are looked up anew: loading dates fall between days. */
enum { AROUND = 3 };

typedef struct {
    const ent_config_t *config;
    const ent_benchmark_t *benchmark;
    ent_laws_t *laws;
    ent_day_t first, last;  /* first day, first day after the run */
    unsigned char *changes; /* [last - first] 1: the rate may differ from the day before */
    ent_rate_part_t *parts; /* [n_measures + 1] */
    double *today;          /* [n_laws] */
} builder_t;

/* Whether a measure can bear on exports of home into a region. */
static int concerns_home(const ent_config_t *config, const ent_measure_t *measure, int importer)
{
    return measure->importer == importer && measure->rate != NULL && !isnan(measure->rate[config->home]);
}

static int find_levied(builder_t *b, ent_context_t *ctx)
{
    const ent_config_t *config = b->config;
    ent_laws_t *laws = b->laws;
    laws->flow = ent_calloc(ctx, (size_t)config->n_flows + 1, sizeof *laws->flow);
    laws->measure = ent_calloc(ctx, (size_t)config->n_measures + 1, sizeof *laws->measure);
    if (laws->flow == NULL || laws->measure == NULL)
        return ENT_ERR_NO_MEMORY;
    for (int f = 0; f < config->n_flows; f++) {
        const int importer = config->flows[f].destination;
        int levied = 0;
        for (int m = 0; m < config->n_measures && config->flows[f].origin == config->home; m++)
            levied |= importer != config->home && concerns_home(config, &config->measures[m], importer);
        if (levied)
            laws->flow[laws->n_levied++] = f;
    }
    if (laws->n_levied == 0)
        return 0;
    laws->measure[laws->n_laws++] = -1;
    for (int m = 0; m < config->n_measures; m++) {
        int bears = 0;
        for (int i = 0; i < laws->n_levied; i++)
            bears |= concerns_home(config, &config->measures[m], config->flows[laws->flow[i]].destination);
        if (bears)
            laws->measure[laws->n_laws++] = m;
    }
    return 0;
}

static void mark(builder_t *b, ent_day_t day)
{
    if (day == ENT_DAY_NEVER || day == ENT_DAY_ALWAYS)
        return;
    for (long d = (long)day - AROUND; d <= (long)day + AROUND; d++)
        if (d >= b->first && d < b->last)
            b->changes[d - b->first] = 1;
}

/* Goods owe by their loading date a lag later; steps differ in length by a few days at most. */
static ent_day_t later(const ent_config_t *config, ent_day_t day, int lag)
{
    const int step = ent_step_of_day(&config->calendar, day);
    return day + ent_step_begin(&config->calendar, step + lag) - ent_step_begin(&config->calendar, step);
}

static void mark_changes(builder_t *b, int lag)
{
    const ent_config_t *config = b->config;
    memset(b->changes, 0, (size_t)(b->last - b->first));
    b->changes[0] = 1;
    for (int m = 0; m < config->n_measures; m++) {
        const ent_measure_t *measure = &config->measures[m];
        const ent_day_t dates[] = {measure->effective, measure->end, measure->retroactive_to};
        for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
            mark(b, dates[i]);
            if (dates[i] != ENT_DAY_NEVER && dates[i] != ENT_DAY_ALWAYS)
                mark(b, later(config, dates[i], lag));
        }
    }
}

/* The day goods that arrive on a day were loaded: at the same share of a step, a lag before. */
static ent_day_t loaded_on(const ent_config_t *config, ent_day_t arrived, int step, int lag)
{
    const ent_calendar_t *calendar = &config->calendar;
    const ent_day_t begin = ent_step_begin(calendar, step), before = ent_step_begin(calendar, step - lag);
    const double share = (arrived - begin + 0.5) / (ent_step_begin(calendar, step + 1) - begin);
    return before + (ent_day_t)floor(share * (ent_step_begin(calendar, step - lag + 1) - before));
}

static int law_of(const ent_laws_t *laws, int measure)
{
    for (int i = 1; i < laws->n_laws; i++)
        if (laws->measure[i] == measure)
            return i;
    return 0;
}

static void look_up(const builder_t *b, int regime, int flow, int sector, ent_day_t arrived, ent_day_t loaded)
{
    const ent_flow_t *ends = &b->config->flows[flow];
    int n_parts = 0;
    double sum = 0.0;
    const double rate = ent_rate_on_day(b->config, b->benchmark, regime, ends->origin, ends->destination,
                                        sector, arrived, loaded, ENT_DAY_NEVER, NULL, b->parts, &n_parts);
    for (int i = 0; i < b->laws->n_laws; i++)
        b->today[i] = 0.0;
    for (int i = 0; i < n_parts; i++) {
        b->today[law_of(b->laws, b->parts[i].measure)] += b->parts[i].effective;
        sum += b->parts[i].effective;
    }
    b->today[0] += rate - sum;
}

/* ENT_ERR_NO_MEMORY: a rate could not be had. */
static int fill_sector(builder_t *b, int scenario, int levied, int sector)
{
    const ent_config_t *config = b->config;
    const ent_laws_t *laws = b->laws;
    const int flow = laws->flow[levied];
    const int lag = ent_model_lag(config, config->home, config->flows[flow].destination, sector);
    mark_changes(b, lag);
    for (int t = 0; t < config->n_steps; t++) {
        const ent_day_t begin = ent_step_begin(&config->calendar, t),
                        end = ent_step_begin(&config->calendar, t + 1);
        const size_t row =
            (((size_t)scenario * (size_t)config->n_steps + (size_t)t) * (size_t)laws->n_levied +
             (size_t)levied) *
                (size_t)config->n_sector +
            (size_t)sector;
        for (ent_day_t day = begin; day < end; day++) {
            if (b->changes[day - b->first])
                look_up(b, config->scenarios[scenario].regime, flow, sector, day,
                        loaded_on(config, day, t, lag));
            if (isnan(b->today[0]))
                return ENT_ERR_NO_MEMORY;
            for (int i = 0; i < laws->n_laws; i++)
                laws->rate[row * (size_t)laws->n_laws + (size_t)i] += b->today[i] / (end - begin);
        }
    }
    return 0;
}

/* Measures that never add anything (exemptions, threats, other sectors' law) are left out. */
static void drop_idle(ent_laws_t *laws, size_t n_rows)
{
    int kept = 1, n = laws->n_laws;
    for (int i = 1; i < n; i++) {
        double most = 0.0;
        for (size_t r = 0; r < n_rows; r++)
            most = fmax(most, fabs(laws->rate[r * (size_t)n + (size_t)i]));
        if (most > 0.0) {
            for (size_t r = 0; r < n_rows; r++)
                laws->rate[r * (size_t)n + (size_t)kept] = laws->rate[r * (size_t)n + (size_t)i];
            laws->measure[kept++] = laws->measure[i];
        }
    }
    for (size_t r = 0; r < n_rows; r++)
        memmove(&laws->rate[r * (size_t)kept], &laws->rate[r * (size_t)n], (size_t)kept * sizeof *laws->rate);
    laws->n_laws = kept;
}

static int fill(builder_t *b, ent_context_t *ctx)
{
    const ent_config_t *config = b->config;
    ent_laws_t *laws = b->laws;
    const size_t n_rows = (size_t)config->n_scenarios * (size_t)config->n_steps * (size_t)laws->n_levied *
                          (size_t)config->n_sector;
    b->first = ent_step_begin(&config->calendar, 0);
    b->last = ent_step_begin(&config->calendar, config->n_steps);
    b->changes = ent_calloc(ctx, (size_t)(b->last - b->first) + 1, 1);
    b->parts = ent_calloc(ctx, (size_t)config->n_measures + 1, sizeof *b->parts);
    b->today = ent_calloc(ctx, (size_t)laws->n_laws, sizeof *b->today);
    laws->rate = ent_calloc(ctx, n_rows * (size_t)laws->n_laws, sizeof *laws->rate);
    if (b->changes == NULL || b->parts == NULL || b->today == NULL || laws->rate == NULL)
        return ENT_ERR_NO_MEMORY;
    for (int scenario = 0; scenario < config->n_scenarios; scenario++)
        for (int i = 0; i < laws->n_levied; i++)
            for (int s = 0; s < config->n_sector; s++)
                if (fill_sector(b, scenario, i, s) != 0)
                    return ent_fail(ctx, ENT_ERR_NO_MEMORY, "laws", "no memory to look up a duty rate");
    drop_idle(laws, n_rows);
    return 0;
}

int ent_laws_init(ent_laws_t *laws, const ent_config_t *config, const ent_benchmark_t *benchmark,
                  ent_context_t *ctx)
{
    builder_t b = {.config = config, .benchmark = benchmark, .laws = laws};
    *laws = (ent_laws_t){0};
    int rc = find_levied(&b, ctx);
    if (rc == 0 && laws->n_levied > 0 && config->n_steps > 0)
        rc = fill(&b, ctx);
    free(b.changes);
    free(b.parts);
    free(b.today);
    if (rc != 0)
        ent_laws_free(laws);
    return rc;
}

void ent_laws_free(ent_laws_t *laws)
{
    free(laws->measure);
    free(laws->flow);
    free(laws->rate);
    *laws = (ent_laws_t){0};
}

/* ---- into the file ---- */

static char **strings(size_t n)
{
    return calloc(n + 1, sizeof(char *));
}

static int add_coordinates(ent_results_t *results, const ent_config_t *config)
{
    const ent_laws_t *laws = &results->laws;
    const size_t n = (size_t)laws->n_laws, n_levied = (size_t)laws->n_levied;
    char **ids = strings(n), **references = strings(n), **flows = strings(n_levied);
    int rc = ids == NULL || references == NULL || flows == NULL ? -1 : 0;
    for (size_t i = 0; i < n && rc == 0; i++) {
        const ent_measure_t *measure = laws->measure[i] < 0 ? NULL : &config->measures[laws->measure[i]];
        ids[i] = measure == NULL ? "benchmark" : measure->id;
        references[i] = measure == NULL          ? "tariff of the benchmark"
                        : measure->legal == NULL ? ""
                                                 : measure->legal;
    }
    for (size_t i = 0; i < n_levied && rc == 0; i++) {
        const ent_flow_t *ends = &config->flows[laws->flow[i]];
        const size_t size =
            strlen(config->region[ends->origin]) + strlen(config->region[ends->destination]) + 2;
        flows[i] = malloc(size);
        if (flows[i] != NULL)
            snprintf(flows[i], size, "%s-%s", config->region[ends->origin],
                     config->region[ends->destination]);
        else
            rc = -1;
    }
    if (rc == 0)
        rc = ent_results_add_names(results, ENT_DIM_LAW, "law", "Measure that makes a part of a duty rate",
                                   ids);
    if (rc == 0)
        rc = ent_results_add_names(results, ENT_DIM_LAW, "law_reference", "Legal reference of the measure",
                                   references);
    if (rc == 0)
        rc = ent_results_add_names(results, ENT_DIM_LEVIED, "levied_flow",
                                   "Recorded flow of the home region on which measures levy duty", flows);
    for (size_t i = 0; flows != NULL && i < n_levied; i++)
        free(flows[i]);
    free(flows);
    free(references);
    free(ids);
    return rc;
}

int ent_results_add_laws(ent_results_t *results, const ent_config_t *config)
{
    static const ent_dimension_t axes[] = {ENT_DIM_SCENARIO, ENT_DIM_TIME, ENT_DIM_LEVIED, ENT_DIM_SECTOR,
                                           ENT_DIM_LAW};
    if (results->laws.n_laws == 0)
        return 0;
    if (add_coordinates(results, config) != 0)
        return -1;
    return ent_results_add_reals(
        results, 5, axes, "law_rate", "1",
        "Part of the duty rate on arrivals that a measure makes, by the dates of the "
        "scenario's regime, before quotas fill; parts add up to the rate",
        results->laws.rate);
}
