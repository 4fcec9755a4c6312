#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "compare/recorded_config.h"

#include "base/input.h"
#include "config/internal.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The text of the run, in a file of its own: paths in it are from another folder, so that both come as
 * settings. */
static int write_text(const char *text, char *path, ent_context_t *ctx)
{
    const int descriptor = mkstemp(path);
    const size_t length = strlen(text);
    int good = descriptor >= 0 && write(descriptor, text, length) == (ssize_t)length;

    if (descriptor >= 0) {
        good &= close(descriptor) == 0;
    }
    return good ? ENT_OK : ent_fail(ctx, ENT_ERR_CANT_CREATE, path, "cannot be written: %s", strerror(errno));
}

/* Absolute path of what a run named, or NULL: then the reader looks for it as for any config. */
static char *locate_calibration(const ent_results_file_t *file, const char *config_path, ent_context_t *ctx)
{
    char *name = NULL, *tried = NULL, *found = NULL, *absolute = NULL;

    if (ent_results_file_provenance(file, "calibration", &name, ctx) == ENT_OK && name[0] != '\0') {
        found = ent_locate_calibration(name, config_path, &tried, ctx);
    }
    if (found != NULL) {
        absolute = realpath(found, NULL);
    }
    free(found);
    free(tried);
    free(name);
    return absolute;
}

static int read_text(const ent_results_file_t *file, const char *text, ent_config_t *config,
                     ent_benchmark_t *fine, ent_context_t *ctx)
{
    char path[] = "/tmp/entrepot-config-XXXXXX";
    char *config_path = NULL, *benchmark_path = NULL, *benchmark = NULL, *calibration = NULL;
    ent_setting_t settings[2];
    int n = 0, code = write_text(text, path, ctx);

    if (code == ENT_OK) {
        code = ent_results_file_provenance(file, "config_path", &config_path, ctx);
    }
    if (code == ENT_OK) {
        code = ent_results_file_provenance(file, "benchmark_path", &benchmark_path, ctx);
    }
    if (code == ENT_OK) {
        benchmark = realpath(benchmark_path, NULL);
        calibration = locate_calibration(file, config_path, ctx);
        if (benchmark != NULL) {
            settings[n++] = (ent_setting_t){"benchmark", benchmark};
        }
        if (calibration != NULL) {
            settings[n++] = (ent_setting_t){"calibration", calibration};
        }
        code = ent_config_read(config, fine, path, n, settings, ctx);
    }
    ent_input_forget(ctx, path); /* another file may get its number */
    (void)unlink(path);
    free(calibration);
    free(benchmark);
    free(benchmark_path);
    free(config_path);
    return code;
}

int ent_recorded_config(const ent_results_file_t *file, ent_config_t *config, ent_benchmark_t *fine,
                        ent_context_t *ctx)
{
    char *text = NULL, *hash = NULL;
    int code = ent_results_file_provenance(file, "config", &text, ctx);

    if (code == ENT_OK) {
        code = read_text(file, text, config, fine, ctx);
    }
    if (code == ENT_OK) {
        code = ent_results_file_provenance(file, "benchmark_sha256", &hash, ctx);
    }
    if (code == ENT_OK && strcmp(hash, fine->sha256) != 0) {
        code = ent_fail(ctx, ENT_ERR_DATA, config->benchmark_path,
                        "is not the benchmark of the run: its SHA-256 begins with %.12s, not %.12s",
                        fine->sha256, hash);
    }
    free(hash);
    free(text);
    return code;
}
