#include "evidence/abc.h"

#include "base/draws.h"
#include "base/input.h"
#include "base/memory.h"
#include "io/sealed_file.h"
#include "evidence/abc_internal.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char state_format[] = "entrepot-calibration-state";

/* ---- populations ---- */

int ent_abc_allocate(ent_abc_t *self, const ent_abc_options_t *options, ent_context_t *ctx)
{
    const size_t n = (size_t)options->n_particles, g = (size_t)options->n_generations;
    *self = (ent_abc_t){.n_particles = options->n_particles,
                        .n_parameters = options->n_parameters,
                        .n_moments = options->n_moments,
                        .u = ent_calloc(ctx, n * (size_t)options->n_parameters, sizeof(double)),
                        .moment = ent_calloc(ctx, n * (size_t)options->n_moments, sizeof(double)),
                        .distance = ent_calloc(ctx, n, sizeof(double)),
                        .weight = ent_calloc(ctx, n, sizeof(double)),
                        .tolerance = ent_calloc(ctx, g, sizeof(double)),
                        .n_attempts = ent_calloc(ctx, g, sizeof(double)),
                        .effective = ent_calloc(ctx, g, sizeof(double))};
    return self->u == NULL || self->moment == NULL || self->distance == NULL || self->weight == NULL ||
                   self->tolerance == NULL || self->n_attempts == NULL || self->effective == NULL
               ? ENT_ERR_NO_MEMORY
               : 0;
}

void ent_abc_free(ent_abc_t *self)
{
    free(self->u);
    free(self->moment);
    free(self->distance);
    free(self->weight);
    free(self->tolerance);
    free(self->n_attempts);
    free(self->effective);
    *self = (ent_abc_t){0};
}

/* Take over the particles of `from` (not the path). */
static void take_particles(ent_abc_t *self, const ent_abc_t *from)
{
    const size_t n = (size_t)self->n_particles;
    memcpy(self->u, from->u, n * (size_t)self->n_parameters * sizeof(double));
    memcpy(self->moment, from->moment, n * (size_t)self->n_moments * sizeof(double));
    memcpy(self->distance, from->distance, n * sizeof(double));
    memcpy(self->weight, from->weight, n * sizeof(double));
}

static int by_value(const void *a, const void *b)
{
    const ent_ranked_t *x = a, *y = b;
    return x->value < y->value ? -1 : x->value > y->value ? 1 : x->index - y->index;
}

double ent_weighted_quantile(const double *value, size_t stride, const double *weight, int n, double q,
                             ent_ranked_t *scratch)
{
    double total = 0.0, below = 0.0;
    for (int i = 0; i < n; i++) {
        scratch[i] = (ent_ranked_t){value[(size_t)i * stride], i};
        total += weight[i];
    }
    qsort(scratch, (size_t)n, sizeof *scratch, by_value);
    for (int i = 0; i < n; i++) {
        below += weight[scratch[i].index];
        if (below >= q * total || i == n - 1) {
            return scratch[i].value;
        }
    }
    return NAN;
}

/* ---- proposals ---- */

typedef struct {
    const ent_abc_options_t *options;
    const ent_abc_t *before; /* NULL in generation 0 */
    int generation;
    double *sigma; /* [n_parameters] of the kernel */
} proposal_t;

static ent_draw4_t draw(const ent_abc_options_t *options, int generation, int attempt, uint32_t index)
{
    return ent_draw4(ent_stream(options->seed, 0, 0), (uint64_t)attempt, generation, ENT_PURPOSE_CALIBRATION,
                     index);
}

static void kernel_widths(proposal_t *self)
{
    const ent_abc_t *p = self->before;
    const int k_n = p->n_parameters;
    for (int k = 0; k < k_n; k++) {
        double mean = 0.0, variance = 0.0;
        for (int i = 0; i < p->n_particles; i++) {
            mean += p->weight[i] * p->u[i * k_n + k];
        }
        for (int i = 0; i < p->n_particles; i++) {
            const double d = p->u[i * k_n + k] - mean;
            variance += p->weight[i] * d * d;
        }
        self->sigma[k] = sqrt(2.0 * variance);
    }
}

/* One try of an attempt; 0 when it lies outside the cube. */
static int try_place(const proposal_t *self, int attempt, uint32_t first, double *u)
{
    const ent_abc_options_t *options = self->options;
    const ent_abc_t *p = self->before;
    int from = 0, inside = 1;
    if (p != NULL) {
        const ent_draw4_t d = draw(options, self->generation, attempt, first);
        double left = ent_uniform(d.word[0], d.word[1]);
        while (from < p->n_particles - 1 && left >= p->weight[from]) {
            left -= p->weight[from++];
        }
    }
    for (int k = 0; inside && k < options->n_parameters; k++) {
        const ent_draw4_t d = draw(options, self->generation, attempt, first + (uint32_t)k + 1);
        const double uniform = ent_uniform(d.word[0], d.word[1]);
        u[k] = p == NULL ? uniform
                         : p->u[from * options->n_parameters + k] +
                               self->sigma[k] * gsl_cdf_ugaussian_Pinv(uniform);
        inside = u[k] > 0.0 && u[k] < 1.0;
    }
    return inside;
}

/* Place of an attempt: source and step are drawn anew until it is inside, which leaves the density within the
 * cube as it is up to a constant. 0 when it never was. */
static int propose(const proposal_t *self, int attempt, double *u)
{
    const uint32_t stride = (uint32_t)self->options->n_parameters + 1, most = (1U << 24) / stride - 1;
    for (uint32_t i = 0; i < most; i++) {
        if (try_place(self, attempt, i * stride, u)) {
            return 1;
        }
    }
    return 0;
}

double ent_abc_distance(const ent_abc_options_t *options, const double *moment)
{
    double sum = 0.0;
    for (int m = 0; m < options->n_moments; m++) {
        const double d = (moment[m] - options->target[m]) / options->error[m];
        sum += d * d;
    }
    return isfinite(sum) ? sqrt(sum / options->n_moments) : INFINITY;
}

/* Weights of a new generation, normalised; returns the effective sample. */
static double weigh(const proposal_t *self, ent_abc_t *now)
{
    const ent_abc_t *p = self->before;
    const int n = now->n_particles, k_n = now->n_parameters;
    double total = 0.0, squares = 0.0;
    for (int i = 0; i < n; i++) {
        double density = p == NULL ? 1.0 : 0.0;
        for (int j = 0; p != NULL && j < n; j++) {
            double exponent = 0.0;
            for (int k = 0; k < k_n; k++) {
                const double d =
                    self->sigma[k] > 0.0 ? (now->u[i * k_n + k] - p->u[j * k_n + k]) / self->sigma[k] : 0.0;
                exponent -= 0.5 * d * d;
            }
            density += p->weight[j] * exp(exponent);
        }
        now->weight[i] = 1.0 / density;
        total += now->weight[i];
    }
    for (int i = 0; i < n; i++) {
        now->weight[i] /= total;
        squares += now->weight[i] * now->weight[i];
    }
    return 1.0 / squares;
}

/* ---- a generation ---- */

typedef struct {
    double *u, *moment;
    signed char *inside;
    int *code;
    ent_context_t *ctx; /* [batch] a context each, so that reports do not mix */
} batch_t;

static void batch_free(batch_t *self, int n)
{
    for (int i = 0; self->ctx != NULL && i < n; i++) {
        ent_context_free(&self->ctx[i]);
    }
    free(self->u);
    free(self->moment);
    free(self->inside);
    free(self->code);
    free(self->ctx);
}

static int batch_init(batch_t *self, const ent_abc_options_t *options, ent_context_t *ctx)
{
    const size_t n = (size_t)options->batch;
    *self = (batch_t){.u = ent_calloc(ctx, n * (size_t)options->n_parameters, sizeof(double)),
                      .moment = ent_calloc(ctx, n * (size_t)options->n_moments, sizeof(double)),
                      .inside = ent_calloc(ctx, n, 1),
                      .code = ent_calloc(ctx, n, sizeof(int)),
                      .ctx = ent_calloc(ctx, n, sizeof(ent_context_t))};
    return self->u == NULL || self->moment == NULL || self->inside == NULL || self->code == NULL ||
                   self->ctx == NULL
               ? ENT_ERR_NO_MEMORY
               : 0;
}

/* Key of an attempt's own draws. */
static uint64_t attempt_key(const ent_abc_options_t *options, int generation, int attempt)
{
    return ent_mix64(ent_mix64(ent_mix64(options->seed) ^ (uint64_t)generation) + (uint64_t)attempt);
}

static int threads_of(const ent_abc_options_t *options)
{
    return options->n_threads > 0 ? options->n_threads : omp_get_max_threads();
}

/* Play place b of a batch as attempt `attempt` of a generation. */
static void play_place(const ent_abc_options_t *options, int generation, int attempt, batch_t *batch, int b)
{
    batch->code[b] =
        options->simulate(options->data, omp_get_thread_num(), attempt_key(options, generation, attempt),
                          batch->u + (size_t)b * (size_t)options->n_parameters,
                          batch->moment + (size_t)b * (size_t)options->n_moments, &batch->ctx[b]);
}

static void play_batch(const proposal_t *proposal, batch_t *batch, int first)
{
    const ent_abc_options_t *options = proposal->options;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads_of(options))
    for (int b = 0; b < options->batch; b++) {
        double *u = batch->u + (size_t)b * (size_t)options->n_parameters;
        batch->inside[b] = (signed char)propose(proposal, first + b, u);
        batch->code[b] = 0;
        if (batch->inside[b]) {
            play_place(options, proposal->generation, first + b, batch, b);
        }
    }
}

int ent_abc_hand_on(const ent_context_t *from, int code, ent_context_t *ctx)
{
    for (size_t i = 0; i < from->n_faults; i++) {
        const ent_fault_t *f = &from->faults[i];
        (void)ent_fault(ctx, f->code, f->file, f->line, f->column, f->key, f->value, f->nearest, "%s",
                        f->rule != NULL ? f->rule : "");
    }
    if (from->n_faults == 0) {
        (void)ent_fail(ctx, code, "calibrate", "a play failed: %s", ent_error_name(code));
    }
    return code;
}

/* Fill `now` with kept attempts in their order. *kept says how far it came. */
static int play_generation(const proposal_t *proposal, double tolerance, ent_abc_t *now, batch_t *batch,
                           int *kept, int *attempts, ent_context_t *ctx)
{
    const ent_abc_options_t *options = proposal->options;
    const size_t k_n = (size_t)options->n_parameters, m_n = (size_t)options->n_moments;
    *kept = *attempts = 0;
    while (*kept < options->n_particles && *attempts < options->most_attempts) {
        play_batch(proposal, batch, *attempts);
        for (int b = 0; b < options->batch && *kept < options->n_particles; b++) {
            if (batch->code[b] != 0) {
                return ent_abc_hand_on(&batch->ctx[b], batch->code[b], ctx);
            }
            const double distance =
                batch->inside[b] ? ent_abc_distance(options, batch->moment + (size_t)b * m_n) : INFINITY;
            ++*attempts;
            if (isfinite(distance) && distance <= tolerance) {
                memcpy(now->u + (size_t)*kept * k_n, batch->u + (size_t)b * k_n, k_n * sizeof(double));
                memcpy(now->moment + (size_t)*kept * m_n, batch->moment + (size_t)b * m_n,
                       m_n * sizeof(double));
                now->distance[(*kept)++] = distance;
            }
        }
        if (options->progress != NULL) {
            options->progress(options->progress_data, proposal->generation, tolerance, *kept, *attempts);
        }
        if (options->stop != NULL && *options->stop && *kept < options->n_particles) {
            return ent_fail(ctx, ENT_ERR_STOPPED, "calibrate",
                            "stopped in generation %d; the same command goes on from it",
                            proposal->generation);
        }
    }
    return 0;
}

/* ---- the state ---- */

static int save(const ent_abc_t *self, const ent_abc_options_t *options, ent_context_t *ctx)
{
    static const char *const at_u[] = {"particle", "parameter"}, *const at_moment[] = {"particle", "moment"},
                             *const at_generation[] = {"generation"};
    ent_hdf5_quiet_t saved;
    ent_sealed_t file;
    int code = ent_sealed_create(&file, options->state_path, 1, state_format, ctx);
    if (code != 0) {
        return code;
    }
    ent_hdf5_quiet(&saved);
    ent_sealed_text(&file, "hash", options->hash);
    ent_sealed_integer(&file, "exhausted", self->exhausted);
    ent_sealed_count(&file, "particle", self->n_particles);
    ent_sealed_count(&file, "parameter", self->n_parameters);
    ent_sealed_count(&file, "moment", self->n_moments);
    ent_sealed_count(&file, "generation", self->n_generations);
    ent_sealed_reals(&file, "u", 2, at_u, "1", "place of a particle in its prior", self->u);
    ent_sealed_reals(&file, "value", 2, at_moment, "1", "moments of a particle", self->moment);
    ent_sealed_reals(&file, "distance", 1, at_u, "1", "distance to the targets", self->distance);
    ent_sealed_reals(&file, "weight", 1, at_u, "1", "weight of a particle", self->weight);
    ent_sealed_reals(&file, "tolerance", 1, at_generation, "1", "tolerance", self->tolerance);
    ent_sealed_reals(&file, "attempts", 1, at_generation, "1", "attempts", self->n_attempts);
    ent_sealed_reals(&file, "effective", 1, at_generation, "1", "effective sample", self->effective);
    code = ent_sealed_finish(&file, ctx);
    ent_hdf5_unquiet(&saved);
    return code;
}

static int read_arrays(ent_abc_t *self, hid_t file, int most_generations)
{
    const hid_t real = H5T_NATIVE_DOUBLE;
    const hsize_t n = (hsize_t)self->n_particles, k = (hsize_t)self->n_parameters,
                  m = (hsize_t)self->n_moments;
    long long exhausted = 0;
    int n_found, g_n;
    if (ent_sealed_length(file, "u", &n_found) != 0 || n_found != self->n_particles ||
        ent_sealed_length(file, "tolerance", &g_n) != 0 || g_n < 1 || g_n > most_generations ||
        ent_hdf5_read_integer_attribute(file, "exhausted", &exhausted) != 0) {
        return -1;
    }
    const hsize_t g = (hsize_t)g_n;
    self->n_generations = g_n;
    self->exhausted = (int)exhausted;
    return ent_sealed_read(file, "u", real, 0, n, k, self->u) |
           ent_sealed_read(file, "value", real, 0, n, m, self->moment) |
           ent_sealed_read(file, "distance", real, 0, n, 1, self->distance) |
           ent_sealed_read(file, "weight", real, 0, n, 1, self->weight) |
           ent_sealed_read(file, "tolerance", real, 0, g, 1, self->tolerance) |
           ent_sealed_read(file, "attempts", real, 0, g, 1, self->n_attempts) |
           ent_sealed_read(file, "effective", real, 0, g, 1, self->effective);
}

static int load(ent_abc_t *self, const ent_abc_options_t *options, ent_context_t *ctx)
{
    ent_hdf5_quiet_t saved;
    hid_t file;
    char *hash = NULL;
    if (options->state_path == NULL || access(options->state_path, F_OK) != 0) {
        return 0;
    }
    int code = ent_sealed_open(&file, options->state_path, state_format, ctx);
    if (code != 0) {
        return code;
    }
    ent_input_forget(ctx, options->state_path); /* the next generation takes its place */
    ent_hdf5_quiet(&saved);
    const int read = ent_hdf5_read_text_attribute(file, "hash", &hash);
    if (read == ENT_ERR_NO_MEMORY) {
        code = ent_fail(ctx, ENT_ERR_NO_MEMORY, options->state_path, "no memory for its hash");
    } else if (read != 0 || strcmp(hash, options->hash) != 0) {
        code = ent_fault(ctx, ENT_ERR_CONFIG, options->state_path, 0, 0, "hash", hash, NULL,
                         "is of another calibration: finish that one or remove the file");
    } else if (read_arrays(self, file, options->n_generations) != 0) {
        code = ent_hdf5_fail(ctx, ENT_ERR_DATA, options->state_path, "the arrays are not those of a state");
    }
    free(hash);
    ent_hdf5_close(&file);
    ent_hdf5_unquiet(&saved);
    return code;
}

/* ---- all ---- */

static int next_generation(ent_abc_t *self, ent_abc_t *now, proposal_t *proposal, batch_t *batch,
                           ent_ranked_t *order, ent_context_t *ctx)
{
    const ent_abc_options_t *options = proposal->options;
    const int g = self->n_generations;
    double tolerance = INFINITY;
    int kept, attempts;
    proposal->generation = g;
    proposal->before = g == 0 ? NULL : self;
    if (g > 0) {
        for (int i = 0; i < self->n_particles; i++) {
            now->weight[i] = 1.0;
        }
        tolerance = ent_weighted_quantile(self->distance, 1, now->weight, self->n_particles,
                                          options->quantile, order);
        tolerance = fmax(tolerance, options->tolerance);
        kernel_widths(proposal);
    }
    int code = play_generation(proposal, tolerance, now, batch, &kept, &attempts, ctx);
    if (code == 0 && kept < self->n_particles) {
        if (g == 0) {
            return ent_fail(ctx, ENT_ERR_CONFIG, "calibrate",
                            "only %d of %d attempts from the prior have all moments; %d are needed", kept,
                            attempts, self->n_particles);
        }
        self->exhausted = 1;
    } else if (code == 0) {
        self->effective[g] = weigh(proposal, now);
        self->tolerance[g] = tolerance;
        self->n_attempts[g] = attempts;
        self->n_generations = g + 1;
        take_particles(self, now);
    }
    return code == 0 && options->state_path != NULL ? save(self, options, ctx) : code;
}

int ent_abc_run(ent_abc_t *self, const ent_abc_options_t *options, ent_context_t *ctx)
{
    ent_abc_t now = {0};
    batch_t batch = {0};
    proposal_t proposal = {.options = options,
                           .sigma = ent_calloc(ctx, (size_t)options->n_parameters, sizeof(double))};
    ent_ranked_t *order = ent_calloc(ctx, (size_t)options->n_particles, sizeof *order);
    int code = ent_abc_allocate(self, options, ctx);
    code = code == 0 ? ent_abc_allocate(&now, options, ctx) : code;
    code = code == 0 ? batch_init(&batch, options, ctx) : code;
    code = code == 0 && (proposal.sigma == NULL || order == NULL) ? ENT_ERR_NO_MEMORY : code;
    code = code == 0 ? load(self, options, ctx) : code;
    if (code == 0 && options->finish && self->n_generations == 0) {
        code = ent_fail(ctx, ENT_ERR_NO_INPUT, options->state_path,
                        "there is no state of a stopped calibration to finish");
    }
    while (code == 0 && !self->exhausted && !options->finish &&
           self->n_generations < options->n_generations &&
           (self->n_generations < 2 || self->tolerance[self->n_generations - 1] > options->tolerance)) {
        code = next_generation(self, &now, &proposal, &batch, order, ctx);
    }
    batch_free(&batch, options->batch);
    free(proposal.sigma);
    free(order);
    ent_abc_free(&now);
    return code;
}

int ent_abc_replay(ent_abc_t *self, const ent_abc_options_t *options, ent_context_t *ctx)
{
    const size_t k_n = (size_t)options->n_parameters, m_n = (size_t)options->n_moments;
    const int generation = -1; /* keys that no generation has */
    batch_t batch;
    int code = batch_init(&batch, options, ctx);
    for (int first = 0; code == 0 && first < self->n_particles; first += options->batch) {
        const int left = self->n_particles - first, n = left < options->batch ? left : options->batch;
        memcpy(batch.u, self->u + (size_t)first * k_n, (size_t)n * k_n * sizeof(double));
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads_of(options))
        for (int b = 0; b < n; b++) {
            play_place(options, generation, first + b, &batch, b);
        }
        for (int b = 0; code == 0 && b < n; b++) {
            code = batch.code[b] != 0 ? ent_abc_hand_on(&batch.ctx[b], batch.code[b], ctx) : 0;
            self->distance[first + b] = ent_abc_distance(options, batch.moment + (size_t)b * m_n);
        }
        memcpy(self->moment + (size_t)first * m_n, batch.moment, (size_t)n * m_n * sizeof(double));
        if (code == 0 && options->progress != NULL) {
            options->progress(options->progress_data, self->n_generations, 0.0, first + n, first + n);
        }
    }
    batch_free(&batch, options->batch);
    return code;
}
