#include "compare/decompose.h"

#include "base/memory.h"
#include "numbers/statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PARTS = 64 };
static const double rounding = 1e-12; /* of the level: sums of doubles in another order */

/* The scenarios of a decomposition. */
typedef struct {
    int base, together, n_parts;
    int part[MOST_PARTS];
} parts_t;

static const struct {
    const char *name, *unit;
    ent_field_id_t field;
    int partner_only; /* only home's first recorded flow's destination */
    int mean;         /* over the steps of the period, instead of their sum */
} outcomes[] = {{"exports", "million USD", ENT_FIELD_exports, 0, 0},
                {"exports to partner", "million USD", ENT_FIELD_exports, 1, 0},
                {"revenue", "million USD", ENT_FIELD_revenue, 0, 0},
                {"affiliate sales", "million USD", ENT_FIELD_affiliate_sales, 0, 0},
                {"jobs", "jobs", ENT_FIELD_jobs, 0, 1}};
enum { N_OUTCOMES = sizeof outcomes / sizeof outcomes[0] };

int ent_has_decomposition(const ent_results_file_t *file)
{
    return file->decomposition != NULL;
}

/* "base|together|part|part" of scenario names. */
static int find_parts(const ent_results_file_t *file, parts_t *parts, ent_context_t *ctx)
{
    char *copy = strdup(file->decomposition), *rest = copy;
    int n = 0, found = copy != NULL;
    for (const char *word; found && (word = strsep(&rest, "|")) != NULL; n++) {
        const int scenario = ent_results_file_find(file->scenario, file->n_scenario, word);
        found = scenario >= 0 && n < MOST_PARTS;
        if (found && n < 2) {
            *(n == 0 ? &parts->base : &parts->together) = scenario;
        } else if (found) {
            parts->part[parts->n_parts++] = scenario;
        }
    }
    free(copy);
    return found && parts->n_parts > 0 ? 0
                                       : ent_fail(ctx, ENT_ERR_DATA, file->path,
                                                  "its decomposition names scenarios it does not have");
}

static int partner_of(const ent_results_file_t *file)
{
    for (int f = 0; f < file->n_flow; f++) {
        if (file->flow_origin[f] == file->home && file->flow_destination[f] != file->home) {
            return file->flow_destination[f];
        }
    }
    return -1;
}

/* An outcome of home over steps [begin, end) of one trajectory. */
static double total(const ent_results_file_t *file, int outcome, const float *block, int begin, int end)
{
    const int flows = ent_field_table()[outcomes[outcome].field].shape == ENT_SHAPE_FLOW;
    const int partner = partner_of(file), n = flows ? file->n_flow : file->n_region;
    double sum = 0.0;
    for (int t = begin; t < end; t++) {
        const float *row = block + (size_t)t * (size_t)(n * file->n_sector);
        for (int s = 0; s < file->n_sector; s++) {
            if (!flows) {
                sum += (double)row[file->home * file->n_sector + s];
                continue;
            }
            for (int f = 0; f < n; f++) {
                const int to = file->flow_destination[f];
                const int counts = file->flow_origin[f] == file->home && to != file->home &&
                                   (!outcomes[outcome].partner_only || to == partner);
                sum += counts ? (double)row[s * n + f] : 0.0;
            }
        }
    }
    return outcomes[outcome].mean ? sum / (end - begin) : sum;
}

/* value[outcome][period][scenario][replication] */
static int read_values(const ent_results_file_t *file, const int span[2][2], double *value,
                       ent_context_t *ctx)
{
    size_t largest = 1;
    for (int i = 0; i < N_OUTCOMES; i++) {
        const size_t n = ent_field_size(outcomes[i].field, file->n_region, file->n_sector, file->n_flow);
        largest = n > largest ? n : largest;
    }
    float *block = ent_calloc(ctx, largest * (size_t)file->n_time, sizeof *block);
    int rc = block == NULL ? ENT_ERR_NO_MEMORY : 0;
    for (int i = 0; i < N_OUTCOMES; i++) {
        for (int s = 0; s < file->n_scenario; s++) {
            for (int r = 0; rc == 0 && r < file->n_replication; r++) {
                rc = file->whole[r] == 1 ? ent_results_file_read(file, outcomes[i].field, s, r, block, ctx)
                                         : 0;
                for (int p = 0; p < 2; p++) {
                    value[((i * 2 + p) * file->n_scenario + s) * file->n_replication + r] =
                        file->whole[r] == 1 ? total(file, i, block, span[p][0], span[p][1]) : NAN;
                }
            }
        }
    }
    free(block);
    return rc;
}

enum { MOST_ROWS = MOST_PARTS + 2 };

/* Means rounded to the decimals of the best known row; the interaction takes what is left, so that the rows
 * add up as printed. Rows: parts, interaction, together. */
static int round_rows(ent_estimate_t *row, int n_parts)
{
    int most = -9;
    for (int k = 0; k < n_parts + 2; k++) {
        const ent_estimate_t *e = &row[k];
        const double error = isnan(e->numerical_error) ? e->world_error : e->numerical_error;
        const int wanted = k == n_parts || e->mean == 0.0 ? -9 : ent_decimals(e->mean, error);
        most = wanted > most ? wanted : most;
    }
    const int decimals = most > 3 ? 3 : most < -3 ? 0 : most;
    const double unit = pow(10.0, -decimals);
    double left = 0.0;
    for (int k = n_parts + 1; k >= 0; k--) {
        if (k != n_parts) {
            row[k].mean = round(row[k].mean / unit);
            left += k > n_parts ? row[k].mean : -row[k].mean;
        }
    }
    row[n_parts].mean = left;
    for (int k = 0; k < n_parts + 2; k++) {
        row[k].mean *= unit;
    }
    return decimals;
}

static void add_row(ent_table_t *table, int outcome, const char *period, const char *part, int rule,
                    const ent_estimate_t *e, double base, int decimals)
{
    ent_table_row(table, rule);
    ent_table_text(table, 0, outcomes[outcome].name);
    ent_table_text(table, 1, period);
    ent_table_text(table, 2, part);
    ent_table_text(table, 3, outcomes[outcome].unit);
    ent_table_number(table, 4, e->mean, decimals);
    ent_table_number(table, 5, base != 0.0 ? 100.0 * e->mean / base : NAN, 3);
    ent_table_number(table, 6, e->numerical_error, ent_decimals(e->numerical_error, e->numerical_error));
    ent_table_number(table, 7, e->low, decimals);
    ent_table_number(table, 8, e->high, decimals);
}

/* Difference of every world: a part to the base, the interaction, or all together. */
static void differences(const ent_results_file_t *file, const parts_t *parts, const double *value, int k,
                        double *difference)
{
    const size_t n = (size_t)file->n_replication;
    const double *base = value + (size_t)parts->base * n, *together = value + (size_t)parts->together * n;
    for (size_t r = 0; r < n; r++) {
        difference[r] =
            k < parts->n_parts ? value[(size_t)parts->part[k] * n + r] - base[r] : together[r] - base[r];
        if (k == parts->n_parts) {
            for (int i = 0; i < parts->n_parts; i++) {
                difference[r] -= value[(size_t)parts->part[i] * n + r] - base[r];
            }
            difference[r] = fabs(difference[r]) <= rounding * fabs(base[r]) ? 0.0 : difference[r];
        }
    }
}

/* The rows of one outcome and period: parts, interaction, together. `work` [2][n_replication]. */
static void add_rows(const ent_results_file_t *file, const parts_t *parts, ent_table_t *table, int outcome,
                     const char *period, const double *value, double level, double *work, int *n_unresolved)
{
    const int n = file->n_replication, n_parts = parts->n_parts;
    const double *base = value + (size_t)parts->base * (size_t)n;
    ent_estimate_t row[MOST_ROWS];
    double mean = 0.0;
    int n_mean = 0;
    for (int r = 0; r < n; r++) {
        if (!isnan(base[r]) && file->chance[r] == 0) {
            mean += base[r];
            n_mean++;
        }
    }
    mean /= n_mean;
    for (int k = 0; k < n_parts + 2; k++) {
        differences(file, parts, value, k, work);
        ent_estimate(work, file->world, file->chance, n, level, work + n, &row[k]);
        *n_unresolved += !row[k].resolved;
    }
    const int decimals = round_rows(row, n_parts);
    for (int k = 0; k < n_parts + 2; k++) {
        const char *part = k < n_parts    ? file->scenario[parts->part[k]]
                           : k == n_parts ? "interaction"
                                          : file->scenario[parts->together];
        add_row(table, outcome, period, part, k == 0 && table->n_rows > 0, &row[k], mean, decimals);
    }
}

static void add_columns(const ent_results_file_t *file, const parts_t *parts, double level,
                        ent_table_t *table)
{
    const double low = 50.0 * (1.0 - level);
    ent_table_init(table, "decomposition", "What each part is worth alone, against %s",
                   file->scenario[parts->base]);
    ent_table_column(table, "outcome", ENT_COLUMN_TEXT, "", "outcome");
    ent_table_column(table, "period", ENT_COLUMN_TEXT, "", "period");
    ent_table_column(table, "part", ENT_COLUMN_TEXT, "", "part");
    ent_table_column(table, "unit", ENT_COLUMN_TEXT, "", "unit");
    ent_table_column(table, "difference", ENT_COLUMN_NUMBER, "unit", "difference");
    ent_table_column(table, "change", ENT_COLUMN_NUMBER, "%", "change");
    ent_table_column(table, "error", ENT_COLUMN_NUMBER, "unit", "error");
    ent_table_column(table, "low", ENT_COLUMN_NUMBER, "unit", "range %g %%", low);
    ent_table_column(table, "high", ENT_COLUMN_NUMBER, "unit", "range %g %%", 100.0 - low);
}

int ent_decomposition_table(const ent_results_file_t *file, double level, ent_table_t *table,
                            ent_context_t *ctx)
{
    const int year = file->steps_per_year < file->n_time ? file->steps_per_year : file->n_time;
    const int span[2][2] = {{0, year}, {file->n_time - year, file->n_time}};
    const size_t n = (size_t)file->n_replication, runs = n * (size_t)file->n_scenario;
    parts_t parts = {0};
    int n_unresolved = 0;
    int rc = find_parts(file, &parts, ctx);
    if (rc != 0) {
        ent_table_init(table, "decomposition", "none");
        return rc;
    }
    double *value = ent_calloc(ctx, (size_t)N_OUTCOMES * 2 * runs, sizeof *value);
    double *work = ent_calloc(ctx, 4 * n, sizeof *work);
    add_columns(file, &parts, level, table);
    rc = value == NULL || work == NULL ? ENT_ERR_NO_MEMORY : read_values(file, span, value, ctx);
    for (int i = 0; rc == 0 && i < N_OUTCOMES; i++) {
        for (int p = 0; p < 2; p++) {
            add_rows(file, &parts, table, i, p == 0 ? "first year" : "last year",
                     value + (size_t)(i * 2 + p) * runs, level, work, &n_unresolved);
        }
    }
    ent_table_note(
        table,
        "%s's exports (all recorded destinations, and %s alone), its producers' revenue, the sales of "
        "their plants abroad, which are no exports, and the jobs their output takes at home.",
        file->region[file->home], partner_of(file) >= 0 ? file->region[partner_of(file)] : "-");
    ent_table_note(table,
                   "Interaction: all parts together less the sum of each alone, world by world, so that "
                   "the rows of a block add up to the last; they are rounded to the error of "
                   "the best known.");
    if (n_unresolved > 0) {
        ent_table_note(
            table,
            "In %d of %d rows chance explains the whole spread over worlds: the range is shown as the mean.",
            n_unresolved, table->n_rows);
    }
    free(value);
    free(work);
    return rc;
}
