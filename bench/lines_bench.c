/* Time and memory of the law by product line: reading, all lines and partners on one day, all days of change
 * from 2018 to 2026. bench/lines_numpy.py prints numpy's beside it.
 *
 *     build/release/bench/lines_bench [LAW] [DAY] */
#include "io/law_file.h"
#include "policy/lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum { MOST_DAYS = 1000 };

static double seconds(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static double mean_rate(const ent_lines_day_t *day, int *bucket)
{
    double imports, duty;

    ent_lines_sum(day, bucket, 1, &imports, &duty, NULL);
    return 100.0 * duty / imports;
}

static int one_day(const ent_lines_t *lines, ent_day_t on, int *bucket, ent_context_t *ctx)
{
    double best = 1e9, mean = 0.0;

    for (int repeat = 0; repeat < 5; repeat++) {
        const ent_lines_when_t when = {on, on, ENT_DAY_NEVER, 0, NULL};
        ent_lines_day_t day;
        const double begin = seconds();
        const int code = ent_lines_day_init(&day, lines, 0, ctx);

        if (code != ENT_OK) {
            return code;
        }
        ent_lines_move(&day, &when);
        mean = mean_rate(&day, bucket);
        best = seconds() - begin < best ? seconds() - begin : best;
        ent_lines_day_free(&day);
    }
    printf("case=one_day cells=%d groups=%d classes_of_codes=%d mean_rate=%.4f seconds=%.5f\n",
           lines->n_cells, lines->n_groups, lines->cover.n_classes, mean, best);
    return ENT_OK;
}

static int all_days(const ent_lines_t *lines, int *bucket, ent_context_t *ctx)
{
    ent_day_t days[MOST_DAYS];
    const int n =
        ent_lines_days(lines->law, ent_day_of(2018, 1, 1), ent_day_of(2026, 12, 31), days, MOST_DAYS);
    const double begin = seconds();
    ent_lines_day_t day;
    const int code = ent_lines_day_init(&day, lines, 0, ctx);
    double sum = 0.0;

    for (int i = 0; code == ENT_OK && i < n; i++) {
        const ent_lines_when_t when = {days[i], days[i], ENT_DAY_NEVER, 0, NULL};

        ent_lines_move(&day, &when);
        sum += mean_rate(&day, bucket);
    }
    ent_lines_day_free(&day);
    printf("case=all_days days=%d sum_of_mean_rates=%.4f seconds=%.4f\n", n, sum, seconds() - begin);
    return code;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "us";
    ent_day_t on = ent_day_of(2025, 11, 15);
    ent_context_t ctx;
    ent_law_t law;
    ent_lines_t lines = {0};
    struct rusage usage;
    double begin = seconds();

    ent_context_init(&ctx);
    if (argc > 2) {
        (void)ent_day_parse(argv[2], &on);
    }
    int code = ent_law_read(&law, name, NULL, &ctx);
    printf("case=read measures=%d lists=%d lines=%d seconds=%.4f\n", law.n_measures, law.n_lists,
           law.trade.n_lines, seconds() - begin);
    begin = seconds();
    code = code != ENT_OK ? code : ent_lines_init(&lines, &law, &ctx);
    printf("case=prepare atoms=%d ranges=%d seconds=%.4f\n", lines.cover.n_atoms, lines.cover.n_ranges,
           seconds() - begin);
    int *bucket = calloc((size_t)law.trade.n_cells + 1, sizeof *bucket);
    if (code == ENT_OK && bucket != NULL) {
        code = one_day(&lines, on, bucket, &ctx);
        code = code != ENT_OK ? code : all_days(&lines, bucket, &ctx);
        printf("case=classes classes=%d\n", code == ENT_OK ? ent_lines_classes(&lines, bucket, &ctx) : -1);
    }
    getrusage(RUSAGE_SELF, &usage);
    printf("case=memory peak_bytes=%.0f\n", 1024.0 * (double)usage.ru_maxrss);
    if (code != ENT_OK) {
        ent_context_print(&ctx, stderr);
    }
    free(bucket);
    if (lines.law != NULL) {
        ent_lines_free(&lines);
    }
    ent_law_free(&law);
    ent_context_free(&ctx);
    return code == ENT_OK ? 0 : 1;
}
