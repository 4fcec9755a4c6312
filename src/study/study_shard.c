/* Shards: points played and put away in parts that are whole or not there. */
#include "study/study.h"

#include "base/memory.h"
#include "io/sealed_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
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

typedef struct {
    const ent_plan_file_t *plan;
    const ent_shard_options_t *options;
    ent_context_t *ctx;
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

/* What stops the shard: the first fault of `own` with the point's number. Frees `own`. */
static int stop_at(shard_t *shard, int point, int code, ent_context_t *own)
{
    const ent_fault_t *first = own->n_faults > 0 ? &own->faults[0] : NULL;
    (void)ent_fail(shard->ctx, code, first != NULL && first->file != NULL ? first->file : "study",
                   "point %d: %s", point,
                   first != NULL && first->rule != NULL ? first->rule : "no reason given");
    ent_context_free(own);
    return code;
}

/* The values of a point at x into its place in the part. Faults of its own are kept with it when they come
 * twice: a library that is short of memory for a moment may lay it on the config. */
static int play_values(shard_t *shard, int point, const double *x, const ent_point_options_t *options)
{
    const ent_plan_file_t *plan = shard->plan;
    const size_t size = (size_t)plan->n_replications * (size_t)plan->study.n_outcomes;
    double *y = shard->y + (size_t)shard->n * size;
    int code = ENT_ERR_CONFIG;
    for (int attempt = 1; code != 0 && attempt <= 2; attempt++) {
        ent_context_t own;
        ent_context_init(&own);
        code = ent_point_play(&plan->study, x, options, plan->n_replications, y, &own);
        if (code != 0 && !is_of_the_point(code)) {
            return stop_at(shard, point, code, &own);
        }
        if (code != 0 && attempt == 2) {
            shard->message[shard->n] = words_of(&own);
        }
        ent_context_free(&own);
    }
    if (code != 0 && shard->message[shard->n] == NULL) {
        return ent_fail(shard->ctx, ENT_ERR_NO_MEMORY, "study", "point %d: no memory for why it fails",
                        point);
    }
    shard->failed[shard->n] = code != 0;
    for (size_t i = 0; code != 0 && i < size; i++) {
        y[i] = NAN;
    }
    return 0;
}

static int play_point(shard_t *shard, int point, double *x, const ent_point_options_t *options)
{
    const ent_plan_file_t *plan = shard->plan;
    int code = ent_plan_point(plan, point, x, shard->ctx);
    if (code == 0) {
        code = ent_point_hash(&plan->study, plan->base_hash, x, shard->hash[shard->n], shard->ctx);
    }
    if (code == 0 && shard->n == 0) {
        shard->begin = now();
    }
    code = code == 0 ? play_values(shard, point, x, options) : code;
    if (code != 0) {
        return code;
    }
    shard->n_failed += shard->failed[shard->n];
    shard->n_failed_in_all += shard->failed[shard->n];
    shard->point[shard->n++] = point;
    return shard->n == MOST_IN_PART || now() - shard->begin >= shard->options->part_seconds
               ? close_part(shard)
               : 0;
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

static int wanted(const ent_shard_options_t *options, const signed char *state, int point)
{
    return point % options->n_shards == options->shard - 1 &&
           (state[point] == 0 || (options->retry_failed && state[point] == 2));
}

static int play_all(shard_t *shard, const signed char *state, double *x)
{
    const ent_shard_options_t *options = shard->options;
    const char *scratch = getenv("TMPDIR");
    ent_known_benchmark_t known = {0};
    const ent_point_options_t how = {.n_threads = options->n_threads,
                                     .known = &known,
                                     .scratch = scratch != NULL && scratch[0] != '\0' ? scratch : "/tmp"};
    int n_total = 0, n_done = 0, code = 0;
    for (int p = 0; p < shard->plan->n_points; p++) {
        n_total += wanted(options, state, p);
    }
    for (int p = 0; code == 0 && p < shard->plan->n_points; p++) {
        if (!wanted(options, state, p)) {
            continue;
        }
        code = play_point(shard, p, x, &how);
        n_done++;
        if (code == 0 && options->progress != NULL) {
            options->progress(options->progress_data, n_done, n_total);
        }
        if (code == 0 && options->stop != NULL && *options->stop) {
            code =
                ent_fail(shard->ctx, ENT_ERR_STOPPED, shard->plan->folder,
                         "stopped on request after %d of %d points of this shard; the same command goes on",
                         n_done, n_total);
        }
    }
    ent_known_benchmark_free(&known);
    const int closed = close_part(shard); /* also after a fault: what was played is kept */
    return code != 0 ? code : closed;
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
    double *x = ent_calloc(ctx, (size_t)plan->study.n_factors + 1, sizeof *x);
    double *y = ent_calloc(ctx, MOST_IN_PART * size, sizeof *y);
    code = shard == NULL || state == NULL || x == NULL || y == NULL
               ? ENT_ERR_NO_MEMORY
               : ent_study_states(plan, &parts, state, ctx);
    if (code == 0) {
        *shard = (shard_t){
            .plan = plan, .options = options, .ctx = ctx, .part = next_part(&parts, options), .y = y};
        sweep(plan, options);
        code = play_all(shard, state, x);
        if (code == 0 && shard->n_failed_in_all > 0) {
            code = ent_fail(ctx, ENT_ERR_PARTIAL, plan->folder,
                            "%d points could not be played; `study missing` names them with their reasons",
                            shard->n_failed_in_all);
        }
        forget(shard);
    }
    free(shard);
    free(state);
    free(x);
    free(y);
    ent_parts_free(&parts);
    close(fd);
    return code;
}
