#include "cli/tariff_tables.h"
#include "policy/kinds.h"

#include <math.h>
#include <stdlib.h>

static const double percent = 100.0;

/* A rate that could not be had makes the table fail as a whole. */
static double checked(double rate, ent_table_t *table)
{
    if (isnan(rate)) {
        table->failed = 1;
    }
    return rate;
}

/* Rate of a flow under the query, and its parts when wanted. */
static double rate_of(const ent_tariff_query_t *q, int origin, int sector, int final, ent_rate_part_t *parts,
                      int *n_parts)
{
    if (final) {
        return ent_final_rate_on_day(q->config, q->benchmark, q->regime, origin, q->importer, sector, q->on,
                                     q->loaded, q->known, NULL, parts, n_parts);
    }
    return ent_rate_on_day(q->config, q->benchmark, q->regime, origin, q->importer, sector, q->on, q->loaded,
                           q->known, NULL, parts, n_parts);
}

/* Customs value of the benchmark, by which means are weighted. */
static double trade(const ent_tariff_query_t *q, int origin, int sector)
{
    const size_t cell = ent_cell(q->benchmark, sector, origin, q->importer);

    return q->benchmark->flow[cell] * (1.0 + q->benchmark->freight[cell]);
}

static void write_conditions(const ent_tariff_query_t *q, ent_table_t *table)
{
    char on[16], loaded[16], known[16];

    ent_day_format(q->on, on);
    ent_day_format(q->loaded, loaded);
    ent_table_note(table, "regime %s; goods arriving on %s, loaded on %s", q->config->regimes[q->regime].name,
                   on, loaded);
    if (q->known != ENT_DAY_NEVER) {
        ent_day_format(q->known, known);
        ent_table_note(table, "as announced by %s", known);
    }
}

/* ---- one flow ---- */

enum {
    COLUMN_MEASURE,
    COLUMN_KIND,
    COLUMN_RATE,
    COLUMN_COVERED,
    COLUMN_LEFT,
    COLUMN_COLLECTED,
    COLUMN_ADDS,
    COLUMN_LEGAL
};

static void flow_columns(ent_table_t *table)
{
    ent_table_column(table, "measure", ENT_COLUMN_TEXT, "", "measure");
    ent_table_column(table, "kind", ENT_COLUMN_TEXT, "", "kind");
    ent_table_column(table, "rate", ENT_COLUMN_NUMBER, "%", "rate");
    ent_table_column(table, "covered", ENT_COLUMN_NUMBER, "%", "covered");
    ent_table_column(table, "not_exempt", ENT_COLUMN_NUMBER, "%", "not exempt");
    ent_table_column(table, "collected", ENT_COLUMN_NUMBER, "%", "collected");
    ent_table_column(table, "adds", ENT_COLUMN_NUMBER, "percentage points", "adds");
    ent_table_column(table, "legal", ENT_COLUMN_TEXT, "", "legal reference");
}

/* Start a row in which numbers that do not apply are left empty. */
static void blank_row(ent_table_t *table, int rule)
{
    ent_table_row(table, rule);
    for (int column = COLUMN_RATE; column <= COLUMN_COLLECTED; column++) {
        ent_table_text(table, column, "");
    }
}

static void show_number(ent_table_t *table, int column, double number, int decimals)
{
    ent_table_text(table, column, NULL);
    ent_table_number(table, column, number, decimals);
}

static void part_row(const ent_tariff_query_t *q, const ent_rate_part_t *part, ent_table_t *table)
{
    const ent_measure_t *m = &q->config->measures[part->measure];
    const double coverage = m->coverage[q->sector];
    const double whole = part->statutory * coverage * part->collected;

    blank_row(table, 0);
    ent_table_text(table, COLUMN_MEASURE, m->id);
    ent_table_text(table, COLUMN_KIND, ent_measure_kind_names()[m->kind]);
    if (ent_kind_needs_set(m->kind)) {
        show_number(table, COLUMN_COVERED, percent * part->statutory, 1);
    } else if (!ent_measure_is_duty(m->kind)) {
        show_number(table, COLUMN_RATE, percent * m->rate[q->partner], 2);
        show_number(table, COLUMN_COVERED, percent * coverage, 1);
    } else {
        show_number(table, COLUMN_RATE, percent * m->rate[q->partner], 2);
        show_number(table, COLUMN_COVERED, percent * coverage, 1);
        show_number(table, COLUMN_LEFT, percent * (whole != 0.0 ? part->effective / whole : 1.0), 1);
        show_number(table, COLUMN_COLLECTED, percent * part->collected, 1);
    }
    ent_table_number(table, COLUMN_ADDS, percent * part->effective, 2);
    ent_table_text(table, COLUMN_LEGAL, m->legal);
}

static void total_row(ent_table_t *table, const char *label, double rate, int rule)
{
    blank_row(table, rule);
    ent_table_text(table, COLUMN_MEASURE, label);
    ent_table_number(table, COLUMN_ADDS, percent * rate, 2);
}

static void fill_flow(const ent_tariff_query_t *q, ent_rate_part_t *parts, ent_table_t *table)
{
    const double base = q->benchmark->tariff[ent_cell(q->benchmark, q->sector, q->partner, q->importer)];
    const double final = checked(rate_of(q, q->partner, q->sector, 1, NULL, NULL), table);
    int n_parts = 0, is_short = 0;
    const double collected = checked(rate_of(q, q->partner, q->sector, q->final, parts, &n_parts), table);

    flow_columns(table);
    total_row(table, "benchmark tariff", base, 0);
    for (int i = 0; i < n_parts; i++) {
        part_row(q, &parts[i], table);
        is_short |= parts[i].effective > 0.0 && parts[i].collected < 1.0;
    }
    total_row(table, q->final ? "owed after refunds" : "rate collected", collected, 1);
    if (!q->final && final < collected) {
        total_row(table, "owed after refunds", final, 0);
    }
    if (is_short) {
        ent_table_note(table, "collected: the share that customs collect of the duty on goods that are not "
                              "exempt, by the benchmark's collection_wedge");
    }
    write_conditions(q, table);
}

/* ---- many flows ---- */

/* Weighted mean over partners (partner -1) and sectors (sector -1) as the query narrows them. */
static double mean_rate(const ent_tariff_query_t *q, const double *rate, int partner, int sector)
{
    double sum = 0.0, weight = 0.0;

    for (int s = 0; s < q->config->n_sector; s++) {
        for (int o = 0; o < q->config->n_region; o++) {
            const int wanted = (partner < 0 || o == partner) && (sector < 0 || s == sector) &&
                               (q->partner < 0 || o == q->partner) && o != q->importer;

            if (wanted && (q->sector < 0 || s == q->sector)) {
                sum += trade(q, o, s) * rate[s * q->config->n_region + o];
                weight += trade(q, o, s);
            }
        }
    }
    return weight > 0.0 ? sum / weight : NAN;
}

static void fill_matrix(const ent_tariff_query_t *q, const double *rate, ent_table_t *table)
{
    const ent_config_t *config = q->config;
    int column;

    ent_table_column(table, "sector", ENT_COLUMN_TEXT, "", "sector");
    for (int o = 0; o < config->n_region; o++) {
        if (o != q->importer && (q->partner < 0 || o == q->partner)) {
            ent_table_column(table, config->region[o], ENT_COLUMN_NUMBER, "%", "%s", config->region[o]);
        }
    }
    ent_table_column(table, "mean", ENT_COLUMN_NUMBER, "%", "mean");
    for (int s = -1; s < config->n_sector; s++) {
        const int sector = s + 1 < config->n_sector ? s + 1 : -1; /* the mean comes last */

        if (q->sector >= 0 && sector != q->sector) {
            continue;
        }
        ent_table_row(table, sector < 0);
        ent_table_text(table, 0, sector < 0 ? "mean" : config->sector[sector]);
        column = 1;
        for (int o = 0; o < config->n_region; o++) {
            if (o != q->importer && (q->partner < 0 || o == q->partner)) {
                ent_table_number(table, column++, percent * mean_rate(q, rate, o, sector), 1);
            }
        }
        ent_table_number(table, column, percent * mean_rate(q, rate, -1, sector), 1);
    }
    ent_table_note(table, "%s; means weighted by benchmark trade (customs value)",
                   q->final ? "owed after refunds" : "as collected");
    write_conditions(q, table);
}

/* For machines: one line for each flow. */
static void fill_list(const ent_tariff_query_t *q, ent_table_t *table)
{
    const ent_config_t *config = q->config;
    const ent_benchmark_t *b = q->benchmark;

    ent_table_column(table, "importer", ENT_COLUMN_TEXT, "", "importer");
    ent_table_column(table, "partner", ENT_COLUMN_TEXT, "", "partner");
    ent_table_column(table, "sector", ENT_COLUMN_TEXT, "", "sector");
    ent_table_column(table, "benchmark", ENT_COLUMN_NUMBER, "1", "benchmark tariff");
    ent_table_column(table, "collected", ENT_COLUMN_NUMBER, "1", "collected");
    ent_table_column(table, "final", ENT_COLUMN_NUMBER, "1", "after refunds");
    ent_table_column(table, "trade", ENT_COLUMN_NUMBER, "million USD a year", "benchmark trade");
    for (int s = 0; s < config->n_sector; s++) {
        for (int o = 0; o < config->n_region; o++) {
            if (o == q->importer || (q->partner >= 0 && o != q->partner) ||
                (q->sector >= 0 && s != q->sector)) {
                continue;
            }
            ent_table_row(table, 0);
            ent_table_text(table, 0, config->region[q->importer]);
            ent_table_text(table, 1, config->region[o]);
            ent_table_text(table, 2, config->sector[s]);
            ent_table_number(table, 3, b->tariff[ent_cell(b, s, o, q->importer)], 4);
            ent_table_number(table, 4, checked(rate_of(q, o, s, 0, NULL, NULL), table), 4);
            ent_table_number(table, 5, checked(rate_of(q, o, s, 1, NULL, NULL), table), 4);
            ent_table_number(table, 6, trade(q, o, s), 1);
        }
    }
    write_conditions(q, table);
}

static int fill_flows(const ent_tariff_query_t *q, ent_format_t format, ent_table_t *table,
                      ent_context_t *ctx)
{
    const int n_region = q->config->n_region, n_sector = q->config->n_sector;
    double *rate;

    if (format == ENT_FORMAT_CSV || format == ENT_FORMAT_JSON) {
        fill_list(q, table);
        return 0;
    }
    rate = malloc((size_t)n_region * (size_t)n_sector * sizeof *rate);
    if (rate == NULL) {
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, "tariffs", "no memory for %d rates", n_region * n_sector);
    }
    for (int s = 0; s < n_sector; s++) {
        for (int o = 0; o < n_region; o++) {
            rate[s * n_region + o] = checked(rate_of(q, o, s, q->final, NULL, NULL), table);
        }
    }
    fill_matrix(q, rate, table);
    free(rate);
    return 0;
}

int ent_tariff_tables_write(const ent_tariff_query_t *query, ent_format_t format, FILE *stream,
                            ent_context_t *ctx)
{
    const ent_config_t *config = query->config;
    ent_table_t table;
    int code = 0;

    if (query->partner >= 0 && query->sector >= 0) {
        ent_rate_part_t *parts = calloc((size_t)config->n_measures + 1, sizeof *parts);

        ent_table_init(&table, "tariff", "%s from %s into %s", config->sector[query->sector],
                       config->region[query->partner], config->region[query->importer]);
        if (parts == NULL) {
            code =
                ent_fail(ctx, ENT_ERR_NO_MEMORY, "tariffs", "no memory for %d measures", config->n_measures);
        } else {
            fill_flow(query, parts, &table);
        }
        free(parts);
    } else {
        ent_table_init(&table, "tariffs", "Tariffs on imports into %s", config->region[query->importer]);
        code = fill_flows(query, format, &table, ctx);
    }
    if (code == 0) {
        code = ent_tables_write(&table, 1, format, stream, ctx);
    }
    ent_table_free(&table);
    return code;
}
