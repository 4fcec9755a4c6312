/* From the tables of a folder to a benchmark: units, what is derived, and whether it balances. */
#include "io/benchmark_folder.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CELLS = 20 }; /* of one rule that a report lists */

typedef struct {
    ent_benchmark_t *b;
    const ent_manifest_t *manifest;
    const char *folder;
    ent_context_t *ctx;
} import_t;

static ent_table_form_t form(const import_t *m, ent_benchmark_table_id_t table)
{
    return m->manifest->form[table];
}

static int fault(const import_t *m, ent_benchmark_table_id_t table, const char *key, double value,
                 const char *rule)
{
    char *path = ent_format(m->ctx, "%s/%s", m->folder, ent_benchmark_tables[table].file);
    char text[32];
    snprintf(text, sizeof text, "%.10g", value);
    const int code = ent_fault(m->ctx, ENT_ERR_DATA, path != NULL ? path : m->folder, 0, 0, key,
                               isnan(value) ? NULL : text, NULL, "%s", rule);
    free(path);
    return code;
}

static int cell_fault(const import_t *m, ent_benchmark_table_id_t table, size_t cell, double value,
                      const char *rule)
{
    char key[256];
    ent_benchmark_name_cell(m->b, &ent_benchmark_tables[table], cell, key, sizeof key);
    return fault(m, table, key, value, rule);
}

/* The first faults of a rule are told one by one, the others counted. */
static int count_rest(const import_t *m, ent_benchmark_table_id_t table, int n, const char *rule)
{
    char text[256];
    snprintf(text, sizeof text, "%d more cells of this kind: %s", n - MOST_CELLS, rule);
    return n > MOST_CELLS ? fault(m, table, NULL, NAN, text) : ENT_OK;
}

/* ---- as the numbers stand in the files ---- */

/* Fractions of which most are above 1 are percentages that the manifest does not say. */
static int check_percent(const import_t *m, ent_benchmark_table_id_t t)
{
    const ent_benchmark_table_t *table = &ent_benchmark_tables[t];
    const double *values = *ent_benchmark_array(m->b, table);
    const size_t cells = ent_benchmark_cells(m->b, table);
    size_t positive = 0, large = 0;
    for (size_t i = 0; i < cells; i++) {
        positive += values[i] > 0.0;
        large += values[i] >= 1.0;
    }
    return form(m, t) == ENT_FORM_PLAIN && 2 * large > positive
               ? fault(m, t, NULL, NAN,
                       "most of these fractions are above 1, which is 100 %: if they are percentages, the "
                       "manifest says percent")
               : ENT_OK;
}

/* No duty and no freight on what stays at home. */
static int check_home(const import_t *m, ent_benchmark_table_id_t t, const char *rule)
{
    const double *values = *ent_benchmark_array(m->b, &ent_benchmark_tables[t]);
    int n = 0;
    for (int s = 0; s < m->b->n_sector; s++) {
        for (int r = 0; r < m->b->n_region; r++) {
            const size_t cell = ent_cell(m->b, s, r, r);
            if (values[cell] != 0.0 && n++ < MOST_CELLS) {
                (void)cell_fault(m, t, cell, values[cell], rule);
            }
        }
    }
    (void)count_rest(m, t, n, rule);
    return n > 0 ? ENT_ERR_DATA : ENT_OK;
}

/* A table without domestic sales makes every country live on imports alone. */
static int check_domestic(const import_t *m)
{
    int n = 0;
    for (int r = 0; r < m->b->n_region; r++) {
        double sum = 0.0;
        for (int s = 0; s < m->b->n_sector; s++) {
            sum += m->b->flow[ent_cell(m->b, s, r, r)];
        }
        if (!(sum > 0.0) && n++ < MOST_CELLS) {
            (void)fault(
                m, ENT_TABLE_FLOW, m->b->region[r], 0.0,
                "has no domestic sales: flows hold what a region sells to itself (output less exports)");
        }
    }
    (void)count_rest(m, ENT_TABLE_FLOW, n, "domestic sales");
    return n > 0 ? ENT_ERR_DATA : ENT_OK;
}

static int check_numbers(const import_t *m)
{
    int code = ENT_OK;
    const int codes[] = {
        check_percent(m, ENT_TABLE_TARIFF), check_percent(m, ENT_TABLE_FREIGHT),
        check_home(m, ENT_TABLE_TARIFF, "a region puts no tariff on what it sells to itself"),
        check_home(m, ENT_TABLE_FREIGHT, "what a region sells to itself has no freight here"),
        check_domestic(m)};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        code = code == ENT_OK ? codes[i] : code;
    }
    return code;
}

/* ---- to the benchmark's own units ---- */

static void scale(const import_t *m, ent_benchmark_table_id_t t, double factor)
{
    double *values = *ent_benchmark_array(m->b, &ent_benchmark_tables[t]);
    const size_t cells = ent_benchmark_cells(m->b, &ent_benchmark_tables[t]);
    for (size_t i = 0; factor != 1.0 && i < cells; i++) {
        values[i] *= factor;
    }
}

static void to_units(const import_t *m)
{
    const double amount = m->manifest->scale;
    scale(m, ENT_TABLE_FLOW, amount);
    scale(m, ENT_TABLE_FINAL_DEMAND, amount);
    scale(m, ENT_TABLE_INPUT, form(m, ENT_TABLE_INPUT) == ENT_FORM_AMOUNTS ? amount : 1.0);
    scale(m, ENT_TABLE_VALUE_ADDED, form(m, ENT_TABLE_VALUE_ADDED) == ENT_FORM_AMOUNTS ? amount : 1.0);
    scale(m, ENT_TABLE_TARIFF, form(m, ENT_TABLE_TARIFF) == ENT_FORM_PERCENT ? 0.01 : 1.0);
    scale(m, ENT_TABLE_FREIGHT, form(m, ENT_TABLE_FREIGHT) == ENT_FORM_PERCENT ? 0.01 : 1.0);
    if (form(m, ENT_TABLE_ELASTICITY) == ENT_FORM_SIGMA) {
        for (size_t i = 0; i < ent_benchmark_cells(m->b, &ent_benchmark_tables[ENT_TABLE_ELASTICITY]); i++) {
            m->b->elasticity[i] -= 1.0;
        }
    }
}

/* Amounts of a producer over its output. */
static int over_output(const import_t *m, ent_benchmark_table_id_t t)
{
    const ent_benchmark_t *b = m->b;
    const int ns = b->n_sector, rows = t == ENT_TABLE_INPUT ? ns : 1;
    double *values = *ent_benchmark_array(m->b, &ent_benchmark_tables[t]);
    int n = 0;
    for (int r = 0; r < b->n_region; r++) {
        for (int u = 0; u < ns; u++) {
            const double output = ent_benchmark_output(b, r, u);
            for (int i = 0; i < rows; i++) {
                const size_t cell = ((size_t)r * (size_t)rows + (size_t)i) * (size_t)ns + (size_t)u;
                if (!(output > 0.0) && values[cell] != 0.0 && n++ < MOST_CELLS) {
                    (void)cell_fault(
                        m, t, cell, values[cell],
                        "the sector sells nothing, so that it can neither buy inputs nor add value");
                }
                values[cell] = output > 0.0 ? values[cell] / output : 0.0;
            }
        }
    }
    (void)count_rest(m, t, n, "a sector that sells nothing");
    return n > 0 ? ENT_ERR_DATA : ENT_OK;
}

static double total(const double *values, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += values[i];
    }
    return sum;
}

/* Uses that are about a thousand times what is spent, or the other way round, are a unit that was mistaken;
 * balancing would hide it. */
static int check_thousands(const import_t *m, ent_benchmark_table_id_t t, double amount, double reference)
{
    const double ratio = reference > 0.0 ? amount / reference : 1.0;
    char rule[256];
    if (!(ratio > 100.0) && !(ratio < 0.01 && amount > 0.0)) {
        return ENT_OK;
    }
    snprintf(
        rule, sizeof rule,
        "the amounts of this table are %.3g times those that flows.csv leaves room for: is one of the two "
        "in thousands, or in another currency? A folder has one unit",
        ratio);
    return fault(m, t, NULL, NAN, rule);
}

static int check_units(const import_t *m)
{
    ent_benchmark_t *b = m->b;
    double output = 0.0, spent = 0.0;
    for (int r = 0; r < b->n_region; r++) {
        for (int s = 0; s < b->n_sector; s++) {
            output += ent_benchmark_output(b, r, s);
            spent += ent_benchmark_expenditure(b, r, s);
        }
    }
    int code = ENT_OK;
    for (int t = 0; t < ENT_N_TABLES; t++) {
        const ent_benchmark_table_id_t id = (ent_benchmark_table_id_t)t;
        const double *values = *ent_benchmark_array(b, &ent_benchmark_tables[t]);
        const int is_amount = t == ENT_TABLE_FINAL_DEMAND || form(m, id) == ENT_FORM_AMOUNTS;
        if (is_amount && form(m, id) != ENT_FORM_NONE) {
            const int here =
                check_thousands(m, id, total(values, ent_benchmark_cells(b, &ent_benchmark_tables[t])),
                                t == ENT_TABLE_FINAL_DEMAND ? spent : output);
            code = code == ENT_OK ? here : code;
        }
    }
    return code;
}

/* ---- what is derived ---- */

static double column_sum(const ent_benchmark_t *b, int region, int user)
{
    double sum = 0.0;
    for (int i = 0; i < b->n_sector; i++) {
        sum += b->input_coefficient[((size_t)region * (size_t)b->n_sector + (size_t)i) * (size_t)b->n_sector +
                                    (size_t)user];
    }
    return sum;
}

/* Value added is what inputs leave of output; with `balanced` final demand may come out below zero, from
 * which balancing starts at zero. */
static int derive_value_added(const import_t *m)
{
    int n = 0;
    for (int r = 0; r < m->b->n_region; r++) {
        for (int u = 0; u < m->b->n_sector; u++) {
            const size_t cell = (size_t)r * (size_t)m->b->n_sector + (size_t)u;
            const double left = 1.0 - column_sum(m->b, r, u);
            if (left < 0.0 && n++ < MOST_CELLS) {
                (void)cell_fault(
                    m, ENT_TABLE_VALUE_ADDED, cell, left,
                    "is the share of output that inputs leave for value added: they cost more than "
                    "the sector sells");
            }
            m->b->value_added_share[cell] = left;
        }
    }
    (void)count_rest(m, ENT_TABLE_VALUE_ADDED, n, "inputs cost more than the sector sells");
    return n > 0 ? ENT_ERR_DATA : ENT_OK;
}

static int derive_final_demand(const import_t *m, int is_balanced)
{
    int n = 0;
    for (int r = 0; r < m->b->n_region; r++) {
        for (int s = 0; s < m->b->n_sector; s++) {
            const size_t cell = (size_t)r * (size_t)m->b->n_sector + (size_t)s;
            double supply, use;
            m->b->final_demand[cell] = 0.0;
            (void)ent_benchmark_row_gap(m->b, r, s, &supply, &use);
            const double left = supply - use;
            if (left < -ENT_BENCHMARK_LARGEST_GAP * supply && !is_balanced && n++ < MOST_CELLS) {
                (void)cell_fault(m, ENT_TABLE_FINAL_DEMAND, cell, left,
                                 "million USD are left for final demand: inputs take more than the market "
                                 "spends; --balance mends it");
            }
            m->b->final_demand[cell] = fmax(left, 0.0);
        }
    }
    (void)count_rest(m, ENT_TABLE_FINAL_DEMAND, n, "inputs take more than the market spends");
    return n > 0 ? ENT_ERR_DATA : ENT_OK;
}

static int derive(const import_t *m, int is_balanced)
{
    int code = form(m, ENT_TABLE_INPUT) == ENT_FORM_AMOUNTS ? over_output(m, ENT_TABLE_INPUT) : ENT_OK;
    int here = form(m, ENT_TABLE_VALUE_ADDED) == ENT_FORM_AMOUNTS ? over_output(m, ENT_TABLE_VALUE_ADDED)
               : form(m, ENT_TABLE_VALUE_ADDED) == ENT_FORM_NONE  ? derive_value_added(m)
                                                                  : ENT_OK;
    code = code == ENT_OK ? here : code;
    here = form(m, ENT_TABLE_FINAL_DEMAND) == ENT_FORM_NONE ? derive_final_demand(m, is_balanced) : ENT_OK;
    return code == ENT_OK ? here : code;
}

/* ---- whether it balances ---- */

static void tell_row(const import_t *m, int region, int sector)
{
    double supply, use;
    char rule[256];
    (void)ent_benchmark_row_gap(m->b, region, sector, &supply, &use);
    snprintf(rule, sizeof rule,
             "does not balance: %.10g million USD are spent there (flows with freight and tariff), %.10g are "
             "used (inputs and final demand); --balance mends it and says what it changed",
             supply, use);
    (void)cell_fault(m, ENT_TABLE_FINAL_DEMAND, (size_t)region * (size_t)m->b->n_sector + (size_t)sector,
                     supply - use, rule);
}

static void tell_column(const import_t *m, int region, int sector, double sum)
{
    (void)cell_fault(
        m, ENT_TABLE_VALUE_ADDED, (size_t)region * (size_t)m->b->n_sector + (size_t)sector, sum,
        "is the sum of inputs and value added per unit of output, which is 1; --balance mends it "
        "and says what it changed");
}

static int check_balance(const import_t *m)
{
    const ent_benchmark_t *b = m->b;
    int rows = 0, columns = 0;
    for (int r = 0; r < b->n_region; r++) {
        for (int s = 0; s < b->n_sector; s++) {
            const double sum = column_sum(b, r, s) + b->value_added_share[r * b->n_sector + s];
            if (!(ent_benchmark_row_gap(b, r, s, NULL, NULL) <= ENT_BENCHMARK_LARGEST_GAP) &&
                rows++ < MOST_CELLS) {
                tell_row(m, r, s);
            }
            if (ent_benchmark_output(b, r, s) > 0.0 && !(fabs(sum - 1.0) <= ENT_BENCHMARK_LARGEST_GAP) &&
                columns++ < MOST_CELLS) {
                tell_column(m, r, s, sum);
            }
        }
    }
    (void)count_rest(m, ENT_TABLE_FINAL_DEMAND, rows, "supply and use differ");
    (void)count_rest(m, ENT_TABLE_VALUE_ADDED, columns, "inputs and value added differ from output");
    return rows + columns > 0 ? ENT_ERR_DATA : ENT_OK;
}

/* The benchmark's own bounds, which amounts did not know. */
static int check_result(const import_t *m)
{
    int code = ENT_OK;
    for (int t = 0; t < ENT_N_TABLES; t++) {
        const ent_benchmark_table_t *table = &ent_benchmark_tables[t];
        const double *values = *ent_benchmark_array(m->b, table);
        int n = 0;
        for (size_t i = 0; i < ent_benchmark_cells(m->b, table); i++) {
            if (!(values[i] >= table->low && values[i] <= table->high) && n++ < MOST_CELLS) {
                code = cell_fault(m, (ent_benchmark_table_id_t)t, i, values[i], table->rule);
            }
        }
        (void)count_rest(m, (ent_benchmark_table_id_t)t, n, table->rule);
    }
    return code;
}

static int import_tables(const import_t *m, ent_balance_t *balance)
{
    int code = check_numbers(m);
    if (code != ENT_OK) {
        return code;
    }
    to_units(m);
    code = check_units(m);
    code = code == ENT_OK ? derive(m, balance != NULL) : code;
    if (code != ENT_OK) {
        return code;
    }
    if (balance != NULL) {
        code = ent_benchmark_balance(m->b, ENT_BENCHMARK_LARGEST_GAP, balance, m->ctx);
    } else if (!m->b->unbalanced) {
        code = check_balance(m);
    }
    return code == ENT_OK ? check_result(m) : code;
}

/* What a file says of itself goes from the manifest to the caller. */
static int take_words(ent_benchmark_words_t *words, ent_manifest_t *manifest, ent_context_t *ctx)
{
    *words = manifest->words;
    manifest->words = (ent_benchmark_words_t){0};
    if (words->title == NULL) {
        words->title = ent_strdup(ctx, "Entrepot benchmark");
    }
    return words->title != NULL ? ENT_OK : ENT_ERR_NO_MEMORY;
}

int ent_benchmark_import(ent_benchmark_t *benchmark, ent_benchmark_words_t *words, const char *folder,
                         ent_balance_t *balance, ent_context_t *ctx)
{
    ent_manifest_t manifest;
    *benchmark = (ent_benchmark_t){0};
    *words = (ent_benchmark_words_t){0};
    int code = ent_manifest_read(&manifest, folder, ctx);
    const import_t m = {.b = benchmark, .manifest = &manifest, .folder = folder, .ctx = ctx};
    const int files = code == ENT_ERR_NO_MEMORY ? code : ent_folder_read(benchmark, &manifest, folder, ctx);
    code = code == ENT_OK ? files : code;
    code = code == ENT_OK ? import_tables(&m, balance) : code;
    benchmark->unbalanced = benchmark->unbalanced && balance == NULL;
    code = code == ENT_OK ? take_words(words, &manifest, ctx) : code;
    ent_manifest_free(&manifest);
    if (code != ENT_OK) {
        ent_benchmark_free(benchmark);
        ent_benchmark_words_free(words);
    }
    return code;
}
