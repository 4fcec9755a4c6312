#include "cli/line_tables.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double percent = 100.0, million = 1e-6;
enum { MOST_PARTS = 128, MOST_WORDS = 512, MOST_DAYS = 2000 };

/* Lines under the prefix that the law treats alike on the day. */
typedef struct {
    ent_hs_t code; /* the one with most trade */
    int n_lines;
    double trade, code_trade; /* USD from the partner */
    double duty;              /* USD at mean rates */
    double added;             /* by the law, on a form */
    char measures[MOST_WORDS];
} treatment_t;

typedef struct {
    treatment_t *items;
    int n;
    size_t capacity;
} treatments_t;

static ent_lines_question_t question_of(const ent_line_query_t *q, ent_hs_t code, double ordinary)
{
    return (ent_lines_question_t){.code = code,
                                  .partner = q->partner,
                                  .ordinary = ordinary,
                                  .answers = q->answers,
                                  .form = 1,
                                  .when = q->when};
}

/* Cell of a line and the partner, -1: no trade. */
static int cell_of(const ent_line_query_t *q, int line)
{
    const ent_law_trade_t *trade = &q->law->trade;

    for (int c = trade->first[line]; c < trade->first[line + 1]; c++) {
        if (trade->partner[c] == q->partner) {
            return c;
        }
    }
    return -1;
}

static int first_line(const ent_law_trade_t *trade, ent_hs_t code)
{
    int i = 0;

    while (i < trade->n_lines && trade->line[i] < code) {
        i++;
    }
    return i;
}

/* ---- ordinary duty ---- */

/* The highest rate collected from partners without special duties in the base year that send a hundredth of
 * the line's trade or more: who has a preference pays less. */
static double highest_rate(const ent_lines_t *lines, int line)
{
    const ent_law_trade_t *trade = &lines->law->trade;
    const double least = 0.01;
    double sum = 0.0, highest = 0.0;

    for (int c = trade->first[line]; c < trade->first[line + 1]; c++) {
        sum += trade->imports[c];
    }
    for (int c = trade->first[line]; c < trade->first[line + 1]; c++) {
        if (lines->base[c] < 1e-9 && trade->imports[c] >= least * sum) {
            highest = fmax(highest, lines->collected[c]);
        }
    }
    return highest;
}

/* Nothing for a partner that paid less than half of the highest rate in the base year and so claims a
 * preference, else that rate, to a tenth of a point, as tariffs are written. */
static double ordinary_of(const ent_line_query_t *q, ent_hs_t code)
{
    const ent_law_trade_t *trade = &q->law->trade;
    const int line = first_line(trade, code);

    if (!isnan(q->ordinary)) {
        return q->ordinary;
    }
    if (line >= trade->n_lines || trade->line[line] != code) {
        return 0.0;
    }
    const int cell = cell_of(q, line);
    const double highest = highest_rate(q->lines, line);
    const int claims = cell >= 0 && q->lines->collected[cell] < 0.5 * highest;
    return claims ? 0.0 : round(1000.0 * highest) / 1000.0;
}

/* ---- treatments ---- */

/* Measures that bear on the line, with a plus sign between. */
static void join_measures(const ent_law_t *law, const ent_lines_part_t *parts, int n, char words[MOST_WORDS])
{
    size_t used = 0;

    words[0] = '\0';
    for (int i = 0; i < n && used < MOST_WORDS - 1; i++) {
        const ent_law_measure_t *m = &law->measures[parts[i].measure];

        if (parts[i].counts && parts[i].adds != 0.0 && m->kind != ENT_LAW_EXEMPTION) {
            used += (size_t)snprintf(words + used, MOST_WORDS - used, "%s%s", used > 0 ? " + " : "", m->id);
        }
    }
}

static int add_treatment(treatments_t *all, const treatment_t *new, ent_context_t *ctx)
{
    for (int i = 0; i < all->n; i++) {
        treatment_t *old = &all->items[i];

        if (strcmp(old->measures, new->measures) == 0 && fabs(old->added - new->added) < 1e-12) {
            old->n_lines++;
            old->trade += new->trade;
            old->duty += new->duty;
            if (new->code_trade > old->code_trade) {
                old->code = new->code;
                old->code_trade = new->code_trade;
            }
            return ENT_OK;
        }
    }
    treatment_t *grown = ent_grow(ctx, all->items, &all->capacity, (size_t)all->n + 1, sizeof *grown);
    if (grown == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    all->items = grown;
    all->items[all->n++] = *new;
    return ENT_OK;
}

static void treat(const ent_line_query_t *q, ent_hs_t code, treatment_t *t)
{
    ent_lines_part_t parts[MOST_PARTS];
    const double ordinary = ordinary_of(q, code);
    const ent_lines_question_t question = question_of(q, code, ordinary);
    int n = 0;

    *t = (treatment_t){.code = code, .n_lines = 1};
    t->added = ent_lines_ask(&q->lines->cover, q->law, &question, parts, MOST_PARTS, &n);
    join_measures(q->law, parts, n, t->measures);
}

static int compare_treatments(const void *a, const void *b)
{
    const treatment_t *x = a, *y = b;

    return x->trade != y->trade ? (x->trade < y->trade ? 1 : -1) : (x->code > y->code) - (x->code < y->code);
}

/* By trade; a prefix without lines in the base year is one treatment, of its first code. */
static int find_treatments(const ent_line_query_t *q, const ent_lines_day_t *day, treatments_t *all,
                           ent_context_t *ctx)
{
    const ent_law_trade_t *trade = &q->law->trade;
    treatment_t t;
    int code = ENT_OK;

    for (int i = first_line(trade, q->range.low);
         code == ENT_OK && i < trade->n_lines && trade->line[i] < q->range.high; i++) {
        const int cell = cell_of(q, i);

        treat(q, trade->line[i], &t);
        if (cell >= 0) {
            t.trade = t.code_trade = trade->imports[cell];
            t.duty = trade->imports[cell] * ent_lines_rate(day, cell);
        }
        code = add_treatment(all, &t, ctx);
    }
    if (code == ENT_OK && all->n == 0) {
        treat(q, q->range.low, &t);
        code = add_treatment(all, &t, ctx);
    }
    if (code == ENT_OK) {
        qsort(all->items, (size_t)all->n, sizeof *all->items, compare_treatments);
    }
    return code;
}

/* ---- the form ---- */

enum {
    FORM_MEASURE,
    FORM_AUTHORITY,
    FORM_KIND,
    FORM_RATE,
    FORM_ON,
    FORM_ADDS,
    FORM_FROM,
    FORM_END,
    FORM_LEGAL
};

static void form_columns(ent_table_t *table)
{
    ent_table_column(table, "measure", ENT_COLUMN_TEXT, "", "measure");
    ent_table_column(table, "authority", ENT_COLUMN_TEXT, "", "authority");
    ent_table_column(table, "kind", ENT_COLUMN_TEXT, "", "kind");
    ent_table_column(table, "rate", ENT_COLUMN_NUMBER, "%", "rate");
    ent_table_column(table, "on_value", ENT_COLUMN_NUMBER, "%", "on value");
    ent_table_column(table, "adds", ENT_COLUMN_NUMBER, "percentage points", "adds");
    ent_table_column(table, "effective", ENT_COLUMN_TEXT, "", "in force");
    ent_table_column(table, "end", ENT_COLUMN_TEXT, "", "before");
    ent_table_column(table, "legal", ENT_COLUMN_TEXT, "", "legal reference");
}

static void empty_number(ent_table_t *table, int column)
{
    ent_table_text(table, column, "");
}

static void sum_row(ent_table_t *table, const char *label, double rate, int rule, const char *reference)
{
    ent_table_row(table, rule);
    ent_table_text(table, FORM_MEASURE, label);
    empty_number(table, FORM_RATE);
    empty_number(table, FORM_ON);
    ent_table_number(table, FORM_ADDS, percent * rate, 2);
    ent_table_text(table, FORM_LEGAL, reference);
}

static const char *const kind_names[] = {"additive", "floor", "exemption"};

static void part_row(const ent_line_query_t *q, const ent_lines_part_t *part, ent_table_t *table)
{
    const ent_law_measure_t *m = &q->law->measures[part->measure];
    const double on = part->list * part->condition * part->left * (1.0 - part->exempt);
    char day[16];

    ent_table_row(table, 0);
    ent_table_text(table, FORM_MEASURE, m->id);
    ent_table_text(table, FORM_AUTHORITY, m->authority);
    ent_table_text(table, FORM_KIND, part->counts ? kind_names[m->kind] : "another of its set counts");
    ent_table_number(table, FORM_RATE, percent * m->rate, 2);
    ent_table_number(table, FORM_ON, part->counts ? percent * on : 0.0, 1);
    ent_table_number(table, FORM_ADDS, percent * part->adds, 2);
    ent_day_format(m->effective, day);
    ent_table_text(table, FORM_FROM, day);
    ent_day_format(m->end, day);
    ent_table_text(table, FORM_END, m->end != ENT_DAY_NEVER ? day : "");
    ent_table_text(table, FORM_LEGAL, m->legal);
}

static void form_notes(const ent_line_query_t *q, const treatment_t *t, int n, ent_table_t *table)
{
    const ent_law_trade_t *trade = &q->law->trade;
    const int line = first_line(trade, t->code);
    char code[16], on[16];

    ent_hs_format(t->code, ENT_HS_DIGITS, code);
    ent_day_format(q->when.arrive, on);
    if (line < trade->n_lines && trade->line[line] == t->code && trade->description != NULL) {
        ent_table_note(table, "%s: %s", code, trade->description[line]);
    }
    ent_table_note(table, "arriving on %s from %s%s", on, q->law->partners[q->partner].name,
                   q->when.final ? "; after refunds" : "");
    if (t->trade > 0.0) {
        ent_table_note(table,
                       "trade of %d under the prefix treated so: %.1f million USD; what was collected of it "
                       "then, moved by the law since: %.1f %%",
                       trade->base_year, million * t->trade, percent * t->duty / t->trade);
    }
    if (n > 1) {
        ent_table_note(table, "the prefix has %d treatments; this is the one with most trade", n);
    }
}

/* What the law adds where conditions hold for shares of trade. */
static double mean_law(const ent_line_query_t *q, ent_hs_t code, double ordinary)
{
    double *shares = malloc(((size_t)q->law->n_conditions + 1) * sizeof *shares);
    ent_lines_question_t question = question_of(q, code, ordinary);
    double sum = NAN;

    if (shares != NULL) {
        for (int k = 0; k < q->law->n_conditions; k++) {
            shares[k] = ent_law_share_of(q->law, k, code, q->partner);
        }
        question.form = 0;
        question.answers = shares;
        sum = ent_lines_ask(&q->lines->cover, q->law, &question, NULL, 0, NULL);
    }
    free(shares);
    return sum;
}

static void fill_form(const ent_line_query_t *q, const treatments_t *all, ent_table_t *table)
{
    const treatment_t *t = &all->items[0];
    const double ordinary = ordinary_of(q, t->code);
    const ent_lines_question_t question = question_of(q, t->code, ordinary);
    ent_lines_part_t parts[MOST_PARTS];
    int n = 0;
    const double added = ent_lines_ask(&q->lines->cover, q->law, &question, parts, MOST_PARTS, &n);

    form_columns(table);
    sum_row(table, "ordinary duty", ordinary, 0,
            isnan(q->ordinary) ? "estimated from what was collected; say --ordinary" : "");
    for (int i = 0; i < n; i++) {
        part_row(q, &parts[i], table);
    }
    sum_row(table, "rate on a form", ordinary + added, 1, "");
    sum_row(table, "mean rate", ordinary + mean_law(q, t->code, ordinary), 0,
            "shares of trade in place of answers");
    form_notes(q, t, all->n, table);
}

/* ---- other treatments ---- */

static void fill_treatments(const treatments_t *all, ent_table_t *table)
{
    ent_table_column(table, "line", ENT_COLUMN_TEXT, "", "largest line");
    ent_table_column(table, "lines", ENT_COLUMN_NUMBER, "1", "lines");
    ent_table_column(table, "imports", ENT_COLUMN_NUMBER, "million USD", "imports");
    ent_table_column(table, "law_adds", ENT_COLUMN_NUMBER, "percentage points", "law adds on a form");
    ent_table_column(table, "mean_rate", ENT_COLUMN_NUMBER, "%", "mean rate");
    ent_table_column(table, "measures", ENT_COLUMN_TEXT, "", "measures");
    for (int i = 0; i < all->n; i++) {
        const treatment_t *t = &all->items[i];
        char code[16];

        ent_hs_format(t->code, ENT_HS_DIGITS, code);
        ent_table_row(table, 0);
        ent_table_text(table, 0, code);
        ent_table_number(table, 1, t->n_lines, 0);
        ent_table_number(table, 2, million * t->trade, 1);
        ent_table_number(table, 3, percent * t->added, 2);
        ent_table_number(table, 4, t->trade > 0.0 ? percent * t->duty / t->trade : NAN, 1);
        ent_table_text(table, 5, t->measures);
    }
}

/* ---- what would change it ---- */

static void mark_conditions(const ent_line_query_t *q, const ent_lines_part_t *parts, int n,
                            unsigned char *asked)
{
    for (int i = 0; i < n; i++) {
        const ent_law_measure_t *m = &q->law->measures[parts[i].measure];

        if (!parts[i].counts) {
            continue;
        }
        if (m->condition >= 0) {
            asked[m->condition] = 1;
        }
        if (m->claim != ENT_CLAIM_NOTHING) {
            asked[q->lines->claim] = 1;
        }
        if (m->claim == ENT_CLAIM_CONTENT && q->answers[q->lines->claim] > 0.0) {
            asked[q->lines->own_content] = 1;
        }
    }
}

static void change_row(ent_table_t *table, const char *what, const char *now, const char *then, double rate)
{
    ent_table_row(table, 0);
    ent_table_text(table, 0, what);
    ent_table_text(table, 1, now);
    ent_table_text(table, 2, then);
    ent_table_number(table, 3, percent * rate, 2);
}

static void answer_words(double answer, char words[16])
{
    snprintf(words, 16, answer >= 1.0 ? "yes" : answer <= 0.0 ? "no" : "%.0f %%", percent * answer);
}

/* Each condition that matters answered the other way. */
static void change_answers(const ent_line_query_t *q, ent_hs_t code, double ordinary,
                           const unsigned char *asked, double *answers, ent_table_t *table)
{
    memcpy(answers, q->answers, (size_t)q->law->n_conditions * sizeof *answers);
    for (int k = 0; k < q->law->n_conditions; k++) {
        if (asked[k]) {
            char now[16], then[16];
            ent_lines_question_t question = question_of(q, code, ordinary);

            answers[k] = q->answers[k] > 0.5 ? 0.0 : 1.0;
            question.answers = answers;
            answer_words(q->answers[k], now);
            answer_words(answers[k], then);
            change_row(table, q->law->conditions[k].question, now, then,
                       ordinary + ent_lines_ask(&q->lines->cover, q->law, &question, NULL, 0, NULL));
            answers[k] = q->answers[k];
        }
    }
}

/* Days after the one asked about on which the rate changes. */
static void change_days(const ent_line_query_t *q, ent_hs_t code, double ordinary, ent_table_t *table)
{
    ent_day_t days[MOST_DAYS];
    const int n = ent_lines_days(q->law, q->when.arrive + 1, ENT_DAY_NEVER - 1, days, MOST_DAYS);
    ent_lines_question_t question = question_of(q, code, ordinary);
    double last = ent_lines_ask(&q->lines->cover, q->law, &question, NULL, 0, NULL);

    for (int i = 0; i < n && i < MOST_DAYS; i++) {
        char day[16];

        question.when.arrive = question.when.loaded = days[i];
        const double rate = ent_lines_ask(&q->lines->cover, q->law, &question, NULL, 0, NULL);
        if (fabs(rate - last) > 1e-9) {
            ent_day_format(days[i], day);
            change_row(table, "goods that arrive later", "", day, ordinary + rate);
        }
        last = rate;
    }
}

static int fill_changes(const ent_line_query_t *q, const treatment_t *t, ent_table_t *table,
                        ent_context_t *ctx)
{
    const double ordinary = ordinary_of(q, t->code);
    const ent_lines_question_t question = question_of(q, t->code, ordinary);
    ent_lines_part_t parts[MOST_PARTS];
    int n = 0;
    unsigned char *asked = ent_calloc(ctx, (size_t)q->law->n_conditions, 1);
    double *answers = ent_calloc(ctx, (size_t)q->law->n_conditions, sizeof *answers);

    ent_table_column(table, "what", ENT_COLUMN_TEXT, "", "what");
    ent_table_column(table, "now", ENT_COLUMN_TEXT, "", "now");
    ent_table_column(table, "then", ENT_COLUMN_TEXT, "", "then");
    ent_table_column(table, "rate", ENT_COLUMN_NUMBER, "%", "rate");
    if (asked != NULL && answers != NULL) {
        (void)ent_lines_ask(&q->lines->cover, q->law, &question, parts, MOST_PARTS, &n);
        mark_conditions(q, parts, n, asked);
        change_answers(q, t->code, ordinary, asked, answers, table);
        change_days(q, t->code, ordinary, table);
    }
    const int code = asked != NULL && answers != NULL ? ENT_OK : ENT_ERR_NO_MEMORY;
    free(asked);
    free(answers);
    return code;
}

static int fill_tables(const ent_line_query_t *q, const treatments_t *all, ent_table_t tables[3],
                       ent_context_t *ctx)
{
    char prefix[16];
    const char *partner = q->law->partners[q->partner].code;
    int n = 1;

    ent_hs_format(q->range.low, q->digits, prefix);
    ent_table_init(&tables[0], "form", "Duty on %s from %s as a customs form shows it", prefix, partner);
    fill_form(q, all, &tables[0]);
    if (all->n > 1) {
        ent_table_init(&tables[n], "treatments", "Lines of %s that are treated alike", prefix);
        fill_treatments(all, &tables[n++]);
    }
    ent_table_init(&tables[n], "changes", "What would change it");
    (void)fill_changes(q, &all->items[0], &tables[n], ctx);
    return n + 1;
}

int ent_line_tables(const ent_line_query_t *query, ent_table_t tables[3], ent_context_t *ctx)
{
    treatments_t all = {0};
    ent_lines_day_t day;
    int n = 0, code = ent_lines_day_init(&day, query->lines, 0, ctx);

    if (code == ENT_OK) {
        ent_lines_move(&day, &query->when);
        code = find_treatments(query, &day, &all, ctx);
    }
    if (code == ENT_OK) {
        n = fill_tables(query, &all, tables, ctx);
    }
    ent_lines_day_free(&day);
    free(all.items);
    return n;
}

/* ---- over time ---- */

typedef struct {
    double form, mean;
    char measures[MOST_WORDS];
} moment_t;

/* Mean rate of all trade under the prefix from the partner, NaN without trade. */
static double mean_of(const ent_line_query_t *q, const ent_lines_day_t *day)
{
    const ent_law_trade_t *trade = &q->law->trade;
    double duty = 0.0, imports = 0.0;

    for (int i = first_line(trade, q->range.low); i < trade->n_lines && trade->line[i] < q->range.high; i++) {
        const int cell = cell_of(q, i);

        if (cell >= 0) {
            imports += trade->imports[cell];
            duty += trade->imports[cell] * ent_lines_rate(day, cell);
        }
    }
    return imports > 0.0 ? duty / imports : NAN;
}

static void moment_of(const ent_line_query_t *q, ent_hs_t code, ent_day_t on, ent_lines_day_t *day,
                      moment_t *moment)
{
    ent_lines_part_t parts[MOST_PARTS];
    const double ordinary = ordinary_of(q, code);
    ent_lines_question_t question = question_of(q, code, ordinary);
    int n = 0;

    question.when.arrive = question.when.loaded = on;
    ent_lines_move(day, &question.when);
    moment->form = ordinary + ent_lines_ask(&q->lines->cover, q->law, &question, parts, MOST_PARTS, &n);
    moment->mean = mean_of(q, day);
    join_measures(q->law, parts, n, moment->measures);
}

static int same_moment(const moment_t *a, const moment_t *b)
{
    return strcmp(a->measures, b->measures) == 0 && fabs(a->form - b->form) < 1e-12 &&
           (isnan(a->mean) || fabs(a->mean - b->mean) < 1e-9);
}

static ent_hs_t largest_line(const ent_line_query_t *q)
{
    const ent_law_trade_t *trade = &q->law->trade;
    ent_hs_t code = q->range.low;
    double most = -1.0;

    for (int i = first_line(trade, q->range.low); i < trade->n_lines && trade->line[i] < q->range.high; i++) {
        const int cell = cell_of(q, i);
        const double value = cell >= 0 ? trade->imports[cell] : 0.0;

        if (value > most) {
            most = value;
            code = trade->line[i];
        }
    }
    return code;
}

static void fill_over_time(const ent_line_query_t *q, ent_lines_day_t *day, ent_table_t *table)
{
    const ent_hs_t code = largest_line(q);
    ent_day_t days[MOST_DAYS];
    const int n = ent_lines_days(q->law, ENT_DAY_ALWAYS + 1, ENT_DAY_NEVER - 1, days, MOST_DAYS);
    moment_t last = {.form = NAN}, now;
    char words[16];

    for (int i = 0; i < n && i < MOST_DAYS; i++) {
        moment_of(q, code, days[i], day, &now);
        if (!same_moment(&last, &now)) {
            ent_day_format(days[i], words);
            ent_table_row(table, 0);
            ent_table_text(table, 0, words);
            ent_table_number(table, 1, percent * now.form, 2);
            ent_table_number(table, 2, percent * now.mean, 2);
            ent_table_text(table, 3, now.measures);
        }
        last = now;
    }
    ent_hs_format(code, ENT_HS_DIGITS, words);
    ent_table_note(
        table, "form: line %s; mean: all trade under the prefix; goods loaded on the day they arrive", words);
}

void ent_line_over_time(const ent_line_query_t *query, ent_table_t *table, ent_context_t *ctx)
{
    ent_lines_day_t day;
    char prefix[16];

    ent_hs_format(query->range.low, query->digits, prefix);
    ent_table_init(table, "over_time", "Duty on %s from %s over time", prefix,
                   query->law->partners[query->partner].code);
    ent_table_column(table, "from", ENT_COLUMN_TEXT, "", "from");
    ent_table_column(table, "form_rate", ENT_COLUMN_NUMBER, "%", "on a form");
    ent_table_column(table, "mean_rate", ENT_COLUMN_NUMBER, "%", "mean");
    ent_table_column(table, "measures", ENT_COLUMN_TEXT, "", "measures");
    if (ent_lines_day_init(&day, query->lines, 0, ctx) == ENT_OK) {
        fill_over_time(query, &day, table);
    }
    ent_lines_day_free(&day);
}
