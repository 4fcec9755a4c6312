#include "io/results_laws.h"

#include "base/memory.h"
#include "engine/model.h"
#include "io/results_internal.h"
#include "policy/schedule_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const ent_config_t *config;
    const ent_benchmark_t *benchmark;
    ent_laws_t *laws;
    double *part; /* [n_steps][n_measures + 1] of the cell at hand */
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

/* ENT_ERR_NO_MEMORY: a rate could not be looked up. */
static int fill_sector(builder_t *b, int scenario, int levied, int sector)
{
    const ent_config_t *config = b->config;
    const ent_laws_t *laws = b->laws;
    const ent_flow_t *ends = &config->flows[laws->flow[levied]];
    const size_t M = (size_t)config->n_measures, n = (size_t)laws->n_laws;
    const int code = ent_rate_parts_of_steps(
        config, b->benchmark, config->scenarios[scenario].regime, ends->origin, ends->destination, sector,
        ent_model_lag(config, ends->origin, ends->destination, sector), config->n_steps, b->part);
    for (size_t t = 0; code == 0 && t < (size_t)config->n_steps; t++) {
        const size_t row =
            (((size_t)scenario * (size_t)config->n_steps + t) * (size_t)laws->n_levied + (size_t)levied) *
                (size_t)config->n_sector +
            (size_t)sector;
        for (size_t i = 0; i < n; i++) {
            const size_t part = laws->measure[i] < 0 ? M : (size_t)laws->measure[i];
            laws->rate[row * n + i] = b->part[t * (M + 1) + part];
        }
    }
    return code;
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
    b->part = ent_calloc(ctx, ((size_t)config->n_measures + 1) * (size_t)config->n_steps, sizeof *b->part);
    laws->rate = ent_calloc(ctx, n_rows * (size_t)laws->n_laws, sizeof *laws->rate);
    if (b->part == NULL || laws->rate == NULL)
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
    free(b.part);
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
