/* What a study will take, and how fast one is played. */
#include "study/study.h"

#include "base/memory.h"

#include <entrepot/engine.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const double usual_cost = 2e-8;   /* seconds per slot update on one thread of a 2024 server */
static const double longest_trial = 1.0; /* seconds a point may be thought to take to be tried */
static const double entry_bytes = 80;    /* of a point beside its values: hash, place, state */
static const double part_bytes = 12288;  /* of a part's structure */
static const double part_seconds = 20, part_points = 256;
static const double window = 3600; /* seconds before the last part that tell the rate */
enum { MOST_PARTS = 1000 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Memory of this process, which holds the config and its benchmark as one that plays does; 0 when the system
 * does not say. */
static double resident(void)
{
    long all = 0, pages = 0;
    FILE *stream = fopen("/proc/self/statm", "r");
    if (stream != NULL) {
        if (fscanf(stream, "%ld %ld", &all, &pages) != 2) {
            pages = 0;
        }
        (void)fclose(stream);
    }
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* Seconds and memory of a point of the config with the fixed settings, by its size; without a config there is
 * nothing to know. */
static int estimate(const ent_study_t *study, ent_study_cost_t *cost, ent_context_t *ctx)
{
    ent_config_t config;
    ent_benchmark_t fine;
    ent_model_t *model = NULL;
    ent_plan_t size;
    if (study->model != ENT_STUDY_CONFIG) {
        cost->seconds = 0.0;
        return ENT_OK;
    }
    const double begin = now();
    int code = ent_config_read(&config, &fine, study->config, study->n_set, study->set, ctx);
    if (code != ENT_OK) {
        return code;
    }
    code = ent_model_init(&model, &config, &fine, ctx);
    if (code == ENT_OK) {
        ent_model_plan(model, &size);
        cost->seconds =
            now() - begin + usual_cost * size.slot_steps * (study->adaptive.outcome >= 0 ? 2.0 : 1.0);
        cost->memory = resident() + size.bytes_per_replication + size.result_bytes;
    }
    ent_model_free(model);
    ent_config_free(&config);
    ent_benchmark_free(&fine);
    return code;
}

/* The first point, played twice: the first time reads and lays out what the others share. A point that cannot
 * be played is no fault of the plan: it stays an estimate. */
static void play_first(const ent_plan_file_t *plan, ent_config_source_t *source, ent_study_cost_t *cost,
                       ent_context_t *own)
{
    const size_t size = (size_t)plan->n_replications * (size_t)plan->study.n_outcomes;
    double *x = ent_calloc(own, (size_t)plan->study.n_factors + 1, sizeof *x);
    double *values = ent_calloc(own, size, sizeof *values), begin = 0.0;
    ent_stage_t stage;
    ent_stage_init(&stage, source);
    int code = x == NULL || values == NULL ? ENT_ERR_NO_MEMORY : ent_plan_point(plan, 0, x, own);
    for (int trial = 0; code == ENT_OK && trial < 2; trial++) {
        begin = now();
        code = ent_point_play(&plan->study, x, &stage, 1, plan->n_replications, values, own);
    }
    if (code == ENT_OK) {
        cost->seconds = now() - begin;
        cost->is_measured = 1;
    }
    ent_stage_free(&stage);
    free(x);
    free(values);
}

static void try_point(const ent_plan_file_t *plan, ent_study_cost_t *cost)
{
    ent_config_source_t source = {0};
    ent_context_t own;
    ent_context_init(&own);
    const int code = plan->study.model == ENT_STUDY_CONFIG
                         ? ent_config_source_open(&source, plan->study.config, &own)
                         : ENT_OK;
    if (code == ENT_OK) {
        play_first(plan, &source, cost, &own);
    }
    ent_config_source_free(&source);
    ent_context_free(&own);
}

int ent_study_cost(const ent_plan_file_t *plan, ent_study_cost_t *cost, ent_context_t *ctx)
{
    const double points = plan->n_points, values = (double)plan->n_replications * plan->study.n_outcomes;
    *cost = (ent_study_cost_t){.seconds = NAN, .memory = NAN};
    const int code = estimate(&plan->study, cost, ctx);
    if (code != ENT_OK) {
        return code;
    }
    if (cost->seconds < longest_trial) {
        try_point(plan, cost);
    }
    const double parts = fmax(ceil(points / part_points), points * cost->seconds / part_seconds);
    const double merged = points * (sizeof(double) * (values + 2.0 * plan->study.n_factors) + entry_bytes);
    cost->disk = merged + points * (sizeof(double) * values + entry_bytes) + parts * part_bytes;
    return ENT_OK;
}

/* ---- the rate ---- */

typedef struct {
    double time;
    int n;
} stamp_t;

static int by_time(const void *a, const void *b)
{
    const stamp_t *p = a, *q = b;
    return p->time > q->time ? -1 : p->time < q->time;
}

static int read_stamps(const ent_parts_t *parts, stamp_t *stamps)
{
    int n = 0;
    for (int i = 0; i < parts->n; i++) {
        struct stat status;
        if (stat(parts->parts[i].path, &status) == 0) {
            stamps[n++] = (stamp_t){(double)status.st_mtim.tv_sec + 1e-9 * (double)status.st_mtim.tv_nsec,
                                    parts->parts[i].n};
        }
    }
    qsort(stamps, (size_t)n, sizeof *stamps, by_time);
    return n;
}

int ent_parts_rate(const ent_parts_t *parts, ent_rate_t *rate, ent_context_t *ctx)
{
    struct timespec today;
    stamp_t *stamps = ent_calloc(ctx, (size_t)parts->n + 1, sizeof *stamps);
    *rate = (ent_rate_t){.per_hour = NAN, .since = NAN};
    if (stamps == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    const int n = read_stamps(parts, stamps);
    double points = 0.0, span = 0.0;
    /* what the oldest part holds was played before its time */
    for (int i = 0; i + 1 < n && i < MOST_PARTS && stamps[0].time - stamps[i + 1].time <= window; i++) {
        points += stamps[i].n;
        span = stamps[0].time - stamps[i + 1].time;
    }
    clock_gettime(CLOCK_REALTIME, &today);
    rate->per_hour = span > 0.0 ? 3600.0 * points / span : NAN;
    rate->since = n > 0 ? (double)today.tv_sec + 1e-9 * (double)today.tv_nsec - stamps[0].time : NAN;
    free(stamps);
    return ENT_OK;
}
