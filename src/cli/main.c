/* The entrepot program: one table of commands. */
#include "base/printable.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/crash.h"
#include "cli/surroundings.h"

#include <entrepot/context.h>
#include <entrepot/version.h>

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} command_t;

static const command_t commands[] = {
    {"bench", ent_cmd_bench, "how fast a config plays on this machine"},
    {"run", ent_cmd_run, "play every scenario of every replication, keep them, print the comparison"},
    {"backtest", ent_cmd_backtest, "play a history and score it on what was observed"},
    {"benchmark", ent_cmd_benchmark, "show any cell, aggregate or share of the benchmark"},
    {"calibrate", ent_cmd_calibrate, "parameters from moments, as a weighted sample"},
    {"new", ent_cmd_new, "write a config of thirty lines, from options or answers"},
    {"explain", ent_cmd_explain, "what a config will simulate, in words"},
    {"check", ent_cmd_check, "read a config and report every fault"},
    {"compare", ent_cmd_compare, "paired comparison of two scenarios of a results file"},
    {"forecast", ent_cmd_forecast, "observed trade from its last month on, under every scenario"},
    {"observed", ent_cmd_observed, "list, show and add to the observations that forecasts start from"},
    {"score", ent_cmd_score, "a sealed forecast against what came"},
    {"report", ent_cmd_report, "one HTML page of a results file: figures, words, tables, provenance"},
    {"figures", ent_cmd_figures, "the report's figures as SVG, PDF or PNG, with their data as CSV"},
    {"reproduce", ent_cmd_reproduce, "play the config inside a results file again and compare bit by bit"},
    {"tariffs", ent_cmd_tariffs, "effective rate of any flow on any date, and which measures made it"},
    {"line", ent_cmd_line, "duty on a product line from a country, law by law, as a customs form shows it"},
    {"theory", ent_cmd_theory, "the static model's answer to a regime; optimal and Nash tariffs"},
    {"study", ent_cmd_study, "plan, play, watch and merge many points of a config, in shards"},
    {"decompose", ent_cmd_decompose, "why the first year differs from the static answer, cause by cause"},
    {"doctor", ent_cmd_doctor,
     "check the machine, a folder and the data, and play a small run against its reference"},
    {"describe", ent_cmd_describe, "print the parameters of the model and the quantities recorded"},
};
enum { N_COMMANDS = sizeof commands / sizeof *commands };

static void print_help(FILE *stream)
{
    fprintf(stream, "Usage: entrepot COMMAND [OPTION...]\n\nCommands:\n");
    for (size_t i = 0; i < N_COMMANDS; i++) {
        fprintf(stream, "  %-12s %s\n", commands[i].name, commands[i].help);
    }
    fprintf(stream, "\nOptions of a command: entrepot COMMAND --help\n");
}

static int unknown_command(const char *name)
{
    const char *names[N_COMMANDS];
    for (size_t i = 0; i < N_COMMANDS; i++) {
        names[i] = commands[i].name;
    }
    const char *nearest = ent_nearest(name, names, N_COMMANDS);
    char *shown = ent_printable(name, 200);
    fprintf(stderr, "entrepot: there is no command '%s'", shown != NULL ? shown : "");
    free(shown);
    if (nearest != NULL) {
        fprintf(stderr, "; did you mean '%s'?", nearest);
    }
    fprintf(stderr, "\n");
    return ent_exit_code(ENT_ERR_USAGE);
}

/* 0 when all that was printed has arrived, else the exit code of a failed write. */
static int printed(void)
{
    ent_context_t ctx;
    ent_context_init(&ctx);
    const int code = ent_cli_finish(ENT_OK, &ctx);
    ent_context_free(&ctx);
    return code;
}

/* entrepot help COMMAND is entrepot COMMAND --help. */
static int help_of(const command_t *command)
{
    char name[64], option[] = "--help";
    snprintf(name, sizeof name, "%s", command->name);
    char *arguments[] = {name, option, NULL};
    return command->run(2, arguments);
}

static const command_t *find_command(const char *name)
{
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (strcmp(name, commands[i].name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    ent_cli_settle();
    if (argc < 2) {
        print_help(stderr);
        return ent_exit_code(ENT_ERR_USAGE);
    }
    if (strcmp(argv[1], "help") == 0 && argc > 2) {
        const command_t *asked = find_command(argv[2]);
        return asked != NULL ? help_of(asked) : unknown_command(argv[2]);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return printed();
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("entrepot %s (%s)\n", ENT_VERSION, ENT_GIT_DESCRIBE);
        return printed();
    }
    const command_t *command = find_command(argv[1]);
    if (command == NULL) {
        return unknown_command(argv[1]);
    }
    /* HDF5 1.10 crashes at exit after a file it could not close; all its files are closed by name. */
    ent_crash_watch();
    H5dont_atexit();
    return ent_crash_unwatch(command->run(argc - 1, argv + 1));
}
