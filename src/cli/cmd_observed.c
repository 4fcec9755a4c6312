/* entrepot observed: what is observed, and more of it. */
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/observed_files.h"
#include "evidence/observations_add.h"
#include "numbers/observed.h"

#include "base/memory.h"
#include "config/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum { LIST, SHOW, ADD, N_VERBS } verb_t;
static const char *const verbs[N_VERBS] = {"list", "show", "add"};

typedef struct {
    const char *verb, *word, *output, *product, *measure, *partners;
    ent_cli_observed_names_t names;
    int n_words, vintage, accept, overwrite;
    ent_format_t format;
} arguments_t;

static const ent_cli_option_t command_options[] = {
    ENT_CLI_WORD(arguments_t, names.observed, "observed", "FILE",
                 "Observations (CSV or gzip; default: US imports as shipped)"),
    ENT_CLI_WORD(arguments_t, product, "product", "CODE", "show: product (default: total)"),
    ENT_CLI_WORD(arguments_t, measure, "measure", "NAME", "show: imports, exports, duty (default: imports)"),
    ENT_CLI_OUTPUT(arguments_t, output, "add: write the observations with the new months here (CSV)"),
    ENT_CLI_OPTION(
        arguments_t, vintage, MONTH, "vintage", "MONTH",
        "add: month of the release (default: the last of FILE); show: figures as this release had them"),
    ENT_CLI_WORD(arguments_t, partners, "partners-table", "FILE",
                 "add: partners with the Census Bureau's codes (default: as shipped)"),
    ENT_CLI_SWITCH(arguments_t, accept, "accept-outliers",
                   "add: take values 30 times those of the year before"),
    ENT_CLI_TABLES(arguments_t, format),
    ENT_CLI_OVERWRITE(arguments_t, overwrite),
    {0}};

static void take_word(struct argp_state *state, const char *word, void *arguments)
{
    arguments_t *a = arguments;

    if (a->n_words >= 2) {
        argp_error(state, "one verb and one word, not also \"%s\"", word);
    }
    *(a->n_words++ == 0 ? &a->verb : &a->word) = word;
}

static void check(struct argp_state *state, const void *arguments)
{
    const arguments_t *a = arguments;
    const int is_list = a->verb != NULL && strcmp(a->verb, verbs[LIST]) == 0;
    const int is_show = a->verb != NULL && strcmp(a->verb, verbs[SHOW]) == 0;
    const int is_add = a->verb != NULL && strcmp(a->verb, verbs[ADD]) == 0;

    if (!is_list && !is_show && !is_add) {
        argp_error(state, "say list, show FLOW or add FILE");
    }
    if (!is_list && a->word == NULL) {
        argp_error(state, is_show ? "name a flow, such as KOR-USA" : "name a file with new months");
    }
    if (is_add && a->output == NULL) {
        argp_error(state, "name the file to write: -o FILE");
    }
}

/* ---- list and show ---- */

/* 1 for the first vintage of a series. */
static int is_first(const ent_observations_t *o, int row)
{
    return ent_observations_find(o, o->row[row].flow, o->row[row].product, o->row[row].measure) == row;
}

/* First and last month of a series; 0 for none. */
static void span(const ent_observations_t *o, int row, int *first, int *last, int *n_vintages)
{
    *first = *last = *n_vintages = 0;
    for (int r = row; r < o->n_rows; r++) {
        if (!ent_observations_same(&o->row[row], &o->row[r])) {
            continue;
        }
        (*n_vintages)++;
        for (int m = 0; m < o->n_months; m++) {
            if (!isnan(o->row[r].value[m])) {
                const int month = o->first_month + m;

                *first = *first == 0 || month < *first ? month : *first;
                *last = month > *last ? month : *last;
            }
        }
    }
}

static void list_row(const ent_observations_t *o, int row, ent_table_t *table)
{
    int first, last, vintages;
    char month[16] = "";

    span(o, row, &first, &last, &vintages);
    ent_table_row(table, 0);
    ent_table_text(table, 0, o->row[row].flow);
    ent_table_text(table, 1, o->row[row].product);
    ent_table_text(table, 2, o->row[row].measure);
    ent_table_text(table, 3, o->row[row].unit);
    if (first > 0) {
        ent_month_format(first, month);
        ent_table_text(table, 4, month);
        ent_month_format(last, month);
        ent_table_text(table, 5, month);
    }
    ent_table_number(table, 6, vintages, 0);
    ent_table_text(table, 7, o->row[row].basis);
}

static int list(const arguments_t *a, const ent_observations_t *o, ent_context_t *ctx)
{
    static const char *const text[] = {"flow", "product", "measure", "unit", "first", "last"};
    ent_table_t table;

    ent_table_init(&table, "observations", "Series of %s", o->path);
    for (int i = 0; i < 6; i++) {
        ent_table_column(&table, text[i], ENT_COLUMN_TEXT, "", "%s", text[i]);
    }
    ent_table_column(&table, "vintages", ENT_COLUMN_NUMBER, "", "vintages");
    ent_table_column(&table, "basis", ENT_COLUMN_TEXT, "", "basis");
    for (int r = 0; r < o->n_rows; r++) {
        if (is_first(o, r) &&
            (a->format != ENT_FORMAT_TEXT || o->n_rows < 100 || strcmp(o->row[r].product, "total") == 0)) {
            list_row(o, r, &table);
        }
    }
    ent_table_note(&table, "%d rows; as text only totals of a long file are listed.", o->n_rows);
    return ent_cli_print(&table, 1, a->format, ctx);
}

static int show(const arguments_t *a, const ent_observations_t *o, ent_context_t *ctx)
{
    const char *product = a->product != NULL ? a->product : "total";
    const char *measure = a->measure != NULL ? a->measure : o->row[0].measure;
    const int row = ent_observations_find(o, a->word, product, measure);
    ent_table_t table;

    if (row < 0) {
        return ent_fault(ctx, ENT_ERR_USAGE, o->path, 0, 0, a->word, product, NULL,
                         "there is no series of %s of it: entrepot observed list", measure);
    }
    ent_table_init(&table, "observed", "%s, %s: %s", a->word, product, o->row[row].basis);
    ent_table_column(&table, "month", ENT_COLUMN_TEXT, "", "month");
    ent_table_column(&table, "value", ENT_COLUMN_NUMBER, o->row[row].unit, "%s", measure);
    ent_table_column(&table, "growth", ENT_COLUMN_NUMBER, "%", "on the year before");
    for (int m = o->first_month; m < o->first_month + o->n_months; m++) {
        const double value = ent_observations_value(o, row, m, a->vintage);
        char month[16];

        if (isnan(value)) {
            continue;
        }
        ent_month_format(m, month);
        ent_table_row(&table, 0);
        ent_table_text(&table, 0, month);
        ent_table_number(&table, 1, value, 0);
        ent_table_number(&table, 2,
                         100.0 * (value / ent_observations_value(o, row, m - 12, a->vintage) - 1.0), 1);
    }
    ent_table_note(&table, "Source: %s.", o->row[row].source);
    return ent_cli_print(&table, 1, a->format, ctx);
}

/* ---- add ---- */

static int write_observations(FILE *stream, const void *data, ent_context_t *ctx)
{
    return ent_observations_write(data, stream, ctx);
}

static int print_added(const arguments_t *a, const ent_observations_added_t *added, ent_context_t *ctx)
{
    static const char *const keys[] = {"vintage", "first_month", "last_month"};
    static const char *const counts[] = {"new", "revised", "unchanged", "skipped"};
    const int months[] = {added->vintage, added->first_month, added->last_month};
    const int n[] = {added->n_new, added->n_revised, added->n_same, added->n_skipped};
    ent_table_t table;

    ent_table_init(&table, "observations_added", "%s, into %s", a->word, a->output);
    for (int i = 0; i < 3; i++) {
        ent_table_column(&table, keys[i], ENT_COLUMN_TEXT, "", "%s",
                         i == 0   ? "vintage"
                         : i == 1 ? "from"
                                  : "to");
    }
    for (int i = 0; i < 4; i++) {
        ent_table_column(&table, counts[i], ENT_COLUMN_NUMBER, "values", "%s", counts[i]);
    }
    ent_table_column(&table, "largest_revision", ENT_COLUMN_NUMBER, "100 ln", "largest revision");
    ent_table_row(&table, 0);
    for (int i = 0; i < 3; i++) {
        char month[16];

        ent_month_format(months[i], month);
        ent_table_text(&table, i, month);
    }
    for (int i = 0; i < 4; i++) {
        ent_table_number(&table, 3 + i, n[i], 0);
    }
    ent_table_number(&table, 7, 100.0 * added->largest_revision, 1);
    return ent_cli_print(&table, 1, a->format, ctx);
}

static int add(const arguments_t *a, ent_observations_t *o, ent_context_t *ctx)
{
    char *tried = NULL, *shipped = ent_locate_data("observed/partners.csv", ".", &tried, ctx);
    const char *path = a->partners != NULL ? a->partners : shipped;
    ent_csv_whole_t file = {0}, partners = {0};
    const ent_observations_add_options_t options = {a->vintage, a->accept, &partners};
    ent_observations_added_t added;
    int code = path == NULL ? ent_fail(ctx, ENT_ERR_NO_INPUT, "observed/partners.csv",
                                       "is in none of the places: %s", tried != NULL ? tried : "")
                            : ent_csv_whole_read(&partners, path, ctx);

    code = code == ENT_OK ? ent_csv_whole_read(&file, a->word, ctx) : code;
    code = code == ENT_OK ? ent_observations_add(o, &file, &options, &added, ctx) : code;
    code = code == ENT_OK ? ent_cli_write_file(a->output, a->overwrite, write_observations, o, ctx) : code;
    code = code == ENT_OK ? print_added(a, &added, ctx) : code;
    ent_csv_whole_free(&file);
    ent_csv_whole_free(&partners);
    free(shipped);
    free(tried);
    return code;
}

static int observed(void *arguments, ent_context_t *ctx)
{
    arguments_t *a = arguments;
    ent_cli_observed_t files = {0};
    int code = ent_cli_observed_open(&files, &a->names, NULL, ctx);

    if (code == ENT_OK) {
        code = strcmp(a->verb, verbs[LIST]) == 0   ? list(a, &files.observations, ctx)
               : strcmp(a->verb, verbs[SHOW]) == 0 ? show(a, &files.observations, ctx)
                                                   : add(a, &files.observations, ctx);
    }
    ent_cli_observed_close(&files);
    return code;
}

int ent_cmd_observed(int argc, char **argv)
{
    static const ent_cli_command_t command = {
        .options = command_options,
        .usage = "list\nshow FLOW\nadd FILE -o FILE",
        .words = "List the series of a file of observations, show one, or add months from an office's own "
                 "download "
                 "(the US Census Bureau's API as CSV or JSON; a plain CSV of month, flow, product, measure, "
                 "value, "
                 "unit, basis) as a new vintage. What was published before stays in its vintage.",
        .take = take_word,
        .check = check,
        .run = observed};
    arguments_t arguments = {.format = ENT_FORMAT_TEXT};

    return ent_cli_main(&command, argc, argv, &arguments);
}
