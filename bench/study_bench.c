/* Where a study's processor time goes, and what threads gain:
 *
 *     study_bench STUDY [--points N] [--threads N]
 *
 * Plans the study in a temporary folder and plays its first N points (default 200) on one thread, then on as
 * many as asked for (default 2), and prints the share of the process's processor time that steps of the model
 * took. bench/README.md has the figures. */
#include "base/memory.h"
#include "study/study.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    double wall, processor, in_steps;
    int n_points;
} seconds_t;

typedef struct {
    int most, stop, n_done;
} limit_t;

static double wall_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double processor_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void count(void *data, int n_done, int n_total)
{
    limit_t *limit = data;
    (void)n_total;
    limit->n_done = n_done;
    limit->stop = n_done >= limit->most;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

/* The first points of the plan's only shard, in a folder of their own. */
static int play(const char *study, int n_points, int n_threads, seconds_t *seconds, ent_context_t *ctx)
{
    char folder[] = "/tmp/study-bench-XXXXXX";
    ent_plan_file_t plan;
    limit_t limit = {.most = n_points};
    *seconds = (seconds_t){0};
    if (mkdtemp(folder) == NULL) {
        return ent_fail(ctx, ENT_ERR_CANT_CREATE, folder, "cannot be created");
    }
    int code = ent_plan_make(study, folder, ctx);
    code = code == 0 ? ent_plan_open(&plan, folder, ctx) : code;
    if (code == 0) {
        const ent_shard_options_t options = {.shard = 1,
                                             .n_shards = 1,
                                             .n_threads = n_threads,
                                             .part_seconds = 20.0,
                                             .stop = &limit.stop,
                                             .progress = count,
                                             .progress_data = &limit,
                                             .in_steps = &seconds->in_steps};
        const double wall = wall_seconds(), processor = processor_seconds();
        code = ent_shard_run(&plan, &options, ctx);
        seconds->wall = wall_seconds() - wall;
        seconds->processor = processor_seconds() - processor;
        seconds->n_points = limit.n_done;
        ent_plan_close(&plan);
    }
    nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    if (code == ENT_ERR_STOPPED) {
        ent_context_clear(ctx);
        code = 0;
    }
    return code;
}

static void print_row(int n_threads, const seconds_t *s, double one)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    const double per_point = s->wall / s->n_points;
    printf("%8d %8d %14.1f %14.1f %12.1f %% %8.2f %12.1f\n", n_threads, s->n_points, 1e3 * per_point,
           1e3 * s->processor / s->n_points, 100.0 * s->in_steps / s->processor, one / per_point,
           (double)usage.ru_maxrss / 1024.0);
}

int main(int argc, char **argv)
{
    const char *study = NULL;
    int n_points = 200, n_threads = 2;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--points") == 0 && i + 1 < argc) {
            n_points = atoi(argv[++i]);
        } else if (strcmp(argv[i], "--threads") == 0 && i + 1 < argc) {
            n_threads = atoi(argv[++i]);
        } else {
            study = argv[i];
        }
    }
    if (study == NULL || n_points < 1 || n_threads < 1) {
        fprintf(stderr, "Usage: study_bench STUDY [--points N] [--threads N]\n");
        return 64;
    }
    ent_context_t ctx;
    ent_context_init(&ctx);
    printf("%8s %8s %14s %14s %14s %8s %12s\n", "threads", "points", "wall ms/point", "cpu ms/point",
           "in steps", "gain", "peak MiB");
    double one = 0.0;
    int code = 0;
    for (int t = 1; code == 0 && t <= n_threads; t = t < n_threads ? n_threads : t + 1) {
        seconds_t seconds;
        code = play(study, n_points, t, &seconds, &ctx);
        one = t == 1 && code == 0 ? seconds.wall / seconds.n_points : one;
        if (code == 0) {
            print_row(t, &seconds, one);
        }
    }
    ent_context_print(&ctx, stderr);
    ent_context_free(&ctx);
    return code == 0 ? 0 : 1;
}
