/* Days are counted in the proleptic Gregorian calendar with the era arithmetic of Howard Hinnant, "chrono-
 * Compatible Low-Level Date Algorithms" (2013): a year starts on 1 March, so that the leap day comes last. */
#include <entrepot/calendar.h>

#include <math.h>
#include <string.h>

enum { DAYS_PER_ERA = 146097, YEARS_PER_ERA = 400, EPOCH_SHIFT = 719468, MONTHS_PER_YEAR = 12 };

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

ent_day_t ent_day_of(int year, int month, int day)
{
    const int64_t y = (int64_t)year - (month <= 2);
    const int64_t era = floor_div(y, YEARS_PER_ERA);
    const int64_t year_of_era = y - era * YEARS_PER_ERA;
    const int64_t month_from_march = (month + 9) % 12;
    const int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return (ent_day_t)(era * DAYS_PER_ERA + day_of_era - EPOCH_SHIFT);
}

static void civil_of(ent_day_t date, int *year, int *month, int *day)
{
    const int64_t z = (int64_t)date + EPOCH_SHIFT;
    const int64_t era = floor_div(z, DAYS_PER_ERA);
    const int64_t day_of_era = z - era * DAYS_PER_ERA;
    const int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / (DAYS_PER_ERA - 1)) / 365;
    const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t month_from_march = (5 * day_of_year + 2) / 153;

    *day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
    *month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    *year = (int)(year_of_era + era * YEARS_PER_ERA + (*month <= 2));
}

static int is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
    static const int days[MONTHS_PER_YEAR] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year));
}

int ent_day_parse(const char *text, ent_day_t *day)
{
    int number[3] = {0, 0, 0};
    int part = 0;

    if (text == NULL || strlen(text) != 10) {
        return ENT_ERR_DATA;
    }
    for (int i = 0; i < 10; i++) {
        if (i == 4 || i == 7) {
            if (text[i] != '-') {
                return ENT_ERR_DATA;
            }
            part++;
        } else if (text[i] < '0' || text[i] > '9') {
            return ENT_ERR_DATA;
        } else {
            number[part] = 10 * number[part] + (text[i] - '0');
        }
    }
    if (number[0] < 1 || number[1] < 1 || number[1] > MONTHS_PER_YEAR || number[2] < 1 ||
        number[2] > days_in_month(number[0], number[1])) {
        return ENT_ERR_DATA;
    }
    *day = ent_day_of(number[0], number[1], number[2]);
    return 0;
}

void ent_day_format(ent_day_t day, char text[16])
{
    int year, month, of_month;

    if (day == ENT_DAY_NEVER) {
        memcpy(text, "never", sizeof "never");
        return;
    }
    if (day == ENT_DAY_ALWAYS) {
        memcpy(text, "always", sizeof "always");
        return;
    }
    civil_of(day, &year, &month, &of_month);
    if (year < 0 || year > 9999) { /* out of the format's range; keeps the buffer safe */
        memcpy(text, "out-of-range", sizeof "out-of-range");
        return;
    }
    snprintf(text, 16, "%04d-%02d-%02d", year % 10000, month % 100, of_month % 100);
}

/* First day of part `index` (0-based) of a year cut in `parts`. */
static ent_day_t part_begin(int year, int index, int parts)
{
    if (MONTHS_PER_YEAR % parts == 0) {
        return ent_day_of(year, 1 + index * (MONTHS_PER_YEAR / parts), 1);
    }
    return ent_day_of(year, 1, 1) + (ent_day_t)((int64_t)index * (365 + is_leap(year)) / parts);
}

/* The part of its year a day falls in. */
static int part_of_day(ent_day_t day, int parts, int *year)
{
    int month, of_month, index;

    civil_of(day, year, &month, &of_month);
    if (MONTHS_PER_YEAR % parts == 0) {
        return (month - 1) / (MONTHS_PER_YEAR / parts);
    }
    index = (int)((int64_t)(day - ent_day_of(*year, 1, 1)) * parts / (365 + is_leap(*year)));
    while (index + 1 < parts && part_begin(*year, index + 1, parts) <= day) {
        index++;
    }
    return index;
}

int ent_calendar_init(ent_calendar_t *calendar, int steps_per_year, ent_day_t start)
{
    static const int allowed[] = {1, 2, 3, 4, 6, 12, 52};
    int known = 0;

    memset(calendar, 0, sizeof *calendar);
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
        known |= allowed[i] == steps_per_year;
    }
    if (!known || start == ENT_DAY_NEVER || start == ENT_DAY_ALWAYS) {
        return ENT_ERR_CONFIG;
    }
    calendar->steps_per_year = steps_per_year;
    calendar->start = start;
    calendar->start_index = part_of_day(start, steps_per_year, &calendar->start_year);
    return part_begin(calendar->start_year, calendar->start_index, steps_per_year) == start ? 0
                                                                                            : ENT_ERR_CONFIG;
}

ent_day_t ent_step_begin(const ent_calendar_t *calendar, int step)
{
    const int64_t parts = calendar->steps_per_year;
    const int64_t position = (int64_t)calendar->start_index + step;
    const int64_t years = floor_div(position, parts);

    return part_begin((int)(calendar->start_year + years), (int)(position - years * parts), (int)parts);
}

int ent_step_of_day(const ent_calendar_t *calendar, ent_day_t day)
{
    int year, index;

    if (day == ENT_DAY_NEVER || day == ENT_DAY_ALWAYS) {
        return day == ENT_DAY_NEVER ? INT32_MAX : INT32_MIN;
    }
    index = part_of_day(day, calendar->steps_per_year, &year);
    return (year - calendar->start_year) * calendar->steps_per_year + index - calendar->start_index;
}

double ent_step_coverage(const ent_calendar_t *calendar, int step, ent_day_t begin, ent_day_t end)
{
    const ent_day_t first = ent_step_begin(calendar, step);
    const ent_day_t next = ent_step_begin(calendar, step + 1);
    const ent_day_t from = begin > first ? begin : first;
    const ent_day_t to = end < next ? end : next;

    return to > from ? (double)(to - from) / (double)(next - first) : 0.0;
}

int ent_step_of_news(const ent_calendar_t *calendar, ent_day_t day)
{
    ent_day_t first, next;
    int step;

    if (day == ENT_DAY_NEVER || day == ENT_DAY_ALWAYS) {
        return day == ENT_DAY_NEVER ? INT32_MAX : INT32_MIN;
    }
    step = ent_step_of_day(calendar, day);
    first = ent_step_begin(calendar, step);
    next = ent_step_begin(calendar, step + 1);
    return 2 * (int64_t)(day - first) < next - first ? step : step + 1;
}

double ent_step_hazard(double rate_per_year, int steps_per_year)
{
    return -expm1(-rate_per_year / steps_per_year);
}
