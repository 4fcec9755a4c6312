/* Shards: points played and put away in parts that are whole or not there. */
#include "study/study.h"

#include "base/memory.h"
#include "io/sealed_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char part_format[] = "entrepot-study-part";
enum { MOST_IN_PART = 256 };

/* ---- names ---- */

/* 1 when the name is a part's, with what it says. */
static int parse_name(const char *name, ent_part_t *part)
{
    int end = 0;
    *part = (ent_part_t){0};
    return sscanf(name, "%d-of-%d.%d.n%d.f%d.h5%n", &part->shard, &part->n_shards, &part->part, &part->n,
                  &part->n_failed, &end) == 5 &&
           end > 0 && name[end] == '\0' && part->n > 0 && part->n_failed >= 0 && part->n_failed <= part->n;
}

static int compare_parts(const void *a, const void *b)
{
    const ent_part_t *p = a, *q = b;
    const int order[3] = {p->n_shards - q->n_shards, p->shard - q->shard, p->part - q->part};
    for (int i = 0; i < 3; i++) {
        if (order[i] != 0) {
            return order[i] < 0 ? -1 : 1;
        }
    }
    return strcmp(p->path, q->path);
}

static int add_part(ent_parts_t *parts, size_t *capacity, const char *folder, const char *name,
                    ent_context_t *ctx)
{
    ent_part_t part;
    if (!parse_name(name, &part)) {
        return 0;
    }
    ent_part_t *grown = ent_grow(ctx, parts->parts, capacity, (size_t)parts->n + 1, sizeof *grown);
    if (grown == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    parts->parts = grown;
    part.path = ent_format(ctx, "%s/%s", folder, name);
    if (part.path == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    grown[parts->n++] = part;
    return 0;
}

int ent_parts_list(ent_parts_t *parts, const char *folder, ent_context_t *ctx)
{
    size_t capacity = 0;
    *parts = (ent_parts_t){0};
    char *path = ent_format(ctx, "%s/shards", folder);
    DIR *directory = path != NULL ? opendir(path) : NULL;
    int code = path == NULL ? ENT_ERR_NO_MEMORY : 0;
    if (path != NULL && directory == NULL) {
        code = ent_fail(ctx, ENT_ERR_NO_INPUT, path, "cannot be opened: %s", strerror(errno));
    }
    for (const struct dirent *entry;
         code == 0 && directory != NULL && (entry = readdir(directory)) != NULL;) {
        code = add_part(parts, &capacity, path, entry->d_name, ctx);
    }
    if (directory != NULL) {
        closedir(directory);
    }
    free(path);
    if (code != 0) {
        ent_parts_free(parts);
    } else if (parts->n > 0) {
        qsort(parts->parts, (size_t)parts->n, sizeof *parts->parts, compare_parts);
    }
    return code;
}

void ent_parts_free(ent_parts_t *parts)
{
    for (int i = 0; i < parts->n; i++) {
        free(parts->parts[i].path);
    }
    free(parts->parts);
    *parts = (ent_parts_t){0};
}

/* ---- reading ---- */

static int part_fault(ent_context_t *ctx, const ent_part_t *part, const char *rule)
{
    return ent_fail(ctx, ENT_ERR_DATA, part->path, "%s", rule);
}

static int read_hashes(hid_t file, ent_part_data_t *data, ent_context_t *ctx)
{
    char **texts = ent_calloc(ctx, (size_t)data->n + 1, sizeof *texts);
    const int rc = texts != NULL ? ent_sealed_read_texts(file, "point_hash", 0, (hsize_t)data->n, texts) : -1;
    for (int i = 0; rc == 0 && i < data->n; i++) {
        snprintf(data->hash[i], ENT_SHA256_TEXT, "%s", texts[i] != NULL ? texts[i] : "");
        H5free_memory(texts[i]);
    }
    free(texts);
    return rc;
}

static int read_arrays(hid_t file, ent_part_data_t *data, const ent_part_t *part, const ent_plan_file_t *plan,
                       ent_context_t *ctx)
{
    const hsize_t n = (hsize_t)data->n, row = (hsize_t)plan->n_replications * (hsize_t)plan->study.n_outcomes;
    char *hash = NULL;
    const int read = ent_hdf5_read_text_attribute(file, "plan_sha256", &hash);
    const int same = read == 0 && strcmp(hash, plan->hash) == 0;
    free(hash);
    if (read == ENT_ERR_NO_MEMORY) {
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, part->path, "no memory for the hash of its plan");
    }
    if (!same) {
        return part_fault(ctx, part, "belongs to another plan than the one in this folder");
    }
    if (ent_sealed_read(file, "point", H5T_NATIVE_INT, 0, n, 1, data->point) != 0 ||
        ent_sealed_read(file, "failed", H5T_NATIVE_SCHAR, 0, n, 1, data->failed) != 0 ||
        ent_sealed_read(file, "y", H5T_NATIVE_DOUBLE, 0, n, row, data->y) != 0 ||
        read_hashes(file, data, ctx) != 0) {
        return ent_hdf5_fail(ctx, ENT_ERR_DATA, part->path, "its arrays cannot be read");
    }
    for (int i = 0; i < data->n; i++) {
        if (data->point[i] < 0 || data->point[i] >= plan->n_points) {
            return part_fault(ctx, part, "holds a point that the plan has not");
        }
    }
    return 0;
}

int ent_part_read(ent_part_data_t *data, const ent_part_t *part, const ent_plan_file_t *plan,
                  ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    hid_t file;
    int n = 0;
    *data = (ent_part_data_t){0};
    int code = ent_sealed_open(&file, part->path, part_format, ctx);
    if (code != 0) {
        return code;
    }
    ent_hdf5_quiet(&saved);
    if (ent_sealed_length(file, "point", &n) != 0 || n != part->n) {
        code = part_fault(ctx, part, "does not hold as many points as its name says");
    }
    const size_t size = (size_t)n;
    if (code == 0) {
        *data = (ent_part_data_t){
            .n = n,
            .point = ent_calloc(ctx, size, sizeof *data->point),
            .failed = ent_calloc(ctx, size, sizeof *data->failed),
            .hash = ent_calloc(ctx, size, sizeof *data->hash),
            .y = ent_calloc(ctx, size * (size_t)plan->n_replications * (size_t)plan->study.n_outcomes,
                            sizeof *data->y)};
        code = data->point == NULL || data->failed == NULL || data->hash == NULL || data->y == NULL
                   ? ENT_ERR_NO_MEMORY
                   : read_arrays(file, data, part, plan, ctx);
    }
    ent_hdf5_close(&file);
    ent_hdf5_unquiet(&saved);
    if (code != 0) {
        ent_part_data_free(data);
    }
    return code;
}

void ent_part_data_free(ent_part_data_t *data)
{
    free(data->point);
    free(data->failed);
    free(data->hash);
    free(data->y);
    *data = (ent_part_data_t){0};
}

int ent_parts_reasons(const ent_parts_t *parts, FILE *stream, ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    int code = 0;
    ent_hdf5_quiet(&saved);
    for (int p = 0; code == 0 && p < parts->n; p++) {
        const ent_part_t *part = &parts->parts[p];
        hid_t file = -1;
        if (part->n_failed == 0) {
            continue;
        }
        code = ent_sealed_open(&file, part->path, part_format, ctx);
        for (int i = 0; code == 0 && i < part->n; i++) {
            char *message = NULL;
            int point = 0;
            if (ent_sealed_read(file, "point", H5T_NATIVE_INT, (hsize_t)i, 1, 1, &point) != 0 ||
                ent_sealed_read_texts(file, "message", (hsize_t)i, 1, &message) != 0) {
                code = ent_hdf5_fail(ctx, ENT_ERR_DATA, part->path, "its reasons cannot be read");
            } else if (message != NULL && message[0] != '\0') {
                fprintf(stream, "point %d: %s", point, message);
            }
            H5free_memory(message);
        }
        ent_hdf5_close(&file);
    }
    ent_hdf5_unquiet(&saved);
    return code;
}

int ent_study_states(const ent_plan_file_t *plan, const ent_parts_t *parts, signed char *state,
                     ent_context_t *ctx)
{
    int code = 0;
    memset(state, 0, (size_t)plan->n_points);
    for (int i = 0; code == 0 && i < parts->n; i++) {
        ent_part_data_t data;
        code = ent_part_read(&data, &parts->parts[i], plan, ctx);
        for (int j = 0; code == 0 && j < data.n; j++) {
            signed char *s = &state[data.point[j]];
            *s = data.failed[j] ? (*s == 1 ? 1 : 2) : 1;
        }
        if (code == 0) {
            ent_part_data_free(&data);
        }
    }
    return code;
}

/* ---- playing ---- */

/* A shard being played. What several threads touch, they touch inside critical(ent_files). */
typedef struct {
    const ent_plan_file_t *plan;
    const ent_shard_options_t *options;
    ent_context_t *ctx;
    const signed char *state; /* [n_points] */
    ent_config_source_t source;
    int n_total, n_taken, n_done,
        next; /* points wanted, taken up, handed in; the first place that may be next */
    int code; /* of the first failure, or of a stop */
    int part; /* number of the next part */
    int n, n_failed, n_failed_in_all;
    double begin; /* when the part was begun */
    int point[MOST_IN_PART];
    signed char failed[MOST_IN_PART];
    char hash[MOST_IN_PART][ENT_SHA256_TEXT];
    char *message[MOST_IN_PART];
    double *y; /* [MOST_IN_PART][n_replications][n_outcomes] */
} shard_t;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void forget(shard_t *shard)
{
    for (int i = 0; i < shard->n; i++) {
        free(shard->message[i]);
        shard->message[i] = NULL;
    }
    shard->n = shard->n_failed = 0;
}

/* Write what was played since the last part. */
static int close_part(shard_t *shard)
{
    static const char *const axes[] = {"entry", "replication", "outcome"};
    const ent_plan_file_t *plan = shard->plan;
    const char *hashes[MOST_IN_PART], *messages[MOST_IN_PART], *outcomes[256];
    ent_hdf5_quiet_t saved;
    ent_sealed_t file;
    if (shard->n == 0) {
        return 0;
    }
    char *path =
        ent_format(shard->ctx, "%s/shards/%05d-of-%05d.%06d.n%d.f%d.h5", plan->folder, shard->options->shard,
                   shard->options->n_shards, shard->part, shard->n, shard->n_failed);
    int code = path == NULL ? ENT_ERR_NO_MEMORY : ent_sealed_create(&file, path, 0, part_format, shard->ctx);
    free(path);
    if (code != 0) {
        return code;
    }
    for (int i = 0; i < shard->n; i++) {
        hashes[i] = shard->hash[i];
        messages[i] = shard->message[i] != NULL ? shard->message[i] : "";
    }
    for (int o = 0; o < plan->study.n_outcomes; o++) {
        outcomes[o] = plan->study.outcomes[o].name;
    }
    ent_hdf5_quiet(&saved);
    ent_sealed_text(&file, "plan_sha256", plan->hash);
    ent_sealed_count(&file, "entry", shard->n);
    ent_sealed_count(&file, "replication", plan->n_replications);
    ent_sealed_dimension(&file, "outcome", plan->study.n_outcomes, outcomes);
    ent_sealed_integers(&file, "point", "entry", "point of the plan", shard->point);
    ent_sealed_bytes(&file, "failed", "entry", "1: the point could not be played", shard->failed);
    ent_sealed_texts(&file, "point_hash", "entry", "SHA-256 of the point's parameters", hashes);
    ent_sealed_texts(&file, "message", "entry", "why it failed", messages);
    ent_sealed_reals(&file, "y", 3, axes, "1", "value of the outcome", shard->y);
    code = ent_sealed_finish(&file, shard->ctx);
    ent_hdf5_unquiet(&saved);
    if (code == 0) {
        shard->part++;
        forget(shard);
    }
    return code;
}

/* Faults of the point itself are kept with it; the others are the machine's and stop the shard. Data that
 * cannot be read are the machine's: a disk that fails for a moment must not make a point fail for good. */
static int is_of_the_point(int code)
{
    return code == ENT_ERR_CONFIG || code == ENT_ERR_BUG || code == ENT_ERR_PARTIAL ||
           code == ENT_ERR_CONVERGENCE || code == ENT_ERR_USAGE;
}

static char *words_of(const ent_context_t *ctx)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (stream == NULL) {
        return NULL;
    }
    ent_context_print(ctx, stream);
    if (fclose(stream) != 0 || size == 0) {
        free(text);
        return NULL;
    }
    return text;
}

/* A point with what came of it. */
typedef struct {
    int number, failed;
    char *message; /* why it failed */
    char hash[ENT_SHA256_TEXT];
    double *x, *y; /* [n_factors], [n_replications][n_outcomes] */
} point_t;

/* What stops the shard: the first fault of `own` with the point's number. Frees `own`. */
static int stop_at(shard_t *shard, int point, int code, ent_context_t *own)
{
    const ent_fault_t *first = own->n_faults > 0 ? &own->faults[0] : NULL;
#pragma omp critical(ent_files)
    (void)ent_fail(shard->ctx, code, first != NULL && first->file != NULL ? first->file : "study",
                   "point %d: %s", point,
                   first != NULL && first->rule != NULL ? first->rule : "no reason given");
    ent_context_free(own);
    return code;
}

/* The values of a point. Faults of its own are kept with it when they come twice: a library that is short of
 * memory for a moment may lay it on the config. */
static int play_values(shard_t *shard, point_t *point, ent_stage_t *stage, int n_threads)
{
    const ent_plan_file_t *plan = shard->plan;
    int code = ENT_ERR_CONFIG;
    for (int attempt = 1; code != 0 && attempt <= 2; attempt++) {
        ent_context_t own;
        ent_context_init(&own);
        code = ent_point_play(&plan->study, point->x, stage, n_threads, plan->n_replications, point->y, &own);
        if (code != 0 && !is_of_the_point(code)) {
            return stop_at(shard, point->number, code, &own);
        }
        if (code != 0 && attempt == 2) {
            point->message = words_of(&own);
        }
        ent_context_free(&own);
    }
    point->failed = code != 0;
    if (code != 0 && point->message == NULL) {
        ent_context_t own;
        ent_context_init(&own);
        (void)ent_fail(&own, ENT_ERR_NO_MEMORY, "study", "no memory for why it fails");
        return stop_at(shard, point->number, ENT_ERR_NO_MEMORY, &own);
    }
    const size_t size = (size_t)plan->n_replications * (size_t)plan->study.n_outcomes;
    for (size_t i = 0; code != 0 && i < size; i++) {
        point->y[i] = NAN;
    }
    return 0;
}

/* The point played as the `place`-th, when it is this shard's and has no values yet; else -1. */
static int wanted(const shard_t *shard, int place)
{
    const ent_shard_options_t *options = shard->options;
    if (ent_plan_shard(shard->plan, place, options->n_shards) != options->shard - 1) {
        return -1;
    }
    const int point = ent_plan_order(shard->plan, place);
    return shard->state[point] == 0 || (options->retry_failed && shard->state[point] == 2) ? point : -1;
}

/* The next point, unless `most` have been taken up, something failed or a stop was asked for. */
static int take_up(shard_t *shard, int most, point_t *point)
{
    const ent_plan_file_t *plan = shard->plan;
    int taken = 0;
#pragma omp critical(ent_files)
    if (shard->code == 0 && shard->n_taken < most) {
        do {
            point->number = wanted(shard, shard->next++);
        } while (point->number < 0);
        shard->n_taken++;
        shard->code = ent_plan_point(plan, point->number, point->x, shard->ctx);
        if (shard->code == 0) {
            shard->code = ent_point_hash(&plan->study, plan->base_hash, point->x, point->hash, shard->ctx);
        }
        taken = shard->code == 0;
    }
    return taken;
}

/* A point into the part, which is closed when it is full or old. There is no room in one that is full and
 * could not be written: the point is played again another time. */
static int put_away(shard_t *shard, point_t *point)
{
    const size_t size = (size_t)shard->plan->n_replications * (size_t)shard->plan->study.n_outcomes;
    if (shard->n == MOST_IN_PART) {
        return 0;
    }
    memcpy(shard->y + (size_t)shard->n * size, point->y, size * sizeof *point->y);
    memcpy(shard->hash[shard->n], point->hash, ENT_SHA256_TEXT);
    shard->message[shard->n] = point->message;
    point->message = NULL;
    shard->failed[shard->n] = (signed char)point->failed;
    shard->n_failed += point->failed;
    shard->n_failed_in_all += point->failed;
    shard->point[shard->n++] = point->number;
    if (shard->n < MOST_IN_PART && now() - shard->begin < shard->options->part_seconds) {
        return 0;
    }
    const int code = close_part(shard);
    shard->begin = now();
    return code;
}

/* Progress, and whether a stop is asked for. */
static int tell(const shard_t *shard)
{
    const ent_shard_options_t *options = shard->options;
    if (options->progress != NULL) {
        options->progress(options->progress_data, shard->n_done, shard->n_total);
    }
    if (options->stop != NULL && *options->stop) {
        return ent_fail(shard->ctx, ENT_ERR_STOPPED, shard->plan->folder,
                        "stopped on request after %d of %d points of this shard; the same command goes on",
                        shard->n_done, shard->n_total);
    }
    return 0;
}

/* Also after a failure elsewhere: what was played is kept. */
static void hand_in(shard_t *shard, point_t *point)
{
#pragma omp critical(ent_files)
    {
        const int code = put_away(shard, point);
        shard->n_done++;
        shard->code = shard->code == 0 ? code : shard->code;
        shard->code = shard->code == 0 ? tell(shard) : shard->code;
    }
}

static void fail(shard_t *shard, int code)
{
#pragma omp critical(ent_files)
    shard->code = shard->code == 0 ? code : shard->code;
}

/* Play points until `most` have been taken up, each on n_threads threads. */
static void play_points(shard_t *shard, int most, int n_threads)
{
    const ent_plan_file_t *plan = shard->plan;
    const size_t size = (size_t)plan->n_replications * (size_t)plan->study.n_outcomes;
    point_t point = {.x = calloc((size_t)plan->study.n_factors + 1, sizeof *point.x),
                     .y = calloc(size, sizeof *point.y)};
    ent_stage_t stage;
    ent_stage_init(&stage, &shard->source);
    if (point.x == NULL || point.y == NULL) {
        ent_context_t own;
        ent_context_init(&own);
        (void)ent_fail(&own, ENT_ERR_NO_MEMORY, "study", "no memory for a point");
        fail(shard, stop_at(shard, 0, ENT_ERR_NO_MEMORY, &own));
        most = 0;
    }
    while (take_up(shard, most, &point)) {
        free(point.message);
        point.message = NULL;
        const int code = play_values(shard, &point, &stage, n_threads);
        if (code == 0) {
            hand_in(shard, &point);
        } else {
            fail(shard, code);
        }
    }
    if (shard->options->in_steps != NULL) {
#pragma omp critical(ent_files)
        *shard->options->in_steps += stage.timing.in_steps;
    }
    ent_stage_free(&stage);
    free(point.message);
    free(point.x);
    free(point.y);
}

/* One writer a shard: a lock that dies with its process. */
static int lock_shard(const ent_plan_file_t *plan, const ent_shard_options_t *options, int *fd,
                      ent_context_t *ctx)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char *path =
        ent_format(ctx, "%s/shards/%05d-of-%05d.lock", plan->folder, options->shard, options->n_shards);
    int code = path == NULL ? ENT_ERR_NO_MEMORY : 0;
    *fd = code == 0 ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666) : -1;
    if (code == 0 && *fd < 0) {
        code = ent_fail(ctx, ENT_ERR_CANT_CREATE, path, "cannot be created: %s", strerror(errno));
    } else if (code == 0 && fcntl(*fd, F_SETLK, &lock) != 0) {
        /* a file system without locks must not stop a study: parts never overwrite each other */
        if (errno == EACCES || errno == EAGAIN) {
            code = ent_fail(ctx, ENT_ERR_CANT_CREATE, path, "another process plays this shard");
        }
    }
    free(path);
    return code;
}

/* The number after the last part of this shard, and the temporary files of dead writers removed. */
static int next_part(const ent_parts_t *parts, const ent_shard_options_t *options)
{
    int next = 0;
    for (int i = 0; i < parts->n; i++) {
        const ent_part_t *part = &parts->parts[i];
        if (part->shard == options->shard && part->n_shards == options->n_shards && part->part >= next) {
            next = part->part + 1;
        }
    }
    return next;
}

static void sweep(const ent_plan_file_t *plan, const ent_shard_options_t *options)
{
    char path[4096], prefix[64];
    snprintf(path, sizeof path, "%s/shards", plan->folder);
    snprintf(prefix, sizeof prefix, "%05d-of-%05d.", options->shard, options->n_shards);
    DIR *directory = opendir(path);
    for (const struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        const size_t length = strlen(entry->d_name);
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 && length > 4 &&
            strcmp(entry->d_name + length - 4, ".tmp") == 0) {
            snprintf(path, sizeof path, "%s/shards/%s", plan->folder, entry->d_name);
            unlink(path);
        }
    }
    if (directory != NULL) {
        closedir(directory);
    }
}

/* Every thread plays points of its own as long as there are enough of them; what is left over is played point
 * by point with replications or agents over all threads, so that none waits long at the end. */
static int play_all(shard_t *shard)
{
    const int n_threads = shard->options->n_threads > 0 ? shard->options->n_threads : omp_get_max_threads();
    for (int p = 0; p < shard->plan->n_points; p++) {
        shard->n_total += wanted(shard, p) >= 0;
    }
    const int together = shard->n_total - shard->n_total % n_threads;
    shard->begin = now();
    if (n_threads > 1 && together > 0) {
#pragma omp parallel num_threads(n_threads)
        play_points(shard, together, 1);
    }
    play_points(shard, shard->n_total, n_threads);
    const int closed = close_part(shard); /* also after a fault: what was played is kept */
    return shard->code != 0 ? shard->code : closed;
}

static int open_source(shard_t *shard)
{
    const ent_study_t *study = &shard->plan->study;
    return study->model == ENT_STUDY_CONFIG
               ? ent_config_source_open(&shard->source, study->config, shard->ctx)
               : 0;
}

int ent_shard_run(const ent_plan_file_t *plan, const ent_shard_options_t *options, ent_context_t *ctx)
{
    ent_parts_t parts = {0};
    int fd = -1;
    int code = ent_plan_check_config(plan, ctx);
    code = code == 0 ? lock_shard(plan, options, &fd, ctx) : code;
    code = code == 0 ? ent_parts_list(&parts, plan->folder, ctx) : code;
    if (code != 0) {
        if (fd >= 0) {
            close(fd);
        }
        return code;
    }
    const size_t size = (size_t)plan->n_replications * (size_t)plan->study.n_outcomes;
    shard_t *shard = ent_calloc(ctx, 1, sizeof *shard);
    signed char *state = ent_calloc(ctx, (size_t)plan->n_points, 1);
    double *y = ent_calloc(ctx, MOST_IN_PART * size, sizeof *y);
    code = shard == NULL || state == NULL || y == NULL ? ENT_ERR_NO_MEMORY
                                                       : ent_study_states(plan, &parts, state, ctx);
    if (code == 0) {
        *shard = (shard_t){.plan = plan,
                           .options = options,
                           .ctx = ctx,
                           .state = state,
                           .part = next_part(&parts, options),
                           .y = y};
        sweep(plan, options);
        code = open_source(shard);
        code = code == 0 ? play_all(shard) : code;
        if (code == 0 && shard->n_failed_in_all > 0) {
            code = ent_fail(ctx, ENT_ERR_PARTIAL, plan->folder,
                            "%d points could not be played; `study missing` names them with their reasons",
                            shard->n_failed_in_all);
        }
        forget(shard);
        ent_config_source_free(&shard->source);
    }
    free(shard);
    free(state);
    free(y);
    ent_parts_free(&parts);
    close(fd);
    return code;
}
