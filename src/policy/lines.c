#include "policy/lines_internal.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ent_lines_free(ent_lines_t *lines)
{
    for (int k = 0; lines->condition != NULL && k < lines->law->n_conditions; k++) {
        free(lines->condition[k]);
    }
    ent_cover_free(&lines->cover);
    free(lines->condition);
    free(lines->cell_line);
    free(lines->line_class);
    free(lines->line_sector);
    free(lines->group_first);
    free(lines->group_cells);
    free(lines->group_class);
    free(lines->group_partner);
    free(lines->collected);
    free(lines->base);
    free(lines->ordinary);
    memset(lines, 0, sizeof *lines);
}

/* ---- lines and cells ---- */

/* The longest prefix decides. The concordance is sorted with longer prefixes after those that hold them. */
static int sector_of(const ent_law_t *law, ent_hs_t code)
{
    int low = 0, high = law->n_concordance;

    while (low < high) {
        const int middle = low + (high - low) / 2;

        if (law->concordance[middle].range.low <= code) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (int i = low - 1; i >= 0; i--) {
        if (code < law->concordance[i].range.high) {
            return law->concordance[i].sector;
        }
    }
    return -1;
}

static int place_lines(ent_lines_t *lines, ent_context_t *ctx)
{
    const ent_law_trade_t *trade = &lines->law->trade;

    lines->cell_line = ent_calloc(ctx, (size_t)lines->n_cells, sizeof *lines->cell_line);
    lines->line_class = ent_calloc(ctx, (size_t)trade->n_lines, sizeof *lines->line_class);
    lines->line_sector = ent_calloc(ctx, (size_t)trade->n_lines, sizeof *lines->line_sector);
    if (lines->cell_line == NULL || lines->line_class == NULL || lines->line_sector == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int i = 0; i < trade->n_lines; i++) {
        lines->line_class[i] = lines->cover.range_class[ent_cover_range(&lines->cover, trade->line[i])];
        lines->line_sector[i] = sector_of(lines->law, trade->line[i]);
        for (int c = trade->first[i]; c < trade->first[i + 1]; c++) {
            lines->cell_line[c] = i;
        }
    }
    return ENT_OK;
}

/* Cells by class of codes and partner, by counting. */
static int group_cells(ent_lines_t *lines, ent_context_t *ctx)
{
    const int n_partners = lines->law->n_partners, *partner = lines->law->trade.partner;
    const size_t n_keys = (size_t)lines->cover.n_classes * (size_t)n_partners;
    int *count = ent_calloc(ctx, n_keys + 1, sizeof *count);
    const size_t most = n_keys < (size_t)lines->n_cells ? n_keys : (size_t)lines->n_cells;

    lines->group_cells = ent_calloc(ctx, (size_t)lines->n_cells, sizeof *lines->group_cells);
    lines->group_first = ent_calloc(ctx, most + 1, sizeof *lines->group_first);
    lines->group_class = ent_calloc(ctx, most, sizeof *lines->group_class);
    lines->group_partner = ent_calloc(ctx, most, sizeof *lines->group_partner);
    if (count == NULL || lines->group_cells == NULL || lines->group_first == NULL ||
        lines->group_class == NULL || lines->group_partner == NULL) {
        free(count);
        return ENT_ERR_NO_MEMORY;
    }
#define KEY(c) (size_t)(lines->line_class[lines->cell_line[c]] * n_partners + partner[c])
    for (int c = 0; c < lines->n_cells; c++) {
        count[KEY(c) + 1]++;
    }
    for (size_t k = 0; k < n_keys; k++) {
        if (count[k + 1] > 0) {
            lines->group_class[lines->n_groups] = (int)(k / (size_t)n_partners);
            lines->group_partner[lines->n_groups] = (int)(k % (size_t)n_partners);
            lines->group_first[lines->n_groups++] = count[k];
        }
        count[k + 1] += count[k];
    }
    lines->group_first[lines->n_groups] = lines->n_cells;
    for (int c = 0; c < lines->n_cells; c++) {
        lines->group_cells[count[KEY(c)]++] = c;
    }
#undef KEY
    free(count);
    return ENT_OK;
}

/* ---- shares of the conditions ---- */

static int find_line(const ent_law_trade_t *trade, ent_hs_t code)
{
    int low = 0, high = trade->n_lines;

    while (low < high) {
        const int middle = low + (high - low) / 2;

        if (trade->line[middle] < code) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Wider prefixes first, so that narrower ones have the last word; of equal ones that for all partners. */
static int compare_shares(const void *a, const void *b)
{
    const ent_law_share_t *x = *(const ent_law_share_t *const *)a, *y = *(const ent_law_share_t *const *)b;
    const ent_hs_t wide_x = x->range.high - x->range.low, wide_y = y->range.high - y->range.low;

    return wide_x != wide_y           ? (wide_x > wide_y ? -1 : 1)
           : x->partner != y->partner ? (x->partner < y->partner ? -1 : 1)
                                      : (x > y) - (x < y);
}

static void set_shares(double *values, const ent_law_trade_t *trade, const ent_law_share_t *share)
{
    for (int i = find_line(trade, share->range.low); i < trade->n_lines && trade->line[i] < share->range.high;
         i++) {
        for (int c = trade->first[i]; c < trade->first[i + 1]; c++) {
            values[c] = share->partner < 0 || trade->partner[c] == share->partner ? share->share : values[c];
        }
    }
}

static int new_condition(ent_lines_t *lines, int k, ent_context_t *ctx)
{
    double *values = ent_calloc(ctx, (size_t)lines->n_cells, sizeof *values);

    lines->condition[k] = values;
    for (int c = 0; values != NULL && c < lines->n_cells; c++) {
        values[c] = lines->law->conditions[k].share;
    }
    return values != NULL ? ENT_OK : ENT_ERR_NO_MEMORY;
}

static int spread_shares(ent_lines_t *lines, ent_context_t *ctx)
{
    const ent_law_t *law = lines->law;
    const ent_law_share_t **order = ent_calloc(ctx, (size_t)law->n_shares, sizeof *order);
    int code = order != NULL ? ENT_OK : ENT_ERR_NO_MEMORY;

    lines->condition = ent_calloc(ctx, (size_t)law->n_conditions, sizeof *lines->condition);
    code = lines->condition != NULL ? code : ENT_ERR_NO_MEMORY;
    for (int i = 0; code == ENT_OK && i < law->n_shares; i++) {
        order[i] = &law->shares[i];
    }
    if (code == ENT_OK && law->n_shares > 1) {
        qsort(order, (size_t)law->n_shares, sizeof *order, compare_shares);
    }
    for (int i = 0; code == ENT_OK && i < law->n_shares; i++) {
        const int k = order[i]->condition;

        code = lines->condition[k] == NULL ? new_condition(lines, k, ctx) : ENT_OK;
        if (code == ENT_OK) {
            set_shares(lines->condition[k], &law->trade, order[i]);
        }
    }
    free(order);
    return code;
}

/* ---- the base year ---- */

enum { MOST_DAYS = 400 };

/* Mean law of the base year, by days. */
static int find_base(ent_lines_t *lines, ent_context_t *ctx)
{
    const int year = lines->law->trade.base_year;
    ent_day_t days[MOST_DAYS];
    ent_lines_day_t day;

    if (year == 0) {
        return ENT_OK;
    }
    const ent_day_t begin = ent_day_of(year, 1, 1), end = ent_day_of(year + 1, 1, 1);
    int n = ent_lines_days(lines->law, begin + 1, end - 1, days + 1, MOST_DAYS - 2) + 1;
    int code = ent_lines_day_init(&day, lines, 0, ctx);

    days[0] = begin;
    days[n] = end;
    for (int i = 0; code == ENT_OK && i < n; i++) {
        const ent_lines_when_t when = {days[i], days[i], ENT_DAY_NEVER, 0, NULL};
        const double share = (double)(days[i + 1] - days[i]) / (double)(end - begin);

        ent_lines_move(&day, &when);
        for (int c = 0; c < lines->n_cells; c++) {
            lines->base[c] += share * day.law[c];
        }
    }
    ent_lines_day_free(&day);
    return code;
}

static int find_ordinary(ent_lines_t *lines, ent_context_t *ctx)
{
    const ent_law_trade_t *trade = &lines->law->trade;

    lines->collected = ent_calloc(ctx, (size_t)lines->n_cells, sizeof *lines->collected);
    lines->base = ent_calloc(ctx, (size_t)lines->n_cells, sizeof *lines->base);
    lines->ordinary = ent_calloc(ctx, (size_t)lines->n_cells, sizeof *lines->ordinary);
    if (lines->collected == NULL || lines->base == NULL || lines->ordinary == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    for (int c = 0; c < lines->n_cells; c++) {
        lines->collected[c] = trade->imports[c] > 0.0 ? trade->duty[c] / trade->imports[c] : 0.0;
        lines->ordinary[c] = lines->collected[c];
    }
    const int code = find_base(lines, ctx);
    for (int c = 0; c < lines->n_cells; c++) {
        lines->ordinary[c] = fmax(0.0, lines->collected[c] - lines->base[c]);
    }
    return code;
}

int ent_lines_init(ent_lines_t *lines, const ent_law_t *law, ent_context_t *ctx)
{
    memset(lines, 0, sizeof *lines);
    lines->law = law;
    lines->n_cells = law->trade.n_cells;
    lines->claim = ent_law_condition(law, ENT_CONDITION_CLAIM);
    lines->own_content = ent_law_condition(law, ENT_CONDITION_OWN_CONTENT);
    if (lines->n_cells == 0) {
        return ent_fail(ctx, ENT_ERR_DATA, law->name, "the law has no trade by line: it needs weights.csv");
    }
    int code = ent_cover_init(&lines->cover, law, ctx);
    code = code != ENT_OK ? code : place_lines(lines, ctx);
    code = code != ENT_OK ? code : group_cells(lines, ctx);
    code = code != ENT_OK ? code : spread_shares(lines, ctx);
    return code != ENT_OK ? code : find_ordinary(lines, ctx);
}
