#include "compare/trade_jobs.h"

#include "base/memory.h"
#include "compare/recorded_config.h"
#include "economy/content.h"

#include <math.h>
#include <stdlib.h>

/* Of a sector in a replication: jobs of both scenarios, base first, and the difference made directly and
 * through inputs. */
typedef enum { WITHOUT, WITH, DIRECT, INDIRECT, N_LINES } line_t;

typedef struct {
    const ent_comparison_t *c;
    ent_config_t config;
    ent_benchmark_t fine, coarse;
    double *direct, *all; /* [sector] workers per million USD of exports a year */
    double *value;        /* [period][sector, all last][line][replication] */
    double *scratch;      /* [2][replication] */
} jobs_t;

static double *values_at(const jobs_t *jobs, int period, int row, int line)
{
    const ent_ensemble_t *e = &jobs->c->ensemble;
    return jobs->value +
           (size_t)((period * (e->n_sector + 1) + row) * N_LINES + line) * (size_t)e->n_replication;
}

static void jobs_free(jobs_t *jobs)
{
    free(jobs->direct);
    free(jobs->all);
    free(jobs->value);
    free(jobs->scratch);
    ent_benchmark_free(&jobs->coarse);
    ent_benchmark_free(&jobs->fine);
    ent_config_free(&jobs->config);
}

/* ---- workers per million USD of exports ---- */

/* Freight of home's exports that count, over their value. */
static double mean_freight(const jobs_t *jobs, int sector)
{
    const ent_comparison_t *c = jobs->c;
    const ent_benchmark_t *b = &jobs->coarse;
    double value = 0.0, freight = 0.0;
    for (int i = 0; i < c->n_destinations; i++) {
        const size_t cell = ent_cell(b, sector, c->ensemble.home, c->destinations[i]);
        const int counts = c->partner < 0 || c->destinations[i] == c->partner;
        value += counts ? b->flow[cell] : 0.0;
        freight += counts ? b->flow[cell] * b->freight[cell] : 0.0;
    }
    return value > 0.0 ? freight / value : 0.0;
}

static int set_coefficients(jobs_t *jobs, ent_context_t *ctx)
{
    const ent_benchmark_t *b = &jobs->coarse;
    const size_t n = (size_t)b->n_sector, home = (size_t)jobs->c->ensemble.home;
    double *own = ent_calloc(ctx, (size_t)b->n_region * n, sizeof *own);
    double *content = ent_calloc(ctx, (size_t)b->n_region * n, sizeof *content);
    int rc = own == NULL || content == NULL ? ENT_ERR_NO_MEMORY : 0;
    if (rc == 0) {
        ent_workers_per_output(b, (int)home, own + home * n);
        rc = isfinite(own[home * n]) ? ent_input_content(b, own, content, ctx) : 0;
    }
    for (size_t s = 0; s < n && rc == 0; s++) {
        const double freight = 1.0 + mean_freight(jobs, (int)s);
        jobs->direct[s] = own[home * n + s] * freight;
        jobs->all[s] = isfinite(jobs->direct[s]) ? content[home * n + s] * freight : NAN;
    }
    free(own);
    free(content);
    return rc;
}

static int jobs_init(jobs_t *jobs, const ent_comparison_t *c, ent_context_t *ctx)
{
    const ent_ensemble_t *e = &c->ensemble;
    const size_t rows = (size_t)c->n_periods * (size_t)(e->n_sector + 1) * N_LINES;
    *jobs = (jobs_t){.c = c};
    int rc = ent_recorded_config(c->file, &jobs->config, &jobs->fine, ctx);
    if (rc == 0)
        rc = ent_config_benchmark(&jobs->config, &jobs->fine, &jobs->coarse, ctx);
    if (rc != 0)
        return rc;
    jobs->direct = ent_calloc(ctx, (size_t)e->n_sector, sizeof *jobs->direct);
    jobs->all = ent_calloc(ctx, (size_t)e->n_sector, sizeof *jobs->all);
    jobs->value = ent_calloc(ctx, rows * (size_t)e->n_replication, sizeof *jobs->value);
    jobs->scratch = ent_calloc(ctx, 2 * (size_t)e->n_replication, sizeof *jobs->scratch);
    return jobs->direct == NULL || jobs->all == NULL || jobs->value == NULL || jobs->scratch == NULL
               ? ENT_ERR_NO_MEMORY
               : set_coefficients(jobs, ctx);
}

/* ---- values ---- */

/* Exports of a sector at a year's pace in both scenarios, as jobs. */
static int read_sector(jobs_t *jobs, ent_reader_t *reader, int r, int period, int sector, ent_context_t *ctx)
{
    const ent_comparison_t *c = jobs->c;
    const ent_period_t *span = &c->periods[period];
    const ent_places_t places = {c->ensemble.home, c->partner, sector, -1};
    const double pace = (double)c->ensemble.steps_per_year / (span->end - span->begin);
    double volume[2] = {NAN, NAN};
    int rc = 0;
    for (int side = 0; side < 2 && rc == 0; side++)
        rc = ent_outcome_value(ent_outcome(ENT_OUTCOME_QUANTITY), reader, side ? c->against : c->base, r,
                               &places, span, &volume[side], ctx);
    const double more = pace * (volume[1] - volume[0]);
    const double line[N_LINES] = {[WITHOUT] = pace * volume[0] * jobs->all[sector],
                                  [WITH] = pace * volume[1] * jobs->all[sector],
                                  [DIRECT] = more * jobs->direct[sector],
                                  [INDIRECT] = more * (jobs->all[sector] - jobs->direct[sector])};
    for (int i = 0; i < N_LINES; i++) {
        values_at(jobs, period, sector, i)[r] = line[i];
        values_at(jobs, period, c->ensemble.n_sector, i)[r] += line[i];
    }
    return rc;
}

static int read_all(jobs_t *jobs, ent_context_t *ctx)
{
    const ent_comparison_t *c = jobs->c;
    ent_reader_t reader;
    int rc = ent_reader_init(&reader, &c->ensemble, ctx);
    for (int r = 0; r < c->ensemble.n_replication && rc == 0; r++)
        for (int i = 0; i < c->n_periods * c->ensemble.n_sector && rc == 0; i++)
            rc = read_sector(jobs, &reader, r, i / c->ensemble.n_sector, i % c->ensemble.n_sector, ctx);
    ent_reader_free(&reader);
    return rc;
}

/* ---- the table ---- */

static void set_columns(const ent_comparison_t *c, ent_table_t *table)
{
    const ent_ensemble_t *e = &c->ensemble;
    ent_table_init(table, "jobs_in_exports", "Jobs in %s's exports to %s: %s against %s", e->region[e->home],
                   c->partner >= 0 ? e->region[c->partner] : "all recorded destinations",
                   e->scenario[c->against], e->scenario[c->base]);
    ent_table_column(table, "period", ENT_COLUMN_TEXT, "", "period");
    ent_table_column(table, "sector", ENT_COLUMN_TEXT, "", "sector of export");
    ent_table_column(table, "without", ENT_COLUMN_NUMBER, "jobs", "%s", e->scenario[c->base]);
    ent_table_column(table, "with", ENT_COLUMN_NUMBER, "jobs", "%s", e->scenario[c->against]);
    ent_table_column(table, "direct", ENT_COLUMN_NUMBER, "jobs", "direct");
    ent_table_column(table, "indirect", ENT_COLUMN_NUMBER, "jobs", "through inputs");
    ent_table_column(table, "difference", ENT_COLUMN_NUMBER, "jobs", "difference");
    ent_comparison_spread_columns(c, table, "jobs", "loss");
}

static void put_row(const jobs_t *jobs, int period, int row, ent_table_t *table)
{
    const ent_comparison_t *c = jobs->c;
    const int all = row == c->ensemble.n_sector;
    ent_paired_t paired;
    ent_estimate_t part[2];
    ent_estimate_paired(&c->ensemble, values_at(jobs, period, row, WITHOUT),
                        values_at(jobs, period, row, WITH), c->options.level, jobs->scratch, &paired);
    for (int i = 0; i < 2; i++)
        ent_estimate_number(&c->ensemble, values_at(jobs, period, row, DIRECT + i), c->options.level,
                            jobs->scratch, &part[i]);
    const ent_estimate_t *d = &paired.difference;
    const int decimals = ent_decimals(d->mean, d->error) > 0 ? 0 : ent_decimals(d->mean, d->error);
    ent_table_row(table, all || (row == 0 && period > 0));
    ent_table_text(table, 0, c->periods[period].key);
    ent_table_text(table, 1, all ? "all" : c->ensemble.sector[row]);
    const double number[] = {paired.without.mean, paired.with.mean, part[0].mean, part[1].mean, d->mean};
    for (int i = 0; i < 5; i++)
        ent_table_number(table, 2 + i, number[i], decimals);
    ent_comparison_spread(d, decimals, d->share_negative, table, 7);
}

int ent_trade_jobs(const ent_comparison_t *comparison, ent_table_t *table, ent_context_t *ctx)
{
    const ent_ensemble_t *e = &comparison->ensemble;
    jobs_t jobs;
    *table = (ent_table_t){0};
    if (!ent_ensemble_has(e, ENT_FIELD_export_quantity))
        return ent_fail(ctx, ENT_ERR_USAGE, e->path, "jobs in exports need export_quantity recorded");
    int rc = jobs_init(&jobs, comparison, ctx);
    rc = rc == 0 ? read_all(&jobs, ctx) : rc;
    if (rc == 0)
        set_columns(comparison, table);
    for (int p = 0; p < comparison->n_periods && rc == 0; p++)
        for (int row = 0; row <= e->n_sector; row++)
            put_row(&jobs, p, row, table);
    jobs_free(&jobs);
    ent_table_note(
        table,
        "Workers of %s at the benchmark's technology: those who make the goods, and through inputs those at "
        "home who make what the goods are made of (Leontief 1936, all countries' inputs).",
        e->region[e->home]);
    return rc;
}
