#include "policy/law.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void free_texts(char **texts, int n)
{
    for (int i = 0; i < n; i++) {
        free(texts[i]);
    }
    free(texts);
}

static void free_measure(ent_law_measure_t *m)
{
    char *const texts[] = {m->id,       m->authority, m->legal,       m->source,       m->note,
                           m->importer, m->file,      m->yields_text, m->replaces_text};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        free(texts[i]);
    }
    free(m->lists);
    free(m->except);
    free(m->partner);
    free(m->yields);
    free(m->replaces);
}

static void free_trade(ent_law_trade_t *trade)
{
    if (trade->description != NULL) {
        free_texts(trade->description, trade->n_lines);
    }
    free(trade->line);
    free(trade->first);
    free(trade->partner);
    free(trade->imports);
    free(trade->duty);
}

static void free_rows(ent_law_t *law)
{
    for (int i = 0; i < law->n_partners; i++) {
        free(law->partners[i].code);
        free(law->partners[i].name);
    }
    for (int i = 0; i < law->n_conditions; i++) {
        free(law->conditions[i].name);
        free(law->conditions[i].question);
        free(law->conditions[i].source);
    }
    for (int i = 0; i < law->n_lists; i++) {
        free(law->lists[i].name);
        free(law->lists[i].file);
        free(law->lists[i].note);
        free(law->lists[i].rows);
    }
    for (int i = 0; i < law->n_measures; i++) {
        free_measure(&law->measures[i]);
    }
}

void ent_law_free(ent_law_t *law)
{
    free_rows(law);
    free_trade(&law->trade);
    free(law->name);
    free(law->partners);
    free(law->conditions);
    free(law->lists);
    free(law->measures);
    free(law->shares);
    free(law->concordance);
    free_texts(law->groups, law->n_groups);
    free_texts(law->sets, law->n_sets);
    free_texts(law->sectors, law->n_sectors);
    memset(law, 0, sizeof *law);
}

/* ---- places by name ---- */

static int find_text(char *const *texts, int n, const char *name)
{
    for (int i = 0; i < n; i++) {
        if (strcmp(texts[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

#define FIND(function, member, count, field)                                                                 \
    int function(const ent_law_t *law, const char *name)                                                     \
    {                                                                                                        \
        for (int i = 0; i < law->count; i++) {                                                               \
            if (strcmp(law->member[i].field, name) == 0) {                                                   \
                return i;                                                                                    \
            }                                                                                                \
        }                                                                                                    \
        return -1;                                                                                           \
    }

FIND(ent_law_partner, partners, n_partners, code)
FIND(ent_law_list, lists, n_lists, name)
FIND(ent_law_condition, conditions, n_conditions, name)
FIND(ent_law_measure, measures, n_measures, id)

int ent_law_group(const ent_law_t *law, const char *name)
{
    return find_text(law->groups, law->n_groups, name);
}

int ent_law_set(const ent_law_t *law, const char *name)
{
    return find_text(law->sets, law->n_sets, name);
}

int ent_law_sector(const ent_law_t *law, const char *name)
{
    return find_text(law->sectors, law->n_sectors, name);
}

/* ---- prefixes ---- */

int ent_hs_parse(const char *text, ent_hs_range_t *range)
{
    ent_hs_t number = 0, span = 1;
    int digits = 0;

    for (; *text != '\0'; text++) {
        if (*text == '.' && digits > 0) {
            continue;
        }
        if (!isdigit((unsigned char)*text)) {
            return ENT_HS_LETTERS;
        }
        if (++digits > ENT_HS_DIGITS) {
            return ENT_HS_LONG;
        }
        number = 10 * number + (*text - '0');
    }
    if (digits == 0 || digits % 2 != 0) {
        return digits == 0 ? ENT_HS_EMPTY : ENT_HS_ODD;
    }
    for (int i = digits; i < ENT_HS_DIGITS; i++) {
        span *= 10;
    }
    range->low = number * span;
    range->high = range->low + span;
    return range->low < ENT_HS_CHAPTER ? ENT_HS_NO_CHAPTER : digits;
}

const char *ent_hs_rule(int fault)
{
    switch (fault) {
    case ENT_HS_LETTERS:
        return "an HS prefix has digits only, with or without dots (a spreadsheet may have written it as a "
               "number such as 8.7E+09: format the column as text)";
    case ENT_HS_ODD:
        return "an HS prefix has 2, 4, 6, 8 or 10 digits; with an odd number a spreadsheet has most likely "
               "dropped the zero in front: format the column as text and write it again";
    case ENT_HS_LONG:
        return "an HS prefix has at most ten digits";
    case ENT_HS_NO_CHAPTER:
        return "there is no chapter 00";
    default:
        return "an HS prefix is missing";
    }
}

void ent_hs_format(ent_hs_t code, int digits, char text[16])
{
    char all[24];
    size_t used = 0;

    snprintf(all, sizeof all, "%010lld", (long long)(code % 10000000000LL));
    for (int i = 0; i < digits && i < ENT_HS_DIGITS; i++) {
        if (i == 4 || i == 6) {
            text[used++] = '.';
        }
        text[used++] = all[i];
    }
    text[used] = '\0';
}
