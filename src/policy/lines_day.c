/* All lines on a day, sums over them, days of change, classes. */
#include "policy/lines_internal.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

int ent_lines_day_init(ent_lines_day_t *day, const ent_lines_t *lines, int by_set, ent_context_t *ctx)
{
    const size_t words = (size_t)lines->cover.n_words, cells = (size_t)lines->n_cells;

    memset(day, 0, sizeof *day);
    day->lines = lines;
    day->last = ent_calloc(ctx, (size_t)lines->n_groups * words, sizeof *day->last);
    day->begun = ent_calloc(ctx, words, sizeof *day->begun);
    day->in_force = ent_calloc(ctx, words, sizeof *day->in_force);
    day->bits = ent_calloc(ctx, words, sizeof *day->bits);
    day->law = ent_calloc(ctx, cells, sizeof *day->law);
    day->by_set = by_set ? ent_calloc(ctx, cells * (size_t)lines->law->n_sets, sizeof *day->by_set) : NULL;
    return day->last != NULL && day->begun != NULL && day->in_force != NULL && day->bits != NULL &&
                   day->law != NULL && (!by_set || day->by_set != NULL)
               ? ENT_OK
               : ENT_ERR_NO_MEMORY;
}

void ent_lines_day_free(ent_lines_day_t *day)
{
    free(day->last);
    free(day->begun);
    free(day->in_force);
    free(day->bits);
    free(day->law);
    free(day->by_set);
    memset(day, 0, sizeof *day);
}

static void keep_by_set(ent_lines_day_t *day, const ent_line_terms_t *terms, int cell)
{
    const size_t n = (size_t)day->lines->n_cells;

    for (int s = 0; s < day->lines->law->n_sets; s++) {
        day->by_set[(size_t)s * n + (size_t)cell] = 0.0;
    }
    for (int t = 0; t < terms->n; t++) {
        day->by_set[(size_t)terms->terms[t].set * n + (size_t)cell] = terms->terms[t].adds;
    }
}

static void work_out(ent_lines_day_t *day, int group)
{
    const ent_lines_t *lines = day->lines;
    ent_line_shares_t shares = {
        .by_cell = lines->condition, .claim = lines->claim, .own_content = lines->own_content};
    double constant[ENT_LAW_MOST_ATOMS];
    ent_line_terms_t terms;

    for (int k = 0; k < lines->law->n_conditions; k++) {
        constant[k] = lines->law->conditions[k].share;
    }
    shares.constant = constant;
    ent_line_terms_of(&terms, &lines->cover, lines->law, lines->group_class[group], day->bits, 0);
    for (int i = lines->group_first[group]; i < lines->group_first[group + 1]; i++) {
        const int cell = lines->group_cells[i];

        shares.cell = cell;
        day->law[cell] = ent_line_terms_rate(&terms, &shares, lines->ordinary[cell]);
        if (day->by_set != NULL) {
            keep_by_set(day, &terms, cell);
        }
    }
}

int ent_lines_move(ent_lines_day_t *day, const ent_lines_when_t *when)
{
    const ent_lines_t *lines = day->lines;
    int n_changed = 0;
    const size_t words = (size_t)lines->cover.n_words;

    ent_cover_begun(&lines->cover, lines->law, when, day->begun, day->in_force);
    for (int g = 0; g < lines->n_groups; g++) {
        uint64_t *last = &day->last[(size_t)g * words];

        ent_cover_of(&lines->cover, lines->group_class[g], lines->group_partner[g], day->begun, day->in_force,
                     day->bits);
        if (!day->filled || memcmp(last, day->bits, words * sizeof *last) != 0) {
            work_out(day, g);
            memcpy(last, day->bits, words * sizeof *last);
            n_changed++;
        }
    }
    day->filled = 1;
    return n_changed;
}

double ent_lines_rate(const ent_lines_day_t *day, int cell)
{
    const double rate = day->lines->collected[cell] + (day->law[cell] - day->lines->base[cell]);

    return rate > 0.0 ? rate : 0.0;
}

static void clear(double *sums, int n)
{
    if (sums != NULL) {
        memset(sums, 0, (size_t)n * sizeof *sums);
    }
}

void ent_lines_sum(const ent_lines_day_t *day, const int *bucket, int n_buckets, double *imports,
                   double *duty, double *law)
{
    const ent_lines_t *lines = day->lines;
    const double *value = lines->law->trade.imports;

    clear(imports, n_buckets);
    clear(duty, n_buckets);
    clear(law, n_buckets);
    for (int c = 0; imports != NULL && c < lines->n_cells; c++) {
        if (bucket[c] >= 0) {
            imports[bucket[c]] += value[c];
        }
    }
    for (int c = 0; duty != NULL && c < lines->n_cells; c++) {
        if (bucket[c] >= 0) {
            duty[bucket[c]] += value[c] * ent_lines_rate(day, c);
        }
    }
    for (int c = 0; law != NULL && c < lines->n_cells; c++) {
        if (bucket[c] >= 0) {
            law[bucket[c]] += value[c] * day->law[c];
        }
    }
}

/* ---- days of change ---- */

static int compare_days(const void *a, const void *b)
{
    const ent_day_t x = *(const ent_day_t *)a, y = *(const ent_day_t *)b;

    return (x > y) - (x < y);
}

typedef struct {
    ent_day_t first, last, *days;
    int n, most, total;
} days_t;

static void add_day(days_t *found, ent_day_t day)
{
    if (day < found->first || day > found->last) {
        return;
    }
    for (int i = 0; i < found->n; i++) {
        if (found->days[i] == day) {
            return;
        }
    }
    found->total++;
    if (found->n < found->most) {
        found->days[found->n++] = day;
    }
}

int ent_lines_days(const ent_law_t *law, ent_day_t first, ent_day_t last, ent_day_t *days, int most)
{
    days_t found = {first, last, days, 0, most, 0};

    for (int i = 0; i < law->n_measures; i++) {
        const ent_law_measure_t *m = &law->measures[i];

        add_day(&found, m->effective);
        add_day(&found, m->end);
        for (int l = 0; l < m->n_lists; l++) {
            const ent_law_list_t *list = &law->lists[m->lists[l]];

            for (int r = 0; r < list->n_rows; r++) {
                add_day(&found, list->rows[r].from);
                add_day(&found, list->rows[r].until);
            }
        }
    }
    qsort(days, (size_t)found.n, sizeof *days, compare_days);
    return found.total;
}

/* ---- classes ---- */

static uint64_t mix(uint64_t hash, uint64_t value)
{
    return (hash ^ value) * 0x9e3779b97f4a7c15u + (hash >> 29);
}

/* What makes a group what it is: measures that ever bear on it, and the shares of its lists. */
static void key_of(const ent_lines_t *lines, int group, uint64_t *key)
{
    const ent_cover_t *cover = &lines->cover;
    const size_t words = (size_t)cover->n_words, shares = (size_t)cover->n_shares;
    const size_t class = (size_t)lines->group_class[group], partner = (size_t)lines->group_partner[group];

    for (size_t w = 0; w < words; w++) {
        key[w] = cover->cover[class * words + w] & cover->partner[partner * words + w];
    }
    memcpy(key + words, &cover->shares[class * shares], shares * sizeof *key);
    for (int a = 0; a < cover->n_atoms; a++) { /* shares of measures that do not bear on it do not count */
        if (cover->atoms[a].share >= 0 && (key[a / 64] >> (a % 64) & 1) == 0) {
            key[words + (size_t)cover->atoms[a].share] = 0;
        }
    }
}

static int fill_classes(const ent_lines_t *lines, uint64_t *keys, int *slots, size_t size, int *class)
{
    const size_t length = (size_t)lines->cover.n_words + (size_t)lines->cover.n_shares;
    int n = 0;

    for (int g = 0; g < lines->n_groups; g++) {
        uint64_t *key = &keys[(size_t)n * length], hash = 0;

        key_of(lines, g, key);
        for (size_t i = 0; i < length; i++) {
            hash = mix(hash, key[i]);
        }
        size_t slot = hash & (size - 1);
        while (slots[slot] != 0 &&
               memcmp(&keys[(size_t)(slots[slot] - 1) * length], key, length * sizeof *key) != 0) {
            slot = (slot + 1) & (size - 1);
        }
        if (slots[slot] == 0) {
            slots[slot] = ++n;
        }
        for (int i = lines->group_first[g]; i < lines->group_first[g + 1]; i++) {
            class[lines->group_cells[i]] = slots[slot] - 1;
        }
    }
    return n;
}

int ent_lines_classes(const ent_lines_t *lines, int *class, ent_context_t *ctx)
{
    const size_t length = (size_t)lines->cover.n_words + (size_t)lines->cover.n_shares;
    size_t size = 64;

    while (size < 2 * (size_t)lines->n_groups) {
        size *= 2;
    }
    uint64_t *keys = ent_calloc(ctx, ((size_t)lines->n_groups + 1) * length, sizeof *keys);
    int *slots = ent_calloc(ctx, size, sizeof *slots);
    const int n =
        keys != NULL && slots != NULL ? fill_classes(lines, keys, slots, size, class) : ENT_ERR_NO_MEMORY;
    free(keys);
    free(slots);
    return n;
}
