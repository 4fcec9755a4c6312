/* How fast the engine plays, on a world made in memory with every friction on and every aggregate recorded:
 *
 *     entrepot_bench [--part NAME]... [--slots N]... [--steps N] [--repeats N] [--threads N] [--kernel NAME]
 *
 * Parts: machine, sizes, phases, kernels, threads, peers (default: all). Seconds of one thread are processor
 * time, so that other programs count less; of several threads they are wall time. The fastest of the repeats
 * counts. bench/README.md has the figures. */
#include "bench_tools.h"

#include "engine/kernel.h"

#include <argp.h>
#include <inttypes.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PLAYERS = 16 };

/* ---- one replication, step by step
 * ---------------------------------------------------------------------------- */

typedef struct {
    ent_state_t state;
    ent_workspace_t *workspace;
    ent_trajectory_t trajectory;
} player_t;

typedef struct {
    ent_synthetic_t world;
    ent_model_t *model;
    ent_world_t draw;
    ent_context_t ctx;
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
}

static void stage_free(stage_t *stage)
{
    ent_world_free(&stage->draw, stage->model);
    ent_model_free(stage->model);
    ent_context_free(&stage->ctx);
    ent_synthetic_free(&stage->world);
}

static void player_init(player_t *player, stage_t *stage, int n_threads, const char *kernel)
{
    *player = (player_t){0};
    check(ent_state_init(&player->state, stage->model, &stage->ctx), &stage->ctx);
    check(ent_workspace_init(&player->workspace, stage->model, n_threads, kernel, &stage->ctx), &stage->ctx);
    check(ent_trajectory_init(&player->trajectory, &stage->world.config, &stage->ctx), &stage->ctx);
}

static void player_free(player_t *player)
{
    ent_state_free(&player->state);
    ent_workspace_free(player->workspace);
    ent_trajectory_free(&player->trajectory);
}

/* From the first step through the burn-in: pages touched, waits and stocks settled. */
static void player_warm(player_t *player, stage_t *stage)
{
    ent_state_begin(&player->state, stage->model, &stage->draw);
    while (player->state.step < 0) {
        check(ent_step(stage->model, &stage->draw, 0, &player->state, player->workspace, NULL, &stage->ctx),
              &stage->ctx);
    }
}

static void player_play(player_t *player, stage_t *stage)
{
    while (player->state.step < stage->world.config.n_steps) {
        check(ent_step(stage->model, &stage->draw, 0, &player->state, player->workspace, &player->trajectory,
                       &stage->ctx),
              &stage->ctx);
    }
}

/* A hash of everything recorded, to see that two ways of playing gave the same bits. */
static uint64_t hash_of(const stage_t *stage, const player_t *player)
{
    const ent_config_t *c = &stage->world.config;
    uint64_t hash = 0;
    for (int f = 0; f < ENT_N_FIELDS; f++) {
        const size_t n = ent_field_size((ent_field_id_t)f, c->n_region, c->n_sector, c->n_flows);
        for (size_t i = 0; i < n * (size_t)c->n_steps; i++) {
            uint32_t bits;
            memcpy(&bits, &player->trajectory.value[f][i], sizeof bits);
            hash = ent_mix64(hash ^ bits);
        }
    }
    return hash;
}

typedef struct {
    double ns; /* per slot-step, of the fastest repeat */
    double phases[ENT_N_PHASES];
    uint64_t hash;
} timing_t;

static timing_t time_one(stage_t *stage, const bench_options_t *options, const char *kernel, int n_threads,
                         int timers)
{
    player_t player;
    timing_t timing = {.ns = 1e99};
    player_init(&player, stage, n_threads, kernel);
    const double slot_steps = (double)stage->model->n_slots * stage->world.config.n_steps;
    for (int i = 0; i < options->n_repeats; i++) {
        double ticks[ENT_N_PHASES] = {0};
        player_warm(&player, stage);
        player.workspace->phase_seconds = timers ? ticks : NULL;
        const double begin = n_threads > 1 ? bench_wall() : bench_thread_time();
        player_play(&player, stage);
        const double taken = (n_threads > 1 ? bench_wall() : bench_thread_time()) - begin;
        player.workspace->phase_seconds = NULL;
        if (taken / slot_steps * 1e9 < timing.ns) {
            timing.ns = taken / slot_steps * 1e9;
            for (int k = 0; k < ENT_N_PHASES; k++) {
                timing.phases[k] = ticks[k] / slot_steps * 1e9;
            }
        }
    }
    timing.hash = hash_of(stage, &player);
    player_free(&player);
    return timing;
}

/* ---- the parts
 * ------------------------------------------------------------------------------------------------ */

static double bytes_per_slot(const ent_model_t *model)
{
    return ((double)ent_state_bytes(model) + (double)ent_workspace_bytes(model)) / (double)model->n_slots;
}

static void part_sizes(const bench_options_t *options)
{
    printf("\nSize: one replication, one thread, %d steps, fastest of %d\n", options->n_steps,
           options->n_repeats);
    printf("%12s %10s %12s %14s %16s\n", "slots", "presences", "bytes/slot", "ns/slot-step",
           "M slot-steps/s");
    for (int i = 0; i < options->n_sizes; i++) {
        stage_t stage;
        stage_init(&stage, options, options->sizes[i]);
        if ((double)ent_state_bytes(stage.model) > options->memory) {
            printf("%12ld does not fit the %.1f GB allowed\n", options->sizes[i], options->memory / 1e9);
        } else {
            const double ns = time_one(&stage, options, options->kernel, 1, 0).ns;
            printf("%12ld %10d %12.1f %14.2f %16.1f\n", stage.model->n_slots, stage.model->n_presences,
                   bytes_per_slot(stage.model), ns, 1e3 / ns);
        }
        fflush(stdout);
        stage_free(&stage);
    }
}

static void part_phases(const bench_options_t *options)
{
    static const char *const names[] = ENT_PHASE_NAMES;
    printf("\nPhases: ns per slot-step and share of the step (timers on)\n%-34s", "slots");
    const int n = options->n_sizes < 3 ? options->n_sizes : 3;
    timing_t timing[3];
    for (int i = 0; i < n; i++) {
        stage_t stage;
        stage_init(&stage, options, options->sizes[i]);
        timing[i] = time_one(&stage, options, options->kernel, 1, 1);
        printf(" %18ld", stage.model->n_slots);
        stage_free(&stage);
    }
    printf("\n");
    for (int k = 0; k < ENT_N_PHASES; k++) {
        printf("%-34s", names[k]);
        for (int i = 0; i < n; i++) {
            printf(" %9.2f %6.1f %%", timing[i].phases[k], 100.0 * timing[i].phases[k] / timing[i].ns);
        }
        printf("\n");
    }
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
            const timing_t timing = time_one(&stage, options, kernels[k], 1, 0);
            slowest = slowest > 0.0 ? slowest : timing.ns;
            printf("%12s %14.2f %16.1f %8.2f %18" PRIx64 "\n", kernels[k], timing.ns, 1e3 / timing.ns,
                   slowest / timing.ns, timing.hash);
            fflush(stdout);
        }
    }
    stage_free(&stage);
}

/* As many replications side by side as threads: wall nanoseconds per slot-step of all. */
static double time_side_by_side(stage_t *stage, const bench_options_t *options, int n_threads)
{
    player_t player[MOST_PLAYERS];
    double fastest = 1e99;
    for (int t = 0; t < n_threads; t++) {
        player_init(&player[t], stage, 1, options->kernel);
    }
    for (int i = 0; i < options->n_repeats; i++) {
        double begin = 0.0;
#pragma omp parallel num_threads(n_threads)
        {
            player_warm(&player[omp_get_thread_num()], stage);
#pragma omp barrier
#pragma omp single
            begin = bench_wall();
            player_play(&player[omp_get_thread_num()], stage);
        }
        const double taken = bench_wall() - begin;
        fastest = taken < fastest ? taken : fastest;
    }
    for (int t = 0; t < n_threads; t++) {
        player_free(&player[t]);
    }
    return fastest / ((double)stage->model->n_slots * stage->world.config.n_steps * n_threads) * 1e9;
}

static void part_threads(const bench_options_t *options)
{
    printf("\nThreads: wall time, M slot-steps/s in all and gain over one thread\n");
    printf("%12s %8s %28s %28s\n", "slots", "threads", "agents over threads", "replications over threads");
    const int n = options->n_sizes < 3 ? options->n_sizes : 3;
    for (int i = 0; i < n; i++) {
        stage_t stage;
        double one[2] = {0};
        stage_init(&stage, options, options->sizes[i]);
        for (int t = 1; t <= options->n_threads; t++) {
            const double split = t == 1 ? time_side_by_side(&stage, options, 1)
                                        : time_one(&stage, options, options->kernel, t, 0).ns;
            const double side = time_side_by_side(&stage, options, t);
            one[0] = t == 1 ? (split < side ? split : side) : one[0];
            one[1] = t == 1 ? one[0] : one[1];
            printf("%12ld %8d %18.1f %6.2f x %19.1f %6.2f x\n", stage.model->n_slots, t, 1e3 / split,
                   one[0] / split, 1e3 / side, one[1] / side);
            fflush(stdout);
        }
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
    stage_init(&stage, options, options->sizes[options->n_sizes > 2 ? 2 : options->n_sizes - 1]);
    const double triad = bench_triad(1), rate = bench_exponentials();
    const double ns = time_one(&stage, options, options->kernel, 1, 0).ns;
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
        b->n_threads = atoi(text) < MOST_PLAYERS ? atoi(text) : MOST_PLAYERS;
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
