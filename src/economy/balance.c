#include "economy/balance.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROUNDS = 20000 };
static const double round_tolerance = 1e-13; /* of the row factors, at which RAS ends */
static const double least_change = 1e-9;     /* of a cell, below which it is rounding */
static const double floor_amount = 1e-3;     /* million USD: 1,000 USD a year is nothing */

static size_t entry(const ent_benchmark_t *b, int region, int input, int user)
{
    return ((size_t)region * (size_t)b->n_sector + (size_t)input) * (size_t)b->n_sector + (size_t)user;
}

static size_t market(const ent_benchmark_t *b, int region, int sector)
{
    return (size_t)region * (size_t)b->n_sector + (size_t)sector;
}

double ent_benchmark_row_gap(const ent_benchmark_t *b, int region, int sector, double *supply, double *use)
{
    double used = b->final_demand[market(b, region, sector)];
    for (int u = 0; u < b->n_sector; u++) {
        used += b->input_coefficient[entry(b, region, sector, u)] * ent_benchmark_output(b, region, u);
    }
    const double spent = ent_benchmark_expenditure(b, region, sector);
    if (supply != NULL) {
        *supply = spent;
    }
    if (use != NULL) {
        *use = used;
    }
    return fabs(spent - used) / fmax(fmax(fabs(spent), fabs(used)), floor_amount);
}

static double column_gap(const ent_benchmark_t *b, int region, int user)
{
    double sum = b->value_added_share[market(b, region, user)];
    for (int i = 0; i < b->n_sector; i++) {
        sum += b->input_coefficient[entry(b, region, i, user)];
    }
    return ent_benchmark_output(b, region, user) > 0.0 ? fabs(sum - 1.0) : 0.0;
}

double ent_benchmark_column_gap(const ent_benchmark_t *b, int *region, int *sector)
{
    double worst = 0.0;
    for (int r = 0; r < b->n_region; r++) {
        for (int s = 0; s < b->n_sector; s++) {
            const double gap = column_gap(b, r, s);
            if (gap > worst) {
                worst = gap;
                *region = r;
                *sector = s;
            }
        }
    }
    return worst;
}

/* ---- one region ---- */

/* The use table of a region: inputs by sector and user, final demand as the last user. */
typedef struct {
    int n;            /* sectors */
    double *table;    /* [n][n + 1] million USD a year */
    double *row;      /* [n] what the market spends */
    double *column;   /* [n + 1] what each user buys */
    double *output;   /* [n] */
    double *original; /* [n][n + 1] before */
} use_t;

static void use_free(use_t *use)
{
    free(use->table);
}

static int use_init(use_t *use, int n_sector, ent_context_t *ctx)
{
    const size_t n = (size_t)n_sector, cells = n * (n + 1);
    double *all = ent_calloc(ctx, 2 * cells + 3 * n + 1, sizeof *all);
    *use = (use_t){.n = n_sector, .table = all};
    if (all == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    use->original = all + cells;
    use->row = all + 2 * cells;
    use->column = use->row + n;
    use->output = use->column + n + 1;
    return ENT_OK;
}

static void use_fill(use_t *use, const ent_benchmark_t *b, int region)
{
    const int n = use->n;
    use->column[n] = 0.0;
    for (int s = 0; s < n; s++) {
        use->output[s] = ent_benchmark_output(b, region, s);
        use->row[s] = ent_benchmark_expenditure(b, region, s);
        use->column[s] = (1.0 - b->value_added_share[market(b, region, s)]) * use->output[s];
        use->column[n] += use->row[s] - use->column[s];
    }
    for (int s = 0; s < n; s++) {
        for (int u = 0; u < n; u++) {
            use->table[s * (n + 1) + u] = b->input_coefficient[entry(b, region, s, u)] * use->output[u];
        }
        use->table[s * (n + 1) + n] = b->final_demand[market(b, region, s)];
    }
    memcpy(use->original, use->table, (size_t)n * (size_t)(n + 1) * sizeof *use->table);
}

static double sum_of(const double *values, int n, int stride)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        sum += values[i * stride];
    }
    return sum;
}

/* Columns, then rows; the largest |row factor - 1|. */
static double scale_round(use_t *use)
{
    const int n = use->n, width = n + 1;
    double worst = 0.0;
    for (int u = 0; u < width; u++) {
        const double sum = sum_of(use->table + u, n, width);
        const double factor = sum > 0.0 ? use->column[u] / sum : 0.0;
        for (int s = 0; s < n; s++) {
            use->table[s * width + u] *= factor;
        }
    }
    for (int s = 0; s < n; s++) {
        const double sum = sum_of(use->table + s * width, width, 1);
        const double factor = sum > 0.0 ? use->row[s] / sum : 0.0;
        for (int u = 0; u < width; u++) {
            use->table[s * width + u] *= factor;
        }
        worst = use->row[s] > floor_amount ? fmax(worst, fabs(factor - 1.0)) : worst;
    }
    return worst;
}

/* The name of a cell as faults have it. */
static int refuse(const ent_benchmark_t *b, int region, int sector, double value, const char *rule,
                  ent_context_t *ctx)
{
    char key[256], text[32];
    snprintf(key, sizeof key, "%.100s%s%.100s", b->region[region], sector >= 0 ? ", " : "",
             sector >= 0 ? b->sector[sector] : "");
    snprintf(text, sizeof text, "%.10g", value);
    return ent_fault(ctx, ENT_ERR_DATA, "balance", 0, 0, key, text, NULL, "%s", rule);
}

/* What no scaling can mend is told cell by cell. */
static int check_region(const ent_benchmark_t *b, const use_t *use, int region, ent_context_t *ctx)
{
    const int n = use->n, width = n + 1;
    int code = ENT_OK;
    for (int s = 0; s < n; s++) {
        const int is_used = sum_of(use->table + s * width, width, 1) > 0.0;
        const int has_inputs = sum_of(use->table + s, n, width) > 0.0;
        if (use->row[s] > floor_amount && !is_used) {
            code = refuse(b, region, s, use->row[s],
                          "million USD are spent here, and no input and no final demand is listed", ctx);
        }
        if (use->column[s] > floor_amount && !has_inputs) {
            code = refuse(b, region, s, use->column[s],
                          "million USD of inputs are left by value added here, and none is listed", ctx);
        }
        for (int u = 0; u < width; u++) {
            if (use->table[s * width + u] < 0.0) {
                code = refuse(b, region, s, use->table[s * width + u],
                              "a negative use cannot be balanced by scaling", ctx);
            }
        }
    }
    return code == ENT_OK && !(use->column[n] > 0.0)
               ? refuse(b, region, -1, use->column[n],
                        "million USD are left for final demand: inputs take more than the market spends", ctx)
               : code;
}

/* Final demand is what inputs leave, so that rows hold to rounding. */
static void keep_region(ent_benchmark_t *b, const use_t *use, int region)
{
    const int n = use->n, width = n + 1;
    for (int s = 0; s < n; s++) {
        double left = use->row[s];
        for (int u = 0; u < n; u++) {
            double *coefficient = &b->input_coefficient[entry(b, region, s, u)];
            *coefficient = use->output[u] > 0.0 ? use->table[s * width + u] / use->output[u] : *coefficient;
            left -= *coefficient * use->output[u];
        }
        b->final_demand[market(b, region, s)] = fmax(left, 0.0);
    }
}

static int note_changes(const use_t *use, int region, ent_balance_t *balance, size_t *capacity,
                        ent_context_t *ctx)
{
    const int width = use->n + 1;
    for (int i = 0; i < use->n * width; i++) {
        const double before = use->original[i], after = use->table[i], change = fabs(after - before);
        balance->moved += change;
        if (change <= least_change * fmax(fabs(before), floor_amount)) {
            continue;
        }
        ent_balance_change_t *grown =
            ent_grow(ctx, balance->changes, capacity, (size_t)balance->n + 1, sizeof *grown);
        if (grown == NULL) {
            return ENT_ERR_NO_MEMORY;
        }
        balance->changes = grown;
        grown[balance->n++] = (ent_balance_change_t){region, i / width, i % width, before, after};
    }
    return ENT_OK;
}

static int balances(const ent_benchmark_t *b, int region, double tolerance)
{
    for (int s = 0; s < b->n_sector; s++) {
        if (!(ent_benchmark_row_gap(b, region, s, NULL, NULL) <= tolerance) ||
            !(column_gap(b, region, s) <= tolerance)) {
            return 0;
        }
    }
    return 1;
}

static int balance_region(ent_benchmark_t *b, int region, use_t *use, ent_context_t *ctx)
{
    double worst = 1.0;
    int code = check_region(b, use, region, ctx);
    for (int round = 0; code == ENT_OK && worst > round_tolerance && round < MOST_ROUNDS; round++) {
        worst = scale_round(use);
    }
    if (code == ENT_OK && worst > round_tolerance) {
        code = refuse(b, region, -1, worst,
                      "is what rows still lack after 20,000 rounds: the zeros of its use table leave no "
                      "table with these totals",
                      ctx);
    }
    if (code == ENT_OK) {
        keep_region(b, use, region);
    }
    return code;
}

static int by_size(const void *a, const void *b)
{
    const ent_balance_change_t *p = a, *q = b;
    const double x = fabs(p->after - p->before), y = fabs(q->after - q->before);
    if (x != y) {
        return x > y ? -1 : 1;
    }
    const int order[3] = {p->region - q->region, p->sector - q->sector, p->user - q->user};
    return order[0] != 0 ? order[0] : order[1] != 0 ? order[1] : order[2];
}

int ent_benchmark_balance(ent_benchmark_t *b, double tolerance, ent_balance_t *balance, ent_context_t *ctx)
{
    use_t use;
    size_t capacity = 0;
    *balance = (ent_balance_t){0};
    int code = use_init(&use, b->n_sector, ctx);
    for (int r = 0; r < b->n_region && code != ENT_ERR_NO_MEMORY; r++) {
        use_fill(&use, b, r);
        balance->use += sum_of(use.table, use.n * (use.n + 1), 1);
        if (balances(b, r, tolerance)) {
            continue;
        }
        int here = balance_region(b, r, &use, ctx);
        here = here == ENT_OK ? note_changes(&use, r, balance, &capacity, ctx) : here;
        code = code == ENT_OK || here == ENT_ERR_NO_MEMORY ? here : code;
    }
    if (balance->n > 0) {
        qsort(balance->changes, (size_t)balance->n, sizeof *balance->changes, by_size);
    }
    use_free(&use);
    return code;
}

void ent_balance_free(ent_balance_t *balance)
{
    free(balance->changes);
    *balance = (ent_balance_t){0};
}
