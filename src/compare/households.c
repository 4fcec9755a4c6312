#include "compare/households.h"

#include "base/memory.h"
#include "compare/ledger.h"
#include "compare/recorded_config.h"
#include "config/internal.h"
#include "io/csv_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char shipped_file[] = "facts/households.csv";

enum { ECONOMY, YEAR, HOUSEHOLDS, SECTOR, SPENDING, MOST_GROUPS = 200 };
static const ent_csv_column_t columns[] = {
    {"economy", 1}, {"year", 1}, {"households", 1}, {"sector", 1}, {"spending_million_usd", 1},
    {"source", 0},  {NULL, 0}};

/* What the groups spend, by sector of the run. */
typedef struct {
    const ent_comparison_t *c;
    ent_config_t config;
    ent_benchmark_t fine;
    int n_groups;
    char *group[MOST_GROUPS];
    double *spending[MOST_GROUPS]; /* [sector] million USD a year */
    double year;
} budget_t;

static void budget_free(budget_t *budget)
{
    for (int g = 0; g < budget->n_groups; g++) {
        free(budget->group[g]);
        free(budget->spending[g]);
    }
    ent_benchmark_free(&budget->fine);
    ent_config_free(&budget->config);
}

/* ---- reading ---- */

static int find(char *const *names, int n, const char *name)
{
    int i = 0;
    while (i < n && strcmp(names[i], name) != 0)
        i++;
    return i < n ? i : -1;
}

static int group_of(budget_t *budget, const ent_csv_named_t *row, int *group)
{
    *group = find(budget->group, budget->n_groups, row->cell[HOUSEHOLDS]);
    if (*group >= 0)
        return 0;
    if (budget->n_groups == MOST_GROUPS)
        return ent_csv_fault(row, HOUSEHOLDS, NULL, "more than %d groups of households", MOST_GROUPS);
    *group = budget->n_groups;
    budget->group[*group] = ent_strdup(row->ctx, row->cell[HOUSEHOLDS]);
    budget->spending[*group] = ent_calloc(row->ctx, (size_t)budget->config.n_sector, sizeof(double));
    budget->n_groups++;
    return budget->group[*group] != NULL && budget->spending[*group] != NULL ? 0 : ENT_ERR_NO_MEMORY;
}

static int take_row(void *data, const ent_csv_named_t *row)
{
    budget_t *budget = data;
    const ent_benchmark_t *fine = &budget->fine;
    const int economy = find(fine->region, fine->n_region, row->cell[ECONOMY]);
    const int sector = find(fine->sector, fine->n_sector, row->cell[SECTOR]);
    int group = 0;
    double year, spending;
    int rc = ent_csv_number(row, YEAR, 1900.0, 2100.0, NAN, "a year", &year);
    if (rc == 0)
        rc = ent_csv_number(row, SPENDING, 0.0, 1e9, NAN, "million USD, not negative", &spending);
    if (rc == 0 && sector < 0)
        rc = ent_csv_fault(
            row, SECTOR,
            ent_nearest(row->cell[SECTOR], (const char *const *)fine->sector, (size_t)fine->n_sector),
            "no sector of the benchmark");
    if (rc != 0 || economy < 0 || budget->config.region_map[economy] != budget->c->partner)
        return rc;
    rc = group_of(budget, row, &group);
    if (rc == 0) {
        budget->spending[group][budget->config.sector_map[sector]] += spending;
        budget->year = year;
    }
    return rc;
}

static int read_budget(budget_t *budget, const ent_comparison_t *c, const char *path, ent_context_t *ctx)
{
    char *tried = NULL, *found = NULL;
    *budget = (budget_t){.c = c};
    int rc = ent_recorded_config(c->file, &budget->config, &budget->fine, ctx);
    if (rc != 0)
        return rc;
    found = path != NULL ? ent_strdup(ctx, path) : ent_locate_data(shipped_file, "", &tried, ctx);
    if (found == NULL) {
        rc = ent_fail(ctx, ENT_ERR_NO_INPUT, shipped_file, "not found; looked for %s",
                      tried != NULL ? tried : "it");
    } else {
        const ent_csv_source_t source = {.path = found};
        rc = ent_csv_read_named(&source, columns, take_row, budget, ctx);
        if (rc == 0 && budget->n_groups == 0)
            rc = ent_fail(ctx, ENT_ERR_NO_INPUT, found,
                          "what households of %s buy is not in it: give a table with --spending FILE, or "
                          "another --partner",
                          c->ensemble.region[c->partner]);
    }
    free(found);
    free(tried);
    return rc;
}

/* ---- the table ---- */

/* Relative price changes by sector, in one market. */
static void price_changes(const ent_ledger_t *ledger, int period, double *line)
{
    const int n = ledger->c->ensemble.n_sector;
    for (int s = 0; s < n; s++) {
        const size_t place = (size_t)ledger->c->partner * (size_t)n + (size_t)s;
        const ent_ledger_pair_t pair =
            ent_ledger_pair(ledger, ENT_LEDGER_SPENDING, ENT_LEDGER_SALES, period, place);
        const double with = pair.cost[1] / pair.amount[1], without = pair.cost[0] / pair.amount[0];
        line[s] =
            pair.amount[0] > 0.0 && pair.amount[1] > 0.0 ? (with - without) / (0.5 * (with + without)) : 0.0;
    }
}

static void set_columns(const budget_t *budget, ent_table_t *table)
{
    const ent_ensemble_t *e = &budget->c->ensemble;
    ent_table_init(table, "households", "What households in %s pay: %s against %s",
                   e->region[budget->c->partner], e->scenario[budget->c->against],
                   e->scenario[budget->c->base]);
    ent_table_column(table, "period", ENT_COLUMN_TEXT, "", "period");
    ent_table_column(table, "households", ENT_COLUMN_TEXT, "", "households");
    ent_table_column(table, "spending", ENT_COLUMN_NUMBER, "million USD", "spend a year");
    ent_table_column(table, "pays", ENT_COLUMN_NUMBER, "million USD", "pay more a year");
    ent_table_column(table, "prices", ENT_COLUMN_NUMBER, "% of spending", "prices");
    ent_comparison_spread_columns(budget->c, table, "% of spending", "rise");
}

/* The group's prices in every replication, and with the other sign. `group` n_groups is all households. */
static double group_values(const budget_t *budget, const ent_ledger_t *ledger, int period, int group,
                           double *prices, double *relief)
{
    const ent_ensemble_t *e = &budget->c->ensemble;
    const int all = group == budget->n_groups;
    double spending = 0.0;
    for (int g = all ? 0 : group; g < (all ? budget->n_groups : group + 1); g++)
        for (int s = 0; s < e->n_sector; s++)
            spending += budget->spending[g][s];
    for (int r = 0; r < e->n_replication; r++) {
        double pays = 0.0;
        for (int g = all ? 0 : group; g < (all ? budget->n_groups : group + 1); g++)
            for (int s = 0; s < e->n_sector; s++)
                pays += budget->spending[g][s] * ent_ledger_values(ledger, period, s)[r];
        prices[r] = 100.0 * pays / spending;
        relief[r] = -prices[r];
    }
    return spending;
}

static void put_row(const budget_t *budget, const ent_ledger_t *ledger, int period, int group,
                    double *scratch, ent_table_t *table)
{
    const ent_ensemble_t *e = &budget->c->ensemble;
    const int all = group == budget->n_groups;
    double *prices = scratch, *relief = scratch + e->n_replication, *spare = relief + e->n_replication;
    const double spending = group_values(budget, ledger, period, group, prices, relief);
    ent_estimate_t d, fall;
    ent_estimate_number(e, prices, budget->c->options.level, spare, &d);
    ent_estimate_number(e, relief, budget->c->options.level, spare, &fall);
    const double pays = spending * d.mean / 100.0;
    const int decimals = ent_decimals(d.mean, d.error);
    ent_table_row(table, all || (group == 0 && period > 0));
    ent_table_text(table, 0, budget->c->periods[period].key);
    ent_table_text(table, 1, all ? "all" : budget->group[group]);
    ent_table_number(table, 2, spending, 0);
    ent_table_number(table, 3, pays, ent_decimals(pays, spending * d.error / 100.0));
    ent_table_number(table, 4, d.mean, decimals);
    ent_comparison_spread(&d, decimals, fall.share_negative, table, 5);
}

static int fill_table(const budget_t *budget, const ent_ledger_t *ledger, ent_table_t *table,
                      ent_context_t *ctx)
{
    double *scratch = ent_calloc(ctx, 3 * (size_t)budget->c->ensemble.n_replication, sizeof *scratch);
    if (scratch == NULL)
        return ENT_ERR_NO_MEMORY;
    set_columns(budget, table);
    for (int p = 0; p < budget->c->n_periods; p++)
        for (int g = 0; g <= budget->n_groups; g++)
            put_row(budget, ledger, p, g, scratch, table);
    ent_table_note(table,
                   "Spending of %.0f by the goods it is on; what the same basket costs more at the retail "
                   "prices simulated. "
                   "Incomes, wages and other taxes are not in it.",
                   budget->year);
    free(scratch);
    return 0;
}

int ent_household_prices(const ent_comparison_t *comparison, const char *path, ent_table_t *table,
                         ent_context_t *ctx)
{
    budget_t budget;
    ent_ledger_t ledger = {0};
    *table = (ent_table_t){0};
    int rc = ent_ledger_require(comparison, "what households pay is", ctx);
    if (rc != 0)
        return rc;
    rc = read_budget(&budget, comparison, path, ctx);
    if (rc == 0)
        rc = ent_ledger_fill(&ledger, comparison, comparison->ensemble.n_sector, price_changes, ctx);
    if (rc == 0)
        rc = fill_table(&budget, &ledger, table, ctx);
    ent_ledger_free(&ledger);
    budget_free(&budget);
    return rc;
}
