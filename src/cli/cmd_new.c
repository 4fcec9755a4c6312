/* entrepot new: a config of one's own in thirty lines, with comments, from a few options or answers. */
#include "base/memory.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "config/internal.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_DUTIES = 8, MOST_TEXT = 256, MOST_CODES = 64 };
static const char shipped[] = "benchmark-2022.h5";

/* A duty of the importer: RATE:DATE[:SECTOR,...]. */
typedef struct {
    double rate;
    char day[16], sectors[MOST_TEXT]; /* sectors empty: all goods */
} duty_t;

typedef struct {
    const char *output, *benchmark, *home, *partner, *start, *law, *without;
    int overwrite, years, n_duties;
    duty_t duties[MOST_DUTIES];
    char answers[4][MOST_TEXT]; /* what was asked for stays here */
} arguments_t;

static void read_duty(struct argp_state *state, const char *text, void *arguments)
{
    arguments_t *a = arguments;
    duty_t duty = {0};
    int n = 0;
    if (a->n_duties == MOST_DUTIES) {
        argp_error(state, "--duty: at most %d", MOST_DUTIES);
    }
    if (sscanf(text, "%lf:%10[0-9-]%n", &duty.rate, duty.day, &n) != 2 ||
        (text[n] != '\0' && text[n] != ':') || !(duty.rate > 0.0 && duty.rate <= 2.0)) {
        argp_error(state,
                   "--duty: \"%s\" is no RATE:DATE or RATE:DATE:SECTOR,... with a rate as a fraction up to "
                   "2, such as "
                   "0.10:2025-04-05:C29",
                   text);
    }
    snprintf(duty.sectors, sizeof duty.sectors, "%s", text[n] == ':' ? text + n + 1 : "");
    a->duties[a->n_duties++] = duty;
}

static const ent_cli_option_t command_options[] = {
    ENT_CLI_OUTPUT(arguments_t, output, "The config to write (default: new.yaml)"),
    ENT_CLI_WORD(arguments_t, home, "home", "CODE", "Whose exports it is about; NAME=CODE,... makes a group"),
    ENT_CLI_WORD(arguments_t, partner, "partner", "CODE", "Who taxes them; NAME=CODE,... makes a group"),
    {.name = "duty",
     .value = "RATE:DATE[:SECTOR,...]",
     .help = "A duty on home's goods from a day on, such as 0.10:2025-04-05:C29; without sectors on all "
             "goods; may be "
             "repeated",
     .kind = ENT_CLI_OWN,
     .read = read_duty},
    ENT_CLI_WORD(arguments_t, law, "law", "NAME",
                 "The partner's law by product line, such as us, behind the duties, which come on top"),
    ENT_CLI_WORD(
        arguments_t, without, "without", "ID,...",
        "With --law: the other future is without these measures of it (entrepot line, entrepot tariffs "
        "--law)"),
    ENT_CLI_WORD(
        arguments_t, start, "start", "DATE",
        "First day of the run (default: a quarter before the first duty; with a law and none 2025-01-01)"),
    ENT_CLI_OPTION(arguments_t, years, COUNT, "years", "N", "How long it is played (default: 3)", .low = 1,
                   .high = 30),
    ENT_CLI_WORD(arguments_t, benchmark, "benchmark", "FILE", "Benchmark (default: the one shipped)"),
    ENT_CLI_OVERWRITE(arguments_t, overwrite),
    {0}};

/* ---- questions ---- */

/* What an option did not give is asked for at a terminal; elsewhere it is a usage fault. */
static int ask(const char *question, const char *option, char *answer, ent_context_t *ctx)
{
    if (!isatty(STDIN_FILENO)) {
        return ent_fail(ctx, ENT_ERR_USAGE, option, "is needed: %s", question);
    }
    fprintf(stderr, "%s ", question);
    if (fgets(answer, MOST_TEXT, stdin) == NULL) {
        return ent_fail(ctx, ENT_ERR_USAGE, option, "no answer");
    }
    answer[strcspn(answer, "\n")] = '\0';
    return ENT_OK;
}

static int ask_all(arguments_t *a, ent_context_t *ctx)
{
    int code = ENT_OK;
    if (a->home == NULL) {
        code = ask("Whose exports is it about? A code of the benchmark, such as KOR:", "--home",
                   a->answers[0], ctx);
        a->home = a->answers[0];
    }
    if (code == ENT_OK && a->partner == NULL) {
        code = ask("Who taxes them? Such as USA, or EU=DEU,FRA,ITA:", "--partner", a->answers[1], ctx);
        a->partner = a->answers[1];
    }
    if (code == ENT_OK && a->n_duties == 0 && a->without == NULL) {
        code = ask(
            "At what rate, from when, on which sectors? Such as 0.10:2025-04-05 or 0.10:2025-04-05:C29,C24A:",
            "--duty", a->answers[2], ctx);
        if (code == ENT_OK) {
            read_duty(NULL, a->answers[2], a);
        }
    }
    return code;
}

/* ---- names ---- */

/* A region of the run, or a list of sectors: NAME=CODE,... or CODE,... */
typedef struct {
    char name[MOST_TEXT];
    char text[MOST_TEXT]; /* the codes, with commas */
    int n, code[MOST_CODES];
} group_t;

static int add_code(group_t *g, const char *option, const char *word, char *const *codes, int n_codes,
                    ent_context_t *ctx)
{
    int index = -1;
    const int code =
        ent_cli_find_name(option, word, codes, n_codes, "is no code of the benchmark", &index, ctx);
    if (code != ENT_OK) {
        return code;
    }
    if (g->n == MOST_CODES) {
        return ent_fail(ctx, ENT_ERR_USAGE, option, "at most %d codes", MOST_CODES);
    }
    g->code[g->n++] = index;
    return ENT_OK;
}

static int read_group(group_t *g, const char *option, const char *text, int needs_name, char *const *codes,
                      int n_codes, ent_context_t *ctx)
{
    const char *equals = strchr(text, '='), *list = equals != NULL ? equals + 1 : text;
    char words[MOST_TEXT], *place = NULL;
    int code = ENT_OK;
    *g = (group_t){0};
    snprintf(g->text, sizeof g->text, "%s", list);
    snprintf(words, sizeof words, "%s", list);
    snprintf(g->name, sizeof g->name, "%.*s", equals != NULL ? (int)(equals - text) : (int)strcspn(text, ","),
             text);
    for (char *word = strtok_r(words, ",", &place); word != NULL; word = strtok_r(NULL, ",", &place)) {
        const int here = add_code(g, option, word, codes, n_codes, ctx);
        code = code == ENT_OK ? here : code;
    }
    if (code == ENT_OK && g->n > 1 && equals == NULL && needs_name) {
        code = ent_fail(ctx, ENT_ERR_USAGE, option, "several codes need a name: NAME=%s", text);
    }
    return code == ENT_OK && g->n == 0 ? ent_fail(ctx, ENT_ERR_USAGE, option, "names no code") : code;
}

/* ---- the config ---- */

typedef struct {
    const arguments_t *a;
    const ent_benchmark_t *b;
    char file[PATH_MAX]; /* of a benchmark of one's own, found from wherever the config stands */
    group_t home, partner, sectors[MOST_DUTIES];
    char start[16];
    const char *rest; /* name of the goods that no duty names */
    int services;     /* sector that is not taxed unless it is named; -1: none */
    long slots;
} draft_t;

static int is_named(const draft_t *d, int sector)
{
    for (int i = 0; i < d->a->n_duties; i++) {
        for (int k = 0; k < d->sectors[i].n; k++) {
            if (d->sectors[i].code[k] == sector) {
                return 1;
            }
        }
    }
    return 0;
}

/* Sectors that a duty names stand alone, the others together. Returns how many groups the goods have. */
static int put_sectors(const draft_t *d, FILE *stream)
{
    int n = 0, rest = 0;
    if (d->a->law != NULL) {
        fprintf(stream, "sectors: all # as fine as the benchmark: a law hits some goods of a kind\n");
        return d->b->n_sector;
    }
    fprintf(stream, "sectors: {");
    for (int s = 0; s < d->b->n_sector; s++) {
        if (is_named(d, s)) {
            fprintf(stream, "\"%s\": \"%s\", ", d->b->sector[s], d->b->sector[s]);
            n++;
        } else {
            rest += s != d->services;
        }
    }
    if (d->services >= 0 && !is_named(d, d->services)) {
        fprintf(stream, "services: \"%s\"%s", d->b->sector[d->services], rest > 0 ? ", " : "");
    }
    fprintf(stream, rest > 0 ? "%s: rest}\n" : "%s}\n", rest > 0 ? d->rest : "");
    return n + (rest > 0);
}

static void put_duty(const draft_t *d, int i, FILE *stream)
{
    const duty_t *duty = &d->a->duties[i];
    const int but = d->a->law != NULL && d->sectors[i].n == 0; /* all but services */
    int n = 0;
    fprintf(stream, "      - {id: duty-%d, importer: \"%s\", partners: [\"%s\"], %s: [", i + 1,
            d->partner.name, d->home.name, but ? "except_sectors" : "sectors");
    for (int s = 0; s < d->b->n_sector; s++) {
        int taken = d->sectors[i].n == 0 && is_named(d, s) && s != d->services;
        for (int k = 0; k < d->sectors[i].n; k++) {
            taken |= d->sectors[i].code[k] == s;
        }
        if (but ? s == d->services : taken) {
            fprintf(stream, "%s\"%s\"", n++ > 0 ? ", " : "", d->b->sector[s]);
        }
    }
    int others = 0;
    for (int s = 0; s < d->b->n_sector; s++) {
        others += !is_named(d, s) && s != d->services;
    }
    if (d->sectors[i].n == 0 && others > 0 && !but) {
        fprintf(stream, "%s%s", n > 0 ? ", " : "", d->rest);
    }
    fprintf(stream, "], rate: %.6g, announced: %s, effective: %s}\n", duty->rate, d->start, duty->day);
}

static void put_head(const draft_t *d, FILE *stream)
{
    const arguments_t *a = d->a;
    fprintf(stream,
            "# Written by `entrepot new`: what duties of %s on goods of %s do. Change it and look again:\n"
            "#     entrepot explain %s\n"
            "#     entrepot theory %s\n"
            "#     entrepot run %s -o out.h5\n"
            "# Every key stands in docs/config.md.\n",
            d->partner.name, d->home.name, a->output, a->output, a->output);
    fprintf(stream, "name: new\ntitle: \"Duties of %s on goods of %s\"\n", d->partner.name, d->home.name);
    fprintf(stream, "benchmark: \"%s\" # the economy it starts from: entrepot benchmark --table regions\n",
            a->benchmark != NULL ? d->file : shipped);
    if (a->benchmark == NULL) {
        fprintf(stream, "calibration: horizon # the first ten years after a tariff; static: the long run\n");
    } else {
        fprintf(stream,
                "elasticity_set: \"%s\" # of the benchmark: entrepot benchmark FILE --table elasticities\n",
                d->b->elasticity_set[0]);
    }
    fprintf(stream,
            "start: %s\n"
            "steps: %d # months that are recorded\n"
            "burn_in: 6 # months before, in which stocks and orders settle\n"
            "seed: 1 # another seed, other chance\n"
            "replications: 12 # worlds: more of them tell the range better\n"
            "repeats: 4 # of them are played twice, which tells the numerical error\n"
            "slots: %ld # importers' suppliers: more of them make the error smaller\n"
            "slot_focus: {\"%s\": 4} # where they are needed most\n",
            d->start, 12 * a->years, d->slots, d->partner.name);
}

/* The codes of a group, in brackets. */
static void put_group(const group_t *g, const ent_benchmark_t *b, FILE *stream)
{
    fprintf(stream, "\"%s\": [", g->name);
    for (int i = 0; i < g->n; i++) {
        fprintf(stream, "%s\"%s\"", i > 0 ? ", " : "", b->region[g->code[i]]);
    }
    fprintf(stream, "], ");
}

/* Duties against none, both behind the law where there is one; the law against the law without some of it. */
static void put_regimes(const draft_t *d, FILE *stream)
{
    const int duties = d->a->n_duties > 0;

    if (d->a->law != NULL) {
        fprintf(stream, "law: %s # by product line, in both futures: docs/law.md\n", d->a->law);
    }
    fprintf(stream, "regimes: # futures: what is in force in each\n");
    fprintf(stream, duties ? "  duties:\n    measures:\n" : "  law: {}\n");
    for (int i = 0; i < d->a->n_duties; i++) {
        put_duty(d, i, stream);
    }
    if (d->a->without != NULL) {
        fprintf(stream, "  without: {law: {without: [%s]}}\n", d->a->without);
    } else {
        fprintf(stream, "  none: {}\n");
    }
    fprintf(stream, "scenarios: [%s, %s] # what is played and compared, the first with the last\n",
            duties ? "duties" : "law", d->a->without != NULL ? "without" : "none");
}

static int write_config(FILE *stream, const void *data, ent_context_t *ctx)
{
    const draft_t *d = data;
    (void)ctx;
    put_head(d, stream);
    fprintf(stream, "home: \"%s\" # tables are about its exports\nregions: {", d->home.name);
    put_group(&d->home, d->b, stream);
    put_group(&d->partner, d->b, stream);
    fprintf(stream, "%s} # `rest` is everybody else\n",
            d->home.n + d->partner.n < d->b->n_region ? "OTHERS: rest" : "");
    (void)put_sectors(d, stream);
    put_regimes(d, stream);
    fprintf(stream, "uncertainty: # every world draws its own elasticity\n"
                    "  parameters:\n"
                    "    - {name: theta, parameter: trade_elasticity, scale: true, distribution: {kind: "
                    "lognormal, median: 1, "
                    "sigma: 0.2}}\n");
    fprintf(stream,
            "record: {flows: {origins: [\"%s\"], destinations: [\"%s\"]}} # for who pays, prices and the "
            "treasury\n",
            d->home.name, d->partner.name);
    return ferror(stream) ? ENT_ERR_IO : ENT_OK;
}

/* ---- the whole ---- */

/* Three months before the first duty, on the first of a month. */
static int find_start(draft_t *d, ent_context_t *ctx)
{
    ent_day_t first = 0, day = 0;
    int code = ENT_OK;
    for (int i = 0; i < d->a->n_duties; i++) {
        const int here = ent_cli_find_day("--duty", d->a->duties[i].day, &day, ctx);
        code = code == ENT_OK ? here : code;
        first = i == 0 || day < first ? day : first;
    }
    if (code != ENT_OK) {
        return code;
    }
    if (d->a->start != NULL) {
        snprintf(d->start, sizeof d->start, "%.15s", d->a->start);
        code = ent_cli_find_day("--start", d->a->start, &day, ctx);
        return code == ENT_OK && day > first && d->a->n_duties > 0
                   ? ent_fail(ctx, ENT_ERR_USAGE, "--start", "is after the first duty")
                   : code;
    }
    if (d->a->n_duties == 0) {
        snprintf(d->start, sizeof d->start, "2025-01-01");
        return ENT_OK;
    }
    ent_day_format(first - 90, d->start);
    memcpy(d->start + 8, "01", 2);
    return ENT_OK;
}

static int fill(draft_t *d, ent_context_t *ctx)
{
    const arguments_t *a = d->a;
    const ent_benchmark_t *b = d->b;
    if (a->without != NULL && a->law == NULL) {
        return ent_fail(ctx, ENT_ERR_USAGE, "--without", "needs the law it is about: --law us");
    }
    int code = read_group(&d->home, "--home", a->home, 1, b->region, b->n_region, ctx);
    int here = read_group(&d->partner, "--partner", a->partner, 1, b->region, b->n_region, ctx);
    code = code == ENT_OK ? here : code;
    for (int i = 0; i < a->n_duties; i++) {
        here = a->duties[i].sectors[0] == '\0' ? ENT_OK
                                               : read_group(&d->sectors[i], "--duty", a->duties[i].sectors, 0,
                                                            b->sector, b->n_sector, ctx);
        code = code == ENT_OK ? here : code;
    }
    for (int i = 0; i < d->home.n; i++) {
        for (int k = 0; k < d->partner.n; k++) {
            if (d->home.code[i] == d->partner.code[k]) {
                code = ent_fail(ctx, ENT_ERR_USAGE, "--partner", "%s is home already",
                                b->region[d->partner.code[k]]);
            }
        }
    }
    d->services = -1;
    for (int s = 0; s < b->n_sector; s++) {
        d->services = strcmp(b->sector[s], "SERVICES") == 0 ? s : d->services;
    }
    d->rest = "goods";
    for (int i = 0; i < a->n_duties; i++) {
        d->rest = d->sectors[i].n > 0 ? "other_goods" : d->rest;
    }
    here = find_start(d, ctx);
    return code == ENT_OK ? here : code;
}

/* Slots of the config as it stands whose goods are home's in the partner's market. */
static int count_slots(const draft_t *d, double *slots, ent_context_t *ctx)
{
    char *text = NULL;
    size_t size = 0;
    ent_config_t config;
    ent_benchmark_t fine, coarse = {0};
    FILE *stream = open_memstream(&text, &size);
    int code = stream != NULL ? write_config(stream, d, ctx) : ENT_ERR_NO_MEMORY;
    if (stream != NULL && fclose(stream) != 0) {
        code = ENT_ERR_NO_MEMORY;
    }
    if (code == ENT_OK) {
        code = ent_config_parse(&config, &fine, text, d->a->output, 0, NULL, ctx);
        code = code == ENT_OK ? ent_config_benchmark(&config, &fine, &coarse, ctx) : code;
        *slots = code == ENT_OK ? ent_config_flow_slots(&config, &coarse, 0, 1) : 0.0; /* home, partner */
        ent_benchmark_free(&coarse);
        ent_benchmark_free(&fine);
        ent_config_free(&config);
    }
    free(text);
    return code;
}

/* So many slots that the flow asked about has a hundred, within bounds that play in half a minute. */
static int choose_slots(draft_t *d, ent_context_t *ctx)
{
    static const double wanted = 100.0;
    enum { LEAST = 40000, MOST = 400000, ROUND = 10000 };
    double slots = 0.0;
    d->slots = LEAST;
    const int code = count_slots(d, &slots, ctx);
    if (code == ENT_OK && slots < wanted) {
        const double times = slots > 0.0 ? wanted / slots : (double)MOST;
        d->slots = (long)fmin((double)MOST, ceil((double)LEAST * times / ROUND) * ROUND);
    }
    return code;
}

static int make(void *arguments, ent_context_t *ctx)
{
    arguments_t *a = arguments;
    ent_benchmark_t benchmark = {0};
    char *tried = NULL, *found = NULL;
    int code = ask_all(a, ctx);
    if (code == ENT_OK) {
        found = ent_locate_data(a->benchmark != NULL ? a->benchmark : shipped, "", &tried, ctx);
        code = found == NULL ? ent_fail(ctx, ENT_ERR_NO_INPUT, a->benchmark != NULL ? a->benchmark : shipped,
                                        "not found; looked for %s", tried != NULL ? tried : "it")
                             : ent_benchmark_read(&benchmark, found, ctx);
    }
    draft_t draft = {.a = a, .b = &benchmark};
    if (found != NULL && realpath(found, draft.file) == NULL) {
        snprintf(draft.file, sizeof draft.file, "%s", found);
    }
    code = code == ENT_OK ? fill(&draft, ctx) : code;
    code = code == ENT_OK ? choose_slots(&draft, ctx) : code;
    code = code == ENT_OK ? ent_cli_write_file(a->output, a->overwrite, write_config, &draft, ctx) : code;
    if (code == ENT_OK) {
        printf("%s: entrepot explain %s says what it is\n", a->output, a->output);
    }
    free(tried);
    free(found);
    ent_benchmark_free(&benchmark);
    return code;
}

static void take_word(struct argp_state *state, const char *word, void *arguments)
{
    (void)arguments;
    argp_error(state, "\"%s\": everything is said by options", word);
}

int ent_cmd_new(int argc, char **argv)
{
    static const ent_cli_command_t command = {
        .options = command_options,
        .usage = "--home CODE --partner CODE --duty RATE:DATE",
        .words =
            "Write a config of thirty lines with comments, from options, or from answers at a terminal.\v"
            "A duty of 10 % on Korean cars, and 5 % on everything from July on:\n  entrepot new --home KOR "
            "--partner USA --duty 0.10:2025-04-05:C29 --duty 0.05:2025-07-01 -o cars.yaml",
        .take = take_word,
        .run = make};
    arguments_t arguments = {.output = "new.yaml", .years = 3};
    return ent_cli_main(&command, argc, argv, &arguments);
}
