/* What the program's commands share: settings, parsing, the end of a command. */
#ifndef ENTREPOT_CLI_COMMON_H
#define ENTREPOT_CLI_COMMON_H

#include "study/table.h"

#include <entrepot/config.h>

#include <argp.h>

enum { ENT_CLI_MAX_SETTINGS = 1000 };

/* Settings of the command line, in their order. The strings are owned here. */
typedef struct {
    int n;
    ent_setting_t settings[ENT_CLI_MAX_SETTINGS];
    char *texts[ENT_CLI_MAX_SETTINGS];
} ent_cli_settings_t;

/* Take one "PATH=VALUE" of --set; a usage error when it is not of that form. */
void ent_cli_add_setting(struct argp_state *state, ent_cli_settings_t *settings, const char *text);
void ent_cli_settings_free(ent_cli_settings_t *settings);

/* argp_parse with the name "entrepot COMMAND" in its messages. Wrong usage exits with 64 (argp). */
int ent_cli_parse(const struct argp *parser, int argc, char **argv, void *arguments);

/* Faults to stderr, with a last line that counts them; flush stdout. Returns the exit code of `code`, or that
 * of a failed write of stdout. */
int ent_cli_finish(int code, const ent_context_t *ctx);

/* Format named by --format; a usage error for a name it does not know. */
ent_format_t ent_cli_format(struct argp_state *state, const char *name);

/* Whole number from 1 to `highest` given to an option; a usage error for anything else. */
int ent_cli_count(struct argp_state *state, const char *option, const char *text, int highest);

/* Seconds of "90", "90s", "15m" or "2h" given to an option; a usage error for anything else. */
double ent_cli_seconds(struct argp_state *state, const char *option, const char *text);

/* Call the handler with SIGALRM once after so many seconds; 0: never. */
void ent_cli_alarm(double seconds, void (*handler)(int));

#endif
