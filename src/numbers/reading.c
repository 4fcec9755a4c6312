/* The library's own way to read results: a file or trajectories behind one handle. */
#include <entrepot/numbers.h>

#include "base/memory.h"
#include "numbers/paired.h"

#include <stdlib.h>
#include <string.h>

struct ent_reading {
    ent_results_file_t file; /* path NULL: in memory */
    ent_ensemble_t ensemble;
    ent_reader_t reader;
    char (*step)[16]; /* [n_time] first days */
};

/* ---- opening ---- */

static int finish(ent_reading_t *reading, ent_context_t *ctx)
{
    const ent_ensemble_t *e = &reading->ensemble;
    reading->step = ent_calloc(ctx, (size_t)e->n_time, sizeof *reading->step);
    for (int t = 0; reading->step != NULL && t < e->n_time; t++) {
        ent_day_format(e->begin[t], reading->step[t]);
    }
    return reading->step == NULL ? ENT_ERR_NO_MEMORY : ent_reader_init(&reading->reader, e, ctx);
}

static int hand_out(ent_reading_t *made, int code, ent_reading_t **reading)
{
    if (code != ENT_OK) {
        ent_reading_close(made);
        made = NULL;
    }
    *reading = made;
    return code;
}

int ent_reading_open(ent_reading_t **reading, const char *path, ent_context_t *ctx)
{
    ent_reading_t *made = ent_calloc(ctx, 1, sizeof *made);
    int code = made == NULL ? ENT_ERR_NO_MEMORY : ent_results_file_open(&made->file, path, ctx);
    if (code == ENT_OK) {
        ent_ensemble_from_file(&made->ensemble, &made->file);
        code = finish(made, ctx);
    }
    return hand_out(made, code, reading);
}

int ent_reading_from_config(ent_reading_t **reading, const ent_config_t *config, ent_context_t *ctx)
{
    ent_reading_t *made = ent_calloc(ctx, 1, sizeof *made);
    int code = made == NULL ? ENT_ERR_NO_MEMORY : ent_ensemble_from_config(&made->ensemble, config, ctx);
    if (code == ENT_OK) {
        code = finish(made, ctx);
    }
    return hand_out(made, code, reading);
}

/* A question to nobody is an error of the caller's. */
static int need(const ent_reading_t *reading, ent_context_t *ctx)
{
    return reading != NULL
               ? ENT_OK
               : ent_fail(ctx, ENT_ERR_USAGE, "reading", "there is none: it was not opened, or is closed");
}

int ent_reading_hold(ent_reading_t *reading, int replication, const ent_trajectory_t *trajectories,
                     ent_context_t *ctx)
{
    if (reading == NULL) {
        return need(reading, ctx);
    }
    const ent_ensemble_t *e = &reading->ensemble;
    if (e->memory == NULL) {
        return ent_fail(ctx, ENT_ERR_USAGE, e->path, "a results file holds its own trajectories");
    }
    if (replication < 0 || replication >= e->n_replication) {
        return ent_fail(ctx, ENT_ERR_USAGE, e->path, "replication %d is not one of its %d", replication,
                        e->n_replication);
    }
    ent_ensemble_hold(&reading->ensemble, replication, trajectories);
    return ENT_OK;
}

void ent_reading_close(ent_reading_t *reading)
{
    if (reading == NULL) {
        return;
    }
    ent_reader_free(&reading->reader);
    ent_ensemble_free(&reading->ensemble);
    ent_results_file_close(&reading->file);
    free(reading->step);
    free(reading);
}

/* ---- labels ---- */

int ent_reading_count(const ent_reading_t *reading, ent_label_kind_t kind)
{
    const ent_ensemble_t *e = &reading->ensemble;
    switch (kind) {
    case ENT_LABEL_SCENARIO:
        return e->n_scenario;
    case ENT_LABEL_REGION:
        return e->n_region;
    case ENT_LABEL_SECTOR:
        return e->n_sector;
    case ENT_LABEL_FLOW:
        return e->n_flow;
    case ENT_LABEL_STEP:
        return e->n_time;
    case ENT_LABEL_OUTCOME:
        return ent_outcome_count();
    }
    return 0;
}

const char *ent_reading_label(const ent_reading_t *reading, ent_label_kind_t kind, int index)
{
    const ent_ensemble_t *e = &reading->ensemble;
    if (index < 0 || index >= ent_reading_count(reading, kind)) {
        return NULL;
    }
    switch (kind) {
    case ENT_LABEL_SCENARIO:
        return e->scenario[index];
    case ENT_LABEL_REGION:
        return e->region[index];
    case ENT_LABEL_SECTOR:
        return e->sector[index];
    case ENT_LABEL_FLOW:
        return e->flow[index];
    case ENT_LABEL_STEP:
        return reading->step[index];
    case ENT_LABEL_OUTCOME:
        return ent_outcome(index)->name;
    }
    return NULL;
}

int ent_reading_replications(const ent_reading_t *reading)
{
    return reading->ensemble.n_replication;
}

int ent_reading_world(const ent_reading_t *reading, int replication)
{
    return reading->ensemble.world[replication];
}

int ent_reading_chance(const ent_reading_t *reading, int replication)
{
    return reading->ensemble.chance[replication];
}

int ent_reading_is_whole(const ent_reading_t *reading, int replication)
{
    return reading->ensemble.whole[replication] == 1;
}

/* ---- values ---- */

/* A question of an older library is shorter: what it lacks is 0. */
static int bind_query(const ent_reading_t *reading, const ent_query_t *query, ent_number_t *number,
                      ent_context_t *ctx)
{
    const char *path = reading->ensemble.path, *nearest = NULL;
    ent_query_t whole = {0};
    memcpy(&whole, query, query->size < sizeof whole ? query->size : sizeof whole);
    if (query->size < offsetof(ent_query_t, period) || whole.outcome == NULL) {
        return ent_fail(ctx, ENT_ERR_USAGE, path, "a query has its size and the name of an outcome");
    }
    const int outcome = ent_outcome_find(whole.outcome, &nearest);
    if (outcome < 0) {
        return ent_fault(ctx, ENT_ERR_USAGE, path, 0, 0, "outcome", whole.outcome, nearest,
                         "is no outcome and no recorded quantity");
    }
    const ent_value_query_t names = {.outcome = outcome,
                                     .period = whole.period != NULL ? whole.period : "year1",
                                     .scenario = whole.scenario,
                                     .base = whole.base,
                                     .origin = whole.origin,
                                     .partner = whole.partner,
                                     .sector = whole.sector,
                                     .relative = whole.relative};
    return ent_number_bind(number, &names, &reading->ensemble, ctx);
}

int ent_reading_values(ent_reading_t *reading, const ent_query_t *query, double *values, ent_context_t *ctx)
{
    ent_number_t number;
    int code = need(reading, ctx);
    code = code != ENT_OK ? code : bind_query(reading, query, &number, ctx);
    for (int r = 0; code == ENT_OK && r < reading->ensemble.n_replication; r++) {
        code = ent_number_value(&number, &reading->reader, r, &values[r], ctx);
    }
    return code;
}

int ent_reading_value(ent_reading_t *reading, const ent_query_t *query, int replication, double *value,
                      ent_context_t *ctx)
{
    ent_number_t number;
    int code = need(reading, ctx);
    code = code != ENT_OK ? code : bind_query(reading, query, &number, ctx);
    return code == ENT_OK ? ent_number_value(&number, &reading->reader, replication, value, ctx) : code;
}

const char *ent_reading_unit(const ent_reading_t *reading, const char *outcome)
{
    const int id = ent_outcome_find(outcome, NULL);
    (void)reading;
    return id < 0 ? NULL : ent_outcome(id)->unit;
}

int ent_reading_field(ent_reading_t *reading, const char *field, int scenario, int replication,
                      const float **values, ent_context_t *ctx)
{
    *values = NULL;
    if (reading == NULL) {
        return need(reading, ctx);
    }
    const ent_ensemble_t *e = &reading->ensemble;
    const char *names[ENT_N_FIELDS];
    if (scenario < 0 || scenario >= e->n_scenario || replication < 0 || replication >= e->n_replication) {
        return ent_fail(ctx, ENT_ERR_USAGE, e->path, "there is no scenario %d with a replication %d",
                        scenario, replication);
    }
    for (int f = 0; f < ENT_N_FIELDS; f++) {
        names[f] = ent_field_table()[f].name;
        if (strcmp(names[f], field) == 0) {
            return ent_reader_field(&reading->reader, (ent_field_id_t)f, scenario, replication, values, ctx);
        }
    }
    return ent_fault(ctx, ENT_ERR_USAGE, e->path, 0, 0, "field", field,
                     ent_nearest(field, names, ENT_N_FIELDS), "is no recorded quantity");
}

int ent_reading_summary(const ent_reading_t *reading, const double *values, double level,
                        ent_summary_t *summary, ent_context_t *ctx)
{
    if (reading == NULL) {
        return need(reading, ctx);
    }
    double *scratch = ent_calloc(ctx, (size_t)reading->ensemble.n_replication, sizeof *scratch);
    ent_estimate_t estimate;
    if (scratch == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    ent_estimate_number(&reading->ensemble, values, level, scratch, &estimate);
    *summary = (ent_summary_t){estimate.n_worlds,        estimate.mean, estimate.error,
                               estimate.numerical_error, estimate.low,  estimate.high};
    free(scratch);
    return ENT_OK;
}
