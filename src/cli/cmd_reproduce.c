/* entrepot reproduce: play the config inside a results file again and compare every value bit by bit. */
#include "base/printable.h"
#include "cli/commands.h"
#include "base/input.h"
#include "cli/common.h"
#include "cli/progress.h"
#include "io/results_file.h"

#include <entrepot/run.h>
#include <entrepot/version.h>

#include <errno.h>
#include <hdf5.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    const char *file, *output, *folder;
    int quiet, log_json, threads;
} arguments_t;

typedef struct {
    ent_results_file_t file, again;
    ent_config_t config;
    ent_benchmark_t fine;
    ent_model_t *model;
    ent_results_t *results;
    char config_path[4096], results_path[4096];
    ent_progress_t progress;
} work_t;

static const ent_cli_option_t command_options[] = {
    ENT_CLI_OUTPUT(arguments_t, output, "Keep the new results in FILE"),
    ENT_CLI_WORD(
        arguments_t, folder, "folder", "FOLDER",
        "Where the config's benchmark and calibration are looked for first (default: where the config was)"),
    ENT_CLI_THREADS(arguments_t, threads),
    ENT_CLI_QUIET(arguments_t, quiet),
    ENT_CLI_LOG_JSON(arguments_t, log_json),
    {0}};

/* The folder the config was read from, or the current one when it is gone. */
static void config_folder(const arguments_t *a, const char *config_path, char *folder, size_t size)
{
    const char *slash = strrchr(config_path, '/');
    if (a->folder != NULL) {
        snprintf(folder, size, "%s", a->folder);
    } else if (slash != NULL) {
        snprintf(folder, size, "%.*s", (int)(slash - config_path), config_path);
    } else {
        snprintf(folder, size, ".");
    }
    if (access(folder, R_OK) != 0) {
        snprintf(folder, size, ".");
    }
}

/* The embedded config, written beside the benchmark it names, or into the temporary folder. */
static int write_config(const arguments_t *a, work_t *work, const char *text, const char *config_path,
                        ent_context_t *ctx)
{
    char folder[4000];
    config_folder(a, config_path, folder, sizeof folder);
    snprintf(work->config_path, sizeof work->config_path, "%s/.entrepot-reproduce-XXXXXX.yaml", folder);
    int descriptor = mkstemps(work->config_path, 5);
    if (descriptor < 0) {
        const char *temporary = getenv("TMPDIR");
        snprintf(work->config_path, sizeof work->config_path, "%s/entrepot-reproduce-XXXXXX.yaml",
                 temporary != NULL ? temporary : "/tmp");
        descriptor = mkstemps(work->config_path, 5);
    }
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    const int written = file != NULL && fputs(text, file) >= 0;
    const int code = descriptor < 0 ? ENT_ERR_CANT_CREATE : ENT_ERR_IO;
    if (file == NULL && descriptor >= 0) {
        close(descriptor);
    }
    if (file != NULL && fclose(file) == 0 && written) {
        return 0;
    }
    if (descriptor >= 0) {
        unlink(work->config_path);
    }
    return ent_fail(ctx, code, work->config_path, "the embedded config cannot be written");
}

/* Read the embedded config again; its hash covers calibration and benchmark, which must be the same, too. */
static int read_config(const arguments_t *a, work_t *work, ent_context_t *ctx)
{
    char *text = NULL, *path = NULL, *hash = NULL, *version = NULL;
    int rc = ent_results_file_provenance(&work->file, "config", &text, ctx);
    if (rc == 0) {
        rc = ent_results_file_provenance(&work->file, "config_path", &path, ctx);
    }
    if (rc == 0) {
        rc = ent_results_file_provenance(&work->file, "config_sha256", &hash, ctx);
    }
    if (rc == 0) {
        rc = ent_results_file_provenance(&work->file, "version", &version, ctx);
    }
    if (rc == 0 && strcmp(version, ENT_VERSION) != 0 && !a->quiet) {
        char *shown = ent_printable(version, 40);
        fprintf(stderr, "entrepot: the file was made by version %s, this is %s\n", shown != NULL ? shown : "",
                ENT_VERSION);
        free(shown);
    }
    if (rc == 0) {
        rc = write_config(a, work, text, path, ctx);
    }
    if (rc == 0) {
        rc = ent_config_read(&work->config, &work->fine, work->config_path, 0, NULL, ctx);
        ent_input_forget(ctx, work->config_path); /* another file may get its number */
        unlink(work->config_path);
    }
    if (rc == 0 && strcmp(work->config.hash, hash) != 0) {
        rc = ent_fail(
            ctx, ENT_ERR_DATA, a->file,
            "the calibration or the benchmark its config names is not what it was (SHA-256 %.12s..., "
            "now %.12s...); --folder says where to look",
            hash, work->config.hash);
    }
    free(text);
    free(path);
    free(hash);
    free(version);
    return rc;
}

static int play(const arguments_t *a, work_t *work, ent_context_t *ctx)
{
    const ent_run_options_t run = {.n_threads = a->threads,
                                   .split_agents = -1,
                                   .progress = ent_progress_step,
                                   .progress_data = &work->progress};
    int rc = ent_model_init(&work->model, &work->config, &work->fine, ctx);
    if (rc != 0) {
        return rc;
    }
    rc = ent_cli_create_results(&work->results, work->results_path, a->output == NULL, &work->config,
                                &work->fine, work->model, ctx);
    if (rc == 0) {
        rc = ent_run(work->model, &run, work->results, ctx);
    }
    ent_progress_end(&work->progress);
    if (rc != 0) {
        ent_results_abandon(work->results);
        return rc;
    }
    return ent_results_finish(work->results, 0.0, 0, ctx);
}

/* Values of a field that are not the same bits in both files; -1 when memory is short or reading fails. */
static long long count_differences(const work_t *work, ent_field_id_t field, ent_context_t *ctx)
{
    const ent_config_t *config = &work->config;
    const size_t n =
        (size_t)config->n_steps * ent_field_size(field, config->n_region, config->n_sector, config->n_flows);
    float *one = malloc((n + 1) * sizeof *one), *two = malloc((n + 1) * sizeof *two);
    long long differ = one == NULL || two == NULL ? -1 : 0;
    if (differ < 0) {
        (void)ent_fail(ctx, ENT_ERR_NO_MEMORY, "reproduce", "no memory to compare %s",
                       ent_field_table()[field].name);
    }
    for (int r = 0; differ >= 0 && r < work->file.n_replication; r++) {
        for (int s = 0; differ >= 0 && work->file.whole[r] && s < work->file.n_scenario; s++) {
            if (ent_results_file_read(&work->file, field, s, r, one, ctx) != 0 ||
                ent_results_file_read(&work->again, field, s, r, two, ctx) != 0) {
                differ = -1;
                break;
            }
            for (size_t i = 0; memcmp(one, two, n * sizeof *one) != 0 && i < n; i++) {
                differ += memcmp(&one[i], &two[i], sizeof *one) != 0;
            }
        }
    }
    free(one);
    free(two);
    return differ;
}

static int compare(work_t *work, ent_context_t *ctx)
{
    long long total = 0;
    int n_compared = 0;
    int rc = ent_results_file_open(&work->again, work->results_path, ctx);
    for (int f = 0; rc == 0 && f < ENT_N_FIELDS; f++) {
        const ent_field_id_t field = (ent_field_id_t)f;
        if (!ent_results_file_has(&work->file, field)) {
            continue;
        }
        const long long differ = count_differences(work, field, ctx);
        if (differ < 0) {
            rc = ctx->code != 0 ? ctx->code : ENT_ERR_NO_MEMORY;
        } else if (differ > 0) {
            printf("%s: %lld values differ\n", ent_field_table()[f].name, differ);
        }
        total += differ > 0 ? differ : 0;
        n_compared++;
    }
    if (rc == 0 && total > 0) {
        return ent_fail(ctx, ENT_ERR_DIFFERS, work->file.path, "%lld values are not the bits they were",
                        total);
    }
    if (rc == 0) {
        printf("%s: %d quantities of %d replications and %d scenarios reproduced bit by bit\n",
               work->file.path, n_compared, work->file.n_replication, work->file.n_scenario);
    }
    return rc;
}

/* A name of its own: two may be at it, and one that was killed may have left its own. */
static int name_results(const arguments_t *a, work_t *work, ent_context_t *ctx)
{
    if (a->output != NULL) {
        snprintf(work->results_path, sizeof work->results_path, "%s", a->output);
        return 0;
    }
    snprintf(work->results_path, sizeof work->results_path, "%s.again-XXXXXX", a->file);
    const int fd = mkstemp(work->results_path);
    if (fd < 0) {
        return ent_fail(ctx, ENT_ERR_CANT_CREATE, work->results_path, "cannot be created: %s",
                        strerror(errno));
    }
    close(fd);
    return 0;
}

static int play_again(const arguments_t *a, work_t *work, ent_context_t *ctx)
{
    int rc = ent_results_file_open(&work->file, a->file, ctx);
    if (rc == 0) {
        rc = read_config(a, work, ctx);
    }
    if (rc != 0) {
        return rc;
    }
    rc = name_results(a, work, ctx);
    if (rc == 0) {
        rc = play(a, work, ctx);
        if (rc != 0 && a->output == NULL) {
            unlink(work->results_path);
        }
    }
    if (rc == 0) {
        rc = compare(work, ctx);
        if (a->output == NULL) {
            unlink(work->results_path);
        }
    }
    return rc;
}

static int reproduce(void *arguments, ent_context_t *ctx)
{
    const arguments_t *a = arguments;
    work_t work = {0};
    ent_progress_init(&work.progress, a->quiet, a->log_json);
    const int rc = play_again(a, &work, ctx);
    ent_results_file_close(&work.again);
    ent_results_file_close(&work.file);
    ent_model_free(work.model);
    ent_config_free(&work.config);
    ent_benchmark_free(&work.fine);
    return rc;
}

int ent_cmd_reproduce(int argc, char **argv)
{
    static const ent_cli_command_t command = {.options = command_options,
                                              .usage = "FILE",
                                              .words = "Play the config inside a results file again, with "
                                                       "the benchmark and calibration it names, and compare "
                                                       "every recorded value bit by bit. The exit code is 0 "
                                                       "when all are the same and 2 when some differ.",
                                              .subject = "results file",
                                              .subject_place = offsetof(arguments_t, file),
                                              .run = reproduce};
    arguments_t arguments = {0};
    return ent_cli_main(&command, argc, argv, &arguments);
}
