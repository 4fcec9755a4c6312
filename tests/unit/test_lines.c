/* The law by product line: rates as a customs form shows them, sums, lists split in two, what ended stays
 * ended. The working directory is the source folder. */
#include "ent_test.h"

#include "io/csv_table.h"
#include "io/law_file.h"
#include "policy/lines.h"
#include "words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

static int try_case(void *data, const ent_csv_named_t *row)
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
    const ent_csv_source_t source = {.path = "tests/fixtures/law/form_cases.csv"};

    assert_int_equal(ent_csv_read_named(&source, case_columns, try_case, s, &s->ctx), ENT_OK);
    assert_int_equal(s->n_cases, 20);
}

/* ---- sums ---- */

/* Ten ways to put partners and lines together: each sum equals that over its cells, and all together the
 * whole. */
static void sums_are_sums_over_lines(void **state)
{
    shipped_t *s = *state;
    ent_lines_t lines;
    ent_lines_day_t day;
    const ent_lines_when_t when = {ent_day_of(2025, 11, 15), ent_day_of(2025, 11, 15), ENT_DAY_NEVER, 0,
                                   NULL};
    const int divisors[10] = {1, 2, 3, 5, 7, 11, 13, 17, 28, 51};

    assert_int_equal(ent_lines_init(&lines, &s->law, &s->ctx), ENT_OK);
    assert_int_equal(ent_lines_day_init(&day, &lines, 0, &s->ctx), ENT_OK);
    ent_lines_move(&day, &when);
    int *bucket = calloc((size_t)lines.n_cells, sizeof *bucket);
    double whole_duty = 0.0, whole_law = 0.0;
    for (int c = 0; c < lines.n_cells; c++) {
        whole_duty += s->law.trade.imports[c] * ent_lines_rate(&day, c);
        whole_law += s->law.trade.imports[c] * day.law[c];
    }
    assert_true(whole_duty > 3e11 && whole_law > 3e11);
    for (int i = 0; i < 10; i++) {
        double duty[60], law[60], direct[60] = {0}, sum_duty = 0.0, sum_law = 0.0;

        for (int c = 0; c < lines.n_cells; c++) {
            bucket[c] = (lines.line_sector[lines.cell_line[c]] + 1 + s->law.trade.partner[c]) % divisors[i];
            direct[bucket[c]] += s->law.trade.imports[c] * ent_lines_rate(&day, c);
        }
        ent_lines_sum(&day, bucket, divisors[i], NULL, duty, law);
        for (int b = 0; b < divisors[i]; b++) {
            assert_close(duty[b], direct[b], 1e-12);
            sum_duty += duty[b];
            sum_law += law[b];
        }
        assert_close(sum_duty, whole_duty, 1e-12);
        assert_close(sum_law, whole_law, 1e-12);
    }
    free(bucket);
    ent_lines_day_free(&day);
    ent_lines_free(&lines);
}

/* Moving from day to day, back and forth, gives the bits of a day looked at alone; sets add up to the law. */
static void days_do_not_depend_on_the_way(void **state)
{
    shipped_t *s = *state;
    ent_lines_t lines;
    ent_lines_day_t walking, alone;
    const ent_day_t days[] = {ent_day_of(2026, 9, 15), ent_day_of(2018, 7, 6), ent_day_of(2025, 6, 4),
                              ent_day_of(2026, 2, 24), ent_day_of(2025, 6, 3)};

    assert_int_equal(ent_lines_init(&lines, &s->law, &s->ctx), ENT_OK);
    assert_int_equal(ent_lines_day_init(&walking, &lines, 1, &s->ctx), ENT_OK);
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        const ent_lines_when_t when = {days[i], days[i], ENT_DAY_NEVER, 0, NULL};

        assert_int_equal(ent_lines_day_init(&alone, &lines, 0, &s->ctx), ENT_OK);
        ent_lines_move(&walking, &when);
        ent_lines_move(&alone, &when);
        assert_memory_equal(walking.law, alone.law, (size_t)lines.n_cells * sizeof *alone.law);
        for (int c = 0; c < lines.n_cells; c += 97) {
            double sum = 0.0;

            for (int set = 0; set < s->law.n_sets; set++) {
                sum += walking.by_set[(size_t)set * (size_t)lines.n_cells + (size_t)c];
            }
            assert_within(sum, walking.law[c], 1e-15 + 1e-12 * sum);
        }
        ent_lines_day_free(&alone);
    }
    ent_lines_day_free(&walking);
    ent_lines_free(&lines);
}

/* Cells of a class have the same terms on every day: equal shares and ordinary duty give equal rates. */
static void classes_are_treated_alike(void **state)
{
    shipped_t *s = *state;
    ent_lines_t lines;

    assert_int_equal(ent_lines_init(&lines, &s->law, &s->ctx), ENT_OK);
    int *class = calloc((size_t)lines.n_cells, sizeof *class), *first = NULL;
    const int n = ent_lines_classes(&lines, class, &s->ctx);
    assert_true(n > 100 && n < lines.n_groups);
    first = calloc((size_t)n, sizeof *first);
    for (int c = lines.n_cells - 1; c >= 0; c--) {
        assert_true(class[c] >= 0 && class[c] < n);
        first[class[c]] = c;
    }
    const ent_day_t day = ent_day_of(2026, 9, 15);
    for (int c = 0; c < lines.n_cells; c += 31) {
        const int other = first[class[c]];
        ent_lines_question_t question = {.answers = s->answers, .when = {day, day, ENT_DAY_NEVER, 0, NULL}};
        double rate[2];

        for (int i = 0; i < 2; i++) {
            question.code = s->law.trade.line[lines.cell_line[i == 0 ? c : other]];
            question.partner = s->law.trade.partner[i == 0 ? c : other];
            rate[i] = ent_lines_ask(&s->cover, &s->law, &question, NULL, 0, NULL);
        }
        assert_true(rate[0] == rate[1]);
    }
    free(first);
    free(class);
    ent_lines_free(&lines);
}

/* ---- laws of one's own ---- */

static const char partners_table[] = "partner,name,group\nAAA,Aland,G\nBBB,Beland,G\nCCC,Celand,\n";
static const char conditions_table[] = "condition,question,form,share,low,high\n"
                                       "usmca_claim,claimed?,no,0.5,0,1\nus_content,content?,no,0.4,0,1\n"
                                       "content,metal?,yes,0.3,0.1,0.5\n";
static const char measures_header[] =
    "id,set,kind,legal,partners,lists,condition,rate,announced,effective,end,"
    "usmca,yields_to,replaces,priority\n";
static const char weights_table[] = "line,partner,imports_usd,duty_usd\n"
                                    "72081000,AAA,100,2\n72081000,BBB,50,1\n84501100,AAA,70,0\n"
                                    "84501100,CCC,30,3\n87032300,BBB,20,0.5\n";

typedef struct {
    char folder[FOLDER_NAME];
    ent_law_t law;
    ent_context_t ctx;
} own_t;

static void put_in(const own_t *own, const char *name, const char *text)
{
    char path[1024];

    snprintf(path, sizeof path, "%s/%s", own->folder, name);
    put(path, text);
}

static void own_init(own_t *own)
{
    char path[256];

    memset(own, 0, sizeof *own);
    ent_context_init(&own->ctx);
    make_folder(own->folder);
    snprintf(path, sizeof path, "%s/lists", own->folder);
    assert_int_equal(mkdir(path, 0777), 0);
    put_in(own, "partners.csv", partners_table);
    put_in(own, "conditions.csv", conditions_table);
    put_in(own, "weights.csv", weights_table);
    put_in(own, "lists/metal.csv", "prefix,share,from,until\n72,1,,\n8450,0.5,,\n");
}

/* Read, and make the cover, which is where rows that contradict one another are found. */
static int own_finish(own_t *own)
{
    ent_cover_t cover;
    int code = ent_law_read(&own->law, own->folder, NULL, &own->ctx);

    if (code == ENT_OK) {
        code = ent_cover_init(&cover, &own->law, &own->ctx);
        ent_cover_free(&cover);
    }
    return code;
}

static int own_read(own_t *own, const char *measures)
{
    char *text = malloc(sizeof measures_header + strlen(measures));

    strcpy(text, measures_header);
    strcat(text, measures);
    put_in(own, "measures.csv", text);
    free(text);
    ent_context_clear(&own->ctx);
    return own_finish(own);
}

static void own_free(own_t *own)
{
    ent_law_free(&own->law);
    ent_context_free(&own->ctx);
    remove_folder(own->folder);
}

static double own_rate(const own_t *own, const char *code, const char *partner, ent_day_t on, int form)
{
    ent_cover_t cover;
    ent_hs_range_t range;
    ent_context_t ctx;
    double answers[8];

    ent_context_init(&ctx);
    assert_int_equal(ent_cover_init(&cover, &own->law, &ctx), ENT_OK);
    assert_true(ent_hs_parse(code, &range) > 0);
    for (int k = 0; k < own->law.n_conditions; k++) {
        answers[k] = form ? own->law.conditions[k].form : own->law.conditions[k].share;
    }
    const ent_lines_question_t question = {.code = range.low,
                                           .partner = ent_law_partner(&own->law, partner),
                                           .ordinary = 0.02,
                                           .answers = answers,
                                           .form = form,
                                           .when = {on, on, ENT_DAY_NEVER, 0, NULL}};
    const double rate = ent_lines_ask(&cover, &own->law, &question, NULL, 0, NULL);
    ent_cover_free(&cover);
    ent_context_free(&ctx);
    return rate;
}

/* By hand: metal of half the line, of which 0.3 is content, at 50 %; all goods at 10 % on what is left;
 * floors on the ordinary duty of 2 %; a group but one. */
static void a_law_by_hand(void **state)
{
    own_t own;
    const ent_day_t on = ent_day_of(2025, 6, 1);

    (void)state;
    own_init(&own);
    assert_int_equal(own_read(&own, "m,metal,additive,x,G,metal,content,0.5,2025-01-01,2025-02-01,,,,,\n"
                                    "r,all,additive,x,all,all,,0.1,2025-01-01,2025-03-01,,,metal,,\n"
                                    "f,all,floor,x,CCC,all,,0.15,2025-01-01,2025-04-01,,exempt,,,1\n"),
                     ENT_OK);
    assert_close(own_rate(&own, "7208.10.00", "AAA", on, 1), 0.5, 1e-14);
    assert_close(own_rate(&own, "7208.10.00", "AAA", on, 0), 0.3 * 0.5 + 0.7 * 0.1, 1e-14);
    assert_close(own_rate(&own, "8450.11", "BBB", on, 0), 0.15 * 0.5 + 0.85 * 0.1, 1e-14);
    assert_close(own_rate(&own, "8703.23", "BBB", on, 0), 0.1, 1e-14);
    assert_close(own_rate(&own, "8703.23", "CCC", on, 1), 0.13, 1e-14);
    assert_close(own_rate(&own, "8703.23", "CCC", on, 0), 0.5 * 0.13, 1e-14);
    assert_close(own_rate(&own, "8703.23", "CCC", ent_day_of(2025, 3, 31), 1), 0.1, 1e-14);
    own_free(&own);
}

/* Steel of 2018 is 25 %, replaced by 50 %, which ends: nothing comes back, unless the 50 % had never been
 * made. */
static void ended_is_ended(void **state)
{
    own_t own;

    (void)state;
    own_init(&own);
    assert_int_equal(own_read(&own,
                              "old,s,additive,x,all,metal,,0.25,2018-01-01,2018-03-23,,,,,\n"
                              "new,s,additive,x,G,metal,,0.5,2025-01-01,2025-03-12,2026-04-06,,,old,\n"),
                     ENT_OK);
    assert_close(own_rate(&own, "7208", "AAA", ent_day_of(2025, 3, 11), 1), 0.25, 1e-14);
    assert_close(own_rate(&own, "7208", "AAA", ent_day_of(2025, 3, 12), 1), 0.5, 1e-14);
    assert_true(own_rate(&own, "7208", "AAA", ent_day_of(2026, 4, 6), 1) == 0.0);
    assert_close(own_rate(&own, "7208", "CCC", ent_day_of(2026, 4, 6), 1), 0.25, 1e-14);
    own_free(&own);
}

/* A list cut in two, in files of their own, changes no bit of any rate. */
static void a_list_split_in_two(void **state)
{
    own_t own[2];
    ent_lines_t lines[2];
    ent_lines_day_t day[2];
    const ent_day_t on = ent_day_of(2025, 6, 1);
    const ent_lines_when_t when = {on, on, ENT_DAY_NEVER, 0, NULL};
    const char *const lists[2] = {"metal", "metal_72 metal_84"};

    (void)state;
    for (int i = 0; i < 2; i++) {
        char text[512];

        own_init(&own[i]);
        put_in(&own[i], "lists/metal_72.csv", "prefix\n72\n");
        put_in(&own[i], "lists/metal_84.csv", "prefix,share\n8450,0.5\n");
        snprintf(text, sizeof text,
                 "m,metal,additive,x,all,%s,content,0.37,2025-01-01,2025-02-01,,,,,\n"
                 "r,all,additive,x,all,all,,0.11,2025-01-01,2025-03-01,,,metal,,\n",
                 lists[i]);
        assert_int_equal(own_read(&own[i], text), ENT_OK);
        assert_int_equal(ent_lines_init(&lines[i], &own[i].law, &own[i].ctx), ENT_OK);
        assert_int_equal(ent_lines_day_init(&day[i], &lines[i], 0, &own[i].ctx), ENT_OK);
        ent_lines_move(&day[i], &when);
        assert_true(day[i].law[0] > 0.1);
    }
    assert_memory_equal(day[0].law, day[1].law, (size_t)lines[0].n_cells * sizeof *day[0].law);
    for (int i = 0; i < 2; i++) {
        ent_lines_day_free(&day[i]);
        ent_lines_free(&lines[i]);
        own_free(&own[i]);
    }
}

/* ---- bad input ---- */

typedef struct {
    const char *file, *text, *measures, *words[3];
} bad_t;

#define GOOD "m,s,additive,x,all,metal,,0.5,2025-01-01,2025-02-01,,,,,\n"

static const bad_t bad[] = {
    {"lists/metal.csv", "prefix\n7208a\n", GOOD, {"digits only", "7208a"}},
    {"lists/metal.csv", "prefix\n203294\n72.081\n", GOOD, {"dropped the zero in front", "072.081"}},
    {"lists/metal.csv", "prefix\n1234567\n", GOOD, {"01234567"}},
    {"lists/metal.csv", "prefix\n720810000000\n", GOOD, {"at most ten digits"}},
    {"lists/metal.csv", "prefix\n0012\n", GOOD, {"no chapter 00"}},
    {"lists/metal.csv", "prefix\n7208\n7208\n", GOOD, {"on list metal twice", "see line 2"}},
    {"lists/metal.csv", "prefix,share\n7208,1.2\n", GOOD, {"from 0 to 1"}},
    {"lists/metal.csv", "prefix,from,until\n7208,2025-05-01,2025-04-01\n", GOOD, {"before the first"}},
    {"lists/metal.csv", "prefix,form\n7208,2025-05-01\n", GOOD, {"no such column", "from"}},
    {"lists/other.csv",
     "prefix,share\n7208,0.4\n",
     "m,s,additive,x,all,metal other,,0.5,2025-01-01,2025-02-01,,,,,\n",
     {"overlap on 7208.00.0000"}},
    {NULL, NULL, "m,s,additive,x,all,metal,,25,2025-01-01,2025-02-01,,,,,\n", {"not in per cent", "0.25"}},
    {NULL, NULL, "m,s,additive,x,all,metal,,25%,2025-01-01,2025-02-01,,,,,\n", {"not in per cent", "0.25"}},
    {NULL,
     NULL,
     "m,s,additive,x,all,metal,,0.5,2025-03-01,2025-02-01,,,,,\n",
     {"not earlier than announced"}},
    {NULL,
     NULL,
     "m,s,additive,x,all,metal,,0.5,2025-01-01,2025-02-01,2025-02-01,,,,\n",
     {"later than effective"}},
    {NULL, NULL, "m,s,additive,x,all,metal,,0.5,2025-01-01,2025-02-30,,,,,\n", {"exists in the calendar"}},
    {NULL, NULL, "m,s,additive,x,all,mettal,,0.5,2025-01-01,2025-02-01,,,,,\n", {"no such list", "metal"}},
    {NULL, NULL, "m,s,additive,x,AAB,metal,,0.5,2025-01-01,2025-02-01,,,,,\n", {"no such partner", "AAA"}},
    {NULL, NULL, "m,s,additive,x,G AAA,metal,,0.5,2025-01-01,2025-02-01,,,,,\n", {"named twice"}},
    {NULL,
     NULL,
     "m,s,aditive,x,all,metal,,0.5,2025-01-01,2025-02-01,,,,,\n",
     {"additive, floor or exemption"}},
    {NULL, NULL, GOOD GOOD, {"name of its own"}},
    {NULL,
     NULL,
     GOOD "n,s,floor,x,AAA,all,,0.2,2025-01-01,2025-02-01,,,,,\n",
     {"begins on the same day", "both cover 7200.00.0000"}},
    {NULL,
     NULL,
     "m,s,additive,x,all,metal,,0.5,2025-01-01,2025-02-01,,,t,,\n"
     "n,t,additive,x,all,metal,,0.5,2025-01-01,2025-02-01,,,u,,\n"
     "o,u,additive,x,all,metal,,0.5,2025-01-01,2025-02-01,,,s,,\n",
     {"must not yield in a circle", "yields to"}},
    {NULL, NULL, "m,s,additive,x,all,metal,,0.5,2025-01-01,2025-02-01,,,steal,,\n", {"no such set"}},
    {NULL, NULL, GOOD "n,t,additive,x,all,metal,,0.5,2025-01-01,2025-03-01,,,,m,\n", {"another of its set"}},
    {"partners.csv",
     "partner,name,group\nAAA,a,G\nBBB,b,G\nCCC,c,\nAAA,a,H\n",
     GOOD,
     {"do not overlap", "line 2"}},
    {"weights.csv", "line,partner,imports_usd\n72081000,AAA,1\n72081000,BBB,1\n", GOOD, {"no row here"}},
    {"weights.csv", "line,imports_usd\n72081000,1\n", GOOD, {"needs this column"}},
    {"weights.csv", "line,partner,imports_usd\n72081000,AAX,1\n", GOOD, {"no such partner", "AAA"}},
    {"weights.csv",
     "line,partner,imports_usd\n72081000,AAA,1\n720810,BBB,1\n",
     GOOD,
     {"all lines have 8 digits"}},
    {"weights.csv", "line,partner,imports_usd\n72081000,AAA,-1\n", GOOD, {"not negative"}},
    {"conditions.csv", "condition,question,form,share\ncontent,?,perhaps,0.3\n", GOOD, {"yes or no"}},
    {"shares.csv", "condition,prefix,share\ncontend,72,0.3\n", GOOD, {"no such condition", "content"}},
};

static void every_fault_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        own_t own;

        own_init(&own);
        if (bad[i].file != NULL) {
            put_in(&own, bad[i].file, bad[i].text);
        }
        const int code = own_read(&own, bad[i].measures);
        if (code != ENT_ERR_DATA) {
            print_message("case %zu: code %d\n", i, code);
        }
        assert_int_equal(code, ENT_ERR_DATA);
        for (int w = 0; w < 3 && bad[i].words[w] != NULL; w++) {
            if (!told(&own.ctx, bad[i].words[w])) {
                print_message("case %zu lacks \"%s\"\n", i, bad[i].words[w]);
                ent_context_print(&own.ctx, stderr);
                fail();
            }
        }
        own_free(&own);
    }
}

/* Faults of several tables and rows come in one report. */
static void all_faults_at_once(void **state)
{
    own_t own;

    (void)state;
    own_init(&own);
    put_in(&own, "lists/metal.csv", "prefix\n721\n7208x\n");
    assert_int_equal(own_read(&own, "m,s,additive,x,all,metall,,25,2025-03-01,2025-02-01,,,s,,\n"),
                     ENT_ERR_DATA);
    assert_true(told(&own.ctx, "0721") && told(&own.ctx, "7208x") && told(&own.ctx, "no such list") &&
                told(&own.ctx, "not in per cent") && told(&own.ctx, "not earlier than") &&
                told(&own.ctx, "in a circle"));
    own_free(&own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_case),
        cmocka_unit_test(sums_are_sums_over_lines),
        cmocka_unit_test(days_do_not_depend_on_the_way),
        cmocka_unit_test(classes_are_treated_alike),
        cmocka_unit_test(a_law_by_hand),
        cmocka_unit_test(ended_is_ended),
        cmocka_unit_test(a_list_split_in_two),
        cmocka_unit_test(every_fault_is_told),
        cmocka_unit_test(all_faults_at_once),
    };
    return cmocka_run_group_tests(tests, open_shipped, close_shipped);
}
