/* What a config takes of the law and what its regimes change, in words. */
#include "config/law_internal.h"

#include "base/memory.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NAMED = 4 };

/* Put words at the end of a text; the text is NULL where memory was short. */
static void add(ent_context_t *ctx, char **text, const char *format, ...) ENT_PRINTF(3, 4);

static void add(ent_context_t *ctx, char **text, const char *format, ...)
{
    char words[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    char *longer = *text != NULL ? ent_format(ctx, "%s%s", *text, words) : NULL;
    free(*text);
    *text = longer;
}

static void add_day(ent_context_t *ctx, char **text, const char *before, ent_day_t day)
{
    char written[16];

    if (day != ENT_DAY_NEVER && day != ENT_DAY_ALWAYS) {
        ent_day_format(day, written);
        add(ctx, text, "%s%s", before, written);
    }
}

/* A partner, or the group it stands for where all of it is meant; NULL where its group was named before it.
 */
static const char *name_of(const ent_law_t *law, const unsigned char *flags, int p)
{
    const int group = law->partners[p].group;
    int first = 1;

    for (int q = 0; group >= 0 && q < law->n_partners; q++) {
        if (law->partners[q].group == group && !flags[q]) {
            return law->partners[p].code;
        }
        first &= law->partners[q].group != group || q >= p;
    }
    return group < 0 ? law->partners[p].code : first ? law->groups[group] : NULL;
}

static void add_partners(const ent_config_law_t *l, char **text, const ent_law_measure_t *m)
{
    const char *names[MOST_NAMED] = {NULL};
    int n = 0, all = 0;

    for (int p = 0; p < l->law.n_partners; p++) {
        const char *name = m->partner[p] ? name_of(&l->law, m->partner, p) : NULL;

        all += m->partner[p] != 0;
        if (name != NULL && n++ < MOST_NAMED) {
            names[n - 1] = name;
        }
    }
    if (all == l->law.n_partners) {
        add(l->reader->ctx, text, "all partners");
    } else if (n > MOST_NAMED) {
        add(l->reader->ctx, text, "%d partners", all);
    }
    for (int i = 0; all < l->law.n_partners && n <= MOST_NAMED && i < n; i++) {
        add(l->reader->ctx, text, "%s%s", i > 0 ? " " : "", names[i]);
    }
}

static void add_goods(const ent_config_law_t *l, char **text, const ent_law_measure_t *m)
{
    add(l->reader->ctx, text, "%s", m->all_lines ? ", all of them" : ", those of ");
    for (int i = 0; !m->all_lines && i < m->n_lists; i++) {
        add(l->reader->ctx, text, "%s%.60s", i > 0 ? " " : "", l->law.lists[m->lists[i]].name);
    }
    for (int i = 0; i < m->n_yields; i++) {
        add(l->reader->ctx, text, "%s%.30s", i == 0 ? " outside what " : " ", l->law.sets[m->yields[i]]);
    }
    if (m->n_yields > 0) {
        add(l->reader->ctx, text, " take");
    }
}

static void add_own(const ent_config_law_t *l, char **text, int i)
{
    const ent_law_measure_t *m = &l->law.measures[i];
    ent_context_t *ctx = l->reader->ctx;
    const char *does = m->kind == ENT_LAW_ADDITIVE ? "adds"
                       : m->kind == ENT_LAW_FLOOR  ? "brings up to"
                                                   : "exempts";

    add(ctx, text, "%s%s (set %s) %s %.4g %% ", (*text)[0] != '\0' ? "; " : "", m->id, l->law.sets[m->set],
        does, 100.0 * m->rate);
    add(ctx, text, "%s", m->kind == ENT_LAW_EXEMPTION ? "of goods from " : "on goods from ");
    add_partners(l, text, m);
    add_goods(l, text, m);
    add_day(ctx, text, ", from ", m->effective);
    add_day(ctx, text, " until ", m->end);
    add_day(ctx, text, ", known from ", l->announced[i]);
}

static void add_without(const ent_config_law_t *l, char **text, const unsigned char *without,
                        const unsigned char *already)
{
    int n = 0;

    for (int i = 0; i < l->n_shipped; i++) {
        if (without[i] && !(already != NULL && already[i])) {
            add(l->reader->ctx, text, "%s%s", n++ == 0 ? "without " : " ", l->law.measures[i].id);
        }
    }
}

/* Own measures that hold: those of every regime, or of one. */
static void add_all_own(const ent_config_law_t *l, char **text, int regime)
{
    for (int i = l->n_shipped; i < l->law.n_measures; i++) {
        if (l->regime[i] == regime && *text != NULL) {
            add_own(l, text, i);
        }
    }
}

char *ent_config_law_words(const ent_config_law_t *l, const unsigned char *without, int regime)
{
    char *text = ent_strdup(l->reader->ctx, "");

    add_without(l, &text, without, regime >= 0 ? l->without : NULL);
    add_all_own(l, &text, regime);
    return text;
}

char *ent_config_law_background(const ent_config_law_t *l)
{
    ent_context_t *ctx = l->reader->ctx;
    char *changes = ent_config_law_words(l, l->without, -1), *text = ent_strdup(ctx, l->law.name);

    add(ctx, &text, ", %d measures as means over product lines", l->n_shipped);
    add_day(ctx, &text, ", what was announced by ", l->known);
    add_day(ctx, &text, ", the benchmark's trade taken as under that of ", l->base_day);
    add_day(ctx, &text, ", from ", l->from);
    add_day(ctx, &text, ", until ", l->until);
    if (changes != NULL && changes[0] != '\0') {
        char *whole = ent_format(ctx, "%s; %s", text != NULL ? text : "", changes);
        free(text);
        text = whole;
    }
    free(changes);
    return text;
}
