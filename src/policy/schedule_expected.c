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

/* What threats or hearsay add in a row and state of knowledge; NULL: it is not kept. */
static float *part_of(const ent_schedule_t *schedule, ent_news_t news, size_t at)
{
    float *part = news == ENT_NEWS_THREAT ? schedule->threat : schedule->hearsay;

    return part != NULL ? part + at : NULL;
}

/* Expected = known + sum of p (known with the anticipated measure - known). */
static void expect_row(ent_schedule_build_t *build, const ent_knowledge_t *knowledge, int n_terms,
                       double base, double lag, const ent_schedule_t *schedule, size_t at)
{
    float *expected = schedule->expected + at;
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
        float *part = known->status == ENT_ANTICIPATED
                          ? part_of(schedule, build->config->measures[term->measure].news, at)
                          : NULL;
        for (int t = 0; t < n_steps; t++) {
            const float more = (float)(probability_by(build->config, term->measure, known, first + t) *
                                       (build->with[t] - build->path[t]));
            expected[t] += more;
            if (part != NULL) {
                part[t] += more;
            }
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
        const size_t at = (size_t)state * size + (size_t)row * n_steps;
        float *const kept[] = {schedule->expected, schedule->threat, schedule->hearsay};

        if (apply_state(build, state, n_terms)) {
            expect_row(build, build->knowledge + (size_t)state * (size_t)build->config->n_measures, n_terms,
                       base, lag, schedule, at);
            continue;
        }
        for (size_t k = 0; k < sizeof kept / sizeof kept[0] && kept[k] != NULL; k++) {
            memcpy(kept[k] + at, kept[k] + at - size, n_steps * sizeof **kept);
        }
    }
}

/* Share of a step's days between two positions. */
static double share_of_step(double from, double to, int step)
{
    return fmax(0.0, fmin(to, step + 1.0) - fmax(from, step));
}

/* Days of a step on which an order is in time for the beginning or the end of a term that is ahead. */
static double notice_of(const ent_config_t *config, const ent_term_t *term, const ent_knowledge_t *known,
                        double lag, int step)
{
    const ent_measure_t *m = &config->measures[term->measure];
    const ent_calendar_t *calendar = &config->calendar;
    const int threatened = known->status == ENT_ANTICIPATED;
    const double heard = ent_axis_steps(calendar, threatened ? m->anticipated_from : m->announced);
    const double begins = fmax(term->start, (double)known->not_before) - (term->by_loading ? 0.0 : lag);
    double share = 0.0;

    if (known->status == ENT_UNKNOWN) {
        return 0.0;
    }
    if (begins > step) {
        share = share_of_step(heard, begins, step);
    }
    if (known->end_known && isfinite(term->end) && term->end - lag > step) {
        const double told =
            m->end_announced != ENT_DAY_ALWAYS ? ent_axis_steps(calendar, m->end_announced) : heard;

        share = fmax(share, share_of_step(fmax(told, heard), term->end - lag, step));
    }
    return share;
}

void ent_fill_notice(ent_schedule_t *schedule, const ent_schedule_build_t *build, int row, int n_terms,
                     double lag)
{
    for (int t = 0; schedule->notice != NULL && t < schedule->n_steps; t++) {
        const ent_knowledge_t *knowledge =
            build->knowledge + (size_t)schedule->epoch_of_step[t] * (size_t)build->config->n_measures;
        double share = 0.0;

        for (int i = 0; i < n_terms; i++) {
            share =
                fmax(share, notice_of(build->config, &build->terms[i], &knowledge[build->terms[i].measure],
                                      lag, schedule->first_step + t));
        }
        schedule->notice[(size_t)row * (size_t)schedule->n_steps + (size_t)t] = (float)share;
    }
}

/* Keep the states in which some expected rate differs from the state before: news that changes nothing makes
 * no epoch. */
void ent_merge_states(ent_schedule_t *schedule, int n_states)
{
    const size_t size = (size_t)schedule->n_rows * (size_t)schedule->n_steps;
    float *const kept[] = {schedule->expected, schedule->threat, schedule->hearsay};
    const size_t n_kept = schedule->threat != NULL ? 3 : 1;
    int state = 0, epoch = 0;

    for (int t = 0; t < schedule->n_steps; t++) {
        if (schedule->epoch_of_step[t] != state) {
            const size_t next = (size_t)++state * size, last = (size_t)epoch * size;
            int differs = 0;

            for (size_t k = 0; k < n_kept; k++) {
                differs |= memcmp(kept[k] + next, kept[k] + last, size * sizeof **kept) != 0;
            }
            for (size_t k = 0; differs && k < n_kept; k++) {
                memmove(kept[k] + last + size, kept[k] + next, size * sizeof **kept);
            }
            epoch += differs;
        }
        schedule->epoch_of_step[t] = epoch;
    }
    schedule->n_epochs = n_states > 0 ? epoch + 1 : 0;
}
