#include "compare/ledger.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

static const ent_field_id_t fields[ENT_N_LEDGER] = {
    ENT_FIELD_exports, ENT_FIELD_export_quantity, ENT_FIELD_imports,     ENT_FIELD_duty,
    ENT_FIELD_refund,  ENT_FIELD_sales,           ENT_FIELD_landed_cost, ENT_FIELD_retail_spending};

double *ent_ledger_values(const ent_ledger_t *ledger, int period, int line)
{
    return ledger->value + ((size_t)period * (size_t)ledger->n_lines + (size_t)line) *
                               (size_t)ledger->c->ensemble.n_replication;
}

static int ledger_init(ent_ledger_t *ledger, const ent_comparison_t *c, int n_lines, ent_context_t *ctx)
{
    const size_t replications = (size_t)c->ensemble.n_replication;
    *ledger = (ent_ledger_t){.c = c, .n_lines = n_lines};
    ledger->value = ent_calloc(ctx, (size_t)c->n_periods * (size_t)n_lines * replications, sizeof(double));
    ledger->scratch = ent_calloc(ctx, 2 * replications, sizeof(double));
    return ledger->value != NULL && ledger->scratch != NULL
               ? ent_reader_init(&ledger->reader, &c->ensemble, ctx)
               : ENT_ERR_NO_MEMORY;
}

void ent_ledger_free(ent_ledger_t *ledger)
{
    ent_reader_free(&ledger->reader);
    free(ledger->value);
    free(ledger->scratch);
    *ledger = (ent_ledger_t){0};
}

static int read_replication(ent_ledger_t *ledger, int replication, ent_context_t *ctx)
{
    int code = ENT_OK;
    for (int i = 0; code == ENT_OK && i < 2 * ENT_N_LEDGER; i++) {
        const int side = i / ENT_N_LEDGER, what = i % ENT_N_LEDGER;
        code = ent_reader_field(&ledger->reader, fields[what], side ? ledger->c->against : ledger->c->base,
                                replication, &ledger->field[side][what], ctx);
    }
    return code;
}

static void keep(const ent_ledger_t *ledger, int period, int replication, ent_ledger_account_t account,
                 double *line)
{
    const int whole = ledger->c->ensemble.whole[replication];
    if (whole)
        account(ledger, period, line);
    for (int i = 0; i < ledger->n_lines; i++)
        ent_ledger_values(ledger, period, i)[replication] = whole ? line[i] : NAN;
}

int ent_ledger_fill(ent_ledger_t *ledger, const ent_comparison_t *comparison, int n_lines,
                    ent_ledger_account_t account, ent_context_t *ctx)
{
    double *line = ent_calloc(ctx, (size_t)n_lines, sizeof *line);
    int rc = ledger_init(ledger, comparison, n_lines, ctx);
    rc = line == NULL ? ENT_ERR_NO_MEMORY : rc;
    for (int r = 0; r < comparison->ensemble.n_replication && rc == 0; r++) {
        rc = read_replication(ledger, r, ctx);
        for (int p = 0; p < comparison->n_periods && rc == 0; p++)
            keep(ledger, p, r, account, line);
    }
    free(line);
    return rc;
}

void ent_ledger_estimate(const ent_ledger_t *ledger, int period, int line, ent_estimate_t *estimate)
{
    ent_estimate_number(&ledger->c->ensemble, ent_ledger_values(ledger, period, line),
                        ledger->c->options.level, ledger->scratch, estimate);
}

double ent_ledger_sum(const ent_ledger_t *ledger, int side, ent_ledger_item_t item, int period, size_t place)
{
    const ent_period_t *span = &ledger->c->periods[period];
    const size_t size = ent_ensemble_size(&ledger->c->ensemble, fields[item]);
    return item == ENT_LEDGER_LANDED
               ? ent_period_product(span, ENT_AGGREGATE_SUM, ledger->field[side][item],
                                    ledger->field[side][ENT_LEDGER_SALES], size, place)
               : ent_period_value(span, ENT_AGGREGATE_SUM, ledger->field[side][item], size, place);
}

ent_ledger_pair_t ent_ledger_pair(const ent_ledger_t *ledger, ent_ledger_item_t cost,
                                  ent_ledger_item_t amount, int period, size_t place)
{
    ent_ledger_pair_t pair;
    for (int side = 0; side < 2; side++) {
        pair.cost[side] = ent_ledger_sum(ledger, side, cost, period, place);
        pair.amount[side] = ent_ledger_sum(ledger, side, amount, period, place);
    }
    return pair;
}

double ent_ledger_by_value(const ent_ledger_pair_t *pair)
{
    return pair->amount[0] > 0.0 && pair->amount[1] > 0.0
               ? (pair->cost[1] / pair->amount[1] - pair->cost[0] / pair->amount[0]) * 0.5 *
                     (pair->amount[0] + pair->amount[1])
               : 0.0;
}

int ent_ledger_enters(const ent_ledger_t *ledger, int flow)
{
    const ent_ensemble_t *e = &ledger->c->ensemble;
    return e->flow_destination[flow] == ledger->c->partner && e->flow_origin[flow] != ledger->c->partner;
}

int ent_ledger_known(const ent_comparison_t *comparison)
{
    return comparison->partner >= 0 && comparison->n_origins == comparison->ensemble.n_region - 1 &&
           ent_ensemble_has(&comparison->ensemble, ENT_FIELD_retail_spending);
}

int ent_ledger_require(const ent_comparison_t *comparison, const char *account, ent_context_t *ctx)
{
    return ent_ledger_known(comparison)
               ? 0
               : ent_fail(ctx, ENT_ERR_USAGE, comparison->ensemble.path,
                          "%s known only for one market, with the flows into it from every region "
                          "recorded: --partner REGION, and record.flows of the config",
                          account);
}
