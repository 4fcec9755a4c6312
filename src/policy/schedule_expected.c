/* What is expected: the states of public knowledge a schedule goes through and the rates each of them lets
 * agents expect. */
#include "schedule_internal.h"

#include <math.h>
#include <string.h>

static int same_knowledge(ent_knowledge_t a, ent_knowledge_t b)
{
    return a.status == b.status && a.end_known == b.end_known && a.not_before == b.not_before;
}

/* Find the states of knowledge the steps go through, and number them by step. */
void ent_find_states(ent_schedule_t *schedule, ent_schedule_build_t *build)
{
    const ent_config_t *config = build->config;
    const size_t n = (size_t)config->n_measures;

    for (int t = 0; t < schedule->n_steps; t++) {
        ent_knowledge_t *state = build->knowledge + (size_t)build->n_states * n;
        int differs = build->n_states == 0;

        for (size_t m = 0; m < n; m++) {
            const ent_day_t day = config->measures[m].effective;
            const int shift = build->shift_days == NULL || day == ENT_DAY_NEVER ? 0 : build->shift_days[m];
            const int effective_step = ent_step_of_day(&config->calendar, day + shift);

            state[m] = ent_measure_knowledge(config, (int)m, build->member[m] && !build->common[m],
                                             effective_step, schedule->first_step + t);
            differs = differs || (build->member[m] && !same_knowledge(state[m], (state - n)[m]));
        }
        build->n_states += differs;
        schedule->epoch_of_step[t] = build->n_states - 1;
    }
}

/* Put the row's terms in the view of a state of knowledge; anticipated measures stay out. Returns whether the
 * row's view differs from that of the state before. */
static int apply_state(ent_schedule_build_t *build, int state, int n_terms)
{
    const size_t n = (size_t)build->config->n_measures;
    const ent_knowledge_t *knowledge = build->knowledge + (size_t)state * n;
    int changed = state == 0;

    for (int i = 0; i < n_terms; i++) {
        ent_term_t *term = &build->terms[i];
        const ent_knowledge_t *known = &knowledge[term->measure];

        term->known = known->status == ENT_KNOWN;
        term->end_known = known->end_known;
        term->not_before = known->not_before == INT32_MIN ? -HUGE_VAL : (double)known->not_before;
        changed = changed || !same_knowledge(*known, (knowledge - n)[term->measure]);
    }
    return changed;
}

/* Least expected rate where barriers may fall below those of the benchmark. */
static const float least_rate = -0.5F;

/* How likely agents hold it that an anticipated or awaited measure applies in a step. */
static double probability_by(const ent_config_t *config, int measure, const ent_knowledge_t *known, int step)
{
    const ent_measure_t *m = &config->measures[measure];

    if (known->status == ENT_ANTICIPATED) {
        return m->anticipated_probability;
    }
    return step < known->not_before
               ? 0.0
               : 1.0 - exp(-m->hazard * (step - known->not_before + 1) / config->calendar.steps_per_year);
}

/* Expected = known + sum of p (known with the anticipated measure - known). */
static void expect_row(ent_schedule_build_t *build, const ent_knowledge_t *knowledge, int n_terms,
                       double base, double lag, const ent_schedule_t *schedule, float *expected)
{
    const int n_steps = schedule->n_steps, first = schedule->first_step;

    float least = 0.0F;

    ent_row_path(build, n_terms, base, lag, first, n_steps, ENT_PATH_COST, build->path);
    for (int t = 0; t < n_steps; t++) {
        expected[t] = (float)build->path[t];
    }
    for (int i = 0; i < n_terms; i++) {
        ent_term_t *term = &build->terms[i];
        const ent_knowledge_t *known = &knowledge[term->measure];
        const ent_term_t as_dated = *term;

        least = term->kind->bears_on == ENT_BEARS_ON_COST ? least_rate : least;
        if (known->status != ENT_ANTICIPATED && known->status != ENT_AWAITED) {
            continue;
        }
        term->known = 1;
        if (known->status == ENT_AWAITED) {
            term->start = term->final_start = known->not_before;
        }
        ent_row_path(build, n_terms, base, lag, first, n_steps, ENT_PATH_COST, build->with);
        *term = as_dated;
        for (int t = 0; t < n_steps; t++) {
            expected[t] += (float)(probability_by(build->config, term->measure, known, first + t) *
                                   (build->with[t] - build->path[t]));
        }
    }
    for (int t = 0; t < n_steps; t++) {
        expected[t] = fmaxf(least, expected[t]);
    }
}

void ent_fill_expected(ent_schedule_t *schedule, ent_schedule_build_t *build, int row, int n_terms,
                       double base, double lag)
{
    const size_t n_steps = (size_t)schedule->n_steps, size = (size_t)schedule->n_rows * n_steps;

    for (int state = 0; state < build->n_states; state++) {
        float *now = schedule->expected + (size_t)state * size + (size_t)row * n_steps;

        if (apply_state(build, state, n_terms)) {
            expect_row(build, build->knowledge + (size_t)state * (size_t)build->config->n_measures, n_terms,
                       base, lag, schedule, now);
        } else {
            memcpy(now, now - size, n_steps * sizeof *now);
        }
    }
}

/* Keep the states in which some expected rate differs from the state before: news that changes nothing makes
 * no epoch. */
void ent_merge_states(ent_schedule_t *schedule, int n_states)
{
    const size_t size = (size_t)schedule->n_rows * (size_t)schedule->n_steps;
    int state = 0, epoch = 0;

    for (int t = 0; t < schedule->n_steps; t++) {
        if (schedule->epoch_of_step[t] != state) {
            const float *next = schedule->expected + (size_t)++state * size;
            float *last = schedule->expected + (size_t)epoch * size;

            if (memcmp(next, last, size * sizeof *next) != 0) {
                epoch++;
                memmove(last + size, next, size * sizeof *next);
            }
        }
        schedule->epoch_of_step[t] = epoch;
    }
    schedule->n_epochs = n_states > 0 ? epoch + 1 : 0;
}
