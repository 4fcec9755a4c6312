/* What is public when: the state of knowledge of a measure, the probabilities of the regimes, and the step up
 * to which scenarios share one history. */
#include "schedule_internal.h"

#include <math.h>
#include <string.h>

/* Regimes are in people's minds from the first signal on, and so are their measures, announced or not. */
static int regimes_in_mind(const ent_config_t *config, int step)
{
    return config->n_signals > 0 && ent_step_of_news(&config->calendar, config->signals[0].day) <= step;
}

ent_knowledge_t ent_measure_knowledge(const ent_config_t *config, int measure, int own, int effective_step,
                                      int step)
{
    const ent_calendar_t *calendar = &config->calendar;
    const ent_measure_t *m = &config->measures[measure];
    ent_knowledge_t knowledge = {.status = ENT_UNKNOWN, .end_known = 1, .not_before = INT32_MIN};

    if (ent_step_of_news(calendar, m->announced) <= step || (own && regimes_in_mind(config, step))) {
        knowledge.status = ENT_KNOWN;
        if (m->hazard > 0.0 && effective_step > step) {
            knowledge.status = ENT_AWAITED;
            knowledge.not_before = step + 1;
        }
    } else if (m->anticipated_from != ENT_DAY_NEVER &&
               ent_step_of_news(calendar, m->anticipated_from) <= step) {
        knowledge.status = ENT_ANTICIPATED;
        if (effective_step <= step) {
            knowledge.not_before = step + 1;
        }
    }
    knowledge.end_known = ent_step_of_news(calendar, m->end_announced) <= step;
    return knowledge;
}

int ent_held_belief(const ent_config_t *config, int regime, int step, double *probability)
{
    const ent_calendar_t *calendar = &config->calendar;
    int latest = 0;

    if (!regimes_in_mind(config, step)) {
        for (int r = 0; r < config->n_regimes; r++) {
            probability[r] = r == regime ? 1.0 : 0.0;
        }
        return 0;
    }
    for (int i = 1; i < config->n_signals; i++) {
        if (ent_step_of_news(calendar, config->signals[i].day) <= step) {
            latest = i;
        }
    }
    memcpy(probability, config->signals[latest].probability, (size_t)config->n_regimes * sizeof *probability);
    return 1;
}

int ent_public_belief(const ent_config_t *config, int regime, int step, double *probability)
{
    if (ent_step_of_news(&config->calendar, config->resolved) > step) {
        return ent_held_belief(config, regime, step, probability);
    }
    for (int r = 0; r < config->n_regimes; r++) {
        probability[r] = r == regime ? 1.0 : 0.0;
    }
    return 0;
}

/* Smallest value a distribution can give. */
static double lowest(const ent_distribution_t *d)
{
    double low;

    switch (d->kind) {
    case ENT_DIST_NORMAL:
    case ENT_DIST_LOGNORMAL:
        return d->c;
    case ENT_DIST_DISCRETE:
    case ENT_DIST_BY_WORLD:
        low = d->n > 0 ? d->values[0] : 0.0;
        for (int i = 1; i < d->n; i++) {
            low = fmin(low, d->values[i]);
        }
        return low;
    case ENT_DIST_EXPONENTIAL:
        return 0.0;
    default:
        return d->a;
    }
}

/* Most days by which any world can bring a measure's effective date forward (as a number <= 0). */
static int largest_advance(const ent_config_t *config, int measure)
{
    double shift = 0.0;

    for (int i = 0; i < config->n_draws; i++) {
        if (config->draws[i].kind == ENT_DRAW_MEASURE_DATE && config->draws[i].measure == measure) {
            shift = fmin(shift, floor(lowest(&config->draws[i].distribution)));
        }
    }
    return (int)shift;
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* First step in which what is collected (or will be refunded) can differ between a world with the measure and
 * one without. When regimes are in mind nothing else can: both worlds think of all measures of both. */
static int first_collected(const ent_config_t *config, int measure)
{
    const ent_calendar_t *calendar = &config->calendar;
    const ent_measure_t *m = &config->measures[measure];
    const int refunded = ent_step_of_day(calendar, m->retroactive_to);

    if (m->effective == ENT_DAY_NEVER) {
        return refunded;
    }
    return smaller(refunded, ent_step_of_day(calendar, m->effective + largest_advance(config, measure)));
}

/* First step in which anything can differ: agents may know or expect the measure before it is collected. */
static int first_felt(const ent_config_t *config, int measure)
{
    const ent_measure_t *m = &config->measures[measure];
    const int known = ent_step_of_news(&config->calendar, m->announced);
    const int expected = ent_step_of_news(&config->calendar, m->anticipated_from);

    return smaller(first_collected(config, measure), smaller(known, expected));
}

static int has_measure(const ent_regime_t *regime, int measure)
{
    for (int i = 0; i < regime->n_measures; i++) {
        if (regime->measures[i] == measure) {
            return 1;
        }
    }
    return 0;
}

static int first_difference(const ent_config_t *config, const ent_regime_t *a, const ent_regime_t *b)
{
    const int in_mind =
        config->n_signals > 0 ? ent_step_of_news(&config->calendar, config->signals[0].day) : INT32_MAX;
    int step = INT32_MAX;

    for (int i = 0; i < a->n_measures; i++) {
        const int measure = a->measures[i];
        const int felt = first_felt(config, measure);

        if (!has_measure(b, measure)) {
            step = smaller(step, felt < in_mind ? felt : first_collected(config, measure));
        }
    }
    return step;
}

/* First step in which the commitments of one regime and not another are felt. */
static int first_commitment(const ent_config_t *config, int a, int b)
{
    const ent_calendar_t *calendar = &config->calendar;
    int step = INT32_MAX;

    for (int i = 0; i < config->n_paths; i++) {
        const ent_path_t *path = &config->paths[i];

        if (path->regimes != NULL && path->regimes[a] != path->regimes[b]) {
            step = path->log_change[0] != 0.0 ? INT32_MIN
                                              : smaller(step, ent_step_of_day(calendar, path->day[0]));
        }
    }
    for (int i = 0; i < config->n_purchases; i++) {
        if (config->purchases[i].regimes[a] != config->purchases[i].regimes[b]) {
            step = smaller(step, ent_step_of_day(calendar, config->purchases[i].from));
        }
    }
    for (int i = 0; i < config->n_investments; i++) {
        if (config->investments[i].regimes[a] != config->investments[i].regimes[b]) {
            step = smaller(step, ent_step_of_day(calendar, config->investments[i].from));
        }
    }
    return step;
}

/* Talks differ from a fixed regime when they begin, when a signal comes that they do without, and when the
 * regime has something of its own before. */
static int first_talks(const ent_config_t *config, const ent_scenario_t *other)
{
    const ent_calendar_t *calendar = &config->calendar;
    const ent_regime_t none = {0};
    int step = ent_step_of_news(calendar, config->negotiation.from);

    step = smaller(step, ent_step_of_day(calendar, config->negotiation.from));
    if (config->n_signals > 0) {
        step = smaller(step, ent_step_of_news(calendar, config->signals[0].day));
    }
    for (int r = 0; r < config->n_regimes; r++) {
        if (r != other->regime) {
            step = smaller(step, first_commitment(config, other->regime, r));
        }
    }
    return smaller(step, first_difference(config, &config->regimes[other->regime], &none));
}

int ent_branch_step(const ent_config_t *config)
{
    int step = INT32_MAX, several = 0, talks = 0;

    for (int i = 0; i < config->n_scenarios; i++) {
        talks |= config->scenarios[i].negotiated;
    }
    for (int i = 0; talks && i < config->n_scenarios; i++) {
        several = 1;
        step = smaller(step, first_talks(config, &config->scenarios[i]));
    }
    for (int i = 1; i < config->n_scenarios; i++) {
        const int first = config->scenarios[0].regime, other = config->scenarios[i].regime;

        several |= config->scenarios[0].held != config->scenarios[i].held;
        if (first != other) {
            const ent_regime_t *a = &config->regimes[first], *b = &config->regimes[other];

            several = 1;
            step = smaller(step, smaller(first_difference(config, a, b), first_difference(config, b, a)));
            step = smaller(step, first_commitment(config, first, other));
        }
    }
    if (!several) {
        return config->n_steps;
    }
    if (config->n_signals > 0) {
        step = smaller(step, ent_step_of_news(&config->calendar, config->resolved));
    }
    step = smaller(step, config->n_steps);
    return step > -config->n_burn_in ? step : -config->n_burn_in;
}
