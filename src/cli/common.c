#include "cli/common.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

void ent_cli_add_setting(struct argp_state *state, ent_cli_settings_t *settings, const char *text)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text) {
        argp_error(state, "--set: \"%s\" is not of the form PATH=VALUE", text);
        return;
    }
    if (settings->n >= ENT_CLI_MAX_SETTINGS) {
        argp_error(state, "at most %d settings", ENT_CLI_MAX_SETTINGS);
        return;
    }
    char *copy = strdup(text);
    if (copy == NULL) {
        argp_failure(state, ent_exit_code(ENT_ERR_NO_MEMORY), ENOMEM, "--set");
        return;
    }
    copy[equals - text] = '\0';
    settings->texts[settings->n] = copy;
    settings->settings[settings->n] = (ent_setting_t){copy, copy + (equals - text) + 1};
    settings->n++;
}

void ent_cli_settings_free(ent_cli_settings_t *settings)
{
    for (int i = 0; i < settings->n; i++) {
        free(settings->texts[i]);
    }
    settings->n = 0;
}

int ent_cli_parse(const struct argp *parser, int argc, char **argv, void *arguments)
{
    char name[64];
    snprintf(name, sizeof name, "entrepot %s", argv[0]);
    char *first = argv[0];
    argv[0] = name;
    int failed = argp_parse(parser, argc, argv, 0, NULL, arguments);
    argv[0] = first;
    if (failed == ENOMEM) {
        fprintf(stderr, "entrepot: no memory to read the command line\n");
        return ENT_ERR_NO_MEMORY;
    }
    return failed == 0 ? ENT_OK : ENT_ERR_USAGE;
}

int ent_cli_finish(int code, const ent_context_t *ctx)
{
    if (code != ENT_OK) {
        size_t n = ctx->n_faults + ctx->dropped;
        ent_context_print(ctx, stderr);
        if (n == 0 && code == ENT_ERR_NO_MEMORY) {
            fprintf(stderr, "entrepot: %s\n", ent_error_name(code)); /* not even for the report */
        }
        if (n > 1) {
            fprintf(stderr, "entrepot: %zu faults\n", n);
        }
        return ent_exit_code(code);
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "entrepot: standard output: %s\n", strerror(errno));
        return ent_exit_code(ENT_ERR_IO);
    }
    return 0;
}

ent_format_t ent_cli_format(struct argp_state *state, const char *name)
{
    int format = ent_format_find(name);
    if (format < 0) {
        const char *nearest =
            ent_nearest(name, ent_format_names, sizeof ent_format_names / sizeof ent_format_names[0]);
        argp_error(state, "--format: there is no format \"%s\"%s%s", name,
                   nearest != NULL ? "; nearest is " : "", nearest != NULL ? nearest : "");
        return ENT_FORMAT_TEXT;
    }
    return (ent_format_t)format;
}

int ent_cli_count(struct argp_state *state, const char *option, const char *text, int highest)
{
    char *end = NULL;
    const long n = strtol(text, &end, 10);

    if (end == text || *end != '\0' || n < 1 || n > highest) {
        argp_error(state, "--%s: \"%s\" is no number between 1 and %d", option, text, highest);
    }
    return (int)n;
}

double ent_cli_seconds(struct argp_state *state, const char *option, const char *text)
{
    char *end = NULL;
    const double n = strtod(text, &end);
    const double unit = *end == '\0' || strcmp(end, "s") == 0 ? 1.0
                        : strcmp(end, "m") == 0               ? 60.0
                        : strcmp(end, "h") == 0               ? 3600.0
                                                              : 0.0;
    const double shortest = 1e-6, longest = 1e8;
    if (end == text || unit <= 0.0 || !(n * unit >= shortest && n * unit <= longest)) {
        argp_error(state, "--%s: \"%s\" is no time, such as 90, 15m or 2h", option, text);
    }
    return n * unit;
}

void ent_cli_alarm(double seconds, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    const time_t whole = (time_t)seconds;
    const struct itimerval once = {
        .it_value = {.tv_sec = whole, .tv_usec = (suseconds_t)((seconds - (double)whole) * 1e6)}};
    if (seconds > 0.0) {
        sigemptyset(&action.sa_mask);
        sigaction(SIGALRM, &action, NULL);
        setitimer(ITIMER_REAL, &once, NULL);
    }
}
