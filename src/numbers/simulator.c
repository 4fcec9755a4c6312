/* A source and a stage behind one handle, and a reading of what is being played. */
#include <entrepot/simulator.h>

#include "base/memory.h"
#include "run/stage.h"

#include <stdatomic.h>
#include <stdlib.h>

struct ent_simulator {
    atomic_flag busy; /* a thread works on it */
    ent_config_source_t source;
    ent_stage_t stage;
    ent_reading_t *reading; /* of the config that is set */
};

/* ---- opening ---- */

static int make(ent_simulator_t **simulator, ent_context_t *ctx)
{
    ent_simulator_t *made = *simulator = ent_calloc(ctx, 1, sizeof *made);
    if (made == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    atomic_flag_clear(&made->busy);
    ent_stage_init(&made->stage, &made->source);
    return 0;
}

/* Nothing is handed out where the config cannot be read. */
static int finish(ent_simulator_t **simulator, int code, ent_context_t *ctx)
{
    code = code == 0 ? ent_simulator_set(*simulator, 0, NULL, ctx) : code;
    if (code != 0) {
        ent_simulator_close(*simulator);
        *simulator = NULL;
    }
    return code;
}

int ent_simulator_open(ent_simulator_t **simulator, const char *path, ent_context_t *ctx)
{
    int code = make(simulator, ctx);
    code = code == 0 ? ent_config_source_open(&(*simulator)->source, path, ctx) : code;
    return finish(simulator, code, ctx);
}

int ent_simulator_parse(ent_simulator_t **simulator, const char *text, const char *name, ent_context_t *ctx)
{
    int code = make(simulator, ctx);
    code = code == 0 ? ent_config_source_parse(&(*simulator)->source, text, name, ctx) : code;
    return finish(simulator, code, ctx);
}

void ent_simulator_close(ent_simulator_t *simulator)
{
    if (simulator == NULL) {
        return;
    }
    ent_reading_close(simulator->reading);
    ent_stage_free(&simulator->stage);
    ent_config_source_free(&simulator->source);
    free(simulator);
}

/* ---- one thread at a time ---- */

static int begin(ent_simulator_t *simulator, ent_context_t *ctx)
{
    if (simulator == NULL) {
        return ent_fail(ctx, ENT_ERR_USAGE, "simulator", "there is none: it was not opened, or is closed");
    }
    if (atomic_flag_test_and_set(&simulator->busy)) {
        return ent_fail(ctx, ENT_ERR_USAGE, "simulator",
                        "is in use by another call: one thread at a time, and not from its own callback");
    }
    return 0;
}

static int end(ent_simulator_t *simulator, int code)
{
    atomic_flag_clear(&simulator->busy);
    return code;
}

int ent_simulator_set(ent_simulator_t *simulator, int n_settings, const ent_setting_t *settings,
                      ent_context_t *ctx)
{
    int code = begin(simulator, ctx);
    if (code != 0) {
        return code;
    }
    ent_reading_close(simulator->reading);
    simulator->reading = NULL;
    code = ent_stage_set(&simulator->stage, n_settings, settings, ctx);
    code = code == 0 ? ent_reading_from_config(&simulator->reading, simulator->stage.config, ctx) : code;
    return end(simulator, code);
}

ent_reading_t *ent_simulator_reading(ent_simulator_t *simulator)
{
    return simulator != NULL ? simulator->reading : NULL;
}

/* ---- playing ---- */

typedef struct {
    ent_reading_t *reading;
    ent_simulator_take_t take;
    void *data;
    int n_queries, n_replications;
    const ent_query_t *queries;
    double *values; /* [n_queries][n_replications] */
} taking_t;

static int take_replication(void *data, int replication, const ent_replication_t *played, ent_context_t *ctx)
{
    const taking_t *taking = data;
    int code = ent_reading_hold(taking->reading, replication, played->trajectory, ctx);
    for (int q = 0; code == 0 && q < taking->n_queries; q++) {
        double *value = &taking->values[(size_t)q * (size_t)taking->n_replications + (size_t)replication];
        code = ent_reading_value(taking->reading, &taking->queries[q], replication, value, ctx);
    }
    if (code == 0 && taking->take != NULL && taking->take(taking->data, taking->reading, replication) != 0) {
        code = ent_fail(ctx, ENT_ERR_STOPPED, "simulator", "stopped by its caller");
    }
    (void)ent_reading_hold(taking->reading, replication, NULL, ctx);
    return code;
}

int ent_simulator_ask(ent_simulator_t *simulator, int n_threads, int n_queries, const ent_query_t *queries,
                      double *values, ent_simulator_take_t take, void *data, ent_context_t *ctx)
{
    int code = begin(simulator, ctx);
    if (code != 0) {
        return code;
    }
    if (simulator->reading == NULL) {
        return end(simulator, ent_fail(ctx, ENT_ERR_USAGE, "simulator",
                                       "has no settings: the last ones were refused; set others first"));
    }
    const int n = ent_replication_count(simulator->stage.config);
    taking_t taking = {simulator->reading, take, data, n_queries, n, queries, values};
    return end(simulator, ent_stage_each(&simulator->stage, n_threads, 0, n, take_replication, &taking, ctx));
}

int ent_simulator_play(ent_simulator_t *simulator, int n_threads, ent_simulator_take_t take, void *data,
                       ent_context_t *ctx)
{
    return ent_simulator_ask(simulator, n_threads, 0, NULL, NULL, take, data, ctx);
}
