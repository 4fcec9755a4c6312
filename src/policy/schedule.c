/* Schedules: the rates of every touched cell in every step. This file lays out the rows and puts together
 * what schedule_path.c (rates of a cell over time) and schedule_expected.c (states of public knowledge)
 * compute. */
#include "schedule_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char module[] = "schedule";

static void build_free(ent_schedule_build_t *build)
{
    free(build->member);
    free(build->common);
    free(build->set);
    free(build->knowledge);
    free(build->terms);
    free(build->cut);
    free(build->path);
    free(build->with);
}

static int build_init(ent_schedule_build_t *build, const ent_config_t *config,
                      const ent_benchmark_t *benchmark, int regime, int n_steps, const int *shift_days,
                      const int *lag_steps)
{
    const size_t n = (size_t)config->n_measures + 1, steps = (size_t)n_steps;

    *build = (ent_schedule_build_t){.config = config,
                                    .benchmark = benchmark,
                                    .shift_days = shift_days,
                                    .lag_steps = lag_steps,
                                    .member = malloc(n),
                                    .common = malloc(n),
                                    .set = malloc(n * sizeof(int)),
                                    .knowledge = malloc(n * steps * sizeof(ent_knowledge_t)),
                                    .terms = malloc(n * sizeof(ent_term_t)),
                                    .cut = malloc((5 * n + 2) * sizeof(double)),
                                    .path = malloc(steps * sizeof(double)),
                                    .with = malloc(steps * sizeof(double))};
    if (build->member == NULL || build->common == NULL || build->set == NULL || build->knowledge == NULL ||
        build->terms == NULL || build->cut == NULL || build->path == NULL || build->with == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    ent_measure_sets(config, build->set);
    ent_regime_members(config, regime, build->member);
    ent_regime_members(config, -1, build->common);
    return 0;
}

/* ---- rows ---- */

/* Mark the cells some measure of some regime can change; returns their number. */
static int mark_rows(const ent_schedule_build_t *build, int32_t *row_of_cell)
{
    const ent_config_t *config = build->config;
    const ent_benchmark_t *b = build->benchmark;
    int n_rows = 0;

    for (int m = 0; m < config->n_measures; m++) {
        const int d = config->measures[m].importer;

        for (int s = 0; s < b->n_sector; s++) {
            for (int o = 0; o < b->n_region; o++) {
                if (row_of_cell[ent_cell(b, s, o, d)] < 0 && ent_measure_touches(config, b, m, o, d, s)) {
                    row_of_cell[ent_cell(b, s, o, d)] = 0;
                    n_rows++;
                }
            }
        }
    }
    return n_rows;
}

static void number_rows(ent_schedule_t *schedule, const ent_benchmark_t *b)
{
    int row = 0;

    for (int s = 0; s < b->n_sector; s++) {
        for (int o = 0; o < b->n_region; o++) {
            for (int d = 0; d < b->n_region; d++) {
                const size_t cell = ent_cell(b, s, o, d);

                if (schedule->row_of_cell[cell] >= 0) {
                    schedule->row_of_cell[cell] = row;
                    schedule->row_sector[row] = s;
                    schedule->row_origin[row] = o;
                    schedule->row_destination[row] = d;
                    schedule->base[row++] = (float)b->tariff[cell];
                }
            }
        }
    }
}

/* Arrays are never of size 0, so that NULL always means no memory. */
static int make_rows(ent_schedule_t *schedule, const ent_schedule_build_t *build)
{
    const size_t n_cells =
        (size_t)schedule->n_sector * (size_t)schedule->n_region * (size_t)schedule->n_region;
    size_t rows, values;

    schedule->row_of_cell = malloc((n_cells + 1) * sizeof(int32_t));
    if (schedule->row_of_cell == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < n_cells; i++) {
        schedule->row_of_cell[i] = -1;
    }
    schedule->n_rows = mark_rows(build, schedule->row_of_cell);
    rows = (size_t)schedule->n_rows + 1;
    values = rows * (size_t)schedule->n_steps;
    schedule->row_origin = malloc(rows * sizeof(int32_t));
    schedule->row_destination = malloc(rows * sizeof(int32_t));
    schedule->row_sector = malloc(rows * sizeof(int32_t));
    schedule->base = malloc(rows * sizeof(float));
    schedule->duty = malloc(values * sizeof(float));
    schedule->final = malloc(values * sizeof(float));
    schedule->refund_step = malloc(values * sizeof(int32_t));
    schedule->epoch_of_step = malloc((size_t)schedule->n_steps * sizeof(int32_t));
    if (schedule->row_origin == NULL || schedule->row_destination == NULL || schedule->row_sector == NULL ||
        schedule->base == NULL || schedule->duty == NULL || schedule->final == NULL ||
        schedule->refund_step == NULL || schedule->epoch_of_step == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    number_rows(schedule, build->benchmark);
    return 0;
}

/* ---- duty and refunds ---- */

static double row_lag(const ent_schedule_build_t *build, const ent_schedule_t *schedule, int row)
{
    if (build->lag_steps == NULL) {
        return 0.0;
    }
    return build->lag_steps[ent_cell(build->benchmark, schedule->row_sector[row], schedule->row_origin[row],
                                     schedule->row_destination[row])];
}

static int row_terms(ent_schedule_build_t *build, const ent_schedule_t *schedule, int row)
{
    return ent_cell_terms(build->config, build->benchmark, build->member, build->set, build->shift_days,
                          ent_axis_steps, schedule->row_origin[row], schedule->row_destination[row],
                          schedule->row_sector[row], build->terms);
}

static double row_base(const ent_schedule_build_t *build, const ent_schedule_t *schedule, int row)
{
    return build->benchmark->tariff[ent_cell(build->benchmark, schedule->row_sector[row],
                                             schedule->row_origin[row], schedule->row_destination[row])];
}

/* Stored step in which a refund on arrivals of `step` (absolute) is paid: that of the last retroactive
 * measure which reaches back to it. */
static int refund_step_of(const ent_term_t *terms, int n_terms, double lag, int step, int first_step)
{
    int refund = -1;

    for (int i = 0; i < n_terms; i++) {
        const double shift = terms[i].by_loading ? lag : 0.0;

        if (terms[i].final_start < terms[i].start && terms[i].final_start + shift < step + 1 &&
            terms[i].start + shift > step) {
            const int paid = (int)floor(terms[i].start) - first_step;

            refund = paid > refund ? paid : refund;
        }
    }
    return refund;
}

static void fill_duty(ent_schedule_t *schedule, ent_schedule_build_t *build, int row, int n_terms,
                      double base, double lag)
{
    const int n_steps = schedule->n_steps, first = schedule->first_step;
    const size_t at = (size_t)row * (size_t)n_steps;

    ent_row_path(build, n_terms, base, lag, first, n_steps, ENT_PATH_DUTY, build->path);
    ent_row_path(build, n_terms, base, lag, first, n_steps, ENT_PATH_FINAL, build->with);
    for (int t = 0; t < n_steps; t++) {
        const int refunded = build->with[t] < build->path[t];

        schedule->duty[at + (size_t)t] = (float)build->path[t];
        schedule->final[at + (size_t)t] = (float)build->with[t];
        schedule->refund_step[at + (size_t)t] =
            refunded ? refund_step_of(build->terms, n_terms, lag, first + t, first) : -1;
    }
}

/* ---- quotas, bans and trusted suppliers ---- */

static int any_bears_on(const ent_schedule_build_t *build, ent_bearing_t side)
{
    for (int m = 0; m < build->config->n_measures; m++) {
        if (build->member[m] && ent_kind(build->config->measures[m].kind)->bears_on == side) {
            return 1;
        }
    }
    return 0;
}

static int any_fills(const ent_schedule_build_t *build)
{
    for (int m = 0; m < build->config->n_measures; m++) {
        if (build->member[m] && ent_kind_fills(build->config->measures[m].kind)) {
            return 1;
        }
    }
    return 0;
}

static int make_side_rows(ent_schedule_t *schedule, const ent_schedule_build_t *build)
{
    const size_t rows = (size_t)schedule->n_rows + 1, values = rows * (size_t)schedule->n_steps;
    const int bans = any_bears_on(build, ENT_BEARS_ON_ORDERS);
    const int favours = bans || any_bears_on(build, ENT_BEARS_ON_VISIBILITY);
    const int quotas = any_fills(build);

    schedule->cut = bans ? malloc(values * sizeof(float)) : NULL;
    schedule->favour = favours ? malloc(values * sizeof(float)) : NULL;
    schedule->excess = quotas ? malloc(values * sizeof(float)) : NULL;
    schedule->row_quota = quotas ? malloc(rows * sizeof(int32_t)) : NULL;
    schedule->quota_known = quotas ? malloc(rows * sizeof(int32_t)) : NULL;
    return (bans && schedule->cut == NULL) || (favours && schedule->favour == NULL) ||
                   (quotas && (schedule->excess == NULL || schedule->row_quota == NULL ||
                               schedule->quota_known == NULL))
               ? ENT_ERR_NO_MEMORY
               : 0;
}

/* The quota on a row and the first step that knows of it. Steps are still numbered by state of knowledge. */
static void find_quota(ent_schedule_t *schedule, const ent_schedule_build_t *build, int row, int n_terms)
{
    const size_t n = (size_t)build->config->n_measures;
    int step = 0;

    schedule->row_quota[row] = -1;
    for (int i = 0; i < n_terms; i++) {
        if (build->terms[i].kind->period != NULL) {
            schedule->row_quota[row] = build->terms[i].measure;
        }
    }
    while (schedule->row_quota[row] >= 0 && step < schedule->n_steps &&
           build->knowledge[(size_t)schedule->epoch_of_step[step] * n + (size_t)schedule->row_quota[row]]
                   .status != ENT_KNOWN) {
        step++;
    }
    schedule->quota_known[row] = step;
}

static void fill_side(ent_schedule_t *schedule, ent_schedule_build_t *build, int row, int n_terms,
                      double base, double lag)
{
    const size_t n_steps = (size_t)schedule->n_steps, at = (size_t)row * n_steps;
    const struct {
        float *values;
        ent_path_kind_t kind;
        double lag; /* bans and suppliers bear on orders, when they are shipped */
    } sides[] = {{schedule->cut, ENT_PATH_CUT, 0.0},
                 {schedule->favour, ENT_PATH_FAVOUR, 0.0},
                 {schedule->excess, ENT_PATH_EXCESS, lag}};

    for (size_t k = 0; k < sizeof sides / sizeof sides[0]; k++) {
        if (sides[k].values == NULL) {
            continue;
        }
        ent_row_path(build, n_terms, base, sides[k].lag, schedule->first_step, schedule->n_steps,
                     sides[k].kind, build->path);
        for (size_t t = 0; t < n_steps; t++) {
            sides[k].values[at + t] = (float)build->path[t];
        }
    }
    if (schedule->row_quota != NULL) {
        find_quota(schedule, build, row, n_terms);
    }
}

/* Whether a parameter of the run's news is other than its default somewhere, or drawn. */
static int weighs_news(const ent_config_t *config)
{
    for (int i = 0; i < config->n_draws; i++) {
        if (config->draws[i].kind == ENT_DRAW_PARAMETER &&
            strncmp(config->draws[i].parameter->name, "news_", 5) == 0) {
            return 1;
        }
    }
    for (int s = 0; config->sector_parameters != NULL && s < config->n_sector; s++) {
        const ent_sector_parameters_t *p = &config->sector_parameters[s];

        if (p->news_law != 1.0 || p->news_threat != 1.0 || p->news_hearsay != 1.0 || p->news_days != 0.0) {
            return 1;
        }
    }
    return 0;
}

static int make_news(ent_schedule_t *schedule, const ent_schedule_build_t *build)
{
    const size_t values = (size_t)schedule->n_rows * (size_t)schedule->n_steps;

    if (!weighs_news(build->config)) {
        return 0;
    }
    schedule->threat = calloc((size_t)build->n_states * values + 1, sizeof(float));
    schedule->hearsay = calloc((size_t)build->n_states * values + 1, sizeof(float));
    schedule->notice = malloc((values + 1) * sizeof(float));
    return schedule->threat == NULL || schedule->hearsay == NULL || schedule->notice == NULL
               ? ENT_ERR_NO_MEMORY
               : 0;
}

static int fill_rows(ent_schedule_t *schedule, ent_schedule_build_t *build)
{
    const size_t values = (size_t)schedule->n_rows * (size_t)schedule->n_steps;

    ent_find_states(schedule, build);
    schedule->expected = malloc(((size_t)build->n_states * values + 1) * sizeof(float));
    if (schedule->expected == NULL || make_side_rows(schedule, build) != 0 ||
        make_news(schedule, build) != 0) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int row = 0; row < schedule->n_rows; row++) {
        const double lag = row_lag(build, schedule, row), base = row_base(build, schedule, row);
        const int n_terms = row_terms(build, schedule, row);

        fill_duty(schedule, build, row, n_terms, base, lag);
        fill_side(schedule, build, row, n_terms, base, lag);
        ent_fill_expected(schedule, build, row, n_terms, base, lag);
        ent_fill_notice(schedule, build, row, n_terms, lag);
    }
    ent_merge_states(schedule, build->n_states);
    return 0;
}

static int fill_active(ent_schedule_t *schedule)
{
    const size_t n_rows = (size_t)schedule->n_rows, n_steps = (size_t)schedule->n_steps;

    schedule->active = calloc((size_t)schedule->n_epochs * n_rows + 1, 1);
    if (schedule->active == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < (size_t)schedule->n_epochs * n_rows; i++) {
        for (size_t t = 0; t < n_steps && !schedule->active[i]; t++) {
            schedule->active[i] = schedule->expected[i * n_steps + t] != schedule->base[i % n_rows];
        }
    }
    return 0;
}

/* ---- public ---- */

int ent_schedule_init(ent_schedule_t *schedule, const ent_config_t *config, const ent_benchmark_t *benchmark,
                      int regime, int first_step, int n_steps, const int *shift_days, const int *lag_steps,
                      ent_context_t *ctx)
{
    ent_schedule_build_t build;
    int code;

    memset(schedule, 0, sizeof *schedule);
    if (n_steps < 1 || regime < 0 || regime >= config->n_regimes || benchmark->n_region != config->n_region ||
        benchmark->n_sector != config->n_sector) {
        return ent_fail(ctx, ENT_ERR_BUG, module,
                        "a schedule needs a regime of its config (%d of %d), at least one step (%d) and the "
                        "benchmark at the config's aggregation",
                        regime, config->n_regimes, n_steps);
    }
    schedule->n_region = benchmark->n_region;
    schedule->n_sector = benchmark->n_sector;
    schedule->n_steps = n_steps;
    schedule->first_step = first_step;
    code = build_init(&build, config, benchmark, regime, n_steps, shift_days, lag_steps);
    if (code == 0) {
        code = make_rows(schedule, &build);
    }
    if (code == 0) {
        code = fill_rows(schedule, &build);
    }
    if (code == 0) {
        code = fill_active(schedule);
    }
    build_free(&build);
    if (code != 0) {
        ent_schedule_free(schedule);
        return ent_fail(ctx, code, module, "no memory for the schedule of regime '%s'",
                        config->regimes[regime].name);
    }
    return 0;
}

void ent_schedule_free(ent_schedule_t *schedule)
{
    free(schedule->row_of_cell);
    free(schedule->row_origin);
    free(schedule->row_destination);
    free(schedule->row_sector);
    free(schedule->base);
    free(schedule->cut);
    free(schedule->favour);
    free(schedule->row_quota);
    free(schedule->quota_known);
    free(schedule->excess);
    free(schedule->duty);
    free(schedule->final);
    free(schedule->refund_step);
    free(schedule->epoch_of_step);
    free(schedule->expected);
    free(schedule->threat);
    free(schedule->hearsay);
    free(schedule->notice);
    free(schedule->active);
    memset(schedule, 0, sizeof *schedule);
}
