#include <entrepot/checkpoint.h>
#include <entrepot/version.h>

#include "base/hash.h"
#include "base/memory.h"
#include "io/sealed_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char part_format[] = "entrepot-checkpoint-part", flight_format[] = "entrepot-checkpoint-flight";

struct ent_checkpoint {
    char *folder;
    const ent_config_t *config;
    int n;                  /* replications of the run */
    signed char *saved;     /* [n] 1: whole in a part */
    signed char *in_flight; /* [n] 1: in a file of its own */
    signed char *turn;      /* [n] which of the two files the next flight goes into */
    long long sequence;
    int next_part, n_damaged, n_failures;
    char *reason;                /* of the first failure */
    ent_trajectory_t trajectory; /* of one scenario, for parts */
    double *draws;
};

static char *part_path(const ent_checkpoint_t *c, int part, ent_context_t *ctx)
{
    return ent_format(ctx, "%s/part-%06d.h5", c->folder, part);
}

static char *flight_path(const ent_checkpoint_t *c, int replication, int turn, ent_context_t *ctx)
{
    return ent_format(ctx, "%s/flight-%06d-%d.h5", c->folder, replication, turn);
}

/* ---- who a file belongs to ---- */

static void put_owner(const ent_checkpoint_t *c, ent_sealed_t *file)
{
    ent_sealed_text(file, "version", ENT_VERSION);
    ent_sealed_text(file, "config_sha256", c->config->hash);
    ent_sealed_text(file, "config_keys", c->config->key_hashes != NULL ? c->config->key_hashes : "");
}

static int has_line(const char *text, const char *line, size_t n)
{
    const char *at = text;
    while (at != NULL && strncmp(at, line, n) != 0) {
        at = strchr(at, '\n');
        at = at != NULL ? at + 1 : NULL;
    }
    return at != NULL;
}

/* Add to `names`, of `size` bytes, the keys of lines of `of` that `in` does not have; those of which `in` has
 * another value only when `changed`. */
static void name_keys(const char *of, const char *in, int changed, char *names, size_t size)
{
    for (const char *line = of, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        const size_t key = strcspn(line, " "), used = strlen(names);
        if (has_line(in, line, (size_t)(end - line) + 1) || (!changed && has_line(in, line, key + 1))) {
            continue;
        }
        if (used + key + 3 < size) {
            snprintf(names + used, size - used, "%s%.*s", used > 0 ? ", " : "", (int)key, line);
        }
    }
}

/* The keys by which the config of a checkpoint and this one differ; nothing where the file does not say. */
static void differing_keys(const ent_checkpoint_t *c, hid_t file, char *names, size_t size)
{
    char *theirs = NULL;
    names[0] = '\0';
    if (ent_hdf5_read_text_attribute(file, "config_keys", &theirs) == 0 && theirs[0] != '\0' &&
        c->config->key_hashes != NULL) {
        name_keys(c->config->key_hashes, theirs, 1, names, size);
        name_keys(theirs, c->config->key_hashes, 0, names, size);
    }
    free(theirs);
}

/* 0 when the file is of this program and config; ENT_ERR_CONFIG with the reason. The hash of the config holds
 * that of calibration and benchmark. */
static int check_owner(const ent_checkpoint_t *c, hid_t file, const char *path, ent_context_t *ctx)
{
    char *version = NULL, *config = NULL;
    int code = 0;
    if (ent_hdf5_read_text_attribute(file, "version", &version) != 0 ||
        ent_hdf5_read_text_attribute(file, "config_sha256", &config) != 0) {
        code = ENT_ERR_DATA;
    } else if (strcmp(version, ENT_VERSION) != 0) {
        code = ent_fail(
            ctx, ENT_ERR_CONFIG, path,
            "a checkpoint of version %s, this is %s: finish it with that version, or --restart to play all "
            "again",
            version, ENT_VERSION);
    } else if (strcmp(config, c->config->hash) != 0) {
        char names[256];
        differing_keys(c, file, names, sizeof names);
        code = ent_fail(ctx, ENT_ERR_CONFIG, path,
                        "a checkpoint of another config, calibration or benchmark%s%s: put the old one back, "
                        "name another "
                        "results file, or --restart to play all again",
                        names[0] != '\0' ? "; what differs: " : "", names);
    }
    free(version);
    free(config);
    return code;
}

/* ---- taking stock ---- */

/* Open a file of ours. ENT_ERR_CONFIG is a mismatch; everything else is damage and counted. */
static int open_ours(ent_checkpoint_t *c, const char *path, const char *format, hid_t *file,
                     ent_context_t *ctx)
{
    ent_context_t own;
    ent_context_init(&own);
    int code = ent_sealed_open(file, path, format, &own);
    ent_context_free(&own);
    if (code == 0) {
        code = check_owner(c, *file, path, ctx);
    }
    if (code != 0) {
        ent_hdf5_close(file);
        c->n_damaged += code != ENT_ERR_CONFIG;
    }
    return code;
}

/* Replications of a part: *n of them, owned by the caller. */
static int part_replications(const ent_checkpoint_t *c, hid_t file, int **list, int *n, ent_context_t *ctx)
{
    *list = NULL;
    if (ent_sealed_length(file, "replication", n) != 0) {
        return -1;
    }
    *list = ent_calloc(ctx, (size_t)*n + 1, sizeof **list);
    if (*list == NULL ||
        ent_sealed_read(file, "replication", H5T_NATIVE_INT, 0, (hsize_t)*n, 1, *list) != 0) {
        free(*list);
        *list = NULL;
        return -1;
    }
    for (int i = 0; i < *n; i++) {
        if ((*list)[i] < 0 || (*list)[i] >= c->n) {
            free(*list);
            *list = NULL;
            return -1;
        }
    }
    return 0;
}

static int note_part(ent_checkpoint_t *c, const char *path, int part, ent_context_t *ctx)
{
    hid_t file = -1;
    int *list, n;
    c->next_part = part >= c->next_part ? part + 1 : c->next_part;
    const int code = open_ours(c, path, part_format, &file, ctx);
    if (code != 0) {
        return code == ENT_ERR_CONFIG ? code : 0;
    }
    if (part_replications(c, file, &list, &n, ctx) == 0) {
        for (int i = 0; i < n; i++) {
            c->saved[list[i]] = 1;
        }
        free(list);
    } else {
        c->n_damaged++;
    }
    ent_hdf5_close(&file);
    return 0;
}

static int note_flight(ent_checkpoint_t *c, const char *path, int replication, int turn, ent_context_t *ctx)
{
    hid_t file = -1;
    long long sequence = 0;
    const int code = open_ours(c, path, flight_format, &file, ctx);
    if (code != 0) {
        return code == ENT_ERR_CONFIG ? code : 0;
    }
    if (replication < c->n && ent_hdf5_read_integer_attribute(file, "sequence", &sequence) == 0) {
        c->in_flight[replication] = 1;
        if (sequence >= c->sequence) {
            c->sequence = sequence;
        }
        c->turn[replication] = (signed char)!turn;
    } else {
        c->n_damaged++;
    }
    ent_hdf5_close(&file);
    return 0;
}

static int note_file(ent_checkpoint_t *c, const char *name, ent_context_t *ctx)
{
    int a = 0, b = 0, end = 0, code = 0;
    char *path = ent_format(ctx, "%s/%s", c->folder, name);
    if (path == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    if (sscanf(name, "part-%d.h5%n", &a, &end) == 1 && end > 0 && name[end] == '\0' && a >= 0) {
        code = note_part(c, path, a, ctx);
    } else if (sscanf(name, "flight-%d-%d.h5%n", &a, &b, &end) == 2 && end > 0 && name[end] == '\0' &&
               a >= 0 && (b == 0 || b == 1)) {
        code = note_flight(c, path, a, b, ctx);
    }
    free(path);
    return code;
}

static int take_stock(ent_checkpoint_t *c, ent_context_t *ctx)
{
    int code = 0;
    DIR *directory = opendir(c->folder);
    if (directory == NULL) {
        return errno == ENOENT || errno == ENOTDIR
                   ? 0
                   : ent_fail(ctx, ENT_ERR_NO_INPUT, c->folder, "cannot be opened: %s", strerror(errno));
    }
    for (const struct dirent *entry; code == 0 && (entry = readdir(directory)) != NULL;) {
        code = note_file(c, entry->d_name, ctx);
    }
    closedir(directory);
    return code;
}

int ent_checkpoint_open(ent_checkpoint_t **checkpoint, const char *folder, const ent_config_t *config,
                        ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    const int n = ent_replication_count(config);
    ent_checkpoint_t *c = ent_calloc(ctx, 1, sizeof *c);
    *checkpoint = NULL;
    if (c == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    *c = (ent_checkpoint_t){
        .folder = ent_strdup(ctx, folder),
        .config = config,
        .n = n,
        .saved = ent_calloc(ctx, (size_t)n + 1, 1),
        .in_flight = ent_calloc(ctx, (size_t)n + 1, 1),
        .turn = ent_calloc(ctx, (size_t)n + 1, 1),
        .draws = ent_calloc(ctx, (size_t)(config->n_draws + config->n_shocks) + 1, sizeof(double))};
    int code =
        c->folder == NULL || c->saved == NULL || c->in_flight == NULL || c->turn == NULL || c->draws == NULL
            ? ENT_ERR_NO_MEMORY
            : ent_trajectory_init(&c->trajectory, config, ctx);
    if (code == 0) {
        ent_hdf5_quiet(&saved);
        code = take_stock(c, ctx);
        ent_hdf5_unquiet(&saved);
    }
    if (code != 0) {
        ent_checkpoint_close(c);
        return code;
    }
    *checkpoint = c;
    return 0;
}

void ent_checkpoint_close(ent_checkpoint_t *c)
{
    if (c == NULL) {
        return;
    }
    ent_trajectory_free(&c->trajectory);
    free(c->reason);
    free(c->folder);
    free(c->saved);
    free(c->in_flight);
    free(c->turn);
    free(c->draws);
    free(c);
}

int ent_checkpoint_damaged(const ent_checkpoint_t *c)
{
    return c->n_damaged;
}

void ent_checkpoint_note_failure(ent_checkpoint_t *c, const ent_context_t *ctx)
{
    if (c->n_failures++ == 0 && ctx->n_faults > 0 && ctx->faults[0].rule != NULL) {
        c->reason = strdup(ctx->faults[0].rule);
    }
}

int ent_checkpoint_failures(const ent_checkpoint_t *c, const char **reason)
{
    *reason = c->n_failures > 0 && c->reason == NULL ? "no memory" : c->reason;
    return c->n_failures;
}

int ent_checkpoint_whole(const ent_checkpoint_t *c)
{
    int n = 0;
    for (int r = 0; r < c->n; r++) {
        n += c->saved[r];
    }
    return n;
}

int ent_checkpoint_flights(const ent_checkpoint_t *c)
{
    int n = 0;
    for (int r = 0; r < c->n; r++) {
        n += c->in_flight[r] && !c->saved[r];
    }
    return n;
}

int ent_checkpoint_find_flight(const ent_checkpoint_t *c, int replication)
{
    return c->in_flight[replication] && !c->saved[replication];
}

/* ---- whole replications ---- */

/* Apply to every blob of one scenario of one replication: its fields, agreement and draws. */
typedef int (*blob_work_t)(void *data, const char *name, size_t size, void *blob);

static int each_blob(ent_checkpoint_t *c, int scenario, int replication, blob_work_t work, void *data)
{
    char name[64];
    for (int f = 0; f < ENT_N_FIELDS; f++) {
        const size_t size =
            ent_field_size((ent_field_id_t)f, c->config->n_region, c->config->n_sector, c->config->n_flows);
        snprintf(name, sizeof name, "r%06d_s%02d_%02d", replication, scenario, f);
        if (size > 0 && work(data, name, (size_t)c->config->n_steps * size * sizeof(float),
                             c->trajectory.value[f]) != 0) {
            return -1;
        }
    }
    snprintf(name, sizeof name, "r%06d_s%02d_agreement", replication, scenario);
    if (work(data, name, sizeof c->trajectory.agreement, &c->trajectory.agreement) != 0) {
        return -1;
    }
    snprintf(name, sizeof name, "r%06d_s%02d_draws", replication, scenario);
    return work(data, name, (size_t)(c->config->n_draws + c->config->n_shocks) * sizeof(double), c->draws);
}

static int write_blob(void *data, const char *name, size_t size, void *blob)
{
    ent_sealed_blob(data, name, size, blob);
    return 0;
}

static int read_blob(void *data, const char *name, size_t size, void *blob)
{
    return ent_sealed_read_blob(*(const hid_t *)data, name, size, blob);
}

static int restore_part(ent_checkpoint_t *c, int part, ent_results_t *results, ent_context_t *ctx)
{
    hid_t file = -1;
    int *list = NULL, n = 0, code = 0;
    char *path = part_path(c, part, ctx);
    if (path == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    if (access(path, F_OK) == 0 && open_ours(c, path, part_format, &file, ctx) == 0 &&
        part_replications(c, file, &list, &n, ctx) == 0) {
        for (int i = 0; code == 0 && i < n; i++) {
            for (int s = 0; code == 0 && s < c->config->n_scenarios && !ent_results_has(results, list[i]);
                 s++) {
                if (each_blob(c, s, list[i], read_blob, &file) != 0) {
                    code = ent_hdf5_fail(ctx, ENT_ERR_DATA, path, "a replication cannot be read");
                } else {
                    code = ent_results_write(results, s, list[i], &c->trajectory, c->draws, ctx);
                }
            }
        }
    }
    free(list);
    ent_hdf5_close(&file);
    free(path);
    return code;
}

int ent_checkpoint_restore(ent_checkpoint_t *c, ent_results_t *results, ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    int code = 0;
    ent_hdf5_quiet(&saved);
    for (int part = 0; code == 0 && part < c->next_part; part++) {
        code = restore_part(c, part, results, ctx);
    }
    ent_hdf5_unquiet(&saved);
    return code;
}

static int make_folder(const ent_checkpoint_t *c, ent_context_t *ctx)
{
    if (mkdir(c->folder, 0777) != 0 && errno != EEXIST) {
        return ent_fail(ctx, ENT_ERR_CANT_CREATE, c->folder, "cannot be created: %s", strerror(errno));
    }
    return 0;
}

int ent_checkpoint_save_whole(ent_checkpoint_t *c, const ent_results_t *results, ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    ent_sealed_t file;
    int n = 0;
    int *list = ent_calloc(ctx, (size_t)c->n + 1, sizeof *list);
    for (int r = 0; list != NULL && r < c->n; r++) {
        if (!c->saved[r] && ent_results_has(results, r)) {
            list[n++] = r;
        }
    }
    if (list == NULL || n == 0) {
        const int code = list == NULL ? ENT_ERR_NO_MEMORY : 0;
        free(list);
        return code;
    }
    char *path = part_path(c, c->next_part, ctx);
    int code = path == NULL ? ENT_ERR_NO_MEMORY : make_folder(c, ctx);
    code = code == 0 ? ent_sealed_create(&file, path, 1, part_format, ctx) : code;
    if (code == 0) {
        ent_hdf5_quiet(&saved);
        put_owner(c, &file);
        ent_sealed_count(&file, "entry", n);
        ent_sealed_integers(&file, "replication", "entry", "replication of the run", list);
        for (int i = 0; code == 0 && i < n; i++) {
            for (int s = 0; code == 0 && s < c->config->n_scenarios; s++) {
                code = ent_results_recall(results, s, list[i], &c->trajectory, c->draws, ctx);
                (void)(code == 0 ? each_blob(c, s, list[i], write_blob, &file) : 0);
            }
        }
        ent_hdf5_unquiet(&saved);
        if (code == 0) {
            code = ent_sealed_finish(&file, ctx);
        } else {
            ent_sealed_abandon(&file);
        }
    }
    for (int i = 0; code == 0 && i < n; i++) {
        c->saved[list[i]] = 1;
        for (int turn = 0; turn < 2 && c->in_flight[list[i]]; turn++) {
            char *old = flight_path(c, list[i], turn, ctx);
            if (old != NULL) {
                unlink(old);
            }
            free(old);
        }
    }
    c->next_part += code == 0;
    free(path);
    free(list);
    return code;
}

/* ---- replications in flight ---- */

int ent_checkpoint_save_flight(ent_checkpoint_t *c, const ent_flight_t *flight, const ent_blob_t *blobs,
                               int n_blobs, ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    ent_sealed_t file;
    const int r = flight->replication;
    char *path = flight_path(c, r, c->turn[r], ctx);
    int code = path == NULL ? ENT_ERR_NO_MEMORY : make_folder(c, ctx);
    code = code == 0 ? ent_sealed_create(&file, path, 1, flight_format, ctx) : code;
    if (code == 0) {
        ent_hdf5_quiet(&saved);
        put_owner(c, &file);
        ent_sealed_integer(&file, "sequence", ++c->sequence);
        ent_sealed_integer(&file, "replication", r);
        ent_sealed_integer(&file, "phase", flight->phase);
        ent_sealed_integer(&file, "step", flight->step);
        ent_sealed_integer(&file, "branch_step", flight->branch_step);
        for (int i = 0; i < n_blobs; i++) {
            ent_sealed_blob(&file, blobs[i].name, blobs[i].size, blobs[i].data);
        }
        ent_hdf5_unquiet(&saved);
        code = ent_sealed_finish(&file, ctx);
    }
    if (code == 0) {
        c->in_flight[r] = 1;
        c->turn[r] = (signed char)!c->turn[r];
    }
    free(path);
    return code;
}

/* One of the two files; 0 when it is whole. */
static int read_flight(ent_checkpoint_t *c, int replication, int turn, ent_flight_t *flight,
                       const ent_blob_t *blobs, int n_blobs, ent_context_t *ctx)
{
    hid_t file = -1;
    long long head[5] = {0};
    static const char *const names[5] = {"replication", "phase", "step", "branch_step", "sequence"};
    char *path = flight_path(c, replication, turn, ctx);
    int rc = path != NULL && access(path, F_OK) == 0 && open_ours(c, path, flight_format, &file, ctx) == 0
                 ? 0
                 : -1;
    for (int i = 0; rc == 0 && i < 5; i++) {
        rc = ent_hdf5_read_integer_attribute(file, names[i], &head[i]);
    }
    rc = rc == 0 && head[0] == replication ? 0 : -1;
    for (int i = 0; rc == 0 && i < n_blobs; i++) {
        rc = ent_sealed_read_blob(file, blobs[i].name, blobs[i].size, blobs[i].data);
    }
    *flight = (ent_flight_t){replication, (int)head[1], (int)head[2], (int)head[3], head[4]};
    ent_hdf5_close(&file);
    free(path);
    return rc;
}

int ent_checkpoint_load_flight(ent_checkpoint_t *c, int replication, ent_flight_t *flight,
                               const ent_blob_t *blobs, int n_blobs, ent_flight_sound_t sound,
                               void *sound_data, int *found, ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    ent_flight_t one[2];
    int whole[2];
    *found = 0;
    if (!ent_checkpoint_find_flight(c, replication)) {
        return 0;
    }
    ent_hdf5_quiet(&saved);
    for (int turn = 0; turn < 2; turn++) {
        whole[turn] = read_flight(c, replication, turn, &one[turn], blobs, 0, ctx) == 0;
    }
    const int newer = whole[1] && (!whole[0] || one[1].sequence > one[0].sequence);
    const int order[2] = {newer, !newer};
    for (int i = 0; i < 2 && !*found; i++) {
        if (!whole[order[i]]) {
            continue;
        }
        *found = read_flight(c, replication, order[i], flight, blobs, n_blobs, ctx) == 0 &&
                 sound(sound_data, flight);
        c->n_damaged += !*found;
        c->turn[replication] = (signed char)(*found ? !order[i] : c->turn[replication]);
    }
    ent_hdf5_unquiet(&saved);
    return 0;
}

/* ---- the end ---- */

int ent_checkpoint_clear(const char *folder, ent_context_t *ctx)
{
    DIR *directory = opendir(folder);
    int code = 0;
    if (directory == NULL) {
        return 0;
    }
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (strncmp(entry->d_name, "part-", 5) == 0 || strncmp(entry->d_name, "flight-", 7) == 0) {
            char *path = ent_format(ctx, "%s/%s", folder, entry->d_name);
            if (path == NULL || unlink(path) != 0) {
                code = ent_fail(ctx, ENT_ERR_IO, folder, "%s cannot be removed: %s", entry->d_name,
                                strerror(errno));
            }
            free(path);
        }
    }
    closedir(directory);
    (void)rmdir(folder); /* left when somebody keeps something in it */
    return code;
}

int ent_checkpoint_remove(ent_checkpoint_t *c, ent_context_t *ctx)
{
    return ent_checkpoint_clear(c->folder, ctx);
}
