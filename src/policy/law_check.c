/* What holds across the rows of a law. */
#include "policy/cover.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void keep(int *code, int next)
{
    *code = *code == ENT_OK || next == ENT_ERR_NO_MEMORY ? next : *code;
}

/* ---- order of prefixes ---- */

static int compare_ranges(const ent_hs_range_t *a, const ent_hs_range_t *b)
{
    return a->low != b->low ? (a->low < b->low ? -1 : 1) : (a->high < b->high) - (a->high > b->high);
}

static int compare_rows(const void *a, const void *b)
{
    const ent_law_row_t *x = a, *y = b;
    const int order = compare_ranges(&x->range, &y->range);

    return order != 0           ? order
           : x->from != y->from ? (x->from < y->from ? -1 : 1)
                                : (x->line > y->line) - (x->line < y->line);
}

static int compare_concordance(const void *a, const void *b)
{
    return compare_ranges(&((const ent_law_concordance_t *)a)->range,
                          &((const ent_law_concordance_t *)b)->range);
}

/* A prefix stands once in a list at any time. */
static int check_list(ent_law_list_t *list, ent_context_t *ctx)
{
    int code = ENT_OK;

    if (list->n_rows > 0) {
        qsort(list->rows, (size_t)list->n_rows, sizeof *list->rows, compare_rows);
    }
    for (int i = 1; i < list->n_rows; i++) {
        const ent_law_row_t *row = &list->rows[i], *last = row - 1;

        if (compare_ranges(&row->range, &last->range) == 0 && row->from < last->until) {
            char prefix[16];

            ent_hs_format(row->range.low, row->digits, prefix);
            code = ent_fault(ctx, ENT_ERR_DATA, list->file, row->line, 0, "prefix", prefix, NULL,
                             "the prefix is on list %s twice for the same days: see line %d", list->name,
                             last->line);
        }
    }
    return code;
}

static int check_concordance(ent_law_t *law, ent_context_t *ctx)
{
    int code = ENT_OK;

    if (law->n_concordance > 0) {
        qsort(law->concordance, (size_t)law->n_concordance, sizeof *law->concordance, compare_concordance);
    }
    for (int i = 1; i < law->n_concordance; i++) {
        if (compare_ranges(&law->concordance[i].range, &law->concordance[i - 1].range) == 0) {
            char prefix[16];

            ent_hs_format(law->concordance[i].range.low, ENT_HS_DIGITS, prefix);
            code = ent_fault(ctx, ENT_ERR_DATA, "sectors", 0, 0, "prefix", prefix, NULL,
                             "a prefix belongs to one sector");
        }
    }
    return code;
}

/* ---- names of sets and measures ---- */

static const char *nearest_set(const ent_law_t *law, const char *name)
{
    return ent_nearest(name, (const char *const *)law->sets, (size_t)law->n_sets);
}

static const char *nearest_measure(const ent_law_t *law, const char *name)
{
    const char **names = malloc(((size_t)law->n_measures + 1) * sizeof *names);
    const char *nearest = NULL;

    for (int i = 0; names != NULL && i < law->n_measures; i++) {
        names[i] = law->measures[i].id;
    }
    nearest = names != NULL ? ent_nearest(name, names, (size_t)law->n_measures) : NULL;
    free(names);
    return nearest;
}

static int add_place(int **places, int *n, int place, ent_context_t *ctx)
{
    size_t capacity = (size_t)*n;
    int *grown = ent_grow(ctx, *places, &capacity, (size_t)*n + 1, sizeof *grown);

    if (grown == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    *places = grown;
    (*places)[(*n)++] = place;
    return ENT_OK;
}

static int resolve_set(const ent_law_t *law, ent_law_measure_t *m, const char *word, ent_context_t *ctx)
{
    const int set = ent_law_set(law, word);

    return set >= 0 ? add_place(&m->yields, &m->n_yields, set, ctx)
                    : ent_fault(ctx, ENT_ERR_DATA, m->file, m->line, 0, "yields_to", word,
                                nearest_set(law, word), "there is no such set");
}

static int resolve_measure(const ent_law_t *law, ent_law_measure_t *m, const char *word, ent_context_t *ctx)
{
    const int other = ent_law_measure(law, word);

    if (other < 0) {
        return ent_fault(ctx, ENT_ERR_DATA, m->file, m->line, 0, "replaces", word, nearest_measure(law, word),
                         "there is no such measure");
    }
    if (law->measures[other].set != m->set || law->measures[other].effective > m->effective ||
        &law->measures[other] == m) {
        return ent_fault(ctx, ENT_ERR_DATA, m->file, m->line, 0, "replaces", word, NULL,
                         "a measure replaces another of its set that began before (line %d)",
                         law->measures[other].line);
    }
    return add_place(&m->replaces, &m->n_replaces, other, ctx);
}

typedef int resolve_t(const ent_law_t *law, ent_law_measure_t *m, const char *word, ent_context_t *ctx);

static int each_word(const ent_law_t *law, ent_law_measure_t *m, const char *text, resolve_t *resolve,
                     ent_context_t *ctx)
{
    char *copy = ent_strdup(ctx, text != NULL ? text : ""), *rest = copy;
    int code = copy != NULL ? ENT_OK : ENT_ERR_NO_MEMORY;

    for (const char *word; copy != NULL && (word = strsep(&rest, " ")) != NULL;) {
        if (word[0] != '\0') {
            keep(&code, resolve(law, m, word, ctx));
        }
    }
    free(copy);
    return code;
}

/* ---- order of sets ---- */

static int yields_to(const ent_law_t *law, int set, int other)
{
    for (int i = 0; i < law->n_measures; i++) {
        for (int k = 0; law->measures[i].set == set && k < law->measures[i].n_yields; k++) {
            if (law->measures[i].yields[k] == other) {
                return 1;
            }
        }
    }
    return 0;
}

static const ent_law_measure_t *first_that_yields(const ent_law_t *law, int set)
{
    for (int i = 0; i < law->n_measures; i++) {
        if (law->measures[i].set == set && law->measures[i].n_yields > 0) {
            return &law->measures[i];
        }
    }
    return &law->measures[0];
}

/* Follow sets that are not yet placed, each to one it waits for, until one comes again: the circle. */
static int report_circle(const ent_law_t *law, const unsigned char *placed, ent_context_t *ctx)
{
    char words[256];
    size_t used = 0;
    int set = 0, start;

    while (placed[set]) {
        set++;
    }
    for (int pass = 0; pass < 2; pass++) {
        start = set;
        for (int step = 0; step < law->n_sets && (step == 0 || set != start); step++) {
            int next = 0;

            while (placed[next] || !yields_to(law, set, next)) {
                next++;
            }
            if (pass == 1 && used < sizeof words - 1) {
                used += (size_t)snprintf(words + used, sizeof words - used, "%s yields to ", law->sets[set]);
            }
            set = next;
        }
    }
    const ent_law_measure_t *m = first_that_yields(law, set);
    return ent_fault(ctx, ENT_ERR_DATA, m->file, m->line, 0, "yields_to", m->yields_text, NULL,
                     "sets must not yield in a circle: %s%s", words, law->sets[set]);
}

int ent_law_set_order(const ent_law_t *law, int *order, ent_context_t *ctx)
{
    unsigned char *placed = ent_calloc(ctx, (size_t)law->n_sets + 1, 1);
    int n = 0, before = -1, code = placed != NULL ? ENT_OK : ENT_ERR_NO_MEMORY;

    while (code == ENT_OK && n < law->n_sets && n != before) {
        before = n;
        for (int set = 0; set < law->n_sets; set++) {
            int waits = placed[set];

            for (int other = 0; other < law->n_sets && !waits; other++) {
                waits = !placed[other] && yields_to(law, set, other);
            }
            if (!waits) {
                placed[set] = 1;
                order[n++] = set;
            }
        }
    }
    if (code == ENT_OK && n < law->n_sets) {
        code = report_circle(law, placed, ctx);
    }
    free(placed);
    return code;
}

/* ---- all ---- */

/* Conditions that columns of the measures name without words. */
static int check_claims(const ent_law_t *law, ent_context_t *ctx)
{
    int code = ENT_OK;

    for (int i = 0; i < law->n_measures; i++) {
        const ent_law_measure_t *m = &law->measures[i];
        const char *missing =
            m->claim != ENT_CLAIM_NOTHING && ent_law_condition(law, ENT_CONDITION_CLAIM) < 0
                ? ENT_CONDITION_CLAIM
            : m->claim == ENT_CLAIM_CONTENT && ent_law_condition(law, ENT_CONDITION_OWN_CONTENT) < 0
                ? ENT_CONDITION_OWN_CONTENT
                : NULL;

        if (missing != NULL) {
            code = ent_fault(ctx, ENT_ERR_DATA, m->file, m->line, 0, "usmca", m->id, NULL,
                             "conditions.csv needs a row %s for it", missing);
        }
    }
    return code;
}

int ent_law_finish(ent_law_t *law, ent_context_t *ctx)
{
    ent_cover_t cover;
    int code = ENT_OK;

    for (int l = 0; l < law->n_lists; l++) {
        keep(&code, check_list(&law->lists[l], ctx));
    }
    keep(&code, check_concordance(law, ctx));
    for (int i = 0; i < law->n_measures; i++) {
        ent_law_measure_t *m = &law->measures[i];

        keep(&code, each_word(law, m, m->yields_text, resolve_set, ctx));
        keep(&code, each_word(law, m, m->replaces_text, resolve_measure, ctx));
    }
    keep(&code, check_claims(law, ctx));
    if (law->n_measures == 0 && code == ENT_OK) {
        return ent_fail(ctx, ENT_ERR_DATA, law->name, "the law has no measures");
    }
    /* where all is well whoever makes the cover is told */
    if (code != ENT_ERR_NO_MEMORY && ctx->n_faults > 0 && law->n_measures > 0) {
        keep(&code, ent_cover_init(&cover, law, ctx));
        ent_cover_free(&cover);
    }
    return code;
}
