#include "evidence/forecast_cells.h"

#include "base/memory.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { MAX = ENT_FORECAST_MAX_INPUTS, YEAR = 12 };

static const double made_up = 0.9; /* of a total: what is left of it may be returned goods and the like */

typedef struct {
    const ent_cells_options_t *options;
    ent_cells_t *self;
    double *log_level;         /* [cell][n_months] */
    double mean[MAX], sd[MAX]; /* priors of this pass */
} work_t;

ent_effect_scales_t ent_effect_scales(void)
{
    return (ent_effect_scales_t){.response = {1.0, 0.5}, .anticipation = {0.3, 0.3}};
}

static int is_total(const ent_panel_t *panel, int product)
{
    return strcmp(panel->product[product], "total") == 0;
}

/* Observed in the year to the origin; 0 where a month of it is missing: such a series is no part of a sum. */
static double year_to(const ent_panel_t *p, int cell, int origin)
{
    const int last = origin - p->first_month, first = last - YEAR + 1;
    double sum = 0.0;

    for (int m = first < 0 ? 0 : first; m <= last; m++) {
        sum += p->value[(size_t)cell * (size_t)p->n_months + (size_t)m];
    }
    return isnan(sum) ? 0.0 : sum;
}

/* ---- one cell ---- */

static const double *input_of(const ent_cells_options_t *o, const ent_cells_input_t *input, int cell)
{
    const size_t worlds = (size_t)(input->by_world ? o->n_worlds : 1);

    return input->x + (input->by_cell ? (size_t)cell * worlds * (size_t)o->panel->n_months : 0);
}

/* Observed to the origin itself, and long enough. */
static int long_enough(const work_t *work, int cell)
{
    const ent_cells_options_t *o = work->options;
    const double *y = work->log_level + (size_t)cell * (size_t)o->panel->n_months;
    const int origin = o->origin - o->panel->first_month;
    int n = 0;

    for (int t = o->from - o->panel->first_month; t <= origin; t++) {
        n += !isnan(y[t]);
    }
    return n >= o->least && !isnan(y[origin]);
}

static int forecast_cell(const work_t *work, int cell, ent_context_t *ctx)
{
    const ent_cells_options_t *o = work->options;
    ent_forecast_input_t inputs[MAX];
    const ent_forecast_series_t series = {.n_months = o->panel->n_months,
                                          .first_month = o->panel->first_month,
                                          .from = o->from - o->panel->first_month,
                                          .origin = o->origin - o->panel->first_month,
                                          .horizon = o->horizon,
                                          .y = work->log_level + (size_t)cell * (size_t)o->panel->n_months,
                                          .season = o->season != NULL ? o->season + cell * YEAR : NULL,
                                          .n_inputs = o->n_inputs,
                                          .n_worlds = o->n_worlds,
                                          .input = inputs};

    for (int k = 0; k < o->n_inputs; k++) {
        inputs[k] = (ent_forecast_input_t){.name = o->input[k].name,
                                           .mean = work->mean[k],
                                           .sd = work->sd[k],
                                           .by_world = o->input[k].by_world,
                                           .x = input_of(o, &o->input[k], cell)};
    }
    ent_forecast_free(&work->self->forecast[cell]);
    return ent_forecast(&work->self->forecast[cell], &series, &o->prior, ctx);
}

static int forecast_all(const work_t *work, ent_context_t *ctx)
{
    const int threads = work->options->n_threads > 0 ? work->options->n_threads : omp_get_max_threads();
    int code = ENT_OK;

#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (int c = 0; c < work->self->n_cells; c++) {
        ent_context_t own;
        int here = ENT_OK;

        ent_context_init(&own);
        if (work->self->done[c]) {
            here = forecast_cell(work, c, &own);
        }
        if (here != ENT_OK) {
#pragma omp critical(ent_cells_fault)
            if (code == ENT_OK) {
                code = ent_fail(ctx, here, "forecast", "%s",
                                own.n_faults > 0 ? own.faults[0].rule : ent_error_name(here));
            }
        }
        ent_context_free(&own);
    }
    return code;
}

/* ---- pooling ---- */

/* Information of a cell on the pooled scales: those that are not pooled are integrated out under their prior,
 * one after the other. */
static void add_cell(const work_t *work, int cell, double *information, double *score)
{
    const ent_forecast_t *f = &work->self->forecast[cell];
    const int k = f->n_inputs;
    double m[MAX * MAX], s[MAX];

    memcpy(m, f->information, (size_t)(k * k) * sizeof(double));
    memcpy(s, f->score, (size_t)k * sizeof(double));
    for (int n = 0; n < k; n++) {
        if (work->options->input[n].pooled || !(work->sd[n] > 0.0)) {
            continue;
        }
        const double pivot = m[n * k + n] + 1.0 / (work->sd[n] * work->sd[n]);

        for (int i = 0; i < k; i++) {
            if (i != n) {
                const double factor = m[i * k + n] / pivot;

                s[i] -= factor * s[n];
                for (int j = 0; j < k; j++) {
                    m[i * k + j] -= j != n ? factor * m[n * k + j] : 0.0;
                }
            }
        }
    }
    for (int i = 0; i < k; i++) {
        score[i] += s[i];
        for (int j = 0; j < k; j++) {
            information[i * k + j] += m[i * k + j];
        }
    }
}

static void solve_pooled(work_t *work, double *information, double *score)
{
    const ent_cells_options_t *o = work->options;
    int place[MAX], n = 0;
    double a[MAX * MAX], b[MAX];

    for (int k = 0; k < o->n_inputs; k++) {
        if (o->input[k].pooled) {
            place[n++] = k;
        }
    }
    for (int i = 0; i < n; i++) {
        b[i] = score[place[i]];
        for (int j = 0; j < n; j++) {
            a[i * n + j] = information[place[i] * o->n_inputs + place[j]] +
                           (i == j ? 1.0 / (o->input[place[i]].sd * o->input[place[i]].sd) : 0.0);
        }
    }
    gsl_matrix_view av = gsl_matrix_view_array(a, (size_t)n, (size_t)n);
    gsl_vector_view bv = gsl_vector_view_array(b, (size_t)n);

    (void)gsl_linalg_cholesky_decomp1(&av.matrix);
    (void)gsl_linalg_cholesky_svx(&av.matrix, &bv.vector);
    (void)gsl_linalg_cholesky_invert(&av.matrix);
    for (int i = 0; i < n; i++) {
        work->self->pooled[place[i]] = o->input[place[i]].mean + b[i];
        work->self->pooled_sd[place[i]] = sqrt(a[i * n + i]);
        work->mean[place[i]] = work->self->pooled[place[i]];
        work->sd[place[i]] = o->input[place[i]].own_sd;
    }
}

/* Totals are made of the other series and say nothing of their own, unless there is nothing else. */
static int counts_for_scales(const work_t *work, int cell)
{
    const ent_panel_t *panel = work->options->panel;

    return !work->options->by_goods || panel->n_products == 1 || !is_total(panel, cell % panel->n_products);
}

static int pool(work_t *work, ent_context_t *ctx)
{
    double information[MAX * MAX] = {0}, score[MAX] = {0};
    const int code = forecast_all(work, ctx);

    if (code != ENT_OK) {
        return code;
    }
    for (int c = 0; c < work->self->n_cells; c++) {
        if (work->self->done[c] && counts_for_scales(work, c)) {
            add_cell(work, c, information, score);
        }
    }
    solve_pooled(work, information, score);
    return ENT_OK;
}

/* ---- totals from their goods ---- */

static int is_left_out(const work_t *work, int product)
{
    return work->options->left_out != NULL && work->options->left_out[product];
}

/* Observed of a good in the year to the origin; 0: no part of the total. */
static double part_of_total(const work_t *work, int partner, int good)
{
    const ent_panel_t *p = work->options->panel;

    return is_total(p, good) || is_left_out(work, good)
               ? 0.0
               : year_to(p, partner * p->n_products + good, work->options->origin);
}

/* The total over its goods in the year to the origin; NaN where they do not make it up or not all of them
 * are forecast. */
static double over_its_goods(const work_t *work, int partner, int total)
{
    const ent_panel_t *p = work->options->panel;
    const double whole = year_to(p, partner * p->n_products + total, work->options->origin);
    double sum = 0.0;

    for (int g = 0; g < p->n_products; g++) {
        const double part = part_of_total(work, partner, g);

        sum += part > 0.0 && !work->self->done[partner * p->n_products + g] ? NAN : part;
    }
    return sum > 0.0 && sum >= made_up * whole ? whole / sum : NAN;
}

/* Of the goods' medians, told at origin + 1 + h. */
static double sum_of_goods(const work_t *work, int partner, int h)
{
    const ent_panel_t *p = work->options->panel;
    double sum = 0.0;

    for (int g = 0; g < p->n_products; g++) {
        if (part_of_total(work, partner, g) > 0.0) {
            sum += exp(ent_forecast_mean(&work->self->forecast[partner * p->n_products + g], h));
        }
    }
    return sum;
}

static void move_total(const work_t *work, int partner, int product)
{
    ent_forecast_t *total = &work->self->forecast[partner * work->options->panel->n_products + product];
    const double over = over_its_goods(work, partner, product);

    for (int h = 0; h < work->options->horizon && over > 0.0; h++) {
        ent_forecast_move(total, h, log(over * sum_of_goods(work, partner, h)) - ent_forecast_mean(total, h));
    }
}

static void move_totals(const work_t *work)
{
    const ent_panel_t *p = work->options->panel;

    for (int c = 0; c < work->self->n_cells; c++) {
        if (work->self->done[c] && is_total(p, c % p->n_products)) {
            move_total(work, c / p->n_products, c % p->n_products);
        }
    }
}

/* ---- all cells ---- */

/* Is the cell wanted, or a good of a total that is? */
static int is_needed(const work_t *work, int cell)
{
    const ent_cells_options_t *o = work->options;
    const int first = cell / o->panel->n_products * o->panel->n_products;
    int needed = o->wanted == NULL || o->wanted[cell];

    for (int g = 0; o->by_goods && !needed && g < o->panel->n_products; g++) {
        needed = is_total(o->panel, g) && o->wanted[first + g];
    }
    return needed;
}

static int start(work_t *work, ent_context_t *ctx)
{
    const ent_cells_options_t *o = work->options;
    ent_cells_t *self = work->self;
    const size_t cells = (size_t)self->n_cells, months = (size_t)o->panel->n_months;
    int any = 0;

    self->forecast = ent_calloc(ctx, cells, sizeof *self->forecast);
    self->done = ent_calloc(ctx, cells, 1);
    work->log_level = ent_calloc(ctx, cells * months, sizeof(double));
    if (self->forecast == NULL || self->done == NULL || work->log_level == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < cells * months; i++) {
        work->log_level[i] = log(o->panel->value[i]);
    }
    for (int c = 0; c < self->n_cells; c++) {
        self->done[c] = is_needed(work, c) && long_enough(work, c);
    }
    for (int k = 0; k < o->n_inputs; k++) {
        work->mean[k] = o->input[k].mean;
        work->sd[k] = o->input[k].sd;
        self->pooled[k] = self->pooled_sd[k] = NAN;
        any |= o->input[k].pooled;
    }
    return any ? pool(work, ctx) : ENT_OK;
}

int ent_cells_forecast(ent_cells_t *self, const ent_cells_options_t *options, ent_context_t *ctx)
{
    work_t work = {.options = options, .self = self};
    const int first = options->panel->first_month, last = first + options->panel->n_months - 1;
    int code;

    *self = (ent_cells_t){.n_cells = options->panel->n_partners * options->panel->n_products,
                          .n_inputs = options->n_inputs};
    if (options->from < first || options->origin < options->from ||
        options->origin + options->horizon > last) {
        return ent_fail(ctx, ENT_ERR_DATA, "forecast",
                        "the months learnt from and told must lie in the panel's %d months",
                        last - first + 1);
    }
    code = start(&work, ctx);
    if (code == ENT_OK) {
        code = forecast_all(&work, ctx);
    }
    if (code == ENT_OK && options->by_goods) {
        move_totals(&work);
    }
    free(work.log_level);
    return code;
}

void ent_cells_free(ent_cells_t *self)
{
    for (int c = 0; self->forecast != NULL && c < self->n_cells; c++) {
        ent_forecast_free(&self->forecast[c]);
    }
    free(self->forecast);
    free(self->done);
    *self = (ent_cells_t){0};
}

/* ---- effects on a panel ---- */

typedef struct {
    const ent_effects_t *effects;
    const ent_panel_t *panel;
    int scenario, *partner, *product; /* places of the panel's names among the effects' */
    double *weight;                   /* [cell] observed in the year to the origin */
    const unsigned char *left_out;
} mapping_t;

static int find_names(int *place, char *const *wanted, int n_wanted, char *const *there, int n_there,
                      const char *what, ent_context_t *ctx)
{
    int code = ENT_OK;

    for (int i = 0; i < n_wanted; i++) {
        place[i] = -1;
        for (int k = 0; k < n_there; k++) {
            place[i] = strcmp(wanted[i], there[k]) == 0 ? k : place[i];
        }
        if (place[i] < 0) {
            code = ent_fault(ctx, ENT_ERR_DATA, "effects", 0, 0, what, wanted[i],
                             ent_nearest(wanted[i], (const char *const *)there, (size_t)n_there),
                             "has no simulated effect");
        }
    }
    return code;
}

static void find_weights(mapping_t *map, int origin)
{
    const ent_panel_t *p = map->panel;

    for (int c = 0; c < p->n_partners * p->n_products; c++) {
        map->weight[c] = year_to(p, c, origin);
    }
}

static double one_effect(const mapping_t *map, const double *of, int world, int partner, int product,
                         int month)
{
    return of[ent_effects_at(map->effects, map->scenario, world, map->partner[partner], map->product[product],
                             month)];
}

/* Do the other series make up the total `product` that is observed beside them? */
static int parts_make_total(const mapping_t *map, int partner, int product)
{
    const double *weight = map->weight + partner * map->panel->n_products;
    double parts = 0.0;

    for (int g = 0; g < map->panel->n_products; g++) {
        parts += !is_total(map->panel, g) && !(map->left_out != NULL && map->left_out[g]) ? weight[g] : 0.0;
    }
    return parts > 0.0 && parts >= made_up * weight[product];
}

static double log_ratio(const mapping_t *map, int world, int partner, int product, int month, int with)
{
    const ent_effects_t *e = map->effects;

    return one_effect(map, e->response, world, partner, product, month) +
           (with ? one_effect(map, e->anticipation, world, partner, product, month) : 0.0);
}

/* ln of the mean ratio over the products that make up the total; that simulated for `total` where they do
 * not. */
static double total_effect(const mapping_t *map, int world, int partner, int product, int month, int with)
{
    const double *weight = map->weight + partner * map->panel->n_products;
    double sum = 0.0, weights = 0.0;

    if (!parts_make_total(map, partner, product)) {
        return log_ratio(map, world, partner, product, month, with);
    }
    for (int g = 0; g < map->panel->n_products; g++) {
        if (!is_total(map->panel, g) && !(map->left_out != NULL && map->left_out[g])) {
            sum += weight[g] * exp(log_ratio(map, world, partner, g, month, with));
            weights += weight[g];
        }
    }
    return log(sum / weights);
}

static void fill(const mapping_t *map, double *response, double *anticipation)
{
    const ent_panel_t *p = map->panel;
    const ent_effects_t *e = map->effects;
    size_t at = 0;

    for (int c = 0; c < p->n_partners * p->n_products; c++) {
        const int partner = c / p->n_products, product = c % p->n_products;

        for (int w = 0; w < e->n_worlds; w++) {
            for (int m = 0; m < p->n_months; m++, at++) {
                const int month = p->first_month + m - e->first_month;

                if (month < 0 || month >= e->n_months) {
                    response[at] = anticipation[at] = month < 0 ? 0.0 : NAN;
                } else if (is_total(map->panel, product)) {
                    response[at] = total_effect(map, w, partner, product, month, 0);
                    anticipation[at] = total_effect(map, w, partner, product, month, 1) - response[at];
                } else {
                    response[at] = one_effect(map, e->response, w, partner, product, month);
                    anticipation[at] = one_effect(map, e->anticipation, w, partner, product, month);
                }
            }
        }
    }
}

int ent_cells_effects(double **response, double **anticipation, const ent_effects_t *effects, int s,
                      const ent_panel_t *panel, int origin, const unsigned char *left_out, ent_context_t *ctx)
{
    const size_t cells = (size_t)panel->n_partners * (size_t)panel->n_products;
    const size_t n = cells * (size_t)effects->n_worlds * (size_t)panel->n_months;
    mapping_t map = {.effects = effects, .panel = panel, .scenario = s, .left_out = left_out};
    int code = ENT_OK;

    map.partner = ent_calloc(ctx, (size_t)panel->n_partners, sizeof *map.partner);
    map.product = ent_calloc(ctx, (size_t)panel->n_products, sizeof *map.product);
    map.weight = ent_calloc(ctx, cells, sizeof *map.weight);
    *response = ent_calloc(ctx, n, sizeof **response);
    *anticipation = ent_calloc(ctx, n, sizeof **anticipation);
    if (map.partner == NULL || map.product == NULL || map.weight == NULL || *response == NULL ||
        *anticipation == NULL) {
        code = ENT_ERR_NO_MEMORY;
    }
    if (code == ENT_OK) {
        const int partners = find_names(map.partner, panel->partner, panel->n_partners, effects->partner,
                                        effects->n_partners, "partner", ctx);
        const int products = find_names(map.product, panel->product, panel->n_products, effects->product,
                                        effects->n_products, "product", ctx);

        code = partners != ENT_OK ? partners : products;
    }
    if (code == ENT_OK) {
        find_weights(&map, origin);
        fill(&map, *response, *anticipation);
    }
    free(map.partner);
    free(map.product);
    free(map.weight);
    return code;
}
