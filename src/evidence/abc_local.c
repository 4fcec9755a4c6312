#include "evidence/abc_local.h"

#include "base/draws.h"
#include "base/memory.h"
#include "evidence/abc_internal.h"

#include <math.h>
#include <nlopt.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

static const double first_step = 0.2, last_step = 1e-4; /* of a prior's unit interval */
static const double unknown_distance = 1e3;             /* where a moment is not known: away from here */

typedef struct {
    const ent_abc_options_t *options;
    ent_abc_t *best; /* one particle: the nearest so far */
    double *moment;  /* [batch][n_moments] */
    double *mean;    /* [n_moments] */
    int *code;       /* [batch] */
    ent_context_t *own;
    int n_plays, error;
    nlopt_opt optimiser;
    ent_context_t *ctx;
} search_t;

static uint64_t key_of(const ent_abc_options_t *options, int b)
{
    return ent_mix64(ent_mix64(options->seed) + (uint64_t)b);
}

/* Mean moments at u over the keys. */
static int play(search_t *self, const double *u)
{
    const ent_abc_options_t *o = self->options;
    const int threads = o->n_threads > 0 ? o->n_threads : omp_get_max_threads();
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
    for (int b = 0; b < o->batch; b++) {
        self->code[b] = o->simulate(o->data, omp_get_thread_num(), key_of(o, b), u,
                                    self->moment + (size_t)b * (size_t)o->n_moments, &self->own[b]);
    }
    self->n_plays += o->batch;
    memset(self->mean, 0, (size_t)o->n_moments * sizeof *self->mean);
    for (int b = 0; b < o->batch; b++) {
        if (self->code[b] != 0) {
            return ent_abc_hand_on(&self->own[b], self->code[b], self->ctx);
        }
        for (int m = 0; m < o->n_moments; m++) {
            self->mean[m] += self->moment[(size_t)b * (size_t)o->n_moments + (size_t)m] / o->batch;
        }
    }
    return 0;
}

static double objective(unsigned n, const double *u, double *gradient, void *data)
{
    search_t *self = data;
    const ent_abc_options_t *o = self->options;
    (void)gradient;
    if (self->error == 0 && o->stop != NULL && *o->stop) {
        self->error = ent_fail(self->ctx, ENT_ERR_STOPPED, "calibrate",
                               "stopped; a local search keeps nothing and begins again");
    }
    self->error = self->error == 0 ? play(self, u) : self->error;
    if (self->error != 0) {
        nlopt_force_stop(self->optimiser);
        return HUGE_VAL;
    }
    const double distance = ent_abc_distance(o, self->mean);
    if (distance < self->best->distance[0]) {
        memcpy(self->best->u, u, n * sizeof *u);
        memcpy(self->best->moment, self->mean, (size_t)o->n_moments * sizeof *self->mean);
        self->best->distance[0] = distance;
    }
    if (o->progress != NULL) {
        o->progress(o->progress_data, 0, self->best->distance[0], 0, self->n_plays);
    }
    /* the square is smooth where the targets are met, as the quadratic models of the search want it */
    return pow(fmin(distance, unknown_distance), 2.0);
}

static int search(search_t *self)
{
    const ent_abc_options_t *o = self->options;
    const unsigned n = (unsigned)o->n_parameters;
    double distance;
    double *u = ent_calloc(self->ctx, n, sizeof *u);
    if (u == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (unsigned k = 0; k < n; k++) {
        u[k] = 0.5;
    }
    self->optimiser = nlopt_create(n == 1 ? NLOPT_LN_COBYLA : NLOPT_LN_BOBYQA, n);
    if (self->optimiser == NULL) {
        free(u);
        return ent_fail(self->ctx, ENT_ERR_NO_MEMORY, "calibrate", "no memory for the search");
    }
    const int most = o->most_attempts / o->batch > 1 ? o->most_attempts / o->batch : 1;
    nlopt_set_min_objective(self->optimiser, objective, self);
    nlopt_set_lower_bounds1(self->optimiser, last_step);
    nlopt_set_upper_bounds1(self->optimiser, 1.0 - last_step);
    nlopt_set_initial_step1(self->optimiser, first_step);
    nlopt_set_xtol_abs1(self->optimiser, last_step);
    nlopt_set_maxeval(self->optimiser, most);
    const nlopt_result ret = nlopt_optimize(self->optimiser, u, &distance);
    nlopt_destroy(self->optimiser);
    free(u);
    if (self->error != 0) {
        return self->error;
    }
    /* rounding ends the search at an exact optimum; nothing else below 0 can come from a function that is
     * never refused */
    if (ret < 0 && ret != NLOPT_ROUNDOFF_LIMITED) {
        return ent_fail(self->ctx, ENT_ERR_CONVERGENCE, "calibrate",
                        "the local search failed (NLopt code %d)", (int)ret);
    }
    self->best->exhausted = ret == NLOPT_MAXEVAL_REACHED;
    return 0;
}

int ent_abc_local(ent_abc_t *self, const ent_abc_options_t *options, ent_context_t *ctx)
{
    ent_abc_options_t one = *options;
    const size_t n = (size_t)options->batch;
    one.n_particles = one.n_generations = 1;
    int code = ent_abc_allocate(self, &one, ctx);
    search_t s = {.options = options,
                  .best = self,
                  .moment = ent_calloc(ctx, n * (size_t)options->n_moments, sizeof(double)),
                  .mean = ent_calloc(ctx, (size_t)options->n_moments, sizeof(double)),
                  .code = ent_calloc(ctx, n, sizeof(int)),
                  .own = ent_calloc(ctx, n, sizeof(ent_context_t)),
                  .ctx = ctx};
    if (s.moment == NULL || s.mean == NULL || s.code == NULL || s.own == NULL) {
        code = ENT_ERR_NO_MEMORY;
    }
    if (code == 0) {
        self->distance[0] = INFINITY;
        code = search(&s);
    }
    if (code == 0 && !isfinite(self->distance[0])) {
        code =
            ent_fail(ctx, ENT_ERR_CONFIG, "calibrate", "at none of the places tried are all moments known");
    }
    if (code == 0) {
        self->weight[0] = self->effective[0] = 1.0;
        self->tolerance[0] = self->distance[0];
        self->n_attempts[0] = s.n_plays;
        self->n_generations = 1;
    }
    for (size_t b = 0; s.own != NULL && b < n; b++) {
        ent_context_free(&s.own[b]);
    }
    free(s.moment);
    free(s.mean);
    free(s.code);
    free(s.own);
    return code;
}
