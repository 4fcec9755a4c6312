/* Sums over all lines of a law, for entrepot tariffs --law. */
#include "cli/line_tables.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double percent = 100.0, million = 1e-6;
enum { MOST_DAYS = 2000, N_CHAPTERS = 100 };

const char *const ent_lines_by_names[] = {"partner", "group", "chapter", "sector", "line", "set", NULL};

typedef struct {
    const ent_lines_query_t *q;
    ent_lines_day_t day;
    int *bucket; /* [n_cells] */
    int n;
    double *imports, *collected, *duty, *law; /* [n] USD */
} sums_t;

static int chapter_of(ent_hs_t code)
{
    return (int)(code / ENT_HS_CHAPTER);
}

static int wanted(const ent_lines_query_t *q, int cell)
{
    const int line = q->lines->cell_line[cell];

    return (q->partner < 0 || q->law->trade.partner[cell] == q->partner) &&
           (q->chapter < 0 || chapter_of(q->law->trade.line[line]) == q->chapter) &&
           (q->sector < 0 || q->lines->line_sector[line] == q->sector);
}

static int bucket_of(const ent_lines_query_t *q, int cell)
{
    const int line = q->lines->cell_line[cell], partner = q->law->trade.partner[cell];
    const int group = q->law->partners[partner].group;

    switch (q->by) {
    case ENT_BY_PARTNER:
        return partner;
    case ENT_BY_GROUP:
        return group >= 0 ? group : q->law->n_groups;
    case ENT_BY_CHAPTER:
        return chapter_of(q->law->trade.line[line]);
    case ENT_BY_SECTOR:
        return q->lines->line_sector[line] >= 0 ? q->lines->line_sector[line] : q->law->n_sectors;
    case ENT_BY_LINE:
        return line;
    case ENT_BY_SET:
        return 0;
    }
    return -1;
}

static int n_buckets(const ent_lines_query_t *q)
{
    const int n[] = {q->law->n_partners,    q->law->n_groups + 1,  N_CHAPTERS,
                     q->law->n_sectors + 1, q->law->trade.n_lines, 1};

    return n[q->by];
}

static const char *label_of(const ent_lines_query_t *q, int b, char words[32])
{
    switch (q->by) {
    case ENT_BY_PARTNER:
        return q->law->partners[b].code;
    case ENT_BY_GROUP:
        return b < q->law->n_groups ? q->law->groups[b] : "others";
    case ENT_BY_CHAPTER:
        snprintf(words, 32, "%02d", b);
        return words;
    case ENT_BY_SECTOR:
        return b < q->law->n_sectors ? q->law->sectors[b] : "none";
    case ENT_BY_LINE:
        ent_hs_format(q->law->trade.line[b], ENT_HS_DIGITS, words);
        return words;
    case ENT_BY_SET:
        return q->law->sets[b];
    }
    return "";
}

static void sums_free(sums_t *s)
{
    ent_lines_day_free(&s->day);
    free(s->bucket);
    free(s->imports);
    free(s->collected);
    free(s->duty);
    free(s->law);
}

static int sums_init(sums_t *s, const ent_lines_query_t *q, ent_context_t *ctx)
{
    const size_t cells = (size_t)q->lines->n_cells;

    memset(s, 0, sizeof *s);
    s->q = q;
    s->n = n_buckets(q);
    s->bucket = ent_calloc(ctx, cells, sizeof *s->bucket);
    s->imports = ent_calloc(ctx, (size_t)s->n, sizeof *s->imports);
    s->collected = ent_calloc(ctx, (size_t)s->n, sizeof *s->collected);
    s->duty = ent_calloc(ctx, (size_t)s->n, sizeof *s->duty);
    s->law = ent_calloc(ctx, (size_t)s->n, sizeof *s->law);
    int code = ent_lines_day_init(&s->day, q->lines, q->by == ENT_BY_SET, ctx);
    if (s->bucket == NULL || s->imports == NULL || s->collected == NULL || s->duty == NULL ||
        s->law == NULL) {
        code = ENT_ERR_NO_MEMORY;
    }
    for (int c = 0; code == ENT_OK && c < q->lines->n_cells; c++) {
        s->bucket[c] = wanted(q, c) ? bucket_of(q, c) : -1;
        if (s->bucket[c] >= 0) {
            s->collected[s->bucket[c]] += q->law->trade.duty[c];
        }
    }
    return code;
}

static void move(sums_t *s, const ent_lines_when_t *when)
{
    ent_lines_move(&s->day, when);
    ent_lines_sum(&s->day, s->bucket, s->n, s->imports, s->duty, s->law);
}

static double ratio(double duty, double imports)
{
    return imports > 0.0 ? percent * duty / imports : NAN;
}

/* ---- by partner and so on ---- */

enum { COLUMN_DAY, COLUMN_LABEL, COLUMN_IMPORTS, COLUMN_COLLECTED, COLUMN_RATE, COLUMN_CHANGE, COLUMN_LAW };

static void sum_columns(const ent_lines_query_t *q, ent_table_t *table)
{
    const int year = q->law->trade.base_year;

    ent_table_column(table, "day", ENT_COLUMN_TEXT, "", "day");
    ent_table_column(table, ent_lines_by_names[q->by], ENT_COLUMN_TEXT, "", "%s", ent_lines_by_names[q->by]);
    ent_table_column(table, "imports", ENT_COLUMN_NUMBER, "million USD", "imports %d", year);
    ent_table_column(table, "collected_base", ENT_COLUMN_NUMBER, "%", "collected %d", year);
    ent_table_column(table, "rate", ENT_COLUMN_NUMBER, "%", "rate");
    ent_table_column(table, "change", ENT_COLUMN_NUMBER, "percentage points", "change since");
    ent_table_column(table, "law", ENT_COLUMN_NUMBER, "percentage points", "of special duties");
}

static void sum_row(ent_table_t *table, const char *day, const char *label, int rule, const double v[4])
{
    ent_table_row(table, rule);
    ent_table_text(table, COLUMN_DAY, day);
    ent_table_text(table, COLUMN_LABEL, label);
    ent_table_number(table, COLUMN_IMPORTS, million * v[0], 1);
    ent_table_number(table, COLUMN_COLLECTED, ratio(v[1], v[0]), 2);
    ent_table_number(table, COLUMN_RATE, ratio(v[2], v[0]), 2);
    ent_table_number(table, COLUMN_CHANGE, ratio(v[2] - v[1], v[0]), 2);
    ent_table_number(table, COLUMN_LAW, ratio(v[3], v[0]), 2);
}

static void sum_rows(const sums_t *s, ent_day_t on, ent_table_t *table)
{
    double all[4] = {0};
    char day[16], words[32];

    ent_day_format(on, day);
    for (int b = 0; b < s->n; b++) {
        const double v[4] = {s->imports[b], s->collected[b], s->duty[b], s->law[b]};

        if (v[0] > 0.0) {
            sum_row(table, day, label_of(s->q, b, words), 0, v);
            for (int i = 0; i < 4; i++) {
                all[i] += v[i];
            }
        }
    }
    sum_row(table, day, "all", 1, all);
}

/* ---- by set of measures ---- */

static void set_columns(ent_table_t *table)
{
    ent_table_column(table, "day", ENT_COLUMN_TEXT, "", "day");
    ent_table_column(table, "set", ENT_COLUMN_TEXT, "", "set");
    ent_table_column(table, "adds", ENT_COLUMN_NUMBER, "percentage points", "adds");
    ent_table_column(table, "duty", ENT_COLUMN_NUMBER, "million USD a year", "on base trade");
}

static void set_row(ent_table_t *table, const char *day, const char *set, int rule, double duty,
                    double imports)
{
    ent_table_row(table, rule);
    ent_table_text(table, 0, day);
    ent_table_text(table, 1, set);
    ent_table_number(table, 2, ratio(duty, imports), 3);
    ent_table_number(table, 3, million * duty, 1);
}

static void set_rows(const sums_t *s, ent_day_t on, ent_table_t *table)
{
    const ent_lines_query_t *q = s->q;
    const size_t n = (size_t)q->lines->n_cells;
    double all = 0.0;
    char day[16];

    ent_day_format(on, day);
    for (int set = 0; set < q->law->n_sets; set++) {
        const double *adds = &s->day.by_set[(size_t)set * n];
        double duty = 0.0;

        for (size_t c = 0; c < n; c++) {
            duty += s->bucket[c] >= 0 ? q->law->trade.imports[c] * adds[c] : 0.0;
        }
        if (duty != 0.0) {
            set_row(table, day, q->law->sets[set], 0, duty, s->imports[0]);
        }
        all += duty;
    }
    set_row(table, day, "all", 1, all, s->imports[0]);
}

/* ---- days ---- */

static void rows_of(sums_t *s, ent_day_t on, ent_table_t *table)
{
    ent_lines_when_t when = s->q->when;

    if (s->q->over_time) {
        when.arrive = when.loaded = on;
    }
    move(s, &when);
    if (s->q->by == ENT_BY_SET) {
        set_rows(s, on, table);
    } else {
        sum_rows(s, on, table);
    }
}

static void all_days(sums_t *s, ent_table_t *table)
{
    ent_day_t days[MOST_DAYS];
    const int n = ent_lines_days(s->q->law, ENT_DAY_ALWAYS + 1, ENT_DAY_NEVER - 1, days, MOST_DAYS);

    for (int i = 0; i < n && i < MOST_DAYS; i++) {
        rows_of(s, days[i], table);
    }
}

int ent_lines_table(const ent_lines_query_t *q, ent_table_t *table, ent_context_t *ctx)
{
    sums_t s;
    const int code = sums_init(&s, q, ctx);

    ent_table_init(table, "lines", "Duty by %s on imports into the country of the law",
                   ent_lines_by_names[q->by]);
    if (q->by == ENT_BY_SET) {
        set_columns(table);
    } else {
        sum_columns(q, table);
    }
    if (code == ENT_OK && q->over_time) {
        all_days(&s, table);
    } else if (code == ENT_OK) {
        rows_of(&s, q->when.arrive, table);
    }
    ent_table_note(table, "means weighted by imports of %d at customs value; %s", q->law->trade.base_year,
                   q->when.final ? "after refunds" : "as collected");
    sums_free(&s);
    return code;
}

/* ---- lines on which a point costs most ---- */

typedef struct {
    int line;
    double imports, rate, now, duty, lost; /* USD, fraction, USD */
} cost_t;

static int compare_costs(const void *a, const void *b)
{
    const cost_t *x = a, *y = b;

    return x->lost != y->lost ? (x->lost < y->lost ? 1 : -1) : (x->line > y->line) - (x->line < y->line);
}

/* Trade answers the landed cost at a constant elasticity e: V = V0 ((1 + t) / (1 + t0))^-e before duty, so
 * that a point more costs e V / (1 + t) of exports. Supply is elastic and others' prices stay: no
 * equilibrium. */
static int find_costs(const sums_t *s, cost_t *costs)
{
    const ent_lines_query_t *q = s->q;
    int n = 0;

    for (int b = 0; b < s->n; b++) {
        if (s->imports[b] > 0.0) {
            const double rate = s->duty[b] / s->imports[b], base = s->collected[b] / s->imports[b];
            const double now = s->imports[b] * pow((1.0 + rate) / (1.0 + base), -q->elasticity);

            costs[n++] =
                (cost_t){b, s->imports[b], rate, now, 0.01 * now, 0.01 * q->elasticity * now / (1.0 + rate)};
        }
    }
    qsort(costs, (size_t)n, sizeof *costs, compare_costs);
    return n;
}

static void cost_columns(const ent_lines_query_t *q, ent_table_t *table)
{
    ent_table_column(table, "line", ENT_COLUMN_TEXT, "", "line");
    ent_table_column(table, "imports", ENT_COLUMN_NUMBER, "million USD", "imports %d",
                     q->law->trade.base_year);
    ent_table_column(table, "rate", ENT_COLUMN_NUMBER, "%", "rate");
    ent_table_column(table, "answered", ENT_COLUMN_NUMBER, "million USD", "after response");
    ent_table_column(table, "duty_per_point", ENT_COLUMN_NUMBER, "million USD", "duty a point");
    ent_table_column(table, "exports_lost_per_point", ENT_COLUMN_NUMBER, "million USD",
                     "exports lost a point");
    ent_table_column(table, "description", ENT_COLUMN_TEXT, "", "what");
}

static void cost_row(const ent_lines_query_t *q, const cost_t *cost, ent_table_t *table)
{
    char code[16];

    ent_hs_format(q->law->trade.line[cost->line], ENT_HS_DIGITS, code);
    ent_table_row(table, 0);
    ent_table_text(table, 0, code);
    ent_table_number(table, 1, million * cost->imports, 1);
    ent_table_number(table, 2, percent * cost->rate, 2);
    ent_table_number(table, 3, million * cost->now, 1);
    ent_table_number(table, 4, million * cost->duty, 2);
    ent_table_number(table, 5, million * cost->lost, 2);
    ent_table_text(table, 6, q->law->trade.description != NULL ? q->law->trade.description[cost->line] : "");
}

int ent_lines_costliest(const ent_lines_query_t *q, ent_table_t *table, ent_context_t *ctx)
{
    sums_t s;
    int code = sums_init(&s, q, ctx), n = 0;
    cost_t *costs = ent_calloc(ctx, (size_t)s.n, sizeof *costs);
    char day[16];

    ent_day_format(q->when.arrive, day);
    ent_table_init(table, "costliest", "Lines on which a point of tariff costs %s most on %s",
                   q->partner >= 0 ? q->law->partners[q->partner].code : "all exporters", day);
    cost_columns(q, table);
    code = code == ENT_OK && costs == NULL ? ENT_ERR_NO_MEMORY : code;
    if (code == ENT_OK) {
        move(&s, &q->when);
        n = find_costs(&s, costs);
    }
    for (int i = 0; i < n && i < q->costliest; i++) {
        cost_row(q, &costs[i], table);
    }
    ent_table_note(
        table,
        "trade answers landed cost at a constant elasticity of %g; a point is a percentage point of duty",
        q->elasticity);
    free(costs);
    sums_free(&s);
    return code;
}
