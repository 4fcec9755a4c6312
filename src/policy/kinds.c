#include "policy/kinds.h"

#include <math.h>
#include <string.h>

#define MOST_RATE                                                                                            \
    2.0 /* 200 per cent: more was most likely written in per cent; {of_value: } says that it is meant */
#define LEAST_BARRIER (-0.5)
#define MOST_VOLUME 1e9 /* million USD a year: more than the world trades */

/* ---- what a rate adds
 * ------------------------------------------------------------------------------------------ */

static double as_it_is(double rate, double base)
{
    (void)base;
    return rate;
}

static double what_is_missing(double rate, double base)
{
    return fmax(0.0, rate - base);
}

static double what_is_above(double rate, double base)
{
    return fmin(0.0, rate - base);
}

static double in_its_place(double rate, double base)
{
    return rate - base;
}

static double everything(double rate, double base)
{
    (void)rate;
    (void)base;
    return 1.0;
}

/* ---- periods of what fills
 * ------------------------------------------------------------------------------------- */

/* Which part of its year a step is, from 0. */
static int part_of_year(const ent_calendar_t *calendar, int step)
{
    const int n = calendar->steps_per_year;

    return ((calendar->start_index + step) % n + n) % n;
}

static int whole_year(const ent_measure_t *measure, const ent_calendar_t *calendar, int step, int *first,
                      int *n)
{
    (void)measure;
    *first = step - part_of_year(calendar, step);
    *n = calendar->steps_per_year;
    return 1;
}

/* A season as months: how many, and of them in a period. */
typedef struct {
    int first, months, per_period;
} season_t;

static season_t season_of(const ent_measure_t *measure)
{
    const int first = (int)measure->first_month, last = (int)measure->last_month;
    const int months = (last - first + 12) % 12 + 1;

    return (season_t){first, months, months / (int)measure->periods};
}

static int season(const ent_measure_t *measure, const ent_calendar_t *calendar, int step, int *first, int *n)
{
    const season_t s = season_of(measure);
    const int a_step = 12 / calendar->steps_per_year; /* months */
    const int since = (part_of_year(calendar, step) * a_step + 1 - s.first + 12) % 12;

    *first = step - since % s.per_period / a_step;
    *n = s.per_period / a_step;
    return since < s.months;
}

static const char *season_fault(const ent_measure_t *measure, const ent_calendar_t *calendar)
{
    const season_t s = season_of(measure);
    const int a_step = 12 / calendar->steps_per_year;

    if (s.months % (int)measure->periods != 0) {
        return "the periods of a season are equal numbers of months";
    }
    if (a_step == 0 || (s.first - 1) % a_step != 0 || s.per_period % a_step != 0) {
        return "a season and its periods begin and end with a step of the run";
    }
    return NULL;
}

/* ---- keys of their own
 * ----------------------------------------------------------------------------------------- */

static const ent_kind_key_t quota_keys[] = {
    {.key = "volume",
     .offset = offsetof(ent_measure_t, volume),
     .low = 0.0,
     .high = MOST_VOLUME,
     .rule = "a quota needs its volume, million USD a year at customs value"},
    {.key = "out_rate",
     .offset = offsetof(ent_measure_t, out_rate),
     .is_rate = 1,
     .rule = "a quota needs the rate that is owed once it is full"},
    {0}};

static const ent_kind_key_t seasonal_keys[] = {
    {.key = "volume",
     .offset = offsetof(ent_measure_t, volume),
     .low = 0.0,
     .high = MOST_VOLUME,
     .rule = "a seasonal quota needs its volume, million USD a period at customs value"},
    {.key = "out_rate",
     .offset = offsetof(ent_measure_t, out_rate),
     .is_rate = 1,
     .rule = "a seasonal quota needs the rate that is owed once it is full and outside the season"},
    {.key = "first_month",
     .offset = offsetof(ent_measure_t, first_month),
     .whole = 1,
     .low = 1.0,
     .high = 12.0,
     .otherwise = 1.0},
    {.key = "last_month",
     .offset = offsetof(ent_measure_t, last_month),
     .whole = 1,
     .low = 1.0,
     .high = 12.0,
     .otherwise = 12.0},
    {.key = "periods",
     .offset = offsetof(ent_measure_t, periods),
     .whole = 1,
     .low = 1.0,
     .high = 12.0,
     .otherwise = 1.0},
    {0}};

/* ---- the table
 * ------------------------------------------------------------------------------------------------- */

static const ent_kind_t kinds[ENT_N_MEASURE_KINDS] = {
    [ENT_MEASURE_ADDITIVE] = {.bears_on = ENT_BEARS_ON_DUTY, .term = as_it_is, .most = MOST_RATE},
    [ENT_MEASURE_FLOOR] = {.bears_on = ENT_BEARS_ON_DUTY,
                           .together = ENT_TOGETHER_PART,
                           .term = what_is_missing,
                           .most = MOST_RATE},
    [ENT_MEASURE_EXEMPTION] = {.bears_on = ENT_BEARS_ON_SHARE,
                               .term = as_it_is,
                               .most = 1.0,
                               .share = "an exemption takes out"},
    [ENT_MEASURE_REPEAL] = {.bears_on = ENT_BEARS_ON_SET,
                            .term = everything,
                            .no_rate = 1,
                            .most = MOST_RATE},
    [ENT_MEASURE_CEILING] = {.bears_on = ENT_BEARS_ON_DUTY,
                             .term = what_is_above,
                             .in_full =
                                 1, /* the wedge is about extra duty: a preference is granted in full */
                             .most = MOST_RATE},
    [ENT_MEASURE_QUOTA] = {.bears_on = ENT_BEARS_ON_DUTY,
                           .together = ENT_TOGETHER_NEVER,
                           .term = in_its_place,
                           .period = whole_year,
                           .most = MOST_RATE,
                           .keys = quota_keys},
    [ENT_MEASURE_SEASONAL_QUOTA] = {.bears_on = ENT_BEARS_ON_DUTY,
                                    .together = ENT_TOGETHER_NEVER,
                                    .term = in_its_place,
                                    .period = season,
                                    .most = MOST_RATE,
                                    .keys = seasonal_keys,
                                    .fault = season_fault},
    [ENT_MEASURE_BARRIER] = {.bears_on = ENT_BEARS_ON_COST,
                             .term = as_it_is,
                             .least = LEAST_BARRIER,
                             .most = MOST_RATE},
    [ENT_MEASURE_BAN] = {.bears_on = ENT_BEARS_ON_ORDERS,
                         .term = as_it_is,
                         .most = 1.0,
                         .share = "a ban holds back"},
    [ENT_MEASURE_SUPPLIER] = {.bears_on = ENT_BEARS_ON_VISIBILITY,
                              .term = as_it_is,
                              .idle = 1.0,
                              .most = 10.0},
};

const ent_kind_t *ent_kind(ent_measure_kind_t kind)
{
    return &kinds[kind];
}

#define KIND_NAME(name, key, sentence) #key,
#define KIND_SENTENCE(name, key, sentence) sentence,

const char *const *ent_measure_kind_names(void)
{
    static const char *const names[ENT_N_MEASURE_KINDS] = {ENT_MEASURE_KINDS(KIND_NAME)};

    return names;
}

const char *ent_kind_sentence(ent_measure_kind_t kind)
{
    static const char *const sentences[ENT_N_MEASURE_KINDS] = {ENT_MEASURE_KINDS(KIND_SENTENCE)};

    return sentences[kind];
}

int ent_measure_is_duty(ent_measure_kind_t kind)
{
    return kinds[kind].bears_on == ENT_BEARS_ON_DUTY;
}

int ent_kind_needs_set(ent_measure_kind_t kind)
{
    return kinds[kind].bears_on == ENT_BEARS_ON_SHARE || kinds[kind].bears_on == ENT_BEARS_ON_SET;
}

int ent_kind_fills(ent_measure_kind_t kind)
{
    return kinds[kind].period != NULL;
}

const ent_kind_key_t *ent_kind_key(ent_measure_kind_t kind, const char *key)
{
    for (const ent_kind_key_t *k = kinds[kind].keys; k != NULL && k->key != NULL; k++) {
        if (strcmp(k->key, key) == 0) {
            return k;
        }
    }
    return NULL;
}
