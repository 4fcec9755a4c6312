/* Measures that contradict one another. Those of one set replace one another and never do; of different sets,
 * two all-in rates on the same goods cannot both be the whole rate. */
#include "config/internal.h"

#include "base/memory.h"
#include "policy/kinds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double share_tolerance = 1e-9;

static int is_member(const ent_config_t *config, int regime, int measure)
{
    const ent_regime_t *r = &config->regimes[regime];
    for (int i = 0; i < config->n_common; i++) {
        if (config->common[i] == measure) {
            return 1;
        }
    }
    for (int i = 0; i < r->n_measures; i++) {
        if (r->measures[i] == measure) {
            return 1;
        }
    }
    return 0;
}

static int same_set(const ent_measure_t *a, const ent_measure_t *b)
{
    return a->set != NULL && b->set != NULL && strcmp(a->set, b->set) == 0;
}

/* Both in force on some day; the first such day. */
static int meet(const ent_measure_t *a, const ent_measure_t *b, ent_day_t *day)
{
    *day = a->effective > b->effective ? a->effective : b->effective;
    return *day != ENT_DAY_NEVER && *day < a->end && *day < b->end;
}

/* Share of a cell's goods that the floors of different sets claim on a day, net of exemptions and repeals; 0
 * when one of the two measures asked about is not among them. */
static double claimed_by_floors(const ent_config_reader_t *reader, int regime, const ent_measure_t *a,
                                const ent_measure_t *b, int origin, int sector, ent_day_t day,
                                ent_rate_part_t *parts)
{
    const ent_config_t *config = reader->config;
    int n_parts = 0, n_asked = 0;
    double claimed = 0.0;
    if (isnan(ent_rate_on_day(config, reader->coarse, regime, origin, a->importer, sector, day, day,
                              ENT_DAY_NEVER, NULL, parts, &n_parts))) {
        (void)ent_fail(reader->ctx, ENT_ERR_NO_MEMORY, "measures", "no memory to compare two measures");
    }
    for (int i = 0; i < n_parts; i++) {
        const double whole = parts[i].statutory * parts[i].collected;
        const ent_measure_t *measure = &config->measures[parts[i].measure];
        if (ent_kind(measure->kind)->together == ENT_TOGETHER_PART && whole > 0.0) {
            claimed += parts[i].effective / whole;
            n_asked += parts[i].effective > 0.0 && (measure == a || measure == b);
        }
    }
    return n_asked == 2 ? claimed : 0.0;
}

/* Whether two measures contradict on a cell: always, or when they claim more than all of its goods. */
static int contradict(const ent_config_reader_t *reader, int regime, const ent_measure_t *a,
                      const ent_measure_t *b, int origin, int sector, ent_day_t day, ent_rate_part_t *parts)
{
    if (isnan(a->rate[origin]) || isnan(b->rate[origin]) || !(a->coverage[sector] > 0.0) ||
        !(b->coverage[sector] > 0.0) || origin == a->importer) {
        return 0;
    }
    return ent_kind(a->kind)->together == ENT_TOGETHER_NEVER ||
           claimed_by_floors(reader, regime, a, b, origin, sector, day, parts) > 1.0 + share_tolerance;
}

/* Report the first cell on which two measures of a regime contradict; 1 when there is one. */
static int report_pair(ent_config_reader_t *reader, int regime, const ent_measure_t *a,
                       const ent_measure_t *b, ent_rate_part_t *parts)
{
    const ent_config_t *config = reader->config;
    ent_day_t day;
    char text[16];
    if (!meet(a, b, &day)) {
        return 0;
    }
    for (int o = 0; o < config->n_region; o++) {
        for (int s = 0; s < config->n_sector; s++) {
            if (contradict(reader, regime, a, b, o, s, day, parts)) {
                ent_day_format(day, text);
                (void)ent_fault(
                    reader->ctx, ENT_ERR_CONFIG, config->path, b->line, 0, b->id, NULL, NULL,
                    ent_kind(a->kind)->together == ENT_TOGETHER_NEVER
                        ? "contradicts %s (line %d): two quotas on %s of %s into %s on %s; give one of "
                          "them an end or put one quota in their place"
                        : "contradicts %s (line %d): two all-in floors on the same %s of %s into %s on "
                          "%s; put them into one `set`, or exempt the goods of one from the other",
                    a->id, a->line, config->sector[s], config->region[o], config->region[a->importer], text);
                return 1;
            }
        }
    }
    return 0;
}

static int comparable(const ent_measure_t *a, const ent_measure_t *b)
{
    const ent_together_t together = ent_kind(a->kind)->together;
    return a->importer >= 0 && a->importer == b->importer && ent_kind(b->kind)->together == together &&
           (together == ENT_TOGETHER_NEVER || (together == ENT_TOGETHER_PART && !same_set(a, b)));
}

void ent_config_check_contradictions(ent_config_reader_t *reader)
{
    const ent_config_t *config = reader->config;
    ent_rate_part_t *parts = ent_calloc(reader->ctx, (size_t)config->n_measures + 1, sizeof *parts);
    if (parts == NULL || reader->coarse->n_region == 0 || config->regimes == NULL) {
        free(parts);
        return;
    }
    for (int i = 0; i < config->n_measures; i++) {
        for (int j = i + 1; j < config->n_measures; j++) {
            int reported = !comparable(&config->measures[i], &config->measures[j]);
            for (int g = 0; g < config->n_regimes && !reported; g++) {
                reported = is_member(config, g, i) && is_member(config, g, j) &&
                           report_pair(reader, g, &config->measures[i], &config->measures[j], parts);
            }
        }
    }
    free(parts);
}
