#include "compare/who_pays.h"

#include "base/memory.h"
#include "compare/ledger.h"

#include <math.h>
#include <stdlib.h>

#define FLOW_FIELDS "exports,export_quantity,imports,duty,refund,sales,landed_cost,retail_spending"
static const ent_pays_entry_t entries[ENT_N_PAYS] = {
    [ENT_PAYS_HOME] = {"home", "home's exporters", "exports,export_quantity"},
    [ENT_PAYS_OTHERS] = {"others", "other exporters", "exports,export_quantity"},
    [ENT_PAYS_BUYERS] = {"buyers", "buyers", "retail_spending,sales"},
    [ENT_PAYS_IMPORTERS] = {"importers", "importers' margins", "landed_cost,retail_spending,sales"},
    [ENT_PAYS_REST] = {"rest", "stocks and domestic suppliers", FLOW_FIELDS},
    [ENT_PAYS_RATES] = {"rates", "duty by other rates", "duty,refund,imports"},
    [ENT_PAYS_VOLUME] = {"volume", "duty by other imports", "duty,refund,imports"},
    [ENT_PAYS_TREASURY] = {"treasury", "treasury", "duty,refund"},
};

const ent_pays_entry_t *ent_pays_table(void)
{
    return entries;
}

static void flow_lines(const ent_ledger_t *ledger, int period, double *line)
{
    const ent_ensemble_t *e = &ledger->c->ensemble;
    for (int s = 0; s < e->n_sector; s++) {
        for (int f = 0; f < e->n_flow; f++) {
            const size_t place = (size_t)s * (size_t)e->n_flow + (size_t)f;
            if (!ent_ledger_enters(ledger, f)) {
                continue;
            }
            const ent_ledger_pair_t goods =
                ent_ledger_pair(ledger, ENT_LEDGER_EXPORTS, ENT_LEDGER_QUANTITY, period, place);
            ent_ledger_pair_t duty =
                ent_ledger_pair(ledger, ENT_LEDGER_DUTY, ENT_LEDGER_IMPORTS, period, place);
            for (int side = 0; side < 2; side++) {
                duty.cost[side] -= ent_ledger_sum(ledger, side, ENT_LEDGER_REFUND, period, place);
            }
            line[e->flow_origin[f] == e->home ? ENT_PAYS_HOME : ENT_PAYS_OTHERS] -=
                ent_ledger_by_value(&goods);
            line[ENT_PAYS_RATES] += ent_ledger_by_value(&duty);
            line[ENT_PAYS_VOLUME] += duty.cost[1] - duty.cost[0] - ent_ledger_by_value(&duty);
        }
    }
}

static void account(const ent_ledger_t *ledger, int period, double *line)
{
    const ent_ensemble_t *e = &ledger->c->ensemble;
    double landed = 0.0;
    for (int i = 0; i < ENT_N_PAYS; i++) {
        line[i] = 0.0;
    }
    flow_lines(ledger, period, line);
    for (int s = 0; s < e->n_sector; s++) {
        const size_t place = (size_t)ledger->c->partner * (size_t)e->n_sector + (size_t)s;
        const ent_ledger_pair_t shop =
            ent_ledger_pair(ledger, ENT_LEDGER_SPENDING, ENT_LEDGER_SALES, period, place);
        const ent_ledger_pair_t cost =
            ent_ledger_pair(ledger, ENT_LEDGER_LANDED, ENT_LEDGER_SALES, period, place);
        line[ENT_PAYS_BUYERS] += ent_ledger_by_value(&shop);
        landed += ent_ledger_by_value(&cost);
    }
    line[ENT_PAYS_IMPORTERS] = landed - line[ENT_PAYS_BUYERS];
    line[ENT_PAYS_REST] = line[ENT_PAYS_RATES] - line[ENT_PAYS_HOME] - line[ENT_PAYS_OTHERS] - landed;
    line[ENT_PAYS_TREASURY] = line[ENT_PAYS_RATES] + line[ENT_PAYS_VOLUME];
}

/* Means rounded to the decimals of the best known line; the two sums and the rest follow from the others. */
static void round_lines(ent_estimate_t line[ENT_N_PAYS], int *decimals)
{
    static const ent_pays_t free_lines[] = {ENT_PAYS_HOME,      ENT_PAYS_OTHERS, ENT_PAYS_BUYERS,
                                            ENT_PAYS_IMPORTERS, ENT_PAYS_RATES,  ENT_PAYS_VOLUME};
    int most = -9;
    for (size_t i = 0; i < sizeof free_lines / sizeof free_lines[0]; i++) {
        const ent_estimate_t *e = &line[free_lines[i]];
        const int wanted = e->mean != 0.0 ? ent_decimals(e->mean, e->error) : -9;
        most = wanted > most ? wanted : most;
    }
    *decimals = most > 3 ? 3 : most < -3 ? 0 : most;
    const double unit = pow(10.0, -*decimals);
    long long whole[ENT_N_PAYS] = {0};
    for (size_t i = 0; i < sizeof free_lines / sizeof free_lines[0]; i++)
        whole[free_lines[i]] =
            isfinite(line[free_lines[i]].mean) ? llround(line[free_lines[i]].mean / unit) : 0;
    whole[ENT_PAYS_REST] = whole[ENT_PAYS_RATES] - whole[ENT_PAYS_HOME] - whole[ENT_PAYS_OTHERS] -
                           whole[ENT_PAYS_BUYERS] - whole[ENT_PAYS_IMPORTERS];
    whole[ENT_PAYS_TREASURY] = whole[ENT_PAYS_RATES] + whole[ENT_PAYS_VOLUME];
    for (int i = 0; i < ENT_N_PAYS; i++)
        line[i].mean = isfinite(line[i].mean) ? (double)whole[i] * unit : NAN;
}

static void estimate_all(ent_who_pays_t *pays, const ent_ledger_t *ledger)
{
    for (int p = 0; p < pays->n_periods; p++) {
        for (int i = 0; i < ENT_N_PAYS; i++)
            ent_ledger_estimate(ledger, p, i, &pays->line[p][i]);
        round_lines(pays->line[p], &pays->decimals[p]);
    }
}

int ent_who_pays(ent_who_pays_t *pays, const ent_comparison_t *comparison, ent_context_t *ctx)
{
    ent_ledger_t ledger = {0};
    *pays = (ent_who_pays_t){.n_periods = comparison->n_periods};
    int rc = ent_ledger_require(comparison, "who pays is", ctx);
    if (rc != 0)
        return rc;
    pays->line = ent_calloc(ctx, (size_t)comparison->n_periods, sizeof *pays->line);
    pays->decimals = ent_calloc(ctx, (size_t)comparison->n_periods, sizeof *pays->decimals);
    rc = pays->line == NULL || pays->decimals == NULL
             ? ENT_ERR_NO_MEMORY
             : ent_ledger_fill(&ledger, comparison, ENT_N_PAYS, account, ctx);
    if (rc == 0)
        estimate_all(pays, &ledger);
    ent_ledger_free(&ledger);
    return rc;
}

void ent_who_pays_free(ent_who_pays_t *pays)
{
    free(pays->line);
    free(pays->decimals);
    *pays = (ent_who_pays_t){0};
}

/* Who bears how much of the duty that other rates make; both as they are shown. */
static void put_share(const ent_who_pays_t *pays, int period, int line, ent_table_t *table, int column)
{
    const double duty = pays->line[period][ENT_PAYS_RATES].mean;
    if (line > ENT_PAYS_RATES) {
        ent_table_text(table, column, "");
    } else {
        ent_table_number(table, column, duty != 0.0 ? 100.0 * pays->line[period][line].mean / duty : NAN, 1);
    }
}

static void put_line(const ent_who_pays_t *pays, const ent_comparison_t *c, int period, int line,
                     ent_table_t *table)
{
    const ent_estimate_t *e = &pays->line[period][line];
    const int decimals = pays->decimals[period];
    ent_table_row(table, (line == 0 && period > 0) || line == ENT_PAYS_RATES || line == ENT_PAYS_TREASURY);
    ent_table_text(table, 0, c->periods[period].key);
    ent_table_text(table, 1, entries[line].title);
    ent_table_number(table, 2, e->mean, decimals);
    put_share(pays, period, line, table, 3);
    ent_table_number(table, 4, e->error, ent_decimals(e->error, e->error));
    ent_table_number(table, 5, e->low, decimals);
    ent_table_number(table, 6, e->high, decimals);
}

int ent_who_pays_tabulate(const ent_comparison_t *comparison, ent_table_t *table, ent_context_t *ctx)
{
    const ent_ensemble_t *e = &comparison->ensemble;
    const char *market = comparison->partner < 0 ? "no single market" : e->region[comparison->partner];
    const char *with = e->scenario[comparison->against], *without = e->scenario[comparison->base];
    ent_who_pays_t pays;
    ent_table_init(table, "payers", "Who pays duty in %s: %s against %s, home is %s", market, with, without,
                   e->region[e->home]);
    ent_table_column(table, "period", ENT_COLUMN_TEXT, "", "period");
    ent_table_column(table, "who", ENT_COLUMN_TEXT, "", "who");
    ent_table_column(table, "pays", ENT_COLUMN_NUMBER, "million USD", "pays more");
    ent_table_column(table, "share", ENT_COLUMN_NUMBER, "%", "of duty by other rates");
    ent_table_column(table, "error", ENT_COLUMN_NUMBER, "million USD", "error");
    ent_table_column(table, "low", ENT_COLUMN_NUMBER, "million USD", "range from");
    ent_table_column(table, "high", ENT_COLUMN_NUMBER, "million USD", "to");
    int rc = ent_who_pays(&pays, comparison, ctx);
    for (int p = 0; p < pays.n_periods && rc == 0; p++)
        for (int i = 0; i < ENT_N_PAYS; i++)
            put_line(&pays, comparison, p, i, table);
    ent_who_pays_free(&pays);
    ent_table_note(
        table, "Exporters: by lower prices on what they ship. Buyers: by higher shelf prices on what they "
               "buy. Importers: cost of the goods sold less what buyers pay more. Stocks: goods bought at "
               "another cost than those sold; with them prices of domestic suppliers and buying elsewhere. "
               "These five make the duty by other rates; with the duty by other imports it is the "
               "treasury's.");
    ent_table_note(
        table,
        "Prices and rates are weighted with the mean amounts of both scenarios: exchanged, they give "
        "the same account with the opposite sign. Over three scenarios accounts add up but for the part "
        "that comes of amounts moving with prices, which falls with the square of the difference.");
    ent_table_note(table,
                   "Means over worlds of %s less %s, rounded to the error of the best known line so that "
                   "they add up as shown.",
                   with, without);
    return rc;
}
