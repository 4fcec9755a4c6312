#include "cli/common.h"

#include "io/output.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

int ent_cli_finish(int code, const ent_context_t *ctx)
{
    if (code != ENT_OK) {
        size_t n = ctx->n_faults + ctx->dropped;
        ent_context_print(ctx, stderr);
        if (n > 1) {
            fprintf(stderr, "entrepot: %zu faults\n", n);
        } else if (n == 0) { /* a thread's report that found no memory */
            fprintf(stderr, "entrepot: %s\n", ent_error_name(code));
        }
        return ent_exit_code(code);
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "entrepot: standard output: %s\n", strerror(errno));
        return ent_exit_code(ENT_ERR_IO);
    }
    return 0;
}

/* ---- tables and files ---- */

int ent_cli_print(ent_table_t *tables, int n, ent_format_t format, ent_context_t *ctx)
{
    const int code = ent_tables_write(tables, n, format, stdout, ctx);
    while (n > 0) {
        ent_table_free(&tables[--n]);
    }
    return code;
}

int ent_cli_write_file(const char *path, int overwrite, ent_cli_writer_t *write, const void *data,
                       ent_context_t *ctx)
{
    ent_output_t output;
    int code = ent_output_begin(&output, path, overwrite, ctx);
    if (code != ENT_OK) {
        return code;
    }
    FILE *stream = fopen(output.temporary, "w");
    if (stream == NULL) {
        code = ent_fail(ctx, ENT_ERR_CANT_CREATE, path, "cannot be written: %s", strerror(errno));
    } else {
        code = write(stream, data, ctx);
        if (fclose(stream) != 0 && code == ENT_OK) {
            code = ent_fail(ctx, ENT_ERR_IO, path, "could not be written: %s", strerror(errno));
        }
    }
    if (code == ENT_OK) {
        return ent_output_commit(&output, ctx);
    }
    ent_output_abandon(&output);
    return code;
}

/* ---- names ---- */

int ent_cli_find_name(const char *option, const char *name, char *const *names, int n, const char *rule,
                      int *index, ent_context_t *ctx)
{
    for (int i = 0; name != NULL && i < n; i++) {
        if (strcmp(names[i], name) == 0) {
            *index = i;
            return ENT_OK;
        }
    }
    return name == NULL ? ENT_OK
                        : ent_fault(ctx, ENT_ERR_USAGE, "command line", 0, 0, option, name,
                                    ent_nearest(name, (const char *const *)names, (size_t)n), "%s", rule);
}

int ent_cli_flag_names(const char *option, const char *list, char *const *names, int n, unsigned char *flag,
                       ent_context_t *ctx)
{
    char *copy = list != NULL ? strdup(list) : NULL, *rest = copy;
    int code =
        list != NULL && copy == NULL ? ent_fail(ctx, ENT_ERR_NO_MEMORY, option, "out of memory") : ENT_OK;
    for (char *word; copy != NULL && (word = strsep(&rest, ",")) != NULL;) {
        int place = 0;
        const int all = strcmp(word, "all") == 0;
        const int here =
            all ? ENT_OK
                : ent_cli_find_name(option, word, names, n, "must be one of those forecast", &place, ctx);
        for (int i = 0; i < n; i++) {
            flag[i] = flag[i] || all || (here == ENT_OK && i == place);
        }
        code = code == ENT_OK ? here : code;
    }
    free(copy);
    return code;
}

int ent_cli_find_day(const char *option, const char *text, ent_day_t *day, ent_context_t *ctx)
{
    if (text == NULL || ent_day_parse(text, day) == 0) {
        return ENT_OK;
    }
    return ent_fault(ctx, ENT_ERR_USAGE, "command line", 0, 0, option, text, NULL,
                     "a day is written YYYY-MM-DD and exists in the calendar");
}

/* ---- what is played ---- */

/* Places are lines of the config: one line a note. */
static void print_notes(const ent_context_t *notes)
{
    for (size_t i = 0; i < notes->n_faults; i++) {
        const ent_fault_t *fault = &notes->faults[i];
        if (fault->line > 0) {
            fprintf(stderr, "note: %s:%d: %s: %s\n", fault->file, fault->line, fault->key, fault->rule);
        } else {
            fprintf(stderr, "note: %s: %s: %s\n", fault->file, fault->key, fault->rule);
        }
    }
    if (notes->dropped > 0) {
        fprintf(stderr, "note: and %zu more\n", notes->dropped);
    }
}

int ent_cli_notes(const ent_config_t *config, const ent_benchmark_t *fine, int most, ent_context_t *ctx)
{
    ent_benchmark_t coarse = {0};
    ent_context_t notes;
    ent_context_init(&notes);
    int code = ent_config_benchmark(config, fine, &coarse, ctx);
    if (code == 0) {
        code = ent_config_notes(config, &coarse, &notes, ctx);
        if (notes.n_faults <= (size_t)most) {
            print_notes(&notes);
        } else {
            fprintf(stderr, "note: %zu notes on this config: entrepot check %s\n", notes.n_faults,
                    config->path);
        }
    }
    ent_context_free(&notes);
    ent_benchmark_free(&coarse);
    return code;
}

int ent_cli_create_results(ent_results_t **results, const char *path, int overwrite,
                           const ent_config_t *config, const ent_benchmark_t *fine, const ent_model_t *model,
                           ent_context_t *ctx)
{
    ent_benchmark_t benchmark = *ent_model_benchmark(model);
    memcpy(benchmark.sha256, fine->sha256, sizeof benchmark.sha256);
    return ent_results_create(results, path, overwrite, config, &benchmark, ctx);
}

double ent_cli_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* ---- signals: a handler can reach nothing but a global ---- */

volatile int ent_cli_stop, ent_cli_nothing_to_save;

/* A second Ctrl-C or SIGTERM means at once; a terminal that goes sends SIGHUP more than once, and the limit
 * of processor time its signal every second. */
static int means_at_once(int signal_number)
{
    return signal_number == SIGINT || signal_number == SIGTERM;
}

void ent_cli_ask_stop(int signal_number)
{
    if (ent_cli_stop && means_at_once(signal_number)) {
        _exit(128 + signal_number);
    }
    if (ent_cli_nothing_to_save) {
        _exit(ent_exit_code(ENT_ERR_STOPPED));
    }
    ent_cli_stop = 1;
}

/* SIGHUP stays ignored where somebody (nohup) wants so. */
static void watch_hangup(const struct sigaction *action)
{
    struct sigaction old;
    if (sigaction(SIGHUP, NULL, &old) == 0 && old.sa_handler != SIG_IGN) {
        sigaction(SIGHUP, action, NULL);
    }
}

void ent_cli_watch_signals(int flags)
{
    struct sigaction action = {.sa_handler = ent_cli_ask_stop, .sa_flags = flags};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGXCPU, &action, NULL);
    watch_hangup(&action);
    signal(SIGXFSZ, SIG_IGN);
}

void ent_cli_alarm(double seconds)
{
    struct sigaction action = {.sa_handler = ent_cli_ask_stop};
    const time_t whole = (time_t)seconds;
    const struct itimerval once = {
        .it_value = {.tv_sec = whole, .tv_usec = (suseconds_t)((seconds - (double)whole) * 1e6)}};
    if (seconds > 0.0) {
        sigemptyset(&action.sa_mask);
        sigaction(SIGALRM, &action, NULL);
        setitimer(ITIMER_REAL, &once, NULL);
    }
}
