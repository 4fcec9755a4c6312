#include "static/static_tables.h"

#include <math.h>
#include <stdlib.h>

static const double percent = 100.0;
enum { MAX_FLOWS_SHOWN = 40 };

static double change(double hat)
{
    return percent * (hat - 1.0);
}

static double ratio_change(double after, double before)
{
    return before > 0.0 ? change(after / before) : NAN;
}

static size_t cell_of(const ent_theory_t *m, int s, int o, int d)
{
    return ((size_t)s * (size_t)m->n_region + (size_t)o) * (size_t)m->n_region + (size_t)d;
}

/* ---- what every table says about itself ---- */

/* 1 when the parts of real income are more than Caliendo and Parro's. */
static int has_switches(const ent_theory_t *m)
{
    return m->options.labour_elasticity > 0.0 || m->options.scale_elasticity > 0.0 ||
           m->local_share != NULL || m->duty_exponent != NULL;
}

static void write_certificate(const ent_static_view_t *v, ent_table_t *table)
{
    static const char *const variants[] = {"input-output links", "no input-output links",
                                           "one sector (Armington gravity)"};
    static const char *const deficits[] = {"fixed against world value added", "a fixed share of world income",
                                           "zero"};
    const ent_theory_t *m = &v->base->model;
    const ent_theory_result_t *r = v->result;
    const char *region = m->region[r->residual_region];
    char day[16];

    ent_day_format(v->day, day);
    ent_table_note(
        table, "regime %s on %s against the benchmark's tariffs; %d regions x %d sectors, %s; deficits %s",
        v->regime, day, m->n_region, m->n_sector, variants[m->options.variant], deficits[m->options.deficit]);
    if (v->base->rebased) {
        ent_table_note(table,
                       "before: the equilibrium at the benchmark's tariffs%s%s, not the data themselves",
                       m->options.deficit == ENT_THEORY_DEFICIT_ZERO ? " without deficits" : "",
                       v->base->benchmark->unbalanced ? " (the data do not balance)" : "");
    }
    ent_table_note(table,
                   "certificate: largest relative residual of any equation %.1e (%s, %s), %d sweeps, %d %s",
                   r->residual, region,
                   r->residual_sector < 0 ? "labour market or trade balance" : m->sector[r->residual_sector],
                   r->iterations, r->n_path_steps, r->n_path_steps == 1 ? "piece" : "pieces");
}

static void write_welfare_notes(const ent_static_view_t *v, ent_table_t *table)
{
    ent_table_note(table, "real income: the exact change of income over consumer prices (welfare_hat)");
    if (v->welfare->n_step == 0 && has_switches(&v->base->model)) {
        ent_table_note(
            table, "parts, first order: benchmark flows and tariffs as weights; --path N integrates them");
    } else if (v->welfare->n_step == 0) {
        ent_table_note(table, "CP welfare: terms of trade + volume of trade (+ transfers) as Caliendo and "
                              "Parro (2015) print it, "
                              "first order: benchmark flows and tariffs as weights");
    } else {
        ent_table_note(
            table,
            "parts: integral along the straight path of tariffs in %d pieces, log points; they add "
            "up to log real income",
            v->welfare->n_step);
    }
    write_certificate(v, table);
}

/* ---- by region ---- */

static void sum_trade(const ent_theory_t *m, int region, double *exports, double *imports)
{
    *exports = *imports = 0.0;
    for (int s = 0; s < m->n_sector; s++) {
        for (int i = 0; i < m->n_region; i++) {
            *exports += i != region ? m->flow[cell_of(m, s, region, i)] : 0.0;
            *imports += i != region ? m->flow[cell_of(m, s, i, region)] : 0.0;
        }
    }
}

static void switch_columns(ent_table_t *table)
{
    ent_table_column(table, "employment_part", ENT_COLUMN_NUMBER, "%", "more work");
    ent_table_column(table, "scale", ENT_COLUMN_NUMBER, "%", "scale");
    ent_table_column(table, "local_sales", ENT_COLUMN_NUMBER, "%", "local sales");
    ent_table_column(table, "market_size", ENT_COLUMN_NUMBER, "%", "market size");
}

static int switch_cells(const ent_theory_welfare_t *w, int r, int column, ent_table_t *table)
{
    ent_table_number(table, column++, percent * w->employment[r], 4);
    ent_table_number(table, column++, percent * w->scale[r], 4);
    ent_table_number(table, column++, percent * w->local_sales[r], 4);
    ent_table_number(table, column++, percent * w->market_size[r], 4);
    return column;
}

static void welfare_columns(const ent_static_view_t *v, ent_table_t *table)
{
    const int path = v->welfare->n_step > 0;

    ent_table_column(table, "region", ENT_COLUMN_TEXT, "", "region");
    ent_table_column(table, "real_income", ENT_COLUMN_NUMBER, "%", "real income, exact");
    ent_table_column(table, "cp_welfare", ENT_COLUMN_NUMBER, "%",
                     path                            ? "sum of parts"
                     : has_switches(&v->base->model) ? "parts, first order"
                                                     : "CP welfare, first order");
    ent_table_column(table, "terms_of_trade", ENT_COLUMN_NUMBER, "%", "terms of trade");
    ent_table_column(table, "volume_of_trade", ENT_COLUMN_NUMBER, "%", "volume of trade");
    ent_table_column(table, "trade_cost", ENT_COLUMN_NUMBER, "%", "trade costs");
    ent_table_column(table, "transfer", ENT_COLUMN_NUMBER, "%", "transfers");
    if (has_switches(&v->base->model)) {
        switch_columns(table);
    }
    ent_table_column(table, "real_wage", ENT_COLUMN_NUMBER, "%", "real wage");
    ent_table_column(table, "wage", ENT_COLUMN_NUMBER, "%", "wage");
    ent_table_column(table, "consumer_price", ENT_COLUMN_NUMBER, "%", "consumer prices");
}

/* Returns the next column. */
static int welfare_cells(const ent_static_view_t *v, int r, ent_table_t *table)
{
    const ent_theory_result_t *result = v->result;
    const ent_theory_welfare_t *w = v->welfare;
    int c = 1;

    ent_table_text(table, 0, v->base->model.region[r]);
    ent_table_number(table, c++, change(result->welfare_hat[r]), 4);
    ent_table_number(table, c++, percent * w->first_order[r], 4);
    ent_table_number(table, c++, percent * w->terms_of_trade_sum[r], 4);
    ent_table_number(table, c++, percent * w->volume_of_trade_sum[r], 4);
    ent_table_number(table, c++, percent * w->trade_cost_sum[r], 4);
    ent_table_number(table, c++, percent * w->transfer[r], 4);
    c = has_switches(&v->base->model) ? switch_cells(w, r, c, table) : c;
    ent_table_number(table, c++, change(result->real_wage_hat[r]), 4);
    ent_table_number(table, c++, change(result->wage_hat[r]), 4);
    ent_table_number(table, c++, change(result->consumer_price_hat[r]), 4);
    return c;
}

static void account_columns(ent_table_t *table)
{
    static const char million[] = "million USD a year";
    static const char *const keys[] = {"exports", "imports", "trade_balance", "duties"};
    static const char *const titles[] = {"exports", "imports", "balance", "duties"};

    for (int i = 0; i < 4; i++) {
        char key[40];

        snprintf(key, sizeof key, "%s_before", keys[i]);
        ent_table_column(table, key, ENT_COLUMN_NUMBER, million, "%s before", titles[i]);
        snprintf(key, sizeof key, "%s_after", keys[i]);
        ent_table_column(table, key, ENT_COLUMN_NUMBER, million, "after");
    }
    ent_table_column(table, "effective_tariff_before", ENT_COLUMN_NUMBER, "%", "tariff before");
    ent_table_column(table, "effective_tariff_after", ENT_COLUMN_NUMBER, "%", "after");
}

static void account_cells(const ent_static_view_t *v, int r, int column, ent_table_t *table)
{
    const ent_theory_t *m = &v->base->model;
    const ent_theory_result_t *result = v->result;
    double exports, imports;

    sum_trade(m, r, &exports, &imports);
    const double numbers[] = {exports,           result->exports[r],
                              imports,           result->imports[r],
                              exports - imports, result->exports[r] - result->imports[r],
                              m->revenue[r],     result->revenue[r]};
    for (int i = 0; i < 8; i++) {
        ent_table_number(table, column + i, numbers[i], 0);
    }
    ent_table_number(table, column + 8, imports > 0.0 ? percent * m->revenue[r] / imports : NAN, 2);
    ent_table_number(table, column + 9, percent * result->effective_tariff[r], 2);
}

static void fill_regions(const ent_static_view_t *v, ent_table_t tables[2], int *n)
{
    const int R = v->base->model.n_region;
    char numeraire[96];

    ent_table_init(&tables[0], v->all ? "theory_regions" : "theory_welfare",
                   "Static theory: welfare under %s", v->regime);
    welfare_columns(v, &tables[0]);
    if (v->all) {
        account_columns(&tables[0]);
    }
    for (int r = 0; r < R; r++) {
        ent_table_row(&tables[0], 0);
        const int column = welfare_cells(v, r, &tables[0]);

        if (v->all) {
            account_cells(v, r, column, &tables[0]);
        }
    }
    write_welfare_notes(v, &tables[0]);
    *n = 1;
    if (!v->all) {
        ent_table_init(&tables[1], "theory_accounts", "Static theory: trade and duties under %s", v->regime);
        ent_table_column(&tables[1], "region", ENT_COLUMN_TEXT, "", "region");
        account_columns(&tables[1]);
        for (int r = 0; r < R; r++) {
            ent_table_row(&tables[1], 0);
            ent_table_text(&tables[1], 0, v->base->model.region[r]);
            account_cells(v, r, 1, &tables[1]);
        }
        ent_table_note(&tables[1],
                       "million USD a year; numeraire: %s; trade before duty, without "
                       "domestic sales; tariff: duties over imports",
                       ent_static_numeraire_words(&v->base->model, numeraire, sizeof numeraire));
        *n = 2;
    }
}

/* ---- by flow ---- */

typedef struct {
    size_t cell;
    int s, o, d;
    double size;
} flow_t;

static int larger_first(const void *a, const void *b)
{
    const flow_t *x = a, *y = b;

    if (x->size != y->size) {
        return x->size < y->size ? 1 : -1;
    }
    return x->cell < y->cell ? -1 : x->cell > y->cell;
}

static size_t list_flows(const ent_static_view_t *v, flow_t *flows)
{
    const ent_theory_t *m = &v->base->model;
    size_t n = 0;

    for (int s = 0; s < m->n_sector; s++) {
        for (int o = 0; o < m->n_region; o++) {
            for (int d = 0; d < m->n_region; d++) {
                const size_t cell = cell_of(m, s, o, d);
                const int wanted = v->region < 0 || o == v->region || d == v->region;

                if (m->flow[cell] > 0.0 && wanted && (v->all || o != d)) {
                    flows[n++] = (flow_t){cell, s, o, d, fabs(v->result->flow[cell] - m->flow[cell])};
                }
            }
        }
    }
    return n;
}

static int fill_flows(const ent_static_view_t *v, ent_table_t *table, ent_context_t *ctx)
{
    const ent_theory_t *m = &v->base->model;
    flow_t *flows = malloc(ent_static_cells(v->base) * sizeof *flows);
    size_t n, shown;

    if (flows == NULL) {
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, "static theory", "no memory for the list of flows");
    }
    n = list_flows(v, flows);
    if (!v->all) {
        qsort(flows, n, sizeof *flows, larger_first);
    }
    shown = v->all || n < MAX_FLOWS_SHOWN ? n : MAX_FLOWS_SHOWN;
    ent_table_init(table, "theory_flows", "Static theory: %s under %s",
                   shown < n ? "the flows that change most" : "flows", v->regime);
    ent_table_column(table, "origin", ENT_COLUMN_TEXT, "", "origin");
    ent_table_column(table, "destination", ENT_COLUMN_TEXT, "", "destination");
    ent_table_column(table, "sector", ENT_COLUMN_TEXT, "", "sector");
    ent_table_column(table, "tariff_before", ENT_COLUMN_NUMBER, "%", "tariff before");
    ent_table_column(table, "tariff_after", ENT_COLUMN_NUMBER, "%", "after");
    ent_table_column(table, "flow_before", ENT_COLUMN_NUMBER, "million USD a year", "flow before");
    ent_table_column(table, "flow_after", ENT_COLUMN_NUMBER, "million USD a year", "after");
    ent_table_column(table, "change", ENT_COLUMN_NUMBER, "%", "change");
    for (size_t i = 0; i < shown; i++) {
        const flow_t *f = &flows[i];

        ent_table_row(table, 0);
        ent_table_text(table, 0, m->region[f->o]);
        ent_table_text(table, 1, m->region[f->d]);
        ent_table_text(table, 2, m->sector[f->s]);
        ent_table_number(table, 3, percent * m->tariff[f->cell], 2);
        ent_table_number(table, 4, percent * v->result->tariff[f->cell], 2);
        ent_table_number(table, 5, m->flow[f->cell], 0);
        ent_table_number(table, 6, v->result->flow[f->cell], 0);
        ent_table_number(table, 7, ratio_change(v->result->flow[f->cell], m->flow[f->cell]), 2);
    }
    free(flows);
    ent_table_note(table, "values on which duty is levied (price and freight), before duty");
    if (shown < n) {
        ent_table_note(table, "%zu of %zu flows; --format csv has all", shown, n);
    }
    write_certificate(v, table);
    return ENT_OK;
}

/* ---- by sector ---- */

typedef struct {
    double exports, imports, duties;
} trade_t;

static trade_t sector_trade(const ent_theory_t *m, const double *flow, const double *tariff, int r, int s)
{
    trade_t sum = {0};

    for (int i = 0; i < m->n_region; i++) {
        const size_t out = cell_of(m, s, r, i), in = cell_of(m, s, i, r);

        sum.exports += i != r ? flow[out] : 0.0;
        sum.imports += i != r ? flow[in] : 0.0;
        sum.duties += flow[in] * tariff[in];
    }
    return sum;
}

static void sector_row(const ent_static_view_t *v, int r, int s, ent_table_t *table)
{
    const ent_theory_t *m = &v->base->model;
    const ent_theory_result_t *result = v->result;
    const size_t at = (size_t)r * (size_t)m->n_sector + (size_t)s;
    const trade_t before = sector_trade(m, m->flow, m->tariff, r, s);
    const trade_t after = sector_trade(m, result->flow, result->tariff, r, s);
    int c = 0;

    ent_table_row(table, 0);
    ent_table_text(table, c++, m->region[r]);
    ent_table_text(table, c++, m->sector[s]);
    ent_table_number(table, c++, m->theta[s], 2);
    ent_table_number(table, c++, before.exports, 0);
    ent_table_number(table, c++, after.exports, 0);
    ent_table_number(table, c++, ratio_change(after.exports, before.exports), 2);
    ent_table_number(table, c++, before.imports, 0);
    ent_table_number(table, c++, after.imports, 0);
    ent_table_number(table, c++, ratio_change(after.imports, before.imports), 2);
    ent_table_number(table, c++, ratio_change(result->output[at], m->output[s * m->n_region + r]), 2);
    ent_table_number(table, c++, change(result->price_hat[at]), 3);
    ent_table_number(table, c++, change(result->cost_hat[at]), 3);
    ent_table_number(table, c++, before.imports > 0.0 ? percent * before.duties / before.imports : NAN, 2);
    ent_table_number(table, c++, after.imports > 0.0 ? percent * after.duties / after.imports : NAN, 2);
}

static void fill_sectors(const ent_static_view_t *v, ent_table_t *table)
{
    static const char million[] = "million USD a year";
    const ent_theory_t *m = &v->base->model;

    ent_table_init(table, "theory_sectors", "Static theory: sectors under %s", v->regime);
    ent_table_column(table, "region", ENT_COLUMN_TEXT, "", "region");
    ent_table_column(table, "sector", ENT_COLUMN_TEXT, "", "sector");
    ent_table_column(table, "theta", ENT_COLUMN_NUMBER, "1", "elasticity");
    ent_table_column(table, "exports_before", ENT_COLUMN_NUMBER, million, "exports before");
    ent_table_column(table, "exports_after", ENT_COLUMN_NUMBER, million, "after");
    ent_table_column(table, "exports_change", ENT_COLUMN_NUMBER, "%", "change");
    ent_table_column(table, "imports_before", ENT_COLUMN_NUMBER, million, "imports before");
    ent_table_column(table, "imports_after", ENT_COLUMN_NUMBER, million, "after");
    ent_table_column(table, "imports_change", ENT_COLUMN_NUMBER, "%", "change");
    ent_table_column(table, "output_change", ENT_COLUMN_NUMBER, "%", "output, value");
    ent_table_column(table, "price_change", ENT_COLUMN_NUMBER, "%", "price index");
    ent_table_column(table, "cost_change", ENT_COLUMN_NUMBER, "%", "unit cost");
    ent_table_column(table, "tariff_before", ENT_COLUMN_NUMBER, "%", "tariff before");
    ent_table_column(table, "tariff_after", ENT_COLUMN_NUMBER, "%", "after");
    for (int r = 0; r < m->n_region; r++) {
        for (int s = 0; s < m->n_sector && (v->region < 0 || r == v->region); s++) {
            sector_row(v, r, s, table);
        }
    }
    write_certificate(v, table);
}

/* ---- parts of welfare ---- */

static void part_columns(ent_table_t *table)
{
    ent_table_column(table, "region", ENT_COLUMN_TEXT, "", "region");
    ent_table_column(table, "partner", ENT_COLUMN_TEXT, "", "partner");
    ent_table_column(table, "sector", ENT_COLUMN_TEXT, "", "sector");
    ent_table_column(table, "terms_of_trade", ENT_COLUMN_NUMBER, "% of income", "terms of trade");
    ent_table_column(table, "volume_of_trade", ENT_COLUMN_NUMBER, "% of income", "volume of trade");
    ent_table_column(table, "trade_cost", ENT_COLUMN_NUMBER, "% of income", "trade costs");
}

/* Sum over partners (-1) or sectors (-1). */
static void part_row(const ent_static_view_t *v, int r, int partner, int sector, int rule, ent_table_t *table)
{
    const ent_theory_t *m = &v->base->model;
    const ent_theory_welfare_t *w = v->welfare;
    double terms = 0.0, volume = 0.0, cost = 0.0;

    for (int i = 0; i < m->n_region; i++) {
        for (int s = 0; s < m->n_sector; s++) {
            const size_t at = ((size_t)r * (size_t)m->n_region + (size_t)i) * (size_t)m->n_sector + (size_t)s;

            if ((partner < 0 || i == partner) && (sector < 0 || s == sector)) {
                terms += w->terms_of_trade[at];
                volume += w->volume_of_trade[at];
                cost += w->trade_cost[at];
            }
        }
    }
    ent_table_row(table, rule);
    ent_table_text(table, 0, m->region[r]);
    ent_table_text(table, 1, partner < 0 ? "all" : m->region[partner]);
    ent_table_text(table, 2, sector < 0 ? "all" : m->sector[sector]);
    ent_table_number(table, 3, percent * terms, 4);
    ent_table_number(table, 4, percent * volume, 4);
    ent_table_number(table, 5, percent * cost, 4);
}

static void fill_parts(const ent_static_view_t *v, ent_table_t tables[2], int *n)
{
    const ent_theory_t *m = &v->base->model;

    ent_table_init(&tables[0], "theory_welfare_parts", "Static theory: parts of welfare under %s%s",
                   v->regime, v->all ? "" : ", by partner");
    part_columns(&tables[0]);
    *n = 1;
    if (v->all) {
        for (int r = 0; r < m->n_region; r++) {
            for (int i = 0; i < m->n_region && (v->region < 0 || r == v->region); i++) {
                for (int s = 0; s < m->n_sector && i != r; s++) {
                    part_row(v, r, i, s, 0, &tables[0]);
                }
            }
        }
    } else {
        for (int i = 0; i < m->n_region; i++) {
            if (i != v->region) {
                part_row(v, v->region, i, -1, 0, &tables[0]);
            }
        }
        part_row(v, v->region, -1, -1, 1, &tables[0]);
        ent_table_init(&tables[1], "theory_welfare_parts_by_sector",
                       "Static theory: parts of welfare under %s, by sector", v->regime);
        part_columns(&tables[1]);
        for (int s = 0; s < m->n_sector; s++) {
            part_row(v, v->region, -1, s, 0, &tables[1]);
        }
        part_row(v, v->region, -1, -1, 1, &tables[1]);
        *n = 2;
    }
    write_welfare_notes(v, &tables[*n - 1]);
}

int ent_static_tables(const ent_static_view_t *view, ent_static_by_t by, ent_table_t tables[2], int *n,
                      ent_context_t *ctx)
{
    *n = 1;
    switch (by) {
    case ENT_STATIC_BY_FLOW:
        *n = 0;
        if (fill_flows(view, &tables[0], ctx) != ENT_OK) {
            return ENT_ERR_NO_MEMORY;
        }
        *n = 1;
        break;
    case ENT_STATIC_BY_OUTCOME:
        ent_static_outcome_table(view->base, view->result, view->region, view->home, view->weight,
                                 view->regime, &tables[0]);
        write_certificate(view, &tables[0]);
        break;
    case ENT_STATIC_BY_SECTOR:
        fill_sectors(view, &tables[0]);
        break;
    case ENT_STATIC_BY_WELFARE:
        fill_parts(view, tables, n);
        break;
    default:
        fill_regions(view, tables, n);
        break;
    }
    return ENT_OK;
}

/* ---- optimal and Nash tariffs ---- */

/* The elasticities on which best tariffs hang more than on anything else. */
static void write_theta(const ent_static_t *base, ent_table_t *table)
{
    const ent_theory_t *m = &base->model;
    double low = m->theta[0], high = m->theta[0];

    for (int s = 1; s < m->n_sector; s++) {
        low = fmin(low, m->theta[s]);
        high = fmax(high, m->theta[s]);
    }
    if (high > low) {
        ent_table_note(table, "trade elasticities %.2f to %.2f by sector (%s)", low, high,
                       base->elasticities);
    } else {
        ent_table_note(table, "trade elasticity %.2f (%s)", low, base->elasticities);
    }
}

static void optimum_columns(const ent_static_t *base, int closed, ent_table_t *table)
{
    ent_table_column(table, "region", ENT_COLUMN_TEXT, "", "region");
    ent_table_column(table, "sector", ENT_COLUMN_TEXT, "", "sector");
    ent_table_column(table, "rate", ENT_COLUMN_NUMBER, "%", "rate");
    ent_table_column(table, "derivative", ENT_COLUMN_NUMBER, "log points per unit of rate",
                     "d ln W / d rate");
    ent_table_column(table, "real_income", ENT_COLUMN_NUMBER, "%",
                     base->model.options.labour_elasticity > 0.0 ? "utility, exact" : "real income, exact");
    if (closed) {
        ent_table_column(table, "export_elasticity", ENT_COLUMN_NUMBER, "1", "elasticity of exports");
    }
}

static void optimum_row(const ent_static_t *base, const ent_theory_optimum_t *optimum, int p, int k,
                        ent_table_t *table)
{
    const ent_benchmark_t *b = base->benchmark;
    const int at = p * optimum->n_rate + k;

    ent_table_row(table, p > 0 && k == 0);
    ent_table_text(table, 0, b->region[optimum->player[p]]);
    ent_table_text(table, 1, optimum->rate_sector[k] < 0 ? "uniform" : b->sector[optimum->rate_sector[k]]);
    ent_table_number(table, 2, percent * optimum->rate[at], 4);
    ent_table_number(table, 3, optimum->derivative[at], 9);
    ent_table_number(table, 4, percent * (optimum->welfare_hat[p] - 1.0), 4);
    if (!isnan(optimum->export_elasticity[p])) {
        ent_table_number(table, 5, optimum->export_elasticity[p], 4);
    }
}

static void optimum_notes(const ent_static_t *base, const ent_theory_optimum_t *optimum, int closed,
                          ent_table_t *table)
{
    write_theta(base, table);
    if (optimum->n_rounds > 1) {
        ent_table_note(table, "%s: %d rounds, last change of a rate %.1e",
                       closed ? "the formula at the equilibrium it brings about" : "best responses in turn",
                       optimum->n_rounds, optimum->last_change);
    }
    ent_table_note(table, "%d evaluations; real income against the benchmark; %s", optimum->n_evaluations,
                   closed ? "the formula knows neither inputs nor scale economies"
                          : "an optimum found by search is local");
}

void ent_static_optimum_table(const ent_static_t *base, const ent_theory_optimum_t *optimum, double upper,
                              const char *title, ent_table_t *table)
{
    const int closed = !isnan(optimum->export_elasticity[0]);
    int at_bound = 0;

    ent_table_init(table, optimum->n_player > 1 ? "nash_tariffs" : "optimal_tariffs", "%s", title);
    optimum_columns(base, closed, table);
    for (int p = 0; p < optimum->n_player; p++) {
        for (int k = 0; k < optimum->n_rate; k++) {
            at_bound += optimum->rate[p * optimum->n_rate + k] >= upper * (1.0 - 1e-6);
            optimum_row(base, optimum, p, k, table);
        }
    }
    ent_table_note(table,
                   "first-order residual %.1e: largest derivative of log real income with respect to a rate "
                   "off its bounds",
                   optimum->first_order_residual);
    if (at_bound > 0 && !closed) {
        ent_table_note(table, "%d %s at the bound of %g %%: welfare still rises there", at_bound,
                       at_bound == 1 ? "rate" : "rates", percent * upper);
    }
    optimum_notes(base, optimum, closed, table);
}
