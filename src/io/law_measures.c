/* Rows of measures.csv. */
#include "io/law_tables.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    COLUMN_ID,
    COLUMN_SET,
    COLUMN_KIND,
    COLUMN_AUTHORITY,
    COLUMN_LEGAL,
    COLUMN_IMPORTER,
    COLUMN_PARTNERS,
    COLUMN_EXCEPT_PARTNERS,
    COLUMN_LISTS,
    COLUMN_EXCEPT_LISTS,
    COLUMN_CONDITION,
    COLUMN_RATE,
    COLUMN_BASIS,
    COLUMN_ANNOUNCED,
    COLUMN_EFFECTIVE,
    COLUMN_END,
    COLUMN_END_ANNOUNCED,
    COLUMN_RETROACTIVE_TO,
    COLUMN_LOADED_BEFORE,
    COLUMN_ENTERED_BEFORE,
    COLUMN_USMCA,
    COLUMN_YIELDS_TO,
    COLUMN_REPLACES,
    COLUMN_PRIORITY,
    COLUMN_SOURCE,
    COLUMN_NOTE
};

const ent_csv_column_t ent_law_measure_columns[] = {{"id", 1},
                                                    {"set", 1},
                                                    {"kind", 1},
                                                    {"authority", 0},
                                                    {"legal", 1},
                                                    {"importer", 0},
                                                    {"partners", 1},
                                                    {"except_partners", 0},
                                                    {"lists", 1},
                                                    {"except_lists", 0},
                                                    {"condition", 0},
                                                    {"rate", 1},
                                                    {"basis", 0},
                                                    {"announced", 1},
                                                    {"effective", 1},
                                                    {"end", 0},
                                                    {"end_announced", 0},
                                                    {"retroactive_to", 0},
                                                    {"loaded_before", 0},
                                                    {"entered_before", 0},
                                                    {"usmca", 0},
                                                    {"yields_to", 0},
                                                    {"replaces", 0},
                                                    {"priority", 0},
                                                    {"source", 0},
                                                    {"note", 0},
                                                    {NULL, 0}};

static const double highest_rate = 2.0; /* of an all-in duty in force since 2018: Russian aluminium */

typedef struct {
    ent_law_t *law;
    const ent_csv_named_t *row;
    int code;
} reader_t;

static void keep(reader_t *r, int code)
{
    r->code = r->code == ENT_OK || code == ENT_ERR_NO_MEMORY ? code : r->code;
}

/* Hand over each word of a cell in turn. */
static void each_word(reader_t *r, int column, void (*take)(reader_t *, int, const char *, void *),
                      void *data)
{
    char *copy = ent_strdup(r->row->ctx, r->row->cell[column]), *rest = copy;

    if (copy == NULL) {
        keep(r, ENT_ERR_NO_MEMORY);
        return;
    }
    for (char *word = strtok_r(rest, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        take(r, column, word, data);
    }
    free(copy);
}

/* ---- partners ---- */

typedef struct {
    unsigned char *partner;
    unsigned char value;
} marking_t;

static void mark_partner(reader_t *r, int column, const char *word, void *data)
{
    const marking_t *marking = data;
    const ent_law_t *law = r->law;
    const int all = strcmp(word, "all") == 0, group = ent_law_group(law, word),
              one = ent_law_partner(law, word);

    if (!all && group < 0 && one < 0) {
        keep(r, ent_fault(r->row->ctx, ENT_ERR_DATA, r->row->path, r->row->line, 0,
                          r->row->columns[column].name, word, ent_law_nearest_partner(law, word),
                          "there is no such partner or group in partners.csv"));
        return;
    }
    for (int p = 0; p < law->n_partners; p++) {
        if (all || p == one || (group >= 0 && law->partners[p].group == group)) {
            if (marking->value && marking->partner[p] && !all) {
                keep(r, ent_fault(r->row->ctx, ENT_ERR_DATA, r->row->path, r->row->line, 0,
                                  r->row->columns[column].name, word, NULL,
                                  "%s is named twice, by itself or in groups that overlap",
                                  law->partners[p].code));
            }
            marking->partner[p] = marking->value;
        }
    }
}

static void take_partners(reader_t *r, ent_law_measure_t *m)
{
    marking_t marking = {NULL, 1};

    m->partner = ent_calloc(r->row->ctx, (size_t)r->law->n_partners, 1);
    if (m->partner == NULL) {
        keep(r, ENT_ERR_NO_MEMORY);
        return;
    }
    if (r->row->cell[COLUMN_PARTNERS][0] == '\0') {
        keep(r, ent_csv_fault(r->row, COLUMN_PARTNERS, NULL, "partners, groups, or all"));
    }
    marking.partner = m->partner;
    each_word(r, COLUMN_PARTNERS, mark_partner, &marking);
    marking.value = 0;
    each_word(r, COLUMN_EXCEPT_PARTNERS, mark_partner, &marking);
}

/* ---- lists ---- */

typedef struct {
    int all, n, *places;
    size_t capacity;
} places_t;

static void add_list(reader_t *r, int column, const char *word, void *data)
{
    places_t *places = data;
    const int list = ent_law_list(r->law, word);

    if (strcmp(word, "all") == 0 && column == COLUMN_LISTS) {
        places->all = 1;
        return;
    }
    if (list < 0) {
        keep(r,
             ent_fault(r->row->ctx, ENT_ERR_DATA, r->row->path, r->row->line, 0, r->row->columns[column].name,
                       word, ent_law_nearest_list(r->law, word), "there is no such list"));
        return;
    }
    int *grown =
        ent_grow(r->row->ctx, places->places, &places->capacity, (size_t)places->n + 1, sizeof *grown);
    if (grown == NULL) {
        keep(r, ENT_ERR_NO_MEMORY);
        return;
    }
    places->places = grown;
    places->places[places->n++] = list;
}

static void take_lists(reader_t *r, ent_law_measure_t *m)
{
    places_t lists = {0}, except = {0};

    if (r->row->cell[COLUMN_LISTS][0] == '\0') {
        keep(r, ent_csv_fault(r->row, COLUMN_LISTS, NULL, "names of lists, or all"));
    }
    each_word(r, COLUMN_LISTS, add_list, &lists);
    each_word(r, COLUMN_EXCEPT_LISTS, add_list, &except);
    m->all_lines = lists.all;
    m->n_lists = lists.n;
    m->lists = lists.places;
    m->n_except = except.n;
    m->except = except.places;
}

/* ---- words and numbers ---- */

static int choose(reader_t *r, int column, const char *const *names, size_t n, const char *rule)
{
    const char *word = r->row->cell[column];

    for (size_t i = 0; i < n; i++) {
        if (strcmp(names[i], word) == 0) {
            return (int)i;
        }
    }
    keep(r, ent_csv_fault(r->row, column, ent_nearest(word, names, n), "%s", rule));
    return 0;
}

static void take_rate(reader_t *r, ent_law_measure_t *m)
{
    const char *text = r->row->cell[COLUMN_RATE];
    char *end = NULL, cured[32];
    const double value = strtod(text, &end);
    const int per_cent = end != text && strcmp(end, "%") == 0;

    m->rate = value;
    if (end == text || (*end != '\0' && !per_cent) || !isfinite(value) || value < 0.0) {
        keep(r, ent_csv_fault(r->row, COLUMN_RATE, NULL, "a rate is a fraction: 0.25 for 25 %%"));
    } else if (per_cent || value > highest_rate) {
        snprintf(cured, sizeof cured, "%.6g", value / 100.0);
        keep(r, ent_csv_fault(r->row, COLUMN_RATE, cured,
                              "a rate is a fraction of at most %g, not in per cent", highest_rate));
    }
}

static void take_days(reader_t *r, ent_law_measure_t *m)
{
    const struct {
        int column;
        ent_day_t missing, *day;
    } days[] = {{COLUMN_ANNOUNCED, ENT_DAY_ALWAYS, &m->announced},
                {COLUMN_EFFECTIVE, ENT_DAY_ALWAYS, &m->effective},
                {COLUMN_END, ENT_DAY_NEVER, &m->end},
                {COLUMN_END_ANNOUNCED, ENT_DAY_ALWAYS, &m->end_announced},
                {COLUMN_RETROACTIVE_TO, ENT_DAY_NEVER, &m->retroactive_to},
                {COLUMN_LOADED_BEFORE, ENT_DAY_ALWAYS, &m->loaded_before},
                {COLUMN_ENTERED_BEFORE, ENT_DAY_NEVER, &m->entered_before}};

    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        keep(r, ent_csv_day(r->row, days[i].column, days[i].missing, days[i].day));
    }
    for (int column = COLUMN_ANNOUNCED; column <= COLUMN_EFFECTIVE; column++) {
        if (r->row->cell[column][0] == '\0') {
            keep(r, ent_csv_fault(r->row, column, NULL, "a measure has this day"));
        }
    }
}

static void before(reader_t *r, int first, int second, ent_day_t early, ent_day_t late, int same_day)
{
    if (r->row->cell[first][0] != '\0' && r->row->cell[second][0] != '\0' && late < early + !same_day) {
        keep(r, ent_csv_fault(r->row, second, NULL, "%s than %s, %s", same_day ? "not earlier" : "later",
                              r->row->columns[first].name, r->row->cell[first]));
    }
}

static void check_days(reader_t *r, const ent_law_measure_t *m)
{
    before(r, COLUMN_ANNOUNCED, COLUMN_EFFECTIVE, m->announced, m->effective, 1);
    before(r, COLUMN_EFFECTIVE, COLUMN_END, m->effective, m->end, 0);
    before(r, COLUMN_END_ANNOUNCED, COLUMN_END, m->end_announced, m->end, 1);
    before(r, COLUMN_ANNOUNCED, COLUMN_END_ANNOUNCED, m->announced, m->end_announced, 1);
    before(r, COLUMN_RETROACTIVE_TO, COLUMN_EFFECTIVE, m->retroactive_to, m->effective, 1);
    before(r, COLUMN_LOADED_BEFORE, COLUMN_ENTERED_BEFORE, m->loaded_before, m->entered_before, 1);
    if (m->by_loading != (r->row->cell[COLUMN_LOADED_BEFORE][0] != '\0')) {
        keep(r, ent_csv_fault(r->row, COLUMN_LOADED_BEFORE, NULL,
                              "a day with basis loading, and only with it: goods loaded before are outside"));
    }
}

static void take_words(reader_t *r, ent_law_measure_t *m)
{
    static const char *const kinds[] = {"additive", "floor", "exemption"};
    static const char *const claims[] = {"", "exempt", "content"};
    static const char *const bases[] = {"arrival", "loading"};
    const char *condition = r->row->cell[COLUMN_CONDITION];
    double priority;

    m->kind = (ent_law_kind_t)choose(r, COLUMN_KIND, kinds, 3, "additive, floor or exemption");
    m->claim = (ent_law_claim_t)choose(r, COLUMN_USMCA, claims, 3, "exempt, content or nothing");
    m->by_loading =
        r->row->cell[COLUMN_BASIS][0] != '\0' && choose(r, COLUMN_BASIS, bases, 2, "arrival or loading") == 1;
    m->condition = condition[0] != '\0' ? ent_law_condition(r->law, condition) : -1;
    if (condition[0] != '\0' && m->condition < 0) {
        keep(r, ent_csv_fault(r->row, COLUMN_CONDITION, ent_law_nearest_condition(r->law, condition),
                              "there is no such condition in conditions.csv"));
    }
    keep(r, ent_csv_number(r->row, COLUMN_PRIORITY, -1000.0, 1000.0, 0.0, "a whole number", &priority));
    m->priority = (int)priority;
}

static void take_texts(reader_t *r, ent_law_measure_t *m)
{
    const ent_csv_named_t *row = r->row;
    const struct {
        int column;
        char **place;
    } texts[] = {{COLUMN_ID, &m->id},
                 {COLUMN_AUTHORITY, &m->authority},
                 {COLUMN_LEGAL, &m->legal},
                 {COLUMN_SOURCE, &m->source},
                 {COLUMN_NOTE, &m->note},
                 {COLUMN_IMPORTER, &m->importer},
                 {COLUMN_YIELDS_TO, &m->yields_text},
                 {COLUMN_REPLACES, &m->replaces_text}};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (ent_law_text(texts[i].place, row->cell[texts[i].column], row->ctx) != 0) {
            keep(r, ENT_ERR_NO_MEMORY);
        }
    }
    if (ent_law_text(&m->file, row->path, row->ctx) != 0) {
        keep(r, ENT_ERR_NO_MEMORY);
    }
    if (row->cell[COLUMN_SET][0] == '\0') {
        keep(r, ent_csv_fault(row, COLUMN_SET, NULL, "a measure belongs to a set, if only of its own"));
    }
    m->set =
        ent_law_name(&r->law->sets, &r->law->capacity_sets, &r->law->n_sets, row->cell[COLUMN_SET], row->ctx);
    if (m->set < 0) {
        keep(r, ENT_ERR_NO_MEMORY);
    }
}

int ent_law_take_measure(void *data, const ent_csv_named_t *row)
{
    reader_t r = {.law = data, .row = row};
    const char *id = row->cell[COLUMN_ID];
    const int old = ent_law_measure(r.law, id);

    if (id[0] == '\0' || old >= 0) {
        return ent_csv_fault(row, COLUMN_ID, NULL, "a measure has a name of its own%s%s",
                             old >= 0 ? ", and this one is taken in " : "",
                             old >= 0 ? r.law->measures[old].file : "");
    }
    ent_law_measure_t *m = ent_law_room(row->ctx, (void **)&r.law->measures, &r.law->capacity_measures,
                                        r.law->n_measures, sizeof *m);
    if (m == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    r.law->n_measures++;
    m->line = row->line;
    take_texts(&r, m);
    take_words(&r, m);
    take_rate(&r, m);
    take_days(&r, m);
    check_days(&r, m);
    take_partners(&r, m);
    take_lists(&r, m);
    return r.code;
}
