#include "policy/cover.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { WORD = 64 };

void ent_cover_free(ent_cover_t *cover)
{
    free(cover->atoms);
    free(cover->set_order);
    free(cover->bound);
    free(cover->range_class);
    free(cover->cover);
    free(cover->shares);
    free(cover->partner);
    free(cover->replaced);
    free(cover->replaces);
    memset(cover, 0, sizeof *cover);
}

static void set_bit(uint64_t *bits, int i)
{
    bits[i / WORD] |= (uint64_t)1 << (i % WORD);
}

/* ---- ranges ---- */

static int compare_codes(const void *a, const void *b)
{
    const ent_hs_t x = *(const ent_hs_t *)a, y = *(const ent_hs_t *)b;

    return (x > y) - (x < y);
}

static int find_bounds(ent_cover_t *cover, const ent_law_t *law, ent_context_t *ctx)
{
    const ent_hs_t end = 100 * (ent_hs_t)ENT_HS_CHAPTER;
    size_t n = 2;

    for (int l = 0; l < law->n_lists; l++) {
        n += 2 * (size_t)law->lists[l].n_rows;
    }
    cover->bound = ent_calloc(ctx, n, sizeof *cover->bound);
    if (cover->bound == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    n = 0;
    cover->bound[n++] = 0;
    cover->bound[n++] = end;
    for (int l = 0; l < law->n_lists; l++) {
        for (int i = 0; i < law->lists[l].n_rows; i++) {
            cover->bound[n++] = law->lists[l].rows[i].range.low;
            cover->bound[n++] = law->lists[l].rows[i].range.high;
        }
    }
    qsort(cover->bound, n, sizeof *cover->bound, compare_codes);
    int kept = 0;
    for (size_t i = 1; i < n; i++) {
        if (cover->bound[i] != cover->bound[kept]) {
            cover->bound[++kept] = cover->bound[i];
        }
    }
    cover->n_ranges = kept;
    return ENT_OK;
}

/* The last range that begins at or before a code. */
int ent_cover_range(const ent_cover_t *cover, ent_hs_t code)
{
    int low = 0, high = cover->n_ranges;

    while (high - low > 1) {
        const int middle = low + (high - low) / 2;

        if (cover->bound[middle] <= code) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

/* ---- atoms ---- */

typedef struct {
    ent_day_t from, until;
} dates_t;

static void add_dates(dates_t *dates, int *n, dates_t new)
{
    for (int i = 0; i < *n; i++) {
        if (dates[i].from == new.from && dates[i].until == new.until) {
            return;
        }
    }
    dates[(*n)++] = new;
}

enum { MOST_DATES = 256 };

/* The different dates of the rows of a measure's lists. */
static int dates_of(const ent_law_t *law, const ent_law_measure_t *m, dates_t dates[MOST_DATES])
{
    int n = 0;

    if (m->all_lines || m->n_lists == 0) {
        add_dates(dates, &n, (dates_t){ENT_DAY_ALWAYS, ENT_DAY_NEVER});
    }
    for (int i = 0; i < m->n_lists; i++) {
        const ent_law_list_t *list = &law->lists[m->lists[i]];

        for (int r = 0; r < list->n_rows && n < MOST_DATES; r++) {
            add_dates(dates, &n, (dates_t){list->rows[r].from, list->rows[r].until});
        }
    }
    return n;
}

static int find_atoms(ent_cover_t *cover, const ent_law_t *law, ent_context_t *ctx)
{
    dates_t dates[MOST_DATES];
    size_t capacity = 0;

    for (int m = 0; m < law->n_measures; m++) {
        const int n = dates_of(law, &law->measures[m], dates);
        ent_atom_t *grown =
            ent_grow(ctx, cover->atoms, &capacity, (size_t)cover->n_atoms + (size_t)n + 1, sizeof *grown);

        if (grown == NULL) {
            return ENT_ERR_NO_MEMORY;
        }
        cover->atoms = grown;
        if (n == MOST_DATES) {
            return ent_fault(ctx, ENT_ERR_DATA, law->measures[m].file, law->measures[m].line, 0, "lists",
                             law->measures[m].id, NULL,
                             "the rows of its lists have %d and more different dates", n);
        }
        for (int i = 0; i < n; i++) {
            cover->atoms[cover->n_atoms++] =
                (ent_atom_t){m, law->measures[m].set, -1, dates[i].from, dates[i].until};
        }
    }
    cover->n_words = (cover->n_atoms + WORD - 1) / WORD;
    if (cover->n_atoms > ENT_LAW_MOST_ATOMS || law->n_conditions > ENT_LAW_MOST_ATOMS ||
        law->n_sets > ENT_LAW_MOST_SETS) {
        return ent_fail(ctx, ENT_ERR_DATA, law->name, "more than %d sets, or %d measures or conditions",
                        ENT_LAW_MOST_SETS, ENT_LAW_MOST_ATOMS);
    }
    return ENT_OK;
}

/* Does atom `a` come before `b`? */
static int before(const ent_law_t *law, const int *rank, const ent_atom_t *a, const ent_atom_t *b)
{
    const ent_law_measure_t *x = &law->measures[a->measure], *y = &law->measures[b->measure];
    const int exempt_x = x->kind == ENT_LAW_EXEMPTION, exempt_y = y->kind == ENT_LAW_EXEMPTION;

    if (rank[a->set] != rank[b->set]) {
        return rank[a->set] < rank[b->set];
    }
    if (exempt_x != exempt_y) {
        return exempt_x < exempt_y;
    }
    if (x->priority != y->priority) {
        return x->priority > y->priority;
    }
    if (x->effective != y->effective) {
        return x->effective > y->effective;
    }
    return a->measure != b->measure ? a->measure > b->measure : a->from < b->from;
}

static int sort_atoms(ent_cover_t *cover, const ent_law_t *law, ent_context_t *ctx)
{
    int *rank = ent_calloc(ctx, (size_t)law->n_sets, sizeof *rank);
    int code = rank == NULL ? ENT_ERR_NO_MEMORY : ENT_OK;

    cover->set_order = ent_calloc(ctx, (size_t)law->n_sets, sizeof *cover->set_order);
    if (code == ENT_OK && cover->set_order != NULL) {
        code = ent_law_set_order(law, cover->set_order, ctx);
    } else {
        code = ENT_ERR_NO_MEMORY;
    }
    for (int i = 0; code == ENT_OK && i < law->n_sets; i++) {
        rank[cover->set_order[i]] = i;
    }
    for (int i = 1; code == ENT_OK && i < cover->n_atoms; i++) {
        const ent_atom_t atom = cover->atoms[i];
        int k = i;

        for (; k > 0 && before(law, rank, &atom, &cover->atoms[k - 1]); k--) {
            cover->atoms[k] = cover->atoms[k - 1];
        }
        cover->atoms[k] = atom;
    }
    free(rank);
    return code;
}

/* ---- what an atom covers ---- */

typedef struct {
    const ent_law_t *law;
    ent_cover_t *cover;
    double *share, *one; /* [n_ranges] of the atom, and of one of its lists */
    double *all;         /* [n_atoms][n_ranges] of atoms with shares, in the order found */
    uint64_t *bits;      /* [n_ranges][n_words] */
    ent_context_t *ctx;
    int code;
} builder_t;

/* Mark a list's rows in `one` between the ranges *low and *high, which are found too; elsewhere `one` is not
 * looked at. */
static void mark_list(builder_t *b, const ent_law_list_t *list, const ent_atom_t *atom, int *low, int *high)
{
    ent_hs_t end = 0;

    *low = list->n_rows > 0 ? ent_cover_range(b->cover, list->rows[0].range.low) : 0;
    for (int i = 0; i < list->n_rows; i++) {
        end = list->rows[i].range.high > end ? list->rows[i].range.high : end;
    }
    *high = list->n_rows > 0 ? ent_cover_range(b->cover, end - 1) + 1 : 0;
    memset(b->one + *low, 0, (size_t)(*high - *low) * sizeof *b->one);
    for (int i = 0; i < list->n_rows; i++) { /* longer prefixes come after those that hold them */
        const ent_law_row_t *row = &list->rows[i];

        if (atom != NULL && (row->from != atom->from || row->until != atom->until)) {
            continue;
        }
        for (int r = ent_cover_range(b->cover, row->range.low); b->cover->bound[r] < row->range.high; r++) {
            b->one[r] = row->share;
        }
    }
}

/* Two lists of a measure agree on a line they share. */
static void merge_list(builder_t *b, const ent_atom_t *atom, const ent_law_list_t *list, int low, int high)
{
    const ent_law_measure_t *m = &b->law->measures[atom->measure];
    int reported = 0;

    for (int r = low; r < high; r++) {
        if (b->one[r] > 0.0 && b->share[r] > 0.0 && b->one[r] != b->share[r] && !reported) {
            char code[16];

            ent_hs_format(b->cover->bound[r], ENT_HS_DIGITS, code);
            b->code = ent_fault(b->ctx, ENT_ERR_DATA, m->file, m->line, 0, "lists", list->name, NULL,
                                "lists of measure %s overlap on %s and give it the shares %g and %g: name it "
                                "in one",
                                m->id, code, b->share[r], b->one[r]);
            reported = 1;
        }
        b->share[r] = b->one[r] > b->share[r] ? b->one[r] : b->share[r];
    }
}

static void find_share(builder_t *b, const ent_atom_t *atom)
{
    const ent_law_measure_t *m = &b->law->measures[atom->measure];
    const double whole = m->all_lines && atom->from == ENT_DAY_ALWAYS ? 1.0 : 0.0;
    int low, high;

    for (int r = 0; r < b->cover->n_ranges; r++) {
        b->share[r] = whole;
    }
    for (int i = 0; i < m->n_lists; i++) {
        mark_list(b, &b->law->lists[m->lists[i]], atom, &low, &high);
        merge_list(b, atom, &b->law->lists[m->lists[i]], low, high);
    }
    for (int i = 0; i < m->n_except; i++) {
        mark_list(b, &b->law->lists[m->except[i]], NULL, &low, &high);
        for (int r = low; r < high; r++) {
            b->share[r] = b->one[r] > 0.0 ? 0.0 : b->share[r];
        }
    }
}

static void note_atom(builder_t *b, int a)
{
    ent_cover_t *cover = b->cover;
    int partial = 0;

    find_share(b, &cover->atoms[a]);
    for (int r = 0; r < cover->n_ranges; r++) {
        if (b->share[r] > 0.0) {
            set_bit(&b->bits[(size_t)r * (size_t)cover->n_words], a);
            partial |= b->share[r] < 1.0;
        }
    }
    if (partial) {
        const size_t n = (size_t)cover->n_ranges;
        double *grown = realloc(b->all, (size_t)(cover->n_shares + 1) * n * sizeof *grown);

        if (grown == NULL) {
            b->code = ent_fail(b->ctx, ENT_ERR_NO_MEMORY, "law", "no memory for the shares of lists");
            return;
        }
        b->all = grown;
        memcpy(b->all + (size_t)cover->n_shares * n, b->share, n * sizeof *b->share);
        cover->atoms[a].share = cover->n_shares++;
    }
}

/* ---- classes: ranges with equal bits and shares ---- */

static int equal_ranges(const builder_t *b, int r, int c)
{
    const ent_cover_t *cover = b->cover;
    const size_t words = (size_t)cover->n_words, shares = (size_t)cover->n_shares;

    return memcmp(&b->bits[(size_t)r * words], &cover->cover[(size_t)c * words], words * sizeof *b->bits) ==
               0 &&
           (shares == 0 || memcmp(&b->all[(size_t)r * shares], &cover->shares[(size_t)c * shares],
                                  shares * sizeof *b->all) == 0);
}

static uint64_t mix(uint64_t hash, const void *data, size_t n)
{
    const unsigned char *bytes = data;

    for (size_t i = 0; i < n; i++) {
        hash = (hash ^ bytes[i]) * 0x100000001b3u; /* FNV-1a */
    }
    return hash;
}

/* The shares by range instead of by atom, so that those of a range lie together. */
static int turn_shares(builder_t *b)
{
    const size_t n = (size_t)b->cover->n_ranges, k = (size_t)b->cover->n_shares;
    double *turned = ent_calloc(b->ctx, n * k, sizeof *turned);

    if (turned == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (size_t a = 0; a < k; a++) {
        for (size_t r = 0; r < n; r++) {
            turned[r * k + a] = b->all[a * n + r];
        }
    }
    free(b->all);
    b->all = turned;
    return ENT_OK;
}

static void add_class(builder_t *b, int r)
{
    ent_cover_t *cover = b->cover;
    const size_t words = (size_t)cover->n_words, shares = (size_t)cover->n_shares,
                 c = (size_t)cover->n_classes++;

    memcpy(&cover->cover[c * words], &b->bits[(size_t)r * words], words * sizeof *b->bits);
    if (shares > 0) {
        memcpy(&cover->shares[c * shares], &b->all[(size_t)r * shares], shares * sizeof *b->all);
    }
}

static int find_classes(builder_t *b)
{
    ent_cover_t *cover = b->cover;
    const size_t n = (size_t)cover->n_ranges, words = (size_t)cover->n_words,
                 shares = (size_t)cover->n_shares;
    size_t size = 64;

    while (size < 2 * n) {
        size *= 2;
    }
    int *slots = ent_calloc(b->ctx, size, sizeof *slots); /* class + 1 */
    cover->cover = ent_calloc(b->ctx, n * words, sizeof *cover->cover);
    cover->shares = ent_calloc(b->ctx, n * shares, sizeof *cover->shares);
    cover->range_class = ent_calloc(b->ctx, n, sizeof *cover->range_class);
    int code = slots != NULL && cover->cover != NULL && cover->shares != NULL && cover->range_class != NULL
                   ? turn_shares(b)
                   : ENT_ERR_NO_MEMORY;
    for (size_t r = 0; code == ENT_OK && r < n; r++) {
        uint64_t hash = mix(0xcbf29ce484222325u, &b->bits[r * words], words * sizeof *b->bits);

        hash = mix(hash, b->all + r * shares, shares * sizeof *b->all);
        size_t slot = hash & (size - 1);
        while (slots[slot] != 0 && !equal_ranges(b, (int)r, slots[slot] - 1)) {
            slot = (slot + 1) & (size - 1);
        }
        if (slots[slot] == 0) {
            add_class(b, (int)r);
            slots[slot] = cover->n_classes;
        }
        cover->range_class[r] = slots[slot] - 1;
    }
    free(slots);
    return code;
}

/* ---- partners, replaced measures ---- */

static int find_partners(ent_cover_t *cover, const ent_law_t *law, ent_context_t *ctx)
{
    const size_t words = (size_t)cover->n_words;

    cover->n_partners = law->n_partners;
    cover->partner = ent_calloc(ctx, (size_t)law->n_partners * words, sizeof *cover->partner);
    cover->replaced = ent_calloc(ctx, (size_t)cover->n_atoms * words, sizeof *cover->replaced);
    cover->replaces = ent_calloc(ctx, (size_t)cover->n_atoms, 1);
    if (cover->partner == NULL || cover->replaced == NULL || cover->replaces == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int a = 0; a < cover->n_atoms; a++) {
        const ent_law_measure_t *m = &law->measures[cover->atoms[a].measure];

        for (int p = 0; p < law->n_partners; p++) {
            if (m->partner[p]) {
                set_bit(&cover->partner[(size_t)p * words], a);
            }
        }
        for (int other = 0; other < cover->n_atoms; other++) {
            for (int i = 0; i < m->n_replaces; i++) {
                if (cover->atoms[other].measure == m->replaces[i]) {
                    set_bit(&cover->replaced[(size_t)a * words], other);
                    cover->replaces[a] = 1;
                }
            }
        }
    }
    return ENT_OK;
}

/* ---- two duties of a set on one day ---- */

static int contradict(const ent_law_t *law, const ent_atom_t *a, const ent_atom_t *b)
{
    const ent_law_measure_t *x = &law->measures[a->measure], *y = &law->measures[b->measure];

    if (a->measure >= b->measure || a->set != b->set || x->kind == ENT_LAW_EXEMPTION ||
        y->kind == ENT_LAW_EXEMPTION || x->priority != y->priority || x->effective != y->effective ||
        a->until <= b->from || b->until <= a->from) {
        return 0;
    }
    for (int p = 0; p < law->n_partners; p++) {
        if (x->partner[p] && y->partner[p]) {
            return 1;
        }
    }
    return 0;
}

static int has_bit(const uint64_t *bits, int i)
{
    return (int)(bits[i / WORD] >> (i % WORD) & 1);
}

static int report_pair(const builder_t *b, int i, int k)
{
    const ent_cover_t *cover = b->cover;
    const ent_law_measure_t *x = &b->law->measures[cover->atoms[i].measure],
                            *y = &b->law->measures[cover->atoms[k].measure];

    for (int r = 0; r < cover->n_ranges; r++) {
        const uint64_t *bits = &cover->cover[(size_t)cover->range_class[r] * (size_t)cover->n_words];

        if (has_bit(bits, i) && has_bit(bits, k)) {
            char code[16];

            ent_hs_format(cover->bound[r], ENT_HS_DIGITS, code);
            return ent_fault(b->ctx, ENT_ERR_DATA, y->file, y->line, 0, "effective", y->id, NULL,
                             "of a set one duty counts: %s (line %d) begins on the same day with the same "
                             "priority, and both cover %s; give one a higher priority or another set",
                             x->id, x->line, code);
        }
    }
    return ENT_OK;
}

static int check_pairs(const builder_t *b)
{
    int code = ENT_OK;

    for (int i = 0; i < b->cover->n_atoms; i++) {
        for (int k = 0; k < b->cover->n_atoms; k++) {
            if (contradict(b->law, &b->cover->atoms[i], &b->cover->atoms[k]) &&
                report_pair(b, i, k) != ENT_OK) {
                code = ENT_ERR_DATA;
            }
        }
    }
    return code;
}

/* ---- all ---- */

static int build(builder_t *b)
{
    ent_cover_t *cover = b->cover;
    const size_t n = (size_t)cover->n_ranges;

    b->share = ent_calloc(b->ctx, n, sizeof *b->share);
    b->one = ent_calloc(b->ctx, n, sizeof *b->one);
    b->bits = ent_calloc(b->ctx, n * (size_t)cover->n_words, sizeof *b->bits);
    if (b->share == NULL || b->one == NULL || b->bits == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int a = 0; a < cover->n_atoms && b->code != ENT_ERR_NO_MEMORY; a++) {
        note_atom(b, a);
    }
    if (b->code == ENT_ERR_NO_MEMORY) {
        return b->code;
    }
    const int code = find_classes(b);
    return code != ENT_OK ? code : check_pairs(b) != ENT_OK ? ENT_ERR_DATA : b->code;
}

int ent_cover_init(ent_cover_t *cover, const ent_law_t *law, ent_context_t *ctx)
{
    builder_t builder = {.law = law, .cover = cover, .ctx = ctx};
    int code;

    memset(cover, 0, sizeof *cover);
    code = find_bounds(cover, law, ctx);
    code = code != ENT_OK ? code : find_atoms(cover, law, ctx);
    code = code != ENT_OK ? code : sort_atoms(cover, law, ctx);
    code = code != ENT_OK ? code : build(&builder);
    code = code != ENT_OK ? code : find_partners(cover, law, ctx);
    free(builder.share);
    free(builder.one);
    free(builder.all);
    free(builder.bits);
    return code;
}

/* ---- days ---- */

static int has_begun(const ent_law_measure_t *m, const ent_lines_when_t *when)
{
    const ent_day_t effective =
        when->final && m->retroactive_to < m->effective ? m->retroactive_to : m->effective;

    if (m->announced > when->known || when->arrive < effective) {
        return 0;
    }
    return !m->by_loading || when->loaded >= m->loaded_before || when->arrive >= m->entered_before;
}

static int has_ended(const ent_law_measure_t *m, const ent_lines_when_t *when)
{
    return when->arrive >= m->end && m->end_announced <= when->known;
}

void ent_cover_begun(const ent_cover_t *cover, const ent_law_t *law, const ent_lines_when_t *when,
                     uint64_t *begun, uint64_t *in_force)
{
    memset(begun, 0, (size_t)cover->n_words * sizeof *begun);
    memset(in_force, 0, (size_t)cover->n_words * sizeof *in_force);
    for (int a = 0; a < cover->n_atoms; a++) {
        const ent_atom_t *atom = &cover->atoms[a];
        const ent_law_measure_t *m = &law->measures[atom->measure];
        const ent_day_t from = when->final && m->retroactive_to < m->effective && atom->from <= m->effective
                                   ? ENT_DAY_ALWAYS
                                   : atom->from;

        if ((when->without != NULL && when->without[atom->measure]) || !has_begun(m, when) ||
            when->arrive < from) {
            continue;
        }
        set_bit(begun, a);
        if (when->arrive < atom->until && !has_ended(m, when)) {
            set_bit(in_force, a);
        }
    }
}

void ent_cover_of(const ent_cover_t *cover, int class, int partner, const uint64_t *begun,
                  const uint64_t *in_force, uint64_t *bits)
{
    const int n = cover->n_words;
    const uint64_t *covered = &cover->cover[(size_t) class * (size_t)n],
                   *from = &cover->partner[(size_t)partner * (size_t)n];

    for (int w = 0; w < n; w++) {
        bits[w] = covered[w] & from[w] & in_force[w];
    }
    for (int w = 0; w < n; w++) {
        for (uint64_t rest = covered[w] & from[w] & begun[w]; rest != 0; rest &= rest - 1) {
            const int a = w * WORD + __builtin_ctzll(rest);

            for (int k = 0; cover->replaces[a] && k < n; k++) {
                bits[k] &= ~cover->replaced[(size_t)a * (size_t)n + (size_t)k];
            }
        }
    }
}
