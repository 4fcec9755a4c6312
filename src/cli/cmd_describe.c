/* entrepot describe: the tables that everything else is driven by: parameters and recorded fields. */
#include "cli/commands.h"
#include "cli/common.h"
#include "engine/model.h"
#include "base/table.h"
#include "numbers/outcome.h"
#include "policy/kinds.h"

#include <entrepot/fields.h>
#include <entrepot/parameters.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    int parameters, fields, outcomes, keys, mechanisms, measures, odd;
    ent_format_t format;
} arguments_t;

static void as_markdown(struct argp_state *state, const char *text, void *arguments)
{
    (void)state;
    (void)text;
    ((arguments_t *)arguments)->format = ENT_FORMAT_MARKDOWN;
}

static void as_json(struct argp_state *state, const char *text, void *arguments)
{
    (void)state;
    (void)text;
    ((arguments_t *)arguments)->format = ENT_FORMAT_JSON;
}

static const ent_cli_option_t command_options[] = {
    ENT_CLI_SWITCH(arguments_t, parameters, "parameters", "Only the parameters of the model"),
    ENT_CLI_SWITCH(arguments_t, fields, "fields", "Only the recorded quantities"),
    ENT_CLI_SWITCH(arguments_t, outcomes, "outcomes",
                   "Only the outcomes that compare and studies know beside the recorded quantities"),
    ENT_CLI_SWITCH(arguments_t, mechanisms, "mechanisms", "Only the mechanisms that can be switched"),
    ENT_CLI_SWITCH(arguments_t, measures, "measures", "Only the kinds of measures"),
    ENT_CLI_SWITCH(
        arguments_t, odd, "odd",
        "The tables of the model's ODD description in Markdown: state variables, mechanisms, parameters, "
        "recorded quantities"),
    ENT_CLI_SWITCH(arguments_t, keys, "keys", "Only the keys of a config, a line each"),
    ENT_CLI_TABLES(arguments_t, format),
    {.name = "markdown", .help = "As --format markdown", .kind = ENT_CLI_OWN, .read = as_markdown},
    {.name = "json", .help = "As --format json", .kind = ENT_CLI_OWN, .read = as_json},
    {0}};

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

static void fill_outcomes(ent_table_t *table)
{
    static const char *const scopes[] = {[ENT_OF_EXPORTS] = "flows of home to the partner",
                                         [ENT_OF_MARKET] = "market of the partner",
                                         [ENT_OF_HOME] = "home",
                                         [ENT_OF_EXPORTERS] = "exporters of home"};
    ent_table_init(table, "outcomes", "Outcomes; every recorded quantity is one too, under its own name");
    ent_table_column(table, "name", ENT_COLUMN_TEXT, "", "Name");
    ent_table_column(table, "unit", ENT_COLUMN_TEXT, "", "Unit");
    ent_table_column(table, "of", ENT_COLUMN_TEXT, "", "Of");
    ent_table_column(table, "fields", ENT_COLUMN_TEXT, "", "Made from");
    ent_table_column(table, "description", ENT_COLUMN_TEXT, "", "Description");
    for (int i = 0; i < ent_outcome_count() - ENT_N_FIELDS; i++) {
        const ent_outcome_t *outcome = ent_outcome(i);
        char fields[128];
        ent_outcome_fields(outcome, fields, sizeof fields);
        ent_table_row(table, 0);
        ent_table_text(table, 0, outcome->name);
        ent_table_text(table, 1, outcome->unit);
        ent_table_text(table, 2, scopes[outcome->scope]);
        ent_table_text(table, 3, fields);
        ent_table_text(table, 4, outcome->title);
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

static void fill_measures(ent_table_t *table)
{
    ent_table_init(table, "measures", "Kinds of measures");
    ent_table_column(table, "kind", ENT_COLUMN_TEXT, "", "Kind");
    ent_table_column(table, "does", ENT_COLUMN_TEXT, "", "What it does");
    ent_table_column(table, "keys", ENT_COLUMN_TEXT, "", "Keys of its own");
    for (int kind = 0; kind < ENT_N_MEASURE_KINDS; kind++) {
        char keys[128] = "";
        for (const ent_kind_key_t *key = ent_kind((ent_measure_kind_t)kind)->keys;
             key != NULL && key->key != NULL; key++) {
            const size_t end = strlen(keys);
            (void)snprintf(keys + end, sizeof keys - end, "%s%s", end > 0 ? ", " : "", key->key);
        }
        ent_table_row(table, 0);
        ent_table_text(table, 0, ent_measure_kind_names()[kind]);
        ent_table_text(table, 1, ent_kind_sentence((ent_measure_kind_t)kind));
        ent_table_text(table, 2, keys);
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

static void print_keys(void)
{
    size_t n_keys;
    const char *const *keys = ent_config_keys(&n_keys);
    for (size_t i = 0; i < n_keys; i++) {
        puts(keys[i]);
    }
}

static int describe(void *arguments, ent_context_t *ctx)
{
    const arguments_t *a = arguments;
    const int some = a->parameters || a->fields || a->outcomes || a->mechanisms || a->measures;
    ent_table_t tables[6];
    int n = 0;
    if (a->keys) {
        print_keys();
        return ENT_OK;
    }
    if (a->odd) {
        fill_state(&tables[n++]);
    }
    if (a->odd || a->mechanisms) {
        fill_mechanisms(&tables[n++]);
    }
    if (a->measures) {
        fill_measures(&tables[n++]);
    }
    if (a->odd || a->parameters || !some) {
        fill_parameters(&tables[n++]);
    }
    if (a->odd || a->fields || !some) {
        fill_fields(&tables[n++]);
    }
    if (a->outcomes) {
        fill_outcomes(&tables[n++]);
    }
    return ent_cli_print(tables, n, a->odd ? ENT_FORMAT_MARKDOWN : a->format, ctx);
}

int ent_cmd_describe(int argc, char **argv)
{
    static const ent_cli_command_t command = {
        .options = command_options,
        .usage = "",
        .words = "Print the model's parameters and the quantities a run records.",
        .run = describe};
    arguments_t arguments = {.format = ENT_FORMAT_TEXT};
    return ent_cli_main(&command, argc, argv, &arguments);
}
