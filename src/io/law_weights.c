/* weights.csv: trade of a year by product line and partner. */
#include "io/law_tables.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMN_LINE, COLUMN_PARTNER, COLUMN_IMPORTS, COLUMN_DUTY, COLUMN_YEAR };

const ent_csv_column_t ent_law_weight_columns[] = {{"line", 1},     {"partner", 1}, {"imports_usd", 1},
                                                   {"duty_usd", 0}, {"year", 0},    {NULL, 0}};

typedef struct {
    ent_hs_t line;
    int partner, row;
    double imports, duty;
} cell_t;

typedef struct {
    ent_law_t *law;
    cell_t *cells;
    size_t capacity;
    int n, digits, year;
} taker_t;

static int take_partner(const taker_t *taker, const ent_csv_named_t *row, cell_t *cell)
{
    const char *partner = row->cell[COLUMN_PARTNER];

    cell->partner = ent_law_partner(taker->law, partner);
    return cell->partner >= 0
               ? ENT_OK
               : ent_csv_fault(row, COLUMN_PARTNER, ent_law_nearest_partner(taker->law, partner),
                               "there is no such partner in partners.csv");
}

/* All rows are of one year, 0 where none is given: duty is then taken as ordinary, without a law of its own.
 */
static int take_year(taker_t *taker, const ent_csv_named_t *row)
{
    double year = 0.0;
    const int code = ent_csv_number(row, COLUMN_YEAR, 1900.0, 2100.0, 0.0, "a year from 1900 to 2100", &year);

    if (code == ENT_OK && taker->n > 0 && (int)year != taker->year) {
        return ent_csv_fault(row, COLUMN_YEAR, NULL, "all rows are of one year, %d in the first",
                             taker->year);
    }
    taker->year = (int)year;
    return code;
}

static int take_cell(void *data, const ent_csv_named_t *row)
{
    static const char rule[] = "a value in USD is a number that is not negative";
    taker_t *taker = data;
    ent_hs_range_t range = {0, 0};
    cell_t *cell = ent_law_room(row->ctx, (void **)&taker->cells, &taker->capacity, taker->n, sizeof *cell);

    if (cell == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    const int digits = ent_law_prefix(row, COLUMN_LINE, &range);
    int code = digits < 0 ? ENT_ERR_DATA : ENT_OK, next = take_partner(taker, row, cell);
    code = code != ENT_OK ? code : next;
    next = ent_csv_number(row, COLUMN_IMPORTS, 0.0, 1e15, 0.0, rule, &cell->imports);
    code = code != ENT_OK ? code : next;
    next = ent_csv_number(row, COLUMN_DUTY, 0.0, 1e15, 0.0, rule, &cell->duty);
    code = code != ENT_OK ? code : next;
    next = take_year(taker, row);
    code = code != ENT_OK ? code : next;
    if (code == ENT_OK && taker->digits != 0 && digits != taker->digits) {
        code = ent_csv_fault(row, COLUMN_LINE, NULL, "all lines have %d digits, as the first has",
                             taker->digits);
    }
    taker->digits = taker->digits == 0 && digits > 0 ? digits : taker->digits;
    cell->line = range.low;
    cell->row = row->line;
    taker->n += code == ENT_OK;
    return code;
}

static int compare(const void *a, const void *b)
{
    const cell_t *x = a, *y = b;

    return x->line != y->line         ? (x->line < y->line ? -1 : 1)
           : x->partner != y->partner ? (x->partner < y->partner ? -1 : 1)
                                      : (x->row > y->row) - (x->row < y->row);
}

static int allocate(ent_law_trade_t *trade, size_t n, ent_context_t *ctx)
{
    trade->line = ent_calloc(ctx, n + 1, sizeof *trade->line);
    trade->first = ent_calloc(ctx, n + 2, sizeof *trade->first);
    trade->partner = ent_calloc(ctx, n + 1, sizeof *trade->partner);
    trade->imports = ent_calloc(ctx, n + 1, sizeof *trade->imports);
    trade->duty = ent_calloc(ctx, n + 1, sizeof *trade->duty);
    return trade->line != NULL && trade->first != NULL && trade->partner != NULL && trade->imports != NULL &&
                   trade->duty != NULL
               ? ENT_OK
               : ENT_ERR_NO_MEMORY;
}

/* Sorted cells become lines; a cell given twice is a fault. */
static int fill(const taker_t *taker, const char *path, ent_law_trade_t *trade, ent_context_t *ctx)
{
    int code = ENT_OK;

    for (int i = 0; i < taker->n; i++) {
        const cell_t *cell = &taker->cells[i], *last = i > 0 ? cell - 1 : NULL;
        char name[16];

        if (last == NULL || last->line != cell->line) {
            trade->line[trade->n_lines] = cell->line;
            trade->first[trade->n_lines++] = i;
        } else if (last->partner == cell->partner) {
            ent_hs_format(cell->line, taker->digits, name);
            code = ent_fault(ctx, ENT_ERR_DATA, path, cell->row, 0, "line", name, NULL,
                             "the trade of a line with %s is there once: see line %d",
                             taker->law->partners[cell->partner].code, last->row);
        }
        trade->partner[i] = cell->partner;
        trade->imports[i] = cell->imports;
        trade->duty[i] = cell->duty;
    }
    trade->n_cells = taker->n;
    trade->base_year = taker->year;
    trade->first[trade->n_lines] = taker->n;
    return code;
}

/* Every partner of the law has trade, if only a row of zero: a partner that was forgotten would count as
 * nothing. */
static int check_partners(const taker_t *taker, const char *path, ent_context_t *ctx)
{
    int code = ENT_OK;

    for (int p = 0; p < taker->law->n_partners; p++) {
        int found = 0;

        for (int i = 0; i < taker->n && !found; i++) {
            found = taker->cells[i].partner == p;
        }
        if (!found) {
            code = ent_fault(ctx, ENT_ERR_DATA, path, 0, 0, "partner", taker->law->partners[p].code, NULL,
                             "a partner of partners.csv (line %d) has no row here; give one, with 0 if there "
                             "is no trade",
                             taker->law->partners[p].line);
        }
    }
    return code;
}

int ent_law_take_weights(ent_law_t *law, const ent_csv_source_t *source, ent_context_t *ctx)
{
    taker_t taker = {.law = law};
    int code = ent_csv_read_named(source, ent_law_weight_columns, take_cell, &taker, ctx);

    if (code == ENT_OK) {
        code = check_partners(&taker, source->path, ctx);
    }
    if (code == ENT_OK && taker.n > 0) {
        qsort(taker.cells, (size_t)taker.n, sizeof *taker.cells, compare);
        code = allocate(&law->trade, (size_t)taker.n, ctx);
    }
    if (code == ENT_OK) {
        code = fill(&taker, source->path, &law->trade, ctx);
    }
    free(taker.cells);
    return code;
}
