/* A study frozen into a plan. */
#include "study/study.h"

#include "base/memory.h"
#include "engine/distribution.h"
#include "io/sealed_file.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char plan_format[] = "entrepot-study-plan";

static int n_uncertain(const ent_study_t *study)
{
    return study->n_factors - study->n_levers;
}

static double count_combinations(const ent_study_t *study)
{
    double n = 1.0;
    for (int f = 0; f < study->n_levers; f++) {
        n *= study->factors[f].n_texts;
    }
    return n;
}

/* Places of the levers in a combination; the last moves fastest. */
static void place_levers(const ent_study_t *study, int combination, double *x)
{
    for (int f = study->n_levers - 1; f >= 0; f--) {
        x[f] = combination % study->factors[f].n_texts;
        combination /= study->factors[f].n_texts;
    }
}

/* Put `piece`, which is taken over, behind *text. The C library's streams in memory cut a text without a word
 * when their memory cannot grow, so none is used for what is hashed. */
static int append(char **text, char *piece, ent_context_t *ctx)
{
    char *longer = *text != NULL && piece != NULL ? ent_format(ctx, "%s%s", *text, piece) : NULL;
    free(*text);
    free(piece);
    *text = longer;
    return longer != NULL ? 0 : ENT_ERR_NO_MEMORY;
}

static int append_factor(char **text, const ent_factor_t *factor, double x, ent_context_t *ctx)
{
    char *value = ent_factor_text(factor, x, ctx);
    int code =
        value == NULL ? ENT_ERR_NO_MEMORY : append(text, ent_format(ctx, "%s=%s", factor->name, value), ctx);
    for (int p = 0; code == 0 && p < factor->n_paths; p++) {
        code = append(text, ent_format(ctx, ";%s", factor->paths[p]), ctx);
    }
    free(value);
    return code == 0 ? append(text, ent_format(ctx, "\n"), ctx) : code;
}

int ent_point_hash(const ent_study_t *study, const char *base_hash, const double *x,
                   char hash[ENT_SHA256_TEXT], ent_context_t *ctx)
{
    char *text = ent_format(ctx, "%s\n", base_hash);
    int code = text == NULL ? ENT_ERR_NO_MEMORY : 0;
    for (int f = 0; code == 0 && f < study->n_factors; f++) {
        code = append_factor(&text, &study->factors[f], x[f], ctx);
    }
    for (int i = 0; code == 0 && i < study->n_outcomes; i++) {
        const ent_value_query_t *q = &study->outcomes[i].query;
        code = append(&text,
                      ent_format(ctx, "%s:%s,%s,%s,%s,%s,%s,%s,%d\n", study->outcomes[i].name,
                                 ent_outcome(q->outcome)->name, q->period != NULL ? q->period : "",
                                 q->scenario != NULL ? q->scenario : "", q->base != NULL ? q->base : "",
                                 q->origin != NULL ? q->origin : "", q->partner != NULL ? q->partner : "",
                                 q->sector != NULL ? q->sector : "", q->relative),
                      ctx);
    }
    code = code == 0 ? append(&text,
                              ent_format(ctx, "%d,%.17g,%.17g,%d,%d\n", study->adaptive.outcome,
                                         study->adaptive.half_width, study->adaptive.level,
                                         study->adaptive.first, study->adaptive.most),
                              ctx)
                     : code;
    code = code == 0 ? ent_sha256_buffer(text, strlen(text), hash, ctx) : code;
    free(text);
    return code;
}

/* ---- making ---- */

typedef struct {
    ent_study_t study;
    double *u, *x; /* [n_rows][uncertainties] */
    int n_rows, n_combinations, n_replications;
    char base_hash[ENT_SHA256_TEXT], hash[ENT_SHA256_TEXT];
} draft_t;

static void draft_free(draft_t *draft)
{
    free(draft->u);
    free(draft->x);
    ent_study_free(&draft->study);
}

static int fill_rows(draft_t *draft, ent_context_t *ctx)
{
    const ent_study_t *study = &draft->study;
    const size_t k = (size_t)n_uncertain(study);
    int code = ent_design(&study->design, (int)k, &draft->u, &draft->n_rows, ctx);
    draft->x = code == 0 ? ent_calloc(ctx, (size_t)draft->n_rows * k + 1, sizeof *draft->x) : NULL;
    if (draft->x == NULL) {
        return code != 0 ? code : ENT_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < (size_t)draft->n_rows * k; i++) {
        const ent_factor_t *factor = &study->factors[study->n_levers + (int)(i % k)];
        draft->x[i] = ent_design_form(study->design.kind) == ENT_FORM_GIVEN
                          ? draft->u[i]
                          : ent_factor_value(factor, draft->u[i]);
        draft->u[i] = ent_design_form(study->design.kind) == ENT_FORM_GIVEN ? NAN : draft->u[i];
    }
    const double combinations = count_combinations(study);
    if (combinations * draft->n_rows > ENT_DESIGN_MAX_ROWS) {
        return ent_fail(ctx, ENT_ERR_CONFIG, study->path, "%.3g points are more than %d",
                        combinations * draft->n_rows, ENT_DESIGN_MAX_ROWS);
    }
    draft->n_combinations = (int)combinations;
    return 0;
}

/* The config with the settings of the first and the last point, which hold every lever's and factor's first
 * faults. */
static int check_points(draft_t *draft, ent_context_t *ctx)
{
    const ent_study_t *study = &draft->study;
    const size_t k = (size_t)n_uncertain(study);
    char ignored[ENT_SHA256_TEXT];
    int n;
    double *x = ent_calloc(ctx, (size_t)study->n_factors + 1, sizeof *x);
    int code = x == NULL ? ENT_ERR_NO_MEMORY
                         : ent_study_check_config(study, NULL, draft->base_hash, &draft->n_replications, ctx);
    for (int last = 0; code == 0 && last < 2; last++) {
        const size_t row = last ? (size_t)draft->n_rows - 1 : 0;
        place_levers(study, last ? draft->n_combinations - 1 : 0, x);
        memcpy(x + study->n_levers, draft->x + row * k, k * sizeof *x);
        code = ent_study_check_config(study, x, ignored, &n, ctx);
    }
    free(x);
    return code;
}

static int hash_plan(draft_t *draft, ent_context_t *ctx)
{
    const ent_study_t *study = &draft->study;
    const size_t text = strlen(study->text),
                 rows = (size_t)draft->n_rows * (size_t)n_uncertain(study) * sizeof(double);
    char *all = malloc(text + rows + ENT_SHA256_TEXT);
    if (all == NULL) {
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, study->path, "no memory for the plan's hash");
    }
    memcpy(all, draft->base_hash, ENT_SHA256_TEXT);
    memcpy(all + ENT_SHA256_TEXT, study->text, text);
    memcpy(all + ENT_SHA256_TEXT + text, draft->x, rows);
    const int code = ent_sha256_buffer(all, text + rows + ENT_SHA256_TEXT, draft->hash, ctx);
    free(all);
    return code;
}

static int write_plan(const draft_t *draft, const char *path, ent_context_t *ctx)
{
    static const char *const axes[] = {"row", "uncertainty"};
    const ent_study_t *study = &draft->study;
    const char *names[256] = {0};
    char *origin = realpath(study->path, NULL);
    ent_hdf5_quiet_t saved;
    ent_sealed_t file;
    int code = origin == NULL
                   ? ent_fail(ctx, ENT_ERR_NO_INPUT, study->path, "cannot be found: %s", strerror(errno))
                   : ent_sealed_create(&file, path, 0, plan_format, ctx);
    ent_hdf5_quiet(&saved);
    if (code == 0) {
        const int k = n_uncertain(study);
        for (int f = 0; f < k; f++) {
            names[f] = study->factors[study->n_levers + f].name;
        }
        ent_sealed_text(&file, "plan_sha256", draft->hash);
        ent_sealed_text(&file, "base_sha256", draft->base_hash);
        ent_sealed_text(&file, "study_path", origin);
        ent_sealed_integer(&file, "n_combinations", draft->n_combinations);
        ent_sealed_integer(&file, "n_replications", draft->n_replications);
        ent_sealed_long_text(&file, "study", study->text);
        ent_sealed_count(&file, "row", draft->n_rows);
        if (k > 0) {
            ent_sealed_dimension(&file, "uncertainty", k, names);
            ent_sealed_reals(&file, "u", 2, axes, "1", "place in the unit cube", draft->u);
            ent_sealed_reals(&file, "x", 2, axes, "1", "value, or index of a text", draft->x);
        }
        code = ent_sealed_finish(&file, ctx);
    }
    ent_hdf5_unquiet(&saved);
    free(origin);
    return code;
}

static int make_folder(const char *path, ent_context_t *ctx)
{
    if (mkdir(path, 0777) != 0 && errno != EEXIST) {
        return ent_fail(ctx, ENT_ERR_CANT_CREATE, path, "cannot be created: %s", strerror(errno));
    }
    return 0;
}

/* The plan that is there already must be this one. */
static int compare_plans(const draft_t *draft, const char *folder, ent_context_t *ctx)
{
    ent_plan_file_t plan;
    int code = ent_plan_open(&plan, folder, ctx);
    if (code == 0 && strcmp(plan.hash, draft->hash) != 0) {
        code = ent_fail(
            ctx, ENT_ERR_CONFIG, plan.file_path,
            "another plan is frozen here: %s has changed since; put the old one back, or plan into another "
            "folder",
            strcmp(plan.base_hash, draft->base_hash) != 0 ? "the config, its data or the fixed settings"
                                                          : "the study file");
    }
    ent_plan_close(&plan);
    return code;
}

int ent_plan_make(const char *study_path, const char *folder, ent_context_t *ctx)
{
    draft_t draft = {0};
    char *path = ent_format(ctx, "%s/plan.h5", folder), *shards = ent_format(ctx, "%s/shards", folder);
    int code =
        path == NULL || shards == NULL ? ENT_ERR_NO_MEMORY : ent_study_read(&draft.study, study_path, ctx);
    if (code == 0) {
        code = fill_rows(&draft, ctx);
        code = code == 0 ? check_points(&draft, ctx) : code;
        code = code == 0 ? hash_plan(&draft, ctx) : code;
        code = code == 0 ? make_folder(folder, ctx) : code;
        code = code == 0 ? make_folder(shards, ctx) : code;
        if (code == 0) {
            code =
                access(path, F_OK) == 0 ? compare_plans(&draft, folder, ctx) : write_plan(&draft, path, ctx);
        }
        draft_free(&draft);
    }
    free(path);
    free(shards);
    return code;
}

/* ---- reading ---- */

/* Rows [first, first + n) of both arrays. */
enum { BLOCK_ROWS = 256 };
struct ent_plan_rows {
    int first, n;
    double *x, *u; /* [BLOCK_ROWS][uncertainties] */
};

static void rows_free(struct ent_plan_rows *rows)
{
    if (rows != NULL) {
        free(rows->x);
        free(rows->u);
        free(rows);
    }
}

static int rows_init(ent_plan_file_t *plan, ent_context_t *ctx)
{
    const size_t size = BLOCK_ROWS * (size_t)n_uncertain(&plan->study) + 1;
    plan->rows = ent_calloc(ctx, 1, sizeof *plan->rows);
    if (plan->rows == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    plan->rows->x = ent_calloc(ctx, size, sizeof(double));
    plan->rows->u = ent_calloc(ctx, size, sizeof(double));
    return plan->rows->x == NULL || plan->rows->u == NULL ? ENT_ERR_NO_MEMORY : 0;
}

static int read_plan(ent_plan_file_t *plan, ent_context_t *ctx)
{
    char *text = NULL, *origin = NULL, *hash = NULL, *base = NULL;
    long long combinations = 0, replications = 0;
    int code = 0, k = 0;
    if (ent_sealed_read_long_text(plan->file, "study", &text) != 0 ||
        ent_hdf5_read_text_attribute(plan->file, "study_path", &origin) != 0 ||
        ent_hdf5_read_text_attribute(plan->file, "plan_sha256", &hash) != 0 ||
        ent_hdf5_read_text_attribute(plan->file, "base_sha256", &base) != 0 ||
        ent_hdf5_read_integer_attribute(plan->file, "n_combinations", &combinations) != 0 ||
        ent_hdf5_read_integer_attribute(plan->file, "n_replications", &replications) != 0 ||
        ent_sealed_length(plan->file, "row", &plan->n_rows) != 0) {
        code = ent_hdf5_fail(ctx, ENT_ERR_DATA, plan->file_path, "no whole plan");
    }
    if (code == 0) {
        snprintf(plan->hash, sizeof plan->hash, "%s", hash);
        snprintf(plan->base_hash, sizeof plan->base_hash, "%s", base);
        code = ent_study_parse(&plan->study, text, origin, ctx);
    }
    const int uncertain = code == 0 ? n_uncertain(&plan->study) : 0;
    if (code == 0 && uncertain > 0 &&
        (ent_sealed_length(plan->file, "uncertainty", &k) != 0 || k != uncertain)) {
        code = ent_fail(ctx, ENT_ERR_DATA, plan->file_path, "its study and its rows do not belong together");
    }
    if (code == 0 && (combinations != (long long)count_combinations(&plan->study) || replications < 1 ||
                      replications > 1000000 || plan->n_rows < 1)) {
        code = ent_fail(ctx, ENT_ERR_DATA, plan->file_path, "numbers that cannot be");
    }
    plan->n_combinations = (int)combinations;
    plan->n_replications = (int)replications;
    plan->n_points = plan->n_combinations * plan->n_rows;
    free(text);
    free(origin);
    free(hash);
    free(base);
    return code;
}

int ent_plan_open(ent_plan_file_t *plan, const char *folder, ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    *plan = (ent_plan_file_t){
        .file = -1, .folder = ent_strdup(ctx, folder), .file_path = ent_format(ctx, "%s/plan.h5", folder)};
    if (plan->folder == NULL || plan->file_path == NULL) {
        ent_plan_close(plan);
        return ENT_ERR_NO_MEMORY;
    }
    int code = ent_sealed_open(&plan->file, plan->file_path, plan_format, ctx);
    if (code == 0) {
        ent_hdf5_quiet(&saved);
        code = read_plan(plan, ctx);
        code = code == 0 ? rows_init(plan, ctx) : code;
        ent_hdf5_unquiet(&saved);
    }
    if (code != 0) {
        ent_plan_close(plan);
    }
    return code;
}

void ent_plan_close(ent_plan_file_t *plan)
{
    if (plan->folder == NULL) {
        free(plan->file_path);
        *plan = (ent_plan_file_t){.file = -1};
        return;
    }
    ent_hdf5_close(&plan->file);
    rows_free(plan->rows);
    ent_study_free(&plan->study);
    free(plan->folder);
    free(plan->file_path);
    *plan = (ent_plan_file_t){.file = -1};
}

/* The block of a row into memory, when it is not there yet. */
static int read_rows(const ent_plan_file_t *plan, int row, ent_context_t *ctx)
{
    struct ent_plan_rows *rows = plan->rows;
    const hsize_t k = (hsize_t)n_uncertain(&plan->study);
    ent_hdf5_quiet_t saved;
    int code = 0;
    if (row >= rows->first && row < rows->first + rows->n) {
        return 0;
    }
    rows->first = row - row % BLOCK_ROWS;
    rows->n = plan->n_rows - rows->first < BLOCK_ROWS ? plan->n_rows - rows->first : BLOCK_ROWS;
    const hsize_t first = (hsize_t)rows->first, n = (hsize_t)rows->n;
    ent_hdf5_quiet(&saved);
    if (ent_sealed_read(plan->file, "x", H5T_NATIVE_DOUBLE, first, n, k, rows->x) != 0 ||
        ent_sealed_read(plan->file, "u", H5T_NATIVE_DOUBLE, first, n, k, rows->u) != 0) {
        code = ent_hdf5_fail(ctx, ENT_ERR_DATA, plan->file_path, "a row cannot be read");
        rows->n = 0;
    }
    ent_hdf5_unquiet(&saved);
    return code;
}

/* The row of x, or of u, of a point's uncertainties. */
static int read_row(const ent_plan_file_t *plan, int of_u, int point, double *values, ent_context_t *ctx)
{
    const size_t k = (size_t)n_uncertain(&plan->study);
    const int row = point % plan->n_rows;
    if (k == 0) {
        return 0;
    }
    const int code = read_rows(plan, row, ctx);
    if (code == 0) {
        const double *from = of_u ? plan->rows->u : plan->rows->x;
        memcpy(values, from + (size_t)(row - plan->rows->first) * k, k * sizeof *values);
    }
    return code;
}

int ent_plan_order(const ent_plan_file_t *plan, int place)
{
    return place % plan->n_combinations * plan->n_rows + place / plan->n_combinations;
}

int ent_plan_shard(const ent_plan_file_t *plan, int place, int n_shards)
{
    long long a = plan->n_combinations, b = n_shards;
    while (b != 0) {
        const long long rest = a % b;
        a = b;
        b = rest;
    }
    const long long period = plan->n_combinations / a * n_shards; /* least common multiple */
    return (int)((place + place / period) % n_shards);
}

int ent_plan_point(const ent_plan_file_t *plan, int point, double *x, ent_context_t *ctx)
{
    place_levers(&plan->study, point / plan->n_rows, x);
    return read_row(plan, 0, point, x + plan->study.n_levers, ctx);
}

int ent_plan_place(const ent_plan_file_t *plan, int point, double *u, ent_context_t *ctx)
{
    for (int f = 0; f < plan->study.n_levers; f++) {
        u[f] = NAN;
    }
    return read_row(plan, 1, point, u + plan->study.n_levers, ctx);
}

int ent_plan_check_config(const ent_plan_file_t *plan, ent_context_t *ctx)
{
    char hash[ENT_SHA256_TEXT];
    int n;
    const int code = ent_study_check_config(&plan->study, NULL, hash, &n, ctx);
    if (code != 0) {
        return code;
    }
    if (strcmp(hash, plan->base_hash) != 0) {
        return ent_fail(
            ctx, ENT_ERR_CONFIG, plan->study.config != NULL ? plan->study.config : plan->file_path,
            "the config, its calibration or its benchmark has changed since the plan was made: points "
            "played now would not belong to those played before");
    }
    return 0;
}
