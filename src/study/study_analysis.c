#include "study/study_analysis.h"

#include "base/memory.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define METHOD_NAME(name, key) key,
const char *const ent_study_method_names[ENT_N_STUDY_METHODS + 1] = {ENT_STUDY_METHODS(METHOD_NAME) NULL};
#undef METHOD_NAME

void ent_analysis_defaults(ent_analysis_options_t *options)
{
    *options = (ent_analysis_options_t){.level = 0.95,
                                        .n_bootstrap = 500,
                                        .n_slices = 10,
                                        .n_bins = 8,
                                        .seed = 1,
                                        .below = NAN,
                                        .above = NAN,
                                        .want = NAN};
}

unsigned ent_analysis_methods(const ent_study_data_t *data)
{
    const ent_design_form_t form = ent_design_form(data->design);
    unsigned methods = 1u << ENT_STUDY_CONVERGENCE;
    if (data->n_replications > 1) {
        methods |= 1u << ENT_STUDY_REPLICATIONS;
    }
    if (data->n_factors == data->n_levers) {
        return methods;
    }
    if (form == ENT_FORM_PAIRS) {
        methods |= 1u << ENT_STUDY_SOBOL;
    }
    if (form == ENT_FORM_PATHS) {
        methods |= 1u << ENT_STUDY_MORRIS;
    } else if (form == ENT_FORM_STAR) {
        methods |= 1u << ENT_STUDY_TORNADO;
    } else {
        methods |= 1u << ENT_STUDY_PAWN | 1u << ENT_STUDY_REGRESSION | 1u << ENT_STUDY_TORNADO;
    }
    return methods;
}

/* ---- one combination of levers ---- */

/* The uncertainties of one combination as a sample; u is copied without the levers. */
typedef struct {
    ent_sample_t sample;
    double *u;
    const double *noise;
    int combination;
    char name[256]; /* "tariff=0.25, ..." or "" */
} slice_t;

/* The `index`-th of the lines of a text. */
static void line_of(const char *text, int index, char *line, size_t size)
{
    for (; index > 0 && text != NULL; index--) {
        text = strchr(text, '\n');
        text = text != NULL ? text + 1 : NULL;
    }
    snprintf(line, size, "%.*s", text != NULL ? (int)strcspn(text, "\n") : 0, text != NULL ? text : "");
}

/* Places of a table's values: ranks, as a table has no laws. */
static int rank_columns(slice_t *slice, const ent_study_data_t *d, int combination, ent_context_t *ctx)
{
    const size_t n = (size_t)d->n_rows, all = (size_t)d->n_factors, k = (size_t)(d->n_factors - d->n_levers);
    const double *x = d->x + (size_t)combination * n * all + (size_t)d->n_levers;
    double *column = ent_calloc(ctx, 2 * n, sizeof *column);
    size_t *order = ent_calloc(ctx, n, sizeof *order);
    for (size_t f = 0; column != NULL && order != NULL && f < k; f++) {
        for (size_t i = 0; i < n; i++) {
            column[i] = x[i * all + f];
        }
        ent_ranks(column, column + n, order, n);
        for (size_t i = 0; i < n; i++) {
            slice->u[i * k + f] = (column[n + i] - 0.5) / (double)n;
        }
    }
    const int code = column == NULL || order == NULL ? ENT_ERR_NO_MEMORY : 0;
    free(column);
    free(order);
    return code;
}

static int slice_init(slice_t *slice, const ent_study_data_t *d, int combination, ent_context_t *ctx)
{
    const size_t all = (size_t)d->n_factors, k = (size_t)(d->n_factors - d->n_levers);
    const size_t begin = (size_t)combination * (size_t)d->n_rows;
    *slice = (slice_t){.u = ent_calloc(ctx, (size_t)d->n_rows * k + 1, sizeof *slice->u),
                       .noise = d->noise + begin,
                       .combination = combination};
    if (slice->u == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < (size_t)d->n_rows; i++) {
        memcpy(slice->u + i * k, d->u + (begin + i) * all + (size_t)d->n_levers, k * sizeof *slice->u);
    }
    slice->sample = (ent_sample_t){.n = d->n_rows, .k = (int)k, .u = slice->u, .y = d->mean + begin};
    for (int f = 0; f < d->n_levers; f++) {
        char value[64];
        const size_t used = strlen(slice->name);
        line_of(d->factor_values[f], (int)d->x[begin * all + (size_t)f], value, sizeof value);
        snprintf(slice->name + used, sizeof slice->name - used, "%s%s=%s", f > 0 ? ", " : "", d->factor[f],
                 value);
    }
    return ent_design_form(d->design) == ENT_FORM_GIVEN ? rank_columns(slice, d, combination, ctx) : 0;
}

/* 1: the known values of the outcome differ somewhere. */
static int moves(const ent_sample_t *sample)
{
    double first = NAN;
    for (int i = 0; i < sample->n; i++) {
        first = isnan(first) ? sample->y[i] : first;
        if (isfinite(sample->y[i]) && sample->y[i] != first) {
            return 1;
        }
    }
    return 0;
}

int ent_analysis_unknown(const ent_study_data_t *data)
{
    int unknown = 0;
    for (int c = 0; c < data->n_combinations; c++) {
        int known = 0;
        for (int r = 0; r < data->n_rows; r++) {
            known += isfinite(data->mean[(size_t)c * (size_t)data->n_rows + (size_t)r]);
        }
        unknown += known == 0 || (known == 1 && data->n_rows > 1);
    }
    return unknown;
}

/* ---- tables ---- */

static void begin_table(const ent_study_data_t *d, ent_study_method_t method, const char *what,
                        ent_table_t *table)
{
    char name[64];
    snprintf(name, sizeof name, "study_%s", ent_study_method_names[method]);
    ent_table_init(table, name, "%s of %s, study %s", what, d->outcome[d->chosen], d->name);
    if (d->n_levers > 0) {
        ent_table_column(table, "levers", ENT_COLUMN_TEXT, "", "levers");
    }
}

static void number_column(ent_table_t *table, const char *key, const char *title)
{
    ent_table_column(table, key, ENT_COLUMN_NUMBER, "", "%s", title);
}

static int begin_row(const ent_study_data_t *d, const slice_t *slice, int rule, ent_table_t *table)
{
    ent_table_row(table, rule && table->n_rows > 0);
    if (d->n_levers > 0) {
        ent_table_text(table, 0, slice->name);
    }
    return d->n_levers > 0;
}

static void put_interval(ent_table_t *table, int column, const ent_interval_t *value, int decimals)
{
    ent_table_number(table, column, value->value, decimals);
    ent_table_number(table, column + 1, value->low, decimals);
    ent_table_number(table, column + 2, value->high, decimals);
}

typedef struct {
    const ent_study_data_t *data;
    const ent_analysis_options_t *options;
    ent_table_t *table;
    ent_context_t *ctx;
} job_t;

static const char *factor_name(const job_t *job, int f)
{
    return job->data->factor[job->data->n_levers + f];
}

static int sobol_rows(const job_t *job, const slice_t *slice)
{
    const int k = slice->sample.k;
    ent_interval_t *first = ent_calloc(job->ctx, 2 * (size_t)k + 1, sizeof *first), *total = first + k;
    int code = first == NULL
                   ? ENT_ERR_NO_MEMORY
                   : ent_sobol_indices(&slice->sample, job->options->n_bootstrap, job->options->level,
                                       job->options->seed, first, total, job->ctx);
    for (int f = 0; code == 0 && f < k; f++) {
        int c = begin_row(job->data, slice, f == 0, job->table);
        ent_table_text(job->table, c++, factor_name(job, f));
        put_interval(job->table, c, &first[f], 3);
        put_interval(job->table, c + 3, &total[f], 3);
    }
    free(first);
    return code;
}

static int morris_rows(const job_t *job, const slice_t *slice)
{
    const size_t k = (size_t)slice->sample.k;
    ent_interval_t *absolute = ent_calloc(job->ctx, k + 1, sizeof *absolute);
    double *mean = ent_calloc(job->ctx, 2 * k + 1, sizeof *mean);
    int code = absolute == NULL || mean == NULL
                   ? ENT_ERR_NO_MEMORY
                   : ent_morris_effects(&slice->sample, job->options->n_bootstrap, job->options->level,
                                        job->options->seed, mean, absolute, mean + k, job->ctx);
    for (size_t f = 0; code == 0 && f < k; f++) {
        int c = begin_row(job->data, slice, f == 0, job->table);
        ent_table_text(job->table, c++, factor_name(job, (int)f));
        ent_table_number(job->table, c++, mean[f], 4);
        put_interval(job->table, c, &absolute[f], 4);
        ent_table_number(job->table, c + 3, mean[k + f], 4);
    }
    free(absolute);
    free(mean);
    return code;
}

static int pawn_rows(const job_t *job, const slice_t *slice)
{
    const int k = slice->sample.k;
    ent_interval_t *pawn = ent_calloc(job->ctx, (size_t)k + 1, sizeof *pawn);
    const int n_bootstrap = job->options->n_bootstrap < 50 ? job->options->n_bootstrap : 50;
    int code = pawn == NULL
                   ? ENT_ERR_NO_MEMORY
                   : ent_pawn_indices(&slice->sample, job->options->n_slices, n_bootstrap,
                                      job->options->level, job->options->seed, pawn, &pawn[k], job->ctx);
    for (int f = 0; code == 0 && f <= k; f++) {
        int c = begin_row(job->data, slice, f == 0, job->table);
        ent_table_text(job->table, c++, f < k ? factor_name(job, f) : "(a factor that does nothing)");
        put_interval(job->table, c, &pawn[f], 3);
    }
    free(pawn);
    return code;
}

static int regression_rows(const job_t *job, const slice_t *slice)
{
    const int k = slice->sample.k;
    double r2[2];
    ent_regression_t *fit = ent_calloc(job->ctx, (size_t)k + 1, sizeof *fit);
    int code = fit == NULL ? ENT_ERR_NO_MEMORY : ent_regression(&slice->sample, fit, r2, job->ctx);
    for (int f = 0; code == 0 && f < k; f++) {
        int c = begin_row(job->data, slice, f == 0, job->table);
        ent_table_text(job->table, c++, factor_name(job, f));
        ent_table_number(job->table, c++, fit[f].src, 3);
        ent_table_number(job->table, c++, fit[f].srrc, 3);
        ent_table_number(job->table, c++, fit[f].prcc, 3);
        ent_table_number(job->table, c++, r2[0], 3);
        ent_table_number(job->table, c, r2[1], 3);
    }
    free(fit);
    return code;
}

/* Rows of a one-at-a-time design in which factor f moves: smallest and largest outcome, and where. */
static void one_at_a_time(const ent_sample_t *s, int f, ent_regression_t *swing)
{
    double least = 2.0, most = -1.0;
    for (int i = 1; i < s->n; i++) {
        const double place = s->u[(size_t)i * (size_t)s->k + (size_t)f];
        int alone = 1;
        for (int g = 0; g < s->k; g++) {
            alone &= g == f || fabs(s->u[(size_t)i * (size_t)s->k + (size_t)g] - 0.5) < 1e-12;
        }
        const int here = (i - 1) / ((s->n - 1) / s->k) == f;
        if (alone && here && place < least) {
            least = place;
            swing->low = s->y[i];
        }
        if (alone && here && place > most) {
            most = place;
            swing->high = s->y[i];
        }
    }
}

static int tornado_rows(const job_t *job, const slice_t *slice)
{
    const int k = slice->sample.k;
    double r2[2];
    ent_regression_t *fit = ent_calloc(job->ctx, (size_t)k + 1, sizeof *fit);
    int *order = ent_calloc(job->ctx, (size_t)k + 1, sizeof *order);
    int code = fit == NULL || order == NULL ? ENT_ERR_NO_MEMORY : 0;
    if (code == 0 && ent_design_form(job->data->design) == ENT_FORM_STAR) {
        for (int f = 0; f < k; f++) {
            one_at_a_time(&slice->sample, f, &fit[f]);
        }
    } else if (code == 0) {
        code = ent_regression(&slice->sample, fit, r2, job->ctx);
    }
    for (int f = 0; code == 0 && f < k; f++) {
        int at = f;
        for (; at > 0 &&
               fabs(fit[order[at - 1]].high - fit[order[at - 1]].low) < fabs(fit[f].high - fit[f].low);
             at--) {
            order[at] = order[at - 1];
        }
        order[at] = f;
    }
    for (int i = 0; code == 0 && i < k; i++) {
        int c = begin_row(job->data, slice, i == 0, job->table);
        ent_table_text(job->table, c++, factor_name(job, order[i]));
        ent_table_number(job->table, c++, fit[order[i]].low, 3);
        ent_table_number(job->table, c++, fit[order[i]].high, 3);
        ent_table_number(job->table, c, fit[order[i]].high - fit[order[i]].low, 3);
    }
    free(fit);
    free(order);
    return code;
}

static int prim_rows(const job_t *job, const slice_t *slice)
{
    const ent_sample_t *s = &slice->sample;
    const double below = job->options->below, above = job->options->above;
    ent_box_t box = {0};
    if (isnan(below) && isnan(above)) {
        return ent_fail(job->ctx, ENT_ERR_USAGE, job->data->path,
                        "prim needs to be told what is of interest: --below X or --above X");
    }
    unsigned char *interesting = ent_calloc(job->ctx, (size_t)s->n + 1, 1);
    int n_interesting = 0;
    for (int i = 0; interesting != NULL && i < s->n; i++) {
        interesting[i] = (isnan(below) || s->y[i] < below) && (isnan(above) || s->y[i] > above);
        n_interesting += interesting[i];
    }
    if (interesting != NULL && n_interesting == 0 && job->data->n_combinations > 1) {
        ent_table_note(job->table, "%s: nothing of interest.", slice->name);
        free(interesting);
        return 0;
    }
    int code = interesting == NULL ? ENT_ERR_NO_MEMORY : ent_prim(s, interesting, 0.05, 0.05, &box, job->ctx);
    for (int f = 0; code == 0 && f < s->k; f++) {
        if (box.limited[f]) {
            int c = begin_row(job->data, slice, 0, job->table);
            ent_table_text(job->table, c++, factor_name(job, f));
            ent_table_number(job->table, c++, box.low[f], 3);
            ent_table_number(job->table, c++, box.high[f], 3);
            ent_table_number(job->table, c++, box.p_value[f], 4);
            ent_table_number(job->table, c++, box.density, 3);
            ent_table_number(job->table, c++, box.coverage, 3);
            ent_table_number(job->table, c, box.mass, 3);
        }
    }
    ent_box_free(&box);
    free(interesting);
    return code;
}

/* ---- surface and convergence ---- */

static int find_factor(const job_t *job, const char *name, int *index)
{
    const ent_study_data_t *d = job->data;
    for (int f = 0; name != NULL && f < d->n_factors; f++) {
        if (strcmp(d->factor[f], name) == 0) {
            *index = f;
            return 0;
        }
    }
    return ent_fault(job->ctx, ENT_ERR_USAGE, d->path, 0, 0, "factors", name,
                     name != NULL ? ent_nearest(name, (const char *const *)d->factor, (size_t)d->n_factors)
                                  : NULL,
                     "a surface is over two factors of the study: --factors A,B");
}

/* Bin of a point along a factor: its text, or one of n_bins equal parts of its range. */
typedef struct {
    int factor, discrete, n;
    double low, high;
} axis_t;

static void axis_init(axis_t *axis, const job_t *job, int factor)
{
    const ent_study_data_t *d = job->data;
    const char *values = d->factor_values[factor];
    *axis = (axis_t){.factor = factor, .discrete = values[0] != '\0', .low = INFINITY, .high = -INFINITY};
    for (int i = 0; i < d->n_points; i++) {
        const double x = d->x[(size_t)i * (size_t)d->n_factors + (size_t)factor];
        axis->low = fmin(axis->low, x);
        axis->high = fmax(axis->high, x);
    }
    axis->n = axis->discrete ? (int)axis->high + 1 : job->options->n_bins;
}

static int axis_bin(const axis_t *axis, double x)
{
    const double range = axis->high - axis->low;
    const int bin = axis->discrete ? (int)x : range > 0.0 ? (int)((x - axis->low) / range * axis->n) : 0;
    return bin < axis->n ? bin : axis->n - 1;
}

static void put_bin(const job_t *job, const axis_t *axis, int bin, int column)
{
    char text[64];
    const double step = (axis->high - axis->low) / axis->n;
    if (axis->discrete) {
        line_of(job->data->factor_values[axis->factor], bin, text, sizeof text);
    } else {
        snprintf(text, sizeof text, "%.6g", axis->low + (bin + 0.5) * step);
    }
    ent_table_text(job->table, column, text);
}

/* Means over all points in each pair of bins, whatever the other factors are. */
static int surface_rows(const job_t *job)
{
    const ent_study_data_t *d = job->data;
    axis_t axis[2] = {{0}, {0}};
    int f[2] = {0, 0};
    for (int i = 0; i < 2; i++) {
        const int code = find_factor(job, job->options->factors[i], &f[i]);
        if (code != 0) {
            return code;
        }
        axis_init(&axis[i], job, f[i]);
        ent_table_column(job->table, d->factor[f[i]], ENT_COLUMN_TEXT, "", "%s", d->factor[f[i]]);
    }
    number_column(job->table, "mean", "mean");
    number_column(job->table, "n", "points");
    const size_t n = (size_t)axis[0].n * (size_t)axis[1].n;
    double *sum = ent_calloc(job->ctx, 2 * n + 1, sizeof *sum);
    if (sum == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    double *count = sum + n;
    for (int i = 0; i < d->n_points; i++) {
        const double *x = d->x + (size_t)i * (size_t)d->n_factors;
        const size_t at =
            (size_t)axis_bin(&axis[0], x[f[0]]) * (size_t)axis[1].n + (size_t)axis_bin(&axis[1], x[f[1]]);
        sum[at] += isfinite(d->mean[i]) ? d->mean[i] : 0.0;
        count[at] += isfinite(d->mean[i]);
    }
    for (size_t at = 0; at < n; at++) {
        ent_table_row(job->table, at > 0 && at % (size_t)axis[1].n == 0);
        put_bin(job, &axis[0], (int)(at / (size_t)axis[1].n), 0);
        put_bin(job, &axis[1], (int)(at % (size_t)axis[1].n), 1);
        ent_table_number(job->table, 2, count[at] > 0.0 ? sum[at] / count[at] : NAN, 3);
        ent_table_number(job->table, 3, count[at], 0);
    }
    free(sum);
    return 0;
}

/* Half the width of the confidence interval of a mean of n values with standard deviation sd. */
static double half_width(double sd, int n, double level)
{
    return gsl_cdf_tdist_Pinv(0.5 + 0.5 * level, n - 1) * sd / sqrt(n);
}

/* How many values bring that to the one wanted: more than the normal distribution says, by a few. NaN: none
 * is wanted.
 */
static double needed(double sd, const ent_analysis_options_t *options)
{
    const double normal = pow(gsl_cdf_ugaussian_Pinv(0.5 + 0.5 * options->level) * sd / options->want, 2.0);
    if (!(normal < 1e9)) {
        return isnan(normal) ? NAN : INFINITY;
    }
    int n = normal > 2.0 ? (int)ceil(normal) : 2;
    while (half_width(sd, n, options->level) > options->want) {
        n++;
    }
    return n;
}

/* The mean over the first eighth, quarter, half and all of the rows, with the half-width of its interval, and
 * how many rows would bring that to the one wanted. */
static int convergence_rows(const job_t *job, const slice_t *slice)
{
    const ent_sample_t *s = &slice->sample;
    for (int part = 8; part >= 1; part /= 2) {
        double sum = 0.0, squares = 0.0, noise = 0.0;
        int n = 0, n_noise = 0;
        for (int i = 0; i < s->n / part; i++) {
            n += isfinite(s->y[i]);
            sum += isfinite(s->y[i]) ? s->y[i] : 0.0;
            n_noise += isfinite(slice->noise[i]);
            noise += isfinite(slice->noise[i]) ? slice->noise[i] : 0.0;
        }
        const double mean = n > 0 ? sum / n : NAN;
        for (int i = 0; i < s->n / part; i++) {
            squares += isfinite(s->y[i]) ? (s->y[i] - mean) * (s->y[i] - mean) : 0.0;
        }
        if (n < 2) {
            continue;
        }
        const double variance = squares / (n - 1);
        int c = begin_row(job->data, slice, part == 8, job->table);
        ent_table_number(job->table, c++, n, 0);
        ent_table_number(job->table, c++, mean, 4);
        ent_table_number(job->table, c++, half_width(sqrt(variance), n, job->options->level), 4);
        ent_table_number(job->table, c++, n_noise > 0 && variance > 0.0 ? noise / n_noise / variance : NAN,
                         3);
        ent_table_number(job->table, c, needed(sqrt(variance), job->options), 0);
    }
    return 0;
}

/* Replications that every played row of a combination has, and the variance of one replication around its
 * row, the mean over rows (NaN: not known). */
static int common_replications(const ent_study_data_t *d, int combination, double *variance, int *n_rows)
{
    const size_t begin = (size_t)combination * (size_t)d->n_rows;
    int least = d->n_replications;
    double sum = 0.0;
    *n_rows = 0;
    for (size_t i = begin; i < begin + (size_t)d->n_rows; i++) {
        if (d->played[i] > 0) {
            least = d->played[i] < least ? d->played[i] : least;
            sum += d->noise[i] * d->played[i];
            *n_rows += 1;
        }
    }
    *variance = *n_rows > 0 ? sum / *n_rows : NAN;
    return *n_rows > 0 ? least : 0;
}

/* The mean over all rows with 2, 4, ... and all of the replications that they have in common. Points share
 * their random draws, so that chance does not average out over rows: its interval is that of the
 * replications' means. */
static int replications_rows(const job_t *job, const slice_t *slice)
{
    const ent_study_data_t *d = job->data;
    const double *sum = d->sum + (size_t)slice->combination * (size_t)d->n_replications;
    double variance;
    int n_rows, first = 1;
    const int common = common_replications(d, slice->combination, &variance, &n_rows);
    for (int n = common < 2 ? common : 2; n > 1; n = n == common ? 0 : 2 * n < common ? 2 * n : common) {
        double mean = 0.0, squares = 0.0;
        for (int r = 0; r < n; r++) {
            mean += sum[r] / n_rows / n;
        }
        for (int r = 0; r < n; r++) {
            squares += pow(sum[r] / n_rows - mean, 2.0);
        }
        const double sd[2] = {sqrt(squares / (n - 1)), sqrt(variance)};
        int c = begin_row(d, slice, first, job->table);
        ent_table_number(job->table, c++, n, 0);
        ent_table_number(job->table, c++, mean, 4);
        for (int i = 0; i < 2; i++) {
            ent_table_number(job->table, c++, half_width(sd[i], n, job->options->level), 4);
            ent_table_number(job->table, c++, needed(sd[i], job->options), 0);
        }
        first = 0;
    }
    return 0;
}

/* ---- the whole ---- */

static void add_columns(const job_t *job, ent_study_method_t method)
{
    ent_table_t *t = job->table;
    if (method < ENT_STUDY_SURFACE) {
        ent_table_column(t, "factor", ENT_COLUMN_TEXT, "", "factor");
    }
    static const char *const columns[ENT_N_STUDY_METHODS][8] = {
        [ENT_STUDY_SOBOL] = {"first", "first_low", "first_high", "total", "total_low", "total_high"},
        [ENT_STUDY_MORRIS] = {"mean", "mean_absolute", "low", "high", "deviation"},
        [ENT_STUDY_PAWN] = {"pawn", "low", "high"},
        [ENT_STUDY_REGRESSION] = {"src", "srrc", "prcc", "r2", "r2_ranks"},
        [ENT_STUDY_TORNADO] = {"at_low", "at_high", "swing"},
        [ENT_STUDY_PRIM] = {"low", "high", "p_value", "density", "coverage", "mass"},
        [ENT_STUDY_CONVERGENCE] = {"n", "mean", "half_width", "noise_share", "needed"},
        [ENT_STUDY_REPLICATIONS] = {"n", "mean", "half_width", "needed", "row_half_width", "row_needed"},
    };
    for (int c = 0; c < 8 && columns[method][c] != NULL; c++) {
        number_column(t, columns[method][c], columns[method][c]);
    }
}

static void add_notes(const job_t *job, ent_study_method_t method)
{
    static const char *const notes[ENT_N_STUDY_METHODS] = {
        [ENT_STUDY_SOBOL] =
            "Shares of the variance of the outcome over the uncertainties: alone (first), and with all "
            "interactions (total). Saltelli et al. (2010), Jansen (1999).",
        [ENT_STUDY_MORRIS] =
            "Elementary effects per range of the factor. A deviation large against the mean absolute "
            "effect: interaction or curvature. Morris (1991), Campolongo et al. (2007).",
        [ENT_STUDY_PAWN] =
            "Median Kolmogorov-Smirnov distance between the outcome with the factor in a tenth of its range "
            "and altogether; below the last row's high it cannot be told from none. Pianosi and Wagener "
            "(2018).",
        [ENT_STUDY_REGRESSION] =
            "Standardised regression (src), the same on ranks (srrc), partial rank correlation (prcc); "
            "r2 says how much of the outcome such a line explains.",
        [ENT_STUDY_TORNADO] =
            "Outcome with the factor at its low and high end, the others at their middle: as played in a "
            "one-at-a-time design, else by linear regression at the 5 and 95 % places.",
        [ENT_STUDY_PRIM] =
            "The box in which outcomes of interest are dense, in places of the factors' distributions (0 to "
            "1). Friedman and Fisher (1999); p: chance makes the restriction, Bryant and Lempert (2010).",
        [ENT_STUDY_SURFACE] = "Means over all points in a pair of bins, whatever the other factors are.",
        [ENT_STUDY_CONVERGENCE] =
            "Mean over the first rows of the design with the half-width of its interval; noise_share: "
            "part of the variance between rows that replications leave; needed: rows for the half-width "
            "wanted (--want).",
        [ENT_STUDY_REPLICATIONS] =
            "Mean over all rows with ever more of the replications they have in common, with the half-width "
            "that chance gives it; needed: replications for the half-width wanted (--want). row_: the same "
            "for the "
            "mean of one row.",
    };
    ent_table_note(job->table, "%s", notes[method]);
    if (method <= ENT_STUDY_PAWN) {
        ent_table_note(job->table, "Low and high: %g %% bootstrap interval.", 100.0 * job->options->level);
    }
}

/* What keeps a combination from being analysed, or its missing points, as a note; 1 when it can be analysed.
 * What was not played does not stand still: it is not known. */
static int is_told(const job_t *job, const slice_t *slice, ent_study_method_t method)
{
    const char *colon = slice->name[0] != '\0' ? ": " : "";
    const int n = slice->sample.n;
    int known = 0;
    for (int i = 0; i < n; i++) {
        known += isfinite(slice->sample.y[i]);
    }
    if (known == 0) {
        ent_table_note(job->table, "%s%sno values: %d of %d points missing or failed.", slice->name, colon, n,
                       n);
        return 0;
    }
    if (known < n) {
        ent_table_note(job->table, "%s%sonly %d of %d points played.", slice->name, colon, known, n);
    }
    if (method < ENT_STUDY_SURFACE && (known > 1 || n == 1) && !moves(&slice->sample)) {
        ent_table_note(job->table, "%s%sthe outcome does not move.", slice->name, colon);
        return 0;
    }
    return known > 1 || n == 1;
}

static const char *const method_titles[ENT_N_STUDY_METHODS] = {
    "Sobol' indices",   "Morris effects", "PAWN indices",
    "Regression",       "Tornado",        "Box (PRIM)",
    "Response surface", "Convergence",    "Convergence with replications"};

static int check_method(const ent_study_data_t *data, ent_study_method_t method, ent_context_t *ctx)
{
    if (method == ENT_STUDY_PRIM && data->n_factors > data->n_levers) {
        return 0;
    }
    if (method == ENT_STUDY_REPLICATIONS && data->n_replications < 2) {
        return ent_fail(ctx, ENT_ERR_USAGE, data->path, "one replication says nothing of chance");
    }
    if ((ent_analysis_methods(data) & 1u << method) == 0) {
        return ent_fail(ctx, ENT_ERR_USAGE, data->path, "%s does not fit a %s design%s",
                        ent_study_method_names[method], ent_design_names[data->design],
                        data->n_factors > data->n_levers ? "" : " without uncertainties");
    }
    return 0;
}

int ent_analysis_table(const ent_study_data_t *data, ent_study_method_t method,
                       const ent_analysis_options_t *options, ent_table_t *table, ent_context_t *ctx)
{
    static int (*const rows[ENT_N_STUDY_METHODS])(const job_t *, const slice_t *) = {
        [ENT_STUDY_SOBOL] = sobol_rows,
        [ENT_STUDY_MORRIS] = morris_rows,
        [ENT_STUDY_PAWN] = pawn_rows,
        [ENT_STUDY_REGRESSION] = regression_rows,
        [ENT_STUDY_TORNADO] = tornado_rows,
        [ENT_STUDY_PRIM] = prim_rows,
        [ENT_STUDY_CONVERGENCE] = convergence_rows,
        [ENT_STUDY_REPLICATIONS] = replications_rows};
    const job_t job = {.data = data, .options = options, .table = table, .ctx = ctx};
    int code = 0;
    if (method == ENT_STUDY_SURFACE) {
        ent_table_init(table, "study_surface", "Response surface of %s, study %s",
                       data->outcome[data->chosen], data->name);
        code = surface_rows(&job);
        add_notes(&job, method);
        return code;
    }
    begin_table(data, method, method_titles[method], table);
    add_columns(&job, method);
    code = check_method(data, method, ctx);
    for (int c = 0; code == 0 && c < data->n_combinations; c++) {
        slice_t slice;
        code = slice_init(&slice, data, c, ctx);
        if (code == 0 && is_told(&job, &slice, method)) {
            code = rows[method](&job, &slice);
        }
        free(slice.u);
    }
    add_notes(&job, method);
    return code;
}
