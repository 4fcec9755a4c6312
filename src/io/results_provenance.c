/* /provenance of a results file: where its numbers come from. Everything that may differ between two runs
 * with the same values (times, machine) is here and nowhere else, so that the rest compares byte by byte. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "io/results_internal.h"
#include <entrepot/version.h>

#include <gsl/gsl_version.h>
#include <jansson.h>
#include <libfyaml.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static const char generator[] =
    "Philox4x32-10 (Random123), a pure function of seed, replication, agent, step, purpose and index";

static int library_versions(hid_t group)
{
    char text[256];
    unsigned major = 0, minor = 0, release = 0;
    if (H5get_libversion(&major, &minor, &release) < 0)
        return -1;
    snprintf(text, sizeof text, "HDF5 %u.%u.%u, GSL %s, libfyaml %s, jansson %s, %s", major, minor, release,
             gsl_version, fy_library_version(), JANSSON_VERSION, OpenSSL_version(OPENSSL_VERSION));
    return ent_hdf5_text_attribute(group, "libraries", text);
}

static int processor_name(char *name, size_t size)
{
    char line[256];
    FILE *file = fopen("/proc/cpuinfo", "r");
    snprintf(name, size, "unknown");
    if (file == NULL)
        return 0;
    while (fgets(line, sizeof line, file) != NULL) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || colon == NULL)
            continue;
        snprintf(name, size, "%s", colon + 1 + strspn(colon + 1, " \t"));
        name[strcspn(name, "\n")] = '\0';
        break;
    }
    fclose(file);
    return 0;
}

static int keeps_host(void)
{
    const char *wanted = getenv("ENTREPOT_KEEP_HOST");
    return wanted != NULL && strcmp(wanted, "1") == 0;
}

static int host_facts(hid_t group)
{
    static const char *const slurm[] = {"SLURM_JOB_ID", "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID"};
    struct utsname host;
    char system[sizeof host.sysname + sizeof host.release + sizeof host.machine + 3] = "unknown";
    char processor[256];
    const char *name = "unknown";

    if (uname(&host) == 0) {
        snprintf(system, sizeof system, "%s %s %s", host.sysname, host.release, host.machine);
        /* a file is passed on: the name of a machine is kept only where somebody wants it */
        name = keeps_host() ? host.nodename : "not kept";
    }
    processor_name(processor, sizeof processor);
    if (ent_hdf5_text_attribute(group, "host", name) != 0 ||
        ent_hdf5_text_attribute(group, "system", system) != 0 ||
        ent_hdf5_text_attribute(group, "processor", processor) != 0 ||
        ent_hdf5_integer_attribute(group, "processors", sysconf(_SC_NPROCESSORS_ONLN)) != 0)
        return -1;
    for (size_t i = 0; i < sizeof slurm / sizeof slurm[0]; i++) {
        const char *value = getenv(slurm[i]);
        if (value != NULL && ent_hdf5_text_attribute(group, slurm[i], value) != 0)
            return -1;
    }
    return 0;
}

static int stamp(hid_t group, const char *name)
{
    char text[32];
    struct tm broken_down;
    time_t now = time(NULL);
    if (gmtime_r(&now, &broken_down) == NULL ||
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &broken_down) == 0)
        snprintf(text, sizeof text, "unknown");
    return ent_hdf5_text_attribute(group, name, text);
}

/* The config is a scalar string data set: attributes above 64 KB fail. */
static int config_text(hid_t group, const char *text)
{
    const ent_hdf5_array_t array = {
        .name = "config", .kind = ENT_WRITTEN_LONG_TEXT, .space = ENT_HDF5_WHEN_WRITTEN};
    hid_t dataset = ent_hdf5_create_array(group, &array);
    const int rc = dataset >= 0 && ent_hdf5_write(dataset, array.kind, &text) == 0
                       ? ent_hdf5_describe(dataset, "1", "Configuration of the run, settings inserted, YAML")
                       : -1;
    return ent_hdf5_close(&dataset) != 0 ? -1 : rc;
}

static const char *known(const char *text)
{
    return text != NULL ? text : "";
}

static int inputs(hid_t group, const ent_config_t *config, const ent_benchmark_t *benchmark)
{
    return config_text(group, known(config->text)) == 0 &&
                   ent_hdf5_text_attribute(group, "config_path", known(config->path)) == 0 &&
                   ent_hdf5_text_attribute(group, "config_sha256", config->hash) == 0 &&
                   ent_hdf5_text_attribute(group, "benchmark_path", known(config->benchmark_path)) == 0 &&
                   ent_hdf5_text_attribute(group, "benchmark_sha256", benchmark->sha256) == 0 &&
                   ent_hdf5_text_attribute(group, "calibration", known(config->calibration)) == 0 &&
                   ent_hdf5_text_attribute(group, "elasticity_set", known(config->elasticity_set)) == 0 &&
                   ent_hdf5_unsigned_attribute(group, "seed", config->seed) == 0
               ? 0
               : -1;
}

static int program(hid_t group)
{
    return ent_hdf5_text_attribute(group, "program", "entrepot") == 0 &&
                   ent_hdf5_text_attribute(group, "version", ENT_VERSION) == 0 &&
                   ent_hdf5_text_attribute(group, "git", ENT_GIT_DESCRIBE) == 0 &&
                   ent_hdf5_text_attribute(group, "generator", generator) == 0 &&
                   ent_hdf5_text_attribute(group, "compiler", ENT_COMPILER) == 0 &&
                   ent_hdf5_text_attribute(group, "compiler_flags", ENT_COMPILER_FLAGS) == 0 &&
                   library_versions(group) == 0
               ? 0
               : -1;
}

int ent_results_provenance(ent_results_t *results, const ent_config_t *config,
                           const ent_benchmark_t *benchmark)
{
    const hid_t group = results->provenance = ent_hdf5_create_group(results->file, "provenance");
    return group >= 0 && program(group) == 0 && inputs(group, config, benchmark) == 0 &&
                   host_facts(group) == 0 && stamp(group, "started") == 0
               ? 0
               : -1;
}

int ent_results_provenance_end(ent_results_t *results, double wall_seconds, int n_failed)
{
    return stamp(results->provenance, "finished") == 0 &&
                   ent_hdf5_real_attribute(results->provenance, "wall_seconds", wall_seconds) == 0 &&
                   ent_hdf5_integer_attribute(results->provenance, "n_failed", n_failed) == 0
               ? 0
               : -1;
}
