/* The program's commands within this process, with every call of memory, HDF5 and files failing in turn: each
 * ends with one of the documented exit codes and with words on standard error, and leaves no file but whole
 * ones. */
#include "ent_test.h"
#include "words.h"

#include "cli/commands.h"
#include "failing.h"
#include "whole_config.h"

#include <dirent.h>
#include <fcntl.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_WORDS = 24 };

typedef struct {
    const char *words; /* the command line; FOLDER is the test's own */
    int (*run)(int argc, char **argv);
    int kinds;        /* bits of failing_kind_t; 0: only played */
    const char *made; /* file that is removed before each attempt, NULL: none */
} job_t;

static char folder[64];
static const job_t *job;

static const char config[] =
    "name: job\n"
    "title: A small job\n"
    "benchmark: ../tests/fuzz/data/small.h5\n"
    "start: 2025-01-01\n"
    "steps: 3\n"
    "burn_in: 1\n"
    "replications: 2\n"
    "repeats: 1\n"
    "slots: 200\n"
    "home: KOR\n"
    "regions: {KOR: [KOR], USA: [USA], ROW: rest}\n"
    "sectors: {services: [SERVICES], cars: [C29], goods: rest}\n"
    "mechanisms: {entry: true}\n"
    "exporters: {firms: 30, per_agent: 1}\n"
    "regimes:\n"
    "  law: {measures: [{id: a, importer: USA, partners: [KOR], sectors: [cars, goods], rate: 0.1,\n"
    "    announced: 2025-01-10, effective: 2025-02-01}]}\n"
    "  none: {}\n"
    "scenarios: [law, none]\n";

static const char study[] =
    "study: small\n"
    "config: job.yaml\n"
    "replications: 1\n"
    "levers:\n"
    "  - {name: tariff, path: \"regimes.law.measures[0].rate\", values: [0.05, 0.25]}\n"
    "uncertainties:\n"
    "  - {name: lambda, path: parameters.renewal_rate, distribution: {kind: uniform, low: 0.1, high: 0.8}}\n"
    "design: {kind: latin_hypercube, points: 2, seed: 3}\n"
    "outcomes:\n"
    "  - {name: exports, outcome: exports, period: horizon, sector: goods}\n";

static const char targets[] =
    "calibration: small\n"
    "parameters:\n"
    "  - {name: theta, path: parameters.trade_elasticity, distribution: {kind: uniform, low: 2, high: 8}}\n"
    "population: 10\n"
    "generations: 1\n"
    "set: {slots: 100, steps: 4}\n"
    "moments:\n"
    "  - {name: end, kind: elasticity, flow: KOR-USA, from: 2025-03, to: 2025-04, value: -0.6, error: 0.5, "
    "source: none}\n";

/* In place of Node and of rsvg-convert. */
static const char node[] = "#!/bin/sh\n"
                           "[ \"$1\" = --version ] && exit 0\n"
                           "folder=$(dirname \"$1\")\n"
                           "[ -s \"$folder/page.html\" ] && [ -s \"$folder/report.js\" ] || exit 1\n"
                           "echo picture >\"$folder/out/a.svg\"\n"
                           "echo numbers >\"$folder/out/a.csv\"\n";
static const char convert[] = "#!/bin/sh\n"
                              "[ \"$1\" = --version ] && exit 0\n"
                              "for to; do last=$before before=$to; done\n"
                              "cp \"$to\" \"$last\"\n";

/* ---- the stage ---- */

static void put_file(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void put_observed(void)
{
    char path[128];
    snprintf(path, sizeof path, "%s/observed.csv", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("month,flow,sector,value,working_days\n", file);
    for (int month = 0; month < 36; month++) {
        fprintf(file, "%d-%02d,KOR-USA,cars,%d,%d\n", 2024 + month / 12, 1 + month % 12, 100 + 7 * month % 11,
                20 + month % 3);
        fprintf(file, "%d-%02d,KOR-USA,goods,%d,%d\n", 2024 + month / 12, 1 + month % 12,
                300 + 5 * month % 13, 20 + month % 3);
    }
    assert_int_equal(fclose(file), 0);
}

static void put_programs(void)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/bin", folder);
    assert_int_equal(mkdir(path, 0777), 0);
    put_file("bin/node", node);
    put_file("bin/rsvg-convert", convert);
    snprintf(path, sizeof path, "chmod +x %s/bin/*; mkdir %s/tmp", folder, folder);
    assert_int_equal(system(path), 0);
    snprintf(path, sizeof path, "%s/bin:%s", folder, getenv("PATH"));
    setenv("PATH", path, 1);
    snprintf(path, sizeof path, "%s/tmp", folder);
    setenv("TMPDIR", path, 1);
}

static int setup(void **state)
{
    (void)state;
    omp_set_num_threads(1); /* the same calls in the same order */
    make_folder(folder);
    put_file("job.yaml", config);
    put_file("study.yaml", study);
    put_file("targets.yaml", targets);
    put_file("flows.csv", "year,origin,destination,value\n2023,AUS,CHN,90000\n2023,CHN,AUS,70000\n");
    put_observed();
    put_programs();
    return 0;
}

static int teardown(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) == 0 ? 0 : -1;
}

/* ---- one command ---- */

typedef struct {
    int out, err; /* what standard output and error were */
} kept_t;

static kept_t redirect(void)
{
    char path[128];
    const kept_t kept = {dup(STDOUT_FILENO), dup(STDERR_FILENO)};
    fflush(stdout);
    fflush(stderr);
    snprintf(path, sizeof path, "%s/stderr", folder);
    const int null = open("/dev/null", O_WRONLY), words = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    assert_true(null >= 0 && words >= 0);
    dup2(null, STDOUT_FILENO);
    dup2(words, STDERR_FILENO);
    close(null);
    close(words);
    return kept;
}

static void give_back(kept_t kept)
{
    (void)fflush(stdout);
    clearerr(stdout);
    (void)fflush(stderr);
    dup2(kept.out, STDOUT_FILENO);
    dup2(kept.err, STDERR_FILENO);
    close(kept.out);
    close(kept.err);
}

static int is_documented(int code)
{
    static const int codes[] = {1, 2, 64, 65, 66, 70, 71, 73, 74, 75, 78};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (codes[i] == code) {
            return 1;
        }
    }
    return 0;
}

static int has_words(void)
{
    struct stat status;
    char path[128];
    snprintf(path, sizeof path, "%s/stderr", folder);
    return stat(path, &status) == 0 && status.st_size > 0;
}

static void remove_made(void)
{
    char command[192];
    if (job->made != NULL) {
        snprintf(command, sizeof command, "rm -rf %s/%s", folder, job->made);
        assert_int_equal(system(command), 0);
    }
}

static int play(void)
{
    char text[1024] = "", *words[MOST_WORDS + 1] = {0}, *rest = NULL;
    int n = 0;
    const char *from = job->words;
    for (const char *mark; (mark = strstr(from, "FOLDER")) != NULL; from = mark + strlen("FOLDER")) {
        snprintf(text + strlen(text), sizeof text - strlen(text), "%.*s%s", (int)(mark - from), from, folder);
    }
    snprintf(text + strlen(text), sizeof text - strlen(text), "%s", from);
    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        assert_true(n < MOST_WORDS);
        words[n++] = word;
    }
    return job->run(n, words);
}

static int work(void *data, ent_context_t *ctx)
{
    (void)data;
    failing_pause();
    remove_made();
    const kept_t kept = redirect();
    failing_resume();
    const int code = play();
    (void)failing_disarm();
    give_back(kept);
    if (code != 0) {
        assert_true(is_documented(code));
        assert_true(has_words());
        return ent_fail(ctx, ENT_ERR_IO, job->words, "exit code %d", code);
    }
    return 0;
}

enum {
    MEMORY = 1 << FAILING_MEMORY,
    HDF5 = 1 << FAILING_HDF5,
    FILES = 1 << FAILING_FILES,
    ALL = MEMORY | HDF5 | FILES
};

static void play_jobs(const job_t *jobs, size_t n)
{
    ent_context_t ctx;
    for (size_t i = 0; i < n; i++) {
        job = &jobs[i];
        print_message("%s\n", job->words);
        for (int kind = 0; kind < FAILING_N_KINDS; kind++) {
            if ((job->kinds & 1 << kind) != 0) {
                (void)failing_each_new((failing_kind_t)kind, work, NULL);
            }
        }
        ent_context_init(&ctx); /* and what the next ones need is there */
        assert_int_equal(work(NULL, &ctx), 0);
        ent_context_free(&ctx);
    }
}

static void commands_say_what_failed(void **state)
{
    (void)state;
    static const job_t jobs[] = {
        {"check FOLDER/job.yaml", ent_cmd_check, ALL, NULL},
        {"run FOLDER/job.yaml --dry-run", ent_cmd_run, MEMORY, NULL},
        {"run FOLDER/job.yaml -o FOLDER/run.h5 --threads 1 --quiet", ent_cmd_run, FILES, "run.h5*"},
        {"run FOLDER/job.yaml -o FOLDER/log.h5 --threads 1 --log-json --timing --no-compare "
         "--checkpoint-every 0.000001 "
         "--restart",
         ent_cmd_run, FILES, "log.h5*"},
        {"compare FOLDER/run.h5", ent_cmd_compare, ALL, NULL},
        {"compare FOLDER/run.h5 --with-theory", ent_cmd_compare, MEMORY, NULL},
        {"compare FOLDER/run.h5 --format csv -o FOLDER/table.csv", ent_cmd_compare, MEMORY | FILES,
         "table.csv"},
        {"report FOLDER/run.h5 -o FOLDER/page.html", ent_cmd_report, FILES, "page.html"},
        {"reproduce FOLDER/run.h5 --quiet --threads 1 --folder FOLDER", ent_cmd_reproduce, FILES, NULL},
        {"tariffs FOLDER/job.yaml --on 2025-03-01", ent_cmd_tariffs, MEMORY, NULL},
        {"tariffs FOLDER/job.yaml --on 2025-03-01 --partner KOR --sector cars", ent_cmd_tariffs, MEMORY,
         NULL},
        {"theory FOLDER/job.yaml --regime law", ent_cmd_theory, MEMORY, NULL},
        {"theory FOLDER/job.yaml --regime law --by welfare --path 4", ent_cmd_theory, MEMORY, NULL},
        {"theory FOLDER/job.yaml --optimal USA", ent_cmd_theory, MEMORY, NULL},
        {"theory FOLDER/job.yaml --nash USA,KOR", ent_cmd_theory, MEMORY, NULL},
        {"benchmark --config FOLDER/job.yaml", ent_cmd_benchmark, MEMORY, NULL},
        {"benchmark --table regions tests/fuzz/data/small.h5", ent_cmd_benchmark, ALL, NULL},
        {"benchmark import docs/examples/own-data/one-sector -o FOLDER/own.h5", ent_cmd_benchmark, ALL,
         "own.h5"},
        {"benchmark import docs/examples/own-data/four-regions -o FOLDER/four.h5 --balance",
         ent_cmd_benchmark, MEMORY, "four.h5"},
        {"benchmark export FOLDER/own.h5 -o FOLDER/own", ent_cmd_benchmark, ALL, "own"},
        {"benchmark rebase FOLDER/own.h5 --flows FOLDER/flows.csv --year 2023 -o FOLDER/moved.h5",
         ent_cmd_benchmark, MEMORY, "moved.h5"},
        {"new --home AUS --partner CHN --duty 0.1:2025-04-01 --benchmark FOLDER/own.h5 -o FOLDER/new.yaml",
         ent_cmd_new, MEMORY | FILES, "new.yaml"},
        {"explain FOLDER/job.yaml", ent_cmd_explain, MEMORY, NULL},
        {"bench FOLDER/job.yaml --threads 1 --repeats 1", ent_cmd_bench, MEMORY, NULL},
        {"backtest FOLDER/job.yaml --observed FOLDER/observed.csv --threads 1 --set steps=15 --set slots=100 "
         "--from 2026-01",
         ent_cmd_backtest, FILES, NULL},
        {"study plan FOLDER/study.yaml -o FOLDER/s.study", ent_cmd_study, MEMORY | FILES, "s.study"},
        {"study run FOLDER/s.study --quiet --threads 1", ent_cmd_study, FILES, "s.study/shards/*"},
        {"study status FOLDER/s.study", ent_cmd_study, MEMORY | FILES, NULL},
        {"study missing FOLDER/s.study", ent_cmd_study, MEMORY | FILES, NULL},
        {"study merge FOLDER/s.study -o FOLDER/merged.h5", ent_cmd_study, MEMORY | FILES, "merged.h5"},
        {"study analyse FOLDER/merged.h5", ent_cmd_study, MEMORY | FILES, NULL},
        {"study slurm FOLDER/s.study -o FOLDER/job.sh --partition p", ent_cmd_study, MEMORY | FILES,
         "job.sh"},
        {"study lsf FOLDER/s.study -o FOLDER/job.sh", ent_cmd_study, MEMORY, NULL},
        {"calibrate FOLDER/job.yaml --targets FOLDER/targets.yaml -o FOLDER/post.h5 --threads 1 --quiet",
         ent_cmd_calibrate, FILES, "post.h5*"},
        {"figures FOLDER/run.h5 -o FOLDER/figures", ent_cmd_figures, FILES, "figures"},
        {"figures FOLDER/run.h5 -o FOLDER/figures --format pdf,png --language ko", ent_cmd_figures, FILES,
         "figures"},
        {"describe", ent_cmd_describe, MEMORY | FILES, NULL},
        {"describe --odd", ent_cmd_describe, MEMORY, NULL},
    };
    play_jobs(jobs, sizeof jobs / sizeof *jobs);
}

/* Ways to ask that the jobs above do not take: each ends with its code. */
static void commands_end_with_their_code(void **state)
{
    (void)state;
    static const struct {
        job_t job;
        int code;
    } plays[] = {
        {{"run FOLDER/job.yaml -o FOLDER/run.h5 --threads 1 --quiet", ent_cmd_run, 0, "run.h5*"}, 0},
        {{"run FOLDER/job.yaml -o FOLDER/run.h5 --threads 1 --quiet", ent_cmd_run, 0, NULL}, 73},
        {{"run FOLDER/job.yaml -o FOLDER/one.h5 --set scenarios=[law]", ent_cmd_run, 0, NULL}, 0},
        {{"run FOLDER/job.yaml -o FOLDER/stopped.h5 --threads 1 --max-walltime 0.000001", ent_cmd_run, 0,
          NULL},
         75},
        {{"run FOLDER/job.yaml -o FOLDER/stopped.h5 --threads 1 --checkpoint-every 0.000001", ent_cmd_run, 0,
          NULL},
         0},
        {{"run FOLDER/job.yaml -o FOLDER/none/run.h5 --quiet", ent_cmd_run, 0, NULL}, 73},
        {{"compare FOLDER/one.h5", ent_cmd_compare, 0, NULL}, 64},
        {{"compare FOLDER/run.h5 --partner all --by summary,sector,destination --periods all",
          ent_cmd_compare, 0, NULL},
         0},
        {{"compare FOLDER/run.h5 --base law --against law", ent_cmd_compare, 0, NULL}, 64},
        {{"compare FOLDER/run.h5 --partner US", ent_cmd_compare, 0, NULL}, 64},
        {{"reproduce FOLDER/run.h5 --threads 1 -o FOLDER/again.h5", ent_cmd_reproduce, 0, NULL}, 0},
        {{"reproduce FOLDER/run.h5 --threads 1 -o FOLDER/again.h5", ent_cmd_reproduce, 0, NULL}, 73},
        {{"tariffs FOLDER/job.yaml --on 2025-03-01 --final", ent_cmd_tariffs, 0, NULL}, 0},
        {{"tariffs FOLDER/job.yaml --on 2025-03-01 --sector cars", ent_cmd_tariffs, 0, NULL}, 0},
        {{"tariffs FOLDER/job.yaml --on 2025-03-01 --format csv --sector cars --partner KOR", ent_cmd_tariffs,
          0, NULL},
         0},
        {{"tariffs FOLDER/job.yaml --on 2025-03-01 --format json", ent_cmd_tariffs, 0, NULL}, 0},
        {{"tariffs FOLDER/job.yaml --on 2025-03-01 --known 2025-01-01 --loaded 2025-01-20", ent_cmd_tariffs,
          0, NULL},
         0},
        {{"tariffs FOLDER/whole.yaml --on 2025-06-02 --partner KOR --sector cars --importer USA",
          ent_cmd_tariffs, 0, NULL},
         0},
        {{"tariffs FOLDER/whole.yaml --on 2025-06-02 --partner KOR --sector goods --importer USA --final",
          ent_cmd_tariffs, 0, NULL},
         0},
        {{"tariffs FOLDER/whole.yaml --on 2025-06-02 --partner KOR --importer USA --final", ent_cmd_tariffs,
          0, NULL},
         0},
        {{"tariffs FOLDER/whole.yaml --on 2025-06-02 --sector cars --importer USA --format csv --final",
          ent_cmd_tariffs, 0, NULL},
         0},
        {{"backtest FOLDER/job.yaml --observed FOLDER/observed.csv --set steps=15 --set slots=100 --from "
          "2026-01 -o "
          "FOLDER/kept.h5 --scenarios law=0.5,none=0.5 --by scores",
          ent_cmd_backtest, 0, NULL},
         0},
        {{"backtest FOLDER/job.yaml --observed FOLDER/observed.csv --set steps=15 --set slots=100 --from "
          "2026-01 --results "
          "FOLDER/kept.h5 --scenarios none --forecast FOLDER/forecast.csv",
          ent_cmd_backtest, 0, NULL},
         0},
        {{"backtest FOLDER/job.yaml --observed FOLDER/observed.csv --set steps=15 --from 2026-01 --scenarios "
          "law=x,none=0.5",
          ent_cmd_backtest, 0, NULL},
         64},
        {{"backtest FOLDER/job.yaml --observed FOLDER/observed.csv --set steps=15 --from 2026-01 --scenarios "
          "law,none=2",
          ent_cmd_backtest, 0, NULL},
         64},
        {{"backtest FOLDER/job.yaml --observed FOLDER/observed.csv --set steps=15 --from 2026-01 --scenarios "
          "law=",
          ent_cmd_backtest, 0, NULL},
         64},
        {{"calibrate FOLDER/job.yaml --targets FOLDER/targets.yaml -o FOLDER/new.h5 --threads 1 --quiet",
          ent_cmd_calibrate, 0, NULL},
         0},
        {{"calibrate FOLDER/job.yaml --targets FOLDER/targets.yaml -o FOLDER/new.h5 --threads 1 --quiet",
          ent_cmd_calibrate, 0, NULL},
         73},
        {{"calibrate FOLDER/job.yaml --targets FOLDER/targets.yaml --predict FOLDER/new.h5 --threads 1 "
          "--quiet",
          ent_cmd_calibrate, 0, NULL},
         0},
        {{"calibrate FOLDER/job.yaml --targets FOLDER/targets.yaml --predict FOLDER/run.h5 --threads 1 "
          "--quiet",
          ent_cmd_calibrate, 0, NULL},
         65},
        {{"calibrate FOLDER/job.yaml --targets FOLDER/targets.yaml -o FOLDER/f.h5 --finish",
          ent_cmd_calibrate, 0, NULL},
         66},
        {{"calibrate FOLDER/job.yaml --targets FOLDER/targets.yaml -o FOLDER/none/p.h5 --quiet",
          ent_cmd_calibrate, 0, NULL},
         73},
        {{"decompose FOLDER/job.yaml --from 2025-01 --months 3 --with lwa", ent_cmd_decompose, 0, NULL}, 64},
        {{"figures FOLDER/run.h5 -o FOLDER/deep/folder", ent_cmd_figures, 0, NULL}, 0},
        {{"figures FOLDER/run.h5 -o FOLDER/deep/folder", ent_cmd_figures, 0, NULL}, 73},
        {{"figures FOLDER/run.h5 -o FOLDER/deep/folder --overwrite --format svg,png", ent_cmd_figures, 0,
          NULL},
         0},
        {{"figures FOLDER/run.h5 -o FOLDER/job.yaml/folder", ent_cmd_figures, 0, NULL}, 73},
        {{"figures FOLDER/job.yaml -o FOLDER/other", ent_cmd_figures, 0, NULL}, 65},
        {{"study plan FOLDER/study.yaml -o FOLDER/t.study", ent_cmd_study, 0, NULL}, 0},
        {{"study plan FOLDER/study.yaml -o FOLDER/t.study", ent_cmd_study, 0, NULL}, 0}, /* the same plan */
        {{"study merge FOLDER/t.study -o FOLDER/t.h5", ent_cmd_study, 0, NULL},
         1}, /* nothing is played yet */
        {{"study missing FOLDER/t.study", ent_cmd_study, 0, NULL}, 0},
        {{"study run FOLDER/t.study --threads 1 --shard 1/2", ent_cmd_study, 0, NULL}, 0},
        {{"study missing FOLDER/t.study --format csv", ent_cmd_study, 0, NULL}, 0},
        {{"study resume FOLDER/t.study --threads 1", ent_cmd_study, 0, NULL}, 0},
        {{"study merge FOLDER/t.study -o FOLDER/u.h5 --virtual", ent_cmd_study, 0, NULL}, 0},
        {{"benchmark --config FOLDER/job.yaml --by origin,sector --foreign", ent_cmd_benchmark, 0, NULL}, 0},
        {{"benchmark tests/fuzz/data/small.h5 --table elasticities", ent_cmd_benchmark, 0, NULL}, 0},
        {{"describe --keys", ent_cmd_describe, 0, NULL}, 0},
        {{"describe --format csv --parameters", ent_cmd_describe, 0, NULL}, 0},
    };
    ent_whole_config_write(folder);
    for (size_t i = 0; i < sizeof plays / sizeof *plays; i++) {
        job = &plays[i].job;
        remove_made();
        const kept_t kept = redirect();
        const int code = play();
        give_back(kept);
        if (code != plays[i].code || (code != 0 && !has_words())) {
            fail_msg("code %d, not %d: %s", code, plays[i].code, job->words);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(commands_end_with_their_code, setup, teardown),
        cmocka_unit_test_setup_teardown(commands_say_what_failed, setup, teardown)};
    return cmocka_run_group_tests_name("failing commands", tests, NULL, NULL);
}
