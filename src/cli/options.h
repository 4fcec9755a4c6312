/* The command line of a command, as one table: every option with its words, how its text is read and where
 * its value goes. Parsing, --help, the manual page and the completions all come from it. */
#ifndef ENTREPOT_CLI_OPTIONS_H
#define ENTREPOT_CLI_OPTIONS_H

#include "base/table.h"

#include <entrepot/config.h>

#include <argp.h>
#include <stddef.h>

enum { ENT_CLI_MAX_SETTINGS = 1000, ENT_CLI_MAX_OPTIONS = 32, ENT_CLI_MAX_THREADS = 4096 };

/* Settings of the command line, in their order. The strings are owned here. */
typedef struct {
    int n;
    ent_setting_t settings[ENT_CLI_MAX_SETTINGS];
    char *texts[ENT_CLI_MAX_SETTINGS];
} ent_cli_settings_t;

/* How an option is read, and into what. */
typedef enum {
    ENT_CLI_FLAG,    /* int: 1 */
    ENT_CLI_CLEAR,   /* int: 0 */
    ENT_CLI_TEXT,    /* const char * */
    ENT_CLI_COUNT,   /* int: a whole number from `low` to `high` */
    ENT_CLI_REAL,    /* double: a number from `low` to `high` */
    ENT_CLI_PRIOR,   /* double[2]: mean and standard deviation of "0.5,0.3" */
    ENT_CLI_TIME,    /* double: seconds of "90", "90s", "15m" or "2h" */
    ENT_CLI_MONTH,   /* int: a month as ent_month_parse has it */
    ENT_CLI_CHOICE,  /* int: the place of a word among `names` */
    ENT_CLI_LIST,    /* unsigned: a bit for every word of a list with commas; "all" is every one of `names` */
    ENT_CLI_FORMAT,  /* ent_format_t */
    ENT_CLI_SETTING, /* ent_cli_settings_t: one more PATH=VALUE */
    ENT_CLI_OWN      /* whatever `read` makes of it */
} ent_cli_kind_t;

typedef struct {
    const char *name;  /* without its dashes; NULL ends a table */
    char letter;       /* short form; 0: none */
    const char *value; /* what --help calls its value; NULL: it has none */
    const char *help;
    ent_cli_kind_t kind;
    size_t place;             /* in the command's arguments, by offsetof */
    double low, high;         /* COUNT, REAL */
    const char *const *names; /* CHOICE, LIST; ends with NULL */
    void (*read)(struct argp_state *state, const char *text, void *arguments); /* OWN */
} ent_cli_option_t;

/* Options that mean the same wherever they stand: `type` is the command's struct, `member` what they fill. */
#define ENT_CLI_SET(type, member)                                                                            \
    {                                                                                                        \
        .name = "set", .value = "PATH=VALUE",                                                                \
        .help = "Set any key of the config, such as --set slots=50000; may be repeated",                     \
        .kind = ENT_CLI_SETTING, .place = offsetof(type, member)                                             \
    }
#define ENT_CLI_TABLES(type, member)                                                                         \
    {                                                                                                        \
        .name = "format", .value = "FORMAT", .help = "text, csv, latex, json or markdown (default: text)",   \
        .kind = ENT_CLI_FORMAT, .place = offsetof(type, member)                                              \
    }
#define ENT_CLI_THREADS(type, member)                                                                        \
    {                                                                                                        \
        .name = "threads", .value = "N",                                                                     \
        .help = "Threads to use (default: all processors; the results do not depend on it)",                 \
        .kind = ENT_CLI_COUNT, .place = offsetof(type, member), .low = 1, .high = ENT_CLI_MAX_THREADS        \
    }
#define ENT_CLI_OUTPUT(type, member, words)                                                                  \
    {                                                                                                        \
        .name = "output", .letter = 'o', .value = "FILE", .help = (words), .kind = ENT_CLI_TEXT,             \
        .place = offsetof(type, member)                                                                      \
    }
#define ENT_CLI_OVERWRITE(type, member)                                                                      \
    {                                                                                                        \
        .name = "overwrite", .help = "Replace what exists", .kind = ENT_CLI_FLAG,                            \
        .place = offsetof(type, member)                                                                      \
    }
#define ENT_CLI_QUIET(type, member)                                                                          \
    {                                                                                                        \
        .name = "quiet", .letter = 'q', .help = "No progress bar", .kind = ENT_CLI_FLAG,                     \
        .place = offsetof(type, member)                                                                      \
    }
#define ENT_CLI_MAX_WALLTIME(type, member, words)                                                            \
    {                                                                                                        \
        .name = "max-walltime", .value = "TIME", .help = (words), .kind = ENT_CLI_TIME,                      \
        .place = offsetof(type, member)                                                                      \
    }
#define ENT_CLI_LOG_JSON(type, member)                                                                       \
    {                                                                                                        \
        .name = "log-json", .help = "Log lines in JSON on standard error", .kind = ENT_CLI_FLAG,             \
        .place = offsetof(type, member)                                                                      \
    }
/* Any option with a value: its kind (without ENT_CLI_), name, value and help; then what else it has, such as
 * bounds. */
#define ENT_CLI_OPTION(type, member, sort, option, what, ...)                                                \
    {                                                                                                        \
        .name = (option), .value = (what), .kind = ENT_CLI_##sort, .place = offsetof(type, member),          \
        .help = __VA_ARGS__                                                                                  \
    }
/* An option whose text is kept as it is, and a switch. */
#define ENT_CLI_WORD(type, member, option, what, words)                                                      \
    {                                                                                                        \
        .name = (option), .value = (what), .help = (words), .kind = ENT_CLI_TEXT,                            \
        .place = offsetof(type, member)                                                                      \
    }
#define ENT_CLI_SWITCH(type, member, option, words)                                                          \
    {                                                                                                        \
        .name = (option), .help = (words), .kind = ENT_CLI_FLAG, .place = offsetof(type, member)             \
    }
/* Priors of the scales of the engine's effect: MEAN,SD. */
#define ENT_CLI_SCALES(type, at)                                                                             \
    ENT_CLI_OPTION(type, at.response, PRIOR, "response", "MEAN,SD",                                          \
                   "Prior of the scale of the engine's response (default: 1,0.5)"),                          \
        ENT_CLI_OPTION(type, at.anticipation, PRIOR, "anticipation", "MEAN,SD",                              \
                       "Prior of the scale of its anticipation (default: 0.3,0.3)")
/* The pair of scenarios and the destination a results file is looked at for. */
#define ENT_CLI_PAIR(type, member)                                                                           \
    ENT_CLI_WORD(type, member.base, "base", "SCENARIO",                                                      \
                 "Scenario to compare with (default: the file's last)"),                                     \
        ENT_CLI_WORD(                                                                                        \
            type, member.against, "against", "SCENARIO",                                                     \
            "Scenario compared (default: the file's first); differences are this one minus the base"),       \
        ENT_CLI_WORD(type, member.partner, "partner", "REGION",                                              \
                     "Destination shown, or all (default: the one whose duty on home differs most)")

typedef struct {
    const ent_cli_option_t *options;
    const char *usage;   /* what --help shows after the command's name */
    const char *words;   /* what the command does; after a \v, what follows the options */
    const char *subject; /* what it is about, such as "config": one is wanted, unless `usage` begins with [ */
    size_t subject_place;                                                      /* const char * */
    void (*take)(struct argp_state *state, const char *word, void *arguments); /* in place of a subject */
    void (*check)(struct argp_state *state,
                  const void *arguments); /* whether all fit together; may be NULL */
    int (*run)(void *arguments, ent_context_t *ctx);
} ent_cli_command_t;

/* Read the command line into `arguments`, which holds the defaults. Wrong usage exits with 64 (argp). */
int ent_cli_parse(const ent_cli_command_t *command, int argc, char **argv, void *arguments);

/* Free what the options of a command hold. */
void ent_cli_release(const ent_cli_command_t *command, void *arguments);

/* Read, run, report faults, release. Returns the exit code. */
int ent_cli_main(const ent_cli_command_t *command, int argc, char **argv, void *arguments);

/* For options that are read in their own way. A usage error for what does not fit. */
double ent_cli_real(struct argp_state *state, const char *option, const char *text, double low, double high);
void ent_cli_add_setting(struct argp_state *state, ent_cli_settings_t *settings, const char *text);
/* Bits of the words of a list with commas. */
unsigned ent_cli_list(struct argp_state *state, const char *option, const char *text,
                      const char *const *names);

#endif
