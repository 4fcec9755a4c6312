/* What the program's commands share beside their options: names, files, tables, signals, the end of a
 * command. */
#ifndef ENTREPOT_CLI_COMMON_H
#define ENTREPOT_CLI_COMMON_H

#include "cli/options.h"
#include "base/table.h"

#include <entrepot/run.h>

/* Faults to stderr, with a last line that counts them; flush stdout. Returns the exit code of `code`, or that
 * of a failed write of stdout. */
int ent_cli_finish(int code, const ent_context_t *ctx);

/* Print tables in a format and free them. */
int ent_cli_print(ent_table_t *tables, int n, ent_format_t format, ent_context_t *ctx);

/* Make a text file that appears whole or not at all: `write` writes it. */
typedef int ent_cli_writer_t(FILE *stream, const void *data, ent_context_t *ctx);
int ent_cli_write_file(const char *path, int overwrite, ent_cli_writer_t *write, const void *data,
                       ent_context_t *ctx);

/* Place of a name among those of a config, or a fault that says the rule and the nearest; NULL leaves *index.
 */
int ent_cli_find_name(const char *option, const char *name, char *const *names, int n, const char *rule,
                      int *index, ent_context_t *ctx);
/* Flags [n] of the names of a list with commas between; `all` is every one, a NULL list none. Every unknown
 * name is a fault. */
int ent_cli_flag_names(const char *option, const char *list, char *const *names, int n, unsigned char *flag,
                       ent_context_t *ctx);
/* A day, or a fault; NULL leaves *day. */
int ent_cli_find_day(const char *option, const char *text, ent_day_t *day, ent_context_t *ctx);

/* Say on stderr what of a config is no fault and may not be meant, a line each, or, where these are more than
 * `most`, how many. */
int ent_cli_notes(const ent_config_t *config, const ent_benchmark_t *fine, int most, ent_context_t *ctx);

/* A results file for what a model plays, with the hash of the benchmark it was summed from. */
int ent_cli_create_results(ent_results_t **results, const char *path, int overwrite,
                           const ent_config_t *config, const ent_benchmark_t *fine, const ent_model_t *model,
                           ent_context_t *ctx);

/* Seconds since some moment, by a clock nobody sets. */
double ent_cli_seconds(void);

/* Set by the first SIGINT, SIGTERM, SIGHUP, SIGXCPU or SIGUSR1 after ent_cli_watch_signals; a second SIGINT
 * or SIGTERM leaves at once. A limit on file sizes becomes a failed write like a full disk, not a kill.
 * `flags` of sigaction: SA_RESTART, or 0 where a wait shall be broken off. */
extern volatile int ent_cli_stop;
/* While it is set, as long as inputs are read, such a signal leaves with the code of a stop at once: a
 * library may be at something that never ends. */
extern volatile int ent_cli_nothing_to_save;
void ent_cli_ask_stop(int signal_number);
void ent_cli_watch_signals(int flags);

/* The same as a signal, once after so many seconds; 0: never. */
void ent_cli_alarm(double seconds);

#endif
