/* Dates and steps. A day is an integer count from 1970-01-01 (proleptic Gregorian). A step is one of
 * `steps_per_year` parts of a calendar year: whole months when that number divides 12, else equal parts by
 * days. */
#ifndef ENTREPOT_CALENDAR_H
#define ENTREPOT_CALENDAR_H

#include <entrepot/context.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t ent_day_t;
#define ENT_DAY_NEVER INT32_MAX  /* open end of a measure, unknown date */
#define ENT_DAY_ALWAYS INT32_MIN /* before every other day */

typedef struct {
    int steps_per_year; /* 1, 2, 3, 4, 6, 12 (whole months) or 52 */
    ent_day_t start;    /* first day of step 0 */
    int start_year;
    int start_index; /* which part of its year step 0 is, 0-based */
} ent_calendar_t;

/* Parse "YYYY-MM-DD"; 0, or ENT_ERR_DATA when the text is no valid date. Records nothing. */
ENT_API int ent_day_parse(const char *text, ent_day_t *day);

/* Write "YYYY-MM-DD" (11 bytes with the end mark). ENT_DAY_NEVER writes "never",
 * ENT_DAY_ALWAYS "always". */
ENT_API void ent_day_format(ent_day_t day, char text[16]);

ENT_API ent_day_t ent_day_of(int year, int month, int day);

/* The start must be the first day of a step. ENT_ERR_CONFIG otherwise. */
ENT_API int ent_calendar_init(ent_calendar_t *calendar, int steps_per_year, ent_day_t start);

/* First day of step `step` (may be negative: before the start). */
ENT_API ent_day_t ent_step_begin(const ent_calendar_t *calendar, int step);

/* The step a day falls in (floor; negative before the start). */
ENT_API int ent_step_of_day(const ent_calendar_t *calendar, ent_day_t day);

/* Share of the days of `step` that lie in [begin, end), in [0, 1]. */
ENT_API double ent_step_coverage(const ent_calendar_t *calendar, int step, ent_day_t begin, ent_day_t end);

/* First step whose decisions can know of something announced on `day`: the step it falls in when announced in
 * its first half, else the next. */
ENT_API int ent_step_of_news(const ent_calendar_t *calendar, ent_day_t day);

/* Hazard of a step from a rate per year: 1 - exp(-rate / steps_per_year). */
ENT_API double ent_step_hazard(double rate_per_year, int steps_per_year);

#ifdef __cplusplus
}
#endif

#endif
