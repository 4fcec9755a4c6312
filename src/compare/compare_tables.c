/* The comparison as tables: for people, and tidy for machines. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "compare/aftermath.h"
#include "compare/agreements.h"
#include "compare/compare.h"
#include "compare/decompose.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- words ---- */

/* "deal", "no-deal": the scenario with, the scenario without. */
static const char *with_name(const ent_comparison_t *c)
{
    return c->ensemble.scenario[c->against];
}

static const char *without_name(const ent_comparison_t *c)
{
    return c->ensemble.scenario[c->base];
}

static const char *home_name(const ent_comparison_t *c)
{
    return c->ensemble.region[c->ensemble.home];
}

static const char *destination_name(const ent_comparison_t *c, int destination)
{
    return destination < 0 ? "all recorded" : c->ensemble.region[destination];
}

static const char *origin_name(const ent_comparison_t *c, int origin)
{
    return origin < 0 ? "all recorded" : c->ensemble.region[origin];
}

/* What a row is about: "KOR to USA", "KOR to all recorded"; of producers "KOR, all destinations and home". */
static void flow_words(const ent_comparison_t *c, const ent_comparison_row_t *row, char *text, size_t size)
{
    const ent_outcome_t *outcome = ent_outcome(row->outcome);
    switch (outcome->scope) {
    case ENT_OF_EXPORTS:
        snprintf(text, size, "%s to %s", origin_name(c, row->origin), destination_name(c, row->destination));
        return;
    case ENT_OF_MARKET:
        snprintf(text, size, "market of %s", destination_name(c, row->destination));
        return;
    case ENT_OF_EXPORTERS:
        snprintf(text, size, "exporters of %s", home_name(c));
        return;
    case ENT_OF_HOME:
        snprintf(text, size, ent_outcome_by_sector(outcome) ? "%s, all destinations and home" : "%s",
                 home_name(c));
        return;
    }
}

static const char *part_name(const ent_comparison_t *c, const ent_comparison_row_t *row)
{
    if (row->sector >= 0)
        return c->ensemble.sector[row->sector];
    if (row->by == ENT_BY_DESTINATION && row->destination >= 0)
        return c->ensemble.region[row->destination];
    if (row->by == ENT_BY_ORIGIN && row->origin >= 0)
        return c->ensemble.region[row->origin];
    return "total";
}

static const char *by_name(unsigned by)
{
    return by == ENT_BY_SUMMARY       ? "summary"
           : by == ENT_BY_SECTOR      ? "sector"
           : by == ENT_BY_DESTINATION ? "destination"
                                      : "origin";
}

/* ---- how much more would be needed ---- */

/* (error / wanted error)^2 */
static double effort(const ent_comparison_t *c, const ent_comparison_row_t *row)
{
    double wanted = c->options.want * fabs(row->without.mean);
    double ratio = row->difference.numerical_error / wanted;
    return wanted > 0.0 ? ratio * ratio : NAN;
}

double ent_comparison_slots_needed(const ent_comparison_t *comparison, const ent_comparison_row_t *row)
{
    return ent_round_up((double)comparison->ensemble.n_slots * effort(comparison, row));
}

double ent_comparison_worlds_needed(const ent_comparison_t *comparison, const ent_comparison_row_t *row)
{
    double worlds = ceil(row->difference.n_worlds * effort(comparison, row) * (1.0 - 1e-12));
    return worlds < 1.0 ? 1.0 : worlds;
}

static void effort_words(const ent_comparison_t *c, const ent_comparison_row_t *row, char *text, size_t size)
{
    char now[40], slots[40], worlds[40];
    double percent = 100.0 * row->difference.numerical_error / fabs(row->without.mean);
    ent_format_number(now, sizeof now, percent, ent_decimals(percent, percent));
    ent_format_number(slots, sizeof slots, ent_comparison_slots_needed(c, row), 0);
    ent_format_number(worlds, sizeof worlds, ent_comparison_worlds_needed(c, row), 0);
    if (effort(c, row) <= 1.0)
        snprintf(text, size, "%s has %s %%, which is enough", part_name(c, row), now);
    else
        snprintf(text, size, "%s has %s %% and needs %s slots or %s worlds", part_name(c, row), now, slots,
                 worlds);
}

/* One sentence for rows [first, end) of one table: the total, and the row that needs most. */
static void note_effort(const ent_comparison_t *c, ent_table_t *table, const ent_comparison_row_t *first,
                        const ent_comparison_row_t *end)
{
    char total_words[256], most_words[256], slots[40];
    const ent_comparison_row_t *total = end - 1, *most = NULL;
    for (const ent_comparison_row_t *row = first; row < end - 1; row++)
        if (isfinite(effort(c, row)) && (most == NULL || effort(c, row) > effort(c, most)))
            most = row;
    if (!isfinite(effort(c, total)))
        return;
    effort_words(c, total, total_words, sizeof total_words);
    most_words[0] = '\0';
    if (most != NULL) {
        snprintf(most_words, sizeof most_words, "; ");
        effort_words(c, most, most_words + 2, sizeof most_words - 2);
    }
    ent_format_number(slots, sizeof slots, (double)c->ensemble.n_slots, 0);
    ent_table_note(table,
                   "For a numerical error of %g %% of the level (this run: %s slots, %d worlds): %s%s.",
                   100.0 * c->options.want, slots, total->difference.n_worlds, total_words, most_words);
}

/* ---- notes on what the columns mean ---- */

static void note_unresolved(ent_table_t *table, const ent_comparison_row_t *first,
                            const ent_comparison_row_t *end)
{
    int n = 0;
    for (const ent_comparison_row_t *row = first; row < end; row++)
        n += row->difference.n_worlds > 1 && isnan(row->difference.low);
    if (n > 0)
        ent_table_note(table,
                       "In %d of %d rows chance explains the whole spread over worlds, or the mean lies "
                       "outside it: there is no "
                       "range.",
                       n, (int)(end - first));
}

/* The row with most worlds: some outcomes are not recorded in every run. */
static const ent_estimate_t *best_known(const ent_comparison_t *c)
{
    const ent_estimate_t *best = &c->rows[0].difference;
    for (int i = 1; i < c->n_rows; i++)
        if (c->rows[i].difference.n_worlds > best->n_worlds)
            best = &c->rows[i].difference;
    return best;
}

/* Rows whose mean hangs on a few worlds: their error is itself uncertain. */
static void note_few(const ent_comparison_t *c, ent_table_t *table)
{
    int n = 0, unseen = 0;
    for (int i = 0; i < c->n_rows; i++) {
        n += c->rows[i].difference.few_carry;
        unseen += c->rows[i].difference.unseen;
    }
    if (n > 0)
        ent_table_note(
            table,
            "In %d of %d rows a few worlds carry the mean: more worlds would tell more than more slots.", n,
            c->n_rows);
    if (unseen > 0)
        ent_table_note(
            table,
            "In %d of %d rows the worlds played twice miss what makes the others differ; the numerical "
            "error there is that of all worlds.",
            unseen, c->n_rows);
}

static void note_meaning(const ent_comparison_t *c, ent_table_t *table)
{
    const ent_estimate_t *e = best_known(c);
    ent_table_note(table,
                   "Means over %d worlds; every world is played with %s and with %s and the same draws, and "
                   "the difference is %s minus %s.",
                   e->n_worlds, with_name(c), without_name(c), with_name(c), without_name(c));
    ent_table_note(
        table,
        "Error: difference +- 1.96 errors is a 95 %% interval of the mean for other worlds and other "
        "chance draws, with Student's factor %.3g for %d worlds.",
        ent_student_factor(e->n_worlds - 1.0), e->n_worlds);
    if (e->n_repeated > 0)
        ent_table_note(
            table,
            "Range and probability are over worlds; chance in who buys from whom is taken out by %d "
            "worlds played twice.",
            e->n_repeated);
    else
        ent_table_note(table,
                       "No world was played twice: range and probability still contain chance in who buys "
                       "from whom, and the part of the error that slots would lower is not known.");
    note_few(c, table);
    int n_missing = 0;
    for (int r = 0; r < c->ensemble.n_replication; r++)
        n_missing += c->ensemble.whole[r] != 1;
    if (n_missing > 0)
        ent_table_note(table, "%d of %d replications failed and are left out.", n_missing,
                       c->ensemble.n_replication);
}

/* ---- tables for people ---- */

/* The number columns that every table for people ends with. */
void ent_comparison_spread_columns(const ent_comparison_t *c, ent_table_t *table, const char *unit,
                                   const char *worse)
{
    const double low = 50.0 * (1.0 - c->options.level);
    ent_table_column(table, "error", ENT_COLUMN_NUMBER, unit, "error");
    ent_table_column(table, "low", ENT_COLUMN_NUMBER, unit, "range %g %%", low);
    ent_table_column(table, "high", ENT_COLUMN_NUMBER, unit, "range %g %%", 100.0 - low);
    ent_table_column(table, "probability", ENT_COLUMN_NUMBER, "probability", "%s", worse);
}

void ent_comparison_spread(const ent_estimate_t *estimate, int decimals, double share, ent_table_t *table,
                           int column)
{
    ent_table_number(table, column, estimate->error, ent_decimals(estimate->error, estimate->error));
    ent_table_number(table, column + 1, estimate->low, decimals);
    ent_table_number(table, column + 2, estimate->high, decimals);
    ent_table_number(table, column + 3, share, 2);
}

void ent_comparison_columns(const ent_comparison_t *c, ent_table_t *table, const char *unit,
                            const char *worse)
{
    ent_table_column(table, "without", ENT_COLUMN_NUMBER, unit, "%s", without_name(c));
    ent_table_column(table, "with", ENT_COLUMN_NUMBER, unit, "%s", with_name(c));
    ent_table_column(table, "difference", ENT_COLUMN_NUMBER, unit, "difference");
    ent_table_column(table, "change", ENT_COLUMN_NUMBER, "%", "change");
    ent_comparison_spread_columns(c, table, unit, worse);
}

void ent_comparison_numbers(const ent_paired_t *row, ent_table_t *table, int column)
{
    const ent_estimate_t *d = &row->difference;
    double error = d->error, level = row->without.mean;
    double percent = 100.0 * d->mean / fabs(level), percent_error = 100.0 * error / fabs(level);
    int decimals = ent_decimals(d->mean, error);

    ent_table_number(table, column++, level, ent_decimals(level, row->without.error));
    ent_table_number(table, column++, row->with.mean, ent_decimals(row->with.mean, row->with.error));
    ent_table_number(table, column++, d->mean, decimals);
    ent_table_number(table, column++, percent, ent_decimals(percent, percent_error));
    ent_comparison_spread(d, decimals, d->share_negative, table, column);
}

static void put_numbers(const ent_comparison_row_t *row, ent_table_t *table, int column)
{
    const ent_paired_t paired = {row->without, row->with, row->difference};
    ent_comparison_numbers(&paired, table, column);
}

/* What the rows are about that are not about the flow in the caption. */
static void note_outcomes(const ent_comparison_t *c, const ent_comparison_row_t *first,
                          const ent_comparison_row_t *end, ent_table_t *table)
{
    for (const ent_comparison_row_t *row = first; row < end; row++) {
        const ent_outcome_t *outcome = ent_outcome(row->outcome);
        char words[128];
        if (row > first && row->outcome == row[-1].outcome)
            continue;
        flow_words(c, row, words, sizeof words);
        if (row->outcome == ENT_OUTCOME_REVENUE)
            ent_table_note(table, "revenue: of %s's producers from all destinations, home included.",
                           home_name(c));
        else if (row->outcome >= ENT_N_USUAL_OUTCOMES)
            ent_table_note(table, "%s: %s; %s.", outcome->name, outcome->title, words);
    }
}

static void summary_table(const ent_comparison_t *c, const ent_comparison_row_t *first,
                          const ent_comparison_row_t *end, ent_table_t *table)
{
    int outcome = -1;
    ent_table_init(table, "summary", "Summary, %s to %s: %s against %s", home_name(c),
                   destination_name(c, c->partner), with_name(c), without_name(c));
    ent_table_column(table, "outcome", ENT_COLUMN_TEXT, "", "outcome");
    ent_table_column(table, "unit", ENT_COLUMN_TEXT, "", "unit");
    ent_table_column(table, "period", ENT_COLUMN_TEXT, "", "period");
    ent_comparison_columns(c, table, "", "fall");
    for (const ent_comparison_row_t *row = first; row < end; row++) {
        const ent_outcome_t *entry = ent_outcome(row->outcome);
        ent_table_row(table, outcome >= 0 && row->outcome != outcome);
        ent_table_text(table, 0, row->outcome == outcome ? "" : entry->name);
        ent_table_text(table, 1, row->outcome == outcome ? "" : entry->unit);
        ent_table_text(table, 2, c->periods[row->period].key);
        put_numbers(row, table, 3);
        outcome = row->outcome;
    }
    for (int p = 0; p < c->n_periods; p++)
        ent_table_note(table, "%s: %s.", c->periods[p].key, c->periods[p].label);
    note_outcomes(c, first, end, table);
    note_unresolved(table, first, end);
}

static void detail_table(const ent_comparison_t *c, const ent_comparison_row_t *first,
                         const ent_comparison_row_t *end, ent_table_t *table)
{
    const ent_outcome_t *entry = ent_outcome(first->outcome);
    const ent_period_t *period = &c->periods[first->period];
    const char *part = by_name(first->by);
    char name[96], flow[96];

    flow_words(c, end - 1, flow, sizeof flow);
    snprintf(name, sizeof name, "%s_by_%s_%s", entry->name, part, period->key);
    ent_table_init(table, name, "%s by %s, %s, %s: %s against %s", entry->title, part, flow, period->label,
                   with_name(c), without_name(c));
    ent_table_column(table, part, ENT_COLUMN_TEXT, "", "%s", part);
    ent_comparison_columns(c, table, entry->unit, entry->worse);
    for (const ent_comparison_row_t *row = first; row < end; row++) {
        ent_table_row(table, row == end - 1);
        ent_table_text(table, 0, part_name(c, row));
        put_numbers(row, table, 1);
    }
    note_effort(c, table, first, end);
    note_unresolved(table, first, end);
}

/* Rows that belong into the same table as `first`. */
static const ent_comparison_row_t *table_end(const ent_comparison_t *c, const ent_comparison_row_t *first)
{
    const ent_comparison_row_t *row = first, *last = c->rows + c->n_rows;
    while (row < last && row->by == first->by &&
           (row->by == ENT_BY_SUMMARY || (row->outcome == first->outcome && row->period == first->period)))
        row++;
    return row;
}

int ent_comparison_tables(const ent_comparison_t *comparison, int notes_once, ent_table_t **tables,
                          int *n_tables, ent_context_t *ctx)
{
    const ent_comparison_row_t *end, *last = comparison->rows + comparison->n_rows;
    *n_tables = 0;
    *tables = calloc((size_t)comparison->n_rows + 1, sizeof **tables);
    if (*tables == NULL)
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, comparison->file->path, "no memory for tables");
    for (const ent_comparison_row_t *first = comparison->rows; first < last; first = end) {
        ent_table_t *table = &(*tables)[(*n_tables)++];
        end = table_end(comparison, first);
        if (first->by == ENT_BY_SUMMARY)
            summary_table(comparison, first, end, table);
        else
            detail_table(comparison, first, end, table);
        if (!notes_once || end == last)
            note_meaning(comparison, table);
    }
    return 0;
}

/* ---- the tidy table ---- */

typedef struct {
    const char *key, *unit, *title;
    ent_column_kind_t kind;
} flat_column_t;

static const flat_column_t flat_columns[] = {
    {"by", "", "table", ENT_COLUMN_TEXT},
    {"outcome", "", "outcome", ENT_COLUMN_TEXT},
    {"unit", "", "unit of levels, differences, errors and range", ENT_COLUMN_TEXT},
    {"period", "", "period", ENT_COLUMN_TEXT},
    {"begin", "", "first day", ENT_COLUMN_TEXT},
    {"end", "", "last day", ENT_COLUMN_TEXT},
    {"origin", "", "origin", ENT_COLUMN_TEXT},
    {"destination", "", "destination", ENT_COLUMN_TEXT},
    {"sector", "", "sector", ENT_COLUMN_TEXT},
    {"scenario_without", "", "scenario without", ENT_COLUMN_TEXT},
    {"scenario_with", "", "scenario with", ENT_COLUMN_TEXT},
    {"without", "unit", "mean level without", ENT_COLUMN_NUMBER},
    {"with", "unit", "mean level with", ENT_COLUMN_NUMBER},
    {"difference", "unit", "mean difference, with minus without", ENT_COLUMN_NUMBER},
    {"change", "%", "mean difference over mean level without", ENT_COLUMN_NUMBER},
    {"error", "unit",
     "error of the difference: 1.96 errors are half a 95 % interval, for other worlds and draws",
     ENT_COLUMN_NUMBER},
    {"numerical_error", "unit", "the part of the error that other chance draws in the same worlds would show",
     ENT_COLUMN_NUMBER},
    {"world_error", "unit", "standard error of the difference for a finite number of worlds",
     ENT_COLUMN_NUMBER},
    {"low", "unit", "lower end of the range over worlds", ENT_COLUMN_NUMBER},
    {"high", "unit", "upper end of the range over worlds", ENT_COLUMN_NUMBER},
    {"level", "1", "share of worlds within the range", ENT_COLUMN_NUMBER},
    {"probability_negative", "1", "share of worlds with a negative difference, chance taken out",
     ENT_COLUMN_NUMBER},
    {"probability_negative_raw", "1", "share of worlds with a negative difference, as played",
     ENT_COLUMN_NUMBER},
    {"chance_share", "1", "numerical over total variance of the difference", ENT_COLUMN_NUMBER},
    {"without_error", "unit", "error of the level without", ENT_COLUMN_NUMBER},
    {"with_error", "unit", "error of the level with", ENT_COLUMN_NUMBER},
    {"without_numerical_error", "unit", "numerical error of the level without", ENT_COLUMN_NUMBER},
    {"with_numerical_error", "unit", "numerical error of the level with", ENT_COLUMN_NUMBER},
    {"low_error", "unit", "error of the lower end of the range", ENT_COLUMN_NUMBER},
    {"high_error", "unit", "error of the upper end of the range", ENT_COLUMN_NUMBER},
    {"probability_error", "1", "error of the probability", ENT_COLUMN_NUMBER},
    {"worlds", "1", "worlds compared", ENT_COLUMN_NUMBER},
    {"worlds_repeated", "1", "worlds played twice", ENT_COLUMN_NUMBER},
    {"slots_needed", "1", "slots that bring the numerical error to the one wanted", ENT_COLUMN_NUMBER},
    {"worlds_needed", "1", "worlds that bring the numerical error to the one wanted", ENT_COLUMN_NUMBER},
};

/* Goods of one origin, bought in one market; producers sell everywhere. */
static const char *flat_origin(const ent_comparison_t *c, const ent_comparison_row_t *row)
{
    return ent_outcome(row->outcome)->scope == ENT_OF_MARKET ? "all" : origin_name(c, row->origin);
}

static const char *flat_destination(const ent_comparison_t *c, const ent_comparison_row_t *row)
{
    const ent_outcome_t *outcome = ent_outcome(row->outcome);
    if (ent_outcome_by_partner(outcome))
        return destination_name(c, row->destination);
    return outcome->scope == ENT_OF_HOME ? "all and home" : "all";
}

static void flat_row(const ent_comparison_t *c, const ent_comparison_row_t *row, ent_table_t *table)
{
    const ent_outcome_t *entry = ent_outcome(row->outcome);
    const ent_period_t *period = &c->periods[row->period];
    const ent_estimate_t *d = &row->difference;
    char begin[16], end[16];
    int column = 0;

    ent_day_format(c->ensemble.begin[period->begin], begin);
    ent_day_format(c->ensemble.end[period->end - 1] - 1, end);
    const char *const texts[] = {by_name(row->by),
                                 entry->name,
                                 entry->unit,
                                 period->key,
                                 begin,
                                 end,
                                 flat_origin(c, row),
                                 flat_destination(c, row),
                                 row->sector < 0 ? "total" : c->ensemble.sector[row->sector],
                                 without_name(c),
                                 with_name(c)};
    const double numbers[] = {row->without.mean,
                              row->with.mean,
                              d->mean,
                              100.0 * d->mean / fabs(row->without.mean),
                              d->error,
                              d->numerical_error,
                              d->world_error,
                              d->low,
                              d->high,
                              c->options.level,
                              d->share_negative,
                              d->share_negative_raw,
                              d->chance_share,
                              row->without.error,
                              row->with.error,
                              row->without.numerical_error,
                              row->with.numerical_error,
                              d->low_error,
                              d->high_error,
                              d->share_error,
                              d->n_worlds,
                              d->n_repeated,
                              ent_comparison_slots_needed(c, row),
                              ent_comparison_worlds_needed(c, row)};
    ent_table_row(table, 0);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        ent_table_text(table, column++, texts[i]);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        ent_table_number(table, column++, numbers[i], 0);
}

void ent_comparison_flat(const ent_comparison_t *comparison, ent_table_t *table)
{
    ent_table_init(table, "comparison", "%s: %s against %s", comparison->ensemble.name, with_name(comparison),
                   without_name(comparison));
    for (size_t i = 0; i < sizeof flat_columns / sizeof flat_columns[0]; i++)
        ent_table_column(table, flat_columns[i].key, flat_columns[i].kind, flat_columns[i].unit, "%s",
                         flat_columns[i].title);
    for (int i = 0; i < comparison->n_rows; i++)
        flat_row(comparison, &comparison->rows[i], table);
    if (comparison->n_rows > 0)
        note_meaning(comparison, table);
    ent_table_note(table, "Numerical error wanted: %g of the level.", comparison->options.want);
}

/* What came of talks, a decomposition, and what a policy that ended left behind, where the run has them; not
 * in the tidy table of CSV. */
static int add_extras(const ent_comparison_t *c, ent_format_t format, ent_table_t **tables, int *n_tables,
                      ent_context_t *ctx)
{
    int after = -1;
    if (format == ENT_FORMAT_CSV)
        return 0;
    int rc = ent_aftermath_begin(c, &after, ctx);
    if (rc != 0 || !(after > 0 || ent_has_agreements(c->file) || ent_has_decomposition(c->file)))
        return rc;
    ent_table_t *more = realloc(*tables, ((size_t)*n_tables + 3) * sizeof *more);
    if (more == NULL)
        return ent_fail(ctx, ENT_ERR_NO_MEMORY, c->file->path, "no memory for tables");
    *tables = more;
    if (ent_has_agreements(c->file))
        rc = ent_agreements_table(c->file, &more[(*n_tables)++], ctx);
    if (rc == 0 && ent_has_decomposition(c->file))
        rc = ent_decomposition_table(c->file, c->options.level, &more[(*n_tables)++], ctx);
    if (rc == 0 && after > 0)
        rc = ent_aftermath_table(c, after, &more[(*n_tables)++], ctx);
    return rc;
}

int ent_comparison_tables_for(const ent_comparison_t *comparison, ent_format_t format, ent_table_t **tables,
                              int *n_tables, ent_context_t *ctx)
{
    int rc = 0;

    *tables = NULL;
    *n_tables = 0;
    if (format == ENT_FORMAT_CSV || format == ENT_FORMAT_JSON) {
        *tables = calloc(1, sizeof **tables);
        if (*tables == NULL)
            return ent_fail(ctx, ENT_ERR_NO_MEMORY, comparison->file->path, "no memory for tables");
        *n_tables = 1;
        ent_comparison_flat(comparison, *tables);
    } else {
        rc = ent_comparison_tables(comparison, format == ENT_FORMAT_TEXT, tables, n_tables, ctx);
    }
    return rc == 0 ? add_extras(comparison, format, tables, n_tables, ctx) : rc;
}

int ent_comparison_write(const ent_comparison_t *comparison, ent_format_t format, FILE *stream,
                         ent_context_t *ctx)
{
    ent_table_t *tables = NULL;
    int n_tables = 0, rc = ent_comparison_tables_for(comparison, format, &tables, &n_tables, ctx);

    if (rc == 0)
        rc = ent_tables_write(tables, n_tables, format, stream, ctx);
    for (int i = 0; i < n_tables; i++)
        ent_table_free(&tables[i]);
    free(tables);
    return rc;
}
