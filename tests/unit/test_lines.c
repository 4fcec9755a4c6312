/* The law by product line: rates as a customs form shows them, sums, lists split in two, what ended stays
 * ended. The working directory is the source folder. */
#include "ent_test.h"

#include "io/csv_table.h"
#include "io/law_file.h"
#include "policy/lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    ent_law_t law;
    ent_cover_t cover;
    double answers[64];
    int n_cases;
    char worst[256];
    ent_context_t ctx;
} shipped_t;

static int open_shipped(void **state)
{
    shipped_t *s = calloc(1, sizeof *s);

    ent_context_init(&s->ctx);
    if (ent_law_read(&s->law, "data/law-us.h5", NULL, &s->ctx) != ENT_OK ||
        ent_cover_init(&s->cover, &s->law, &s->ctx) != ENT_OK) {
        ent_context_print(&s->ctx, stderr);
        return -1;
    }
    assert_true(s->law.n_conditions <= 64);
    ent_lines_form_answers(&s->law, s->answers);
    *state = s;
    return 0;
}

static int close_shipped(void **state)
{
    shipped_t *s = *state;

    ent_cover_free(&s->cover);
    ent_law_free(&s->law);
    ent_context_free(&s->ctx);
    free(s);
    return 0;
}

/* ---- rates of a form ---- */

static const ent_csv_column_t case_columns[] = {
    {"hs10", 1},     {"partner", 1}, {"entry_date", 1}, {"ordinary_duty_pct", 1}, {"expected_total_pct", 1},
    {"measures", 1}, {NULL, 0}};

/* The measures that add something, joined by a plus sign, as the table has them. */
static void name_parts(const ent_law_t *law, const ent_lines_part_t *parts, int n, char *names, size_t size)
{
    size_t used = 0;

    names[0] = '\0';
    for (int i = 0; i < n; i++) {
        if (parts[i].adds > 0.0) {
            used += (size_t)snprintf(names + used, size - used, "%s%s", used > 0 ? "+" : "",
                                     law->measures[parts[i].measure].id);
        }
    }
}

static int try_case(void *data, const ent_csv_row_t *row)
{
    shipped_t *s = data;
    ent_hs_range_t range;
    ent_day_t on;
    ent_lines_part_t parts[64];
    int n = 0;
    char names[256], rate[32];

    assert_int_equal(ent_hs_parse(row->cell[0], &range), 10);
    assert_int_equal(ent_day_parse(row->cell[2], &on), ENT_OK);
    const double ordinary = atof(row->cell[3]) / 100.0;
    const ent_lines_question_t question = {.code = range.low,
                                           .partner = ent_law_partner(&s->law, row->cell[1]),
                                           .ordinary = ordinary,
                                           .answers = s->answers,
                                           .form = 1,
                                           .when = {on, on, ENT_DAY_NEVER, 0, NULL}};
    assert_true(question.partner >= 0);
    const double added = ent_lines_ask(&s->cover, &s->law, &question, parts, 64, &n);
    snprintf(rate, sizeof rate, "%.6g", 100.0 * (ordinary + added));
    name_parts(&s->law, parts, n, names, sizeof names);
    if (strcmp(rate, row->cell[4]) != 0 || strcmp(names, row->cell[5]) != 0) {
        print_message("%s %s %s: %s (%s), not %s (%s)\n", row->cell[0], row->cell[1], row->cell[2], rate,
                      names, row->cell[4], row->cell[5]);
        s->n_cases -= 1000;
    }
    s->n_cases++;
    return ENT_OK;
}

static void every_form_case(void **state)
{
    shipped_t *s = *state;
    char *text;
    size_t size;

    assert_int_equal(ent_csv_load("tests/fixtures/law/form_cases.csv", &text, &size, &s->ctx), ENT_OK);
    assert_int_equal(ent_csv_read(text, size, "form_cases.csv", case_columns, try_case, s, &s->ctx), ENT_OK);
    free(text);
    assert_int_equal(s->n_cases, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_case),
    };
    return cmocka_run_group_tests(tests, open_shipped, close_shipped);
}
