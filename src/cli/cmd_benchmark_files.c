/* entrepot benchmark import, export, rebase: own data in, out, and moved to another year. */
#include "base/memory.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "io/benchmark_folder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LINES = 20 };

typedef struct {
    const char *subject, *output, *flows, *unit, *sectors;
    int balance, overwrite, keep_others, year;
    double usd_per_unit;
    ent_format_t format;
} arguments_t;

/* ---- what balancing changed ---- */

static void balance_columns(ent_table_t *table)
{
    ent_table_column(table, "region", ENT_COLUMN_TEXT, "", "region");
    ent_table_column(table, "sector", ENT_COLUMN_TEXT, "", "bought");
    ent_table_column(table, "user", ENT_COLUMN_TEXT, "", "by");
    ent_table_column(table, "before", ENT_COLUMN_NUMBER, "million USD", "before");
    ent_table_column(table, "after", ENT_COLUMN_NUMBER, "million USD", "after");
    ent_table_column(table, "change", ENT_COLUMN_NUMBER, "million USD", "change");
}

static const char *user_name(const ent_benchmark_t *b, int user)
{
    return user < b->n_sector ? b->sector[user] : "final demand";
}

static void balance_table(ent_table_t *table, const ent_benchmark_t *b, const ent_balance_t *balance,
                          int is_whole)
{
    ent_table_init(table, "balancing", "What balancing changed in the use tables");
    balance_columns(table);
    const int shown = !is_whole && balance->n > MOST_LINES ? MOST_LINES : balance->n;
    for (int i = 0; i < shown; i++) {
        const ent_balance_change_t *c = &balance->changes[i];
        ent_table_row(table, 0);
        ent_table_text(table, 0, b->region[c->region]);
        ent_table_text(table, 1, b->sector[c->sector]);
        ent_table_text(table, 2, user_name(b, c->user));
        ent_table_number(table, 3, c->before, 1);
        ent_table_number(table, 4, c->after, 1);
        ent_table_number(table, 5, c->after - c->before, 1);
    }
    if (shown < balance->n) {
        ent_table_note(table, "The %d largest of %d changed cells; --format csv has all.", shown, balance->n);
    }
    ent_table_note(table,
                   "%.6g of %.6g million USD of all uses were moved (%.3g %%). Flows, tariffs, freight and "
                   "value-added shares are as they were given.",
                   balance->moved, balance->use,
                   balance->use > 0.0 ? 100.0 * balance->moved / balance->use : 0.0);
}

/* The same in a sentence, which stays in the file; replaces what an earlier balancing left. */
static int keep_report(ent_benchmark_words_t *words, const ent_benchmark_t *b, const ent_balance_t *balance,
                       ent_context_t *ctx)
{
    if (balance->n == 0) {
        return ENT_OK;
    }
    const ent_balance_change_t *c = &balance->changes[0];
    char *text = ent_format(ctx,
                            "%sRAS moved %.6g of %.6g million USD of all uses in %d cells; the largest: %s "
                            "buys %.6g, not %.6g, of "
                            "%s for %s.",
                            words->report != NULL ? "A balanced table was moved and balanced again. " : "",
                            balance->moved, balance->use, balance->n, b->region[c->region], c->after,
                            c->before, b->sector[c->sector], user_name(b, c->user));
    if (text == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    free((char *)words->report);
    words->report = text;
    return ENT_OK;
}

/* The regions, sectors and money in a file that was made. */
static void say_what(const char *path, const ent_benchmark_t *b)
{
    double flows = 0.0, demand = 0.0;
    for (int s = 0; s < b->n_sector; s++) {
        for (int r = 0; r < b->n_region; r++) {
            flows += ent_benchmark_output(b, r, s);
            demand += b->final_demand[r * b->n_sector + s];
        }
    }
    printf(
        "%s: %d regions, %d sectors, %d sets of elasticities; output %.6g, final demand %.6g million USD a "
        "year\n",
        path, b->n_region, b->n_sector, b->n_elasticity_set, flows, demand);
}

static int print_balance(const arguments_t *a, const ent_benchmark_t *b, const ent_balance_t *balance,
                         ent_context_t *ctx)
{
    ent_table_t table;
    balance_table(&table, b, balance, a->format != ENT_FORMAT_TEXT);
    return ent_cli_print(&table, 1, a->format, ctx);
}

/* ---- import ---- */

static int import_folder(void *arguments, ent_context_t *ctx)
{
    const arguments_t *a = arguments;
    ent_benchmark_t benchmark;
    ent_benchmark_words_t words;
    ent_balance_t balance = {0};
    int code = ent_benchmark_import(&benchmark, &words, a->subject, a->balance ? &balance : NULL, ctx);
    code = code == ENT_OK ? keep_report(&words, &benchmark, &balance, ctx) : code;
    code = code == ENT_OK ? ent_benchmark_write(&benchmark, &words, a->output, a->overwrite, ctx) : code;
    if (code == ENT_OK) {
        if (a->format == ENT_FORMAT_TEXT) {
            say_what(a->output, &benchmark);
        }
        code = a->balance ? print_balance(a, &benchmark, &balance, ctx) : code;
    }
    ent_balance_free(&balance);
    ent_benchmark_words_free(&words);
    ent_benchmark_free(&benchmark);
    return code;
}

static const ent_cli_option_t import_options[] = {
    ENT_CLI_OUTPUT(arguments_t, output, "The benchmark file to make"),
    ENT_CLI_SWITCH(arguments_t, balance, "balance",
                   "Balance the use tables by RAS and print what that changed"),
    ENT_CLI_OVERWRITE(arguments_t, overwrite),
    ENT_CLI_TABLES(arguments_t, format),
    {0}};

static void check_output(struct argp_state *state, const void *arguments)
{
    const arguments_t *a = arguments;
    if (a->output == NULL) {
        argp_error(state, "name what to make: -o NAME");
    }
}

static int main_import(int argc, char **argv)
{
    static const ent_cli_command_t command = {
        .options = import_options,
        .usage = "FOLDER -o FILE",
        .words = "Make a benchmark file of a folder of CSV files: manifest.csv, regions.csv, sectors.csv, "
                 "flows.csv and what else the manifest names (docs/own-data.md).",
        .subject = "folder of CSV files",
        .subject_place = offsetof(arguments_t, subject),
        .check = check_output,
        .run = import_folder};
    arguments_t arguments = {.format = ENT_FORMAT_TEXT};
    return ent_cli_main(&command, argc, argv, &arguments);
}

/* ---- export ---- */

static int export_file(void *arguments, ent_context_t *ctx)
{
    const arguments_t *a = arguments;
    ent_benchmark_t benchmark;
    ent_benchmark_words_t words = {0};
    int code = ent_benchmark_read(&benchmark, a->subject, ctx);
    code = code == ENT_OK ? ent_benchmark_read_words(&words, a->subject, ctx) : code;
    code = code == ENT_OK ? ent_benchmark_export(&benchmark, &words, a->output, ctx) : code;
    if (code == ENT_OK) {
        say_what(a->output, &benchmark);
    }
    ent_benchmark_words_free(&words);
    ent_benchmark_free(&benchmark);
    return code;
}

static const ent_cli_option_t export_options[] = {{.name = "output",
                                                   .letter = 'o',
                                                   .value = "FOLDER",
                                                   .help = "The folder to make",
                                                   .kind = ENT_CLI_TEXT,
                                                   .place = offsetof(arguments_t, output)},
                                                  {0}};

static int main_export(int argc, char **argv)
{
    static const ent_cli_command_t command = {
        .options = export_options,
        .usage = "FILE -o FOLDER",
        .words =
            "Write a benchmark file as a folder of CSV files, from which `entrepot benchmark import` makes "
            "the same benchmark again.",
        .subject = "benchmark file",
        .subject_place = offsetof(arguments_t, subject),
        .check = check_output,
        .run = export_file};
    arguments_t arguments = {0};
    return ent_cli_main(&command, argc, argv, &arguments);
}

/* ---- rebase ---- */

/* The sectors that flows without a sector are about: a code, or several with commas. */
static int find_covered(const arguments_t *a, const ent_benchmark_t *b, unsigned char *covered,
                        ent_context_t *ctx)
{
    char *list = ent_strdup(ctx, a->sectors), *place = NULL;
    int code = list == NULL ? ENT_ERR_NO_MEMORY : ENT_OK;
    for (char *word = list != NULL ? strtok_r(list, ",", &place) : NULL; word != NULL;
         word = strtok_r(NULL, ",", &place)) {
        int sector = -1;
        const int here = ent_cli_find_name("--sectors", word, b->sector, b->n_sector,
                                           "is no sector of the benchmark", &sector, ctx);
        code = code == ENT_OK ? here : code;
        if (here == ENT_OK) {
            covered[sector] = 1;
        }
    }
    free(list);
    return code;
}

static void rebase_table(ent_table_t *table, const arguments_t *a, const ent_rebase_t *rebase)
{
    static const char *const names[] = {"observed flows", "other flows"};
    const double before[] = {rebase->observed_before, rebase->others_before};
    const double after[] = {rebase->observed_after, rebase->others_after};
    ent_table_init(table, "rebase", "%s moved to %d", a->subject, a->year);
    ent_table_column(table, "flows", ENT_COLUMN_TEXT, "", "flows");
    ent_table_column(table, "before", ENT_COLUMN_NUMBER, "million USD", "before");
    ent_table_column(table, "after", ENT_COLUMN_NUMBER, "million USD", "after");
    ent_table_column(table, "growth", ENT_COLUMN_NUMBER, "%", "growth");
    for (int i = 0; i < 2; i++) {
        ent_table_row(table, 0);
        ent_table_text(table, 0, names[i]);
        ent_table_number(table, 1, before[i], 0);
        ent_table_number(table, 2, after[i], 0);
        ent_table_number(table, 3, before[i] > 0.0 ? 100.0 * (after[i] / before[i] - 1.0) : NAN, 2);
    }
    ent_table_note(
        table, "%zu cells were observed; the others, domestic sales among them, %s.", rebase->n_observed,
        a->keep_others ? "stay as they were" : "grow with the trade of their regions in the sector");
}

static int rebase_benchmark(const arguments_t *a, ent_benchmark_t *benchmark, ent_rebase_t *rebase,
                            ent_balance_t *balance, ent_context_t *ctx)
{
    ent_observed_flow_t *flows = NULL;
    size_t n = 0;
    unsigned char *covered = ent_calloc(ctx, (size_t)benchmark->n_sector, 1);
    int code = covered == NULL      ? ENT_ERR_NO_MEMORY
               : a->sectors != NULL ? find_covered(a, benchmark, covered, ctx)
                                    : ENT_OK;
    const ent_rebase_options_t options = {.covered = a->sectors != NULL ? covered : NULL,
                                          .keep_others = a->keep_others};
    code = code == ENT_OK ? ent_observed_flows_read(&flows, &n, a->flows, a->year, a->unit, a->usd_per_unit,
                                                    benchmark, ctx)
                          : code;
    code = code == ENT_OK ? ent_benchmark_rebase(benchmark, flows, n, &options, rebase, ctx) : code;
    code = code == ENT_OK ? ent_benchmark_balance(benchmark, ENT_BENCHMARK_LARGEST_GAP, balance, ctx) : code;
    free(flows);
    free(covered);
    return code;
}

/* Title and year of the new file. */
static int rename_file(const arguments_t *a, ent_benchmark_words_t *words, ent_context_t *ctx)
{
    char *title = ent_format(ctx, "%s, moved to %d by observed flows",
                             words->title != NULL ? words->title : "Entrepot benchmark", a->year);
    if (title == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    free((char *)words->title);
    words->title = title;
    words->year = a->year;
    return ENT_OK;
}

static int rebase_file(void *arguments, ent_context_t *ctx)
{
    const arguments_t *a = arguments;
    ent_benchmark_t benchmark;
    ent_benchmark_words_t words = {0};
    ent_rebase_t rebase;
    ent_balance_t balance = {0};
    int code = ent_benchmark_read(&benchmark, a->subject, ctx);
    code = code == ENT_OK ? ent_benchmark_read_words(&words, a->subject, ctx) : code;
    code = code == ENT_OK ? rebase_benchmark(a, &benchmark, &rebase, &balance, ctx) : code;
    code = code == ENT_OK ? rename_file(a, &words, ctx) : code;
    code = code == ENT_OK ? keep_report(&words, &benchmark, &balance, ctx) : code;
    benchmark.unbalanced = 0;
    code = code == ENT_OK ? ent_benchmark_write(&benchmark, &words, a->output, a->overwrite, ctx) : code;
    if (code == ENT_OK) {
        ent_table_t tables[2];
        rebase_table(&tables[0], a, &rebase);
        balance_table(&tables[1], &benchmark, &balance, a->format != ENT_FORMAT_TEXT);
        code = ent_cli_print(tables, 2, a->format, ctx);
    }
    ent_balance_free(&balance);
    ent_benchmark_words_free(&words);
    ent_benchmark_free(&benchmark);
    return code;
}

static const ent_cli_option_t rebase_options[] = {
    ENT_CLI_WORD(arguments_t, flows, "flows", "CSV",
                 "Observed flows: columns origin, destination, value, perhaps sector, year, unit"),
    ENT_CLI_OPTION(arguments_t, year, COUNT, "year", "Y",
                   "The year the benchmark is moved to; rows of other years are left out", .low = 1800,
                   .high = 2200),
    ENT_CLI_OUTPUT(arguments_t, output, "The benchmark file to make"),
    ENT_CLI_WORD(
        arguments_t, unit, "unit", "UNIT",
        "Of the values: USD, thousand USD, million USD (default), billion USD, or another currency's"),
    ENT_CLI_OPTION(arguments_t, usd_per_unit, REAL, "usd-per-unit", "X",
                   "USD that one unit of another currency is worth", .low = 1e-9, .high = 1e9),
    ENT_CLI_WORD(arguments_t, sectors, "sectors", "CODE,...",
                 "What flows without a sector are about, such as all goods (default: every sector)"),
    ENT_CLI_SWITCH(
        arguments_t, keep_others, "keep-others",
        "Flows that were not observed stay as they are (default: they grow with the trade of their regions)"),
    ENT_CLI_OVERWRITE(arguments_t, overwrite),
    ENT_CLI_TABLES(arguments_t, format),
    {0}};

static void check_rebase(struct argp_state *state, const void *arguments)
{
    const arguments_t *a = arguments;
    char currency[4] = "";
    check_output(state, arguments);
    if (a->flows == NULL || a->year == 0) {
        argp_error(state, "name the observed flows and their year: --flows CSV --year Y");
    }
    if (ent_unit_scale(a->unit, 1.0, currency) == 0.0) {
        argp_error(
            state,
            "--unit: \"%s\" is not USD, thousand USD, million USD, billion USD, or the same of another "
            "currency's three letters",
            a->unit);
    }
    if (strcmp(currency, "USD") != 0 && a->usd_per_unit == 0.0) {
        argp_error(state, "--unit %s needs --usd-per-unit", a->unit);
    }
}

static int main_rebase(int argc, char **argv)
{
    static const ent_cli_command_t command = {
        .options = rebase_options,
        .usage = "FILE --flows CSV --year Y -o FILE",
        .words = "Move a benchmark to another year by observed bilateral flows, and balance it again.",
        .subject = "benchmark file",
        .subject_place = offsetof(arguments_t, subject),
        .check = check_rebase,
        .run = rebase_file};
    arguments_t arguments = {.format = ENT_FORMAT_TEXT, .unit = "million USD"};
    return ent_cli_main(&command, argc, argv, &arguments);
}

int ent_cmd_benchmark_file(int argc, char **argv, int *code)
{
    static const struct {
        const char *name, *whole;
        int (*run)(int argc, char **argv);
    } subs[] = {{"import", "benchmark import", main_import},
                {"export", "benchmark export", main_export},
                {"rebase", "benchmark rebase", main_rebase}};
    for (size_t i = 0; argc > 1 && i < sizeof subs / sizeof *subs; i++) {
        if (strcmp(argv[1], subs[i].name) == 0) {
            argv[1] = (char *)subs[i].whole;
            *code = subs[i].run(argc - 1, argv + 1);
            return 1;
        }
    }
    return 0;
}
