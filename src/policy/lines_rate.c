/* Working out lines: from the bits of what is in force to a rate. */
#include "policy/lines_internal.h"

#include <string.h>

enum { WORD = 64 };

static double list_share(const ent_cover_t *cover, int class, const ent_atom_t *atom)
{
    return atom->share >= 0 ? cover->shares[(size_t) class * (size_t)cover->n_shares + (size_t)atom->share]
                            : 1.0;
}

/* Places among the terms of the sets a measure yields to. */
static void find_yields(ent_line_terms_t *terms, const ent_law_measure_t *m, const int *term_of_set)
{
    ent_line_term_t *term = &terms->terms[terms->n - 1];

    term->n_yields = 0;
    for (int i = 0; i < m->n_yields; i++) {
        if (term_of_set[m->yields[i]] >= 0) {
            term->yields[term->n_yields++] = (short)term_of_set[m->yields[i]];
        }
    }
}

static void add_duty(ent_line_terms_t *terms, const ent_law_t *law, const ent_atom_t *atom, double list,
                     int *term_of_set)
{
    const ent_law_measure_t *m = &law->measures[atom->measure];

    terms->terms[terms->n++] = (ent_line_term_t){.measure = atom->measure,
                                                 .set = atom->set,
                                                 .kind = m->kind,
                                                 .claim = m->claim,
                                                 .condition = m->condition,
                                                 .rate = m->rate,
                                                 .list = list,
                                                 .first_exemption = terms->n_exemptions};
    find_yields(terms, m, term_of_set);
    term_of_set[atom->set] = terms->n - 1;
}

/* Rows with other dates of the same list are the same exemption: the larger share counts. */
static void add_exemption(ent_line_terms_t *terms, const ent_law_t *law, const ent_atom_t *atom, double list)
{
    ent_line_exemption_t *last = &terms->exemptions[terms->n_exemptions - 1];

    if (terms->n_exemptions > terms->terms[terms->n - 1].first_exemption && last->measure == atom->measure) {
        last->list = list > last->list ? list : last->list;
        return;
    }
    terms->exemptions[terms->n_exemptions++] =
        (ent_line_exemption_t){atom->measure, law->measures[atom->measure].condition, list};
    terms->terms[terms->n - 1].n_exemptions++;
}

void ent_line_terms_of(ent_line_terms_t *terms, const ent_cover_t *cover, const ent_law_t *law, int class,
                       const uint64_t *bits, int form)
{
    int term_of_set[ENT_LAW_MOST_SETS];

    memset(term_of_set, -1, (size_t)law->n_sets * sizeof *term_of_set);
    terms->n = terms->n_exemptions = 0;
    for (int w = 0; w < cover->n_words; w++) {
        for (uint64_t rest = bits[w]; rest != 0; rest &= rest - 1) {
            const ent_atom_t *atom = &cover->atoms[w * WORD + __builtin_ctzll(rest)];
            const double list = form ? 1.0 : list_share(cover, class, atom);

            if (law->measures[atom->measure].kind != ENT_LAW_EXEMPTION) {
                if (term_of_set[atom->set] < 0) { /* the first of a set is the one that counts */
                    add_duty(terms, law, atom, list, term_of_set);
                }
            } else if (term_of_set[atom->set] >= 0) {
                add_exemption(terms, law, atom, list);
            }
        }
    }
}

/* ---- one cell ---- */

static double share_at(const ent_line_shares_t *shares, int condition)
{
    if (condition < 0) {
        return 1.0;
    }
    return shares->by_cell != NULL && shares->by_cell[condition] != NULL
               ? shares->by_cell[condition][shares->cell]
               : shares->constant[condition];
}

/* fmax(x, 0) without a call. */
static double above(double x)
{
    return x > 0.0 ? x : 0.0;
}

static double exempt_part(const ent_line_terms_t *terms, const ent_line_term_t *term,
                          const ent_line_shares_t *shares)
{
    double sum = 0.0;

    for (int i = 0; i < term->n_exemptions; i++) {
        const ent_line_exemption_t *exemption = &terms->exemptions[term->first_exemption + i];

        sum += exemption->list * share_at(shares, exemption->condition);
    }
    return sum < 1.0 ? sum : 1.0;
}

double ent_line_terms_rate(ent_line_terms_t *terms, const ent_line_shares_t *shares, double ordinary)
{
    double sum = 0.0;

    for (int t = 0; t < terms->n; t++) {
        ent_line_term_t *term = &terms->terms[t];
        double claimed = 0.0;

        for (int i = 0; i < term->n_yields; i++) {
            claimed += terms->terms[term->yields[i]].taken;
        }
        const double claim = term->claim != ENT_CLAIM_NOTHING ? share_at(shares, shares->claim) : 0.0;
        const double free_of = term->claim == ENT_CLAIM_EXEMPT ? claim : 0.0;
        const double own =
            term->claim == ENT_CLAIM_CONTENT ? claim * share_at(shares, shares->own_content) : 0.0;
        const double amount = term->kind == ENT_LAW_FLOOR ? above(term->rate - ordinary) : term->rate;

        term->left = above(1.0 - claimed);
        term->exempt = 1.0 - (1.0 - exempt_part(terms, term, shares)) * (1.0 - free_of);
        term->taken = term->list * share_at(shares, term->condition) * term->left * (1.0 - term->exempt);
        term->adds = term->taken * amount * (1.0 - own);
        sum += term->adds;
    }
    return sum;
}

/* ---- one line, asked about ---- */

void ent_lines_form_answers(const ent_law_t *law, double *answers)
{
    for (int k = 0; k < law->n_conditions; k++) {
        answers[k] = law->conditions[k].form;
    }
}

double ent_law_share_of(const ent_law_t *law, int condition, ent_hs_t code, int partner)
{
    double share = law->conditions[condition].share;
    ent_hs_t narrowest = INT64_MAX;

    for (int i = 0; i < law->n_shares; i++) {
        const ent_law_share_t *row = &law->shares[i];
        const ent_hs_t span = row->range.high - row->range.low;

        if (row->condition == condition && (row->partner < 0 || row->partner == partner) &&
            row->range.low <= code && code < row->range.high && span <= narrowest) {
            narrowest = span;
            share = row->share;
        }
    }
    return share;
}

static void add_part(ent_lines_part_t *parts, int most, int *n, ent_lines_part_t part)
{
    if (*n < most) {
        parts[(*n)++] = part;
    }
}

/* Duties of sets that count, their exemptions, and duties that another of the set stands before. */
static void list_parts(const ent_cover_t *cover, const ent_law_t *law, const ent_line_terms_t *terms,
                       const ent_line_shares_t *shares, const uint64_t *bits, ent_lines_part_t *parts,
                       int most, int *n)
{
    for (int t = 0; t < terms->n; t++) {
        const ent_line_term_t *term = &terms->terms[t];

        add_part(parts, most, n,
                 (ent_lines_part_t){term->measure, term->list, share_at(shares, term->condition), term->left,
                                    term->exempt, term->adds, 1});
        for (int i = 0; i < term->n_exemptions; i++) {
            const ent_line_exemption_t *e = &terms->exemptions[term->first_exemption + i];

            add_part(
                parts, most, n,
                (ent_lines_part_t){e->measure, e->list, share_at(shares, e->condition), 1.0, 0.0, 0.0, 1});
        }
        for (int a = 0; a < cover->n_atoms; a++) {
            if ((bits[a / WORD] >> (a % WORD) & 1) != 0 && cover->atoms[a].set == term->set &&
                cover->atoms[a].measure != term->measure &&
                law->measures[cover->atoms[a].measure].kind != ENT_LAW_EXEMPTION) {
                add_part(parts, most, n,
                         (ent_lines_part_t){cover->atoms[a].measure, 1.0, 1.0, 1.0, 0.0, 0.0, 0});
            }
        }
    }
}

double ent_lines_ask(const ent_cover_t *cover, const ent_law_t *law, const ent_lines_question_t *question,
                     ent_lines_part_t *parts, int most, int *n_parts)
{
    uint64_t begun[ENT_LAW_MOST_ATOMS / WORD], in_force[ENT_LAW_MOST_ATOMS / WORD],
        bits[ENT_LAW_MOST_ATOMS / WORD];
    ent_line_terms_t terms;
    const int class = cover->range_class[ent_cover_range(cover, question->code)];
    const ent_line_shares_t shares = {.constant = question->answers,
                                      .claim = ent_law_condition(law, ENT_CONDITION_CLAIM),
                                      .own_content = ent_law_condition(law, ENT_CONDITION_OWN_CONTENT)};

    ent_cover_begun(cover, law, &question->when, begun, in_force);
    ent_cover_of(cover, class, question->partner, begun, in_force, bits);
    ent_line_terms_of(&terms, cover, law, class, bits, question->form);
    const double sum = ent_line_terms_rate(&terms, &shares, question->ordinary);
    if (parts != NULL) {
        *n_parts = 0;
        list_parts(cover, law, &terms, &shares, bits, parts, most, n_parts);
    }
    return sum;
}
