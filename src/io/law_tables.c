#include "io/law_tables.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

const char *const ent_law_table_names[ENT_LAW_N_TABLES] = {"partners", "conditions", "lists",    "rows",
                                                           "shares",   "sectors",    "measures", "weights"};

typedef struct {
    ent_law_t *law;
    const char *list; /* of rows without a column for it */
    int current;      /* place of the list read last, which most rows belong to */
} taker_t;

static const char share_rule[] = "a share is a number from 0 to 1";

/* ---- help for all tables ---- */

void *ent_law_room(ent_context_t *ctx, void **array, size_t *capacity, int n, size_t size)
{
    void *grown = ent_grow(ctx, *array, capacity, (size_t)n + 1, size);

    if (grown == NULL) {
        return NULL;
    }
    *array = grown;
    return memset((char *)grown + (size_t)n * size, 0, size);
}

int ent_law_text(char **place, const char *text, ent_context_t *ctx)
{
    *place = ent_strdup(ctx, text);
    return *place != NULL ? 0 : -1;
}

int ent_law_name(char ***names, size_t *capacity, int *n, const char *name, ent_context_t *ctx)
{
    for (int i = 0; i < *n; i++) {
        if (strcmp((*names)[i], name) == 0) {
            return i;
        }
    }
    char **place = ent_law_room(ctx, (void **)names, capacity, *n, sizeof **names);
    if (place == NULL || ent_law_text(place, name, ctx) != 0) {
        return -1;
    }
    return (*n)++;
}

int ent_law_prefix(const ent_csv_named_t *row, int column, ent_hs_range_t *range)
{
    const char *text = row->cell[column];
    const int digits = ent_hs_parse(text, range);
    char cured[24];

    if (digits > 0) {
        return digits;
    }
    if (digits == ENT_HS_ODD && strlen(text) < sizeof cured - 1 && text[0] != '0') {
        snprintf(cured, sizeof cured, "0%.20s", text);
        return ent_csv_fault(row, column, cured, "%s", ent_hs_rule(digits));
    }
    return ent_csv_fault(row, column, NULL, "%s", ent_hs_rule(digits));
}

#define NEAREST(function, member, count, field)                                                              \
    const char *function(const ent_law_t *law, const char *name)                                             \
    {                                                                                                        \
        const char **names = malloc(((size_t)law->count + 1) * sizeof *names);                               \
        const char *nearest = NULL;                                                                          \
        for (int i = 0; names != NULL && i < law->count; i++) {                                              \
            names[i] = law->member[i].field;                                                                 \
        }                                                                                                    \
        nearest = names != NULL ? ent_nearest(name, names, (size_t)law->count) : NULL;                       \
        free(names);                                                                                         \
        return nearest;                                                                                      \
    }

NEAREST(ent_law_nearest_partner, partners, n_partners, code)
NEAREST(ent_law_nearest_list, lists, n_lists, name)
NEAREST(ent_law_nearest_condition, conditions, n_conditions, name)
NEAREST(ent_law_nearest_measure, measures, n_measures, id)

/* ---- partners ---- */

enum { PARTNER_CODE, PARTNER_NAME, PARTNER_GROUP, PARTNER_CENSUS };
static const ent_csv_column_t partner_columns[] = {
    {"partner", 1}, {"name", 0}, {"group", 0}, {"census_code", 0}, {NULL, 0}};

static int take_group(ent_law_t *law, ent_law_partner_t *partner, const ent_csv_named_t *row)
{
    const char *group = row->cell[PARTNER_GROUP];

    partner->group = -1;
    if (group[0] == '\0') {
        return ENT_OK;
    }
    partner->group = ent_law_name(&law->groups, &law->capacity_groups, &law->n_groups, group, row->ctx);
    return partner->group >= 0 ? ENT_OK : ENT_ERR_NO_MEMORY;
}

static int same_partner(const ent_law_t *law, int i, const ent_csv_named_t *row)
{
    const char *group = row->cell[PARTNER_GROUP];
    const int old = law->partners[i].group;

    if (group[0] != '\0' && old >= 0 && strcmp(group, law->groups[old]) != 0) {
        return ent_csv_fault(row, PARTNER_GROUP, NULL,
                             "groups of partners do not overlap: %s is in %s already (line %d)",
                             row->cell[PARTNER_CODE], law->groups[old], law->partners[i].line);
    }
    return ent_csv_fault(row, PARTNER_CODE, NULL, "a partner is there once: see line %d",
                         law->partners[i].line);
}

static int take_partner(void *data, const ent_csv_named_t *row)
{
    ent_law_t *law = ((taker_t *)data)->law;
    const char *code = row->cell[PARTNER_CODE];
    const int old = ent_law_partner(law, code);

    if (old >= 0) {
        return same_partner(law, old, row);
    }
    if (code[0] == '\0' || strcmp(code, "all") == 0) {
        return ent_csv_fault(row, PARTNER_CODE, NULL, "a partner has a code, such as KOR");
    }
    ent_law_partner_t *partner = ent_law_room(row->ctx, (void **)&law->partners, &law->capacity_partners,
                                              law->n_partners, sizeof *partner);
    if (partner == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    law->n_partners++;
    partner->line = row->line;
    if (ent_law_text(&partner->code, code, row->ctx) != 0 ||
        ent_law_text(&partner->name, row->cell[PARTNER_NAME], row->ctx) != 0) {
        return ENT_ERR_NO_MEMORY;
    }
    return take_group(law, partner, row);
}

/* ---- conditions ---- */

enum {
    CONDITION_NAME,
    CONDITION_QUESTION,
    CONDITION_FORM,
    CONDITION_SHARE,
    CONDITION_LOW,
    CONDITION_HIGH,
    CONDITION_SOURCE
};
static const ent_csv_column_t condition_columns[] = {{"condition", 1}, {"question", 1}, {"form", 1},
                                                     {"share", 1},     {"low", 0},      {"high", 0},
                                                     {"source", 0},    {NULL, 0}};

static int take_condition_numbers(ent_law_condition_t *condition, const ent_csv_named_t *row)
{
    const char *form = row->cell[CONDITION_FORM];
    int code = ENT_OK, next;

    condition->form = strcmp(form, "yes") == 0 ? 1.0 : 0.0;
    if (strcmp(form, "yes") != 0 && strcmp(form, "no") != 0) {
        code = ent_csv_fault(row, CONDITION_FORM, NULL, "what a form without an answer means: yes or no");
    }
    next = ent_csv_number(row, CONDITION_SHARE, 0.0, 1.0, 0.0, share_rule, &condition->share);
    code = code != ENT_OK ? code : next;
    next = ent_csv_number(row, CONDITION_LOW, 0.0, 1.0, condition->share, share_rule, &condition->low);
    code = code != ENT_OK ? code : next;
    next = ent_csv_number(row, CONDITION_HIGH, 0.0, 1.0, condition->share, share_rule, &condition->high);
    code = code != ENT_OK ? code : next;
    if (code == ENT_OK && !(condition->low <= condition->share && condition->share <= condition->high)) {
        code = ent_csv_fault(row, CONDITION_SHARE, NULL, "the share lies between low and high");
    }
    return code;
}

static int take_condition(void *data, const ent_csv_named_t *row)
{
    ent_law_t *law = ((taker_t *)data)->law;
    const char *name = row->cell[CONDITION_NAME];

    if (name[0] == '\0' || ent_law_condition(law, name) >= 0) {
        return ent_csv_fault(row, CONDITION_NAME, NULL, "a condition has a name and is there once");
    }
    ent_law_condition_t *condition = ent_law_room(
        row->ctx, (void **)&law->conditions, &law->capacity_conditions, law->n_conditions, sizeof *condition);
    if (condition == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    law->n_conditions++;
    condition->line = row->line;
    if (ent_law_text(&condition->name, name, row->ctx) != 0 ||
        ent_law_text(&condition->question, row->cell[CONDITION_QUESTION], row->ctx) != 0 ||
        ent_law_text(&condition->source, row->cell[CONDITION_SOURCE], row->ctx) != 0) {
        return ENT_ERR_NO_MEMORY;
    }
    return take_condition_numbers(condition, row);
}

/* ---- lists ---- */

enum { ROW_LIST, ROW_PREFIX, ROW_SHARE, ROW_FROM, ROW_UNTIL, ROW_NOTE };
static const ent_csv_column_t row_columns[] = {{"list", 0},  {"prefix", 1}, {"share", 0}, {"from", 0},
                                               {"until", 0}, {"note", 0},   {NULL, 0}};
static const ent_csv_column_t list_columns[] = {{"list", 1}, {"rows", 0}, {"note", 0}, {NULL, 0}};

/* The list of that name, made when it is new. */
static int find_list(ent_law_t *law, const char *name, const char *path, ent_context_t *ctx)
{
    const int old = ent_law_list(law, name);

    if (old >= 0) {
        return old;
    }
    ent_law_list_t *list =
        ent_law_room(ctx, (void **)&law->lists, &law->capacity_lists, law->n_lists, sizeof *list);
    if (list == NULL) {
        return -1;
    }
    law->n_lists++;
    return ent_law_text(&list->name, name, ctx) == 0 && ent_law_text(&list->file, path, ctx) == 0 &&
                   ent_law_text(&list->note, "", ctx) == 0
               ? law->n_lists - 1
               : -1;
}

static int take_list_note(void *data, const ent_csv_named_t *row)
{
    ent_law_t *law = ((taker_t *)data)->law;
    const int list = find_list(law, row->cell[0], row->path, row->ctx);

    if (list < 0) {
        return ENT_ERR_NO_MEMORY;
    }
    free(law->lists[list].note);
    return ent_law_text(&law->lists[list].note, row->cell[2], row->ctx) == 0 ? ENT_OK : ENT_ERR_NO_MEMORY;
}

static int take_row_cells(ent_law_row_t *item, const ent_csv_named_t *row)
{
    int code = ENT_OK, next;

    item->line = row->line;
    item->digits = ent_law_prefix(row, ROW_PREFIX, &item->range);
    code = item->digits < 0 ? item->digits : ENT_OK;
    next = ent_csv_number(row, ROW_SHARE, 0.0, 1.0, 1.0, share_rule, &item->share);
    code = code != ENT_OK ? code : next;
    next = ent_csv_day(row, ROW_FROM, ENT_DAY_ALWAYS, &item->from);
    code = code != ENT_OK ? code : next;
    next = ent_csv_day(row, ROW_UNTIL, ENT_DAY_NEVER, &item->until);
    code = code != ENT_OK ? code : next;
    if (code == ENT_OK && item->until < item->from) {
        code = ent_csv_fault(row, ROW_UNTIL, NULL, "the last day comes before the first, %s",
                             row->cell[ROW_FROM]);
    }
    item->until += item->until != ENT_DAY_NEVER; /* written: the last day; kept: the day after */
    return code;
}

static int take_row(void *data, const ent_csv_named_t *row)
{
    taker_t *taker = data;
    ent_law_t *law = taker->law;
    const char *name = taker->list != NULL ? taker->list : row->cell[ROW_LIST];

    if (taker->current < 0 || strcmp(law->lists[taker->current].name, name) != 0) {
        taker->current = name[0] != '\0' ? find_list(law, name, row->path, row->ctx) : -1;
    }
    if (taker->current < 0) {
        return name[0] != '\0' ? ENT_ERR_NO_MEMORY
                               : ent_csv_fault(row, ROW_LIST, NULL, "a row belongs to a list");
    }
    ent_law_list_t *list = &law->lists[taker->current];
    ent_law_row_t *item =
        ent_law_room(row->ctx, (void **)&list->rows, &list->capacity, list->n_rows, sizeof *item);
    if (item == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    const int code = take_row_cells(item, row);
    list->n_rows += code == ENT_OK;
    return code;
}

int ent_law_add_row(ent_law_t *law, const char *list, const char *prefix, const char *path, int line,
                    ent_context_t *ctx)
{
    taker_t taker = {.law = law, .list = list, .current = -1};
    const ent_csv_named_t row = {path, line, row_columns, {"", prefix, "", "", "", ""}, ctx};

    return take_row(&taker, &row);
}

/* ---- shares ---- */

enum { SHARE_CONDITION, SHARE_PARTNER, SHARE_PREFIX, SHARE_SHARE };
static const ent_csv_column_t share_columns[] = {{"condition", 1}, {"partner", 0}, {"prefix", 1},
                                                 {"share", 1},     {"low", 0},     {"high", 0},
                                                 {"source", 0},    {NULL, 0}};

static int take_share(void *data, const ent_csv_named_t *row)
{
    ent_law_t *law = ((taker_t *)data)->law;
    const char *partner = row->cell[SHARE_PARTNER];
    ent_law_share_t share = {.condition = ent_law_condition(law, row->cell[SHARE_CONDITION]), .partner = -1};
    int code = ENT_OK, next;

    if (share.condition < 0) {
        code = ent_csv_fault(row, SHARE_CONDITION, ent_law_nearest_condition(law, row->cell[SHARE_CONDITION]),
                             "there is no such condition in conditions.csv");
    }
    if (partner[0] != '\0' && strcmp(partner, "all") != 0 &&
        (share.partner = ent_law_partner(law, partner)) < 0) {
        code = ent_csv_fault(row, SHARE_PARTNER, ent_law_nearest_partner(law, partner),
                             "there is no such partner in partners.csv");
    }
    if (ent_law_prefix(row, SHARE_PREFIX, &share.range) < 0) {
        code = ENT_ERR_DATA;
    }
    next = ent_csv_number(row, SHARE_SHARE, 0.0, 1.0, 0.0, share_rule, &share.share);
    code = code != ENT_OK ? code : next;
    ent_law_share_t *place =
        ent_law_room(row->ctx, (void **)&law->shares, &law->capacity_shares, law->n_shares, sizeof *place);
    if (place == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    *place = share;
    law->n_shares += code == ENT_OK;
    return code;
}

/* ---- sectors ---- */

enum { SECTOR_PREFIX, SECTOR_NAME };
static const ent_csv_column_t sector_columns[] = {{"prefix", 1}, {"sector", 1}, {"note", 0}, {NULL, 0}};

static int take_sector(void *data, const ent_csv_named_t *row)
{
    ent_law_t *law = ((taker_t *)data)->law;
    const char *name = row->cell[SECTOR_NAME];
    ent_law_concordance_t *place = ent_law_room(
        row->ctx, (void **)&law->concordance, &law->capacity_concordance, law->n_concordance, sizeof *place);

    if (place == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    if (ent_law_prefix(row, SECTOR_PREFIX, &place->range) < 0) {
        return ENT_ERR_DATA;
    }
    if (name[0] == '\0') {
        return ent_csv_fault(row, SECTOR_NAME, NULL, "a sector, or NONE");
    }
    place->sector = -1;
    if (strcmp(name, "NONE") != 0) {
        place->sector = ent_law_name(&law->sectors, &law->capacity_sectors, &law->n_sectors, name, row->ctx);
        if (place->sector < 0) {
            return ENT_ERR_NO_MEMORY;
        }
    }
    law->n_concordance++;
    return ENT_OK;
}

/* ---- all ---- */

static const struct {
    const ent_csv_column_t *columns;
    ent_csv_take_named_t *take;
} tables[ENT_LAW_N_TABLES] = {
    [ENT_LAW_TABLE_PARTNERS] = {partner_columns, take_partner},
    [ENT_LAW_TABLE_CONDITIONS] = {condition_columns, take_condition},
    [ENT_LAW_TABLE_LISTS] = {list_columns, take_list_note},
    [ENT_LAW_TABLE_ROWS] = {row_columns, take_row},
    [ENT_LAW_TABLE_SHARES] = {share_columns, take_share},
    [ENT_LAW_TABLE_SECTORS] = {sector_columns, take_sector},
};

int ent_law_add(ent_law_t *law, ent_law_table_t table, const ent_csv_source_t *source, const char *list,
                ent_context_t *ctx)
{
    taker_t taker = {.law = law, .list = list, .current = -1};

    if (table == ENT_LAW_TABLE_WEIGHTS) {
        return ent_law_take_weights(law, source, ctx);
    }
    if (table == ENT_LAW_TABLE_MEASURES) {
        return ent_csv_read_named(source, ent_law_measure_columns, ent_law_take_measure, law, ctx);
    }
    return ent_csv_read_named(source, tables[table].columns, tables[table].take, &taker, ctx);
}
