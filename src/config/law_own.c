/* Measures that a config puts on top of the law: rows of measures.csv written as YAML. */
#include "config/law_internal.h"

#include "base/memory.h"
#include "io/law_tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const keys[] = {
    "id",        "like",          "legal",          "set",           "kind",
    "partners",  "except",        "lines",          "list",          "except_list",
    "condition", "rate",          "basis",          "announced",     "effective",
    "end",       "end_announced", "retroactive_to", "loaded_before", "entered_before",
    "usmca",     "yields_to",     "replaces",       "priority"};
enum { MOST_OWN = 500, MOST_WORDS = 2000, FIRST_PRIORITY = 100 };
static const char own_set[] = "own";

typedef struct {
    ent_config_law_t *l;
    const ent_yaml_t *node;
    char *cell[ENT_CSV_MOST_COLUMNS]; /* what a row of measures.csv would say; owned */
    const ent_law_measure_t *like;    /* or NULL */
    int sound, named;                 /* 1: without faults; it has what every measure needs */
} own_t;

static int column_of(const char *name)
{
    int column = 0;

    while (strcmp(ent_law_measure_columns[column].name, name) != 0) {
        column++;
    }
    return column;
}

static void set_cell(own_t *own, const char *column, char *text)
{
    char **cell = &own->cell[column_of(column)];

    free(*cell);
    *cell = text;
    own->sound &= text != NULL;
}

static int is_empty(const own_t *own, const char *column)
{
    return own->cell[column_of(column)] == NULL;
}

static void add_word(own_t *own, const char *column, const char *word)
{
    const char *before = own->cell[column_of(column)];

    set_cell(own, column,
             ent_format(own->l->reader->ctx, "%s%s%s", before != NULL ? before : "",
                        before != NULL ? " " : "", word));
}

/* ---- words of a list ---- */

typedef void take_word_t(own_t *own, const ent_yaml_t *node, const char *word);

static void each_word(own_t *own, const char *key, take_word_t *take)
{
    ent_context_t *ctx = own->l->reader->ctx;
    const ent_yaml_t *node = ent_yaml_get(own->node, key);
    const char *word = NULL;

    if (node == NULL) {
        return;
    }
    if (node->kind == ENT_YAML_SCALAR) {
        if (ent_bind_text(ctx, node, &word)) {
            take(own, node, word);
        }
        return;
    }
    if (!ent_bind_is_list(ctx, node, MOST_WORDS)) {
        own->sound = 0;
        return;
    }
    for (size_t i = 0; i < node->n_children; i++) {
        if (ent_bind_text(ctx, node->children[i], &word)) {
            take(own, node->children[i], word);
        } else {
            own->sound = 0;
        }
    }
}

/* Write partners, a group by its name where all of it is meant. */
static void write_partners(own_t *own, const char *column, const unsigned char *flags)
{
    const ent_law_t *law = &own->l->law;

    for (int p = 0; p < law->n_partners; p++) {
        const int group = law->partners[p].group;
        int whole = group >= 0, first = 1;

        for (int q = 0; whole && q < law->n_partners; q++) {
            whole &= law->partners[q].group != group || flags[q];
            first &= law->partners[q].group != group || q >= p;
        }
        if (flags[p] && (!whole || first)) {
            add_word(own, column, whole ? law->groups[group] : law->partners[p].code);
        }
    }
}

/* Partners in a region of the run; 0: there is none. */
static int mark_region(const ent_config_law_t *l, int region, unsigned char *flags)
{
    int n = 0;

    for (int p = 0; region >= 0 && p < l->law.n_partners; p++) {
        if (l->region[p] == l->leader[region]) {
            flags[p] = 1;
            n++;
        }
    }
    return n;
}

/* A partner or group of the law, else a region, economy or group of the config. What is none of them is told
 * by the reader of the law. */
static void mark_partners(own_t *own, const char *column, const char *word, unsigned char *flags)
{
    const ent_config_law_t *l = own->l;
    const int partner = ent_law_partner(&l->law, word), group = ent_law_group(&l->law, word);
    const ent_yaml_t *named = ent_config_group(l->reader, word);
    const int region = ent_config_region(l->reader->config, word);

    for (int p = 0; p < l->law.n_partners; p++) {
        flags[p] |= p == partner || (group >= 0 && l->law.partners[p].group == group);
    }
    if (partner >= 0 || group >= 0 || mark_region(l, region, flags) > 0) {
        return;
    }
    for (size_t i = 0; named != NULL && i < named->n_children; i++) {
        const char *member = named->children[i]->text != NULL ? named->children[i]->text : "";

        if (ent_config_group(l->reader, member) == NULL) {
            mark_partners(own, column, member, flags);
        }
    }
    if (named == NULL && mark_region(l, ent_config_region_of_economy(l->reader, word), flags) == 0) {
        add_word(own, column, word);
    }
}

static void take_partners(own_t *own, const char *key, const char *column)
{
    ent_context_t *ctx = own->l->reader->ctx;
    const ent_yaml_t *node = ent_yaml_get(own->node, key);
    unsigned char *flags = ent_calloc(ctx, (size_t)own->l->law.n_partners, 1);
    const char *word = NULL;

    if (flags == NULL || node == NULL) {
        own->sound &= flags != NULL;
    } else if (node->kind == ENT_YAML_SCALAR && ent_bind_text(ctx, node, &word)) {
        if (strcmp(word, "all") == 0) {
            add_word(own, column, word);
        } else {
            mark_partners(own, column, word, flags);
        }
    } else if (ent_bind_is_list(ctx, node, MOST_WORDS)) {
        for (size_t i = 0; i < node->n_children; i++) {
            if (ent_bind_text(ctx, node->children[i], &word)) {
                mark_partners(own, column, word, flags);
            }
        }
    }
    if (flags != NULL) {
        write_partners(own, column, flags);
    }
    free(flags);
}

static void take_list(own_t *own, const ent_yaml_t *node, const char *word)
{
    (void)node;
    add_word(own, "lists", word);
}

static void take_except_list(own_t *own, const ent_yaml_t *node, const char *word)
{
    (void)node;
    add_word(own, "except_lists", word);
}

/* Prefixes make a list that is called after the measure. */
static void take_line(own_t *own, const ent_yaml_t *node, const char *word)
{
    ent_config_law_t *l = own->l;
    const char *id = own->cell[column_of("id")];
    char *list = ent_format(l->reader->ctx, "own-%s", id != NULL ? id : "");

    if (list == NULL ||
        ent_law_add_row(&l->law, list, word, node->file, node->line, l->reader->ctx) != ENT_OK) {
        own->sound = 0;
    } else if (is_empty(own, "lists")) {
        add_word(own, "lists", list);
    }
    free(list);
}

static void take_yields(own_t *own, const ent_yaml_t *node, const char *word)
{
    (void)node;
    add_word(own, "yields_to", word);
}

static void take_replaces(own_t *own, const ent_yaml_t *node, const char *word)
{
    (void)node;
    add_word(own, "replaces", word);
}

/* ---- single values ---- */

static void take_value(own_t *own, const char *key)
{
    const ent_yaml_t *node = ent_yaml_get(own->node, key);
    const char *text = NULL;

    if (node != NULL && ent_bind_text(own->l->reader->ctx, node, &text)) {
        set_cell(own, key, ent_strdup(own->l->reader->ctx, text));
    } else if (node != NULL) {
        own->sound = 0;
    }
}

static void take_values(own_t *own)
{
    static const char *const values[] = {
        "legal",          "set",           "kind",           "condition", "rate",
        "basis",          "announced",     "effective",      "end",       "end_announced",
        "retroactive_to", "loaded_before", "entered_before", "usmca",     "priority"};

    for (size_t i = 0; i < ENT_COUNT(values); i++) {
        take_value(own, values[i]);
    }
}

/* ---- like another ---- */

static void find_like(own_t *own)
{
    ent_config_law_t *l = own->l;
    const ent_yaml_t *node = ent_yaml_get(own->node, "like");
    const char *id = NULL;
    const int m =
        node != NULL && ent_bind_text(l->reader->ctx, node, &id) ? ent_law_measure(&l->law, id) : -1;

    if (m >= 0) {
        own->like = &l->law.measures[m];
    } else if (node != NULL) {
        (void)ent_bind_fault(l->reader->ctx, node, ent_law_nearest_measure(&l->law, id != NULL ? id : ""),
                             "a measure of the law whose goods, partners and set this one has");
        own->sound = 0;
    }
}

static void like_lists(own_t *own)
{
    const ent_law_t *law = &own->l->law;

    if (own->like->all_lines) {
        add_word(own, "lists", "all");
    }
    for (int i = 0; i < own->like->n_lists; i++) {
        add_word(own, "lists", law->lists[own->like->lists[i]].name);
    }
    for (int i = 0; i < own->like->n_except && is_empty(own, "except_lists"); i++) {
        add_word(own, "except_lists", law->lists[own->like->except[i]].name);
    }
}

/* What is not said is as the other has it, but not its days and rate. */
static void take_after(own_t *own)
{
    static const char *const kinds[] = {"additive", "floor", "exemption"}, *const claims[] = {"", "exempt",
                                                                                              "content"};
    ent_context_t *ctx = own->l->reader->ctx;
    const ent_law_t *law = &own->l->law;
    const ent_law_measure_t *like = own->like;
    const struct {
        const char *column, *text;
    } cells[] = {{"set", law->sets[like->set]},
                 {"kind", kinds[like->kind]},
                 {"usmca", claims[like->claim]},
                 {"yields_to", like->yields_text},
                 {"condition", like->condition >= 0 ? law->conditions[like->condition].name : ""}};

    for (size_t i = 0; i < ENT_COUNT(cells); i++) {
        if (is_empty(own, cells[i].column)) {
            set_cell(own, cells[i].column, ent_strdup(ctx, cells[i].text));
        }
    }
    if (is_empty(own, "partners")) {
        write_partners(own, "partners", like->partner);
    }
    if (is_empty(own, "lists")) {
        like_lists(own);
    }
}

/* ---- what is left out ---- */

static void set_missing(own_t *own, const char *column, const char *text)
{
    if (is_empty(own, column) && text != NULL) {
        set_cell(own, column, ent_strdup(own->l->reader->ctx, text));
    }
}

/* What a config says of goods has the last word in its set. */
static void fill_missing(own_t *own)
{
    const int n = own->l->law.n_measures - own->l->n_shipped;
    const char *basis = own->cell[column_of("basis")], *kind = own->cell[column_of("kind")];
    char priority[16];

    snprintf(priority, sizeof priority, "%d", FIRST_PRIORITY + n);
    set_missing(own, "legal", "assumed");
    set_missing(own, "set", own_set);
    set_missing(own, "kind", "additive");
    set_missing(own, "partners", "all");
    set_missing(own, "lists", "all");
    set_missing(own, "announced", own->cell[column_of("effective")]);
    set_missing(own, "priority", priority);
    if (basis != NULL && strcmp(basis, "loading") == 0) {
        set_missing(own, "loaded_before", own->cell[column_of("effective")]);
    }
    if (kind != NULL && strcmp(kind, "exemption") == 0) {
        set_missing(own, "rate", "1");
    }
}

/* ---- one ---- */

static int needs(const own_t *own)
{
    ent_context_t *ctx = own->l->reader->ctx;
    const ent_yaml_t *kind = ent_yaml_get(own->node, "kind");
    const int exempts = kind != NULL && kind->text != NULL && strcmp(kind->text, "exemption") == 0;
    int sound = ent_bind_need(ctx, own->node, "id", "a name of its own");

    sound &= ent_bind_need(ctx, own->node, "effective", "the first day it applies");
    sound &= exempts || ent_bind_need(ctx, own->node, "rate", "a fraction: 0.25 for 25 per cent");
    return sound;
}

static void read_cells(own_t *own)
{
    const ent_yaml_t *id_node = ent_yaml_get(own->node, "id");
    const char *id = NULL;

    own->sound = own->named = needs(own) && ent_bind_name(own->l->reader->ctx, id_node, &id);
    if (id != NULL) {
        set_cell(own, "id", ent_strdup(own->l->reader->ctx, id));
    }
    take_values(own);
    if (!is_empty(own, "usmca") && strcmp(own->cell[column_of("usmca")], "none") == 0) {
        set_cell(own, "usmca", ent_strdup(own->l->reader->ctx, ""));
    }
    take_partners(own, "partners", "partners");
    take_partners(own, "except", "except_partners");
    each_word(own, "list", take_list);
    each_word(own, "except_list", take_except_list);
    each_word(own, "lines", take_line);
    each_word(own, "yields_to", take_yields);
    each_word(own, "replaces", take_replaces);
    find_like(own);
    if (own->like != NULL) {
        take_after(own);
    }
    fill_missing(own);
}

/* The base year has none of them: what it collected is known. */
static int check_base(const own_t *own)
{
    const ent_law_t *law = &own->l->law;
    const ent_law_measure_t *m = &law->measures[law->n_measures - 1];

    return m->effective >= ent_day_of(law->trade.base_year + 1, 1, 1) ||
                   m->end <= ent_day_of(law->trade.base_year, 1, 1)
               ? ENT_OK
               : ent_bind_fault(own->l->reader->ctx, ent_yaml_get(own->node, "effective"), NULL,
                                "after the base year of the law, %d, or over before it began",
                                law->trade.base_year);
}

static int read_own(own_t *own)
{
    ent_config_law_t *l = own->l;
    ent_csv_named_t row = {own->node->file, own->node->line, ent_law_measure_columns, {0}, l->reader->ctx};

    ent_bind_known_keys(l->reader->ctx, own->node, keys, ENT_COUNT(keys));
    read_cells(own);
    for (int i = 0; i < ENT_CSV_MOST_COLUMNS; i++) {
        row.cell[i] = own->cell[i] != NULL ? own->cell[i] : "";
    }
    int code = own->named ? ent_law_take_measure(&l->law, &row) : ENT_ERR_CONFIG;
    code = code == ENT_OK ? check_base(own) : code;
    code = code == ENT_OK && !own->sound ? ENT_ERR_CONFIG : code;
    for (int i = 0; i < ENT_CSV_MOST_COLUMNS; i++) {
        free(own->cell[i]);
    }
    return code;
}

static int keep_regime(ent_config_law_t *l, int regime)
{
    int *grown = realloc(l->regime, (size_t)l->law.n_measures * sizeof *grown);

    if (grown == NULL) {
        return ent_fail(l->reader->ctx, ENT_ERR_NO_MEMORY, "law", "no memory for its measures");
    }
    l->regime = grown;
    l->regime[l->law.n_measures - 1] = regime;
    return ENT_OK;
}

int ent_config_law_own(ent_config_law_t *l, const ent_yaml_t *list, int regime)
{
    int code = ENT_OK;

    if (!ent_bind_is_list(l->reader->ctx, list, MOST_OWN)) {
        return list == NULL ? ENT_OK : ENT_ERR_CONFIG;
    }
    for (size_t i = 0; i < list->n_children && code != ENT_ERR_NO_MEMORY; i++) {
        own_t own = {.l = l, .node = list->children[i]};
        const int n = l->law.n_measures;
        const int next = ent_bind_is_map(l->reader->ctx, own.node) ? read_own(&own) : ENT_ERR_CONFIG;

        code = code == ENT_OK || next == ENT_ERR_NO_MEMORY ? next : code;
        if (l->law.n_measures > n && keep_regime(l, regime) != ENT_OK) {
            return ENT_ERR_NO_MEMORY;
        }
    }
    return code;
}
