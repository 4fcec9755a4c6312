/* The rate of one cell at one moment: which measures bear on it, how those of a set replace one another, and
 * what exemptions and imperfect collection leave of them. */
#include "schedule_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The economy whose customs' collection is described by benchmark->collection_wedge. */
static const char wedge_importer[] = "USA";

double ent_axis_days(const ent_calendar_t *calendar, ent_day_t day)
{
    (void)calendar;
    return day == ENT_DAY_NEVER ? INFINITY : (double)day;
}

double ent_axis_steps(const ent_calendar_t *calendar, ent_day_t day)
{
    int step;
    ent_day_t begin, end;

    if (day == ENT_DAY_NEVER) {
        return INFINITY;
    }
    step = ent_step_of_day(calendar, day);
    begin = ent_step_begin(calendar, step);
    end = ent_step_begin(calendar, step + 1);
    return step + (double)(day - begin) / (double)(end - begin);
}

/* The first measure of the set that measure m belongs to. */
static int first_of_set(const ent_config_t *config, int m)
{
    const ent_measure_t *measure = &config->measures[m];
    int first = 0;

    while (first < m && (measure->set == NULL || config->measures[first].set == NULL ||
                         config->measures[first].importer != measure->importer ||
                         strcmp(config->measures[first].set, measure->set) != 0)) {
        first++;
    }
    return first;
}

void ent_measure_sets(const ent_config_t *config, int *set)
{
    for (int m = 0; m < config->n_measures; m++) {
        set[m] = first_of_set(config, m);
    }
}

void ent_regime_members(const ent_config_t *config, int regime, unsigned char *member)
{
    memset(member, 0, (size_t)config->n_measures);
    for (int i = 0; i < config->n_common; i++) {
        member[config->common[i]] = 1;
    }
    if (regime >= 0 && regime < config->n_regimes) {
        for (int i = 0; i < config->regimes[regime].n_measures; i++) {
            member[config->regimes[regime].measures[i]] = 1;
        }
    }
}

static int covers(const ent_measure_t *measure, int origin, int destination, int sector)
{
    return measure->importer == destination && origin != destination && !isnan(measure->rate[origin]) &&
           measure->coverage[sector] > 0.0;
}

int ent_measure_touches(const ent_config_t *config, const ent_benchmark_t *benchmark, int measure, int origin,
                        int destination, int sector)
{
    const ent_measure_t *m = &config->measures[measure];
    const double base = benchmark->tariff[ent_cell(benchmark, sector, origin, destination)];

    const ent_kind_t *kind = ent_kind(m->kind);

    return !ent_kind_needs_set(m->kind) && covers(m, origin, destination, sector) &&
           (kind->term(m->rate[origin], base) != kind->idle || (kind->period != NULL && m->out_rate != base));
}

static ent_day_t shifted(ent_day_t day, int days)
{
    return day == ENT_DAY_NEVER ? day : day + days;
}

static ent_term_t make_term(const ent_config_t *config, const ent_benchmark_t *benchmark, int measure,
                            int set, const int *shift_days, ent_axis_t axis, int origin, int destination,
                            int sector)
{
    const ent_measure_t *m = &config->measures[measure];
    const ent_kind_t *kind = ent_kind(m->kind);
    const double base = benchmark->tariff[ent_cell(benchmark, sector, origin, destination)];
    const ent_day_t effective = shifted(m->effective, shift_days == NULL ? 0 : shift_days[measure]);
    ent_term_t term = {.measure = measure,
                       .set = set,
                       .order = effective,
                       .kind = kind,
                       .by_loading = m->basis == ENT_BASIS_LOADING,
                       .start = axis(&config->calendar, effective),
                       .end = axis(&config->calendar, m->end),
                       .coverage = m->coverage[sector],
                       .rate = kind->term(m->rate[origin], base),
                       .collected = 1.0,
                       .outside_wedge = m->outside_wedge,
                       .known = 1,
                       .end_known = 1,
                       .not_before = -INFINITY,
                       .arrived_from = -INFINITY};

    if (m->from_lines && term.by_loading) {
        term.arrived_from = term.start;
        term.start = axis(&config->calendar, m->loaded_from);
    }
    term.full_rate = kind->period != NULL ? m->out_rate - base : term.rate;
    term.open_rate = term.rate;
    term.final_start = term.start;
    if (effective != ENT_DAY_NEVER && m->retroactive_to < effective) {
        term.final_start = axis(&config->calendar, m->retroactive_to);
    }
    if (!m->collected_in_full && !kind->in_full && benchmark->collection_wedge != NULL &&
        strcmp(config->region[destination], wedge_importer) == 0) {
        const size_t cell = (size_t)sector * (size_t)benchmark->n_region + (size_t)origin;

        term.collected = 1.0 - benchmark->collection_wedge[cell];
    }
    return term;
}

static int before(const ent_term_t *a, const ent_term_t *b)
{
    if (a->set != b->set) {
        return a->set < b->set;
    }
    return a->order != b->order ? a->order < b->order : a->measure < b->measure;
}

/* The set of a measure that covers a cell, most likely that of the term before; importers are alike. */
static int set_among(const ent_config_t *config, const ent_term_t *terms, int n, int m)
{
    const char *set = config->measures[m].set;

    for (int i = n - 1; set != NULL && i >= 0; i--) {
        const char *other = config->measures[terms[i].measure].set;

        if (other != NULL && strcmp(other, set) == 0) {
            return terms[i].set;
        }
    }
    return first_of_set(config, m);
}

int ent_cell_terms(const ent_config_t *config, const ent_benchmark_t *benchmark, const unsigned char *member,
                   const int *set, const int *shift_days, ent_axis_t axis, int origin, int destination,
                   int sector, ent_term_t *terms)
{
    int n = 0;

    for (int m = 0; m < config->n_measures; m++) {
        ent_term_t term;
        int at = n;

        if (!member[m] || !covers(&config->measures[m], origin, destination, sector)) {
            continue;
        }
        term = make_term(config, benchmark, m, set != NULL ? set[m] : set_among(config, terms, n, m),
                         shift_days, axis, origin, destination, sector);
        for (; at > 0 && before(&term, &terms[at - 1]); at--) {
            terms[at] = terms[at - 1];
        }
        terms[at] = term;
        n++;
    }
    return n;
}

/* A measure owed by loading date starts with the goods loaded on its day; every measure ends with the goods
 * that arrive on the day it ends. */
static int in_force(const ent_term_t *term, double arrived, double loaded, int final)
{
    const double start = final ? term->final_start : term->start;

    return term->known && (term->by_loading ? loaded : arrived) >= start && arrived >= term->not_before &&
           arrived >= term->arrived_from && (!term->end_known || arrived < term->end);
}

void ent_terms_open(const ent_config_t *config, ent_term_t *terms, int n_terms, int step)
{
    for (int i = 0; i < n_terms; i++) {
        int first, n;

        if (terms[i].kind->period != NULL && !terms[i].kind->period(&config->measures[terms[i].measure],
                                                                    &config->calendar, step, &first, &n)) {
            terms[i].rate = terms[i].full_rate;
        } else {
            terms[i].rate = terms[i].open_rate;
        }
    }
}

static void add_part(ent_rate_part_t *parts, int *n_parts, const ent_term_t *term, double statutory,
                     double collected, double effective)
{
    if (parts != NULL) {
        parts[(*n_parts)++] = (ent_rate_part_t){
            .measure = term->measure, .statutory = statutory, .collected = collected, .effective = effective};
    }
}

/* Share that is collected of the duty on the goods that exemptions leave. The wedge was measured on the duty
 * of all goods, exempt ones among them: what exemptions take out is part of it, and only what it exceeds them
 * by bears on the goods left. Those outside the wedge do not count. What takes duty away is granted in full.
 */
static double collected_share(const ent_term_t *term, double exempt, double outside)
{
    if (term->rate < 0.0) {
        return 1.0;
    }
    if (exempt == outside || exempt >= 1.0) {
        return term->collected;
    }
    return fmin(1.0, term->collected * fmax(0.0, 1.0 - outside) / (1.0 - exempt));
}

/* What the measures of one set add: the latest in force on the goods that exemptions and repeals leave. */
static double set_rate(const ent_term_t *terms, int n_terms, double arrived, double loaded, int final,
                       ent_rate_part_t *parts, int *n_parts)
{
    double exempt = 0.0, outside = 0.0, left;

    for (int i = 0; i < n_terms; i++) {
        const ent_term_t *term = &terms[i];

        if (term->kind->bears_on == ENT_BEARS_ON_SHARE && in_force(term, arrived, loaded, final)) {
            exempt += term->coverage * term->rate;
            outside += term->outside_wedge ? term->coverage * term->rate : 0.0;
            add_part(parts, n_parts, term, term->coverage * term->rate, term->collected, 0.0);
        }
    }
    left = fmax(0.0, 1.0 - exempt);
    for (int i = n_terms - 1; i >= 0; i--) {
        const ent_term_t *term = &terms[i];

        if (term->kind->bears_on == ENT_BEARS_ON_SHARE || !in_force(term, arrived, loaded, final)) {
            continue;
        }
        if (term->kind->bears_on == ENT_BEARS_ON_SET) {
            left *= 1.0 - term->coverage;
            add_part(parts, n_parts, term, term->coverage, term->collected, 0.0);
        } else if (term->kind->bears_on != ENT_BEARS_ON_DUTY) {
            add_part(parts, n_parts, term, term->coverage * term->rate, term->collected, 0.0);
        } else {
            const double collected = collected_share(term, exempt, outside);
            const double added = term->coverage * left * term->rate * collected;

            add_part(parts, n_parts, term, term->rate, collected, added);
            return added;
        }
    }
    return 0.0;
}

double ent_terms_rate(const ent_term_t *terms, int n_terms, double base, double arrived, double loaded,
                      int final, ent_rate_part_t *parts, int *n_parts)
{
    double rate = base;

    if (n_parts != NULL) {
        *n_parts = 0;
    }
    for (int first = 0, next; first < n_terms; first = next) {
        for (next = first + 1; next < n_terms && terms[next].set == terms[first].set; next++) {
        }
        rate += set_rate(&terms[first], next - first, arrived, loaded, final, parts, n_parts);
    }
    return fmax(0.0, rate);
}

/* What remains of the goods of the latest measure in force in one set that bears on something, and that
 * measure; NULL: none. */
static const ent_term_t *side_of_set(const ent_term_t *terms, int n_terms, ent_bearing_t side, double arrived,
                                     double loaded, double *left)
{
    *left = 1.0;
    for (int i = n_terms - 1; i >= 0; i--) {
        if (terms[i].kind->bears_on == ENT_BEARS_ON_SET && in_force(&terms[i], arrived, loaded, 0)) {
            *left *= 1.0 - terms[i].coverage;
        } else if (terms[i].kind->bears_on == side && in_force(&terms[i], arrived, loaded, 0)) {
            return &terms[i];
        }
    }
    return NULL;
}

double ent_terms_side(const ent_term_t *terms, int n_terms, ent_bearing_t side, double arrived, double loaded)
{
    double sum = 0.0, kept = 1.0, factor = 1.0;

    for (int first = 0, next; first < n_terms; first = next) {
        const ent_term_t *term;
        double left, share;

        for (next = first + 1; next < n_terms && terms[next].set == terms[first].set; next++) {
        }
        term = side_of_set(&terms[first], next - first, side, arrived, loaded, &left);
        if (term != NULL) {
            share = term->coverage * left;
            sum += share * term->rate;
            kept *= 1.0 - share * term->rate;
            factor *= 1.0 + share * (term->rate - 1.0);
        }
    }
    return side == ENT_BEARS_ON_COST ? sum : side == ENT_BEARS_ON_ORDERS ? 1.0 - kept : factor;
}

/* Leave out what is not public on a day. */
static void hide_unannounced(const ent_config_t *config, ent_term_t *terms, int n_terms, ent_day_t known_on)
{
    for (int i = 0; i < n_terms; i++) {
        const ent_measure_t *m = &config->measures[terms[i].measure];

        terms[i].known = m->announced <= known_on;
        terms[i].end_known = m->end_announced <= known_on;
    }
}

double ent_side_on_day(const ent_config_t *config, const ent_benchmark_t *benchmark, int regime, int origin,
                       int destination, int sector, ent_day_t day, ent_measure_kind_t kind)
{
    const size_t n = (size_t)config->n_measures + 1;
    unsigned char *member = malloc(n);
    ent_term_t *terms = malloc(n * sizeof *terms);
    double side = NAN;

    if (member != NULL && terms != NULL) {
        ent_regime_members(config, regime, member);
        side = ent_terms_side(terms,
                              ent_cell_terms(config, benchmark, member, NULL, NULL, ent_axis_days, origin,
                                             destination, sector, terms),
                              ent_kind(kind)->bears_on, day, day);
    }
    free(terms);
    free(member);
    return side;
}

/* NaN when memory is short: the public functions have no context to say so. */
static double rate_on_day(const ent_config_t *config, const ent_benchmark_t *benchmark, int regime,
                          int origin, int destination, int sector, ent_day_t arrived, ent_day_t loaded,
                          ent_day_t known_on, const int *shift_days, int final, ent_rate_part_t *parts,
                          int *n_parts)
{
    const size_t n = (size_t)config->n_measures + 1;
    const double base = benchmark->tariff[ent_cell(benchmark, sector, origin, destination)];
    unsigned char *member = malloc(n);
    ent_term_t *terms = malloc(n * sizeof *terms);
    double rate = NAN;
    int unused, n_terms;

    n_parts = n_parts == NULL ? &unused : n_parts;
    *n_parts = 0;
    if (member != NULL && terms != NULL) {
        ent_regime_members(config, regime, member);
        n_terms = ent_cell_terms(config, benchmark, member, NULL, shift_days, ent_axis_days, origin,
                                 destination, sector, terms);
        if (config->calendar.steps_per_year > 0) { /* a broken config may have no calendar yet */
            ent_terms_open(config, terms, n_terms, ent_step_of_day(&config->calendar, arrived));
        }
        if (known_on != ENT_DAY_NEVER) {
            hide_unannounced(config, terms, n_terms, known_on);
        }
        rate = ent_terms_rate(terms, n_terms, base, arrived, loaded, 0, parts, n_parts);
        if (final && ent_terms_rate(terms, n_terms, base, arrived, loaded, 1, NULL, NULL) < rate) {
            rate = ent_terms_rate(terms, n_terms, base, arrived, loaded, 1, parts, n_parts);
        }
    }
    free(terms);
    free(member);
    return rate;
}

double ent_rate_on_day(const ent_config_t *config, const ent_benchmark_t *benchmark, int regime, int origin,
                       int destination, int sector, ent_day_t arrived, ent_day_t loaded, ent_day_t known_on,
                       const int *shift_days, ent_rate_part_t *parts, int *n_parts)
{
    return rate_on_day(config, benchmark, regime, origin, destination, sector, arrived, loaded, known_on,
                       shift_days, 0, parts, n_parts);
}

double ent_final_rate_on_day(const ent_config_t *config, const ent_benchmark_t *benchmark, int regime,
                             int origin, int destination, int sector, ent_day_t arrived, ent_day_t loaded,
                             ent_day_t known_on, const int *shift_days, ent_rate_part_t *parts, int *n_parts)
{
    return rate_on_day(config, benchmark, regime, origin, destination, sector, arrived, loaded, known_on,
                       shift_days, 1, parts, n_parts);
}
