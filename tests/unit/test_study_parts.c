/* A study from its plan to its tables: parts, faults of points and of files, and what an analysis refuses. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "ent_test.h"
#include "words.h"

#include "base/input.h"
#include "study/study.h"
#include "study/study_analysis.h"
#include "study/test_models.h"

#include <hdf5.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static ent_context_t ctx;
static char folder[64], study_path[96], config_path[96], plan_folder[96], merged_path[96],
    benchmark_path[4096];

#define LAW "distribution: {kind: uniform, low: 0, high: 1}"
#define ISHIGAMI                                                                                             \
    "study: s\nmodel: ishigami\nuncertainties: [{name: a, " LAW "}, {name: b, " LAW "}, {name: c, " LAW "}]" \
    "\n"
#define FOUR ISHIGAMI "design: {kind: sobol, points: 4}\n"

static const char config_text[] =
    "name: small\n"
    "start: 2025-01-01\n"
    "steps: 5\n"
    "burn_in: 1\n"
    "replications: 2\n"
    "repeats: 0\n"
    "slots: 200\n"
    "home: KOR\n"
    "regions: {KOR: [KOR], USA: [USA], ROW: rest}\n"
    "sectors: {services: [SERVICES], goods: rest}\n"
    "regimes:\n"
    "  law: {measures: [{id: duty, importer: USA, partners: [KOR], sectors: [goods], rate: 0.1,\n"
    "    announced: 2025-01-01, effective: 2025-01-01}]}\n"
    "  none: {}\n"
    "scenarios: [law, none]\n";

static void shell(const char *format, const char *argument)
{
    char command[256];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(command, sizeof command, format, argument);
#pragma GCC diagnostic pop
    assert_int_equal(system(command), 0);
}

static void put_config(const char *more)
{
    char text[8192];
    snprintf(text, sizeof text, "benchmark: %s\n%s%s", benchmark_path, config_text, more);
    put(config_path, text);
}

static int setup(void **state)
{
    (void)state;
    ent_context_init(&ctx);
    make_folder(folder);
    snprintf(study_path, sizeof study_path, "%s/study.yaml", folder);
    snprintf(config_path, sizeof config_path, "%s/config.yaml", folder);
    snprintf(plan_folder, sizeof plan_folder, "%s/plan", folder);
    snprintf(merged_path, sizeof merged_path, "%s/merged.h5", folder);
    assert_non_null(realpath("tests/fuzz/data/small.h5", benchmark_path));
    put_config("");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    remove_folder(folder);
    ent_context_free(&ctx);
    return 0;
}

/* The code, and the words in some fault; the faults are forgotten. */
static void expect(int actual, int code, const char *words)
{
    int found = 0;

    for (size_t i = 0; i < ctx.n_faults; i++) {
        const ent_fault_t *fault = &ctx.faults[i];
        const char *const texts[] = {fault->rule, fault->key, fault->value, fault->nearest, fault->file};
        for (size_t t = 0; t < 5; t++) {
            found |= texts[t] != NULL && strstr(texts[t], words) != NULL;
        }
    }
    if (actual != code || !found) {
        ent_context_print(&ctx, stderr);
        fail_msg("code %d, not %d, or not told: %s", actual, code, words);
    }
    ent_context_clear(&ctx);
}

static int make(const char *study)
{
    put(study_path, study);
    return ent_plan_make(study_path, plan_folder, &ctx);
}

static int run(const ent_plan_file_t *plan, const ent_shard_options_t *more)
{
    ent_shard_options_t options = more != NULL ? *more : (ent_shard_options_t){.part_seconds = 1e9};
    options.shard = options.shard > 0 ? options.shard : 1;
    options.n_shards = options.n_shards > 0 ? options.n_shards : 1;
    options.n_threads = 1;
    return ent_shard_run(plan, &options, &ctx);
}

static void make_and_run(const char *study, ent_plan_file_t *plan)
{
    explain(&ctx, make(study));
    explain(&ctx, ent_plan_open(plan, plan_folder, &ctx));
    explain(&ctx, run(plan, NULL));
}

static void merge(const ent_plan_file_t *plan, int missing, int failed)
{
    int n_missing = -1, n_failed = -1;
    ent_input_forget(
        &ctx, merged_path); /* what a case read of the last merge: each stands for a command of its own */
    explain(&ctx, ent_study_merge(plan, merged_path, 1, 0, &n_missing, &n_failed, &ctx));
    assert_int_equal(n_missing, missing);
    assert_int_equal(n_failed, failed);
}

/* ---- plans ---- */

static void a_plan_stays_what_it_is(void **state)
{
    ent_plan_file_t plan;
    char command[256];

    (void)state;
    explain(&ctx, make(FOUR));
    explain(&ctx, make(FOUR)); /* the same again is left */
    expect(make(ISHIGAMI "design: {kind: sobol, points: 5}\n"), ENT_ERR_CONFIG, "the study file");
    remove_folder(plan_folder);

    static const char played[] =
        "study: p\nconfig: config.yaml\nlevers: [{name: l, path: seed, values: [1, 2]}]\n"
        "outcomes: [{name: o, outcome: exports}]\n";
    explain(&ctx, make(played));
    explain(&ctx, ent_plan_open(&plan, plan_folder, &ctx));
    assert_int_equal(plan.n_points, 2);
    assert_int_equal(plan.n_replications, 2);
    explain(&ctx, ent_plan_check_config(&plan, &ctx));
    put_config("title: another\n");
    expect(ent_plan_check_config(&plan, &ctx), ENT_ERR_CONFIG, "has changed since the plan was made");
    expect(run(&plan, NULL), ENT_ERR_CONFIG, "has changed since the plan was made");
    expect(make(played), ENT_ERR_CONFIG, "the config, its data or the fixed settings");
    unlink(config_path);
    expect(ent_plan_check_config(&plan, &ctx), ENT_ERR_NO_INPUT, "config.yaml");
    ent_plan_close(&plan);

    expect(ent_plan_make("/nowhere/study.yaml", plan_folder, &ctx), ENT_ERR_NO_INPUT, "/nowhere/study.yaml");
    expect(ent_plan_open(&plan, "/nowhere", &ctx), ENT_ERR_NO_INPUT, "/nowhere");
    snprintf(command, sizeof command, "%s/no/such", folder);
    put(study_path, FOUR);
    expect(ent_plan_make(study_path, command, &ctx), ENT_ERR_CANT_CREATE, "cannot be created");
}

static void impossible_plans_are_refused(void **state)
{
    static const struct {
        const char *study, *words;
    } cases[] = {
        {ISHIGAMI "design: {kind: morris, points: 2, levels: 3}\n", "even number of levels"},
        {ISHIGAMI "design: {kind: factorial, levels: 1000}\n", "rows are more than"},
        {"study: p\nconfig: config.yaml\nlevers: [{name: l, path: seed, values: [1, 2, 3, 4]}]\n"
         "uncertainties: [{name: u, path: slots, " LAW
         "}]\ndesign: {kind: latin_hypercube, points: 9000000}\n"
         "outcomes: [{name: o, outcome: exports}]\n",
         "points are more than"},
        {"study: p\nconfig: config.yaml\nlevers: [{name: l, path: sead, values: [1]}]\n"
         "outcomes: [{name: o, outcome: exports}]\n",
         "seed"},
        {"study: p\nconfig: config.yaml\noutcomes: [{name: o, outcome: exports, scenario: lay}]\n", "law"},
        {"study: p\nconfig: config.yaml\noutcomes: [{name: o, outcome: exports, base: non, view: change}]\n",
         "none"},
        {"study: p\nconfig: config.yaml\noutcomes: [{name: o, outcome: exports, partner: USB}]\n", "USA"},
        {"study: p\nconfig: config.yaml\noutcomes: [{name: o, outcome: exports, sector: good}]\n", "goods"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect(make(cases[i].study), ENT_ERR_CONFIG, cases[i].words);
    }
    explain(&ctx,
            make("study: p\nconfig: config.yaml\noutcomes: [{name: o, outcome: exports, partner: all}]\n"));
}

/* Change a file by HDF5 and seal it again. */
static void damage(const char *path, const char *dataset, const char *attribute, long long value)
{
    const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);

    assert_true(file >= 0);
    if (attribute == NULL) {
        assert_true(H5Ldelete(file, dataset, H5P_DEFAULT) >= 0);
    } else {
        const hid_t a = H5Aopen(file, attribute, H5P_DEFAULT);
        assert_true(a >= 0 && H5Awrite(a, H5T_NATIVE_LLONG, &value) >= 0);
        H5Aclose(a);
    }
    assert_true(H5Fclose(file) >= 0);
    seal_again(path);
}

static void damaged_plans_are_told(void **state)
{
    static const struct {
        const char *dataset, *attribute;
        long long value;
        const char *words;
    } cases[] = {
        {"study", NULL, 0, "no whole plan"},
        {"row", NULL, 0, "no whole plan"},
        {"uncertainty", NULL, 0, "do not belong together"},
        {NULL, "n_combinations", 7, "numbers that cannot be"},
        {NULL, "n_replications", 0, "numbers that cannot be"},
        {NULL, "n_replications", 2000000, "numbers that cannot be"},
    };
    char path[128];
    ent_plan_file_t plan;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        explain(&ctx, make(FOUR));
        snprintf(path, sizeof path, "%s/plan.h5", plan_folder);
        damage(path, cases[i].dataset, cases[i].attribute, cases[i].value);
        expect(ent_plan_open(&plan, plan_folder, &ctx), ENT_ERR_DATA, cases[i].words);
        remove_folder(plan_folder);
    }
    explain(&ctx, make(FOUR));
    damage(path, "x", NULL, 0);
    explain(&ctx, ent_plan_open(&plan, plan_folder, &ctx));
    double x[3];
    expect(ent_plan_point(&plan, 0, x, &ctx), ENT_ERR_DATA, "a row cannot be read");
    ent_plan_close(&plan);
}

/* ---- parts ---- */

static void count(void *data, int n_done, int n_total)
{
    int *seen = data;
    assert_int_equal(n_total, 4 - *seen / 10);
    assert_int_equal(n_done, *seen % 10 + 1);
    ++*seen;
}

/* Stopped after every point, and gone on: as many parts, and the same values. */
static void a_stopped_shard_goes_on(void **state)
{
    static const int stop = 1;
    ent_plan_file_t plan;
    ent_parts_t parts;
    int seen = 0;

    (void)state;
    explain(&ctx, make(FOUR));
    explain(&ctx, ent_plan_open(&plan, plan_folder, &ctx));
    expect(run(&plan, &(ent_shard_options_t){.part_seconds = 1e9, .stop = &stop}), ENT_ERR_STOPPED,
           "stopped on request after 1 of 4 points");
    seen = 10; /* three are left */
    explain(&ctx, run(&plan, &(ent_shard_options_t){
                                 .part_seconds = 0.0, .progress = count, .progress_data = &seen}));
    assert_int_equal(seen, 13);
    explain(&ctx, ent_parts_list(&parts, plan_folder, &ctx));
    assert_int_equal(parts.n, 4); /* a part a point, as no part may take time */
    for (int p = 0; p < parts.n; p++) {
        assert_int_equal(parts.parts[p].part, p);
    }
    ent_parts_free(&parts);
    merge(&plan, 0, 0);
    ent_study_data_t study;
    explain(&ctx, ent_study_data_read(&study, merged_path, &ctx));
    explain(&ctx, ent_study_data_load(&study, "y", &ctx));
    for (int i = 0; i < 4; i++) {
        assert_close(study.mean[i], ent_test_ishigami(study.x + 3 * i), 1e-12);
    }
    ent_study_data_free(&study);
    ent_plan_close(&plan);
}

/* Two shards of three play half each; what is not played is missing. */
static void shards_share_the_points(void **state)
{
    ent_plan_file_t plan;
    signed char states[4];
    ent_parts_t parts;

    (void)state;
    explain(&ctx, make(FOUR));
    explain(&ctx, ent_plan_open(&plan, plan_folder, &ctx));
    merge(&plan, 4, 0);
    for (int shard = 1; shard <= 2; shard++) {
        explain(&ctx, run(&plan, &(ent_shard_options_t){.shard = shard, .n_shards = 3, .part_seconds = 1e9}));
    }
    merge(&plan, 1, 0); /* the third's */
    /* names that are no parts', and what a dead writer has left */
    shell("cd %s/shards && touch readme 00001-of-00001.000000.n0.f0.h5 00001-of-00003.x.h5.tmp "
          "00001-of-00001.000000.n1.f2.h5 00001-of-00001.000000.n1.f0.h5x",
          plan_folder);
    explain(&ctx, run(&plan, &(ent_shard_options_t){.shard = 1, .n_shards = 3, .part_seconds = 1e9}));
    shell("test ! -e %s/shards/00001-of-00003.x.h5.tmp", plan_folder);
    explain(&ctx, ent_parts_list(&parts, plan_folder, &ctx));
    assert_int_equal(parts.n, 2);
    explain(&ctx, ent_study_states(&plan, &parts, states, &ctx));
    assert_int_equal(states[0] + states[1] + states[3], 3);
    assert_int_equal(states[2], 0);
    ent_parts_free(&parts);
    ent_plan_close(&plan);
    shell("rm -rf %s/shards", plan_folder);
    expect(ent_parts_list(&parts, plan_folder, &ctx), ENT_ERR_NO_INPUT, "cannot be opened");
}

/* A lock of another process. */
static void a_shard_has_one_writer(void **state)
{
    ent_plan_file_t plan;
    int ready[2], done[2], status;
    char byte = 'x';

    (void)state;
    explain(&ctx, make(FOUR));
    explain(&ctx, ent_plan_open(&plan, plan_folder, &ctx));
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(done), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char path[128];
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        snprintf(path, sizeof path, "%s/shards/00001-of-00001.lock", plan_folder);
        const int fd = open(path, O_RDWR | O_CREAT, 0666);
        close(done[1]);
        const int fine = fd >= 0 && fcntl(fd, F_SETLK, &lock) == 0 && write(ready[1], "x", 1) == 1 &&
                         read(done[0], &byte, 1) >= 0;
        _exit(fine ? 0 : 1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    expect(run(&plan, NULL), ENT_ERR_CANT_CREATE, "another process plays this shard");
    close(done[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    explain(&ctx, run(&plan, NULL));
    close(ready[0]);
    close(ready[1]);
    close(done[0]);
    ent_plan_close(&plan);
}

/* Points that cannot be played are kept as such with their reasons, and played again when asked. */
static void points_that_fail_are_kept(void **state)
{
    ent_plan_file_t plan;
    ent_parts_t parts;
    char *text = NULL;
    size_t size = 0;

    (void)state;
    explain(&ctx, make("study: p\nconfig: config.yaml\nset: {replications: 1}\n"
                       "levers: [{name: l, path: closure, values: [partial, odd, partial]}]\n"
                       "outcomes: [{name: o, outcome: exports}]\n"));
    explain(&ctx, ent_plan_open(&plan, plan_folder, &ctx));
    expect(run(&plan, NULL), ENT_ERR_PARTIAL, "1 points could not be played");
    explain(&ctx, run(&plan, NULL)); /* not again */
    expect(run(&plan, &(ent_shard_options_t){.part_seconds = 1e9, .retry_failed = 1}), ENT_ERR_PARTIAL,
           "1 points could not be played");
    merge(&plan, 0, 1);
    explain(&ctx, ent_parts_list(&parts, plan_folder, &ctx));
    FILE *stream = open_memstream(&text, &size);
    explain(&ctx, ent_parts_reasons(&parts, stream, &ctx));
    fclose(stream);
    assert_non_null(strstr(text, "point 1: "));
    assert_non_null(strstr(text, "odd"));
    free(text);
    int n_missing, n_failed;
    explain(&ctx, ent_study_merge(&plan, merged_path, 1, 1, &n_missing, &n_failed, &ctx)); /* virtual */
    assert_int_equal(n_failed, 1);
    ent_study_data_t study;
    explain(&ctx, ent_study_data_read(&study, merged_path, &ctx));
    explain(&ctx, ent_study_data_load(&study, NULL, &ctx));
    assert_true(isfinite(study.mean[0]) && isnan(study.mean[1]) && study.mean[2] == study.mean[0]);
    ent_study_data_free(&study);
    ent_parts_free(&parts);
    ent_plan_close(&plan);
}

/* As many replications as the interval asks for, and no more than the most. */
static void replications_come_by_need(void **state)
{
    ent_plan_file_t plan;

    (void)state;
    for (int wide = 0; wide < 2; wide++) {
        char text[512];
        ent_study_data_t study;

        snprintf(
            text, sizeof text,
            "study: p\nconfig: config.yaml\nset: {slots: 2000}\noutcomes: [{name: o, outcome: exports}]\n"
            "adaptive: {outcome: o, half_width: %s, first: 2, most: 5}\n",
            wide ? "1e9" : "1e-9");
        make_and_run(text, &plan);
        merge(&plan, 0, 0);
        explain(&ctx, ent_study_data_read(&study, merged_path, &ctx));
        explain(&ctx, ent_study_data_load(&study, NULL, &ctx));
        assert_int_equal(study.n_replications, 5);
        assert_int_equal(study.played[0], wide ? 2 : 5);
        ent_study_data_free(&study);
        ent_plan_close(&plan);
        remove_folder(plan_folder);
    }
}

static void write_in(const char *path, const char *dataset, hid_t type, const void *value)
{
    const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT), set = H5Dopen2(file, dataset, H5P_DEFAULT);
    assert_true(set >= 0 && H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0);
    H5Dclose(set);
    assert_true(H5Fclose(file) >= 0);
    seal_again(path);
}

/* Sealed parts that are not this plan's, or not what their names say. */
static void damaged_parts_are_told(void **state)
{
    static const char part[] = "00001-of-00001.000000.n4.f0.h5";
    static const char *const missing[] = {"point", "failed", "y", "point_hash"};
    static const int far[4] = {0, 1, 2, 99}, negative[4] = {0, -1, 2, 3}, swapped[4] = {1, 0, 2, 3};
    static const double other[4] = {1.0, 2.0, 3.0, 4.0};
    char path[192], command[512];
    ent_plan_file_t plan;
    int n_missing, n_failed;

    (void)state;
    make_and_run(FOUR, &plan);
    snprintf(path, sizeof path, "%s/shards/%s", plan_folder, part);
    snprintf(command, sizeof command, "cp %s %s/kept.h5", path, folder);
    assert_int_equal(system(command), 0);
    snprintf(command, sizeof command, "cp %s/kept.h5 %s", folder, path);
    for (size_t i = 0; i < 4; i++) {
        damage(path, missing[i], NULL, 0);
        expect(ent_study_merge(&plan, merged_path, 1, 0, &n_missing, &n_failed, &ctx), ENT_ERR_DATA, part);
        assert_int_equal(system(command), 0);
    }
    for (int is_virtual = 0; is_virtual < 2; is_virtual++) {
        write_in(path, "point", H5T_NATIVE_INT, far);
        expect(ent_study_merge(&plan, merged_path, 1, is_virtual, &n_missing, &n_failed, &ctx), ENT_ERR_DATA,
               "a point that the plan has not");
        write_in(path, "point", H5T_NATIVE_INT, negative);
        expect(ent_study_merge(&plan, merged_path, 1, is_virtual, &n_missing, &n_failed, &ctx), ENT_ERR_DATA,
               "a point that the plan has not");
        write_in(path, "point", H5T_NATIVE_INT, swapped);
        expect(ent_study_merge(&plan, merged_path, 1, is_virtual, &n_missing, &n_failed, &ctx), ENT_ERR_DATA,
               "has the hash of other parameters");
        assert_int_equal(system(command), 0);
    }

    /* the same points in a second part: the same values, or told */
    char again[192], copy[512];
    snprintf(again, sizeof again, "%s/shards/00001-of-00001.000001.n4.f0.h5", plan_folder);
    snprintf(copy, sizeof copy, "cp %s %s", path, again);
    assert_int_equal(system(copy), 0);
    merge(&plan, 0, 0);
    explain(&ctx, ent_study_merge(&plan, merged_path, 1, 1, &n_missing, &n_failed, &ctx));
    write_in(again, "y", H5T_NATIVE_DOUBLE, other);
    expect(ent_study_merge(&plan, merged_path, 1, 0, &n_missing, &n_failed, &ctx), ENT_ERR_DATA,
           "other values here than in another part");

    /* a name that promises more */
    char more[512];
    snprintf(more, sizeof more, "mv %s %s/shards/00001-of-00001.000001.n5.f0.h5", again, plan_folder);
    assert_int_equal(system(more), 0);
    expect(ent_study_merge(&plan, merged_path, 1, 0, &n_missing, &n_failed, &ctx), ENT_ERR_DATA,
           "as many points as its name says");
    snprintf(more, sizeof more, "mv %s/shards/00001-of-00001.000001.n5.f0.h5 %s", plan_folder, again);
    assert_int_equal(system(more), 0);
    ent_plan_close(&plan);

    /* another plan's */
    shell("rm %s/plan.h5", plan_folder);
    explain(&ctx, make(ISHIGAMI "design: {kind: sobol, points: 4, seed: 2}\n"));
    explain(&ctx, ent_plan_open(&plan, plan_folder, &ctx));
    expect(ent_study_merge(&plan, merged_path, 1, 0, &n_missing, &n_failed, &ctx), ENT_ERR_DATA,
           "belongs to another plan");
    expect(run(&plan, NULL), ENT_ERR_DATA, "belongs to another plan");
    ent_plan_close(&plan);
}

static void job_scripts_are_written(void **state)
{
    const ent_jobs_options_t options = {.n_shards = 3,
                                        .n_threads = 2,
                                        .minutes = 61,
                                        .notice = 90,
                                        .chunk = 2,
                                        .queue = "fast",
                                        .program = "/opt/it's/entrepot",
                                        .merged = "m.h5"};
    ent_plan_file_t plan;

    (void)state;
    explain(&ctx, make(FOUR));
    explain(&ctx, ent_plan_open(&plan, plan_folder, &ctx));
    explain(&ctx, ent_study_jobs(&plan, "slurm", &options, &ctx));
    shell("cd %s/slurm && grep -q 'array=1-3%%2' array.sh && grep -q 'partition=fast' merge.sh && grep -q "
          "'time=01:01:00' array.sh && sh -n submit.sh",
          plan_folder);
    explain(&ctx, ent_study_jobs(&plan, "slurm", &options, &ctx)); /* again */
    ent_plan_close(&plan);
    shell("cd %s && mv plan '50%% plan'", folder);
    char odd[128];
    snprintf(odd, sizeof odd, "%s/50%% plan", folder);
    explain(&ctx, ent_plan_open(&plan, odd, &ctx));
    expect(ent_study_jobs(&plan, "slurm", &options, &ctx), ENT_ERR_CONFIG, "Slurm takes no folder name");
    shell("rm -rf %s/50*", folder);
    expect(ent_study_jobs(&plan, "slurm", &options, &ctx), ENT_ERR_NO_INPUT, "cannot be found");
    ent_plan_close(&plan);
}

/* ---- analysis ---- */

static void damaged_studies_are_told(void **state)
{
    static const char *const missing[] = {"factor", "factor_values", "outcome", "x", "u", "lever", "row"};
    static const int lever[4] = {0, 0, 0, 5}, row[4] = {0, -1, 2, 3};
    ent_study_data_t study;
    ent_plan_file_t plan;

    (void)state;
    make_and_run(FOUR, &plan);
    for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++) {
        merge(&plan, 0, 0);
        damage(merged_path, missing[i], NULL, 0);
        expect(ent_study_data_read(&study, merged_path, &ctx), ENT_ERR_DATA, "no whole study");
    }
    merge(&plan, 0, 0);
    write_in(merged_path, "lever", H5T_NATIVE_INT, lever);
    expect(ent_study_data_read(&study, merged_path, &ctx), ENT_ERR_DATA, "no whole study");
    merge(&plan, 0, 0);
    write_in(merged_path, "row", H5T_NATIVE_INT, row);
    expect(ent_study_data_read(&study, merged_path, &ctx), ENT_ERR_DATA, "no whole study");
    merge(&plan, 0, 0);
    damage(merged_path, NULL, "n_levers", 4);
    expect(ent_study_data_read(&study, merged_path, &ctx), ENT_ERR_DATA, "no whole study");
    merge(&plan, 0, 0);
    damage(merged_path, "y", NULL, 0);
    explain(&ctx, ent_study_data_read(&study, merged_path, &ctx));
    expect(ent_study_data_load(&study, "x", &ctx), ENT_ERR_USAGE, "is no outcome of this study");
    expect(ent_study_data_load(&study, "y", &ctx), ENT_ERR_DATA, "its values cannot be read");
    ent_study_data_free(&study);
    ent_plan_close(&plan);
    expect(ent_study_data_read(&study, "/nowhere.h5", &ctx), ENT_ERR_NO_INPUT, "/nowhere.h5");
}

static int analyse(const ent_study_data_t *study, ent_study_method_t method, ent_analysis_options_t *options,
                   int *n_rows)
{
    ent_table_t table;
    const int code = ent_analysis_table(study, method, options, &table, &ctx);

    *n_rows = table.n_rows;
    ent_table_free(&table);
    return code;
}

static void open_study(const char *text, ent_study_data_t *study)
{
    ent_plan_file_t plan;

    make_and_run(text, &plan);
    merge(&plan, 0, 0);
    ent_plan_close(&plan);
    remove_folder(plan_folder);
    explain(&ctx, ent_study_data_read(study, merged_path, &ctx));
    explain(&ctx, ent_study_data_load(study, NULL, &ctx));
}

static void methods_must_fit(void **state)
{
    ent_analysis_options_t options;
    ent_study_data_t study;
    int n;

    (void)state;
    ent_analysis_defaults(&options);
    open_study(FOUR, &study);
    expect(analyse(&study, ENT_STUDY_SOBOL, &options, &n), ENT_ERR_USAGE, "does not fit a sobol design");
    expect(analyse(&study, ENT_STUDY_MORRIS, &options, &n), ENT_ERR_USAGE, "does not fit a sobol design");
    expect(analyse(&study, ENT_STUDY_REPLICATIONS, &options, &n), ENT_ERR_USAGE, "says nothing of chance");
    expect(analyse(&study, ENT_STUDY_PRIM, &options, &n), ENT_ERR_USAGE, "what is of interest");
    expect(analyse(&study, ENT_STUDY_PAWN, &options, &n), ENT_ERR_DATA, "too few");
    expect(analyse(&study, ENT_STUDY_SURFACE, &options, &n), ENT_ERR_USAGE, "two factors of the study");
    options.factors[0] = "a";
    options.factors[1] = "d";
    expect(analyse(&study, ENT_STUDY_SURFACE, &options, &n), ENT_ERR_USAGE, "two factors of the study");
    options.factors[1] = "b";
    explain(&ctx, analyse(&study, ENT_STUDY_SURFACE, &options, &n));
    assert_int_equal(n, 64);
    explain(&ctx, analyse(&study, ENT_STUDY_CONVERGENCE, &options, &n));
    assert_int_equal(n, 2); /* two and four rows */
    ent_study_data_free(&study);

    /* a single point: every factor is constant */
    open_study(ISHIGAMI "design: {kind: latin_hypercube, points: 1}\n", &study);
    explain(&ctx, analyse(&study, ENT_STUDY_SURFACE, &options, &n));
    explain(&ctx, analyse(&study, ENT_STUDY_TORNADO, &options, &n)); /* nothing moves: a note */
    assert_int_equal(n, 0);
    explain(&ctx, analyse(&study, ENT_STUDY_CONVERGENCE, &options, &n));
    assert_int_equal(n, 0);
    ent_study_data_free(&study);
}

/* Combinations of levers have rows of their own, and are named. */
static void levers_have_their_own_rows(void **state)
{
    static const char text[] =
        "study: p\nconfig: config.yaml\nset: {replications: 3}\n"
        "levers: [{name: rate, path: 'regimes.law.measures[0].rate', values: [0, 0.4]}]\n"
        "uncertainties: [{name: sigma, path: parameters.slot_elasticity, distribution: {kind: uniform, low: "
        "1.5, high: 3}}]\n"
        "design: {kind: one_at_a_time, levels: 3}\n"
        "outcomes: [{name: o, outcome: exports, scenario: law, partner: USA}]\n";
    ent_analysis_options_t options;
    ent_study_data_t study;
    ent_table_t table;
    int n;

    (void)state;
    open_study(text, &study);
    assert_int_equal(study.n_combinations, 2);
    ent_analysis_defaults(&options);
    options.want = 1e9;
    explain(&ctx, ent_analysis_table(&study, ENT_STUDY_TORNADO, &options, &table, &ctx));
    assert_true(table.n_rows >= 1);
    assert_string_equal(table.cells[(size_t)(table.n_rows - 1) * (size_t)table.n_columns].text, "rate=0.4");
    ent_table_free(&table);
    explain(&ctx, ent_analysis_table(&study, ENT_STUDY_REPLICATIONS, &options, &table, &ctx));
    assert_int_equal(table.n_rows, 4); /* two and three replications, for each rate */
    const double mean = table.cells[(size_t)table.n_columns + 2].number;
    double sum = 0.0;
    for (int i = 0; i < study.n_rows; i++) {
        sum += study.mean[i] / study.n_rows;
    }
    assert_close(mean, sum, 1e-12);
    assert_true(table.cells[table.n_columns + 4].number == 2.0); /* two are enough */
    ent_table_free(&table);
    options.want = 1e-12;
    explain(&ctx, ent_analysis_table(&study, ENT_STUDY_REPLICATIONS, &options, &table, &ctx));
    assert_true(isinf(table.cells[table.n_columns + 4].number)); /* no number is */
    ent_table_free(&table);
    options.factors[0] = "rate";
    options.factors[1] = "sigma";
    explain(&ctx, analyse(&study, ENT_STUDY_SURFACE, &options, &n));
    assert_int_equal(n, 16);
    options.below = -1.0; /* nothing is */
    explain(&ctx, analyse(&study, ENT_STUDY_PRIM, &options, &n));
    assert_int_equal(n, 0);
    ent_study_data_free(&study);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_plan_stays_what_it_is),    CASE(impossible_plans_are_refused), CASE(damaged_plans_are_told),
        CASE(a_stopped_shard_goes_on),    CASE(shards_share_the_points),      CASE(a_shard_has_one_writer),
        CASE(points_that_fail_are_kept),  CASE(replications_come_by_need),    CASE(damaged_parts_are_told),
        CASE(job_scripts_are_written),    CASE(damaged_studies_are_told),     CASE(methods_must_fit),
        CASE(levers_have_their_own_rows),
    };
    return cmocka_run_group_tests_name("study parts", tests, NULL, NULL);
}
