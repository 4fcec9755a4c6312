/* What is no fault and yet may not be what was meant: measures that change no rate, goods that lose a measure
 * in passing, scenarios that do not differ, duty that is not collected, parameters without effect. */
#include "base/memory.h"
#include "config/internal.h"
#include "policy/kinds.h"
#include "policy/schedule_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const ent_config_t *config;
    const ent_benchmark_t *benchmark; /* of the run's regions and sectors */
    ent_config_t without;             /* a shallow copy in which one measure has no partners */
    ent_measure_t *measures;          /* [n_measures] of the copy */
    double *none;                     /* [n_region] NaN */
    unsigned char *live;              /* [n_regimes][n_measures] 1: changes a rate in the regime */
    ent_context_t *notes;
} observer_t;

static void note(const observer_t *o, int line, const char *key, const char *format, const char *text)
{
    (void)ent_fault(o->notes, ENT_OK, o->config->path, line, 0, key, NULL, NULL, format, text);
}

/* ---- measures that change nothing ---- */

static int rates_differ(const observer_t *o, int regime, const ent_measure_t *m, int origin, int sector,
                        ent_day_t day)
{
    const int to = m->importer;
    if (ent_kind(m->kind)->bears_on <= ENT_BEARS_ON_SET) {
        const double with = ent_rate_on_day(o->config, o->benchmark, regime, origin, to, sector, day, day,
                                            ENT_DAY_NEVER, NULL, NULL, NULL);
        const double without = ent_rate_on_day(&o->without, o->benchmark, regime, origin, to, sector, day,
                                               day, ENT_DAY_NEVER, NULL, NULL, NULL);
        if (with != without) {
            return 1;
        }
    }
    for (int kind = 0; kind < ENT_N_MEASURE_KINDS; kind++) {
        const ent_measure_kind_t k = (ent_measure_kind_t)kind;
        if (ent_kind(k)->bears_on > ENT_BEARS_ON_SET &&
            ent_side_on_day(o->config, o->benchmark, regime, origin, to, sector, day, k) !=
                ent_side_on_day(&o->without, o->benchmark, regime, origin, to, sector, day, k)) {
            return 1;
        }
    }
    return 0;
}

/* Whether a measure changes a rate of some trade on a day. */
static int acts_on(const observer_t *o, int regime, const ent_measure_t *m, ent_day_t day)
{
    const ent_benchmark_t *b = o->benchmark;
    for (int s = 0; s < b->n_sector; s++) {
        for (int r = 0; r < b->n_region && m->coverage[s] > 0.0; r++) {
            if (!isnan(m->rate[r]) && r != m->importer && b->flow[ent_cell(b, s, r, m->importer)] > 0.0 &&
                rates_differ(o, regime, m, r, s, day)) {
                return 1;
            }
        }
    }
    return 0;
}

/* Whether a measure can be judged by the days on which rates change: quotas fill, hazards have no day, and a
 * threat that was dropped acts on expectations only. */
static int is_dated(const ent_measure_t *m)
{
    return !ent_kind_fills(m->kind) && m->hazard <= 0.0 && m->effective < m->end &&
           m->effective != ENT_DAY_NEVER;
}

/* The days that matter: from the burn-in to as far as agents look beyond the end. */
static void days_of_run(const ent_config_t *config, ent_day_t *first, ent_day_t *last)
{
    const int ahead = (int)ceil(config->global.expectation_horizon * config->calendar.steps_per_year / 12.0);
    *first = ent_step_begin(&config->calendar, -config->n_burn_in);
    *last = ent_step_begin(&config->calendar, config->n_steps + ahead);
}

/* Whether the measure changes a rate on its first day in the run or on one on which another begins or ends.
 */
static int changes_a_rate(observer_t *o, int regime, int measure)
{
    const ent_config_t *config = o->config;
    const ent_measure_t *m = &config->measures[measure];
    ent_day_t first, last;
    days_of_run(config, &first, &last);
    if (m->importer < 0 || m->end <= first || m->effective >= last) {
        return 0;
    }
    if (!is_dated(m) || m->from_lines) { /* those of a law are made where a rate changes */
        return 1;
    }
    memcpy(o->measures, config->measures, (size_t)config->n_measures * sizeof *o->measures);
    o->measures[measure].rate = o->none;
    first = m->effective > first ? m->effective : first;
    last = m->end < last ? m->end : last;
    int acts = acts_on(o, regime, m, first);
    for (int k = 0; k < config->n_measures && !acts; k++) {
        const ent_day_t days[2] = {config->measures[k].effective, config->measures[k].end};
        for (int i = 0; i < 2 && !acts; i++) {
            acts = days[i] > first && days[i] < last && acts_on(o, regime, m, days[i]);
        }
    }
    return acts;
}

static const char *why_idle(const ent_kind_t *kind)
{
    if (kind->bears_on == ENT_BEARS_ON_SHARE || kind->bears_on == ENT_BEARS_ON_SET) {
        return "changes no rate: its set has no duty on its partners and sectors while it is in force%s";
    }
    if (kind->together == ENT_TOGETHER_PART) {
        return "changes no rate: every benchmark tariff of its partners and sectors is as high, or its set "
               "has a later "
               "measure%s";
    }
    return "changes no rate: the benchmark has no such trade, its rate adds nothing, or its set has a later "
           "measure%s";
}

/* Past and future ones, then those that act in no regime. */
static void note_idle(const observer_t *o, int measure, int is_member, int is_live)
{
    const ent_config_t *config = o->config;
    const ent_measure_t *m = &config->measures[measure];
    ent_day_t first, last;
    char text[16];
    days_of_run(config, &first, &last);
    if (m->from_lines) {
        return; /* nobody wrote it */
    }
    if (m->end <= first) {
        ent_day_format(first, text);
        note(o, m->line, m->id, "has no effect here: it ends before the run begins (%s)", text);
    } else if (m->effective >= last) {
        ent_day_format(last, text);
        note(o, m->line, m->id, "has no effect here: the run is over and nobody looks ahead beyond %s", text);
    } else if (is_member && !is_live) {
        note(o, m->line, m->id, why_idle(ent_kind(m->kind)), "");
    }
}

static void note_measures(observer_t *o, unsigned char *member)
{
    const ent_config_t *config = o->config;
    const size_t n = (size_t)config->n_measures;
    for (int m = 0; m < config->n_measures; m++) {
        int is_member = 0, is_live = 0;
        for (int g = 0; g < config->n_regimes; g++) {
            ent_regime_members(config, g, member);
            is_member |= member[m];
            o->live[(size_t)g * n + (size_t)m] = member[m] && changes_a_rate(o, g, m);
            is_live |= o->live[(size_t)g * n + (size_t)m];
        }
        note_idle(o, m, is_member, is_live);
    }
}

/* ---- goods that lose a measure in passing ---- */

/* Share of a sector that keeps neither: covered by the earlier measure and not by the later. */
static double lost_share(const ent_measure_t *earlier, const ent_measure_t *later, int origin, int sector)
{
    if (isnan(earlier->rate[origin]) || isnan(later->rate[origin]) || !(later->coverage[sector] > 0.0)) {
        return 0.0;
    }
    return earlier->coverage[sector] - later->coverage[sector];
}

static int replaces(const ent_measure_t *earlier, const ent_measure_t *later)
{
    return earlier->set != NULL && later->set != NULL && strcmp(earlier->set, later->set) == 0 &&
           earlier->importer == later->importer && earlier->effective < later->effective &&
           later->effective < earlier->end && ent_measure_is_duty(earlier->kind) &&
           ent_measure_is_duty(later->kind);
}

/* The latest measure before `later` that covers a cell, which is the one whose goods it takes over. */
static int is_latest(const observer_t *o, const ent_measure_t *earlier, const ent_measure_t *later,
                     int origin, int sector)
{
    for (int k = 0; k < o->config->n_measures; k++) {
        const ent_measure_t *other = &o->config->measures[k];
        if (other != earlier && replaces(other, later) && other->effective > earlier->effective &&
            !isnan(other->rate[origin]) && other->coverage[sector] > 0.0) {
            return 0;
        }
    }
    return 1;
}

static void note_pair(const observer_t *o, const ent_measure_t *earlier, const ent_measure_t *later)
{
    const ent_config_t *config = o->config;
    if (earlier->from_lines && later->from_lines) {
        return; /* coverage times rate is a mean: nothing is lost */
    }
    for (int s = 0; s < config->n_sector; s++) {
        for (int r = 0; r < config->n_region; r++) {
            const double lost = lost_share(earlier, later, r, s);
            if (lost > 1e-9 && is_latest(o, earlier, later, r, s)) {
                (void)ent_fault(o->notes, ENT_OK, config->path, later->line, 0, later->id, NULL, NULL,
                                "takes the place of %s on %s from %s and covers %.3g %% of it less: that "
                                "part pays neither; give the "
                                "measure a set of its own, or repeat the earlier rate for the rest",
                                earlier->id, config->sector[s], config->region[r], 100.0 * lost);
                return;
            }
        }
    }
}

static int in_one_regime(const observer_t *o, int a, int b)
{
    const size_t n = (size_t)o->config->n_measures;
    for (size_t g = 0; g < (size_t)o->config->n_regimes; g++) {
        if (o->live[g * n + (size_t)a] && o->live[g * n + (size_t)b]) {
            return 1;
        }
    }
    return 0;
}

static void note_losses(const observer_t *o)
{
    for (int a = 0; a < o->config->n_measures; a++) {
        for (int b = 0; b < o->config->n_measures; b++) {
            if (a != b && replaces(&o->config->measures[a], &o->config->measures[b]) &&
                in_one_regime(o, a, b)) {
                note_pair(o, &o->config->measures[a], &o->config->measures[b]);
            }
        }
    }
}

/* ---- duty that is not collected ---- */

typedef struct {
    double collected;
    int origin, sector; /* -1: none */
} least_t;

/* The measure of whose duty on one flow the least is collected on its first day, if that is less than half.
 */
static void find_least(const observer_t *o, int regime, int measure, ent_rate_part_t *parts, least_t *least)
{
    const ent_benchmark_t *b = o->benchmark;
    const ent_measure_t *m = &o->config->measures[measure];
    for (int cell = 0; cell < b->n_region * b->n_sector; cell++) {
        const int r = cell % b->n_region, s = cell / b->n_region;
        int n = 0;
        if (isnan(m->rate[r]) || !(m->coverage[s] > 0.0) || r == m->importer ||
            !(b->flow[ent_cell(b, s, r, m->importer)] > 0.0)) {
            continue;
        }
        (void)ent_rate_on_day(o->config, b, regime, r, m->importer, s, m->effective, m->effective,
                              ENT_DAY_NEVER, NULL, parts, &n);
        for (int i = 0; i < n; i++) {
            if (parts[i].measure == measure && parts[i].effective > 0.0 &&
                parts[i].collected < least->collected) {
                *least = (least_t){parts[i].collected, r, s};
            }
        }
    }
}

/* One note: the measure and flow of which least is collected, and how many measures are like it. */
static void note_uncollected(const observer_t *o, ent_rate_part_t *parts)
{
    const ent_config_t *config = o->config;
    const size_t n = (size_t)config->n_measures;
    const double half = 0.5;
    least_t least = {half, -1, -1};
    int worst = -1, n_found = 0;
    for (int m = 0; m < config->n_measures; m++) {
        int found = 0;
        for (int g = 0; g < config->n_regimes; g++) {
            least_t own = {half, -1, -1};
            if (o->live[(size_t)g * n + (size_t)m] && ent_measure_is_duty(config->measures[m].kind) &&
                is_dated(&config->measures[m])) {
                find_least(o, g, m, parts, &own);
            }
            found |= own.origin >= 0;
            worst = own.collected < least.collected ? m : worst;
            least = own.collected < least.collected ? own : least;
        }
        n_found += found;
    }
    if (worst >= 0) {
        (void)ent_fault(
            o->notes, ENT_OK, config->path, config->measures[worst].line, 0, config->measures[worst].id, NULL,
            NULL,
            "of its duty on %s from %s %.2g %% is collected: the benchmark's collection_wedge holds "
            "claims, exclusions and exemptions of 2025; `collected_in_full: true` collects all "
            "(%d such measures: entrepot tariffs)",
            config->sector[least.sector], config->region[least.origin], 100.0 * least.collected, n_found);
    }
}

/* ---- scenarios ---- */

static int in_regime(const unsigned char *flags, int regime)
{
    return flags == NULL || flags[regime];
}

/* Whether dated demand, costs, purchases, investments and plants hold in both regimes or in neither. */
static int same_surroundings(const ent_config_t *config, int a, int b)
{
    int same = 1;
    for (int i = 0; i < config->n_paths; i++) {
        same &= in_regime(config->paths[i].regimes, a) == in_regime(config->paths[i].regimes, b);
    }
    for (int i = 0; i < config->n_purchases; i++) {
        same &= in_regime(config->purchases[i].regimes, a) == in_regime(config->purchases[i].regimes, b);
    }
    for (int i = 0; i < config->n_investments; i++) {
        same &= in_regime(config->investments[i].regimes, a) == in_regime(config->investments[i].regimes, b);
    }
    for (int i = 0; i < config->n_plants; i++) {
        same &= in_regime(config->plants[i].regimes, a) == in_regime(config->plants[i].regimes, b);
    }
    return same;
}

static int same_scenario(const observer_t *o, const ent_scenario_t *a, const ent_scenario_t *b)
{
    const size_t n = (size_t)o->config->n_measures;
    return !a->negotiated && !b->negotiated && a->held == b->held &&
           same_surroundings(o->config, a->regime, b->regime) &&
           memcmp(o->live + (size_t)a->regime * n, o->live + (size_t)b->regime * n, n) == 0;
}

static void note_scenarios(const observer_t *o)
{
    const ent_config_t *config = o->config;
    for (int i = 0; i < config->n_scenarios; i++) {
        for (int k = 0; k < i; k++) {
            if (config->scenarios[i].regime >= 0 && config->scenarios[k].regime >= 0 &&
                same_scenario(o, &config->scenarios[k], &config->scenarios[i])) {
                note(o, 0, config->scenarios[i].name,
                     "does not differ from the scenario %s: the same measures act in both",
                     config->scenarios[k].name);
                break;
            }
        }
    }
}

/* ---- firms ---- */

/* What of home's exporters is n/a, and the keys that set it. */
static void note_exporters(const observer_t *o)
{
    const ent_config_t *config = o->config;
    if (config->mechanisms.entry && config->exporters.survival_unknown) {
        note(o, 0, "exporters",
             "numbers of exporters, entrants and leavers of %s are n/a: facts/exporters.csv does not say how "
             "long they export; set parameters.survival_one_year and parameters.survival_five_years",
             config->region[config->home]);
    }
    if (config->mechanisms.entry && config->exporters.sizes_unknown) {
        note(o, 0, "exporters",
             "exports of %s by size of the exporter are n/a: facts/exporters.csv does not say how large they "
             "are; set parameters.size_pareto_shape",
             config->region[config->home]);
    }
}

/* ---- parameters ---- */

static void note_draws(const observer_t *o)
{
    for (int i = 0; i < o->config->n_draws; i++) {
        const ent_draw_t *draw = &o->config->draws[i];
        const char *why = draw->kind == ENT_DRAW_PARAMETER
                              ? ent_parameter_idle(o->config, draw->parameter, draw->sectors)
                              : NULL;
        if (why != NULL) {
            (void)ent_fault(o->notes, ENT_OK, o->config->path, 0, 0, draw->name, NULL, NULL,
                            "a draw of %s has no effect here: %s", draw->parameter->name, why);
        }
    }
}

static void note_parameters(const observer_t *o)
{
    size_t n;
    const ent_parameter_t *table = ent_parameter_table(&n);
    for (size_t i = 0; o->config->parameter_given != NULL && i < n; i++) {
        const char *why =
            o->config->parameter_given[i] ? ent_parameter_idle(o->config, &table[i], NULL) : NULL;
        if (why != NULL) {
            note(o, 0, table[i].name, "is set and has no effect here: %s", why);
        }
    }
}

/* ---- general closure ---- */

/* Years in which incomes run ahead of prices (docs/referee.md, question 5). */
enum { UNSETTLED_YEARS = 10 };

static void note_closure(const observer_t *o)
{
    const ent_calendar_t *calendar = &o->config->calendar;
    char text[16];
    if (o->config->closure == ENT_CLOSURE_GENERAL) {
        ent_day_format(ent_step_begin(calendar, UNSETTLED_YEARS * calendar->steps_per_year), text);
        note(o, 0, "closure",
             "general: real income and wages before %s are not to be read: incomes run ahead of prices by "
             "several times what the static theory says (entrepot theory)",
             text);
    }
}

/* ---- all ---- */

int ent_config_notes(const ent_config_t *config, const ent_benchmark_t *benchmark, ent_context_t *notes,
                     ent_context_t *ctx)
{
    const size_t n = (size_t)config->n_measures;
    observer_t o = {.config = config, .benchmark = benchmark, .without = *config, .notes = notes};
    unsigned char *member = ent_calloc(ctx, n + 1, 1);
    o.measures = ent_calloc(ctx, n + 1, sizeof *o.measures);
    o.none = ent_calloc(ctx, (size_t)config->n_region + 1, sizeof *o.none);
    o.live = ent_calloc(ctx, n * (size_t)config->n_regimes + 1, 1);
    ent_rate_part_t *parts = ent_calloc(ctx, n + 1, sizeof *parts);
    const int code = member == NULL || o.measures == NULL || o.none == NULL || o.live == NULL || parts == NULL
                         ? ENT_ERR_NO_MEMORY
                         : ENT_OK;
    if (code == ENT_OK) {
        o.without.measures = o.measures;
        for (int r = 0; r < config->n_region; r++) {
            o.none[r] = NAN;
        }
        note_measures(&o, member);
        note_losses(&o);
        note_uncollected(&o, parts);
        note_scenarios(&o);
        note_exporters(&o);
        ent_config_note_slots(config, benchmark, notes);
        note_closure(&o);
        note_draws(&o);
        note_parameters(&o);
    }
    free(member);
    free(parts);
    free(o.measures);
    free(o.none);
    free(o.live);
    return code;
}
