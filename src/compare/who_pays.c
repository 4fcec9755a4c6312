#include "compare/who_pays.h"

#include "base/memory.h"

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

/* What is summed over a period, by flow or by market; landed cost is summed times sales. */
typedef enum { EXPORTS, QUANTITY, IMPORTS, DUTY, REFUND, SALES, LANDED, SPENDING, N_READ } read_t;
static const ent_field_id_t fields[N_READ] = {
    ENT_FIELD_exports, ENT_FIELD_export_quantity, ENT_FIELD_imports,     ENT_FIELD_duty,
    ENT_FIELD_refund,  ENT_FIELD_sales,           ENT_FIELD_landed_cost, ENT_FIELD_retail_spending};

/* Sums of one trajectory: [read][n_period][n_place], places being [sector][flow] or, in the partner's market,
 * [sector]. */
typedef struct {
    const ent_comparison_t *c;
    size_t n_place;
    double *sum[2]; /* base, scenario */
    float *block, *sales;
    double *value;   /* [period][line][replication] */
    double *scratch; /* [replication] */
} ledger_t;

static int is_flow(int what)
{
    return ent_field_table()[fields[what]].shape == ENT_SHAPE_FLOW;
}

static double *sum_at(const ledger_t *ledger, int side, int what, int period)
{
    return ledger->sum[side] +
           ((size_t)what * (size_t)ledger->c->n_periods + (size_t)period) * ledger->n_place;
}

static double *value_at(const ledger_t *ledger, int period, int line)
{
    return ledger->value +
           ((size_t)period * ENT_N_PAYS + (size_t)line) * (size_t)ledger->c->file->n_replication;
}

static int ledger_init(ledger_t *ledger, const ent_comparison_t *c, ent_context_t *ctx)
{
    const ent_results_file_t *file = c->file;
    const size_t flows = (size_t)file->n_sector * (size_t)file->n_flow;
    const size_t markets = (size_t)file->n_sector * (size_t)file->n_region;
    const size_t steps = (size_t)file->n_time, periods = (size_t)c->n_periods;
    const size_t widest = flows > markets ? flows : markets;
    const size_t replications = (size_t)file->n_replication;
    *ledger = (ledger_t){.c = c, .n_place = flows};
    for (int side = 0; side < 2; side++)
        ledger->sum[side] = ent_calloc(ctx, N_READ * periods * flows, sizeof(double));
    ledger->block = ent_calloc(ctx, steps * widest, sizeof(float));
    ledger->sales = ent_calloc(ctx, steps * markets, sizeof(float));
    ledger->value = ent_calloc(ctx, periods * ENT_N_PAYS * replications, sizeof(double));
    ledger->scratch = ent_calloc(ctx, replications, sizeof(double));
    return ledger->sum[0] != NULL && ledger->sum[1] != NULL && ledger->block != NULL &&
                   ledger->sales != NULL && ledger->value != NULL && ledger->scratch != NULL
               ? 0
               : ENT_ERR_NO_MEMORY;
}

static void ledger_free(ledger_t *ledger)
{
    free(ledger->sum[0]);
    free(ledger->sum[1]);
    free(ledger->block);
    free(ledger->sales);
    free(ledger->value);
    free(ledger->scratch);
}

static void add_up(const ledger_t *ledger, int side, int what, int period)
{
    const ent_results_file_t *file = ledger->c->file;
    const ent_period_t *span = &ledger->c->periods[period];
    const size_t n_sector = (size_t)file->n_sector, first = (size_t)ledger->c->partner * n_sector;
    const size_t n = is_flow(what) ? ledger->n_place : n_sector;
    const size_t row = is_flow(what) ? ledger->n_place : n_sector * (size_t)file->n_region;
    double *sum = sum_at(ledger, side, what, period);
    for (size_t i = 0; i < n; i++)
        sum[i] = 0.0;
    for (int t = span->begin; t < span->end; t++)
        for (size_t i = 0; i < n; i++) {
            const size_t at = (size_t)t * row + (is_flow(what) ? 0 : first) + i;
            const double times = what == LANDED ? (double)ledger->sales[at] : 1.0;
            /* what was not sold has no cost */
            sum[i] += times > 0.0 ? times * (double)ledger->block[at] : 0.0;
        }
}

static int read_side(const ledger_t *ledger, int side, int replication, ent_context_t *ctx)
{
    const ent_results_file_t *file = ledger->c->file;
    const int scenario = side ? ledger->c->against : ledger->c->base;
    const size_t markets = (size_t)file->n_time * (size_t)file->n_sector * (size_t)file->n_region;
    int rc = 0;
    for (int what = 0; what < N_READ && rc == 0; what++) {
        rc = ent_results_file_read(file, fields[what], scenario, replication, ledger->block, ctx);
        for (size_t i = 0; rc == 0 && what == SALES && i < markets; i++)
            ledger->sales[i] = ledger->block[i];
        for (int p = 0; rc == 0 && p < ledger->c->n_periods; p++)
            add_up(ledger, side, what, p);
    }
    return rc;
}

/* What the amounts of A would cost at the unit values of B; A's own value where B has none. */
static double at_base(double value, double amount, double base_value, double base_amount)
{
    return base_amount > 0.0 ? amount * base_value / base_amount : value;
}

static void flow_lines(const ledger_t *ledger, int period, double *line)
{
    const ent_results_file_t *file = ledger->c->file;
    const double *a[N_READ], *b[N_READ];
    for (int what = 0; what < N_READ; what++) {
        a[what] = sum_at(ledger, 1, what, period);
        b[what] = sum_at(ledger, 0, what, period);
    }
    for (int s = 0, i = 0; s < file->n_sector; s++)
        for (int f = 0; f < file->n_flow; f++, i++) {
            const int home = file->flow_origin[f] == file->home;
            if (file->flow_destination[f] != ledger->c->partner || file->flow_origin[f] == ledger->c->partner)
                continue;
            const double with = a[DUTY][i] - a[REFUND][i], without = b[DUTY][i] - b[REFUND][i];
            /* without imports in the base nothing is known of its rate, and the duty counts as volume */
            const double same_rate = at_base(with, a[IMPORTS][i], without, b[IMPORTS][i]);
            line[home ? ENT_PAYS_HOME : ENT_PAYS_OTHERS] -=
                a[EXPORTS][i] - at_base(a[EXPORTS][i], a[QUANTITY][i], b[EXPORTS][i], b[QUANTITY][i]);
            line[ENT_PAYS_RATES] += with - same_rate;
            line[ENT_PAYS_VOLUME] += same_rate - without;
        }
}

static void account(const ledger_t *ledger, int period, double line[ENT_N_PAYS])
{
    double landed = 0.0;
    for (int i = 0; i < ENT_N_PAYS; i++)
        line[i] = 0.0;
    flow_lines(ledger, period, line);
    for (int s = 0; s < ledger->c->file->n_sector; s++) {
        const double sold = sum_at(ledger, 1, SALES, period)[s], base = sum_at(ledger, 0, SALES, period)[s];
        const double spent = sum_at(ledger, 1, SPENDING, period)[s],
                     cost = sum_at(ledger, 1, LANDED, period)[s];
        line[ENT_PAYS_BUYERS] += spent - at_base(spent, sold, sum_at(ledger, 0, SPENDING, period)[s], base);
        landed += cost - at_base(cost, sold, sum_at(ledger, 0, LANDED, period)[s], base);
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
        const int wanted = e->mean != 0.0 ? ent_decimals(e->mean, e->numerical_error) : -9;
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

int ent_who_pays_known(const ent_comparison_t *comparison)
{
    const ent_results_file_t *file = comparison->file;
    int n_origins = 0;
    for (int f = 0; f < file->n_flow; f++)
        n_origins +=
            file->flow_destination[f] == comparison->partner && file->flow_origin[f] != comparison->partner;
    return comparison->partner >= 0 && n_origins == file->n_region - 1 &&
           ent_results_file_has(file, ENT_FIELD_retail_spending);
}

static int estimate_all(ent_who_pays_t *pays, const ledger_t *ledger)
{
    const ent_comparison_t *c = ledger->c;
    for (int p = 0; p < c->n_periods; p++) {
        for (int i = 0; i < ENT_N_PAYS; i++)
            ent_estimate(value_at(ledger, p, i), c->file->world, c->file->chance, c->file->n_replication,
                         c->options.level, ledger->scratch, &pays->line[p][i]);
        round_lines(pays->line[p], &pays->decimals[p]);
    }
    return 0;
}

int ent_who_pays(ent_who_pays_t *pays, const ent_comparison_t *comparison, ent_context_t *ctx)
{
    const ent_results_file_t *file = comparison->file;
    ledger_t ledger = {0};
    double line[ENT_N_PAYS];
    *pays = (ent_who_pays_t){.n_periods = comparison->n_periods};
    if (!ent_who_pays_known(comparison))
        return ent_fail(ctx, ENT_ERR_USAGE, file->path,
                        "who pays is known only for one market, with the flows into it from every region "
                        "recorded: --partner REGION, and record.flows of the config");
    pays->line = ent_calloc(ctx, (size_t)comparison->n_periods, sizeof *pays->line);
    pays->decimals = ent_calloc(ctx, (size_t)comparison->n_periods, sizeof *pays->decimals);
    int rc = pays->line == NULL || pays->decimals == NULL ? ENT_ERR_NO_MEMORY
                                                          : ledger_init(&ledger, comparison, ctx);
    for (int r = 0; r < file->n_replication && rc == 0; r++) {
        for (int side = 0; side < 2 && file->whole[r] && rc == 0; side++)
            rc = read_side(&ledger, side, r, ctx);
        for (int p = 0; p < comparison->n_periods && rc == 0; p++) {
            account(&ledger, p, line);
            for (int i = 0; i < ENT_N_PAYS; i++)
                value_at(&ledger, p, i)[r] = file->whole[r] ? line[i] : NAN;
        }
    }
    if (rc == 0)
        rc = estimate_all(pays, &ledger);
    ledger_free(&ledger);
    return rc;
}

void ent_who_pays_free(ent_who_pays_t *pays)
{
    free(pays->line);
    free(pays->decimals);
    *pays = (ent_who_pays_t){0};
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
    ent_table_number(table, 3, e->error, ent_decimals(e->error, e->error));
    ent_table_number(table, 4, e->low, decimals);
    ent_table_number(table, 5, e->high, decimals);
}

int ent_who_pays_tabulate(const ent_comparison_t *comparison, ent_table_t *table, ent_context_t *ctx)
{
    const ent_results_file_t *file = comparison->file;
    const char *market = comparison->partner < 0 ? "no single market" : file->region[comparison->partner];
    const char *with = file->scenario[comparison->against], *without = file->scenario[comparison->base];
    ent_who_pays_t pays;
    ent_table_init(table, "payers", "Who pays duty in %s: %s against %s, home is %s", market, with, without,
                   file->region[file->home]);
    ent_table_column(table, "period", ENT_COLUMN_TEXT, "", "period");
    ent_table_column(table, "who", ENT_COLUMN_TEXT, "", "who");
    ent_table_column(table, "pays", ENT_COLUMN_NUMBER, "million USD", "pays more");
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
               "another cost than those sold; with them prices of domestic suppliers. These five make the "
               "duty by other rates; with the duty by other imports it is the treasury's.");
    ent_table_note(table,
                   "Means over worlds of %s less %s, rounded to the error of the best known line so that "
                   "they add up as shown.",
                   with, without);
    return rc;
}
