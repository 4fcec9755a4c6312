/* entrepot doctor: is this machine fit to play, and does it play what others do? */
#include "base/hash.h"
#include "base/memory.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "engine/kernel.h"
#include "config/internal.h"
#include "io/output.h"
#include "io/seal.h"

#include <entrepot/run.h>
#include <entrepot/version.h>

#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <locale.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

typedef enum { STATE_OK, STATE_WARN, STATE_FAIL } state_t;

typedef struct {
    const char *folder;
    ent_format_t format;
} arguments_t;

typedef struct {
    const char *folder;
    ent_table_t table;
    int n_failed;
} report_t;

static const ent_cli_option_t command_options[] = {ENT_CLI_TABLES(arguments_t, format), {0}};

static void add(report_t *report, const char *what, state_t state, const char *format, ...) ENT_PRINTF(4, 5);

static void add(report_t *report, const char *what, state_t state, const char *format, ...)
{
    static const char *const names[] = {"ok", "warning", "FAILED"};
    char words[512];
    va_list list;
    va_start(list, format);
    vsnprintf(words, sizeof words, format, list);
    va_end(list);
    ent_table_row(&report->table, 0);
    ent_table_text(&report->table, 0, what);
    ent_table_text(&report->table, 1, names[state]);
    ent_table_text(&report->table, 2, words);
    report->n_failed += state == STATE_FAIL;
}

/* ---- machine ---- */

static void check_machine(report_t *report)
{
    struct utsname name;
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    const double memory = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE) / 1073741824.0;
    const ent_kernel_t *kernel = ent_kernel_select(NULL);
    if (uname(&name) == 0) {
        add(report, "machine", memory < 1.0 ? STATE_WARN : STATE_OK, "%s %s, %ld processors, %.1f GiB memory",
            name.sysname, name.machine, processors, memory);
    }
    add(report, "instruction set", STATE_OK, "%s", kernel != NULL ? kernel->name : "none");
    const int threads = omp_get_max_threads();
    add(report, "threads", threads > processors ? STATE_WARN : STATE_OK, "%d%s", threads,
        threads > processors ? ", more than processors: OMP_NUM_THREADS or --threads" : "");
}

static void check_libraries(report_t *report)
{
    unsigned major, minor, release;
    hbool_t safe = 0;
    H5get_libversion(&major, &minor, &release);
    const int same = major == H5_VERS_MAJOR && minor == H5_VERS_MINOR;
    (void)H5is_library_threadsafe(&safe);
    add(report, "HDF5", same ? STATE_OK : STATE_FAIL, "%u.%u.%u%s%s", major, minor, release,
        same ? "" : ", another than this program was built with",
        safe ? ", thread-safe" : ", one writer at a time, which is all that is needed");
    char number[16];
    snprintf(number, sizeof number, "%.1f", 0.5);
    const char *name = setlocale(LC_ALL, NULL);
    add(report, "locale", strcmp(number, "0.5") == 0 ? STATE_OK : STATE_FAIL, "%s, numbers with a %s",
        name != NULL ? name : "C", strcmp(number, "0.5") == 0 ? "point" : "comma: this would break files");
}

/* ---- folder ---- */

static void check_folder(report_t *report, ent_context_t *ctx)
{
    struct statvfs disk;
    ent_output_t output;
    char path[4096];
    snprintf(path, sizeof path, "%s/.entrepot-doctor-%ld", report->folder, (long)getpid());
    if (statvfs(report->folder, &disk) != 0) {
        add(report, "disk", STATE_FAIL, "%s: %s", report->folder, strerror(errno));
        return;
    }
    const double free_space = (double)disk.f_bavail * (double)disk.f_frsize / 1073741824.0;
    add(report, "disk", free_space < 1.0 ? STATE_WARN : STATE_OK, "%.1f GiB free on %s", free_space,
        report->folder);
    ent_context_clear(ctx);
    if (ent_output_begin(&output, path, 1, ctx) != 0 || ent_output_commit(&output, ctx) != 0) {
        add(report, "writing", STATE_FAIL, "%s",
            ctx->n_faults > 0 ? ctx->faults[0].rule : "no file could be made");
        ent_context_clear(ctx);
        return;
    }
    add(report, "writing", STATE_OK, "a file was written, flushed and renamed");
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    const int locked = fd >= 0 && fcntl(fd, F_SETLK, &lock) == 0;
    add(report, "locks", locked ? STATE_OK : STATE_WARN, "%s",
        locked ? "files can be locked"
               : "files cannot be locked: see to it that no two processes play one shard");
    if (fd >= 0) {
        close(fd);
    }
    unlink(path);
}

/* ---- a small run ---- */

typedef struct {
    const ent_config_t *config;
    char *digest;    /* [ENT_SHA256_TEXT] of all values of the first scenario */
    double *exports; /* of its first year */
} doctor_numbers_t;

static int take(void *data, int replication, const ent_replication_t *played, ent_context_t *ctx)
{
    const doctor_numbers_t *numbers = data;
    const ent_config_t *config = numbers->config;
    const ent_trajectory_t *t = played->trajectory;
    char all[ENT_N_FIELDS * ENT_SHA256_TEXT + 1] = "";
    int code = 0;
    (void)replication;
    for (int f = 0; code == 0 && f < ENT_N_FIELDS; f++) {
        const size_t size =
            ent_field_size((ent_field_id_t)f, config->n_region, config->n_sector, config->n_flows) *
            (size_t)config->n_steps * sizeof(float);
        code = ent_sha256_buffer(t->value[f], size, all + strlen(all), ctx);
    }
    for (int i = 0; i < 12 * config->n_sector * config->n_flows; i++) {
        *numbers->exports += (double)t->value[ENT_FIELD_exports][i];
    }
    return code == 0 ? ent_sha256_buffer(all, strlen(all), numbers->digest, ctx) : code;
}

/* One replication, played and digested. */
static int play(const ent_config_t *config, const ent_benchmark_t *fine, int n_threads,
                char digest[ENT_SHA256_TEXT], double *exports, ent_context_t *ctx)
{
    const ent_run_options_t options = {.n_threads = n_threads, .split_agents = -1};
    doctor_numbers_t numbers = {config, digest, exports};
    ent_model_t *model = NULL;
    *exports = 0.0;
    int code = ent_model_init(&model, config, fine, ctx);
    code = code == 0 ? ent_run_each(model, &options, 0, 1, take, &numbers, ctx) : code;
    ent_model_free(model);
    return code;
}

/* What `data/doctor.txt` says this program plays: a digest and a number. */
static int read_reference(char digest[ENT_SHA256_TEXT], double *exports, ent_context_t *ctx)
{
    char *tried = NULL, *path = ent_locate_data("doctor.txt", "/dev/null/none", &tried, ctx);
    FILE *stream = path != NULL ? fopen(path, "r") : NULL;
    const int known = stream != NULL && fscanf(stream, "%64s %lf", digest, exports) == 2;
    if (stream != NULL) {
        fclose(stream);
    }
    free(path);
    free(tried);
    return known;
}

static void compare(report_t *report, const char *digest, double exports, ent_context_t *ctx)
{
    char known[ENT_SHA256_TEXT] = "";
    double number = 0.0;
    if (!read_reference(known, &number, ctx)) {
        add(report, "reference", STATE_FAIL, "data/doctor.txt is not found or not whole");
    } else if (strcmp(known, digest) == 0) {
        add(report, "reference", STATE_OK, "a small run gives the bits of the reference");
    } else if (fabs(exports - number) <= 1e-6 * fabs(number)) {
        add(report, "reference", STATE_WARN,
            "a small run gives the reference's numbers, not its bits: another mathematics library; %s",
            digest);
    } else {
        add(report, "reference", STATE_FAIL,
            "a small run gives exports of %.9g, the reference %.9g; %s %.17g", exports, number, digest,
            exports);
    }
}

static void check_run(report_t *report, ent_context_t *ctx)
{
    static const ent_setting_t settings[] = {{"slots", "2000"},     {"steps", "12"},  {"burn_in", "2"},
                                             {"replications", "1"}, {"repeats", "0"}, {"check", "true"}};
    ent_config_t config;
    ent_benchmark_t fine;
    char *tried = NULL, digest[2][ENT_SHA256_TEXT];
    double exports[2] = {0.0, 0.0};
    char *path = ent_locate_data("../configs/two-by-two.yaml", "/dev/null/none", &tried, ctx);
    ent_context_clear(ctx);
    int code = path == NULL ? ENT_ERR_NO_INPUT
                            : ent_config_read(&config, &fine, path, (int)ENT_COUNT(settings), settings, ctx);
    if (code != 0) {
        add(report, "data", STATE_FAIL, "%s",
            ctx->n_faults > 0 ? ctx->faults[0].rule : "configs/two-by-two.yaml is not found");
    } else {
        add(report, "data", STATE_OK, "%s, sealed %.12s", config.benchmark_path, fine.sha256);
        code = play(&config, &fine, 1, digest[0], &exports[0], ctx);
        code = code == 0 ? play(&config, &fine, 3, digest[1], &exports[1], ctx) : code;
        if (code != 0) {
            add(report, "run", STATE_FAIL, "%s",
                ctx->n_faults > 0 ? ctx->faults[0].rule : ent_error_name(code));
        } else {
            const int same = strcmp(digest[0], digest[1]) == 0;
            add(report, "run", same ? STATE_OK : STATE_FAIL,
                "%s on one thread and on three, accounts checked", same ? "the same bits" : "other bits");
            compare(report, digest[0], exports[0], ctx);
        }
        ent_config_free(&config);
        ent_benchmark_free(&fine);
    }
    ent_context_clear(ctx);
    free(path);
    free(tried);
}

static int doctor(void *arguments, ent_context_t *ctx)
{
    const arguments_t *a = arguments;
    report_t report = {.folder = a->folder};
    ent_table_init(&report.table, "doctor", "entrepot %s (%s)", ENT_VERSION, ENT_GIT_DESCRIBE);
    ent_table_column(&report.table, "check", ENT_COLUMN_TEXT, "", "check");
    ent_table_column(&report.table, "state", ENT_COLUMN_TEXT, "", "state");
    ent_table_column(&report.table, "words", ENT_COLUMN_TEXT, "", "what was found");
    check_machine(&report);
    check_libraries(&report);
    check_folder(&report, ctx);
    check_run(&report, ctx);
    const int code = ent_cli_print(&report.table, 1, a->format, ctx);
    return code == 0 && report.n_failed > 0 ? ENT_ERR_PARTIAL : code;
}

int ent_cmd_doctor(int argc, char **argv)
{
    static const ent_cli_command_t command = {
        .options = command_options,
        .usage = "[FOLDER]",
        .words = "Look at the machine, at FOLDER (default: the current one) as a place for results, and at "
                 "the data; play "
                 "a small run and compare it with its reference. Code 1 when something failed.",
        .subject = "folder",
        .subject_place = offsetof(arguments_t, folder),
        .run = doctor};
    arguments_t arguments = {.folder = "."};
    return ent_cli_main(&command, argc, argv, &arguments);
}
