#include "cli/options.h"

#include "cli/common.h"
#include "numbers/observed.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_KEY = 256 }; /* keys below are letters */

typedef struct {
    const ent_cli_command_t *command;
    void *arguments;
} reader_t;

/* ---- reading one value ---- */

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

static int read_count(struct argp_state *state, const ent_cli_option_t *option, const char *text)
{
    char *end = NULL;
    errno = 0;
    const long n = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || (double)n < option->low || (double)n > option->high) {
        argp_error(state, "--%s: \"%s\" is no number between %.0f and %.0f", option->name, text, option->low,
                   option->high);
    }
    return (int)n;
}

double ent_cli_real(struct argp_state *state, const char *option, const char *text, double low, double high)
{
    char *end = NULL;
    const double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= low && value <= high)) {
        argp_error(state, "--%s: \"%s\" is no number between %g and %g", option, text, low, high);
    }
    return value;
}

static void read_prior(struct argp_state *state, const char *option, const char *text, double *prior)
{
    const double most = 100.0;
    char *middle = NULL, *end = NULL;

    prior[0] = strtod(text, &middle);
    prior[1] = *middle == ',' ? strtod(middle + 1, &end) : -1.0;
    if (middle == text || end == NULL || end == middle + 1 || *end != '\0' || !(fabs(prior[0]) <= most) ||
        !(prior[1] >= 0.0 && prior[1] <= most)) {
        argp_error(state, "--%s: \"%s\" is no mean and standard deviation, such as 0.5,0.3", option, text);
    }
}

static double read_time(struct argp_state *state, const char *option, const char *text)
{
    const double shortest = 1e-6, longest = 1e8; /* seconds */
    char *end = NULL;
    const double n = strtod(text, &end);
    const double unit = *end == '\0' || strcmp(end, "s") == 0 ? 1.0
                        : strcmp(end, "m") == 0               ? 60.0
                        : strcmp(end, "h") == 0               ? 3600.0
                                                              : 0.0;
    if (end == text || unit <= 0.0 || !(n * unit >= shortest && n * unit <= longest)) {
        argp_error(state, "--%s: \"%s\" is no time, such as 90, 15m or 2h", option, text);
    }
    return n * unit;
}

static int read_month(struct argp_state *state, const char *option, const char *text)
{
    const int month = ent_month_parse(text);
    if (month < 0) {
        argp_error(state, "--%s: \"%s\" is no month, such as 2025-06", option, text);
    }
    return month;
}

/* Place of a word among names, or a usage error. */
static int find_word(struct argp_state *state, const char *option, const char *word, const char *const *names)
{
    size_t n = 0;
    for (; names[n] != NULL; n++) {
        if (strcmp(names[n], word) == 0) {
            return (int)n;
        }
    }
    const char *nearest = ent_nearest(word, names, n);
    argp_error(state, "--%s: there is no \"%s\"%s%s", option, word, nearest != NULL ? "; did you mean " : "",
               nearest != NULL ? nearest : "");
    return 0;
}

unsigned ent_cli_list(struct argp_state *state, const char *option, const char *text,
                      const char *const *names)
{
    unsigned bits = 0, every = 0;
    for (size_t n = 0; names[n] != NULL; n++) {
        every |= 1u << n;
    }
    char *copy = strdup(text), *rest = copy;
    if (copy == NULL) {
        argp_failure(state, ent_exit_code(ENT_ERR_NO_MEMORY), ENOMEM, "--%s", option);
    }
    for (const char *word; copy != NULL && (word = strsep(&rest, ",")) != NULL;) {
        bits |= strcmp(word, "all") == 0 ? every : 1u << find_word(state, option, word, names);
    }
    free(copy);
    return bits;
}

static ent_format_t read_format(struct argp_state *state, const char *name)
{
    const int format = ent_format_find(name);
    if (format < 0) {
        const char *nearest =
            ent_nearest(name, ent_format_names, sizeof ent_format_names / sizeof ent_format_names[0]);
        argp_error(state, "--format: there is no format \"%s\"%s%s", name,
                   nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "");
        return ENT_FORMAT_TEXT;
    }
    return (ent_format_t)format;
}

static void read_option(struct argp_state *state, const ent_cli_option_t *option, const char *text)
{
    const reader_t *reader = state->input;
    void *place = (char *)reader->arguments + option->place;
    switch (option->kind) {
    case ENT_CLI_FLAG:
    case ENT_CLI_CLEAR:
        *(int *)place = option->kind == ENT_CLI_FLAG;
        return;
    case ENT_CLI_TEXT:
        *(const char **)place = text;
        return;
    case ENT_CLI_COUNT:
        *(int *)place = read_count(state, option, text);
        return;
    case ENT_CLI_REAL:
        *(double *)place = ent_cli_real(state, option->name, text, option->low, option->high);
        return;
    case ENT_CLI_PRIOR:
        read_prior(state, option->name, text, (double *)place);
        return;
    case ENT_CLI_TIME:
        *(double *)place = read_time(state, option->name, text);
        return;
    case ENT_CLI_MONTH:
        *(int *)place = read_month(state, option->name, text);
        return;
    case ENT_CLI_CHOICE:
        *(int *)place = find_word(state, option->name, text, option->names);
        return;
    case ENT_CLI_LIST:
        *(unsigned *)place = ent_cli_list(state, option->name, text, option->names);
        return;
    case ENT_CLI_FORMAT:
        *(ent_format_t *)place = read_format(state, text);
        return;
    case ENT_CLI_SETTING:
        ent_cli_add_setting(state, place, text);
        return;
    case ENT_CLI_OWN:
        option->read(state, text, reader->arguments);
        return;
    }
}

/* ---- reading the command line ---- */

static void take_word(struct argp_state *state, const char *word)
{
    const reader_t *reader = state->input;
    const ent_cli_command_t *command = reader->command;
    if (command->take != NULL) {
        command->take(state, word, reader->arguments);
        return;
    }
    if (command->subject == NULL) {
        argp_error(state, "there is no place for \"%s\"", word);
        return;
    }
    if (state->arg_num > 0) {
        argp_error(state, "one %s at a time, not also \"%s\"", command->subject, word);
    }
    *(const char **)(void *)((char *)reader->arguments + command->subject_place) = word;
}

static void check_end(struct argp_state *state)
{
    const reader_t *reader = state->input;
    const ent_cli_command_t *command = reader->command;
    if (command->subject != NULL && command->usage[0] != '[' && state->arg_num == 0) {
        argp_error(state, "name a %s", command->subject);
    }
    if (command->check != NULL) {
        command->check(state, reader->arguments);
    }
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    const reader_t *reader = state->input;
    if (key == ARGP_KEY_ARG) {
        take_word(state, text);
        return 0;
    }
    if (key == ARGP_KEY_END) {
        check_end(state);
        return 0;
    }
    const ent_cli_option_t *options = reader->command->options;
    for (int i = 0; options[i].name != NULL; i++) {
        if (key == FIRST_KEY + i || (options[i].letter != 0 && key == options[i].letter)) {
            read_option(state, &options[i], text);
            return 0;
        }
    }
    return ARGP_ERR_UNKNOWN;
}

int ent_cli_parse(const ent_cli_command_t *command, int argc, char **argv, void *arguments)
{
    struct argp_option options[ENT_CLI_MAX_OPTIONS + 1] = {0};
    const struct argp parser = {options, parse, command->usage, command->words, NULL, NULL, NULL};
    reader_t reader = {command, arguments};
    char name[64];
    for (int i = 0; i < ENT_CLI_MAX_OPTIONS && command->options[i].name != NULL; i++) {
        const ent_cli_option_t *option = &command->options[i];
        options[i] = (struct argp_option){option->name,  option->letter != 0 ? option->letter : FIRST_KEY + i,
                                          option->value, 0,
                                          option->help,  0};
    }
    snprintf(name, sizeof name, "entrepot %s", argv[0]);
    char *first = argv[0];
    argv[0] = name;
    const int failed = argp_parse(&parser, argc, argv, 0, NULL, &reader);
    argv[0] = first;
    if (failed == ENOMEM) {
        fprintf(stderr, "entrepot: no memory to read the command line\n");
        return ENT_ERR_NO_MEMORY;
    }
    return failed == 0 ? ENT_OK : ENT_ERR_USAGE;
}

void ent_cli_release(const ent_cli_command_t *command, void *arguments)
{
    for (const ent_cli_option_t *option = command->options; option->name != NULL; option++) {
        if (option->kind == ENT_CLI_SETTING) {
            ent_cli_settings_t *settings = (void *)((char *)arguments + option->place);
            while (settings->n > 0) {
                free(settings->texts[--settings->n]);
            }
        }
    }
}

int ent_cli_main(const ent_cli_command_t *command, int argc, char **argv, void *arguments)
{
    ent_context_t ctx;
    int code = ent_cli_parse(command, argc, argv, arguments);
    if (code != ENT_OK) {
        code = ent_exit_code(code);
    } else {
        ent_context_init(&ctx);
        code = ent_cli_finish(command->run(arguments, &ctx), &ctx);
        ent_context_free(&ctx);
    }
    ent_cli_release(command, arguments);
    return code;
}
