/* The rate of one cell over time. On the axis of step positions it is piecewise constant between the dates of
 * the measures, so a step's mean over days is exact: a sum of values times overlaps. Neighbouring pieces of
 * equal value are joined first, so that a date at which nothing changes leaves no trace, not even in the last
 * bit. */
#include "schedule_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Dates inside (first, last) at which the rate of the terms in view can change, sorted, between the two ends.
 * `reaches_back` tells whether any of them is retroactive. */
static int find_cuts(const ent_term_t *terms, int n_terms, double lag, double first, double last, double *cut,
                     int *reaches_back)
{
    int n = 0;

    *reaches_back = 0;
    cut[n++] = first;
    for (int i = 0; i < n_terms; i++) {
        const double shift = terms[i].by_loading ? lag : 0.0;
        const double date[] = {terms[i].start + shift, terms[i].final_start + shift, terms[i].not_before,
                               terms[i].arrived_from, terms[i].end_known ? terms[i].end : INFINITY};

        for (size_t k = 0; terms[i].known && k < sizeof date / sizeof date[0]; k++) {
            if (date[k] > first && date[k] < last) {
                cut[n++] = date[k];
            }
        }
        *reaches_back |= terms[i].known && terms[i].final_start < terms[i].start;
    }
    cut[n++] = last;
    qsort(cut, (size_t)n, sizeof *cut, compare_doubles);
    return n;
}

static void add_piece(double value, double begin, double end, int first_step, double *path)
{
    for (int step = (int)floor(begin); step < end; step++) {
        path[step - first_step] += value * (fmin(end, step + 1) - fmax(begin, step));
    }
}

/* The rates of quotas before they are full change places with those after. */
static void swap_quota_rates(ent_term_t *terms, int n_terms)
{
    for (int i = 0; i < n_terms; i++) {
        const double rate = terms[i].rate;

        terms[i].rate = terms[i].full_rate;
        terms[i].full_rate = rate;
    }
}

/* What a path has at one moment. */
static double value_at(ent_term_t *terms, int n_terms, double base, double arrived, double loaded,
                       ent_path_kind_t kind, int reaches_back)
{
    double value;

    if (kind == ENT_PATH_CUT) {
        return ent_terms_side(terms, n_terms, ENT_BEARS_ON_ORDERS, arrived, loaded);
    }
    if (kind == ENT_PATH_FAVOUR) {
        return (1.0 - ent_terms_side(terms, n_terms, ENT_BEARS_ON_ORDERS, arrived, loaded)) *
               ent_terms_side(terms, n_terms, ENT_BEARS_ON_VISIBILITY, arrived, loaded);
    }
    value = ent_terms_rate(terms, n_terms, base, arrived, loaded, 0, NULL, NULL);
    if (kind == ENT_PATH_EXCESS) {
        double full;

        swap_quota_rates(terms, n_terms);
        full = ent_terms_rate(terms, n_terms, base, arrived, loaded, 0, NULL, NULL);
        swap_quota_rates(terms, n_terms);
        return full - value;
    }
    if (kind != ENT_PATH_DUTY && reaches_back) {
        value = fmin(value, ent_terms_rate(terms, n_terms, base, arrived, loaded, 1, NULL, NULL));
    }
    return kind == ENT_PATH_COST ? value + ent_terms_side(terms, n_terms, ENT_BEARS_ON_COST, arrived, loaded)
                                 : value;
}

void ent_row_path(ent_schedule_build_t *build, int n_terms, double base, double lag, int first_step,
                  int n_steps, ent_path_kind_t kind, double *path)
{

    const double first = first_step, last = first_step + n_steps;
    int reaches_back;
    const int n_cuts = find_cuts(build->terms, n_terms, lag, first, last, build->cut, &reaches_back);
    double piece_begin = first, piece_value = NAN;

    memset(path, 0, (size_t)n_steps * sizeof *path);
    for (int i = 0; i + 1 < n_cuts; i++) {
        const double middle = 0.5 * (build->cut[i] + build->cut[i + 1]);
        double value;

        if (build->cut[i] == build->cut[i + 1]) {
            continue;
        }
        value = value_at(build->terms, n_terms, base, middle, middle - lag, kind, reaches_back);
        if (build->cut[i] > first && value != piece_value) {
            add_piece(piece_value, piece_begin, build->cut[i], first_step, path);
            piece_begin = build->cut[i];
        }
        piece_value = value;
    }
    add_piece(piece_value, piece_begin, last, first_step, path);
}

/* ---- parts of the rate
 * ----------------------------------------------------------------------------------------- */

static void free_parts_build(ent_schedule_build_t *build, ent_rate_part_t *parts)
{
    free(build->member);
    free(build->set);
    free(build->terms);
    free(build->cut);
    free(parts);
}

/* What each measure adds in one piece, and the rest, which is the benchmark tariff. */
static void add_parts(const ent_rate_part_t *parts, int n_parts, double rate, double begin, double end,
                      int n_measures, double *out)
{
    for (int step = (int)floor(begin); step < end; step++) {
        const double share = fmin(end, step + 1) - fmax(begin, step);
        double *row = out + (size_t)step * ((size_t)n_measures + 1), rest = rate;

        for (int i = 0; i < n_parts; i++) {
            row[parts[i].measure] += share * parts[i].effective;
            rest -= parts[i].effective;
        }
        row[n_measures] += share * rest;
    }
}

int ent_rate_parts_of_steps(const ent_config_t *config, const ent_benchmark_t *benchmark, int regime,
                            int origin, int destination, int sector, int lag, int n_steps, double *out)
{
    const size_t n = (size_t)config->n_measures + 1;
    const double base = benchmark->tariff[ent_cell(benchmark, sector, origin, destination)];
    ent_schedule_build_t build = {.member = malloc(n),
                                  .set = malloc(n * sizeof(int)),
                                  .terms = malloc(n * sizeof(ent_term_t)),
                                  .cut = malloc((5 * n + 2 + (size_t)n_steps) * sizeof(double))};
    ent_rate_part_t *parts = malloc(n * sizeof *parts);
    int n_parts, unused;

    if (build.member == NULL || build.set == NULL || build.terms == NULL || build.cut == NULL ||
        parts == NULL) {
        free_parts_build(&build, parts);
        return ENT_ERR_NO_MEMORY;
    }
    memset(out, 0, n * (size_t)n_steps * sizeof *out);
    ent_measure_sets(config, build.set);
    ent_regime_members(config, regime, build.member);
    const int n_terms = ent_cell_terms(config, benchmark, build.member, build.set, NULL, ent_axis_steps,
                                       origin, destination, sector, build.terms);
    int n_cuts = find_cuts(build.terms, n_terms, lag, 0.0, n_steps, build.cut, &unused);
    for (int step = 1; step < n_steps; step++) {
        build.cut[n_cuts++] = step; /* periods of what fills begin and end with a step */
    }
    qsort(build.cut, (size_t)n_cuts, sizeof *build.cut, compare_doubles);
    for (int i = 0; i + 1 < n_cuts; i++) {
        const double middle = 0.5 * (build.cut[i] + build.cut[i + 1]);
        double rate;

        if (build.cut[i] == build.cut[i + 1]) {
            continue;
        }
        ent_terms_open(config, build.terms, n_terms, (int)floor(middle));
        rate = ent_terms_rate(build.terms, n_terms, base, middle, middle - lag, 0, parts, &n_parts);
        add_parts(parts, n_parts, rate, build.cut[i], build.cut[i + 1], config->n_measures, out);
    }
    free_parts_build(&build, parts);
    return 0;
}
