/* entrepot describe: the tables that everything else is driven by: parameters and recorded fields. */
#include "cli/commands.h"
#include "cli/common.h"
#include "engine/model.h"
#include "study/table.h"

#include <entrepot/fields.h>
#include <entrepot/parameters.h>

#include <math.h>
#include <string.h>

typedef struct {
    int parameters, fields, keys, mechanisms, odd;
    ent_format_t format;
} arguments_t;

enum {
    KEY_PARAMETERS = 256,
    KEY_FIELDS,
    KEY_MARKDOWN,
    KEY_JSON,
    KEY_FORMAT,
    KEY_KEYS,
    KEY_MECHANISMS,
    KEY_ODD
};

static const struct argp_option options[] = {
    {"parameters", KEY_PARAMETERS, NULL, 0, "Only the parameters of the model", 0},
    {"fields", KEY_FIELDS, NULL, 0, "Only the recorded quantities", 0},
    {"mechanisms", KEY_MECHANISMS, NULL, 0, "Only the mechanisms that can be switched", 0},
    {"odd", KEY_ODD, NULL, 0,
     "The tables of the model's ODD description in Markdown: state variables, mechanisms, parameters, "
     "recorded "
     "quantities",
     0},
    {"keys", KEY_KEYS, NULL, 0, "Only the keys of a config, a line each", 0},
    {"format", KEY_FORMAT, "FORMAT", 0, "text, csv, latex, json or markdown", 0},
    {"markdown", KEY_MARKDOWN, NULL, 0, "As --format markdown", 0},
    {"json", KEY_JSON, NULL, 0, "As --format json", 0},
    {0}};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    arguments_t *arguments = state->input;
    switch (key) {
    case KEY_PARAMETERS:
        arguments->parameters = 1;
        return 0;
    case KEY_FIELDS:
        arguments->fields = 1;
        return 0;
    case KEY_MECHANISMS:
        arguments->mechanisms = 1;
        return 0;
    case KEY_ODD:
        arguments->odd = 1;
        return 0;
    case KEY_KEYS:
        arguments->keys = 1;
        return 0;
    case KEY_FORMAT:
        arguments->format = ent_cli_format(state, argument);
        return 0;
    case KEY_MARKDOWN:
        arguments->format = ENT_FORMAT_MARKDOWN;
        return 0;
    case KEY_JSON:
        arguments->format = ENT_FORMAT_JSON;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "nothing is expected here: \"%s\"", argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Decimals that show a bound or default as it was written, up to four. */
static int decimals_of(double value)
{
    int decimals = 0;
    for (double scaled = value; decimals < 4 && fabs(scaled - round(scaled)) > 1e-9; scaled *= 10.0) {
        decimals++;
    }
    return decimals;
}

static void put_number(ent_table_t *table, int column, double value)
{
    ent_table_number(table, column, value, decimals_of(value));
}

static void fill_parameters(ent_table_t *table)
{
    size_t n;
    const ent_parameter_t *entries = ent_parameter_table(&n);
    ent_table_init(table, "parameters", "Parameters of the model");
    ent_table_column(table, "name", ENT_COLUMN_TEXT, "", "Name");
    ent_table_column(table, "unit", ENT_COLUMN_TEXT, "", "Unit");
    ent_table_column(table, "default", ENT_COLUMN_NUMBER, "", "Default");
    ent_table_column(table, "low", ENT_COLUMN_NUMBER, "", "Low");
    ent_table_column(table, "high", ENT_COLUMN_NUMBER, "", "High");
    ent_table_column(table, "scope", ENT_COLUMN_TEXT, "", "Scope");
    ent_table_column(table, "type", ENT_COLUMN_TEXT, "", "Type");
    ent_table_column(table, "description", ENT_COLUMN_TEXT, "", "Description");
    ent_table_column(table, "source", ENT_COLUMN_TEXT, "", "Source");
    for (size_t i = 0; i < n; i++) {
        int begins_scope = i > 0 && entries[i].scope != entries[i - 1].scope;
        ent_table_row(table, begins_scope);
        ent_table_text(table, 0, entries[i].name);
        ent_table_text(table, 1, entries[i].unit);
        put_number(table, 2, entries[i].default_value);
        put_number(table, 3, entries[i].low);
        put_number(table, 4, entries[i].high);
        ent_table_text(table, 5, entries[i].scope == ENT_SCOPE_SECTOR ? "sector" : "run");
        ent_table_text(table, 6, entries[i].integer ? "whole" : "real");
        ent_table_text(table, 7, entries[i].description);
        ent_table_text(table, 8, entries[i].source);
    }
}

static const char *shape_text(ent_shape_t shape)
{
    static const char *const texts[] = {
        [ENT_SHAPE_FLOW] = "sector x recorded flow", [ENT_SHAPE_MARKET] = "destination x sector",
        [ENT_SHAPE_PRODUCER] = "origin x sector",    [ENT_SHAPE_REGION] = "region",
        [ENT_SHAPE_CLASS] = "firm class x sector",
    };
    return texts[shape];
}

static void fill_fields(ent_table_t *table)
{
    static const char *const aggregates[] = {
        [ENT_AGGREGATE_SUM] = "sum", [ENT_AGGREGATE_MEAN] = "mean", [ENT_AGGREGATE_LAST] = "last"};
    const ent_field_t *fields = ent_field_table();
    ent_table_init(table, "fields", "Recorded quantities");
    ent_table_column(table, "name", ENT_COLUMN_TEXT, "", "Name");
    ent_table_column(table, "unit", ENT_COLUMN_TEXT, "", "Unit");
    ent_table_column(table, "shape", ENT_COLUMN_TEXT, "", "By");
    ent_table_column(table, "over_time", ENT_COLUMN_TEXT, "", "Over time");
    ent_table_column(table, "description", ENT_COLUMN_TEXT, "", "Description");
    for (int i = 0; i < ENT_N_FIELDS; i++) {
        ent_table_row(table, 0);
        ent_table_text(table, 0, fields[i].name);
        ent_table_text(table, 1, fields[i].unit);
        ent_table_text(table, 2, shape_text(fields[i].shape));
        ent_table_text(table, 3, aggregates[fields[i].aggregate]);
        ent_table_text(table, 4, fields[i].long_name);
    }
}

static void fill_mechanisms(ent_table_t *table)
{
#define ENT_MECHANISM_ENTRY(name, description) {#name, description},
    static const struct {
        const char *name, *description;
    } mechanisms[] = {ENT_MECHANISMS(ENT_MECHANISM_ENTRY)};
#undef ENT_MECHANISM_ENTRY
    ent_table_init(table, "mechanisms", "Mechanisms that can be switched, off by default");
    ent_table_column(table, "name", ENT_COLUMN_TEXT, "", "Name");
    ent_table_column(table, "description", ENT_COLUMN_TEXT, "", "What it adds when it is on");
    for (size_t i = 0; i < sizeof mechanisms / sizeof *mechanisms; i++) {
        ent_table_row(table, 0);
        ent_table_text(table, 0, mechanisms[i].name);
        ent_table_text(table, 1, mechanisms[i].description);
    }
}

/* The engine's state table: what is copied at a branch and kept across a restart. */
static void fill_state(ent_table_t *table)
{
#define ENT_STATE_ENTRY(name, type, count) {#name, #type, #count},
    static const struct {
        const char *name, *type, *count;
    } state[] = {ENT_STATE(ENT_STATE_ENTRY)};
#undef ENT_STATE_ENTRY
    char number[128];
    ent_table_init(table, "state", "State variables of a replication");
    ent_table_column(table, "name", ENT_COLUMN_TEXT, "", "Name");
    ent_table_column(table, "type", ENT_COLUMN_TEXT, "", "Type");
    ent_table_column(table, "number", ENT_COLUMN_TEXT, "", "How many");
    for (size_t i = 0; i < sizeof state / sizeof *state; i++) {
        /* "(long)model->n_cells * model->n_ages" is of interest for its names only */
        size_t n = 0;
        for (const char *c = state[i].count; *c != '\0' && n + 1 < sizeof number;) {
            const size_t skip = strncmp(c, "(long)", 6) == 0 ? 6 : strncmp(c, "model->n_", 9) == 0 ? 9 : 0;
            c += skip;
            if (skip == 0) {
                number[n++] = *c++;
            }
        }
        number[n] = '\0';
        ent_table_row(table, 0);
        ent_table_text(table, 0, state[i].name);
        ent_table_text(table, 1, state[i].type);
        ent_table_text(table, 2, number);
    }
}

int ent_cmd_describe(int argc, char **argv)
{
    static const struct argp parser = {
        options, parse, "",  "Print the model's parameters and the quantities a run records.",
        NULL,    NULL,  NULL};
    arguments_t arguments = {.format = ENT_FORMAT_TEXT};
    ent_context_t ctx;
    ent_table_t tables[4];
    int n = 0;
    const int parsed = ent_cli_parse(&parser, argc, argv, &arguments);
    if (parsed != ENT_OK)
        return ent_exit_code(parsed);
    if (arguments.keys) {
        size_t n_keys;
        const char *const *keys = ent_config_keys(&n_keys);
        for (size_t i = 0; i < n_keys; i++) {
            puts(keys[i]);
        }
        return fflush(stdout) == 0 ? 0 : ent_exit_code(ENT_ERR_IO);
    }
    ent_context_init(&ctx);
    const int some = arguments.parameters || arguments.fields || arguments.mechanisms;
    if (arguments.odd) {
        arguments.format = ENT_FORMAT_MARKDOWN;
        fill_state(&tables[n++]);
    }
    if (arguments.odd || arguments.mechanisms) {
        fill_mechanisms(&tables[n++]);
    }
    if (arguments.odd || arguments.parameters || !some) {
        fill_parameters(&tables[n++]);
    }
    if (arguments.odd || arguments.fields || !some) {
        fill_fields(&tables[n++]);
    }
    int code = ent_tables_write(tables, n, arguments.format, stdout, &ctx);
    while (n > 0) {
        ent_table_free(&tables[--n]);
    }
    code = ent_cli_finish(code, &ctx);
    ent_context_free(&ctx);
    return code;
}
