#include "compare/market_accounts.h"

#include "compare/ledger.h"

#include <math.h>

/* ---- prices ---- */

/* Lines of a sector, and of all after the last sector. RELIEF is the contribution with the other sign: the
 * worlds in which it is negative are those where prices rise. */
typedef enum { CHANGE, SHARE, PAYS, CONTRIBUTION, RELIEF, N_PRICE_LINES } price_line_t;

static double percent(double part, double whole)
{
    return whole > 0.0 ? 100.0 * part / whole : NAN;
}

/* Mean spending and what a sector's buyers pay more; the sums over sectors go into the last row. */
static void price_account(const ent_ledger_t *ledger, int period, double *line)
{
    const int n = ledger->c->ensemble.n_sector;
    double *all = line + n * N_PRICE_LINES, spending = 0.0, pays = 0.0;
    for (int s = 0; s < n; s++) {
        const size_t place = (size_t)ledger->c->partner * (size_t)n + (size_t)s;
        const ent_ledger_pair_t pair =
            ent_ledger_pair(ledger, ENT_LEDGER_SPENDING, ENT_LEDGER_SALES, period, place);
        double *own = line + s * N_PRICE_LINES;
        own[PAYS] = ent_ledger_by_value(&pair);
        own[SHARE] = 0.5 * (pair.cost[0] + pair.cost[1]);
        const double with = pair.cost[1] / pair.amount[1], without = pair.cost[0] / pair.amount[0];
        own[CHANGE] = percent(with - without, 0.5 * (with + without));
        spending += own[SHARE];
        pays += own[PAYS];
    }
    for (int s = 0; s < n; s++) {
        double *own = line + s * N_PRICE_LINES;
        own[CONTRIBUTION] = percent(own[PAYS], spending);
        own[RELIEF] = -own[CONTRIBUTION];
        own[SHARE] = percent(own[SHARE], spending);
    }
    all[PAYS] = pays;
    all[SHARE] = 100.0;
    all[CHANGE] = all[CONTRIBUTION] = percent(pays, spending);
    all[RELIEF] = -all[CONTRIBUTION];
}

static void price_columns(const ent_comparison_t *c, ent_table_t *table)
{
    ent_table_init(table, "consumer_prices", "What buyers in %s pay: %s against %s",
                   c->ensemble.region[c->partner], c->ensemble.scenario[c->against],
                   c->ensemble.scenario[c->base]);
    ent_table_column(table, "period", ENT_COLUMN_TEXT, "", "period");
    ent_table_column(table, "category", ENT_COLUMN_TEXT, "", "category");
    ent_table_column(table, "share", ENT_COLUMN_NUMBER, "%", "share of spending");
    ent_table_column(table, "price_change", ENT_COLUMN_NUMBER, "%", "price");
    ent_table_column(table, "pays", ENT_COLUMN_NUMBER, "million USD", "pays more");
    ent_table_column(table, "contribution", ENT_COLUMN_NUMBER, "% of spending", "contribution");
    ent_comparison_spread_columns(c, table, "% of spending", "rise");
}

static void price_row(const ent_ledger_t *ledger, int period, int row, ent_table_t *table)
{
    const ent_ensemble_t *e = &ledger->c->ensemble;
    const int all = row == e->n_sector, column[] = {[CHANGE] = 3, [SHARE] = 2, [PAYS] = 4};
    ent_estimate_t estimate[N_PRICE_LINES];
    for (int i = 0; i < N_PRICE_LINES; i++)
        ent_ledger_estimate(ledger, period, row * N_PRICE_LINES + i, &estimate[i]);
    const ent_estimate_t *d = &estimate[CONTRIBUTION];
    const int decimals = ent_decimals(d->mean, d->error);
    ent_table_row(table, all || (row == 0 && period > 0));
    ent_table_text(table, 0, ledger->c->periods[period].key);
    ent_table_text(table, 1, all ? "all" : e->sector[row]);
    for (int i = 0; i < CONTRIBUTION; i++)
        ent_table_number(table, column[i], estimate[i].mean,
                         i == SHARE ? 1 : ent_decimals(estimate[i].mean, estimate[i].error));
    ent_table_number(table, 5, d->mean, decimals);
    ent_comparison_spread(d, decimals, estimate[RELIEF].share_negative, table, 6);
}

int ent_market_prices(const ent_comparison_t *comparison, ent_table_t *table, ent_context_t *ctx)
{
    const ent_ensemble_t *e = &comparison->ensemble;
    ent_ledger_t ledger = {0};
    *table = (ent_table_t){0};
    int rc = ent_ledger_require(comparison, "what buyers pay is", ctx);
    if (rc != 0)
        return rc;
    price_columns(comparison, table);
    rc = ent_ledger_fill(&ledger, comparison, (e->n_sector + 1) * N_PRICE_LINES, price_account, ctx);
    for (int p = 0; p < comparison->n_periods && rc == 0; p++)
        for (int row = 0; row <= e->n_sector; row++)
            price_row(&ledger, p, row, table);
    ent_ledger_free(&ledger);
    ent_table_note(table,
                   "Retail prices of %s at what is bought in both scenarios; buyers are households and "
                   "firms alike. Contributions add up to the change of the price index.",
                   e->region[comparison->partner]);
    return rc;
}

/* ---- treasury ---- */

typedef enum { IMPORTS, DUTY, REFUND, NET, RATE, LEFT, N_TREASURY_LINES } treasury_line_t;
static const struct {
    const char *name, *unit;
} treasury_lines[N_TREASURY_LINES] = {
    [IMPORTS] = {"imports at customs value", "million USD"},
    [DUTY] = {"duty collected", "million USD"},
    [REFUND] = {"refunds", "million USD"},
    [NET] = {"duty less refunds", "million USD"},
    [RATE] = {"duty less refunds over imports", "%"},
    [LEFT] = {"left after other taxes lose their share", "million USD"},
};

static void treasury_side(const ent_ledger_t *ledger, int side, int period, double *line)
{
    static const ent_ledger_item_t item[] = {
        [IMPORTS] = ENT_LEDGER_IMPORTS, [DUTY] = ENT_LEDGER_DUTY, [REFUND] = ENT_LEDGER_REFUND};
    const ent_ensemble_t *e = &ledger->c->ensemble;
    for (int i = IMPORTS; i <= REFUND; i++) {
        line[i] = 0.0;
        for (int f = 0; f < e->n_sector * e->n_flow; f++)
            line[i] += ent_ledger_enters(ledger, f % e->n_flow)
                           ? ent_ledger_sum(ledger, side, item[i], period, (size_t)f)
                           : 0.0;
    }
    line[LEFT] = line[NET] = line[DUTY] - line[REFUND]; /* less the other taxes' share, taken off below */
    line[RATE] = percent(line[NET], line[IMPORTS]);
}

/* Both scenarios, base first. */
static void treasury_account(const ent_ledger_t *ledger, int period, double *line)
{
    treasury_side(ledger, 0, period, line);
    treasury_side(ledger, 1, period, line + N_TREASURY_LINES);
}

static void treasury_row(const ent_ledger_t *ledger, int period, int row, double kept, ent_table_t *table)
{
    const ent_comparison_t *c = ledger->c;
    double *without = ent_ledger_values(ledger, period, row);
    double *with = ent_ledger_values(ledger, period, row + N_TREASURY_LINES);
    ent_paired_t paired;
    for (int r = 0; row == LEFT && r < c->ensemble.n_replication; r++) {
        without[r] *= kept;
        with[r] *= kept;
    }
    ent_estimate_paired(&c->ensemble, without, with, c->options.level, ledger->scratch, &paired);
    ent_table_row(table, row == 0 && period > 0);
    ent_table_text(table, 0, c->periods[period].key);
    ent_table_text(table, 1, treasury_lines[row].name);
    ent_table_text(table, 2, treasury_lines[row].unit);
    ent_comparison_numbers(&paired, table, 3);
}

static void treasury_notes(const ent_comparison_t *c, double offset, ent_table_t *table)
{
    ent_table_note(table,
                   "Goods from every region that enter %s, by the month of arrival; refunds as they are "
                   "paid.",
                   c->ensemble.region[c->partner]);
    if (offset > 0.0)
        ent_table_note(table,
                       "A duty lowers the incomes that other taxes are levied on: they lose %g %% of it "
                       "(--offset).",
                       100.0 * offset);
}

int ent_market_treasury(const ent_comparison_t *comparison, double offset, ent_table_t *table,
                        ent_context_t *ctx)
{
    const ent_ensemble_t *e = &comparison->ensemble;
    ent_ledger_t ledger = {0};
    *table = (ent_table_t){0};
    int rc = ent_ledger_require(comparison, "what a treasury gets is", ctx);
    if (rc != 0)
        return rc;
    ent_table_init(table, "treasury", "The treasury of %s: %s against %s", e->region[comparison->partner],
                   e->scenario[comparison->against], e->scenario[comparison->base]);
    ent_table_column(table, "period", ENT_COLUMN_TEXT, "", "period");
    ent_table_column(table, "line", ENT_COLUMN_TEXT, "", "line");
    ent_table_column(table, "unit", ENT_COLUMN_TEXT, "", "unit");
    ent_comparison_columns(comparison, table, "", "fall");
    rc = ent_ledger_fill(&ledger, comparison, 2 * N_TREASURY_LINES, treasury_account, ctx);
    for (int p = 0; p < comparison->n_periods && rc == 0; p++)
        for (int row = 0; row < N_TREASURY_LINES - (offset > 0.0 ? 0 : 1); row++)
            treasury_row(&ledger, p, row, 1.0 - offset, table);
    ent_ledger_free(&ledger);
    treasury_notes(comparison, offset, table);
    return rc;
}
