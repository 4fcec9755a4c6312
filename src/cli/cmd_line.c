/* entrepot line: what one product line pays, law by law. */
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/line_tables.h"
#include "io/law_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *code, *partner, *on, *loaded, *known, *law, *more;
    double ordinary; /* per cent; negative: not given */
    int final, over_time;
    ent_format_t format;
    ent_cli_settings_t answers;
} arguments_t;

static void read_answer(struct argp_state *state, const char *text, void *arguments)
{
    ent_cli_add_setting(state, &((arguments_t *)arguments)->answers, text);
}

static const ent_cli_option_t command_options[] = {
    ENT_CLI_WORD(arguments_t, partner, "partner", "COUNTRY", "Where the goods come from, such as KOR or EU"),
    ENT_CLI_WORD(arguments_t, on, "on", "DATE", "Day the goods arrive, YYYY-MM-DD"),
    ENT_CLI_WORD(arguments_t, loaded, "loaded", "DATE",
                 "Day they were loaded (default: the day they arrive)"),
    ENT_CLI_WORD(arguments_t, known, "known", "DATE",
                 "Only what had been announced by this day (default: everything)"),
    ENT_CLI_SWITCH(arguments_t, final, "final", "After refunds of retroactive measures"),
    ENT_CLI_SWITCH(arguments_t, over_time, "over-time", "A table of all days on which the rate changes"),
    ENT_CLI_OPTION(arguments_t, ordinary, REAL, "ordinary", "PERCENT",
                   "Ordinary duty of the line, in per cent (default: estimated from what was collected)",
                   .low = 0.0, .high = 500.0),
    {.name = "answer",
     .value = "CONDITION=yes|no|SHARE",
     .help = "Answer a condition otherwise than a form without an answer; may be repeated",
     .kind = ENT_CLI_OWN,
     .read = read_answer},
    ENT_CLI_WORD(arguments_t, law, "law", "LAW", "A law: us, a file or a folder (default: us)"),
    ENT_CLI_WORD(arguments_t, more, "with", "FOLDER", "Measures and lists of one's own on top of the law"),
    ENT_CLI_TABLES(arguments_t, format),
    {0}};

static void check(struct argp_state *state, const void *arguments)
{
    const arguments_t *a = arguments;

    if (a->partner == NULL) {
        argp_error(state, "name a country: --partner KOR");
    }
    if (a->on == NULL && !a->over_time) {
        argp_error(state, "name a day: --on YYYY-MM-DD, or --over-time");
    }
}

static int wrong(ent_context_t *ctx, const char *option, const char *value, const char *nearest,
                 const char *rule)
{
    return ent_fault(ctx, ENT_ERR_USAGE, "command line", 0, 0, option, value, nearest, "%s", rule);
}

static int find_partner(const char *name, const ent_law_t *law, int *partner, ent_context_t *ctx)
{
    const char **names = malloc(((size_t)law->n_partners + 1) * sizeof *names);

    *partner = ent_law_partner(law, name);
    for (int i = 0; names != NULL && i < law->n_partners; i++) {
        names[i] = law->partners[i].code;
    }
    if (*partner < 0) {
        (void)wrong(ctx, "--partner", name,
                    names != NULL ? ent_nearest(name, names, (size_t)law->n_partners) : NULL,
                    "there is no such partner in this law");
    }
    free(names);
    return *partner;
}

static void read_answers(const arguments_t *a, const ent_law_t *law, double *answers, ent_context_t *ctx)
{
    static const char rule[] = "an answer is yes, no or a share from 0 to 1";

    ent_lines_form_answers(law, answers);
    for (int i = 0; i < a->answers.n; i++) {
        const char *text = a->answers.settings[i].value, *name = a->answers.settings[i].key;
        const int k = ent_law_condition(law, name);
        char *end = NULL;
        const double share = strcmp(text, "yes") == 0  ? 1.0
                             : strcmp(text, "no") == 0 ? 0.0
                                                       : strtod(text, &end);

        if (k < 0) {
            (void)wrong(ctx, "--answer", name, NULL, "there is no such condition in this law");
        } else if ((end != NULL && (end == text || *end != '\0')) || !(share >= 0.0 && share <= 1.0)) {
            (void)wrong(ctx, "--answer", text, NULL, rule);
        } else {
            answers[k] = share;
        }
    }
}

static int resolve(const arguments_t *a, ent_line_query_t *query, double *answers, ent_context_t *ctx)
{
    query->digits = ent_hs_parse(a->code, &query->range);
    if (query->digits < 0) {
        (void)wrong(ctx, "CODE", a->code, NULL, ent_hs_rule(query->digits));
    }
    (void)find_partner(a->partner, query->law, &query->partner, ctx);
    query->when = (ent_lines_when_t){.known = ENT_DAY_NEVER, .final = a->final};
    (void)ent_cli_find_day("--on", a->on, &query->when.arrive, ctx);
    query->when.loaded = query->when.arrive;
    (void)ent_cli_find_day("--loaded", a->loaded, &query->when.loaded, ctx);
    (void)ent_cli_find_day("--known", a->known, &query->when.known, ctx);
    if (query->when.loaded > query->when.arrive && ctx->code == ENT_OK) {
        (void)wrong(ctx, "--loaded", a->loaded, NULL, "goods are loaded before they arrive");
    }
    query->ordinary = a->ordinary < 0.0 ? NAN : a->ordinary / 100.0;
    read_answers(a, query->law, answers, ctx);
    query->answers = answers;
    return ctx->code;
}

static int answer(const arguments_t *a, const ent_line_query_t *query, ent_context_t *ctx)
{
    ent_table_t tables[3];
    int n = 1;

    if (a->over_time) {
        ent_line_over_time(query, &tables[0], ctx);
    } else {
        n = ent_line_tables(query, tables, ctx);
    }
    const int code = ent_cli_print(tables, n, a->format, ctx);
    return ctx->code != ENT_OK ? ctx->code : code;
}

static int line(void *arguments, ent_context_t *ctx)
{
    const arguments_t *a = arguments;
    ent_law_t law;
    ent_lines_t lines = {0};
    ent_line_query_t query = {.law = &law, .lines = &lines};
    int code = ent_law_read(&law, a->law, a->more, ctx);
    double *answers = calloc((size_t)law.n_conditions + 1, sizeof *answers);

    if (code == ENT_OK && answers == NULL) {
        code = ent_fail(ctx, ENT_ERR_NO_MEMORY, "line", "no memory for %d answers", law.n_conditions);
    }
    code = code != ENT_OK ? code : resolve(a, &query, answers, ctx);
    if (code == ENT_OK) {
        code = ent_lines_init(&lines, &law, ctx);
    }
    code = code != ENT_OK ? code : answer(a, &query, ctx);
    if (lines.law != NULL) {
        ent_lines_free(&lines);
    }
    free(answers);
    ent_law_free(&law);
    return code;
}

int ent_cmd_line(int argc, char **argv)
{
    static const ent_cli_command_t command = {
        .options = command_options,
        .usage = "CODE --partner COUNTRY --on DATE",
        .words =
            "Print the duty on a product line from a country as a customs form shows it: every law that "
            "bears on "
            "it, its rate and legal reference, lines under the code that are treated otherwise, and what "
            "would "
            "change the rate: answers, dates.\vCODE is an HS prefix of 2 to 10 digits, with or without dots: "
            "8703.23.",
        .subject = "product code",
        .subject_place = offsetof(arguments_t, code),
        .check = check,
        .run = line};
    arguments_t arguments = {.format = ENT_FORMAT_TEXT, .law = "us", .ordinary = -1.0};
    const int code = ent_cli_main(&command, argc, argv, &arguments);

    while (arguments.answers.n > 0) {
        free(arguments.answers.texts[--arguments.answers.n]);
    }
    return code;
}
