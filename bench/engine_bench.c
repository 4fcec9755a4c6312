/* How fast the engine plays, on a world made in memory with every friction on and every aggregate recorded:
 *
 *     entrepot_bench [--part NAME]... [--slots N]... [--steps N] [--repeats N] [--threads N] [--kernel NAME]
 *
 * Parts: machine, sizes, phases, kernels, threads, peers (default: all). Seconds of one thread are processor
 * time, so that other programs count less; of several threads they are wall time. The fastest of the repeats
 * counts. bench/README.md has the figures. */
#include "bench_tools.h"

#include "engine/kernel.h"
#include "run/speed.h"

#include <argp.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    ent_synthetic_t world;
    ent_model_t *model;
    ent_world_t draw;
    ent_context_t ctx;
    ent_speed_case_t speed;
} stage_t;

static void check(int code, ent_context_t *ctx)
{
    if (code != 0) {
        ent_context_print(ctx, stderr);
        exit(1);
    }
}

static void stage_init(stage_t *stage, const bench_options_t *options, long n_slots)
{
    *stage = (stage_t){0};
    ent_context_init(&stage->ctx);
    bench_world_init(&stage->world, options, n_slots);
    check(ent_model_init(&stage->model, &stage->world.config, &stage->world.benchmark, &stage->ctx),
          &stage->ctx);
    check(ent_world_init(&stage->draw, stage->model, 0, 0, &stage->ctx), &stage->ctx);
    stage->speed = (ent_speed_case_t){stage->model, &stage->draw, options->kernel, options->n_repeats};
}

static void stage_free(stage_t *stage)
{
    ent_world_free(&stage->draw, stage->model);
    ent_model_free(stage->model);
    ent_context_free(&stage->ctx);
    ent_synthetic_free(&stage->world);
}

static ent_speed_t time_one(stage_t *stage, int n_threads, int with_phases)
{
    ent_speed_t speed;
    check(ent_speed_one(&stage->speed, n_threads, with_phases, &speed, &stage->ctx), &stage->ctx);
    return speed;
}

/* ---- the parts
 * ------------------------------------------------------------------------------------------------ */

static int by_size(const void *a, const void *b)
{
    const long x = *(const long *)a, y = *(const long *)b;
    return (x > y) - (x < y);
}

static void part_sizes(const bench_options_t *options)
{
    long sizes[MOST_SIZES];
    double cheapest = 1e99, dearest = 0.0;
    memcpy(sizes, options->sizes, (size_t)options->n_sizes * sizeof *sizes);
    qsort(sizes, (size_t)options->n_sizes, sizeof *sizes, by_size);
    printf("\nSize: one replication, one thread, %d steps, fastest of %d\n", options->n_steps,
           options->n_repeats);
    printf("%12s %10s %12s %14s %16s\n", "slots", "presences", "bytes/slot", "ns/slot-step",
           "M slot-steps/s");
    for (int i = 0; i < options->n_sizes; i++) {
        stage_t stage;
        stage_init(&stage, options, sizes[i]);
        if ((double)ent_state_bytes(stage.model) > options->memory) {
            printf("%12ld does not fit the %.1f GB allowed\n", sizes[i], options->memory / 1e9);
        } else {
            const double ns = time_one(&stage, 1, 0).ns;
            cheapest = ns < cheapest ? ns : cheapest;
            dearest = ns > dearest ? ns : dearest;
            printf("%12ld %10d %12.1f %14.2f %16.1f\n", stage.model->n_slots, stage.model->n_presences,
                   ent_speed_bytes_per_slot(stage.model), ns, 1e3 / ns);
        }
        fflush(stdout);
        stage_free(&stage);
    }
    printf("dearest over cheapest: %.2f\n", dearest / cheapest);
}

static void part_phases(const bench_options_t *options)
{
    static const char *const names[] = ENT_PHASE_NAMES;
    printf("\nPhases: ns per slot-step and share of the step (timers on)\n%-34s", "slots");
    const int n = options->n_sizes < 3 ? options->n_sizes : 3;
    ent_speed_t timing[3];
    for (int i = 0; i < n; i++) {
        stage_t stage;
        stage_init(&stage, options, options->sizes[i]);
        timing[i] = time_one(&stage, 1, 1);
        printf(" %18ld", stage.model->n_slots);
        stage_free(&stage);
    }
    printf("\n");
    for (int k = 0; k < ENT_N_PHASES; k++) {
        printf("%-34s", names[k]);
        for (int i = 0; i < n; i++) {
            printf(" %9.2f %6.1f %%", timing[i].phase[k], 100.0 * timing[i].phase[k] / timing[i].ns);
        }
        printf("\n");
    }
    printf("%-34s", "of that one thread does alone");
    for (int i = 0; i < n; i++) {
        printf(" %9.2f %6.1f %%", timing[i].alone, 100.0 * timing[i].alone / timing[i].ns);
    }
    printf("\n");
    fflush(stdout);
}

static void part_kernels(const bench_options_t *options)
{
    static const char *const kernels[] = {"portable", "avx2", "avx512"};
    stage_t stage;
    double slowest = 0.0;
    stage_init(&stage, options, options->sizes[options->n_sizes > 1]);
    printf("\nKernels: %ld slots, one thread\n%12s %14s %16s %8s %18s\n", stage.model->n_slots, "set",
           "ns/slot-step", "M slot-steps/s", "ratio", "hash of results");
    for (int k = 0; k < 3; k++) {
        if (ent_kernel_select(kernels[k]) != NULL) {
            stage.speed.kernel = kernels[k];
            const ent_speed_t timing = time_one(&stage, 1, 0);
            slowest = slowest > 0.0 ? slowest : timing.ns;
            printf("%12s %14.2f %16.1f %8.2f %18" PRIx64 "\n", kernels[k], timing.ns, 1e3 / timing.ns,
                   slowest / timing.ns, timing.hash);
            fflush(stdout);
        }
    }
    stage_free(&stage);
}

static void part_threads(const bench_options_t *options)
{
    double split[ENT_SPEED_MOST_THREADS], side[ENT_SPEED_MOST_THREADS];
    printf("\nThreads: wall time, M slot-steps/s in all and gain over one thread\n");
    printf("%12s %8s %28s %28s\n", "slots", "threads", "agents over threads", "replications over threads");
    const int n = options->n_sizes < 3 ? options->n_sizes : 3;
    for (int i = 0; i < n; i++) {
        stage_t stage;
        stage_init(&stage, options, options->sizes[i]);
        /* small sizes are over before a busy moment of the machine is */
        stage.speed.n_repeats *= 1 + (int)(1000000 / stage.model->n_slots);
        check(ent_speed_threads(&stage.speed, options->n_threads, split, side, &stage.ctx), &stage.ctx);
        const double one = split[0] < side[0] ? split[0] : side[0];
        for (int t = 0; t < options->n_threads; t++) {
            printf("%12ld %8d %18.1f %6.2f x %19.1f %6.2f x\n", stage.model->n_slots, t + 1, 1e3 / split[t],
                   one / split[t], 1e3 / side[t], one / side[t]);
        }
        fflush(stdout);
        stage_free(&stage);
    }
}

/* What the step needs of the machine, counted from its arrays: each slot's state is read and written once,
 * its calendars read; one order pass and one settling pass. */
static double bytes_moved(const ent_model_t *model)
{
    const double order = 2 + 4 + 4 + 4 + 2; /* supplier, position, smoothed; ring */
    const double settle = 2 * (4 + 4 + 4 + 4) + 4 + 4 + 2 + 2 + 0.12 * (8 + 24) + 6.0 * model->n_ages;
    return order + settle;
}

static void part_machine(const bench_options_t *options)
{
    stage_t stage;
    stage_init(&stage, options, options->sizes[options->n_sizes > 1]);
    const double triad = bench_triad(1), rate = bench_exponentials();
    const double ns = time_one(&stage, 1, 0).ns;
    const double bytes = bytes_moved(stage.model);
    /* resets: a logarithm and an exponential; renewals: 17 logarithms, at the default rates */
    const double functions = 2 * 0.118 + 17 * 0.025;
    printf("\nMachine: triad %.1f GB/s on one thread, %.1f on %d; exponentials %.0f M/s in cache\n",
           triad / 1e9, bench_triad(options->n_threads) / 1e9, options->n_threads, rate / 1e6);
    printf("Roofline at %ld slots: %.0f bytes and %.2f exponentials or logarithms per slot-step; memory "
           "allows %.0f, "
           "functions %.0f, reached %.1f M slot-steps/s (%.0f %% of the memory roof)\n",
           stage.model->n_slots, bytes, functions, triad / bytes / 1e6, rate / functions / 1e6, 1e3 / ns,
           100.0 * (1e9 / ns) / (triad / bytes));
    fflush(stdout);
    stage_free(&stage);
}

/* ---- command line
 * --------------------------------------------------------------------------------------------- */

typedef struct {
    const char *name;
    void (*run)(const bench_options_t *options);
} part_t;

static const part_t parts[] = {{"sizes", part_sizes},     {"phases", part_phases},
                               {"kernels", part_kernels}, {"threads", part_threads},
                               {"machine", part_machine}, {"peers", bench_peers}};
enum { N_PARTS = sizeof parts / sizeof *parts };

typedef struct {
    bench_options_t bench;
    int chosen[N_PARTS], any;
} arguments_t;

static const struct argp_option option_table[] = {
    {"part", 'p', "NAME", 0, "sizes, phases, kernels, threads, machine or peers; may be repeated", 0},
    {"slots", 'n', "N", 0, "A size to play; may be repeated", 0},
    {"regions", 'r', "N", 0, "Regions of the world made", 0},
    {"sectors", 's', "N", 0, "Sectors of the world made", 0},
    {"steps", 't', "N", 0, "Timed steps", 0},
    {"repeats", 'k', "N", 0, "Runs, of which the fastest counts", 0},
    {"threads", 'j', "N", 0, "Most threads", 0},
    {"kernel", 'i', "NAME", 0, "portable, avx2 or avx512", 0},
    {0}};

static void choose_part(arguments_t *a, const char *name, struct argp_state *state)
{
    for (int i = 0; i < N_PARTS; i++) {
        if (strcmp(parts[i].name, name) == 0) {
            a->chosen[i] = a->any = 1;
            return;
        }
    }
    argp_error(state, "there is no part '%s'", name);
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    arguments_t *a = state->input;
    bench_options_t *b = &a->bench;
    switch (key) {
    case 'p':
        choose_part(a, text, state);
        return 0;
    case 'n':
        if (b->n_sizes == MOST_SIZES) {
            argp_error(state, "at most %d sizes", MOST_SIZES);
        }
        b->sizes[b->n_sizes++] = (long)strtod(text, NULL);
        return 0;
    case 'r':
        b->n_regions = atoi(text);
        return 0;
    case 's':
        b->n_sectors = atoi(text);
        return 0;
    case 't':
        b->n_steps = atoi(text);
        return 0;
    case 'k':
        b->n_repeats = atoi(text);
        return 0;
    case 'j':
        b->n_threads = atoi(text) < ENT_SPEED_MOST_THREADS ? atoi(text) : ENT_SPEED_MOST_THREADS;
        return 0;
    case 'i':
        b->kernel = text;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int main(int argc, char **argv)
{
    static const struct argp argp = {option_table, parse, NULL, "How fast the engine plays",
                                     NULL,         NULL,  NULL};
    arguments_t a = {.bench = {.n_regions = 15,
                               .n_sectors = 15,
                               .n_steps = 48,
                               .n_repeats = 5,
                               .n_threads = 2,
                               .python = "/usr/bin/python3",
                               .scripts = ENT_BENCH_SCRIPTS,
                               .memory = 8e9}};
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    if (a.bench.n_sizes == 0) {
        a.bench.n_sizes = 4;
        memcpy(a.bench.sizes, (const long[]){200000, 1000000, 100000, 10000000}, 4 * sizeof(long));
    }
    for (int i = 0; i < N_PARTS; i++) {
        if (!a.any || a.chosen[i]) {
            parts[i].run(&a.bench);
        }
    }
    return 0;
}
